//! Figures of what people write: by kind of channel, by emotion, and of who agrees.

use attune_ground::keys::PersonKeys;
use attune_ground::measures::{Agreed, Agreeing, Book, CHANNELS, Channel};
use attune_protocol::policy::Data;
use sqlx::AnyConnection;

use super::*;
use crate::figures::mindpulse::OfMessages;

fn kind(name: &str) -> &'static Channel {
    CHANNELS.iter().find(|kind| kind.name == name).expect("a kind")
}

/// A day on which somebody wrote so many messages in channels of these kinds, all as positive.
fn day(wrote: &[(&str, u32)], sentiment: f64) -> Bucket {
    let mut bucket = Bucket::default();
    for (name, count) in wrote {
        for of in [OfMessages::of(None), OfMessages::of(Some(kind(name)))] {
            let sum = bucket.sums.entry(of.sentiment.number).or_default();
            (0..*count).for_each(|_| sum.add(sentiment, 1.0, 0.0));
        }
    }
    bucket
}

/// What is told of all messages and of those in one kind of channel, of a team of these people.
fn told(people: &[Vec<(i64, Bucket)>]) -> [bool; 2] {
    let week = day_number(MONDAY);
    let group = Group { team: TEAM, people: (0..people.len() as u64).collect(), left: None };
    [None, Some(kind("slack"))].map(|kind| {
        let measure = OfMessages::of(kind).sentiment;
        let of = (0..).zip(people).filter_map(|(person, days)| {
            Some((person, contributor(Rules::all(10, None), (measure, week), (person, days))?))
        });
        let of: BTreeMap<u64, Contributor> = of.collect();
        let made = make(Rules::all(10, None), (measure, week), &of, std::slice::from_ref(&group), &[], &mut || 0.5);
        made[0].windows[0].is_ok()
    })
}

#[test]
fn a_kind_of_channel_is_told_of_who_writes_elsewhere_too_and_never_so_that_it_tells_of_the_few_who_do() {
    let week = day_number(MONDAY);
    let sentiment = |person: usize| 0.1 + person as f64 / 50.0;
    let writes = |wrote: &'static [(&'static str, u32)]| {
        move |person: usize| -> Vec<(i64, Bucket)> {
            (week..week + 5).map(|at| (at, day(wrote, sentiment(person)))).collect()
        }
    };
    let (slack, both) = (writes(&[("slack", 4)]), writes(&[("slack", 4), ("email", 2)]));
    // All but one write in one kind only: all messages less that kind would be that one's mail.
    let one_elsewhere: Vec<_> = (0..14).map(|person| if person == 0 { both(person) } else { slack(person) }).collect();
    assert_eq!(told(&one_elsewhere), [true, false]);
    let all_elsewhere: Vec<_> = (0..14).map(&both).collect();
    assert_eq!(told(&all_elsewhere), [true, true]);
    // Each Slack message of a day has one mail beside it, but of one: twice all messages less both kinds would be that one's alone.
    let even = writes(&[("slack", 1), ("email", 1)]);
    let uneven = writes(&[("slack", 1), ("email", 2)]);
    let mut all_even: Vec<_> = (0..14).map(&even).collect();
    all_even[0] = uneven(0);
    assert_eq!(told(&all_even), [true, true], "a kind of each day is left out, so that it is of nobody");
    let some_elsewhere: Vec<_> = (0..24).map(|person| if person < 12 { both(person) } else { slack(person) }).collect();
    assert_eq!(told(&some_elsewhere), [true, true], "of the twelve");
}

#[test]
fn of_each_day_one_kind_of_channel_counts_for_no_kind_and_all_messages_count_all() {
    let (week, slack) = (day_number(MONDAY), OfMessages::of(Some(kind("slack"))).sentiment);
    let jira = OfMessages::of(Some(kind("jira"))).sentiment;
    let alone = [(week, day(&[("slack", 3)], 0.9))];
    assert_eq!(seen_of(slack, &alone), None, "where it is the only one, it is that one");
    let both: Vec<(i64, Bucket)> = (week..week + 4).map(|at| (at, day(&[("slack", 3), ("jira", 1)], 0.3))).collect();
    for tag in [0, 1, u64::MAX] {
        let of = |measure| contributor(Rules::all(10, None), (measure, week), (tag, &both)).expect("is seen");
        let counts = |measure| -> Vec<bool> {
            of(measure).parts[1..5].iter().map(|part| part.is_some_and(|part| part.is_new)).collect()
        };
        let (slack, jira) = (counts(slack), counts(jira));
        assert!(slack.iter().zip(&jira).all(|(one, other)| one != other), "{tag}: {slack:?} {jira:?}");
        assert!(slack.contains(&true) && jira.contains(&true), "in turn");
        let all = counts(OfMessages::of(None).sentiment);
        assert_eq!(all, [true; 4]);
    }
    let all = seen_of(OfMessages::of(None).sentiment, &alone).expect("seen");
    assert!(all.parts[1].is_some() && all.coverage.is_none(), "{all:?}");
}

#[test]
fn an_emotion_is_none_of_who_wrote_without_it_and_unknown_of_who_did_not_write() {
    let (week, of) = (day_number(MONDAY), OfMessages::of(None));
    // On Mondays like this one it is not the turn of mail, for who has the number 0.
    let mut joyful = day(&[("slack", 2), ("email", 1)], 0.5);
    joyful.sums.entry(of.emotions[0].number).or_default().add(0.8, 1.0, 0.0);
    let days = [(week, joyful), (week + 1, day(&[("slack", 1)], 0.5)), (week + 2, Bucket::default())];
    let mean = |measure: &Measure, window: usize| {
        seen_of(measure, &days).and_then(|one| one.parts[window]).map(|part| (part.mean, part.is_new))
    };
    assert_eq!(mean(of.emotions[0], 0), Some((0.8, true)), "of the week the mean of the messages that show it");
    assert_eq!([mean(of.emotions[0], 1), mean(of.emotions[0], 2)], [Some((0.8, true)), Some((0.0, true))]);
    assert_eq!(mean(of.emotions[0], 3), Some((0.0, false)), "who does not write counts as on the day before");
    assert_eq!(mean(of.emotions[1], 0), Some((0.0, true)));
    assert_eq!(mean(OfMessages::of(Some(kind("email"))).emotions[0], 0), Some((0.0, true)), "in mail there was none");
    assert_eq!(mean(OfMessages::of(Some(kind("jira"))).emotions[0], 0), None, "nothing was written there");
}

/// Somebody wrote a message at nine in each of two kinds of channels, and agrees to it but for one.
fn wrote<'a>(_: &'a mut Write, person: PersonId, _: &'a SealKey, range: std::ops::Range<i64>) -> Observing<'a> {
    let value = level(person);
    Box::pin(async move {
        let mut observed = Observed::default();
        let nines = (range.start.div_euclid(DAY)..=range.end.div_euclid(DAY)).map(|day| day * DAY + 9 * 3_600_000);
        for at in nines.filter(|at| range.contains(at)) {
            for kind in [None, Some(kind("slack")), Some(kind("email"))] {
                let measure = OfMessages::of(kind).sentiment;
                observed.observations.push(Observation { measure, at, millis: 0, value, variance: 0.0 });
            }
        }
        Ok(observed)
    })
}

/// Who has an even first byte agrees; the others do no more.
fn agreed<'a>(_: &'a mut AnyConnection, _: &'a PersonKeys, person: PersonId) -> Agreeing<'a> {
    let agreed = if person.0[0].is_multiple_of(2) { Agreed::Now } else { Agreed::Until(0) };
    Box::pin(async move { Ok(agreed) })
}

#[tokio::test]
async fn of_what_is_written_those_count_who_agree_by_the_book_of_who_reads_it_on_each_database() {
    let book = Some(Book { of: Data::Text, agreed });
    let written = Source { name: "written", observe: wrote, book, ..SOURCE };
    for Fixture { state, database } in each(Profile::Us, None).await {
        let state = Wellbeing::new(database.store.clone(), state.people().clone(), state.settings(), vec![written]);
        let store = &database.store;
        let team = teams::make(store, "Sales", &By::COMMAND).await.expect("made").expect("is new");
        let monday = day_number(MONDAY);
        let mut agreeing: Vec<PersonId> = Vec::new();
        let mut number = 0;
        while agreeing.len() < 12 {
            let mut transaction = store.begin().await.expect("begins");
            let user = format!("user {number}");
            let person = accounts::person_of(&mut transaction, &database.people, &user).await.expect("made");
            let hours = |day: i64| (person, day * DAY + 9 * 3_600_000..day * DAY + 10 * 3_600_000);
            let touched: Vec<_> = (monday..monday + 5).map(hours).collect();
            touch(&mut transaction, &touched).await.expect("touched");
            transaction.commit().await.expect("commits");
            let period = Period { since: 0, until: None };
            let added = teams::add(store, team, Whom::Member(person), period, &By::COMMAND).await.expect("added");
            assert!(added.is_ok(), "{added:?}");
            agreeing.extend((person.0[0] % 2 == 0).then_some(person));
            number += 1;
        }
        assert_eq!(make_waiting(&state).await.expect("made"), 1);
        let mean = agreeing.iter().map(|person| level(*person)).sum::<f64>() / 12.0;
        for kind in [None, Some(kind("slack"))] {
            let told = week(&state, team, OfMessages::of(kind).sentiment).await;
            let Told::Figure(figure) = told else { panic!("{told:?}") };
            assert!((figure.value - mean).abs() < 0.01 + 1e-6 && figure.people == 10, "{figure:?} {mean}");
            assert_eq!(figure.coverage, None, "how much sensors saw says nothing of it");
        }
        assert_eq!(
            week(&state, team, OfMessages::of(Some(kind("jira"))).sentiment).await,
            Told::Withheld(Why::Nothing)
        );
        assert_eq!(crate::attack::learnt_on(store, 10).await.expect("tried"), 0);
        // Under the same roof with another profile nothing of it is told, by whichever figure was made.
        let barred = each(Profile::Eu, None).await;
        let forbidden_by =
            forbidden(&barred[0].state, OfMessages::of(None).sentiment).expect("no papers are on record");
        assert_eq!(forbidden_by.id, "EU-GDPR-35-88");
    }
}

#[tokio::test]
async fn of_a_few_people_a_kind_of_channel_is_as_little_told_as_all_messages_are_on_each_database() {
    for Fixture { state, database } in each(Profile::Research, None).await {
        write(&state, day_number(MONDAY), gathered(2, 0.0)).await.expect("written");
        for kind in [None, Some(kind("slack"))] {
            for measure in OfMessages::of(kind).all() {
                assert_eq!(week(&state, TEAM, measure).await, Told::Withheld(Why::TooFew), "{}", measure.name);
            }
        }
        let rows = database.count("team_figures").await;
        let alone = MEASURES.iter().filter(|measure| measure.channel().is_none()).count() as i64;
        assert_eq!(rows, alone * 2 * 8, "of kinds of channels in which nobody wrote no row is kept");
    }
}
