//! The shapes in which `git orca check` tells its findings to code hosts and reviewers.

use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};

const USERS: &str = "export function loadUser(id: string) {\n  return { id };\n}\n";
const CALLER: &str = "import { loadUser } from './users';\n\nexport const page = () => loadUser('1');\n";

/// `rename` renames a function that `caller` starts to call, in a file with an odd name.
fn quarrel() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("src/users.ts", USERS).commit_all("base");
    sandbox.branch("rename", "main", &[("src/users.ts", &USERS.replace("loadUser", "fetchUser"))]);
    sandbox.branch("caller", "main", &[("src/ü, page.ts", CALLER)]);
    sandbox
}

/// Many callers of a function that another branch renames.
fn many(n_callers: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("src/users.ts", USERS).commit_all("base");
    sandbox.branch("rename", "main", &[("src/users.ts", &USERS.replace("loadUser", "fetchUser"))]);
    let callers: Vec<(String, &str)> =
        (0..n_callers).map(|number| (format!("src/page-{number:04}.ts"), CALLER)).collect();
    let callers: Vec<(&str, &str)> = callers.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    sandbox.branch("caller", "main", &callers);
    sandbox
}

fn check(sandbox: &Sandbox, format: &str, more: &[&str]) -> Ran {
    let ran = sandbox.orca(&[&["check", "rename", "caller", "--format", format], more].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    ran
}

fn sarif(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&check(sandbox, "sarif", &[]).stdout).unwrap()
}

#[test]
fn sarif_names_both_places_and_carries_the_fix() {
    let sandbox = quarrel();
    let log = sarif(&sandbox);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let result = &run["results"][0];
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(
        (&result["ruleId"], &rules[index]["id"]),
        (&"symbol-removed".into(), &"symbol-removed".into())
    );
    assert_eq!(result["level"], "error");
    let place = |location: &Value| {
        let physical = &location["physicalLocation"];
        let region = &physical["region"];
        let numbers = ["startLine", "startColumn", "endColumn"].map(|key| region[key].as_u64().unwrap());
        (physical["artifactLocation"]["uri"].as_str().unwrap().to_owned(), numbers)
    };
    assert_eq!(place(&result["locations"][0]), ("src/%C3%BC%2C%20page.ts".to_owned(), [1, 10, 18]));
    assert_eq!(place(&result["relatedLocations"][0]), ("src/users.ts".to_owned(), [1, 17, 26]));
    assert!(result["partialFingerprints"]["orca/v1"].as_str().unwrap().len() == 12);
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "src/%C3%BC%2C%20page.ts");
    let replacements = change["replacements"].as_array().unwrap();
    assert_eq!(replacements.len(), 2);
    assert_eq!(replacements[0]["insertedContent"]["text"], "import { fetchUser } from './users';\n");
    assert_eq!(replacements[0]["deletedRegion"]["startLine"], 1);
    assert_eq!(replacements[0]["deletedRegion"]["endLine"], 2);
}

#[test]
fn annotations_are_ten_at_most_and_cannot_be_broken_out_of() {
    let text = check(&quarrel(), "github", &[]).stdout;
    insta::assert_snapshot!(text.split(" (").next().unwrap(), @r"
    ::error file=src/ü%2C page.ts,line=1,title=deny[symbol-removed]::caller imports the function `loadUser` in src/ü, page.ts, which rename renamed to `fetchUser` in src/users.ts%0Arename:src/users.ts:1%0Ahelp: use `fetchUser` for `loadUser` in src/ü, page.ts
    1 deny
    ");
    let text = check(&many(12), "github", &[]).stdout;
    assert_eq!(text.lines().filter(|line| line.starts_with("::")).count(), 10, "{text}");
    assert!(text.contains("2 more findings without an annotation"), "{text}");
}

#[test]
fn markdown_reads_well_and_fits_a_comment() {
    let text = check(&quarrel(), "markdown", &[]).stdout;
    let stable = text.split("<sub>2 changed").next().unwrap().to_owned();
    insta::assert_snapshot!(stable, @r#"
    ### git orca check: 1 deny

    🛑 **deny** `symbol-removed`: caller imports the function `loadUser` in src/ü, page.ts, which rename renamed to `fetchUser` in src/users.ts

    `rename:src/users.ts:1`

    ```ts
    export function fetchUser(id: string) {
    ```

    `caller:src/ü, page.ts:1`

    ```ts
    import { loadUser } from './users';
    ```

    <details><summary>Fix: use <code>fetchUser</code> for <code>loadUser</code> in src/ü, page.ts</summary>

    ```diff
    --- "a/src/\303\274, page.ts"
    +++ "b/src/\303\274, page.ts"
    @@ -1,3 +1,3 @@
    -import { loadUser } from './users';
    +import { fetchUser } from './users';
     
    -export const page = () => loadUser('1');
    +export const page = () => fetchUser('1');
    ```

    </details>

    <sub>`Orca-Allow: 360e7a1ee156 <reason>` accepts it.</sub>
    "#);
    let text = check(&many(400), "markdown", &[]).stdout;
    assert!(text.len() <= 64 << 10, "{}", text.len());
    assert!(text.contains("more findings; `git orca check` lists them all"), "{text}");
}

#[test]
fn results_go_to_files_and_summaries_are_added_to() {
    let sandbox = quarrel();
    sandbox.write("summary.md", "# Before\n");
    let more = ["-o", "orca.sarif", "--summary", "summary.md"];
    let ran = check(&sandbox, "sarif", &more);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.starts_with("1 deny (2 changed source files"), "{ran:?}");
    let log: Value = serde_json::from_str(&sandbox.read("orca.sarif")).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 1);
    check(&sandbox, "text", &["-o", "out.txt", "--color", "always", "--summary", "summary.md"]);
    let text = sandbox.read("out.txt");
    assert!(text.starts_with("deny[symbol-removed]") && !text.contains('\u{1b}'), "{text}");
    let summary = sandbox.read("summary.md");
    assert!(summary.starts_with("# Before\n### git orca check: 1 deny\n"), "{summary}");
    assert_eq!(summary.matches("### git orca check").count(), 2);
    let ran = sandbox.orca(&["check", "rename", "caller", "-o", "nowhere/x"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("cannot write") && ran.stderr.contains("nowhere/x"), "{ran:?}");
}

#[test]
fn other_commands_refuse_these_shapes_before_they_do_anything() {
    let sandbox = quarrel();
    let before = sandbox.state();
    let ran = sandbox.orca(&["merge", "rename", "--into", "main", "--format", "sarif"]);
    assert_eq!((ran.code, sandbox.state()), (2, before), "{ran:?}");
    assert!(ran.stderr.contains("only 'git orca check' has"), "{ran:?}");
}

#[test]
fn odd_lines_are_shown_without_harm() {
    let sandbox = Sandbox::new();
    sandbox.write("src/users.ts", USERS).commit_all("base");
    sandbox.branch("rename", "main", &[("src/users.ts", &USERS.replace("loadUser", "fetchUser"))]);
    let wide = format!("/* {} 漢字\t\u{1b}[2J */ {}", "x".repeat(300_000), CALLER);
    sandbox.branch("caller", "main", &[("src/page.ts", &wide)]);
    for format in ["text", "github", "markdown", "sarif"] {
        let text = check(&sandbox, format, &[]).stdout;
        assert!(!text.contains('\u{1b}'), "{format}");
        assert!(format == "sarif" || text.len() < 20_000, "{format}: {}", text.len());
    }
}

#[test]
fn tests_that_touch_the_findings_are_named() {
    let sandbox = Sandbox::new();
    sandbox
        .write("src/users.ts", USERS)
        .write(
            "tests/users.test.ts",
            "import { loadUser } from '../src/users';\ntest(() => loadUser('1'));\n",
        )
        .write("tests/loadUserLater.ts", "export const loadUserLater = 1;\n")
        .write("docs/tests.md", "loadUser\n")
        .commit_all("base");
    sandbox.branch("rename", "main", &[("src/users.ts", &USERS.replace("loadUser", "fetchUser"))]);
    let own = "import { page } from './page';\n// of loadUser and fetchUser\ntest(page);\n";
    sandbox.branch("caller", "main", &[("src/page.ts", CALLER), ("src/page.spec.ts", own)]);
    let data: Value = serde_json::from_str(&check(&sandbox, "json", &[]).stdout).unwrap();
    let tests = serde_json::json!([
        { "path": "src/page.spec.ts", "reason": "touches fetchUser, loadUser" },
        { "path": "tests/users.test.ts", "reason": "touches loadUser" },
    ]);
    assert_eq!(data["data"]["tests"], tests);
    let text = check(&sandbox, "text", &[]).stdout;
    assert!(text.contains("\ntests to run first: src/page.spec.ts, tests/users.test.ts\n"), "{text}");
}
