//! Gemini's `streamGenerateContent`: each event is a piece of the answer; no event says that it was the last.

use serde_json::{Value, json};

use super::types::{Finish, Manner, Prompt, Role, Told, Wire};

pub(super) fn request(prompt: &Prompt, manner: Manner<'_>) -> Wire {
    let turns = prompt.alternating().into_iter().map(|turn| {
        let role = if turn.role == Role::Person { "user" } else { "model" };
        json!({"role": role, "parts": [{"text": turn.text}]})
    });
    let mut body = json!({
        "systemInstruction": {"parts": [{"text": prompt.system}]},
        "contents": turns.collect::<Vec<_>>(),
        "generationConfig": {"maxOutputTokens": prompt.most_tokens},
    });
    if let Some(temperature) = manner.temperature {
        body["generationConfig"]["temperature"] = json!(temperature);
    }
    let path = format!("/models/{}:streamGenerateContent?alt=sse", manner.model);
    Wire { path, body: body.to_string().into_bytes() }
}

pub(super) fn read(value: &Value) -> Option<Told> {
    let candidates = value.get("candidates").and_then(Value::as_array);
    let (usage, feedback) = (&value["usageMetadata"], &value["promptFeedback"]);
    if candidates.is_none() && !usage.is_object() && !feedback.is_object() {
        return None;
    }
    let candidate = candidates.and_then(|candidates| candidates.first()).unwrap_or(&Value::Null);
    let parts = candidate["content"]["parts"].as_array().into_iter().flatten();
    // What it thought is not what it says.
    let said = parts.filter(|part| part["thought"] != json!(true)).filter_map(|part| part["text"].as_str());
    let finish = candidate["finishReason"].as_str().map(|reason| match reason {
        "STOP" => Finish::Whole,
        "MAX_TOKENS" => Finish::Length,
        _ => Finish::Withheld,
    });
    let finish = if feedback["blockReason"].is_string() { Some(Finish::Withheld) } else { finish };
    Some(Told {
        text: said.collect(),
        tokens_in: usage["promptTokenCount"].as_u64(),
        tokens_out: usage["candidatesTokenCount"].as_u64(),
        finish,
        is_last: false,
    })
}
