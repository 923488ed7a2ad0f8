use std::path::Path;

/// Where Linux says what gives the machine its power, below its root.
const SUPPLIES: &str = "sys/class/power_supply";

/// Whether the machine runs on its battery: one of its own is being discharged, and nothing from outside is plugged in. No where
/// it has none, or does not say.
#[must_use]
pub fn on_battery(root: &Path) -> bool {
    let entries = std::fs::read_dir(root.join(SUPPLIES)).into_iter().flatten().flatten();
    let supplies: Vec<Supply> = entries.map(|entry| Supply::read(&entry.path())).collect();
    supplies.iter().any(Supply::discharges) && !supplies.iter().any(Supply::feeds)
}

/// What the system says of one, as it says it.
struct Supply {
    kind: String,
    online: String,
    status: String,
    scope: String,
}

impl Supply {
    fn read(folder: &Path) -> Self {
        let says = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default().trim().to_owned();
        Self { kind: says("type"), online: says("online"), status: says("status"), scope: says("scope") }
    }

    /// That of a mouse says nothing of the machine.
    fn is_own(&self) -> bool {
        self.scope != "Device"
    }

    fn discharges(&self) -> bool {
        self.is_own() && self.kind == "Battery" && self.status == "Discharging"
    }

    fn feeds(&self) -> bool {
        self.is_own() && matches!(self.kind.as_str(), "Mains" | "USB") && self.online == "1"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(supplies: &[(&str, &[(&str, &str)])]) -> bool {
        let root = tempfile::tempdir().unwrap();
        for (name, says) in supplies {
            let folder = root.path().join(SUPPLIES).join(name);
            std::fs::create_dir_all(&folder).unwrap();
            says.iter().for_each(|(file, text)| std::fs::write(folder.join(file), format!("{text}\n")).unwrap());
        }
        on_battery(root.path())
    }

    #[test]
    fn the_machine_s_own_battery_counts_and_only_while_nothing_is_plugged_in() {
        let battery = |status| ("BAT0", [("type", "Battery"), ("status", status)]);
        let (empties, full) = (battery("Discharging"), battery("Full"));
        let mains = |online| ("AC", [("type", "Mains"), ("online", online)]);
        let (plugged, pulled) = (mains("1"), mains("0"));
        assert!(on(&[(empties.0, &empties.1), (pulled.0, &pulled.1)]));
        assert!(on(&[(empties.0, &empties.1)]), "it says nothing of mains");
        assert!(!on(&[(empties.0, &empties.1), (plugged.0, &plugged.1)]), "a weak charger");
        assert!(!on(&[(full.0, &full.1), (pulled.0, &pulled.1)]));
        let usb: &[(&str, &str)] = &[("type", "USB"), ("online", "1")];
        assert!(!on(&[(empties.0, &empties.1), ("ucsi", usb)]));
        let mouse: &[(&str, &str)] = &[("type", "Battery"), ("status", "Discharging"), ("scope", "Device")];
        assert!(!on(&[("hid-mouse", mouse)]));
        assert!(!on(&[]));
    }
}
