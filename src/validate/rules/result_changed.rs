//! One branch changes the type of a Java field or of what a method gives back; another adds a use
//! that needs the old one.

use std::collections::BTreeMap;

use super::java::{Found, Source, Stated, Types, around, assignable, comparable, may_narrow, meant, params};
use super::{Draft, Rule, View};
use crate::model::{Finding, Level, RepoPath};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Kind, Ref, RefKind, Value};

pub(super) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Java) {
        for retyped in retyped(branch, file) {
            findings
                .extend(first_in_each_file(view.index.uses_elsewhere(branch, &retyped.old.name), |usage| {
                    clash(view, &retyped, usage).map(|clash| finding(view, &retyped, usage, &clash))
                }));
        }
    }
}

/// A member whose type a branch changed.
struct Retyped<'a> {
    branch: usize,
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
    /// The old one with all that had its name.
    all: Vec<&'a Def>,
}

fn retyped<'a>(branch: usize, file: &'a File<'a>) -> Vec<Retyped<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let after = members(&new.model);
    let mut found = Vec::new();
    for (path, before) in members(&old.model) {
        let Some(now) = after.get(&path) else { continue };
        for old in &before {
            let new = match (before.as_slice(), now.as_slice()) {
                ([_], [only]) => Some(only),
                _ => now.iter().find(|new| params(new) == params(old)),
            };
            if let Some(new) = new.filter(|new| new.ty != old.ty && !new.ty.is_empty()) {
                found.push(Retyped { branch, file, old, new, all: before.clone() });
            }
        }
    }
    found
}

/// The methods and the fields of a file by their paths.
fn members(model: &FileModel) -> BTreeMap<(Kind, String), Vec<&Def>> {
    let mut members: BTreeMap<_, Vec<&Def>> = BTreeMap::new();
    for def in model.defs.iter().filter(|def| matches!(def.kind, Kind::Method | Kind::Field)) {
        members.entry((def.kind, def.path())).or_default().push(def);
    }
    members
}

/// What no longer fits.
enum Clash {
    /// The result goes where its type cannot.
    Wanted(String),
    /// The new type has no such member.
    Lacks(String),
    /// It is set to a value of another type.
    Set(String),
}

fn clash(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, is_more) = usage.what else { return None };
    if reference.kind == RefKind::Override || !is_left(view, retyped, usage, reference, is_more) {
        return None;
    }
    if !view.means(usage, retyped.file, retyped.old) || !is_meant(view, retyped, usage, reference) {
        return None;
    }
    let at = At::of(view, retyped, usage, reference)?;
    let before = at.stated(&at.own, retyped.file.old.as_ref()?, retyped.old);
    let after = at.stated(&at.merged, retyped.file.new.as_ref()?, retyped.new)?;
    let types = (before.as_ref(), &after);
    if reference.kind == RefKind::Write && reference.args.is_some() {
        return at.set(reference.args.as_ref()?.values.first()?, types);
    }
    // What a method that is named stands for is no place for its result.
    let is_named = reference.kind == RefKind::Call && reference.args.is_none();
    let wanted = Some(&reference.wanted).filter(|_| !is_named);
    let text = usage.file.new.as_ref().map_or("", |new| new.text);
    // What is taken of another one of the same name and number is not taken of this one.
    let is_next = |next: &Ref| retyped.all.len() == 1 || follows(text, reference, next);
    wanted.and_then(|wanted| at.wanted(wanted, types)).or_else(|| at.lacks(reference, &after, is_next))
}

/// Whether a call surely means the one of several methods that was changed.
fn is_meant(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let all = retyped.all.as_slice();
    all.len() == 1
        || meant(view, (usage, reference), (retyped.file, all))
            .is_some_and(|one| std::ptr::eq(one, retyped.old))
}

/// Where a use stands, on its branch and in the merge.
struct At<'v, 'a> {
    own: Types<'v, 'a>,
    merged: Types<'v, 'a>,
    path: &'v RepoPath,
    source: Source,
    /// The file of the use as the merge has it.
    whole: Source,
    around: Vec<String>,
}

/// What a member was, as far as it is known, and what it is.
type Change<'t> = (Option<&'t Found>, &'t Found);

impl<'v, 'a> At<'v, 'a> {
    fn of(view: &'v View<'a>, retyped: &'v Retyped<'_>, usage: &Use<'_>, reference: &Ref) -> Option<Self> {
        let own = Types::of(view, usage.branch);
        let merged = Types::merged(view, usage.branch, retyped.branch);
        let (source, whole) = (own.source(usage.file)?, merged.source(usage.file)?);
        let around = around(&source.model, reference);
        Some(Self { own, merged, path: retyped.file.path, source, whole, around })
    }

    /// The type that a member is given in one version of its file.
    fn stated(&self, types: &Types<'_, '_>, side: &Side<'_>, def: &Def) -> Option<Found> {
        let source = Source { path: self.path.clone(), model: side.model.clone() };
        types.named(&source, &def.parents, &def.ty)
    }

    fn wanted(&self, wanted: &Value, (before, after): Change<'_>) -> Option<Clash> {
        let refused = |(types, source): (&Types<'_, '_>, &Source), from: &Found| {
            let to = self.places((types, source), wanted)?;
            let refuses = |to: &Found| match wanted {
                Value::Content(_) => comparable(types, from, to) == Some(false),
                _ => assignable(types, from, to) == Some(false) && !may_narrow(from, to),
            };
            to.iter().all(refuses).then(|| to.first().map(Found::word).unwrap_or_default())
        };
        let now = refused((&self.merged, &self.whole), after)?;
        before
            .is_none_or(|before| refused((&self.own, &self.source), before).is_none())
            .then_some(Clash::Wanted(now))
    }

    /// The types of which one has to take a value.
    fn places(&self, (types, source): (&Types<'_, '_>, &Source), wanted: &Value) -> Option<Vec<Found>> {
        match wanted {
            Value::Passed(call, place) => types.taken(source, &self.around, call, place.parse().ok()?),
            Value::Content(other) => types.value(source, &self.around, other).map(|found| vec![found]),
            wanted => types.value(source, &self.around, wanted).map(|found| vec![found]),
        }
    }

    fn set(&self, given: &Value, (before, after): Change<'_>) -> Option<Clash> {
        let goes = |(types, source): (&Types<'_, '_>, &Source), to: &Found| {
            let from = types.value(source, &self.around, given)?;
            Some((assignable(types, &from, to)? || may_narrow(&from, to), from.word()))
        };
        let (false, given) = goes((&self.merged, &self.whole), after)? else { return None };
        let fitted =
            before.and_then(|before| goes((&self.own, &self.source), before)).is_none_or(|(fits, _)| fits);
        fitted.then_some(Clash::Set(given))
    }

    /// A member that a use takes from the result and that the new type does not have.
    fn lacks(&self, reference: &Ref, after: &Found, is_next: impl Fn(&Ref) -> bool) -> Option<Clash> {
        let on = Some(&reference.on).filter(|on| **on != Value::Unknown);
        let from_it = |value: &Value| match (value, &reference.args) {
            (Value::Call(from, name, passed), Some(args)) => {
                from.as_deref() == on && *name == reference.name && *passed == args.positional
            }
            (Value::Field(from, name), None) => Some(&**from) == on && *name == reference.name,
            (Value::Name(name), None) => on.is_none() && *name == reference.name,
            _ => false,
        };
        let mut next = self.source.model.refs.iter().filter(|next| {
            next.span.start > reference.span.end
                && next.within == reference.within
                && next.line <= reference.line + 2
                && from_it(&next.on)
                && is_next(next)
        });
        let next = next.next()?;
        let call = next.args.as_ref().map(|args| args.positional).filter(|_| next.kind == RefKind::Call);
        let gone = match after {
            Found::Project(home) => matches!(self.merged.member(home, &next.name, call), Stated::Nowhere),
            Found::Foreign(name) => super::java::lacks(name, &next.name, call),
        };
        gone.then(|| Clash::Lacks(next.name.clone()))
    }
}

/// Whether nothing but what a call passes, and a dot, stands between two names.
fn follows(text: &str, call: &Ref, next: &Ref) -> bool {
    let Some(between) = text.get(call.span.end..next.span.start) else { return false };
    let mut depth = 0_i32;
    let close = between.char_indices().find(|(_, char)| {
        depth += match char {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0 && *char == ')'
    });
    close.is_some_and(|(at, _)| between[at + 1..].trim() == ".")
}

/// Whether the merge holds the use.
fn is_left(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>, reference: &Ref, is_more: bool) -> bool {
    // A branch that changed the member as well has its own idea of it.
    let own = view.file(usage.branch, retyped.file.path);
    if let Some(own) = own {
        let Some(new) = &own.new else { return false };
        let same = |def: &Def| {
            def.kind == retyped.old.kind && def.is_named_as(retyped.old) && def.ty == retyped.old.ty
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
                        && other.args == reference.args
                })
            })
        }
    }
}

fn finding(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>, clash: &Clash) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(retyped.branch));
    let name = retyped.old.path();
    let why = match clash {
        Clash::Wanted(place) if Value::PLACES.contains(&place.as_str()) => format!("where {place} is wanted"),
        Clash::Wanted(wanted) => format!("where `{wanted}` is wanted"),
        Clash::Lacks(member) => format!("and takes `{member}` from it"),
        Clash::Set(given) => format!("for a `{given}`"),
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
