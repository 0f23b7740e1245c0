//! What macros and attributes make of Rust types and `impl`s, which no declaration shows.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::validate::index::Gone;
use crate::validate::load::Side;
use crate::validate::model::Def;
use crate::validate::names::{find_words, has_word};
use crate::validate::rules::View;

/// Attributes that give a type or an `impl` no members.
const PLAIN: [&str; 22] = [
    "allow",
    "async_trait",
    "automatically_derived",
    "cfg",
    "cfg_attr",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "inline",
    "must_use",
    "non_exhaustive",
    "repr",
    "rustfmt",
    "serde",
    "test",
    "track_caller",
    "warn",
    "Debug",
    "Clone",
    "Copy",
    "Default",
];

/// What a derive of the language gives, besides the methods that everybody knows.
const DERIVED: [&str; 10] =
    ["Debug", "Clone", "Copy", "Default", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash", "Serialize"];

/// Whether a branch has a macro make something of a type, or put an attribute on it that may; or has one
/// that is given, or holds, the name of what the type lost.
pub(super) fn is_made(view: &View<'_>, gone: &Gone<'_>, owner: &str) -> bool {
    let (Some(old), Some(new)) = (&gone.file.old, &gone.file.new) else { return false };
    gains_more((old, new), owner) || added_calls(old, new).iter().any(|call| call.may_bring(view, gone))
}

/// Whether a new call of a macro is given a type, or a new attribute of it may give it something.
pub(super) fn gains_more((old, new): (&Side<'_>, &Side<'_>), owner: &str) -> bool {
    let (before, after) = (attributes(old, owner), attributes(new, owner));
    added_calls(old, new).iter().any(|call| has_word(call.text, owner))
        || after.iter().any(|word| !before.contains(word))
}

/// Whether a branch has a macro bring what a file states no longer, or puts an attribute on a type that may:
/// `#[derive(Builder)] struct Room` makes a `RoomBuilder`.
pub(super) fn is_brought(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let (Some(old), Some(new)) = (&gone.file.old, &gone.file.new) else { return false };
    let may_derive = |def: &Def| {
        let is_akin = def.kind.is_type() && def.name != gone.def.name && gone.def.name.contains(&def.name);
        is_akin && attributes(new, &def.name).iter().any(|word| !attributes(old, &def.name).contains(word))
    };
    added_calls(old, new).iter().any(|call| call.may_bring(view, gone))
        || new.model.defs.iter().any(may_derive)
}

/// The call of a macro that stands where items do.
struct Call<'t> {
    name: &'t str,
    /// From the name on.
    text: &'t str,
}

impl Call<'_> {
    /// Whether it is given what is gone, or is of a macro that holds it, or takes in another file.
    fn may_bring(&self, view: &View<'_>, gone: &Gone<'_>) -> bool {
        let name = gone.def.name.as_str();
        let defines = |text: &str, def: &Def| {
            def.name == self.name
                && def.head.starts_with("macro_rules")
                && text.get(def.span.clone()).is_some_and(|body| has_word(body, name))
        };
        let changed = &view.branches[gone.branch].files;
        let mut now = changed.iter().filter_map(|file| file.new.as_ref());
        self.name == "include"
            || has_word(self.text, name)
            || now.any(|new| new.model.defs.iter().any(|def| defines(new.text, def)))
            || view.input.unchanged.defining(self.name).is_none_or(|files| {
                files.iter().any(|file| {
                    let base = view.input.unchanged.base(&file.path);
                    let text = String::from_utf8_lossy(base.as_ref().map_or(&[][..], |base| &base.bytes));
                    file.model.defs.iter().any(|def| defines(&text, def))
                })
            })
    }
}

/// The calls of macros among the items of a file that were not there before.
fn added_calls<'n>(old: &Side<'_>, new: &'n Side<'_>) -> Vec<Call<'n>> {
    let known: BTreeSet<&str> = calls(old.text).map(|(_, call)| call.text).collect();
    let is_item = |at: usize| !new.model.defs.iter().any(|def| def.sig.is_some() && def.span.contains(&at));
    let added = calls(new.text).filter(|(at, call)| is_item(*at) && !known.contains(call.text));
    added.map(|(_, call)| call).collect()
}

/// The calls of macros with which a line or a block begins.
fn calls(text: &str) -> impl Iterator<Item = (usize, Call<'_>)> {
    let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | ':');
    text.match_indices('!').filter_map(move |(at, _)| {
        let start = text[..at].trim_end_matches(part).len();
        let name = text[start..at].rsplit(':').next().unwrap_or_default();
        let before = text[..start].trim_end_matches([' ', '\t']);
        let is_first = before.is_empty() || before.ends_with(['\n', '{', '}', ';']);
        let is_call = is_first && !name.is_empty() && name != "macro_rules";
        is_call.then(|| (start, Call { name, text: &text[start..end_of_call(text, at + 1)] }))
    })
}

/// Where the brackets close that follow the mark of a call, as far as one may reach.
fn end_of_call(text: &str, from: usize) -> usize {
    const REACH: usize = 20_000;
    let mut depth = 0_usize;
    for (at, char) in text[from..].char_indices().take(REACH) {
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth <= 1 => return from + at,
            ')' | ']' | '}' => depth -= 1,
            ';' if depth == 0 => return from + at,
            _ => {}
        }
    }
    text[from..].char_indices().nth(REACH).map_or(text.len(), |(at, _)| from + at)
}

/// The words of the attributes of a type that may make something of it.
fn attributes<'s>(side: &'s Side<'_>, owner: &str) -> BTreeSet<&'s str> {
    let types = side.model.defs.iter().filter(|def| def.kind.is_type() && def.name == *owner);
    let mut words = BTreeSet::new();
    for def in types {
        let text = side.text.get(def.span.clone()).unwrap_or_default();
        let lead = find_words(text, owner).next().map_or("", |at| &text[..at]);
        let part = |char: char| !(char.is_alphanumeric() || char == '_');
        let marks = lead.lines().filter(|line| line.trim_start().starts_with('#'));
        words.extend(marks.flat_map(|mark| mark.split(part)).filter(|word| {
            word.len() > 1 && *word != "derive" && !PLAIN.contains(word) && !DERIVED.contains(word)
        }));
    }
    words
}

/// Whether a macro stands among the items of an `impl`, or an attribute before it that may complete it.
pub(in crate::validate::rules) fn is_completed(text: &str, span: &Range<usize>) -> bool {
    let inside = text.get(span.clone()).unwrap_or_default();
    let mut depth = 0_i32;
    let by_macro = inside.lines().any(|line| {
        let call = line.trim_start();
        let name = call.len()
            - call.trim_start_matches(|char: char| char.is_alphanumeric() || matches!(char, '_' | ':')).len();
        let is_call = depth == 1 && name > 0 && call[name..].starts_with('!');
        depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
        is_call
    }) || inside.split_once('{').is_some_and(|(_, rest)| ends_with_call(rest));
    let lead = text.get(..span.start).unwrap_or_default();
    let marks = lead.lines().rev().map(str::trim).take_while(|line| line.starts_with("#["));
    let inner = inside.lines().map(str::trim).take_while(|line| line.starts_with("#["));
    let completes = |mark: &str| {
        let name =
            mark.trim_start_matches("#[").split(|char: char| !(char.is_alphanumeric() || char == '_')).next();
        name.is_some_and(|name| !PLAIN.contains(&name))
    };
    by_macro || marks.chain(inner).any(completes)
}

/// Whether the last item before the end of an `impl` is a call of a macro: `fn a(&self) {} b!(); }`.
fn ends_with_call(items: &str) -> bool {
    let last = items.trim_end().trim_end_matches('}').trim_end();
    let Some(last) = last.strip_suffix(';') else { return false };
    let item = last.rsplit(['}', ';', '{']).next().unwrap_or(last).trim_start();
    let name = item.len()
        - item.trim_start_matches(|char: char| char.is_alphanumeric() || matches!(char, '_' | ':')).len();
    name > 0 && item[name..].starts_with('!')
}
