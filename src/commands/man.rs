//! `git orca man`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_mangen::Man;

use super::{Context, Outcome};
use crate::cli::Cli;
use crate::engine::write_whole;

/// Write the manual pages, one for each command
///
/// 'git orca man ~/.local/share/man/man1' makes 'git help orca', 'git orca --help' and
/// 'man git-orca-check' work. Without a directory the page of 'git orca' itself is printed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the pages go; pages that are there are replaced
    #[arg(value_name = "DIR")]
    into: Option<PathBuf>,
    /// Show which pages would be written
    #[arg(short = 'n', long, requires = "into")]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    add_pages(command, &mut pages)?;
    match &args.into {
        None => cx.ui.print(&pages[0].1)?,
        Some(dir) => {
            for (name, page) in &pages {
                let path = cx.around.dir.join(dir).join(name);
                if !args.dry_run {
                    write_whole(&path, page).with_context(|| format!("cannot write '{}'", path.display()))?;
                }
                cx.ui.print(&format!("{}\n", path.display()))?;
            }
        }
    }
    Ok(Outcome::Done)
}

/// The page of a command, then those of what people call below it.
fn add_pages(command: clap::Command, pages: &mut Vec<(String, String)>) -> std::io::Result<()> {
    let below: Vec<clap::Command> = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help")
        .cloned()
        .collect();
    let version = concat!("git-orca ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.disable_help_subcommand(true)).source(version).manual("git orca");
    let mut page = Vec::new();
    man.render(&mut page)?;
    pages.push((man.get_filename(), String::from_utf8_lossy(&page).into_owned()));
    below.into_iter().try_for_each(|command| add_pages(command, pages))
}
