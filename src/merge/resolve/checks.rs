//! What every resolved file must pass, however it was resolved.

use std::collections::{BTreeMap, BTreeSet};

use super::align::words;
use super::chunks::Three;
use super::extracted::leaves_behind;
use super::forms::{Form, Read, Reads};
use super::keys::squeezed;
use super::names;
use super::roles::is_comment;
use super::weave::Why;
use crate::validate::extract::SyntaxNode;

/// The names of the checks, as certificates list them.
pub const CHECKS: &[&str] = &["parse", "markers", LINES, "duplicates", "names"];

/// Those that need to know nothing of the form of a file.
pub(super) const LINE_CHECKS: &[&str] = &["markers", LINES];

/// That no line got lost, nor a word of it.
pub const LINES: &str = "lines";

/// What must be left of a line of one side that the result does not have as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// All its words.
    Words,
    /// Those that its side put there: the other may have taken away what stood there before.
    NewWords,
}

/// Judges a merged file by its lines alone.
pub(super) fn check_lines(texts: Three<&str>, merged: &str, kept: Kept) -> Result<(), Why> {
    no_markers(texts, merged)?;
    lines_are_kept(texts, merged, kept)?;
    lines_are_no_more(texts, merged)
}

/// Judges a merged file.
pub(super) fn check(
    form: Form,
    texts: Three<&str>,
    reads: Reads<'_>,
    merged: &str,
    kept: Kept,
) -> Result<(), Why> {
    check_lines(texts, merged, kept)?;
    check_names(form, texts, reads, merged)
}

/// Judges a merged file whose lines were judged.
pub(super) fn check_names(form: Form, texts: Three<&str>, reads: Reads<'_>, merged: &str) -> Result<(), Why> {
    if let (Form::Code(_), Three { base: Some(base), ours: Some(ours), theirs: Some(theirs) }) =
        (form, reads.map(Option::as_ref))
    {
        let roots = Three::new(base.root(), ours.root(), theirs.root());
        if leaves_behind(texts, roots, || form.read(merged), merged) {
            return Err(Why::Rewritten);
        }
    }
    if let (Form::Code(_), Some(ours), Some(theirs)) = (form, reads.ours, reads.theirs)
        && names::changes_hold(form, [texts.ours, texts.theirs, merged], [ours, theirs])
    {
        return Ok(());
    }
    let Some(read) = form.read(merged) else { return Err(Why::DoesNotParse) };
    let (Some(ours), Some(theirs)) = (reads.ours, reads.theirs) else { return Ok(()) };
    if read.errors() > ours.errors().max(theirs.errors()) || has_lost_a_body([ours, theirs], &read) {
        return Err(Why::DoesNotParse);
    }
    form.loads(texts, merged)?;
    names::hold([texts.ours, texts.theirs, merged], [ours, theirs, &read])
}

/// Whether more blocks have nothing in them than on either side, not even braces. The grammar of Python
/// takes them, Python does not.
pub(super) fn has_lost_a_body(sides: [&Read; 2], merged: &Read) -> bool {
    let known = sides.map(|side| n_empty_blocks(side.root()));
    n_empty_blocks(merged.root()) > known[0].max(known[1])
}

fn n_empty_blocks(node: &SyntaxNode) -> usize {
    let is_empty = node.kind == "block" && node.children.iter().all(|part| is_comment(part.kind));
    usize::from(is_empty) + node.children.iter().map(n_empty_blocks).sum::<usize>()
}

fn no_markers(texts: Three<&str>, merged: &str) -> Result<(), Why> {
    let count = |text: &str| {
        let is_marker =
            |line: &&str| ["<<<<<<<", "|||||||", ">>>>>>>"].iter().any(|sign| line.starts_with(sign));
        text.lines().filter(is_marker).count()
    };
    if count(merged) <= count(texts.ours) + count(texts.theirs) { Ok(()) } else { Err(Why::Undecided) }
}

/// Lines by what they say, with how often they do.
fn tally(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines().filter(|line| line.contains(char::is_alphanumeric)) {
        *counts.entry(said(line)).or_default() += 1;
    }
    counts
}

/// A line without what layout and lists change.
fn said(line: &str) -> String {
    squeezed(line).trim_end_matches([',', ';']).to_owned()
}

/// No line stands more often than both sides together put it there.
fn lines_are_no_more(texts: Three<&str>, merged: &str) -> Result<(), Why> {
    let counts = texts.map(tally);
    let of = |counts: &BTreeMap<String, usize>, line: &str| counts.get(line).copied().unwrap_or(0);
    let is_more = |(line, n): &(String, usize)| {
        let Three { base, ours, theirs } = counts.as_ref().map(|counts| of(counts, line));
        ours + theirs > 0 && *n > ours.max(base) + theirs.saturating_sub(base)
    };
    if tally(merged).into_iter().any(|line| is_more(&line)) { Err(Why::RepeatsLines) } else { Ok(()) }
}

/// Counts each line: what both kept is kept, what a side added is there. A line that is missing must
/// have been merged with another version of itself: its words stand in order in new lines.
fn lines_are_kept(texts: Three<&str>, merged: &str, kept: Kept) -> Result<(), Why> {
    let (counts, has) = (texts.map(tally), tally(merged));
    let of = |counts: &BTreeMap<String, usize>, line: &str| counts.get(line).copied().unwrap_or(0);
    let lines: BTreeSet<&String> = counts.ours.keys().chain(counts.theirs.keys()).collect();
    let mut missing = Vec::new();
    for line in lines {
        let Three { base, ours, theirs } = counts.as_ref().map(|counts| of(counts, line));
        let gone = base.saturating_sub(ours) + base.saturating_sub(theirs);
        let added = ours.saturating_sub(base).max(theirs.saturating_sub(base));
        // What a side wrote twice stands once where the other made one of two.
        let is_made_one = kept == Kept::NewWords && base == 0 && of(&has, line) > 0;
        if of(&has, line) < base.saturating_sub(gone) + added && !is_made_one {
            missing.push(line);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let known =
        |line: &str| [&counts.base, &counts.ours, &counts.theirs].iter().any(|counts| of(counts, line) > 0);
    let fresh: Vec<&str> = merged.lines().filter(|line| !known(&said(line))).flat_map(words).collect();
    let is_gone = |line: &&str| of(&has, &said(line)) < of(&counts.base, &said(line));
    let gone: BTreeSet<&str> = match kept {
        Kept::Words => BTreeSet::new(),
        Kept::NewWords => texts.base.lines().filter(is_gone).flat_map(words).collect(),
    };
    let is_kept = |line: &&String| {
        let mut wanted = words(line).filter(|word| !gone.contains(word)).peekable();
        wanted.peek().is_some() && is_within(&mut wanted, &fresh)
    };
    // Of a sentence that both said more behind, what one of them did.
    let is_more_kept = |line: &&String| {
        let heads = counts.base.keys().filter(|head| head.ends_with('.'));
        let (head, more) = heads
            .filter_map(|head| Some((head, line.strip_prefix(head.as_str())?)))
            .max_by_key(|(head, _)| head.len())?;
        let is_said = has.keys().any(|line| line.starts_with(head.as_str()));
        (is_said && more.starts_with(' ')).then(|| is_within(&mut words(more), &fresh))
    };
    match missing.iter().all(|line| is_kept(line) || is_more_kept(line) == Some(true)) {
        true => Ok(()),
        false => Err(Why::LosesLines),
    }
}

/// Whether words stand among others in their order.
fn is_within<'a>(wanted: &mut impl Iterator<Item = &'a str>, among: &[&str]) -> bool {
    let mut rest = among.iter();
    wanted.all(|word| rest.any(|other| *other == word))
}
