//! `git orca confine`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Outcome;
use crate::engine::confine;

/// Become a program that can write to the named places only (orca starts agents through this)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A directory with all that is below it, or a file; repeat it for more
    #[arg(long = "write", value_name = "PATH")]
    writes: Vec<PathBuf>,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match confine(&args.writes, &args.command)? {}
}
