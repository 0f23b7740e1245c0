//! One branch adds a field, a variant or a member of a trait; another writes out all of them
//! without it, as Rust demands: a literal, a match, an `impl`.

use super::reach::Reach;
use super::renamed::Member;
use super::rust;
use super::{Draft, Rule, View};
use crate::model::{Finding, Fix, Level};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::lines::whole_lines;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Exhaustive, FileModel, Impl, Kind, Ref, RefKind};

pub(super) const RULE: Rule = Rule { id: super::member_required::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.language == Language::Rust) {
            for demand in demands(branch, file) {
                match demand.part.kind {
                    Kind::Field => literals(view, &demand, findings),
                    Kind::Variant => others(view, &demand, matches_of, findings),
                    _ => others(view, &demand, impls_of, findings),
                }
            }
        }
    }
}

/// What a branch demands of everybody who writes out a type.
struct Demand<'a> {
    branch: usize,
    file: &'a File<'a>,
    /// The struct, enum or trait, as the branch has it.
    owner: &'a Def,
    part: &'a Def,
}

impl Demand<'_> {
    fn member(&self) -> Member<'_> {
        Member { branch: self.branch, file: self.file, owner: self.owner, name: &self.part.name }
    }
}

fn demands<'a>(branch: usize, file: &'a File<'a>) -> Vec<Demand<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let edited = file.change.edited.iter().filter(|(before, after)| {
        !old.model.defs[*before].flags.is_abstract && new.model.defs[*after].flags.is_abstract
    });
    let parts = file.change.added.iter().chain(edited.map(|(_, after)| after));
    let parts = parts.map(|part| &new.model.defs[*part]).filter(|part| !part.flags.may_repeat);
    parts
        .filter(|part| matches!(part.kind, Kind::Field | Kind::Variant) || part.flags.is_abstract)
        .filter_map(|part| {
            let (name, around) = part.parents.split_last()?;
            let (_, owner) = new.model.named(name).find(|(_, owner)| owner.parents == around)?;
            let had = old.model.named_as(owner).any(|(_, def)| def.kind == owner.kind);
            let fits = match part.kind {
                Kind::Field => matches!(owner.kind, Kind::Class | Kind::Variant),
                Kind::Variant => owner.kind == Kind::Enum,
                _ => owner.kind == Kind::Interface,
            };
            (had && fits).then_some(Demand { branch, file, owner, part })
        })
        .collect()
}

/// Literals and patterns that name the fields of the type and lack the new one.
fn literals(view: &View<'_>, demand: &Demand<'_>, findings: &mut Vec<Finding>) {
    let uses = view.index.uses_elsewhere(demand.branch, &demand.owner.name);
    let found = first_in_each_file(uses, |usage| literal(view, demand, findings, usage));
    findings.extend(found);
}

fn literal(view: &View<'_>, demand: &Demand<'_>, findings: &[Finding], usage: &Use<'_>) -> Option<Finding> {
    let What::Ref(reference, is_more) = usage.what else { return None };
    let same = |other: &Ref| other.name == reference.name && other.args == reference.args;
    let lacks = lacks_field(reference, demand)
        && !knows(view, usage.branch, demand)
        && view.reach(usage, demand.file, demand.owner) == Some(Reach::Sure)
        && is_left(view, demand, usage.branch, usage.file, is_more, |model| model.refs.iter().any(same));
    let given = reference.args.as_ref().map_or(&[][..], |args| &args.named);
    let is_told = || demand.member().is_told(view, findings, (usage.branch, usage.file.path), given);
    (lacks && !is_told()).then(|| {
        let summary = format!("give `{}` a `{}`", demand.owner.name, demand.part.name);
        let fix = view.fix(usage.branch, summary, String::new());
        finding(view, demand, (usage.branch, usage.file, reference.line), "writes out", fix)
    })
}

fn lacks_field(reference: &Ref, demand: &Demand<'_>) -> bool {
    let Some(args) = reference.args.as_ref().filter(|_| reference.kind == RefKind::Construct) else {
        return false;
    };
    !args.spread && args.positional == 0 && !args.named.is_empty() && !args.named.contains(&demand.part.name)
}

/// Whether a branch has the new part itself.
fn knows(view: &View<'_>, branch: usize, demand: &Demand<'_>) -> bool {
    let own = view.file(branch, demand.file.path).and_then(|own| own.new.as_ref());
    own.is_some_and(|own| own.model.defs.iter().any(|def| def.is_named_as(demand.part)))
}

/// Whether the merge still holds what a branch added.
fn is_left(
    view: &View<'_>,
    demand: &Demand<'_>,
    user: usize,
    file: &File<'_>,
    is_more: bool,
    holds: impl Fn(&FileModel) -> bool,
) -> bool {
    match view.file(demand.branch, file.path) {
        None => is_more,
        Some(theirs) if theirs.new.is_none() => false,
        Some(_) => view.merged(file.path, demand.branch, user).is_some_and(|merged| holds(&merged.model)),
    }
}

/// A place that another branch added and that lacks the part: its line, what it does, the patch.
type Lacking = (u32, &'static str, Vec<Edit>);

fn others(
    view: &View<'_>,
    demand: &Demand<'_>,
    lacking: fn(&View<'_>, &Demand<'_>, usize, &File<'_>, &Side<'_>) -> Vec<Lacking>,
    findings: &mut Vec<Finding>,
) {
    for (user, changes) in view.branches.iter().enumerate().filter(|(user, _)| *user != demand.branch) {
        if knows(view, user, demand) {
            continue;
        }
        for file in changes.files.iter().filter(|file| file.language == Language::Rust) {
            let Some(new) = &file.new else { continue };
            for (line, verb, edits) in lacking(view, demand, user, file, new) {
                let summary = format!("add `{}` in {}", demand.part.name, file.path);
                let patch = patch(file.path, new.text, edits);
                let fix = Fix { is_draft: true, ..view.fix(user, summary, patch) };
                findings.push(finding(view, demand, (user, file, line), verb, fix));
            }
        }
    }
}

fn matches_of(
    view: &View<'_>,
    demand: &Demand<'_>,
    user: usize,
    file: &File<'_>,
    new: &Side<'_>,
) -> Vec<Lacking> {
    let model = &new.model;
    let count = |model: &FileModel, found: &Exhaustive| {
        model.exhaustive.iter().filter(|other| other.names == found.names).count()
    };
    let before = |found: &Exhaustive| file.old.as_ref().map_or(0, |old| count(&old.model, found));
    let added = model.exhaustive.iter().filter(|found| count(model, found) > before(found));
    let lacking = added.filter(|found| {
        let last = |name: &String| name.rsplit("::").next() == Some(&demand.part.name);
        // A bare name that is no variant, or no longer, takes what is left.
        let is_variant = |name: &String| {
            let mut parts = demand.file.new.iter().flat_map(|new| &new.model.defs);
            name.contains("::") || parts.any(|def| def.kind == Kind::Variant && def.name == *name)
        };
        !found.names.iter().any(last)
            && found.names.iter().all(is_variant)
            && found
                .names
                .iter()
                .any(|name| rust::is_variant(file, name, found.within, demand.file, demand.owner))
            && is_left(view, demand, user, file, true, |model| count(model, found) > 0)
    });
    lacking.map(|found| (found.line, "matches all variants of", arm(demand, new.text, found))).collect()
}

/// An arm for the new variant before the brace that ends the match.
fn arm(demand: &Demand<'_>, text: &str, found: &Exhaustive) -> Vec<Edit> {
    let Some(first) = found.names.first() else { return Vec::new() };
    let lead = first.rfind("::").map_or("", |at| &first[..at + 2]);
    let rest = if demand.part.sig.is_some() {
        "(..)"
    } else if demand.part.fields.is_empty() {
        ""
    } else {
        " { .. }"
    };
    let end = found.span.end.saturating_sub(1);
    let lines = whole_lines(text, end, end);
    let indent = &text[lines.start..end];
    if !indent.trim().is_empty() {
        return Vec::new();
    }
    let deeper = first_indent(&text[found.span.start..lines.start], indent);
    let arm = format!("{deeper}{lead}{}{rest} => todo!(),\n", demand.part.name);
    // The arm before it may lack its comma.
    let before = text[..lines.start].trim_end();
    let mut edits = vec![Edit::insert(lines.start, arm)];
    if !before.ends_with([',', '{', '}']) {
        edits.push(Edit::insert(before.len(), ","));
    }
    edits
}

/// How far the first line of a block is indented; the braces of an empty one are at `outer`.
fn first_indent(block: &str, outer: &str) -> String {
    let mut lines = block.lines().skip(1).filter(|line| !line.trim().is_empty());
    match lines.next().map(|line| &line[..line.len() - line.trim_start().len()]) {
        Some(indent) if indent.len() > outer.len() => indent.to_owned(),
        _ => format!("{outer}    "),
    }
}

fn impls_of(
    view: &View<'_>,
    demand: &Demand<'_>,
    user: usize,
    file: &File<'_>,
    new: &Side<'_>,
) -> Vec<Lacking> {
    let is_same = |left: &Impl, right: &Impl| left.of == right.of && left.implementor == right.implementor;
    let has = |model: &FileModel, found: &Impl| model.impls.iter().any(|other| is_same(other, found));
    let added =
        new.model.impls.iter().filter(|found| !file.old.as_ref().is_some_and(|old| has(&old.model, found)));
    let lacking = added.filter(|found| {
        let of = found.of.split('<').next().unwrap_or(&found.of);
        let mut defs = new.model.defs.iter();
        let gives = |def: &Def| {
            def.name == demand.part.name
                && found.span.contains(&def.span.start)
                && def.parents.contains(&found.implementor)
        };
        !defs.any(gives)
            && !rust::is_completed(new.text, &found.span)
            && rust::names_path(file, of, found.within, demand.file, demand.owner)
            && is_left(view, demand, user, file, true, |model| has(model, found))
    });
    // What has another name now is to be renamed where it is stated, and not to be added.
    let before = demand.member().before(view).map(|(name, _)| name);
    let states_old = |found: &Impl| {
        let mut defs = new.model.defs.iter();
        defs.any(|def| Some(&*def.name) == before && found.span.contains(&def.span.start))
    };
    let edits = |found: &Impl| if states_old(found) { Vec::new() } else { stub(demand, new.text, found) };
    lacking.map(|found| (found.line, "implements", edits(found))).collect()
}

/// The member, to be filled in, before the brace that ends the `impl`.
fn stub(demand: &Demand<'_>, text: &str, found: &Impl) -> Vec<Edit> {
    let end = found.span.end.saturating_sub(1);
    let lines = whole_lines(text, end, end);
    let indent = &text[lines.start..end];
    if !indent.trim().is_empty() || demand.part.kind != Kind::Method {
        return Vec::new();
    }
    let head = demand.part.head.trim_end_matches([';', ' ']);
    let gap = if text[..lines.start].trim_end().ends_with('{') { "" } else { "\n" };
    let stub = format!("{gap}{indent}    {head} {{\n{indent}        unimplemented!()\n{indent}    }}\n");
    vec![Edit::insert(lines.start, stub)]
}

fn finding(
    view: &View<'_>,
    demand: &Demand<'_>,
    (user, file, line): (usize, &File<'_>, u32),
    verb: &str,
    fix: Fix,
) -> Finding {
    let message = format!(
        "{} {verb} `{}` in {} without the {} `{}`, which {} adds in {}",
        view.name(user),
        demand.owner.name,
        file.path,
        demand.part.kind.word(),
        demand.part.name,
        view.name(demand.branch),
        demand.file.path
    );
    let sites =
        vec![view.site(demand.branch, demand.file.path, demand.part.line), view.site(user, file.path, line)];
    let (part, verb) = (demand.part.path(), verb.to_owned());
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&part, &verb], sites, fix: Some(fix) }
        .finish()
}
