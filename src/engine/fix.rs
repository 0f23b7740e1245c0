//! Commits suggested fixes that prove to be safe, on the branches that have to change.
//!
//! A fix is safe when its patch fits to the letter and leaves nothing to be finished, and when a
//! second check of all branches finds neither what it was for, nor anything that was not there before,
//! nor a file that can no longer be read, and when what Git could merge it still can. That is tried out in a quarantine. Refs move at the very
//! end, all or none, by compare-and-swap; whoever is killed before leaves nothing, and after only files
//! that are behind their branch, which the next call brings along.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Branch, CheckCall, Checked, Comparison, check_call, compare, with_readable};
use super::merges::Merges;
use super::target::{Target, move_all, persist};
use super::{Event, Workspace};
use crate::git::{Entry, NewCommit, Pair, Quarantine, Repo};
use crate::handoff::{Trailer, with_block};
use crate::model::{FilePatch, Finding, Fix, Level, Oid, RepoPath};

/// How often what is left is looked at again: a patch may only fit once another has.
const MOST_ROUNDS: usize = 5;

/// How far an earlier fix may have moved the lines of a later one.
const SHIFT: usize = 200;

/// What came of an attempt to fix.
pub struct Fixing {
    /// Findings that are settled, each with its fix.
    pub fixed: Vec<Finding>,
    /// Fingerprints of findings that stay, each with the reason.
    pub unfixed: BTreeMap<String, String>,
    pub moved: Vec<MovedBranch>,
    /// What a check finds now.
    pub checked: Checked,
}

/// A branch that got a commit of fixes, or would get one.
pub struct MovedBranch {
    pub branch: String,
    pub from: Oid,
    /// None in a dry run.
    pub commit: Option<Oid>,
}

/// Checks branches, and commits what can be fixed unless `dry_run`.
pub fn fix_branches(
    workspace: &Workspace,
    call: &CheckCall<'_>,
    dry_run: bool,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Fixing> {
    persist(|| fix_once(workspace, call, dry_run, emit))
}

fn fix_once(
    workspace: &Workspace,
    call: &CheckCall<'_>,
    dry_run: bool,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Fixing> {
    let (all, base, n_named) = check_call(workspace, call)?;
    let compared = |branches: &[Branch]| compare(workspace, &Comparison { base, ..Comparison::of(branches) });
    let are_enough = |left: &[Branch]| left.len() > 1;
    let (checked, damaged) = with_readable(&workspace.repo, &all, are_enough, compared)?;
    let is_sound = |branch: &&Branch| damaged.iter().all(|left_out| left_out.branch != **branch);
    let branches: Vec<Branch> = all.iter().filter(is_sound).cloned().collect();
    let n_named = all[..n_named].iter().filter(is_sound).count();
    let targets = targets(workspace, &branches[..n_named], dry_run, emit)?;
    let quarantine = Quarantine::new(&workspace.repo)?;
    let mut trial = Trial {
        workspace: workspace.with_repo(quarantine.repo().reopen()?),
        original: &branches,
        branches: branches.clone(),
        base,
        targets: &targets,
        checked,
        fixed: Vec::new(),
        unfixed: BTreeMap::new(),
    };
    trial.run()?;
    let moved = land(workspace, &trial, dry_run)?;
    trial.checked.note_unreadable(&damaged);
    Ok(Fixing { fixed: trial.fixed, unfixed: trial.unfixed, moved, checked: trial.checked })
}

/// The named branches that a commit may be put on, by position.
fn targets(
    workspace: &Workspace,
    named: &[Branch],
    dry_run: bool,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<BTreeMap<usize, Target>> {
    let mut targets = BTreeMap::new();
    for (idx, branch) in named.iter().enumerate() {
        let is_integration = branch.name.starts_with("orca/") && branch.name.ends_with("/integration");
        let full = format!("refs/heads/{}", branch.name);
        if is_integration || workspace.repo.ref_oid(&full)? != Some(branch.tip) {
            continue;
        }
        let target = Target::find(workspace, Some(&branch.name))?;
        if !dry_run {
            target.catch_up(workspace, emit)?;
        }
        targets.insert(idx, target);
    }
    Ok(targets)
}

/// Fixes tried out so far, and what the branches would be with them.
struct Trial<'a> {
    /// Writes into the quarantine.
    workspace: Workspace,
    original: &'a [Branch],
    branches: Vec<Branch>,
    base: Option<Oid>,
    targets: &'a BTreeMap<usize, Target>,
    checked: Checked,
    fixed: Vec<Finding>,
    unfixed: BTreeMap<String, String>,
}

impl Trial<'_> {
    fn run(&mut self) -> anyhow::Result<()> {
        for _ in 0..MOST_ROUNDS {
            let todo = self.todo();
            if todo.is_empty() {
                break;
            }
            // Nearly always all of them go together, which costs one check.
            if self.attempt(&todo)? {
                continue;
            }
            for finding in &todo {
                if !self.attempt(std::slice::from_ref(finding))? {
                    let reason = "its patch does not settle it without breaking something else";
                    self.unfixed.insert(finding.fingerprint.clone(), reason.to_owned());
                }
            }
        }
        let still: BTreeSet<&str> = fingerprints(&self.checked);
        self.unfixed.retain(|fingerprint, _| still.contains(fingerprint.as_str()));
        Ok(())
    }

    /// The findings whose fix can be tried. Why others cannot is noted.
    fn todo(&mut self) -> Vec<Finding> {
        let mut todo = Vec::new();
        let weighty = self.checked.report.findings.iter().filter(|finding| finding.level >= Level::Warn);
        for finding in weighty {
            if self.unfixed.contains_key(&finding.fingerprint) {
                continue;
            }
            match self.obstacle(finding) {
                None => todo.push(finding.clone()),
                Some(reason) => drop(self.unfixed.insert(finding.fingerprint.clone(), reason)),
            }
        }
        todo
    }

    fn obstacle(&self, finding: &Finding) -> Option<String> {
        let Some(fix) = &finding.fix else { return Some("nobody knows a fix for it".to_owned()) };
        if FilePatch::parse(&fix.patch).is_none() {
            return Some("its fix needs a person".to_owned());
        }
        // Every check here may pass, and it fails to build, or when somebody uses it.
        if fix.is_draft {
            return Some("its patch is a draft, for a person to finish".to_owned());
        }
        match self.position(fix) {
            Some(idx) if self.targets.contains_key(&idx) => None,
            _ => Some(format!("'{}' is no branch that was named to be changed", fix.branch)),
        }
    }

    fn position(&self, fix: &Fix) -> Option<usize> {
        self.branches.iter().position(|branch| branch.name == fix.branch)
    }

    /// Applies fixes and keeps them if a check agrees.
    fn attempt(&mut self, fixes: &[Finding]) -> anyhow::Result<bool> {
        let (branches, applied) = self.apply(fixes)?;
        if applied.is_empty() {
            return Ok(false);
        }
        let comparison = Comparison { base: self.base, ..Comparison::of(&branches) };
        let after = compare(&self.workspace, &comparison)?;
        let (old, new) = (fingerprints(&self.checked), fingerprints(&after));
        let settles = applied.iter().all(|finding| !new.contains(finding.fingerprint.as_str()));
        let blind = after.report.not_analysed.len() > self.checked.report.not_analysed.len();
        if !settles || blind || !new.is_subset(&old) || self.collides(&branches)? {
            return Ok(false);
        }
        (self.branches, self.checked) = (branches, after);
        self.fixed.extend(applied);
        Ok(true)
    }

    /// Whether Git could merge two branches in a file as they were, and no longer can.
    fn collides(&self, branches: &[Branch]) -> anyhow::Result<bool> {
        let is_moved = |idx: usize| self.branches[idx].tip != branches[idx].tip;
        let all = 0..branches.len();
        let pairs = all.flat_map(|one| (one + 1..branches.len()).map(move |two| (one, two)));
        let pairs: Vec<(usize, usize)> = pairs.filter(|&(one, two)| is_moved(one) || is_moved(two)).collect();
        let merges = Merges::new(&self.workspace.repo, None)?;
        let conflicts = |branches: &[Branch]| -> anyhow::Result<BTreeSet<_>> {
            let pair = |&(one, two): &(usize, usize)| Pair {
                base: None,
                ours: branches[one].tip,
                theirs: branches[two].tip,
            };
            let answers = merges.of(&pairs.iter().map(pair).collect::<Vec<_>>())?;
            let mut found = BTreeSet::new();
            for (pair, answer) in pairs.iter().zip(&answers) {
                let merged = answer.as_ref().as_ref().ok();
                let paths = merged.into_iter().flat_map(|merged| &merged.conflicts);
                found.extend(paths.map(|conflict| (*pair, conflict.path.clone())));
            }
            Ok(found)
        };
        Ok(!conflicts(branches)?.is_subset(&conflicts(&self.branches)?))
    }

    /// The branches with the patches that fit, each on top of those before it.
    fn apply(&self, fixes: &[Finding]) -> anyhow::Result<(Vec<Branch>, Vec<Finding>)> {
        let mut files: BTreeMap<(usize, RepoPath), (Entry, String)> = BTreeMap::new();
        let mut applied = Vec::new();
        for finding in fixes {
            let Some(fix) = &finding.fix else { continue };
            let (Some(idx), Some(patches)) = (self.position(fix), FilePatch::parse(&fix.patch)) else {
                continue;
            };
            let mut patched = BTreeMap::new();
            for patch in &patches {
                let Some((entry, before)) = self.file(idx, patch, &files)? else { break };
                let Some(after) = patch.apply(&before, SHIFT) else { break };
                patched.insert((idx, patch.path.clone()), (entry, after));
            }
            if patched.len() == patches.len() {
                files.extend(patched);
                applied.push(finding.clone());
            }
        }
        let mut branches = self.branches.clone();
        for (idx, branch) in branches.iter_mut().enumerate() {
            let own = files.iter().filter(|((owner, _), _)| *owner == idx);
            let own: Vec<(&RepoPath, &(Entry, String))> = own.map(|((_, path), file)| (path, file)).collect();
            if !own.is_empty() {
                branch.tip = self.commit(branch.tip, &own)?;
            }
        }
        Ok((branches, applied))
    }

    /// A file as the fixes before left it; none when there is nothing that the patch could fit.
    fn file(
        &self,
        idx: usize,
        patch: &FilePatch,
        files: &BTreeMap<(usize, RepoPath), (Entry, String)>,
    ) -> anyhow::Result<Option<(Entry, String)>> {
        if let Some(file) = files.get(&(idx, patch.path.clone())) {
            return Ok(Some(file.clone()).filter(|_| !patch.is_new));
        }
        let repo = &self.workspace.repo;
        let tree = repo.commit(self.branches[idx].tip)?.tree;
        match repo.entry_at(tree, &patch.path)? {
            None => {
                let entry = Entry { oid: repo.write_blob(b"")?, mode: 0o100_644 };
                Ok(patch.is_new.then(|| (entry, String::new())))
            }
            Some(entry) if entry.is_file() && !patch.is_new => {
                Ok(String::from_utf8(repo.blob(entry.oid)?).ok().map(|text| (entry, text)))
            }
            Some(_) => Ok(None),
        }
    }

    fn commit(&self, tip: Oid, files: &[(&RepoPath, &(Entry, String))]) -> anyhow::Result<Oid> {
        let repo = &self.workspace.repo;
        let mut edits = Vec::new();
        for (path, (entry, text)) in files {
            let oid = repo.write_blob(text.as_bytes())?;
            edits.push(((*path).clone(), Some(Entry { oid, mode: entry.mode })));
        }
        let tree = repo.edit_tree(Some(repo.commit(tip)?.tree), &edits)?;
        let new = NewCommit { tree, parents: &[tip], message: "fix\n", time: self.workspace.now() };
        Ok(repo.write_commit(&new)?)
    }
}

fn fingerprints(checked: &Checked) -> BTreeSet<&str> {
    checked.report.findings.iter().map(|finding| finding.fingerprint.as_str()).collect()
}

/// Writes one commit for each branch that has fixes, and moves them all.
fn land(workspace: &Workspace, trial: &Trial<'_>, dry_run: bool) -> anyhow::Result<Vec<MovedBranch>> {
    let mut moved = Vec::new();
    let mut moves = Vec::new();
    for (&idx, target) in trial.targets {
        let (before, after) = (&trial.original[idx], &trial.branches[idx]);
        if before.tip == after.tip {
            continue;
        }
        let commit = match dry_run {
            true => None,
            false => {
                let message = message(&after.name, &trial.fixed);
                Some(carried_over(&workspace.repo, trial, idx, &message, workspace.now())?)
            }
        };
        moves.extend(commit.map(|commit| (target, commit)));
        moved.push(MovedBranch { branch: after.name.clone(), from: before.tip, commit });
    }
    if !moves.is_empty() {
        move_all(&workspace.repo, &moves, "check --fix", "nothing was committed")?;
    }
    Ok(moved)
}

/// A commit in the real repository with the content that a branch has in the quarantine.
fn carried_over(repo: &Repo, trial: &Trial<'_>, idx: usize, message: &str, time: i64) -> anyhow::Result<Oid> {
    let quarantine = &trial.workspace.repo;
    let parent = trial.original[idx].tip;
    let before = repo.commit(parent)?.tree;
    let mut edits = Vec::new();
    for change in quarantine.diff_trees(before, quarantine.commit(trial.branches[idx].tip)?.tree)? {
        let Some(entry) = change.new else { continue };
        let oid = repo.write_blob(&quarantine.blob(entry.oid)?)?;
        edits.push((change.path, Some(Entry { oid, mode: entry.mode })));
    }
    let tree = repo.edit_tree(Some(before), &edits)?;
    Ok(repo.write_commit(&NewCommit { tree, parents: &[parent], message, time })?)
}

/// What was done, and a trailer for each finding that it settles.
fn message(branch: &str, fixed: &[Finding]) -> String {
    let own: Vec<(&Finding, &Fix)> = fixed
        .iter()
        .filter_map(|finding| Some((finding, finding.fix.as_ref()?)))
        .filter(|(_, fix)| fix.branch == branch)
        .collect();
    let mut others: Vec<&str> =
        own.iter().flat_map(|(finding, _)| &finding.sites).map(|site| site.branch.as_str()).collect();
    others.retain(|name| *name != branch);
    others.sort_unstable();
    others.dedup();
    let subject = match others[..] {
        [] => "Settle what git orca check found".to_owned(),
        [only] => format!("Adapt to {only}"),
        [first, ..] => format!("Adapt to {first} and {} more", others.len() - 1),
    };
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut body = vec![line(&subject), String::new()];
    body.extend(own.iter().map(|(_, fix)| format!("- {}", line(&fix.summary))));
    let trailer = |(finding, _): &(&Finding, &Fix)| {
        Trailer::new("Orca-Fix", &format!("{} {}", finding.fingerprint, finding.rule))
    };
    with_block(&body.join("\n"), &own.iter().map(trailer).collect::<Vec<_>>())
}
