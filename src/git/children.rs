//! Reads and writes a repository through Git's own children, whatever its format.
//!
//! For repositories that libgit2 cannot open: reftable, SHA-256, extensions that it does not know; and
//! for partial clones, whose missing objects Git gets when it needs them.
//! Objects go through children that live as long as the handle; refs and history, which are asked
//! for a few times in a command, cost a process each.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::access::{Access, Kind, Walk};
use super::{Commit, Entry, Git, GitError, ref_lock};
use crate::model::Oid;

/// The handle of a repository.
pub(super) struct Children {
    git: Git,
    common_dir: PathBuf,
    is_sha1: bool,
    is_partial: bool,
    reader: RefCell<Option<Conversation>>,
}

/// Where a repository that Git itself opened lies.
pub(super) struct Places {
    pub(super) git_dir: PathBuf,
    pub(super) common_dir: PathBuf,
    pub(super) work_dir: Option<PathBuf>,
    /// Whether objects are named by SHA-1, and not by a longer hash.
    pub(super) is_sha1: bool,
    /// Whether objects may still be at a remote, which Git gets when it needs them.
    pub(super) is_partial: bool,
}

/// Asks Git for the repository that `dir` lies in.
pub(super) fn places(dir: &Path) -> Result<Places, GitError> {
    let asked = ["--git-dir", "--git-common-dir", "--is-bare-repository", "--show-object-format"];
    let answer = text(&Git::at(dir).run(&[&["rev-parse", "--path-format=absolute"], &asked[..]].concat())?);
    let [git_dir, common_dir, is_bare, format] = answer.lines().collect::<Vec<_>>()[..] else {
        return Err(GitError::Garbled(answer));
    };
    let (git_dir, common_dir) = (PathBuf::from(git_dir), PathBuf::from(common_dir));
    // From inside of `.git` Git sees no working tree, but there is one.
    let beside = || git_dir.parent().filter(|_| git_dir.ends_with(".git")).map(Path::to_owned);
    let work_dir = match is_bare {
        "true" => None,
        _ => top_level(dir).or_else(beside),
    };
    Ok(Places { git_dir, common_dir, work_dir, is_sha1: format == "sha1", is_partial: false })
}

fn top_level(dir: &Path) -> Option<PathBuf> {
    let top = Git::at(dir).run(&["rev-parse", "--path-format=absolute", "--show-toplevel"]).ok()?;
    Some(PathBuf::from(text(&top)))
}

impl Children {
    pub(super) fn new(places: &Places) -> Self {
        let git = Git::at(places.work_dir.as_deref().unwrap_or(&places.git_dir));
        let common_dir = places.common_dir.clone();
        let Places { is_sha1, is_partial, .. } = *places;
        Self { git, common_dir, is_sha1, is_partial, reader: RefCell::new(None) }
    }

    pub(super) fn is_partial(&self) -> bool {
        self.is_partial
    }

    pub(super) fn is_sha1(&self) -> bool {
        self.is_sha1
    }

    /// What one question to `git cat-file` is answered with; none when there is no such object.
    fn ask(&self, command: &str, object: &str) -> Result<Option<Answer>, GitError> {
        if object.contains('\n') {
            return Ok(None);
        }
        let mut reader = self.reader.borrow_mut();
        let child = match &mut *reader {
            Some(child) => child,
            none => none.insert(Conversation::start(&self.git, &["cat-file", "--batch-command"])?),
        };
        let answer = child.say(&format!("{command} {object}\n")).and_then(|line| {
            let Some(mut answer) = Answer::parse(&line) else { return Ok(None) };
            if command == "contents" {
                answer.content = child.take(answer.size)?;
            }
            Ok(Some(answer))
        });
        answer.map_err(|error| {
            *reader = None;
            if self.is_partial && error.kind() == std::io::ErrorKind::UnexpectedEof {
                // Git gives up where it cannot reach the remote.
                return GitError::NotGot(object.to_owned());
            }
            GitError::Garbled(format!("cat-file {command} {object}: {error}"))
        })
    }

    /// The content of an object of this kind.
    fn read(&self, kind: &str, object: Oid) -> Result<Vec<u8>, GitError> {
        match self.ask("contents", &object.to_string())? {
            Some(answer) if answer.kind == kind => Ok(answer.content),
            _ => Err(GitError::NoObject(object)),
        }
    }

    /// The lines that `git` prints.
    fn lines(&self, args: &[&str]) -> Result<Vec<String>, GitError> {
        Ok(String::from_utf8_lossy(&self.git.run(args)?).lines().map(str::to_owned).collect())
    }

    /// As [`Self::lines`], where an exit code of 1 means no.
    fn lines_or_no(&self, args: &[&str]) -> Result<Option<Vec<String>>, GitError> {
        let output = self.git.output(args, b"")?;
        match output.code() {
            0 => Ok(Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())),
            1 => Ok(None),
            _ => Err(self.git.failure(args, &output)),
        }
    }

    /// Commits whose parents were left out of a shallow clone, one name a line.
    fn is_boundary(&self, commit: Oid) -> bool {
        let names = std::fs::read_to_string(self.common_dir.join("shallow")).unwrap_or_default();
        names.lines().any(|name| name == commit.to_string())
    }
}

impl Access for Children {
    fn symbolic_target(&self, name: &str) -> Result<Option<String>, GitError> {
        let target = self.lines_or_no(&["symbolic-ref", "--quiet", name])?;
        Ok(target.and_then(|lines| lines.into_iter().next()))
    }

    fn resolved_name(&self, name: &str) -> Result<String, GitError> {
        // Git resolves the whole chain.
        Ok(self.symbolic_target(name)?.unwrap_or_else(|| name.to_owned()))
    }

    fn resolve_commit(&self, revision: &str) -> Result<Oid, GitError> {
        // Asked here, a revision needs no quoting and is never taken for an option.
        let found = self.ask("info", &format!("{revision}^{{commit}}"))?;
        found.map(|answer| answer.oid).ok_or_else(|| GitError::UnknownRevision(revision.to_owned()))
    }

    fn ref_oid(&self, name: &str) -> Result<Option<Oid>, GitError> {
        if name == "HEAD" {
            let head = self.lines_or_no(&["rev-parse", "--verify", "--quiet", "HEAD"])?;
            return head.and_then(|lines| lines.into_iter().next()).map(|line| parse(&line)).transpose();
        }
        Ok(self.listed(name)?.into_iter().find(|found| found.name == name).map(|found| found.peeled))
    }

    fn refs_under(&self, prefix: &str) -> Result<BTreeMap<String, Oid>, GitError> {
        let directory = prefix.rfind('/').map_or("", |slash| &prefix[..slash]);
        let refs = self.listed(directory)?.into_iter();
        let plain = refs.filter(|found| found.name.starts_with(prefix) && !found.is_symbolic);
        Ok(plain.map(|found| (found.name, found.oid)).collect())
    }

    fn move_ref(&self, name: &str, old: Option<Oid>, new: Oid, reason: &str) -> Result<(), GitError> {
        let from = old.unwrap_or(new.zeroed()).to_string();
        let args = ["update-ref", "-m", reason, name, &new.to_string(), &from];
        let output = self.git.clone().shielded().output(&args, b"")?;
        if output.status.success() {
            return Ok(());
        }
        let found = self.ref_oid(name)?;
        if found != old {
            return Err(GitError::Moved { name: name.to_owned(), expected: old, found });
        }
        match ref_lock(&self.common_dir, name).exists() {
            true => Err(GitError::Locked(name.to_owned())),
            false => Err(self.git.failure(&args, &output)),
        }
    }

    fn has_object(&self, object: Oid) -> bool {
        self.ask("info", &object.to_string()).is_ok_and(|found| found.is_some())
    }

    fn commit(&self, commit: Oid) -> Result<Commit, GitError> {
        let content = self.read("commit", commit)?;
        let mut read = parse_commit(commit, &content)
            .ok_or_else(|| GitError::Garbled(format!("commit {commit} cannot be read")))?;
        if !read.parents.is_empty() && self.is_boundary(commit) {
            read.parents.clear();
        }
        Ok(read)
    }

    fn blob(&self, blob: Oid) -> Result<Vec<u8>, GitError> {
        self.read("blob", blob)
    }

    fn blob_size(&self, blob: Oid) -> Result<u64, GitError> {
        let found = self.ask("info", &blob.to_string())?;
        Ok(found.ok_or(GitError::NoObject(blob))?.size as u64)
    }

    fn tree(&self, tree: Oid) -> Result<Vec<(Vec<u8>, Entry)>, GitError> {
        parse_tree(&self.read("tree", tree)?, tree.as_bytes().len()).ok_or(GitError::BrokenTree(tree))
    }

    fn write(&self, kind: Kind, content: &[u8]) -> Result<Oid, GitError> {
        let args = ["hash-object", "-w", "--stdin", "-t", kind.word()];
        parse(&text(&self.git.run_with_input(&args, content)?))
    }

    fn merge_bases(&self, one: Oid, two: Oid) -> Result<Vec<Oid>, GitError> {
        let bases = self.lines_or_no(&["merge-base", "--all", &one.to_string(), &two.to_string()])?;
        bases.unwrap_or_default().iter().map(|line| parse(line)).collect()
    }

    fn descends(&self, commit: Oid, ancestor: Oid) -> Result<bool, GitError> {
        let args = ["merge-base", "--is-ancestor", &ancestor.to_string(), &commit.to_string()];
        Ok(commit != ancestor && self.lines_or_no(&args)?.is_some())
    }

    fn is_reached(&self, tips: &[Oid], commit: Oid) -> Result<bool, GitError> {
        let hidden: String = tips.iter().map(|tip| format!("^{tip}\n")).collect();
        let args = ["rev-list", "--max-count=1", &commit.to_string(), "--stdin"];
        Ok(self.git.run_with_input(&args, hidden.as_bytes())?.is_empty())
    }

    fn beyond(&self, base: Oid, tip: Oid, walk: Walk) -> Result<Vec<Oid>, GitError> {
        let hidden = format!("^{base}");
        let mut args = vec!["rev-list"];
        args.extend((walk == Walk::FirstParents).then_some("--first-parent"));
        let tip = tip.to_string();
        args.extend([tip.as_str(), hidden.as_str(), "--"]);
        self.lines(&args)?.iter().map(|line| parse(line)).collect()
    }

    fn config(&self, key: &str) -> Option<String> {
        let value = self.git.run(&["config", "--null", "--get", key]).ok()?;
        Some(String::from_utf8_lossy(&value).trim_end_matches('\0').to_owned())
    }

    fn committer(&self) -> Option<(String, String)> {
        let line = text(&self.git.run(&["var", "GIT_COMMITTER_IDENT"]).ok()?);
        let mut words = line.rsplitn(3, ' ');
        let (zone, _time, who) = (words.next()?, words.next()?, words.next()?);
        Some((who.to_owned(), zone.to_owned()))
    }
}

impl Kind {
    /// As Git spells it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tree => "tree",
            Self::Commit => "commit",
        }
    }
}

/// A ref as `git for-each-ref` lists it.
struct Listed {
    name: String,
    oid: Oid,
    /// What an annotated tag leads to, else the same.
    peeled: Oid,
    is_symbolic: bool,
}

impl Children {
    /// The ref of that name, or all below the directory of that name.
    fn listed(&self, pattern: &str) -> Result<Vec<Listed>, GitError> {
        const FORMAT: &str = "--format=%(objectname) %(*objectname) %(if)%(symref)%(then)s%(end) %(refname)";
        let mut args = vec!["for-each-ref", FORMAT];
        args.extend((!pattern.is_empty()).then_some(pattern));
        self.lines(&args)?.iter().map(|line| parse_listed(line)).collect()
    }
}

fn parse_listed(line: &str) -> Result<Listed, GitError> {
    let garbled = || GitError::Garbled(line.to_owned());
    let mut words = line.splitn(4, ' ');
    let mut word = || words.next().ok_or_else(garbled);
    let (oid, peeled, symbolic, name) = (parse(word()?)?, word()?, word()?, word()?.to_owned());
    let peeled = if peeled.is_empty() { oid } else { parse(peeled)? };
    Ok(Listed { name, oid, peeled, is_symbolic: !symbolic.is_empty() })
}

/// What `git cat-file` says of an object.
struct Answer {
    oid: Oid,
    kind: String,
    size: usize,
    content: Vec<u8>,
}

impl Answer {
    /// Reads `<oid> <type> <size>`; anything else, such as `<name> missing`, is no object.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (oid, kind, size) = (words.next()?, words.next()?, words.next()?);
        let (oid, size) = (Oid::parse(oid).ok()?, size.parse().ok()?);
        Some(Self { oid, kind: kind.to_owned(), size, content: Vec::new() })
    }
}

/// A running child that answers each line.
struct Conversation {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Conversation {
    fn start(git: &Git, args: &[&str]) -> Result<Self, GitError> {
        let mut child = git.spawn(args, Stdio::null())?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or_else(|| GitError::Garbled("no output pipe".to_owned()))?;
        Ok(Self { child, stdin, stdout: BufReader::new(stdout) })
    }

    fn say(&mut self, line: &str) -> std::io::Result<String> {
        let stdin = self.stdin.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        stdin.write_all(line.as_bytes())?;
        stdin.flush()?;
        let mut answer = Vec::new();
        match self.stdout.read_until(b'\n', &mut answer)? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(text(&answer)),
        }
    }

    /// The content of that size, and the line feed after it.
    fn take(&mut self, size: usize) -> std::io::Result<Vec<u8>> {
        let mut content = vec![0; size];
        self.stdout.read_exact(&mut content)?;
        self.stdout.read_exact(&mut [0])?;
        Ok(content)
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned()
}

fn parse(hex: &str) -> Result<Oid, GitError> {
    Oid::parse(hex).map_err(|error| GitError::Garbled(error.to_string()))
}

fn parse_commit(oid: Oid, content: &[u8]) -> Option<Commit> {
    let content = String::from_utf8_lossy(content);
    let (head, message) = content.split_once("\n\n").unwrap_or((&content, ""));
    let of = |key: &'static str| head.lines().filter_map(move |line| line.strip_prefix(key));
    let who = of("committer ").next()?;
    Some(Commit {
        oid,
        tree: Oid::parse(of("tree ").next()?).ok()?,
        parents: of("parent ").map(Oid::parse).collect::<Result<_, _>>().ok()?,
        message: message.to_owned(),
        time: who.rsplit(' ').nth(1)?.parse().ok()?,
        author: of("author ").next()?.split(" <").next()?.to_owned(),
    })
}

/// Reads `<mode> <name>\0<raw oid>`, again and again.
fn parse_tree(mut rest: &[u8], oid_len: usize) -> Option<Vec<(Vec<u8>, Entry)>> {
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let space = rest.iter().position(|&byte| byte == b' ')?;
        let end = rest.iter().position(|&byte| byte == 0)?;
        let mode = u32::from_str_radix(std::str::from_utf8(&rest[..space]).ok()?, 8).ok()?;
        let name = rest.get(space + 1..end)?.to_vec();
        let oid = Oid::from_bytes(rest.get(end + 1..end + 1 + oid_len)?).ok()?;
        entries.push((name, Entry { oid, mode }));
        rest = &rest[end + 1 + oid_len..];
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_objects_are_refused_and_never_read_beyond() {
        let raw = [b"100644 a\0".as_slice(), &[7; 20], b"40000 b\0", &[8; 20]].concat();
        let read = parse_tree(&raw, 20).expect("a sound tree");
        let names: Vec<_> = read.iter().map(|(name, entry)| (name.as_slice(), entry.mode)).collect();
        assert_eq!(names, [(b"a".as_slice(), 0o100_644), (b"b".as_slice(), 0o40_000)]);
        for end in (1..raw.len()).filter(|&end| end != 29) {
            assert!(parse_tree(&raw[..end], 20).is_none(), "cut after {end} bytes");
        }
        let oid = Oid::from_bytes(&[1; 20]).expect("twenty bytes");
        assert!(parse_commit(oid, b"tree x\n\n").is_none());
    }
}
