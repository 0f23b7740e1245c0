use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::git::{Entry, NewCommit, RefEdit, update_refs};

#[test]
fn a_snapshot_holds_what_a_commit_of_everything_would() {
    let yard = Yard::new();
    yard.add("a");
    let clean = yard.snapshot("a");
    assert!(!clean.dirty && clean.skipped.is_empty(), "{clean:?}");
    assert_eq!(clean.head, Head::Branch("refs/heads/orca/r1/a".to_owned(), yard.tip()));

    let dir = yard.at("trees/a");
    yard.write("trees/a/src/0/file-0.txt", "changed\n");
    yard.write("trees/a/src/0/file-5.txt", "staged\n");
    yard.git_in("trees/a", &["add", "src/0/file-5.txt"]);
    yard.write("trees/a/src/0/file-5.txt", "and changed again\n");
    std::fs::remove_file(dir.join("src/0/file-10.txt")).unwrap();
    std::fs::remove_dir_all(dir.join("src/1")).unwrap();
    yard.write("trees/a/src/1", "a file where a directory was\n");
    std::fs::remove_dir_all(dir.join("src/2")).unwrap();
    std::os::unix::fs::symlink("3", dir.join("src/2")).unwrap();
    std::fs::remove_file(dir.join("src/3/file-8.txt")).unwrap();
    yard.write("trees/a/src/3/file-8.txt/inner", "a directory where a file was\n");
    std::fs::set_permissions(dir.join("run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    yard.write("trees/a/new/deep/file", "untracked\n");
    yard.write("trees/a/new/x.o", "ignored\n");
    yard.write("trees/a/target/y", "ignored\n");
    let odd = std::ffi::OsStr::from_bytes(b"odd \xff\xfe \"name\"");
    std::fs::write(dir.join(odd), "not UTF-8").unwrap();

    let status = yard.git_in("trees/a", &["status", "--porcelain=v2", "--ignored"]);
    let index = std::fs::read(yard.at("repo/.git/worktrees/orca-a/index")).unwrap();
    let taken = yard.snapshot("a");
    assert_eq!(yard.git_in("trees/a", &["status", "--porcelain=v2", "--ignored"]), status);
    assert_eq!(std::fs::read(yard.at("repo/.git/worktrees/orca-a/index")).unwrap(), index);

    assert!(taken.dirty && taken.skipped.is_empty(), "{:?}", taken.skipped);
    let mut listing = yard.listing(&taken);
    listing.sort();
    let odd = RepoPath::new(b"odd \xff\xfe \"name\"");
    let expected = [
        "100644 new/deep/file".to_owned(),
        format!("100644 {}", odd.to_text()),
        "100644 src/1".to_owned(),
        "100644 src/3/file-8.txt/inner".to_owned(),
        "120000 src/2".to_owned(),
    ];
    assert_eq!(listing, expected);
    let entry = |path: &RepoPath| yard.repo().entry_at(taken.tree, path).unwrap();
    assert!(entry(&odd).is_some());
    assert_eq!(entry(&RepoPath::from("run.sh")).unwrap().mode, 0o100_755);
    assert_eq!(entry(&RepoPath::from("src/0/file-10.txt")), None);
    assert_eq!(yard.text(taken.tree, "src/0/file-0.txt").unwrap(), "changed\n");
    assert_eq!(yard.text(taken.tree, "src/0/file-5.txt").unwrap(), "and changed again\n");
    yard.git_in("trees/a", &["add", "-A"]);
    assert_eq!(yard.git_in("trees/a", &["write-tree"]), taken.tree.to_string());
}

#[test]
fn line_ends_are_converted_as_git_converts_them() {
    let yard = Yard::new();
    yard.git(&["config", "core.autocrlf", "true"]);
    yard.git(&["config", "core.safecrlf", "true"]);
    yard.add("a");
    let file = yard.at("trees/a/src/0/file-0.txt");
    assert_eq!(std::fs::read(&file).unwrap(), b"file 0\r\n");
    assert!(!yard.snapshot("a").dirty);
    std::fs::write(&file, "file 0\r\nmixed\n").unwrap();
    let taken = yard.snapshot("a");
    assert!(taken.skipped.is_empty(), "{:?}", taken.skipped);
    assert_eq!(yard.text(taken.tree, "src/0/file-0.txt").unwrap(), "file 0\nmixed\n");
}

#[test]
fn hidden_changes_are_seen() {
    let yard = Yard::new();
    yard.add("a");
    yard.git_in("trees/a", &["update-index", "--assume-unchanged", "src/0/file-0.txt"]);
    yard.git_in("trees/a", &["update-index", "--skip-worktree", "src/1/file-1.txt"]);
    yard.write("trees/a/src/0/file-0.txt", "hidden\n");
    yard.write("trees/a/src/1/file-1.txt", "hidden\n");
    let taken = yard.snapshot("a");
    assert_eq!(yard.text(taken.tree, "src/0/file-0.txt").unwrap(), "hidden\n");
    assert_eq!(yard.text(taken.tree, "src/1/file-1.txt").unwrap(), "hidden\n");
    std::fs::write(yard.at("repo/.git/worktrees/orca-a/index"), "no index").unwrap();
    assert_eq!(yard.snapshot("a").tree, taken.tree);
}

#[test]
fn an_agents_own_configuration_runs_nothing() {
    let yard = Yard::new();
    yard.git(&["config", "extensions.worktreeConfig", "true"]);
    yard.add("a");
    let evil = format!(
        "[core]\n\tworktree = {0}/repo\n\tfsmonitor = touch {0}/ran\n[filter \"x\"]\n\tclean = touch {0}/ran\n",
        yard.home.path().display()
    );
    write(&yard.at("repo/.git/worktrees/orca-a/config.worktree"), evil).unwrap();
    write(&yard.at("repo/.git/worktrees/orca-a/commondir"), "/nowhere\n").unwrap();
    yard.write("trees/a/.gitattributes", "* filter=x\n");
    yard.write("trees/a/new.txt", "new\n");
    let taken = yard.snapshot("a");
    assert_eq!(yard.text(taken.tree, "new.txt").unwrap(), "new\n");
    reset_to(&yard.repo(), &yard.at("trees/a"), yard.tip(), Files::Replace).unwrap();
    assert!(!yard.at("trees/a/new.txt").exists() && !yard.at("ran").exists());
    assert!(yard.at("repo/run.sh").is_file());
}

#[test]
fn what_cannot_be_saved_is_named() {
    let yard = Yard::new();
    yard.add("a");
    for inner in ["trees/a/nested", "trees/a/src/4"] {
        yard.write(&format!("{inner}/file"), "inside\n");
        yard.git_in(inner, &["init", "-q", "."]);
    }
    yard.write("trees/a/.GIT/config", "hostile\n");
    yard.write("trees/a/good.txt", "good\n");
    let taken = yard.snapshot("a");
    let skipped: Vec<_> = taken.skipped.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(skipped, [".GIT/config", "nested", "src/4"]);
    assert_eq!(yard.text(taken.tree, "good.txt").unwrap(), "good\n");
    assert_eq!(yard.text(taken.tree, "src/4/file").unwrap(), "inside\n");
    std::fs::remove_file(yard.at("trees/a/good.txt")).unwrap();
    let pointer = yard.at("trees/a/.git");
    std::fs::write(&pointer, "gitdir: /somewhere/else\n").unwrap();
    let lost = snapshot(&yard.repo(), &yard.at("trees/a"));
    assert!(matches!(lost, Err(GitError::Worktree(WorktreeError::PointerLost(_)))), "{lost:?}");
    let lost = remove_worktree(&yard.repo(), "orca-a");
    assert!(matches!(lost, Err(GitError::Worktree(WorktreeError::PointerLost(_)))), "{lost:?}");
}

#[test]
fn a_reset_makes_files_equal_to_the_commit() {
    let yard = Yard::new();
    let new = yard.add("a");
    yard.write("trees/a/src/0/file-0.txt", "work\n");
    yard.write("trees/a/outside.txt", "out of scope\n");
    yard.write("trees/a/x.o", "built\n");
    let repo = yard.repo();
    let in_scope = [(RepoPath::from("src/0/file-0.txt"), repo.write_blob(b"work\n").unwrap())];
    let edits = in_scope.map(|(path, oid)| (path, Some(Entry { oid, mode: 0o100_644 })));
    let tree = repo.edit_tree(Some(repo.commit(new.commit).unwrap().tree), &edits).unwrap();
    let parents = [new.commit];
    let commit = NewCommit { tree, parents: &parents, message: "handoff", time: 1 };
    let commit = repo.write_commit(&commit).unwrap();
    let edit = RefEdit { name: new.branch_ref.clone().unwrap(), old: Some(new.commit), new: Some(commit) };
    update_refs(&repo, &[edit], "handoff").unwrap();
    write(&yard.at("repo/.git/worktrees/orca-a/index.lock"), "").unwrap();

    reset_to(&repo, &new.dir, commit, Files::Keep).unwrap();
    assert_eq!(yard.git_in("trees/a", &["status", "--porcelain"]), "?? outside.txt");
    reset_to(&repo, &new.dir, commit, Files::Replace).unwrap();
    assert_eq!(yard.git_in("trees/a", &["status", "--porcelain"]), "");
    assert!(yard.at("trees/a/x.o").is_file(), "ignored files are caches");
    std::fs::write(yard.at("repo/.git/worktrees/orca-a/index"), "no index").unwrap();
    yard.git(&["config", "core.splitIndex", "true"]);
    reset_to(&repo, &new.dir, new.commit, Files::Replace).unwrap();
    assert_eq!(std::fs::read_to_string(yard.at("trees/a/src/0/file-0.txt")).unwrap(), "file 0\n");
    assert_eq!(yard.git_in("trees/a", &["diff", "--name-only"]), "", "the index is there as a whole");
}

#[test]
fn an_unfinished_merge_is_saved_as_it_lies_there() {
    let yard = Yard::new();
    yard.add("a");
    yard.write("trees/a/src/0/file-0.txt", "theirs\n");
    yard.git_in("trees/a", &["commit", "-q", "-a", "-m", "theirs"]);
    let theirs = yard.git_in("trees/a", &["rev-parse", "HEAD"]);
    yard.git_in("trees/a", &["reset", "-q", "--hard", "HEAD~1"]);
    yard.write("trees/a/src/0/file-0.txt", "ours\n");
    yard.git_in("trees/a", &["commit", "-q", "-a", "-m", "ours"]);
    let merge = Git::at(&yard.at("trees/a")).output(&["merge", "-q", &theirs], b"").unwrap();
    assert_eq!(merge.code(), 1);
    let taken = yard.snapshot("a");
    assert!(taken.skipped.is_empty(), "{:?}", taken.skipped);
    assert!(yard.text(taken.tree, "src/0/file-0.txt").unwrap().contains("<<<<<<<"));
    write(&yard.at("repo/.git/worktrees/orca-a/HEAD"), "spoiled").unwrap();
    assert_eq!(list(&yard.repo()).unwrap()[0].head, None);
    assert!(snapshot(&yard.repo(), &yard.at("trees/a")).is_err());
}
