//! Objects written by us, judged by Git itself.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::model::{Oid, RepoPath};

fn repository() -> (tempfile::TempDir, Repo) {
    let dir = memory::test_home();
    Git::at(dir.path()).run(&["init", "-q", "-b", "main", "--template="]).expect("git init");
    let repo = Repo::discover(dir.path()).expect("a repository");
    (dir, repo)
}

fn git(repo: &Repo, args: &[&str]) -> String {
    String::from_utf8(repo.git().run(args).expect("git succeeds")).expect("text")
}

/// Commits one file per `(path, content)` on top of `parent`; empty content removes the path.
fn commit(repo: &Repo, parent: Option<Oid>, files: &[(&str, &str)]) -> (Oid, KeptPack) {
    let mut batch = Batch::of(repo);
    let mut edits = BTreeMap::new();
    for (path, content) in files {
        let entry = match *content {
            "" => None,
            text => Some(Entry { oid: batch.blob(text.as_bytes()).expect("a blob"), mode: 0o100_644 }),
        };
        edits.insert(RepoPath::from(*path), entry);
    }
    let base = parent.map(|parent| repo.commit(parent).expect("a commit").tree);
    let tree = batch.edit_tree(repo, base, &edits).expect("a tree");
    let commit = batch.commit(tree, parent.as_slice(), "message\n", 1).expect("a commit");
    (commit, batch.write(repo, &repo.orca_dir().join("pack")).expect("a pack"))
}

fn packs(repo: &Repo) -> Vec<String> {
    let files = std::fs::read_dir(repo.common_dir().join("objects/pack")).expect("packs");
    let mut names: Vec<_> = files.map(|file| file.expect("a file").file_name()).collect();
    names.sort();
    names.iter().map(|name| Path::new(name).extension().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn git_reads_what_a_batch_wrote() {
    let (_dir, repo) = repository();
    let (first, pack) = commit(&repo, None, &[("a-b", "1"), ("a/x", "2"), ("a/y/z", "3"), ("a.b", "4")]);
    compare_and_swap(&repo, "refs/orca/hub", None, first, "test").expect("the ref is created");
    drop(pack);
    let (second, pack) = commit(&repo, Some(first), &[("a/y/z", ""), ("a.b/c", "5"), ("n", "6")]);
    compare_and_swap(&repo, "refs/orca/hub", Some(first), second, "test").expect("the ref moves");
    drop(pack);
    assert_eq!(git(&repo, &["ls-tree", "-r", "--name-only", "refs/orca/hub"]), "a-b\na.b/c\na/x\nn\n");
    assert_eq!(git(&repo, &["fsck", "--strict", "--full"]), "");
    assert_eq!(packs(&repo).iter().filter(|extension| *extension == "keep").count(), 0);
}

#[test]
fn a_ref_moves_only_from_where_it_was_seen() {
    let (_dir, repo) = repository();
    let (one, _pack) = commit(&repo, None, &[("a", "1")]);
    let (two, _pack) = commit(&repo, None, &[("a", "2")]);
    let name = "refs/orca/hub";
    let absent = compare_and_swap(&repo, name, Some(one), two, "test");
    assert!(matches!(absent, Err(GitError::Moved { found: None, .. })), "{absent:?}");
    compare_and_swap(&repo, name, None, one, "test").expect("the ref is created");
    let exists = compare_and_swap(&repo, name, None, two, "test");
    assert!(matches!(exists, Err(GitError::Moved { found: Some(found), .. }) if found == one), "{exists:?}");
    let elsewhere = compare_and_swap(&repo, name, Some(two), two, "test");
    assert!(matches!(elsewhere, Err(GitError::Moved { found: Some(found), .. }) if found == one));
    std::fs::write(ref_lock_path(&repo, name), "").expect("a lock");
    let locked = compare_and_swap(&repo, name, Some(one), two, "test");
    assert!(matches!(locked, Err(GitError::Locked(_))), "{locked:?}");
}

#[test]
fn gc_keeps_a_pack_until_it_is_let_go() {
    let (_dir, repo) = repository();
    let (tip, pack) = commit(&repo, None, &[("a", "1")]);
    let gone = || repo.reopen().expect("a repository").commit(tip).is_err();
    let sweep = || git(&repo, &["gc", "-q", "--prune=now"]);
    sweep();
    assert!(!gone(), "no ref reaches it, but it is kept");
    drop(pack);
    sweep();
    assert!(gone(), "nothing of ours stays for ever");
}

#[test]
fn merging_packs_loses_nothing() {
    let (_dir, repo) = repository();
    let mut names = Vec::new();
    let mut tips = Vec::new();
    for number in 0..5 {
        let (tip, pack) = commit(&repo, tips.last().copied(), &[("a", &format!("{number}"))]);
        names.push(pack.name().to_owned());
        tips.push(tip);
    }
    compare_and_swap(&repo, "refs/orca/hub", None, tips[4], "test").expect("the ref is created");
    let merged = merge_packs(&repo, &names, &repo.orca_dir().join("pack")).expect("one pack");
    for name in &names {
        remove_pack(&repo, name).expect("removed");
        assert!(!has_pack(&repo, name));
    }
    assert!(has_pack(&repo, merged.name()));
    drop(merged);
    assert_eq!(git(&repo, &["fsck", "--strict", "--full"]), "");
    assert_eq!(git(&repo, &["rev-list", "--count", "refs/orca/hub"]), "5\n");
    assert_eq!(packs(&repo), ["idx", "pack"]);
}

#[test]
fn what_a_killed_writer_left_is_cleared() {
    let (_dir, repo) = repository();
    let (_tip, pack) = commit(&repo, None, &[("a", "1")]);
    std::mem::forget(pack);
    let staging = repo.orca_dir().join("pack");
    std::fs::write(staging.join("pack-half.pack"), "PA").expect("half a pack");
    let foreign = repo.common_dir().join("objects/pack/pack-foreign.keep");
    std::fs::write(&foreign, "mine").expect("a keep file");
    release_stale_packs(&repo, &staging).expect("cleared");
    assert!(foreign.exists(), "another's .keep stays");
    assert_eq!(packs(&repo).iter().filter(|extension| *extension == "keep").count(), 1);
    assert_eq!(std::fs::read_dir(staging).expect("a directory").count(), 0);
}

/// A file that takes the place of a directory, and the other way round.
#[test]
fn an_edit_may_swap_files_and_directories() {
    let (_dir, repo) = repository();
    let blob = repo.write_blob(b"x").expect("a blob");
    let file = Some(Entry { oid: blob, mode: 0o100_644 });
    let edit = |base, edits: &[(&str, Option<Entry>)]| {
        let edits: Vec<_> = edits.iter().map(|(path, entry)| (RepoPath::from(*path), *entry)).collect();
        repo.edit_tree(base, &edits).expect("a tree")
    };
    let names = |tree| {
        let files = repo.list_tree(tree).expect("a tree");
        files.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>().join(" ")
    };
    let start = edit(None, &[("a/b", file), ("a/c", file), ("d", file)]);
    let to_file = edit(Some(start), &[("a", file), ("a/b", None), ("a/c", None)]);
    assert_eq!(names(to_file), "a d");
    let to_directory = edit(Some(to_file), &[("a", None), ("a/e/f", file)]);
    assert_eq!(names(to_directory), "a/e/f d");
    assert_eq!(names(edit(Some(to_directory), &[("a/e/f", None), ("d", None)])), "");
    git(&repo, &["fsck", "--strict"]);
}
