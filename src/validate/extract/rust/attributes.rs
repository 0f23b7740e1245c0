//! What attributes say, read from their text.

use crate::validate::extract::node::Node;
use crate::validate::extract::walk::{Rename, Walk};

/// The marks that matter here.
#[derive(Default)]
pub(super) struct Marks<'a> {
    pub(super) is_test: bool,
    /// Compiled under a condition, so another may bear the same name.
    pub(super) is_conditional: bool,
    pub(super) is_exported_macro: bool,
    /// `serde(rename = "…")`.
    pub(super) wire: Option<&'a str>,
    /// `serde(rename_all = "…")`.
    pub(super) renames: Option<Rename>,
    pub(super) has_default: bool,
    /// Whether a macro makes it stand for what it holds.
    pub(super) derefs: bool,
    pub(super) is_skipped: bool,
    /// Whether a macro may make another function of it, such as one that gives back something else.
    pub(super) may_rewrite: bool,
}

/// Attributes that leave what a function takes and gives back as it is written.
const PLAIN: [&str; 42] = [
    "allow",
    "async_recursion",
    "async_trait",
    "automatically_derived",
    "bench",
    "cached",
    "cfg_attr",
    "classmethod",
    "cold",
    "command",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "export_name",
    "forbid",
    "getter",
    "ignore",
    "inline",
    "instrument",
    "link_section",
    "main",
    "must_use",
    "napi",
    "new",
    "no_mangle",
    "pyfunction",
    "rustc_const_unstable",
    "rustc_const_stable",
    "setter",
    "should_panic",
    "skip",
    "stable",
    "staticmethod",
    "target_feature",
    "test_log",
    "track_caller",
    "unsafe",
    "unstable",
    "warn",
    "wasm_bindgen",
    "rustc_inherit_overflow_checks",
];

impl<'a> Marks<'a> {
    pub(super) fn of(walk: &Walk<'a>) -> Self {
        let mut marks = Self::default();
        for attribute in walk.attributes() {
            marks.read(content(*attribute, walk));
        }
        marks
    }

    fn read(&mut self, attribute: &'a str) {
        let path = attribute.split(['(', '=', ' ']).next().unwrap_or_default();
        match path.rsplit("::").next().unwrap_or_default() {
            "test" | "rstest" | "test_case" => self.is_test = true,
            "cfg" => {
                let is_test = has_word(attribute, "test") && !attribute.contains("not(");
                self.is_test |= is_test;
                // There is no second `mod tests`.
                self.is_conditional |= !is_test;
            }
            "derive" => self.derefs |= has_word(attribute, "Deref"),
            "macro_export" => self.is_exported_macro = true,
            "serde" => self.read_serde(attribute),
            name => self.may_rewrite |= !PLAIN.contains(&name),
        }
    }

    fn read_serde(&mut self, attribute: &'a str) {
        self.wire = self.wire.or_else(|| value(attribute, "rename"));
        self.renames = self.renames.or_else(|| case(value(attribute, "rename_all")?));
        self.has_default |= has_word(attribute, "default");
        self.is_skipped |= has_word(attribute, "skip");
    }
}

/// `serde(rename = "x")` of `#[serde(rename = "x")]`; a very long attribute is of no interest.
fn content<'a>(attribute: Node<'a>, walk: &Walk<'a>) -> &'a str {
    let text = walk.text(attribute);
    if text.len() > 4096 {
        return "";
    }
    text.trim_start_matches(['#', '[', ' ']).trim_end_matches([']', ' '])
}

/// The string after a word, as in `rename = "x"` or `rename(serialize = "x")`.
fn value<'a>(attribute: &'a str, word: &str) -> Option<&'a str> {
    let start = word_at(attribute, word)? + word.len();
    let rest = attribute.get(start..)?;
    let content = rest.trim_start().strip_prefix(['=', '('])?.split_once('"')?.1;
    Some(content.split_once('"')?.0)
}

fn has_word(attribute: &str, word: &str) -> bool {
    word_at(attribute, word).is_some()
}

fn word_at(attribute: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let found = attribute.match_indices(word).find(|(start, _)| {
        let before = attribute[..*start].chars().next_back();
        let after = attribute[start + word.len()..].chars().next();
        !before.is_some_and(|c| is_part(c) || c == '"') && !after.is_some_and(is_part)
    });
    found.map(|(start, _)| start)
}

/// How a rule of `rename_all` spells a name that is in snake case.
fn case(rule: &str) -> Option<Rename> {
    Some(match rule {
        "lowercase" | "snake_case" => |name| name.to_owned(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => |name| name.to_uppercase(),
        "kebab-case" => |name| name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => |name| name.replace('_', "-").to_uppercase(),
        "PascalCase" => |name| capitals(name, 0),
        "camelCase" => |name| capitals(name, 1),
        _ => return None,
    })
}

/// Joins the words of a name, with a capital from word `from` on.
fn capitals(name: &str, from: usize) -> String {
    let mut joined = String::new();
    for (index, word) in name.split('_').filter(|word| !word.is_empty()).enumerate() {
        let mut chars = word.chars();
        match chars.next() {
            Some(first) if index >= from => joined.extend(first.to_uppercase().chain(chars)),
            _ => joined.push_str(word),
        }
    }
    joined
}
