//! Arguments and variables that must be where a side meant them to be.

use super::{merge, resolves, stays};
use crate::merge::resolve::{Versions, Why, guesses};
use crate::model::RepoPath;

/// A function that two others call.
fn calls(params: &str, [one, other]: [&str; 2]) -> String {
    format!(
        "def f(a, b=1{params}):\n    return a\n\n\ndef one():\n    return f(1, 2{one})\n\n\ndef two():\n    return 7\n\n\ndef other():\n    return f(2, 3{other})\n"
    )
}

#[test]
fn arguments_arrive_where_they_are_meant() {
    let base = calls("", ["", ""]);
    let [ours, theirs] = [calls(", c=0", [", 5", ""]), calls(", d=0", ["", ", 6"])];
    stays("a.py", [&base, &ours, &theirs], Why::OrderMatters);
    // The one that counts on its place has it, whichever side it is.
    let named = calls(", d=0", ["", ", d=6"]);
    let both = calls(", c=0, d=0", [", 5", ", d=6"]);
    resolves("a.py", [&base, &ours, &named], &both);
    resolves("a.py", [&base, &named, &ours], &both);
}

#[test]
fn a_call_that_both_gave_an_argument_is_another_one() {
    let file = |params: &str, passed: &str| {
        format!("def f(a{params}):\n    return a\n\n\ndef g():\n    return f(1{passed})\n")
    };
    let [base, ours, theirs] = [file("", ""), file(", b=0", ", 2"), file(", c=0", ", 3")];
    stays("a.py", [&base, &ours, &theirs], Why::OrderMatters);
    let path = RepoPath::from("a.py");
    let versions = Versions { path: &path, base: &base, ours: &ours, theirs: &theirs };
    let found: Vec<String> = guesses(versions).0.into_iter().map(|guess| guess.text).collect();
    assert!(found.contains(&file(", b=0, c=0", ", 2, 3")), "{found:?}");
}

#[test]
fn methods_and_constructors_have_places_too() {
    let class = |params: &str, own: &str, made: &str| {
        format!(
            "class A:\n    def __init__(self, a{params}):\n        self.a = a\n\n    def copy(self):\n        return A(self.a{own})\n\n\ndef make():\n    return 1\n\n\ndef other():\n    return A(2{made})\n"
        )
    };
    let base = class("", "", "");
    stays("a.py", [&base, &class(", b=0", ", 1", ""), &class(", c=0", "", ", 2")], Why::OrderMatters);
    let [ours, theirs] = [class(", b=0", ", b=1", ""), class(", c=0", "", ", c=2")];
    resolves("a.py", [&base, &ours, &theirs], &class(", b=0, c=0", ", b=1", ", c=2"));
    // A function of the same name is another one.
    let with = |method: &str, call: &str| {
        format!(
            "class A:\n    def f(self{method}):\n        pass\n\n\ndef f(a, b):\n    pass\n\n\nf(1{call})\n"
        )
    };
    let [base, ours, theirs] = [with("", ", 2"), with(", c=0", ", 2"), with(", d=0", ", 3")];
    resolves("a.py", [&base, &ours, &theirs], &with(", c=0, d=0", ", 3"));
}

#[test]
fn variables_do_not_follow_a_statement_into_another_function() {
    let with = |import: &str, times: &str, apart: &str, passed: &str| {
        format!(
            "import a\n{import}\n\n\ndef f(a{times}):\n    b = one(a)\n{apart}    c = two(b)\n    d = three(c{passed})\n    return d\n"
        )
    };
    let apart = "    return g(b)\n\n\ndef g(b):\n";
    let base = with("", "", "", "");
    let [ours, theirs] = [with("import b\n", ", times=1", "", ", times"), with("import c\n", "", apart, "")];
    stays("a.py", [&base, &ours, &theirs], Why::Undefined);
    // What is there for all functions may be used in each.
    let [base, ours, theirs] = [&base, &ours, &theirs].map(|text| format!("{text}\n\ntimes = 3\n"));
    let both = with("import b\nimport c\n", ", times=1", apart, ", times") + "\n\ntimes = 3\n";
    resolves("a.py", [&base, &ours, &theirs], &both);
}

#[test]
fn an_edit_follows_its_lines_into_a_helper_as_a_guess() {
    let check = "        if a > b:\n            text = high(a)\n            raise Error(text)\n";
    let base = format!(
        "class A:\n    def f(self, a):\n        if a < 0:\n            text = low(a)\n            raise Error(text)\n\n{check}\n        return a\n"
    );
    let ours = "class A:\n    def problem(self, a):\n        if a < 0:\n            return low(a)\n\n        if a > b:\n            return high(a)\n\n        return None\n\n    def f(self, a):\n        text = self.problem(a)\n        if text:\n            raise Error(text)\n\n        return a\n";
    let theirs = base.replace("Error(text)", "Error(text, a)");
    let path = RepoPath::from("a.py");
    let versions = Versions { path: &path, base: &base, ours, theirs: &theirs };
    let found: Vec<String> = guesses(versions).0.into_iter().map(|guess| guess.text).collect();
    assert!(found.contains(&ours.replace("Error(text)", "Error(text, a)")), "{found:#?}");
}

#[test]
fn what_returns_early_goes_where_the_statements_went() {
    let text = "class A:\n    def name(self, full):\n@\n        if self.ns is None:\n            return full\n        at = full.rfind(self.sep)\n        return full[at:]\n";
    let put = "        name = self._found(full)\n        if self.key is not None:\n            name = self.key(name)\n        return name\n\n    def _found(self, full):\n";
    let early = "        if self.strip:\n            return full.strip()\n";
    let file = |inserted: &str| text.replace("@\n", inserted);
    let [base, ours, theirs, right] =
        [String::new(), put.to_owned(), early.to_owned(), format!("{put}{early}")]
            .map(|inserted| file(&inserted));
    for [ours, theirs] in [[&ours, &theirs], [&theirs, &ours]] {
        let merged = merge("a.py", &base, ours, theirs);
        assert!(merged.conflicts > 0, "{}", merged.text);
    }
    let path = RepoPath::from("a.py");
    let versions = Versions { path: &path, base: &base, ours: &ours, theirs: &theirs };
    let (guesses, _) = guesses(versions);
    assert!(guesses.iter().any(|guess| guess.text == right));
    let wrong = text.replace("@\n", &format!("{early}{put}"));
    assert!(!guesses.iter().any(|guess| guess.text == wrong));
    // What does not end the function may be asked first.
    let check = "        if not full:\n            raise ValueError(full)\n";
    let merged = merge("a.py", &base, &ours, &file(check));
    assert!(merged.conflicts > 0 || merged.text.contains(check), "{}", merged.text);
}
