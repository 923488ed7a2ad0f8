//! `broker acl`: what a mosquitto is told, printed or written once.

use std::path::PathBuf;

use attune_ground::{Failed, Foundation, Given, Said, SubjectCommand};
use clap::{CommandFactory, FromArgMatches, Parser};

use super::files::{PASSWORDS, RULES};
use super::{Admitted, Login};

/// Tell a broker that runs elsewhere which devices it may let in.
#[derive(Parser)]
#[command(name = "broker", display_order = 45)]
enum Broker {
    /// Print mosquitto's acl_file and password_file, or write them into a folder. A collector with broker.acl does so by itself, each
    /// time that a device comes or goes.
    #[command(after_help = "Example:\n  attune-collector broker acl\n  \
        attune-collector broker acl --write /etc/mosquitto/attune\n  pkill -HUP -x mosquitto\n\n\
        For the listener of devices mosquitto.conf has:\n  allow_anonymous true\n  \
        password_file /etc/mosquitto/attune/attune.passwords\n  acl_file /etc/mosquitto/attune/attune.acl\n\n\
        Who comes without a name may ask to be enrolled then, and nothing else.")]
    Acl {
        /// Write attune.acl and attune.passwords into this folder, for their owner and the folder's group.
        #[arg(long, value_name = "FOLDER")]
        write: Option<PathBuf>,
    },
}

pub(crate) fn command() -> SubjectCommand {
    SubjectCommand {
        line: Broker::command(),
        work: |line, given| Box::pin(async move { work(Broker::from_arg_matches(&line)?, given).await }),
    }
}

async fn work(Broker::Acl { write }: Broker, given: Given) -> Result<Said, Failed> {
    let login = given.broker_login.as_ref().map(Login::read).transpose()?;
    let Foundation { store, own, .. } = given.ground.await?;
    let mut admitted = Admitted::new(store.clone(), own, login);
    let said = match write {
        None => {
            let texts = admitted.texts().await?;
            Said { out: format!("# {RULES}\n{}\n# {PASSWORDS}\n{}", texts.rules, texts.passwords), err: String::new() }
        }
        Some(folder) => {
            let changed = admitted.write(&folder).await?;
            let devices = admitted.lines.values().filter(|(_, line)| line.is_some()).count();
            let folder = folder.display();
            let out = format!("{folder}/{RULES} and {folder}/{PASSWORDS} let in {devices} devices\n");
            let err = match changed {
                true => "mosquitto reads them anew at SIGHUP, and cuts off whom it does not let in any more.\n",
                false => "Nothing has changed.\n",
            };
            Said { out, err: err.into() }
        }
    };
    store.close().await;
    Ok(said)
}
