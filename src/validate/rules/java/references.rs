//! A method that one branch names where a functional interface is wanted, `Room::join`, and that no longer
//! fits there once another branch is merged.
//!
//! Which of several methods of a name is meant follows from what the interface passes, so the name is
//! looked up twice as the compiler does: on the branch that wrote it, and in the merge.

use super::around;
use super::assign::{assignable, mistyped};
use super::meaning::{dotted, receiver};
use super::meeting::{Meeting, meet};
use super::overloads::params;
use super::thrown::{covers, declared, is_checked};
use super::types::{Found, Function, Gives, Home, Source, Types, makes_static};
use crate::model::{Finding, Level, Site};
use crate::validate::extract::Language;
use crate::validate::load::{Branch, File};
use crate::validate::model::{Def, Kind, Receiver, Ref, RefKind, Value};
use crate::validate::rules::access_changed::modifiers;
use crate::validate::rules::{Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let changes_interface: Vec<bool> = view.branches.iter().map(|branch| has_interface(branch)).collect();
    meet(view, findings, named_methods, |meeting, named| {
        // Only what has to do with what is named can make it mean something else.
        let may_change = changes_interface[meeting.other] || meeting.changes(&named.name);
        if may_change { meeting.named(named) } else { None }
    });
}

/// Whether a branch changed a Java file with an interface.
fn has_interface(branch: &Branch<'_>) -> bool {
    let files = branch.files.iter().filter(|file| file.language == Language::Java);
    let sides = files.flat_map(|file| file.old.iter().chain(&file.new));
    sides.flat_map(|side| &side.model.defs).any(|def| def.kind == Kind::Interface)
}

/// The methods that a branch newly names without calling them.
fn named_methods<'a>(file: &'a File<'a>) -> impl Iterator<Item = &'a Ref> {
    let model = file.new.as_ref().map(|new| &*new.model);
    let refs = file.change.uses.iter().filter_map(move |added| model?.refs.get(added.reference));
    refs.filter(|used| matches!(used.kind, RefKind::Call | RefKind::Construct) && used.args.is_none())
}

impl Meeting<'_, '_> {
    fn named(&self, named: &Ref) -> Option<Finding> {
        if named.wanted == Value::Unknown {
            return None;
        }
        let form = Form::of(self.file.new.as_ref()?.text, named)?;
        let own = Place::of(Types::of(self.view, self.user), self.file, named)?;
        let was = own.meant(named, form)?;
        let Fits::These(meant) = own.fits(&was) else { return None };
        let changed = self.changed(&was, &meant)?;
        let both = Types::merged(self.view, self.user, self.other);
        let there = match self.view.counterpart(self.other, self.file) {
            None => named,
            Some(theirs) if theirs.new.is_none() => return None,
            Some(_) => self.view.standing((self.user, self.file), self.other)?.counterpart(named)?,
        };
        let place = Place::of(both, self.file, there)?;
        let Fits::Not(why) = place.fits(&place.meant(there, form)?) else { return None };
        Some(self.told_of_reference(named, changed, &why))
    }

    /// What the other branch has a part in: a method that is meant, or the interface that it stands for.
    fn changed<'m>(&self, was: &'m Meant, meant: &'m [(Home, usize)]) -> Option<(&'m Source, &'m Def)> {
        let methods = meant.iter().map(|(home, idx)| (&home.source, &home.source.model.defs[*idx]));
        let interface = was.function.of.iter().map(|home| (&home.source, home.def()));
        methods.chain(interface).find(|(source, _)| self.view.file(self.other, &source.path).is_some())
    }

    fn told_of_reference(&self, named: &Ref, (source, def): (&Source, &Def), why: &str) -> Finding {
        let (user, changer) = (self.view.name(self.user), self.view.name(self.other));
        let owner = def.parents.join("::");
        let name = if def.name == Value::CONSTRUCTOR { owner } else { def.path() };
        let message = format!(
            "{user} names `{}` in {} where {why} since {changer} changed `{name}` in {}",
            named.name, self.file.path, source.path
        );
        let sites = vec![self.site(source, def), self.view.site(self.user, self.file.path, named.line)];
        let summary = format!("name what fits there in {}", self.file.path);
        let fix = Some(self.view.fix(self.user, summary, String::new()));
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
    }

    /// Where the other branch has a definition, or what is left of it.
    fn site(&self, source: &Source, def: &Def) -> Site {
        let Some(file) = self.view.file(self.other, &source.path) else {
            return self.view.site(self.other, &source.path, def.line);
        };
        let same = || file.new.iter().flat_map(|new| new.model.named_as(def)).map(|(_, now)| now);
        let exact = same().find(|now| params(now) == params(def)).or_else(|| same().next());
        match exact {
            Some(now) => self.view.site(self.other, file.path, now.line),
            None => self.view.site_of_lost(self.other, file, def.line),
        }
    }
}

/// What stands before the `::`.
#[derive(Clone, Copy)]
enum Form {
    /// `Room::new`.
    Made,
    /// A type: the method is static, or is called on what is passed first.
    Type,
    Value,
}

impl Form {
    /// None where that is not told; what looks like a type may still be a constant.
    fn of(text: &str, named: &Ref) -> Option<Self> {
        if named.kind == RefKind::Construct {
            return Some(Self::Made);
        }
        let before = text.get(..named.span.start)?.trim_end().strip_suffix("::")?.trim_end();
        match &named.receiver {
            _ if before.ends_with('>') => None,
            _ if before.ends_with(']') => None,
            Receiver::Name(path) => {
                let last = path.rsplit('.').next().unwrap_or(path);
                Some(if last.starts_with(char::is_uppercase) { Self::Type } else { Self::Value })
            }
            _ => Some(Self::Value),
        }
    }
}

/// A method that is named, and what it has to stand for.
struct Meant {
    owner: Home,
    name: String,
    form: Form,
    function: Function,
}

/// Whether what is named fits.
enum Fits {
    These(Vec<(Home, usize)>),
    Not(String),
    Unknown,
}

/// Where a method is named, in a tree.
struct Place<'v, 'a> {
    types: Types<'v, 'a>,
    source: Source,
    around: Vec<String>,
}

impl<'v, 'a> Place<'v, 'a> {
    fn of(types: Types<'v, 'a>, file: &File<'_>, named: &Ref) -> Option<Self> {
        let source = types.source(file)?;
        let around = around(&source.model, named);
        Some(Self { types, source, around })
    }

    fn meant(&self, named: &Ref, form: Form) -> Option<Meant> {
        let function = self.types.function((&self.source, &self.around), &named.wanted)?;
        let found = match (form, &named.receiver) {
            (Form::Value, _) => receiver(&self.types, &self.source, &self.around, named),
            (Form::Type, Receiver::Name(path)) => self.named(path).filter(|found| self.is_type(path, found)),
            (Form::Made, Receiver::None) => self.named(&named.name),
            (Form::Made, Receiver::Name(outer)) => self.named(&format!("{outer}.{}", named.name)),
            _ => None,
        };
        let Found::Project(owner) = found? else { return None };
        let name = if matches!(form, Form::Made) { Value::CONSTRUCTOR } else { &named.name };
        Some(Meant { owner, name: name.to_owned(), form, function })
    }

    /// Whether a name that may be that of a constant means the type and no value of another.
    fn is_type(&self, path: &str, found: &Found) -> bool {
        match (self.types.value(&self.source, &self.around, &dotted(path)), found) {
            (Some(Found::Project(value)), Found::Project(found)) => {
                value.is(&found.source.path, &found.around())
            }
            // A name with its package is no value.
            (None, _) => path.contains(char::is_lowercase),
            _ => false,
        }
    }

    fn named(&self, name: &str) -> Option<Found> {
        self.types.named(&self.source, &self.around, name)
    }

    fn fits(&self, meant: &Meant) -> Fits {
        let Some(mut fitting) = self.fitting(meant) else { return Fits::Unknown };
        let Some((home, idx)) = fitting.first().cloned() else {
            return Fits::Not("no method of that name fits".to_owned());
        };
        // What is above and takes the same is the same method.
        let first = home.source.model.defs[idx].clone();
        fitting.retain(|(home, idx)| {
            let def = &home.source.model.defs[*idx];
            def.line == first.line && def.parents == first.parents || params(def) != params(&first)
        });
        let refused = match fitting.as_slice() {
            [_] => self.refused(meant, &home, &first),
            _ => None,
        };
        refused.map_or(Fits::These(fitting), Fits::Not)
    }

    /// The methods that what is passed may mean; none when others may be among them.
    fn fitting(&self, meant: &Meant) -> Option<Vec<(Home, usize)>> {
        let Meant { owner, name, form, function } = meant;
        if makes_static(&owner.source.model) {
            return None;
        }
        let passed = function.takes.len();
        let on_values = matches!(form, Form::Value);
        let mut all = self.fitting_with(owner, name, &function.takes, |def| match form {
            Form::Made => true,
            Form::Type => def.flags.is_static,
            Form::Value => !def.flags.is_static,
        })?;
        if let (Form::Type, Some((_, rest))) = (form, function.takes.split_first()) {
            all.extend(self.fitting_with(owner, name, rest, |def| !def.flags.is_static)?);
        }
        let of_object = || passed <= 2 && OF_OBJECT.contains(&name.as_str()) && (on_values || passed > 0);
        if all.is_empty() && (of_object() || is_made_by_form(owner, *form, name)) {
            return None;
        }
        Some(all)
    }

    fn fitting_with(
        &self,
        owner: &Home,
        name: &str,
        passed: &[Option<Found>],
        is_held: impl Fn(&Def) -> bool,
    ) -> Option<Vec<(Home, usize)>> {
        let values: Vec<Value> =
            passed.iter().map(|ty| ty.as_ref().map_or(Value::Unknown, in_full)).collect();
        let mut all = self.types.methods(owner, name, passed.len())?;
        all.retain(|(home, idx)| {
            let def = &home.source.model.defs[*idx];
            let at = (&self.source, &*self.around);
            is_held(def)
                && self.sees(home, def)
                && mistyped(&self.types, at, &values, (&home.source, def)).is_none()
        });
        Some(all)
    }

    /// Whether a method can be seen from here; a class below may see what is protected.
    fn sees(&self, home: &Home, def: &Def) -> bool {
        if home.source.path == self.source.path {
            return true;
        }
        let words = modifiers(&def.head);
        let says = |word: &str| words.contains(&word);
        let is_open = home.def().kind == Kind::Interface || says("public") || says("protected");
        let is_near = home.source.model.package == self.source.model.package;
        !says("private") && (is_open || is_near)
    }

    /// What the interface minds of the one method that it may mean.
    fn refused(&self, meant: &Meant, home: &Home, def: &Def) -> Option<String> {
        let function = &meant.function;
        let given = match meant.form {
            Form::Made => Some(Found::Project(meant.owner.clone())),
            _ => Some(&def.ty)
                .filter(|ty| !ty.is_empty())
                .and_then(|ty| self.types.named(&home.source, &def.parents, ty)),
        };
        let is_nothing = matches!(&given, Some(Found::Foreign(name)) if name == "void");
        let result = match (&function.gives, given) {
            (Gives::Nothing, _) | (_, None) => None,
            (Gives::Something | Gives::A(_), _) if is_nothing => {
                Some("it has to give something back".to_owned())
            }
            (Gives::A(to), Some(from)) => (assignable(&self.types, &from, to) == Some(false))
                .then(|| format!("it has to give back `{}`", to.word())),
            (Gives::Something, Some(_)) => None,
        };
        result.or_else(|| self.thrown(function, home, def))
    }

    /// What the method throws and the interface does not.
    fn thrown(&self, function: &Function, home: &Home, def: &Def) -> Option<String> {
        let allowed = function.throws.as_ref()?;
        let name = declared(&def.fails).iter().find(|name| {
            let thrown = self.types.named(&home.source, &def.parents, name);
            thrown.is_some_and(|thrown| {
                let may = |allowed: &Found| covers(&self.types, &thrown, Some(allowed.clone()));
                is_checked(&self.types, &thrown) && !allowed.iter().any(may)
            })
        })?;
        Some(format!("it may not throw `{name}`"))
    }
}

/// Methods that every object has and an overload may hide.
const OF_OBJECT: [&str; 6] = ["equals", "hashCode", "toString", "getClass", "wait", "notify"];

/// Whether a type has a method that nobody writes down.
fn is_made_by_form(owner: &Home, form: Form, name: &str) -> bool {
    let is_enum = owner.def().kind == Kind::Enum;
    let is_made = matches!(form, Form::Made) && owner.def().kind != Kind::Class;
    let of_enum = ["name", "ordinal", "values", "valueOf", "compareTo", "getDeclaringClass"];
    is_made || is_enum && of_enum.contains(&name)
}

/// A type by a name that means it everywhere.
fn in_full(found: &Found) -> Value {
    match found {
        Found::Foreign(name) => Value::Of(name.clone()),
        Found::Project(home) if home.source.model.package.is_empty() => Value::Unknown,
        Found::Project(home) => {
            Value::Of(format!("{}.{}", home.source.model.package, home.around().join(".")))
        }
    }
}
