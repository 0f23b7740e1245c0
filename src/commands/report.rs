//! `git orca report`.

use std::path::PathBuf;

use anyhow::Context as _;

use super::{Context, Outcome};
use crate::engine::{report, write_whole};
use crate::model::RunId;
use crate::ui::report_page;

/// Show what happened in a run and what it cost
///
/// The page of --html is one file to be kept or mailed: it holds no script and loads nothing.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which run, when not the newest
    #[arg(long, value_name = "RUN", value_parser = super::run_id)]
    run: Option<RunId>,
    /// Write it to this file as a page for a browser, too ('-' for standard output, alone)
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let report = report(&cx.workspace()?, args.run)?;
    match &args.html {
        Some(file) if file.as_os_str() == "-" => cx.ui.print_bytes(report_page(&report).as_bytes())?,
        Some(file) => {
            let path = cx.around.dir.join(file);
            write_whole(&path, &report_page(&report))
                .with_context(|| format!("cannot write '{}'", path.display()))?;
            cx.ui.show(&report)?;
            cx.ui.note(&format!("written to '{}'", path.display()));
        }
        None => cx.ui.show(&report)?,
    }
    Ok(Outcome::Done)
}
