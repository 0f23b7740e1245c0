//! Circular edits against the definition, on all short histories, and what is linked to what.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{BranchChanges, Finding, Level, Oid, RepoPath, Source};
use crate::validate::{Differences, Edit, Input, Unchanged, Untouched, check, read_all};

fn source(text: &str) -> Source {
    let mut bytes = [0_u8; 20];
    for (idx, byte) in text.bytes().enumerate() {
        bytes[idx % 20] = bytes[idx % 20].wrapping_mul(31).wrapping_add(byte);
    }
    Source { oid: Oid::from_bytes(&bytes).unwrap(), bytes: text.as_bytes().into() }
}

/// An edit of one file: commit, actor, branch, and what stood before and after.
fn edit(commit: usize, actor: &str, branch: &str, path: &str, before: &str, after: &str) -> Edit {
    let mut oid = [1; 20];
    oid[..8].copy_from_slice(&commit.to_be_bytes());
    let state = |text: &str| (!text.is_empty()).then(|| source(text));
    Edit {
        actor: actor.into(),
        branch: branch.into(),
        commit: Oid::from_bytes(&oid).unwrap(),
        path: RepoPath::from(path),
        before: state(before),
        content: state(after),
        is_revert: false,
        by_agent: true,
    }
}

/// A base without other files.
struct Nothing;

impl Unchanged for Nothing {
    fn defining(&self, _name: &str) -> Option<Arc<[Untouched]>> {
        Some(Arc::new([]))
    }

    fn defining_in(&self, _directory: &str, _name: &str) -> Option<Arc<[Untouched]>> {
        Some(Arc::new([]))
    }

    fn look_up(&self) -> bool {
        false
    }

    fn called(&self, _file_name: &str) -> Option<Arc<[Untouched]>> {
        Some(Arc::new([]))
    }

    fn holding(&self, _: &str) -> Option<Arc<[Untouched]>> {
        None
    }

    fn base(&self, _: &RepoPath) -> Option<Source> {
        None
    }

    fn content(&self, _: Oid) -> Option<Arc<[u8]>> {
        None
    }

    fn descends(&self, _: Oid, _: Oid) -> bool {
        true
    }
}

fn findings(history: &[Edit]) -> Vec<Finding> {
    let branches: [BranchChanges; 0] = [];
    let (merged, declared) = (&[], &[]);
    let (unchanged, differences) = (&Nothing, &Differences::default());
    check(&Input { branches: &branches, merged, declared, history, unchanged, read: &read_all, differences })
        .findings
}

fn level(history: &[Edit]) -> Option<Level> {
    findings(history).iter().map(|finding| finding.level).max()
}

/// Texts that have nothing in common.
const STATES: [&str; 3] = [
    "alpha one\nbeta two\ngamma three\ndelta four\nepsilon five\n",
    "red apple\ngreen pear\nblue plum\nwhite grape\nblack fig\n",
    "north wind\nsouth sea\neast hill\nwest wood\nmiddle road\n",
];

/// What the definition says of a history of one file: who undoes whom.
fn expected(history: &[(usize, usize)]) -> Option<Level> {
    let mut states = vec![0];
    let mut actors = Vec::new();
    let mut own_returns: Vec<(usize, usize)> = Vec::new();
    let mut worst = None;
    let mut commits = 0;
    for &(actor, state) in history {
        if states.last() == Some(&state) {
            continue;
        }
        commits += 1;
        if let Some(then) = states.iter().rposition(|known| *known == state) {
            let undone: BTreeSet<usize> = actors[then..].iter().copied().collect();
            let is_own = undone.iter().all(|other| *other == actor);
            if is_own {
                own_returns.push((actor, commits));
            }
            let recent = own_returns.iter().filter(|(who, when)| *who == actor && when + 5 > commits).count();
            let level = if !is_own || recent > 1 { Level::Deny } else { Level::Advice };
            worst = worst.max(Some(level));
        }
        states.push(state);
        actors.push(actor);
    }
    worst
}

/// All histories of up to four edits by two agents over three states.
#[test]
fn short_histories_are_judged_by_the_definition() {
    let steps: Vec<(usize, usize)> =
        (0..2).flat_map(|actor| (0..3).map(move |state| (actor, state))).collect();
    let mut open: Vec<Vec<(usize, usize)>> = vec![Vec::new()];
    let mut looked_at = 0;
    while let Some(history) = open.pop() {
        let names = ["agent-a", "agent-b"];
        let mut now = 0;
        let mut edits = Vec::new();
        for (at, &(actor, state)) in history.iter().enumerate() {
            if state != now {
                edits.push(edit(at, names[actor], "main", "plan.txt", STATES[now], STATES[state]));
            }
            now = state;
        }
        assert_eq!(level(&edits), expected(&history), "{history:?}");
        looked_at += 1;
        if history.len() < 4 {
            open.extend(steps.iter().map(|step| [history.as_slice(), &[*step]].concat()));
        }
    }
    assert_eq!(looked_at, 1 + 6 + 36 + 216 + 1296);
}

/// Work that an edit never saw cannot be undone by it.
#[test]
fn branches_side_by_side_undo_nothing_of_each_other() {
    let [base, one, two] = STATES;
    let history = [
        edit(1, "agent-a", "a", "plan.txt", base, one),
        edit(2, "agent-b", "b", "plan.txt", base, two),
        edit(3, "agent-b", "b", "plan.txt", two, base),
    ];
    let all = findings(&history);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].level, Level::Advice, "agent-b takes back its own: {}", all[0].message);
    assert!(!all[0].message.contains("agent-a"));
}

#[test]
fn an_intent_is_no_quarrel() {
    let [base, one, _] = STATES;
    let mut history =
        [edit(1, "agent-a", "a", "plan.txt", base, one), edit(2, "agent-b", "b", "plan.txt", one, base)];
    assert_eq!(level(&history), Some(Level::Deny));
    history[1].is_revert = true;
    assert_eq!(level(&history), None);
    for message in
        ["Revert \"x\"\n", "x\n\nThis reverts commit abc.", "x\n\nOrca-Intent: revert\n", "Reapply \"x\""]
    {
        assert!(crate::validate::takes_back(message), "{message}");
    }
    assert!(!crate::validate::takes_back("auth: convert sessions back to tokens"));
}

#[test]
fn foreign_files_go_back_and_forth() {
    let [base, one, _] = STATES;
    let marked = |text: &str| format!("# @generated by a tool\n{text}");
    for (path, base, one) in [
        ("yarn.lock", base.to_owned(), one.to_owned()),
        ("go.sum", base.to_owned(), one.to_owned()),
        ("vendor/x/plan.txt", base.to_owned(), one.to_owned()),
        ("plan.txt", marked(base), marked(one)),
    ] {
        let history =
            [edit(1, "agent-a", "a", path, &base, &one), edit(2, "agent-b", "b", path, &one, &base)];
        assert_eq!(level(&history), None, "{path}");
    }
}

/// The cost follows the number of edits.
#[test]
fn long_histories_are_followed_in_time() {
    let text = |at: usize| format!("{}{at}\n", STATES[at % 3]);
    let history: Vec<Edit> =
        (0..500).map(|at| edit(at, "agent-a", "a", "plan.txt", &text(at), &text(at + 1))).collect();
    let started = std::time::Instant::now();
    assert_eq!(level(&history).unwrap_or(Level::Advice), Level::Advice);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

/// People go back and forth on branches of their own; agents that do are stuck.
#[test]
fn own_returns_of_people_are_no_quarrel() {
    let [base, one, _] = STATES;
    let mut history: Vec<Edit> = [(base, one), (one, base), (base, one), (one, base)]
        .into_iter()
        .enumerate()
        .map(|(at, (from, to))| edit(at, "topic", "topic", "plan.txt", from, to))
        .collect();
    assert_eq!(level(&history), Some(Level::Deny));
    history.iter_mut().for_each(|edit| edit.by_agent = false);
    assert_eq!(level(&history), Some(Level::Advice));
}
