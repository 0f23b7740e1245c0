//! What a name in a Java file means: imports, packages, nesting and inheritance.
//!
//! A package is what the file says it is and not its directory, because main and test sources of
//! one package stand in different directories.

mod above;
mod assign;
mod globs;
mod implementors;
mod lambdas;
mod lost;
mod made_above;
mod made_by_lombok;
mod overloads;
mod overriding;
mod thrown;
mod types;

use super::View;
use super::reach::{Reach, import_of};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Receiver, Ref, RefKind, Value};
use crate::validate::names::{find_words, has_word, is_rare};

pub(super) use self::above::{is_met_above, is_nearer, knows_above, lives_on};
pub(super) use self::assign::{Mistyped, assignable, comparable, lacks, may_narrow, mistyped};
pub(super) use self::globs::{Orphan, orphans};
pub(super) use self::implementors::{lacking, was_demanded};
pub(super) use self::lambdas::RULE as LAMBDAS;
pub(super) use self::lost::{freed_from, lost_member, refused_as};
pub(super) use self::made_above::made_without;
pub(super) use self::made_by_lombok::RULE as LOMBOK;
pub(super) use self::overloads::{meant, params};
pub(super) use self::overriding::RULE as OVERRIDES;
pub(super) use self::thrown::uncaught;
pub(super) use self::types::{Found, Home, Source, Stated, Types};

/// Types above types in one file that are looked through.
const SUPERS: usize = 8;

/// Whether `usage` means the definition `def` of the file `home`.
pub(super) fn reach(usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
    let target = Target::of(home, def)?;
    let model = &usage.file.new.as_ref()?.model;
    let file = Place { file: usage.file, model };
    match usage.what {
        What::Import(import, imported) => {
            let named = imported.name == def.name && target.is(&import.module, &imported.name);
            named.then_some(Reach::Sure)
        }
        What::Ref(reference, _) if def.kind.is_type() => match &reference.receiver {
            Receiver::None if reference.kind != RefKind::Call => file.means(&reference.name, &target),
            Receiver::Name(outer) => file.means(&format!("{outer}.{}", reference.name), &target),
            _ => None,
        },
        What::Ref(reference, _) if reference.name == def.name && may_mean(reference, home, def) => {
            file.member(reference, &target, def)
        }
        What::Ref(..) => None,
    }
}

/// Whether `usage` means the definition `def` of the file `home`, with all types of the tree in sight.
pub(super) fn reach_in(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> Option<Reach> {
    let basic = reach(usage, home, def);
    if basic.is_some() && has_nearer(view, usage, home, def) {
        return None;
    }
    let What::Ref(reference, _) = usage.what else { return basic };
    if def.kind.is_type() && basic == Some(Reach::Sure) && is_hidden(view, usage, home, def) {
        return None;
    }
    if def.kind.is_type() || basic == Some(Reach::Sure) {
        return basic;
    }
    if reference.name != def.name || !may_mean(reference, home, def) {
        return None;
    }
    let asked = Asked { types: Types::of(view, usage.branch), usage, home, def };
    match asked.meaning(reference) {
        Some(Meaning::It { sure: true }) => Some(Reach::Sure),
        Some(Meaning::It { sure: false }) => Some(Reach::NameOnly),
        Some(Meaning::Elsewhere | Meaning::Nowhere) => None,
        Some(Meaning::Unknown) | None => basic,
    }
}

/// Whether the source root of a use has a type of its own that is called like the one at `home`, as
/// two modules of a project may have.
fn has_nearer(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
    let (Some(own), Some(theirs)) = (root(usage.file), root(home)) else { return false };
    let Some(package) = package(home).filter(|_| own != theirs) else { return false };
    let top = def.parents.first().unwrap_or(&def.name);
    let mut others = Types::of(view, usage.branch).files_with(top).into_iter();
    let folder = if package.is_empty() { String::new() } else { package.replace('.', "/") };
    others.any(|other| {
        let path = other.path.to_text();
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        other.model.package == package && directory.strip_suffix(folder.as_str()) == Some(own)
    })
}

/// The directory in which the package of a file begins; none where the path does not show the package.
fn root<'f>(file: &'f File<'_>) -> Option<&'f str> {
    let package = file.new.as_ref().or(file.old.as_ref())?.model.package.replace('.', "/");
    let directory = file.name.rsplit_once('/').map_or("", |(directory, _)| directory);
    directory.strip_suffix(package.as_str())
}

/// Whether a type above those around a use has one of the name inside it, which is nearer.
fn is_hidden(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
    let (What::Ref(reference, _), Some(source)) = (usage.what, source_of(usage.file)) else { return false };
    if reference.receiver != Receiver::None {
        return false;
    }
    let types = Types::of(view, usage.branch);
    let package = package(home).unwrap_or_default();
    let path = def.path();
    let is_it = |found: &Home| found.def().path() == path && found.source.model.package == package;
    let found = types.named(&source, &around(&source.model, reference), &reference.name);
    matches!(found, Some(Found::Project(found)) if !is_it(&found))
}

/// What a use of a member means.
enum Meaning {
    It {
        sure: bool,
    },
    /// A member of another type.
    Elsewhere,
    Nowhere,
    Unknown,
}

/// The question whether a use means a member.
struct Asked<'q, 'v, 'a> {
    types: Types<'v, 'a>,
    usage: &'q Use<'q>,
    home: &'q File<'q>,
    def: &'q Def,
}

impl Asked<'_, '_, '_> {
    fn meaning(&self, reference: &Ref) -> Option<Meaning> {
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
fn receiver(types: &Types<'_, '_>, source: &Source, around: &[String], reference: &Ref) -> Option<Found> {
    match &reference.receiver {
        Receiver::None => None,
        Receiver::This => types.at(source, around).map(Found::Project),
        Receiver::Typed(name) => types.named(source, around, name),
        Receiver::Name(path) => types.value(source, around, &dotted(path)),
        Receiver::Other => types.value(source, around, &reference.on),
    }
}

/// A name with dots as an expression.
fn dotted(path: &str) -> Value {
    let mut parts = path.split('.');
    let first = Value::Name(parts.next().unwrap_or_default().to_owned());
    parts.fold(first, |on, part| Value::Field(Box::new(on), part.to_owned()))
}

/// A changed file as its branch left it.
pub(super) fn source_of(file: &File<'_>) -> Option<Source> {
    let new = file.new.as_ref()?;
    Some(Source { path: file.path.clone(), model: new.model.clone() })
}

/// The names of the types around a use, outermost first.
pub(super) fn around(model: &FileModel, reference: &Ref) -> Vec<String> {
    let Some(within) = reference.within.and_then(|within| model.defs.get(within)) else { return Vec::new() };
    let mut names = within.parents.clone();
    if within.kind.is_type() {
        names.push(within.name.clone());
    }
    names
}

/// The argument of a call that no method of a changed file can take; `before` asks for the method
/// as it was.
pub(super) fn misfit(
    view: &View<'_>,
    (usage, reference): (&Use<'_>, &Ref),
    (branch, home, def): (usize, &File<'_>, &Def),
    before: bool,
) -> Option<Mistyped> {
    let (types, side) = match before {
        true => (Types::of(view, usage.branch), home.old.as_ref()?),
        false => (Types::merged(view, usage.branch, branch), home.new.as_ref()?),
    };
    let source = Source { path: home.path.clone(), model: side.model.clone() };
    let values = &reference.args.as_ref()?.values;
    let place = around(&usage.file.new.as_ref()?.model, reference);
    mistyped(&types, (&types.source(usage.file)?, &place), values, (&source, def))
}

/// Whether the merge of both branches gives a file a type of the name that is not the lost one.
pub(super) fn is_met(view: &View<'_>, usage: &Use<'_>, branch: usize, home: &File<'_>, def: &Def) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let types = Types::merged(view, usage.branch, branch);
    let (Some(own), Some(source)) = (source_of(usage.file), types.source(usage.file)) else { return false };
    let lost: Vec<String> = def.parents.iter().chain([&def.name]).cloned().collect();
    // `Outer.Inner` is not met by another `Inner`.
    let written = match &reference.receiver {
        Receiver::Name(outer) | Receiver::Typed(outer) => format!("{outer}.{}", def.name),
        _ => def.name.clone(),
    };
    match types.named(&source, &around(&own.model, reference), &written) {
        Some(Found::Project(found)) => !found.is(home.path, &lost),
        _ => false,
    }
}

/// Whether a method says that it takes the place of one above it; what a class inside its body
/// says so counts for nothing.
pub(super) fn overrides(text: &str, def: &Def) -> bool {
    let text = text.get(def.span.clone()).unwrap_or_default();
    let lead = find_words(text, &def.name).next().map_or(text, |name| &text[..name]);
    def.kind == Kind::Method && has_word(lead, "@Override")
}

/// Whether the name alone tells which method is meant: no library would call one so, and the file
/// knows the type that has it.
pub(super) fn is_told(usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
    let text = usage.file.new.as_ref().map_or("", |new| new.text);
    let knows = def.parents.last().is_some_and(|owner| has_word(text, owner));
    home.language == Language::Java && def.kind == Kind::Method && is_rare(&def.name) && knows
}

/// Whether a use has the form of what is declared: fields and methods have names of their own.
pub(super) fn may_mean(reference: &Ref, home: &File<'_>, def: &Def) -> bool {
    let is_call = matches!(reference.kind, RefKind::Call | RefKind::Construct | RefKind::Override);
    let is_method = |other: &Def| other.kind == Kind::Method && other.is_named_as(def);
    match &home.old {
        _ if def.kind.is_type() => !is_call || reference.kind == RefKind::Construct,
        // The component of a record is read by a call.
        Some(old) if is_call && def.kind == Kind::Field => {
            is_component(&old.model, def) && !old.model.defs.iter().any(is_method)
        }
        _ => is_call == (def.kind == Kind::Method),
    }
}

/// Whether a field is the component of a record.
fn is_component(model: &FileModel, field: &Def) -> bool {
    let is_owner =
        |def: &Def| def.kind.is_type() && field.parents.split_last() == Some((&def.name, &def.parents[..]));
    model.defs.iter().any(|def| is_owner(def) && has_word(&def.head, "record"))
}

/// The package of a file, as it was before the branch if it was there.
pub(super) fn package<'a>(file: &'a File<'_>) -> Option<&'a str> {
    Some(&file.old.as_ref().or(file.new.as_ref())?.model.package)
}

/// What is looked for.
struct Target<'t> {
    home: &'t File<'t>,
    package: &'t str,
    /// The types around it and its own name.
    path: Vec<&'t str>,
}

impl<'t> Target<'t> {
    fn of(home: &'t File<'_>, def: &'t Def) -> Option<Self> {
        let path = def.parents.iter().chain([&def.name]).map(String::as_str).collect();
        Some(Self { home, package: package(home)?, path })
    }

    /// The type that holds it.
    fn owner(&self) -> Self {
        let path = self.path[..self.path.len().saturating_sub(1)].to_vec();
        Self { path, ..*self }
    }

    /// Whether it is `name` inside the package or type `module`.
    fn is(&self, module: &str, name: &str) -> bool {
        let full = module.split('.').chain(name.split('.')).filter(|part| !part.is_empty());
        full.eq(self.package.split('.').filter(|part| !part.is_empty()).chain(self.path.iter().copied()))
    }
}

/// A file that uses names.
struct Place<'p> {
    file: &'p File<'p>,
    model: &'p FileModel,
}

impl Place<'_> {
    /// Whether a type is meant, by its name as written: `Type`, `Outer.Type` or `a.b.Type`.
    fn means(&self, written: &str, target: &Target<'_>) -> Option<Reach> {
        let (first, rest) =
            written.split_once('.').map_or((written, None), |(first, rest)| (first, Some(rest)));
        if written.rsplit('.').next() != target.path.last().copied() {
            return None;
        }
        let whole = |module: &str| match rest {
            Some(rest) => target.is(module, &format!("{first}.{rest}")),
            None => target.is(module, first),
        };
        if let Some((import, _)) = import_of(self.model, first) {
            return whole(&import.module).then_some(Reach::Sure);
        }
        let mut nested =
            self.model.defs.iter().filter(|def| def.kind.is_type() && def.name == first).peekable();
        if nested.peek().is_some() {
            let inside = |def: &Def| {
                let path = def.parents.iter().map(String::as_str).chain(written.split('.'));
                path.eq(target.path.iter().copied())
            };
            return (self.is_home(target) && nested.any(inside)).then_some(Reach::Sure);
        }
        if self.is_home(target) && target.path.first() == Some(&first) && whole(target.package) {
            return Some(Reach::Sure);
        }
        if self.model.package == target.package && written.split('.').eq(target.path.iter().copied()) {
            return Some(Reach::Sure);
        }
        if rest.is_some() && target.is("", written) {
            return Some(Reach::Sure);
        }
        let mut globs = self.model.imports.iter().filter(|import| import.glob);
        globs.any(|import| whole(&import.module)).then_some(Reach::Barrel)
    }

    fn is_home(&self, target: &Target<'_>) -> bool {
        self.file.path == target.home.path
    }

    /// Whether a member is meant by its name and what stands before it.
    fn member(&self, reference: &Ref, target: &Target<'_>, def: &Def) -> Option<Reach> {
        let owner = target.owner();
        match &reference.receiver {
            Receiver::Typed(name) => self.means_or_extends(name, &owner, def),
            Receiver::Name(name) => match self.means_or_extends(name, &owner, def) {
                None if import_of(self.model, name).is_none() && !name.starts_with(char::is_uppercase) => {
                    Some(Reach::NameOnly)
                }
                reach => reach,
            },
            Receiver::This => {
                self.around(reference).into_iter().take(1).find_map(|class| self.in_class(class, &owner, def))
            }
            Receiver::None => {
                if let Some((import, imported)) = import_of(self.model, &reference.name) {
                    return target.is(&import.module, &imported.name).then_some(Reach::Sure);
                }
                let around = self.around(reference);
                if let Some(reach) = around.into_iter().find_map(|class| self.in_class(class, &owner, def)) {
                    return Some(reach);
                }
                let mut globs = self.model.imports.iter().filter(|import| import.glob);
                globs.any(|import| target.is(&import.module, &reference.name)).then_some(Reach::Barrel)
            }
            Receiver::Other => Some(Reach::NameOnly),
        }
    }

    /// Whether a written type is the owner, or one of this file that has the member from it.
    fn means_or_extends(&self, name: &str, owner: &Target<'_>, def: &Def) -> Option<Reach> {
        if let Some(reach) = self.means(name, owner) {
            return Some(reach);
        }
        let class = self.model.defs.iter().find(|class| class.kind.is_type() && class.name == name)?;
        self.inherits(class, owner, def, SUPERS)
    }

    /// The types around a use, the innermost first.
    fn around(&self, reference: &Ref) -> Vec<&Def> {
        let Some(within) = reference.within.and_then(|within| self.model.defs.get(within)) else {
            return Vec::new();
        };
        let mut path: Vec<&str> = within.parents.iter().map(String::as_str).collect();
        if within.kind.is_type() {
            path.push(&within.name);
        }
        let of_path = |path: &[&str]| {
            let is = |def: &&Def| {
                let own = def.parents.iter().chain([&def.name]).map(String::as_str);
                def.kind.is_type() && own.eq(path.iter().copied())
            };
            self.model.defs.iter().find(is)
        };
        (1..=path.len()).rev().filter_map(|length| of_path(&path[..length])).collect()
    }

    /// Whether a class has the member, itself or from above.
    fn in_class(&self, class: &Def, owner: &Target<'_>, def: &Def) -> Option<Reach> {
        let path = class.parents.iter().chain([&class.name]).map(String::as_str);
        if self.is_home(owner) && path.eq(owner.path.iter().copied()) {
            return Some(Reach::Sure);
        }
        self.inherits(class, owner, def, SUPERS)
    }

    fn inherits(&self, class: &Def, owner: &Target<'_>, def: &Def, depth: usize) -> Option<Reach> {
        let depth = depth.checked_sub(1)?;
        if self.has_own(class, &def.name) {
            return None;
        }
        class.supers.iter().find_map(|above| {
            self.means(above, owner).or_else(|| {
                let own = |next: &&Def| next.kind.is_type() && next.name == *above;
                self.model.defs.iter().find(own).and_then(|next| self.inherits(next, owner, def, depth))
            })
        })
    }

    fn has_own(&self, class: &Def, member: &str) -> bool {
        let inside = |def: &Def| {
            def.parents.len() == class.parents.len() + 1 && def.parents.last() == Some(&class.name)
        };
        self.model.defs.iter().any(|def| def.name == member && inside(def))
    }
}
