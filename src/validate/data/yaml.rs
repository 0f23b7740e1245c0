//! YAML, from the events of a parser: aliases stay what they are.

use saphyr_parser::{Event, Parser, Span};

use super::{DEPTH, Document, Node, Pair, Unread, VALUES, Value};

pub(super) fn read(text: &str) -> Result<Document, Unread> {
    let mut builder = Builder::default();
    let mut last = 1;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Unread::Syntax(line_of(error.marker().line())))?;
        last = line_of(span.start.line());
        builder.take(&event, span)?;
    }
    // Of several documents the first is the one that contracts are in; the others only have to load.
    let root = builder.documents.into_iter().next();
    let empty = Value { node: Node::Scalar(String::new()), line: last };
    Ok(Document { root: root.unwrap_or(empty), lenient: false })
}

fn line_of(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX).max(1)
}

/// A list or map that is not closed yet.
struct Open {
    line: u32,
    items: Vec<Value>,
    pairs: Option<Vec<Pair>>,
    key: Option<(String, u32)>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    documents: Vec<Value>,
    values: usize,
}

impl Builder {
    fn take(&mut self, event: &Event<'_>, span: Span) -> Result<(), Unread> {
        let line = line_of(span.start.line());
        match event {
            Event::Scalar(text, ..) => self.add(Value { node: Node::Scalar(text.to_string()), line })?,
            Event::Alias(_) => self.add(Value { node: Node::Alias, line })?,
            Event::SequenceStart(..) => self.start(line, None)?,
            Event::MappingStart(..) => self.start(line, Some(Vec::new()))?,
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let node = open.pairs.map_or(Node::List(open.items), Node::Map);
                self.add(Value { node, line: open.line })?;
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, line: u32, pairs: Option<Vec<Pair>>) -> Result<(), Unread> {
        if self.open.len() >= DEPTH {
            return Err(Unread::TooLarge);
        }
        self.open.push(Open { line, items: Vec::new(), pairs, key: None });
        Ok(())
    }

    fn add(&mut self, value: Value) -> Result<(), Unread> {
        self.values += 1;
        if self.values > VALUES {
            return Err(Unread::TooLarge);
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(value);
            return Ok(());
        };
        match (&mut open.pairs, open.key.take()) {
            (None, _) => open.items.push(value),
            (Some(pairs), Some((key, line))) => pairs.push(Pair { key, line, value }),
            (Some(_), None) => {
                let line = value.line;
                // A key that is itself a list or map has no name.
                let key = match value.node {
                    Node::Scalar(text) => text,
                    _ => format!("? {}", self.values),
                };
                open.key = Some((key, line));
            }
        }
        Ok(())
    }
}
