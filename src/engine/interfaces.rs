//! Finds the source of a contract as a commit has it now: a signature, not prose.

use super::Workspace;
use super::check::load;
use crate::git::Entry;
use crate::hub::Consumed;
use crate::model::{Contract, ContractKind, Oid, RepoPath};
use crate::validate::extract::{extract, language_of};
use crate::validate::model::Def;

/// The longest declaration that is quoted whole.
const MOST_LINES: usize = 40;

/// Looks a contract up among the files that changed between two commits, newest state first.
pub(super) fn find(
    workspace: &Workspace,
    contract: &Contract,
    base: Oid,
    tip: Oid,
) -> anyhow::Result<Consumed> {
    let mut found = Consumed { contract: contract.clone(), source: None };
    if !matches!(contract.kind, ContractKind::Type | ContractKind::Function) {
        return Ok(found);
    }
    let repo = &workspace.repo;
    for change in repo.diff_trees(repo.commit(base)?.tree, repo.commit(tip)?.tree)? {
        let Some(entry) = change.new else { continue };
        if let Some(source) = declaration(workspace, contract, &change.path, entry)? {
            found.source = Some((source, change.path.to_string()));
            break;
        }
    }
    Ok(found)
}

/// The declaration of a contract in one file.
fn declaration(
    workspace: &Workspace,
    contract: &Contract,
    path: &RepoPath,
    entry: Entry,
) -> anyhow::Result<Option<String>> {
    let Some(language) = language_of(path) else { return Ok(None) };
    let source = load(&workspace.repo, path, entry)?;
    let text = String::from_utf8_lossy(&source.bytes);
    let model = extract(language, &text);
    Ok(model.defs.iter().find(|def| names(def, contract)).map(|def| quote(&text, def)))
}

fn names(def: &Def, contract: &Contract) -> bool {
    let name = contract.name.rsplit(['.', ':']).next().unwrap_or(&contract.name);
    def.name == name && (contract.kind == ContractKind::Type) == def.kind.is_type()
}

/// A type whole, a function without its body.
fn quote(text: &str, def: &Def) -> String {
    let whole = text.get(def.span.clone()).unwrap_or(&def.head);
    if def.kind.is_type() && whole.lines().count() <= MOST_LINES {
        whole.to_owned()
    } else {
        def.head.clone()
    }
}
