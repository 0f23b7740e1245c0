//! Applies the lifecycle rules to evidence, and records facts and decision in one transaction.
//!
//! One transaction, so that a kill leaves a handoff either judged or only noted as made; what was made
//! and not judged is judged again.

use super::Conductor;
use super::attempt::player;
use crate::engine::Event;
use crate::lifecycle::{Attempted, Decision, Facts, decide};
use crate::model::{
    Account, AttemptRecord, Drift, Ending, HandoffRecord, Oid, Session, Status, TaskId, TaskRecord,
    TroubleKind, printable,
};

/// What an attempt, a comparison or a merge came to.
pub(super) struct Evidence {
    pub(super) attempted: Attempted,
    /// What speaks against the work: findings, failed acceptance, a red gate.
    pub(super) objections: Vec<String>,
    /// The work takes an earlier state of another task back.
    pub(super) circular: bool,
    /// The last words of an agent that did not do its work.
    pub(super) said: Option<String>,
    /// A handoff commit that is not recorded yet.
    pub(super) handoff: Option<Handoff>,
    pub(super) seconds: u64,
    /// How the attempt ended; none where none did.
    pub(super) ending: Option<Ending>,
    pub(super) drift: Drift,
    /// What the agent says of itself; none where no agent was at work.
    pub(super) account: Option<Account>,
    /// Where another attempt starts anew, because this one cannot be built on.
    pub(super) anew: Option<Oid>,
}

/// A handoff commit and how many files it changes.
pub(super) struct Handoff {
    pub(super) record: HandoffRecord,
    pub(super) commit: Oid,
    pub(super) files: usize,
}

impl Evidence {
    /// Evidence of which nothing more is known.
    pub(super) fn of(attempted: Attempted) -> Self {
        Self {
            attempted,
            objections: Vec::new(),
            circular: false,
            said: None,
            handoff: None,
            seconds: 0,
            ending: None,
            drift: Drift::default(),
            account: None,
            anew: None,
        }
    }

    /// Evidence against work that was handed off earlier.
    pub(super) fn against(objections: Vec<String>) -> Self {
        Self { objections, ..Self::of(Attempted::Worked) }
    }
}

impl Conductor<'_> {
    /// Decides about a task and records it. Returns whether there will be another attempt.
    pub(super) fn judge(&mut self, id: &TaskId, evidence: Evidence) -> anyhow::Result<bool> {
        let mut task = self.task(id).clone();
        let decision = decide(&Facts {
            attempted: evidence.attempted.clone(),
            rejected: task.rejected,
            max_rejected: self.workspace.config.max_rejected,
            objections: evidence.objections.clone(),
            circular: evidence.circular,
            context: evidence.account.as_ref().and_then(Account::context_percent),
            objections_before: task.feedback.len(),
        });
        let attempt = self.attempt_record(&task, &evidence, &decision);
        task.made = None;
        task.seconds += evidence.seconds;
        if let Some(handoff) = &evidence.handoff {
            task.tip = Some(handoff.commit);
            task.provides.clone_from(&handoff.record.provides);
            if !has_told(&evidence) {
                task.usage = self.usage_of(&task, handoff.commit)?;
            }
        }
        if let Some(account) = &evidence.account {
            self.keep_account(&mut task, account)?;
        }
        // What an attempt that came to nothing was told still stands.
        let still_open = match evidence.attempted {
            Attempted::Worked => Vec::new(),
            _ => task.feedback.clone(),
        };
        apply(&mut task, &decision, still_open, evidence.said);
        if let (Decision::SendBack(_), Some(base)) = (&decision, evidence.anew) {
            self.start_anew(id, base)?;
            (task.base, task.tip) = (Some(base), None);
        }
        self.record_judgement(task, &decision, evidence.handoff.as_ref(), attempt)?;
        self.announce_judgement(id, evidence.handoff, &decision);
        Ok(matches!(decision, Decision::SendBack(_)))
    }

    /// Adds up what an attempt used, and remembers the conversation that the next can go on with.
    fn keep_account(&self, task: &mut TaskRecord, account: &Account) -> anyhow::Result<()> {
        add_up(task, account);
        let agent = player(self.workspace, &task.task.specialist)?.name;
        let goes_on = account.trouble.as_ref().is_none_or(|trouble| trouble.kind != TroubleKind::Broken);
        let id = account.session.clone().filter(|_| goes_on);
        task.session = id.map(|id| Session { agent, id });
        Ok(())
    }

    fn record_judgement(
        &mut self,
        task: TaskRecord,
        decision: &Decision,
        handoff: Option<&Handoff>,
        attempt: Option<AttemptRecord>,
    ) -> anyhow::Result<()> {
        let id = task.task.id.clone();
        let (op, what) = match decision {
            Decision::Accept => ("handoff", "handed off"),
            Decision::SendBack(_) => ("send-back", "sent back"),
            Decision::Terminate(_) => ("terminate", "given up"),
        };
        let record =
            handoff.map(|found| HandoffRecord { commit: Some(found.commit), ..found.record.clone() });
        let run = self.run();
        self.workspace.record(op, format!("task {id}: {what}"), Some(run), Some(&id), |hub| {
            record.iter().try_for_each(|record| hub.put_handoff(record))?;
            // What is judged later, by the others' work or by the gate, is judged of the same attempt.
            let known = || hub.attempt(run, &id, task.attempt).map(|known| Some(judged(known?, decision)));
            let attempt = attempt.clone().map_or_else(known, |attempt| Ok(Some(attempt)))?;
            attempt.iter().try_for_each(|attempt| hub.put_attempt(attempt))?;
            hub.put_task(run, &task)
        })?;
        self.state.tasks.insert(id, task);
        Ok(())
    }

    /// The facts of an attempt that has just ended, with what was decided about it.
    fn attempt_record(
        &self,
        task: &TaskRecord,
        evidence: &Evidence,
        decision: &Decision,
    ) -> Option<AttemptRecord> {
        let (account, ending) = (evidence.account.as_ref()?, evidence.ending?);
        let agent = player(self.workspace, &task.task.specialist).map(|player| player.name);
        let seconds = evidence.seconds;
        let record = AttemptRecord {
            run: self.run(),
            task: task.task.id.clone(),
            number: task.attempt,
            agent: agent.unwrap_or_default(),
            started: self.workspace.now() - i64::try_from(seconds).unwrap_or(0),
            seconds,
            ending,
            usage: account.usage.unwrap_or_default(),
            turns: account.turns,
            cost_micros: account.cost_micros.unwrap_or(0),
            first_request: account.first_request,
            context: account.context_percent(),
            tip: evidence.handoff.as_ref().map(|handoff| handoff.commit),
            decision: String::new(),
            objections: 0,
            drift: evidence.drift,
            note: String::new(),
        };
        Some(judged(record, decision))
    }

    fn announce_judgement(&mut self, id: &TaskId, handoff: Option<Handoff>, decision: &Decision) {
        let task = id.clone();
        if let Some(Handoff { commit, files, .. }) = handoff {
            (self.emit)(Event::HandedOff { task: task.clone(), commit, files });
        }
        match decision {
            Decision::Accept => {}
            Decision::SendBack(reasons) => {
                let attempt = self.task(id).attempt;
                (self.emit)(Event::SentBack { task, attempt, reasons: reasons.clone() });
            }
            Decision::Terminate(reason) => (self.emit)(Event::GaveUp { task, reason: reason.clone() }),
        }
    }
}

/// Adds what an agent used up to what its task did.
pub(super) fn add_up(task: &mut TaskRecord, account: &Account) {
    task.usage.add(account.usage.unwrap_or_default());
    task.cost_micros = task.cost_micros.saturating_add(account.cost_micros.unwrap_or(0));
    task.turns = task.turns.saturating_add(account.turns);
}

/// An attempt with what was decided about it.
fn judged(record: AttemptRecord, decision: &Decision) -> AttemptRecord {
    let (word, reasons) = match decision {
        Decision::Accept => ("accepted", Vec::new()),
        Decision::SendBack(reasons) => ("sent back", reasons.clone()),
        Decision::Terminate(reason) => ("terminated", vec![reason.clone()]),
    };
    let objections = u32::try_from(reasons.len()).unwrap_or(u32::MAX);
    let note = printable(&reasons.join("\n")).into_owned();
    AttemptRecord { decision: word.to_owned(), objections, note, ..record }
}

/// Whether the agent itself told what it used.
fn has_told(evidence: &Evidence) -> bool {
    evidence.account.as_ref().is_some_and(|account| account.usage.is_some())
}

fn apply(task: &mut TaskRecord, decision: &Decision, still_open: Vec<String>, said: Option<String>) {
    match decision {
        Decision::Accept => {
            task.status = Status::HandedOff;
            task.feedback.clear();
        }
        Decision::SendBack(reasons) => {
            task.status = Status::Ready;
            task.rejected += 1;
            task.feedback = still_open;
            task.feedback.extend(reasons.iter().cloned());
            task.feedback.extend(said.map(|said| format!("The last thing it said:\n{said}")));
        }
        Decision::Terminate(reason) => {
            task.status = Status::Failed;
            task.rejected += 1;
            task.reason.clone_from(reason);
        }
    }
}
