//! `git orca demo`: the whole orchestra on a machine without agents, keys or network.

use crate::sandbox::Sandbox;

#[test]
fn the_demo_tells_its_story_and_leaves_nothing() {
    let sandbox = Sandbox::without_repository();
    let ran = sandbox.orca(&["demo"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    let story = [
        "wave 1/3 types, database",
        "check: 1 blocking finding",
        "database: sent back after attempt 1: orca/r1/database gives the type `Operation` in db/operations.py other fields",
        "database: started (scripted, attempt 2",
        "landed wave 1 at",
        "gate: passed",
        "landed wave 3 at",
    ];
    let mut rest = ran.stderr.as_str();
    for line in story {
        let found = rest.find(line);
        rest = &rest[found.unwrap_or_else(|| panic!("no '{line}' in the rest of\n{}", ran.stderr))..];
    }
    assert!(ran.stdout.contains("6 of 6 tasks merged in 3 waves"), "{}", ran.stdout);
    assert!(ran.stdout.contains("for one agent alone"), "{}", ran.stdout);
    let place = ran.stderr.lines().next().and_then(|line| line.split_once(": ")).unwrap().1;
    assert!(!std::path::Path::new(place).exists(), "{place}");
}

#[test]
fn a_demo_that_is_kept_passes_its_own_check() {
    let sandbox = Sandbox::without_repository();
    let ran = sandbox.orca(&["demo", "--keep", "kept"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let git = |args: &[&str]| {
        let ran = sandbox.try_git(&[&["-C", "kept/pad"], args].concat());
        assert_eq!(ran.code, 0, "git {args:?}: {}", ran.stderr);
        ran.stdout
    };
    git(&["fsck", "--strict", "--no-dangling"]);
    assert_eq!(git(&["status", "--porcelain"]), "");
    git(&["worktree", "add", "-q", "--detach", "../merged", "orca/r1/integration"]);
    let check = std::process::Command::new("sh")
        .arg("check.sh")
        .current_dir(sandbox.repo().join("kept/merged"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    assert!(git(&["show", "orca/r1/integration:db/operations.py"]).contains("userId"));

    let again = sandbox.orca(&["demo", "--keep", "kept"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert!(again.stderr.contains("is not empty"), "{}", again.stderr);
}
