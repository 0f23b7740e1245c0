//! Constants that make values, beside interfaces of their names: `const Room: new () => Hall`.

use crate::validate::index::Use;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Kind};
use crate::validate::names::has_word;

/// Whether a file makes values by a constant of the name of the interface that has a member: these are of
/// the type that the constant says, and what the file takes from them may be no member of the interface.
pub(super) fn is_made_by_one(usage: &Use<'_>, home: &File<'_>, member: &Def) -> bool {
    let Some(owner) = member.parents.last() else { return false };
    let Some(new) = &usage.file.new else { return false };
    let is_told_apart = |side: &Side<'_>| {
        let named = || side.model.named(owner).map(|(_, def)| def);
        named().any(|def| def.kind == Kind::Interface) && named().any(|def| makes_another(def, owner))
    };
    let imported = new.model.imports.iter().flat_map(|import| &import.names);
    let locals = imported.filter(|name| name.name == *owner).map(|name| name.local.as_str());
    let makes = |name: &str| new.text.contains(&format!("new {name}"));
    let by_module = || new.text.contains("new ") && new.text.contains(&format!(".{owner}"));
    [&home.old, &home.new].into_iter().flatten().any(is_told_apart)
        && (locals.chain([owner.as_str()]).any(makes) || by_module())
}

/// Whether a constant is not said to make values of the interface of its name.
fn makes_another(def: &Def, owner: &str) -> bool {
    def.kind == Kind::Const && !has_word(&def.ty, owner)
}
