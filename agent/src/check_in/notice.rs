//! A notice on the screen, by the service of the desktop that shows them. It says nothing of the person.

use std::collections::HashMap;
use std::time::Duration;

use zbus::Variant;

/// How long the desktop may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the notice stays, milliseconds: as long as the desktop thinks fit.
const AS_LONG_AS_USUAL: i32 = -1;

pub(super) fn show() -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|problem| problem.to_string())?;
    runtime.block_on(async {
        match tokio::time::timeout(PATIENCE, notify()).await {
            Ok(shown) => shown.map_err(|problem| problem.to_string()),
            Err(_) => Err("the desktop does not answer".into()),
        }
    })
}

async fn notify() -> zbus::Result<()> {
    let bus = zbus::Connection::session().await?;
    let (title, text) = ("How are you?", "A check-in takes one answer: your own page, or 'attune-agent check-in'.");
    let (actions, hints) = (Vec::<&str>::new(), HashMap::<&str, Variant<'_>>::new());
    bus.call_method(
        Some("org.freedesktop.Notifications"),
        "/org/freedesktop/Notifications",
        Some("org.freedesktop.Notifications"),
        "Notify",
        &("Attune", 0_u32, "", title, text, actions, hints, AS_LONG_AS_USUAL),
    )
    .await
    .map(drop)
}
