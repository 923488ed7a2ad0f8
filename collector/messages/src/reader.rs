//! Who reads texts: the network and the rules of the analysis, under a name by which it is known what they have read.

use std::fmt;
use std::sync::Arc;

use attune_analysis::AnalysisError;
use attune_analysis::networks::Networks;
use attune_analysis::text::{Reading, TextReader};
use data_encoding::HEXLOWER;

/// Bytes of the name of weights.
pub(crate) const NETWORK: usize = 8;

/// The name under which the text network stands in the manifest.
const TASK: &str = "text";

/// Reads a text. Cloning it is cheap.
pub type Reads = Arc<dyn Fn(&str) -> Reading + Send + Sync>;

/// Reads texts. Cloning it is cheap.
#[derive(Clone)]
pub struct Reader {
    reads: Reads,
    network: [u8; NETWORK],
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&HEXLOWER.encode(&self.network)).finish()
    }
}

impl Reader {
    /// The text network of these, where there is one among them.
    ///
    /// # Errors
    /// When it is not what the code that feeds it needs.
    pub fn of(networks: &Networks) -> Result<Option<Self>, AnalysisError> {
        let Some(info) = networks.list().into_iter().find(|info| info.task.name() == TASK) else { return Ok(None) };
        let reader = TextReader::new(networks)?;
        let sum = HEXLOWER.decode(info.sha256.as_bytes()).unwrap_or_default();
        let mut network = [0; NETWORK];
        network.iter_mut().zip(sum).for_each(|(byte, of)| *byte = of);
        Ok(Some(Self { reads: Arc::new(move |text| reader.read(text)), network }))
    }

    /// The same for whoever else reads texts: the network takes a hundred megabytes.
    #[must_use]
    pub fn reads(&self) -> Reads {
        Arc::clone(&self.reads)
    }

    /// One of tests, with weights of this name.
    #[cfg(test)]
    pub(crate) fn made(network: [u8; NETWORK], reads: impl Fn(&str) -> Reading + Send + Sync + 'static) -> Self {
        Self { reads: Arc::new(reads), network }
    }

    /// What a text says.
    pub(crate) fn read(&self, text: &str) -> Reading {
        (self.reads)(text)
    }

    /// By what it is known which weights have read something: the first bytes of their SHA-256.
    pub(crate) const fn network(&self) -> [u8; NETWORK] {
        self.network
    }
}
