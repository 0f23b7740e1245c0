//! The live screen of a run.

use std::io::{self, IsTerminal as _};

use serde_json::{Value, json};

use super::{Format, Show, Ui, style};
use crate::engine::Watched;

/// Shows one state after the other: in place on a terminal, elsewhere one below the other.
pub(crate) struct Screen {
    ui: Ui,
    is_live: bool,
    /// The lines that are there now and will be drawn over.
    n_drawn: usize,
    size: Size,
}

/// Rows and columns.
type Size = (usize, usize);

/// Lines are cut where the screen ends, so that each takes one row.
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";
/// Everything below the cursor goes.
const CLEAR_BELOW: &str = "\x1b[J";
/// The rest of a line goes.
const CLEAR_LINE: &str = "\x1b[K";
/// All of the screen goes: what stands there when its size changes has been laid out anew.
const CLEAR_ALL: &str = "\x1b[H\x1b[2J";
/// What a terminal has, where it does not tell.
const USUAL: Size = (24, 80);

impl Ui {
    pub(crate) fn screen(&self) -> Screen {
        let is_live = self.format == Format::Text && self.can_draw && io::stdout().is_terminal();
        Screen { ui: *self, is_live, n_drawn: 0, size: size() }
    }
}

impl Screen {
    pub(crate) fn show(&mut self, watched: &Watched) -> io::Result<()> {
        match (self.is_live, self.ui.format) {
            (true, _) => self.draw(&watched.text()),
            (false, _) if !watched.is_news => Ok(()),
            (false, Format::Json) => self.ui.print(&format!("{}\n", self.ui.envelope(watched))),
            (false, _) => self.ui.print(&format!("{}\n", watched.text())),
        }
    }

    fn draw(&mut self, text: &str) -> io::Result<()> {
        let colour = anstream::AutoStream::new(io::stdout(), self.ui.choice()).current_choice();
        let text = match colour {
            anstream::ColorChoice::Never => anstream::adapter::strip_str(text).to_string(),
            _ => text.to_owned(),
        };
        let size = size();
        let is_new = std::mem::replace(&mut self.size, size) != size;
        let (frame, n_lines) = frame(&text, if is_new { None } else { Some(self.n_drawn) }, size);
        self.n_drawn = n_lines;
        // At once, and each line over the one before it: nothing is gone for a moment.
        self.ui.print_bytes(frame.as_bytes())
    }
}

fn size() -> Size {
    let told = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let told = told.map(|size| (usize::from(size.ws_row), usize::from(size.ws_col)));
    told.filter(|(rows, columns)| *rows > 0 && *columns > 0).unwrap_or(USUAL)
}

/// What draws a text over the lines that were drawn before, or on a screen of another size, and how many
/// lines of it fit.
fn frame(text: &str, n_drawn: Option<usize>, (rows, columns): Size) -> (String, usize) {
    // The cursor stands below the last line.
    let most = rows.max(2) - 1;
    let mut out = match n_drawn.map(|n_drawn| n_drawn.min(most)) {
        None => CLEAR_ALL.to_owned(),
        Some(0) => String::new(),
        Some(n_rows) => format!("\x1b[{n_rows}A\r"),
    };
    out.push_str(NO_WRAP);
    let lines: Vec<&str> = text.lines().take(most).collect();
    for line in &lines {
        out.push_str(&cut(line, columns));
        out.push_str(CLEAR_LINE);
        out.push('\n');
    }
    out.push_str(CLEAR_BELOW);
    out.push_str(WRAP);
    (out, lines.len())
}

/// The part of a line that fits, with all commands in it, and a sign where there was more.
fn cut(line: &str, columns: usize) -> String {
    let n_shown = anstream::adapter::strip_str(line).to_string().chars().count();
    if n_shown <= columns {
        return line.to_owned();
    }
    let (mut out, mut left, mut is_command) = (String::new(), columns, false);
    for char in line.chars() {
        is_command |= char == '\x1b';
        if is_command {
            out.push(char);
            is_command = !char.is_ascii_alphabetic();
            continue;
        }
        match left {
            0 => {}
            1 => out.push('…'),
            _ => out.push(char),
        }
        left = left.saturating_sub(1);
    }
    out
}

impl Show for Watched {
    const KIND: &'static str = "watch";

    fn json(&self) -> Value {
        json!({ "status": self.status.json(), "recent": self.recent.json()["entries"] })
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}", self.status.text(), style::bold("last:"), self.recent.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is drawn, without what all frames have.
    fn drawn(text: &str, n_drawn: Option<usize>, size: Size) -> (String, usize) {
        let (frame, n_lines) = frame(text, n_drawn, size);
        let frame = frame.strip_suffix(&format!("{CLEAR_BELOW}{WRAP}")).unwrap();
        (frame.replace(&format!("{CLEAR_LINE}\n"), "/").replace(NO_WRAP, ">"), n_lines)
    }

    #[test]
    fn a_state_is_drawn_over_the_one_before_and_fits_the_screen() {
        assert_eq!(drawn("a\nb\nc\n", Some(0), (24, 80)), (">a/b/c/".to_owned(), 3));
        assert_eq!(drawn("a\n", Some(3), (24, 80)), ("\x1b[3A\r>a/".to_owned(), 1));
        assert_eq!(drawn("a\nb\nc\n", Some(3), (3, 80)), ("\x1b[2A\r>a/b/".to_owned(), 2));
        assert_eq!(drawn("a\n", None, (24, 80)), (format!("{CLEAR_ALL}>a/"), 1));
    }

    #[test]
    fn lines_are_cut_and_keep_their_commands() {
        assert_eq!((cut("abcd", 4), cut("abcde", 4)), ("abcd".to_owned(), "abc…".to_owned()));
        let styled = "a\x1b[1mbc\x1b[0mde";
        assert_eq!(cut(styled, 5), styled);
        assert_eq!(cut(styled, 2), "a\x1b[1m…\x1b[0m");
    }
}
