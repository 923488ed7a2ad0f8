//! The same figures as [`super::csv`] writes, as Parquet: numbers are numbers, days are days, and what is withheld is null with its reason.

use std::io::Write;
use std::sync::Arc;

use ::parquet::data_type::{DoubleType, Int32Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;
use attune_ground::columns::{column, texts};
use attune_ground::measures::Measure;

use super::told::{OfTeam, Week, said};
use crate::bucket::day_number;

/// The columns, in their order; one more may come behind them.
const SCHEMA: &str = "message figures {
    REQUIRED BYTE_ARRAY team (STRING);
    REQUIRED BYTE_ARRAY name (STRING);
    REQUIRED BYTE_ARRAY measure (STRING);
    REQUIRED BYTE_ARRAY unit (STRING);
    REQUIRED DOUBLE least;
    REQUIRED DOUBLE most;
    REQUIRED INT32 week (DATE);
    OPTIONAL DOUBLE value;
    OPTIONAL DOUBLE low;
    OPTIONAL DOUBLE high;
    OPTIONAL INT32 people;
    OPTIONAL DOUBLE coverage;
    OPTIONAL DOUBLE noise_epsilon;
    OPTIONAL DOUBLE noise_spent;
    OPTIONAL BYTE_ARRAY withheld (STRING);
}";

/// Rows of a group, all of which are in memory with whoever reads it.
const GROUP: usize = 16_384;

/// The bytes of a file of these figures.
///
/// # Errors
/// Where it could not be written, which is a fault of ours.
pub(super) fn written(measure: &Measure, teams: &[OfTeam]) -> Result<Vec<u8>, ParquetError> {
    let rows: Vec<(&OfTeam, &Week)> = teams.iter().flat_map(|of| of.weeks.iter().map(move |week| (of, week))).collect();
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::builder().build()))?;
    for rows in rows.chunks(GROUP) {
        let mut group = writer.next_row_group()?;
        write_rows(&mut group, measure, rows)?;
        group.close()?;
    }
    writer.close()?;
    Ok(bytes)
}

fn write_rows<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    measure: &Measure,
    rows: &[(&OfTeam, &Week)],
) -> Result<(), ParquetError> {
    let figure = |week: &Week| week.told.as_ref().ok().cloned();
    let noise = |week: &Week| figure(week).and_then(|figure| figure.noise);
    texts(group, rows.iter().map(|(of, _)| Some(of.team.id.to_string())))?;
    texts(group, rows.iter().map(|(of, _)| Some(of.team.name.clone())))?;
    texts(group, rows.iter().map(|_| Some(measure.name.to_owned())))?;
    texts(group, rows.iter().map(|_| Some(measure.unit.to_owned())))?;
    column::<DoubleType, W>(group, rows.iter().map(|_| Some(measure.range.0)))?;
    column::<DoubleType, W>(group, rows.iter().map(|_| Some(measure.range.1)))?;
    column::<Int32Type, W>(group, rows.iter().map(|(_, week)| Some(day_number(week.monday) as i32)))?;
    column::<DoubleType, W>(group, rows.iter().map(|(_, week)| figure(week).map(|figure| figure.value)))?;
    column::<DoubleType, W>(group, rows.iter().map(|(_, week)| figure(week).map(|figure| figure.between.0)))?;
    column::<DoubleType, W>(group, rows.iter().map(|(_, week)| figure(week).map(|figure| figure.between.1)))?;
    column::<Int32Type, W>(group, rows.iter().map(|(_, week)| figure(week).map(|figure| figure.people.cast_signed())))?;
    column::<DoubleType, W>(group, rows.iter().map(|(_, week)| figure(week).and_then(|figure| figure.coverage)))?;
    column::<DoubleType, W>(group, rows.iter().map(|(_, week)| noise(week).map(|noise| noise.epsilon)))?;
    column::<DoubleType, W>(group, rows.iter().map(|(_, week)| noise(week).map(|noise| noise.spent)))?;
    let why = |week: &Week| week.told.as_ref().err().map(|why| format!("{}: {}", why.name(), said(measure, *why)));
    texts(group, rows.iter().map(|(_, week)| why(week)))
}

#[cfg(test)]
mod tests {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::{Field, RowAccessor};
    use attune_people::teams::{Team, TeamId};
    use bytes::Bytes;
    use jiff::civil::date;

    use super::super::told::mean;
    use super::*;
    use crate::team::{TeamFigure, Why};

    #[test]
    fn a_figure_reads_back_as_numbers_and_a_withheld_week_as_null_with_its_reason() {
        let figure = TeamFigure { value: -0.25, between: (-0.5, 0.0), people: 12, coverage: Some(0.5), noise: None };
        let weeks = vec![
            Week { monday: date(2026, 3, 2), told: Ok(figure) },
            Week { monday: date(2026, 3, 9), told: Err(Why::Complement) },
        ];
        let team = Team { id: TeamId([1; 16]), name: "=Harbour".into(), made_at: 0, closed_at: None };
        let of = OfTeam { team, now: mean(&weeks), before: mean(&[]), weeks };
        let bytes = written(Measure::of_name("valence").expect("a measure"), &[of]).expect("written");
        let reader = SerializedFileReader::new(Bytes::from(bytes)).expect("it is Parquet");
        let rows: Vec<_> = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row")).collect();
        let [told, withheld] = &rows[..] else { panic!("two rows") };
        assert_eq!(
            (told.get_string(1).expect("a text"), told.get_string(2).expect("a text")),
            (&"=Harbour".into(), &"valence".into())
        );
        assert_eq!(
            (told.get_double(7).ok(), told.get_double(8).ok(), told.get_int(10).ok()),
            (Some(-0.25), Some(-0.5), Some(12))
        );
        assert!(told.is_null(14).expect("a column") && told.is_null(12).expect("a column"));
        let (_, week) = told.get_column_iter().nth(6).expect("a column");
        assert_eq!(*week, Field::Date(day_number(date(2026, 3, 2)) as i32));
        assert!((7..14).all(|column| withheld.is_null(column).expect("a column")), "{withheld}");
        let why = withheld.get_string(14).expect("a reason");
        assert!(why.starts_with(Why::TooFew.name()), "{why}");
    }
}
