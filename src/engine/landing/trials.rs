//! Puts the questions of the search for a culprit to the gate.

use std::collections::BTreeMap;

use super::chain::{Chain, chain};
use super::{Place, Refused, Wish};
use crate::engine::gate::{Gate, Verdict};
use crate::engine::search::Search;
use crate::engine::{Event, Workspace};
use crate::merge::{Blame, Trial, blame};
use crate::model::Oid;

/// A chain that the gate fails on, and what it is made of.
pub(super) struct Suspects<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) place: &'a Place<'a>,
    pub(super) wish: &'a Wish<'a>,
    pub(super) out: &'a BTreeMap<usize, Refused>,
    pub(super) search: &'a Search,
    pub(super) chain: &'a Chain,
}

/// What came of the search for a culprit.
pub(super) struct Found {
    pub(super) blame: Blame,
    /// What the gate said last of the culprit, or of the start.
    pub(super) output: String,
    /// The tree without the culprit and what the gate said of it, where it failed on that too.
    pub(super) rest: Option<(Oid, Verdict)>,
    /// Whether it failed and passed on one tree.
    pub(super) flaky: bool,
}

impl Found {
    /// Nobody has to be sought where the gate fails on the start alone.
    pub(super) fn red(alone: Verdict) -> Self {
        Self { blame: Blame::Start, output: alone.output, rest: None, flaky: false }
    }

    /// The candidates whose merges by structure may be to blame.
    pub(super) fn doubtful(&self, chain: &Chain, wish: &Wish<'_>) -> Vec<usize> {
        let steps = match self.blame {
            Blame::One(step) => &chain.steps[step..=step],
            // A gate that fails without any may want them all.
            Blame::Start => &chain.steps[..],
            Blame::Nobody => &[],
        };
        steps.iter().map(|step| step.0).filter(|&idx| chain.is_resolved(wish, idx)).collect()
    }
}

/// A failure of the gate.
struct Failure {
    trial: Trial,
    tree: Oid,
    verdict: Verdict,
}

impl Suspects<'_> {
    /// Finds who breaks the gate, which said no to all of them, and this of the start if it was asked.
    pub(super) fn culprit(
        &self,
        all: Verdict,
        alone: Option<Verdict>,
        gate: &mut Gate<'_>,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Found> {
        let n_steps = self.chain.steps.len();
        let mut failures =
            vec![Failure { trial: Trial::First(n_steps), tree: self.chain.tree, verdict: all }];
        let (mut flaky, mut alone) = (false, alone.filter(|alone| !alone.passed));
        let blame = blame(n_steps, |trial| {
            let (commit, tree, tasks) = self.tried(trial)?;
            let known = if trial == Trial::First(0) { alone.take() } else { None };
            let verdict = known.map_or_else(|| gate.try_on(commit, tasks, emit), Ok)?;
            let passed = verdict.passed;
            flaky |= verdict.flaky;
            match passed {
                true => {
                    let n_failures = failures.len();
                    failures.retain(|failure| failure.trial != trial);
                    flaky |= failures.len() < n_failures;
                }
                false => failures.push(Failure { trial, tree, verdict }),
            }
            anyhow::Ok(passed)
        })?;
        if flaky {
            gate.note_flaky();
        }
        let is_about = |failure: &&Failure| match blame {
            Blame::One(step) => failure.trial.has(step),
            Blame::Start => failure.trial == Trial::First(0),
            Blame::Nobody => false,
        };
        let output =
            failures.iter().rfind(is_about).map_or(String::new(), |last| last.verdict.output.clone());
        let is_rest =
            |failure: &Failure| matches!(blame, Blame::One(step) if failure.trial == Trial::Without(step));
        let rest = failures.into_iter().find(is_rest).map(|failure| (failure.tree, failure.verdict));
        Ok(Found { blame, output, rest, flaky })
    }

    /// Commit and tree of what is tried, and how many candidates are in it.
    fn tried(&self, trial: Trial) -> anyhow::Result<(Oid, Oid, usize)> {
        let (commit, tasks) = match trial {
            Trial::First(0) => (self.wish.start, 0),
            Trial::First(number) => (self.chain.steps[number - 1].1, number),
            Trial::Without(step) => {
                let mut out = self.out.clone();
                out.insert(self.chain.steps[step].0, Refused::Red);
                let rest = chain(self.workspace, self.place, self.wish, &out, self.search)?;
                (rest.tip(self.wish), rest.landed.len())
            }
        };
        Ok((commit, self.workspace.repo.commit(commit)?.tree, tasks))
    }
}
