//! The machine and what people configured.

use std::ffi::OsStr;
use std::path::Path;

use super::Check;
use crate::agent::{Program, ProgramVersion, can_confine, find_program, version_of};
use crate::engine::Workspace;
use crate::engine::workspace::CONFIG_FILE;
use crate::git::{Head, Version, free_space, version};
use crate::store::{AgentConfig, known_agents};

/// Below this there is no use in starting.
const LITTLE_SPACE: u64 = 100 << 20;
/// Below this a few worktrees with their build results will fill it.
const SOME_SPACE: u64 = 2 << 30;

pub(super) fn git(dir: &Path) -> Check {
    const NAME: &str = "git";
    let (needed, better) = (Version::BATCH_MERGES, Version::BATCH_MERGES_WITH_BASE);
    match version(dir) {
        Err(error) => Check::fail(NAME, error.to_string(), format!("install git {better} or newer")),
        Ok(found) if found < needed => {
            Check::fail(NAME, format!("version {found} is too old"), format!("install git {better} or newer"))
        }
        Ok(found) if found < better => Check::warn(
            NAME,
            format!("version {found} works; merges are predicted faster from {better} on"),
            format!("install git {better} or newer"),
        ),
        Ok(found) => Check::ok(NAME, format!("version {found}")),
    }
}

/// Tells whether the kernel can confine an agent's writes.
pub(super) fn kernel() -> Check {
    const WITHOUT: &str = "no Landlock: agents are held by their own rules and hooks, not by the kernel";
    match can_confine() {
        true => Check::ok("kernel", "Landlock can confine what agents write"),
        false => {
            Check::warn("kernel", WITHOUT, "what they write outside their scope is taken off at the handoff")
        }
    }
}

pub(super) fn settings(workspace: &Workspace, path: &OsStr) -> Vec<Check> {
    let config = &workspace.config;
    let is_there = workspace.main_dir().is_ok_and(|dir| dir.join(CONFIG_FILE).is_file());
    let mut checks = vec![match is_there {
        true => Check::ok("settings", CONFIG_FILE),
        false => Check::warn("settings", format!("there is no {CONFIG_FILE}"), "git orca init"),
    }];
    if config.agents.is_empty() {
        let remedy = "name one in orca.toml: [agents.default] program = \"…\"";
        checks.push(Check::warn("agents", "there is none, so nothing can be run", remedy));
    }
    let dir = workspace.main_dir().unwrap_or_else(|_| workspace.around.dir.clone());
    for (name, agent) in &config.agents {
        checks.push(agent_program(name, agent, &dir, path));
    }
    for found in installed_agents(path, &dir) {
        let is_configured = config.agents.values().any(|agent| agent.preset == found.preset);
        if !is_configured {
            let version = found.version.map_or(String::new(), |version| format!(" {version}"));
            let how =
                format!("{}{version} is installed: preset = \"{}\" uses it", found.preset, found.preset);
            checks.push(Check::ok("agents", how));
        }
    }
    checks.push(match config.gate.as_slice() {
        [] => Check::warn(
            "gate",
            "nothing has to pass before a merge lands",
            "name your build or tests in orca.toml: [gate] commands = [\"…\"]",
        ),
        commands => Check::ok("gate", commands.join(", ")),
    });
    checks
}

/// An agent that is on this machine.
#[derive(Debug, Clone)]
pub struct Installed {
    pub preset: &'static str,
    /// None when it does not say.
    pub version: Option<ProgramVersion>,
    /// Whether it is older than what was tried.
    pub is_old: bool,
}

/// The agents of the built-in presets that are on this machine.
pub fn installed_agents(path: &OsStr, dir: &Path) -> Vec<Installed> {
    let found = |(preset, program, tried): (&'static str, String, String)| {
        let Program::Found(program) = find_program(&program, dir, path) else { return None };
        let version = version_of(&program);
        Some(Installed { preset, version, is_old: is_older(version, &tried) })
    };
    known_agents().into_iter().filter_map(found).collect()
}

fn is_older(version: Option<ProgramVersion>, tried: &str) -> bool {
    version.zip(ProgramVersion::find(tried)).is_some_and(|(version, tried)| version < tried)
}

fn agent_program(name: &str, agent: &AgentConfig, dir: &Path, path: &OsStr) -> Check {
    let program = agent.program.as_str();
    let remedy = format!("install it, or set agents.{name}.program in orca.toml");
    if program.contains('{') {
        return Check::ok("agents", format!("'{name}' is {program}, known only when a task is started"));
    }
    match find_program(program, dir, path) {
        Program::Found(found) if agent.tried.is_empty() => {
            Check::ok("agents", format!("'{name}' is {}", found.display()))
        }
        Program::Found(found) => match version_of(&found) {
            None => Check::warn(
                "agents",
                format!("'{name}' is {}, which does not tell its version", found.display()),
                format!("version {} was tried", agent.tried),
            ),
            version @ Some(told) if is_older(version, &agent.tried) => Check::warn(
                "agents",
                format!("'{name}' is {}, version {told}: older than what was tried", found.display()),
                format!("install version {} or newer", agent.tried),
            ),
            Some(told) => Check::ok("agents", format!("'{name}' is {}, version {told}", found.display())),
        },
        Program::Missing => {
            Check::fail("agents", format!("'{name}': there is no program '{program}'"), remedy)
        }
        Program::NotExecutable(file) => Check::fail(
            "agents",
            format!("'{name}': '{}' cannot be executed", file.display()),
            format!("chmod +x '{}'", file.display()),
        ),
    }
}

pub(super) fn identity(workspace: &Workspace) -> Check {
    const REMEDY: &str = "git config user.name \"…\"; git config user.email \"…\"";
    let git = workspace.repo.git();
    let ask = |name: &str| git.output(&["config", "--get", name], b"").ok().filter(|found| found.code() == 0);
    let is_set = ["user.name", "user.email"].into_iter().all(|name| ask(name).is_some());
    match git.output(&["var", "GIT_COMMITTER_IDENT"], b"") {
        Ok(found) if found.code() == 0 && is_set => {
            // The time comes after it.
            let ident = String::from_utf8_lossy(&found.stdout).into_owned();
            Check::ok("identity", ident.rsplit_once('>').map_or(ident.clone(), |(who, _)| format!("{who}>")))
        }
        Ok(found) if found.code() == 0 => {
            Check::warn("identity", "Git guesses who you are, or takes it from the environment", REMEDY)
        }
        _ => Check::fail("identity", "Git does not know who you are, so an agent cannot commit", REMEDY),
    }
}

/// A branch without a commit, on which no run can begin.
pub(super) fn first_commit(workspace: &Workspace) -> Option<Check> {
    let Ok(Head::Unborn(name)) = workspace.repo.head() else { return None };
    let name = name.trim_start_matches("refs/heads/");
    let message = format!("'{name}' has no commit yet, so nothing can be planned from it");
    Some(Check::warn("branch", message, "git add and git commit the first files"))
}

/// Whether worktrees can be made where they are meant to lie.
pub(super) fn worktree_root(workspace: &Workspace) -> Check {
    const NAME: &str = "worktrees";
    const ELSEWHERE: &str = "set worktree.root in orca.toml, or 'git config orca.worktreeRoot <dir>'";
    let root = match workspace.worktree_root() {
        Ok(root) => root,
        Err(error) => return Check::fail(NAME, format!("{error:#}"), ELSEWHERE),
    };
    let existing = root.ancestors().find(|dir| dir.exists()).unwrap_or(&root);
    if let Err(error) = tempfile::tempfile_in(existing) {
        let message = format!("cannot write in '{}': {error}", existing.display());
        return Check::fail(NAME, message, ELSEWHERE);
    }
    let message = |free: u64| format!("'{}', {:.1} GB free", root.display(), free as f64 / 1e9);
    match free_space(existing) {
        Ok(free) if free < LITTLE_SPACE => Check::fail(NAME, message(free), "git orca clean"),
        Ok(free) if free < SOME_SPACE => Check::warn(NAME, message(free), "git orca clean"),
        Ok(free) => Check::ok(NAME, message(free)),
        Err(error) => Check::warn(NAME, error.to_string(), ELSEWHERE),
    }
}
