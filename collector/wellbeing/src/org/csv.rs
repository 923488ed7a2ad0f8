//! Figures of teams as a table for other programs: a row for each week of every team, and where there is no value, why.

use attune_ground::holdings::FORMULAS;
use attune_ground::measures::Measure;

use super::told::{OfTeam, Week, said};

/// The names of the columns, in their order; one more may come behind them.
const COLUMNS: [&str; 15] = [
    "team",
    "name",
    "measure",
    "unit",
    "least",
    "most",
    "week",
    "value",
    "low",
    "high",
    "people",
    "coverage",
    "noise_epsilon",
    "noise_spent",
    "withheld",
];

/// The bytes of a table of these figures.
///
/// # Errors
/// Where it could not be written, which is a fault of ours.
pub(super) fn written(measure: &Measure, teams: &[OfTeam]) -> Result<Vec<u8>, ::csv::Error> {
    let mut bytes = Vec::new();
    let mut writer = ::csv::Writer::from_writer(&mut bytes);
    writer.write_record(COLUMNS)?;
    for of in teams {
        let id = of.team.id.to_string();
        for week in &of.weeks {
            writer.write_record(row(measure, (&id, &of.team.name), week))?;
        }
    }
    writer.flush()?;
    drop(writer);
    Ok(bytes)
}

fn row(measure: &Measure, (id, name): (&str, &str), week: &Week) -> [String; COLUMNS.len()] {
    let (figure, why) = (week.told.as_ref().ok(), week.told.err());
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let noise = figure.and_then(|figure| figure.noise.as_ref());
    [
        id.to_owned(),
        harmless(name),
        measure.name.to_owned(),
        measure.unit.to_owned(),
        measure.range.0.to_string(),
        measure.range.1.to_string(),
        week.monday.to_string(),
        number(figure.map(|figure| figure.value)),
        number(figure.map(|figure| figure.between.0)),
        number(figure.map(|figure| figure.between.1)),
        figure.map(|figure| figure.people.to_string()).unwrap_or_default(),
        number(figure.and_then(|figure| figure.coverage)),
        number(noise.map(|noise| noise.epsilon)),
        number(noise.map(|noise| noise.spent)),
        why.map(|why| format!("{}: {}", why.name(), said(measure, why))).unwrap_or_default(),
    ]
}

/// Text that no program takes for a formula: one that begins as such gets a sign before it (OWASP, CSV injection).
fn harmless(text: &str) -> String {
    match text.starts_with(FORMULAS) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use attune_people::teams::{Team, TeamId};
    use jiff::civil::date;

    use super::super::told::mean;
    use super::*;
    use crate::team::{TeamFigure, Why};

    #[test]
    fn a_withheld_week_has_no_value_and_its_reason_and_no_name_is_a_formula() {
        let figure = TeamFigure { value: -0.25, between: (-0.5, 0.0), people: 12, coverage: None, noise: None };
        let weeks = vec![
            Week { monday: date(2026, 3, 2), told: Ok(figure) },
            Week { monday: date(2026, 3, 9), told: Err(Why::Complement) },
        ];
        let team = Team { id: TeamId([1; 16]), name: "=cmd|'/C calc'!A0".into(), made_at: 0, closed_at: None };
        let of = OfTeam { team, now: mean(&weeks), before: mean(&[]), weeks };
        let bytes = written(Measure::of_name("valence").expect("a measure"), &[of]).expect("written");
        let mut reader = ::csv::Reader::from_reader(&bytes[..]);
        let rows: Vec<::csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        let cell = |row: usize, column: &str| {
            let place = COLUMNS.iter().position(|name| *name == column).expect("a column");
            rows[row][place].to_owned()
        };
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (cell(0, "week"), cell(0, "value"), cell(0, "people")),
            ("2026-03-02".into(), "-0.25".into(), "12".into())
        );
        assert_eq!((cell(0, "withheld"), cell(0, "coverage")), (String::new(), String::new()));
        assert_eq!((cell(1, "value"), cell(1, "low")), (String::new(), String::new()));
        assert_eq!(cell(1, "withheld"), format!("too_few: {}", Why::Complement.words()));
        assert!(cell(0, "name").starts_with("'="), "{}", cell(0, "name"));
        assert_eq!(harmless("\u{ff1d}1+1"), "'\u{ff1d}1+1", "a wide sign is one, too");
    }
}
