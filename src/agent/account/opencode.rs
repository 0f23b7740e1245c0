//! opencode, `opencode run --format json`: one event per finished step.

use serde_json::Value;

use super::{add_usage, answer, below, micros, number, text, trouble_of_words};
use crate::model::{Account, Usage};

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
        "error" => {
            let said = [text(event, &["error", "data", "message"]), text(event, &["error", "name"])];
            let said = said.into_iter().find(|said| !said.is_empty()).unwrap_or("an error without words");
            account.trouble = Some(trouble_of_words(said));
        }
        _ => {}
    }
}
