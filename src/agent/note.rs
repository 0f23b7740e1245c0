//! How an attempt ended, noted beside its logs the moment that it does.
//!
//! Work is taken over one task after the other, and an orca may be killed before its turn comes. An
//! attempt whose end is noted is taken over by the next orca; it need not be done again.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::launch::{Launch, log, log_name};
use super::{Ended, account, output};
use crate::git::{open_plain, read_plain};
use crate::model::{Account, Ending, Protocol};

/// More than any note that was written here.
const LONGEST_NOTE: u64 = 4 << 10;

/// Notes how an attempt has ended, unless it was interrupted: such an attempt has no outcome.
pub(super) fn note(launch: &Launch, ending: Ending, after: Duration) {
    let how = match ending {
        Ending::Exited(status) => json!({ "exited": status }),
        Ending::Signaled(signal) => json!({ "signaled": signal }),
        Ending::TimedOut => json!("timed out"),
        Ending::Stalled => json!("went silent"),
        Ending::Interrupted => return,
    };
    let text = json!({ "ending": how, "seconds": after.as_secs_f64(), "resumes": launch.resumes });
    // Without the note the attempt is only taken for one that was cut short.
    let _ = super::run::write_whole(&launch.log_dir, &log_name(launch.attempt, "end"), &text.to_string());
}

/// Forgets what another run of the same name may have noted.
pub fn forget_end(log_dir: &Path, attempt: u32) {
    let _ = std::fs::remove_file(place(log_dir, attempt));
}

/// How an attempt ended that nobody has taken over; none where it was cut short.
pub fn noted_end(log_dir: &Path, attempt: u32, protocol: Protocol) -> Option<Ended> {
    let text = read_plain(&place(log_dir, attempt), LONGEST_NOTE).ok()?;
    let note: Value = serde_json::from_slice(&text).ok()?;
    let resumes = note.get("resumes") == Some(&Value::Bool(true));
    let [out, err] = ["out", "err"].map(|stream| log(log_dir, attempt, stream));
    Some(Ended {
        ending: ending_in(note.get("ending")?)?,
        seconds: note.get("seconds").and_then(Value::as_f64).unwrap_or(0.0),
        output_bytes: [&out, &err].iter().filter_map(|log| log.metadata().ok()).map(|log| log.len()).sum(),
        tail: [tail_of(&out), tail_of(&err)].concat(),
        left_behind: 0,
        account: account::of_attempt(protocol, log_dir, attempt, resumes),
    })
}

/// What an attempt that was cut short says of itself up to there.
pub fn account_so_far(log_dir: &Path, attempt: u32, protocol: Protocol) -> Account {
    account::of_attempt(protocol, log_dir, attempt, false)
}

fn place(log_dir: &Path, attempt: u32) -> PathBuf {
    log(log_dir, attempt, "end")
}

fn ending_in(how: &Value) -> Option<Ending> {
    let number = |key: &str| i32::try_from(how.get(key)?.as_i64()?).ok();
    match how.as_str() {
        Some("timed out") => Some(Ending::TimedOut),
        Some("went silent") => Some(Ending::Stalled),
        _ => number("exited").map(Ending::Exited).or_else(|| number("signaled").map(Ending::Signaled)),
    }
}

/// The last lines of a log, safe for a terminal; nothing where it cannot be read.
fn tail_of(log: &Path) -> String {
    let read = || -> std::io::Result<(Vec<u8>, bool)> {
        let mut file = open_plain(log)?;
        let skipped = file.metadata()?.len().saturating_sub(output::TAIL_BYTES as u64);
        file.seek(SeekFrom::Start(skipped))?;
        let mut end = Vec::new();
        file.take(output::TAIL_BYTES as u64).read_to_end(&mut end)?;
        Ok((end, skipped > 0))
    };
    read().map(|(end, is_cut)| output::last_lines(&end, is_cut)).unwrap_or_default()
}
