//! What both sides put beside its like: tests, fields with attributes, and near misses.

use super::*;

/// Both sides put something of their own into the hole; the result holds both, ours first.
fn united(path: &str, around: &str, ours: &str, theirs: &str) {
    let with = |added: &str| around.replace("@\n", added);
    let both = format!("{ours}{theirs}");
    resolves(path, [&with(""), &with(ours), &with(theirs)], &with(&both));
}

#[test]
fn tests_stand_in_any_order() {
    let around = "describe('a', () => {\n  it('starts', () => {\n    expect(1).toBe(1);\n  });\n@\n});\n";
    let of = |name: &str| {
        format!(
            "  it('{name}', async () => {{\n    app.options.set('{name}', 1);\n    await run(app);\n  }});\n"
        )
    };
    united("a.test.ts", around, &of("stops"), &of("goes on"));
    let each = of("goes on").replace("it(", "it.each([1, 2])(");
    united("a.test.ts", around, &of("stops"), &each);
    let with = |test: &str| around.replace("@\n", test);
    let other = of("stops").replace("await run", "run");
    stays("a.test.ts", [&with(""), &with(&of("stops")), &with(&other)], Why::TwoMeanings);
    // What is registered elsewhere is asked in its order.
    let route = |name: &str| of(name).replace("it(", "app.use(");
    stays("a.test.ts", [&with(""), &with(&route("stops")), &with(&route("goes on"))], Why::OrderMatters);
}

#[test]
fn a_field_with_an_attribute_has_its_name() {
    let around = "fn f() -> A {\n    A {\n        one: 1,\n@\n    }\n}\n";
    let marked = "        #[cfg(unix)]\n        two: g(),\n";
    united("a.rs", around, marked, "        three: 3,\n");
    let with = |field: &str| around.replace("@\n", field);
    stays("a.rs", [&with(""), &with(marked), &with("        two: h(),\n")], Why::TwoMeanings);
}

#[test]
fn imports_from_one_module_are_all_wanted() {
    let with = |path: &str, import: &str| {
        let (first, last) = match path {
            "a.rs" => ("use z::q;\n", "fn f() -> (B, C) {\n    (q(B), C)\n}\n"),
            "a.py" => ("import z\n", "def f():\n    return [z.q, b, c]\n"),
            _ => ("import z from 'z';\n", "f(z, a, b, c);\n"),
        };
        format!("{first}{import}\n{last}")
    };
    let check = |path: &str, ours: &str, theirs: &str, both: &str| {
        resolves(path, [&with(path, ""), &with(path, ours), &with(path, theirs)], &with(path, both));
    };
    check("a.rs", "use a::B;\n", "use a::C;\n", "use a::B;\nuse a::C;\n");
    check("a.rs", "use a::{B, D};\n", "use a::{B, C};\n", "use a::{B, C, D};\n");
    check("a.rs", "use a::B;\n", "use a::{C, D};\n", "use a::B;\nuse a::{C, D};\n");
    check("a.py", "from a import b\n", "from a import c, d\n", "from a import b, c, d\n");
    check("a.ts", "import { b } from 'a';\n", "import { c } from 'a';\n", "import { b, c } from 'a';\n");
    check(
        "a.ts",
        "import a from 'a';\n",
        "import { c } from 'a';\n",
        "import a from 'a';\nimport { c } from 'a';\n",
    );
    // One name with two meanings.
    let twice = |path: &str, ours: &str, theirs: &str, why| {
        stays(path, [&with(path, ""), &with(path, ours), &with(path, theirs)], why);
    };
    twice("a.rs", "use a::D as B;\n", "use a::B;\n", Why::DefinedTwice);
    twice("a.ts", "import { d as b } from 'a';\n", "import { c as b } from 'a';\n", Why::DefinedTwice);
}

#[test]
fn texts_in_a_list_are_told_apart() {
    for [open, close] in [["[", "]"], ["{", "}"]] {
        let list = format!("A = {open}\n    \"one\",\n@\n{close}\n");
        united("a.py", &list, "    \"two\",\n", "    \"three\",\n");
        united("a.py", &list, "    \"two\",\n    f\"{x}\",\n", "    'three',\n");
    }
    let with = |text: &str| format!("A = [\n    \"one\",\n{text}]\n");
    let two = with("    \"two\",\n");
    // Once is enough of what both added.
    resolves(
        "a.py",
        [&with(""), &two, &with("    \"two\",\n    \"three\",\n")],
        &with("    \"two\",\n    \"three\",\n"),
    );
}

#[test]
fn fields_taken_out_of_a_struct_stand_in_any_order() {
    let around =
        "fn f(all: All) -> u32 {\n    let All {\n        one,\n@\n        ..\n    } = all;\n    one\n}\n";
    united("a.rs", around, "        two,\n", "        three: (a, b),\n");
    let with = |name: &str| around.replace("@\n", name);
    let [one, other] = ["        two: a,\n", "        two: b,\n"];
    stays("a.rs", [&with(""), &with(one), &with(other)], Why::TwoMeanings);
    // In a tuple each has its place.
    let around =
        "fn f(all: All) -> u32 {\n    let All(\n        one,\n@\n        ..\n    ) = all;\n    one\n}\n";
    let with = |name: &str| around.replace("@\n", name);
    let merged = merge("a.rs", &with(""), &with("        two,\n"), &with("        three,\n"));
    assert_eq!(merged.conflicts, 1, "{}", merged.text);
    // A field may be called what is a keyword elsewhere.
    let made = "fn f() -> Vec<A> {\n    vec![A {\n        one: 1,\n@\n    }]\n}\n";
    united("a.rs", made, "        default: None,\n", "        two: 2,\n");
}

#[test]
fn names_taken_out_of_an_object_stand_in_any_order() {
    let around = "export function f({\n  one,\n@\n}: Options) {\n  return one;\n}\n";
    united("a.ts", around, "  two = 2,\n", "  three,\n");
    let with = |name: &str| around.replace("@\n", name);
    stays("a.ts", [&with(""), &with("  two = 2,\n"), &with("  two = 3,\n")], Why::TwoMeanings);
}
