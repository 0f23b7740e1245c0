//! Resolves conflicts in one file by what the file is made of.
//!
//! Lines are merged as Git merges them, and what Git merges stays as it is, byte for byte. A conflict
//! is looked up in the syntax trees of the three versions, and the smallest part around it that
//! corresponds in all three is merged by its structure: two parameters, two imports or two methods at
//! one place are both wanted; two meanings of one thing are not, and stay a conflict. What comes out
//! is checked as a whole, however it was made.

mod align;
mod beside;
mod candidates;
mod cases;
mod chain;
mod checks;
mod chunks;
mod doubt;
mod effects;
mod entries;
mod examples;
mod extracted;
mod follow;
mod forms;
mod guards;
mod guesses;
mod imports;
mod indent;
mod items;
mod keys;
mod layout;
mod locals;
mod macros;
mod markers;
mod names;
mod node;
mod numbers;
mod places;
mod prose;
mod region;
mod replay;
mod returns;
mod roles;
mod routes;
mod said;
mod senses;
mod shift;
mod twins;
mod unite;
mod unread;
mod versions;
mod weave;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::resume_unwind;

use similar::Algorithm;

use self::checks::Kept;
pub use self::checks::{CHECKS, LINES};
use self::chunks::{Chunk, Sort, Three, WAYS, line_chunks, line_chunks_by};
use self::forms::{Form, Read, Reads};
pub use self::guesses::{Guess, guesses};
pub use self::markers::{Favour, Markers};
use self::region::{Files, Resolution};
pub use self::said::Said;
use self::weave::Taste;
pub use self::weave::{Act, Why};
use crate::model::RepoPath;

/// Larger files are left to their conflicts.
pub const LARGEST: usize = 4 << 20;

/// Names the rules of this build: the same three texts are merged the same way by all builds of it.
pub const VERSION: &str = env!("ORCA_MERGES");

/// Three versions of one file.
#[derive(Debug, Clone, Copy)]
pub struct Versions<'a> {
    pub path: &'a RepoPath,
    pub base: &'a str,
    pub ours: &'a str,
    pub theirs: &'a str,
}

impl<'a> Versions<'a> {
    fn texts(self) -> Three<&'a str> {
        Three::new(self.base, self.ours, self.theirs)
    }
}

/// A merged file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileMerge {
    /// With conflict markers where something is left to decide.
    pub text: String,
    /// How many conflicts are left.
    pub conflicts: usize,
    /// How many there were.
    pub hunks: usize,
    /// Why those that are left are.
    pub left: Vec<Why>,
    /// What was done to those that are not.
    pub acts: BTreeSet<Act>,
}

/// How a text is put together, for merges that have it in common.
#[derive(Debug)]
pub struct Structure(Option<Read>);

impl Structure {
    /// Of a version of a file; of what is too large nothing is known.
    pub fn of(path: &RepoPath, text: &str) -> Self {
        Self(if text.len() <= LARGEST { Form::of(path).read(text) } else { None })
    }
}

/// Merges a file that conflicts for Git, and resolves by structure what is in conflict.
pub fn merge_file(versions: Versions<'_>, markers: &Markers) -> FileMerge {
    let (form, texts) = (Form::of(versions.path), versions.texts());
    texts.settled().map_or_else(
        || merge_read(form, texts, read(form, texts).as_ref(), markers),
        |text| FileMerge { text: text.to_owned(), ..FileMerge::default() },
    )
}

/// The same where the structures of base, ours and theirs may be known.
pub fn merge_structures<'a>(
    versions: Versions<'_>,
    structures: impl FnOnce() -> [&'a Structure; 3],
    markers: &Markers,
) -> FileMerge {
    let [base, ours, theirs] = structures();
    let known = Three::new(&base.0, &ours.0, &theirs.0);
    // Of parts that cannot be read it counts whether all three have them alike.
    match known.all(|read| read.as_ref().is_none_or(|read| read.errors() == 0)) {
        true => merge_read(Form::of(versions.path), versions.texts(), known, markers),
        false => merge_file(versions, markers),
    }
}

/// Three texts, what they are made of, and how it is told which lines changed.
#[derive(Clone, Copy)]
struct Job<'a> {
    form: Form,
    texts: Three<&'a str>,
    reads: Reads<'a>,
    way: Algorithm,
}

impl Job<'_> {
    fn chunks(&self) -> Vec<Chunk> {
        line_chunks_by(self.way, self.texts)
    }

    /// The same with the sides in each other's place.
    fn turned(self) -> Self {
        Self { texts: self.texts.turned(), reads: self.reads.turned(), ..self }
    }
}

fn has_conflict(chunks: &[Chunk]) -> bool {
    chunks.iter().any(|chunk| chunk.sort == Sort::Conflict)
}

/// Merges a file in the first way that shows where the conflict is. A merge of the lines in which none is
/// left is one of several then, and judged as any other.
fn merge_read(form: Form, texts: Three<&str>, reads: Reads<'_>, markers: &Markers) -> FileMerge {
    let mut refused = Why::NoPlace;
    for way in WAYS {
        let job = Job { form, texts, reads, way };
        let chunks = job.chunks();
        if has_conflict(&chunks) {
            return merge_chunks(job, &chunks, markers);
        }
        let text = assemble(texts, &chunks, &[], markers);
        match judged(job, &text) {
            Ok(()) => {
                let acts = BTreeSet::from([Act::Lines]);
                return FileMerge { text, hunks: 1, acts, ..FileMerge::default() };
            }
            Err(why) => refused = why,
        }
    }
    let whole = Chunk { sort: Sort::Conflict, at: texts.map(|text| 0..text.len()) };
    let text = assemble(texts, &[whole], &[], markers);
    FileMerge { text, conflicts: 1, hunks: 1, left: vec![refused], acts: BTreeSet::new() }
}

fn merge_chunks(job: Job<'_>, chunks: &[Chunk], markers: &Markers) -> FileMerge {
    let texts = job.texts;
    let hunks = chunks.iter().filter(|chunk| chunk.sort == Sort::Conflict).count();
    let taste = Taste::default();
    let (resolutions, mut left) = resolutions(job, chunks, &taste);
    let text = assemble(texts, chunks, &resolutions, markers);
    let acts = taste.acts.into_inner();
    if !left.is_empty() {
        return FileMerge { text, conflicts: left.len(), hunks, left, acts };
    }
    let judged = in_one_order(&acts).and_then(|()| judged(job, &text)).map(|()| text);
    let judged = judged.or_else(|why| match why {
        Why::OrderMatters => theirs_first(job),
        _ => Err(why),
    });
    match judged {
        Ok(text) => FileMerge { text, conflicts: 0, hunks, left, acts },
        Err(why) => {
            left.push(why);
            let text = assemble(texts, chunks, &[], markers);
            FileMerge { text, conflicts: hunks, hunks, left, acts: BTreeSet::new() }
        }
    }
}

/// The merge in which what both put in one place has the order of theirs, where only the sides' order
/// was in the way.
fn theirs_first(job: Job<'_>) -> Result<String, Why> {
    let job = job.turned();
    let chunks = job.chunks();
    let taste = Taste::default();
    let (resolutions, left) = resolutions(job, &chunks, &taste);
    let text = assemble(job.texts, &chunks, &resolutions, &Markers::default());
    in_one_order(&taste.acts.into_inner())?;
    left.first().map_or_else(|| judged(job, &text).map(|()| text), |why| Err(*why))
}

/// Lists may go with each other place by place, as names of constants do: one that is sorted, so that
/// theirs come before ours, and one in which ours come first would not any more.
fn in_one_order(acts: &BTreeSet<Act>) -> Result<(), Why> {
    match acts.contains(&Act::Interleaved) && acts.contains(&Act::Placed) {
        true => Err(Why::OrderMatters),
        false => Ok(()),
    }
}

/// A file whose conflicts somebody else is to resolve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// All of it, with markers.
    pub text: String,
    /// The conflicts alone, each with its markers.
    pub hunks: Vec<String>,
}

/// Marks every conflict of a file, also those that structure would resolve.
pub fn marked(versions: Versions<'_>, markers: &Markers) -> Marked {
    let texts = versions.texts();
    let chunks = line_chunks(texts);
    let hunk = |chunk: &Chunk| {
        let mut out = String::new();
        markers.write(&mut out, texts, chunk);
        out
    };
    let hunks = chunks.iter().filter(|chunk| chunk.sort == Sort::Conflict).map(hunk).collect();
    Marked { text: assemble(texts, &chunks, &[], markers), hunks }
}

/// The line of theirs on which the first conflict of a file begins, counted from 1.
pub fn first_conflict(versions: Versions<'_>) -> Option<usize> {
    let chunks = line_chunks(versions.texts());
    let conflict = chunks.iter().find(|chunk| chunk.sort == Sort::Conflict)?;
    Some(versions.theirs[..conflict.at.theirs.start].matches('\n').count() + 1)
}

/// Judges a file that somebody else resolved; returns the names of the checks that it passed.
///
/// Of a file in a form that nobody knows, and of one that could not be read before either, only the
/// lines are judged.
pub fn accept(versions: Versions<'_>, text: &str) -> Result<Vec<&'static str>, Why> {
    let texts = versions.texts();
    let form = Form::of(versions.path);
    accepted(form, texts, read(form, texts).as_ref(), [text, text], Kept::Words)
}

/// The names of the checks that a file passed, and the text that is asked for the lines of the sides.
fn accepted(
    form: Form,
    texts: Three<&str>,
    reads: Reads<'_>,
    [text, lines]: [&str; 2],
    kept: Kept,
) -> Result<Vec<&'static str>, Why> {
    checks::check_lines(texts, lines, kept)?;
    let checks = match reads.ours.is_none() || reads.theirs.is_none() {
        true => checks::LINE_CHECKS,
        false => checks::check_names(form, texts, reads, text).map(|()| CHECKS)?,
    };
    Ok(checks.iter().copied().filter(|&check| check != LINES || kept == Kept::Words).collect())
}

/// What a resolved file must pass. The questions are asked at once: a merge is waited for.
fn judged(job: Job<'_>, text: &str) -> Result<(), Why> {
    let Job { form, texts, reads, .. } = job;
    let (checked, one_sided) = std::thread::scope(|scope| {
        let one_sided = scope.spawn(|| is_one_sided(job, text));
        let checked = checks::check(form, texts, reads, text, Kept::Words);
        (checked, one_sided.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    checked?;
    if one_sided {
        return Err(Why::SidesMatter);
    }
    doubt::doubt_of_whole(form, texts, reads.base.as_ref(), text).map_or(Ok(()), Err)
}

/// The files with their trees; what could not be parsed may be anything, so that its neighbours
/// prove nothing.
fn files<'a>(
    reads: Three<&'a Option<Read>>,
    texts: Three<&'a str>,
    chunks: &'a [Chunk],
) -> Result<Files<'a>, Why> {
    let whole = |read: &'a Option<Read>| read.as_ref().and_then(Read::whole);
    match reads.map(whole) {
        Three { base: Some(base), ours: Some(ours), theirs: Some(theirs) } => {
            Ok(Files::new(texts, Three::new(base, ours, theirs), chunks))
        }
        _ => Err(Why::NoStructure),
    }
}

/// What is known of the three texts; nothing of those that are too large.
fn read(form: Form, texts: Three<&str>) -> Three<Option<Read>> {
    match texts.all(|text| text.len() <= LARGEST) {
        true => unread::close(form.read_all(texts), texts),
        false => Three::new(None, None, None),
    }
}

/// Whether other words come out when the sides change places, or none: then one of them was preferred without
/// a reason.
fn is_one_sided(job: Job<'_>, text: &str) -> bool {
    let job = job.turned();
    let chunks = job.chunks();
    let (resolutions, left) = resolutions(job, &chunks, &Taste::default());
    let other = assemble(job.texts, &chunks, &resolutions, &Markers::default());
    !left.is_empty() || words_in(text) != words_in(&other)
}

/// The words of a text in an order of their own: what both sides put in one place may stand in either.
fn words_in(text: &str) -> Vec<&str> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let mut words: Vec<&str> = text.split(|char| !is_part(char)).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words
}

/// Resolves the conflicts that can be, and says why the others cannot.
fn resolutions(
    Job { form, texts, reads, .. }: Job<'_>,
    chunks: &[Chunk],
    taste: &Taste,
) -> (Vec<Resolution>, Vec<Why>) {
    let conflicts = || (0..chunks.len()).filter(|&idx| chunks[idx].sort == Sort::Conflict);
    let files = match files(reads, texts, chunks) {
        Ok(files) => files,
        Err(why) => return (Vec::new(), conflicts().map(|_| why).collect()),
    };
    let doubt = |idx: usize| match form {
        Form::Code(_) => doubt::doubt(texts, &chunks[idx]),
        _ => None,
    };
    let mut found: Vec<Resolution> = Vec::new();
    let mut left = Vec::new();
    for conflict in conflicts() {
        if found.last().is_some_and(|last| last.chunks.contains(&conflict)) {
            continue;
        }
        let resolved = doubt(conflict).map_or(Ok(()), Err);
        let resolved =
            resolved.and_then(|()| resolve_apart(&files, conflict..conflict + 1, &mut found, taste));
        left.extend(resolved.err());
    }
    // A part that holds a conflict in doubt decides that too.
    let doubts: Vec<(usize, Why)> = conflicts().filter_map(|idx| Some((idx, doubt(idx)?))).collect();
    let doubted = |resolution: &Resolution| doubts.iter().find(|(idx, _)| resolution.chunks.contains(idx));
    left.extend(found.iter().filter_map(doubted).map(|(_, why)| *why));
    found.retain(|resolution| doubted(resolution).is_none());
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
