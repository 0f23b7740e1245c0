//! Constraints of a role that can be checked: which dependencies must not be added.
//!
//! They are sentences, since the specialist reads them too: `no new dependencies`, `no new npm
//! packages`, `no new Python libraries`. What is no such sentence is for the specialist alone.

/// Where packages come from, by the words that people use.
const SOURCES: [(&str, &[&str]); 5] = [
    ("npm", &["npm", "node", "javascript", "typescript", "yarn", "pnpm"]),
    ("cargo", &["cargo", "rust", "crate", "crates"]),
    ("python", &["python", "pip", "pypi"]),
    ("go", &["go", "golang"]),
    ("java", &["java", "maven", "gradle", "jvm"]),
];

const THINGS: [&str; 10] = [
    "dependency",
    "dependencies",
    "package",
    "packages",
    "library",
    "libraries",
    "module",
    "modules",
    "crate",
    "crates",
];

/// The source of packages that a manifest asks for, by its file name.
pub fn source_of(file_name: &str) -> Option<&'static str> {
    match file_name {
        "package.json" => Some("npm"),
        "Cargo.toml" => Some("cargo"),
        "pyproject.toml" => Some("python"),
        "go.mod" => Some("go"),
        "pom.xml" | "build.gradle" | "build.gradle.kts" => Some("java"),
        name if name.starts_with("requirements") && name.ends_with(".txt") => Some("python"),
        _ => None,
    }
}

/// The first of the constraints that forbids new packages of a source.
pub fn forbids<'c>(constraints: &'c [String], source: &str) -> Option<&'c str> {
    constraints.iter().map(String::as_str).find(|constraint| is_ban(constraint, source))
}

fn is_ban(constraint: &str, source: &str) -> bool {
    let lower = constraint.to_lowercase();
    let words: Vec<&str> =
        lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let says = |known: &[&str]| words.iter().any(|word| known.contains(word));
    let is_about = match &words[..] {
        ["no", ..] => says(&["new", "additional", "further", "extra", "more"]) && says(&THINGS),
        ["do", "not", "add", ..] | ["don", "t", "add", ..] | ["never", "add", ..] => says(&THINGS),
        _ => false,
    };
    let named: Vec<&str> =
        SOURCES.iter().filter(|(_, words)| says(words)).map(|(source, _)| *source).collect();
    is_about && (named.is_empty() || named.contains(&source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bans_are_told_from_other_rules() {
        let check = |text: &str, source: &str, expected: bool| {
            assert_eq!(forbids(&[text.to_owned()], source).is_some(), expected, "{text} / {source}");
        };
        check("no new dependencies", "npm", true);
        check("No new npm packages.", "npm", true);
        check("no new npm packages", "cargo", false);
        check("no new crates", "cargo", true);
        check("no new crates", "npm", false);
        check("Do not add Python libraries", "python", true);
        check("no dependencies between modules", "npm", false);
        check("no new endpoints", "npm", false);
        check("add no state to modules", "npm", false);
    }

    #[test]
    fn manifests_are_known_by_name() {
        assert_eq!(source_of("package.json"), Some("npm"));
        assert_eq!(source_of("requirements-dev.txt"), Some("python"));
        assert_eq!(source_of("package-lock.json"), None);
    }
}
