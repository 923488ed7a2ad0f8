use attune_ground::http::Problem;
use attune_ground::{Answering, Listener};
use attune_pages::Frame;
use attune_pages::frame::SignedIn;

use super::{Login, Session, Stage, csrf_of, find, session_of};
use crate::rights::{Asker, Role};
use crate::{People, PeopleError};

/// Where one can go in each role: name and address.
const PLACES: &[(Role, &str, &str)] = &[
    (Role::Admin, "Overview", "/admin"),
    (Role::Admin, "Accounts", "/admin/accounts"),
    (Role::Admin, "People", "/admin/people"),
    (Role::Admin, "Teams", "/admin/teams"),
    (Role::Admin, "Machines", "/admin/services"),
    (Role::Employee, "Today", "/me"),
    (Role::Employee, "Devices", "/me/devices"),
    (Role::Employee, "Consent", "/me/consent"),
    (Role::Employee, "Who looked", "/me/access"),
    (Role::Employee, "Your data", "/me/data"),
    (Role::Manager, "Teams", "/teams"),
    (Role::Manager, "Alerts", "/alerts"),
    (Role::Manager, "Saved views", "/teams/views"),
    (Role::Manager, "What is measured", "/teams/measures"),
    (Role::Hr, "Teams", "/teams"),
    (Role::Hr, "Alerts", "/alerts"),
    (Role::Hr, "Saved views", "/teams/views"),
    (Role::Hr, "What is measured", "/teams/measures"),
    (Role::Hr, "HR data", "/hr"),
    (Role::PrivacyOfficer, "Records", "/records"),
    (Role::PrivacyOfficer, "Data map", "/records/map"),
    (Role::PrivacyOfficer, "Requests", "/records/requests"),
    (Role::PrivacyOfficer, "Ledgers", "/ledger"),
    (Role::PrivacyOfficer, "Unusual use", "/records/use"),
];

/// Where all that waits for somebody is told together, which the bell leads to.
const NOTIFICATIONS: &str = "/notifications";

/// A page for who asks: its frame, who it is, and what every form of it carries.
#[derive(Debug)]
pub struct Opened {
    /// Around the page.
    pub frame: Frame,
    /// Who asks.
    pub login: Login,
    /// The role that is on.
    pub role: Role,
    /// For each form.
    pub csrf: String,
    /// In which places how much waits for them, places without anything among them; none in a role in which nothing ever does.
    pub rings: Vec<(&'static str, u64)>,
}

/// Opens a page for who asks with a browser.
///
/// # Errors
/// 401 for who is not signed in with one.
pub async fn opened(people: &People, asker: &Asker, title: &str, finding: &str, path: &str) -> Result<Opened, Problem> {
    let gone = || Problem::unauthorized("this page is for who is signed in with a browser");
    let key = asker.session().ok_or_else(gone)?;
    let login = find(&people.store, &people.keys, asker.login().ok_or_else(gone)?).await?.ok_or_else(gone)?;
    let session = session_of(&people.store, key).await?.ok_or_else(gone)?;
    let (csrf, role) = (csrf_of(&people.own, key), session.role);
    let (frame, rings) = framed(people, &login, (role, &csrf), (title, finding, path)).await?;
    Ok(Opened { frame, login, role, csrf, rings })
}

/// The frame of a page that says why something was refused, without title and finding, for whose browser this session is; none where nobody
/// is signed in by it yet, or any more.
///
/// # Errors
/// When the database refuses.
pub async fn frame_of(people: &People, session: &Session) -> Result<Option<Frame>, PeopleError> {
    if session.stage != Stage::Done {
        return Ok(None);
    }
    let Some(login) = find(&people.store, &people.keys, session.login).await? else { return Ok(None) };
    let csrf = csrf_of(&people.own, &session.key);
    let (frame, _) = framed(people, &login, (session.role, &csrf), ("", "", "")).await?;
    Ok(Some(frame))
}

/// How much waits for somebody, by place.
type Rings = Vec<(&'static str, u64)>;

/// Around a page, for who is signed in, in the role that is on; and how much waits for them.
async fn framed(
    people: &People,
    login: &Login,
    (role, csrf): (Role, &str),
    (title, finding, path): (&str, &str, &str),
) -> Result<(Frame, Rings), PeopleError> {
    let mut who = SignedIn::new(&login.name, role.words(), csrf);
    for other in login.roles.iter().filter(|other| **other != role) {
        who = who.or_as(other.name(), other.words());
    }
    let rings = rings(people, login, role).await?;
    if !rings.is_empty() {
        who = who.alerts(rings.iter().map(|(_, count)| count).sum(), NOTIFICATIONS);
    }
    let places = PLACES.iter().filter(|(of, ..)| *of == role);
    let frame = places.fold(Frame::new(title, finding, people.settings.profile), |frame, (_, label, href)| {
        frame.place(*label, *href, *href == path)
    });
    Ok((frame.made_up(people.made_up).signed_in(who), rings))
}

/// How much waits for somebody in a role, by place; none in a role in which nothing ever does.
async fn rings(people: &People, login: &Login, role: Role) -> Result<Rings, PeopleError> {
    let (person, teams) = match role {
        Role::Employee => (login.person, Answering::ForNone),
        Role::Manager => (None, Answering::ForLed),
        Role::Hr => (None, Answering::ForAll),
        Role::PrivacyOfficer | Role::Admin => return Ok(Vec::new()),
    };
    let listener = Listener { login: login.id.0, person, teams };
    let mut all = Vec::with_capacity(people.bells.len());
    for bell in &*people.bells {
        all.push((bell.place, (bell.count)(&people.store, &listener).await?));
    }
    Ok(all)
}

impl Role {
    /// The first page of it.
    #[must_use]
    pub(crate) fn home(self) -> &'static str {
        PLACES.iter().find(|(of, ..)| *of == self).map_or("/account", |(_, _, href)| href)
    }
}
