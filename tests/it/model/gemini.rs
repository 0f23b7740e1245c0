//! What Gemini CLI speaks: `models/<model>:streamGenerateContent`.

use std::io::Write;

use serde_json::{Value, json};

use super::{Answer, INPUT, OUTPUT, Shared, asked, begin_stream, keep_silent, reply, say, text_of};

impl Shared {
    pub(super) fn gemini(&self, out: &mut impl Write, body: &Value, bytes: usize) -> std::io::Result<()> {
        let contents = body["contents"].as_array().cloned().unwrap_or_default();
        let turn = contents.iter().filter(|content| content["role"] == "model").count();
        let mut texts = vec![said(&body["systemInstruction"])];
        texts.extend(contents.iter().map(said));
        let is_aside = body["tools"].as_array().is_none_or(Vec::is_empty);
        let answer = if is_aside { say("a title") } else { self.answer(asked(bytes, turn, &texts)) };
        let parts: Vec<Value> = match answer {
            Answer::Status(status) => {
                let error =
                    json!({"error": {"code": status, "message": "as scripted", "status": "SCRIPTED"}});
                return reply(out, status, &error);
            }
            Answer::Silence => {
                begin_stream(out)?;
                return keep_silent(out);
            }
            Answer::Say(text) => vec![json!({ "text": text })],
            Answer::Use(tools) => tools
                .iter()
                .map(|(name, input)| json!({"functionCall": {"name": name, "args": input}}))
                .collect(),
        };
        let (input, output) = if is_aside { (0, 0) } else { (INPUT, OUTPUT) };
        let usage = json!({"promptTokenCount": input, "candidatesTokenCount": output, "totalTokenCount": input + output});
        let candidate =
            json!({"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": "STOP"});
        begin_stream(out)?;
        write!(out, "data: {}\n\n", json!({"candidates": [candidate], "usageMetadata": usage}))?;
        out.flush()
    }
}

/// The text of a turn: what was said in it, and what tools answered.
fn said(content: &Value) -> String {
    let parts = content["parts"].as_array().cloned().unwrap_or_default();
    let of_part = |part: &Value| match part.get("functionResponse") {
        Some(answer) => answer["response"].to_string(),
        None => text_of(part),
    };
    parts.iter().map(of_part).collect::<Vec<_>>().join("\n")
}
