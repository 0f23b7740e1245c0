//! Laws over random input, and cases per language with the near misses beside them.

use proptest::prelude::*;

use super::*;

mod asked;
mod cases;
mod doubts;
mod formats;
mod members;
mod orders;
mod places;
mod prose;
mod returns;
mod united;
mod unread;

fn merge(path: &str, base: &str, ours: &str, theirs: &str) -> FileMerge {
    let path = RepoPath::from(path);
    merge_file(Versions { path: &path, base, ours, theirs }, &Markers::default())
}

/// The conflict is resolved to just this.
fn resolves(path: &str, [base, ours, theirs]: [&str; 3], expected: &str) {
    let merged = merge(path, base, ours, theirs);
    let repo_path = RepoPath::from(path);
    let structures = [base, ours, theirs].map(|text| Structure::of(&repo_path, text));
    let versions = Versions { path: &repo_path, base, ours, theirs };
    let known = merge_structures(versions, || structures.each_ref(), &Markers::default());
    assert_eq!(known, merged, "known structures make no difference");
    assert_eq!(merged.left, [], "{}", merged.text);
    assert_eq!(merged.text, expected);
    assert!(merged.hunks > 0, "this was no conflict");
}

/// The conflict stays, with both sides marked.
fn stays(path: &str, [base, ours, theirs]: [&str; 3], why: Why) {
    let merged = merge(path, base, ours, theirs);
    assert_eq!(merged.left, [why], "{}", merged.text);
    assert!(merged.text.contains("<<<<<<< ours") && merged.text.contains(">>>>>>> theirs"));
    let swapped = merge(path, base, theirs, ours);
    assert!(swapped.conflicts > 0, "the other way round it was resolved: {}", swapped.text);
}

#[test]
fn one_route_for_two_functions_stays() {
    let app = "from app import app\n\n\n@app.get(\"/\")\ndef home():\n    return {}\n";
    let with = |path: &str, name: &str| {
        format!("{app}\n\n@app.get(\"{path}\")\ndef {name}():\n    return {{\"{name}\": 1}}\n")
    };
    let [one, other, apart] = [("/rooms", "rooms"), ("/rooms", "all_rooms"), ("/halls", "halls")]
        .map(|(path, name)| with(path, name));
    stays("web.py", [app, &one, &other], Why::DefinedTwice);
    let merged = merge("web.py", app, &one, &apart);
    assert_eq!(merged.conflicts, 0, "{}", merged.text);
}

#[test]
fn optional_parameters_of_both_are_wanted() {
    resolves(
        "a.py",
        [
            "def f(a, b=1):\n    pass\n",
            "def f(a, b=1, ours=2):\n    pass\n",
            "def f(a, b=1, theirs=3):\n    pass\n",
        ],
        "def f(a, b=1, ours=2, theirs=3):\n    pass\n",
    );
    resolves(
        "a.py",
        [
            "def f(\n    a,\n) -> None:\n    pass\n",
            "def f(\n    a,\n    x: int = 1,\n) -> None:\n    pass\n",
            "def f(\n    a,\n    y: str = \"\",\n) -> None:\n    pass\n",
        ],
        "def f(\n    a,\n    x: int = 1,\n    y: str = \"\",\n) -> None:\n    pass\n",
    );
    // Where arguments have no names, the calls of either side give theirs in the same place.
    stays(
        "a.ts",
        [
            "f(1);\nfunction f(a: string) {}\n",
            "f(1);\nfunction f(a: string, b = 1) {}\n",
            "f(1);\nfunction f(a: string, c?: number) {}\n",
        ],
        Why::OrderMatters,
    );
}

#[test]
fn one_new_parameter_with_two_meanings_is_a_conflict() {
    let with = |param: &str| format!("def f(a{param}):\n    pass\n");
    let (one, other, third) = (with(", t=1"), with(", t=2"), with(", t: int = 1"));
    stays("a.py", [&with(""), &one, &other], Why::TwoMeanings);
    stays("a.py", [&with(""), &one, &third], Why::TwoMeanings);
    // Callers pass these by their place.
    stays("a.py", [&with(""), &with(", t"), &with(", u")], Why::OrderMatters);
    stays(
        "a.go",
        [
            "package a\nfunc f(a int) {}\n",
            "package a\nfunc f(a int, b int) {}\n",
            "package a\nfunc f(a int, c int) {}\n",
        ],
        Why::OrderMatters,
    );
}

#[test]
fn two_edits_of_one_expression_are_a_conflict() {
    stays("a.py", ["x = a + b\n", "x = a + b + c\n", "x = d + a + b\n"], Why::SameThing);
    stays("a.py", ["f(a, b)\n", "f(a, b, c)\n", "f(a, b, d)\n"], Why::OrderMatters);
    stays("a.py", ["f(a, b)\n", "f(c, b)\n", "f(a, d)\n"], Why::SameThing);
    resolves("a.py", ["f(a, b=1)\n", "f(a, b=1, c=2)\n", "f(a, b=1, d=3)\n"], "f(a, b=1, c=2, d=3)\n");
    stays(
        "a.rs",
        ["fn f() -> u32 { 1 }\n", "fn f() -> u32 { 2 }\n", "fn f() -> u32 { 3 }\n"],
        Why::SameThing,
    );
    stays("a.ts", ["let a = x ? 1 : 2;\n", "let a = x ? 3 : 2;\n", "let a = x ? 1 : 4;\n"], Why::SameThing);
}

#[test]
fn deleting_what_the_other_edits_is_a_conflict() {
    let rest = "\n\ndef g():\n    return 2\n";
    let base = format!("def f():\n    return 1{rest}");
    let edited = format!("def f():\n    return 3{rest}");
    stays("a.py", [&base, rest.trim_start(), &edited], Why::DeletedAndEdited);
}

#[test]
fn declarations_at_one_place_are_united() {
    resolves(
        "a.py",
        [
            "class A:\n    x = 1\n",
            "class A:\n    x = 1\n\n    def ours(self):\n        return 1\n",
            "class A:\n    x = 1\n\n    def theirs(self):\n        return 2\n",
        ],
        "class A:\n    x = 1\n\n    def ours(self):\n        return 1\n\n    def theirs(self):\n        return 2\n",
    );
    resolves(
        "a.go",
        [
            "package a\n\ntype S struct {\n\tA int\n}\n",
            "package a\n\ntype S struct {\n\tA int\n\tB int\n}\n",
            "package a\n\ntype S struct {\n\tA int\n\tC string\n}\n",
        ],
        "package a\n\ntype S struct {\n\tA int\n\tB int\n\tC string\n}\n",
    );
    resolves(
        "a.rs",
        ["enum E {\n    A,\n}\n", "enum E {\n    A,\n    B,\n}\n", "enum E {\n    A,\n    C(u32),\n}\n"],
        "enum E {\n    A,\n    B,\n    C(u32),\n}\n",
    );
    resolves(
        "A.java",
        [
            "class A {\n    int a;\n}\n",
            "class A {\n    int a;\n    int b;\n}\n",
            "class A {\n    int a;\n    void c() {}\n}\n",
        ],
        "class A {\n    int a;\n    int b;\n    void c() {}\n}\n",
    );
}

#[test]
fn two_definitions_of_one_name_are_a_conflict() {
    let with = |body: &str| format!("a = 1\n\n\ndef f():\n    return {body}\n");
    stays("a.py", ["a = 1\n", &with("1"), &with("2")], Why::TwoMeanings);
}

#[test]
fn the_one_that_says_more_of_the_same_is_taken() {
    let with = |doc: &str| format!("a = 1\n\n\ndef f():\n{doc}    return 1\n");
    let (bare, told) = (with(""), with("    \"\"\"Tell.\"\"\"\n"));
    resolves("a.py", ["a = 1\n", &bare, &told], &told);
}

#[test]
fn imported_names_are_united_and_stay_sorted() {
    resolves(
        "a.py",
        ["from m import a, c, x\n", "from m import a, c, d, x\n", "from m import a, b, c, x\n"],
        "from m import a, b, c, d, x\n",
    );
    resolves(
        "a.ts",
        [
            "import { A, C, X } from \"m\";\n",
            "import { A, C, X, Z } from \"m\";\n",
            "import { A, C, X, Y } from \"m\";\n",
        ],
        "import { A, C, X, Y, Z } from \"m\";\n",
    );
    resolves(
        "a.rs",
        ["use a::{b, c};\n", "use a::{b, c, d};\n", "use a::{b, c, e};\n"],
        "use a::{b, c, d, e};\n",
    );
    resolves(
        "a.go",
        [
            "package a\n\nimport (\n\t\"a\"\n\t\"fmt\"\n\t\"os\"\n)\n",
            "package a\n\nimport (\n\t\"a\"\n\t\"b\"\n\t\"fmt\"\n\t\"os\"\n)\n",
            "package a\n\nimport (\n\t\"a\"\n\t\"errors\"\n\t\"fmt\"\n\t\"os\"\n)\n",
        ],
        "package a\n\nimport (\n\t\"a\"\n\t\"b\"\n\t\"errors\"\n\t\"fmt\"\n\t\"os\"\n)\n",
    );
}

#[test]
fn statements_that_do_not_meet_are_united() {
    let with = |more: &str| format!("def f(self, a, b):\n    self.x = 1\n{more}");
    resolves(
        "a.py",
        [&with(""), &with("    self.a = a\n"), &with("    self.b = b\n")],
        &with("    self.a = a\n    self.b = b\n"),
    );
    stays("a.py", [&with(""), &with("    self.a = a\n"), &with("    self.b = self.a\n")], Why::OrderMatters);
    stays("a.py", [&with(""), &with("    return a\n"), &with("    self.b = b\n")], Why::OrderMatters);
    stays("a.py", [&with(""), &with("    log(a)\n"), &with("    log(b)\n")], Why::OrderMatters);
}

#[test]
fn neighbours_may_both_change() {
    resolves("a.py", ["a = 1\nb = 2\n", "a = 3\nb = 2\n", "a = 1\nb = 4\n"], "a = 3\nb = 4\n");
    resolves(
        "a.py",
        [
            "def f(t):\n    p = split(t)\n    return p\n",
            "def f(t):\n    p = split(norm(t))\n    return p\n",
            "def f(t):\n    if x:\n        y()\n    p = split(t)\n    return p\n",
        ],
        "def f(t):\n    if x:\n        y()\n    p = split(norm(t))\n    return p\n",
    );
}

#[test]
fn the_same_in_another_order_is_taken_once() {
    let with = |more: &str| format!("class A:\n    x = 1\n{more}");
    let (one, other) =
        ("\n    def first(self):\n        return 1\n", "\n    def second(self):\n        return 2\n");
    let (ours, theirs) = (with(&format!("{one}{other}")), with(&format!("{other}{one}")));
    resolves("a.py", [&with(""), &ours, &theirs], &ours);
}

#[test]
fn what_theirs_put_before_what_both_added_stays_before_it() {
    let with = |more: &str| format!("def f(self):\n    self.x = 1\n{more}");
    let shared = "    self.both = self.b\n";
    let (ours, theirs) = (with(shared), with(&format!("    self.b = 2\n{shared}    self.c = 3\n")));
    resolves("a.py", [&with(""), &ours, &theirs], &theirs);
    let ours = with(&format!("{shared}    self.a = 1\n"));
    resolves(
        "a.py",
        [&with(""), &ours, &theirs],
        &with(&format!("    self.b = 2\n{shared}    self.a = 1\n    self.c = 3\n")),
    );
}

#[test]
fn an_edit_follows_what_moved() {
    let (moved, edited) =
        ("def f(a):\n    b = a\n    return b\n", "def f(a):\n    b = a + 1\n    return b\n");
    let rest = "def g(a):\n    c = 1\n    d = c\n    e = d\n    return e\n";
    let (base, ours, theirs) =
        (format!("{moved}{rest}"), format!("{rest}{moved}"), format!("{edited}{rest}"));
    resolves("a.py", [&base, &ours, &theirs], &format!("{rest}{edited}"));
}

#[test]
fn docstring_entries_are_united() {
    let with = |entry: &str| {
        format!(
            "def f(a, b, c):\n    \"\"\"Do.\n\n    :param a: one\n{entry}\n    .. versionadded:: 1\n    \"\"\"\n    return a\n"
        )
    };
    let (ours, theirs) = ("    :param b: two\n        on two lines\n", "    :param c: three\n");
    resolves("a.py", [&with(""), &with(ours), &with(theirs)], &with(&format!("{ours}{theirs}")));
}

#[test]
fn what_may_depend_on_the_order_is_guessed_in_both() {
    let with = |more: &str| format!("def f(self, a, b):\n    self.x = 1\n{more}");
    let (base, ours, theirs) = (with(""), with("    log(a)\n"), with("    log(b)\n"));
    let path = RepoPath::from("a.py");
    let (found, _) = guesses(Versions { path: &path, base: &base, ours: &ours, theirs: &theirs });
    let texts: Vec<&str> = found.iter().map(|guess| guess.text.as_str()).collect();
    assert_eq!(texts, [with("    log(a)\n    log(b)\n"), with("    log(b)\n    log(a)\n")]);
    // Whatever is guessed, neither side is dropped.
    let (found, _) = guesses(Versions { path: &path, base: "x = 1\n", ours: "x = 2\n", theirs: "x = 3\n" });
    assert!(found.iter().all(|guess| guess.text.contains("x = 2\n") && guess.text.contains("x = 3\n")));
}

#[test]
fn conflicts_of_one_file_are_guessed_one_by_one() {
    let with = |one: &str, two: &str| {
        format!("def f(a):\n    g(a)\n{one}    h(a)\n    k = 1\n    l = 2\n    m(a)\n{two}")
    };
    let (base, ours) = (with("", ""), with("    log(1)\n", "    log(3)\n"));
    let theirs = with("    log(2)\n", "    log(4)\n");
    let path = RepoPath::from("a.py");
    let (found, _) = guesses(Versions { path: &path, base: &base, ours: &ours, theirs: &theirs });
    let both = |one: [u8; 2], two: [u8; 2]| {
        let lines = |[a, b]: [u8; 2]| format!("    log({a})\n    log({b})\n");
        with(&lines(one), &lines(two))
    };
    let texts: Vec<&str> = found.iter().map(|guess| guess.text.as_str()).collect();
    assert_eq!(texts[0], both([1, 2], [3, 4]));
    for (one, two) in [([1, 2], [4, 3]), ([2, 1], [3, 4]), ([2, 1], [4, 3])] {
        assert!(texts.contains(&both(one, two).as_str()), "{texts:?}");
    }
}

#[test]
fn what_fits_between_sorted_neighbours_is_sorted() {
    let with = |more: &str| format!("import z\nimport b\n{more}import k\nimport a\n");
    resolves("a.py", [&with(""), &with("import e\n"), &with("import c\n")], &with("import c\nimport e\n"));
    // Not among these.
    let with = |more: &str| format!("import b\n{more}import a\n");
    resolves("a.py", [&with(""), &with("import e\n"), &with("import c\n")], &with("import e\nimport c\n"));
    // What goes on a block goes on its order, if it has one.
    let with = |more: &str| format!("import b\nimport a\n\nimport k\n{more}\nimport c\n");
    let [one, two] = ["import n\n", "import m\nimport o\n"];
    resolves("a.py", [&with(""), &with(one), &with(two)], &with("import m\nimport n\nimport o\n"));
    let with = |more: &str| format!("import k\nimport b\n{more}\nimport c\n");
    resolves("a.py", [&with(""), &with(one), &with(two)], &with("import n\nimport m\nimport o\n"));
}

#[test]
fn what_is_put_into_a_stretch_that_the_other_rewrote_is_a_conflict() {
    let base = "def f(a):\n    g(a)\n    yield \"x\"\n    yield from h(a)\n";
    let ours = base.replace("    yield from", "    if a:\n        return\n    yield from");
    let theirs = "def f(a):\n    g(a)\n    print(1, 2, 3, 4)\n    for b in a:\n        i(b)\n";
    stays("a.py", [base, &ours, theirs], Why::Rewritten);
    // The same in both is no conflict, and is there once.
    resolves(
        "a.py",
        ["import six\n\nimport a\n", "import six\n\nfrom b import c\n", "from b import c\n"],
        "from b import c\n",
    );
}

#[test]
fn what_is_put_among_lines_that_the_other_rewrote_is_a_conflict() {
    let with = |callee: &str, more: &str| format!("a = 1\nb = {callee}(1)\n{more}c = {callee}(2)\n");
    stays("a.py", [&with("f", ""), &with("g", ""), &with("f", "d = f(3)\n")], Why::Rewritten);
    // One line is a change of its own.
    resolves(
        "a.py",
        ["a = 1\nb = f(1)\n", "a = 1\nb = g(1)\n", "a = 1\nb = f(1)\nc = 2\n"],
        "a = 1\nb = g(1)\nc = 2\n",
    );
    let both = ["x = 1\ny = 2\n", "x = 3\ny = 4\n", "x = a(1)\ny = a(2)\n"];
    stays("a.py", both, Why::SameThing);
}

#[test]
fn what_must_come_first_does() {
    let with = |more: &str| format!("\"\"\"Doc.\"\"\"\n{more}from a import b\n");
    let (import, future) = ("import c\n", "from __future__ import division\n");
    resolves("a.py", [&with(""), &with(import), &with(future)], &with(&format!("{future}{import}")));
}

#[test]
fn wrapped_names_stay_wrapped() {
    let with = |more: &str| format!("from m import (\n    aa, bb, c,\n    dd, b{more})\n");
    resolves("a.py", [&with(""), &with(", x"), &with(", y")], &with(", x, y"));
}

#[test]
fn what_is_not_known_stays() {
    stays("a.bin", ["a\n", "b\n", "c\n"], Why::NoStructure);
}

#[test]
fn what_is_far_from_a_conflict_stays_byte_for_byte() {
    let odd = "x   =  1 ;  y=2\n\n\n\n# odd\n";
    let with = |param: &str| format!("{odd}def f(a{param}):\n    pass\n\n{odd}");
    resolves("a.py", [&with(""), &with(", b=1"), &with(", c=1")], &with(", b=1, c=1"));
}

fn any_file() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "import os\n",
        "import re\n",
        "x = 1\n",
        "y = f(x, k=2)\n",
        "def f(a, b=1):\n    return a\n",
        "def g(a):\n    if a:\n        x = 1\n    return a\n",
        "class A:\n    x = 1\n\n    def m(self):\n        pass\n",
        "# note\n",
        "\n",
        "z = [\n    1,\n    2,\n]\n",
        "broken(\n",
    ]);
    prop::collection::vec(part, 0..9).prop_map(|parts| parts.concat())
}

/// One side moved an import that the other deleted; which of them wins is not for us to say.
#[test]
fn what_depends_on_the_side_stays_a_conflict() {
    let list = "z = [\n    1,\n    2,\n]\n";
    let base = format!("{list}# note\nimport re\nx = 1\nimport re\n");
    let ours = format!("{list}def g(a):\n    if a:\n        x = 1\n    return a\n");
    let theirs = format!("# note\nimport re\n{list}import re\ny = f(x, k=2)\n");
    for (ours, theirs) in [(&ours, &theirs), (&theirs, &ours)] {
        assert!(merge("a.py", &base, ours, theirs).conflicts > 0);
    }
}

proptest! {
    #[test]
    fn what_one_side_did_is_the_result(base in any_file(), side in any_file()) {
        for (ours, theirs) in [(&side, &base), (&base, &side), (&side, &side)] {
            let merged = merge("a.py", &base, ours, theirs);
            prop_assert_eq!(&merged.text, &side);
            prop_assert_eq!(merged.conflicts, 0);
        }
    }

    #[test]
    fn merging_again_changes_nothing(base in any_file(), ours in any_file(), theirs in any_file()) {
        let merged = merge("a.py", &base, &ours, &theirs);
        if merged.conflicts == 0 {
            let again = merge("a.py", &merged.text, &merged.text, &merged.text);
            prop_assert_eq!(&again.text, &merged.text);
        }
    }

    #[test]
    fn sides_are_equal(base in any_file(), ours in any_file(), theirs in any_file()) {
        let one = merge("a.py", &base, &ours, &theirs);
        let other = merge("a.py", &base, &theirs, &ours);
        if one.conflicts == 0 && other.conflicts == 0 {
            let lines = |text: &str| {
                let mut lines: Vec<String> = text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect();
                lines.sort();
                lines
            };
            prop_assert_eq!(lines(&one.text), lines(&other.text));
        }
    }

    #[test]
    fn what_holds_in_the_changes_holds_in_the_file(
        ours in any_file(),
        theirs in any_file(),
        before in any_file(),
        behind in any_file(),
        opens in any::<bool>(),
        closes in any::<bool>(),
    ) {
        let form = Form::of(&RepoPath::from("a.py"));
        let common = "def c(a):\n    return os.path.join(a, f(a), \"a long text\", re.sub(a, a, a), x)\n".repeat(4);
        let merged = before + if opens { "w(\n" } else { "" } + &common + if closes { ")\n" } else { "" } + &behind;
        let texts = [ours + &common, theirs + &common, merged];
        let texts = texts.each_ref().map(String::as_str);
        let reads = texts.map(|text| form.read(text).unwrap());
        let [ours, theirs, merged] = &reads;
        if names::changes_hold(form, texts, [ours, theirs]) {
            prop_assert_eq!(merged.errors(), 0, "{:#?}", texts);
            prop_assert_eq!(names::hold(texts, [ours, theirs, merged]), Ok(()), "{:#?}", texts);
        }
    }

    #[test]
    fn lines_that_both_kept_are_kept(base in any_file(), ours in any_file(), theirs in any_file()) {
        let merged = merge("a.py", &base, &ours, &theirs);
        if merged.hunks > 0 && merged.conflicts == 0 {
            let count = |text: &str, line: &str| text.lines().filter(|other| *other == line).count();
            for line in base.lines().filter(|line| !line.trim().is_empty()) {
                let (b, o, t) = (count(&base, line), count(&ours, line), count(&theirs, line));
                if o >= b && t >= b {
                    prop_assert!(count(&merged.text, line) >= b, "{line:?} is lost in {}", merged.text);
                }
            }
        }
    }
}
