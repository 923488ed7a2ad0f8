//! An identity provider of the organisation's: where it leads a browser, and whom it says that somebody is.

mod fetch;

use std::time::{Duration, Instant};

use attune_ground::http::Problem;
use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdTokenVerifier, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DiscoveryError, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    TokenResponse as _, UserInfoError,
};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::outward::Unreached;
use fetch::{Fetch, may_be_asked};

/// How long all that one page asks of a provider may take.
const LONGEST: Duration = Duration::from_secs(8);

/// How long what it said of itself is believed where nothing but the way to it hangs on that.
const KNOWN: Duration = Duration::from_secs(10 * 60);

/// How long it is not asked again for keys that it may have changed: a burst of false codes is not one of questions to it.
const JUST_ASKED: Duration = Duration::from_secs(10);

/// What it may sign with: its own keys, and none that it shares with its clients.
const SIGNED_BY: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Words of `acr` for two factors and more: OpenID's phishing-resistant ones, and REFEDS'.
const STRONG: [&str; 3] = ["phr", "phrh", "https://refeds.org/profile/mfa"];

/// What is set of a provider.
#[derive(Clone)]
pub struct ProviderSettings {
    /// Its address, as it calls itself in its tokens.
    pub issuer: String,
    /// What it knows this collector as.
    pub client_id: String,
    /// By what this collector shows that it is that.
    pub client_secret: String,
    /// What people call it.
    pub name: String,
}

/// An identity provider.
pub struct Provider {
    issuer: IssuerUrl,
    client: ClientId,
    secret: ClientSecret,
    name: String,
    fetch: Fetch,
    /// What it said of itself, and when. Locked while it is asked: it is asked once at a time.
    known: Mutex<Option<(Instant, CoreProviderMetadata)>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// A browser that is led to it.
pub(crate) struct Started {
    /// What leads back.
    pub(crate) state: String,
    /// What the token must hold.
    pub(crate) nonce: String,
    /// What redeems the code.
    pub(crate) verifier: String,
}

/// Whom it says that somebody is.
pub(crate) struct Told {
    /// What it calls them, for ever.
    pub(crate) subject: String,
    /// Their address of mail, where it says that it is theirs.
    pub(crate) mail: Option<String>,
    /// How they like to be called; they may have chosen it themselves, so it opens no account that is there.
    pub(crate) preferred: Option<String>,
    /// Whether they have shown it two factors.
    pub(crate) is_strong: bool,
    /// When they showed it that it is they, Unix milliseconds, where it says so.
    pub(crate) shown_at: Option<i64>,
}

/// Why it could not be asked, or not be believed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the provider took too long")]
    Slow,
    #[error(transparent)]
    Unreached(#[from] Unreached),
    #[error("the provider refused the code")]
    Refused,
    #[error("{0}")]
    False(&'static str),
}

impl Provider {
    /// Whether an address can be that of one: `https://`, or on this machine.
    #[must_use]
    pub fn is_issuer(text: &str) -> bool {
        text.parse().is_ok_and(|uri| may_be_asked(&uri)) && IssuerUrl::new(text.to_owned()).is_ok()
    }

    /// One that is set so; `None` where its address is none ([`Self::is_issuer`]). It is asked when somebody signs in, and not
    /// before.
    #[must_use]
    pub fn new(settings: ProviderSettings) -> Option<Self> {
        let issuer = Some(settings.issuer).filter(|issuer| Self::is_issuer(issuer))?;
        let here = issuer.starts_with("http:");
        Some(Self {
            issuer: IssuerUrl::new(issuer).ok()?,
            client: ClientId::new(settings.client_id),
            secret: ClientSecret::new(settings.client_secret),
            name: settings.name,
            fetch: Fetch::new(here),
            known: Mutex::new(None),
        })
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it calls itself.
    pub(crate) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Whether an answer that names its issuer is of this one.
    pub(crate) fn is_of(&self, issuer: &str) -> bool {
        self.issuer.as_str() == issuer
    }

    /// Where a browser is led that is to come back to `back`. With `anew` whoever sits there is to show once more that it is they,
    /// whatever they are signed in to at the provider.
    pub(crate) async fn way(&self, started: &Started, back: String, anew: bool) -> Result<String, Problem> {
        self.in_time(async {
            let metadata = self.metadata(KNOWN).await?;
            let client = CoreClient::from_provider_metadata(metadata, self.client.clone(), Some(self.secret.clone()))
                .set_redirect_uri(redirect(back)?);
            let verifier = PkceCodeVerifier::new(started.verifier.clone());
            let (state, nonce) = (CsrfToken::new(started.state.clone()), Nonce::new(started.nonce.clone()));
            let mut asked = client
                .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || state, || nonce)
                .add_scope(Scope::new("profile".into()))
                .add_scope(Scope::new("email".into()))
                .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
            if anew {
                // It must say when they did, where an age is asked for (OpenID Connect Core, section 3.1.2.1).
                asked = asked.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
            }
            let (address, ..) = asked.url();
            match address.as_str().parse().is_ok_and(|uri| self.fetch.may_ask(&uri)) {
                true => Ok(address.into()),
                false => Err(Unreached::Address.into()),
            }
        })
        .await
    }

    /// Whom it says that somebody is who came back with a code.
    pub(crate) async fn redeem(&self, started: &Started, code: &str, back: String) -> Result<Told, Problem> {
        self.in_time(async {
            let metadata = self.metadata(KNOWN).await?;
            let keys = metadata.jwks().clone();
            let ways = metadata.token_endpoint_auth_methods_supported();
            let in_body = ways.is_some_and(|ways| {
                !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
                    && ways.contains(&CoreClientAuthMethod::ClientSecretPost)
            });
            let client = CoreClient::from_provider_metadata(metadata, self.client.clone(), Some(self.secret.clone()))
                .set_redirect_uri(redirect(back)?)
                .set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth });
            let asked = client
                .exchange_code(AuthorizationCode::new(code.to_owned()))
                .map_err(|_| Failure::False("the provider does not say where codes are redeemed"))?
                .set_pkce_verifier(PkceCodeVerifier::new(started.verifier.clone()));
            let token = asked.request_async(&self.fetch).await.map_err(|error| match error {
                RequestTokenError::ServerResponse(_) => Failure::Refused,
                RequestTokenError::Request(error) => error.into(),
                RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                    Failure::False("the provider's answer to the code does not read")
                }
            })?;
            let token_of_access = token.access_token().clone();
            let token = token.id_token().ok_or(Failure::False("the provider gave no ID token"))?;
            let nonce = Nonce::new(started.nonce.clone());
            let claims = match token.claims(&self.verifier(keys), &nonce) {
                Ok(claims) => claims,
                // Its keys may be others since. Why a token does not hold would show what stands in it.
                Err(_) => token
                    .claims(&self.verifier(self.metadata(JUST_ASKED).await?.jwks().clone()), &nonce)
                    .map_err(|_| Failure::False("the provider's ID token does not hold"))?,
            };
            let methods = claims.auth_method_refs().into_iter().flatten();
            let is_strong = methods.into_iter().any(|method| method.as_str() == "mfa")
                || claims.auth_context_ref().is_some_and(|context| STRONG.contains(&context.as_str()));
            let mail = claims.email().filter(|_| claims.email_verified() == Some(true));
            let mut mail = mail.map(|mail| mail.as_str().to_owned());
            let mut preferred = claims.preferred_username().map(|name| name.as_str().to_owned());
            // Many a provider puts these behind another question only, as the specification has it.
            let subject = claims.subject().clone();
            if mail.is_none()
                && preferred.is_none()
                && let Ok(asked) = client.user_info(token_of_access, Some(subject.clone()))
            {
                let more: CoreUserInfoClaims = asked.request_async(&self.fetch).await.map_err(|error| match error {
                    UserInfoError::Request(error) => error.into(),
                    _ => Failure::False("what the provider says of somebody does not read, or is of somebody else"),
                })?;
                mail =
                    more.email().filter(|_| more.email_verified() == Some(true)).map(|mail| mail.as_str().to_owned());
                preferred = more.preferred_username().map(|name| name.as_str().to_owned());
            }
            let shown_at = claims.auth_time().map(|at| at.timestamp_millis());
            Ok(Told { subject: subject.as_str().to_owned(), mail, preferred, is_strong, shown_at })
        })
        .await
    }

    fn verifier(&self, keys: CoreJsonWebKeySet) -> CoreIdTokenVerifier<'_> {
        CoreIdTokenVerifier::new_confidential_client(
            self.client.clone(),
            self.secret.clone(),
            self.issuer.clone(),
            keys,
        )
        .set_allowed_algs(SIGNED_BY)
    }

    async fn metadata(&self, known: Duration) -> Result<CoreProviderMetadata, Failure> {
        let mut last = self.known.lock().await;
        if let Some((at, metadata)) = &*last
            && at.elapsed() < known
        {
            return Ok(metadata.clone());
        }
        let asked = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.fetch).await;
        let metadata = asked.map_err(|error| match error {
            DiscoveryError::Request(error) => error.into(),
            _ => Failure::False("what the provider says of itself does not read, or names another issuer"),
        })?;
        *last = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    async fn in_time<T>(&self, asked: impl Future<Output = Result<T, Failure>>) -> Result<T, Problem> {
        let failure = match timeout(LONGEST, asked).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(failure)) => failure,
            Err(_) => Failure::Slow,
        };
        tracing::warn!(%failure, "Signing in with the identity provider failed.");
        let name = &self.name;
        Err(match failure {
            Failure::Slow | Failure::Unreached(_) => Problem::busy(format!(
                "{name} does not answer: try again in a minute, or sign in with a password; if it stays so, tell an administrator"
            )),
            Failure::Refused | Failure::False(_) => Problem::forbidden(format!(
                "what {name} said of you cannot be believed, so you are not signed in: begin anew at /sign-in; if it happens \
                 again, tell an administrator, whose log says why"
            )),
        })
    }
}

fn redirect(back: String) -> Result<RedirectUrl, Failure> {
    RedirectUrl::new(back).map_err(|_| Failure::False("the name by which the collector was asked makes no address"))
}
