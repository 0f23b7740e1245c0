//! opencode, `opencode run --format json`: one event per finished step.

use serde_json::Value;

use super::{add_usage, answer, below, deny, micros, number, text, trouble_of_words};
use crate::model::{Account, Usage};

/// What a tool answers that a permission forbids.
const REFUSAL: &str = "The user has specified a rule which prevents you";

pub(super) fn event(account: &mut Account, event: &Value) {
    let session = text(event, &["sessionID"]);
    if !session.is_empty() {
        account.session = Some(session.to_owned());
    }
    match text(event, &["type"]) {
        "text" => account.answer = answer(text(event, &["part", "text"])),
        "step_finish" => {
            let count = |path: &[&str]| number(event, &[&["part", "tokens"], path].concat());
            let cached = count(&["cache", "read"]);
            account.turns += 1;
            account.first_request.get_or_insert(count(&["input"]) + count(&["cache", "write"]) + cached);
            add_usage(
                account,
                Usage {
                    input: count(&["input"]) + count(&["cache", "write"]) + cached,
                    output: count(&["output"]),
                    cached,
                    reasoning: count(&["reasoning"]),
                    estimated: false,
                },
            );
            let cost = below(event, &["part", "cost"]).and_then(micros);
            account.cost_micros = cost.map(|cost| cost + account.cost_micros.unwrap_or(0));
        }
        "tool_use" if text(event, &["part", "state", "error"]).starts_with(REFUSAL) => {
            let input = ["filePath", "command"].map(|key| text(event, &["part", "state", "input", key]));
            let target = input.into_iter().find(|target| !target.is_empty()).unwrap_or_default();
            deny(account, &format!("{} {target}", text(event, &["part", "tool"])));
        }
        "error" => {
            let said = [text(event, &["error", "data", "message"]), text(event, &["error", "name"])];
            let said = said.into_iter().find(|said| !said.is_empty()).unwrap_or("an error without words");
            account.trouble = Some(trouble_of_words(said));
        }
        _ => {}
    }
}
