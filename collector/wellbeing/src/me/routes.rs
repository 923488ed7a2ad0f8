//! Wellbeing over time, for programs: `/api/v1/me/wellbeing`.

use attune_ground::http::{Problem, Query, document};
use attune_ground::measures::{MEASURES, Measure};
use attune_ground::time::rfc3339;
use attune_pages::words::Calendar;
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, State};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::period::{Period, day, seen};
use crate::Wellbeing;
use crate::bucket::{Bucket, Span, day_number};
use crate::figures::advice::{DAYS_BEFORE, Recommendation, advise};
use crate::figures::{Baseline, Figure, Lack};

/// Days that are asked for where nothing is said, and the most days of one page: a hundred pieces.
const DAYS: i64 = 30;
const fn most_days(span: Span) -> i64 {
    match span {
        Span::Hour => 4,
        Span::Day => 100,
        Span::Week => 700,
        Span::Month => 3_000,
    }
}

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Wellbeing: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(wellbeing))
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// Which time is asked for, in which pieces.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct WellbeingQuery {
    /// In pieces of which length: `hour`, `day`, `week` (from Monday) or `month` of one's own calendar; `day` where it is left out.
    pub(super) span: Option<String>,
    /// The first day, `2026-01-31`; the 29th before the last one where it is left out. Pieces that begin on it or later are answered.
    #[param(value_type = Option<String>, format = Date)]
    pub(super) from: Option<String>,
    /// The last day, `2026-01-31`; today where it is left out.
    #[param(value_type = Option<String>, format = Date)]
    pub(super) until: Option<String>,
}

/// One's own wellbeing over time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnWellbeingView {
    /// The length of each piece: `hour`, `day`, `week` or `month`.
    span: &'static str,
    /// The zone whose days they are, as IANA names it: one's own, or else the organisation's.
    time_zone: String,
    /// The first day of this page.
    from: String,
    /// The last day of this page.
    until: String,
    /// Pieces in which there is something, in the order of time; a piece that is not there is a gap.
    pub(super) pieces: Vec<OwnPieceView>,
    /// Give this as `from` for the next page; null where this one reaches the day that was asked for.
    pub(super) next: Option<String>,
    /// What can be tried, by what the two weeks up to the last day tell; on the page that reaches it.
    pub(super) advice: Vec<OwnRecommendationView>,
}

/// A piece of time.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnPieceView {
    /// Its first day, `2026-01-31`; of an hour its first instant, RFC 3339.
    pub(super) begins: String,
    /// For how long a sensor saw something, seconds.
    seen_seconds: i64,
    /// For how long devices were on, seconds.
    expected_seconds: i64,
    /// The share of that in which a sensor saw something; null where no device was on.
    coverage: Option<f64>,
    /// What it tells; measures that nothing tells are left out.
    pub(super) figures: Vec<OwnFigureView>,
}

/// What a piece of time tells of a measure.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnFigureView {
    /// The measure's name.
    pub(super) measure: &'static str,
    /// The weighted mean, in the measure's scale; null where there is a `lack`.
    pub(super) value: Option<f64>,
    /// One standard deviation below it, within the scale.
    low: Option<f64>,
    /// One standard deviation above it, within the scale.
    high: Option<f64>,
    /// Of how many values.
    count: u32,
    /// Why there is no value: `too_little` or `too_uncertain`.
    pub(super) lack: Option<&'static str>,
    /// What is usual for the person; of days alone, and null where fewer than five of the 14 days before tell it.
    pub(super) usual: Option<UsualView>,
}

/// What is usual for a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UsualView {
    /// The median of the days before.
    pub(super) median: f64,
    /// Their median absolute deviation x 1.4826, at least 2 % of the scale.
    spread: f64,
    /// Of how many of the 14 days before.
    days: usize,
    /// How the value stands to it: `clearly_less`, `less`, `usual`, `more` or `clearly_more`; null where there is none.
    pub(super) deviation: Option<&'static str>,
}

/// Something to try.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnRecommendationView {
    /// The measure that caused it.
    pub(super) measure: &'static str,
    /// What was measured.
    measured: String,
    /// What that can be a sign of.
    may_mean: &'static str,
    /// What can be tried.
    try_this: &'static str,
    /// From where that is.
    source: &'static str,
    /// The days that it rests on.
    pub(super) days: Vec<String>,
}

/// One's own wellbeing over time: each measure with how sure it is and how much was seen, what is usual, and what can be tried.
#[utoipa::path(get, path = "/me/wellbeing", tag = "me", operation_id = "my_wellbeing", params(WellbeingQuery),
    responses(
        (status = 200, body = OwnWellbeingView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a parameter is wrong; it is named"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    ))]
pub(super) async fn wellbeing(
    asker: Asker,
    State(state): State<Wellbeing>,
    Query(asked): Query<WellbeingQuery>,
) -> Result<Json<OwnWellbeingView>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let span = span_of(asked.span.as_deref())?;
    let all = period_of((asked.from.as_deref(), asked.until.as_deref()), &times)?;
    let page = Period { last: all.last.min(all.first + most_days(span) - 1), ..all };
    let before = if span == Span::Day { Baseline::DAYS } else { 0 };
    let found = seen(&state, &own, span, page.reaching_back(before)).await?;
    let within = match span {
        Span::Hour => &found[..],
        _ => page.of(&found),
    };
    let is_last = page.last == all.last;
    let advice = match is_last {
        true => {
            let days = seen(&state, &own, Span::Day, Period::up_to(all.last, 1).reaching_back(DAYS_BEFORE)).await?;
            advise(&days, all.last)
        }
        false => Vec::new(),
    };
    Ok(Json(OwnWellbeingView {
        span: span.name(),
        time_zone: times.zone_name().to_owned(),
        from: day(page.first),
        until: day(page.last),
        pieces: within.iter().map(|piece| OwnPieceView::new(span, piece, &found)).collect(),
        next: (!is_last).then(|| day(page.last + 1)),
        advice: advice.into_iter().map(OwnRecommendationView::from).collect(),
    }))
}

/// A length of pieces by its name; days where none is named.
pub(super) fn span_of(name: Option<&str>) -> Result<Span, Problem> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(Span::Day) };
    let found = Span::ALL.into_iter().find(|span| span.name() == name);
    found.ok_or_else(|| Problem::bad_request("span", "span must be hour, day, week or month"))
}

/// The days from one to another, each of which may be left out.
pub(super) fn period_of((from, until): (Option<&str>, Option<&str>), times: &Calendar) -> Result<Period, Problem> {
    let read = |field: &str, text: &str| {
        let read = text.parse::<Date>().map(day_number);
        read.map_err(|_| Problem::bad_request(field, format!("{field} must be a day of the calendar, as 2026-01-31")))
    };
    let last = match until.filter(|text| !text.is_empty()) {
        Some(text) => read("until", text)?,
        None => times.date(times.now).map(day_number).unwrap_or_default(),
    };
    let first = match from.filter(|text| !text.is_empty()) {
        Some(text) => read("from", text)?,
        None => last - DAYS + 1,
    };
    let period = Period { first, last };
    match (first <= last, period.dates()) {
        (true, Some(_)) => Ok(period),
        (true, None) => {
            Err(Problem::bad_request("until", "until must be later: the calendar does not reach back so far"))
        }
        (false, _) => Err(Problem::bad_request("from", "from must be the day of until, or one before it")),
    }
}

impl OwnPieceView {
    fn new(span: Span, (begin, bucket): &(i64, Bucket), days: &[(i64, Bucket)]) -> Self {
        let usual = |measure| if span == Span::Day { Baseline::before(days, *begin, measure) } else { None };
        Self {
            begins: if span == Span::Hour { rfc3339(*begin) } else { day(*begin) },
            seen_seconds: bucket.seen / 1000,
            expected_seconds: bucket.expected / 1000,
            coverage: bucket.coverage(),
            figures: MEASURES
                .iter()
                .filter_map(|measure| OwnFigureView::new(measure, bucket, usual(measure)))
                .collect(),
        }
    }
}

impl OwnFigureView {
    fn new(measure: &'static Measure, bucket: &Bucket, usual: Option<Baseline>) -> Option<Self> {
        let found = Figure::of(bucket, measure);
        if found == Err(Lack::Nothing) {
            return None;
        }
        let figure = found.ok();
        let deviation = |usual: &Baseline| figure.map(|figure| usual.deviation(&figure).name());
        Some(Self {
            measure: measure.name,
            value: figure.map(|figure| figure.value),
            low: figure.map(|figure| figure.between.0),
            high: figure.map(|figure| figure.between.1),
            count: figure.map_or_else(|| bucket.of(measure).map_or(0, |sum| sum.count), |figure| figure.count),
            lack: found.err().map(Lack::name),
            usual: usual.map(|usual| UsualView {
                median: usual.median,
                spread: usual.spread,
                days: usual.days,
                deviation: deviation(&usual),
            }),
        })
    }
}

impl From<Recommendation> for OwnRecommendationView {
    fn from(of: Recommendation) -> Self {
        let Recommendation { measure, measured, may_mean, try_this, source, days } = of;
        Self { measure, measured, may_mean, try_this, source, days: days.into_iter().map(day).collect() }
    }
}
