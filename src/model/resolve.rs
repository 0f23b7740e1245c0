//! How far conflicts in text are resolved.

/// What is done about conflicts in text; each does what those before it do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolve {
    /// They wait.
    Off,
    /// What the structure of a file proves is resolved.
    #[default]
    Safe,
    /// Where structure proves nothing, likely candidates are tried behind the gate.
    Search,
    /// What is still left is given to a resolver specialist.
    Agent,
}
