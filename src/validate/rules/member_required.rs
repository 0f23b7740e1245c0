//! One branch demands a member of all implementors; another adds an implementor without it.

use super::reach::names_type;
use super::renamed::Member;
use super::{Draft, Rule, View, java};
use crate::model::{Finding, Fix, Level};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::lines::whole_lines;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, RefKind};
use crate::validate::names::has_word;
use crate::validate::resolve::same_family;

pub(super) const RULE: Rule = Rule { id: "member-required", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in
            changes.files.iter().filter(|file| !matches!(file.language, Language::Go | Language::Rust))
        {
            if file.language == Language::Java {
                of_java(view, (branch, file), findings);
                continue;
            }
            for (owner, member) in demanded(file) {
                for (other, changes) in view.branches.iter().enumerate().filter(|(other, _)| *other != branch)
                {
                    for user in changes.files.iter().filter(|user| same_family(user.language, file.language))
                    {
                        let lacking = implementors(user, file, owner).filter(|def| {
                            lacks(user, def, &member.name)
                                && is_whole(user, def, file, owner)
                                && !adds(view.file(branch, user.path), def, member)
                        });
                        findings.extend(lacking.map(|def| {
                            let found = finding(
                                view,
                                (branch, file, owner, member),
                                (other, user, Some(def)),
                                def.line,
                            );
                            Finding { level: level(view, user, def), ..found }
                        }));
                    }
                }
            }
        }
    }
}

/// Python lets a class leave a method open of which it makes no value.
fn level(view: &View<'_>, user: &File<'_>, def: &Def) -> Level {
    let makes = |model: &FileModel| model.uses_of(&def.name).any(|used| used.kind == RefKind::Construct);
    let mut changed = view.branches.iter().flat_map(|branch| &branch.files);
    let is_made = user.language != Language::Python
        || changed.any(|file| file.new.as_ref().is_some_and(|new| makes(&new.model)))
        || view.states_elsewhere(&def.name, &|_, model| makes(model));
    if is_made { Level::Deny } else { Level::Warn }
}

/// Java finds the members of a class in all types above it, in changed files or not.
fn of_java(view: &View<'_>, (branch, file): (usize, &File<'_>), findings: &mut Vec<Finding>) {
    for (owner, member) in demanded_anew(file) {
        if java::was_demanded(view, branch, file, owner, member) {
            continue;
        }
        for (other, changes) in view.branches.iter().enumerate().filter(|(other, _)| *other != branch) {
            for user in changes.files.iter().filter(|user| user.language == Language::Java) {
                let lacking = java::lacking(view, (branch, other), user, (file.path, owner, member));
                let demand = (branch, file, owner, member);
                findings.extend(
                    lacking
                        .iter()
                        .map(|lacking| finding(view, demand, (other, user, lacking.def), lacking.line)),
                );
            }
        }
    }
}

/// Abstract methods that a type of the base has now and did not have with as many parameters.
fn demanded_anew<'a>(file: &'a File<'a>) -> Vec<(&'a Def, &'a Def)> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let count = |def: &Def| def.sig.as_ref().map_or(0, |sig| sig.params.len());
    let had = |def: &Def| {
        old.model.defs.iter().any(|old| {
            old.is_named_as(def) && old.kind == def.kind && count(old) == count(def) && old.flags.is_abstract
        })
    };
    let methods = new.model.defs.iter().filter(|def| def.flags.is_abstract && def.kind == Kind::Method);
    methods
        .filter(|def| !had(def))
        .filter_map(|def| {
            let is_owner = |other: &&Def| {
                other.kind.is_type() && def.parents.split_last() == Some((&other.name, &other.parents[..]))
            };
            let owner = new.model.defs.iter().find(is_owner)?;
            old.model
                .defs
                .iter()
                .any(|old| old.kind.is_type() && old.is_named_as(owner))
                .then_some((owner, def))
        })
        .collect()
}

/// Abstract members that the branch added to a type which the base has.
fn demanded<'a>(file: &'a File<'a>) -> Vec<(&'a Def, &'a Def)> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let added = file.change.added.iter().map(|idx| &new.model.defs[*idx]);
    added
        .filter(|def| def.flags.is_abstract && def.kind == Kind::Method)
        .filter_map(|def| {
            let owner = def.parents.last()?;
            let had = old.model.defs.iter().any(|old| old.kind.is_type() && old.name == *owner);
            let owner = new.model.defs.iter().find(|def| def.kind.is_type() && def.name == *owner);
            owner.filter(|_| had).map(|owner| (owner, def))
        })
        .collect()
}

/// Types that the branch added or changed and that name `owner` directly.
pub(super) fn implementors<'u>(
    user: &'u File<'u>,
    home: &'u File<'u>,
    owner: &'u Def,
) -> impl Iterator<Item = &'u Def> {
    let model: Option<&'u FileModel> = user.new.as_ref().map(|new| &*new.model);
    let old: Option<&'u FileModel> = user.old.as_ref().map(|old| &*old.model);
    model.into_iter().flat_map(move |model| {
        let script = user.language != Language::Python;
        let concrete = model.defs.iter().filter(|def| def.kind == Kind::Class || def.kind == Kind::Enum);
        concrete.filter(move |def| {
            let names = |parent: &String| names_type(user, model, parent, home, &owner.name);
            let before = old.and_then(|old| old.named_as(def).next()).map(|(_, before)| before);
            // A script class that extends what an interface describes has its members from there.
            let implements = def.head.find("implements").map_or("", |at| &def.head[at..]);
            let is_described = matches!(owner.kind, Kind::Interface | Kind::Alias);
            let bound = !script || !is_described || has_word(implements, &owner.name);
            // With several types above, another may bring the member.
            bound
                && def.supers.len() == 1
                && !(script && is_declared_below(model, def, owner))
                && def.supers.iter().any(names)
                && before.is_none_or(|before| before.supers != def.supers)
        })
    })
}

/// Whether an interface of the same name as a class says that its values have what another demands.
fn is_declared_below(model: &FileModel, class: &Def, owner: &Def) -> bool {
    let mut namesakes = model.defs.iter().filter(|def| def.is_named_as(class));
    namesakes.any(|def| def.kind == Kind::Interface && def.supers.contains(&owner.name))
}

/// Whether a concrete type has no member of that name and demands none itself.
pub(super) fn lacks(user: &File<'_>, def: &Def, member: &str) -> bool {
    let Some(new) = &user.new else { return false };
    let mut own = new.model.defs.iter().filter(|other| other.parents.contains(&def.name));
    let has = new.model.defs.iter().any(|other| other.parents.contains(&def.name) && other.name == member);
    let field = def.fields.iter().any(|field| field.name == member);
    // What an abstract class leaves open, those below it have to state.
    let is_open = def.head.split("class").next().is_some_and(|lead| has_word(lead, "abstract"));
    !has && !field && !is_open && !def.flags.is_abstract && !own.any(|other| other.flags.is_abstract)
}

/// Whether a type has all that was demanded of it before; one that has not is itself to be completed.
fn is_whole(user: &File<'_>, def: &Def, home: &File<'_>, owner: &Def) -> bool {
    let before = home.old.iter().flat_map(|old| &old.model.defs);
    let mut asked = before.filter(|other| {
        other.flags.is_abstract && other.kind == Kind::Method && other.parents.last() == Some(&owner.name)
    });
    !asked.any(|member| lacks(user, def, &member.name))
}

/// Whether the branch that demands the member adds it to the type as well.
fn adds(file: Option<&File<'_>>, def: &Def, member: &Def) -> bool {
    let new = file.and_then(|file| file.new.as_ref());
    new.is_some_and(|new| {
        let mut defs = new.model.defs.iter();
        defs.any(|other| other.name == member.name && other.parents.last() == Some(&def.name))
    })
}

type Demand<'a> = (usize, &'a File<'a>, &'a Def, &'a Def);

fn finding(
    view: &View<'_>,
    demand: Demand<'_>,
    lacking: (usize, &File<'_>, Option<&Def>),
    line: u32,
) -> Finding {
    let (branch, file, owner, member) = demand;
    let (other, user, def) = lacking;
    let name = def.map_or_else(|| format!("{} {{ … }}", owner.name), |def| def.name.clone());
    let message = format!(
        "{} adds `{}` in {}, which lacks `{}` that {} now demands of every `{}` in {}",
        view.name(other),
        name,
        user.path,
        member.name,
        view.name(branch),
        owner.name,
        file.path
    );
    let sites = vec![view.site(branch, file.path, member.line), view.site(other, user.path, line)];
    let summary = format!("implement `{}` in `{}`", member.head, name);
    let renamed = Member { branch, file, owner, name: &member.name }.before(view).map(|(name, _)| name);
    let states_old = |def: &&Def| renamed.is_some_and(|old| !lacks(user, def, old));
    let patch = def.filter(|def| !states_old(def)).map_or(String::new(), |def| stub(user, def, member));
    let fix = Some(Fix { is_draft: true, ..view.fix(other, summary, patch) });
    let (member, def) = (member.path(), def.map_or(name, Def::path));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&member, &def], sites, fix }.finish()
}

/// The patch that adds the member behind the last one of the type, to be filled in.
fn stub(user: &File<'_>, def: &Def, member: &Def) -> String {
    let Some(new) = &user.new else { return String::new() };
    let members =
        new.model.defs.iter().filter(|other| other.kind == Kind::Method && other.parents.contains(&def.name));
    let Some(last) = members.max_by_key(|other| other.span.end) else { return String::new() };
    let lines = whole_lines(new.text, last.span.start, last.span.end);
    let indent = &new.text[lines.start..last.span.start];
    if !indent.trim().is_empty() {
        return String::new();
    }
    let head = member.head.trim_end_matches([';', ' ']).trim_start_matches("abstract ");
    let body = match user.language {
        Language::Python => {
            format!(
                "{}:\n{indent}    raise NotImplementedError\n",
                head.trim_end_matches(" ...").trim_end_matches(':')
            )
        }
        Language::Java => {
            let shown =
                if head.starts_with("public") || head.starts_with("protected") { "" } else { "public " };
            let head = head.replacen("abstract ", "", 1);
            format!(
                "@Override\n{indent}{shown}{head} {{\n{indent}    throw new UnsupportedOperationException();\n{indent}}}\n"
            )
        }
        _ => format!("{head} {{\n{indent}  throw new Error('not implemented');\n{indent}}}\n"),
    };
    let gap = if new.text[..lines.end].ends_with('\n') { "\n" } else { "\n\n" };
    patch(user.path, new.text, vec![Edit::insert(lines.end, format!("{gap}{indent}{body}"))])
}
