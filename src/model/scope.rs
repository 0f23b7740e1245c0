//! Write scopes: which paths a task may write.

use std::sync::OnceLock;

use globset::{Glob, GlobBuilder, GlobSet};

use super::RepoPath;

/// Refuses a scope pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    #[error("scope '{0}' is not inside the repository: write a path relative to its top, without '..'")]
    Outside(String),
    #[error("scope '{0}' reaches into '.git'")]
    GitDirectory(String),
    #[error("scope '{pattern}' is no glob: {reason}")]
    Glob { pattern: String, reason: String },
    #[error("scope '{0}…' is longer than {MAX_PATTERN} bytes")]
    Long(String),
    #[error("a scope pattern is empty")]
    Empty,
}

/// Bytes of one pattern, as many as Linux allows a path.
const MAX_PATTERN: usize = 4096;

/// A set of path globs relative to the top of the repository.
///
/// `*` and `?` stay inside a component, `**` crosses them, `{a,b}` and `[a-z]` choose. A pattern
/// without any of these names a file, or everything below a directory, as a Git pathspec does.
#[derive(Debug, Clone)]
pub struct Scope {
    patterns: Vec<String>,
    globs: Vec<Glob>,
    // Compiled when first asked: most commands read the scopes of all tasks and match few.
    set: OnceLock<GlobSet>,
}

impl Scope {
    /// Reads the patterns; an empty list matches nothing.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, ScopeError> {
        let patterns: Vec<String> =
            patterns.iter().map(|pattern| normalize(pattern.as_ref())).collect::<Result<_, _>>()?;
        let globs = patterns.iter().flat_map(|pattern| globs_of(pattern)).map(|glob| read_glob(&glob));
        let globs = globs.collect::<Result<_, _>>()?;
        Ok(Self { patterns, globs, set: OnceLock::new() })
    }

    /// The patterns as they were written, without `./` and doubled slashes.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// What the patterns mean as plain globs.
    pub fn globs(&self) -> impl Iterator<Item = &str> {
        self.globs.iter().map(Glob::glob)
    }

    /// Whether a task with this scope may write `path`.
    pub fn allows(&self, path: &RepoPath) -> bool {
        // A list that is too large to compile allows nothing.
        let compile = || GlobSet::new(&self.globs).unwrap_or_default();
        self.set.get_or_init(compile).is_match(path.as_path())
    }
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for Scope {}

/// Strips `./` and refuses what leaves the repository.
fn normalize(pattern: &str) -> Result<String, ScopeError> {
    let trimmed = pattern.trim();
    if trimmed.is_empty() {
        return Err(ScopeError::Empty);
    }
    if trimmed.len() > MAX_PATTERN {
        return Err(ScopeError::Long(trimmed.chars().take(40).collect()));
    }
    if trimmed.starts_with(['/', '~']) || trimmed.contains('\\') {
        return Err(ScopeError::Outside(pattern.to_owned()));
    }
    let parts: Vec<&str> = trimmed.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err(ScopeError::Outside(pattern.to_owned()));
    }
    if parts.first().is_some_and(|part| part.eq_ignore_ascii_case(".git")) {
        return Err(ScopeError::GitDirectory(pattern.to_owned()));
    }
    if parts.is_empty() {
        return Ok("**".to_owned());
    }
    let slash = if trimmed.ends_with('/') { "/" } else { "" };
    Ok(parts.join("/") + slash)
}

/// Lets a directory mean what is below it, and a plain name the file or what is below it.
fn globs_of(pattern: &str) -> Vec<String> {
    match pattern.strip_suffix('/') {
        Some(directory) => vec![format!("{directory}/**")],
        None if pattern.contains(['*', '?', '[', '{']) => vec![pattern.to_owned()],
        None => vec![pattern.to_owned(), format!("{pattern}/**")],
    }
}

fn read_glob(pattern: &str) -> Result<Glob, ScopeError> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| ScopeError::Glob { pattern: pattern.to_owned(), reason: error.kind().to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, inside: &[&str], outside: &[&str]) {
        let scope = Scope::new(&[pattern]).expect(pattern);
        for path in inside {
            assert!(scope.allows(&RepoPath::from(*path)), "{pattern} should allow {path}");
        }
        for path in outside {
            assert!(!scope.allows(&RepoPath::from(*path)), "{pattern} should not allow {path}");
        }
    }

    #[test]
    fn globs_and_plain_names() {
        check("src/types/**", &["src/types/a.ts", "src/types/x/y.ts"], &["src/types.ts", "src/a.ts"]);
        check("src/*.ts", &["src/a.ts"], &["src/x/a.ts", "a.ts"]);
        check("src/types", &["src/types", "src/types/a.ts"], &["src/types2/a.ts"]);
        check("./src/", &["src/a"], &["src"]);
        check("**/*.{sql,SQL}", &["a.sql", "x/y.SQL"], &["a.sqlx"]);
        check(".", &["anything", "x/y"], &[]);
    }

    #[test]
    fn patterns_make_the_same_scope_again() {
        let scope = Scope::new(&["src/types", "docs/", "src/types/**"]).expect("good patterns");
        assert_eq!(Scope::new(scope.patterns()), Ok(scope));
    }

    #[test]
    fn nothing_leads_out_of_the_repository() {
        for bad in ["/etc/**", "../x", "a/../../x", "~/x", "a\\..\\b"] {
            assert_eq!(Scope::new(&[bad]), Err(ScopeError::Outside(bad.to_owned())));
        }
        assert!(matches!(Scope::new(&[".git/hooks/**"]), Err(ScopeError::GitDirectory(_))));
        assert!(matches!(Scope::new(&["src/[a"]), Err(ScopeError::Glob { .. })));
        assert_eq!(Scope::new(&[" "]), Err(ScopeError::Empty));
        assert!(matches!(Scope::new(&["a".repeat(5000)]), Err(ScopeError::Long(_))));
    }

    #[test]
    fn the_costliest_patterns_compile() {
        for part in ["?", "*", "**/", "[!a]", "[a-z]", "{a,b}", "{a,{b,{c,?}}}", "[é-ü]"] {
            let pattern = part.repeat(MAX_PATTERN / part.len());
            let scope = Scope::new(&[pattern]).expect(part);
            assert!(GlobSet::new(&scope.globs).is_ok(), "{part}");
        }
    }
}
