//! Pictures of the graph for other programs: Mermaid and DOT.

use std::fmt::Write as _;

use super::graph::Graph;
use crate::model::{Plan, TaskId};

/// The graph in Mermaid's flowchart language, one subgraph per wave.
pub fn to_mermaid(plan: &Plan, graph: &Graph, waves: &[Vec<TaskId>]) -> String {
    let mut out = String::from("flowchart LR\n");
    for (idx, wave) in waves.iter().enumerate() {
        _ = writeln!(out, "  subgraph wave{0} [wave {0}]", idx + 1);
        for task in wave {
            _ = writeln!(out, "    {task}[\"{task}: {}\"]", quoted(title(plan, task), "#quot;"));
        }
        out.push_str("  end\n");
    }
    for (needed, waiting) in graph.arrows() {
        _ = writeln!(out, "  {needed} --> {waiting}");
    }
    out
}

/// The graph in Graphviz's language, one cluster per wave.
pub fn to_dot(plan: &Plan, graph: &Graph, waves: &[Vec<TaskId>]) -> String {
    let mut out = String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box];\n");
    for (idx, wave) in waves.iter().enumerate() {
        _ = writeln!(out, "  subgraph cluster_{0} {{\n    label=\"wave {0}\";", idx + 1);
        for task in wave {
            _ = writeln!(out, "    \"{task}\" [label=\"{task}\\n{}\"];", quoted(title(plan, task), "\\\""));
        }
        out.push_str("  }\n");
    }
    for (needed, waiting) in graph.arrows() {
        _ = writeln!(out, "  \"{needed}\" -> \"{waiting}\";");
    }
    out.push_str("}\n");
    out
}

fn title<'a>(plan: &'a Plan, task: &TaskId) -> &'a str {
    plan.tasks.iter().find(|found| found.id == *task).map_or("", |found| &found.title)
}

fn quoted(text: &str, quote: &str) -> String {
    text.replace('\\', "/").replace('"', quote).replace(['\n', '\r'], " ")
}
