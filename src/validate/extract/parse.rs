//! Runs a parser within bounds.
//!
//! What bounds it is a number of parser steps, so that the same blob always gives the same model.
//! Some hostile input makes single steps take thousands of times as long as usual, so there is a
//! clock behind that; no honest file comes near it. It counts the work of this thread alone, so a
//! busy machine cuts nothing short.

use std::cell::RefCell;
use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tree_sitter::{ParseOptions, ParseState, Parser};

use super::node::{Tree, Words};

/// Progress reports a parse may make, one per hundred steps: a base, and one more per this many
/// bytes. Real code needs at most one per forty bytes.
const REPORTS: usize = 2_000;
const BYTES_PER_REPORT: usize = 20;
/// Reports a parse may make while it recovers from errors, which can be fifty times as slow as
/// parsing. Real files with a few edits torn out need at most one per hundred bytes.
const RECOVERING: usize = 300;
const BYTES_PER_RECOVERING: usize = 100;
const MOST_RECOVERING: usize = 2_000;
/// The work that any parse ends after.
const TIME: Duration = Duration::from_secs(3);
/// One character in this many that no text has makes a file binary.
const BINARY: usize = 50;

/// Parses a source text, unless that takes far longer than honest text of its length needs.
pub(super) fn parse(words: &'static Words, source: &str) -> Option<Tree> {
    parse_within(words, source, TIME)
}

/// As [`parse`], with a clock of one's own.
pub(super) fn parse_within(words: &'static Words, source: &str, time: Duration) -> Option<Tree> {
    if is_binary(source) {
        return None;
    }
    let (began, started) = (Instant::now(), worked());
    // No thread works longer than time passes, and that is far cheaper to ask for.
    let is_over = || began.elapsed() >= time && worked() - started >= time;
    let (mut reports, mut recovering) = (0, 0);
    let limit = REPORTS + source.len() / BYTES_PER_REPORT;
    let recovering_limit = (RECOVERING + source.len() / BYTES_PER_RECOVERING).min(MOST_RECOVERING);
    let mut progress = |state: &ParseState| {
        reports += 1;
        recovering += usize::from(state.has_error());
        let goes_on = reports <= limit && recovering <= recovering_limit && !is_over();
        if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = source.as_bytes();
    let mut read = |offset: usize, _| bytes.get(offset..).unwrap_or_default();
    PARSER.with_borrow_mut(|parser| {
        // The one before may have been given up half way.
        parser.reset();
        parser.set_language(words.language).ok()?;
        let tree = parser.parse_with_options(&mut read, None, Some(options))?;
        Some(Tree::new(tree, words))
    })
}

thread_local! {
    /// A new parser costs as much as a short file.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// How long this thread has worked so far.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Whether a file only poses as source text.
pub(super) fn is_binary(source: &str) -> bool {
    let foreign = |c: char| c == '\u{fffd}' || (c.is_control() && !c.is_whitespace());
    let (mut strange, mut all) = (0, 0);
    for c in source.chars() {
        all += 1;
        strange += usize::from(foreign(c));
    }
    strange * BINARY > all
}

/// Adds a range to ranges in order, joining what touches. A range may start before the last ones.
pub(super) fn join(ranges: &mut Vec<Range<usize>>, mut next: Range<usize>) {
    while let Some(last) = ranges.pop_if(|last| next.start <= last.end) {
        next = last.start.min(next.start)..last.end.max(next.end);
    }
    ranges.push(next);
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    #[test]
    fn a_parse_ends_in_time() {
        static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(tree_sitter_javascript::LANGUAGE));
        // Each step takes milliseconds here.
        let source = "lambda x: ".repeat(2_000);
        assert!(parse_within(&WORDS, &source, Duration::ZERO).is_none());
        assert!(parse_within(&WORDS, "x", Duration::ZERO).is_some());
    }

    #[test]
    fn ranges_are_joined() {
        let mut ranges = Vec::new();
        for range in [1..2, 4..6, 5..7, 9..9, 3..8, 10..11] {
            join(&mut ranges, range);
        }
        assert_eq!(ranges, [1..2, 3..9, 10..11]);
    }
}
