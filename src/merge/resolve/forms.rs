//! Which files are put together in which way.

use std::panic::resume_unwind;

use super::chunks::Three;
use crate::model::RepoPath;
use crate::validate::extract::{Language, Syntax, language_of, syntax};

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Code(Language),
    /// Lines, and nothing known about them.
    Plain,
}

impl Form {
    pub(super) fn of(path: &RepoPath) -> Self {
        language_of(path).map_or(Self::Plain, Self::Code)
    }

    /// How a text of this form is put together; none where that is unknown.
    pub(super) fn read(self, text: &str) -> Option<Syntax> {
        match self {
            Self::Code(language) => syntax(language, text),
            Self::Plain => None,
        }
    }

    /// The same for three texts at once.
    pub(super) fn read_all(self, texts: Three<&str>) -> Three<Option<Syntax>> {
        std::thread::scope(|scope| {
            let sides = [texts.ours, texts.theirs].map(|text| scope.spawn(move || self.read(text)));
            let base = self.read(texts.base);
            // A reader that panics is a bug, and is shown as one.
            let [ours, theirs] = sides.map(|side| side.join().unwrap_or_else(|panic| resume_unwind(panic)));
            Three::new(base, ours, theirs)
        })
    }
}
