//! `git orca context`.

use std::path::PathBuf;

use super::{Context, Outcome};
use crate::engine::{
    FoldOptions, NewEntry, add_context, compress_context, context_for, context_log, entry_text, show_context,
};
use crate::model::TaskId;

/// Show and extend what the specialists share
///
/// The hub has five sections: architecture, dependencies, completions, interfaces, conflicts. A
/// specialist never reads all of it: 'show --for TASK' is what one gets.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: ContextCommand,
}

#[derive(clap::Subcommand)]
enum ContextCommand {
    /// Show the hub, or what one specialist gets of it
    Show {
        /// Only what the specialist of this task gets
        #[arg(long = "for", value_name = "TASK", value_parser = super::task_id)]
        task: Option<TaskId>,
        /// Cut it to so many tokens
        #[arg(long, value_name = "TOKENS")]
        budget: Option<u64>,
    },
    /// Add an entry, or replace the one of that name
    Add {
        /// architecture, dependencies, completions, interfaces or conflicts
        section: String,
        /// Its name in the section; for an interface 'KIND NAME'
        id: String,
        /// What it says
        #[arg(long, required_unless_present = "file", conflicts_with = "file")]
        text: Option<String>,
        /// Read what it says from this file ('-' for standard input)
        #[arg(long)]
        file: Option<PathBuf>,
        /// Show what would be added
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
    /// Fold what runs that have landed left in the hub into short entries
    ///
    /// Completions, findings, attempts and requests of such a run become one entry of 'completions', and
    /// what it left open one of 'conflicts'; of all but the last five, one line. Tasks and handoffs stay,
    /// and the history of the hub keeps everything as it was.
    Compress {
        /// How many of the newest runs stay as they are
        #[arg(long, value_name = "N", default_value_t = 1)]
        keep: usize,
        /// How long an entry may be
        #[arg(long, value_name = "TOKENS", default_value_t = 200)]
        budget: u64,
        /// Show what would be folded
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
    /// List the last changes of the hub, newest first
    Log {
        /// How many
        #[arg(short = 'n', long = "number", value_name = "N", default_value_t = 20)]
        limit: usize,
    },
}

pub(crate) fn run(cx: &Context, args: Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    match args.command {
        ContextCommand::Show { task: Some(task), budget } => {
            cx.ui.show(&context_for(&workspace, &task, budget)?)?;
        }
        ContextCommand::Show { task: None, budget } => cx.ui.show(&show_context(&workspace, budget)?)?,
        ContextCommand::Add { section, id, text, file, dry_run } => {
            let text = entry_text(&workspace, text, file.as_deref())?;
            let new = NewEntry { section: &section, id: &id, text: &text };
            cx.ui.show(&add_context(&workspace, &new, dry_run)?)?;
        }
        ContextCommand::Compress { keep, budget, dry_run } => {
            cx.ui.show(&compress_context(&workspace, FoldOptions { keep, budget, dry_run })?)?;
        }
        ContextCommand::Log { limit } => cx.ui.show(&context_log(&workspace, limit)?)?,
    }
    Ok(Outcome::Done)
}
