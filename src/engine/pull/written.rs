//! Writes what a pull request says.

use super::{Offer, Offering};
use crate::engine::Fault;
use crate::engine::run::concerns;
use crate::handoff::{PullFacts, pull_body, pull_title, split};
use crate::model::{ConflictRecord, TaskId};

impl Offering<'_> {
    /// Title and body of an offer.
    pub(super) fn written(&self, offer: &Offer) -> anyhow::Result<(String, String)> {
        let repo = &self.workspace.repo;
        let task = self.state.require_task(&offer.task)?;
        let handoff = self.handoffs.iter().find(|handoff| handoff.commit == Some(offer.commit));
        let handoff = handoff.ok_or_else(|| {
            Fault::no(format!(
                "the hub has no record of the handoff {} of '{}'",
                offer.commit.short(),
                offer.task
            ))
        })?;
        let commit = repo.commit(offer.commit)?;
        let base = task.base.unwrap_or(self.state.record.base);
        let n_files = repo.diff_trees(repo.commit(base)?.tree, commit.tree)?.len();
        let branch = std::slice::from_ref(&offer.branch);
        let findings: Vec<ConflictRecord> =
            self.findings.iter().filter(|found| concerns(found, branch)).cloned().collect();
        let after: Vec<String> = offer.after.iter().map(|id| self.place_of(id)).collect();
        let facts = PullFacts {
            task,
            handoff,
            trailers: &split(&commit.message).1,
            after: &after,
            findings: &findings,
            n_files,
            range: &format!("{}..{}", base.short(), offer.commit.short()),
        };
        Ok((pull_title(&facts), pull_body(&facts)))
    }

    /// Where a reviewer finds another task: at its pull request, else on its branch.
    fn place_of(&self, id: &TaskId) -> String {
        match self.numbers.get(id) {
            Some(number) => format!("#{number} (`{id}`)"),
            None => format!("`{}`", self.run().task_branch(id)),
        }
    }
}
