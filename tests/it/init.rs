//! `git orca init` adds what is missing, keeps what is the user's, and can be taken back.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::sandbox::{Ran, Sandbox};

/// What `init` could touch: refs, files, configuration and orca's own directory.
fn everything(sandbox: &Sandbox) -> String {
    let mut files = String::new();
    list(&sandbox.repo(), &mut files);
    format!("{}\n{}\n{files}", sandbox.state(), sandbox.read(".git/config"))
}

fn list(dir: &Path, out: &mut String) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            list(&path, out);
        } else {
            let length = std::fs::metadata(&path).unwrap().len();
            out.extend([&*path.to_string_lossy(), " ", &length.to_string(), "\n"]);
        }
    }
}

fn refused(sandbox: &Sandbox, ran: &Ran, code: i32) -> String {
    assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{}", ran.stderr);
    sandbox.stable(&ran.stderr)
}

#[test]
fn asked_to_be_quiet_it_says_only_what_is_not_done() {
    let sandbox = Sandbox::new();
    sandbox.write("README.md", "x").commit_all("start");
    let ran = sandbox.orca(&["init", "-q"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    sandbox.write("orca.toml", "version = 1\n");
    let ran = sandbox.orca(&["init", "-q"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "keep  orca.toml (differs; --yes replaces it)\n"),
        "{ran:?}"
    );
    assert_ne!(sandbox.orca(&["init", "-qn", "--yes"]).stdout, "");
    assert_eq!(sandbox.orca(&["init", "-q", "--undo"]).stdout, "");
    sandbox.orca(&["init", "-q"]);
    sandbox.write("plan.toml", crate::project::PLAN);
    let plan = |args: &[&str]| sandbox.orca(&[&["plan", "--file", "plan.toml"], args].concat()).stdout;
    assert_eq!(plan(&["-q"]), "r1\n");
    assert!(plan(&["-q", "-n"]).starts_with("plan: "), "what is only looked at is the result");
}

#[test]
fn a_dry_run_tells_and_changes_nothing_and_twice_is_once() {
    let sandbox = Sandbox::new();
    let before = everything(&sandbox);
    let planned = sandbox.orca(&["init", "--dry-run"]);
    insta::assert_snapshot!(planned.stdout, @r"
    write orca.toml
    write .claude/agents/algorithm-specialist.md
    write .claude/agents/backend-specialist.md
    write .claude/agents/database-specialist.md
    write .claude/agents/frontend-specialist.md
    write .claude/agents/infrastructure-specialist.md
    write .claude/agents/integration-validator.md
    write .claude/agents/orchestrator.md
    write .claude/agents/performance-specialist.md
    write .claude/agents/resolver.md
    write .claude/agents/state-specialist.md
    write .claude/agents/test-specialist.md
    write .claude/agents/types-specialist.md
    make  the hub, refs/orca/hub
    wire  hooks, in agent worktrees only
    set   git config log.excludeDecoration refs/orca/

    next: name an agent in orca.toml, commit it, then 'git orca plan --file plan.toml'
    ");
    assert_eq!(everything(&sandbox), before);
    let done = sandbox.orca(&["init"]);
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.as_str()), (0, planned.stdout.as_str(), ""));
    let before = everything(&sandbox);
    let again = sandbox.orca(&["init"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "everything is in place already\n"));
    assert_eq!(everything(&sandbox), before);
    assert_eq!(sandbox.orca(&["init", "--yes"]).stdout, "everything is in place already\n");
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn orcas_refs_do_not_decorate_the_users_log() {
    let sandbox = Sandbox::new();
    sandbox.commit_all("first");
    sandbox.git(&["config", "log.initialDecorationSet", "all"]);
    sandbox.git(&["config", "log.excludeDecoration", "refs/tags/"]);
    assert_eq!(sandbox.orca(&["init"]).code, 0);
    sandbox.git(&["update-ref", "refs/orca/pins/r1", "HEAD"]);
    assert!(!sandbox.git(&["log", "--decorate"]).contains("refs/orca"));
    let values = sandbox.git(&["config", "--get-all", "log.excludeDecoration"]);
    assert_eq!(values, "refs/tags/\nrefs/orca/\n", "the user's own stays");
}

#[test]
fn files_of_the_user_stay_unless_replacing_them_is_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.write("orca.toml", "version = 1\n").write(".claude/agents/types-specialist.md", b"\xff mine");
    sandbox.write(".claude/agents/own.md", "own").write(".claude/settings.json", "{}");
    let kept = sandbox.orca(&["init"]);
    assert_eq!(kept.code, 0);
    let lines: Vec<&str> = kept.stdout.lines().filter(|line| line.starts_with("keep")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    keep  orca.toml (differs; --yes replaces it)
    keep  .claude/agents/types-specialist.md (differs; --yes replaces it)
    ");
    assert_eq!(sandbox.read("orca.toml"), "version = 1\n");

    let planned = sandbox.orca(&["init", "--yes", "--dry-run"]).stdout;
    assert!(planned.contains("keep  orca.toml as orca.toml.orig\n"), "{planned}");
    let replaced = sandbox.orca(&["init", "--yes", "--format", "json"]);
    insta::assert_snapshot!(replaced.stdout, @r#"
    {
      "data": {
        "copies": [
          "orca.toml.orig",
          ".claude/agents/types-specialist.md.orig"
        ],
        "guard": false,
        "hooks": false,
        "hub": false,
        "kept": [],
        "setting": false,
        "written": [
          "orca.toml",
          ".claude/agents/types-specialist.md"
        ]
      },
      "kind": "init",
      "schema": "git-orca/1"
    }
    "#);
    assert!(sandbox.read("orca.toml").contains("[lifecycle]"));
    assert_eq!(sandbox.read("orca.toml.orig"), "version = 1\n");
    sandbox.write("orca.toml", "version = 1\n# again\n");
    assert_eq!(sandbox.orca(&["init", "--yes"]).code, 0);
    assert_eq!(sandbox.read("orca.toml.orig"), "version = 1\n", "an earlier copy stays");
    assert_eq!(sandbox.read("orca.toml.orig2"), "version = 1\n# again\n");
    assert!(sandbox.read(".claude/agents/types-specialist.md").starts_with("---\n"));
    assert_eq!(
        (sandbox.read(".claude/agents/own.md").as_str(), sandbox.read(".claude/settings.json").as_str()),
        ("own", "{}")
    );
}

#[test]
fn undoing_leaves_the_configuration_as_it_was() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "log.excludeDecoration", "refs/tags/"]);
    let config = sandbox.read(".git/config");
    assert_eq!(sandbox.orca(&["init"]).code, 0);
    let before = everything(&sandbox);
    let planned = sandbox.orca(&["init", "--undo", "-n"]);
    insta::assert_snapshot!(planned.stdout, @r"
    unwire  hooks of agent worktrees
    unset   git config log.excludeDecoration refs/orca/

    The hub and your files stay: 'git update-ref -d refs/orca/hub' forgets all runs.
    ");
    assert_eq!(everything(&sandbox), before);
    assert_eq!(sandbox.orca(&["init", "--undo"]).stdout, planned.stdout);
    assert_eq!(sandbox.read(".git/config"), config);
    assert!(!sandbox.repo().join(".git/orca/hooks").exists());
    assert!(
        sandbox.repo().join("orca.toml").exists()
            && sandbox.try_git(&["show-ref", "refs/orca/hub"]).code == 0
    );
    assert_eq!(sandbox.orca(&["init", "--undo"]).stdout, "nothing is wired here\n");
    assert_eq!(sandbox.orca(&["init", "--undo", "--yes"]).code, 2);
}

#[test]
fn it_works_from_a_subdirectory_and_with_history() {
    let sandbox = Sandbox::new();
    sandbox.write("src/deep/x", "x").commit_all("first");
    let ran = sandbox.orca_in(&sandbox.repo().join("src/deep"), &["init"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(sandbox.repo().join("orca.toml").exists() && !sandbox.repo().join("src/deep/orca.toml").exists());
}

#[test]
fn places_that_cannot_be_prepared_are_refused_and_stay_as_they_were() {
    let nothing = Sandbox::without_repository();
    insta::assert_snapshot!(refused(&nothing, &nothing.orca(&["init"]), 2), @r"
    error: '<home>/repo' is not inside a Git repository
    hint: run 'git init' here, or 'git orca -C <dir> …'
    ");
    assert_eq!(std::fs::read_dir(nothing.repo()).unwrap().count(), 0);
    nothing.git(&["init", "-q", "--bare", "."]);
    let mut before = String::new();
    list(&nothing.repo(), &mut before);
    insta::assert_snapshot!(refused(&nothing, &nothing.orca(&["init"]), 2), @r"
    error: this is a bare repository: it has no working tree to start from
    hint: git clone it and run git orca there
    ");
    let mut after = String::new();
    list(&nothing.repo(), &mut after);
    assert_eq!(after, before);

    let sandbox = Sandbox::new();
    sandbox.commit_all("first");
    sandbox.git(&["worktree", "add", "-q", "-b", "other", "../other"]);
    let before = everything(&sandbox);
    let linked = sandbox.orca_in(&sandbox.home().join("other"), &["init"]);
    insta::assert_snapshot!(refused(&sandbox, &linked, 2), @r"
    error: this is a linked worktree
    hint: git orca -C '<home>/repo' init
    ");
    assert!(refused(&sandbox, &sandbox.orca(&["init", "here"]), 2).contains("unexpected argument"));
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn what_is_in_the_way_is_told_before_anything_is_written() {
    let sandbox = Sandbox::new();
    sandbox.write(".claude", "a file\n");
    let before = everything(&sandbox);
    insta::assert_snapshot!(refused(&sandbox, &sandbox.orca(&["init"]), 3), @"error: cannot read '.claude/agents/algorithm-specialist.md': Not a directory (os error 20)");
    assert_eq!(everything(&sandbox), before);
    std::fs::remove_file(sandbox.repo().join(".claude")).unwrap();
    sandbox.write("orca.toml", "version = 1\nnonsense = 2\n");
    let before = everything(&sandbox);
    insta::assert_snapshot!(refused(&sandbox, &sandbox.orca(&["init"]), 2), @"error: orca.toml:2: unknown key 'nonsense'; known are version, constraints, limits, waves, gate, merge, agents, specialists, worktree, check, lifecycle");
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn a_directory_that_may_not_be_written_is_left_alone() {
    let sandbox = Sandbox::new();
    let before = everything(&sandbox);
    let set_mode =
        |mode| std::fs::set_permissions(sandbox.repo(), std::fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o555);
    let ran = powerless(&sandbox.orca_command(&sandbox.repo(), &["init"])).output().unwrap();
    set_mode(0o755);
    let stderr = sandbox.stable(&String::from_utf8(ran.stderr).unwrap());
    insta::assert_snapshot!(stderr, @"error: cannot write in '<home>/repo': Permission denied (os error 13)");
    assert_eq!(ran.status.code(), Some(3));
    assert_eq!(everything(&sandbox), before);
}

/// The same command, also where tests run as root, whom no mode keeps out.
fn powerless(command: &Command) -> Command {
    let drop = ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"];
    let can_drop = Command::new("setpriv").args(drop).arg("true").output();
    let mut same = if can_drop.is_ok_and(|ran| ran.status.success()) {
        let mut wrapped = Command::new("setpriv");
        wrapped.args(drop).arg(command.get_program());
        wrapped
    } else {
        Command::new(command.get_program())
    };
    same.args(command.get_args()).current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => same.env(name, value),
            None => same.env_remove(name),
        };
    }
    same
}
