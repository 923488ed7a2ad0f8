//! The endpoints, in the order in which they are asked.

use std::time::Instant;

use crate::breaker::Breaker;
use crate::connect::Connector;
use crate::endpoint::{Endpoint, EndpointsFile};

/// The language models that the organisation uses; there may be none.
pub struct Language {
    pub(crate) connector: Connector,
    links: Vec<Link>,
}

/// An endpoint and how it stands.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) endpoint: Endpoint,
    pub(crate) breaker: Breaker,
}

/// How an endpoint stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// What it is called.
    pub name: String,
    /// Whether it is on the organisation's list.
    pub listed: bool,
    /// It failed several times in a row and is left alone for now.
    pub is_left_alone: bool,
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Language").field("links", &self.links).finish_non_exhaustive()
    }
}

impl Language {
    /// Reads keys, and asks nobody yet.
    ///
    /// # Errors
    /// Says which endpoint is wrong, and what would be right.
    pub fn new(file: EndpointsFile) -> Result<Self, String> {
        file.check()?;
        let links = file.endpoint.into_iter().map(|settings| -> Result<Link, String> {
            let name = settings.name.clone();
            let endpoint = Endpoint::new(settings).map_err(|problem| format!("endpoint \"{name}\": {problem}"))?;
            Ok(Link { endpoint, breaker: Breaker::default() })
        });
        Ok(Self { connector: Connector::new(), links: links.collect::<Result<_, _>>()? })
    }

    /// Whether there is anybody to ask; `only_listed`: of those on the organisation's list.
    #[must_use]
    pub fn has_endpoints(&self, only_listed: bool) -> bool {
        self.order(only_listed).next().is_some()
    }

    /// How each endpoint stands, in their order.
    #[must_use]
    pub fn standing(&self) -> Vec<Standing> {
        let now = Instant::now();
        let standing = |link: &Link| Standing {
            name: link.endpoint.settings.name.clone(),
            listed: link.endpoint.settings.listed,
            is_left_alone: link.breaker.is_open(now),
        };
        self.links.iter().map(standing).collect()
    }

    /// Those that may be asked, in their order.
    pub(crate) fn order(&self, only_listed: bool) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.endpoint.settings.listed || !only_listed)
    }
}
