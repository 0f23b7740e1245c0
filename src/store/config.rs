//! `orca.toml`: which agents there are, what a wave may use, what must pass.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::agents::{self, AgentConfig, StoredAgent};
use super::document::{Document, FileError, Keys};
use super::rules;
use crate::model::{Bounds, Level, Resolve};

/// The settings of a repository; every part has a default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Tokens that all tasks of a wave may use together.
    pub max_context: u64,
    /// Agents at work at once.
    pub max_agents: usize,
    /// Commands that must pass on a merged tree before it lands.
    pub gate: Vec<String>,
    /// Ignored files that stay from one tree to the next where the gate runs; patterns as in `.gitignore`.
    pub gate_keep: Vec<String>,
    pub gate_timeout: Duration,
    /// What is done about conflicts in text.
    pub resolve: Resolve,
    pub agents: BTreeMap<String, AgentConfig>,
    pub specialists: BTreeMap<String, SpecialistConfig>,
    pub worktree: WorktreeConfig,
    /// Levels that differ from a rule's own; none switches the rule off.
    pub levels: BTreeMap<String, Option<Level>>,
    /// A file of accepted findings, relative to the repository's top.
    pub baseline: Option<String>,
    /// Handoffs sent back in a row before a task is given up.
    pub max_rejected: u32,
    /// Rules for every role, beside its own.
    pub constraints: Vec<String>,
    pub limits: SpendLimits,
    /// The first wait after an agent's service turned it away; each further one doubles.
    pub back_off: Duration,
}

/// The most that may be used up before nothing more is started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpendLimits {
    pub task: Bounds,
    pub wave: Bounds,
    pub run: Bounds,
}

/// Who plays a role, and under which rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpecialistConfig {
    pub agent: Option<String>,
    pub model: Option<String>,
    /// Sentences that go into every prompt of the role.
    pub constraints: Vec<String>,
}

/// Where worktrees lie and what is put into them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorktreeConfig {
    /// Relative to the repository's top; none means `<repository>.orca` beside it.
    pub root: Option<String>,
    /// Ignored files to copy from the user's checkout.
    pub copy: Vec<String>,
    /// Ignored files to link to.
    pub link: Vec<String>,
    /// Commands run in each new worktree.
    pub setup: Vec<String>,
    /// The first port of the first worktree's range; none means that nobody needs one.
    pub port_base: Option<u16>,
    /// Whether a task takes over the worktree of one that is merged, in its old directory.
    pub reuse: bool,
}

const HOUR: u64 = 3600;

impl Default for Config {
    fn default() -> Self {
        Self {
            max_context: 200_000,
            max_agents: 8,
            gate: Vec::new(),
            gate_keep: Vec::new(),
            gate_timeout: Duration::from_secs(HOUR),
            resolve: Resolve::default(),
            agents: BTreeMap::new(),
            specialists: BTreeMap::new(),
            worktree: WorktreeConfig::default(),
            levels: BTreeMap::new(),
            baseline: None,
            max_rejected: 3,
            constraints: Vec::new(),
            limits: SpendLimits::default(),
            back_off: Duration::from_secs(15),
        }
    }
}

impl Config {
    /// The rules of a role: those for all, then its own.
    pub fn constraints_of(&self, role: &str) -> Vec<String> {
        let own = self.specialists.get(role).map(|role| role.constraints.as_slice()).unwrap_or_default();
        self.constraints.iter().chain(own).cloned().collect()
    }
}

/// Reads `orca.toml`. The text is the file's content, `path` its name in messages.
pub fn parse_config(path: &Path, text: String) -> Result<Config, FileError> {
    let document = Document::parse(path, text)?;
    let stored: StoredConfig = document.read(&KEYS, 1)?;
    stored.into_config(&document)
}

const KEYS: Keys = Keys::Table(&[
    ("version", Keys::Value),
    ("constraints", Keys::Value),
    (
        "limits",
        Keys::Table(&[
            ("task_tokens", Keys::Value),
            ("task_usd", Keys::Value),
            ("task_turns", Keys::Value),
            ("wave_tokens", Keys::Value),
            ("wave_usd", Keys::Value),
            ("wave_turns", Keys::Value),
            ("run_tokens", Keys::Value),
            ("run_usd", Keys::Value),
            ("run_turns", Keys::Value),
        ]),
    ),
    ("waves", Keys::Table(&[("max_context", Keys::Value), ("max_agents", Keys::Value)])),
    ("gate", Keys::Table(&[("commands", Keys::Value), ("keep", Keys::Value), ("timeout", Keys::Value)])),
    ("merge", Keys::Table(&[("resolve", Keys::Value)])),
    ("agents", Keys::AnyOf(&agents::KEYS)),
    (
        "specialists",
        Keys::AnyOf(&Keys::Table(&[
            ("agent", Keys::Value),
            ("model", Keys::Value),
            ("constraints", Keys::Value),
        ])),
    ),
    (
        "worktree",
        Keys::Table(&[
            ("root", Keys::Value),
            ("copy", Keys::Value),
            ("link", Keys::Value),
            ("setup", Keys::Value),
            ("port_base", Keys::Value),
            ("reuse", Keys::Value),
        ]),
    ),
    ("check", Keys::Table(&rules::KEYS)),
    ("lifecycle", Keys::Table(&[("max_rejected", Keys::Value), ("back_off", Keys::Value)])),
]);

#[derive(Deserialize)]
struct StoredConfig {
    #[serde(default)]
    constraints: Vec<String>,
    #[serde(default)]
    limits: StoredLimits,
    #[serde(default)]
    waves: StoredWaves,
    #[serde(default)]
    gate: StoredGate,
    #[serde(default)]
    merge: StoredMerge,
    #[serde(default)]
    agents: BTreeMap<String, StoredAgent>,
    #[serde(default)]
    specialists: BTreeMap<String, StoredSpecialist>,
    #[serde(default)]
    worktree: StoredWorktree,
    #[serde(default)]
    check: StoredCheck,
    #[serde(default)]
    lifecycle: StoredLifecycle,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredLimits {
    task_tokens: Option<u64>,
    task_usd: Option<f64>,
    task_turns: Option<u64>,
    wave_tokens: Option<u64>,
    wave_usd: Option<f64>,
    wave_turns: Option<u64>,
    run_tokens: Option<u64>,
    run_usd: Option<f64>,
    run_turns: Option<u64>,
}

impl StoredLimits {
    fn into_limits(self) -> Result<SpendLimits, String> {
        let bounds = |tokens, usd: Option<f64>, turns| -> Result<Bounds, String> {
            Ok(Bounds { tokens, cost_micros: usd.map(agents::micros).transpose()?, turns })
        };
        Ok(SpendLimits {
            task: bounds(self.task_tokens, self.task_usd, self.task_turns)?,
            wave: bounds(self.wave_tokens, self.wave_usd, self.wave_turns)?,
            run: bounds(self.run_tokens, self.run_usd, self.run_turns)?,
        })
    }
}

#[derive(Default, Deserialize)]
struct StoredWaves {
    max_context: Option<u64>,
    max_agents: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredGate {
    commands: Vec<String>,
    keep: Vec<String>,
    timeout: Option<u64>,
}

#[derive(Default, Deserialize)]
struct StoredMerge {
    resolve: Option<StoredResolve>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredResolve {
    Off,
    Safe,
    Search,
    Agent,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredSpecialist {
    agent: Option<String>,
    model: Option<String>,
    constraints: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredWorktree {
    root: Option<String>,
    copy: Vec<String>,
    link: Vec<String>,
    setup: Vec<String>,
    port_base: Option<u16>,
    reuse: bool,
}

#[derive(Default, Deserialize)]
struct StoredCheck {
    baseline: Option<String>,
    /// A level for each rule that is named.
    #[serde(flatten)]
    levels: BTreeMap<String, StoredLevel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredLevel {
    Deny,
    Warn,
    Advice,
    Off,
}

#[derive(Default, Deserialize)]
struct StoredLifecycle {
    max_rejected: Option<u32>,
    back_off: Option<u64>,
}

impl StoredConfig {
    fn into_config(self, document: &Document) -> Result<Config, FileError> {
        let unknown_agent =
            |role: &StoredSpecialist| role.agent.clone().filter(|agent| !self.agents.contains_key(agent));
        if let Some(agent) = self.specialists.values().find_map(unknown_agent) {
            let message = format!("a specialist names the agent '{agent}': add a table [agents.{agent}]");
            return Err(
                document.error(vec![document.problem(document.find(&format!("\"{agent}\"")), message)])
            );
        }
        let mut agents = BTreeMap::new();
        for (name, stored) in self.agents {
            let place = document.find(&format!("[agents.{name}]"));
            let refused = |message| document.error(vec![document.problem(place, message)]);
            let agent = stored.into_config().map_err(refused)?;
            agents.insert(name, agent);
        }
        let default = Config::default();
        let at_limits = |message| document.error(vec![document.problem(document.find("[limits]"), message)]);
        Ok(Config {
            constraints: self.constraints,
            limits: self.limits.into_limits().map_err(at_limits)?,
            max_context: self.waves.max_context.unwrap_or(default.max_context),
            max_agents: self.waves.max_agents.unwrap_or(default.max_agents).max(1),
            gate: self.gate.commands,
            gate_keep: self.gate.keep,
            gate_timeout: self.gate.timeout.map_or(default.gate_timeout, Duration::from_secs),
            resolve: self.merge.resolve.map_or(default.resolve, StoredResolve::into),
            agents,
            specialists: self.specialists.into_iter().map(|(role, stored)| (role, stored.into())).collect(),
            worktree: self.worktree.into(),
            levels: self.check.levels.into_iter().map(|(rule, level)| (rule, level.into())).collect(),
            baseline: self.check.baseline,
            max_rejected: self.lifecycle.max_rejected.unwrap_or(default.max_rejected).max(1),
            back_off: self.lifecycle.back_off.map_or(default.back_off, Duration::from_secs),
        })
    }
}

impl From<StoredSpecialist> for SpecialistConfig {
    fn from(stored: StoredSpecialist) -> Self {
        Self { agent: stored.agent, model: stored.model, constraints: stored.constraints }
    }
}

impl From<StoredWorktree> for WorktreeConfig {
    fn from(stored: StoredWorktree) -> Self {
        let StoredWorktree { root, copy, link, setup, port_base, reuse } = stored;
        Self { root, copy, link, setup, port_base, reuse }
    }
}

impl From<StoredResolve> for Resolve {
    fn from(stored: StoredResolve) -> Self {
        match stored {
            StoredResolve::Off => Self::Off,
            StoredResolve::Safe => Self::Safe,
            StoredResolve::Search => Self::Search,
            StoredResolve::Agent => Self::Agent,
        }
    }
}

impl From<StoredLevel> for Option<Level> {
    fn from(stored: StoredLevel) -> Self {
        match stored {
            StoredLevel::Deny => Some(Level::Deny),
            StoredLevel::Warn => Some(Level::Warn),
            StoredLevel::Advice => Some(Level::Advice),
            StoredLevel::Off => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        parse_config(Path::new("orca.toml"), text.to_owned()).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_all_defaults() {
        assert_eq!(parse_config(Path::new("orca.toml"), "version = 1\n".into()).unwrap(), Config::default());
    }

    #[test]
    fn how_far_conflicts_are_resolved_is_a_word() {
        let resolve =
            |text: &str| parse_config(Path::new("orca.toml"), text.to_owned()).map(|config| config.resolve);
        assert_eq!(resolve("version = 1\n[merge]\nresolve = \"agent\"\n").unwrap(), Resolve::Agent);
        assert!(complaint("version = 1\n[merge]\nresolve = \"all\"\n").starts_with(
            "orca.toml:3: unknown variant `all`, expected one of `off`, `safe`, `search`, `agent`"
        ));
    }

    #[test]
    fn complaints_name_file_line_and_key() {
        assert_eq!(
            complaint("version = 1\n\n[gate]\ncomands = []\n"),
            "orca.toml:4: unknown key 'comands'; did you mean 'commands'?"
        );
        assert_eq!(
            complaint("version = 1\n[agents.x]\nprogram = 3\n"),
            "orca.toml:3: invalid type: integer `3`, expected a string"
        );
        let again =
            |what: &str| format!("'{what}' stands here once more: TOML takes every table and key once");
        let twice = [("[gate]\n[gate]\n", "gate"), ("[gate]\ncommands = []\ncommands = []\n", "commands")];
        for (text, what) in twice {
            let line = text.lines().count() + 1;
            let told = format!("orca.toml:{line}: {}", again(what));
            assert_eq!(complaint(&format!("version = 1\n{text}")), told);
        }
        assert!(complaint("version = 2\n").starts_with("orca.toml:1: version 2 needs a newer git-orca"));
        assert!(complaint("[gate]\n").starts_with("orca.toml:1: the key 'version' is missing"));
        assert!(complaint("version = 1\n[gate\n").starts_with("orca.toml:2: "));
        assert_eq!(
            complaint("version = 1\n[specialists.types]\nagent = \"cluade\"\n"),
            "orca.toml:3: a specialist names the agent 'cluade': add a table [agents.cluade]"
        );
        assert!(complaint(&format!("version = 1\nx = {}", "[".repeat(100_000))).starts_with("orca.toml:2: "));
    }
}
