//! The user's editor, found and started as Git does.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{GitError, LOCAL_ENV};

/// Opens a file in the editor that Git would use, and waits until it is closed.
pub fn edit(dir: &Path, file: &Path) -> Result<(), GitError> {
    let not_started = |error| GitError::NotStarted { dir: dir.to_owned(), error };
    let mut asked = command("git", dir);
    let found = asked.args(["var", "GIT_EDITOR"]).stderr(Stdio::piped()).output().map_err(not_started)?;
    let said = String::from_utf8_lossy(&found.stderr);
    let failed = |command: String, code: Option<i32>, stderr: &str| GitError::Failed {
        command,
        code: code.unwrap_or(-1),
        stderr: stderr.trim().to_owned(),
    };
    if !found.status.success() {
        return Err(failed("var GIT_EDITOR".to_owned(), found.status.code(), &said));
    }
    let editor = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    let mut opened = command("sh", dir);
    // A setting may hold arguments, so a shell reads it.
    opened.arg("-c").arg(format!("{editor} \"$@\"")).arg(&editor).arg(file);
    let status = opened.status().map_err(not_started)?;
    if status.success() {
        Ok(())
    } else {
        Err(GitError::Editor { editor, code: status.code().unwrap_or(-1) })
    }
}

/// A child in the user's own surroundings: it speaks with the user.
fn command(program: &str, dir: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "this is the door through which git is started")]
    let mut command = Command::new(program);
    command.current_dir(dir);
    for name in LOCAL_ENV {
        command.env_remove(name);
    }
    command
}
