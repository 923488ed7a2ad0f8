//! How a file is read: decided once for all of its rows, or asked.

use std::collections::BTreeMap;

use super::answers::{Answers, Asked, Choice, Decimal, Order, Question, Repeats, Scale};
use super::cell::Halt;
use super::columns::Columns;
use super::headings::{Headings, Match};
use super::ids::Zeros;
use super::refusal::Refusal;
use super::schema::{self, Kind};
use super::survey::Survey;
use super::values::Dates;
use super::{dates, numbers, text};

/// How the rows of a file are read.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) columns: Columns,
    pub(crate) decimal: Decimal,
    /// For each column of the table.
    pub(crate) dates: Vec<Dates>,
    pub(crate) scale: Scale,
    /// Ids with zeros, where those without are to be given theirs.
    pub(crate) zeros: Option<Zeros>,
    pub(crate) denied_left_out: bool,
    pub(crate) answers: Answers,
}

impl Plan {
    pub(crate) fn keeps_repeats(&self) -> bool {
        self.answers.repeats == Some(Repeats::Keep)
    }
}

/// Decides, or asks.
pub(crate) fn decide(
    headings: &Headings,
    columns: Columns,
    survey: Survey,
    answers: &Answers,
    epoch: i64,
) -> Result<Result<Plan, Vec<Question>>, Halt> {
    let mut questions = Vec::new();
    questions.extend(twice(headings));
    questions.extend(mapping(headings, &survey));
    questions.extend(signs(&survey, &columns));
    let decimal = decimal(&survey, &columns, answers, &mut questions)?;
    let order = order(&survey, &columns, answers, &mut questions)?;
    let swapped = swapped(&survey, &columns, answers, &mut questions);
    let scale = scale(&survey, &columns, answers, &mut questions);
    let zeros = zeros(&survey, answers, &mut questions);
    let denied_left_out = denied(&survey, &columns, answers, &mut questions);
    if !questions.is_empty() {
        return Ok(Err(questions));
    }
    let each = survey.of_dates.iter().zip(swapped);
    let dates = each.map(|(of, swapped)| Dates { order, serials: of.texts == 0, swapped, epoch });
    Ok(Ok(Plan {
        dates: dates.collect(),
        columns,
        decimal,
        scale,
        zeros: zeros.then_some(survey.zeros),
        denied_left_out,
        answers: answers.clone(),
    }))
}

fn question(asked: Asked, text: String, choices: Vec<Choice>) -> Question {
    Question { asked, text, choices, columns: Vec::new(), words: Vec::new() }
}

fn choice(text: &str, answers: Answers) -> Choice {
    Choice { text: text.to_owned(), answers }
}

fn numbered(column: usize) -> u32 {
    u32::try_from(column + 1).unwrap_or(u32::MAX)
}

/// Which of several columns with one heading.
fn twice(headings: &Headings) -> Vec<Question> {
    let each = schema::columns(headings.table).iter().zip(&headings.matches);
    each.filter_map(|(column, found)| match found {
        Match::Twice(at) => {
            let letters: Vec<String> = at.iter().map(|at| text::letters(*at)).collect();
            let text = format!("{} stands in columns {}: which one is meant?", column.name, letters.join(" and "));
            let to = |at: &usize| {
                let columns = BTreeMap::from([(column.name.to_owned(), numbered(*at))]);
                choice(&format!("column {}", text::letters(*at)), Answers { columns, ..Answers::default() })
            };
            let mut question = question(Asked::Twice, text, at.iter().map(to).collect());
            question.columns.push(column.name.to_owned());
            Some(question)
        }
        Match::None | Match::Sure(_) | Match::Proposed(_) => None,
    })
    .collect()
}

/// Which headings and words are ours, asked in one.
fn mapping(headings: &Headings, survey: &Survey) -> Option<Question> {
    let each = schema::columns(headings.table).iter().zip(&headings.matches);
    let proposed: Vec<(&str, usize)> = each
        .filter_map(|(column, found)| match found {
            Match::Proposed(at) => Some((column.name, *at)),
            Match::None | Match::Sure(_) | Match::Twice(_) => None,
        })
        .collect();
    let words: Vec<(&String, &(String, &'static str))> = survey.words.iter().collect();
    if proposed.is_empty() && words.is_empty() {
        return None;
    }
    let pairs = proposed.iter().map(|(name, at)| format!("{} = {name}", headings.name(*at)));
    let pairs: Vec<String> = pairs.chain(words.iter().map(|(_, (shown, ours))| format!("{shown} = {ours}"))).collect();
    let as_proposed = Answers {
        columns: proposed.iter().map(|(name, at)| ((*name).to_owned(), numbered(*at))).collect(),
        words: words.iter().map(|(folded, (_, ours))| ((*folded).clone(), (*ours).to_owned())).collect(),
        ..Answers::default()
    };
    let asked = if proposed.is_empty() { Asked::Words } else { Asked::Headings };
    let text = format!("Are these columns and words the same? {}.", pairs.join(", "));
    let mut question = question(asked, text, vec![choice("as proposed", as_proposed)]);
    question.columns = proposed.iter().map(|(name, _)| (*name).to_owned()).collect();
    question.words = proposed
        .iter()
        .map(|(_, at)| headings.name(*at).to_owned())
        .chain(words.iter().map(|(_, (shown, _))| shown.clone()))
        .collect();
    Some(question)
}

/// What signs stand for: nobody can say but the one who had them chosen.
fn signs(survey: &Survey, columns: &Columns) -> Option<Question> {
    let index = index_of(columns, |kind| matches!(kind, Kind::Score))?;
    if survey.signs.is_empty() {
        return None;
    }
    let text = format!(
        "{} holds signs, not numbers: which score from 1 to 6 does each of {} stand for?",
        columns.heading(index),
        survey.signs.join(" ")
    );
    let mut question = question(Asked::Signs, text, Vec::new());
    question.words.clone_from(&survey.signs);
    Some(question)
}

fn index_of(columns: &Columns, wanted: impl Fn(Kind) -> bool) -> Option<usize> {
    columns.used().find(|(_, column, _)| wanted(column.kind)).map(|(index, ..)| index)
}

fn decimal(
    survey: &Survey,
    columns: &Columns,
    answers: &Answers,
    questions: &mut Vec<Question>,
) -> Result<Decimal, Halt> {
    if let Some(decimal) = answers.decimal {
        return Ok(decimal);
    }
    match survey.numbers.decided() {
        numbers::Decided::Sign(decimal) => Ok(decimal),
        numbers::Decided::Clash { point, comma } => Err(Refusal::DecimalClash { point, comma }.into()),
        numbers::Decided::Open => {
            if let Some((row, index, sign)) = survey.numbers.unclear {
                let (called, shown) = match sign {
                    Decimal::Point => ("point", "1.234"),
                    Decimal::Comma => ("comma", "1,234"),
                };
                let text = format!(
                    "{} (row {row}): does the {called} in a number like {shown} stand for thousands or for decimals?",
                    columns.heading(index)
                );
                let to = |decimal| Answers { decimal: Some(decimal), ..Answers::default() };
                let choices = vec![choice("thousands", to(numbers::opposite(sign))), choice("decimals", to(sign))];
                questions.push(question(Asked::Decimal, text, choices));
            }
            Ok(Decimal::Point)
        }
    }
}

fn order(survey: &Survey, columns: &Columns, answers: &Answers, questions: &mut Vec<Question>) -> Result<Order, Halt> {
    if let Some(order) = answers.dates {
        return Ok(order);
    }
    match survey.dates.decided() {
        dates::Decided::Order(order) => Ok(order),
        dates::Decided::Clash { day_first, month_first } => Err(Refusal::DateClash { day_first, month_first }.into()),
        dates::Decided::Open(orders) => {
            if let Some((row, index)) = survey.dates.unclear {
                let text = format!(
                    "{} (row {row}): which comes first in a date like 1/2/2024, the day or the month?",
                    columns.heading(index)
                );
                let to = |order: &Order| {
                    let said = match order {
                        Order::DayFirst => "day first",
                        Order::MonthFirst => "month first",
                        Order::YearFirst => "year first",
                    };
                    choice(said, Answers { dates: Some(*order), ..Answers::default() })
                };
                questions.push(question(Asked::Dates, text, orders.iter().map(to).collect()));
            }
            Ok(Order::DayFirst)
        }
    }
}

/// Whether a program has taken days for months where it could, and left as text what it could not.
fn swapped(survey: &Survey, columns: &Columns, answers: &Answers, questions: &mut Vec<Question>) -> Vec<bool> {
    let looks_so: Vec<bool> = survey
        .of_dates
        .iter()
        .map(|of| of.cells > 0 && of.cells == of.cells_up_to_12 && of.texts > 0 && of.texts == of.texts_over_12)
        .collect();
    let Some(swapped) = answers.swapped else {
        if let Some(index) = looks_so.iter().position(|looks_so| *looks_so) {
            let text = format!(
                "{}: some cells are dates with a day up to 12 (row {} is the first), the others text with a day over 12. A file \
                 opened with the settings of another country looks so. Are day and month of the date cells to be swapped?",
                columns.heading(index),
                survey.of_dates[index].first_cell
            );
            let to = |swapped| Answers { swapped: Some(swapped), ..Answers::default() };
            let choices = vec![choice("swap", to(true)), choice("as stored", to(false))];
            questions.push(question(Asked::Swapped, text, choices));
        }
        return vec![false; looks_so.len()];
    };
    looks_so.into_iter().map(|looks_so| looks_so && swapped).collect()
}

/// The scale of scores. One that lies off among many is a mistake; many that do are on another scale.
fn scale(survey: &Survey, columns: &Columns, answers: &Answers, questions: &mut Vec<Question>) -> Scale {
    if let Some(scale) = answers.scale {
        return scale;
    }
    let scores = &survey.scores;
    let many = if scores.zones > 0 { scores.off * 2 >= scores.count } else { scores.off * 10 >= scores.count };
    let index = index_of(columns, |kind| matches!(kind, Kind::Score));
    if let Some(index) = index.filter(|_| scores.off > 0 && many) {
        let others = [(Scale::ZeroToTen, "0 to 10"), (Scale::OneToTen, "1 to 10"), (Scale::ZeroToHundred, "0 to 100")];
        let to = |scale| Answers { scale: Some(scale), ..Answers::default() };
        let fitting = others.into_iter().filter(|(scale, _)| {
            let (least, most) = scale.ends();
            scores.least >= least && scores.most <= most
        });
        let mut choices: Vec<Choice> = fitting.map(|(scale, said)| choice(said, to(scale))).collect();
        choices.push(choice("1 to 6, and what lies off it is wrong", to(Scale::OneToSix)));
        let text = format!("{} has scores that are not from 1 to 6: which scale is it?", columns.heading(index));
        questions.push(question(Asked::Scale, text, choices));
    }
    Scale::OneToSix
}

fn zeros(survey: &Survey, answers: &Answers, questions: &mut Vec<Question>) -> bool {
    if let (None, Some(row)) = (answers.zeros, survey.zeros.first()) {
        let text = format!(
            "The id in row {row} is that of another employee without the zeros before it. Are they the same, with the zeros lost?"
        );
        let to = |zeros| Answers { zeros: Some(zeros), ..Answers::default() };
        questions.push(question(Asked::Zeros, text, vec![choice("yes", to(true)), choice("no", to(false))]));
    }
    answers.zeros == Some(true)
}

fn denied(survey: &Survey, columns: &Columns, answers: &Answers, questions: &mut Vec<Question>) -> bool {
    if let (None, Some(row)) = (answers.denied_left_out, survey.denied) {
        let name = columns.status.map_or("", |at| columns.name(at));
        let text = format!("Column {name}: is leave that was denied or cancelled (as in row {row}) to be left out?");
        let to = |left_out| Answers { denied_left_out: Some(left_out), ..Answers::default() };
        questions.push(question(Asked::Denied, text, vec![choice("yes", to(true)), choice("no", to(false))]));
    }
    answers.denied_left_out == Some(true)
}
