use attune_protocol::ack::{Ack, Answer, Run};
use attune_protocol::consent::Consent;
use attune_protocol::digest::Digest;
use attune_protocol::features::Features;
use attune_protocol::record::Coverage;
use attune_protocol::registry::{heart, text};
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;
use jiff::Timestamp;

use super::*;
use crate::control::{Hold, InForce};
use crate::identity::{Enrolment, Identity, Standing};
use crate::keeping::carry_out;
use crate::outbox;

fn sensed(windows: std::ops::Range<u32>) -> Vec<Sensed> {
    windows.map(|window| Sensed { record: record(window), withdrawals: 0 }).collect()
}

fn record(window: u32) -> Record {
    let mut features = Features::new(Modality::Heart);
    features.set(heart::MEAN_HR, 60.0 + f64::from(window % 7));
    let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    Record::new(Window(window), 1.0, coverage, features)
}

fn consent(state: &std::path::Path, purpose: Purpose, granted: bool) {
    let mut book = ConsentBook::load(state).unwrap();
    book.set(Modality::Heart, purpose, granted, Timestamp::now());
    book.save(state).unwrap();
}

fn outbox(state: &std::path::Path) -> Arc<Outbox> {
    let limits = crate::outbox::Limits { bytes: 1 << 20, age_millis: i64::MAX };
    Arc::new(Outbox::open(&state.join("outbox"), SealKey::from_secret([9; 32]), 1, limits, 0).unwrap())
}

fn keeper(state: &std::path::Path, outbox: &Arc<Outbox>) -> Keeper {
    let config = Config { state: state.to_owned(), profile: Profile::Research, ..Config::default() };
    let enrolment = Enrolment { number: 1, collector: [0; 32], former: None, profile: Profile::Research };
    let heard = Arc::new(Heard::load(state, &enrolment));
    let clock = Clock::start();
    let place = Some(Place::begin("a recording".into(), clock.now()));
    Keeper::open(&config, DeviceId([1; 16]), outbox.clone(), place, clock, heard, Arc::new(Control::of(state))).unwrap()
}

#[test]
fn withdrawn_consent_takes_out_what_waits_and_once_it_is_given_anew_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    consent(state, Purpose::Wellbeing, true);
    keeper(state, &outbox).keep(sensed(170_000_000..170_000_028)).unwrap();
    let told = 1;
    assert_eq!(outbox.totals().items, 28 + told);
    // The agent stands still while the person changes their mind.
    consent(state, Purpose::Wellbeing, false);
    consent(state, Purpose::Wellbeing, true);
    let mut again = keeper(state, &outbox);
    again.keep(Vec::new()).unwrap();
    let told = told + 2;
    assert_eq!(outbox.totals().items, told, "all that waited is gone before anything is sent");
    let late = sensed(170_000_100..170_000_105);
    again.keep(late.into_iter().map(|late| Sensed { withdrawals: 1, ..late }).collect()).unwrap();
    outbox.begin_epoch(crate::outbox::Reason::Taken, 0).unwrap();
    keeper(state, &outbox).keep(Vec::new()).unwrap();
    let waiting = outbox.totals().items;
    assert!(waiting >= 5 + told, "an old withdrawal that is told again takes nothing: {waiting}");
    assert_ne!(outbox.note(BASELINE_NOTE).unwrap(), Baseline::default().encode(), "nor what was learnt since");
}

/// What waits, as the collector would read it: changes of consent, and records with features.
fn waiting(outbox: &Outbox) -> (Vec<(u32, bool)>, Vec<Record>) {
    let items = outbox.peek(&std::collections::BTreeSet::new(), 1000, 1 << 20, 0).unwrap();
    let (mut changes, mut records) = (Vec::new(), Vec::new());
    for item in items {
        changes.extend(Consent::decode(&item.bytes).ok().map(|change| (change.version, change.granted)));
        records.extend(Record::decode(&item.bytes).ok());
    }
    records.retain(|record| !record.features.is_empty());
    (changes, records)
}

#[test]
fn versions_go_on_whatever_becomes_of_the_file_and_a_withdrawal_stands_over_an_older_copy() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    let file = state.join("consent.toml");
    consent(state, Purpose::Wellbeing, true);
    let older = std::fs::read(&file).unwrap();
    keeper(state, &outbox).keep(sensed(170_000_000..170_000_005)).unwrap();

    // It is lost, and everything in it begins anew.
    std::fs::remove_file(&file).unwrap();
    consent(state, Purpose::Wellbeing, true);
    consent(state, Purpose::Wellbeing, false);
    keeper(state, &outbox).keep(Vec::new()).unwrap();
    let (changes, records) = waiting(&outbox);
    assert_eq!(changes, [(1, true), (2, true), (3, false)], "the withdrawal is told");
    assert!(records.is_empty(), "what waited is gone");

    // A copy of before the withdrawal is put back.
    std::fs::write(&file, older).unwrap();
    let late = Sensed { withdrawals: 9, ..sensed(170_000_006..170_000_007).remove(0) };
    keeper(state, &outbox).keep(vec![late]).unwrap();
    assert!(!ConsentBook::load(state).unwrap().allows(Modality::Heart, Purpose::Wellbeing));
    assert!(waiting(&outbox).1.is_empty());
    consent(state, Purpose::Wellbeing, true);
    keeper(state, &outbox).keep(Vec::new()).unwrap();
    assert_eq!(waiting(&outbox).0.last(), Some(&(4, true)));
}

#[test]
fn what_was_on_its_way_when_consent_ended_is_neither_kept_nor_learnt_where_it_was_given_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    let mut keeper = keeper(state, &outbox);
    [true, false, true].into_iter().for_each(|granted| consent(state, Purpose::Wellbeing, granted));
    keeper.keep(sensed(170_000_000..170_000_020)).unwrap();
    assert!(waiting(&outbox).1.is_empty());
    assert_eq!(outbox.note(BASELINE_NOTE).unwrap(), Baseline::default().encode());
    let after = sensed(170_000_020..170_000_025).into_iter().map(|sensed| Sensed { withdrawals: 1, ..sensed });
    keeper.keep(after.collect()).unwrap();
    let records = waiting(&outbox).1;
    assert_eq!(records.iter().map(|record| record.consent).collect::<Vec<_>>(), [3; 5]);
}

#[test]
fn the_person_keeps_what_no_profile_lets_leave_for_as_long_as_they_agree_to_their_own_view() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    Purpose::ALL.into_iter().for_each(|purpose| consent(state, purpose, true));
    let mut keeper = keeper(state, &outbox);
    keeper.profile = Profile::Eu;
    let own = keeper.own();
    let rates = || {
        let records = own.records(Between::ALL).unwrap();
        records.iter().filter_map(|record| record.features.get(heart::MEAN_HR)).count()
    };
    keeper.keep(sensed(170_000_000..170_000_005)).unwrap();
    assert!(waiting(&outbox).1.is_empty(), "a heart rate leaves nowhere under this profile");
    assert_eq!(rates(), 5);
    // Withdrawn and given again before the agent looks: what was kept is gone all the same.
    consent(state, Purpose::OwnView, false);
    consent(state, Purpose::OwnView, true);
    keeper.keep(Vec::new()).unwrap();
    assert_eq!(rates(), 0);
    keeper.keep(sensed(170_000_005..170_000_007)).unwrap();
    assert_eq!(rates(), 2);
    consent(state, Purpose::OwnView, false);
    keeper.keep(sensed(170_000_007..170_000_009)).unwrap();
    assert_eq!(rates(), 0);
    assert!(outbox.totals().items > 0);
}

#[test]
fn what_was_played_without_consent_is_played_once_there_is_some() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    let mut keeper = keeper(state, &outbox);
    let begin = attune_analysis::sample::Timestamp(0);
    let goes_on = || Place::decode(&outbox.note(Place::NOTE).unwrap()).unwrap().from(Modality::Heart, begin).millis();
    keeper.keep(sensed(170_000_000..170_000_005)).unwrap();
    assert_eq!(goes_on(), 0, "nothing of it is spent");
    consent(state, Purpose::Wellbeing, true);
    keeper.keep(sensed(170_000_000..170_000_003)).unwrap();
    assert_eq!(goes_on(), 1_700_000_030_000);
    consent(state, Purpose::Wellbeing, false);
    keeper.keep(sensed(170_000_003..170_000_005)).unwrap();
    assert_eq!(goes_on(), 1_700_000_030_000);
}

#[test]
fn what_was_sensed_before_a_stop_is_not_kept_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    consent(state, Purpose::Wellbeing, true);
    let mut keeper = keeper(state, &outbox);
    keeper.keep(sensed(170_000_000..170_000_001)).unwrap();
    let kept = || {
        let items = outbox.peek(&std::collections::BTreeSet::new(), 100, 1 << 20, 0).unwrap();
        let records = items.iter().filter_map(|item| Record::decode(&item.bytes).ok());
        records.map(|record| (record.features.is_empty(), record.coverage.gap)).collect::<Vec<_>>()
    };
    control::pause(state, Timestamp::UNIX_EPOCH).unwrap();
    keeper.keep(sensed(170_000_001..170_000_002)).unwrap();
    assert_eq!(kept(), [(false, None), (true, Some(Gap::Paused))]);
    assert!(keeper.in_force(&[]).paused);
    control::resume(state).unwrap();
    let before = ConsentBook::load(state).unwrap();
    consent(state, Purpose::Wellbeing, false);
    let changes = ConsentBook::load(state).unwrap().lacking_in(&before);
    assert!(!keeper.in_force(&changes).carried_out);
    assert_eq!(keeper.control.hold(), Hold::Everything);
    keeper.keep(sensed(170_000_002..170_000_003)).unwrap();
    assert_eq!(kept(), [(true, Some(Gap::NoConsent))], "and what waited is gone");
    let items = outbox.peek(&std::collections::BTreeSet::new(), 100, 1 << 20, 0).unwrap();
    let record = items.iter().find_map(|item| Record::decode(&item.bytes).ok()).unwrap();
    assert_eq!(record.consent, keeper.book.newest(), "what the gate stops names the consent, too");
    assert_eq!(keeper.in_force(&changes), InForce { paused: false, carried_out: true, removed: 2 });
    assert_eq!(keeper.in_force(&[]).removed, 0);
    assert_eq!(keeper.control.hold(), Hold::Nothing);
}

#[test]
fn what_is_chosen_in_the_browser_is_followed_and_what_is_older_and_shown_again_switches_nothing_on() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    Purpose::ALL.into_iter().for_each(|purpose| consent(state, purpose, true));
    let mut keeper = keeper(state, &outbox);
    let heard = keeper.heard.clone();
    let said = |number, keep, off: &[Modality]| {
        let off = off.to_vec();
        attune_protocol::wishes::Wishes { device: DeviceId([1; 16]), enrolment: 1, number, keep, off }
    };
    let kept = || {
        let items = outbox.peek(&std::collections::BTreeSet::new(), 100, 1 << 20, 0).unwrap();
        let records = items.iter().filter_map(|item| Record::decode(&item.bytes).ok());
        records.map(|record| record.coverage.gap).collect::<Vec<_>>()
    };
    keeper.keep(sensed(170_000_000..170_000_003)).unwrap();
    assert_eq!((kept(), heard.take_followed()), (vec![None; 3], Some(0)), "nothing was ever chosen");
    heard.hear_wishes(said(7, true, &[Modality::Heart]));
    keeper.keep(sensed(170_000_003..170_000_004)).unwrap();
    assert_eq!(kept(), [Some(Gap::SwitchedOff)], "and what waited is gone");
    assert_eq!((heard.take_followed(), heard.take_followed()), (Some(7), None), "told once");
    heard.hear_wishes(said(6, true, &[]));
    keeper.keep(sensed(170_000_004..170_000_005)).unwrap();
    assert_eq!(kept(), [Some(Gap::SwitchedOff); 2]);
    assert_eq!(heard.take_followed(), Some(7), "who asks for less than is followed is told what is");
    heard.hear_wishes(said(8, false, &[]));
    keeper.keep(sensed(170_000_005..170_000_006)).unwrap();
    assert_eq!(kept(), [], "nothing for the collector");
    let own = keeper.own.records(Between::ALL).unwrap();
    assert_eq!(own.last().map(|record| record.window), Some(Window(170_000_005)), "and all for the person");
    drop(keeper);
    let mut keeper = self::keeper(state, &outbox);
    assert_eq!(keeper.heard.take_followed(), Some(8), "said anew with each start");
    keeper.keep(sensed(170_000_006..170_000_007)).unwrap();
    assert_eq!(kept(), [], "over starts");
    keeper.heard.hear_wishes(said(9, true, &[]));
    keeper.keep(sensed(170_000_007..170_000_008)).unwrap();
    assert_eq!(kept(), [None]);
}

#[test]
fn a_withdrawal_under_another_version_than_in_the_persons_file_is_carried_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    consent(state, Purpose::Wellbeing, true);
    let mut keeper = keeper(state, &outbox);
    keeper.keep(sensed(170_000_000..170_000_005)).unwrap();
    // The file is lost: its versions begin anew, below those that were told.
    std::fs::remove_file(state.join("consent.toml")).unwrap();
    consent(state, Purpose::Wellbeing, true);
    let before = ConsentBook::load(state).unwrap();
    consent(state, Purpose::Wellbeing, false);
    let changes = ConsentBook::load(state).unwrap().lacking_in(&before);
    assert_eq!(changes.iter().map(|change| change.version).collect::<Vec<_>>(), [2]);
    keeper.keep(Vec::new()).unwrap();
    assert_eq!(keeper.in_force(&changes), InForce { paused: false, carried_out: true, removed: 5 });
}

#[test]
fn the_baseline_is_erased_from_the_outbox_with_the_last_consent_also_when_it_is_given_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    let mut keeper = keeper(state, &outbox);
    let learnt = || outbox.note(BASELINE_NOTE).unwrap();
    let nothing = Baseline::default().encode();

    Purpose::ALL.into_iter().for_each(|purpose| consent(state, purpose, true));
    keeper.keep(sensed(170_000_000..170_000_050)).unwrap();
    assert_ne!(learnt(), nothing);
    consent(state, Purpose::Wellbeing, false);
    keeper.keep(Vec::new()).unwrap();
    assert_ne!(learnt(), nothing, "the person's own view still learns");
    consent(state, Purpose::OwnView, false);
    consent(state, Purpose::OwnView, true);
    keeper.keep(Vec::new()).unwrap();
    assert_eq!(learnt(), nothing);
}

#[test]
fn the_status_is_written_once_a_second_at_most_and_says_when_the_run_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    let mut keeper = keeper(state, &outbox);
    let uplink = UplinkTotals::default();
    keeper.tell(&uplink, &Standings::default());
    assert!(!Status::load(state).unwrap().expect("it was told at once").ended);
    Status::end(state).unwrap();
    keeper.tell(&uplink, &Standings::default());
    assert_eq!(Status::load(state).unwrap(), None, "too soon");
    keeper.told_millis -= TELL_MILLIS;
    keeper.tell(&uplink, &Standings::default());
    assert!(Status::load(state).unwrap().is_some());
    keeper.end(&uplink);
    assert!(Status::load(state).unwrap().expect("it was told").ended, "however soon");
    let finished = || Place::decode(&outbox.note(Place::NOTE).unwrap()).unwrap().finished;
    consent(state, Purpose::Wellbeing, true);
    keeper.keep(sensed(170_000_000..170_000_001)).unwrap();
    assert!(!finished());
    keeper.finish().unwrap();
    assert!(finished());
}

#[test]
fn where_no_agent_runs_what_was_withdrawn_is_taken_out_and_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let config = Config { state: state.to_owned(), ..Config::default() };
    assert_eq!(carry_out(&config).unwrap(), 0, "nobody is enrolled");
    let enrolment = Enrolment { number: 1, collector: [7; 32], former: None, profile: Profile::Research };
    let (seal, standing) = (SealKey::from_secret([9; 32]), Standing::Enrolled(enrolment));
    Identity { seal, standing, ..Identity::generate("mqtt://127.0.0.1:1") }.save(state).unwrap();
    assert_eq!(carry_out(&config).unwrap(), 0);
    assert!(!state.join(outbox::FOLDER).exists(), "nothing was ever kept, and no outbox is made for it");
    consent(state, Purpose::Wellbeing, true);
    {
        let outbox = outbox(state);
        let mut keeper = keeper(state, &outbox);
        keeper.keep(sensed(170_000_000..170_000_005)).unwrap();
        keeper.end(&UplinkTotals::default());
    }
    consent(state, Purpose::Wellbeing, false);
    assert_eq!(carry_out(&config).unwrap(), 5);
    assert_eq!(carry_out(&config).unwrap(), 0);
    let told = Status::load(state).unwrap().expect("of the run before");
    assert_eq!(told.waiting, 2, "the two changes of consent");
}

#[test]
fn a_consent_that_the_collector_knows_to_be_withdrawn_ends_here_too_unless_it_was_given_later() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    let mut keeper = keeper(state, &outbox);
    consent(state, Purpose::Wellbeing, true);
    let book = || ConsentBook::load(state).unwrap();
    let granted = book().granted_millis(Modality::Heart, Purpose::Wellbeing).unwrap();
    let mut hear = |kept_at| {
        keeper.heard.hear_withdrawn(BTreeMap::from([(Modality::Heart, kept_at)]));
        keeper.keep(Vec::new()).unwrap();
        book().allows(Modality::Heart, Purpose::Wellbeing)
    };
    assert!(hear(granted - 1), "it was given behind what was refused");
    assert!(!hear(granted));
    assert_eq!(waiting(&outbox).0, [(1, true), (2, false)], "it is told at once");
    assert!(!hear(granted + 1));
    assert_eq!(waiting(&outbox).0.len(), 2, "and once");
    assert_eq!(book().granted_millis(Modality::Heart, Purpose::Wellbeing), None);
}

#[test]
fn the_changes_that_the_collector_lacks_are_told_again_once_none_is_on_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    let mut keeper = keeper(state, &outbox);
    [true, false].into_iter().for_each(|granted| consent(state, Purpose::Wellbeing, granted));
    let mut hear = |wants_consent| {
        let (device, epoch, profile) = (DeviceId([1; 16]), outbox.epoch(), Profile::Research);
        let (settled, taken) = (Vec::new(), Vec::new());
        keeper.heard.hear(&Ack { device, epoch, profile, at_millis: 1, settled, taken, wants_consent }, false);
        keeper.keep(Vec::new()).unwrap();
        waiting(&outbox).0
    };
    assert_eq!(hear(None), [(1, true), (2, false)]);
    assert_eq!(hear(Some(1)), [(1, true), (2, false)], "they are on their way");
    let items = outbox.peek(&std::collections::BTreeSet::new(), 10, 1 << 20, 0).unwrap();
    let stored = items.iter().map(|item| (item.seq, Answer::Stored, Digest::of_item(item.seq, &item.bytes)));
    outbox.acknowledge(&Run::of(stored)).unwrap();
    assert_eq!(hear(None), []);
    assert_eq!(hear(Some(2)), [(2, false)]);
}

fn says(vibe: u8) -> crate::check_in::Answer {
    crate::check_in::Answer::new(Some(vibe), None, None).unwrap()
}

/// The strictest there is, on the device and at the collector.
fn strict_keeper(state: &std::path::Path, outbox: &Arc<Outbox>) -> Keeper {
    let config = Config { state: state.to_owned(), profile: Profile::Eu, ..Config::default() };
    let enrolment = Enrolment { number: 1, collector: [0; 32], former: None, profile: Profile::Eu };
    let heard = Arc::new(Heard::load(state, &enrolment));
    let control = Arc::new(Control::of(state));
    Keeper::open(&config, DeviceId([1; 16]), outbox.clone(), None, Clock::start(), heard, control).unwrap()
}

#[test]
fn a_check_in_passes_the_gate_whole_under_eu_and_is_no_window_that_was_sensed() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    ConsentBook::change(state, |book| book.set(Modality::CheckIn, Purpose::Wellbeing, true, Timestamp::now())).unwrap();
    let mut keeper = strict_keeper(state, &outbox);
    assert_eq!(last_check_in(&outbox), None);
    keeper.check_in(says(4)).unwrap();
    keeper.check_in(says(5)).unwrap();
    let (_, records) = waiting(&outbox);
    let said: Vec<_> =
        records.iter().map(|record| crate::check_in::Answer::of(record).map(crate::check_in::Answer::words)).collect();
    assert_eq!(
        said,
        [Some("4 of 6, rather good".to_owned()), Some("5 of 6, good".to_owned())],
        "two in one window are two"
    );
    assert!(records.iter().all(|record| record.withheld.is_empty() && record.consent == 1));
    assert!(last_check_in(&outbox).is_some_and(|at| (at - Timestamp::now().as_millisecond()).abs() < 60_000));
    assert!(keeper.status.modalities.is_empty());
}

#[test]
fn without_consent_or_while_paused_no_check_in_is_kept_and_it_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    let mut keeper = strict_keeper(state, &outbox);
    let why = |keeper: &mut Keeper| keeper.check_in(says(2)).unwrap_err().to_string();
    assert!(why(&mut keeper).contains("consent grant --modality check-in"));
    let decide = |granted| {
        let set = |book: &mut ConsentBook| book.set(Modality::CheckIn, Purpose::Wellbeing, granted, Timestamp::now());
        ConsentBook::change(state, set).unwrap();
    };
    decide(true);
    control::pause(state, Timestamp::now()).unwrap();
    assert!(why(&mut keeper).contains("attune-agent resume"));
    control::resume(state).unwrap();
    assert_eq!((waiting(&outbox).1.len(), last_check_in(&outbox)), (0, None));
    keeper.check_in(says(2)).unwrap();
    assert_eq!(waiting(&outbox).1.len(), 1);
    decide(false);
    assert!(why(&mut keeper).contains("not agreed"));
    assert_eq!((waiting(&outbox).1.len(), last_check_in(&outbox)), (0, None), "what waited went with the consent");
}

#[test]
fn when_one_checked_in_is_forgotten_with_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path();
    let outbox = outbox(state);
    ConsentBook::change(state, |book| book.set(Modality::CheckIn, Purpose::Wellbeing, true, Timestamp::now())).unwrap();
    let mut keeper = strict_keeper(state, &outbox);
    keeper.check_in(says(6)).unwrap();
    let now = Timestamp::now().as_millisecond();
    keeper.forget(Between { from: 0, until: now - 3_600_000 }).unwrap();
    assert!(last_check_in(&outbox).is_some());
    keeper.forget(Between { from: now - 3_600_000, until: now + 60_000 }).unwrap();
    assert_eq!((waiting(&outbox).1.len(), last_check_in(&outbox)), (0, None));
}

/// What was read of a message, kept as the profile of the keeper lets it.
fn written(goes: Goes) -> Vec<Written> {
    let mut features = Features::new(Modality::Text);
    features.set(text::MESSAGES, 1.0);
    features.set(text::STRESS, 0.5);
    let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
    let window = Window::containing(Timestamp::now().as_millisecond());
    vec![Written { record: Record::new(window, 1.0, coverage, features), goes, withdrawals: 0 }]
}

fn own_of(keeper: &Keeper) -> usize {
    keeper.own().records(Between::ALL).unwrap().iter().filter(|record| record.modality() == Modality::Text).count()
}

fn agree_to_text(state: &std::path::Path, purposes: &[Purpose]) {
    ConsentBook::change(state, |book| {
        purposes.iter().for_each(|one| book.set(Modality::Text, *one, true, Timestamp::now()))
    })
    .unwrap();
}

#[test]
fn what_was_read_of_messages_leaves_no_trace_off_the_device_under_eu_and_leaves_as_numbers_under_research() {
    let folder = tempfile::tempdir().unwrap();
    let (strict, open) = (folder.path().join("eu"), folder.path().join("research"));
    for state in [&strict, &open] {
        agree_to_text(state, &Purpose::ALL);
    }
    let at_home = outbox(&strict);
    let mut keeper_of_eu = strict_keeper(&strict, &at_home);
    keeper_of_eu.written(written(Goes::Further)).unwrap();
    let told = Purpose::ALL.len() as u64;
    assert_eq!((at_home.totals().items, own_of(&keeper_of_eu)), (told, 1), "not even that something was written");
    let leaving = outbox(&open);
    let mut keeper = keeper(&open, &leaving);
    keeper.written(written(Goes::Further)).unwrap();
    let (_, records) = waiting(&leaving);
    assert_eq!((records.len(), own_of(&keeper)), (1, 1));
    assert!(records[0].withheld.is_empty() && records[0].features.get(text::STRESS).is_some());
}

#[test]
fn what_was_read_for_ones_own_view_alone_is_kept_for_oneself_alone_whatever_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = outbox(folder.path());
    agree_to_text(folder.path(), &[Purpose::OwnView]);
    let mut keeper = keeper(folder.path(), &outbox);
    keeper.written(written(Goes::Own)).unwrap();
    assert_eq!((waiting(&outbox).1.len(), own_of(&keeper)), (0, 1));
    // Nobody calls what was not agreed to agreed.
    keeper.written(written(Goes::Further)).unwrap();
    assert!(waiting(&outbox).1.iter().all(|record| record.features.is_empty()));
    assert_eq!(own_of(&keeper), 1);
}
