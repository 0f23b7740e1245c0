//! Whether a branch has the routes, events, tables, variables and options that it speaks of.

use super::View;
use crate::model::{Contract, ContractKind};
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::names::norm;
use crate::validate::routes::{self, fit, is_open};

/// What a look at a branch says about a contract that is no symbol.
pub(super) enum Kept<'a> {
    Yes,
    /// The text speaks of it in a way that no table knows.
    Perhaps,
    /// Nothing speaks of it; there may be something like it.
    No(Option<(usize, usize, &'a Entry)>),
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

/// Looks for a contract on one branch, or on all of them, and in what nobody changed.
pub(super) fn kept<'a>(view: &View<'a>, branch: Option<usize>, contract: &Contract) -> Kept<'a> {
    let Some(kind) = kind_of(contract) else { return Kept::Perhaps };
    let key = key_of(contract);
    let word = word(kind, &key);
    let branches = || (0..view.branches.len()).filter(|own| branch.is_none_or(|only| only == *own));
    let entries = || {
        branches().flat_map(|own| {
            let files = view.branches[own].files.iter().enumerate();
            let read = files.filter_map(|(at, file)| Some((at, &file.new.as_ref()?.model.entries)));
            read.flat_map(move |(at, entries)| entries.iter().map(move |entry| (own, at, entry)))
        })
    };
    let mut all = entries();
    if all.any(|(.., entry)| is(entry, kind, &key))
        || view.states_elsewhere(word, &|_, model| model.entries.iter().any(|entry| is(entry, kind, &key)))
    {
        return Kept::Yes;
    }
    let near = entries().find(|(.., entry)| {
        let stated = entry.kind == kind && (kind != EntryKind::Route || entry.role == Role::Provides);
        stated && is_near(kind, &entry.key, &key)
    });
    let spoken = || {
        branches().any(|own| {
            let files = view.input.branches[own].files.iter().filter_map(|file| file.new.as_ref());
            let mut texts = files.map(|new| String::from_utf8_lossy(&new.bytes));
            texts.any(|text| text.contains(word))
        })
    };
    match near {
        None if spoken() => Kept::Perhaps,
        near => Kept::No(near),
    }
}

/// Whether one was probably meant for the other: another method or parameter, another spelling.
fn is_near(kind: EntryKind, one: &str, other: &str) -> bool {
    let path = |key: &str| norm(key.split_once(' ').map_or(key, |(_, path)| path));
    match kind {
        EntryKind::Route => !path(one).is_empty() && path(one) == path(other),
        _ => norm(one) == norm(other),
    }
}
