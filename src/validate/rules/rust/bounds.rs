//! One branch gives a type parameter of a Rust function another bound; another calls the function with a value
//! of a type that surely does not have the trait.

use super::generic::inside;
use super::held::Held;
use super::library_traits::is_stated;
use super::types::{Type, Types};
use super::written::{split, without_marks};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::model::{Def, Kind, Value};
use crate::validate::names::find_words;
use crate::validate::rules::changed::{Changed, misused};
use crate::validate::rules::tree::{At, Tree};
use crate::validate::rules::{Draft, Rule, View, signature_changed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let matters = |changed: &Changed<'_>| is_function(changed.old) && !asked(changed).is_empty();
    findings.extend(misused(view, Language::Rust, matters, |changed, usage| {
        let (ty, of) = lacking(view, changed, usage)?;
        Some(finding(view, changed, usage, (&ty, &of)))
    }));
}

fn is_function(def: &Def) -> bool {
    matches!(def.kind, Kind::Function | Kind::Method) && !def.flags.may_repeat
}

/// What is asked anew of an argument: its place, whether it is passed by a reference, and the trait.
fn asked(changed: &Changed<'_>) -> Vec<(usize, bool, String)> {
    let (before, after) = (params(&changed.old.head), params(&changed.new.head));
    let mut found = Vec::new();
    if before.len() != after.len() || changed.new.head.contains('…') {
        return found;
    }
    for (idx, (was, is)) in before.iter().zip(&after).enumerate() {
        let (was, is) = (bounds(&changed.old.head, was.1), bounds(&changed.new.head, is.1));
        let (Some((was_lent, had)), Some((is_lent, has))) = (was, is) else { continue };
        let more = has.into_iter().filter(|of| was_lent == is_lent && !had.contains(of));
        found.extend(more.map(|of| (idx, is_lent, of.to_owned())));
    }
    found
}

/// The bounds of a parameter's type, where that is a type parameter or `impl` by itself or behind `&`.
fn bounds<'h>(head: &'h str, ty: &'h str) -> Option<(bool, Vec<&'h str>)> {
    let (bare, is_opaque) = without_marks(ty);
    let is_lent = ty.starts_with('&');
    if is_opaque {
        return (!ty.contains("dyn ")).then(|| (is_lent, traits(bare)));
    }
    let is_name = !bare.is_empty() && bare.chars().all(|char| char.is_alphanumeric() || char == '_');
    let name = find_words(head, "fn").next().map(|at| &head[at..])?;
    let list = name.find('<').filter(|at| Some(*at) < name.find('('))?;
    let stated = split(inside(&name[list..])?);
    let is_it = |part: &&str| part.split(':').next().map(str::trim) == Some(bare);
    let own = stated.iter().find(|part| is_it(part)).filter(|_| is_name)?;
    let clauses = head.split_once(" where ").map_or(Vec::new(), |(_, clauses)| split(clauses));
    let clauses = clauses.into_iter().filter(|clause| is_it(clause));
    let all = std::iter::once(*own).chain(clauses).filter_map(|part| part.split_once(':'));
    Some((is_lent, all.flat_map(|(_, bounds)| traits(bounds)).collect()))
}

fn traits(bounds: &str) -> Vec<&str> {
    bounds.split('+').map(str::trim).filter(|bound| !bound.is_empty()).collect()
}

/// The type of an argument and the trait that it lacks.
fn lacking(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> Option<(String, String)> {
    let What::Ref(reference, _) = usage.what else { return None };
    let args = reference.args.as_ref().filter(|args| !args.spread)?;
    let types = Types { tree: Tree::merged(view, usage.branch, changed.branch, usage.file) };
    let at = types.tree.place_of(usage.file, reference.within)?;
    let home = types.tree.defined_at(changed.file.path, changed.new)?.inside();
    let is_explicit =
        reference.on == Value::Unknown && changed.new.kind == Kind::Method && !changed.new.flags.is_static;
    let found = asked(changed).into_iter().find_map(|(idx, is_lent, of)| {
        let value = args.values.get(idx + usize::from(is_explicit))?;
        let is_so = types.held(&at, value)? != Held::Owned;
        let ty = types.value(&at, value);
        let lacks = is_so == is_lent && surely_lacks(&types, &home, &ty, &of);
        lacks.then(|| (ty.word(), of))
    })?;
    changed.is_called_as_before(view, usage, |def| def.head == changed.old.head).then_some(found)
}

/// Whether a type surely does not have a trait, as it is written in a bound.
fn surely_lacks(types: &Types<'_, '_>, home: &At, ty: &Type, of: &str) -> bool {
    let path: Vec<&str> = of.split("::").map(str::trim).collect();
    let Some(last) = path.last().copied() else { return false };
    let is_known = match types.lookup(home, &path) {
        Some(own) => own.def().kind == Kind::Interface && !types.has_blanket(&own.def().name),
        None => is_stated(last),
    };
    is_known && types.surely_implements_none(ty, &[last])
}

fn finding(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>, (ty, of): (&str, &str)) -> Finding {
    let path = usage.file.path;
    let (old, head) = (changed.old.path(), &changed.new.head);
    let message = format!(
        "{} calls `{old}` in {path} with a `{ty}`, which has no `{of}`, but {} changed it to `{head}` in {}",
        view.name(usage.branch),
        view.name(changed.branch),
        changed.file.path
    );
    let fix = Some(view.fix(usage.branch, format!("derive or implement `{of}` for `{ty}`"), String::new()));
    let sites = changed.sites(view, usage, usage.what.line());
    let symbols = [old.as_str(), ty, of];
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
}

/// The parameters in the head of a function, each with its type, without `self`.
fn params(head: &str) -> Vec<(&str, &str)> {
    let list = head.rsplit_once("->").map_or(head, |(list, _)| list);
    let open = list.find("fn ").and_then(|at| opening(&list[at..]).map(|open| at + open));
    let inside = open.and_then(|open| list.get(open + 1..list.rfind(')')?)).unwrap_or_default();
    split(inside)
        .into_iter()
        .filter_map(|param| param.split_once(':'))
        .map(|(name, ty)| (name.trim(), ty.trim()))
        .collect()
}

/// Where the list of parameters of a function opens, behind those between angle brackets.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    let mut before = ' ';
    text.char_indices().find_map(|(at, char)| {
        match char {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        before = char;
        (char == '(' && depth == 0).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::{bounds, params};

    #[test]
    fn bounds_are_read_from_the_head() {
        let head =
            "pub fn show<T: Clone + Debug, U>(t: &T, u: U, v: impl Ord) -> U where U: crate::Seat, T: Eq";
        assert_eq!(bounds(head, "&T"), Some((true, vec!["Clone", "Debug", "Eq"])));
        assert_eq!(bounds(head, "U"), Some((false, vec!["crate::Seat"])));
        assert_eq!(bounds(head, "impl Ord"), Some((false, vec!["Ord"])));
        assert_eq!(bounds(head, "Vec<T>"), None);
    }

    #[test]
    fn parameters_are_read_from_the_head() {
        let head = "pub fn show<T: Fn(u8) -> u8>(&self, t: &T, other: Vec<(u8, u8)>) -> Result<T, ()>";
        assert_eq!(params(head), [("t", "&T"), ("other", "Vec<(u8, u8)>")]);
    }
}
