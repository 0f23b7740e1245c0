//! Types that are made of others by the library: `Omit<Room, 'id'>`.

use super::read::{Form, form};
use super::types::Type;

/// What such a type says of a member.
pub(in crate::validate::rules) enum Part<'t> {
    /// As the type says that it is made of.
    Of(&'t str),
    With,
    Without,
    Unknown,
}

/// What the type of the library with this name, as the head of a definition builds on it, says of a member;
/// none where it is not made of others.
pub(in crate::validate::rules) fn part_taken<'t>(
    head: &'t str,
    name: &str,
    member: &str,
) -> Option<Part<'t>> {
    if !matches!(name, "Omit" | "Pick" | "Partial" | "Required" | "Readonly" | "Record") {
        return None;
    }
    let lead = format!("{name}<");
    let mut written = head.match_indices(&lead);
    let (Some((at, _)), None) = (written.next(), written.next()) else { return Some(Part::Unknown) };
    let Some(text) = generic(&head[at..]) else { return Some(Part::Unknown) };
    let Form::Name(_, arguments) = form(text) else { return Some(Part::Unknown) };
    Some(taken(name, &arguments, member).unwrap_or(Part::Unknown))
}

fn taken<'t>(name: &str, arguments: &[&'t str], member: &str) -> Option<Part<'t>> {
    let first = arguments.first()?;
    let whole = || match form(first) {
        Form::Name(whole, _) if !whole.contains('.') => Part::Of(whole),
        _ => Part::Unknown,
    };
    Some(match name {
        "Record" => {
            if keys(first)?.contains(&member) {
                Part::With
            } else {
                Part::Without
            }
        }
        "Omit" if keys(arguments.get(1)?)?.contains(&member) => Part::Without,
        "Pick" if !keys(arguments.get(1)?)?.contains(&member) => Part::Without,
        _ => whole(),
    })
}

/// The texts that a type is one of.
pub(super) fn keys(text: &str) -> Option<Vec<&str>> {
    let parts = match form(text) {
        Form::Union(parts) => parts,
        _ => vec![text],
    };
    let key = |part: &&'_ str| matches!(form(part), Form::Literal(_)).then_some(());
    parts
        .iter()
        .all(|part| key(part).is_some())
        .then(|| parts.into_iter().map(|part| part.trim_matches(['\'', '"', ' '])).collect())
}

/// The type with its arguments that a text begins with.
fn generic(text: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let end = text.char_indices().find(|(_, char)| {
        match char {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ => return false,
        }
        depth == 0
    });
    end.map(|(at, _)| &text[..=at])
}

/// Which members of a type an object has.
#[derive(Clone)]
pub(super) enum Share {
    /// All, each of which may be missing.
    Partial,
    /// All, none of which is missing.
    Required,
    /// These alone.
    Pick(Vec<String>),
    /// All but these.
    Omit(Vec<String>),
}

impl Share {
    pub(super) fn has(&self, name: &str) -> bool {
        match self {
            Self::Partial | Self::Required => true,
            Self::Pick(names) => names.iter().any(|one| one == name),
            Self::Omit(names) => !names.iter().any(|one| one == name),
        }
    }
}

/// What stands in a place of a list or a tuple.
pub(super) fn at_place(ty: Type, place: &str) -> Option<Type> {
    match ty {
        Type::List(element) => match *element {
            Type::Places(mut places) => {
                let idx = place.parse::<usize>().ok().filter(|idx| *idx < places.len())?;
                Some(places.swap_remove(idx))
            }
            element => Some(element),
        },
        Type::Keyed(_, element) => Some(*element),
        Type::Basic("string") => Some(Type::Basic("string")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_from_the_head() {
        let say = |head, name, member| match part_taken(head, name, member) {
            Some(Part::Of(whole)) => whole.to_owned(),
            Some(Part::With) => "with".to_owned(),
            Some(Part::Without) => "without".to_owned(),
            Some(Part::Unknown) => "unknown".to_owned(),
            None => String::new(),
        };
        let omit = "export interface A extends Omit<Big<string>, 'x' | 'y'>, B";
        assert_eq!(say(omit, "Omit", "x"), "without");
        assert_eq!(say(omit, "Omit", "z"), "Big");
        assert_eq!(say(omit, "B", "z"), "");
        assert_eq!(say("interface A extends Pick<Big, K>", "Pick", "x"), "unknown");
        assert_eq!(say("interface A extends Pick<Big, 'x'>", "Pick", "x"), "Big");
        assert_eq!(say("interface A extends Record<'a' | 'b', string>", "Record", "b"), "with");
        assert_eq!(say("interface A extends Omit<B, 'c'>, Omit<D, 'e'>", "Omit", "b"), "unknown");
    }
}
