//! `git orca man`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{ArgAction, CommandFactory as _};
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
    let synopsis = synopsis(&command);
    let version = concat!("git-orca ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.disable_help_subcommand(true)).source(version).manual("git orca");
    let mut page = Vec::new();
    man.render(&mut page)?;
    let page = with_synopsis(&String::from_utf8_lossy(&page), &synopsis);
    pages.push((man.get_filename(), page));
    below.into_iter().try_for_each(|command| add_pages(command, pages))
}

/// The page with this synopsis: the one that the page maker writes leaves out what options take.
fn with_synopsis(page: &str, synopsis: &str) -> String {
    let Some((before, rest)) = page.split_once(SYNOPSIS) else { return page.to_owned() };
    let (_, after) = rest.split_once('\n').unwrap_or((rest, ""));
    format!("{before}{SYNOPSIS}{synopsis}\n{after}")
}

const SYNOPSIS: &str = ".SH SYNOPSIS\n";

/// A command's own options in the order of its help, then those of all commands, then what it works on.
fn synopsis(command: &clap::Command) -> String {
    let shown = |arg: &&clap::Arg| !arg.is_hide_set();
    let (global, own): (Vec<_>, Vec<_>) = command
        .get_arguments()
        .filter(shown)
        .filter(|arg| !arg.is_positional())
        .partition(|arg| arg.is_global_set() || matches!(arg.get_id().as_str(), "help" | "version"));
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let mut words = vec![bold(name)];
    words.extend(own.into_iter().chain(global).map(option));
    words.extend(command.get_positionals().filter(shown).map(positional));
    words.extend(command.has_subcommands().then(|| "\\fIcommand\\fR".to_owned()));
    words.join(" ")
}

fn option(arg: &clap::Arg) -> String {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).map(|name| bold(&name)).collect();
    let value = if arg.get_action().takes_values() { format!(" {}", value(arg)) } else { String::new() };
    let again = matches!(arg.get_action(), ArgAction::Append | ArgAction::Count);
    optional(arg, format!("{}{value}", names.join("|")), again)
}

fn positional(arg: &clap::Arg) -> String {
    optional(arg, value(arg), matches!(arg.get_action(), ArgAction::Append))
}

fn optional(arg: &clap::Arg, words: String, again: bool) -> String {
    let words = if arg.is_required_set() { words } else { format!("[{words}]") };
    if again { words + "..." } else { words }
}

fn value(arg: &clap::Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let name = names.first().map_or_else(|| arg.get_id().as_str().to_uppercase(), ToString::to_string);
    format!("\\fI{}\\fR", name.replace('-', "\\-"))
}

fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", text.replace('-', "\\-"))
}
