//! What is left to say of a run that has landed: the further back it is, the less.
//!
//! Of the work the interfaces stay, of several attempts their number, of what was found the decisions and
//! what is still open. Everything else is in the hub's history.

use std::collections::BTreeMap;

use super::estimate_tokens;
use crate::model::{ConflictRecord, ConflictState, ContextEntry, Level};

/// A task as its run left it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoneTask {
    pub id: String,
    /// What its handoff said it did.
    pub summary: String,
    /// The contracts it provides, as lines.
    pub provides: Vec<String>,
    /// What others have to mind, in its words.
    pub critical: Vec<String>,
    pub attempts: u32,
}

/// The longest part of a line.
const LONGEST: usize = 160;

/// A run in a few lines: the request, then what each task left, then what has to be minded.
pub fn run_summary(request: &str, tasks: &[DoneTask], budget: u64) -> String {
    let work = tasks.iter().map(|task| {
        let times = if task.attempts > 1 { format!(" ({} attempts)", task.attempts) } else { String::new() };
        let provides: String = task.provides.iter().map(|line| format!("; {}", brief(line))).collect();
        format!("{}: {}{times}{provides}", task.id, brief(&task.summary))
    });
    let minded = tasks
        .iter()
        .flat_map(|task| task.critical.iter().map(|note| format!("{}, critical: {}", task.id, brief(note))));
    let head = match tasks.len() {
        1 => format!("{} (1 task)", brief(request)),
        count => format!("{} ({count} tasks)", brief(request)),
    };
    within(head, work.chain(minded), budget)
}

/// What a run leaves open: findings that nobody settled or allowed, and changes that were asked for. Of
/// the others only the rules stay. None where there is nothing to say.
pub fn conflict_summary(found: &[ConflictRecord], asked: &[ContextEntry], budget: u64) -> Option<String> {
    let (open, done): (Vec<_>, Vec<_>) =
        found.iter().partition(|found| found.state == ConflictState::Open && found.level != Level::Advice);
    if open.is_empty() && done.is_empty() && asked.is_empty() {
        return None;
    }
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    done.iter().for_each(|found| *rules.entry(&found.rule).or_default() += 1);
    let rules: Vec<String> = rules.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
    let head = match rules.is_empty() {
        true => format!("{} open, {} asked for", open.len(), asked.len()),
        false => format!("{} open, {} asked for; settled: {}", open.len(), asked.len(), rules.join(", ")),
    };
    let open = open.into_iter().map(|found| format!("{}: {}", found.rule, brief(&found.message)));
    let asked = asked.iter().map(|entry| format!("{} asked: {}", entry.author, brief(&entry.text)));
    Some(within(head, open.chain(asked), budget))
}

/// The one line that stays of a summary when it is old.
pub fn shortest(summary: &str) -> &str {
    summary.lines().next().unwrap_or_default()
}

/// The first line, cut where it is long.
fn brief(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim_end_matches(['.', ' ']);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// The head, and as many lines as fit; how many do not is said.
fn within(head: String, lines: impl Iterator<Item = String>, budget: u64) -> String {
    let (mut text, mut left_out) = (head, 0);
    for line in lines {
        let longer = format!("{text}\n{line}");
        if left_out == 0 && estimate_tokens(&longer) <= budget {
            text = longer;
        } else {
            left_out += 1;
        }
    }
    match left_out {
        0 => text,
        count => format!("{text}\n{count} more in the history"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RunId;

    fn task(id: &str) -> DoneTask {
        DoneTask {
            id: id.to_owned(),
            summary: format!("Made {id}.\n\nWith much detail."),
            provides: vec![format!("type {id} = {{x}}")],
            critical: vec!["order matters".to_owned()],
            attempts: 2,
        }
    }

    #[test]
    fn interfaces_and_what_is_critical_stay() {
        assert_eq!(
            run_summary("Editing\nmore", &[task("A"), DoneTask { attempts: 1, ..task("B") }], 500),
            "Editing (2 tasks)\nA: Made A (2 attempts); type A = {x}\nB: Made B; type B = {x}\n\
             A, critical: order matters\nB, critical: order matters"
        );
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_budget_holds() {
        let tasks: Vec<DoneTask> = (0..40).map(|number| task(&format!("T{number}"))).collect();
        let told = run_summary("Editing", &tasks, 100);
        assert!(told.ends_with(" more in the history"), "{told}");
        assert!(estimate_tokens(&told) <= 110, "{told}");
        assert_eq!(shortest(&told), "Editing (40 tasks)");
        assert_eq!(brief(&"é".repeat(500)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn open_findings_stay_and_settled_ones_are_counted() {
        let found = |rule: &str, state| ConflictRecord {
            run: RunId::FIRST,
            fingerprint: rule.to_owned(),
            rule: rule.to_owned(),
            level: Level::Warn,
            message: format!("{rule} it is"),
            sites: Vec::new(),
            state,
            time: 0,
        };
        assert_eq!(conflict_summary(&[], &[], 100), None);
        let all = [
            found("a", ConflictState::Settled),
            found("b", ConflictState::Open),
            found("a", ConflictState::Allowed),
        ];
        assert_eq!(
            conflict_summary(&all, &[], 100).unwrap(),
            "1 open, 0 asked for; settled: a 2\nb: b it is"
        );
    }
}
