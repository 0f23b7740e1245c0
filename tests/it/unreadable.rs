//! Branches with missing or broken objects: the others do not wait for them.

use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::stage::Stage;

/// One branch renames what another calls.
fn renamed_and_called() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("users.ts", "export function load() {}\n").commit_all("base");
    sandbox.branch("rename", "main", &[("users.ts", "export function fetch() {}\n")]);
    sandbox.branch("caller", "main", &[("page.ts", "import { load } from './users';\nload();\n")]);
    sandbox.branch("more", "main", &[("more.ts", "export const more = 1;\n")]);
    sandbox
}

fn data(sandbox: &Sandbox, code: i32, args: &[&str]) -> Value {
    let ran = sandbox.orca(&[args, &["--format", "json"]].concat());
    assert_eq!(ran.code, code, "{args:?}: {ran:?}");
    let envelope: Value = serde_json::from_str(&ran.stdout).unwrap();
    envelope["data"].clone()
}

/// Branches that cannot be read: a file, a directory, the commit before it, or what a directory holds.
fn damage(sandbox: &Sandbox) -> [&'static str; 4] {
    let absent = "1".repeat(sandbox.git(&["rev-parse", "main"]).trim().len());
    let with = |entry: &str| format!("$( (git ls-tree main; printf '{entry}\\n') | git mktree --missing)");
    let (file, directory) =
        (with(&format!("100644 blob {absent}\\tgone.ts")), with(&format!("040000 tree {absent}\\tgone")));
    let script = format!(
        "git update-ref refs/heads/no-file $(git commit-tree -m bad -p main {file}) && \
         git update-ref refs/heads/no-directory $(git commit-tree -m bad -p main {directory}) && \
         old=$(git cat-file commit main~0 | sed '/^parent/d; s/^author/parent {absent}\\nauthor/' | \
             git hash-object -t commit -w --literally --stdin) && \
         git update-ref refs/heads/no-history $(git commit-tree -m bad -p $old main^{{tree}}) && \
         tree=$(printf nonsense | git hash-object -t tree -w --literally --stdin) && \
         old=$(git cat-file commit main | sed \"s/^tree .*/tree $tree/; /^parent/d; s/^author/parent $(git rev-parse main)\\nauthor/\" | \
             git hash-object -t commit -w --literally --stdin) && \
         git update-ref refs/heads/no-tree $old"
    );
    let ran = sandbox.shell(&script);
    assert_eq!(ran.code, 0, "{ran:?}");
    ["no-file", "no-directory", "no-history", "no-tree"]
}

#[test]
fn they_are_named_and_the_others_are_compared() {
    let sandbox = renamed_and_called();
    for bad in damage(&sandbox) {
        for command in ["check", "matrix"] {
            let ran = sandbox.orca(&[command, "caller", bad]);
            assert_eq!(ran.code, 3, "{ran:?}");
            assert!(ran.stderr.contains(&format!("error: '{bad}' cannot be read: ")), "{bad}: {ran:?}");
            assert!(ran.stderr.contains("hint: git fsck shows"), "{bad}: {ran:?}");
        }
        let ran = sandbox.orca(&["check", "--format", "json", "caller", bad, "rename"]);
        assert_eq!(ran.code, 3, "{bad}: {ran:?}");
        assert!(ran.stderr.starts_with(&format!("error: '{bad}' cannot be read: ")), "{bad}: {ran:?}");
        let envelope: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(envelope["data"]["findings"][0]["rule"], "symbol-removed", "{bad}");
        let left_out = envelope["data"]["not_analysed"][0]["reason"].as_str().unwrap();
        assert!(left_out.starts_with(&format!("{bad} cannot be read: ")), "{left_out}");
        let ran = sandbox.orca(&["check", "--fix", "--dry-run", "--format", "json", "caller", bad, "rename"]);
        assert_eq!(ran.code, 3, "{bad}: {ran:?}");
        assert!(ran.stderr.starts_with(&format!("error: '{bad}' cannot be read: ")), "{bad}: {ran:?}");
        let envelope: Value = serde_json::from_str(&ran.stdout).unwrap();
        let n_found = |key: &str| envelope["data"][key].as_array().unwrap().len();
        assert_eq!(n_found("fixed") + n_found("unfixed"), 1, "{bad}: {envelope}");
    }
}

#[test]
fn the_matrix_says_of_each_pair_which_branch_it_is() {
    let sandbox = renamed_and_called();
    let bad = damage(&sandbox);
    let matrix = data(&sandbox, 1, &[&["matrix", "caller"], &bad[..], &["more"]].concat());
    for pair in matrix["pairs"].as_array().unwrap() {
        let is_sound = pair["a"] == "caller" && pair["b"] == "more";
        assert_eq!(pair["verdict"], if is_sound { "clean" } else { "conflict" }, "{pair}");
    }
    let order: Vec<&str> =
        matrix["order"].as_array().unwrap().iter().map(|step| step["branch"].as_str().unwrap()).collect();
    assert_eq!(order, [&["caller", "more"], &bad[..]].concat());
    let text = sandbox.orca(&["matrix", "caller", "no-file", "more"]).stdout;
    assert!(text.contains("caller x no-file: no-file cannot be read: "), "{text}");
}

#[test]
fn they_wait_and_the_rest_lands() {
    let sandbox = renamed_and_called();
    let bad = damage(&sandbox);
    // Without the validator, Git itself would merge a file that nobody has.
    for (more, into) in [(&[][..], "whole"), (&["--no-check"], "again")] {
        sandbox.git(&["branch", "-q", into, "main"]);
        let args = [&["merge", "no-file", "caller"], &bad[1..], &["more", "--into", into], more].concat();
        let landing = data(&sandbox, 1, &args);
        assert_eq!(landing["landed"], serde_json::json!(["caller", "more"]), "{more:?}: {landing}");
        for waiting in landing["waiting"].as_array().unwrap() {
            let reason = waiting["reason"].as_str().unwrap();
            assert!(reason.starts_with("cannot be read: ") && reason.contains("git fsck"), "{waiting}");
        }
        assert_eq!(landing["waiting"].as_array().unwrap().len(), bad.len());
        // Everything that is in it can be read.
        sandbox.git(&["archive", "-o", "../whole.tar", into]);
    }
}

#[test]
fn of_a_run_the_others_are_compared_and_land() {
    let stage = Stage::with_tasks("", &["a", "b", "c"]);
    assert_eq!(stage.sandbox.orca(&["run", "--no-merge"]).code, 0);
    let lost = stage.sandbox.git(&["rev-parse", "orca/r1/b:src/b"]);
    let (directory, name) = lost.trim().split_at(2);
    std::fs::remove_file(stage.sandbox.repo().join(".git/objects").join(directory).join(name)).unwrap();
    let ran = stage.sandbox.orca(&["check", "--format", "json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.starts_with("error: 'orca/r1/b' cannot be read: "), "{ran:?}");
    let envelope: Value = serde_json::from_str(&ran.stdout).unwrap();
    let left_out = envelope["data"]["not_analysed"][0]["reason"].as_str().unwrap();
    assert!(left_out.starts_with("orca/r1/b cannot be read: "), "{left_out}");
    let ran = stage.run();
    for id in ["a", "c"] {
        assert_eq!(stage.status(id, "status"), "merged", "{ran:?}");
    }
}
