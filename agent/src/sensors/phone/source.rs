//! A phone as a source that is sensed as it gives: the server listens while motion or heart may be sensed, and no longer.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_analysis::sample::{HeartSample, MotionSample, Timestamp};
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tracing::{info, warn};

use super::inbox::Inbox;
use super::server::{Post, locked};
use super::tally::{self, Tally};
use crate::clock::Clock;
use crate::sensors::Timed;
use crate::sensors::live::{Device, Given, Intake, Stream, Surroundings, Trouble, attend};
use crate::stop::Stop;
use crate::token::{Of, Token};
use crate::{AgentError, files};

/// How often it is looked whether something is due.
const LOOK: Duration = Duration::from_millis(100);
/// A phone that has sent nothing of a modality for so long sends nothing of it.
const SILENCE: Duration = Duration::from_secs(30);
/// From one account of what came to the next: each is a write to the disk.
const ACCOUNT: Duration = Duration::from_secs(10);

/// Starts the server and the two sources that it feeds; readings may come `late` seconds late.
///
/// # Errors
/// When there is no token yet, or the system gives no thread.
pub fn start(
    listen: SocketAddr,
    late: f64,
    state: &Path,
    intake: &mut Intake,
    around: &Surroundings,
) -> Result<Vec<JoinHandle<()>>, AgentError> {
    let token = Token::load(state, Of::Phone)?.ok_or_else(|| {
        AgentError::Config(format!(
            "phone.listen: nothing listens on {listen} without a token: run 'attune-agent phone setup' once, which makes one"
        ))
    })?;
    let inbox = Arc::new(Mutex::new(Inbox::new(late)));
    let problem = Arc::<Mutex<Option<String>>>::default();
    let lane =
        |modality| Lane { modality, inbox: inbox.clone(), problem: problem.clone(), clock: around.clock.clone() };
    let wait = Duration::from_secs_f64(late);
    intake.motion.may_be_late(wait);
    intake.heart.may_be_late(wait);
    let motion = OfLane { lane: lane(Modality::Motion), take: Inbox::motion as Take<MotionSample> };
    let heart = OfLane { lane: lane(Modality::Heart), take: Inbox::heart as Take<HeartSample> };
    let clock = around.clock.clone();
    let server = Server {
        listen,
        post: Post::new(inbox.clone(), token, move || clock.now()),
        account: Account { path: state.join(tally::ACCOUNT), told: Tally::default(), written: None },
        inbox,
        problem,
        stop: around.stop.clone(),
    };
    Ok(vec![
        attend("phone-motion", motion, intake.motion.feed("phone"), around)?,
        attend("phone-heart", heart, intake.heart.feed("phone"), around)?,
        server.start()?,
    ])
}

type Take<S> = fn(&mut Inbox, Timestamp) -> Vec<S>;

/// One modality of the phone.
#[derive(Clone)]
struct Lane {
    modality: Modality,
    inbox: Arc<Mutex<Inbox>>,
    /// Why nobody listens, if nobody does.
    problem: Arc<Mutex<Option<String>>>,
    clock: Clock,
}

struct OfLane<S> {
    lane: Lane,
    take: Take<S>,
}

impl<S: Timed> Device for OfLane<S> {
    type Sample = S;

    fn open(&mut self) -> Result<Box<dyn Stream<Sample = S>>, Trouble> {
        let Lane { modality, inbox, problem, clock } = &self.lane;
        *problem.lock().unwrap_or_else(PoisonError::into_inner) = None;
        locked(inbox).open(*modality, clock.now());
        Ok(Box::new(Open { lane: self.lane.clone(), take: self.take, came: Instant::now(), waited: 0 }))
    }
}

/// A modality that is taken in; it is not any more when this is dropped.
struct Open<S> {
    lane: Lane,
    take: Take<S>,
    /// When something came, and how much waited then.
    came: Instant,
    waited: usize,
}

impl<S> Drop for Open<S> {
    fn drop(&mut self) {
        locked(&self.lane.inbox).close(self.lane.modality);
    }
}

impl<S: Timed> Stream for Open<S> {
    type Sample = S;

    fn read(&mut self) -> Result<Given<S>, Trouble> {
        std::thread::sleep(LOOK);
        let Lane { modality, inbox, problem, clock } = &self.lane;
        if let Some(why) = problem.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Err(Trouble::new(Gap::DeviceGone, why));
        }
        let mut inbox = locked(inbox);
        let samples = (self.take)(&mut inbox, clock.now());
        let waits = inbox.waiting(*modality);
        if waits != self.waited || waits > 0 || !samples.is_empty() {
            (self.came, self.waited) = (Instant::now(), waits);
        }
        if !samples.is_empty() {
            Ok(Given::Samples(samples))
        } else if self.came.elapsed() > SILENCE {
            Ok(Given::Lack(Gap::DeviceGone))
        } else {
            Ok(Given::Nothing)
        }
    }

    fn name(&self) -> String {
        "phone, by the Sensor Logger app".into()
    }
}

struct Server {
    listen: SocketAddr,
    post: Post,
    account: Account,
    inbox: Arc<Mutex<Inbox>>,
    problem: Arc<Mutex<Option<String>>>,
    stop: Stop,
}

impl Server {
    fn start(self) -> Result<JoinHandle<()>, AgentError> {
        let failed = |e| AgentError::file("start a thread for", "the phone".as_ref(), e);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let thread = std::thread::Builder::new().name("phone-server".into());
        thread.spawn(move || runtime.block_on(self.run())).map_err(failed)
    }

    async fn run(mut self) {
        while !self.stop.is_asked() {
            if self.is_open() {
                match TcpListener::bind(self.listen).await {
                    Ok(listener) => self.listen(listener).await,
                    Err(error) => {
                        let why = format!("nobody can listen on {} for the phone: {error}", self.listen);
                        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                        sleep(Duration::from_secs(1)).await;
                    }
                }
            }
            sleep(LOOK).await;
        }
    }

    fn is_open(&self) -> bool {
        !self.stop.is_asked() && locked(&self.inbox).is_open()
    }

    /// Answers as long as something is taken in. Who is still connected then is not listened to either: nothing is open.
    async fn listen(&mut self, listener: TcpListener) {
        info!(address = %self.listen, "listening for the phone");
        let serving = tokio::spawn(self.post.clone().serve(listener));
        while self.is_open() && !serving.is_finished() {
            sleep(LOOK).await;
            if self.account.written.is_none_or(|written| written.elapsed() > ACCOUNT) {
                self.keep_account();
            }
        }
        serving.abort();
        self.keep_account();
        info!("not listening for the phone");
    }

    fn keep_account(&mut self) {
        let tally = locked(&self.inbox).tally().clone();
        self.account.keep(tally);
    }
}

/// The file in which `phone status` finds what came.
struct Account {
    path: PathBuf,
    told: Tally,
    /// When it was written last.
    written: Option<Instant>,
}

impl Account {
    fn keep(&mut self, tally: Tally) {
        if tally == self.told {
            return;
        }
        let text = serde_json::to_vec(&tally).unwrap_or_default(); // counts and names: it can be written
        (self.told, self.written) = (tally, Some(Instant::now()));
        if let Err(error) = files::write_private(&self.path, &text) {
            warn!(%error, "what came from the phone could not be written down");
        }
    }
}
