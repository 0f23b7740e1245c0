//! Token economics of a run.
//!
//! Every turn of an agent sends its whole context again. A specialist starts with its own prompt
//! and the files of its scope; one agent that does all tasks in turn carries everything it has read
//! and written so far into each next task. With `c(i)` the tokens that task `i` brings along (its
//! prompt, its files, its output), the orchestrated run costs `Σ attempts(i)·c(i)` and the single
//! agent `Σ_i Σ_{j≤i} c(j)`. Both sides count one pass per task, so the ratio is an estimate of the
//! order of magnitude and not a bill.

/// Tokens around one task, in the order the tasks were merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskCost {
    /// The prompt with its filtered context.
    pub prompt: u64,
    /// The files of its scope.
    pub files: u64,
    /// What it wrote.
    pub output: u64,
    pub attempts: u32,
    /// Input and output as the agent reported them, when it did.
    pub reported: Option<u64>,
}

/// Both totals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Economics {
    pub orchestrated: u64,
    pub single_agent: u64,
    /// Whether any part of the orchestrated total is an estimate.
    pub estimated: bool,
}

impl TaskCost {
    /// Tokens of the task's own context.
    pub fn context(&self) -> u64 {
        self.prompt + self.files + self.output
    }

    /// What the task cost over all its attempts.
    pub fn orchestrated(&self) -> u64 {
        self.reported.unwrap_or_else(|| self.context() * u64::from(self.attempts.max(1)))
    }
}

/// Adds up a run.
pub fn economics(tasks: &[TaskCost]) -> Economics {
    let mut total = Economics::default();
    let mut carried = 0;
    for task in tasks {
        carried += task.context();
        total.single_agent += carried;
        total.orchestrated += task.orchestrated();
        total.estimated |= task.reported.is_none();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_agent_carries_everything_along() {
        let task = TaskCost { prompt: 10, files: 80, output: 10, attempts: 1, reported: None };
        let total = economics(&[task; 4]);
        assert_eq!(total, Economics { orchestrated: 400, single_agent: 1000, estimated: true });
    }

    #[test]
    fn second_attempts_and_reported_numbers_count() {
        let twice = TaskCost { prompt: 10, files: 80, output: 10, attempts: 2, reported: None };
        let reported = TaskCost { reported: Some(555), ..twice };
        assert_eq!(economics(&[twice]).orchestrated, 200);
        assert_eq!(
            economics(&[reported]),
            Economics { orchestrated: 555, single_agent: 100, estimated: false }
        );
    }
}
