//! Worktrees of real repositories: making them, reading them, removing them.

mod making;
mod reading;
mod removing;
mod reusing;

use super::*;
use crate::git::Git;
use crate::model::RepoPath;

/// A repository with room beside it for worktrees.
struct Yard {
    home: tempfile::TempDir,
}

impl Yard {
    fn new() -> Self {
        let yard = Self { home: crate::git::test_home() };
        std::fs::create_dir(yard.at("repo")).unwrap();
        yard.git(&["init", "-q", "-b", "main", "--template=", "."]);
        yard.git(&["config", "user.name", "Ada"]);
        yard.git(&["config", "user.email", "ada@example.org"]);
        for number in 0..40 {
            yard.write(&format!("repo/src/{}/file-{number}.txt", number % 5), &format!("file {number}\n"));
        }
        yard.write("repo/.gitignore", "*.o\ntarget/\n");
        yard.write("repo/run.sh", "#!/bin/sh\n");
        yard.commit("base");
        yard
    }

    fn at(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn repo(&self) -> Repo {
        Repo::discover(&self.at("repo")).unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        self.git_in("repo", args)
    }

    fn git_in(&self, dir: &str, args: &[&str]) -> String {
        String::from_utf8_lossy(
            &Git::at(&self.at(dir)).env("GIT_CONFIG_GLOBAL", "/dev/null").run(args).unwrap(),
        )
        .trim_end()
        .to_owned()
    }

    fn write(&self, path: &str, content: &str) {
        let file = self.at(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    fn commit(&self, message: &str) -> Oid {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.tip()
    }

    fn tip(&self) -> Oid {
        Oid::parse(&self.git(&["rev-parse", "HEAD"])).unwrap()
    }

    fn wanted(&self, name: &str) -> NewWorktree {
        NewWorktree {
            name: format!("orca-{name}"),
            dir: self.at(&format!("trees/{name}")),
            branch_ref: Some(format!("refs/heads/orca/r1/{name}")),
            commit: self.tip(),
        }
    }

    /// Adds one worktree, which must work.
    fn add(&self, name: &str) -> NewWorktree {
        let new = self.wanted(name);
        self.try_add(&new).unwrap();
        new
    }

    fn try_add(&self, new: &NewWorktree) -> Result<(), GitError> {
        add_worktrees(&self.repo(), std::slice::from_ref(new)).unwrap().remove(0)
    }

    fn names(&self) -> Vec<String> {
        list(&self.repo()).unwrap().into_iter().map(|found| found.name).collect()
    }

    /// Whether scratch space, registrations and branches are as before any worktree was made.
    fn assert_untouched(&self) {
        assert_eq!(self.names(), Vec::<String>::new());
        assert_eq!(self.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
        assert_eq!(self.n_scratch(), 0);
    }

    fn n_scratch(&self) -> usize {
        std::fs::read_dir(self.repo().orca_dir().join("tmp")).map_or(0, Iterator::count)
    }

    fn snapshot(&self, name: &str) -> Snapshot {
        snapshot(&self.repo(), &self.at(&format!("trees/{name}"))).unwrap()
    }

    /// The names and modes in a snapshot, below `src` only where they are not of the base.
    fn listing(&self, snapshot: &Snapshot) -> Vec<String> {
        let base = self.git(&["ls-tree", "-r", "--name-only", "main"]);
        let base: Vec<_> = base.lines().collect();
        let entries = self.repo().list_tree(snapshot.tree).unwrap().into_iter();
        let lines = entries.map(|(path, entry)| (path.to_text().into_owned(), entry.mode));
        lines
            .filter(|(path, _)| !base.contains(&path.as_str()))
            .map(|(path, mode)| format!("{mode:o} {path}"))
            .collect()
    }

    /// Writes a tree as it is told, however senseless.
    fn tree(&self, entries: &[(u32, &str, Oid)]) -> Oid {
        let mut content = Vec::new();
        for (mode, name, oid) in entries {
            content.extend_from_slice(format!("{mode:o} {name}\0").as_bytes());
            content.extend_from_slice(oid.as_bytes());
        }
        let odb = git2::Repository::open(self.at("repo")).unwrap();
        let tree = odb.odb().unwrap().write(git2::ObjectType::Tree, &content).unwrap();
        Oid::from_bytes(tree.as_bytes()).unwrap()
    }

    fn text(&self, tree: Oid, path: &str) -> Option<String> {
        let repo = self.repo();
        let entry = repo.entry_at(tree, &RepoPath::from(path)).unwrap()?;
        Some(String::from_utf8(repo.blob(entry.oid).unwrap()).unwrap())
    }
}
