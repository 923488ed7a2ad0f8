//! The collector: its broker, and the code by which it knows this device. The way is that of `enrol`.

use super::ask::{Asker, Ended};
use crate::AgentError;
use crate::cli::arguments::SetupArguments;
use crate::cli::probe;
use crate::config::Config;
use crate::enrolment::{self, Enrolled};
use crate::identity::{Identity, Standing};
use crate::uplink::Broker;

/// What stands for no collector now.
const LATER: &str = "later";

/// What is to be done about the collector.
pub(super) enum Collector {
    /// The device is enrolled over this broker, and stays so.
    Enrolled(String),
    /// It is to be enrolled.
    Enrol(Broker, String),
    /// Not now.
    Later,
}

impl Collector {
    pub(super) fn is_new(&self) -> bool {
        matches!(self, Self::Enrol(..))
    }

    pub(super) fn words(&self) -> String {
        match self {
            Self::Enrolled(broker) => format!("enrolled already, over {broker}"),
            Self::Enrol(broker, _) => format!("enrol over {broker} with the code that you gave"),
            Self::Later => "not enrolled: nothing is sensed before 'attune-agent enrol', or setup again".into(),
        }
    }

    /// Enrols. Where that fails it asks for another code, and goes on without where none is given.
    pub(super) fn carry_out(self, config: &Config, asker: &mut Asker<'_>) -> Result<(), Ended> {
        let Self::Enrol(broker, mut code) = self else { return Ok(()) };
        loop {
            let problem =
                match probe::look(&broker).and_then(|()| enrolment::enrol(&config.state, &broker, &code, false)) {
                    Ok(Enrolled { device, .. }) => return asker.say(&format!("Enrolled as device {device}.")),
                    Err(problem) => problem,
                };
            asker.say(&format!("Failed to {problem}."))?;
            let given = asker.word("Another code, or 'later' to go on without", LATER, |text| Ok(text.to_owned()))?;
            match given.as_str() {
                LATER => return asker.say("Not enrolled. Your other answers are done all the same."),
                _ => code = given,
            }
        }
    }
}

/// Asks for broker and code of a device that is not enrolled.
pub(super) fn ask(config: &Config, known: &SetupArguments, asker: &mut Asker<'_>) -> Result<Collector, Ended> {
    asker.heading("The collector")?;
    let identity = Identity::load(&config.state)?;
    if let Some(Identity { standing: Standing::Enrolled(_), broker, .. }) = &identity {
        asker.say(&format!(
            "This device is enrolled over {broker}. 'attune-agent enrol --again' enrols it anew, which ends all consent."
        ))?;
        return Ok(Collector::Enrolled(broker.clone()));
    }
    if identity.is_some_and(|identity| identity.standing == Standing::Outdated) {
        asker.say("This device was enrolled in an older way: 'attune-agent enrol --again' enrols it anew.")?;
        return Ok(Collector::Later);
    }
    asker.say(
        "What you agreed to is sent to the collector of your organisation, and belongs to the person for whom the code was made. \
         Whoever runs it gives you an address and a code (attune-collector enrol --user NAME). The code is never sent.",
    )?;
    let broker = match &known.broker {
        Some(broker) => Some(read(broker).map_err(|why| AgentError::Setup(format!("--broker: {why}")))?),
        None => asker.word("Its address, as mqtt://127.0.0.1:8751, or later", LATER, |text| match text {
            LATER => Ok(None),
            _ => read(text).map(Some),
        })?,
    };
    let Some(broker) = broker else { return Ok(Collector::Later) };
    let code = match &known.code {
        Some(code) => code.clone(),
        None => asker.word("The code, or later", LATER, |text| Ok(text.to_owned()))?,
    };
    Ok(if code == LATER { Collector::Later } else { Collector::Enrol(broker, code) })
}

fn read(text: &str) -> Result<Broker, String> {
    Broker::read(text).map_err(|problem| format!("That address does not read: {problem}."))
}
