//! Nobody listens any more: when may the keeper end by itself?

use std::time::Duration;

use slipway_keeper::wire::LaunchSpec;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{agent_http::AgentHttp, server::Presence};

const PROBE_LIMIT: Duration = Duration::from_secs(10);
/// A busy agent is asked again after this time at most.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// An agent that does not answer so often is not working either.
const UNANSWERED: u32 = 3;

/// Returns when no server has been there for long enough and the agent runs no turn.
pub(crate) async fn lonely(mut presence: watch::Receiver<Presence>, http: AgentHttp, spec: &LaunchSpec) {
    let patience = Duration::from_millis(spec.lonely_ms);
    loop {
        let since = alone_for(&mut presence, patience).await;
        if at_rest(&mut presence, since, &http, spec).await {
            return;
        }
    }
}

/// Waits until nobody has been there for `patience`; returns since when.
pub(crate) async fn alone_for(presence: &mut watch::Receiver<Presence>, patience: Duration) -> Instant {
    loop {
        let now = *presence.borrow_and_update();
        let alone = async {
            match now {
                Presence::Here => std::future::pending().await,
                Presence::GoneSince(since) => {
                    sleep_until(since + patience).await;
                    since
                }
            }
        };
        tokio::select! {
            since = alone => return since,
            moved = presence.changed() => if moved.is_err() {
                std::future::pending::<()>().await;
            },
        }
    }
}

/// Asks until the agent is idle (true) or somebody came (false).
async fn at_rest(
    presence: &mut watch::Receiver<Presence>,
    since: Instant,
    http: &AgentHttp,
    spec: &LaunchSpec,
) -> bool {
    let still_alone = |presence: &watch::Receiver<Presence>| *presence.borrow() == Presence::GoneSince(since);
    let pause = Duration::from_millis(spec.lonely_ms).min(ASK_AGAIN).max(Duration::from_millis(50));
    let mut unanswered = 0;
    loop {
        match http.get(&spec.idle_probe, PROBE_LIMIT).await {
            Some(answer) if answer == spec.idle_answer => return still_alone(presence),
            Some(_) => unanswered = 0,
            None => unanswered += 1,
        }
        if unanswered >= UNANSWERED {
            return still_alone(presence);
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = presence.changed() => {}
        }
        if !still_alone(presence) {
            return false;
        }
    }
}
