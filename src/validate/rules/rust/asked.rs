//! What a Rust file does with a value and with what comes of it: members, arguments, operators, format strings.

use super::assign::{fits, is_apart, is_plain};
use super::held::Held;
use super::lacks::{holds, is_wrapper, lacks, may_be_tried};
use super::library;
use super::overriding::receiver;
use super::place::Place;
use super::results::{Uses, has_elements, surely_has_none};
use super::types::{Head, Type, Types};
use crate::validate::model::{FileModel, Ref, RefKind, Value};
use crate::validate::rules::retyped::Clash;
use crate::validate::rules::tree::At;

/// A type on the branch of a use, and in the merge.
type Both = (Type, Type);

/// Traits of the operators that calculate.
const OPERATORS: [&str; 10] =
    ["Add", "AddAssign", "Div", "DivAssign", "Mul", "MulAssign", "Rem", "RemAssign", "Sub", "SubAssign"];

/// Methods of collections by the types that have them, and which of the arguments is to be what the type at a
/// place among those of the collection is.
const ELEMENTS: [(&[&str], &[&str], usize, usize); 6] = [
    (&["Vec", "VecDeque"], &["push", "push_back", "push_front"], 0, 0),
    (&["Vec", "VecDeque"], &["insert", "resize"], 1, 0),
    (&["BTreeSet", "BinaryHeap", "HashSet"], &["insert", "push", "replace"], 0, 0),
    (&["BTreeMap", "HashMap"], &["entry", "insert"], 0, 0),
    (&["BTreeMap", "HashMap"], &["insert"], 1, 1),
    (&["Option"], &["insert", "replace", "unwrap_or"], 0, 0),
];

/// The same of those that look for something, by what the element lends.
const LOOKED_FOR: [(&[&str], &[&str], usize, usize); 2] = [
    (&["BTreeSet", "HashSet", "Vec", "VecDeque", "[]"], &["contains", "remove", "take"], 0, 0),
    (&["BTreeMap", "HashMap"], &["contains_key", "get", "get_mut", "remove"], 0, 0),
];

impl Uses<'_, '_, '_> {
    /// What others in the file do with the value.
    pub(super) fn others(&self, model: &FileModel, value: &Value, whole: &Both) -> Option<Clash> {
        model.refs.iter().find_map(|other| {
            if !other.name.starts_with(|char: char| char.is_alphanumeric() || char == '_') {
                return self.asked(other, value, whole);
            }
            let comes = |of: &Value| of.steps().any(|step| step == value);
            if comes(&other.on) {
                let both = self.both(&other.on, value, whole);
                if let Some(clash) = self.taken_from(other, value, &both) {
                    return Some(clash);
                }
            }
            let args = &other.args.as_ref()?.values;
            let idx = args.iter().position(comes)?;
            self.passed(other, idx, &self.both(&args[idx], value, whole))
        })
    }

    /// The types of what is a value or comes of it.
    fn both(&self, of: &Value, value: &Value, whole: &Both) -> Both {
        if of.unlent() == value {
            return whole.clone();
        }
        (self.old.value(self.at, of), self.new.value(self.there, of))
    }

    /// What a use takes from what stands before its dot.
    fn taken_from(&self, other: &Ref, value: &Value, (before, after): &Both) -> Option<Clash> {
        if lacks(self.old, before, self.new, after, other) && !self.is_borrowed_by_trait(other) {
            return Some(Clash::Lacks(other.name.clone()));
        }
        if changes_shared(self.new, before, after, other) {
            return Some(Clash::Changed);
        }
        if let Some(clash) = self.element(other, (before, after)).or_else(|| self.handed_on(other)) {
            return Some(clash);
        }
        // What is taken out of the value itself on the way.
        let inside =
            |step: &Value, is: fn(&Value) -> Option<&Value>| is(step).is_some_and(|of| of.unlent() == value);
        let element =
            |step: &Value| inside(step, |step| if let Value::Element(of) = step { Some(of) } else { None });
        let content =
            |step: &Value| inside(step, |step| if let Value::Content(of) = step { Some(of) } else { None });
        let (was, is) = (self.old.value(self.at, value), self.new.value(self.there, value));
        if other.on.steps().any(element) && has_elements(&was) && surely_has_none(&is) {
            return Some(Clash::Indexed);
        }
        (other.on.steps().any(content) && holds(&was) && !may_be_tried(&is)).then_some(Clash::HoldsNothing)
    }

    /// An argument of a call on a collection that went with its elements and surely does not now.
    fn element(&self, other: &Ref, (before, after): (&Type, &Type)) -> Option<Clash> {
        let args = &other.args.as_ref()?.values;
        let fitting = |ty: &Type, types: &Types<'_, '_>, at: &At| {
            let name = ty.name()?;
            let own = ELEMENTS.iter().map(|entry| (entry, true));
            let mut entries = own.chain(LOOKED_FOR.iter().map(|entry| (entry, false)));
            entries.find_map(|((on, names, idx, of), is_whole)| {
                let arg =
                    args.get(*idx).filter(|_| on.contains(&name) && names.contains(&other.name.as_str()))?;
                let element = ty.argument(*of);
                // A key of the project may be found by what it borrows as.
                let is_told = is_whole || element.name().is_some();
                let is_refused = is_told && fits(&types.value(at, arg), &element) == Some(false);
                Some((is_refused, element))
            })
        };
        let (was_refused, _) = fitting(before, self.old, self.at)?;
        let (is_refused, element) = fitting(after, self.new, self.there)?;
        (!was_refused && is_refused).then(|| Clash::Wanted(element.word()))
    }

    /// A parameter that took an argument and surely does not take it now.
    fn passed(&self, other: &Ref, idx: usize, (before, after): &Both) -> Option<Clash> {
        let arg = other.args.as_ref()?.values.get(idx)?;
        let Some((at, written)) = self.new.parameter_as_written(self.there, self.file, other, idx) else {
            return self.passed_to_library(other, idx, (before, after));
        };
        let wanted = self.new.stated(&at, &written);
        if fits(before, &wanted) != Some(false) && fits(after, &wanted) == Some(false) {
            return Some(Clash::Wanted(wanted.word()));
        }
        let (had, has) = (self.old.told(self.at, arg)?, self.new.told(self.there, arg)?);
        let takes = (at, written);
        let is_refused =
            self.new.is_taken(&had, &takes) == Some(true) && self.new.is_taken(&has, &takes) == Some(false);
        is_refused.then(|| Clash::Wanted(self.new.word_of(&takes, &wanted)))
    }

    /// An argument of a method of the library that is to be an element or a number of elements, and surely is not now.
    fn passed_to_library(&self, other: &Ref, idx: usize, (before, after): (&Type, &Type)) -> Option<Clash> {
        const COUNTED: [&str; 10] = [
            "nth",
            "repeat",
            "reserve",
            "skip",
            "step_by",
            "swap_remove",
            "take",
            "truncate",
            "windows",
            "with_capacity",
        ];
        let on = self.new.value(self.there, &other.on).peeled();
        let name = on.name();
        let element = ELEMENTS.iter().find_map(|(of, names, at, element)| {
            let is_it = of.contains(&name?) && names.contains(&other.name.as_str()) && *at == idx;
            is_it.then(|| on.argument(*element))
        });
        let is_counted = idx == 0 && COUNTED.contains(&other.name.as_str()) && {
            let path = Place::of(self.file).and_then(|place| Some(place.qualifier(other)?.join("::")));
            name.is_some_and(|name| has_elements(&on) || name == library::ITERATOR)
                || path.is_some_and(|path| matches!(path.as_str(), "Vec" | "String" | "HashMap" | "VecDeque"))
        };
        let wanted = element.or_else(|| is_counted.then(|| Type::library("usize", Vec::new())))?;
        let is_refused = fits(before, &wanted) != Some(false) && fits(after, &wanted) == Some(false);
        is_refused.then(|| Clash::Wanted(wanted.word()))
    }

    /// `borrow` of any type, where the traits that give it are imported.
    fn is_borrowed_by_trait(&self, used: &Ref) -> bool {
        let mut imported = self.at.file.1.imports.iter().flat_map(|import| &import.names);
        matches!(used.name.as_str(), "borrow" | "borrow_mut")
            && imported.any(|name| name.name.starts_with("Borrow"))
    }

    /// What a method or field makes of the value, where that goes somewhere: `load().unwrap()`.
    fn handed_on(&self, used: &Ref) -> Option<Clash> {
        if matches!(used.name.as_str(), "cloned" | "copied") && used.args.is_some() {
            let lent = |types: &Types<'_, '_>, at: &At| types.held(at, &used.on.clone().content());
            let (had, has) = (lent(self.old, self.at)?, lent(self.new, self.there)?);
            let is_lost = had != Held::Owned && has == Held::Owned && !self.new.may_extend(&used.name);
            return is_lost.then(|| Clash::Lacks(used.name.clone()));
        }
        let made = match &used.args {
            Some(args) => used.on.clone().called(&used.name, args.positional),
            None => used.on.clone().field(&used.name),
        };
        let (before, after) = (self.old.value(self.at, &made), self.new.value(self.there, &made));
        self.refused(&used.wanted, &made, (&before, &after))
    }

    /// What an operator or a format string asks of the value.
    fn asked(&self, other: &Ref, value: &Value, whole: &Both) -> Option<Clash> {
        let beside = other.args.as_ref().and_then(|args| args.values.first());
        let comes = |of: &Value| of.steps().any(|step| step == value);
        if let Some(beside) = beside {
            if !comes(&other.on) && !comes(beside) {
                return None;
            }
            let (left, right) = (self.both(&other.on, value, whole), self.both(beside, value, whole));
            let is_ours = comes(&other.on);
            let wanted = || Clash::Wanted(if is_ours { right.1.word() } else { left.1.word() });
            return match other.name.as_str() {
                Ref::EQUAL | Ref::ORDERED => {
                    (!differ(&left.0, &right.0) && differ(&left.1, &right.1)).then(wanted)
                }
                Ref::CALCULATED => {
                    let was = self.old.is_no_sum(&left.0, &right.0);
                    (!was && self.new.is_no_sum(&left.1, &right.1)).then_some(Clash::Operand)
                }
                _ => None,
            };
        }
        if !comes(&other.on) {
            return None;
        }
        let (before, after) = self.both(&other.on, value, whole);
        match other.name.as_str() {
            Ref::DISPLAYED if !self.old.is_silent(&before) && self.new.is_silent(&after) => {
                Some(Clash::Lacks("Display".to_owned()))
            }
            Ref::TESTED if before.name() == Some("bool") => {
                let truth = Type::library("bool", Vec::new());
                (fits(&after, &truth) == Some(false)).then(|| Clash::Wanted(truth.word()))
            }
            _ => None,
        }
    }

    /// Where locals go that stand for the value or what comes of it.
    pub(super) fn flows(&self, model: &FileModel, value: &Value, whole: &Both) -> Option<Clash> {
        let mut flows = model.flows.iter().filter(|flow| flow.within == self.at.within);
        flows.find_map(|flow| {
            if !flow.value.steps().any(|step| step == value) {
                return None;
            }
            let (before, after) = self.both(&flow.value, value, whole);
            self.refused(&flow.wanted, &flow.value, (&before, &after))
        })
    }
}

impl Types<'_, '_> {
    /// Whether nothing calculates with values of two types by `+`, `-`, `*`, `/` or `%`.
    fn is_no_sum(&self, left: &Type, right: &Type) -> bool {
        // Sums of these depend on the operator.
        const OPEN: [&str; 6] = ["BTreeSet", "Duration", "HashSet", "Instant", "Path", "SystemTime"];
        let (left, right) = (left.peeled(), right.peeled());
        if let (Some(left), Some(right)) = (left.name(), right.name()) {
            let is_known = |name: &str| is_plain(name) && !OPEN.contains(&name);
            return is_known(left) && is_known(right) && !adds(left, right);
        }
        let other = if left.name().is_some() { &right } else { &left };
        let is_told = |ty: &Type| ty.name().is_none_or(is_plain) && !ty.is_unknown();
        is_told(&left) && is_told(&right) && self.surely_implements_none(other, &OPERATORS)
    }

    /// Whether nothing shows a value of a type by `Display`.
    fn is_silent(&self, ty: &Type) -> bool {
        const SILENT: [&str; 12] = [
            "()", "BTreeMap", "BTreeSet", "HashMap", "HashSet", "OsStr", "OsString", "Path", "PathBuf",
            "Vec", "VecDeque", "[]",
        ];
        is_wrapper(ty)
            || ty.name().is_some_and(|name| SILENT.contains(&name))
            || self.surely_implements_none(ty, &["Display"])
    }
}

/// Whether a use changes a value that others share now: what is in an `Arc` or `Rc`.
fn changes_shared(types: &Types<'_, '_>, before: &Type, after: &Type, used: &Ref) -> bool {
    const CHANGE: [&str; 14] = [
        "append", "clear", "drain", "entry", "extend", "insert", "iter_mut", "pop", "push", "push_str",
        "remove", "retain", "sort", "truncate",
    ];
    let is_shared = |ty: &Type| matches!(ty.name(), Some("Arc" | "Rc"));
    let is_own = |ty: &Type| matches!(ty.head, Head::Project(_)) || ty.name().is_some_and(is_plain);
    if !is_own(before) || !is_shared(after) {
        return false;
    }
    match &after.peeled().head {
        _ if used.kind == RefKind::Write => true,
        Head::Library(_) => {
            used.args.is_some() && CHANGE.contains(&used.name.as_str()) && !types.may_extend(&used.name)
        }
        Head::Project(home) => {
            let method = types.member(home, &used.name, true).filter(|_| used.args.is_some());
            method.is_some_and(|method| receiver(method.def()) == Some((true, true)))
        }
        Head::Unknown | Head::Some(_) => false,
    }
}

/// Whether two types of the library can be calculated with.
fn adds(left: &str, right: &str) -> bool {
    let is_float = |name: &str| matches!(name, "f32" | "f64" | "{float}");
    if library::is_number(left) && library::is_number(right) {
        let is_open = left.starts_with('{') || right.starts_with('{');
        return left == right || is_open && is_float(left) == is_float(right);
    }
    left == "String" && matches!(right, "String" | "str")
}

/// Whether two types of the library are never compared with each other.
fn differ(left: &Type, right: &Type) -> bool {
    let refused = fits(left, right) == Some(false) || fits(right, left) == Some(false);
    refused && is_apart(left, right)
}
