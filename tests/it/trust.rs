//! Agents that write what is to lead the conductor astray.

use crate::stage::{Part, Stage, part, wait_for, writes};

/// A stage whose agents the kernel keeps in their lanes, so that only what lies there can be used. None
/// where the kernel cannot.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn confined(settings: &str) -> Option<Stage> {
    if !git_orca::agent::can_confine() {
        eprintln!("SKIPPED: this kernel has no Landlock");
        return None;
    }
    Some(Stage::new(&["sandbox = \"landlock\"\nwrites = [\"~/log/\"]\n", settings].concat()))
}

impl Stage {
    /// The script of a task whose agent may write to `~/log` and to its lane.
    fn confined_agent(&self, task: &str, script: &str) {
        self.agent(task, script);
        let file = self.at(&format!("agents/{task}.sh"));
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, text.replace("$HOME/starts-", "$HOME/log/starts-")).unwrap();
    }

    /// How often the agent of a task was started.
    fn starts_in_lane(&self, task: &str) -> usize {
        std::fs::read_to_string(self.at(&format!("log/starts-{task}"))).unwrap_or_default().lines().count()
    }
}

/// The first attempt makes the link, the second would have what it leads to.
#[test]
fn a_scope_behind_a_link_opens_nothing() {
    let Some(stage) = confined("") else { return };
    std::fs::create_dir(stage.at("precious")).unwrap();
    let script = format!(
        "if test \"$ORCA_ATTEMPT\" = 1; then rmdir src/a/gen; ln -s \"$HOME/precious\" src/a/gen; exit 1; fi\n\
         test -L src/a/gen\ntouch src/a/gen/stolen 2>/dev/null || true\nrm src/a/gen\n{}",
        writes("a")
    );
    stage.confined_agent("a", &script);
    stage.plan(&[Part { id: "a", more: "scope = [\"src/a/**\", \"src/a/gen/**\"]\n" }]);
    stage.run_to_the_end();
    assert_eq!(std::fs::read_dir(stage.at("precious")).unwrap().count(), 0);
    assert_eq!(stage.landed("src/a/done.txt"), "work of a\n");
}

impl Stage {
    /// A run of `a` whose confined agent plays `script` before its work, in `$admin` the registration of
    /// its worktree and in `$git` the Git directory. Its work must land, and a directory beside the
    /// repository stay as it is.
    fn precious_beside(script: &str) -> Option<Self> {
        Some(confined("")?.with_precious_beside(script))
    }

    /// The same for an agent that nothing confines: where the kernel does, no ref can be written.
    fn unconfined_beside(script: &str) {
        let stage = Self::new("");
        std::fs::create_dir(stage.at("log")).unwrap();
        stage.with_precious_beside(script);
    }

    fn with_precious_beside(self, script: &str) -> Self {
        let stage = self;
        std::fs::create_dir(stage.at("precious")).unwrap();
        std::fs::write(stage.at("precious/file"), "mine\n").unwrap();
        let dirs = "admin=$(git rev-parse --git-dir)\ngit=$(git rev-parse --git-common-dir)";
        stage.confined_agent("a", &format!("{dirs}\n{script}\n{}", writes("a")));
        stage.plan(&[part("a")]);
        let main = stage.sandbox.git(&["rev-parse", "main"]);
        let ran = stage.run_to_the_end();
        let left = std::fs::read_dir(stage.at("precious")).unwrap().count();
        let text = std::fs::read_to_string(stage.at("precious/file")).unwrap();
        assert_eq!((left, text.as_str()), (1, "mine\n"), "{script}: {}", ran.stderr);
        assert_eq!(stage.sandbox.git(&["rev-parse", "main"]), main, "{script}");
        assert_eq!(stage.landed("src/a/done.txt"), "work of a\n", "{script}");
        stage.must_be_sound();
        stage
    }
}

/// What the agent does once; its second attempt is honest.
fn once(script: &str) -> String {
    format!("if test \"$ORCA_ATTEMPT\" = 1; then\n{script}\nfi")
}

#[test]
fn a_branch_that_leads_to_the_target_moves_alone() {
    let branch = "$git/refs/heads/orca/r1/a";
    Stage::unconfined_beside(&format!("echo 'ref: refs/heads/main' >\"{branch}\""));
    Stage::unconfined_beside(&once(&format!("ln -sf refs/heads/main \"{branch}\"")));
}

#[test]
fn the_log_of_a_branch_is_not_written_through_a_link() {
    let log = "$git/logs/refs/heads/orca/r1/a";
    Stage::unconfined_beside(&format!("rm -f \"{log}\"; ln -s \"$HOME/precious/file\" \"{log}\""));
    Stage::unconfined_beside(&format!("rm -f \"{log}\"; mkfifo \"{log}\""));
}

#[test]
fn a_registration_that_names_other_files_does_not_move_them() {
    let stage = Stage::precious_beside(&once("echo \"$HOME/precious/.git\" >\"$admin/gitdir\""));
    assert!(stage.is_none_or(|stage| stage.starts_in_lane("a") == 2));
}

#[test]
fn the_files_of_a_registration_are_not_written_through_links() {
    let link = |name: &str, to: &str| {
        format!("rm \"$admin/{name}\"; ln -s \"$HOME/precious/{to}\" \"$admin/{name}\"")
    };
    Stage::precious_beside(&link("index", "file"));
    Stage::precious_beside(&once(&format!("{}\nexit 1", link("orca-ready", "new"))));
}

/// The set-up is done again where its mark is gone, and what is ignored stays as the agent left it.
#[test]
fn nothing_is_brought_to_where_a_link_leads() {
    let Some(stage) = confined("[worktree]\ncopy = [\"src/a/own/**\"]\n") else { return };
    stage.sandbox.write(".gitignore", "own\n").commit_all("ignore");
    stage.sandbox.write("src/a/own/secret", "secret\n");
    std::fs::create_dir(stage.at("precious")).unwrap();
    let link = "rm -r src/a/own; ln -s \"$HOME/precious\" src/a/own; rm \"$(git rev-parse --git-dir)/orca-ready\"; exit 1";
    stage.confined_agent("a", &format!("{}\n{}", once(link), writes("a")));
    stage.plan(&[part("a")]);
    stage.run_to_the_end();
    assert_eq!(std::fs::read_dir(stage.at("precious")).unwrap().count(), 0);
}

/// A pipe has no end, and nobody will ever write to these.
#[test]
fn nobody_waits_at_a_pipe_in_a_registration() {
    for name in ["index", "HEAD", "gitdir", "commondir", "orca-ready", "logs/HEAD", "locked"] {
        let pipe = format!("rm -f \"$admin/{name}\"; mkfifo \"$admin/{name}\"");
        Stage::precious_beside(&once(&pipe));
    }
}

/// The name of one comes before that of the other, where it is looked for.
#[test]
fn a_registration_that_names_anothers_files_is_not_taken_for_its() {
    let Some(stage) = confined("") else { return };
    let forge = "echo \"$(dirname \"$PWD\")/orca-r1-b/.git\" >\"$(git rev-parse --git-dir)/gitdir\"";
    let wait = "while ! test -e \"$HOME/log/forged\"; do sleep 0.01; done";
    stage.confined_agent(
        "a",
        &format!("{}\n{}", once(&format!("{forge}\ntouch \"$HOME/log/forged\"\nsleep 1")), writes("a")),
    );
    stage.confined_agent("b", &format!("{wait}\n{}", writes("b")));
    stage.plan(&[part("a"), part("b")]);
    stage.run_to_the_end();
    assert_eq!((stage.starts_in_lane("a"), stage.starts_in_lane("b")), (2, 1));
}

/// Filters run when somebody asks for the state of files.
#[test]
fn no_git_is_sent_to_files_with_settings_of_an_agent() {
    let stage = Stage::with_tasks("", &["a"]);
    stage.sandbox.git(&["config", "extensions.worktreeConfig", "true"]);
    stage.sandbox.branch("feature", "main", &[("feature.txt", "new\n")]);
    assert_eq!(stage.sandbox.orca(&["start", "a", "--manual"]).code, 0);
    let admin = stage.sandbox.repo().join(".git/worktrees/orca-r1-a");
    let filter = format!("[filter \"evil\"]\n\tclean = touch {}; cat\n", stage.at("ran").display());
    std::fs::write(admin.join("config.worktree"), filter).unwrap();
    std::fs::write(admin.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    std::fs::write(stage.worktree("a").join(".gitattributes"), "* filter=evil\n").unwrap();
    std::fs::write(stage.worktree("a").join("README.md"), "HELLO\n").unwrap();
    let ran = stage.sandbox.orca(&["merge", "feature", "--into", "main"]);
    assert!(ran.stderr.contains("orca-r1-a") && !stage.at("ran").exists(), "{}", ran.stderr);
    // And where its registration leads to a directory that is not its own, that counts for nothing.
    std::fs::create_dir_all(stage.at("precious/.git")).unwrap();
    std::fs::write(admin.join("gitdir"), format!("{}\n", stage.at("precious/.git").display())).unwrap();
    let ran = stage.sandbox.orca(&["merge", "feature", "--into", "main"]);
    assert_eq!((ran.code, stage.sandbox.read("feature.txt").as_str()), (0, "new\n"), "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(stage.at("precious")).unwrap().count(), 1);
}

/// The first attempt prepares what the second one's orca would open.
fn in_run_dir(script: &str) -> String {
    format!("run=$git/orca/run/r1-a\n{}\necho printed; echo printed >&2", once(&format!("{script}\nexit 1")))
}

#[test]
fn nothing_is_written_through_links_in_a_run_directory() {
    for name in ["attempt-2.out", "attempt-2.err", "attempt-2.end", "prompt.md", "handoff.toml", "port"] {
        let link = format!("rm -f \"$run/{name}\"; ln -s \"$HOME/precious/file\" \"$run/{name}\"");
        Stage::precious_beside(&in_run_dir(&link));
        let other = format!("rm -f \"$run/{name}\"; ln \"$HOME/precious/file\" \"$run/{name}\" || true");
        Stage::precious_beside(&in_run_dir(&other));
    }
}

#[test]
fn nobody_waits_at_a_pipe_in_a_run_directory() {
    for name in ["attempt-2.out", "attempt-2.err", "attempt-2.end", "prompt.md", "counter", "tmp"] {
        let pipe = format!("rm -rf \"$run/{name}\"; mkfifo \"$run/{name}\"");
        Stage::precious_beside(&in_run_dir(&pipe));
        let dir = format!("rm -rf \"$run/{name}\"; mkdir -p \"$run/{name}/x\"");
        Stage::precious_beside(&in_run_dir(&dir));
    }
    // What is not to be read speaks against the attempt, as anything else would that it says.
    let pipe = "mkdir -p src/a; echo x >src/a/first; mkfifo \"$git/orca/run/r1-a/handoff.toml\"; exit 0";
    Stage::precious_beside(&once(pipe));
}

#[test]
fn nobody_waits_at_a_pipe_among_the_refs() {
    let refs = "$git/refs/heads/orca/r1";
    let pipes =
        format!("rm \"{refs}/a\"; mkfifo \"{refs}/a\" \"{refs}/zz\" \"$git/logs/refs/heads/orca/r1/zz\"");
    Stage::unconfined_beside(&once(&pipes));
}

/// Whoever asks for a task to be stopped leaves a file for whoever conducts.
#[test]
fn a_wish_to_stop_is_not_written_through_a_link() {
    let Some(stage) = confined("") else { return };
    std::fs::write(stage.at("precious"), "mine\n").unwrap();
    let link = "ln -s \"$HOME/precious\" \"$(git rev-parse --git-common-dir)/orca/run/r1-a/stop\"";
    stage.confined_agent("a", &format!("{link}\ntouch \"$HOME/log/ready\"\nsleep 600"));
    stage.plan(&[part("a")]);
    let mut conductor = stage.start("stopped", &["run"]);
    wait_for("the agent", || stage.at("log/ready").exists());
    let ran = stage.sandbox.orca(&["stop", "a"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    conductor.wait().unwrap();
    assert!(stage.said("stopped").contains("a: stopped"), "{}", stage.said("stopped"));
    assert_eq!(std::fs::read_to_string(stage.at("precious")).unwrap(), "mine\n");
}

/// An attempt that was cut short is not done, whatever it says of itself.
#[test]
fn an_attempt_does_not_note_its_own_end() {
    let note = "'{\"ending\":{\"exited\":0},\"seconds\":1,\"resumes\":false}'";
    let write = |dir: &str| {
        format!("mkdir -p \"$git/orca/{dir}/r1-a\"; echo {note} >\"$git/orca/{dir}/r1-a/attempt-1.end\"")
    };
    let Some(stage) = confined("") else { return };
    let dirs = "git=$(git rev-parse --git-common-dir)";
    let forge = format!(
        "mkdir -p src/a; echo half >src/a/half\n{}\n({}) || true\nkill -9 $PPID; exit",
        write("run"),
        write("log")
    );
    stage.confined_agent("a", &format!("{dirs}\n{}\n{}", once(&forge), writes("a")));
    stage.plan(&[part("a")]);
    stage.run_until_killed();
    let ran = stage.run_to_the_end();
    assert!(!ran.stderr.contains("had ended its attempt"), "{}", ran.stderr);
    assert_eq!((stage.starts_in_lane("a"), stage.landed("src/a/done.txt").as_str()), (2, "work of a\n"));
}

/// A commit that says of itself that it merges `b`, beside which it brings a change that nobody checked.
const FORGE: &str = "while ! git log -1 --format=%s orca/r1/b | grep -q 'Part b'; do sleep 0.02; done\n\
    b=$(git rev-parse orca/r1/b); mkdir -p src/a; export GIT_INDEX_FILE=$PWD/src/a/index\n\
    git read-tree $b; blob=$(echo evil | git hash-object -w --stdin)\n\
    git update-index --add --cacheinfo 100644,$blob,README.md\n\
    message=\"$(printf 'Merge b\\n\\nOrca-Merge: v1\\nOrca-Run: r1\\nOrca-Wave: 1\\nOrca-Task: b\\nOrca-Handoff-Commit: %s\\nOrca-Validated: pass 1' $b)\"\n\
    forged=$(git commit-tree -p orca/r1/integration -p $b -m \"$message\" $(git write-tree))\n\
    git update-ref refs/heads/orca/r1/integration $forged; rm src/a/index\n";

/// Its word for it would have been taken by the next run, which does not see what was merged.
#[test]
fn a_forged_merge_is_not_adopted() {
    for end in ["kill -9 $PPID", "unset GIT_INDEX_FILE"] {
        let stage = Stage::new("");
        stage.agent("a", &format!("{}\n{}", once(&format!("{FORGE}{end}")), writes("a")));
        stage.agent("b", &writes("b"));
        stage.plan(&[part("a"), part("b")]);
        let base = stage.sandbox.git(&["rev-parse", "main"]);
        stage.sandbox.orca(&["run"]);
        let forged = stage.sandbox.git(&["rev-parse", "orca/r1/integration"]);
        let ran = stage.run();
        let told = format!("refs/heads/orca/r1/integration was moved to {} by somebody else", forged.trim());
        assert!(ran.code == 1 && ran.stderr.contains(&told), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("ends at {}", base.trim())), "{}", ran.stderr);
        assert!(!ran.stderr.contains("had been merged"), "{}", ran.stderr);
        stage.put_back(&ran);
        stage.run_to_the_end();
        assert_eq!(stage.landed("README.md"), "hello\n");
        assert_eq!(
            stage.landed("src/a/done.txt") + &stage.landed("src/b/done.txt"),
            "work of a\nwork of b\n"
        );
    }
}

#[test]
fn what_stands_on_the_integration_branch_is_not_landed_on_trust() {
    let stage = Stage::with_tasks("", &["a"]);
    stage.run_to_the_end();
    let evil = stage.commit_on("orca/r1/integration", "README.md", "evil\n");
    stage.sandbox.git(&["update-ref", "refs/heads/orca/r1/integration", &evil]);
    let main = stage.sandbox.git(&["rev-parse", "main"]);
    let ran = stage.sandbox.orca(&["merge"]);
    assert!(ran.code == 1 && ran.stderr.contains("integration was moved to"), "{}", ran.stderr);
    assert_eq!(stage.sandbox.git(&["rev-parse", "main"]), main);
    stage.put_back(&ran);
    assert_eq!(stage.sandbox.orca(&["merge"]).code, 0);
    assert_eq!(
        (stage.show("main", "src/a/done.txt"), stage.show("main", "README.md")),
        ("work of a\n".into(), "hello\n".into())
    );
}

/// The first attempt has its forgery pinned, as all that an agent commits; the second goes back to it.
#[test]
fn a_pinned_forgery_is_no_handoff() {
    let stage = Stage::new("");
    std::fs::create_dir(stage.at("log")).unwrap();
    let forge = "mkdir -p src/a; echo x >src/a/second; echo evil >src/a/../../README.md 2>/dev/null || true\n\
        export GIT_INDEX_FILE=$PWD/src/a/index; git read-tree HEAD; git add src/a/second\n\
        blob=$(echo evil | git hash-object -w --stdin); git update-index --cacheinfo 100644,$blob,README.md\n\
        message=\"$(printf 'Forged\\n\\nOrca-Handoff: v1 r1/a/2\\nOrca-Run: r1\\nOrca-Task: a\\nOrca-From: x\\nOrca-Time: 2026-01-01T00:00:00Z\\nOrca-Status: complete')\"\n\
        forged=$(git commit-tree -p HEAD -m \"$message\" $(git write-tree)); rm src/a/index src/a/second\n\
        unset GIT_INDEX_FILE; echo $forged >\"$HOME/log/forged\"; git update-ref refs/heads/orca/r1/a $forged; touch src/a/first";
    let go_back = "git reset -q --hard $(cat \"$HOME/log/forged\") 2>/dev/null || true\n\
        git update-ref refs/heads/orca/r1/a $(cat \"$HOME/log/forged\"); kill -9 $PPID; exit";
    let script = format!(
        "if test $ORCA_ATTEMPT = 1; then {forge}; exit; fi\nif test $ORCA_ATTEMPT = 2; then {go_back}; fi\necho x >src/a/second\n{}",
        writes("a")
    );
    stage.confined_agent("a", &script);
    stage.plan(&[Part { id: "a", more: "acceptance = ['test -e src/a/second']\n" }]);
    stage.run_until_killed();
    let ran = stage.run_to_the_end();
    assert!(!ran.stderr.contains("had handed off"), "{}", ran.stderr);
    assert_eq!((stage.starts_in_lane("a"), stage.landed("README.md").as_str()), (3, "hello\n"));
}

/// Its commits are its own, and come to its branch when it ends.
#[test]
fn no_ref_can_be_moved_by_an_agent_and_its_commits_count() {
    let Some(stage) = confined("") else { return };
    let moves = "refs='main orca/r1/a orca/r1/b orca/r1/integration new'\n\
        for ref in $refs; do git update-ref refs/heads/$ref HEAD 2>/dev/null && echo $ref >>\"$HOME/log/moved\"; done\n\
        git stash list; git tag mine 2>/dev/null && echo tag >>\"$HOME/log/moved\"\n\
        git branch -D orca/r1/b 2>/dev/null && echo deleted >>\"$HOME/log/moved\"\n\
        git symbolic-ref refs/heads/orca/r1/b refs/heads/main 2>/dev/null && echo led >>\"$HOME/log/moved\"";
    let commits = "git add -A; git -c user.name=a -c user.email=a@a commit -q -m 'feat: of a'\n\
        git rev-parse HEAD >\"$HOME/log/commit\"";
    stage.confined_agent("a", &format!("{}\n{commits}\n{moves}\ntrue", writes("a")));
    stage.confined_agent("b", &writes("b"));
    stage.plan(&[part("a"), part("b")]);
    stage.run_to_the_end();
    assert_eq!(std::fs::read_to_string(stage.at("log/moved")).unwrap_or_default(), "");
    let commit = std::fs::read_to_string(stage.at("log/commit")).unwrap();
    stage.sandbox.git(&["merge-base", "--is-ancestor", commit.trim(), "orca/r1/a"]);
    let head = stage.sandbox.git(&["-C", "../repo.orca/orca-r1-a", "symbolic-ref", "HEAD"]);
    assert_eq!(head, "refs/heads/orca/r1/a\n");
    assert_eq!(stage.landed("src/a/done.txt") + &stage.landed("src/b/done.txt"), "work of a\nwork of b\n");
    stage.must_be_sound();
}

/// An agent that comes to its end when nobody conducts any more has its commits, too.
#[test]
fn what_was_committed_before_orca_died_is_built_on() {
    let stage = Stage::with_tasks("", &["a"]);
    let commit = "mkdir -p src/a; echo x >src/a/first; git add -A\n\
        git -c user.name=a -c user.email=a@a commit -q -m 'feat: first'; kill -9 $PPID; exit";
    stage.agent("a", &format!("{}\n{}", once(commit), writes("a")));
    stage.run_until_killed();
    stage.run_to_the_end();
    assert_eq!(stage.landed("src/a/first"), "x\n");
    assert!(stage.sandbox.git(&["log", "--format=%s", "orca/r1/a"]).contains("feat: first"));
}
