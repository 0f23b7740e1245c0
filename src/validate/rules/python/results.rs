//! Where the result of a Python function goes, or a field or variable, whose type a branch changed.

use super::assign::is_made_by_itself;
use super::checked::is_silenced;
use super::members::lacks;
use super::types::{Type, Types};
use super::worth::result;
use super::{lookup, passed_at};
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::model::{Def, Kind, Ref, RefKind, Taken, Value};
use crate::validate::rules::changed::edited;
use crate::validate::rules::retyped::{Clash, Retyped, check_one, is_left};
use crate::validate::rules::tree::{At, Home, Tree};
use crate::validate::rules::{Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Python) {
        for changed in edited(branch, file).filter(|changed| is_retyped(changed.old, changed.new)) {
            let retyped = Retyped { branch, file, old: changed.old, new: changed.new, by: None };
            check_one(view, &retyped, clash, findings);
        }
    }
}

fn is_retyped(old: &Def, new: &Def) -> bool {
    let is_typed =
        |def: &Def| matches!(def.kind, Kind::Function | Kind::Method | Kind::Field) && !def.flags.is_test;
    let is_other = match result(new) {
        Some(now) => result(old) != Some(now),
        None => new.kind == Kind::Field && old.head != new.head,
    };
    old.kind == new.kind && is_typed(old) && is_other
}

/// What no longer fits in a use of what was retyped.
fn clash(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, _) = usage.what else { return None };
    let is_call = matches!(retyped.old.kind, Kind::Function | Kind::Method);
    let wanted = if is_call { RefKind::Call } else { RefKind::Read };
    if reference.kind != wanted || !view.means(usage, retyped.file, retyped.old) {
        return None;
    }
    let own = Place::of(Tree::of(view, usage.branch, usage.file), retyped, usage, reference)?;
    let merged = Tree::merged(view, usage.branch, retyped.branch, usage.file);
    let merged = Place::of(merged, retyped, usage, reference)?;
    let clash = merged.clash(reference)?;
    let is_new = own.clash(reference).is_none();
    (is_new && !is_silenced(usage) && is_left(view, retyped, usage)).then_some(clash)
}

/// Whether a call is passed where a checker lets anything be passed, so that it may be waited for there.
pub(in crate::validate::rules) fn goes_anywhere(view: &View<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let Value::Passed(callee, place) = &reference.wanted else { return false };
    let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let Some(at) = types.tree.place_of(usage.file, reference.within) else { return false };
    let place_of = |home: &Home| -> Option<bool> {
        let param = passed_at(&home.def().sig.as_ref()?.params, place)?;
        let written = param.written.trim();
        let is_any = |word: &str| matches!(word.trim(), "Any" | "typing.Any" | "t.Any" | "object");
        let waits = ["Awaitable", "Coroutine", "Future"].iter().any(|word| written.contains(word));
        Some(written.is_empty() || waits || written.split('|').any(is_any) || written.contains("[Any]"))
    };
    callee_of(&types, &at, callee).and_then(|home| place_of(&home)) == Some(true)
}

/// A use in a tree, with what it gives there.
struct Place<'v, 'a> {
    types: Types<'v, 'a>,
    at: At,
    given: Vec<Type>,
    /// Whether nothing can have told before what it gives.
    is_fresh: bool,
}

impl<'v, 'a> Place<'v, 'a> {
    fn of(tree: Tree<'v, 'a>, retyped: &Retyped<'_>, usage: &'v Use<'_>, reference: &Ref) -> Option<Self> {
        let types = Types { tree };
        let at = tree.place_of(usage.file, reference.within)?;
        let is_fresh = reference.kind == RefKind::Call;
        let given = match is_fresh {
            true => types.given(&tree.defined_at(retyped.file.path, retyped.old)?, reference.awaited)?,
            false => types.value(&at, &reference.on.clone().field(&reference.name))?,
        };
        Some(Self { types, at, given, is_fresh })
    }

    fn clash(&self, reference: &Ref) -> Option<Clash> {
        if let Taken::Member(name) = &reference.taken {
            let lacks = self.given.iter().any(|ty| lacks(ty, name));
            return lacks.then(|| Clash::Lacks(name.clone()));
        }
        let (wanted, written) = self.wanted(&reference.wanted)?;
        let is_refused = match self.is_fresh {
            true => self.types.refuses_some(&wanted, &self.given),
            false => self.types.refuses(&wanted, &self.given) && !self.types.may_narrow(&self.given, &wanted),
        };
        is_refused.then_some(Clash::Wanted(written))
    }

    /// The types that the place takes to which the result goes, and as they are written.
    fn wanted(&self, wanted: &Value) -> Option<(Vec<Type>, String)> {
        match wanted {
            Value::Of(written) => Some((self.types.stated(&self.at, written)?, written.clone())),
            Value::Passed(callee, place) => {
                let home = self.callee(callee)?;
                let def = home.def();
                let param = passed_at(&def.sig.as_ref()?.params, place)?;
                let is_plain = !def.flags.may_repeat && !def.flags.is_reshaped;
                let wanted = self.types.stated(&home.inside(), &param.written).filter(|_| is_plain)?;
                Some((wanted, param.written.clone()))
            }
            _ => None,
        }
    }

    fn callee(&self, callee: &Value) -> Option<Home> {
        callee_of(&self.types, &self.at, callee)
    }
}

/// The function or method that a call names.
fn callee_of(types: &Types<'_, '_>, at: &At, callee: &Value) -> Option<Home> {
    match callee {
        Value::Name(name) => {
            let home = lookup(types.tree, at, name)?;
            match home.def().kind {
                Kind::Function => Some(home),
                Kind::Class if is_made_by_itself(&home) => types.method_of(&home, "__init__"),
                _ => None,
            }
        }
        Value::Field(on, name) => types.method_of(&types.class_of(at, on)?, name),
        _ => None,
    }
}
