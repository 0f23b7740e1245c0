//! A call passes an argument by its place, and in the merge another parameter has that place.
//!
//! Whoever adds an optional parameter breaks no call of its own. Where another branch added one too,
//! or puts a call of the old form, the place that its call counts on is taken, and nothing says so:
//! the call still fits.

use super::resigned::{Resigned, named_as, resigned};
use super::{Draft, Rule, View, python};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Args, Def, Receiver, Ref, RefKind, Sig};

pub(super) const RULE: Rule = Rule { id: "argument-shifted", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| has_silent_calls(file)) {
        for resigned in resigned(branch, file) {
            findings.extend(resigned.first_in_each_file(view, |usage| shifted(view, &resigned, usage)));
        }
    }
}

/// Whether no compiler tells an argument that arrives where it was not meant to, in most programs.
fn has_silent_calls(file: &File<'_>) -> bool {
    matches!(file.language, Language::Python | Language::JavaScript | Language::TypeScript | Language::Tsx)
}

fn shifted<'a>(view: &View<'a>, resigned: &Resigned<'a>, usage: &Use<'_>) -> Option<Finding> {
    let What::Ref(reference, _) = usage.what else { return None };
    let args = reference.args.as_ref().filter(|args| !args.spread)?;
    let is_call = matches!(reference.kind, RefKind::Call | RefKind::Construct);
    let is_named =
        matches!(&reference.receiver, Receiver::Name(name) if resigned.old[0].parents.last() == Some(name));
    if !is_call || is_named || !view.means(usage, resigned.file, resigned.target(&reference.name)) {
        return None;
    }
    let (own, merged) = versions(view, resigned, usage.branch)?;
    let (meant, taken) = moved(args, own.sig.as_ref()?, merged.sig.as_ref()?)?;
    (is_there(view, resigned.branch, usage, reference) && !python::may_be_met(view, resigned, usage))
        .then(|| finding(view, resigned, usage, reference, [meant, taken]))
}

/// What the caller's branch has of the function, and what the merge has of it; none where there is no
/// merge to look at, or more than one such function.
fn versions<'a>(view: &View<'a>, resigned: &Resigned<'a>, user: usize) -> Option<(&'a Def, &'a Def)> {
    let ([old], [new]) = (resigned.old.as_slice(), resigned.new.as_slice()) else { return None };
    let Some(file) = view.counterpart(user, resigned.file) else { return Some((old, new)) };
    let only = |model| match named_as(model, new).as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let own = only(&file.new.as_ref()?.model)?;
    let merged = only(&view.merge_of((resigned.branch, resigned.file), (user, file))?.model)?;
    Some((own, merged))
}

/// The parameter that an argument is meant for and the other one that it arrives at.
fn moved<'a>(args: &Args, own: &'a Sig, merged: &'a Sig) -> Option<(&'a str, &'a str)> {
    let [own, merged] = [own, merged].map(places);
    let pairs = own.into_iter().take(args.positional).zip(merged.iter().copied());
    pairs.into_iter().find(|(meant, taken)| meant != taken && merged.contains(meant))
}

/// The names of the parameters that have a place, in order.
fn places(sig: &Sig) -> Vec<&str> {
    let placed = sig.params.iter().filter(|param| !param.keyword_only && !param.variadic);
    placed.map(|param| param.name.as_str()).collect()
}

/// Whether the branch wrote the call, and the merge holds it as it is.
fn is_there(view: &View<'_>, branch: usize, usage: &Use<'_>, reference: &Ref) -> bool {
    let same = |other: &Ref| {
        other.name == reference.name && other.receiver == reference.receiver && other.args == reference.args
    };
    let is_copy = usage.file.before().is_some_and(|before| before.model.refs.iter().any(same));
    let Some(theirs) = view.counterpart(branch, usage.file) else { return !is_copy };
    // Who changed the function mended all calls of this form, and knows of no other.
    let leaves = theirs.new.as_ref().is_some_and(|theirs| theirs.model.refs.iter().any(same));
    if is_copy && leaves {
        return false;
    }
    let merged = view.merge_of((usage.branch, usage.file), (branch, theirs));
    merged.is_some_and(|merged| merged.model.refs.iter().any(same))
}

fn finding(
    view: &View<'_>,
    resigned: &Resigned<'_>,
    usage: &Use<'_>,
    reference: &Ref,
    [meant, taken]: [&str; 2],
) -> Finding {
    let (new, name) = (resigned.new[0], resigned.target(&reference.name).path());
    let (user, changer) = (view.name(usage.branch), view.name(resigned.branch));
    let message = format!(
        "{user} calls `{name}` in {} with `{meant}` by its place, where the merge has `{taken}` since {changer} changed it to `{}` in {}",
        usage.file.path, new.head, resigned.file.path
    );
    let sites = vec![
        view.site(resigned.branch, resigned.file.path, new.line),
        view.site(usage.branch, usage.file.path, reference.line),
    ];
    let summary = format!("pass `{meant}` by its name in {}", usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
}
