//! One branch changes what a function gives back or how it fails; another adds a call that takes
//! the old result.

use super::resigned::{Resigned, by_path, named_as, owner_made, passes_receiver};
use super::shapes::{Clash, typing};
use super::signature_changed::is_left;
use super::{Draft, Rule, View, java};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Fails, Holds, Ref, RefKind, Sig, Taken, Ty};

pub(super) const RULE: Rule = Rule { id: "result-unhandled", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked() {
        for changed in changed(branch, file) {
            findings.extend(changed.first_in_each_file(view, |usage| misuse(view, &changed, usage)));
        }
    }
}

/// Functions that change what they give back or how they fail, each first among those of its name. Of
/// overloads each is looked at alone, where a call tells which one it means.
fn changed<'a>(branch: usize, file: &'a File<'a>) -> Vec<Resigned<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let after = by_path(&new.model);
    let overloads = file.language == Language::Java;
    let mut all = Vec::new();
    for (path, olds) in by_path(&old.model) {
        let Some(news) = after.get(&path) else { continue };
        for (idx, old_def) in olds.iter().enumerate().filter(|_| overloads || olds.len() == 1) {
            let new_def = match (olds.as_slice(), news.as_slice()) {
                ([_], [_]) => Some(0),
                _ if overloads => news.iter().position(|new| java::params(new) == java::params(old_def)),
                _ => None,
            };
            let Some(new_idx) = new_def.filter(|new| differ(old_def, news[*new])) else { continue };
            let makes = owner_made(&old.model, old_def).filter(|_| overloads);
            let (mut old, mut new) = (olds.clone(), news.clone());
            old.swap(0, idx);
            new.swap(0, new_idx);
            all.push(Resigned { branch, file, old, new, makes });
        }
    }
    all
}

fn differ(old: &Def, new: &Def) -> bool {
    let returns = |def: &Def| def.sig.as_ref().map(|sig| sig.returns.clone());
    returns(old) != returns(new) || old.fails != new.fails
}

fn misuse(view: &View<'_>, changed: &Resigned<'_>, usage: &Use<'_>) -> Option<Finding> {
    let What::Ref(reference, is_more) = usage.what else { return None };
    let makes = changed.makes.is_some() && reference.kind == RefKind::Construct;
    if reference.kind != RefKind::Call && !makes || passes_receiver(changed, reference) {
        return None;
    }
    let (level, why) = misfit(view, changed, usage, reference)?;
    let reached = view.means(usage, changed.file, changed.target(&reference.name));
    let meant = || {
        let meant = java::meant(view, (usage, reference), (changed.file, &changed.old));
        meant.is_some_and(|def| std::ptr::eq(def, changed.old[0]))
    };
    let holds = reached
        && (changed.old.len() == 1 || meant())
        && knows_old_result(view, changed, usage)
        && is_left(view, changed, usage, reference, is_more);
    holds.then(|| finding(view, changed, usage, reference, level, &why))
}

/// Whether the other branch has the result as it was, if it changed the file of the function.
fn knows_old_result(view: &View<'_>, changed: &Resigned<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, changed.file.path) else { return true };
    let Some(own) = &own.new else { return false };
    let old = changed.old[0];
    let all = named_as(&own.model, old);
    let same = |own: &&&Def| own.sig == old.sig && own.fails == old.fails;
    match all.as_slice() {
        all if changed.file.language == Language::Java => all.iter().any(|own| same(&own)),
        [own] => same(&own),
        _ => false,
    }
}

/// Why the call cannot take the new result, and how surely.
fn misfit(
    view: &View<'_>,
    changed: &Resigned<'_>,
    usage: &Use<'_>,
    reference: &Ref,
) -> Option<(Level, String)> {
    let (old, new) = (changed.old[0], changed.new[0]);
    let (before, now) = (old.sig.as_ref()?, new.sig.as_ref()?);
    let language = usage.file.language;
    if language == Language::Go {
        return count(before, now, &reference.taken).map(|why| (Level::Deny, why));
    }
    let checked = matches!(language, Language::Rust | Language::Java);
    let level = if checked { Level::Deny } else { Level::Warn };
    if let Some(why) = unwrapped(language, before, now, reference) {
        // A compiler only remarks that a `Result` is dropped.
        let level = if reference.taken == Taken::Dropped { Level::Warn } else { level };
        return Some((level, why));
    }
    // The types of these are compared as a compiler does elsewhere.
    let compared = matches!(language, Language::Java | Language::Rust);
    let why = gone(before, now, &reference.taken).filter(|_| !compared);
    let is_by_type = compared || language == Language::Python;
    if let Some(why) = why.or_else(|| other_type(before, now, &reference.taken).filter(|_| !is_by_type)) {
        return Some((level, why));
    }
    match language {
        Language::Java => {
            java::uncaught(view, (usage, reference), (changed.branch, changed.file), (old, new))
                .map(|(level, thrown)| (level, unexpected(&thrown)))
        }
        _ => thrown(old, new, usage, reference),
    }
}

fn unexpected(thrown: &str) -> String {
    format!("neither catches nor declares `{thrown}`, which it throws now")
}

/// How many results a Go function has.
fn results(sig: &Sig) -> usize {
    match &sig.returns {
        Ty::Unit => 0,
        Ty::Named(list) if list.starts_with('(') => {
            let mut depth = 0_i32;
            let commas = list.chars().filter(|char| {
                depth += match char {
                    '(' | '[' | '{' => 1,
                    ')' | ']' | '}' => -1,
                    _ => 0,
                };
                *char == ',' && depth == 1
            });
            commas.count() + 1
        }
        _ => 1,
    }
}

fn count(before: &Sig, now: &Sig, taken: &Taken) -> Option<String> {
    let wanted = match taken {
        Taken::Bound(names) => *names,
        Taken::Value | Taken::Operand | Taken::Member(_) => 1,
        _ => return None,
    };
    let (before, now) = (results(before), results(now));
    let plural = |n: usize| if n == 1 { "result" } else { "results" };
    let are = if now == 1 { "is" } else { "are" };
    (before == wanted && now != wanted)
        .then(|| format!("takes {wanted} {} where there {are} {now} now", plural(wanted)))
}

/// What values have in common with the wrappers around them.
const SHARED: [&str; 22] = [
    "clone",
    "into",
    "as_ref",
    "as_mut",
    "eq",
    "ne",
    "cmp",
    "partial_cmp",
    "hash",
    "map",
    "and_then",
    "filter",
    "iter",
    "is_some_and",
    "unwrap",
    "expect",
    "get",
    "equals",
    "hashCode",
    "toString",
    "stream",
    "flatMap",
];

/// The result may be missing now, and the call takes it as it was.
fn unwrapped(language: Language, before: &Sig, now: &Sig, reference: &Ref) -> Option<String> {
    let is_result = |ty: &Ty| matches!(ty, Ty::Named(name) if language == Language::Rust && name == "Result");
    let may_fail = |ty: &Ty| is_result(ty) || matches!(ty, Ty::Optional(_));
    if may_fail(&before.returns) || before.returns == Ty::Any || !may_fail(&now.returns) {
        return None;
    }
    let may = if is_result(&now.returns) { "may fail now" } else { "may be absent now" };
    let strict = matches!(language, Language::Rust | Language::Java);
    let breaks = match &reference.taken {
        // The types of these are compared as a compiler does elsewhere.
        Taken::Member(_) | Taken::Stated(_) if matches!(language, Language::Rust | Language::Java) => false,
        Taken::Member(name) => !SHARED.contains(&name.as_str()),
        Taken::Stated(ty) => strict && !matches!(ty, Ty::Any | Ty::Optional(_)) && *ty != now.returns,
        Taken::Dropped => is_result(&now.returns) && before.returns == Ty::Unit,
        Taken::Value
        | Taken::Operand
        | Taken::Indexed
        | Taken::Bound(_)
        | Taken::Tested
        | Taken::Tried
        | Taken::Apart(_) => false,
        Taken::Each(_) | Taken::Listed | Taken::Entered | Taken::Returned | Taken::Unknown => false,
    };
    let takes = match &reference.taken {
        Taken::Dropped => "drops its result",
        _ => "takes its result as it was",
    };
    breaks.then(|| format!("{takes}, which {may}"))
}

/// The result is gone, and the call uses it.
fn gone(before: &Sig, now: &Sig, taken: &Taken) -> Option<String> {
    let is_value = |ty: &Ty| !matches!(ty, Ty::Unit | Ty::Any);
    let uses = matches!(
        taken,
        Taken::Stated(_)
            | Taken::Member(_)
            | Taken::Value
            | Taken::Operand
            | Taken::Indexed
            | Taken::Each(_)
            | Taken::Listed
    );
    let breaks = is_value(&before.returns) && now.returns == Ty::Unit && uses;
    breaks.then(|| "takes a result where there is none now".to_owned())
}

/// The result has another type, and the call states the old one.
fn other_type(before: &Sig, now: &Sig, taken: &Taken) -> Option<String> {
    let Taken::Stated(stated) = taken else { return None };
    let is_plain =
        |ty: &Ty| matches!(ty, Ty::Str | Ty::Int | Ty::Float | Ty::Bool | Ty::List(_) | Ty::Map(_));
    let breaks = is_plain(stated)
        && is_plain(&now.returns)
        && typing(stated, &before.returns) == Clash::None
        && typing(stated, &now.returns) == Clash::Hard;
    breaks.then(|| "takes its result as a value of the old type".to_owned())
}

/// A function that may fail in one more way is nothing new to its callers.
fn thrown(old: &Def, new: &Def, usage: &Use<'_>, reference: &Ref) -> Option<(Level, String)> {
    let Fails::Throws(now) = &new.fails else { return None };
    let side = usage.file.new.as_ref()?;
    let caller = side.model.defs.get(reference.within?)?;
    let is_caught = side.model.holds_at(reference.span.start).any(|holds| *holds == Holds::Catch);
    if is_caught || caller.flags.is_test || caller.sig.is_none() || old.fails != Fails::No {
        return None;
    }
    Some((Level::Warn, format!("does not expect `{}`, which it may throw now", now.first()?)))
}

fn finding(
    view: &View<'_>,
    changed: &Resigned<'_>,
    usage: &Use<'_>,
    reference: &Ref,
    level: Level,
    why: &str,
) -> Finding {
    let new = changed.new[0];
    let name = new.path();
    let (user, changer) = (view.name(usage.branch), view.name(changed.branch));
    let message = format!(
        "{user} calls `{name}` in {} and {why}, since {changer} changed it to `{}` in {}",
        usage.file.path, new.head, changed.file.path
    );
    let sites = vec![
        view.site(changed.branch, changed.file.path, new.line),
        view.site(usage.branch, usage.file.path, reference.line),
    ];
    let summary = format!("take the result of `{name}` as it is now in {}", usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE.id, level, message, symbols: &[&name], sites, fix }.finish()
}
