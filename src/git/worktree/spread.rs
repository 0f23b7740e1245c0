//! Checks one commit out into many directories at once.
//!
//! Each blob is read once and written to all of them, and each index is written with what the file
//! system says of its files, so that `git status` has nothing to compare. Git says what the entries
//! are, and which of them are more than their bytes: what a filter or a line ending changes, and
//! submodules, are left to its own checkout, and so is everything where settings ask for more.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, mkdirat, openat, statat, symlinkat};

use super::add::Site;
use super::index::{Blank, Noted, Slot};
use super::shadow::git_in;
use super::write;
use crate::git::repo::Reader;
use crate::git::{GitError, Repo};
use crate::model::Oid;

/// How many directories are written at once: each has files open.
pub(super) const MOST: usize = 32;
/// More threads than that only wait for the file system.
const MOST_THREADS: usize = 8;

/// A claimed directory and its drafted registration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    draft: &'a Path,
    dir: &'a Path,
}

impl<'a> Place<'a> {
    pub(super) fn of(draft: &'a Path, dir: &'a Path) -> Self {
        Self { draft, dir }
    }
}

/// Settings under which a file is no more than the bytes of a blob under its name, where they are set.
const ASKS_FOR_NO_MORE: [(&str, &[&str]); 5] = [
    ("core.sparsecheckout", NO),
    ("core.autocrlf", &["false", "no", "off", "0", "input"]),
    ("core.eol", &["lf", "native"]),
    ("core.symlinks", &["true", "yes", "on", "1"]),
    ("core.ignorecase", NO),
];
const NO: &[&str] = &["false", "no", "off", "0"];

impl Site<'_> {
    /// Fills the directories and writes their indexes. False where it is for Git to do, with nothing
    /// written; after an error anything may be there.
    pub(super) fn spread(&self, repo: &Repo, commit: Oid, places: &[Place<'_>]) -> Result<bool, GitError> {
        let Some(first) = places.first().filter(|_| is_plain(repo)) else { return Ok(false) };
        let Some(blank) = self.blank(first, commit)? else { return Ok(false) };
        let special = self.special(first, &blank.slots)?;
        let (ours, rest): (Vec<usize>, Vec<usize>) =
            (0..blank.slots.len()).partition(|&position| is_ours(&blank.slots[position], &special));
        if rest.len() > ours.len() {
            return Ok(false);
        }
        let work = Work::new(&blank.slots, &ours, places)?;
        let noted = work.run(repo)?;
        for (number, place) in places.iter().enumerate() {
            let of_place = noted.iter().map(|(position, all)| (*position, all[number]));
            write(&place.draft.join("index"), blank.filled_in(of_place))?;
            if !rest.is_empty() {
                let git = git_in(place.draft, self.common_dir, place.dir);
                git.run_holding(&["checkout-index", "-a", "-u", "-q"], self.scratch.leash()?)?;
            }
        }
        Ok(true)
    }

    /// What the index of the commit says before any file is there. Git refuses names here that must not
    /// be checked out.
    fn blank(&self, place: &Place<'_>, commit: Oid) -> Result<Option<Blank>, GitError> {
        let index = place.draft.join("index");
        let git = git_in(place.draft, self.common_dir, place.dir);
        let plain = ["index.version=2", "index.threads=1", "index.sparse=false", "core.splitIndex=false"];
        let settings = plain.iter().flat_map(|setting| ["-c", setting]);
        let commit = commit.to_string();
        let args: Vec<&str> =
            settings.chain(["-c", "core.untrackedCache=false", "read-tree", &commit]).collect();
        git.run(&args)?;
        let bytes = std::fs::read(&index).map_err(GitError::io("cannot read", &index))?;
        Ok(Blank::parse(bytes))
    }

    /// The paths whose attributes let Git write something else than the bytes of the blob.
    fn special(&self, place: &Place<'_>, slots: &[Slot]) -> Result<BTreeSet<Vec<u8>>, GitError> {
        let input: Vec<u8> = slots.iter().flat_map(|slot| slot.path.iter().copied().chain([0])).collect();
        let args =
            ["check-attr", "--cached", "-z", "--stdin", "filter", "ident", "working-tree-encoding", "eol"];
        // Git would hand over each path by itself.
        let git = git_in(place.draft, self.common_dir, place.dir).env("GIT_FLUSH", "false");
        let answer = git.run_with_input(&args, &input)?;
        let mut words = answer.split(|&byte| byte == 0);
        let mut special = BTreeSet::new();
        while let (Some(path), Some(name), Some(value)) = (words.next(), words.next(), words.next()) {
            let is_plain = match value {
                b"unspecified" | b"unset" => true,
                b"lf" => name == b"eol",
                _ => false,
            };
            if !is_plain {
                special.insert(path.to_vec());
            }
        }
        Ok(special)
    }
}

fn is_plain(repo: &Repo) -> bool {
    let asks_for_no_more = |(key, values): &(&str, &[&str])| {
        let is_one = |set: String| values.iter().any(|value| set.eq_ignore_ascii_case(value));
        repo.config(key).is_none_or(is_one)
    };
    matches!(repo.reader(), Reader::Library(_)) && ASKS_FOR_NO_MORE.iter().all(asks_for_no_more)
}

fn is_ours(slot: &Slot, special: &BTreeSet<Vec<u8>>) -> bool {
    matches!(slot.mode, 0o100_644 | 0o100_755 | 0o120_000) && !special.contains(&slot.path)
}

/// What is to be written, directory by directory.
struct Work<'a> {
    slots: &'a [Slot],
    /// Positions by the directory they lie in.
    directories: Vec<(&'a [u8], Vec<usize>)>,
    roots: Vec<OwnedFd>,
}

/// What is noted of an entry in each of the places.
type OfEach = (usize, Vec<Noted>);

impl<'a> Work<'a> {
    /// Opens the places and makes the directories in them.
    fn new(slots: &'a [Slot], ours: &[usize], places: &[Place<'_>]) -> Result<Self, GitError> {
        let mut directories: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for &position in ours {
            let path = &slots[position].path;
            let parent = path.iter().rposition(|&byte| byte == b'/').map_or(&[][..], |slash| &path[..slash]);
            directories.entry(parent).or_default().push(position);
        }
        let mut roots = Vec::new();
        for place in places {
            let root = openat(CWD, place.dir, DIRECTORY, Mode::empty()).map_err(failed(b""))?;
            for parent in with_parents(directories.keys().copied()) {
                mkdirat(&root, OsStr::from_bytes(parent), Mode::from(0o777)).map_err(failed(parent))?;
            }
            roots.push(root);
        }
        Ok(Self { slots, directories: directories.into_iter().collect(), roots })
    }

    /// Writes files first, and then links, so that nothing is written through one.
    fn run(&self, repo: &Repo) -> Result<Vec<OfEach>, GitError> {
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let readers: Vec<Repo> = (0..n_threads).map(|_| repo.reopen()).collect::<Result<_, _>>()?;
        let next = AtomicUsize::new(0);
        let parts: Vec<Result<Vec<OfEach>, GitError>> = std::thread::scope(|scope| {
            let next = &next;
            let threads: Vec<_> = readers
                .into_iter()
                .map(|reader| scope.spawn(move || self.write_next(&reader, next)))
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("a writer does not panic")).collect()
        });
        let mut noted = Vec::new();
        for part in parts {
            noted.extend(part?);
        }
        for (directory, positions) in &self.directories {
            self.write_directory((directory, positions), repo, true, &mut noted)?;
        }
        Ok(noted)
    }

    /// Takes one directory after the other, as long as there are any.
    fn write_next(&self, reader: &Repo, next: &AtomicUsize) -> Result<Vec<OfEach>, GitError> {
        let mut noted = Vec::new();
        while let Some((directory, positions)) = self.directories.get(next.fetch_add(1, Ordering::Relaxed)) {
            self.write_directory((directory, positions), reader, false, &mut noted)?;
        }
        Ok(noted)
    }

    fn write_directory(
        &self,
        (directory, positions): (&[u8], &[usize]),
        reader: &Repo,
        links: bool,
        noted: &mut Vec<OfEach>,
    ) -> Result<(), GitError> {
        let is_link = |position: usize| self.slots[position].mode == 0o120_000;
        let mut wanted = positions.iter().copied().filter(|&position| is_link(position) == links).peekable();
        if wanted.peek().is_none() {
            return Ok(());
        }
        let opened: Vec<OwnedFd> = self
            .roots
            .iter()
            .map(|root| open_below(root, directory))
            .collect::<Result<_, _>>()
            .map_err(failed(directory))?;
        for position in wanted {
            let slot = &self.slots[position];
            let name = slot.path.get(directory.len()..).unwrap_or_default();
            let name = OsStr::from_bytes(name.strip_prefix(b"/").unwrap_or(name));
            let content = reader.blob(slot.oid)?;
            let written = opened.iter().map(|parent| match links {
                true => write_link(parent, name, &content),
                false => write_file(parent, name, slot.mode, &content),
            });
            noted.push((position, written.collect::<Result<_, _>>().map_err(failed(&slot.path))?));
        }
        Ok(())
    }
}

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const NEW_FILE: OFlags =
    OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Directories and all that they lie in, outer ones first.
fn with_parents<'a>(directories: impl Iterator<Item = &'a [u8]>) -> BTreeSet<&'a [u8]> {
    let mut all = BTreeSet::new();
    for directory in directories.filter(|directory| !directory.is_empty()) {
        let slashes = directory.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        all.extend(slashes.map(|(slash, _)| &directory[..slash]));
        all.insert(directory);
    }
    all
}

/// Opens a directory below another without going through a link.
#[cfg(target_os = "linux")]
fn open_below(root: &OwnedFd, path: &[u8]) -> rustix::io::Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};
    let path = if path.is_empty() { b".".as_slice() } else { path };
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    openat2(root, OsStr::from_bytes(path), DIRECTORY, Mode::empty(), beneath)
}

/// Opens a directory below another without going through a link.
#[cfg(not(target_os = "linux"))]
fn open_below(root: &OwnedFd, path: &[u8]) -> rustix::io::Result<OwnedFd> {
    let mut found = openat(root, c".", DIRECTORY, Mode::empty())?;
    for name in path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
        found = openat(&found, OsStr::from_bytes(name), DIRECTORY, Mode::empty())?;
    }
    Ok(found)
}

fn write_file(parent: &OwnedFd, name: &OsStr, mode: u32, content: &[u8]) -> std::io::Result<Noted> {
    use std::io::Write as _;
    let mode = if mode == 0o100_755 { 0o777 } else { 0o666 };
    let mut file = std::fs::File::from(openat(parent, name, NEW_FILE, Mode::from(mode))?);
    file.write_all(content)?;
    noted(&fstat(&file)?)
}

fn write_link(parent: &OwnedFd, name: &OsStr, target: &[u8]) -> std::io::Result<Noted> {
    symlinkat(OsStr::from_bytes(target), parent, name)?;
    noted(&statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?)
}

fn noted(stat: &rustix::fs::Stat) -> std::io::Result<Noted> {
    Noted::of(stat).ok_or_else(|| std::io::ErrorKind::FileTooLarge.into())
}

fn failed<E: Into<std::io::Error>>(path: &[u8]) -> impl FnOnce(E) -> GitError {
    let path = Path::new(OsStr::from_bytes(path)).to_owned();
    move |error| GitError::io("cannot write", &path)(error.into())
}
