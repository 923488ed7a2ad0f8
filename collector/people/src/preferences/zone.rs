//! In which zone somebody's days and times are shown.

use attune_ground::time::now_millis;
use attune_pages::words::Calendar;
use attune_protocol::ids::PersonId;
use jiff::tz::TimeZone;

use super::load_of;
use crate::{People, PeopleError};

impl People {
    /// How instants read for a person: in the zone that they chose, or else in the organisation's. What they chose and does not open is
    /// no reason to show nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn calendar(&self, person: Option<PersonId>) -> Result<Calendar, PeopleError> {
        let chosen = match person {
            Some(person) => match load_of(&self.store, &self.keys, person).await {
                Err(error) if error.is_of_the_database() => return Err(error),
                chosen => chosen.ok().flatten().and_then(|chosen| chosen.zone),
            },
            None => None,
        };
        let own = chosen.and_then(|name| TimeZone::get(&name).ok());
        Ok(Calendar::new(own.unwrap_or_else(|| self.zone.clone()), now_millis()))
    }
}
