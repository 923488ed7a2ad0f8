//! What has ended goes, every hour.

use std::time::Duration;

use attune_ground::chores::Chore;
use attune_ground::jobs::{Kind, Worker};
use tokio::sync::watch;

use super::{links, outside, pace, passkeys, places, session, tokens};
use crate::{People, PeopleError};

const ENDED_SIGN_INS: Kind =
    Kind { name: "ended_sign_ins", every: Some(Duration::from_secs(3600)), chore: Chore::Tidying };

/// Removes, every hour, what has ended; of several collectors one does it.
pub(crate) async fn tidy(people: People, stop: watch::Receiver<bool>) {
    Worker::new(&people.store, ENDED_SIGN_INS).run(stop, |_| tidy_once(&people)).await;
}

async fn tidy_once(people: &People) -> Result<(), PeopleError> {
    let mut transaction = people.store.begin().await?;
    pace::tidy(&mut transaction).await?;
    places::tidy(&mut transaction).await?;
    session::tidy(&mut transaction).await?;
    outside::tidy(&mut transaction).await?;
    passkeys::tidy(&mut transaction).await?;
    links::tidy(&mut transaction).await?;
    tokens::tidy(&mut transaction).await?;
    Ok(transaction.commit().await?)
}
