//! What somebody else makes of a conflict.

use super::*;

const BASE: &str = "def f(x):\n    first(x)\n    return x\n";
const OURS: &str = "def f(x):\n    first(x + 1)\n    return x\n";
const THEIRS: &str = "def f(x):\n    log(x)\n    first(x, 2)\n    return x\n";

fn judged(path: &str, [base, ours, theirs]: [&str; 3], text: &str) -> Result<Vec<&'static str>, Why> {
    let path = RepoPath::from(path);
    accept(Versions { path: &path, base, ours, theirs }, text)
}

fn asked() -> Marked {
    let path = RepoPath::from("f.py");
    let markers = Markers { base: Some("before both".to_owned()), ..Markers::default() };
    marked(Versions { path: &path, base: BASE, ours: OURS, theirs: THEIRS }, &markers)
}

#[test]
fn a_conflict_is_marked_with_what_was_there_before() {
    let Marked { text, hunks } = asked();
    let hunk = "<<<<<<< ours\n    first(x + 1)\n||||||| before both\n    first(x)\n=======\n    log(x)\n    \
                first(x, 2)\n>>>>>>> theirs\n";
    assert_eq!(hunks, [hunk]);
    assert_eq!(text, format!("def f(x):\n{hunk}    return x\n"));
}

#[test]
fn an_answer_holds_what_both_want() {
    let sides = [BASE, OURS, THEIRS];
    let judge = |text: &str| judged("f.py", sides, text);
    assert_eq!(judge("def f(x):\n    log(x)\n    first(x + 1, 2)\n    return x\n"), Ok(CHECKS.to_vec()));
    assert_eq!(judge(&asked().text), Err(Why::Undecided));
    // One side is dropped, what both kept is lost, it does not parse, a line is there too often.
    assert_eq!(judge(OURS), Err(Why::LosesLines));
    assert_eq!(judge(THEIRS), Err(Why::LosesLines));
    assert_eq!(judge("def f(x):\n    log(x)\n    first(x + 1, 2)\n"), Err(Why::LosesLines));
    let empty = "def f(x):\n    if x:\n    log(x)\n    first(x + 1, 2)\n    return x\n";
    assert_eq!(judge(empty), Err(Why::DoesNotParse));
    assert_eq!(judge("def f(x:\n    log(x)\n    first(x + 1, 2)\n    return x\n"), Err(Why::LosesLines));
    assert_eq!(
        judge("def f(x):\n    log(x)\n    first(x + 1, 2)\n    return x\n    return x\n"),
        Err(Why::RepeatsLines)
    );
    assert_eq!(judge("def f(x):\n    log(x)\n    first(x + 1, 2))\n    return x\n"), Err(Why::DoesNotParse));
}

#[test]
fn of_an_unknown_form_the_lines_are_judged() {
    let sides = ["one\ntwo\n", "one\ntwo and ours\n", "one\ntwo, theirs\n"];
    assert_eq!(judged("notes", sides, "one\ntwo, theirs and ours\n"), Ok(checks::LINE_CHECKS.to_vec()));
    assert_eq!(judged("notes", sides, "one\ntwo and ours\n"), Err(Why::LosesLines));
}
