//! Closures and functions of Rust that are handed to whoever calls them.
//!
//! One branch changes how many parameters a function has; another hands it on: `map(visit)`, `each(Room::look)`,
//! `let f: fn(u8) -> bool = visit`. What is passed to a changed function is compared here as well.

use super::assign::fits;
use super::library::ITERATOR;
use super::place::Place;
use super::types::Types;
use super::written::{split, without_marks};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Ref, RefKind, Value};
use crate::validate::names::has_word;
use crate::validate::rules::changed::{Changed, misused};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::symbol_removed::is_left;
use crate::validate::rules::tree::{At, Tree};
use crate::validate::rules::{Draft, Rule, View, signature_changed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

/// Methods of `Option`, `Result`, lists and iterators that call what they are given with one argument.
const WITH_ONE: [&str; 20] = [
    "all",
    "and_then",
    "any",
    "filter",
    "filter_map",
    "find",
    "find_map",
    "flat_map",
    "for_each",
    "inspect",
    "is_some_and",
    "map",
    "map_err",
    "map_while",
    "max_by_key",
    "min_by_key",
    "position",
    "sort_by_key",
    "skip_while",
    "take_while",
];

/// What something that can be called takes and gives: `impl Fn(u32) -> bool`, `fn(u32) -> bool`.
pub(super) struct Called<'w> {
    pub(super) passed: usize,
    gives: &'w str,
}

impl<'w> Called<'w> {
    /// Reads a type as it is written.
    pub(super) fn read(written: &'w str) -> Option<Self> {
        let (text, _) = without_marks(written);
        let boxed =
            ["Arc<", "Box<", "Rc<"].iter().find_map(|lead| text.strip_prefix(lead)?.strip_suffix('>'));
        let (text, _) = without_marks(boxed.unwrap_or(text));
        let text = text.rsplit_once("ops::").map_or(text, |(_, name)| name);
        let rest = ["Fn", "FnMut", "FnOnce", "fn"].iter().find_map(|name| {
            text.strip_prefix(name).map(str::trim_start).filter(|rest| rest.starts_with('('))
        })?;
        let end = closing(rest)?;
        let gives = rest[end + 1..].trim_start().strip_prefix("->").unwrap_or("()");
        Some(Self { passed: split(&rest[1..end]).len(), gives: gives.split(" +").next()?.trim() })
    }
}

/// Where the bracket that a text begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.char_indices().find_map(|(at, char)| {
        match char {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

impl Types<'_, '_> {
    /// How many arguments a closure, or a function by its path, is to be called with.
    pub(super) fn arity(&self, at: &At, value: &Value) -> Option<usize> {
        if let Some((_, parameters)) = value.as_closure() {
            return Some(parameters);
        }
        let Value::Name(path) = value else { return None };
        arity_of(self.function(at, path)?.def())
    }

    /// What a place that calls what it is given cannot take, in the words of a message.
    pub(super) fn refuses(&self, place: (&At, &str), at: &At, value: &Value) -> Option<String> {
        let called = Called::read(place.1)?;
        let takes = self.arity(at, value)?;
        let list = vec!["_"; takes].join(", ");
        let Some((given, _)) = value.as_closure() else {
            return (takes != called.passed).then(|| format!("fn({list})"));
        };
        if takes != called.passed {
            return Some(format!("|{list}|"));
        }
        let (gives, wanted) = (self.value(at, given), self.stated(place.0, called.gives));
        let is_refused = gives.name().is_some()
            && !names_parameter(place.0, called.gives)
            && fits(&gives, &wanted) == Some(false);
        is_refused.then(|| format!("|{list}| -> {}", gives.word()))
    }
}

/// Whether a type, as a bound of the function at a place says it, may name a type parameter.
fn names_parameter(at: &At, written: &str) -> bool {
    let head = at.within.and_then(|within| at.file.1.defs.get(within)).map_or("", |def| &def.head);
    let stated = head.split('(').next().unwrap_or(head);
    let mut words = written.split(|char: char| !char.is_alphanumeric() && char != '_');
    words.any(|word| word.len() == 1 || has_word(stated, word))
}

/// How many arguments a function is called with by its path.
fn arity_of(def: &Def) -> Option<usize> {
    let sig = def.sig.as_ref().filter(|_| !def.flags.may_repeat)?;
    let receiver = usize::from(def.kind == Kind::Method && !def.flags.is_static);
    Some(sig.params.len() + receiver)
}

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    findings.extend(misused(view, Language::Rust, takes_others_now, |changed, usage| {
        let (passed, takes) = mismatch(view, changed, usage)?;
        Some(finding(view, changed, usage, passed, takes))
    }));
}

fn takes_others_now(changed: &Changed<'_>) -> bool {
    let is_function = |def: &Def| matches!(def.kind, Kind::Function | Kind::Method);
    is_function(changed.old)
        && is_function(changed.new)
        && arity_of(changed.old).zip(arity_of(changed.new)).is_some_and(|(was, is)| was != is)
}

/// How many arguments whoever has the function calls it with, where it took as many and does no longer; and how
/// many it takes.
fn mismatch(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> Option<(usize, usize)> {
    let What::Ref(reference, _) = usage.what else { return None };
    let (was, is) = (arity_of(changed.old)?, arity_of(changed.new)?);
    let is_handed = reference.kind == RefKind::Read && reference.args.is_none();
    if !is_handed || view.reach(usage, changed.file, changed.old) != Some(Reach::Sure) {
        return None;
    }
    let types = Types { tree: Tree::merged(view, usage.branch, changed.branch, usage.file) };
    let at = types.tree.place_of(usage.file, reference.within)?;
    let passed = match &reference.wanted {
        Value::Of(text) => Called::read(text).map(|called| called.passed),
        _ => None,
    };
    let passed = passed.or_else(|| passed_by_call(&types, &at, usage.file, reference))?;
    let same = |def: &Def| arity_of(def) == Some(was);
    let is_lost = passed == was
        && changed.is_as_it_was(view, usage, same)
        && is_left(view, (changed.branch, &changed.old.name), usage, |_| false);
    is_lost.then_some((passed, is))
}

/// How many arguments the function is called with that a call passes on.
fn passed_by_call(types: &Types<'_, '_>, at: &At, file: &File<'_>, reference: &Ref) -> Option<usize> {
    let path = Value::Name(Place::of(file)?.written(reference)?.join("::"));
    let calls = file.new.as_ref()?.model.refs.iter().filter(|call| call.within == reference.within);
    let mut passing = calls.filter_map(|call| {
        let idx = call.args.as_ref()?.values.iter().position(|passed| *passed == path)?;
        Some((call, idx))
    });
    passing.find_map(|(call, idx)| {
        if let Some((_, written)) = types.parameter_as_written(at, file, call, idx) {
            return Called::read(&written).map(|called| called.passed);
        }
        let is_library = || {
            matches!(
                types.value(at, &call.on).peeled().name(),
                Some(ITERATOR | "Option" | "Result" | "Vec" | "[]")
            )
        };
        (idx == 0 && WITH_ONE.contains(&call.name.as_str()) && is_library()).then_some(1)
    })
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, passed: usize, takes: usize) -> Finding {
    let name = changed.new.path();
    let arguments = |n: usize| format!("{n} argument{}", if n == 1 { "" } else { "s" });
    let message = format!(
        "{} hands `{name}` on in {} to be called with {}; it takes {} since {} changed it to `{}`",
        view.name(usage.branch),
        usage.file.path,
        arguments(passed),
        arguments(takes),
        view.name(changed.branch),
        changed.new.head
    );
    let sites = changed.sites(view, usage, usage.what.line());
    let fix = Some(view.fix(usage.branch, format!("pass a closure that calls `{name}`"), String::new()));
    let symbols = [name.as_str(), "handed on"];
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
}

#[cfg(test)]
mod tests {
    use super::Called;

    #[test]
    fn what_can_be_called_says_what_it_is_given() {
        for (written, passed, gives) in [
            ("impl Fn(u32) -> bool", 1, "bool"),
            ("fn(u8, Vec<(u8, u8)>) -> Result<u8, E>", 2, "Result<u8, E>"),
            ("&mut dyn FnMut() + Send", 0, "()"),
            ("Box<dyn Fn(u32, u32) + Send>", 2, "()"),
            ("impl std::ops::FnOnce((u8, u8)) -> u8 + 'a", 1, "u8"),
        ] {
            let called = Called::read(written).expect(written);
            assert_eq!((called.passed, called.gives), (passed, gives), "{written}");
        }
        for written in ["u8", "Function(u8)", "impl Into<u8>", "Fn(u8"] {
            assert!(Called::read(written).is_none(), "{written}");
        }
    }
}
