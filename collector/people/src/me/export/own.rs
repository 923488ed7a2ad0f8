//! What this subject keeps of people, as files and as counts.

use attune_ground::GroundError;
use attune_ground::holdings::{Counted, Exported, Holding, JsonRows, Parcel, csv_line, of_each};
use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_ground::time::rfc3339;
use attune_protocol::ids::PersonId;
use serde::Serialize;

use super::super::view::{
    AccessEntry, ConsentEntry, CorrectionView, FollowingView, Names, OwnDeviceView, PreferencesRow,
};
use super::super::{corrections, devices};
use crate::sign_in::{HeldSignIns, find, of_person};
use crate::{PeopleError, access, accounts, consent, preferences};

/// Entries of the log of access that are read together.
const PAGE: i64 = 500;

#[derive(Serialize)]
struct Account {
    user_id: Option<String>,
    since: Option<String>,
    sign_in_name: Option<String>,
    mail: Option<String>,
    roles: Vec<&'static str>,
    sign_ins: Option<HeldSignIns>,
}

pub(super) fn export<'a>(
    store: &'a Store,
    keys: &'a PersonKeys,
    person: PersonId,
    parcel: &'a mut Parcel,
) -> Exported<'a> {
    Box::pin(async move { Ok(files(store, keys, person, parcel).await?) })
}

async fn files(store: &Store, keys: &PersonKeys, person: PersonId, parcel: &mut Parcel) -> Result<(), PeopleError> {
    let user = accounts::user_of(store, keys, person).await?;
    let login = match of_person(store, person).await? {
        Some(login) => find(store, keys, login).await?,
        None => None,
    };
    let sign_ins = match &login {
        Some(login) => Some(HeldSignIns::of(store, keys, (login.id, login.has_second_factor)).await?),
        None => None,
    };
    let account = Account {
        user_id: user.clone(),
        since: accounts::since(store, person).await?.map(rfc3339),
        sign_in_name: login.as_ref().map(|login| login.name.clone()),
        mail: login.as_ref().and_then(|login| login.mail.clone()),
        roles: login.iter().flat_map(|login| &login.roles).map(|role| role.name()).collect(),
        sign_ins,
    };
    parcel.file("account.json").await?;
    parcel.put(serde_json::to_vec_pretty(&account).expect("texts")).await?;

    let devices: Vec<_> = devices::list(store, keys, &[person]).await?.iter().map(OwnDeviceView::from).collect();
    table(parcel, "devices", &devices, OwnDeviceView::COLUMNS, OwnDeviceView::cells).await?;
    let told = consent::history(store, keys, person).await?;
    let told: Vec<_> = told.iter().map(|one| ConsentEntry::of(one, &told)).collect();
    table(parcel, "consents", &told, ConsentEntry::COLUMNS, ConsentEntry::cells).await?;
    let preferences = match user {
        Some(user) => vec![PreferencesRow::from(&preferences::load(store, keys, &user).await?)],
        None => Vec::new(),
    };
    table(parcel, "preferences", &preferences, PreferencesRow::COLUMNS, PreferencesRow::cells).await?;
    let following: Vec<_> = preferences::following(store, &[person]).await?.iter().map(FollowingView::from).collect();
    table(parcel, "preferences_followed", &following, FollowingView::COLUMNS, FollowingView::cells).await?;
    let said = corrections::of(store, keys, person, None).await?;
    let said: Vec<_> = said.iter().map(CorrectionView::from).collect();
    table(parcel, "corrections", &said, CorrectionView::COLUMNS, CorrectionView::cells).await?;
    let (mut entries, mut before, mut names) = (Vec::new(), i64::MAX, Names::default());
    loop {
        let page = access::of_person(store, person, before, PAGE).await?;
        let Some(last) = page.last() else { break };
        before = last.place;
        for note in &page {
            entries.push(AccessEntry::new(note, names.by(store, keys, note).await?));
        }
    }
    table(parcel, "access", &entries, AccessEntry::COLUMNS, AccessEntry::cells).await?;
    Ok(())
}

/// Rows as a list in JSON and as a table in CSV.
async fn table<T: Serialize, const N: usize>(
    parcel: &mut Parcel,
    name: &str,
    rows: &[T],
    columns: [&str; N],
    cells: impl Fn(&T) -> [String; N],
) -> Result<(), GroundError> {
    let mut list = JsonRows::begin(parcel, &format!("{name}.json")).await?;
    for row in rows {
        list.row(row).await?;
    }
    list.end().await?;
    parcel.file(&format!("{name}.csv")).await?;
    parcel.put(csv_line(columns)).await?;
    for row in rows {
        parcel.put(csv_line(cells(row).iter().map(String::as_str))).await?;
    }
    Ok(())
}

pub(super) fn count(store: &Store) -> Counted<'_> {
    Box::pin(async move { Ok(counts(store).await?) })
}

async fn counts(store: &Store) -> Result<Vec<Holding>, PeopleError> {
    let mut all = Vec::new();
    for (table, statement) in [
        (
            "consent_log",
            "SELECT person, COUNT(*), CAST(COALESCE(SUM(LENGTH(entry)), 0) AS BIGINT), MIN(received_at), MAX(received_at) \
             FROM consent_log GROUP BY person",
        ),
        (
            "preferences",
            "SELECT person, COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT) \
             FROM preferences GROUP BY person",
        ),
        (
            "preferences_followed",
            "SELECT person, COUNT(*), CAST(0 AS BIGINT), MIN(at), MAX(at) FROM preferences_followed GROUP BY person",
        ),
        (
            "corrections",
            "SELECT person, COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT), MIN(made_at), MAX(made_at) \
             FROM corrections GROUP BY person",
        ),
        (
            "device_heartbeats",
            // When a device was on is its person's to know: how much is kept is told, and not of when.
            "SELECT person, COUNT(*), CAST(COALESCE(SUM(LENGTH(sealed)), 0) AS BIGINT), CAST(NULL AS BIGINT), \
             CAST(NULL AS BIGINT) FROM device_heartbeats GROUP BY person",
        ),
        (
            "device_enrolments",
            "SELECT person, COUNT(*), CAST(0 AS BIGINT), MIN(enrolled_at), MAX(enrolled_at) \
             FROM device_enrolments GROUP BY person",
        ),
    ] {
        all.extend(of_each(store, table, statement).await?);
    }
    Ok(all)
}
