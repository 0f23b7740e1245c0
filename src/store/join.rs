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
use crate::git::Repo;
use crate::model::{Oid, RepoPath, RunId, Status};

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
    Merge,
}

impl Hub {
    /// Takes over what another hub has that this one has not. Its objects are here already.
    ///
    /// Refuses, with nothing changed, a hub that cannot be read, one that began apart, and one in which
    /// the same run was planned anew.
    pub fn join(repo: &Repo, theirs: Oid, dry_run: bool) -> Result<Joined, HubError> {
        let repo = &repo.reopen()?;
        let publisher = Publisher::lock(repo)?;
        let other = Snapshot::at(repo.reopen()?, theirs)?;
        other.require_readable()?;
        let before = repo.ref_oid(layout::HUB_REF)?;
        let stays = |after| Joined { before, after, clashes: Vec::new() };
        let Some(ours) = before else {
            if !dry_run {
                publisher.swap(repo, layout::HUB_REF, None, theirs)?;
            }
            return Ok(stays(Some(theirs)));
        };
        let own = Snapshot::at(repo.reopen()?, ours)?;
        match step(repo, &own, &other)? {
            Step::Stay => Ok(stays(before)),
            Step::Take => {
                if !dry_run {
                    publisher.swap(repo, layout::HUB_REF, before, theirs)?;
                }
                Ok(stays(Some(theirs)))
            }
            Step::Merge => {
                let mut transaction = Transaction::on(own);
                transaction.may_write()?;
                let clashes = merge(repo, &mut transaction, (ours, theirs))?;
                transaction.require_readable()?;
                let after =
                    if dry_run { None } else { Some(commit(repo, &publisher, &transaction, theirs)?) };
                Ok(Joined { before, after, clashes })
            }
        }
    }
}

fn step(repo: &Repo, own: &Snapshot, other: &Snapshot) -> Result<Step, HubError> {
    let (Some(ours), Some(theirs)) = (own.tip(), other.tip()) else { return Ok(Step::Stay) };
    if repo.contains(ours, theirs)? {
        return Ok(Step::Stay);
    }
    // One that was just made holds nothing that could be lost.
    if repo.contains(theirs, ours)? || own.is_new()? {
        return Ok(Step::Take);
    }
    if own.hub_id() != other.hub_id() || repo.merge_base(ours, theirs)?.is_none() {
        return Err(HubError::Stranger);
    }
    Ok(Step::Merge)
}

/// Puts what `theirs` changed into the transaction, which is on `ours`.
fn merge(
    repo: &Repo,
    transaction: &mut Transaction,
    (ours, theirs): (Oid, Oid),
) -> Result<Vec<String>, HubError> {
    let Some(base) = repo.merge_base(ours, theirs)? else { return Err(HubError::Stranger) };
    let (base, our, their) = (repo.commit(base)?, repo.commit(ours)?, repo.commit(theirs)?);
    let is_ours_later = (our.time, ours) > (their.time, theirs);
    let changed_here: BTreeSet<RepoPath> =
        repo.diff_trees(base.tree, our.tree)?.into_iter().map(|change| change.path).collect();
    let text = |entry: Option<crate::git::Entry>| -> Result<Option<String>, HubError> {
        let Some(entry) = entry else { return Ok(None) };
        Ok(Some(String::from_utf8_lossy(&repo.blob(entry.oid)?).into_owned()))
    };
    let mut clashes = Vec::new();
    for change in repo.diff_trees(base.tree, their.tree)? {
        let path = String::from_utf8_lossy(change.path.as_bytes()).into_owned();
        let (old, new) = (text(change.old)?, text(change.new)?);
        let own = transaction.file(&path)?;
        let merged = if !changed_here.contains(&change.path) || own == new {
            new
        } else {
            if let Some(run) = planned_in(&path).filter(|_| old.is_none()) {
                return Err(HubError::PlannedTwice(run));
            }
            let later = |ours, theirs| if is_ours_later { (ours, theirs) } else { (theirs, ours) };
            match later(own, new) {
                // What was edited is worth more than that it was deleted.
                (None, left) | (left, None) => left,
                (Some(later), Some(earlier)) => {
                    Some(merged_text(old.as_deref(), (&later, &earlier), &path, &mut clashes))
                }
            }
        };
        transaction.set(path, merged)?;
    }
    Ok(clashes)
}

/// The run whose own record this is.
fn planned_in(path: &str) -> Option<RunId> {
    let name = path.strip_prefix(layout::RUNS)?.strip_prefix('/')?.strip_suffix("/run.toml")?;
    RunId::new(name).ok()
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
fn merged_text(
    base: Option<&str>,
    (later, earlier): (&str, &str),
    path: &str,
    clashes: &mut Vec<String>,
) -> String {
    let parsed = |text: &str| text.parse::<DocumentMut>().ok();
    let (Some(mut merged), Some(other)) = (parsed(later), parsed(earlier)) else {
        clashes.push(path.to_owned());
        return later.to_owned();
    };
    let base = base.and_then(parsed).unwrap_or_default();
    let mut place = Place { path, keys: Vec::new(), clashes };
    merge_tables(merged.as_table_mut(), base.as_table(), other.as_table(), &mut place);
    merged.to_string()
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
    let is_status = place.keys.last().is_some_and(|key| key == "status");
    match (later.as_value_mut(), earlier.as_value()) {
        (Some(Value::Array(ours)), Some(Value::Array(theirs))) => {
            unite(ours, base.and_then(Item::as_array), theirs);
        }
        // Counters only grow.
        (Some(Value::Integer(ours)), Some(Value::Integer(theirs))) => {
            if theirs.value() > ours.value() {
                *ours = theirs.clone();
            }
        }
        (Some(Value::String(ours)), Some(Value::String(theirs))) if is_status => {
            if rank(theirs.value()) > rank(ours.value()) {
                *ours = theirs.clone();
            }
        }
        _ => place.clashes.push(format!("{}: {}", place.path, place.keys.join("."))),
    }
}

/// How far a task has come.
fn rank(status: &str) -> Option<Status> {
    Status::parse(status)
}

/// Adds what the others added, and takes out what they took out.
fn unite(later: &mut Array, base: Option<&Array>, earlier: &Array) {
    let texts = |array: &Array| array.iter().map(plain).collect::<BTreeSet<_>>();
    let (old, theirs, ours) = (base.map(texts).unwrap_or_default(), texts(earlier), texts(later));
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
    let text = |item: &Item| item.to_string().trim().to_owned();
    one.map(text) == other.map(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "# by hand\nstatus = \"ready\"\nattempt = 1\ntitle = \"old\"\nafter = [\"a\", \"b\"]\nnote = \"n\"\n\
                        [task]\nscope = [\"src\"]\nkind = \"k\"\n";

    /// The merge of two versions of `BASE`, each made by replacements, and what they disagree on.
    fn merged(later: &[(&str, &str)], earlier: &[(&str, &str)]) -> (String, Vec<String>) {
        let made = |edits: &[(&str, &str)]| {
            edits.iter().fold(BASE.to_owned(), |text, (from, to)| text.replace(from, to))
        };
        let mut clashes = Vec::new();
        let text = merged_text(Some(BASE), (&made(later), &made(earlier)), "t.toml", &mut clashes);
        (text, clashes)
    }

    #[test]
    fn what_only_one_side_changed_is_taken_whichever_is_later() {
        let edits =
            [("\"old\"", "\"new\""), ("note = \"n\"\n", ""), ("kind = \"k\"", "kind = \"k\"\nmore = 1")];
        let wanted = (merged(&edits, &edits).0, Vec::new());
        assert!(wanted.0.starts_with("# by hand\nstatus") && wanted.0.contains("more = 1"), "{}", wanted.0);
        assert_eq!(merged(&edits, &[]), wanted);
        assert_eq!(merged(&[], &edits), wanted);
        assert_eq!(merged(&edits[..1], &edits[1..]), wanted);
    }

    #[test]
    fn progress_counters_and_lists_are_united_and_other_values_clash() {
        let one = [("\"ready\"", "\"merged\""), ("= 1", "= 2"), ("\"b\"", "\"c\""), ("\"k\"", "\"one\"")];
        let two =
            [("\"ready\"", "\"running\""), ("= 1", "= 3"), ("\"b\"", "\"b\", \"d\""), ("\"k\"", "\"two\"")];
        for (later, earlier, word) in [(&one, &two, "one"), (&two, &one, "two")] {
            let (text, clashes) = merged(later, earlier);
            let document: DocumentMut = text.parse().unwrap();
            assert_eq!(document["status"].as_str(), Some("merged"));
            assert_eq!(document["attempt"].as_integer(), Some(3));
            let after = document["after"].as_array().unwrap();
            let names: BTreeSet<&str> = after.iter().filter_map(Value::as_str).collect();
            assert_eq!(names, BTreeSet::from(["a", "c", "d"]));
            assert_eq!(document["task"]["kind"].as_str(), Some(word));
            assert_eq!(clashes, ["t.toml: task.kind"]);
        }
    }

    #[test]
    fn an_edit_outlives_a_deletion_and_a_broken_file_gives_way() {
        let edit = [("\"n\"", "\"mine\"")];
        let gone = [("note = \"n\"\n", "")];
        for (later, earlier) in [(&edit, &gone), (&gone, &edit)] {
            assert!(merged(later, earlier).0.contains("note = \"mine\""));
        }
        assert_eq!(merged(&edit, &[("status", "= broken")]).1, ["t.toml"]);
    }
}
