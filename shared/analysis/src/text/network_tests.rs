use std::path::Path;

use super::*;
use crate::networks::Task;
use crate::networks::labels::{TEXT_EMOTIONS, TEXT_SENTIMENTS, TEXT_STRESS};
use crate::networks::testing::{self, StandIn};
use crate::text::{Labelled, Sentiment, TextEmotion};

const LIST: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n.\nthe\nwork\nis\nbad\ngood\ngreat\n";
const ENTRY: &str = "task = \"text\"\ninput = { name = \"pieces\", shape = [1, 128] }\n\
    outputs = [{ name = \"sentiment\", shape = [1, 2] }, { name = \"emotion\", shape = [1, 6] }, { name = \"stress\", shape = [1, 2] }]\n\
    sentiment_temperature = 1.0\nemotion_temperature = 1.0\nstress_temperature = 2.0\n\
    sentiment_neutral_below = 0.6\nemotion_none_below = 0.4\n";

/// A network that goes by the highest piece: 2 (n - 8.5) for positive and joy, and as much against stress.
fn made_up() -> Vec<u8> {
    let head =
        |name, shape, slope: &[f32], bias: &[f32]| StandIn { name, shape, slope: slope.into(), bias: bias.into() };
    testing::text_onnx(&[
        head("sentiment", &[1, 2], &[0.0, 2.0], &[0.0, -17.0]),
        head("emotion", &[1, 6], &[0.0, 2.0, 0.0, 0.0, 0.0, 0.0], &[0.0, -17.0, 0.0, 0.0, 0.0, 0.0]),
        head("stress", &[1, 2], &[0.0, -2.0], &[0.0, 17.0]),
    ])
}

fn load(list: &str, entry: &str) -> Result<TextReader, AnalysisError> {
    let dir = tempfile::tempdir().expect("a folder");
    testing::write(dir.path(), &[("text.onnx", made_up(), entry.to_owned())]);
    testing::put(&dir.path().join("text.pieces"), list.as_bytes());
    TextReader::new(&Networks::load(dir.path())?)
}

fn reader() -> TextReader {
    load(LIST, ENTRY).expect("the made-up network loads")
}

fn refusal(list: &str, entry: &str) -> String {
    load(list, entry).expect_err("it is refused").to_string()
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

fn near(found: f64, wanted: f64) {
    assert!((found - wanted).abs() < 1e-5, "{found} is not {wanted}");
}

#[test]
fn a_message_has_the_labels_that_its_values_give_over_the_temperatures() {
    let reading = reader().read("The work is GREAT.");
    let scores = reading.scores.expect("it is English");
    assert_eq!(reading.words, 4);
    assert_eq!((scores.sentiment.label, scores.emotion.label), (Sentiment::Positive, TextEmotion::Joy));
    near(scores.sentiment.score, logistic(3.0));
    near(scores.emotion.score, 3.0_f64.exp() / (3.0_f64.exp() + 5.0));
    assert!(!scores.stress.label);
    near(scores.stress.score, logistic(1.5));
    let scores = reader().read("the work is bad").scores.expect("it is English");
    assert_eq!((scores.sentiment.label, scores.stress.label), (Sentiment::Negative, true));
    near(scores.sentiment.score, logistic(1.0));
    near(scores.stress.score, logistic(0.5));
    assert_eq!(scores.emotion.label, TextEmotion::None);
    near(scores.emotion.score, 1.0 / (5.0 + (-1.0_f64).exp()));
}

#[test]
fn a_long_message_is_the_mean_of_its_parts_weighted_by_their_pieces() {
    let text = "the work is great. ".repeat(25) + &"the work is bad. ".repeat(5);
    let scores = reader().read(&text).scores.expect("it is English");
    let wanted = (125.0 * logistic(3.0) + 25.0 * logistic(-1.0)) / 150.0;
    assert_eq!(scores.sentiment.label, Sentiment::Positive);
    near(scores.sentiment.score, wanted);
}

#[test]
fn what_has_no_word_of_its_own_is_empty() {
    let reader = reader();
    let nothing = [
        "",
        "   \n\t",
        "https://example.org/the/work",
        "@anna",
        "<@U123>",
        "\u{1f44d}\u{1f44d}\u{1f3fd}",
        "12:30",
        "!?!",
        "> the work is great",
        "```\nthe work is great\n```",
        "\0\u{200b}\u{202e}",
    ];
    for text in nothing {
        assert_eq!(reader.read(text).scores, Err(Unread::Empty), "{text:?}");
    }
}

#[test]
fn what_is_not_english_or_no_known_language_has_no_scores() {
    let reader = reader();
    for text in ["Danke, das ist gut", "\u{5ea}\u{5d5}\u{5d3}\u{5d4} \u{5e8}\u{5d1}\u{5d4}", "xyzzy plugh", "zzz"] {
        assert_eq!(reader.read(text).scores, Err(Unread::Language), "{text:?}");
    }
}

#[test]
fn emoji_and_what_nobody_sees_change_no_score() {
    let reader = reader();
    let plain = reader.read("the work is great").scores;
    assert!(plain.is_ok());
    for text in [
        "the\u{1f600}\u{1f600} work\u{1f600} \u{1f600}\u{2764}\u{fe0f}is\u{1f600} great\u{1f389}\u{1f389}",
        "th\u{200d}e wo\u{200b}rk is\u{0} gr\u{ad}eat\u{feff}",
        "\u{202e}the work is great\u{202c}",
        "the work is \u{ff47}\u{ff52}\u{ff45}\u{ff41}\u{ff54}",
    ] {
        assert_eq!(reader.read(text).scores, plain, "{text:?}");
    }
}

#[test]
fn of_a_message_of_a_megabyte_the_beginning_is_read() {
    let reader = reader();
    let text = "the work is great. ".repeat(60_000);
    let reading = reader.read(&text);
    assert_eq!(reading, reader.read(&text[..LONGEST]));
    assert!((13_000..14_000).contains(&reading.words), "{}", reading.words);
    assert!(reading.scores.is_ok());
    // Cut inside a sign of four bytes, and of one word without an end.
    assert_eq!(reader.read(&("a".to_owned() + &"\u{1f600}".repeat(300_000))).words, 1);
    assert_eq!(reader.read(&"a".repeat(1 << 20)).scores, Err(Unread::Language));
}

#[test]
fn threads_that_share_a_reader_read_alike() {
    let reader = reader();
    let wanted = reader.read("the work is good");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| assert_eq!(reader.clone().read("the work is good"), wanted)));
        }
    });
    assert!(matches!(wanted.scores, Ok(TextScores { sentiment: Labelled { label: Sentiment::Positive, .. }, .. })));
}

#[test]
fn a_folder_without_a_network_for_text_is_refused_by_name() {
    let error = TextReader::new(&Networks::default()).expect_err("there is none").to_string();
    assert_eq!(error, "use the model file manifest.toml: it should name a network for text");
}

#[test]
fn a_network_without_its_numbers_or_with_another_list_or_shape_is_refused() {
    for key in ["sentiment_temperature", "stress_temperature", "emotion_none_below"] {
        let error = refusal(LIST, &ENTRY.replace(key, "another"));
        assert!(error.ends_with(&format!("it should have the number {key}")), "{error}");
    }
    let error = refusal(LIST, &ENTRY.replace("neutral_below = 0.6", "neutral_below = 1.6"));
    assert!(error.ends_with("its sentiment_neutral_below should be from 0 to 1 and is 1.6"), "{error}");
    let error = refusal(LIST, &ENTRY.replace("[1, 6] }", "[1, 6], activation = \"softmax\" }"));
    assert!(error.ends_with("its output `emotion` should be without an activation"), "{error}");
    let error = refusal(LIST, &ENTRY.replace("[1, 128]", "[1, 64]"));
    assert!(error.contains("the text input the shape [1, 64], where [1, 128]"), "{error}");
    let error = refusal(&LIST.replace("[UNK]", "[unk]"), ENTRY);
    assert!(error.ends_with("text.pieces: its line 2 should be [UNK]"), "{error}");
    let error = refusal(LIST, &(ENTRY.to_owned() + "pieces_sha256 = \"00\"\n"));
    assert!(error.contains("text.pieces: its SHA-256 should be 00 and is "), "{error}");
}

#[test]
fn the_list_of_pieces_may_have_another_name_and_one_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let entry = ENTRY.to_owned() + "pieces = \"words.txt\"\n";
    testing::write(dir.path(), &[("text.onnx", made_up(), entry)]);
    let error = Networks::load(dir.path()).expect_err("it is not there").to_string();
    assert!(error.starts_with("read the model file ") && error.contains("words.txt: "), "{error}");
    testing::put(&dir.path().join("words.txt"), LIST.as_bytes());
    let networks = Networks::load(dir.path()).expect("it is there now");
    assert!(TextReader::new(&networks).is_ok());
    assert_eq!(networks.list()[0].file, Path::new("text.onnx"));
    assert!(networks.get(crate::networks::Task::Text).is_none(), "it takes no samples");
}

/// How far a value may lie from what the training's own runtime gave (`models/training/text/golden.py`).
const APART: f64 = 1e-3;

#[derive(serde::Deserialize)]
struct Golden {
    /// SHA-256 of the network by which it was made.
    network: String,
    sentences: Vec<GoldenSentence>,
}

#[derive(serde::Deserialize)]
struct GoldenSentence {
    text: String,
    /// With the marks before the first and behind the last.
    pieces: Vec<u32>,
    sentiment: [f64; 2],
    emotion: [f64; 6],
    stress: [f64; 2],
}

#[test]
fn the_shipped_network_cuts_and_reads_sentences_as_it_did_where_it_was_trained() {
    let golden: Golden = serde_json::from_str(include_str!("golden.json")).expect("it reads");
    let networks = Networks::of(Path::new("")).expect("the network is inside");
    let shipped = networks.list().into_iter().find(|network| network.task == Task::Text).expect("one reads text");
    assert_eq!(golden.network, shipped.sha256, "run text/golden.py anew");
    let network = networks.text().expect("one reads text");
    let pieces = Pieces::parse(network.pieces().expect("a list")).expect("it reads");
    let plans = network.plans();
    assert!(golden.sentences.len() >= 20);
    for sentence in &golden.sentences {
        let text = &sentence.text;
        let found = pieces.encode(text).ids;
        let [_, wanted @ .., _] = &sentence.pieces[..] else { panic!("{text}: it has its marks") };
        assert_eq!(found, wanted, "{text}");
        let outputs = plans.run(&found).expect("it runs");
        let values = |found: &[f64], wanted: &[f64]| {
            assert_eq!(found.len(), wanted.len());
            for (found, wanted) in found.iter().zip(wanted) {
                assert!((found - wanted).abs() < APART, "{text}: {found} is not {wanted}");
            }
        };
        values(&outputs.classes("sentiment", &TEXT_SENTIMENTS).expect("numbers"), &sentence.sentiment);
        values(&outputs.classes("emotion", &TEXT_EMOTIONS).expect("numbers"), &sentence.emotion);
        values(&outputs.classes("stress", &TEXT_STRESS).expect("numbers"), &sentence.stress);
    }
}
