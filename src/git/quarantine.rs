//! Objects of merges that may never happen.
//!
//! A quarantine is a bare repository in a scratch directory that borrows every object of the real
//! one. What a prediction writes lands in it and goes with it, so that trying out merges leaves no
//! garbage behind. It lies in memory where there is room.

use std::path::{Path, PathBuf};

use super::scratch::Scratch;
use super::{Git, GitError, Repo, memory};
use crate::model::Oid;

/// How deep Git follows stores that borrow from stores.
const DEEPEST_ALTERNATE: usize = 5;

const SHA1: &str = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
const SHA256: &str =
    "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n";

/// A place for objects that ends with this value.
pub struct Quarantine {
    repo: Repo,
    real: Git,
    /// Owns the directory of `repo`, so it must go last.
    scratch: Scratch,
}

impl Quarantine {
    /// Makes an empty quarantine in front of `repo`.
    pub fn new(repo: &Repo) -> Result<Self, GitError> {
        let in_memory = memory::place().and_then(|place| Scratch::new(&place).ok());
        let scratch = in_memory.map_or_else(|| Scratch::new(&repo.orca_dir()), Ok)?;
        let dir = scratch.dir();
        for part in ["refs", "objects/info", "objects/pack"] {
            let part = dir.join(part);
            std::fs::create_dir_all(&part).map_err(GitError::io("cannot create", &part))?;
        }
        write(dir, "HEAD", b"ref: refs/heads/none\n")?;
        write(dir, "config", if repo.is_sha1() { SHA1.as_bytes() } else { SHA256.as_bytes() })?;
        write(dir, "objects/info/alternates", &alternates(&repo.common_dir().join("objects")))?;
        Ok(Self { repo: Repo::discover(dir)?, real: repo.git(), scratch })
    }

    /// Lets merges read `.gitattributes` from a commit and not from whatever is checked out.
    pub fn with_attributes_of(mut self, repo: &Repo, commit: Oid) -> Result<Self, GitError> {
        self.real = self.real.with_attributes_of(repo, commit)?;
        Ok(self)
    }

    /// Reads and writes objects: what is here or in the real repository, written here.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// A `git` in the real repository that writes objects here.
    pub(super) fn git(&self) -> Git {
        let objects = self.scratch.dir().join("objects");
        // To pack well what is gone in a moment takes a sixth of the time of a merge.
        let settings = [("COUNT", "1"), ("KEY_0", "core.looseCompression"), ("VALUE_0", "0")];
        let git = self.real.clone().env("GIT_OBJECT_DIRECTORY", objects);
        settings.iter().fold(git, |git, (name, value)| git.env(&format!("GIT_CONFIG_{name}"), value))
    }
}

fn write(dir: &Path, name: &str, content: &[u8]) -> Result<(), GitError> {
    let path = dir.join(name);
    std::fs::write(&path, content).map_err(GitError::io("cannot write", &path))
}

/// The content of an alternates file that leads to `objects` and to everything it borrows from.
///
/// Git ignores a relative path in an alternates file that is itself reached through one, so they
/// are all written out absolute.
fn alternates(objects: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    let mut found: Vec<PathBuf> = vec![objects.to_owned()];
    let mut level = 0..1;
    for _ in 0..DEEPEST_ALTERNATE {
        for place in level.clone() {
            let store = found[place].clone();
            let Ok(list) = std::fs::read(store.join("info/alternates")) else { continue };
            for line in list.split(|&byte| byte == b'\n').filter(|line| !line.is_empty() && line[0] != b'#') {
                let store = store.join(std::ffi::OsStr::from_bytes(line));
                if !found.contains(&store) {
                    found.push(store);
                }
            }
        }
        level = level.end..found.len();
    }
    let mut file = Vec::new();
    for store in found {
        file.extend_from_slice(store.as_os_str().as_bytes());
        file.push(b'\n');
    }
    file
}
