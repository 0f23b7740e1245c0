//! What a write touched, and whether it goes in a circle.
//!
//! Two circles show early: the agent is back at a state of a file that it had left, and it takes
//! back what another task of the run made of a file or of a symbol in it. The attempt's run
//! directory keeps, line by line, which symbols were touched and which states were seen.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Write as _;
use std::path::Path;

use crate::engine::hook::Desk;
use crate::git::{Entry, append_plain, read_plain_text};
use crate::model::{Oid, RepoPath, TaskRecord};
use crate::store::Hub;
use crate::validate::extract::{extract, language_of};

/// Larger files are not looked at while somebody waits.
const LARGEST: u64 = 1 << 20;
/// Larger records are not gone on with.
const LONGEST_RECORD: u64 = 4 << 20;
/// In the run directory: time by time, the path and the symbols of a write.
const TOUCHED: &str = "touched";
/// In the run directory: a path and a name for its content, in the order of writes.
const STATES: &str = "states";

/// Looks at a file that was just written, writes down what was touched, and returns warnings.
pub(super) fn look(desk: &Desk, path: &RepoPath, run_dir: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let Some(top) = desk.repo.work_dir() else { return Ok(Vec::new()) };
    let Ok(now) = read_plain_text(&top.join(path.as_path()), LARGEST) else { return Ok(Vec::new()) };
    let hub = Hub::look(&desk.repo)?;
    let tasks = hub.map(|hub| hub.tasks(desk.run)).transpose()?.unwrap_or_default();
    let own_base = tasks.iter().find(|task| task.task.id == desk.task).and_then(|task| task.base);
    let before = own_base.map(|base| text_at(desk, base, path)).transpose()?.flatten();
    let now_symbols = symbols(path, &now);
    if let Some(run_dir) = run_dir {
        let before = symbols(path, before.as_deref().unwrap_or_default());
        note(run_dir, TOUCHED, &format!("{path}\t{}", changed(&before, &now_symbols).join(", ")));
    }
    let mut warnings: Vec<String> = seen_before(run_dir, path, &now).into_iter().collect();
    for other in tasks.iter().filter(|task| task.task.id != desk.task) {
        warnings.extend(taken_back(desk, path, &now, &now_symbols, other)?);
    }
    Ok(warnings)
}

/// Whether this very content stood here before and was left.
fn seen_before(run_dir: Option<&Path>, path: &RepoPath, now: &str) -> Option<String> {
    let run_dir = run_dir?;
    let mut hasher = DefaultHasher::new();
    hasher.write(now.as_bytes());
    let state = format!("{path}\t{:016x}", hasher.finish());
    let known = read(run_dir, STATES);
    let prefix = format!("{path}\t");
    let states: Vec<&str> = known.lines().filter(|line| line.starts_with(&prefix)).collect();
    if states.last() == Some(&state.as_str()) {
        return None;
    }
    note(run_dir, STATES, &state);
    let earlier = states.iter().rposition(|line| *line == state)?;
    let steps = states.len() - earlier;
    Some(format!(
        "{path} is again what it was {steps} writes ago: you go in a circle. Decide for one of both states."
    ))
}

/// Whether a write takes back what another task made of the file, or of symbols in it.
fn taken_back(
    desk: &Desk,
    path: &RepoPath,
    now: &str,
    now_symbols: &BTreeMap<String, u64>,
    other: &TaskRecord,
) -> anyhow::Result<Option<String>> {
    let (Some(base), Some(tip)) = (other.base, other.tip) else { return Ok(None) };
    let (before, after) = (text_at(desk, base, path)?, text_at(desk, tip, path)?);
    let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
    if before == after || now == after {
        return Ok(None);
    }
    let by = &other.task.id;
    if now == before {
        return Ok(Some(format!(
            "{path} is again as it was before task '{by}' changed it: keep its change."
        )));
    }
    let (before, after) = (symbols(path, &before), symbols(path, &after));
    let is_back = |name: &&String| {
        let (then, made, is) = (before.get(*name), after.get(*name), now_symbols.get(*name));
        then.is_some() && then != made && made.is_some() && is == then
    };
    let back: Vec<&str> = after.keys().filter(is_back).map(String::as_str).collect();
    Ok((!back.is_empty())
        .then(|| format!("{path}: {} as before task '{by}' changed it: keep its change.", back.join(", "))))
}

/// The symbols of a text, each with a name for its content.
fn symbols(path: &RepoPath, text: &str) -> BTreeMap<String, u64> {
    let Some(language) = language_of(path).filter(|language| language.is_code()) else {
        return BTreeMap::new();
    };
    let model = extract(language, text);
    let name = |def: &crate::validate::model::Def| {
        let parts: Vec<&str> = def.parents.iter().chain([&def.name]).map(String::as_str).collect();
        (parts.join("."), def.body_hash)
    };
    model.defs.iter().map(name).collect()
}

fn changed(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> Vec<String> {
    let mut names: Vec<String> = now.keys().chain(before.keys()).cloned().collect();
    names.sort();
    names.dedup();
    names.retain(|name| before.get(name) != now.get(name));
    names
}

fn text_at(desk: &Desk, commit: Oid, path: &RepoPath) -> anyhow::Result<Option<String>> {
    let found = desk.repo.entry_at(desk.repo.commit(commit)?.tree, path)?.filter(Entry::is_file);
    let Some(entry) = found else { return Ok(None) };
    if desk.repo.blob_size(entry.oid)? > LARGEST {
        return Ok(None);
    }
    Ok(String::from_utf8(desk.repo.blob(entry.oid)?).ok())
}

fn read(run_dir: &Path, name: &str) -> String {
    read_plain_text(&run_dir.join(name), LONGEST_RECORD).unwrap_or_default()
}

/// Adds a line; a record that cannot be kept is no reason to keep an agent from working.
fn note(run_dir: &Path, name: &str, line: &str) {
    let Ok(mut file) = append_plain(&run_dir.join(name)) else { return };
    if file.metadata().is_ok_and(|file| file.len() < LONGEST_RECORD) {
        let _ = writeln!(file, "{}", line.replace('\n', "\\n"));
    }
}
