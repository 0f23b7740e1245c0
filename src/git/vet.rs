//! Refuses tree entries that a branch of an agent must not bring in.
//!
//! `git merge-tree` merges trees that hold `.git/hooks` or `..` without complaint and leaves it to
//! the checkout to refuse them, by which time they are history. What the base already has is not
//! judged again: it is how the repository is.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entry, GitError, Repo, TreeChange};
use crate::model::{Oid, RepoPath};

/// Why an entry is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a component of the path is empty")]
    EmptyComponent,
    #[error("the path holds '{0}'")]
    Dots(String),
    #[error("'{0}' is, on some file system, a name for '.git'")]
    GitDirectory(String),
    #[error("the path holds a control character")]
    Control,
    #[error("mode {0:o} is none that Git writes")]
    Mode(u32),
    #[error("it is a submodule, and the base has none there")]
    Submodule,
    #[error("'{0}' may not be a symbolic link")]
    LinkedSettings(String),
    #[error("the symbolic link leads out of the repository, to '{0}'")]
    LinkOutside(String),
    #[error("its directory holds the name twice")]
    Twice,
}

/// A change that may not be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub path: RepoPath,
    pub why: Refusal,
}

/// Checks everything that `tree` changes against `base`. An empty answer means nothing is refused.
pub fn vet_changes(repo: &Repo, base: Oid, tree: Oid) -> Result<Vec<Refused>, GitError> {
    let mut refused = Vec::new();
    names_twice(repo, Some(base), tree, &mut Vec::new(), &mut refused)?;
    for change in repo.diff_trees(base, tree)? {
        let link = match change.new {
            Some(entry) if is_link(entry) => Some(repo.blob(entry.oid)?),
            _ => None,
        };
        if let Err(why) = vet_change(&change, link.as_deref()) {
            refused.push(Refused { path: change.path, why });
        }
    }
    Ok(refused)
}

/// Finds names that a changed directory holds twice, and did not before. Merged, one of the two would
/// be lost, and every `git fsck` of the history would fail.
fn names_twice(
    repo: &Repo,
    old: Option<Oid>,
    new: Oid,
    prefix: &mut Vec<u8>,
    refused: &mut Vec<Refused>,
) -> Result<(), GitError> {
    if old == Some(new) {
        return Ok(());
    }
    let known = old.map_or(Ok(Vec::new()), |old| repo.children(old))?;
    let entries = repo.children(new)?;
    for name in twice(&entries).difference(&twice(&known)) {
        let path = RepoPath::new([prefix.as_slice(), name].concat());
        refused.push(Refused { path, why: Refusal::Twice });
    }
    let is_directory = |(_, entry): &&(Vec<u8>, Entry)| entry.is_tree();
    let directories: BTreeMap<&[u8], Oid> =
        known.iter().filter(is_directory).map(|(name, entry)| (name.as_slice(), entry.oid)).collect();
    for (name, entry) in entries.iter().filter(is_directory) {
        let length = prefix.len();
        prefix.extend_from_slice(name);
        prefix.push(b'/');
        names_twice(repo, directories.get(name.as_slice()).copied(), entry.oid, prefix, refused)?;
        prefix.truncate(length);
    }
    Ok(())
}

fn twice(entries: &[(Vec<u8>, Entry)]) -> BTreeSet<&[u8]> {
    let mut seen = BTreeSet::new();
    entries.iter().map(|(name, _)| name.as_slice()).filter(|name| !seen.insert(*name)).collect()
}

/// Checks one change. `link` is the target when the new entry is a symbolic link.
pub fn vet_change(change: &TreeChange, link: Option<&[u8]>) -> Result<(), Refusal> {
    let Some(new) = change.new else { return Ok(()) };
    if change.old.is_none() {
        vet_path(&change.path)?;
    }
    match new.mode {
        0o100_644 | 0o100_755 | 0o100_664 => Ok(()),
        0o120_000 => vet_link(&change.path, link.unwrap_or_default()),
        0o160_000 if change.old.is_some_and(|old| old.mode == 0o160_000) => Ok(()),
        0o160_000 => Err(Refusal::Submodule),
        other => Err(Refusal::Mode(other)),
    }
}

/// Checks the name alone, as for a file that is about to be added.
pub(super) fn vet_path(path: &RepoPath) -> Result<(), Refusal> {
    if path.as_bytes().iter().any(u8::is_ascii_control) {
        return Err(Refusal::Control);
    }
    path.as_bytes().split(|&byte| byte == b'/').try_for_each(vet_component)
}

fn vet_component(component: &[u8]) -> Result<(), Refusal> {
    let text = || String::from_utf8_lossy(component).into_owned();
    match component {
        b"" => return Err(Refusal::EmptyComponent),
        b"." | b".." => return Err(Refusal::Dots(text())),
        _ => {}
    }
    // Windows takes a backslash for a separator, so every part of `a\.git\b` is a component there.
    let mut parts = component.split(|&byte| byte == b'\\');
    match parts.any(is_git_on_windows) || is_git_on_mac(component) {
        true => Err(Refusal::GitDirectory(text())),
        false => Ok(()),
    }
}

/// NTFS drops dots and spaces at the end, opens streams after a colon, and has the short name `git~1`.
fn is_git_on_windows(part: &[u8]) -> bool {
    let name = part.split(|&byte| byte == b':').next().unwrap_or_default();
    let length = name.iter().rposition(|byte| !b". ".contains(byte)).map_or(0, |last| last + 1);
    let name = &name[..length];
    name.eq_ignore_ascii_case(b".git") || name.eq_ignore_ascii_case(b"git~1")
}

/// HFS+ ignores some invisible characters in names.
fn is_git_on_mac(component: &[u8]) -> bool {
    let ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let text = String::from_utf8_lossy(component);
    let visible: String = text.chars().filter(|c| !ignored(c)).collect();
    visible.eq_ignore_ascii_case(".git")
}

/// A link may climb at its start as far as the top, and only descend after that: behind a component
/// that is itself a link, `..` leads somewhere else than it reads.
fn vet_link(path: &RepoPath, target: &[u8]) -> Result<(), Refusal> {
    let name = path.file_name();
    if [".gitmodules", ".gitattributes", ".gitignore"].iter().any(|file| name.eq_ignore_ascii_case(file)) {
        return Err(Refusal::LinkedSettings(name.into_owned()));
    }
    let outside = || Refusal::LinkOutside(String::from_utf8_lossy(target).into_owned());
    let mut depth = path.as_bytes().iter().filter(|&&byte| byte == b'/').count();
    let mut descended = false;
    if target.is_empty() || target[0] == b'/' || target.contains(&0) || target.get(1) == Some(&b':') {
        return Err(outside());
    }
    for part in target.split(|&byte| byte == b'/' || byte == b'\\') {
        match part {
            b"" | b"." => {}
            b".." if descended || depth == 0 => return Err(outside()),
            b".." => depth -= 1,
            _ => {
                vet_component(part)?;
                descended = true;
            }
        }
    }
    Ok(())
}

fn is_link(entry: Entry) -> bool {
    entry.mode == 0o120_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, old: Option<u32>, new: Option<u32>) -> TreeChange {
        let entry = |mode| Entry { oid: Oid::from_bytes(&[7; 20]).unwrap(), mode };
        TreeChange { path: RepoPath::from(path), old: old.map(entry), new: new.map(entry) }
    }

    fn added(path: &str) -> Result<(), Refusal> {
        vet_change(&change(path, None, Some(0o100_644)), None)
    }

    fn linked(path: &str, target: &str) -> Result<(), Refusal> {
        vet_change(&change(path, None, Some(0o120_000)), Some(target.as_bytes()))
    }

    #[test]
    fn every_spelling_of_the_git_directory_is_refused() {
        for bad in [
            ".git/hooks/post-checkout",
            ".GIT",
            "a/.Git/config",
            ".git. . ",
            "GIT~1/x",
            "git~1 .",
            ".git::$INDEX_ALLOCATION/x",
            "a\\.git\\config",
            ".g\u{200c}it/config",
        ] {
            assert!(matches!(added(bad), Err(Refusal::GitDirectory(_))), "{bad}: {:?}", added(bad));
        }
        for good in [".gitignore", ".github/workflows/a.yml", "git~2", "x.git/y", ".gitx", "a.b/c d"] {
            assert_eq!(added(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn names_that_are_no_names_are_refused() {
        assert_eq!(added("a//b"), Err(Refusal::EmptyComponent));
        assert_eq!(added(""), Err(Refusal::EmptyComponent));
        assert_eq!(added("a/../b"), Err(Refusal::Dots("..".to_owned())));
        assert_eq!(added("./b"), Err(Refusal::Dots(".".to_owned())));
        assert_eq!(added("a\nb"), Err(Refusal::Control));
        assert_eq!(added("a\0b"), Err(Refusal::Control));
    }

    #[test]
    fn links_stay_inside() {
        for (path, target) in
            [("a", "b"), ("a/b/c", "../../d"), ("a/b", "../c/d"), ("x/y", "./z"), ("a", ".github")]
        {
            assert_eq!(linked(path, target), Ok(()), "{path} -> {target}");
        }
        for (path, target) in [
            ("a", "/etc/passwd"),
            ("a", "../b"),
            ("a/b", "../../c"),
            ("a/b/c", "d/../../../e"),
            ("a", "C:\\Windows"),
            ("a", ""),
        ] {
            assert!(matches!(linked(path, target), Err(Refusal::LinkOutside(_))), "{path} -> {target}");
        }
        assert!(matches!(linked("a", ".git/hooks"), Err(Refusal::GitDirectory(_))));
        assert!(matches!(linked("x/.gitmodules", "y"), Err(Refusal::LinkedSettings(_))));
    }

    #[test]
    fn what_the_base_has_is_not_judged_again() {
        assert_eq!(vet_change(&change("a\rb", Some(0o100_644), Some(0o100_755)), None), Ok(()));
        assert_eq!(vet_change(&change(".git/x", Some(0o100_644), None), None), Ok(()));
        assert_eq!(vet_change(&change("sub", Some(0o160_000), Some(0o160_000)), None), Ok(()));
        assert_eq!(
            vet_change(&change("sub", Some(0o100_644), Some(0o160_000)), None),
            Err(Refusal::Submodule)
        );
        assert_eq!(vet_change(&change("x", None, Some(0o100_600)), None), Err(Refusal::Mode(0o100_600)));
    }
}
