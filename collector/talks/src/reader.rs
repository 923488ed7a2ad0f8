//! Who reads what somebody writes: the network and the rules of the analysis; where there is no network, the rules of danger alone.

use std::fmt;
use std::sync::Arc;

use attune_analysis::text::{Reading, Unread, crisis, normalise};
use attune_ground::http::Problem;
use tokio::task::spawn_blocking;

/// Reads what somebody writes. Cloning it is cheap.
#[derive(Clone)]
pub struct Reader(Arc<dyn Fn(&str) -> Reading + Send + Sync>);

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader(..)")
    }
}

impl Reader {
    /// By what reads texts already.
    #[must_use]
    pub fn by(reads: Arc<dyn Fn(&str) -> Reading + Send + Sync>) -> Self {
        Self(reads)
    }

    /// By the rules of danger alone.
    #[must_use]
    pub fn by_rules() -> Self {
        Self(Arc::new(|text| {
            let own = normalise::own_words(text);
            let words = own.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
            Reading {
                words: u32::try_from(words).unwrap_or(u32::MAX),
                scores: Err(Unread::Failed),
                crisis: crisis::look(&own, None),
            }
        }))
    }

    /// What a text says.
    pub(crate) fn read(&self, text: &str) -> Reading {
        (self.0)(text)
    }

    /// Reads on a thread of its own.
    ///
    /// # Errors
    /// 500 where that ends by a fault of ours.
    pub(crate) async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let reader = self.clone();
        spawn_blocking(move || work(&reader)).await.map_err(|_| Problem::internal(&Unreadable))
    }
}

/// That reading ended. What it ended on may quote the text, and is told nowhere.
#[derive(Debug, thiserror::Error)]
#[error("read what somebody wrote")]
struct Unreadable;
