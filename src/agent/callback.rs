//! What an agent's own hooks are told and answer, in the form that Claude Code gave them and others
//! took over: one JSON object on standard input, one on standard output.

use serde_json::{Value, json};

/// Why an agent calls back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callback {
    /// The directory that relative paths count from.
    pub dir: Option<String>,
    /// The tool that is, or was, used.
    pub tool: String,
    /// The files that it is seen to write; none where it is seen to write none.
    pub writes: Option<Vec<String>>,
    /// Whether it can do nothing else. A shell may do anything beside the patch that it is given.
    pub only_writes: bool,
    /// Whether the agent was sent back to work by this hook before.
    pub was_sent_back: bool,
    /// Why a session starts: `startup`, `resume`, `clear` or `compact`.
    pub source: String,
}

/// Tools that write files, and nothing else.
const WRITERS: [&str; 5] = ["Write", "Edit", "MultiEdit", "NotebookEdit", "apply_patch"];
/// Where those name the file.
const PLACES: [&str; 4] = ["file_path", "notebook_path", "path", "filePath"];
/// Lines of a patch that name a file.
const PATCH_HEADS: [&str; 4] = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];

impl Callback {
    /// Reads what an agent says; none where that is no JSON object.
    pub fn read(text: &[u8]) -> Option<Self> {
        let said: Value = serde_json::from_slice(text).ok().filter(Value::is_object)?;
        let word = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let tool = word("tool_name");
        let input = said.get("tool_input").unwrap_or(&Value::Null);
        let only_writes = WRITERS.contains(&tool.as_str());
        Some(Self {
            dir: Some(word("cwd")).filter(|dir| !dir.is_empty()),
            writes: (only_writes || holds_patch(input)).then(|| written(input)),
            only_writes,
            tool,
            was_sent_back: said.get("stop_hook_active") == Some(&Value::Bool(true)),
            source: word("source"),
        })
    }
}

/// Whether a command applies a patch: Codex gives its patches to a shell.
fn holds_patch(input: &Value) -> bool {
    input.get("command").and_then(Value::as_str).is_some_and(|command| command.contains("*** Begin Patch"))
}

fn written(input: &Value) -> Vec<String> {
    let text = |key: &str| input.get(key).and_then(Value::as_str);
    let mut paths: Vec<String> = PLACES.iter().filter_map(|key| text(key)).map(str::to_owned).collect();
    for patch in ["command", "input", "patch"].iter().filter_map(|key| text(key)) {
        paths.extend(patch.lines().filter_map(named_by).map(str::to_owned));
    }
    paths
}

/// The file that a line of a patch names.
fn named_by(line: &str) -> Option<&str> {
    PATCH_HEADS.iter().find_map(|head| line.trim_start().strip_prefix(head)).map(str::trim)
}

/// Lets a tool run, without a further question.
pub fn allow() -> String {
    let decision = json!({ "hookEventName": "PreToolUse", "permissionDecision": "allow" });
    json!({ "hookSpecificOutput": decision }).to_string()
}

/// Keeps a tool from running, and says why.
pub fn deny(reason: &str) -> String {
    let decision = json!({
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": reason,
    });
    json!({ "hookSpecificOutput": decision }).to_string()
}

/// Tells an agent something at an event.
pub fn tell(event: &str, what: &str) -> String {
    json!({ "hookSpecificOutput": { "hookEventName": event, "additionalContext": what } }).to_string()
}

/// Sends an agent that wants to end back to work.
pub fn send_back(reason: &str) -> String {
    json!({ "decision": "block", "reason": reason }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_found_in_every_shape() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let writes = Callback::read(text.as_bytes()).unwrap().writes;
            let expected = expected.map(|paths| paths.iter().map(|&path| path.to_owned()).collect());
            assert_eq!(writes, expected, "{text}");
        };
        check(r#"{"tool_name":"Write","tool_input":{"file_path":"/a/b"}}"#, Some(&["/a/b"]));
        check(r#"{"tool_name":"NotebookEdit","tool_input":{"notebook_path":"n.ipynb"}}"#, Some(&["n.ipynb"]));
        check(r#"{"tool_name":"Read","tool_input":{"file_path":"/a/b"}}"#, None);
        check(r#"{"tool_name":"Write","tool_input":{}}"#, Some(&[]));
        check(r#"{"tool_name":"Write"}"#, Some(&[]));
        let patch = r#"{"tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Update File: a.ts\n*** Move to: b.ts\n+x\n*** End Patch"}}"#;
        check(patch, Some(&["a.ts", "b.ts"]));
        let in_shell = r#"{"tool_name":"Bash","tool_input":{"command":"apply_patch <<'P'\n*** Begin Patch\n*** Add File: c.ts\n+x\n*** End Patch\nP"}}"#;
        check(in_shell, Some(&["c.ts"]));
        check(r#"{"tool_name":"Bash","tool_input":{"command":"echo x"}}"#, None);
    }

    #[test]
    fn garbage_is_no_callback() {
        assert_eq!(Callback::read(b"garbage"), None);
        assert_eq!(Callback::read(b"[1]"), None);
        assert!(Callback::read(b"{\"stop_hook_active\":true}").unwrap().was_sent_back);
    }
}
