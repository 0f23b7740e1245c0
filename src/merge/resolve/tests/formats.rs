//! Settings, lock files and texts for people: what both sides mean, and the near misses.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{merge, resolves, stays};
use crate::merge::resolve::Why;
use crate::validate::data::{Format, Value, read};

/// A text with three things in its gap: nothing, ours, theirs.
fn with(text: &str, insertions: [&str; 3]) -> [String; 3] {
    insertions.map(|inserted| text.replace('@', inserted))
}

/// Both insertions are wanted, ours first or in the order of the list.
fn unites(path: &str, text: &str, [ours, theirs]: [&str; 2], both: &str) {
    let three = with(text, ["", ours, theirs]);
    resolves(path, three.each_ref().map(String::as_str), &text.replace('@', both));
}

/// The two insertions do not go together.
fn quarrels(path: &str, text: &str, [ours, theirs]: [&str; 2], why: Why) {
    let three = with(text, ["", ours, theirs]);
    stays(path, three.each_ref().map(String::as_str), why);
}

const PACKAGE: &str =
    "{\n  \"name\": \"x\",\n  \"dependencies\": {\n    \"aa\": \"1\",\n    \"mm\": \"2\"@\n  }\n}\n";

#[test]
fn members_of_json_are_united_and_stay_sorted() {
    let [ours, theirs] = [",\n    \"nn\": \"1\"", ",\n    \"oo\": \"3\""];
    unites("package.json", PACKAGE, [ours, theirs], &format!("{ours}{theirs}"));
    unites("package.json", PACKAGE, [theirs, ours], &format!("{ours}{theirs}"));
    unites("a.json", "{\"l\": [\"a\"@]}\n", [", \"c\"", ", \"d\""], ", \"c\", \"d\"");
    // Comments and a comma at the end are what configuration files have.
    let jsonc = "{\n  // one\n  \"a\": 1, // first\n@}\n";
    unites(
        "a.jsonc",
        jsonc,
        ["  \"b\": 2,\n", "  // three\n  \"c\": 3,\n"],
        "  \"b\": 2,\n  // three\n  \"c\": 3,\n",
    );
}

#[test]
fn one_key_of_json_with_two_values_is_a_conflict() {
    quarrels("package.json", PACKAGE, [",\n    \"nn\": \"1\"", ",\n    \"nn\": \"3\""], Why::TwoMeanings);
    stays("a.json", ["{\n\"a\": 1\n}\n", "{\n\"a\": 2\n}\n", "{\n\"a\": 3\n}\n"], Why::SameThing);
    // The place of a number is its meaning.
    quarrels("a.json", "{\"l\": [1@]}\n", [", 2", ", 3"], Why::OrderMatters);
    let deleted = ["{\n\"a\": 1,\n\"b\": 2\n}\n", "{\n\"b\": 2\n}\n", "{\n\"a\": 3,\n\"b\": 2\n}\n"];
    stays("a.json", deleted, Why::DeletedAndEdited);
    stays("a.json", ["{\"a\": 1\n", "{\"a\": 2\n", "{\"a\": 3\n"], Why::NoStructure);
}

#[test]
fn two_objects_of_one_name_hold_what_both_put_in() {
    let object = |members: &str| format!(",\n  \"s\": {{\n{members}\n  }}");
    let [ours, theirs] = ["    \"x\": 1", "    \"y\": 2"];
    let both = object(&format!("{ours},\n{theirs}"));
    unites("a.json", "{\n  \"a\": 1@\n}\n", [&object(ours), &object(theirs)], &both);
    quarrels("a.json", "{\n  \"a\": 1@\n}\n", [&object(ours), &object("    \"x\": 2")], Why::TwoMeanings);
}

const MANIFEST: &str = "[package]\nname = \"x\"\n\n[dependencies]\nserde = \"1\"\n@\n[features]\na = []\n";

#[test]
fn pairs_and_tables_of_toml_are_united() {
    let [ours, theirs] = ["toml = \"1\"\n", "# Archives.\nzip = { version = \"2\" }\n"];
    unites("Cargo.toml", MANIFEST, [ours, theirs], &format!("{ours}{theirs}"));
    unites("a.toml", "f = [\"a\"@]\n", [", \"b\"", ", \"c\""], ", \"b\", \"c\"");
    unites("a.toml", "a = 1\n@", ["\n[x]\nb = 1\n", "\n[y]\nc = 1\n"], "\n[x]\nb = 1\n\n[y]\nc = 1\n");
    unites("a.toml", "a = 1\n@", ["\n[x]\nb = 1\n", "\n[x]\nc = 1\n"], "\n[x]\nb = 1\nc = 1\n");
}

#[test]
fn one_key_of_toml_with_two_values_is_a_conflict() {
    quarrels("Cargo.toml", MANIFEST, ["toml = \"1\"\n", "toml = \"2\"\n"], Why::TwoMeanings);
    quarrels("a.toml", "a = 1\n@", ["\n[x]\nb = 1\n", "\n[x]\nb = 2\n"], Why::TwoMeanings);
    // A table as a header and as a key is one table given twice.
    let [header, key] = ["a = 1\n[x]\nb = 1\n", "a = 1\nx.b = 2\n"];
    assert!(merge("a.toml", "a = 1\n", header, key).conflicts > 0);
    // A key of the top stays above the tables.
    unites("a.toml", "a = 1\n@", ["\n[x]\nb = 1\n", "c = 2\n"], "c = 2\n\n[x]\nb = 1\n");
}

const WORKFLOW: &str = "on:\n  push:\n    branches: [main]\njobs:\n  build:\n    steps:\n      - uses: a\n      - run: |\n          b\n@";

#[test]
fn entries_of_yaml_are_united() {
    let step = |name: &str| format!("      - name: {name}\n        run: {name} # now\n");
    unites("ci.yml", WORKFLOW, [&step("y"), &step("z")], &(step("y") + &step("z")));
    let job = |name: &str| format!("  {name}:\n    steps: []\n");
    unites("ci.yml", WORKFLOW, [&job("lint"), &job("docs")], &(job("lint") + &job("docs")));
    let flow = "on:\n  branches: [main@]\n";
    unites("ci.yml", flow, [", 'a, b'", ", c"], ", 'a, b', c");
    let two = "---\na: 1\n@---\nb: 1\n";
    unites("ci.yml", two, ["c: 2\n", "d: \"x\n  y\"\n"], "c: 2\nd: \"x\n  y\"\n");
}

#[test]
fn one_key_of_yaml_with_two_values_is_a_conflict() {
    quarrels("ci.yml", "a: 1\n@", ["b: 1\n", "b: 2\n"], Why::TwoMeanings);
    quarrels("ci.yml", "- 1\n@", ["- 2\n", "- 3\n"], Why::OrderMatters);
    // Where tabs are, nothing is known.
    quarrels("ci.yml", "a:\n\tb: 1\n@", ["b: 1\n", "c: 2\n"], Why::NoStructure);
}

const CHANGES: &str = "# Changes\n\n## Next\n\n### Added\n\n- a\n@\n## 1.0\n\n- first\n";

#[test]
fn entries_and_sections_of_markdown_are_united() {
    unites("CHANGELOG.md", CHANGES, ["- b\n", "- c\n  more\n"], "- b\n- c\n  more\n");
    let [fixed, changed] = ["\n### Fixed\n\n- f\n", "\n### Changed\n\n- g\n"];
    unites("CHANGELOG.md", CHANGES, [fixed, changed], &format!("{fixed}{changed}"));
    unites("CHANGELOG.md", CHANGES, [fixed, "\n### Fixed\n\n- g\n"], "\n### Fixed\n\n- f\n- g\n");
    let table = "| x | y |\n|---|---|\n| 1 | 2 |\n@";
    unites("a.md", table, ["| 3 | 4 |\n", "| 5 | 6 |\n"], "| 3 | 4 |\n| 5 | 6 |\n");
    quarrels("a.md", table, ["| 3 | 4 |\n", "| 3 | 6 |\n"], Why::TwoMeanings);
    let code = "Text.\n\n@";
    let [ours, theirs] = ["```sh\na\n\n# no heading\n```\n\n", "More.\n\n"];
    unites("a.md", code, [ours, theirs], &format!("{ours}{theirs}"));
    // Two sections of one shape stay whole.
    let section =
        |name: &str| format!("{name}\n~~~~\n\n.. deprecated:: 7.0\n\n   Of {name}.\n\nGone: {name}.\n\n");
    let rst = "Next\n----\n\n@Last\n----\n\nEnd.\n";
    unites("a.rst", rst, [&section("aaaa"), &section("bbbb")], &(section("aaaa") + &section("bbbb")));
    unites("CHANGES.rst", "Version 2\n---------\n\n- a\n@", ["- b\n", "- c\n"], "- b\n- c\n");
    let table = "===== =====\nType  Means\n===== =====\ni     whole\n      numbers\n@s     text\n===== =====\n\nEnd.\n";
    let [ours, theirs] = ["b     truth\n      values\n", "f     parts\n"];
    unites("a.rst", table, [ours, theirs], &format!("{ours}{theirs}"));
    quarrels("a.rst", table, ["b     truth\n", "b     bytes\n"], Why::TwoMeanings);
}

#[test]
fn texts_for_people_need_no_extension() {
    let text = "A lexer for shells.\n\nUse\n---\n\nSplit it.\n@";
    let [ours, theirs] = ["\nJoin is the inverse of Split.\n", "\nErrors name the line.\n"];
    for path in ["README", "lib/CHANGES", "NEWS.txt", "Changelog.txt"] {
        unites(path, text, [ours, theirs], &format!("{ours}{theirs}"));
        stays(path, ["One two.\n", "One three.\n", "Four two.\n"], Why::SameThing);
    }
    for path in ["Makefile", "words.txt", "README.in"] {
        quarrels(path, text, [ours, theirs], Why::NoStructure);
    }
}

#[test]
fn entries_that_name_what_was_done_to_two_things_are_united() {
    let added = |name: &str| format!("- Add `Display::{name}` method.\n");
    let [one, other] = ["precision()", "separator()"].map(added);
    unites("CHANGELOG.md", CHANGES, [&one, &other], &format!("{one}{other}"));
    // The first entries below a heading.
    let first = ["", &one, &other, &format!("{one}{other}")];
    let [base, one, other, both] =
        first.map(|list| format!("# Changes\n\n## Next\n\n{list}\n## 1.0\n\n- first\n"));
    resolves("CHANGELOG.md", [&base, &one, &other], &both);
    let rst = "Version 2\n---------\n\n- a\n@";
    let fixed = |name: &str| format!("- Fix ``{name}`` on empty lists of lists.\n");
    let [one, other] = ["tail", "head"].map(fixed);
    unites("CHANGES.rst", rst, [&one, &other], &format!("{one}{other}"));
}

#[test]
fn entries_that_may_tell_of_one_thing_are_a_conflict() {
    let near = [
        // The same thing, spelled, called or set otherwise.
        ["Add `max_age` to all of the caches.", "Add `maxAge` to all of the caches."],
        ["Add `max_age` to all of the caches.", "Add `max_age()` to all of the caches."],
        ["Add `--jobs=2` to all of the commands.", "Add `--jobs=4` to all of the commands."],
        ["Add `jobs`, which is `few` by default.", "Add `jobs`, which is `many` by default."],
        // What is stated, not done.
        ["The default of all jobs is `few`.", "The default of all jobs is `many`."],
        // No name in code.
        ["Add one method to all the displays.", "Add two method to all the displays."],
        ["Add `2` as default of all the jobs.", "Add `4` as default of all the jobs."],
    ];
    for entries in near {
        let [one, other] = entries.map(|entry| format!("- {entry}\n"));
        quarrels("CHANGELOG.md", CHANGES, [&one, &other], Why::TwoMeanings);
    }
}

#[test]
fn two_edits_of_one_paragraph_are_a_conflict() {
    stays("a.md", ["# a\n\none two\n", "# a\n\none three\n", "# a\n\nfour two\n"], Why::SameThing);
    stays("a.md", ["- one\n", "- two\n", "- three\n"], Why::SameThing);
    let [ours, theirs] = ["It is what one of them said of it.\n", "It is what one of us said of it.\n"];
    quarrels("a.md", "# a\n\n@", [ours, theirs], Why::TwoMeanings);
    // What is below a heading of either side is there once.
    let headings = ["# a\n\n## b\n\nc\n", "# a\n\n# ours\n\n## b\n\nc\n", "# a\n\n# theirs\n\n## b\n\nc\n"];
    stays("a.md", headings, Why::RepeatsLines);
    quarrels("a.md", "1. a\n@", ["2. b\n", "2. c\n"], Why::OrderMatters);
}

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"aa\"\nversion = \"1\"\n@\n[[package]]\nname = \"me\"\nversion = \"0\"\ndependencies = [\n \"aa\",\n&]\n\n[[package]]\nname = \"zz\"\nversion = \"1\"\n";

fn lock(packages: &[(&str, &str)]) -> String {
    let package = |(name, version): &(&str, &str)| {
        format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nchecksum = \"{name}{version}\"\n")
    };
    let needs = packages.iter().map(|(name, _)| format!(" \"{name}\",\n"));
    LOCK.replace('@', &packages.iter().map(package).collect::<String>())
        .replace('&', &needs.collect::<String>())
}

#[test]
fn packages_of_a_lock_file_are_united() {
    let (ours, theirs) = (lock(&[("bb", "1")]), lock(&[("cc", "1")]));
    let both = lock(&[("bb", "1"), ("cc", "1")]);
    resolves("Cargo.lock", [&lock(&[]), &ours, &theirs], &both);
    resolves("Cargo.lock", [&lock(&[]), &theirs, &ours], &both);
    let npm = "{\n  \"packages\": {\n    \"a\": {\n      \"version\": \"1\"\n    }@\n  }\n}\n";
    let package = |name: &str| format!(",\n    \"{name}\": {{\n      \"version\": \"1\"\n    }}");
    unites("package-lock.json", npm, [&package("b"), &package("c")], &(package("b") + &package("c")));
    let stanza = |name: &str| format!("\n{name}:\n  version \"1\"\n");
    unites(
        "yarn.lock",
        "a:\n  version \"1\"\n@",
        [&stanza("b"), &stanza("c")],
        &(stanza("b") + &stanza("c")),
    );
}

#[test]
fn two_versions_of_one_package_are_a_conflict() {
    let [one, two, three] = ["1", "2", "3"].map(|version| lock(&[("bb", version)]));
    stays("Cargo.lock", [&one, &two, &three], Why::SameThing);
    stays("Cargo.lock", [&lock(&[]), &two, &three], Why::TwoMeanings);
    // A package that one side needs and the other took out.
    let without =
        LOCK.replace("@", "").replace("&", "").replace("\n[[package]]\nname = \"zz\"\nversion = \"1\"\n", "");
    let needs = LOCK.replace('@', "").replace('&', " \"zz\",\n");
    assert!(merge("Cargo.lock", &lock(&[]), &without, &needs).conflicts > 0);
}

#[test]
fn lines_of_one_entry_each_are_united() {
    unites("requirements.txt", "aa==1\n@zz==1\n", ["cc==1\n", "bb==1\n"], "bb==1\ncc==1\n");
    let sums = ["b v1 h1:x\nb v1/go.mod h1:y\n", "c v1 h1:x\nc v1/go.mod h1:y\n"];
    unites("go.sum", "a v1 h1:x\na v1/go.mod h1:y\n@", sums, &sums.concat());
    let module = "module x\n\ngo 1.22\n\nrequire (\n\ta v1.0.0\n@\tz v1.0.0\n)\n";
    let [ours, theirs] = ["\tb v1.0.0\n", "\tc v1.0.0 // indirect\n"];
    unites("go.mod", module, [ours, theirs], &format!("{ours}{theirs}"));
    quarrels("go.mod", module, [ours, "\tb v1.2.0\n"], Why::TwoMeanings);
    unites(".gitignore", "target\n@", ["a.b\n", "a-b\n"], "a.b\na-b\n");
}

#[test]
fn one_package_with_two_versions_is_a_conflict() {
    quarrels("requirements.txt", "aa==1\n@zz==1\n", ["bb.b==1\n", "BB_b==2\n"], Why::TwoMeanings);
    quarrels("go.sum", "a v1 h1:x\n@", ["b v1 h1:x\n", "b v1 h1:y\n"], Why::TwoMeanings);
    // What is taken back depends on what was said before.
    quarrels(".gitignore", "target\n@", ["!a\n", "b\n"], Why::OrderMatters);
}

#[test]
fn ends_of_lines_stay_as_they_are() {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let text = crlf("{\n  \"a\": 1,\n  \"m\": 2@\n}\n");
    unites("a.json", &text, [",\r\n  \"n\": 3", ",\r\n  \"o\": 4"], ",\r\n  \"n\": 3,\r\n  \"o\": 4");
    let text = crlf("a: 1\n@");
    unites("a.yml", &text, ["b: 2\r\n", "c: 3\r\n"], "b: 2\r\nc: 3\r\n");
}

#[test]
fn hostile_texts_cost_little() {
    let deep = |open: &str, close: &str| open.repeat(20_000) + "1" + &close.repeat(20_000);
    let texts = [
        ("a.json", deep("[", "]")),
        ("a.json", deep("{\"a\":", "}")),
        ("a.toml", "x = ".to_owned() + &deep("{a=", "}")),
        ("a.toml", "x = ".to_owned() + &deep("[", "]")),
        ("a.toml", "[[a]]\nname = \"x\"\n".repeat(2_000)),
        ("a.yml", deep("- ", "")),
        ("a.yml", "x: ".to_owned() + &deep("[", "]")),
        ("a.yml", (0..1_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect()),
        ("a.md", deep("- ", "")),
        ("a.md", deep("> ", "")),
        ("a.md", (0..1_000).map(|depth| format!("{}- a\n", " ".repeat(depth))).collect()),
        ("a.rst", "a\n=\n\n".repeat(2_000)),
        ("requirements.txt", "a \\\n".repeat(10_000)),
    ];
    for (path, text) in texts {
        let more = |line: &str| format!("{text}\n{line}\n");
        let merged = merge(path, &text, &more("a: 1"), &more("b: 2"));
        assert!(merged.text.len() > text.len(), "{path}");
    }
}

type Map = BTreeMap<u8, u8>;

fn any_map() -> impl Strategy<Value = Map> {
    prop::collection::btree_map(0_u8..9, 0_u8..4, 0..7)
}

/// What three maps come to, key by key; none where both sides gave a key a value of their own.
fn agreed(base: &Map, ours: &Map, theirs: &Map) -> Option<Map> {
    let mut found = Map::new();
    for key in 0..9 {
        let (b, o, t) = (base.get(&key), ours.get(&key), theirs.get(&key));
        let value = if o == t || b == t {
            o
        } else if b == o {
            t
        } else {
            return None;
        };
        found.extend(value.map(|value| (key, *value)));
    }
    Some(found)
}

/// A map as a file, one key a line.
fn written(format: Format, map: &Map) -> String {
    let lines: Vec<String> = map
        .iter()
        .map(|(key, value)| match format {
            Format::Json => format!("  \"k{key}\": \"v{value}\""),
            Format::Toml => format!("k{key} = \"v{value}\""),
            Format::Yaml => format!("k{key}: v{value}"),
        })
        .collect();
    match format {
        Format::Json if lines.is_empty() => "{\n}\n".to_owned(),
        Format::Json => format!("{{\n{}\n}}\n", lines.join(",\n")),
        _ => lines.iter().map(|line| format!("{line}\n")).collect(),
    }
}

fn loaded(root: &Value) -> Map {
    let number = |text: &str| text[1..].parse().unwrap_or(99);
    root.pairs().iter().map(|pair| (number(&pair.key), number(pair.value.text().unwrap_or("v99")))).collect()
}

proptest! {
    /// What is resolved is what the maps come to, key by key.
    #[test]
    fn a_resolved_map_is_the_merge_of_the_maps(base in any_map(), ours in any_map(), theirs in any_map()) {
        for (format, path) in [(Format::Json, "a.json"), (Format::Toml, "a.toml"), (Format::Yaml, "a.yaml")] {
            let [base_text, ours_text, theirs_text] = [&base, &ours, &theirs].map(|map| written(format, map));
            let merged = merge(path, &base_text, &ours_text, &theirs_text);
            if merged.hunks > 0 && merged.conflicts == 0 {
                let found = read(format, &merged.text).map(|document| loaded(&document.root));
                prop_assert_eq!(found.ok(), agreed(&base, &ours, &theirs), "{}", merged.text);
            }
        }
    }

    /// Keys that only one side touched never conflict.
    #[test]
    fn maps_that_agree_are_resolved(base in any_map(), ours in any_map()) {
        let theirs: Map = base.iter().map(|(key, value)| (*key, *value)).chain([(20, 1)]).collect();
        let base_text = written(Format::Json, &base);
        let merged = merge("a.json", &base_text, &written(Format::Json, &ours), &written(Format::Json, &theirs));
        prop_assert_eq!(merged.conflicts, 0, "{}", merged.text);
    }

    #[test]
    fn texts_that_are_no_format_do_no_harm(text in "[-a-c:{}\\[\\]\"'#|,=\n ]{0,60}", side in "[-a:{}\\[\\]\"=\n ]{0,40}") {
        for path in ["a.json", "a.toml", "a.yml", "a.md", "a.rst", "go.mod", "yarn.lock", "Cargo.lock"] {
            let merged = merge(path, &text, &side, &text);
            prop_assert_eq!((merged.conflicts, &merged.text), (0, &side));
            let _ = merge(path, "", &text, &side);
        }
    }
}
