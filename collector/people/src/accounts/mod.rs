//! Who is who: people, their devices, and the one-time codes that bring the two together.

mod codes;
mod device_keys;
mod devices;
mod earlier;
mod people;
mod pins;
mod seal;
#[cfg(test)]
mod tests;
mod user_id;

pub(crate) use codes::create_code_in;
pub use codes::{create_code, redeem_code};
pub use device_keys::{
    DeviceKeys, KeysMark, all_device_keys, all_keys, changed_since, device_keys, note_former_key, take_key,
};
pub use devices::{Bound, Expected, enrolled, expected_owners, hold, other_epochs, owner_of, owners_of, revoke};
pub(crate) use devices::{forget_last_words, hold_those_of, revoke_in};
pub(crate) use earlier::{Earlier, Joined, join_earlier, look_for_earlier};
pub use people::{
    Meant, changes, close_nobody, create_nobody, everybody, find_people, find_person, forget_nobody, is_anybody, lock,
    locked_person_of, meant, nobodys, people_of, person_of, same_as, user_of, user_over, users_of, whose,
};
pub(crate) use people::{alike, folded_tag, forget_user, person_or_new, since, user_context, user_tag};
pub use pins::{behind, pin, pinned_by};
pub(crate) use pins::{count_behind, pin_what_is_held};
pub(crate) use seal::{fold_users, seal_users};
#[cfg(test)]
pub(crate) use tests::two_alike;
pub use user_id::{folded, is_unseen, user_id};
