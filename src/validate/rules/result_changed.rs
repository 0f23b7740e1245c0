//! One branch changes the type of a Java field or of what a method gives back; another adds a use
//! that needs the old one.

use super::java::{Found, Source, Stated, Types, around, assignable, source_of};
use super::{Draft, Rule, View};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Ref, RefKind, Value};

pub(super) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Java) {
        for retyped in retyped(branch, file) {
            let mut seen = Vec::new();
            for usage in view.index.uses_elsewhere(branch, &retyped.old.name) {
                let place = (usage.branch, usage.file.path);
                if !seen.contains(&place)
                    && let Some(clash) = clash(view, &retyped, usage)
                {
                    seen.push(place);
                    findings.push(finding(view, &retyped, usage, &clash));
                }
            }
        }
    }
}

/// A member whose type a branch changed.
struct Retyped<'a> {
    branch: usize,
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
}

fn retyped<'a>(branch: usize, file: &'a File<'a>) -> Vec<Retyped<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let pairs = file
        .change
        .edited
        .iter()
        .map(|(old_idx, new_idx)| (&old.model.defs[*old_idx], &new.model.defs[*new_idx]));
    let alone = |defs: &[Def], def: &Def| {
        defs.iter().filter(|other| other.kind == def.kind && other.path() == def.path()).count() == 1
    };
    pairs
        .filter(|(before, after)| {
            let is_member = matches!(before.kind, Kind::Method | Kind::Field) && before.kind == after.kind;
            is_member && before.ty != after.ty && !before.ty.is_empty() && !after.ty.is_empty()
        })
        // Of several methods with one name it is not clear which is which.
        .filter(|(before, after)| alone(&old.model.defs, before) && alone(&new.model.defs, after))
        .map(|(old, new)| Retyped { branch, file, old, new })
        .collect()
}

/// What no longer fits.
enum Clash {
    /// The result goes where its type cannot.
    Wanted(String),
    /// The new type has no such member.
    Lacks(String),
}

fn clash(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, is_more) = usage.what else { return None };
    if matches!(reference.kind, RefKind::Override | RefKind::Write)
        || !is_left(view, retyped, usage, reference, is_more)
    {
        return None;
    }
    if !view.means(usage, retyped.file, retyped.old) {
        return None;
    }
    let source = source_of(usage.file)?;
    let names = around(&source.model, reference);
    let before = type_in(view, retyped, usage, retyped.old, true)?;
    let after = type_in(view, retyped, usage, retyped.new, false)?;
    wanted(view, (retyped, usage), &source, &names, (&before, &after), reference)
        .or_else(|| lacks(view, (retyped, usage), reference, &after))
}

/// The type of the member before the change, or after it in the merge.
fn type_in(
    view: &View<'_>,
    retyped: &Retyped<'_>,
    usage: &Use<'_>,
    def: &Def,
    before: bool,
) -> Option<Found> {
    let (types, side) = match before {
        true => (Types::of(view, usage.branch), retyped.file.old.as_ref()?),
        false => (Types::merged(view, usage.branch, retyped.branch), retyped.file.new.as_ref()?),
    };
    let source = Source { path: retyped.file.path.clone(), model: side.model.clone() };
    types.named(&source, &def.parents, &def.ty)
}

fn wanted(
    view: &View<'_>,
    (retyped, usage): (&Retyped<'_>, &Use<'_>),
    source: &Source,
    names: &[String],
    (before, after): (&Found, &Found),
    reference: &Ref,
) -> Option<Clash> {
    let merged = Types::merged(view, usage.branch, retyped.branch);
    let wanted = merged.value(source, names, &reference.wanted)?;
    let own = Types::of(view, usage.branch);
    let clashes = assignable(&merged, after, &wanted) == Some(false)
        && assignable(&own, before, &wanted) != Some(false);
    clashes.then(|| Clash::Wanted(wanted.word()))
}

/// A member that a use takes from the result and that the new type does not have.
fn lacks(
    view: &View<'_>,
    (retyped, usage): (&Retyped<'_>, &Use<'_>),
    reference: &Ref,
    after: &Found,
) -> Option<Clash> {
    let merged = Types::merged(view, usage.branch, retyped.branch);
    let model = &usage.file.new.as_ref()?.model;
    let on = Some(&reference.on).filter(|on| **on != Value::Unknown);
    let from_it = |value: &Value| match (value, &reference.args) {
        (Value::Call(from, name, passed), Some(args)) => {
            from.as_deref() == on && *name == reference.name && *passed == args.positional
        }
        (Value::Field(from, name), None) => Some(&**from) == on && *name == reference.name,
        (Value::Name(name), None) => on.is_none() && *name == reference.name,
        _ => false,
    };
    let mut next = model.refs.iter().filter(|next| {
        next.span.start > reference.span.end
            && next.within == reference.within
            && next.line <= reference.line + 2
            && from_it(&next.on)
    });
    let next = next.next()?;
    let call = next.args.as_ref().map(|args| args.positional);
    let gone = match after {
        Found::Project(home) => matches!(merged.member(home, &next.name, call), Stated::Nowhere),
        Found::Foreign(name) => super::java::lacks(name, &next.name),
    };
    gone.then(|| Clash::Lacks(next.name.clone()))
}

/// Whether the merge holds the use.
fn is_left(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>, reference: &Ref, is_more: bool) -> bool {
    // A branch that changed the member as well has its own idea of it.
    let own = view.file(usage.branch, retyped.file.path);
    if let Some(own) = own {
        let Some(new) = &own.new else { return false };
        let same = |def: &Def| {
            def.kind == retyped.old.kind && def.path() == retyped.old.path() && def.ty == retyped.old.ty
        };
        if !new.model.defs.iter().any(same) {
            return false;
        }
    }
    match view.counterpart(retyped.branch, usage.file) {
        None => is_more,
        Some(file) if file.new.is_none() => false,
        Some(file) => {
            view.merge_of((usage.branch, usage.file), (retyped.branch, file)).is_some_and(|merged| {
                merged.model.refs.iter().any(|other| {
                    other.name == reference.name
                        && other.receiver == reference.receiver
                        && other.wanted == reference.wanted
                })
            })
        }
    }
}

fn finding(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>, clash: &Clash) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(retyped.branch));
    let name = retyped.old.path();
    let why = match clash {
        Clash::Wanted(wanted) => format!("where `{wanted}` is wanted"),
        Clash::Lacks(member) => format!("and takes `{member}` from it"),
    };
    let message = format!(
        "{user} uses `{name}` in {} {why}, but {changer} changed its type from `{}` to `{}` in {}",
        usage.file.path, retyped.old.ty, retyped.new.ty, retyped.file.path
    );
    let sites = vec![
        view.site(retyped.branch, retyped.file.path, retyped.new.line),
        view.site(usage.branch, usage.file.path, usage.what.line()),
    ];
    let summary = format!("use `{name}` as `{}` in {}", retyped.new.ty, usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
}
