use std::sync::Arc;

use attune_analysis::indicators::{EmotionEstimate, Score, summarize};
use attune_ground::http::body::Bodies;
use attune_ground::measures::{Measure, Observation};
use attune_ground::retention::Limits;
use attune_ground::time::now_millis;
use attune_people::People;
use attune_protocol::features::Features;
use attune_protocol::ids::PersonId;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, check_in, text};
use attune_protocol::window::{WINDOW_MILLIS, Window};
use attune_wellbeing::bucket::{Bucket, Span};
use attune_wellbeing::{Settings, Wellbeing, rollup};
use jiff::civil::Date;

use super::{SOURCE, Seen, told};
use crate::sessions::{self, SessionFilter, SessionKind};
use crate::testing::{Device, EVERYTHING, Fixture, consent, heart_record};

const HOUR: i64 = 3_600_000;

fn known(value: f64) -> Score {
    Score::Known { value, sd: 0.1, contributions: Vec::new() }
}

/// Windows that follow each other from an instant on, each with a level of stress; none where it tells none.
fn stressed(from: i64, levels: &[Option<f64>]) -> Vec<Seen> {
    let window = |(at, level): (i64, &Option<f64>)| {
        let nothing = summarize(&[]);
        let stress = level.map_or_else(|| nothing.stress.clone(), known);
        Seen { at, assessment: attune_analysis::indicators::Assessment { stress, ..nothing } }
    };
    (0..).map(|step| from + step * WINDOW_MILLIS).zip(levels).map(window).collect()
}

fn of<'a>(observations: &'a [Observation], name: &str) -> Vec<&'a Observation> {
    let measure = Measure::of_name(name).expect("a measure");
    observations.iter().filter(|one| one.measure == measure).collect()
}

fn recoveries(levels: &[Option<f64>]) -> Vec<(i64, f64)> {
    let seen = stressed(0, levels);
    let observed = told(&seen, (&[], &[]), &(0..HOUR));
    of(&observed.observations, "recovery").iter().map(|one| (one.at, one.value)).collect()
}

/// So many windows of a level.
fn windows(count: usize, level: f64) -> Vec<Option<f64>> {
    vec![Some(level); count]
}

#[test]
fn recovery_is_counted_from_the_end_of_a_spell_to_the_first_minute_of_calm() {
    let spell = windows(6, 0.8);
    // Two minutes between, then calm.
    let recovered = [spell.clone(), windows(12, 0.6), windows(6, 0.4)].concat();
    assert_eq!(recoveries(&recovered), [(50_000, 2.0)]);
    let at_once = [spell.clone(), windows(6, 0.4)].concat();
    assert_eq!(recoveries(&at_once), [(50_000, 0.0)]);
    // A window that does not tell ends neither spell nor calm; five of calm are none.
    let with_gaps = [windows(3, 0.8), vec![None], windows(3, 0.8), windows(5, 0.4), windows(1, 0.6), windows(6, 0.4)];
    assert_eq!(recoveries(&with_gaps.concat()), [(60_000, 1.0)]);
    let short = [windows(5, 0.8), windows(6, 0.4)].concat();
    assert_eq!(recoveries(&short), [], "under a minute it is no spell");
    let long = [spell.clone(), windows(400, 0.6)].concat();
    assert_eq!(recoveries(&long), [(50_000, 60.0)], "it took longer than an hour");
    let lost = [spell.clone(), windows(12, 0.6), vec![None; 70], windows(6, 0.4)].concat();
    assert_eq!(recoveries(&lost), [], "nobody knows when");
    assert_eq!(recoveries(&spell), [], "nobody was seen behind it");
}

#[test]
fn a_spell_is_told_of_in_the_hour_in_which_it_ended_and_of_none_beside_it() {
    let levels = [windows(6, 0.8), windows(6, 0.4)].concat();
    // It began within the hour before, and ended in the next one.
    let seen = stressed(HOUR - 30_000, &levels);
    for (range, spells) in [(0..HOUR, 0), (HOUR..2 * HOUR, 1), (0..2 * HOUR, 1)] {
        assert_eq!(of(&told(&seen, (&[], &[]), &range).observations, "recovery").len(), spells, "{range:?}");
    }
}

#[test]
fn a_window_tells_what_its_scores_tell_and_nothing_else() {
    let nothing = summarize(&[]);
    let mut seen = stressed(0, &[Some(0.5), None, Some(0.7), Some(0.2)]);
    for (window, attention) in seen.iter_mut().zip([Some(0.5), Some(0.6), None, Some(0.5)]) {
        window.assessment.attention = attention.map_or_else(|| nothing.attention.clone(), known);
    }
    let mut probabilities = [0.0; 7];
    (probabilities[3], probabilities[6]) = (0.75, 0.25);
    seen[1].assessment.emotion = Ok(EmotionEstimate { probabilities });
    let observed = told(&seen, (&[], &[]), &(0..30_000));
    let values = |name| of(&observed.observations, name).iter().map(|one| one.value).collect::<Vec<_>>();
    assert_eq!(values("stress_load"), [0.5, 0.7], "the last window is another time's");
    assert_eq!(values("attention"), [0.5, 0.6]);
    let stability = values("attention_stability");
    assert!(stability.len() == 1 && (stability[0] - 0.8).abs() < 1e-12, "{stability:?}");
    assert_eq!((values("emotion_joy"), values("emotion_fear")), (vec![0.75], vec![0.0]));
    assert_eq!(values("coverage"), [0.0, 0.0, 0.0], "devices were on, and saw nothing");
    for name in ["emotion_love", "active_share", "valence", "overall", "vibe"] {
        assert_eq!(values(name), [0.0; 0], "{name}");
    }
    assert_eq!(observed.expected.as_slice(), std::slice::from_ref(&(0..30_000)));
    let order: Vec<_> = observed.observations.iter().map(|one| (one.at, one.measure.number)).collect();
    assert!(order.is_sorted(), "{order:?}");
}

fn wellbeing(fixture: &Fixture) -> Wellbeing {
    let Fixture { context, database } = fixture;
    let limits = Limits::built_in(Profile::Research);
    let settings = attune_people::Settings { profile: Profile::Research, registration: false, limits };
    let ground = (context.store.clone(), database.people.clone(), Arc::clone(&database.own));
    let people = People::new(ground, Bodies::default(), &[], settings);
    Wellbeing::new(context.store.clone(), people, Settings { least_people: 10, epsilon: None }, vec![SOURCE])
}

async fn fuse(fixture: &Fixture) {
    while fixture.fuser().fuse_waiting().await.expect("fuses") > 0 {}
}

/// 2026-02-02T02:40:00Z.
const WINDOW: u32 = 177_000_000;

/// The days of a person, all of them.
async fn days(state: &Wellbeing, person: PersonId) -> Vec<Bucket> {
    let all = Date::constant(2026, 1, 1)..=Date::constant(2026, 12, 31);
    let days = rollup::of(state, person, Span::Day, all).await.expect("read");
    days.into_iter().map(|(_, bucket)| bucket).collect()
}

/// How many windows the live sessions of a person have.
async fn fused(fixture: &Fixture, person: PersonId) -> i64 {
    let kind = Some(SessionKind::Live);
    let filter =
        SessionFilter { people: Some(vec![person]), kind, from: i64::MIN, to: i64::MAX, after: None, offset: 0 };
    let page = sessions::list(&fixture.context.store, &filter, 1000).await.expect("lists");
    page.sessions.iter().map(|session| session.windows).sum()
}

fn said(window: u32, vibe: f64) -> Vec<u8> {
    let mut features = Features::new(Modality::CheckIn);
    features.set(check_in::VIBE, vibe);
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    Record { consent: EVERYTHING + 1, ..Record::new(Window(window), 1.0, coverage, features) }.encode()
}

/// What a device read of messages.
fn written(window: u32, values: &[(attune_protocol::registry::Ordinal, f64)]) -> Vec<u8> {
    let mut features = Features::new(Modality::Text);
    values.iter().for_each(|(ordinal, value)| features.set(*ordinal, *value));
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    Record { consent: EVERYTHING + 2, ..Record::new(Window(window), 1.0, coverage, features) }.encode()
}

/// A device that counts its items.
struct Sender {
    device: Device,
    next: u64,
}

impl Sender {
    async fn of(fixture: &Fixture, user: &str) -> Self {
        let mut sender = Self { device: fixture.device(user).await, next: Device::FIRST_SEQ };
        sender.send(fixture, vec![consent(Modality::CheckIn, true, EVERYTHING + 1)]).await;
        sender
    }

    /// Sends records, and the same again.
    async fn send(&mut self, fixture: &Fixture, records: Vec<Vec<u8>>) {
        let items: Vec<_> = (self.next..).zip(records).collect();
        self.next += items.len() as u64;
        for _ in 0..2 {
            assert!(!fixture.take_in(vec![self.device.batch(items.clone())]).await.is_empty(), "it is answered");
        }
    }
}

#[tokio::test]
async fn roll_ups_of_what_came_late_twice_and_was_deleted_or_handed_over_are_as_made_anew_on_each_database() {
    for fixture in Fixture::each().await {
        let state = wellbeing(&fixture);
        let mut random = fastrand::Rng::with_seed(20);
        let mut senders = Vec::new();
        for user in ["alice", "alice", "bob"] {
            senders.push(Sender::of(&fixture, user).await);
        }
        let people = [fixture.person("alice").await, fixture.person("bob").await];
        for round in 0..40 {
            // Stretches of three days, in whichever order.
            let first = WINDOW + random.u32(0..3 * 8640);
            match random.u8(0..8) {
                0..4 => {
                    let records = (first..first + random.u32(1..90)).map(|window| heart_record(window, 70.0));
                    let sender = random.usize(0..senders.len());
                    senders[sender].send(&fixture, records.collect()).await;
                }
                4 => {
                    let sender = random.usize(0..senders.len());
                    senders[sender].send(&fixture, vec![said(first, f64::from(random.u8(1..=6)))]).await;
                }
                5 => {
                    let filter = SessionFilter {
                        people: None,
                        kind: None,
                        from: i64::MIN,
                        to: i64::MAX,
                        after: None,
                        offset: 0,
                    };
                    let all = sessions::list(&fixture.context.store, &filter, 100).await.expect("lists").sessions;
                    if let Some(doomed) = all.get(random.usize(0..all.len().max(1))) {
                        sessions::delete(&fixture.context.store, doomed.session).await.expect("deleted");
                    }
                }
                6 => {
                    // Somebody else's from now on; what it has sent so far stays whose it was.
                    let user = if random.bool() { "alice" } else { "bob" };
                    let sender = random.usize(0..senders.len());
                    fixture.hand_to(&mut senders[sender].device, user).await;
                    let sender = &mut senders[sender];
                    sender.next = Device::FIRST_SEQ;
                    let changes = (0..).zip(1..).zip(Modality::SENSED);
                    let consents = changes.map(|((seq, version), modality)| (seq, consent(modality, true, version)));
                    fixture.take_in(vec![sender.device.batch(consents.collect())]).await;
                    sender.send(&fixture, vec![consent(Modality::CheckIn, true, EVERYTHING + 1)]).await;
                }
                _ => {
                    fuse(&fixture).await;
                    rollup::roll_up_waiting(&state).await.expect("rolled up");
                }
            }
            if round % 10 == 9 {
                fuse(&fixture).await;
                rollup::roll_up_waiting(&state).await.expect("rolled up");
                assert_eq!(rollup::check(&state).await.expect("held against").found(), (2, &[][..]), "round {round}");
                for person in people {
                    let days = days(&state, person).await;
                    let coverage = Measure::of_name("coverage").expect("a measure");
                    let counted: u32 = days.iter().filter_map(|day| day.of(coverage)).map(|sum| sum.count).sum();
                    assert_eq!(i64::from(counted), fused(&fixture, person).await, "round {round}: each window once");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_said_is_rolled_up_whether_somebody_is_sensed_or_not_and_goes_with_its_time_on_each_database() {
    for fixture in Fixture::each().await {
        let state = wellbeing(&fixture);
        let mut sender = Sender::of(&fixture, "alice").await;
        let person = fixture.person("alice").await;
        let sensed = (WINDOW..WINDOW + 3).map(|window| heart_record(window, 70.0));
        let records = sensed.chain([said(WINDOW + 1, 2.0), said(WINDOW + 2000, 6.0)]).collect();
        sender.send(&fixture, records).await;
        fuse(&fixture).await;
        rollup::roll_up_waiting(&state).await.expect("rolled up");
        let vibe = Measure::of_name("vibe").expect("a measure");
        let told = async || {
            let days = days(&state, person).await;
            let sum = days.iter().filter_map(|day| day.of(vibe)).map(|sum| (sum.count, sum.mean)).next();
            (sum, days.iter().map(|day| day.seen).sum::<i64>())
        };
        assert_eq!(told().await, (Some((2, 4.0)), 3 * WINDOW_MILLIS));
        let filter = SessionFilter { people: None, kind: None, from: i64::MIN, to: i64::MAX, after: None, offset: 0 };
        let session =
            sessions::list(&fixture.context.store, &filter, 9).await.expect("lists").sessions.pop().expect("the first");
        sessions::delete(&fixture.context.store, session.session).await.expect("deleted");
        rollup::roll_up_waiting(&state).await.expect("rolled up");
        assert_eq!(told().await, (Some((1, 6.0)), 0), "with the session goes what was said in it");
        // What goes for its age, and is not its person's choice, leaves the sums of it.
        (sessions::AGING[0].delete)(&fixture.context.store, aged()).await.expect("deletes");
        assert_eq!(fixture.count("records").await, 0);
        assert_eq!(rollup::check(&state).await.expect("held against").found(), (1, &[][..]));
        assert_eq!(told().await, (Some((1, 6.0)), 0));
    }
}

#[tokio::test]
async fn what_a_device_read_of_messages_is_rolled_up_by_message_stays_out_of_scores_and_outlives_its_records_on_each_database()
 {
    for fixture in Fixture::each().await {
        let state = wellbeing(&fixture);
        let mut sender = Sender::of(&fixture, "alice").await;
        let person = fixture.person("alice").await;
        sender.send(&fixture, vec![consent(Modality::Text, true, EVERYTHING + 2)]).await;
        let three = [
            (text::MESSAGES, 4.0),
            (text::SCORED, 3.0),
            (text::SENTIMENT, 0.5),
            (text::STRESS, -0.25),
            (text::JOY, 0.75),
        ];
        let one = [(text::MESSAGES, 1.0), (text::SCORED, 1.0), (text::SENTIMENT, -0.5), (text::STRESS, 0.75)];
        let unread = [(text::MESSAGES, 2.0), (text::SCORED, 0.0)];
        let records = vec![
            heart_record(WINDOW, 70.0),
            written(WINDOW, &three),
            // A message that came late makes another record of its window.
            written(WINDOW, &one),
            written(WINDOW + 5000, &unread),
        ];
        sender.send(&fixture, records).await;
        fuse(&fixture).await;
        rollup::roll_up_waiting(&state).await.expect("rolled up");
        let told = async || {
            let days = days(&state, person).await;
            ["message_sentiment", "message_stress", "message_joy", "message_sadness"].map(|name| {
                let measure = Measure::of_name(name).expect("a measure");
                let sum = days.iter().find_map(|day| day.of(measure));
                sum.map(|sum| (sum.count, (sum.mean * 100.0).round()))
            })
        };
        let expected = [Some((4, 25.0)), Some((4, 0.0)), Some((1, 75.0)), None];
        assert_eq!(told().await, expected);
        let seen: i64 = days(&state, person).await.iter().map(|day| day.seen).sum();
        assert_eq!(seen, WINDOW_MILLIS, "nobody is seen by what they write");
        (sessions::AGING[0].delete)(&fixture.context.store, aged()).await.expect("deletes");
        assert_eq!(fixture.count("records").await, 0);
        assert_eq!(rollup::check(&state).await.expect("held against").found(), (1, &[][..]));
        assert_eq!(told().await, expected, "the sums stay");
    }
}

#[tokio::test]
async fn answers_that_go_for_their_age_keep_nobody_from_deleting_a_session_of_then_or_sending_it_late_on_each_database()
{
    for fixture in Fixture::each().await {
        let state = wellbeing(&fixture);
        let mut sender = Sender::of(&fixture, "alice").await;
        let person = fixture.person("alice").await;
        let seen = async || days(&state, person).await.iter().map(|day| day.seen).sum::<i64>();
        let vibe = Measure::of_name("vibe").expect("a measure");
        let said_in_all = async || {
            let days = days(&state, person).await;
            days.iter().filter_map(|day| day.of(vibe)).map(|sum| sum.count).sum::<u32>()
        };
        let sensed = |first: u32| (first..first + 3).map(|window| heart_record(window, 70.0));
        // Answers within a session, and hours beside it.
        let answers = [said(WINDOW + 1, 2.0), said(WINDOW + 2000, 6.0)];
        sender.send(&fixture, sensed(WINDOW).chain(answers).collect()).await;
        fuse(&fixture).await;
        rollup::roll_up_waiting(&state).await.expect("rolled up");
        // Records go, of answers, too; scores are kept for longer.
        (sessions::AGING[0].delete)(&fixture.context.store, aged()).await.expect("deletes");
        assert_eq!(fixture.count("records").await, 0);
        assert_eq!((seen().await, said_in_all().await), (3 * WINDOW_MILLIS, 2), "the sums stay");
        // What comes late of an hour of which answers are gone is rolled up, and so is what is deleted.
        sender.send(&fixture, sensed(WINDOW + 2001).collect()).await;
        fuse(&fixture).await;
        rollup::roll_up_waiting(&state).await.expect("rolled up");
        assert_eq!((seen().await, said_in_all().await), (6 * WINDOW_MILLIS, 2), "it is seen, and what was said stays");
        assert_eq!(rollup::check(&state).await.expect("held against").found(), (1, &[][..]));
        let filter = SessionFilter { people: None, kind: None, from: i64::MIN, to: i64::MAX, after: None, offset: 0 };
        let all = sessions::list(&fixture.context.store, &filter, 9).await.expect("lists").sessions;
        let first = all.iter().map(|one| one.session);
        assert_eq!(first.len(), 2);
        for session in first {
            sessions::delete(&fixture.context.store, session).await.expect("deleted");
        }
        rollup::roll_up_waiting(&state).await.expect("rolled up");
        assert_eq!((seen().await, said_in_all().await), (0, 0), "no sum outlives what its person took away");
        assert_eq!(rollup::check(&state).await.expect("held against").found(), (1, &[][..]));
    }
}

/// At which all of then is too old.
fn aged() -> attune_ground::retention::Age {
    attune_ground::retention::Age {
        now: now_millis().max(i64::from(WINDOW) * WINDOW_MILLIS + 400 * 24 * HOUR),
        days: 365,
    }
}
