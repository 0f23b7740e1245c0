//! Makes one chain of candidates after the other until the gate passes on one, or nothing is left that
//! could land.

use std::collections::BTreeMap;

use super::chain::{Chain, chain};
use super::sides::sides;
use super::trials::{self, Suspects};
use super::{Landing, Place, Red, Refused, Wish};
use crate::engine::check::unreadable;
use crate::engine::gate::{Gate, Verdict};
use crate::engine::resolve::SEARCH;
use crate::engine::search::{Found, Search};
use crate::engine::{Event, Workspace};
use crate::git::{GitError, Repo, vet_changes};
use crate::merge::Blame;
use crate::model::Oid;

/// Among so many a culprit is found in six runs. Among more the target is asked when all point at it, and
/// not before.
const FEW: usize = 16;

/// What is known from one chain to the next.
pub(super) struct Rounds<'a> {
    workspace: &'a Workspace,
    place: &'a Place<'a>,
    wish: &'a Wish<'a>,
    /// Who stays out.
    out: BTreeMap<usize, Refused>,
    search: Search,
    flaky: bool,
    /// What the gate failed on already while a culprit was sought.
    rest: Option<(Oid, Verdict)>,
    /// What it said of the target, once that was asked.
    start: Option<Verdict>,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(
        workspace: &'a Workspace,
        place: &'a Place<'a>,
        wish: &'a Wish<'a>,
        gate: &Gate<'_>,
    ) -> anyhow::Result<Self> {
        let (out, search) = (hostile_ones(workspace, wish)?, Search::new(wish, gate));
        Ok(Self { workspace, place, wish, out, search, flaky: false, rest: None, start: None })
    }

    /// What can land, once nothing more has to be tried.
    pub(super) fn last(
        mut self,
        gate: &mut Gate<'_>,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Landing> {
        loop {
            if let Some(landing) = self.next(gate, emit)? {
                return Ok(Landing { flaky: self.flaky, ..landing });
            }
        }
    }

    /// Tries a chain; what can land if it is the last one.
    fn next(&mut self, gate: &mut Gate<'_>, emit: &mut dyn FnMut(Event)) -> anyhow::Result<Option<Landing>> {
        let chain = chain(self.workspace, self.place, self.wish, &self.out, &self.search)?;
        if chain.objected.iter().any(|(idx, why)| self.search.doubt(self.wish, *idx, why)) {
            return Ok(None);
        }
        let guessed = chain.resolved.iter().any(|resolved| resolved.rung == SEARCH);
        if self.search.is_over(chain.tree, guessed) {
            return Ok(None);
        }
        let landing = chain.landing(self.wish, &self.out, self.flaky);
        if chain.steps.is_empty() {
            return Ok(Some(landing));
        }
        if guessed {
            return self.guess(&chain, landing, gate, emit);
        }
        let verdict = match self.rest.take() {
            Some((tree, verdict)) if tree == chain.tree => verdict,
            _ => gate.try_on(landing.commit, landing.landed.len(), emit)?,
        };
        self.flaky |= verdict.flaky;
        if verdict.passed {
            return Ok(Some(landing));
        }
        self.fail(&chain, landing, verdict, gate, emit)
    }

    /// Has a chain judged that holds guesses.
    fn guess(
        &mut self,
        chain: &Chain,
        landing: Landing,
        gate: &mut Gate<'_>,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Option<Landing>> {
        let guessed = (&*chain.steps, chain.tree, &*landing.resolved);
        let mut found = self.search.judge(self.workspace, self.wish, guessed, gate, emit)?;
        if matches!(found, Found::Passes) {
            let Self { workspace, place, wish, out, search, .. } = &*self;
            let sides = sides(workspace, place, wish, (out, search), chain)?;
            let guessed = (landing.commit, chain.tree, &*landing.resolved);
            found = self.search.prove(self.workspace, guessed, sides, (gate, emit))?;
        }
        match found {
            Found::Proved => return Ok(Some(landing)),
            Found::Again | Found::Passes => {}
            Found::Unproved(idx, refused) => drop(self.out.insert(idx, refused)),
        }
        Ok(None)
    }

    /// Draws the consequence from a chain that the gate fails on.
    fn fail(
        &mut self,
        chain: &Chain,
        landing: Landing,
        verdict: Verdict,
        gate: &mut Gate<'_>,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Option<Landing>> {
        let repo = &self.workspace.repo;
        // Before anybody is suspected: a gate that cannot work here at all is what people meet first.
        // One that fails in another way may be mended by a branch, and broken by the next.
        let is_unproved = self.out.values().any(is_unproved);
        if self.start.is_none() && (is_unproved || chain.steps.len() <= FEW) {
            self.start = Some(gate.try_on(self.wish.start, 0, emit)?);
        }
        // A gate that wants all candidates together fails without the one that has no proof, and
        // nobody is to blame.
        if is_unproved && self.start.as_ref().is_some_and(|start| !start.passed) {
            return Ok(Some(waiting(self.wish, landing, &Refused::Gate(verdict.output), repo)?));
        }
        let found = self.culprit(chain, &landing, verdict, gate, emit)?;
        self.flaky |= found.flaky;
        let why = Refused::Gate(found.output.clone());
        let doubtful = found.doubtful(chain, self.wish);
        if doubtful.into_iter().filter(|&idx| self.search.doubt(self.wish, idx, &why)).count() > 0 {
            return Ok(None);
        }
        self.rest = found.rest;
        match found.blame {
            // Those that stayed out because of the culprit get another chance without it.
            Blame::One(step) => drop(self.out.insert(chain.steps[step].0, why)),
            // It is known by now that the gate passes on all of them.
            Blame::Nobody => {}
            Blame::Start => {
                let red = Some(Red { commit: self.wish.start, output: found.output });
                let landing = waiting(self.wish, landing, &Refused::Red, repo)?;
                return Ok(Some(Landing { red, ..landing }));
            }
        }
        Ok(None)
    }

    /// Who it is that the gate fails on.
    fn culprit(
        &self,
        chain: &Chain,
        landing: &Landing,
        verdict: Verdict,
        gate: &mut Gate<'_>,
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<trials::Found> {
        let start = self.start.clone();
        if let Some(start) = start.as_ref().filter(|start| verdict.fails_as(start)) {
            return Ok(trials::Found::red(start.clone()));
        }
        let names = landing.landed.iter().map(|&idx| self.wish.candidates[idx].name.clone()).collect();
        emit(Event::Bisecting { tasks: names });
        let Self { workspace, place, wish, out, search, .. } = self;
        Suspects { workspace, place, wish, out, search, chain }.culprit(verdict, start, gate, emit)
    }
}

fn is_unproved(why: &Refused) -> bool {
    matches!(why, Refused::Proposed { .. } | Refused::Ambiguous { .. })
}

/// Nothing lands of what could be merged, for this reason.
fn waiting(wish: &Wish<'_>, landing: Landing, why: &Refused, repo: &Repo) -> Result<Landing, GitError> {
    let (landed, new): (Vec<usize>, Vec<usize>) =
        landing.landed.into_iter().partition(|idx| landing.already.contains(idx));
    let mut refused = landing.refused;
    refused.extend(new.into_iter().map(|idx| (idx, why.clone())));
    refused.sort_by_key(|(idx, _)| *idx);
    let tree = repo.commit(wish.start)?.tree;
    let (commit, resolved) = (wish.start, Vec::new());
    Ok(Landing { commit, tree, landed, refused, resolved, ..landing })
}

/// The candidates that change what must not be changed: the result has to be fit to be checked out
/// on any machine.
fn hostile_ones(workspace: &Workspace, wish: &Wish<'_>) -> anyhow::Result<BTreeMap<usize, Refused>> {
    let repo = &workspace.repo;
    let mut out = BTreeMap::new();
    for (idx, candidate) in wish.candidates.iter().enumerate() {
        let refused = match vetted(repo, wish.start, candidate.tip) {
            Err(error @ GitError::BrokenTree(_)) => Refused::Hostile(vec![error.to_string()]),
            Err(error) if error.is_damage() => Refused::Unreadable(unreadable(&error)),
            other => match other? {
                refused if refused.is_empty() => continue,
                refused => Refused::Hostile(refused),
            },
        };
        out.insert(idx, refused);
    }
    Ok(out)
}

/// What speaks against the changes of a candidate. Git would merge a file that is missing without a
/// word, and the target could not be checked out any more.
fn vetted(repo: &Repo, start: Oid, tip: Oid) -> Result<Vec<String>, GitError> {
    // Without a common ancestor the merge will be refused for that.
    let Some(base) = repo.merge_base(start, tip)? else { return Ok(Vec::new()) };
    let (old, new) = (repo.commit(base)?.tree, repo.commit(tip)?.tree);
    let refused = vet_changes(repo, old, new)?;
    repo.get_changed(old, new);
    for entry in repo.diff_trees(old, new)?.iter().filter_map(|change| change.new) {
        if (entry.is_file() || entry.is_link()) && !repo.has_object(entry.oid) {
            return Err(GitError::NoObject(entry.oid));
        }
    }
    Ok(refused.iter().map(|refused| format!("{}: {}", refused.path, refused.why)).collect())
}
