//! Measures of what people write: what is handed to whoever rolls them up, one observation of each for a message that was read.
//!
//! | measure | from |
//! |---|---|
//! | sentiment | the score where it is pleased, less the score where it is not, 0 where neither is likely enough |
//! | stress | the score where its writer is under stress, less the score where not |
//! | each feeling | the score of the messages that show it, and of no other |
//! | outside of working hours | 1 where it is, else 0 |
//! | pace of replies | minutes after the message that it answers, four hours where it took longer |
//! | by kind of channel | the first three again, of messages of one kind |
//!
//! Sums of hours hold means, of which no median can be made. So a reply that took longer counts with four hours: a night or a holiday between
//! two messages else outweighs all that was answered within minutes.
//!
//! What was not read for its language, or holds no words of its own, was written all the same: it tells when, and how fast, and no more.

use std::ops::Range;

use attune_analysis::text::{Sentiment, TextEmotion, TextScores};
use attune_ground::GroundError;
use attune_ground::measures::{Held, Measure, Observation, Observed, Observing, Source};
use attune_ground::store::Write;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use crate::consent::BOOK;
use crate::error::MessagesError;
use crate::incoming::ChannelKind;
use crate::sealed::Scores;

/// What is seen of people here.
pub(crate) const SOURCE: Source = Source { name: "messages", observe, held, book: Some(BOOK) };

/// Numbers of the measures.
const SENTIMENT: u16 = 18;
const STRESS: u16 = 19;
const EMOTIONS: [TextEmotion; 6] = [
    TextEmotion::Sadness,
    TextEmotion::Joy,
    TextEmotion::Love,
    TextEmotion::Anger,
    TextEmotion::Fear,
    TextEmotion::Surprise,
];
const FIRST_EMOTION: u16 = 20;
const OUTSIDE: u16 = 26;
const REPLY: u16 = 27;
/// Of each kind of channel as many as follow: sentiment, stress, each feeling.
const FIRST_OF_KINDS: u16 = 28;
const OF_A_KIND: u16 = 2 + EMOTIONS.len() as u16;
/// As what a reply counts that took longer, minutes.
const SLOWEST: f64 = 240.0;

type Row = (Vec<u8>, i64, i64, Vec<u8>);

fn observe<'a>(transaction: &'a mut Write, person: PersonId, key: &'a SealKey, range: Range<i64>) -> Observing<'a> {
    Box::pin(async move { observed(transaction, person, key, range).await.map_err(MessagesError::into_ground) })
}

fn held(transaction: &mut Write, person: PersonId) -> Held<'_> {
    Box::pin(hours(transaction, person))
}

async fn observed(
    transaction: &mut Write,
    person: PersonId,
    key: &SealKey,
    range: Range<i64>,
) -> Result<Observed, MessagesError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT messages.id, channels.kind, messages.said_at, messages.scores_sealed FROM messages \
         JOIN channels ON channels.id = messages.channel WHERE messages.person = $1 AND messages.said_at >= $2 \
         AND messages.said_at < $3 AND messages.scores_sealed IS NOT NULL ORDER BY messages.said_at, messages.id",
    )
    .bind(person.0.to_vec())
    .bind(range.start)
    .bind(range.end)
    .fetch_all(&mut ***transaction)
    .await?;
    let mut observations = Vec::new();
    for (id, kind, at, sealed) in rows {
        // One that does not open tells nothing.
        let Some(scores) = Scores::open(key, person, &id, &sealed) else { continue };
        of_message(&scores, ChannelKind::of_number(kind), at, &mut observations);
    }
    observations.sort_by_key(|one| (one.at, one.measure.number));
    Ok(Observed { observations, expected: Vec::new() })
}

/// What one message says.
fn of_message(scores: &Scores, kind: Option<ChannelKind>, at: i64, into: &mut Vec<Observation>) {
    let told = scores.read.as_ref().map_or_else(|_| Vec::new(), told);
    let own = told.iter().map(|(place, value)| (SENTIMENT + place, *value));
    let of_kind = kind.into_iter().flat_map(|kind| {
        let first = FIRST_OF_KINDS + OF_A_KIND * u16::from(kind.number());
        told.iter().map(move |(place, value)| (first + place, *value))
    });
    let outside = (OUTSIDE, if scores.is_outside { 1.0 } else { 0.0 });
    let reply = scores.replied_after.map(|after| (REPLY, (after as f64 / 60_000.0).clamp(0.0, SLOWEST)));
    let all = own.chain(of_kind).chain([outside]).chain(reply);
    into.extend(all.filter_map(|(number, value)| {
        Some(Observation { measure: Measure::of_number(number)?, at, millis: 0, value, variance: 0.0 })
    }));
}

/// Sentiment, stress and the feeling that is shown: the place of each among the measures of a group, and its value.
fn told(read: &TextScores) -> Vec<(u16, f64)> {
    let signed = |is_more: bool, score: f64| if is_more { score } else { -score };
    let sentiment = match read.sentiment.label {
        Sentiment::Neutral => 0.0,
        label => signed(label == Sentiment::Positive, read.sentiment.score),
    };
    let stress = signed(read.stress.label, read.stress.score);
    let mut told = vec![(0, sentiment), (STRESS - SENTIMENT, stress)];
    let shown = EMOTIONS.iter().position(|emotion| *emotion == read.emotion.label);
    let shown = shown.and_then(|place| u16::try_from(place).ok());
    told.extend(shown.map(|place| (FIRST_EMOTION - SENTIMENT + place, read.emotion.score)));
    told
}

/// The hours in which there is something.
async fn hours(transaction: &mut Write, person: PersonId) -> Result<Vec<Range<i64>>, GroundError> {
    const HOUR: i64 = 3_600_000;
    let hours: Vec<(i64,)> = sqlx::query_as(
        "SELECT DISTINCT said_at / 3600000 FROM messages WHERE person = $1 AND scores_sealed IS NOT NULL ORDER BY 1",
    )
    .bind(person.0.to_vec())
    .fetch_all(&mut ***transaction)
    .await?;
    Ok(hours.into_iter().map(|(hour,)| hour * HOUR..(hour + 1) * HOUR).collect())
}

#[cfg(test)]
mod tests {
    use attune_analysis::text::crisis::Level;
    use attune_analysis::text::{Labelled, Unread};

    use super::*;

    fn scores(sentiment: Sentiment, emotion: TextEmotion, stress: bool) -> Scores {
        Scores {
            words: 3,
            read: Ok(TextScores {
                sentiment: Labelled { label: sentiment, score: 0.75 },
                emotion: Labelled { label: emotion, score: 0.5 },
                stress: Labelled { label: stress, score: 0.25 },
            }),
            level: Level::None,
            indicators: Vec::new(),
            is_outside: true,
            replied_after: Some(90_000),
        }
    }

    #[test]
    fn a_message_tells_signed_scores_and_the_feeling_that_it_shows_alone() {
        let read = |scores: &Scores| told(&scores.read.expect("read"));
        let one = read(&scores(Sentiment::Negative, TextEmotion::Anger, true));
        assert_eq!(one, [(0, -0.75), (1, 0.25), (5, 0.5)]);
        let other = read(&scores(Sentiment::Neutral, TextEmotion::None, false));
        assert_eq!(other, [(0, 0.0), (1, -0.25)], "a feeling that is not shown has no value, and 0 is none");
    }

    #[test]
    fn each_value_is_of_a_measure_that_is_made_of_text_and_lies_in_its_range() {
        for kind in ChannelKind::ALL {
            let mut told = Vec::new();
            of_message(&scores(Sentiment::Positive, TextEmotion::Joy, true), Some(kind), 5, &mut told);
            let names: Vec<&str> = told.iter().map(|one| one.measure.name).collect();
            let own = |what: &str| format!("{}_{what}", kind.name());
            for name in
                ["message_sentiment", "message_joy", "reply_minutes", &own("sentiment"), &own("stress"), &own("joy")]
            {
                assert!(names.contains(&name), "{name}: {names:?}");
            }
            assert_eq!(told.len(), 8, "{names:?}");
            for one in told {
                let (least, most) = one.measure.range;
                assert!((least..=most).contains(&one.value) && one.millis == 0, "{}", one.measure.name);
            }
        }
        let mut told = Vec::new();
        let late =
            Scores { replied_after: Some(16 * 3_600_000), ..scores(Sentiment::Neutral, TextEmotion::None, false) };
        of_message(&late, None, 5, &mut told);
        let reply = told.iter().find(|one| one.measure.name == "reply_minutes").map(|one| one.value);
        assert_eq!(reply, Some(240.0), "of the next morning");
        let mut told = Vec::new();
        let unread = Scores { read: Err(Unread::Language), ..scores(Sentiment::Neutral, TextEmotion::None, false) };
        of_message(&unread, Some(ChannelKind::Chat), 5, &mut told);
        let names: Vec<&str> = told.iter().map(|one| one.measure.name).collect();
        assert_eq!(
            names,
            ["message_outside_hours", "reply_minutes"],
            "what nobody could read was written all the same"
        );
    }
}
