//! GitHub Copilot CLI, `--output-format json`. It tells requests and not tokens.

use serde_json::Value;

use super::{answer, deny, text, trouble_of_words};
use crate::model::Account;

pub(super) fn event(account: &mut Account, event: &Value) {
    match text(event, &["type"]) {
        "assistant.turn_start" => account.turns += 1,
        "assistant.message" => account.answer = answer(text(event, &["data", "content"])),
        "tool.execution_complete" if text(event, &["data", "error", "code"]) == "denied" => {
            // The rules stand at the end of the sentence.
            let why = text(event, &["data", "error", "message"]);
            deny(account, why.rsplit(": ").next().unwrap_or(why).trim_matches('`'));
        }
        "session.error" => account.trouble = Some(trouble_of_words(text(event, &["data", "message"]))),
        "result" => {
            let session = text(event, &["sessionId"]);
            account.session = (!session.is_empty()).then(|| session.to_owned());
        }
        _ => {}
    }
}
