//! What both sides put in one place of a chain of calls, or of a comment.

use super::*;

const APP: &str = "fn app() -> App {\n    App::new(\"x\")\n        .arg(\n            Arg::new(\"a\")\n                .short('a'),\n        )\n        .arg(\n            Arg::new(\"b\")\n                .short('b'),\n        )\n}\n";

#[test]
fn links_of_a_builder_are_united() {
    let behind = "                .short('a'),\n        )\n";
    let with = |name: &str, more: &str| {
        let link = format!(
            "        .arg(\n            Arg::new(\"{name}\")\n                .long(\"{name}\"){more},\n        )\n"
        );
        APP.replace(behind, &format!("{behind}{link}"))
    };
    let both = with("one", "").replace(
        "                .long(\"one\"),\n        )\n",
        "                .long(\"one\"),\n        )\n        .arg(\n            Arg::new(\"two\")\n                .long(\"two\")\n                .hidden(true),\n        )\n",
    );
    resolves("a.rs", [APP, &with("one", ""), &with("two", "\n                .hidden(true)")], &both);
    // One name with two meanings.
    let merged = merge("a.rs", APP, &with("one", ""), &with("one", ".hidden(true)"));
    assert_eq!(merged.conflicts, 1, "{}", merged.text);
}

#[test]
fn links_that_work_on_what_came_before_keep_their_order() {
    let with = |link: &str| {
        format!("let all = items\n  .filter((item) => item.ok)\n{link}  .map((item) => item.name);\n")
    };
    let files = [with(""), with("  .slice(first(1))\n"), with("  .sort(by(2))\n")];
    let merged = merge("a.ts", &files[0], &files[1], &files[2]);
    assert_eq!(merged.conflicts, 1, "{}", merged.text);
    let with =
        |link: &str| format!("let cli = program\n  .option('-a, --all')\n{link}  .option('-b, --both');\n");
    let [one, other] = ["  .option('-c, --one', 'one')\n", "  .option('-d, --two', 'two')\n"];
    resolves("a.ts", [&with(""), &with(one), &with(other)], &with(&format!("{one}{other}")));
}

#[test]
fn lines_of_both_in_one_comment_are_united() {
    let with = |lines: &str| {
        format!(
            "package a\n\ntype A struct {{\n\t// Loose turns\n\t//\n\t//   - texts to numbers\n{lines}\t//   - numbers to texts\n\t//\n\tLoose bool\n}}\n"
        )
    };
    let [one, other] = ["\t//   - lists to maps\n", "\t//   - empty maps to empty lists, if wanted\n"];
    resolves("a.go", [&with(""), &with(one), &with(other)], &with(&format!("{one}{other}")));
    // The same in other words.
    let other = "\t//   - lists to maps.\n";
    stays("a.go", [&with(""), &with(one), &with(other)], Why::SameThing);
    let with_decorator = |line: &str| format!("@first\n{line}def f():\n    pass\n");
    let [one, other] = ["@one\n", "@two\n"].map(with_decorator);
    stays("a.py", [&with_decorator(""), &one, &other], Why::OrderMatters);
    // Two versions of one line.
    let [base, one, other] = ["numbers to texts", "numbers to text", "all numbers to texts"]
        .map(|line| with("").replace("numbers to texts", line));
    stays("a.go", [&base, &one, &other], Why::SameThing);
}

#[test]
fn what_has_no_tree_is_guessed_by_its_lines() {
    let path = RepoPath::from("a.vue");
    let [base, ours, theirs] = ["", "  <b/>\n", "  <c/>\n"].map(|line| format!("<a>\n  <x/>\n{line}</a>\n"));
    let (found, _) = guesses(Versions { path: &path, base: &base, ours: &ours, theirs: &theirs });
    let texts: Vec<&str> = found.iter().map(|guess| guess.text.as_str()).collect();
    assert_eq!(texts, ["<a>\n  <x/>\n  <b/>\n  <c/>\n</a>\n", "<a>\n  <x/>\n  <c/>\n  <b/>\n</a>\n"]);
    assert_eq!(found[0].checks, ["markers", "lines"]);
}

#[test]
fn what_both_changed_in_one_line_keeps_the_words_of_both() {
    let path = RepoPath::from("a.py");
    let [base, ours, theirs] = ["compile(fmt(a, \"x\"))", "build(fmt(a, \"x\"))", "compile(\"p\" + a)"]
        .map(|value| format!("def f(a):\n    g(a)\n    log({value})\n"));
    let (found, _) = guesses(Versions { path: &path, base: &base, ours: &ours, theirs: &theirs });
    let both = found.iter().find(|guess| guess.text.ends_with("(a)\n    log(build(\"p\" + a))\n"));
    let both = both.expect("a guess");
    assert!(!both.checks.contains(&LINES) && found[0].checks.contains(&LINES), "it comes last");
    // None of them is one side's line alone.
    assert!(found.iter().all(|guess| guess.text.contains("build") && guess.text.contains("\"p\"")));
}

#[test]
fn what_both_put_into_one_argument_is_united() {
    let calls = [
        ("a.ts", "this.run(item.job, {id});\n", "{id", [", one: item.one", ", two: item.two"]),
        ("a.py", "send(to, {\"a\": 1})\n", "1", [", \"b\": 2", ", \"c\": 3"]),
        ("a.py", "send(to, dict(a=1))\n", "a=1", [", b=2", ", c=3"]),
        ("a.rs", "fn f() { send(to, Part { a }); }\n", "{ a", [", b: 2", ", c: 3"]),
        ("a.go", "package a\n\nfunc f() { send(to, Part{A: 1}) }\n", "A: 1", [", B: 2", ", C: 3"]),
    ];
    for (path, call, at, more) in calls {
        let with = |more: &str| call.replace(at, &format!("{at}{more}"));
        resolves(path, [call, &with(more[0]), &with(more[1])], &with(&more.concat()));
    }
    // Another argument counts by its place, and so does what is in it.
    stays("a.ts", ["f(a, {b});\n", "f(a, {b, c: 1});\n", "f(x, {b});\n"], Why::SameThing);
    stays("a.ts", ["f(g(a, b));\n", "f(g(c, b));\n", "f(g(a, d));\n"], Why::SameThing);
    stays("a.ts", ["f({b});\n", "f({b, c: 1});\n", "f({b, c: 2});\n"], Why::TwoMeanings);
    stays("a.ts", ["f({b: 1});\n", "f({b: 2});\n", "f({b: 3});\n"], Why::SameThing);
}

#[test]
fn fields_of_a_literal_that_a_macro_is_given_are_united() {
    let with = |fields: &str| {
        format!(
            "fn f() {{\n    assert_eq!(\n        Part {{\n            a: g(1),\n{fields}        }},\n        \"x\"\n    );\n}}\n"
        )
    };
    let [one, other] = ["            b: None,\n", "            c: Some(2),\n"];
    resolves("a.rs", [&with(""), &with(one), &with(other)], &with(&format!("{one}{other}")));
    let line = |fields: &str| format!("fn f() {{ let all = vec![Part {{ a{fields}, ..old }}]; }}\n");
    resolves("a.rs", [&line(""), &line(", b: 2"), &line(", c")], &line(", b: 2, c"));
    // One field with two values.
    stays("a.rs", [&line(""), &line(", b: 2"), &line(", b: 3")], Why::TwoMeanings);
    // Braces that hold something else.
    let other = |more: &str| format!("fn f() {{ run!(Part {{ a => 1{more} }}); }}\n");
    stays("a.rs", [&other(""), &other(", b => 2"), &other(", c => 3")], Why::SameThing);
    let small = |more: &str| format!("fn f() {{ run!(part {{ a: 1{more} }}); }}\n");
    stays("a.rs", [&small(""), &small(", b: 2"), &small(", c: 3")], Why::SameThing);
}

#[test]
fn what_else_a_macro_is_given_stays() {
    let with = |given: &str| format!("fn f() {{\n    {given};\n}}\n");
    let left = |given: &str, more: [&str; 2], why| {
        let [base, one, other] = ["", more[0], more[1]].map(|more| with(&given.replace('@', more)));
        stays("a.rs", [&base, &one, &other], why);
    };
    // What a call is given has its place.
    left("call!(f, a@)", [", b", ", c"], Why::SameThing);
    // Patterns: what both ask for is asked for by neither.
    left("assert!(matches!(x, Part { a: 1@ }))", [", b: 2", ", c: 3"], Why::SameThing);
    left("matches!(x, Part { a: 1@ })", [", b: 2", ", c: 3"], Why::SameThing);
    left("run!(match x { Part { a: 1@ } => 1 })", [", b: 2", ", c: 3"], Why::SameThing);
    left("run!(let m::Part { a@ } = x)", [", b", ", c"], Why::SameThing);
    // Parameters of a closure.
    left("run!(Part { a: |x, @y: u32| x })", ["v: u8, ", "w: u8, "], Why::SameThing);
    // A type that is declared.
    left("made!(struct Part { a: u8@ })", [", b: u8", ", c: u8"], Why::SameThing);
    let behind = |fields: &str| with(&format!("run!(Part {{\n        a: 1{fields}\n    }})"));
    let [one, other] = [",\n        b: 2 // two", ",\n        c: 3 // three"];
    resolves(
        "a.rs",
        [&behind(""), &behind(one), &behind(other)],
        &behind(",\n        b: 2, // two\n        c: 3 // three"),
    );
}

#[test]
fn names_in_attributes_and_values_of_vectors_are_united() {
    let with = |more: &str| format!("#![allow(\n    one,\n{more}    other,\n)]\n\nfn f() {{}}\n");
    resolves(
        "a.rs",
        [&with(""), &with("    two,\n"), &with("    three,\n")],
        &with("    two,\n    three,\n"),
    );
    let with =
        |more: &str| format!("fn f() {{\n    let all = vec![\n        b,\n{more}        a,\n    ];\n}}\n");
    let [one, other] = ["        d,\n", "        \"c\",\n"];
    resolves("a.rs", [&with(""), &with(one), &with(other)], &with(&format!("{one}{other}")));
}

#[test]
fn options_keep_their_values() {
    let values = |values: &[&str], comma: &str| -> String {
        values.iter().map(|value| format!("    \"{value}\"{comma}\n")).collect()
    };
    let lists = [("a.py", "run([\n", "])\n"), ("a.ts", "run([\n", "]);\n"), ("a.toml", "run = [\n", "]\n")];
    for (path, open, close) in lists {
        let with =
            |more: &[&str]| format!("{open}{}{}{close}", values(&["-a", "-b", "-c"], ","), values(more, ","));
        stays(path, [&with(&[]), &with(&["-o", "x"]), &with(&["-o", "y"])], Why::TwoMeanings);
        // The list looks sorted, and its order is meant.
        let both = with(&["-o", "x", "-p", "y"]);
        resolves(path, [&with(&[]), &with(&["-o", "x"]), &with(&["-p", "y"])], &both);
        let both = with(&["-v", "-x", "-y"]);
        resolves(path, [&with(&[]), &with(&["-v", "-x"]), &with(&["-v", "-y"])], &both);
    }
    let with = |more: &[&str]| {
        let items = more.iter().map(|item| format!("  - {item}\n"));
        format!("args:\n  - build\n{}", items.collect::<String>())
    };
    stays("a.yml", [&with(&[]), &with(&["-o", "x"]), &with(&["-o", "y"])], Why::TwoMeanings);
}

#[test]
fn values_that_count_by_their_places_stay() {
    let with = |holder: &str, more: &str| format!("package a\n\nvar a = {holder}{{\n\tx,\n{more}}}\n");
    let [one, other] = ["\ty,\n", "\tz,\n"];
    for holder in ["Point", "a.Point", "*Point"] {
        let files = ["", one, other].map(|more| with(holder, more));
        stays("a.go", [&files[0], &files[1], &files[2]], Why::OrderMatters);
    }
    for holder in ["[]Point", "[3]string", "[...]int"] {
        let both = with(holder, &format!("{one}{other}"));
        resolves("a.go", [&with(holder, ""), &with(holder, one), &with(holder, other)], &both);
    }
    let within = |holder: &str, more: &str| {
        format!("package a\n\nvar a = {holder}{{\n\t{{\n\t\tx,\n{more}\t}},\n}}\n")
    };
    let [one, other] = ["\t\ty,\n", "\t\tz,\n"];
    let files = ["", one, other].map(|more| within("[]Point", more));
    stays("a.go", [&files[0], &files[1], &files[2]], Why::OrderMatters);
    let holder = "[][]string";
    let both = within(holder, &format!("{one}{other}"));
    resolves("a.go", [&within(holder, ""), &within(holder, one), &within(holder, other)], &both);
}

#[test]
fn one_key_in_two_quotes_is_one() {
    let with = |more: &str| format!("all = {{\n    \"z\": 1,\n{more}}}\n");
    stays("a.py", [&with(""), &with("    \"a\": 2,\n"), &with("    'a': 3,\n")], Why::TwoMeanings);
    let [one, other] = ["    \"a\": 2,\n", "    a: 3,\n"];
    resolves("a.py", [&with(""), &with(one), &with(other)], &with(&format!("{one}{other}")));
}

#[test]
fn the_next_number_is_taken_once() {
    let lists = [
        ("a.py", "class A(Enum):\n", "    {} = {}\n", ""),
        ("a.py", "all = {\n", "    \"{}\": {},\n", "}\n"),
        ("a.ts", "enum A {\n", "  {} = {},\n", "}\n"),
        ("a.go", "package a\n\nconst (\n", "\t{} = {}\n", ")\n"),
        ("a.rs", "enum A {\n", "    {} = {},\n", "}\n"),
        ("a.rs", "", "const {}: u8 = {};\n", ""),
        ("A.java", "enum A {\n", "    {}({}),\n", "    ;\n}\n"),
        ("a.json", "{\n", "  \"{}\": {},\n", "  \"end\": 0\n}\n"),
    ];
    for (path, open, line, close) in lists {
        let entry = |name: &str, number: &str| line.replacen("{}", name, 1).replacen("{}", number, 1);
        let with = |more: &str| format!("{open}{}{}{more}{close}", entry("A", "1"), entry("B", "2"));
        let took =
            |number: &str, other: &str| [entry("C", number), entry("D", other)].map(|more| with(&more));
        for (before, next) in [("2", "3"), ("2", "4")] {
            let [one, other] = took(next, next);
            stays(path, [&with(""), &one, &other], Why::SameNumber);
            // What is no number of its own may be the same.
            let [one, other] = took(before, before);
            assert_eq!(merge(path, &with(""), &one, &other).conflicts, 0, "{one}");
        }
        let [one, other] = took("3", "7");
        assert_eq!(merge(path, &with(""), &one, &other).conflicts, 0, "{one}");
    }
    let with = |more: &str| format!("class A(Flag):\n    A = 1 << 0\n    B = 1 << 1\n{more}");
    stays("a.py", [&with(""), &with("    C = 1 << 2\n"), &with("    D = 1 << 2\n")], Why::SameNumber);
}

#[test]
fn what_tells_how_to_run_a_file_comes_first() {
    let file = "import os\n";
    let [one, other] = ["\"\"\"Doc.\"\"\"\n", "#!/usr/bin/env python\n"];
    let both = format!("{other}{one}{file}");
    resolves("a.py", [file, &format!("{one}{file}"), &format!("{other}{file}")], &both);
}

#[test]
fn links_that_one_name_tells_are_one() {
    let with = |link: &str| {
        format!("fn f() {{\n    let all = made\n        .header(\"x\", \"y\")\n{link}        .send();\n}}\n")
    };
    let of = |name: &str, value: &str| format!("        .header({name}, \"{value}\")\n");
    let (one, other) = (of("ACCEPT", "a"), of("ACCEPT", "b"));
    stays("a.rs", [&with(""), &with(&one), &with(&other)], Why::SameThing);
    let other = of("AGE", "a");
    resolves("a.rs", [&with(""), &with(&one), &with(&other)], &with(&format!("{one}{other}")));
    // Each works on what the one before it made, or has its place.
    for method in ["addLast", "add", "add_layer", "param", "positional", "argument", "add_argument"] {
        let [one, other] = ["new_one(a)", "b"].map(|given| format!("        .{method}({given})\n"));
        let merged = merge("a.rs", &with(""), &with(&one), &with(&other));
        assert_eq!(merged.conflicts, 1, "{}", merged.text);
    }
    for method in ["addRoute", "add_header", "add_option", "addArguments"] {
        let [one, other] = ["-a", "-b"].map(|given| format!("        .{method}(\"{given}\")\n"));
        resolves("a.rs", [&with(""), &with(&one), &with(&other)], &with(&format!("{one}{other}")));
    }
}

#[test]
fn statements_that_meet_in_what_they_set_stay() {
    let with = |more: &str| format!("def f(s):\n    n = 0\n{more}    return n\n");
    let [one, other] = ["a", "b"].map(|name| with(&format!("    n += 1\n    {name}(s)\n")));
    stays("a.py", [&with(""), &one, &other], Why::TwoMeanings);
    let with = |more: &str| {
        format!("package a\n\nfunc f() error {{\n\tvar err error\n{more}\treturn wrap(err)\n}}\n")
    };
    let left =
        |more: [&str; 2]| stays("a.go", [&with(""), &with(more[0]), &with(more[1])], Why::OrderMatters);
    left(["\terr = one()\n", "\terr = two()\n"]);
    left(["\terr := one()\n\tuse(err)\n", "\terr := two()\n\tgive(err)\n"]);
    left(["\tx, err := one()\n\tuse(x, err)\n", "\terr := two()\n\tgive(err)\n"]);
    let [one, other] = ["\tx, err := one()\n\tuse(x, err)\n", "\ty, err := two()\n\tgive(y, err)\n"];
    resolves("a.go", [&with(""), &with(one), &with(other)], &with(&format!("{one}{other}")));
    let with = |more: &str| format!("function f(o) {{\n  a();\n{more}  b();\n}}\n");
    stays("a.ts", [&with(""), &with("  delete o.x;\n"), &with("  log(o.x);\n")], Why::OrderMatters);
}

/// A merge of the lines by which Git's own conflict is none has the imports of both orders.
#[test]
fn a_merge_of_the_lines_that_git_does_not_make_is_judged_as_well() {
    let (future, task) = ("from __future__ import annotations\n", "from tasks.base import BaseTask\n");
    let (old, new, auto) = (
        "from sphinx.domains import PyModulelevel\n",
        "from sphinx.domains import PyFunction\n",
        "from sphinx.ext.autodoc import FunctionDocumenter\n",
    );
    resolves(
        "a.py",
        [
            &format!("{future}\n{task}{old}{auto}\nx = 1\n"),
            &format!("{old}{auto}\n{task}\nx = 1\n"),
            &format!("{future}\n{new}{auto}\n{task}\nx = 1\n"),
        ],
        &format!("{new}{auto}\n{task}\nx = 1\n"),
    );
}

#[test]
fn functions_with_a_name_each_are_united_wherever_they_are_kept() {
    let with =
        |more: &str| format!("const a = 1;\n\n{more}export default function last() {{\n\tuse(a);\n}}\n");
    let one = "const keep = (input, all) => {\n\tinput = all(input);\n\treturn input;\n};\n\n";
    let two = "export const strip = input => input.trim().all();\n\n";
    for path in ["a.js", "a.ts"] {
        resolves(path, [&with(""), &with(one), &with(two)], &with(&format!("{one}{two}")));
    }
    // What is done there and then may set what the function reads.
    for done in ["input = 3;\n\n", "const kept = (input = 3);\n\n"] {
        stays("a.js", [&with(""), &with(two), &with(done)], Why::OrderMatters);
    }
    stays("a.js", [&with(""), &with(two), &with("const strip = input => input;\n\n")], Why::TwoMeanings);
}
