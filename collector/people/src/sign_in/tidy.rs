//! What has ended goes, every hour.

use std::time::Duration;

use attune_ground::chores::Chore;

use super::{links, outside, pace, passkeys, places, session, tokens};
use crate::{People, PeopleError};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// Removes, every hour, what has ended.
pub(crate) async fn tidy(people: People, mut stop: tokio::sync::watch::Receiver<bool>) {
    loop {
        let done = tidy_once(&people).await;
        people.store.chores().note(Chore::Tidying, &done);
        let wait = match done {
            Ok(()) => HOUR,
            Err(error) => {
                tracing::warn!(%error, "What has ended of sign-ins could not be removed; it is tried again in a minute.");
                MINUTE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
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
