//! Resolves conflicts in one file by what the file is made of.
//!
//! Lines are merged as Git merges them, and what Git merges stays as it is, byte for byte. A conflict
//! is looked up in the syntax trees of the three versions, and the smallest part around it that
//! corresponds in all three is merged by its structure: two parameters, two imports or two methods at
//! one place are both wanted; two meanings of one thing are not, and stay a conflict. What comes out
//! is checked as a whole, however it was made.

mod align;
mod checks;
mod chunks;
mod effects;
mod forms;
mod indent;
mod items;
mod keys;
mod layout;
mod markers;
mod node;
mod prose;
mod region;
mod roles;
mod twins;
mod unite;
mod weave;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use self::checks::CHECKS;
use self::chunks::{Chunk, Sort, Three, line_chunks};
use self::forms::Form;
pub use self::markers::Markers;
use self::region::{Files, Resolution};
use self::weave::Taste;
pub use self::weave::Why;
use crate::model::RepoPath;

/// Larger files are left to their conflicts.
pub const LARGEST: usize = 4 << 20;

/// Three versions of one file.
#[derive(Debug, Clone, Copy)]
pub struct Versions<'a> {
    pub path: &'a RepoPath,
    pub base: &'a str,
    pub ours: &'a str,
    pub theirs: &'a str,
}

/// A merged file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMerge {
    /// With conflict markers where something is left to decide.
    pub text: String,
    /// How many conflicts are left.
    pub conflicts: usize,
    /// How many there were.
    pub hunks: usize,
    /// Why those that are left are.
    pub left: Vec<Why>,
}

/// Merges a file and resolves by structure what conflicts in text.
pub fn merge_file(versions: Versions<'_>, markers: &Markers) -> FileMerge {
    let texts = Three::new(versions.base, versions.ours, versions.theirs);
    let chunks = line_chunks(texts);
    let hunks = chunks.iter().filter(|chunk| chunk.sort == Sort::Conflict).count();
    if hunks == 0 {
        return FileMerge {
            text: assemble(texts, &chunks, &[], markers),
            conflicts: 0,
            hunks,
            left: Vec::new(),
        };
    }
    let form = Form::of(versions.path);
    let (resolutions, mut left) = resolutions(form, texts, &chunks, &Taste::default());
    let text = assemble(texts, &chunks, &resolutions, markers);
    if left.is_empty() {
        match checks::check(form, texts, &text) {
            Ok(()) => return FileMerge { text, conflicts: 0, hunks, left },
            Err(why) => left.push(why),
        }
        return FileMerge { text: assemble(texts, &chunks, &[], markers), conflicts: hunks, hunks, left };
    }
    FileMerge { text, conflicts: left.len(), hunks, left }
}

/// A whole file without conflicts that a gate may judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    pub name: &'static str,
    pub text: String,
}

/// Files that may be meant where structure does not prove it, best first, and why others are out.
///
/// Both orders of what two sides put in one place, and a merge by words of what both changed. All
/// passed the checks; which of them is right only the project's own tests can say.
pub fn guesses(versions: Versions<'_>) -> (Vec<Guess>, Vec<String>) {
    let texts = Three::new(versions.base, versions.ours, versions.theirs);
    let chunks = line_chunks(texts);
    let form = Form::of(versions.path);
    let (mut found, mut refused): (Vec<Guess>, Vec<String>) = (Vec::new(), Vec::new());
    for (name, theirs_first) in [("ours first", false), ("theirs first", true)] {
        let taste = Taste { bold: true, theirs_first, ..Taste::default() };
        let (resolutions, left) = resolutions(form, texts, &chunks, &taste);
        let text = assemble(texts, &chunks, &resolutions, &Markers::default());
        let verdict = left.first().map_or_else(|| checks::check(form, texts, &text), |why| Err(*why));
        match verdict {
            Err(why) => refused.push(format!("{name}: {}", why.words())),
            Ok(()) if found.iter().any(|other| other.text == text) => {}
            Ok(()) => found.push(Guess { name, text }),
        }
    }
    (found, refused)
}

/// Resolves the conflicts that can be, and says why the others cannot.
fn resolutions(
    form: Form,
    texts: Three<&str>,
    chunks: &[Chunk],
    taste: &Taste,
) -> (Vec<Resolution>, Vec<Why>) {
    let conflicts = || (0..chunks.len()).filter(|&idx| chunks[idx].sort == Sort::Conflict);
    let too_large = !texts.all(|text| text.len() <= LARGEST);
    let trees = if too_large { Three::new(None, None, None) } else { texts.map(|text| form.tree(text)) };
    let Three { base: Some(base), ours: Some(ours), theirs: Some(theirs) } = &trees else {
        return (Vec::new(), conflicts().map(|_| Why::NoStructure).collect());
    };
    // What could not be parsed may be anything, so that its neighbours prove nothing.
    if [base, ours, theirs].iter().any(|tree| tree.errors > 0) {
        return (Vec::new(), conflicts().map(|_| Why::NoStructure).collect());
    }
    let roots = Three::new(&base.root, &ours.root, &theirs.root);
    let files = Files { texts, roots, chunks };
    let mut found: Vec<Resolution> = Vec::new();
    let mut left = Vec::new();
    for conflict in conflicts() {
        if found.last().is_some_and(|last| last.chunks.contains(&conflict)) {
            continue;
        }
        match resolve_apart(&files, conflict..conflict + 1, &mut found, taste) {
            Ok(()) => {}
            Err(why) => left.push(why),
        }
    }
    (found, left)
}

/// Resolves a conflict; where that reaches into what was resolved before, both together.
fn resolve_apart(
    files: &Files<'_>,
    mut wanted: Range<usize>,
    found: &mut Vec<Resolution>,
    taste: &Taste,
) -> Result<(), Why> {
    loop {
        let resolution = region::resolve(files, &wanted, taste)?;
        let overlapping = found.iter().filter(|other| other.chunks.end > resolution.chunks.start);
        let Some(start) = overlapping.map(|other| other.chunks.start).min() else {
            found.push(resolution);
            return Ok(());
        };
        found.retain(|other| other.chunks.end <= resolution.chunks.start);
        if start >= resolution.chunks.start {
            // It covers the others whole, their conflicts included.
            found.push(resolution);
            return Ok(());
        }
        wanted = start..wanted.end;
    }
}

/// The file's text from its chunks, with what was resolved in its place.
fn assemble(texts: Three<&str>, chunks: &[Chunk], resolutions: &[Resolution], markers: &Markers) -> String {
    let mut out = String::with_capacity(texts.ours.len() + texts.theirs.len() / 4);
    let mut next = resolutions.iter().peekable();
    let mut idx = 0;
    while idx < chunks.len() {
        if let Some(resolution) = next.next_if(|resolution| resolution.chunks.start == idx) {
            out.push_str(&resolution.text);
            idx = resolution.chunks.end;
            continue;
        }
        let chunk = &chunks[idx];
        match chunk.sort {
            Sort::Theirs => out.push_str(&texts.theirs[chunk.at.theirs.clone()]),
            Sort::Conflict => markers.write(&mut out, texts, chunk),
            Sort::Same | Sort::Ours | Sort::Both => out.push_str(&texts.ours[chunk.at.ours.clone()]),
        }
        idx += 1;
    }
    out
}
