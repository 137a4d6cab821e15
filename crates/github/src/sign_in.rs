//! Signing in with GitHub: an OAuth authorization code with PKCE (S256), for OAuth apps and for GitHub Apps whose tokens run out.

use std::{fmt, pin::Pin};

use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse,
    TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use serde::{Deserialize, Serialize};

use crate::{Addresses, GitHubError, client};

/// The app that an owner has registered at GitHub.
#[derive(Clone)]
pub struct App {
    pub client_id: String,
    pub client_secret: String,
    /// Where GitHub sends people back to; exactly as registered.
    pub callback: String,
    /// What an OAuth app asks for. A GitHub App has its rights from its installation and ignores this.
    pub scopes: Vec<String>,
}

/// A secret that shows nobody what it is by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

/// What GitHub gave. Times are seconds from now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    pub access: Token,
    /// None: it holds until it is revoked.
    pub expires_in: Option<u64>,
    pub refresh: Option<Token>,
}

/// A sign-in that was begun: the browser goes to `address`; the rest is kept for its return.
#[derive(Clone)]
pub struct Begun {
    pub address: String,
    pub state: String,
    pub verifier: String,
}

/// Trades codes for tokens. Cheap to clone.
#[derive(Clone)]
pub struct SignIn {
    client: Client,
    scopes: Vec<String>,
    http: Http,
}

/// What GitHub adds to a token's answer, or says instead of it with a status of 200.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Said {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl ExtraTokenFields for Said {}

type Client = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<Said, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl SignIn {
    /// Fails where an address makes no sense.
    pub fn new(addresses: &Addresses, app: App) -> Result<Self, String> {
        let wrong = |what: &'static str| {
            move |error: oauth2::url::ParseError| format!("{what} is no address: {error}")
        };
        let authorize = AuthUrl::new(format!("{}/login/oauth/authorize", addresses.web));
        let token = TokenUrl::new(format!("{}/login/oauth/access_token", addresses.web));
        let client = oauth2::Client::new(ClientId::new(app.client_id))
            .set_client_secret(ClientSecret::new(app.client_secret))
            .set_auth_uri(authorize.map_err(wrong("GitHub's web address"))?)
            .set_token_uri(token.map_err(wrong("GitHub's web address"))?)
            .set_redirect_uri(RedirectUrl::new(app.callback).map_err(wrong("the callback"))?)
            // GitHub reads them from the body only.
            .set_auth_type(AuthType::RequestBody);
        Ok(Self { client, scopes: app.scopes, http: Http(client::shared()) })
    }

    /// The app's public name.
    pub fn client_id(&self) -> &str {
        self.client.client_id()
    }

    pub fn begin(&self) -> Begun {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = self.scopes.iter().cloned().map(Scope::new);
        let (address, state) = self
            .client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .url();
        Begun { address: address.into(), state: state.into_secret(), verifier: verifier.into_secret() }
    }

    /// Trades the code that the browser brought back. [`GitHubError::Refused`]: it was used before, is too old, or not ours.
    pub async fn finish(&self, code: String, verifier: String) -> Result<Tokens, GitHubError> {
        let asked = self
            .client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        tokens(asked.request_async(&self.http).await)
    }

    /// Whether GitHub knows the app by its secret: it is shown a code that cannot be right, and says what it minds first.
    pub async fn try_out(&self) -> Result<(), GitHubError> {
        let begun = self.begin();
        match self.finish("made-up".into(), begun.verifier).await {
            Ok(_) => Ok(()),
            Err(GitHubError::Refused(why)) if why == "bad_verification_code" => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The old refresh token is worth nothing afterwards. [`GitHubError::SignedOut`]: it is worth nothing already.
    pub async fn renew(&self, refresh: &Token) -> Result<Tokens, GitHubError> {
        let refresh = RefreshToken::new(refresh.reveal().to_owned());
        let renewed = tokens(self.client.exchange_refresh_token(&refresh).request_async(&self.http).await);
        renewed.map_err(|error| match error {
            GitHubError::Refused(_) => GitHubError::SignedOut,
            other => other,
        })
    }
}

/// Our HTTP, for a library that brings an older one of its own.
#[derive(Clone)]
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.execute(request.try_into()?).await?;
            let mut response = HttpResponse::default();
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await?.to_vec();
            Ok(response)
        })
    }
}

type Answered = Result<
    StandardTokenResponse<Said, BasicTokenType>,
    RequestTokenError<reqwest::Error, BasicErrorResponse>,
>;

fn tokens(answered: Answered) -> Result<Tokens, GitHubError> {
    match answered {
        Ok(answer) => Ok(Tokens {
            access: Token::new(answer.access_token().secret()),
            expires_in: answer.expires_in().map(|time| time.as_secs()),
            refresh: answer.refresh_token().map(|refresh| Token::new(refresh.secret())),
        }),
        Err(RequestTokenError::ServerResponse(refused)) => {
            Err(GitHubError::Refused(refused.error().to_string()))
        }
        // GitHub refuses with a status of 200.
        Err(RequestTokenError::Parse(_, body)) => match serde_json::from_slice(&body) {
            Ok(Said { error: Some(error) }) => Err(GitHubError::Refused(error)),
            _ => Err(GitHubError::Unreachable("its answer was not understood".into())),
        },
        Err(RequestTokenError::Request(error)) => {
            tracing::warn!(error = %error.without_url(), "GitHub could not be asked for a token");
            Err(GitHubError::Unreachable("the connection failed".into()))
        }
        Err(RequestTokenError::Other(_)) => {
            Err(GitHubError::Unreachable("its answer was not understood".into()))
        }
    }
}

impl Token {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself: for GitHub and for the vault, for nobody else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}
