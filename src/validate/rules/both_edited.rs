//! Two branches edit one function in different places: Git merges it, and somebody should look at
//! the result.

use std::collections::BTreeMap;

use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level, RepoPath};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind};

pub(super) const RULE: Rule = Rule { id: "both-edited", check };

/// A branch, the file and the function as the branch leaves it.
type Edited<'a> = (usize, &'a File<'a>, &'a Def);

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let mut edited: BTreeMap<(&RepoPath, String), Vec<Edited<'_>>> = BTreeMap::new();
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| !is_aside(&file.name)) {
            let Some(new) = &file.new else { continue };
            for (_, now) in &file.change.edited {
                let def = &new.model.defs[*now];
                if matches!(def.kind, Kind::Function | Kind::Method) && !def.flags.is_test {
                    edited.entry((file.path, def.path())).or_default().push((branch, file, def));
                }
            }
        }
    }
    for ((path, name), editors) in edited {
        let mut pairs = editors
            .iter()
            .enumerate()
            .flat_map(|(at, left)| editors[at + 1..].iter().map(move |right| (left, right)));
        let meets = |(left, right): &(&Edited<'_>, &Edited<'_>)| {
            left.2.body_hash != right.2.body_hash && view.merged(path, left.0, right.0).is_some()
        };
        if let Some((left, right)) = pairs.find(meets) {
            findings.push(both(view, path, &name, left, right));
        }
    }
}

fn both(view: &View<'_>, path: &RepoPath, name: &str, left: &Edited<'_>, right: &Edited<'_>) -> Finding {
    let (one, other) = (view.name(left.0), view.name(right.0));
    let message = format!("{one} and {other} both edit `{name}` in {path}");
    let sites = vec![view.site(left.0, path, left.2.line), view.site(right.0, path, right.2.line)];
    let summary = format!("read `{name}` as the merge leaves it");
    let fix = Some(view.fix(right.0, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Advice, message, symbols: &[name], sites, fix }.finish()
}
