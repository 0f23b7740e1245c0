//! Prepares one attempt: who plays the task, what it is told, what is recorded before it starts.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Conductor;
use super::lane::{confinement, git_places, lane};
use super::ports::port_of;
use crate::agent::{Attempt, Launch, Preset, PromptBy, Role, Template, builtin, forget_end, log};
use crate::compress::estimate_tokens;
use crate::engine::{Event, Fault, Workspace, context};
use crate::git::{GitError, read_plain_text, set_loose};
use crate::model::{Oid, RunId, Session, Status, TaskId, TaskRecord};
use crate::store::{self, ShellHub};

/// The agent that plays a role, as configured.
pub(in crate::engine) struct Player {
    pub(in crate::engine) name: String,
    pub(in crate::engine) config: store::AgentConfig,
    pub(in crate::engine) model: String,
}

impl Player {
    /// What to start for an attempt.
    pub(in crate::engine) fn launch(&self, attempt: &Attempt) -> Launch {
        preset(&self.name, &self.config).launch(attempt, self.config.limits)
    }

    /// The conversation that an attempt can go on with: the agent's own, where it was sent back.
    fn conversation(&self, task: &TaskRecord) -> Option<String> {
        let own = |session: &&Session| session.agent == self.name && !self.config.resume_args.is_empty();
        task.session.as_ref().filter(own).filter(|_| !task.feedback.is_empty()).map(|found| found.id.clone())
    }
}

impl Conductor<'_> {
    /// Records that an attempt begins and returns what to start.
    pub(super) fn begin_attempt(&mut self, id: &TaskId) -> anyhow::Result<Launch> {
        let player = player(self.workspace, &self.task(id).task.specialist)?;
        let run_dir = run_dir(self.workspace, self.run(), id)?;
        let worktree = self.worktree_dir(id)?;
        let session = player.conversation(self.task(id));
        let role = role(self.workspace, &self.task(id).task.specialist)?;
        let lane = || lane(self.workspace, self.run(), self.task(id), &worktree, &run_dir);
        let confine = confinement(self.workspace, &player.config, lane)?;
        let handoff = handing_off(&player.config, confine.is_some(), &run_dir);
        let prompt = match &session {
            Some(_) => again(&self.task(id).feedback, &handoff),
            None => {
                let role = (!player.config.knows_role).then_some(&role);
                prompt_of(self.workspace, &self.state, id, role, &handoff)?
            }
        };
        self.clear_task_locks(id);
        let log_dir = log_dir(self.workspace, self.run(), id)?;
        put_away_notes(&run_dir, &log_dir, self.task(id).attempt)?;
        forget_end(&log_dir, self.task(id).attempt + 1);
        self.update(id, "run", |task| {
            task.status = Status::Running;
            task.attempt += 1;
            task.made = None;
            task.reason.clear();
        })?;
        set_loose(&self.workspace.repo, &self.run().worktree_name(id), &self.run().task_ref(id))?;
        let attempt = Attempt {
            run: self.run(),
            task: id.clone(),
            number: self.task(id).attempt,
            model: player.model.clone(),
            worktree,
            run_dir,
            log_dir,
            marker: marker(self.workspace, self.run(), id),
            prompt,
            role,
            scope: self.task(id).task.scope.patterns().to_vec(),
            binary: self.workspace.around.binary.clone(),
            git_dirs: git_places(self.workspace, self.run(), id)?,
            port: port_of(self.workspace, self.run(), id)?,
            session,
            confine,
        };
        (self.emit)(Event::AgentStarted {
            task: id.clone(),
            agent: player.name.clone(),
            attempt: attempt.number,
            prompt_tokens: estimate_tokens(&attempt.prompt),
        });
        Ok(player.launch(&attempt))
    }
}

/// Puts what an earlier attempt said about its work to its logs: each attempt speaks for itself.
fn put_away_notes(run_dir: &Path, log_dir: &Path, attempt: u32) -> anyhow::Result<()> {
    let notes = run_dir.join(HANDOFF_FILE);
    match std::fs::rename(&notes, log_dir.join(format!("attempt-{attempt}.{HANDOFF_FILE}"))) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot rename '{}'", notes.display()))
        }
        _ => Ok(()),
    }
}

/// Finds who plays a role: its own agent, else the one called `default`, else the only one.
pub(in crate::engine) fn player(workspace: &Workspace, role: &str) -> anyhow::Result<Player> {
    let config = &workspace.config;
    let specialist = config.specialists.get(role).cloned().unwrap_or_default();
    let only = || config.agents.keys().next().filter(|_| config.agents.len() == 1).cloned();
    let default = || config.agents.contains_key("default").then(|| "default".to_owned());
    let name = specialist.agent.or_else(default).or_else(only);
    let found = name.and_then(|name| config.agents.get(&name).map(|agent| (name, agent.clone())));
    let Some((name, config)) = found else {
        return Err(Fault::usage(format!("no agent plays the role '{role}'"))
            .hint("name one in orca.toml: [agents.default] program = \"…\", or [specialists.<role>] agent = \"…\"")
            .into());
    };
    Ok(Player { name, config, model: specialist.model.unwrap_or_default() })
}

fn preset(name: &str, config: &store::AgentConfig) -> Preset {
    Preset {
        agent: name.to_owned(),
        program: config.program.clone(),
        args: config.args.clone(),
        start_args: config.start_args.clone(),
        resume_args: config.resume_args.clone(),
        model_args: config.model_args.clone(),
        turns_args: config.turns_args.clone(),
        budget_args: config.budget_args.clone(),
        tail_args: config.tail_args.clone(),
        prompt: match config.prompt {
            store::PromptBy::Stdin => PromptBy::Stdin,
            store::PromptBy::Arg => PromptBy::Arg,
            store::PromptBy::File => PromptBy::File,
        },
        env: config.env.clone().into_iter().collect(),
        env_remove: config.env_remove.clone(),
        output: config.output,
        files: config.files.clone().into_iter().collect(),
        max_turns: config.max_turns,
        max_cost: config.max_cost,
    }
}

/// Everything a specialist is told: its role, its view of the hub, how to hand over.
pub(in crate::engine) fn prompt(
    workspace: &Workspace,
    state: &crate::engine::RunState,
    id: &TaskId,
) -> anyhow::Result<String> {
    let role = role(workspace, &state.require_task(id)?.task.specialist)?;
    let handoff = by_file(&run_dir(workspace, state.record.id, id)?);
    prompt_of(workspace, state, id, Some(&role), &handoff)
}

fn prompt_of(
    workspace: &Workspace,
    state: &crate::engine::RunState,
    id: &TaskId,
    role: Option<&Role>,
    handoff: &str,
) -> anyhow::Result<String> {
    let view = context::view_of(workspace, state, id, None)?;
    let rules = include_str!("../../../templates/prompt.md").replace("{handoff}", handoff);
    let role = role.map(|role| role.body.trim()).filter(|body| !body.is_empty());
    let role = role.map_or(String::new(), |body| format!("{body}\n\n"));
    Ok(format!("{role}{}\n{}", view.text, rules))
}

/// What an agent is told that still knows its task: why its work came back.
fn again(feedback: &[String], handoff: &str) -> String {
    let list: Vec<String> = feedback.iter().map(|item| format!("- {}", item.replace('\n', "\n  "))).collect();
    include_str!("../../../templates/again.md")
        .replace("{handoff}", handoff)
        .replace("{feedback}", &list.join("\n"))
}

/// How an agent says what came of its work: to the hub where it can ask it, else in a file.
fn handing_off(agent: &store::AgentConfig, is_confined: bool, run_dir: &Path) -> String {
    let by_shell = match agent.shell_hub {
        ShellHub::Never => false,
        ShellHub::Confined => is_confined,
        ShellHub::Always => true,
    };
    match (by_shell, agent.knows_hub) {
        (true, _) => BY_SHELL.to_owned(),
        (false, true) => "Last, call `orca_handoff`.".to_owned(),
        (false, false) => by_file(run_dir),
    }
}

/// What an agent is told that asks the hub by its shell.
const BY_SHELL: &str = "Ask the other tasks' hub by shell: `sh \"$ORCA_HUB\"` lists how. Last: \
    `sh \"$ORCA_HUB\" handoff status=done summary=…`.";

fn by_file(run_dir: &Path) -> String {
    format!(
        "To tell later specialists something, write `{}`: TOML with `summary`, and lists `critical`, \
         `limitation`, `provides`, `dependencies`, `tests`.",
        run_dir.join(HANDOFF_FILE).display()
    )
}

/// What an agent may leave in its run directory to say what it did.
pub(in crate::engine) const HANDOFF_FILE: &str = "handoff.toml";

/// A specialist by its template: the project's own file wins over the built-in one. A role without
/// either is only a name.
pub(in crate::engine) fn role(workspace: &Workspace, name: &str) -> anyhow::Result<Role> {
    let unknown = || Role { name: name.to_owned(), description: name.replace('-', " "), ..Role::default() };
    let own = workspace.main_dir()?.join(".claude/agents").join(format!("{name}.md"));
    let text = match std::fs::read_to_string(&own) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let file = format!("{name}.md");
            let known = builtin().iter().find(|(name, _)| *name == file);
            let Some((_, text)) = known else { return Ok(unknown()) };
            (*text).to_owned()
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read '{}'", own.display())),
    };
    let template = Template::parse(&text).map_err(|error| {
        Fault::usage(format!("bad specialist '{}': {error}", own.display())).hint("git orca doctor")
    })?;
    let Template { description, tools, body, .. } = template;
    Ok(Role { name: name.to_owned(), description, tools, body })
}

/// Where an attempt's prompt, settings and temporary files lie, and what it says of its work. Its agent
/// may write there.
pub(in crate::engine) fn run_dir(workspace: &Workspace, run: RunId, id: &TaskId) -> anyhow::Result<PathBuf> {
    made(workspace.repo.orca_dir().join("run").join(format!("{run}-{id}")))
}

/// Where orca keeps what it saw of a task's attempts, and what is asked of it about the task. No agent may
/// write there, so that what is read there was written by orca.
pub(super) fn log_dir(workspace: &Workspace, run: RunId, id: &TaskId) -> anyhow::Result<PathBuf> {
    made(log_place(workspace, run, id))
}

/// Where the directory of logs is, or will be.
pub(super) fn log_place(workspace: &Workspace, run: RunId, id: &TaskId) -> PathBuf {
    logs(workspace).join(format!("{run}-{id}"))
}

/// Where what the last attempt of a task prints is kept.
pub(in crate::engine) fn attempt_logs(
    workspace: &Workspace,
    run: RunId,
    record: &TaskRecord,
) -> [PathBuf; 2] {
    let place = log_place(workspace, run, &record.task.id);
    ["out", "err"].map(|stream| log(&place, record.attempt, stream))
}

/// The directory of all logs.
pub(in crate::engine) fn logs(workspace: &Workspace) -> PathBuf {
    workspace.repo.orca_dir().join("log")
}

/// Makes a directory, or takes everything out of it.
pub(in crate::engine) fn empty_dir(dir: &Path) -> anyhow::Result<()> {
    let cleared = match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => std::fs::create_dir_all(dir),
    };
    cleared.with_context(|| format!("cannot clear '{}'", dir.display()))
}

fn made(dir: PathBuf) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(&dir).map_err(|error| GitError::Io {
        action: "cannot create",
        path: dir.clone(),
        error,
    })?;
    Ok(dir)
}

/// Where a task's agent works; what it leaves running works there too.
pub(super) fn agent_dirs(workspace: &Workspace, run: RunId, id: &TaskId) -> anyhow::Result<[PathBuf; 2]> {
    Ok([workspace.worktree_root()?.join(run.worktree_name(id)), run_dir(workspace, run, id)?])
}

/// Longer prompts were not written by orca.
const LONGEST_PROMPT: u64 = 16 << 20;

/// What the last prompt of a task cost to read; nothing where none was written.
pub(in crate::engine) fn prompt_tokens(
    workspace: &Workspace,
    run: RunId,
    id: &TaskId,
) -> anyhow::Result<u64> {
    let prompt = read_plain_text(&run_dir(workspace, run, id)?.join("prompt.md"), LONGEST_PROMPT);
    Ok(prompt.map_or(0, |text| estimate_tokens(&text)))
}

/// What all processes of a task's agent carry in their environment.
pub(in crate::engine) fn marker(workspace: &Workspace, run: RunId, id: &TaskId) -> String {
    format!("{}:{run}/{id}", workspace.repo.common_dir().display())
}

/// The files an attempt has in its scope, for what it will have to read.
pub(in crate::engine) fn scope_files(
    workspace: &Workspace,
    task: &TaskRecord,
    at: Oid,
) -> anyhow::Result<u64> {
    let files = workspace.repo.list_tree(workspace.repo.commit(at)?.tree)?;
    Ok(crate::engine::planning::scope_tokens(workspace, &files, &task.task.scope))
}
