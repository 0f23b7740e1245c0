//! One branch removes or renames a field that Lombok makes methods of; another calls one of these, which
//! stands in no file.

use super::meaning::receiver;
use super::types::{Found, Source, Stated, Types};
use super::{around, source_of};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Became, Gone, Use, What, first_in_each_file};
use crate::validate::model::{Def, FileModel, Kind, RefKind};
use crate::validate::names::has_word;
use crate::validate::rules::{Draft, Rule, View, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for gone in view.index.gone.values().flatten().filter(|gone| is_made_of(gone)) {
        for (method, passed) in methods(gone.def) {
            findings.extend(first_in_each_file(view.index.uses_elsewhere(gone.branch, &method), |usage| {
                is_lost(view, gone, usage, &method, passed).then(|| finding(view, gone, usage, &method))
            }));
        }
    }
}

/// Whether methods were made of a lost field: its type says so, which the branch goes on to say.
fn is_made_of(gone: &Gone<'_>) -> bool {
    let (Some(old), Some(new)) = (&gone.file.old, &gone.file.new) else { return false };
    let is_field = gone.file.language == Language::Java && gone.def.kind == Kind::Field;
    let of_lombok =
        |model: &FileModel| model.imports.iter().any(|import| import.module.starts_with("lombok"));
    let says = |text: &str, model: &FileModel| {
        let owner = model.defs.iter().find(|def| is_owner(def, gone.def));
        owner.is_some_and(|owner| {
            let text = text.get(owner.span.clone()).unwrap_or_default();
            let lead = text.split('{').next().unwrap_or_default();
            ["@Data", "@Getter", "@Value"].iter().any(|mark| has_word(lead, mark))
                && !["@Accessors", "record"].iter().any(|mark| has_word(lead, mark))
                // What it passes on may have the methods as well.
                && !has_word(text, "Delegate")
        })
    };
    is_field
        && !gone.def.flags.is_static
        && of_lombok(&old.model)
        && of_lombok(&new.model)
        && says(old.text, &old.model)
        && says(new.text, &new.model)
}

fn is_owner(def: &Def, member: &Def) -> bool {
    def.kind == Kind::Class && member.parents.split_last() == Some((&def.name, &def.parents[..]))
}

/// The methods that are made of a field, with the number of their arguments.
fn methods(field: &Def) -> Vec<(String, usize)> {
    let mut chars = field.name.chars();
    let Some(first) = chars.next() else { return Vec::new() };
    let name: String = first.to_uppercase().chain(chars).collect();
    // Of truths there are more spellings than one.
    if field.ty == "boolean" {
        Vec::new()
    } else {
        vec![(format!("get{name}"), 0), (format!("set{name}"), 1)]
    }
}

/// Whether a call means a method that is made of the field, and the merge has no other one.
fn is_lost(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>, method: &str, passed: usize) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let is_call = reference.kind == RefKind::Call
        && reference.args.as_ref().is_some_and(|args| args.positional == passed);
    let Some(source) = source_of(usage.file).filter(|_| is_call) else { return false };
    let own = Types::of(view, usage.branch);
    let found = receiver(&own, &source, &around(&source.model, reference), reference);
    let Some(Found::Project(class)) = found.filter(|found| is_it(found, gone)) else { return false };
    let both = Types::merged(view, usage.branch, gone.branch);
    let Some(model) = both.file(gone.file.path) else { return false };
    let there = Source { path: gone.file.path.clone(), model };
    let Some(now) = both.at(&there, &class.around()) else { return false };
    let has_field =
        there.model.defs.iter().any(|def| def.name == gone.def.name && def.parents == gone.def.parents);
    !has_field
        && now.def().supers.is_empty()
        && matches!(both.member(&now, method, Some(passed)), Stated::Nowhere)
        && has_field_on(view, gone, usage)
        && symbol_removed::is_left(view, (gone.branch, method), usage, |_| false)
}

fn is_it(found: &Found, gone: &Gone<'_>) -> bool {
    matches!(found, Found::Project(home) if home.is(gone.file.path, &gone.def.parents))
}

/// Whether the branch of the use still has the field.
fn has_field_on(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, gone.file.path) else { return true };
    let mut defs = own.new.iter().flat_map(|new| &new.model.defs);
    defs.any(|def| def.kind == Kind::Field && def.is_named_as(gone.def))
}

fn finding(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>, method: &str) -> Finding {
    let (user, remover) = (view.name(usage.branch), view.name(gone.branch));
    let (path, home, field) = (usage.file.path, gone.file.path, gone.def.path());
    let (did, gone_site) = match gone.became {
        Became::Renamed(new) => {
            (format!("renamed to `{}` in", new.name), view.site(gone.branch, home, new.line))
        }
        _ => ("removed from".to_owned(), view.site_of_lost(gone.branch, gone.file, gone.def.line)),
    };
    let message = format!(
        "{user} calls `{method}` in {path}, which was made of the field `{field}` that {remover} {did} {home}"
    );
    let sites = vec![view.site(usage.branch, path, usage.what.line()), gone_site];
    let summary = format!("keep `{}` in {home} as long as {user} needs it", gone.def.name);
    let fix = Some(view.fix(gone.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&field, method], sites, fix }.finish()
}
