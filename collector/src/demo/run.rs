use std::pin::{Pin, pin};
use std::time::Duration;

use attune_protocol::policy::Profile;
use attune_protocol::window::WINDOW_MILLIS;
use attune_sensing::sessions::FusedWindow;
use tempfile::TempDir;
use tokio::process::Child;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout};

use super::board::Board;
use super::child::{self, AgentProgram};
use super::screen::Screen;
use super::{DemoArgs, DemoError, USER, devices, organisation, start, table};
use crate::config::{BrokerMode, Config};
use crate::{CollectorError, Running};

/// Length of the shipped recording: it is laid so that it ends about when it has been played.
const RECORDING_MILLIS: i64 = 120_000;
/// After the last acknowledgement, fusion is over when nothing has come for this long.
const QUIET: Duration = Duration::from_secs(2);
/// Live devices are sensed until Ctrl-C: longer than anybody watches.
const UNTIL_STOPPED: Duration = Duration::from_secs(365 * 86_400);
/// How long they are sensed with `--once`, seconds.
const LIVE_SECONDS: &str = "30";
const CODE_MILLIS: i64 = 15 * 60 * 1000;

/// Plays the recording and shows what is fused; then runs on until `stop`, or ends at once where that was asked for.
///
/// State goes into a temporary folder, unless `config` names another than the built-in one.
///
/// # Errors
/// When the collector does not start, the agent ends early, or the recording is not fused in time.
pub async fn run(mut config: Config, args: &DemoArgs, stop: impl Future<Output = ()>) -> Result<(), DemoError> {
    let screen = Screen::new();
    let mut stop = pin!(stop);
    let temporary = if config.state == Config::own_state() { Some(temporary_folder()?) } else { None };
    let folder = temporary.as_ref().map_or_else(|| config.state.clone(), |folder| folder.path().to_owned());
    config.profile = Profile::Research;
    config.broker.mode = BrokerMode::Embedded;
    config.made_up = args.organisation;
    config.state = folder.join("collector");

    screen.now("starting the collector".into());
    let agent = AgentProgram::find(args.agent.as_deref(), &folder, &config.models)?;
    let running = start::collector(&mut config, &screen).await?;
    let devices = match devices::found(args, &agent).await {
        Ok(devices) => devices,
        Err(error) => {
            running.stop().await?;
            return Err(error);
        }
    };
    introduce(&screen, &running, args, &devices);
    if args.organisation
        && let Err(error) = organisation::found(&screen, &running, args.seed).await
    {
        running.stop().await?;
        return Err(error);
    }
    let outcome = tokio::select! {
        outcome = show_all(&screen, &running, &agent, args, stop.as_mut()) => outcome,
        part = running.lost() => Err(CollectorError::Lost(part).into()),
    };
    screen.now("stopping".into());
    running.stop().await?;
    outcome
}

/// Plays the recording, and waits for the end of it all where it is to run on.
async fn show_all(
    screen: &Screen,
    running: &Running,
    agent: &AgentProgram,
    args: &DemoArgs,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<(), DemoError> {
    match play(screen, running, agent, args, stop.as_mut()).await? {
        Played::ToTheEnd if !args.once => {
            screen.line("The collector runs on; Ctrl-C ends it.");
            screen.now(format!("listening at http://{}/api/v1/", running.api));
            stop.await;
            Ok(())
        }
        Played::Interrupted if args.once => Err(DemoError::Interrupted),
        _ => Ok(()),
    }
}

enum Played {
    ToTheEnd,
    Interrupted,
}

async fn play(
    screen: &Screen,
    running: &Running,
    agent: &AgentProgram,
    args: &DemoArgs,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Played, DemoError> {
    let limit = if args.live && !args.once { UNTIL_STOPPED } else { Duration::from_secs(args.limit) };
    let deadline = Instant::now() + limit;
    let mut fused = running.fused();
    let mut board = Board::default();

    screen.now("enrolling an agent with a one-time code".into());
    let code = running.create_code(USER, CODE_MILLIS).await?;
    let steps: [(&str, &[&str]); 2] = [
        ("enrol", &["enrol", "--broker", &running.broker.to_string(), "--code", &code]),
        ("note the consent of the person", &["consent", "grant", "--modality", "all"]),
    ];
    for (task, arguments) in steps {
        let mut step = agent.start(arguments)?;
        tokio::select! {
            status = step.wait() => agent.expect(task, status)?,
            () = stop.as_mut() => {
                child::end(step).await;
                return Ok(Played::Interrupted);
            }
            () = sleep_until(deadline) => return Err(too_slow(args, &board, agent)),
        }
    }

    screen.now("the agent loads its networks".into());
    let mut playing = start_playing(agent, args)?;
    let mut opening = pin!(devices::own_page(agent));
    let mut opens = args.live;
    screen.line(table::HEADING);
    loop {
        tokio::select! {
            page = opening.as_mut(), if opens => {
                opens = false;
                screen.line(&format!("Your own page, of this device alone: {page}"));
            }
            event = fused.recv() => {
                show(screen, &mut board, event);
                screen.now(match args.live {
                    true => format!("sensing: {} windows fused; Ctrl-C ends it", board.len()),
                    false => format!("playing at {} times its speed: {} windows fused", args.speed, board.len()),
                });
            }
            status = playing.wait() => {
                agent.expect(if args.live { "sense with the devices" } else { "play the recording" }, status)?;
                break;
            }
            () = stop.as_mut() => {
                screen.now("waiting for the agent to end".into());
                child::end(playing).await;
                return Ok(Played::Interrupted);
            }
            () = sleep_until(deadline) => {
                let _ = playing.kill().await;
                return Err(too_slow(args, &board, agent));
            }
        }
    }
    drain(screen, &mut board, &mut fused).await;
    conclude(screen, running, args, &board).await?;
    Ok(Played::ToTheEnd)
}

fn introduce(screen: &Screen, running: &Running, args: &DemoArgs, devices: &[String]) {
    screen.line(match args.live {
        true => "Attune demo: a collector and an agent on this machine sense with its own devices.",
        false => "Attune demo: a collector and an agent on this machine play a recording.",
    });
    screen.line(match (args.live, args.is_shipped()) {
        (true, _) => "  person     whoever is before them: consent is noted as if they gave it",
        (false, true) => "  person     made up: drawn face, synthesized voice, computed motion and heart",
        (false, false) => "  person     whoever is in your recording: consent is noted as if they gave it",
    });
    screen.line("  profile    research: all is analysed (under eu, emotion stays on the device)");
    match args.live {
        true => devices.iter().for_each(|device| screen.line(&format!("  device     {device}"))),
        false => screen.line(&format!("  recording  {}, {} times as fast", args.recording.display(), args.speed)),
    }
    screen.line(&format!("  page       http://{}/", running.api));
    screen.line(&format!("  API        http://{}/api/v1/", running.api));
    screen.line(&format!("  broker     {}", running.broker));
    screen.line("");
}

fn start_playing(agent: &AgentProgram, args: &DemoArgs) -> Result<Child, DemoError> {
    if args.live {
        let ends: &[&str] = if args.once { &["--duration", LIVE_SECONDS, "--until-sent"] } else { &[] };
        return agent.start(&[&["run"], ends].concat());
    }
    let now = jiff::Timestamp::now().as_millisecond();
    let start = now - RECORDING_MILLIS + RECORDING_MILLIS / i64::from(args.speed);
    let start = start - start.rem_euclid(WINDOW_MILLIS);
    let start = jiff::Timestamp::from_millisecond(start).unwrap_or_default().to_string();
    let (recording, speed) = (args.recording.to_string_lossy(), args.speed.to_string());
    agent.start(&["run", "--recording", &recording, "--start", &start, "--speed", &speed, "--until-sent"])
}

fn show(screen: &Screen, board: &mut Board, event: Result<FusedWindow, RecvError>) {
    // A listener that lags has missed windows, which is no reason to end; the session is whole in the database.
    if let Ok(window) = event {
        board.update(window).iter().for_each(|line| screen.line(line));
    }
}

/// The agent has ended, so all is acknowledged; what is left is to fuse it.
async fn drain(screen: &Screen, board: &mut Board, fused: &mut Receiver<FusedWindow>) {
    while let Ok(event) = timeout(QUIET, fused.recv()).await {
        show(screen, board, event);
    }
    board.rest().iter().for_each(|line| screen.line(line));
}

async fn conclude(screen: &Screen, running: &Running, args: &DemoArgs, board: &Board) -> Result<(), DemoError> {
    let session = board.session().ok_or(DemoError::NothingFused)?;
    let windows = running.windows(session).await?;
    screen.line("");
    screen.line(&format!("Session {session}, {} windows of ten seconds:", windows.len()));
    table::summary(&windows).iter().for_each(|line| screen.line(line));
    screen.line("");
    if args.organisation {
        screen.line(&format!("To see it, sign in as {USER}: http://{}/me/why/{session}", running.api));
        return Ok(());
    }
    screen.line("To open in a browser, as long as the collector runs:");
    screen.line(&format!("  page     http://{}/", running.api));
    screen.line(&format!("  picture  http://{}/api/v1/sessions/{session}/graph.svg", running.api));
    screen.line("Why these scores, what each modality gave to them and what is missing:");
    screen.line(&format!("  curl http://{}/api/v1/sessions/{session}", running.api));
    screen.line("With accounts, teams and a page for each role: the same with --organisation");
    Ok(())
}

fn too_slow(args: &DemoArgs, board: &Board, agent: &AgentProgram) -> DemoError {
    DemoError::TooSlow { seconds: args.limit, windows: board.len(), said: agent.said() }
}

fn temporary_folder() -> Result<TempDir, DemoError> {
    let folder = tempfile::Builder::new().prefix("attune-demo-").tempdir();
    folder.map_err(|source| DemoError::File { path: std::env::temp_dir(), source })
}
