//! `git orca doctor` finds what is broken, names what mends it, and changes nothing.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::orchestra::Orchestra;
use crate::sandbox::Sandbox;

/// What fails and what it would take, once `doctor` has said so with its exit code.
fn failures(sandbox: &Sandbox) -> String {
    let ran = sandbox.orca(&["doctor"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{}", ran.stdout);
    chosen(sandbox, &ran.stdout, "fail")
}

/// The lines that begin with a word, each with its remedy. What is said of the Git that happens to be
/// installed is left out.
fn chosen(sandbox: &Sandbox, printed: &str, word: &str) -> String {
    let mut lines = printed.lines().peekable();
    let mut out = String::new();
    while let Some(line) = lines.next() {
        if line.starts_with(word) && line.split_whitespace().nth(1) != Some("git") {
            out.extend([line, "\n"]);
            out.extend(lines.next_if(|next| next.starts_with(' ')).into_iter().flat_map(|next| [next, "\n"]));
        }
    }
    sandbox.stable(&out)
}

fn warnings(sandbox: &Sandbox) -> String {
    let ran = sandbox.orca(&["doctor"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    chosen(sandbox, &ran.stdout, "warn")
}

#[test]
fn a_sound_repository_is_well_and_stays_as_it_was() {
    let orchestra = Orchestra::merged(&["a"]);
    let sandbox = &orchestra.sandbox;
    let before = sandbox.state();
    insta::assert_snapshot!(warnings(sandbox), @r#"
    warn  gate           nothing has to pass before a merge lands
          remedy: name your build or tests in orca.toml: [gate] commands = ["…"]
    "#);
    assert!(sandbox.orca(&["doctor"]).stdout.contains("reached by Git in 1 worktrees"));
    assert_eq!(sandbox.state(), before);
    assert_eq!(sandbox.orca(&["clean"]).code, 0);
    let before = sandbox.state();
    let ran = sandbox.orca(&["doctor", "--format", "json"]);
    assert_eq!(ran.code, 0);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let checks = found["data"]["checks"].as_array().unwrap();
    let in_need = |check: &&Value| check["remedy"].is_string() && check["name"] != "git";
    let in_need: Vec<&Value> = checks.iter().filter(in_need).map(|check| &check["name"]).collect();
    assert_eq!((&found["data"]["healthy"], in_need), (&json!(true), vec![&json!("gate")]), "{}", ran.stdout);
    assert!(checks[0]["message"].as_str().unwrap().starts_with("version "), "{}", ran.stdout);
    assert_eq!(sandbox.state(), before, "the worktree made for the proof is gone");
    assert!(!orchestra.root().exists());
}

#[test]
fn places_without_a_usable_repository_are_told() {
    let nothing = Sandbox::without_repository();
    insta::assert_snapshot!(failures(&nothing), @r"
    fail  repository     '<home>/repo' is not inside a Git repository
          remedy: git init
    ");
    nothing.git(&["init", "-q", "--bare", "."]);
    insta::assert_snapshot!(failures(&nothing), @r"
    fail  repository     '<home>/repo' is bare
          remedy: git clone it, and run git orca in the clone
    ");
    let told = Sandbox::new().orca(&["doctor"]).stdout;
    assert!(told.contains("'main' has no commit yet, so nothing can be planned from it"), "{told}");
    insta::assert_snapshot!(failures(&Sandbox::new()), @r"
    fail  hub            there is none yet
          remedy: git orca init
    fail  hooks          agent worktrees do not include them
          remedy: git orca init
    ");
}

#[test]
fn settings_and_agents_are_checked() {
    let orchestra = Orchestra::merged(&["a"]);
    let sandbox = &orchestra.sandbox;
    let before = sandbox.read("orca.toml");
    sandbox.write("orca.toml", "version = 1\n[gate]\ncomands = []\n");
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  settings       orca.toml:3: unknown key 'comands'; did you mean 'commands'?
          remedy: correct that line of orca.toml
    ");
    sandbox.write("data", "");
    sandbox.write(
        "orca.toml",
        "version = 1\n[agents.a]\nprogram = \"no-such-agent\"\n[agents.b]\nprogram = \"./data\"\n\
         [agents.c]\nprogram = \"{worktree}/x\"\n[gate]\ncommands = [\"make test\"]\n",
    );
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  agents         'a': there is no program 'no-such-agent'
          remedy: install it, or set agents.a.program in orca.toml
    fail  agents         'b': '<home>/repo/./data' cannot be executed
          remedy: chmod +x '<home>/repo/./data'
    ");
    sandbox.write("orca.toml", before);
    sandbox.git(&["config", "orca.maxAgents", "many"]);
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  settings       git config orca.maxAgents is 'many', not a number above 0
          remedy: git config --unset orca.maxAgents
    ");
    sandbox.git(&["config", "--unset", "orca.maxAgents"]);
    sandbox.git(&["config", "orca.worktreeRoot", &sandbox.repo().join("data/none").to_string_lossy()]);
    sandbox.orca(&["clean"]);
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  hooks          cannot be tried: cannot create '<home>/repo/data/none/repo-<oid>'
          remedy: git worktree prune; git orca clean
    fail  worktrees      cannot write in '<home>/repo/data': Not a directory (os error 20)
          remedy: set worktree.root in orca.toml, or 'git config orca.worktreeRoot <dir>'
    ");
}

#[test]
fn an_unknown_user_is_told() {
    let orchestra = Orchestra::merged(&["a"]);
    let sandbox = &orchestra.sandbox;
    sandbox.git(&["config", "--unset", "user.email"]);
    sandbox.git(&["config", "user.useConfigOnly", "true"]);
    insta::assert_snapshot!(failures(sandbox), @r#"
    fail  identity       Git does not know who you are, so an agent cannot commit
          remedy: git config user.name "…"; git config user.email "…"
    "#);
}

#[test]
fn a_hub_that_cannot_be_used_is_told() {
    let orchestra = Orchestra::merged(&["a"]);
    let sandbox = &orchestra.sandbox;
    let good = sandbox.git(&["rev-parse", "refs/orca/hub"]);
    let put = |path: &str, content: &str| {
        sandbox.write("record", content);
        let index = sandbox.home().join("index");
        let script = format!(
            "export GIT_INDEX_FILE='{}'; git read-tree refs/orca/hub && \
             git update-index --add --cacheinfo 100644,$(git hash-object -w record),{path} && \
             git update-ref refs/orca/hub $(git commit-tree -m bad -p refs/orca/hub $(git write-tree))",
            index.display()
        );
        sandbox.git(&["-c", &format!("alias.x=!{script}"), "x"]);
        std::fs::remove_file(sandbox.repo().join("record")).unwrap();
    };
    put("runs/r1/tasks/a.toml", "version = 1\nstatus = [\n");
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  hub            refs/orca/hub:runs/r1/tasks/a.toml:2: unclosed array, expected `]`
          remedy: git log -p refs/orca/hub shows who wrote it; git update-ref refs/orca/hub <commit> goes back
    ");
    sandbox.git(&["update-ref", "refs/orca/hub", good.trim()]);
    let manifest = sandbox.git(&["show", "refs/orca/hub:orca.toml"]);
    put("orca.toml", &manifest.replace("min_writer = 1", "min_writer = 9"));
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  hub            the hub needs version 9 to be written, this git-orca knows 1: upgrade git-orca
          remedy: install a newer git-orca
    ");
    put("orca.toml", &manifest.replace("min_reader = 1", "min_reader = 9"));
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  hub            the hub needs version 9 to be read, this git-orca knows 1: upgrade git-orca
          remedy: install a newer git-orca
    ");
    let blob = sandbox.git(&["rev-parse", &format!("{}:orca.toml", good.trim())]);
    sandbox.git(&["update-ref", "refs/orca/hub", blob.trim()]);
    let said = failures(sandbox);
    assert!(said.starts_with("fail  hub            refs/orca/hub cannot be read: "), "{said}");
    assert!(said.contains("git update-ref refs/orca/hub <commit> goes back"), "{said}");
    let status = sandbox.orca(&["status"]);
    assert_eq!(status.code, 3, "{status:?}");
    assert!(status.stderr.starts_with("error: refs/orca/hub cannot be read: "), "{status:?}");
    assert!(status.stderr.ends_with("\nhint: git orca doctor\n"), "{status:?}");
    sandbox.git(&["update-ref", "-d", "refs/orca/hub"]);
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  hub            there is none yet
          remedy: git orca init
    ");
}

#[test]
fn handoffs_that_nothing_keeps_are_told() {
    let orchestra = Orchestra::merged(&["a"]);
    let sandbox = &orchestra.sandbox;
    sandbox.git(&["update-ref", "-d", "refs/orca/pins/r1"]);
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  pins           nothing keeps handoff r1/a/1 at <oid> alive
          remedy: git branch kept-r1-a <oid>
    ");
    sandbox.orca(&["clean"]);
    for branch in ["orca/r1/a", "orca/r1/integration"] {
        sandbox.git(&["branch", "-q", "-D", branch]);
    }
    for rescue in sandbox.git(&["for-each-ref", "--format=%(refname)", "refs/orca/rescue"]).lines() {
        sandbox.git(&["update-ref", "-d", rescue]);
    }
    for pack in std::fs::read_dir(sandbox.repo().join(".git/objects/pack")).unwrap().flatten() {
        let keep = pack.path();
        if keep.extension().is_some_and(|extension| extension == "keep") {
            std::fs::remove_file(keep).unwrap();
        }
    }
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    sandbox.git(&["gc", "-q", "--prune=now"]);
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  pins           handoff r1/a/1 is lost: commit <oid> is gone
          remedy: git fetch it from another copy of this repository
    ");
}

#[test]
fn hooks_that_git_does_not_reach_are_told() {
    let orchestra = Orchestra::merged(&["a"]);
    let sandbox = &orchestra.sandbox;
    let hook = sandbox.repo().join(".git/orca/hooks/pre-commit");
    let set_mode = |mode| std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o644);
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  hooks          files that are missing or of another version: 1
          remedy: git orca init
    ");
    set_mode(0o755);
    let config = orchestra.root().join("config");
    std::fs::write(&config, "[core]\n\thooksPath = elsewhere\n").unwrap();
    let include = ["config", "--add", "includeIf.gitdir:**/worktrees/orca-*.path"];
    sandbox.git(&[&include[..], &[config.to_str().unwrap()]].concat());
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  hooks          git does not reach orca's commit-msg hook in '<home>/repo.orca/orca-r1-a': error: cannot find a hook named commit-msg
          remedy: git -C '<home>/repo.orca/orca-r1-a' config --show-origin --get-all core.hooksPath tells who else sets it
    ");
    sandbox.git(&["config", "--unset-all", "includeIf.gitdir:**/worktrees/orca-*.path"]);
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  hooks          agent worktrees do not include them
          remedy: git orca init
    ");
    assert_eq!(sandbox.orca(&["init"]).code, 0);
    sandbox.write(".git/orca/hooks/commit-msg", "#!/bin/sh\n");
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  hooks          files that are missing or of another version: 1
          remedy: git orca init
    ");
    assert_eq!(sandbox.orca(&["init"]).code, 0);
    warnings(sandbox);
}

#[test]
fn remains_of_the_dead_are_told() {
    let orchestra = Orchestra::merged(&["broken", "gone"]);
    let sandbox = &orchestra.sandbox;
    sandbox.write(".git/refs/orca/pins/r1.lock", "");
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  locks          '<home>/repo/.git/refs/orca/pins/r1.lock' is held by nobody, or by a git that hangs
          remedy: if no git is at work: rm '<home>/repo/.git/refs/orca/pins/r1.lock'
    ");
    std::fs::remove_file(sandbox.repo().join(".git/refs/orca/pins/r1.lock")).unwrap();

    std::fs::remove_dir_all(orchestra.worktree("gone")).unwrap();
    insta::assert_snapshot!(warnings(sandbox), @r#"
    warn  gate           nothing has to pass before a merge lands
          remedy: name your build or tests in orca.toml: [gate] commands = ["…"]
    warn  registrations  the files of 'orca-r1-gone' are gone: <home>/repo.orca/orca-r1-gone
          remedy: git orca clean
    "#);
    std::fs::remove_file(orchestra.worktree("broken").join(".git")).unwrap();
    insta::assert_snapshot!(failures(sandbox), @r"
    fail  registrations  '<home>/repo.orca/orca-r1-broken' no longer leads to this repository
          remedy: git worktree repair
    ");
    sandbox.git(&["worktree", "repair"]);
    assert!(orchestra.worktree("broken").join(".git").exists(), "the remedy works");
    sandbox.orca(&["clean"]);
    sandbox.write(".git/worktrees/orca-r9-half/gitdir", "");
    insta::assert_snapshot!(warnings(sandbox), @r#"
    warn  gate           nothing has to pass before a merge lands
          remedy: name your build or tests in orca.toml: [gate] commands = ["…"]
    warn  registrations  'orca-r9-half' was never finished, or cannot be read
          remedy: git worktree prune --expire=now
    "#);
}

#[test]
fn processes_of_a_dead_run_are_told() {
    let orchestra = Orchestra::merged(&["a"]);
    let sandbox = &orchestra.sandbox;
    // `cat` waits for its input, which ends with the pipe.
    let marker = format!("{}:r1/a", sandbox.repo().join(".git").canonicalize().unwrap().display());
    let mut left = Command::new("cat")
        .current_dir(orchestra.worktree("a"))
        .env("ORCA_RUN_ID", marker)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let ran = sandbox.orca(&["doctor"]);
    let told = chosen(sandbox, &ran.stdout, "warn").replace(&left.id().to_string(), "<pid>");
    drop(left.stdin.take());
    left.wait().unwrap();
    insta::assert_snapshot!(told, @r#"
    warn  gate           nothing has to pass before a merge lands
          remedy: name your build or tests in orca.toml: [gate] commands = ["…"]
    warn  processes      an agent's, and nobody conducts it: <pid> (cat) in '<home>/repo.orca/orca-r1-a'
          remedy: git orca run, or kill <pid>
    "#);
    assert_eq!(ran.code, 0);
}
