//! Unified diffs as suggested fixes carry them: read back, applied, split into replacements.
//!
//! Stricter than `git apply`: what does not fit to the letter does not apply.

use std::ops::Range;

use super::RepoPath;

/// What a patch does to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePatch {
    pub path: RepoPath,
    /// Whether the patch makes the file.
    pub is_new: bool,
    pub hunks: Vec<Hunk>,
}

/// One stretch of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// One-based line of the old text at which it starts; zero in an empty one.
    pub start: usize,
    pub lines: Vec<PatchLine>,
}

/// One line of a hunk, with its line feed if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchLine {
    Kept(String),
    Removed(String),
    Added(String),
}

/// Some whole lines of the old text and what takes their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// One-based, from the first line that goes to the one after the last; empty to insert.
    pub lines: Range<usize>,
    /// Line and column behind the last character that goes: the start of the next line, unless the
    /// text ends without a line feed.
    pub end: (usize, usize),
    pub text: String,
}

impl FilePatch {
    /// Reads a unified diff; none when it is not one, or takes a file away.
    pub fn parse(patch: &str) -> Option<Vec<Self>> {
        let mut rest: Vec<&str> = patch.split_inclusive('\n').rev().collect();
        let mut files = Vec::new();
        while let Some(old) = rest.pop() {
            let old = old.strip_prefix("--- ")?.trim_end_matches('\n');
            let new = rest.pop()?.strip_prefix("+++ ")?.trim_end_matches('\n');
            let mut file = Self { path: path(new, "b/")?, is_new: old == "/dev/null", hunks: Vec::new() };
            while rest.last().is_some_and(|line| line.starts_with("@@ ")) {
                file.hunks.push(Hunk::parse(&mut rest)?);
            }
            files.push(file);
        }
        (!files.is_empty() && files.iter().all(|file| !file.hunks.is_empty())).then_some(files)
    }

    /// The text after the patch; none when the text is not the one it was made for. Hunks may have
    /// moved by `shift` lines at most.
    pub fn apply(&self, before: &str, shift: usize) -> Option<String> {
        let lines: Vec<&str> = before.split_inclusive('\n').collect();
        let mut after = String::with_capacity(before.len());
        let mut done = 0;
        for hunk in &self.hunks {
            let old: Vec<&str> = hunk.lines.iter().filter_map(PatchLine::before).collect();
            let start = place(&lines, &old, hunk.first(), shift).filter(|&start| start >= done)?;
            after.extend(lines[done..start].iter().copied());
            after.extend(hunk.lines.iter().filter_map(PatchLine::after));
            done = start + old.len();
        }
        after.extend(lines[done..].iter().copied());
        Some(after)
    }

    /// The changes of all hunks, without the lines around them.
    pub fn replacements(&self) -> Vec<Replacement> {
        self.hunks.iter().flat_map(Hunk::replacements).collect()
    }
}

impl Hunk {
    /// Takes a hunk off the end of the lines that are left.
    fn parse(rest: &mut Vec<&str>) -> Option<Self> {
        let (old, new) = rest.pop()?.strip_prefix("@@ -")?.split_once(" @@")?.0.split_once(" +")?;
        let ((start, mut n_old), (_, mut n_new)) = (span(old)?, span(new)?);
        let mut lines: Vec<PatchLine> = Vec::new();
        while n_old > 0 || n_new > 0 || rest.last().is_some_and(|line| line.starts_with('\\')) {
            let line = rest.pop()?;
            let text = || line.get(1..).unwrap_or("\n").to_owned();
            match line.as_bytes()[0] {
                b'\\' => lines.last_mut()?.lose_feed(),
                b'-' => {
                    n_old = n_old.checked_sub(1)?;
                    lines.push(PatchLine::Removed(text()));
                }
                b'+' => {
                    n_new = n_new.checked_sub(1)?;
                    lines.push(PatchLine::Added(text()));
                }
                b' ' | b'\n' => {
                    (n_old, n_new) = (n_old.checked_sub(1)?, n_new.checked_sub(1)?);
                    lines.push(PatchLine::Kept(if line == "\n" { line.to_owned() } else { text() }));
                }
                _ => return None,
            }
        }
        Some(Self { start, lines })
    }

    /// The zero-based line at which it starts.
    fn first(&self) -> usize {
        let inserts = self.lines.iter().all(|line| matches!(line, PatchLine::Added(_)));
        // An insertion names the line before it.
        if inserts { self.start } else { self.start.saturating_sub(1) }
    }

    fn replacements(&self) -> Vec<Replacement> {
        let mut replacements: Vec<Replacement> = Vec::new();
        let mut at = self.first() + 1;
        let mut is_open = false;
        for line in &self.lines {
            if let PatchLine::Kept(_) = line {
                (at, is_open) = (at + 1, false);
                continue;
            }
            if !is_open {
                replacements.push(Replacement { lines: at..at, end: (at, 1), text: String::new() });
                is_open = true;
            }
            let open = replacements.last_mut().expect("one was pushed just above or before");
            if let PatchLine::Added(text) = line {
                open.text.push_str(text);
            } else if let PatchLine::Removed(text) = line {
                let last = (at, text.chars().count() + 1);
                at += 1;
                open.lines.end = at;
                open.end = if text.ends_with('\n') { (at, 1) } else { last };
            }
        }
        replacements
    }
}

impl PatchLine {
    fn before(&self) -> Option<&str> {
        match self {
            Self::Kept(text) | Self::Removed(text) => Some(text),
            Self::Added(_) => None,
        }
    }

    fn after(&self) -> Option<&str> {
        match self {
            Self::Kept(text) | Self::Added(text) => Some(text),
            Self::Removed(_) => None,
        }
    }

    fn lose_feed(&mut self) {
        let (Self::Kept(text) | Self::Removed(text) | Self::Added(text)) = self;
        if text.ends_with('\n') {
            text.pop();
        }
    }
}

/// Where the lines of a hunk stand, nearest to where they should.
fn place(lines: &[&str], old: &[&str], wanted: usize, shift: usize) -> Option<usize> {
    let fits = |start: usize| lines.get(start..start + old.len()).is_some_and(|found| found == old);
    let near = (0..=shift).flat_map(|away| [wanted.checked_sub(away), wanted.checked_add(away)]);
    near.flatten().find(|&start| fits(start))
}

/// `12,3` or `12`, which is one line.
fn span(text: &str) -> Option<(usize, usize)> {
    match text.split_once(',') {
        Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

/// A path of a patch header: plain up to a tab, or quoted as Git does it.
fn path(header: &str, side: &str) -> Option<RepoPath> {
    let Some(quoted) = header.strip_prefix('"') else {
        let plain = header.split('\t').next().unwrap_or(header);
        return plain.strip_prefix(side).map(RepoPath::from);
    };
    let mut bytes = Vec::new();
    let mut rest = quoted.strip_suffix('"')?.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let escaped = *rest.first()?;
        if escaped.is_ascii_digit() {
            let digits = std::str::from_utf8(rest.get(..3)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 8).ok()?);
            rest = &rest[3..];
        } else {
            bytes.push(escaped);
            rest = &rest[1..];
        }
    }
    Some(RepoPath::new(bytes.strip_prefix(side.as_bytes())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "--- a/x.ts\n+++ b/x.ts\n@@ -1,4 +1,4 @@\n-one\n+eins\n two\n-three\n four\n+five\n\
                         \\ No newline at end of file\n@@ -9 +9 @@\n--- a\n+++ b\n";

    fn only(patch: &str) -> FilePatch {
        let [file] = &FilePatch::parse(patch).unwrap()[..] else { panic!("several files") };
        file.clone()
    }

    #[test]
    fn a_patch_applies_where_it_fits_and_nowhere_else() {
        let file = only("--- a/x.ts\n+++ b/x.ts\n@@ -2,2 +2,2 @@\n b\n-c\n+C\n");
        assert_eq!(file.apply("a\nb\nc\nd\n", 0).unwrap(), "a\nb\nC\nd\n");
        assert_eq!(file.apply("0\na\nb\nc\nd\n", 0), None);
        assert_eq!(file.apply("0\na\nb\nc\nd\n", 1).unwrap(), "0\na\nb\nC\nd\n");
        assert_eq!(file.apply("a\nb\nc", 5), None, "the last line has no end");
        let feedless = only("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n");
        assert_eq!(feedless.apply("a", 0).unwrap(), "b\n");
        assert_eq!(feedless.replacements()[0].end, (1, 2));
    }

    #[test]
    fn changes_stand_by_themselves() {
        let file = only(PATCH);
        let replaced: Vec<_> = file.replacements().into_iter().map(|r| (r.lines, r.text)).collect();
        let expected = [(1..2, "eins\n"), (3..4, ""), (5..5, "five"), (9..10, "++ b\n")];
        assert_eq!(replaced, expected.map(|(lines, text)| (lines, text.to_owned())));
    }

    #[test]
    fn new_files_and_odd_paths_are_read() {
        let made = only("--- /dev/null\n+++ \"b/\\303\\244 \\\"x\\\".ts\"\n@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!((made.is_new, made.path.clone()), (true, RepoPath::from("ä \"x\".ts")));
        assert_eq!(made.apply("", 0).unwrap(), "a\nb\n");
        assert_eq!(
            only("--- a/a b.ts\t\n+++ b/a b.ts\t\n@@ -1 +1 @@\n-a\n+b\n").path,
            RepoPath::from("a b.ts")
        );
    }

    #[test]
    fn what_is_no_patch_is_refused() {
        for text in ["", "x\n", "--- a/x\n+++ b/x\n", "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"] {
            assert_eq!(FilePatch::parse(text), None, "{text:?}");
        }
        for text in ["@@ -1,9 +1,9 @@\n a\n", "@@ -1 +1 @@\nx\n", "@@ -1\n", "@@ -1 +1 @@\n\\\n"] {
            assert_eq!(FilePatch::parse(&format!("--- a/x\n+++ b/x\n{text}")), None, "{text:?}");
        }
    }
}
