//! A small project with a hub, two planned tasks and an agent that is a shell script.

use std::path::PathBuf;

use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};

/// Two tasks in two waves: the server builds on the types.
pub(crate) const PLAN: &str = r#"version = 1
request = "Real-time collaborative editing"

[[task]]
id = "types"
title = "Message types"
specialist = "types-specialist"
scope = ["src/types/**"]
provides = ["type Operation"]
estimate_tokens = 6000

[[task]]
id = "server"
title = "Server that orders operations"
specialist = "backend-specialist"
scope = ["src/server/**"]
consumes = ["type Operation @ types"]
estimate_tokens = 9000
"#;

/// An agent that writes one file in the scope of its task.
pub(crate) const WRITES: &str = "\
cat >/dev/null
mkdir -p src/$ORCA_TASK
case $ORCA_TASK in
types) echo 'export interface Operation { id: string }' ;;
*) echo \"export const $ORCA_TASK = 1;\" ;;
esac >src/$ORCA_TASK/made.ts
";

/// A repository with one commit, a hub, and an agent that runs `script`.
pub(crate) fn project(script: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    project_in(&sandbox, script);
    sandbox
}

/// As [`project`], in an empty repository that is there.
pub(crate) fn project_in(sandbox: &Sandbox, script: &str) {
    sandbox.git(&["config", "user.name", "Ada"]);
    sandbox.git(&["config", "user.email", "ada@example.org"]);
    let agent = agent_script(sandbox);
    std::fs::write(&agent, script).unwrap();
    let settings = format!(
        "version = 1\n[agents.default]\nprogram = \"sh\"\nargs = [\"{}\"]\ngrace = 1\n",
        agent.display()
    );
    sandbox.write("orca.toml", settings).write("src/types/old.ts", "export type Old = string;\n");
    sandbox.commit_all("Start");
    expect(&sandbox.orca(&["init"]), 0);
    sandbox.commit_all("Orca");
}

/// A project whose plan is recorded as `r1`.
pub(crate) fn planned(script: &str) -> Sandbox {
    let sandbox = project(script);
    plan(&sandbox, PLAN);
    sandbox
}

/// Records a plan.
pub(crate) fn plan(sandbox: &Sandbox, plan: &str) {
    let file = sandbox.home().join("plan.toml");
    std::fs::write(&file, plan).unwrap();
    expect(&sandbox.orca(&["plan", "--file", file.to_str().unwrap()]), 0);
}

/// The script that plays every role.
pub(crate) fn agent_script(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join("agent.sh")
}

/// Holds that a command ended with this code, and shows what it printed if not.
#[track_caller]
pub(crate) fn expect(ran: &Ran, code: i32) {
    assert_eq!(ran.code, code, "stdout:\n{}\nstderr:\n{}", ran.stdout, ran.stderr);
}

/// The data of the JSON envelope that a command prints.
#[track_caller]
pub(crate) fn json(sandbox: &Sandbox, args: &[&str], kind: &str) -> Value {
    let ran = sandbox.orca(&[args, &["--format", "json"]].concat());
    let envelope: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!((&envelope["schema"], &envelope["kind"]), (&"git-orca/1".into(), &kind.into()));
    envelope["data"].clone()
}

/// Holds that a command refuses with this code and these words, and changes nothing.
#[track_caller]
pub(crate) fn refuses(sandbox: &Sandbox, args: &[&str], code: i32, words: &str) {
    let before = sandbox.state();
    let ran = sandbox.orca(args);
    assert_eq!(ran.code, code, "{args:?}: {ran:?}");
    assert!(ran.stderr.contains(words), "{args:?} says:\n{}", ran.stderr);
    assert_eq!(sandbox.state(), before, "{args:?} changed something");
}
