//! The project's own specialists: files that people write by hand.

use super::Check;
use crate::agent::Template;
use crate::engine::Workspace;
use crate::model::nearest;

const NAME: &str = "specialists";

/// The tools that templates name; agents pass over a name that they do not know.
const TOOLS: [&str; 24] = [
    "Agent",
    "AskUserQuestion",
    "Bash",
    "BashOutput",
    "Edit",
    "ExitPlanMode",
    "Glob",
    "Grep",
    "KillBash",
    "KillShell",
    "LS",
    "LSP",
    "MultiEdit",
    "NotebookEdit",
    "NotebookRead",
    "Read",
    "Skill",
    "SlashCommand",
    "Task",
    "TodoWrite",
    "ToolSearch",
    "WebFetch",
    "WebSearch",
    "Write",
];

/// What is wrong with the files in `.claude/agents`; nothing where all is well.
pub(super) fn specialists(workspace: &Workspace) -> Vec<Check> {
    let Ok(dir) = workspace.main_dir().map(|dir| dir.join(".claude/agents")) else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(&dir) else { return Vec::new() };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files
        .iter()
        .filter_map(|file| complaint(&file.display().to_string(), &std::fs::read(file).ok()?))
        .collect()
}

fn complaint(file: &str, text: &[u8]) -> Option<Check> {
    let template = match Template::parse(&String::from_utf8_lossy(text)) {
        Ok(template) => template,
        Err(error) => {
            return Some(Check::fail(NAME, format!("'{file}': {error}"), "correct that line of the file"));
        }
    };
    let name_of = |tool: &String| tool.split('(').next().unwrap_or_default().trim().to_owned();
    let is_known = |name: &String| TOOLS.contains(&name.as_str()) || name.starts_with("mcp__") || name == "*";
    let unknown = template.tools.iter().map(name_of).find(|name| !is_known(name))?;
    let remedy = match nearest(&unknown, TOOLS) {
        Some(known) => format!("did you mean '{known}'?"),
        None => "take it out of 'tools'".to_owned(),
    };
    let message = format!("'{file}' names the tool '{unknown}', which no agent is known to have");
    Some(Check::warn(NAME, message, remedy))
}
