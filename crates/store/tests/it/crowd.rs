//! Many at once: sessions that write, people who ask, followers who read.

use slipway_protocol::{Command, PartBody, Role};

use crate::{
    samples::{ada, closed, message, part, submitted},
    stage::{Stage, db_tests},
    supervisor::Supervisor,
};

db_tests!(many_sessions_write_while_others_ask_and_read);

const SESSIONS: usize = 8;
const COMMITS: i64 = 30;

async fn many_sessions_write_while_others_ask_and_read(stage: Stage) {
    let ada_herself = stage.person("ada").await;
    let mut tasks = Vec::new();
    for number in 0..SESSIONS {
        let id = stage.session(&format!("s{number}"), &ada_herself).await;
        let mut supervisor = Supervisor::start(&stage.store, &id).await;
        tasks.push(tokio::spawn(async move {
            for ord in 1..=COMMITS {
                supervisor.message(message(ord, Role::Agent));
                supervisor.part(closed(part(ord, 1, PartBody::Text), "said"));
                supervisor.commit().await;
            }
        }));
        let (store, asked) = (stage.store.clone(), id.clone());
        tasks.push(tokio::spawn(async move {
            for count in 0..COMMITS {
                let command = submitted(&format!("more{count}"), Command::Stop { turn: None });
                store.insert_command(&asked, &ada(), &command, None, 1).await.unwrap();
            }
        }));
        let store = stage.store.clone();
        tasks.push(tokio::spawn(async move {
            let mut seen = 0;
            while seen < COMMITS as u64 * 2 {
                let view = store.view(&id, usize::MAX).await.unwrap().expect("a view");
                // All of one moment: each commit brought a message with its part, and two revisions.
                assert_eq!(view.cursor.revision, view.messages.len() as u64 * 2);
                assert!(view.messages.iter().all(|message| message.parts.len() == 1));
                assert!(view.cursor.revision >= seen);
                seen = view.cursor.revision;
                let changes =
                    store.changes(&id, 0, seen, usize::MAX, usize::MAX).await.unwrap().expect("no limit");
                assert_eq!(changes.len() as u64, seen);
                store.renew_leases("here", 1_000).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for number in 0..SESSIONS {
        let id = slipway_protocol::SessionId::new(format!("s{number}"));
        assert_eq!(stage.store.pending_commands(&id).await.unwrap().len() as i64, COMMITS + 1);
    }
}
