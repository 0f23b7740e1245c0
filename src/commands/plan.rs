//! `git orca plan`.

use std::path::PathBuf;

use super::{Context, Outcome};
use crate::engine::{create_run, plan_from_file, plan_from_request};
use crate::ui::{GraphFormat, show_graph};

/// Turn a request or a plan file into tasks and waves
///
/// A request is decomposed by the agent that plays the role 'orchestrator' in orca.toml, else by the
/// default agent. The plan is checked for circles, unknown dependencies and tasks that are too
/// large; tasks that may write one path are put into different waves. It is recorded as a new run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What you want, in your own words
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    request: Option<String>,
    /// Read the plan from this file ('-' for standard input)
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Draw the graph instead, and record nothing
    #[arg(long, value_name = "LANGUAGE")]
    graph: Option<Graph>,
    /// Show the plan and record nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Graph {
    Text,
    Mermaid,
    Dot,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    let records = !args.dry_run && args.graph.is_none();
    if records {
        // Before an agent spends an hour on a plan that cannot be kept.
        workspace.require_hub()?;
    }
    let mut planning = match (&args.file, &args.request) {
        (Some(file), _) => plan_from_file(&workspace, file)?,
        (None, request) => {
            let request = request.as_deref().unwrap_or_default();
            let mut stage = cx.ui.stage();
            plan_from_request(&workspace, request, &mut |event| stage.event(&event))?
        }
    };
    if records {
        planning.run = Some(create_run(&workspace, &planning)?);
    }
    match args.graph {
        Some(Graph::Mermaid) => cx.ui.print(&show_graph(&planning, GraphFormat::Mermaid))?,
        Some(Graph::Dot) => cx.ui.print(&show_graph(&planning, GraphFormat::Dot))?,
        Some(Graph::Text) | None => cx.ui.show(&planning)?,
    }
    Ok(Outcome::Done)
}
