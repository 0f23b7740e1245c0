//! What both sides put in one place where the order may decide: conditions, cases, routes, numbers.

use super::{merge, resolves, stays};
use crate::merge::resolve::Why;

/// Files of one text with something in its gap.
fn files(text: &str, [ours, theirs]: [&str; 2]) -> [String; 4] {
    ["", ours, theirs, &format!("{ours}{theirs}")].map(|inserted| text.replace("@\n", inserted))
}

fn unites(path: &str, text: &str, sides: [&str; 2]) {
    let [base, ours, theirs, both] = files(text, sides);
    resolves(path, [&base, &ours, &theirs], &both);
}

fn quarrels(path: &str, text: &str, sides: [&str; 2], why: Why) {
    let [base, ours, theirs, _] = files(text, sides);
    stays(path, [&base, &ours, &theirs], why);
}

const LEAVES: &str = "def f(x):\n    if x is None:\n        return 0\n@\n    return g(x)\n";

#[test]
fn conditions_to_leave_may_change_places() {
    let leave = |condition: &str, what: &str| format!("    if {condition}:\n        {what}\n");
    for [one, other] in [
        // Both do the same.
        [leave("x.paused", "return False"), leave("x.done and not g(x)", "return False")],
        // Only one of them can hold.
        [leave("isinstance(x, str)", "return 1"), leave("isinstance(x, (int, list))", "return 2")],
        [leave("x.a == 1", "return 1"), leave("x.a in (2, 3)", "return 2")],
        [leave("x.startswith('ab')", "return 1"), leave("x.startswith(\"ac\") and y", "return 2")],
        [leave("x == 'a'", "raise E"), leave("x == 'b'", "return 2")],
    ] {
        unites("a.py", LEAVES, [&one, &other]);
    }
    for [one, other] in [
        [leave("x.a", "return 1"), leave("x.b", "return 2")],
        // To ask may change what is asked of.
        [leave("x.a", "return 1"), leave("x.asked()", "return 1")],
        [leave("x.a", "raise E"), leave("x.b", "return 2")],
        [leave("isinstance(x, int)", "return 1"), leave("isinstance(x, bool)", "return 2")],
        [leave("isinstance(x, Own)", "return 1"), leave("isinstance(x, Other)", "return 2")],
        [leave("x == 1", "return 1"), leave("x == '1'", "return 2")],
        [leave("x == 1", "return 1"), leave("x == 1.0", "return 2")],
        [leave("x.startswith('a')", "return 1"), leave("x.startswith('ab')", "return 2")],
        [leave("x > 10", "return 1"), leave("x > 5", "return 2")],
        [leave("x == 1 or y", "return 1"), leave("x == 2", "return 2")],
        // What leaves depends on what was found.
        [leave("(y := a(x))", "return y"), leave("(y := b(x))", "return y")],
        // The second would not be run.
        [leave("x.a", "return False"), "    g.count += 1\n".to_owned()],
    ] {
        quarrels("a.py", LEAVES, [&one, &other], Why::OrderMatters);
    }
    let (text, leave) = ("fn f(a: A) -> u8 {\n@\n    g(a)\n}\n", "return 0;");
    let lets =
        ["a", "b"].map(|name| format!("    if let Some(x) = a.{name} {{\n        return x;\n    }}\n"));
    quarrels("a.rs", text, lets.each_ref().map(String::as_str), Why::OrderMatters);
    let plain = ["a", "b"].map(|name| format!("    if a.{name} {{\n        {leave}\n    }}\n"));
    unites("a.rs", text, plain.each_ref().map(String::as_str));
}

#[test]
fn what_is_asked_for_is_used_after_that() {
    let text = "def f(x, y):\n    a = 1\n@\n    return g(x)\n";
    let check = |condition: &str| format!("    if {condition}:\n        raise ValueError(\"no\")\n");
    for [one, other] in [
        [check("x is None"), check("len(x) > 5")],
        [check("not x"), check("x.size > 5")],
        [check("not isinstance(x, str)"), check("x < 0")],
        [check("'a' not in x"), check("x['a'] < 0")],
        [check("x is None"), "    n = len(x)\n".to_owned()],
        [check("x is None or y"), check("x.a.b")],
    ] {
        quarrels("a.py", text, [&one, &other], Why::OrderMatters);
    }
    for [one, other] in [
        [check("x is None"), check("y is None")],
        [check("x is not None and x < 0"), check("y is not None and y < 0")],
        [check("x.a < 0"), check("x.b < 0")],
        [check("not isinstance(x, str)"), check("len(y) < 0")],
    ] {
        unites("a.py", text, [&one, &other]);
    }
    let text = "function f(x, y) {\n@\n  return g(x);\n}\n";
    let check = |condition: &str| format!("  if ({condition}) {{\n    throw new Error(\"no\");\n  }}\n");
    let using = check("x.length > 5").replace("no", "longer than it may be here");
    quarrels("a.ts", text, [&check("!x"), &using], Why::OrderMatters);
    quarrels("a.ts", text, [&check("typeof x !== \"string\""), &using], Why::OrderMatters);
    quarrels("a.ts", text, [&check("x === undefined"), &using], Why::OrderMatters);
    unites("a.ts", text, [&check("!y"), &using]);
}

#[test]
fn further_branches_of_which_one_is_taken_are_united() {
    let text = "def f(x):\n    if x is None:\n        return 0\n@\n    else:\n        return 9\n";
    let branch = |condition: &str| format!("    elif {condition}:\n        return g(x)\n");
    let pair = |one, other| [branch(one), branch(other)];
    for [one, other] in [
        pair("x == 1", "x == 2"),
        pair("isinstance(x, str)", "isinstance(x, dict)"),
        pair("x.kind in ('a', 'b')", "x.kind == 'c' and y"),
    ] {
        unites("a.py", text, [&one, &other]);
    }
    for [one, other] in [
        pair("isinstance(x, int)", "isinstance(x, bool)"),
        pair("x > 10", "x > 5"),
        pair("x in ('a', 'b')", "x == 'a'"),
        pair("x.startswith('a')", "x.startswith('ab')"),
        pair("x.a", "x.b"),
    ] {
        quarrels("a.py", text, [&one, &other], Why::OrderMatters);
    }
    quarrels(
        "a.py",
        text,
        ["    elif x == 1:\n        a()\n", "    elif x == 1:\n        b()\n"],
        Why::TwoMeanings,
    );
}

#[test]
fn clauses_for_errors_apart_are_united() {
    let text = "def f(x):\n    try:\n        g(x)\n    except KeyError:\n        return 0\n@\n";
    let clause = |error: &str, to: u8| format!("    except {error}:\n        return {to}\n");
    unites("a.py", text, [&clause("ValueError", 1), &clause("TypeError as e", 2)]);
    unites("a.py", text, [&clause("(OSError, EOFError)", 1), &clause("IndexError", 2)]);
    for error in ["Exception", "OSError", "Own", "(TypeError, OSError)"] {
        let sides = [clause(error, 1), clause("FileNotFoundError", 2)];
        quarrels("a.py", text, sides.each_ref().map(String::as_str), Why::OrderMatters);
    }
}

#[test]
fn options_of_a_command_are_united_and_other_decorators_are_not() {
    let text = "import click\n\n\n@click.command()\n@\ndef f(**options):\n    return options\n";
    let [one, other] = ["a", "b"].map(|name| format!("@click.option(\"--{name}\", is_flag=True)\n"));
    unites("a.py", text, [&one, &other]);
    quarrels("a.py", text, [&one, "@click.argument(\"path\")\n"], Why::OrderMatters);
    quarrels("a.py", text, ["@cached\n", "@logged\n"], Why::OrderMatters);
}

#[test]
fn a_route_stands_before_what_would_hide_it() {
    let app = "app.get(\"/\", home);\n@\napp.listen(3000);\n";
    let [any, me] = ["app.get(\"/users/:id\", show);\n", "app.get(\"/users/me\", me);\n"];
    let [base, ours, theirs, _] = files(app, [any, me]);
    let expected = app.replace("@\n", &format!("{me}{any}"));
    resolves("a.js", [&base, &ours, &theirs], &expected);
    resolves("a.js", [&base, &theirs, &ours], &expected);
    // Other paths, and other methods.
    unites("a.js", app, [any, "app.get(\"/rooms/me\", me);\n"]);
    unites("a.js", app, [any, "app.post(\"/users/me\", me);\n"]);
    let py = "@app.get(\"/\")\ndef home():\n    return 1\n@\n";
    let any = "\n\n@app.get(\"/users/{id}\")\ndef show(id):\n    return id\n";
    let me = "\n\n@app.get(\"/users/me\")\ndef me():\n    return 1\n";
    let [base, ours, theirs, _] = files(py, [any, me]);
    resolves("a.py", [&base, &ours, &theirs], &py.replace("@\n", &format!("{me}{any}")));
}

#[test]
fn members_of_an_enumeration_have_values_of_their_own() {
    let ts = "export enum E {\n  A = \"a\",\n@\n}\n";
    unites("a.ts", ts, ["  B = \"b\",\n", "  C = \"c\",\n"]);
    quarrels("a.ts", ts, ["  B = \"b\",\n", "  C = \"b\",\n"], Why::SameNumber);
    let ts = "export enum E {\n  A = 1,\n@\n}\n";
    quarrels("a.ts", ts, ["  B = 10,\n", "  C = 10,\n"], Why::SameNumber);
    let rs = "pub enum E {\n    A = 1,\n@\n}\n";
    quarrels("a.rs", rs, ["    B = 5,\n", "    C = 5,\n"], Why::SameNumber);
    let py = "class E(Enum):\n    A = \"a\"\n    B = \"b\"\n@\n";
    unites("a.py", py, ["    C = \"c\"\n", "    D = \"d\"\n"]);
    quarrels("a.py", py, ["    C = \"c\"\n", "    D = 'c'\n"], Why::SameNumber);
    // Settings are no enumeration.
    let py = "class C(Base):\n    a = 1\n    B = \"b\"\n@\n";
    unites("a.py", py, ["    C = \"c\"\n", "    D = \"c\"\n"]);
    // What nobody gives has no number.
    let py = "def f(a, b=1@\n):\n    pass\n".replace("@\n", "@, **rest");
    let with = |param: &str| py.replace('@', param);
    resolves("a.py", [&with(""), &with(", c=2"), &with(", d=2")], &with(", c=2, d=2"));
}

#[test]
fn lists_that_go_with_each_other_keep_one_order() {
    let go = "package p\n\nconst (\n\tAlpha = iota\n\tBeta\n\tGamma\n#)\n\nvar names = []string{\n\t\"alpha\",\n\t\"beta\",\n\t\"gamma\",\n%}\n";
    let with = |names: &[&str]| {
        let list = |before: &str, after: &str| -> String {
            names.iter().map(|name| format!("\t{before}{name}{after}\n")).collect()
        };
        go.replace('#', &list("", "")).replace('%', &list("\"", "\",").to_lowercase())
    };
    let [base, one, other] = [with(&[]), with(&["Zeta"]), with(&["Delta"])];
    resolves("a.go", [&base, &one, &other], &with(&["Delta", "Zeta"]));
    resolves("a.go", [&base, &other, &one], &with(&["Delta", "Zeta"]));
    // In neither order both.
    let [ours, theirs] = [["Zeta", "Eta"], ["Delta", "Theta"]].map(|names| with(&names));
    let merged = merge("a.go", &base, &ours, &theirs);
    let both = ["Zeta", "Eta", "Delta", "Theta"];
    assert!(merged.conflicts > 0 || merged.text == with(&both), "{}", merged.text);
}

#[test]
fn calls_in_a_list_are_no_one_thing() {
    let py = "ROWS = [\n    row(1, 2),\n@\n]\n";
    unites("a.py", py, ["    row(3, 4),\n", "    row(5, 6),\n"]);
    let py = "urls = [\n    path(\"\", home),\n@\n]\n";
    unites("a.py", py, ["    path(\"a/\", a),\n", "    path(\"b/\", b),\n"]);
    quarrels("a.py", py, ["    path(\"a/\", a),\n", "    path(\"a/\", b),\n"], Why::TwoMeanings);
    let [any, me] = ["    path(\"<slug:s>/\", a),\n", "    path(\"me/\", b),\n"];
    let [base, ours, theirs, _] = files(py, [any, me]);
    resolves("a.py", [&base, &ours, &theirs], &py.replace("@\n", &format!("{me}{any}")));
}
