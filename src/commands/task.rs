//! `git orca task`.

use std::fmt::Display;
use std::path::PathBuf;

use super::{Context, Outcome};
use crate::engine::{
    Amendment, Fault, TaskEdit, Workspace, amend, list_tasks, preview_amendment, show_task, tasks_from_file,
};
use crate::model::{Contract, RunId, Scope, Task, TaskId};

/// Show and change the tasks of a run by hand
///
/// Tasks that have begun stay as they are. After a change the others are packed into waves again, and
/// nothing is recorded when the plan would no longer hold together.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: TaskCommand,
}

#[derive(clap::Subcommand)]
enum TaskCommand {
    /// List the tasks, wave by wave
    List {
        /// Which run, when not the newest
        #[arg(long, value_name = "RUN", value_parser = super::run_id)]
        run: Option<RunId>,
    },
    /// Show one task with everything known of it
    Show {
        #[arg(value_parser = super::task_id)]
        task: TaskId,
        /// Which run, when not the newest
        #[arg(long, value_name = "RUN", value_parser = super::run_id)]
        run: Option<RunId>,
    },
    /// Add tasks: several from a plan fragment, or one by its flags
    Add {
        /// A plan with tasks alone ('-' for standard input)
        #[arg(conflicts_with_all = ["id", "title", "specialist", "scope", "after", "provides", "consumes", "acceptance", "estimate"])]
        file: Option<PathBuf>,
        /// The task's id: a-z, 0-9 and '-'
        #[arg(long, value_parser = super::task_id, required_unless_present = "file")]
        id: Option<TaskId>,
        #[command(flatten)]
        fields: Fields,
        /// Which run, when not the newest
        #[arg(long, value_name = "RUN", value_parser = super::run_id)]
        run: Option<RunId>,
        /// Show the new waves and record nothing
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
    /// Change a task that has not begun, was stopped or was given up
    Edit {
        #[arg(value_parser = super::task_id)]
        task: TaskId,
        #[command(flatten)]
        fields: Fields,
        /// Which run, when not the newest
        #[arg(long, value_name = "RUN", value_parser = super::run_id)]
        run: Option<RunId>,
        /// Show the new waves and record nothing
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
    /// Drop a task that is not at work or done
    Drop {
        #[arg(value_parser = super::task_id)]
        task: TaskId,
        /// Which run, when not the newest
        #[arg(long, value_name = "RUN", value_parser = super::run_id)]
        run: Option<RunId>,
        /// Show the new waves and record nothing
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
}

/// What can be said of a task. Lists are given by repeating the flag; '' alone empties one.
#[derive(clap::Args)]
struct Fields {
    /// What it is about, in one line
    #[arg(long)]
    title: Option<String>,
    /// The role that plays it
    #[arg(long, value_name = "ROLE")]
    specialist: Option<String>,
    /// A path glob that it may write; repeat for more
    #[arg(long, value_name = "GLOB")]
    scope: Option<Vec<String>>,
    /// A task that must be merged first; repeat for more ('' for none)
    #[arg(long, value_name = "TASK")]
    after: Option<Vec<String>>,
    /// An interface it makes, 'KIND NAME'; repeat for more ('' for none)
    #[arg(long, value_name = "CONTRACT")]
    provides: Option<Vec<String>>,
    /// An interface it needs, 'KIND NAME' or 'KIND NAME @ TASK'; repeat for more ('' for none)
    #[arg(long, value_name = "CONTRACT")]
    consumes: Option<Vec<String>>,
    /// A command that must pass; repeat for more ('' for none)
    #[arg(long, value_name = "COMMAND")]
    acceptance: Option<Vec<String>>,
    /// Tokens it will need, when the size of its scope says nothing
    #[arg(long, value_name = "TOKENS")]
    estimate: Option<u64>,
}

pub(crate) fn run(cx: &Context, args: Args) -> anyhow::Result<Outcome> {
    let workspace = cx.workspace()?;
    let (run, amendment, dry_run) = match args.command {
        TaskCommand::List { run } => {
            cx.ui.show(&list_tasks(&workspace, run)?)?;
            return Ok(Outcome::Done);
        }
        TaskCommand::Show { task, run } => {
            cx.ui.show(&show_task(&workspace, run, &task)?)?;
            return Ok(Outcome::Done);
        }
        TaskCommand::Add { file, id, fields, run, dry_run } => {
            (run, Amendment::Add(new_tasks(&workspace, file, id, &fields)?), dry_run)
        }
        TaskCommand::Edit { task, fields, run, dry_run } => {
            (run, Amendment::Edit(task, Box::new(fields.edit()?)), dry_run)
        }
        TaskCommand::Drop { task, run, dry_run } => (run, Amendment::Drop(task), dry_run),
    };
    let amended = match dry_run {
        true => preview_amendment(&workspace, run, &amendment)?,
        false => amend(&workspace, run, &amendment)?,
    };
    cx.ui.show(&amended)?;
    Ok(Outcome::Done)
}

fn new_tasks(
    workspace: &Workspace,
    file: Option<PathBuf>,
    id: Option<TaskId>,
    fields: &Fields,
) -> anyhow::Result<Vec<Task>> {
    if let Some(file) = file {
        return tasks_from_file(workspace, &file);
    }
    let given = fields.read()?;
    let missing = |flag| Fault::usage(format!("a new task needs {flag}")).hint("git orca task add --help");
    Ok(vec![Task {
        id: id.ok_or_else(|| missing("--id"))?,
        title: given.title.ok_or_else(|| missing("--title"))?,
        specialist: given.specialist.ok_or_else(|| missing("--specialist"))?,
        scope: given.scope.ok_or_else(|| missing("--scope"))?,
        after: given.after.unwrap_or_default(),
        provides: given.provides.unwrap_or_default(),
        consumes: given.consumes.unwrap_or_default(),
        acceptance: given.acceptance.unwrap_or_default(),
        estimate_tokens: given.estimate_tokens,
    }])
}

impl Fields {
    fn edit(&self) -> anyhow::Result<TaskEdit> {
        let edit = self.read()?;
        if edit == TaskEdit::default() {
            return Err(Fault::usage("nothing is to be changed").hint("git orca task edit --help").into());
        }
        Ok(edit)
    }

    fn read(&self) -> anyhow::Result<TaskEdit> {
        let globs = list("scope", self.scope.as_deref(), |glob| Ok::<_, Fault>(glob.to_owned()))?;
        if globs.as_ref().is_some_and(Vec::is_empty) {
            return Err(Fault::usage("--scope: name the paths that the task may write").into());
        }
        let scope = globs.map(|globs| Scope::new(&globs)).transpose();
        Ok(TaskEdit {
            title: line("title", self.title.as_deref())?,
            specialist: line("specialist", self.specialist.as_deref())?,
            scope: scope.map_err(|error| Fault::usage(format!("--scope: {error}")))?,
            after: list("after", self.after.as_deref(), TaskId::new)?,
            provides: list("provides", self.provides.as_deref(), str::parse::<Contract>)?,
            consumes: list("consumes", self.consumes.as_deref(), str::parse::<Contract>)?,
            acceptance: list("acceptance", self.acceptance.as_deref(), |text| {
                Ok::<_, Fault>(text.to_owned())
            })?,
            estimate_tokens: self.estimate,
        })
    }
}

/// A value on one line that is not empty.
fn line(flag: &str, given: Option<&str>) -> Result<Option<String>, Fault> {
    let joined = given.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    match joined {
        Some(text) if text.is_empty() => Err(Fault::usage(format!("--{flag} is empty"))),
        other => Ok(other),
    }
}

/// The values of a repeated flag; empty ones stand for nothing.
fn list<T, E: Display>(
    flag: &str,
    given: Option<&[String]>,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<Vec<T>>, Fault> {
    let Some(given) = given else { return Ok(None) };
    let values = given.iter().filter(|text| !text.trim().is_empty());
    let read = |text: &String| read(text).map_err(|error| Fault::usage(format!("--{flag}: {error}")));
    values.map(read).collect::<Result<_, _>>().map(Some)
}
