//! Looks at pages: makes pictures of each, light, dark and as a telephone shows it, and walks each with axe-core. See
//! `tests/look`.

use std::path::PathBuf;
use std::process::ExitCode;

use attune_tests::browser::Browser;
use attune_tests::left_out::tell;
use attune_tests::place::Place;
use clap::Parser;

/// Width of a screen, and what its reader prefers.
const SCREENS: [(&str, u32, &str); 4] =
    [("light", 1280, "light"), ("dark", 1280, "dark"), ("narrow", 390, "light"), ("narrow-dark", 390, "dark")];

#[derive(Parser)]
struct Arguments {
    /// Where the pages are: a page there links to each of them.
    #[arg(long)]
    at: String,
    /// The text of axe-core, `axe.min.js`.
    #[arg(long)]
    axe: PathBuf,
    /// Where the pictures go.
    #[arg(long)]
    to: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let axe = std::fs::read_to_string(&arguments.axe).expect("axe.min.js reads");
    std::fs::create_dir_all(&arguments.to).expect("the folder for pictures is made");
    let place = Place::new();
    let Some(browser) = Browser::start("look", &place) else { return ExitCode::FAILURE };
    browser.open(&arguments.at);
    let links =
        browser.run("return [...document.querySelectorAll('main a')].map((link) => link.getAttribute('href'));");
    let links: Vec<String> =
        links.as_array().expect("links").iter().filter_map(|l| l.as_str().map(str::to_owned)).collect();
    assert!(!links.is_empty(), "no page is linked to at {}", arguments.at);
    let mut wrong = 0;
    for link in &links {
        for (screen, width, scheme) in SCREENS {
            browser.widen(width);
            browser.prefer(scheme);
            browser.open(&format!("{}{link}", arguments.at.trim_end_matches('/')));
            let mut found = browser.axe(&axe);
            found.extend(browser.complaints());
            let wide =
                browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth;");
            found.extend((wide.as_i64() != Some(0)).then(|| format!("{wide} pixels lie beyond the screen")));
            let name = link.trim_matches('/').replace('/', "-");
            std::fs::write(arguments.to.join(format!("{name}-{screen}.png")), browser.picture()).expect("written");
            for one in &found {
                tell(&format!("{link} {screen}: {one}"));
            }
            wrong += found.len();
        }
    }
    tell(&format!("{} pages on {} screens: {wrong} findings", links.len(), SCREENS.len()));
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
