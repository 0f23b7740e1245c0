//! Turns the changed files of the branches into models, each blob once.
//!
//! Never drops a source file in silence: what is not analysed is listed with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

use super::delta::{Change, Differences};
use super::extract::{Language, extract, language_of};
use super::model::{FileModel, Ref};
use super::moves;
use super::world::{Package, World};
use super::{Edit, Input};
use crate::model::{FileChange, Oid, RepoPath, Source};

/// Larger files are data or generated, and slow.
const MAX_BYTES: usize = 1 << 20;
/// Of older edits only whole files and single lines are compared.
const MOST_HISTORY: usize = 8 << 20;

/// One version of a file.
#[derive(Clone)]
pub(super) struct Side<'a> {
    pub(super) text: &'a str,
    pub(super) model: Arc<FileModel>,
}

impl Side<'_> {
    /// Whether a use stands after a dot, and is no key of a value that is written out.
    pub(super) fn is_member(&self, reference: &Ref) -> bool {
        self.text.get(..reference.span.start).is_some_and(|before| before.trim_end().ends_with('.'))
    }
}

/// A changed file that can be compared.
pub(super) struct File<'a> {
    pub(super) path: &'a RepoPath,
    /// The path as text, for resolving imports.
    pub(super) name: String,
    pub(super) language: Language,
    pub(super) old: Option<Side<'a>>,
    pub(super) new: Option<Side<'a>>,
    /// Where a source file that the branch moved or renamed was, and what it held there. Git merges
    /// what others changed in it into the new place.
    pub(super) moved_from: Option<(&'a RepoPath, Side<'a>)>,
    /// What was added and taken away at this path. The uses and imports of a moved file are compared
    /// with those it had before.
    pub(super) change: Arc<Change>,
    pub(super) world: &'a World<'a>,
}

impl File<'_> {
    /// The package that the file belongs to, if a manifest above it says so.
    pub(super) fn package(&self) -> Option<Rc<Package>> {
        self.world.package(self.language, &self.name)
    }
}

impl<'a> File<'a> {
    /// The old version, here or where the file was before.
    pub(super) fn before(&self) -> Option<&Side<'a>> {
        self.old.as_ref().or(self.moved_from.as_ref().map(|(_, side)| side))
    }

    /// Where the file was before the branch.
    pub(super) fn old_path(&self) -> &'a RepoPath {
        self.moved_from.as_ref().map_or(self.path, |(path, _)| path)
    }

    /// The directory of the path; empty at the top.
    pub(super) fn directory(&self) -> &str {
        super::resolve::directory(&self.name)
    }
}

/// The analysed files of a branch, by path.
pub(super) struct Branch<'a> {
    pub(super) name: &'a str,
    pub(super) tip: Oid,
    pub(super) files: Vec<File<'a>>,
}

/// A path that several branches changed, as their clean merge leaves it.
pub(super) struct Merged<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) branches: &'a [String],
    pub(super) side: Side<'a>,
}

/// Everything that was read.
#[derive(Default)]
pub(super) struct Loaded<'a> {
    pub(super) branches: Vec<Branch<'a>>,
    pub(super) merged: Vec<Merged<'a>>,
    pub(super) models: Models<'a>,
    pub(super) analysed: usize,
    pub(super) not_analysed: Vec<(RepoPath, String)>,
}

/// The models of all blobs that were read, also those of the history.
pub(super) type Models<'a> = BTreeMap<(Oid, Language), Side<'a>>;

/// Reads every blob that takes part in the comparison.
pub(super) fn load<'a>(input: &Input<'a>, world: &'a World<'a>) -> Loaded<'a> {
    let mut skipped = BTreeMap::new();
    let models = models(input, &mut skipped);
    let mut loaded = Loaded::default();
    let mut analysed = BTreeSet::new();
    for branch in input.branches {
        let compared: Vec<Option<Compared<'a>>> =
            branch.files.par_iter().map(|file| compare_sides(file, &models, input.differences)).collect();
        let mut files: Vec<File<'a>> = branch
            .files
            .iter()
            .zip(compared)
            .filter_map(|(file, compared)| Some(load_file(file, compared?, world)))
            .collect();
        files.sort_by_key(|file| file.path);
        moves::follow(&mut files);
        analysed.extend(files.iter().map(|file| file.path));
        loaded.branches.push(Branch { name: &branch.name, tip: branch.tip, files });
    }
    for merged in input.merged {
        let side = language_of(&merged.path)
            .filter(|_| vendored(&merged.path).is_none())
            .and_then(|language| models.get(&(merged.merged.oid, language)));
        if let Some(side) = side {
            let (path, branches) = (&merged.path, merged.branches.as_slice());
            loaded.merged.push(Merged { path, branches, side: side.clone() });
        }
    }
    loaded.models = models;
    loaded.analysed = analysed.len();
    loaded.not_analysed = skipped.into_iter().map(|(path, reason)| (path.clone(), reason)).collect();
    loaded
}

/// A source text to be read, and the blob it is the content of.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    pub oid: Oid,
    pub language: Language,
    pub text: &'a str,
}

/// The texts of changed files that take part in every comparison of their branches.
pub fn texts_of<'a>(files: impl Iterator<Item = &'a FileChange>) -> Vec<Text<'a>> {
    let wanted = wanted(sides(files), &mut BTreeMap::new());
    wanted.iter().map(|(&(oid, language), &(_, text))| Text { oid, language, text }).collect()
}

/// The texts to be read, each with a path that it stands at.
type Wanted<'a> = BTreeMap<(Oid, Language), (&'a RepoPath, &'a str)>;

/// Sorts out what an extractor reads, and notes why it does not read the rest.
fn wanted<'a>(
    sources: impl Iterator<Item = (&'a RepoPath, &'a Source)>,
    skipped: &mut BTreeMap<&'a RepoPath, String>,
) -> Wanted<'a> {
    let mut wanted = Wanted::new();
    for (path, source) in sources {
        let Some(language) = language_of(path) else { continue };
        // Branches share most old versions, and a commit ends where the next one begins.
        if let Some(known) = wanted.get_mut(&(source.oid, language)) {
            match vendored(path) {
                None => known.0 = path,
                Some(directory) => drop(skipped.insert(path, below(directory))),
            }
            continue;
        }
        match readable(path, source) {
            Ok(text) => drop(wanted.insert((source.oid, language), (path, text))),
            Err(reason) => drop(skipped.insert(path, reason)),
        }
    }
    wanted
}

/// Both versions of files, as far as there are two.
fn sides<'a>(
    files: impl Iterator<Item = &'a FileChange>,
) -> impl Iterator<Item = (&'a RepoPath, &'a Source)> {
    files.flat_map(|file| [&file.old, &file.new].into_iter().flatten().map(|side| (&file.path, side)))
}

/// Reads texts on all cores; the models come in their order.
pub fn read_all(texts: &[Text<'_>]) -> Vec<Arc<FileModel>> {
    texts.par_iter().map(|text| Arc::new(sound(extract(text.language, text.text)))).collect()
}

/// Has each distinct blob read.
fn models<'a>(input: &Input<'a>, skipped: &mut BTreeMap<&'a RepoPath, String>) -> Models<'a> {
    let changed = sides(input.branches.iter().flat_map(|branch| &branch.files));
    let merged = input.merged.iter().map(|merged| (&merged.path, &merged.merged));
    // Of a large file the history knows the name only; read as text it would pass for an empty one.
    let is_read = |source: &&'a Source| !source.bytes.is_empty();
    let states = recent(input.history, MOST_HISTORY).iter().flat_map(|edit| {
        let states = [&edit.before, &edit.content].into_iter().flatten().filter(is_read);
        states.map(|source| (&edit.path, source))
    });
    let wanted = wanted(changed.chain(merged).chain(states), skipped);
    let texts: Vec<Text<'a>> =
        wanted.iter().map(|(&(oid, language), &(_, text))| Text { oid, language, text }).collect();
    let models = (input.read)(&texts);
    let mut by_key = BTreeMap::new();
    for ((key, (path, text)), model) in wanted.into_iter().zip(models) {
        let side = Side { text, model };
        if !side.model.broken.is_empty() {
            let parts = side.model.broken.len();
            let parts = if parts == 1 { "1 part".to_owned() } else { format!("{parts} parts") };
            skipped.insert(path, format!("{parts} could not be parsed; the rest was analysed"));
        }
        by_key.insert(key, side);
    }
    by_key
}

/// The latest edits, with no more than so many bytes in texts that differ. A branch may change a long
/// file a hundred times, and each of its states is read whole.
fn recent(history: &[Edit], most: usize) -> &[Edit] {
    let mut seen = BTreeSet::new();
    let mut bytes = 0;
    let is_beyond = |edit: &Edit| {
        for state in [&edit.before, &edit.content].into_iter().flatten() {
            if language_of(&edit.path).is_some() && seen.insert(state.oid) {
                bytes += state.bytes.len();
            }
        }
        bytes > most
    };
    let first = history.iter().rposition(is_beyond).map_or(0, |beyond| beyond + 1);
    &history[first..]
}

/// Both versions of a file, and what differs.
struct Compared<'a> {
    language: Language,
    old: Option<Side<'a>>,
    new: Option<Side<'a>>,
    change: Arc<Change>,
}

fn compare_sides<'a>(
    file: &'a FileChange,
    models: &Models<'a>,
    differences: &Differences,
) -> Option<Compared<'a>> {
    let language = language_of(&file.path)?;
    if vendored(&file.path).is_some() {
        return None;
    }
    let side = |source: &Option<Source>| match source {
        None => Some(None),
        Some(source) => models.get(&(source.oid, language)).cloned().map(Some),
    };
    // A side that exists but could not be read must not look like an added or deleted file.
    let (old, new) = (side(&file.old)?, side(&file.new)?);
    let change = differences.of(language, file, [old.as_ref(), new.as_ref()]);
    Some(Compared { language, old, new, change })
}

fn load_file<'a>(file: &'a FileChange, compared: Compared<'a>, world: &'a World<'a>) -> File<'a> {
    let Compared { language, old, new, change } = compared;
    let (path, name) = (&file.path, file.path.to_text().into_owned());
    File { path, name, language, old, new, moved_from: None, change, world }
}

/// The text of a source file, or why it is not analysed.
pub fn readable<'a>(path: &RepoPath, source: &'a Source) -> Result<&'a str, String> {
    if let Some(directory) = vendored(path) {
        return Err(below(directory));
    }
    if source.bytes.len() > MAX_BYTES {
        return Err("larger than 1 MiB".to_owned());
    }
    if source.bytes.contains(&0) {
        return Err("binary".to_owned());
    }
    let Ok(text) = std::str::from_utf8(&source.bytes) else {
        return Err("not UTF-8".to_owned());
    };
    if is_generated(text) {
        return Err("generated".to_owned());
    }
    Ok(text)
}

fn below(directory: &str) -> String {
    format!("below {directory}/")
}

/// The directory that marks a path as somebody else's.
pub(super) fn vendored(path: &RepoPath) -> Option<&'static str> {
    const FOREIGN: [&str; 3] = ["node_modules", "vendor", "dist"];
    let text = path.to_text();
    let (directories, _) = text.rsplit_once('/')?;
    FOREIGN.into_iter().find(|foreign| directories.split('/').any(|part| part == *foreign))
}

/// Whether the head of a file says that a program wrote it.
pub(super) fn is_generated(text: &str) -> bool {
    text.lines().take(20).any(|line| {
        // The mark must be a remark, not a string that speaks of it.
        let remark = ["//", "#", "/*", "*", "\"\"\""].iter().any(|sign| line.trim_start().starts_with(sign));
        let go = || line.contains("Code generated ") && line.contains("DO NOT EDIT");
        remark && (go() || line.contains("@generated"))
    })
}

/// Takes out uses that stand inside ranges which the parser could not read.
///
/// Definitions stay, because the indexes into them must, and because nothing may look removed.
fn sound(mut model: FileModel) -> FileModel {
    let broken = std::mem::take(&mut model.broken);
    model.refs.retain(|reference| !overlaps(&broken, &reference.span));
    model.texts.retain(|text| !overlaps(&broken, &text.span));
    for def in &mut model.defs {
        def.flags.may_repeat |= overlaps(&broken, &def.span);
    }
    model.broken = broken;
    model
}

/// Whether a range touches one of the ranges that could not be read.
pub(super) fn overlaps(broken: &[Range<usize>], span: &Range<usize>) -> bool {
    broken.iter().any(|bad| bad.start <= span.end && span.start <= bad.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_history_the_end_is_read() {
        let state = |number: u8| {
            let oid = Oid::from_bytes(&[number; 20]).unwrap();
            Some(Source { oid, bytes: vec![b' '; 100].into() })
        };
        let edit = |path: &str, number: u8| Edit {
            actor: "a".to_owned(),
            branch: "a".to_owned(),
            commit: Oid::from_bytes(&[number; 20]).unwrap(),
            path: path.into(),
            before: state(number),
            content: state(number + 1),
            is_revert: false,
            by_agent: false,
        };
        let history: Vec<Edit> = (0..10).map(|number| edit("a.py", number)).collect();
        assert_eq!(recent(&history, 5_000).len(), 10);
        // Ten edits have eleven states between them.
        assert_eq!(recent(&history, 1_100).len(), 10);
        assert_eq!(recent(&history, 1_099).len(), 9);
        assert_eq!(recent(&history, 0).len(), 0);
        let prose: Vec<Edit> = (0..10).map(|number| edit("a.md", number)).collect();
        assert_eq!(recent(&prose, 0).len(), 10, "what is not read costs nothing");
    }
}
