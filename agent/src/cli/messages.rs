//! `messages`: the token by which a program of the person's hands over what they write.

use attune_protocol::consent::Purpose;
use attune_protocol::registry::Modality;

use super::arguments::MessagesCommand;
use crate::AgentError;
use crate::config::Config;
use crate::control::ConsentBook;
use crate::messages::PATH;
use crate::output::line;
use crate::token::{Of, Token};

pub(super) fn messages(config: &Config, command: &MessagesCommand) -> Result<(), AgentError> {
    match command {
        MessagesCommand::Token => token(config),
        MessagesCommand::Revoke => match Token::end(&config.state, Of::Messages)? {
            true => line("the token is ended: no program hands messages over any more"),
            false => line("there was no token"),
        },
    }
}

fn token(config: &Config) -> Result<(), AgentError> {
    let token = Token::load_or_make(&config.state, Of::Messages)?;
    let (token, port) = (token.text(), config.page.port);
    line(format_args!("{token}"))?;
    match (config.page.on, port) {
        (false, _) => line("Messages are taken on the port of your own page, which is switched off (page.on)")?,
        (true, 0) => line(
            "Messages are taken on the port of your own page, which changes with every start: set page.port in the configuration, to \
             one that is free, and a program finds it again",
        )?,
        (true, port) => line(format_args!("A program hands messages over at http://127.0.0.1:{port}{PATH}, as:\n"))?,
    }
    let port = if port == 0 { "PORT".to_owned() } else { port.to_string() };
    line(format_args!(
        "  curl http://127.0.0.1:{port}{PATH} -H 'Authorization: Bearer {token}' -d '{{\"message\": \"Off to lunch\"}}'\n"
    ))?;
    line(
        "Whoever has the token can have anything read in your name: give it to a program that you trust, and to no other",
    )?;
    let book = ConsentBook::load(&config.state)?;
    if !Purpose::ALL.into_iter().any(|purpose| book.allows(Modality::Text, purpose)) {
        line(
            "Nothing is read before you agree to it: 'attune-agent consent grant --modality text' shows what that is",
        )?;
    }
    Ok(())
}
