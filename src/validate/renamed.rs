//! What a `Cargo.toml` calls the crates that it depends on, where that is not their own name.

use std::collections::{BTreeMap, BTreeSet};

/// The names that code has for crates, each with the package that it stands for: of `hall = { package =
/// "hall-core" }` and `[dependencies.hall]`.
pub(super) fn renamed(text: &str) -> BTreeMap<String, String> {
    let entries = entries(text).filter_map(|(name, line)| Some((name, stated(line, "package")?)));
    entries.map(|(name, package)| (name, package.replace('-', "_"))).collect()
}

/// The names of dependencies that the manifest of the workspace says more about.
pub(super) fn inherited(text: &str) -> BTreeSet<String> {
    let inherits = |line: &str| {
        let rest = line.split_once("workspace").map(|(_, rest)| rest.trim_start());
        rest.and_then(|rest| rest.strip_prefix('=')).is_some_and(|rest| rest.trim_start().starts_with("true"))
    };
    entries(text).filter(|(_, line)| inherits(line)).map(|(name, _)| name).collect()
}

/// The lines that say something of a dependency, with the name it has in code.
fn entries(text: &str) -> impl Iterator<Item = (String, &str)> {
    let mut table = "";
    text.lines().filter_map(move |line| {
        let line = line.split('#').next().unwrap_or(line).trim();
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']);
            return None;
        }
        let (key, _) = line.split_once('=')?;
        let (before, named) = table.rsplit_once("dependencies")?;
        let is_table = before.is_empty() || before.ends_with(['.', '-']);
        let name = match named.strip_prefix('.') {
            Some(name) => name,
            None if named.is_empty() => key.split('.').next().unwrap_or(key),
            None => return None,
        };
        let name = name.trim().trim_matches(['"', '\'']).replace('-', "_");
        is_table.then_some((name, line))
    })
}

/// The text that a key has in a line, in brackets or alone.
fn stated<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let mut rest = line;
    loop {
        let at = rest.find(key)?;
        let (before, after) = (&rest[..at], &rest[at + key.len()..]);
        let starts = before.is_empty() || before.ends_with(['{', ',', ' ', '.']);
        let value = after.trim_start().strip_prefix('=').filter(|_| starts);
        if let Some(value) = value.and_then(|value| value.trim_start().strip_prefix(['"', '\''])) {
            return value.split(['"', '\'']).next();
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_may_have_other_names() {
        let text = "[dependencies]\nhall-core = { path = \"../extra\", package = \"ex-tra\" } # x\nplain = \"1\"\n\
                    packaged = { path = \"package\" }\n[dev-dependencies.room]\nversion = \"1\"\npackage = 'hall'\n\
                    [target.'cfg(unix)'.dependencies]\nnix.package = \"unix\"\n[package]\npackage = \"no\"\n";
        let found: Vec<String> = renamed(text).into_iter().map(|(name, of)| format!("{name} {of}")).collect();
        assert_eq!(found, ["hall_core ex_tra", "nix unix", "room hall"]);
        let text = "[dependencies]\na = { workspace = true }\nb.workspace = true\nc = \"1\"\n[dependencies.d]\nworkspace = true\n";
        assert_eq!(inherited(text).into_iter().collect::<Vec<_>>(), ["a", "b", "d"]);
    }
}
