//! The report of a run as one page for a browser.
//!
//! It can be mailed and kept: nothing is loaded from anywhere, there is no script, and the page itself
//! forbids both. All that stands in it was written by agents and people, so every text is escaped.

use std::fmt::Write as _;

use super::event::time;
use super::run::{folded, ratio, saved, sizes};
use super::style;
use crate::engine::{ResolvedInRun, RunReport};
use crate::model::{Level, Status, TaskId, TaskRecord, printable};
use crate::report::TaskCost;

const FRAME: &str = include_str!("../../templates/report.html");

/// The whole page.
pub(crate) fn report_page(report: &RunReport) -> String {
    let record = &report.state.record;
    let made = format!("Written by git-orca {}.", env!("CARGO_PKG_VERSION"));
    filled(&[
        ("run", escaped(&record.id.to_string())),
        ("request", escaped(&record.request)),
        ("summary", summary(report)),
        ("economics", economics(report)),
        ("waves", waves(report)),
        ("findings", findings(report)),
        ("resolved", resolved(&report.resolved)),
        ("footer", escaped(&made)),
    ])
}

/// Fills the frame in one pass: a text that looks like a place to fill stays what it is.
fn filled(values: &[(&str, String)]) -> String {
    let mut page = String::with_capacity(FRAME.len() * 2);
    let mut rest = FRAME;
    while let Some((before, from)) = rest.split_once("{{") {
        page.push_str(before);
        let (name, after) = from.split_once("}}").unwrap_or((from, ""));
        page.extend(values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()));
        rest = after;
    }
    page + rest
}

/// A text of somebody else's.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn summary(report: &RunReport) -> String {
    let record = &report.state.record;
    format!(
        "{}, {}, from <code>{}</code> for <code>{}</code>",
        sizes(report),
        style::count(report.findings.len(), "finding"),
        record.base.short(),
        escaped(&record.target)
    )
}

fn economics(report: &RunReport) -> String {
    let (ours, alone) = (report.economics.orchestrated, report.economics.single_agent);
    let most = ours.max(alone).max(1);
    let bar = |class: &str, tokens: u64, who: &str| {
        let width = (tokens * 1_000 / most) as f64 / 10.0;
        format!(
            "<p>{} {who}</p>\n<div class=\"bar{class}\" style=\"width: {width}%\"></div>\n",
            style::tokens(tokens)
        )
    };
    let label = if report.economics.estimated { "Estimated tokens" } else { "Tokens" };
    let mut out = format!("<h2>{label}</h2>\n");
    out += &bar(" own", ours, "orchestrated");
    out += &bar("", alone, &format!("for one agent alone{}", escaped(&ratio(ours, alone))));
    if let Some((tokens, usual)) = report.average_first_request() {
        _ = writeln!(
            out,
            "<p>First request: {} tokens, {} % below the agents' usual {}.</p>",
            style::tokens(tokens),
            saved(tokens, usual),
            style::tokens(usual)
        );
    }
    out
}

fn waves(report: &RunReport) -> String {
    let mut out = String::new();
    for (index, ids) in report.state.record.waves.iter().enumerate() {
        let landed = report.state.landed.iter().find(|wave| wave.number as usize == index + 1);
        let how = match landed {
            None => "not landed".to_owned(),
            Some(wave) if wave.gate == "none" => {
                format!("landed at <code>{}</code> without a gate", wave.to.short())
            }
            Some(wave) => {
                format!("landed at <code>{}</code>, gate: {}", wave.to.short(), escaped(&wave.gate))
            }
        };
        _ = writeln!(out, "<h2>Wave {} <small>{how}</small></h2>", index + 1);
        out.push_str("<div class=\"scroll\"><table>\n<tr><th>Task<th>Status");
        for head in ["Attempts", "Time", "Prompt", "Files", "Output", "Tokens"] {
            _ = write!(out, "<th class=\"n\">{head}");
        }
        out.push_str("</tr>\n");
        ids.iter().for_each(|id| out.push_str(&row(report, id)));
        out.push_str("</table></div>\n");
    }
    out
}

/// A task; of one that nobody began there are no numbers.
fn row(report: &RunReport, id: &TaskId) -> String {
    let Some(task) = report.state.tasks.get(id) else { return String::new() };
    let cost = report.tasks.iter().find(|(known, _)| known.task.id == *id).map(|(_, cost)| cost);
    let mut out = format!(
        "<tr><td><code>{}</code><br>{} <span class=\"soft\">{}</span><td class=\"{}\">{}",
        escaped(id.as_str()),
        escaped(&task.task.title),
        escaped(&task.task.specialist),
        class_of(task.status),
        task.status.word()
    );
    for number in cost.map_or(vec![String::new(); 6], |cost| numbers(task, cost)) {
        _ = write!(out, "<td class=\"n\">{number}");
    }
    out + "</tr>\n"
}

fn numbers(task: &TaskRecord, cost: &TaskCost) -> Vec<String> {
    let taken = if task.seconds == 0 { "&lt;1 s".to_owned() } else { time(task.seconds as f64) };
    let tokens = [cost.prompt, cost.files, cost.output, cost.orchestrated()].map(style::tokens);
    [task.attempt.to_string(), taken].into_iter().chain(tokens).collect()
}

fn class_of(status: Status) -> &'static str {
    match status {
        Status::Failed => "bad",
        Status::Running | Status::Ready => "warn",
        Status::Merged => "good",
        _ => "soft",
    }
}

fn findings(report: &RunReport) -> String {
    let mut out = String::new();
    if report.is_folded {
        _ = writeln!(out, "<h2>Findings</h2>\n<p>{}</p>", escaped(&folded(report)));
    }
    for found in &report.findings {
        if out.is_empty() {
            out.push_str("<h2>Findings</h2>\n");
        }
        let class = if found.level == Level::Deny { "bad" } else { "warn" };
        _ = write!(
            out,
            "<div class=\"card\"><p><span class=\"{class}\">{}</span> <code>{}</code> <span class=\"soft\">{}</span></p>\n\
             <p class=\"said\">{}</p>\n{}</div>\n",
            found.level.word(),
            escaped(&found.rule),
            found.state.word(),
            escaped(&found.message),
            list(&found.sites)
        );
    }
    out
}

fn resolved(resolved: &[ResolvedInRun]) -> String {
    let mut out = String::new();
    for found in resolved {
        if out.is_empty() {
            out.push_str("<h2>Resolved conflicts</h2>\n");
        }
        let certificate = &found.certificate;
        let with = found.task.as_ref().map_or("the run", TaskId::as_str);
        let refused: Vec<String> = certificate.refused.iter().map(|why| format!("refused: {why}")).collect();
        _ = write!(
            out,
            "<div class=\"card\"><p><code>{}</code> with {}, by {} ({})</p>\n<p>Passed: {}</p>\n{}</div>\n",
            escaped(&certificate.path),
            escaped(with),
            escaped(&certificate.rung),
            escaped(&certificate.candidate),
            escaped(&certificate.checks.join(", ")),
            list(&refused)
        );
    }
    out
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items: Vec<String> = items.iter().map(|item| format!("<li><code>{}</code>", escaped(item))).collect();
    format!("<ul>\n{}\n</ul>\n", items.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_text_holds_it_stays_text() {
        assert_eq!(
            escaped("<a href=\"x\">&'\u{1b}[0m\n"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\\u{1b}[0m\n"
        );
        let page = filled(&[("request", escaped("{{run}}<script>")), ("run", "r1".to_owned())]);
        assert!(page.contains("<title>r1: {{run}}&lt;script&gt;</title>"), "{page}");
    }
}
