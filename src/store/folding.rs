//! The details of a run in the hub: what nobody needs to go on once the run has landed.

use super::hub::HubError;
use super::layout;
use super::snapshot::{Snapshot, Transaction};
use crate::model::RunId;

/// What a run's branches, reports and pull requests are made of stays: the run, tasks, waves, handoffs.
const DETAILS: [&str; 4] = ["attempts", "completions", "conflicts", "statements"];

impl Snapshot {
    /// The details of a run, each file's path with its text.
    pub fn details(&self, run: RunId) -> Result<Vec<(String, String)>, HubError> {
        let mut details = Vec::new();
        for kind in DETAILS {
            for path in self.files_in(&layout::in_run(run, kind))?.into_keys() {
                if let Some(text) = self.file(&path)? {
                    details.push((path, text));
                }
            }
        }
        Ok(details)
    }
}

impl Transaction {
    /// Removes the details of a run; the history keeps them.
    pub fn drop_details(&mut self, run: RunId) -> Result<(), HubError> {
        self.details(run)?.into_iter().try_for_each(|(path, _)| self.set(path, None))
    }
}
