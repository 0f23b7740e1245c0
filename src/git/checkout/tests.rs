//! Files that follow their branch.

use super::*;
use crate::git::test_home;

const MAIN: &str = "refs/heads/main";

/// A repository on `main` with a commit, and another commit that nothing leads to.
struct Scene {
    dir: tempfile::TempDir,
    repo: Repo,
    old: Oid,
    new: Oid,
}

impl Scene {
    fn new() -> Self {
        let dir = test_home();
        let git = |args: &[&str]| {
            let all = [&["-c", "user.name=a", "-c", "user.email=a@b"], args].concat();
            String::from_utf8(Git::at(dir.path()).run(&all).unwrap()).unwrap().trim().to_owned()
        };
        git(&["init", "-q", "-b", "main", "--template="]);
        let tips = ["old", "new"].map(|text| {
            std::fs::write(dir.path().join("a.txt"), text).unwrap();
            git(&["add", "a.txt"]);
            git(&["commit", "-q", "-m", text]);
            Oid::parse(&git(&["rev-parse", "HEAD"])).unwrap()
        });
        git(&["reset", "-q", "--hard", "HEAD^"]);
        let repo = Repo::discover(dir.path()).unwrap();
        let [old, new] = tips;
        Self { dir, repo, old, new }
    }

    fn note(&self, branch: &str) -> Move {
        let noted = Move { branch: branch.to_owned(), from: self.old, to: self.new };
        noted.note(&self.repo).unwrap();
        noted
    }

    fn move_to_new(&self, branch: &str, reason: &str) {
        let new = self.new.to_string();
        self.repo.git().run(&["update-ref", "-m", reason, "--create-reflog", branch, &new]).unwrap();
    }
}

/// Between the last look and the move an editor may take the index.
#[test]
fn an_index_that_is_held_for_long_is_waited_for_again() {
    let scene = Scene::new();
    let checkout = checkouts(&scene.repo, MAIN).unwrap().remove(0);
    scene.move_to_new(MAIN, "orca: landed");
    std::fs::write(checkout.index_lock(), "").unwrap();
    std::thread::scope(|scope| {
        // Longer than it is waited for at once.
        scope.spawn(|| {
            std::thread::sleep(WAIT * WAITS + WAIT * 20);
            std::fs::remove_file(checkout.index_lock()).unwrap();
        });
        checkout.follow(scene.old, scene.new).unwrap();
    });
    assert_eq!(std::fs::read_to_string(scene.dir.path().join("a.txt")).unwrap(), "new");
}

#[test]
fn each_branch_has_its_own_note() {
    let scene = Scene::new();
    let branches = [MAIN, "refs/heads/release"];
    let noted = branches.map(|branch| {
        let noted = scene.note(branch);
        scene.move_to_new(branch, "orca: landed");
        noted
    });
    assert_eq!(noted_moves(&scene.repo).len(), 2);
    noted[1].forget(&scene.repo);
    assert_eq!(noted_moves(&scene.repo), [noted[0].clone()]);
}

#[test]
fn a_move_that_somebody_else_made_is_not_finished() {
    let scene = Scene::new();
    scene.note(MAIN);
    assert_eq!(noted_moves(&scene.repo), []);
    scene.move_to_new(MAIN, "merge f: Fast-forward");
    assert_eq!(noted_moves(&scene.repo), []);
    std::fs::remove_file(scene.repo.common_dir().join("logs").join(MAIN)).unwrap();
    assert_eq!(noted_moves(&scene.repo).len(), 1);
}
