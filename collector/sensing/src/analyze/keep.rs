use std::collections::BTreeMap;
use std::sync::LazyLock;

use attune_analysis::indicators::{Terms, assess};
use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::http::Problem;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Insert, Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_people::{accounts, preferences};
use attune_protocol::ids::{PersonId, SessionId};
use attune_protocol::record::Record;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;
use sqlx::{Any, Transaction};

use super::content::Content;
use super::repeats::{About, Stored};
use crate::SensingError;
use crate::sessions::{SessionKind, name_context, window_context};

static RECORDS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO analysis_records \
         (session, window_start, place, person, modality, revision, size, received_at, sealed, content)",
        10,
        "",
    )
});

/// What is kept of an analysis: features only.
pub(crate) struct Kept<'a> {
    /// The session that it makes or belongs to.
    pub(crate) session: SessionId,
    /// How its client wrote it, where that is not as it is written here.
    pub(crate) name: Option<&'a str>,
    /// Whose it is.
    pub(crate) user_id: Option<&'a str>,
    /// Who sends it, where somebody does so for themselves.
    pub(crate) own: Option<PersonId>,
    /// Its records, in the order of their windows.
    pub(crate) records: &'a [Record],
    /// What those of each modality were derived from.
    pub(crate) contents: &'a [(Modality, Content)],
    /// As it was assessed under.
    pub(crate) terms: Terms,
}

/// Stores an analysis as a session, or appends it to one. Windows that the session has already are fused anew from the
/// records of all its analyses. Content that the session has already counts once: gives the modalities of which it has it; none where
/// its person has chosen since it was begun that it is not kept, which is read behind the lock.
///
/// # Errors
/// 409 when the session is a live one or somebody else's; 500 when the database refuses.
pub(crate) async fn keep(
    store: &Store,
    people: &PersonKeys,
    kept: &Kept<'_>,
) -> Result<Option<Vec<Modality>>, Problem> {
    let (Some(first), Some(last)) = (kept.records.first(), kept.records.last()) else { return Ok(Some(Vec::new())) };
    let mut transaction = store.begin().await?;
    let (person, is_new) = match person_of_session(&mut transaction, people, kept, store.damages()).await? {
        Some(person) => {
            // Behind the lock nobody else appends to the session or deletes it: only now it is known to be there.
            accounts::lock(&mut transaction, person).await?;
            (person_of_session(&mut transaction, people, kept, store.damages()).await?.ok_or_else(meanwhile)?, false)
        }
        None => (create(&mut transaction, people, kept, first.window, last.window).await?, true),
    };
    let key = people.of(person).await?;
    if kept.user_id.is_some() {
        let chosen = preferences::of(&mut transaction, (&key, store.damages()), person).await?;
        if !chosen.store_sessions || kept.records.iter().any(|record| !chosen.allows(record.modality())) {
            return Ok(None);
        }
    }
    if let Some(name) = kept.name.filter(|_| is_new) {
        let named = sqlx::query("UPDATE sessions SET name = $1 WHERE session = $2 AND person = $3")
            .bind(key.seal(&name_context(person, kept.session), name.as_bytes()))
            .bind(kept.session.0.to_vec())
            .bind(person.0.to_vec());
        run(named, &mut transaction).await?;
    }
    let (contents, again) = new_contents(&mut transaction, (&key, person), kept).await?;
    let records: Vec<&Record> = kept.records.iter().filter(|record| !again.contains(&record.modality())).collect();
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(Some(again)) };
    let held = held(&mut transaction, (&key, store.damages()), kept, person, first.window, last.window).await?;
    insert(&mut transaction, (&key, person), kept.session, (&records, held.place), &contents).await?;
    let mut windows: BTreeMap<Window, Vec<Record>> = BTreeMap::new();
    for record in &records {
        let stored = Record::decode(&record.encode()).map_err(SensingError::from)?;
        windows.entry(record.window).or_default().push(stored);
    }
    for (window, mut records) in windows {
        records.extend(held.records.get(&window).into_iter().flatten().cloned());
        fuse(&mut transaction, &key, kept, person, window, &records).await?;
    }
    let extended = run(
        sqlx::query(
            "UPDATE sessions SET started_at = CASE WHEN started_at < $1 THEN started_at ELSE $1 END, \
             ended_at = CASE WHEN ended_at > $2 THEN ended_at ELSE $2 END WHERE session = $3 AND person = $4",
        )
        .bind(first.window.start_millis())
        .bind(last.window.end_millis())
        .bind(kept.session.0.to_vec())
        .bind(person.0.to_vec()),
        &mut transaction,
    )
    .await?;
    if extended != 1 {
        return Err(meanwhile());
    }
    transaction.commit().await.map_err(SensingError::from)?;
    Ok(Some(again))
}

/// Whether all that an answer is about is still there.
///
/// # Errors
/// When the database refuses.
pub(super) async fn is_there(store: &Store, people: &PersonKeys, about: About) -> Result<bool, SensingError> {
    let person = match about.stored {
        Some(stored) => match person_of(store, stored).await? {
            Some(person) => Some(person),
            None => return Ok(false),
        },
        None => about.person,
    };
    let Some(person) = person else { return Ok(true) };
    match people.of(person).await {
        Err(GroundError::Erased) => Ok(false),
        // What is damaged is not deleted.
        Ok(_) | Err(GroundError::Damaged(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

async fn person_of(store: &Store, stored: Stored) -> Result<Option<PersonId>, SensingError> {
    let row: Option<(Vec<u8>,)> =
        sqlx::query_as("SELECT person FROM sessions WHERE session = $1 AND deleted_at IS NULL AND started_at <= $2")
            .bind(stored.session.0.to_vec())
            .bind(stored.begins)
            .fetch_optional(store.pool())
            .await?;
    Ok(row.map(|(person,)| bytes16(&person).map(PersonId)).transpose()?)
}

/// What was sent as it is stored: told to who holds the key.
type Contents = BTreeMap<Modality, Vec<u8>>;

/// What is stored of the content of each modality, and of which the session has it already.
async fn new_contents(
    transaction: &mut Transaction<'static, Any>,
    (key, person): (&SealKey, PersonId),
    kept: &Kept<'_>,
) -> Result<(Contents, Vec<Modality>), SensingError> {
    let (mut contents, mut again) = (Contents::new(), Vec::new());
    for (modality, content) in kept.contents {
        let content = key.fingerprint(content).to_vec();
        let row: Option<(i64,)> = sqlx::query_as(
            "SELECT place FROM analysis_records \
             WHERE session = $1 AND person = $4 AND content = $2 AND modality = $3 LIMIT 1",
        )
        .bind(kept.session.0.to_vec())
        .bind(content.clone())
        .bind(i64::from(modality.number()))
        .bind(person.0.to_vec())
        .fetch_optional(&mut **transaction)
        .await?;
        again.extend(row.map(|_| *modality));
        contents.insert(*modality, content);
    }
    Ok((contents, again))
}

fn meanwhile() -> Problem {
    let detail = "another request makes or deletes this session at the same moment; send this one again";
    Problem::conflict("session_id", detail)
}

type Statement = sqlx::query::Query<'static, Any, sqlx::any::AnyArguments>;

async fn run(statement: Statement, transaction: &mut Transaction<'static, Any>) -> Result<u64, SensingError> {
    Ok(statement.execute(&mut **transaction).await?.rows_affected())
}

/// Whose the session is, if there is one that may be appended to.
async fn person_of_session(
    transaction: &mut Transaction<'static, Any>,
    people: &PersonKeys,
    kept: &Kept<'_>,
    damages: &Damages,
) -> Result<Option<PersonId>, Problem> {
    let row: Option<(Vec<u8>, i64)> =
        sqlx::query_as("SELECT person, kind FROM sessions WHERE session = $1 AND deleted_at IS NULL")
            .bind(kept.session.0.to_vec())
            .fetch_optional(&mut **transaction)
            .await
            .map_err(SensingError::from)?;
    let Some((person, kind)) = row else { return Ok(None) };
    let person = PersonId(bytes16(&person)?);
    if kind != SessionKind::Analysis.number() {
        return Err(Problem::conflict("session_id", "this session is made by devices; leave session_id out"));
    }
    let user_id = accounts::user_over(&mut *transaction, people, person, damages).await?;
    let is_theirs = match (user_id.as_deref(), kept.user_id) {
        (None, None) => true,
        (Some(of), Some(user)) => of == user || accounts::whose(transaction, people, user).await? == Some(person),
        _ => false,
    };
    if !is_theirs {
        let detail = "this session belongs to another user_id, or to none; give the same one or leave session_id out";
        return Err(Problem::conflict("session_id", detail));
    }
    Ok(Some(person))
}

/// Makes the session, and somebody for it where no user is named.
async fn create(
    transaction: &mut Write,
    people: &PersonKeys,
    kept: &Kept<'_>,
    first: Window,
    last: Window,
) -> Result<PersonId, Problem> {
    let person = match kept.user_id {
        Some(user) => accounts::locked_person_of(transaction, people, user, kept.own).await?,
        None => accounts::create_nobody(transaction, people).await?,
    };
    // Of two that make it at once for two people, the second finds its id taken; so does who gives one of a session that
    // is being deleted.
    let free =
        sqlx::query("INSERT INTO analysis_ids (session, person) VALUES ($1, $2) ON CONFLICT (session) DO NOTHING");
    let free = run(free.bind(kept.session.0.to_vec()).bind(person.0.to_vec()), transaction).await?;
    let there: Option<(i64,)> = sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM sessions WHERE session = $1 LIMIT 1")
        .bind(kept.session.0.to_vec())
        .fetch_optional(&mut ***transaction)
        .await
        .map_err(SensingError::from)?;
    if free == 0 || there.is_some() {
        return Err(meanwhile());
    }
    run(
        sqlx::query(
            "INSERT INTO sessions (session, person, kind, started_at, ended_at, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(kept.session.0.to_vec())
        .bind(person.0.to_vec())
        .bind(SessionKind::Analysis.number())
        .bind(first.start_millis())
        .bind(last.end_millis())
        .bind(now_millis()),
        transaction,
    )
    .await?;
    Ok(person)
}

/// What a session has already for a range of windows.
struct Held {
    records: BTreeMap<Window, Vec<Record>>,
    /// The next free place.
    place: i64,
}

async fn held(
    transaction: &mut Transaction<'static, Any>,
    (key, damages): (&SealKey, &Damages),
    kept: &Kept<'_>,
    person: PersonId,
    first: Window,
    last: Window,
) -> Result<Held, SensingError> {
    let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT window_start, place, sealed FROM analysis_records \
         WHERE session = $1 AND person = $4 AND window_start >= $2 AND window_start <= $3 ORDER BY window_start, place",
    )
    .bind(kept.session.0.to_vec())
    .bind(first.start_millis())
    .bind(last.start_millis())
    .bind(person.0.to_vec())
    .fetch_all(&mut **transaction)
    .await?;
    let mut held = Held { records: BTreeMap::new(), place: 0 };
    for (window_start, place, sealed) in rows {
        held.place = held.place.max(place + 1);
        let opened = key.open(&record_context(person, kept.session, window_start, place), &sealed);
        match opened.and_then(|plain| Record::decode(&plain)) {
            Ok(record) => held.records.entry(Window::containing(window_start)).or_default().push(record),
            Err(_) => {
                let (window, place) = (window_start.to_be_bytes(), place.to_be_bytes());
                damages.note(Damaged::Record, &[&kept.session.0, &window, &place]);
            }
        }
    }
    Ok(held)
}

async fn insert(
    transaction: &mut Transaction<'static, Any>,
    (key, person): (&SealKey, PersonId),
    session: SessionId,
    (records, place): (&[&Record], i64),
    contents: &Contents,
) -> Result<(), SensingError> {
    let received_at = now_millis();
    let rows: Vec<(i64, &Record, Vec<u8>)> =
        (place..).zip(records).map(|(place, record)| (place, *record, record.encode())).collect();
    RECORDS
        .rows(transaction, &rows, |statement, (place, record, encoded)| {
            statement
                .bind(session.0.to_vec())
                .bind(record.window.start_millis())
                .bind(*place)
                .bind(person.0.to_vec())
                .bind(i64::from(record.modality().number()))
                .bind(i64::from(record.revision))
                .bind(encoded.len() as i64)
                .bind(received_at)
                .bind(key.seal(&record_context(person, session, record.window.start_millis(), *place), encoded))
                .bind(contents.get(&record.modality()).cloned())
        })
        .await?;
    Ok(())
}

async fn fuse(
    transaction: &mut Transaction<'static, Any>,
    key: &SealKey,
    kept: &Kept<'_>,
    person: PersonId,
    window: Window,
    records: &[Record],
) -> Result<(), SensingError> {
    let encoded = assess(records, kept.terms).encode();
    let statement = sqlx::query(
        "INSERT INTO fused_windows (session, window_start, person, size, sealed) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (session, window_start, person) DO UPDATE SET size = excluded.size, sealed = excluded.sealed",
    )
    .bind(kept.session.0.to_vec())
    .bind(window.start_millis())
    .bind(person.0.to_vec())
    .bind(encoded.len() as i64)
    .bind(key.seal(&window_context(person, window), &encoded));
    run(statement, transaction).await.map(drop)
}

/// Context under which a record of an analysis is sealed.
pub(crate) fn record_context(person: PersonId, session: SessionId, window_start: i64, place: i64) -> Vec<u8> {
    [b"analysis".as_slice(), &person.0, &session.0, &window_start.to_be_bytes(), &place.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use attune_people::preferences::Preferences;
    use attune_protocol::features::Features;
    use attune_protocol::record::Coverage;
    use attune_protocol::registry::{Modality, heart};

    use super::*;
    use crate::sessions;
    use crate::testing::Fixture;

    fn record(window: u32, rate: f64) -> Record {
        let mut features = Features::new(Modality::Heart);
        features.set(heart::MEAN_HR, rate);
        let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        Record::new(Window(window), 0.9, coverage, features)
    }

    #[tokio::test]
    async fn an_analysis_is_kept_appended_to_and_deleted_on_each_database() {
        for fixture in Fixture::each().await {
            let (store, people) = (&fixture.context.store, &fixture.context.people);
            let session = SessionId::random();
            let kept = |user_id, records| Kept {
                session,
                name: None,
                user_id,
                own: None,
                records,
                contents: &[],
                terms: Terms::sent(1.0),
            };
            let first = [record(177_000_000, 60.0), record(177_000_001, 62.0)];
            keep(store, people, &kept(Some("alice"), &first)).await.expect("kept");
            let second = [record(177_000_001, 110.0), record(177_000_002, 64.0)];
            keep(store, people, &kept(Some("alice"), &second)).await.expect("appended");
            assert_eq!(fixture.count("analysis_records").await, 4);
            assert_eq!(fixture.count("fused_windows").await, 3, "a window that was there is fused from both");
            assert_eq!(fixture.count("sessions").await, 1);
            let refused = keep(store, people, &kept(Some("bob"), &second)).await.expect_err("it is alice's");
            assert_eq!(refused.status, 409);
            assert!(store.size().await.expect("tells") > 0);

            let nobodys = SessionId::random();
            let anonymous = Kept {
                session: nobodys,
                name: None,
                user_id: None,
                own: None,
                records: &first,
                contents: &[],
                terms: Terms::sent(1.0),
            };
            keep(store, people, &anonymous).await.expect("kept");
            assert_eq!(fixture.count("accounts").await, 2);
            assert_eq!(sessions::delete(store, nobodys).await.expect("answers"), sessions::Deletion::Done);
            assert_eq!(fixture.count("accounts").await, 1);
            assert_eq!(fixture.database.count_keys().await, 1);

            let alice = fixture.person("alice").await;
            assert_eq!(sessions::delete_before(store, alice, 0).await.expect("answers"), 0);
            assert_eq!(
                sessions::delete_before(store, alice, attune_ground::time::now_millis()).await.expect("answers"),
                4 + 3,
                "rows"
            );
            for table in ["sessions", "fused_windows", "analysis_records", "analysis_ids"] {
                assert_eq!(fixture.count(table).await, 0, "{table}");
            }
        }
    }

    #[tokio::test]
    async fn of_two_people_who_make_a_session_of_one_id_at_once_one_has_it_on_each_database() {
        for fixture in Fixture::each().await {
            let (store, people) = (&fixture.context.store, &fixture.context.people);
            let (session, records) = (SessionId::random(), [record(177_000_000, 60.0)]);
            let (contents, terms) = (&[][..], Terms::sent(1.0));
            let of =
                |user| Kept { session, name: None, user_id: Some(user), own: None, records: &records, contents, terms };
            let (alices, bobs) = (of("alice"), of("bob"));
            let (one, other) = tokio::join!(keep(store, people, &alices), keep(store, people, &bobs));
            let refused: Vec<_> =
                [one, other].into_iter().filter_map(Result::err).map(|problem| problem.status).collect();
            assert_eq!(refused, [409]);
            assert_eq!((fixture.count("sessions").await, fixture.count("analysis_records").await), (1, 1));

            // Nor has anybody the id of a session of devices that is being deleted.
            let device = fixture.device("carol").await;
            let sensed = device.batch(vec![(crate::testing::Device::FIRST_SEQ, record(177_000_000, 60.0).encode())]);
            fixture.take_in(vec![sensed]).await;
            fixture.fuser().fuse_waiting().await.expect("fuses");
            let (goes,): (Vec<u8>,) = sqlx::query_as("SELECT session FROM sessions WHERE kind = 1")
                .fetch_one(store.pool())
                .await
                .expect("fused");
            let condemned =
                sqlx::query("UPDATE sessions SET deleted_at = 1 WHERE kind = 1").execute(store.pool()).await;
            assert_eq!(condemned.expect("condemned").rows_affected(), 1);
            let theirs = Kept { session: SessionId(bytes16(&goes).expect("an id")), ..of("alice") };
            assert_eq!(keep(store, people, &theirs).await.expect_err("it is taken").status, 409);
        }
    }

    #[tokio::test]
    async fn what_its_person_has_switched_off_meanwhile_is_not_kept_on_each_database() {
        for fixture in Fixture::each().await {
            let (store, people) = (&fixture.context.store, &fixture.context.people);
            let records = [record(177_000_000, 60.0)];
            let kept = |session| Kept {
                session,
                name: None,
                user_id: Some("alice"),
                own: None,
                records: &records,
                contents: &[],
                terms: Terms::sent(1.0),
            };
            let session = SessionId::random();
            assert!(keep(store, people, &kept(session)).await.expect("kept").is_some());
            let alice = fixture.person("alice").await;
            let usual = Preferences::default();
            for off in [Preferences { store_sessions: false, ..usual.clone() }, Preferences { heart: false, ..usual }] {
                let mut transaction = store.begin().await.expect("begins");
                preferences::put(&mut transaction, people, alice, &off, 1).await.expect("put");
                transaction.commit().await.expect("commits");
                for session in [session, SessionId::random()] {
                    assert_eq!(keep(store, people, &kept(session)).await.expect("answers"), None);
                }
            }
            assert_eq!((fixture.count("sessions").await, fixture.count("analysis_records").await), (1, 1));
        }
    }

    #[tokio::test]
    async fn equal_content_of_one_session_counts_once_on_each_database() {
        for fixture in Fixture::each().await {
            let (store, people) = (&fixture.context.store, &fixture.context.people);
            let session = SessionId::random();
            let sent = async |session: SessionId, window: u32, content: Content| {
                let records = [record(window, 60.0)];
                let contents = [(Modality::Heart, content)];
                let (user_id, terms) = (Some("alice"), Terms::sent(1.0));
                let kept =
                    Kept { session, name: None, user_id, own: None, records: &records, contents: &contents, terms };
                keep(store, people, &kept).await.expect("kept").expect("is wanted")
            };
            assert!(sent(session, 177_000_000, [1; 32]).await.is_empty());
            for window in [177_000_000, 177_000_001] {
                assert_eq!(sent(session, window, [1; 32]).await, [Modality::Heart], "whenever it is sent again");
            }
            assert_eq!((fixture.count("analysis_records").await, fixture.count("fused_windows").await), (1, 1));
            assert!(sent(session, 177_000_001, [2; 32]).await.is_empty(), "other content");
            assert!(sent(SessionId::random(), 177_000_000, [1; 32]).await.is_empty(), "another session");
            assert_eq!(fixture.count("analysis_records").await, 3);
        }
    }

    #[tokio::test]
    async fn a_session_keeps_the_name_that_it_was_given_first_and_sealed_on_each_database() {
        for fixture in Fixture::each().await {
            let (store, people) = (&fixture.context.store, &fixture.context.people);
            let session = SessionId([9; 16]);
            for (name, window) in
                [(Some("morning 7"), 177_000_000), (Some("MORNING 7"), 177_000_001), (None, 177_000_002)]
            {
                let records = [record(window, 60.0)];
                let (contents, terms) = (&[][..], Terms::sent(1.0));
                let kept =
                    Kept { session, name, user_id: Some("alice"), own: None, records: &records, contents, terms };
                keep(store, people, &kept).await.expect("kept");
            }
            let (sealed, person): (Vec<u8>, Vec<u8>) =
                sqlx::query_as("SELECT name, person FROM sessions").fetch_one(store.pool()).await.expect("one");
            assert!(!sealed.windows(7).any(|bytes| bytes.eq_ignore_ascii_case(b"morning")));
            let person = PersonId(bytes16(&person).expect("an id"));
            let key = people.of(person).await.expect("a key");
            assert_eq!(key.open(&name_context(person, session), &sealed).expect("opens"), b"morning 7");
        }
    }

    #[tokio::test]
    async fn a_live_session_is_deleted_with_its_records_which_do_not_come_back_on_each_database() {
        for fixture in Fixture::each().await {
            let store = &fixture.context.store;
            let device = fixture.device("alice").await;
            let batch = device.batch(vec![(crate::testing::Device::FIRST_SEQ, record(177_000_000, 60.0).encode())]);
            fixture.take_in(vec![batch.clone()]).await;
            fixture.fuser().fuse_waiting().await.expect("fuses");
            let alice = fixture.person("alice").await;
            assert_eq!(
                sessions::delete_before(store, alice, attune_ground::time::now_millis()).await.expect("answers"),
                2,
                "rows"
            );
            fixture.take_in(vec![batch]).await;
            fixture.fuser().fuse_waiting().await.expect("fuses");
            assert_eq!(fixture.count("records").await, 0, "it does not come back");
            assert_eq!(fixture.count("sessions").await, 0);
        }
    }
}
