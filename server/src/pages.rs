//! Pages and server functions: Leptos, with what this server adds to each request's context.

use std::sync::{Arc, OnceLock};

use app::{App, Assets, shell};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Method, Request, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::{AnyView, IntoAny, expect_context, provide_context, use_nonce};
use leptos_axum::{AxumRouteListing, ResponseOptions};
use slipway_engine::Engine;
use slipway_protocol::ErrorKind;

use crate::{
    auth,
    config::Origin,
    error::{Reader, refuse},
    headers,
    state::AppState,
};

/// Those that the server answers itself.
const NOT_PAGES: [&str; 3] = ["/agents", "/agents/{id}", "/setup"];

/// The pages that `app` declares: it is rendered once, for nobody, to find out.
///
/// Once for the whole process, however many servers run in it: while Leptos finds out, a page that any of them is
/// asked for waits for its data for ever (leptos-rs/leptos#4773).
pub(crate) fn routes(engine: Engine) -> Vec<AxumRouteListing> {
    static DECLARED: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    DECLARED.get_or_init(|| declared(engine)).clone()
}

fn declared(engine: Engine) -> Vec<AxumRouteListing> {
    let nobody = move || {
        let mut parts: Parts = expect_context();
        parts.extensions.insert(auth::installation(false, false, false));
        provide_context(parts);
        app::ssr::provide(engine.clone());
    };
    let excluded = Some(NOT_PAGES.map(str::to_owned).into());
    leptos_axum::generate_route_list_with_exclusions_and_ssg_and_context(App, excluded, nobody).0
}

/// What `app` finds in the context of a page.
pub(crate) fn context(engine: Engine, origin: Arc<Origin>) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        app::ssr::provide(engine.clone());
        if let Some(nonce) = use_nonce() {
            let response: ResponseOptions = expect_context();
            response.insert_header(header::CONTENT_SECURITY_POLICY, headers::page_policy(&nonce, &origin));
            response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

/// A page's whole document.
pub(crate) fn document(assets: Assets) -> impl Fn() -> AnyView + Clone + Send + Sync {
    move || shell(assets.clone()).into_any()
}

/// `/api/...`
pub(crate) async fn server_function(State(state): State<AppState>, request: Request<Body>) -> Response {
    let known =
        leptos::server_fn::axum::get_server_fn_service(request.uri().path(), request.method().clone());
    if known.is_none() {
        return refuse(Reader::from(&request), ErrorKind::NotFound, "There is nothing at this address.");
    }
    let context = move || app::ssr::provide(state.engine.clone());
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}

/// A file of the site, else the page that says that there is nothing here.
pub(crate) async fn anything_else(State(state): State<AppState>, request: Request<Body>) -> Response {
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if reads && let Some(file) = state.site.get(request.uri(), request.headers()).await {
        return file;
    }
    if !reads || Reader::from(&request) == Reader::Program {
        return refuse(Reader::from(&request), ErrorKind::NotFound, "There is nothing at this address.");
    }
    let mut page = render(&state, request).await;
    if page.status() == StatusCode::OK {
        *page.status_mut() = StatusCode::NOT_FOUND;
    }
    page
}

/// The page of this address, whether it is one of the routes or not.
pub(crate) async fn render(state: &AppState, request: Request<Body>) -> Response {
    let context = context(state.engine.clone(), state.origin.clone());
    let render = leptos_axum::render_app_async_with_context(context, document(state.assets.clone()));
    render(request).await
}

/// `/agents` is what some people type.
pub(crate) async fn agents(uri: Uri) -> Redirect {
    let path = uri.path_and_query().map_or("/agents", |path| path.as_str());
    Redirect::permanent(&path.replacen("/agents", "/sessions", 1))
}
