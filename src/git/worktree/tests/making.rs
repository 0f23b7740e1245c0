use super::*;
use crate::git::scratch::Scratch;

#[test]
fn many_worktrees_are_made_at_once() {
    let yard = Yard::new();
    let names: Vec<String> = (10..34).map(|number| format!("w{number}")).collect();
    std::thread::scope(|scope| {
        for half in names.chunks(12) {
            let yard = &yard;
            scope.spawn(move || {
                let wanted: Vec<_> = half.iter().map(|name| yard.wanted(name)).collect();
                for made in add_worktrees(&yard.repo(), &wanted).unwrap() {
                    made.unwrap();
                }
            });
        }
    });
    let found = list(&yard.repo()).unwrap();
    assert_eq!(found.len(), 24);
    for (found, name) in found.iter().zip(&names) {
        assert_eq!(found.branch, Some(format!("refs/heads/orca/r1/{name}")));
        assert_eq!((found.head, found.present, &found.locked), (Some(yard.tip()), true, &None));
        assert_eq!(yard.git_in(&format!("trees/{name}"), &["status", "--porcelain"]), "");
        assert!(yard.at(&format!("trees/{name}/src/3/file-38.txt")).is_file());
    }
    assert_eq!(yard.git(&["worktree", "list"]).lines().count(), 25);
    assert_eq!(yard.git(&["worktree", "prune", "--verbose"]), "");
    assert_eq!(yard.git(&["fsck", "--no-dangling"]), "");
    assert!(!yard.git(&["config", "--list", "--local"]).contains("branch."));
    assert_eq!(yard.n_scratch(), 0);
}

#[test]
fn a_failure_leaves_nothing_and_stops_no_other() {
    let yard = Yard::new();
    // A blob that is gone lets the checkout fail half-way.
    let blob = yard.git(&["rev-parse", "main:src/3/file-13.txt"]);
    let object = yard.at(&format!("repo/.git/objects/{}/{}", &blob[..2], &blob[2..]));
    let aside = yard.at("aside");
    std::fs::rename(&object, &aside).unwrap();
    let broken = yard.wanted("broken");
    assert!(matches!(yard.try_add(&broken), Err(GitError::Failed { .. })));
    assert!(!broken.dir.exists());
    yard.assert_untouched();
    std::fs::rename(&aside, &object).unwrap();

    yard.write("trees/full/mine.txt", "mine");
    let mut bad = yard.wanted("bad");
    bad.name = "../bad".to_owned();
    let made = add_worktrees(&yard.repo(), &[yard.wanted("full"), bad.clone(), yard.wanted("good")]).unwrap();
    assert!(matches!(made[0], Err(GitError::Worktree(WorktreeError::DirectoryTaken(_)))), "{made:?}");
    assert!(matches!(made[1], Err(GitError::Worktree(WorktreeError::BadName(_)))), "{made:?}");
    assert!(made[2].is_ok(), "{made:?}");
    assert_eq!(yard.names(), ["orca-good"]);
    assert!(yard.at("trees/full/mine.txt").is_file() && !bad.dir.exists());
    assert_eq!(yard.git(&["branch", "--list", "--format=%(refname:short)"]), "main\norca/r1/good");
}

#[test]
fn names_directories_and_branches_in_use_are_refused() {
    let yard = Yard::new();
    let first = yard.add("a");
    let refused = |new: &NewWorktree| match yard.try_add(new) {
        Err(GitError::Worktree(error)) => error,
        other => panic!("{other:?}"),
    };
    let same_name = NewWorktree { name: first.name.clone(), ..yard.wanted("b") };
    assert!(matches!(refused(&same_name), WorktreeError::NameTaken(_)));
    assert!(!same_name.dir.exists());
    let same_dir = NewWorktree { dir: first.dir.clone(), ..yard.wanted("b") };
    assert!(matches!(refused(&same_dir), WorktreeError::DirectoryTaken(_)));
    for branch in [first.branch_ref.as_deref().unwrap(), "refs/heads/main"] {
        let same_branch = NewWorktree { branch_ref: Some(branch.to_owned()), ..yard.wanted("b") };
        assert!(matches!(refused(&same_branch), WorktreeError::BranchInUse { .. }));
    }
    assert_eq!(yard.git(&["branch", "--list", "--format=%(refname:short)"]), "main\norca/r1/a");
    yard.git(&["branch", "elsewhere"]);
    yard.git(&["commit", "-q", "--allow-empty", "-m", "next"]);
    let moved = NewWorktree { branch_ref: Some("refs/heads/elsewhere".to_owned()), ..yard.wanted("b") };
    assert!(matches!(yard.try_add(&moved), Err(GitError::Moved { .. })));
    std::fs::create_dir_all(yard.at("trees/b")).unwrap();
    yard.add("b");
    assert_eq!(yard.git_in("trees/a", &["status", "--porcelain"]), "");
}

#[test]
fn what_a_killed_creation_left_is_cleared() {
    let yard = Yard::new();
    let repo = yard.repo();
    let new = yard.wanted("a");
    // A killed process runs no destructor: its lock is freed and its directories stay.
    let scratch = Scratch::new(&repo.orca_dir()).unwrap();
    let draft = scratch.dir().join("0");
    std::fs::create_dir(&draft).unwrap();
    std::fs::create_dir_all(&new.dir).unwrap();
    let dir = new.dir.canonicalize().unwrap();
    write(&draft.join("gitdir"), line_with("", &dir.join(".git"))).unwrap();
    write(&dir.join(".git"), line_with("gitdir: ", &admin_dir(repo.common_dir(), &new.name))).unwrap();
    yard.write("trees/a/half/made.txt", "half");
    // Killed between making the pointer and writing it.
    let claimed = scratch.dir().join("1");
    std::fs::create_dir(&claimed).unwrap();
    write(&claimed.join("gitdir"), line_with("", &dir.with_file_name("b").join(".git"))).unwrap();
    yard.write("trees/b/.git", "");
    let (token, copy) = (scratch.token(), yard.at("copy"));
    std::fs::rename(scratch.dir(), &copy).unwrap();
    assert!(matches!(yard.try_add(&new), Err(GitError::Worktree(WorktreeError::DirectoryTaken(_)))));
    drop(scratch);
    let tmp = repo.orca_dir().join("tmp");
    std::fs::rename(copy, tmp.join(&token)).unwrap();
    write(&tmp.join(format!("{token}.lock")), "").unwrap();

    yard.add("a");
    yard.add("b");
    assert!(!yard.at("trees/a/half").exists());
    assert_eq!(yard.git_in("trees/a", &["status", "--porcelain"]), "");
    assert_eq!(yard.n_scratch(), 0);
}

#[test]
fn a_bare_repository_has_no_branch_in_use() {
    let yard = Yard::new();
    yard.git(&["clone", "-q", "--bare", ".", yard.at("bare.git").to_str().unwrap()]);
    let repo = Repo::discover(&yard.at("bare.git")).unwrap();
    let new = NewWorktree { branch_ref: Some("refs/heads/main".to_owned()), ..yard.wanted("a") };
    add_worktrees(&repo, &[new]).unwrap().remove(0).unwrap();
    assert_eq!(yard.git_in("trees/a", &["status", "--porcelain"]), "");
    assert!(!snapshot(&repo, &yard.at("trees/a")).unwrap().dirty);
}
