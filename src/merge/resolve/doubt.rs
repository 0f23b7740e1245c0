//! Conflicts that are left although each part of them has an answer.
//!
//! Where one side rewrote several lines and the other put new ones among them, what is new mostly
//! has to be rewritten too: a renamed callee, another form of import, a new type. Nothing in the
//! structure says so; in merges that people made by hand, most such places came out otherwise than
//! both changes together. The same holds where both rewrote several lines.

use super::chunks::{Chunk, Three, edits};
use super::weave::Why;

/// So many lines rewritten in one place are no single change.
const SEVERAL: usize = 2;

/// What one side did to the lines of a conflict.
#[derive(Debug, Default)]
struct Deeds {
    rewritten: usize,
    added: usize,
    deleted: usize,
}

/// Why a conflict in code is not decided by its parts; none where it may be.
pub(super) fn doubt(texts: Three<&str>, chunk: &Chunk) -> Option<Why> {
    let lines = chunk.at.as_ref().zip(texts).map(|(at, text)| lines(&text[at.clone()]));
    let sides = [deeds(&lines.base, &lines.ours), deeds(&lines.base, &lines.theirs)];
    let rewrites = |side: &Deeds| side.rewritten >= SEVERAL && side.deleted == 0;
    let only_adds = |side: &Deeds| side.added > 0 && side.rewritten + side.deleted == 0;
    match &sides {
        [one, other] if rewrites(one) && rewrites(other) => Some(Why::SameThing),
        [one, other] if rewrites(one) && one.added == 0 && only_adds(other) => Some(Why::Rewritten),
        [other, one] if rewrites(one) && one.added == 0 && only_adds(other) => Some(Why::Rewritten),
        _ => None,
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

fn deeds(base: &[&str], side: &[&str]) -> Deeds {
    let mut deeds = Deeds::default();
    for (old, new) in edits(base, side) {
        match (old.len(), new.len()) {
            (0, n) => deeds.added += n,
            (n, 0) => deeds.deleted += n,
            (n, _) => deeds.rewritten += n,
        }
    }
    deeds
}
