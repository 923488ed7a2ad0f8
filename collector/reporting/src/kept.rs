//! Reports as they are kept: of people under their keys, of groups under the collectors' own. The last one of each day stands.

use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, Write, bytes16, to_i64};
use attune_people::accounts;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;
use sha2::{Digest as _, Sha256};

use crate::error::ReportingError;
use crate::gather::Dated;
use crate::state::Reporting;

/// Format version; it stands in the first byte.
const VERSION: u8 = 1;

/// The id of a report.
pub(crate) type ReportId = [u8; 16];

/// The SHA-256 of a file.
pub(crate) type Hash = [u8; 32];

/// Under which rules a report was made: what one tells is decided by them, and others may be in force when it is taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rules(Vec<u8>);

impl Rules {
    /// Those in force: the profile, what is on record, of how many people at least a figure of a group is, and what whoever it is about
    /// released.
    pub(crate) fn in_force(state: &Reporting, released: &[String]) -> Self {
        let (matrix, least) = (state.people().matrix(), state.settings().least_people);
        let papers = [matrix.papers.dpia, matrix.papers.works_agreement].map(u8::from);
        let rules = format!("{} {papers:?} {least}", matrix.profile).into_bytes();
        let mut hash = Sha256::new();
        for sentence in released {
            hash.update((sentence.len() as u64).to_be_bytes());
            hash.update(sentence);
        }
        Self(if released.is_empty() { rules } else { [rules.as_slice(), &hash.finalize()].concat() })
    }
}

/// Whom a report is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum About {
    /// A person.
    Person(PersonId),
    /// Everybody, of a day.
    Day,
    /// A team.
    Team([u8; 16]),
}

impl About {
    /// Its number and its team in the database, where it is of nobody by name.
    const fn group(self) -> Option<(i64, [u8; 16])> {
        match self {
            Self::Person(_) => None,
            Self::Day => Some((1, [0; 16])),
            Self::Team(team) => Some((2, team)),
        }
    }

    fn of_group(kind: i64, team: &[u8]) -> Result<Self, GroundError> {
        match kind {
            1 => Ok(Self::Day),
            2 => Ok(Self::Team(bytes16(team)?)),
            _ => Err(GroundError::Corrupt("a report is of a kind that is known")),
        }
    }
}

/// A report, as it stands in a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Listed {
    pub(crate) id: ReportId,
    pub(crate) about: About,
    /// Days since 1970-01-01.
    pub(crate) day: i64,
    /// Unix milliseconds.
    pub(crate) made_at: i64,
    /// Bytes of its file.
    pub(crate) size: u64,
    /// None where it does not open.
    pub(crate) sha256: Option<Hash>,
}

/// A report with its file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct File {
    pub(crate) id: ReportId,
    pub(crate) about: About,
    /// Days since 1970-01-01.
    pub(crate) day: i64,
    pub(crate) sha256: Hash,
    pub(crate) rules: Rules,
    pub(crate) bytes: Vec<u8>,
}

/// Under what a part of a report lies.
fn context(part: &str, about: About, day: i64) -> Vec<u8> {
    let (kind, of) = match about {
        About::Person(PersonId(person)) => (0, person),
        About::Day => (1, [0; 16]),
        About::Team(team) => (2, team),
    };
    [b"report ".as_slice(), part.as_bytes(), &[kind], &of, &day.to_be_bytes()].concat()
}

/// Under what the file of a person's report lies.
pub(crate) fn file_at(person: PersonId, day: i64) -> Vec<u8> {
    context("file", About::Person(person), day)
}

fn open(key: &SealKey, (part, about, day): (&str, About, i64), sealed: &[u8]) -> Option<Vec<u8>> {
    let bytes = key.open(&context(part, about, day), sealed).ok()?;
    let (&VERSION, body) = bytes.split_first()? else { return None };
    Some(body.to_vec())
}

fn seal(key: &SealKey, (part, about, day): (&str, About, i64), body: &[u8]) -> Vec<u8> {
    key.seal(&context(part, about, day), &[[VERSION].as_slice(), body].concat())
}

/// What is known of one beside its file: its hash, and the rules under which it was made.
fn about_of(key: &SealKey, (about, day): (About, i64), sealed: &[u8]) -> Option<(Hash, Rules)> {
    let body = open(key, ("about", about, day), sealed)?;
    let (hash, rules) = body.split_first_chunk()?;
    Some((*hash, Rules(rules.to_vec())))
}

fn hash_of(key: &SealKey, place: (About, i64), sealed: &[u8]) -> Option<Hash> {
    about_of(key, place, sealed).map(|(hash, _)| hash)
}

/// Keeps one, made at an instant, Unix milliseconds, in the place of the one of the same day, behind the lock of its person; gives whether
/// there still is such a person.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn put(
    transaction: &mut Write,
    key: &SealKey,
    file: &File,
    made_at: i64,
) -> Result<bool, ReportingError> {
    let File { id, about, day, sha256, rules, bytes } = file;
    let about_sealed = seal(key, ("about", *about, *day), &[sha256.as_slice(), &rules.0].concat());
    let sealed = seal(key, ("file", *about, *day), bytes);
    let size = to_i64(bytes.len() as u64)?;
    let statement = match about {
        About::Person(person) => {
            if !accounts::lock(transaction, *person).await? {
                return Ok(false);
            }
            sqlx::query(
                "INSERT INTO person_reports (person, day, id, made_at, size, about_sealed, sealed) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person, day) DO UPDATE SET id = excluded.id, \
                 made_at = excluded.made_at, size = excluded.size, about_sealed = excluded.about_sealed, sealed = excluded.sealed",
            )
            .bind(person.0.to_vec())
        }
        About::Day | About::Team(_) => {
            let (kind, team) = about.group().unwrap_or_default();
            sqlx::query(
                "INSERT INTO group_reports (kind, team, day, id, made_at, size, about_sealed, sealed) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, team, day) DO UPDATE SET id = excluded.id, \
                 made_at = excluded.made_at, size = excluded.size, about_sealed = excluded.about_sealed, sealed = excluded.sealed",
            )
            .bind(kind)
            .bind(team.to_vec())
        }
    };
    statement
        .bind(*day)
        .bind(id.to_vec())
        .bind(made_at)
        .bind(size)
        .bind(about_sealed)
        .bind(sealed)
        .execute(&mut ***transaction)
        .await?;
    Ok(true)
}

/// Whether there is one of a group and a day, made once that day was over: what was made on the day itself is not the last word on it.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn is_there(state: &Reporting, about: About, dated: &Dated) -> Result<bool, ReportingError> {
    let Some((kind, team)) = about.group() else { return Ok(false) };
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT made_at FROM group_reports WHERE kind = $1 AND team = $2 AND day = $3 AND made_at >= $4",
    )
    .bind(kind)
    .bind(team.to_vec())
    .bind(dated.number())
    .bind(dated.end)
    .fetch_optional(state.store().pool())
    .await?;
    Ok(row.is_some())
}

type OfPerson = (Vec<u8>, i64, Vec<u8>, i64, i64, Vec<u8>);
type OfGroup = (i64, Vec<u8>, i64, Vec<u8>, i64, i64, Vec<u8>);
type FileOfPerson = (Vec<u8>, i64, Vec<u8>, Vec<u8>);
type FileOfGroup = (i64, Vec<u8>, i64, Vec<u8>, Vec<u8>);

/// The newest ones, of people and of groups.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn all(state: &Reporting, most: i64) -> Result<Vec<Listed>, ReportingError> {
    let of_people: Vec<OfPerson> = sqlx::query_as(
        "SELECT person, day, id, made_at, size, about_sealed FROM person_reports ORDER BY made_at DESC, id LIMIT $1",
    )
    .bind(most)
    .fetch_all(state.store().pool())
    .await?;
    let of_groups: Vec<OfGroup> = sqlx::query_as(
        "SELECT kind, team, day, id, made_at, size, about_sealed FROM group_reports ORDER BY made_at DESC, id LIMIT $1",
    )
    .bind(most)
    .fetch_all(state.store().pool())
    .await?;
    let mut all = Vec::with_capacity(of_people.len() + of_groups.len());
    for (person, day, id, made_at, size, about_sealed) in of_people {
        let person = PersonId(bytes16(&person)?);
        let about = About::Person(person);
        let sha256 = match state.people().keys().of(person).await {
            Ok(key) => hash_of(&key, (about, day), &about_sealed),
            Err(error) if error.is_of_the_database() => return Err(error.into()),
            Err(_) => continue, // erased meanwhile
        };
        all.push(Listed { id: bytes16(&id)?, about, day, made_at, size: size.unsigned_abs(), sha256 });
    }
    for (kind, team, day, id, made_at, size, about_sealed) in of_groups {
        let about = About::of_group(kind, &team)?;
        let sha256 = hash_of(state.own(), (about, day), &about_sealed);
        all.push(Listed { id: bytes16(&id)?, about, day, made_at, size: size.unsigned_abs(), sha256 });
    }
    all.sort_by(|one, other| other.made_at.cmp(&one.made_at).then(one.id.cmp(&other.id)));
    all.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(all)
}

/// The file of an id; none where there is none, or where it does not open.
///
/// # Errors
/// When the database refuses, or the key of its person was destroyed.
pub(crate) async fn find(state: &Reporting, id: &ReportId) -> Result<Option<File>, ReportingError> {
    let pool = state.store().pool();
    let of_person: Option<FileOfPerson> =
        sqlx::query_as("SELECT person, day, about_sealed, sealed FROM person_reports WHERE id = $1")
            .bind(id.to_vec())
            .fetch_optional(pool)
            .await?;
    if let Some((person, day, about_sealed, sealed)) = of_person {
        let person = PersonId(bytes16(&person)?);
        let key = state.people().keys().of(person).await?;
        return Ok(opened(&key, (*id, About::Person(person), day), (&about_sealed, &sealed)));
    }
    let of_group: Option<FileOfGroup> =
        sqlx::query_as("SELECT kind, team, day, about_sealed, sealed FROM group_reports WHERE id = $1")
            .bind(id.to_vec())
            .fetch_optional(pool)
            .await?;
    let Some((kind, team, day, about_sealed, sealed)) = of_group else { return Ok(None) };
    let about = About::of_group(kind, &team)?;
    Ok(opened(state.own(), (*id, about, day), (&about_sealed, &sealed)))
}

fn opened(
    key: &SealKey,
    (id, about, day): (ReportId, About, i64),
    (about_sealed, sealed): (&[u8], &[u8]),
) -> Option<File> {
    let (sha256, rules) = about_of(key, (about, day), about_sealed)?;
    Some(File { id, about, day, sha256, rules, bytes: open(key, ("file", about, day), sealed)? })
}

/// The files of a person, the oldest day first, for them. What does not open is left out.
///
/// # Errors
/// When the database refuses, or their key was destroyed.
pub(crate) async fn of_person(
    store: &Store,
    keys: &PersonKeys,
    person: PersonId,
) -> Result<Vec<(i64, Vec<u8>)>, GroundError> {
    let key = keys.of(person).await?;
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT day, sealed FROM person_reports WHERE person = $1 ORDER BY day")
            .bind(person.0.to_vec())
            .fetch_all(store.pool())
            .await?;
    let open = |(day, sealed): (i64, Vec<u8>)| Some((day, open(&key, ("file", About::Person(person), day), &sealed)?));
    Ok(rows.into_iter().filter_map(open).collect())
}
