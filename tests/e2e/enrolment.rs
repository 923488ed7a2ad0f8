//! A program of somebody else on the same broker, while a device is enrolled and afterwards.

use std::collections::BTreeSet;

use attune_protocol::ack::{Ack, Answer, Run};
use attune_protocol::batch::Batch;
use attune_protocol::digest::Digest;
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolReply, EnrolRequest};
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::registry::Modality;
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::topics::{self, Inbound};
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::play::START;
use attune_tests::process::Process;
use attune_tests::stranger::{Message, Stranger};
use attune_tests::{database, models, recordings, wait};

/// Windows of the shipped recording, of two modalities.
const RECORDS: usize = 24;

/// A request of enrolment that crossed the broker, of none of the `known` devices.
fn new_request(message: &Message, known: &[DeviceId]) -> Option<EnrolRequest> {
    let Some(Inbound::Enrolment(device)) = topics::parse(&message.topic) else { return None };
    EnrolRequest::decode(&message.payload).ok().filter(|_| !known.contains(&device))
}

/// The answer of one who knows the code, as it crossed the broker.
fn proved(message: &Message, code: &str, request: &EnrolRequest) -> Option<EnrolReply> {
    let reply = EnrolReply::decode(&message.payload).ok()?;
    reply.proves(&Code::of(code), request).then_some(reply)
}

fn answer(request: &EnrolRequest, key: &KeyPair, code: Option<&Code>) -> Vec<u8> {
    EnrolReply::to(request, key.public(), EnrolOutcome::Accepted, Profile::Research, 1_767_603_600_000, code)
        .encode(key)
}

/// What a thief would say of a batch: all is stored, all is refused, or its places are taken.
fn forged(batch: &Batch, thief: &KeyPair) -> Vec<Vec<u8>> {
    let digest =
        |seq: Seq| batch.items.iter().find(|item| item.seq == seq).map(|item| Digest::of_item(seq, &item.bytes));
    let runs = |answer| Run::of(batch.items.iter().filter_map(|item| Some((item.seq, answer, digest(item.seq)?))));
    let ack = |settled, taken| {
        let (device, epoch, profile) = (batch.device, batch.epoch, Profile::Research);
        Ack { device, epoch, profile, at_millis: 1_767_603_600_000, settled, taken, wants_consent: None }.encode(thief)
    };
    let taken = Ack::runs(batch.items.iter().map(|item| item.seq));
    vec![ack(runs(Answer::Stored), Vec::new()), ack(runs(Answer::Erased), Vec::new()), ack(Vec::new(), taken)]
}

fn batches(heard: &[Message], key: &PublicKey) -> Vec<Batch> {
    let sent = heard.iter().filter(|m| matches!(topics::parse(&m.topic), Some(Inbound::Batches(_))));
    sent.filter_map(|message| Batch::decode(&message.payload, key).ok()).collect()
}

#[test]
fn who_answers_first_is_not_taken_for_the_collector_and_removes_nothing() {
    let Some(program) = tool_for("an enrolment that somebody else answers first", "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let mut collector = Collector::start_on(&place, &mosquitto.url);
    let (thief, stranger) = (KeyPair::generate(), Stranger::on(&mosquitto.url));

    // An enrolment of before, for what can be replayed of it.
    let first = Agent::enrol(&place, "first", &collector, "alice");
    first.send_all(&recordings::only(place.path(), &[Modality::Motion, Modality::Heart]), START, &[]);
    let before = stranger.heard();
    let known: Vec<DeviceId> = before.iter().filter_map(|m| new_request(m, &[])).map(|r| r.device).collect();
    let replayed: Vec<Vec<u8>> =
        before.iter().filter(|m| m.topic.starts_with("attune/v1/down/")).map(|m| m.payload.clone()).collect();
    assert!(replayed.len() > 1, "an answer to the enrolment and acknowledgements");

    // The collector stands still until the thief has answered: the thief is the first.
    let code = collector.code("bob");
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    collector.process().suspend();
    let mut command = agent.command();
    command.args(["enrol", "--broker", collector.broker(), "--code", &code]);
    let mut enrolling = Process::start(&mut command, &place.join("enrol.log"));
    let request = stranger.hear("a device to ask", |message| new_request(message, &known));
    let to_device = topics::answers_to(request.device);
    let wrong = Code::of("AAAA-BBBB-CCCC-DDDD");
    for payload in
        [answer(&request, &thief, None), answer(&request, &thief, Some(&wrong))].into_iter().chain(replayed.clone())
    {
        stranger.publish(&to_device, payload);
    }
    // What a thief made of the request itself: its own key under the device's name and proof.
    let mut stolen = request.clone();
    stolen.public_key = thief.public();
    stranger.publish(&topics::enrolment_of(request.device), stolen.encode(&thief));
    stranger.hear("the thief's answers to have gone out", |message| {
        (message.topic == to_device && Some(&message.payload) == replayed.last()).then_some(())
    });
    collector.process().resume();
    enrolling.succeed();

    let reply = stranger.hear("the collector to answer", |message| proved(message, &code, &request));
    assert_eq!(reply.outcome, EnrolOutcome::Accepted);
    let identity = std::fs::read_to_string(agent.state().join("identity.toml")).expect("it is enrolled");
    let hex = |key: &PublicKey| data_encoding::HEXLOWER.encode(key);
    assert!(
        identity.contains(&hex(&reply.collector_key)) && !identity.contains(&hex(&thief.public())),
        "the thief's key"
    );

    // A replayed request enrols nobody else and changes nothing.
    let asked = stranger.hear("the request", |m| new_request(m, &known).map(|_| m.clone()));
    stranger.publish(&asked.topic, asked.payload);

    // The thief acknowledges everything that the collector has not seen.
    agent.consent("grant", "all");
    collector.process().suspend();
    let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
    let mut running = agent.run(&recording, &["--speed", "max", "--start", START, "--until-sent"]);
    let mut answered = 0;
    wait::until("the agent to disbelieve the thief", || {
        let sent = batches(&stranger.heard(), &request.public_key);
        for batch in sent.iter().skip(answered) {
            let lies = forged(batch, &thief).into_iter().chain(replayed.clone());
            lies.for_each(|lie| stranger.publish(&to_device, lie));
        }
        answered = sent.len();
        let all_are_sent = sent.iter().flat_map(|batch| &batch.items).map(|item| item.seq).collect::<BTreeSet<_>>();
        (all_are_sent.len() >= RECORDS && disbelieved(&agent) >= 3).then_some(())
    });
    assert!(running.is_running(), "nothing of what waits was taken for settled:\n{}", running.log());
    // The status is written now and then.
    let all = RECORDS + 2 * Modality::ALL.len();
    wait::until("all of it to be told to wait", || (waiting(&agent) == all).then_some(()));
    collector.process().resume();
    running.succeed();
    let stored = database::keys(&collector.database());
    let lost: Vec<_> = agent.journal().into_iter().filter(|key| !stored.contains_key(key)).collect();
    assert_eq!(lost, []);

    never_in_clear(&stranger.heard(), &code);
}

/// Neither the code nor the key that is made of it is in anything that travelled.
fn never_in_clear(heard: &[Message], code: &str) {
    let plain = code.replace('-', "");
    let bytes = data_encoding::BASE32_NOPAD.decode(plain.as_bytes()).expect("a code is base 32");
    let mut secrets: Vec<Vec<u8>> = code.split('-').map(|group| group.as_bytes().to_vec()).collect();
    secrets.extend([bytes, Code::of(code).key()[..8].to_vec()]);
    for message in heard {
        let lower = message.payload.to_ascii_uppercase();
        for secret in &secrets {
            let found =
                [&message.payload, &lower].iter().any(|payload| payload.windows(secret.len()).any(|w| w == secret));
            // Four letters come up by chance in what is encrypted or compressed, but not where the enrolment speaks.
            let of_enrolment = message.topic.contains("/enrol/") || EnrolReply::decode(&message.payload).is_ok();
            assert!(!found || (secret.len() < 8 && !of_enrolment), "{} tells of the code", message.topic);
        }
    }
}

/// A number behind some words of the agent's status.
fn number_behind(agent: &Agent, words: &str) -> usize {
    let status = agent.status();
    let Some((_, rest)) = status.split_once(words) else { return 0 };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("a number behind {words:?}: {status}"))
}

fn disbelieved(agent: &Agent) -> usize {
    number_behind(agent, "answers that were not believed: ")
}

fn waiting(agent: &Agent) -> usize {
    number_behind(agent, "waiting ")
}

#[test]
fn wrong_codes_are_slowed_and_counted_while_who_knows_a_code_is_answered() {
    const TRIED: usize = 200;
    let Some(program) = tool_for("wrong codes of enrolment", "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collector = Collector::start_on(&place, &mosquitto.url);
    let code = collector.code("alice");
    let stranger = Stranger::on(&mosquitto.url);
    for _ in 0..TRIED {
        let (device, key) = (DeviceId::random(), KeyPair::generate());
        let guess = Code::of(&data_encoding::BASE32_NOPAD.encode(&device.0[..10]));
        let request = EnrolRequest::new(device, key.public(), 1, Epoch::random(), &guess);
        stranger.publish(&topics::enrolment_of(device), request.encode(&key));
    }
    // Who is not known yet shares one line, which holds so many and no more.
    wait::until("the wrong codes to be counted", || {
        (collector.counted("wrong_codes") + collector.counted("overrun") == TRIED as u64).then_some(())
    });
    assert!(collector.counted("wrong_codes") > 30, "also what is not answered is told");
    let agent = Agent::new(&place, "device", &models::shipped(), "research");
    attune_tests::process::output(agent.command().args(["enrol", "--broker", collector.broker(), "--code", &code]));
    let refused = |message: &Message| {
        EnrolReply::decode(&message.payload).is_ok_and(|reply| reply.outcome == EnrolOutcome::CodeRefused)
    };
    let answered = stranger.heard().iter().filter(|message| refused(message)).count();
    // Thirty a minute; a slow machine may take more than one.
    assert!((1..TRIED / 2).contains(&answered), "{answered} of {TRIED} wrong codes were answered");
}

#[test]
fn a_device_is_told_the_way_to_the_broker_that_is_set_for_devices() {
    let place = Place::new();
    let collector = Collector::start_set(&place, "public_url = \"mqtts://broker.example:8883\"");
    let (_, said) = collector.enrol("alice");
    assert!(said.contains("attune-agent enrol --broker mqtts://broker.example:8883 --code "), "{said}");
}
