//! Opens files that an agent may have put there.
//!
//! What lies in a task's run directory, in its worktree's registration or among the refs of its run
//! was perhaps not written by whoever should have: a symbolic link leads anywhere, a pipe lets its
//! reader wait for ever, a device has no end. Here a file is opened only where it is one, never
//! waited for, and read so far as it is asked for. Whoever reads such a place goes through here.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat};

/// Opens a plain file for reading. A file of many names is read as well: so are all those of a
/// repository that was copied by links.
pub fn open_plain(path: &Path) -> io::Result<File> {
    opened(path, OFlags::RDONLY).map(|(file, _)| file)
}

/// Reads a plain file of at most so many bytes.
pub fn read_plain(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open_plain(path)?;
    let mut content = Vec::new();
    // It may grow while it is read.
    file.take(most.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 > most {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it holds more than {most} bytes")));
    }
    Ok(content)
}

/// As [`read_plain`], where text is expected.
pub fn read_plain_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read_plain(path, most)?)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "the text is not UTF-8"))
}

/// Opens a plain file to add to it, or makes it. One that has another name is refused: that may be
/// somewhere else.
pub fn append_plain(path: &Path) -> io::Result<File> {
    let (file, found) = opened(path, OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE)?;
    match found.st_nlink {
        1 => Ok(file),
        _ => Err(io::Error::new(ErrorKind::InvalidInput, "it has another name")),
    }
}

/// Whether something is in this place that is neither a plain file nor a directory. Links are not
/// followed.
pub fn is_strange(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

fn opened(path: &Path, how: OFlags) -> io::Result<(File, Stat)> {
    let flags = how | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::from(0o644))?;
    let found = rustix::fs::fstat(&file)?;
    match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => Ok((File::from(file), found)),
        _ => Err(io::Error::new(ErrorKind::InvalidInput, "it is no plain file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_files_are_opened() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        std::os::unix::fs::symlink("file", at("link")).unwrap();
        std::os::unix::fs::symlink("new", at("dangling")).unwrap();
        std::fs::create_dir(at("directory")).unwrap();
        let fifo = rustix::fs::CWD;
        rustix::fs::mknodat(fifo, at("pipe"), FileType::Fifo, Mode::from(0o600), 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        for name in ["link", "dangling", "directory", "pipe", "socket"] {
            assert!(read_plain(&at(name), 100).is_err(), "{name}");
            assert!(append_plain(&at(name)).is_err(), "{name}");
        }
        assert!(!at("new").exists());
        assert!(is_strange(&at("link")) && is_strange(&at("dangling")) && is_strange(&at("pipe")));
        assert!(!is_strange(&at("file")) && !is_strange(&at("directory")) && !is_strange(&at("missing")));
    }

    #[test]
    fn reading_has_an_end_and_writing_one_place() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        assert_eq!(read_plain_text(&at("file"), 4).unwrap(), "text");
        assert_eq!(read_plain(&at("file"), 3).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read_plain(Path::new("/dev/zero"), 3).unwrap_err().kind(), ErrorKind::InvalidInput);
        append_plain(&at("made")).unwrap();
        std::fs::hard_link(at("file"), at("other")).unwrap();
        assert!(append_plain(&at("other")).is_err());
        assert!(read_plain(&at("other"), 4).is_ok());
    }
}
