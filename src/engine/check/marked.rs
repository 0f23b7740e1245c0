//! Files that the project itself marks as made by a program or taken from elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::Refused;
use crate::engine::parted::Group;
use crate::git::{Repo, paths_with};
use crate::model::{BranchChanges, Oid, RepoPath};
use crate::validate::extract;

/// The attributes by which GitHub's linguist passes over a file.
const MARKS: [&str; 2] = ["linguist-generated", "linguist-vendored"];

/// Takes marked files out of what branches of a group changed.
///
/// The marks are those of the commit that a branch left: none takes its own work out of sight.
pub(super) fn leave_out(
    repo: &Repo,
    group: &Group,
    changes: &mut BTreeMap<usize, BranchChanges>,
    refused: &mut Vec<Refused>,
) -> anyhow::Result<()> {
    let mut by_start: BTreeMap<Oid, Vec<&mut BranchChanges>> = BTreeMap::new();
    for (&idx, branch) in changes {
        by_start.entry(group.start(idx)).or_default().push(branch);
    }
    by_start.into_iter().try_for_each(|(start, branches)| leave_out_since(repo, start, branches, refused))
}

fn leave_out_since(
    repo: &Repo,
    base: Oid,
    branches: Vec<&mut BranchChanges>,
    refused: &mut Vec<Refused>,
) -> anyhow::Result<()> {
    let files = branches.iter().flat_map(|branch| &branch.files);
    let code = files.map(|file| &file.path).filter(|path| extract::language_of(path).is_some());
    let paths: BTreeSet<&RepoPath> = code.collect();
    if !says_anything(repo, base, &paths)? {
        return Ok(());
    }
    let marked = paths_with(repo, base, &MARKS, &paths.into_iter().collect::<Vec<_>>())?;
    for branch in branches {
        branch.files.retain(|file| !marked.contains(&file.path));
    }
    let why = "marked in .gitattributes as generated or vendored";
    refused.extend(marked.into_iter().map(|path| (path, why.to_owned())));
    Ok(())
}

/// Whether a `.gitattributes` beside or above the paths has a mark: most repositories have none, and
/// need no `git` to be asked.
fn says_anything(repo: &Repo, base: Oid, paths: &BTreeSet<&RepoPath>) -> anyhow::Result<bool> {
    let tree = repo.commit(base)?.tree;
    let mut directories = BTreeSet::from([&b""[..]]);
    for path in paths.iter().map(|path| path.as_bytes()) {
        directories.extend((0..path.len()).filter(|&at| path[at] == b'/').map(|at| &path[..=at]));
    }
    for directory in directories {
        let file = RepoPath::new([directory, b".gitattributes"].concat());
        let entry = repo.entry_at(tree, &file)?.filter(|entry| entry.is_file());
        let text = entry.map(|entry| repo.blob(entry.oid)).transpose()?.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        if MARKS.iter().any(|mark| text.contains(mark)) {
            return Ok(true);
        }
    }
    Ok(false)
}
