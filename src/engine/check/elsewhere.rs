//! Whether a name is still defined in the files that nobody changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::load;
use crate::git::{Git, Repo};
use crate::model::{Oid, RepoPath};
use crate::validate::extract::{extract, language_of};

/// Looks names up in one tree: `git grep` finds the files, the extractors the definitions.
pub(super) struct Elsewhere {
    repo: Mutex<Repo>,
    git: Git,
    tree: Oid,
    changed: BTreeSet<RepoPath>,
    known: Mutex<BTreeMap<String, bool>>,
}

impl Elsewhere {
    pub(super) fn new(repo: &Repo, tree: Oid, changed: BTreeSet<RepoPath>) -> anyhow::Result<Self> {
        let (git, known) = (repo.git(), Mutex::default());
        Ok(Self { repo: Mutex::new(repo.reopen()?), git, tree, changed, known })
    }

    /// Answers yes when it cannot tell: a finding needs a definite no.
    pub(super) fn defines(&self, name: &str) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        known.unwrap_or_else(|| {
            let found = self.find(name).unwrap_or(true);
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), found);
            found
        })
    }

    fn find(&self, name: &str) -> anyhow::Result<bool> {
        let repo = self.repo.lock().unwrap_or_else(PoisonError::into_inner);
        for path in self.files_with(name)? {
            let Some(language) = language_of(&path).filter(|_| !self.changed.contains(&path)) else {
                continue;
            };
            let Some(entry) = repo.entry_at(self.tree, &path)? else { continue };
            let source = load(&repo, &path, entry)?;
            let model = extract(language, &String::from_utf8_lossy(&source.bytes));
            if model.defs.iter().any(|def| def.name == name) {
                return Ok(true);
            }
        }
        Ok(false)
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
