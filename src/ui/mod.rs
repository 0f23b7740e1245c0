//! The only place that prints: results to standard output, everything else to standard error.
//!
//! Each result is shown as text for people or as one JSON envelope for scripts; both are made from
//! the same value.

mod check;
mod clean;
mod context;
mod doctor;
mod event;
mod export;
mod folding;
mod handoff;
mod init;
mod keys;
mod matrix;
mod merge;
mod page;
mod plan;
mod pr;
mod run;
mod single;
mod stage;
mod style;
mod sync;
mod task;
mod watch;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use serde_json::{Value, json};

pub(crate) use check::{Diagnostics, Fixes};
pub(crate) use init::kept_files;
pub(crate) use page::report_page;
pub(crate) use plan::{GraphFormat, show_graph};

/// How the user wants to be spoken to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    pub(crate) format: Format,
    pub(crate) colour: Colour,
    /// Whether a terminal, where there is one, follows commands.
    pub(crate) can_draw: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: u8,
}

/// Shape of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    /// For code hosts; what has findings to show knows these.
    Sarif,
    Github,
    Markdown,
    /// For what has jobs, which knows that of a code host too.
    Slurm,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

/// A result that can be shown.
pub(crate) trait Show {
    /// The envelope's `kind`.
    const KIND: &'static str;

    /// The envelope's `data`.
    fn json(&self) -> Value;

    /// What a person reads, styled; ends with a line feed unless empty.
    fn text(&self) -> String;

    /// What a code host reads; none for what has no findings.
    fn other(&self, _format: Format) -> Option<String> {
        None
    }
}

/// The schema of every envelope.
const SCHEMA: &str = "git-orca/1";

/// Bytes of JSON that are handed to the system at once.
const JSON_BUFFER: usize = 64 << 10;

impl Ui {
    /// Whether there is somebody to ask.
    pub(crate) fn can_ask(&self) -> bool {
        self.format == Format::Text && !self.quiet && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a question; the answer is empty where nobody gives one.
    pub(crate) fn ask(&self, question: &str) -> io::Result<String> {
        self.aside(question);
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(answer)
    }

    /// Prints a result.
    pub(crate) fn show<T: Show>(&self, result: &T) -> io::Result<()> {
        match self.format {
            Format::Json => read_enough(self.write_json(result, io::stdout().lock())),
            _ => self.print(&self.rendered(result)),
        }
    }

    /// Prints a result of which, to people who want no more than they need, this much says enough.
    pub(crate) fn show_in_short<T: Show>(&self, result: &T, short: &str) -> io::Result<()> {
        if self.quiet && self.format == Format::Text { self.print(short) } else { self.show(result) }
    }

    /// Writes a result to a file in place of standard output.
    pub(crate) fn save<T: Show>(&self, result: &T, path: &Path) -> io::Result<()> {
        std::fs::write(path, anstream::adapter::strip_str(&self.rendered(result)).to_string())
    }

    /// Adds a result to a file that others add to as well, as Markdown.
    pub(crate) fn add_summary<T: Show>(&self, result: &T, path: &Path) -> io::Result<()> {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(result.other(Format::Markdown).unwrap_or_default().as_bytes())
    }

    fn rendered<T: Show>(&self, result: &T) -> String {
        match self.format {
            Format::Text => result.text(),
            Format::Json => format!("{:#}\n", self.envelope(result)),
            other => result.other(other).unwrap_or_else(|| result.text()),
        }
    }

    /// Writes JSON as it is made: of many pairs it is megabytes. Nothing in it colours a terminal.
    fn write_json<T: Show>(&self, result: &T, out: impl io::Write) -> io::Result<()> {
        let mut out = io::BufWriter::with_capacity(JSON_BUFFER, out);
        serde_json::to_writer_pretty(&mut out, &self.envelope(result))?;
        out.write_all(b"\n")?;
        out.flush()
    }

    /// What scripts read.
    fn envelope<T: Show>(&self, result: &T) -> Value {
        let mut envelope = json!({ "schema": SCHEMA, "kind": T::KIND });
        // Put in as it is: the macro copies what it is given.
        envelope["data"] = result.json();
        envelope
    }

    /// Shows a result on the way to another one, as text and unless asked to be quiet.
    pub(crate) fn progress<T: Show>(&self, result: &T) {
        self.note(result.text().trim_end());
    }

    /// Prints text to standard output.
    pub(crate) fn print(&self, text: &str) -> io::Result<()> {
        let mut out = anstream::AutoStream::new(io::stdout(), self.choice());
        read_enough(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Prints bytes as they are.
    pub(crate) fn print_bytes(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        read_enough(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// Prints a line about what is going on, unless asked to be quiet.
    pub(crate) fn note(&self, line: &str) {
        if !self.quiet {
            self.aside(&format!("{line}\n"));
        }
    }

    /// Prints an error with its causes and what to do about it.
    pub(crate) fn error(&self, error: &anyhow::Error, hints: &[String]) {
        let mut causes: Vec<String> = error.chain().map(|cause| style::foreign(&cause.to_string())).collect();
        // A library's error often repeats what ours says of it.
        causes.dedup_by(|cause, before| cause.starts_with(before.as_str()));
        let mut text = format!("{} {}\n", style::error("error:"), causes.join(": "));
        for hint in hints {
            text.extend([style::hint("hint:").as_str(), " ", hint.as_str(), "\n"]);
        }
        self.aside(&text);
    }

    fn aside(&self, text: &str) {
        let mut err = anstream::AutoStream::new(io::stderr(), self.choice());
        // Nobody is left to tell when standard error is closed.
        let _ = err.write_all(text.as_bytes());
    }

    fn choice(&self) -> anstream::ColorChoice {
        match self.colour {
            Colour::Auto => anstream::ColorChoice::Auto,
            Colour::Always => anstream::ColorChoice::Always,
            Colour::Never => anstream::ColorChoice::Never,
        }
    }
}

/// Whoever closed the pipe has seen enough; what the command found out stands, and its exit code.
fn read_enough(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
