//! `git orca check` on real branches.

use std::os::unix::ffi::OsStrExt as _;

use serde_json::Value;

use crate::sandbox::Sandbox;

const USERS: &str = "export function loadUser(id: string) {\n  return { id };\n}\n";

/// `rename` renames a function that `caller` starts to call; `other` has nothing to do with it.
fn renamed_and_called() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("src/users.ts", USERS).write("README.md", "# App\n").commit_all("base");
    sandbox.branch("rename", "main", &[("src/users.ts", &USERS.replace("loadUser", "fetchUser"))]);
    sandbox.branch("caller", "main", &[("src/page.ts", CALLER)]);
    sandbox.branch("other", "main", &[("README.md", "# The app\n")]);
    sandbox
}

const CALLER: &str = "import { loadUser } from './users';\n\nexport const page = () => loadUser('1');\n";

fn data(sandbox: &Sandbox, code: i32, args: &[&str]) -> Value {
    let ran = sandbox.orca(&[args, &["--format", "json"]].concat());
    assert_eq!(ran.code, code, "{ran:?}");
    let envelope: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&envelope["schema"], &envelope["kind"]), (&"git-orca/1".into(), &"check".into()));
    envelope["data"].clone()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn rules(data: &Value) -> Vec<String> {
    let findings = data["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| format!("{} {}", finding["level"], finding["rule"]).replace('"', ""))
        .collect()
}

#[test]
fn a_broken_contract_reads_like_a_compiler_error() {
    let sandbox = renamed_and_called();
    let before = sandbox.state();
    let ran = sandbox.orca(&["check", "rename", "caller", "other"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let text = ran.stdout.split(" compared in ").next().unwrap();
    insta::assert_snapshot!(text, @r"
    deny[symbol-removed]: caller imports the function `loadUser` in src/page.ts, which rename renamed to `fetchUser` in src/users.ts
     --> caller:src/page.ts:1:10
      |
    1 | import { loadUser } from './users';
      |          ^^^^^^^^
      |
     ::: rename:src/users.ts:1:17
      |
    1 | export function fetchUser(id: string) {
      |                 ---------
      |
      = help: use `fetchUser` for `loadUser` in src/page.ts
        --- a/src/page.ts
        +++ b/src/page.ts
        @@ -1,3 +1,3 @@
        -import { loadUser } from './users';
        +import { fetchUser } from './users';

        -export const page = () => loadUser('1');
        +export const page = () => fetchUser('1');

    1 deny (2 changed source files of 3 branches
    ");
    assert_eq!(sandbox.state(), before);
}

#[test]
fn what_a_branch_took_away_is_shown_as_it_was() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "src/a.ts",
        "export const one = () => 1;\nexport const two = () => 2;\nexport const three = 3;\n",
    );
    sandbox.commit_all("base");
    let kept = "export const one = () => 1;\nexport const three = 3;\n";
    sandbox.branch("remove", "main", &[("src/a.ts", kept)]);
    sandbox.branch(
        "use",
        "main",
        &[("src/b.ts", "import { two } from './a';\nexport const four = two() + 2;\n")],
    );
    let ran = sandbox.orca(&["check", "remove", "use"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let text = ran.stdout.split("  = help").next().unwrap();
    insta::assert_snapshot!(text.trim_end(), @r"
    deny[symbol-removed]: use imports the function `two` in src/b.ts, which remove removed from src/a.ts
     --> remove:src/a.ts:2:14
      |
    2 | export const two = () => 2;
      |              ^^^ gone
      |
     ::: use:src/b.ts:1:10
      |
    1 | import { two } from './a';
      |          ---
      |
    ");
    let markdown = sandbox.orca(&["check", "remove", "use", "--format", "markdown"]).stdout;
    assert!(
        markdown.contains("`remove:src/a.ts:2`\n\n```diff\n- export const two = () => 2;\n```"),
        "{markdown}"
    );
}

#[test]
fn commits_named_by_all_their_digits_are_told_in_short() {
    let sandbox = renamed_and_called();
    let ids = ["rename", "caller"].map(|name| sandbox.git(&["rev-parse", name]).trim().to_owned());
    let text = sandbox.orca(&["check", &ids[0], &ids[1]]).stdout;
    assert!(text.contains(&format!(" --> {}:src/page.ts:1:10\n", &ids[1][..10])), "{text}");
    assert!(!ids.iter().any(|id| text.contains(id.as_str())), "{text}");
    let found = data(&sandbox, 1, &["check", &ids[0], &ids[1]]);
    assert_eq!(found["findings"][0]["sites"][1]["branch"], ids[1].as_str());
}

#[test]
fn the_json_has_exactly_the_promised_keys() {
    let sandbox = renamed_and_called();
    let data = data(&sandbox, 1, &["check", "rename", "caller"]);
    assert_eq!(keys(&data), ["accepted", "analysed", "findings", "not_analysed", "tests", "warnings"]);
    assert_eq!(data["analysed"], 2);
    let finding = &data["findings"][0];
    assert_eq!(keys(finding), ["fingerprint", "fix", "level", "message", "rule", "sites"]);
    assert_eq!((&finding["rule"], &finding["level"]), (&"symbol-removed".into(), &"deny".into()));
    let site = &finding["sites"][1];
    assert_eq!(keys(site), ["branch", "commit", "line", "path"]);
    assert_eq!(
        (&site["branch"], &site["path"], &site["line"]),
        (&"caller".into(), &"src/page.ts".into(), &1.into())
    );
    assert_eq!(site["commit"].as_str().unwrap(), sandbox.git(&["rev-parse", "caller"]).trim());
    assert_eq!(keys(&finding["fix"]), ["branch", "patch", "summary"]);
}

#[test]
fn what_the_project_marks_as_generated_is_left_to_its_generator() {
    let sandbox = renamed_and_called();
    sandbox.branch("hiding", "caller", &[(".gitattributes", "src/*.ts linguist-generated\n")]);
    assert_eq!(rules(&data(&sandbox, 1, &["check", "rename", "hiding"])), ["deny symbol-removed"]);
    sandbox.write("src/.gitattributes", "users.ts linguist-generated=true\npage.ts -linguist-generated\n");
    sandbox.commit_all("mark");
    for branch in ["rename", "caller"] {
        sandbox.git(&["checkout", "-q", "-B", &format!("{branch}-marked"), "main"]);
        sandbox.git(&["cherry-pick", branch]);
    }
    let found = data(&sandbox, 0, &["check", "rename-marked", "caller-marked"]);
    assert_eq!(rules(&found), [] as [&str; 0]);
    assert_eq!(found["not_analysed"][0]["path"], "src/users.ts");
    assert_eq!(found["not_analysed"][0]["reason"], "marked in .gitattributes as generated or vendored");
}

#[test]
fn the_suggested_patch_applies_and_settles_it() {
    let sandbox = renamed_and_called();
    let found = data(&sandbox, 1, &["check", "rename", "caller"]);
    std::fs::write(sandbox.home().join("fix.patch"), found["findings"][0]["fix"]["patch"].as_str().unwrap())
        .unwrap();
    sandbox.git(&["checkout", "-q", "caller"]);
    sandbox.git(&["apply", "../fix.patch"]);
    sandbox.commit_all("adapt");
    assert_eq!(rules(&data(&sandbox, 0, &["check", "rename", "caller"])), [] as [&str; 0]);
}

#[test]
fn one_branch_is_compared_with_what_is_checked_out_or_with_its_target() {
    let sandbox = renamed_and_called();
    assert_eq!(rules(&data(&sandbox, 0, &["check", "caller"])), [] as [&str; 0]);
    let into = data(&sandbox, 1, &["check", "caller", "--into", "rename"]);
    assert_eq!(rules(&into), ["deny symbol-removed"]);
    sandbox.git(&["merge", "-q", "rename"]);
    assert_eq!(rules(&data(&sandbox, 1, &["check", "caller"])), ["deny symbol-removed"]);
    let alone = sandbox.orca(&["check", "main"]);
    assert_eq!(alone.code, 2, "{alone:?}");
    assert!(alone.stderr.contains("named alone") && alone.stderr.contains("--into"), "{alone:?}");
    sandbox.git(&["checkout", "-q", "--detach"]);
    assert_eq!(sandbox.orca(&["check", "caller"]).code, 2);
}

#[test]
fn without_branches_and_without_a_run_it_says_what_to_type() {
    let sandbox = renamed_and_called();
    let ran = sandbox.orca(&["check"]);
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.stderr, @r"
    error: no branch is named, and this repository has no run whose branches could be meant
    hint: git orca check <branch>…
    ");
    let unknown = sandbox.orca(&["check", "rename", "nowhere"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("'nowhere' names no commit"), "{unknown:?}");
}

#[test]
fn a_commit_can_allow_a_finding_and_settings_can_weigh_it() {
    let sandbox = renamed_and_called();
    let found = data(&sandbox, 1, &["check", "rename", "caller"]);
    let fingerprint = found["findings"][0]["fingerprint"].as_str().unwrap();
    sandbox.git(&["checkout", "-q", "caller"]);
    sandbox.git(&[
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        &format!("x\n\nOrca-Allow: {fingerprint} adapted later"),
    ]);
    assert_eq!(rules(&data(&sandbox, 0, &["check", "rename", "caller"])), [] as [&str; 0]);
    sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]);
    sandbox.write("orca.toml", "version = 1\n[check]\nsymbol-removed = \"warn\"\n");
    assert_eq!(rules(&data(&sandbox, 0, &["check", "rename", "caller"])), ["warn symbol-removed"]);
    assert_eq!(
        rules(&data(&sandbox, 1, &["check", "rename", "caller", "--strict"])),
        ["warn symbol-removed"]
    );
}

/// What the target did between two starting points is no work of the branch that started later.
#[test]
fn branches_are_compared_from_where_each_pair_parted() {
    let sandbox = renamed_and_called();
    sandbox.git(&["branch", "old", "main"]);
    let more = format!("{USERS}\nexport function dropUser(id: string) {{\n  return id;\n}}\n");
    sandbox.write("src/users.ts", &more).commit_all("main goes on");
    let one = more.replace("return id;", "return id + '1';");
    let two = more.replace("return { id };", "return { id, name: '' };");
    sandbox.branch("one", "main", &[("src/users.ts", &one)]);
    sandbox.branch("two", "main", &[("src/users.ts", &two)]);
    let found = data(&sandbox, 0, &["check", "one", "two", "other", "old"]);
    assert_eq!(rules(&found), [] as [&str; 0], "{found}");
    // But a branch that is behind is compared with what it does not know.
    let found = data(&sandbox, 1, &["check", "caller", "one", "rename"]);
    assert_eq!(rules(&found), ["deny symbol-removed"]);
}

#[test]
fn a_branch_that_holds_the_other_is_not_at_odds_with_it() {
    let sandbox = Sandbox::new();
    sandbox.write("a.py", "x = 1\n").commit_all("base");
    sandbox.branch("lower", "main", &[("a.py", "x = 1\n\n\ndef f(a):\n    return a\n")]);
    sandbox.branch("upper", "lower", &[("a.py", "x = 1\n\n\ndef f(a, b):\n    return a + b\n")]);
    assert_eq!(rules(&data(&sandbox, 0, &["check", "lower", "upper", "main"])), [] as [&str; 0]);
}

#[test]
fn what_cannot_be_analysed_is_said() {
    let sandbox = renamed_and_called();
    sandbox.branch("odd", "main", &[("A.kt", "class A\n"), ("big.ts", &"x();\n".repeat(300_000))]);
    let path = sandbox.repo().join(std::ffi::OsStr::from_bytes(b"caf\xe9.py"));
    sandbox.git(&["checkout", "-q", "odd"]);
    std::fs::write(path, b"name = 'caf\xe9'\n").unwrap();
    std::fs::write(sandbox.repo().join("no\nfindings.py"), "x = 1\n").unwrap();
    sandbox.commit_all("more");
    let ran = sandbox.orca(&["check", "odd", "main", "-v"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.stdout.split(" compared in ").next().unwrap(), @r#"
    not analysed: A.kt: no rule reads .kt yet
    not analysed: big.ts: larger than 1 MiB
    not analysed: "caf\351.py": not UTF-8
    not analysed: "no\nfindings.py": the path holds a control character (on odd)

    no findings (0 changed source files of 2 branches
    "#);
}

#[test]
fn it_works_in_bare_and_shallow_repositories_and_with_strange_names() {
    let sandbox = renamed_and_called();
    sandbox.git(&["update-ref", "refs/heads/-x", "caller"]);
    let ran = sandbox.orca(&["check", "--format", "json", "--", "rename", "-x"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let ran = sandbox.orca_in(&sandbox.home().join("bare.git"), &["check", "rename", "caller"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let url = format!("file://{}", sandbox.repo().display());
    sandbox.git(&["clone", "-q", "--depth=1", "--no-single-branch", &url, "../shallow"]);
    let shallow = sandbox.home().join("shallow");
    let ran = sandbox.orca_in(&shallow, &["check", "origin/rename", "origin/caller"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("git fetch --unshallow"), "{ran:?}");
    let ran =
        sandbox.orca_in(&shallow, &["check", "--base", "origin/main", "origin/rename", "origin/caller"]);
    assert_eq!(ran.code, 1, "{ran:?}");
}

/// For Git a repository that is not named `.git` is bare, even where no configuration says so.
#[test]
fn a_repository_without_settings_is_bare_as_for_git() {
    let sandbox = Sandbox::new();
    let text = "def one():\n    return 1\n\n\ndef two():\n    return 2\n";
    sandbox.write("a.py", text).commit_all("base");
    let added = "def added():\n    return 0\n";
    sandbox.branch("first", "main", &[("a.py", &format!("{added}\n\n{text}"))]);
    sandbox.branch("last", "main", &[("a.py", &format!("{text}\n\n{added}"))]);
    sandbox.git(&["clone", "-q", "--bare", ".", "../odd"]);
    let odd = sandbox.home().join("odd");
    std::fs::remove_file(odd.join("config")).unwrap();
    let ran = sandbox.orca_in(&odd, &["check", "first", "last"]);
    assert!(ran.code == 1 && ran.stdout.contains("their merge holds it twice"), "{ran:?}");
}

#[test]
fn ten_thousand_branches_are_refused_at_once() {
    let sandbox = renamed_and_called();
    let names: Vec<String> = (0..10_000).map(|number| format!("b{number}")).collect();
    let args: Vec<&str> = std::iter::once("check").chain(names.iter().map(String::as_str)).collect();
    let ran = sandbox.orca(&args);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("10000 branches are named; 1000 can be compared at once"), "{ran:?}");
}

/// A second run, and one in another worktree, read the models that the first one kept; a damaged
/// cache is as good as none.
#[test]
fn the_cache_changes_nothing_but_the_time() {
    let sandbox = renamed_and_called();
    let check = |dir: &std::path::Path| {
        let ran = sandbox.orca_in(dir, &["check", "rename", "caller", "other", "--format", "json"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        ran.stdout
    };
    let first = check(&sandbox.repo());
    let packs = || std::fs::read_dir(sandbox.repo().join(".git/orca/cache")).unwrap().count();
    assert_eq!(packs(), 1);
    sandbox.git(&["worktree", "add", "-q", "../there", "other"]);
    assert_eq!(check(&sandbox.home().join("there")), first);
    assert_eq!(packs(), 1, "nothing had to be read again");
    for entry in std::fs::read_dir(sandbox.repo().join(".git/orca/cache")).unwrap() {
        std::fs::write(entry.unwrap().path(), b"rubbish").unwrap();
    }
    assert_eq!(check(&sandbox.repo()), first);
    let children: Vec<_> = (0..50)
        .map(|_| {
            let args = ["check", "rename", "caller", "other", "--format", "json"];
            let mut orca = sandbox.orca_command(&sandbox.repo(), &args);
            orca.stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        assert_eq!(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(), first);
    }
}

/// Three agents, one after the other: the last takes back what the first did. What stands side by
/// side says the same by chance.
#[test]
fn a_circle_goes_through_branches_that_build_on_each_other() {
    let sandbox = Sandbox::new();
    let limit = |limit: &str, more: &str| {
        format!("export function limit(plan: string) {{\n  const most = {limit};\n  return most;\n}}\n{more}")
    };
    sandbox.write("src/limit.ts", limit("10", "")).commit_all("base");
    let second = "export const unit = 'day';\n";
    sandbox.branch("raise", "main", &[("src/limit.ts", &limit("50", ""))]);
    sandbox.branch("lower", "raise", &[("src/limit.ts", &limit("10", second))]);
    let found = data(&sandbox, 1, &["check", "raise", "lower"]);
    assert_eq!(rules(&found), ["deny circular-edit"], "{found}");

    sandbox.branch("beside", "main", &[("src/limit.ts", &limit("50", ""))]);
    sandbox.git(&["checkout", "-q", "beside"]);
    sandbox.write("src/limit.ts", limit("10", second)).commit_all("as before");
    sandbox.git(&["checkout", "-q", "main"]);
    let found = data(&sandbox, 0, &["check", "raise", "beside"]);
    assert_eq!(rules(&found), ["advice circular-edit"], "{found}");
}

/// Branches that both merged the target have two bases, and what lies between these is in both.
#[test]
fn what_both_branches_have_is_nobodys_to_take_back() {
    let sandbox = Sandbox::new();
    let list = |more: &str| format!("1\n2\n{more}3\n4\n5\n");
    sandbox.write("list.txt", list("")).write("other.txt", "x\n").commit_all("base");
    sandbox.branch("topic", "main", &[("list.txt", &list("alpha one\nbeta two\ngamma three\ndelta four\n"))]);
    // Git names the newest base first.
    sandbox.write("other.txt", "y\n");
    let late = "GIT_COMMITTER_DATE=2026-01-03T00:00:00Z git commit -qam 'main goes on'";
    assert_eq!(sandbox.shell(late).code, 0);
    sandbox.branch("again", "topic", &[("list.txt", &list(""))]);
    for branch in ["topic", "again"] {
        sandbox.git(&["checkout", "-q", branch]);
        sandbox.git(&["merge", "-q", "--no-edit", "main"]);
    }
    let found = data(&sandbox, 0, &["check", "topic", "again"]);
    assert_eq!(rules(&found), [] as [&str; 0], "{found}");
}

/// What a commit allows holds for all that have it, also where it lies between two bases.
#[test]
fn what_both_branches_have_may_allow_what_they_do() {
    let sandbox = Sandbox::new();
    sandbox.write("users.py", "def load(id):\n    return id\n").write("other.txt", "x\n").commit_all("base");
    sandbox.branch("topic", "main", &[("notes.txt", "n\n")]);
    sandbox.write("other.txt", "y\n");
    let late = "GIT_COMMITTER_DATE=2026-01-03T00:00:00Z git commit -qam 'main goes on'";
    assert_eq!(sandbox.shell(late).code, 0);
    let check = |start: &str, code: i32| {
        let (rename, caller) = (format!("rename-{start}"), format!("caller-{start}"));
        sandbox.branch(&rename, start, &[("users.py", "def fetch(id):\n    return id\n")]);
        sandbox.branch(&caller, start, &[("page.py", "from users import load\n\nprint(load(1))\n")]);
        for branch in [&rename, &caller] {
            sandbox.git(&["checkout", "-q", branch]);
            sandbox.git(&["merge", "-q", "--no-edit", "main"]);
        }
        data(&sandbox, code, &["check", &rename, &caller])
    };
    let found = check("topic", 1);
    assert_eq!(rules(&found), ["deny symbol-removed"], "{found}");
    let allow = format!("Orca-Allow: {} both know", found["findings"][0]["fingerprint"].as_str().unwrap());
    sandbox.git(&["checkout", "-q", "-b", "allowed", "topic"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "allow", "-m", &allow]);
    let found = check("allowed", 0);
    assert_eq!(rules(&found), [] as [&str; 0], "{found}");
}

/// With `set -o pipefail`, `git orca check … | head` must not pass where the check does not.
#[test]
fn a_closed_pipe_makes_no_yes_of_a_no() {
    let sandbox = renamed_and_called();
    let mut reader = sandbox.command("true", &sandbox.repo());
    let mut reader = reader.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let pipe = reader.stdin.take().unwrap();
    reader.wait().unwrap();
    let mut check = sandbox.orca_command(&sandbox.repo(), &["check", "rename", "caller"]);
    let ran = check.stdout(pipe).output().unwrap();
    assert_eq!((ran.status.code(), String::from_utf8(ran.stderr).unwrap().as_str()), (Some(1), ""));
}

#[test]
fn head_is_what_is_checked_out_and_a_range_is_no_branch() {
    let sandbox = renamed_and_called();
    sandbox.git(&["update-ref", "refs/heads/HEAD", "caller"]);
    assert_eq!(rules(&data(&sandbox, 0, &["check", "rename", "HEAD"])), [""; 0]);
    assert_eq!(rules(&data(&sandbox, 1, &["check", "rename", "refs/heads/HEAD"])), ["deny symbol-removed"]);
    let range = sandbox.orca(&["check", "main..rename", "caller"]);
    assert_eq!(range.code, 2, "{range:?}");
    assert!(range.stderr.contains("'main..rename' names no commit\nhint: a range is no branch"), "{range:?}");
}

/// In Go a package is a directory, so who else has methods of a type is asked of its directory alone.
#[test]
fn methods_of_a_go_type_are_looked_for_in_its_package() {
    let leaf = "package tree\n\ntype Leaf struct{}\n\nfunc (l *Leaf) Kind() int {\n\treturn 1\n}\n";
    let next = "package tree\n\nfunc (l *Leaf) Next() byte {\n\treturn 1\n}\n";
    let parse = |takes: &str| {
        format!(
            "package tree\n\ntype Node interface {{\n\tKind() int\n}}\n\ntype Source interface {{\n\tNext() byte\n}}\n\n\
             func Parse(from {takes}) int {{\n\treturn 1\n}}\n"
        )
    };
    let caller = "package app\n\nimport \"example.com/acme/tree\"\n\nfunc Run() int {\n\tleaf := &tree.Leaf{}\n\treturn tree.Parse(leaf)\n}\n";
    for (next_at, expected) in
        [("tree/[1]/next.go", vec!["deny signature-changed"]), ("tree/next.go", Vec::new())]
    {
        let sandbox = Sandbox::new();
        sandbox.write("go.mod", "module example.com/acme\n\ngo 1.22\n").write("tree/leaf.go", leaf);
        sandbox.write("tree/parse.go", parse("Node")).write(next_at, next).commit_all("base");
        sandbox.branch("retype", "main", &[("tree/parse.go", &parse("Source"))]);
        sandbox.branch("caller", "main", &[("app/run.go", caller)]);
        let code = i32::from(!expected.is_empty());
        assert_eq!(rules(&data(&sandbox, code, &["check", "retype", "caller"])), expected, "{next_at}");
        // The same where the caller is at home in the top directory.
        let main = |text: &str| text.replace("package tree", "package main");
        let at_top = next_at.strip_prefix("tree/").unwrap();
        let sandbox = Sandbox::new();
        sandbox.write("go.mod", "module example.com/acme\n\ngo 1.22\n").write("leaf.go", main(leaf));
        sandbox.write("parse.go", main(&parse("Node"))).write(at_top, main(next)).commit_all("base");
        sandbox.branch("retype", "main", &[("parse.go", &main(&parse("Source")))]);
        let run = "package main\n\nfunc Run() int {\n\tleaf := &Leaf{}\n\treturn Parse(leaf)\n}\n";
        sandbox.branch("caller", "main", &[("run.go", run)]);
        assert_eq!(rules(&data(&sandbox, code, &["check", "retype", "caller"])), expected, "{at_top}");
    }
}

/// Sixteen times the uses may take no longer than they should: a look at all for each takes 256 times as
/// long.
#[test]
fn time_grows_with_the_uses_in_a_file_that_both_changed() {
    let pad = "// pad\n".repeat(6);
    let text = |ty: &str, n: usize| {
        let uses: String = (0..n).map(|number| format!("  x.g({number});\n")).collect();
        format!(
            "class B {{ g(a: number) {{}} }}\nclass C {{ h(a: number) {{}} }}\nexport function f(x: {ty}) {{\n{pad}{uses}{pad}}}\n"
        )
    };
    let took = |n: usize| {
        let sandbox = Sandbox::new();
        sandbox.write("a.ts", text("B", 1)).commit_all("base");
        sandbox.branch("typed", "main", &[("a.ts", &text("C", 1))]);
        sandbox.branch("uses", "main", &[("a.ts", &text("B", n))]);
        let begun = std::time::Instant::now();
        let ran = sandbox.orca(&["check", "typed", "uses"]);
        assert!(ran.code < 2, "{}", ran.stderr);
        begun.elapsed().as_secs_f64()
    };
    let (few, many) = (took(500), took(8_000));
    assert!(many < 32.0 * few.max(0.05), "{few} s and {many} s");
}

/// One side lets a method throw and all who call it, the other calls it often: each call is fine.
#[test]
fn time_grows_with_the_calls_that_the_merge_lets_throw() {
    let pad = "  // pad\n".repeat(6);
    let caller = |throws: &str, n: usize| {
        let calls: String = (0..n).map(|number| format!("    s.g({number});\n")).collect();
        format!("class U {{\n{pad}  void f(S s){throws} {{\n{pad}{calls}  }}\n}}\n")
    };
    let throws = " throws java.io.IOException";
    let took = |n: usize| {
        let sandbox = Sandbox::new();
        sandbox.write("S.java", "class S {\n  void g(int a) {}\n}\n").write("U.java", caller("", 0));
        sandbox.commit_all("base");
        let callee = format!("class S {{\n  void g(int a){throws} {{}}\n}}\n");
        sandbox.branch("throws", "main", &[("S.java", &callee), ("U.java", &caller(throws, 0))]);
        sandbox.branch("calls", "main", &[("U.java", &caller("", n))]);
        let begun = std::time::Instant::now();
        let ran = sandbox.orca(&["check", "throws", "calls"]);
        assert_eq!(ran.code, 0, "{}", ran.stdout);
        begun.elapsed().as_secs_f64()
    };
    let (few, many) = (took(250), took(4_000));
    assert!(many < 32.0 * few.max(0.05), "{few} s and {many} s");
}

#[test]
fn a_branch_is_not_compared_with_itself() {
    let sandbox = renamed_and_called();
    let refused = |args: &[&str], words: &str| {
        let ran = sandbox.orca(&[&["check"], args].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    };
    refused(&["rename", "refs/heads/rename"], "'rename' is named twice, and no other branch is");
    refused(&["rename", "rename"], "hint: git orca check rename compares it with what is checked out");
    refused(&["rename", "--into", "rename"], "'rename' is both what is checked and what it is meant for");
    refused(&["nonexist", "rename"], "nonexist");
}

/// A trailer that accepts nothing as it is written is worse than none.
#[test]
fn a_trailer_that_accepts_nothing_is_told() {
    let sandbox = renamed_and_called();
    sandbox.git(&["checkout", "-q", "rename"]);
    let print = data(&sandbox, 1, &["check", "rename", "caller"])["findings"][0]["fingerprint"].clone();
    let print = print.as_str().unwrap();
    let wrong = [
        (format!("Orca-Allow: {print}"), "it has no reason"),
        ("Orca-Allow: symbol-removed is fine".to_owned(), "it has no fingerprint, which 'check -v' tells"),
        (format!("orca-allow: {print} adapted later"), "a trailer is written otherwise"),
        (format!("Orca-Allow:{print} adapted later"), "a trailer is written otherwise"),
        ("Orca-Allow".to_owned(), ""),
        ("Orca-Allowance: 12".to_owned(), ""),
    ];
    for (line, why) in wrong {
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "x", "-m", &format!("More.\n{line}")]);
        let found = data(&sandbox, 1, &["check", "rename", "caller"]);
        let warnings: Vec<String> = found["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|said| sandbox.stable(said.as_str().unwrap()))
            .collect();
        let told = format!(
            "<oid> of rename, line 4 of its message: '{line}' accepts nothing: {why}; \
             write 'Orca-Allow: <fingerprint> <reason>'"
        );
        assert_eq!(warnings, if why.is_empty() { vec![] } else { vec![told] });
        let text = sandbox.orca(&["check", "rename", "caller"]).stdout;
        assert_eq!(text.contains("warning: "), !why.is_empty(), "{text}");
        sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]);
    }
}

#[test]
fn a_handoff_is_compared_with_its_branch_without_a_hub() {
    let sandbox = renamed_and_called();
    let handoff = "hand off\n\nOrca-Handoff: v1 r1/users/1\nOrca-Run: r1\nOrca-Task: users\nOrca-From: types\n\
        Orca-Time: 2024-11-14T10:30:00Z\nOrca-Status: complete\nOrca-Provides: function fetchUser\n\
        Orca-Provides: type Guest\n";
    sandbox.git(&["checkout", "--quiet", "rename"]);
    sandbox.git(&["commit", "--quiet", "--amend", "-m", handoff]);
    let data = data(&sandbox, 1, &["check", "rename", "other"]);
    assert_eq!(rules(&data), ["deny contract-missing"], "{data}");
    assert!(data["findings"][0]["message"].as_str().unwrap().contains("`Guest`"), "{data}");
}
