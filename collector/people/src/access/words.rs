//! Entries of the log in words, for whose it is and for who watches over the log.

use super::SERVICE;

/// In which role somebody asked.
pub(crate) fn role(name: &str) -> String {
    match name {
        SERVICE => "a machine".into(),
        "command" => "a command on the collector's own machine".into(),
        "collector" => "the collector itself".into(),
        name => name.parse().map_or_else(|_| name.to_owned(), |role: crate::rights::Role| role.words().to_owned()),
    }
}

/// A route or an act in words, as far as there are some, for whose it was.
pub(crate) fn to_whose_it_is(name: &str) -> String {
    // An act of several words is no method and path.
    let asked = name.split_once(' ').filter(|(_, path)| path.starts_with('/'));
    let path = asked.map_or(name, |(_, path)| path.trim_start_matches("/api/v1"));
    match path {
        "/records" => "how much is stored of each person (no values)",
        path if path.starts_with("/records/use") => "how those used data about people who have power over them",
        "/records/requests" | "/records/requests/{id}" => "the requests that people made about their data",
        "/ledger" | "/ledgers" => "the ledgers of consent and access",
        "/ledger/copy" => "a copy of the ledgers of consent and access",
        "/admin/accounts" => "the list of accounts",
        "/admin/accounts/{id}"
        | "/admin/accounts/{id}/roles"
        | "/admin/accounts/{id}/mail"
        | "/admin/accounts/{id}/disable"
        | "/admin/accounts/{id}/enable" => "your account",
        "/admin/people" | "/admin/codes" => "the list of people",
        "/admin/people/{id}" => "your devices, and since when you are known",
        "/admin/writers" => "how you are called where you write",
        "/admin/teams" => "the list of teams",
        path if path.starts_with("/admin/teams/{id}") => "who is in a team",
        "/alerts" | "/alerts/settings" | "/alerts/supporters" => {
            "that there is an alert about you, and its level, as you let who supports you"
        }
        path if path.starts_with("/hr/master") => "the tables of the personnel department about everybody",
        "/reports" | "/hr/reports" => "which reports are kept, and of whom",
        "/hr/flags/{id}" | "/hr/focus/{id}" => {
            "what was found unusual about you in the tables of the personnel department, and why"
        }
        "/hr/flags" | "/hr/flags/preview" | "/hr/focus" | "/api/detect-anomalies" | "/api/detect-anomalies/" => {
            "who is unusual in the tables of the personnel department"
        }
        "/hr/letters" | "/hr/threads" => {
            "with whom the personnel department writes letters, and of whom reminders went unanswered"
        }
        "/hr/letters/{id}" | "/hr/threads/{id}" => "the letters between you and the personnel department",
        "/analyze" => "what was measured in a recording of yours that a machine handed in",
        "erase" => "what was kept of you was erased",
        "set roles" => "your account was given other roles",
        "make link" => "a link was made with which a password is chosen",
        "set mail" => "the address of mail of your account was changed",
        "link provider" => "your account was first signed in to with the organisation's identity provider",
        "add passkey" => "a passkey was added to your account",
        "remove passkey" => "a passkey of your account was removed",
        "disable" => "your account was disabled",
        "enable" => "your account was enabled",
        "make account" => "an account was made for you",
        "import" => "you were taken in from a table",
        "make code" => "a code was made with which a device of yours is enrolled",
        "revoke device" => "a device of yours is listened to no more",
        "close team" => "a team that you were in was closed",
        "give table" => "a table of the personnel department was given, to be looked at",
        "take in table" => "a table of the personnel department was taken in",
        "take back table" => "a table of the personnel department was taken back",
        "look for unusual" => "it was looked for who is unusual in the tables of the personnel department",
        "decide on flag" => "somebody decided on what was found unusual about you",
        "make report" => "a report of you, or of everybody, was made from what the organisation may be told",
        "take report" => "a report of you, or of everybody, that was made before was taken",
        "object to flag" => "you objected to what was found unusual about you",
        "write letter" => "the personnel department wrote you a letter",
        "tell unanswered" => "the personnel department was told that three reminders of yours went unanswered",
        "agree to messages" => "what you write is analysed: you agreed to it",
        "withdraw messages" => "what you write is not analysed: you said no, or withdrew that you had agreed",
        "link writer" => "your name in a place where you write was made known",
        "unlink writer" => "you are known no more by a name that you have where you write",
        "change place" => "your place in a team was given, changed or taken back",
        _ => name,
    }
    .into()
}

/// The same for who watches over the log: an act, or what was looked at.
pub(crate) fn to_who_oversees(name: &str) -> String {
    let done = match name {
        "erase" => "all of a person was erased",
        "set roles" => "an account was given other roles",
        "make link" => "a link was made with which a password is chosen",
        "set mail" => "an account was given another address of mail, or none",
        "link provider" => "an account was first signed in to with the identity provider",
        "add passkey" => "a passkey was added to an account",
        "remove passkey" => "a passkey of an account was removed",
        "disable" => "an account was disabled",
        "enable" => "an account was enabled",
        "make account" => "an account was made",
        "import" => "a table of people was taken in",
        "make code" => "a code was made with which a device is enrolled",
        "revoke device" => "a device is listened to no more",
        "make team" => "a team was made",
        "rename team" => "a team was given another name",
        "close team" => "a team was closed",
        "change place" => "somebody's place in a team was given, changed or taken back",
        "make token" => "a machine was given a token",
        "revoke token" => "a machine's token holds no more",
        "agree to messages" => "somebody agreed to have what they write analysed",
        "withdraw messages" => "somebody does not agree, or no more, to have what they write analysed",
        "link writer" => "somebody's name in a place where they write was made known",
        "unlink writer" => "somebody's name in a place where they write was forgotten",
        "give table" => "a table of the personnel department was given, to be looked at",
        "take in table" => "a table of the personnel department was taken in",
        "take back table" => "a table of the personnel department was taken back",
        "look for unusual" => "it was looked for who is unusual in the tables of the personnel department",
        "decide on flag" => "somebody decided on what was found unusual about a person",
        "make report" => "a report of a person, of a team or of everybody was made",
        "take report" => "a report that was made before was taken",
        "object to flag" => "a person objected to what was found unusual about them",
        "acknowledge use" => "unusual use of what is kept of people was looked into",
        "write letter" => "the personnel department wrote somebody a letter",
        "tell unanswered" => "the personnel department was told that reminders of a person went unanswered",
        _ => "",
    };
    if !done.is_empty() {
        return done.into();
    }
    let path = name.split_once(' ').map_or(name, |(_, path)| path.trim_start_matches("/api/v1"));
    let looked = match path {
        "/records" => "how much is stored of each person",
        path if path.starts_with("/records/use") => "unusual use of what is kept of people",
        "/records/requests" | "/records/requests/{id}" => "the requests of people about their data",
        "/ledger" | "/ledgers" => "these ledgers",
        "/ledger/copy" => "a copy of these ledgers",
        "/admin/people" | "/admin/codes" => "the list of people",
        "/admin/people/{id}" => "the devices of a person",
        "/admin/accounts" => "the list of accounts",
        path if path.starts_with("/admin/accounts/{id}") => "an account",
        "/admin/teams" => "the list of teams",
        path if path.starts_with("/admin/teams/{id}") => "who is in a team",
        "/admin/writers" => "how somebody is called where they write",
        "/alerts" | "/alerts/settings" | "/alerts/supporters" => {
            "that there is an alert about somebody whom one supports"
        }
        path if path.starts_with("/hr/master") => "the tables of the personnel department about everybody",
        "/reports" | "/hr/reports" => "which reports are kept, and of whom",
        "/hr/flags/{id}" | "/hr/focus/{id}" => "what was found unusual about a person",
        "/hr/flags" | "/hr/flags/preview" | "/hr/focus" | "/api/detect-anomalies" | "/api/detect-anomalies/" => {
            "who is unusual in the tables of the personnel department"
        }
        "/hr/letters" | "/hr/threads" => "with whom the personnel department writes letters",
        "/hr/letters/{id}" | "/hr/threads/{id}" => "the letters between a person and the personnel department",
        "/analyze" => "what was measured in a recording that a machine handed in",
        _ => return name.into(),
    };
    format!("looked at: {looked}")
}

#[cfg(test)]
mod tests {
    use super::super::Act;
    use super::*;

    #[test]
    fn every_act_has_words_for_who_watches_over_the_log_and_for_whom_it_is_about() {
        for act in Act::ALL {
            assert_ne!(to_who_oversees(act.name()), act.name());
            // What is about nobody stands on nobody's page.
            let of_nobody =
                [Act::MakeTeam, Act::RenameTeam, Act::MakeToken, Act::RevokeToken, Act::AcknowledgeUse].contains(&act);
            assert_eq!(to_whose_it_is(act.name()) == act.name(), of_nobody, "{act:?}");
        }
        assert_eq!(to_who_oversees("GET /api/v1/records"), "looked at: how much is stored of each person");
        assert_eq!(to_who_oversees("GET /records"), to_who_oversees("GET /api/v1/records"));
        assert_eq!(to_who_oversees("GET /of/another/version"), "GET /of/another/version", "as it stands there");
    }
}
