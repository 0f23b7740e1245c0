//! Two branches give one type different fields, in one language or across languages.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::zip;

use super::shapes::{Clash, Pair, pairs, type_text};
use super::wire::{self, are_two_sides};
use super::{Draft, Rule, View, is_aside, retype};
use crate::model::{ContractKind, Finding, Level};
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{Def, Field};
use crate::validate::names::{concept, direction, norm};
use crate::validate::resolve::same_family;

pub(super) const RULE: Rule = Rule { id: "shape-mismatch", check };

/// A type that a branch declares or changes.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) branch: usize,
    pub(super) file: &'a File<'a>,
    pub(super) def: &'a Def,
}

impl<'a> Shape<'a> {
    /// The definition before the branch changed it.
    fn before(&self) -> Option<&'a Def> {
        let old = self.file.old.as_ref()?;
        old.model.defs.iter().find(|old| old.is_named_as(self.def) && old.kind.is_type())
    }

    /// Whether the branch added or changed the field.
    fn touched(&self, field: &Field) -> bool {
        let Some(before) = self.before() else { return true };
        !before.fields.iter().any(|old| old.wire == field.wire && old.ty == field.ty)
    }
}

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for shapes in by_concept(view).values().filter(|shapes| shapes.len() > 1) {
        for (at, left) in shapes.iter().enumerate() {
            for right in &shapes[at + 1..] {
                let mut places = [(left.file.path, left.def.path()), (right.file.path, right.def.path())];
                places.sort();
                if left.branch == right.branch || seen.contains(&places) || knows(view, left, right) {
                    continue;
                }
                if let Some(mut finding) = compare(view, left, right) {
                    seen.insert(places);
                    follow(view, shapes, left, right, &mut finding);
                    findings.push(finding);
                }
            }
        }
    }
}

/// Where a third shape stands above both, the fix follows that one, so that all fixes agree.
fn follow(view: &View<'_>, all: &[Shape<'_>], left: &Shape<'_>, right: &Shape<'_>, finding: &mut Finding) {
    let (winner, loser) = rank(view, left, right);
    let mut above = all.iter().filter(|shape| shape.branch != loser.branch && shape.branch != winner.branch);
    let first = above.find(|shape| {
        let beaten = |other: &Shape<'_>| std::ptr::eq(rank(view, shape, other).0, *shape);
        beaten(winner) && beaten(loser) && compare(view, shape, winner).is_some()
    });
    if let Some(by_first) = first.and_then(|first| compare(view, first, loser)) {
        finding.fix = by_first.fix;
    }
}

fn by_concept<'a>(view: &View<'a>) -> BTreeMap<String, Vec<Shape<'a>>> {
    let mut concepts: BTreeMap<String, Vec<Shape<'a>>> = BTreeMap::new();
    for &(branch, file, def) in view.index.defs.values().flatten() {
        if def.kind.is_type() && !def.fields.is_empty() && !def.flags.is_test && !is_aside(&file.name) {
            concepts.entry(concept_of(file.language, &def.name)).or_default().push(Shape {
                branch,
                file,
                def,
            });
        }
    }
    concepts
}

/// What a type speaks of; a table is named after many of them.
fn concept_of(language: Language, name: &str) -> String {
    let concept = concept(name);
    match concept.strip_suffix('s') {
        Some(one) if language == Language::Sql && one.len() > 2 && !one.ends_with('s') => one.to_owned(),
        _ => concept,
    }
}

/// Whether something between the two writes names in another way: a database or a serialiser.
fn respells(left: Language, right: Language) -> bool {
    let by_itself = |language: Language| matches!(language, Language::Sql | Language::Proto);
    let python = |language: Language| language == Language::Python;
    let graph = |language: Language| language == Language::GraphQl;
    by_itself(left) || by_itself(right) || (python(left) && graph(right)) || (graph(left) && python(right))
}

/// Whether one branch holds the other's shape as well, so that it has seen both.
fn knows(view: &View<'_>, left: &Shape<'_>, right: &Shape<'_>) -> bool {
    let holds = |branch: usize, shape: &Shape<'_>| {
        let new = view.file(branch, shape.file.path).and_then(|file| file.new.as_ref());
        new.is_some_and(|new| new.model.named_as(shape.def).any(|(_, own)| has_fields(own, shape.def)))
    };
    holds(left.branch, right) || holds(right.branch, left)
}

fn has_fields(one: &Def, other: &Def) -> bool {
    one.fields.len() == other.fields.len()
        && zip(&one.fields, &other.fields).all(|(one, other)| alike(one, other))
}

/// Whether two fields say the same, on whatever line.
fn alike(one: &Field, other: &Field) -> bool {
    one.wire == other.wire && one.ty == other.ty && one.optional == other.optional
}

/// Whether a branch has the other's field just as it is there, so that the two differ in this branch
/// by itself.
fn holds(view: &View<'_>, branch: usize, shape: &Shape<'_>, field: &Field) -> bool {
    let held = match view.file(branch, shape.file.path) {
        Some(own) => own.new.as_ref(),
        None => shape.file.old.as_ref(),
    };
    let mut defs = held.into_iter().flat_map(|held| held.model.named_as(shape.def));
    defs.any(|(_, own)| own.fields.iter().any(|own| alike(own, field)))
}

fn compare(view: &View<'_>, left: &Shape<'_>, right: &Shape<'_>) -> Option<Finding> {
    if left.file.path == right.file.path && !may_meet_in_a_file(view, left, right) {
        return None;
    }
    let ways = (direction(&left.def.name), direction(&right.def.name));
    if ways.0 != ways.1 && ways.0.is_some() && ways.1.is_some() {
        return None;
    }
    let all = pairs(&left.def.fields, &right.def.fields);
    let smaller = left.def.fields.len().min(right.def.fields.len());
    let larger = left.def.fields.len().max(right.def.fields.len());
    if all.len() * 2 < smaller {
        return None;
    }
    let wires = [left, right].map(|shape| wire::of(shape));
    let is_respelled = || [left, right].iter().any(|shape| wire::is_respelled(view, shape));
    let spelling_is_custom = converts_names(left, right)
        || respells(left.file.language, right.file.language)
        || wires.iter().any(|wire| wire.respells || wire.is_stored)
        || all.iter().any(|pair| pair.naming == Clash::Hard) && is_respelled();
    // What is not set of a message is read as nothing, so that a reader always has the field.
    let is_filled = [left, right].iter().any(|shape| shape.file.language == Language::Proto);
    let differing: Vec<Pair<'_>> = all
        .iter()
        .map(|pair| match pair.naming {
            Clash::Hard if spelling_is_custom => Pair { naming: Clash::None, ..*pair },
            _ => *pair,
        })
        .map(|pair| if is_filled { Pair { presence: Clash::None, ..pair } } else { pair })
        .filter(|pair| pair.clash() > Clash::None)
        .filter(|pair| sets(view, (left, pair.left), right) || sets(view, (right, pair.right), left))
        .filter(|pair| pair.clash() == Clash::Hard || !is_of_one_side(view, (left, right), pair))
        .collect();
    let worst = differing.iter().map(Pair::clash).max()?;
    let contract = provider(view, left, right).is_some();
    let close =
        all.len() >= 2.min(larger) && all.len() * 2 >= larger && left.def.exported && right.def.exported;
    let level = match worst {
        Clash::Hard if contract || (close && !is_generic(&left.def.name)) => Level::Deny,
        _ if is_generic(&left.def.name) || !left.def.exported || !right.def.exported => return None,
        Clash::Hard => Level::Warn,
        _ if contract || !same_family(left.file.language, right.file.language) => Level::Warn,
        _ => return None,
    };
    // What lies between a table and a type is code that may convert.
    let is_stored = [left, right].iter().any(|shape| shape.file.language == Language::Sql)
        || wires.iter().any(|wire| wire.is_stored);
    // Of one language two packages may each have an `Account` of their own.
    let meet = !same_family(left.file.language, right.file.language)
        || left.file.directory() == right.file.directory()
        || are_two_sides(&left.file.name, &right.file.name);
    let is_sure = contract || meet && wires.iter().all(|wire| wire.is_sent && !wire.converts);
    let level = if is_stored || !is_sure { level.min(Level::Warn) } else { level };
    Some(finding(view, left, right, &differing, level))
}

/// Whether one of the branches has both fields. A clash that only may be one is told where the two
/// come together in the merge, not where a branch has lived with it.
fn is_of_one_side(view: &View<'_>, (left, right): (&Shape<'_>, &Shape<'_>), pair: &Pair<'_>) -> bool {
    holds(view, left.branch, right, pair.right) || holds(view, right.branch, left, pair.left)
}

/// Whether a branch touched a field and left the one that the other shape has as it was: where it gave
/// both another type, so does the merge.
fn sets(view: &View<'_>, (shape, field): (&Shape<'_>, &Field), other: &Shape<'_>) -> bool {
    let there = view.file(shape.branch, other.file.path).and_then(|file| file.new.as_ref());
    let mut defs = there.iter().flat_map(|there| there.model.named_as(other.def));
    let same = |own: &Field| own.wire == field.wire && own.ty == field.ty;
    shape.touched(field) && !defs.any(|(_, own)| own.fields.iter().any(same))
}

/// In one file Git or `duplicate-definition` decides, unless both branches add the type there and
/// the merge conflicts.
fn may_meet_in_a_file(view: &View<'_>, left: &Shape<'_>, right: &Shape<'_>) -> bool {
    let merges = view.merged(left.file.path, left.branch, right.branch).is_some();
    !merges && left.def.is_named_as(right.def) && left.before().is_none() && right.before().is_none()
}

/// Whether the base already has both types with differently spelled names: then something
/// converts them, and the spelling is no mismatch.
fn converts_names(left: &Shape<'_>, right: &Shape<'_>) -> bool {
    let (Some(left), Some(right)) = (left.before(), right.before()) else { return false };
    left.fields.iter().any(|left| {
        let respelled = |right: &Field| norm(&left.wire) == norm(&right.wire) && left.wire != right.wire;
        right.fields.iter().any(respelled)
    })
}

/// Names that many files use for something of their own.
fn is_generic(name: &str) -> bool {
    const GENERIC: [&str; 22] = [
        "props", "state", "options", "opts", "config", "params", "args", "context", "data", "input",
        "output", "result", "item", "node", "entry", "settings", "request", "response", "error", "meta",
        "self", "inner",
    ];
    GENERIC.contains(&concept(name).as_str())
}

/// The branch that promised the type, if one of the two did.
fn provider(view: &View<'_>, left: &Shape<'_>, right: &Shape<'_>) -> Option<usize> {
    let wanted = concept(&left.def.name);
    let promises = |shape: &&&Shape<'_>| {
        let own = view.input.declared.iter().filter(|own| own.branch == view.name(shape.branch));
        own.flat_map(|own| &own.provides).any(|contract| {
            let last = contract.name.rsplit(['.', ':']).next().unwrap_or(&contract.name);
            contract.kind == ContractKind::Type && concept(last) == wanted
        })
    };
    let shapes = [left, right];
    let mut providers = shapes.iter().filter(promises);
    match (providers.next(), providers.next()) {
        (Some(one), None) => Some(one.branch),
        _ => None,
    }
}

/// The side to follow and the side to change.
fn rank<'s, 'a>(
    view: &View<'_>,
    left: &'s Shape<'a>,
    right: &'s Shape<'a>,
) -> (&'s Shape<'a>, &'s Shape<'a>) {
    let standing = |shape: &Shape<'_>| {
        let promised = provider(view, left, right) == Some(shape.branch);
        // Both ranks are refused, not granted, so that the smaller one wins.
        (
            !promised,
            shape.file.language.is_code(),
            is_client(&shape.file.name),
            shape.before().is_none(),
            shape.branch,
        )
    };
    if standing(left) <= standing(right) { (left, right) } else { (right, left) }
}

/// Whether a file belongs to the side that takes what another makes.
fn is_client(path: &str) -> bool {
    const CLIENTS: [&str; 5] = ["client", "clients", "frontend", "ui", "mobile"];
    path.split('/').rev().skip(1).any(|part| CLIENTS.contains(&part))
}

/// A field as its language writes it, and that it may be missing where the two differ in that.
fn written(language: Language, field: &Field, presence: Clash) -> String {
    let ty = type_text(language, &field.ty).map_or(String::new(), |ty| format!(": {ty}"));
    let optional = if field.optional && presence > Clash::None { " (optional)" } else { "" };
    format!("`{}{ty}`{optional}", field.wire)
}

fn finding(
    view: &View<'_>,
    left: &Shape<'_>,
    right: &Shape<'_>,
    differing: &[Pair<'_>],
    level: Level,
) -> Finding {
    let (winner, loser) = rank(view, left, right);
    let turned: Vec<Pair<'_>> = differing
        .iter()
        .map(|pair| match std::ptr::eq(winner, left) {
            true => *pair,
            false => Pair { left: pair.right, right: pair.left, ..*pair },
        })
        .collect();
    let list: Vec<String> = turned
        .iter()
        .map(|pair| {
            let theirs = written(loser.file.language, pair.right, pair.presence);
            format!("{theirs} for {}", written(winner.file.language, pair.left, pair.presence))
        })
        .collect();
    let message = format!(
        "{} gives the type `{}` in {} other fields than {} in {}: {}",
        view.name(loser.branch),
        loser.def.name,
        loser.file.path,
        view.name(winner.branch),
        winner.file.path,
        list.join(", ")
    );
    let sites = vec![
        view.site(winner.branch, winner.file.path, winner.def.line),
        view.site(loser.branch, loser.file.path, loser.def.line),
    ];
    let summary = format!(
        "give `{}` in {} the fields of {}",
        loser.def.name,
        loser.file.path,
        view.name(winner.branch)
    );
    let fix = Some(view.fix(loser.branch, summary, retype::patch_of(winner, loser, &turned)));
    let (winner, loser) = (winner.def.path(), loser.def.path());
    Draft { rule: RULE.id, level, message, symbols: &[&winner, &loser], sites, fix }.finish()
}
