//! Every address, by who calls it.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    http::Method,
    middleware,
    routing::{self, MethodRouter, any},
};
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::LeptosRoutes;
use slipway_engine::Engine;

use crate::{
    auth, files, guard, headers, health, live, pages, rate, reports, setup, state::AppState, telemetry,
};

const ATTACHMENT: &str = "/sessions/{id}/attachments/{file}";

/// An address that is neither a page nor a server function.
struct Route {
    method: Method,
    path: &'static str,
    answer: MethodRouter<AppState>,
}

impl Route {
    fn new(method: Method, path: &'static str, answer: MethodRouter<AppState>) -> Self {
        Self { method, path, answer }
    }

    fn get<H: Handler<T, AppState>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self::new(Method::GET, path, routing::get(handler))
    }

    fn post<H: Handler<T, AppState>, T: 'static>(path: &'static str, handler: H) -> Self {
        Self::new(Method::POST, path, routing::post(handler))
    }
}

/// Browsers: forms, redirects, sockets.
fn for_people() -> Vec<Route> {
    vec![
        Route::get("/sessions/{id}/live", live::session),
        Route::get("/live", live::list),
        Route::get(ATTACHMENT, files::show),
        // `guard::size` has counted its bytes already.
        Route::new(Method::PUT, ATTACHMENT, routing::put(files::take).layer(DefaultBodyLimit::disable())),
        Route::new(Method::DELETE, ATTACHMENT, routing::delete(files::remove)),
        Route::post("/reports", reports::take),
        Route::post("/auth/local", auth::sign_in),
        Route::get("/auth/github", auth::begin_with_github),
        Route::get("/auth/github/callback", auth::finish_with_github),
        Route::post("/auth/logout", auth::sign_out),
        Route::post("/auth/devices", auth::sign_out_devices),
        Route::get("/setup", setup::show),
        Route::post("/setup", setup::finish),
        Route::get("/agents", pages::agents),
        Route::get("/agents/{id}", pages::agents),
    ]
}

/// Those who watch over the server; by whatever name they know it.
fn for_watchers() -> Vec<Route> {
    vec![Route::get("/healthz", health::healthz), Route::get("/readyz", health::readyz)]
}

pub(crate) fn router(state: AppState) -> Router {
    let context = pages::context(state.engine.clone(), state.origin.clone());
    let document = pages::document(state.assets.clone());
    let pages = pages::routes(state.engine.clone());
    let people = Router::new()
        .leptos_routes_with_context(&state, pages, context, document)
        .route("/api/{*function}", any(pages::server_function));
    let people = add(people, for_people())
        .fallback(pages::anything_else)
        .layer(middleware::from_fn_with_state(state.clone(), rate::by_person))
        .layer(middleware::from_fn_with_state(state.clone(), auth::identify))
        .layer(auth::layer(state.web_sessions.clone(), &state.origin))
        .layer(middleware::from_fn(guard::size))
        .layer(middleware::from_fn_with_state(state.clone(), guard::origin))
        .layer(middleware::from_fn_with_state(state.clone(), rate::by_address));

    people
        .merge(add(Router::new(), for_watchers()))
        .layer(middleware::from_fn(guard::panics))
        .layer(middleware::from_fn_with_state(state.clone(), headers::security))
        .layer(middleware::from_fn(telemetry::request))
        .with_state(state)
}

fn add(router: Router<AppState>, routes: Vec<Route>) -> Router<AppState> {
    routes.into_iter().fold(router, |router, route| router.route(route.path, route.answer))
}

/// Every method and address, pages and server functions included; files and what is not there aside.
pub(crate) fn addresses(engine: Engine) -> Vec<String> {
    let own = for_people().into_iter().chain(for_watchers());
    let own = own.map(|route| format!("{} {}", route.method, route.path));
    let pages = pages::routes(engine).into_iter().map(|page| format!("GET {}", page.path()));
    let functions = server_fn_paths().map(|(path, method)| format!("{method} {path}"));
    own.chain(pages).chain(functions).collect()
}
