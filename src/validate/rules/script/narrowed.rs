//! Whether a test before a use shows that what stands before its dot is more than its type says:
//! `isRoom(place)`, `place instanceof Room`, `'seats' in place`. What it is then may state the member
//! itself, and say another type for it.

use super::lookup::Own;
use super::parts::Share;
use super::results::value_of;
use super::types::{STEPS, Type, Types};
use crate::validate::model::{Def, FileModel, Receiver, Ref, RefKind, Value};
use crate::validate::rules::tree::{At, Home};

/// Functions that are given a test of each element.
pub(super) const SIEVES: [&str; 6] = ["filter", "find", "findLast", "every", "some", "partition"];

/// Where tests are looked for.
pub(super) struct Tested<'t, 'v, 'a> {
    pub(super) types: &'t Types<'v, 'a>,
    pub(super) at: &'t At,
    pub(super) model: &'t FileModel,
    pub(super) text: &'t str,
    /// Whether `member` itself counts too.
    pub(super) any: bool,
}

impl Tested<'_, '_, '_> {
    /// Whether a test before a use shows its receiver to be of a type that has `member` or another one
    /// of its name.
    pub(super) fn shows(&self, usage: &Ref, member: &Home) -> bool {
        Tested { any: true, ..*self }.hides(usage, member)
    }

    /// Whether a test before a use shows its receiver to be of a type that has a member of its own in
    /// place of `member`.
    pub(super) fn hides(&self, usage: &Ref, member: &Home) -> bool {
        let start = usage.within.and_then(|def| self.model.defs.get(def)).map_or(0, |def| def.span.start);
        let path = receiver_path(self.text, usage.span.start);
        // A key stands alone; in a pattern that takes a value apart the value may have been tested.
        let path =
            path.or_else(|| taken_apart(self.text, usage.span.end).filter(|_| usage.kind == RefKind::Read));
        path.is_some_and(|path| self.hides_between(start..usage.span.start, Some(&path), member))
    }

    /// The same of anything in the definition with a path.
    pub(super) fn hides_in(&self, definition: Option<&str>, member: &Home) -> bool {
        let def = definition.and_then(|path| self.model.defs.iter().find(|def| def.path() == path));
        let range = def.map_or(0..self.text.len(), |def| def.span.clone());
        self.hides_between(range, None, member)
    }

    fn hides_between(&self, range: std::ops::Range<usize>, path: Option<&str>, member: &Home) -> bool {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let is_it = |tested: &str| path.is_none_or(|path| plain(tested) == path);
        let own = |ty: Option<Type>| ty.is_none_or(|ty| self.has_own(&ty, member));
        let by_words = words_of_tests(text).any(|test| match test {
            Test::Instance(tested, class) => is_it(tested) && own(self.class(class)),
            Test::Key(tested) => is_it(tested),
            Test::Written => true,
        });
        let calls = self.model.refs.iter().filter(|call| range.contains(&call.span.start));
        by_words
            || calls.filter(|call| call.kind == RefKind::Call).any(|call| self.tests(call, &is_it, member))
    }

    /// Whether a call tells that what it is given, or called on, is of such a type.
    fn tests(&self, call: &Ref, is_it: &dyn Fn(&str) -> bool, member: &Home) -> bool {
        let hides = |shown: Option<&str>, home: Option<&Home>| match (shown, home) {
            (Some("Function" | "object" | "any"), _) => false,
            (Some(shown), Some(home)) => self.has_own(&self.types.stated(&home.inside(), shown), member),
            _ => true,
        };
        let values = call.args.iter().flat_map(|args| &args.values);
        let mut sieves =
            values.filter(|_| SIEVES.contains(&call.name.as_str())).filter_map(|value| match value {
                Value::Name(name) => Some(name),
                _ => None,
            });
        let by_sieve = sieves.any(|name| match self.types.own(self.at, name, STEPS) {
            Own::Def(home) => shown_by(home.def()).is_some_and(|shown| hides(shown, Some(&home))),
            _ => true,
        });
        if by_sieve {
            return true;
        }
        let passed = passed_at(self.text, call.span.end);
        let on = receiver_path(self.text, call.span.start).unwrap_or_default();
        if !passed.iter().any(|passed| is_it(passed)) && !is_it(&on) {
            return false;
        }
        let function = value_of(call).and_then(|value| self.types.function(self.at, &value));
        match &function {
            Some(home) => shown_by(home.def()).is_some_and(|shown| hides(shown, function.as_ref())),
            None => sounds_like_test(&call.name) && !is_of_language(&call.receiver),
        }
    }

    fn class(&self, name: &str) -> Option<Type> {
        match self.types.own(self.at, name, STEPS) {
            Own::Def(home) => Some(Type::Project(home)),
            _ => None,
        }
    }

    /// Whether a type may say something of its own in place of a member of another.
    fn has_own(&self, ty: &Type, member: &Home) -> bool {
        match ty.present() {
            Type::Project(home) => match self.types.member(&home, &member.def().name) {
                (Some(found), _) => self.any || !found.is(member),
                (None, is_sure) => !is_sure,
            },
            // None of what is required is missing, whatever the type says itself.
            Type::Part(Share::Required, _) => true,
            ty => matches!(ty, Type::Unknown | Type::Object(_) | Type::Union(_) | Type::Both(_)),
        }
    }
}

/// What a call of a function shows of what it is given: the type, if that can be told.
pub(super) fn shown_by(function: &Def) -> Option<Option<&str>> {
    let (before, shown) = function.head.rsplit_once(" is ").unwrap_or_default();
    let tested = last_path(before);
    let lead = before[..before.len() - tested.len()].trim_end();
    let is_said = !tested.is_empty() && (lead.ends_with([':', ')']) || lead.ends_with("asserts"));
    let shown = shown.trim_end_matches(['{', ' ', ';']);
    match is_said {
        true => Some(Some(shown.strip_suffix("=>").unwrap_or(shown).trim_end())),
        // What a function gives that does not say so may be worked out to be a test.
        false => (function.ty.is_empty() && sounds_like_test(&function.name)).then_some(None),
    }
}

pub(super) fn sounds_like_test(name: &str) -> bool {
    let name = name.trim_start_matches(['_', '#', '$']);
    let asks = |lead: &str| {
        name.strip_prefix(lead)
            .is_some_and(|rest| rest.starts_with(|char: char| char.is_uppercase() || char == '_'))
    };
    let demands = |lead: &&str| name.to_lowercase().starts_with(lead);
    name == "is"
        || asks("is")
        || asks("has")
        || ["assert", "check", "ensure", "invariant", "guard"].iter().any(demands)
}

pub(super) fn is_of_language(receiver: &Receiver) -> bool {
    matches!(receiver, Receiver::Name(name) if matches!(name.as_str(), "Array" | "Object" | "Number"))
}

pub(super) enum Test<'t> {
    Instance(&'t str, &'t str),
    Key(&'t str),
    /// A function that says what it shows.
    Written,
}

/// The tests in a text that are no calls.
pub(super) fn words_of_tests(text: &str) -> impl Iterator<Item = Test<'_>> {
    let found = |word: &'static str| {
        text.match_indices(word).map(move |(at, _)| (&text[..at], &text[at + word.len()..]))
    };
    let instances = found(" instanceof ").map(|(before, after)| {
        let end = after.find(|char: char| !is_part(char)).unwrap_or(after.len());
        Test::Instance(last_path(before), &after[..end])
    });
    let keys = found(" in ").filter(|(before, _)| before.ends_with(['\'', '"', '`'])).map(|(_, after)| {
        let end = after.find(|char: char| !is_step(char)).unwrap_or(after.len());
        Test::Key(&after[..end])
    });
    let written = found(" is ").filter(|(before, _)| {
        let named = last_path(before);
        !named.is_empty() && before[..before.len() - named.len()].trim_end().ends_with("):")
    });
    instances.chain(keys).chain(written.map(|_| Test::Written))
}

pub(super) fn is_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '$' | '#')
}

pub(super) fn is_step(char: char) -> bool {
    is_part(char) || matches!(char, '.' | '?' | '!')
}

/// The names and dots at the end of a text.
fn last_path(text: &str) -> &str {
    &text[text.trim_end_matches(is_step).len()..]
}

fn plain(path: &str) -> String {
    path.chars().filter(|char| !matches!(char, '?' | '!' | ' ')).collect()
}

/// What stands before the dot before a name; none where no names alone do.
fn receiver_path(text: &str, name: usize) -> Option<String> {
    let before = text.get(..name)?.trim_end().strip_suffix('.')?;
    let path = plain(last_path(before.trim_end()));
    (!path.is_empty()).then_some(path)
}

/// What a pattern takes apart in which a key ends at a place.
fn taken_apart(text: &str, key: usize) -> Option<String> {
    let rest = text.get(key..)?;
    let statement = &rest[..rest.find(';').unwrap_or(rest.len())];
    let mut closings = statement.match_indices('}').map(|(at, _)| statement[at + 1..].trim_start());
    let value = closings.find_map(|after| after.strip_prefix('='))?.trim_start();
    let end = value.find(|char: char| !is_step(char)).unwrap_or(value.len());
    (end > 0).then(|| plain(&value[..end]))
}

/// What is passed in the brackets at a place, as it is written.
pub(super) fn passed_at(text: &str, at: usize) -> Vec<&str> {
    let Some(list) = text.get(at..).and_then(|rest| rest.strip_prefix('(')) else { return Vec::new() };
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    let mut quote = None;
    for (at, char) in list.char_indices() {
        match char {
            _ if quote == Some(char) => quote = None,
            _ if quote.is_some() => {}
            '\'' | '"' | '`' => quote = Some(char),
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => {
                parts.push(list[start..at].trim());
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}
