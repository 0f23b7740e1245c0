//! One branch has a Rust method change its receiver, `&self` becomes `&mut self`; another calls it on what it
//! may only read.

use super::above::is_implemented;
use super::derived::derives;
use super::held::Held;
use super::moved::{block_end, is_named_again, may_rebind};
use super::overriding::receiver;
use super::place::last;
use super::types::Types;
use super::written::without_marks;
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::model::{Def, Kind, Receiver, Ref, Value};
use crate::validate::names::{find_words, has_word};
use crate::validate::rules::changed::{Changed, misused};
use crate::validate::rules::reach::Reach;
use crate::validate::rules::symbol_removed::is_left;
use crate::validate::rules::tree::Tree;
use crate::validate::rules::{Draft, Rule, View, signature_changed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

const READS: Option<(bool, bool)> = Some((true, false));
const CHANGES: Option<(bool, bool)> = Some((true, true));
const TAKES: Option<(bool, bool)> = Some((false, false));

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    findings.extend(misused(view, Language::Rust, changes_now, |changed, usage| {
        let on = refused(view, changed, usage)?;
        Some(finding(view, changed, usage, on))
    }));
}

fn changes_now(changed: &Changed<'_>) -> bool {
    let is_method = |def: &Def| def.kind == Kind::Method && !def.flags.is_static && !def.flags.may_repeat;
    is_method(changed.old)
        && is_method(changed.new)
        && match receiver(changed.new) {
            CHANGES => receiver(changed.old) == READS,
            TAKES => receiver(changed.old).is_some_and(|(is_borrowed, _)| is_borrowed) && !may_copy(changed),
            _ => false,
        }
}

/// Whether what a method takes may be copied: a type that stands elsewhere, and what has a trait's method, which
/// a reference may have too.
fn may_copy(changed: &Changed<'_>) -> bool {
    let parents = changed.new.parents.get(changed.new.n_modules..).unwrap_or_default();
    let (Some(new), [owner]) = (&changed.file.new, parents) else { return true };
    let is_owner = |def: &&Def| {
        matches!(def.kind, Kind::Class | Kind::Enum)
            && def.name == *owner
            && def.modules() == changed.new.modules()
    };
    let found = new.model.defs.iter().find(is_owner);
    found.is_none_or(|owner| derives(new, owner).contains("Copy")) || is_implemented(new.text, "Copy")
}

/// What a method is called on that it cannot take or change, in the words of a message.
fn refused(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> Option<&'static str> {
    let What::Ref(reference, _) = usage.what else { return None };
    let new = usage.file.new.as_ref()?;
    let around = reference.within.and_then(|within| new.model.defs.get(within))?;
    let is_own = || is_own(view, usage, reference);
    let on = match receiver(changed.new) {
        TAKES if is_behind(view, usage, reference, around) => "what is only borrowed",
        TAKES if is_shared(view, usage, reference) => "what others share",
        TAKES if is_own() && is_named_again(new.text, around, reference) => "what is named again",
        TAKES => return None,
        _ if is_only_read(new.text, around, reference) || is_lent(&reference.on) => "what may only be read",
        _ if is_own() && is_bound_once(new.text, around, reference) => "what may only be read",
        _ => return None,
    };
    let is_left = view.reach(usage, changed.file, changed.old) == Some(Reach::Sure)
        && changed.is_as_it_was(view, usage, |def| receiver(def) == receiver(changed.old))
        && is_left(view, (changed.branch, &changed.old.name), usage, |_| false)
        && changed.is_left(view, usage, around, |there| there.body_hash == around.body_hash)
        && !may_mean_another(view, changed, usage);
    is_left.then_some(on)
}

/// Whether a trait has such a method too, which is taken where the type's own is not to be had.
fn may_mean_another(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> bool {
    let owner = changed.new.parents.last();
    let is_trait = |def: &Def| def.kind == Kind::Interface && Some(&def.name) == owner;
    let types = Types { tree: Tree::merged(view, usage.branch, changed.branch, usage.file) };
    let mut defs = changed.file.new.iter().flat_map(|new| &new.model.defs);
    !defs.any(is_trait) && types.may_extend(&changed.new.name)
}

/// Whether what a method is called on is a field of `&self`, or a parameter that is a reference to what is
/// only read or a value that is not to be changed, or a field of that.
fn is_only_read(text: &str, around: &Def, reference: &Ref) -> bool {
    let is_function = matches!(around.kind, Kind::Function | Kind::Method);
    let start = around.span.start;
    let Some(before) = text.get(start..reference.span.start).filter(|_| is_function) else { return false };
    let Some(chain) = before.strip_suffix('.') else { return false };
    let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.');
    let (before, chain) = chain.split_at(chain.trim_end_matches(part).len());
    let is_whole = !before.ends_with([')', ']', '?', '>', ':', '&', '*']);
    let root = chain.split('.').next().unwrap_or_default();
    let Some(body) = before.find('{').map(|at| &before[at..]) else { return false };
    if !is_whole || root.is_empty() || has_word(body, "fn") || has_word(body, "impl") {
        return false;
    }
    match root {
        "self" => receiver(around) == READS,
        _ => is_read_parameter(&around.head, root) && !may_rebind(body, root),
    }
}

/// Whether a method is called on what an `Arc` or `Rc` shares.
fn is_shared(view: &View<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let at = types.tree.at(usage.file.path, reference.within);
    at.is_some_and(|at| matches!(types.value(&at, &reference.on).name(), Some("Arc" | "Rc")))
}

/// Whether a method is called on a value itself.
fn is_own(view: &View<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let at = types.tree.at(usage.file.path, reference.within);
    at.and_then(|at| types.held(&at, &reference.on)) == Some(Held::Owned)
}

/// Whether a local that a method is called on is bound by a `let` without `mut`, and by nothing after that.
fn is_bound_once(text: &str, around: &Def, reference: &Ref) -> bool {
    let Some(before) = text.get(around.span.start..reference.span.start) else { return false };
    let Some(chain) = before.strip_suffix('.') else { return false };
    let lead = chain.trim_end_matches(|char: char| char.is_alphanumeric() || char == '_');
    let local = &chain[lead.len()..];
    let is_plain = local.starts_with(|char: char| char.is_lowercase() || char == '_')
        && !lead.ends_with(['.', ':', '*']);
    let bound = find_words(lead, local).filter(|at| lead[..*at].ends_with("let ")).filter(|_| is_plain);
    bound.last().is_some_and(|at| {
        let rest = &lead[at + local.len()..];
        let after = rest.trim_start();
        let is_let = after.starts_with('=') || after.starts_with(':') && !after.starts_with("::");
        is_let && block_end(rest) == rest.len() && !may_rebind(rest, local)
    })
}

/// Whether what a method is called on stands behind a reference, so that it cannot be moved.
fn is_behind(view: &View<'_>, usage: &Use<'_>, reference: &Ref, around: &Def) -> bool {
    let is_field = |value: &&Value| matches!(value, Value::Field(_, name) if name != "await");
    let mut steps = reference.on.steps().skip_while(is_field);
    let root = if reference.receiver == Receiver::This { Some(&Value::This) } else { steps.next() };
    match root {
        Some(Value::This) => receiver(around).is_some_and(|(is_borrowed, _)| is_borrowed),
        Some(root) => {
            let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
            let held = types.tree.at(usage.file.path, reference.within).and_then(|at| types.held(&at, root));
            held.is_some_and(|held| held != Held::Owned)
        }
        None => false,
    }
}

/// Whether a value stands behind a reference to what is only read, or is what such a one leads to.
fn is_lent(value: &Value) -> bool {
    match value {
        Value::Of(text) => lends(text),
        Value::Field(on, _) | Value::Element(on) => is_lent(on),
        Value::Passed(_, mark) if mark == Value::POINTER => true,
        Value::Content(on) => match &**on {
            Value::Of(text) => {
                let inside =
                    text.split_once('<').filter(|(name, _)| matches!(last(name), "Option" | "Result"));
                lends(text) || inside.is_some_and(|(_, inside)| lends(inside))
            }
            Value::Passed(_, mark) => mark == Value::POINTER,
            Value::Call(Some(list), name, _) => {
                matches!(name.as_str(), "first" | "get" | "last" | "peek" | "as_ref") && is_stated(list)
            }
            _ => false,
        },
        Value::Passed(list, how) => match &**list {
            Value::Call(Some(list), name, 0) => {
                matches!(name.as_str(), "iter" | "values" | "keys") && is_stated(list)
            }
            Value::Of(text) => how == "for" && lends(text),
            Value::Passed(_, mark) => how == "for" && mark == Value::POINTER,
            _ => false,
        },
        _ => false,
    }
}

/// Whether it is something of a type as written, or a field of that: of a type of the library, as its methods say.
fn is_stated(value: &Value) -> bool {
    const LISTS: [&str; 8] =
        ["BTreeMap", "BTreeSet", "HashMap", "HashSet", "Option", "Result", "Vec", "VecDeque"];
    match value {
        Value::Of(text) => {
            let text = without_marks(text).0;
            text.starts_with('[') || LISTS.contains(&last(text)) && !text.contains("&mut")
        }
        _ => false,
    }
}

/// Whether a type is a reference to what is only read.
fn lends(text: &str) -> bool {
    let Some(rest) = text.trim().strip_prefix('&') else { return false };
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('\'') {
        Some(rest) => {
            rest.trim_start_matches(|char: char| char.is_alphanumeric() || char == '_').trim_start()
        }
        None => rest,
    };
    !rest.starts_with("mut ")
}

/// Whether a parameter is taken by `&` or by value, and not to be changed.
fn is_read_parameter(head: &str, name: &str) -> bool {
    let mut stated = find_words(head, name).filter_map(|at| {
        let ty = head[at + name.len()..].trim_start().strip_prefix(':')?.trim_start();
        Some((head[..at].trim_end(), ty))
    });
    let Some((before, ty)) = stated.next() else { return false };
    let ty = ty.split([',', ')']).next().unwrap_or(ty);
    let is_plain = before.ends_with(['(', ',']) && !ty.contains("mut ") && !ty.starts_with("impl ");
    is_plain && stated.next().is_none()
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, on: &str) -> Finding {
    let path = usage.file.path;
    let (old, head) = (changed.old.path(), &changed.new.head);
    let takes = receiver(changed.new) == TAKES;
    let other = if takes { "a value of its own" } else { "what may be changed" };
    let message = format!(
        "{} calls `{old}` in {path} on {on}, but {} changed it to `{head}` in {}",
        view.name(usage.branch),
        view.name(changed.branch),
        changed.file.path
    );
    let summary = format!("call it on {other}, as `{head}` demands, in {path}");
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    let sites = changed.sites(view, usage, usage.what.line());
    let symbols = [old.as_str(), if takes { "self" } else { "&mut self" }];
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
}
