//! Lands named branches on another one, in any repository and outside any run.
//!
//! Checked first, merged in memory, proved by the gate, and then one ref moves.

use std::collections::BTreeMap;

use super::check::{Comparison, Quarrels, Unreadable, named_branches, quarrels, with_readable};
use super::gate::Gate;
use super::landing::{Candidate, Landing, Red, Refused, Wish, land};
use super::matrix::{After, Expected};
use super::merges::Merges;
use super::parted::{PairIdx, all_pairs};
use super::resolve::Resolved;
use super::resolver;
use super::run::lock;
use super::target::{Target, persist};
use super::{Branch, Event, Fault, Workspace};
use crate::git::Repo;
use crate::model::{Finding, Oid, Resolve};

/// How to merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeOptions {
    /// Let the validator refuse branches.
    pub check: bool,
    /// Work everything out, the gate included, and move nothing.
    pub dry_run: bool,
    /// What is done about conflicts in text.
    pub resolve: Resolve,
}

/// What a merge came to.
#[derive(Debug, Clone)]
pub struct MergeEnd {
    pub target: String,
    pub tree: Oid,
    /// Where the target is now; none in a dry run, which makes no commit.
    pub commit: Option<Oid>,
    pub landed: Vec<String>,
    /// Those of them that were in before.
    pub already: Vec<String>,
    pub waiting: Vec<(String, Waits)>,
    /// Whether a gate failed and then passed on the same tree.
    pub flaky: bool,
    /// Conflicts that were resolved.
    pub resolved: Vec<Resolved>,
    /// Set when the gate fails on the target as it is, so that nothing can land.
    pub red: Option<Red>,
    /// Why the target could not be moved now. Only a dry run gets that far.
    pub obstacle: Option<String>,
}

/// Why a branch is not in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waits {
    Refused(Refused),
    /// Its task has not come that far.
    Unfinished(String),
}

/// Lands the named branches on `into`, or on the branch that is checked out.
pub fn merge_branches(
    workspace: &Workspace,
    names: &[String],
    into: Option<&str>,
    options: MergeOptions,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<MergeEnd> {
    let target = Target::find(workspace, into)?;
    let branches = named_branches(&workspace.repo, names)?;
    if branches.iter().any(|branch| branch.name == target.name) {
        return Err(Fault::usage(format!("'{}' is both what is merged and where to", target.name))
            .hint("leave it out, or name another branch to land on with --into")
            .into());
    }
    // One scratch worktree serves all gates of a repository.
    let needs_lock = !workspace.config.gate.is_empty() || options.resolve == Resolve::Agent;
    let _lock = if needs_lock { Some(lock(workspace)?) } else { None };
    persist(|| {
        let target = Target::find(workspace, into)?;
        let mut all = branches.clone();
        all.push(Branch { name: target.name.clone(), tip: target.tip });
        bring(workspace, &target, &Comparison::of(&all), false, options, emit)
    })
}

/// Lands branches on a target, as far as they can; files that are checked out follow.
///
/// The last branch of the comparison is the target itself.
pub(super) fn bring(
    workspace: &Workspace,
    target: &Target,
    comparison: &Comparison<'_>,
    fast_forward: bool,
    options: MergeOptions,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<MergeEnd> {
    let repo = &workspace.repo;
    let branches = comparison.branches.split_last().map_or(&[][..], |(_, branches)| branches);
    let obstacle = prepare(workspace, target, branches, options, emit)?;
    let queue = queued(workspace, comparison, options, emit)?;
    let gate_commands = workspace.config.gate.clone();
    let wish = Wish {
        start: target.tip,
        target: &target.name,
        candidates: &queue.candidates,
        quarrels: &queue.quarrels,
        fast_forward,
        // A gate needs a tree that can be checked out.
        writes: !options.dry_run || !gate_commands.is_empty(),
        resolve: options.resolve,
        check: options.check,
        dry_run: options.dry_run,
    };
    let landing = land(workspace, &wish, &mut Gate::new(workspace, &gate_commands), emit)?;
    let was_asked = !landing.asked.is_empty();
    let end = ended(landing, queue, target, options, obstacle);
    if let Some(commit) = end.commit.filter(|commit| *commit != target.tip) {
        target.move_to(repo, commit, &format!("merge {}", end.landed.join(", ")))?;
    }
    if was_asked {
        resolver::forget(workspace)?;
    }
    Ok(end)
}

/// What came of the branches of a queue.
fn ended(
    landing: Landing,
    queue: Queue,
    target: &Target,
    options: MergeOptions,
    obstacle: Option<String>,
) -> MergeEnd {
    let name = |idx: usize| queue.candidates[idx].name.clone();
    let names = |positions: &[usize]| positions.iter().map(|&idx| name(idx)).collect::<Vec<_>>();
    let (landed, already) = (names(&landing.landed), names(&landing.already));
    let refused = landing.refused.into_iter().map(|(idx, why)| (name(idx), why)).chain(queue.out);
    MergeEnd {
        target: target.name.clone(),
        tree: landing.tree,
        commit: (!options.dry_run).then_some(landing.commit),
        landed,
        already,
        waiting: refused.map(|(name, why)| (name, Waits::Refused(why))).collect(),
        flaky: landing.flaky,
        resolved: landing.resolved,
        red: landing.red,
        obstacle,
    }
}

/// The branches of a comparison in the order in which they are tried, the target left out.
fn queued(
    workspace: &Workspace,
    comparison: &Comparison<'_>,
    options: MergeOptions,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Queue> {
    let repo = &workspace.repo;
    let merges = Merges::new(repo, None)?;
    let of = |all: &[Branch]| {
        let comparison = Comparison { branches: all, merges: Some(&merges), ..*comparison };
        let quarrels =
            if options.check { compared(workspace, &comparison, emit)? } else { Quarrels::default() };
        queue(repo, (&Comparison::of(&all[..all.len() - 1]), &merges), quarrels)
    };
    let has_target = |left: &[Branch]| left.last() == comparison.branches.last();
    let (mut queue, damaged) = with_readable(repo, comparison.branches, has_target, of)?;
    let refused = |left_out: Unreadable| (left_out.branch.name.clone(), Refused::Unreadable(left_out.why()));
    queue.out.extend(damaged.into_iter().map(refused));
    Ok(queue)
}

/// Makes sure that the target can move. Says in a dry run why it could not.
fn prepare(
    workspace: &Workspace,
    target: &Target,
    branches: &[Branch],
    options: MergeOptions,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Option<String>> {
    let repo = &workspace.repo;
    if !options.dry_run {
        target.catch_up(workspace, emit)?;
    }
    for branch in branches {
        let is_in = match repo.contains(target.tip, branch.tip) {
            // What cannot be read moves nothing.
            Err(error) if error.is_damage() => continue,
            other => other?,
        };
        if !is_in {
            return match options.dry_run {
                true => target.why_not_free(repo),
                false => target.require_free(repo).map(|()| None),
            };
        }
    }
    Ok(None)
}

/// Branches in the order in which they are tried.
struct Queue {
    candidates: Vec<Candidate>,
    quarrels: BTreeMap<PairIdx, Vec<Finding>>,
    /// Those that cannot land whatever else does.
    out: Vec<(String, Refused)>,
}

fn queue(
    repo: &Repo,
    (comparison, merges): (&Comparison<'_>, &Merges),
    quarrels: Quarrels,
) -> anyhow::Result<Queue> {
    let branches = comparison.branches;
    let expected = Expected::of(repo, comparison, quarrels, (merges, None))?;
    let order = expected.order(branches, &After::new());
    let mut quarrels = expected.quarrels;
    let mut queue = Queue { candidates: Vec::new(), quarrels: BTreeMap::new(), out: Vec::new() };
    let mut positions = Vec::new();
    for idx in order.iter().filter_map(|step| branches.iter().position(|branch| branch.name == step.name)) {
        let mut findings = quarrels.alone.remove(&idx).unwrap_or_default();
        // The target comes last in the comparison.
        findings.extend(quarrels.pairs.remove(&(idx, branches.len())).unwrap_or_default());
        if !findings.is_empty() {
            queue.out.push((branches[idx].name.clone(), Refused::Contract(findings)));
            continue;
        }
        let Branch { name, tip } = branches[idx].clone();
        queue.candidates.push(Candidate { message: message(repo, &name)?, name, tip });
        positions.push(idx);
    }
    for (one, other) in all_pairs(positions.len()) {
        let (left, right) = (positions[one].min(positions[other]), positions[one].max(positions[other]));
        if let Some(findings) = quarrels.pairs.remove(&(left, right)) {
            queue.quarrels.insert((one, other), findings);
        }
    }
    Ok(queue)
}

/// Compares the branches with each other and with what the target did meanwhile.
fn compared(
    workspace: &Workspace,
    comparison: &Comparison<'_>,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Quarrels> {
    let (checked, quarrels) = quarrels(workspace, comparison)?;
    emit(Event::Checked {
        findings: checked.report.findings,
        analysed: checked.report.analysed,
        seconds: checked.seconds,
    });
    Ok(quarrels)
}

/// The message that `git merge` would write.
fn message(repo: &Repo, name: &str) -> anyhow::Result<String> {
    let what = if repo.ref_oid(&format!("refs/heads/{name}"))?.is_some() {
        "branch"
    } else if repo.ref_oid(&format!("refs/remotes/{name}"))?.is_some() {
        "remote-tracking branch"
    } else {
        "commit"
    };
    Ok(format!("Merge {what} '{}'\n", name.replace('\n', " ")))
}
