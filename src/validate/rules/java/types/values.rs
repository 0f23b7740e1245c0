//! The types of Java expressions, followed from name to member.

use super::{DEPTH, Found, Home, Source, Stated, Types, takes};
use crate::validate::model::{Def, Value};

impl Types<'_, '_> {
    /// The type of an expression that stands inside the types `around`.
    pub(in crate::validate::rules) fn value(
        &self,
        source: &Source,
        around: &[String],
        value: &Value,
    ) -> Option<Found> {
        let stated = |value: &Value| {
            let (home, members, passed) = self.stated_by(source, around, value)?;
            self.type_of(&home, &members, passed)
        };
        match value {
            Value::Unknown | Value::Content(_) | Value::Passed(..) => None,
            Value::Of(ty) => self.named(source, around, ty),
            Value::This => self.at(source, around).map(Found::Project),
            Value::Name(name) => stated(value).or_else(|| self.named(source, around, name)),
            Value::Field(on, name) => stated(value).or_else(|| match self.value(source, around, on)? {
                Found::Project(home) => self.nested(&home, name, DEPTH).map(Found::Project),
                Found::Foreign(_) => None,
            }),
            Value::Call(..) => stated(value),
            Value::Element(array) => match &**array {
                Value::Of(ty) => self.named(source, around, ty.strip_suffix("[]")?),
                array => {
                    let (home, members, _) = self.stated_by(source, around, array)?;
                    let ty = &home.source.model.defs[*members.first()?].ty;
                    self.named(&home.source, &home.around(), ty.strip_suffix("[]")?)
                }
            },
        }
    }

    /// The members that a value comes from, and how many arguments are passed.
    fn stated_by(
        &self,
        source: &Source,
        around: &[String],
        value: &Value,
    ) -> Option<(Home, Vec<usize>, Option<usize>)> {
        let (on, name, passed) = match value {
            Value::Name(name) => (None, name, None),
            Value::Field(on, name) => (Some(on), name, None),
            Value::Call(on, name, passed) => (on.as_ref(), name, Some(*passed)),
            _ => return None,
        };
        let Some(on) = on else {
            let (home, members) = self.around(source, around, name, passed)?;
            return Some((home, members, passed));
        };
        let Found::Project(class) = self.value(source, around, on)? else { return None };
        match self.member(&class, name, passed) {
            Stated::In { home, members, .. } => Some((home, members, passed)),
            Stated::Nowhere | Stated::Unknown => None,
        }
    }

    /// The member that a bare name means: of the innermost type around that has one.
    fn around(
        &self,
        source: &Source,
        around: &[String],
        name: &str,
        call: Option<usize>,
    ) -> Option<(Home, Vec<usize>)> {
        for length in (1..=around.len()).rev() {
            let class = self.at(source, &around[..length])?;
            match self.member(&class, name, call) {
                Stated::In { home, members, .. } => return Some((home, members)),
                Stated::Unknown => return None,
                Stated::Nowhere => {}
            }
        }
        None
    }

    /// The type that all these members have or give back.
    pub(in crate::validate::rules) fn type_of(
        &self,
        home: &Home,
        members: &[usize],
        passed: Option<usize>,
    ) -> Option<Found> {
        let defs = members.iter().map(|idx| &home.source.model.defs[*idx]);
        let fits =
            |def: &&Def| passed.is_none_or(|passed| def.sig.as_ref().is_none_or(|sig| takes(sig, passed)));
        let mut types = defs.filter(fits).map(|def| def.ty.as_str());
        let first = types.next().filter(|ty| !ty.is_empty())?;
        if types.any(|ty| ty != first) {
            return None;
        }
        self.named(&home.source, &home.around(), first)
    }
}
