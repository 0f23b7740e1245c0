//! Finds every process that an agent left on the machine, and ends it.
//!
//! A process belongs to an agent by any of four signs: it is in the agent's process group; its
//! environment carries the agent's marker; its parent belongs to the agent; or it is an orphan
//! that works in the agent's directory. The last sign is for servers such as Redis or PostgreSQL,
//! which overwrite their environment to show a title: as this process is a sub-reaper, their
//! orphans become its children instead of init's, so the user's own programs are never taken for
//! one. After the death of an orca they are anybody's: then those are ended that work in the agent's
//! directory without a terminal and without what every environment of a user holds. Without
//! `/proc` only the process group is ended.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::git::CHILD_OF;

/// The variable that every process of an agent inherits.
pub(super) const MARKER: &str = "ORCA_RUN_ID";

/// How long to go on killing what does not die.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a program may take to start until its environment is taken for empty.
const START: Duration = Duration::from_millis(50);

/// Ends what a killed orca left running under `marker`, and what of that lost its environment and
/// works below `dirs`; returns how many processes that were.
///
/// This process and its ancestors are spared.
pub fn sweep(marker: &str, dirs: &[PathBuf]) -> usize {
    let dirs = dirs.iter().filter_map(|dir| dir.canonicalize().ok()).collect();
    Family { is_masterless: true, ..Family::new(marker, None, dirs) }.end()
}

/// Waits until every `git` that the dead process `pid` started has finished its step.
pub fn outwait_children_of(pid: u32) {
    let entry = format!("{CHILD_OF}={pid}").into_bytes();
    let family = Family { entry, ..Family::new("", None, Vec::new()) };
    let deadline = Instant::now() + PATIENCE;
    while !family.members().is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A process of this machine, as a person would look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    pub name: String,
    /// Its working directory, which may be gone by now.
    pub dir: PathBuf,
}

/// The processes whose marker begins with `prefix`. This process and its ancestors are left out:
/// an agent may ask.
pub fn marked(prefix: &str) -> Vec<Process> {
    let start = format!("{MARKER}={prefix}").into_bytes();
    let table = table();
    let spared = ancestors(std::process::id(), &table);
    let others = table.iter().filter(|row| row.is_alive() && !spared.contains(&row.pid));
    let is_marked =
        |row: &&Row| environment(row.pid).split(|&byte| byte == 0).any(|entry| entry.starts_with(&start));
    others.filter(is_marked).filter_map(|row| described(row.pid)).collect()
}

/// All processes whose working directory can be read, but for this one.
pub fn processes() -> Vec<Process> {
    let others = table().into_iter().filter(|row| row.is_alive() && row.pid != std::process::id());
    others.filter_map(|row| described(row.pid)).collect()
}

/// The `git`s that may be at work on the repository of these directories, but for those that started
/// this process; none where other processes cannot be seen.
pub fn gits_at_work(dirs: &[PathBuf]) -> Option<Vec<Process>> {
    let table = table();
    // A system that hides processes hides this one too.
    table.iter().find(|row| row.pid == 1)?;
    let spared = ancestors(std::process::id(), &table);
    let others = table.iter().filter(|row| row.is_alive() && !spared.contains(&row.pid));
    let gits = others.filter(|row| may_be_git_in(row.pid, dirs));
    Some(gits.map(|row| described(row.pid).unwrap_or_else(|| unknown(row.pid))).collect())
}

/// Whether a process may be a `git` at work below `dirs`. One whose directory cannot be seen, or that
/// was told of a repository elsewhere, may be.
fn may_be_git_in(pid: u32, dirs: &[PathBuf]) -> bool {
    let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let name = read("comm");
    if !name.starts_with(b"git") || name.starts_with(b"git-orca") {
        return false;
    }
    let (line, environment) = (read("cmdline"), environment(pid));
    let words = || line.split(|&byte| byte == 0);
    // One waits for an orca that it started, the other watches files; both may run all day.
    if words().any(|word| word == b"orca" || word == b"fsmonitor--daemon") {
        return false;
    }
    let is_told = words().any(|word| word.starts_with(b"--git-dir"))
        || environment.split(|&byte| byte == 0).any(|entry| entry.starts_with(b"GIT_DIR="));
    let dir = std::fs::read_link(format!("/proc/{pid}/cwd"));
    is_told || dir.map_or(true, |dir| dirs.iter().any(|below| dir.starts_with(below)))
}

fn unknown(pid: u32) -> Process {
    Process { pid, name: "git".to_owned(), dir: PathBuf::new() }
}

fn described(pid: u32) -> Option<Process> {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned();
    Some(Process { pid, name, dir: std::fs::read_link(format!("/proc/{pid}/cwd")).ok()? })
}

/// The environment of a process, empty where it cannot be seen. It is waited for while the program starts.
fn environment(pid: u32) -> Vec<u8> {
    let deadline = Instant::now() + START;
    loop {
        let is_starting = is_starting(pid);
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        if !environment.is_empty() || !is_starting || Instant::now() > deadline {
            return environment;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether the kernel has not laid out the words of a program yet that a process is to run: whoever started
/// it may go on already, but it shows neither arguments nor environment.
fn is_starting(pid: u32) -> bool {
    let words = std::fs::read(format!("/proc/{pid}/cmdline"));
    // Threads of the kernel never have any, nor a program.
    words.is_ok_and(|words| words.is_empty()) && std::fs::read_link(format!("/proc/{pid}/exe")).is_ok()
}

/// Whether a process shows none of what a user's programs have in their environment. That of other
/// users' processes cannot be seen.
fn has_lost_environment(pid: u32) -> bool {
    if is_starting(pid) || std::fs::File::open(format!("/proc/{pid}/environ")).is_err() {
        return false;
    }
    let environment = environment(pid);
    let names = ["HOME=", "USER=", "LOGNAME="];
    let is_users = |entry: &[u8]| names.iter().any(|name| entry.starts_with(name.as_bytes()));
    !environment.split(|&byte| byte == 0).any(is_users)
}

/// Makes orphans of agents children of this process.
pub(super) fn adopt_orphans() {
    // Where the kernel refuses, markers still find nearly everything.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// The processes of one agent.
#[derive(Debug)]
pub(super) struct Family {
    entry: Vec<u8>,
    group: Option<u32>,
    dirs: Vec<PathBuf>,
    /// Whether the orca that started them is dead.
    is_masterless: bool,
    /// Members seen earlier, with their start times: they stay members when their parents die.
    known: BTreeSet<(u32, u64)>,
}

impl Family {
    /// The processes that carry `marker`, are in `group`, or are orphans that work below `dirs`.
    pub(super) fn new(marker: &str, group: Option<u32>, dirs: Vec<PathBuf>) -> Self {
        let entry = format!("{MARKER}={marker}").into_bytes();
        Self { entry, group, dirs, is_masterless: false, known: BTreeSet::new() }
    }

    /// Remembers the members of now, before a signal makes orphans of them.
    pub(super) fn remember(&mut self) {
        let members = self.members();
        self.known.extend(members.iter().map(|row| (row.pid, row.started)));
    }

    /// Kills all members until none is left, and returns how many there were.
    pub(super) fn end(&self) -> usize {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = Duration::from_millis(1);
        let mut ended = BTreeSet::new();
        loop {
            let members = self.members();
            if members.is_empty() || Instant::now() > deadline {
                break;
            }
            for member in members {
                ended.insert(member.pid);
                with_pid(member.pid, |pid| kill_process(pid, Signal::KILL));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        reap_orphans();
        ended.len()
    }

    fn members(&self) -> Vec<Row> {
        let (own, table) = (Row::own(), table());
        let spared = ancestors(std::process::id(), &table);
        let candidates: Vec<Row> =
            table.into_iter().filter(|row| row.is_alive() && !spared.contains(&row.pid)).collect();
        let ours = |row: &&Row| self.owns(row, own.as_ref());
        let mut members: BTreeSet<u32> = candidates.iter().filter(ours).map(|row| row.pid).collect();
        // Children of members are members; a pass without a new one ends it.
        loop {
            let before = members.len();
            let children = candidates.iter().filter(|row| members.contains(&row.parent));
            let children: Vec<u32> = children.map(|row| row.pid).collect();
            members.extend(children);
            if members.len() == before {
                break;
            }
        }
        candidates.into_iter().filter(|row| members.contains(&row.pid)).collect()
    }

    fn owns(&self, row: &Row, own: Option<&Row>) -> bool {
        self.group == Some(row.group)
            || self.known.contains(&(row.pid, row.started))
            || self.is_marked(row.pid)
            || (!self.dirs.is_empty() && self.is_orphan(row, own) && self.works_here(row.pid))
    }

    fn is_orphan(&self, row: &Row, own: Option<&Row>) -> bool {
        own.is_some_and(|own| row.is_adopted_by(own))
            || (self.is_masterless && row.terminal == 0 && has_lost_environment(row.pid))
    }

    fn is_marked(&self, pid: u32) -> bool {
        environment(pid).split(|&byte| byte == 0).any(|entry| entry == self.entry)
    }

    fn works_here(&self, pid: u32) -> bool {
        let Ok(dir) = std::fs::read_link(format!("/proc/{pid}/cwd")) else { return false };
        let text = dir.to_string_lossy();
        let dir = Path::new(text.strip_suffix(" (deleted)").unwrap_or(&text));
        self.dirs.iter().any(|below| dir.starts_with(below))
    }
}

/// What the kernel says about one process.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    pid: u32,
    state: char,
    parent: u32,
    group: u32,
    session: u32,
    /// The terminal that controls it; 0 where none does.
    terminal: i32,
    /// In clock ticks since boot; with the pid it names a process for ever.
    started: u64,
}

impl Row {
    /// Reads `/proc/<pid>/stat`. The program's name stands in parentheses and may hold anything.
    fn parse(stat: &str) -> Option<Self> {
        let (head, tail) = stat.rsplit_once(')')?;
        let pid = head.split_once(' ')?.0.parse().ok()?;
        let mut fields = tail.trim_start().split(' ');
        Some(Self {
            pid,
            state: fields.next()?.chars().next()?,
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
            session: fields.next()?.parse().ok()?,
            terminal: fields.next()?.parse().ok()?,
            started: fields.nth(14)?.parse().ok()?,
        })
    }

    fn is_alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X' | 'x')
    }

    /// This process, as the table shows it: in a container whose shell was started from outside,
    /// group and session are 0, for which the system calls have no value to return.
    fn own() -> Option<Self> {
        Self::parse(&String::from_utf8_lossy(&std::fs::read("/proc/self/stat").ok()?))
    }

    /// Whether this is a child of `own` that somebody else started.
    ///
    /// Children of our own are in our process group (`git`) or lead a group in our session
    /// (agents); another thread waits for each of them, and its status must not be taken.
    fn is_adopted_by(&self, own: &Self) -> bool {
        let leads_group_here = self.pid == self.group && self.session == own.session;
        self.parent == own.pid && self.group != own.group && !leads_group_here
    }
}

fn table() -> Vec<Row> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let is_pid = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_pid(name))
        .filter_map(|pid| std::fs::read(format!("/proc/{pid}/stat")).ok())
        .filter_map(|stat| Row::parse(&String::from_utf8_lossy(&stat)))
        .collect()
}

/// `pid`, its parent, and so on up to init.
fn ancestors(pid: u32, table: &[Row]) -> BTreeSet<u32> {
    let mut line = BTreeSet::from([pid]);
    let mut current = pid;
    while let Some(row) = table.iter().find(|row| row.pid == current) {
        if !line.insert(row.parent) {
            break;
        }
        current = row.parent;
    }
    line
}

/// Lets go of adopted children that have ended, so that no zombie stays while orca runs.
fn reap_orphans() {
    let Some(own) = Row::own() else { return };
    for row in table().iter().filter(|row| !row.is_alive() && row.is_adopted_by(&own)) {
        with_pid(row.pid, |pid| waitpid(Some(pid), WaitOptions::NOHANG));
    }
}

/// Calls `act` and ignores its failure: the process may have ended by itself in between.
fn with_pid<T>(pid: u32, act: impl FnOnce(Pid) -> rustix::io::Result<T>) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = act(pid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_program_name_does_not_shift_the_fields() {
        let stat = "42 (a) R 1 (b)) S 7 40 30 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99887 1 2";
        let row = Row { pid: 42, state: 'S', parent: 7, group: 40, session: 30, terminal: 0, started: 99887 };
        assert_eq!(Row::parse(stat), Some(row));
        assert_eq!(Row::parse("42 (x) S 7"), None);
        assert_eq!(Row::parse(""), None);
    }

    /// `spawn` comes back before the kernel shows what it gave to the program.
    #[test]
    fn a_program_that_just_starts_has_not_lost_its_environment() {
        for _ in 0..200 {
            #[expect(clippy::disallowed_methods, reason = "a process that nobody supervises")]
            let mut child = std::process::Command::new("sleep").arg("600").env("HOME", "/").spawn().unwrap();
            let lost = has_lost_environment(child.id());
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(!lost);
        }
    }

    #[test]
    fn in_a_foreign_session_children_are_not_taken_for_adopted_ones() {
        let row = |pid, parent, group, session| Row {
            pid,
            state: 'S',
            parent,
            group,
            session,
            terminal: 0,
            started: 0,
        };
        let own = row(7, 1, 0, 0);
        let [git, agent, server] = [row(8, 7, 0, 0), row(9, 7, 9, 0), row(10, 7, 10, 10)];
        assert!(!git.is_adopted_by(&own) && !agent.is_adopted_by(&own));
        assert!(server.is_adopted_by(&own) && !row(11, 1, 11, 11).is_adopted_by(&own));
    }

    #[test]
    fn this_process_and_its_ancestors_are_spared() {
        let line = ancestors(std::process::id(), &table());
        assert!(line.contains(&std::process::id()) && line.len() > 1);
        let row =
            |pid, parent| Row { pid, state: 'S', parent, group: 0, session: 0, terminal: 0, started: 0 };
        assert_eq!(ancestors(3, &[row(3, 2), row(2, 3)]), BTreeSet::from([2, 3]));
    }
}
