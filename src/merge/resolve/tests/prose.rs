//! Docstrings in the styles that people write them in.

use super::{merge, resolves, stays};
use crate::merge::resolve::Why;

/// A function with a docstring, with something in its gap.
fn doc(text: &str, inserted: &str) -> String {
    format!("def f(a):\n    \"\"\"One.\n\n{}    \"\"\"\n    return a\n", text.replace('@', inserted))
}

fn unites(text: &str, [ours, theirs]: [&str; 2], both: &str) {
    resolves("a.py", [&doc(text, ""), &doc(text, ours), &doc(text, theirs)], &doc(text, both));
}

fn quarrels(text: &str, [ours, theirs]: [&str; 2], why: Why) {
    stays("a.py", [&doc(text, ""), &doc(text, ours), &doc(text, theirs)], why);
}

const ARGS: &str = "    Args:\n        a (int): That.\n@\n    Returns:\n        int: This.\n";

#[test]
fn described_parameters_are_united() {
    let [ours, theirs] =
        ["        b (bool): Whether\n            it is.\n", "        c (str, optional): How.\n"];
    unites(ARGS, [ours, theirs], &format!("{ours}{theirs}"));
    let [ours, theirs] = ["    b : bool\n        Whether.\n", "    c : str, optional\n        How it is.\n"];
    let numpy = "    Parameters\n    ----------\n    a : int\n        That.\n@\n    Returns\n    -------\n    int\n        This.\n";
    unites(numpy, [ours, theirs], &format!("{ours}{theirs}"));
}

#[test]
fn one_described_parameter_with_two_meanings_stays() {
    let [ours, theirs] = ["        b (bool): Whether it is.\n", "        b (str): How it is.\n"];
    quarrels(ARGS, [ours, theirs], Why::TwoMeanings);
    let [base, ours, theirs] =
        ["That", "This here", "Another thing"].map(|word| doc(&ARGS.replace("That", word), ""));
    stays("a.py", [&base, &ours, &theirs], Why::SameThing);
}

#[test]
fn what_is_described_stays_in_its_section() {
    let (field, section) = ("        b (bool): Whether.\n", "\n    Raises:\n        ValueError: If not.\n");
    let (both, last) = (format!("{field}{section}"), "    Args:\n        a (int): That.\n@");
    unites(last, [field, section], &both);
    unites(last, [section, field], &both);
    let other = "\n    Raises:\n        ValueError: If it is\n            too much for this.\n";
    let both = format!("{section}{}", other.replace("\n    Raises:\n", ""));
    unites(last, [section, other], &both);
}

const EXAMPLES: &str = "    >>> f(1)\n    1\n@\n    More.\n";

#[test]
fn examples_are_united_when_they_stand_alone() {
    let [ours, theirs] = ["    >>> f(2)\n    2\n", "    >>> f(3)\n    3\n"];
    unites(EXAMPLES, [ours, theirs], &format!("{ours}{theirs}"));
    quarrels(EXAMPLES, ["    >>> x = f(2)\n", theirs], Why::OrderMatters);
    quarrels(EXAMPLES, ["    >>> x.pop()\n    2\n", theirs], Why::OrderMatters);
    // One call that comes to two things.
    quarrels(EXAMPLES, ["    >>> f(3)\n    4\n", theirs], Why::TwoMeanings);
}

#[test]
fn fenced_examples_are_kept_whole() {
    let fence =
        |more: &str| format!("\n    So:\n\n    ```py\n    >>> a = 1\n\n    >>> f(a{more})\n    1\n    ```\n");
    let [ours, theirs] = [fence(", b=2"), fence(", c=3").replace("So", "Or so")];
    unites("    Text.\n@", [&ours, &theirs], &format!("{ours}{theirs}"));
    let merged =
        merge("a.py", &doc("    Text.\n@", ""), &doc("    Text.\n@", &ours), &doc("    Text.\n@", &theirs));
    assert_eq!(merged.text.matches("```").count(), 4, "{}", merged.text);
}

#[test]
fn sentences_of_both_are_said() {
    let doc = |more: &str| {
        format!("def f(a):\n    \"\"\"Does it.\n\n    All of it.{more}\n    \"\"\"\n    return a\n")
    };
    let [one, other] = ["\n    With `a` it does more.", "\n    Texts are cut where they are too long."];
    resolves("a.py", [&doc(""), &doc(one), &doc(other)], &doc(&format!("{one}{other}")));
    let [one, other] = [" Dates are\n    written.", " Members are\n    named."];
    let both = format!("{one}\n   {other}");
    resolves("a.py", [&doc(""), &doc(one), &doc(other)], &doc(&both));
    // One said in two ways, and what is no sentence.
    let other = " Dates are written.";
    stays("a.py", [&doc(""), &doc(one), &doc(other)], Why::LosesLines);
    let [one, other] = ["\n    more of it", "\n    or another"];
    stays("a.py", [&doc(""), &doc(one), &doc(other)], Why::SameThing);
}

#[test]
fn a_section_that_follows_at_once_stays_behind_what_is_described() {
    let doc = |more: &str| {
        format!(
            "def f(a):\n    \"\"\"One.\n\n    Args:\n        a: That.\n{more}    Returns:\n        int: This.\n    \"\"\"\n    return a\n"
        )
    };
    let [one, other] = ["        b: Whether.\n", "        c: How it is done.\n"];
    resolves("a.py", [&doc(""), &doc(one), &doc(other)], &doc(&format!("{one}{other}")));
}

#[test]
fn entries_that_begin_with_a_name_are_two() {
    let log = |entry: &str| format!("# Changes\n\n## Unreleased\n\n{entry}\n## 1.0\n\n- One.\n");
    let [one, other] = ["- `comment` of `set_key`\n", "- `quote` of `set_key`\n"];
    resolves("CHANGELOG.md", [&log(""), &log(one), &log(other)], &log(&format!("{one}{other}")));
    let [one, other] = ["- Add Job.retry()\n", "- Add Job.jitter()\n"];
    resolves("CHANGELOG.md", [&log(""), &log(one), &log(other)], &log(&format!("{one}{other}")));
    let [one, other] = ["- Use `a` in place of `set_key`\n", "- Use `b` in place of `set_key`\n"];
    stays("CHANGELOG.md", [&log(""), &log(one), &log(other)], Why::TwoMeanings);
}
