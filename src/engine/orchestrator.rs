//! Asks an orchestrator agent to split a request into a plan.
//!
//! The agent works in the user's own checkout and is asked to read only. Nothing holds it to that
//! but its own settings, so what it changed all the same is told. Its plan is judged like one that
//! a person wrote; a bad one goes back once, with everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::init::write_whole;
use super::mcp::PLANNED;
use super::overview::overview;
use super::planning::{LARGEST_PLAN, plan_from_text, starting_point};
use super::resolver;
use super::run::{Player, confinement, empty_dir, logs, player, real, role};
use super::{Event, Fault, Planning, Workspace};
use crate::agent::{Attempt, Template, builtin, run};
use crate::compress::estimate_tokens;
use crate::git::{Git, read_plain_text};
use crate::model::{Ending, Oid, RunId, TaskId};
use crate::store::{FileError, Hub};

/// The role that plans.
const ROLE: &str = "orchestrator";

/// Roles that no task is given to.
const NOT_FOR_TASKS: [&str; 3] = [ROLE, "integration-validator", resolver::ROLE];

/// How often the agent may answer.
const TRIES: u32 = 2;

/// Lets the orchestrator decompose a request; records nothing.
pub fn plan_from_request(
    workspace: &Workspace,
    request: &str,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Planning> {
    let request = request.trim();
    if request.is_empty() {
        return Err(Fault::usage("the request is empty").hint("git orca plan \"<what you want>\"").into());
    }
    let top = workspace.require_work_dir()?.to_owned();
    let (base, _) = starting_point(workspace, None)?;
    let player = player(workspace, ROLE)?;
    let prompt = prompt(workspace, request, base)?;
    let (dir, log_dir) = fresh_dirs(workspace)?;
    let mut asking = Asking { workspace, player, top: top.clone(), dir, log_dir, emit };
    let before = checkout(&top)?;
    let mut planning = asking.ask_until_sound(request, &prompt)?;
    if checkout(&top)? != before {
        planning.notes.push("the orchestrator changed files in your checkout: see 'git status'".to_owned());
    }
    Ok(planning)
}

/// A conversation with the orchestrator.
struct Asking<'a> {
    workspace: &'a Workspace,
    player: Player,
    /// Where it works.
    top: PathBuf,
    /// Where its prompt and its plan are kept, for it to read and write.
    dir: PathBuf,
    log_dir: PathBuf,
    emit: &'a mut dyn FnMut(Event),
}

impl Asking<'_> {
    fn ask_until_sound(&mut self, request: &str, prompt: &str) -> anyhow::Result<Planning> {
        let mut told = prompt.to_owned();
        let path = self.dir.join("plan.toml");
        let mut complaints = String::new();
        for number in 1..=TRIES {
            let answer = self.ask(number, &told)?;
            // What was handed in by the tool was looked at then; what is printed comes after it.
            let plan = self.planned()?.unwrap_or_else(|| plan_in(&answer).to_owned());
            write_whole(&path, &plan).with_context(|| format!("cannot write '{}'", path.display()))?;
            match plan_from_text(self.workspace, Path::new("plan.toml"), plan.clone()) {
                Ok(mut planning) => {
                    // The words of the user, whatever the agent made of them.
                    planning.plan.request = request.to_owned();
                    return Ok(planning);
                }
                Err(error) if error.is::<FileError>() => complaints = error.to_string(),
                Err(error) => return Err(error),
            }
            if number < TRIES {
                let reasons = complaints.lines().map(str::to_owned).collect();
                (self.emit)(Event::SentBack { task: task()?, attempt: number, reasons });
                told = again(prompt, &plan, &complaints);
            }
        }
        Err(Fault::no(format!("the orchestrator gave no usable plan in {TRIES} answers:\n{complaints}"))
            .hint(format!("correct it, then: git orca plan --file '{}'", path.display()))
            .into())
    }

    /// Starts the agent and returns what it printed.
    fn ask(&mut self, number: u32, prompt: &str) -> anyhow::Result<String> {
        let attempt = Attempt {
            run: next_run(self.workspace)?,
            task: task()?,
            number,
            model: self.player.model.clone(),
            worktree: self.top.clone(),
            run_dir: self.dir.clone(),
            log_dir: self.log_dir.clone(),
            marker: format!("{}:plan", self.workspace.repo.common_dir().display()),
            prompt: prompt.to_owned(),
            role: role(self.workspace, ROLE)?,
            scope: Vec::new(),
            binary: self.workspace.around.binary.clone(),
            git_dirs: Vec::new(),
            port: None,
            session: None,
            confine: confinement(self.workspace, &self.player.config, || Ok(vec![real(&self.dir)?]))?,
        };
        (self.emit)(Event::AgentStarted {
            task: task()?,
            agent: self.player.name.clone(),
            attempt: number,
            prompt_tokens: estimate_tokens(prompt),
        });
        let launch = self.player.launch(&attempt);
        let emit = &mut self.emit;
        let mut say = |line: String| {
            if let Ok(task) = task() {
                emit(Event::AgentSaid { task, line });
            }
        };
        let ended = run(&launch, &self.workspace.around.stop, &mut say)?;
        let (ending, seconds, left_behind) = (ended.ending, ended.seconds, ended.left_behind);
        (self.emit)(Event::AgentEnded { task: task()?, ending, seconds, left_behind });
        if let Some(trouble) = &ended.account.trouble {
            bail!("the orchestrator {trouble}");
        }
        if ending != Ending::Exited(0) {
            bail!("the orchestrator {ending}\n{}", ended.tail.trim_end());
        }
        if self.player.config.output.has_answers() {
            return Ok(ended.account.answer);
        }
        let log = launch.log("out");
        let output = std::fs::read(&log).with_context(|| format!("cannot read '{}'", log.display()))?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }
}

impl Asking<'_> {
    /// The plan that was handed in by the tool `orca_plan`; each counts once.
    fn planned(&self) -> anyhow::Result<Option<String>> {
        let file = self.dir.join(PLANNED);
        let text = match read_plain_text(&file, LARGEST_PLAN) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read '{}'", file.display())),
        };
        std::fs::remove_file(&file).with_context(|| format!("cannot remove '{}'", file.display()))?;
        Ok(Some(text))
    }
}

/// The name under which the orchestrator's own work is reported.
fn task() -> anyhow::Result<TaskId> {
    Ok(TaskId::new("plan")?)
}

/// The run that the plan would become.
fn next_run(workspace: &Workspace) -> anyhow::Result<RunId> {
    let Some(hub) = Hub::open(&workspace.repo)? else { return Ok(RunId::FIRST) };
    Ok(hub.read()?.runs()?.last().map_or(RunId::FIRST, |run| run.id.next()))
}

/// An empty run directory, and an empty one for the logs: those are appended to, and an old answer must not
/// be taken for a new one.
fn fresh_dirs(workspace: &Workspace) -> anyhow::Result<(PathBuf, PathBuf)> {
    let dirs = (workspace.repo.orca_dir().join("run").join("plan"), logs(workspace).join("plan"));
    empty_dir(&dirs.0)?;
    empty_dir(&dirs.1)?;
    Ok(dirs)
}

/// What is not committed in the user's checkout, and the commit it is on.
fn checkout(top: &Path) -> anyhow::Result<Vec<u8>> {
    Ok(Git::at(top).run(&["status", "--porcelain=v2", "--branch", "-z"])?)
}

/// The plan in an agent's answer: the last fenced block that holds tasks, else all of it.
fn plan_in(answer: &str) -> &str {
    let mut found = answer;
    let mut open: Option<usize> = None;
    let mut offset = 0;
    for line in answer.split_inclusive('\n') {
        let after = offset + line.len();
        if line.trim_start().starts_with("```") {
            match open.take() {
                Some(start) if answer[start..offset].contains("[[task]]") => found = &answer[start..offset],
                Some(_) => {}
                None => open = Some(after),
            }
        }
        offset = after;
    }
    match open {
        // A fence that was never closed.
        Some(start) if answer[start..].contains("[[task]]") => &answer[start..],
        _ => found,
    }
}

fn again(prompt: &str, plan: &str, complaints: &str) -> String {
    format!(
        "{prompt}\n## Your last answer was refused\n\n{complaints}\n\nIt was:\n\n```toml\n{}\n```\n\n\
         Answer with the whole plan again, corrected.\n",
        plan.trim_end()
    )
}

/// Everything the orchestrator is told; the project's own words about the role stand first.
fn prompt(workspace: &Workspace, request: &str, base: Oid) -> anyhow::Result<String> {
    let files = agent_files(workspace)?;
    let own = files.iter().find(|(name, text)| name.as_str() == ROLE && !is_builtin(text));
    let own = own.and_then(|(_, text)| Template::parse(text).ok()).map(|template| template.body + "\n\n");
    let filled = include_str!("../../templates/plan-prompt.md")
        .replace("{overview}", overview(workspace, base)?.trim_end())
        .replace("{roles}", roles(workspace, &files).trim_end())
        // Last, so that a request which holds a placeholder stays as it is.
        .replacen("{request}", request, 1);
    Ok(own.unwrap_or_default() + &filled)
}

/// The role files of the project, as name and text, and the built-in ones that it has not.
fn agent_files(workspace: &Workspace) -> anyhow::Result<BTreeMap<String, String>> {
    let known =
        builtin().iter().map(|(file, text)| (file.trim_end_matches(".md").to_owned(), (*text).to_owned()));
    let mut files: BTreeMap<String, String> = known.collect();
    let dir = workspace.main_dir()?.join(".claude/agents");
    let Ok(entries) = std::fs::read_dir(&dir) else { return Ok(files) };
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read '{}'", dir.display()))?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_some_and(|extension| extension == "md")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            files.insert(name, text);
        }
    }
    Ok(files)
}

fn is_builtin(text: &str) -> bool {
    builtin().iter().any(|(_, known)| *known == text)
}

/// The roles that tasks can be given to, each with what it is for.
fn roles(workspace: &Workspace, files: &BTreeMap<String, String>) -> String {
    let described = |(name, text): (&String, &String)| {
        Template::parse(text).map(|template| (name.clone(), template.description)).ok()
    };
    let mut roles: BTreeMap<String, String> = files.iter().filter_map(described).collect();
    let configured: BTreeSet<&String> = workspace.config.specialists.keys().collect();
    for name in configured {
        roles.entry(name.clone()).or_default();
    }
    let mut out = String::new();
    for (name, description) in roles.iter().filter(|(name, _)| !NOT_FOR_TASKS.contains(&name.as_str())) {
        let separator = if description.is_empty() { "" } else { ": " };
        _ = writeln!(out, "- {name}{separator}{description}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_found_wherever_it_stands() {
        let plan = "request = \"x\"\n[[task]]\n";
        let check = |answer: &str| assert_eq!(plan_in(answer), plan, "{answer}");
        check(plan);
        check(&format!("Here it is:\n\n```toml\n{plan}```\nGood luck.\n"));
        check(&format!("```sh\nls\n```\n```\n{plan}```\n"));
        check(&format!("A draft:\n```toml\n[[task]]\n```\nBetter:\n```toml\n{plan}```\n"));
        check(&format!("```toml\n{plan}"));
        assert_eq!(plan_in("I cannot.\n```\nno\n```\n"), "I cannot.\n```\nno\n```\n");
    }
}
