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
}

/// Lines are cut where the screen ends, so that each takes one row.
const NO_WRAP: &str = "\x1b[?7l";
const WRAP: &str = "\x1b[?7h";
/// Everything below the cursor goes.
const CLEAR_BELOW: &str = "\x1b[J";
/// What a terminal has at least, where it does not tell.
const ROWS: usize = 24;

impl Ui {
    pub(crate) fn screen(&self) -> Screen {
        let is_live = self.format == Format::Text && io::stdout().is_terminal();
        Screen { ui: *self, is_live, n_drawn: 0 }
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
        let rows = rustix::termios::tcgetwinsize(io::stdout()).map_or(ROWS, |size| usize::from(size.ws_row));
        let (up, lines) = frame(text, self.n_drawn, rows);
        self.n_drawn = lines.len();
        // As they are, since colours may be taken out of what is printed, and with them all commands.
        self.ui.print_bytes(format!("{up}{NO_WRAP}{CLEAR_BELOW}").as_bytes())?;
        self.ui.print(&format!("{}\n", lines.join("\n")))?;
        self.ui.print_bytes(WRAP.as_bytes())
    }
}

/// How the cursor comes back to the first line of what was drawn, and the lines that fit.
fn frame(text: &str, n_drawn: usize, rows: usize) -> (String, Vec<&str>) {
    // The cursor stands below the last line. What a screen that was made smaller has scrolled away is
    // out of reach.
    let most = rows.max(2) - 1;
    let up = match n_drawn.min(most) {
        0 => String::new(),
        n_rows => format!("\x1b[{n_rows}A\r"),
    };
    (up, text.lines().take(most).collect())
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

    #[test]
    fn a_state_is_drawn_over_the_one_before_and_fits_the_screen() {
        assert_eq!(frame("a\nb\nc\n", 0, 24), (String::new(), vec!["a", "b", "c"]));
        assert_eq!(frame("a\n", 3, 24), ("\x1b[3A\r".to_owned(), vec!["a"]));
        assert_eq!(frame("a\nb\nc\n", 3, 3), ("\x1b[2A\r".to_owned(), vec!["a", "b"]));
    }
}
