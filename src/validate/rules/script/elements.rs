//! One branch changes which properties a component says itself that it takes; another adds an element that
//! sets what is gone, or lacks what has to be set now.

use super::props::is_left;
use super::read::{Form, form};
use super::{is_element, is_typed, may_be_silenced};
use crate::model::{Finding, Level};
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::{File, Side};
use crate::validate::model::{Args, Def, FileModel, Kind};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::{Draft, Rule, View, field_required};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: field_required::RULE.id, check };

/// What any element may have.
const OF_ALL: [&str; 2] = ["key", "ref"];

/// Types of components that take what they are given in brackets.
const TYPES: [&str; 8] = [
    "FC<",
    "React.FC<",
    "FunctionComponent<",
    "React.FunctionComponent<",
    "VFC<",
    "React.VFC<",
    "ComponentType<",
    "React.ComponentType<",
];

/// A property by its name, and whether it may be left out.
type Props = Vec<(String, bool)>;

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| is_typed(file.language)) {
        for changed in changed(branch, file) {
            let all = view.index.literals.get(changed.new.name.as_str()).into_iter().flatten();
            let elsewhere = all.filter(|usage| usage.branch != branch);
            let found = first_in_each_file(elsewhere, |usage| {
                misfit(view, &changed, usage).map(|misfit| finding(view, &changed, usage, &misfit))
            });
            for found in found {
                if !findings.iter().any(|other| tells_of(other, &found)) {
                    findings.push(found);
                }
            }
        }
    }
}

/// Whether another finding speaks of the same use.
fn tells_of(other: &Finding, found: &Finding) -> bool {
    other.level == Level::Deny && found.sites.last().is_some_and(|site| other.sites.contains(site))
}

/// A component that takes other properties now.
struct Changed<'a> {
    branch: usize,
    file: &'a File<'a>,
    new: &'a Def,
    before: Props,
    after: Props,
}

fn changed<'a>(branch: usize, file: &'a File<'a>) -> Vec<Changed<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let pair = |def: &'a Def| {
        let was = alone(&old.model, def)?;
        let (before, after) = (props(old, was)?, props(new, def)?);
        (before != after).then_some(Changed { branch, file, new: def, before, after })
    };
    let named = |def: &&Def| def.parents.is_empty() && def.name.starts_with(char::is_uppercase);
    new.model.defs.iter().filter(named).filter_map(pair).collect()
}

fn alone<'m>(model: &'m FileModel, def: &'m Def) -> Option<&'m Def> {
    let mut all = model.named_as(def).map(|(_, def)| def);
    all.next().filter(|_| all.next().is_none())
}

/// What a component takes, where it says all of it.
fn props(side: &Side<'_>, component: &Def) -> Option<Props> {
    let written = match component.kind {
        Kind::Function => {
            let sig = component.sig.as_ref()?;
            let param = sig.params.first().filter(|param| sig.params.len() == 1 && !param.variadic)?;
            let text = side.text.get(component.span.clone())?;
            let written = Some(param.written.as_str()).filter(|written| !written.is_empty());
            // What a type of a name has is looked at by the rules for its members.
            written.or_else(|| stated(text)).filter(|written| matches!(form(written), Form::Object(_)))?
        }
        Kind::Const => by_type(&component.ty).or_else(|| wrapped(side.text.get(component.span.clone())?))?,
        _ => return None,
    };
    match form(written) {
        Form::Object(members) => {
            let is_plain = members.iter().all(|(name, ..)| !name.contains(['[', '(', ' ']));
            let members = members.into_iter().map(|(name, optional, _)| (name.to_owned(), optional));
            Some(members.collect()).filter(|_| is_plain)
        }
        Form::Name(name, arguments) if arguments.is_empty() => of_type(&side.model, name),
        _ => None,
    }
}

/// The properties of a type of the file that no other type adds to.
fn of_type(model: &FileModel, name: &str) -> Option<Props> {
    let mut types = model.named(name).map(|(_, def)| def).filter(|def| def.parents.is_empty());
    let def = types.next().filter(|_| types.next().is_none())?;
    let is_plain = match def.kind {
        Kind::Interface => def.supers.is_empty() && !def.head.contains('<'),
        Kind::Alias => matches!(form(&def.ty), Form::Object(_)),
        _ => false,
    };
    let mut members = model.defs.iter().filter(|member| member.parents == [name.to_owned()]);
    let is_plain = is_plain && members.all(|member| member.kind == Kind::Field);
    is_plain.then(|| def.fields.iter().map(|field| (field.name.clone(), field.optional)).collect())
}

/// What a component is stated to take: `FC<{ title: string }>`. What stands for a type of a name is looked
/// at with that.
fn by_type(ty: &str) -> Option<&str> {
    let inner = TYPES.iter().find_map(|lead| ty.strip_prefix(lead))?.strip_suffix('>')?;
    matches!(form(inner), Form::Object(_)).then_some(inner)
}

/// The same where a function is the value: `Card: FC<{ title: string }> = ({ title }) => …`.
fn stated(text: &str) -> Option<&str> {
    let (name, rest) = text.split_once(": ")?;
    let lead = TYPES.iter().find(|lead| rest.starts_with(**lead)).filter(|_| !name.contains(['(', '=']))?;
    let inner = &rest[lead.len()..];
    inner.split_once("> = ").map(|(inner, _)| inner)
}

/// What the function in `memo(…)` or `forwardRef<Ref, Props>(…)` takes.
fn wrapped(text: &str) -> Option<&str> {
    let (_, value) = text.split_once('=')?;
    let value = value.trim_start().trim_start_matches("React.");
    if let Some(rest) = value.strip_prefix("forwardRef<") {
        let inner = &rest[..rest.find(">(")?];
        let (_, props) = inner.split_once(", ")?;
        return (!props.contains(',') || props.starts_with('{')).then_some(props);
    }
    let rest = value.strip_prefix("memo(")?;
    let rest = rest.strip_prefix("function").unwrap_or(rest);
    let params = &rest[rest.find('(')? + 1..];
    let (_, stated) = params.split_once("}:")?;
    Some(stated[..stated.find(')')?].trim()).filter(|stated| !stated.contains('('))
}

/// What is wrong with an element.
enum Misfit {
    Lacks(String),
    Sets(String),
}

fn misfit(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> Option<Misfit> {
    let What::Ref(reference, _) = usage.what else { return None };
    let args = reference.args.as_ref().filter(|args| !args.spread)?;
    if !is_typed(usage.file.language) || !is_element(usage) || may_be_silenced(usage) {
        return None;
    }
    let misfit = unfit(args, changed)?;
    let holds = view.reach(usage, changed.file, changed.new) == Some(Reach::Sure)
        && knows_old(view, changed, usage)
        && is_left(view, changed.branch, usage, reference);
    holds.then_some(misfit)
}

fn unfit(args: &Args, changed: &Changed<'_>) -> Option<Misfit> {
    let has = |props: &Props, name: &str| props.iter().any(|(own, _)| own == name);
    let demands = |props: &Props, name: &str| props.iter().any(|(own, optional)| own == name && !optional);
    let sets = |name: &String| args.named.contains(name);
    let lacking = changed.after.iter().map(|(name, _)| name);
    let mut lacking = lacking.filter(|name| demands(&changed.after, name) && !demands(&changed.before, name));
    let extra = |name: &&String| {
        has(&changed.before, name) && !has(&changed.after, name) && !OF_ALL.contains(&name.as_str())
    };
    let lacks = lacking.find(|name| !sets(name)).cloned().map(Misfit::Lacks);
    lacks.or_else(|| args.named.iter().find(extra).cloned().map(Misfit::Sets))
}

/// Whether the branch of the use has the component as it was.
fn knows_old(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, changed.file.path) else { return true };
    own.new.as_ref().is_some_and(|own| {
        alone(&own.model, changed.new).and_then(|def| props(own, def)).as_ref() == Some(&changed.before)
    })
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, misfit: &Misfit) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(changed.branch));
    let (path, home, component) = (usage.file.path, changed.file.path, &changed.new.name);
    let (message, summary, property) = match misfit {
        Misfit::Lacks(name) => (
            format!(
                "{user} writes out a `{component}` in {path} without `{name}`, which {changer} made required in {home}"
            ),
            format!("set `{name}` of `{component}` in {path}"),
            name,
        ),
        Misfit::Sets(name) => (
            format!("{user} sets `{name}` of `{component}` in {path}, which {changer} removed from {home}"),
            format!("do without `{name}` in {path}"),
            name,
        ),
    };
    let sites = vec![
        view.site(changed.branch, home, changed.new.line),
        view.site(usage.branch, path, usage.what.line()),
    ];
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[component, property], sites, fix }.finish()
}
