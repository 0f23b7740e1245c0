//! Merges two versions of a text that change different sections of it.
//!
//! Sections are what lies between lines that each version has once, in one order. Diffs find such
//! lines again unless others moved across them; how they cut the text between them does not matter where
//! one side left that alone. So this is the text that Git's merge comes to, save that it knows nothing of
//! merge drivers: for a look ahead alone. Whatever is not as plain is for Git to merge.

use std::collections::{HashMap, HashSet};

/// The lines of a base that a version of it still has, where both have them once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchors(Vec<Anchor>);

/// Where a line starts in the base, and where in the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Anchor {
    base: usize,
    version: usize,
}

impl Anchors {
    /// None for what Git does not merge by lines, and where lines may have changed places.
    pub fn new(base: &[u8], version: &[u8]) -> Option<Self> {
        if is_binary(base) || is_binary(version) {
            return None;
        }
        let there = single_lines(version);
        let here = single_lines(base).into_iter();
        let mut anchors: Vec<Anchor> = here
            .filter_map(|(line, base)| Some(Anchor { base: base?, version: (*there.get(line)?)? }))
            .collect();
        anchors.sort_unstable_by_key(|anchor| anchor.base);
        let found = Self(anchors);
        let is_plain = found.0.is_sorted_by_key(|anchor| anchor.version) && !found.are_crossed(base, version);
        is_plain.then_some(found)
    }

    /// Whether a line is gone from one section and new in another. A diff may find it again there, and
    /// then none of what lies between.
    fn are_crossed(&self, base: &[u8], version: &[u8]) -> bool {
        let (mut gone, mut new) = (HashSet::new(), HashSet::new());
        let mut start = Anchor { base: 0, version: 0 };
        for &end in self.0.iter().chain([&Anchor { base: base.len(), version: version.len() }]) {
            let (before, after) = (&base[start.base..end.base], &version[start.version..end.version]);
            if before != after {
                let mut surplus: HashMap<&[u8], isize> = HashMap::new();
                lines(before).for_each(|line| *surplus.entry(line).or_default() -= 1);
                lines(after).for_each(|line| *surplus.entry(line).or_default() += 1);
                gone.extend(surplus.iter().filter(|(_, surplus)| **surplus < 0).map(|(line, _)| *line));
                new.extend(surplus.iter().filter(|(_, surplus)| **surplus > 0).map(|(line, _)| *line));
            }
            start = end;
        }
        !gone.is_disjoint(&new)
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
}

/// A version of a text, with the lines that it kept.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    pub text: &'a [u8],
    pub anchors: &'a Anchors,
}

/// The text with the changes of both sides, if no section has changes of both.
pub fn unite(base: &[u8], ours: Version<'_>, theirs: Version<'_>) -> Option<Vec<u8>> {
    let mut merged = Vec::with_capacity(ours.text.len().max(theirs.text.len()));
    let mut done = [0; 3];
    let ends = [base.len(), ours.text.len(), theirs.text.len()];
    for now in common(ours.anchors, theirs.anchors).chain([ends]) {
        let base = &base[done[0]..now[0]];
        match (&ours.text[done[1]..now[1]], &theirs.text[done[2]..now[2]]) {
            (same, other) if same == base || same == other => merged.extend_from_slice(other),
            (other, same) if same == base => merged.extend_from_slice(other),
            _ => return None,
        }
        done = now;
    }
    Some(merged)
}

/// Where lines that all three texts have start in each of them.
fn common<'a>(ours: &'a Anchors, theirs: &'a Anchors) -> impl Iterator<Item = [usize; 3]> + 'a {
    let mut theirs = theirs.0.iter().peekable();
    ours.0.iter().filter_map(move |one| {
        while theirs.next_if(|other| other.base < one.base).is_some() {}
        let other = theirs.next_if(|other| other.base == one.base)?;
        Some([one.base, one.version, other.version])
    })
}

/// Where each line starts, none for those that are there more than once.
fn single_lines(text: &[u8]) -> HashMap<&[u8], Option<usize>> {
    let mut found = HashMap::new();
    let mut at = 0;
    for line in lines(text) {
        found.entry(line).and_modify(|place| *place = None).or_insert(Some(at));
        at += line.len();
    }
    found
}

/// As Git tells it: by a zero byte near the start.
fn is_binary(text: &[u8]) -> bool {
    text[..text.len().min(8000)].contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
        let [base, ours, theirs] = [base, ours, theirs].map(str::as_bytes);
        let (left, right) = (Anchors::new(base, ours)?, Anchors::new(base, theirs)?);
        let ours = Version { text: ours, anchors: &left };
        let theirs = Version { text: theirs, anchors: &right };
        let merged = unite(base, ours, theirs);
        assert_eq!(unite(base, theirs, ours), merged, "the sides are equal");
        merged.map(|merged| String::from_utf8(merged).unwrap())
    }

    #[test]
    fn changes_of_different_sections_are_united() {
        assert_eq!(merge("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC").as_deref(), Some("A\nb\nC"));
        assert_eq!(merge("a\nb\n", "A\nb\n", "a\nB\n"), None, "they touch");
        assert_eq!(merge("a\nx\nx\nb\n", "A\nx\nx\nb\n", "a\nx\nx\nB\n"), None, "which `x` is it?");
        assert_eq!(merge("a\nb\nc\n", "a\nb\nc\nd\n", "0\na\nb\nc\n").as_deref(), Some("0\na\nb\nc\nd\n"));
        assert_eq!(merge("a\n", "a\n", "b\n").as_deref(), Some("b\n"));
        assert_eq!(merge("a\n", "b\n", "b\n").as_deref(), Some("b\n"));
        assert_eq!(merge("", "a\n", "").as_deref(), Some("a\n"));
        assert_eq!(merge("a\nb\n", "b\na\n", "a\nb\n"), None, "lines changed places");
        let (base, ours) = ("x\n0\n\na\nx\n", "x\n0\n\nx\nb\na\n");
        assert_eq!(merge(base, ours, "x\n0\n\na\n"), None, "a line that is twice changed places");
        assert_eq!(merge("a\0\n", "a\0\n", "b\n"), None, "not by lines");
    }
}
