//! Plan files: tasks as people and orchestrators write them.

use std::path::Path;

use serde::Deserialize;

use super::document::{Document, FileError, FileProblem, Keys};
use crate::model::{Contract, Plan, Scope, Task, TaskId};

/// A plan and the file it came from, so that later complaints can name its lines.
pub struct PlanFile {
    pub plan: Plan,
    document: Document,
}

impl PlanFile {
    /// Reads a plan. Every bad value is reported, not only the first.
    pub fn parse(path: &Path, text: String) -> Result<Self, FileError> {
        let document = Document::parse(path, text)?;
        let stored: StoredPlan = document.read(&KEYS, 1)?;
        let (tasks, mut problems) = read_tasks(&document, stored.task);
        if stored.request.trim().is_empty() {
            problems.push(FileProblem { line: 1, message: "the key 'request' is empty".to_owned() });
        }
        if tasks.is_empty() && problems.is_empty() {
            problems.push(FileProblem { line: 1, message: "the plan has no [[task]]".to_owned() });
        }
        if !problems.is_empty() {
            return Err(document.error(problems));
        }
        Ok(Self { plan: Plan { request: stored.request, target: stored.target, tasks }, document })
    }

    /// Reads tasks that are added to a plan: a file with `[[task]]` tables alone.
    pub fn parse_tasks(path: &Path, text: String) -> Result<Vec<Task>, FileError> {
        let document = Document::parse(path, text)?;
        let stored: StoredTasks = match document.find("version") {
            Some(_) => document.read(&TASK_KEYS, 1)?,
            None => document.read_unversioned(&TASK_KEYS)?,
        };
        let (tasks, mut problems) = read_tasks(&document, stored.task);
        if tasks.is_empty() && problems.is_empty() {
            problems.push(FileProblem { line: 1, message: "there is no [[task]]".to_owned() });
        }
        if problems.is_empty() { Ok(tasks) } else { Err(document.error(problems)) }
    }

    /// Turns complaints about places of the plan into complaints about lines of the file.
    pub fn error<'a>(
        &self,
        problems: impl IntoIterator<Item = (usize, &'a str, Option<usize>, &'a str)>,
    ) -> FileError {
        let located = |(task, key, item, message): (usize, &str, Option<usize>, &str)| FileProblem {
            line: self.document.line_in_array("task", task, key, item),
            message: message.to_owned(),
        };
        self.document.error(problems.into_iter().map(located).collect())
    }
}

const KEYS: Keys = Keys::Table(&[
    ("version", Keys::Value),
    ("request", Keys::Value),
    ("target", Keys::Value),
    ("task", TASK),
]);

const TASK_KEYS: Keys = Keys::Table(&[("version", Keys::Value), ("task", TASK)]);

const TASK: Keys = Keys::Table(&[
    ("id", Keys::Value),
    ("title", Keys::Value),
    ("specialist", Keys::Value),
    ("scope", Keys::Value),
    ("after", Keys::Value),
    ("provides", Keys::Value),
    ("consumes", Keys::Value),
    ("acceptance", Keys::Value),
    ("estimate_tokens", Keys::Value),
]);

#[derive(Deserialize)]
struct StoredPlan {
    request: String,
    target: Option<String>,
    #[serde(default)]
    task: Vec<StoredTask>,
}

#[derive(Deserialize)]
struct StoredTasks {
    #[serde(default)]
    task: Vec<StoredTask>,
}

#[derive(Deserialize)]
struct StoredTask {
    id: String,
    title: String,
    specialist: String,
    scope: Vec<String>,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    provides: Vec<String>,
    #[serde(default)]
    consumes: Vec<String>,
    #[serde(default)]
    acceptance: Vec<String>,
    estimate_tokens: Option<u64>,
}

/// The tasks that can be read, and everything that is wrong with the others.
fn read_tasks(document: &Document, stored: Vec<StoredTask>) -> (Vec<Task>, Vec<FileProblem>) {
    let mut problems = Vec::new();
    let read = |(idx, task)| Reading { document, idx, problems: &mut problems }.task(task);
    let tasks = stored.into_iter().enumerate().filter_map(read).collect();
    (tasks, problems)
}

/// Reads one task and collects what is wrong with it.
struct Reading<'a> {
    document: &'a Document,
    idx: usize,
    problems: &'a mut Vec<FileProblem>,
}

impl Reading<'_> {
    fn task(mut self, stored: StoredTask) -> Option<Task> {
        let id = self.keep("id", None, TaskId::new(&stored.id));
        let scope = self.scope(&stored.scope);
        let after = self.list("after", &stored.after, TaskId::new);
        let provides = self.list("provides", &stored.provides, |line| line.parse::<Contract>());
        let consumes = self.list("consumes", &stored.consumes, |line| line.parse::<Contract>());
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Task {
            id: id?,
            title: line(&stored.title),
            specialist: line(&stored.specialist),
            scope: scope?,
            after,
            provides,
            consumes,
            acceptance: stored.acceptance,
            estimate_tokens: stored.estimate_tokens,
        })
    }

    fn scope(&mut self, patterns: &[String]) -> Option<Scope> {
        if patterns.is_empty() {
            self.complain(
                "scope",
                None,
                "the scope is empty: name the paths that the task may write".to_owned(),
            );
            return None;
        }
        // Each pattern by itself first, so that a complaint names the line it stands on.
        for (item, pattern) in patterns.iter().enumerate() {
            self.keep("scope", Some(item), Scope::new(&[pattern]))?;
        }
        self.keep("scope", None, Scope::new(patterns))
    }

    fn list<T, E: std::fmt::Display>(
        &mut self,
        key: &'static str,
        lines: &[String],
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for (item, line) in lines.iter().enumerate() {
            values.extend(self.keep(key, Some(item), read(line)));
        }
        values
    }

    fn keep<T, E: std::fmt::Display>(
        &mut self,
        key: &'static str,
        item: Option<usize>,
        read: Result<T, E>,
    ) -> Option<T> {
        read.map_err(|error| self.complain(key, item, error.to_string())).ok()
    }

    fn complain(&mut self, key: &'static str, item: Option<usize>, message: String) {
        let line = self.document.line_in_array("task", self.idx, key, item);
        self.problems.push(FileProblem { line, message: format!("{key}: {message}") });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"version = 1
request = "Real-time collaborative editing"
target = "main"
[[task]]
id = "types"
title = "Message type definitions"
specialist = "types-specialist"
scope = ["src/types/**"]
provides = ["type Operation"]
[[task]]
id = "server"
title = "Server"
specialist = "backend-specialist"
scope = [
  "src/server/**",
]
after = ["types"]
estimate_tokens = 8000
"#;

    fn complaint(from: &str, to: &str) -> String {
        assert!(PLAN.contains(from));
        let file = PlanFile::parse(Path::new("plan.toml"), PLAN.replacen(from, to, 1));
        file.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_plan_is_read_whole() {
        let plan = PlanFile::parse(Path::new("plan.toml"), PLAN.to_owned()).unwrap().plan;
        assert_eq!(plan.tasks.len(), 2);
        assert_eq!(plan.tasks[1].after, [TaskId::new("types").unwrap()]);
        assert_eq!(plan.tasks[1].estimate_tokens, Some(8000));
        assert_eq!(plan.target.as_deref(), Some("main"));
    }

    #[test]
    fn complaints_name_the_line_of_the_value() {
        assert_eq!(
            complaint("\"types\"\ntitle", "\"Types\"\ntitle"),
            "plan.toml:5: id: bad task id 'Types': use 1 to 40 of a-z, 0-9 and '-', not starting with '-'"
        );
        assert_eq!(
            complaint("  \"src/server/**\"", "  \"ok\",\n  \"../out\""),
            "plan.toml:16: scope: scope '../out' is not inside the repository: write a path relative to its top, without '..'"
        );
        assert_eq!(
            complaint("provides = [\"type", "provides = [\"class"),
            "plan.toml:9: provides: unknown contract kind 'class': use type, function, http, event, table, env or flag"
        );
        assert_eq!(
            complaint("specialist", "specialst"),
            "plan.toml:7: unknown key 'specialst'; did you mean 'specialist'?"
        );
        assert_eq!(
            complaint("scope = [\"src/types/**\"]", "scope = []"),
            "plan.toml:8: scope: the scope is empty: name the paths that the task may write"
        );
        assert!(complaint("title = \"Server\"\n", "").starts_with("plan.toml:10: missing field `title`"));
        assert_eq!(complaint("version = 1", "version = 1 "), "");
    }
}
