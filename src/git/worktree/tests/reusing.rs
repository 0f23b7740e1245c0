use super::*;
use crate::git::scratch::Scratch;

/// The worktree `a` as one that its task is through with.
fn spare(commit: Oid) -> Spare {
    Spare { name: "orca-a".to_owned(), commit }
}

fn reuse(yard: &Yard, spare: Spare, new: &NewWorktree) -> bool {
    reuse_worktrees(&yard.repo(), &[(spare, new.clone())]).unwrap().remove(0)
}

#[test]
fn a_finished_worktree_becomes_another_one_and_keeps_what_is_ignored() {
    let yard = Yard::new();
    yard.add("a");
    yard.write("trees/a/src/0/file-0.txt", "changed\n");
    yard.write("trees/a/src/made.txt", "made\n");
    yard.git_in("trees/a", &["add", "-A"]);
    yard.git_in("trees/a", &["commit", "-q", "-m", "work"]);
    let done = Oid::parse(&yard.git(&["rev-parse", "orca/r1/a"])).unwrap();
    yard.write("trees/a/target/deep/cache", "built\n");
    yard.write("trees/a/x.o", "object\n");
    yard.write("repo/.gitignore", "target/\n");
    yard.write("repo/src/1/file-1.txt", "later\n");
    yard.commit("later");
    let new = yard.wanted("b");
    assert!(reuse(&yard, spare(done), &new));
    let found = list(&yard.repo()).unwrap();
    assert_eq!((found.len(), found[0].name.as_str(), found[0].head), (1, "orca-b", Some(yard.tip())));
    assert_eq!((found[0].branch.clone(), found[0].present), (new.branch_ref.clone(), true));
    assert_eq!(found[0].dir, yard.at("trees/a").canonicalize().unwrap());
    assert_eq!(yard.git_in("trees/a", &["status", "--porcelain"]), "");
    assert_eq!(yard.git_in("trees/a", &["diff", "main"]), "");
    let text = |path: &str| std::fs::read_to_string(yard.at("trees/a").join(path)).ok();
    assert_eq!(text("target/deep/cache").as_deref(), Some("built\n"));
    assert_eq!((text("x.o"), text("src/made.txt")), (None, None), "no longer ignored; not of this branch");
    assert_eq!(yard.git(&["rev-parse", "orca/r1/a"]), done.to_string());
    assert_eq!((yard.git(&["worktree", "prune", "--verbose"]), yard.n_scratch()), (String::new(), 0));
    assert_eq!(yard.git(&["fsck", "--no-dangling"]), "");
    // And on it goes.
    yard.write("trees/a/src/more.txt", "more\n");
    yard.git_in("trees/a", &["add", "-A"]);
    yard.git_in("trees/a", &["commit", "-q", "-m", "more"]);
    assert_eq!(yard.git_in("trees/a", &["log", "-1", "--format=%s", "orca/r1/b"]), "more");
}

/// Puts something into the worktree `a`.
type Spoiler = fn(&Yard);

#[test]
fn one_that_holds_anything_of_its_own_is_left_alone() {
    let spoilers: [(&str, Spoiler); 12] = [
        ("a change", |yard| yard.write("trees/a/src/0/file-0.txt", "mine\n")),
        ("a new file", |yard| yard.write("trees/a/mine.txt", "mine\n")),
        ("a deletion", |yard| std::fs::remove_file(yard.at("trees/a/src/0/file-0.txt")).unwrap()),
        ("a staged file that is gone", |yard| {
            yard.write("trees/a/mine.txt", "mine\n");
            yard.git_in("trees/a", &["add", "mine.txt"]);
            std::fs::remove_file(yard.at("trees/a/mine.txt")).unwrap();
        }),
        ("a change that Git overlooks", |yard| {
            yard.git_in("trees/a", &["update-index", "--assume-unchanged", "src/0/file-0.txt"]);
            yard.write("trees/a/src/0/file-0.txt", "mine\n");
        }),
        ("a file that Git leaves out", |yard| {
            yard.git_in("trees/a", &["update-index", "--skip-worktree", "src/0/file-0.txt"]);
        }),
        ("a commit", |yard| {
            yard.git_in("trees/a", &["commit", "-q", "--allow-empty", "-m", "mine"]);
        }),
        ("a commit on no branch", |yard| {
            yard.git_in("trees/a", &["checkout", "-q", "--detach"]);
            yard.git_in("trees/a", &["commit", "-q", "--allow-empty", "-m", "mine"]);
            yard.git_in("trees/a", &["checkout", "-q", "orca/r1/a"]);
        }),
        ("an operation under way", |yard| yard.write("repo/.git/worktrees/orca-a/MERGE_HEAD", "")),
        ("a lock", |yard| {
            yard.git(&["worktree", "lock", "../trees/a"]);
        }),
        ("a repository", |yard| {
            yard.git_in("trees/a", &["init", "-q", "src/inner"]);
        }),
        ("another pointer", |yard| yard.write("trees/a/.git", "gitdir: /nowhere\n")),
    ];
    for (what, spoil) in spoilers {
        let yard = Yard::new();
        let commit = yard.add("a").commit;
        spoil(&yard);
        let files = || std::fs::read_dir(yard.at("trees/a")).unwrap().count();
        let before = (yard.git(&["for-each-ref"]), files());
        assert!(!reuse(&yard, spare(commit), &yard.wanted("b")), "{what}");
        assert_eq!((yard.git(&["for-each-ref"]), files()), before, "{what}");
        assert_eq!((yard.names(), yard.n_scratch()), (vec!["orca-a".to_owned()], 0), "{what}");
    }
    let yard = Yard::new();
    let commit = yard.add("a").commit;
    std::fs::remove_dir_all(yard.at("trees/a")).unwrap();
    assert!(!reuse(&yard, spare(commit), &yard.wanted("b")), "its directory is gone");
    assert!(!reuse(&yard, Spare { name: "../x".to_owned(), commit }, &yard.wanted("b")));
    yard.add("b");
}

#[test]
fn of_many_that_want_it_one_has_it() {
    let yard = Yard::new();
    let commit = yard.add("a").commit;
    let take = |number: usize| usize::from(reuse(&yard, spare(commit), &yard.wanted(&format!("b{number}"))));
    let taken: usize = std::thread::scope(|scope| {
        let takers: Vec<_> = (0..8).map(|number| scope.spawn(move || take(number))).collect();
        takers.into_iter().map(|taker| taker.join().unwrap()).sum()
    });
    assert_eq!((taken, yard.names().len(), yard.n_scratch()), (1, 1, 0));
    assert_eq!(yard.git_in("trees/a", &["status", "--porcelain"]), "");
    let branches = yard.git(&["branch", "--list", "--format=%(refname:short)", "orca/r1/b*"]);
    assert_eq!(branches.lines().count(), 1, "{branches}");
}

/// Leaves what a process does that is killed while it has the worktree `a`: no destructor runs, its
/// lock is freed and its directories stay. `pointer` is the registration that `.git` leads to by then.
fn killed_with_the_spare(yard: &Yard, pointer: &str) {
    let repo = yard.repo();
    let dir = yard.at("trees/a").canonicalize().unwrap();
    let scratch = Scratch::new(&repo.orca_dir()).unwrap();
    std::fs::rename(admin_dir(repo.common_dir(), "orca-a"), scratch.dir().join("spare-orca-a")).unwrap();
    let draft = scratch.dir().join("0");
    std::fs::create_dir(&draft).unwrap();
    write(&draft.join("gitdir"), line_with("", &dir.join(".git"))).unwrap();
    write(&dir.join(".git"), line_with("gitdir: ", &admin_dir(repo.common_dir(), pointer))).unwrap();
    let (token, copy) = (scratch.token(), yard.at("copy"));
    std::fs::rename(scratch.dir(), &copy).unwrap();
    drop(scratch);
    let tmp = repo.orca_dir().join("tmp");
    std::fs::rename(copy, tmp.join(&token)).unwrap();
    write(&tmp.join(format!("{token}.lock")), "").unwrap();
}

/// Clears until nothing is left. What another thread starts holds the locks of this one until its program
/// runs, and what is held is left for the next time.
fn clear_all(yard: &Yard) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    clear_leftovers(&yard.repo());
    while yard.n_scratch() > 0 && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(5));
        clear_leftovers(&yard.repo());
    }
}

#[test]
fn what_a_killed_taker_had_begun_to_fill_is_cleared() {
    let yard = Yard::new();
    yard.add("a");
    killed_with_the_spare(&yard, "orca-b");
    clear_all(&yard);
    assert!(!yard.at("trees/a").exists());
    assert_eq!((yard.names(), yard.n_scratch()), (Vec::<String>::new(), 0));
    yard.try_add(&NewWorktree { dir: yard.at("trees/a"), ..yard.wanted("b") }).unwrap();
}

#[test]
fn what_a_killed_taker_had_not_touched_is_given_back() {
    let yard = Yard::new();
    yard.add("a");
    yard.write("trees/a/src/0/file-0.txt", "mine\n");
    yard.git_in("trees/a", &["add", "-A"]);
    yard.write("trees/a/mine.txt", "mine too\n");
    let status = || yard.git_in("trees/a", &["status", "--porcelain=v2", "--branch"]);
    let before = status();
    killed_with_the_spare(&yard, "orca-a");
    clear_leftovers(&yard.repo());
    assert_eq!((status(), yard.n_scratch()), (before, 0));
}

#[test]
fn what_cannot_be_given_back_is_kept() {
    let yard = Yard::new();
    yard.add("a");
    killed_with_the_spare(&yard, "orca-a");
    let taken = admin_dir(yard.repo().common_dir(), "orca-a");
    std::fs::create_dir_all(taken.join("something")).unwrap();
    clear_leftovers(&yard.repo());
    assert!(yard.at("trees/a/src/0/file-0.txt").exists());
    std::fs::remove_dir_all(&taken).unwrap();
    clear_all(&yard);
    assert_eq!((yard.git_in("trees/a", &["status", "--porcelain"]), yard.n_scratch()), (String::new(), 0));
}
