//! The text of the hook scripts, with the paths of this machine filled in.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::in_shell;

/// Hooks in which orca has a say, and their scripts.
pub(super) const CHECKED: [(&str, &str); 3] = [
    ("commit-msg", include_str!("../../hooks/commit-msg")),
    ("pre-commit", include_str!("../../hooks/pre-commit")),
    ("prepare-commit-msg", include_str!("../../hooks/prepare-commit-msg")),
];

/// A hook of the repository that has to go on running.
const PASS_THROUGH: &str = include_str!("../../hooks/pass-through");

/// The guard of the user's own checkout.
const GUARD: &str = include_str!("../../hooks/pre-merge-commit");

/// Hooks that always get a script, so that one which the repository adds later runs too.
const COMMON: [&str; 10] = [
    "applypatch-msg",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-merge",
    "post-rewrite",
    "pre-applypatch",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
];

/// Hooks that only get a script where the repository has them: their mere presence costs, as
/// Git starts them for every ref or index update, or changes what Git does.
pub(super) const RARE: [&str; 5] =
    ["post-index-change", "pre-auto-gc", "push-to-checkout", "reference-transaction", "sendemail-validate"];

/// The scripts by name. `previous` are the directories in which Git would have looked, first one
/// first; `rare` are the hooks of [`RARE`] that exist there.
pub(super) fn scripts(
    orca: &str,
    previous: &[String],
    rare: &[&'static str],
) -> BTreeMap<&'static str, String> {
    let previous: Vec<String> = previous.iter().map(|dir| in_shell(dir)).collect();
    let fill = |script: &str| {
        // The path comes last: it may hold the other placeholder, but no placeholder holds it.
        script.replace("@PREVIOUS@", &previous.join(" ")).replace("@ORCA@", &in_shell(orca))
    };
    let passing: BTreeSet<&'static str> = COMMON.iter().chain(rare).copied().collect();
    let passing = passing.into_iter().map(|name| (name, PASS_THROUGH));
    CHECKED.into_iter().chain(passing).map(|(name, script)| (name, fill(script))).collect()
}

/// The script that guards merges.
pub(super) fn guard(orca: &str) -> String {
    GUARD.replace("@ORCA@", &in_shell(orca))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_single_words() {
        let scripts =
            scripts("/opt/it's $HOME/git-orca", &[".husky/_".into(), "/a b".into()], &["pre-auto-gc"]);
        assert!(scripts["pre-commit"].contains("orca='/opt/it'\\''s $HOME/git-orca'\n"));
        assert!(scripts["pre-push"].contains("for hooks in '.husky/_' '/a b'; do\n"));
        assert!(scripts.contains_key("pre-auto-gc") && !scripts.contains_key("reference-transaction"));
        assert!(scripts.values().all(|script| !script.contains('@') || script.contains("\"$@\"")));
    }
}
