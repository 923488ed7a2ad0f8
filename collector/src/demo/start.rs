use attune_ground::GroundError;
use attune_sensing::SensingError;

use super::screen::Screen;
use crate::config::Config;
use crate::{CollectorError, Running};

/// Starts the collector; where a port is taken, on one that is free.
pub(super) async fn collector(config: &mut Config, screen: &Screen) -> Result<Running, CollectorError> {
    loop {
        match crate::run(config).await {
            Err(
                CollectorError::Ground(GroundError::Listen { address, key, .. })
                | CollectorError::Sensing(SensingError::Ground(GroundError::Listen { address, key, .. })),
            ) if address.port() != 0 => {
                screen.line(&format!("{address} is in use: taking a free port instead ({key})."));
                match key {
                    "api.listen" => config.api.listen.set_port(0),
                    _ => config.broker.listen.set_port(0),
                }
            }
            outcome => return outcome,
        }
    }
}
