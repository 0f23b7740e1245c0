//! The message of the orchestrator's merge commits.

use super::trailers::{Trailer, strict, with_block};
use crate::model::{Oid, RunId, TaskId};

/// One task's handoff joining the integration branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRecord {
    pub run: RunId,
    /// Counted from 1.
    pub wave: u32,
    pub task: TaskId,
    /// The handoff commit.
    pub handoff: Oid,
    /// What was checked, such as `pass 0.1.0`.
    pub validated: String,
}

impl MergeRecord {
    /// Writes the record below a subject.
    pub fn to_message(&self, subject: &str) -> String {
        let trailers = [
            Trailer::new("Orca-Merge", "v1"),
            Trailer::new("Orca-Run", &self.run.to_string()),
            Trailer::new("Orca-Wave", &self.wave.to_string()),
            Trailer::new("Orca-Task", self.task.as_str()),
            Trailer::new("Orca-Handoff-Commit", &self.handoff.to_string()),
            Trailer::new("Orca-Validated", &self.validated),
        ];
        with_block(subject, &trailers)
    }

    /// Reads the record back; none when the message is no orchestrator's merge.
    pub fn from_message(message: &str) -> Option<Self> {
        let block = strict(message).ok()?;
        let value = |key: &str| block.iter().find(|found| found.key == key).map(|found| found.value.as_str());
        value("Orca-Merge").filter(|version| *version == "v1")?;
        Some(Self {
            run: RunId::new(value("Orca-Run")?).ok()?,
            wave: value("Orca-Wave")?.parse().ok()?,
            task: TaskId::new(value("Orca-Task")?).ok()?,
            handoff: Oid::parse(value("Orca-Handoff-Commit")?).ok()?,
            validated: value("Orca-Validated")?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_round_trips_and_prose_is_no_merge() {
        let record = MergeRecord {
            run: RunId::FIRST,
            wave: 2,
            task: TaskId::new("types").unwrap(),
            handoff: Oid::parse(&"a".repeat(40)).unwrap(),
            validated: "pass 0.1.0".into(),
        };
        assert_eq!(MergeRecord::from_message(&record.to_message("orca: merge types")), Some(record));
        assert_eq!(MergeRecord::from_message("Merge branch 'x'"), None);
    }
}
