//! The collector program: see `attune-collector --help`.

use std::io::Write;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use attune_analysis::Wiping;
use attune_collector::cli::{Asked, Cli, Command};
use attune_collector::config::{BrokerMode, Config, TlsConfig};
use attune_collector::{CollectorError, api, demo, exposed, given, logging, look, probe, run, simulate, tls};
use attune_ground::http::Tls;
use attune_ground::store::reader;
use attune_ground::{Failed, Seen, memory};
use attune_people::{consent, sign_in};
use clap::Parser;

/// How long work that does not hear that the program ends may hold it up.
const LAST_WORK: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    rustls::crypto::ring::default_provider().install_default().expect("nothing else has installed a provider");
    let cli = Cli::parse();
    let done =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Into::into).and_then(|runtime| {
            let done = runtime.block_on(command(&cli));
            runtime.shutdown_timeout(LAST_WORK);
            done
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "attune-collector: failed to {error}");
            ExitCode::FAILURE
        }
    }
}

async fn command(cli: &Cli) -> Result<(), Failed> {
    if matches!(cli.command, Asked::Own(Command::Openapi)) {
        return Ok(say(&api::openapi())?);
    }
    let mut config = cli.config()?;
    if matches!(cli.command, Asked::Own(Command::Demo(_))) && cli.global.log.is_none() {
        config.log.level = "error".into(); // what happens is on the screen
    }
    if matches!(cli.command, Asked::Own(Command::Simulate(_))) && cli.global.log.is_none() {
        config.log.level = "warn".into(); // how far it is stands beside the bar
    }
    if matches!(cli.command, Asked::Own(Command::Demo(_))) {
        config.broker.tls = TlsConfig::default();
        config.api.tls = TlsConfig::default(); // it is shown on this machine, to a browser that knows no certificate of it
    }
    logging::start(&config.log)?;
    memory::keep_out_of_dumps();
    let own = match &cli.command {
        Asked::Own(own) => own,
        Asked::Subject(work, written) => {
            let said = work(written.clone(), given(&config)).await?;
            say(&said.out)?;
            let _ = std::io::stderr().write_all(said.err.as_bytes());
            return Ok(());
        }
    };
    match own {
        Command::Serve(_) => serve(&config).await?,
        Command::Demo(args) => {
            demo::run(config, args, async {
                let heard = match stop_signal() {
                    Ok(asked) => asked.await,
                    Err(error) => Err(error),
                };
                if heard.is_err() {
                    std::future::pending::<()>().await; // without signals nobody can ask it to stop
                }
            })
            .await?;
        }
        Command::Simulate(args) => say(&simulate::run(&config, args).await?)?,
        Command::Check => check(&config).await?,
        Command::Health => {
            probe::probe(&config)?;
            say("ok\n")?;
        }
        Command::Openapi => {}
    }
    Ok(())
}

/// Pictures and sounds pass through this program: what is given back holds nothing of them.
#[global_allocator]
static MEMORY: Wiping = Wiping;

/// How long a start that is asked to stop may take to its end, so that what it has opened is closed in order.
const STARTING: Duration = Duration::from_secs(5);

async fn serve(config: &Config) -> Result<(), CollectorError> {
    let signals = |source| CollectorError::File { path: "the signal handler".into(), source };
    // Heard from the beginning: it answers before its start is over.
    let mut asked = pin!(stop_signal().map_err(signals)?);
    let mut starting = pin!(run(config));
    let running = tokio::select! {
        running = &mut starting => running?,
        heard = &mut asked => {
            heard.map_err(signals)?;
            let Ok(running) = tokio::time::timeout(STARTING, starting).await else { return Ok(()) };
            return running?.stop().await;
        }
    };
    if let Some(fingerprint) = &running.fingerprint {
        say(&format!("TLS certificate, SHA-256 fingerprint: {fingerprint}\n"))?;
    }
    let lost = tokio::select! {
        heard = &mut asked => {
            heard.map_err(signals)?;
            None
        }
        part = running.lost() => Some(part),
    };
    tracing::info!("Stopping.");
    running.stop().await?;
    lost.map_or(Ok(()), |part| Err(CollectorError::Lost(part)))
}

/// Listens for Ctrl-C or, on Unix, SIGTERM, from now on; what it gives waits for one.
fn stop_signal() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted,
                _ = terminate.recv() => Ok(()),
            }
        })
    }
    #[cfg(not(unix))]
    Ok(tokio::signal::ctrl_c())
}

async fn check(config: &Config) -> Result<(), CollectorError> {
    let models = attune_analysis::networks::Networks::of(&config.models)?.list();
    let [tls, of_broker] = certificates(config)?;
    let (seen, in_use) = look(config).await?;
    let database = match seen {
        Seen::Nothing => {
            exposed::check(config, false)?;
            "none yet; serve makes it"
        }
        Seen::Earlier => "ok, of an earlier version; serve brings it to this one",
        Seen::Current => {
            // Read as it lies there: to open it would take in its log, and change it.
            let mut reading = reader(&config.database_url()).await?;
            let broken = consent::first_broken_link_over(&mut reading).await?;
            if let Some(entry) = broken {
                return Err(CollectorError::Consents(entry));
            }
            exposed::check(config, sign_in::is_required_over(&mut reading).await?)?;
            "ok, the log of consents is whole"
        }
    };
    let addresses = match in_use.as_slice() {
        [] => "ok".into(),
        taken => {
            let taken: Vec<String> = taken.iter().map(ToString::to_string).collect();
            format!("{} in use, by this collector if it runs", taken.join(" and "))
        }
    };
    say(&format!(
        "configuration: ok, profile {}\nstate: {}\nmodels: ok, {} networks {}\naddresses: {addresses}\nTLS: \
         {tls}\nTLS of the broker: {of_broker}\ndatabase: {database}\n",
        config.profile,
        config.state.display(),
        models.len(),
        match config.models.as_os_str().is_empty() {
            true => "inside this program".into(),
            false => format!("in {}", config.models.display()),
        },
    ))
}

/// How the API and the broker are encrypted, in words.
fn certificates(config: &Config) -> Result<[String; 2], CollectorError> {
    let told = |tls: Option<Tls>, is_on| match tls {
        Some(tls) => format!("on, certificate with the SHA-256 fingerprint {}", tls.fingerprint()),
        None if is_on => "on; serve makes the certificate".into(),
        None => "off".into(),
    };
    let of_broker = match config.broker.mode {
        BrokerMode::Embedded => told(tls::look_broker(config)?, config.broker.encrypted(&config.api).is_some()),
        BrokerMode::External if config.broker.url.starts_with("mqtts:") => "on, as broker.url says".into(),
        BrokerMode::External => "off".into(),
    };
    Ok([told(tls::look(config)?, config.api.tls.is_on()), of_broker])
}

/// The one place that writes to standard output; a closed pipe is not an error of ours.
fn say(text: &str) -> Result<(), CollectorError> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(source) if source.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CollectorError::File { path: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}
