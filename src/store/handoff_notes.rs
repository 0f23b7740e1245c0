//! `handoff.toml`: what an agent may leave in its run directory to say what it did.

use std::path::Path;

use serde::Deserialize;

use super::document::{Document, FileError, FileProblem, Keys};
use crate::git::read_plain_text;
use crate::model::{Contract, HandoffNotes, HandoffStatus};

const KEYS: Keys = Keys::Table(&[
    ("version", Keys::Value),
    ("status", Keys::Value),
    ("summary", Keys::Value),
    ("provides", Keys::Value),
    ("critical", Keys::Value),
    ("optimization", Keys::Value),
    ("limitation", Keys::Value),
    ("dependencies", Keys::Value),
    ("tests", Keys::Value),
]);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stored {
    status: Option<String>,
    summary: String,
    provides: Vec<String>,
    critical: Vec<String>,
    optimization: Vec<String>,
    limitation: Vec<String>,
    dependencies: Vec<String>,
    tests: Vec<String>,
}

impl HandoffNotes {
    /// Reads the file of at most so many bytes; none is the same as an empty one.
    pub fn read(path: &Path, most: u64) -> Result<Self, FileError> {
        match read_plain_text(path, most) {
            Ok(text) => Self::parse(path, text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(FileError {
                path: path.to_owned(),
                problems: vec![FileProblem { line: 1, message: error.to_string() }],
            }),
        }
    }

    fn parse(path: &Path, text: String) -> Result<Self, FileError> {
        let document = Document::parse(path, text)?;
        let stored: Stored = document.read_unversioned(&KEYS)?;
        let provides: Result<Vec<Contract>, _> = stored.provides.iter().map(|line| line.parse()).collect();
        let provides = provides.map_err(|error: crate::model::ContractError| {
            document.error(vec![document.problem(document.find("provides"), error.to_string())])
        })?;
        let status = stored.status.as_deref().map(|word| {
            HandoffStatus::said(word).ok_or_else(|| {
                let message = format!("status: '{word}' is not complete, partial or blocked");
                document.error(vec![document.problem(document.find("status"), message)])
            })
        });
        let kinds = [
            ("critical", stored.critical),
            ("optimization", stored.optimization),
            ("limitation", stored.limitation),
        ];
        let notes = kinds
            .into_iter()
            .flat_map(|(kind, texts)| texts.into_iter().map(move |text| (kind.to_owned(), text)));
        Ok(Self {
            status: status.transpose()?.unwrap_or_default(),
            summary: stored.summary,
            provides,
            notes: notes.collect(),
            dependencies: stored.dependencies,
            tests: stored.tests,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_optional_and_checked() {
        let parse = |text: &str| HandoffNotes::parse(Path::new("handoff.toml"), text.to_owned());
        assert_eq!(parse("").unwrap(), HandoffNotes::default());
        let notes =
            parse("summary = \"done\"\ncritical = [\"order matters\"]\nprovides = [\"type X\"]\n").unwrap();
        assert_eq!(notes.notes, [("critical".to_owned(), "order matters".to_owned())]);
        assert_eq!(parse("status = \"blocked\"\n").unwrap().status, HandoffStatus::Blocked);
        assert!(parse("status = \"terminated\"\n").unwrap_err().to_string().contains("partial or blocked"));
        assert_eq!(
            parse("sumary = \"\"\n").unwrap_err().to_string(),
            "handoff.toml:1: unknown key 'sumary'; did you mean 'summary'?"
        );
        assert!(
            parse("provides = [\"x\"]\n")
                .unwrap_err()
                .to_string()
                .starts_with("handoff.toml:1: 'x' names no contract")
        );
    }
}
