//! Functions of which one side returns otherwise than the other.

use super::*;

/// One side makes a change throughout, the other puts something in beside it.
fn mixed(path: &str, base: &str, throughout: &[(&str, &str)], added: &str, is_refused: bool) {
    let [base, other] = ["", added].map(|more| base.replace("@\n", more));
    let other = other.replace("{b}", "{b, d}");
    let changed =
        throughout.iter().fold(base.replace("{b}", "{b, c}"), |text, (old, new)| text.replace(old, new));
    for [ours, theirs] in [[&changed, &other], [&other, &changed]] {
        let merged = merge(path, &base, ours, theirs);
        assert_eq!(merged.conflicts > 0, is_refused, "{:?} {}", merged.left, merged.text);
        assert!(merged.hunks > 0, "this was no conflict");
    }
}

#[test]
fn a_new_return_gives_as_many_results_as_all_others_do_now() {
    let go = "package a\n\nfunc f(a int) string {\n\tif a > 1 {\n\t\treturn \"\"\n\t}\n\n@\n\treturn g(a) + \"x\"\n}\n";
    let two = [
        (") string {", ") (string, error) {"),
        ("return \"\"", "return \"\", nil"),
        ("+ \"x\"", "+ \"x\", nil"),
    ];
    let guard = |value: &str| format!("\tif a < 0 {{\n\t\treturn {value}\n\t}}\n\n");
    mixed("a.go", go, &two, &guard("\"low\""), true);
    // A call came to one result where it was added.
    mixed("a.go", go, &two, &guard("low(a)"), true);
    mixed("a.go", go, &two, "\tif a < 0 {\n\t\tpanic(a)\n\t}\n\n", false);
    mixed("a.go", go, &[("+ \"x\"", "+ \"y\"")], &guard("\"low\""), false);
    // A function within returns what it likes.
    mixed("a.go", go, &two, "\th := func() int {\n\t\treturn 1\n\t}\n\th()\n\n", false);
    let python = "def f(a):\n    if a > 1:\n        return a\n@\n    return a + 1\n";
    let pairs = [("return a\n", "return a, True\n"), ("return a + 1", "return a + 1, False")];
    mixed("a.py", python, &pairs, "    if a < 0:\n        return 0\n", true);
    mixed("a.py", python, &pairs[1..], "    if a < 0:\n        return 0\n", false);
}

#[test]
fn a_new_return_in_rust_is_wrapped_like_the_others() {
    let rust = "use a::{b};\n\nfn f(a: u32) -> u32 {\n    if a > 1 {\n        return a;\n    }\n\n@\n    g();\n    a + 1\n}\n";
    let wrapped = [
        ("-> u32", "-> Result<u32, Error>"),
        ("return a;", "return Ok(a);"),
        ("    a + 1\n", "    Ok(a + 1)\n"),
    ];
    let guard = |value: &str| format!("    if a == 0 {{\n        return {value};\n    }}\n");
    mixed("a.rs", rust, &wrapped, &guard("7"), true);
    mixed("a.rs", rust, &wrapped, &guard("low(a)"), true);
    mixed("a.rs", rust, &[("    a + 1\n", "    a + 2\n")], &guard("7"), false);
}
