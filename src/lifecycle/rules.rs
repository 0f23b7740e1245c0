//! The rules SPAWN, CONTINUE and TERMINATE.

use crate::model::{SpawnAdvice, Task};

/// What one attempt came to, as far as Git and the validator can prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempted {
    /// There is in-scope work, and the agent says that it is done.
    Worked,
    /// The agent says that it is done and nothing changed.
    NoChange,
    /// The agent did not end by itself with status 0, or says that it did not get through; how.
    Troubled(String),
    /// It says itself that it cannot go on; why.
    Blocked(String),
    /// It says itself that the work is not done; what is missing.
    Unfinished(String),
    /// It left its branch or destroyed its worktree.
    Strayed(String),
}

/// The recorded facts a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub attempted: Attempted,
    /// Attempts sent back in a row before this one.
    pub rejected: u32,
    pub max_rejected: u32,
    /// What speaks against the work: findings, failed acceptance, a red gate.
    pub objections: Vec<String>,
    /// The work takes an earlier state of another agent back.
    pub circular: bool,
    /// How full the agent's context was at the end, in percent, where it tells that.
    pub context: Option<u32>,
    /// How much spoke against the attempt before this one.
    pub objections_before: usize,
}

/// What happens next to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The work is handed off.
    Accept,
    /// The specialist tries again and is told why.
    SendBack(Vec<String>),
    /// The task is given up; its work is kept.
    Terminate(String),
}

/// Decides about an attempt.
pub fn decide(facts: &Facts) -> Decision {
    let mut reasons: Vec<String> = attempt_objection(&facts.attempted).into_iter().collect();
    reasons.extend(facts.objections.iter().cloned());
    if reasons.is_empty() {
        return Decision::Accept;
    }
    if let Attempted::Blocked(_) = facts.attempted {
        return Decision::Terminate(reasons.join("; "));
    }
    if facts.circular {
        return Decision::Terminate(format!("circular edits: {}", reasons.join("; ")));
    }
    if let Some(why) = is_worn_out(facts, reasons.len()) {
        return Decision::Terminate(format!("{why}: {}", reasons.join("; ")));
    }
    if facts.rejected + 1 >= facts.max_rejected {
        let reasons = reasons.join("; ");
        return Decision::Terminate(match facts.rejected + 1 {
            1 => format!("sent back, because: {reasons}"),
            times => format!("sent back {times} times in a row, last because: {reasons}"),
        });
    }
    Decision::SendBack(reasons)
}

/// A context fuller than this, in percent, costs quality.
const FULL: u32 = 85;

/// Why an agent that is near the end of its memory is not sent back: its work gets no better.
fn is_worn_out(facts: &Facts, n_objections: usize) -> Option<String> {
    let percent = facts.context.filter(|percent| *percent > FULL)?;
    let before = facts.objections_before;
    (before > 0 && n_objections >= before)
        .then(|| format!("its context is {percent} % full and {n_objections} objections follow {before}"))
}

fn attempt_objection(attempted: &Attempted) -> Option<String> {
    match attempted {
        Attempted::Worked => None,
        Attempted::NoChange => Some("the agent ended without a change in its scope".to_owned()),
        Attempted::Troubled(how) => Some(format!("the agent {how}")),
        Attempted::Blocked(why) => Some(format!("the agent is blocked: {why}")),
        Attempted::Unfinished(what) => Some(format!("by its own words the work is not done: {what}")),
        Attempted::Strayed(how) => Some(how.clone()),
    }
}

/// Files a single agent handles well; past this the rules advise to split.
const FILES_FOR_ONE: usize = 5;

/// Says why a request is worth more than one specialist; without reasons one agent is enough.
pub fn spawn_advice(tasks: &[Task], n_files: usize, independent: bool) -> SpawnAdvice {
    let mut reasons = Vec::new();
    if n_files > FILES_FOR_ONE {
        reasons.push(format!("{n_files} files are more than {FILES_FOR_ONE}"));
    }
    if independent {
        reasons.push("some tasks do not wait for each other".to_owned());
    }
    let mut roles: Vec<&str> = tasks.iter().map(|task| task.specialist.as_str()).collect();
    roles.sort_unstable();
    roles.dedup();
    if roles.len() > 1 {
        reasons.push(format!("{} kinds of specialists are asked for", roles.len()));
    }
    SpawnAdvice { files: n_files as u64, roles: roles.len() as u64, independent, reasons }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(attempted: Attempted, rejected: u32, objections: &[&str]) -> Facts {
        let objections = objections.iter().map(|&objection| objection.to_owned()).collect();
        Facts {
            attempted,
            rejected,
            max_rejected: 3,
            objections,
            circular: false,
            context: None,
            objections_before: 0,
        }
    }

    #[test]
    fn good_work_is_accepted_however_often_it_was_sent_back() {
        assert_eq!(decide(&facts(Attempted::Worked, 2, &[])), Decision::Accept);
    }

    #[test]
    fn the_third_rejection_in_a_row_ends_a_task() {
        let sent_back = Decision::SendBack(vec!["x".into()]);
        assert_eq!(decide(&facts(Attempted::Worked, 1, &["x"])), sent_back);
        let Decision::Terminate(reason) = decide(&facts(Attempted::NoChange, 2, &["x"])) else { panic!() };
        assert_eq!(
            reason,
            "sent back 3 times in a row, last because: the agent ended without a change in its scope; x"
        );
    }

    #[test]
    fn what_is_blocked_ends_and_what_is_unfinished_goes_on() {
        let blocked = decide(&facts(Attempted::Blocked("no schema".into()), 0, &[]));
        assert_eq!(blocked, Decision::Terminate("the agent is blocked: no schema".into()));
        let unfinished = decide(&facts(Attempted::Unfinished("no tests yet".into()), 0, &[]));
        assert!(matches!(unfinished, Decision::SendBack(_)), "{unfinished:?}");
    }

    #[test]
    fn a_full_context_ends_a_task_whose_work_gets_no_better() {
        let worn = |context, before| {
            decide(&Facts { context, objections_before: before, ..facts(Attempted::Worked, 1, &["x"]) })
        };
        let Decision::Terminate(reason) = worn(Some(86), 1) else { panic!() };
        assert_eq!(reason, "its context is 86 % full and 1 objections follow 1: x");
        for (context, before) in [(Some(85), 1), (Some(86), 2), (Some(86), 0), (None, 1)] {
            assert!(matches!(worn(context, before), Decision::SendBack(_)), "{context:?} {before}");
        }
    }

    #[test]
    fn several_specialists_are_advised_for_many_files_kinds_or_independent_tasks() {
        let task = |role: &str| Task {
            id: crate::model::TaskId::new("a").unwrap(),
            title: String::new(),
            specialist: role.to_owned(),
            scope: crate::model::Scope::new(&["src/**"]).unwrap(),
            after: Vec::new(),
            provides: Vec::new(),
            consumes: Vec::new(),
            acceptance: Vec::new(),
            estimate_tokens: None,
        };
        let alike = [task("types"), task("types")];
        assert_eq!(spawn_advice(&alike, 5, false).reasons, Vec::<String>::new());
        let advice = spawn_advice(&[task("types"), task("server")], 6, true);
        assert_eq!((advice.files, advice.roles, advice.independent), (6, 2, true));
        let reasons = [
            "6 files are more than 5",
            "some tasks do not wait for each other",
            "2 kinds of specialists are asked for",
        ];
        assert_eq!(advice.reasons, reasons);
    }

    #[test]
    fn circular_edits_end_a_task_at_once() {
        let circular = Facts { circular: true, ..facts(Attempted::Worked, 0, &["src/a.ts went back"]) };
        assert_eq!(decide(&circular), Decision::Terminate("circular edits: src/a.ts went back".into()));
    }
}
