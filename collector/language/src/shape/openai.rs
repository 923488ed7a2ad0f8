//! OpenAI's chat completions, as Mistral, Ollama, llama.cpp and vLLM speak them, too.
//!
//! Servers differ: usage comes only when it is asked for, and some refuse to be asked; `[DONE]` is missing where the stream was cut, and
//! by some always; an error may come within a stream that began with 200; who does not stream answers with one message.

use serde_json::{Value, json};

use super::types::{Finish, Manner, Prompt, Role, Told, Wire};

pub(super) fn request(prompt: &Prompt, manner: Manner<'_>) -> Wire {
    let mut messages = vec![json!({"role": "system", "content": prompt.system})];
    messages.extend(prompt.alternating().into_iter().map(|turn| {
        let role = if turn.role == Role::Person { "user" } else { "assistant" };
        json!({"role": role, "content": turn.text})
    }));
    let limit = if manner.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
    let mut body = json!({"model": manner.model, "messages": messages, "stream": true});
    body[limit] = json!(prompt.most_tokens);
    if manner.says_usage {
        body["stream_options"] = json!({"include_usage": true});
    }
    if let Some(temperature) = manner.temperature {
        body["temperature"] = json!(temperature);
    }
    Wire { path: "/chat/completions".to_owned(), body: body.to_string().into_bytes() }
}

pub(super) fn read(value: &Value) -> Option<Told> {
    let usage = &value["usage"];
    let choices = value.get("choices").and_then(Value::as_array);
    if choices.is_none() && !usage.is_object() {
        return None;
    }
    let choice = choices.and_then(|choices| choices.first()).unwrap_or(&Value::Null);
    let said = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
    let finish = choice["finish_reason"].as_str().map(|reason| match reason {
        "length" => Finish::Length,
        "content_filter" => Finish::Withheld,
        _ => Finish::Whole,
    });
    let finish = if said["refusal"].is_string() { Some(Finish::Withheld) } else { finish };
    Some(Told {
        text: said["content"].as_str().unwrap_or_default().to_owned(),
        tokens_in: usage["prompt_tokens"].as_u64(),
        tokens_out: usage["completion_tokens"].as_u64(),
        finish,
        is_last: false,
    })
}
