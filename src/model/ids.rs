//! Names that are safe as a ref component, a directory name and a trailer value.

use std::fmt;

/// Refuses a run or task id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text breaks the grammar of task ids.
    #[error("bad task id '{0}': use 1 to 40 of a-z, 0-9 and '-', not starting with '-'")]
    Task(String),
    /// The text is a name that the tool needs for itself.
    #[error("task id '{0}' is reserved: every run has a branch of that name")]
    Reserved(String),
    /// The text is not `r` and a number.
    #[error("bad run id '{0}': a run is named r1, r2, …")]
    Run(String),
}

/// One task of a run, such as `types` or `ws-server`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(String);

impl TaskId {
    /// The branch `orca/<run>/integration` exists in every run.
    const RESERVED: &str = "integration";

    /// Checks `text` against the grammar of task ids.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > 40 || text.starts_with('-') || !text.bytes().all(legal) {
            return Err(IdError::Task(text.to_owned()));
        }
        if text == Self::RESERVED {
            return Err(IdError::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One run, numbered from 1 in each repository and written `r1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(u32);

impl RunId {
    /// The first run of a repository.
    pub const FIRST: Self = Self(1);

    /// Reads `r7`.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let number = text.strip_prefix('r').and_then(|digits| digits.parse().ok());
        match number {
            Some(number) if number > 0 && format!("r{number}") == text => Ok(Self(number)),
            _ => Err(IdError::Run(text.to_owned())),
        }
    }

    /// The id after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The ref of a task's branch.
    pub fn task_ref(self, task: &TaskId) -> String {
        format!("refs/heads/{}", self.task_branch(task))
    }

    /// The short name of a task's branch, as people type it.
    pub fn task_branch(self, task: &TaskId) -> String {
        format!("orca/{self}/{task}")
    }

    /// The ref on which the run's waves are merged.
    pub fn integration_ref(self) -> String {
        format!("refs/heads/orca/{self}/integration")
    }

    /// The ref whose parents keep every handoff of the run alive.
    pub fn pins_ref(self) -> String {
        format!("refs/orca/pins/{self}")
    }

    /// The name of a task's worktree directory.
    pub fn worktree_name(self, task: &TaskId) -> String {
        format!("orca-{self}-{task}")
    }

    /// The run and task whose worktree has this name; none when it is nobody's.
    pub fn of_worktree(name: &str) -> Option<(Self, TaskId)> {
        let (run, task) = name.strip_prefix("orca-")?.split_once('-')?;
        Some((Self::new(run).ok()?, TaskId::new(task).ok()?))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_ids_follow_the_grammar() {
        for good in ["a", "ws-server", "7", "a--b", &"x".repeat(40)] {
            assert!(TaskId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", "Types", "a/b", "a b", "a.lock", "ä", "..", &"x".repeat(41)] {
            assert_eq!(TaskId::new(bad), Err(IdError::Task(bad.to_owned())));
        }
        assert!(matches!(TaskId::new("integration"), Err(IdError::Reserved(_))));
    }

    #[test]
    fn a_worktree_name_gives_run_and_task_back() {
        let (run, task) = (RunId(12), TaskId::new("ws-server").unwrap());
        assert_eq!(RunId::of_worktree(&run.worktree_name(&task)), Some((run, task)));
        for other in ["orca-gate", "orca-r1-", "orca-r01-x", "orca-docs-x", "r1-x", "orca-r1-integration"] {
            assert_eq!(RunId::of_worktree(other), None, "{other}");
        }
    }

    #[test]
    fn run_ids_have_one_spelling() {
        assert_eq!(RunId::new("r12").map(|run| run.to_string()), Ok("r12".to_owned()));
        for bad in ["", "r", "r0", "r01", "R1", "1", "r-1", "r99999999999"] {
            assert_eq!(RunId::new(bad), Err(IdError::Run(bad.to_owned())));
        }
    }
}
