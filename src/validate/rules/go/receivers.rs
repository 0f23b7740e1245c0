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
        let changed: Vec<Changed<'_>> =
            files.flat_map(|file| edited(branch, file)).filter(is_of_pointers_now).collect();
        if changed.is_empty() {
            continue;
        }
        for (user, others) in view.branches.iter().enumerate().filter(|(user, _)| *user != branch) {
            let files = others.files.iter().filter(|file| file.language == Language::Go);
            let meetings = files.map(|file| Meeting { view, branch, changed: &changed, user, file });
            findings.extend(meetings.flat_map(|meeting| meeting.findings()));
        }
    }
}

fn is_of_pointers_now(changed: &Changed<'_>) -> bool {
    let is_method = |def: &Def| def.kind == Kind::Method && !def.flags.is_abstract;
    let is_both = is_method(changed.old) && is_method(changed.new);
    is_both && !takes_pointer(changed.old) && takes_pointer(changed.new)
}

/// The methods of a branch that are ones of pointers now, and a file of another branch.
struct Meeting<'v, 'a> {
    view: &'v View<'a>,
    branch: usize,
    changed: &'v [Changed<'a>],
    user: usize,
    file: &'a File<'a>,
}

/// A place that needs a method of a value, and why.
type Need<'v, 'a> = (&'v Changed<'a>, String);

/// The types of the branch of a use, and those of the merge.
struct Both<'v, 'a> {
    own: Side<'v, 'a>,
    merged: Side<'v, 'a>,
}

type Side<'v, 'a> = (Types<'v, 'a>, At);

impl<'v, 'a> Meeting<'v, 'a> {
    /// For each method the first place of the file that needs it of a value.
    fn findings(&self) -> Vec<Finding> {
        let Some(new) = &self.file.new else { return Vec::new() };
        let model: &'a FileModel = &new.model;
        let mut found: Vec<(&Changed<'_>, Finding)> = Vec::new();
        let mut add = |needs: Vec<Need<'v, 'a>>, line: u32| {
            for (changed, why) in needs {
                if !found.iter().any(|(other, _)| std::ptr::eq(*other, changed)) {
                    found.push((changed, self.told(changed, &why, line)));
                }
            }
        };
        for added in &self.file.change.uses {
            let used = &model.refs[added.reference];
            let usage = Use { branch: self.user, file: self.file, what: What::Ref(used, added.is_more) };
            let mut needs = self.of_use(used);
            needs.retain(|(changed, _)| is_left(self.view, &retyped(changed), &usage));
            add(needs, used.line);
        }
        for flow in model.flows.iter().filter(|flow| !matches!(flow.wanted, Value::Unknown)) {
            let pair = |(types, at): &Side<'v, 'a>| {
                vec![(types.value(at, &flow.value), types.value(at, &flow.wanted))]
            };
            let needs = self.both(flow.within).map(|both| self.lacking(&both, pair)).unwrap_or_default();
            if !needs.is_empty() && self.is_new(model, flow) {
                add(needs, flow.line);
            }
        }
        found.into_iter().map(|(_, finding)| finding).collect()
    }

    fn both(&self, within: Option<usize>) -> Option<Both<'v, 'a>> {
        let own = Types { tree: Tree::of(self.view, self.user, self.file) };
        let merged = Types { tree: Tree::merged(self.view, self.user, self.branch, self.file) };
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
        let is_left = || match self.view.counterpart(self.branch, self.file) {
            None => true,
            Some(theirs) => {
                let merged = self.view.merge_of((self.user, self.file), (self.branch, theirs));
                merged.is_some_and(|merged| stands_in(&merged.model))
            }
        };
        !was_there && is_left()
    }

    /// The methods that a use needs of values.
    fn of_use(&self, used: &Ref) -> Vec<Need<'v, 'a>> {
        let is_asked = used.fleeting
            && matches!(used.kind, RefKind::Call | RefKind::Read)
            && self.changed.iter().any(|changed| changed.old.name == used.name);
        let goes =
            used.wanted != Value::Unknown || used.args.as_ref().is_some_and(|args| !args.values.is_empty());
        let both = if is_asked || goes { self.both(used.within) } else { None };
        let Some(both) = both else { return Vec::new() };
        let mut needs: Vec<_> =
            if is_asked { self.called(&both, used).into_iter().collect() } else { Vec::new() };
        if goes {
            needs.extend(self.lacking(&both, |(types, at)| types.goes(at, used)));
        }
        needs
    }

    /// A method that is asked of what has no address.
    fn called(&self, both: &Both<'v, 'a>, used: &Ref) -> Option<Need<'v, 'a>> {
        let value = |(types, at): &Side<'_, '_>| match types.value(at, &used.on) {
            Type::Project(home) if !has_address(types, at, &used.on) => Some(home),
            _ => None,
        };
        let (was, is) = (value(&both.own)?, value(&both.merged)?);
        let mut named = self.changed.iter().filter(|changed| changed.old.name == used.name);
        let changed = named.find(|changed| loses(changed, both, &was, &is))?;
        Some((changed, format!("calls `{}` of a `{}` that has no address", used.name, is.def().name)))
    }

    /// The methods that an interface asks for which a value goes to.
    fn lacking(
        &self,
        both: &Both<'v, 'a>,
        pairs: impl Fn(&Side<'v, 'a>) -> Vec<(Type, Type)>,
    ) -> Vec<Need<'v, 'a>> {
        let asked = |types: &Types<'_, '_>, wanted: &Type| -> Vec<&'v Changed<'a>> {
            let asked = types.asks(wanted);
            self.changed.iter().filter(|changed| asked.contains(&changed.old.name)).collect()
        };
        let value = |ty: &Type| match ty {
            Type::Project(home) if home.def().kind != Kind::Interface => Some(home.clone()),
            _ => None,
        };
        let was = pairs(&both.own);
        let may_be = was.iter().enumerate().filter_map(|(idx, (from, to))| {
            let from = value(from)?;
            let asked = asked(&both.own.0, to);
            (!asked.is_empty()).then_some((idx, from, asked))
        });
        let may_be: Vec<_> = may_be.collect();
        if may_be.is_empty() {
            return Vec::new();
        }
        let is = pairs(&both.merged);
        let mut needs = Vec::new();
        for (idx, was_from, all) in may_be.into_iter().filter(|_| was.len() == is.len()) {
            let (from, to) = &is[idx];
            let Some(from) = value(from) else { continue };
            let still = asked(&both.merged.0, to);
            let lost = all.into_iter().filter(|changed| {
                still.iter().any(|other| std::ptr::eq(*other, *changed))
                    && loses(changed, both, &was_from, &from)
            });
            let why = format!("uses a value of `{}` as `{}`", from.def().name, to.word());
            needs.extend(lost.map(|changed| (changed, why.clone())));
        }
        needs
    }

    fn told(&self, changed: &Changed<'_>, why: &str, line: u32) -> Finding {
        let Changed { branch, file, old, new } = *changed;
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

fn retyped<'a>(changed: &Changed<'a>) -> Retyped<'a> {
    let Changed { branch, file, old, new } = *changed;
    Retyped { branch, file, old, new, by: None }
}

/// Whether values of a type had a changed method, and have it no longer.
fn loses(changed: &Changed<'_>, both: &Both<'_, '_>, was: &Home, is: &Home) -> bool {
    let Changed { file, old, .. } = changed;
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

/// Whether what a selector stands on, which begins with no variable, may still have an address.
pub(super) fn has_address(types: &Types<'_, '_>, at: &At, value: &Value) -> bool {
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
