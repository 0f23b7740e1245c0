//! `git orca completions`: the scripts are read by the shells they are for.

use crate::project::expect;
use crate::sandbox::Sandbox;

fn script(shell: &str) -> String {
    let ran = Sandbox::without_repository().orca(&["completions", shell]);
    expect(&ran, 0);
    ran.stdout
}

#[test]
fn every_shell_gets_a_script_with_all_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = script(shell);
        for command in ["plan", "task", "start", "handoff", "context"] {
            assert!(script.contains(command), "{command} is not in the script for {shell}");
        }
    }
    let ran = Sandbox::without_repository().orca(&["completions", "tcsh"]);
    expect(&ran, 2);
}

/// Words that bash offers for the last word of a line, through Git's own completion or directly.
fn offered(words: &str) -> Vec<String> {
    let asks = if words.starts_with("git ") { "_git_orca" } else { "_gitorca git-orca \"$cur\" \"$prev\"" };
    let line = format!(
        "{}\nwords=({words}) cword=$(( ${{#words[@]}} - 1 )); cur=${{words[cword]}} prev=${{words[cword-1]}}\n\
         COMP_WORDS=(\"${{words[@]}}\") COMP_CWORD=$cword\n{asks}\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script("bash")
    );
    let output = std::process::Command::new("bash").args(["--norc", "-c", &line]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_both_spellings() {
    assert!(script("bash").contains("complete -F _gitorca -o bashdefault -o default git-orca\n"));
    assert_eq!(offered("git-orca sto"), ["stop"]);
    assert_eq!(offered("git-orca handoff li"), ["list"]);
    assert_eq!(offered("git orca sto"), ["stop"]);
    assert_eq!(offered("git orca task dr"), ["drop"]);
    assert_eq!(offered("git orca start --man"), ["--manual"]);
}

#[test]
fn every_command_has_a_manual_page() {
    let sandbox = Sandbox::without_repository();
    let planned = sandbox.orca(&["man", "--dry-run", "pages"]);
    expect(&planned, 0);
    assert!(!sandbox.repo().join("pages").exists());
    let ran = sandbox.orca(&["man", "pages"]);
    expect(&ran, 0);
    assert_eq!(ran.stdout, planned.stdout);
    let page = |name: &str| std::fs::read_to_string(sandbox.repo().join("pages").join(name)).unwrap();
    assert!(page("git-orca.1").contains("git\\-orca\\-check(1)"), "{}", page("git-orca.1"));
    assert!(page("git-orca-check.1").contains("\\-\\-baseline"), "{}", page("git-orca-check.1"));
    assert!(page("git-orca-task-drop.1").contains(".TH git-orca-task-drop 1"));
    assert!(!sandbox.repo().join("pages/git-orca-hook.1").exists(), "agents and hooks call that, not people");
    let synopsis = "\\fBgit orca handoff show\\fR [\\fB\\-\\-run\\fR \\fIRUN\\fR] [\\fB\\-C\\fR \\fIDIR\\fR] \
                    [\\fB\\-\\-color\\fR \\fIWHEN\\fR] [\\fB\\-q\\fR|\\fB\\-\\-quiet\\fR] [\\fB\\-v\\fR|\\fB\\-\\-verbose\\fR]... \
                    [\\fB\\-\\-format\\fR \\fIFORMAT\\fR] [\\fB\\-h\\fR|\\fB\\-\\-help\\fR] [\\fITASK\\fR]\n";
    assert!(page("git-orca-handoff-show.1").contains(synopsis), "{}", page("git-orca-handoff-show.1"));
    assert!(page("git-orca-merge.1").contains("[\\fIBRANCH\\fR]...\n"), "{}", page("git-orca-merge.1"));
    assert!(page("git-orca-task.1").contains(" \\fIcommand\\fR\n"), "{}", page("git-orca-task.1"));
    let printed = sandbox.orca(&["man"]);
    expect(&printed, 0);
    assert_eq!(printed.stdout, page("git-orca.1"));
}
