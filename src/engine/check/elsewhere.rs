//! The files that nobody changed: what they define, read only when a rule asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::changes::LARGEST;
use super::load;
use crate::git::{Entry, Git, Repo};
use crate::model::{Oid, RepoPath, Source};
use crate::validate::extract::{Language, extract, language_of};
use crate::validate::{Unchanged, Untouched};

/// Looks names up in one tree: Git finds the files, the extractors what they define.
pub(super) struct Elsewhere {
    git: Git,
    tree: Oid,
    changed: BTreeSet<RepoPath>,
    read: Mutex<Read>,
}

/// A word that more files hold tells nothing, and reading them all takes too long.
const MOST_HOLDING: usize = 100;

/// What was read so far, and with what.
struct Read {
    repo: Repo,
    /// The source files of the tree by file name, once somebody asked.
    names: Option<BTreeMap<String, Vec<(RepoPath, Entry)>>>,
    files: BTreeMap<RepoPath, Untouched>,
    defining: BTreeMap<String, Option<Arc<[Untouched]>>>,
    called: BTreeMap<String, Option<Arc<[Untouched]>>>,
    holding: BTreeMap<String, Option<Arc<[Untouched]>>>,
}

impl Elsewhere {
    pub(super) fn new(repo: &Repo, tree: Oid, changed: BTreeSet<RepoPath>) -> anyhow::Result<Self> {
        let (names, files) = (None, BTreeMap::new());
        let (defining, called, holding) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let read = Read { repo: repo.reopen()?, names, files, defining, called, holding };
        Ok(Self { git: repo.git(), tree, changed, read: Mutex::new(read) })
    }

    fn read(&self) -> MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find_defining(&self, read: &mut Read, name: &str) -> anyhow::Result<Arc<[Untouched]>> {
        let mut found = Vec::new();
        for path in self.files_with(name)? {
            let is_code = language_of(&path).is_some_and(Language::is_code);
            if self.changed.contains(&path) || !is_code {
                continue;
            }
            let Some(entry) = read.repo.entry_at(self.tree, &path)? else { continue };
            found.extend(read.file(&path, entry)?);
        }
        found.retain(|file| file.model.defs.iter().any(|def| def.name == name));
        Ok(found.into())
    }

    fn find_called(&self, read: &mut Read, file_name: &str) -> anyhow::Result<Arc<[Untouched]>> {
        if read.names.is_none() {
            read.names = Some(self.by_name(&read.repo)?);
        }
        let names = read.names.as_ref().and_then(|names| names.get(file_name));
        let mut found = Vec::new();
        for (path, entry) in names.cloned().unwrap_or_default() {
            found.extend(read.file(&path, entry)?);
        }
        Ok(found.into())
    }

    fn by_name(&self, repo: &Repo) -> anyhow::Result<BTreeMap<String, Vec<(RepoPath, Entry)>>> {
        let mut names: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for (path, entry) in repo.list_tree(self.tree)? {
            if language_of(&path).is_some() && !self.changed.contains(&path) {
                names.entry(path.file_name().into_owned()).or_default().push((path, entry));
            }
        }
        Ok(names)
    }

    fn find_holding(&self, read: &mut Read, word: &str) -> anyhow::Result<Option<Arc<[Untouched]>>> {
        let mut files = self.files_with(word)?;
        files.retain(|path| !self.changed.contains(path) && language_of(path).is_some());
        if files.len() > MOST_HOLDING {
            return Ok(None);
        }
        let mut found = Vec::new();
        for path in files {
            let Some(entry) = read.repo.entry_at(self.tree, &path)? else { continue };
            found.extend(read.file(&path, entry)?);
        }
        Ok(Some(found.into()))
    }

    fn files_with(&self, name: &str) -> anyhow::Result<Vec<RepoPath>> {
        let tree = self.tree.to_string();
        let args = ["grep", "--name-only", "-z", "--word-regexp", "--fixed-strings", "-I", "-e", name, &tree];
        let output = self.git.output(&args, b"")?;
        match output.code() {
            0 | 1 => {}
            _ => return Err(self.git.failure(&args, &output).into()),
        }
        let prefix = tree.len() + 1;
        let paths = output.stdout.split(|&byte| byte == 0).filter(|found| found.len() > prefix);
        Ok(paths.map(|found| RepoPath::new(&found[prefix..])).collect())
    }
}

/// None answers when Git or the repository fails.
impl Unchanged for Elsewhere {
    fn defining(&self, name: &str) -> Option<Arc<[Untouched]>> {
        let mut read = self.read();
        if let Some(known) = read.defining.get(name) {
            return known.clone();
        }
        let found = self.find_defining(&mut read, name).ok();
        read.defining.insert(name.to_owned(), found.clone());
        found
    }

    fn called(&self, file_name: &str) -> Option<Arc<[Untouched]>> {
        let mut read = self.read();
        if let Some(known) = read.called.get(file_name) {
            return known.clone();
        }
        let found = self.find_called(&mut read, file_name).ok();
        read.called.insert(file_name.to_owned(), found.clone());
        found
    }

    fn holding(&self, word: &str) -> Option<Arc<[Untouched]>> {
        let mut read = self.read();
        if let Some(known) = read.holding.get(word) {
            return known.clone();
        }
        let found = self.find_holding(&mut read, word).ok().flatten();
        read.holding.insert(word.to_owned(), found.clone());
        found
    }

    fn base(&self, path: &RepoPath) -> Option<Source> {
        let repo = &self.read().repo;
        let entry = repo.entry_at(self.tree, path).ok()?.filter(|entry| entry.is_file())?;
        if repo.blob_size(entry.oid).ok()? > LARGEST {
            return None;
        }
        Some(Source { oid: entry.oid, bytes: repo.blob(entry.oid).ok()?.into() })
    }
}

impl Read {
    /// The model of a file; none when no extractor reads it.
    fn file(&mut self, path: &RepoPath, entry: Entry) -> anyhow::Result<Option<Untouched>> {
        if let Some(known) = self.files.get(path) {
            return Ok(Some(known.clone()));
        }
        let Some(language) = language_of(path) else { return Ok(None) };
        let source = load(&self.repo, path, entry)?;
        let model = Arc::new(extract(language, &String::from_utf8_lossy(&source.bytes)));
        let file = Untouched { path: path.clone(), language, model };
        self.files.insert(path.clone(), file.clone());
        Ok(Some(file))
    }
}
