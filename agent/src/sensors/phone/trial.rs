//! Whether a phone reaches this machine, before anything is sensed.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use attune_analysis::sample::Timestamp;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::inbox::Inbox;
use super::server::{Post, locked};
use super::tally::Problem;
use crate::token::Token;

const LOOK: Duration = Duration::from_millis(100);

/// What came while it was waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heard {
    /// A push with the right token.
    Push,
    /// Only pushes with a wrong one.
    WrongToken,
    /// Nothing.
    Nothing,
}

/// Listens for a push, for so long at most, and takes nothing out of it.
///
/// # Errors
/// When the system does not let this program listen there.
pub fn wait_for_push(listen: SocketAddr, token: Token, patience: Duration) -> std::io::Result<Heard> {
    let inbox = Arc::new(Mutex::new(Inbox::new(1.0)));
    let post = Post::new(inbox.clone(), token, || Timestamp(jiff::Timestamp::now().as_microsecond()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let serving = tokio::spawn(post.serve(TcpListener::bind(listen).await?));
        let until = Instant::now() + patience;
        while Instant::now() < until && locked(&inbox).tally().pushes == 0 && !serving.is_finished() {
            sleep(LOOK).await;
        }
        // The answer is on its way.
        sleep(LOOK).await;
        let inbox = locked(&inbox);
        Ok(match (inbox.tally().pushes, inbox.tally().of(Problem::Token)) {
            (0, 0) => Heard::Nothing,
            (0, _) => Heard::WrongToken,
            _ => Heard::Push,
        })
    })
}
