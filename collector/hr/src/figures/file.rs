use attune_ground::holdings::csv_line;

use super::board::Board;
use super::view::{Told, View};

const COLUMNS: [&str; 12] =
    ["measure", "unit", "of", "team", "name", "from", "to", "value", "low", "high", "people", "withheld"];

/// All cells as a file that spreadsheets read, a line each; nothing in it is a formula. What is withheld says why, and what no row says has
/// no line.
pub(crate) fn csv(board: &Board, view: &View) -> Vec<u8> {
    let mut text = csv_line(COLUMNS);
    for of in &view.measures {
        let definition = of.definition;
        for group in &of.groups {
            let (id, name) =
                group.whose.team(&board.groups).map_or(("", ""), |(id, name)| (id.as_str(), name.as_str()));
            for (cell, told) in view.span.cells().zip(&group.cells) {
                let Some((from, to)) = view.span.grid.days(cell) else { continue };
                let said = match told {
                    Told::Nothing => continue,
                    Told::Withheld(why) => {
                        [String::new(), String::new(), String::new(), String::new(), why.name().into()]
                    }
                    Told::Figure(figure) => [
                        figure.value.to_string(),
                        figure.between.0.to_string(),
                        figure.between.1.to_string(),
                        figure.people.to_string(),
                        String::new(),
                    ],
                };
                let days = [from.to_string(), to.to_string()];
                let begin = [definition.name, definition.unit, group.whose.name(), id, name].into_iter();
                text.push_str(&csv_line(begin.chain(days.iter().chain(&said).map(String::as_str))));
            }
        }
    }
    text.into_bytes()
}
