//! One branch gives a Rust function a type or constant to be generic over that nothing in its signature
//! tells; another calls it without saying which.

use super::generic::{inside, parts};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::model::{Def, Kind};
use crate::validate::names::find_words;
use crate::validate::rules::changed::{Changed, misused};
use crate::validate::rules::{Draft, Rule, View, signature_changed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let matters = |changed: &Changed<'_>| {
        is_function(changed.old)
            && is_function(changed.new)
            && untold(changed.old).is_none()
            && untold(changed.new).is_some()
    };
    findings.extend(misused(view, Language::Rust, matters, |changed, usage| {
        let name = untold(changed.new).filter(|_| is_refused(view, changed, usage))?;
        Some(finding(view, changed, name, usage))
    }));
}

fn is_function(def: &Def) -> bool {
    matches!(def.kind, Kind::Function | Kind::Method) && !def.flags.may_repeat
}

/// The first parameter between angle brackets that the head of a function names nowhere else: no argument, no
/// result and no bound of another one tells it.
fn untold(def: &Def) -> Option<&str> {
    let at = def.head.find(&format!("fn {}<", def.name))?;
    let list = inside(&def.head[at + "fn ".len() + def.name.len()..])?;
    let names = parts(list).filter(|part| !part.starts_with('\'')).filter_map(|part| {
        let part = part.strip_prefix("const ").unwrap_or(part);
        part.split([':', '=']).next().map(str::trim)
    });
    names.into_iter().find(|name| find_words(&def.head, name).count() == 1)
}

fn is_refused(view: &View<'_>, changed: &Changed<'_>, usage: &Use<'_>) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let after = usage.file.new.as_ref().and_then(|new| new.text.get(reference.span.end..));
    after.is_some_and(|after| !after.trim_start().starts_with("::"))
        && changed.is_called_as_before(view, usage, |def| untold(def).is_none())
}

fn finding(view: &View<'_>, changed: &Changed<'_>, name: &str, usage: &Use<'_>) -> Finding {
    let path = usage.file.path;
    let (old, head) = (changed.old.path(), &changed.new.head);
    let message = format!(
        "{} calls `{old}` in {path} and nothing tells its `{name}`, since {} changed it to `{head}` in {}",
        view.name(usage.branch),
        view.name(changed.branch),
        changed.file.path
    );
    let summary = format!("say what `{name}` is: `{}::<…>(…)`, in {path}", changed.new.name);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    let sites = changed.sites(view, usage, usage.what.line());
    let told = format!("tells `{name}`");
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&old, &told], sites, fix }.finish()
}
