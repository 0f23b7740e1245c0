//! Whether the compiler of a TypeScript file tells what is missing from what is there.

use super::data::{Format, Value, read};
use super::resolve::{directory, join, under};

/// Configurations that one extends are followed so far.
const STEPS: usize = 4;

/// Whether null and undefined are types of their own in the files of a directory, by the nearest
/// configuration above that says so.
pub(super) fn is_strict(mut place: &str, text_of: impl Fn(&str) -> Option<String>) -> bool {
    loop {
        let path = under(place, "tsconfig.json");
        if let Some(text) = text_of(&path) {
            return says(&path, &text, &text_of, STEPS).unwrap_or(false);
        }
        if place.is_empty() {
            return false;
        }
        place = directory(place);
    }
}

fn says(path: &str, text: &str, text_of: &impl Fn(&str) -> Option<String>, steps: usize) -> Option<bool> {
    let steps = steps.checked_sub(1)?;
    let document = read(Format::Json, text).ok()?;
    let option = |name: &str| match document.root.at(&["compilerOptions", name]).and_then(Value::text) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    option("strictNullChecks").or_else(|| option("strict")).or_else(|| {
        let extends = document.root.at(&["extends"])?;
        let above = extends.text().into_iter().chain(extends.items().iter().rev().filter_map(Value::text));
        let mut above = above.filter_map(|above| above_says(path, above, text_of, steps));
        above.next()
    })
}

/// What a configuration says that another one extends; of packages some are known.
fn above_says(
    path: &str,
    above: &str,
    text_of: &impl Fn(&str) -> Option<String>,
    steps: usize,
) -> Option<bool> {
    const PACKAGES: [&str; 8] = [
        "@adonisjs/tsconfig",
        "@sindresorhus/tsconfig",
        "@total-typescript/tsconfig",
        "@tsconfig",
        "@voxpelli/tsconfig",
        "@vue/tsconfig",
        "fastify-tsconfig",
        "gts/tsconfig-google.json",
    ];
    let is_in = |package: &&str| {
        above.strip_prefix(*package).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if PACKAGES.iter().any(is_in) {
        return Some(true);
    }
    let file = join(directory(path), above).filter(|_| above.starts_with('.'))?;
    let file = if file.ends_with(".json") { file } else { format!("{file}.json") };
    says(&file, &text_of(&file)?, text_of, steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_configuration_tells() {
        let text_of = |path: &str| {
            let text = match path {
                "tsconfig.json" => r#"{ "compilerOptions": { "strict": true } }"#,
                "loose/tsconfig.json" => {
                    r#"{ "extends": "../tsconfig", "compilerOptions": { "strictNullChecks": false } }"#
                }
                "web/tsconfig.json" => "{ // its own\n  \"extends\": \"../tsconfig.json\", }",
                "kit/tsconfig.json" => r#"{ "extends": "@sindresorhus/tsconfig" }"#,
                "other/tsconfig.json" => r#"{ "extends": "@sindresorhus/tsconfig-loose" }"#,
                "many/tsconfig.json" => r#"{ "extends": ["@tsconfig/node20", "../loose/tsconfig"] }"#,
                "node/tsconfig.json" => r#"{ "extends": "@tsconfig/node20/tsconfig.json" }"#,
                "old/tsconfig.json" => r#"{ "compilerOptions": { "target": "es5" } }"#,
                _ => return None,
            };
            Some(text.to_owned())
        };
        for (place, strict) in [
            ("", true),
            ("src/a", true),
            ("loose/src", false),
            ("web/src", true),
            ("node", true),
            ("kit", true),
            ("other", false),
            ("many", false),
            ("old", false),
        ] {
            assert_eq!(is_strict(place, text_of), strict, "{place}");
        }
        assert!(!is_strict("src", |_| None));
    }
}
