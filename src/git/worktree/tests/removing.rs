use super::*;

#[test]
fn a_killed_removal_is_finished() {
    let yard = Yard::new();
    yard.add("a");
    let kept = yard.add("b");
    write(&yard.at("repo/.git/worktrees/orca-a/locked"), "orca: removing tdead\n").unwrap();
    std::fs::remove_dir_all(yard.at("trees/a/src")).unwrap();
    yard.add("c");
    assert_eq!(yard.names(), ["orca-b", "orca-c"]);
    assert!(!yard.at("trees/a").exists() && kept.dir.is_dir());
    assert_eq!(yard.n_scratch(), 0);
}

#[test]
fn removal_is_refused_where_it_is_not_ours_to_decide() {
    let yard = Yard::new();
    let new = yard.add("a");
    yard.git(&["worktree", "lock", "--reason", "on a stick", new.dir.to_str().unwrap()]);
    let refused = remove_worktree(&yard.repo(), "orca-a");
    let Err(GitError::Worktree(WorktreeError::Locked { reason, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(reason, "on a stick");
    assert_eq!(yard.git_in("trees/a", &["status", "--porcelain"]), "");
    yard.git(&["worktree", "unlock", new.dir.to_str().unwrap()]);
    remove_worktree(&yard.repo(), "orca-a").unwrap();
    remove_worktree(&yard.repo(), "orca-a").unwrap();
    remove_worktree(&yard.repo(), "..").unwrap();
    assert!(!new.dir.exists());
    assert_eq!(yard.names(), Vec::<String>::new());
    let gone = yard.add("b");
    std::fs::remove_dir_all(&gone.dir).unwrap();
    assert!(!list(&yard.repo()).unwrap()[0].present);
    remove_worktree(&yard.repo(), "orca-b").unwrap();
    assert_eq!(yard.names(), Vec::<String>::new());
    assert_eq!(yard.n_scratch(), 0);
}

#[test]
fn only_what_stays_reachable_counts_as_saved() {
    let yard = Yard::new();
    let new = yard.add("a");
    let repo = yard.repo();
    let saved = |keep: &[Oid]| provably_saved(&repo, &new.dir, keep).unwrap();
    assert_eq!(saved(&[yard.tip()]).unsaved, None);
    assert_eq!(saved(&[]).unsaved, Some(Unsaved::Commit(new.commit)));
    yard.write("trees/a/target/x", "ignored\n");
    yard.write("trees/a/x.o", "ignored\n");
    assert_eq!((saved(&[yard.tip()]).unsaved, saved(&[yard.tip()]).n_ignored), (None, 2));
    yard.write("trees/a/work.txt", "work\n");
    assert_eq!(saved(&[yard.tip()]).unsaved, Some(Unsaved::Changes));
    yard.git_in("trees/a", &["add", "-A"]);
    yard.git_in("trees/a", &["commit", "-q", "-m", "work"]);
    let tip = repo.ref_oid(new.branch_ref.as_deref().unwrap()).unwrap().unwrap();
    assert_eq!(saved(&[yard.tip()]).unsaved, Some(Unsaved::Commit(tip)));
    assert_eq!(saved(&[yard.tip(), tip]).unsaved, None);
    yard.git_in("trees/a", &["init", "-q", "nested"]);
    assert_eq!(saved(&[tip]).unsaved, Some(Unsaved::Skipped(vec![RepoPath::from("nested")])));
}

#[test]
fn a_rescue_is_made_once_for_each_content() {
    let yard = Yard::new();
    let new = yard.add("a");
    let repo = yard.repo();
    yard.write("trees/a/work.txt", "one\n");
    let save = || rescue(&repo, "a", &yard.snapshot("a"), Some(new.commit), 7).unwrap();
    let first = save();
    assert_eq!((first.reference.as_str(), first.new), ("refs/orca/rescue/a-1", true));
    assert_eq!(save(), Rescued { new: false, ..first.clone() });
    yard.write("trees/a/work.txt", "two\n");
    let second = save();
    assert_eq!(second.reference, "refs/orca/rescue/a-2");
    // The rescue of another worktree whose name looks like a number is none of this one.
    let other = rescue(&repo, "a-7", &yard.snapshot("a"), None, 7).unwrap();
    assert_eq!(other.reference, "refs/orca/rescue/a-7-1");
    yard.write("trees/a/work.txt", "one\n");
    assert_eq!(save().reference, "refs/orca/rescue/a-3");
    assert_eq!(repo.commit(first.commit).unwrap().parents, [new.commit]);
    assert_eq!(yard.text(repo.commit(second.commit).unwrap().tree, "work.txt").unwrap(), "two\n");
}

#[test]
fn what_a_snapshot_does_not_see_is_found_otherwise() {
    let yard = Yard::new();
    let new = yard.add("a");
    let repo = yard.repo();
    let base = repo.commit(new.commit).unwrap().tree;
    let clean = unseen(&repo, &new.dir).unwrap();
    assert_eq!(clean, Unseen { staged: Some(base), ..Unseen::default() });
    yard.write("trees/a/staged.txt", "once\n");
    yard.git_in("trees/a", &["add", "staged.txt"]);
    std::fs::remove_file(new.dir.join("staged.txt")).unwrap();
    assert!(!yard.snapshot("a").dirty, "the files are those of the commit");
    let staged = unseen(&repo, &new.dir).unwrap().staged.unwrap();
    assert_eq!(yard.text(staged, "staged.txt").unwrap(), "once\n");
    yard.git_in("trees/a", &["init", "-q", "target/deep/inner"]);
    yard.write("trees/a/x.o", "ignored\n");
    yard.write("repo/.git/worktrees/orca-a/MERGE_HEAD", "");
    let found = unseen(&repo, &new.dir).unwrap();
    assert_eq!((found.under_way, found.repositories), (Some("a merge"), vec!["target/deep/inner".into()]));
}
