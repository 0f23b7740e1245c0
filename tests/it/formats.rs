//! Repositories of unusual make: refused with a message, or handled like any other.

use crate::project::{PLAN, expect, plan, project};
use crate::sandbox::{Ran, Sandbox};

/// What `git orca` says in a repository made with these arguments of `git init`.
fn status_in(args: &[&str]) -> Option<Ran> {
    let sandbox = Sandbox::without_repository();
    let made = sandbox.try_git(&[&["init", "-q"], args].concat());
    // An older Git does not know the format, and then nobody has such a repository.
    (made.code == 0).then(|| sandbox.orca(&["status"]))
}

#[test]
fn formats_that_cannot_be_read_are_named() {
    for (format, name) in [
        ("--ref-format=reftable", "extensions.refstorage = reftable"),
        ("--object-format=sha256", "extensions.objectformat = sha256"),
    ] {
        let Some(ran) = status_in(&[format]) else { continue };
        assert_eq!(ran.code, 3, "{ran:?}");
        let expected =
            format!("error: this repository uses {name}, which this version of git-orca cannot read\n");
        assert!(ran.stderr.starts_with(&expected), "{}", ran.stderr);
    }
}

/// A script that writes one file in whatever scope it is given.
const WRITES: &str = "cat >/dev/null\nmkdir -p src/types src/server\n\
    if [ \"$ORCA_TASK\" = types ]; then echo 'export interface Operation { id: string }' >src/types/operation.ts\n\
    else echo 'export const port = 1;' >src/server/port.ts; fi\n";

fn conducts(sandbox: &Sandbox) {
    plan(sandbox, PLAN);
    expect(&sandbox.orca(&["run"]), 0);
    let files = sandbox.git(&["ls-tree", "-r", "--name-only", "orca/r1/integration", "src"]);
    assert!(files.contains("src/types/operation.ts") && files.contains("src/server/port.ts"), "{files}");
    assert_eq!(sandbox.try_git(&["fsck", "--no-dangling"]).code, 0);
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
