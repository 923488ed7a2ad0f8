//! Wellbeing over time: of people for themselves, of teams for who answers for them.
//!
//! Subjects that see something of people ([`attune_ground::measures::Source`]) say which hours of a person they touched ([`touch`]), in
//! the transaction in which they did. A job claims those hours, asks every subject what it saw of them and writes the person's roll-ups,
//! sealed; of the days that changed it writes the figures of the teams, in clear, only where the group is large enough. Nothing that
//! HR or a manager asks for reads anything else.
//!
//! | table | holds |
//! |---|---|
//! | `touched_hours` | hours of people that are to be rolled up, and how often they were touched |
//! | `rollups` | sums of each measure by hour, day, week and month of a person, sealed under their key |
//! | `team_cohorts`, `team_figures` | who of a team counts in a week, sealed by the collector; the figures that were given of it, in clear |
//!
//! | who meets it | what holds |
//! |---|---|
//! | a manager who subtracts two answers | cohorts of a week: any two that were ever given differ by nobody or by at least k people |
//! | consent that is withdrawn, a person who is erased | their hours are touched or their key is gone: the roll-up is made anew from what is left; team figures of weeks that were given stay, as nobody can be told from them |
//! | late, doubled, corrected and deleted data | an hour is made anew as a whole from the rows that are there, so its bytes are those of a fresh rebuild |
//! | a full disk, a killed collector | hours stay touched until they are rolled up, in one transaction |

mod attack;
pub mod bucket;
mod error;
mod state;
pub mod team;

pub use error::WellbeingError;
pub use state::{Settings, Wellbeing};
