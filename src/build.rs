//! Names the versions of the models and merges that a build makes, for the cache that keeps them; and
//! lets debug builds start quickly.
//!
//! A version is a hash of everything that has a part in making one: the extractors, the model and the
//! locked versions of the grammars. A number kept by hand would be forgotten, and a stale model is
//! worse than none.

use std::path::{Path, PathBuf};

const MAKERS: [&str; 6] = [
    "src/validate/model",
    "src/validate/model.rs",
    "src/validate/entry.rs",
    "src/validate/load.rs",
    "src/validate/data",
    "src/validate/extract",
];

/// What has a part in merging by structure besides.
const MERGERS: [&str; 1] = ["src/merge/resolve"];

fn main() {
    println!("cargo::rustc-env=ORCA_MODELS={}", version(&MAKERS));
    println!("cargo::rustc-env=ORCA_MERGES={}", version(&[&MAKERS[..], &MERGERS].concat()));
    start_quickly();
}

fn version(makers: &[&str]) -> String {
    let mut files = Vec::new();
    for maker in makers {
        println!("cargo::rerun-if-changed={maker}");
        list(Path::new(maker), &mut files);
    }
    // Absent in a package that was built without one.
    println!("cargo::rerun-if-changed=Cargo.lock");
    files.push(PathBuf::from("Cargo.lock"));
    files.sort();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in files.iter().filter_map(|file| std::fs::read(file).ok()).flatten() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:016x}")
}

/// The tests start the program well over a thousand times, and a third of each start went into moving
/// it to an address drawn at random. Releases keep that protection.
fn start_quickly() {
    #[expect(clippy::disallowed_methods, reason = "Cargo tells a build script by its environment")]
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    if is("PROFILE", "debug") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

fn list(path: &Path, files: &mut Vec<PathBuf>) {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().for_each(|entry| list(&entry.path(), files)),
        Err(_) => files.push(path.to_owned()),
    }
}
