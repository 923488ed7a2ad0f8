//! Tables of what wearables notified: a time, the characteristic, and the packet in hexadecimal.

use std::sync::Arc;

use super::names::{self, Header};
use super::text::{Row, Table};
use super::times::{self, Unit};
use super::writing::{Apart, Turns, Writing};
use super::{BoxedSamples, Origin, Recording, Samples, TableError};
use crate::left_out::LeftOut;
use crate::sample::{HeartSample, MotionSample, Timestamp};
use crate::wearables::{Decoded, Session, Told, Uuid, Wearable, hex};

/// How far packets of a wearable can be apart, seconds.
const STEPS: Apart = Apart { possible: 0.0005..7200.0, usual: f64::INFINITY };

/// A notification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notified {
    /// When it came.
    pub at: Timestamp,
    /// Through which characteristic, where the table says it.
    pub characteristic: Option<Uuid>,
    /// The packet.
    pub bytes: Vec<u8>,
}

/// The notifications of a table, in the order of its rows.
pub struct Packets {
    table: Table,
    waiting: Option<Row>,
    time: (usize, Writing, Unit),
    turns: Turns,
    characteristic: Option<usize>,
    packet: usize,
}

impl Packets {
    /// Opens a table: with a header that names a time, `packet`, and `characteristic` where there are several; or without one,
    /// `seconds,characteristic,packet` or `milliseconds,packet`.
    ///
    /// # Errors
    /// When it cannot be read, or is no such table.
    pub fn open(origin: &Origin) -> Result<Self, TableError> {
        let mut table = Table::open(origin)?;
        let first = table.next()?.ok_or_else(|| TableError::content("it is empty"))?.clone();
        if first.number(0).is_some() {
            let (unit, characteristic) = if first.len() < 3 { (Unit::Millis, None) } else { (Unit::Seconds, Some(1)) };
            let packet = first.len().min(3) - 1;
            return Ok(Self {
                table,
                waiting: Some(first),
                time: (0, Writing::default(), unit),
                turns: Writing::default().turns(),
                characteristic,
                packet,
            });
        }
        let header = Header::of(&first);
        let packet = header
            .column(names::PACKETS)
            .ok_or_else(|| TableError::content("its header names no packet: write time_s,characteristic,packet"))?;
        let (place, unit) = times::time_column(&header)
            .ok_or_else(|| TableError::content("its header names no time: write time_s,characteristic,packet"))?;
        let characteristic = header.column(&["characteristic", "uuid"]);
        let writing = Writing::of(origin, 1, place, unit, &STEPS)?;
        let time = (place, writing, unit.unwrap_or(Unit::Millis));
        Ok(Self { table, waiting: None, time, turns: writing.turns(), characteristic, packet })
    }

    /// The next notification; `Some(None)` where a row is none.
    ///
    /// # Errors
    /// When it cannot be read any more.
    pub fn read(&mut self) -> Result<Option<Option<Notified>>, TableError> {
        let row = match self.waiting.take() {
            Some(row) => row,
            None => match self.table.next()? {
                Some(row) => row.clone(),
                None => return Ok(None),
            },
        };
        Ok(Some(self.notified(&row)))
    }

    fn notified(&mut self, row: &Row) -> Option<Notified> {
        let (place, writing, unit) = self.time;
        // A date and a time of day say their unit themselves.
        let unit = if row.number(place).is_some() { unit } else { Unit::Seconds };
        let at = Timestamp(unit.micros(self.turns.with_days(writing.time(row, place)?))?);
        let characteristic = match self.characteristic {
            Some(column) => Some(row.get(column)?.parse().ok()?),
            None => None,
        };
        Some(Notified { at, characteristic, bytes: row.get(self.packet).and_then(hex)? })
    }
}

/// A recording of packets as motion, by the wearable's description.
///
/// # Errors
/// When it does not read, the wearable gives no motion, or the reading was stopped.
pub fn wearable_motion(origin: &Origin, wearable: &Arc<Wearable>) -> Result<Recording<MotionSample>, TableError> {
    recording(origin, wearable, "motion", |decoded| std::mem::take(&mut decoded.motion), |sample| sample.at)
}

/// A recording of packets as beats and rates, by the wearable's description.
///
/// # Errors
/// When it does not read, the wearable gives no beats, or the reading was stopped.
pub fn wearable_heart(origin: &Origin, wearable: &Arc<Wearable>) -> Result<Recording<HeartSample>, TableError> {
    recording(origin, wearable, "heartbeats", |decoded| std::mem::take(&mut decoded.heart), HeartSample::at)
}

type Taken<S> = fn(&mut Decoded) -> Vec<S>;

struct Rows<S> {
    packets: Packets,
    session: Session,
    taken: Taken<S>,
    left_out: LeftOut,
}

impl<S> Rows<S> {
    fn open(origin: &Origin, wearable: &Arc<Wearable>, taken: Taken<S>) -> Result<Self, TableError> {
        // What was captured is there: streams that are seldom asked for, too.
        let names: Vec<&str> = wearable.streams.iter().map(|stream| stream.name.as_str()).collect();
        let packets = Packets::open(origin)?;
        Ok(Self { packets, session: Session::with(Arc::clone(wearable), &names), taken, left_out: LeftOut::default() })
    }

    fn next(&mut self) -> Result<Option<Vec<S>>, TableError> {
        let Some(row) = self.packets.read()? else { return Ok(None) };
        let Some(Notified { at, characteristic, bytes }) = row else {
            self.left_out.unread += 1;
            return Ok(Some(Vec::new()));
        };
        let first = self.session.wearable().usual().next().map(|stream| stream.characteristic);
        let Some(characteristic) = characteristic.or(first) else { return Ok(Some(Vec::new())) };
        let mut decoded = self.session.push(characteristic, &bytes, at);
        for told in &decoded.told {
            match told {
                Told::OutOfRange { count, .. } | Told::NotToBeUsed(count) => self.left_out.no_value += *count as u64,
                Told::NoReading(_) | Told::Frozen => self.left_out.no_value += 1,
                Told::Doubled => self.left_out.out_of_order += 1,
                told if !told.is_note() && !told.is_gap() => self.left_out.unread += 1,
                _ => {}
            }
        }
        Ok(Some((self.taken)(&mut decoded)))
    }
}

fn recording<S: Moved + Send + 'static>(
    origin: &Origin,
    wearable: &Arc<Wearable>,
    what: &str,
    taken: Taken<S>,
    at: fn(&S) -> Timestamp,
) -> Result<Recording<S>, TableError> {
    let mut rows = Rows::open(origin, wearable, taken)?;
    let (mut first, mut last, mut count) = (None, i64::MIN, 0_u64);
    while let Some(samples) = rows.next()? {
        for sample in &samples {
            let at = at(sample).0;
            first = Some(first.map_or(at, |first: i64| first.min(at)));
            last = last.max(at);
            count += 1;
        }
    }
    let left_out = rows.left_out;
    let first = first.ok_or_else(|| {
        let name = &wearable.name;
        TableError::Content(match left_out.total() {
            0 => format!("none of its packets gives {what} by the description of {name}"),
            _ => format!("none of its packets gives {what} by the description of {name}; left out: {left_out}"),
        })
    })?;
    let length = last.saturating_sub(first).saturating_add(1);
    let seconds = length as f64 / 1e6;
    let rate = if count > 1 && seconds > 0.0 { (count - 1) as f64 / seconds } else { 1.0 };
    let (origin, wearable) = (origin.clone(), Arc::clone(wearable));
    let open = move || {
        let rows = Rows::open(&origin, &wearable, taken)?;
        Ok(Box::new(Reader { rows, first }) as BoxedSamples<S>)
    };
    Ok(Recording {
        length,
        origin: times::as_date(first),
        rate,
        rows: count,
        left_out,
        passed_over: None,
        unknown: None,
        notes: Vec::new(),
        open: Box::new(open),
    })
}

/// Samples whose time can be moved.
trait Moved {
    fn earlier(self, micros: i64) -> Self;
}

impl Moved for MotionSample {
    fn earlier(self, micros: i64) -> Self {
        Self { at: self.at.plus(-micros), ..self }
    }
}

impl Moved for HeartSample {
    fn earlier(self, micros: i64) -> Self {
        self.moved(-micros)
    }
}

struct Reader<S> {
    rows: Rows<S>,
    first: i64,
}

impl<S: Moved + Send> Samples for Reader<S> {
    type Sample = S;

    fn next(&mut self) -> Result<Option<Vec<S>>, TableError> {
        let Some(samples) = self.rows.next()? else { return Ok(None) };
        Ok(Some(samples.into_iter().map(|sample| sample.earlier(self.first)).collect()))
    }

    fn left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.rows.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{all, origin};
    use super::*;

    fn shipped(name: &str) -> Arc<Wearable> {
        let (_, text) = crate::wearables::SHIPPED.iter().find(|(shipped, _)| *shipped == name).unwrap();
        Arc::new(Wearable::parse(text).unwrap())
    }

    /// Bytes of a test of the maker's: 3 samples at 200 Hz, and one more frame behind them.
    const CAPTURED: &str = "time_s,characteristic,packet\n\
        10.0,2a37,1648f203\n\
        10.0,fb005c82-02e7-f387-1cad-8acd2d8df0c8,0200c23227a543520801f7ffffffe703f8fffeffe503f9ffffffe503\n\
        10.015,fb005c82-02e7-f387-1cad-8acd2d8df0c8,02c0a31728a543520801f7ffffffe703f8fffeffe503f9ffffffe503\n\
        x,2a37,1648f203\n";

    #[test]
    fn a_captured_session_of_a_strap_plays_as_motion_and_as_a_heart() {
        let (motion, left_out) = all(&wearable_motion(&origin(CAPTURED), &shipped("polar-h10")).unwrap());
        assert_eq!((motion.len(), left_out.unread), (6, 1));
        assert!((motion[0].acceleration[2] - 0.999 * 9.80665).abs() < 1e-9, "{motion:?}");
        let times: Vec<i64> = motion.iter().map(|sample| sample.at.0).collect();
        assert_eq!(times, [0, 5000, 10_000, 15_000, 20_000, 25_000]);
        let heart = all(&wearable_heart(&origin(CAPTURED), &shipped("polar-h10")).unwrap()).0;
        assert!(
            heart
                .iter()
                .any(|s| matches!(s, HeartSample::Beat { rr_millis, .. } if (rr_millis - 986.328125).abs() < 1e-6))
        );
    }

    #[test]
    fn what_a_wearable_does_not_give_is_said() {
        let error = wearable_motion(&origin("0.5,2a37,1648f203\n"), &shipped("heart-rate-strap")).err().unwrap();
        assert!(error.to_string().contains("gives motion by the description of Heart-rate strap"), "{error}");
        let error = wearable_heart(&origin("time_s,hr\n0,72\n"), &shipped("polar-h10")).err().unwrap();
        assert!(error.to_string().contains("time_s,characteristic,packet"), "{error}");
    }
}
