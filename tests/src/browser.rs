//! A browser of a test's own: Debian's Chromium without a window, driven over WebDriver, with made-up devices.

use std::process::Command;

use serde_json::{Value, json};

use crate::api;
use crate::left_out::tool_for;
use crate::mosquitto::free_port;
use crate::place::Place;
use crate::process::Process;
use crate::wait;

/// A window of it.
pub struct Browser {
    driver: String,
    session: String,
    _process: Process,
}

impl Browser {
    /// Starts one whose camera and microphone are made up and allowed; `None`, and said, where it is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    #[must_use]
    pub fn start(test: &str, place: &Place) -> Option<Self> {
        let (chromium, chromedriver) = (tool_for(test, "chromium")?, tool_for(test, "chromedriver")?);
        let port = free_port();
        let driver = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(chromedriver);
        let process = Process::start(command.arg(format!("--port={port}")), &place.join("chromedriver.log"));
        wait::until("chromedriver to listen", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(())
        });
        let profile = place.join("chromium");
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-dev-shm-usage".into(),
            "--use-fake-device-for-media-stream".into(),
            "--use-fake-ui-for-media-stream".into(),
            format!("--user-data-dir={}", profile.display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"binary": chromium, "args": arguments}
        }}});
        let (status, answer) = api::post(&driver, "/session", &wanted);
        assert_eq!(status, 200, "{answer:#}");
        let session = answer["value"]["sessionId"].as_str().expect("a session has an id").to_owned();
        Some(Self { driver, session, _process: process })
    }

    fn ask(&self, what: &str, body: &Value) -> Value {
        let (status, mut answer) = api::post(&self.driver, &format!("/session/{}/{what}", self.session), body);
        assert_eq!(status, 200, "{what}: {answer:#}");
        answer["value"].take()
    }

    /// Opens a page and waits until it has loaded.
    pub fn open(&self, url: &str) {
        self.ask("url", &json!({ "url": url }));
    }

    /// Shows pages as a screen of this width does, CSS pixels.
    pub fn widen(&self, width: u32) {
        let screen = json!({"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": false});
        self.ask("goog/cdp/execute", &json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": screen}));
    }

    /// Runs a script in the page and gives what it returns.
    #[must_use]
    pub fn run(&self, script: &str) -> Value {
        self.ask("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until an expression of the page is true.
    ///
    /// # Panics
    /// When it does not become so.
    pub fn wait(&self, expression: &str) {
        let script = format!("return Boolean({expression});");
        wait::until(expression, || (self.run(&script) == Value::Bool(true)).then_some(()));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser with its session; without a word it would live on.
        let _ = api::delete(&self.driver, &format!("/session/{}", self.session));
    }
}
