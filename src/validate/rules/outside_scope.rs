//! A branch changes a path that its task may not write.

use super::{Draft, Rule, View};
use crate::model::{BranchChanges, FileChange, Finding, Fix, Level, Scope, Site, Source};
use crate::validate::fix::whole;

pub(super) const RULE: Rule = Rule { id: "outside-scope", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for declared in view.input.declared {
        let Some(scope) = &declared.scope else { continue };
        let own = view.input.branches.iter().filter(|branch| branch.name == declared.branch);
        for branch in own {
            let outside = branch.files.iter().filter(|file| !scope.allows(&file.path));
            findings.extend(outside.map(|file| finding(branch, file, scope)));
        }
    }
}

fn finding(branch: &BranchChanges, file: &FileChange, scope: &Scope) -> Finding {
    let (name, path) = (&branch.name, &file.path);
    let message = format!("{name} changes {path}, outside its scope {}", scope.patterns().join(", "));
    let site = Site { branch: name.clone(), commit: branch.tip, path: path.clone(), line: 1, lost: None };
    let summary = format!("take the change of {path} back, or widen the scope of the task");
    let fix = Some(Fix { summary, patch: undo(file), branch: name.clone(), is_draft: false });
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[name], sites: vec![site], fix }.finish()
}

/// The patch back to the base; to add or delete a whole file it would only repeat its content.
fn undo(file: &FileChange) -> String {
    let text = |source: &Option<Source>| {
        source.as_ref().and_then(|source| String::from_utf8(source.bytes.to_vec()).ok())
    };
    match (text(&file.new), text(&file.old)) {
        (Some(new), Some(old)) => whole(&file.path, &new, &old),
        _ => String::new(),
    }
}
