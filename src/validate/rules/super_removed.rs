//! One branch takes a type from above a Java class; another says there that a method overrides what
//! only that type stated.

use super::java::{Home, Source, Types, source_of};
use super::{Draft, Rule, View, symbol_removed};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Ref, RefKind};
use crate::validate::names::has_word;

pub(super) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

/// What every object has.
const OF_ALL: [&str; 5] = ["clone", "equals", "finalize", "hashCode", "toString"];

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (user, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.language == Language::Java) {
            for other in (0..view.branches.len()).filter(|other| *other != user) {
                findings.extend(overriding_nothing(view, user, file, other));
            }
        }
    }
}

/// The methods that a branch newly says to override and that nothing above them states once another
/// branch is merged.
fn overriding_nothing(view: &View<'_>, user: usize, file: &File<'_>, other: usize) -> Vec<Finding> {
    // Only in the same file can the other branch have taken something from above the class.
    let (Some(new), Some(source), Some(theirs)) = (&file.new, source_of(file), view.counterpart(other, file))
    else {
        return Vec::new();
    };
    let Some(merged) = view.merge_of((user, file), (other, theirs)) else { return Vec::new() };
    if !new.model.defs.iter().any(|class| lost(class, &merged.model).is_some()) {
        return Vec::new();
    }
    let (own, both) = (Types::of(view, user), Types::merged(view, user, other));
    let whole = Source { path: file.path.clone(), model: merged.model.clone() };
    let before = file.before().map_or(Vec::new(), |old| overriding(&old.model));
    let mut findings = Vec::new();
    for method in overriding(&new.model) {
        if before.iter().any(|old| old.is_named_as(method) && old.sig == method.sig) {
            continue;
        }
        let names = &method.parents;
        let (Some(before), Some(after)) = (own.at(&source, names), both.at(&whole, names)) else { continue };
        let is_left = || merged.model.defs.iter().any(|def| def.is_named_as(method) && def.sig == method.sig);
        if let Some(lost) = lost(before.def(), &merged.model)
            && is_left()
            && overrides_nothing(&both, &after, method)
        {
            findings.push(finding(view, (user, file, method), (other, theirs, before.def(), lost)));
        }
    }
    findings
}

/// A type that stood above a class and no longer does in the merge.
fn lost<'d>(class: &'d Def, merged: &FileModel) -> Option<&'d String> {
    let is_it = |def: &&Def| def.kind.is_type() && def.is_named_as(class);
    let now = merged.defs.iter().find(is_it).filter(|_| class.kind.is_type())?;
    class.supers.iter().find(|above| !now.supers.contains(above))
}

/// The methods that say to override another, of named classes alone.
fn overriding(model: &FileModel) -> Vec<&Def> {
    let marks = |def: &Def, reference: &Ref| {
        reference.kind == RefKind::Override && reference.name == def.name && reference.line == def.line
    };
    let is_marked = |def: &&Def| model.refs.iter().any(|reference| marks(def, reference));
    model.defs.iter().filter(|def| def.kind == Kind::Method).filter(is_marked).collect()
}

/// Whether nothing above a class surely states the method. The components of a record count as what
/// is above it.
fn overrides_nothing(types: &Types<'_, '_>, class: &Home, method: &Def) -> bool {
    let passed = method.sig.as_ref().map(|sig| sig.params.len());
    let (above, _) = types.all_above(class);
    let is_plain =
        matches!(class.def().kind, Kind::Class | Kind::Interface) && !has_word(&class.def().head, "record");
    is_plain
        && !OF_ALL.contains(&method.name.as_str())
        && !std::iter::once(class).chain(&above).any(|home| types.may_inherit(home, &method.name, passed))
        && above.iter().all(|home| home.members(&method.name, true).is_empty())
}

fn finding(
    view: &View<'_>,
    (user, file, method): (usize, &File<'_>, &Def),
    (other, theirs, class, lost): (usize, &File<'_>, &Def, &str),
) -> Finding {
    let (user_name, other_name) = (view.name(user), view.name(other));
    let (name, owner) = (method.path(), &class.name);
    let message = format!(
        "{user_name} says in {} that `{name}` overrides what stands above it, but {other_name} took `{owner}` \
         from below `{lost}`",
        file.path
    );
    let defs = theirs.new.as_ref().map_or(&[][..], |new| &new.model.defs);
    let at = defs.iter().find(|def| def.is_named_as(class)).map_or(1, |def| def.line);
    let sites = vec![view.site(other, theirs.path, at), view.site(user, file.path, method.line)];
    let summary = format!("leave `@Override` away at `{name}`, or put `{owner}` below `{lost}` again");
    let fix = Some(view.fix(user, summary, String::new()));
    let symbol = format!("override {name}");
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}
