//! Orders what a task should know by worth, cuts it to the budget and says every cut.

use std::fmt::Write as _;

use crate::compress::estimate_tokens;
use crate::model::{Contract, RunId, Task};

/// Everything that could be told to a specialist.
pub struct ViewInput<'a> {
    pub run: RunId,
    pub request: &'a str,
    pub task: &'a Task,
    /// What the last attempt has to put right.
    pub feedback: &'a [String],
    pub consumed: &'a [Consumed],
    /// Rules of the role, from `orca.toml`.
    pub constraints: &'a [String],
    /// What earlier handoffs say to this role, each with its sender.
    pub notes: &'a [(String, String)],
    /// Entries of the hub's architecture section.
    pub conventions: &'a [String],
}

/// A contract that the task consumes, as its provider's branch has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumed {
    pub contract: Contract,
    /// The declaration as it stands in the source, and the file; none when nobody wrote it yet.
    pub source: Option<(String, String)>,
}

/// One part of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub title: &'static str,
    pub tokens: u64,
}

/// The text for one specialist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Markdown.
    pub text: String,
    pub tokens: u64,
    pub sections: Vec<Section>,
    /// What did not fit, one sentence each.
    pub cuts: Vec<String>,
}

/// Builds the view. The task itself is never cut, even when it is larger than the budget.
pub fn view(input: &ViewInput<'_>, budget: Option<u64>) -> View {
    let mut view = View { text: String::new(), tokens: 0, sections: Vec::new(), cuts: Vec::new() };
    view.add("Task", &task_lines(input), None);
    view.add("Put right first", input.feedback, budget);
    view.add("Interfaces you build on", &consumed_lines(input.consumed), budget);
    view.add("Constraints", input.constraints, budget);
    view.add("Notes from earlier work", &note_lines(input.notes), budget);
    view.add("Conventions of this project", input.conventions, budget);
    view.add("The whole request", &[input.request.to_owned()], budget);
    if !view.cuts.is_empty() {
        _ = write!(view.text, "\nLeft out for the budget: {}.\n", view.cuts.join("; "));
    }
    view.tokens = estimate_tokens(&view.text);
    view
}

impl View {
    /// Adds the items of a section in order, as many as fit.
    fn add(&mut self, title: &'static str, items: &[String], budget: Option<u64>) {
        let mut taken = String::new();
        let mut tokens = 0;
        let mut cut = (0, 0);
        for item in items {
            let line = as_list_item(item);
            let cost = estimate_tokens(&line);
            if budget.is_none_or(|budget| self.tokens + tokens + cost <= budget) {
                taken.push_str(&line);
                tokens += cost;
            } else {
                cut = (cut.0 + 1, cut.1 + cost);
            }
        }
        if !taken.is_empty() {
            let gap = if self.text.is_empty() { "" } else { "\n" };
            _ = write!(self.text, "{gap}## {title}\n\n{taken}");
            self.tokens += tokens + estimate_tokens(title) + 3;
            self.sections.push(Section { title, tokens });
        }
        if cut.0 > 0 {
            self.cuts.push(format!("{} of {} in '{title}' (about {} tokens)", cut.0, items.len(), cut.1));
        }
    }
}

fn as_list_item(item: &str) -> String {
    format!("- {}\n", item.trim_end().replace('\n', "\n  "))
}

fn task_lines(input: &ViewInput<'_>) -> Vec<String> {
    let task = input.task;
    let mut lines = vec![
        format!("{} (`{}` of run {})", task.title, task.id, input.run),
        format!("You may write only: {}", code_list(task.scope.patterns())),
    ];
    lines.extend(task.provides.iter().map(|contract| format!("You provide: `{contract}`")));
    lines.extend(task.acceptance.iter().map(|criterion| format!("Done when: `{criterion}`")));
    lines
}

fn consumed_lines(consumed: &[Consumed]) -> Vec<String> {
    let line = |consumed: &Consumed| match &consumed.source {
        Some((source, path)) => {
            format!("`{}` is, in {path}:\n```\n{}\n```", name(&consumed.contract), source.trim_end())
        }
        None => format!("`{}` (not written yet; build on its contract as stated)", consumed.contract),
    };
    consumed.iter().map(line).collect()
}

fn name(contract: &Contract) -> String {
    format!("{} {}", contract.kind.word(), contract.name)
}

fn note_lines(notes: &[(String, String)]) -> Vec<String> {
    notes.iter().map(|(from, text)| format!("{from}: {text}")).collect()
}

fn code_list(patterns: &[String]) -> String {
    patterns.iter().map(|pattern| format!("`{pattern}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Scope, TaskId};

    fn example(budget: Option<u64>) -> View {
        let task = Task {
            id: TaskId::new("server").unwrap(),
            title: "WebSocket server".into(),
            specialist: "backend-specialist".into(),
            scope: Scope::new(&["src/server/"]).unwrap(),
            after: Vec::new(),
            provides: Vec::new(),
            consumes: Vec::new(),
            acceptance: vec!["npm test".into()],
            estimate_tokens: None,
        };
        let consumed = [Consumed {
            contract: "type Operation @ types".parse().unwrap(),
            source: Some(("interface Operation {\n  userId: string;\n}".into(), "src/types.ts".into())),
        }];
        let input = ViewInput {
            run: RunId::FIRST,
            request: "Real-time collaborative editing",
            task: &task,
            feedback: &["`user_id` must be `userId`".into()],
            consumed: &consumed,
            constraints: &[],
            notes: &[("types-specialist".into(), "apply operations in timestamp order".into())],
            conventions: &["tabs are four spaces".into(), "errors are values".into()],
        };
        view(&input, budget)
    }

    #[test]
    fn everything_is_told_in_order_of_worth() {
        insta::assert_snapshot!(example(None).text, @r"
        ## Task

        - WebSocket server (`server` of run r1)
        - You may write only: `src/server/`
        - Done when: `npm test`

        ## Put right first

        - `user_id` must be `userId`

        ## Interfaces you build on

        - `type Operation` is, in src/types.ts:
          ```
          interface Operation {
            userId: string;
          }
          ```

        ## Notes from earlier work

        - types-specialist: apply operations in timestamp order

        ## Conventions of this project

        - tabs are four spaces
        - errors are values

        ## The whole request

        - Real-time collaborative editing
        ");
    }

    #[test]
    fn a_budget_cuts_the_least_worth_and_says_so() {
        let whole = example(None);
        assert_eq!(whole.cuts, Vec::<String>::new());
        let tight = example(Some(40));
        assert!(tight.text.contains("may write only") && !tight.text.contains("four spaces"));
        assert!(tight.cuts.iter().any(|cut| cut.starts_with("2 of 2 in 'Conventions of this project'")));
        assert!(tight.text.contains("Left out for the budget: "));
    }
}
