use attune_ground::damage::Damaged;
use attune_ground::keys::Opened;
use attune_ground::store::to_i64;
use attune_ground::testing::Database;
use attune_protocol::consent::{Book, Consent, Purpose, Verdict};
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;

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
        log.tell(DEVICE, FIRST, &[change(Heart, true, 1, 10), change(Voice, true, 2, 10), change(Heart, false, 3, 50)])
            .await;
        log.tell(DEVICE, SECOND, &[change(Heart, true, 1, 10), change(Voice, true, 2, 10)]).await;
        log.tell(OTHER, FIRST, &[change(Face, true, 1, 10)]).await;
        let verdicts =
            |book: &Book| [Heart, Voice, Face].map(|modality| book.verdict(modality, Purpose::Wellbeing, book.known()));
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
