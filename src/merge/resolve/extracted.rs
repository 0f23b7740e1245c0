//! Functions whose statements one side put into a function of their own.
//!
//! What the other side put among those statements belongs where they went. Left behind, it may return
//! before what the first side does with the result, or use what is not there any more.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::chunks::{Three, edits};
use super::forms::Read;
use super::keys::child;
use crate::validate::extract::SyntaxNode;

/// Functions by their names and those of what they are in, with the lines of their bodies.
type Functions<'a> = BTreeMap<String, Vec<&'a str>>;

/// Fewer lines than this are put into another function by chance.
const FEW: usize = 2;

/// Whether a merged file has what one side put among statements where these are no more.
pub(super) fn leaves_behind(
    texts: Three<&str>,
    roots: Three<&SyntaxNode>,
    merged: impl FnOnce() -> Option<Read>,
    merged_text: &str,
) -> bool {
    let sides = roots.zip(texts).map(|(root, text)| functions(root, text));
    let Three { base, ours, theirs } = &sides;
    let moved = [(ours, theirs), (theirs, ours)].map(|(side, other)| (moved(base, side), other));
    if moved.iter().all(|(moved, _)| moved.is_empty()) {
        return false;
    }
    let Some(merged) = merged() else { return false };
    let merged = functions(merged.root(), merged_text);
    moved.iter().any(|(moved, other)| {
        moved.iter().any(|(name, gone)| {
            let known = [base, *other, &merged].map(|of| of.get(name));
            let [Some(base), Some(other), Some(merged)] = known else { return false };
            edits(base, other).iter().any(|edit| stays(edit, gone, [base, other, merged]))
        })
    })
}

/// Functions of which a side put half the lines or more into one that it added, with these lines.
fn moved<'a>(base: &Functions<'a>, side: &Functions<'a>) -> BTreeMap<String, BTreeSet<&'a str>> {
    let new: Vec<&Vec<&str>> =
        side.iter().filter(|(name, _)| !base.contains_key(*name)).map(|(_, new)| new).collect();
    let gone = |(name, lines): (&String, &Vec<&'a str>)| {
        let left = side.get(name).filter(|left| *left != lines)?;
        let left: BTreeSet<&str> = left.iter().copied().collect();
        let gone: BTreeSet<&str> = lines.iter().copied().filter(|line| !left.contains(line)).collect();
        let is_half = gone.len() >= FEW && gone.len() * 2 >= lines.len();
        let takes =
            |new: &&Vec<&str>| gone.iter().filter(|line| new.contains(line)).count() * 5 >= gone.len() * 4;
        (is_half && new.iter().any(takes)).then(|| (name.clone(), gone))
    };
    base.iter().filter_map(gone).collect()
}

/// Whether what was put beside lines that are gone stands in the function that they are gone from.
fn stays(
    (old, new): &(Range<usize>, Range<usize>),
    gone: &BTreeSet<&str>,
    [base, other, merged]: [&Vec<&str>; 3],
) -> bool {
    let beside = base.get(old.end).or_else(|| old.start.checked_sub(1).and_then(|before| base.get(before)));
    let put = &other[new.clone()];
    let is_new = |line: &&&str| line.len() > 3 && !base.contains(*line);
    // Before everything else it does the same, unless it is the last that is done.
    let is_first = old.start == 0 && old.is_empty() && !put.iter().any(|line| line.starts_with("return"));
    let is_among = beside.is_some_and(|line| gone.contains(line)) && !is_first;
    is_among && put.iter().filter(is_new).any(|line| merged.contains(line))
}

fn functions<'a>(root: &SyntaxNode, text: &'a str) -> Functions<'a> {
    let mut found = BTreeMap::new();
    collect(root, text, "", &mut found);
    found
}

fn collect<'a>(node: &SyntaxNode, text: &'a str, around: &str, found: &mut Functions<'a>) {
    for part in &node.children {
        let name = child(part, "name").or_else(|| child(part, "type")).map(|name| &text[name.span.clone()]);
        let (Some(name), Some(body)) = (name, child(part, "body")) else {
            collect(part, text, around, found);
            continue;
        };
        let path = format!("{around}.{name}");
        if child(part, "parameters").is_some() {
            let lines = text[body.span.clone()].lines().map(str::trim);
            let is_told = |line: &&str| line.contains(char::is_alphanumeric);
            found.entry(path.clone()).or_default().extend(lines.filter(is_told));
        }
        collect(body, text, &path, found);
    }
}
