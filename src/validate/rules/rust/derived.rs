//! One branch no longer derives or implements a trait for a Rust type; another derives it for what holds one, or calls its
//! method on it.

use std::collections::BTreeSet;

use super::derefs::derefs;
use super::held::Held;
use super::library_traits::DERIVED;
use super::made::gains_more;
use super::place::{Place, last};
use super::types::{Head, Type, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Impl, Kind, Ref, Value};
use crate::validate::names::has_word;
use crate::validate::rules::changed::{Changed, edited};
use crate::validate::rules::tree::{At, Tree};
use crate::validate::rules::{Draft, Rule, View, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

/// What asks a value for a trait, by the name of the use.
const ASKED: [(&str, &[&str]); 11] = [
    ("Copy", &[Ref::COPIED]),
    ("Display", &[Ref::DISPLAYED, "to_string"]),
    ("Clone", &["clone", "cloned"]),
    ("Debug", &[Ref::DEBUGGED, "unwrap", "expect", "unwrap_err", "expect_err"]),
    ("Default", &["default", "unwrap_or_default"]),
    ("Eq", KEYED),
    ("Hash", KEYED),
    ("Ord", &["cmp", "max", "min", "clamp", "sort", "sort_unstable"]),
    ("Ord", KEYED),
    ("PartialEq", &[Ref::EQUAL, "contains"]),
    ("PartialOrd", &[Ref::ORDERED, "partial_cmp"]),
];

/// The methods of a map or set that need to find a key.
const KEYED: &[&str] = &["contains", "contains_key", "entry", "get", "get_mut", "insert", "remove"];

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.language == Language::Rust) {
            for changed in touched(branch, file) {
                for of in lost(view, &changed) {
                    findings.extend(Dropped { view, changed: &changed, of }.users());
                }
            }
        }
    }
}

/// The types that a branch edited, or that it took an `impl` of a trait from.
fn touched<'a>(branch: usize, file: &'a File<'a>) -> Vec<Changed<'a>> {
    let mut found: Vec<Changed<'a>> = edited(branch, file).filter(|changed| is_data(changed.new)).collect();
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return found };
    let stays = |one: &Impl| {
        new.model.impls.iter().any(|other| (&other.of, &other.implementor) == (&one.of, &one.implementor))
    };
    for one in old.model.impls.iter().filter(|one| !stays(one)) {
        let of = |side: &'a Side<'a>| side.model.named(&one.implementor).find(|(_, def)| is_data(def));
        if let (Some((_, old)), Some((_, new))) = (of(old), of(new))
            && !found.iter().any(|changed| changed.old.is_named_as(old))
        {
            found.push(Changed { branch, file, old, new });
        }
    }
    found
}

fn is_data(def: &Def) -> bool {
    matches!(def.kind, Kind::Class | Kind::Enum) && !def.flags.may_repeat
}

/// The traits that a type derived and that nothing gives it now.
fn lost(view: &View<'_>, changed: &Changed<'_>) -> Vec<&'static str> {
    let (Some(old), Some(new)) = (&changed.file.old, &changed.file.new) else { return Vec::new() };
    let (was, is) = (has(old, changed.old), has(new, changed.new));
    let name = changed.new.name.as_str();
    let files = || view.branches[changed.branch].files.iter().filter_map(|file| file.new.as_ref());
    let implements = |of: &str| {
        let has = |side: &Side<'_>| {
            side.model
                .impls
                .iter()
                .any(|one| means(side, &one.implementor, name) && last(&one.of).trim() == of)
        };
        files().any(has)
    };
    let all = DERIVED.into_iter().chain(["Display"]);
    let gone = all.filter(|of| was.contains(of) && !is.contains(of) && !implements(of));
    let gone: Vec<&str> = gone.collect();
    if gone.is_empty() || gains_more((old, new), name) { Vec::new() } else { gone }
}

/// Whether what an `impl` is for may be a type, maybe by another name that a file has for it.
fn means(side: &Side<'_>, implementor: &str, name: &str) -> bool {
    let mut imported = side.model.imports.iter().flat_map(|import| &import.names);
    implementor == name
        || imported.any(|import| import.name == name && import.local == implementor)
        || side.model.named(implementor).any(|(_, def)| def.kind == Kind::Alias && !def.is_member())
}

/// The traits that a type derives or the file implements for it.
fn has<'s>(side: &'s Side<'_>, def: &Def) -> BTreeSet<&'s str> {
    let impls = side.model.impls.iter().filter(|one| one.implementor == def.name && !one.of.contains('<'));
    derives(side, def).into_iter().chain(impls.map(|one| last(&one.of).trim())).collect()
}

pub(super) fn derives<'s>(side: &'s Side<'_>, def: &Def) -> BTreeSet<&'s str> {
    let text = side.text.get(def.span.clone()).unwrap_or_default();
    let lists = text.split("derive(").skip(1).filter_map(|list| list.split(')').next());
    lists.flat_map(|list| list.split(',')).map(|of| last(of.trim())).collect()
}

/// Whether a value holds others of one type in a row.
fn is_row(ty: &Type) -> bool {
    matches!(ty.name(), Some("Vec" | "[]" | "VecDeque"))
}

/// Whether a type of the project may have a method of a name that no derived trait gives.
fn may_have(types: &Types<'_, '_>, ty: &Type, name: &str) -> bool {
    let Head::Project(home) = &ty.peeled().head else { return false };
    let is_method = name.starts_with(char::is_alphabetic);
    let has = || types.member(home, name, true).is_some_and(|member| !member.def().flags.is_static);
    is_method && (derefs(home.def()) || has() || types.may_extend(name))
}

/// Whether an expression is a value itself and no reference to one: `clone` of a reference to what has none
/// gives the reference again.
fn is_owned(types: &Types<'_, '_>, at: &At, value: &Value) -> bool {
    let is_plain = |text: &str| !text.contains('&') && text != "Self";
    match value {
        Value::Of(text) => is_plain(text),
        Value::Field(on, name) if name.parse::<usize>().is_err() => {
            let Head::Project(home) = types.value(at, on).peeled().head else { return false };
            types.member(&home, name, false).is_some_and(|field| is_plain(&field.def().ty))
        }
        _ => false,
    }
}

struct Dropped<'d, 'a> {
    view: &'d View<'a>,
    changed: &'d Changed<'d>,
    of: &'static str,
}

impl Dropped<'_, '_> {
    fn users(&self) -> Vec<Finding> {
        let others = (0..self.view.branches.len()).filter(|user| *user != self.changed.branch);
        let mut findings: Vec<Finding> = others.flat_map(|user| self.holders(user)).collect();
        let asked = ASKED.iter().filter(|(of, _)| *of == self.of).flat_map(|(_, names)| names.iter());
        let uses = asked.flat_map(|name| self.view.index.uses_elsewhere(self.changed.branch, name));
        findings.extend(first_in_each_file(uses, |usage| self.call(usage).or_else(|| self.use_of(usage))));
        findings
    }

    /// The types of a branch that derive the trait and hold a value of the type, one of which is new.
    fn holders(&self, user: usize) -> Vec<Finding> {
        let files = self.view.branches[user].files.iter().filter(|file| file.language == Language::Rust);
        // Nobody but a macro of others derives how a value is shown.
        files
            .filter(|_| self.of != "Display" && self.is_had_by(user))
            .filter_map(|file| self.holder(user, file))
            .collect()
    }

    fn holder(&self, user: usize, file: &File<'_>) -> Option<Finding> {
        let new = file.new.as_ref()?;
        let types = Types { tree: Tree::merged(self.view, user, self.changed.branch, file) };
        let merged = types.tree.file(file.path)?;
        let derives_it = |side: &Side<'_>, def: &Def| derives(side, def).contains(self.of);
        let had = |owner: &Def, field: &Def| {
            file.old.as_ref().is_some_and(|old| {
                old.model.named_as(owner).any(|(_, def)| derives_it(old, def))
                    && old.model.named_as(field).any(|(_, def)| def.ty == field.ty)
            })
        };
        // An attribute may leave a field out.
        let is_bare = |def: &Def| !new.text.get(def.span.clone()).is_none_or(|text| text.contains('#'));
        let mut fields = new.model.defs.iter().filter(|def| def.kind == Kind::Field && is_bare(def));
        fields.find_map(|field| {
            let (name, around) = field.parents.split_last()?;
            let (_, owner) = new.model.named(name).find(|(_, owner)| owner.parents == around)?;
            let is_new = is_data(owner) && derives_it(new, owner) && !had(owner, field);
            let (there, _) = merged.1.named_as(field).next().filter(|_| is_new)?;
            let stays = merged.1.named_as(owner).any(|(_, def)| def.body_hash == owner.body_hash);
            let at = At { file: merged.clone(), within: Some(there) };
            (stays && self.asks(&types, &at, &field.ty)).then(|| {
                let what = format!("derives `{}` for `{}`", self.of, owner.name);
                self.finding((user, file, field.line), &what, &owner.path())
            })
        })
    }

    /// Whether a field of a type, as written, must have the trait because of what it holds.
    fn asks(&self, types: &Types<'_, '_>, at: &At, written: &str) -> bool {
        let is_plain = |char: char| char.is_alphanumeric() || "_:<>,()[]; ".contains(char);
        written.chars().all(is_plain) && !has_word(written, "dyn") && self.needs(&types.stated(at, written))
    }

    fn needs(&self, ty: &Type) -> bool {
        match &ty.head {
            Head::Project(home) => {
                home.file.0 == *self.changed.file.path && home.def().is_named_as(self.changed.new)
            }
            Head::Library(name) => {
                let passes = match name.as_str() {
                    "()" | "Box" => true,
                    "Option" | "Vec" | "[]" => self.of != "Default",
                    _ => false,
                };
                let copies = self.of == "Copy" && matches!(name.as_str(), "Vec" | "Box");
                passes && !copies && (0..ty.n_arguments()).any(|at| self.needs(&ty.argument(at)))
            }
            Head::Unknown | Head::Some(_) => false,
        }
    }

    /// Whether a use asks a value for the trait: `room == other`, `{room:?}`, `self.room.clone()`.
    fn use_of(&self, usage: &Use<'_>) -> Option<Finding> {
        let What::Ref(reference, _) = usage.what else { return None };
        let types = Types { tree: Tree::merged(self.view, usage.branch, self.changed.branch, usage.file) };
        let at = types.tree.place_of(usage.file, reference.within)?;
        let ty = types.value(&at, &reference.on);
        let is_asked = match reference.name.as_str() {
            "default" => self.is_default_wanted(&types, &at, usage, reference),
            "clone" => {
                self.needs(&ty)
                    && (is_owned(&types, &at, &reference.on)
                        || self.is_wanted(&types, &at, &reference.wanted))
            }
            "unwrap" | "expect" => ty.name() == Some("Result") && self.needs(&ty.argument(1)),
            "unwrap_err" | "expect_err" => ty.name() == Some("Result") && self.needs(&ty.argument(0)),
            "unwrap_or_default" | "cloned" => ty.name() == Some("Option") && self.needs(&ty.argument(0)),
            "sort" | "sort_unstable" => is_row(&ty) && self.needs(&ty.argument(0)),
            "contains" if self.of == "PartialEq" => is_row(&ty) && self.needs(&ty.argument(0)),
            "cmp" | "max" | "min" | "clamp" | "partial_cmp" => self.needs(&ty),
            Ref::EQUAL | Ref::ORDERED => {
                let other = reference.args.as_ref().and_then(|args| args.values.first());
                self.needs(&ty) && other.is_some_and(|other| self.needs(&types.value(&at, other)))
            }
            Ref::DEBUGGED | Ref::DISPLAYED | "to_string" => self.needs(&ty),
            Ref::COPIED => {
                self.needs(&ty) && types.held(&at, &reference.on).is_some_and(|held| held != Held::Owned)
            }
            _ if self.of == "Ord" => {
                matches!(ty.name(), Some("BTreeMap" | "BTreeSet")) && self.needs(&ty.argument(0))
            }
            _ => matches!(ty.name(), Some("HashMap" | "HashSet")) && self.needs(&ty.argument(0)),
        };
        let is_lost = is_asked
            && !may_have(&types, &ty, &reference.name)
            && self.is_had_by(usage.branch)
            && symbol_removed::is_left(self.view, (self.changed.branch, &reference.name), usage, |_| false);
        let what = match reference.name.as_str() {
            name if name.starts_with(char::is_alphabetic) => format!("calls `{name}`"),
            sign => format!("uses `{sign}`"),
        };
        is_lost.then(|| self.finding((usage.branch, usage.file, reference.line), &what, &what))
    }

    /// `Default::default()` for a value of the type.
    fn is_default_wanted(&self, types: &Types<'_, '_>, at: &At, usage: &Use<'_>, call: &Ref) -> bool {
        let by_trait = Place::of(usage.file).and_then(|place| Some(place.qualifier(call)? == ["Default"]));
        by_trait == Some(true) && self.is_wanted(types, at, &call.wanted)
    }

    /// Whether a place takes a value of the type itself.
    fn is_wanted(&self, types: &Types<'_, '_>, at: &At, wanted: &Value) -> bool {
        matches!(wanted, Value::Of(text) if !text.contains('&')) && self.needs(&types.value(at, wanted))
    }

    /// `Room::default()`.
    fn call(&self, usage: &Use<'_>) -> Option<Finding> {
        let What::Ref(reference, _) = usage.what else { return None };
        if self.of != "Default" || reference.name != "default" {
            return None;
        }
        let types = Types { tree: Tree::merged(self.view, usage.branch, self.changed.branch, usage.file) };
        let at = types.tree.place_of(usage.file, reference.within)?;
        let path = Place::of(usage.file)?.qualifier(reference)?.join("::");
        let Head::Project(home) = types.stated(&at, &path).head else { return None };
        let is_it = home.file.0 == *self.changed.file.path && home.def().is_named_as(self.changed.new);
        let is_lost = is_it
            && reference.on == Value::Unknown
            && types.member(&home, "default", true).is_none()
            && self.is_had_by(usage.branch)
            && symbol_removed::is_left(self.view, (self.changed.branch, "default"), usage, |_| false);
        let what = "calls `default`";
        is_lost.then(|| self.finding((usage.branch, usage.file, reference.line), what, what))
    }

    /// Whether a branch still derives the trait for the type.
    fn is_had_by(&self, user: usize) -> bool {
        let Some(own) = self.view.file(user, self.changed.file.path) else { return true };
        own.new.as_ref().is_some_and(|new| {
            new.model.named_as(self.changed.old).any(|(_, def)| has(new, def).contains(self.of))
        })
    }

    fn finding(&self, (user, file, line): (usize, &File<'_>, u32), what: &str, symbol: &str) -> Finding {
        let Self { view, changed, of } = self;
        let (name, dropper) = (changed.new.path(), view.name(changed.branch));
        let message = format!(
            "{} {what} in {}, which needs `{of}` of `{name}`, which {dropper} took away in {}",
            view.name(user),
            file.path,
            changed.file.path
        );
        let sites = vec![
            view.site(user, file.path, line),
            view.site(changed.branch, changed.file.path, changed.new.line),
        ];
        let fix = Some(view.fix(changed.branch, format!("keep `{of}` for `{name}`"), String::new()));
        let symbols = [name.as_str(), of, symbol];
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
    }
}
