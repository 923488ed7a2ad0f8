//! What the system reads of the agent: words of a command line, written as each of them wants it.

/// The unit's name.
pub(super) const UNIT: &str = "attune-agent.service";
/// The name that launchd has for it.
pub(super) const LABEL: &str = "org.attune.agent";

/// A user unit of systemd.
pub(super) fn unit(words: &[String]) -> String {
    // Variables are put into arguments, and not into the name of the program.
    let program = words.first().map(|program| quoted(program).replace("$$", "$"));
    let line: Vec<String> = program.into_iter().chain(words.iter().skip(1).map(|word| quoted(word))).collect();
    format!(
        "# Written by 'attune-agent service install'; 'attune-agent service uninstall' removes it.\n\
         [Unit]\n\
         Description=Attune agent: senses how its owner is doing, on this device\n\
         After=pipewire.service pulseaudio.service\n\n\
         [Service]\n\
         ExecStart={}\n\
         # A refusal that a person must mend is not tried without end.\n\
         Restart=on-failure\n\
         RestartSec=30\n\
         NoNewPrivileges=yes\n\
         UMask=0077\n\
         Nice=5\n\n\
         [Install]\n\
         WantedBy=default.target\n",
        line.join(" ")
    )
}

/// A word in quotes; systemd expands `%` and `$`, and reads `\` as C does.
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for letter in word.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '%' | '$' => text.extend([letter, letter]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            letter => text.push(letter),
        }
    }
    text.push('"');
    text
}

/// A property list of launchd.
pub(super) fn plist(words: &[String]) -> String {
    let words: String = words.iter().map(|word| format!("    <string>{}</string>\n", escaped(word))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n\
         \x20 <key>Label</key>\n  <string>{LABEL}</string>\n\
         \x20 <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n\
         \x20 <key>RunAtLoad</key>\n  <true/>\n\
         \x20 <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n\
         \x20 <key>ThrottleInterval</key>\n  <integer>30</integer>\n\
         \x20 <key>Umask</key>\n  <integer>63</integer>\n\
         \x20 <key>ProcessType</key>\n  <string>Background</string>\n\
         </dict>\n</plist>\n"
    )
}

fn escaped(word: &str) -> String {
    word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Vec<String> {
        ["/opt/my $programs/attune-agent", "--state", "/home/a/100% \"mine\" \\ $HOME", "run"]
            .map(str::to_owned)
            .to_vec()
    }

    #[test]
    fn a_unit_starts_exactly_these_words() {
        let unit = unit(&words());
        let line = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
        assert_eq!(
            line,
            r#"ExecStart="/opt/my $programs/attune-agent" "--state" "/home/a/100%% \"mine\" \\ $$HOME" "run""#
        );
        for line in ["NoNewPrivileges=yes", "UMask=0077", "WantedBy=default.target"] {
            assert!(unit.lines().any(|found| found == line), "{unit}");
        }
        assert!(
            !super::unit(&["a\nExecStartPre=/bin/evil".to_owned()])
                .lines()
                .any(|line| line.starts_with("ExecStartPre"))
        );
    }

    #[test]
    fn a_property_list_has_each_word_as_a_string_of_its_own() {
        let mut words = words();
        words.push("<&>".to_owned());
        let plist = plist(&words);
        let strings = plist.lines().filter(|line| line.starts_with("    <string>")).count();
        assert_eq!(strings, 5, "{plist}");
        assert!(plist.contains("    <string>/home/a/100% \"mine\" \\ $HOME</string>"), "{plist}");
        assert!(
            plist.contains("    <string>&lt;&amp;&gt;</string>") && plist.contains("<integer>63</integer>"),
            "{plist}"
        );
    }
}
