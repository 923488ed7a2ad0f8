use attune_ground::http::{AnyQuery, Path, Problem};
use attune_pages::figure::{Figure as Shown, Known, Reading};
use attune_pages::form::{Button, ButtonLink, Choice, Field, Form, TextKind, Weight};
use attune_pages::part::{Facts, Fold, Notice, Tabs, Tone};
use attune_pages::state::State as Stands;
use attune_pages::table::{Cell, Column, Row, Table as Rows};
use attune_pages::words::{HrFiguresWords, decimal};
use attune_pages::{Frame, Markup};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::PLACE;
use super::drawn::charts;
use super::group::{Page, everybody};
use crate::figures::{Board, Definition, Figure, OfGroup, OfMeasure, Span, Subject, Told, View};
use crate::state::Hr;
use crate::{grouped, uploads};

/// Below which address they are.
pub(super) const PATH: &str = "/hr/figures";

/// What is asked for; what is empty is not.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    to: String,
    team: String,
}

fn texts() -> &'static HrFiguresWords {
    &super::texts().figures
}

/// Figures of one subject, by group.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Hr>,
    Path(name): Path<String>,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    state.check_given()?;
    let none = || Problem::not_found("there are no such figures");
    let subject = Subject::ALL.into_iter().find(|subject| subject.name() == name).ok_or_else(none)?;
    let times = state.people().calendar(None).await?;
    let today = uploads::day(times.now).ok_or_else(Problem::abandoned)?;
    let board = grouped::board(&state, today).await?;
    let title = &texts().titles[subject as usize];
    let chosen = board.groups.teams.iter().position(|(id, _)| *id == asked.team);
    let span = match Span::read(subject.grid(), board.newest(subject), today, [&asked.from, &asked.to]) {
        Ok(span) => span,
        Err(problem) => {
            let Opened { frame, .. } = opened(state.people(), &asker, title, &problem.detail, PLACE).await?;
            let mut form = form(subject, &board, &asked);
            form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
            let body = Markup::of(&tabs(subject)).with(&form);
            let page = framed(frame).refused(true).answer(&body);
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            return Ok((status, page).into_response());
        }
    };
    let least = state.settings().least_people;
    let [view, before] = [span, span.before()].map(|span| View::of(&board, subject, span, today, least));
    let page = Page { board: &board, view: &view, least, times: &times, chosen };
    let Opened { frame, .. } = opened(state.people(), &asker, title, &page.finding(), PLACE).await?;
    // What nobody asked for stands there, too: the days that are shown.
    let (from, to) = page.days();
    let shown = Asked { from: from.to_string(), to: to.to_string(), team: asked.team };
    let form = form(subject, &board, &shown);
    let body = Markup::of(&tabs(subject)).with(&form).with(&page.body(subject, &before));
    Ok(framed(frame).answer(&body))
}

fn framed(frame: Frame) -> Frame {
    frame.back(PLACE, texts().back.as_str())
}

fn tabs(subject: Subject) -> Tabs {
    Subject::ALL.into_iter().fold(Tabs::new(texts().tabs_label.as_str()), |tabs, of| {
        tabs.tab(texts().tabs[of as usize].as_str(), format!("{PATH}/{}", of.name()), of == subject)
    })
}

fn form(subject: Subject, board: &Board, asked: &Asked) -> Form {
    let texts = texts();
    let day = |name: &str, label: &str, value: &str| Field::text(name, label, TextKind::Date).value(value);
    let hint = texts.days_hint[subject.grid() as usize].as_str();
    let form = Form::get("choose", format!("{PATH}/{}", subject.name()))
        .field(day("from", &texts.from, &asked.from).hint(hint))
        .field(day("to", &texts.to, &asked.to));
    let form = match board.groups.teams.is_empty() {
        true => form,
        false => {
            let all = Choice::new("", texts.all_groups.as_str());
            let teams = board.groups.teams.iter().map(|(id, name)| Choice::new(id.as_str(), name.as_str()));
            let choices = std::iter::once(all).chain(teams).collect();
            form.field(Field::select("team", texts.team.as_str(), choices).value(&asked.team))
        }
    };
    form.button(Button::quiet(texts.show.as_str()))
}

impl Page<'_> {
    /// Whether no row says anything of this time.
    fn is_empty(&self) -> bool {
        let is_none = |of: &OfMeasure| everybody(of).is_none_or(|group| group.whole == Told::Nothing);
        self.view.measures.iter().all(is_none)
    }

    /// The page in a sentence.
    fn finding(&self) -> String {
        let (texts, period) = (texts(), self.period());
        let told = |of: &&OfMeasure| everybody(of).is_some_and(|group| group.whole != Told::Nothing);
        let Some(of) = self.view.measures.iter().find(told) else { return texts.finding_none.with("period", &period) };
        let measure = of.definition.display_name;
        match everybody(of).map(|group| group.whole) {
            Some(Told::Figure(figure)) => texts.finding.fill(&[
                ("measure", measure),
                ("period", &period),
                ("value", &decimal(figure.value, of.definition.decimals)),
                ("unit", of.definition.unit),
            ]),
            Some(Told::Withheld(why)) => {
                texts.finding_withheld.fill(&[("measure", measure), ("period", &period), ("why", &self.because(why))])
            }
            Some(Told::Nothing) | None => texts.finding_none.with("period", &period),
        }
    }

    fn body(&self, subject: Subject, before: &View) -> Markup {
        let texts = texts();
        let mut body = match self.is_empty() {
            true => {
                let give = ButtonLink::new(PLACE, texts.give.as_str(), Weight::Primary);
                Markup::of(&Stands::Empty { what: texts.empty.clone(), step: Some(give) })
            }
            false => self.figures(before).with(&charts(self)).with(&self.table(subject)),
        };
        if self.board.groups.teams.is_empty() {
            body = body.with(&Notice::new(Tone::Plain, texts.no_teams.as_str(), texts.no_teams_text.as_str()));
        }
        if subject == Subject::Mood {
            let teams = ButtonLink::new("/teams", texts.check_ins_link.as_str(), Weight::Quiet);
            let notice = Notice::new(Tone::Plain, texts.check_ins.as_str(), texts.check_ins_text.as_str());
            body = body.with(&notice.step(teams));
        }
        body.with(&self.how())
    }

    /// What each measure is of everybody, beside each other.
    fn figures(&self, before: &View) -> Markup {
        let period = self.period();
        let figure = |(of, before): (&OfMeasure, &OfMeasure)| {
            let reading = match everybody(of).map(|group| group.whole) {
                Some(Told::Figure(figure)) => Reading::Known(self.known(of.definition, &figure, everybody(before))),
                Some(Told::Withheld(why)) => Reading::Withheld { rule: self.because(why) },
                Some(Told::Nothing) | None => Reading::None { why: texts().nothing.clone() },
            };
            Shown::new(of.definition.display_name, period.as_str(), reading)
        };
        let all: Vec<Shown> = self.view.measures.iter().zip(&before.measures).map(figure).collect();
        Shown::row(&all)
    }

    fn known(&self, of: &Definition, figure: &Figure, before: Option<&OfGroup>) -> Known {
        let written = |value: f64| decimal(value, of.decimals);
        let known = Known::new(written(figure.value), of.unit)
            .level(texts().people.of(u64::from(figure.people)))
            .between(written(figure.between.0), written(figure.between.1));
        let known = match before.and_then(|group| group.whole.figure()) {
            Some(before) => known.change(self.changed(of, figure.value - before.value)),
            None => known,
        };
        match self.view.people {
            Some(all) => known.seen(f64::from(figure.people) / f64::from(all.max(1)), texts().seen_of.as_str()),
            None => known,
        }
    }

    fn changed(&self, of: &Definition, by: f64) -> String {
        let written = decimal(by.abs(), of.decimals);
        let pieces = self.pieces(self.view.span.cells().count());
        let phrase = match written == decimal(0.0, of.decimals) {
            true => &texts().as_before,
            false if by > 0.0 => &texts().more,
            false => &texts().less,
        };
        phrase.fill(&[("by", &written), ("pieces", &pieces)])
    }

    /// Each group with what is told of it over the whole time.
    fn table(&self, subject: Subject) -> Rows {
        let texts = texts();
        let named = |of: &OfMeasure| format!("{} ({})", of.definition.display_name, of.definition.unit);
        let columns = self.view.measures.iter().map(|of| Column::new(named(of)));
        let columns = std::iter::once(Column::new(texts.group.as_str())).chain(columns).collect();
        let title = texts.titles[subject as usize].as_str();
        let caption = texts.caption.fill(&[("title", title), ("period", &self.period())]);
        let (from, to) = self.days();
        let lines = self.view.measures.iter().flat_map(|of| &of.groups).map(|group| group.told() + group.withheld());
        let withheld = self.view.measures.iter().flat_map(|of| &of.groups).any(|group| group.withheld() > 0);
        let left_out = if withheld { texts.left_out.clone() } else { String::new() };
        let file = format!("/api/v1{PATH}/{}.csv?from={from}&to={to}", subject.name());
        let rows = Rows::new(caption, columns)
            .export(file, lines.sum::<usize>() as u64, &left_out)
            .note(texts.note.with("least", &self.least.to_string()));
        let groups = self.view.measures.first().map_or(0, |of| of.groups.len());
        (0..groups).filter_map(|place| self.row(place)).fold(rows, Rows::row)
    }

    fn row(&self, place: usize) -> Option<Row> {
        let whose = self.view.measures.first()?.groups.get(place)?.whose;
        let cell =
            |of: &OfMeasure| of.groups.get(place).map_or_else(Cell::none, |group| self.cell(of.definition, group));
        let name = std::iter::once(Cell::text(self.name_of(whose)));
        Some(Row::new(name.chain(self.view.measures.iter().map(cell)).collect()))
    }

    fn cell(&self, of: &Definition, group: &OfGroup) -> Cell {
        let texts = texts();
        match group.whole {
            Told::Nothing => Cell::none(),
            Told::Withheld(why) => Cell::text(texts.withheld.with("why", &self.because(why))),
            Told::Figure(figure) => Cell::text(texts.told.fill(&[
                ("value", &decimal(figure.value, of.decimals)),
                ("people", &texts.people.of(u64::from(figure.people))),
                ("told", &group.told().to_string()),
                ("pieces", &self.pieces(group.cells.len())),
            ])),
        }
    }

    /// What each measure is, and the rules.
    fn how(&self) -> Fold {
        let texts = texts();
        let rules = texts.rules.iter().map(|rule| Markup::paragraph(rule.with("least", &self.least.to_string())));
        let facts = self.view.measures.iter().fold(Facts::new(), |facts, of| {
            facts.fact(
                super::master::called_with(of.definition.display_name, of.definition.unit),
                of.definition.definition,
            )
        });
        Fold::new(texts.how.as_str(), &Markup::of(&facts).with(&rules.collect::<Markup>()))
    }
}
