//! `git orca merge-file` and the driver speak as `git merge-file` does.

use crate::sandbox::{Ran, Sandbox};

/// A conflict that structure resolves, one that nothing does, and some text between them.
const BASE: &str = "def f(a):\n    return a\n\n\n# here\n# ends\n# one\n# half\n\n\nSIZE = 1\nlast = 0\n";

fn sides() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("base.py", BASE);
    sandbox.write("ours.py", BASE.replace("f(a)", "f(a, b=1)").replace("SIZE = 1", "SIZE = 2\nboth = 3"));
    sandbox.write("theirs.py", BASE.replace("f(a)", "f(a, c=2)").replace("SIZE = 1", "SIZE = 5\nboth = 3"));
    sandbox
}

fn orca(sandbox: &Sandbox, options: &[&str]) -> Ran {
    sandbox.orca(&[&["merge-file", "-p"], options, &["base.py", "ours.py", "theirs.py"]].concat())
}

fn git(sandbox: &Sandbox, options: &[&str]) -> Ran {
    sandbox.try_git(&[&["merge-file", "-p"], options, &["ours.py", "base.py", "theirs.py"]].concat())
}

#[test]
fn a_conflict_that_is_left_names_its_line() {
    let sandbox = sides();
    let ran = orca(&sandbox, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let line = 1 + ran.stdout.lines().position(|line| line == "<<<<<<< ours.py").unwrap();
    assert!(ran.stderr.starts_with(&format!("conflict: ours.py:{line}: ")), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("def f(a, b=1, c=2):\n"), "{}", ran.stdout);
    assert_eq!(orca(&sandbox, &["-q"]).stderr, "");
}

#[test]
fn what_is_left_is_given_to_the_side_that_is_asked_for() {
    let sandbox = sides();
    for (option, lines) in [
        ("--ours", "SIZE = 2\nboth = 3\n"),
        ("--theirs", "SIZE = 5\nboth = 3\n"),
        ("--union", "SIZE = 2\nSIZE = 5\nboth = 3\n"),
    ] {
        let ran = orca(&sandbox, &[option]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let whole = BASE.replace("f(a)", "f(a, b=1, c=2)").replace("SIZE = 1\n", lines);
        assert_eq!(ran.stdout, whole, "{option}");
    }
    assert_eq!(orca(&sandbox, &["--ours", "--union"]).code, 129);
}

/// Where structure resolves nothing, every option has Git's own answer, byte for byte.
#[test]
fn options_are_those_of_git() {
    let sandbox = Sandbox::new();
    sandbox.write("base.py", "1\n2\n3\n").write("ours.py", "1\nx\nboth\n3\n");
    sandbox.write("theirs.py", "1\ny\nboth\n3");
    let labels = ["-L", "one", "-L", "old", "-L", "two", "--marker-size=9"];
    for options in
        [&[][..], &["--diff3"], &["--zdiff3"], &["--ours"], &["--theirs"], &["--union"], &labels[..]]
    {
        let (ours, theirs) = (orca(&sandbox, options), git(&sandbox, options));
        assert_eq!((ours.code, ours.stdout), (theirs.code, theirs.stdout), "{options:?}");
    }
}

#[test]
fn the_base_is_shown_where_git_is_configured_to() {
    let sandbox = sides();
    let whole = "||||||| base.py\nSIZE = 1\n=======\nSIZE = 5\nboth = 3\n>>>>>>> theirs.py\n";
    let short = "||||||| base.py\nSIZE = 1\n=======\nSIZE = 5\n>>>>>>> theirs.py\nboth = 3\n";
    assert!(!orca(&sandbox, &[]).stdout.contains("|||||||"));
    for (style, text) in [("diff3", whole), ("zdiff3", short)] {
        assert!(orca(&sandbox, &[&format!("--{style}")]).stdout.contains(text), "{style}");
        sandbox.git(&["config", "merge.conflictStyle", style]);
        let ran = orca(&sandbox, &[]);
        assert!(ran.stdout.contains(text), "{}", ran.stdout);
        assert!(git(&sandbox, &[]).stdout.contains(text));
    }
}

/// Codes up to 127 count conflicts, which a wrong call has none of.
#[test]
fn a_wrong_call_is_no_number_of_conflicts() {
    let sandbox = sides();
    assert_eq!(sandbox.orca(&["merge-file", "base.py"]).code, 129);
    assert_eq!(sandbox.orca(&["merge-driver", "base.py", "ours.py"]).code, 129);
    let ran = sandbox.orca(&["merge-file", "base.py", "none.py", "theirs.py"]);
    assert_eq!(ran.code, 255);
    let place = sandbox.repo().canonicalize().unwrap().join("none.py");
    assert!(
        ran.stderr.starts_with(&format!("error: cannot read '{}': No such file", place.display())),
        "{ran:?}"
    );
}

#[test]
fn a_look_at_what_the_driver_would_do_writes_nothing() {
    let sandbox = sides();
    let before = sandbox.read("ours.py");
    let ran = sandbox.orca(&["merge-driver", "--dry-run", "base.py", "ours.py", "theirs.py", "src/a.py"]);
    assert_eq!((ran.code, sandbox.read("ours.py")), (1, before));
    assert!(ran.stderr.starts_with("conflict: src/a.py:"), "{}", ran.stderr);
}
