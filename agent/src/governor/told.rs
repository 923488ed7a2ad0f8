use serde::{Deserialize, Serialize};

/// What the agent takes of the machine, and what it leaves out for that. Nothing of what it senses.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Footprint {
    /// Cores that it took over the last half minute; `None` before that is over.
    pub load: Option<f64>,
    /// Cores that it may take now.
    pub limit: f64,
    /// Pictures a second that are looked at.
    pub rate: f64,
    /// Those that were configured.
    pub configured: f64,
    /// What rests to stay within the limit, as `camera`.
    pub rests: Vec<String>,
    /// Whether the machine runs on its battery.
    pub on_battery: bool,
    /// Whether the screen is locked, where the system says so.
    pub locked: Option<bool>,
}

impl Footprint {
    /// In words, a sentence for the person without its point.
    #[must_use]
    pub fn words(&self) -> String {
        let percent = |cores: f64| format!("{:.1} %", 100.0 * cores);
        let took = self.load.map_or_else(|| "not measured yet".to_owned(), percent);
        let battery = if self.on_battery { " (half, on battery)" } else { "" };
        let mut words = format!("processor: {took} of one core, of {}{battery}", percent(self.limit));
        if self.rate < self.configured {
            words += &format!(
                "; {:.1} of {:.1} pictures a second are looked at to stay within it",
                self.rate, self.configured
            );
        }
        if !self.rests.is_empty() {
            words += &format!("; to stay within it rests: {}", self.rests.join(", "));
        }
        if self.locked == Some(true) {
            words += "; the screen is locked, and the camera rests";
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_rate_and_reason_are_said() {
        let all = Footprint {
            load: None,
            limit: 0.1,
            rate: 10.0,
            configured: 10.0,
            rests: Vec::new(),
            on_battery: false,
            locked: None,
        };
        assert_eq!(all.words(), "processor: not measured yet of one core, of 10.0 %");
        let less = Footprint { load: Some(0.048), limit: 0.05, rate: 2.79, on_battery: true, ..all.clone() };
        let said = less.words();
        assert!(
            said.contains("4.8 % of one core, of 5.0 % (half, on battery)") && said.contains("2.8 of 10.0"),
            "{said}"
        );
        let rests = vec!["expression".to_owned(), "camera".to_owned()];
        let said = Footprint { rests, locked: Some(true), ..less }.words();
        assert!(said.contains("rests: expression, camera") && said.ends_with("the camera rests"), "{said}");
    }
}
