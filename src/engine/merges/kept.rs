//! Answers of Git that are kept from call to call.

use std::path::Path;

use crate::git::{GitError, MergeSurroundings, Merged, Pair, Repo, merge_surroundings};
use crate::model::Oid;
use crate::store::Cache;

/// Whoever changes what an entry says, counts this up.
const VERSION: &str = "merges1";

/// The answers of earlier calls in the same surroundings.
pub(super) struct Kept {
    cache: Cache,
    surroundings: MergeSurroundings,
}

impl Kept {
    /// None where answers hang on more than can be known.
    pub(super) fn open(repo: &Repo, dir: &Path) -> Result<Option<Self>, GitError> {
        let surroundings = merge_surroundings(repo)?;
        Ok(surroundings.map(|surroundings| Self { cache: Cache::open(dir, VERSION), surroundings }))
    }

    pub(super) fn attributes_of(&self) -> Oid {
        self.surroundings.attributes_of
    }

    pub(super) fn get(&self, pair: Pair) -> Option<Merged> {
        Merged::from_bytes(&self.cache.find(&self.subject(pair)?)?)
    }

    /// Keeps answers. What no commit holds, such as the merge of several bases, could not be read later.
    pub(super) fn add<'a>(
        &self,
        repo: &Repo,
        answers: impl Iterator<Item = (Pair, &'a Result<Merged, GitError>)>,
    ) {
        let is_lasting = |merged: &&Merged| {
            let sides = merged.conflicts.iter().flat_map(|found| [found.base, found.ours, found.theirs]);
            sides.flatten().all(|entry| repo.has_object(entry.oid))
        };
        let entry = |(pair, answer): (Pair, &Result<Merged, GitError>)| {
            let merged = answer.as_ref().ok().filter(is_lasting)?;
            Some(Cache::entry(&self.subject(pair)?, &merged.to_bytes()))
        };
        self.cache.add(&mut answers.filter_map(entry).collect());
    }

    /// Everything that an answer hangs on. Without a base it hangs on all of history.
    fn subject(&self, pair: Pair) -> Option<Vec<u8>> {
        let commits = [self.surroundings.attributes_of, pair.base?, pair.ours, pair.theirs];
        let mut subject: Vec<u8> = commits.iter().flat_map(|commit| commit.as_bytes()).copied().collect();
        subject.extend_from_slice(&self.surroundings.rest);
        Some(subject)
    }
}
