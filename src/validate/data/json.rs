//! JSON, with the comments and commas that configuration files allow themselves.

use super::{DEPTH, Document, Node, Pair, Unread, VALUES, Value};

pub(super) fn read(text: &str) -> Result<Document, Unread> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { text, at: 0, line: 1, values: 0, lenient: false };
    let root = reader.value(0)?;
    reader.skip();
    match reader.peek() {
        None => Ok(Document { root, lenient: reader.lenient }),
        Some(_) => Err(reader.wrong()),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    values: usize,
    lenient: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong(&self) -> Unread {
        Unread::Syntax(self.line)
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn require(&mut self, byte: u8) -> Result<(), Unread> {
        if self.take(byte) { Ok(()) } else { Err(self.wrong()) }
    }

    /// Skips white space and comments.
    fn skip(&mut self) {
        loop {
            match self.peek() {
                Some(b'\n') => self.line += 1,
                Some(b' ' | b'\t' | b'\r') => {}
                Some(b'/') if self.text[self.at..].starts_with("//") => {
                    let rest = &self.text[self.at..];
                    self.at += rest.find('\n').unwrap_or(rest.len());
                    continue;
                }
                Some(b'/') if self.text[self.at..].starts_with("/*") => {
                    let rest = &self.text[self.at..];
                    let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
                    self.line += rest[..end].matches('\n').count() as u32;
                    self.at += end;
                    continue;
                }
                _ => return,
            }
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Unread> {
        self.skip();
        self.values += 1;
        if depth > DEPTH || self.values > VALUES {
            return Err(Unread::TooLarge);
        }
        let line = self.line;
        let node = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Node::Scalar(self.string()?),
            _ => Node::Scalar(self.word()?),
        };
        Ok(Value { node, line })
    }

    fn map(&mut self, depth: usize) -> Result<Node, Unread> {
        self.at += 1;
        let mut pairs = Vec::new();
        loop {
            self.skip();
            if self.closes(b'}', !pairs.is_empty()) {
                return Ok(Node::Map(pairs));
            }
            let line = self.line;
            let key = self.string()?;
            self.skip();
            self.require(b':')?;
            pairs.push(Pair { key, line, value: self.value(depth + 1)? });
            if self.ends(b'}')? {
                return Ok(Node::Map(pairs));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Node, Unread> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip();
            if self.closes(b']', !items.is_empty()) {
                return Ok(Node::List(items));
            }
            items.push(self.value(depth + 1)?);
            if self.ends(b']')? {
                return Ok(Node::List(items));
            }
        }
    }

    /// Whether the closing bracket comes where a member could; after a comma that is lenient.
    fn closes(&mut self, bracket: u8, after_comma: bool) -> bool {
        let closed = self.take(bracket);
        self.lenient |= closed && after_comma;
        closed
    }

    /// Reads what follows a member: a comma, or the end.
    fn ends(&mut self, bracket: u8) -> Result<bool, Unread> {
        self.skip();
        if self.take(bracket) {
            return Ok(true);
        }
        self.require(b',')?;
        Ok(false)
    }

    fn string(&mut self) -> Result<String, Unread> {
        self.require(b'"')?;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest.find(['"', '\\', '\n']).ok_or_else(|| self.wrong())?;
            out.push_str(&rest[..end]);
            self.at += end + 1;
            match rest.as_bytes()[end] {
                b'"' => return Ok(out),
                b'\\' => out.push(self.escaped()?),
                _ => return Err(self.wrong()),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Unread> {
        let sign = self.peek().ok_or_else(|| self.wrong())?;
        self.at += 1;
        Ok(match sign {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'"' | b'\\' | b'/' => char::from(sign),
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4).ok_or_else(|| self.wrong())?;
                let code = u32::from_str_radix(digits, 16).map_err(|_| self.wrong())?;
                self.at += 4;
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(self.wrong()),
        })
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<String, Unread> {
        let rest = &self.text[self.at..];
        let part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '+' | '.');
        let end = rest.find(|char| !part(char)).unwrap_or(rest.len());
        let word = &rest[..end];
        let known = matches!(word, "true" | "false" | "null") || word.parse::<f64>().is_ok();
        if !known {
            return Err(self.wrong());
        }
        self.at += end;
        Ok(word.to_owned())
    }
}
