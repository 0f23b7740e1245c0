//! One branch sends an event that, with the other branch merged, nobody listens to.

use super::{Draft, Rule, View};
use crate::model::{Finding, Level};
use crate::validate::entry::{EntryKind, Role};
use crate::validate::names::norm;
use crate::validate::surface::{How, Touch};

pub(super) const RULE: Rule = Rule { id: "event-unmatched", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let sent = view.surface.of(EntryKind::Event).filter(|touch| {
        matches!(touch.how, How::Added) && touch.entry.role == Role::Uses && !is_usual(&touch.entry.key)
    });
    for sent in sent.filter(|sent| !is_heard(view, &sent.entry.key)) {
        let others = || view.surface.of(EntryKind::Event).filter(|other| other.branch != sent.branch);
        let dropped = others().find(|other| {
            matches!(other.how, How::Gone)
                && other.entry.role == Role::Provides
                && other.entry.key == sent.entry.key
        });
        let near = others().find(|other| {
            let listens = matches!(other.how, How::Added) && other.entry.role == Role::Provides;
            listens && is_near(&other.entry.key, &sent.entry.key) && !is_sent(view, &other.entry.key)
        });
        if let Some(other) = dropped.or(near) {
            findings.push(finding(view, sent, other));
        }
    }
}

/// Events of the platform and names that everybody uses.
fn is_usual(name: &str) -> bool {
    const USUAL: [&str; 24] = [
        "error",
        "close",
        "open",
        "data",
        "end",
        "message",
        "connection",
        "connect",
        "disconnect",
        "click",
        "change",
        "input",
        "submit",
        "load",
        "ready",
        "exit",
        "finish",
        "drain",
        "update",
        "start",
        "stop",
        "done",
        "event",
        "resize",
    ];
    USUAL.contains(&name)
}

fn is_heard(view: &View<'_>, name: &str) -> bool {
    let listens = (0..view.branches.len()).any(|branch| view.surface.states(branch, EntryKind::Event, name));
    listens || in_base(view, name, Role::Provides)
}

/// Whether somebody sends the event under this very name.
fn is_sent(view: &View<'_>, name: &str) -> bool {
    let mut touches = view.surface.at(EntryKind::Event, name).iter();
    touches.any(|touch| touch.entry.role == Role::Uses && !matches!(touch.how, How::Gone))
        || in_base(view, name, Role::Uses)
}

fn in_base(view: &View<'_>, name: &str, role: Role) -> bool {
    view.states_elsewhere(name, &|_, model| {
        model
            .entries
            .iter()
            .any(|entry| entry.kind == EntryKind::Event && entry.role == role && entry.key == name)
    })
}

/// Whether two names differ only in how they are spelled, or in an ending: `user-join`, `userJoined`.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other) = (norm(one), norm(other));
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short.len() >= 5 && (short == long || long.starts_with(&short) && long.len() - short.len() <= 2)
}

fn finding(view: &View<'_>, sent: &Touch<'_>, other: &Touch<'_>) -> Finding {
    let (name, heard) = (&sent.entry.key, &other.entry.key);
    let (sender, listener) = (view.name(sent.branch), view.name(other.branch));
    let gone = matches!(other.how, How::Gone);
    let message = if gone {
        format!(
            "{sender} sends the event `{name}` in {}, whose listener {listener} drops in {}",
            sent.file.path, other.file.path
        )
    } else {
        format!(
            "{sender} sends the event `{name}` in {}, and {listener} listens to `{heard}` in {}",
            sent.file.path, other.file.path
        )
    };
    let heard_at = match gone {
        true => view.site_of_lost(other.branch, other.file, other.entry.line),
        false => view.site(other.branch, other.file.path, other.entry.line),
    };
    let sites = vec![heard_at, view.site(sent.branch, sent.file.path, sent.entry.line)];
    let summary = if gone { format!("keep a listener of `{name}`") } else { format!("send `{heard}`") };
    let fix = Some(view.fix(if gone { other.branch } else { sent.branch }, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Warn, message, symbols: &[name, heard], sites, fix }.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names() {
        assert!(is_near("user:joined", "userJoined") && is_near("user-join", "user_joined"));
        assert!(!is_near("user:joined", "user:left") && !is_near("a", "ab") && !is_near("doc", "docs"));
    }
}
