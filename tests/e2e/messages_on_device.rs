//! Messages that a device reads for its person: numbers leave it where they may, and no word does anywhere.

use std::path::Path;

use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, Ordinal, text};
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::count;
use attune_tests::place::Place;
use attune_tests::ports::free_port;
use attune_tests::process::{self, Process};
use attune_tests::{models, stored, wait};
use serde_json::{Value, json};

use crate::own::{ask, invited};

/// Senses nothing, whatever the machine has: it only reads.
const NO_DEVICES: &str = "[camera]\ndevice = \"off\"\n[microphone]\ndevice = \"off\"\n[bluetooth]\ndevice = \"off\"\n\
                          [iio]\nroot = \"/nowhere\"\n";
/// Words that stand in no other place of the world.
const WORDS: [&str; 3] = ["quoxalump", "brimblewick", "zantharine"];

/// An agent with consent to everything, and a program of its person's that hands messages over.
struct Desk {
    agent: Agent,
    host: String,
    authorization: String,
    running: Process,
}

impl Desk {
    fn of(place: &Place, collector: &Collector, profile: &str) -> Self {
        let agent = Agent::enrol_with(place, "device", collector, "person", &models::shipped(), profile);
        let port = free_port();
        agent.configure(&format!("{NO_DEVICES}[page]\nport = {port}\n"));
        let said = says(&agent, &["messages", "token"]);
        let token = said.lines().next().expect("a token");
        assert!(said.contains(&format!("http://127.0.0.1:{port}/messages")), "{said}");
        let authorization = format!("Bearer {token}");
        let running = agent.sense(&[], &[]);
        let desk = Self { agent, host: format!("127.0.0.1:{port}"), authorization, running };
        wait::until("the page to listen", || std::net::TcpStream::connect(&desk.host).ok());
        desk
    }

    fn hand_over(&self, body: &Value) -> (u16, String) {
        let headers = [("host", self.host.as_str()), ("authorization", self.authorization.as_str())];
        ask(&self.host, "POST /messages", &headers, &body.to_string())
    }

    /// Three of them, each with a word of its own.
    fn hand_over_three(&self) {
        let [first, second, third] = WORDS;
        let (status, answer) = self.hand_over(&json!([
            {"message": format!("I am so happy that the release of {first} went well, thank you all for your great work!")},
            {"message": format!("I can't sleep any more because of {second}, there is far too much to do and I am exhausted.")},
            {"message": format!("The meeting about {third} is on Tuesday at ten in the small room, please bring your notes.")},
        ]));
        assert_eq!(status, 202, "{answer}");
        assert!(answer.contains("\"taken\":3") && answer.contains("\"passed_over\":0"), "{answer}");
    }

    fn today(&self) -> String {
        let (host, home, token) = invited(&self.agent);
        let here = ("host", host.as_str());
        let (_, answer) = ask(&host, &format!("GET {token}"), &[here], "");
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        let cookie = ("cookie", cookie.split(';').next().expect("a name and a value"));
        ask(&host, &format!("GET {home}"), &[here, cookie], "").1
    }

    fn end(mut self) {
        assert!(self.running.signal("TERM").success(), "{}", self.running.log());
    }
}

fn says(agent: &Agent, arguments: &[&str]) -> String {
    process::output(agent.command().args(arguments))
}

/// The sum of a feature over what the collector stores of messages.
fn arrived(collector: &Collector, ordinal: Ordinal) -> f64 {
    let of = |record: &Record| record.modality() == Modality::Text;
    stored::records(collector)
        .iter()
        .filter(|record| of(record))
        .filter_map(|record| record.features.get(ordinal))
        .sum()
}

/// Looks for the words in every file below a folder: states, databases with their journals, logs.
fn no_word_lies_below(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("it can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            no_word_lies_below(&path);
            continue;
        }
        // A socket, or a file that has gone since, holds nothing.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        for word in WORDS {
            let is_there = bytes.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
            assert!(!is_there, "{word} lies in {}", path.display());
        }
    }
}

#[test]
fn of_messages_that_a_device_reads_numbers_arrive_and_no_byte_of_a_word_lies_anywhere() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let desk = Desk::of(&place, &collector, "research");
    desk.hand_over_three();
    wait::until("what was read to arrive", || (arrived(&collector, text::MESSAGES) >= 3.0).then_some(()));
    assert_eq!(arrived(&collector, text::MESSAGES).round(), 3.0, "each once");
    assert!(arrived(&collector, text::SCORED) >= 1.0 && arrived(&collector, text::WORDS) >= 30.0);
    let today = desk.today();
    assert!(today.contains("What you wrote today") && today.contains("3 messages"), "{today}");
    let audit = says(&desk.agent, &["audit", "--json"]);
    assert!(audit.contains("\"sentiment\"") && audit.contains("\"stress\""), "{audit}");
    no_word_lies_below(place.path());
    desk.end();
    no_word_lies_below(place.path());
}

#[test]
fn under_eu_the_person_sees_what_was_read_and_nothing_of_it_leaves_not_even_that_they_wrote() {
    let place = Place::new();
    let collector = Collector::start_under(&place, "eu");
    let desk = Desk::of(&place, &collector, "eu");
    desk.hand_over_three();
    wait::until("the person to see it", || desk.today().contains("What you wrote today").then_some(()));
    // What is said afterwards has arrived: what was to leave would have, too.
    says(&desk.agent, &["check-in", "4"]);
    let of = |modality: &str| {
        count(
            &collector.database(),
            match modality {
                "text" => "SELECT COUNT(*) FROM records WHERE modality = 5",
                _ => "SELECT COUNT(*) FROM records WHERE modality = 4",
            },
        )
    };
    wait::until("the check-in to arrive", || (of("check-in") == 1).then_some(()));
    wait::until("nothing to wait", || says(&desk.agent, &["status"]).contains("waiting 0 ").then_some(()));
    assert_eq!(of("text"), 0);
    no_word_lies_below(place.path());
    desk.end();
}

#[test]
fn without_consent_or_while_paused_no_message_is_read_and_what_was_read_goes_with_the_consent() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let desk = Desk::of(&place, &collector, "research");
    desk.hand_over_three();
    wait::until("the person to see it", || desk.today().contains("What you wrote today").then_some(()));
    says(&desk.agent, &["pause"]);
    assert_eq!(desk.hand_over(&json!({"message": "what I write now"})).0, 409);
    says(&desk.agent, &["resume"]);
    says(&desk.agent, &["consent", "withdraw", "--modality", "text"]);
    let (status, answer) = desk.hand_over(&json!({"message": "what I write now"}));
    assert!(status == 403 && answer.contains("consent grant --modality text"), "{answer}");
    assert!(!desk.today().contains("What you wrote today"));
    says(&desk.agent, &["messages", "revoke"]);
    assert_eq!(desk.hand_over(&json!({"message": "what I write now"})).0, 404);
    desk.end();
}
