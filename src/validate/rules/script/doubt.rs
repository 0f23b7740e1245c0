//! What a test tells of a value: not only which of several types it is of, but that it is more than its
//! type says. `isUser(x)` lets `x` go where a `User` is wanted, whatever was stated for it.

use std::ops::Range;

use super::assign::Known;
use super::narrowed::{
    SIEVES, Test, is_of_language, is_part, is_step, passed_at, shown_by, sounds_like_test, words_of_tests,
};
use super::results::value_of;
use super::types::{Type, Types};
use crate::validate::index::{Use, What};
use crate::validate::model::{FileModel, Ref, RefKind, Value};
use crate::validate::names::find_words;
use crate::validate::rules::tree::At;

/// A value that goes where a type is wanted.
#[derive(Clone, Copy)]
pub(super) struct Going<'g> {
    pub(super) known: Known,
    /// The place among the arguments of a call.
    pub(super) place: Option<usize>,
    pub(super) to: &'g Type,
}

impl Types<'_, '_> {
    /// How surely a value is known at a use, by the tests in the definition around it.
    pub(super) fn sureness(&self, usage: &Use<'_>, within: Option<usize>, going: Going<'_>) -> Known {
        let is_open = going.known == Known::Loosely;
        let Some(new) = usage.file.new.as_ref().filter(|_| is_open) else { return going.known };
        let Some(at) = self.tree.at(usage.file.path, within) else { return going.known };
        let def = within.and_then(|def| new.model.defs.get(def));
        let range = def.map_or(0..new.text.len(), |def| def.span.clone());
        let around = new.text.get(range.clone()).unwrap_or_default();
        let root = going.place.and_then(|place| root_at(usage, new.text, place));
        let own = root.or_else(|| name_of(usage).filter(|_| going.place.is_none()));
        let own = own.map(|root| names_of(around, root)).unwrap_or_default();
        let named = root.is_some().then_some(own.as_slice());
        let tests = Tests { types: self, at: &at, to: going.to, names: named };
        if tests.ask_for(&own, around) || tests.are_asked(&own, &new.model, &range, new.text) {
            return Known::Hardly;
        }
        let is_tested = tests.stand_in(around) || tests.are_called(&new.model, &range, new.text);
        if is_tested { Known::Barely } else { going.known }
    }
}

/// What is asked by `typeof x`.
fn typed_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("typeof").map(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches([' ', '(']);
        &rest[..rest.find(|char| !is_step(char)).unwrap_or(rest.len())]
    })
}

fn says_one_of(text: &str, names: &[&str]) -> bool {
    text.split(|char| !is_part(char)).any(|word| names.contains(&word))
}

/// The name of what is used.
fn name_of<'u>(usage: &Use<'u>) -> Option<&'u str> {
    match usage.what {
        What::Ref(reference, _) => Some(&reference.name),
        What::Import(..) => None,
    }
}

/// Tests that may let a value go where a type is wanted.
struct Tests<'t, 'v, 'a> {
    types: &'t Types<'v, 'a>,
    at: &'t At,
    to: &'t Type,
    /// The names that may stand for the value, where that is known.
    names: Option<&'t [&'t str]>,
}

impl Tests<'_, '_, '_> {
    fn stand_in(&self, text: &str) -> bool {
        words_of_tests(text).any(|test| match test {
            Test::Instance(tested, class) => {
                self.is_of(tested) && self.may_let(&self.types.stated(self.at, class))
            }
            Test::Key(tested) => self.is_of(tested),
            Test::Written => true,
        })
    }

    /// Whether a text asks of what kind something of these names is.
    fn ask_for(&self, own: &[&str], text: &str) -> bool {
        let by_words = words_of_tests(text).any(|test| match test {
            Test::Instance(tested, _) | Test::Key(tested) => says_one_of(tested, own),
            Test::Written => false,
        });
        by_words || typed_in(text).any(|tested| says_one_of(tested, own))
    }

    /// Whether a function is called that tells of what kind something of these names is.
    fn are_asked(&self, own: &[&str], model: &FileModel, range: &Range<usize>, text: &str) -> bool {
        let mut calls = model.refs.iter().filter(|call| call.kind == RefKind::Call);
        calls.any(|call| {
            range.contains(&call.span.start)
                && passed_at(text, call.span.end).iter().any(|passed| says_one_of(passed, own))
                && (call.name == "isArray" || self.shows(call).is_some())
        })
    }

    /// What a call shows of what it is given, as far as that is said.
    fn shows(&self, call: &Ref) -> Option<Option<Type>> {
        match value_of(call).and_then(|value| self.types.function(self.at, &value)) {
            Some(home) => {
                let shown = shown_by(home.def())?;
                Some(shown.map(|shown| self.types.stated(&home.inside(), shown)))
            }
            None => (sounds_like_test(&call.name) && !is_of_language(&call.receiver)).then_some(None),
        }
    }

    fn are_called(&self, model: &FileModel, range: &Range<usize>, text: &str) -> bool {
        let mut calls = model.refs.iter().filter(|call| call.kind == RefKind::Call);
        calls.any(|call| range.contains(&call.span.start) && self.is_test(call, text))
    }

    fn is_test(&self, call: &Ref, text: &str) -> bool {
        let mut values = call.args.iter().flat_map(|args| &args.values);
        if SIEVES.contains(&call.name.as_str()) {
            return values.any(|value| matches!(value, Value::Name(_)));
        }
        let mut passed = passed_at(text, call.span.end).into_iter();
        if !passed.any(|passed| self.is_of(passed)) {
            return false;
        }
        if call.name == "isArray" {
            return self.may_let(&Type::List(Box::new(Type::Unknown)));
        }
        self.shows(call).is_some_and(|shown| shown.is_none_or(|shown| self.may_let(&shown)))
    }

    /// Whether something that is tested may be the value.
    fn is_of(&self, tested: &str) -> bool {
        self.names.is_none_or(|names| root_of(tested).is_none_or(|root| names.contains(&root)))
    }

    /// Whether what a test shows may go where the value goes; with what else is known of the value it
    /// may have all members of an object.
    fn may_let(&self, shown: &Type) -> bool {
        let is_object =
            |ty: &Type| matches!(ty, Type::Object(_) | Type::Project(_) | Type::Both(_) | Type::Unknown);
        is_object(shown) && self.to.members().iter().any(is_object)
            || self.types.fits(shown, self.to, Known::Loosely) != Some(false)
    }
}

/// The name that an argument of a call begins with.
fn root_at<'t>(usage: &Use<'_>, text: &'t str, place: usize) -> Option<&'t str> {
    let What::Ref(reference, _) = usage.what else { return None };
    root_of(passed_at(text, reference.span.end).get(place)?)
}

fn root_of(path: &str) -> Option<&str> {
    let path = path.trim_start();
    let end = path.find(|char| !is_part(char)).unwrap_or(path.len());
    (end > 0).then(|| &path[..end])
}

/// The names that may stand for the same value as one of them: all in a statement that sets it, and so on.
fn names_of<'t>(text: &'t str, root: &'t str) -> Vec<&'t str> {
    let words = |line: &'t str| line.split(|char| !is_part(char)).filter(|word| !word.is_empty());
    let names_anew = |line: &str| line.contains(':') && !line.contains('(');
    let sets = |line: &str| ["=", " of ", " in "].iter().any(|sign| line.contains(sign)) || names_anew(line);
    let lines = statements(text);
    let mut names = vec![root];
    let mut next = 0;
    while let Some(name) = names.get(next).copied().filter(|_| next < 32) {
        for line in lines.iter().filter(|line| sets(line) && find_words(line, name).next().is_some()) {
            for word in words(line) {
                if !names.contains(&word) {
                    names.push(word);
                }
            }
        }
        next += 1;
    }
    names
}

/// The lines of a text, those as one that go on: after `=`, in a list, before `.then(…)`.
fn statements(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut end) = (0, 0);
    for line in text.split_inclusive('\n') {
        let before = text[start..end].trim_end();
        let goes_on = before.ends_with(['=', '(', ',', '?', '&', '|', '.', '['])
            || line.trim_start().starts_with(['.', '?', '&', '|', '=', ')', ']']);
        if !goes_on && end > start {
            found.push(&text[start..end]);
            start = end;
        }
        end += line.len();
    }
    found.push(&text[start..end]);
    found
}
