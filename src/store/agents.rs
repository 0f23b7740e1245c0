//! How agents are started: a preset, which is a TOML file, and what `orca.toml` says otherwise.
//!
//! `[agents.<name>]` holds the keys of a preset file. What it leaves out comes from its `preset`,
//! `command` where it names none.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::document::{Document, Keys};
use crate::model::{Limits, Protocol, nearest};

/// How to start one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentConfig {
    /// The preset it is made from.
    pub preset: String,
    pub program: String,
    pub args: Vec<String>,
    /// Arguments behind those, for a conversation that begins.
    pub start_args: Vec<String>,
    /// Arguments that go on with an earlier conversation instead; empty where that cannot be done.
    pub resume_args: Vec<String>,
    /// Arguments behind all others.
    pub tail_args: Vec<String>,
    /// Arguments that name a model, where one is configured.
    pub model_args: Vec<String>,
    /// Arguments that bound the turns.
    pub turns_args: Vec<String>,
    /// Arguments that bound the cost.
    pub budget_args: Vec<String>,
    pub prompt: PromptBy,
    /// Whether its arguments give it the role, so that the prompt need not.
    pub knows_role: bool,
    /// Whether its arguments connect it to the hub.
    pub knows_hub: bool,
    /// When it asks the hub by its shell instead.
    pub shell_hub: ShellHub,
    /// How it tells about itself.
    pub output: Protocol,
    pub env: BTreeMap<String, String>,
    pub env_remove: Vec<String>,
    /// Files of the run directory that its arguments name.
    pub files: BTreeMap<String, String>,
    /// Places of its own that it must be able to write to, beside its task's.
    pub writes: Vec<String>,
    pub sandbox: Sandbox,
    pub limits: Limits,
    pub max_turns: Option<u32>,
    /// In millionths of a dollar.
    pub max_cost: Option<u64>,
    /// Tokens of the first request that the program makes by itself, measured; 0 where nobody did.
    pub usual_request: u64,
    /// The oldest version that was tried; empty where any will do.
    pub tried: String,
}

/// How the prompt reaches an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PromptBy {
    Stdin,
    /// As the last argument.
    Arg,
    /// In a file that `{prompt_file}` names.
    File,
}

/// When an agent asks the hub by its shell, through a file that its preset makes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShellHub {
    #[default]
    Never,
    /// Where the kernel confines it: a sandbox of its own may keep its shell from orca.
    Confined,
    Always,
}

/// What confines an agent's writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sandbox {
    /// The kernel where it can, else the agent's own rules.
    #[default]
    Auto,
    /// The kernel, or the agent is not started.
    Landlock,
    /// The agent's own rules.
    Off,
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/presets/", $name, ".toml")))),*]
    };
}

const PRESETS: [(&str, &str); 7] =
    presets!["aider", "claude", "codex", "command", "copilot", "gemini", "opencode"];

pub(super) const KEYS: Keys = Keys::Table(&[
    ("version", Keys::Value),
    ("preset", Keys::Value),
    ("program", Keys::Value),
    ("args", Keys::Value),
    ("start_args", Keys::Value),
    ("resume_args", Keys::Value),
    ("tail_args", Keys::Value),
    ("extra_args", Keys::Value),
    ("model_args", Keys::Value),
    ("turns_args", Keys::Value),
    ("budget_args", Keys::Value),
    ("prompt", Keys::Value),
    ("knows_role", Keys::Value),
    ("knows_hub", Keys::Value),
    ("shell_hub", Keys::Value),
    ("output", Keys::Value),
    ("env", Keys::AnyOf(&Keys::Value)),
    ("env_remove", Keys::Value),
    ("files", Keys::AnyOf(&Keys::Value)),
    ("writes", Keys::Value),
    ("sandbox", Keys::Value),
    ("timeout", Keys::Value),
    ("stall_timeout", Keys::Value),
    ("grace", Keys::Value),
    ("max_turns", Keys::Value),
    ("max_usd", Keys::Value),
    ("usual_request", Keys::Value),
    ("tried", Keys::Value),
]);

/// A table `[agents.<name>]`, or a preset file.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct StoredAgent {
    preset: Option<String>,
    program: Option<String>,
    args: Option<Vec<String>>,
    start_args: Option<Vec<String>>,
    resume_args: Option<Vec<String>>,
    tail_args: Option<Vec<String>>,
    /// Added to `args`, so that a preset can be widened without being written again.
    extra_args: Vec<String>,
    model_args: Option<Vec<String>>,
    turns_args: Option<Vec<String>>,
    budget_args: Option<Vec<String>>,
    prompt: Option<PromptBy>,
    knows_role: Option<bool>,
    knows_hub: Option<bool>,
    shell_hub: Option<ShellHub>,
    output: Option<StoredProtocol>,
    env: BTreeMap<String, String>,
    env_remove: Vec<String>,
    files: BTreeMap<String, String>,
    writes: Vec<String>,
    sandbox: Option<Sandbox>,
    timeout: Option<u64>,
    stall_timeout: Option<u64>,
    grace: Option<u64>,
    max_turns: Option<u32>,
    max_usd: Option<f64>,
    usual_request: Option<u64>,
    tried: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredProtocol {
    None,
    Claude,
    Codex,
    Gemini,
    Opencode,
    Copilot,
    Aider,
}

/// Seconds of work, and of silence, where nobody says otherwise.
const TIMEOUT: u64 = 3600;
const STALL_TIMEOUT: u64 = 900;
const GRACE: u64 = 5;

impl StoredAgent {
    /// Fills what is left out from the preset; the error is a sentence for the file's author.
    pub(super) fn into_config(self) -> Result<AgentConfig, String> {
        let preset = self.preset.clone().unwrap_or_else(|| "command".to_owned());
        let agent = self.over(preset_of(&preset)?);
        let Some(program) = agent.program else {
            return Err("it has no program: add program = \"…\", or a preset that names one".to_owned());
        };
        let seconds = |given: Option<u64>, usual| Duration::from_secs(given.unwrap_or(usual));
        Ok(AgentConfig {
            preset,
            program,
            args: agent.args.unwrap_or_default().into_iter().chain(agent.extra_args).collect(),
            start_args: agent.start_args.unwrap_or_default(),
            resume_args: agent.resume_args.unwrap_or_default(),
            tail_args: agent.tail_args.unwrap_or_default(),
            model_args: agent.model_args.unwrap_or_default(),
            turns_args: agent.turns_args.unwrap_or_default(),
            budget_args: agent.budget_args.unwrap_or_default(),
            prompt: agent.prompt.unwrap_or(PromptBy::Stdin),
            knows_role: agent.knows_role.unwrap_or(false),
            knows_hub: agent.knows_hub.unwrap_or(false),
            shell_hub: agent.shell_hub.unwrap_or_default(),
            output: agent.output.map_or(Protocol::None, Into::into),
            env: agent.env,
            env_remove: agent.env_remove,
            files: agent.files,
            writes: agent.writes,
            sandbox: agent.sandbox.unwrap_or_default(),
            limits: Limits {
                timeout: seconds(agent.timeout, TIMEOUT),
                stall: seconds(agent.stall_timeout, STALL_TIMEOUT),
                grace: seconds(agent.grace, GRACE),
            },
            max_turns: agent.max_turns,
            max_cost: agent.max_usd.map(micros).transpose()?,
            usual_request: agent.usual_request.unwrap_or(0),
            tried: agent.tried.unwrap_or_default(),
        })
    }

    fn over(self, under: Self) -> Self {
        let joined = |mut under: BTreeMap<String, String>, over| {
            under.extend(over);
            under
        };
        Self {
            preset: self.preset,
            program: self.program.or(under.program),
            args: self.args.or(under.args),
            start_args: self.start_args.or(under.start_args),
            resume_args: self.resume_args.or(under.resume_args),
            tail_args: self.tail_args.or(under.tail_args),
            extra_args: self.extra_args,
            model_args: self.model_args.or(under.model_args),
            turns_args: self.turns_args.or(under.turns_args),
            budget_args: self.budget_args.or(under.budget_args),
            prompt: self.prompt.or(under.prompt),
            knows_role: self.knows_role.or(under.knows_role),
            knows_hub: self.knows_hub.or(under.knows_hub),
            shell_hub: self.shell_hub.or(under.shell_hub),
            output: self.output.or(under.output),
            env: joined(under.env, self.env),
            env_remove: [under.env_remove, self.env_remove].concat(),
            files: joined(under.files, self.files),
            writes: [under.writes, self.writes].concat(),
            sandbox: self.sandbox.or(under.sandbox),
            timeout: self.timeout.or(under.timeout),
            stall_timeout: self.stall_timeout.or(under.stall_timeout),
            grace: self.grace.or(under.grace),
            max_turns: self.max_turns.or(under.max_turns),
            max_usd: self.max_usd.or(under.max_usd),
            usual_request: self.usual_request.or(under.usual_request),
            tried: self.tried.or(under.tried),
        }
    }
}

impl From<StoredProtocol> for Protocol {
    fn from(stored: StoredProtocol) -> Self {
        match stored {
            StoredProtocol::None => Self::None,
            StoredProtocol::Claude => Self::Claude,
            StoredProtocol::Codex => Self::Codex,
            StoredProtocol::Gemini => Self::Gemini,
            StoredProtocol::Opencode => Self::Opencode,
            StoredProtocol::Copilot => Self::Copilot,
            StoredProtocol::Aider => Self::Aider,
        }
    }
}

pub(super) fn micros(dollars: f64) -> Result<u64, String> {
    let fits = dollars > 0.0 && dollars < 1e9;
    fits.then(|| (dollars * 1e6).round() as u64)
        .ok_or_else(|| format!("{dollars} dollars are no sum of money"))
}

fn preset_of(name: &str) -> Result<StoredAgent, String> {
    let Some((_, text)) = PRESETS.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = PRESETS.iter().map(|(known, _)| *known).collect();
        return Err(match nearest(name, known.iter().copied()) {
            Some(meant) => format!("there is no preset '{name}'; did you mean '{meant}'?"),
            None => format!("there is no preset '{name}', only {}", known.join(", ")),
        });
    };
    let document = Document::parse(Path::new(name), (*text).to_owned()).map_err(|error| error.to_string())?;
    document.read(&KEYS, 1).map_err(|error| error.to_string())
}

/// The presets that start a program of their own, each with that program and the version that was
/// tried, by name.
pub fn known_agents() -> Vec<(&'static str, String, String)> {
    let of = |(name, _): &(&'static str, &str)| {
        let preset = preset_of(name).ok()?;
        Some((*name, preset.program?, preset.tried.unwrap_or_default()))
    };
    PRESETS.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(text: &str) -> Result<AgentConfig, String> {
        toml::from_str::<StoredAgent>(text).unwrap().into_config()
    }

    #[test]
    fn every_preset_can_be_read() {
        for (name, _) in PRESETS.iter().filter(|(name, _)| *name != "command") {
            let made = agent(&format!("preset = \"{name}\"")).unwrap();
            assert!(!made.program.is_empty() && !made.tried.is_empty(), "{name}");
            assert_ne!(made.output, Protocol::None, "{name}");
        }
        assert_eq!(known_agents().len(), PRESETS.len() - 1);
    }

    #[test]
    fn a_table_overrides_and_widens_its_preset() {
        let own = "preset = \"claude\"\nprogram = \"/opt/claude\"\nextra_args = [\"--x\"]\nmax_usd = 1.5\n[env]\nA = \"1\"";
        let (made, plain) = (agent(own).unwrap(), agent("preset = \"claude\"").unwrap());
        assert_eq!(made.program, "/opt/claude");
        assert_eq!(made.args, [plain.args.as_slice(), &["--x".to_owned()]].concat());
        assert_eq!(made.max_cost, Some(1_500_000));
        assert_eq!(made.env.len(), plain.env.len() + 1);
    }

    #[test]
    fn what_cannot_be_started_is_refused() {
        assert!(agent("").unwrap_err().starts_with("it has no program"));
        assert!(agent("preset = \"cluade\"").unwrap_err().contains("did you mean 'claude'?"));
        assert!(agent("program = \"x\"\nmax_usd = -1.0").unwrap_err().contains("no sum of money"));
    }
}
