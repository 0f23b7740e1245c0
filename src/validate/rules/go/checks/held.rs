//! Whether what is asked of values holds for their types.

use super::super::types::{Shape, Type, Types, Way};
use crate::validate::model::{Asks, Check, Kind, Param, Value};
use crate::validate::rules::tree::At;

/// Why something does not hold; nothing within where it surely does.
pub(super) type Verdict = Option<Option<String>>;

impl Types<'_, '_> {
    /// Whether what is asked of values surely does not hold, or surely does. None where it cannot be told.
    pub(super) fn refuses(&self, at: &At, check: &Check) -> Verdict {
        let ty =
            |idx: usize| check.of.get(idx).map(|value| self.value(at, value)).filter(|ty| !ty.is_unknown());
        let first = check.of.first()?;
        let (holds, why) = match &check.asks {
            Asks::Constant => (self.is_constant(at, first)?, "where a constant is wanted".to_owned()),
            Asks::Placed => (self.is_placed(at, first, true)?, "as something that can be set".to_owned()),
            Asks::Arguments(given) => {
                (self.takes_arguments(at, first, *given)?, format!("with {given} type arguments"))
            }
            Asks::Called => (self.is_called(at, first)?, "as a function".to_owned()),
            Asks::Given => (self.takes_alone(at, first, &ty(1)?)?, format!("for a `{}`", ty(1)?.word())),
            Asks::Together(operator) => {
                let (left, right) = (ty(0)?, ty(1)?);
                let why = format!("as a `{}` beside `{operator}` and a `{}`", left.word(), right.word());
                (self.go_together(operator, &left, &right)?, why)
            }
            Asks::Indexed => (self.is_indexed(&ty(0)?, &ty(1)?)?, "as what has such elements".to_owned()),
            Asks::Appended => {
                let added: Vec<Type> = check.of[1..].iter().map(|value| self.value(at, value)).collect();
                (self.is_appended(&ty(0)?, &added)?, "as a list of such elements".to_owned())
            }
            Asks::Sent => (self.is_sent(&ty(0)?, &ty(1)?)?, "as a channel that takes such values".to_owned()),
            Asks::Goes => {
                let (from, to) = (ty(0)?, ty(1)?);
                let holds = self.fits(&from, &to) != Some(false) && !self.lacks_shape(&from, &to);
                (holds, format!("where `{}` is wanted", to.word()))
            }
            Asks::Spread => {
                let home = self.declared(at, first)?;
                let last = home.def().sig.as_ref().filter(|_| !home.def().kind.is_type())?.params.last();
                (last.is_some_and(|last| last.variadic), "for any number of values".to_owned())
            }
            asks => self.is_one(asks, &ty(0)?)?,
        };
        Some((!holds).then_some(why))
    }

    /// What is asked of the type of one value alone.
    fn is_one(&self, asks: &Asks, ty: &Type) -> Option<(bool, String)> {
        let base = self.base(ty);
        let (holds, as_what) = match asks {
            Asks::Looked => {
                (self.is_container(&base).map(|_| matches!(base, Type::Map(..)))?, "as a map".to_owned())
            }
            Asks::Sliced => (self.is_container(&base)?, "as a list".to_owned()),
            Asks::Ranged(n) => (self.is_ranged(&base, *n)?, format!("to go through it with {n} variables")),
            Asks::Counted => {
                let counts = matches!(base, Type::Map(..) | Type::Channel(..));
                (counts || self.is_container(&base)?, "as what can be counted".to_owned())
            }
            Asks::Led => (self.is_led(&base)?, "as a pointer".to_owned()),
            Asks::Received => (way_of(&base, Way::Out)?, "as a channel that gives something".to_owned()),
            Asks::Closed => (way_of(&base, Way::In)?, "as a channel that is closed".to_owned()),
            Asks::True => (is_bool(&base)?, "as a condition".to_owned()),
            Asks::Number => (self.is_number(&base)?, "as a number".to_owned()),
            Asks::Key => (self.is_comparable(ty, 4)?, "as the key of a map".to_owned()),
            Asks::Asserted => (self.is_interface(&base)?, "as an interface".to_owned()),
            _ => return None,
        };
        Some((holds, as_what))
    }

    fn is_indexed(&self, of: &Type, key: &Type) -> Option<bool> {
        match self.base(of) {
            Type::Map(wanted, _) => Some(self.fits(key, &wanted) != Some(false)),
            Type::List(_) => self.is_place(key),
            Type::Basic(name) if matches!(name.as_str(), "string" | "{string}") => self.is_place(key),
            // `f[T]` gives a function what it is generic over.
            Type::Function(_) | Type::Pointer(_) => None,
            other => self.is_container(&other).filter(|holds| !holds),
        }
    }

    /// Whether it counts elements.
    fn is_place(&self, key: &Type) -> Option<bool> {
        match self.base(key) {
            Type::Basic(name) if name == "{float}" => None,
            Type::Basic(name) => {
                let is_integer = matches!(name.as_str(), "{int}" | "{rune}" | "byte" | "rune" | "uintptr")
                    || name.trim_start_matches('u').starts_with("int");
                Some(is_integer)
            }
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
            Type::Library(name) => Some(name == super::super::library::DURATION),
            _ => Some(false),
        }
    }

    /// Whether parts of it can be taken by their places.
    fn is_container(&self, base: &Type) -> Option<bool> {
        match base {
            Type::List(_) => Some(true),
            Type::Basic(name) if matches!(name.as_str(), "string" | "{string}") => Some(true),
            Type::Foreign(path) if matches!(path.as_str(), "iter.Seq" | "iter.Seq2") => Some(false),
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) | Type::Pointer(_) => None,
            _ => Some(false),
        }
    }

    fn is_ranged(&self, base: &Type, n: usize) -> Option<bool> {
        match base {
            Type::List(_) | Type::Map(..) => Some(n <= 2),
            Type::Channel(_, way) => Some(n <= 1 && *way != Way::In),
            Type::Basic(name) if matches!(name.as_str(), "string" | "{string}") => Some(n <= 2),
            Type::Basic(name) if name == "{int}" || name.trim_start_matches('u').starts_with("int") => {
                Some(n <= 1)
            }
            Type::Foreign(path) if path == "iter.Seq" => Some(n <= 1),
            Type::Foreign(path) if path == "iter.Seq2" => Some(n <= 2),
            Type::Function(Some(shape)) => match shape.takes.as_slice() {
                [Type::Function(Some(handed))] => Some(n <= handed.takes.len()),
                [Type::Unknown] => None,
                _ => Some(false),
            },
            Type::Function(None)
            | Type::Unknown
            | Type::Foreign(_)
            | Type::Embedded(_)
            | Type::Pointer(_) => None,
            _ => Some(false),
        }
    }

    fn is_appended(&self, list: &Type, added: &[Type]) -> Option<bool> {
        match self.base(list) {
            Type::List(of) => Some(added.iter().all(|one| self.fits(one, &of) != Some(false))),
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
            Type::Basic(name) if name == "{nil}" => None,
            _ => Some(false),
        }
    }

    fn is_sent(&self, channel: &Type, given: &Type) -> Option<bool> {
        match self.base(channel) {
            Type::Channel(of, way) => Some(way != Way::Out && self.fits(given, &of) != Some(false)),
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
            _ => Some(false),
        }
    }

    fn is_led(&self, base: &Type) -> Option<bool> {
        match base {
            Type::Pointer(_) => Some(true),
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
            _ => Some(false),
        }
    }

    pub(super) fn is_interface(&self, base: &Type) -> Option<bool> {
        match base {
            Type::Any => Some(true),
            Type::Basic(name) => Some(name == "error"),
            Type::Project(home) => Some(home.def().kind == Kind::Interface),
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
            _ => Some(false),
        }
    }

    /// Whether something is called that is a function or a type.
    fn is_called(&self, at: &At, function: &Value) -> Option<bool> {
        if let Some(home) = self.declared(at, function)
            && (home.def().kind.is_type() || matches!(home.def().kind, Kind::Function | Kind::Method))
        {
            return Some(true);
        }
        match self.base(&self.value(at, function)) {
            Type::Function(_) => Some(true),
            Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
            _ => Some(false),
        }
    }

    /// Whether a function or a type takes a value that is given to it alone.
    fn takes_alone(&self, at: &At, function: &Value, given: &Type) -> Option<bool> {
        let to = match function {
            Value::Of(_) => self.value(at, function),
            _ => {
                let Some(home) = self.declared(at, function) else {
                    return self.library_takes_alone(at, function, given);
                };
                match home.def().kind {
                    kind if kind.is_type() => Type::Project(home),
                    Kind::Function | Kind::Method => {
                        let params = &home.def().sig.as_ref()?.params;
                        let all = match given {
                            Type::Several(all) => all.as_slice(),
                            one => std::slice::from_ref(one),
                        };
                        if params.iter().any(|param| param.variadic) {
                            return None;
                        }
                        let mut pairs = params.iter().zip(all);
                        let takes = |(param, from): (&Param, &Type)| {
                            let to = self.stated(&home.inside(), &param.written);
                            self.fits(from, &to) != Some(false) && !self.lacks_shape(from, &to)
                        };
                        return Some(params.len() == all.len() && pairs.all(takes));
                    }
                    _ => return None,
                }
            }
        };
        self.converts(given, &to)
    }

    fn library_takes_alone(&self, at: &At, function: &Value, given: &Type) -> Option<bool> {
        let Value::Field(on, name) = function else { return None };
        let Value::Name(local) = &**on else { return None };
        let Type::Function(Some(shape)) = self.library_function(at, local, name)? else { return None };
        let [to] = shape.takes.as_slice() else { return None };
        Some(self.fits(given, to) != Some(false))
    }

    /// Whether a value can be made one of another type.
    fn converts(&self, from: &Type, to: &Type) -> Option<bool> {
        let (from, to) = (self.base(from), self.base(to));
        let is_text =
            |ty: &Type| matches!(ty, Type::Basic(name) if name.trim_matches(['{', '}']) == "string");
        match (&from, &to) {
            (Type::Several(_), _) => Some(false),
            (Type::Basic(_) | Type::List(_) | Type::Map(..), Type::Project(home)) => {
                (home.def().kind == Kind::Class).then_some(false)
            }
            (Type::Project(home), Type::Basic(_)) => (home.def().kind == Kind::Class).then_some(false),
            (Type::Function(Some(from)), Type::Function(Some(to))) => Some(!differ(from, to)),
            (Type::Function(_), Type::Project(home)) => Some(home.def().kind == Kind::Interface),
            (left, right) if is_text(left) && self.is_number(right) == Some(true) => Some(false),
            (Type::Basic(_), Type::Basic(_)) => Some(true),
            _ => None,
        }
    }
}

fn differ(from: &Shape, to: &Shape) -> bool {
    super::super::assign::differ(&from.takes, &to.takes)
        || super::super::assign::differ(&from.gives, &to.gives)
}

/// Whether it is a channel that is no mere one of that way.
fn way_of(base: &Type, wanted: Way) -> Option<bool> {
    match base {
        Type::Channel(_, way) => Some(*way == Way::Both || *way == wanted),
        Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
        _ => Some(false),
    }
}

fn is_bool(base: &Type) -> Option<bool> {
    match base {
        Type::Basic(name) => Some(name.trim_matches(['{', '}']) == "bool"),
        Type::Unknown | Type::Foreign(_) | Type::Embedded(_) => None,
        _ => Some(false),
    }
}
