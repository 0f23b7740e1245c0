//! What is wrong with a text by itself.

use std::path::{Path, PathBuf};

use super::*;
use crate::validate::model::Fault;

/// Whoever finds a fault everywhere has not understood the text.
#[test]
fn too_many_are_given_up() {
    let n_faults =
        |n: usize| extract(Language::JavaScript, &"function f() { await g(); }\n".repeat(n)).faults.len();
    assert_eq!(n_faults(Fault::MOST), Fault::MOST);
    assert_eq!(n_faults(Fault::MOST * 5), Fault::MOST + 1);
}

/// A compiler takes every file of this program.
#[test]
fn sound_files_have_none() {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut sources: Vec<PathBuf> = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { sources.push(path) }
        }
    }
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    assert!(sources.len() > 100);
    for path in sources {
        let found = extract(Language::Rust, &std::fs::read_to_string(&path).unwrap()).faults;
        assert_eq!(found, [], "{}", path.display());
    }
}
