//! For which types an `impl` is, as it is written.

use super::library::TRANSPARENT;
use super::types::{Head, Types};
use super::written::{balanced, split, without_marks};
use crate::validate::model::Kind;
use crate::validate::rules::tree::{At, Home};

/// The head of an `impl` of a trait: `impl<T: Seen> Seen for &T where T: Clone`.
pub(super) struct ImplHead {
    /// What is in the first brackets.
    params: String,
    /// What it is for.
    target: String,
    /// What is asked besides.
    bounds: String,
}

impl ImplHead {
    /// Reads what begins with an `impl`; none where it is written in a way not known.
    pub(super) fn read(text: &str) -> Option<Self> {
        let head: Vec<&str> = text.split('{').next()?.split_whitespace().collect();
        let head = head.join(" ");
        let rest = head.strip_prefix("unsafe ").unwrap_or(&head).strip_prefix("impl")?;
        let (params, rest) = match rest.trim_start().strip_prefix('<') {
            Some(list) => {
                let mut ends = list.match_indices('>').map(|(at, _)| list.split_at(at));
                let (params, rest) = ends.find(|(params, _)| balanced(params) && !params.ends_with('-'))?;
                (params, &rest[1..])
            }
            None => ("", rest),
        };
        let (_, target) = rest.split_once(" for ")?;
        let (target, bounds) = target.split_once(" where ").unwrap_or((target, ""));
        Some(Self { params: params.to_owned(), target: target.trim().to_owned(), bounds: bounds.to_owned() })
    }

    /// Whether it is surely for other types than `owner`, and surely not for what refers to that; `of` is
    /// the trait. What is handed on by a reference or box to what has the trait itself,
    /// `impl<T: Seen> Seen for &T`, gives no type anything.
    pub(super) fn is_for_others(&self, types: &Types<'_, '_>, at: &At, of: &str, owner: &Home) -> bool {
        let held = Held::of(&self.target);
        if self.is_param(held.text) {
            return held.is_wrapped && self.asks(held.text, of);
        }
        if held.is_trait {
            return owner.def().kind != Kind::Interface;
        }
        held.text.starts_with('*') || is_another(types, at, held.text, owner)
    }

    fn is_param(&self, name: &str) -> bool {
        let mut params = split(&self.params).into_iter();
        params.any(|param| param.split([':', '=']).next().is_some_and(|own| own.trim() == name))
    }

    /// Whether a type parameter has to have a trait.
    fn asks(&self, param: &str, of: &str) -> bool {
        let lists = [&self.params, &self.bounds];
        let mut bounds = lists.into_iter().flat_map(|list| split(list)).filter_map(|one| one.split_once(':'));
        bounds.any(|(own, bounds)| {
            let names = |bound: &str| super::place::last(bound).trim() == of;
            own.trim() == param && bounds.split('+').any(names)
        })
    }
}

/// Whether the name of a type surely is another one's than `owner`'s.
pub(super) fn is_another(types: &Types<'_, '_>, at: &At, name: &str, owner: &Home) -> bool {
    match types.stated(at, name).peeled().head {
        Head::Unknown => false,
        Head::Library(_) => true,
        Head::Project(home) | Head::Some(home) => !home.is(owner),
    }
}

/// What a type is, below references and boxes.
struct Held<'t> {
    text: &'t str,
    is_wrapped: bool,
    /// Whether it is told by a trait: `dyn Seen`.
    is_trait: bool,
}

impl<'t> Held<'t> {
    fn of(written: &'t str) -> Self {
        let mut text = written;
        loop {
            let (rest, is_trait) = without_marks(text);
            let inner = |(path, args): (&str, &'t str)| {
                let is_box = TRANSPARENT.contains(&super::place::last(path).trim());
                is_box.then(|| split(args.strip_suffix('>').unwrap_or(args)).first().copied()).flatten()
            };
            match rest.split_once('<').and_then(inner) {
                Some(inner) if !is_trait => text = inner,
                _ => return Self { text: rest, is_wrapped: rest != written, is_trait },
            }
        }
    }
}
