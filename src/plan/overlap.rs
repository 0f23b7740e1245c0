//! Whether two write scopes can meet in one path.
//!
//! Decided on the patterns alone, so that files which do not exist yet count too. When in doubt the
//! answer is yes: the price is a later wave, never a lost edit.

use std::collections::BTreeSet;

use crate::model::Scope;

/// Returns a glob of `two` that can name a path which `one` names too.
pub fn scopes_overlap(one: &Scope, two: &Scope) -> Option<String> {
    let meets = |glob: &&str| one.globs().any(|other| globs_overlap(other, glob));
    two.globs().find(meets).map(str::to_owned)
}

/// Whether some path matches both globs.
pub fn globs_overlap(one: &str, two: &str) -> bool {
    let ones = alternatives(one);
    let twos = alternatives(two);
    ones.iter().any(|one| twos.iter().any(|two| meet(&pieces(one), &pieces(two))))
}

/// One step of a glob without braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Char(char),
    /// `?` and `[…]`: any one character but a slash.
    One,
    /// `*`: any run without a slash.
    Run,
    /// `**`: any run.
    Deep,
}

/// A brace group explodes into its alternatives; past this many the glob counts as `**`.
const MOST_ALTERNATIVES: usize = 256;

fn alternatives(glob: &str) -> Vec<String> {
    let mut open = vec![glob.to_owned()];
    let mut done = Vec::new();
    while let Some(next) = open.pop() {
        match split_braces(&next) {
            Some(choices) => open.extend(choices),
            None => done.push(next),
        }
        if open.len() + done.len() > MOST_ALTERNATIVES {
            return vec!["**".to_owned()];
        }
    }
    done
}

/// Expands the first brace group; nested groups expand in later rounds.
fn split_braces(glob: &str) -> Option<Vec<String>> {
    let start = glob.find('{')?;
    let mut depth = 0;
    let mut cuts = vec![start];
    for (offset, character) in glob[start..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => cuts.push(start + offset),
            _ => {}
        }
        if depth == 0 {
            cuts.push(start + offset);
            let (head, tail) = (&glob[..start], &glob[start + offset + 1..]);
            let choice = |cut: &[usize]| format!("{head}{}{tail}", &glob[cut[0] + 1..cut[1]]);
            return Some(cuts.windows(2).map(choice).collect());
        }
    }
    // An unbalanced brace cannot be read: it may mean anything.
    Some(vec!["**".to_owned()])
}

fn pieces(glob: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = glob.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.peek() == Some(&'*') => {
                while rest.next_if_eq(&'*').is_some() {}
                // `**/` also matches no directory at all, so its slash may be missing.
                _ = rest.next_if_eq(&'/');
                pieces.push(Piece::Deep);
            }
            '*' => pieces.push(Piece::Run),
            '?' => pieces.push(Piece::One),
            '[' => {
                for inside in rest.by_ref() {
                    if inside == ']' {
                        break;
                    }
                }
                pieces.push(Piece::One);
            }
            other => pieces.push(Piece::Char(other)),
        }
    }
    pieces
}

/// Walks both globs at once; each state is a position in either.
fn meet(one: &[Piece], two: &[Piece]) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![(0, 0)];
    while let Some((i, j)) = open.pop() {
        if i == one.len() && j == two.len() {
            return true;
        }
        if !seen.insert((i, j)) {
            continue;
        }
        let (left, right) = (one.get(i).copied(), two.get(j).copied());
        if matches!(left, Some(Piece::Run | Piece::Deep)) {
            open.push((i + 1, j));
        }
        if matches!(right, Some(Piece::Run | Piece::Deep)) {
            open.push((i, j + 1));
        }
        if let (Some(left), Some(right)) = (left, right)
            && share_a_character(left, right)
        {
            let stay = |piece| matches!(piece, Piece::Run | Piece::Deep);
            open.push((if stay(left) { i } else { i + 1 }, if stay(right) { j } else { j + 1 }));
        }
    }
    false
}

fn share_a_character(left: Piece, right: Piece) -> bool {
    match (left, right) {
        (Piece::Char(left), Piece::Char(right)) => left == right,
        (Piece::Char(character), Piece::One | Piece::Run)
        | (Piece::One | Piece::Run, Piece::Char(character)) => character != '/',
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_meet_when_a_path_matches_both() {
        for (one, two) in [
            ("src/**", "src/types/a.ts"),
            ("src/*.ts", "src/a.*"),
            ("**/*.sql", "db/**"),
            ("src/{a,b}.ts", "src/b.*"),
            ("a/**/z", "a/z"),
            ("src/[a-c].ts", "src/b.ts"),
            ("**", "x"),
        ] {
            assert!(globs_overlap(one, two) && globs_overlap(two, one), "{one} and {two} meet");
        }
        for (one, two) in [
            ("src/a/**", "src/b/**"),
            ("src/*.ts", "src/x/a.ts"),
            ("src/*.ts", "src/*.py"),
            ("src/{a,b}.ts", "src/c.ts"),
            ("src/a.ts", "src/a.tsx"),
        ] {
            assert!(!globs_overlap(one, two) && !globs_overlap(two, one), "{one} and {two} never meet");
        }
    }

    #[test]
    fn what_cannot_be_read_meets_everything() {
        assert!(globs_overlap("src/{a", "docs/b"));
        let explosive = "{a,b}".repeat(20);
        assert!(globs_overlap(&explosive, "anything"));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        /// Whenever a real path matches both globs, the patterns must be known to meet.
        #[test]
        fn a_common_path_is_never_missed(one in "[ab/*?]{1,6}", two in "[ab/*?]{1,6}", path in "[ab/]{1,6}") {
            let allows = |pattern: &str| {
                Scope::new(&[pattern]).is_ok_and(|scope| scope.allows(&crate::model::RepoPath::from(path.as_str())))
            };
            if allows(&one) && allows(&two) {
                let (one, two) = (Scope::new(&[&one])?, Scope::new(&[&two])?);
                proptest::prop_assert!(scopes_overlap(&one, &two).is_some());
            }
        }
    }
}
