//! Confines a process and everything it will start to some places it may write to, by Landlock.
//!
//! Reading and the network are left alone. The restriction cannot be taken off again, and it is by
//! place: globs that are finer than directories are enforced when the work is taken over.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use landlock::{
    ABI, AccessFs, BitFlags, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus,
};

/// Rights up to renames across directories and truncation; older kernels enforce what they know.
const KNOWN: ABI = ABI::V3;
/// Always writable: what programs throw away or say to a terminal.
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts"];

/// Why a process could not be confined, or could not become the program.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    #[error("the kernel cannot confine what an agent writes: it has no Landlock")]
    Unsupported,
    #[error("the kernel would not confine this process")]
    Ruleset(#[from] RulesetError),
    #[error("cannot start '{}'", .program.display())]
    Program {
        program: PathBuf,
        #[source]
        error: io::Error,
    },
}

/// Whether the kernel can confine anything.
pub fn can_confine() -> bool {
    let handled = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    handled.handle_access(AccessFs::from_write(ABI::V1)).and_then(Ruleset::create).is_ok()
}

/// Confines this process to `writes`, then becomes `program`. Places that do not exist are left
/// out: nobody can write there.
pub fn become_confined(
    writes: &[PathBuf],
    program: &Path,
    args: &[OsString],
) -> Result<Infallible, ConfineError> {
    let rights = AccessFs::from_write(KNOWN);
    let mut rules = Ruleset::default().handle_access(rights)?.create()?;
    let places = writes.iter().map(PathBuf::as_path).chain(DEVICES.map(Path::new));
    for place in places {
        let Ok(opened) = PathFd::new(place) else { continue };
        let allowed = if place.is_dir() { rights } else { rights & of_files() };
        rules = rules.add_rule(PathBeneath::new(opened, allowed))?;
    }
    if rules.restrict_self()?.ruleset == RulesetStatus::NotEnforced {
        return Err(ConfineError::Unsupported);
    }
    #[expect(clippy::disallowed_methods, reason = "this process becomes the agent it was started for")]
    let error = Command::new(program).args(args).exec();
    Err(ConfineError::Program { program: program.to_owned(), error })
}

/// The places that a preset names for its program: `~/` is the home directory, `{env:NAME}` a
/// variable. One that ends in `/` is made where it is missing.
pub fn own_places(writes: &[String]) -> Vec<PathBuf> {
    let variable = |name: &str| std::env::vars_os().find(|(known, _)| known == name).map(|(_, value)| value);
    let home = variable("HOME").map(PathBuf::from);
    let place = |text: &String| {
        let path = match (text.strip_prefix("~/"), text.strip_prefix("{env:")) {
            (Some(below), _) => home.as_ref()?.join(below),
            (_, Some(name)) => PathBuf::from(variable(name.trim_end_matches('}'))?),
            _ => PathBuf::from(text),
        };
        if text.ends_with('/') {
            // A program that cannot have its directory will say so itself.
            let _ = std::fs::create_dir_all(&path);
        }
        Some(path)
    };
    writes.iter().filter_map(place).collect()
}

/// The rights that mean something for a file.
fn of_files() -> BitFlags<AccessFs> {
    AccessFs::WriteFile | AccessFs::Truncate
}
