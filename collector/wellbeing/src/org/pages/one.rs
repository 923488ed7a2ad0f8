use attune_ground::http::{Path, Problem, Query};
use attune_pages::Markup;
use attune_pages::chart::Chart;
use attune_pages::figure::{Figure, Reading};
use attune_pages::form::{ButtonLink, Weight};
use attune_pages::part::{Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, decimal, percent};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;

use super::super::asked::{Asked, TeamQuery};
use super::super::barred::Barred;
use super::super::told::{OfTeam, Week, bands, is_too_wide, of_team, said, spread};
use super::super::whose;
use super::super::words::words;
use super::{channels, parts};
use crate::state::Wellbeing;
use crate::team::{Spread, Why};

/// One team.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Wellbeing>,
    Path(id): Path<String>,
    Query(query): Query<TeamQuery>,
) -> Result<Response, Problem> {
    let people = state.people();
    let times = people.calendar(None).await?;
    let barred = Barred::of(&state);
    let team = whose::team(&state, &asker, &id).await?;
    let asked = match Asked::read(query.wanted(), &barred, &times) {
        Ok(asked) => asked,
        Err(problem) => {
            let action = format!("/teams/{}", team.id);
            let form = parts::refused(&action, query.wanted(), (&barred, &times), &problem)?;
            let Opened { frame, .. } = opened(people, &asker, &team.name, "", "/teams").await?;
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            return Ok((status, frame.refused(true).answer(&form)).into_response());
        }
    };
    let of = of_team(&state, team, &asked).await?;
    let finding = finding(&of, &asked, &times);
    let Opened { frame, .. } = opened(people, &asker, &of.team.name, &finding, "/teams").await?;
    let frame = frame.back(format!("/teams?{}", asked.query()), words().list.title.as_str());
    let mut body = Markup::none();
    if let Some(at) = of.team.closed_at {
        let closed = words().team.closed.with("day", &times.day(at));
        body = body.with(&Notice::new(Tone::Plain, closed, ""));
    }
    body = body.with(&parts::chooser(&format!("/teams/{}", of.team.id), &asked, &barred));
    let how = parts::how(asked.measure, state.settings().least_people);
    if let Some(rule) = barred.rule(asked.measure) {
        return Ok(
            frame.answer(&body.with(&Shown::Withheld { rule: said(asked.measure, Why::Policy(rule)) }).with(&how))
        );
    }
    body = body.with(&Figure::row(&figures(&of, &asked, &times))).with(&chart(&of, &asked, &times).html());
    body = body.with(&table(&of, &asked, &times));
    if let Some(spread) = spread(&state, &asked, &of).await? {
        body = body.with(&lie(&asked, &times, &spread));
    }
    let channels = channels::beside_each_other(&state, (of.team.id, &asked, &barred)).await?;
    body = body.with(&channels).with(&how);
    let measures = ButtonLink::new("/teams/measures", words().list.measures.as_str(), Weight::Quiet);
    // A PDF that is made by a subject which is not known here: for HR, and for who leads the team.
    let report = format!("/api/v1/teams/{}/report", of.team.id);
    let report = ButtonLink::new(report, words().team.report.as_str(), Weight::Quiet);
    Ok(frame.answer(&body.with(&measures).with(&report)))
}

/// The page in a sentence.
fn finding(of: &OfTeam, asked: &Asked, times: &Calendar) -> String {
    let (texts, measure, period) = (&words().team, asked.measure, parts::period(times, asked.weeks));
    match &of.now {
        Ok(mean) if is_too_wide(mean.between, measure.range) => {
            let why = words().figure.too_wide.as_str();
            texts.finding_none.fill(&[("measure", measure.title), ("period", &period), ("why", why)])
        }
        Ok(mean) => {
            let [value, low, high] =
                [mean.value, mean.between.0, mean.between.1].map(|value| parts::written(measure, value));
            let change = parts::changed(measure, of.change());
            texts.finding.fill(&[
                ("measure", measure.title),
                ("period", &period),
                ("value", &value),
                ("low", &low),
                ("high", &high),
                ("change", &format!("{change}.")),
            ])
        }
        Err(why) => {
            texts.finding_none.fill(&[("measure", measure.title), ("period", &period), ("why", &said(measure, *why))])
        }
    }
}

fn figures(of: &OfTeam, asked: &Asked, times: &Calendar) -> Vec<Figure> {
    let measure = asked.measure;
    let period = parts::period(times, asked.weeks);
    let now = Figure::new(measure.title, period, parts::reading_of(measure, of, asked, times));
    let earlier = asked.weeks.before().map(|weeks| parts::period(times, weeks)).unwrap_or_default();
    let before: Reading = parts::reading(measure, &of.before, "");
    let before = Figure::new(words().team.before.as_str(), earlier, before);
    vec![now.definition("/teams/measures"), before]
}

fn chart(of: &OfTeam, asked: &Asked, times: &Calendar) -> Chart {
    let (texts, measure) = (&words().team, asked.measure);
    let (least, most) = parts::ends(measure);
    Chart::lines("weeks", texts.chart.with("measure", measure.title), times.clone(), asked.weeks.span(times))
        .scale(measure.range, parts::decimals(measure))
        .finding(texts.chart_says.fill(&[("least", &least), ("most", &most)]))
        .series(measure.title, parts::buckets(measure, &of.weeks, times))
}

fn table(of: &OfTeam, asked: &Asked, times: &Calendar) -> Table {
    let (texts, list, measure) = (&words().team, &words().list, asked.measure);
    let columns = vec![
        Column::new(texts.week.as_str()),
        Column::number(measure.title),
        Column::number(list.between.as_str()),
        Column::number(list.people.as_str()),
        Column::number(list.seen.as_str()),
        Column::new(texts.noise.as_str()),
        Column::new(list.why.as_str()),
    ];
    let without = of.weeks.iter().filter(|week| week.told.is_err()).count() as u64;
    let left_out = if without == 0 { String::new() } else { list.left_out.of(without) };
    let file = format!("/api/v1/teams/{}/figures.csv?{}", of.team.id, asked.query());
    let columnar = format!("/api/v1/teams/{}/figures.parquet?{}", of.team.id, asked.query());
    let table = Table::new(texts.table.as_str(), columns)
        .export(file, of.weeks.len() as u64, &left_out)
        .export_as(columnar, "Parquet");
    of.weeks.iter().rev().fold(table, |table, week| table.row(row(asked, week, times)))
}

/// How people lie over the scale in a week.
fn lie(asked: &Asked, times: &Calendar, (week, spread): &(Date, Spread)) -> Table {
    let (texts, measure) = (&words().team, asked.measure);
    let columns = vec![Column::new(texts.band.as_str()), Column::number(words().list.people.as_str())];
    let table = Table::new(texts.bands.with("week", &parts::day(times, *week)), columns);
    bands(measure, spread).into_iter().fold(table, |table, ((low, high), people)| {
        let (low, high) = (parts::written(measure, low), parts::written(measure, high));
        let people =
            people.map_or_else(|| Cell::text(texts.band_withheld.as_str()), |people| Cell::count(people.into()));
        table.row(Row::new(vec![Cell::text(texts.band_is.fill(&[("low", &low), ("high", &high)])), people]))
    })
}

fn row(asked: &Asked, week: &Week, times: &Calendar) -> Row {
    let (texts, measure) = (&words().team, asked.measure);
    let mut cells = vec![Cell::text(parts::day(times, week.monday))];
    match &week.told {
        Ok(figure) if is_too_wide(figure.between, measure.range) => {
            cells.extend((0..5).map(|_| Cell::none()));
            cells.push(Cell::text(parts::too_uncertain(measure, figure.between)));
        }
        Ok(figure) => {
            let (low, high) = (parts::written(measure, figure.between.0), parts::written(measure, figure.between.1));
            let noise = figure.noise.as_ref().map(|noise| {
                let (epsilon, spent) = (decimal(noise.epsilon, 2), decimal(noise.spent, 2));
                texts.noise_is.fill(&[("epsilon", &epsilon), ("spent", &spent)])
            });
            cells.extend([
                Cell::value(figure.value, parts::decimals(measure)),
                Cell::text(words().figure.between.fill(&[("low", &low), ("high", &high)])),
                Cell::count(figure.people.into()),
                figure.coverage.map_or_else(Cell::none, |share| Cell::text(percent(share))),
                Cell::text(noise.unwrap_or_else(|| texts.no_noise.clone())),
                Cell::none(),
            ]);
        }
        Err(why) => {
            cells.extend((0..5).map(|_| Cell::none()));
            cells.push(Cell::text(parts::why(measure, *why)));
        }
    }
    Row::new(cells)
}
