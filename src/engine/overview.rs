//! The map of the repository that an orchestrator plans with: directories with their sizes, and
//! which of them import from which.
//!
//! However large the repository, the map has a limited size and reads a limited number of files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Workspace;
use super::check::{Models, load};
use crate::compress::estimate_tokens_of_size;
use crate::git::Entry;
use crate::model::{Oid, RepoPath, Source};
use crate::validate::extract::{Language, language_of};
use crate::validate::model::Import;
use crate::validate::{Layout, Text, readable};

/// Most directories that are named.
const MOST_DIRECTORIES: usize = 60;
/// Most directories that are named as imported by one.
const MOST_IMPORTED: usize = 6;
/// Most source files that are read for their imports, and how many at once.
const MOST_READ: usize = 2_000;
const AT_ONCE: usize = 250;
/// Most manifests that are read.
const MOST_MANIFESTS: usize = 200;

/// The directories of a commit, two levels deep; the largest, in order of their names.
pub(super) fn overview(workspace: &Workspace, base: Oid) -> anyhow::Result<String> {
    let repo = &workspace.repo;
    let tree = repo.list_tree(repo.commit(base)?.tree)?;
    let files: Vec<(RepoPath, Entry)> = tree.into_iter().filter(|(_, entry)| entry.is_file()).collect();
    let mut directories: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for (path, entry) in &files {
        let counted = directories.entry(directory(&path.to_text())).or_default();
        counted.0 += 1;
        counted.1 += estimate_tokens_of_size(repo.blob_size(entry.oid)?);
    }
    let mut largest: Vec<(&String, &(usize, u64))> = directories.iter().collect();
    largest.sort_by_key(|(_, (_, tokens))| std::cmp::Reverse(*tokens));
    let n_more = largest.len().saturating_sub(MOST_DIRECTORIES);
    largest.truncate(MOST_DIRECTORIES);
    largest.sort();
    let mut out = String::from("Directories, with files and the tokens to read them all:\n\n");
    for (name, (files, tokens)) in &largest {
        _ = writeln!(out, "- {name}: {files} files, {tokens} tokens");
    }
    if n_more > 0 {
        _ = writeln!(out, "- and {n_more} smaller directories");
    }
    let named: BTreeSet<&str> = largest.iter().map(|(name, _)| name.as_str()).collect();
    out.push_str(&graph(workspace, &files, &named)?);
    Ok(out)
}

/// Which of the named directories import from which; nothing where no import leads anywhere.
fn graph(
    workspace: &Workspace,
    files: &[(RepoPath, Entry)],
    named: &BTreeSet<&str>,
) -> anyhow::Result<String> {
    let sources = sources(files);
    let read = read(workspace, &chosen(&sources))?;
    let texts: Vec<String> = files.iter().map(|(path, _)| path.to_text().into_owned()).collect();
    let mut layout = Layout::new(texts.iter().map(String::as_str), &manifests(workspace, files)?);
    for file in &read {
        layout.place(&file.path, file.language, &file.package);
    }
    let mut edges: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for file in &read {
        let from = directory(&file.path);
        let imported = layout.imported(&file.path, file.language, &file.imports);
        let imported: BTreeSet<String> = imported.iter().map(|dir| directory(&format!("{dir}/x"))).collect();
        for to in imported.into_iter().filter(|to| *to != from && named.contains(to.as_str())) {
            *edges.entry(from.clone()).or_default().entry(to).or_default() += 1;
        }
    }
    edges.retain(|from, _| named.contains(from.as_str()));
    Ok(drawn(&edges, read.len(), sources.len()))
}

fn drawn(edges: &BTreeMap<String, BTreeMap<String, usize>>, n_read: usize, n_all: usize) -> String {
    if edges.is_empty() {
        return String::new();
    }
    let part = if n_read < n_all { format!(", by {n_read} of {n_all} source files") } else { String::new() };
    let mut out = format!("\nImports between them, with the number of files that import{part}:\n\n");
    for (from, imported) in edges {
        let mut most: Vec<(&String, &usize)> = imported.iter().collect();
        most.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let n_more = most.len().saturating_sub(MOST_IMPORTED);
        let shown: Vec<String> =
            most.iter().take(MOST_IMPORTED).map(|(to, count)| format!("{to} ({count})")).collect();
        let more = if n_more > 0 { format!(", and {n_more} more") } else { String::new() };
        _ = writeln!(out, "- {from} from {}{more}", shown.join(", "));
    }
    out
}

/// A source file that can import.
#[derive(Clone, Copy)]
struct SourceFile<'a> {
    path: &'a RepoPath,
    entry: Entry,
    language: Language,
}

/// What was read of a file.
struct Read {
    path: String,
    language: Language,
    package: String,
    imports: Vec<Import>,
}

fn sources(files: &[(RepoPath, Entry)]) -> Vec<SourceFile<'_>> {
    let mut sources = Vec::new();
    for (path, entry) in files {
        if let Some(language) = language_of(path).filter(|language| language.is_code()) {
            sources.push(SourceFile { path, entry: *entry, language });
        }
    }
    sources
}

/// As many files as are read: the first of each directory, then the second of each, and so on.
fn chosen<'a>(sources: &[SourceFile<'a>]) -> Vec<SourceFile<'a>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, usize)> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let path = source.path.to_text();
        let place = places.entry(path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned()).or_default();
        ranked.push((*place, index));
        *place += 1;
    }
    ranked.sort_unstable();
    ranked.truncate(MOST_READ);
    ranked.into_iter().map(|(_, index)| sources[index]).collect()
}

fn read(workspace: &Workspace, chosen: &[SourceFile<'_>]) -> anyhow::Result<Vec<Read>> {
    let mut read = Vec::new();
    for some in chosen.chunks(AT_ONCE) {
        let blobs = some.iter().map(|file| load(&workspace.repo, file.path, file.entry));
        let blobs = blobs.collect::<anyhow::Result<Vec<Source>>>()?;
        let texts = some.iter().zip(&blobs).filter_map(|(file, blob)| {
            let text = readable(file.path, blob).ok()?;
            Some((file, Text { oid: file.entry.oid, language: file.language, text }))
        });
        let (files, texts): (Vec<&SourceFile<'_>>, Vec<Text<'_>>) = texts.unzip();
        // Read anew for each part: what is at hand of one is of no use to the next.
        let models = Models::of(workspace).read(&texts);
        read.extend(files.into_iter().zip(models).map(|(file, model)| Read {
            path: file.path.to_text().into_owned(),
            language: file.language,
            package: model.package.clone(),
            imports: model.imports.clone(),
        }));
    }
    Ok(read)
}

fn manifests(workspace: &Workspace, files: &[(RepoPath, Entry)]) -> anyhow::Result<Vec<(String, String)>> {
    let mut manifests = Vec::new();
    for (path, entry) in files {
        let name = path.to_text();
        if manifests.len() < MOST_MANIFESTS && Layout::is_manifest(&name) {
            let blob = load(&workspace.repo, path, *entry)?;
            manifests.extend(readable(path, &blob).map(|text| (name.into_owned(), text.to_owned())));
        }
    }
    Ok(manifests)
}

/// The first two components of a file's directory.
fn directory(path: &str) -> String {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.len() {
        1 => "the top".to_owned(),
        n => format!("{}/", parts[..(n - 1).min(2)].join("/")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_two_levels_deep() {
        let names = ["a", "/x", "src/a", "src/b/c", "src/b/c/d/e"].map(directory);
        assert_eq!(names, ["the top", "the top", "src/", "src/b/", "src/b/"]);
    }

    #[test]
    fn the_map_stays_small() {
        let name = |number: usize| format!("packages/package-number-{number:03}/");
        let all = |_| (0..60).map(|to| (name(to), 60 - to)).collect();
        let edges: BTreeMap<String, BTreeMap<String, usize>> =
            (0..60).map(|from| (name(from), all(from))).collect();
        let drawn = drawn(&edges, 2_000, 20_000);
        assert!(drawn.contains("by 2000 of 20000 source files"), "{drawn}");
        let line = drawn.lines().nth(3).unwrap();
        assert!(line.ends_with("package-number-005/ (55), and 54 more"), "{line}");
        assert!(drawn.len() < 20_000, "{}", drawn.len());
    }

    #[test]
    fn each_directory_is_read_before_any_is_read_whole() {
        let paths: Vec<RepoPath> = (0..3_000)
            .map(|number| RepoPath::from(format!("a/{number:04}.ts").as_str()))
            .chain((0..10).map(|number| RepoPath::from(format!("z{number}/only.ts").as_str())))
            .collect();
        let entry = Entry { oid: Oid::parse(&"1".repeat(40)).unwrap(), mode: 0o100_644 };
        let sources: Vec<SourceFile<'_>> =
            paths.iter().map(|path| SourceFile { path, entry, language: Language::TypeScript }).collect();
        let chosen = chosen(&sources);
        assert_eq!(chosen.len(), MOST_READ);
        assert_eq!(chosen.iter().filter(|file| file.path.to_text().starts_with('z')).count(), 10);
    }
}
