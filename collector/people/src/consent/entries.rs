//! The book of an outbox: what it told, and what others of its enrolment and the browser withdrew.

use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::damage::Damages;
use attune_ground::keys::Opened;
use attune_ground::store::{Lookup, to_i64};
use attune_protocol::consent::{Book, Consent};
use attune_protocol::ids::{DeviceId, Epoch, PersonId};
use attune_protocol::seal::SealKey;
use sqlx::AnyConnection;

use super::log::{BROWSER, open};
use crate::PeopleError;

/// An outbox of a device, the enrolment under which it says that it was begun, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Outbox {
    /// The device.
    pub device: DeviceId,
    /// The outbox.
    pub epoch: Epoch,
    /// The number of the enrolment; it counts while the outbox is not bound.
    pub enrolment: u32,
    /// The person.
    pub person: PersonId,
}

/// Entries of the log about one outbox and the others of its enrolment, still sealed.
pub struct Entries {
    outbox: Outbox,
    /// Epoch, place in it, what is sealed there, and the number of the enrolment.
    rows: Vec<(i64, i64, Vec<u8>, i64)>,
}

static ENTRIES: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, device, epoch, person, number, browser)",
        "SELECT asked.place, log.epoch, log.seq, log.entry, COALESCE((SELECT own.number FROM device_epochs own \
         WHERE own.device = asked.device AND own.epoch = asked.epoch), asked.number) \
         FROM asked CROSS JOIN consent_log log WHERE log.device = asked.device AND log.person = asked.person \
         AND (log.epoch = asked.browser OR log.epoch IN (SELECT begun.epoch FROM device_epochs begun \
         WHERE begun.device = asked.device AND begun.number = COALESCE((SELECT own.number FROM device_epochs own \
         WHERE own.device = asked.device AND own.epoch = asked.epoch), asked.number))) ORDER BY log.place",
    )
});

impl Entries {
    /// Those that there are.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of(connection: &mut AnyConnection, outbox: Outbox) -> Result<Self, PeopleError> {
        Ok(Self::of_all(connection, &[outbox]).await?.remove(0))
    }

    /// Those of several outboxes, each in its place.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of_all(connection: &mut AnyConnection, outboxes: &[Outbox]) -> Result<Vec<Self>, PeopleError> {
        let numbered = |outbox: &Outbox| Ok::<_, GroundError>((*outbox, to_i64(outbox.epoch.0)?));
        let asked = outboxes.iter().map(numbered).collect::<Result<Vec<_>, _>>()?;
        let rows = ENTRIES.of(connection, &asked, |query, asked| {
            query
                .bind(asked.map(|(outbox, _)| outbox.device.0.to_vec()))
                .bind(asked.map(|(_, epoch)| *epoch))
                .bind(asked.map(|(outbox, _)| outbox.person.0.to_vec()))
                .bind(asked.map(|(outbox, _)| i64::from(outbox.enrolment)))
                .bind(asked.and(to_i64(BROWSER.0).ok()))
        });
        let rows: Vec<(i64, i64, i64, Vec<u8>, i64)> = rows.await?;
        let mut all: Vec<Self> = outboxes.iter().map(|outbox| Self { outbox: *outbox, rows: Vec::new() }).collect();
        for (place, epoch, seq, entry, number) in rows {
            if let Some(of) = usize::try_from(place).ok().and_then(|place| all.get_mut(place)) {
                of.rows.push((epoch, seq, entry, number));
            }
        }
        Ok(all)
    }

    /// Opens them, for who makes a book of them later.
    #[must_use]
    pub fn open(self, (key, damages): (&SealKey, &Damages)) -> Opened<Consent> {
        let Self { outbox: Outbox { device, person, .. }, rows } = self;
        let mut opened = Opened::default();
        for (told_in, seq, entry, _) in rows {
            if let Some(change) = open(key, person, (&device.0, told_in, seq), &entry, damages) {
                opened.note((told_in, seq), entry, change);
            }
        }
        opened
    }

    /// The changes of consent that have come in the outbox, and what was withdrawn in others of the same enrolment. An entry that
    /// does not open is left out, so that its device is asked for it again; what was opened before is not opened again.
    ///
    /// # Errors
    /// When the outbox has no number of ours.
    pub fn book(self, (key, damages): (&SealKey, &Damages), known: &Opened<Consent>) -> Result<Book, PeopleError> {
        let Self { outbox: Outbox { device, epoch, person, .. }, rows } = self;
        let mut book = Book::default();
        for (told_in, seq, entry, number) in rows {
            let known = known.get((told_in, seq), &entry);
            let read = || open(key, person, (&device.0, told_in, seq), &entry, damages);
            let Some(change) = known.or_else(read) else { continue };
            if told_in == to_i64(BROWSER.0)? {
                // What was withdrawn before the device was enrolled anew ended with that enrolment.
                if !change.granted && i64::from(change.version) == number {
                    book.note_asked(change.modality, change.purpose, change.at_millis);
                }
            } else if told_in == to_i64(epoch.0)? {
                book.note(change);
            } else {
                book.note_elsewhere(change);
            }
        }
        Ok(book)
    }
}
