//! Git merges two edits of one file cleanly, and no compiler takes what comes out: one branch makes a
//! function give back something else, another adds a `return` of the old kind to it.
//!
//! A fault counts when no version has it, neither of the branches' nor the one before: then it takes
//! both branches to make it.

use super::{Draft, Rule, View};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::lines::{LineMap, lines};
use crate::validate::load::{File, Merged, Side};
use crate::validate::model::{Fault, FaultSort};

pub(super) const RULE: Rule = Rule { id: "merged-invalid", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for merged in
        view.merged.iter().filter(|merged| read(&merged.side).is_some_and(|faults| !faults.is_empty()))
    {
        if let [one, other] = view.versions(merged)[..] {
            let new = new_faults(merged, &[one.1, other.1]).unwrap_or_default().into_iter();
            findings.extend(
                new.map(|fault| finding(view, merged, by_part(view, merged, [one, other], fault), fault)),
            );
        }
    }
}

/// A branch and what it made of the file.
type Version<'a> = (usize, &'a File<'a>);

/// The faults of a merge that no version of the file has; none where not all of them could be read, as
/// what was not may declare anything.
fn new_faults<'a>(merged: &'a Merged<'_>, versions: &[&File<'_>; 2]) -> Option<Vec<&'a Fault>> {
    let sides = versions.iter().flat_map(|file| [file.before(), file.new.as_ref()]);
    let known: Vec<(&str, &[Fault])> =
        sides.map(|side| Some((side?.text, read(side?)?))).collect::<Option<_>>()?;
    let quote = |text: &str, fault: &Fault| [fault.line, fault.against].map(|line| line_of(text, line));
    let is_known = |fault: &Fault| {
        let quoted = quote(merged.side.text, fault);
        known.iter().any(|(text, faults)| {
            let mut alike = faults.iter().filter(|it| (it.sort, &it.name) == (fault.sort, &fault.name));
            alike.any(|it| it.within == fault.within || quote(text, it) == quoted)
        })
    };
    Some(read(&merged.side)?.iter().filter(|fault| !is_known(fault)).collect())
}

/// The faults of a text that could be read whole.
fn read<'a>(side: &'a Side<'_>) -> Option<&'a [Fault]> {
    let (model, faults) = (&side.model, side.model.faults.as_slice());
    (model.broken.is_empty() && faults.len() <= Fault::MOST).then_some(faults)
}

fn line_of(text: &str, line: u32) -> String {
    lines(text).get(line.saturating_sub(1) as usize).map_or("", |line| line.trim()).to_owned()
}

fn finding(view: &View<'_>, merged: &Merged<'_>, [user, other]: [Version<'_>; 2], fault: &Fault) -> Finding {
    let (user_name, other_name) = (view.name(user.0), view.name(other.0));
    let mut names = [user_name, other_name];
    names.sort_unstable();
    let message = format!(
        "{}, merged cleanly from {}, {} at line {}",
        merged.path,
        names.join(" and "),
        words(fault),
        fault.line
    );
    let site = |version: Version<'_>, line: u32| {
        view.site(version.0, version.1.path, line_in(version.1, merged, line))
    };
    let sites = vec![site(other, fault.against), site(user, fault.line)];
    let summary = format!("{user_name} has to fit what {other_name} does there: {}", advice(fault));
    let fix = Some(view.fix(user.0, summary, String::new()));
    let symbols = [fault.within.as_str(), fault.name.as_str(), advice(fault)];
    Draft { rule: RULE.id, level: level(user.1.language, fault), message, symbols: &symbols, sites, fix }
        .finish()
}

/// The two branches, the one that added the place of the fault first. Where both have it, or none, it
/// is the second by name.
fn by_part<'a>(
    view: &View<'_>,
    merged: &Merged<'_>,
    mut versions: [Version<'a>; 2],
    fault: &Fault,
) -> [Version<'a>; 2] {
    versions.sort_by_key(|version| view.name(version.0));
    let [one, other] = versions;
    let place = line_of(merged.side.text, fault.line);
    let has = |version: Version<'_>| {
        let line = line_in(version.1, merged, fault.line);
        version.1.new.as_ref().is_some_and(|new| line_of(new.text, line) == place)
    };
    if has(one) && !has(other) { [one, other] } else { [other, one] }
}

/// Where a line of the merge stands on a branch.
fn line_in(file: &File<'_>, merged: &Merged<'_>, line: u32) -> u32 {
    let Some(new) = &file.new else { return 1 };
    let last = lines(new.text).len() as u32;
    LineMap::new(merged.side.text, new.text).to_new(line).min(last)
}

/// In some languages the second of two equal cases is dead, and the program still runs.
fn level(language: Language, fault: &Fault) -> Level {
    match fault.sort {
        FaultSort::CaseTwice if !matches!(language, Language::Go | Language::Java) => Level::Warn,
        FaultSort::MeansTwo => Level::Warn,
        _ => Level::Deny,
    }
}

fn words(fault: &Fault) -> String {
    let name = &fault.name;
    let within = match fault.within.is_empty() {
        true => String::new(),
        false => format!(" in `{}`", fault.within),
    };
    match fault.sort {
        FaultSort::Waits => format!("awaits{within}, which is not async,"),
        FaultSort::Fixed => format!("changes `{name}`{within}, which is declared constant,"),
        FaultSort::Captured => {
            format!("changes `{name}`{within}, which a function inside captures,")
        }
        FaultSort::DeclaredTwice => format!("declares `{name}`{within} twice,"),
        FaultSort::ImportedTwice => format!("imports `{name}` twice,"),
        FaultSort::MeansTwo => format!("imports `{name}` from two places,"),
        FaultSort::CaseTwice => format!("has the case `{name}`{within} twice,"),
        FaultSort::KeyTwice => format!("has `{name}`{within} twice in one list,"),
        FaultSort::UnusedVariable => format!("declares `{name}`{within} and does not use it,"),
        FaultSort::UnusedImport => format!("imports `{name}` and does not use it,"),
        FaultSort::Returns => format!("returns {name}{within},"),
        FaultSort::FieldUnknown => format!("sets `{name}`{within}, which is no field of the type,"),
        FaultSort::Fields => format!("lists {name}{within},"),
    }
}

fn advice(fault: &Fault) -> &'static str {
    match fault.sort {
        FaultSort::Waits => "do not await, or make the function async again",
        FaultSort::Fixed => "use another variable, or let this one change",
        FaultSort::Captured => "use another variable",
        FaultSort::DeclaredTwice => "give one of the two another name, or keep one",
        FaultSort::ImportedTwice | FaultSort::MeansTwo => "import one of the two",
        FaultSort::CaseTwice | FaultSort::KeyTwice => "keep one of the two",
        FaultSort::UnusedVariable | FaultSort::UnusedImport => "take the declaration away too",
        FaultSort::FieldUnknown => "leave the field out, or keep it in the type",
        FaultSort::Fields => "give each field a value",
        FaultSort::Returns => "return what the function says now",
    }
}
