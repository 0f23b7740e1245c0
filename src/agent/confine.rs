//! Confines a process and everything it will start to some places it may write to, by Landlock.
//!
//! Reading and the network are left alone. The restriction cannot be taken off again, and it is by
//! place: globs that are finer than directories are enforced when the work is taken over.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use landlock::{
    ABI, AccessFs, BitFlags, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetError, RulesetStatus,
};
use rustix::fs::{FileType, Mode, OFlags};

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
/// out: nobody can write there. So are those that are not named as they really are: whoever named
/// them saw no link there, and one that is there by now was put there to lead astray.
pub fn become_confined(
    writes: &[PathBuf],
    program: &Path,
    args: &[OsString],
) -> Result<Infallible, ConfineError> {
    let rights = AccessFs::from_write(KNOWN);
    let mut rules = Ruleset::default().handle_access(rights)?.create()?;
    for place in writes {
        let Some((opened, is_dir)) = opened(place) else { continue };
        let allowed = if is_dir { rights } else { rights & of_files() };
        rules = rules.add_rule(PathBeneath::new(opened, allowed))?;
    }
    for place in DEVICES.map(Path::new) {
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

/// A place by its real name, and whether it is a directory.
fn opened(place: &Path) -> Option<(OwnedFd, bool)> {
    place.canonicalize().ok().filter(|real| real == place)?;
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::open(place, flags, Mode::empty()).ok()?;
    let mode = rustix::fs::fstat(&opened).ok()?.st_mode;
    Some((opened, FileType::from_raw_mode(mode).is_dir()))
}

/// The places that a preset names for its program, by their real names: `~/` is the home directory,
/// `{env:NAME}` a variable. One that ends in `/` is made where it is missing. One below another is part
/// of that and not followed by itself: the program could have made a link of it.
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
    let places: Vec<PathBuf> = writes.iter().filter_map(place).collect();
    let is_part = |place: &&PathBuf| places.iter().any(|other| other != *place && place.starts_with(other));
    let real = |place: &PathBuf| place.canonicalize().ok();
    places.iter().filter(|place| !is_part(place)).filter_map(real).collect()
}

/// The rights that mean something for a file.
fn of_files() -> BitFlags<AccessFs> {
    AccessFs::WriteFile | AccessFs::Truncate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_inside_of_another_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let top = home.path().canonicalize().unwrap();
        let at = |name: &str| top.join(name).display().to_string();
        std::fs::create_dir(top.join("outside")).unwrap();
        std::fs::create_dir(top.join("own")).unwrap();
        std::os::unix::fs::symlink("../outside", top.join("own/cache")).unwrap();
        std::os::unix::fs::symlink("outside", top.join("linked")).unwrap();
        let places = own_places(&[at("own/"), at("own/cache/"), at("linked"), at("missing"), at("made/")]);
        assert_eq!(places, ["own", "outside", "made"].map(|name| top.join(name)));
    }
}
