//! Gemini CLI, `--output-format stream-json`.

use serde_json::Value;

use super::{add_to_answer, deny, number, text, trouble_of_words};
use crate::model::{Account, Usage};

pub(super) fn event(account: &mut Account, event: &Value) {
    match text(event, &["type"]) {
        "init" => account.session = Some(text(event, &["session_id"]).to_owned()),
        "message" if text(event, &["role"]) == "assistant" => {
            add_to_answer(account, text(event, &["content"]));
        }
        "tool_use" => {
            account.turns += 1;
            account.answer.clear();
        }
        "tool_result" if text(event, &["error", "type"]) == "policy_violation" => {
            // The tool's name is what its call is named after.
            deny(account, text(event, &["tool_id"]).split("__").next().unwrap_or_default());
        }
        "error" if text(event, &["severity"]) != "warning" => {
            account.trouble = Some(trouble_of_words(text(event, &["message"])));
        }
        "result" => {
            let count = |key| number(event, &["stats", key]);
            account.usage = Some(Usage {
                input: count("input_tokens"),
                output: count("output_tokens"),
                cached: count("cached"),
                ..Usage::default()
            });
            account.trouble = match text(event, &["status"]) {
                "success" => None,
                _ => Some(trouble_of_words(text(event, &["error", "message"]))),
            };
        }
        _ => {}
    }
}
