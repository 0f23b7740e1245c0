//! One branch changes the type of what a TypeScript function gives back, or of a member or constant;
//! another adds a use of it that only the old type allows.

use super::assign::Known;
use super::doubt::Going;
use super::lookup::Own;
use super::narrowed::Tested;
use super::parts::Share;
use super::types::{STEPS, Type, Types};
use super::{aliases, is_typed, known, may_be_silenced};
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::model::{Def, Kind, Receiver, Ref, RefKind, Value};
use crate::validate::names::find_words;
use crate::validate::rules::reach::Reach;
use crate::validate::rules::retyped::{Clash, Retyped, check_all, is_left};
use crate::validate::rules::tree::{At, Home, Tree};
use crate::validate::rules::{Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for language in [Language::TypeScript, Language::Tsx] {
        check_all(view, language, clash, findings);
    }
    aliases::check(view, findings);
}

pub(super) fn clash(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, _) = usage.what else { return None };
    let is_changed = retyped.by.is_some() || retyped.old.ty != retyped.new.ty;
    if !is_changed || !is_typed(usage.file.language) || !is_use(reference, retyped.old) {
        return None;
    }
    if view.reach(usage, retyped.file, retyped.old) != Some(Reach::Sure) || may_be_silenced(usage) {
        return None;
    }
    let uses = Uses::of(view, retyped, usage, reference)?;
    let (before, after) = uses.stated(retyped, (&retyped.old.ty, &retyped.new.ty))?;
    if before.is_unknown() && after.is_unknown() {
        return None;
    }
    if says_how_it_is_called(retyped, reference) {
        return None;
    }
    let after = uses.had_by(reference, after);
    let types = (&before, &after);
    let found = match reference.kind {
        RefKind::Call if matches!(retyped.old.kind, Kind::Field | Kind::Const) => {
            uses.called(types).or_else(|| uses.called_missing(types, reference))
        }
        RefKind::Write => {
            let given = reference.args.as_ref()?.values.first()?;
            let is_case = retyped.by.is_some_and(|(alias, _)| aliases::is_case(alias, given));
            if is_case { None } else { uses.set(given, types) }
        }
        _ => {
            let own =
                uses.listed(retyped, reference, types).or_else(|| uses.wanted(&reference.wanted, types));
            own.or_else(|| {
                uses.others(&value_of(reference)?, types, &|around| uses.is_narrowed(retyped, usage, around))
            })
        }
    }?;
    is_left(view, retyped, usage).then_some(found)
}

/// Whether a call does not wait for what is promised now, which is said of how it is called.
fn says_how_it_is_called(retyped: &Retyped<'_>, reference: &Ref) -> bool {
    let waits = |def: &Def| def.sig.as_ref().is_some_and(|sig| sig.is_async);
    reference.kind == RefKind::Call && !reference.awaited && !waits(retyped.old) && waits(retyped.new)
}

fn is_use(reference: &Ref, def: &Def) -> bool {
    match reference.kind {
        // What is called may be a member that holds a function.
        RefKind::Call => matches!(def.kind, Kind::Function | Kind::Method | Kind::Field | Kind::Const),
        RefKind::Read => matches!(def.kind, Kind::Field | Kind::Const),
        RefKind::Write => def.kind == Kind::Field,
        _ => false,
    }
}

/// The use as a value that others may come from.
pub(super) fn value_of(reference: &Ref) -> Option<Value> {
    let passed =
        reference.args.as_ref().filter(|_| reference.kind == RefKind::Call).map(|args| args.positional);
    match (&reference.receiver, &reference.on) {
        (Receiver::None, _) => {
            let name = Value::Name(reference.name.clone());
            Some(passed.map_or(name.clone(), |passed| name.called("", passed)))
        }
        (Receiver::Typed(ty), Value::Unknown) if !ty.is_empty() && passed.is_none() => {
            Some(Value::Of(ty.clone()).field(&reference.name))
        }
        (_, Value::Unknown) => None,
        (_, on) => Some(match passed {
            Some(passed) => on.clone().called(&reference.name, passed),
            None => on.clone().field(&reference.name),
        }),
    }
}

/// What a type was and what it is.
type Change<'t> = (&'t Type, &'t Type);

/// Where the uses of a value are worked out: on the branch and in the merge.
pub(super) struct Uses<'v, 'a> {
    pub(super) usage: &'v Use<'v>,
    pub(super) old: Types<'v, 'a>,
    pub(super) new: Types<'v, 'a>,
    pub(super) at: At,
    there: At,
}

impl<'v, 'a> Uses<'v, 'a> {
    pub(super) fn of(
        view: &'v View<'a>,
        retyped: &Retyped<'_>,
        usage: &'v Use<'v>,
        reference: &Ref,
    ) -> Option<Self> {
        let old = Types::new(Tree::of(view, usage.branch, usage.file), usage.file);
        let new = Types::new(Tree::merged(view, usage.branch, retyped.branch, usage.file), usage.file);
        let at = old.tree.at(usage.file.path, reference.within)?;
        let there = new.tree.place_of(usage.file, reference.within)?;
        Some(Self { usage, old, new, at, there })
    }

    /// What a type as it was written and one as it is written mean where the retyped thing stands.
    pub(super) fn stated(&self, retyped: &Retyped<'_>, (old, new): (&str, &str)) -> Option<(Type, Type)> {
        let path = retyped.file.path;
        let before = self.old.stated(&self.old.tree.defined_at(path, retyped.old)?.inside(), old);
        let after = self.new.stated(&self.new.tree.defined_at(path, retyped.new)?.inside(), new);
        Some((before, after))
    }

    /// What a member of this type is to whoever has it from `Required<Room>`: never missing.
    fn had_by(&self, reference: &Ref, ty: Type) -> Type {
        match self.new.value(&self.there, &reference.on) {
            Type::Part(Share::Required, _) => ty.present(),
            _ => ty,
        }
    }

    pub(super) fn set(&self, given: &Value, (before, after): Change<'_>) -> Option<Clash> {
        let (was, is) = (self.old.value(&self.at, given), self.new.value(&self.there, given));
        let known = self.sureness(known(given), self.at.within, after);
        // What is only said to be of a type may be more general than it as well.
        let is_said = matches!(given, Value::Passed(_, mark) if mark == Value::SAID);
        let goes = |types: &Types<'_, '_>, from: &Type, to: &Type| {
            types.fits(from, to, known) != Some(false)
                || is_said && types.fits(to, from, known) != Some(false)
        };
        (goes(&self.old, &was, before) && !goes(&self.new, &is, after)).then(|| Clash::Set(is.word()))
    }

    fn sureness(&self, known: Known, within: Option<usize>, to: &Type) -> Known {
        self.old.sureness(self.usage, within, Going { known, place: None, to })
    }

    /// Whether a test in a definition of the merge may show that another member is meant there.
    fn is_narrowed(&self, retyped: &Retyped<'_>, usage: &Use<'_>, around: Option<usize>) -> bool {
        let Some(new) = usage.file.new.as_ref() else { return false };
        let member = self.old.tree.defined_at(retyped.file.path, retyped.old);
        let tested = Tested { types: &self.old, at: &self.at, model: &new.model, text: new.text, any: false };
        let around = around.and_then(|def| self.there.file.1.defs.get(def)).map(Def::path);
        member.is_some_and(|member| tested.hides_in(around.as_deref(), &member))
    }

    /// Whether what is called no longer is a function.
    fn called(&self, (before, after): Change<'_>) -> Option<Clash> {
        let is_other = |ty: &Type| match ty {
            Type::Object(_) | Type::List(_) | Type::Promise(_) | Type::Library(..) => true,
            ty => ty.base().is_some() && !ty.is_missing(),
        };
        let breaks = matches!(before, Type::Function) && after.members().iter().any(is_other);
        breaks.then(|| Clash::Wanted("function".to_owned()))
    }

    /// Whether what is called may be missing now, where nothing before the call can have told that it is
    /// there.
    fn called_missing(&self, (before, after): Change<'_>, reference: &Ref) -> Option<Clash> {
        let may_be_missing = |ty: &Type| ty.members().iter().any(Type::is_missing);
        let side = self.usage.file.new.as_ref()?;
        // A function may have the name of what it calls.
        let around = self.at.within.and_then(|def| self.at.file.1.defs.get(def));
        let start = around.map_or(0, |def| (def.span.start + def.head.len()).min(reference.span.start));
        let said = side.text.get(start..reference.span.start).unwrap_or_default();
        let after_name = side.text.get(reference.span.end..).unwrap_or_default().trim_start();
        let breaks = self.new.strict
            && !may_be_missing(before)
            && may_be_missing(after)
            && after_name.starts_with(['(', '<'])
            && find_words(said, &reference.name).next().is_none();
        breaks.then(|| Clash::Wanted("function".to_owned()))
    }

    /// Whether the value no longer is what its place wants.
    fn wanted(&self, wanted: &Value, (before, after): Change<'_>) -> Option<Clash> {
        let (was, ..) = peeled(&self.old, before.clone(), wanted)?;
        let (is, wanted, known) = peeled(&self.new, after.clone(), wanted)?;
        let place = (self.old.value(&self.at, wanted), self.new.value(&self.there, wanted));
        let known = self.sureness(known, self.at.within, &place.1);
        self.refused((&was, &is), (&place.0, &place.1), known)
    }

    fn refused(&self, (was, is): Change<'_>, (old, new): Change<'_>, known: Known) -> Option<Clash> {
        let fitted = self.old.fits(was, old, known) != Some(false);
        (fitted && self.new.fits(is, new, known) == Some(false)).then(|| Clash::Wanted(new.word()))
    }

    /// What others in the file do with the value, where nothing in a definition hides it.
    pub(super) fn others(
        &self,
        value: &Value,
        types: Change<'_>,
        hides: &dyn Fn(Option<usize>) -> bool,
    ) -> Option<Clash> {
        // What stands in the merge, since the other branch may have mended older uses.
        let model = &self.there.file.1;
        let mut flows =
            model.flows_of(value).filter_map(|flow| Some((self.made(&flow.value, value, types)?, flow)));
        let of_flow = flows.find_map(|((was, is, known), flow)| {
            let wanted = match known {
                Known::Firmly => flow.wanted.clone(),
                _ => flow.wanted.clone().passed(Value::AGAIN),
            };
            self.wanted(&wanted, (&was, &is)).filter(|_| !hides(flow.within))
        });
        let mut refs = model.uses_on(value);
        of_flow.or_else(|| {
            refs.find_map(|other| self.other(other, value, types).filter(|_| !hides(other.within)))
        })
    }

    fn other(&self, other: &Ref, value: &Value, types: Change<'_>) -> Option<Clash> {
        if let Some((was, is, known)) = self.made(&other.on, value, types)
            && self.lacks(&other.name, (&was, &is), known)
            && !self.may_be_list(known, &other.name)
        {
            return Some(Clash::Lacks(other.name.clone()));
        }
        let values = &other.args.as_ref()?.values;
        values.iter().enumerate().find_map(|(idx, passed)| {
            let (was, is, known) = self.made(passed, value, types)?;
            let old = taken(&self.old, &self.at, other, idx)?;
            let new = taken(&self.new, &self.there, other, idx)?;
            let around = other.within.and_then(|def| self.there.file.1.defs.get(def)).map(Def::path);
            let own = &self.usage.file.new.as_ref()?.model.defs;
            let around = around.and_then(|path| own.iter().position(|def| def.path() == path));
            self.refused((&was, &is), (&old, &new), self.sureness(known, around, &new))
        })
    }

    /// Whether a value may have been tested for being a list, which has a member whatever it is.
    fn may_be_list(&self, known: Known, member: &str) -> bool {
        let text = self.usage.file.new.as_ref().map_or("", |new| new.text);
        let list = Type::List(Box::new(Type::Unknown));
        known != Known::Firmly
            && text.contains("isArray(")
            && self.new.has_member(&list, member) == Some(true)
    }

    /// What a value that comes from the retyped one was and is.
    fn made(&self, made: &Value, value: &Value, types: Change<'_>) -> Option<(Type, Type, Known)> {
        let is_marked = matches!(made, Value::Passed(_, mark) if mark == Value::AGAIN);
        if !is_marked && bare(made) == bare(value) {
            return Some((types.0.clone(), types.1.clone(), Known::Firmly));
        }
        match made {
            Value::Content(of) => {
                let (was, is, known) = self.made(of, value, types)?;
                Some((self.old.awaited(was)?, self.new.awaited(is)?, known))
            }
            Value::Passed(of, mark) if mark == Value::PRESENT => {
                let (was, is, known) = self.made(of, value, types)?;
                Some((was.present(), is.present(), known))
            }
            Value::Passed(of, mark) if is_sift(mark) => self.made(of, value, types),
            Value::Passed(of, mark) if mark == Value::AGAIN => {
                let (was, is, _) = self.made(of, value, types)?;
                Some((was, is, Known::Loosely))
            }
            _ => None,
        }
    }

    fn lacks(&self, member: &str, (was, is): Change<'_>, known: Known) -> bool {
        let lacks = |ty: &Type| self.new.has_member(ty, member) == Some(false);
        let all = match known {
            Known::Firmly => lacks(is),
            _ => is.members().iter().all(lacks),
        };
        all && self.old.has_member(was, member) == Some(true)
    }
}

/// Whether a mark says that a test was passed; what is called need not be a list.
fn is_sift(mark: &str) -> bool {
    mark == Value::SIFTED || mark == Value::TOLD
}

/// A value without marks of what may have been narrowed down.
fn bare(value: &Value) -> Value {
    match value {
        Value::Passed(of, mark) if mark == Value::AGAIN || is_sift(mark) => bare(of),
        Value::Passed(of, mark) => bare(of).passed(mark),
        Value::Field(on, name) => bare(on).field(name),
        Value::Content(of) => bare(of).content(),
        Value::Call(Some(on), name, n) => bare(on).called(name, *n),
        value => value.clone(),
    }
}

/// What is made of a value on its way to the place that wants it, and what that wants.
fn peeled<'w>(
    types: &Types<'_, '_>,
    mut ty: Type,
    mut wanted: &'w Value,
) -> Option<(Type, &'w Value, Known)> {
    let mut known = Known::Firmly;
    loop {
        wanted = match wanted {
            Value::Content(of) => {
                ty = types.awaited(ty)?;
                of
            }
            Value::Passed(of, mark) if mark == Value::PRESENT => {
                ty = ty.present();
                of
            }
            Value::Passed(of, mark) if mark == Value::AGAIN => {
                known = Known::Loosely;
                of
            }
            Value::Unknown => return None,
            wanted => return Some((ty, wanted, known)),
        };
    }
}

/// What a use takes at a place among its arguments: a parameter, or the member that is set.
fn taken(types: &Types<'_, '_>, at: &At, other: &Ref, idx: usize) -> Option<Type> {
    if other.kind == RefKind::Write {
        let on = match &other.receiver {
            Receiver::Typed(ty) if other.on == Value::Unknown => Value::Of(ty.clone()),
            _ => other.on.clone(),
        };
        return Some(types.value(at, &on.field(&other.name)));
    }
    let function = called(types, at, other)?;
    let param = function.def().sig.as_ref()?.params.get(idx).filter(|param| !param.variadic)?;
    Some(types.stated(&function.inside(), &param.written))
}

fn called(types: &Types<'_, '_>, at: &At, other: &Ref) -> Option<Home> {
    if other.kind != RefKind::Construct {
        return types.function(at, &value_of(other)?);
    }
    match types.own(at, &other.name, STEPS) {
        Own::Def(class) if other.receiver == Receiver::None => types.member(&class, "constructor").0,
        _ => None,
    }
}
