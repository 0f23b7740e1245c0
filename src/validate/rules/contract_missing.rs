//! A branch promises an interface that it does not have, or counts on one that nobody promises.

use super::promised::{Kept, Near, On, kept, same};
use super::{Draft, Rule, View};
use crate::model::{Contract, ContractKind, Finding, Fix, Level, RepoPath, Site};
use crate::validate::Declared;

pub(super) const RULE: Rule = Rule { id: "contract-missing", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for declared in view.input.declared {
        let Some(branch) = view.branches.iter().position(|branch| branch.name == declared.branch) else {
            continue;
        };
        for contract in &declared.provides {
            findings.extend(unkept(view, branch, contract));
        }
        for contract in &declared.consumes {
            let promised = view.input.declared.iter().any(|other| promises(other, contract));
            if !promised && matches!(kept(view, On::All(branch), contract), Kept::No(_)) {
                findings.push(unmet(view, branch, contract));
            }
        }
    }
}

fn promises(declared: &Declared, contract: &Contract) -> bool {
    declared.provides.iter().any(|own| same(own, contract))
}

fn unkept(view: &View<'_>, branch: usize, contract: &Contract) -> Option<Finding> {
    let (near, level) = match kept(view, On::Branch(branch), contract) {
        Kept::Yes | Kept::Perhaps => return None,
        Kept::Spoken => (None, Level::Warn),
        Kept::No(near) => {
            let is_symbol = matches!(contract.kind, ContractKind::Type | ContractKind::Function);
            // A framework that no extractor knows leaves nothing to be seen.
            let level = if is_symbol || near.is_some() { Level::Deny } else { Level::Warn };
            (near, level)
        }
    };
    Some(broken(view, branch, contract, near, level))
}

fn broken(
    view: &View<'_>,
    branch: usize,
    contract: &Contract,
    near: Option<Near<'_>>,
    level: Level,
) -> Finding {
    let name = view.name(branch);
    let (kind, symbol) = (contract.kind.word(), &contract.name);
    let hint = near.as_ref().map_or(String::new(), |near| format!("; the nearest is `{}`", near.name));
    let seen = if level == Level::Warn { " that can be seen" } else { "" };
    let message = format!("{name} promises the {kind} `{symbol}` and defines none{seen}{hint}");
    let site = match near {
        Some(near) => view.site(branch, near.path, near.line),
        None => first_site(view, branch),
    };
    let summary = format!("define the {kind} `{symbol}`, or take the promise back");
    draft(view, branch, level, message, ["provides", kind, symbol], site, summary)
}

fn unmet(view: &View<'_>, branch: usize, contract: &Contract) -> Finding {
    let (kind, symbol) = (contract.kind.word(), &contract.name);
    let message =
        format!("{} counts on the {kind} `{symbol}`, which no branch promises or defines", view.name(branch));
    let summary = format!("let a task provide the {kind} `{symbol}`");
    let site = first_site(view, branch);
    draft(view, branch, Level::Warn, message, ["consumes", kind, symbol], site, summary)
}

fn draft(
    view: &View<'_>,
    branch: usize,
    level: Level,
    message: String,
    symbols: [&str; 3],
    site: Site,
    summary: String,
) -> Finding {
    let fix =
        Some(Fix { summary, patch: String::new(), branch: view.name(branch).to_owned(), is_draft: false });
    Draft { rule: RULE.id, level, message, symbols: &symbols, sites: vec![site], fix }.finish()
}

/// A place for what is absent: the first file that the branch changed.
fn first_site(view: &View<'_>, branch: usize) -> Site {
    let path = view.input.branches[branch].files.iter().map(|file| &file.path).min();
    let top = RepoPath::from("");
    view.site(branch, path.unwrap_or(&top), 1)
}
