//! Finds the source files that a branch moved or renamed.
//!
//! Git follows a renamed file in a merge, so what others changed in it ends up in the new place, and
//! what stood in it before is no new use. What others import by the old path is lost all the same: the
//! old file stays among the removed ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::delta::change_of;
use super::extract::Language;
use super::load::File;

const FOLLOWED: [Language; 7] = [
    Language::Java,
    Language::Go,
    Language::Python,
    Language::Rust,
    Language::TypeScript,
    Language::Tsx,
    Language::JavaScript,
];

/// More pairs of lost and new files than this are not compared.
const PAIRS: usize = 20_000;

/// As much of a file must stay, as for Git.
const KEPT: f64 = 0.5;

/// Tells the new files of a branch where they come from.
pub(super) fn follow(files: &mut [File<'_>]) {
    for language in FOLLOWED {
        follow_in(files, language);
    }
}

fn follow_in(files: &mut [File<'_>], language: Language) {
    let of = |wanted: fn(&File<'_>) -> bool| -> Vec<usize> {
        let found = files.iter().enumerate().filter(|(_, file)| file.language == language && wanted(file));
        found.map(|(idx, _)| idx).collect()
    };
    let lost = of(|file| file.new.is_none() && file.old.is_some());
    let made = of(|file| file.old.is_none() && file.new.is_some());
    if lost.is_empty() || made.is_empty() || lost.len() * made.len() > PAIRS {
        return;
    }
    for (from, to) in pairs(files, &lost, &made) {
        let Some(old) = files[from].old.clone() else { continue };
        let path = files[from].path;
        let moved = change_of(language, Some(&old), files[to].new.as_ref());
        let change = Arc::make_mut(&mut files[to].change);
        (change.uses, change.imported, change.dropped) = (moved.uses, moved.imported, moved.dropped);
        files[to].moved_from = Some((path, old));
    }
}

/// The best pairs, each file once.
fn pairs(files: &[File<'_>], lost: &[usize], made: &[usize]) -> Vec<(usize, usize)> {
    let lines: BTreeMap<usize, BTreeMap<&str, usize>> =
        lost.iter().chain(made).map(|idx| (*idx, lines(&files[*idx]))).collect();
    let mut scored = Vec::new();
    for &from in lost {
        for &to in made {
            let score = likeness(&lines[&from], &lines[&to]);
            if score >= KEPT {
                // Of equals, one with the same name comes first.
                let same_name = files[from].path.file_name() == files[to].path.file_name();
                scored.push(((score * 1000.0) as u32, same_name, from, to));
            }
        }
    }
    scored.sort_by_key(|(score, same_name, from, to)| (std::cmp::Reverse((*score, *same_name)), *from, *to));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (_, _, from, to) in scored {
        if !pairs.iter().any(|(other_from, other_to)| *other_from == from || *other_to == to) {
            pairs.push((from, to));
        }
    }
    pairs
}

/// How often a file has each line.
fn lines<'f>(file: &'f File<'_>) -> BTreeMap<&'f str, usize> {
    let side = file.new.as_ref().or(file.old.as_ref());
    let mut lines = BTreeMap::new();
    let all = side.map_or("", |side| side.text).lines().map(str::trim);
    all.filter(|line| line.len() > 1).for_each(|line| *lines.entry(line).or_default() += 1);
    lines
}

/// How much of the larger file is in the other one, from 0 to 1.
fn likeness(left: &BTreeMap<&str, usize>, right: &BTreeMap<&str, usize>) -> f64 {
    let size = |lines: &BTreeMap<&str, usize>| lines.values().sum::<usize>();
    let shared: usize =
        left.iter().map(|(line, count)| right.get(line).map_or(0, |other| *count.min(other))).sum();
    shared as f64 / size(left).max(size(right)).max(1) as f64
}
