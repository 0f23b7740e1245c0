//! Tells whether a text is nearly what it was once.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::validate::names::similarity;

/// As near as this to the older state,
const NEAR: f32 = 0.92;
/// and as far as this from the one before.
const FAR: f32 = 0.80;
/// Shorter texts are alike by accident.
const LINES: usize = 5;
/// Longer ones are not compared.
const LONGEST: usize = 64 << 10;

/// Whether a text became something else. Most edits change little, so this is asked before any
/// older text is looked at.
pub(super) fn is_another(before: &str, now: &str) -> bool {
    before.len() <= LONGEST && is_long(now) && ratio(before, now) < FAR
}

/// Whether a text that became something else is nearly what it was once.
pub(super) fn is_near(then: &str, now: &str) -> bool {
    // Order does not count here, so that this is never less than the ratio and costs one pass.
    is_long(then) && similarity(then, "", now, "") >= f64::from(NEAR) && ratio(then, now) >= NEAR
}

fn is_long(text: &str) -> bool {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    text.len() <= LONGEST && lines.count() >= LINES
}

/// How much of two texts is the same, word by word.
fn ratio(left: &str, right: &str) -> f32 {
    let (left, right) = (words(left), words(right));
    let ops = capture_diff_slices(Algorithm::Myers, &left, &right);
    let equal = ops.iter().filter(|op| matches!(op, DiffOp::Equal { .. }));
    let same: usize = equal.map(|op| op.new_range().len()).sum();
    2.0 * same as f32 / (left.len() + right.len()).max(1) as f32
}

fn words(text: &str) -> Vec<&str> {
    let part = |char: char| char.is_alphanumeric() || char == '_';
    let ends = text.split_inclusive(|char: char| !part(char));
    let split = ends.flat_map(|piece| {
        let end = piece.trim_end_matches(|char: char| !part(char)).len();
        [&piece[..end], piece[end..].trim()]
    });
    split.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const JWT: &str = "fn check(token) {\n  let claims = decode(token);\n  verify(claims, key);\n  if claims.expired {\n    return none;\n  }\n  return claims.user;\n}\n";
    const SESSION: &str = "fn check(id) {\n  let row = sessions.get(id);\n  touch(row);\n  audit(row, id, now);\n  return row.owner.name;\n}\n";

    #[test]
    fn a_near_return_is_neither_progress_nor_a_small_change() {
        let again = JWT.replace("return none", "return null");
        assert!(is_another(SESSION, &again) && is_near(JWT, &again));
        assert!(!is_another(JWT, &again), "a small change");
        assert!(!is_near(JWT, SESSION), "something else");
        assert!(!is_another("c\nd\n", "a\nb\n") && !is_near("a\nb\n", "a\nb\n"), "too short");
    }
}
