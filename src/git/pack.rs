//! Packs that no `git gc` takes away before a ref reaches their objects.
//!
//! A loose object may be unlinked by a `git prune` that read the refs before ours moved, even if
//! the object was written later. A pack with a `.keep` file beside it is left alone, which is how
//! `git fetch` and `git receive-pack` guard what they receive. The order makes it safe: `.keep`,
//! `.pack`, `.idx`, move the ref, remove `.keep`. A repack that lists the pack as kept does not
//! delete it; one that lists it without `.keep` reads the refs after they moved and carries its
//! objects over.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::library::lib_oid;
use super::repo::Reader;
use super::{Git, GitError, Repo};
use crate::model::Oid;

/// What a `.keep` file of ours says, so that a person and [`release_stale_packs`] know whose it is.
const KEEP_NOTE: &str = "git-orca: a transaction is being written\n";

/// A pack that `git gc` leaves alone as long as this value lives.
#[derive(Debug)]
pub struct KeptPack {
    name: String,
    /// The path without its extension.
    stem: PathBuf,
}

impl KeptPack {
    /// The name, such as `pack-<hash>`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Packs objects of `source` and installs the pack in `repo`.
    pub(super) fn build(
        repo: &Repo,
        staging: &Path,
        source: &Source<'_>,
        objects: impl Iterator<Item = Oid>,
    ) -> Result<Self, GitError> {
        if !staging.is_dir() {
            fs::create_dir_all(staging).map_err(io("create", staging))?;
        }
        let hash = match source {
            Source::Library(library) => pack_in_process(library, staging, objects)?,
            Source::Git(git) => pack_by_git(git, staging, objects)?,
        };
        Self::install(repo, staging, format!("pack-{hash}"))
    }

    /// Git notices a pack by its `.idx`; and `git gc` deletes an `.idx` that has no `.pack`. So the
    /// pack is finished elsewhere and moved in with its `.idx` last.
    fn install(repo: &Repo, staging: &Path, name: String) -> Result<Self, GitError> {
        let pack = Self { stem: pack_dir(repo).join(&name), name };
        pack.keep(staging)?;
        for extension in ["pack", "idx"] {
            let target = pack.stem.with_extension(extension);
            let staged = staging.join(&pack.name).with_extension(extension);
            fs::rename(staged, &target).map_err(io("move a pack to", &target))?;
        }
        Ok(pack)
    }

    /// One file serves as `.keep` of every pack, by hard links: a file system such as ext4 does not
    /// reuse the inodes of deleted files for minutes, and steps over all of them for each new one.
    fn keep(&self, staging: &Path) -> Result<(), GitError> {
        let (note, keep) = (staging.join("keep"), self.stem.with_extension("keep"));
        if fs::hard_link(&note, &keep).is_ok() {
            return Ok(());
        }
        fs::write(&note, KEEP_NOTE).map_err(io("write", &note))?;
        fs::hard_link(&note, &keep).or_else(|_| fs::write(&keep, KEEP_NOTE)).map_err(io("write", &keep))
    }
}

impl Drop for KeptPack {
    fn drop(&mut self) {
        // If this fails, the pack just stays: the next holder of the lock removes a stale `.keep`.
        let _ = fs::remove_file(self.stem.with_extension("keep"));
    }
}

/// Where objects to be packed are.
pub(super) enum Source<'a> {
    Library(&'a git2::Repository),
    Git(Git),
}

fn pack_in_process(
    library: &git2::Repository,
    staging: &Path,
    objects: impl Iterator<Item = Oid>,
) -> Result<String, GitError> {
    let mut builder = library.packbuilder()?;
    for object in objects {
        builder.insert_object(lib_oid(object), None)?;
    }
    builder.write(staging, 0o444)?;
    let hash = builder.name()?.ok_or_else(|| GitError::Garbled("a pack without a name".into()))?;
    Ok(hash.to_owned())
}

fn pack_by_git(git: &Git, staging: &Path, objects: impl Iterator<Item = Oid>) -> Result<String, GitError> {
    let list: String = objects.map(|object| format!("{object}\n")).collect();
    let stem = staging.join("pack");
    // The pack is installed as two files; Git makes the reverse index when it wants one.
    let args = ["-c", "pack.writeReverseIndex=false", "pack-objects", "-q", "--threads=1"].map(OsStr::new);
    let args = [&args[..], &[stem.as_os_str()]].concat();
    let hash = git.run_with_input(&args, list.as_bytes())?;
    Ok(String::from_utf8_lossy(&hash).trim_end().to_owned())
}

/// Whether the repository still has the pack; `git gc` replaces packs as it likes.
pub fn has_pack(repo: &Repo, name: &str) -> bool {
    pack_dir(repo).join(name).with_extension("idx").exists()
}

/// Copies everything in the named packs into one new pack. The old ones stay.
pub fn merge_packs(repo: &Repo, names: &[String], staging: &Path) -> Result<KeptPack, GitError> {
    let mut objects = Vec::new();
    for name in names {
        objects.extend(indexed_objects(&pack_dir(repo).join(name).with_extension("idx"))?);
    }
    let source = match repo.reader() {
        Reader::Library(library) => Source::Library(library),
        Reader::Children(_) => Source::Git(repo.git()),
    };
    KeptPack::build(repo, staging, &source, objects.into_iter())
}

/// Deletes a pack whose objects are in another one.
///
/// The `.idx` goes first: without it nobody starts to read the pack.
pub fn remove_pack(repo: &Repo, name: &str) -> Result<(), GitError> {
    for extension in ["idx", "pack", "keep"] {
        let file = pack_dir(repo).join(name).with_extension(extension);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(io("remove", &file)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes what a killed writer left: `.keep` files of ours and half-written packs in `staging`.
/// Only for the holder of the lock under which packs are written.
pub fn release_stale_packs(repo: &Repo, staging: &Path) -> Result<(), GitError> {
    for file in files_in(staging)? {
        let removed = if file.is_dir() { fs::remove_dir_all(&file) } else { fs::remove_file(&file) };
        removed.map_err(io("remove", &file))?;
    }
    for file in files_in(&pack_dir(repo))? {
        let ours = || fs::read(&file).is_ok_and(|note| note == KEEP_NOTE.as_bytes());
        if file.extension().is_some_and(|extension| extension == "keep") && ours() {
            fs::remove_file(&file).map_err(io("remove", &file))?;
        }
    }
    Ok(())
}

fn files_in(dir: &Path) -> Result<Vec<PathBuf>, GitError> {
    match fs::read_dir(dir) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(io("list", dir)(error)),
    }
}

fn pack_dir(repo: &Repo) -> PathBuf {
    repo.common_dir().join("objects/pack")
}

/// The object names in a version 2 pack index: magic, version, 256 running counts, sorted names.
fn indexed_objects(index: &Path) -> Result<Vec<Oid>, GitError> {
    const NAMES: usize = 8 + 256 * 4;
    let bytes = fs::read(index).map_err(io("read", index))?;
    let garbled = || GitError::Garbled(format!("the pack index '{}'", index.display()));
    if !bytes.starts_with(b"\xfftOc\0\0\0\x02") {
        return Err(garbled());
    }
    let count = bytes.get(NAMES - 4..NAMES).and_then(|count| count.try_into().ok()).ok_or_else(garbled)?;
    // A pack is named by a hash of the same kind as its objects.
    let digits =
        index.file_stem().and_then(OsStr::to_str).map_or(0, |name| name.trim_start_matches("pack-").len());
    let length = u32::from_be_bytes(count) as usize * (digits / 2);
    let names = bytes.get(NAMES..NAMES + length).ok_or_else(garbled)?;
    names.chunks_exact((digits / 2).max(1)).map(|name| Oid::from_bytes(name).map_err(|_| garbled())).collect()
}

fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> GitError + 'a {
    move |error| GitError::Io { action, path: path.to_owned(), error }
}
