//! XML as the parts of a workbook have it: any prefix, no declared entities.

use std::io::{self, BufRead, Read};

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::super::cell::Halt;
use super::super::limits;
use super::super::refusal::Refusal;

/// Reads one event after the other.
pub(crate) struct Xml<R> {
    reader: Reader<Metered<R>>,
    buffer: Vec<u8>,
    /// Elements that are open. The reader keeps the name of each.
    depth: usize,
}

/// Bytes of which only so many can be taken for one event: all of them lie in memory at once, whether they are a text, a comment, or
/// what an attribute says.
struct Metered<R> {
    bytes: R,
    taken: usize,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.fill_buf()?;
        let length = bytes.read(into)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.taken > limits::NODE {
            true => Err(io::Error::other("a node without an end")),
            false => self.bytes.fill_buf(),
        }
    }

    fn consume(&mut self, length: usize) {
        self.taken += length;
        self.bytes.consume(length);
    }
}

impl<R: BufRead> Xml<R> {
    pub(crate) fn new(bytes: R) -> Self {
        Self { reader: Reader::from_reader(Metered { bytes, taken: 0 }), buffer: Vec::new(), depth: 0 }
    }

    pub(crate) fn next(&mut self) -> Result<Event<'_>, Halt> {
        self.buffer.clear();
        self.reader.get_mut().taken = 0;
        let event = self.reader.read_event_into(&mut self.buffer).map_err(|_| Refusal::Damaged)?;
        match event {
            Event::DocType(_) => return Err(Refusal::Entities.into()),
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        match self.depth > limits::DEPTH {
            true => Err(Refusal::Damaged.into()),
            false => Ok(event),
        }
    }

    /// The text within an element that has just begun, up to its end.
    pub(crate) fn text(&mut self) -> Result<String, Halt> {
        self.text_where(|_| true)
    }

    /// The text of an element that has just begun and may be in several pieces, up to its end: that of its elements `t`, but for those
    /// of reading aids.
    pub(crate) fn rich(&mut self) -> Result<String, Halt> {
        self.text_where(|path| path.last().is_some_and(|last| last == "t") && !path.iter().any(|step| step == "rPh"))
    }

    fn text_where(&mut self, counts: impl Fn(&[String]) -> bool) -> Result<String, Halt> {
        let mut text = String::new();
        let mut path: Vec<String> = Vec::new();
        loop {
            match self.next()? {
                Event::Start(start) => path.push(start.local_name().as_ref().to_owned()),
                Event::End(_) => match path.pop() {
                    Some(_) => (),
                    None => return Ok(text),
                },
                Event::Text(part) if counts(&path) => text.push_str(&part.xml10_content()),
                Event::CData(part) if counts(&path) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(entity) if counts(&path) => push_entity(&entity, &mut text)?,
                Event::Eof => return Err(Refusal::Damaged.into()),
                _ => {}
            }
            if text.len() > limits::NODE {
                return Err(Refusal::Damaged.into());
            }
        }
    }
}

fn push_entity(entity: &BytesRef<'_>, text: &mut String) -> Result<(), Halt> {
    if let Some(known) = resolve_xml_entity(entity) {
        text.push_str(known);
        return Ok(());
    }
    match entity.resolve_char_ref() {
        Ok(Some(sign)) => text.push(sign),
        _ => return Err(Refusal::Entities.into()),
    }
    Ok(())
}

/// The value of an attribute, whatever its prefix.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Halt> {
    let mut attributes = element.attributes();
    attributes.with_checks(false);
    for found in attributes {
        let found = found.map_err(|_| Refusal::Damaged)?;
        if found.key.local_name().as_ref() == name {
            let value = found.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Refusal::Damaged)?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// Whether an attribute says yes.
pub(crate) fn is_set(element: &BytesStart<'_>, name: &str) -> Result<bool, Halt> {
    Ok(matches!(attribute(element, name)?.as_deref(), Some("1" | "true" | "on")))
}

/// Row and column of a reference such as B4, both from 0.
pub(crate) fn reference(text: &str) -> Option<(u32, u32)> {
    let text = text.trim_start_matches('$');
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if !(1..=3).contains(&letters) {
        return None;
    }
    let column =
        text[..letters].bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    let row: u32 = text[letters..].trim_start_matches('$').parse().ok()?;
    let (rows, columns) = limits::SHEET;
    ((1..=rows).contains(&row) && (1..=columns).contains(&column)).then(|| (row - 1, column - 1))
}

/// The first and the last cell of a range such as A1:F5.
pub(crate) fn range(text: &str) -> Option<((u32, u32), (u32, u32))> {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    Some((reference(first)?, reference(last)?))
}
