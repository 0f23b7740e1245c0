//! Paths inside a repository.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// A path relative to the top of a tree, as the bytes Git stores; it need not be UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Box<[u8]>);

impl RepoPath {
    /// Takes the bytes of a tree path.
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        Self(bytes.as_ref().into())
    }

    /// The bytes as Git stores them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path with every occurrence of a text replaced.
    pub fn replaced(&self, from: &str, to: &str) -> Self {
        let (mut rest, mut out) = (&*self.0, Vec::with_capacity(self.0.len()));
        while let Some(at) = rest.windows(from.len()).position(|part| part == from.as_bytes()) {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(to.as_bytes());
            rest = &rest[at + from.len()..];
        }
        out.extend_from_slice(rest);
        Self::new(out)
    }

    /// The path for file system calls.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The path as text; bytes that are not UTF-8 become U+FFFD.
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The last component, lossily.
    pub fn file_name(&self) -> Cow<'_, str> {
        let start = self.0.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        String::from_utf8_lossy(&self.0[start..])
    }

    /// The directory it lies in, lossily; empty at the top.
    pub fn directory(&self) -> Cow<'_, str> {
        let end = self.0.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        String::from_utf8_lossy(&self.0[..end])
    }

    /// The text after the last dot of the last component, lower-cased; empty without one.
    pub fn extension(&self) -> String {
        let name = self.file_name();
        name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_ascii_lowercase())
    }

    /// Whether it has one of the usual marks of tests.
    pub fn is_test(&self) -> bool {
        let text = self.to_text();
        let (directories, name) = text.rsplit_once('/').unwrap_or(("", &text));
        let in_tests =
            directories.split('/').any(|part| ["test", "tests", "__tests__", "spec"].contains(&part));
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        let marked =
            stem == "test" || stem.starts_with("test_") || stem.ends_with("_test") || stem.ends_with("_spec");
        let dotted = name.contains(".test.") || name.contains(".spec.");
        let java = ["Test.java", "Tests.java", "IT.java"].iter().any(|end| name.ends_with(end));
        in_tests || marked || dotted || java
    }

    /// Whether this is `directory` itself or lies below it.
    pub fn is_within(&self, directory: &Self) -> bool {
        self.0.strip_prefix(&*directory.0).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    }
}

/// As Git shows it with `core.quotePath=false`: a name that is not UTF-8, or holds what could pass for more
/// than a name, stands between quotes with the codes of these bytes, such as `"n\377x"`.
impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) if !text.bytes().any(is_quoted) => f.pad(&super::printable(text)),
            _ => f.pad(&quoted(&self.0)),
        }
    }
}

fn is_quoted(byte: u8) -> bool {
    byte < b' ' || matches!(byte, b'"' | b'\\' | 0x7f)
}

fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '"' | '\\' => out.extend(['\\', char]),
                char if char.is_control() => codes(&mut out, char.to_string().as_bytes()),
                char => out.push_str(&super::printable(&char.to_string())),
            }
        }
        codes(&mut out, chunk.invalid());
    }
    out + "\""
}

/// Bytes in base 8, as C writes them in a text.
fn codes(out: &mut String, bytes: &[u8]) {
    out.extend(bytes.iter().map(|byte| format!("\\{byte:03o}")));
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_marks_of_tests() {
        let tests = [
            "tests/a.py",
            "a/__tests__/b.ts",
            "test_a.py",
            "x/a_test.go",
            "src/a.spec.ts",
            "UserTest.java",
            "test.js",
        ];
        for path in tests {
            assert!(RepoPath::from(path).is_test(), "{path}");
        }
        for path in ["contest/a.py", "latest.ts", "src/testing.rs", "attest_a.py", "a.ts"] {
            assert!(!RepoPath::from(path).is_test(), "{path}");
        }
    }

    #[test]
    fn names_are_shown_as_git_shows_them() {
        let check = |name: &[u8], shown: &str| assert_eq!(RepoPath::new(name).to_string(), shown);
        check(b"a b.txt", "a b.txt");
        check("ä/日本.ts".as_bytes(), "ä/日本.ts");
        check(b"n\xffx", "\"n\\377x\"");
        check("ä\u{1b}[2J".as_bytes(), "\"ä\\033[2J\"");
        check(b"two\nlines\tof \"it\"\\", "\"two\\nlines\\tof \\\"it\\\"\\\\\"");
    }
}
