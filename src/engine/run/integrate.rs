//! Merges a validated wave: in memory, behind the gate, then by one move of the integration branch.

use std::collections::BTreeMap;

use super::Conductor;
use super::compare::{concerns, objection};
use super::judge::{Evidence, add_up};
use crate::engine::gate::Gate;
use crate::engine::landing::{Candidate, Landing, Refused, Wish, land, task_ids};
use crate::engine::{Event, resolver};
use crate::git::{RefEdit, update_refs};
use crate::handoff::MergeRecord;
use crate::merge::merge_order;
use crate::model::{
    CompletionRecord, ConflictRecord, LandingRecord, Level, Oid, Resolve, Status, TaskId, WaveRecord,
};
use crate::store::pin;

/// What came of merging a wave.
pub(super) struct Integrated {
    pub(super) landing: Landing,
    /// Tasks that could not land.
    pub(super) refused: Vec<(TaskId, Refused)>,
}

impl Conductor<'_> {
    /// Lands what of the wave can land, and sends the rest back, unless the gate fails by itself: that
    /// is held against nobody. Returns what came of it; none where nothing was ready.
    pub(super) fn integrate(
        &mut self,
        number: usize,
        resolve: Resolve,
    ) -> anyhow::Result<Option<Integrated>> {
        let validated = |id: &TaskId| self.task(id).status == Status::Validated;
        let tasks: Vec<TaskId> = self.open_tasks(number).into_iter().filter(validated).collect();
        if tasks.is_empty() {
            return Ok(None);
        }
        // Before a gate is run for what could not land.
        self.state.require_integration(&self.workspace.repo)?;
        let candidates = self.candidates(number, &tasks);
        let landing = {
            let gate_commands = self.workspace.config.gate.clone();
            let mut gate = Gate::new(self.workspace, &gate_commands).kept();
            let wish = Wish {
                start: self.integration,
                target: "the integration branch",
                candidates: &candidates,
                quarrels: &BTreeMap::new(),
                fast_forward: false,
                writes: true,
                // At a limit no agent is started.
                resolve: if self.at_limit.is_some() { resolve.min(Resolve::Search) } else { resolve },
                check: true,
                dry_run: false,
            };
            land(self.workspace, &wish, &mut gate, self.emit)?
        };
        for asked in &landing.asked {
            for id in task_ids(&candidates, &[asked.idx]) {
                self.update(&id, "resolve", |task| {
                    task.seconds += asked.seconds;
                    add_up(task, &asked.account);
                })?;
            }
        }
        let landed: Vec<TaskId> = task_ids(&candidates, &landing.landed);
        if !landed.is_empty() {
            self.move_integration(number, &landed, &landing)?;
        }
        let task =
            |(idx, why): &(usize, Refused)| Some((TaskId::new(&candidates[*idx].name).ok()?, why.clone()));
        let refused: Vec<(TaskId, Refused)> = landing.refused.iter().filter_map(task).collect();
        if landing.red.is_none() {
            refused.iter().try_for_each(|(id, why)| self.refuse(id, why))?;
        }
        if !landing.asked.is_empty() {
            resolver::forget(self.workspace)?;
        }
        Ok(Some(Integrated { landing, refused }))
    }

    fn candidates(&self, number: usize, tasks: &[TaskId]) -> Vec<Candidate> {
        let graph = self.state.graph();
        let waiting: Vec<crate::merge::Candidate> = tasks
            .iter()
            .map(|id| crate::merge::Candidate {
                name: id.to_string(),
                after: graph.needs(id).map(TaskId::to_string).collect(),
                yields_to: Vec::new(),
            })
            .collect();
        let order = merge_order(&waiting, &[]);
        let candidate = |step: &crate::merge::Step| {
            let id = tasks.iter().find(|id| id.as_str() == step.name)?;
            let task = self.task(id);
            let tip = task.tip?;
            let record = MergeRecord {
                run: self.run(),
                wave: number as u32,
                task: id.clone(),
                handoff: tip,
                validated: format!("pass {}", env!("CARGO_PKG_VERSION")),
            };
            let message = record.to_message(&format!("Merge {id}: {}", task.task.title));
            Some(Candidate { name: id.to_string(), tip, message })
        };
        order.iter().filter_map(candidate).collect()
    }

    /// Moves the integration branch to the tested commit, between two records: one says that it is about
    /// to be moved, so that what stands there is known to be orca's, whenever the run dies; the other,
    /// what was merged with it.
    fn move_integration(
        &mut self,
        number: usize,
        landed: &[TaskId],
        landing: &Landing,
    ) -> anyhow::Result<()> {
        let (from, to) = (self.integration, landing.commit);
        let gate = match (self.workspace.config.gate.is_empty(), landing.flaky) {
            (true, _) => "none",
            (_, true) => "passed at the second try",
            _ => "passed",
        };
        let run = self.run();
        let edit = RefEdit { name: run.integration_ref(), old: Some(from), new: Some(to) };
        pin(&self.workspace.repo, run, &[to], self.workspace.now())?;
        let (wave, tasks, gate_said) = (number as u32, landed.to_vec(), gate.to_owned());
        let record = LandingRecord { wave, tasks, from, to, gate: gate_said };
        let what = format!("wave {number}: to be merged");
        self.workspace.record("merge", what, Some(run), None, |hub| hub.put_landing(run, &record))?;
        update_refs(&self.workspace.repo, &[edit], &format!("orca: wave {number}"))?;
        self.integration = to;
        self.record_wave(number, landed, (from, to), gate)?;
        (self.emit)(Event::Landed { wave: number, tasks: landed.to_vec(), commit: to });
        Ok(())
    }

    /// Writes down that tasks are merged.
    pub(super) fn record_wave(
        &mut self,
        number: usize,
        landed: &[TaskId],
        (from, to): (Oid, Oid),
        gate: &str,
    ) -> anyhow::Result<()> {
        let (run, time) = (self.run(), self.workspace.now());
        let earlier = self.state.landed.iter().find(|wave| wave.number as usize == number);
        let mut merged = earlier.map_or(Vec::new(), |wave| wave.merged.clone());
        merged.extend(landed.iter().cloned());
        let from = earlier.map_or(from, |wave| wave.from);
        let mut wave =
            WaveRecord { number: number as u32, merged, from, to, gate: gate.to_owned(), findings: 0 };
        for id in landed {
            if let Some(task) = self.state.tasks.get_mut(id) {
                task.status = Status::Merged;
                task.rejected = 0;
                task.feedback.clear();
                task.reason.clear();
            }
        }
        let tasks: Vec<_> = landed.iter().map(|id| self.task(id).clone()).collect();
        let branches: Vec<String> = wave.merged.iter().map(|id| run.task_branch(id)).collect();
        let raised = |found: &ConflictRecord| found.level >= Level::Warn && concerns(found, &branches);
        self.workspace.record("merge", format!("wave {number}: merged"), Some(run), None, |hub| {
            wave.findings = hub.conflicts(run)?.iter().filter(|found| raised(found)).count() as u32;
            hub.put_wave(run, &wave)?;
            hub.drop_landing(run)?;
            for task in &tasks {
                hub.put_task(run, task)?;
                let (id, summary) = (task.task.id.clone(), task.task.title.clone());
                hub.put_completion(&CompletionRecord { run, task: id, time, commit: task.tip, summary })?;
            }
            Ok(())
        })?;
        self.state.landed.retain(|known| known.number != wave.number);
        self.state.landed.push(wave);
        self.state.landing = None;
        Ok(())
    }

    /// Sends a task back whose work cannot land, with the evidence.
    fn refuse(&mut self, id: &TaskId, refused: &Refused) -> anyhow::Result<()> {
        let (refused, asked) = match refused {
            Refused::Unresolved { conflict, why } => (conflict.as_ref(), format!("; {why}")),
            other => (other, String::new()),
        };
        let mut anew = None;
        let objection = match refused {
            Refused::Unresolved { .. }
            | Refused::Conflict(_)
            | Refused::Proposed { .. }
            | Refused::Ambiguous { .. } => {
                anew = Some(self.integration);
                let paths = match refused {
                    Refused::Conflict(clash) => clash.places.join(", "),
                    Refused::Proposed { path, .. } | Refused::Ambiguous { path, .. } => path.to_string(),
                    _ => String::new(),
                };
                let before = self.task(id).tip.map_or(String::new(), |tip| format!(" (it is commit {tip})"));
                format!(
                    "your work{before} conflicts in text with what was merged meanwhile, in {paths}: it is started anew from there, redo it{asked}"
                )
            }
            Refused::Impossible(why) => format!("your work cannot be merged: {why}"),
            Refused::Unreadable(why) => format!("your work {why}"),
            Refused::Contract(findings) => findings.iter().map(objection).collect::<Vec<_>>().join("\n\n"),
            Refused::Hostile(paths) => {
                format!("your work brings in what may not be merged: {}", paths.join("; "))
            }
            Refused::Gate(output) => format!("with your work the project's check fails:\n{output}"),
            Refused::Red => "the project's check fails with your work, and without it".to_owned(),
        };
        self.judge(id, Evidence { anew, ..Evidence::against(vec![objection]) }).map(drop)
    }
}
