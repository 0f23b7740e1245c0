//! One branch changes how a function is called; another adds a call of the old form.

mod fit;
mod told;
mod written;

use self::fit::{Misfit, fit, overrides, results, turned_async, without_receiver};
use self::told::finding;
use super::resigned::{Resigned, named_as, names_owner, passes_receiver, resigned, sigs};
use super::{Rule, View};
use super::{go, java, python, rust, script};
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Args, Def, Kind, Receiver, Ref, RefKind, Sig};

pub(super) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked() {
        for resigned in resigned(branch, file) {
            findings.extend(resigned.first_in_each_file(view, |usage| misfit(view, &resigned, usage)));
        }
    }
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
    // These read the text around, so they are asked of what does not fit alone.
    let is_excused = || python::may_be_met(view, resigned, usage) || script::may_be_silenced(usage);
    (is_left(view, resigned, usage, reference, is_more) && !is_excused())
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
    // What stands before `::` may be passed to one that belongs to its values now.
    let is_held_otherwise = resigned.new.iter().any(|new| new.flags.is_static != only.flags.is_static);
    let varies = is_held_otherwise || params.iter().any(|param| param.variadic);
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
        Language::Python => python::misfit(view, (usage, reference.within, args), called, before),
        _ => None,
    };
    found.map(Misfit::Mistyped)
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
