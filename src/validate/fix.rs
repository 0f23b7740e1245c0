//! Suggested changes, as unified diffs that `git apply` takes.

use std::ops::Range;

use similar::TextDiff;

use super::lines::lines;
use crate::model::RepoPath;

/// One replacement in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edit {
    start: usize,
    end: usize,
    text: String,
}

impl Edit {
    pub(super) fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { start: range.start, end: range.end, text: text.into() }
    }

    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(at..at, text)
    }

    /// Whether it changes nothing outside of a range.
    pub(super) fn is_within(&self, range: &Range<usize>) -> bool {
        range.start <= self.start && self.end <= range.end
    }

    /// This one and others, of which those that insert at its place come first.
    pub(super) fn behind(mut self, others: Vec<Self>) -> Vec<Self> {
        let (here, mut all): (Vec<Self>, Vec<Self>) =
            others.into_iter().partition(|other| other.start == self.start && other.end == self.start);
        self.text = here.iter().map(|other| other.text.as_str()).chain([self.text.as_str()]).collect();
        all.push(self);
        all
    }

    pub(super) fn delete(range: Range<usize>) -> Self {
        Self::replace(range, "")
    }
}

/// The diff that applies all edits to a file; empty when they contradict each other.
pub(super) fn patch(path: &RepoPath, before: &str, edits: Vec<Edit>) -> String {
    match apply(before, edits) {
        Some(after) => whole(path, before, &after),
        None => String::new(),
    }
}

/// The diff from one text to another.
pub(super) fn whole(path: &RepoPath, before: &str, after: &str) -> String {
    if before == after { String::new() } else { unified(path, before, after) }
}

/// The diff that makes a file.
pub(super) fn created(path: &RepoPath, text: &str) -> String {
    let none: [&str; 0] = [];
    let lines = lines(text);
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&none, &lines);
    diff.unified_diff().header("/dev/null", &header("b", path)).to_string()
}

/// The text with all edits; none when they contradict each other.
pub(super) fn apply(before: &str, mut edits: Vec<Edit>) -> Option<String> {
    edits.sort();
    edits.dedup();
    let mut after = String::with_capacity(before.len());
    let mut done = 0;
    // New lines end as those of the file do.
    let returns = before.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
    for edit in &edits {
        if edit.start < done {
            return None;
        }
        after.push_str(before.get(done..edit.start)?);
        match returns {
            true => after.push_str(&edit.text.replace("\r\n", "\n").replace('\n', "\r\n")),
            false => after.push_str(&edit.text),
        }
        done = edit.end;
    }
    after.push_str(before.get(done..)?);
    Some(after)
}

fn unified(path: &RepoPath, before: &str, after: &str) -> String {
    let (before, after) = (lines(before), lines(after));
    // Slices, because Git ends a line at a line feed only.
    let diff = TextDiff::configure().newline_terminated(true).diff_slices(&before, &after);
    diff.unified_diff().header(&header("a", path), &header("b", path)).to_string()
}

/// A path as Git writes it in a patch header.
fn header(side: &str, path: &RepoPath) -> String {
    let bytes = path.as_bytes();
    let plain = |byte: &u8| (0x20..0x7f).contains(byte) && !matches!(byte, b'"' | b'\\');
    if bytes.iter().all(plain) {
        // A tab tells where a name with spaces ends.
        let end = if bytes.contains(&b' ') { "\t" } else { "" };
        return format!("{side}/{}{end}", path.to_text());
    }
    let mut quoted = format!("\"{side}/");
    for byte in bytes {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(*byte)]),
            byte if plain(byte) => quoted.push(char::from(*byte)),
            byte => quoted.extend(format!("\\{byte:03o}").chars()),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_become_a_patch() {
        let before = "one\ntwo\nthree";
        let edits = vec![Edit::replace(4..7, "2"), Edit::insert(0, "zero\n"), Edit::replace(4..7, "2")];
        let expected = "--- a/x.ts\n+++ b/x.ts\n@@ -1,3 +1,4 @@\n+zero\n one\n-two\n+2\n three\n\\ No newline at end of file\n";
        assert_eq!(patch(&RepoPath::from("x.ts"), before, edits), expected);
    }

    #[test]
    fn contradicting_edits_give_none() {
        let edits = vec![Edit::replace(0..3, "a"), Edit::replace(1..2, "b")];
        assert_eq!(patch(&RepoPath::from("x"), "one\n", edits), "");
        assert_eq!(patch(&RepoPath::from("x"), "é\n", vec![Edit::delete(1..2)]), "");
    }

    #[test]
    fn new_lines_end_as_those_of_the_file() {
        let edits = vec![Edit::insert(5, "b\nc\n")];
        assert_eq!(apply("one\r\ntwo\r\n", edits.clone()), Some("one\r\nb\r\nc\r\ntwo\r\n".to_owned()));
        assert_eq!(apply("one.\ntwo\n", edits), Some("one.\nb\nc\ntwo\n".to_owned()));
    }

    #[test]
    fn what_goes_to_one_place_keeps_its_order() {
        let all = Edit::insert(0, "z\n").behind(vec![Edit::insert(0, "a\n"), Edit::insert(2, "b\n")]);
        assert_eq!(apply("1\n2\n", all), Some("a\nz\n1\nb\n2\n".to_owned()));
    }

    #[test]
    fn odd_paths_are_written_as_git_reads_them() {
        assert_eq!(header("a", &RepoPath::from("a b.ts")), "a/a b.ts\t");
        assert_eq!(header("a", &RepoPath::from("ä\".ts")), "\"a/\\303\\244\\\".ts\"");
    }
}
