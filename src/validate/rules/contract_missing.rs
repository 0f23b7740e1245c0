//! A branch promises an interface that it does not have, or counts on one that nobody promises.

use super::promised::{Kept, kept, same};
use super::{Draft, Rule, View};
use crate::model::{Contract, ContractKind, Finding, Fix, Level, RepoPath, Site};
use crate::validate::Declared;
use crate::validate::load::Side;
use crate::validate::model::{Def, Kind};
use crate::validate::names::has_word;

pub(super) const RULE: Rule = Rule { id: "contract-missing", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for declared in view.input.declared {
        let Some(branch) = view.branches.iter().position(|branch| branch.name == declared.branch) else {
            continue;
        };
        for contract in declared.provides.iter().filter(|contract| is_symbol(contract)) {
            let defined = branch_defines(view, branch, contract) || may_define(view, branch, contract);
            if !defined && !base_defines(view, branch, contract) {
                let near = nearest(view, branch, contract);
                findings.push(unkept(view, branch, contract, near, Level::Deny));
            }
        }
        for contract in declared.consumes.iter().filter(|contract| is_symbol(contract)) {
            let promised = view.input.declared.iter().any(|other| promises(other, contract));
            let defined = (0..view.branches.len())
                .any(|branch| branch_defines(view, branch, contract) || may_define(view, branch, contract));
            if !promised && !defined && !base_defines(view, branch, contract) {
                findings.push(unmet(view, branch, contract));
            }
        }
        check_texts(view, branch, declared, findings);
    }
}

/// Contracts that are no symbols: routes, events, tables, variables, options.
fn check_texts(view: &View<'_>, branch: usize, declared: &Declared, findings: &mut Vec<Finding>) {
    for contract in declared.provides.iter().filter(|contract| !is_symbol(contract)) {
        if let Kept::No(near) = kept(view, Some(branch), contract)
            && !may_define(view, branch, contract)
        {
            // A framework that no extractor knows leaves nothing to be seen.
            let level = if near.is_some() { Level::Deny } else { Level::Warn };
            let near = near.map(|(branch, file, entry)| {
                (entry.key.as_str(), view.branches[branch].files[file].path, entry.line)
            });
            findings.push(unkept(view, branch, contract, near, level));
        }
    }
    for contract in declared.consumes.iter().filter(|contract| !is_symbol(contract)) {
        let promised = view.input.declared.iter().any(|other| promises(other, contract));
        if !promised && matches!(kept(view, None, contract), Kept::No(_)) {
            findings.push(unmet(view, branch, contract));
        }
    }
}

fn is_symbol(contract: &Contract) -> bool {
    matches!(contract.kind, ContractKind::Type | ContractKind::Function)
}

fn promises(declared: &Declared, contract: &Contract) -> bool {
    declared.provides.iter().any(|own| same(own, contract))
}

/// The last part of a name and what encloses it.
fn parts(name: &str) -> Vec<&str> {
    let name = name.split(['(', '<']).next().unwrap_or(name).trim();
    name.split(['.', ':', '#', '/']).filter(|part| !part.is_empty()).collect()
}

fn names(contract: &Contract, def: &Def) -> bool {
    let fits = match contract.kind {
        ContractKind::Type => def.kind.is_type(),
        // A function may be a constant that holds one.
        _ => matches!(def.kind, Kind::Function | Kind::Method | Kind::Const | Kind::Class),
    };
    let wanted = parts(&contract.name);
    let Some((last, outer)) = wanted.split_last() else { return true };
    // What encloses it may be a module, which is a path and no symbol.
    let enclosed = def.parents.is_empty()
        || outer.last().is_none_or(|outer| def.parents.iter().any(|parent| parent == outer));
    // A database makes no difference between capitals and others.
    let same = def.name == *last || (def.head.starts_with("type ") && def.name == last.to_lowercase());
    fits && same && enclosed
}

fn side_has(side: Option<&Side<'_>>, contract: &Contract) -> bool {
    side.is_some_and(|side| side.model.defs.iter().any(|def| names(contract, def)))
}

fn branch_defines(view: &View<'_>, branch: usize, contract: &Contract) -> bool {
    view.branches[branch].files.iter().any(|file| side_has(file.new.as_ref(), contract))
}

/// Whether the base has it in a file that the branch left alone.
fn base_defines(view: &View<'_>, branch: usize, contract: &Contract) -> bool {
    let kept = |path: &RepoPath| !view.input.branches[branch].files.iter().any(|file| file.path == *path);
    let mut changed = view.branches.iter().flat_map(|branch| &branch.files);
    let wanted = parts(&contract.name);
    wanted.last().is_none_or(|last| view.is_defined_elsewhere(last))
        || changed.any(|file| kept(file.path) && side_has(file.old.as_ref(), contract))
}

/// Whether the branch speaks of the name in a file that could not be analysed.
fn may_define(view: &View<'_>, branch: usize, contract: &Contract) -> bool {
    let wanted = parts(&contract.name);
    let Some(last) = wanted.last() else { return true };
    view.input.branches[branch].files.iter().any(|file| {
        let analysed = view.file(branch, &file.path).is_some();
        let text = file.new.as_ref().map_or("".into(), |new| String::from_utf8_lossy(&new.bytes));
        let prose = ["md", "txt", "rst", "adoc"].contains(&file.path.extension().as_str());
        !analysed && !prose && has_word(&text, last)
    })
}

fn unkept(
    view: &View<'_>,
    branch: usize,
    contract: &Contract,
    nearest: Option<(&str, &RepoPath, u32)>,
    level: Level,
) -> Finding {
    let name = view.name(branch);
    let (kind, symbol) = (contract.kind.word(), &contract.name);
    let hint = nearest.as_ref().map_or(String::new(), |(name, ..)| format!("; the nearest is `{name}`"));
    let message = format!("{name} promises the {kind} `{symbol}` and defines none{hint}");
    let site = match nearest {
        Some((_, path, line)) => view.site(branch, path, line),
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

/// The definition that was probably meant.
fn nearest<'a>(view: &View<'a>, branch: usize, contract: &Contract) -> Option<(&'a str, &'a RepoPath, u32)> {
    let wanted = *parts(&contract.name).last()?;
    let files = view.branches[branch].files.iter();
    let defs = files.filter_map(|file| Some((file.path, &file.new.as_ref()?.model.defs)));
    let all: Vec<_> = defs.flat_map(|(path, defs)| defs.iter().map(move |def| (path, def))).collect();
    let name = crate::model::nearest(wanted, all.iter().map(|(_, def)| def.name.as_str()))?;
    let (path, def) = all.into_iter().find(|(_, def)| def.name == name)?;
    Some((&def.name, path, def.line))
}

/// A place for what is absent: the first file that the branch changed.
fn first_site(view: &View<'_>, branch: usize) -> Site {
    let path = view.input.branches[branch].files.iter().map(|file| &file.path).min();
    let top = RepoPath::from("");
    view.site(branch, path.unwrap_or(&top), 1)
}
