//! Codex, `codex exec --json`. Usage counts a resumed conversation from its beginning.

use serde_json::Value;

use super::{answer, number, text, trouble_of_words};
use crate::model::{Account, Usage};

pub(super) fn event(account: &mut Account, event: &Value) {
    match text(event, &["type"]) {
        "thread.started" => account.session = Some(text(event, &["thread_id"]).to_owned()),
        "turn.started" => account.turns += 1,
        "turn.completed" => {
            let count = |key| number(event, &["usage", key]);
            account.usage = Some(Usage {
                input: count("input_tokens"),
                output: count("output_tokens"),
                cached: count("cached_input_tokens"),
                reasoning: count("reasoning_output_tokens"),
                estimated: false,
            });
            account.counts_session = true;
            account.trouble = None;
        }
        "turn.failed" => account.trouble = Some(trouble_of_words(text(event, &["error", "message"]))),
        "error" => account.trouble = Some(trouble_of_words(text(event, &["message"]))),
        "item.completed" if text(event, &["item", "type"]) == "agent_message" => {
            account.answer = answer(text(event, &["item", "text"]));
        }
        _ => {}
    }
}
