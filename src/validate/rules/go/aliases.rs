//! One branch changes a Go function type with a name; another passes a function that only the old one
//! allows, or gives it to a field or variable.

use super::results::value_of;
use super::types::{Type, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Ref, Value};
use crate::validate::rules::tree::{At, Tree};
use crate::validate::rules::{Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.language == Language::Go) {
            for (old, new) in changed(file) {
                for (user, others) in view.branches.iter().enumerate().filter(|(user, _)| *user != branch) {
                    let files = others.files.iter().filter(|file| file.language == Language::Go);
                    let meets =
                        files.map(|user_file| Meeting { view, branch, file, old, new, user, user_file });
                    findings.extend(meets.filter_map(|meeting| meeting.finding()));
                }
            }
        }
    }
}

/// The function types that a branch changed.
fn changed<'a>(file: &'a File<'a>) -> Vec<(&'a Def, &'a Def)> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let pairs = file.change.edited.iter();
    let pairs = pairs.map(|(before, after)| (&old.model.defs[*before], &new.model.defs[*after]));
    let is_function = |def: &Def| def.kind == Kind::Alias && def.ty.starts_with("func(");
    pairs.filter(|(old, new)| old.ty != new.ty && is_function(old) && is_function(new)).collect()
}

/// A changed type, and a file of another branch.
struct Meeting<'v, 'a> {
    view: &'v View<'a>,
    branch: usize,
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
    user: usize,
    user_file: &'a File<'a>,
}

impl Meeting<'_, '_> {
    fn finding(&self) -> Option<Finding> {
        let model = &self.user_file.new.as_ref()?.model;
        let mut added = self.user_file.change.uses.iter().map(|added| &model.refs[added.reference]);
        added.find_map(|used| {
            let given = self.refused(used)?;
            self.is_left(used).then(|| self.told(used, &given))
        })
    }

    /// A function that a use passes, which fitted the type as it was and no longer does.
    fn refused(&self, used: &Ref) -> Option<String> {
        let values = used.args.as_ref()?.values.iter().enumerate();
        let mut functions =
            values.filter(|(_, value)| matches!(value, Value::Of(_) | Value::Name(_))).peekable();
        functions.peek()?;
        let old = Types { tree: Tree::of(self.view, self.user, self.user_file) };
        let new = Types { tree: Tree::merged(self.view, self.user, self.branch, self.user_file) };
        let at = old.tree.at(self.user_file.path, used.within)?;
        let there = new.tree.place_of(self.user_file, used.within)?;
        functions.find_map(|(idx, value)| {
            let (was, is) = (old.value(&at, value), new.value(&there, value));
            let Type::Function(_) = &is else { return None };
            let (before, after) = (taken(&old, &at, used, idx)?, taken(&new, &there, used, idx)?);
            let is_it = [&before, &after].iter().all(|ty| self.is_changed(ty));
            let fitted = old.fits(&was, &before) != Some(false);
            (is_it && fitted && new.fits(&is, &after) == Some(false)).then(|| is.word())
        })
    }

    fn is_changed(&self, ty: &Type) -> bool {
        matches!(ty, Type::Project(home) if home.file.0 == *self.file.path && home.def().is_named_as(self.new))
    }

    /// Whether the merge still holds the use, if both branches changed the file.
    fn is_left(&self, used: &Ref) -> bool {
        let Some(theirs) = self.view.counterpart(self.branch, self.user_file) else { return true };
        let merged = self.view.merge_of((self.user, self.user_file), (self.branch, theirs));
        let same = |other: &Ref| other.name == used.name && other.on == used.on && other.args == used.args;
        merged.is_some_and(|merged| merged.model.refs.iter().any(same))
    }

    fn told(&self, used: &Ref, given: &str) -> Finding {
        let (user, changer) = (self.view.name(self.user), self.view.name(self.branch));
        let (name, path, place) = (self.old.path(), self.user_file.path, self.file.path);
        let message = format!(
            "{user} gives `{}` a `{given}` for `{name}` in {path}, but {changer} changed that to `{}` in {place}",
            used.name, self.new.ty
        );
        let sites = vec![
            self.view.site(self.branch, place, self.new.line),
            self.view.site(self.user, path, used.line),
        ];
        let fix =
            Some(self.view.fix(self.user, format!("pass a `{}` in {path}", self.new.ty), String::new()));
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
    }
}

/// What a use takes at a place among its arguments: a parameter, or the field that is set.
fn taken(types: &Types<'_, '_>, at: &At, used: &Ref, idx: usize) -> Option<Type> {
    if used.kind == crate::validate::model::RefKind::Write {
        return Some(types.value(at, &used.on.clone().field(&used.name)));
    }
    let function = types.function(at, &value_of(used)?)?;
    let param = function.def().sig.as_ref()?.params.get(idx).filter(|param| !param.variadic)?;
    Some(types.stated(&function.inside(), &param.written))
}
