/// How much is told.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// That a text says how much is logged: a level, or `MODULE=LEVEL`, or several between commas. What reads it would take a
/// level that is misspelt for the name of a module, and the program would be silent.
///
/// # Errors
/// With what was expected.
pub fn log_levels(text: &str) -> Result<(), &'static str> {
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word.trim()));
    // Filters by what an event says end with a bracket; those the reader knows.
    let reads =
        |part: &str| is_level(part) || part.contains('[') || part.rsplit_once('=').is_some_and(|(_, l)| is_level(l));
    match text.split(',').all(reads) {
        true => Ok(()),
        false => Err("expected error, warn, info, debug, trace or off, or MODULE=LEVEL, or several between commas"),
    }
}

#[cfg(test)]
mod tests {
    use super::log_levels;

    #[test]
    fn a_level_that_is_misspelt_is_no_name_of_a_module() {
        for text in
            ["info", "WARN", "off", "info,attune_agent::uplink=debug", "warn, sqlx=off", "attune[span{a=1}]=trace"]
        {
            assert_eq!(log_levels(text), Ok(()), "{text}");
        }
        for text in ["", "lound", "nonsense!!", "info,", "attune_agent", "a=noisy", "info;warn", "warn,debgu"] {
            assert!(log_levels(text).is_err(), "{text}");
        }
    }
}
