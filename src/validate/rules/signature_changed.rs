//! One branch changes how a function is called; another adds a call of the old form.

use super::resigned::{Resigned, named_as, names_owner, passes_receiver, resigned, sigs};
use super::{Draft, Rule, View};
use super::{go, java, rust, script};
use crate::model::{Finding, Fix, Level};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Args, Def, FileModel, Kind, Param, Receiver, Ref, RefKind, Sig, Taken, Ty};
use crate::validate::names::{find_words, has_word};

pub(super) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked() {
        for resigned in resigned(branch, file) {
            findings.extend(resigned.first_in_each_file(view, |usage| misfit(view, &resigned, usage)));
        }
    }
}

/// Why a call no longer fits.
enum Misfit {
    Missing(String),
    TooMany { takes: usize, passed: usize },
    Unknown(String),
    Mistyped(java::Mistyped),
    NotAwaited,
    Results { takes: usize, gives: usize },
}

fn misfit(view: &View<'_>, resigned: &Resigned<'_>, usage: &Use<'_>) -> Option<Finding> {
    let What::Ref(reference, is_more) = usage.what else { return None };
    let args = &passed(resigned, reference)?;
    let is_call = matches!(reference.kind, RefKind::Call | RefKind::Construct | RefKind::Override);
    if !is_call {
        return None;
    }
    if !view.means(usage, resigned.file, resigned.target(&reference.name)) {
        return None;
    }
    if passes_receiver(resigned, reference) && resigned.file.language != Language::Rust {
        return None;
    }
    let fit = |args: &Args, sig: &Sig| match reference.kind {
        RefKind::Override => overrides(args, sig),
        _ => fit(usage.file.language, args, sig),
    };
    if is_met_above(view, resigned, usage, args, |sig| fit(args, sig).is_none()) {
        return None;
    }
    let (old, new) = (sigs(&resigned.old), sigs(&resigned.new));
    let is_asked = |def: &&&Def| is_asked(resigned, reference, def);
    let refused = |def: &Def, before: bool| {
        let explicit = matches!(resigned.file.language, Language::Rust | Language::Python)
            && names_owner(resigned, reference)
            && !def.flags.is_static;
        let Some(args) = &(if explicit { without_receiver(args) } else { Some(args.clone()) }) else {
            return Some(Misfit::Missing("self".to_owned()));
        };
        let misfit = fit(args, def.sig.as_ref()?);
        misfit.or_else(|| mistyped(view, (usage, reference, args), (resigned, def), before))
    };
    let reason = if resigned.old.iter().filter(is_asked).any(|def| refused(def, true).is_none()) {
        let misfits: Option<Vec<Misfit>> =
            resigned.new.iter().filter(is_asked).map(|def| refused(def, false)).collect();
        match misfits {
            Some(misfits) => {
                let mut asked = resigned.new.iter().filter(is_asked);
                let first = asked.position(|def| resigned.is_fresh(def)).unwrap_or_default();
                let mut misfits = misfits.into_iter().skip(first);
                misfits.next().filter(|misfit| !ignored(resigned, usage.file, misfit))
            }
            None if turned_async(usage.file, reference, &old, &new) => Some(Misfit::NotAwaited),
            None => results(usage.file, reference, &old, &new),
        }
    } else {
        None
    }?;
    is_left(view, resigned, usage, reference, is_more)
        .then(|| finding(view, resigned, usage, reference, &reason))
}

/// Whether a call can mean a function: in TypeScript one name may stand for a method of a class and for
/// one of its values.
fn is_asked(resigned: &Resigned<'_>, reference: &Ref, def: &Def) -> bool {
    let all = resigned.old.iter().chain(&resigned.new);
    let has = |is_static: bool| all.clone().any(|other| other.flags.is_static == is_static);
    let has_both =
        matches!(resigned.file.language, Language::TypeScript | Language::Tsx) && has(true) && has(false);
    match &reference.receiver {
        Receiver::Typed(_) | Receiver::Other if has_both => !def.flags.is_static,
        Receiver::Name(name) if has_both && name.starts_with(char::is_uppercase) => def.flags.is_static,
        _ => true,
    }
}

/// The function that a call would mean now: one that is new, if there is such.
fn asked<'a>(resigned: &Resigned<'a>, reference: &Ref) -> &'a Def {
    let mut asked = resigned.new.iter().filter(|def| is_asked(resigned, reference, def));
    let fresh = asked.clone().find(|def| resigned.is_fresh(def));
    fresh.or_else(|| asked.next()).unwrap_or(&resigned.new[0])
}

/// What a use passes: a Java method reference passes what the only method of its name took.
fn passed(resigned: &Resigned<'_>, reference: &Ref) -> Option<Args> {
    if reference.args.is_some() || resigned.file.language != Language::Java {
        return reference.args.clone();
    }
    let [only] = resigned.old.as_slice() else { return None };
    let params =
        &only.sig.as_ref().filter(|_| matches!(reference.kind, RefKind::Call | RefKind::Construct))?.params;
    let varies = params.iter().any(|param| param.variadic);
    (!varies).then(|| Args { positional: params.len(), ..Args::default() })
}

/// JavaScript drops arguments that nobody takes; a field that is gone is another finding.
fn ignored(resigned: &Resigned<'_>, file: &File<'_>, misfit: &Misfit) -> bool {
    match misfit {
        Misfit::TooMany { .. } => file.language == Language::JavaScript,
        Misfit::Unknown(_) => resigned.old[0].kind == Kind::Class,
        Misfit::Missing(_) | Misfit::Mistyped(_) | Misfit::NotAwaited | Misfit::Results { .. } => false,
    }
}

/// What a call passes beside the receiver, if it passes one.
fn without_receiver(args: &Args) -> Option<Args> {
    let values = args.values.iter().skip(1).cloned().collect();
    Some(Args { positional: args.positional.checked_sub(1)?, values, ..args.clone() })
}

/// Why arguments do not fit a signature.
fn fit(language: Language, args: &Args, sig: &Sig) -> Option<Misfit> {
    if args.spread {
        return (language == Language::Go).then(|| fit_before_rest(args, sig)).flatten();
    }
    let plain: Vec<_> = sig.params.iter().filter(|param| !param.variadic).collect();
    // `*rest` takes what is passed by place, `**rest` what is passed by name.
    let takes_rest =
        |by_name: bool| sig.params.iter().any(|param| param.variadic && param.keyword_only == by_name);
    let positional: Vec<_> = plain.iter().filter(|param| !param.keyword_only).collect();
    if args.positional > positional.len() && !takes_rest(false) {
        return Some(Misfit::TooMany { takes: positional.len(), passed: args.positional });
    }
    let known = |name: &String| plain.iter().any(|param| param.name == *name);
    if let Some(unknown) = args.named.iter().find(|name| !known(name) && !takes_rest(true)) {
        return Some(Misfit::Unknown(unknown.clone()));
    }
    let by_place: Vec<&str> =
        positional.iter().take(args.positional).map(|param| param.name.as_str()).collect();
    let given = |name: &str| by_place.contains(&name) || args.named.iter().any(|named| named == name);
    let missing = plain.iter().enumerate().find(|(idx, param)| {
        let placed = !param.keyword_only && *idx < args.positional;
        let may_be_placed = args.positional > 0 && is_before_rest(sig, param);
        !param.optional && param.written != "void" && !placed && !may_be_placed && !given(&param.name)
    });
    missing.map(|(_, param)| Misfit::Missing(param.name.clone()))
}

/// Whether what takes the rest by place stands behind a parameter with a name: how many stand before
/// both is not known, as where a Python class has the fields of another one.
fn is_before_rest(sig: &Sig, param: &Param) -> bool {
    let mut after = sig.params.iter().skip_while(|other| !std::ptr::eq(*other, param));
    param.keyword_only && after.any(|param| param.variadic && !param.keyword_only)
}

/// Go passes `rest...` for the last parameter alone, so all others have arguments of their own. What
/// is passed alone may be the results of another call.
fn fit_before_rest(args: &Args, sig: &Sig) -> Option<Misfit> {
    let plain: Vec<&Param> = sig.params.iter().filter(|param| !param.variadic).collect();
    match plain.get(args.positional) {
        _ if args.positional == 0 => None,
        Some(param) => Some(Misfit::Missing(param.name.clone())),
        None if args.positional > plain.len() => {
            Some(Misfit::TooMany { takes: plain.len(), passed: args.positional })
        }
        None => None,
    }
}

/// The argument whose type a function does not take.
fn mistyped(
    view: &View<'_>,
    (usage, reference, args): (&Use<'_>, &Ref, &Args),
    (resigned, def): (&Resigned<'_>, &Def),
    before: bool,
) -> Option<Misfit> {
    if reference.kind == RefKind::Override {
        return None;
    }
    let called = (resigned.branch, resigned.file, def);
    let found = match resigned.file.language {
        Language::Java => java::misfit(view, (usage, reference), called, before),
        Language::Rust => rust::misfit(view, (usage, reference.within, args), called, before),
        Language::Go => go::misfit(view, (usage, reference.within, args), called, before),
        Language::TypeScript | Language::Tsx => {
            script::misfit(view, (usage, reference.within, args), called, before)
        }
        _ => None,
    };
    found.map(Misfit::Mistyped)
}

/// Why a method does not override one of a signature.
fn overrides(args: &Args, sig: &Sig) -> Option<Misfit> {
    match sig.params.get(args.positional) {
        Some(param) => Some(Misfit::Missing(param.name.clone())),
        None if args.positional > sig.params.len() => {
            Some(Misfit::TooMany { takes: sig.params.len(), passed: args.positional })
        }
        None => None,
    }
}

/// Whether a Java method that fits stands in a type above, as far as can be known: what is gone
/// said that it overrides it, or the branch put it elsewhere.
fn is_met_above(
    view: &View<'_>,
    resigned: &Resigned<'_>,
    usage: &Use<'_>,
    args: &Args,
    fits: impl Fn(&Sig) -> bool,
) -> bool {
    if resigned.file.language != Language::Java || resigned.makes.is_some() {
        return false;
    }
    let What::Ref(reference, _) = usage.what else { return false };
    let changed = (resigned.branch, resigned.file, resigned.old[0]);
    if let Some(is_met) = java::is_met_above(view, (usage, reference), changed, args) {
        return is_met;
    }
    let text = resigned.file.old.as_ref().map_or("", |old| old.text);
    let fits = |def: &Def| def.sig.as_ref().is_some_and(&fits);
    let marked = |def: &&&Def| java::overrides(text, def);
    let moved = || {
        let defs = view.index.defs.get(resigned.old[0].name.as_str()).into_iter().flatten();
        let mut defs = defs.filter(|(branch, file, _)| {
            *branch == resigned.branch && file.language == Language::Java && file.path != resigned.file.path
        });
        let inherits = resigned.file.new.as_ref().is_some_and(|new| {
            let owner = resigned.new[0].parents.last();
            new.model.defs.iter().any(|def| Some(&def.name) == owner && !def.supers.is_empty())
        });
        inherits && defs.any(|(.., def)| fits(def))
    };
    resigned.old.iter().filter(marked).any(|def| fits(def)) || moved()
}

/// Whether the function became asynchronous and the call takes its result at once. Elsewhere a
/// compiler says so.
fn turned_async(file: &File<'_>, reference: &Ref, old: &[&Sig], new: &[&Sig]) -> bool {
    let silent = !matches!(file.language, Language::Rust | Language::Go);
    let asks = |word: &str| file.new.as_ref().is_some_and(|new| has_word(new.text, word));
    silent
        && !reference.awaited
        && !old.iter().any(|sig| sig.is_async)
        && new.iter().all(|sig| sig.is_async)
        // What is waited for only where it can be.
        && !["isawaitable", "iscoroutine"].iter().any(|word| asks(word))
}

/// Whether a Go call takes as many values as the function gave and no longer gives. Where it binds
/// them or works with one, `result-unhandled` says so.
fn results(file: &File<'_>, reference: &Ref, old: &[&Sig], new: &[&Sig]) -> Option<Misfit> {
    let is_told =
        matches!(reference.taken, Taken::Bound(_) | Taken::Value | Taken::Operand | Taken::Member(_));
    let takes = reference.takes.filter(|_| file.language == Language::Go && !is_told)?;
    let ([old], [new]) = (old, new) else { return None };
    let gives = n_results(&new.returns);
    (n_results(&old.returns) == takes && gives != takes).then_some(Misfit::Results { takes, gives })
}

/// How many values a Go function gives; several are kept as they are written.
fn n_results(returns: &Ty) -> usize {
    match returns {
        Ty::Unit => 0,
        Ty::Named(list) if list.starts_with('(') => {
            let mut depth = 0_i32;
            let commas = list.chars().filter(|char| {
                match char {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth -= 1,
                    _ => {}
                }
                *char == ',' && depth == 1
            });
            commas.count() + 1
        }
        _ => 1,
    }
}

/// Whether the merge holds this call and the changed function.
pub(super) fn is_left(
    view: &View<'_>,
    resigned: &Resigned<'_>,
    usage: &Use<'_>,
    reference: &Ref,
    is_more: bool,
) -> bool {
    // A branch that changed the function as well has its own idea of it.
    let own = view.file(usage.branch, resigned.file.path).and_then(|file| file.new.as_ref());
    if let Some(own) = own {
        let own = named_as(&own.model, resigned.new[0]);
        let (own, old) = (sigs(&own), sigs(&resigned.old));
        // Overloads are sets: only one that the branch itself added can take the call.
        let added = |args: &Args| {
            own.iter().any(|sig| !old.contains(sig) && fit(usage.file.language, args, sig).is_none())
        };
        let differs = match (&reference.args, resigned.file.language) {
            (Some(args), Language::Java) => added(args),
            _ => own != old,
        };
        if differs {
            return false;
        }
    }
    let theirs = match view.counterpart(resigned.branch, usage.file) {
        None => return is_more || is_of_new_form(usage.file, reference),
        Some(file) if file.new.is_none() => return false,
        Some(file) => file,
    };
    let merged = view.merge_of((usage.branch, usage.file), (resigned.branch, theirs));
    let Some(merged) = merged else { return is_more };
    let same = |other: &Ref| {
        other.name == reference.name
            && other.receiver == reference.receiver
            && other.args == reference.args
            && other.awaited == reference.awaited
            // One that takes all results now is another.
            && (usage.file.language != Language::Go || other.taken == reference.taken)
    };
    merged.model.refs.iter().any(same)
}

/// Whether the file had no call that passes as much: one that it had fits what another branch made of
/// the function and left the file as it was with.
fn is_of_new_form(file: &File<'_>, reference: &Ref) -> bool {
    let form = |args: &Args| (args.positional, args.named.clone(), args.spread, args.values.clone());
    let same = |other: &Ref| {
        other.name == reference.name
            && other.receiver == reference.receiver
            && other.args.as_ref().map(form) == reference.args.as_ref().map(form)
    };
    file.before().is_some_and(|old| !old.model.refs.iter().any(same))
}

fn finding(
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
        && matches!(reference.taken, Taken::Returned | Taken::Stated(Ty::Any));
    let level = if lenient || hands_on { Level::Warn } else { Level::Deny };
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
    let edit = match reason {
        Misfit::NotAwaited => await_edit(side.text, &side.model, reference),
        Misfit::Unknown(old) => renamed_keyword(resigned, side.text, reference, old),
        Misfit::Missing(_) | Misfit::TooMany { .. } | Misfit::Mistyped(_) | Misfit::Results { .. } => None,
    };
    let patch = edit.map_or(String::new(), |edit| patch(usage.file.path, side.text, vec![edit]));
    view.fix(usage.branch, summary, patch)
}

/// Waits for the call where the function around it can wait.
fn await_edit(text: &str, model: &FileModel, reference: &Ref) -> Option<Edit> {
    let around = model.defs.get(reference.within?)?;
    if !around.sig.as_ref().is_some_and(|sig| sig.is_async) {
        return None;
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
    Some(Edit::insert(start, "await "))
}

/// Renames a keyword argument whose parameter stands in the same place under another name.
fn renamed_keyword(resigned: &Resigned<'_>, text: &str, reference: &Ref, old: &str) -> Option<Edit> {
    let ([before], [after]) = (&resigned.old[..], &resigned.new[..]) else { return None };
    let (before, after) = (before.sig.as_ref()?, after.sig.as_ref()?);
    let place = before.params.iter().position(|param| param.name == old)?;
    let param = after.params.get(place)?;
    if before.params.len() != after.params.len() || before.params.iter().any(|other| other.name == param.name)
    {
        return None;
    }
    let rest = text.get(reference.span.end..)?;
    let call = &rest[..rest.len().min(2000).min(rest.find("\n\n").unwrap_or(rest.len()))];
    let at = find_words(call, old).find(|at| call[at + old.len()..].trim_start().starts_with('='))?;
    let start = reference.span.end + at;
    Some(Edit::replace(start..start + old.len(), param.name.as_str()))
}
