//! Makes one hub of two that were written apart, as on two machines.
//!
//! A file that one side changed is taken from there; where both did, it is merged key by key. What
//! comes out depends on the two hubs alone and not on who asks, so that machines which join the same
//! hubs make the same commit and nobody's goes back and forth.

use std::collections::BTreeSet;

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::hub::{Hub, HubError};
use super::layout;
use super::publish::Publisher;
use super::snapshot::{Snapshot, Transaction};
use crate::git::{Entry, Repo};
use crate::model::{Oid, RepoPath, RunId, Status, printable};

/// The key of a task's status.
const STATE: &str = "state";

/// What became of the own hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    pub before: Option<Oid>,
    /// Where it would be, in a trial; of a merge that is not known before it is made.
    pub after: Option<Oid>,
    /// What both sides said differently, as `path: key`; the later hub's word stays.
    pub clashes: Vec<String>,
}

/// How a hub goes on.
enum Step {
    Stay,
    Take,
    /// Both went on from this commit.
    Merge(Oid),
}

impl Hub {
    /// Takes over what another hub has that this one has not. Its objects are here already.
    ///
    /// Refuses, with nothing changed, a hub that cannot be read, one that began apart, and one in which
    /// the same run was planned or went on another way.
    pub fn join(repo: &Repo, theirs: Oid, dry_run: bool) -> Result<Joined, HubError> {
        let repo = &repo.reopen()?;
        let publisher = Publisher::lock(repo)?;
        require_plain(repo, theirs)?;
        let other = Snapshot::at(repo.reopen()?, theirs)?;
        other.require_readable()?;
        let before = repo.ref_oid(layout::HUB_REF)?;
        let own = before.map(|ours| Snapshot::at(repo.reopen()?, ours)).transpose()?;
        let (after, clashes) = match step(repo, own.as_ref(), &other)? {
            Step::Stay => (before, Vec::new()),
            Step::Take => {
                if !dry_run {
                    publisher.swap(repo, layout::HUB_REF, before, theirs)?;
                }
                (Some(theirs), Vec::new())
            }
            Step::Merge(base) => {
                let mut transaction = Transaction::on(own.ok_or(HubError::Gone)?);
                transaction.may_write()?;
                let clashes = merge(repo, &mut transaction, base, theirs)?;
                transaction.require_readable()?;
                let commit = || commit(repo, &publisher, &transaction, theirs);
                ((!dry_run).then(commit).transpose()?, clashes)
            }
        };
        Ok(Joined { before, after, clashes })
    }
}

/// No record comes near this.
const LARGEST: u64 = 8 << 20;

/// Refuses a hub with files that nobody could work with: one so large that it takes minutes to read, or
/// with a name that Git itself refuses elsewhere, so that nobody else would take the hub from here.
fn require_plain(repo: &Repo, hub: Oid) -> Result<(), HubError> {
    let tree = repo.commit(hub).map_err(HubError::Unreadable)?.tree;
    for (path, entry) in repo.list_tree(tree)? {
        let is_odd = |name: &[u8]| matches!(name, b"." | b"..") || name.eq_ignore_ascii_case(b".git");
        let reason = match entry.is_file() && repo.blob_size(entry.oid)? > LARGEST {
            true => "this is larger than any record",
            false if path.as_bytes().split(|&byte| byte == b'/').any(is_odd) => "no file can have this name",
            false => continue,
        };
        let path = printable(&path.to_string()).into_owned();
        return Err(HubError::Record { path, line: 1, reason: reason.into() });
    }
    Ok(())
}

fn step(repo: &Repo, own: Option<&Snapshot>, other: &Snapshot) -> Result<Step, HubError> {
    let (Some(own), Some(theirs)) = (own, other.tip()) else { return Ok(Step::Take) };
    let Some(ours) = own.tip() else { return Ok(Step::Take) };
    if repo.contains(ours, theirs)? {
        return Ok(Step::Stay);
    }
    // One that was just made holds nothing that could be lost.
    if repo.contains(theirs, ours)? || own.is_new()? {
        return Ok(Step::Take);
    }
    let base = repo.merge_base(ours, theirs)?.filter(|_| own.hub_id() == other.hub_id());
    base.map(Step::Merge).ok_or(HubError::Stranger)
}

/// Puts what `theirs` changed since `base` into the transaction. Answers what both said differently.
fn merge(
    repo: &Repo,
    transaction: &mut Transaction,
    base: Oid,
    theirs: Oid,
) -> Result<Vec<String>, HubError> {
    let ours = transaction.tip().ok_or(HubError::Gone)?;
    let (base, our, their) = (repo.commit(base)?, repo.commit(ours)?, repo.commit(theirs)?);
    let is_ours_later = (our.time, ours) > (their.time, theirs);
    let changed_here: BTreeSet<RepoPath> =
        repo.diff_trees(base.tree, our.tree)?.into_iter().map(|change| change.path).collect();
    let mut clashes = Vec::new();
    for change in repo.diff_trees(base.tree, their.tree)? {
        let path = utf8(&change.path, change.path.as_bytes().to_vec())?;
        let [old, new] = [change.old, change.new].map(|entry| text(repo, &change.path, entry));
        let (old, new, own) = (old?, new?, transaction.file(&path)?);
        let merged = if !changed_here.contains(&change.path) || own == new {
            new
        } else {
            let both = if is_ours_later { (own, new) } else { (new, own) };
            merged_file(repo, &path, old.as_deref(), both, &mut clashes)?
        };
        transaction.set(path, merged)?;
    }
    Ok(clashes)
}

/// The text of a file; none where there is none, or no plain file.
fn text(repo: &Repo, path: &RepoPath, entry: Option<Entry>) -> Result<Option<String>, HubError> {
    let file = entry.filter(Entry::is_file);
    file.map(|file| utf8(path, repo.blob(file.oid)?)).transpose()
}

fn utf8(path: &RepoPath, bytes: Vec<u8>) -> Result<String, HubError> {
    let path = || printable(&path.to_string()).into_owned();
    let refusal = |_| HubError::Record { path: path(), line: 1, reason: "this is not UTF-8".into() };
    String::from_utf8(bytes).map_err(refusal)
}

/// A file that both sides changed; the later hub's comes first.
fn merged_file(
    repo: &Repo,
    path: &str,
    old: Option<&str>,
    both: (Option<String>, Option<String>),
    clashes: &mut Vec<String>,
) -> Result<Option<String>, HubError> {
    let (later, earlier) = match both {
        // What was edited is worth more than that it was deleted.
        (None, left) | (left, None) => return Ok(left),
        (Some(later), Some(earlier)) => (later, earlier),
    };
    let refuse = match in_run(path) {
        Some((run, "run.toml")) if old.is_none() => Some(HubError::PlannedTwice(run)),
        Some((run, rest)) if rest.starts_with("waves/") => match further_landing(repo, &later, &earlier)? {
            // What was merged in one of them is not in what the other has merged.
            None => Some(HubError::LandedTwice(run)),
            Some(is_later) => return Ok(Some(if is_later { later } else { earlier })),
        },
        _ => None,
    };
    match refuse {
        Some(error) => Err(error),
        None => Ok(Some(merged_text(old, (&later, &earlier), path, clashes))),
    }
}

/// The run of a file, and the file's name in it.
fn in_run(path: &str) -> Option<(RunId, &str)> {
    let (run, rest) = path.strip_prefix(layout::RUNS)?.strip_prefix('/')?.split_once('/')?;
    Some((RunId::new(run).ok()?, rest))
}

/// Whether of two landings of one wave the later hub's holds the other; none where neither does.
fn further_landing(repo: &Repo, later: &str, earlier: &str) -> Result<Option<bool>, HubError> {
    let tip = |text: &str| Oid::parse(text.parse::<DocumentMut>().ok()?.get("to")?.as_str()?).ok();
    let (Some(later), Some(earlier)) = (tip(later), tip(earlier)) else { return Ok(None) };
    if repo.contains(later, earlier)? {
        return Ok(Some(true));
    }
    Ok(repo.contains(earlier, later)?.then_some(false))
}

fn commit(
    repo: &Repo,
    publisher: &Publisher<'_>,
    transaction: &Transaction,
    theirs: Oid,
) -> Result<Oid, HubError> {
    let mut parents: Vec<Oid> = transaction.tip().into_iter().chain([theirs]).collect();
    parents.sort_unstable();
    let commits = parents.iter().map(|parent| repo.commit(*parent)).collect::<Result<Vec<_>, _>>()?;
    let time = commits.iter().map(|commit| commit.time).max().unwrap_or_default();
    let mut batch = publisher.batch();
    let tree = match (transaction.build(&mut batch)?, transaction.tip()) {
        (Some(tree), _) => tree,
        (None, Some(tip)) => repo.commit(tip)?.tree,
        (None, None) => return Err(HubError::Gone),
    };
    let new = batch.commit(tree, &parents, "hub: joined\n\nOrca-Op: sync\n", time)?;
    transaction.publish(publisher, batch, new)?;
    Ok(new)
}

/// Merges two versions of a file; one that cannot be read key by key gives way to the other.
///
/// Where a task has come further in one of them, what both changed is as it is there: its state says
/// something about the commits beside it.
fn merged_text(
    base: Option<&str>,
    (later, earlier): (&str, &str),
    path: &str,
    clashes: &mut Vec<String>,
) -> String {
    let parsed = |text: &str| text.parse::<DocumentMut>().ok();
    let (Some(mut merged), Some(mut other)) = (parsed(later), parsed(earlier)) else {
        clashes.push(path.to_owned());
        return later.to_owned();
    };
    if progress(&other) > progress(&merged) {
        std::mem::swap(&mut merged, &mut other);
    }
    let base = base.and_then(parsed).unwrap_or_default();
    let mut place = Place { path, keys: Vec::new(), clashes };
    merge_tables(merged.as_table_mut(), base.as_table(), other.as_table(), &mut place);
    merged.to_string()
}

/// How far a task has come; what is merged is merged, whatever else was said of it.
fn progress(record: &DocumentMut) -> Option<(bool, Status)> {
    let status = Status::parse(record.get(STATE)?.as_str()?)?;
    Some((status == Status::Merged, status))
}

/// Where in a file a merge is.
struct Place<'a> {
    path: &'a str,
    keys: Vec<String>,
    clashes: &'a mut Vec<String>,
}

/// Puts into `later` what `earlier` changed since `base`.
fn merge_tables(
    later: &mut dyn TableLike,
    base: &dyn TableLike,
    earlier: &dyn TableLike,
    place: &mut Place<'_>,
) {
    let keys: BTreeSet<String> = base.iter().chain(earlier.iter()).map(|(key, _)| key.to_owned()).collect();
    for key in keys {
        let (old, theirs) = (base.get(&key), earlier.get(&key));
        let ours = later.get(&key);
        if same(ours, theirs) || same(old, theirs) {
            continue;
        }
        let Some(theirs) = theirs else {
            // They deleted it. What was edited here stays.
            if same(ours, old) {
                later.remove(&key);
            }
            continue;
        };
        if ours.is_none() || same(ours, old) {
            later.insert(&key, theirs.clone());
            continue;
        }
        place.keys.push(key.clone());
        if let Some(item) = later.get_mut(&key) {
            merge_items(item, old, theirs, place);
        }
        place.keys.pop();
    }
}

/// Merges a value that both sides changed.
fn merge_items(later: &mut Item, base: Option<&Item>, earlier: &Item, place: &mut Place<'_>) {
    if let (Some(ours), Some(theirs)) = (later.as_table_like_mut(), earlier.as_table_like()) {
        let none = Table::new();
        let base = base.and_then(Item::as_table_like).unwrap_or(&none);
        return merge_tables(ours, base, theirs, place);
    }
    let is_merged = match (later.as_value_mut(), earlier.as_value()) {
        (Some(Value::Array(ours)), Some(Value::Array(theirs))) => {
            unite(ours, base.and_then(Item::as_array), theirs)
        }
        // Counters only grow.
        (Some(Value::Integer(ours)), Some(Value::Integer(theirs))) => {
            if theirs.value() > ours.value() {
                *ours = theirs.clone();
            }
            true
        }
        // The task that has come further gives the file.
        _ => place.keys == [STATE],
    };
    if !is_merged {
        place.clashes.push(format!("{}: {}", place.path, place.keys.join(".")));
    }
}

/// Adds what the others added, and takes out what they took out. False, with nothing changed, where
/// lists of lists do not correspond: tasks by their waves.
fn unite(later: &mut Array, base: Option<&Array>, earlier: &Array) -> bool {
    let none = Array::new();
    let base = base.unwrap_or(&none);
    if ![&*later, base, earlier].into_iter().flatten().any(Value::is_array) {
        unite_values(later, base, earlier);
        return true;
    }
    let n_lists = |array: &Array| array.iter().all(Value::is_array).then_some(array.len());
    if n_lists(later).is_none() || n_lists(later) != n_lists(earlier) || n_lists(later) != n_lists(base) {
        return false;
    }
    let mut seen = BTreeSet::new();
    for (idx, ours) in later.iter_mut().enumerate() {
        let [old, theirs] =
            [base, earlier].map(|array| array.get(idx).and_then(Value::as_array).unwrap_or(&none));
        if let Some(ours) = ours.as_array_mut() {
            unite_values(ours, old, theirs);
            // Each went into another list on each side.
            ours.retain(|value| seen.insert(plain(value)));
        }
    }
    true
}

fn unite_values(later: &mut Array, base: &Array, earlier: &Array) {
    let texts = |array: &Array| array.iter().map(plain).collect::<BTreeSet<_>>();
    let (old, theirs, ours) = (texts(base), texts(earlier), texts(later));
    later.retain(|value| theirs.contains(&plain(value)) || !old.contains(&plain(value)));
    for value in earlier.iter().filter(|value| !ours.contains(&plain(value)) && !old.contains(&plain(value)))
    {
        later.push(value.clone());
    }
}

fn plain(value: &Value) -> String {
    value.to_string().trim().to_owned()
}

fn same(one: Option<&Item>, other: Option<&Item>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_none() && other.is_none() };
    match (one.as_table_like(), other.as_table_like()) {
        // The text of a table leaves out the tables in it.
        (Some(one), Some(other)) => {
            one.len() == other.len() && one.iter().all(|(key, item)| same(Some(item), other.get(key)))
        }
        _ => one.to_string().trim() == other.to_string().trim(),
    }
}

#[cfg(test)]
mod tests;
