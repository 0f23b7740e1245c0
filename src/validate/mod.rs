//! Compares branches that are still apart: types, contracts, scopes and circular edits.
//!
//! Pure: takes the changed files of N branches as values and returns findings. Only changed files
//! are parsed. If each branch resolves by itself, a dangling name in their merge can only come from
//! a use that one branch adds to a definition that another removes, moves or re-signs; so
//! untouched files need no look.

pub mod data;
pub mod entry;
pub mod extract;
pub mod model;

mod aliases;
mod cargo;
mod checkers;
mod delta;
mod fix;
mod imports;
mod index;
mod lines;
mod load;
mod moves;
mod names;
mod packages;
mod resolve;
mod routes;
mod rules;
mod stored;
mod strict;
mod surface;
mod world;

#[cfg(test)]
mod tests;

pub use delta::Differences;
pub use imports::Layout;
pub use load::{Text, read_all, readable, texts_of};
pub use stored::{VERSION, decode, encode};

use std::collections::BTreeMap;
use std::sync::Arc;

use self::extract::Language;
use self::model::FileModel;
use crate::model::{BranchChanges, Contract, Finding, Oid, RepoPath, Scope, Source};

/// Compares the branches and says what their combination would break.
pub fn check(input: &Input<'_>) -> Report {
    let world = world::World::new(input.unchanged);
    let loaded = load::load(input, &world);
    let view = rules::View::new(input, &loaded);
    let mut findings = apply_rules(&view);
    // An answer can raise another question, but not for ever.
    for _ in 0..MOST_ROUNDS {
        if !input.unchanged.look_up() {
            break;
        }
        findings = apply_rules(&view);
    }
    Report {
        findings: in_order(without_repetition(findings)),
        analysed: loaded.analysed,
        not_analysed: loaded.not_analysed,
    }
}

/// How often names in doubt are looked up.
const MOST_ROUNDS: usize = 4;

fn apply_rules(view: &rules::View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules::ALL {
        (rule.check)(view, &mut findings);
    }
    findings
}

/// Keeps one finding of each fingerprint, and one explanation for each use that would break.
fn without_repetition(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: BTreeMap<String, Finding> = BTreeMap::new();
    for finding in findings {
        let by = match finding.rule {
            "import-dropped" => "symbol-removed",
            "result-unhandled" => "type-changed",
            _ => "",
        };
        if kept.values().any(|other| other.rule == by && shares_use(other, &finding)) {
            continue;
        }
        match kept.get(&finding.fingerprint) {
            Some(other) if other.level >= finding.level => {}
            _ => drop(kept.insert(finding.fingerprint.clone(), finding)),
        }
    }
    kept.into_values().collect()
}

/// Whether both findings point at the same use and the same two branches.
fn shares_use(left: &Finding, right: &Finding) -> bool {
    let branches = |finding: &Finding| {
        let mut names: Vec<String> = finding.sites.iter().map(|site| site.branch.clone()).collect();
        names.sort();
        names
    };
    branches(left) == branches(right) && left.sites.iter().any(|site| right.sites.contains(site))
}

/// Most severe first, then by rule and place.
fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|left, right| {
        let place = |finding: &Finding| finding.sites.last().map(|site| (site.path.clone(), site.line));
        let key = |finding: &Finding| (finding.rule, place(finding), finding.fingerprint.clone());
        right.level.cmp(&left.level).then_with(|| key(left).cmp(&key(right)))
    });
    findings
}

/// Everything a check looks at.
pub struct Input<'a> {
    /// The branches, each as the difference from the merge base that all share. The branch they
    /// will be merged into takes part like any other when it has moved since.
    pub branches: &'a [BranchChanges],
    /// Files that several branches changed, merged as Git would merge all of them cleanly.
    pub merged: &'a [MergedFile],
    /// What the plan and the handoffs say of a branch; absent outside a run.
    pub declared: &'a [Declared],
    /// Edits of the run in the order they were made, for circular edits.
    pub history: &'a [Edit],
    /// The rest of the base, asked only to confirm a finding.
    pub unchanged: &'a dyn Unchanged,
    /// Reads texts as [`read_all`] does; the caller may know some of the models already.
    pub read: &'a dyn Fn(&[Text<'_>]) -> Vec<Arc<FileModel>>,
    /// What is known of how versions of files differ.
    pub differences: &'a Differences,
}

/// The files of the base that no branch changed. Each question reads files, so that rules ask of
/// names that they suspect and of no others.
pub trait Unchanged: Sync {
    /// The files that define `name`; none when it cannot be told, or not before a [`look_up`].
    ///
    /// [`look_up`]: Self::look_up
    fn defining(&self, name: &str) -> Option<Arc<[Untouched]>>;

    /// The same among the files of one directory, those below it left out. Where a language says that
    /// nothing else can define the name, this costs as much as the directory and not as the repository.
    fn defining_in(&self, directory: &str, name: &str) -> Option<Arc<[Untouched]>>;

    /// Looks up every name whose answer was put off, together in one pass. Says whether there were
    /// any: then what was found without them has to be thought over.
    fn look_up(&self) -> bool;

    /// The source files called `file_name`, in any directory; none when it cannot be told.
    fn called(&self, file_name: &str) -> Option<Arc<[Untouched]>>;

    /// The files that can be read and hold `word`; none when there are too many, or it cannot be told.
    fn holding(&self, word: &str) -> Option<Arc<[Untouched]>>;

    /// A file of the base as it was, also one that a branch changed, and also one that is no source.
    fn base(&self, path: &RepoPath) -> Option<Source>;

    /// The content of a file that no extractor understands, so that a [`Source`] holds its name only.
    fn content(&self, oid: Oid) -> Option<Arc<[u8]>>;

    /// Whether a commit was made with another one in its history.
    fn descends(&self, commit: Oid, ancestor: Oid) -> bool;
}

/// A file that no branch changed.
#[derive(Clone)]
pub struct Untouched {
    pub path: RepoPath,
    pub language: Language,
    pub model: Arc<FileModel>,
}

/// A path that two branches changed, as the merge of both leaves it.
#[derive(Clone)]
pub struct MergedFile {
    pub path: RepoPath,
    /// The branches that were merged, by name.
    pub branches: Vec<String>,
    pub merged: Source,
}

/// What is known of a branch beyond its content.
#[derive(Clone)]
pub struct Declared {
    pub branch: String,
    /// Paths it may write; none outside a run.
    pub scope: Option<Scope>,
    pub provides: Vec<Contract>,
    pub consumes: Vec<Contract>,
}

/// One file as one commit left it.
pub struct Edit {
    /// The agent, task or author.
    pub actor: String,
    pub branch: String,
    pub commit: Oid,
    pub path: RepoPath,
    /// What stood there before; none when the commit made the file.
    pub before: Option<Source>,
    /// None when the commit deleted the file.
    pub content: Option<Source>,
    /// The message says that the commit takes an earlier one back on purpose.
    pub is_revert: bool,
    /// Made in a run, or the message names an agent. People change their minds on branches of their
    /// own.
    pub by_agent: bool,
}

/// Whether a commit message says that it takes an earlier commit back, or brings back one that was
/// taken back.
pub fn takes_back(message: &str) -> bool {
    let says = ["Revert ", "revert: ", "Reapply ", "Reland ", "Rollback ", "Roll back "];
    let intent = |line: &str| line.trim() == "Orca-Intent: revert";
    says.iter().any(|word| message.starts_with(word))
        || message.contains("This reverts commit")
        || message.lines().any(intent)
}

/// What a check found and what it could not look at.
#[derive(Debug, Default)]
pub struct Report {
    /// Most severe first, then by rule and place.
    pub findings: Vec<Finding>,
    /// How many changed files were analysed.
    pub analysed: usize,
    /// Changed files that were not, each with the reason.
    pub not_analysed: Vec<(RepoPath, String)>,
}
