use super::*;
use crate::git::NewCommit;
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

/// What lies in a directory: of each path the mode, the content or where a link leads.
fn files(dir: &Path) -> std::collections::BTreeMap<PathBuf, (u32, Vec<u8>)> {
    use std::os::unix::ffi::OsStringExt as _;
    use std::os::unix::fs::MetadataExt as _;
    let mut found = std::collections::BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let stat = std::fs::symlink_metadata(&path).unwrap();
            let content = match () {
                () if stat.is_dir() => Vec::new(),
                () if stat.is_symlink() => std::fs::read_link(&path).unwrap().into_os_string().into_vec(),
                () => std::fs::read(&path).unwrap(),
            };
            if stat.is_dir() {
                open.push(path.clone());
            }
            if path != dir.join(".git") {
                found.insert(path.strip_prefix(dir).unwrap().to_owned(), (stat.mode(), content));
            }
        }
    }
    found
}

/// Files that a filter, a line ending or an identifier changes, links, a submodule, odd names.
fn yard_of_oddities() -> Yard {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;
    let yard = Yard::new();
    yard.git(&["config", "filter.loud.smudge", "tr a-z A-Z"]);
    yard.git(&["config", "filter.loud.clean", "tr A-Z a-z"]);
    yard.git(&["config", "core.safecrlf", "false"]);
    yard.write("repo/.gitattributes", "* text=auto\n*.bat eol=crlf\n*.loud filter=loud\n*.id ident\n");
    yard.write("repo/deep/er/.gitattributes", "*.txt eol=crlf\n*.wide working-tree-encoding=UTF-16LE\n");
    for (path, text) in [
        ("deep/er/windows.txt", "one\ntwo\n"),
        ("deep/er/plain.md", "one\ntwo\n"),
        ("run.bat", "echo\r\n"),
        ("say.loud", "quiet\n"),
        ("a.id", "$Id$\n"),
        ("empty", ""),
        ("name with space\tand tab\n", "odd\n"),
        ("deep.txt", "sorts between deep and deep/\n"),
    ] {
        yard.write(&format!("repo/{path}"), text);
    }
    let odd = yard.at("repo").join(std::ffi::OsStr::from_bytes(b"not utf-8 \xff"));
    std::fs::write(odd, b"\0binary\xff").unwrap();
    let wide: Vec<u8> = "wide\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(yard.at("repo/deep/er/a.wide"), wide).unwrap();
    std::fs::set_permissions(yard.at("repo/run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("deep/er/plain.md", yard.at("repo/link")).unwrap();
    std::os::unix::fs::symlink("nowhere", yard.at("repo/deep/link")).unwrap();
    yard.git(&["add", "-A"]);
    yard.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", yard.tip())]);
    yard.git(&["commit", "-q", "-m", "oddities"]);
    yard
}

#[test]
fn a_checkout_without_oddities_of_its_settings_is_not_left_to_git() {
    let yard = yard_of_oddities();
    let (repo, new) = (yard.repo(), yard.wanted("a"));
    let scratch = Scratch::new(&repo.orca_dir()).unwrap();
    let site = add::Site { common_dir: repo.common_dir(), has_reftable: false, scratch: &scratch };
    let draft = scratch.dir().join("0");
    add::draft_registration(&draft, &new.dir, &new).unwrap();
    std::fs::create_dir_all(&new.dir).unwrap();
    assert!(site.spread(&repo, yard.tip(), &[spread::Place::of(&draft, &new.dir)]).unwrap());
    assert!(new.dir.join("src/3/file-13.txt").is_file());
}

#[test]
fn files_are_as_git_writes_them_and_each_index_knows_them() {
    let yard = yard_of_oddities();
    yard.git(&["worktree", "add", "-q", "--detach", yard.at("by-git").to_str().unwrap()]);
    let expected = files(&yard.at("by-git"));
    assert_eq!(expected[Path::new("say.loud")].1, b"QUIET\n");
    assert_eq!(expected[Path::new("deep/er/windows.txt")].1, b"one\r\ntwo\r\n");
    let wanted: Vec<_> = ["a", "b", "c"].iter().map(|name| yard.wanted(name)).collect();
    for made in add_worktrees(&yard.repo(), &wanted).unwrap() {
        made.unwrap();
    }
    for name in ["a", "b", "c"] {
        let dir = format!("trees/{name}");
        assert_eq!(files(&yard.at(&dir)), expected);
        // Without a refresh: what is noted of each file is what the file system says.
        assert_eq!(yard.git_in(&dir, &["diff-files"]), "");
        assert_eq!(yard.git_in(&dir, &["status", "--porcelain"]), "");
        assert_eq!(yard.git_in(&dir, &["ls-files", "--stage"]), yard.git(&["ls-files", "--stage"]));
        // Reads the checksum of the index too.
        yard.git_in(&dir, &["fsck", "--no-dangling"]);
        let index = git2::Repository::open(yard.at(&dir)).unwrap().index().unwrap();
        assert_eq!(index.get_path(Path::new("run.sh"), 0).unwrap().file_size, 10);
    }
}

#[test]
fn settings_that_change_every_file_are_heeded() {
    for (key, value) in [
        ("core.autocrlf", "yes"),
        ("core.autocrlf", "input"),
        ("core.eol", "crlf"),
        ("core.symlinks", "false"),
    ] {
        let yard = yard_of_oddities();
        yard.git(&["config", key, value]);
        yard.git(&["worktree", "add", "-q", "--detach", yard.at("by-git").to_str().unwrap()]);
        yard.add("a");
        assert_eq!(files(&yard.at("trees/a")), files(&yard.at("by-git")), "{key}");
    }
}

/// Git makes no worktree of such a tree, and neither does anybody else.
#[test]
fn nothing_is_written_outside_or_through_a_link() {
    let yard = Yard::new();
    let outside = yard.at("outside");
    std::fs::create_dir(&outside).unwrap();
    let link = yard.repo().write_blob(outside.to_str().unwrap().as_bytes()).unwrap();
    let blob = yard.repo().write_blob(b"escaped\n").unwrap();
    let inner = yard.tree(&[(0o100_644, "escaped", blob)]);
    let git_dir = yard.tree(&[(0o100_644, "config", blob)]);
    for entries in [
        vec![(0o120_000, "a", link), (0o040_000, "a", inner)],
        vec![(0o040_000, "..", inner)],
        vec![(0o040_000, ".git", git_dir)],
        vec![(0o100_644, "twice", blob), (0o100_644, "twice", link)],
    ] {
        let tree = yard.tree(&entries);
        let new = NewCommit { tree, parents: &[], message: "hostile", time: 1 };
        let commit = yard.repo().write_commit(&new).unwrap();
        let made = yard.try_add(&NewWorktree { commit, ..yard.wanted("a") });
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0, "{entries:?}");
        assert!(!yard.at("escaped").exists() && !yard.at("trees/escaped").exists(), "{entries:?}");
        if made.is_ok() {
            remove_worktree(&yard.repo(), "orca-a").unwrap();
            yard.git(&["branch", "-q", "-D", "orca/r1/a"]);
        }
    }
}
