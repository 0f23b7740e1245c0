//! One side's text with the indentation that the other gave to what both have.
//!
//! Who turns a condition round and leaves early, or puts a block around lines, moves all that is in it.
//! What the other side changed there meets it only once it is moved likewise.

use super::chunks::edits;

/// The base and the other side as the leader indents them; none where it moved nothing that is left, or
/// where something would stand before the margin.
pub(super) fn indented_as(leader: &str, base: &str, other: &str) -> Option<[String; 2]> {
    let lines = [leader, base, other].map(|text| text.split_inclusive('\n').collect::<Vec<&str>>());
    let [leader, base, other] = &lines;
    let mut shifts: Vec<Option<isize>> = vec![None; base.len()];
    for (at, own) in kept(base, leader) {
        shifts[at] = (!base[at].trim().is_empty()).then(|| indent(leader[own]) - indent(base[at]));
    }
    if shifts.iter().flatten().all(|shift| *shift == 0) {
        return None;
    }
    let mut others: Vec<Option<isize>> = vec![None; other.len()];
    for (at, own) in kept(base, other) {
        others[own] = shifts[at];
    }
    Some([shifted(base, &shifts)?, shifted(other, &others)?])
}

/// The places of the lines that two texts share, but for their indentation.
fn kept(one: &[&str], other: &[&str]) -> Vec<(usize, usize)> {
    let words = |lines: &[&str]| lines.iter().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let mut found = Vec::new();
    let mut at = (0, 0);
    for (old, new) in edits(&words(one), &words(other)) {
        found.extend((at.0..old.start).zip(at.1..new.start));
        at = (old.end, new.end);
    }
    found.extend((at.0..one.len()).zip(at.1..other.len()));
    found
}

fn indent(line: &str) -> isize {
    (line.len() - line.trim_start().len()).cast_signed()
}

/// The lines, each as far in as it is told; those of which nothing is told go with what is behind them,
/// or else before them.
fn shifted(lines: &[&str], shifts: &[Option<isize>]) -> Option<String> {
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let told = shifts[at..].iter().flatten().next().or_else(|| shifts[..at].iter().flatten().next_back());
        let bare = line.trim_start();
        if bare.is_empty() {
            out.push_str(line);
            continue;
        }
        let wanted = usize::try_from(indent(line) + told.copied().unwrap_or(0)).ok()?;
        let margin = &line[..line.len() - bare.len()];
        let sign = margin.chars().next().unwrap_or(' ');
        out.extend(std::iter::repeat_n(sign, wanted));
        out.push_str(bare);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_side_moved_moves_what_the_other_put_in() {
        let base = "  if a:\n    b\n    c\n";
        let leader = "  if not a:\n    next\n  b\n  c\n";
        let other = "  if a:\n    b\n    if d:\n      next\n    c\n    e\n";
        let found = indented_as(leader, base, other).unwrap();
        assert_eq!(found, ["if a:\n  b\n  c\n", "if a:\n  b\n  if d:\n    next\n  c\n  e\n"]);
    }

    #[test]
    fn nothing_is_moved_where_no_line_is_left_or_none_was() {
        assert_eq!(indented_as("a\nx\n", "a\nb\n", "a\nc\n"), None);
        assert_eq!(indented_as("  z\n", "  a\n", "  a\n  b\n"), None);
        // There is no room before the margin.
        assert_eq!(indented_as("a\n", "  a\n", "b\n  a\n"), None);
    }

    #[test]
    fn tabs_stay_tabs() {
        let found = indented_as("\tif x {\n\t\ta\n\t}\n", "\ta\n", "\ta\n\tb\n").unwrap();
        assert_eq!(found, ["\t\ta\n", "\t\ta\n\t\tb\n"]);
    }
}
