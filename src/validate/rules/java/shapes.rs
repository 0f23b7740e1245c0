//! One branch changes which function a Java method takes; another passes a lambda that only the old one
//! allows.

use super::lambdas::{called, taken_by};
use super::meeting::Meeting;
use super::types::{Found, Gives, PRIMITIVES, Source, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::lines::LineMap;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Holds, Kind, Region, Value};
use crate::validate::names::has_word;
use crate::validate::rules::{Blocked, Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let mut blocked = Blocked::by(findings);
    for (user, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.language == Language::Java) {
            let lambdas = added(file);
            for other in (0..view.branches.len()).filter(|other| *other != user && !lambdas.is_empty()) {
                let meeting = Meeting { view, user, file, other };
                // Where both changed the file, it may stand for something else there.
                if view.counterpart(other, file).is_some() {
                    continue;
                }
                let found = lambdas.iter().find_map(|(region, line)| meeting.lambda(region, *line));
                found.into_iter().for_each(|finding| blocked.add(finding, findings));
            }
        }
    }
}

/// The lambdas that a branch passes on new lines.
fn added<'a>(file: &'a File<'a>) -> Vec<(&'a Region, u32)> {
    let Some(new) = &file.new else { return Vec::new() };
    let regions = new.model.regions.iter().filter(|region| matches!(region.holds, Holds::Lambda(..)));
    let regions: Vec<&Region> = regions.collect();
    if regions.is_empty() {
        return Vec::new();
    }
    let added = LineMap::new(file.before().map_or("", |old| old.text), new.text).added();
    let line = |region: &Region| new.text[..region.span.start].matches('\n').count();
    let new_lines = regions.into_iter().map(|region| (region, line(region)));
    let is_new = |line: usize| added.get(line).copied().unwrap_or(false);
    new_lines.filter(|(_, at)| is_new(*at)).map(|(region, at)| (region, at as u32 + 1)).collect()
}

/// What is asked of a lambda.
enum Asked {
    /// A function that takes as many and gives something back, or nothing.
    Function(usize, bool),
    /// No function.
    None(String),
}

impl<'a> Meeting<'_, 'a> {
    fn lambda(&self, region: &Region, line: u32) -> Option<Finding> {
        let text = self.file.new.as_ref()?.text.get(region.span.clone())?;
        let Holds::Lambda(name, place) = region.holds else { return None };
        let model: &FileModel = &self.file.new.as_ref()?.model;
        let taker = model.refs.iter().find(|used| used.span.start == name)?;
        if !self.changes(&taker.name) {
            return None;
        }
        let call = called(taker).taken(place);
        let around = super::around(model, taker);
        let asked = |types: Types<'_, '_>, source: &Source| -> Option<Asked> {
            if let Some(function) = types.function((source, &around), &call) {
                return Some(Asked::Function(
                    function.takes.len(),
                    !matches!(function.gives, Gives::Nothing),
                ));
            }
            let Value::Passed(of, _) = &call else { return None };
            let all = types.taken(source, &around, of, place)?;
            let [only] = all.as_slice() else { return None };
            is_no_function(only).then(|| Asked::None(only.word()))
        };
        let (own, merged) =
            (Types::of(self.view, self.user), Types::merged(self.view, self.user, self.other));
        let (source, whole) = (own.source(self.file)?, merged.source(self.file)?);
        let (file, new) = self.taker_of(&own, (&source, &around), &call)?;
        let takes = taken_by(text)?;
        let fits = |asked: &Asked| match asked {
            Asked::Function(n, gives) => *n == takes && gives_as(text, *gives),
            Asked::None(_) => false,
        };
        if !fits(&asked(own, &source)?) {
            return None;
        }
        let now = asked(merged, &whole).filter(|now| !fits(now))?;
        let why = match now {
            Asked::None(word) => format!("where a `{word}` is wanted"),
            Asked::Function(n, _) if n != takes => format!("with {takes} parameters where it is passed {n}"),
            Asked::Function(_, true) => "that gives nothing back where something is wanted".to_owned(),
            Asked::Function(_, false) => "that gives something back where nothing is wanted".to_owned(),
        };
        Some(self.told_of_lambda(line, (file, new), &why))
    }

    /// The method that takes the lambda, as the other branch has it.
    fn taker_of(
        &self,
        own: &Types<'_, '_>,
        place: (&Source, &[String]),
        call: &Value,
    ) -> Option<(&'a File<'a>, &'a Def)> {
        let Value::Passed(of, _) = call else { return None };
        let Value::Call(Some(on), name, passed) = &**of else { return None };
        let Found::Project(home) = own.value(place.0, place.1, on)? else { return None };
        let all = own.methods(&home, name, *passed)?;
        let [(home, idx)] = all.as_slice() else { return None };
        let file = self.view.file(self.other, &home.source.path)?;
        let before = &home.source.model.defs[*idx];
        let same = |def: &&Def| def.kind == Kind::Method && def.is_named_as(before);
        let mut after = file.new.as_ref()?.model.defs.iter().filter(same);
        let new = after.next().filter(|_| after.next().is_none())?;
        (new.head != before.head).then_some((file, new))
    }

    fn told_of_lambda(&self, line: u32, (file, new): (&File<'_>, &Def), why: &str) -> Finding {
        let (user, changer) = (self.view.name(self.user), self.view.name(self.other));
        let (name, path) = (new.path(), self.file.path);
        let message = format!(
            "{user} passes `{name}` a lambda {why} in {path}, since {changer} changed it to `{}` in {}",
            new.head, file.path
        );
        let sites =
            vec![self.view.site(self.other, file.path, new.line), self.view.site(self.user, path, line)];
        let fix =
            Some(self.view.fix(self.user, format!("pass what `{name}` takes in {path}"), String::new()));
        let symbol = format!("lambda for {name}");
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
    }
}

/// Whether no lambda can be of a type.
fn is_no_function(found: &Found) -> bool {
    match found {
        Found::Project(home) => home.def().kind != Kind::Interface,
        Found::Foreign(name) => {
            let simple = name.strip_prefix("java.lang.").unwrap_or(name);
            PRIMITIVES.contains(&name.as_str()) || name.ends_with(']') || simple == "String"
        }
    }
}

/// Whether what a lambda gives back goes with what is wanted, as far as its text tells.
fn gives_as(text: &str, wanted: bool) -> bool {
    let Some((_, body)) = text.split_once("->") else { return true };
    let body = body.trim();
    if !body.starts_with('{') {
        return true;
    }
    let is_nested = body.contains("->") || body.contains("new ") && body.contains("{\n");
    let returns = body.match_indices("return").any(|(at, word)| {
        let rest = body[at + word.len()..].trim_start();
        !rest.starts_with(';') && body[at + word.len()..].starts_with([' ', '(', '\n'])
    });
    let never_ends = has_word(body, "throw") || has_word(body, "while") || has_word(body, "for");
    if is_nested || never_ends { true } else { returns == wanted }
}
