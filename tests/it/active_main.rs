//! Branches that left an active main at many places.

use serde_json::Value;

use crate::sandbox::Sandbox;

const USERS: &str = "export function loadUser(id: string) {\n  return { id };\n}\n\nexport function nameOf(id: string) {\n  return id;\n}\n";
const CALLER: &str = "import { loadUser } from './users';\n\nexport const page = () => loadUser('1');\n";
const NAMER: &str = "import { nameOf } from './users';\n\nexport const label = () => nameOf('1');\n";

/// Main renames `loadUser` after the first branch left it, and goes on; `b1` to `b4` each leave it
/// one commit later.
fn active_main(first: &[(&str, &str)], last: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("src/users.ts", USERS).write("README.md", "# App\n").commit_all("base");
    sandbox.branch("b1", "main", first);
    sandbox.write("src/users.ts", USERS.replace("loadUser", "fetchUser")).commit_all("renamed");
    sandbox.branch("b2", "main", &[("src/two.ts", "export const two = 2;\n")]);
    sandbox.write("src/other.ts", "export const other = 1;\n").commit_all("more");
    sandbox.branch("b3", "main", &[("src/three.ts", "export const three = 3;\n")]);
    sandbox.write("src/other.ts", "export const other = 2;\n").commit_all("still more");
    sandbox.branch("b4", "main", last);
    sandbox.write("README.md", "# An app\n").commit_all("on");
    sandbox
}

/// What is said of each finding, without the fix.
fn found(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let ran = sandbox.orca(&[&["check", "--format", "json"], args].concat());
    let envelope: Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = envelope["data"]["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_main_took_away_is_missed_by_a_branch_from_before() {
    let sandbox = active_main(&[("src/page.ts", CALLER)], &[("src/four.ts", "export const four = 4;\n")]);
    let with_main = found(&sandbox, &["b1", "b2", "b3", "b4", "--into", "main"]);
    assert_eq!(
        with_main,
        [
            "b1 imports the function `loadUser` in src/page.ts, which main renamed to `fetchUser` in src/users.ts"
        ]
    );
    // Whoever is furthest along brings it in.
    assert_eq!(
        found(&sandbox, &["b4", "b3", "b2", "b1"]),
        [
            "b1 imports the function `loadUser` in src/page.ts, which b3 renamed to `fetchUser` in src/users.ts"
        ]
    );
}

#[test]
fn what_an_old_branch_takes_away_is_missed_by_main() {
    let without = USERS.split("\n\n").next().unwrap();
    let sandbox = active_main(&[("src/users.ts", without)], &[("src/four.ts", "export const four = 4;\n")]);
    sandbox.write("src/label.ts", NAMER).commit_all("main uses it");
    let with_main = found(&sandbox, &["b1", "b2", "b3", "b4", "--into", "main"]);
    assert_eq!(
        with_main,
        ["main imports the function `nameOf` in src/label.ts, which b1 removed from src/users.ts"]
    );
}

#[test]
fn deltas_from_different_places_are_compared_with_each_other() {
    let without = USERS.split("\n\n").next().unwrap();
    let sandbox = active_main(&[("src/users.ts", without)], &[("src/label.ts", NAMER)]);
    let args = ["b1", "b2", "b3", "b4", "--into", "main"];
    assert_eq!(
        found(&sandbox, &args),
        ["b4 imports the function `nameOf` in src/label.ts, which b1 removed from src/users.ts"]
    );
    let renamed = USERS.replace("loadUser", "fetchUser").replace("nameOf", "titleOf");
    let sandbox = active_main(&[("src/label.ts", NAMER)], &[("src/users.ts", &renamed)]);
    assert_eq!(
        found(&sandbox, &args),
        ["b1 imports the function `nameOf` in src/label.ts, which b4 renamed to `titleOf` in src/users.ts"]
    );
}

#[test]
fn what_main_did_before_is_no_work_of_the_branches() {
    let renamed = USERS.replace("loadUser", "fetchUser");
    let page = CALLER.replace("loadUser", "fetchUser");
    let sandbox = active_main(&[("src/users.ts", &renamed)], &[("src/page.ts", &page)]);
    sandbox.branch("b5", "main", &[("src/users.ts", &renamed.replace("return id", "return id + ''"))]);
    let args = ["b1", "b2", "b3", "b4", "b5", "--into", "main"];
    assert_eq!(found(&sandbox, &args), [] as [&str; 0]);
}

#[test]
fn a_commit_that_allows_a_finding_with_main_is_heard() {
    let sandbox = active_main(&[("src/page.ts", CALLER)], &[("src/four.ts", "export const four = 4;\n")]);
    let args = ["check", "b1", "b2", "b3", "b4", "--into", "main", "--format", "json"];
    let envelope: Value = serde_json::from_str(&sandbox.orca(&args).stdout).unwrap();
    let fingerprint = envelope["data"]["findings"][0]["fingerprint"].as_str().unwrap();
    sandbox.git(&["checkout", "-q", "b1"]);
    let message = format!("x\n\nOrca-Allow: {fingerprint} adapted later");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", &message]);
    let ran = sandbox.orca(&args);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// In the matrix the quarrel is with every branch that has what main did.
#[test]
fn every_branch_that_left_later_quarrels_with_one_from_before() {
    let sandbox = active_main(&[("src/page.ts", CALLER)], &[("src/four.ts", "export const four = 4;\n")]);
    let ran = sandbox.orca(&["matrix", "b1", "b2", "b3", "b4", "--format", "json"]);
    let envelope: Value = serde_json::from_str(&ran.stdout).unwrap();
    let pairs = envelope["data"]["pairs"].as_array().unwrap();
    let at_odds = pairs.iter().filter(|pair| pair["verdict"] == "contract");
    let at_odds: Vec<(&str, &str)> =
        at_odds.map(|pair| (pair["a"].as_str().unwrap(), pair["b"].as_str().unwrap())).collect();
    assert_eq!(at_odds, [("b1", "b2"), ("b1", "b3"), ("b1", "b4")]);
}

/// A branch that takes back on purpose what main did before it began is in no circle with main.
#[test]
fn what_main_did_before_may_be_undone() {
    let sandbox = active_main(&[("src/one.ts", "export const one = 1;\n")], &[("src/users.ts", USERS)]);
    let args = ["b1", "b2", "b3", "b4", "--into", "main"];
    assert_eq!(found(&sandbox, &args), [] as [&str; 0]);
}

#[test]
fn the_branch_furthest_along_takes_nothing_out_of_sight() {
    let marks = [(".gitattributes", "src/*.ts linguist-generated\n")];
    let sandbox = active_main(&[("src/page.ts", NAMER)], &marks);
    let renamed = USERS.replace("loadUser", "fetchUser").replace("nameOf", "titleOf");
    sandbox.branch("b5", "b2~1", &[("src/users.ts", &renamed)]);
    assert_eq!(
        found(&sandbox, &["b1", "b5", "b3", "b4"]),
        ["b1 imports the function `nameOf` in src/page.ts, which b5 renamed to `titleOf` in src/users.ts"]
    );
}

/// Between their own deltas a call misses what the function asks for since the other branch. But the
/// branch that calls has a third form of the function from main, so the merge is for a person anyway.
#[test]
fn a_finding_between_deltas_is_confirmed_from_where_the_branches_parted() {
    let taking = |more: &str| USERS.replace("nameOf(id: string)", &format!("nameOf(id: string{more})"));
    let sandbox = Sandbox::new();
    sandbox.write("src/users.ts", USERS).write("README.md", "# App\n").commit_all("base");
    sandbox.branch("b1", "main", &[("src/users.ts", &taking(", style: string"))]);
    sandbox.branch("from-base", "main", &[("src/label.ts", NAMER)]);
    sandbox.write("src/users.ts", taking(", locale?: string")).commit_all("with locales");
    sandbox.branch("b2", "main", &[("src/two.ts", "export const two = 2;\n")]);
    sandbox.write("src/other.ts", "export const other = 1;\n").commit_all("more");
    sandbox.branch("b3", "main", &[("src/label.ts", NAMER)]);
    sandbox.write("README.md", "# An app\n").commit_all("on");
    assert_eq!(found(&sandbox, &["b1", "from-base"]).len(), 1);
    let nothing: [&str; 0] = [];
    assert_eq!(found(&sandbox, &["b1", "b3"]), nothing);
    assert_eq!(found(&sandbox, &["b1", "b2", "b3", "--into", "main"]), nothing);
}
