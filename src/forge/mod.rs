//! The door to the place where pull requests live: `gh`, the client of GitHub.
//!
//! Bodies go in through standard input and titles behind `--title=`, so that no text of a task can
//! be taken for an option; nothing passes through a shell. What comes back was written by anybody.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::git::LOCAL_ENV;

/// The program that is looked for.
pub const PROGRAM: &str = "gh";

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    #[error("cannot start '{}'", .program.display())]
    NotStarted {
        program: PathBuf,
        #[source]
        error: std::io::Error,
    },
    #[error("gh {command} failed with status {code}: {stderr}")]
    Failed { command: &'static str, code: i32, stderr: String },
    #[error("gh {command} answered what was not expected: {answer}")]
    Garbled { command: &'static str, answer: String },
}

/// A client of the place that a repository is pushed to.
#[derive(Debug, Clone)]
pub struct Forge {
    pub program: PathBuf,
    /// A directory of the repository, from which `gh` finds out what it is not told.
    pub dir: PathBuf,
    /// As `host/owner/name`; none where the remote's address does not tell.
    pub repository: Option<String>,
}

/// What became of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullState {
    Open,
    Merged,
    Closed,
}

/// A pull request as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    pub number: u64,
    pub url: String,
    pub state: PullState,
    /// The commit that it offers, or offered when it was merged.
    pub head: String,
    /// The branch that it is meant for.
    pub base: String,
    pub body: String,
}

/// A pull request to open.
#[derive(Debug, Clone, Copy)]
pub struct NewPull<'a> {
    pub branch: &'a str,
    pub base: &'a str,
    pub title: &'a str,
    pub body: &'a str,
}

const FIELDS: &str = "number,url,state,headRefOid,baseRefName,isCrossRepository,body";

impl Forge {
    /// The pull requests of a branch, newest first. Those that others offer from a copy of the
    /// repository, under the same branch name, are left out.
    pub fn pulls(&self, branch: &str) -> Result<Vec<Pull>, ForgeError> {
        let head = format!("--head={branch}");
        let args = ["list", "--state=all", "--limit=100", &head, "--json", FIELDS];
        let answer = self.run("pr list", &args, "")?;
        let garbled = || ForgeError::Garbled { command: "pr list", answer: answer.clone() };
        let found: Vec<Value> = serde_json::from_str(&answer).map_err(|_| garbled())?;
        let own = found.iter().filter(|pull| pull["isCrossRepository"] != true);
        let mut pulls = own.map(read_pull).collect::<Option<Vec<_>>>().ok_or_else(garbled)?;
        pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
        Ok(pulls)
    }

    /// Opens a pull request for a branch that is pushed; its number and address.
    pub fn create(&self, new: &NewPull<'_>) -> Result<(u64, String), ForgeError> {
        let options = [("--head", new.branch), ("--base", new.base), ("--title", new.title)];
        let [head, base, title] = options.map(|(name, value)| format!("{name}={value}"));
        let answer = self.run("pr create", &["create", &head, &base, &title, "--body-file=-"], new.body)?;
        let url = answer.split_whitespace().last().unwrap_or_default();
        match url.rsplit('/').next().and_then(|number| number.parse().ok()) {
            Some(number) => Ok((number, url.to_owned())),
            None => Err(ForgeError::Garbled { command: "pr create", answer: answer.clone() }),
        }
    }

    /// Gives an open pull request another body and base.
    pub fn edit(&self, number: u64, base: &str, body: &str) -> Result<(), ForgeError> {
        let (number, base) = (number.to_string(), format!("--base={base}"));
        self.run("pr edit", &["edit", &number, &base, "--body-file=-"], body).map(drop)
    }

    fn run(&self, command: &'static str, args: &[&str], input: &str) -> Result<String, ForgeError> {
        let not_started = |error| ForgeError::NotStarted { program: self.program.clone(), error };
        let mut child = self.command(args).spawn().map_err(not_started)?;
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // One that ends early closes the pipe; its status says why.
            scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(input.as_bytes())));
            child.wait_with_output()
        });
        let output = output.map_err(not_started)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(ForgeError::Failed { command, code: output.status.code().unwrap_or(-1), stderr })
    }

    fn command(&self, args: &[&str]) -> Command {
        #[expect(clippy::disallowed_methods, reason = "this is the door through which gh is started")]
        let mut command = Command::new(&self.program);
        command.arg("pr").args(args);
        command.args(self.repository.iter().map(|repository| format!("--repo={repository}")));
        for name in LOCAL_ENV {
            command.env_remove(name);
        }
        // Nothing is asked, and answers are for a program even where a terminal is feigned.
        command.env_remove("GH_FORCE_TTY").env("GH_PROMPT_DISABLED", "1").env("GH_NO_UPDATE_NOTIFIER", "1");
        command.current_dir(&self.dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

fn read_pull(pull: &Value) -> Option<Pull> {
    let text = |key: &str| Some(pull[key].as_str()?.to_owned());
    Some(Pull {
        number: pull["number"].as_u64()?,
        url: text("url")?,
        state: match pull["state"].as_str()? {
            "OPEN" => PullState::Open,
            "MERGED" => PullState::Merged,
            _ => PullState::Closed,
        },
        head: text("headRefOid")?,
        base: text("baseRefName")?,
        body: text("body")?,
    })
}

/// The repository that an address leads to, as `host/owner/name`; none where it names no host on
/// the network, or one that only the user's own settings explain.
pub fn repository_of(url: &str) -> Option<String> {
    let (host, path) = match url.split_once("://") {
        Some((scheme, rest)) if scheme != "file" => rest.split_once('/')?,
        Some(_) => return None,
        None => url.split_once(':')?,
    };
    let host = host.rsplit('@').next()?.split(':').next()?;
    let host = if host == "ssh.github.com" { "github.com" } else { host };
    let path = path.trim_matches('/').trim_end_matches(".git");
    let (owner, name) = path.split_once('/')?;
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let is_whole = [host, owner, name].into_iter().all(is_plain) && host.contains('.');
    is_whole.then(|| format!("{host}/{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_repositories() {
        let check =
            |url: &str, expected: Option<&str>| assert_eq!(repository_of(url).as_deref(), expected, "{url}");
        let expected = Some("github.com/ada/engine");
        check("https://github.com/ada/engine", expected);
        check("https://ada:secret@github.com/ada/engine.git/", expected);
        check("git@github.com:ada/engine.git", expected);
        check("ssh://git@ssh.github.com:443/ada/engine.git", expected);
        for other in [
            "/srv/git/engine.git",
            "../engine",
            "file:///srv/ada/engine",
            "work:ada/engine",
            "https://host.org/a/b/c",
            "https://github.com/ada/-x",
        ] {
            check(other, None);
        }
    }
}
