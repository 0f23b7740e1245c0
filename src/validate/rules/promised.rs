//! Whether a branch has the interfaces that it speaks of: here the routes, events, tables, variables and
//! options.

mod symbols;

use super::View;
use crate::model::{Contract, ContractKind, FileChange, RepoPath};
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::names::{lower_camel, norm};
use crate::validate::routes::{self, fit, is_open};

/// What a look at branches says about a contract.
pub(super) enum Kept<'a> {
    Yes,
    /// The text speaks of it in a way that nothing here reads.
    Perhaps,
    /// Code that was read uses the name, and nothing is seen to define it.
    Spoken,
    /// Nothing speaks of it; there may be something like it.
    No(Option<Near<'a>>),
}

/// What was probably meant.
pub(super) struct Near<'a> {
    pub(super) name: &'a str,
    pub(super) path: &'a RepoPath,
    pub(super) line: u32,
}

/// Where a contract is looked for, beside what nobody changed.
#[derive(Clone, Copy)]
pub(super) enum On {
    Branch(usize),
    /// On all branches, for the one that counts on it.
    All(usize),
}

impl On {
    fn branches(self, view: &View<'_>) -> std::ops::Range<usize> {
        match self {
            Self::Branch(branch) => branch..branch + 1,
            Self::All(_) => 0..view.branches.len(),
        }
    }
}

/// Looks for a contract.
pub(super) fn kept<'a>(view: &View<'a>, on: On, contract: &Contract) -> Kept<'a> {
    match kind_of(contract) {
        Some(kind) => kept_text(view, on, (kind, &key_of(contract))),
        None => symbols::kept(view, on, contract),
    }
}

/// The files that branches changed and still have, without prose.
fn written<'v, 'a: 'v>(view: &'v View<'a>, on: On) -> impl Iterator<Item = (usize, &'a FileChange)> + 'v {
    let is_prose = |path: &RepoPath| ["md", "txt", "rst", "adoc"].contains(&path.extension().as_str());
    let files = on
        .branches(view)
        .flat_map(|branch| view.input.branches[branch].files.iter().map(move |change| (branch, change)));
    files.filter(move |(_, change)| change.new.is_some() && !is_prose(&change.path))
}

fn kind_of(contract: &Contract) -> Option<EntryKind> {
    Some(match contract.kind {
        ContractKind::Http => EntryKind::Route,
        ContractKind::Event => EntryKind::Event,
        ContractKind::Table => EntryKind::Table,
        ContractKind::Env => EntryKind::Env,
        ContractKind::Flag => EntryKind::Flag,
        ContractKind::Type | ContractKind::Function => return None,
    })
}

/// The contract's name as entries have it.
fn key_of(contract: &Contract) -> String {
    let name = contract.name.trim();
    match contract.kind {
        ContractKind::Http => match name.split_once(' ') {
            Some((method, path)) => routes::key(method, path).unwrap_or_else(|| name.to_owned()),
            None => routes::key("any", name).unwrap_or_else(|| name.to_owned()),
        },
        ContractKind::Table => name.rsplit('.').next().unwrap_or(name).to_lowercase(),
        ContractKind::Flag => format!("--{}", name.trim_start_matches('-')),
        _ => name.to_owned(),
    }
}

/// Whether two contracts name one interface, however they spell it.
pub(super) fn same(one: &Contract, other: &Contract) -> bool {
    one.same_interface(other)
        || (one.kind == other.kind && kind_of(one).is_some() && key_of(one) == key_of(other))
}

fn is(entry: &Entry, kind: EntryKind, key: &str) -> bool {
    let stated = kind != EntryKind::Route || entry.role == Role::Provides;
    entry.kind == kind
        && stated
        && match kind {
            EntryKind::Route => fit(&entry.key, key, true).is_some() || entry.key == key,
            _ => entry.key == key,
        }
}

/// The part of a contract's name that whoever implements it has to write.
fn word(kind: EntryKind, key: &str) -> &str {
    match kind {
        EntryKind::Route => {
            key.split(['/', ' ']).rfind(|part| !part.is_empty() && !is_open(part)).unwrap_or(key)
        }
        EntryKind::Flag => key.trim_start_matches('-'),
        _ => key,
    }
}

fn kept_text<'a>(view: &View<'a>, on: On, (kind, key): (EntryKind, &str)) -> Kept<'a> {
    let entries = || {
        let files = on.branches(view).flat_map(|branch| &view.branches[branch].files);
        let read = files.filter_map(|file| Some((file, &file.new.as_ref()?.model.entries)));
        read.flat_map(|(file, entries)| entries.iter().map(move |entry| (file, entry)))
    };
    let word = word(kind, key);
    if entries().any(|(_, entry)| is(entry, kind, key))
        || view.states_elsewhere(word, &|_, model| model.entries.iter().any(|entry| is(entry, kind, key)))
    {
        return Kept::Yes;
    }
    let near = entries().find(|(_, entry)| {
        let stated = entry.kind == kind && (kind != EntryKind::Route || entry.role == Role::Provides);
        stated && is_near(kind, &entry.key, key)
    });
    let spellings = spellings(kind, word);
    let speaks = |change: &FileChange| {
        let Some(text) = change.new.as_ref().and_then(|new| view.text(new)) else { return true };
        let path = change.path.to_text();
        spellings.iter().any(|word| text.contains(word) || (kind == EntryKind::Route && path.contains(word)))
    };
    match near {
        None if written(view, on).any(|(_, change)| speaks(change)) => Kept::Perhaps,
        near => {
            Kept::No(near.map(|(file, entry)| Near { name: &entry.key, path: file.path, line: entry.line }))
        }
    }
}

/// How libraries have what they read or store called in code.
fn spellings(kind: EntryKind, word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    match kind {
        EntryKind::Env => all.push(word.to_lowercase()),
        EntryKind::Flag => {
            let name = word.replace('-', "_");
            all.extend([lower_camel(&name), name]);
        }
        // The table `user_accounts` is the class `UserAccount`.
        EntryKind::Table => all.push(lower_camel(&format!("class _{}", word.trim_end_matches('s')))),
        _ => {}
    }
    all
}

/// Whether one was probably meant for the other: another method or parameter, another spelling.
fn is_near(kind: EntryKind, one: &str, other: &str) -> bool {
    let path = |key: &str| norm(key.split_once(' ').map_or(key, |(_, path)| path));
    match kind {
        EntryKind::Route => !path(one).is_empty() && path(one) == path(other),
        _ => norm(one) == norm(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libraries_call_it() {
        assert_eq!(spellings(EntryKind::Table, "user_accounts"), ["user_accounts", "class UserAccount"]);
        assert_eq!(spellings(EntryKind::Flag, "dry-run"), ["dry-run", "dryRun", "dry_run"]);
        assert_eq!(spellings(EntryKind::Env, "DATABASE_URL"), ["DATABASE_URL", "database_url"]);
    }
}
