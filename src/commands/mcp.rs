//! `git orca mcp`.

use std::path::PathBuf;

use super::{Context, Outcome};
use crate::engine::{ask_hub, serve_mcp};

/// Serve the hub to an agent over the Model Context Protocol (on standard input and output)
///
/// Agents that orca starts are given it. For one of your own, name it in its settings, such as
/// .mcp.json: {"mcpServers":{"orca":{"command":"git","args":["orca","mcp"]}}}. In the worktree of a
/// task it speaks for that task, elsewhere for you. It ends when its input does.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the attempt's files lie, if orca started the agent
    #[arg(long, value_name = "DIR", hide = true)]
    run_dir: Option<PathBuf>,
    /// Call one tool and print what it says, for agents with a shell; without a tool, list them
    #[arg(long, value_names = ["TOOL", "KEY=TEXT"], num_args = 0.., allow_hyphen_values = true)]
    call: Option<Vec<String>>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    if let Some(words) = &args.call {
        let is_done = ask_hub(&cx.around, args.run_dir.as_deref(), words, &mut std::io::stdout().lock())?;
        return Ok(if is_done { Outcome::Done } else { Outcome::No });
    }
    serve_mcp(&cx.around, args.run_dir.as_deref(), &mut std::io::stdout().lock())?;
    Ok(Outcome::Done)
}
