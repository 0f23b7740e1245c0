//! Uses in code of what generators make out of a contract file that a branch takes something from.

use std::collections::BTreeSet;

use super::contract_changed::{RULE, gone_text, sites, stands_elsewhere};
use super::{Draft, View, verb};
use crate::model::{Finding, Level};
use crate::validate::entry::EntryKind;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Import, Imported, Receiver, Ref, RefKind};
use crate::validate::names::{concept, lower_camel, norm, words};
use crate::validate::surface::Touch;

/// Uses in code of what generators make out of a contract file.
pub(super) fn called(view: &View<'_>, lost: &Touch<'_>, findings: &mut Vec<Finding>) {
    let Some((owner, name)) = lost.entry.key.rsplit_once('.') else { return };
    let owner = owner.rsplit('.').next().unwrap_or(owner);
    if lost.file.language == Language::Sql || matches!(owner, "Query" | "Mutation" | "Subscription") {
        return;
    }
    let mut uses: Vec<(&Use<'_>, &Ref)> = Vec::new();
    for spelling in spellings(name) {
        for used in view.index.uses_elsewhere(lost.branch, &spelling) {
            let What::Ref(reference, true) = used.what else { continue };
            if used.file.language.is_code()
                && reaches(reference, lost.entry.kind, owner)
                && imports_generated(used.file, reference, lost)
            {
                uses.push((used, reference));
            }
        }
    }
    // A type that is written by hand is its own contract.
    if uses.is_empty() || is_by_hand(view, owner) || stands_elsewhere(view, lost) {
        return;
    }
    let is_own = |reference: &Ref| match &reference.receiver {
        Receiver::Typed(client) => is_by_hand(view, client),
        _ => false,
    };
    for (used, reference) in uses.into_iter().filter(|(_, reference)| !is_own(reference)) {
        findings.push(called_finding(view, lost, used, reference));
    }
}

/// How generators write a name of a contract in code.
fn spellings(name: &str) -> Vec<String> {
    let camel = lower_camel(name);
    let mut pascal = camel.clone();
    if let Some(first) = pascal.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let snake = words(name).join("_");
    let mut lower = camel.clone();
    if let Some(first) = lower.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let mut all = vec![
        name.to_owned(),
        format!("get{pascal}"),
        format!("Get{pascal}"),
        format!("set{pascal}"),
        camel,
        pascal,
        snake,
        lower,
    ];
    all.sort();
    all.dedup();
    all
}

/// Whether a use is of the owner's member: its value, or the client of a service.
fn reaches(reference: &Ref, kind: EntryKind, owner: &str) -> bool {
    let named =
        |name: &str| name.rsplit(['.', ':']).next().is_some_and(|last| concept(last) == concept(owner));
    let client = |name: &str| {
        let (name, owner) = (norm(name), norm(owner));
        ["client", "stub", "blockingstub", "futurestub", "grpc"]
            .iter()
            .any(|end| name == format!("{owner}{end}"))
    };
    match (&reference.receiver, kind) {
        (Receiver::Typed(ty), EntryKind::Rpc) => reference.kind == RefKind::Call && client(ty),
        (Receiver::Name(name), EntryKind::Rpc) => reference.kind == RefKind::Call && client(name),
        (Receiver::Typed(ty), EntryKind::Field) => named(ty),
        (Receiver::Name(name), EntryKind::EnumValue) => named(name),
        _ => false,
    }
}

/// Whether the file of a use takes something from what may be made of the contract file, and what the
/// use goes through from nothing else: a library may have a `Request` or a `Level` of its own.
fn imports_generated(file: &File<'_>, reference: &Ref, lost: &Touch<'_>) -> bool {
    const MADE: [&str; 8] = ["gen", "generated", "pb", "pb2", "proto", "protos", "grpc", "api"];
    let Some(new) = &file.new else { return false };
    let stem = lost.file.name.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    let package = lost.file.old.as_ref().map_or("", |old| old.model.package.as_str());
    let telling = words(stem).into_iter().chain(words(package)).filter(|word| word.len() > 2);
    let telling: BTreeSet<String> = telling.chain(MADE.map(str::to_owned)).collect();
    let is_made =
        |module: &str| module.starts_with('.') || words(module).iter().any(|word| telling.contains(word));
    let (Receiver::Typed(through) | Receiver::Name(through)) = &reference.receiver else { return true };
    let first = through.split(['.', ':']).next().unwrap_or(through);
    let binds = |import: &&Import| {
        let is_name = |name: &Imported| name.local == first;
        let is_module = import.names.is_empty() && import.module.rsplit(['/', '.']).next() == Some(first);
        import.names.iter().any(is_name) || is_module
    };
    match new.model.imports.iter().find(binds) {
        Some(import) => is_made(&import.module),
        None => new.model.imports.iter().any(|import| is_made(&import.module)),
    }
}

fn is_by_hand(view: &View<'_>, owner: &str) -> bool {
    let changed =
        view.index.defs.get(owner).into_iter().flatten().any(|(_, file, _)| file.language.is_code());
    changed || view.is_defined_elsewhere(owner)
}

fn called_finding(view: &View<'_>, lost: &Touch<'_>, used: &Use<'_>, reference: &Ref) -> Finding {
    let (kind, key) = (lost.entry.kind.word(), &lost.entry.key);
    let (did, new) = gone_text(lost);
    let message = format!(
        "{} {} the {kind} `{key}` in {}, which {} {did} in {}",
        view.name(used.branch),
        verb(reference.kind),
        used.file.path,
        view.name(lost.branch),
        lost.file.path
    );
    let summary = match new {
        Some(new) => format!("use `{new}` in {}", used.file.path),
        None => format!("do without `{key}`, or let {} keep it", view.name(lost.branch)),
    };
    let sites = sites(view, lost, (used.branch, used.file, reference.line));
    let fix = Some(view.fix(used.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[kind, key], sites, fix }.finish()
}
