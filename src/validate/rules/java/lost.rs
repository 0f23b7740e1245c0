//! Members that a Java value has on a branch and not in the merge with another.

use super::lambdas::called;
use super::meaning::receiver;
use super::types::{Found, Home, Source, Stated, Types, library};
use super::{around, around_def, assignable};
use crate::validate::model::{FileModel, Flow, Receiver, Ref, RefKind, Value};
use crate::validate::rules::member_lost::{Ask, Freed, Lost};
use crate::validate::rules::reach::import_of;

/// Whether the value that a member is taken from is of another type in the merge, which surely has no
/// such member; `now` is the use as the merge has it.
pub(in crate::validate::rules) fn lost_member(ask: &Ask<'_, '_>, own: &Ref, now: &Ref) -> Option<Lost> {
    let (user, file) = ask.user;
    let types = Types::of(ask.view, user);
    let source = types.source(file)?;
    let was = receiver(&types, &source, &around(&source.model, own), own)?;
    let both = Types::merged(ask.view, user, ask.other);
    let whole = both.source(file)?;
    let is = receiver(&both, &whole, &around(&whole.model, now), now)?;
    let is_other = was.word() != is.word();
    (is_other && !may_have(&both, &is, own)).then(|| Lost { was: was.word(), is: is.word() })
}

/// Whether a type may have what is used.
fn may_have(types: &Types<'_, '_>, found: &Found, used: &Ref) -> bool {
    match found {
        Found::Project(home) => !matches!(types.member(home, &used.name, call(used)), Stated::Nowhere),
        Found::Foreign(name) => !library::lacks(name, &used.name, call(used)),
    }
}

/// How many arguments a call passes.
fn call(used: &Ref) -> Option<usize> {
    let passed = used.args.as_ref().map_or(usize::MAX, |args| args.positional);
    (used.kind == RefKind::Call).then_some(passed)
}

/// The type that a branch took from below the one which gave a value its member.
pub(in crate::validate::rules) fn freed_from<'f, 'a>(
    ask: &Ask<'_, '_>,
    own: &Ref,
    freed: &'f [Freed<'a>],
) -> Option<&'f Freed<'a>> {
    let (user, file) = ask.user;
    let (types, both) = (Types::of(ask.view, user), Types::merged(ask.view, user, ask.other));
    let (source, whole) = (types.source(file)?, both.source(file)?);
    let place = around(&source.model, own);
    let classes: Vec<Home> = match own.receiver {
        // In a class without a name the member may be one of that.
        Receiver::None if own.on != Value::Unknown || may_import(&source, &own.name) => return None,
        Receiver::None => {
            (1..=place.len()).filter_map(|length| types.at(&source, &place[..length])).collect()
        }
        _ => match (receiver(&types, &source, &place, own)?, receiver(&both, &whole, &place, own)?) {
            (Found::Project(home), Found::Project(now)) if home.is(&now.source.path, &now.around()) => {
                vec![home]
            }
            // The value may be of another type there.
            _ => return None,
        },
    };
    let found = classes.iter().find_map(|class| {
        let freed = freed.iter().find(|freed| is_below(&types, class, freed))?;
        matches!(types.member(class, &own.name, call(own)), Stated::In { .. }).then_some(freed)
    })?;
    classes.iter().all(|class| has_not(&both, class, own)).then_some(found)
}

/// Whether a name without a dot may be that of a static import.
fn may_import(source: &Source, name: &str) -> bool {
    let of_type =
        |module: &str| module.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase));
    let mut imports = source.model.imports.iter();
    import_of(&source.model, name).is_some() || imports.any(|import| import.glob && of_type(&import.module))
}

/// The type that a branch took from below the one as which a use passes it on or gives it a name, and
/// that one.
pub(in crate::validate::rules) fn refused_as<'f, 'a>(
    ask: &Ask<'_, '_>,
    own: &Ref,
    freed: &'f [Freed<'a>],
) -> Option<(&'f Freed<'a>, String)> {
    let going = Going::of(ask, freed, |model| around(model, own))?;
    let called = called(own);
    let values = own.args.iter().filter(|_| own.kind != RefKind::Write).flat_map(|args| &args.values);
    let passed = |(idx, value): (usize, &Value)| {
        let was = going.types.taken(&going.source, &going.place, &called, idx)?;
        going.refused(value, &was, &going.both.taken(&going.whole, &going.place, &called, idx)?)
    };
    let set = || {
        let value = own.args.as_ref().filter(|_| own.kind == RefKind::Write)?.values.first()?;
        going.refused_in(value, &read(own))
    };
    let made = || match own.kind {
        RefKind::Call | RefKind::Construct if own.args.is_none() => None,
        RefKind::Call => going.refused_in(&called, &own.wanted),
        RefKind::Construct | RefKind::Type => going.refused_in(&Value::Of(in_full(own)), &own.wanted),
        RefKind::Read => going.refused_in(&read(own), &own.wanted),
        _ => None,
    };
    values.enumerate().find_map(passed).or_else(set).or_else(made)
}

/// The same of a local name that goes somewhere.
pub(in crate::validate::rules) fn refused_going<'f, 'a>(
    ask: &Ask<'_, '_>,
    flow: &Flow,
    freed: &'f [Freed<'a>],
) -> Option<(&'f Freed<'a>, String)> {
    let going = Going::of(ask, freed, |model| around_def(model, flow.within))?;
    going.refused_in(&flow.value, &flow.wanted)
}

/// The name of a type with what is around it, as a use has it.
fn in_full(own: &Ref) -> String {
    match &own.receiver {
        Receiver::Name(outer) => format!("{outer}.{}", own.name),
        _ => own.name.clone(),
    }
}

/// The field or the constant that a use reads or sets.
fn read(own: &Ref) -> Value {
    match &own.receiver {
        Receiver::None if own.on == Value::Unknown => Value::Name(own.name.clone()),
        Receiver::This => Value::This.field(&own.name),
        _ => own.on.clone().field(&own.name),
    }
}

/// A place where values go, on its branch and in the merge.
struct Going<'g, 'v, 'f, 'a> {
    freed: &'f [Freed<'a>],
    types: Types<'g, 'v>,
    both: Types<'g, 'v>,
    source: Source,
    whole: Source,
    place: Vec<String>,
}

impl<'g, 'v, 'f, 'a> Going<'g, 'v, 'f, 'a> {
    fn of(
        ask: &Ask<'g, 'v>,
        freed: &'f [Freed<'a>],
        place: impl FnOnce(&FileModel) -> Vec<String>,
    ) -> Option<Self> {
        let (user, file) = ask.user;
        let (types, both) = (Types::of(ask.view, user), Types::merged(ask.view, user, ask.other));
        let (source, whole) = (types.source(file)?, both.source(file)?);
        let place = place(&source.model);
        Some(Self { freed, types, both, source, whole, place })
    }

    /// What a value is refused as that stands where another is wanted.
    fn refused_in(&self, value: &Value, wanted: &Value) -> Option<(&'f Freed<'a>, String)> {
        if matches!(wanted, Value::Unknown | Value::Passed(..) | Value::Content(_)) {
            return None;
        }
        let was = self.types.value(&self.source, &self.place, wanted)?;
        self.refused(value, &[was], &[self.both.value(&self.whole, &self.place, wanted)?])
    }

    fn refused(&self, value: &Value, was: &[Found], is: &[Found]) -> Option<(&'f Freed<'a>, String)> {
        let found = self.types.value(&self.source, &self.place, value)?;
        let now = self.both.value(&self.whole, &self.place, value)?;
        let (Found::Project(home), Found::Project(_)) = (&found, &now) else { return None };
        let freed = self.freed.iter().find(|freed| is_below(&self.types, home, freed))?;
        let fitted = was.iter().any(|to| assignable(&self.types, &found, to) == Some(true));
        let fits = is.iter().any(|to| assignable(&self.both, &now, to) != Some(false));
        (fitted && !fits).then(|| Some((freed, is.first()?.word())))?
    }
}

fn is_it(home: &Home, freed: &Freed<'_>) -> bool {
    let names: Vec<String> = freed.new.parents.iter().chain([&freed.new.name]).cloned().collect();
    home.is(freed.path, &names)
}

fn is_below(types: &Types<'_, '_>, class: &Home, freed: &Freed<'_>) -> bool {
    is_it(class, freed) || types.all_above(class).0.iter().any(|above| is_it(above, freed))
}

/// Whether a class, as the merge has it, surely has no such member.
fn has_not(types: &Types<'_, '_>, class: &Home, used: &Ref) -> bool {
    let Some(model) = types.file(&class.source.path) else { return false };
    let source = Source { path: class.source.path.clone(), model };
    let now = types.at(&source, &class.around());
    now.is_some_and(|now| matches!(types.member(&now, &used.name, call(used)), Stated::Nowhere))
}
