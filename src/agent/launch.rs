//! What to start: a preset of `orca.toml` filled with the facts of one attempt.
//!
//! A preset is data. Placeholders are replaced in one pass, so that a value which itself holds
//! `{task}` stays as it is.

use std::path::{Path, PathBuf};

use crate::model::{Limits, RunId, TaskId};

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
    /// May hold `{worktree}`, `{run_dir}`, `{prompt_file}`, `{task}`, `{run}`, `{attempt}`, `{model}`.
    pub args: Vec<String>,
    pub prompt: PromptBy,
    /// Variables to set; the values may hold placeholders.
    pub env: Vec<(String, String)>,
    /// Variables of the user that the agent must not see.
    pub env_remove: Vec<String>,
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
    /// Where prompt, logs and temporary files lie; never inside the worktree.
    pub run_dir: PathBuf,
    /// Names the attempt on this machine; all processes of the agent carry it.
    pub marker: String,
    pub prompt: String,
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
    pub env: Vec<(String, String)>,
    pub env_remove: Vec<String>,
    pub prompt: PromptBy,
    pub prompt_text: String,
    /// Becomes `ORCA_RUN_ID` of every process of the agent.
    pub marker: String,
    /// Names the log files, `attempt-<n>.out` and `attempt-<n>.err`.
    pub attempt: u32,
    pub limits: Limits,
}

impl Launch {
    /// Where the prompt lies.
    pub fn prompt_file(&self) -> PathBuf {
        prompt_file(&self.run_dir)
    }

    /// Where one output stream is kept; `stream` is `out` or `err`.
    pub fn log(&self, stream: &str) -> PathBuf {
        self.run_dir.join(format!("attempt-{}.{stream}", self.attempt))
    }
}

impl Preset {
    /// Any program that reads its prompt on standard input.
    pub fn command(agent: &str, program: &str, args: &[&str]) -> Self {
        Self {
            agent: agent.to_owned(),
            program: program.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            prompt: PromptBy::Stdin,
            env: Vec::new(),
            env_remove: Vec::new(),
        }
    }

    /// Fills the preset with the facts of an attempt.
    pub fn launch(&self, attempt: &Attempt, limits: Limits) -> Launch {
        let values = placeholders(attempt);
        let mut env = vec![
            ("ORCA_RUN".to_owned(), attempt.run.to_string()),
            ("ORCA_TASK".to_owned(), attempt.task.to_string()),
            ("ORCA_ATTEMPT".to_owned(), attempt.number.to_string()),
            ("ORCA_AGENT".to_owned(), self.agent.clone()),
        ];
        env.extend(self.env.iter().map(|(name, value)| (name.clone(), fill(value, &values))));
        Launch {
            agent: self.agent.clone(),
            program: fill(&self.program, &values),
            args: self.args.iter().map(|arg| fill(arg, &values)).collect(),
            dir: attempt.worktree.clone(),
            run_dir: attempt.run_dir.clone(),
            env,
            env_remove: self.env_remove.clone(),
            prompt: self.prompt,
            prompt_text: attempt.prompt.clone(),
            marker: attempt.marker.clone(),
            attempt: attempt.number,
            limits,
        }
    }
}

fn prompt_file(run_dir: &Path) -> PathBuf {
    run_dir.join("prompt.md")
}

fn placeholders(attempt: &Attempt) -> [(&'static str, String); 7] {
    let path = |path: &Path| path.to_string_lossy().into_owned();
    [
        ("{worktree}", path(&attempt.worktree)),
        ("{run_dir}", path(&attempt.run_dir)),
        ("{prompt_file}", path(&prompt_file(&attempt.run_dir))),
        ("{task}", attempt.task.to_string()),
        ("{run}", attempt.run.to_string()),
        ("{attempt}", attempt.number.to_string()),
        ("{model}", attempt.model.clone()),
    ]
}

/// Replaces known placeholders; other braces are the argument's own, such as JSON.
fn fill(text: &str, values: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(brace) = rest.find('{') {
        let (before, from) = rest.split_at(brace);
        filled.push_str(before);
        match values.iter().find(|(name, _)| from.starts_with(name)) {
            Some((name, value)) => {
                filled.push_str(value);
                rest = &from[name.len()..];
            }
            None => {
                filled.push('{');
                rest = &from[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_placeholders_are_replaced_and_only_once() {
        let values = [("{task}", "{run}".to_owned()), ("{run}", "r7".to_owned())];
        let check = |text: &str, expected: &str| assert_eq!(fill(text, &values), expected);
        check("{task}", "{run}");
        check("--x={run}/{run}", "--x=r7/r7");
        check(r#"{"a":{"b":1}}"#, r#"{"a":{"b":1}}"#);
        check("{{run}}", "{r7}");
        check("{", "{");
        check("ä{ru", "ä{ru");
    }
}
