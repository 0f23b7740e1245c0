//! One branch changes how many types a generic type takes; another adds a use that gives it as many as
//! before.

use super::{Draft, Rule, View, symbol_removed};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Ref, RefKind};
use crate::validate::names::find_words;

pub(super) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| is_generic(file.language)) {
        for (old, new) in regiven(file) {
            findings.extend(first_in_each_file(view.index.uses_elsewhere(branch, &old.name), |usage| {
                let given = misfit(view, (branch, file), (old, new), usage)?;
                Some(finding(view, (branch, file, new), usage, given))
            }));
        }
    }
}

fn is_generic(language: Language) -> bool {
    matches!(language, Language::Java | Language::TypeScript | Language::Tsx)
}

/// The types of a file that take other numbers of types than before.
fn regiven<'a>(file: &'a File<'a>) -> Vec<(&'a Def, &'a Def)> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let alone = |model: &FileModel, def: &Def| {
        model.defs.iter().filter(|other| other.name == def.name && other.parents == def.parents).count() == 1
    };
    let pairs = file.change.edited.iter();
    pairs
        .map(|(before, after)| (&old.model.defs[*before], &new.model.defs[*after]))
        .filter(|(before, after)| {
            matches!(before.kind, Kind::Class | Kind::Interface | Kind::Alias) && before.kind == after.kind
        })
        .filter(|(before, after)| taken(before) != taken(after))
        .filter(|(before, after)| alone(&old.model, before) && alone(&new.model, after))
        .collect()
}

/// How many types a definition takes at least and at most.
fn taken(def: &Def) -> Option<(usize, usize)> {
    let at = find_words(&def.head, &def.name).next()? + def.name.len();
    let rest = def.head[at..].trim_start();
    if !rest.starts_with('<') {
        return Some((0, 0));
    }
    let params = arguments(rest)?;
    let optional = params.iter().filter(|param| has_default(param)).count();
    Some((params.len() - optional, params.len()))
}

fn has_default(param: &str) -> bool {
    param.replace("=>", "  ").contains('=')
}

/// The parts of a list in angle brackets, with which a text begins; none when it does not end.
fn arguments(text: &str) -> Option<Vec<&str>> {
    let (mut depth, mut start, mut parts) = (0_i32, 1, Vec::new());
    let mut before = ' ';
    for (at, char) in text.char_indices() {
        match char {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if before == '=' => {}
            '>' | ')' | ']' | '}' => depth -= 1,
            ',' if depth == 1 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            ';' if depth == 1 => return None,
            _ => {}
        }
        if depth == 0 {
            parts.push(&text[start..at]);
            parts.retain(|part| !part.trim().is_empty());
            return Some(parts);
        }
        before = char;
    }
    None
}

/// How many types a use gives, where the type took as many and no longer does.
fn misfit(
    view: &View<'_>,
    (branch, file): (usize, &File<'_>),
    (old, new): (&Def, &Def),
    usage: &Use<'_>,
) -> Option<usize> {
    let What::Ref(reference, _) = usage.what else { return None };
    let given = given(usage.file, reference)?;
    let fits = |def: &Def| {
        let (least, most) = taken(def)?;
        // Java takes a generic type without any types.
        let is_raw = usage.file.language == Language::Java && given == 0;
        Some(is_raw || (least..=most).contains(&given))
    };
    let breaks = fits(old) == Some(true) && fits(new) == Some(false);
    let knows = || {
        let own = view.file(usage.branch, file.path);
        own.is_none_or(|own| {
            let same = |def: &Def| def.is_named_as(old) && taken(def) == taken(old);
            own.new.as_ref().is_some_and(|own| own.model.defs.iter().any(same))
        })
    };
    (breaks && knows() && view.means(usage, file, old))
        .then(|| symbol_removed::is_left(view, (branch, &old.name), usage, |_| false))
        .filter(|left| *left)
        .map(|_| given)
}

/// How many types a use gives, where it names a type and nothing but that.
fn given(file: &File<'_>, reference: &Ref) -> Option<usize> {
    let text = file.new.as_ref()?.text;
    let is_type = matches!(reference.kind, RefKind::Type);
    let rest = text.get(reference.span.end..).filter(|_| is_type)?.trim_start();
    let before = text.get(..reference.span.start)?.trim_end();
    if before.ends_with("typeof") || before.ends_with('.') || rest.starts_with('.') {
        return None;
    }
    if rest.starts_with('<') {
        arguments(rest).map(|all| all.len()).filter(|given| *given > 0)
    } else {
        Some(0)
    }
}

fn finding(
    view: &View<'_>,
    (branch, file, new): (usize, &File<'_>, &Def),
    usage: &Use<'_>,
    given: usize,
) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(branch));
    let types = match given {
        0 => "without types".to_owned(),
        1 => "with 1 type".to_owned(),
        given => format!("with {given} types"),
    };
    let message = format!(
        "{user} uses `{}` {types} in {}, but {changer} changed it to `{}` in {}",
        new.name, usage.file.path, new.head, file.path
    );
    let sites = vec![
        view.site(branch, file.path, new.line),
        view.site(usage.branch, usage.file.path, usage.what.line()),
    ];
    let summary = format!("give `{}` the types that it takes in {}", new.name, usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    let symbol = format!("types of {}", new.path());
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}
