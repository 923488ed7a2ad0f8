//! JSON lines that come in pieces.

use serde_json::{Map, Value};

use super::layout::{Line, TimeUnit};

/// No line that means something is longer, bytes.
const LONGEST: usize = 4096;

/// Joins pieces at line ends.
#[derive(Debug, Default)]
pub(super) struct Joined {
    buffer: Vec<u8>,
    /// The line is too long, and its rest is passed over.
    overlong: bool,
}

/// A line that came whole.
#[derive(Debug)]
pub(super) enum Came {
    Object(Map<String, Value>),
    NotUnderstood,
    TooLong,
}

impl Joined {
    /// The lines that end in a piece, without those of the console.
    pub(super) fn push(&mut self, piece: &[u8]) -> Vec<Came> {
        let mut came = Vec::new();
        for byte in piece {
            match byte {
                b'\n' | b'\r' => came.extend(self.end()),
                _ if self.overlong => {}
                _ if self.buffer.len() == LONGEST => {
                    self.overlong = true;
                    self.buffer.clear();
                }
                byte => self.buffer.push(*byte),
            }
        }
        came
    }

    fn end(&mut self) -> Option<Came> {
        let line = std::mem::take(&mut self.buffer);
        if std::mem::take(&mut self.overlong) {
            return Some(Came::TooLong);
        }
        if line.is_empty() {
            return None;
        }
        let Ok(text) = std::str::from_utf8(&line) else { return Some(Came::NotUnderstood) };
        let text = without_colours(text);
        let text = text.trim_start_matches(['>', ' ', '\u{8}', '\u{10}']).trim();
        // What the console writes, and lists, are no values.
        if !text.starts_with('{') {
            return None;
        }
        match serde_json::from_str(text) {
            Ok(object) => Some(Came::Object(object)),
            Err(_) => Some(Came::NotUnderstood),
        }
    }
}

/// Without the escape sequences of a terminal: ESC, a bracket, and up to a letter.
fn without_colours(text: &str) -> String {
    let (mut kept, mut characters) = (String::with_capacity(text.len()), text.chars());
    while let Some(c) = characters.next() {
        if c == '\u{1b}' {
            let _ = characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            kept.push(c);
        }
    }
    kept
}

impl Line {
    /// Whether an object is such a line.
    pub(super) fn is(&self, object: &Map<String, Value>) -> bool {
        let same = |(key, want): (&String, &toml::Value)| object.get(key).is_some_and(|is| equal(is, want));
        self.when.iter().all(same)
            && self.present.iter().all(|key| object.contains_key(key))
            && !self.absent.iter().any(|key| object.contains_key(key))
    }

    /// The block of time that it tells of, Unix milliseconds, where it is no live line.
    pub(super) fn block(&self, object: &Map<String, Value>) -> Option<(i64, i64)> {
        let (key, unit, seconds) = self.ends.as_ref()?;
        let end = object.get(key)?.as_f64().filter(|end| end.is_finite())?;
        let millis = match unit {
            TimeUnit::Ns => end / 1e6,
            TimeUnit::Us => end / 1e3,
            TimeUnit::Ms => end,
            TimeUnit::S => end * 1e3,
        };
        Some(((millis - seconds * 1e3) as i64, millis as i64))
    }
}

fn equal(is: &Value, want: &toml::Value) -> bool {
    match want {
        toml::Value::String(want) => is.as_str() == Some(want),
        toml::Value::Integer(want) => is.as_f64() == Some(*want as f64),
        toml::Value::Float(want) => is.as_f64() == Some(*want),
        toml::Value::Boolean(want) => is.as_bool() == Some(*want),
        _ => false,
    }
}
