//! Agents that write what is to lead the conductor astray.

use crate::stage::{Part, Stage, writes};

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
