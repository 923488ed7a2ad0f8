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
