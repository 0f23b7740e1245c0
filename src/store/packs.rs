//! Keeps the packs of transactions from piling up.
//!
//! Every transaction leaves a small pack. Thirty-two of one size are copied into one of the next, so
//! that there are never more than a few dozen of ours, and `git gc` may take any of them into its
//! own packs at any time. This happens after the transaction, without its lock: everything in these
//! packs is reachable, so nobody has to wait for a copy of it.
//!
//! Which packs are ours is told by empty files `orca/packs/<level>.<name>`, which need no rewriting
//! and so no lock. One that is lost only means a pack that is left to `git gc`.

use std::fs;
use std::path::PathBuf;

use crate::git::{GitError, Repo, has_pack, merge_packs, remove_pack};

/// How many packs of a level make one of the next.
const FAN_IN: usize = 32;

/// Packs of this level, of 1,024 transactions each, are left as they are.
const TOP: u32 = 2;

/// A `gc` that died leaves its mark for ever; past this many packs it is no reason to wait.
const TOO_MANY: usize = 8 * FAN_IN;

/// Where the holder of the lock makes packs before they are moved into place.
pub(super) fn staging(repo: &Repo) -> PathBuf {
    repo.orca_dir().join("pack")
}

/// Where packs are merged, by one process at a time; what a killed one left there is removed.
fn merging(repo: &Repo) -> PathBuf {
    repo.orca_dir().join("merge")
}

/// Notes that a transaction left the pack `name`.
pub(super) fn note(repo: &Repo, name: &str) -> std::io::Result<()> {
    mark(repo, 0, name)
}

/// Merges packs when there are enough of them, and nobody else is at it.
pub(super) fn tidy(repo: &Repo) -> Result<(), GitError> {
    let packs = marked(repo);
    let small = packs.iter().filter(|(level, _)| *level == 0).count();
    if small < FAN_IN || !may_merge(repo, packs.len()) {
        return Ok(());
    }
    let path = repo.orca_dir().join("tidy.lock");
    let Ok(lock) = fs::File::create(path) else { return Ok(()) };
    if lock.try_lock().is_err() {
        return Ok(());
    }
    let _ = fs::remove_dir_all(merging(repo));
    // Freshly opened: what the handle knows of packs may be long out of date.
    let repo = repo.reopen()?;
    (0..TOP).try_for_each(|level| merge_level(&repo, level))
}

/// Replaces the packs of one level by one of the next, if they are enough.
fn merge_level(repo: &Repo, level: u32) -> Result<(), GitError> {
    let ours = marked(repo).into_iter().filter(|(found, _)| *found == level).map(|(_, name)| name);
    let (there, gone): (Vec<_>, Vec<_>) = ours.partition(|name| has_pack(repo, name));
    for name in gone {
        unmark(repo, level, &name);
    }
    if there.len() < FAN_IN {
        return Ok(());
    }
    let merged = merge_packs(repo, &there, &merging(repo))?;
    let _ = mark(repo, level + 1, merged.name());
    for name in there.iter().filter(|name| *name != merged.name()) {
        remove_pack(repo, name)?;
        unmark(repo, level, name);
    }
    Ok(())
}

/// Whether nothing speaks against deleting packs now.
///
/// A `git gc` at work would stop with an error if a pack went away under it. And a pack that a
/// multi-pack-index names must stay as long as the index: libgit2 looks nowhere else. With such an
/// index `git maintenance` keeps the number of packs down; where it does not, the index is dropped,
/// as `git repack` does, and the next transaction may merge.
fn may_merge(repo: &Repo, count: usize) -> bool {
    let index = repo.common_dir().join("objects/pack/multi-pack-index");
    if index.exists() {
        if count > TOO_MANY {
            let _ = fs::remove_file(index);
        }
        return false;
    }
    count > TOO_MANY || !repo.common_dir().join("gc.pid").exists()
}

/// The packs that are marked as ours, whether or not they are still there.
fn marked(repo: &Repo) -> Vec<(u32, String)> {
    let Ok(files) = fs::read_dir(marks(repo)) else { return Vec::new() };
    let pack = |file: fs::DirEntry| {
        let file = file.file_name().into_string().ok()?;
        let (level, name) = file.split_once('.')?;
        let hash = name.strip_prefix("pack-")?;
        let sound = matches!(hash.len(), 40 | 64) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        sound.then_some((level.parse().ok()?, name.to_owned()))
    };
    files.flatten().filter_map(pack).collect()
}

/// The mark is a link to a file that is there already; see [`crate::git::KeptPack`] for why.
fn mark(repo: &Repo, level: u32, name: &str) -> std::io::Result<()> {
    let mark = marks(repo).join(format!("{level}.{name}"));
    let link = || fs::hard_link(staging(repo).join("keep"), &mark);
    match link() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            fs::create_dir_all(marks(repo))?;
            link().or_else(|_| fs::write(&mark, ""))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(_) => fs::write(&mark, ""),
        Ok(()) => Ok(()),
    }
}

fn unmark(repo: &Repo, level: u32, name: &str) {
    let _ = fs::remove_file(marks(repo).join(format!("{level}.{name}")));
}

fn marks(repo: &Repo) -> PathBuf {
    repo.orca_dir().join("packs")
}
