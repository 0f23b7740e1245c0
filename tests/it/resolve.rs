//! Conflicts that the structure of a file decides: `merge`, `merge-file`, and the driver for Git.

use serde_json::Value;

use crate::sandbox::Sandbox;

const BASE: &str = "def f(a):\n    return a\n\n\ndef last():\n    return 0\n";
const OURS: &str = "def f(a, b=1):\n    return a\n\n\ndef last():\n    return 0\n";
const THEIRS: &str = "def f(a, c=2):\n    return a\n\n\ndef last():\n    return 0\n";
const BOTH: &str = "def f(a, b=1, c=2):\n    return a\n\n\ndef last():\n    return 0\n";
const OTHER: &str = "def f(a, b=3):\n    return a\n\n\ndef last():\n    return 0\n";

/// A repository with the files base, ours and theirs, and branches that change `f.py` likewise.
fn sides() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("f.py", BASE).write("a.txt", "1\n2\n3\n").commit_all("base");
    sandbox.branch("one", "main", &[("f.py", OURS)]);
    sandbox.branch("two", "main", &[("f.py", THEIRS)]);
    sandbox.branch("other", "main", &[("f.py", OTHER)]);
    sandbox
}

fn files(sandbox: &Sandbox, [base, ours, theirs]: [&str; 3], ending: &str) -> [String; 3] {
    let name = |name: &str, content: &str| {
        let name = format!("../{name}.{ending}");
        sandbox.write(&name, content);
        name
    };
    [name("base", base), name("ours", ours), name("theirs", theirs)]
}

fn merge(sandbox: &Sandbox, code: i32, args: &[&str]) -> Value {
    let ran = sandbox.orca(&[&["merge", "--format", "json"], args].concat());
    assert_eq!(ran.code, code, "{ran:?}");
    serde_json::from_str::<Value>(&ran.stdout).unwrap()["data"].clone()
}

#[test]
fn a_merge_resolves_what_both_want_and_says_so() {
    let sandbox = sides();
    let data = merge(&sandbox, 0, &["one", "two", "--into", "main"]);
    assert_eq!(data["landed"], serde_json::json!(["one", "two"]));
    let resolved = &data["resolved"][0];
    assert_eq!((&resolved["path"], &resolved["rung"]), (&"f.py".into(), &"structure".into()));
    let checks = serde_json::json!(["parse", "markers", "lines", "duplicates", "names", "validator"]);
    assert_eq!(resolved["checks"], checks);
    assert_eq!(sandbox.read("f.py"), BOTH);
    let message = sandbox.git(&["log", "-1", "--format=%(trailers:key=Orca-Resolved,valueonly)"]);
    assert_eq!(
        message.trim(),
        "f.py by structure (structure; parse, markers, lines, duplicates, names, validator)"
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_dry_run_resolves_the_same_and_moves_nothing() {
    let sandbox = sides();
    let before = sandbox.state();
    let foreseen = merge(&sandbox, 0, &["one", "two", "--into", "main", "--dry-run"]);
    assert_eq!(sandbox.state(), before);
    let landed = merge(&sandbox, 0, &["one", "two", "--into", "main"]);
    assert_eq!((&foreseen["tree"], &foreseen["resolved"]), (&landed["tree"], &landed["resolved"]));
}

#[test]
fn two_meanings_of_one_parameter_wait() {
    let sandbox = sides();
    let data = merge(&sandbox, 1, &["one", "other", "--into", "main"]);
    assert_eq!(data["landed"], serde_json::json!(["one"]));
    assert_eq!(data["waiting"][0]["reason"], "conflicts in text with one: f.py:1");
    assert_eq!(data["resolved"], serde_json::json!([]));
}

/// One branch may give an enum a third case; the other matches all of them, in a file in which both
/// add a function in one place, or change one value to these.
fn cases(third: &str, values: [&str; 2]) -> Sandbox {
    let sandbox = Sandbox::new();
    let kind = |third: &str| format!("pub enum Kind {{\n    A,\n    B,\n{third}}}\n");
    let page = |value: &str, more: &str| {
        format!("use crate::kind::Kind;\n\npub fn first(x: u32) -> u32 {{\n    {value}\n}}\n{more}")
    };
    sandbox.write("Cargo.toml", "[package]\nname = \"k\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    sandbox.write("src/lib.rs", "mod kind;\nmod page;\n").write("src/kind.rs", kind(""));
    sandbox.write("src/page.rs", page("x", "")).commit_all("base");
    let made = "\npub fn last() -> Kind {\n    Kind::B\n}\n";
    let matched = "\npub fn name(kind: &Kind) -> &'static str {\n    match kind {\n        Kind::A => \"a\",\n        \
                   Kind::B => \"b\",\n    }\n}\n";
    let made = if values[0] == values[1] { made } else { "" };
    sandbox.branch("one", "main", &[("src/kind.rs", &kind(third)), ("src/page.rs", &page(values[0], made))]);
    sandbox.branch("two", "main", &[("src/page.rs", &page(values[1], matched))]);
    sandbox
}

/// As text both additions are wanted. That the match lacks a case only their merge can show: the
/// branches apart do not tell what becomes of a file in conflict.
#[test]
fn what_was_resolved_is_looked_at_by_the_validator() {
    let merging = |more: &[&'static str]| [&["one", "two", "--into", "main"], more].concat();
    let grown = cases("    C,\n", ["x", "x"]);
    let data = merge(&grown, 1, &merging(&["--dry-run"]));
    let reason = data["waiting"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("deny[") && reason.contains("without the variant `C`"), "{data}");
    assert_eq!((&data["landed"], &data["resolved"]), (&serde_json::json!(["one"]), &serde_json::json!([])));
    let data = merge(&grown, 0, &merging(&["--no-check"]));
    assert_eq!(data["resolved"][0]["checks"].as_array().unwrap().last(), Some(&"names".into()), "{data}");
    // A guess has to be sound too. This gate wants neither change, or both.
    let gate = "grep -q '^    x$' src/page.rs || grep -q '2.*x . 1' src/page.rs";
    let search = ["--resolve", "search", "--gate", gate];
    let data = merge(&cases("", ["x + 1", "2 * x"]), 0, &merging(&search));
    assert_eq!(data["resolved"][0]["rung"], "search", "{data}");
    let data = merge(&cases("    C,\n", ["x + 1", "2 * x"]), 1, &merging(&search));
    assert_eq!((&data["landed"], &data["resolved"]), (&serde_json::json!([]), &serde_json::json!([])));
}

#[test]
fn nothing_is_resolved_when_that_is_off_or_a_driver_is_named() {
    let sandbox = sides();
    let off = merge(&sandbox, 1, &["one", "two", "--into", "main", "--resolve", "off", "--dry-run"]);
    assert_eq!(off["waiting"].as_array().unwrap().len(), 1);
    sandbox.write(".gitattributes", "*.py merge=binary\n").commit_all("attributes");
    for branch in ["one", "two"] {
        sandbox.git(&["rebase", "-q", "main", branch]);
    }
    sandbox.git(&["checkout", "-q", "main"]);
    let data = merge(&sandbox, 1, &["one", "two", "--into", "main"]);
    assert_eq!(data["waiting"].as_array().unwrap().len(), 1, "{data}");
}

#[test]
fn a_search_lands_what_the_tests_of_both_prove_and_proposes_the_rest() {
    let sandbox = Sandbox::new();
    let with = |more: &str| format!("def f(a):\n    a.append(0)\n{more}");
    sandbox.write("f.py", with("")).commit_all("base");
    sandbox.branch("one", "main", &[("f.py", &with("    a.append(1)\n"))]);
    sandbox.branch("two", "main", &[("f.py", &with("    a.append(2)\n"))]);
    let args = ["one", "two", "--into", "main", "--resolve", "search", "--gate"];
    let before = sandbox.git(&["rev-parse", "main"]);
    let safe = merge(&sandbox, 1, &["one", "two", "--into", "main", "--dry-run"]);
    assert_eq!(safe["waiting"][0]["reason"], "conflicts in text with one: f.py:3");
    // This gate would pass on one side alone as well.
    let thin = merge(&sandbox, 1, &[&args[..], &["true", "--dry-run"]].concat());
    assert_eq!(thin["landed"], serde_json::json!(["one"]));
    assert!(thin["waiting"][0]["reason"].as_str().unwrap().contains("a guess at what both want"), "{thin}");
    assert_eq!(sandbox.git(&["rev-parse", "main"]), before);
    // One side does what this one asks: of the other it knows nothing.
    let asked = merge(&sandbox, 1, &[&args[..], &["grep -q 'append(2)' f.py", "--dry-run"]].concat());
    let guessed = |waits: &Value| waits["reason"].as_str().unwrap().contains("a guess at what both want");
    assert!(asked["waiting"].as_array().unwrap().iter().any(guessed), "{asked}");
    // This one wants both, theirs first.
    let gate = "grep -A1 'append(2)' f.py | grep -q 'append(1)'";
    let data = merge(&sandbox, 0, &[&args[..], &[gate]].concat());
    assert_eq!(data["landed"], serde_json::json!(["one", "two"]));
    let resolved = &data["resolved"][0];
    assert_eq!((&resolved["rung"], &resolved["candidate"]), (&"search".into(), &"theirs first".into()));
    assert_eq!(resolved["checks"].as_array().unwrap().last(), Some(&"gate".into()));
    let refused = resolved["refused"].as_array().unwrap();
    assert!(refused.contains(&"ours first: the gate fails".into()), "{data}");
    let message = sandbox.git(&["log", "-1", "--format=%(trailers:key=Orca-Refused,valueonly)"]);
    assert!(message.contains("f.py: ours first: the gate fails\n"), "{message}");
    assert_eq!(sandbox.read("f.py"), with("    a.append(2)\n    a.append(1)\n"));
}

/// Who leaves early moves all that was in the condition, and what the other put there.
#[test]
fn a_change_within_a_condition_that_the_other_turned_round_is_found() {
    let sandbox = Sandbox::new();
    let with = |body: &str| format!("def f(all):\n    for it in all:\n{body}");
    let base = with("        if it is not None:\n            yield it\n");
    let early = with(
        "        if it is None:\n            continue\n        if it.old:\n            continue\n        yield it\n",
    );
    let within = with(
        "        if it is not None:\n            if not it.size:\n                continue\n            yield it\n",
    );
    sandbox.write("f.py", &base).commit_all("base");
    sandbox.branch("one", "main", &[("f.py", &early)]);
    sandbox.branch("two", "main", &[("f.py", &within)]);
    let gate = "grep -q 'it is None' f.py && grep -q '^        if not it.size' f.py && grep -q '^        yield it' f.py";
    let args = ["one", "two", "--into", "main", "--resolve", "search", "--gate", gate];
    let data = merge(&sandbox, 0, &args);
    assert_eq!(data["landed"], serde_json::json!(["one", "two"]), "{data}");
    let both = "        if it.old:\n            continue\n        if not it.size:\n            continue\n        yield it\n";
    assert!(sandbox.read("f.py").ends_with(both), "{}", sandbox.read("f.py"));
}

/// A gate that runs the tests in the tree asks of a merge what the tests of both branches ask, though
/// either has its own alone.
#[test]
fn tests_that_both_branches_bring_prove_a_guess() {
    let with = |more: &str| format!("def f(a):\n    a.append(0)\n{more}");
    let gate = "for asks in tests/*; do sh $asks || exit 1; done";
    let args = ["one", "two", "--into", "main", "--resolve", "search", "--gate", gate];
    for (of_two, landed) in [("grep -q 'append(2)' f.py", 0), ("true", 1)] {
        let sandbox = Sandbox::new();
        sandbox.write("f.py", with("")).write("tests/old", "grep -q 'append(0)' f.py").commit_all("base");
        let one = [("f.py", &*with("    a.append(1)\n")), ("tests/one", "grep -q 'append(1)' f.py")];
        let two = [("f.py", &*with("    a.append(2)\n")), ("tests/two", of_two)];
        sandbox.branch("one", "main", &one);
        sandbox.branch("two", "main", &two);
        let data = merge(&sandbox, landed, &args);
        let wanted = if landed == 0 { ["one", "two"].as_slice() } else { &["one"] };
        assert_eq!(data["landed"], serde_json::json!(wanted), "{data}");
    }
}

/// That a third branch is asked about proves nothing of the two that a guess brings together.
#[test]
fn a_gate_that_asks_another_branch_proves_no_guess() {
    let sandbox = Sandbox::new();
    let with = |more: &str| format!("def f(a):\n    a.append(0)\n{more}");
    sandbox.write("f.py", with("")).commit_all("base");
    sandbox.branch("one", "main", &[("f.py", &with("    a.append(1)\n"))]);
    sandbox.branch("two", "main", &[("f.py", &with("    a.append(2)\n"))]);
    sandbox.branch("more", "main", &[("g.py", "more = 1\n")]);
    let args = ["one", "two", "more", "--into", "main", "--resolve", "search", "--gate"];
    for asked in ["append(1)", "append(2)"] {
        let gate = format!("grep -qF '{asked}' f.py && test -e g.py");
        let data = merge(&sandbox, 1, &[&args[..], &[&gate, "--dry-run"]].concat());
        let guessed = |waits: &Value| waits["reason"].as_str().unwrap().contains("a guess at what both want");
        assert!(data["waiting"].as_array().unwrap().iter().any(guessed), "{data}");
    }
    let gate = "grep -qF 'append(1)' f.py && grep -qF 'append(2)' f.py && test -e g.py";
    let data = merge(&sandbox, 0, &[&args[..], &[gate]].concat());
    assert_eq!(data["landed"], serde_json::json!(["more", "one", "two"]), "{data}");
}

/// The runs that show what the gate says of each side are within the budget too.
#[test]
fn a_search_keeps_to_its_budget() {
    let sandbox = Sandbox::new();
    let with = |more: [u8; 4]| {
        let places = more.map(|it| format!("    a.append(0)\n    a.append({it})\n    a.sort()\n"));
        format!("def f(a):\n{}", places.concat()).replace("    a.append(9)\n", "")
    };
    sandbox.write("f.py", with([9; 4])).write("g.py", with([9; 4])).commit_all("base");
    for (branch, more) in [("one", [1, 2, 3, 4]), ("two", [5, 6, 7, 8])] {
        sandbox.branch(branch, "main", &[("f.py", &with(more)), ("g.py", &with(more))]);
    }
    // What has both passes when nothing of the budget is left to ask of either side.
    let log = sandbox.repo().join("../runs").display().to_string();
    let gate = format!(
        "echo >> {log}; printf 'no\\n\\n\\n'; \
         grep -q '(1)' f.py && grep -q '(5)' f.py && test $(wc -l < {log}) -ge 20"
    );
    let args = ["one", "two", "--into", "main", "--resolve", "search", "--gate", &gate];
    let data = merge(&sandbox, 1, &args);
    assert_eq!(data["landed"], serde_json::json!([]), "{data}");
    let runs = sandbox.read("../runs").lines().count();
    assert!((18..=20).contains(&runs), "{runs}");
}

/// Structure puts ours first, which this gate does not want.
#[test]
fn what_the_gate_refuses_of_structure_is_searched() {
    let sandbox = Sandbox::new();
    let with = |more: &str| format!("ALL = {{\n    \"z\": 1,\n{more}}}\n");
    sandbox.write("f.py", with("")).commit_all("base");
    sandbox.branch("one", "main", &[("f.py", &with("    \"y\": 2,\n"))]);
    sandbox.branch("two", "main", &[("f.py", &with("    \"x\": 3,\n"))]);
    let args = ["one", "two", "--into", "main", "--resolve", "search", "--gate"];
    let gate = "grep -A1 x f.py | grep -q y";
    let data = merge(&sandbox, 0, &[&args[..], &[gate]].concat());
    assert_eq!(data["resolved"][0]["candidate"], "theirs first", "{data}");
    assert_eq!(sandbox.read("f.py"), with("    \"x\": 3,\n    \"y\": 2,\n"));
}

#[test]
fn what_the_validator_refuses_of_structure_is_searched() {
    let sandbox = Sandbox::new();
    let with = |more: &str| format!("def f(a):\n    return a\n\n\ndef g(x):\n    return f(x)\n{more}");
    let [one, two] = ["", "y"].map(|given| format!("\n\ndef last_{given}():\n    return f({given}.z)\n"));
    let one = with(&one.replace("f(.z)", "9")).replace("f(a)", "f(a, b)").replace("f(x)", "f(x, 1)");
    sandbox.write("f.py", with("")).commit_all("base");
    sandbox.branch("one", "main", &[("f.py", &one)]);
    sandbox.branch("two", "main", &[("f.py", &with(&two))]);
    let safe = merge(&sandbox, 1, &["one", "two", "--into", "main", "--dry-run"]);
    assert!(safe["waiting"][0]["reason"].as_str().unwrap().starts_with("deny[signature-changed]"), "{safe}");
    let args = ["one", "two", "--into", "main", "--resolve", "search", "--gate"];
    let gate = |wanted: &str| format!("grep -q 'return 9' f.py && grep -q '{wanted}' f.py");
    // What no guess mends stays out for the reason that it had.
    let data = merge(&sandbox, 1, &[&args[..], &[&gate("f(y.z, 2)"), "--dry-run"]].concat());
    assert_eq!(data["landed"], serde_json::json!([]), "{data}");
    let data = merge(&sandbox, 0, &[&args[..], &[&gate("f(y.z, 1)")]].concat());
    assert_eq!(data["landed"], serde_json::json!(["one", "two"]), "{data}");
    assert!(data["resolved"][0]["candidate"].as_str().unwrap().ends_with("by example"), "{data}");
}

/// A guess in which a call takes what is returned now has nothing against it.
#[test]
fn a_call_that_takes_all_results_now_is_mended() {
    let sandbox = Sandbox::new();
    let go = |named: &str, more: &str| {
        format!(
            "package a\n\nvar all = []string{{\n\t\"z\",\n{named}}}\n\nfunc f(a int) int {{\n\treturn a\n}}\n{more}\n\
             func g(x int) {{\n\tuse(1, f(x))\n\tend()\n}}\n"
        )
    };
    let one = go("\t\"one\",\n", "")
        .replace(") int {", ") (int, error) {")
        .replace("return a", "return a, nil")
        .replace("\tuse(1, f(x))\n", "\tv, err := f(x)\n\tif err != nil {\n\t\treturn\n\t}\n\tuse(1, v)\n");
    sandbox.write("go.mod", "module a\n\ngo 1.20\n").write("f.go", go("", "")).commit_all("base");
    sandbox.branch("one", "main", &[("f.go", &one)]);
    sandbox.branch(
        "two",
        "main",
        &[("f.go", &go("\t\"two\",\n", "\nfunc two(y int) {\n\tuse(1, f(y))\n}\n"))],
    );
    let gate = "grep -q one f.go && grep -q two f.go && grep -q 'err := f(y)' f.go";
    let args = ["one", "two", "--into", "main", "--resolve", "search", "--gate", gate];
    let data = merge(&sandbox, 0, &args);
    assert_eq!(data["landed"], serde_json::json!(["one", "two"]), "{data}");
}

#[test]
fn two_answers_that_pass_are_ambiguous_and_nothing_is_merged() {
    let sandbox = Sandbox::new();
    let with = |value: &str| format!("def f(a):\n    a.append({value})\n    return a\n");
    sandbox.write("f.py", with("0")).commit_all("base");
    sandbox.branch("one", "main", &[("f.py", &with("0 + x"))]);
    sandbox.branch("two", "main", &[("f.py", &with("y + 0"))]);
    let args = ["one", "two", "--into", "main", "--resolve", "search", "--gate"];
    // By words both are in one line, by lines each has its own: this gate cannot tell.
    let data = merge(&sandbox, 1, &[&args[..], &["grep -q x f.py && grep -q 'y +' f.py"]].concat());
    assert_eq!(data["landed"], serde_json::json!([]), "{data}");
    let waiting = data["waiting"].as_array().unwrap().iter();
    let reasons: Vec<&str> = waiting.map(|waits| waits["reason"].as_str().unwrap()).collect();
    assert!(reasons.iter().any(|reason| reason.contains("ambiguous")), "{data}");
    // This one wants both lines; the same lines in another order are no other answer.
    let gate = "test $(grep -c append f.py) = 2";
    let data = merge(&sandbox, 0, &[&args[..], &[gate]].concat());
    assert_eq!(data["landed"], serde_json::json!(["one", "two"]), "{data}");
    assert_eq!(sandbox.read("f.py"), with("0 + x)\n    a.append(y + 0"));
}

#[test]
fn three_files_are_merged_in_place_or_printed() {
    let sandbox = sides();
    let [base, ours, theirs] = files(&sandbox, [BASE, OURS, THEIRS], "py");
    let printed = sandbox.orca(&["merge-file", "-p", &base, &ours, &theirs]);
    assert_eq!((printed.code, printed.stdout.as_str()), (0, BOTH), "{}", printed.stderr);
    assert_eq!(sandbox.read(&ours), OURS);
    let dry = sandbox.orca(&["merge-file", "--dry-run", &base, &ours, &theirs]);
    assert_eq!((dry.code, sandbox.read(&ours).as_str()), (0, OURS));
    assert_eq!(sandbox.orca(&["merge-file", &base, &ours, &theirs]).code, 0);
    assert_eq!(sandbox.read(&ours), BOTH);
}

#[test]
fn the_exit_code_counts_what_is_left() {
    let sandbox = sides();
    let twice = |text: &str| {
        format!("{text}\n\n# here\n# ends\n# one\n# half\n\n\n{}", text.replace("def f", "def g"))
    };
    let texts = [BASE, OURS, OTHER].map(twice);
    let [base, ours, theirs] = files(&sandbox, texts.each_ref().map(String::as_str), "py");
    let ran = sandbox.orca(&["merge-file", "-p", "--marker-size", "9", &base, &ours, &theirs]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let git = sandbox.try_git(&["merge-file", "-p", "--marker-size=9", &ours, &base, &theirs]);
    assert_eq!((ran.code, ran.stdout), (git.code, git.stdout));
    assert!(
        ran.stderr.contains("conflict: ../ours.py:1: both added one name with two meanings"),
        "{}",
        ran.stderr
    );
    // No small code, which would read as a number of conflicts.
    assert_eq!(sandbox.orca(&["merge-file", &base, "no-such-file", &theirs]).code, 255);
}

#[test]
fn what_git_merges_comes_out_as_git_merges_it() {
    let sandbox = Sandbox::new();
    let mut seed = 7_u32;
    let mut random = move |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % below
    };
    let mut clean = 0;
    for _ in 0..60 {
        let base: Vec<String> = (0..14).map(|_| format!("x = {}\n", random(4))).collect();
        let mut side = || {
            let mut lines = base.clone();
            for _ in 0..=random(2) {
                let at = random(lines.len() as u32) as usize;
                match random(3) {
                    0 => drop(lines.remove(at)),
                    1 => lines[at] = format!("y = {}\n", random(3)),
                    _ => lines.insert(at, format!("z = {}\n", random(3))),
                }
            }
            lines.concat()
        };
        let (ours, theirs) = (side(), side());
        let [base, ours, theirs] = files(&sandbox, [&base.concat(), &ours, &theirs], "py");
        let git = sandbox.try_git(&["merge-file", "-p", &ours, &base, &theirs]);
        if git.code == 0 {
            let ran = sandbox.orca(&["merge-file", "-p", &base, &ours, &theirs]);
            assert_eq!((ran.code, ran.stdout), (0, git.stdout));
            clean += 1;
        }
    }
    assert!(clean > 20, "only {clean} merges were clean");
}

#[test]
fn an_ordinary_git_merge_profits() {
    let sandbox = sides();
    let driver = format!("{} merge-driver %O %A %B %P %L", env!("CARGO_BIN_EXE_git-orca"));
    sandbox.git(&["config", "merge.orca.driver", &driver]);
    sandbox.write(".git/info/attributes", "*.py merge=orca\n");
    sandbox.git(&["merge", "-q", "--no-edit", "one"]);
    sandbox.git(&["merge", "-q", "--no-edit", "two"]);
    assert_eq!(sandbox.read("f.py"), BOTH);
    let ran = sandbox.try_git(&["merge", "--no-edit", "other"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(sandbox.read("f.py").contains("<<<<<<< ours"));
}

/// A driver that fails would end the whole merge; a binary file is a conflict as any other.
#[test]
fn a_binary_file_does_not_end_a_merge() {
    let sandbox = Sandbox::new();
    sandbox.write("f.py", "a\0b").write("g.txt", "1\n").commit_all("base");
    sandbox.branch("side", "main", &[("f.py", "a\0c"), ("g.txt", "2\n")]);
    sandbox.write("f.py", "a\0d").commit_all("main");
    let driver = format!("{} merge-driver %O %A %B %P %L", env!("CARGO_BIN_EXE_git-orca"));
    sandbox.git(&["config", "merge.orca.driver", &driver]);
    sandbox.write(".git/info/attributes", "* merge=orca\n");
    let ran = sandbox.try_git(&["merge", "--no-edit", "side"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!((sandbox.read("f.py").as_str(), sandbox.read("g.txt").as_str()), ("a\0d", "2\n"));
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "UU f.py\nM  g.txt\n");
}
