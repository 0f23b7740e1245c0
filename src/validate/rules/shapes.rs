//! Compares two shapes of one type, across languages.

use std::collections::BTreeSet;

use crate::validate::extract::Language;
use crate::validate::model::{Field, Ty};
use crate::validate::names::{akin, concept, norm};

/// How two fields of one pair differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Clash {
    /// A reader can live with it.
    None,
    /// Perhaps: a probable rename, or types that the model cannot see into.
    Soft,
    /// One side cannot read what the other writes.
    Hard,
}

/// Two fields that mean one thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'f> {
    pub(super) left: &'f Field,
    pub(super) right: &'f Field,
    pub(super) naming: Clash,
    pub(super) typing: Clash,
    /// One side may leave it out and the other needs it.
    pub(super) presence: Clash,
}

impl Pair<'_> {
    pub(super) fn clash(&self) -> Clash {
        self.naming.max(self.typing).max(self.presence)
    }
}

/// Whether two fields belong together.
type Fits<'f> = &'f dyn Fn(&Field, &Field) -> bool;

/// The fields of two shapes, paired as far as they can be.
pub(super) fn pairs<'f>(left: &'f [Field], right: &'f [Field]) -> Vec<Pair<'f>> {
    let same_wire = |left: &Field, right: &Field| left.wire == right.wire;
    let same_words = |left: &Field, right: &Field| {
        norm(&left.wire) == norm(&right.wire) || norm(&left.name) == norm(&right.name)
    };
    let similar = |left: &Field, right: &Field| {
        akin(&left.name, &right.name) && typing(&left.ty, &right.ty) != Clash::Hard
    };
    let mut pairs = Vec::new();
    let mut taken = (BTreeSet::new(), BTreeSet::new());
    let steps: [(Fits<'_>, Clash); 3] =
        [(&same_wire, Clash::None), (&same_words, Clash::Hard), (&similar, Clash::Soft)];
    for (fits, naming) in steps {
        for (left_idx, left) in left.iter().enumerate() {
            let mut free = right.iter().enumerate().filter(|(idx, _)| !taken.1.contains(idx));
            let Some((right_idx, right)) = free.find(|(_, right)| fits(left, right)) else { continue };
            if taken.0.insert(left_idx) {
                taken.1.insert(right_idx);
                let typing = typing(&left.ty, &right.ty);
                pairs.push(Pair { left, right, naming, typing, presence: presence(left, right) });
            }
        }
    }
    pairs
}

fn presence(left: &Field, right: &Field) -> Clash {
    if left.optional == right.optional { Clash::None } else { Clash::Soft }
}

/// Whether values of two types can stand for each other on the wire.
pub(super) fn typing(left: &Ty, right: &Ty) -> Clash {
    use Ty::{Any, Bool, Bytes, Date, Decimal, Float, Int, List, Map, Named, Optional, Str, Unit, Uuid};
    match (left, right) {
        _ if left == right => Clash::None,
        (Optional(left), right) | (right, Optional(left)) => typing(left, right),
        (Any, _) | (_, Any) => Clash::None,
        (Int | Decimal, Float) | (Float, Int | Decimal) | (Decimal, Int) | (Int, Decimal) => Clash::None,
        (Str, Date | Bytes | Uuid | Decimal) | (Date | Bytes | Uuid | Decimal, Str) => Clash::None,
        (Date, Int | Float) | (Int | Float, Date) | (Unit, _) | (_, Unit) => Clash::Soft,
        (List(left), List(right)) | (Map(left), Map(right)) => typing(left, right),
        (Named(left), Named(right)) if concept(left) == concept(right) => Clash::None,
        // A name may stand for an enum, a wrapper or another name for the same thing.
        (Named(_), Map(_) | Str | Int | Float | Date | Bytes | Uuid | Decimal)
        | (Map(_) | Str | Int | Float | Date | Bytes | Uuid | Decimal, Named(_)) => Clash::None,
        (Named(_), _) | (_, Named(_)) => Clash::Soft,
        (List(_), Bytes) | (Bytes, List(_)) => Clash::None,
        (List(_) | Map(_) | Str | Int | Float | Bool | Bytes | Date | Uuid | Decimal, _) => Clash::Hard,
    }
}

/// How two types differ, as contract files write them: `int` and `text` for sure, `varchar(20)` and
/// `text` not at all, and what a driver may turn into the same value perhaps.
pub(super) fn written_types(one: &str, other: &str, is_query: bool) -> Clash {
    let (one, other) = (Written::of(one), Written::of(other));
    match (one.sort, other.sort) {
        _ if one.plain.is_empty() || other.plain.is_empty() => Clash::None,
        _ if one.is_list != other.is_list => Clash::Hard,
        (Some(one), Some(other)) if one == other => Clash::None,
        // A row of 0 and 1 is how some databases write a flag, and times are often texts.
        (Some("number"), Some("flag")) | (Some("flag"), Some("number")) => Clash::Soft,
        (Some("text"), Some("time")) | (Some("time"), Some("text")) => Clash::Soft,
        (Some(_), Some(_)) => Clash::Hard,
        // An own type of a database is read as before: an enum, a vector, a document. A query has to
        // select fields of an own type, or no longer.
        _ if is_query && one.plain != other.plain => Clash::Hard,
        _ => Clash::None,
    }
}

/// A type of a contract file, with what sort of value it holds where the name tells.
struct Written {
    plain: String,
    is_list: bool,
    sort: Option<&'static str>,
}

impl Written {
    fn of(ty: &str) -> Self {
        const SORTS: [(&str, &[&str]); 6] = [
            // These hold the names of others.
            ("", &["interval", "point", "enum", "set("]),
            ("number", &["int", "serial", "numeric", "decimal", "float", "double", "real", "money"]),
            ("text", &["text", "char", "string", "uuid", "clob"]),
            ("flag", &["bool"]),
            ("time", &["time", "date"]),
            ("bytes", &["blob", "bytea", "binary"]),
        ];
        let lower = ty.to_ascii_lowercase();
        let is_list = lower.contains('[');
        let plain = lower.trim_matches(['[', ']', '!']).trim_end_matches("!]").to_owned();
        let sorts = SORTS.iter().find(|(_, words)| words.iter().any(|word| plain.contains(word)));
        // GraphQL writes an identifier as a text.
        let sort = if plain == "id" { Some("text") } else { sorts.map(|(sort, _)| *sort) };
        Self { plain, is_list, sort: sort.filter(|sort| !sort.is_empty()) }
    }
}

/// A type as a language writes it; none where the model knows too little.
pub(super) fn type_text(language: Language, ty: &Ty) -> Option<String> {
    let inner = |ty: &Ty| type_text(language, ty);
    Some(match language {
        Language::Python => match ty {
            Ty::Any => return None,
            Ty::Unit => "None".into(),
            Ty::Str => "str".into(),
            Ty::Int => "int".into(),
            Ty::Float => "float".into(),
            Ty::Bool => "bool".into(),
            Ty::Bytes => "bytes".into(),
            Ty::Date => "datetime".into(),
            Ty::Uuid => "UUID".into(),
            Ty::Decimal => "Decimal".into(),
            Ty::List(of) => inner(of).map_or("list".into(), |of| format!("list[{of}]")),
            Ty::Map(of) => inner(of).map_or("dict".into(), |of| format!("dict[str, {of}]")),
            Ty::Optional(of) => format!("{} | None", inner(of)?),
            Ty::Named(name) => name.clone(),
        },
        Language::Rust => match ty {
            Ty::Any => return None,
            Ty::Unit => "()".into(),
            Ty::Str => "String".into(),
            Ty::Int => "i64".into(),
            Ty::Float => "f64".into(),
            Ty::Bool => "bool".into(),
            Ty::Bytes => "Vec<u8>".into(),
            Ty::Date => "SystemTime".into(),
            Ty::Uuid => "Uuid".into(),
            Ty::Decimal => "Decimal".into(),
            Ty::List(of) => format!("Vec<{}>", inner(of)?),
            Ty::Map(of) => format!("HashMap<String, {}>", inner(of)?),
            Ty::Optional(of) => format!("Option<{}>", inner(of)?),
            Ty::Named(name) => name.clone(),
        },
        Language::Go => match ty {
            Ty::Any | Ty::Unit => return None,
            Ty::Str => "string".into(),
            Ty::Int => "int64".into(),
            Ty::Float => "float64".into(),
            Ty::Bool => "bool".into(),
            Ty::Bytes => "[]byte".into(),
            Ty::Date => "time.Time".into(),
            Ty::Uuid => "uuid.UUID".into(),
            Ty::Decimal => "decimal.Decimal".into(),
            Ty::List(of) => format!("[]{}", inner(of)?),
            Ty::Map(of) => format!("map[string]{}", inner(of)?),
            Ty::Optional(of) => format!("*{}", inner(of)?),
            Ty::Named(name) => name.clone(),
        },
        _ => match ty {
            Ty::Any => return None,
            Ty::Unit => "null".into(),
            Ty::Str => "string".into(),
            Ty::Int | Ty::Float => "number".into(),
            Ty::Bool => "boolean".into(),
            Ty::Bytes => "Uint8Array".into(),
            Ty::Date => "Date".into(),
            Ty::Uuid => "string".into(),
            Ty::Decimal => "string".into(),
            Ty::List(of) => inner(of).map_or("unknown[]".into(), |of| format!("Array<{of}>")),
            Ty::Map(of) => inner(of).map_or("object".into(), |of| format!("Record<string, {of}>")),
            Ty::Optional(of) => format!("{} | null", inner(of)?),
            Ty::Named(name) => name.clone(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, ty: Ty) -> Field {
        Field { name: name.into(), wire: name.into(), ty, optional: false, line: 1 }
    }

    #[test]
    fn fields_pair_by_wire_then_words_then_kinship() {
        let left =
            [field("userId", Ty::Str), field("op", Ty::Named("Transform".into())), field("at", Ty::Date)];
        let right =
            [field("operation", Ty::Named("Delta".into())), field("user_id", Ty::Int), field("at", Ty::Str)];
        let found: Vec<_> = pairs(&left, &right)
            .iter()
            .map(|pair| (pair.left.name.clone(), pair.right.name.clone(), pair.naming, pair.typing))
            .collect();
        let expected = [
            ("at", "at", Clash::None, Clash::None),
            ("userId", "user_id", Clash::Hard, Clash::Hard),
            ("op", "operation", Clash::Soft, Clash::Soft),
        ];
        assert_eq!(
            found,
            expected.map(|(left, right, naming, typing)| (left.into(), right.into(), naming, typing))
        );
    }

    #[test]
    fn what_contract_files_write() {
        for (one, other, clash) in [
            ("integer", "text", Clash::Hard),
            ("text", "integer[]", Clash::Hard),
            ("int", "bigint", Clash::None),
            ("varchar(20)", "text", Clash::None),
            ("json", "jsonb", Clash::None),
            ("enum(a, b)", "enum(a, b, c)", Clash::None),
            ("vector(384)", "vector(768)", Clash::None),
            ("varchar(20)", "order_status", Clash::None),
            ("tinyint(1)", "boolean", Clash::Soft),
            ("text", "timestamptz", Clash::Soft),
            ("interval", "bigint", Clash::None),
            ("", "text", Clash::None),
        ] {
            assert_eq!(written_types(one, other, false), clash, "{one} {other}");
        }
        for (one, other, clash) in [
            ("ID", "String!", Clash::None),
            ("[User]", "[User!]!", Clash::None),
            ("[User]", "UserPage", Clash::Hard),
            ("String", "Name", Clash::Hard),
        ] {
            assert_eq!(written_types(one, other, true), clash, "{one} {other}");
        }
    }

    #[test]
    fn what_json_carries_over_is_no_clash() {
        let list = |ty| Ty::List(Box::new(ty));
        for (left, right, clash) in [
            (Ty::Int, Ty::Float, Clash::None),
            (Ty::Str, Ty::Date, Clash::None),
            (Ty::Any, list(Ty::Int), Clash::None),
            (Ty::Optional(Box::new(Ty::Str)), Ty::Str, Clash::None),
            (Ty::Named("UserDto".into()), Ty::Named("User".into()), Clash::None),
            (Ty::Named("Op".into()), Ty::Named("Delta".into()), Clash::Soft),
            (Ty::Str, Ty::Int, Clash::Hard),
            (list(Ty::Str), list(Ty::Int), Clash::Hard),
            (list(Ty::Str), Ty::Str, Clash::Hard),
            (Ty::Bool, Ty::Int, Clash::Hard),
            (Ty::Uuid, Ty::Str, Clash::None),
            (Ty::Decimal, Ty::Float, Clash::None),
            (Ty::Uuid, Ty::Int, Clash::Hard),
        ] {
            assert_eq!(typing(&left, &right), clash, "{left:?} {right:?}");
            assert_eq!(typing(&right, &left), clash, "{right:?} {left:?}");
        }
    }
}
