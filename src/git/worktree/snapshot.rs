//! Turns the content of a worktree into a tree object and touches nothing there.
//!
//! Works on a private copy of the index, for what it knows of unchanged files. An index can also
//! hide changes, by flags that any `git update-index` sets, so the flags are cleared in the copy.
//! Paths that cannot be saved are named, never left out in silence.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use super::shadow::Shadow;
use super::{Place, head};
use crate::git::vet::vet_path;
use crate::git::{Git, GitError, Head, Repo, open_plain};
use crate::model::{Oid, RepoPath};

/// What ten million files take.
const LARGEST_INDEX: u64 = 1 << 30;

/// What lies in a worktree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub head: Head,
    /// Everything that is not ignored, committed or not.
    pub tree: Oid,
    /// Whether the tree differs from that of the commit.
    pub dirty: bool,
    /// What is not in the tree although it is not ignored, and why.
    pub skipped: Vec<(RepoPath, String)>,
}

/// Writes everything in the worktree at `dir` that is not ignored as a tree.
pub fn snapshot(repo: &Repo, dir: &Path) -> Result<Snapshot, GitError> {
    let place = Place::at(repo, dir)?;
    let head = head(repo, &place.admin)?;
    let commit = match head {
        Head::Branch(_, tip) | Head::Detached(tip) => Some(tip),
        Head::Unborn(_) => None,
    };
    let shadow = Shadow::new(repo, &place.dir, commit)?;
    let git = shadow.git(&shadow.private_index());
    let tracked = load_index(&git, &shadow, &place, commit)?;
    show_hidden(&git, &place.dir, &tracked)?;
    let changes = changes(&git)?;
    let mut skipped = changes.skipped;
    skipped.extend(inner_repositories(&place.dir, &tracked, &changes.present));
    remove_paths(repo, &git, &changes.gone)?;
    add_paths(&git, &changes.present, &mut skipped)?;
    skipped.sort();
    skipped.dedup_by(|a, b| a.0 == b.0);
    let tree = write_tree(&git)?;
    let dirty = match commit {
        Some(commit) => repo.commit(commit)?.tree != tree,
        None => !repo.list_tree(tree)?.is_empty(),
    };
    Ok(Snapshot { head, tree, dirty, skipped })
}

/// Lists what is ignored; of a directory that is ignored whole, only the directory.
pub(super) fn ignored(repo: &Repo, place: &Place) -> Result<Vec<RepoPath>, GitError> {
    let shadow = Shadow::new(repo, &place.dir, None)?;
    let git = shadow.git(&place.admin.join("index"));
    let list = git.run(&["ls-files", "-z", "-o", "-i", "--exclude-standard", "--directory"])?;
    let plain = |path: &[u8]| RepoPath::new(path.strip_suffix(b"/").unwrap_or(path));
    Ok(lines(&list).map(plain).collect())
}

/// One entry of the index.
pub(super) struct Tracked {
    path: RepoPath,
    /// As `git ls-files -v` has it: lower case means that changes are to be overlooked.
    flag: u8,
    is_submodule: bool,
}

/// Copies the worktree's index, or makes one from the commit where it cannot be read.
fn load_index(
    git: &Git,
    shadow: &Shadow,
    place: &Place,
    commit: Option<Oid>,
) -> Result<Vec<Tracked>, GitError> {
    let copied = copy_index(&place.admin.join("index"), &shadow.private_index());
    if let (Ok(()), Ok(tracked)) = (copied, tracked(git)) {
        return Ok(tracked);
    }
    let _ = std::fs::remove_file(shadow.private_index());
    if let Some(commit) = commit {
        git.run(&["read-tree", &commit.to_string()])?;
    }
    tracked(git)
}

/// Git looks into a file that is as young as the index, because it may have changed within one tick
/// of the clock. So the copy must not look younger than the original.
pub(super) fn copy_index(from: &Path, to: &Path) -> std::io::Result<()> {
    let (from, mut to) = (open_plain(from)?, std::fs::File::create(to)?);
    std::io::copy(&mut (&from).take(LARGEST_INDEX), &mut to)?;
    to.set_modified(from.metadata()?.modified()?)
}

pub(super) fn tracked(git: &Git) -> Result<Vec<Tracked>, GitError> {
    let list = git.run(&["ls-files", "-z", "-v", "-s"])?;
    let entry = |line: &[u8]| {
        let tab = line.iter().position(|&byte| byte == b'\t')?;
        let path = RepoPath::new(&line[tab + 1..]);
        Some(Tracked { path, flag: *line.first()?, is_submodule: line.get(2..)?.starts_with(b"160000") })
    };
    lines(&list).map(|line| entry(line).ok_or_else(|| garbled(line))).collect()
}

/// Clears the flags that make Git overlook files. Files that a sparse checkout left out stay out.
fn show_hidden(git: &Git, dir: &Path, tracked: &[Tracked]) -> Result<(), GitError> {
    let overlooked = tracked.iter().filter(|entry| entry.flag.is_ascii_lowercase());
    let list: Vec<_> = overlooked.map(|entry| &entry.path).collect();
    if !list.is_empty() {
        git.run_with_input(&["update-index", "-z", "--no-assume-unchanged", "--stdin"], &joined(&list))?;
    }
    let left_out = tracked.iter().filter(|entry| entry.flag.eq_ignore_ascii_case(&b'S'));
    let list: Vec<_> = left_out.map(|entry| &entry.path).filter(|path| exists(dir, path)).collect();
    if !list.is_empty() {
        git.run_with_input(&["update-index", "-z", "--no-skip-worktree", "--stdin"], &joined(&list))?;
    }
    Ok(())
}

/// What the files have that the index has not.
#[derive(Default)]
pub(super) struct Changes {
    present: Vec<RepoPath>,
    gone: Vec<RepoPath>,
    skipped: Vec<(RepoPath, String)>,
    /// Whether the index has what the commit has not.
    is_staged: bool,
}

/// Never looks into submodules: that would run `git` with their configuration.
pub(super) fn changes(git: &Git) -> Result<Changes, GitError> {
    let args = [
        "-c",
        "core.untrackedCache=false",
        "status",
        "--porcelain=v2",
        "-z",
        "--untracked-files=all",
        "--no-renames",
        "--ignore-submodules=dirty",
    ];
    let output = git.output(&args, b"")?;
    if !output.status.success() {
        return Err(git.failure(&args, &output));
    }
    let mut changes = Changes::default();
    for line in lines(&output.stdout) {
        changes.add(line).ok_or_else(|| garbled(line))?;
    }
    // Git warns of directories it may not read, and goes on.
    let warnings = output.stderr.lines().map(|line| (RepoPath::from("."), line.to_owned()));
    changes.skipped.extend(warnings);
    Ok(changes)
}

impl Tracked {
    /// Whether Git looks at the file itself.
    pub(super) fn is_plain(&self) -> bool {
        self.flag == b'H'
    }
}

impl Changes {
    /// Whether files and index are those of the commit.
    pub(super) fn is_nothing(&self) -> bool {
        self.present.is_empty() && self.gone.is_empty() && self.skipped.is_empty() && !self.is_staged
    }

    /// Sorts one line of `git status` in; none when it cannot be read.
    fn add(&mut self, line: &[u8]) -> Option<()> {
        // `1 XY sub mH mI mW hH hI path`, `u XY sub m1 m2 m3 mW h1 h2 h3 path`, `? path`
        let (n_fields, mode_field) = match line.first()? {
            b'1' => (9, 5),
            b'u' => (11, 6),
            b'?' => {
                self.add_untracked(RepoPath::new(line.get(2..)?));
                return Some(());
            }
            _ => return None,
        };
        let fields: Vec<&[u8]> = line.splitn(n_fields, |&byte| byte == b' ').collect();
        let path = RepoPath::new(fields.get(n_fields - 1)?);
        let is_submodule = fields[2].starts_with(b"S");
        self.is_staged |= fields[1].first() != Some(&b'.') || is_submodule;
        let unchanged = fields[1].get(1) == Some(&b'.');
        match fields[mode_field] {
            _ if is_submodule || unchanged => {}
            b"000000" => self.gone.push(path),
            _ => self.present.push(path),
        }
        Some(())
    }

    fn add_untracked(&mut self, path: RepoPath) {
        if let Some(inner) = path.as_bytes().strip_suffix(b"/") {
            self.skipped.push((RepoPath::new(inner), INNER.to_owned()));
        } else if let Err(refusal) = vet_path(&path) {
            self.skipped.push((path, refusal.to_string()));
        } else {
            self.present.push(path);
        }
    }
}

const INNER: &str = "a repository of its own, which is not saved with this one";

/// Directories with a `.git` of their own among those that hold files.
pub(super) fn inner_repositories(
    dir: &Path,
    tracked: &[Tracked],
    present: &[RepoPath],
) -> Vec<(RepoPath, String)> {
    let mut directories = BTreeSet::new();
    for path in tracked.iter().map(|entry| &entry.path).chain(present) {
        let bytes = path.as_bytes();
        for end in (0..bytes.len()).rev().filter(|&at| bytes[at] == b'/') {
            // Once a directory is known, so are those above it.
            if !directories.insert(&bytes[..end]) {
                break;
            }
        }
    }
    directories.extend(tracked.iter().filter(|entry| entry.is_submodule).map(|entry| entry.path.as_bytes()));
    let has_git = |path: &RepoPath| exists(&dir.join(path.as_path()), &RepoPath::from(".git"));
    directories.into_iter().map(RepoPath::new).filter(has_git).map(|path| (path, INNER.to_owned())).collect()
}

/// Takes paths out of the index without a look at the files: the directory may be a link by now.
fn remove_paths(repo: &Repo, git: &Git, gone: &[RepoPath]) -> Result<(), GitError> {
    if gone.is_empty() {
        return Ok(());
    }
    let head = format!("0 {}\t", repo.no_object());
    let mut input = Vec::new();
    for path in gone {
        input.extend_from_slice(head.as_bytes());
        input.extend_from_slice(path.as_bytes());
        input.push(0);
    }
    git.run_with_input(&["update-index", "-z", "--index-info"], &input).map(drop)
}

/// Adds all paths at once; where Git refuses the lot, halves it until the culprits stand alone.
fn add_paths(git: &Git, paths: &[RepoPath], skipped: &mut Vec<(RepoPath, String)>) -> Result<(), GitError> {
    if paths.is_empty() {
        return Ok(());
    }
    let args =
        ["-c", "core.safecrlf=false", "update-index", "-z", "--add", "--remove", "--replace", "--stdin"];
    let output = git.output(&args, &joined(paths))?;
    if output.status.success() {
        return Ok(());
    }
    if let [culprit] = paths {
        skipped.push((culprit.clone(), output.stderr.trim().to_owned()));
        return Ok(());
    }
    let (first, second) = paths.split_at(paths.len() / 2);
    add_paths(git, first, skipped)?;
    add_paths(git, second, skipped)
}

pub(super) fn write_tree(git: &Git) -> Result<Oid, GitError> {
    let name = git.run(&["write-tree"])?;
    let name = String::from_utf8_lossy(&name);
    Oid::parse(name.trim()).map_err(|error| GitError::Garbled(error.to_string()))
}

fn exists(dir: &Path, path: &RepoPath) -> bool {
    std::fs::symlink_metadata(dir.join(path.as_path())).is_ok()
}

fn lines(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&byte| byte == 0).filter(|line| !line.is_empty())
}

fn joined<P: std::borrow::Borrow<RepoPath>>(paths: &[P]) -> Vec<u8> {
    let mut input = Vec::new();
    for path in paths {
        input.extend_from_slice(path.borrow().as_bytes());
        input.push(0);
    }
    input
}

fn garbled(line: &[u8]) -> GitError {
    GitError::Garbled(String::from_utf8_lossy(line).into_owned())
}
