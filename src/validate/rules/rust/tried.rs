//! Whether what a Rust `?` hands on as an error can be made the error of what is around it.

use std::rc::Rc;

use super::assign::{fits, is_closed};
use super::place::last;
use super::types::{Head, Type, Types};
use crate::validate::names::has_word;
use crate::validate::rules::tree::{At, Home};
use crate::validate::world::Known;

/// Whether nothing makes one error of another: they differ, and no `impl From` may be for both.
pub(super) fn is_stuck(types: &Types<'_, '_>, from: &Type, to: &Type) -> bool {
    let target = match &to.head {
        Head::Project(target) => target,
        Head::Library(name) => return is_stuck_at(types, from, (to, name)),
        Head::Unknown | Head::Some(_) => return false,
    };
    fits(from, to) == Some(false) && !may_convert(types, from, target)
}

/// The same where what is around gives texts or whatever is an error.
fn is_stuck_at(types: &Types<'_, '_>, from: &Type, (to, name): (&Type, &str)) -> bool {
    let Head::Project(home) = &from.head else { return false };
    match name {
        "Box" if to.argument(0).name() == Some("Error") => {
            types.surely_implements_none(from, &["Error"]) && is_never_made(types, home, "Box<")
        }
        "String" => is_never_made(types, home, "String"),
        _ => false,
    }
}

/// Whether no file that names a type may say how something of the library is made of it.
fn is_never_made(types: &Types<'_, '_>, from: &Home, target: &str) -> bool {
    let target = format!(" for {target}");
    let makes = |text: &str| text.contains(&target) || has_word(text, "Into") || is_made_by_macro(text);
    is_closed(from)
        && naming(types, &from.def().name).is_some_and(|files| !files.iter().any(|(_, text)| makes(text)))
}

/// Whether some file that names the target may say how it is made of the other.
fn may_convert(types: &Types<'_, '_>, from: &Type, target: &Home) -> bool {
    let name = target.def().name.as_str();
    let Some(files) = naming(types, name) else { return true };
    files.iter().any(|(file, text)| {
        is_made(types, from, name, file) || is_made_for_all(text, name) || is_made_by_macro(text) || {
            let owners = file.1.named(name).filter(|(_, def)| def.kind.is_type());
            let mut texts = owners.filter_map(|(_, def)| text.get(def.span.clone()));
            texts.any(|own| own.contains("from]") || has_word(own, "From"))
        }
    })
}

/// The files that hold a name, with their texts; none where not all can be told.
pub(super) fn naming(types: &Types<'_, '_>, name: &str) -> Option<Vec<(Known, String)>> {
    let view = types.tree.view;
    let unchanged = view.input.unchanged.holding(name)?;
    let kept = unchanged.iter().map(|file| {
        let base = view.input.unchanged.base(&file.path);
        let bytes = base.as_ref().map_or(&[][..], |base| &base.bytes);
        (Rc::new((file.path.clone(), file.model.clone())), String::from_utf8_lossy(bytes).into_owned())
    });
    let changed = view.branches.iter().flat_map(|branch| &branch.files).filter_map(|file| {
        let new = file.new.as_ref().filter(|new| has_word(new.text, name))?;
        Some((Rc::new((file.path.clone(), new.model.clone())), new.text.to_owned()))
    });
    Some(kept.chain(changed).collect())
}

/// `impl From<Other> for Target`.
fn is_made(types: &Types<'_, '_>, from: &Type, target: &str, file: &Known) -> bool {
    let mut impls = file.1.impls.iter();
    impls.any(|one| {
        let at = At { file: file.clone(), within: one.within };
        let args = one.of.split_once('<').and_then(|(_, args)| args.trim_end().strip_suffix('>'));
        one.implementor == target
            && last(&one.of).trim() == "From"
            && args.is_none_or(|args| fits(from, &types.stated(&at, args)) != Some(false))
    })
}

/// `impl<T: Error> From<T> for Target`.
fn is_made_for_all(text: &str, target: &str) -> bool {
    text.split("impl").skip(1).any(|rest| {
        let head = rest.split('{').next().unwrap_or(rest);
        head.starts_with('<') && head.contains("From<") && has_word(head, target)
    })
}

/// Whether a macro stands among the items of a text, or makes a `From`.
pub(super) fn is_made_by_macro(text: &str) -> bool {
    let is_item = |line: &str| {
        let name = line.trim_start_matches(|char: char| char.is_alphanumeric() || matches!(char, '_' | ':'));
        name.len() < line.len() && name.starts_with('!')
    };
    text.lines().any(is_item)
}
