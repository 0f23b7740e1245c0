//! One branch has a Java class demand arguments where it is made; another adds a class below it that
//! makes it without any, by saying nothing.

use super::resigned::{Resigned, resigned, sigs};
use super::{Draft, Rule, View, java};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::model::{Def, Sig};

pub(super) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Java) {
        for resigned in resigned(branch, file) {
            let Some(class) = resigned.makes.filter(|_| demands(&resigned)) else { continue };
            let path: Vec<String> = class.parents.iter().chain([&class.name]).cloned().collect();
            for (user, changes) in view.branches.iter().enumerate().filter(|(user, _)| *user != branch) {
                for below in changes.files.iter().filter(|file| file.language == Language::Java) {
                    let made = java::made_without(view, (user, below), (branch, file.path, &path));
                    findings
                        .extend(made.iter().map(|def| finding(view, &resigned, class, (user, below, def))));
                }
            }
        }
    }
}

/// Whether a class could be made without arguments and no longer can.
fn demands(resigned: &Resigned<'_>) -> bool {
    let is_free = |sig: &&Sig| sig.params.iter().all(|param| param.variadic);
    sigs(&resigned.old).iter().any(is_free) && !sigs(&resigned.new).iter().any(is_free)
}

fn finding(
    view: &View<'_>,
    resigned: &Resigned<'_>,
    class: &Def,
    (user, file, below): (usize, &File<'_>, &Def),
) -> Finding {
    let new = resigned.new[0];
    let (name, owner) = (&below.name, &class.name);
    let message = format!(
        "{} has `{name}` in {} make `{owner}` without arguments, but {} changed that to `{}` in {}",
        view.name(user),
        file.path,
        view.name(resigned.branch),
        new.head,
        resigned.file.path
    );
    let sites = vec![
        view.site(resigned.branch, resigned.file.path, new.line),
        view.site(user, file.path, below.line),
    ];
    let summary = format!("call the constructor of `{owner}` in `{name}` as it demands");
    let fix = Some(view.fix(user, summary, String::new()));
    let symbol = format!("{owner} above {}", below.path());
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}
