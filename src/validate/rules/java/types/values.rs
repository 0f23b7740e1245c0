//! The types of Java expressions, followed from name to member.

use super::generic::Typed;
use super::{DEPTH, Found, Home, Source, Stated, Types, takes};
use crate::validate::model::{Def, Ty, Value};
use crate::validate::rules::reach::import_of;

/// Where an expression stands: a file, and the types around it.
pub(in crate::validate::rules) type Place<'p> = (&'p Source, &'p [String]);

impl Types<'_, '_> {
    /// The type of an expression that stands inside the types `around`.
    pub(in crate::validate::rules) fn value(
        &self,
        source: &Source,
        around: &[String],
        value: &Value,
    ) -> Option<Found> {
        self.typed((source, around), value).map(|typed| typed.found)
    }

    pub(super) fn typed(&self, place: Place<'_>, value: &Value) -> Option<Typed> {
        let (source, around) = place;
        let stated = |value: &Value| {
            let (on, home, members, passed) = self.stated_by(place, value)?;
            self.type_of(&on, &home, &members, passed)
        };
        let plain = |found: Option<Found>| found.map(Typed::plain);
        match value {
            Value::Unknown | Value::Content(_) => None,
            Value::Joined(sides) => plain(self.calculated(place, sides)),
            Value::Either(all) => self.either(place, all),
            Value::Of(ty) => self.written(place, ty),
            Value::This => plain(self.at(source, around).map(Found::Project)),
            Value::Name(name) => stated(value).or_else(|| plain(self.named(source, around, name))),
            Value::Field(on, name) => stated(value).or_else(|| match self.value(source, around, on)? {
                Found::Project(home) => plain(self.nested(&home, name, DEPTH).map(Found::Project)),
                Found::Foreign(array) => {
                    let is_length = array.ends_with(']') && name == "length";
                    is_length.then(|| Typed::plain(Found::Foreign("int".to_owned())))
                }
            }),
            Value::Call(on, name, passed) => {
                stated(value).or_else(|| self.typed(place, on.as_ref()?)?.library_result(name, *passed))
            }
            Value::Passed(on, method) => match self.typed(place, on)? {
                all if all.is_array() => self.typed(place, &Value::Element(on.clone())),
                all => all.handed(method),
            },
            Value::Element(array) => match &**array {
                Value::Of(ty) => self.written(place, ty.strip_suffix("[]")?),
                array => {
                    let (_, home, members, _) = self.stated_by(place, array)?;
                    let ty = &home.source.model.defs[*members.first()?].ty;
                    plain(self.named(&home.source, &home.around(), ty.strip_suffix("[]")?))
                }
            },
        }
    }

    /// The type of an expression with what it is given for its parameters.
    pub(in crate::validate::rules) fn with_args(&self, place: Place<'_>, value: &Value) -> Option<Typed> {
        self.typed(place, value)
    }

    pub(in crate::validate::rules) fn without_args(&self, found: Found) -> Typed {
        Typed::plain(found)
    }

    /// The type that states the last name of a value, and what it states under that.
    pub(in crate::validate::rules) fn comes_by(
        &self,
        place: Place<'_>,
        value: &Value,
    ) -> Option<(Home, Vec<usize>)> {
        let (_, home, members, passed) = self.stated_by(place, value)?;
        let takes_it = |idx: &usize| {
            let sig = home.source.model.defs[*idx].sig.as_ref();
            passed.is_none_or(|passed| sig.is_none_or(|sig| takes(sig, passed)))
        };
        let members = members.into_iter().filter(takes_it).collect();
        Some((home, members))
    }

    /// What is calculated of numbers: the widest of them, and no less than an `int`.
    fn calculated(&self, place: Place<'_>, sides: &[Value]) -> Option<Found> {
        const ORDER: [&str; 4] = ["int", "long", "float", "double"];
        let mut widest = 0;
        for side in sides {
            let Found::Foreign(name) = self.value(place.0, place.1, side)? else { return None };
            widest = widest.max(match name.strip_prefix("java.lang.").unwrap_or(&name) {
                "byte" | "short" | "char" | "int" | "Byte" | "Short" | "Character" | "Integer" => 0,
                "long" | "Long" => 1,
                "float" | "Float" => 2,
                "double" | "Double" => 3,
                _ => return None,
            });
        }
        Some(Found::Foreign(ORDER[widest].to_owned()))
    }

    /// What one of several values is, where all are of one type.
    fn either(&self, place: Place<'_>, all: &[Value]) -> Option<Typed> {
        let found =
            all.iter().map(|value| self.value(place.0, place.1, value)).collect::<Option<Vec<_>>>()?;
        let first = found.first()?;
        let is_same = |other: &Found| match (first, other) {
            (Found::Project(one), Found::Project(other)) => one.is(&other.source.path, &other.around()),
            (Found::Foreign(one), Found::Foreign(other)) => one == other,
            _ => false,
        };
        found.iter().all(is_same).then(|| Typed::plain(first.clone()))
    }

    /// What the methods that a call may mean take in a place, each by its type; none when not all of
    /// them are known.
    pub(in crate::validate::rules) fn taken(
        &self,
        source: &Source,
        around: &[String],
        call: &Value,
        place: usize,
    ) -> Option<Vec<Found>> {
        let Value::Call(on, name, passed) = call else { return None };
        let home = match on {
            Some(on) => match self.value(source, around, on)? {
                Found::Project(home) => home,
                Found::Foreign(_) => {
                    let on = self.typed((source, around), on)?;
                    return on.library_takes(name, (*passed, place)).map(|taken| vec![taken.found]);
                }
            },
            None => self.innermost(source, around, name, *passed)?,
        };
        let all = self.methods(&home, name, *passed)?;
        let param = |(home, idx): &(Home, usize)| {
            let def = &home.source.model.defs[*idx];
            self.param((&home.source, &def.parents), def, place)
        };
        let types = all.iter().map(param).collect::<Option<Vec<_>>>();
        types.filter(|types| !types.is_empty())
    }

    /// What a method takes in a place.
    pub(in crate::validate::rules) fn param(
        &self,
        (source, around): (&Source, &[String]),
        def: &Def,
        place: usize,
    ) -> Option<Found> {
        let param = def.sig.as_ref()?.params.get(place).filter(|param| !param.variadic)?;
        let Ty::Named(erased) = &param.ty else { return None };
        let written = if param.written.is_empty() { erased } else { &param.written };
        self.named(source, around, written)
    }

    /// The innermost type around that has a method, itself or from above.
    fn innermost(&self, source: &Source, around: &[String], name: &str, passed: usize) -> Option<Home> {
        for length in (1..=around.len()).rev() {
            let class = self.at(source, &around[..length])?;
            match self.member(&class, name, Some(passed)) {
                Stated::In { .. } => return Some(class),
                Stated::Unknown => return None,
                Stated::Nowhere => {}
            }
        }
        None
    }

    /// What the last parameter takes any number of, and the array of that.
    pub(in crate::validate::rules) fn rest(
        &self,
        (source, around): (&Source, &[String]),
        def: &Def,
    ) -> Option<(Found, Found)> {
        let last = def.sig.as_ref()?.params.last().filter(|last| last.variadic)?;
        let Ty::Named(array) = &last.ty else { return None };
        let each = if last.written.is_empty() { array.strip_suffix("[]")? } else { &last.written };
        Some((self.named(source, around, each)?, Found::Foreign(array.clone())))
    }

    /// The members that a value comes from, of which type, and how many arguments are passed.
    fn stated_by(&self, place: Place<'_>, value: &Value) -> Option<(Typed, Home, Vec<usize>, Option<usize>)> {
        let (on, name, passed) = match value {
            Value::Name(name) => (None, name, None),
            Value::Field(on, name) => (Some(on), name, None),
            Value::Call(on, name, passed) => (on.as_ref(), name, Some(*passed)),
            _ => return None,
        };
        let Some(on) = on else {
            let (class, home, members) = self.around(place.0, place.1, name, passed)?;
            return Some((Typed::plain(Found::Project(class)), home, members, passed));
        };
        let on = self.typed(place, on)?;
        let Found::Project(class) = &on.found else { return None };
        match self.member(class, name, passed) {
            Stated::In { home, members, .. } => Some((on, home, members, passed)),
            Stated::Nowhere | Stated::Unknown => {
                let home = class.clone();
                let component = home.component(name).filter(|_| passed == Some(0))?;
                Some((on, home, vec![component], None))
            }
        }
    }

    /// The member that a bare name means: of the innermost type around that has one, or a static import.
    fn around(
        &self,
        source: &Source,
        around: &[String],
        name: &str,
        call: Option<usize>,
    ) -> Option<(Home, Home, Vec<usize>)> {
        for length in (1..=around.len()).rev() {
            let class = self.at(source, &around[..length])?;
            match self.member(&class, name, call) {
                Stated::In { home, members, .. } => return Some((class, home, members)),
                Stated::Unknown => return None,
                Stated::Nowhere => {}
            }
        }
        let (import, imported) = import_of(&source.model, name)?;
        let (module, owner) = import.module.rsplit_once('.')?;
        let class = self.by_full_name(module, owner, DEPTH)?;
        match self.member(&class, &imported.name, call) {
            Stated::In { home, members, .. } => Some((class, home, members)),
            Stated::Nowhere | Stated::Unknown => None,
        }
    }

    /// The type that all these members have or give back.
    fn type_of(&self, on: &Typed, home: &Home, members: &[usize], passed: Option<usize>) -> Option<Typed> {
        let defs = members.iter().map(|idx| &home.source.model.defs[*idx]);
        let fits =
            |def: &&Def| passed.is_none_or(|passed| def.sig.as_ref().is_none_or(|sig| takes(sig, passed)));
        let mut fitting = defs.filter(fits);
        let first = fitting.next()?;
        // Of several that give a type parameter back each may mean its own.
        let differs = |def: &Def| def.ty != first.ty || def.ty.is_empty();
        if fitting.any(differs) { None } else { self.member_type(on, home, first) }
    }
}
