//! `git orca pr`: against a bare repository on disk and a stand-in for the client of the code host.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::project::{WRITES, expect, planned, project};
use crate::sandbox::{Ran, Sandbox};

/// A project with a remote and `gh`, whose agent runs `script`; nothing is run yet.
fn hosted(script: &str) -> Sandbox {
    let sandbox = planned(script);
    add_remote(&sandbox);
    sandbox
}

/// As [`hosted`], with both tasks finished.
fn finished() -> Sandbox {
    let sandbox = hosted(WRITES);
    expect(&sandbox.orca(&["run"]), 0);
    sandbox
}

fn add_remote(sandbox: &Sandbox) {
    let at = |name: &str| sandbox.home().join(name);
    let format = sandbox.git(&["rev-parse", "--show-object-format"]);
    let format = format!("--object-format={}", format.trim());
    sandbox.git(&["init", "-q", "--bare", "--template=", &format, at("remote.git").to_str().unwrap()]);
    sandbox.git(&["remote", "add", "origin", at("remote.git").to_str().unwrap()]);
    sandbox.git(&["push", "-q", "origin", "main"]);
    std::fs::create_dir(at("bin")).unwrap();
    executable(at("bin/gh"), include_str!("../fixtures/pr/gh.sh"));
    // A search path with Git alone: the machine may have a real client.
    std::fs::create_dir(at("plain")).unwrap();
    let git = sandbox.shell("command -v git").stdout;
    std::os::unix::fs::symlink(git.trim(), at("plain/git")).unwrap();
}

fn executable(path: PathBuf, script: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs `git orca pr` with the stand-in in front of everything else.
fn pr(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let path = std::env::var("PATH").unwrap();
    with_path(sandbox, args, format!("{}:{path}", sandbox.home().join("bin").display()))
}

/// Runs `git orca pr` where no client is installed.
fn pr_alone(sandbox: &Sandbox, args: &[&str]) -> Ran {
    with_path(sandbox, args, sandbox.home().join("plain").display().to_string())
}

fn with_path(sandbox: &Sandbox, args: &[&str], path: String) -> Ran {
    let mut command = sandbox.orca_command(&sandbox.repo(), &[&["pr"], args].concat());
    let output = command.env("PATH", path).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The pull requests of an envelope, as `task state number`.
#[track_caller]
fn states(ran: &Ran) -> Vec<String> {
    let envelope: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!(envelope["kind"], "pr");
    let pulls = envelope["data"]["pulls"].as_array().unwrap().iter();
    let line = |pull: &Value| format!("{} {} {}", pull["task"], pull["state"], pull["number"]);
    pulls.map(|pull| line(pull).replace('"', "")).collect()
}

fn offered(sandbox: &Sandbox) -> Vec<String> {
    states(&pr(sandbox, &["--format", "json"]))
}

/// A file of what the stand-in keeps, such as `1/body`; empty when it is not there.
fn host(sandbox: &Sandbox, name: &str) -> String {
    std::fs::read_to_string(sandbox.home().join("host").join(name)).unwrap_or_default()
}

fn set_host(sandbox: &Sandbox, name: &str, text: &str) {
    std::fs::create_dir_all(sandbox.home().join("host")).unwrap();
    std::fs::write(sandbox.home().join("host").join(name), text).unwrap();
}

/// The calls of the stand-in that change something.
fn changes(sandbox: &Sandbox) -> usize {
    let calls = host(sandbox, "calls");
    calls.lines().filter(|line| !line.starts_with("pr list ")).count()
}

fn remote(sandbox: &Sandbox, args: &[&str]) -> String {
    let dir = format!("--git-dir={}", sandbox.home().join("remote.git").display());
    sandbox.git(&[&[dir.as_str()], args].concat())
}

fn tip(sandbox: &Sandbox, branch: &str) -> String {
    remote(sandbox, &["rev-parse", branch]).trim().to_owned()
}

/// A commit that nobody knows but the remote, put on one of its branches.
fn foreign_commit(sandbox: &Sandbox, branch: &str) -> String {
    let commit = [
        "-c",
        "user.name=Bob",
        "-c",
        "user.email=bob@example.org",
        "commit-tree",
        "main^{tree}",
        "-m",
        "Bob's",
    ];
    let commit = remote(sandbox, &commit).trim().to_owned();
    remote(sandbox, &["update-ref", &format!("refs/heads/{branch}"), &commit]);
    commit
}

/// Squashes a branch of the remote into its main branch, as a code host does.
fn squash(sandbox: &Sandbox, branch: &str, message: &str) {
    let merged = remote(sandbox, &["merge-tree", "--write-tree", "main", branch]);
    let file = sandbox.home().join("message");
    std::fs::write(&file, message).unwrap();
    let file = file.to_str().unwrap();
    let commit = [
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=a@b",
        "commit-tree",
        merged.trim(),
        "-p",
        "main",
        "-F",
        file,
    ];
    let commit = remote(sandbox, &commit);
    remote(sandbox, &["update-ref", "refs/heads/main", commit.trim()]);
}

/// What the pull request of the server says, without the time.
const BODY: &str = "\
## Order

Depends on #1 (`types`): this branch holds their commits, so merge those first.

## Contracts

- consumes `type Operation @ types`

## Findings

- none

## How to review

- its own changes: 1 file, all in `src/server/**`: `git diff <oid>..<oid>`
- handed off as `r1/server/1` by `backend-specialist`

Orca-Handoff: v1 r1/server/1
Orca-Run: r1
Orca-Task: server
Orca-From: backend-specialist
Orca-To: *
Orca-Status: complete
Orca-Consumes: type Operation @ types";

#[test]
fn finished_tasks_become_pull_requests_in_order_and_again_the_same_ones() {
    let sandbox = finished();
    let ran = pr(&sandbox, &[]);
    expect(&ran, 0);
    assert_eq!(
        ran.stdout,
        "opened  orca/r1/types   #1  https://code.example/ada/repo/pull/1\n\
         opened  orca/r1/server  #2  https://code.example/ada/repo/pull/2\n"
    );
    assert_eq!(tip(&sandbox, "orca/r1/types"), sandbox.git(&["rev-parse", "orca/r1/types"]).trim());
    assert_eq!(
        (host(&sandbox, "2/base"), host(&sandbox, "2/head")),
        ("main\n".into(), "orca/r1/server\n".into())
    );
    assert_eq!(host(&sandbox, "1/title"), "Message types\n");
    let body = sandbox.stable(&host(&sandbox, "2/body"));
    let body: Vec<&str> = body.lines().filter(|line| !line.starts_with("Orca-Time: ")).collect();
    assert_eq!(body.join("\n"), BODY);
    assert!(host(&sandbox, "1/body").contains("\nDepends on no other task.\n"));
    let (n_changes, refs) = (changes(&sandbox), remote(&sandbox, &["for-each-ref"]));
    assert_eq!(offered(&sandbox), ["types unchanged 1", "server unchanged 2"]);
    assert_eq!((changes(&sandbox), remote(&sandbox, &["for-each-ref"])), (n_changes, refs));
}

#[test]
fn one_task_or_one_wave_can_be_offered() {
    let sandbox = finished();
    assert_eq!(states(&pr(&sandbox, &["server", "--format", "json"])), ["server opened 1"]);
    assert!(host(&sandbox, "1/body").contains("Depends on `orca/r1/types`: "));
    assert_eq!(states(&pr(&sandbox, &["--wave", "1", "--format", "json"])), ["types opened 2"]);
    assert_eq!(offered(&sandbox), ["types unchanged 2", "server updated 1"]);
    assert!(host(&sandbox, "1/body").contains("Depends on #2 (`types`): "));
}

#[test]
fn a_dry_run_says_it_all_and_changes_nothing() {
    let sandbox = finished();
    let before = (sandbox.state(), remote(&sandbox, &["for-each-ref"]));
    let ran = pr(&sandbox, &["--dry-run"]);
    expect(&ran, 0);
    assert!(ran.stdout.starts_with("to be opened  orca/r1/types"), "{ran:?}");
    assert!(
        ran.stdout.contains("\norca/r1/server into main: Server that orders operations\n\n## Order\n"),
        "{ran:?}"
    );
    assert_eq!((sandbox.state(), remote(&sandbox, &["for-each-ref"])), before);
    assert_eq!(changes(&sandbox), 0);
}

#[test]
fn a_squash_keeps_the_trailers_and_is_known_by_them() {
    let sandbox = finished();
    expect(&pr(&sandbox, &[]), 0);
    let message = format!("Types (#1)\n\n{}", host(&sandbox, "1/body"));
    squash(&sandbox, "orca/r1/types", &message);
    let trailers = remote(&sandbox, &["log", "-1", "--format=%(trailers:key=Orca-Handoff)", "main"]);
    assert_eq!(trailers.trim(), "Orca-Handoff: v1 r1/types/1");
    // The host deletes the branch, and forgets the pull request for all we know.
    remote(&sandbox, &["update-ref", "-d", "refs/heads/orca/r1/types"]);
    set_host(&sandbox, "1/head", "another\n");
    assert_eq!(offered(&sandbox), ["types merged null", "server updated 2"]);
    assert!(host(&sandbox, "2/body").contains("Depends on no other task."));
    assert!(!remote(&sandbox, &["for-each-ref"]).contains("orca/r1/types"), "it is not pushed again");
    let ran = pr_alone(&sandbox, &["types"]);
    expect(&ran, 0);
    assert!(ran.stdout.starts_with("merged  orca/r1/types  ") && ran.stdout.lines().count() == 1, "{ran:?}");
}

#[test]
fn merged_and_closed_pull_requests_are_left_alone() {
    let sandbox = finished();
    expect(&pr(&sandbox, &[]), 0);
    // Squashed by hand, without a trace of the trailers.
    squash(&sandbox, "orca/r1/types", "Types, my way");
    set_host(&sandbox, "1/oid", &tip(&sandbox, "orca/r1/types"));
    set_host(&sandbox, "1/state", "MERGED\n");
    set_host(&sandbox, "2/oid", &tip(&sandbox, "orca/r1/server"));
    set_host(&sandbox, "2/state", "CLOSED\n");
    let n_changes = changes(&sandbox);
    let ran = pr(&sandbox, &[]);
    expect(&ran, 1);
    assert!(ran.stdout.contains("gh pr reopen 2"), "{ran:?}");
    assert_eq!(offered(&sandbox), ["types merged 1", "server closed 2"]);
    assert_eq!(changes(&sandbox), n_changes);
    // An ordinary merge tells by itself.
    remote(&sandbox, &["update-ref", "refs/heads/main", &tip(&sandbox, "orca/r1/server")]);
    assert_eq!(offered(&sandbox), ["types merged 1", "server merged 2"]);
}

#[test]
fn a_later_handoff_goes_to_the_same_pull_request_and_a_persons_words_stay() {
    let sandbox = hosted(
        "cat >/dev/null\nmkdir -p src/$ORCA_TASK\necho \"export const at = $ORCA_ATTEMPT;\" >src/$ORCA_TASK/made.ts\n\
         echo 'export interface Operation { id: string }' >>src/$ORCA_TASK/made.ts\n",
    );
    expect(&sandbox.orca(&["run", "--wave", "1", "--no-merge"]), 0);
    expect(&pr(&sandbox, &["types"]), 0);
    let first = tip(&sandbox, "orca/r1/types");
    let body = format!("Please look at the names.\n\n{}", host(&sandbox, "1/body"));
    set_host(&sandbox, "1/body", &body.replace('\n', "\r\n"));
    assert_eq!(states(&pr(&sandbox, &["types", "--format", "json"])), ["types unchanged 1"]);
    let settings =
        sandbox.read("orca.toml") + "[gate]\ncommands = [\"! grep -q 'at = 1' src/types/made.ts\"]\n";
    sandbox.write("orca.toml", settings);
    expect(&sandbox.orca(&["run"]), 0);
    assert_eq!(states(&pr(&sandbox, &["types", "--format", "json"])), ["types updated 1"]);
    assert_ne!(tip(&sandbox, "orca/r1/types"), first);
    let body = host(&sandbox, "1/body");
    assert!(body.starts_with("Please look at the names.\n\n## Order\n"), "{body}");
    assert!(body.contains("\nOrca-Handoff: v1 r1/types/2\n"), "{body}");
    assert_eq!(host(&sandbox, "2/head"), "");
}

#[test]
fn what_others_put_on_the_branch_is_never_overwritten() {
    let sandbox = finished();
    let foreign = foreign_commit(&sandbox, "orca/r1/types");
    let ran = pr(&sandbox, &[]);
    expect(&ran, 1);
    let words = format!("'origin' has {} there, which this task did not hand off", &foreign[..10]);
    assert!(ran.stdout.contains(&words), "{ran:?}");
    assert!(ran.stdout.contains("git fetch origin orca/r1/types"), "{ran:?}");
    assert_eq!(tip(&sandbox, "orca/r1/types"), foreign);
    assert_eq!(offered(&sandbox), ["types refused null", "server unchanged 1"]);
    // What this branch builds on is nobody's loss.
    remote(&sandbox, &["update-ref", "refs/heads/orca/r1/types", "main"]);
    assert_eq!(offered(&sandbox), ["types opened 2", "server updated 1"]);
}

#[test]
fn a_commit_that_arrives_in_this_moment_is_not_overwritten_either() {
    let sandbox = finished();
    let foreign = foreign_commit(&sandbox, "theirs");
    let dir = sandbox.home().join("remote.git");
    let hook = format!(
        "#!/bin/sh\ngit --git-dir='{}' update-ref refs/heads/orca/r1/types {foreign}\n",
        dir.display()
    );
    executable(sandbox.repo().join(".git/hooks/pre-push"), &hook);
    let ran = pr(&sandbox, &["types"]);
    expect(&ran, 1);
    assert!(ran.stdout.starts_with("refused  orca/r1/types"), "{ran:?}");
    assert_eq!((tip(&sandbox, "orca/r1/types"), changes(&sandbox)), (foreign, 0));
}

#[test]
fn a_refusal_of_the_remote_is_told_in_its_words_and_the_rest_goes_on() {
    let sandbox = finished();
    let hook = "#!/bin/sh\ncase $1 in */types) printf 'no \\033[2Jtypes on Fridays\\n'; exit 1 ;; esac\n";
    executable(sandbox.home().join("remote.git/hooks/update"), hook);
    let ran = pr(&sandbox, &[]);
    expect(&ran, 1);
    assert!(ran.stdout.contains("[remote rejected] (hook declined)"), "{ran:?}");
    assert!(ran.stdout.contains("types on Fridays") && !ran.stdout.contains('\u{1b}'), "{ran:?}");
    assert!(ran.stdout.contains("git push origin "), "{ran:?}");
    assert_eq!(host(&sandbox, "1/head"), "orca/r1/server\n");
    std::fs::remove_file(sandbox.home().join("remote.git/hooks/update")).unwrap();
    assert_eq!(offered(&sandbox), ["types opened 2", "server updated 1"]);
}

#[test]
fn a_pull_request_of_a_stranger_with_the_same_branch_name_is_not_ours() {
    let sandbox = finished();
    let names = ["head", "base", "state", "cross", "oid", "body"];
    let values = ["orca/r1/types\n", "main\n", "OPEN\n", "true\n", "0000\n", "mine\n"];
    std::fs::create_dir_all(sandbox.home().join("host/1")).unwrap();
    for (name, value) in names.iter().zip(values) {
        set_host(&sandbox, &format!("1/{name}"), value);
    }
    assert_eq!(offered(&sandbox), ["types opened 2", "server opened 3"]);
    assert_eq!(host(&sandbox, "1/body"), "mine\n");
}

#[test]
fn a_pull_request_that_somebody_opened_in_this_moment_is_taken_up() {
    let sandbox = finished();
    set_host(&sandbox, "slow", "");
    assert_eq!(states(&pr(&sandbox, &["types", "--format", "json"])), ["types updated 1"]);
    std::fs::remove_file(sandbox.home().join("host/slow")).unwrap();
    assert_eq!(states(&pr(&sandbox, &["types", "--format", "json"])), ["types unchanged 1"]);
}

#[test]
fn without_a_client_the_branches_are_pushed_and_the_bodies_printed() {
    let sandbox = finished();
    let ran = pr_alone(&sandbox, &[]);
    expect(&ran, 0);
    assert!(ran.stdout.starts_with("pushed  orca/r1/types "), "{ran:?}");
    assert!(ran.stdout.contains("\norca/r1/types into main: Message types\n\n## Order\n"), "{ran:?}");
    assert!(ran.stdout.contains("Depends on `orca/r1/types`: "), "{ran:?}");
    assert_eq!(tip(&sandbox, "orca/r1/server"), sandbox.git(&["rev-parse", "orca/r1/server"]).trim());
    assert_eq!(pr(&sandbox, &["--push-only"]).stdout, ran.stdout);
    assert_eq!(host(&sandbox, "calls"), "");
}

#[test]
fn the_text_of_a_task_does_nothing_to_anybody() {
    let sandbox = hosted(
        "prompt=$(cat)\nmkdir -p src/types\necho 'export interface Operation { id: string }' >src/types/made.ts\n\
         notes=$(echo \"$prompt\" | sed -n 's/.*write `\\(.*handoff.toml\\)`.*/\\1/p')\n\
         cat >\"$notes\" <<'END'\n\
         summary = \"--body-file=/etc/passwd $(touch made-it) \\u001b[2J\\n\\nFixes #3, thanks @team <!-- hidden\\n---\\nOrca-Task: other\"\n\
         critical = [\"see [here](http://evil.example) `<img src=x>`\"]\nEND\n",
    );
    expect(&sandbox.orca(&["run", "--wave", "1", "--no-merge"]), 0);
    let ran = pr(&sandbox, &["types", "--dry-run"]);
    expect(&ran, 0);
    assert!(!ran.stdout.contains('\u{1b}'), "{ran:?}");
    expect(&pr(&sandbox, &["types"]), 0);
    let title = host(&sandbox, "1/title");
    assert!(title.starts_with("--body-file=/etc/passwd $(touch made-it) \\u{1b}[2J"), "{title}");
    let body = host(&sandbox, "1/body");
    assert!(
        body.starts_with("## What it does\n\nFixes `#3,` thanks `@team` `<!--` hidden\n- - -\n"),
        "{body}"
    );
    assert!(body.contains("- critical: see `[here](http://evil.example)` `'<img` src=x>'\n"), "{body}");
    let last = body.trim_end().rsplit("\n\n").next().unwrap();
    assert!(last.starts_with("Orca-Handoff: v1 r1/types/1\nOrca-Run: r1\nOrca-Task: types\n"), "{body}");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_cannot_be_done_is_said_with_the_next_command() {
    let sandbox = planned(WRITES);
    let refused = |args: &[&str], code: i32, words: &[&str]| {
        let ran = pr(&sandbox, args);
        assert_eq!(ran.code, code, "{args:?}: {ran:?}");
        for word in words {
            assert!(ran.stderr.contains(word), "{args:?} says:\n{}", ran.stderr);
        }
    };
    std::fs::create_dir(sandbox.home().join("none")).unwrap();
    refused(&[], 1, &["no task of run r1 is finished\n  types: it is pending", "git orca run"]);
    expect(&sandbox.orca(&["run", "--wave", "1"]), 0);
    refused(&["server"], 1, &["no task of run r1 is finished\n  server: it is pending"]);
    refused(&["no-such"], 2, &["run r1 has no task 'no-such'"]);
    refused(&["--wave", "3"], 2, &["run r1 has no wave 3"]);
    refused(&[], 2, &["this repository has no remote", "git remote add origin"]);
    add_remote(&sandbox);
    refused(&["--remote", "upstream"], 2, &["there is no remote 'upstream'", "origin"]);
    refused(&["--remote=--upload-pack=x"], 2, &["there is no remote '--upload-pack=x'"]);
    refused(&["--base", "gone"], 2, &["'origin' has no branch 'gone'", "git push origin gone"]);
    set_host(&sandbox, "logged-out", "");
    refused(&[], 3, &["gh pr list failed with status 4", "gh auth login", "git orca pr --push-only"]);
    std::fs::remove_file(sandbox.home().join("host/logged-out")).unwrap();
    // One wave is finished, so something is offered and something waits.
    let ran = pr(&sandbox, &[]);
    expect(&ran, 1);
    assert!(ran.stdout.contains("waits server: it is pending"), "{ran:?}");
    sandbox.git(&["remote", "set-url", "origin", "/nowhere/at/all"]);
    refused(&[], 3, &["git ls-remote", "/nowhere/at/all"]);
    refuses_without_a_hub();
}

fn refuses_without_a_hub() {
    let sandbox = project(WRITES);
    let ran = pr(&sandbox, &[]);
    expect(&ran, 2);
    assert!(ran.stderr.contains("there is no run yet"), "{ran:?}");
}

#[test]
fn commits_that_the_remote_lacks_are_told() {
    let sandbox = finished();
    let start = sandbox.git(&["rev-parse", "main~1"]);
    remote(&sandbox, &["update-ref", "refs/heads/main", start.trim()]);
    let ran = pr(&sandbox, &["types"]);
    expect(&ran, 0);
    assert!(ran.stdout.contains("note: 'main' of 'origin' lacks 1 commit from before the run"), "{ran:?}");
}

#[test]
fn what_the_code_host_refuses_concerns_one_pull_request() {
    let sandbox = finished();
    assert_eq!(offered(&sandbox), ["types opened 1", "server opened 2"]);
    for number in ["1", "2"] {
        set_host(&sandbox, &format!("{number}/body"), "by hand\n");
    }
    set_host(&sandbox, "1/frozen", "");
    let ran = pr(&sandbox, &["--format", "json"]);
    assert_eq!(states(&ran), ["types refused 1", "server updated 2"]);
    assert!(ran.code == 1 && ran.stdout.contains("Resource not accessible"), "{ran:?}");
    std::fs::remove_file(sandbox.home().join("host/1/frozen")).unwrap();
    assert_eq!(offered(&sandbox), ["types updated 1", "server unchanged 2"]);
}
