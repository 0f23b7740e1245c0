//! Plans that cannot be used: each complaint names file, line and key, and nothing changes.

use crate::project::{PLAN, project};
use crate::sandbox::Sandbox;

/// What `plan` says of the example with one part replaced.
#[track_caller]
fn complaint(sandbox: &Sandbox, from: &str, to: &str) -> String {
    assert!(PLAN.contains(from), "the example holds no {from:?}");
    refused(sandbox, PLAN.replacen(from, to, 1).as_bytes())
}

#[track_caller]
fn refused(sandbox: &Sandbox, plan: &[u8]) -> String {
    std::fs::write(sandbox.home().join("plan.toml"), plan).unwrap();
    let before = sandbox.state();
    let ran = sandbox.orca(&["plan", "--file", "../plan.toml"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    assert_eq!(sandbox.state(), before, "a refused plan changed something");
    ran.stderr
}

#[test]
fn complaints_name_file_line_and_key() {
    let sandbox = project("");
    let check = |from: &str, to: &str, expected: &str| {
        assert_eq!(complaint(&sandbox, from, to), format!("error: ../plan.toml:{expected}\n"));
    };
    check(
        "consumes = [\"type Operation @ types\"]",
        "after = [\"typos\"]",
        "17: there is no task 'typos'; did you mean 'types'?",
    );
    check("id = \"server\"", "id = \"types\"", "13: two tasks have the id 'types'");
    check(
        "id = \"server\"",
        "id = \"-x\"",
        "13: id: bad task id '-x': use 1 to 40 of a-z, 0-9 and '-', not starting with '-'",
    );
    check(
        "id = \"server\"",
        "id = \"integration\"",
        "13: id: task id 'integration' is reserved: every run has a branch of that name",
    );
    check(
        "scope = [\"src/server/**\"]",
        "scope = [\"src/server/**\", \"../elsewhere\"]",
        "16: scope: scope '../elsewhere' is not inside the repository: write a path relative to its top, without '..'",
    );
    check("title = \"Message", "titel = \"Message", "6: unknown key 'titel'; did you mean 'title'?");
    check(
        "version = 1",
        "version = 2",
        "1: version 2 needs a newer git-orca (this one reads up to 1): upgrade it",
    );
    check(
        "estimate_tokens = 9000",
        "estimate_tokens = 900000",
        "18: 'server' needs about 900000 tokens and a wave holds 200000: split the task, narrow its scope or raise waves.max_context",
    );
}

#[test]
fn a_cycle_is_shown() {
    let sandbox = project("");
    let cyclic = complaint(&sandbox, "provides = [", "after = [\"server\"]\nprovides = [");
    assert!(cyclic.contains("tasks wait for each other in a circle: "), "{cyclic}");
    assert!(cyclic.contains("server -> types -> server") || cyclic.contains("types -> server -> types"));
}

#[test]
fn a_scope_through_a_symbolic_link_is_refused() {
    let sandbox = project("");
    std::os::unix::fs::symlink("/tmp", sandbox.repo().join("src/server")).unwrap();
    sandbox.commit_all("Link");
    assert_eq!(
        complaint(&sandbox, "version", "version"),
        "error: ../plan.toml:16: scope 'src/server/**' goes through the symbolic link 'src/server': name the real path\n"
    );
}

/// Overlapping scopes are no error: the tasks run one after the other, and the plan says so.
#[test]
fn tasks_that_may_write_one_file_never_share_a_wave() {
    let sandbox = project("");
    let overlapping = PLAN
        .replace("scope = [\"src/server/**\"]", "scope = [\"src/types/operation.ts\"]")
        .replace("consumes = [\"type Operation @ types\"]\n", "");
    std::fs::write(sandbox.home().join("plan.toml"), &overlapping).unwrap();
    let ran = sandbox.orca(&["plan", "-n", "--file", "../plan.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("wave 2"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("types and server may both write src/types/operation.ts: they run in different waves")
    );
    let third = "[[task]]\nid = \"late\"\ntitle = \"Late\"\nspecialist = \"types-specialist\"\n\
                 scope = [\"src/types/operation.ts\"]\n";
    std::fs::write(
        sandbox.home().join("plan.toml"),
        overlapping.replace("src/types/**", "src/types/operation.ts") + third,
    )
    .unwrap();
    let ran = sandbox.orca(&["plan", "-n", "--file", "../plan.toml"]);
    let notes: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("note: ")).collect();
    let expected =
        "note: types, server and late may all write src/types/operation.ts: they run in different waves";
    assert_eq!(notes, [expected], "one note for all three");
    let many: String = (0..20).map(|number| third.replace("late", &format!("late-{number}"))).collect();
    std::fs::write(sandbox.home().join("plan.toml"), overlapping + &many).unwrap();
    let ran = sandbox.orca(&["plan", "-n", "--file", "../plan.toml"]);
    assert!(ran.stdout.contains("late-5 and 14 more may all write src/types/operation.ts"), "{}", ran.stdout);
}

#[test]
fn hostile_files_are_refused_in_one_line() {
    let sandbox = project("");
    for hostile in [
        &b"version = 1\nrequest = \"\xff\xfe\"\n"[..],
        b"",
        b"version = 1\nrequest = \"x\"\n",
        b"version = \"1\"\n",
        format!("version = 1\nx = {}", "[".repeat(50_000)).as_bytes(),
        format!("version = 1\nrequest = \"x\"\n{}", "[[task]]\n".repeat(3)).as_bytes(),
        b"version = 1\nrequest = \"\x1b[2J\"\n[[task]]\nid = \"\x1b[2J\"\n",
    ] {
        let said = refused(&sandbox, hostile);
        assert!(said.starts_with("error: ") && !said.contains('\u{1b}'), "{said:?}");
    }
}

/// However long it is, a plan that holds together is a plan.
#[test]
fn five_hundred_tasks_become_waves() {
    let sandbox = crate::project::project("");
    let task = |number: usize| {
        format!(
            "[[task]]\nid = \"t{number}\"\ntitle = \"T\"\nspecialist = \"s\"\nscope = [\"src/t{number}/**\"]\nestimate_tokens = 1000\n"
        )
    };
    let tasks: String = (0..500).map(task).collect();
    crate::project::plan(&sandbox, &format!("version = 1\nrequest = \"Much\"\n{tasks}"));
    let run: toml::Table = sandbox.git(&["show", "refs/orca/hub:runs/r1/run.toml"]).parse().unwrap();
    let waves = run["waves"].as_array().unwrap();
    let sizes: Vec<usize> = waves.iter().map(|wave| wave.as_array().unwrap().len()).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 500);
    assert!(sizes.iter().all(|size| *size <= 8), "{sizes:?}");
}

#[test]
fn a_plan_with_windows_line_ends_is_read() {
    let sandbox = project("");
    std::fs::write(sandbox.home().join("plan.toml"), PLAN.replace('\n', "\r\n")).unwrap();
    let ran = sandbox.orca(&["plan", "-n", "--file", "../plan.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn what_nobody_can_have_written_is_refused_at_once() {
    let sandbox = project("");
    let much = format!("version = 1\nrequest = \"x\"\n# {}\n", "x".repeat(1 << 20));
    assert_eq!(refused(&sandbox, much.as_bytes()), "error: '../plan.toml' is larger than 1 MiB\n");
    let task = |number: usize| {
        format!("[[task]]\nid = \"t{number}\"\ntitle = \"T\"\nspecialist = \"s\"\nscope = [\"t{number}\"]\n")
    };
    let many: String = (0..1001).map(task).collect();
    let said = refused(&sandbox, format!("version = 1\nrequest = \"x\"\n{many}").as_bytes());
    assert!(said.starts_with("error: ../plan.toml has 1001 tasks\nhint: a run has at most 1000"), "{said}");
}

#[test]
fn a_target_that_is_not_there_is_told_before_anybody_works_for_it() {
    let sandbox = project("");
    let plan = format!("target = \"mian\"\n{}", crate::project::PLAN);
    sandbox.write("plan.toml", &plan);
    let notes =
        crate::project::json(&sandbox, &["plan", "--file", "plan.toml", "-n"], "plan")["notes"].clone();
    let expected = "there is no branch 'mian' to merge into yet, and so it starts from HEAD";
    assert!(notes.as_array().unwrap().contains(&expected.into()), "{notes}");
}
