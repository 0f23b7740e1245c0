//! Whole files that may be meant where structure proves nothing, for a gate to judge.

use std::collections::BTreeSet;

use super::candidates;
use super::checks::Kept;
use super::chunks::{Chunk, Three, WAYS, line_chunks_by};
use super::examples::by_example;
use super::forms::{Form, Read, Reads};
use super::indent;
use super::markers::Markers;
use super::region::Files;
use super::said::Said;
use super::weave::{Taste, Why};
use super::{Versions, accepted, assemble, files, has_conflict, read};

/// A whole file without conflicts that a gate may judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The ways in which its conflicts were resolved.
    pub name: String,
    pub text: String,
    pub said: Said,
    /// The names of the checks that it passed.
    pub checks: Vec<&'static str>,
}

/// How many guesses are made for one file, and how many are checked for that.
const MOST_GUESSES: usize = 20;
const MOST_CHECKED: usize = 80;

/// Files that may be meant where structure does not prove it, best first, and why others are out.
///
/// All passed the checks; which of them is right only the project's own tests can say.
pub fn guesses(versions: Versions<'_>) -> (Vec<Guess>, Vec<String>) {
    let texts = versions.texts();
    let cut = WAYS.map(|way| line_chunks_by(way, texts));
    let [_, chunks] = &cut;
    let chunks = cut.iter().find(|chunks| has_conflict(chunks)).unwrap_or(chunks);
    let form = Form::of(versions.path);
    let reads = read(form, texts);
    let (mut found, mut shorter, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let files = files(reads.as_ref(), texts, chunks).ok();
    let mut seen = BTreeSet::new();
    for Made { name, text, untaught } in made(texts, chunks, files.as_ref(), reads.as_ref()) {
        if !seen.insert(text.clone()) {
            continue;
        }
        // A form that stands in many places was not put there by either side so often.
        let lines = untaught.as_ref().unwrap_or(&text);
        let judged = |kept| accepted(form, texts, reads.as_ref(), [&text, lines], kept);
        let (list, checks) = match judged(Kept::Words) {
            Ok(checks) => (&mut found, Ok(checks)),
            Err(Why::LosesLines) => (&mut shorter, judged(Kept::NewWords)),
            Err(why) => (&mut shorter, Err(why)),
        };
        match checks {
            Err(why) => refused.push(format!("{}: {}", name, why.words())),
            Ok(checks) => {
                let said = Said::of(form, &text);
                add(list, Guess { name, text, said, checks }, texts);
            }
        }
        if found.len() + shorter.len() >= MOST_GUESSES || seen.len() >= MOST_CHECKED {
            break;
        }
    }
    // What keeps less of both is what less speaks for.
    found.extend(shorter);
    refused.dedup();
    (found, refused)
}

/// A text that may be meant.
struct Made {
    name: String,
    text: String,
    /// The text before it was brought into another form.
    untaught: Option<String>,
}

/// The texts of all combinations, and each of them in the form that one side gave to all like it.
fn made<'a>(
    texts: Three<&'a str>,
    chunks: &'a [Chunk],
    files: Option<&Files<'_>>,
    reads: Reads<'a>,
) -> impl Iterator<Item = Made> {
    let roots = reads.map(|read| read.as_ref().and_then(Read::whole));
    let taste = Taste { bold: true, ..Taste::default() };
    candidates::combinations(texts, chunks, files).into_iter().flat_map(move |combination| {
        let text = assemble(texts, chunks, &combination.resolutions, &Markers::default());
        let taught = by_example(&text, texts, roots, &taste).map(|taught| Made {
            name: format!("{} by example", combination.name),
            text: taught,
            untaught: Some(text.clone()),
        });
        std::iter::once(Made { name: combination.name, text, untaught: None }).chain(taught)
    })
}

/// Adds a guess; of two that differ in nothing but white space the one stays whose lines a side has.
fn add(guesses: &mut Vec<Guess>, guess: Guess, sides: Three<&str>) {
    let is_same = |known: &&mut Guess| {
        known.said.has_same_tree(guess.said) && indent::same_words(&known.text, &guess.text)
    };
    match guesses.iter_mut().find(is_same) {
        Some(known) if n_new_lines(&guess.text, sides) < n_new_lines(&known.text, sides) => *known = guess,
        Some(_) => {}
        None => guesses.push(guess),
    }
}

/// How many lines neither side has.
fn n_new_lines(text: &str, sides: Three<&str>) -> usize {
    let known: BTreeSet<&str> = sides.ours.lines().chain(sides.theirs.lines()).collect();
    text.lines().filter(|line| !known.contains(line)).count()
}
