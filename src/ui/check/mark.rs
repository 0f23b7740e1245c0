//! Which part of a source line a finding is about.

use std::ops::Range;

use crate::model::Finding;

/// The bytes of the line that are marked: the first name of the finding that stands there as a word
/// of its own, or all of the line that is not white space.
pub(super) fn mark(finding: &Finding, line: &str) -> Range<usize> {
    let named = finding.names.iter().find_map(|name| {
        let start = word(line, name)?;
        Some(start..start + name.len())
    });
    named.unwrap_or_else(|| {
        let start = line.len() - line.trim_start().len();
        start..line.trim_end().len().max(start)
    })
}

fn word(line: &str, name: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut places = line.match_indices(name).map(|(start, _)| start);
    places
        .find(|&start| !line[..start].ends_with(is_part) && !line[start + name.len()..].starts_with(is_part))
}
