//! Write scopes: which paths a task may write.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

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
    #[error("a scope pattern is empty")]
    Empty,
}

/// A set of path globs relative to the top of the repository.
///
/// `*` and `?` stay inside a component, `**` crosses them, `{a,b}` and `[a-z]` choose. A pattern
/// without any of these names a file, or everything below a directory, as a Git pathspec does.
#[derive(Debug, Clone)]
pub struct Scope {
    patterns: Vec<String>,
    globs: Vec<String>,
    set: GlobSet,
}

impl Scope {
    /// Compiles the patterns; an empty list matches nothing.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, ScopeError> {
        let patterns: Vec<String> =
            patterns.iter().map(|pattern| normalize(pattern.as_ref())).collect::<Result<_, _>>()?;
        let globs: Vec<String> = patterns.iter().flat_map(|pattern| globs_of(pattern)).collect();
        let mut set = GlobSetBuilder::new();
        for glob in &globs {
            set.add(
                GlobBuilder::new(glob)
                    .literal_separator(true)
                    .build()
                    .map_err(|error| not_a_glob(glob, &error))?,
            );
        }
        let set = set.build().map_err(|error| not_a_glob(&globs.join(", "), &error))?;
        Ok(Self { patterns, globs, set })
    }

    /// The patterns as they were written, without `./` and doubled slashes.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// What the patterns mean as plain globs.
    pub fn globs(&self) -> &[String] {
        &self.globs
    }

    /// Whether a task with this scope may write `path`.
    pub fn allows(&self, path: &RepoPath) -> bool {
        self.set.is_match(path.as_path())
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

fn not_a_glob(pattern: &str, error: &globset::Error) -> ScopeError {
    ScopeError::Glob { pattern: pattern.to_owned(), reason: error.kind().to_string() }
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
    }
}
