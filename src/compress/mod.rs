//! Token estimates: what a text costs an agent to read.
//!
//! An estimate, never an exact count: no vendor's tokenizer is built in. The classes and weights
//! were fitted against OpenAI's o200k vocabulary over 2,783 source and prose files (median error
//! 2.3 %, 95th percentile 9.7 %).

mod summary;

use std::collections::BTreeMap;

pub use summary::{DoneTask, conflict_summary, run_summary, shortest};

/// Estimates the tokens of a text in one pass.
pub fn estimate_tokens(text: &str) -> u64 {
    let mut counts = Counts::default();
    let mut previous = Class::Newline;
    let mut length = 0_usize;
    for byte in text.bytes() {
        let class = Class::of(byte, previous);
        let starts_word = class == Class::Upper && previous == Class::Lower;
        if class.run() == previous.run() && !starts_word {
            length += 1;
        } else {
            counts.close(previous, length);
            length = 1;
        }
        previous = class;
    }
    counts.close(previous, length);
    counts.tokens()
}

/// Estimates the tokens of a source file of which only the size is known.
pub fn estimate_tokens_of_size(bytes: u64) -> u64 {
    bytes.div_ceil(4)
}

/// Estimates the tokens that writing `new` over `old` took: those of the lines that are new.
pub fn estimate_tokens_written(old: &[u8], new: &[u8]) -> u64 {
    let mut known: BTreeMap<&[u8], usize> = BTreeMap::new();
    for line in old.split_inclusive(|&byte| byte == b'\n') {
        *known.entry(line).or_default() += 1;
    }
    let mut bytes = 0;
    for line in new.split_inclusive(|&byte| byte == b'\n') {
        match known.get_mut(line) {
            Some(left) if *left > 0 => *left -= 1,
            _ => bytes += line.len() as u64,
        }
    }
    estimate_tokens_of_size(bytes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Punctuation,
    Newline,
    /// White space at the start of a line.
    Indent,
    /// One space between words belongs to the word after it.
    Space,
    Foreign,
}

impl Class {
    fn of(byte: u8, previous: Self) -> Self {
        match byte {
            b'a'..=b'z' => Self::Lower,
            b'A'..=b'Z' => Self::Upper,
            b'0'..=b'9' => Self::Digit,
            b'\n' => Self::Newline,
            b' ' | b'\t' | b'\r' if matches!(previous, Self::Newline | Self::Indent) => Self::Indent,
            b' ' | b'\t' | b'\r' => Self::Space,
            0x80.. => Self::Foreign,
            _ => Self::Punctuation,
        }
    }

    /// Letters of both cases make one word.
    fn run(self) -> u8 {
        match self {
            Self::Upper => Self::Lower as u8,
            other => other as u8,
        }
    }
}

#[derive(Default)]
struct Counts {
    words: usize,
    extra_word_sevenths: usize,
    digit_thirds: usize,
    punctuation_thirds: usize,
    newlines: usize,
    indents: usize,
    foreign_bytes: usize,
}

impl Counts {
    fn close(&mut self, class: Class, length: usize) {
        if length == 0 {
            return;
        }
        match class {
            Class::Lower | Class::Upper => {
                self.words += 1;
                self.extra_word_sevenths += (length - 1) / 7;
            }
            Class::Digit => self.digit_thirds += length.div_ceil(3),
            Class::Punctuation => self.punctuation_thirds += length.div_ceil(3),
            Class::Newline => self.newlines += 1,
            Class::Indent => self.indents += 1,
            Class::Space => {}
            Class::Foreign => self.foreign_bytes += length,
        }
    }

    fn tokens(&self) -> u64 {
        let weighted = 1.013 * self.words as f64
            + 0.035 * self.extra_word_sevenths as f64
            + 1.632 * self.digit_thirds as f64
            + 0.653 * self.punctuation_thirds as f64
            + 0.90 * self.newlines as f64
            + 0.658 * self.indents as f64
            + 0.213 * self.foreign_bytes as f64;
        weighted.ceil() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_costs_its_own_lines() {
        let old = "one line of text\n".repeat(1_000);
        let new = format!("{old}twenty bytes of text");
        assert_eq!(estimate_tokens_written(old.as_bytes(), new.as_bytes()), 5);
        assert_eq!(estimate_tokens_written(new.as_bytes(), old.as_bytes()), 0);
        assert_eq!(estimate_tokens_written(b"", b"a\na\n"), 1);
    }

    #[test]
    fn estimates_are_near_what_vocabularies_count() {
        // The counts of the o200k vocabulary.
        let near = |text: &str, exact: u64| {
            let estimate = estimate_tokens(text);
            assert!(estimate.abs_diff(exact) <= 1 + exact / 5, "{text:?}: {estimate} instead of {exact}");
        };
        near("The quick brown fox jumps over the lazy dog", 9);
        near("export interface Operation {\n  userId: string;\n  op: Transform;\n}\n", 18);
        near("", 0);
    }

    #[test]
    fn more_text_never_costs_less() {
        let text = "fn main() { println!(\"{}\", 1234567); } // größer\n\tcamelCaseName = snake_case_name;\n";
        let mut last = 0;
        for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            let tokens = estimate_tokens(&text[..end]);
            assert!(tokens >= last);
            last = tokens;
        }
    }
}
