//! Splits SQL into statements and words.

/// One word, name, number, string or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'s> {
    pub(super) text: &'s str,
    pub(super) sort: Sort,
    pub(super) line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A bare word: a keyword or a name.
    Word,
    /// A quoted name, without its quotes.
    Quoted,
    String,
    Number,
    Sign,
}

/// The tokens of one statement.
#[derive(Debug)]
pub(super) struct Statement<'s>(pub(super) Vec<Token<'s>>);

impl<'s> Statement<'s> {
    pub(super) fn cursor<'t>(&'t self) -> Cursor<'t, 's> {
        Cursor { tokens: &self.0, at: 0 }
    }
}

/// Longer statements are data.
const TOKENS: usize = 20_000;

/// All statements of a text; what stands in none, such as commands of a client, is left out.
pub(super) fn statements(source: &str) -> Vec<Statement<'_>> {
    let mut all = Vec::new();
    let mut tokens = Vec::new();
    let mut scanner = Scanner { source, at: 0, line: 1 };
    while let Some(token) = scanner.next() {
        if token.text == ";" {
            all.push(Statement(std::mem::take(&mut tokens)));
        } else if tokens.len() < TOKENS {
            tokens.push(token);
        }
    }
    all.push(Statement(tokens));
    all.retain(|statement| !statement.0.is_empty());
    all
}

struct Scanner<'s> {
    source: &'s str,
    at: usize,
    line: u32,
}

impl<'s> Scanner<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    /// Moves on by bytes and counts lines.
    fn skip(&mut self, length: usize) -> &'s str {
        let text = &self.rest()[..length];
        self.line += text.bytes().filter(|byte| *byte == b'\n').count() as u32;
        self.at += length;
        text
    }

    /// Moves past the next `end`, or to the end of the text.
    fn skip_past(&mut self, start: usize, end: &str) -> &'s str {
        let rest = &self.rest()[start..];
        let length = rest.find(end).map_or(rest.len(), |at| at + end.len());
        self.skip(start + length)
    }

    fn next(&mut self) -> Option<Token<'s>> {
        loop {
            let rest = self.rest();
            let first = rest.chars().next()?;
            let at_line_start = self.at == 0 || self.source[..self.at].ends_with('\n');
            if first.is_whitespace() {
                self.skip(first.len_utf8());
            } else if rest.starts_with("--") || first == '#' || (first == '\\' && at_line_start) {
                self.skip_past(0, "\n");
            } else if rest.starts_with("/*") {
                self.skip_past(2, "*/");
            } else {
                return Some(self.token(first));
            }
        }
    }

    fn token(&mut self, first: char) -> Token<'s> {
        let (line, rest) = (self.line, self.rest());
        let (text, sort) = match first {
            '\'' => (self.quoted('\''), Sort::String),
            '"' => (self.quoted('"'), Sort::Quoted),
            '`' => (self.quoted('`'), Sort::Quoted),
            '[' if bracketed(rest) => {
                let text = self.skip_past(1, "]");
                (text.trim_matches(['[', ']']), Sort::Quoted)
            }
            '{' if rest.starts_with("{{") => {
                self.skip_past(2, "}}");
                ("{}", Sort::Word)
            }
            '{' if rest.starts_with("{}") => (self.skip(2), Sort::Word),
            '$' if dollar(rest).is_some() => {
                let mark = dollar(rest).unwrap_or("$$");
                (self.skip_past(mark.len(), mark), Sort::String)
            }
            // The hole of a format.
            '%' if ["%s", "%d"].iter().any(|hole| rest.starts_with(hole)) => (self.skip(2), Sort::Number),
            '%' if rest.starts_with("%(") => (self.skip_past(1, ")s"), Sort::Number),
            _ if is_part(first) => {
                let length = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
                let sort = if first.is_ascii_digit() { Sort::Number } else { Sort::Word };
                (self.skip(length), sort)
            }
            _ => (self.skip(first.len_utf8()), Sort::Sign),
        };
        Token { text, sort, line }
    }

    /// A quoted text without its quotes; a doubled quote goes on.
    fn quoted(&mut self, quote: char) -> &'s str {
        let rest = self.rest();
        let mut end = 1;
        while let Some(found) = rest[end..].find(quote) {
            end += found + 1;
            if !rest[end..].starts_with(quote) {
                let text = self.skip(end);
                return &text[1..end - 1];
            }
            end += 1;
        }
        let text = self.skip(rest.len());
        &text[1..]
    }
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '@')
}

/// Whether a bracket quotes a name and does not make an array.
fn bracketed(rest: &str) -> bool {
    let inner = rest[1..].split(']').next().unwrap_or_default();
    !inner.is_empty()
        && inner.chars().all(|char| char.is_alphanumeric() || char == '_' || char == ' ')
        && !inner.starts_with(|char: char| char.is_ascii_digit())
}

/// The mark of a dollar-quoted text.
fn dollar(rest: &str) -> Option<&str> {
    let end = rest[1..].find('$')? + 2;
    let tag = &rest[1..end - 1];
    (tag.chars().all(is_part) && !tag.starts_with(|char: char| char.is_ascii_digit())).then(|| &rest[..end])
}

/// A place in a statement.
#[derive(Clone)]
pub(super) struct Cursor<'t, 's> {
    tokens: &'t [Token<'s>],
    at: usize,
}

/// A name with the line it stands on.
pub(super) struct Name {
    pub(super) text: String,
    /// What stands before its last dot: the schema of a table. Empty where nothing does.
    pub(super) schema: String,
    pub(super) line: u32,
}

impl<'t, 's> Cursor<'t, 's> {
    pub(super) fn over(tokens: &'t [Token<'s>]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<Token<'s>> {
        self.tokens.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<Token<'s>> {
        self.tokens.get(self.at + ahead).copied()
    }

    pub(super) fn advance(&mut self) -> Option<Token<'s>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    pub(super) fn rest(&self) -> &'t [Token<'s>] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    /// The next bare word in lower case, taken; empty when something else is next.
    pub(super) fn keyword(&mut self) -> String {
        match self.peek() {
            Some(token) if token.sort == Sort::Word => {
                self.at += 1;
                token.text.to_ascii_lowercase()
            }
            _ => String::new(),
        }
    }

    /// Takes all these words in turn, or none.
    pub(super) fn take(&mut self, words: &[&str]) -> bool {
        let is_next = words.iter().enumerate().all(|(ahead, word)| {
            self.peek_at(ahead)
                .is_some_and(|token| token.sort == Sort::Word && token.text.eq_ignore_ascii_case(word))
        });
        self.at += if is_next { words.len() } else { 0 };
        is_next
    }

    pub(super) fn take_sign(&mut self, sign: &str) -> bool {
        let is_next = self.peek().is_some_and(|token| token.sort == Sort::Sign && token.text == sign);
        self.at += usize::from(is_next);
        is_next
    }

    /// The last part of a name such as `public.users`, in lower case.
    pub(super) fn name(&mut self) -> Option<Name> {
        let mut last: Option<Name> = None;
        loop {
            let token = self.peek().filter(|token| matches!(token.sort, Sort::Word | Sort::Quoted));
            let Some(token) = token else { return last };
            self.at += 1;
            let schema = last.map(|before| before.text).filter(|schema| !schema.contains('{'));
            let (text, schema) = (token.text.to_lowercase(), schema.unwrap_or_default());
            last = Some(Name { text, schema, line: token.line });
            if !self.take_sign(".") {
                return last;
            }
        }
    }

    /// The tokens up to the bracket that closes the one just taken, split at commas.
    pub(super) fn members(&mut self) -> Vec<&'t [Token<'s>]> {
        let mut members = Vec::new();
        let (mut depth, mut start) = (0_usize, self.at);
        while let Some(token) = self.peek() {
            match (token.text, token.sort) {
                ("(", Sort::Sign) => depth += 1,
                (")", Sort::Sign) if depth == 0 => break,
                (")", Sort::Sign) => depth -= 1,
                (",", Sort::Sign) if depth == 0 => {
                    members.push(&self.tokens[start..self.at]);
                    start = self.at + 1;
                }
                _ => {}
            }
            self.at += 1;
        }
        members.push(self.tokens.get(start..self.at).unwrap_or_default());
        self.at += 1;
        members.retain(|member| !member.is_empty());
        members
    }
}
