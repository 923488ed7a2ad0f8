use clap::{CommandFactory, Parser};

use super::Arguments;
use super::arguments::Command;

#[test]
fn every_command_shows_an_example_in_its_help() {
    fn look(command: &mut clap::Command) {
        let help = command.render_long_help().to_string();
        assert!(help.contains("Example:\n  attune-agent"), "{}", command.get_name());
        command.get_subcommands_mut().filter(|c| c.get_name() != "help").for_each(look);
    }
    let mut command = Arguments::command();
    command.build();
    look(&mut command);
}

#[test]
fn the_help_is_as_people_know_it() {
    let mut command = Arguments::command().term_width(110);
    command.build();
    let mut all = command.render_long_help().to_string();
    for sub in command.get_subcommands_mut() {
        let name = sub.get_name().to_owned();
        all += &format!("\n==== {name}\n{}", sub.render_long_help());
    }
    insta::assert_snapshot!(all);
}

#[test]
fn flags_are_keys_of_the_configuration() {
    let line = "attune-agent --state s run --face f --fps 5 --skip voice=3 --loop face --loop heart --speed 20 \
                --duration 60 --until-sent --uplink-every 1 --progress json --journal j";
    let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap();
    assert!(matches!(arguments.command, Command::Run(_)));
    let config = crate::config::load(None, arguments.flags()).unwrap();
    assert_eq!(config.state.to_str(), Some("s"));
    assert_eq!((config.play.fps, config.play.speed, config.play.duration), (5.0, "20".parse().unwrap(), Some(60.0)));
    assert_eq!((config.play.looped.len(), config.play.skip.as_slice()), (2, &["voice=3".to_owned()][..]));
    assert!(config.play.until_sent && config.uplink.every == 1.0 && config.play.journal.is_some());
}
