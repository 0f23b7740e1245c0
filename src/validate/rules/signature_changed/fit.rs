//! Whether a call fits a signature: how many arguments it passes, under which names, and what it takes back.

use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{Args, Param, Ref, Sig, Taken, Ty};
use crate::validate::names::has_word;
use crate::validate::rules::java;

/// Why a call no longer fits.
pub(super) enum Misfit {
    Missing(String),
    TooMany { takes: usize, passed: usize },
    Unknown(String),
    Mistyped(java::Mistyped),
    NotAwaited,
    Results { takes: usize, gives: usize },
}

/// Why arguments do not fit a signature.
pub(super) fn fit(language: Language, args: &Args, sig: &Sig) -> Option<Misfit> {
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

/// What a call passes beside the receiver, if it passes one.
pub(super) fn without_receiver(args: &Args) -> Option<Args> {
    let values = args.values.iter().skip(1).cloned().collect();
    Some(Args { positional: args.positional.checked_sub(1)?, values, ..args.clone() })
}

/// Why a method does not override one of a signature.
pub(super) fn overrides(args: &Args, sig: &Sig) -> Option<Misfit> {
    match sig.params.get(args.positional) {
        Some(param) => Some(Misfit::Missing(param.name.clone())),
        None if args.positional > sig.params.len() => {
            Some(Misfit::TooMany { takes: sig.params.len(), passed: args.positional })
        }
        None => None,
    }
}

/// Whether the function became asynchronous and the call takes its result at once. Elsewhere a
/// compiler says so.
pub(super) fn turned_async(file: &File<'_>, reference: &Ref, old: &[&Sig], new: &[&Sig]) -> bool {
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
pub(super) fn results(file: &File<'_>, reference: &Ref, old: &[&Sig], new: &[&Sig]) -> Option<Misfit> {
    let is_told = matches!(
        reference.taken,
        Taken::Bound(_) | Taken::Value | Taken::Operand | Taken::Member(_) | Taken::Each(_) | Taken::Listed
    );
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
