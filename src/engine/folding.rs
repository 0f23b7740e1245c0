//! Progressive summarisation of the hub: what has landed becomes shorter the longer it is ago.
//!
//! The details of a run that has landed are folded into one entry of `completions`, and what it left open
//! into one of `conflicts`, both named like the run; older entries become one line. The hub's history
//! keeps every record as it was.

use super::Workspace;
use super::mcp::REQUEST;
use crate::compress::{DoneTask, conflict_summary, estimate_tokens, run_summary, shortest};
use crate::model::{ContextEntry, HandoffRecord, Oid, RunId, RunRecord, Section, Status};
use crate::store::{HubError, Snapshot, Transaction};

/// Who writes the entries; one that a person wrote anew is left alone.
const AUTHOR: &str = "git-orca";

/// How many runs are told in more than a line.
const TOLD: usize = 5;

/// What is to be folded.
#[derive(Debug, Clone, Copy)]
pub struct FoldOptions {
    /// The newest runs, which stay as they are.
    pub keep: usize,
    /// Tokens of an entry.
    pub budget: u64,
    pub dry_run: bool,
}

/// What was folded, or would be.
#[derive(Debug, Clone)]
pub struct Folding {
    pub runs: Vec<FoldedRun>,
    /// Runs with details that stay, each with the reason.
    pub kept: Vec<(RunId, String)>,
    /// The commit of the hub that holds everything as it was.
    pub before: Option<Oid>,
    pub recorded: bool,
}

/// A run of which the details go, or whose entries become shorter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldedRun {
    pub run: RunId,
    /// How many records go.
    pub n_records: usize,
    /// Tokens of what goes, and of what takes its place.
    pub tokens: (u64, u64),
    pub completion: String,
    /// What it leaves open; none where nothing is.
    pub conflict: Option<String>,
}

/// Folds the runs that have landed.
pub fn compress_context(workspace: &Workspace, options: FoldOptions) -> anyhow::Result<Folding> {
    let hub = workspace.require_hub()?.read()?;
    let mut folding = plan(&hub, options)?;
    if !options.dry_run && !folding.runs.is_empty() {
        let subject = format!("hub: {} folded", folding.runs.len());
        folding.runs = workspace.record("compress", subject, None, None, |hub| {
            let runs = plan(hub, options)?.runs;
            runs.iter().try_for_each(|folded| fold(hub, folded, workspace.now()))?;
            Ok(runs)
        })?;
        folding.recorded = true;
    }
    Ok(folding)
}

/// Whether the details of a run were folded.
pub(super) fn is_folded(hub: &Snapshot, run: RunId) -> Result<bool, HubError> {
    let entry = hub.entry(Section::Completions, &run.to_string())?;
    Ok(entry.is_some() && hub.details(run)?.is_empty())
}

fn plan(hub: &Snapshot, options: FoldOptions) -> Result<Folding, HubError> {
    let mut runs = hub.runs()?;
    let mut folding = Folding { runs: Vec::new(), kept: Vec::new(), before: hub.tip(), recorded: false };
    let newest = runs.split_off(runs.len().saturating_sub(options.keep));
    for run in &newest {
        keep(hub, &mut folding, run, "it is one of the newest")?;
    }
    let mut landed = Vec::new();
    for run in runs {
        let is_over = hub.tasks(run.id)?.iter().all(|task| task.status.is_final());
        match (run.closed, is_over) {
            (true, true) => landed.push(run),
            (true, false) => keep(hub, &mut folding, &run, "tasks of it are open")?,
            (false, _) => keep(hub, &mut folding, &run, "it has not landed")?,
        }
    }
    let n_short = landed.len().saturating_sub(TOLD);
    for (index, run) in landed.iter().enumerate() {
        folding.runs.extend(folded(hub, run, index < n_short, options.budget)?);
    }
    Ok(folding)
}

fn keep(hub: &Snapshot, folding: &mut Folding, run: &RunRecord, why: &str) -> Result<(), HubError> {
    if !hub.details(run.id)?.is_empty() {
        folding.kept.push((run.id, why.to_owned()));
    }
    Ok(())
}

/// What becomes of a run; none where it is as short as it shall be.
fn folded(
    hub: &Snapshot,
    run: &RunRecord,
    in_short: bool,
    budget: u64,
) -> Result<Option<FoldedRun>, HubError> {
    let own = |section| -> Result<Option<ContextEntry>, HubError> { hub.entry(section, &run.id.to_string()) };
    let known = [own(Section::Completions)?, own(Section::Conflicts)?];
    let (details, asked) = (hub.details(run.id)?, requests(hub, run.id)?);
    let texts = if details.is_empty() && asked.is_empty() {
        known.clone().map(|entry| entry.map(|entry| entry.text))
    } else {
        let found = hub.conflicts(run.id)?;
        [Some(run_summary(&run.request, &done(hub, run)?, budget)), conflict_summary(&found, &asked, budget)]
    };
    let texts = texts.map(|text| text.map(|text| if in_short { shortest(&text).to_owned() } else { text }));
    // The words of a person stand, and what one wrote goes nowhere.
    let texts = [0, 1].map(|index| match &known[index] {
        Some(entry) if entry.author != AUTHOR => Some(entry.text.clone()),
        _ => texts[index].clone(),
    });
    let old = [0, 1].map(|index| known[index].as_ref().map(|entry| entry.text.clone()));
    let Some(completion) =
        texts[0].clone().filter(|_| !details.is_empty() || !asked.is_empty() || texts != old)
    else {
        return Ok(None);
    };
    let count =
        |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| estimate_tokens(text)).sum::<u64>();
    let goes = details.iter().map(|(_, text)| text).chain(asked.iter().map(|entry| &entry.text));
    let tokens = (count(&mut goes.chain(old.iter().flatten())), count(&mut texts.iter().flatten()));
    let [_, conflict] = texts;
    Ok(Some(FoldedRun { run: run.id, n_records: details.len() + asked.len(), tokens, completion, conflict }))
}

/// What each merged task of a run left.
fn done(hub: &Snapshot, run: &RunRecord) -> Result<Vec<DoneTask>, HubError> {
    let (tasks, handoffs) = (hub.tasks(run.id)?, hub.handoffs(run.id)?);
    let completions = hub.completions(run.id)?;
    let in_order = run.waves.iter().flatten().filter_map(|id| tasks.iter().find(|task| task.task.id == *id));
    let merged = in_order.filter(|task| task.status == Status::Merged);
    Ok(merged
        .map(|task| {
            let id = &task.task.id;
            let handoff: Option<&HandoffRecord> = handoffs.iter().rev().find(|handoff| handoff.task == *id);
            let told = completions.iter().find(|done| done.task == *id).map(|done| &done.summary);
            let said = handoff.map(|handoff| &handoff.summary).filter(|summary| !summary.trim().is_empty());
            let critical = handoff.map_or(&[][..], |handoff| &handoff.notes).iter();
            let provides = handoff.map_or(&task.task.provides, |handoff| &handoff.provides);
            DoneTask {
                id: id.to_string(),
                summary: said.or(told).unwrap_or(&task.task.title).clone(),
                provides: provides.iter().map(ToString::to_string).collect(),
                critical: critical
                    .filter(|(kind, _)| kind == "critical")
                    .map(|(_, text)| text.clone())
                    .collect(),
                attempts: task.attempt,
            }
        })
        .collect())
}

/// What tasks of the run asked others to change.
fn requests(hub: &Snapshot, run: RunId) -> Result<Vec<ContextEntry>, HubError> {
    let of_run = format!("{REQUEST}{run}-");
    let entries = hub.entries(Section::Conflicts)?.into_iter();
    Ok(entries.filter(|entry| entry.id.starts_with(&of_run)).collect())
}

fn fold(hub: &mut Transaction, folded: &FoldedRun, time: i64) -> Result<(), HubError> {
    for entry in requests(hub, folded.run)? {
        hub.drop_entry(Section::Conflicts, &entry.id)?;
    }
    hub.drop_details(folded.run)?;
    let texts =
        [(Section::Completions, Some(&folded.completion)), (Section::Conflicts, folded.conflict.as_ref())];
    for (section, text) in texts {
        let id = folded.run.to_string();
        let known = hub.entry(section, &id)?;
        let Some(text) = text.filter(|text| known.as_ref().is_none_or(|known| known.text != **text)) else {
            continue;
        };
        hub.put_entry(&ContextEntry { section, id, text: text.clone(), author: AUTHOR.to_owned(), time })?;
    }
    Ok(())
}
