//! The configuration file: keys are changed in it, and all else that a person wrote there stays.

use std::path::Path;

use toml_edit::{Array, DocumentMut, Item, Table, value};

use crate::{AgentError, files};

/// Keys that are to have other values.
#[derive(Default)]
pub(super) struct Changes(Vec<(&'static str, Value)>);

enum Value {
    One(String),
    List(Vec<String>),
}

impl Changes {
    /// A key is to have a value, unless it has it already.
    pub(super) fn set(&mut self, key: &'static str, to: String, now: String) {
        if to != now {
            self.0.push((key, Value::One(to)));
        }
    }

    /// The same of a list.
    pub(super) fn set_list(&mut self, key: &'static str, to: Vec<String>, now: Vec<String>) {
        if to != now {
            self.0.push((key, Value::List(to)));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As sentences, each with the file.
    pub(super) fn words(&self, file: &Path) -> Vec<String> {
        let one = |(key, to): &(&str, Value)| {
            let to = match to {
                Value::One(to) => to.clone(),
                Value::List(list) if list.is_empty() => "never".into(),
                Value::List(list) => list.join(" "),
            };
            format!("{key} = {to}, in {}", file.display())
        };
        self.0.iter().map(one).collect()
    }

    /// Writes them into a file, which is made where it is not there: whole, or not at all.
    ///
    /// # Errors
    /// When the file does not read as TOML, or the system refuses.
    pub(super) fn write(&self, file: &Path, state: &Path) -> Result<(), AgentError> {
        let file = std::path::absolute(file).map_err(|e| AgentError::file("find", file, e))?;
        // Where a link leads is changed, and the link stays.
        let file = file.canonicalize().unwrap_or(file);
        if file.parent() == Some(state) {
            files::private_folder(state)?;
        }
        let text = match std::fs::read_to_string(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            text => text.map_err(|e| AgentError::file("read", &file, e))?,
        };
        let mode = file.metadata().map(|there| there.permissions()).ok();
        let text = self.put_into(&text).map_err(|problem| AgentError::content(&file, problem))?;
        files::write_private(&file, text.as_bytes())?;
        // Who else could read it can still.
        match mode {
            Some(mode) => std::fs::set_permissions(&file, mode).map_err(|e| AgentError::file("open again", &file, e)),
            None => Ok(()),
        }
    }

    fn put_into(&self, text: &str) -> Result<String, String> {
        let mut document: DocumentMut =
            text.parse().map_err(|problem: toml_edit::TomlError| problem.message().to_owned())?;
        // Comments alone would be moved behind what is put in.
        let mut comments = if document.is_empty() { std::mem::take(&mut document).to_string() } else { String::new() };
        if !comments.is_empty() && !comments.ends_with('\n') {
            comments.push('\n');
        }
        for (key, to) in &self.0 {
            let (table, name) = key.split_once('.').ok_or("a key stands in a table")?;
            let within = document.entry(table).or_insert_with(|| Item::Table(Table::new()));
            let within = within.as_table_like_mut().ok_or_else(|| format!("{table} is no table"))?;
            let to = match to {
                Value::One(text) => value(text),
                Value::List(list) => value(list.iter().collect::<Array>()),
            };
            match within.get_mut(name) {
                // A comment behind the value stays with it.
                Some(Item::Value(before)) => {
                    let decor = before.decor().clone();
                    if let Item::Value(mut to) = to {
                        *to.decor_mut() = decor;
                        *before = to;
                    }
                }
                _ => drop(within.insert(name, to)),
            }
        }
        Ok(comments + &document.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes() -> Changes {
        let mut changes = Changes::default();
        changes.set("camera.device", "off".into(), "on".into());
        changes.set("microphone.device", "on".into(), "on".into());
        changes.set_list("check_in.remind", vec!["11:00".into()], Vec::new());
        changes
    }

    #[test]
    fn what_a_person_has_written_stays_and_only_what_changes_is_touched() {
        let before = "# mine\nprofile = \"us\"\n\n[camera] # the good one\n# not the infrared one\ndevice = \"on\" # by itself\nfps = 5.0\n";
        let after = changes().put_into(before).unwrap();
        let expected = "# mine\nprofile = \"us\"\n\n[camera] # the good one\n# not the infrared one\ndevice = \"off\" # by itself\nfps = 5.0\n\n[check_in]\nremind = [\"11:00\"]\n";
        assert_eq!(after, expected);
        assert_eq!(changes().put_into(&after).unwrap(), after, "twice is once");
        assert!(changes().put_into("camera = 4").is_err() && changes().put_into("= 4").is_err());
        assert_eq!(changes().put_into("camera = { fps = 5.0 }").unwrap().matches("device").count(), 1);
    }

    #[test]
    fn a_file_is_made_and_changed_whole_with_the_rights_that_it_had() {
        let folder = tempfile::tempdir().unwrap();
        let (state, own) = (folder.path().join("state"), folder.path().join("state/agent.toml"));
        changes().write(&own, &state).unwrap();
        let config = crate::config::load(Some(&own), attune_settings::Flags::default()).unwrap();
        assert_eq!(String::from(config.camera.device), "off");
        assert_eq!(config.check_in.remind, ["11:00"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, PermissionsExt};
            assert_eq!(
                (own.metadata().unwrap().mode() & 0o777, state.metadata().unwrap().mode() & 0o777),
                (0o600, 0o700)
            );
            let (shared, link) = (folder.path().join("agent.toml"), folder.path().join("link.toml"));
            std::fs::write(&shared, "# ours\n").unwrap();
            std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o644)).unwrap();
            std::os::unix::fs::symlink(&shared, &link).unwrap();
            changes().write(&link, &state).unwrap();
            assert!(link.is_symlink() && std::fs::read_to_string(&shared).unwrap().starts_with("# ours\n"));
            assert_eq!(shared.metadata().unwrap().mode() & 0o777, 0o644);
        }
    }
}
