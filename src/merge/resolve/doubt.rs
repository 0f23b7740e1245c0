//! Conflicts that are left although each part of them has an answer.
//!
//! Where one side rewrote several lines and the other put new ones among them, what is new mostly
//! has to be rewritten too: a renamed callee, another form of import, a new type. Nothing in the
//! structure says so; in merges that people made by hand, most such places came out otherwise than
//! both changes together. The same holds where both rewrote several lines.

use std::collections::{BTreeMap, BTreeSet};

use super::chunks::{Chunk, Three, edits};
use super::forms::{Form, Read};
use super::weave::Why;
use crate::validate::extract::SyntaxNode;

/// So many lines rewritten in one place are no single change.
const SEVERAL: usize = 2;

/// What one side did to the lines of a conflict.
#[derive(Debug, Default)]
struct Deeds {
    rewritten: usize,
    added: usize,
    deleted: usize,
}

/// Why a conflict in code is not decided by its parts; none where it may be.
pub(super) fn doubt(texts: Three<&str>, chunk: &Chunk) -> Option<Why> {
    let lines = chunk.at.as_ref().zip(texts).map(|(at, text)| lines(&text[at.clone()]));
    let sides = [deeds(&lines.base, &lines.ours), deeds(&lines.base, &lines.theirs)];
    let rewrites = |side: &Deeds| side.rewritten >= SEVERAL && side.deleted == 0;
    let only_adds = |side: &Deeds| side.added > 0 && side.rewritten + side.deleted == 0;
    match &sides {
        [one, other] if rewrites(one) && rewrites(other) => Some(Why::SameThing),
        [one, other] if rewrites(one) && one.added == 0 && only_adds(other) => Some(Why::Rewritten),
        [other, one] if rewrites(one) && one.added == 0 && only_adds(other) => Some(Why::Rewritten),
        _ => None,
    }
}

/// A word that stands so often in a file and then nowhere was replaced, and not only left out.
const EVERYWHERE: usize = 3;
/// Entries of so many words are not written twice by chance.
const LONG: usize = 6;

/// Why a whole file is not decided by its parts, each of which has its answer.
pub(super) fn doubt_of_whole(
    form: Form,
    texts: Three<&str>,
    base: Option<&Read>,
    merged: &str,
) -> Option<Why> {
    let uses_what_is_gone = || base.is_some_and(|base| uses_what_is_gone(form, texts, base, merged));
    if is_outdated(texts, merged) || (matches!(form, Form::Code(_)) && uses_what_is_gone()) {
        return Some(Why::Outdated);
    }
    let is_prose = matches!(form, Form::Markdown | Form::Rst);
    (is_prose && is_said_twice(texts, merged)).then_some(Why::RepeatsLines)
}

/// Whether what one side added has a word that the other replaced wherever it stood: a renamed
/// function, another version of all packages. Lines that Git merges by itself count too.
fn is_outdated(texts: Three<&str>, merged: &str) -> bool {
    let base: BTreeSet<&str> = texts.base.lines().map(str::trim).collect();
    let mut often: BTreeMap<&str, usize> = BTreeMap::new();
    telling_words(texts.base).for_each(|word| *often.entry(word).or_default() += 1);
    often.retain(|_, n| *n >= EVERYWHERE);
    let left = texts.map(|text| telling_words(text).collect::<BTreeSet<&str>>());
    let outdated = |side: &str, other: &BTreeSet<&str>| {
        let added = side.lines().filter(|line| !base.contains(line.trim())).flat_map(telling_words);
        let gone: BTreeSet<&str> =
            added.filter(|word| often.contains_key(word) && !other.contains(word)).collect();
        !gone.is_empty() && telling_words(merged).any(|word| gone.contains(word))
    };
    outdated(texts.ours, &left.theirs) || outdated(texts.theirs, &left.ours)
}

/// Whether what one side added uses a name that the file declares, and that the other renamed or took
/// away with all its uses: a field, a method, a parameter. Of what stands at the top of a file and of
/// variables the names are checked; whose member another is only types would tell.
fn uses_what_is_gone(form: Form, texts: Three<&str>, base: &Read, merged: &str) -> bool {
    let Three { base: words, ours, theirs } = texts.map(counted);
    let left = counted(merged);
    // What is left of a name that one side has no more the other has put there: as a member it means
    // the same, whoever used that before.
    let is_member = |name: &str| name.starts_with('.') || left.contains_key(format!(".{name}").as_str());
    let is_gone = |name: &&str| {
        words.get(name).is_some_and(|n| *n > 1 || is_member(name))
            && (!ours.contains_key(name) || !theirs.contains_key(name))
            && left.contains_key(name)
    };
    let known = declared(base.root(), texts.base);
    let gone: Vec<&str> = known.into_iter().filter(is_gone).collect();
    if gone.is_empty() {
        return false;
    }
    let Some(read) = form.read(merged) else { return false };
    let still = declared(read.root(), merged);
    gone.iter().any(|name| !still.contains(name))
}

/// How often each name stands in a text; one behind a dot also with it.
fn counted(text: &str) -> BTreeMap<&str, usize> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let mut counts = BTreeMap::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(is_part).map(|start| at + start) {
        at = text[start..].find(|char| !is_part(char)).map_or(text.len(), |length| start + length);
        *counts.entry(&text[start..at]).or_default() += 1;
        if text[..start].ends_with('.') {
            *counts.entry(&text[start - 1..at]).or_default() += 1;
        }
    }
    counts
}

/// The names that a file declares, of whatever kind; those of fields that are set with a dot.
fn declared<'a>(root: &SyntaxNode, text: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    collect_declared(root, text, &mut found);
    found
}

fn collect_declared<'a>(node: &SyntaxNode, text: &'a str, found: &mut BTreeSet<&'a str>) {
    for part in &node.children {
        let is_name = part.field == Some("name") && node.kind != "keyword_argument";
        let is_param = node.kind.ends_with("parameters") || node.kind == "typed_parameter";
        // What Python sets it declares.
        let is_left = node.kind == "assignment" && part.field == Some("left");
        let is_set = is_left && part.kind == "attribute";
        match part.children.last() {
            Some(name) if is_set && text[..name.span.start].ends_with('.') => {
                found.insert(&text[name.span.start - 1..name.span.end]);
            }
            None if is_name || is_left || is_param && part.named => {
                found.insert(&text[part.span.clone()]);
            }
            _ => {}
        }
        collect_declared(part, text, found);
    }
}

/// Names and versions, no numbers and nothing short.
fn telling_words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.');
    let words = text.split(move |char| !is_part(char)).flat_map(|word| {
        // The dots of a version are part of it, those of a path are not.
        let is_version = word.starts_with(|char: char| char.is_ascii_digit());
        word.split(move |char| char == '.' && !is_version)
    });
    words.filter(|word| word.len() > 3 && !word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether both sides added one entry of a text in two places: under two headings, for instance.
fn is_said_twice(texts: Three<&str>, merged: &str) -> bool {
    let Three { base, ours, theirs } = texts.map(long_lines);
    let is_once =
        |line: &str| !base.contains_key(line) && ours.get(line) == Some(&1) && theirs.get(line) == Some(&1);
    long_lines(merged).into_iter().any(|(line, n)| n > 1 && is_once(line))
}

fn long_lines(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    let lines = text.lines().map(str::trim).filter(|line| line.split_whitespace().nth(LONG - 1).is_some());
    lines.for_each(|line| *counts.entry(line).or_default() += 1);
    counts
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

fn deeds(base: &[&str], side: &[&str]) -> Deeds {
    let mut deeds = Deeds::default();
    for (old, new) in edits(base, side) {
        match (old.len(), new.len()) {
            (0, n) => deeds.added += n,
            (n, 0) => deeds.deleted += n,
            (n, _) => deeds.rewritten += n,
        }
    }
    deeds
}
