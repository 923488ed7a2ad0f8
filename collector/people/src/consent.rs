//! What people agreed to, as their devices said it, and what they withdrew in the browser: an append-only log, each entry sealed
//! under its person's key and hashed with the one before.
//!
//! In the browser consent is withdrawn and never given: who has stolen a session must not switch on a camera at somebody's home.
//! A withdrawal there holds here at once, whatever the device says, until the device has confirmed it; after that the device's
//! own book decides again, so that consent is given anew on the device alone. Where both change at once the withdrawal wins. Its
//! instant lies behind every change that is known of the device, whose clock may be ahead. It ends with the enrolment that it is
//! of. A database that was put back from a copy of before has forgotten it; a device that has carried it out tells it again.

mod browser;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::{Opened, PersonKeys};
use attune_ground::ledger::Ledger;
use attune_ground::store::{Lookup, Store, bytes16, to_i64, to_u64};
use attune_ground::time::now_millis;
use attune_protocol::consent::{Book, Consent, Purpose, texts};
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use sqlx::{Any, AnyConnection, Transaction};

pub use browser::{confirmed_at, unconfirmed, withdraw_in_browser, withdrawn_since};

use crate::PeopleError;

/// How many changes of one person are looked at to tell what is in force.
const NEWEST: i64 = 256;

/// The outbox under which the log has what was withdrawn in the browser; no device has it. The place in it is the instant of the
/// withdrawal, and the version is the number of the device's enrolment.
pub const BROWSER: Epoch = Epoch(i64::MAX as u64);

/// The log, and what of it is hashed.
pub static LEDGER: Ledger = Ledger {
    name: "consents",
    prefix: b"attune consent 2",
    log: "consent_log",
    head: "consent_head",
    bytes: &["person", "device", "entry"],
    texts: &[],
    numbers: &["epoch", "seq", "received_at"],
    begins_weaker: true,
};

/// Where an item stands: device, epoch and place in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ItemKey {
    /// The device that wrote it.
    pub device: DeviceId,
    /// The outbox it comes from.
    pub epoch: Epoch,
    /// Its place there.
    pub seq: Seq,
}

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

/// The modalities that none of a person's devices may sense for a purpose, as far as the newest changes tell. Entries that do
/// not open tell nothing.
///
/// # Errors
/// When the database refuses.
pub async fn lacking(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    (key, damages): (&SealKey, &Damages),
    purpose: Purpose,
) -> Result<Vec<Modality>, PeopleError> {
    type Row = (Vec<u8>, i64, i64, Vec<u8>, i64);
    // By their devices: the log is of everybody, and this is asked whenever windows are fused.
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT log.device, log.epoch, log.seq, log.entry, COALESCE(epochs.number, 0) FROM consent_log log \
         LEFT JOIN device_epochs epochs ON epochs.device = log.device AND epochs.epoch = log.epoch \
         WHERE log.person = $1 AND log.device IN (SELECT own.device FROM device_enrolments own WHERE own.person = $1) \
         ORDER BY log.place DESC LIMIT $2",
    )
    .bind(person.0.to_vec())
    .bind(NEWEST)
    .fetch_all(&mut **transaction)
    .await?;
    let all_are_here = (rows.len() as i64) < NEWEST;
    // Versions begin anew with each enrolment, and in an outbox that was put back from a copy.
    let age = |(number, change): &(i64, Consent)| (*number, change.at_millis, change.version);
    let mut newest: BTreeMap<(Modality, Vec<u8>), (i64, Consent)> = BTreeMap::new();
    for (device, epoch, seq, entry, number) in rows {
        let opened = open(key, person, (&device, epoch, seq), &entry, damages);
        let Some(change) = opened.filter(|change| change.purpose == purpose) else { continue };
        let found = (if epoch == to_i64(BROWSER.0)? { i64::from(change.version) } else { number }, change);
        let known = newest.entry((change.modality, device)).or_insert(found);
        if age(&found) > age(known) {
            *known = found;
        }
    }
    if newest.is_empty() {
        return Ok(Vec::new());
    }
    let lacks = |modality: &Modality| {
        let mut changes = newest.iter().filter(|((of, _), _)| of == modality).map(|(_, (_, change))| change).peekable();
        (all_are_here || changes.peek().is_some()) && !changes.any(|change| change.granted)
    };
    Ok(Modality::SENSED.into_iter().filter(lacks).collect())
}

/// A change of consent, and from where it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Told {
    /// The device that told it.
    pub device: DeviceId,
    /// The enrolment under which it did; 0 where that is not known.
    pub enrolment: i64,
    /// When it came here, Unix milliseconds.
    pub received_at: i64,
    /// What was decided.
    pub change: Consent,
    /// Whether it was withdrawn in the browser, and not told by the device.
    pub in_browser: bool,
}

impl Told {
    /// The text that was shown when it was decided; none where that is not recorded, or its version not known here.
    #[must_use]
    pub fn text(&self) -> Option<&'static str> {
        texts::of_version(self.change.modality, self.change.purpose, self.change.text?)
    }

    /// Which text was shown, in words.
    #[must_use]
    pub fn text_words(&self) -> String {
        self.change.text.map_or_else(|| "not recorded".into(), |version| format!("version {version}"))
    }

    /// By what the newer of two is told. Versions begin anew with each enrolment, and in an outbox that was put back from a copy.
    #[must_use]
    pub const fn age(&self) -> (i64, i64, u32) {
        (self.enrolment, self.change.at_millis, self.change.version)
    }
}

/// Whose consent changed behind a place of the log, and the last place of it; the place that was given where nothing stands behind it.
///
/// # Errors
/// When the database refuses.
pub async fn changed_behind(store: &Store, place: i64) -> Result<(Vec<PersonId>, i64), PeopleError> {
    let (last,): (Option<i64>,) = sqlx::query_as("SELECT MAX(place) FROM consent_log").fetch_one(store.pool()).await?;
    let last = last.unwrap_or(place).max(place);
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT DISTINCT person FROM consent_log WHERE place > $1 AND place <= $2")
            .bind(place)
            .bind(last)
            .fetch_all(store.pool())
            .await?;
    let people = rows.into_iter().map(|(person,)| Ok(PersonId(bytes16(&person)?)));
    Ok((people.collect::<Result<_, GroundError>>()?, last))
}

/// Whether somebody's consent changed behind a place of the log.
///
/// # Errors
/// When the database refuses.
pub async fn has_changed_behind(store: &Store, person: PersonId, place: i64) -> Result<bool, GroundError> {
    let changed: Option<(i64,)> =
        sqlx::query_as("SELECT place FROM consent_log WHERE place > $1 AND person = $2 ORDER BY place DESC LIMIT 1")
            .bind(place)
            .bind(person.0.to_vec())
            .fetch_optional(store.pool())
            .await?;
    Ok(changed.is_some())
}

/// All changes of a person, in the order in which they came. Those that do not open are left out.
///
/// # Errors
/// When the database refuses, or the person was erased.
pub async fn history(store: &Store, keys: &PersonKeys, person: PersonId) -> Result<Vec<Told>, PeopleError> {
    let mut connection = store.pool().acquire().await.map_err(GroundError::from)?;
    history_over(&mut connection, (keys, store.damages()), person).await
}

/// As [`history`], over a connection that may hold locks.
///
/// # Errors
/// As [`history`].
pub async fn history_over(
    connection: &mut AnyConnection,
    (keys, damages): (&PersonKeys, &Damages),
    person: PersonId,
) -> Result<Vec<Told>, PeopleError> {
    type Row = (Vec<u8>, i64, i64, Vec<u8>, i64, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT log.device, log.epoch, log.seq, log.entry, log.received_at, COALESCE(epochs.number, 0) \
         FROM consent_log log LEFT JOIN device_epochs epochs ON epochs.device = log.device AND epochs.epoch = log.epoch \
         WHERE log.person = $1 ORDER BY log.place",
    )
    .bind(person.0.to_vec())
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = keys.of(person).await?;
    let mut told = Vec::with_capacity(rows.len());
    for (device, epoch, seq, entry, received_at, enrolment) in rows {
        if let Some(mut change) = open(&key, person, (&device, epoch, seq), &entry, damages) {
            let in_browser = epoch == to_i64(BROWSER.0)?;
            let enrolment = if in_browser { i64::from(change.version) } else { enrolment };
            if in_browser {
                change.version = 0;
            }
            told.push(Told { device: DeviceId(bytes16(&device)?), enrolment, received_at, change, in_browser });
        }
    }
    Ok(told)
}

/// The newest changes of everybody, the newest first, each with whose it is; none instead of a change that does not open, as of who was
/// erased.
///
/// # Errors
/// When the database refuses.
pub async fn newest(
    store: &Store,
    keys: &PersonKeys,
    most: i64,
) -> Result<Vec<(i64, PersonId, Option<Told>)>, PeopleError> {
    type Row = (i64, Vec<u8>, Vec<u8>, i64, i64, Vec<u8>, i64);
    let mut connection = store.pool().acquire().await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT place, person, device, epoch, seq, entry, received_at FROM consent_log ORDER BY place DESC LIMIT $1",
    )
    .bind(most)
    .fetch_all(&mut *connection)
    .await?;
    let mut all = Vec::with_capacity(rows.len());
    for (place, person, device, epoch, seq, entry, received_at) in rows {
        let person = PersonId(bytes16(&person)?);
        let key = match keys.of(person).await {
            Ok(key) => Some(key),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(_) => None,
        };
        let change = key.and_then(|key| open(&key, person, (&device, epoch, seq), &entry, store.damages()));
        let in_browser = epoch == to_i64(BROWSER.0)?;
        let device = DeviceId(bytes16(&device)?);
        all.push((place, person, change.map(|change| Told { device, enrolment: 0, received_at, change, in_browser })));
    }
    Ok(all)
}

/// An entry of the log; none where it does not open, which is counted.
fn open(
    key: &SealKey,
    person: PersonId,
    (device, epoch, seq): (&[u8], i64, i64),
    entry: &[u8],
    damages: &Damages,
) -> Option<Consent> {
    let read = || {
        let device = DeviceId(bytes16(device)?);
        let place = ItemKey { device, epoch: Epoch(to_u64(epoch)?), seq: Seq(to_u64(seq)?) };
        Ok::<_, PeopleError>(Consent::decode(&key.open(&entry_context(person, &place), entry)?)?)
    };
    let change = read();
    if change.is_err() {
        damages.note(Damaged::Consent, &[device, &epoch.to_be_bytes(), &seq.to_be_bytes()]);
    }
    change.ok()
}

/// Appends a change to the log. Whoever calls has looked that its item is new.
///
/// # Errors
/// When the database refuses.
pub async fn append(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    seal: &SealKey,
    key: ItemKey,
    consent: &Consent,
) -> Result<(), PeopleError> {
    let entry = seal.seal(&entry_context(person, &key), &consent.encode());
    let bytes = vec![person.0.to_vec(), key.device.0.to_vec(), entry];
    let numbers = vec![to_i64(key.epoch.0)?, to_i64(key.seq.0)?, now_millis()];
    LEDGER.append(transaction, (bytes, Vec::new(), numbers)).await?;
    Ok(())
}

/// Binds a sealed entry to its person and place.
fn entry_context(person: PersonId, place: &ItemKey) -> Vec<u8> {
    let (epoch, seq) = (place.epoch.0.to_be_bytes(), place.seq.0.to_be_bytes());
    [b"consent".as_slice(), &person.0, &place.device.0, &epoch, &seq].concat()
}

/// Checks every link of the log. Gives the place of the first entry that does not follow from the ones before it, or that
/// is missing at the end.
///
/// # Errors
/// When the database refuses.
pub async fn first_broken_link(store: &Store) -> Result<Option<i64>, PeopleError> {
    let mut connection = store.pool().acquire().await.map_err(GroundError::from)?;
    first_broken_link_over(&mut connection).await
}

/// As [`first_broken_link`], over any connection to the database.
///
/// # Errors
/// When the database refuses.
pub async fn first_broken_link_over(connection: &mut AnyConnection) -> Result<Option<i64>, PeopleError> {
    Ok(LEDGER.first_broken(connection).await?)
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;
    use attune_protocol::consent::Verdict;

    use super::*;
    use crate::accounts;

    const DEVICE: DeviceId = DeviceId([1; 16]);
    const OTHER: DeviceId = DeviceId([2; 16]);
    /// Two outboxes of one enrolment, and one of the next.
    const FIRST: Epoch = Epoch(11);
    const SECOND: Epoch = Epoch(12);
    const NEXT: Epoch = Epoch(13);

    fn change(modality: Modality, granted: bool, version: u32, at_millis: i64) -> Consent {
        Consent { modality, purpose: Purpose::Wellbeing, granted, version, at_millis, text: None }
    }

    /// A person whose device has the outboxes of these tests.
    struct Log {
        database: Database,
        person: PersonId,
        key: std::sync::Arc<SealKey>,
        seq: u64,
    }

    impl Log {
        async fn on_each_database() -> Vec<Self> {
            let mut logs = Vec::new();
            for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
                let mut transaction = database.store.begin().await.expect("begins");
                let person = accounts::person_of(&mut transaction, &database.people, "alice").await.expect("made");
                for (device, epoch, number) in
                    [(DEVICE, FIRST, 1_i64), (DEVICE, SECOND, 1), (DEVICE, NEXT, 2), (OTHER, FIRST, 1)]
                {
                    for statement in [
                        "INSERT INTO devices (device, public_key, enrolled_at) \
                         SELECT $1, $4, 0 WHERE $2 > 0 AND $3 > 0 ON CONFLICT (device) DO NOTHING",
                        "INSERT INTO device_enrolments (device, number, person, enrolled_at) \
                         SELECT $1, $3, $4, 0 WHERE $2 > 0 ON CONFLICT (device, number) DO NOTHING",
                        "INSERT INTO device_epochs (device, epoch, number, person) VALUES ($1, $2, $3, $4)",
                    ] {
                        let made = sqlx::query(statement)
                            .bind(device.0.to_vec())
                            .bind(to_i64(epoch.0).expect("small"))
                            .bind(number)
                            .bind(person.0.to_vec());
                        made.execute(&mut **transaction).await.expect("bound");
                    }
                }
                transaction.commit().await.expect("commits");
                let key = database.people.of(person).await.expect("known");
                logs.push(Self { database, person, key, seq: 0 });
            }
            logs
        }

        async fn tell(&mut self, device: DeviceId, epoch: Epoch, changes: &[Consent]) {
            let mut transaction = self.database.store.begin().await.expect("begins");
            for change in changes {
                self.seq += 1;
                let place = ItemKey { device, epoch, seq: Seq(self.seq) };
                append(&mut transaction, self.person, &self.key, place, change).await.expect("appended");
            }
            transaction.commit().await.expect("commits");
        }

        async fn book(&self, device: DeviceId, epoch: Epoch) -> Book {
            let mut transaction = self.database.store.begin().await.expect("begins");
            let opening = (self.key.as_ref(), self.database.store.damages().as_ref());
            let outbox = Outbox { device, epoch, enrolment: 0, person: self.person };
            let before = Entries::of(&mut transaction, outbox).await.expect("reads").open(opening);
            let anew = Entries::of(&mut transaction, outbox).await.expect("reads");
            let anew = anew.book(opening, &Opened::default()).expect("a book");
            let book = Entries::of(&mut transaction, outbox).await.expect("reads");
            let book = book.book(opening, &before).expect("a book");
            assert_eq!(book, anew, "what was opened before tells the same");
            book
        }

        async fn lacking(&self) -> Vec<Modality> {
            let mut transaction = self.database.store.begin().await.expect("begins");
            let opening = (self.key.as_ref(), self.database.store.damages().as_ref());
            lacking(&mut transaction, self.person, opening, Purpose::Wellbeing).await.expect("reads")
        }

        async fn run(&self, statement: &'static str) {
            let done = sqlx::query(statement).execute(self.database.store.pool()).await.expect("changed");
            assert_eq!(done.rows_affected(), 1, "{statement}");
        }

        async fn broken(&self) -> Option<i64> {
            first_broken_link(&self.database.store).await.expect("reads")
        }
    }

    #[tokio::test]
    async fn a_book_is_what_its_own_outbox_told_and_what_others_of_the_enrolment_withdrew_on_each_database() {
        for mut log in Log::on_each_database().await {
            use Modality::{Face, Heart, Voice};
            log.tell(
                DEVICE,
                FIRST,
                &[change(Heart, true, 1, 10), change(Voice, true, 2, 10), change(Heart, false, 3, 50)],
            )
            .await;
            log.tell(DEVICE, SECOND, &[change(Heart, true, 1, 10), change(Voice, true, 2, 10)]).await;
            log.tell(OTHER, FIRST, &[change(Face, true, 1, 10)]).await;
            let verdicts = |book: &Book| {
                [Heart, Voice, Face].map(|modality| book.verdict(modality, Purpose::Wellbeing, book.known()))
            };
            let (first, second) = (log.book(DEVICE, FIRST).await, log.book(DEVICE, SECOND).await);
            assert_eq!((first.len(), second.len()), (3, 2));
            let expected = [Verdict::Withdrawn, Verdict::Granted, Verdict::NoConsent];
            assert_eq!(verdicts(&second), expected, "it was withdrawn in the other");
            assert_eq!(verdicts(&first), [Verdict::NoConsent, Verdict::Granted, Verdict::NoConsent]);
            assert!(log.book(DEVICE, NEXT).await.is_empty(), "the next enrolment begins with nothing");
            log.tell(DEVICE, NEXT, &[change(Heart, true, 1, 20)]).await;
            assert_eq!(verdicts(&log.book(DEVICE, NEXT).await)[0], Verdict::Granted);
            assert_eq!(log.book(OTHER, FIRST).await.len(), 1);

            log.run("UPDATE consent_log SET entry = hash WHERE place = 1").await;
            assert_eq!(log.book(DEVICE, FIRST).await.known(), 1, "one that does not open is asked for again");
            assert_eq!(log.database.store.damages().counts(), [(Damaged::Consent, 1)]);
        }
    }

    #[tokio::test]
    async fn a_modality_lacks_consent_where_the_newest_change_of_no_device_grants_it_on_each_database() {
        for mut log in Log::on_each_database().await {
            use Modality::{Face, Heart, Motion, Voice};
            assert_eq!(log.lacking().await, [], "nothing is known of who has told nothing");
            log.tell(DEVICE, FIRST, &[change(Heart, true, 1, 10), change(Voice, true, 2, 10)]).await;
            assert_eq!(log.lacking().await, [Face, Motion]);
            log.tell(DEVICE, FIRST, &[change(Heart, false, 3, 10)]).await;
            assert_eq!(log.lacking().await, [Face, Motion, Heart], "of one instant the later version counts");
            log.tell(OTHER, FIRST, &[change(Heart, true, 1, 5)]).await;
            assert_eq!(log.lacking().await, [Face, Motion], "another device may sense it");
            log.tell(OTHER, FIRST, &[change(Heart, false, 2, 6)]).await;
            // An outbox that was put back from a copy tells again what is older.
            log.tell(DEVICE, SECOND, &[change(Heart, true, 9, 9)]).await;
            assert_eq!(log.lacking().await, [Face, Motion, Heart], "what is older by its time does not count");
            // The clock ran ahead in the enrolment before.
            log.tell(DEVICE, FIRST, &[change(Voice, false, 4, 9000)]).await;
            log.tell(DEVICE, NEXT, &[change(Voice, true, 1, 20)]).await;
            assert_eq!(log.lacking().await, [Face, Motion, Heart], "a later enrolment counts, whatever the clock said");
            let own_view = Consent { purpose: Purpose::OwnView, ..change(Heart, true, 2, 9999) };
            log.tell(DEVICE, NEXT, &[own_view]).await;
            assert_eq!(log.lacking().await, [Face, Motion, Heart], "of this purpose");
            // Of who has changed their mind more often than is looked at, what was not seen is not called missing.
            let many: Vec<_> = (0..300).map(|n| change(Motion, n % 2 == 1, 3 + n, 30 + i64::from(n))).collect();
            log.tell(DEVICE, NEXT, &many).await;
            assert_eq!(log.lacking().await, []);
            log.tell(DEVICE, NEXT, &[change(Motion, false, 400, 4000)]).await;
            assert_eq!(log.lacking().await, [Motion]);
        }
    }

    #[tokio::test]
    async fn the_first_link_that_was_changed_is_found_on_whatever_page_and_in_whatever_column_on_each_database() {
        for mut log in Log::on_each_database().await {
            assert_eq!(log.broken().await, None, "an empty log is whole");
            let changes: Vec<_> = (1..=1100).map(|n| change(Modality::Heart, n % 2 == 1, n, 10)).collect();
            log.tell(DEVICE, FIRST, &changes).await;
            assert_eq!(log.broken().await, None, "it has more than a page");
            for (change, back, place) in [
                (
                    "UPDATE consent_log SET seq = -7 WHERE place = 1050",
                    "UPDATE consent_log SET seq = 1051 WHERE place = 1050",
                    1050,
                ),
                (
                    "UPDATE consent_log SET epoch = 12 WHERE place = 999",
                    "UPDATE consent_log SET epoch = 11 WHERE place = 999",
                    999,
                ),
                (
                    "UPDATE consent_log SET place = -1 WHERE place = 0",
                    "UPDATE consent_log SET place = 0 WHERE place = -1",
                    0,
                ),
                ("UPDATE consent_head SET entries = 1101", "UPDATE consent_head SET entries = 1100", 1100),
                (
                    "UPDATE consent_log SET place = 5000 WHERE place = 1000",
                    "UPDATE consent_log SET place = 1000 WHERE place = 5000",
                    1000,
                ),
            ] {
                log.run(change).await;
                assert_eq!(log.broken().await, Some(place), "{change}");
                log.run(back).await;
                assert_eq!(log.broken().await, None, "{back}");
            }
            for change in [
                "UPDATE consent_log SET person = device WHERE place = 3",
                "UPDATE consent_log SET device = person WHERE place = 2",
                "UPDATE consent_log SET hash = entry WHERE place = 1",
            ] {
                log.run(change).await;
            }
            assert_eq!(log.broken().await, Some(1), "the first of them");
        }
    }
}
