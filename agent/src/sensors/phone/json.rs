//! The app's JSON export: a list of all readings of all sensors, each number as text. Written anew as the tables of its CSV export.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::names::Sensor;
use super::table::columns;

/// The tables of a JSON export, by sensor; what stands in it of others is passed over.
pub(super) fn tables(read: impl Read) -> std::io::Result<BTreeMap<Sensor, String>> {
    let mut json = serde_json::Deserializer::from_reader(read);
    let tables = json.deserialize_seq(Readings)?;
    json.end()?;
    Ok(tables)
}

struct Readings;

impl<'de> Visitor<'de> for Readings {
    type Value = BTreeMap<Sensor, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of readings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut tables = BTreeMap::<_, String>::new();
        while let Some(reading) = list.next_element::<Value>()? {
            let Some((sensor, reading)) = known(&reading) else { continue };
            let columns = columns(sensor);
            let table = tables.entry(sensor).or_insert_with(|| columns.join(",") + "\n");
            for (place, column) in columns.iter().enumerate() {
                if place > 0 {
                    table.push(',');
                }
                match reading.get(*column) {
                    Some(Value::String(text)) => table.extend(text.chars().filter(|letter| is_of_number(*letter))),
                    Some(Value::Number(number)) => *table += &number.to_string(),
                    _ => {}
                }
            }
            table.push('\n');
        }
        Ok(tables)
    }
}

fn known(reading: &Value) -> Option<(Sensor, &Map<String, Value>)> {
    let reading = reading.as_object()?;
    let sensor = Sensor::of(reading.get("sensor")?.as_str()?)?;
    (sensor != Sensor::Steps).then_some((sensor, reading))
}

fn is_of_number(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '.' | '-' | '+' | 'e' | 'E')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_become_the_rows_of_their_sensor_whatever_stands_between_them() {
        let text = r#"[{"sensor": "HeartRate", "time": "5", "bpm": "61"}, 7, {"sensor": "Location", "latitude": "48.1"}, null,
            {"sensor": "HeartRate", "time": 6, "bpm": 62.5}, {"sensor": "HeartRate", "time": "7", "bpm": "a,b\n9"}, {},
            {"sensor": "Accelerometer", "time": "5", "z": "3", "x": "1"}]"#;
        let tables = tables(text.as_bytes()).unwrap();
        assert_eq!(tables.len(), 2);
        assert_eq!(tables[&Sensor::Heart], "time,bpm\n5,61\n6,62.5\n7,9\n");
        assert_eq!(tables[&Sensor::Linear], "time,x,y,z\n5,1,,3\n");
        for wrong in ["", "{}", "[", "[1] 2", "hello", &"[".repeat(60_000)] {
            assert!(super::tables(wrong.as_bytes()).is_err(), "{wrong:.20}");
        }
    }
}
