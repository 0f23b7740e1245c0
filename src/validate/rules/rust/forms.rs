//! One branch makes something else of what a Rust name stands for: an enum of a trait, a struct with named fields
//! of a tuple, a function of a constant; another adds a use that only the old form allows.

use super::library::PRIMITIVES;
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Kind, Ref, RefKind};
use crate::validate::names::find_words;
use crate::validate::rules::changed::Changed;
use crate::validate::rules::reach::Reach;
use crate::validate::rules::{Draft, Rule, View, signature_changed, symbol_removed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

/// What a name stands for, as far as that tells how it may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// And whether `dyn` may stand before it.
    Trait {
        object: bool,
    },
    Enum,
    Alias,
    /// A struct or variant with fields in a row,
    Tuple,
    /// with names,
    Named,
    /// and without any.
    Unit,
    Function,
    Method,
    /// A function of a type that takes no `self`.
    Associated,
    /// A constant or static, and whether its values may be called.
    Value {
        called: bool,
    },
}

/// What a use asks of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// To be implemented, or to stand as a bound.
    Trait,
    /// To stand behind `dyn`.
    Object,
    /// `Room(1)`, made or as a pattern.
    Row,
    /// `Room { id: 1 }`.
    Fields,
    /// `Room` as a value.
    Alone,
    /// `max()`.
    Call,
    /// `MAX` as a value.
    Read,
    /// `room.look()`.
    Dot,
}

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Rust) {
        for changed in reformed(branch, file) {
            let uses = view.index.uses_elsewhere(branch, &changed.old.name);
            findings.extend(first_in_each_file(uses, |usage| {
                let asked = refused(view, &changed, usage)?;
                Some(finding(view, &changed, usage, asked))
            }));
        }
    }
}

/// What a branch has in another form under the same path.
fn reformed<'a>(branch: usize, file: &'a File<'a>) -> Vec<Changed<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let at = file.change.gone.iter().chain(file.change.edited.iter().map(|(before, _)| before));
    let before = at.filter_map(|at| old.model.defs.get(*at));
    let pairs = before.filter_map(|before| {
        let (was, after) = (form(old, before)?, only(new, before)?);
        let is = form(new, after)?;
        let is_alone = only(old, before).is_some() && !hands_on(new, &before.name);
        (was != is && is_alone).then_some(Changed { branch, file, old: before, new: after })
    });
    pairs.collect()
}

/// The only definition of a path, beside modules.
fn only<'s>(side: &'s Side<'_>, of: &'s Def) -> Option<&'s Def> {
    let mut all = side.model.named_as(of).filter(|(_, def)| def.kind != Kind::Module);
    let (_, def) = all.next()?;
    (all.next().is_none() && !def.flags.may_repeat).then_some(def)
}

fn hands_on(side: &Side<'_>, name: &str) -> bool {
    side.model.imports.iter().flat_map(|import| &import.names).any(|import| import.local == name)
}

fn form(side: &Side<'_>, def: &Def) -> Option<Form> {
    Some(match def.kind {
        Kind::Interface if !def.is_member() => Form::Trait { object: is_object(side, def) },
        Kind::Enum if !def.is_member() => Form::Enum,
        Kind::Alias if !def.is_member() => Form::Alias,
        Kind::Class if def.is_member() => return None,
        Kind::Class | Kind::Variant if def.sig.is_some() => Form::Tuple,
        Kind::Class | Kind::Variant => match body(side, def)? {
            '{' => Form::Named,
            _ => Form::Unit,
        },
        Kind::Function => Form::Function,
        Kind::Method if def.parents.len() == def.n_modules + 1 => {
            if def.flags.is_static {
                Form::Associated
            } else {
                Form::Method
            }
        }
        Kind::Const => Form::Value { called: !is_data(&def.ty) },
        _ => return None,
    })
}

/// Whether a type, as written, is one whose values surely cannot be called.
fn is_data(written: &str) -> bool {
    PRIMITIVES.contains(&written)
        || written.starts_with(['[', '('])
        || ["&str", "&'static str", "&[", "&'static ["].iter().any(|lead| written.starts_with(lead))
}

/// Whether values of a trait can be had behind `dyn`.
/// Source: the Rust reference, "Dyn compatibility".
fn is_object(side: &Side<'_>, of: &Def) -> bool {
    let is_own = |def: &Def| {
        def.parents.split_last().is_some_and(|(owner, around)| *owner == of.name && around == of.parents)
    };
    let is_sized = |def: &Def| def.head.contains("Self: Sized") || def.head.contains('…');
    let refuses = |def: &Def| match def.kind {
        Kind::Const => true,
        Kind::Method => {
            let params = def.sig.iter().flat_map(|sig| &sig.params);
            let gives_itself = find_words(&def.ty, "Self").any(|at| !def.ty[at + 4..].starts_with("::"));
            def.flags.is_static
                || gives_itself
                || def.sig.as_ref().is_some_and(|sig| sig.is_async)
                || type_parameters(&def.head)
                || def.ty.contains("impl ")
                || params.into_iter().any(|param| param.written.starts_with("impl "))
        }
        _ => false,
    };
    let mut own = side.model.defs.iter().filter(|def| is_own(def) && !is_sized(def));
    !of.supers.iter().any(|above| above == "Sized") && !own.any(refuses)
}

/// Whether a function states parameters that are types or constants.
fn type_parameters(head: &str) -> bool {
    let list = head.split('(').next().and_then(|lead| lead.split_once('<')).map_or("", |(_, list)| list);
    list.trim_end_matches('>')
        .split(',')
        .any(|part| !part.trim().is_empty() && !part.trim().starts_with('\''))
}

/// What the body of a struct or variant begins with.
fn body(side: &Side<'_>, def: &Def) -> Option<char> {
    let text = side.text.get(def.span.clone())?;
    let lead = if def.kind == Kind::Variant { 0 } else { find_words(text, "struct").next()? };
    let name = find_words(&text[lead..], &def.name).next()? + lead + def.name.len();
    text[name..].chars().find(|char| matches!(char, '{' | '(' | ';' | ',' | '=')).or(Some(';'))
}

/// What a use asks of a name that its old form gave and its new one does not.
fn refused(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> Option<Asked> {
    let What::Ref(reference, _) = usage.what else { return None };
    let (old, new) = (changed.file.old.as_ref()?, changed.file.new.as_ref()?);
    let (was, is) = (form(old, changed.old)?, form(new, changed.new)?);
    let asked = asked(usage, reference, was)?;
    // Whether a variant holds anything is compared elsewhere, and of a struct the fields are gone one by one.
    let is_variant = changed.old.kind == Kind::Variant;
    let is_bare =
        is_variant && (was == Form::Unit || is == Form::Unit) || !is_variant && asked == Asked::Fields;
    let is_lost = !is_bare
        && gives(was, asked)
        && !gives(is, asked)
        && view.reach(usage, changed.file, changed.old) == Some(Reach::Sure)
        && changed
            .is_as_it_was(view, usage, |own| own.kind == changed.old.kind && own.head == changed.old.head)
        && symbol_removed::is_left(view, (changed.branch, &changed.old.name), usage, |_| false);
    is_lost.then_some(asked)
}

fn asked(usage: &Use<'_>, reference: &Ref, was: Form) -> Option<Asked> {
    let text = usage.file.new.as_ref().map_or("", |new| new.text);
    let before = text.get(..reference.span.start)?;
    let after = text.get(reference.span.end..)?.trim_start();
    let is_path = after.starts_with("::") || after.starts_with('!');
    match reference.kind {
        RefKind::Extends => Some(Asked::Trait),
        RefKind::Type if before.trim_end_matches(is_part).ends_with("dyn ") => Some(Asked::Object),
        RefKind::Type => is_bound(before).then_some(Asked::Trait),
        _ if is_path && !after.starts_with("::<") => None,
        RefKind::Construct if after.starts_with('(') => Some(Asked::Row),
        RefKind::Construct if after.starts_with('{') && was == Form::Named => {
            reference.args.as_ref().is_some_and(|args| !args.named.is_empty()).then_some(Asked::Fields)
        }
        RefKind::Call if was == Form::Method => before.ends_with('.').then_some(Asked::Dot),
        RefKind::Call => Some(Asked::Call),
        RefKind::Read if reference.args.is_none() => match was {
            Form::Unit => Some(Asked::Alone),
            Form::Value { .. } => Some(Asked::Read),
            _ => None,
        },
        _ => None,
    }
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | ':')
}

/// Whether a type whose path ends a text stands where only a trait can: `impl Tr`, `<T: Tr>`, `A + Tr`.
fn is_bound(before: &str) -> bool {
    let path = before.len() - before.trim_end_matches(is_part).len();
    let before = before[..before.len() - path].trim_end_matches(' ');
    if let Some(parameter) = before.strip_suffix(':') {
        let around = parameter.trim_end_matches(|char: char| char.is_alphanumeric() || char == '_');
        let is_named = parameter[around.len()..].starts_with(char::is_uppercase);
        return is_named && (around.trim_end().ends_with(['<', ',']) || around.ends_with("where "));
    }
    before.ends_with('+') || find_words(before, "impl").any(|at| at + "impl".len() == before.len())
}

fn gives(form: Form, asked: Asked) -> bool {
    match asked {
        // Another name may stand for a trait where the compiler has that.
        Asked::Trait => matches!(form, Form::Trait { .. } | Form::Alias),
        Asked::Object => matches!(form, Form::Trait { object: true } | Form::Alias),
        Asked::Row => matches!(form, Form::Tuple | Form::Function | Form::Associated),
        Asked::Fields => form == Form::Named,
        Asked::Alone => matches!(form, Form::Unit | Form::Value { .. }),
        Asked::Call => matches!(
            form,
            Form::Function | Form::Tuple | Form::Associated | Form::Method | Form::Value { called: true }
        ),
        Asked::Read => matches!(form, Form::Value { .. } | Form::Unit),
        Asked::Dot => matches!(form, Form::Method),
    }
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, asked: Asked) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(changed.branch));
    let (path, place) = (usage.file.path, changed.file.path);
    let name = changed.old.path();
    let now =
        changed.file.new.as_ref().and_then(|new| form(new, changed.new)).map_or("something else", words);
    let uses = match asked {
        Asked::Trait => "as a trait",
        Asked::Object => "behind `dyn`",
        Asked::Row => "with its values in a row",
        Asked::Fields => "with fields by name",
        Asked::Alone | Asked::Read => "as a value",
        Asked::Call => "as a function",
        Asked::Dot => "on a value",
    };
    let message = format!("{user} uses `{name}` in {path} {uses}, but {changer} made it {now} in {place}");
    let sites = changed.sites(view, usage, usage.what.line());
    let fix = Some(view.fix(usage.branch, format!("use it as {now} in {path}"), String::new()));
    let symbols = [name.as_str(), uses];
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
}

fn words(form: Form) -> &'static str {
    match form {
        Form::Trait { object: true } => "a trait",
        Form::Trait { object: false } => "a trait that `dyn` cannot stand before",
        Form::Enum => "an enum",
        Form::Alias => "another name for a type",
        Form::Tuple => "one with values in a row",
        Form::Named => "one with fields by name",
        Form::Unit => "one without values",
        Form::Function => "a function",
        Form::Method => "a method",
        Form::Associated => "a function without `self`",
        Form::Value { .. } => "a constant",
    }
}

#[cfg(test)]
mod tests {
    use super::is_bound;

    #[test]
    fn only_traits_stand_in_some_places() {
        for before in ["x: impl crate::hall::", "T: Clone + ", "fn go<T: ", "where U: "] {
            assert!(is_bound(before), "{before}");
        }
        for before in ["x: &", "x: ", "Box<", "simpl ", "for ", "-> ", "<const N: ", "{ N: "] {
            assert!(!is_bound(before), "{before}");
        }
    }
}
