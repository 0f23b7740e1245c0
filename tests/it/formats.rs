//! Repositories of unusual make are handled like any other.

use crate::project::{PLAN, expect, json, plan, project, project_in};
use crate::sandbox::Sandbox;

/// A script that writes one file in whatever scope it is given.
const WRITES: &str = "cat >/dev/null\nmkdir -p src/types src/server\n\
    if [ \"$ORCA_TASK\" = types ]; then echo 'export interface Operation { id: string }' >src/types/operation.ts\n\
    else echo 'export const port = 1;' >src/server/port.ts; rm -f src/server/old.ts; fi\n";

fn conducts(sandbox: &Sandbox) {
    plan(sandbox, PLAN);
    expect(&sandbox.orca(&["run"]), 0);
    let files = sandbox.git(&["ls-tree", "-r", "--name-only", "orca/r1/integration", "src"]);
    assert!(files.contains("src/types/operation.ts") && files.contains("src/server/port.ts"), "{files}");
    assert!(!files.contains("src/server/old.ts"), "what the agent deleted is still there: {files}");
    assert_eq!(sandbox.try_git(&["fsck", "--no-dangling"]).code, 0);
}

/// A repository of a format that libgit2 does not open; none when this Git does not know it either.
fn of_format(args: &[&str]) -> Option<Sandbox> {
    let sandbox = Sandbox::without_repository();
    (sandbox.try_git(&[&["init", "-q", "-b", "main"], args].concat()).code == 0).then_some(sandbox)
}

/// Looks, merges, conducts and cleans up: in every format the same.
fn works_in(format: &[&str]) {
    let Some(sandbox) = of_format(format) else { return };
    project_in(&sandbox, WRITES);
    sandbox.write("src/server/old.ts", "export const old = 1;\n").commit_all("Old");
    sandbox.branch("one", "main", &[("one.txt", "1\n"), ("shared.txt", "one\n")]);
    sandbox.branch("two", "main", &[("two.txt", "2\n")]);
    sandbox.branch("three", "main", &[("shared.txt", "three\n")]);
    let before = sandbox.state();
    expect(&sandbox.orca(&["check", "one", "two"]), 0);
    let pairs = json(&sandbox, &["matrix", "one", "two", "three"], "matrix")["pairs"].clone();
    let verdicts: Vec<_> = pairs.as_array().unwrap().iter().map(|pair| pair["verdict"].clone()).collect();
    assert_eq!(verdicts, ["clean", "conflict", "clean"]);
    let dry = json(&sandbox, &["merge", "one", "two", "--into", "main", "-n"], "merge");
    assert_eq!(sandbox.state(), before, "looking changed something");
    let landed = json(&sandbox, &["merge", "one", "two", "--into", "main"], "merge");
    assert_eq!(landed["tree"], dry["tree"]);
    assert_eq!(sandbox.read("two.txt"), "2\n", "the checkout follows");
    conducts(&sandbox);
    let head = sandbox.git(&["-C", "../repo.orca/orca-r1-types", "symbolic-ref", "HEAD"]);
    assert_eq!(head.trim(), "refs/heads/orca/r1/types");
    expect(&sandbox.orca(&["merge", "--into", "main"]), 0);
    expect(&sandbox.orca(&["clean"]), 0);
    assert!(!sandbox.home().join("repo.orca").exists());
    expect(&sandbox.orca(&["context", "log"]), 0);
}

#[test]
fn a_reftable_is_a_repository_like_any_other() {
    works_in(&["--ref-format=reftable"]);
}

#[test]
fn sha256_is_a_hash_like_any_other() {
    works_in(&["--object-format=sha256"]);
}

#[test]
fn what_git_3_makes_by_default_is_conducted() {
    works_in(&["--ref-format=reftable", "--object-format=sha256"]);
}

#[test]
fn a_shallow_clone_is_conducted() {
    let origin = project(WRITES);
    origin.commit_all("More");
    let clone = project(WRITES);
    clone.git(&["fetch", "-q", "--depth=1", &format!("file://{}", origin.repo().display()), "main"]);
    clone.git(&["reset", "-q", "--hard", "FETCH_HEAD"]);
    assert_eq!(clone.git(&["rev-parse", "--is-shallow-repository"]).trim(), "true");
    std::fs::copy(clone.home().join("agent.sh"), origin.home().join("agent.sh")).unwrap();
    conducts(&clone);
}

#[test]
fn submodules_links_modes_and_odd_names_travel_unchanged() {
    let sandbox = project(WRITES);
    let other = Sandbox::new();
    other.commit_all("Other");
    let from = other.repo().display().to_string();
    sandbox.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "module"]);
    std::os::unix::fs::symlink("src", sandbox.repo().join("link")).unwrap();
    sandbox.write("crlf.txt", "a\r\nb\r\n").write("tool.sh", "#!/bin/sh\n").write("with space/ü", "x");
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["update-index", "--chmod=+x", "tool.sh"]);
    sandbox.commit_all("Odd");
    sandbox.git(&["update-index", "--chmod=+x", "tool.sh"]);
    sandbox.git(&["commit", "-q", "-m", "Mode"]);
    conducts(&sandbox);
    let outside_src = |revision: &str| {
        let tree = sandbox.git(&["ls-tree", "-r", revision]);
        tree.lines().filter(|line| !line.contains("\tsrc/")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(outside_src("orca/r1/integration"), outside_src("main"));
}

/// A disk that takes no more: every file larger than half a kilobyte fails to be written.
#[test]
fn a_full_disk_ends_a_run_and_loses_nothing() {
    let sandbox = project(WRITES);
    plan(&sandbox, PLAN);
    let before = sandbox.git(&["for-each-ref", "refs/heads", "refs/orca/hub"]);
    let limited = format!("trap '' XFSZ; ulimit -f 1; exec {} run", env!("CARGO_BIN_EXE_git-orca"));
    let ran = sandbox.shell(&limited);
    assert!(ran.code == 3 || ran.code == 1, "{ran:?}");
    assert!(ran.stderr.contains("error: ") || ran.stderr.contains("given up"), "{}", ran.stderr);
    assert_eq!(sandbox.try_git(&["fsck", "--no-dangling"]).code, 0);
    assert!(before.contains("refs/orca/hub"));
    expect(&sandbox.orca(&["run"]), 0);
}

/// A disk that is really full, where the machine lets a user mount one.
#[test]
fn a_run_whose_agents_filled_the_disk_goes_on_when_there_is_room() {
    let fills = "if [ ! -e \"${0%/*}/room\" ]; then cat /dev/urandom >src/types/full; exit 0; fi\n";
    let sandbox = project(&format!("{fills}rm -f src/types/full\n{WRITES}"));
    plan(&sandbox, PLAN);
    std::fs::create_dir(sandbox.home().join("small")).unwrap();
    let mount = "mount -t tmpfs -o size=50m disk ../small";
    if sandbox.shell(&format!("unshare -rm {mount}")).code != 0 {
        eprintln!("SKIPPED: this machine lets no user mount a small disk");
        return;
    }
    let orca = env!("CARGO_BIN_EXE_git-orca");
    let script = format!(
        "{mount} && head -c 49M /dev/zero >../small/ballast && cp -R . ../small/repo && cd ../small/repo || exit
        {orca} run; echo full: $?
        git fsck; echo fsck: $?
        rm ../ballast && touch ../../room
        {orca} run >&2; echo room: $?
        git fsck; echo fsck: $?
        git ls-tree -r --name-only orca/r1/integration src"
    );
    std::fs::write(sandbox.home().join("script"), script).unwrap();
    let ran = sandbox.shell("exec unshare -rm sh ../script");
    assert!(ran.stderr.contains("No space left on device"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: make room on the disk"), "{}", ran.stderr);
    let files = "src/server/port.ts\nsrc/types/old.ts\nsrc/types/operation.ts";
    assert_eq!(
        ran.stdout.trim_end(),
        format!("full: 3\nfsck: 0\nroom: 0\nfsck: 0\n{files}"),
        "{}",
        ran.stderr
    );
}

/// What a partial clone left out comes from its remote; where that is gone, this is said.
#[test]
fn a_partial_clone_gets_what_it_needs() {
    let origin = project(WRITES);
    origin.write("src/server/old.ts", "export const old = 1;\n").commit_all("Old");
    let users = "export function loadUser(id: string) {\n  return { id };\n}\n";
    origin.write("users.ts", users).commit_all("Users");
    origin.branch("rename", "main", &[("users.ts", &users.replace("loadUser", "fetchUser"))]);
    origin.branch("caller", "main", &[("page.ts", "import { loadUser } from './users';\nloadUser('1');\n")]);
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let clone = Sandbox::without_repository();
    let url = format!("file://{}", origin.repo().display());
    clone.git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &url, "."]);
    let names = ["check", "origin/rename", "origin/caller"];
    clone.git(&["remote", "set-url", "origin", "file:///nowhere"]);
    let gone = clone.orca(&names);
    assert_eq!(gone.code, 3, "{gone:?}");
    assert!(
        gone.stderr.contains("is not in this partial clone, and its remote does not give it"),
        "{gone:?}"
    );
    assert!(gone.stderr.contains("hint: git fetch shows why"), "{gone:?}");
    clone.git(&["remote", "set-url", "origin", &url]);
    let found = clone.orca(&names);
    assert_eq!(found.code, 1, "{found:?}");
    assert!(found.stdout.contains("deny[symbol-removed]"), "{found:?}");
    clone.git(&["checkout", "-q", "main"]);
    clone.git(&["config", "user.name", "Ada"]);
    clone.git(&["config", "user.email", "ada@example.org"]);
    std::fs::copy(origin.home().join("agent.sh"), clone.home().join("agent.sh")).unwrap();
    expect(&clone.orca(&["init"]), 0);
    conducts(&clone);
}
