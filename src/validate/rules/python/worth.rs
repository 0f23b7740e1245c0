//! What types Python values have, as far as annotations and literals tell.

use super::types::{STEPS, Type, Types, builtin, form, is_bound, split};
use super::{is_of_module, lookup};
use crate::validate::extract::SLICE;
use crate::validate::model::{Def, Kind, Ty, Value};
use crate::validate::rules::reach::import_of;
use crate::validate::rules::tree::{At, Home};

impl Types<'_, '_> {
    /// The types that a value may have, as it stands at a place.
    pub(super) fn value(&self, at: &At, value: &Value) -> Option<Vec<Type>> {
        self.worth(at, value, STEPS)
    }

    fn worth(&self, at: &At, value: &Value, depth: usize) -> Option<Vec<Type>> {
        let depth = depth.checked_sub(1)?;
        match value {
            Value::Of(text) => self.read(at, text, depth),
            Value::This => {
                let around = at.file.1.defs.get(at.within?)?;
                let owner = if around.kind.is_type() { &around.name } else { around.parents.last()? };
                lookup(self.tree, at, owner).map(|home| vec![Type::Class(home)])
            }
            Value::Field(call, name) if name == "await" => self.called(at, call, depth, true),
            Value::Field(of, name) if name == SLICE => {
                let whole = self.worth(at, of, depth)?;
                whole.iter().all(|ty| matches!(ty, Type::Builtin(_))).then_some(whole)
            }
            Value::Field(on, name) => {
                let class = self.class_at(at, on, depth)?;
                let Some(field) = class.def().fields.iter().find(|field| field.name == *name) else {
                    return self.asked(&class, name);
                };
                if class.file.1.named(name).any(|(_, def)| is_of_module(&def.head, &field.ty)) {
                    return None;
                }
                let found = self.shared(&class.inside(), &field.ty)?;
                // What is asked for its value gives that instead.
                let gives =
                    |ty: &Type| matches!(ty, Type::Class(of) if self.method(of, "__get__", depth).is_some());
                (!found.iter().any(gives)).then_some(found)
            }
            Value::Call(..) => self.called(at, value, depth, false),
            Value::Element(of) => self.element(at, of, depth),
            Value::Passed(of, mark) if mark == Value::EACH => self.each(at, of, depth),
            _ => None,
        }
    }

    /// What a property of a class gives.
    fn asked(&self, class: &Home, name: &str) -> Option<Vec<Type>> {
        let def = class.def();
        let is_own = |other: &Def| other.parents.split_last() == Some((&def.name, &def.parents[..]));
        let mut all = class.file.1.named(name).filter(|(_, other)| is_own(other));
        let (def, property) =
            all.next().filter(|(_, other)| all.next().is_none() && !other.flags.may_repeat)?;
        let is_plain = property.kind == Kind::Field && !property.flags.is_reshaped;
        let home = Home { file: class.file.clone(), def };
        self.stated(&home.inside(), result(property).filter(|_| is_plain)?)
    }

    /// What a loop over a value is given.
    fn each(&self, at: &At, of: &Value, depth: usize) -> Option<Vec<Type>> {
        match of {
            Value::Of(text) => self.given_by(at, text, depth),
            Value::Field(call, name) if name == "await" => {
                let function = self.callee(at, call, depth)?;
                self.given_by(&function.inside(), plain_result(&function, true)?, depth)
            }
            Value::Call(..) => {
                let function = self.callee(at, of, depth)?;
                self.given_by(&function.inside(), plain_result(&function, false)?, depth)
            }
            Value::Field(on, name) => {
                let class = self.class_at(at, on, depth)?;
                let def = class.def();
                let is_own = |other: &Def| other.parents.split_last() == Some((&def.name, &def.parents[..]));
                let mut own = class.file.1.named(name).filter(|(_, other)| is_own(other));
                let (_, field) = own.next().filter(|_| own.next().is_none())?;
                self.given_by(&class.inside(), said_type(field)?, depth)
            }
            _ => None,
        }
    }

    /// What values of a type give one by one.
    fn given_by(&self, at: &At, text: &str, depth: usize) -> Option<Vec<Type>> {
        let (name, args) = text.split_once('[')?;
        let args = split(args.strip_suffix(']')?, ',');
        match (form(self.tree, at, name)?, &args[..]) {
            (
                "list" | "List" | "Sequence" | "MutableSequence" | "deque" | "set" | "Set" | "frozenset"
                | "FrozenSet" | "Iterable" | "Iterator" | "Collection",
                [only],
            ) => self.read(at, only, depth),
            ("tuple" | "Tuple", [each, "..."]) => self.read(at, each, depth),
            ("dict" | "Dict" | "Mapping" | "MutableMapping", [key, _]) => self.read(at, key, depth),
            ("Generator", [each, ..]) => self.read(at, each, depth),
            _ => None,
        }
    }

    /// What a list, a map or the like holds.
    fn element(&self, at: &At, of: &Value, depth: usize) -> Option<Vec<Type>> {
        match of {
            Value::Of(text) => self.held(at, text, depth),
            Value::Call(..) => {
                let function = self.callee(at, of, depth)?;
                self.held(&function.inside(), plain_result(&function, false)?, depth)
            }
            Value::Field(on, name) => {
                let class = self.class_at(at, on, depth)?;
                match &class.def().fields.iter().find(|field| field.name == *name)?.ty {
                    Ty::Map(each) => self.shared(&class.inside(), each),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What values of a type hold.
    fn held(&self, at: &At, text: &str, depth: usize) -> Option<Vec<Type>> {
        let (name, args) = text.split_once('[')?;
        let args = split(args.strip_suffix(']')?, ',');
        match (form(self.tree, at, name)?, &args[..]) {
            ("list" | "List" | "Sequence" | "MutableSequence" | "deque", [only]) => {
                self.read(at, only, depth)
            }
            ("tuple" | "Tuple", [each, "..."]) => self.read(at, each, depth),
            ("dict" | "Dict" | "Mapping" | "MutableMapping", [_, value]) => self.read(at, value, depth),
            _ => None,
        }
    }

    /// The one class of the project that a value is of, if it is not missing.
    pub(super) fn class_of(&self, at: &At, value: &Value) -> Option<Home> {
        self.class_at(at, value, STEPS)
    }

    fn class_at(&self, at: &At, value: &Value, depth: usize) -> Option<Home> {
        let mut all = self.worth(at, value, depth)?.into_iter();
        let mut all = all.by_ref().filter(|ty| !matches!(ty, Type::Builtin("None")));
        match (all.next(), all.next()) {
            (Some(Type::Class(home)), None) => Some(home),
            _ => None,
        }
    }

    /// The class that a member of a class comes from, that one or one above it.
    pub(super) fn stating(&self, class: &Home, member: &str) -> Option<Home> {
        let mut open = vec![class.clone()];
        for _ in 0..STEPS {
            let class = open.pop()?;
            let def = class.def();
            let is_own = |other: &Def| other.parents.split_last() == Some((&def.name, &def.parents[..]));
            if class.file.1.named(member).any(|(_, other)| is_own(other)) {
                return Some(class);
            }
            // What cannot be found may state it first.
            let above = def.supers.iter().rev();
            let above: Option<Vec<Home>> =
                above.map(|above| lookup(self.tree, &class.inside(), above)).collect();
            open.extend(above?);
        }
        None
    }

    /// What a call gives back, waited for or not.
    fn called(&self, at: &At, call: &Value, depth: usize, awaited: bool) -> Option<Vec<Type>> {
        match call {
            Value::Call(Some(on), method, _) if method.is_empty() => match &**on {
                Value::Name(name) if self.is_builtin(at, name) => {
                    given_by_builtin(name).map(|ty| vec![Type::Builtin(ty)])
                }
                _ => self.given(&self.callee(at, call, depth)?, awaited),
            },
            _ => self.given(&self.callee(at, call, depth)?, awaited),
        }
    }

    /// Whether a name is none of the project and of no import.
    fn is_builtin(&self, at: &At, name: &str) -> bool {
        let is_told = import_of(&at.file.1, name).is_some() || is_bound(&at.file.1, name);
        !is_told && lookup(self.tree, at, name).is_none()
    }

    /// The function of the project that a call means.
    fn callee(&self, at: &At, call: &Value, depth: usize) -> Option<Home> {
        match call {
            Value::Call(Some(on), method, _) if method.is_empty() => match &**on {
                Value::Name(name) => lookup(self.tree, at, name),
                _ => None,
            },
            Value::Call(Some(on), method, _) => self.method(&self.class_at(at, on, depth)?, method, depth),
            _ => None,
        }
    }

    /// What a function says that it gives back, waited for or not.
    pub(super) fn given(&self, function: &Home, awaited: bool) -> Option<Vec<Type>> {
        self.stated(&function.inside(), plain_result(function, awaited)?)
    }

    /// The method of a class.
    pub(super) fn method_of(&self, class: &Home, name: &str) -> Option<Home> {
        self.method(class, name, STEPS)
    }

    /// The method that a class states or gets from a class above it.
    fn method(&self, class: &Home, name: &str, depth: usize) -> Option<Home> {
        let depth = depth.checked_sub(1)?;
        let def = class.def();
        let is_own = |other: &Def| {
            other.kind == Kind::Method && other.parents.split_last() == Some((&def.name, &def.parents[..]))
        };
        let mut own = class.file.1.named(name).filter(|(_, other)| is_own(other));
        if let Some((idx, _)) = own.next() {
            return own.next().is_none().then(|| Home { file: class.file.clone(), def: idx });
        }
        def.supers.iter().find_map(|above| {
            let above = lookup(self.tree, &class.inside(), above)?;
            self.method(&above, name, depth)
        })
    }
}

/// What a function says that it gives back, if nothing makes something else of it.
fn plain_result(function: &Home, awaited: bool) -> Option<&str> {
    let def = function.def();
    let is_asked = def.sig.as_ref()?.is_async == awaited && matches!(def.kind, Kind::Function | Kind::Method);
    result(def).filter(|_| is_asked && !def.flags.may_repeat && !def.flags.is_reshaped)
}

/// What a function says that it gives back, as written.
pub(super) fn result(def: &Def) -> Option<&str> {
    let (before, result) = def.head.rsplit_once("->")?;
    before.trim_end().ends_with(')').then(|| result.trim())
}

/// The type that a function says to give back, or that a field is annotated with, as written.
pub(in crate::validate::rules) fn said_type(def: &Def) -> Option<&str> {
    let annotated = || def.head.split_once(':')?.1.split('=').next();
    result(def).or_else(|| annotated().filter(|_| def.kind == Kind::Field)).map(str::trim)
}

/// The type of what a function gives back that needs no import.
fn given_by_builtin(name: &str) -> Option<&'static str> {
    match name {
        "len" | "ord" | "hash" | "id" => Some("int"),
        "repr" | "chr" | "hex" | "oct" | "bin" | "ascii" | "input" => Some("str"),
        "isinstance" | "issubclass" | "callable" | "hasattr" | "any" | "all" => Some("bool"),
        "sorted" | "dir" => Some("list"),
        "str" | "int" | "float" | "bool" | "bytes" | "list" | "dict" | "set" | "tuple" | "frozenset" => {
            builtin(name)
        }
        _ => None,
    }
}
