//! When the person wants to be asked for a check-in.

use super::ask::{Asker, Ended};
use super::file::Changes;
use crate::config::{CheckInConfig, Config, Rhythm};

/// What stands for no times at all.
const NEVER: &str = "never";

pub(super) fn ask(config: &Config, changes: &mut Changes, asker: &mut Asker<'_>) -> Result<(), Ended> {
    let before = &config.check_in.remind;
    let now = if before.is_empty() { NEVER.to_owned() } else { before.join(" ") };
    asker.say(
        "You may be reminded of a check-in at times of your own choice: 'attune-agent status' and your own page say so then, and \
         the screen shows a notice where it can. It stays in this device's configuration (check_in.remind).",
    )?;
    let times = asker.word("At which times of the day, as 11:00 16:30, or never", &now, read)?;
    changes.set_list("check_in.remind", times, before.clone());
    Ok(())
}

fn read(text: &str) -> Result<Vec<String>, String> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty() && *word != NEVER);
    let remind: Vec<String> = words.map(str::to_owned).collect();
    let config = CheckInConfig { remind: remind.clone(), days: Vec::new(), notify: false };
    match Rhythm::of(&config) {
        Ok(_) => Ok(remind),
        Err(_) => Err("Give times of the day, as 11:00 16:30, or never.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_spaces_or_commas_and_never_is_none() {
        assert_eq!(read("11:00 16:30").unwrap(), ["11:00", "16:30"]);
        assert_eq!(read("11:00,16:30, 18:00").unwrap(), ["11:00", "16:30", "18:00"]);
        assert!(read("never").unwrap().is_empty());
        assert!(read("eleven").is_err());
    }
}
