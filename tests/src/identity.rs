//! An identity provider of OpenID Connect, that also lies when it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use attune_protocol::sign::KeyPair;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What it knows the collector as, and by what the collector shows that it is that.
pub const CLIENT: (&str, &str) = ("attune", "a-secret-of-the-provider");

/// How it lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lie {
    /// Not at all.
    None,
    /// Signs with a key that it does not publish.
    Forged,
    /// Signs nothing at all.
    Unsigned,
    /// Puts another nonce into the token.
    Nonce,
    /// Gives a token that is for another client.
    Audience,
    /// Gives a token that another provider has issued.
    Issuer,
    /// Gives a token that has ended.
    Ended,
    /// Says that it is another one.
    Name,
    /// Answers with more than anybody reads.
    Endless,
    /// Takes questions and answers none.
    Silent,
}

struct Code {
    challenge: String,
    nonce: String,
    back: String,
    claims: Value,
}

struct Inner {
    address: String,
    keys: KeyPair,
    lie: Mutex<Lie>,
    codes: Mutex<BTreeMap<String, Code>>,
}

/// A provider that runs until the test ends.
pub struct Identity(Arc<Inner>);

impl Identity {
    /// Starts one.
    ///
    /// # Panics
    /// When there is no port for it.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("it has one"));
        let (lie, codes) = (Mutex::new(Lie::None), Mutex::default());
        let inner = Arc::new(Inner { address, keys: KeyPair::generate(), lie, codes });
        let serving = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inner = Arc::clone(&serving);
                thread::spawn(move || inner.serve(&stream));
            }
        });
        Self(inner)
    }

    /// Lines of configuration with which a collector trusts it.
    #[must_use]
    pub fn settings(&self) -> String {
        let (client, secret) = CLIENT;
        let issuer = &self.0.address;
        format!(
            "[sign_in.oidc]\nissuer = \"{issuer}\"\nclient_id = \"{client}\"\nclient_secret = \"{secret}\"\nname = \"House ID\"\n"
        )
    }

    /// Lies from now on.
    ///
    /// # Panics
    /// Never: nobody panics with the lock.
    pub fn lie(&self, lie: Lie) {
        *self.0.lie.lock().expect("not poisoned") = lie;
    }

    /// Signs somebody in whom a collector has led here; gives where it leads back, a path.
    ///
    /// # Panics
    /// When the collector asked for something else.
    #[must_use]
    pub fn sign_in(&self, led: &str, claims: Value) -> String {
        let asked = led.strip_prefix(&format!("{}/authorize?", self.0.address)).expect("it leads to the provider");
        let asked = pairs(asked);
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", CLIENT.0));
        assert_eq!(asked["code_challenge_method"], "S256");
        let back = asked["redirect_uri"].clone();
        let (challenge, nonce) = (asked["code_challenge"].clone(), asked["nonce"].clone());
        let mut codes = self.0.codes.lock().expect("not poisoned");
        let code = format!("code{}", codes.len());
        let path = back.find("/sign-in").map(|at| back[at..].to_owned()).expect("a path of the collector's");
        codes.insert(code.clone(), Code { challenge, nonce, back, claims });
        format!("{path}?code={code}&state={}", asked["state"])
    }
}

impl Inner {
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            match line.trim() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let header = |name: &str| {
            let lines = head.iter().filter_map(|line| line.split_once(": "));
            lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        let lie = *self.lie.lock().expect("not poisoned");
        if lie == Lie::Silent {
            thread::sleep(Duration::from_secs(60));
            return;
        }
        let path = head[0].split(' ').nth(1).expect("a path");
        let (status, answer) = match path {
            "/.well-known/openid-configuration" => (200, self.of_itself(lie)),
            "/keys" => {
                let x = BASE64URL_NOPAD.encode(&self.keys.public());
                (
                    200,
                    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "1", "x": x}]}),
                )
            }
            "/token" => self.token(lie, &pairs(&String::from_utf8_lossy(&body)), header("authorization").as_deref()),
            _ => (404, json!({})),
        };
        let mut text = answer.to_string();
        if lie == Lie::Endless {
            text.push_str(&" ".repeat(1 << 20));
        }
        let mut stream = stream;
        let length = text.len();
        // It may have heard enough.
        let _ = write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
        );
    }

    fn of_itself(&self, lie: Lie) -> Value {
        let address = &self.address;
        json!({
            "issuer": if lie == Lie::Name { "http://127.0.0.1:1" } else { address },
            "authorization_endpoint": format!("{address}/authorize"),
            "token_endpoint": format!("{address}/token"),
            "jwks_uri": format!("{address}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
        })
    }

    fn token(&self, lie: Lie, asked: &BTreeMap<String, String>, authorization: Option<&str>) -> (u16, Value) {
        let known = format!("Basic {}", BASE64.encode(format!("{}:{}", CLIENT.0, CLIENT.1).as_bytes()));
        let code = self.codes.lock().expect("not poisoned").remove(&asked["code"]);
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(asked["code_verifier"].as_bytes()));
        let code = code.filter(|code| code.challenge == challenge && code.back == asked["redirect_uri"]);
        let (Some(code), true) = (code, authorization == Some(&known)) else {
            return (400, json!({"error": "invalid_grant"}));
        };
        let now = jiff::Timestamp::now().as_second();
        let mut claims = json!({
            "iss": if lie == Lie::Issuer { "http://127.0.0.1:1" } else { &self.address },
            "aud": if lie == Lie::Audience { "another" } else { CLIENT.0 },
            "exp": if lie == Lie::Ended { now - 60 } else { now + 300 },
            "iat": now - 1,
            "nonce": if lie == Lie::Nonce { "another" } else { &code.nonce },
        });
        let given = code.claims.as_object().expect("claims").clone();
        claims.as_object_mut().expect("claims").extend(given);
        let algorithm = if lie == Lie::Unsigned { "none" } else { "EdDSA" };
        let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(json!({"alg": algorithm, "kid": "1"})), part(claims));
        let keys = if lie == Lie::Forged { &KeyPair::generate() } else { &self.keys };
        let bytes = keys.sign(signed.clone().into_bytes());
        let signature =
            if lie == Lie::Unsigned { String::new() } else { BASE64URL_NOPAD.encode(&bytes[signed.len()..]) };
        (200, json!({"access_token": "x", "token_type": "Bearer", "id_token": format!("{signed}.{signature}")}))
    }
}

/// What stands in a form or behind a question mark.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), value.replace("%3A", ":").replace("%2F", "/").replace('+', " "))
    };
    text.split('&').map(pair).collect()
}
