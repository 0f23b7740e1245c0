//! One branch renames or removes a local variable or a parameter; another adds a use of it to the
//! same function.
//!
//! Locals are no symbols, so the rule asks the merge itself: a bare name that stands for nothing
//! known there, and that was local on the branch which uses it. What an extractor cannot tell from a
//! symbol is so on the branch as well, and then nothing is said.

use std::collections::BTreeSet;

use super::java::{Source, Types, around};
use super::{Draft, Rule, View, symbol_removed};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::lines::lines;
use crate::validate::load::{File, Merged};
use crate::validate::model::{FileModel, Receiver, Ref, RefKind, Value};
use crate::validate::names::has_word;

pub(super) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for merged in view.merged {
        let versions = view.versions(merged);
        if let [(_, file), _] = versions.as_slice()
            && file.language.is_code()
        {
            for (user, other) in [(versions[0], versions[1]), (versions[1], versions[0])] {
                findings.extend(unbound(view, merged, user, other));
            }
        }
    }
}

/// A branch and what it made of the file.
type Version<'a> = (usize, &'a File<'a>);

/// The first use of each name that the merge cannot resolve.
fn unbound(view: &View<'_>, merged: &Merged<'_>, user: Version<'_>, other: Version<'_>) -> Vec<Finding> {
    let (Some(theirs), Some(ours)) = (&user.1.new, &other.1.new) else { return Vec::new() };
    // What could not be read may bind anything.
    if [&theirs.model, &ours.model, &merged.side.model].iter().any(|model| !model.broken.is_empty()) {
        return Vec::new();
    }
    let text = lines(merged.side.text);
    // The same line may stand where another variable of the name is.
    let count = |text: &str, line: &str| text.lines().filter(|other| other.trim() == line).count();
    let is_of_user = |line: &str| count(theirs.text, line) > count(ours.text, line);
    // What the merge declares counts too: it may have been put beside the use.
    let models = [&theirs.model, &ours.model, &merged.side.model];
    let declared = models.into_iter().flat_map(|model| declared_names(model));
    let known: BTreeSet<&str> = declared.chain(models[..2].iter().flat_map(|model| bare(model))).collect();
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for reference in merged.side.model.refs.iter().filter(|reference| is_variable(reference)) {
        let name = reference.name.as_str();
        let sound = !known.contains(name) && !seen.contains(name);
        if !sound || is_resolved(view, merged, (user.0, other.0), user.1.language, reference) {
            continue;
        }
        let line = text.get(reference.line.saturating_sub(1) as usize).map_or("", |line| line.trim());
        if is_of_user(line) {
            seen.insert(name);
            findings.extend(finding(view, user, other, reference, line));
        }
    }
    findings
}

fn is_variable(reference: &Ref) -> bool {
    matches!(reference.kind, RefKind::Read | RefKind::Write) && reference.receiver == Receiver::None
}

/// The names that a file declares or imports.
fn declared_names(model: &FileModel) -> impl Iterator<Item = &str> {
    let defs = model.defs.iter().map(|def| def.name.as_str());
    let imported = model.imports.iter().flat_map(|import| &import.names).map(|name| name.local.as_str());
    defs.chain(imported)
}

/// The names that stand alone in a file and are no locals there.
fn bare(model: &FileModel) -> impl Iterator<Item = &str> {
    model.refs.iter().filter(|reference| is_variable(reference)).map(|reference| reference.name.as_str())
}

/// What Python has without an import, of names that a variable may hide.
const PYTHON: &str = "\
    abs all any ascii bin bool breakpoint bytes callable chr compile complex copyright credits delattr \
    dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals hash help \
    hex id input int iter len license list locals map max min next object open ord pow print property \
    range repr set slice str sum type vars zip";

/// What a browser or Node has without an import, of names that a variable may hide.
const SCRIPT: &str = "\
    arguments caches close closed console crypto document event exports external fetch find focus \
    frames history length location module name navigator open opener origin parent performance print \
    process require screen scroll self status stop top undefined window";

/// Whether the merge knows the name: in Java a field from above, or a type or package; elsewhere what
/// an import may bring, what the package declares, or the language itself.
fn is_resolved(
    view: &View<'_>,
    merged: &Merged<'_>,
    (user, other): (usize, usize),
    language: Language,
    reference: &Ref,
) -> bool {
    let (name, model) = (reference.name.as_str(), &merged.side.model);
    let imports_all = || model.imports.iter().any(|import| import.glob);
    match language {
        Language::Java => {
            let types = Types::merged(view, user, other);
            let source = Source { path: merged.path.clone(), model: model.clone() };
            let value = Value::Name(name.to_owned());
            types.value(&source, &around(&source.model, reference), &value).is_some()
        }
        Language::Python => imports_all() || has_word(PYTHON, name),
        Language::Rust => name.contains(char::is_uppercase),
        Language::Go => {
            imports_all() || view.index.defs.contains_key(name) || view.is_defined_elsewhere(name)
        }
        _ => has_word(SCRIPT, name),
    }
}

fn finding(
    view: &View<'_>,
    user: Version<'_>,
    other: Version<'_>,
    reference: &Ref,
    line: &str,
) -> Option<Finding> {
    let name = reference.name.as_str();
    let theirs = user.1.new.as_ref()?;
    let at = theirs.text.lines().position(|other| other.trim() == line)? as u32 + 1;
    let (user_name, other_name) = (view.name(user.0), view.name(other.0));
    let message = format!(
        "{user_name} uses the variable `{name}` in {}, which {other_name} renamed or removed there",
        user.1.path
    );
    let lost = match declared(other.1, name) {
        Some(line) => view.site_of_lost(other.0, other.1, line),
        None => view.site(other.0, other.1.path, 1),
    };
    let sites = vec![lost, view.site(user.0, user.1.path, at)];
    let summary = format!("use what {other_name} has in place of `{name}` in {}", user.1.path);
    let fix = Some(view.fix(user.0, summary, String::new()));
    let symbol = format!("variable {name}");
    Some(Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish())
}

/// Where the branch that lost the variable had it: the first line with the name that it changed.
fn declared(file: &File<'_>, name: &str) -> Option<u32> {
    let (old, new) = (file.before()?, file.new.as_ref()?);
    let kept: BTreeSet<&str> = new.text.lines().collect();
    let mut lost = old.text.lines().zip(1..).filter(|(line, _)| has_word(line, name) && !kept.contains(line));
    lost.next().map(|(_, line)| line)
}
