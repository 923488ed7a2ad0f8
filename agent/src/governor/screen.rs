//! Whether the screen is locked, as logind and the desktop's screen saver say.

use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use zbus::{Connection, OwnedObjectPath, OwnedVariant};

/// How long a bus, or who is asked over it, may take.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two tries to reach a bus that was not there.
const PAUSE: Duration = Duration::from_secs(60);

const LOGIND: &str = "org.freedesktop.login1";
/// This user, as logind knows them.
const USER: &str = "/org/freedesktop/login1/user/self";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const BUS: &str = "org.freedesktop.DBus";
/// Screen savers, as desktops have them: name on the bus, which is the interface's, and path.
const SAVERS: [(&str, &str); 3] = [
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.freedesktop.ScreenSaver", "/ScreenSaver"),
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
];

/// Who knows whether the screen is locked.
#[derive(Debug)]
pub struct Screen {
    runtime: Option<Runtime>,
    system: Line,
    session: Line,
}

/// A way to a bus.
#[derive(Debug, Default)]
struct Line {
    connection: Option<Connection>,
    /// When it was tried last.
    tried: Option<Instant>,
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

impl Screen {
    /// Nobody has been asked yet.
    #[must_use]
    pub fn new() -> Self {
        // Where the system gives none, nothing is known.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok();
        Self { runtime, system: Line::default(), session: Line::default() }
    }

    /// Whether the screen is locked: what either of both says. `None` where neither says anything.
    pub fn is_locked(&mut self) -> Option<bool> {
        let Self { runtime, system, session } = self;
        runtime.as_ref()?.block_on(async {
            match (logind(system).await, saver(session).await) {
                (None, None) => None,
                (one, other) => Some(one == Some(true) || other == Some(true)),
            }
        })
    }
}

impl Line {
    /// The connection, where there is one or it is time to try again.
    async fn open(&mut self, connect: impl Future<Output = zbus::Result<Connection>>) -> Option<Connection> {
        self.connection = self.connection.take().filter(|connection| !connection.is_closed());
        if self.connection.is_none() && self.tried.is_none_or(|tried| tried.elapsed() >= PAUSE) {
            self.tried = Some(Instant::now());
            self.connection = tokio::time::timeout(PATIENCE, connect).await.ok()?.ok();
        }
        self.connection.clone()
    }
}

/// What logind says of the session that this user looks at.
async fn logind(line: &mut Line) -> Option<bool> {
    let bus = line.open(Connection::system()).await?;
    let display = property(&bus, USER, "org.freedesktop.login1.User", "Display").await?;
    let (_, session) = <(String, OwnedObjectPath)>::try_from(display).ok()?;
    let hint = property(&bus, session.as_str(), "org.freedesktop.login1.Session", "LockedHint").await?;
    bool::try_from(hint).ok()
}

async fn property(bus: &Connection, path: &str, interface: &str, name: &str) -> Option<OwnedVariant> {
    let which = (interface, name);
    let asked = bus.call_method(Some(LOGIND), path, Some(PROPERTIES), "Get", &which);
    let answer = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
    answer.body().deserialize().ok()
}

/// What the desktop's screen saver says. One that does not run is not started for it.
async fn saver(line: &mut Line) -> Option<bool> {
    let bus = line.open(Connection::session()).await?;
    for (name, path) in SAVERS {
        let asked = async {
            let owned =
                bus.call_method(Some(BUS), "/org/freedesktop/DBus", Some(BUS), "NameHasOwner", &(name,)).await?;
            if !owned.body().deserialize::<bool>()? {
                return Ok(None);
            }
            let answer = bus.call_method(Some(name), path, Some(name), "GetActive", &()).await?;
            answer.body().deserialize::<bool>().map(Some)
        };
        let asked: Result<zbus::Result<Option<bool>>, _> = tokio::time::timeout(PATIENCE, asked).await;
        if let Ok(Ok(Some(active))) = asked {
            return Some(active);
        }
    }
    None
}
