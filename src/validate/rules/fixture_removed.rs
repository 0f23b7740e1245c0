//! One branch removes or renames a fixture of pytest; another adds a test that asks for it by the name of
//! a parameter.

use super::{Draft, Rule, View, symbol_removed};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Became, Gone};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind};
use crate::validate::names::has_word;
use crate::validate::resolve::directory;

pub(super) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

/// Fixtures that pytest or its well-known plugins have as well.
const KNOWN: [&str; 28] = [
    "admin_client",
    "anyio_backend",
    "app",
    "benchmark",
    "browser",
    "caplog",
    "capsys",
    "client",
    "cov",
    "db",
    "django_user_model",
    "doctest_namespace",
    "event_loop",
    "faker",
    "freezer",
    "httpserver",
    "live_server",
    "loop",
    "mocker",
    "monkeypatch",
    "page",
    "pytestconfig",
    "request",
    "requests_mock",
    "rf",
    "settings",
    "tmp_path",
    "tmpdir",
];

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (name, all) in &view.index.gone {
        for gone in all.iter().filter(|gone| is_fixture(gone) && !KNOWN.contains(name)) {
            if has_namesake(view, gone) {
                continue;
            }
            for (user, branch) in view.branches.iter().enumerate().filter(|(user, _)| *user != gone.branch) {
                let files = branch.files.iter().filter(|file| file.language == Language::Python);
                for file in files.filter(|file| sees(file, gone.file)) {
                    let asking = asking(file, name).filter(|test| is_left(view, gone, (user, file), test));
                    findings.extend(asking.map(|test| finding(view, gone, (user, file, test))));
                }
            }
        }
    }
}

/// Whether what is gone was a fixture under its own name.
fn is_fixture(gone: &Gone<'_>) -> bool {
    let text = gone.file.old.as_ref().and_then(|old| old.text.get(gone.def.span.clone())).unwrap_or_default();
    let head = text.split("def ").next().unwrap_or_default();
    let is_python = gone.file.language == Language::Python && gone.def.kind == Kind::Function;
    is_python && gone.def.parents.is_empty() && has_word(head, "fixture") && !head.contains("name=")
}

/// Whether anything else has the name, as itself or as the name of a fixture.
fn has_namesake(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let name = &gone.def.name;
    let here = gone.file.new.as_ref().is_some_and(|new| has_word(new.text, name));
    here || !view.is_unique(name, gone.file.path)
}

/// Whether tests of a file know the fixtures of another.
fn sees(file: &File<'_>, home: &File<'_>) -> bool {
    let shared = home.path.file_name() == "conftest.py";
    let above = directory(&home.name);
    let is_below =
        above.is_empty() || file.name.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'));
    file.path == home.path || shared && is_below
}

/// The first new test, or fixture, that asks for a fixture.
fn asking<'a>(file: &'a File<'a>, name: &str) -> Option<&'a Def> {
    let new = file.new.as_ref()?;
    let asks = |def: &Def| {
        def.sig.iter().flat_map(|sig| &sig.params).any(|param| param.name == name && !param.optional)
    };
    let edited = file
        .change
        .edited
        .iter()
        .filter(|(before, _)| !file.old.as_ref().is_some_and(|old| asks(&old.model.defs[*before])));
    let fresh = file.change.added.iter().chain(edited.map(|(_, after)| after));
    let mut fresh = fresh.map(|def| &new.model.defs[*def]);
    let is_asking =
        |def: &&Def| asks(def) && is_given(new.text.get(def.span.clone()).unwrap_or_default(), name);
    fresh.find(is_asking).filter(|_| !gives_to_all(new.text, name))
}

/// Whether a file may give tests more than their decorators say: by those of a class, by a mark for all, or
/// by a hook.
fn gives_to_all(text: &str, name: &str) -> bool {
    let speaks = |line: &str| line.contains("parametrize") || line.contains(['"', '\'']);
    text.contains("pytest_generate_tests") || text.lines().any(|line| speaks(line) && has_word(line, name))
}

/// Whether pytest calls a function and nothing but a fixture gives it what it asks for.
fn is_given(text: &str, name: &str) -> bool {
    let (head, rest) = text.split_once("def ").unwrap_or(("", text));
    let is_test = rest.starts_with("test_") || has_word(head, "fixture");
    // `parametrize("name", …)`, and whatever else says the name. What others decorate with is not known.
    let is_of_pytest = |line: &str| line.starts_with("@pytest.") && !line.ends_with("parametrize(");
    let mut decorators = head.lines().map(str::trim).filter(|line| line.starts_with('@'));
    is_test && !has_word(head, name) && decorators.all(is_of_pytest)
}

/// Whether the merge of both branches still holds a test, and lacks the fixture.
fn is_left(view: &View<'_>, gone: &Gone<'_>, (user, file): (usize, &File<'_>), test: &Def) -> bool {
    let Some(theirs) = view.counterpart(gone.branch, file) else { return true };
    let Some(merged) = view.merge_of((user, file), (gone.branch, theirs)) else { return false };
    let defs = || merged.model.defs.iter();
    defs().any(|def| def.is_named_as(test) && def.sig == test.sig)
        && !defs().any(|def| def.name == gone.def.name)
}

fn finding(view: &View<'_>, gone: &Gone<'_>, (user, file, test): (usize, &File<'_>, &Def)) -> Finding {
    let (user_name, remover, name) = (view.name(user), view.name(gone.branch), &gone.def.name);
    let (path, home) = (file.path, gone.file.path);
    let (did, gone_site) = match gone.became {
        Became::Renamed(new) => {
            (format!("renamed to `{}` in", new.name), view.site(gone.branch, home, new.line))
        }
        _ => ("removed from".to_owned(), view.site_of_lost(gone.branch, gone.file, gone.def.line)),
    };
    let message =
        format!("{user_name} asks for the fixture `{name}` in {path}, which {remover} {did} {home}");
    let sites = vec![view.site(user, path, test.line), gone_site];
    let summary = format!("keep `{name}` in {home} as long as {user_name} needs it");
    let fix = Some(view.fix(gone.branch, summary, String::new()));
    let symbol = format!("fixture {name}");
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}
