//! What the resolver is told: what both sides are for, and where they meet.

use crate::engine::resolve::Question;
use crate::git::{Commit, GitError, Repo};
use crate::handoff::split;
use crate::model::{Oid, RepoPath};

/// A side of a merge.
pub(in crate::engine) struct Side<'a> {
    pub(in crate::engine) name: &'a str,
    pub(in crate::engine) tip: Oid,
    /// What its merge commit is to say; nothing for the side that is merged into.
    pub(in crate::engine) subject: &'a str,
}

/// How many commits of a side are looked at, and how many are told.
const MOST_LOOKED_AT: usize = 500;
const MOST_TOLD: usize = 5;

/// The longest text of one commit, and of all conflicts together, in bytes.
const LONGEST_INTENT: usize = 2_000;
const LONGEST_HUNKS: usize = 32_000;

/// The whole prompt.
pub(super) fn prompt(repo: &Repo, question: &Question, sides: &[Side<'_>; 2]) -> anyhow::Result<String> {
    let base = repo.merge_base(sides[0].tip, sides[1].tip)?;
    let paths = question.paths();
    let intents = |side: &Side<'_>| -> anyhow::Result<String> {
        Ok(told(&base.map_or(Ok(Vec::new()), |base| intents(repo, base, side, &paths))?))
    };
    let files: Vec<String> = paths.iter().map(|path| format!("- `{path}`")).collect();
    Ok(fill(
        include_str!("../../../templates/resolver-prompt.md"),
        &[
            ("ours", &intents(&sides[0])?),
            ("theirs", &intents(&sides[1])?),
            ("files", &files.join("\n")),
            ("hunks", &conflicts(question.hunks(), LONGEST_HUNKS)),
        ],
    ))
}

/// What the commits of a side say that changed the files, newest last. The tip speaks in any case: a
/// handoff says what all of its branch is for.
fn intents(repo: &Repo, base: Oid, side: &Side<'_>, paths: &[RepoPath]) -> Result<Vec<String>, GitError> {
    let commits = repo.first_parents(base, side.tip, MOST_LOOKED_AT)?;
    let mut found = Vec::new();
    for commit in commits.iter().rev() {
        let is_own_tip = commit.oid == side.tip && !side.subject.is_empty();
        if is_own_tip || changes(repo, commit, paths)? {
            found.push(intent(repo, commit)?);
        }
        if found.len() == MOST_TOLD {
            break;
        }
    }
    found.extend(side.subject.lines().next().map(str::to_owned));
    found.reverse();
    found.dedup();
    Ok(found)
}

fn changes(repo: &Repo, commit: &Commit, paths: &[RepoPath]) -> Result<bool, GitError> {
    let Some(&parent) = commit.parents.first() else { return Ok(false) };
    let before = repo.commit(parent)?.tree;
    for path in paths {
        if repo.entry_at(before, path)? != repo.entry_at(commit.tree, path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a commit says, and if it is a merge also what was merged.
fn intent(repo: &Repo, commit: &Commit) -> Result<String, GitError> {
    let own = words(&commit.message);
    match commit.parents.get(1) {
        None => Ok(own),
        Some(&merged) => Ok(format!("{own}\n{}", words(&repo.commit(merged)?.message))),
    }
}

/// A message without its trailers, save for what it provides.
fn words(message: &str) -> String {
    let (body, trailers) = split(message);
    let mut text: String = body.trim().chars().take(LONGEST_INTENT).collect();
    for trailer in trailers.iter().filter(|trailer| trailer.key == "Orca-Provides") {
        text = format!("{text}\nprovides {}", trailer.value);
    }
    text
}

/// A list of texts that may have several lines.
fn told(intents: &[String]) -> String {
    let item = |intent: &String| format!("- {}", intent.replace('\n', "\n  "));
    match intents {
        [] => "- (nothing is known about it)".to_owned(),
        intents => intents.iter().map(item).collect::<Vec<_>>().join("\n"),
    }
}

/// The conflicts below the names of their files, as far as there is room.
fn conflicts<'q>(hunks: impl Iterator<Item = (&'q RepoPath, &'q str)>, room: usize) -> String {
    let mut text = String::new();
    let mut left_out = 0;
    for (path, hunk) in hunks {
        match text.len() + hunk.len() <= room {
            true => text = format!("{text}`{path}`:\n\n````\n{hunk}````\n\n"),
            false => left_out += 1,
        }
    }
    match left_out {
        0 => text.trim_end().to_owned(),
        n => format!("{text}({n} more, too long to be shown here: look for the markers in the files)"),
    }
}

/// Puts texts in the places of a template. What is put in is not looked at again.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let found = after.split_once('}').and_then(|(name, after)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, after))
        });
        let (value, after) = found.unwrap_or(("{", after));
        out.push_str(value);
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_not_filled_again() {
        let values = [("ours", "{theirs}"), ("theirs", "b")];
        assert_eq!(fill("{ours} {theirs} {other} { x", &values), "{theirs} b {other} { x");
    }

    #[test]
    fn conflicts_that_do_not_fit_are_counted() {
        let (one, two) = (RepoPath::from("a.py"), RepoPath::from("b.py"));
        let all = [(&one, "<<<<<<<\n"), (&one, "a much longer one\n"), (&two, "|||||||\n")];
        let text = conflicts(all.into_iter(), 45);
        assert_eq!(
            text,
            "`a.py`:\n\n````\n<<<<<<<\n````\n\n`b.py`:\n\n````\n|||||||\n````\n\n(1 more, too long to be shown \
             here: look for the markers in the files)"
        );
    }

    #[test]
    fn an_intent_is_what_a_commit_says_without_its_trailers() {
        let message = "Users\n\nWith names.\n\nOrca-Run: r1\nOrca-Provides: type User\n";
        assert_eq!(words(message), "Users\n\nWith names.\nprovides type User");
        assert_eq!(told(&["a\nb".to_owned()]), "- a\n  b");
    }
}
