//! What settings come to, key by key, however they are written.

use std::collections::BTreeSet;

use crate::merge::resolve::chunks::Three;
use crate::validate::data::{Node, Value};

/// Whether a merged value is what three values come to: each key as the side has it that changed it.
/// Of lists that both sides changed nothing is known.
pub(super) fn is_merge(of: Three<Option<&Value>>, merged: Option<&Value>) -> bool {
    let Three { base, ours, theirs } = of;
    if same(ours, theirs) || same(base, theirs) {
        return same(merged, ours);
    }
    if same(base, ours) {
        return same(merged, theirs);
    }
    let (Some(ours), Some(theirs), Some(merged)) = (ours, theirs, merged) else { return false };
    match (&ours.node, &theirs.node, &merged.node) {
        (Node::List(_), Node::List(_), Node::List(_)) => true,
        (Node::Map(_), Node::Map(_), Node::Map(_)) => {
            let all = [Some(ours), Some(theirs), base, Some(merged)];
            let keys: BTreeSet<&str> =
                all.into_iter().flatten().flat_map(Value::pairs).map(|pair| pair.key.as_str()).collect();
            keys.iter().all(|key| {
                let versions = Three::new(base, Some(ours), Some(theirs));
                is_merge(versions.map(|value| value?.field(key)), merged.field(key))
            })
        }
        _ => false,
    }
}

/// Whether two values are the same, wherever they stand.
fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_none() && other.is_none() };
    match (&one.node, &other.node) {
        (Node::List(one), Node::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(Some(one), Some(other)))
        }
        (Node::Map(pairs), Node::Map(others)) => {
            pairs.len() == others.len()
                && pairs.iter().all(|pair| same(Some(&pair.value), other.field(&pair.key)))
        }
        (one, other) => one == other,
    }
}
