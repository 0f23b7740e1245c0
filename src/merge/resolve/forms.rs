//! Which files are put together in which way.

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

    pub(super) fn language(self) -> Option<Language> {
        match self {
            Self::Code(language) => Some(language),
            Self::Plain => None,
        }
    }

    /// How a text of this form is put together; none where that is unknown.
    pub(super) fn tree(self, text: &str) -> Option<Syntax> {
        match self {
            Self::Code(language) => syntax(language, text),
            Self::Plain => None,
        }
    }
}
