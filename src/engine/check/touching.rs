//! Which tests to run first: those that touch what the findings are about.
//!
//! Looked for in the tests of the merged tree: the files of the base that no branch changed, by one
//! `git grep`, and those that the branches changed, which are at hand. Without findings nothing is
//! looked for.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::Scan;
use crate::git::{GitError, Repo};
use crate::model::{Oid, RepoPath};

/// A test, and the names in it that findings are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFile {
    pub path: RepoPath,
    pub names: Vec<String>,
}

/// Shorter names stand everywhere.
const SHORTEST: usize = 3;

/// Names looked for.
const MOST_NAMES: usize = 100;

/// Tests that are named; with more, no order of running them helps.
const MOST_TESTS: usize = 100;

/// Holds all paths of tests and some others: Git takes half a millisecond for each thousand paths and
/// pattern, so it is not asked for more than a few.
const COARSE: [&str; 3] = ["*[Tt]est*", "*spec*", "*IT.java"];

/// The tests to run first, over all groups.
pub(super) fn of(repo: &Repo, scans: &[Scan]) -> Result<Vec<TestFile>, GitError> {
    let mut found: BTreeMap<RepoPath, BTreeSet<String>> = BTreeMap::new();
    for scan in scans {
        let names = names(scan);
        if !names.is_empty() {
            in_unchanged(repo, scan, &names, &mut found)?;
            in_changed(scan, &names, &mut found);
        }
    }
    let mut tests: Vec<TestFile> = found
        .into_iter()
        .map(|(path, names)| TestFile { path, names: names.into_iter().collect() })
        .collect();
    tests.sort_by_key(|test| std::cmp::Reverse(test.names.len()));
    tests.truncate(MOST_TESTS);
    Ok(tests)
}

fn names(scan: &Scan) -> BTreeSet<&str> {
    let all = scan.report.findings.iter().flat_map(|finding| &finding.names);
    let telling = all.map(String::as_str).filter(|name| name.chars().count() >= SHORTEST);
    telling.collect::<BTreeSet<&str>>().into_iter().take(MOST_NAMES).collect()
}

fn in_unchanged(
    repo: &Repo,
    scan: &Scan,
    names: &BTreeSet<&str>,
    found: &mut BTreeMap<RepoPath, BTreeSet<String>>,
) -> Result<(), GitError> {
    let tree = repo.commit(scan.group.base)?.tree;
    let changed = changed(scan);
    for (path, name) in grep(repo, tree, names)? {
        if path.is_test() && !changed.contains(&path) {
            found.entry(path).or_default().insert(name);
        }
    }
    Ok(())
}

/// Paths and the names that stand in them.
fn grep(repo: &Repo, tree: Oid, names: &BTreeSet<&str>) -> Result<Vec<(RepoPath, String)>, GitError> {
    let git = repo.git();
    let tree = tree.to_string();
    let mut args = vec!["grep", "-o", "-z", "-I", "--no-color", "--word-regexp", "--fixed-strings"];
    args.extend(names.iter().flat_map(|name| ["-e", name]));
    args.push(&tree);
    args.push("--");
    args.extend(COARSE);
    let output = git.output(&args, b"")?;
    // In a partial clone Git may miss blobs that nothing else needs: which tests to run first is
    // advice, and no reason to fail a check.
    if !matches!(output.code(), 0 | 1) {
        return Ok(Vec::new());
    }
    // `tree:path NUL name LF`, once for each occurrence.
    let mut found = Vec::new();
    for line in output.stdout.split(|&byte| byte == b'\n') {
        let Some(end) = line.iter().position(|&byte| byte == 0) else { continue };
        let path = line[..end].get(tree.len() + 1..).unwrap_or_default();
        found.push((RepoPath::new(path), String::from_utf8_lossy(&line[end + 1..]).into_owned()));
    }
    found.dedup();
    Ok(found)
}

fn changed(scan: &Scan) -> BTreeSet<&RepoPath> {
    scan.changes.values().flat_map(|branch| &branch.files).map(|file| &file.path).collect()
}

fn in_changed(scan: &Scan, names: &BTreeSet<&str>, found: &mut BTreeMap<RepoPath, BTreeSet<String>>) {
    for file in scan.changes.values().flat_map(|branch| &branch.files).filter(|file| file.path.is_test()) {
        let Some(new) = &file.new else { continue };
        let text = String::from_utf8_lossy(&new.bytes);
        let words: BTreeSet<&str> =
            text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').collect();
        for name in names.iter().filter(|name| words.contains(*name)) {
            found.entry(file.path.clone()).or_default().insert((*name).to_owned());
        }
    }
}
