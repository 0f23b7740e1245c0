//! Claude Code, `--output-format stream-json`.
//!
//! A run may print several results. `usage` of a result leaves subagents out, `modelUsage` and
//! `total_cost_usd` hold what a resumed conversation cost before; the sums that are right are those
//! of `model_usage_since_last_result`. Versions without it are charged the difference between the
//! last result and the first one of the log that a resumed conversation begins with.

use serde_json::Value;

use super::{add_usage, answer, below, deny, micros, number, text, trouble_of_status, words};
use crate::model::{Account, Trouble, TroubleKind, Usage};

#[derive(Default)]
pub(super) struct Reader {
    account: Account,
    /// Whether any event was read at all.
    is_heard: bool,
    has_result: bool,
    /// The conversation so far, for versions that print only that.
    whole: Option<Usage>,
}

impl Reader {
    pub(super) fn event(&mut self, event: &Value) {
        self.is_heard = true;
        let session = text(event, &["session_id"]);
        if !session.is_empty() {
            self.account.session = Some(session.to_owned());
        }
        match (text(event, &["type"]), text(event, &["subtype"])) {
            ("system", "api_retry") => {
                let status = number(event, &["error_status"]);
                self.account.trouble = Some(trouble_of_status(status, text(event, &["error"])));
            }
            ("assistant", _) if below(event, &["parent_tool_use_id"]).is_none_or(Value::is_null) => {
                self.request(event);
            }
            ("result", subtype) => self.result(event, subtype),
            _ => {}
        }
    }

    pub(super) fn end(mut self) -> Account {
        if let (None, Some(whole)) = (self.account.usage, self.whole) {
            self.account.usage = Some(whole);
            self.account.counts_session = true;
        }
        if self.is_heard && !self.has_result && self.account.trouble.is_none() {
            let words = "it ended without a result".to_owned();
            self.account.trouble = Some(Trouble { kind: TroubleKind::Broken, words });
        }
        self.account
    }

    /// What a request of the main conversation carried.
    fn request(&mut self, event: &Value) {
        let count = |key| number(event, &["message", "usage", key]);
        let carried =
            count("input_tokens") + count("cache_read_input_tokens") + count("cache_creation_input_tokens");
        if carried > 0 {
            self.account.first_request.get_or_insert(carried);
            let window = self.account.context.map_or(0, |(_, window)| window);
            self.account.context = Some((carried, window));
        }
    }

    fn result(&mut self, event: &Value, subtype: &str) {
        self.has_result = true;
        let account = &mut self.account;
        account.turns += u32::try_from(number(event, &["num_turns"])).unwrap_or(0);
        account.answer = answer(text(event, &["result"]));
        let whole = event.get("total_cost_usd").and_then(micros);
        for denied in below(event, &["permission_denials"]).and_then(Value::as_array).into_iter().flatten() {
            deny(account, &denial(denied));
        }
        if let (Some((_, window)), Some(models)) = (&mut account.context, event.get("modelUsage")) {
            let windows = models.as_object().into_iter().flat_map(|models| models.values());
            *window = windows.map(|model| number(model, &["contextWindow"])).max().unwrap_or(0);
        }
        match event.get("model_usage_since_last_result") {
            Some(models) => {
                add_usage(account, usage_of_models(models));
                account.cost_micros = match cost_of_models(models) {
                    Some(cost) => Some(account.cost_micros.unwrap_or(0) + cost),
                    None => whole.or(account.cost_micros),
                };
            }
            None => {
                self.whole = event.get("modelUsage").map(usage_of_models);
                account.cost_micros = whole.or(account.cost_micros);
            }
        }
        account.trouble = trouble(event, subtype);
    }
}

fn denial(denied: &Value) -> String {
    let target = ["file_path", "notebook_path", "command"].map(|key| text(denied, &["tool_input", key]));
    let target = target.into_iter().find(|target| !target.is_empty()).unwrap_or_default();
    format!("{} {target}", text(denied, &["tool_name"]))
}

fn usage_of_models(models: &Value) -> Usage {
    let mut usage = Usage::default();
    for model in models.as_object().into_iter().flat_map(|models| models.values()) {
        let cached = number(model, &["cacheReadInputTokens"]);
        usage.input +=
            number(model, &["inputTokens"]) + number(model, &["cacheCreationInputTokens"]) + cached;
        usage.output += number(model, &["outputTokens"]);
        usage.cached += cached;
        usage.reasoning += number(model, &["thinkingTokens"]);
    }
    usage
}

/// What the models cost, where each of them says so.
fn cost_of_models(models: &Value) -> Option<u64> {
    let models = models.as_object().filter(|models| !models.is_empty())?;
    models.values().map(|model| model.get("costUSD").and_then(micros)).sum()
}

fn trouble(event: &Value, subtype: &str) -> Option<Trouble> {
    let said = text(event, &["result"]);
    let kind = match subtype {
        "error_max_turns" => TroubleKind::Turns,
        "error_max_budget_usd" => TroubleKind::Budget,
        "error_during_execution" => TroubleKind::Broken,
        _ if below(event, &["is_error"]) != Some(&Value::Bool(true)) => return None,
        _ => return Some(trouble_of_status(number(event, &["api_error_status"]), said)),
    };
    let said = if said.is_empty() { text(event, &["terminal_reason"]) } else { said };
    Some(Trouble { kind, words: words(said) })
}
