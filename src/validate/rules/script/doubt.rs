//! What a test tells of a value: not only which of several types it is of, but that it is more than its
//! type says. `isUser(x)` lets `x` go where a `User` is wanted, whatever was stated for it.

use std::ops::Range;

use super::assign::Known;
use super::narrowed::{
    SIEVES, Test, is_of_language, is_part, passed_at, shown_by, sounds_like_test, words_of_tests,
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
        let names = root.map(|root| names_of(around, root));
        let tests = Tests { types: self, at: &at, to: going.to, names: names.as_deref() };
        let is_tested = tests.stand_in(around) || tests.are_called(&new.model, &range, new.text);
        if is_tested { Known::Barely } else { going.known }
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
        match value_of(call).and_then(|value| self.types.function(self.at, &value)) {
            Some(home) => shown_by(home.def()).is_some_and(|shown| {
                shown.is_none_or(|shown| self.may_let(&self.types.stated(&home.inside(), shown)))
            }),
            None => sounds_like_test(&call.name) && !is_of_language(&call.receiver),
        }
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

/// The names that may stand for the same value as one of them: all on a line that sets it, and so on.
fn names_of<'t>(text: &'t str, root: &'t str) -> Vec<&'t str> {
    let words = |line: &'t str| line.split(|char| !is_part(char)).filter(|word| !word.is_empty());
    let sets = |line: &str| line.contains('=') || line.contains(" of ") || line.contains(" in ");
    let mut names = vec![root];
    let mut next = 0;
    while let Some(name) = names.get(next).copied().filter(|_| next < 32) {
        for line in text.lines().filter(|line| sets(line) && find_words(line, name).next().is_some()) {
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
