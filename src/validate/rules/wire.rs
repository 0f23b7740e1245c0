//! What the declaration of a type says of its way to the other side: whether it is sent at all, and
//! whether something on the way writes its names or values in another form.

use super::View;
use super::shape_mismatch::Shape;
use crate::validate::extract::Language;
use crate::validate::lines::lines;

/// What is known of how the values of a type travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wire {
    /// Something shows that values of it go to another program.
    pub(super) is_sent: bool,
    /// Its names are written by a rule that is not read, so that they may differ.
    pub(super) respells: bool,
    /// Some of its values are written in another form.
    pub(super) converts: bool,
    /// It stands for a row of a database.
    pub(super) is_stored: bool,
}

pub(super) fn of(shape: &Shape<'_>) -> Wire {
    let mut wire = said(shape.file.language, &declaration(shape));
    let file = shape.file.new.as_ref().map_or("", |new| new.text);
    wire.is_sent |= side_of(&shape.file.name).is_some();
    wire.converts |= file.contains(&format!("{}) MarshalJSON(", shape.def.name));
    wire
}

/// Whether the project around a type writes all names in another way on its side.
pub(super) fn is_respelled(view: &View<'_>, shape: &Shape<'_>) -> bool {
    everywhere(shape.file.language).iter().any(|word| {
        let holding = view.input.unchanged.holding(word);
        holding.is_some_and(|files| !files.is_empty())
    })
}

/// The declaration with what is annotated above it.
fn declaration(shape: &Shape<'_>) -> String {
    let Some(new) = &shape.file.new else { return String::new() };
    let all = lines(new.text);
    let from = (shape.def.line as usize).saturating_sub(1).min(all.len());
    let is_note = |line: &&&str| line.trim_start().starts_with(['@', '#']);
    let n_above = all[..from].iter().rev().take_while(is_note).count();
    let own = new.text.get(shape.def.span.clone()).unwrap_or_default();
    format!("{}{}{own}", all[from - n_above..from].concat(), all.get(from).unwrap_or(&""))
}

fn said(language: Language, text: &str) -> Wire {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match language {
        Language::Python => Wire {
            is_sent: has(&["BaseModel", "TypedDict", "Struct", "dataclass_json", "Serializer", "Schema"]),
            respells: has(&["camel", "Camel", "CAMEL", "LetterCase", "rename="]) || is_below_own(text),
            converts: has(&["field_serializer", "json_encoders", "field_validator", "PlainSerializer"]),
            is_stored: has(&["__tablename__", "models.Model", "Mapped[", "SQLModel"]),
        },
        Language::Rust => Wire {
            is_sent: has(&["Serialize", "Deserialize"]),
            respells: !has(&["Serialize", "Deserialize"]) || has(&["cfg_attr"]),
            converts: has(&["serde_as", "with = \"", "serde(skip", "from = \"", "into = \""]),
            is_stored: has(&["FromRow", "Queryable", "Insertable", "DeriveEntityModel"]),
        },
        Language::Go => Wire {
            is_sent: has(&["json:\""]),
            respells: !has(&["json:\""]),
            converts: has(&[",string\""]),
            is_stored: has(&["gorm:\"", "db:\"", "bun:\""]),
        },
        Language::Java => Wire {
            is_sent: true,
            respells: has(&["@JsonNaming"]),
            converts: has(&["@JsonFormat", "@JsonSerialize", "@JsonDeserialize", "@JsonAdapter"]),
            is_stored: has(&["@Entity", "@Table", "@Document"]),
        },
        _ => Wire { is_sent: true, ..Wire::default() },
    }
}

/// Whether a class of Python is below one of the project's own, which may say how names are written.
fn is_below_own(text: &str) -> bool {
    let head = text.split_once("class ").and_then(|(_, rest)| rest.split_once(':'));
    let above = head.and_then(|(head, _)| head.split_once('(')).map_or("", |(_, above)| above);
    let mut above = above.trim_end_matches(')').split(',').map(str::trim).filter(|name| !name.is_empty());
    let known = ["BaseModel", "TypedDict", "NamedTuple", "object", "Struct", "Protocol"];
    above.any(|name| !name.contains('=') && !known.contains(&name.rsplit('.').next().unwrap_or(name)))
}

/// Words that show that a project writes all names in another way.
fn everywhere(language: Language) -> &'static [&'static str] {
    match language {
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            &["camelcaseKeys", "camelizeKeys", "decamelizeKeys", "snakecaseKeys", "humps"]
        }
        Language::Java => &["SNAKE_CASE", "SnakeCaseStrategy"],
        _ => &[],
    }
}

/// The side of a boundary between programs that a path belongs to.
fn side_of(path: &str) -> Option<&'static str> {
    const SIDES: [&str; 18] = [
        "client", "clients", "frontend", "ui", "mobile", "web", "webapp", "server", "backend", "api", "apis",
        "worker", "workers", "wire", "gateway", "dto", "dtos", "sdk",
    ];
    path.split('/').rev().skip(1).find_map(|part| SIDES.iter().find(|side| **side == part)).copied()
}

/// Whether two paths belong to different sides of such a boundary.
pub(super) fn are_two_sides(one: &str, other: &str) -> bool {
    matches!((side_of(one), side_of(other)), (Some(one), Some(other)) if one != other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_tell_how_values_travel() {
        let python = |text: &str| said(Language::Python, text);
        assert!(python("class A(BaseModel):\n    x: int").is_sent);
        assert!(!python("@dataclass\nclass A:\n    x: int").is_sent);
        assert!(python("class A(ApiModel):\n    x: int").respells);
        assert!(!python("class A(BaseModel, extra='allow'):\n    x: int").respells);
        assert!(python("class A(msgspec.Struct, rename='camel'):\n    x: int").respells);
        assert!(said(Language::Go, "type A struct { X int `json:\"x,string\"` }").converts);
        assert!(said(Language::Rust, "#[derive(Debug)]\npub struct A {}").respells);
    }

    #[test]
    fn sides_of_a_boundary() {
        assert!(are_two_sides("client/types.ts", "server/types.ts"));
        assert!(!are_two_sides("api/a.ts", "api/b.ts") && !are_two_sides("src/forms/a.ts", "src/api/a.ts"));
    }
}
