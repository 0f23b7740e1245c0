//! Does to what one side added what the other did to lines like it.
//!
//! Where one side gave a function another signature, it rewrote every call of it; where it made two
//! results of one, every return; where it renamed a variable, every use. What the other side added
//! meanwhile is still in the old form. How to bring it into the new one the rewritten lines show.
//! What comes out is a guess.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::align::{bag, shared, words};
use super::chunks::{Three, edits};
use super::indent::reindent;
use super::locals::is_function;
use super::weave::Taste;
use super::words::merged_words;
use crate::validate::extract::SyntaxNode;

/// How alike a line must be to one that was rewritten, from 0 to 1.
const ALIKE: f64 = 0.5;
/// Longer rewrites are no rule.
const LONGEST: usize = 12;
/// So many lines between two edits may make one of them.
const NEAR: usize = 3;
/// Larger files are not searched.
const MOST: usize = 20_000;

/// The text with what either side added brought into the form that the other gave to all like it;
/// none where nothing of it is in an old form.
pub(super) fn by_example(
    text: &str,
    texts: Three<&str>,
    roots: Three<Option<&SyntaxNode>>,
    taste: &Taste,
) -> Option<String> {
    if texts.base.lines().count() > MOST {
        return None;
    }
    let theirs_taught = taught(text, (texts.base, texts.ours, texts.theirs), roots.theirs, taste);
    let turned = theirs_taught.as_deref().unwrap_or(text);
    let ours_taught = taught(turned, (texts.base, texts.theirs, texts.ours), roots.ours, taste);
    ours_taught.or(theirs_taught)
}

/// The text with the pupil's new lines in the form that the teacher gave to the base's.
fn taught(
    text: &str,
    (base, teacher, pupil): (&str, &str, &str),
    root: Option<&SyntaxNode>,
    taste: &Taste,
) -> Option<String> {
    let lesson = Lesson::of(base, teacher);
    let known: BTreeSet<&str> = base.lines().chain(teacher.lines()).map(str::trim).collect();
    let new: BTreeMap<&str, usize> = places(pupil).filter(|(line, _)| !known.contains(line)).collect();
    let mut out = String::new();
    let mut is_other = false;
    for line in text.split_inclusive('\n') {
        let form = new.get(line.trim()).and_then(|&at| {
            let returns = lesson.returns_anew(function_at(root, pupil, at));
            lesson.applied(line, returns, taste)
        });
        is_other |= form.is_some();
        out.push_str(form.as_deref().unwrap_or(line));
    }
    is_other.then_some(out)
}

/// The lines of a text that say something, each with where it starts.
fn places(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let place = |line: &str| line.as_ptr() as usize - text.as_ptr() as usize;
    let telling = text.lines().filter(|line| line.contains(char::is_alphanumeric));
    telling.map(move |line| (line.trim(), place(line)))
}

/// The text of the innermost function around a place.
fn function_at<'a>(root: Option<&SyntaxNode>, text: &'a str, at: usize) -> &'a str {
    let Some(mut node) = root else { return "" };
    let mut found = 0..0;
    while let Some(inner) = node.children.iter().find(|part| part.span.contains(&at)) {
        if is_function(inner.kind) {
            found = inner.span.clone();
        }
        node = inner;
    }
    &text[found]
}

/// How one side rewrote a line: what it was, and the lines that stand there now.
struct Rule<'a> {
    old: &'a str,
    new: String,
    indent: &'a str,
}

/// What one side did to many lines alike.
struct Lesson<'a> {
    rules: Vec<Rule<'a>>,
    /// The lines of the base that are left.
    kept: Vec<&'a str>,
    /// Names that are others now.
    renamed: BTreeMap<&'a str, &'a str>,
}

impl<'a> Lesson<'a> {
    fn of(base: &'a str, teacher: &'a str) -> Self {
        let [old, new] = [base, teacher].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
        let keys = |lines: &[&'a str]| lines.iter().map(|line| line.trim()).collect::<Vec<_>>();
        let (old_keys, new_keys) = (keys(&old), keys(&new));
        let (mut rules, mut kept, mut done) = (Vec::new(), Vec::new(), 0);
        for (gone, put) in whole_edits(&old_keys, &new_keys) {
            kept.extend_from_slice(&old_keys[done..gone.start]);
            done = gone.end;
            let pairs: Vec<(usize, Range<usize>)> = match (gone.len(), put.len()) {
                (_, 0) => Vec::new(),
                (1, _) => {
                    let told = telling(old_keys[gone.start], &new_keys[put.clone()]);
                    vec![(gone.start, put.start + told.start..put.start + told.end)]
                }
                (n, m) if n == m => gone.zip(put).map(|(one, other)| (one, other..other + 1)).collect(),
                _ => Vec::new(),
            };
            rules.extend(pairs.into_iter().filter(|(_, new)| new.len() <= LONGEST).map(|(one, other)| {
                Rule { old: old_keys[one], indent: margin(new[other.start]), new: new[other].concat() }
            }));
        }
        kept.extend_from_slice(&old_keys[done..]);
        let renamed = renamed(&rules, base, teacher);
        Self { rules, kept, renamed }
    }

    /// Whether no return of a function is as it was.
    fn returns_anew(&self, function: &str) -> bool {
        let mut returns = function.lines().map(str::trim).filter(|line| value_of(line).is_some());
        let is_rewritten = |line: &str| self.rules.iter().any(|rule| rule.old == line);
        let mut old = 0;
        returns.all(|line| {
            let was_there = is_rewritten(line) || self.kept.contains(&line);
            old += usize::from(was_there);
            !was_there || (is_rewritten(line) && !self.kept.contains(&line))
        }) && old > 0
    }

    /// A line in the new form; none where it is in no old one.
    fn applied(&self, line: &str, returns: bool, taste: &Taste) -> Option<String> {
        if let Some(form) = self.by_rule(line.trim(), margin(line), returns, taste) {
            return Some(form);
        }
        let is_old = words(line).any(|word| self.renamed.contains_key(word));
        is_old.then(|| substituted(line, &|word| self.renamed.get(word).copied()))
    }

    fn by_rule(&self, line: &str, indent: &str, returns: bool, taste: &Taste) -> Option<String> {
        if returns && let Some(value) = value_of(line) {
            let [before, behind] = self.around_values()?;
            return Some(format!("{indent}{before}{value}{behind}\n"));
        }
        let own = bag(line);
        let fits = |rule: &&Rule<'_>| {
            called(line).any(|name| called(rule.old).any(|other| other == name) && self.is_old(name))
        };
        let alike = self.rules.iter().filter(fits).map(|rule| (shared(&bag(rule.old), &own), rule));
        let mut alike: Vec<_> = alike.filter(|(alike, _)| *alike >= ALIKE).collect();
        alike.sort_by(|one, other| other.0.total_cmp(&one.0));
        alike.into_iter().find_map(|(_, rule)| rule.applied(line, indent, taste))
    }

    /// What stands around a value where it is returned, now that all have the same around them.
    fn around_values(&self) -> Option<[&str; 2]> {
        let mut found = None;
        for (rule, value) in self.rules.iter().filter_map(|rule| Some((rule, value_of(rule.old)?))) {
            let (before, behind) = rule.new.trim().split_once(value)?;
            if !before.starts_with("return ") || *found.get_or_insert([before, behind]) != [before, behind] {
                return None;
            }
        }
        found
    }

    /// Whether every line that calls a function was rewritten, its declaration among them.
    fn is_old(&self, name: &str) -> bool {
        let calls = |line: &str| called(line).any(|other| other == name);
        let rewritten = self.rules.iter().filter(|rule| calls(rule.old)).count();
        rewritten > 1 && !self.kept.iter().any(|line| calls(line))
    }
}

impl Rule<'_> {
    /// What stands for a line like the one that was rewritten.
    fn applied(&self, line: &str, indent: &str, taste: &Taste) -> Option<String> {
        let moved = |text: String| format!("{indent}{}\n", reindent(text.trim(), self.indent, indent));
        if let Some(text) = self.with_parts_of(line) {
            return Some(moved(text));
        }
        let texts = Three::new(self.old, line, self.new.trim());
        merged_words(texts, taste).ok().filter(|text| text.trim() != line).map(moved)
    }

    /// The new lines with what the line has where the old one has something else.
    fn with_parts_of(&self, line: &str) -> Option<String> {
        let (old, own): (Vec<&str>, Vec<&str>) = (words(self.old).collect(), words(line).collect());
        let mut parts: Vec<(&[&str], String)> = Vec::new();
        for (gone, put) in edits(&old, &own) {
            let (gone, put) = (&old[gone], &own[put]);
            if gone.is_empty() || put.is_empty() || !gone.iter().any(|word| is_name(word)) {
                return None;
            }
            parts.push((gone, part_of(line, put)));
        }
        let mut text = self.new.clone();
        for (gone, put) in &parts {
            text = replaced(&text, gone, put)?;
        }
        Some(text)
    }
}

/// The lines of some that have all words that an old one has in any of them: what was put in beside
/// what it became has no part in that.
fn telling(old: &str, new: &[&str]) -> Range<usize> {
    let left = |lines: &[&str]| {
        let mut missing: Vec<&str> = words(old).filter(|word| is_name(word)).collect();
        for word in lines.iter().flat_map(|line| words(line)) {
            if let Some(at) = missing.iter().position(|other| *other == word) {
                missing.swap_remove(at);
            }
        }
        missing.len()
    };
    let least = left(new);
    let mut told = 0..new.len();
    while told.len() > 1 && left(&new[told.start..told.end - 1]) == least {
        told.end -= 1;
    }
    while told.len() > 1 && left(&new[told.start + 1..told.end]) == least {
        told.start += 1;
    }
    told
}

/// Edits of lines, those as one of which the first takes a line away and the next puts in what ends as
/// the lines between the two do: which of two brackets is the old one a diff cannot tell.
fn whole_edits(old: &[&str], new: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut found: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for (gone, put) in edits(old, new) {
        if let Some((before, last)) = found.last_mut()
            && gone.is_empty()
            && before.len() == 1
        {
            let between = &old[before.end..gone.start];
            if between.len() <= NEAR && new[last.end..put.end].ends_with(between) {
                last.end = put.end - between.len();
                continue;
            }
        }
        found.push((gone, put));
    }
    found
}

fn margin(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// The words of a slice of a line as they stand there.
fn part_of(line: &str, words: &[&str]) -> String {
    let at = |word: &str| word.as_ptr() as usize - line.as_ptr() as usize;
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return String::new() };
    line[at(first)..at(last) + last.len()].to_owned()
}

/// A text with a run of words replaced wherever it stands; none where it stands nowhere.
fn replaced(text: &str, gone: &[&str], put: &str) -> Option<String> {
    let all: Vec<&str> = words(text).collect();
    let at = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    let (mut out, mut done, mut idx) = (String::new(), 0, 0);
    while idx + gone.len() <= all.len() {
        if all[idx..idx + gone.len()] != *gone {
            idx += 1;
            continue;
        }
        let last = all[idx + gone.len() - 1];
        out.push_str(&text[done..at(all[idx])]);
        out.push_str(put);
        done = at(last) + last.len();
        idx += gone.len();
    }
    out.push_str(&text[done..]);
    (done > 0).then_some(out)
}

/// A text with other words for some.
fn substituted<'a>(text: &str, other: &dyn Fn(&str) -> Option<&'a str>) -> String {
    let (mut out, mut done) = (String::new(), 0);
    for word in words(text) {
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        out.push_str(&text[done..at]);
        out.push_str(other(word).unwrap_or(word));
        done = at + word.len();
    }
    out.push_str(&text[done..]);
    out
}

/// Names that stand nowhere any more, each with the one that stands wherever it stood.
fn renamed<'a>(rules: &[Rule<'a>], base: &'a str, teacher: &'a str) -> BTreeMap<&'a str, &'a str> {
    let left: BTreeSet<&str> = words(teacher).collect();
    let was: BTreeSet<&str> = words(base).collect();
    let mut found: BTreeMap<&'a str, Option<&'a str>> = BTreeMap::new();
    let known: BTreeMap<&str, &'a str> = words(teacher).map(|word| (word, word)).collect();
    for rule in rules {
        let (old, new): (Vec<&'a str>, Vec<&str>) = (words(rule.old).collect(), words(&rule.new).collect());
        for (gone, put) in edits(&old, &new) {
            let one = match (&old[gone.clone()], &new[put]) {
                ([_], [name]) if is_name(name) && !was.contains(name) => known.get(name).copied(),
                _ => None,
            };
            for name in old[gone].iter().filter(|name| is_name(name) && !left.contains(*name)) {
                let before = found.entry(name).or_insert(one);
                if *before != one {
                    *before = None;
                }
            }
        }
    }
    found.into_iter().filter_map(|(name, other)| Some((name, other?))).collect()
}

/// The names that stand before a bracket.
fn called(line: &str) -> impl Iterator<Item = &str> {
    let mut before = None;
    words(line).filter_map(move |word| {
        let name = before.filter(|_| word == "(");
        before = is_name(word).then_some(word);
        name
    })
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The value that a line returns.
fn value_of(line: &str) -> Option<&str> {
    let value = line.strip_prefix("return ")?.trim_end_matches([';', ' ']);
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::resolve::forms::Form;
    use crate::merge::resolve::forms::Read;
    use crate::model::RepoPath;

    /// One side brings the base into a new form; the other puts lines into the hole.
    fn check(path: &str, base: &str, forms: &[(&str, &str)], added: &str, expected: Option<&str>) {
        let form = Form::of(&RepoPath::from(path));
        let anew = |text: &str| forms.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
        let [base, pupil] = ["", added].map(|more| base.replace("@\n", more));
        let teacher = anew(&base);
        let texts = Three::new(base.as_str(), teacher.as_str(), pupil.as_str());
        let reads = texts.map(|text| form.read(text));
        let roots = reads.as_ref().map(|read| read.as_ref().and_then(Read::whole));
        let taste = Taste { bold: true, ..Taste::default() };
        let merged = anew(&base).replacen(base.as_str(), "", 0);
        let at = pupil.find(added).expect("it was put in");
        // What was put in stands behind as many lines as before.
        let n = pupil[..at].lines().count() + merged.lines().count() - base.lines().count();
        let lines: Vec<&str> = merged.split_inclusive('\n').collect();
        let n = n.min(lines.len());
        let whole = |more: &str| format!("{}{more}{}", lines[..n].concat(), lines[n..].concat());
        let found = by_example(&whole(added), texts, roots, &taste);
        assert_eq!(found, expected.map(whole));
    }

    const GO: &str =
        "package a\n\nfunc f(a int) string {\n\tif a > 1 {\n\t\treturn \"\"\n\t}\n@\n\treturn g(a)\n}\n";

    #[test]
    fn a_return_gives_what_the_others_give() {
        let forms = [
            (") string {", ") (string, error) {"),
            ("return \"\"", "return \"\", nil"),
            ("g(a)", "g(a), nil"),
        ];
        let guard = |value: &str| format!("\tif a < 0 {{\n\t\treturn {value}\n\t}}\n");
        check("a.go", GO, &forms, &guard("h(a, 1)"), Some(&guard("h(a, 1), nil")));
        // One that is as it was tells that none must change.
        check("a.go", GO, &forms[..2], &guard("h(a, 1)"), None);
    }

    const CALLS: &str = "def f(a, b):\n    return a\n\n\ndef g(x):\n    one = f(x, 1)\n@\n    return one\n";

    #[test]
    fn a_call_passes_what_the_others_pass() {
        let forms = [("def f(a, b)", "def f(a, b, c)"), ("f(x, 1)", "f(x, 1, x.c)")];
        check("a.py", CALLS, &forms, "    two = f(x, 2)\n", Some("    two = f(x, 2, x.c)\n"));
        check("a.py", CALLS, &forms, "    two = h(x, 2)\n", None);
        check("a.py", CALLS, &forms[1..], "    two = f(x, 2)\n", None);
    }

    #[test]
    fn a_call_of_which_more_was_made_is_made_so() {
        let base = "func f(a int) int {\n\treturn a\n}\n\nfunc g(x []int) {\n\tif x {\n\t\tadd(n, f(x[0]))\n\t}\n@\n}\n";
        let call = |name: &str, given: &str| {
            format!("\tv, err := f({given})\n\tif err != nil {{\n\t\treturn\n\t}}\n\tadd({name}, v)\n")
        };
        let forms = [
            ("func f(a int) int", "func f(a int) (int, error)"),
            ("\tadd(n, f(x[0]))\n", &call("n", "x[0]").replace("\n\t", "\n\t\t")),
        ];
        check("a.go", base, &forms, "\tadd(m, f(y))\n", Some(&call("m", "y")));
    }

    #[test]
    fn a_name_is_the_one_that_it_is_now() {
        let base = "def f(text):\n    out = []\n@\n    out.append(text)\n    return out\n";
        let forms = [("out", "rows")];
        check("a.py", base, &forms, "    out.extend(text)\n", Some("    rows.extend(text)\n"));
        // Of two names none is the one.
        let forms = [("out = ", "rows = "), ("out.", "lines."), ("return out", "return rows")];
        check("a.py", base, &forms, "    out.extend(text)\n", None);
    }
}
