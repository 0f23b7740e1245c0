//! What makes a file of a package manager whole.

use std::collections::BTreeSet;

use crate::merge::resolve::weave::Why;
use crate::validate::data::Value;

/// What is pinned together: a version with where it is from and what it must hash to.
const PINS: &[&str] = &["name", "version", "resolved", "integrity", "source", "checksum", "resolution"];

/// Whether each package is pinned as one of the sides pinned it, and all that are needed are there.
pub(super) fn holds(sides: [&Value; 2], merged: &Value) -> Result<(), Why> {
    let known: BTreeSet<Vec<&str>> = sides.into_iter().flat_map(pinned).collect();
    if !pinned(merged).is_subset(&known) {
        return Err(Why::SameThing);
    }
    let lacked: BTreeSet<&str> = sides.into_iter().flat_map(missing).collect();
    match missing(merged).is_subset(&lacked) {
        true => Ok(()),
        false => Err(Why::Undefined),
    }
}

/// All pins of a file.
fn pinned(root: &Value) -> BTreeSet<Vec<&str>> {
    let mut found = BTreeSet::new();
    let mut pending = vec![root];
    while let Some(value) = pending.pop() {
        let pin = |key: &&str| value.field(key).and_then(Value::text).unwrap_or_default();
        if value.field("version").or_else(|| value.field("resolution")).is_some() {
            found.insert(PINS.iter().map(pin).collect());
        }
        pending.extend(value.items());
        pending.extend(value.pairs().iter().map(|pair| &pair.value));
    }
    found
}

/// Packages that others in the file need by name and that are not in it.
fn missing(root: &Value) -> BTreeSet<&str> {
    let packages = root.field("package").map_or(&[][..], Value::items);
    let names: BTreeSet<&str> = packages.iter().filter_map(|package| package.field("name")?.text()).collect();
    let needed = packages.iter().filter_map(|package| package.field("dependencies")).flat_map(Value::items);
    let needed = needed.filter_map(Value::text).filter_map(|needed| needed.split(' ').next());
    needed.filter(|needed| !names.contains(needed)).collect()
}
