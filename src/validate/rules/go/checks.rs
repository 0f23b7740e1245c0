//! One branch changes what a Go name stands for; another adds a use that no longer compiles with it.
//!
//! The use is judged twice as the compiler does, on its own branch and in the merge. It counts where it
//! surely held before, surely does not hold any longer, and the other branch changed a part of what it
//! is made of.

mod cause;
mod held;
mod kinds;
mod operators;
mod places;

use self::cause::{Cause, Causes, Known};
use super::types::{Type, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Check, Flow, Ref, Value};
use crate::validate::rules::draft::Blocked;
use crate::validate::rules::tree::{At, Tree};
use crate::validate::rules::{Draft, Rule, View, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let mut blocked = Blocked::by(findings);
    for other in 0..view.branches.len() {
        let causes = Causes::of(view, other);
        if causes.is_empty() {
            continue;
        }
        for (user, changes) in view.branches.iter().enumerate().filter(|(user, _)| *user != other) {
            for file in changes.files.iter().filter(|file| is_built(file)) {
                let has_types = causes.have_types_for(file);
                let meeting =
                    Meeting { view, causes: &causes, user, file, has_types, known: Known::default() };
                for finding in meeting.findings() {
                    blocked.add(finding, findings);
                }
            }
        }
    }
}

fn is_built(file: &File<'_>) -> bool {
    file.language == Language::Go && !super::is_left_out(&file.name)
}

/// A file of a branch beside what another one changed.
struct Meeting<'v, 'a> {
    view: &'v View<'a>,
    causes: &'v Causes<'a>,
    user: usize,
    file: &'a File<'a>,
    /// Whether values of a changed type may have any name in the file.
    has_types: bool,
    known: Known<'a>,
}

/// A tree, and a place in it.
type Side<'v, 'a> = (Types<'v, 'a>, At);

/// What no longer holds, and why.
struct Broken<'a> {
    cause: Cause<'a>,
    line: u32,
    why: String,
}

impl<'v, 'a> Meeting<'v, 'a> {
    /// For each cause the first place.
    fn findings(&self) -> Vec<Finding> {
        let Some(new) = &self.file.new else { return Vec::new() };
        let change = &self.file.change;
        let checks = change.checks.iter().filter_map(|&idx| self.check(&new.model.checks[idx]));
        let uses = change.uses.iter().filter_map(|added| {
            let used = &new.model.refs[added.reference];
            let broken = self.goes(used).or_else(|| self.lacks(used))?;
            let usage = Use { branch: self.user, file: self.file, what: What::Ref(used, added.is_more) };
            let name = broken.cause.old.name.as_str();
            let same =
                |there: &Ref| (&there.on, &there.args, &there.wanted) == (&used.on, &used.args, &used.wanted);
            let stands = self.stands(|model| model.uses_of(&used.name).any(same));
            (stands && symbol_removed::is_left(self.view, (self.causes.branch, name), &usage, |_| false))
                .then_some(broken)
        });
        let flows = change.flows.iter().filter_map(|&idx| self.flow(&new.model.flows[idx]));
        let mut found: Vec<Broken<'a>> = Vec::new();
        for broken in uses.chain(checks).chain(flows) {
            if !found.iter().any(|other| std::ptr::eq(other.cause.old, broken.cause.old)) {
                found.push(broken);
            }
        }
        found.into_iter().map(|broken| self.told(&broken)).collect()
    }

    fn own(&self, within: Option<usize>) -> Option<Side<'v, 'a>> {
        let types = Types { tree: Tree::of(self.view, self.user, self.file) };
        let at = types.tree.at(self.file.path, within)?;
        Some((types, at))
    }

    fn merged(&self, within: Option<usize>) -> Option<Side<'v, 'a>> {
        let tree = Tree::merged(self.view, self.user, self.causes.branch, self.file);
        Some((Types { tree }, tree.place_of(self.file, within)?))
    }

    /// Whether values may have to do with what was changed.
    fn may_touch(&self, values: &[Value]) -> bool {
        self.has_types || self.causes.may_touch(values)
    }

    /// Whether the merge holds what the branch added, by what its model has of that.
    fn stands(&self, is_there: impl Fn(&crate::validate::model::FileModel) -> bool) -> bool {
        match self.view.counterpart(self.causes.branch, self.file) {
            None => true,
            Some(theirs) => {
                let merged = self.view.merge_of((self.user, self.file), (self.causes.branch, theirs));
                merged.is_some_and(|merged| is_there(&merged.model))
            }
        }
    }

    fn check(&self, check: &Check) -> Option<Broken<'a>> {
        if !self.may_touch(&check.of) {
            return None;
        }
        let (own, at) = self.own(check.within)?;
        let cause = self.causes.behind((&own, self.has_types), &at, &check.of, &self.known)?;
        if own.refuses(&at, check)?.is_some() {
            return None;
        }
        let (merged, there) = self.merged(check.within)?;
        let why = merged.refuses(&there, check)??;
        let same = |other: &Check| other.asks == check.asks && other.of == check.of;
        self.stands(|model| model.checks.iter().any(same)).then_some(Broken { cause, line: check.line, why })
    }

    /// A place that a value goes to and that does not take it any longer.
    fn goes(&self, used: &Ref) -> Option<Broken<'a>> {
        let whole = super::results::value_of(used);
        let values = used.args.iter().flat_map(|args| &args.values);
        let values: Vec<Value> = values
            .chain([&used.wanted, &used.on])
            .chain(&whole)
            .filter(|value| **value != Value::Unknown)
            .cloned()
            .collect();
        if !self.may_touch(&values) {
            return None;
        }
        let (own, at) = self.own(used.within)?;
        let cause = self.causes.behind((&own, self.has_types), &at, &values, &self.known)?;
        let was = own.goes(&at, used);
        let (merged, there) = self.merged(used.within)?;
        let is = merged.goes(&there, used);
        let pairs = was.iter().zip(&is).filter(|_| was.len() == is.len());
        let why = refused((&own, &merged), pairs)?;
        Some(Broken { cause, line: used.line, why })
    }

    /// A member that a type has no longer.
    fn lacks(&self, used: &Ref) -> Option<Broken<'a>> {
        // What was taken away is told of by its name.
        let gone = self.view.index.gone.get(used.name.as_str());
        let is_gone = gone.is_some_and(|all| all.iter().any(|gone| gone.branch == self.causes.branch));
        if used.on == Value::Unknown || is_gone || !self.may_touch(std::slice::from_ref(&used.on)) {
            return None;
        }
        let (own, at) = self.own(used.within)?;
        let whole: Vec<Value> = super::results::value_of(used).into_iter().collect();
        let cause = self.causes.behind((&own, self.has_types), &at, &whole, &self.known)?;
        let was = own.value(&at, &used.on);
        let (merged, there) = self.merged(used.within)?;
        let is = merged.value(&there, &used.on);
        let why = merged.has_no_longer((&own, &was), &is, &used.name).or_else(|| {
            let asks = |types: &Types<'_, '_>, at: &At, ty: &Type| types.is_asked_of_value(at, used, ty);
            (!asks(&own, &at, &was)? && asks(&merged, &there, &is)?)
                .then(|| format!("and takes `{}`, which only pointers have, of a value", used.name))
        })?;
        Some(Broken { cause, line: used.line, why })
    }

    fn flow(&self, flow: &Flow) -> Option<Broken<'a>> {
        let values = [flow.value.clone(), flow.wanted.clone()];
        if values.contains(&Value::Unknown) || !self.may_touch(&values) {
            return None;
        }
        let (own, at) = self.own(flow.within)?;
        let cause = self.causes.behind((&own, self.has_types), &at, &values, &self.known)?;
        let (merged, there) = self.merged(flow.within)?;
        let pair =
            |types: &Types<'_, '_>, at: &At| (types.value(at, &flow.value), types.value(at, &flow.wanted));
        let (was, is) = (pair(&own, &at), pair(&merged, &there));
        let why = refused((&own, &merged), std::iter::once((&was, &is)))?;
        let same = |other: &Flow| other.value == flow.value && other.wanted == flow.wanted;
        self.stands(|model| model.flows.iter().any(same)).then_some(Broken { cause, line: flow.line, why })
    }

    fn told(&self, broken: &Broken<'_>) -> Finding {
        let Cause { file, old, head, line } = &broken.cause;
        let (user, changer) = (self.view.name(self.user), self.view.name(self.causes.branch));
        let (name, path) = (old.path(), self.file.path);
        let message = format!(
            "{user} uses `{name}` in {path} {}, but {changer} changed it to `{head}` in {}",
            broken.why, file.path
        );
        let sites = vec![
            self.view.site(self.causes.branch, file.path, *line),
            self.view.site(self.user, path, broken.line),
        ];
        let summary = format!("use `{name}` as `{head}` in {path}");
        let fix = Some(self.view.fix(self.user, summary, String::new()));
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
    }
}

type Pair = (Type, Type);

/// The first place that took what went there, and does not any longer.
fn refused<'p>(
    (own, merged): (&Types<'_, '_>, &Types<'_, '_>),
    mut pairs: impl Iterator<Item = (&'p Pair, &'p Pair)>,
) -> Option<String> {
    pairs.find_map(|((was, to), (is, now))| {
        let is_known = [was, to, is, now].iter().all(|ty| !ty.is_unknown());
        let refused = is_known
            && own.fits(was, to) != Some(false)
            && !own.lacks_shape(was, to)
            && (merged.fits(is, now) == Some(false) || merged.lacks_shape(is, now));
        refused.then(|| format!("where `{}` is wanted", now.word()))
    })
}
