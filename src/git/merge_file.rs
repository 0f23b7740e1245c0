//! `git merge-file`.

use std::path::Path;

use super::{Git, GitError};

/// What Git makes of three files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedFile {
    pub content: Vec<u8>,
    /// Zero when nothing is left to decide.
    pub conflicts: usize,
}

/// Three files, the size of conflict markers, and what stands beside them.
#[derive(Debug, Clone, Copy)]
pub struct FilesToMerge<'a> {
    pub base: &'a Path,
    pub ours: &'a Path,
    pub theirs: &'a Path,
    pub marker_size: usize,
    pub labels: [&'a str; 3],
    /// Further options, as Git has them.
    pub options: &'a [&'a str],
}

/// How Git marks conflicts by its configuration, such as `diff3`.
pub fn conflict_style(dir: &Path) -> Result<String, GitError> {
    let output = Git::at(dir).output(&["config", "--get", "merge.conflictStyle"], b"")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Merges three files as Git does, into memory.
pub fn merge_file(dir: &Path, files: FilesToMerge<'_>) -> Result<MergedFile, GitError> {
    let size = format!("--marker-size={}", files.marker_size);
    let mut args: Vec<&std::ffi::OsStr> = vec!["merge-file".as_ref(), "-p".as_ref(), size.as_ref()];
    for label in files.labels {
        args.extend(["-L".as_ref(), std::ffi::OsStr::new(label)]);
    }
    args.extend(files.options.iter().map(std::ffi::OsStr::new));
    args.push("--".as_ref());
    args.extend([files.ours, files.base, files.theirs].map(Path::as_os_str));
    let git = Git::at(dir);
    let output = git.output(&args, b"")?;
    match usize::try_from(output.code()) {
        // More conflicts than 127 are told as 127.
        Ok(conflicts @ 0..=127) => Ok(MergedFile { content: output.stdout, conflicts }),
        _ => Err(git.failure(&args, &output)),
    }
}
