//! What languages say about stretches of code.

use std::ops::Range;

use super::Walk;
use crate::validate::extract::node::Node;
use crate::validate::extract::scope::Meaning;
use crate::validate::extract::syntax;
use crate::validate::extract::uses::{LIST_OF, RESULT_OF};
use crate::validate::model::{Fails, Holds, Kind, Match, Region, Rest, Text, Value};

/// More stretches in one file than this tell nothing more.
const REGIONS: usize = 10_000;
/// More texts in one file are data.
const TEXTS: usize = 10_000;
/// Further statements are not looked at for the end of a lock.
const STATEMENTS: usize = 200;

impl<'a> Walk<'a> {
    /// Says what holds in a stretch of code.
    pub(in crate::validate::extract) fn hold(&mut self, holds: Holds, span: Range<usize>) {
        if self.model.regions.len() < REGIONS && !span.is_empty() {
            self.model.regions.push(Region { holds, span });
        }
    }

    /// Says that a name is both a key and the variable beside it.
    pub(in crate::validate::extract) fn shorthand(&mut self, name: Node<'a>) {
        self.model.shorthands.push(name.start_byte());
    }

    /// Says that the function around throws something, unless that is caught inside of it.
    pub(in crate::validate::extract) fn throws(&mut self, node: Node<'a>, what: &str) {
        let is_function = |kind| matches!(kind, Kind::Function | Kind::Method);
        let Some(open) = self.open.iter().rev().find(|open| is_function(open.kind)) else { return };
        let Some(def) = open.def.map(|def| &mut self.model.defs[def]) else { return };
        let inside = |region: &Region| {
            region.holds == Holds::Catch
                && region.span.start >= def.span.start
                && region.span.contains(&node.start_byte())
        };
        if self.model.regions.iter().rev().take(STATEMENTS).any(inside) {
            return;
        }
        match &mut def.fails {
            Fails::No => def.fails = Fails::Throws(vec![what.to_owned()]),
            Fails::Throws(known) if known.len() < 8 && !known.iter().any(|known| known == what) => {
                known.push(what.to_owned());
            }
            Fails::Throws(_) => {}
        }
    }

    /// Adds a text that is expected to be of a type, or of the type of its field.
    pub(in crate::validate::extract) fn expect_text(
        &mut self,
        node: Node<'a>,
        (of, field): (String, Option<String>),
    ) {
        let text = syntax::literal(node, self.source).filter(|_| self.model.texts.len() < TEXTS);
        let Some(text) = text else { return };
        let start = node.end_byte() - 1 - text.len();
        self.model.texts.push(Text {
            text: text.to_owned(),
            of,
            field,
            line: syntax::line(node),
            span: start..start + text.len(),
        });
    }

    /// The type of a bare name at the current place, where it is stated.
    pub(in crate::validate::extract) fn type_of_name(&self, name: Node<'_>) -> Option<String> {
        let known = self.scopes.meaning(self.scopes.current(), self.text(name), name.start_byte());
        let (Meaning::File(ty) | Meaning::Local(ty)) = known else { return None };
        ty.filter(|ty| [LIST_OF, RESULT_OF].iter().all(|mark| !ty.starts_with(mark))).map(str::to_owned)
    }

    /// Adds a `match` or the like that the current node is.
    pub(in crate::validate::extract) fn matching(
        &mut self,
        node: Node<'a>,
        arms: Vec<Arm<'a>>,
        rest: Rest,
        is_value: bool,
    ) -> &mut Match {
        let of = arms.first().and_then(|arm| arm.of).filter(|of| arms.iter().all(|arm| arm.of == Some(*of)));
        self.model.matches.push(Match {
            arms: arms.iter().map(|arm| arm.name.to_owned()).collect(),
            of: of.map(str::to_owned),
            rest,
            on: Value::Unknown,
            is_value,
            within: self.open_def(),
            line: syntax::line(node),
            span: node.byte_range(),
        });
        let last = self.model.matches.len() - 1;
        &mut self.model.matches[last]
    }

    /// Where a lock that a statement takes is given back: at the first later statement beside it
    /// that says `release`, or at the end of the block.
    pub(in crate::validate::extract) fn locked_until(
        &self,
        statement: Node<'a>,
        release: impl Fn(&str) -> bool,
    ) -> usize {
        let mut next = statement.next_named_sibling();
        for _ in 0..STATEMENTS {
            let Some(node) = next else { break };
            if release(self.text(node)) {
                return node.start_byte();
            }
            next = node.next_named_sibling();
        }
        statement.parent().map_or(statement.end_byte(), |block| block.end_byte())
    }
}

/// One name that an arm takes.
#[derive(Clone, Copy)]
pub(in crate::validate::extract) struct Arm<'a> {
    pub(in crate::validate::extract) name: &'a str,
    pub(in crate::validate::extract) of: Option<&'a str>,
}

/// The last name of a lock as it is written: `mu` for `s.mu`.
pub(in crate::validate::extract) fn lock_name(text: &str) -> Option<&str> {
    let name = text.trim().trim_start_matches(['&', '*', '(']).trim_end_matches([')', ';', '!', '?']);
    let last = name.rsplit(['.', ':', '>']).next()?.trim();
    let plain =
        !last.is_empty() && last.chars().all(|char| char.is_alphanumeric() || char == '_' || char == '#');
    plain.then(|| last.trim_start_matches('#'))
}

/// Functions whose arguments run beside the code that calls them.
pub(in crate::validate::extract) fn runs_beside(name: &str) -> bool {
    const STARTS: [&str; 30] = [
        "spawn",
        "spawn_blocking",
        "spawn_local",
        "submit",
        "execute",
        "runAsync",
        "supplyAsync",
        "thenAccept",
        "on",
        "once",
        "addEventListener",
        "addListener",
        "setInterval",
        "setTimeout",
        "setImmediate",
        "subscribe",
        "post",
        "put",
        "patch",
        "HandleFunc",
        "Handle",
        "Thread",
        "Timer",
        "Go",
        "create_task",
        "schedule",
        "scheduleAtFixedRate",
        "run_in_executor",
        "apply_async",
        "ensure_future",
    ];
    STARTS.contains(&name)
}
