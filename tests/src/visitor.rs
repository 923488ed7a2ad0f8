//! Somebody with a browser that runs no scripts: keeps cookies, reads the token of a form, and sends forms.

use std::collections::BTreeMap;

use totp_rs::{Algorithm, Builder};

/// A browser.
pub struct Visitor {
    base: String,
    cookies: BTreeMap<String, String>,
    agent: ureq::Agent,
}

/// A page that it was shown.
pub struct Shown {
    /// The HTTP status.
    pub status: u16,
    /// Where it leads, where it leads on.
    pub location: String,
    /// Its text.
    pub text: String,
    /// How long to wait, seconds, where that is said.
    pub retry_after: Option<u64>,
}

impl Visitor {
    /// One that has never been there.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        Self { base: base.to_owned(), cookies: BTreeMap::new(), agent }
    }

    /// What a cookie holds.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Takes a cookie that another browser had.
    pub fn steal(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Opens a page.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn open(&mut self, path: &str) -> Shown {
        let request = self.agent.get(format!("{}{path}", self.base)).header("accept", "text/html");
        let answer = request.header("cookie", self.cookie_line()).call();
        self.shown(answer.unwrap_or_else(|e| panic!("open {path}: {e}")))
    }

    /// Sends a form as it is told, token and all.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let request = self.agent.post(format!("{}{path}", self.base)).header("accept", "text/html");
        let answer = request.header("cookie", self.cookie_line()).send_form(fields.iter().copied());
        self.shown(answer.unwrap_or_else(|e| panic!("send {path}: {e}")))
    }

    /// Sends a form with a file, its token in the address, as a form with a file has it.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn send_file(&mut self, path: &str, field: &str, bytes: &[u8]) -> Shown {
        const BOUNDARY: &str = "----a-boundary-of-a-form";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"table.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
        let request = self.agent.post(format!("{}{path}", self.base)).header("accept", "text/html");
        let request = request.header("cookie", self.cookie_line());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let answer = request.header("content-type", kind).send(&body[..]);
        self.shown(answer.unwrap_or_else(|e| panic!("send {path}: {e}")))
    }

    /// Opens a page and sends a form with its token.
    ///
    /// # Panics
    /// When the page has no form.
    pub fn fill(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Shown {
        let shown = self.open(page);
        assert_eq!(shown.status, 200, "{page}: {}", shown.text);
        let csrf = shown.hidden("csrf").unwrap_or_else(|| panic!("{page} has no form: {}", shown.text));
        let fields: Vec<(&str, &str)> = [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.send(action, &fields)
    }

    fn cookie_line(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn shown(&mut self, mut answer: ureq::http::Response<ureq::Body>) -> Shown {
        for line in answer.headers().get_all("set-cookie") {
            let pair = line.to_str().ok().and_then(|line| line.split(';').next()?.split_once('='));
            let (name, value) = pair.expect("a cookie has a name");
            match value {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (location, wait) = (header("location").unwrap_or_default(), header("retry-after"));
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().expect("a page is text");
        Shown { status, location, text, retry_after: wait.and_then(|wait| wait.parse().ok()) }
    }
}

impl Shown {
    /// What a hidden field of the page holds.
    #[must_use]
    pub fn hidden(&self, name: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\""))?;
        Some(rest.split('"').next()?.to_owned())
    }

    /// Where a link of the page leads, by what stands there.
    #[must_use]
    pub fn link(&self, label: &str) -> Option<String> {
        let (before, _) = self.text.split_once(&format!(">{label}</a>"))?;
        let (_, rest) = before.rsplit_once("href=\"")?;
        Some(rest.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
    }

    /// The key of a second factor that the page offers.
    ///
    /// # Panics
    /// When it offers none.
    #[must_use]
    pub fn totp_key(&self) -> Vec<u8> {
        let (_, rest) = self.text.split_once("secret=").expect("the page offers a second factor");
        let end = rest.find(|sign: char| !sign.is_ascii_alphanumeric()).unwrap_or(rest.len());
        data_encoding::BASE32_NOPAD.decode(&rest.as_bytes()[..end]).expect("the key is in base 32")
    }
}

/// The code of a second factor, so many steps of 30 s from now.
///
/// # Panics
/// When the key is too short for one.
#[must_use]
pub fn code(key: &[u8], steps: i64) -> String {
    let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_secret(key.to_vec()).build();
    let now = jiff::Timestamp::now().as_second() + 30 * steps;
    totp.expect("the key has its length").generate(u64::try_from(now).expect("after 1970")).to_string()
}

/// Signs somebody in whose account was just made and who has a link: chooses the password, and sets up the second factor where it
/// is asked for. Gives the key of that.
///
/// # Panics
/// When it does not go that way.
pub fn join(visitor: &mut Visitor, link: &str, name: &str, password: &str) -> Option<Vec<u8>> {
    let path = link.trim().rsplit_once("/join/").map(|(_, link)| format!("/join/{link}")).expect("a link");
    let chosen = visitor.send(&path, &[("password", password), ("again", password)]);
    assert_eq!((chosen.status, chosen.location.as_str()), (303, "/sign-in?joined=true"), "{}", chosen.text);
    let signed = visitor.send("/sign-in", &[("name", name), ("password", password)]);
    assert_eq!(signed.status, 303, "{}", signed.text);
    if !signed.location.starts_with("/sign-in/second") {
        return None;
    }
    let offered = visitor.open("/sign-in/second");
    let key = offered.totp_key();
    let csrf = offered.hidden("csrf").expect("a form");
    let set_up = visitor.send("/sign-in/second", &[("csrf", &csrf), ("code", &code(&key, 0))]);
    assert!(set_up.status == 200 && set_up.text.contains("recovery codes"), "{}", set_up.text);
    Some(key)
}
