//! Runs the validator over `tests/fixtures/validate/<case>/{base,<branch>…}`, and over changed copies.

#![expect(clippy::disallowed_methods, reason = "the merge under test is Git's own")]

mod cases;
mod java_pairs;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use cases::{Case, Fixture, fixtures, oid};

use super::extract::{extract, language_of};
use super::*;
use crate::model::{FileChange, Level, Oid};

fn fingerprints(report: &Report) -> BTreeSet<(Level, String)> {
    report.findings.iter().map(|finding| (finding.level, finding.fingerprint.clone())).collect()
}

/// All findings over all cases in one place, so that a false alarm next door is seen.
#[test]
fn every_fixture_has_its_findings_and_no_others() {
    let mut listing = String::new();
    for Fixture { name, report, .. } in fixtures() {
        writeln!(listing, "{name}").unwrap();
        for finding in &report.findings {
            writeln!(listing, "  {} {}: {}", finding.level.word(), finding.rule, finding.message).unwrap();
            let places =
                finding.sites.iter().map(|site| format!("{}:{}:{}", site.branch, site.path, site.line));
            writeln!(listing, "    at {}", places.collect::<Vec<_>>().join(" ")).unwrap();
            let fix = finding.fix.as_ref().unwrap();
            writeln!(listing, "    {}: {}", fix.branch, fix.summary).unwrap();
            let lines = fix.patch.lines().skip(2);
            let lines = lines.filter(|line| line.starts_with(['+', '-']));
            lines.for_each(|line| writeln!(listing, "      {line}").unwrap());
        }
        for (path, reason) in &report.not_analysed {
            writeln!(listing, "  not analysed: {path}: {reason}").unwrap();
        }
    }
    let settings = insta::Settings::clone_current();
    let mut settings = settings;
    settings.set_snapshot_path("../../tests/fixtures/validate");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("findings", listing));
}

/// Each patch applies to the branch it is for, by Git's own judgement.
#[test]
fn every_patch_applies() {
    for Fixture { name, case, report } in fixtures() {
        for finding in &report.findings {
            let fix = finding.fix.as_ref().unwrap();
            let Some((_, files, deleted)) = case.branches.iter().find(|(branch, ..)| *branch == fix.branch)
            else {
                continue;
            };
            if fix.patch.is_empty() {
                continue;
            }
            let dir = tempfile::tempdir().unwrap();
            let base = case.base.iter().filter(|(path, _)| !deleted.contains(*path));
            for (path, text) in base.chain(files) {
                let path = dir.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            std::fs::write(dir.path().join("fix.patch"), &fix.patch).unwrap();
            let apply = ["apply", "--check", "--whitespace=nowarn", "fix.patch"];
            let output = Command::new("git").args(apply).current_dir(dir.path()).output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{name}: {error}\n{}", fix.patch);
        }
    }
}

#[test]
fn the_order_of_branches_does_not_matter() {
    for Fixture { name, case, report } in fixtures() {
        let mut turned = case.clone();
        turned.branches.reverse();
        assert_eq!(fingerprints(report), fingerprints(&turned.check()), "{name}");
    }
}

#[test]
fn a_branch_agrees_with_itself() {
    for Fixture { name, case, .. } in fixtures() {
        for branch in &case.branches {
            let mut twice = case.clone();
            twice.declared = String::new();
            twice.history = Vec::new();
            let copy = (format!("{}-copy", branch.0), branch.1.clone(), branch.2.clone());
            twice.branches = vec![branch.clone(), copy];
            let findings = twice.check().findings;
            let said: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
            assert!(findings.is_empty(), "{name}: {said:?}");
        }
    }
}

#[test]
fn a_branch_alone_breaks_nothing() {
    for Fixture { name, case, .. } in fixtures() {
        for branch in &case.branches {
            let mut alone = case.clone();
            alone.declared = String::new();
            alone.history = Vec::new();
            alone.branches = vec![branch.clone()];
            assert!(alone.check().findings.is_empty(), "{name} {}", branch.0);
        }
    }
}

#[test]
fn an_unrelated_branch_changes_nothing() {
    for Fixture { name, case, report } in fixtures() {
        let mut more = case.clone();
        let files = [("elsewhere/zzz.py", "def zzz_alone():\n    return 1\n"), ("notes.md", "# Notes\n")];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        more.branches.push(("unrelated".to_owned(), files.into(), BTreeSet::new()));
        assert_eq!(fingerprints(report), fingerprints(&more.check()), "{name}");
    }
}

/// What is found depends on how symbols are connected and not on what they are called.
#[test]
fn other_names_give_the_same_findings() {
    for Fixture { name, case, report } in fixtures() {
        let names = top_level_names(case);
        let mut renamed = case.clone();
        let rename = |text: &mut String| *text = with_other_names(text, &names);
        renamed.base.values_mut().for_each(rename);
        renamed.branches.iter_mut().flat_map(|branch| branch.1.values_mut()).for_each(rename);
        renamed.history.iter_mut().flat_map(|commit| commit.2.values_mut()).for_each(rename);
        rename(&mut renamed.declared);
        assert_eq!(shapes_of(report), shapes_of(&renamed.check()), "{name} with {names:?}");
    }
}

/// Names of top-level functions and types that are not also the names of files.
fn top_level_names(case: &Case) -> BTreeSet<String> {
    let trees = case.branches.iter().map(|branch| &branch.1).chain([&case.base]);
    let files: Vec<(&String, &String)> = trees.flatten().collect();
    let models = files
        .iter()
        .filter_map(|(path, text)| Some(extract(language_of(&RepoPath::from(path.as_str()))?, text)));
    let defs = models.flat_map(|model| model.defs);
    let free = defs.filter(|def| def.parents.is_empty() && (def.kind.is_type() || def.sig.is_some()));
    let is_file = |name: &str| files.iter().any(|(path, _)| path.split(['/', '.']).any(|part| part == name));
    let called = ["main", "init", "__getattr__", "Migration", "String"];
    let special = |name: &str| called.contains(&name) || name.starts_with("test_");
    free.map(|def| def.name).filter(|name| !is_file(name) && !special(name)).collect()
}

fn with_other_names(text: &str, names: &BTreeSet<String>) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|char: char| !char.is_alphanumeric() && char != '_') {
        let word = part.trim_end_matches(|char: char| !char.is_alphanumeric() && char != '_');
        if names.contains(word) {
            // A capital keeps the word exported in Go and a type by its looks.
            out.push(if word.starts_with(char::is_uppercase) { 'Q' } else { 'q' });
        }
        out.push_str(part);
    }
    out
}

/// Findings without their words.
fn shapes_of(report: &Report) -> Vec<(Level, &'static str, String)> {
    let sites = |finding: &Finding| {
        let sites = finding.sites.iter();
        let sites: Vec<_> =
            sites.map(|site| format!("{}:{}:{}", site.branch, site.path, site.line)).collect();
        sites.join(" ")
    };
    let mut shapes: Vec<_> =
        report.findings.iter().map(|finding| (finding.level, finding.rule, sites(finding))).collect();
    shapes.sort();
    shapes
}

/// Files that cannot be compared are said, each with its reason.
#[test]
fn what_is_not_analysed_is_said() {
    let file = |path: &str, bytes: &[u8]| FileChange {
        path: RepoPath::from(path),
        old: None,
        new: Some(Source { oid: oid(path), bytes: bytes.into() }),
    };
    let files = vec![
        file("a.ts", b"export const a = 1\0"),
        file("b.ts", b"// @generated by a tool\nexport const b = 1\n"),
        file("c.js", b"// Code generated by x. DO NOT EDIT.\nlet c = 1\n"),
        file("d.py", &vec![b'#'; (1 << 20) + 1]),
        file("node_modules/e/e.js", b"let e = 1\n"),
        file("f.ts", b"const f = '\xff'\n"),
        file("g.ts", b"// says that @ generated is no mark\nexport const g = 1\n"),
        file("h.md", b"prose is no source"),
    ];
    let branch = BranchChanges { name: "x".into(), tip: oid("x"), files };
    let branches = [branch];
    let report = check(&Input {
        branches: &branches,
        merged: &[],
        declared: &[],
        history: &[],
        unchanged: &cases::Rest::default(),
        read: &read_all,
        differences: &Differences::default(),
    });
    let said: Vec<String> =
        report.not_analysed.iter().map(|(path, reason)| format!("{path}: {reason}")).collect();
    let expected = [
        "a.ts: binary",
        "b.ts: generated",
        "c.js: generated",
        "d.py: larger than 1 MiB",
        "f.ts: not UTF-8",
        "node_modules/e/e.js: below node_modules/",
    ];
    assert_eq!(said, expected);
    assert_eq!(report.analysed, 1);
}

/// Looked at are the files that somebody asks for, however many a branch changed.
#[test]
fn a_branch_that_changed_everything_costs_what_others_ask_of_it() {
    let old = |number: usize| {
        format!(
            "def load_{number}(id):\n    found = 0\n    for key in id:\n        found += key\n    return found\n"
        )
    };
    let new = |number: usize| {
        format!(
            "def load_{number}(id):\n    values = sorted(id)\n    log.info('all', values)\n    return Cache(values).total()\n"
        )
    };
    let change = |path: String, old: Option<String>, new: String| FileChange {
        path: RepoPath::from(path.as_str()),
        old: old.map(|old| cases::source(&old)),
        new: Some(cases::source(&new)),
    };
    let everything = (0..300).map(|number| change(format!("m{number}.py"), Some(old(number)), new(number)));
    let call = "from m7 import load_7\n\n\ndef seven(ids):\n    return load_7(ids)\n".to_owned();
    let branch = |name: &str, files| BranchChanges { name: name.into(), tip: oid(name), files };
    let branches = [
        branch("main", everything.collect()),
        branch("small", vec![change("seven.py".to_owned(), None, call)]),
    ];
    let input = Input {
        branches: &branches,
        merged: &[],
        declared: &[],
        history: &[],
        unchanged: &cases::Rest::default(),
        read: &read_all,
        differences: &Differences::default(),
    };
    let world = world::World::new(input.unchanged);
    let loaded = load::load(&input, &world);
    let index = index::Index::new(&loaded.branches);
    let asked: Vec<(usize, &str)> =
        index.asked().map(|(branch, file)| (branch, file.name.as_str())).collect();
    assert_eq!(asked, [(0, "m7.py")]);
    let found: Vec<&str> = check(&input).findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(found, ["callee-rewritten"]);
}
