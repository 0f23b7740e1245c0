//! Reads the commits of branches as a sequence of edits, for circular edits and `Orca-Allow`.

use std::collections::{BTreeSet, HashMap};

use super::Branch;
use super::changes::{LARGEST, Sources};
use super::scan::on_all_cores;
use crate::git::{Commit, Entry, Repo};
use crate::handoff::rescue;
use crate::model::{Oid, Source};
use crate::validate::{Edit, takes_back};

/// A stretch of first-parent history that one actor made.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Line {
    pub(in crate::engine) actor: String,
    pub(in crate::engine) branch: String,
    pub(in crate::engine) base: Oid,
    pub(in crate::engine) tip: Oid,
    pub(in crate::engine) by_agent: bool,
}

impl Line {
    pub(super) fn of_branch(branch: &Branch, base: Oid) -> Self {
        let (actor, branch, tip) = (branch.name.clone(), branch.name.clone(), branch.tip);
        Self { actor, branch, base, tip, by_agent: false }
    }
}

/// What the commits of all lines say.
pub(super) struct History {
    /// Oldest first.
    pub(super) edits: Vec<Edit>,
    pub(super) allows: Allows,
}

/// What commits accept.
#[derive(Debug, Clone, Default)]
pub(super) struct Allows {
    /// Fingerprints of findings.
    pub(super) fingerprints: BTreeSet<String>,
    /// What was meant to accept one and does not, in words.
    pub(super) misfits: BTreeSet<String>,
}

/// Older commits of one branch are not looked at.
const MOST_COMMITS: usize = 200;

/// Texts that were read already, by blob.
pub(super) type Known<'a> = HashMap<Oid, &'a Source>;

/// Reads all lines. A commit in several of them counts once, for the first.
pub(super) fn read(
    (repo, sources): (&Repo, &Sources),
    lines: &[Line],
    known: &Known<'_>,
) -> anyhow::Result<History> {
    let mut commits: Vec<(&Line, Commit)> = Vec::new();
    let mut n_lines: HashMap<Oid, usize> = HashMap::new();
    for line in lines {
        for commit in repo.first_parents(line.base, line.tip, MOST_COMMITS)? {
            let n_lines = n_lines.entry(commit.oid).or_default();
            *n_lines += 1;
            if *n_lines == 1 {
                commits.push((line, commit));
            }
        }
    }
    let mut history = History { edits: Vec::new(), allows: Allows::default() };
    commits.iter().for_each(|(line, commit)| history.allows.read(&line.branch, commit));
    // What all lines have was done before they parted: branches that both merged the target have several
    // bases. What such a commit allows still counts.
    if lines.len() > 1 {
        commits.retain(|(_, commit)| n_lines[&commit.oid] < lines.len());
    }
    // Stable, so that commits of one line keep their order within a second.
    commits.sort_by_key(|(_, commit)| commit.time);
    let edits = on_all_cores(repo, &commits, |repo, (line, commit)| match commit.parents[..] {
        [parent] => edits_of((repo, sources), line, commit, parent, known),
        // A merge brings in what others did; it is no edit of its own.
        _ => Ok(Vec::new()),
    })?;
    history.edits.extend(edits.into_iter().flatten());
    Ok(history)
}

/// What the commits of a line accept.
pub(super) fn allowed(repo: &Repo, line: &Line) -> anyhow::Result<Allows> {
    let mut allows = Allows::default();
    for commit in repo.first_parents(line.base, line.tip, MOST_COMMITS)? {
        allows.read(&line.branch, &commit);
    }
    Ok(allows)
}

fn edits_of(
    (repo, sources): (&Repo, &Sources),
    line: &Line,
    commit: &Commit,
    parent: Oid,
    known: &Known<'_>,
) -> anyhow::Result<Vec<Edit>> {
    let is_revert = takes_back(&commit.message);
    // Several agents may work on one branch.
    let agent = rescue(&commit.message).into_iter().rfind(|trailer| trailer.key == "Orca-Agent");
    let by_agent = line.by_agent || agent.is_some();
    let actor = agent.map_or_else(|| line.actor.clone(), |agent| agent.value);
    let mut edits = Vec::new();
    let before = repo.commit(parent)?.tree;
    // Many branches are one commit.
    let changes = sources.known_diff(before, commit.tree);
    for change in changes.map_or_else(|| repo.diff_trees(before, commit.tree), Ok)? {
        let source = |entry: Option<Entry>| entry.map(|entry| content(repo, entry, known)).transpose();
        let (before, content) = (source(change.old)?, source(change.new)?);
        let (actor, branch) = (actor.clone(), line.branch.clone());
        let (commit, path) = (commit.oid, change.path);
        edits.push(Edit { actor, branch, commit, path, before, content, is_revert, by_agent });
    }
    Ok(edits)
}

/// Any file is read, not only those that an extractor understands: whether two states differ in more
/// than white space shows in every text.
fn content(repo: &Repo, entry: Entry, known: &Known<'_>) -> anyhow::Result<Source> {
    if let Some(known) = known.get(&entry.oid) {
        return Ok((*known).clone());
    }
    let is_read = entry.is_file() && repo.blob_size(entry.oid)? <= LARGEST;
    let bytes = if is_read { repo.blob(entry.oid)? } else { Vec::new() };
    Ok(Source { oid: entry.oid, bytes: bytes.into() })
}

impl Allows {
    /// `Orca-Allow: <fingerprint> <reason>`; without a reason it does not count.
    fn read(&mut self, branch: &str, commit: &Commit) {
        for (number, line) in (1..).zip(commit.message.lines()) {
            let trailer = rescue(line).pop().filter(|trailer| trailer.key == ALLOW);
            let value = trailer.as_ref().map(|trailer| trailer.value.as_str());
            let why = match value.map(|value| value.split_once(' ').unwrap_or((value, ""))) {
                None => "a trailer is written otherwise",
                Some((fingerprint, _)) if !is_fingerprint(fingerprint) => {
                    "it has no fingerprint, which 'check -v' tells"
                }
                Some((_, reason)) if reason.trim().is_empty() => "it has no reason",
                Some((fingerprint, _)) => {
                    self.fingerprints.insert(fingerprint.to_owned());
                    continue;
                }
            };
            self.misread(branch, commit, (number, line), why);
        }
    }

    /// Remembers a line that looks as if it were to accept something.
    fn misread(&mut self, branch: &str, commit: &Commit, (number, line): (usize, &str), why: &str) {
        let line = line.trim();
        let looks_like = line.get(..ALLOW.len()).is_some_and(|key| key.eq_ignore_ascii_case(ALLOW));
        if looks_like && line[ALLOW.len()..].trim_start().starts_with([':', '=']) {
            let short = commit.oid.short();
            self.misfits.insert(format!(
                "{short} of {branch}, line {number} of its message: '{line}' accepts nothing: {why}; \
                 write '{ALLOW}: <fingerprint> <reason>'"
            ));
        }
    }

    /// Adds what others accept.
    pub(super) fn extend(&mut self, others: &Self) {
        self.fingerprints.extend(others.fingerprints.iter().cloned());
        self.misfits.extend(others.misfits.iter().cloned());
    }
}

/// The key of the trailer that accepts a finding.
const ALLOW: &str = "Orca-Allow";

/// Twelve digits in base 16.
fn is_fingerprint(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
