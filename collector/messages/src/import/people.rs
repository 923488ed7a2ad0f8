//! The table of who is who on a platform.

use attune_people::access::By;
use attune_people::accounts;
use csv::{ReaderBuilder, Trim};

use crate::error::MessagesError;
use crate::incoming::ChannelKind;
use crate::state::Messages;
use crate::writers::{self, Linked, Others};

/// Lines of a table.
const MOST: usize = 100_000;
/// Letters of a name.
const LONGEST: usize = 320;

/// A name on the platform, and the user id here.
pub(super) type Named = (String, String);

/// Reads a table of two columns with a line of heads.
///
/// # Errors
/// What is wrong with it, and in which line.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Named>, String> {
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let text = text.map_err(|_| "it is no text in UTF-8: save it as \"CSV UTF-8\"".to_owned())?;
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut table =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let mut names = Vec::new();
    for (line, row) in (2_u64..).zip(table.records()) {
        let row = row.map_err(|_| format!("line {line} does not read"))?;
        match (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default()) {
            ("", "") => {}
            (name, user) if !name.is_empty() && !user.is_empty() && name.len() <= LONGEST && user.len() <= LONGEST => {
                names.push((name.to_owned(), user.to_owned()));
            }
            _ => {
                return Err(format!(
                    "line {line}: expected a name of the platform and a user id, as U01ANNA0001,u-anna"
                ));
            }
        }
        if names.len() > MOST {
            return Err(format!("it has over {MOST} lines: give it in several"));
        }
    }
    Ok(names)
}

/// Notes whose the names are, from now on; gives how many are somebody's here, and how many are nobody's.
///
/// # Errors
/// When the database refuses.
pub(super) async fn link(
    state: &Messages,
    kind: ChannelKind,
    names: &[Named],
) -> Result<(usize, usize), MessagesError> {
    let mut linked = 0;
    for (name, user) in names {
        let Ok(user) = accounts::user_id(user) else { continue };
        let found = accounts::find_person(state.store(), state.people().keys(), &user).await?;
        let Some(person) = found else { continue };
        let done = writers::link(state, (kind, name.as_str()), person, Some(&By::COMMAND), Others::Taken).await?;
        linked += usize::from(done == Linked::Done);
    }
    Ok((linked, names.len() - linked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_who_is_who() {
        let named = |name: &str, user: &str| (name.to_owned(), user.to_owned());
        let both = vec![named("U01", "u-anna"), named("u-ben#2", "u-ben")];
        assert_eq!(read(b"name,user_id\nU01,u-anna\n\"u-ben#2\", u-ben \n").expect("reads"), both);
        assert_eq!(read(b"\xef\xbb\xbfname;user_id\nU01;u-anna\n\nu-ben#2;u-ben\n").expect("reads"), both);
        assert!(read(b"name,user_id\nU01\n").expect_err("one").contains("line 2"));
        assert!(read(b"\xff").is_err());
    }
}
