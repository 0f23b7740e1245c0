//! Which `git` is installed, and which is needed.

use std::fmt;
use std::path::Path;
use std::sync::OnceLock;

use super::{Git, GitError};

/// A version of Git, as far as decisions hang on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
}

impl Version {
    /// The first whose `merge-tree` merges one pair after another without a checkout.
    pub const BATCH_MERGES: Self = Self { major: 2, minor: 39 };
    /// The first that reads the attributes of a commit that it is told.
    pub const ATTRIBUTES_OF_COMMIT: Self = Self { major: 2, minor: 41 };
    /// The first whose batch of merges may name the base of each.
    pub const BATCH_MERGES_WITH_BASE: Self = Self { major: 2, minor: 40 };

    /// Reads what `git version` prints: `git version 2.47.3`, with more words after it on some systems.
    fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.strip_prefix("git version ")?.split('.');
        let major = numbers.next()?.parse().ok()?;
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        let minor = digits(numbers.next()?).parse().ok()?;
        Some(Self { major, minor })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Asks the installed `git` for its version, once in the life of this process.
pub fn version(dir: &Path) -> Result<Version, GitError> {
    found(dir).map(|(version, _)| *version)
}

/// All that the installed `git` says about its version.
pub(super) fn version_line(dir: &Path) -> Result<&'static str, GitError> {
    found(dir).map(|(_, line)| line.as_str())
}

fn found(dir: &Path) -> Result<&'static (Version, String), GitError> {
    static FOUND: OnceLock<(Version, String)> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found);
    }
    let found = ask(dir)?;
    Ok(FOUND.get_or_init(|| found))
}

fn ask(dir: &Path) -> Result<(Version, String), GitError> {
    let line = Git::at(dir).run(&["version"])?;
    let line = String::from_utf8_lossy(&line).trim().to_owned();
    match Version::parse(&line) {
        Some(version) => Ok((version, line)),
        None => Err(GitError::Garbled(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_version_is_read() {
        for (line, major, minor) in [
            ("git version 2.47.3\n", 2, 47),
            ("git version 2.39.5 (Apple Git-154)\n", 2, 39),
            ("git version 2.56.0.windows.1\n", 2, 56),
            ("git version 3.0-rc1\n", 3, 0),
        ] {
            assert_eq!(Version::parse(line), Some(Version { major, minor }), "{line}");
        }
        assert_eq!(Version::parse("git: command not found"), None);
        assert!(version(Path::new("/")).unwrap() >= Version { major: 2, minor: 0 });
    }
}
