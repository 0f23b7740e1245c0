//! How the merge has a use that a branch added to a file which another one changed as well.

use std::collections::HashMap;

use crate::validate::lines::LineMap;
use crate::validate::load::Side;
use crate::validate::model::Ref;

/// Of a line with more uses nobody tells which is which.
const MOST_ON_A_LINE: usize = 64;

/// A file as a branch left it and as the merge has it.
pub(in crate::validate) struct Standing<'m> {
    here: Places<'m>,
    there: Places<'m>,
    lines: LineMap,
}

impl<'m> Standing<'m> {
    pub(super) fn of(own: &'m Side<'_>, merged: &'m Side<'_>) -> Self {
        let lines = LineMap::new(own.text, merged.text);
        Self { here: Places::of(own), there: Places::of(merged), lines }
    }

    /// The use of the merge that one of the branch became: the same of its name in the same line.
    pub(super) fn counterpart(&self, own: &Ref) -> Option<&'m Ref> {
        let line = self.lines.to_new(own.line);
        if self.here.line(own.line)? != self.there.line(line)? {
            return None;
        }
        let (here, there) = (self.here.named(own.line, own)?, self.there.named(line, own)?);
        let place = here.iter().position(|other| other.span == own.span)?;
        there.get(place).copied().filter(|_| here.len() == there.len())
    }
}

/// The lines of a file, and its uses by line.
struct Places<'m> {
    lines: Vec<&'m str>,
    uses: HashMap<u32, Vec<&'m Ref>>,
}

impl<'m> Places<'m> {
    fn of(side: &'m Side<'_>) -> Self {
        let mut uses: HashMap<_, Vec<_>> = HashMap::new();
        for used in &side.model.refs {
            uses.entry(used.line).or_default().push(used);
        }
        Self { lines: side.text.lines().collect(), uses }
    }

    fn line(&self, line: u32) -> Option<&'m str> {
        self.lines.get(line.checked_sub(1)? as usize).copied()
    }

    /// The uses of one name on a line, in their order.
    fn named(&self, line: u32, like: &Ref) -> Option<Vec<&'m Ref>> {
        let all = self.uses.get(&line).filter(|all| all.len() <= MOST_ON_A_LINE)?;
        Some(all.iter().filter(|used| used.name == like.name && used.kind == like.kind).copied().collect())
    }
}
