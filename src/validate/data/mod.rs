//! Reads JSON, YAML and TOML into one untyped tree with places.
//!
//! Keys that stand twice are kept, because two branches that add one key are what this is for.
//! Aliases are never followed and depth and size are bounded, so no input costs more than its
//! length.

mod json;
mod toml;
mod yaml;

use std::collections::BTreeMap;

/// Deeper values are not read.
const DEPTH: usize = 96;
/// More values in one file are not read.
const VALUES: usize = 400_000;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Yaml,
    Toml,
}

/// A value with the line it starts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub node: Node,
    pub line: u32,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A string, number, boolean or null as written, without quotes.
    Scalar(String),
    List(Vec<Value>),
    Map(Vec<Pair>),
    /// Another mention of a YAML anchor.
    Alias,
}

/// One key of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub key: String,
    pub line: u32,
    pub value: Value,
}

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub root: Value,
    /// Whether strict readers refuse it: JSON with a comma too many.
    pub lenient: bool,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It is not what it says it is.
    Syntax(u32),
    /// It is larger than anything that people write.
    TooLarge,
}

/// Reads a text.
pub fn read(format: Format, text: &str) -> Result<Document, Unread> {
    match format {
        Format::Json => self::json::read(text),
        Format::Yaml => self::yaml::read(text),
        Format::Toml => self::toml::read(text),
    }
}

impl Value {
    /// The value of a key.
    pub fn field(&self, key: &str) -> Option<&Self> {
        self.pairs().iter().find(|pair| pair.key == key).map(|pair| &pair.value)
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.field(key))
    }

    /// The keys of a map; none for anything else.
    pub fn pairs(&self) -> &[Pair] {
        match &self.node {
            Node::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The members of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.node {
            Node::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Scalar(text) => Some(text),
            _ => None,
        }
    }
}

/// The keys that stand more than once in one map: path, how often, and the last line.
pub fn repeated(root: &Value) -> BTreeMap<String, (usize, u32)> {
    let mut found = BTreeMap::new();
    let mut pending = vec![(String::new(), root)];
    while let Some((path, value)) = pending.pop() {
        let mut seen: BTreeMap<&str, (usize, u32)> = BTreeMap::new();
        for pair in value.pairs() {
            let count = seen.entry(&pair.key).or_default();
            *count = (count.0 + 1, pair.line);
            if matches!(pair.value.node, Node::List(_) | Node::Map(_)) {
                pending.push((joined(&path, &pair.key), &pair.value));
            }
        }
        let many = seen.into_iter().filter(|(key, (count, _))| *count > 1 && *key != "<<");
        found.extend(many.map(|(key, count)| (joined(&path, key), count)));
        let nested = value.items().iter().filter(|item| !matches!(item.node, Node::Scalar(_) | Node::Alias));
        pending.extend(nested.map(|item| (format!("{path}[]"), item)));
    }
    found
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'v>(document: &'v Document, path: &[&str]) -> Option<&'v str> {
        document.root.at(path)?.text()
    }

    #[test]
    fn one_tree_from_three_formats() {
        let json = "// note\n{\"a\": {\"b\": [1, \"x\\n\\u0041\"]}, \"c\": true}";
        let yaml = "a:\n  b: [1, \"x\\nA\"]\nc: true\n";
        let toml = "c = true\n[a]\nb = [1, \"x\\nA\"]\n";
        for (format, source) in [(Format::Json, json), (Format::Yaml, yaml), (Format::Toml, toml)] {
            let document = read(format, source).unwrap();
            assert_eq!(text(&document, &["c"]), Some("true"), "{source}");
            let list = document.root.at(&["a", "b"]).unwrap().items();
            let texts: Vec<_> = list.iter().map(|item| item.text().unwrap()).collect();
            assert_eq!(texts, ["1", "x\nA"], "{source}");
        }
    }

    #[test]
    fn keys_know_their_lines() {
        let json = read(Format::Json, "{\n \"a\": 1,\n \"b\":\n {\"c\": 2}\n}").unwrap();
        let lines: Vec<u32> = json.root.pairs().iter().map(|pair| pair.line).collect();
        assert_eq!(lines, [2, 3]);
        let yaml = read(Format::Yaml, "# é\na: 1\nb:\n  c: 2\n").unwrap();
        assert_eq!(yaml.root.field("b").unwrap().pairs()[0].line, 4);
        let toml = read(Format::Toml, "a = 1\n[t]\nb = 2\n[[l]]\nc = 1\n[[l]]\nc = 2\n").unwrap();
        assert_eq!(toml.root.field("t").unwrap().pairs()[0].line, 3);
        assert_eq!(toml.root.field("l").unwrap().items().len(), 2);
    }

    #[test]
    fn repeated_keys_are_found() {
        let json =
            read(Format::Json, "{\"a\": {\"x\": 1,\n\"x\": 2}, \"l\": [{\"y\": 1, \"y\": 1}]}").unwrap();
        let expected = BTreeMap::from([("a.x".to_owned(), (2, 2)), ("l[].y".to_owned(), (2, 2))]);
        assert_eq!(repeated(&json.root), expected);
        let yaml = read(Format::Yaml, "a:\n  x: 1\n  x: 2\n").unwrap();
        assert_eq!(repeated(&yaml.root), BTreeMap::from([("a.x".to_owned(), (2, 3))]));
    }

    #[test]
    fn what_does_not_load_is_said() {
        for (format, bad) in [
            (Format::Json, "{\"a\": 1\n\"b\": 2}"),
            (Format::Json, "{\"a\": [1, 2}"),
            (Format::Json, "{\"a\": 1} x"),
            (Format::Json, "\"open"),
            (Format::Json, ""),
            (Format::Yaml, "a: 1\n b: 2\n  c\n"),
            (Format::Yaml, "a: [1, 2\nb: 3\n"),
            (Format::Toml, "a = 1\na = 2\n"),
            (Format::Toml, "[t]\nx = \n"),
        ] {
            assert!(matches!(read(format, bad), Err(Unread::Syntax(_))), "{bad:?}: {:?}", read(format, bad));
        }
        assert!(read(Format::Json, "{\"a\": [1,],}").unwrap().lenient);
        assert!(!read(Format::Json, "{\"a\": [1]}").unwrap().lenient);
    }

    #[test]
    fn hostile_input_is_bounded() {
        for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "- ".repeat(100_000)] {
            assert!(read(Format::Json, &text).is_err());
            assert!(read(Format::Yaml, &text).is_err());
        }
        let bomb: String = (0..40)
            .map(|level| match level {
                0 => "a0: &a0 [x, x]\n".to_owned(),
                _ => format!("a{level}: &a{level} [*a{0}, *a{0}, *a{0}, *a{0}]\n", level - 1),
            })
            .collect();
        let document = read(Format::Yaml, &bomb).unwrap();
        assert_eq!(document.root.pairs().len(), 40);
        let many = format!("[{}1]", "1,".repeat(VALUES));
        assert_eq!(read(Format::Json, &many), Err(Unread::TooLarge));
        let keys: String = (0..VALUES).map(|key| format!("k{key}: 1\n")).collect();
        assert_eq!(read(Format::Yaml, &keys), Err(Unread::TooLarge));
    }
}
