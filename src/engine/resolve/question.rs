//! A merge as somebody else is asked to finish it, and what counts as an answer.

use super::{Resolved, Sides, answer, sides, without_driver};
use crate::git::{Entry, Merged, Repo};
use crate::merge::resolve::{LARGEST, Markers, Said, accept, marked};
use crate::model::{Oid, RepoPath};

/// The rung of a specialist who sees the conflict alone.
const RUNG: &str = "resolver";

/// A merge of which structure does not decide everything.
pub(in crate::engine) struct Question {
    /// The merge, with markers where it is open.
    pub(in crate::engine) tree: Oid,
    files: Vec<Open>,
    /// What structure decided.
    done: Vec<Resolved>,
}

/// A file that is open.
struct Open {
    path: RepoPath,
    sides: Sides,
    hunks: Vec<String>,
}

/// A merge that somebody finished.
pub(in crate::engine) struct Finished {
    pub(in crate::engine) tree: Oid,
    pub(in crate::engine) resolved: Vec<Resolved>,
}

/// Puts a merge as a question; none where some of its conflicts are in no text.
pub(in crate::engine) fn question(
    repo: &Repo,
    attributes_of: Oid,
    merged: &Merged,
    branch: &str,
    markers: &Markers,
) -> anyhow::Result<Option<Question>> {
    if without_driver(repo, &[(attributes_of, merged)])? != [true] {
        return Ok(None);
    }
    let (mut edits, mut files, mut done) = (Vec::new(), Vec::new(), Vec::new());
    for conflict in &merged.conflicts {
        let (text, mode) = match answer(repo, conflict, branch, None)? {
            Some(answer) => {
                done.extend(answer.resolved);
                (answer.texts.concat(), answer.mode)
            }
            None => {
                let Some(sides) = sides(repo, conflict)? else { return Ok(None) };
                let marked = marked(sides.versions(&conflict.path), markers);
                let mode = sides.mode;
                files.push(Open { path: conflict.path.clone(), sides, hunks: marked.hunks });
                (marked.text, mode)
            }
        };
        let entry = Entry { oid: repo.write_blob(text.as_bytes())?, mode };
        edits.push((conflict.path.clone(), Some(entry)));
    }
    Ok(Some(Question { tree: repo.edit_tree(Some(merged.tree), &edits)?, files, done }))
}

impl Question {
    /// The files that are open.
    pub(in crate::engine) fn paths(&self) -> Vec<RepoPath> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }

    /// The conflicts, each in its file.
    pub(in crate::engine) fn hunks(&self) -> impl Iterator<Item = (&RepoPath, &str)> {
        self.files.iter().flat_map(|file| file.hunks.iter().map(|hunk| (&file.path, hunk.as_str())))
    }

    /// Takes a tree as the answer of `who`, or says what is wrong with it.
    pub(in crate::engine) fn finished(
        mut self,
        repo: &Repo,
        tree: Oid,
        (branch, who): (&str, &str),
    ) -> anyhow::Result<Result<Finished, String>> {
        for change in repo.diff_trees(self.tree, tree)? {
            if !self.files.iter().any(|file| file.path == change.path) {
                return Ok(Err(format!("it changed {}, which was not in conflict", change.path)));
            }
        }
        for file in self.files {
            let entry = repo.entry_at(tree, &file.path)?.filter(|entry| entry.mode == file.sides.mode);
            let Some(entry) = entry else {
                return Ok(Err(format!("it left no such file as it found at {}", file.path)));
            };
            let text = match repo.blob_size(entry.oid)? {
                size if size <= LARGEST as u64 => String::from_utf8(repo.blob(entry.oid)?).ok(),
                _ => None,
            };
            let Some(text) = text else {
                return Ok(Err(format!("{} is no text of at most {LARGEST} bytes", file.path)));
            };
            let checks = match accept(file.sides.versions(&file.path), &text) {
                Ok(checks) => checks,
                Err(why) => return Ok(Err(format!("{}: {}", file.path, why.words()))),
            };
            self.done.push(Resolved {
                path: file.path,
                branch: branch.to_owned(),
                hunks: file.hunks.len(),
                rung: RUNG,
                candidate: who.to_owned(),
                refused: Vec::new(),
                checks: checks.iter().map(|&check| check.to_owned()).collect(),
                said: Said::default(),
            });
        }
        Ok(Ok(Finished { tree, resolved: self.done }))
    }
}
