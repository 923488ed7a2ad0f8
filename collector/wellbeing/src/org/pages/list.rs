use attune_ground::http::{Problem, Query};
use attune_pages::Markup;
use attune_pages::chart::{Chart, MOST_SERIES};
use attune_pages::figure::Figure;
use attune_pages::form::Form;
use attune_pages::part::Tabs;
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, percent};
use attune_people::rights::{Asker, Scope};
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::asked::{Asked, ListQuery};
use super::super::barred::Barred;
use super::super::told::{OfTeam, is_too_wide, of_teams, said};
use super::super::views::{self, View};
use super::super::whose::{self, Cut};
use super::super::words::words;
use super::parts;
use super::views::keeper;
use crate::state::Wellbeing;
use crate::team::{ORGANISATION, Why};

/// Teams of a page: three charts of four.
const PAGE: usize = 3 * MOST_SERIES;

/// What the page is made of.
struct Page<'a> {
    asked: Asked,
    barred: &'a Barred,
    times: &'a Calendar,
    /// How many people a figure is of at least.
    least_people: u32,
    /// How many teams there are, on all pages.
    all: usize,
    /// Those of this page.
    teams: &'a [OfTeam],
    /// Where the pages around it begin.
    around: (Option<String>, Option<String>),
    views: &'a [View],
    csrf: &'a str,
}

/// The teams.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Wellbeing>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let people = state.people();
    let times = people.calendar(None).await?;
    let barred = Barred::of(&state);
    let asked = match Asked::read(query.wanted(), &barred, &times) {
        Ok(asked) => asked,
        Err(problem) => {
            let form = parts::refused("/teams", query.wanted(), (&barred, &times), &problem)?;
            let Opened { frame, .. } = opened(people, &asker, &words().list.title, "", "/teams").await?;
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            return Ok((status, frame.refused(true).answer(&form)).into_response());
        }
    };
    let all = whose::teams(&state, &asker).await?;
    let Cut { places, before, after } = whose::cut(&all, query.after.as_deref().unwrap_or_default(), PAGE)?;
    // The sentence is about all of them, on whichever page they stand.
    let told = of_teams(&state, all, &asked).await?;
    let kept = views::of(&state, &asker).await?;
    let finding = finding(&asked, &barred, &times, &told);
    let Opened { frame, csrf, .. } = opened(people, &asker, &words().list.title, &finding, "/teams").await?;
    if told.is_empty() {
        let texts = &words().list;
        let what = if asker.scope() == Scope::All { texts.empty.clone() } else { texts.empty_own.clone() };
        return Ok(frame.answer(&Shown::Empty { what, step: None }));
    }
    let page = Page {
        asked,
        barred: &barred,
        times: &times,
        least_people: state.settings().least_people,
        all: told.len(),
        teams: told.get(places).unwrap_or_default(),
        around: (before, after),
        views: &kept,
        csrf: &csrf,
    };
    Ok(frame.answer(&page.body()))
}

/// All teams in a sentence.
fn finding(asked: &Asked, barred: &Barred, times: &Calendar, told: &[OfTeam]) -> String {
    let texts = &words().list;
    let measure = asked.measure.title;
    if told.is_empty() {
        return String::new();
    }
    if barred.rule(asked.measure).is_some() {
        return texts.barred.with("measure", measure);
    }
    let teams: Vec<&OfTeam> = told.iter().filter(|of| of.team.id != ORGANISATION).collect();
    let range = asked.measure.range;
    let known = teams.iter().filter(|of| of.now.as_ref().is_ok_and(|mean| !is_too_wide(mean.between, range))).count();
    let said = match known {
        0 => texts.none_known.clone(),
        known if known == teams.len() => texts.all_known.clone(),
        known => {
            let without = (teams.len() - known).to_string();
            texts.some_known.fill(&[("known", &known.to_string()), ("withheld", &without)])
        }
    };
    let period = parts::period(times, asked.weeks);
    let teams = texts.teams.of(teams.len() as u64);
    let finding = texts.finding.fill(&[("measure", measure), ("teams", &teams), ("period", &period), ("known", &said)]);
    let changed = changed(asked, told);
    [finding, changed, times.says()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Which teams differ clearly from the time before, by name, in a sentence; empty where none does.
fn changed(asked: &Asked, told: &[OfTeam]) -> String {
    let (texts, measure) = (&words().list, asked.measure);
    let of = |of: &OfTeam| {
        let change = of.change().filter(|change| change.is_sure && !parts::is_written_as_none(measure, *change))?;
        let phrase = if change.by > 0.0 { &texts.changed_more } else { &texts.changed_less };
        Some(phrase.fill(&[("team", &of.team.name), ("by", &parts::written(measure, change.by.abs()))]))
    };
    let all: Vec<String> = told.iter().filter_map(of).collect();
    if all.is_empty() { String::new() } else { texts.changed.with("what", &all.join(", ")) }
}

impl Page<'_> {
    fn body(&self) -> Markup {
        let mut body = self.kept().with(&parts::chooser("/teams", &self.asked, self.barred));
        if let Some(rule) = self.barred.rule(self.asked.measure) {
            return body
                .with(&Shown::Withheld { rule: said(self.asked.measure, Why::Policy(rule)) })
                .with(&parts::how(self.asked.measure, self.least_people));
        }
        body = body.with(&Figure::row(&self.figures()));
        for (place, teams) in self.teams.chunks(MOST_SERIES).enumerate() {
            body = body.with(&self.chart(place, teams).html());
        }
        body.with(&self.table()).with(&self.keep()).with(&parts::how(self.asked.measure, self.least_people))
    }

    /// The views that are kept, each a link.
    fn kept(&self) -> Markup {
        if self.views.is_empty() {
            return Markup::none();
        }
        let here = self.asked.query();
        let tabs = self.views.iter().fold(Tabs::new(words().views.title.as_str()), |tabs, view| {
            tabs.tab(view.name.as_str(), format!("/teams?{}", view.asked), view.asked == here)
        });
        Markup::of(&tabs.tab(words().views.all.as_str(), "/teams/views", false))
    }

    fn figures(&self) -> Vec<Figure> {
        let (measure, period) = (self.asked.measure, parts::period(self.times, self.asked.weeks));
        let figure = |of: &OfTeam| {
            let reading = parts::reading_of(measure, of, &self.asked, self.times);
            Figure::new(of.team.name.as_str(), period.as_str(), reading).definition("/teams/measures")
        };
        self.teams.iter().map(figure).collect()
    }

    /// Small multiples: a row for each team, all on the scale of the measure.
    fn chart(&self, place: usize, teams: &[OfTeam]) -> Chart {
        let (texts, measure) = (&words().list, self.asked.measure);
        let (least, most) = parts::ends(measure);
        let names = texts.teams.of(teams.iter().filter(|of| of.team.id != ORGANISATION).count() as u64);
        let says = texts.chart_says.fill(&[("teams", &names), ("least", &least), ("most", &most)]);
        let title = texts.chart.with("measure", measure.title);
        let id = format!("teams-{}", place + 1);
        let chart = Chart::strip(&id, title, self.times.clone(), self.asked.weeks.span(self.times))
            .scale(measure.range, parts::decimals(measure))
            .finding(says);
        teams.iter().fold(chart, |chart, of| {
            chart.series(of.team.name.as_str(), parts::buckets(measure, &of.weeks, self.times))
        })
    }

    fn table(&self) -> Table {
        let (texts, measure) = (&words().list, self.asked.measure);
        let columns = vec![
            Column::new(texts.team.as_str()),
            Column::number(texts.value.as_str()),
            Column::number(texts.between.as_str()),
            Column::number(texts.people.as_str()),
            Column::new(texts.change.as_str()),
            Column::number(texts.seen.as_str()),
            Column::new(texts.why.as_str()),
        ];
        let query = self.asked.query();
        let at = |cursor: &String| match cursor.as_str() {
            "" => format!("/teams?{query}"),
            cursor => format!("/teams?{query}&after={cursor}"),
        };
        let before = self.asked.weeks.before().map(|weeks| parts::period(self.times, weeks)).unwrap_or_default();
        // A file has a row for each week of every team, on whichever page it stands.
        let rows = self.all as u64 * self.asked.weeks.count().unsigned_abs();
        let without = self.teams.iter().flat_map(|of| &of.weeks).filter(|week| week.told.is_err()).count() as u64;
        let left_out = if without == 0 { String::new() } else { texts.left_out.of(without) };
        let table = Table::new(texts.table.with("measure", measure.title), columns)
            .note(texts.note.with("before", &before))
            .pages(self.around.0.as_ref().map(at), self.around.1.as_ref().map(at))
            .export(format!("/api/v1/teams/figures.csv?{query}"), rows, &left_out)
            .export_as(format!("/api/v1/teams/figures.parquet?{query}"), "Parquet");
        self.teams.iter().fold(table, |table, of| {
            let none = |why: String| {
                let mut cells: Vec<Cell> = (0..5).map(|_| Cell::none()).collect();
                cells.push(Cell::text(why));
                cells
            };
            let cells = match &of.now {
                Ok(mean) if is_too_wide(mean.between, measure.range) => {
                    none(parts::too_uncertain(measure, mean.between))
                }
                Ok(mean) => {
                    let (low, high) =
                        (parts::written(measure, mean.between.0), parts::written(measure, mean.between.1));
                    vec![
                        Cell::value(mean.value, parts::decimals(measure)),
                        Cell::text(words().figure.between.fill(&[("low", &low), ("high", &high)])),
                        Cell::text(parts::people(mean.people)),
                        Cell::text(parts::changed(measure, of.change())),
                        mean.coverage.map_or_else(Cell::none, |share| Cell::text(percent(share))),
                        Cell::none(),
                    ]
                }
                Err(why) => none(parts::why(measure, *why)),
            };
            let cells = [vec![Cell::text(of.team.name.as_str())], cells].concat();
            table.row(Row::new(cells).to(format!("/teams/{}?{query}", of.team.id)))
        })
    }

    fn keep(&self) -> Form {
        keeper(self.csrf, &self.asked)
    }
}

#[cfg(test)]
mod tests {
    use attune_ground::measures::Measure;
    use attune_pages::testing::{everything_labelled, nothing_inline};
    use attune_people::teams::{Team, TeamId};
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::super::super::asked::Weeks;
    use super::super::super::told::{Week, mean};
    use super::*;
    use crate::team::TeamFigure;

    const HOSTILE: &str = "</td><img src=x onerror=alert(1)>\"'&";

    fn of(number: u8, weeks: Vec<Week>) -> OfTeam {
        let team = Team { id: TeamId([number; 16]), name: format!("{HOSTILE}{number}"), made_at: 0, closed_at: None };
        OfTeam { team, now: mean(&weeks), before: mean(&[]), weeks }
    }

    fn figure(value: f64) -> TeamFigure {
        TeamFigure { value, between: (value - 0.05, value + 0.05), people: 12, coverage: Some(0.6), noise: None }
    }

    fn body(barred: &[&str], measure: &str) -> String {
        let times = Calendar::new(TimeZone::UTC, 1_773_230_400_000); // 11 March 2026
        let weeks = Weeks { first: date(2026, 2, 23), last: date(2026, 3, 2) };
        let asked = Asked { measure: Measure::of_name(measure).expect("a measure"), weeks, is_last: true };
        let week = |monday, told| Week { monday, told };
        let known = of(1, vec![week(weeks.first, Ok(figure(0.4))), week(weeks.last, Err(Why::TooFew))]);
        let withheld = of(2, vec![week(weeks.first, Err(Why::TooFew)), week(weeks.last, Err(Why::TooFew))]);
        let views = [View { id: [1; 16], name: HOSTILE.into(), asked: asked.query(), made_at: 0 }];
        let page = Page {
            asked,
            barred: &Barred::these(barred),
            times: &times,
            least_people: 10,
            all: 2,
            teams: &[known, withheld],
            around: (None, None),
            views: &views,
            csrf: "token",
        };
        page.body().into_string()
    }

    #[test]
    fn a_figure_and_one_that_is_withheld_look_different_and_each_says_what_it_is() {
        let html = body(&[], "stress_load");
        assert!(html.contains("figure known") && html.contains("figure withheld"), "{html}");
        assert!(html.contains("<b>0.40</b>") && html.contains("between 0.35 and 0.45"), "{html}");
        assert!(html.contains("of 12 people or more") && html.contains("60\u{a0}%"), "{html}");
        let why = Why::TooFew.words();
        let places = html.to_lowercase().matches(&why.to_lowercase()).count();
        assert!(places >= 3, "figure, chart and table: {html}");
        assert!(html.contains("/api/v1/teams/figures.csv?measure=stress_load&#38;weeks=2"), "{html}");
        assert!(html.contains("Save 4 rows as a file"), "{html}");
    }

    #[test]
    fn what_leaves_most_of_the_scale_open_is_told_nowhere_as_a_figure() {
        let times = Calendar::new(TimeZone::UTC, 1_773_230_400_000); // 11 March 2026
        let weeks = Weeks { first: date(2026, 3, 2), last: date(2026, 3, 2) };
        let asked = Asked { measure: Measure::of_name("stress_load").expect("a measure"), weeks, is_last: true };
        let wide = TeamFigure { between: (0.1, 0.9), ..figure(0.52) };
        let teams = [of(1, vec![Week { monday: weeks.first, told: Ok(wide) }])];
        let barred = Barred::these(&[]);
        let page = Page {
            asked,
            barred: &barred,
            times: &times,
            least_people: 10,
            all: 1,
            teams: &teams,
            around: (None, None),
            views: &[],
            csrf: "token",
        };
        let html = page.body().into_string();
        assert!(html.contains("figure uncertain") && html.contains("too uncertain, between 0.10 and 0.90"), "{html}");
        assert!(!html.contains(">0.52"), "{html}");
        let said = finding(&asked, &barred, &times, &teams);
        assert!(said.contains("None has a figure"), "{said}");
    }

    #[test]
    fn the_sentence_names_the_teams_that_differ_clearly_from_the_time_before_and_no_others() {
        let times = Calendar::new(TimeZone::UTC, 1_773_230_400_000); // 11 March 2026
        let weeks = Weeks { first: date(2026, 3, 2), last: date(2026, 3, 2) };
        let asked = Asked { measure: Measure::of_name("stress_load").expect("a measure"), weeks, is_last: true };
        let week = |value| vec![Week { monday: weeks.first, told: Ok(figure(value)) }];
        let changed = OfTeam { before: mean(&week(0.3)), ..of(1, week(0.6)) };
        let unchanged = OfTeam { before: mean(&week(0.58)), ..of(2, week(0.6)) };
        let teams = [changed, unchanged];
        let said = finding(&asked, &Barred::these(&[]), &times, &teams);
        assert!(said.contains(&format!("Clearly different from the time before: {HOSTILE}1 0.30 more.")), "{said}");
    }

    #[test]
    fn the_sentence_counts_the_teams_of_all_pages_and_all_of_them_as_one_is_none() {
        let times = Calendar::new(TimeZone::UTC, 1_773_230_400_000); // 11 March 2026
        let weeks = Weeks { first: date(2026, 3, 2), last: date(2026, 3, 2) };
        let asked = Asked { measure: Measure::of_name("stress_load").expect("a measure"), weeks, is_last: true };
        let week = |told| vec![Week { monday: weeks.first, told }];
        let mut teams: Vec<OfTeam> = (0..=PAGE as u8).map(|number| of(number, week(Ok(figure(0.4))))).collect();
        assert_eq!(teams[0].team.id, ORGANISATION);
        teams.push(of(99, week(Err(Why::TooFew))));
        let said = finding(&asked, &Barred::these(&[]), &times, &teams);
        assert!(said.contains("of 13 teams") && said.contains("12 with a figure, 1 without;"), "{said}");
    }

    #[test]
    fn hostile_names_of_teams_and_views_stay_text_and_every_control_has_a_label() {
        let html = body(&[], "stress_load");
        assert!(!html.contains("<img"), "{html}");
        nothing_inline(&html);
        everything_labelled(&html);
    }

    #[test]
    fn what_the_profile_keeps_back_shows_its_rule_and_no_figure() {
        let html = body(&["stress_load"], "stress_load");
        assert!(html.contains("state withheld") && html.contains("rule EU-"), "{html}");
        assert!(!html.contains("figure known") && !html.contains("0.40") && !html.contains("figures.csv"), "{html}");
        assert!(body(&["stress_load"], "coverage").contains("figure known"), "what it lets through is shown");
    }
}
