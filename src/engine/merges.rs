//! What Git makes of pairs of branches, asked once.
//!
//! The validator reads files as they would be merged, and the prediction asks whether they conflict:
//! one merge answers both. Where it hangs on nothing but commits and settings, the answer is kept for
//! later calls, so that when one branch moves only its own pairs are merged. For predictions only:
//! whatever lands is merged anew.

mod kept;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::git::{GitError, Merged, Pair, Quarantine, Repo, predict_pairs};
use kept::Kept;

/// What Git says to a pair.
pub(super) type Answer = Arc<Result<Merged, GitError>>;

/// The answers of one call.
pub(super) struct Merges(Mutex<Inner>);

struct Inner {
    repo: Repo,
    quarantine: Option<Quarantine>,
    /// Where answers are kept, until it is opened.
    cache: Option<PathBuf>,
    kept: Option<Kept>,
    known: BTreeMap<Pair, Answer>,
    /// Pairs whose merged trees are in the quarantine.
    here: BTreeSet<Pair>,
}

impl Merges {
    /// Keeps answers in `cache`, if there is one.
    pub(super) fn new(repo: &Repo, cache: Option<&Path>) -> Result<Self, GitError> {
        Ok(Self(Mutex::new(Inner {
            repo: repo.reopen()?,
            quarantine: None,
            cache: cache.map(Path::to_owned),
            kept: None,
            known: BTreeMap::new(),
            here: BTreeSet::new(),
        })))
    }

    /// The answers to pairs, in their order.
    pub(super) fn of(&self, pairs: &[Pair]) -> Result<Vec<Answer>, GitError> {
        let mut inner = self.inner();
        let new: BTreeSet<Pair> =
            pairs.iter().filter(|pair| !inner.known.contains_key(pair)).copied().collect();
        if !new.is_empty() {
            inner.open()?;
        }
        let mut open = Vec::new();
        for pair in new {
            match inner.kept.as_ref().and_then(|kept| kept.get(pair)) {
                Some(merged) => drop(inner.known.insert(pair, Arc::new(Ok(merged)))),
                None => open.push(pair),
            }
        }
        inner.ask(&open)?;
        Ok(pairs.iter().filter_map(|pair| inner.known.get(pair).cloned()).collect())
    }

    /// Makes sure that the merged trees of pairs can be read.
    pub(super) fn require_trees(&self, pairs: &[Pair]) -> Result<(), GitError> {
        let mut inner = self.inner();
        let absent: Vec<Pair> = pairs.iter().filter(|pair| !inner.here.contains(pair)).copied().collect();
        inner.ask(&absent)
    }

    /// Reads what was merged.
    pub(super) fn repo(&self) -> Result<Repo, GitError> {
        self.inner().quarantine()?.repo().reopen()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn quarantine(&mut self) -> Result<&Quarantine, GitError> {
        match &mut self.quarantine {
            Some(quarantine) => Ok(quarantine),
            none => {
                let new = Quarantine::new(&self.repo)?;
                Ok(none.insert(match &self.kept {
                    Some(kept) => new.with_attributes_of(&self.repo, kept.attributes_of())?,
                    None => new,
                }))
            }
        }
    }

    /// Opens what is kept. Only who asks for a merge needs it.
    fn open(&mut self) -> Result<(), GitError> {
        if let Some(cache) = self.cache.take() {
            self.kept = Kept::open(&self.repo, &cache)?;
        }
        Ok(())
    }

    fn ask(&mut self, pairs: &[Pair]) -> Result<(), GitError> {
        if pairs.is_empty() {
            return Ok(());
        }
        let answers = predict_pairs(self.quarantine()?, pairs)?;
        if let Some(kept) = &self.kept {
            kept.add(&self.repo, pairs.iter().copied().zip(&answers));
        }
        self.here.extend(pairs);
        self.known.extend(pairs.iter().copied().zip(answers.into_iter().map(Arc::new)));
        Ok(())
    }
}
