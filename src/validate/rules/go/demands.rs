//! One branch adds a method to a Go interface; another makes a new type go where that is wanted.

use super::members::Member;
use super::types::{Type, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::What;
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Ref, RefKind, Value};
use crate::validate::rules::tree::{At, Home, Tree};
use crate::validate::rules::{Draft, Rule, View, member_required};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: member_required::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.language == Language::Go) {
            for demand in demands(branch, file) {
                for (user, other) in view.branches.iter().enumerate().filter(|(user, _)| *user != branch) {
                    let files = other.files.iter().filter(|file| file.language == Language::Go);
                    findings.extend(files.filter_map(|file| lacking(view, &demand, (user, file))));
                }
            }
        }
    }
}

/// A method that an interface has now, or has with another signature.
struct Demand<'a> {
    branch: usize,
    file: &'a File<'a>,
    owner: &'a Def,
    method: &'a Def,
}

fn demands<'a>(branch: usize, file: &'a File<'a>) -> Vec<Demand<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let resigned = file.change.edited.iter().filter(|(before, after)| {
        let sig = |def: &Def| {
            let sig = def.sig.clone().unwrap_or_default();
            (sig.params.into_iter().map(|param| param.written).collect::<Vec<_>>(), def.ty.clone())
        };
        sig(&old.model.defs[*before]) != sig(&new.model.defs[*after])
    });
    let methods = file.change.added.iter().chain(resigned.map(|(_, after)| after));
    let methods = methods.map(|idx| &new.model.defs[*idx]).filter(|def| def.flags.is_abstract);
    let demand = |method: &'a Def| {
        let is = |def: &&Def| def.kind == Kind::Interface && method.parents == [def.name.clone()];
        let owner = new.model.defs.iter().find(is)?;
        let had = old.model.defs.iter().any(|def| def.kind == Kind::Interface && def.name == owner.name);
        had.then_some(Demand { branch, file, owner, method })
    };
    methods.filter_map(demand).collect()
}

/// The first place of a file at which a value surely lacks the method that it has to have.
fn lacking(view: &View<'_>, demand: &Demand<'_>, (user, file): (usize, &File<'_>)) -> Option<Finding> {
    let model = &file.new.as_ref()?.model;
    let merge = Types { tree: Tree::merged(view, user, demand.branch, file) };
    let own = Types { tree: Tree::of(view, user, file) };
    let interface = merge.tree.defined_at(demand.file.path, demand.owner)?;
    file.change.uses.iter().find_map(|added| {
        let reference = &model.refs[added.reference];
        let at = merge.tree.place_of(file, reference.within)?;
        let made = made(&merge, &at, reference, &interface)?;
        // It was whole where it was made: with the method as it was, or without.
        let before = own.tree.defined_at(&made.file.0, made.def())?;
        let complete = is_whole(&own, &before, demand);
        (complete && !gives(&merge, &made, demand.method)?)
            .then(|| finding(view, demand, (user, file), What::Ref(reference, true), &made))
    })
}

/// The type of the project that a use makes go where the interface is wanted.
fn made(types: &Types<'_, '_>, at: &At, reference: &Ref, interface: &Home) -> Option<Home> {
    let is_wanted = |ty: &Type| matches!(ty.clone().pointed(), Type::Project(home) if home.is(interface));
    let made = |value: &Value| match types.value(at, value).pointed() {
        Type::Project(home) if home.def().kind != Kind::Interface => Some(home),
        _ => None,
    };
    if reference.kind == RefKind::Construct && is_wanted(&types.value(at, &reference.wanted)) {
        return made(&reference.on);
    }
    let args = reference.args.as_ref().filter(|_| reference.kind == RefKind::Call)?;
    let function = types.function(at, &super::results::value_of(reference)?)?;
    let params = &function.def().sig.as_ref()?.params;
    args.values.iter().zip(params).filter(|(_, param)| !param.variadic).find_map(|(value, param)| {
        is_wanted(&types.stated(&function.inside(), &param.written)).then(|| made(value))?
    })
}

/// Whether a type had all that the interface asked for, on its own branch.
fn is_whole(own: &Types<'_, '_>, made: &Home, demand: &Demand<'_>) -> bool {
    let Some(old) = &demand.file.old else { return false };
    let mut asked = old.model.defs.iter().filter(|def| def.parents == [demand.owner.name.clone()]);
    asked.all(|method| gives(own, made, method) == Some(true))
}

/// Whether a type has a method as an interface asks for it; none when it cannot be told.
fn gives(types: &Types<'_, '_>, made: &Home, method: &Def) -> Option<bool> {
    match types.member(&Type::Project(made.clone()), &method.name) {
        Member::Stated(found) => {
            let (Some(has), Some(asked)) = (&found.def().sig, &method.sig) else { return None };
            Some(has.params.len() == asked.params.len())
        }
        Member::Nowhere => Some(false),
        Member::Several | Member::Unknown => None,
    }
}

fn finding(
    view: &View<'_>,
    demand: &Demand<'_>,
    (user, file): (usize, &File<'_>),
    what: What<'_>,
    made: &Home,
) -> Finding {
    let (owner, method) = (&demand.owner.name, &demand.method.name);
    let message = format!(
        "{} uses `{}` as `{owner}` in {} without the method `{method}`, which {} adds in {}",
        view.name(user),
        made.def().name,
        file.path,
        view.name(demand.branch),
        demand.file.path
    );
    let sites = vec![
        view.site(demand.branch, demand.file.path, demand.method.line),
        view.site(user, file.path, what.line()),
    ];
    let summary = format!("give `{}` the method `{}`", made.def().name, demand.method.head);
    let fix = Some(view.fix(user, summary, String::new()));
    let part = demand.method.path();
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&part, &made.def().name], sites, fix }
        .finish()
}
