//! What a Java use of a member means, by the type of what stands before its dot.

use super::place::Target;
use super::types::{Found, Home, Source, Stated, Types, takes};
use super::{around, mistyped, source_of};
use crate::validate::index::Use;
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Receiver, Ref, RefKind, Value};
use crate::validate::rules::reach::import_of;

/// What a use of a member means.
pub(super) enum Meaning {
    It {
        sure: bool,
    },
    /// A member of another type.
    Elsewhere,
    Nowhere,
    Unknown,
}

/// The question whether a use means a member.
pub(super) struct Asked<'q, 'v, 'a> {
    pub(super) types: Types<'v, 'a>,
    pub(super) usage: &'q Use<'q>,
    pub(super) home: &'q File<'q>,
    pub(super) def: &'q Def,
}

impl Asked<'_, '_, '_> {
    pub(super) fn meaning(&self, reference: &Ref) -> Option<Meaning> {
        let source = source_of(self.usage.file)?;
        let around = around(&source.model, reference);
        Some(match &reference.receiver {
            Receiver::None => self.bare(&source, &around, reference),
            Receiver::This if reference.kind == RefKind::Override => {
                self.overridden(&source, &around, reference)
            }
            _ => self.on(receiver(&self.types, &source, &around, reference), reference),
        })
    }

    /// The meaning of a member of a value of a type.
    fn on(&self, found: Option<Found>, reference: &Ref) -> Meaning {
        match found {
            Some(Found::Project(home)) => self.stated(&home, reference),
            Some(Found::Foreign(_)) => Meaning::Elsewhere,
            None => Meaning::Unknown,
        }
    }

    fn stated(&self, class: &Home, reference: &Ref) -> Meaning {
        let methods = self.def.kind == Kind::Method;
        // A method reference passes what its target wants.
        let passed = reference.args.as_ref().map_or(usize::MAX, |args| args.positional);
        let fits = |home: &Home, def: &Def| self.may_take(reference, home, def);
        match self.types.member_that(class, &reference.name, methods.then_some(passed), fits) {
            Stated::In { home, sure, .. } if home.is(self.home.path, &self.def.parents) => {
                Meaning::It { sure }
            }
            Stated::In { .. } => Meaning::Elsewhere,
            Stated::Nowhere => Meaning::Nowhere,
            Stated::Unknown => Meaning::Unknown,
        }
    }

    /// Whether a method may take what a call passes, by the types of both.
    fn may_take(&self, reference: &Ref, home: &Home, def: &Def) -> bool {
        let (Some(args), Some(user)) = (&reference.args, source_of(self.usage.file)) else { return true };
        let at = (&user, &*around(&user.model, reference));
        mistyped(&self.types, at, &args.values, (&home.source, def)).is_none()
    }

    /// A name without a dot belongs to the innermost type that has it, or to a static import.
    fn bare(&self, source: &Source, around: &[String], reference: &Ref) -> Meaning {
        if import_of(&source.model, &reference.name).is_some() {
            return Meaning::Unknown;
        }
        let anonymous = (reference.on != Value::Unknown)
            .then(|| self.on(self.types.value(source, around, &reference.on), reference));
        let classes = (1..=around.len()).rev().filter_map(|length| self.types.at(source, &around[..length]));
        let meanings = classes.map(|class| self.stated(&class, reference));
        for meaning in anonymous.into_iter().chain(meanings) {
            if !matches!(meaning, Meaning::Nowhere) {
                return meaning;
            }
        }
        let target = Target::of(self.home, self.def);
        let mut globs = source.model.imports.iter().filter(|import| import.glob);
        let imports = |target: Target<'_>| globs.any(|import| target.is(&import.module, &reference.name));
        if target.is_some_and(imports) { Meaning::It { sure: true } } else { Meaning::Nowhere }
    }

    /// A method marked as overriding takes the place of the one that a type above states.
    fn overridden(&self, source: &Source, around: &[String], reference: &Ref) -> Meaning {
        let Some(class) = self.types.at(source, around) else { return Meaning::Unknown };
        let (above, complete) = self.types.above(&class);
        let mut last = Meaning::Nowhere;
        for above in above {
            match (self.stated(&above, reference), &last) {
                (Meaning::Nowhere, _) => {}
                (Meaning::It { sure }, Meaning::Nowhere) => last = Meaning::It { sure: sure && complete },
                (Meaning::It { .. }, Meaning::It { .. }) => {}
                _ => return Meaning::Unknown,
            }
        }
        last
    }
}

/// The type of what stands before the dot of a use.
pub(super) fn receiver(
    types: &Types<'_, '_>,
    source: &Source,
    around: &[String],
    reference: &Ref,
) -> Option<Found> {
    match &reference.receiver {
        Receiver::None => None,
        Receiver::This => types.at(source, around).map(Found::Project),
        Receiver::Typed(name) => types.named(source, around, name),
        Receiver::Name(path) => types.value(source, around, &dotted(path)),
        Receiver::Other => types.value(source, around, &reference.on),
    }
}

/// A name with dots as an expression.
pub(super) fn dotted(path: &str) -> Value {
    let mut parts = path.split('.');
    let first = Value::Name(parts.next().unwrap_or_default().to_owned());
    parts.fold(first, |on, part| Value::Field(Box::new(on), part.to_owned()))
}

/// Whether a member may be what a use means, by what that passes.
pub(super) fn fits(
    types: &Types<'_, '_>,
    at: (&Source, &[String]),
    reference: &Ref,
    (home, idx): (&Source, usize),
) -> bool {
    let Some(args) = &reference.args else { return true };
    let def = &home.model.defs[idx];
    let counts = def.sig.as_ref().is_none_or(|sig| takes(sig, args.positional));
    counts && mistyped(types, at, &args.values, (home, def)).is_none()
}
