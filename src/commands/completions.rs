//! `git orca completions`.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use super::{Context, Outcome};
use crate::cli::Cli;

/// Print a script that completes 'git orca' in your shell
///
/// For bash: eval "$(git orca completions bash)" in ~/.bashrc. It completes both 'git-orca' and, where
/// Git's own completion is loaded, 'git orca'.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// bash, elvish, fish, powershell or zsh
    shell: Shell,
}

const BINARY: &str = "git-orca";

/// Stands for the binary in bash: clap_complete writes a hyphen in a binary's name in two different
/// ways there, and completes no subcommand of it.
const BASH_BINARY: &str = "gitorca";

/// Git's completion asks a function of this name about `git orca`; it leaves the words in `words`.
const BASH_GIT: &str = r#"
_git_orca() {
    local COMP_WORDS=(git-orca "${words[@]:2}") COMP_CWORD=$((cword - 1))
    _gitorca git-orca "$cur" "$prev"
}
"#;

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let script = match args.shell {
        Shell::Bash => {
            let script = script(Shell::Bash, BASH_BINARY);
            let default = |name| format!("-o default {name}\n");
            script.replace(&default(BASH_BINARY), &default(BINARY)) + BASH_GIT
        }
        shell => script(shell, BINARY),
    };
    cx.ui.print(&script)?;
    Ok(Outcome::Done)
}

fn script(shell: Shell, binary: &str) -> String {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), binary, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
