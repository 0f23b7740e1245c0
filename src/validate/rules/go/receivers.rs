//! One branch makes a Go method one of pointers; another makes a value go where an interface asks for the
//! method, or calls it on what has no address.

use super::asked::takes_pointer;
use super::types::{Type, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Flow, Kind, Ref, RefKind, Value};
use crate::validate::resolve::directory;
use crate::validate::rules::changed::{Changed, edited};
use crate::validate::rules::retyped::{Retyped, is_left};
use crate::validate::rules::tree::{At, Home, Tree};
use crate::validate::rules::{Draft, Rule, View, signature_changed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        let files = changes.files.iter().filter(|file| file.language == Language::Go);
        for changed in files.flat_map(|file| edited(branch, file)).filter(is_of_pointers_now) {
            for (user, others) in view.branches.iter().enumerate().filter(|(user, _)| *user != branch) {
                let files = others.files.iter().filter(|file| file.language == Language::Go);
                let meetings = files.map(|file| Meeting { view, changed, user, file });
                findings.extend(meetings.filter_map(|meeting| meeting.finding()));
            }
        }
    }
}

fn is_of_pointers_now(changed: &Changed<'_>) -> bool {
    let is_method = |def: &Def| def.kind == Kind::Method && !def.flags.is_abstract;
    let is_both = is_method(changed.old) && is_method(changed.new);
    is_both && !takes_pointer(changed.old) && takes_pointer(changed.new)
}

/// A method that is one of pointers now, and a file of another branch.
struct Meeting<'v, 'a> {
    view: &'v View<'a>,
    changed: Changed<'a>,
    user: usize,
    file: &'a File<'a>,
}

/// The types of the branch of a use, and those of the merge.
struct Both<'v, 'a> {
    own: (Types<'v, 'a>, At),
    merged: (Types<'v, 'a>, At),
}

impl<'v, 'a> Meeting<'v, 'a> {
    /// The first place of the file that needs the method of a value.
    fn finding(&self) -> Option<Finding> {
        let model: &'a FileModel = &self.file.new.as_ref()?.model;
        let mut added = self.file.change.uses.iter();
        let by_use = added.find_map(|added| {
            let used = &model.refs[added.reference];
            let why = self.called(used).or_else(|| self.gone(used))?;
            let usage = Use { branch: self.user, file: self.file, what: What::Ref(used, added.is_more) };
            is_left(self.view, &self.retyped(), &usage).then(|| self.told(&why, used.line))
        });
        by_use.or_else(|| {
            let mut flows = model.flows.iter().filter(|flow| self.is_new(model, flow));
            flows.find_map(|flow| {
                let both = self.both(flow.within)?;
                let pair = |(types, at): &(Types<'_, '_>, At)| {
                    vec![(types.value(at, &flow.value), types.value(at, &flow.wanted))]
                };
                Some(self.told(&self.lacking(&both, pair)?, flow.line))
            })
        })
    }

    fn retyped(&self) -> Retyped<'a> {
        let Changed { branch, file, old, new } = self.changed;
        Retyped { branch, file, old, new, by: None }
    }

    fn both(&self, within: Option<usize>) -> Option<Both<'v, 'a>> {
        let own = Types { tree: Tree::of(self.view, self.user, self.file) };
        let merged = Types { tree: Tree::merged(self.view, self.user, self.changed.branch, self.file) };
        let (at, there) = (own.tree.at(self.file.path, within)?, merged.tree.place_of(self.file, within)?);
        Some(Both { own: (own, at), merged: (merged, there) })
    }

    /// Whether the branch added where a local goes, and the merge holds it.
    fn is_new(&self, model: &FileModel, flow: &Flow) -> bool {
        let same = |other: &Flow| (&other.value, &other.wanted) == (&flow.value, &flow.wanted);
        let place = flow.within.and_then(|within| model.defs.get(within));
        let stands_in = |other: &FileModel| {
            let is_there = |there: &Flow| {
                let within = there.within.and_then(|within| other.defs.get(within));
                same(there) && within.map(Def::path) == place.map(Def::path)
            };
            other.flows_of(&flow.value).any(is_there)
        };
        let was_there = self.file.before().is_some_and(|old| stands_in(&old.model));
        let is_left = || match self.view.counterpart(self.changed.branch, self.file) {
            None => true,
            Some(theirs) => {
                let merged = self.view.merge_of((self.user, self.file), (self.changed.branch, theirs));
                merged.is_some_and(|merged| stands_in(&merged.model))
            }
        };
        !was_there && is_left()
    }

    /// The method is asked of what has no address.
    fn called(&self, used: &Ref) -> Option<String> {
        let is_it = matches!(used.kind, RefKind::Call | RefKind::Read) && used.name == self.changed.old.name;
        if !is_it || !used.fleeting {
            return None;
        }
        let both = self.both(used.within)?;
        let value = |(types, at): &(Types<'_, '_>, At)| match types.value(at, &used.on) {
            Type::Project(home) if !has_address(types, at, &used.on) => Some(home),
            _ => None,
        };
        let (was, is) = (value(&both.own)?, value(&both.merged)?);
        let why = || format!("calls `{}` of a `{}` that has no address", used.name, is.def().name);
        self.loses(&both, &was, &is).then(why)
    }

    /// A value goes where an interface asks for the method.
    fn gone(&self, used: &Ref) -> Option<String> {
        if used.wanted == Value::Unknown && used.args.as_ref().is_none_or(|args| args.values.is_empty()) {
            return None;
        }
        let both = self.both(used.within)?;
        self.lacking(&both, |(types, at)| types.goes(at, used))
    }

    fn lacking(
        &self,
        both: &Both<'v, 'a>,
        pairs: impl Fn(&(Types<'v, 'a>, At)) -> Vec<(Type, Type)>,
    ) -> Option<String> {
        let asks = |types: &Types<'_, '_>, wanted: &Type| types.asks(wanted).contains(&self.changed.old.name);
        let was = pairs(&both.own);
        let may_be = |(from, to): &(Type, Type)| {
            matches!(from, Type::Project(home) if home.def().kind != Kind::Interface) && asks(&both.own.0, to)
        };
        if !was.iter().any(may_be) {
            return None;
        }
        let is = pairs(&both.merged);
        let both_pairs = was.iter().zip(&is).filter(|_| was.len() == is.len());
        both_pairs.filter(|(was, _)| may_be(was)).find_map(|((from, _), (now, wanted))| {
            let (Type::Project(was), Type::Project(is)) = (from, now) else { return None };
            let why = || format!("uses a value of `{}` as `{}`", is.def().name, wanted.word());
            (asks(&both.merged.0, wanted) && self.loses(both, was, is)).then(why)
        })
    }

    /// Whether values of a type had the changed method, and have it no longer.
    fn loses(&self, both: &Both<'_, '_>, was: &Home, is: &Home) -> bool {
        let Changed { file, old, .. } = self.changed;
        let is_it = |types: &Types<'_, '_>, home: &Home| {
            types.method(home, &old.name).is_some_and(|found| {
                found.def().is_named_as(old) && directory(&found.file.0.to_text()) == file.directory()
            })
        };
        is_it(&both.own.0, was)
            && is_it(&both.merged.0, is)
            && both.own.0.holds(was, &old.name) == Some(true)
            && both.merged.0.holds(is, &old.name) == Some(false)
    }

    fn told(&self, why: &str, line: u32) -> Finding {
        let Changed { branch, file, old, new } = self.changed;
        let (view, path) = (self.view, self.file.path);
        let message = format!(
            "{} {why} in {path}, but {} changed `{}` to `{}` in {}, which values do not have",
            view.name(self.user),
            view.name(branch),
            old.path(),
            new.head,
            file.path
        );
        let sites = vec![view.site(branch, file.path, new.line), view.site(self.user, path, line)];
        let fix = Some(view.fix(self.user, format!("take a pointer in {path}"), String::new()));
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&old.path()], sites, fix }.finish()
    }
}

/// Whether what a selector stands on, which begins with no variable, may still have an address.
fn has_address(types: &Types<'_, '_>, at: &At, value: &Value) -> bool {
    match value {
        Value::Field(of, _) => match types.value(at, of) {
            Type::Project(_) => has_address(types, at, of),
            _ => true,
        },
        // An element of a list has one; one of a map has none.
        Value::Element(of) => !matches!(types.underlying(types.value(at, of)), Type::Map(..)),
        Value::Call(..) | Value::Of(_) => false,
        _ => true,
    }
}
