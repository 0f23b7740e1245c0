//! Live lines of the agents at work, on a terminal; the events above them.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Ui;
use crate::engine::Event;
use crate::model::TaskId;

/// Tells a run as it goes on. The live lines vanish when it ends; off a terminal there are none.
pub(crate) struct Stage {
    ui: Ui,
    bars: MultiProgress,
    agents: BTreeMap<TaskId, ProgressBar>,
}

/// How often a live line's clock moves on where its agent says nothing.
const TICK: Duration = Duration::from_millis(500);

impl Ui {
    /// A stage for one run.
    pub(crate) fn stage(&self) -> Stage {
        let target = if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Stage { ui: *self, bars: MultiProgress::with_draw_target(target), agents: BTreeMap::new() }
    }
}

impl Stage {
    /// Tells the user what happened.
    pub(crate) fn event(&mut self, event: &Event) {
        match event {
            Event::AgentStarted { task, .. } => self.start(task),
            Event::AgentSaid { task, line } => {
                if let Some(bar) = self.agents.get(task) {
                    bar.set_message(line.clone());
                }
                // All live lines are drawn again around what is told above them; nothing is.
                if self.ui.verbose == 0 {
                    return;
                }
            }
            Event::AgentEnded { task, .. } => {
                if let Some(bar) = self.agents.remove(task) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
        self.bars.suspend(|| self.ui.event(event));
    }

    fn start(&mut self, task: &TaskId) {
        // Each line has a thread that moves its clock on.
        if self.bars.is_hidden() {
            return;
        }
        let style = ProgressStyle::with_template("  {spinner} {prefix} {elapsed} {wide_msg:.dim}");
        let bar = self.bars.add(ProgressBar::new_spinner());
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_prefix(task.to_string());
        bar.enable_steady_tick(TICK);
        self.agents.insert(task.clone(), bar);
    }
}
