//! TOML, from the parser that also edits the project's own files.

use toml_edit::{Document as Parsed, Item, TableLike, Value as Plain};

use super::{Document, Node, Pair, Unread, Value};

pub(super) fn read(text: &str) -> Result<Document, Unread> {
    let lines = Lines::new(text);
    let parsed = Parsed::parse(text)
        .map_err(|error| Unread::Syntax(lines.of(error.span().map_or(0, |span| span.start))))?;
    Ok(Document { root: table(parsed.as_table(), 1, &lines), lenient: false })
}

/// Where lines start.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    fn of(&self, at: usize) -> u32 {
        self.0.partition_point(|start| *start <= at) as u32 + 1
    }
}

/// The parser bounds the depth.
fn table(table: &dyn TableLike, line: u32, lines: &Lines) -> Value {
    let pairs = table.iter().map(|(name, item)| {
        let span = table.key(name).and_then(|key| key.span()).or_else(|| item.span());
        let line = span.map_or(line, |span| lines.of(span.start));
        Pair { key: name.to_owned(), line, value: value(item, line, lines) }
    });
    Value { node: Node::Map(pairs.collect()), line }
}

fn value(item: &Item, line: u32, lines: &Lines) -> Value {
    match item {
        Item::None => Value { node: Node::Scalar(String::new()), line },
        Item::Table(inner) => table(inner, line, lines),
        Item::ArrayOfTables(tables) => {
            let line_of =
                |span: Option<std::ops::Range<usize>>| span.map_or(line, |span| lines.of(span.start));
            let items = tables.iter().map(|inner| table(inner, line_of(inner.span()), lines));
            Value { node: Node::List(items.collect()), line }
        }
        Item::Value(inner) => plain(inner, line, lines),
    }
}

fn plain(value: &Plain, line: u32, lines: &Lines) -> Value {
    let line = value.span().map_or(line, |span| lines.of(span.start));
    let node = match value {
        Plain::String(text) => Node::Scalar(text.value().clone()),
        Plain::Integer(number) => Node::Scalar(number.value().to_string()),
        Plain::Float(number) => Node::Scalar(number.value().to_string()),
        Plain::Boolean(flag) => Node::Scalar(flag.value().to_string()),
        Plain::Datetime(time) => Node::Scalar(time.value().to_string()),
        Plain::Array(items) => Node::List(items.iter().map(|item| plain(item, line, lines)).collect()),
        Plain::InlineTable(inner) => return table(inner, line, lines),
    };
    Value { node, line }
}
