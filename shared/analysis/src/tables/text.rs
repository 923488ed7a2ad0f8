//! Bytes of a table to rows of fields: plain or gzip, UTF-8 or UTF-16, commas, semicolons or tabs.

use std::io::{self, BufRead as _, BufReader, Read};
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, Trim};
use flate2::read::MultiGzDecoder;

use super::{Asked, Origin, TableError};

/// The longest row that is accepted, in fields.
const MOST_FIELDS: usize = 256;
/// Bytes that show what a table is written in.
const LOOKED_AT: usize = 1 << 16;

/// Rows of a table; they may differ in length.
pub(super) struct Table {
    rows: csv::Reader<Box<dyn Read + Send>>,
    row: Row,
    is_stopped: Arc<Asked>,
}

/// A row.
#[derive(Clone, Default)]
pub(super) struct Row(ByteRecord);

impl Row {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A field as text; `None` where there is none, or it is none.
    pub(super) fn get(&self, column: usize) -> Option<&str> {
        std::str::from_utf8(self.0.get(column)?).ok()
    }

    /// A field as a finite number, whatever stands before its decimals.
    pub(super) fn number(&self, column: usize) -> Option<f64> {
        number(self.get(column)?)
    }

    /// All fields; what is no text is replaced.
    pub(super) fn fields(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|field| String::from_utf8_lossy(field).into_owned())
    }
}

fn number(field: &str) -> Option<f64> {
    let read = |text: &str| text.parse().ok().filter(|value: &f64| value.is_finite());
    if let Some(value) = read(field) {
        return Some(value);
    }
    let plain = without_gaps(field);
    let field = plain.as_deref().unwrap_or(field);
    if let Some(value) = read(field) {
        return Some(value);
    }
    // Of two kinds of marks the last one stands before the decimals, and one that comes again and again does not.
    let (point, comma) = (field.rfind('.'), field.rfind(','));
    let decimal = match (point, comma) {
        (Some(point), Some(comma)) => Some(if point > comma { '.' } else { ',' }),
        (None, Some(_)) if field.matches(',').count() == 1 => Some(','),
        (None, None) => return None,
        _ => None,
    };
    let grouped = |field: &str| field.split(['.', ',']).skip(1).all(|group| group.len() == 3);
    if decimal.is_none() && !grouped(field) {
        return None;
    }
    let plain = field.chars().filter(|&letter| Some(letter) == decimal || !matches!(letter, '.' | ','));
    read(&plain.map(|letter| if Some(letter) == decimal { '.' } else { letter }).collect::<String>())
}

/// A number with a minus that is no hyphen, or with spaces or apostrophes between thousands, as ASCII writes it.
fn without_gaps(field: &str) -> Option<String> {
    const MINUS: char = '\u{2212}';
    const GAPS: [char; 6] = [' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '\u{2019}'];
    if !field.contains(GAPS) {
        return field.strip_prefix(MINUS).map(|number| format!("-{number}"));
    }
    let (sign, number) = field.strip_prefix([MINUS, '-']).map_or(("", field), |number| ("-", number));
    let (whole, decimals) = number.split_at(number.find(['.', ',']).unwrap_or(number.len()));
    let mut groups = whole.split(GAPS);
    let is_number = |group: &str| !group.is_empty() && group.bytes().all(|digit| digit.is_ascii_digit());
    let begins = groups.next().is_some_and(|group| group.len() <= 3 && is_number(group));
    let goes_on = groups.all(|group| group.len() == 3 && is_number(group));
    (begins && goes_on && !decimals.contains(GAPS)).then(|| format!("{sign}{}", number.replace(GAPS, "")))
}

impl Table {
    pub(super) fn open(origin: &Origin) -> Result<Self, TableError> {
        let mut file = BufReader::new((origin.open)()?);
        let gzipped = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        let unpacked: Box<dyn Read + Send> = if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        let mut text = Bounded { inner: unpacked, left: origin.most_bytes };
        let mut begin = Vec::new();
        text.by_ref().take(LOOKED_AT as u64).read_to_end(&mut begin)?;
        let coding = Coding::of(&begin)?;
        let whole = io::Cursor::new(begin.split_off(coding.mark())).chain(text);
        let mut plain: Box<dyn Read + Send> = match coding {
            Coding::Utf8 { .. } => Box::new(whole),
            Coding::Utf16 { big_endian, .. } => Box::new(Utf16::new(whole, big_endian)),
        };
        let mut begin = Vec::new();
        plain.by_ref().take(LOOKED_AT as u64).read_to_end(&mut begin)?;
        let first = first_line(&begin);
        let stated = stated_delimiter(first);
        let delimiter = stated.unwrap_or_else(|| delimiter(first));
        // A spreadsheet's own line is no row.
        let skipped =
            if stated.is_some() { begin.iter().position(|&b| b == b'\n').map_or(begin.len(), |n| n + 1) } else { 0 };
        let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(begin.split_off(skipped)).chain(plain));
        let mut rows = ReaderBuilder::new();
        rows.has_headers(false).flexible(true).trim(Trim::All).comment(Some(b'#')).delimiter(delimiter);
        Ok(Self { rows: rows.from_reader(whole), row: Row::default(), is_stopped: origin.is_stopped.clone() })
    }

    /// The next row; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&Row>, TableError> {
        if (self.is_stopped)() {
            return Err(TableError::Stopped);
        }
        match self.rows.read_byte_record(&mut self.row.0) {
            Ok(true) if self.row.len() <= MOST_FIELDS => Ok(Some(&self.row)),
            Ok(true) => Err(TableError::Content(format!("a row has more than {MOST_FIELDS} fields"))),
            Ok(false) => Ok(None),
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(io) => Err(io.into()),
                other => Err(TableError::Content(format!("its rows do not read: {other:?}"))),
            },
        }
    }
}

/// How text is written, and the bytes that say so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Coding {
    Utf8 { mark: usize },
    Utf16 { mark: usize, big_endian: bool },
}

impl Coding {
    fn of(begin: &[u8]) -> Result<Self, TableError> {
        // Headers are made of letters, of which UTF-16 fills every other byte with zero.
        let alternate = |letter: usize| {
            let mut halves = begin.chunks_exact(2).take(16);
            begin.len() >= 4
                && halves.all(|half| (half[letter].is_ascii() && half[letter] != 0) && half[1 - letter] == 0)
        };
        if begin.starts_with(&[0xef, 0xbb, 0xbf]) {
            Ok(Self::Utf8 { mark: 3 })
        } else if begin.starts_with(&[0xff, 0xfe]) {
            Ok(Self::Utf16 { mark: 2, big_endian: false })
        } else if begin.starts_with(&[0xfe, 0xff]) {
            Ok(Self::Utf16 { mark: 2, big_endian: true })
        } else if alternate(0) {
            Ok(Self::Utf16 { mark: 0, big_endian: false })
        } else if alternate(1) {
            Ok(Self::Utf16 { mark: 0, big_endian: true })
        } else if begin.contains(&0) {
            Err(TableError::content("it is no text: save it as CSV"))
        } else {
            Ok(Self::Utf8 { mark: 0 })
        }
    }

    fn mark(self) -> usize {
        match self {
            Self::Utf8 { mark } | Self::Utf16 { mark, .. } => mark,
        }
    }
}

/// The first line that is no comment.
fn first_line(text: &[u8]) -> &[u8] {
    let mut lines = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.find(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#")).unwrap_or_default()
}

/// The delimiter that a spreadsheet states in a line of its own: `sep=;`.
fn stated_delimiter(first: &[u8]) -> Option<u8> {
    match first.trim_ascii_end() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] if delimiter.is_ascii() => Some(*delimiter),
        _ => None,
    }
}

/// What stands between the fields of a line. One without any has a single column, in which a comma is a decimal one.
fn delimiter(line: &[u8]) -> u8 {
    let mut quoted = false;
    let outside: Vec<u8> = line
        .iter()
        .copied()
        .filter(|&byte| {
            quoted ^= byte == b'"';
            !quoted
        })
        .collect();
    let there = [b';', b'\t', b',', b'|'].into_iter().find(|delimiter| outside.contains(delimiter));
    there.unwrap_or(if outside.iter().any(u8::is_ascii_alphabetic) { b';' } else { b',' })
}

/// Fails when there is more than so much.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other("it is too long, unpacked"))?;
        Ok(read)
    }
}

/// UTF-16 as UTF-8.
struct Utf16<R> {
    inner: BufReader<R>,
    big_endian: bool,
    /// The first half of a pair.
    high: Option<u16>,
    ready: [u8; 4],
    from: usize,
    to: usize,
}

impl<R: Read> Utf16<R> {
    fn new(inner: R, big_endian: bool) -> Self {
        Self { inner: BufReader::new(inner), big_endian, high: None, ready: [0; 4], from: 0, to: 0 }
    }

    fn unit(&mut self) -> io::Result<Option<u16>> {
        let mut bytes = [0; 2];
        match self.inner.read_exact(&mut bytes) {
            Ok(()) if self.big_endian => Ok(Some(u16::from_be_bytes(bytes))),
            Ok(()) => Ok(Some(u16::from_le_bytes(bytes))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn letter(&mut self) -> io::Result<Option<char>> {
        while let Some(unit) = self.unit()? {
            let units = [self.high.take().unwrap_or(unit), unit];
            let one = char::decode_utf16([unit]).next().and_then(Result::ok);
            let pair = char::decode_utf16(units).next().and_then(Result::ok);
            match (one.or(pair), unit) {
                (Some(letter), _) => return Ok(Some(letter)),
                (None, 0xd800..0xdc00) => self.high = Some(unit),
                _ => return Ok(Some(char::REPLACEMENT_CHARACTER)),
            }
        }
        Ok(None)
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < into.len() {
            if self.from == self.to {
                let Some(letter) = self.letter()? else { break };
                (self.from, self.to) = (0, letter.encode_utf8(&mut self.ready).len());
            }
            let take = (self.to - self.from).min(into.len() - written);
            into[written..written + take].copy_from_slice(&self.ready[self.from..self.from + take]);
            self.from += take;
            written += take;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::testing::origin;
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut table = Table::open(&origin(bytes)).expect("opens");
        let mut rows = Vec::new();
        while let Some(row) = table.next().expect("reads") {
            rows.push(row.fields().collect());
        }
        rows
    }

    fn utf16(text: &str, mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = text.encode_utf16().flat_map(bytes);
        mark.iter().copied().chain(units).collect()
    }

    #[test]
    fn a_table_is_the_same_however_its_text_is_written() {
        let text = "t;\u{e4}x \u{1f600};ay\r\n0;1,5;2\n";
        let expected = rows(text.as_bytes());
        assert_eq!(expected, [["t", "\u{e4}x \u{1f600}", "ay"], ["0", "1,5", "2"]]);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).expect("packs");
        let marked = [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat();
        let named = [b"sep=;\r\n", text.as_bytes()].concat();
        let tabs = text.replace(';', "\t").into_bytes();
        let little = utf16(text, &[0xff, 0xfe], u16::to_le_bytes);
        let big = utf16(text, &[0xfe, 0xff], u16::to_be_bytes);
        for bytes in [packed.finish().expect("packs"), marked, named, tabs, little, big] {
            assert_eq!(rows(&bytes), expected);
        }
        let plain = "time_s,ax,ay,az\n0,1,2,3\n";
        for bytes in [utf16(plain, &[], u16::to_le_bytes), utf16(plain, &[], u16::to_be_bytes)] {
            assert_eq!(rows(&bytes), rows(plain.as_bytes()));
        }
    }

    #[test]
    fn numbers_are_read_with_points_and_commas() {
        for (text, value) in [
            ("9.81", Some(9.81)),
            ("9,81", Some(9.81)),
            ("-1e3", Some(-1000.0)),
            ("1.234,5", Some(1234.5)),
            ("1,234.5", Some(1234.5)),
            ("1.700.000.000", Some(1.7e9)),
            ("1,700,000,000", Some(1.7e9)),
            ("1 234,5", Some(1234.5)),
            ("1\u{202f}700\u{202f}000\u{a0}000", Some(1.7e9)),
            ("1'234.5", Some(1234.5)),
            ("\u{2212}1\u{2019}234", Some(-1234.0)),
            ("\u{2212}9.81", Some(-9.81)),
            ("12.05.2024", None),
            ("12 05 2024", None),
            ("1 2", None),
            ("12.05.2024 09:00", None),
            ("1 234.5 6", None),
            ("", None),
            ("nan", None),
            ("inf", None),
            ("x", None),
            (",", None),
        ] {
            assert_eq!(number(text), value, "{text}");
        }
        assert_eq!(rows(b"rr_s\n0,8\n")[1], ["0,8"]);
        assert_eq!(rows(b"\"Time (s)\",\"a,b\"\n1,2\n")[0], ["Time (s)", "a,b"]);
    }

    #[test]
    fn what_is_no_text_and_what_is_too_long_is_refused() {
        let refused = |origin: Origin| Table::open(&origin).err().expect("refused").to_string();
        assert!(refused(origin(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")).contains("no text"));
        assert!(refused(origin("t,x\n".repeat(100)).at_most(100)).contains("too long"));
    }

    #[test]
    fn a_field_that_is_no_text_spoils_no_other() {
        let mut table = Table::open(&origin(b"t,\xfcx\n1,\xfc,3\n")).expect("opens");
        let header: Vec<String> = table.next().expect("reads").expect("a header").fields().collect();
        assert_eq!(header[0], "t");
        let row = table.next().expect("reads").expect("a row");
        assert_eq!((row.number(0), row.number(1), row.number(2)), (Some(1.0), None, Some(3.0)));
    }
}
