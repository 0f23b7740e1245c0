//! One branch puts another trait above a Rust trait; another implements that for a type of
//! its own without it.

use super::derived::derives;
use super::library_traits::is_stated;
use super::names_path;
use super::place::last;
use super::types::Types;
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Impl, Kind};
use crate::validate::names::{find_words, has_word};
use crate::validate::rules::changed::{Changed, edited};
use crate::validate::rules::tree::Tree;
use crate::validate::rules::{Draft, Rule, View, member_required};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: member_required::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.language == Language::Rust) {
            for changed in edited(branch, file).filter(|changed| changed.new.kind == Kind::Interface) {
                for above in asked_anew(view, &changed) {
                    findings.extend(users(view, &changed, above));
                }
            }
        }
    }
}

/// The traits that stand above a trait now and did not before: of the library, and of the project where they are
/// not implemented for whatever there is.
fn asked_anew<'a>(view: &View<'_>, changed: &Changed<'a>) -> Vec<&'a str> {
    let Changed { branch, file, old, new } = *changed;
    let types = Types { tree: Tree::of(view, branch, file) };
    let Some(at) = types.tree.defined_at(file.path, new).map(|home| home.inside()) else { return Vec::new() };
    let is_told = |name: &str| match types.lookup(&at, &[name]) {
        Some(own) => own.def().kind == Kind::Interface && !types.has_blanket(name),
        None => is_stated(name),
    };
    let above = new.supers.iter().map(String::as_str);
    above.filter(|above| !old.supers.iter().any(|had| had == above) && is_told(above)).collect()
}

fn users(view: &View<'_>, changed: &Changed<'_>, above: &str) -> Vec<Finding> {
    let others = view.branches.iter().enumerate().filter(|(user, _)| *user != changed.branch);
    let files = others.flat_map(|(user, branch)| branch.files.iter().map(move |file| (user, file)));
    let rust = files.filter(|(_, file)| file.language == Language::Rust);
    rust.filter_map(|(user, file)| lacking(view, changed, (user, file), above)).collect()
}

/// The first new type of a file that implements the trait and surely lacks the one above it.
fn lacking(
    view: &View<'_>,
    changed: &Changed<'_>,
    (user, file): (usize, &File<'_>),
    above: &str,
) -> Option<Finding> {
    let new = file.new.as_ref()?;
    let is_it = |one: &&Impl| {
        let of = one.of.split('<').next().unwrap_or(&one.of);
        last(of).trim() == changed.old.name && names_path(file, of, one.within, changed.file, changed.new)
    };
    let found = new.model.impls.iter().filter(is_it).find(|one| {
        let mut added = file.change.added.iter().map(|def| &new.model.defs[*def]);
        let is_plain = |def: &&Def| {
            matches!(def.kind, Kind::Class | Kind::Enum) && def.name == one.implementor && is_bare(new, def)
        };
        added.find(is_plain).is_some_and(|def| !derives(new, def).contains(above))
            && !gives(view, user, &one.implementor, above)
            && is_left(view, changed, (user, file), one)
    })?;
    let (path, name) = (file.path, &found.implementor);
    let message = format!(
        "{} implements `{}` for `{name}` in {path}, which has no `{above}`; {} demands that of it in {}",
        view.name(user),
        changed.old.name,
        view.name(changed.branch),
        changed.file.path
    );
    let sites = vec![
        view.site(changed.branch, changed.file.path, changed.new.line),
        view.site(user, path, found.line),
    ];
    let fix =
        Some(view.fix(user, format!("derive or implement `{above}` for `{name}` in {path}"), String::new()));
    let symbols = [changed.old.name.as_str(), above, name];
    Some(Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish())
}

/// Whether a type has no attribute that may give it more than it says.
fn is_bare(side: &Side<'_>, def: &Def) -> bool {
    let text = side.text.get(def.span.clone()).unwrap_or("#");
    let marks = text.lines().map(str::trim_start).filter(|line| line.starts_with('#'));
    marks.into_iter().all(|mark| mark.starts_with("#[derive(")) && !def.flags.may_repeat
}

/// Whether a branch may implement a trait for a type: by an `impl` somewhere in a file that names the type, under
/// another name of the trait, or by a macro.
fn gives(view: &View<'_>, user: usize, name: &str, above: &str) -> bool {
    let is_made = |side: &Side<'_>| side.model.uses_of(name).any(|used| is_in_macro(side, used.span.start));
    let files = view.branches[user].files.iter().filter_map(|file| file.new.as_ref());
    let mut naming = files.filter(|side| has_word(side.text, name));
    naming.any(|side| is_implemented(side.text, above) || is_made(side))
}

/// Whether a text implements a trait for anything, or gives it another name.
pub(super) fn is_implemented(text: &str, of: &str) -> bool {
    let goes_on = |at: usize| {
        let rest = text[at + of.len()..].trim_start();
        rest.starts_with("for ") || rest.starts_with("as ")
    };
    find_words(text, of).any(goes_on)
}

/// Whether a name stands among what a macro is given, outside of functions.
fn is_in_macro(side: &Side<'_>, at: usize) -> bool {
    let is_item = !side.model.defs.iter().any(|def| def.span.contains(&at));
    is_item && side.text[..at].rsplit([';', '}']).next().is_some_and(|before| before.contains('!'))
}

/// Whether the merge holds the `impl`.
fn is_left(view: &View<'_>, changed: &Changed<'_>, (user, file): (usize, &File<'_>), found: &Impl) -> bool {
    let same = |other: &Impl| other.of == found.of && other.implementor == found.implementor;
    match view.file(changed.branch, file.path) {
        None => true,
        Some(_) => view
            .merged(file.path, changed.branch, user)
            .is_some_and(|merged| merged.model.impls.iter().any(same)),
    }
}
