//! What is left to a person although each part of it has an answer, and the near misses.

use super::*;

#[test]
fn what_the_other_replaced_everywhere_is_not_used_anew() {
    let base = "a = { path = \"a\", version = \"0.9.1\" }\n\
                c = { path = \"c\", version = \"0.9.1\" }\n\
                d = { path = \"d\", version = \"0.9.1\" }\n";
    let ours = base.replace("c =", "b = { path = \"b\", version = \"0.9.1\" }\nc =");
    let head = "[dependencies]\n";
    let files = |theirs: &str| [base, &ours, theirs].map(|text| format!("{head}{text}"));
    let all = files(&base.replace("0.9.1", "0.9.2"));
    stays("Cargo.toml", all.each_ref().map(String::as_str), Why::Outdated);
    // One is left as it was: not everything is replaced.
    let some = files(&base.replacen("0.9.1", "0.9.2", 2));
    let merged = merge("Cargo.toml", &some[0], &some[1], &some[2]);
    assert_eq!(merged.left, [], "{}", merged.text);
}

#[test]
fn one_thing_added_in_two_places_of_a_list_is_a_conflict() {
    let base = "names = [\n    \"one\",\n    \"two\",\n]\n";
    let ours = "names = [\n    \"one\",\n    \"new\",\n]\n";
    stays(
        "a.toml",
        [base, ours, "names = [\n    \"one\",\n    \"new\",\n    \"two\",\n]\n"],
        Why::RepeatsLines,
    );
    let other = "names = [\n    \"old\",\n    \"one\",\n    \"two\",\n]\n";
    let merged = merge("a.toml", base, ours, other);
    assert_eq!(merged.text, "names = [\n    \"old\",\n    \"one\",\n    \"new\",\n]\n");
}

#[test]
fn two_versions_of_one_statement_are_not_two_statements() {
    let base = "#![warn(a)]\n\nfn f() {}\n";
    let with = |line: &str| format!("#![warn(a)]\n{line}\n\nfn f() {{}}\n");
    stays(
        "a.rs",
        [base, &with("#![allow(unused, lint::one)]"), &with("#![allow(unused)]")],
        Why::TwoMeanings,
    );
    resolves(
        "a.rs",
        [base, &with("#![allow(one)]"), &with("#![deny(two)]")],
        &with("#![allow(one)]\n#![deny(two)]"),
    );
    let check = |line: &str| format!("fn f() {{\n    let a = g();\n{line}}}\n");
    stays(
        "a.rs",
        [
            &check(""),
            &check("    assert!(!a.is_empty(), \"no {}\", a)\n"),
            &check("    assert!(a.is_empty(), \"no {}\", a);\n"),
        ],
        Why::TwoMeanings,
    );
}

#[test]
fn sections_with_days_stand_as_the_others_do() {
    let section = |name: &str| format!("## {name}\n\n- {name} is out\n\n");
    let file =
        |names: &[&str]| names.iter().fold("# Changes\n\n".to_owned(), |text, name| text + &section(name));
    let old = ["1.1 (2024-03-01)", "1.0 (2024-02-01)"];
    let with = |new: &str| file(&[new, old[0], old[1]]);
    let (ours, theirs) = ("2.0 (2024-04-01)", "1.2 (2024-05-01)");
    resolves("CHANGES.md", [&file(&old), &with(ours), &with(theirs)], &file(&[theirs, ours, old[0], old[1]]));
    // Of one day, ours come first.
    let same = "1.2 (2024-04-01)";
    resolves("CHANGES.md", [&file(&old), &with(ours), &with(same)], &file(&[ours, same, old[0], old[1]]));
    // Nothing tells the order of those that came before.
    let old = ["1.1", "1.0"];
    let with = |new: &str| file(&[new, old[0], old[1]]);
    resolves("CHANGES.md", [&file(&old), &with(ours), &with(theirs)], &file(&[ours, theirs, old[0], old[1]]));
}

#[test]
fn an_entry_under_two_headings_is_a_conflict() {
    let entry = "- A long entry that both of them wrote";
    let base = "# Changes\n\n## 1.0\n\n- out\n";
    let ours = format!("# Changes\n\n## 1.1\n\n{entry}\n\n## 1.0\n\n- out\n");
    let theirs = format!("# Changes\n\n## Next\n\n- Something else\n{entry}\n\n## 1.0\n\n- out\n");
    stays("CHANGES.md", [base, &ours, &theirs], Why::RepeatsLines);
    let other = theirs.replace("both", "only some");
    assert_eq!(merge("CHANGES.md", base, &ours, &other).conflicts, 0);
}

#[test]
fn an_import_whose_last_use_went_is_not_brought_in() {
    let base = "import a\nimport z\n\n\ndef f():\n    return a.one(1)\n\n\ndef g():\n    return 1\n";
    let ours =
        base.replace("import a\n", "import a\nimport json\n").replace("a.one(1)", "json.dumps(a.one(1))");
    let theirs = base.replace("import a\n", "import a\nimport os\n");
    let merged = merge("a.py", base, &ours, &theirs);
    assert_eq!(merged.conflicts, 0, "{}", merged.text);
    // Ours uses it in a function that theirs deletes, which is left as Git has it.
    let base = format!("{base}\n\ndef h():\n    return json.dumps(1)\n")
        .replace("import a\n", "import a\nimport json\n");
    let ours = base
        .replace("import json\n", "import json\nimport re\n")
        .replace("return 1\n", "return re.sub(a, a, a)\n");
    let theirs = base
        .replace("import json\n", "import json\nimport os\n")
        .replace("\n\ndef h():\n    return json.dumps(1)\n", "")
        .replace("a.one(1)", "os.one(a)");
    stays("a.py", [&base, &ours, &theirs], Why::Unused);
}

#[test]
fn what_is_put_where_the_other_tore_the_list_apart_is_a_conflict() {
    let file = |lists: &[&str]| lists.concat() + "\nclass A {}\n";
    let (util, web) = (
        "import java.util.List;\nimport java.util.Map;\n",
        "import javax.ws.Get;\nimport javax.ws.Path;\nimport javax.ws.Put;\n",
    );
    let renamed = web.replace("javax", "jakarta");
    let merged = merge("A.java", &file(&[util, web]), &file(&[util, &renamed]), &file(&[web, util]));
    assert_eq!(merged.left.first(), Some(&Why::Rewritten), "{}", merged.text);
}

#[test]
fn only_what_changed_is_read_where_that_tells() {
    let form = Form::of(&RepoPath::from("a.py"));
    let rest: String = (0..20).map(|n| format!("def f{n}(a):\n    return f0(a, {n})\n\n\n")).collect();
    let judged = |texts: [&str; 3]| {
        let texts = texts.map(|text| format!("import os\n\n\n{text}"));
        let texts = texts.each_ref().map(String::as_str);
        let [ours, theirs] = [texts[0], texts[1]].map(|text| form.read(text).unwrap());
        names::changes_hold(form, texts, [&ours, &theirs])
    };
    let (one, other) = ("def one():\n    return f1(1)\n\n\n", "def other():\n    return os.sep\n\n\n");
    let file = |parts: &[&str]| parts.concat();
    let sides = [file(&[&rest, one]), file(&[other, &rest])];
    let [ours, theirs] = sides.each_ref().map(String::as_str);
    assert!(judged([ours, theirs, &file(&[other, &rest, one])]));
    // Twice, between brackets, and not at all: that is for the whole files to say.
    assert!(!judged([ours, theirs, &file(&[other, &rest, one, one])]));
    assert!(!judged([ours, theirs, &file(&["w(\n", &rest, ")\n"])]));
    assert!(!judged([ours, theirs, &file(&[other, &rest])]));
}

#[test]
fn entries_go_among_three_that_are_sorted() {
    let file = |entries: &str| format!("# Fixed\n\n{entries}\n# Thanks\n\nTo all.\n");
    let ours = "* cli\n  * one\n* java\n  * two\n* shell\n  * three\n";
    resolves(
        "NOTES.md",
        [&file(""), &file(ours), &file("* go\n  * four\n")],
        &file("* cli\n  * one\n* go\n  * four\n* java\n  * two\n* shell\n  * three\n"),
    );
    // Two are sorted by chance.
    let ours = "* cli\n  * one\n* java\n  * two\n";
    resolves(
        "NOTES.md",
        [&file(""), &file(ours), &file("* go\n  * four\n")],
        &file("* cli\n  * one\n* java\n  * two\n* go\n  * four\n"),
    );
}

#[test]
fn a_variable_that_the_other_renamed_is_used_no_more() {
    let with = |name: &str, more: &str, call: &str| {
        format!(
            "fn f() -> u32 {{\n    let mut {name} = vec![1];\n    g();\n\n{more}    let all = {call}(&{name});\n    all\n}}\n"
        )
    };
    let more = |name: &str| format!("    if g() {{\n        {name}.push(2);\n    }}\n");
    let base = with("args", "", "run");
    stays("a.rs", [&base, &with("args", &more("args"), "run"), &with("list", "", "start")], Why::Undefined);
    resolves(
        "a.rs",
        [&base, &with("args", &more("LIST"), "run"), &with("list", "", "start")],
        &with("list", &more("LIST"), "start"),
    );
    // It may be another's by then.
    let outer = |text: &str| format!("static args: u32 = 1;\n\n{text}");
    let merged = merge(
        "a.rs",
        &outer(&base),
        &outer(&with("args", &more("args"), "run")),
        &outer(&with("list", "", "start")),
    );
    assert_eq!(merged.left, [], "{}", merged.text);
    let with = |name: &str, more: &str, call: &str| {
        format!(
            "export const f = () => {{\n  const {name} = [1];\n  g();\n\n{more}  return {call}({name});\n}};\n"
        )
    };
    let more = "  if (g()) {\n    args.push(2);\n  }\n";
    stays(
        "a.ts",
        [&with("args", "", "run"), &with("args", more, "run"), &with("list", "", "start")],
        Why::Undefined,
    );
}

#[test]
fn what_uses_a_member_that_the_other_renamed_stays() {
    // The name is declared and used; the other side uses it once more.
    let files = [
        (
            "a.py",
            "class A:\n    def __init__(self, x):\n        self.NAME = x\n\n    def f(self):\n@        return self.NAME\n",
            "        log(self.NAME)\n",
        ),
        (
            "a.py",
            "class A:\n    def NAME(self):\n        pass\n\n    def f(self):\n@        return self.NAME()\n",
            "        log(self.NAME())\n",
        ),
        (
            "a.py",
            "class A:\n    NAME = 1\n\n    def f(self):\n@        return self.NAME\n",
            "        log(self.NAME)\n",
        ),
        // Nobody used it so far.
        (
            "a.py",
            "class A:\n    def __init__(self):\n        self.NAME = 1\n@        self.other = 2\n",
            "        log(self.NAME)\n",
        ),
        // What it is set from has that name, too.
        (
            "a.py",
            "class A:\n    def __init__(self, old):\n        self.NAME = old\n\n    def f(self):\n@        return self.NAME\n",
            "        log(self.NAME)\n",
        ),
        // The line stands there already.
        (
            "a.rs",
            "impl A {\n    fn NAME(&self) {}\n\n    fn f(&self) {\n@        self.NAME();\n    }\n}\n",
            "        if x {\n            self.NAME();\n        }\n",
        ),
        ("a.py", "def g(NAME=1):\n    pass\n\n\ndef f():\n@    g(NAME=2)\n", "    log(NAME=3)\n"),
        (
            "a.ts",
            "class A {\n  NAME() {}\n\n  f() {\n@    this.NAME();\n  }\n}\n",
            "    if (a) this.NAME();\n",
        ),
        (
            "a.rs",
            "struct A {\n    NAME: u8,\n}\n\nimpl A {\n    fn f(&self) -> u8 {\n@        self.NAME\n    }\n}\n",
            "        log(self.NAME);\n",
        ),
        (
            "a.go",
            "package a\n\nfunc (s *S) NAME() {}\n\nfunc (s *S) f() {\n@\ts.NAME()\n}\n",
            "\tlog(s.NAME)\n",
        ),
    ];
    for (path, file, use_of) in files {
        let with = |name: &str, more: &str| file.replace('@', more).replace("NAME", name);
        let (base, ours) = (with("old", ""), with("new", ""));
        stays(path, [&base, &ours, &with("old", &use_of.replace("NAME", "old"))], Why::Outdated);
        // Another name, and one that the addition declares itself.
        let other = merge(path, &base, &ours, &with("old", &use_of.replace("NAME", "other")));
        assert_eq!(other.conflicts, 0, "{}", other.text);
    }
    let with = |name: &str, more: &str| format!("fn f({name}: u8) -> u8 {{ g({name}) }}\n{more}");
    let more = "fn h(old: u8) -> u8 { g(old) }\n";
    resolves("a.rs", [&with("old", ""), &with("new", ""), &with("old", more)], &with("new", more));
}
