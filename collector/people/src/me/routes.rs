//! What is one's own, for programs: `/api/v1/me`.

use std::time::Duration;

use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, Query, document};
use attune_ground::time::{now_millis, rfc3339};
use attune_pages::form::is_word;
use attune_protocol::consent::Purpose;
use attune_protocol::consent::texts::text;
use attune_protocol::ids::PersonId;
use attune_protocol::registry::Modality;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::erase::Begun;
use super::receipt::{Receipt, ReceiptView};
use super::requests::{self, Kind};
use super::view::{
    AccessEntry, ConsentEntry, FollowingView, Names, OwnDeviceView, PreferencesRow, RequestView, device, in_force,
};
use super::{Own, correct, devices, erase, export, pseudonym};
use crate::access::By;
use crate::rights::Asker;
use crate::sign_in::{find, visit};
use crate::{People, PeopleError, access, accounts, consent, heartbeats, preferences};

/// Bytes of a body here.
const LARGEST_BODY: usize = 16 << 10;

/// Entries of one page.
const PAGE: i64 = 100;

/// What is typed before everything is erased.
pub(super) const WORD: &str = "erase";

/// How long a code for a device can be used, milliseconds.
pub(super) const CODE_MILLIS: i64 = 15 * 60_000;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(who))
        .routes(routes!(list_devices, new_device))
        .routes(routes!(name_device, revoke_device))
        .routes(routes!(consents, withdraw_consent))
        .routes(routes!(my_preferences))
        .routes(routes!(who_read))
        .routes(routes!(export_all))
        .routes(routes!(erase_all))
        .routes(routes!(receipt))
        .merge(correct::router())
        .routes(routes!(list_requests, ask))
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// Who asks, as the collector knows them.
#[derive(Debug, Serialize, ToSchema)]
struct MeView {
    /// The outside user id.
    user_id: Option<String>,
    /// Since when they are known, RFC 3339.
    since: Option<String>,
    /// With which name they sign in.
    name: String,
    /// What they are.
    roles: Vec<&'static str>,
    /// How they are called where nobody is to know who it is.
    pseudonym: String,
}

/// Who asks.
#[utoipa::path(get, path = "/me", tag = "me", operation_id = "me",
    responses((status = 200, body = MeView), (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed")))]
async fn who(asker: Asker, State(people): State<People>) -> Result<Json<MeView>, Problem> {
    let own = Own::of(&people, &asker).await?;
    let gone = || Problem::not_found("there is no such account any more");
    let login = find(&people.store, &people.keys, own.login).await?.ok_or_else(gone)?;
    Ok(Json(MeView {
        user_id: accounts::user_of(&people.store, &people.keys, own.person).await?,
        since: accounts::since(&people.store, own.person).await?.map(rfc3339),
        name: login.name,
        roles: login.roles.iter().map(|role| role.name()).collect(),
        pseudonym: pseudonym(&people.own, own.person),
    }))
}

/// Devices, those that were enrolled last first.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceList {
    /// All of them.
    devices: Vec<OwnDeviceView>,
}

/// One's own devices.
#[utoipa::path(get, path = "/me/devices", tag = "me", operation_id = "my_devices",
    responses((status = 200, body = DeviceList), (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed")))]
async fn list_devices(asker: Asker, State(people): State<People>) -> Result<Json<DeviceList>, Problem> {
    let own = Own::of(&people, &asker).await?;
    let devices = devices::list(&people.store, &people.keys, &own.people).await?;
    Ok(Json(DeviceList { devices: devices.iter().map(OwnDeviceView::from).collect() }))
}

/// A code with which one device can be enrolled, once.
#[derive(Debug, Serialize, ToSchema)]
struct OwnCodeView {
    /// The code.
    code: String,
    /// Until when it can be used, RFC 3339.
    valid_until: String,
}

/// Makes a code with which another device of one's own can be enrolled.
#[utoipa::path(post, path = "/me/devices", tag = "me", operation_id = "enrol_my_device",
    responses((status = 201, body = OwnCodeView), (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed")))]
async fn new_device(
    asker: Asker,
    State(people): State<People>,
) -> Result<(axum::http::StatusCode, Json<OwnCodeView>), Problem> {
    let own = Own::of(&people, &asker).await?;
    let code = code(&people, &own).await?;
    let valid_until = rfc3339(now_millis() + CODE_MILLIS);
    Ok((axum::http::StatusCode::CREATED, Json(OwnCodeView { code, valid_until })))
}

/// What is in force of what one prefers, and which devices follow it.
#[derive(Debug, Serialize, ToSchema)]
struct MyPreferences {
    /// What was chosen, and the usual of the rest.
    preferences: PreferencesRow,
    /// Days for which it is kept: as chosen or as is usual, and never longer than the organisation keeps anything but sums.
    days_in_force: u16,
    /// One's own devices; empty as long as nothing was chosen that they are told.
    devices: Vec<FollowingView>,
}

/// What is in force of what one prefers. `POST /api/v1/preferences` changes it.
#[utoipa::path(get, path = "/me/preferences", tag = "me", operation_id = "my_preferences",
    responses((status = 200, body = MyPreferences), (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed")))]
async fn my_preferences(asker: Asker, State(people): State<People>) -> Result<Json<MyPreferences>, Problem> {
    let own = Own::of(&people, &asker).await?;
    let chosen = preferences::load(&people.store, &people.keys, &user(&people, &own).await?).await?;
    let following = preferences::following(&people.store, &own.people).await?;
    Ok(Json(MyPreferences {
        preferences: PreferencesRow::from(&chosen),
        days_in_force: people.settings.limits.history_of(chosen.max_history_days),
        devices: following.iter().map(FollowingView::from).collect(),
    }))
}

/// The outside user id of whoever asks.
pub(super) async fn user(people: &People, own: &Own) -> Result<String, Problem> {
    let user = accounts::user_of(&people.store, &people.keys, own.person).await?;
    user.ok_or_else(|| Problem::not_found("your account is of nobody who is sensed"))
}

/// A code for a device of whoever asks.
pub(super) async fn code(people: &People, own: &Own) -> Result<String, Problem> {
    let user = user(people, own).await?;
    Ok(accounts::create_code(&people.store, &people.keys, (&user, Some(own.person)), CODE_MILLIS).await?)
}

/// What a device is to be called.
#[derive(Debug, Deserialize, ToSchema)]
struct DeviceNameBody {
    /// 1 to 60 characters, none of them a control character.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
}

/// Names a device of one's own.
#[utoipa::path(post, path = "/me/devices/{device}", tag = "me", operation_id = "name_my_device", request_body = DeviceNameBody,
    params(("device" = String, Path, description = "the device's id, 32 hexadecimal digits")),
    responses(
        (status = 204, description = "named"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "the name or the id is wrong"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such device of yours"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    ))]
async fn name_device(
    asker: Asker,
    State(people): State<People>,
    Path(id): Path<String>,
    request: Request,
) -> Result<axum::http::StatusCode, Problem> {
    let own = Own::of(&people, &asker).await?;
    let (asked, _): (DeviceNameBody, _) =
        json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    rename(&people, &own, &id, &asked.name).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Names a device of whoever asks.
pub(super) async fn rename(people: &People, own: &Own, id: &str, name: &str) -> Result<(), Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > devices::LONGEST || name.chars().any(accounts::is_unseen) {
        let most = devices::LONGEST;
        return Err(Problem::bad_request(
            "name",
            format!("name must have 1 to {most} characters, none a control character"),
        ));
    }
    let unknown = || Problem::not_found("there is no such device of yours; GET /api/v1/me/devices lists them");
    let device = device(id).ok_or_else(unknown)?;
    match devices::rename(&people.store, &people.keys, &own.people, device, name).await? {
        true => Ok(()),
        false => Err(unknown()),
    }
}

/// Ends that a device of one's own is listened to, at once. What it has sent stays until it is erased.
#[utoipa::path(delete, path = "/me/devices/{device}", tag = "me", operation_id = "revoke_my_device",
    params(("device" = String, Path, description = "the device's id, 32 hexadecimal digits")),
    responses(
        (status = 204, description = "revoked"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such device of yours"),
    ))]
async fn revoke_device(
    asker: Asker,
    State(people): State<People>,
    Path(id): Path<String>,
) -> Result<axum::http::StatusCode, Problem> {
    let own = Own::of(&people, &asker).await?;
    revoke(&people, &own, &id).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Revokes a device of whoever asks.
pub(super) async fn revoke(people: &People, own: &Own, id: &str) -> Result<(), Problem> {
    let unknown = || Problem::not_found("there is no such device of yours; GET /api/v1/me/devices lists them");
    let device = device(id).ok_or_else(unknown)?;
    let all = devices::list(&people.store, &people.keys, &own.people).await?;
    if !all.iter().any(|one| one.device == device && one.is_current) {
        return Err(unknown());
    }
    accounts::revoke(&people.store, device).await?;
    Ok(())
}

/// What one agreed to.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentList {
    /// What is in force: of each device, modality and purpose the newest.
    in_force: Vec<ConsentEntry>,
    /// Every change, in the order in which they came.
    changes: Vec<ConsentEntry>,
}

/// What one agreed to, as the ledger has it. It is given on the device, with `attune-agent consent`, and withdrawn there or here.
#[utoipa::path(get, path = "/me/consents", tag = "me", operation_id = "my_consents",
    responses((status = 200, body = ConsentList), (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed")))]
async fn consents(asker: Asker, State(people): State<People>) -> Result<Json<ConsentList>, Problem> {
    let own = Own::of(&people, &asker).await?;
    Ok(Json(consent_list(&told(&people, &own).await?)))
}

fn consent_list(told: &[consent::Told]) -> ConsentList {
    let entry = |one: &consent::Told| ConsentEntry::of(one, told);
    ConsentList { in_force: in_force(told).iter().map(entry).collect(), changes: told.iter().map(entry).collect() }
}

/// What is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
struct WithdrawBody {
    /// What may be sensed no more: `face`, `voice`, `motion`, `heart`, `check-in` or `text`.
    #[schema(pattern = "^(face|voice|motion|heart|check-in|text)$")]
    modality: String,
    /// What for: `own-view` or `wellbeing`; left out for both.
    #[schema(pattern = "^(own-view|wellbeing)$")]
    purpose: Option<String>,
    /// Of which device, 32 hexadecimal digits; left out for all of one's own.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    device: Option<String>,
    /// Must be false: consent is given on the device itself.
    granted: bool,
}

/// Withdraws consent. It holds here at once: nothing of it is taken in any more; and each device stops sensing it as soon as it
/// is reached, which it confirms. Consent is never given here but on the device itself, so that nobody who has stolen a session
/// switches on a camera at somebody's home.
#[utoipa::path(post, path = "/me/consents", tag = "me", operation_id = "withdraw_my_consent", request_body = WithdrawBody,
    responses(
        (status = 200, body = ConsentList),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a field is wrong; it is named"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such device of yours"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "consent cannot be given here"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    ))]
async fn withdraw_consent(
    asker: Asker,
    State(people): State<People>,
    request: Request,
) -> Result<Json<ConsentList>, Problem> {
    let own = Own::of(&people, &asker).await?;
    let (asked, _): (WithdrawBody, _) =
        json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    if asked.granted {
        return Err(Problem::conflict(
            "granted",
            "consent is given on the device itself, on its own page or with `attune-agent consent grant`; here it is only \
             withdrawn",
        ));
    }
    // What a program shows is not known here.
    let which = (asked.purpose.as_deref(), asked.device.as_deref());
    withdraw(&people, &own, &asked.modality, which, false).await?;
    Ok(Json(consent_list(&told(&people, &own).await?)))
}

/// Withdraws consent of whoever asks, for one purpose or all, on one device or on all that are theirs. `is_shown` says whether they saw
/// the texts of today.
pub(super) async fn withdraw(
    people: &People,
    own: &Own,
    modality: &str,
    (purpose, id): (Option<&str>, Option<&str>),
    is_shown: bool,
) -> Result<(), Problem> {
    let modality = Modality::ALL.into_iter().find(|known| known.name() == modality).ok_or_else(|| {
        Problem::bad_request("modality", "modality must be face, voice, motion, heart, check-in or text")
    })?;
    let wrong = || Problem::bad_request("purpose", "purpose must be own-view or wellbeing, or left out for both");
    let purposes = match purpose {
        None => Purpose::ALL.to_vec(),
        Some(name) => vec![Purpose::ALL.into_iter().find(|known| known.name() == name).ok_or_else(wrong)?],
    };
    let shown = |purpose| is_shown.then(|| text(modality, purpose).version);
    let what: Vec<_> = purposes.into_iter().map(|purpose| (modality, purpose, shown(purpose))).collect();
    let unknown = || Problem::not_found("there is no such device of yours; GET /api/v1/me/devices lists them");
    let only = id.map(|id| device(id).ok_or_else(unknown)).transpose()?;
    let is_meant = |one: &devices::Device| only.is_none_or(|only| only == one.device);
    let mut found = false;
    for person in &own.people {
        let theirs = devices::list(&people.store, &people.keys, std::slice::from_ref(person)).await?;
        let devices: std::collections::BTreeSet<_> =
            theirs.iter().filter(|one| one.is_current && is_meant(one)).map(|one| one.device).collect();
        if devices.is_empty() {
            continue;
        }
        let mut transaction = people.store.begin().await?;
        accounts::hold(&people.store, &mut transaction, &devices).await?;
        // Behind the lock, so that what a device told meanwhile counts as told before.
        let told = consent::history_over(&mut transaction, (&people.keys, people.store.damages()), *person).await?;
        let key = people.keys.of(*person).await?;
        for device in devices {
            found |= consent::withdraw_in_browser(&mut transaction, (*person, &key), device, &what, &told).await?;
            let damages = people.store.damages();
            heartbeats::let_go_where_withdrawn(&mut transaction, damages, (*person, &key), device).await?;
        }
        transaction.commit().await?;
    }
    if found { Ok(()) } else { Err(unknown()) }
}

/// Every change of what whoever asks agreed to.
pub(super) async fn told(people: &People, own: &Own) -> Result<Vec<consent::Told>, PeopleError> {
    let mut told = Vec::new();
    for person in &own.people {
        told.extend(consent::history(&people.store, &people.keys, *person).await?);
    }
    Ok(told)
}

/// Which entries are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AccessQuery {
    /// `next` of the page before.
    #[param(minimum = 0)]
    pub(super) before: Option<i64>,
}

/// Who read what of one.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccessList {
    /// The newest first.
    pub(super) entries: Vec<AccessEntry>,
    /// Give this as `before` for the next page; null when there is none.
    pub(super) next: Option<i64>,
}

/// Who read what of one, and what was done about one's account, the newest first.
#[utoipa::path(get, path = "/me/access", tag = "me", operation_id = "my_access", params(AccessQuery),
    responses((status = 200, body = AccessList), (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed")))]
async fn who_read(
    asker: Asker,
    State(people): State<People>,
    Query(asked): Query<AccessQuery>,
) -> Result<Json<AccessList>, Problem> {
    let own = Own::of(&people, &asker).await?;
    if asked.before.is_some_and(|before| before < 0) {
        return Err(Problem::bad_request("before", "before is `next` of the page before, 0 or more"));
    }
    Ok(Json(accesses(&people, &own, asked.before.unwrap_or(i64::MAX)).await?))
}

/// Entries of the ledger of access about whoever asks, from before a place.
pub(super) async fn accesses(people: &People, own: &Own, before: i64) -> Result<AccessList, PeopleError> {
    let mut notes = Vec::new();
    for person in &own.people {
        notes.extend(access::of_person(&people.store, *person, before, PAGE).await?);
    }
    notes.sort_by_key(|note| std::cmp::Reverse(note.place));
    notes.dedup_by_key(|note| note.place);
    notes.truncate(PAGE as usize);
    let next = notes.last().filter(|_| notes.len() == PAGE as usize).map(|note| note.place);
    let mut names = Names::default();
    let mut entries = Vec::with_capacity(notes.len());
    for note in &notes {
        entries.push(AccessEntry::new(note, names.by(&people.store, &people.keys, note).await?));
    }
    Ok(AccessList { entries, next })
}

/// All that is kept of one, as a ZIP archive with a README, signed by the collector: JSON and CSV, heart rates as FHIR R4 and
/// Open mHealth, too. It comes while it is made.
#[utoipa::path(get, path = "/me/export", tag = "me", operation_id = "export_me",
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/zip"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "all was erased meanwhile"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "as many archives are made as may be; Retry-After says when to try again"),
    ))]
pub(super) async fn export_all(asker: Asker, State(people): State<People>) -> Result<Response, Problem> {
    let own = Own::of(&people, &asker).await?;
    let answer = export::answer(&people, &own).await?;
    let mut transaction = people.store.begin().await?;
    requests::receive(&mut transaction, &pseudonym(&people.own, own.person), Kind::Access, true).await?;
    transaction.commit().await?;
    Ok(answer)
}

/// That all of one is to be erased.
#[derive(Debug, Deserialize, ToSchema)]
struct EraseBody {
    /// The word `erase`, in letters of any case.
    #[schema(pattern = "^\\s*[Ee][Rr][Aa][Ss][Ee]\\s*$")]
    word: String,
    /// The password, once more: a token alone erases nothing. Who has none leaves it out, and has signed in within ten minutes.
    #[serde(default)]
    #[schema(max_length = 512)]
    password: String,
}

/// Erases all that is kept of one, account and devices' codes too: at once nothing of it can be read any more, and
/// there is no way back: keys lie apart from the database, so that no copy of it opens anything. What is left afterwards says nothing of anybody: the entries of the ledgers, sealed under a
/// key that is gone, and the numbers of devices, which are told so when they send again.
#[utoipa::path(post, path = "/me/erase", tag = "me", operation_id = "erase_me", request_body = EraseBody,
    responses(
        (status = 200, body = ReceiptView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "the word or the password is another one"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "nobody else could run this collector"),
        (status = 410, body = Problem, content_type = "application/problem+json", description = "all was erased meanwhile"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    ))]
async fn erase_all(asker: Asker, State(people): State<People>, request: Request) -> Result<Json<ReceiptView>, Problem> {
    let own = Own::of(&people, &asker).await?;
    let visit = visit(&request);
    let (asked, _): (EraseBody, _) = json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    if !is_word(WORD, &asked.word) {
        return Err(Problem::bad_request("word", format!("word must be `{WORD}`: nothing was erased")));
    }
    people.prove_again(&visit, (own.login, asker.session()), ("password", &asked.password)).await?;
    let Begun { receipt, .. } = erased(&people, &asker, &own).await?;
    Ok(Json(ReceiptView::of(&people.store, &receipt).await?))
}

/// How long who erases waits for the last row. Their receipt says whether it is gone.
const ERASED_WITHIN: Duration = Duration::from_secs(10);

/// How long they wait for the copy of the keys to be renewed. Their receipt says whether it was.
const COPIED_WITHIN: Duration = Duration::from_secs(5);

/// Erases whoever asks. What takes long goes on when they have their answer, and when they leave.
pub(super) async fn erased(people: &People, asker: &Asker, own: &Own) -> Result<Begun, Problem> {
    let by = By::asker(asker).unwrap_or(By::COLLECTOR);
    let Begun { receipt, is_written } = erase::begin(people, own).await?;
    if !is_written {
        return Ok(Begun { receipt, is_written });
    }
    let (id, all, persons) = (receipt.id, people.clone(), own.people.clone());
    let rest = tokio::spawn(async move {
        if let Err(error) = erase::finish(&all, id, persons, &by).await {
            tracing::error!(%error, "An erasure was cut short; it is gone on with within two minutes.");
        }
    });
    let _ = tokio::time::timeout(ERASED_WITHIN, rest).await;
    people.store.keyring().copy_tried(COPIED_WITHIN).await;
    let receipt = Receipt::find(&people.store, id).await?.unwrap_or(receipt);
    Ok(Begun { receipt, is_written })
}

/// What was erased, for who has the id of the receipt.
#[utoipa::path(get, path = "/receipts/{id}", tag = "me", operation_id = "receipt",
    params(("id" = String, Path, description = "the receipt's id, 32 hexadecimal digits")),
    responses((status = 200, body = ReceiptView), (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such receipt")))]
async fn receipt(State(people): State<People>, Path(id): Path<String>) -> Result<Json<ReceiptView>, Problem> {
    Ok(Json(receipt_of(&people, &id).await?))
}

/// A receipt by its id.
pub(super) async fn receipt_of(people: &People, id: &str) -> Result<ReceiptView, Problem> {
    let unknown = || Problem::not_found("there is no such receipt");
    let id: PersonId = id.parse().map_err(|_| unknown())?;
    let receipt = Receipt::find(&people.store, id).await?.ok_or_else(unknown)?;
    Ok(ReceiptView::of(&people.store, &receipt).await?)
}

/// Requests, those that are open first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestList {
    /// All of them.
    pub(crate) requests: Vec<RequestView>,
}

/// What is asked of the organisation.
#[derive(Debug, Deserialize, ToSchema)]
struct RequestBody {
    /// What.
    kind: Kind,
}

/// What one asked of the organisation, and until when it is due. What one did oneself on these pages stands there as done.
#[utoipa::path(get, path = "/me/requests", tag = "me", operation_id = "my_requests",
    responses((status = 200, body = RequestList), (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed")))]
async fn list_requests(asker: Asker, State(people): State<People>) -> Result<Json<RequestList>, Problem> {
    let own = Own::of(&people, &asker).await?;
    let all = requests::list(&people.store, Some(&pseudonym(&people.own, own.person))).await?;
    Ok(Json(RequestList { requests: all.iter().map(RequestView::from).collect() }))
}

/// Asks the organisation for a copy, a correction or an erasure that one does not make oneself. It is due in 30 days, and the
/// privacy officer sees it.
#[utoipa::path(post, path = "/me/requests", tag = "me", operation_id = "request_of_me", request_body = RequestBody,
    responses(
        (status = 201, body = RequestView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a field is wrong; it is named"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    ))]
async fn ask(
    asker: Asker,
    State(people): State<People>,
    request: Request,
) -> Result<(axum::http::StatusCode, Json<RequestView>), Problem> {
    let own = Own::of(&people, &asker).await?;
    let (asked, _): (RequestBody, _) =
        json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let mut transaction = people.store.begin().await?;
    let request = requests::receive(&mut transaction, &pseudonym(&people.own, own.person), asked.kind, false).await?;
    transaction.commit().await?;
    Ok((axum::http::StatusCode::CREATED, Json(RequestView::from(&request))))
}
