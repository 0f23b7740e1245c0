//! `git orca demo`.

use std::path::PathBuf;

use super::{Context, Outcome};
use crate::engine::{prepare_demo, report, run_demo};

/// Conduct a whole orchestra in a throw-away repository
///
/// Six scripted specialists build a collaborative editor in waves. Two of them disagree on a type;
/// the validator says so, one corrects itself, and the waves merge behind a gate. No agent, key or
/// network is needed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build it here and keep it
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let demo = prepare_demo(&cx.around, args.keep.as_deref())?;
    let place = demo.repository.display();
    cx.ui.note(&format!("a repository with six scripted specialists: {place}\n"));
    cx.ui.progress(&demo.planning);
    cx.ui.note("");
    let mut stage = cx.ui.stage();
    let end = run_demo(&demo, &mut |event| stage.event(&event))?;
    cx.ui.note("");
    cx.ui.show(&report(&demo.workspace, Some(end.run))?)?;
    if args.keep.is_some() {
        cx.ui.note(&format!(
            "\nlook around:\n  git -C '{place}' log --graph --oneline orca/{}/integration",
            end.run
        ));
        cx.ui.note(&format!("  git -C '{place}' log -p refs/orca/hub"));
    }
    Ok(if end.open.is_empty() { Outcome::Done } else { Outcome::No })
}
