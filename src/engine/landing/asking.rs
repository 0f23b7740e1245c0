//! Lets a resolver specialist try what no lower rung resolves, one candidate after the other.
//!
//! What it makes of a merge lands when it passes the checks that every resolved file must pass, the
//! validator, and the gate. It is asked once; whatever comes of it, what it wrote is kept.

use super::evidence::with_certificate;
use super::{Asked, Landing, Refused, Wish, note_validated, objections_to, quarrel};
use crate::engine::gate::Gate;
use crate::engine::resolve::{Finished, Question, Resolved, question};
use crate::engine::resolver::{self, Answer, Side};
use crate::engine::{Event, Workspace};
use crate::git::{Merger, NewCommit, Pair};
use crate::merge::resolve::Markers;
use crate::model::Oid;

/// Goes on from what can land with those that conflict in text.
pub(super) fn go_on(
    workspace: &Workspace,
    wish: &Wish<'_>,
    mut landing: Landing,
    gate: &mut Gate<'_>,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Landing> {
    let open: Vec<usize> =
        landing.refused.iter().filter(|(_, why)| is_about_text(why)).map(|(idx, _)| *idx).collect();
    for idx in open {
        if let Some(findings) = quarrel(wish, &landing.landed, idx) {
            refuse(&mut landing, idx, |_| Refused::Contract(findings));
            continue;
        }
        let Some(question) = conflicts(workspace, wish, landing.commit, idx)? else { continue };
        match attempt(workspace, wish, (&mut landing, idx), question, gate, emit)? {
            Ok(merge) => {
                landing.refused.retain(|(refused, _)| *refused != idx);
                landing.landed.push(idx);
                landing.resolved.extend(merge.resolved);
                (landing.commit, landing.tree) = (merge.commit, merge.tree);
            }
            Err(why) => refuse(&mut landing, idx, |conflict| Refused::Unresolved { conflict, why }),
        }
    }
    Ok(landing)
}

/// Whether a candidate stays out for a conflict that somebody could resolve.
fn is_about_text(why: &Refused) -> bool {
    matches!(why, Refused::Conflict(_) | Refused::Proposed { .. } | Refused::Ambiguous { .. })
}

/// Lets a candidate stay out for another reason than before.
fn refuse(landing: &mut Landing, idx: usize, reason: impl FnOnce(Box<Refused>) -> Refused) {
    if let Some((_, why)) = landing.refused.iter_mut().find(|(refused, _)| *refused == idx) {
        *why = reason(Box::new(why.clone()));
    }
}

/// A merge that was finished and tested.
struct Merge {
    commit: Oid,
    tree: Oid,
    resolved: Vec<Resolved>,
}

/// The conflicts of a candidate with what has landed; none where nobody could be asked about them.
fn conflicts(
    workspace: &Workspace,
    wish: &Wish<'_>,
    tip: Oid,
    idx: usize,
) -> anyhow::Result<Option<Question>> {
    let candidate = &wish.candidates[idx];
    // An answer is a tree of the repository, and so are the merges that it is made of.
    if !wish.writes {
        return Ok(None);
    }
    let mut merger = Merger::landing(&workspace.repo)?.with_attributes_of(&workspace.repo, wish.start)?;
    let merged = merger.merge(Pair { base: None, ours: tip, theirs: candidate.tip })?;
    let markers = Markers {
        ours: wish.target.to_owned(),
        base: Some("before both".to_owned()),
        theirs: candidate.name.clone(),
        ..Markers::default()
    };
    let question = question(&workspace.repo, wish.start, &merged, &candidate.name, &markers)?;
    Ok(question.filter(|question| !question.paths().is_empty()))
}

/// Asks about the conflicts of a candidate, and proves the answer.
fn attempt(
    workspace: &Workspace,
    wish: &Wish<'_>,
    (landing, idx): (&mut Landing, usize),
    question: Question,
    gate: &mut Gate<'_>,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Result<Merge, String>> {
    if gate.is_none() {
        return Ok(Err("no resolver is asked where no gate could prove its answer".to_owned()));
    }
    if wish.dry_run {
        return Ok(Err(format!("{} would be asked", resolver::name(workspace)?)));
    }
    let candidate = &wish.candidates[idx];
    let sides = [
        Side { name: wish.target, tip: landing.commit, subject: "" },
        Side { name: &candidate.name, tip: candidate.tip, subject: &candidate.message },
    ];
    let answer = resolver::ask(workspace, &question, &sides, emit)?;
    landing.asked.push(Asked { idx, seconds: answer.seconds, account: answer.account.clone() });
    let proved = match finished(workspace, wish, (landing, idx), question, &answer)? {
        Err(why) => Err(why),
        Ok(finished) => proved(workspace, wish, (landing, idx), finished, gate, emit)?,
    };
    match proved {
        Ok(merge) => Ok(Ok(merge)),
        Err(why) => {
            let kept = resolver::keep(workspace, &answer)?;
            let kept =
                kept.map_or(String::new(), |place| format!(" (what the resolver wrote is kept at {place})"));
            let said = answer.said.map_or(String::new(), |said| format!("\nThe last thing it said:\n{said}"));
            Ok(Err(format!("{why}{kept}{said}")))
        }
    }
}

/// Judges the answer by itself, and by the validator.
fn finished(
    workspace: &Workspace,
    wish: &Wish<'_>,
    (landing, idx): (&Landing, usize),
    question: Question,
    answer: &Answer,
) -> anyhow::Result<Result<Finished, String>> {
    let candidate = &wish.candidates[idx];
    let tree = match &answer.tree {
        Ok(tree) => *tree,
        Err(why) => return Ok(Err(why.clone())),
    };
    let finished = match question.finished(&workspace.repo, tree, (&candidate.name, &answer.agent))? {
        Ok(finished) => finished,
        Err(why) => return Ok(Err(format!("the resolver's answer is not taken: {why}"))),
    };
    let merge = (landing.commit, candidate);
    let findings = objections_to(workspace, wish, merge, finished.tree, &finished.resolved)?;
    Ok(match findings.first() {
        None => Ok(finished),
        Some(found) => Err(format!("the resolver's answer breaks a contract: {}", found.message)),
    })
}

/// Runs the gate on the merge that would land.
fn proved(
    workspace: &Workspace,
    wish: &Wish<'_>,
    (landing, idx): (&mut Landing, usize),
    finished: Finished,
    gate: &mut Gate<'_>,
    emit: &mut dyn FnMut(Event),
) -> anyhow::Result<Result<Merge, String>> {
    let Finished { tree, mut resolved } = finished;
    note_validated(wish, &mut resolved);
    resolved.iter_mut().for_each(|found| found.checks.push("gate".to_owned()));
    let candidate = &wish.candidates[idx];
    let commit = workspace.repo.write_commit(&NewCommit {
        tree,
        parents: &[landing.commit, candidate.tip],
        message: &with_certificate(&candidate.message, &resolved),
        time: workspace.now(),
    })?;
    let verdict = gate.test_twice(commit, landing.landed.len() + 1, emit)?;
    landing.flaky |= verdict.flaky;
    if !verdict.passed {
        return Ok(Err(format!("the gate fails on the resolver's answer:\n{}", verdict.output.trim_end())));
    }
    Ok(Ok(Merge { commit, tree, resolved }))
}
