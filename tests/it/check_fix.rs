//! `git orca check --fix` and baselines.

use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};

const USERS: &str = "export function loadUser(id: string) {\n  return { id };\n}\n";
const CALLER: &str = "import { loadUser } from './users';\n\nexport const page = () => loadUser('1');\n";

/// `rename` renames a function that `caller` starts to call.
fn quarrel() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("src/users.ts", USERS).commit_all("base");
    sandbox.branch("rename", "main", &[("src/users.ts", &USERS.replace("loadUser", "fetchUser"))]);
    sandbox.branch("caller", "main", &[("src/page.ts", CALLER)]);
    sandbox
}

fn fix(sandbox: &Sandbox, code: i32, more: &[&str]) -> Ran {
    let ran = sandbox.orca(&[&["check", "rename", "caller", "--fix"], more].concat());
    assert_eq!(ran.code, code, "{ran:?}");
    ran
}

fn data(ran: &Ran) -> Value {
    serde_json::from_str::<Value>(&ran.stdout).unwrap()["data"].clone()
}

#[test]
fn a_safe_fix_is_committed_on_the_branch_that_has_to_change() {
    let sandbox = quarrel();
    let before = sandbox.git(&["rev-parse", "caller"]);
    let done = data(&fix(&sandbox, 0, &["--format", "json"]));
    assert_eq!((&done["findings"], &done["unfixed"]), (&serde_json::json!([]), &serde_json::json!([])));
    let fixed = &done["fixed"][0];
    assert_eq!((&fixed["rule"], &fixed["branch"]), (&"symbol-removed".into(), &"caller".into()));
    assert_eq!(fixed["commit"], sandbox.git(&["rev-parse", "caller"]).trim());
    assert_eq!(sandbox.git(&["rev-parse", "caller~1"]), before);
    assert!(sandbox.git(&["show", "caller:src/page.ts"]).contains("fetchUser('1')"));
    let message = sandbox.git(&["log", "-1", "--format=%B", "caller"]);
    insta::assert_snapshot!(message.replace(fixed["fingerprint"].as_str().unwrap(), "<fingerprint>"), @r"
    Adapt to rename

    - use `fetchUser` for `loadUser` in src/page.ts

    Orca-Fix: <fingerprint> symbol-removed
    ");
    let trailer = sandbox.git(&["log", "-1", "--format=%(trailers:key=Orca-Fix,valueonly)", "caller"]);
    assert!(trailer.starts_with(fixed["fingerprint"].as_str().unwrap()), "{trailer}");
    assert_eq!(sandbox.orca(&["check", "rename", "caller"]).code, 0);
    let after = sandbox.state();
    fix(&sandbox, 0, &[]);
    assert_eq!(sandbox.state(), after, "a second time there is nothing to do");
}

#[test]
fn a_dry_run_shows_it_and_writes_nothing() {
    let sandbox = quarrel();
    let before = sandbox.state();
    let objects = sandbox.git(&["count-objects", "-v"]);
    let ran = fix(&sandbox, 0, &["--dry-run"]);
    assert!(ran.stdout.starts_with("fixed[symbol-removed] on caller: use `fetchUser`"), "{ran:?}");
    assert!(ran.stdout.contains("+import { fetchUser }") && ran.stdout.contains("would get a commit"));
    assert_eq!((sandbox.state(), sandbox.git(&["count-objects", "-v"])), (before, objects));
}

#[test]
fn a_checkout_follows_when_it_is_clean_and_blocks_when_it_is_not() {
    let sandbox = quarrel();
    sandbox.git(&["worktree", "add", "-q", "../there", "caller"]);
    let file = sandbox.home().join("there/src/page.ts");
    std::fs::write(&file, "mine\n").unwrap();
    let before = sandbox.git(&["for-each-ref"]);
    let ran = fix(&sandbox, 1, &[]);
    assert!(ran.stderr.contains("changes that are not committed: src/page.ts"), "{ran:?}");
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine\n");
    std::fs::write(&file, CALLER).unwrap();
    fix(&sandbox, 0, &[]);
    assert!(std::fs::read_to_string(&file).unwrap().contains("fetchUser('1')"));
    assert_eq!(sandbox.git(&["-C", "../there", "status", "--porcelain"]), "");
}

#[test]
fn only_named_branches_are_changed() {
    let sandbox = quarrel();
    let before = sandbox.git(&["for-each-ref"]);
    let ran = sandbox.orca(&["check", "rename", "--into", "caller", "--fix"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("not fixed: 'caller' is no branch that was named to be changed"), "{ran:?}");
    let tip = sandbox.git(&["rev-parse", "caller"]);
    let ran = sandbox.orca(&["check", "rename", tip.trim(), "--fix"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
    assert_eq!(sandbox.orca(&["check", "--fix"]).code, 2, "a run corrects its own tasks");
}

/// What it leaves to be filled in would build, and fail when it runs.
#[test]
fn a_draft_is_shown_and_not_committed() {
    let sandbox = Sandbox::new();
    let shape = "pub enum Shape {\n  Dot,\n}\n";
    sandbox.write("src/lib.rs", "mod area;\nmod shape;\n").write("src/shape.rs", shape);
    sandbox.write("src/area.rs", "use crate::shape::Shape;\n").commit_all("base");
    sandbox.branch("rename", "main", &[("src/shape.rs", "pub enum Shape {\n  Dot,\n  Line,\n}\n")]);
    let area = "use crate::shape::Shape;\n\npub fn area(shape: &Shape) -> u32 {\n  match shape {\n    \
                Shape::Dot => 0,\n  }\n}\n";
    sandbox.branch("caller", "main", &[("src/area.rs", area)]);
    let before = sandbox.git(&["for-each-ref"]);
    let ran = fix(&sandbox, 1, &[]);
    assert!(ran.stdout.contains("\n    +    Shape::Line => todo!(),\n"), "{ran:?}");
    assert!(ran.stdout.contains("not fixed: its patch is a draft, for a person to finish"), "{ran:?}");
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
}

/// What has another signature may be another thing.
#[test]
fn a_new_name_with_another_signature_is_not_committed() {
    let sandbox = Sandbox::new();
    sandbox.write("src/users.ts", USERS).commit_all("base");
    let other = USERS.replace("loadUser(id: string)", "fetchUser(id: string, fresh: boolean)");
    sandbox.branch("rename", "main", &[("src/users.ts", &other)]);
    sandbox.branch("caller", "main", &[("src/page.ts", CALLER)]);
    let before = sandbox.git(&["for-each-ref"]);
    let ran = fix(&sandbox, 1, &[]);
    assert!(ran.stdout.contains("use `fetchUser`, which has another signature, for `loadUser`"), "{ran:?}");
    assert!(ran.stdout.contains("not fixed: its fix needs a person"), "{ran:?}");
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
}

const BOXES: &str = "export class Box {\n  top() {\n    return 1;\n  }\n\n  left() {\n    return side();\n  }\n}\n\n\
                     const side = () => 2;\n";
const PAGE: &str = "import { Box } from './box';\n\nexport const page = (box: Box) => box.left();\n";

/// The lines around it have changed, and where it stood is inside of its neighbour by the lines.
#[test]
fn what_is_put_back_stands_beside_its_neighbours() {
    let sandbox = Sandbox::new();
    sandbox.write("src/box.ts", BOXES).commit_all("base");
    let kept = BOXES.replace("    return 1;\n  }\n\n  left() {\n    return side();\n", "    return 3;\n");
    sandbox.branch("rename", "main", &[("src/box.ts", &kept)]);
    sandbox.branch("caller", "main", &[("src/page.ts", PAGE)]);
    let ran = sandbox.orca(&["check", "rename", "caller"]);
    assert!(ran.stdout.contains("         return 3;\n       }\n    +\n    +  left() {\n"), "{ran:?}");
}

#[test]
fn what_cannot_come_back_alone_is_not_put_back() {
    let sandbox = Sandbox::new();
    sandbox.write("src/box.ts", BOXES).commit_all("base");
    let kept =
        BOXES.replace("\n  left() {\n    return side();\n  }\n", "").replace("const side", "const edge");
    sandbox.branch("rename", "main", &[("src/box.ts", &kept)]);
    sandbox.branch("caller", "main", &[("src/page.ts", PAGE)]);
    let ran = fix(&sandbox, 1, &[]);
    assert!(ran.stdout.contains("not fixed: its fix needs a person"), "{ran:?}");
}

/// As it is when orca dies after the ref has moved and before the files have.
#[test]
fn files_that_a_kill_left_behind_are_brought_along() {
    let sandbox = quarrel();
    let before = sandbox.git(&["rev-parse", "caller"]);
    fix(&sandbox, 0, &[]);
    let after = sandbox.git(&["rev-parse", "caller"]);
    sandbox.git(&["update-ref", "refs/heads/caller", before.trim()]);
    sandbox.git(&["checkout", "-q", "caller"]);
    sandbox.move_and_die("caller", after.trim());
    let again = fix(&sandbox, 0, &[]);
    assert!(again.stderr.contains("the files in") && again.stderr.contains("followed"), "{again:?}");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert!(sandbox.read("src/page.ts").contains("fetchUser('1')"));
}

#[test]
fn a_kill_at_any_time_leaves_the_old_state_or_the_new_one() {
    let (n_kills, mut whole) = (12, std::time::Duration::ZERO);
    for kill in 0..=n_kills {
        let sandbox = quarrel();
        sandbox.git(&["checkout", "-q", "caller"]);
        let before = sandbox.git(&["rev-parse", "caller"]);
        let started = std::time::Instant::now();
        let args = ["check", "rename", "caller", "--fix", "-q"];
        let mut orca = sandbox.orca_command(&sandbox.repo(), &args);
        let mut orca = orca.stdout(std::process::Stdio::null()).spawn().unwrap();
        if kill == 0 {
            assert!(orca.wait().unwrap().success());
            whole = started.elapsed();
            continue;
        }
        // The first round told how long it takes when nobody interferes.
        while started.elapsed() < whole * kill / n_kills && orca.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        orca.kill().unwrap();
        orca.wait().unwrap();
        let now = sandbox.git(&["rev-parse", "caller"]);
        assert!(now == before || sandbox.git(&["rev-parse", "caller~1"]) == before);
        fix(&sandbox, 0, &[]);
        assert_eq!(sandbox.git(&["rev-list", "--count", "main..caller"]).trim(), "2");
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
        assert!(sandbox.read("src/page.ts").contains("fetchUser('1')"));
    }
}

#[test]
fn several_fixes_make_one_commit() {
    let sandbox = Sandbox::new();
    let more = format!(
        "{USERS}\nexport function dropUser(id: string) {{\n  return id;\n}}\n\nexport const limit = 3;\n"
    );
    sandbox.write("src/users.ts", &more).commit_all("base");
    sandbox.branch("rename", "main", &[("src/users.ts", "export const left = 1;\n")]);
    let caller = "import { loadUser, dropUser, limit } from './users';\n\nexport const a = () => loadUser('1');\n\
                  export const b = () => dropUser('1');\nexport const c = limit;\n";
    sandbox.branch("caller", "main", &[("src/page.ts", caller)]);
    let done = data(&fix(&sandbox, 0, &["--format", "json"]));
    assert_eq!(done["fixed"].as_array().unwrap().len(), 3, "{done:#}");
    assert_eq!((&done["findings"], &done["unfixed"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(sandbox.git(&["rev-list", "--count", "main..rename", "main..caller"]).trim(), "3");
}

#[test]
fn a_baseline_accepts_what_is_known_and_nothing_else() {
    let sandbox = quarrel();
    let ran = sandbox.orca(&["check", "rename", "caller", "--write-baseline", "../known.toml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("accepted 1 in"), "{ran:?}");
    let first = sandbox.read("../known.toml");
    assert!(first.contains("rule = \"symbol-removed\"") && !first.contains("commit"), "{first}");
    let ran = sandbox.orca(&["check", "rename", "caller", "--baseline", "../known.toml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("1 finding accepted"), "{ran:?}");
    // Lines and commits may change; what is new is told.
    let again = format!("// moved down\n{CALLER}");
    sandbox.git(&["branch", "-q", "-D", "caller"]);
    let other = CALLER.replace("page", "other");
    sandbox.branch("caller", "main", &[("src/page.ts", &again), ("src/other.ts", &other)]);
    let ran = sandbox.orca(&["check", "rename", "caller", "--baseline", "../known.toml", "--format", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(data(&ran)["findings"].as_array().unwrap().len(), 1);
    assert_eq!(data(&ran)["accepted"], 1);
    sandbox.write(
        "orca.toml",
        "version = 1\n[check]\nbaseline = \"../known.toml\"\nsymbol-removed = \"warn\"\n",
    );
    let ran = sandbox.orca(&["check", "rename", "caller", "--format", "json"]);
    assert_eq!((ran.code, &data(&ran)["accepted"]), (0, &1.into()), "{ran:?}");
    // Writing it again takes the accepted ones along.
    assert_eq!(sandbox.orca(&["check", "rename", "caller", "--write-baseline", "../known.toml"]).code, 0);
    assert_eq!(sandbox.read("../known.toml").matches("[[finding]]").count(), 2);
    let missing = sandbox.orca(&["check", "rename", "caller", "--baseline", "nowhere.toml"]);
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.stderr.contains("--write-baseline"), "{missing:?}");
    let before = sandbox.read("../known.toml");
    sandbox.orca(&["check", "rename", "caller", "--write-baseline", "../known.toml", "--dry-run"]);
    assert_eq!(sandbox.read("../known.toml"), before);
    // A file that is no baseline was not meant.
    let source = sandbox.read("src/users.ts");
    let wrong = sandbox.orca(&["check", "rename", "caller", "--write-baseline", "src/users.ts"]);
    assert_eq!((wrong.code, sandbox.read("src/users.ts")), (2, source), "{wrong:?}");
}

#[test]
fn an_allowance_needs_a_reason_and_holds_for_one_finding() {
    let sandbox = quarrel();
    let found = sandbox.orca(&["check", "rename", "caller", "--format", "json"]);
    let fingerprint = data(&found)["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    sandbox.git(&["checkout", "-q", "caller"]);
    let commit = |message: &str| {
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", message]);
        sandbox.orca(&["check", "rename", "caller", "--format", "json"])
    };
    assert_eq!(commit(&format!("x\n\nOrca-Allow: {fingerprint}")).code, 1, "without a reason");
    assert_eq!(commit("x\n\nOrca-Allow: 000000000000 another one").code, 1);
    let allowed = commit(&format!("x\n\nOrca-Allow: {fingerprint} the caller goes away"));
    assert_eq!((allowed.code, &data(&allowed)["accepted"]), (0, &1.into()));
}
