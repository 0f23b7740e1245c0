//! Contracts: the named interfaces that tasks provide and consume.

use std::fmt;
use std::str::FromStr;

use super::{IdError, TaskId};

/// What sort of interface a contract names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContractKind {
    Type,
    Function,
    Http,
    Event,
    Table,
    Env,
    Flag,
}

impl ContractKind {
    /// All kinds, with the word that stands for each in plans and trailers.
    pub const WORDS: [(Self, &'static str); 7] = [
        (Self::Type, "type"),
        (Self::Function, "function"),
        (Self::Http, "http"),
        (Self::Event, "event"),
        (Self::Table, "table"),
        (Self::Env, "env"),
        (Self::Flag, "flag"),
    ];

    /// The word in plans and trailers.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("type", |(_, word)| word)
    }
}

/// Refuses the text of a contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    #[error("'{0}' names no contract: write '<kind> <name>', such as 'type Operation'")]
    NoName(String),
    #[error("unknown contract kind '{0}': use type, function, http, event, table, env or flag")]
    UnknownKind(String),
    #[error("a contract is one line")]
    ManyLines,
    #[error(transparent)]
    Provider(#[from] IdError),
}

/// A named interface, such as `type Operation` or `http GET /documents/:id = Returns document`.
///
/// The text form is the same in plans, trailers and hub records:
/// `<kind> <name> [@ <provider task>] [= <text>]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contract {
    pub kind: ContractKind,
    pub name: String,
    /// The task that provides it, where the consumer says so.
    pub provider: Option<TaskId>,
    /// What is said about it: a signature, fields, a sentence.
    pub text: Option<String>,
}

impl Contract {
    /// Whether `other` names the same interface; who provides it and what is said do not matter.
    pub fn same_interface(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name
    }
}

impl FromStr for Contract {
    type Err = ContractError;

    fn from_str(line: &str) -> Result<Self, ContractError> {
        if line.contains(['\n', '\r', '\0']) {
            return Err(ContractError::ManyLines);
        }
        let (head, text) = match line.split_once(" = ") {
            Some((head, text)) => (head, Some(text.trim())),
            None => (line, None),
        };
        let (head, provider) = match head.rsplit_once(" @ ") {
            Some((head, task)) => (head, Some(TaskId::new(task.trim())?)),
            None => (head, None),
        };
        let Some((kind, name)) = head.trim().split_once(char::is_whitespace) else {
            return Err(ContractError::NoName(line.to_owned()));
        };
        let Some((kind, _)) = ContractKind::WORDS.iter().find(|(_, word)| *word == kind) else {
            return Err(ContractError::UnknownKind(kind.to_owned()));
        };
        Ok(Self {
            kind: *kind,
            name: name.split_whitespace().collect::<Vec<_>>().join(" "),
            provider,
            text: text.filter(|text| !text.is_empty()).map(str::to_owned),
        })
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.word(), self.name)?;
        if let Some(provider) = &self.provider {
            write!(f, " @ {provider}")?;
        }
        match &self.text {
            Some(text) => write!(f, " = {text}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_round_trips() {
        for line in [
            "type Operation",
            "type Document @ types",
            "http GET /documents/:id = Returns document with operations",
            "env DATABASE_URL @ db = postgres://…",
            "function apply @ algo = (doc: Document, op: Operation) => Document",
        ] {
            assert_eq!(line.parse::<Contract>().map(|contract| contract.to_string()), Ok(line.to_owned()));
        }
    }

    #[test]
    fn nonsense_is_named() {
        assert_eq!("type".parse::<Contract>(), Err(ContractError::NoName("type".into())));
        assert_eq!("class X".parse::<Contract>(), Err(ContractError::UnknownKind("class".into())));
        assert_eq!("type X\nY".parse::<Contract>(), Err(ContractError::ManyLines));
        assert!(matches!("type X @ Bad Id".parse::<Contract>(), Err(ContractError::Provider(_))));
    }
}
