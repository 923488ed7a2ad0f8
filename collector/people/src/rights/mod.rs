//! Who may ask for what: roles, what machines may do, and the one table that says for every route who may ask for it, and
//! of whom.
//!
//! The program holds the table (`collector/src/rights.rs`); here stand its types, and [`Asker`], who asks in the end.

mod asker;
mod ids;
mod table;

pub use asker::{Asker, Means};
pub use ids::{LoginId, SessionKey};
pub use table::{By, Grant, Row, Table, Tells, Who};

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody is in the organisation. Who signs in may be several.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Somebody who works there, and may be sensed: sees what is their own.
    Employee,
    /// Leads teams: sees figures of those teams, where they are large enough.
    Manager,
    /// Human resources: sees figures of all teams, where they are large enough.
    Hr,
    /// Watches over what is stored and who reads it.
    PrivacyOfficer,
    /// Runs the collector: people, accounts, teams, devices. Sees nothing about how anybody feels.
    Admin,
}

/// All roles, in the order in which they are told.
pub const ROLES: [Role; 5] = [Role::Employee, Role::Manager, Role::Hr, Role::PrivacyOfficer, Role::Admin];

impl Role {
    /// As it is stored and written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::Manager => "manager",
            Self::Hr => "hr",
            Self::PrivacyOfficer => "privacy_officer",
            Self::Admin => "admin",
        }
    }

    /// As people say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::Manager => "manager",
            Self::Hr => "HR",
            Self::PrivacyOfficer => "privacy officer",
            Self::Admin => "administrator",
        }
    }

    /// Whether a password is not enough for it.
    #[must_use]
    pub const fn needs_second_factor(self) -> bool {
        matches!(self, Self::Hr | Self::PrivacyOfficer | Self::Admin)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no such role, or no such thing that a machine may do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there is no `{given}`: expected one of {known}")]
pub struct NoSuch {
    given: String,
    known: String,
}

impl FromStr for Role {
    type Err = NoSuch;

    fn from_str(text: &str) -> Result<Self, NoSuch> {
        let found = ROLES.into_iter().find(|role| role.name() == text);
        found.ok_or_else(|| NoSuch { given: text.into(), known: ROLES.map(Self::name).join(", ") })
    }
}

/// What a machine may do with a token of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permit {
    /// Have recordings analysed, of anybody or of nobody.
    Analyze,
    /// Hand in messages.
    PushMessages,
    /// Read counts and times of the collector.
    Metrics,
    /// Read figures of teams.
    ReadTeams,
}

/// All that machines may do.
pub const PERMITS: [Permit; 4] = [Permit::Analyze, Permit::PushMessages, Permit::Metrics, Permit::ReadTeams];

impl Permit {
    /// As it is stored and written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
            Self::PushMessages => "push_messages",
            Self::Metrics => "metrics",
            Self::ReadTeams => "read_teams",
        }
    }
}

impl FromStr for Permit {
    type Err = NoSuch;

    fn from_str(text: &str) -> Result<Self, NoSuch> {
        let found = PERMITS.into_iter().find(|permit| permit.name() == text);
        found.ok_or_else(|| NoSuch { given: text.into(), known: PERMITS.map(Self::name).join(", ") })
    }
}

/// Of whom somebody may ask.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// Of themselves.
    Own,
    /// Of the teams that they lead.
    OwnTeams,
    /// Of everybody.
    All,
}

impl Scope {
    /// As it is told.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Own => "their own",
            Self::OwnTeams => "own teams",
            Self::All => "all",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_and_permit_reads_as_it_is_written() {
        for role in ROLES {
            assert_eq!(role.name().parse(), Ok(role));
        }
        for permit in PERMITS {
            assert_eq!(permit.name().parse(), Ok(permit));
        }
        let error = "boss".parse::<Role>().expect_err("no role").to_string();
        assert_eq!(error, "there is no `boss`: expected one of employee, manager, hr, privacy_officer, admin");
    }
}
