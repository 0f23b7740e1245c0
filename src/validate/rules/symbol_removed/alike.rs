//! Whether what has another name or place now can be used as it was before.

use crate::validate::extract::Language;
use crate::validate::index::Gone;
use crate::validate::load::{File, Side};
use crate::validate::model::Def;
use crate::validate::names::find_words;

/// Whether nothing but its name or place is another, so that who writes the new one has what was lost.
pub(super) fn is_used_as_before(gone: &Gone<'_>, file: &File<'_>, to: &Def) -> bool {
    let (Some(old), Some(new)) = (&gone.file.old, &file.new) else { return false };
    let alike = |left: &Def, right: &Def| is_alike(file.language, (left, &gone.def.name), (right, &to.name));
    let mut lost = members(old, gone.def);
    let has = |member: &Def| {
        let mut found =
            members(new, to).filter(|other| other.name == renamed(&member.name, &gone.def.name, &to.name));
        found.any(|other| alike(member, other))
    };
    alike(gone.def, to) && (!gone.def.kind.is_type() || lost.all(has))
}

/// What belongs to a type, and to what that holds.
fn members<'s>(side: &'s Side<'_>, owner: &'s Def) -> impl Iterator<Item = &'s Def> {
    let depth = owner.parents.len();
    side.model.defs.iter().filter(move |def| {
        def.parents.len() > depth && def.parents[..depth] == owner.parents && def.parents[depth] == owner.name
    })
}

fn is_alike(language: Language, (old, from): (&Def, &str), (new, to): (&Def, &str)) -> bool {
    let fields = |def: &Def| {
        let fields = def.fields.iter().map(|field| (field.name.clone(), field.optional));
        fields.collect::<Vec<_>>()
    };
    let passed = |def: &Def| def.sig.as_ref().map_or(0, |sig| sig.params.len());
    old.fails == new.fails
        && old.flags.is_static == new.flags.is_static
        && fields(old) == fields(new)
        && passed(old) == passed(new)
        && head(language, old, from, to) == head(language, new, to, to)
}

/// The declaration with one name for both, and without the names of parameters where no call gives them.
fn head(language: Language, def: &Def, from: &str, to: &str) -> String {
    let mut head = renamed(&def.head, from, to);
    let params = def.sig.iter().flat_map(|sig| &sig.params);
    for param in params.filter(|_| language != Language::Python) {
        head = renamed(&head, &renamed(&param.name, from, to), "_");
    }
    head
}

fn renamed(text: &str, from: &str, to: &str) -> String {
    let mut new = String::new();
    let mut done = 0;
    for at in find_words(text, from) {
        new.push_str(&text[done..at]);
        new.push_str(to);
        done = at + from.len();
    }
    new + &text[done..]
}
