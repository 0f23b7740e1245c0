//! Arguments that are known by their place: each arrives where its side meant it to.
//!
//! Of two parameters that both sides added in one place one comes behind the other. A call that names
//! what it passes does not mind; one that counts on the place passes its argument to the other.

use crate::validate::model::{Def, FileModel, Param, Receiver, Ref, RefKind};

/// Whether a call of a side passes an argument that arrives at another parameter in the merged file.
pub(super) fn are_shifted(sides: [&FileModel; 2], merged: &FileModel) -> bool {
    sides.into_iter().any(|side| {
        let changed = merged.defs.iter().filter_map(|def| {
            let own = only(side, def).filter(|own| !places(own).eq(places(def)))?;
            Some((own, def))
        });
        changed.into_iter().any(|(own, def)| {
            let called = called_as(own);
            let mut calls = side.refs.iter().filter(|call| call.name == called && is_call_of(call, own));
            calls.any(|call| is_shifted(call, own, def) && is_there(call, merged))
        })
    })
}

/// The one function of a side that has the place of another; none where there are several.
fn only<'a>(side: &'a FileModel, def: &Def) -> Option<&'a Def> {
    let is_it = |other: &&Def| other.name == def.name && other.parents == def.parents && other.sig.is_some();
    let mut found = side.defs.iter().filter(is_it);
    found.next().filter(|_| found.next().is_none() && def.sig.is_some())
}

/// The names of the parameters that have a place, in order.
fn places(def: &Def) -> impl Iterator<Item = &str> {
    let has_place = |param: &&Param| !param.keyword_only && !param.variadic;
    def.sig.iter().flat_map(|sig| &sig.params).filter(has_place).map(|param| param.name.as_str())
}

/// The name by which a function is called; a type is, for what makes its values.
fn called_as(def: &Def) -> &str {
    match def.name.as_str() {
        "__init__" | "constructor" => def.parents.last().map_or("", String::as_str),
        name => name,
    }
}

/// Whether a call may be one of a function; one through the type passes the value too.
fn is_call_of(call: &Ref, def: &Def) -> bool {
    let is_method = !def.parents.is_empty() && called_as(def) == def.name;
    let names_type = matches!(&call.receiver, Receiver::Name(name) if def.parents.last() == Some(name));
    matches!(call.kind, RefKind::Call | RefKind::Construct)
        && (call.receiver != Receiver::None) == is_method
        && (!names_type || def.flags.is_static)
}

fn is_shifted(call: &Ref, own: &Def, merged: &Def) -> bool {
    let passed = call.args.as_ref().map_or(0, |args| args.positional);
    let meant = places(own).take(passed);
    let is_there = |name: &str| places(merged).any(|other| other == name);
    meant.zip(places(merged)).any(|(meant, taken)| meant != taken && is_there(meant))
}

/// Whether the merged file has a call as a side has it; one that passes what both want is another.
fn is_there(call: &Ref, merged: &FileModel) -> bool {
    let same =
        |other: &Ref| other.name == call.name && other.receiver == call.receiver && other.args == call.args;
    merged.refs.iter().any(same)
}
