//! Where an exception that a Java method throws since a change comes to nobody.

use super::around;
use super::assign::assignable;
use super::types::{Found, Home, Source, Types, library};
use crate::model::Level;
use crate::validate::index::Use;
use crate::validate::load::File;
use crate::validate::model::{Def, Fails, FileModel, Holds, Kind, Ref, RefKind, Value};
use crate::validate::rules::View;

/// An exception that a method throws since a branch changed it, that a call of it neither catches nor
/// declares, and how surely the compiler minds.
pub(in crate::validate::rules) fn uncaught(
    view: &View<'_>,
    (usage, reference): (&Use<'_>, &Ref),
    (branch, home): (usize, &File<'_>),
    (old, new): (&Def, &Def),
) -> Option<(Level, String)> {
    let Fails::Throws(now) = &new.fails else { return None };
    let types = Types::merged(view, usage.branch, branch);
    let source = Source { path: home.path.clone(), model: home.new.as_ref()?.model.clone() };
    let known = declared(&old.fails);
    // What it declared is named as the old file says.
    let was = Source { path: home.path.clone(), model: home.old.as_ref()?.model.clone() };
    let user = Types::of(view, usage.branch).source(usage.file)?;
    let fresh = now.iter().find_map(|name| {
        let thrown = types.named(&source, &new.parents, name)?;
        let covers = |before: &String| covers(&types, &thrown, types.named(&was, &old.parents, before));
        (is_checked(&types, &thrown) && !known.iter().any(covers)).then_some((thrown, name))
    });
    let (thrown, name) = fresh?;
    let mut call = Call { around: around(&user.model, reference), types, user, thrown };
    let level = call.level(reference)?;
    // The other branch may have put something around it, where it changed the file as well.
    if let Some(standing) = view.standing((usage.branch, usage.file), branch) {
        let there = standing.counterpart(reference)?;
        call.user = call.types.source(usage.file)?;
        return call.level(there).map(|level| (level, name.clone()));
    }
    Some((level, name.clone()))
}

pub(super) fn declared(fails: &Fails) -> &[String] {
    match fails {
        Fails::Throws(names) => names,
        Fails::No => &[],
    }
}

/// Whether who takes one type of exceptions takes a thrown one, or may.
pub(super) fn covers(types: &Types<'_, '_>, thrown: &Found, taken: Option<Found>) -> bool {
    taken.is_none_or(|taken| assignable(types, thrown, &taken) != Some(false))
}

/// Whether the compiler wants an exception to be caught or declared.
pub(super) fn is_checked(types: &Types<'_, '_>, thrown: &Found) -> bool {
    match thrown {
        Found::Foreign(name) => is_checked_there(name),
        Found::Project(home) => {
            let (above, _) = types.all_above(home);
            let chain = std::iter::once(home).chain(&above);
            chain.filter_map(|home| foreign_class(types, home)).any(|name| is_checked_there(&name))
        }
    }
}

/// The class above one that the project does not define.
fn foreign_class(types: &Types<'_, '_>, home: &Home) -> Option<String> {
    match types.named(&home.source, &home.def().parents, home.def().supers.first()?)? {
        Found::Foreign(name) => Some(name),
        Found::Project(_) => None,
    }
}

fn is_checked_there(name: &str) -> bool {
    let Some(above) = library::all_above(name) else { return false };
    let is = |name: &str| above.contains(name);
    is("java.lang.Throwable") && !is("java.lang.RuntimeException") && !is("java.lang.Error")
}

/// A call in a file of a branch, and what it throws in the merge.
struct Call<'v, 'a> {
    types: Types<'v, 'a>,
    user: Source,
    around: Vec<String>,
    thrown: Found,
}

impl Call<'_, '_> {
    /// How surely nobody catches or declares what is thrown; none when somebody does.
    fn level(&self, reference: &Ref) -> Option<Level> {
        let model = &self.user.model;
        let caller = model.defs.get(reference.within?)?;
        let is_covered = |names: &[String]| names.iter().any(|name| self.covered_by(name));
        // A field of a class whose constructors throw nothing.
        let is_silent_field = || {
            let constructors =
                model.named(Value::CONSTRUCTOR).filter(|(_, def)| def.parents == caller.parents);
            caller.kind == Kind::Field && constructors.into_iter().all(|(_, def)| def.fails == Fails::No)
        };
        // A value of another place stands for the call, or a field is given a value.
        let passes_on = reference.args.is_none() || reference.kind == RefKind::Override;
        let mut open =
            caller.sig.as_ref().map(|_| Level::Deny).filter(|_| !is_covered(declared(&caller.fails)));
        if is_silent_field() {
            open = Some(Level::Deny);
        }
        if passes_on {
            return None;
        }
        for holds in model.holds_at(reference.span.start) {
            open = match holds {
                Holds::Catches(names) if is_covered(names) => None,
                Holds::Method(names) => (!is_covered(names)).then_some(Level::Deny),
                Holds::Lambda(name, place) => self.level_in(self.taker(model, *name, *place)),
                Holds::LambdaOf(ty) => self.level_in(self.types.named(&self.user, &self.around, ty)),
                _ => continue,
            };
        }
        open
    }

    fn covered_by(&self, name: &str) -> bool {
        covers(&self.types, &self.thrown, self.types.named(&self.user, &self.around, name))
    }

    /// The type of which a lambda is that a call takes.
    fn taker(&self, model: &FileModel, name: usize, place: usize) -> Option<Found> {
        let taker = model.refs.iter().find(|other| other.span.start == name)?;
        let call = super::lambdas::called(taker);
        if let Value::Call(Some(on), ..) = &call
            && let Some(Found::Foreign(on)) = self.types.value(&self.user, &self.around, on)
        {
            return throws_nothing(&on).then(|| Found::Foreign("java.lang.Runnable".to_owned()));
        }
        let all = self.types.taken(&self.user, &self.around, &call, place)?;
        let [only] = all.as_slice() else { return None };
        Some(only.clone())
    }

    /// How surely a lambda of a type may not throw the exception.
    fn level_in(&self, interface: Option<Found>) -> Option<Level> {
        let methods = match interface {
            Some(Found::Foreign(name)) if is_silent(&name) => return Some(Level::Deny),
            // It may throw any exception.
            Some(Found::Foreign(name)) if name == "java.util.concurrent.Callable" => return None,
            Some(Found::Project(home)) => self.types.demanded(&home),
            _ => return Some(Level::Warn),
        };
        let Some((home, method)) = methods else { return Some(Level::Warn) };
        let def = &home.source.model.defs[method];
        let taken = |name: &String| self.types.named(&home.source, &def.parents, name);
        let may = declared(&def.fails).iter().any(|name| covers(&self.types, &self.thrown, taken(name)));
        (!may).then_some(Level::Deny)
    }
}

/// Whether methods of a type of the library take only what throws nothing that is checked.
fn throws_nothing(name: &str) -> bool {
    let package = name.split('.').take_while(|part| part.starts_with(char::is_lowercase));
    let package = package.collect::<Vec<_>>().join(".");
    ["java.util", "java.util.function", "java.util.stream"].contains(&package.as_str())
}

/// Whether what an interface of the library demands throws nothing that is checked.
fn is_silent(name: &str) -> bool {
    let of_library =
        ["java.lang.Runnable", "java.lang.Iterable", "java.lang.Comparable", "java.util.Comparator"];
    of_library.contains(&name) || name.starts_with("java.util.function.")
}
