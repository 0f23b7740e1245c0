//! Rewrites the fields of one shape so that they say on the wire what another says.

use std::ops::Range;

use super::reach::enclosing_type;
use super::shape_mismatch::Shape;
use super::shapes::{Clash, Pair, type_text};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::lines::line_start;
use crate::validate::model::{Field, FileModel, Receiver, Ref};
use crate::validate::names::{find_words, words};

/// The patch that gives the loser's fields the winner's names and types.
pub(super) fn patch_of(winner: &Shape<'_>, loser: &Shape<'_>, pairs: &[Pair<'_>]) -> String {
    let Some(new) = loser.file.new.as_ref().filter(|_| loser.file.language.is_code()) else {
        return String::new();
    };
    let mut edits = Vec::new();
    for pair in pairs {
        let Some(place) = place_of(new.text, pair.right, loser.file.language) else { continue };
        if pair.naming > Clash::None {
            rename(new.text, &new.model, loser, pair, &place, &mut edits);
        }
        let same_language = winner.file.language == loser.file.language;
        if pair.typing > Clash::None
            && let Some(range) = place.ty
            && let Some(text) = type_text(loser.file.language, &pair.left.ty).filter(|_| {
                // A type of the project exists in its own language only.
                same_language || pair.typing == Clash::Hard
            })
        {
            edits.push(Edit::replace(range, text));
        }
    }
    patch(loser.file.path, new.text, edits)
}

/// Where a field stands in the text.
struct Place {
    /// The bytes of its line, without the line feed.
    line: Range<usize>,
    name: Range<usize>,
    ty: Option<Range<usize>>,
}

fn place_of(text: &str, field: &Field, language: Language) -> Option<Place> {
    let start = line_start(text, field.line);
    let rest = text.get(start..)?;
    let line = start..start + rest.find('\n').unwrap_or(rest.len());
    let name = line.start + find_words(&text[line.clone()], &field.name).next()?;
    let name = name..name + field.name.len();
    let ty = type_range(&text[name.end..line.end], language)
        .map(|range| name.end + range.start..name.end + range.end);
    Some(Place { line, name, ty })
}

/// The bytes of the type in what follows the name of a field on its line.
fn type_range(rest: &str, language: Language) -> Option<Range<usize>> {
    let start = match language {
        Language::Go => rest.find(|char: char| !char.is_whitespace())?,
        _ => {
            let colon = rest.find(':')?;
            let marks = rest[..colon].trim();
            if !matches!(marks, "" | "?" | "!") {
                return None;
            }
            colon + 1 + rest[colon + 1..].find(|char: char| !char.is_whitespace())?
        }
    };
    let end = start + type_length(&rest[start..], language);
    let end = start + rest[start..end].trim_end().len();
    (end > start && !rest[start..end].starts_with(',')).then_some(start..end)
}

/// How far a type reaches: to a separator outside of all brackets.
fn type_length(text: &str, language: Language) -> usize {
    let mut depth = 0_i32;
    for (at, char) in text.char_indices() {
        let ends = match char {
            '(' | '[' | '{' | '<' => {
                depth += 1;
                false
            }
            ')' | ']' | '}' if depth == 0 => true,
            ')' | ']' | '}' | '>' => {
                depth -= 1;
                false
            }
            '/' => text[at..].starts_with("//") || text[at..].starts_with("/*"),
            ';' | ',' | '#' | '`' | '\r' => depth == 0,
            '=' => depth == 0 && !text[at..].starts_with("=>"),
            char if char.is_whitespace() => {
                language == Language::Go && depth == 0 && text[at..].trim_start().starts_with('`')
            }
            _ => false,
        };
        if ends {
            return at;
        }
    }
    text.len()
}

fn rename(
    text: &str,
    model: &FileModel,
    loser: &Shape<'_>,
    pair: &Pair<'_>,
    place: &Place,
    edits: &mut Vec<Edit>,
) {
    let (field, wire) = (pair.right, &pair.left.wire);
    match loser.file.language {
        Language::Go => edits.extend(go_tag(text, field, wire, place)),
        Language::Rust if text.contains("serde") => {
            if field.wire == field.name {
                let indent = &text[place.line.start..place.line.end];
                let indent = &indent[..indent.len() - indent.trim_start().len()];
                edits
                    .push(Edit::insert(place.line.start, format!("{indent}#[serde(rename = \"{wire}\")]\n")));
            }
        }
        language => {
            let name = if language == Language::Rust { words(wire).join("_") } else { wire.clone() };
            edits.push(Edit::replace(place.name.clone(), name.as_str()));
            let uses = model.refs.iter().filter(|reference| means(model, loser, reference, &field.name));
            edits.extend(uses.map(|reference| Edit::replace(reference.span.clone(), name.as_str())));
        }
    }
}

/// The tag of a Go field with another name in it, or a new tag.
fn go_tag(text: &str, field: &Field, wire: &str, place: &Place) -> Option<Edit> {
    let line = &text[place.line.clone()];
    if let Some(tag) = line.find("json:\"") {
        let start = place.line.start + tag + "json:\"".len();
        let length = text[start..place.line.end].find(['"', ','])?;
        return Some(Edit::replace(start..start + length, wire));
    }
    let end = place.ty.as_ref().filter(|_| !line.contains('`') && field.name != wire)?.end;
    Some(Edit::insert(end, format!(" `json:\"{wire}\"`")))
}

/// Whether a use in the file means the field: its receiver is the type, or no other type of the
/// file has a member of that name.
fn means(model: &FileModel, shape: &Shape<'_>, reference: &Ref, field: &str) -> bool {
    if reference.name != field {
        return false;
    }
    let owners = model.defs.iter().filter(|def| def.fields.iter().any(|own| own.name == field)).count();
    match &reference.receiver {
        Receiver::Typed(ty) => *ty == shape.def.name,
        Receiver::This => {
            enclosing_type(model, reference).is_some_and(|around| around.name == shape.def.name)
        }
        Receiver::Name(_) => owners == 1 && super::reach::import_of(model, field).is_none(),
        Receiver::None | Receiver::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_field_is_found_in_its_line() {
        for (language, rest, ty) in [
            (Language::TypeScript, "?: Record<string, number>; // ids", "Record<string, number>"),
            (Language::TypeScript, ": (x: number) => void", "(x: number) => void"),
            (Language::Tsx, ": string }", "string"),
            (Language::Python, ": int = 0  # count", "int"),
            (Language::Python, ": dict[str, int]", "dict[str, int]"),
            (Language::Rust, ": Vec<u8>,", "Vec<u8>"),
            (Language::Go, "  map[string]int `json:\"x\"`", "map[string]int"),
            (Language::Go, " chan int", "chan int"),
        ] {
            let range = type_range(rest, language).unwrap();
            assert_eq!(&rest[range], ty);
        }
        assert_eq!(type_range(" = 1", Language::Python), None);
    }
}
