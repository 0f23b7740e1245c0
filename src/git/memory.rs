//! A place in memory for what is thrown away anyway.
//!
//! A disk's file system does a lot of bookkeeping for files that live for a tenth of a second:
//! trying out merges takes half the time in memory.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::free_space;
use super::scratch::{Lock, tokens};

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";
/// With less room than this the disk is the better place.
const ROOM: u64 = 2 << 30;

/// A directory of this user alone, cleared of what the dead left there; none where memory is not to
/// be had, or is short.
pub(super) fn place() -> Option<PathBuf> {
    let memory = Path::new(MEMORY);
    let place = has_room(memory).then(|| own(memory))??;
    for token in tokens(&place) {
        if let Some(lock) = Lock::of_dead(&place, &token) {
            let _ = std::fs::remove_dir_all(lock.dir());
        }
    }
    Some(place)
}

fn has_room(memory: &Path) -> bool {
    free_space(memory).is_ok_and(|space| space >= ROOM)
}

/// This user's directory in a place that everybody writes to, where somebody with other intentions
/// may have been first.
fn own(memory: &Path) -> Option<PathBuf> {
    let user = rustix::process::geteuid().as_raw();
    let place = memory.join(format!("git-orca-{user}"));
    let _ = std::fs::DirBuilder::new().mode(0o700).create(&place);
    let found = std::fs::symlink_metadata(&place).ok()?;
    let is_ours = found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0;
    is_ours.then_some(place)
}

/// A home for a test's repository, in memory unless `TMPDIR` asks for another place.
#[cfg(test)]
pub(crate) fn test_home() -> tempfile::TempDir {
    let may = std::env::temp_dir() == Path::new("/tmp") && has_room(Path::new(MEMORY));
    let home = may.then(|| tempfile::tempdir_in(MEMORY).ok()).flatten();
    home.unwrap_or_else(|| tempfile::tempdir().expect("a temporary directory"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_directory_that_others_may_write_to_is_not_used() {
        let memory = tempfile::tempdir().unwrap();
        let place = own(memory.path()).expect("nobody else was here");
        assert_eq!(own(memory.path()).as_ref(), Some(&place), "it is ours the second time too");
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o770)).unwrap();
        assert_eq!(own(memory.path()), None);
        std::fs::remove_dir(&place).unwrap();
        symlink(memory.path(), &place).unwrap();
        assert_eq!(own(memory.path()), None, "it leads elsewhere");
    }
}
