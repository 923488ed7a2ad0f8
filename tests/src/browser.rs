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
            "goog:chromeOptions": {"binary": chromium, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"}
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
        self.command("Emulation.setDeviceMetricsOverride", &screen);
    }

    /// Shows pages to somebody who prefers a colour scheme: `light` or `dark`.
    pub fn prefer(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.command("Emulation.setEmulatedMedia", &features);
    }

    /// The page as a picture, PNG, as long as it is.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        // A bar at its side would be cut off together with what lies below it.
        self.command("Emulation.setScrollbarsHidden", &json!({"hidden": true}));
        let answer = self.command("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true}));
        let text = answer["data"].as_str().expect("a picture");
        data_encoding::BASE64.decode(text.as_bytes()).expect("a picture in base 64")
    }

    /// What the browser complained of since it was asked last: what the policy of a page stopped, what did not load.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.ask("se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries.iter().filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect()
    }

    /// What axe-core finds wrong with the page, each as its rule, how bad it is and where it is. `axe` is the text of
    /// `axe.min.js`.
    #[must_use]
    pub fn axe(&self, axe: &str) -> Vec<String> {
        // By the driver, past the policy of the page, which lets no such script in.
        let _ = self.run(&format!("{axe}; window.axe = axe;"));
        let script = "const done = arguments[0]; window.axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', \
                      'wcag21aa', 'wcag22aa', 'best-practice']}).then((found) => done(found.violations.map((one) => \
                      `${one.impact} ${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join('; ')}`)), \
                      (error) => done([String(error)]));";
        let found = self.ask("execute/async", &json!({"script": script, "args": []}));
        found.as_array().expect("a list").iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
    }

    /// Plugs in a made-up stick that holds passkeys, and shows it who uses it whenever it asks; gives what it is called.
    ///
    /// # Panics
    /// When the browser has none.
    #[must_use]
    pub fn hold_passkeys(&self) -> String {
        self.command("WebAuthn.enable", &json!({}));
        let options = json!({"protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true});
        let answer = self.command("WebAuthn.addVirtualAuthenticator", &json!({ "options": options }));
        answer["authenticatorId"].as_str().expect("an id").to_owned()
    }

    /// How many passkeys such a stick holds.
    ///
    /// # Panics
    /// When there is no such stick.
    #[must_use]
    pub fn passkeys(&self, stick: &str) -> usize {
        let answer = self.command("WebAuthn.getCredentials", &json!({ "authenticatorId": stick }));
        answer["credentials"].as_array().expect("a list").len()
    }

    /// Shows such a stick who uses it from now on, or somebody else.
    pub fn verifies(&self, stick: &str, verified: bool) {
        let parameters = json!({"authenticatorId": stick, "isUserVerified": verified});
        self.command("WebAuthn.setUserVerified", &parameters);
    }

    /// A command of the browser's own protocol.
    fn command(&self, name: &str, parameters: &Value) -> Value {
        self.ask("goog/cdp/execute", &json!({"cmd": name, "params": parameters}))
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
