//! A run as jobs for schedulers. Their programs are stood in for; the jobs are really run.

use std::collections::BTreeMap;
use std::path::Path;

use saphyr_parser::{Event, Parser};

use crate::project::{expect, json};
use crate::stage::{Stage, writes};

/// Two tasks side by side, then one; what the plan says is no word of ours. The remote is a bare
/// repository, whose name a shell must not read.
fn shared() -> Stage {
    let stage = Stage::new("");
    let part = |id: &str, title: &str, more: &str| {
        format!(
            "[[task]]\nid = \"{id}\"\ntitle = {title:?}\nspecialist = \"s\"\nscope = [\"src/{id}/**\"]\n{more}"
        )
    };
    let plan = [
        "version = 1\nrequest = \"\"\"first\n$(touch owned) ${{ secrets.KEY }} \"quoted\" 'single'\"\"\"\n"
            .to_owned(),
        part("a", "A: ${{ secrets.KEY }} # \"a\"", ""),
        part("b", "`touch owned`", ""),
        part("c", "C", "after = [\"a\", \"b\"]\n"),
    ];
    std::fs::write(stage.at("plan.toml"), plan.concat()).unwrap();
    ["a", "b", "c"].iter().for_each(|id| stage.agent(id, &writes(id)));
    let remote = stage.at("it's $(touch owned).git");
    stage.sandbox.git(&["init", "-q", "--bare", remote.to_str().unwrap()]);
    stage.sandbox.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    stage.sandbox.git(&["push", "-q", "origin", "main"]);
    stage.sandbox.git(&["-C", remote.to_str().unwrap(), "symbolic-ref", "HEAD", "refs/heads/main"]);
    expect(&stage.sandbox.orca(&["plan", "--file", "../plan.toml"]), 0);
    expect(&stage.sandbox.orca(&["sync", "origin"]), 0);
    stage
}

/// Where `git orca` is this one, and `sbatch` runs each job at once.
fn programs(stage: &Stage) -> String {
    let bin = stage.at("bin");
    std::fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_git-orca"), bin.join("git-orca")).unwrap();
    let sbatch = "#!/bin/sh\necho \"$*\" >>\"$HOME/sbatch\"\nwhile :; do case $1 in -*) shift;; *) break;; esac; done\n\
                  script=$1; shift\nsh \"$script\" \"$@\" >>\"$HOME/jobs.log\" 2>&1\n\
                  echo x >>\"$HOME/count\"; echo \"$(wc -l <\"$HOME/count\" | tr -d ' ');cluster\"\n";
    std::fs::write(bin.join("sbatch"), sbatch).unwrap();
    stage.sandbox.shell(&format!("chmod +x {}", bin.join("sbatch").display()));
    format!("PATH={}:\"$PATH\"; export PATH", bin.display())
}

#[test]
fn slurm_gets_a_job_for_each_task_and_the_jobs_do_the_run() {
    let stage = shared();
    let script = stage.sandbox.orca(&["export", "--format", "slurm"]);
    assert_eq!(script.code, 0, "{}", script.stderr);
    std::fs::write(stage.at("jobs.sh"), &script.stdout).unwrap();
    let path = programs(&stage);
    expect(&stage.sandbox.shell("sh -n ../jobs.sh"), 0);
    let ran = stage.sandbox.shell(&format!("{path}; sh ../jobs.sh"));
    let log = std::fs::read_to_string(stage.at("jobs.log")).unwrap_or_default();
    assert_eq!(ran.code, 0, "{}\n{log}", ran.stderr);
    let calls = std::fs::read_to_string(stage.at("sbatch")).unwrap();
    let calls: Vec<&str> = calls.lines().collect();
    assert_eq!(calls.len(), 5, "{calls:#?}");
    let waits = |call: usize, after: &str| {
        let is_so = if after.is_empty() {
            !calls[call].contains("--dependency")
        } else {
            calls[call].contains(after)
        };
        assert!(is_so, "{}", calls[call]);
    };
    ["", "", "--dependency=afterok:1:2 ", "--dependency=afterok:3 ", "--dependency=afterok:4 "]
        .iter()
        .enumerate()
        .for_each(|(call, after)| waits(call, after));
    assert!(calls[2].ends_with("git orca merge --wave 1 --run r1"), "{}", calls[2]);
    assert!(
        ran.stdout.contains(
            "the last job is 5; when it is done: git orca sync origin && git orca merge --run r1\n"
        ),
        "{}",
        ran.stdout
    );
    expect(&stage.sandbox.orca(&["sync", "origin"]), 0);
    let status = json(&stage.sandbox, &["status"], "status");
    assert!(
        status["tasks"].as_array().unwrap().iter().all(|task| task["status"] == "merged"),
        "{status}\n{log}"
    );
    expect(&stage.sandbox.orca(&["merge", "--run", "r1"]), 0);
    assert_eq!(stage.show("main", "src/c/done.txt"), "work of c\n");
    assert!(!stage.at("owned").exists() && !stage.sandbox.repo().join("owned").exists());
    let over = stage.sandbox.orca(&["export"]);
    assert!(over.code == 1 && over.stderr.contains("nothing is left to do in run r1"), "{}", over.stderr);
    assert!(over.stderr.contains("hint: git orca plan"), "what landed is not to be landed: {}", over.stderr);
}

/// The scalars of a file, each after the one before it: keys and values in order.
fn scalars(text: &str) -> Vec<String> {
    let events =
        Parser::new_from_str(text).map(|event| event.unwrap_or_else(|error| panic!("{error}\n{text}")).0);
    events
        .filter_map(|event| if let Event::Scalar(value, ..) = event { Some(value.to_string()) } else { None })
        .collect()
}

#[test]
fn a_workflow_has_a_job_for_each_task_and_evaluates_nothing_of_the_plan() {
    let stage = shared();
    let workflow = stage.sandbox.orca(&["export", "--format", "github"]);
    assert_eq!(workflow.code, 0, "{}", workflow.stderr);
    let said = scalars(&workflow.stdout);
    let has = |value: &str| said.iter().any(|said| said == value);
    for value in [
        "task-a",
        "task-b",
        "task-c",
        "wave-1",
        "wave-2",
        "git orca start a --run r1",
        "a: A: $ {{ secrets.KEY }} # \"a\"",
    ] {
        assert!(has(value), "{value} is not in {said:#?}");
    }
    assert!(!said.iter().any(|said| said.contains("${{ secrets")), "{said:#?}");
    for needs in ["    needs: [task-a, task-b]\n", "    needs: [wave-1]\n", "    needs: [task-c]\n"] {
        assert!(workflow.stdout.contains(needs), "{}", workflow.stdout);
    }
    run_jobs(&stage, &workflow.stdout);
    expect(&stage.sandbox.orca(&["sync", "origin"]), 0);
    expect(&stage.sandbox.orca(&["merge"]), 0);
    assert_eq!(stage.show("main", "src/a/done.txt"), "work of a\n");
}

/// Runs what the jobs of a workflow run, each in a clone of its own as a runner makes one.
fn run_jobs(stage: &Stage, workflow: &str) {
    let path = programs(stage);
    let said = scalars(workflow);
    let steps: Vec<&String> = said
        .windows(2)
        .filter(|pair| pair[0] == "run" && !pair[1].starts_with("cargo"))
        .map(|pair| &pair[1])
        .collect();
    for (number, job) in steps.chunks(3).enumerate() {
        let dir = stage.at(&format!("runner-{number}"));
        let clone = format!(
            "{path}; GITHUB_ACTOR=me; git clone -q \"$(git remote get-url origin)\" {0} && cd {0}",
            dir.display()
        );
        let steps: Vec<String> = job.iter().map(|step| format!("( {} )", step.trim_end())).collect();
        let ran = stage.sandbox.shell(&format!("{clone} && {}", steps.join(" && ")));
        assert_eq!(ran.code, 0, "{job:?}: {}", ran.stderr);
    }
    assert!(Path::new(&stage.at("runner-4")).exists());
}

#[test]
fn what_cannot_be_exported_says_what_can() {
    let stage = shared();
    let told: BTreeMap<&str, (i32, &str)> = [
        ("--wave 9", (2, "run r1 has no wave 9, only 2")),
        ("--remote nowhere", (2, "nowhere")),
        ("--format sarif", (2, "only 'git orca check' has")),
    ]
    .into();
    for (args, (code, words)) in told {
        let args: Vec<&str> = ["export"].into_iter().chain(args.split(' ')).collect();
        let ran = stage.sandbox.orca(&args);
        assert!(
            ran.code == code && ran.stderr.contains(words) && ran.stderr.contains("hint:"),
            "{args:?}: {}",
            ran.stderr
        );
    }
    let slurm = stage.sandbox.orca(&["status", "--format", "slurm"]);
    assert!(slurm.code == 2 && slurm.stderr.contains("only 'git orca export' has"), "{}", slurm.stderr);
    let one = json(&stage.sandbox, &["export", "--wave", "2"], "export");
    assert_eq!(one["waves"][0]["tasks"][0]["command"], "git orca start c --run r1");
    let text = stage.sandbox.orca(&["export"]).stdout;
    assert!(text.contains("then git orca merge --wave 1 --run r1"), "{text}");
}
