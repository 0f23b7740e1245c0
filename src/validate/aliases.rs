//! What `tsconfig.json` and its like say the names of modules stand for.
//!
//! Shapes and order are those of `compilerOptions.paths` and `baseUrl` in TypeScript's documentation.
//! Another configuration that one extends is not read: it nearly always stands in a directory above,
//! where it is looked at too.

use super::data::{Format, Value, read};
use super::resolve::join;

/// The aliases of one configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Aliases {
    /// Where modules start that no pattern fits.
    base: Option<String>,
    /// Patterns with one `*` at most, those with the longest beginning first, and what they stand for.
    paths: Vec<(String, Vec<String>)>,
}

impl Aliases {
    /// Whether a file of this name is such a configuration.
    pub(super) fn is_configuration(name: &str) -> bool {
        name.ends_with(".json") && (name.starts_with("tsconfig") || name.starts_with("jsconfig"))
    }

    /// Of the configuration in a directory; none where it says nothing of the kind.
    pub(super) fn of(directory: &str, text: &str) -> Option<Self> {
        let document = read(Format::Json, text).ok()?;
        let base = document.root.at(&["compilerOptions", "baseUrl"]).and_then(Value::text);
        let base = base.and_then(|base| join(directory, base));
        let from = base.as_deref().unwrap_or(directory);
        let paths = document.root.at(&["compilerOptions", "paths"]).map(Value::pairs).unwrap_or_default();
        let mut paths: Vec<(String, Vec<String>)> = paths
            .iter()
            .map(|pair| {
                let places = pair.value.items().iter().filter_map(Value::text);
                (pair.key.clone(), places.filter_map(|place| join(from, place)).collect())
            })
            .collect();
        paths.sort_by_key(|(pattern, _)| std::cmp::Reverse(start_of(pattern).len()));
        (base.is_some() || !paths.is_empty()).then_some(Self { base, paths })
    }

    /// The places, from the top of the repository, that a module may be.
    pub(super) fn places(&self, module: &str) -> Vec<String> {
        let fitting = self.paths.iter().find_map(|(pattern, places)| Some((rest(pattern, module)?, places)));
        match fitting {
            Some((rest, places)) => places.iter().map(|place| place.replacen('*', rest, 1)).collect(),
            None => self.base.iter().filter_map(|base| join(base, module)).collect(),
        }
    }
}

fn start_of(pattern: &str) -> &str {
    pattern.split('*').next().unwrap_or(pattern)
}

/// What stands for the `*` of a pattern.
fn rest<'m>(pattern: &str, module: &'m str) -> Option<&'m str> {
    match pattern.split_once('*') {
        Some((start, end)) => module.strip_prefix(start)?.strip_suffix(end),
        None => (pattern == module).then_some(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_found_in_the_order_of_typescript() {
        let text = "{ // comments are allowed\n  \"compilerOptions\": { \"baseUrl\": \"./src\", \"paths\": {\n\
                    \"@/*\": [\"*\"], \"@app/*\": [\"app/*\", \"../gen/*\"], \"env\": [\"config/env.ts\"], } } }";
        let aliases = Aliases::of("web", text).unwrap();
        assert_eq!(aliases.places("@/users/load"), ["web/src/users/load"]);
        assert_eq!(aliases.places("@app/users"), ["web/src/app/users", "web/gen/users"]);
        assert_eq!(aliases.places("env"), ["web/src/config/env.ts"]);
        assert_eq!(aliases.places("users"), ["web/src/users"], "from the base");
        assert_eq!(Aliases::of("web", "{ \"compilerOptions\": { \"strict\": true } }"), None);
        assert_eq!(Aliases::of("", "{ \"compilerOptions\": { \"baseUrl\": \"../outside\" } }"), None);
        assert!(
            Aliases::is_configuration("tsconfig.base.json") && !Aliases::is_configuration("package.json")
        );
    }
}
