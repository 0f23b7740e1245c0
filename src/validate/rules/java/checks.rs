//! One branch changes the type of a Java member; another adds a use of what comes of it, by whatever way:
//! an element, a result of the library, a local.
//!
//! The use is judged twice as the compiler does, on its own branch and in the merge. It counts where it
//! surely held before, surely does not hold any longer, and the other branch changed a member on the way.

use super::around;
use super::assign::{assignable, lacks, may_narrow};
use super::lambdas::called;
use super::meeting::{Meeting, meet};
use super::types::{Found, Source, Stated, Types, library};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{Check, Def, Kind, Ref, RefKind, Value};
use crate::validate::rules::{Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    meet(view, findings, added, |meeting, used| match used {
        Added::Use(used) => meeting.used(used),
        Added::Check(check) => meeting.asked(check),
    });
}

/// What a branch added.
#[derive(Clone, Copy)]
enum Added<'a> {
    Use(&'a Ref),
    Check(&'a Check),
}

fn added<'a>(file: &'a File<'a>) -> impl Iterator<Item = Added<'a>> {
    let model = file.new.as_ref().map(|new| &*new.model);
    let uses = file.change.uses.iter().filter_map(move |added| model?.refs.get(added.reference));
    let is_of_value =
        |used: &&Ref| matches!(used.kind, RefKind::Call | RefKind::Read) && used.states.is_none();
    let checks = file.change.checks.iter().filter_map(move |idx| model?.checks.get(*idx));
    uses.filter(is_of_value).map(Added::Use).chain(checks.map(Added::Check))
}

/// A tree, and a place in it.
struct Side<'v, 'a> {
    types: Types<'v, 'a>,
    source: Source,
    around: Vec<String>,
}

impl Side<'_, '_> {
    fn value(&self, value: &Value) -> Option<Found> {
        self.types.value(&self.source, &self.around, value)
    }

    /// Whether a type surely has a member, or surely lacks it.
    fn has(&self, on: &Found, name: &str, passed: Option<usize>) -> Option<bool> {
        match on {
            Found::Foreign(array) if array.ends_with(']') => Some(match passed {
                None => name == "length",
                Some(_) => matches!(name, "clone" | "getClass" | "equals" | "hashCode" | "toString"),
            }),
            Found::Foreign(on) if lacks(on, name, passed) => Some(false),
            Found::Foreign(on) => library::has(on, name, passed).then_some(true),
            Found::Project(home) => match self.types.member(home, name, passed) {
                Stated::In { sure, .. } => sure.then_some(true),
                Stated::Nowhere => Some(false),
                Stated::Unknown => None,
            },
        }
    }
}

impl<'v, 'a> Meeting<'v, 'a> {
    fn used(&self, used: &Ref) -> Option<Finding> {
        // A method that is named and not called takes what its target wants.
        if used.kind == RefKind::Call && used.args.is_none() {
            return None;
        }
        let whole = called_or_read(used);
        if !self.touches(&whole) && !self.touches(&used.wanted) {
            return None;
        }
        let own = self.side(Types::of(self.view, self.user), used)?;
        let there = match self.view.counterpart(self.other, self.file) {
            None => used,
            Some(theirs) if theirs.new.is_none() => return None,
            Some(_) => self.view.standing((self.user, self.file), self.other)?.counterpart(used)?,
        }
        .clone();
        let merged = self.side(Types::merged(self.view, self.user, self.other), &there)?;
        if let Some((why, cause)) = self.lacking(&own, &merged, (used, &there)) {
            return Some(self.told_of(used.line, &cause, &why));
        }
        let cause = self.cause(&own, &whole)?;
        let why = refused((&own, &merged), &whole, &used.wanted)?;
        Some(self.told_of(used.line, &cause, &why))
    }

    /// A member that is taken of a value whose type does not have it any longer.
    fn lacking(
        &self,
        own: &Side<'_, '_>,
        merged: &Side<'_, '_>,
        (used, there): (&Ref, &Ref),
    ) -> Option<(String, Cause<'a>)> {
        if used.on == Value::Unknown {
            return None;
        }
        let passed = used.args.as_ref().map(|args| args.positional).filter(|_| used.kind == RefKind::Call);
        let cause = self.cause(own, &used.on)?;
        let (was, is) = (own.value(&used.on)?, merged.value(&there.on)?);
        let lost = own.has(&was, &used.name, passed)? && !merged.has(&is, &used.name, passed)?;
        lost.then(|| (format!("and takes `{}` from it", used.name), cause))
    }

    fn asked(&self, check: &Check) -> Option<Finding> {
        let [value, wanted] = check.of.as_slice() else { return None };
        if !self.touches(value) || self.view.counterpart(self.other, self.file).is_some() {
            return None;
        }
        let place = |types: Types<'v, 'a>| {
            let source = types.source(self.file)?;
            let around = super::around_def(&source.model, check.within);
            Some(Side { types, source, around })
        };
        let own = place(Types::of(self.view, self.user))?;
        let merged = place(Types::merged(self.view, self.user, self.other))?;
        let cause = self.cause(&own, value)?;
        let why = refused((&own, &merged), value, wanted)?;
        Some(self.told_of(check.line, &cause, &why))
    }

    fn side(&self, types: Types<'v, 'a>, used: &Ref) -> Option<Side<'v, 'a>> {
        let source = types.source(self.file)?;
        let around = around(&source.model, used);
        Some(Side { types, source, around })
    }

    /// Whether the other branch changed something of a name that a value comes by.
    fn touches(&self, value: &Value) -> bool {
        let is_changed = |name: &str| {
            let defs = self.view.index.defs.get(name).into_iter().flatten();
            defs.into_iter().any(|(branch, file, _)| *branch == self.other && file.language == Language::Java)
        };
        match value {
            Value::Either(all) | Value::Joined(all) => all.iter().any(|one| self.touches(one)),
            Value::Name(name) => is_changed(name),
            Value::Field(on, name) | Value::Call(Some(on), name, _) => is_changed(name) || self.touches(on),
            Value::Call(None, name, _) => is_changed(name),
            other => other.from().is_some_and(|from| self.touches(from)),
        }
    }

    /// The member that a value comes by and that the other branch gave another type.
    fn cause(&self, own: &Side<'_, '_>, value: &Value) -> Option<Cause<'a>> {
        let parts: Vec<&Value> = match value {
            Value::Either(all) | Value::Joined(all) => all.iter().flat_map(Value::steps).collect(),
            value => value.steps().collect(),
        };
        parts.into_iter().find_map(|part| {
            let (home, members) = own.types.comes_by((&own.source, &own.around), part)?;
            let file = self.view.file(self.other, &home.source.path)?;
            let mut old = members.iter().map(|idx| &home.source.model.defs[*idx]);
            let before = old.next().filter(|_| old.next().is_none())?;
            let (was, now) = (file.old.as_ref()?, file.new.as_ref()?);
            let kind = |def: &Def| if def.kind == Kind::Variant { Kind::Field } else { def.kind };
            let is_it = |def: &&Def| kind(def) == kind(before) && def.is_named_as(before);
            let same = |def: &&Def| is_it(def) && super::params(def) == super::params(before);
            let old = was.model.defs.iter().find(same)?;
            let mut after = now.model.defs.iter().filter(is_it);
            let new = after.next().filter(|_| after.next().is_none())?;
            let is_changed = typed_head(old) != typed_head(new);
            is_changed.then_some(Cause { file, old, new })
        })
    }

    fn told_of(&self, line: u32, cause: &Cause<'_>, why: &str) -> Finding {
        let Cause { file, old, new } = cause;
        let (user, changer) = (self.view.name(self.user), self.view.name(self.other));
        let (name, path) = (old.path(), self.file.path);
        let message = format!(
            "{user} uses `{name}` in {path} {why}, but {changer} changed it to `{}` in {}",
            new.head, file.path
        );
        let sites =
            vec![self.view.site(self.other, file.path, new.line), self.view.site(self.user, path, line)];
        let summary = format!("use `{name}` as `{}` in {path}", new.head);
        let fix = Some(self.view.fix(self.user, summary, String::new()));
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
    }
}

/// A member as it was and as a branch made it.
struct Cause<'a> {
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
}

/// What a declaration says before its name: the type among it.
fn typed_head(def: &Def) -> (&str, &str) {
    let end = def.head.find(['(', '=', ';']).unwrap_or(def.head.len());
    (&def.head[..end], &def.ty)
}

fn called_or_read(used: &Ref) -> Value {
    match used.kind {
        RefKind::Call => called(used),
        _ if used.on != Value::Unknown => used.on.clone().field(&used.name),
        _ => Value::Name(used.name.clone()),
    }
}

/// Why a value cannot go where it went.
fn refused((own, merged): (&Side<'_, '_>, &Side<'_, '_>), value: &Value, wanted: &Value) -> Option<String> {
    let goes = |side: &Side<'_, '_>| -> Option<(bool, String)> {
        let from = side.types.with_args((&side.source, &side.around), value)?;
        let to = match wanted {
            Value::Passed(call, place) => {
                let all = side.types.taken(&side.source, &side.around, call, place.parse().ok()?)?;
                let [only] = all.as_slice() else { return None };
                side.types.without_args(only.clone())
            }
            Value::Unknown | Value::Content(_) => return None,
            wanted => side.types.with_args((&side.source, &side.around), wanted)?,
        };
        let fits = match assignable(&side.types, from.found(), to.found())? {
            true => !from.differs(&to),
            false => may_narrow(from.found(), to.found()),
        };
        Some((fits, to.found().word()))
    };
    match (goes(own)?, goes(merged)?) {
        ((true, _), (false, to)) if Value::PLACES.contains(&to.as_str()) => {
            Some(format!("where {to} is wanted"))
        }
        ((true, _), (false, to)) => Some(format!("where `{to}` is wanted")),
        _ => None,
    }
}
