//! The trailer block of a commit message, in one strict grammar.
//!
//! Git's own parsers disagree on crafted messages (scissors, dividers, comments, folded lines), so
//! ours knows only this: the block is the last paragraph, every line of it is `Key: value`, and
//! nothing else. A second, forgiving mode collects `Orca-` lines from squashed messages.

/// One line of the block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    pub key: String,
    pub value: String,
}

impl Trailer {
    /// A trailer from text that is known to be one line; line breaks in it become spaces.
    pub fn new(key: &str, value: &str) -> Self {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { key: key.to_owned(), value }
    }
}

/// Refuses a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrailerError {
    #[error("the message has no trailer block: its last paragraph must be lines of 'Key: value'")]
    NoBlock,
    #[error("'{0}' in the trailer block is no 'Key: value' line")]
    NotATrailer(String),
    #[error("the message holds a carriage return")]
    CarriageReturn,
    #[error("a line of the message is exactly '---', which Git takes for its end")]
    Divider,
}

/// Splits a message into its body and its block; the block is empty when the message has none.
pub fn split(message: &str) -> (&str, Vec<Trailer>) {
    match strict(message) {
        Ok(trailers) => (body(message), trailers),
        Err(_) => (message.trim_end(), Vec::new()),
    }
}

/// Reads the block of a message, in the strict grammar.
pub fn strict(message: &str) -> Result<Vec<Trailer>, TrailerError> {
    if message.contains('\r') {
        return Err(TrailerError::CarriageReturn);
    }
    if message.lines().any(|line| line == "---") {
        return Err(TrailerError::Divider);
    }
    let block = &message.trim_end()[body(message).len()..];
    let lines: Vec<&str> = block.lines().filter(|line| !line.is_empty()).collect();
    match lines.first().map(|line| parse(line)) {
        None | Some(None) => Err(TrailerError::NoBlock),
        Some(Some(_)) => lines
            .iter()
            .map(|line| parse(line).ok_or_else(|| TrailerError::NotATrailer((*line).to_owned())))
            .collect(),
    }
}

/// Collects `Orca-` trailers from anywhere in a message, as squashes and forges leave them.
pub fn rescue(message: &str) -> Vec<Trailer> {
    let bare = |line: &str| line.trim_start().trim_start_matches("* ").trim_end().to_owned();
    message
        .lines()
        .filter_map(|line| parse(&bare(line)))
        .filter(|found| found.key.starts_with("Orca-"))
        .collect()
}

/// Puts trailers at the end of a message: into its block if it has one, else as a new paragraph.
pub fn append(message: &str, trailers: &[Trailer]) -> String {
    if strict(message).is_err() {
        return with_block(message, trailers);
    }
    format!("{}\n{}", message.trim_end(), lines(trailers))
}

/// Writes a body and a block of its own, however the body ends.
pub fn with_block(body: &str, trailers: &[Trailer]) -> String {
    format!("{}\n\n{}", body.trim_end(), lines(trailers))
}

fn lines(trailers: &[Trailer]) -> String {
    trailers.iter().map(|trailer| format!("{}: {}\n", trailer.key, trailer.value)).collect()
}

/// Everything before the last paragraph; a message of one paragraph is all body.
fn body(message: &str) -> &str {
    let message = message.trim_end();
    message.rfind("\n\n").map_or(message, |end| message[..end].trim_end())
}

fn parse(line: &str) -> Option<Trailer> {
    let (key, value) = line.split_once(": ")?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if key.is_empty() || !key.bytes().all(legal) {
        return None;
    }
    Some(Trailer { key: key.to_owned(), value: value.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(trailers: &[Trailer]) -> Vec<&str> {
        trailers.iter().map(|trailer| trailer.key.as_str()).collect()
    }

    #[test]
    fn the_block_is_the_last_paragraph_and_nothing_else() {
        let message = "subject\n\nOrca-Fake: x\n\nOrca-Run: r1\nOrca-Task: a\n";
        assert_eq!(keys(&strict(message).unwrap()), ["Orca-Run", "Orca-Task"]);
        assert_eq!(strict("subject: not a block"), Err(TrailerError::NoBlock));
        assert_eq!(strict("subject\n\nprose only\n"), Err(TrailerError::NoBlock));
        assert_eq!(strict("s\n\nA: b\nprose"), Err(TrailerError::NotATrailer("prose".into())));
        assert_eq!(strict("s\n\nA: b\n folded"), Err(TrailerError::NotATrailer(" folded".into())));
        assert_eq!(strict("s\n\n---\n\nA: b"), Err(TrailerError::Divider));
        assert_eq!(strict("s\r\n\r\nA: b"), Err(TrailerError::CarriageReturn));
    }

    #[test]
    fn a_squash_is_rescued() {
        let squash = "Squashed\n\n    first\n\n    Orca-Run: r1\n* Orca-Task: a\nother: b\n\n---------\n\nCo-authored-by: X\n";
        assert_eq!(keys(&rescue(squash)), ["Orca-Run", "Orca-Task"]);
    }

    #[test]
    fn trailers_join_an_existing_block() {
        let run = [Trailer::new("Orca-Run", "r1")];
        assert_eq!(append("subject", &run), "subject\n\nOrca-Run: r1\n");
        assert_eq!(append("s\n\nAcked-by: A\n", &run), "s\n\nAcked-by: A\nOrca-Run: r1\n");
    }
}
