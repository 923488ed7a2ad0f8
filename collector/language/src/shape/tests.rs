//! Streams as the makers' documents show them, cut at every byte.

use serde_json::{Value, json};

use super::*;

const OPENAI: &str = concat!(
    ": OPENROUTER PROCESSING\n\n",
    "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hé\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\",\"content\":null}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"llo.\"},\"finish_reason\":null}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":3,\"total_tokens\":14}}\n\n",
    "data: [DONE]\n\n"
);
const ANTHROPIC: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\",\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hé\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"llo.\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
);
const GEMINI: &str = concat!(
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":true}],\"role\":\"model\"}}]}\r\n\r\n",
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hé\"}],\"role\":\"model\"}}]}\r\n\r\n",
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"llo.\"}],\"role\":\"model\"},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":11,\"candidatesTokenCount\":3}}\r\n\r\n"
);
const ALL: [(Shape, &str); 3] = [(Shape::OpenAi, OPENAI), (Shape::Anthropic, ANTHROPIC), (Shape::Gemini, GEMINI)];

fn read(shape: Shape, parts: &[&[u8]]) -> Result<(String, Option<Usage>, Option<Finish>), Fault> {
    let mut reader = shape.reader(true);
    let mut text = String::new();
    for part in parts {
        text.push_str(&reader.feed(part)?);
    }
    text.push_str(&reader.end()?);
    Ok((text, reader.usage(), reader.finish()))
}

#[test]
fn an_answer_is_the_same_however_its_bytes_are_cut() {
    let whole = Ok(("Héllo.".to_owned(), Some(Usage { tokens_in: 11, tokens_out: 3 }), Some(Finish::Whole)));
    for (shape, stream) in ALL {
        let bytes = stream.as_bytes();
        for cut in 0..=bytes.len() {
            assert_eq!(read(shape, &[&bytes[..cut], &bytes[cut..]]), whole, "{shape:?} at {cut}");
        }
    }
}

#[test]
fn a_stream_that_ends_before_the_model_has_finished_is_cut() {
    for (shape, stream) in ALL {
        let told = stream.find("finish_reason\":\"stop").or(stream.find("end_turn")).or(stream.find("STOP"));
        let told = told.expect("it says that it has finished");
        for end in 0..told {
            let went = read(shape, &[&stream.as_bytes()[..end]]);
            assert_eq!(went, Err(Fault::Cut), "{shape:?} up to {end}");
        }
    }
}

#[test]
fn an_error_within_a_stream_that_began_well_is_one() {
    let begun = &OPENAI[..OPENAI.find("data: {\"choices\":[{\"index\":0,\"delta\":{\"reason").expect("a piece")];
    for (shape, stream, fault) in [
        (Shape::OpenAi, format!("{begun}data: {{\"error\":{{\"code\":503,\"message\":\"x\"}}}}\n\n"), Fault::Busy),
        (Shape::OpenAi, format!("{begun}error: {{\"code\":429,\"message\":\"x\"}}\n\n"), Fault::Limited),
        (Shape::OpenAi, format!("{begun}data: {{\"error\":\"x\"}}\n\n"), Fault::Failed),
        (Shape::OpenAi, format!("{begun}data: {{\"choices\": [\n\n"), Fault::Garbled),
        (Shape::OpenAi, format!("{begun}data: <html>\n\n"), Fault::Garbled),
        (
            Shape::Anthropic,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n".to_owned(),
            Fault::Busy,
        ),
        (
            Shape::Gemini,
            "data: {\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}\n\n".to_owned(),
            Fault::Limited,
        ),
    ] {
        assert_eq!(read(shape, &[stream.as_bytes()]), Err(fault), "{stream}");
    }
}

#[test]
fn what_is_withheld_or_cut_short_is_told_apart() {
    let openai = |reason: &str| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\"}},\"finish_reason\":\"{reason}\"}}]}}\n\ndata: [DONE]\n\n"
        )
    };
    let gemini =
        |reason: &str| format!("data: {{\"candidates\":[{{\"content\":{{}},\"finishReason\":\"{reason}\"}}]}}\n\n");
    for (shape, stream, finish) in [
        (Shape::OpenAi, openai("length"), Finish::Length),
        (Shape::OpenAi, openai("content_filter"), Finish::Withheld),
        (Shape::OpenAi, openai("stop"), Finish::Whole),
        (Shape::Gemini, gemini("MAX_TOKENS"), Finish::Length),
        (Shape::Gemini, gemini("SAFETY"), Finish::Withheld),
        (Shape::Gemini, "data: {\"promptFeedback\":{\"blockReason\":\"OTHER\"}}\n\n".to_owned(), Finish::Withheld),
    ] {
        let (_, _, ended) = read(shape, &[stream.as_bytes()]).expect("it ends");
        assert_eq!(ended, Some(finish), "{stream}");
    }
}

#[test]
fn who_does_not_stream_is_read_as_well() {
    let bodies = [
        (Shape::OpenAi, json!({"choices": [{"message": {"content": "Hi."}, "finish_reason": "stop"}]})),
        (
            Shape::Anthropic,
            json!({"type": "message", "content": [{"type": "text", "text": "Hi."}], "stop_reason": "end_turn"}),
        ),
        (Shape::Gemini, json!([{"candidates": [{"content": {"parts": [{"text": "Hi."}]}, "finishReason": "STOP"}]}])),
    ];
    for (shape, body) in bodies {
        let mut reader = shape.reader(false);
        let text = body.to_string();
        assert_eq!(reader.feed(&text.as_bytes()[..5]), Ok(String::new()));
        assert_eq!(reader.feed(&text.as_bytes()[5..]), Ok(String::new()));
        assert_eq!(reader.end(), Ok("Hi.".to_owned()), "{shape:?}");
    }
    assert_eq!(Shape::OpenAi.reader(false).end(), Err(Fault::Garbled));
}

#[test]
fn bytes_without_end_are_refused() {
    let mut reader = Shape::OpenAi.reader(true);
    let comments = ": keep alive\n\n".repeat(10_000);
    let went = (0..1_000).find_map(|_| reader.feed(comments.as_bytes()).err());
    assert_eq!(went, Some(Fault::TooLarge));
}

#[test]
fn no_bytes_make_a_reader_fall() {
    let mut random = fastrand::Rng::with_seed(23);
    for (shape, stream) in ALL {
        for _ in 0..2_000 {
            let mut bytes = stream.as_bytes().to_vec();
            for _ in 0..random.usize(1..20) {
                let at = random.usize(..bytes.len());
                match random.u8(..3) {
                    0 => bytes[at] = random.u8(..),
                    1 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, b"\r\n:{}[]\"\\,"[random.usize(..10)]),
                }
            }
            let mut reader = shape.reader(random.bool());
            let cut = random.usize(..bytes.len());
            let _ = reader.feed(&bytes[..cut]).and_then(|_| reader.feed(&bytes[cut..])).and_then(|_| reader.end());
        }
    }
}

fn prompt(turns: &[(Role, &str)]) -> Prompt {
    let turns = turns.iter().map(|(role, text)| Turn { role: *role, text: (*text).to_owned() }).collect();
    Prompt { system: "Be kind.".to_owned(), turns, most_tokens: 300 }
}

#[test]
fn a_prompt_is_asked_as_each_maker_wants_it() {
    let prompt = prompt(&[
        (Role::Model, "Hello."),
        (Role::Person, "a"),
        (Role::Person, "b"),
        (Role::Model, "c"),
        (Role::Person, "d"),
    ]);
    let manner = Manner { model: "m", temperature: Some(0.5), says_usage: true, completion_tokens: false };
    let body =
        |shape: Shape, manner| -> Value { serde_json::from_slice(&shape.request(&prompt, manner).body).expect("JSON") };
    let openai = body(Shape::OpenAi, manner);
    assert_eq!(openai["messages"][0], json!({"role": "system", "content": "Be kind."}));
    assert_eq!(openai["messages"][1], json!({"role": "user", "content": "a\n\nb"}));
    assert_eq!(openai["messages"].as_array().map(Vec::len), Some(4));
    assert_eq!((&openai["stream"], &openai["max_tokens"]), (&json!(true), &json!(300)));
    assert_eq!(openai["stream_options"]["include_usage"], json!(true));
    let newer = body(Shape::OpenAi, Manner { completion_tokens: true, says_usage: false, temperature: None, ..manner });
    assert_eq!((&newer["max_completion_tokens"], newer.get("max_tokens")), (&json!(300), None));
    assert!(newer.get("stream_options").is_none() && newer.get("temperature").is_none());
    let anthropic = body(Shape::Anthropic, manner);
    assert_eq!((&anthropic["system"], &anthropic["messages"][0]["role"]), (&json!("Be kind."), &json!("user")));
    let gemini = body(Shape::Gemini, manner);
    assert_eq!(gemini["contents"][1], json!({"role": "model", "parts": [{"text": "c"}]}));
    assert_eq!(gemini["generationConfig"]["maxOutputTokens"], json!(300));
    assert_eq!(Shape::Gemini.request(&prompt, manner).path, "/models/m:streamGenerateContent?alt=sse");
}
