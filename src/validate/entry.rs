//! What has a name outside of its language: routes, columns, dependencies, events and the like.
//!
//! Symbols meet other code through imports; these meet through a text that both sides write. One
//! branch states such a name, another uses it, and no compiler sees both.

use serde::{Deserialize, Serialize};

/// What sort of thing a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EntryKind {
    /// An HTTP operation, such as `GET /users/{}`.
    Route,
    /// What a caller of an operation must pass, such as `GET /users/{} limit`.
    Param,
    /// A remote procedure, such as `Users.Get`.
    Rpc,
    /// A type of a contract file.
    Type,
    /// A field of a type in a contract file, such as `User.email`.
    Field,
    /// The number of a field on the wire, such as `User#3`.
    Tag,
    EnumValue,
    Table,
    /// A column, such as `users.email`.
    Column,
    /// A message that is sent by name inside a program or between programs.
    Event,
    /// An environment variable.
    Env,
    /// An option of a command line.
    Flag,
    /// A step of a schema's history.
    Migration,
    /// A package that a manifest asks for.
    Dependency,
}

impl EntryKind {
    /// The word in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Param => "parameter",
            Self::Rpc => "rpc",
            Self::Type => "type",
            Self::Field => "field",
            Self::Tag => "field number",
            Self::EnumValue => "enum value",
            Self::Table => "table",
            Self::Column => "column",
            Self::Event => "event",
            Self::Env => "environment variable",
            Self::Flag => "option",
            Self::Migration => "migration",
            Self::Dependency => "dependency",
        }
    }
}

/// On which side of a name a place stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// States it: a handler, a `CREATE TABLE`, a listener, a requirement.
    Provides,
    /// Takes it away by a statement: `DROP COLUMN`.
    Removes,
    /// Gives it another meaning: `ALTER COLUMN … TYPE`.
    Changes,
    /// Calls, reads or sends it.
    Uses,
    /// Changes what is stored under it.
    Writes,
}

/// One place that states or uses a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub kind: EntryKind,
    pub role: Role,
    /// In the one spelling that all sides are compared in.
    pub key: String,
    /// What is said about it: a type, a requirement, a default, a parent.
    pub detail: String,
    /// What it belongs to where a file has several: the command of an option, the function that
    /// registers a route, the schema of a table.
    pub owner: String,
    /// The name that replaces it where the text says so (`RENAME TO`).
    pub becomes: Option<String>,
    /// Stating it twice is legal: `IF NOT EXISTS`, an extension of a type.
    pub may_repeat: bool,
    /// One-based.
    pub line: u32,
    /// The bytes of the name, so that a fix can replace it; empty where there is no such place.
    pub span: std::ops::Range<usize>,
}

/// What a file can state only once.
const SINGLE: [EntryKind; 7] = [
    EntryKind::Field,
    EntryKind::Tag,
    EntryKind::Rpc,
    EntryKind::EnumValue,
    EntryKind::Column,
    EntryKind::Route,
    EntryKind::Flag,
];

impl Entry {
    /// Whether a file can state it only once.
    pub fn is_single(&self) -> bool {
        SINGLE.contains(&self.kind) && self.role == Role::Provides && !self.may_repeat
    }

    /// Whether another entry claims the same key of the same owner; routes also name the router they
    /// are on.
    pub fn claims_with(&self, other: &Self) -> bool {
        let router = self.kind != EntryKind::Route || self.detail == other.detail;
        let same = self.kind == other.kind && self.role == other.role && self.key == other.key;
        // A table without a schema may be that of any.
        let is_any = matches!(self.kind, EntryKind::Table | EntryKind::Column)
            && (self.owner.is_empty() || other.owner.is_empty());
        same && !other.may_repeat && router && (self.owner == other.owner || is_any)
    }

    /// An entry that nothing more is known of.
    pub fn new(kind: EntryKind, role: Role, key: impl Into<String>, line: u32) -> Self {
        let (key, detail, owner) = (key.into(), String::new(), String::new());
        Self { kind, role, key, detail, owner, becomes: None, may_repeat: false, line, span: 0..0 }
    }

    /// The same with what is said about it.
    pub fn saying(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}
