//! `git orca sync`: one hub on several machines, through a bare repository on disk.

use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};
use crate::stage::{Part, Stage, part, writes};

/// A remote with the state of the sandbox, and a clone of it for each name beside the repository.
fn share(sandbox: &Sandbox, clones: &[&str]) {
    sandbox.git(&["clone", "-q", "--bare", ".", "../remote.git"]);
    sandbox.git(&["remote", "add", "origin", "../remote.git"]);
    for name in clones {
        sandbox.git(&["clone", "-q", "../remote.git", &format!("../{name}")]);
    }
}

fn orca(sandbox: &Sandbox, place: &str, args: &[&str]) -> Ran {
    sandbox.orca_in(&sandbox.home().join(place), args)
}

/// What a sync in a clone answers.
fn sync(sandbox: &Sandbox, place: &str) -> Value {
    let ran = orca(sandbox, place, &["sync", "--format", "json"]);
    assert_eq!(ran.code, 0, "{place}: {ran:?}");
    serde_json::from_str::<Value>(&ran.stdout).unwrap()["data"].clone()
}

fn note(sandbox: &Sandbox, place: &str, id: &str, text: &str) {
    let ran = orca(sandbox, place, &["context", "add", "architecture", id, "--text", text]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

fn text(sandbox: &Sandbox, place: &str, id: &str) -> String {
    sandbox.git(&["-C", &format!("../{place}"), "show", &format!("refs/orca/hub:architecture/{id}.toml")])
}

fn hub(sandbox: &Sandbox, place: &str) -> String {
    sandbox.git(&["-C", &format!("../{place}"), "rev-parse", "refs/orca/hub"])
}

/// Two machines that share a new hub.
fn pair() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "a\n").commit_all("base");
    share(&sandbox, &["other"]);
    assert_eq!(sandbox.orca(&["init"]).code, 0);
    assert_eq!(sync(&sandbox, "repo")["pushed"], serde_json::json!(["refs/orca/hub"]));
    assert_eq!(sync(&sandbox, "other")["before"], Value::Null);
    sandbox
}

#[test]
fn a_run_that_one_machine_conducted_is_merged_on_another() {
    let stage = Stage::new("");
    stage.agent("a", &writes("a"));
    stage.plan(&[part("a")]);
    let sandbox = &stage.sandbox;
    share(sandbox, &["other"]);
    stage.run_to_the_end();
    let pushed = sync(sandbox, "repo")["pushed"].clone();
    assert_eq!(pushed, serde_json::json!(["refs/orca/pins/r1", "refs/orca/hub"]));
    // A hub that was only made gives way.
    assert_eq!(orca(sandbox, "other", &["init"]).code, 0);
    let taken = orca(sandbox, "other", &["sync"]);
    assert!(taken.stdout.starts_with("the hub of origin taken over at "), "{taken:?}");
    let status = orca(sandbox, "other", &["status"]);
    assert!(status.stdout.contains("1 of 1 waves landed"), "{status:?}");
    let merged = orca(sandbox, "other", &["merge", "--into", "main"]);
    assert_eq!(merged.code, 0, "{merged:?}");
    assert!(sandbox.home().join("other/src/a/done.txt").exists());
    assert_eq!(orca(sandbox, "other", &["sync"]).code, 0);
    assert_eq!(sync(sandbox, "repo")["after"], hub(sandbox, "other").trim());
    assert_eq!(sync(sandbox, "repo")["pushed"], serde_json::json!([]));
    stage.must_be_sound();
}

#[test]
fn what_was_written_apart_becomes_one_hub() {
    let sandbox = pair();
    note(&sandbox, "repo", "here", "of the one");
    note(&sandbox, "repo", "both", "the one's word");
    note(&sandbox, "other", "there", "of the other");
    note(&sandbox, "other", "both", "the other's word");
    assert_eq!(sync(&sandbox, "repo")["clashes"], serde_json::json!([]));
    let joined = sync(&sandbox, "other");
    let clashes = joined["clashes"].as_array().unwrap();
    assert!(clashes.contains(&"architecture/both.toml: text".into()), "{joined}");
    sync(&sandbox, "repo");
    assert_eq!(hub(&sandbox, "repo"), hub(&sandbox, "other"));
    for (id, words) in [("here", "of the one"), ("there", "of the other"), ("both", "'s word")] {
        assert!(text(&sandbox, "repo", id).contains(words), "{id}");
    }
    let both = sandbox.git(&["log", "--format=%s", "refs/orca/hub"]);
    assert!(both.starts_with("hub: joined\n"), "{both}");
}

#[test]
fn machines_that_join_the_same_hubs_make_the_same_commit() {
    let sandbox = pair();
    note(&sandbox, "repo", "here", "one");
    note(&sandbox, "other", "there", "two");
    // Each gets the other's objects and joins by itself.
    for (place, from) in [("repo", "../other"), ("other", "../repo")] {
        let dir = format!("../{place}");
        sandbox.git(&["-C", &dir, "clone", "-q", "--bare", from, &format!("../{place}.git")]);
        sandbox.git(&["-C", &format!("../{place}.git"), "fetch", "-q", from, "refs/orca/hub:refs/orca/hub"]);
        sandbox.git(&["-C", &dir, "remote", "add", "aside", &format!("../{place}.git")]);
    }
    for place in ["repo", "other"] {
        assert_eq!(orca(&sandbox, place, &["sync", "aside"]).code, 0);
    }
    assert_eq!(hub(&sandbox, "repo"), hub(&sandbox, "other"));
}

#[test]
fn many_machines_at_once_lose_nothing() {
    let sandbox = pair();
    let places: Vec<String> = (0..6).map(|number| format!("m{number}")).collect();
    for place in &places {
        sandbox.git(&["clone", "-q", "../remote.git", &format!("../{place}")]);
        sync(&sandbox, place);
        note(&sandbox, place, place, "mine");
    }
    std::thread::scope(|scope| {
        for place in &places {
            let mut command = sandbox.orca_command(&sandbox.home().join(place), &["sync", "-q"]);
            scope.spawn(move || {
                let output = command.output().unwrap();
                assert!(output.status.success(), "{output:?}");
            });
        }
    });
    sync(&sandbox, "repo");
    assert!(places.iter().all(|place| text(&sandbox, "repo", place).contains("mine")));
}

#[test]
fn hubs_that_cannot_be_one_are_refused_and_stay() {
    let sandbox = pair();
    let plan = "version = 1\nrequest = \"x\"\ntarget = \"main\"\n[[task]]\nid = \"a\"\ntitle = \"A\"\n\
                specialist = \"s\"\nscope = [\"src/**\"]\n";
    for place in ["repo", "other"] {
        std::fs::write(
            sandbox.home().join(place).join("plan.toml"),
            plan.replace("\"x\"", &format!("{place:?}")),
        )
        .unwrap();
        assert_eq!(orca(&sandbox, place, &["plan", "--file", "plan.toml", "--yes"]).code, 0);
    }
    sync(&sandbox, "repo");
    let before = hub(&sandbox, "other");
    let refused = orca(&sandbox, "other", &["sync"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("run r1 was planned in both hubs"), "{refused:?}");
    assert_eq!(hub(&sandbox, "other"), before);

    sandbox.git(&["clone", "-q", "../remote.git", "../third"]);
    assert_eq!(orca(&sandbox, "third", &["init"]).code, 0);
    note(&sandbox, "third", "mine", "kept");
    let refused = orca(&sandbox, "third", &["sync"]);
    assert!(refused.code == 1 && refused.stderr.contains("began apart"), "{refused:?}");
    assert!(text(&sandbox, "third", "mine").contains("kept"));
}

#[test]
fn a_hub_that_cannot_be_read_is_not_taken() {
    let sandbox = pair();
    sandbox.write("architecture/bad.toml", "version = \n").git(&["add", "-A"]);
    let tree = sandbox.git(&["write-tree"]);
    let bad = sandbox.git(&["commit-tree", "-p", "refs/orca/hub", "-m", "bad", tree.trim()]);
    sandbox.git(&["push", "-q", "origin", &format!("{}:refs/orca/hub", bad.trim())]);
    let before = hub(&sandbox, "other");
    let refused = orca(&sandbox, "other", &["sync"]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stderr.contains("cannot use the hub of 'origin'"), "{refused:?}");
    assert_eq!(hub(&sandbox, "other"), before);
}

#[test]
fn a_trial_moves_nothing_and_a_remote_may_say_no() {
    let sandbox = pair();
    note(&sandbox, "repo", "here", "one");
    let refs = || (sandbox.git(&["for-each-ref"]), sandbox.git(&["ls-remote", "origin"]));
    let before = refs();
    let trial = sandbox.orca(&["sync", "-n"]);
    assert_eq!(trial.stdout, "would be pushed to origin: refs/orca/hub\n", "{trial:?}");
    assert_eq!(refs(), before);
    sandbox.git(&["-C", "../remote.git", "config", "receive.hideRefs", "refs/orca"]);
    let refused = sandbox.orca(&["sync"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("'origin' does not take refs/orca/hub"), "{refused:?}");
}

#[test]
fn what_one_machine_has_merged_stays_merged_for_all() {
    let stage = Stage::new("");
    stage.agent("a", &writes("a"));
    stage.plan(&[part("a")]);
    let sandbox = &stage.sandbox;
    share(sandbox, &["other"]);
    sync(sandbox, "repo");
    sync(sandbox, "other");
    // The other says last that the task is only begun.
    stage.run_to_the_end();
    let begun = orca(sandbox, "other", &["start", "a", "--manual"]);
    assert_eq!(begun.code, 0, "{begun:?}");
    sync(sandbox, "other");
    sync(sandbox, "repo");
    sync(sandbox, "other");
    let state = sandbox.git(&["show", "refs/orca/hub:runs/r1/tasks/a.toml"]);
    assert!(state.contains("state = \"merged\""), "{state}");
    assert_eq!(hub(sandbox, "repo"), hub(sandbox, "other"));
}

#[test]
fn an_integration_branch_goes_on_with_the_hub() {
    let stage = Stage::new("");
    for name in ["a", "b"] {
        stage.agent(name, &writes(name));
    }
    stage.plan(&[part("a"), Part { id: "b", more: "after = [\"a\"]" }]);
    let sandbox = &stage.sandbox;
    share(sandbox, &["other"]);
    assert_eq!(sandbox.orca(&["run", "--wave", "1"]).code, 0);
    sync(sandbox, "repo");
    sync(sandbox, "other");
    let branch = "refs/heads/orca/r1/integration";
    let at = |place: &str| sandbox.git(&["-C", &format!("../{place}"), "rev-parse", branch]);
    sandbox.git(&["-C", "../other", "fetch", "-q", "../repo", &format!("{branch}:{branch}")]);
    stage.run_to_the_end();
    sync(sandbox, "repo");
    assert_eq!(sync(sandbox, "other")["moved"], serde_json::json!([branch]));
    assert_eq!(at("other"), at("repo"));
    assert_eq!(orca(sandbox, "other", &["merge", "--into", "main"]).code, 0);
    // What somebody has moved is theirs to explain.
    sandbox.git(&["-C", "../other", "update-ref", branch, &format!("{branch}^1")]);
    note(sandbox, "repo", "more", "news");
    sync(sandbox, "repo");
    assert_eq!(sync(sandbox, "other")["moved"], serde_json::json!([]));
    assert_ne!(at("other"), at("repo"));
}

/// Puts a tree into the remote's hub, made of what is there and a line of `git ls-tree`.
fn add_to_the_hub(sandbox: &Sandbox, line: &str) {
    let ran = sandbox.shell(&format!(
        "set -eu; cd ../remote.git; tree=$({{ git ls-tree refs/orca/hub; printf '{line}\\n'; }} | git mktree --missing)\n\
         git update-ref refs/orca/hub $(git -c user.name=a -c user.email=a@b commit-tree -p refs/orca/hub -m bad $tree)"
    ));
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn what_no_hub_can_hold_is_not_taken() {
    let sandbox = pair();
    let blob = |command: &str| {
        sandbox.shell(&format!("cd ../remote.git; {command} | git hash-object -w --stdin")).stdout
    };
    let (small, large) = (blob("echo x"), blob("head -c 9000000 /dev/zero"));
    let remote = sandbox.git(&["ls-remote", "origin", "refs/orca/hub"]);
    let before = hub(&sandbox, "other");
    for (name, oid, told) in [
        (".git", &small, "no file can have this name"),
        ("..", &small, "no file can have this name"),
        ("a.toml", &large, "this is larger than any record"),
    ] {
        add_to_the_hub(&sandbox, &format!("100644 blob {}\\t{name}", oid.trim()));
        let refused = orca(&sandbox, "other", &["sync"]);
        assert!(refused.code == 3 && refused.stderr.contains(&format!("{name}:1: {told}")), "{refused:?}");
        assert_eq!(hub(&sandbox, "other"), before);
        let was = remote.split_whitespace().next().unwrap();
        sandbox.git(&["-C", "../remote.git", "update-ref", "refs/orca/hub", was]);
    }
    sandbox.git(&["-C", "../remote.git", "update-ref", "refs/orca/pins/r1", small.trim()]);
    let refused = orca(&sandbox, "other", &["sync"]);
    assert!(refused.stderr.contains("cannot use refs/orca/pins/r1 of 'origin'"), "{refused:?}");
}
