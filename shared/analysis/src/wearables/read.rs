//! From a file's text to what it says.

use std::collections::BTreeSet;

use toml::Spanned;

use super::Uuid;
use super::file::{
    CommandFile, ControlFile, Endian, FieldFile, File, FileOne, LineFile, PacketFile, StreamFile, Version,
};
use super::layout::{
    CommandLine, Continued, Control, ErrorText, Field, How, LeftOver, Line, LineValue, Packet, Stream, Time, Wearable,
};
use super::problem::{Problem, nearest};

/// Values that are used by what they are called, with the units in which they may come.
const KNOWN: [(&str, &[&str]); 12] = [
    ("heart_rate", &["1/min"]),
    ("rr_interval", &["ms", "s"]),
    ("acceleration_x", &["g", "mg", "m/s2"]),
    ("acceleration_y", &["g", "mg", "m/s2"]),
    ("acceleration_z", &["g", "mg", "m/s2"]),
    ("gyroscope_x", &["deg/s", "rad/s"]),
    ("gyroscope_y", &["deg/s", "rad/s"]),
    ("gyroscope_z", &["deg/s", "rad/s"]),
    ("steps_today", &["steps"]),
    ("steps_added", &["steps"]),
    ("battery", &["%"]),
    ("sequence", &[""]),
];
/// No maker's packet has more.
const MOST_ROWS: usize = 512;
/// Seconds without a packet from which there is a gap, where a description does not say.
const SILENT_AFTER: f64 = 5.0;

impl Wearable {
    /// Reads a description of version 1 or 2.
    ///
    /// # Errors
    /// With the line, the field, and what was expected.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let of_toml = |error| Problem::of_toml(text, &error);
        match toml::from_str::<Version>(text).map_err(of_toml)?.version {
            1 => Reader(text).one(toml::from_str(text).map_err(of_toml)?),
            2 => Reader(text).two(toml::from_str(text).map_err(of_toml)?),
            other => Err(Problem::at(text, 0, "version", "", format!("it is {other}; this build reads 1 and 2"))),
        }
    }
}

/// The text, for the lines of what is wrong.
struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn wrong(&self, place: usize, key: &str, of: &str, problem: impl Into<String>) -> Problem {
        Problem::at(self.0, place, key, of, problem)
    }

    fn uuid(&self, place: usize, key: &str, of: &str, text: &str) -> Result<Uuid, Problem> {
        text.parse().map_err(|expected| self.wrong(place, key, of, format!("{text:?} is none; write {expected}")))
    }

    fn positive(&self, place: usize, key: &str, of: &str, value: Option<f64>) -> Result<(), Problem> {
        match value {
            Some(value) if !(value.is_finite() && value > 0.0) => {
                Err(self.wrong(place, key, of, format!("it is {value}; write a number over 0")))
            }
            _ => Ok(()),
        }
    }

    fn two(&self, file: File) -> Result<Wearable, Problem> {
        let File { name, source, tried, advertised, battery_hours, mtu, stream, control, .. } = file;
        for (key, text) in [("name", &name), ("source", &source), ("tried", &tried)] {
            if text.trim().is_empty() {
                return Err(self.wrong(0, key, "", "it is empty; write a few words"));
            }
        }
        self.positive(0, "battery_hours", "", battery_hours)?;
        if stream.is_empty() {
            return Err(self.wrong(0, "stream", "", "there is none; write one [[stream]] for each kind of values"));
        }
        let streams = stream.into_iter().map(|stream| self.stream(stream)).collect::<Result<Vec<_>, _>>()?;
        let mut seen = BTreeSet::new();
        if let Some(twice) = streams.iter().find(|stream| !seen.insert(&stream.name)) {
            let problem = format!("two streams are called {}; give each its own name", twice.name);
            return Err(self.wrong(self.0.rfind(&twice.name).unwrap_or(0), "name", "stream", problem));
        }
        let control = control.map(|control| self.control(control)).transpose()?;
        Ok(Wearable { name, source, tried, advertised, battery_hours, mtu, streams, control })
    }

    fn control(&self, control: Spanned<ControlFile>) -> Result<Control, Problem> {
        let place = control.span().start;
        let ControlFile { service, characteristic, how, replies, error } = control.into_inner();
        let errors = error.into_iter().map(|e| ErrorText { number: e.number, says: e.says, next: e.next }).collect();
        Ok(Control {
            service: self.uuid(place, "service", "control", &service)?,
            characteristic: self.uuid(place, "characteristic", "control", &characteristic)?,
            how,
            replies,
            errors,
        })
    }

    fn stream(&self, stream: Spanned<StreamFile>) -> Result<Stream, Problem> {
        let place = stream.span().start;
        let file = stream.into_inner();
        let of = format!("stream {}", file.name);
        let command = |key: &str, command: Option<CommandFile>| {
            command.map(|command| self.command(place, key, &of, command)).transpose()
        };
        self.positive(place, "rate_hz", &of, file.rate_hz)?;
        self.positive(place, "silent_after_s", &of, file.silent_after_s)?;
        if file.packet.is_empty() == file.line.is_empty() {
            let problem = "it needs either [[stream.packet]] or [[stream.line]], and has both or none";
            return Err(self.wrong(place, "packet", &of, problem));
        }
        let time = file.time.map(|t| Time { field: t.field, of: t.of, unit: t.unit, epoch: t.epoch, none: t.none });
        let packets = file.packet.into_iter().map(|packet| self.packet(packet, &of, time.as_ref(), file.rate_hz));
        Ok(Stream {
            service: self.uuid(place, "service", &of, &file.service)?,
            characteristic: self.uuid(place, "characteristic", &of, &file.characteristic)?,
            how: file.how,
            rate_hz: file.rate_hz,
            silent_after_s: file.silent_after_s.unwrap_or(SILENT_AFTER),
            optional: file.optional,
            start: command("start", file.start)?,
            stop: command("stop", file.stop)?,
            packets: packets.collect::<Result<_, _>>()?,
            lines: file.line.into_iter().map(|line| self.line(line, &of)).collect::<Result<_, _>>()?,
            time,
            name: file.name,
        })
    }

    fn command(&self, place: usize, key: &str, of: &str, command: CommandFile) -> Result<CommandLine, Problem> {
        let bytes = |text: &str| {
            template(text).ok_or_else(|| {
                let expected = "write bytes as 02 0a, {reference} for the stream's number, and text as '/Meas/Acc'";
                self.wrong(place, key, of, format!("{text:?} does not read; {expected}"))
            })
        };
        Ok(CommandLine {
            write: bytes(&command.write)?,
            to: self.uuid(place, key, of, &command.to)?,
            reply: command.reply.as_deref().map(bytes).transpose()?,
        })
    }

    fn packet(
        &self,
        packet: Spanned<PacketFile>,
        of: &str,
        time: Option<&Time>,
        rate: Option<f64>,
    ) -> Result<Packet, Problem> {
        let place = packet.span().start;
        let file = packet.into_inner();
        let mut fields = Vec::new();
        for field in file.fields {
            let bits = fields
                .first()
                .map_or(0, |first: &Field| if first.kind.is_whole() { 8 * first.kind.width() } else { 0 });
            fields.push(self.field(field, of, bits)?.1);
        }
        let bits = fields.first().map_or(0, |first| if first.kind.is_whole() { 8 * first.kind.width() } else { 0 });
        let mut blocks: Vec<Vec<Field>> = Vec::new();
        let mut last = 0;
        for field in file.samples {
            let at = field.span().start;
            let (block, field) = self.field(field, of, bits)?;
            match block.checked_sub(last) {
                Some(0) if !blocks.is_empty() => blocks.last_mut().expect("there is one").push(field),
                _ if blocks.is_empty() || Some(block) == last.checked_add(1) => blocks.push(vec![field]),
                _ => {
                    let problem = format!("it is {block} behind {last}; blocks are numbered one after the other");
                    return Err(self.wrong(at, "block", of, problem));
                }
            }
            last = block;
        }
        let wrong = |key: &str, problem: String| Err(self.wrong(place, key, of, problem));
        if let Some(flag) = file.flags.iter().find(|(_, bit)| usize::from(**bit) >= bits) {
            return wrong("flags", format!("bit {} of {} is not among the {bits} of the first field", flag.1, flag.0));
        }
        if fields.is_empty() && blocks.is_empty() && !file.ignored {
            return wrong("fields", "the packet has neither fields nor samples".into());
        }
        if file.count.is_some_and(|count| count == 0 || count > MOST_ROWS) {
            return wrong("count", format!("write 1 to {MOST_ROWS}, or leave it out: then samples fill the packet"));
        }
        let plain =
            |field: &Field| field.kind.is_whole() && field.kind.width() <= 4 && !field.big && field.at.is_none();
        if file.delta && !(blocks.len() == 1 && blocks[0].iter().all(plain)) {
            return wrong(
                "delta",
                "it needs one block of samples, whole numbers of up to 32 bits, little-endian".into(),
            );
        }
        if let (Some(time), false) = (time, file.ignored) {
            match fields.iter().find(|field| field.name == time.field) {
                Some(field) if field.kind.is_unsigned() => {}
                Some(field) => {
                    return wrong(&field.name, "it holds the time, and must be u8, u16, u24, u32 or u64".into());
                }
                None => {
                    let meant = nearest(&time.field, fields.iter().map(|field| field.name.as_str()));
                    let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
                    return wrong("fields", format!("none is called {}, which time names{meant}", time.field));
                }
            }
        }
        let beats = blocks.iter().flatten().any(|field| field.name == "rr_interval");
        if time.is_some() && rate.is_none() && !blocks.is_empty() && !beats {
            return Err(self.wrong(place, "rate_hz", of, "samples with a time need the stream's rate_hz"));
        }
        let left_over = if time.is_some() { LeftOver::Refuse } else { LeftOver::Tell };
        Ok(Packet {
            marks: file.marks.into_iter().map(|mark| (mark.at, mark.is)).collect(),
            reference_at: file.reference_at,
            ignored: file.ignored,
            flags: file.flags,
            fields,
            blocks,
            count: file.count,
            delta: file.delta,
            left_over: file.left_over.unwrap_or(left_over),
            continued: file.continued.map(|c| Continued { at: c.at, is: c.is, cut: c.cut }),
        })
    }

    /// A field and the number of its block; `bits` are those of the first field.
    fn field(&self, field: Spanned<FieldFile>, of: &str, bits: usize) -> Result<(u8, Field), Problem> {
        let place = field.span().start;
        let file = field.into_inner();
        let of = format!("{of}, field {}", file.name);
        if !file.divide.is_finite() || file.divide == 0.0 {
            return Err(self.wrong(place, "divide", &of, format!("it cannot be divided by {}", file.divide)));
        }
        if !file.multiply.is_finite() || file.multiply == 0.0 || !file.add.is_finite() {
            let problem = "multiply and add must be numbers, and multiply none of 0";
            return Err(self.wrong(place, "multiply", &of, problem));
        }
        for (key, bit) in [("if_set", file.if_set), ("if_clear", file.if_clear)] {
            if let Some(bit) = bit.filter(|bit| usize::from(*bit) >= bits) {
                let problem = match bits {
                    0 => "no field of bits stands before it: the first field of the packet holds the flags".into(),
                    _ => format!("bit {bit} is not among the {bits} of the first field"),
                };
                return Err(self.wrong(place, key, &of, problem));
            }
        }
        for (key, list) in [("drop_if_set", &file.drop_if_set), ("drop_if_clear", &file.drop_if_clear)] {
            let own = 8 * file.kind.width();
            if list.iter().any(|bit| !file.kind.is_whole() || usize::from(*bit) >= own) {
                return Err(self.wrong(place, key, &of, format!("write bits of the field itself, 0 to {}", own - 1)));
            }
        }
        self.unit(place, &of, &file.name, &file.unit)?;
        self.limits(place, &of, file.min, file.max)?;
        let field = Field {
            kind: file.kind,
            big: file.endian == Endian::Big,
            at: file.at,
            divide: file.divide,
            multiply: file.multiply,
            add: file.add,
            factor: file.factor,
            if_set: file.if_set,
            if_clear: file.if_clear,
            min: file.min,
            max: file.max,
            none: file.none,
            drop_if_set: file.drop_if_set,
            drop_if_clear: file.drop_if_clear,
            name: file.name,
            unit: file.unit,
        };
        Ok((file.block, field))
    }

    fn unit(&self, place: usize, of: &str, name: &str, unit: &str) -> Result<(), Problem> {
        match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((_, units)) if !units.contains(&unit) => {
                let units: Vec<String> = units.iter().map(|unit| format!("{unit:?}")).collect();
                Err(self.wrong(place, "unit", of, format!("it is {unit:?}; {name} comes in {}", units.join(" or "))))
            }
            _ => Ok(()),
        }
    }

    fn limits(&self, place: usize, of: &str, min: Option<f64>, max: Option<f64>) -> Result<(), Problem> {
        match (min, max) {
            (Some(min), Some(max)) if min > max || min.is_nan() || max.is_nan() => {
                Err(self.wrong(place, "min", of, format!("it is {min}, over the max of {max}")))
            }
            _ => Ok(()),
        }
    }

    fn line(&self, line: Spanned<LineFile>, of: &str) -> Result<Line, Problem> {
        let file = line.into_inner();
        let mut values = Vec::new();
        for value in file.values {
            let place = value.span().start;
            let value = value.into_inner();
            let of = format!("{of}, value {}", value.name);
            let scale = value.multiply / value.divide;
            if !scale.is_finite() || scale == 0.0 {
                return Err(self.wrong(place, "divide", &of, "divide and multiply must be numbers other than 0"));
            }
            self.unit(place, &of, &value.name, &value.unit)?;
            self.limits(place, &of, value.min, value.max)?;
            let (key, name, unit, min, max) = (value.key, value.name, value.unit, value.min, value.max);
            values.push(LineValue { key, name, unit, scale, min, max });
        }
        let ends = file.ends.map(|ends| (ends.key, ends.unit, ends.seconds));
        Ok(Line { when: file.when, present: file.present, absent: file.absent, ends, values })
    }

    fn one(&self, file: FileOne) -> Result<Wearable, Problem> {
        let of = "the packet";
        let mut fields: Vec<Field> = Vec::new();
        let mut blocks = Vec::new();
        let count = file.field.len();
        for (number, field) in file.field.into_iter().enumerate() {
            let place = field.span().start;
            let one = field.into_inner();
            if number == 0 && (one.repeated || one.if_set.is_some() || one.if_clear.is_some()) {
                let problem = "the first field must always be there once: it holds the flags";
                return Err(self.wrong(place, "name", &one.name, problem));
            }
            if one.repeated && number + 1 < count {
                return Err(self.wrong(place, "repeated", &one.name, "only the last field can be repeated"));
            }
            let bits = fields.first().map_or(0, |first| 8 * first.kind.width());
            let two = FieldFile {
                name: one.name,
                kind: one.kind,
                endian: Endian::Little,
                at: None,
                unit: one.unit,
                divide: one.divide,
                multiply: 1.0,
                add: 0.0,
                factor: false,
                if_set: one.if_set,
                if_clear: one.if_clear,
                min: None,
                max: None,
                none: Vec::new(),
                drop_if_set: Vec::new(),
                drop_if_clear: Vec::new(),
                block: 0,
            };
            let (_, field) = self.field(Spanned::new(place..place, two), of, bits)?;
            match one.repeated {
                true => blocks.push(vec![field]),
                false => fields.push(field),
            }
        }
        let Some(first) = fields.first() else { return Err(self.wrong(0, "field", "", "it has no fields")) };
        let bits = 8 * first.kind.width();
        if let Some(flag) = file.flag.iter().find(|flag| usize::from(flag.bit) >= bits) {
            let problem = format!("bit {} of {} is not among the {bits} of the first field", flag.bit, flag.name);
            return Err(self.wrong(0, "bit", "flag", problem));
        }
        let packet = Packet {
            marks: Vec::new(),
            reference_at: None,
            ignored: false,
            flags: file.flag.into_iter().map(|flag| (flag.name, flag.bit)).collect(),
            fields,
            blocks,
            count: None,
            delta: false,
            left_over: LeftOver::Tell,
            continued: None,
        };
        let stream = Stream {
            name: "values".into(),
            service: self.uuid(0, "service", "", &file.service)?,
            characteristic: self.uuid(0, "characteristic", "", &file.characteristic)?,
            how: How::Notify,
            rate_hz: None,
            silent_after_s: SILENT_AFTER,
            optional: false,
            start: None,
            stop: None,
            time: None,
            packets: vec![packet],
            lines: Vec::new(),
        };
        Ok(Wearable {
            name: file.name,
            source: file.source,
            tried: "not told: a description of version 1".into(),
            advertised: Vec::new(),
            battery_hours: None,
            mtu: None,
            streams: vec![stream],
            control: None,
        })
    }
}

/// Bytes of a command: hexadecimal, `{reference}`, and text in single quotes.
fn template(text: &str) -> Option<Vec<Option<u8>>> {
    let (mut bytes, mut rest) = (Vec::new(), text.trim_start());
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("{reference}") {
            bytes.push(None);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('\'') {
            let (quoted, after) = after.split_once('\'')?;
            bytes.extend(quoted.bytes().map(Some));
            rest = after;
        } else {
            bytes.push(Some(u8::from_str_radix(rest.get(..2).filter(|hex| !hex.starts_with('+'))?, 16).ok()?));
            rest = &rest[2..];
        }
        rest = rest.trim_start();
    }
    Some(bytes)
}
