//! The person's own page: what is sensed, scored, kept and sent of them, on 127.0.0.1, served by the agent that runs.
//!
//! | path below the page's own folder | shows, or does |
//! |---|---|
//! | `` | today: what senses now, scores with gaps drawn as gaps, emotion, coverage |
//! | `sent`, `sent/N` | what was sent, newest first; one batch byte for byte and field by field |
//! | `usual` | how the person usually is, as far as it was learnt |
//! | `check-in` | a form by which the person says how they are, and what they said today |
//! | `consent` | each modality and purpose with its switch |
//! | POST `check-in`, `pause`, `resume`, `consent` | as the commands of the same names |
//! | POST `help` | that it was seen where help is |
//! | `enter` | takes a one-time token for a session |
//!
//! Beside its folder, at `/messages`, messages are taken: see [`messages`](crate::messages).
//!
//! # Who stands before it
//!
//! - **Another user of the machine** reaches the port. Without a token, which only the agent's own socket gives
//!   (`attune-agent open`), they are refused; a token is good once and for five minutes. All lies below a folder with a name
//!   that nobody guesses, and the cookie is for that folder: a server of theirs on another port of 127.0.0.1, to which
//!   browsers give the cookies of all ports, does not get it. Connections are few and end by themselves, so that holding them
//!   costs the page, not the agent.
//! - **A web page in the browser** names another host (DNS rebinding) or another origin and is refused before anything is
//!   looked at; the cookie is `SameSite=Strict`, each form carries a token of its session, and no page can be framed.
//! - **Who sits at the machine later** finds nothing in the browser's caches (`no-store`), and no session after the agent
//!   ended.
//!
//! Nothing is loaded from elsewhere, no script is needed or allowed.

mod doors;
mod drawing;
mod forms;
mod guard;
mod listener;
mod rooms;
mod routes;
mod said;
mod today;
mod views;
mod written;

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tracing::{info, warn};

pub use rooms::Rooms;

use crate::AgentError;
use crate::config::Config;
use crate::messages;
use doors::Doors;
use guard::Guard;
use listener::Bounded;

/// How long answers that are under way may take when the agent ends.
const END: Duration = Duration::from_millis(300);

/// The page that is served.
#[derive(Debug)]
pub struct Page {
    /// Where it listens. The folder below which it lies is told to nobody but who opens it: logs are read by others, too.
    host: String,
    doors: Arc<Doors>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Serves the page where the configuration says so. Where it cannot be served that is said, and the agent goes on without.
#[must_use]
pub fn start(config: &Config, rooms: Rooms) -> Option<Page> {
    if !config.page.on {
        return None;
    }
    match Page::start(config.page.port, rooms) {
        Ok(page) => {
            info!("your own page is at {}: 'attune-agent open' opens it", page.host);
            Some(page)
        }
        Err(problem) => {
            warn!(error = %problem, "there is no own page in this run (page.port)");
            None
        }
    }
}

impl Page {
    fn start(port: u16, rooms: Rooms) -> Result<Self, AgentError> {
        let failed = |e| AgentError::file("listen for", "the own page".as_ref(), e);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let host = listener.local_addr().map_err(failed)?.to_string();
        let doors = Arc::new(Doors::new());
        let door = messages::door(rooms.messages.clone(), host.clone());
        let router = routes::router(Arc::new(rooms), doors.clone(), Guard::new(host.clone())).merge(door);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| AgentError::file("start a runtime for", "the own page".as_ref(), e))?;
        let serve = move || {
            let serving = async {
                let listener = Bounded::new(tokio::net::TcpListener::from_std(listener)?);
                tokio::select! {
                    served = axum::serve(listener, router).into_future() => served,
                    _ = stopped => Ok(()),
                }
            };
            if let Err(problem) = runtime.block_on(serving) {
                warn!(error = %problem, "the own page has ended");
            }
            runtime.shutdown_timeout(END);
        };
        let thread = std::thread::Builder::new().name("page".into()).spawn(serve);
        let thread = thread.map_err(|e| AgentError::file("start a thread for", "the own page".as_ref(), e))?;
        Ok(Self { host, doors, stop: Some(stop), thread: Some(thread) })
    }

    /// An address at which the page opens, once and soon.
    #[must_use]
    pub fn invite(&self) -> String {
        format!("http://{}/{}/enter?token={}", self.host, self.doors.folder(), self.doors.invite())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its panic is told where it happens.
            let _ = thread.join();
        }
    }
}
