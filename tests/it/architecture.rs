//! Holds the arrows of the crate documentation: who may name whom.

use std::path::{Path, PathBuf};

const ALL: &[&str] = &[
    "cli",
    "commands",
    "ui",
    "engine",
    "compress",
    "handoff",
    "hub",
    "lifecycle",
    "merge",
    "model",
    "plan",
    "report",
    "validate",
    "agent",
    "forge",
    "git",
    "hooks",
    "store",
];

/// Module, the modules it may name, the outside crates that only it (and its like) may name.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    ("cli", &["commands", "ui", "engine", "forge", "git", "store"], &["clap", "anyhow", "signal_hook"]),
    ("commands", &["engine", "ui", "model", "cli"], &["clap", "clap_complete", "clap_mangen", "anyhow"]),
    (
        "ui",
        &["engine", "model", "report"],
        &["serde", "serde_json", "annotate_snippets", "anstream", "anstyle", "indicatif", "rustix", "anyhow"],
    ),
    (
        "engine",
        &[
            "compress",
            "handoff",
            "hub",
            "lifecycle",
            "merge",
            "model",
            "plan",
            "report",
            "validate",
            "agent",
            "forge",
            "git",
            "hooks",
            "store",
        ],
        &["anyhow", "rayon", "chrono", "similar", "tempfile"],
    ),
    ("git", &["model", "handoff"], &["git2", "thiserror", "tempfile", "rayon", "rustix", "sha1_smol"]),
    (
        "store",
        &["model", "handoff", "hub", "git"],
        &["serde", "toml", "toml_edit", "thiserror", "tempfile", "chrono", "rustix"],
    ),
    (
        "agent",
        &["model", "handoff", "git"],
        &["thiserror", "tempfile", "rustix", "signal_hook", "serde_json", "landlock"],
    ),
    ("forge", &["git"], &["thiserror", "serde_json"]),
    ("hooks", &["model", "handoff", "git"], &["thiserror", "tempfile"]),
    (
        "validate",
        &["model"],
        &[
            "similar",
            "rayon",
            "rustix",
            "saphyr_parser",
            "thiserror",
            "serde",
            "postcard",
            "toml_edit",
            "tree_sitter",
            "tree_sitter_language",
        ],
    ),
    ("merge", &["model", "validate"], &["similar"]),
    ("plan", &["model"], &["thiserror"]),
    ("hub", &["model", "compress"], &["thiserror"]),
    ("compress", &["model"], &[]),
    ("handoff", &["model"], &["thiserror"]),
    ("lifecycle", &["model"], &[]),
    ("report", &["model"], &[]),
    ("model", &[], &["globset", "thiserror"]),
];

const OUTSIDE: &[&str] = &[
    "annotate_snippets",
    "anstream",
    "anstyle",
    "anyhow",
    "chrono",
    "clap",
    "clap_complete",
    "clap_mangen",
    "git2",
    "globset",
    "indicatif",
    "landlock",
    "postcard",
    "rayon",
    "rustix",
    "saphyr_parser",
    "serde",
    "serde_json",
    "signal_hook",
    "similar",
    "tempfile",
    "thiserror",
    "toml",
    "toml_edit",
    "tree_sitter",
];

#[test]
fn modules_name_only_what_the_table_allows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (module, modules, crates) in TABLE {
        for file in rust_files(&src.join(module)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let in_test_file = is_of_tests(file.strip_prefix(&src).unwrap());
            for (number, line) in text.lines().enumerate() {
                let place = || format!("{}:{}", file.display(), number + 1);
                let code = line.trim_start();
                if code.starts_with("//") {
                    continue;
                }
                if code.contains("use crate::{") {
                    wrong.push(format!("{}: write one `use crate::…` per module", place()));
                }
                for other in ALL.iter().filter(|other| *other != module && !modules.contains(other)) {
                    if names(code, &format!("crate::{other}")) && !in_test_file {
                        wrong.push(format!("{}: {module} may not name {other}", place()));
                    }
                }
                for outside in OUTSIDE.iter().filter(|outside| !crates.contains(outside)) {
                    let used =
                        names(code, &format!("use {outside}")) || code.contains(&format!("{outside}::"));
                    if used
                        && !code.contains(&format!("::{outside}::"))
                        && !code.contains(&format!("_{outside}::"))
                        && !in_test_file
                    {
                        wrong.push(format!("{}: {module} may not use {outside}", place()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `tests.rs` and the folder of its parts.
fn is_of_tests(file: &Path) -> bool {
    file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn every_module_is_in_the_table() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(src).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let known = name.ends_with(".rs") || TABLE.iter().any(|(module, ..)| *module == name);
        assert!(known, "src/{name} has no row in the table");
    }
}

/// A rule that settings cannot name is one that nobody can live with, and a name that is none says
/// nothing.
#[test]
fn a_level_can_be_set_for_every_rule_and_for_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let mut told: Vec<&str> = Vec::new();
    for row in readme
        .lines()
        .filter(|line| [" | deny", " | warn", " | advice"].iter().any(|level| line.contains(level)))
    {
        told.extend(row.split(" | ").next().unwrap().split('`').skip(1).step_by(2));
    }
    for file in rust_files(&root.join("src/validate")) {
        let code = std::fs::read_to_string(&file).unwrap();
        let ids = code.match_indices(" id: \"").chain(code.match_indices(" rule: \""));
        for id in ids.map(|(at, key)| code[at + key.len()..].split('"').next().unwrap()) {
            assert!(told.contains(&id), "{id} of {} has no row", file.display());
        }
    }
    let sandbox = crate::sandbox::Sandbox::new();
    let levels: String = told.iter().map(|rule| format!("{rule} = \"warn\"\n")).collect();
    sandbox.write("orca.toml", format!("version = 1\n[check]\n{levels}"));
    sandbox.commit_all("start");
    let ran = sandbox.orca(&["check", "main", "--into", "HEAD"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    sandbox.write("orca.toml", "version = 1\n[check]\nsymbol-remved = \"off\"\n");
    let ran = sandbox.orca(&["check", "main", "--into", "HEAD"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.stderr,
        "error: orca.toml:3: unknown key 'symbol-remved'; did you mean 'symbol-removed'?\n"
    );
}

/// Who reads the JSON of a command finds in README what is in it.
#[test]
fn every_kind_of_json_is_told_in_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let told: String =
        readme.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()).collect();
    for file in rust_files(&root.join("src/ui")) {
        let code = std::fs::read_to_string(&file).unwrap();
        for line in code.lines().filter(|line| line.contains("const KIND: &'static str = ")) {
            let kind = line.split('"').nth(1).unwrap();
            assert!(told.contains(&format!("`{kind}`")), "{kind} of {} has no row", file.display());
        }
    }
}

/// Whether `code` holds `path` and not just a longer name that starts like it.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(start, _)| {
        let next = code[start + path.len()..].chars().next();
        !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
