use std::sync::Arc;
use std::time::Duration;

use attune_ground::Source;
use attune_ground::http::{Client, Problem, Rate, Rates, Refusal, Traffic};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// How much more than others the programs of this machine may ask: they are the organisation's own, and behind a proxy that nobody
/// has declared, everybody's.
const HERE: u32 = 20;

/// How often one address may ask.
#[derive(Clone)]
pub(in crate::api) struct Pace {
    rate: Rate,
    rates: Arc<Rates<Source>>,
    traffic: Arc<Traffic>,
}

impl Pace {
    pub(in crate::api) fn new(rate: Rate, traffic: Arc<Traffic>) -> Self {
        Self { rate, rates: Arc::default(), traffic }
    }

    fn of(&self, source: Source) -> Rate {
        match source {
            Source::Machine => {
                Rate { per_second: self.rate.per_second * f64::from(HERE), burst: self.rate.burst.saturating_mul(HERE) }
            }
            _ => self.rate,
        }
    }
}

/// How often one account, or one machine's token, may ask, from wherever it does.
#[derive(Clone)]
pub(in crate::api) struct AccountPace {
    rate: Rate,
    rates: Arc<Rates<[u8; 16]>>,
    traffic: Arc<Traffic>,
}

impl AccountPace {
    pub(in crate::api) fn new(rate: Rate, traffic: Arc<Traffic>) -> Self {
        Self { rate, rates: Arc::default(), traffic }
    }

    /// Lets pass an account that asks no more often than it may.
    ///
    /// # Errors
    /// 429, with when to ask again.
    pub(in crate::api) fn take(&self, account: [u8; 16]) -> Result<(), Problem> {
        self.rates.take(account, self.rate).map_err(|wait| {
            self.traffic.refuse(Refusal::TooMany);
            let detail = "too much is asked by this account; ask again later, and less often";
            Problem::too_many(detail, seconds(wait))
        })
    }
}

/// Whole seconds, so that then there is a token.
fn seconds(wait: Duration) -> u32 {
    let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(whole).unwrap_or(u32::MAX)
}

/// Answers 429 to an address that asks more often than it may.
pub(in crate::api) async fn rated(State(pace): State<Pace>, request: Request, next: Next) -> Response {
    let client: Client = request.extensions().get().copied().unwrap_or_default();
    let source = Source::from(client.address);
    match pace.rates.take(source, pace.of(source)) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            pace.traffic.refuse(Refusal::TooMany);
            let detail = "too much is asked from this address; ask again later, and less often";
            Problem::too_many(detail, seconds(wait)).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_asks_too_often_waits_and_no_other_for_it() {
        let pace = AccountPace::new(Rate { per_second: 0.5, burst: 3 }, Arc::default());
        for _ in 0..3 {
            pace.take([1; 16]).expect("its burst");
        }
        let refused = pace.take([1; 16]).expect_err("too often");
        assert_eq!((refused.status, refused.retry_after), (429, Some(2)));
        pace.take([2; 16]).expect("another account");
    }
}
