//! Every component in every state, as pages to look at. `tests/look` makes pictures of them and walks them with axe-core.
//!
//!     gallery FOLDER         writes the pages as files
//!     gallery --serve PORT   serves them on loopback as the collector would, with its headers

mod figures;
mod forms;
mod frames;
mod tables;

use std::path::Path;

use attune_pages::{Frame, Markup};
use attune_protocol::policy::Profile;
use axum::Router;
use axum::middleware::map_response;
use axum::routing::get;

/// A page: its address below the gallery, and its HTML.
type Made = (&'static str, String);

fn pages() -> Vec<Made> {
    [frames::pages(), forms::pages(), figures::pages(), tables::pages()].concat()
}

/// A page of the gallery, in the frame of a person.
fn page(name: &'static str, title: &str, finding: &str, body: &Markup) -> Made {
    let frame = Frame::new(title, finding, Profile::Eu).signed_in(frames::person());
    (name, frames::places(frame).render(body).0)
}

/// The list of all pages.
fn index(pages: &[Made]) -> String {
    let links = pages.iter().map(|(name, _)| attune_pages::Link::new(format!("/{name}"), *name));
    let body: Markup = links.map(|link| Markup::of(&link)).collect();
    Frame::new("Gallery", "", Profile::Eu).render(&body).0
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--serve", port] => serve(port.parse().map_err(std::io::Error::other)?).await,
        [folder] => write(Path::new(folder)),
        _ => Err(std::io::Error::other("say where to: a folder, or --serve and a port")),
    }
}

fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder.join("assets"))?;
    for (name, html) in pages() {
        std::fs::write(folder.join(format!("{name}.html")), html)?;
    }
    for asset in &attune_pages::assets::ASSETS {
        std::fs::write(folder.join("assets").join(asset.name), asset.content)?;
    }
    Ok(())
}

async fn serve(port: u16) -> std::io::Result<()> {
    let pages = pages();
    let first = index(&pages);
    let mut router: Router = attune_pages::router("{}", &[&attune_pages::assets::ASSETS])
        .route("/", get(move || std::future::ready(axum::response::Html(first.clone()))));
    for (name, html) in pages {
        let page = move || std::future::ready(axum::response::Html(html.clone()));
        router = router.route(&format!("/{name}"), get(page));
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router.layer(map_response(attune_pages::secure))).await
}
