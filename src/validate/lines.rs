//! Lines of two versions of a file: which are new, and where an old one would stand now.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The lines of a text with their endings; only a line feed ends a line, as in Git.
pub(super) fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The line difference of two versions of a file.
pub(super) struct LineMap {
    ops: Vec<DiffOp>,
    n_new: usize,
}

impl LineMap {
    pub(super) fn new(old: &str, new: &str) -> Self {
        let (old, new) = (lines(old), lines(new));
        Self { ops: capture_diff_slices(Algorithm::Myers, &old, &new), n_new: new.len() }
    }

    /// For each line of the new version, whether the old one lacks it.
    pub(super) fn added(&self) -> Vec<bool> {
        let mut added = vec![false; self.n_new];
        for op in &self.ops {
            if !matches!(op, DiffOp::Equal { .. }) {
                added[op.new_range()].fill(true);
            }
        }
        added
    }

    /// The one-based line of the new version where a one-based line of the old one stands or
    /// would stand; one past the end when the tail was removed.
    pub(super) fn to_new(&self, line: u32) -> u32 {
        let old = line.saturating_sub(1) as usize;
        for op in &self.ops {
            if op.old_range().contains(&old) {
                let offset = match op {
                    DiffOp::Equal { .. } => old - op.old_range().start,
                    _ => 0,
                };
                return (op.new_range().start + offset + 1) as u32;
            }
        }
        (self.n_new + 1) as u32
    }
}

/// The byte offset at which a one-based line starts; the length of the text past its end.
pub(super) fn line_start(text: &str, line: u32) -> usize {
    let before = line.saturating_sub(1) as usize;
    lines(text).iter().take(before).map(|line| line.len()).sum()
}

/// The bytes of the whole lines that `start..end` touches.
pub(super) fn whole_lines(text: &str, start: usize, end: usize) -> std::ops::Range<usize> {
    let first = text[..start].rfind('\n').map_or(0, |feed| feed + 1);
    let last = match text[end..].find('\n') {
        _ if end > start && text[..end].ends_with('\n') => end,
        Some(feed) => end + feed + 1,
        None => text.len(),
    };
    first..last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_line_is_found_where_it_stands_or_stood() {
        let map = LineMap::new("a\nb\nc\nd\n", "x\na\nc\n");
        assert_eq!(map.to_new(1), 2);
        assert_eq!(map.to_new(2), 3, "a removed line maps to the line that took its place");
        assert_eq!(map.to_new(3), 3);
        assert_eq!(map.to_new(4), 4, "past the end");
        assert_eq!(map.added(), [true, false, false]);
    }

    #[test]
    fn whole_lines_take_the_ends_along() {
        let text = "one\ntwo\nthree";
        assert_eq!(&text[whole_lines(text, 5, 6)], "two\n");
        assert_eq!(&text[whole_lines(text, 9, 10)], "three");
        assert_eq!(&text[whole_lines(text, 4, 8)], "two\n");
        assert_eq!(line_start(text, 3), 8);
    }
}
