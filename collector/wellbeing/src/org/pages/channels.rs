//! Messages of a team by kind of channel, beside each other.

use attune_ground::http::Problem;
use attune_ground::measures::{CHANNELS, Channel, Measure};
use attune_pages::Markup;
use attune_pages::part::{Notice, Tone};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_people::teams::TeamId;

use super::super::asked::Asked;
use super::super::barred::Barred;
use super::super::told::{Around, Mean, around, is_too_wide, mean};
use super::super::words::words;
use super::parts;
use crate::figures::mindpulse::OfMessages;
use crate::state::Wellbeing;
use crate::team::Why;

/// What is told of a kind of channel.
struct OfKind {
    kind: &'static Channel,
    sentiment: Result<Mean, Why>,
    stress: Result<Mean, Why>,
}

/// The kinds of channels of which there is anything, told or withheld; nothing where there is none, or where none may be shown.
///
/// # Errors
/// When the database refuses.
pub(super) async fn beside_each_other(
    state: &Wellbeing,
    (team, asked, barred): (TeamId, &Asked, &Barred),
) -> Result<Markup, Problem> {
    let all = OfMessages::of(None);
    if [all.sentiment, all.stress].iter().any(|measure| barred.rule(measure).is_some()) {
        return Ok(Markup::none());
    }
    let measures = CHANNELS.iter().map(|kind| OfMessages::of(Some(kind))).flat_map(|of| [of.sentiment, of.stress]);
    let measures = measures.chain([all.sentiment]);
    let each: Vec<(TeamId, &'static Measure)> = measures.map(|measure| (team, measure)).collect();
    let known = around(state, &each, asked.weeks).await?;
    let told = |of: Option<&Around>| mean(of.map_or(&[][..], |of| of.weeks.as_slice()));
    let kinds = CHANNELS.iter().zip(known.chunks(2)).map(|(kind, of)| OfKind {
        kind,
        sentiment: told(of.first()),
        stress: told(of.last()),
    });
    let kinds: Vec<OfKind> = kinds.filter(|of| of.sentiment != Err(Why::Nothing)).collect();
    if !kinds.is_empty() {
        return Ok(Markup::of(&table(team, asked, &kinds)));
    }
    // Who writes in one kind only is in no figure of a kind: where all do, none is there, though messages have one.
    let is_written = known.last().is_some_and(|of| mean(&of.weeks).is_ok());
    let texts = &words().channels;
    Ok(match is_written {
        true => Markup::of(&Notice::new(Tone::Plain, texts.table.as_str(), texts.none.as_str())),
        false => Markup::none(),
    })
}

fn table(team: TeamId, asked: &Asked, kinds: &[OfKind]) -> Table {
    let (texts, list) = (&words().channels, &words().list);
    let columns = vec![
        Column::new(texts.kind.as_str()),
        Column::number(list.people.as_str()),
        Column::number(texts.sentiment.as_str()),
        Column::number(texts.stress.as_str()),
        Column::new(list.why.as_str()),
    ];
    kinds.iter().fold(Table::new(texts.table.as_str(), columns).note(texts.note.as_str()), |table, of| {
        let measures = OfMessages::of(Some(of.kind));
        let people = of.sentiment.as_ref().map_or_else(|_| Cell::none(), |mean| Cell::text(parts::people(mean.people)));
        let why = of.sentiment.as_ref().err().or(of.stress.as_ref().err());
        let cells = vec![
            Cell::text(of.kind.title),
            people,
            value(measures.sentiment, &of.sentiment),
            value(measures.stress, &of.stress),
            why.map_or_else(Cell::none, |why| Cell::text(parts::why(measures.sentiment, *why))),
        ];
        let asked = Asked { measure: measures.sentiment, ..*asked };
        table.row(Row::new(cells).to(format!("/teams/{team}?{}", asked.query())))
    })
}

/// A value and between what it lies.
fn value(measure: &Measure, told: &Result<Mean, Why>) -> Cell {
    match told {
        Ok(mean) if is_too_wide(mean.between, measure.range) => Cell::text(parts::too_uncertain(measure, mean.between)),
        Ok(mean) => {
            let [value, low, high] =
                [mean.value, mean.between.0, mean.between.1].map(|value| parts::written(measure, value));
            Cell::text(words().channels.value.fill(&[("value", &value), ("low", &low), ("high", &high)]))
        }
        Err(_) => Cell::none(),
    }
}

#[cfg(test)]
mod tests {
    use attune_pages::words::Calendar;
    use attune_protocol::policy::Profile;
    use jiff::tz::TimeZone;

    use super::super::super::asked::Wanted;
    use super::super::super::testing::Here;
    use super::*;

    async fn of_harbour(here: &Here) -> String {
        let barred = Barred::of(&here.state);
        let times = Calendar::new(TimeZone::UTC, attune_ground::time::now_millis());
        let asked = Asked::read(Wanted::default(), &barred, &times).expect("reads");
        let made = beside_each_other(&here.state, (here.harbour, &asked, &barred)).await;
        made.unwrap_or_else(|problem| panic!("{problem:?}")).into_string()
    }

    #[tokio::test]
    async fn kinds_of_channels_with_something_stand_beside_each_other_and_the_others_nowhere_on_each_database() {
        for here in Here::each(Profile::Research).await {
            assert_eq!(of_harbour(&here).await, "", "nobody writes");
            here.figure(here.harbour, "message_sentiment", here.last, 0.4).await;
            let why = "who writes in one kind only is in the figures of all messages alone";
            assert!(of_harbour(&here).await.contains(why), "it is said why no kind stands there");
            here.figure(here.harbour, "slack_sentiment", here.last, 0.42).await;
            here.figure(here.harbour, "slack_stress", here.last, -0.3).await;
            here.withhold(here.harbour, "email_sentiment", here.last).await;
            let html = of_harbour(&here).await;
            assert!(html.contains("Slack") && html.contains("0.42") && html.contains("0.30"), "{html}");
            let withheld = parts::why(Measure::of_name("email_sentiment").expect("a measure"), Why::TooFew);
            assert!(html.contains("Mail") && html.contains(&withheld), "{html}");
            assert!(
                html.contains("who wrote in one kind only is in none of them"),
                "and why there may be too few: {html}"
            );
            assert!(html.contains("measure=slack_sentiment"), "{html}");
            assert!(!html.contains("Jira") && !html.contains("Discord"), "{html}");
        }
    }

    #[tokio::test]
    async fn where_messages_may_not_be_shown_no_kind_of_channel_is_on_each_database() {
        for here in Here::each(Profile::Eu).await {
            here.figure(here.harbour, "slack_sentiment", here.last, 0.42).await;
            assert_eq!(of_harbour(&here).await, "");
        }
    }
}
