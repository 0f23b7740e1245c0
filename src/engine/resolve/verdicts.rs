//! What structure makes of conflicts, kept from call to call.
//!
//! A verdict hangs on three texts, the path and the rules of this build, and goes by them. It is for
//! predictions only: whatever lands is made anew.

use std::path::Path;

use crate::git::Conflict;
use crate::merge::resolve::VERSION;
use crate::model::Oid;
use crate::store::{Cache, Key};

/// The verdicts of earlier calls, and those of this one.
pub(super) struct Verdicts {
    cache: Cache,
}

/// An entry that is not written yet.
pub(super) type Verdict = (Key, Vec<u8>);

impl Verdicts {
    pub(super) fn open(dir: &Path) -> Self {
        Self { cache: Cache::open(dir, VERSION) }
    }

    /// Whether structure resolves the conflict of these three texts, if that is known.
    pub(super) fn get(&self, conflict: &Conflict, oids: [Oid; 3]) -> Option<bool> {
        match self.cache.find(&subject(conflict, oids))?[..] {
            [verdict @ (0 | 1)] => Some(verdict == 1),
            _ => None,
        }
    }

    pub(super) fn verdict(conflict: &Conflict, oids: [Oid; 3], is_resolved: bool) -> Verdict {
        Cache::entry(&subject(conflict, oids), &[u8::from(is_resolved)])
    }

    /// Keeps verdicts for later calls.
    pub(super) fn add(&self, verdicts: &mut Vec<Verdict>) {
        self.cache.add(verdicts);
    }
}

/// Everything that a verdict hangs on, save for the rules.
fn subject(conflict: &Conflict, oids: [Oid; 3]) -> Vec<u8> {
    let mut subject = Vec::new();
    oids.iter().for_each(|oid| subject.extend_from_slice(oid.as_bytes()));
    subject.extend_from_slice(conflict.path.as_bytes());
    subject
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RepoPath;

    fn conflict(path: &str) -> Conflict {
        Conflict { path: RepoPath::from(path), base: None, ours: None, theirs: None }
    }

    fn oids(bytes: [u8; 3]) -> [Oid; 3] {
        bytes.map(|byte| Oid::from_bytes(&[byte; 20]).unwrap())
    }

    #[test]
    fn a_verdict_is_known_of_the_same_texts_at_the_same_path_only() {
        let home = crate::git::test_home();
        let (here, there) = (conflict("a.py"), conflict("a.rs"));
        let verdicts = Verdicts::open(home.path());
        assert_eq!(verdicts.get(&here, oids([1, 2, 3])), None);
        verdicts.add(&mut vec![
            Verdicts::verdict(&here, oids([1, 2, 3]), true),
            Verdicts::verdict(&here, oids([1, 3, 2]), false),
        ]);
        let verdicts = Verdicts::open(home.path());
        assert_eq!(verdicts.get(&here, oids([1, 2, 3])), Some(true));
        assert_eq!(verdicts.get(&here, oids([1, 3, 2])), Some(false));
        assert_eq!(verdicts.get(&there, oids([1, 2, 3])), None);
        assert_eq!(verdicts.get(&here, oids([2, 1, 3])), None);
    }

    #[test]
    fn an_entry_of_something_else_under_the_key_is_no_verdict() {
        let home = crate::git::test_home();
        let (key, content) = Verdicts::verdict(&conflict("a.py"), oids([1, 2, 3]), true);
        let other = Verdicts::verdict(&conflict("b.py"), oids([1, 2, 3]), true).1;
        let cut = content[..content.len() - 1].to_vec();
        let odd = [&cut[..], &[7]].concat();
        for wrong in [other, cut, odd, Vec::new()] {
            let dir = tempfile::tempdir_in(home.path()).unwrap();
            Verdicts::open(dir.path()).add(&mut vec![(key, wrong)]);
            assert_eq!(Verdicts::open(dir.path()).get(&conflict("a.py"), oids([1, 2, 3])), None);
        }
    }
}
