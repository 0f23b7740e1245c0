//! Asks a program which version it is.

use std::fmt;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::run::{Shell, shell};
use crate::model::{Limits, in_shell};

/// The numbers of a version; what follows them is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProgramVersion(u32, u32, u32);

/// A program that takes longer to say its version says none.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that is read of what it says.
const LONGEST: u64 = 64 << 10;

impl ProgramVersion {
    /// Finds the first version in a text.
    pub fn find(text: &str) -> Option<Self> {
        text.split(|letter: char| !letter.is_ascii_digit() && letter != '.').find_map(Self::read)
    }

    fn read(word: &str) -> Option<Self> {
        let mut numbers = word.split('.').map_while(|number| number.parse().ok());
        Some(Self(numbers.next()?, numbers.next()?, numbers.next().unwrap_or(0)))
    }
}

impl fmt::Display for ProgramVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The version that a program tells; none when it tells none in good time.
pub fn version_of(program: &Path) -> Option<ProgramVersion> {
    let dir = tempfile::tempdir().ok()?;
    let log = dir.path().join("version");
    let job = Shell {
        command: &format!("{} --version </dev/null", in_shell(&program.to_string_lossy())),
        dir: dir.path(),
        env: &[],
        log: &log,
        marker: &format!("{}:version", dir.path().display()),
        limits: Limits { timeout: PATIENCE, stall: PATIENCE, grace: Duration::from_secs(1) },
    };
    shell(&job, &AtomicBool::new(false)).ok()?;
    let said = std::fs::read(&log).ok()?;
    let most = said.len().min(usize::try_from(LONGEST).unwrap_or(usize::MAX));
    ProgramVersion::find(&String::from_utf8_lossy(&said[..most]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_and_compared_by_number() {
        let find = |text: &str| ProgramVersion::find(text);
        assert_eq!(find("2.1.329 (Claude Code)"), Some(ProgramVersion(2, 1, 329)));
        assert_eq!(find("codex-cli 0.169.0"), Some(ProgramVersion(0, 169, 0)));
        assert_eq!(find("aider 0.86"), Some(ProgramVersion(0, 86, 0)));
        assert_eq!(find("sh: 1: Illegal option --"), None);
        assert!(find("2.1.99") < find("2.1.329"));
    }
}
