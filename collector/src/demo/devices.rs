use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::child::AgentProgram;
use super::{DemoArgs, DemoError};

/// Between looks whether the agent serves the own page, and how many there are: it loads its networks first.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS: u32 = 30;

/// Opens the person's own page once the agent serves it, and says where it is; where it does not in time, how to open it.
pub(super) async fn own_page(agent: &AgentProgram) -> String {
    for _ in 0..LOOKS {
        if let Ok(said) = agent.output("open your own page", &["open"]).await {
            return said.lines().next().unwrap_or_default().to_owned();
        }
        sleep(LOOK).await;
    }
    "the agent serves none (page.on, page.port)".into()
}

/// What the agent would sense with, a line for each kind of device; nothing where a recording is played.
///
/// # Errors
/// When there is no device at all: says what was looked for.
pub(super) async fn found(args: &DemoArgs, agent: &AgentProgram) -> Result<Vec<String>, DemoError> {
    if !args.live {
        return Ok(Vec::new());
    }
    read(&agent.output("list the devices", &["devices", "--json"]).await?)
}

fn read(listed: &str) -> Result<Vec<String>, DemoError> {
    let listed: Value = serde_json::from_str(listed).unwrap_or_default();
    let kinds = listed["kinds"].as_array().cloned().unwrap_or_default();
    let text = |kind: &Value, key: &str| kind[key].as_str().unwrap_or_default().to_owned();
    let is_chosen =
        |kind: &Value| kind["devices"].as_array().is_some_and(|all| all.iter().any(|d| d["chosen"] == true));
    let choices = kinds.iter().map(|kind| format!("{}: {}", text(kind, "kind"), text(kind, "choice")));
    let choices: Vec<String> = choices.collect();
    if kinds.iter().any(is_chosen) { Ok(choices) } else { Err(DemoError::NoDevices(choices.join("; "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_any_device_it_says_what_was_looked_for() {
        let listed = |chosen| {
            format!(
                r#"{{"kinds":[{{"kind":"camera","devices":[{{"chosen":{chosen}}}],"choice":"A is chosen"}},
                    {{"kind":"microphone","devices":[],"choice":"looked for sound cards"}}]}}"#
            )
        };
        assert_eq!(read(&listed(true)).unwrap(), ["camera: A is chosen", "microphone: looked for sound cards"]);
        let error = read(&listed(false)).unwrap_err().to_string();
        assert!(error.contains("looked for sound cards"), "{error}");
        assert!(read("").is_err());
    }
}
