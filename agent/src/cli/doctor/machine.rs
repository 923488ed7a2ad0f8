//! What sensing may take of the machine, and what the system says of battery and screen.

use super::finding::Finding::{self, Fine, Note};
use crate::config::Config;
use crate::governor::{Screen, on_battery};

pub(super) fn look(config: &Config) -> Vec<Finding> {
    vec![share(config), screen(Screen::new().is_locked())]
}

fn share(config: &Config) -> Finding {
    let share = config.footprint.share;
    Fine(match on_battery(&config.footprint.root) {
        true => format!("processor: {:.1} % of one core may be taken, half of the {share:.1} % on mains", share / 2.0),
        false => format!("processor: {share:.1} % of one core may be taken (footprint.share), half of it on battery"),
    })
}

fn screen(locked: Option<bool>) -> Finding {
    match locked {
        Some(true) => Fine("screen: it is locked, and the camera rests".into()),
        Some(false) => Fine("screen: it is not locked; when it is, the camera rests".into()),
        None => Note(
            "screen: nobody here says whether it is locked (neither logind on the system bus nor a screen saver on the \
             session's), so the camera goes on then: pause by yourself"
                .into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_knows_of_the_screen_it_is_said_once_and_is_nothing_wrong() {
        assert!(matches!(screen(None), Note(what) if what.contains("nobody")));
        assert!(matches!(screen(Some(false)), Fine(_)));
        let mut config = Config::default();
        config.footprint.root = "/nowhere".into();
        assert!(matches!(share(&config), Fine(what) if what.contains("10.0 % of one core")));
    }
}
