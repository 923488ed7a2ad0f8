//! Anthropic's messages: named events, usage at the beginning and at the end, errors as an event.

use serde_json::{Value, json};

use super::types::{Finish, Manner, Prompt, Role, Told, Wire};

pub(super) fn request(prompt: &Prompt, manner: Manner<'_>) -> Wire {
    let turns = prompt.alternating().into_iter().map(|turn| {
        let role = if turn.role == Role::Person { "user" } else { "assistant" };
        json!({"role": role, "content": turn.text})
    });
    let mut body = json!({
        "model": manner.model,
        "max_tokens": prompt.most_tokens,
        "system": prompt.system,
        "messages": turns.collect::<Vec<_>>(),
        "stream": true,
    });
    if let Some(temperature) = manner.temperature {
        body["temperature"] = json!(temperature);
    }
    Wire { path: "/messages".to_owned(), body: body.to_string().into_bytes() }
}

pub(super) fn read(value: &Value) -> Option<Told> {
    let usage = |usage: &Value| (usage["input_tokens"].as_u64(), usage["output_tokens"].as_u64());
    let mut told = Told::default();
    match value["type"].as_str()? {
        "message_start" => (told.tokens_in, told.tokens_out) = usage(&value["message"]["usage"]),
        "content_block_delta" => value["delta"]["text"].as_str().unwrap_or_default().clone_into(&mut told.text),
        "message_delta" => {
            (told.tokens_in, told.tokens_out) = usage(&value["usage"]);
            told.finish = finish(&value["delta"]["stop_reason"]);
        }
        "message_stop" => told.is_last = true,
        // The whole of one that was not streamed.
        "message" => {
            let blocks = value["content"].as_array().into_iter().flatten();
            told.text = blocks.filter_map(|block| block["text"].as_str()).collect();
            (told.tokens_in, told.tokens_out) = usage(&value["usage"]);
            told.finish = finish(&value["stop_reason"]);
        }
        // Pings, the beginning and end of blocks, and kinds to come.
        _ => {}
    }
    Some(told)
}

fn finish(reason: &Value) -> Option<Finish> {
    reason.as_str().map(|reason| match reason {
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "refusal" => Finish::Withheld,
        _ => Finish::Whole,
    })
}
