//! How a call that no longer fits is told, and what is written in its place.

use super::fit::Misfit;
use super::{RULE, asked, written};
use crate::model::{Finding, Fix, Level};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::index::Use;
use crate::validate::model::{FileModel, Receiver, Ref, RefKind, Taken, Ty};
use crate::validate::names::find_words;
use crate::validate::rules::resigned::Resigned;
use crate::validate::rules::{Draft, View, java, python};

pub(super) fn finding(
    view: &View<'_>,
    resigned: &Resigned<'_>,
    usage: &Use<'_>,
    reference: &Ref,
    reason: &Misfit,
) -> Finding {
    let name = resigned.target(&reference.name).path();
    // JavaScript itself takes a call with too few arguments.
    let lenient = usage.file.language == Language::JavaScript && !matches!(reason, Misfit::NotAwaited);
    // Who takes what is handed on may wait for it.
    let hands_on = matches!(reason, Misfit::NotAwaited)
        && (matches!(reference.taken, Taken::Returned | Taken::Stated(Ty::Any))
            || usage.file.language == Language::Python && python::goes_anywhere(view, usage, reference));
    // Python runs what its checkers refuse.
    let runs = usage.file.language == Language::Python
        && matches!(reason, Misfit::Mistyped(_))
        && !python::is_checked(view, usage, reference);
    let level = if lenient || hands_on || runs { Level::Warn } else { Level::Deny };
    let states = reference.kind == RefKind::Override;
    let why = match reason {
        Misfit::Missing(param) => format!("without `{param}`, which is required"),
        Misfit::TooMany { takes, passed } => {
            let (are, what) =
                (if *takes == 1 { "is" } else { "are" }, if states { "parameters" } else { "arguments" });
            format!("with {passed} {what} where {takes} {are} taken")
        }
        Misfit::Unknown(param) => format!("with `{param}`, which is no longer taken"),
        Misfit::Mistyped(java::Mistyped { param, takes, passed }) => {
            format!("with `{passed}` for `{param}`, which takes `{takes}`")
        }
        Misfit::NotAwaited => "without waiting, though it is asynchronous".to_owned(),
        Misfit::Results { takes, gives } => {
            let plural = |n: usize| if n == 1 { "value" } else { "values" };
            let are = if *gives == 1 { "is" } else { "are" };
            format!("for {takes} {} where {gives} {are} returned", plural(*takes))
        }
    };
    let (user, changer) = (view.name(usage.branch), view.name(resigned.branch));
    let new = asked(resigned, reference);
    let verb = if states { "overrides" } else { "calls" };
    let message = format!(
        "{user} {verb} `{name}` in {} {why} since {changer} changed it to `{}` in {}",
        usage.file.path, new.head, resigned.file.path
    );
    let sites = vec![
        view.site(resigned.branch, resigned.file.path, new.line),
        view.site(usage.branch, usage.file.path, reference.line),
    ];
    let fix = Some(fix(view, resigned, usage, reference, reason));
    Draft { rule: RULE.id, level, message, symbols: &[&name], sites, fix }.finish()
}

fn fix(view: &View<'_>, resigned: &Resigned<'_>, usage: &Use<'_>, reference: &Ref, reason: &Misfit) -> Fix {
    let new = asked(resigned, reference);
    let verb = if reference.kind == RefKind::Override { "override" } else { "call" };
    let summary = format!("{verb} it as `{}` demands in {}", new.head, usage.file.path);
    let Some(side) = &usage.file.new else { return view.fix(usage.branch, summary, String::new()) };
    let language = usage.file.language;
    let edits = match reason {
        Misfit::NotAwaited => await_edits(language, side.text, &side.model, reference),
        Misfit::Unknown(old) => renamed_keyword(language, resigned, side.text, reference, old),
        Misfit::Missing(_) | Misfit::TooMany { .. } | Misfit::Mistyped(_) | Misfit::Results { .. } => None,
    };
    let patch = edits.map_or(String::new(), |edits| patch(usage.file.path, side.text, edits));
    view.fix(usage.branch, summary, patch)
}

/// Waits for the call where the function around it can wait.
fn await_edits(language: Language, text: &str, model: &FileModel, reference: &Ref) -> Option<Vec<Edit>> {
    let around = model.defs.get(reference.within?)?;
    let lead = text.get(around.span.start..reference.span.start)?;
    if !around.sig.as_ref().is_some_and(|sig| sig.is_async) || has_inner_function(language, lead) {
        return None;
    }
    let end = written::arguments(language, text, reference.span.end)?.end;
    if language == Language::Rust {
        return Some(vec![Edit::insert(end, ".await")]);
    }
    let start = match &reference.receiver {
        Receiver::None => reference.span.start,
        Receiver::This | Receiver::Name(_) | Receiver::Typed(_) => {
            let before = text.get(..reference.span.start)?;
            let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '$');
            before.trim_end_matches(part).len()
        }
        Receiver::Other => return None,
    };
    // What stands before a bracket or a dot is the call of something else.
    if text[..start].trim_end().ends_with(['.', ')', ']']) {
        return None;
    }
    Some(match text[end..].starts_with(['.', '[', '(', '?', '!']) {
        true => vec![Edit::insert(start, "(await "), Edit::insert(end, ")")],
        false => vec![Edit::insert(start, "await ")],
    })
}

/// Whether a function begins inside of another, which may hold what follows and cannot wait.
fn has_inner_function(language: Language, lead: &str) -> bool {
    let count = |word: &str| find_words(lead, word).count();
    match language {
        Language::Python => count("lambda") > 0 || count("def") > 1,
        Language::Rust => lead.contains(" |") || lead.contains("(|") || count("fn") > 1,
        _ => lead.matches("=>").count() + count("function") > 1,
    }
}

/// Renames a keyword argument whose parameter stands in the same place under another name.
fn renamed_keyword(
    language: Language,
    resigned: &Resigned<'_>,
    text: &str,
    reference: &Ref,
    old: &str,
) -> Option<Vec<Edit>> {
    let ([before], [after]) = (&resigned.old[..], &resigned.new[..]) else { return None };
    let (before, after) = (before.sig.as_ref()?, after.sig.as_ref()?);
    let place = before.params.iter().position(|param| param.name == old)?;
    let param = after.params.get(place)?;
    if before.params.len() != after.params.len() || before.params.iter().any(|other| other.name == param.name)
    {
        return None;
    }
    let start = written::keyword(language, text, reference.span.end, old)?;
    Some(vec![Edit::replace(start..start + old.len(), param.name.as_str())])
}
