//! Java classes whose constructors call one above without saying so.

use super::types::{Found, Home, Source, Types};
use super::{overloads, source_of};
use crate::model::RepoPath;
use crate::validate::load::File;
use crate::validate::model::{Def, Kind};
use crate::validate::names::find_words;
use crate::validate::rules::View;

/// The classes of a file of a branch that it added or put below the class `owner` of the file `home`,
/// and that make what is above them without an argument; in the merge with another branch they still
/// do, and nothing there lets them.
pub(in crate::validate::rules) fn made_without<'u>(
    view: &View<'_>,
    (user, file): (usize, &'u File<'u>),
    (other, home, owner): (usize, &RepoPath, &[String]),
) -> Vec<&'u Def> {
    let (Some(new), Some(source)) = (&file.new, source_of(file)) else { return Vec::new() };
    let (types, both) = (Types::of(view, user), Types::merged(view, user, other));
    let old = file.before().map_or(&[][..], |old| &old.model.defs);
    let is_new = |def: &&Def| {
        let before = old.iter().find(|old| old.is_named_as(def));
        before.is_none_or(|before| before.supers != def.supers)
    };
    let classes = new.model.defs.iter().filter(|def| def.kind == Kind::Class && !def.supers.is_empty());
    let is_below = |def: &&Def| {
        let above = types.named(&source, &def.parents, &def.supers[0]);
        matches!(above, Some(Found::Project(above)) if above.is(home, owner))
    };
    let found: Vec<&Def> = classes.filter(is_new).filter(is_below).collect();
    if found.is_empty() || may_be_made(&both, home, owner) {
        return Vec::new();
    }
    let side = match view.counterpart(other, file) {
        None => Some(new),
        Some(theirs) => view.merge_of((user, file), (other, theirs)),
    };
    let Some(side) = side else { return Vec::new() };
    let stands = Source { path: source.path.clone(), model: side.model.clone() };
    found.into_iter().filter(|def| is_silent(&both, &stands, side.text, def)).collect()
}

/// Whether a class can be made without an argument, or may be.
fn may_be_made(types: &Types<'_, '_>, path: &RepoPath, names: &[String]) -> bool {
    let class = types.file(path).and_then(|model| types.at(&Source { path: path.clone(), model }, names));
    let Some(class) = class else { return true };
    let is_free =
        |def: &&Def| def.sig.as_ref().is_none_or(|sig| sig.params.iter().all(|param| param.variadic));
    let all = constructors(&class);
    all.is_empty() || all.iter().any(is_free)
}

/// Whether a constructor of a class begins with no other, or the class states none.
fn is_silent(types: &Types<'_, '_>, source: &Source, text: &str, class: &Def) -> bool {
    let names: Vec<String> = class.parents.iter().chain([&class.name]).cloned().collect();
    let Some(home) = types.at(source, &names).filter(|home| home.def().supers == class.supers) else {
        return false;
    };
    let own = constructors(&home);
    // What is made by an annotation has parameters and no text.
    let is_made = |def: &&Def| def.body_hash == 0 && !overloads::params(def).is_empty();
    let begins = |def: &Def| begins_with_other(text.get(def.span.clone()).unwrap_or_default());
    !own.iter().any(is_made) && own.iter().any(|def| def.body_hash == 0 || !begins(def))
}

/// Whether the first statement of a constructor calls another one, or may: with a comment before it, it
/// is not looked for.
fn begins_with_other(text: &str) -> bool {
    let body = text.find('{').map_or("", |at| &text[at + 1..]);
    let first = body.split(';').next().unwrap_or_default();
    let calls =
        |word: &str| find_words(first, word).any(|at| first[at + word.len()..].trim_start().starts_with('('));
    first.contains("//") || first.contains("/*") || calls("super") || calls("this")
}

fn constructors(home: &Home) -> Vec<&Def> {
    let all = home.members("constructor", true).into_iter();
    all.map(|idx| &home.source.model.defs[idx]).collect()
}
