//! One branch demands a field of every value of a type; another writes such a value out without it.
//!
//! The value is an object whose type is stated, an argument of a function that takes the type, an
//! element of a component that takes it as its properties, or what a class that implements it makes.

use super::member_required::{implementors, lacks as lacks_member};
use super::reach::Reach;
use super::renamed::Member;
use super::{Draft, Rule, View, member_required, script};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Ref, Ty, Value};
use crate::validate::resolve::same_family;

pub(super) const RULE: Rule = Rule { id: member_required::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in &changes.files {
            for demand in demands(branch, file) {
                findings.extend(lacking_classes(view, &demand));
                let found = first_in_each_file(written_out(view, &demand), |usage| {
                    let is_new = lacks(view, &demand, usage) && !is_told(view, findings, &demand, usage);
                    is_new.then(|| finding(view, &demand, usage))
                });
                findings.extend(found);
            }
        }
    }
}

/// A field that a branch made required.
struct Demand<'a> {
    branch: usize,
    file: &'a File<'a>,
    /// The type as it was, and as it is.
    before: &'a Def,
    owner: &'a Def,
    name: &'a str,
    line: u32,
}

fn demands<'a>(branch: usize, file: &'a File<'a>) -> Vec<Demand<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let pairs =
        file.change.edited.iter().map(|(old_idx, idx)| (&old.model.defs[*old_idx], &new.model.defs[*idx]));
    let mut demands = Vec::new();
    for (before, owner) in pairs.filter(|(_, owner)| is_written_out(file.language, owner)) {
        let could_lack = |name: &str| {
            let field = before.fields.iter().find(|field| field.name == name);
            field.is_none_or(|field| field.optional) && !has_method(&old.model, before, name)
        };
        let fields = owner.fields.iter().filter(|field| !field.optional);
        let methods = new.model.defs.iter().filter(|def| is_required_method(def, owner));
        let members = fields.map(|field| (field.name.as_str(), field.line));
        let members = members.chain(methods.map(|def| (def.name.as_str(), def.line)));
        let added = members.filter(|(name, _)| could_lack(name));
        demands.extend(added.map(|(name, line)| Demand { branch, file, before, owner, name, line }));
    }
    demands
}

/// Whether values of a type are made by writing their fields out.
fn is_written_out(language: Language, owner: &Def) -> bool {
    match language {
        Language::TypeScript | Language::Tsx => matches!(owner.kind, Kind::Interface | Kind::Alias),
        Language::Python => owner.supers.iter().any(|name| name == "TypedDict"),
        _ => false,
    }
}

fn is_required_method(def: &Def, owner: &Def) -> bool {
    def.kind == Kind::Method && def.flags.is_abstract && def.parents.last() == Some(&owner.name)
}

fn has_method(model: &FileModel, owner: &Def, name: &str) -> bool {
    model.defs.iter().any(|def| def.name == name && is_required_method(def, owner))
}

/// Classes of other branches that newly implement the interface and inherit nothing. What it demands as a
/// method is told of those by the other rule.
fn lacking_classes(view: &View<'_>, demand: &Demand<'_>) -> Vec<Finding> {
    let is_property = demand.owner.fields.iter().any(|field| field.name == demand.name);
    let is_object = matches!(demand.owner.kind, Kind::Interface | Kind::Alias);
    if !is_object || !is_property {
        return Vec::new();
    }
    let others = view.branches.iter().enumerate().filter(|(other, _)| *other != demand.branch);
    let users = others.flat_map(|(other, changes)| changes.files.iter().map(move |user| (other, user)));
    let users = users.filter(|(_, user)| same_family(user.language, demand.file.language));
    let of_user = |(other, user)| {
        let lacking = implementors(user, demand.file, demand.owner)
            .filter(|class| lacks_member(user, class, demand.name) && !is_merged(user, class));
        lacking.map(move |class| of_class(view, demand, other, user, class)).collect::<Vec<_>>()
    };
    users.flat_map(of_user).collect()
}

/// Whether an interface of the same name gives the class members without values.
fn is_merged(user: &File<'_>, class: &Def) -> bool {
    let mut defs = user.new.iter().flat_map(|new| &new.model.defs);
    defs.any(|def| def.kind == Kind::Interface && def.is_named_as(class))
}

fn of_class(view: &View<'_>, demand: &Demand<'_>, other: usize, user: &File<'_>, class: &Def) -> Finding {
    let (owner, name, home) = (demand.owner.path(), demand.name, demand.file.path);
    let message = format!(
        "{} adds `{}` in {}, which lacks `{name}` that {} now demands of every `{owner}` in {home}",
        view.name(other),
        class.path(),
        user.path,
        view.name(demand.branch)
    );
    let sites = vec![view.site(demand.branch, home, demand.line), view.site(other, user.path, class.line)];
    let summary = format!("declare `{name}{}` in `{}`", stated_type(demand), class.path());
    let fix = Some(view.fix(other, summary, String::new()));
    let (member, class) = (format!("{owner}::{name}"), class.path());
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&member, &class], sites, fix }.finish()
}

/// The type that the field has, as in a declaration.
fn stated_type(demand: &Demand<'_>) -> String {
    let stated = demand.owner.fields.iter().find(|field| field.name == demand.name);
    let ty = stated.and_then(|field| super::shapes::type_text(demand.file.language, &field.ty));
    ty.map_or(String::new(), |ty| format!(": {ty}"))
}

/// The objects of other branches that the type has to fit.
fn written_out<'v>(view: &'v View<'_>, demand: &Demand<'v>) -> Vec<&'v Use<'v>> {
    let literals = |name: &str| view.index.literals.get(name).into_iter().flatten();
    let mut found: Vec<&Use<'_>> =
        literals(&demand.owner.name).filter(|usage| means(view, usage, demand.file, demand.owner)).collect();
    let defs = demand.file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
    let is_only = |def: &Def| defs.iter().filter(|other| other.is_named_as(def)).count() == 1;
    for function in defs.iter().filter(|def| def.sig.is_some() && is_only(def)) {
        let params = function.sig.iter().flat_map(|sig| &sig.params).enumerate();
        for (place, _) in params.filter(|(_, param)| takes(&param.ty, &demand.owner.name)) {
            let passed = literals(&function.name).filter(|usage| position(usage) == Some(place));
            found.extend(passed.filter(|usage| means(view, usage, demand.file, function)));
        }
    }
    // What an object is made for is worked out last, since any object may be.
    let made = literals(Value::OBJECT).filter(|usage| could_be_made(usage, demand));
    found.extend(
        made.filter(|usage| script::is_made_for(view, usage, (demand.branch, demand.file, demand.owner))),
    );
    found.retain(|usage| usage.branch != demand.branch);
    found
}

/// Whether an object without the field has all that the type demanded before.
fn could_be_made(usage: &Use<'_>, demand: &Demand<'_>) -> bool {
    let What::Ref(reference, true) = usage.what else { return false };
    let Some(args) = reference.args.as_ref().filter(|_| usage.branch != demand.branch) else { return false };
    let names = |name: &str| args.named.iter().any(|named| named == name);
    let fields = &demand.before.fields;
    let has_all = fields.iter().filter(|field| !field.optional).all(|field| names(&field.name));
    let shares_one = || fields.iter().any(|field| names(&field.name));
    has_all && !names(demand.name) && (fields.is_empty() || args.named.is_empty() || shares_one())
}

fn takes(ty: &Ty, name: &str) -> bool {
    matches!(ty, Ty::Named(named) if named == name)
}

fn position(usage: &Use<'_>) -> Option<usize> {
    let What::Ref(reference, _) = usage.what else { return None };
    reference.args.as_ref().map(|args| args.positional)
}

fn means(view: &View<'_>, usage: &Use<'_>, home: &File<'_>, def: &Def) -> bool {
    view.reach(usage, home, def) == Some(Reach::Sure)
}

/// Whether the merge would hold the object without the field.
fn lacks(view: &View<'_>, demand: &Demand<'_>, usage: &Use<'_>) -> bool {
    let What::Ref(reference, true) = usage.what else { return false };
    let Some(args) = reference.args.as_ref().filter(|args| !args.spread) else { return false };
    !args.named.iter().any(|name| name == demand.name)
        && !may_have_defaults(demand, usage)
        && !demands_too(view, demand, usage.branch)
        && is_left(view, demand, usage, reference)
}

/// Whether the object has the field by the name that it had before, which is a finding already.
fn is_told(view: &View<'_>, findings: &[Finding], demand: &Demand<'_>, usage: &Use<'_>) -> bool {
    let What::Ref(Ref { args: Some(args), .. }, _) = usage.what else { return false };
    let &Demand { branch, file, owner, name, .. } = demand;
    let member = Member { branch, file, owner, name };
    member.is_told(view, findings, (usage.branch, usage.file.path), &args.named)
}

/// Whether a use is an element of a component that may have what it demands from elsewhere.
fn may_have_defaults(demand: &Demand<'_>, usage: &Use<'_>) -> bool {
    let text = demand.file.new.as_ref().map_or("", |new| new.text);
    text.contains("defaultProps") && script::is_element(usage)
}

/// Whether the user's branch changed the type in its own way.
fn demands_too(view: &View<'_>, demand: &Demand<'_>, branch: usize) -> bool {
    let own = view.file(branch, demand.file.path).and_then(|file| file.new.as_ref());
    own.is_some_and(|own| {
        let owner = own.model.defs.iter().find(|def| def.is_named_as(demand.owner));
        owner
            .is_none_or(|owner| owner.fields.iter().any(|field| field.name == demand.name && !field.optional))
    })
}

fn is_left(view: &View<'_>, demand: &Demand<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    match view.file(demand.branch, usage.file.path) {
        None => return true,
        Some(file) if file.new.is_none() => return false,
        Some(_) => {}
    }
    let same = |other: &Ref| {
        other.kind == reference.kind
            && other.name == reference.name
            && other.receiver == reference.receiver
            && other.args == reference.args
    };
    view.merged(usage.file.path, demand.branch, usage.branch)
        .is_some_and(|merged| merged.model.refs.iter().any(same))
}

fn finding(view: &View<'_>, demand: &Demand<'_>, usage: &Use<'_>) -> Finding {
    let (owner, name, home) = (demand.owner.path(), demand.name, demand.file.path);
    let (user, demander) = (view.name(usage.branch), view.name(demand.branch));
    let message = format!(
        "{user} writes out a `{owner}` in {} without `{name}`, which {demander} made required in {home}",
        usage.file.path
    );
    let sites = vec![
        view.site(demand.branch, home, demand.line),
        view.site(usage.branch, usage.file.path, usage.what.line()),
    ];
    let summary =
        format!("pass `{name}{}` in {}, or make it optional in {home}", stated_type(demand), usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    let symbol = format!("{owner}::{name}");
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}
