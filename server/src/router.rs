//! Every address, by who calls it.

use axum::{
    Router, middleware,
    routing::{any, get, post},
};
use leptos_axum::LeptosRoutes;

use crate::{auth, files, guard, headers, health, live, pages, reports, setup, state::AppState, telemetry};

pub(crate) fn router(state: AppState) -> Router {
    let context = pages::context(state.engine.clone(), state.origin.clone());
    let document = pages::document(state.options.clone());

    // Browsers: pages, forms, sockets.
    let people = Router::new()
        .leptos_routes_with_context(&state, pages::routes(state.engine.clone()), context, document)
        .route("/api/{*function}", any(pages::server_function))
        .route("/sessions/{id}/live", get(live::session))
        .route("/live", get(live::list))
        .route("/sessions/{id}/attachments/{file}", get(files::show).put(files::take).delete(files::remove))
        .route("/reports", post(reports::take))
        .route("/auth/local", post(auth::sign_in))
        .route("/auth/github", get(auth::begin_with_github))
        .route("/auth/github/callback", get(auth::finish_with_github))
        .route("/auth/logout", post(auth::sign_out))
        .route("/auth/devices", post(auth::sign_out_devices))
        .route("/setup", get(setup::show).post(setup::finish))
        .route("/agents", get(pages::agents))
        .route("/agents/{id}", get(pages::agents))
        .fallback(pages::anything_else)
        .layer(middleware::from_fn_with_state(state.clone(), auth::identify))
        .layer(auth::layer(state.web_sessions.clone(), &state.origin))
        .layer(middleware::from_fn(guard::size))
        .layer(middleware::from_fn_with_state(state.clone(), guard::origin));

    // Those who watch over the server; by whatever name they know it.
    let watchers =
        Router::new().route("/healthz", get(health::healthz)).route("/readyz", get(health::readyz));

    people
        .merge(watchers)
        .layer(middleware::from_fn(guard::panics))
        .layer(middleware::from_fn_with_state(state.clone(), headers::security))
        .layer(middleware::from_fn(telemetry::request))
        .with_state(state)
}
