//! Colours and the few shapes that all texts share.

use anstyle::{AnsiColor, Style};

use crate::model::printable;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const HINT: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

pub(super) fn error(text: &str) -> String {
    styled(ERROR, text)
}

pub(super) fn warn(text: &str) -> String {
    styled(WARN, text)
}

pub(super) fn good(text: &str) -> String {
    styled(GOOD, text)
}

/// A line that a patch takes away.
pub(super) fn removed(text: &str) -> String {
    styled(REMOVED, text)
}

pub(super) fn hint(text: &str) -> String {
    styled(HINT, text)
}

pub(super) fn bold(text: &str) -> String {
    styled(BOLD, text)
}

pub(super) fn dim(text: &str) -> String {
    styled(DIM, text)
}

fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Text that we did not write: made safe for a terminal.
pub(super) fn foreign(text: &str) -> String {
    printable(text).into_owned()
}

/// A number with a thin grouping that reads at a glance: `12.3k`, `1.2M`.
pub(super) fn tokens(count: u64) -> String {
    match count {
        0..=9_999 => count.to_string(),
        10_000..=999_999 => format!("{:.1}k", count as f64 / 1e3),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}

/// `1 task`, `2 tasks`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Rows of cells as left-aligned columns, two spaces apart. Widths count characters before styling.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| shown_width(cell)).max();
    let widths: Vec<usize> = (0..n_columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - shown_width(cell) + 2));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The characters of a cell without its escape sequences, which are ours alone.
fn shown_width(cell: &str) -> usize {
    let mut width = 0;
    let mut rest = cell.chars();
    while let Some(character) = rest.next() {
        if character == '\u{1b}' {
            let _ = rest.by_ref().find(|end| *end == 'm');
        } else {
            width += 1;
        }
    }
    width
}
