//! The files that nobody changed: what they define, read only when a rule asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::changes::LARGEST;
use super::load;
use super::models::Models;
use crate::git::{Entry, Git, Repo};
use crate::model::{Oid, RepoPath, Source};
use crate::validate::extract::{extract, language_of};
use crate::validate::{Text, Unchanged, Untouched};

/// A word that more files hold tells nothing, and reading them all takes too long.
const MOST_HOLDING: usize = 100;

/// Looks names up in one tree: Git finds the files, the extractors what they define.
pub(super) struct Elsewhere {
    git: Git,
    tree: Oid,
    changed: BTreeSet<RepoPath>,
    models: Arc<Models>,
    read: Mutex<Read>,
}

/// What was read so far, and with what.
struct Read {
    repo: Repo,
    /// The source files of the tree by file name, once somebody asked.
    names: Option<BTreeMap<String, Vec<(RepoPath, Entry)>>>,
    files: BTreeMap<RepoPath, Untouched>,
    defining: BTreeMap<Wanted, Option<Arc<[Untouched]>>>,
    called: BTreeMap<String, Option<Arc<[Untouched]>>>,
    holding: BTreeMap<String, Option<Arc<[Untouched]>>>,
    /// Names that somebody asked for and that are still to be looked up.
    wanted: BTreeSet<Wanted>,
}

/// Who defines a name: in one directory, or anywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    directory: Option<String>,
    name: String,
}

impl Elsewhere {
    pub(super) fn new(
        repo: &Repo,
        tree: Oid,
        changed: BTreeSet<RepoPath>,
        models: Arc<Models>,
    ) -> anyhow::Result<Self> {
        let (names, files) = (None, BTreeMap::new());
        let (defining, called, holding) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let wanted = BTreeSet::new();
        let read = Read { repo: repo.reopen()?, names, files, defining, called, holding, wanted };
        Ok(Self { git: repo.git(), tree, changed, models, read: Mutex::new(read) })
    }

    fn read(&self) -> MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn defined(&self, wanted: Wanted) -> Option<Arc<[Untouched]>> {
        let mut read = self.read();
        if let Some(known) = read.defining.get(&wanted) {
            return known.clone();
        }
        read.wanted.insert(wanted);
        None
    }

    /// The files that hold one of the names where it is wanted, as far as an extractor reads them.
    fn find_defining(&self, read: &mut Read, wanted: &[&Wanted]) -> anyhow::Result<Vec<Untouched>> {
        let names: BTreeSet<&str> = wanted.iter().map(|wanted| wanted.name.as_str()).collect();
        let directories: BTreeSet<&str> =
            wanted.iter().filter_map(|wanted| wanted.directory.as_deref()).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut paths = self.sources_with(&names, &directories)?;
        paths.retain(|path| directories.is_empty() || directories.contains(&*path.directory()));
        self.models_of(read, paths)
    }

    fn find_holding(&self, read: &mut Read, word: &str) -> anyhow::Result<Option<Arc<[Untouched]>>> {
        let paths = self.sources_with(&BTreeSet::from([word]), &BTreeSet::new())?;
        if paths.len() > MOST_HOLDING {
            return Ok(None);
        }
        Ok(Some(self.models_of(read, paths)?.into()))
    }

    fn models_of(&self, read: &mut Read, paths: Vec<RepoPath>) -> anyhow::Result<Vec<Untouched>> {
        let mut files = Vec::new();
        for path in paths {
            files.extend(read.repo.entry_at(self.tree, &path)?.map(|entry| (path, entry)));
        }
        read.files(&self.models, files)
    }

    fn find_called(&self, read: &mut Read, file_name: &str) -> anyhow::Result<Arc<[Untouched]>> {
        if read.names.is_none() {
            read.names = Some(self.by_name(&read.repo)?);
        }
        let names = read.names.as_ref().and_then(|names| names.get(file_name));
        let names = names.cloned().unwrap_or_default();
        Ok(read.files(&self.models, names)?.into())
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

    /// The unchanged files that hold one of the names and that an extractor reads, of some
    /// directories and what is below them, or of all.
    fn sources_with(
        &self,
        names: &BTreeSet<&str>,
        directories: &BTreeSet<&str>,
    ) -> anyhow::Result<Vec<RepoPath>> {
        let tree = self.tree.to_string();
        let places: Vec<String> = directories.iter().map(|place| format!(":(top,literal){place}")).collect();
        let mut args = vec!["grep", "--name-only", "-z", "--word-regexp", "--fixed-strings", "-I"];
        args.extend(names.iter().flat_map(|name| ["-e", name]));
        args.extend([tree.as_str(), "--"]);
        args.extend(places.iter().map(String::as_str));
        let output = self.git.output(&args, b"")?;
        match output.code() {
            0 | 1 => {}
            _ => return Err(self.git.failure(&args, &output).into()),
        }
        let prefix = tree.len() + 1;
        let paths = output.stdout.split(|&byte| byte == 0).filter(|found| found.len() > prefix);
        let paths = paths.map(|found| RepoPath::new(&found[prefix..]));
        Ok(paths.filter(|path| !self.changed.contains(path) && language_of(path).is_some()).collect())
    }
}

/// Neither answers when Git or the repository fails. Who defines a name is not told at once: it is
/// put off until all names that somebody asks for can be looked up together.
impl Unchanged for Elsewhere {
    fn defining(&self, name: &str) -> Option<Arc<[Untouched]>> {
        self.defined(Wanted { directory: None, name: name.to_owned() })
    }

    fn defining_in(&self, directory: &str, name: &str) -> Option<Arc<[Untouched]>> {
        self.defined(Wanted { directory: Some(directory.to_owned()), name: name.to_owned() })
    }

    fn look_up(&self) -> bool {
        let mut read = self.read();
        let wanted = std::mem::take(&mut read.wanted);
        let (near, anywhere): (Vec<&Wanted>, Vec<&Wanted>) =
            wanted.iter().partition(|wanted| wanted.directory.is_some());
        for asked in [near, anywhere] {
            let found = self.find_defining(&mut read, &asked).ok();
            for wanted in asked {
                let defining = found.as_ref().map(|files| wanted.among(files).cloned().collect());
                read.defining.insert(wanted.clone(), defining);
            }
        }
        !wanted.is_empty()
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

    fn descends(&self, commit: Oid, ancestor: Oid) -> bool {
        self.read().repo.contains(commit, ancestor).unwrap_or(false)
    }

    fn base(&self, path: &RepoPath) -> Option<Source> {
        let repo = &self.read().repo;
        let entry = repo.entry_at(self.tree, path).ok()?.filter(|entry| entry.is_file())?;
        if repo.blob_size(entry.oid).ok()? > LARGEST {
            return None;
        }
        Some(Source { oid: entry.oid, bytes: repo.blob(entry.oid).ok()?.into() })
    }

    fn content(&self, oid: Oid) -> Option<Arc<[u8]>> {
        let repo = &self.read().repo;
        let is_small = repo.blob_size(oid).is_ok_and(|size| size <= LARGEST);
        is_small.then(|| repo.blob(oid).ok().map(Arc::from))?
    }
}

impl Wanted {
    fn among<'a>(&'a self, files: &'a [Untouched]) -> impl Iterator<Item = &'a Untouched> {
        files.iter().filter(|file| {
            let is_there = self.directory.as_ref().is_none_or(|place| *place == file.path.directory());
            is_there && file.model.defs.iter().any(|def| def.name == self.name)
        })
    }
}

impl Read {
    /// The models of files, as far as an extractor reads them.
    fn files(&mut self, models: &Models, files: Vec<(RepoPath, Entry)>) -> anyhow::Result<Vec<Untouched>> {
        let mut sources = Vec::new();
        for (path, entry) in &files {
            let Some(language) = language_of(path).filter(|_| !self.files.contains_key(path)) else {
                continue;
            };
            let source = load(&self.repo, path, *entry)?;
            // Of any other text there may be several readings, and a model fits one of them.
            let Ok(text) = String::from_utf8(source.bytes.to_vec()) else {
                let model = Arc::new(extract(language, &String::from_utf8_lossy(&source.bytes)));
                self.files.insert(path.clone(), Untouched { path: path.clone(), language, model });
                continue;
            };
            sources.push((path, language, source.oid, text));
        }
        let texts: Vec<Text<'_>> = sources
            .iter()
            .map(|(_, language, oid, text)| Text { oid: *oid, language: *language, text })
            .collect();
        for ((path, language, ..), model) in sources.iter().zip(models.read(&texts)) {
            let path = (*path).clone();
            self.files.insert(path.clone(), Untouched { path, language: *language, model });
        }
        Ok(files.iter().filter_map(|(path, _)| self.files.get(path).cloned()).collect())
    }
}
