//! What can come back: a file, a symbol in it, or the way that a symbol is used.

use std::collections::BTreeMap;

use crate::model::{Fnv, Source};
use crate::validate::Edit;
use crate::validate::extract::{Language, language_of};
use crate::validate::load::{Models, Side};
use crate::validate::model::{Def, Kind, Ty};

/// Something whose states are followed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Unit {
    pub(super) file: usize,
    pub(super) aspect: Aspect,
    /// Empty for a file.
    pub(super) symbol: String,
}

/// What is looked at; the larger first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Aspect {
    File,
    /// All that a definition says.
    Symbol,
    /// How a definition is used by others.
    Contract,
}

/// A state of a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) hash: u64,
    pub(super) text: &'a str,
    /// The one-based line it starts on.
    pub(super) line: u32,
}

pub(super) type States<'a> = BTreeMap<(Aspect, String), State<'a>>;

/// A symbol with fewer lines may come back by accident.
const LINES: usize = 3;

/// The states of both versions of a file: of the file, and of what differs in it.
pub(super) fn states<'a>(models: &'a Models<'a>, edit: &'a Edit) -> (States<'a>, States<'a>) {
    let language = language_of(&edit.path);
    let side = |source: &'a Option<Source>| {
        let oid = source.as_ref()?.oid;
        language.and_then(|language| models.get(&(oid, language)))
    };
    let (mut before, mut after) = (side(&edit.before), side(&edit.content));
    // What was not read must not look like what was not there.
    if before.is_none() && edit.before.is_some() || after.is_none() && edit.content.is_some() {
        (before, after) = (None, None);
    }
    let (old, new) = (by_name(before), by_name(after));
    let states = |source: &'a Option<Source>, side: Option<&Side<'a>>, own: &Named<'_>, other: &Named<'_>| {
        let mut states = States::new();
        if let Some(source) = source {
            let (hash, text) = (whole(language, source), plain(source));
            states.insert((Aspect::File, String::new()), State { hash, text, line: 1 });
        }
        for (name, defs) in own {
            if !other.get(name).is_some_and(|others| are_same(defs, others)) {
                side.iter().for_each(|side| add(&mut states, side, defs));
            }
        }
        states
    };
    (states(&edit.before, before, &old, &new), states(&edit.content, after, &new, &old))
}

/// The definitions of a file by name and what is around them: several, where a name may repeat.
type Named<'s> = BTreeMap<(&'s [String], &'s str), Vec<&'s Def>>;

fn by_name<'s>(side: Option<&'s Side<'_>>) -> Named<'s> {
    let mut named = Named::new();
    for def in side.iter().flat_map(|side| &side.model.defs) {
        named.entry((&def.parents, &def.name)).or_default().push(def);
    }
    named
}

/// Whether all that a state is made of is the same.
fn are_same(defs: &[&Def], others: &[&Def]) -> bool {
    let same = |(one, other): (&&Def, &&Def)| {
        (one.body_hash, one.kind, one.flags) == (other.body_hash, other.kind, other.flags)
            && (&one.sig, &one.fields) == (&other.sig, &other.fields)
    };
    defs.len() == others.len() && defs.iter().zip(others).all(same)
}

/// Adds the states of one name.
fn add<'a>(states: &mut States<'a>, side: &Side<'a>, defs: &[&Def]) {
    for def in defs {
        if let Some(state) = symbol(side, def) {
            states.entry((Aspect::Symbol, def.path())).or_insert(state);
        }
        if let Some(state) = contract(side, def) {
            states.entry((Aspect::Contract, def.path())).or_insert(state);
        }
    }
}

/// The content as text; nothing where it is none.
pub(super) fn plain(source: &Source) -> &str {
    std::str::from_utf8(&source.bytes).unwrap_or_default()
}

/// The hash of a content without what formatting changes: layout, quotes, and remarks in code.
fn whole(language: Option<Language>, source: &Source) -> u64 {
    let mut hash = Fnv::new();
    let text = plain(source);
    if text.is_empty() {
        // What was not read is known by its name only.
        hash.write(source.oid.to_string().as_bytes());
        return hash.get();
    }
    let layout = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'"' | b'\'' | b'`');
    for line in text.lines() {
        let code = without_remark(language, line);
        code.bytes().filter(|byte| !layout(byte)).for_each(|byte| hash.add(byte));
    }
    hash.write(b"");
    hash.get()
}

/// A line without a remark at its end. A sign inside a text passes for one; that costs no more
/// than a state that counts as the same as another.
fn without_remark(language: Option<Language>, line: &str) -> &str {
    let trimmed = line.trim_start();
    let remark = match language {
        Some(Language::Python) => line.find('#'),
        Some(_) if trimmed.starts_with("/*") || trimmed.starts_with("* ") => return "",
        // To look for two signs at once takes a preparation that is not worth it for one line.
        Some(_) => line.match_indices('/').map(|(at, _)| at).find(|at| line[at + 1..].starts_with('/')),
        None => return line,
    };
    remark.map_or(line, |at| &line[..at])
}

fn symbol<'a>(side: &Side<'a>, def: &Def) -> Option<State<'a>> {
    let is_followed = matches!(def.kind, Kind::Function | Kind::Method) || def.kind.is_type();
    let text = side.text.get(def.span.clone()).filter(|_| is_followed && !def.flags.is_test)?;
    let is_long = text.trim_end().lines().count() >= LINES;
    is_long.then_some(State { hash: def.body_hash, text, line: def.line })
}

/// What a caller has to know: parameters and result, or the fields of a type. Names of parameters
/// are left out, and so is what says nothing about types.
fn contract<'a>(side: &Side<'a>, def: &Def) -> Option<State<'a>> {
    let mut hash = Fnv::new();
    let mut is_typed = false;
    let mut marks: Vec<&[u8]> = Vec::new();
    let mut add = |ty: &Ty| {
        is_typed |= !matches!(ty, Ty::Any | Ty::Unit);
        hash.write(format!("{ty:?}").as_bytes());
    };
    match &def.sig {
        Some(sig) => {
            sig.params.iter().for_each(|param| add(&param.ty));
            add(&sig.returns);
            let word: &[u8] = if sig.is_async { b"async" } else { b"" };
            marks.push(word);
        }
        None => {
            let mut fields: Vec<_> = def.fields.iter().map(|field| (&field.wire, &field.ty)).collect();
            fields.sort_by_key(|(name, _)| *name);
            for (name, ty) in fields {
                add(ty);
                marks.push(name.as_bytes());
            }
        }
    }
    marks.into_iter().for_each(|mark| hash.write(mark));
    let text = side.text.get(def.span.clone())?;
    (is_typed && !def.flags.is_test && !def.flags.may_repeat).then_some(State {
        hash: hash.get(),
        text,
        line: def.line,
    })
}
