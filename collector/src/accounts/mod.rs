//! Who is who: people, their devices, and the one-time codes that bring the two together.

mod codes;
mod devices;
mod people;

pub use codes::{create_code, redeem_code};
pub use devices::{EnrolledDevice, device};
pub use people::{create_nobody, find_person, person_of, user_of};
