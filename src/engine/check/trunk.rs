//! Branches that left one line of history at many places.
//!
//! From where each pair parted, what the line did between two of these places would be read again
//! and again as work of every branch that left it later: sixty branches of an active main would cost
//! sixty times its history. So a branch that has all these places behind it stands for the line.
//! Each branch has a delta of its own, from where it left; the deltas are compared with each other
//! once, and those from one place with what the line did since.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;

use super::changes::{Sources, changes_at};
use super::history::Allows;
use super::quarrels::compare_two;
use super::scan::{Scan, Shelf, on_all_cores, own_line, scan};
use super::{Comparison, Line, branches_of, history};
use crate::engine::Workspace;
use crate::engine::parted::{Group, PairIdx};
use crate::git::{GitError, Repo};
use crate::model::{Finding, Level, Oid, RepoPath};

/// With fewer places it is as well to compare from each of them.
const FEW_PLACES: usize = 2;

/// What is compared with what around a line of history.
pub(super) struct Around {
    /// The branch that stands for the line.
    trunk: usize,
    /// Where each pair parted that is compared by the deltas of its branches.
    parted: BTreeMap<PairIdx, Oid>,
    /// The deltas of all branches. That of the trunk is empty.
    among: Group,
    /// What the trunk did since each place where branches left.
    since: Vec<Group>,
    /// Pairs that parted elsewhere, as when a branch was made from another one.
    rest: Vec<Group>,
}

impl Around {
    /// None when the branches parted at few places.
    pub(super) fn of(tips: &[Oid], groups: &[Group]) -> Option<Self> {
        if groups.len() <= FEW_PLACES {
            return None;
        }
        let pairs = |group: &Group| group.pairs.iter().map(|&pair| (pair, group.base)).collect::<Vec<_>>();
        let parted: BTreeMap<PairIdx, Oid> = groups.iter().flat_map(pairs).collect();
        let trunk = trunk(tips, &parted)?;
        let starts: BTreeMap<usize, Oid> = (0..tips.len())
            .filter(|&idx| idx != trunk)
            .filter_map(|idx| Some((idx, *parted.get(&ordered(idx, trunk))?)))
            .collect();
        // Where a pair left the line, the one that left first decides where it parted.
        let is_around = |&(one, other): &PairIdx, base: &Oid| {
            [one, other].contains(&trunk)
                || starts.contains_key(&one)
                    && starts.contains_key(&other)
                    && [starts[&one], starts[&other]].contains(base)
        };
        let (parted, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
            parted.into_iter().partition(|(pair, base)| is_around(pair, base));
        let mut since: BTreeMap<Oid, BTreeSet<PairIdx>> = BTreeMap::new();
        for (&idx, &start) in &starts {
            since.entry(start).or_default().insert(ordered(idx, trunk));
        }
        since.remove(&tips[trunk]);
        let mut among = Group::new(tips[trunk], parted.keys().copied().collect());
        among.starts = starts;
        let rest = groups.iter().map(|group| Group {
            pairs: group.pairs.iter().filter(|pair| rest.contains_key(pair)).copied().collect(),
            ..group.clone()
        });
        Some(Self {
            trunk,
            parted,
            among,
            since: since.into_iter().map(|(base, pairs)| Group::new(base, pairs)).collect(),
            rest: rest.filter(|group| !group.pairs.is_empty()).collect(),
        })
    }

    /// The pairs of a branch with those that left the line after it.
    fn left_later(&self, idx: usize) -> impl Iterator<Item = PairIdx> {
        let starts = &self.among.starts;
        let is_first = move |other: usize, start: Oid| {
            starts
                .get(&idx)
                .is_some_and(|&own| own != start && self.parted.get(&ordered(idx, other)) == Some(&own))
        };
        starts
            .iter()
            .filter(move |&(&other, &start)| other != idx && is_first(other, start))
            .map(move |(&other, _)| ordered(idx, other))
    }
}

/// Compares the deltas with each other, then those from each place with the trunk.
pub(super) fn scans(
    workspace: &Workspace,
    comparison: &Comparison<'_>,
    around: &Around,
    mut shelf: Shelf,
) -> anyhow::Result<Vec<Scan>> {
    let rest = scan_each(workspace, comparison, (&around.rest, &shelf))?;
    let place = Place { comparison, around };
    let repo = &workspace.repo;
    shelf.allows.extend(&place.allowed_on_trunk(repo)?);
    let lines = place.lines(repo)?;
    let with = |lines| Comparison { lines: Some(lines), ..*comparison };
    let mut among = scan(workspace, &with(&lines), (&around.among, &shelf))?;
    place.confirm(repo, &mut among)?;
    shelf.allows.extend(&among.allows);
    let mut scans = vec![among];
    scans.extend(scan_each(workspace, &with(&[]), (&around.since, &shelf))?);
    scans.extend(rest);
    Ok(scans)
}

/// Scans groups, several at a time.
fn scan_each(
    workspace: &Workspace,
    comparison: &Comparison<'_>,
    (groups, shelf): (&[Group], &Shelf),
) -> anyhow::Result<Vec<Scan>> {
    let n_parts = rayon::current_num_threads().min(groups.len()).max(1);
    let anew = |_| anyhow::Ok(workspace.with_repo(workspace.repo.reopen()?));
    let workspaces: Vec<Workspace> = (0..n_parts).map(anew).collect::<Result<_, _>>()?;
    let parts: Vec<&[Group]> = groups.chunks(groups.len().div_ceil(n_parts).max(1)).collect();
    let scan_part = |workspace: Workspace, part: &[Group]| -> anyhow::Result<Vec<Scan>> {
        part.iter().map(|group| scan(&workspace, comparison, (group, shelf))).collect()
    };
    // On threads of their own: a scan waits for threads that wait for those of the pool.
    let done: Vec<anyhow::Result<Vec<Scan>>> = std::thread::scope(|scope| {
        let start = |(workspace, part)| scope.spawn(move || scan_part(workspace, part));
        let threads: Vec<_> = workspaces.into_iter().zip(parts).map(start).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|done| done.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    Ok(done.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// Quarrels with the trunk that a branch also has with others, because they left the line later and
/// brought along what the quarrel is about.
pub(super) fn handed_on(repo: &Repo, place: Place<'_>, scans: &[Scan]) -> anyhow::Result<Vec<Finding>> {
    let Place { around, .. } = place;
    let Some(among) = scans.first() else { return Ok(Vec::new()) };
    let mut about: BTreeMap<PairIdx, BTreeSet<RepoPath>> = BTreeMap::new();
    for scan in &scans[1..=around.since.len()] {
        for finding in scan.report.findings.iter().filter(|finding| finding.level == Level::Deny) {
            let paths: BTreeSet<RepoPath> = finding.sites.iter().map(|site| site.path.clone()).collect();
            for idx in place.positions(finding).into_iter().filter(|&idx| idx != around.trunk) {
                for pair in around.left_later(idx) {
                    about.entry(pair).or_default().extend(paths.iter().cloned());
                }
            }
        }
    }
    let about: Vec<(PairIdx, BTreeSet<RepoPath>)> = about.into_iter().collect();
    let found =
        on_all_cores(repo, &about, |repo, (pair, paths)| place.at_odds(repo, among, *pair, paths.clone()))?;
    Ok(found.into_iter().flatten().collect())
}

/// Where deltas are looked at once more.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) comparison: &'a Comparison<'a>,
    pub(super) around: &'a Around,
}

impl Place<'_> {
    /// The commits of each branch since it left. Of those of the trunk since then, none was seen by
    /// the branch, and before then both had them.
    fn lines(&self, repo: &Repo) -> Result<Vec<Line>, GitError> {
        let starts = self.around.among.starts.iter();
        starts.map(|(&idx, &start)| own_line(repo, &self.comparison.branches[idx], start)).collect()
    }

    /// What the commits of the trunk allow, since the first branch left it.
    fn allowed_on_trunk(&self, repo: &Repo) -> anyhow::Result<Allows> {
        let mut first: Option<(i64, Oid)> = None;
        for &start in self.around.among.starts.values() {
            let time = repo.commit(start)?.time;
            if first.is_none_or(|(earliest, _)| time < earliest) {
                first = Some((time, start));
            }
        }
        let Some((_, start)) = first else { return Ok(Allows::default()) };
        history::allowed(repo, &Line::of_branch(&self.comparison.branches[self.around.trunk], start))
    }

    /// Takes out findings about pairs whose deltas begin at different states of a file, unless they
    /// are found from where the pair parted too.
    fn confirm(&self, repo: &Repo, scan: &mut Scan) -> anyhow::Result<()> {
        let findings = scan.report.findings.iter();
        let doubts: Vec<Vec<PairIdx>> =
            findings.map(|finding| self.pairs_in_doubt(repo, scan, finding)).collect::<Result<_, _>>()?;
        let pairs: Vec<PairIdx> =
            doubts.iter().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let found =
            on_all_cores(repo, &pairs, |repo, &pair| self.at_odds(repo, scan, pair, BTreeSet::new()))?;
        let prints =
            |findings: Vec<Finding>| findings.into_iter().map(|finding| finding.fingerprint).collect();
        let found: BTreeMap<PairIdx, BTreeSet<String>> =
            pairs.into_iter().zip(found.into_iter().map(prints)).collect();
        let mut doubts = doubts.into_iter();
        scan.report.findings.retain(|finding| {
            let doubts = doubts.next().unwrap_or_default();
            doubts.is_empty() || doubts.iter().any(|pair| found[pair].contains(&finding.fingerprint))
        });
        Ok(())
    }

    /// The pairs of a finding, if every one of them began at different states of a file. Edits that go
    /// in circles are judged by what each of them saw.
    fn pairs_in_doubt(&self, repo: &Repo, scan: &Scan, finding: &Finding) -> Result<Vec<PairIdx>, GitError> {
        let involved = self.positions(finding);
        let mut pairs = Vec::new();
        for (at, &one) in involved.iter().enumerate().filter(|_| finding.rule != "circular-edit") {
            for &two in &involved[at + 1..] {
                if !self.begin_apart(repo, scan, (one, two))? {
                    return Ok(Vec::new());
                }
                pairs.push((one, two));
            }
        }
        Ok(pairs)
    }

    /// Whether a file that one of the branches changed was another where the other one left.
    fn begin_apart(&self, repo: &Repo, scan: &Scan, (one, two): PairIdx) -> Result<bool, GitError> {
        let [before, after] = [one, two].map(|idx| self.around.among.start(idx));
        if before == after {
            return Ok(false);
        }
        let (before, after) = (repo.commit(before)?.tree, repo.commit(after)?.tree);
        for file in [one, two].iter().flat_map(|idx| &scan.changes[idx].files) {
            if repo.entry_at(before, &file.path)? != repo.entry_at(after, &file.path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Compares a pair from where it parted, in the files that its branches changed and in some more.
    fn at_odds(
        &self,
        repo: &Repo,
        scan: &Scan,
        pair: PairIdx,
        mut paths: BTreeSet<RepoPath>,
    ) -> anyhow::Result<Vec<Finding>> {
        let Some(&base) = self.around.parted.get(&pair) else { return Ok(Vec::new()) };
        let both = [pair.0, pair.1];
        paths.extend(both.iter().flat_map(|idx| &scan.changes[idx].files).map(|file| file.path.clone()));
        let sources = Sources::default();
        let changes = |idx: usize| changes_at((repo, &sources), base, &self.comparison.branches[idx], &paths);
        Ok(compare_two(scan, self.comparison, &[changes(pair.0)?, changes(pair.1)?]))
    }

    fn positions(&self, finding: &Finding) -> Vec<usize> {
        let position = |name| self.comparison.branches.iter().position(|branch| branch.name == name);
        let mut involved: Vec<usize> = branches_of(finding).into_iter().filter_map(position).collect();
        involved.sort_unstable();
        involved
    }
}

/// The branch that parted from others at most places; of several, one that is such a place itself
/// and has nothing beyond what others have, and of these the last, which is the one they are meant
/// for.
fn trunk(tips: &[Oid], parted: &BTreeMap<PairIdx, Oid>) -> Option<usize> {
    let mut places: Vec<BTreeSet<Oid>> = vec![BTreeSet::new(); tips.len()];
    for (&(one, other), &base) in parted {
        places[one].insert(base);
        places[other].insert(base);
    }
    (0..tips.len()).max_by_key(|&idx| (places[idx].len(), places[idx].contains(&tips[idx]), idx))
}

fn ordered(one: usize, other: usize) -> PairIdx {
    (one.min(other), one.max(other))
}
