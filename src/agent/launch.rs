//! What to start: a preset of `orca.toml` filled with the facts of one attempt.

use std::path::{Path, PathBuf};

use super::fill::{Into, Values, fill};
use crate::model::{Limits, Protocol, RunId, TaskId, in_shell};

/// How an agent gets its prompt. The prompt also lies in `prompt.md` of the run directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptBy {
    /// On standard input.
    Stdin,
    /// As the last argument.
    Arg,
    /// As a file, which the arguments name with `{prompt_file}`.
    File,
}

/// How a kind of agent is started; each `[agents.<name>]` of `orca.toml` makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// The name in `orca.toml`.
    pub agent: String,
    pub program: String,
    /// Arguments, in this order; any of them may hold placeholders.
    pub args: Vec<String>,
    /// For a conversation that begins.
    pub start_args: Vec<String>,
    /// For one that goes on.
    pub resume_args: Vec<String>,
    /// Where a model is configured.
    pub model_args: Vec<String>,
    /// Where turns are bounded.
    pub turns_args: Vec<String>,
    /// Where the cost is bounded.
    pub budget_args: Vec<String>,
    pub tail_args: Vec<String>,
    pub prompt: PromptBy,
    pub output: Protocol,
    /// Variables to set; the values may hold placeholders.
    pub env: Vec<(String, String)>,
    /// Variables of the user that the agent must not see.
    pub env_remove: Vec<String>,
    /// Files of the run directory, with their content.
    pub files: Vec<(String, String)>,
    pub max_turns: Option<u32>,
    /// In millionths of a dollar.
    pub max_cost: Option<u64>,
}

/// The facts of one attempt at a task.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub run: RunId,
    pub task: TaskId,
    /// Counted from 1.
    pub number: u32,
    /// Empty where the agent chooses.
    pub model: String,
    pub worktree: PathBuf,
    /// Where the prompt, settings and temporary files lie, and what the agent says of its work; never
    /// inside the worktree. The agent may write there.
    pub run_dir: PathBuf,
    /// Where orca keeps what it saw of the attempt. The agent may not write there.
    pub log_dir: PathBuf,
    /// Names the attempt on this machine; all processes of the agent carry it.
    pub marker: String,
    pub prompt: String,
    pub role: Role,
    /// The globs that the task may write.
    pub scope: Vec<String>,
    /// The running `git-orca`, which the agent's hooks and its MCP client start.
    pub binary: PathBuf,
    /// What Git writes to when the agent commits.
    pub git_dirs: Vec<PathBuf>,
    /// The first of the ports that are the worktree's own.
    pub port: Option<u16>,
    /// The conversation to go on with.
    pub session: Option<String>,
    pub confine: Option<Confine>,
}

/// Who the agent is to be.
#[derive(Debug, Clone, Default)]
pub struct Role {
    pub name: String,
    pub description: String,
    /// The tools it may use; none means all.
    pub tools: Vec<String>,
    /// What it is told about itself.
    pub body: String,
}

/// What an agent and all that it starts may write to; the kernel sees to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confine {
    /// The `git-orca` that confines itself and then becomes the agent.
    pub binary: PathBuf,
    /// Directories with all that is below them, and files.
    pub writes: Vec<PathBuf>,
}

/// One program about to be started, with everything filled in.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The name in `orca.toml`, for the remedy in an error.
    pub agent: String,
    pub program: String,
    pub args: Vec<String>,
    /// The working directory.
    pub dir: PathBuf,
    pub run_dir: PathBuf,
    pub log_dir: PathBuf,
    pub env: Vec<(String, String)>,
    pub env_remove: Vec<String>,
    /// Files to write to the run directory first.
    pub files: Vec<(String, String)>,
    pub prompt: PromptBy,
    pub prompt_text: String,
    pub output: Protocol,
    /// Becomes `ORCA_RUN_ID` of every process of the agent.
    pub marker: String,
    /// Names the log files, `attempt-<n>.out` and `attempt-<n>.err`.
    pub attempt: u32,
    pub limits: Limits,
    /// Whether it goes on with the conversation of an earlier attempt.
    pub resumes: bool,
    pub confine: Option<Confine>,
}

impl Launch {
    /// Where the prompt lies.
    pub fn prompt_file(&self) -> PathBuf {
        prompt_file(&self.run_dir)
    }

    /// Where one output stream is kept; `stream` is `out` or `err`.
    pub fn log(&self, stream: &str) -> PathBuf {
        log(&self.log_dir, self.attempt, stream)
    }
}

/// Where one output stream of an attempt is kept; `stream` is `out` or `err`.
pub fn log(log_dir: &Path, attempt: u32, stream: &str) -> PathBuf {
    log_dir.join(log_name(attempt, stream))
}

/// The name of a log.
pub(super) fn log_name(attempt: u32, stream: &str) -> String {
    format!("attempt-{attempt}.{stream}")
}

impl Preset {
    /// Any program that reads its prompt on standard input.
    pub fn command(agent: &str, program: &str, args: &[&str]) -> Self {
        Self {
            agent: agent.to_owned(),
            program: program.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            start_args: Vec::new(),
            resume_args: Vec::new(),
            model_args: Vec::new(),
            turns_args: Vec::new(),
            budget_args: Vec::new(),
            tail_args: Vec::new(),
            prompt: PromptBy::Stdin,
            output: Protocol::None,
            env: Vec::new(),
            env_remove: Vec::new(),
            files: Vec::new(),
            max_turns: None,
            max_cost: None,
        }
    }

    /// Fills the preset with the facts of an attempt.
    pub fn launch(&self, attempt: &Attempt, limits: Limits) -> Launch {
        let values = self.values(attempt);
        let plain = |text: &String| fill(text, &values, Into::Plain);
        let mut env = vec![
            ("ORCA_RUN".to_owned(), attempt.run.to_string()),
            ("ORCA_TASK".to_owned(), attempt.task.to_string()),
            ("ORCA_ATTEMPT".to_owned(), attempt.number.to_string()),
            ("ORCA_AGENT".to_owned(), self.agent.clone()),
            ("ORCA_HUB".to_owned(), attempt.run_dir.join(HUB).to_string_lossy().into_owned()),
        ];
        for name in ["PORT", "ORCA_PORT"] {
            env.extend(attempt.port.map(|port| (name.to_owned(), port.to_string())));
        }
        env.extend(self.env.iter().map(|(name, value)| (name.clone(), plain(value))));
        let in_file = |(name, text): &(String, String)| {
            // Prose needs no quotes.
            let into = if name.ends_with(".md") { Into::Plain } else { Into::Quotes };
            (name.clone(), fill(text, &values, into))
        };
        Launch {
            agent: self.agent.clone(),
            program: plain(&self.program),
            args: self.args_for(attempt).map(plain).collect(),
            dir: attempt.worktree.clone(),
            run_dir: attempt.run_dir.clone(),
            log_dir: attempt.log_dir.clone(),
            env,
            env_remove: self.env_remove.clone(),
            files: self.files.iter().map(in_file).chain([(HUB.to_owned(), plain(&ASK.to_owned()))]).collect(),
            prompt: self.prompt,
            prompt_text: attempt.prompt.clone(),
            output: self.output,
            marker: attempt.marker.clone(),
            attempt: attempt.number,
            limits,
            resumes: attempt.session.is_some(),
            confine: attempt.confine.clone(),
        }
    }

    fn args_for<'a>(&'a self, attempt: &Attempt) -> impl Iterator<Item = &'a String> {
        let only = |wanted: bool, args: &'a [String]| if wanted { args } else { &[] };
        let groups = [
            &self.args[..],
            if attempt.session.is_some() { &self.resume_args } else { &self.start_args },
            only(!attempt.model.is_empty(), &self.model_args),
            only(self.max_turns.is_some(), &self.turns_args),
            only(self.max_cost.is_some(), &self.budget_args),
            &self.tail_args,
        ];
        groups.into_iter().flatten()
    }

    fn values(&self, attempt: &Attempt) -> Values {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let dollars = self.max_cost.unwrap_or(0) as f64 / 1e6;
        let texts = vec![
            ("worktree", path(&attempt.worktree)),
            ("worktree_pattern", regex_syntax::escape(&path(&attempt.worktree))),
            ("run_dir", path(&attempt.run_dir)),
            ("run_dir_pattern", regex_syntax::escape(&path(&attempt.run_dir))),
            ("prompt_file", path(&prompt_file(&attempt.run_dir))),
            ("task", attempt.task.to_string()),
            ("run", attempt.run.to_string()),
            ("attempt", attempt.number.to_string()),
            ("model", attempt.model.clone()),
            ("role", attempt.role.name.clone()),
            ("role_body", role_body(&attempt.role)),
            ("claude_agents", claude_agents(&attempt.role)),
            ("binary", path(&attempt.binary)),
            ("shell_binary", in_shell(&path(&attempt.binary))),
            ("shell_worktree", in_shell(&path(&attempt.worktree))),
            ("shell_run_dir", in_shell(&path(&attempt.run_dir))),
            ("port", attempt.port.map_or(String::new(), |port| port.to_string())),
            ("session", attempt.session.clone().unwrap_or_default()),
            ("new_session", new_session()),
            ("max_turns", self.max_turns.unwrap_or(0).to_string()),
            ("max_usd", dollars.to_string()),
        ];
        let patterns = attempt.scope.iter().map(|glob| regex_syntax::escape(literal_prefix(glob))).collect();
        let one = |place: &Path| vec![path(place)];
        let one_word = |place: &Path| vec![in_shell(&path(place))];
        let git_dirs = attempt.git_dirs.iter().map(|dir| path(dir)).collect();
        Values {
            texts,
            lists: vec![
                ("scope", attempt.scope.clone()),
                ("scope_pattern", patterns),
                ("git_dir", git_dirs),
                ("role_body", vec![role_body(&attempt.role)]),
                // Lists of one, which are always quoted.
                ("binary", one(&attempt.binary)),
                ("worktree", one(&attempt.worktree)),
                ("run_dir", one(&attempt.run_dir)),
                ("shell_binary", one_word(&attempt.binary)),
                ("shell_worktree", one_word(&attempt.worktree)),
                ("shell_run_dir", one_word(&attempt.run_dir)),
            ],
            flags: vec![("confined", attempt.confine.is_some())],
        }
    }
}

/// The file by which a shell asks the hub, and what it holds. It is no program of the agent's `PATH`: a
/// name there would be the user's.
const HUB: &str = "hub.sh";
const ASK: &str = "exec {shell_binary} -C {shell_worktree} mcp --run-dir {shell_run_dir} --call \"$@\"\n";

/// The name of the file with the prompt.
pub(super) const PROMPT: &str = "prompt.md";

fn prompt_file(run_dir: &Path) -> PathBuf {
    run_dir.join(PROMPT)
}

/// The part of a glob before its first wildcard.
pub fn literal_prefix(glob: &str) -> &str {
    glob.find(['*', '?', '[', '{']).map_or(glob, |wild| &glob[..wild])
}

/// The role in the form that Claude Code takes on its command line.
fn claude_agents(role: &Role) -> String {
    let mut agent = serde_json::json!({ "description": role.description, "prompt": role.body });
    if !role.tools.is_empty() {
        agent["tools"] = role.tools.clone().into();
    }
    serde_json::json!({ role.name.as_str(): agent }).to_string()
}

/// What an agent is told about itself; never nothing, which would be no instructions at all.
fn role_body(role: &Role) -> String {
    if role.body.is_empty() { format!("You are the {}.", role.description) } else { role.body.clone() }
}

/// A random UUID of version 4 (RFC 9562).
fn new_session() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness the agent will refuse a conversation that exists, and say so.
    let _ = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |range: std::ops::Range<usize>| hex[range].concat();
    [part(0..4), part(4..6), part(6..8), part(8..10), part(10..16)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_uuids_and_differ() {
        let (one, other) = (new_session(), new_session());
        assert_ne!(one, other);
        let parts: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&one[14..15], "4");
    }

    #[test]
    fn a_glob_begins_with_a_place() {
        assert_eq!(literal_prefix("src/types/**"), "src/types/");
        assert_eq!(literal_prefix("README.md"), "README.md");
        assert_eq!(literal_prefix("**"), "");
    }
}
