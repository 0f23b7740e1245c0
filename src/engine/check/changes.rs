//! Reads what a branch changed, as far as it may be looked at.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;

use super::Branch;
use crate::git::{Entry, GitError, Refusal, Repo, TreeChange, vet_change};
use crate::model::{BranchChanges, FileChange, Oid, RepoPath, Source};
use crate::validate::extract::{self, Language};

/// The largest file that is read; the validator refuses larger ones and says so.
pub(super) const LARGEST: u64 = 1 << 20;

/// A path that is left out, with the reason.
pub(super) type Refused = (RepoPath, String);

/// What was read: comparisons of one call share most of it.
#[derive(Default)]
pub(super) struct Sources {
    /// By what they are read as.
    sources: Mutex<HashMap<(Oid, Option<Language>), Source>>,
    /// What branches changed, by the trees at both ends.
    diffs: Mutex<HashMap<(Oid, Oid), Vec<TreeChange>>>,
}

impl Sources {
    /// What differs between two trees, if it is what a branch changed.
    pub(super) fn known_diff(&self, old: Oid, new: Oid) -> Option<Vec<TreeChange>> {
        self.diffs.lock().unwrap_or_else(PoisonError::into_inner).get(&(old, new)).cloned()
    }

    fn diff(&self, repo: &Repo, old: Oid, new: Oid) -> Result<Vec<TreeChange>, GitError> {
        if let Some(known) = self.known_diff(old, new) {
            return Ok(known);
        }
        let changes = repo.diff_trees(old, new)?;
        self.diffs.lock().unwrap_or_else(PoisonError::into_inner).insert((old, new), changes.clone());
        Ok(changes)
    }

    fn load(&self, repo: &Repo, path: &RepoPath, entry: Entry) -> anyhow::Result<Source> {
        let key = (entry.oid, extract::language_of(path).filter(|_| entry.is_file()));
        let known = || self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = known().get(&key) {
            return Ok(source.clone());
        }
        let source = load(repo, path, entry)?;
        known().insert(key, source.clone());
        Ok(source)
    }
}

/// Everything that a branch changed since `base`. What is not fit to be read goes to `refused`.
pub(super) fn changes_of(
    (repo, sources): (&Repo, &Sources),
    base: Oid,
    branch: &Branch,
    refused: &mut Vec<Refused>,
) -> anyhow::Result<BranchChanges> {
    let (old, new) = (repo.commit(base)?.tree, repo.commit(branch.tip)?.tree);
    repo.get_changed(old, new);
    let changes = match sources.diff(repo, old, new) {
        Err(error @ GitError::BrokenTree(_)) => {
            refused.push((RepoPath::from("."), format!("{error} (on {})", branch.name)));
            Vec::new()
        }
        other => other?,
    };
    read_changes((repo, sources), branch, changes, refused)
}

/// What a branch changed since `base` in some files, without a look at any other.
pub(super) fn changes_at(
    (repo, sources): (&Repo, &Sources),
    base: Oid,
    branch: &Branch,
    paths: &BTreeSet<RepoPath>,
) -> anyhow::Result<BranchChanges> {
    let (before, after) = (repo.commit(base)?.tree, repo.commit(branch.tip)?.tree);
    let mut changes = Vec::new();
    for path in paths {
        let (old, new) = (repo.entry_at(before, path)?, repo.entry_at(after, path)?);
        if old != new {
            changes.push(TreeChange { path: path.clone(), old, new });
        }
    }
    read_changes((repo, sources), branch, changes, &mut Vec::new())
}

fn read_changes(
    (repo, sources): (&Repo, &Sources),
    branch: &Branch,
    changes: Vec<TreeChange>,
    refused: &mut Vec<Refused>,
) -> anyhow::Result<BranchChanges> {
    let mut files = Vec::new();
    for change in changes {
        if let Err(why) = vet(repo, &change)? {
            refused.push((change.path, format!("{why} (on {})", branch.name)));
            continue;
        }
        if let Some(why) = foreign_language(&change.path) {
            refused.push((change.path.clone(), why));
        }
        let source =
            |entry: Option<Entry>| entry.map(|entry| sources.load(repo, &change.path, entry)).transpose();
        files.push(FileChange {
            old: source(change.old)?,
            new: source(change.new)?,
            path: change.path.clone(),
        });
    }
    Ok(BranchChanges { name: branch.name.clone(), tip: branch.tip, files })
}

/// Whether a change may be looked at and merged at all.
fn vet(repo: &Repo, change: &TreeChange) -> anyhow::Result<Result<(), Refusal>> {
    let link = match change.new {
        Some(entry) if entry.is_link() => Some(repo.blob(entry.oid)?),
        _ => None,
    };
    Ok(vet_change(change, link.as_deref()))
}

/// Why a file that is source code is not analysed. Prose and data are not spoken of.
fn foreign_language(path: &RepoPath) -> Option<String> {
    const UNKNOWN: [&str; 24] = [
        "c", "cc", "clj", "cpp", "cs", "cxx", "dart", "erl", "ex", "exs", "h", "hpp", "hs", "kt", "lua", "m",
        "ml", "php", "pl", "rb", "scala", "swift", "vue", "zig",
    ];
    let extension = path.extension();
    let unknown = extract::language_of(path).is_none() && UNKNOWN.contains(&extension.as_str());
    unknown.then(|| format!("no rule reads .{extension} yet"))
}

/// Reads a file that some extractor understands; of any other the object name is enough.
pub(in crate::engine) fn load(repo: &Repo, path: &RepoPath, entry: Entry) -> anyhow::Result<Source> {
    let readable = entry.is_file() && extract::language_of(path).is_some();
    let bytes = match readable {
        true if repo.blob_size(entry.oid)? > LARGEST => vec![0; LARGEST as usize + 1],
        true => readable_text(path, repo.blob(entry.oid).with_context(|| format!("cannot read {path}"))?),
        false => Vec::new(),
    };
    Ok(Source { oid: entry.oid, bytes: bytes.into() })
}

/// Old Java sources are often in Latin-1, in remarks and names of people. Each byte that is no UTF-8
/// becomes one sign, so that all places stay where they are.
fn readable_text(path: &RepoPath, bytes: Vec<u8>) -> Vec<u8> {
    if path.extension() != "java" || std::str::from_utf8(&bytes).is_ok() {
        return bytes;
    }
    let mut text = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.extend_from_slice(chunk.valid().as_bytes());
        text.resize(text.len() + chunk.invalid().len(), b'?');
    }
    text
}
