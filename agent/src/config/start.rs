use attune_analysis::sample::Timestamp;
use attune_analysis::tables::LATEST;

/// Where a time line begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// So that it ends about now.
    Now,
    /// At the times in the files themselves.
    File,
    /// At an instant.
    At(Timestamp),
}

impl Start {
    /// Reads `now`, `file` or an RFC 3339 instant; nothing means now.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: Option<&str>) -> Result<Self, &'static str> {
        const WRONG: &str = "expected now, file or an RFC 3339 instant from 1970 to 2099, as 2026-01-05T09:00:00Z";
        match text {
            None | Some("now") => Ok(Self::Now),
            Some("file") => Ok(Self::File),
            Some(text) => {
                let instant: jiff::Timestamp = text.parse().map_err(|_| WRONG)?;
                let instant = Timestamp(instant.as_microsecond());
                if (Timestamp(0)..LATEST).contains(&instant) { Ok(Self::At(instant)) } else { Err(WRONG) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_is_no_instant_is_refused() {
        for text in ["yesterday", "2026-01-05", "1969-01-05T09:00:00Z", "9999-01-01T00:00:00Z"] {
            assert!(Start::parse(Some(text)).is_err(), "{text}");
        }
        assert_eq!(Start::parse(Some("1970-01-01T00:00:01Z")).unwrap(), Start::At(Timestamp(1_000_000)));
    }
}
