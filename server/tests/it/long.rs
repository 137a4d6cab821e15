//! A conversation longer than any that a person ever had: it is read a page at a time and goes on, and memory stays flat.

use serde_json::json;
use slipway_protocol::{
    Message, MessageId, MessagePage, Mode, Part, PartBody, PartId, Phase, Role, SessionId,
};
use slipway_store::{Batch, Store};

use crate::{
    running::{Running, until},
    tab::{Tab, said, stored},
};

/// Of the conversation that is as long as any a person reads to its beginning, and of the other.
const SHORT: i64 = 400;
const LONG: i64 = 4_000;
const PARTS_EACH: i64 = 25;
/// KiB that the long one may take more.
const MOST: u64 = 16 * 1024;
/// What both sides of a lease are measured with: any moment, as long as it is the same.
const NOW: i64 = 1;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_100_000_parts_is_read_and_goes_on() {
    let server = Running::start(&[("SLIPWAY_IDLE_STOP", "1s")]).await;
    read_and_go_on(&server, SHORT).await;
    let before = server.memory();
    let session = read_and_go_on(&server, LONG).await;
    // What was freed is given back a moment later, by whoever does something then.
    let within = format!("{LONG} messages take at most {MOST} KiB more than {SHORT}");
    until(&within, async || {
        stored(&server.person, &session).await;
        (server.memory().saturating_sub(before) < MOST).then_some(())
    })
    .await;
}

async fn read_and_go_on(server: &Running, messages: i64) -> String {
    let session = server.person.create_session_saying("Begin.\n/say Ready.").await;
    asleep(server, &session).await;
    grow(&server.database().await, &SessionId::new(session.as_str()), messages).await;

    let mut tab = Tab::open(&server.person, &session).await;
    let view = tab.until(|view| !view.messages.is_empty()).await;
    assert_eq!((view.messages.len(), view.has_older), (25, true));
    let newest = view.messages.last().unwrap();
    assert_eq!((newest.message.ord, newest.parts.len() as i64), (2 + messages, PARTS_EACH));

    let mut first = view.messages[0].message.ord;
    for _ in 0..4 {
        let asked = json!({ "session": session, "before": first });
        let (status, page) = server.person.call("sessions/older", asked).await;
        assert_eq!(status, 200, "{page}");
        let page: MessagePage = serde_json::from_value(page).unwrap();
        let ords: Vec<_> = page.messages.iter().map(|view| view.message.ord).collect();
        assert_eq!((ords, page.has_more), ((first - 50..first).collect(), true));
        first -= 50;
    }

    let turn = server.held_turn(&session).await;
    turn.text("Still here.").await;
    turn.end().await;
    let seen = tab.ended("The end.").await;
    assert!(said(&seen).contains("Still here."));
    let kept = stored(&server.person, &session).await;
    assert_eq!(kept.messages.last().unwrap().message.ord, 4 + messages);
    session
}

async fn asleep(server: &Running, session: &str) {
    until("the agent sleeps", async || {
        (stored(&server.person, session).await.head.phase == Phase::Asleep).then_some(())
    })
    .await;
}

/// Adds messages as a supervisor would, and lets go of the session.
async fn grow(store: &Store, id: &SessionId, messages: i64) {
    let lease =
        until("the lease is free", async || store.take_lease(id, "a test", NOW, NOW).await.unwrap()).await;
    let mut rev = lease.session.rev;
    for chunk in (0..messages).collect::<Vec<_>>().chunks(100) {
        let mut batch = Batch::default();
        for &number in chunk {
            let message = message(3 + number);
            for ord in 1..=PARTS_EACH {
                rev += 1;
                batch.parts.push((rev, part(&message, ord), format!("{}-{ord}", message.id)));
            }
            rev += 1;
            batch.messages.push((rev, message));
        }
        batch.rev = rev;
        store.commit(id, lease.generation, &batch).await.unwrap();
    }
    store.release_lease(id, lease.generation).await.unwrap();
}

fn message(ord: i64) -> Message {
    Message {
        id: MessageId::new(format!("long-{ord}")),
        ord,
        role: Role::Agent,
        author: None,
        mode: Mode::Build,
        created_at: ord,
        ended_at: Some(ord),
        changes: None,
    }
}

fn part(message: &Message, ord: i64) -> Part {
    Part {
        id: PartId::new(format!("{}-{ord}", message.id)),
        message: message.id.clone(),
        ord,
        parent: None,
        body: PartBody::Text,
        text: format!("Paragraph {ord} of message {}, in as many words as people use.", message.ord),
        open: false,
        hidden: 0,
        interrupted: false,
        started_at: ord,
        ended_at: Some(ord),
    }
}
