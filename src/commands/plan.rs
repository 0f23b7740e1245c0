//! `git orca plan`.

use std::path::PathBuf;

use super::{Context, Outcome};
use crate::engine::{
    Planning, Workspace, create_run, draft, edit_draft, keep_draft, plan_from_file, plan_from_request,
};
use crate::ui::{GraphFormat, show_graph};

/// Turn a request or a plan file into tasks and waves
///
/// A request is decomposed by the agent that plays the role 'orchestrator' in orca.toml, else by the
/// default agent. The plan is checked for circles, unknown dependencies and tasks that are too
/// large; tasks that may write one path are put into different waves. It is recorded as a new run;
/// on a terminal you are asked first whether to take what an agent planned.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What you want, in your own words
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    request: Option<String>,
    /// Read the plan from this file ('-' for standard input)
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Change the plan in your editor before it is recorded
    #[arg(long)]
    edit: bool,
    /// Take the plan of an agent without a question
    #[arg(short, long)]
    yes: bool,
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
    let planned = match (&args.file, &args.request) {
        (Some(file), _) => plan_from_file(&workspace, file)?,
        (None, request) => {
            let request = request.as_deref().unwrap_or_default();
            let mut stage = cx.ui.stage();
            plan_from_request(&workspace, request, &mut |event| stage.event(&event))?
        }
    };
    let Some(mut planning) = reviewed(cx, &workspace, args, planned)? else {
        let kept = draft(&workspace);
        cx.ui.note(&format!("nothing is recorded; to take it: git orca plan --file '{}'", kept.display()));
        return Ok(Outcome::No);
    };
    if records {
        planning.run = Some(create_run(&workspace, &planning)?);
    }
    match args.graph {
        Some(Graph::Mermaid) => cx.ui.print(&show_graph(&planning, GraphFormat::Mermaid))?,
        Some(Graph::Dot) => cx.ui.print(&show_graph(&planning, GraphFormat::Dot))?,
        Some(Graph::Text) | None => match planning.run {
            Some(run) => cx.ui.show_in_short(&planning, &format!("{run}\n"))?,
            None => cx.ui.show(&planning)?,
        },
    }
    Ok(Outcome::Done)
}

/// The plan as a person wants it; none where it is not taken.
fn reviewed(
    cx: &Context,
    workspace: &Workspace,
    args: &Args,
    planned: Planning,
) -> anyhow::Result<Option<Planning>> {
    let planned = match args.edit {
        true => edited(cx, workspace, args, &planned)?,
        false => Some(planned),
    };
    let is_asked =
        args.file.is_none() && !args.yes && !args.dry_run && args.graph.is_none() && cx.ui.can_ask();
    match planned {
        Some(planned) if is_asked => taken(cx, workspace, args, planned),
        planned => Ok(planned),
    }
}

/// Shows a plan and asks for it, until it is taken or refused.
fn taken(
    cx: &Context,
    workspace: &Workspace,
    args: &Args,
    mut planning: Planning,
) -> anyhow::Result<Option<Planning>> {
    loop {
        cx.ui.progress(&planning);
        match cx.ui.ask("take this plan? [y]es, [e]dit, [n]o: ")?.trim() {
            "y" | "yes" => return Ok(Some(planning)),
            "e" | "edit" => match edited(cx, workspace, args, &planning)? {
                Some(changed) => planning = changed,
                None => return Ok(None),
            },
            "n" | "no" | "" => {
                keep_draft(workspace, &planning.text)?;
                return Ok(None);
            }
            _ => {}
        }
    }
}

/// Opens a plan in the user's editor, again where the result is no plan and the user says so.
fn edited(
    cx: &Context,
    workspace: &Workspace,
    args: &Args,
    planning: &Planning,
) -> anyhow::Result<Option<Planning>> {
    keep_draft(workspace, &planning.text)?;
    loop {
        match edit_draft(workspace) {
            Ok(mut changed) => {
                // The words of the user, whatever an agent made of them.
                changed.plan.request = args.request.clone().unwrap_or(changed.plan.request);
                return Ok(Some(changed));
            }
            Err(error) if !cx.ui.can_ask() => return Err(error),
            Err(error) => cx.ui.error(&error, &[]),
        }
        if !matches!(cx.ui.ask("edit it again? [y]es, [n]o: ")?.trim(), "y" | "yes") {
            return Ok(None);
        }
    }
}
