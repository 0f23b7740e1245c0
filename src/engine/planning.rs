//! From a plan file to waves that can run.

use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::{Fault, Workspace};
use crate::compress::estimate_tokens_of_size;
use crate::git::{Entry, Head};
use crate::lifecycle::spawn_advice;
use crate::model::{Oid, Plan, RepoPath, RunId, Scope, SpawnAdvice, Task, TaskId};
use crate::plan::{Budget, Graph, Problem, Waves, graph, to_dot, to_mermaid, waves};
use crate::store::{Hub, PlanFile};

/// A plan that passed every check, with its order.
#[derive(Debug, Clone)]
pub struct Planning {
    pub plan: Plan,
    pub graph: Graph,
    pub waves: Waves,
    pub budget: Budget,
    /// The commit the run would start from.
    pub base: Oid,
    /// The short name of the branch it is meant for.
    pub target: String,
    /// The run it is recorded as; none as long as it only is looked at.
    pub run: Option<RunId>,
    /// What a person should know before it runs, one sentence each.
    pub notes: Vec<String>,
    pub spawn: SpawnAdvice,
    /// The plan as it was written.
    pub text: String,
}

/// Tokens that every task needs for its prompt and its own output, whatever its files.
const TASK_OVERHEAD: u64 = 2_000;

/// Reads a plan and works out its waves; changes nothing.
pub fn plan_from_file(workspace: &Workspace, path: &Path) -> anyhow::Result<Planning> {
    workspace.require_work_dir()?;
    let text = read_input(workspace, path)?;
    plan_from_text(workspace, path, text)
}

/// The most tasks of one run; waves and graph of more take minutes.
const MOST_TASKS: usize = 1000;

/// More is no plan that anybody wrote, and would take minutes to parse.
pub(super) const LARGEST_PLAN: u64 = 1 << 20;

/// Reads a file the user named, or standard input for `-`.
pub(super) fn read_input(workspace: &Workspace, path: &Path) -> anyhow::Result<String> {
    let full = workspace.around.dir.join(path);
    let mut text = String::new();
    let read = match path == Path::new("-") {
        true => std::io::stdin().take(LARGEST_PLAN + 1).read_to_string(&mut text),
        false => {
            std::fs::File::open(&full).and_then(|file| file.take(LARGEST_PLAN + 1).read_to_string(&mut text))
        }
    };
    match read {
        Ok(length) if length as u64 > LARGEST_PLAN => {
            Err(Fault::usage(format!("'{}' is larger than 1 MiB", path.display())).into())
        }
        Ok(_) => Ok(text),
        Err(error) => Err(match error.kind() {
            ErrorKind::NotFound | ErrorKind::InvalidData | ErrorKind::IsADirectory => {
                Fault::usage(format!("cannot read '{}': {error}", path.display())).into()
            }
            _ => anyhow::Error::new(error).context(format!("cannot read '{}'", full.display())),
        }),
    }
}

/// Works out the waves of a plan's text; `path` is its name in messages.
pub(super) fn plan_from_text(workspace: &Workspace, path: &Path, text: String) -> anyhow::Result<Planning> {
    let mut file = PlanFile::parse(path, text.clone())?;
    if file.plan.tasks.len() > MOST_TASKS {
        let message = format!("{} has {} tasks", path.display(), file.plan.tasks.len());
        return Err(Fault::usage(message).hint(format!("a run has at most {MOST_TASKS}: split it")).into());
    }
    let (base, target) = starting_point(workspace, file.plan.target.as_deref())?;
    let problems = scopes_through_links(workspace, &file.plan, base)?;
    fail_on(&file, problems)?;
    estimate(workspace, &mut file.plan, base)?;
    let budget =
        Budget { max_context: workspace.config.max_context, max_agents: workspace.config.max_agents };
    let graph = graph(&file.plan).map_err(|problems| located(&file, &problems))?;
    let waves = waves(&file.plan, &graph, budget).map_err(|problems| located(&file, &problems))?;
    let n_files = n_files_in_scopes(workspace, &file.plan, base)?;
    let spawn = spawn_advice(&file.plan.tasks, n_files, some_are_independent(&file.plan.tasks, &graph));
    let notes = notes(workspace, &spawn, &target)?;
    Ok(Planning { plan: file.plan, graph, waves, budget, base, target, run: None, notes, spawn, text })
}

impl Planning {
    /// The graph as Mermaid or DOT.
    pub fn draw(&self, mermaid: bool) -> String {
        let draw = if mermaid { to_mermaid } else { to_dot };
        draw(&self.plan, &self.graph, &self.waves.waves)
    }

    /// The task of an id.
    pub fn task(&self, id: &TaskId) -> Option<&Task> {
        self.plan.tasks.iter().find(|task| task.id == *id)
    }
}

fn fail_on(file: &PlanFile, problems: Vec<Problem>) -> anyhow::Result<()> {
    if problems.is_empty() { Ok(()) } else { Err(located(file, &problems).into()) }
}

fn located(file: &PlanFile, problems: &[Problem]) -> crate::store::FileError {
    file.error(problems.iter().map(|problem| {
        let place = &problem.place;
        (place.task, place.key, place.item, problem.message.as_str())
    }))
}

/// The commit a run starts from and the branch it is meant for: the wanted one, else the one at
/// `HEAD`.
pub(super) fn starting_point(workspace: &Workspace, wanted: Option<&str>) -> anyhow::Result<(Oid, String)> {
    let (head, branch) = head(workspace)?;
    let target = wanted.map(str::to_owned).or(branch).unwrap_or_else(|| "main".to_owned());
    let tip = workspace.repo.ref_oid(&format!("refs/heads/{target}"))?;
    Ok((tip.unwrap_or(head), target))
}

/// The commit at `HEAD` and the branch it is on.
fn head(workspace: &Workspace) -> anyhow::Result<(Oid, Option<String>)> {
    match workspace.repo.head()? {
        Head::Branch(name, tip) => Ok((tip, name.strip_prefix("refs/heads/").map(str::to_owned))),
        Head::Detached(tip) => Ok((tip, None)),
        Head::Unborn(name) => {
            let branch = name.strip_prefix("refs/heads/").unwrap_or(&name);
            Err(Fault::usage(format!(
                "the branch '{branch}' has no commit yet: a run needs one to start from"
            ))
            .hint("git commit --allow-empty -m 'Start'")
            .into())
        }
    }
}

/// How many files the tasks may write.
fn n_files_in_scopes(workspace: &Workspace, plan: &Plan, base: Oid) -> anyhow::Result<usize> {
    let files = workspace.repo.list_tree(workspace.repo.commit(base)?.tree)?;
    let touched = |(path, entry): &&(RepoPath, Entry)| {
        entry.is_file() && plan.tasks.iter().any(|task| task.scope.allows(path))
    };
    Ok(files.iter().filter(touched).count())
}

/// What speaks for one agent instead, and what else is under way.
fn notes(workspace: &Workspace, spawn: &SpawnAdvice, target: &str) -> anyhow::Result<Vec<String>> {
    let mut notes = Vec::new();
    if workspace.repo.ref_oid(&format!("refs/heads/{target}"))?.is_none() {
        notes.push(format!("there is no branch '{target}' to merge into yet, and so it starts from HEAD"));
    }
    if spawn.reasons.is_empty() {
        notes.push("one agent would do: few files, one kind of work, nothing side by side".to_owned());
    }
    if let Some(run) = unfinished_run(workspace)? {
        notes.push(format!("run {run} is not finished; 'git orca run' will conduct the newer one"));
    }
    Ok(notes)
}

/// Whether two tasks wait for each other in neither direction.
fn some_are_independent(tasks: &[Task], graph: &Graph) -> bool {
    let n_ordered: usize = tasks.iter().map(|task| graph.dependents(&task.id).len()).sum();
    n_ordered < tasks.len() * tasks.len().saturating_sub(1) / 2
}

/// The newest run on which something is still to be done.
fn unfinished_run(workspace: &Workspace) -> anyhow::Result<Option<RunId>> {
    let Some(hub) = Hub::open(&workspace.repo)? else { return Ok(None) };
    let Some(newest) = hub.read()?.runs()?.pop() else { return Ok(None) };
    let state = workspace.require_run(Some(newest.id))?;
    Ok((!state.is_over()).then_some(newest.id))
}

/// Complaints about scopes whose fixed part is, or goes through, a symbolic link: writing there
/// would write somewhere else.
pub(super) fn scopes_through_links(
    workspace: &Workspace,
    plan: &Plan,
    base: Oid,
) -> anyhow::Result<Vec<Problem>> {
    let tree = workspace.repo.commit(base)?.tree;
    let mut problems = Vec::new();
    for (task, planned) in plan.tasks.iter().enumerate() {
        for pattern in planned.scope.patterns() {
            if let Some(link) = link_on_the_way(workspace, tree, pattern)? {
                problems.push(Problem {
                    place: crate::plan::Place { task, key: "scope", item: None },
                    message: format!(
                        "scope '{pattern}' goes through the symbolic link '{link}': name the real path"
                    ),
                });
            }
        }
    }
    Ok(problems)
}

fn link_on_the_way(workspace: &Workspace, tree: Oid, pattern: &str) -> anyhow::Result<Option<String>> {
    let fixed = pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{']));
    let mut path = String::new();
    for part in fixed {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(part);
        match workspace.repo.entry_at(tree, &RepoPath::from(path.as_str()))? {
            Some(entry) if entry.mode == 0o120_000 => return Ok(Some(path)),
            Some(_) => {}
            None => break,
        }
    }
    Ok(None)
}

/// Gives every task without an estimate one from the size of the files in its scope.
pub(super) fn estimate(workspace: &Workspace, plan: &mut Plan, base: Oid) -> anyhow::Result<()> {
    if plan.tasks.iter().all(|task| task.estimate_tokens.is_some()) {
        return Ok(());
    }
    let files = workspace.repo.list_tree(workspace.repo.commit(base)?.tree)?;
    for task in plan.tasks.iter_mut().filter(|task| task.estimate_tokens.is_none()) {
        task.estimate_tokens = Some(TASK_OVERHEAD + scope_tokens(workspace, &files, &task.scope));
    }
    Ok(())
}

pub(super) fn scope_tokens(workspace: &Workspace, files: &[(RepoPath, Entry)], scope: &Scope) -> u64 {
    let in_scope = files.iter().filter(|(path, entry)| entry.is_file() && scope.allows(path));
    in_scope.map(|(_, entry)| estimate_tokens_of_size(workspace.repo.blob_size(entry.oid).unwrap_or(0))).sum()
}
