//! Finds the program of an agent without starting it.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What stands where a program should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    Found(PathBuf),
    NotExecutable(PathBuf),
    Missing,
}

/// Looks a program up as [`run`](fn@super::run) would start it: a name with a slash counts from the
/// worktree `dir`, any other is searched for in `path`, the value of `PATH`.
pub fn find_program(program: &str, dir: &Path, path: &OsStr) -> Program {
    let candidates: Vec<PathBuf> = match program.contains('/') {
        true => vec![dir.join(program)],
        false => std::env::split_paths(path).map(|place| dir.join(place).join(program)).collect(),
    };
    let files: Vec<PathBuf> = candidates.into_iter().filter(|file| file.is_file()).collect();
    let is_executable =
        |file: &&PathBuf| file.metadata().is_ok_and(|file| file.permissions().mode() & 0o111 != 0);
    match (files.iter().find(is_executable), files.first()) {
        (Some(found), _) => Program::Found(found.clone()),
        (None, Some(other)) => Program::NotExecutable(other.clone()),
        (None, None) => Program::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_as_the_shell_would() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("bin/directory")).unwrap();
        for (name, mode) in [("bin/tool", 0o755), ("bin/data", 0o644)] {
            std::fs::write(at(name), "").unwrap();
            std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let path = std::env::join_paths([at("nowhere"), at("bin")]).unwrap();
        let check =
            |program: &str, expected: Program| assert_eq!(find_program(program, dir.path(), &path), expected);
        check("tool", Program::Found(at("bin/tool")));
        check("bin/tool", Program::Found(at("bin/tool")));
        check("data", Program::NotExecutable(at("bin/data")));
        check("directory", Program::Missing);
        check("./tool", Program::Missing);
    }
}
