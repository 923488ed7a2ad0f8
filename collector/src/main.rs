//! The collector program: see `attune-collector --help`.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use attune_collector::cli::{Cli, Command};
use attune_collector::config::Config;
use attune_collector::{CollectorError, api, demo, logging, open_store, run};
use attune_ground::keys::{MasterKey, PersonKeys};
use attune_people::accounts;
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    rustls::crypto::ring::default_provider().install_default().expect("nothing else has installed a provider");
    match command(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "attune-collector: failed to {error}");
            ExitCode::FAILURE
        }
    }
}

async fn command(cli: &Cli) -> Result<(), Box<dyn Error>> {
    if matches!(cli.command, Command::Openapi) {
        return Ok(say(&api::openapi())?);
    }
    let mut config = cli.config()?;
    if matches!(cli.command, Command::Demo(_)) && cli.global.log.is_none() {
        config.log.level = "error".into(); // what happens is on the screen
    }
    logging::start(&config.log)?;
    match &cli.command {
        Command::Serve(_) => serve(&config).await?,
        Command::Enrol(enrol) => {
            let store = open_store(&config).await?;
            let keys = PersonKeys::new(MasterKey::load_or_create(&config.state.join("master.key"))?);
            let code = accounts::create_code(&store, &keys, &enrol.user, enrol.valid_minutes * 60_000).await?;
            store.close().await;
            say(&format!("{code}\n"))?;
        }
        Command::Demo(args) => {
            demo::run(config, args, async {
                if stop_signal().await.is_err() {
                    std::future::pending::<()>().await; // without signals nobody can ask it to stop
                }
            })
            .await?;
        }
        Command::Check => check(&config).await?,
        Command::Openapi => {}
    }
    Ok(())
}

async fn serve(config: &Config) -> Result<(), CollectorError> {
    let running = run(config).await?;
    stop_signal().await.map_err(|source| CollectorError::File { path: "the signal handler".into(), source })?;
    tracing::info!("Stopping.");
    running.stop().await
}

/// Waits for Ctrl-C or, on Unix, SIGTERM.
async fn stop_signal() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

async fn check(config: &Config) -> Result<(), CollectorError> {
    let models = attune_analysis::networks::Networks::load(&config.models)?.list();
    let store = open_store(config).await?;
    store.probe().await?;
    say(&format!(
        "configuration: ok, profile {}\nmodels: ok, {} networks in {}\ndatabase: ok, {}\n",
        config.profile,
        models.len(),
        config.models.display(),
        store.backend_name()
    ))
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
