//! `pair` and `unpair`: which wearables `run` listens to.

use std::time::Duration;

use crate::AgentError;
use crate::config::Config;
use crate::output::line;
use crate::sensors::bluetooth::{self, Nearby, Paired, Wearables};
use crate::stop::Stop;

/// Looks around, and chooses one where `which` names it.
///
/// # Errors
/// When there is no Bluetooth, it is not there, or no layout fits it.
pub(super) fn pair(config: &Config, which: Option<&str>, seconds: u16) -> Result<(), AgentError> {
    let stop = Stop::default();
    stop.on_signals()?;
    line(format_args!("looking for {seconds} s"))?;
    let looked = bluetooth::nearby(Duration::from_secs(seconds.into()), &stop);
    let around = looked.map_err(|trouble| failed(format!("look for wearables: {}", trouble.words())))?;
    let wearables = Wearables::load(&config.state)?;
    let Some(which) = which else { return show(&around, &wearables) };
    let found: Vec<&Nearby> = around.iter().filter(|near| near.is_called(which)).collect();
    match found[..] {
        [] => Err(failed(format!(
            "find {which:?}: put it on (most straps wake up on the skin), and see whether a phone, a watch or another program \
             is connected to it, which then has it for itself; 'attune-agent pair' shows what is there"
        ))),
        [near] => choose(config, wearables, near),
        _ => Err(failed(format!("choose {which:?}: {} are called so; name its address", found.len()))),
    }
}

fn choose(config: &Config, mut wearables: Wearables, near: &Nearby) -> Result<(), AgentError> {
    let name = near.name.clone().unwrap_or_else(|| near.address.clone());
    let Some(layout) = near.layouts.first() else {
        return Err(failed(format!(
            "pair {name}: no layout fits what it advertises. A watch advertises its heart rate only while it broadcasts it, which \
             is switched on in its own settings or by a workout; firmware-config/README.md says how a layout is written"
        )));
    };
    wearables.add(Paired { name: name.clone(), address: near.address.clone(), layout: (*layout).to_owned() })?;
    wearables.save(&config.state)?;
    line(format_args!("{name} is paired, and heard by the layout {layout}"))?;
    line("'attune-agent run' listens to it from its next start on, whenever it is in reach and you have consented")
}

/// Forgets one.
///
/// # Errors
/// When none is called so.
pub(super) fn unpair(config: &Config, which: &str) -> Result<(), AgentError> {
    let mut wearables = Wearables::load(&config.state)?;
    let Some(gone) = wearables.remove(which) else {
        let names: Vec<String> =
            wearables.list().iter().map(|there| format!("{} ({})", there.name, there.address)).collect();
        let there =
            if names.is_empty() { "none is paired".to_owned() } else { format!("paired are {}", names.join(", ")) };
        return Err(failed(format!("unpair {which:?}: {there}; give one name or address")));
    };
    wearables.save(&config.state)?;
    line(format_args!(
        "{} is not paired any more: 'attune-agent run' does not listen to it from its next start on",
        gone.name
    ))
}

fn show(around: &[Nearby], wearables: &Wearables) -> Result<(), AgentError> {
    let (ours, others): (Vec<&Nearby>, Vec<&Nearby>) =
        around.iter().partition(|near| !near.layouts.is_empty() || !near.services.is_empty());
    for near in &ours {
        let name = near.name.as_deref().unwrap_or("(no name)");
        let signal = near.rssi.map_or_else(|| "-".to_owned(), |rssi| format!("{rssi} dBm"));
        let is_paired = wearables.list().iter().any(|there| there.address == near.address);
        line(format_args!("{name:24} {:17} {signal:>8}{}", near.address, if is_paired { "  paired" } else { "" }))?;
        let services =
            if near.services.is_empty() { "none that is known".to_owned() } else { near.services.join(", ") };
        line(format_args!("  services: {services}"))?;
        let layouts = if near.layouts.is_empty() { "none".to_owned() } else { near.layouts.join(", ") };
        line(format_args!("  layouts that fit: {layouts}"))?;
    }
    for there in wearables.list().iter().filter(|there| around.iter().all(|near| near.address != there.address)) {
        line(format_args!("{:24} {:17}  not seen  paired", there.name, there.address))?;
    }
    if !others.is_empty() {
        line(format_args!("and {} other devices, of which no service is known", others.len()))?;
    }
    match ours.iter().find(|near| !near.layouts.is_empty()).and_then(|near| near.name.as_ref()) {
        Some(name) => line(format_args!("to listen to one: attune-agent pair {name:?}")),
        None => line(
            "no wearable is seen that a layout fits: put it on, switch on its broadcasting, and see whether a phone has it",
        ),
    }
}

fn failed(problem: String) -> AgentError {
    AgentError::Wearable(problem)
}
