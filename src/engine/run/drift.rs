//! How far an attempt is from its plan: files outside, contracts nobody planned, packages that the
//! project's constraints exclude.

use std::collections::BTreeSet;

use super::Conductor;
use super::takeover::Work;
use crate::git::{Entry, GitError, Repo};
use crate::lifecycle::{forbids, source_of};
use crate::model::{Drift, HandoffNotes, RepoPath, TaskId};
use crate::validate::entry::EntryKind;
use crate::validate::extract::{extract, language_of};

/// Larger manifests are written by programs, not by people.
const LARGEST: u64 = 4 << 20;

impl Conductor<'_> {
    pub(super) fn drift(&self, id: &TaskId, work: &Work, notes: &HandoffNotes, excluded: &[String]) -> Drift {
        let planned = &self.task(id).task.provides;
        let is_new =
            |stated: &&crate::model::Contract| !planned.iter().any(|plan| plan.same_interface(stated));
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Drift {
            outside: count(work.outside.len()),
            undeclared: count(notes.provides.iter().filter(is_new).count()),
            excluded: count(excluded.len()),
        }
    }

    /// Packages that the work adds although a constraint of the role forbids it, one objection each.
    pub(super) fn excluded_dependencies(&self, id: &TaskId, work: &Work) -> anyhow::Result<Vec<String>> {
        let repo = &self.workspace.repo;
        let constraints = self.workspace.config.constraints_of(&self.task(id).task.specialist);
        let base = repo.commit(self.base_of(id))?.tree;
        let mut objections = Vec::new();
        for (path, now) in &work.in_scope {
            let Some(source) = source_of(&path.file_name()) else { continue };
            let Some(constraint) = forbids(&constraints, source) else { continue };
            let before = packages(repo, path, repo.entry_at(base, path)?)?;
            for added in packages(repo, path, *now)?.difference(&before) {
                objections.push(format!("{path} adds the package '{added}': \"{constraint}\""));
            }
        }
        Ok(objections)
    }
}

/// The packages that a manifest asks for.
fn packages(repo: &Repo, path: &RepoPath, entry: Option<Entry>) -> Result<BTreeSet<String>, GitError> {
    let found = entry.filter(Entry::is_file).zip(language_of(path));
    let Some((entry, language)) = found else { return Ok(BTreeSet::new()) };
    if repo.blob_size(entry.oid)? > LARGEST {
        return Ok(BTreeSet::new());
    }
    let text = repo.blob(entry.oid)?;
    let model = extract(language, &String::from_utf8_lossy(&text));
    let is_package = |entry: &&crate::validate::entry::Entry| entry.kind == EntryKind::Dependency;
    Ok(model.entries.iter().filter(is_package).map(|entry| entry.key.clone()).collect())
}
