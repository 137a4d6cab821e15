//! Reading a conversation: the view, pages, catching up.

use std::slice;

use slipway_protocol::{
    Applied, Change, ChangeBody, Cursor, Delta, Frame, MessageId, MessagePage, MessageView, Part, PartBody,
    Prompt, PromptState, Request, Role, SessionId, SessionView, ToolCall, ToolStatus,
};

use crate::{
    samples::{answered, bodies, busy_head, closed, head, message, part, prompt, question, request},
    stage::{Stage, db_tests},
    story::Story,
    supervisor::Supervisor,
};

db_tests!(
    what_is_stored_comes_back_whole,
    older_pages_meet_the_view,
    a_page_arrives_also_over_a_slow_line,
    a_view_may_be_of_any_place_and_goes_on_in_both_directions,
    changes_are_the_newest_state_of_each_row,
    messages_come_before_the_parts_they_hold,
    too_many_changes_are_none,
    long_outputs_travel_shortened_and_are_kept_whole,
    dropped_parts_are_tombstones,
    the_view_follows_from_any_older_view_and_the_changes,
    a_session_that_is_not_there_has_nothing,
);

async fn what_is_stored_comes_back_whole(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.head(busy_head("s1"));
    let spoken = message(1, Role::Agent);
    supervisor.message(spoken.clone());
    let mut parts = Vec::new();
    for (ord, body) in (1..).zip(bodies()) {
        parts.push(closed(part(1, ord, body.clone()), &format!("with a NUL \0, an é and {body:?}")));
        parts.push(part(1, ord + 10, body));
    }
    parts.sort_by_key(|part| part.ord);
    // Stored out of order.
    parts.iter().rev().for_each(|part| supervisor.part(part.clone()));
    let said = message(2, Role::User);
    supervisor.message(said.clone());
    let mut queue = [prompt(-1), Prompt { model: None, ..prompt(4) }, prompt(9)];
    queue[2].message = Some(said.id.clone());
    queue.iter().rev().for_each(|prompt| supervisor.prompt(prompt.clone()));
    // Of the same moment, then ordered by id as bytes, whatever the engine thinks of letters.
    let named = |name: &str| Request { id: slipway_protocol::RequestId::new(name), ..question(0) };
    let requests = [named("B"), named("Z"), named("a"), Request { created_at: 61, ..request(1) }];
    requests.iter().rev().for_each(|request| supervisor.request(request.clone()));
    supervisor.request(answered(question(5)));
    supervisor.commit().await;

    let expected = SessionView {
        cursor: Cursor { generation: 1, revision: supervisor.batch.rev },
        head: busy_head("s1"),
        messages: vec![
            // As they travel: a call that is over leaves out what nobody can ask about any more.
            MessageView { message: spoken, parts: parts.iter().cloned().map(Part::shortened).collect() },
            MessageView { message: said, parts: Vec::new() },
        ],
        has_older: false,
        has_newer: false,
        queue: queue.into(),
        requests: requests.into(),
    };
    assert_eq!(supervisor.view().await, expected);
    let kept = stage.store.working_set(&id).await.unwrap().expect("a working set").parts;
    assert_eq!(kept.into_iter().map(|(part, _)| part).collect::<Vec<_>>(), parts);
}

async fn older_pages_meet_the_view(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    for ord in 1..=10 {
        supervisor.message(message(ord, Role::User));
        supervisor.part(closed(part(ord, 2, PartBody::Text), "second"));
        supervisor.part(closed(part(ord, 1, PartBody::Text), "first"));
    }
    supervisor.commit().await;
    let whole = supervisor.view().await;
    let mut view = stage.store.view(&id, 3).await.unwrap().expect("a view");
    assert_eq!(ords(&view.messages), [8, 9, 10]);
    for expected in [&[4, 5, 6, 7][..], &[1, 2, 3]] {
        assert!(view.has_older);
        let page = stage.store.older(&id, view.messages[0].message.ord, 4).await.unwrap();
        assert_eq!(ords(&page.messages), expected);
        assert_eq!(view.prepend(page), Applied::Whole);
    }
    assert_eq!(view, whole);
    // Exactly as many as there are: nothing is older.
    let all = stage.store.view(&id, 10).await.unwrap().expect("a view");
    assert_eq!(all, whole);
    let none = stage.store.view(&id, 0).await.unwrap().expect("a view");
    assert!(none.has_older && none.messages.is_empty());
}

async fn a_page_arrives_also_over_a_slow_line(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    for (ord, bytes) in (1..).zip([700_000, 700_000, 700_000, 3_000_000, 700_000, 700_000, 700_000]) {
        supervisor.message(message(ord, Role::User));
        let heavy = "x".repeat(bytes);
        // What a call changed weighs as much as what somebody said.
        supervisor.part(if ord == 6 {
            let call = ToolCall { diff: Some(heavy), ..ToolCall::new("edit", "a.rs", ToolStatus::Completed) };
            closed(part(ord, 1, PartBody::Tool(call)), "")
        } else {
            closed(part(ord, 1, PartBody::Text), &heavy)
        });
    }
    supervisor.commit().await;

    let view = stage.store.view(&id, 25).await.unwrap().unwrap();
    assert_eq!((ords(&view.messages), view.has_older), (vec![6, 7], true));
    let shown = |page: MessagePage| (ords(&page.messages), page.has_more);
    assert_eq!(shown(stage.store.older(&id, 6, 25).await.unwrap()), (vec![5], true));
    assert_eq!(
        shown(stage.store.older(&id, 5, 25).await.unwrap()),
        (vec![4], true),
        "one alone may be heavier"
    );
    assert_eq!(shown(stage.store.older(&id, 4, 2).await.unwrap()), (vec![2, 3], true));
    assert_eq!(shown(stage.store.older(&id, 3, 25).await.unwrap()), (vec![1, 2], false));
    assert_eq!(shown(stage.store.newer(&id, 0, 25).await.unwrap()), (vec![1, 2], true));
}

async fn a_view_may_be_of_any_place_and_goes_on_in_both_directions(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    for ord in 1..=20 {
        supervisor.message(message(ord, Role::User));
        supervisor.part(closed(part(ord, 1, PartBody::Text), "said"));
    }
    supervisor.commit().await;
    let whole = supervisor.view().await;
    let around = async |name: &str| {
        let message = MessageId::new(name);
        stage.store.view_around(&id, &message, [2, 3], 4).await.unwrap().expect("a view")
    };
    let shown = |view: &SessionView| (ords(&view.messages), view.has_older, view.has_newer);
    assert_eq!(shown(&around("m1").await), (vec![1, 2, 3, 4], false, true));
    assert_eq!(shown(&around("m19").await), (vec![17, 18, 19, 20], true, false));
    assert_eq!(around("m99").await, stage.store.view(&id, 4).await.unwrap().expect("a view"));

    let mut view = around("m10").await;
    assert_eq!(shown(&view), (vec![8, 9, 10, 11, 12, 13], true, true));
    for expected in [&[14, 15, 16, 17, 18][..], &[19, 20]] {
        let last = view.messages.last().expect("a message").message.ord;
        let page = stage.store.newer(&id, last, 5).await.unwrap();
        assert_eq!(ords(&page.messages), expected);
        assert_eq!(view.append(page), Applied::Whole);
    }
    assert!(!view.has_newer);
    let page = stage.store.older(&id, 8, 7).await.unwrap();
    assert_eq!(view.prepend(page), Applied::Whole);
    assert_eq!(view, whole);
}

async fn changes_are_the_newest_state_of_each_row(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.message(message(1, Role::Agent)); // 1
    supervisor.part(part(1, 1, PartBody::Text)); // 2
    supervisor.prompt(prompt(1)); // 3
    supervisor.request(request(1)); // 4
    supervisor.head(head("s1")); // 5
    supervisor.commit().await;
    let done = closed(part(1, 1, PartBody::Text), "done");
    supervisor.part(done.clone()); // 6
    let withdrawn = Prompt { state: PromptState::Withdrawn, ..prompt(1) };
    supervisor.prompt(withdrawn.clone()); // 7
    supervisor.request(answered(request(1))); // 8
    supervisor.commit().await;

    let changes = async |after, up_to| {
        stage.store.changes(&id, after, up_to, 100, usize::MAX).await.unwrap().expect("few")
    };
    let change = |rev, body| Change { rev, body };
    let newest = [
        change(1, ChangeBody::Message(message(1, Role::Agent))),
        change(5, ChangeBody::Head(Box::new(head("s1")))),
        change(6, ChangeBody::Part(done)),
        change(7, ChangeBody::Prompt(withdrawn)),
        change(8, ChangeBody::Request(answered(request(1)))),
    ];
    assert_eq!(changes(0, 8).await, newest);
    assert_eq!(changes(0, u64::MAX).await, newest);
    assert_eq!(changes(5, 7).await, newest[2..4]);
    // What moved on meanwhile is told by the live lane.
    assert_eq!(changes(0, 5).await, newest[..2]);
    assert_eq!(changes(8, 8).await, []);
}

/// A message that ends has a later revision than the parts it got.
async fn messages_come_before_the_parts_they_hold(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let mut stale = supervisor.view().await;
    supervisor.message(message(1, Role::Agent));
    supervisor.part(closed(part(1, 1, PartBody::Text), "said"));
    supervisor.message(slipway_protocol::Message { ended_at: Some(300), ..message(1, Role::Agent) });
    supervisor.commit().await;
    catch_up(&stage, &id, &mut stale, Vec::new()).await;
    assert_eq!(stale, supervisor.view().await);
    assert_eq!(stale.messages[0].parts.len(), 1);
}

async fn too_many_changes_are_none(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    for ord in 1..=3 {
        supervisor.message(message(ord, Role::User));
        supervisor.part(closed(part(ord, 1, PartBody::Text), ""));
    }
    supervisor.commit().await;
    let many = async |most| {
        stage.store.changes(&id, 0, 6, most, usize::MAX).await.unwrap().map(|changes| changes.len())
    };
    assert_eq!((many(6).await, many(5).await, many(2).await, many(0).await), (Some(6), None, None, None));
    let heavy =
        async |most| stage.store.changes(&id, 0, 6, 6, most).await.unwrap().map(|changes| changes.len());
    let bytes: usize = stage
        .store
        .changes(&id, 0, 6, 6, usize::MAX)
        .await
        .unwrap()
        .expect("few")
        .iter()
        .map(|change| serde_json::to_string(change).unwrap().len())
        .sum();
    assert_eq!((heavy(bytes).await, heavy(bytes - 1).await), (Some(6), None));
    assert_eq!(stage.store.changes(&id, 6, 6, 0, usize::MAX).await.unwrap(), Some(Vec::new()));
}

async fn dropped_parts_are_tombstones(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let (kept, dropped) = (part(1, 1, PartBody::Text), part(1, 2, PartBody::Text));
    supervisor.message(message(1, Role::Agent));
    supervisor.part(kept.clone());
    supervisor.part(dropped.clone());
    supervisor.commit().await;
    let mut stale = supervisor.view().await;
    supervisor.drop_part(&dropped);
    supervisor.commit().await;
    // Too late: it never was.
    supervisor.flush(&Part { text: "ghost".into(), ..dropped.clone() });
    supervisor.commit().await;

    assert_eq!(supervisor.view().await.messages[0].parts, slice::from_ref(&kept));
    let page = stage.store.older(&id, 2, 9).await.unwrap();
    assert_eq!(page.messages[0].parts, slice::from_ref(&kept));
    let working = stage.store.working_set(&id).await.unwrap().expect("the session");
    assert_eq!(working.parts, [(kept, "key of p1-1".into())]);
    let body = ChangeBody::PartDropped { message: dropped.message.clone(), part: dropped.id.clone() };
    assert_eq!(
        stage.store.changes(&id, 3, 4, 9, usize::MAX).await.unwrap(),
        Some(vec![Change { rev: 4, body }])
    );
    catch_up(&stage, &id, &mut stale, Vec::new()).await;
    assert_eq!(stale, supervisor.view().await);
}

/// The promise behind reconnecting: wherever a follower stopped, the rows that changed bring it to what a newcomer sees, and
/// so does the live lane.
async fn the_view_follows_from_any_older_view_and_the_changes(stage: Stage) {
    let ada = stage.person("ada").await;
    for seed in 1..=6 {
        let id = stage.session(&format!("s{seed}"), &ada).await;
        let mut story = Story::begin(&stage, &id, seed).await;
        let mut stale = vec![story.supervisor.view().await];
        let mut short = vec![stage.store.view(&id, 3).await.unwrap().expect("a view")];
        let mut middle: Vec<(SessionView, Vec<MessagePage>)> = Vec::new();
        let mut live = stale[0].clone();
        for _ in 0..25 {
            story.step();
            for delta in std::mem::take(&mut story.deltas) {
                assert_eq!(live.apply(Frame::Delta(delta)), Applied::Whole, "seed {seed}");
            }
            for change in story.supervisor.commit().await {
                assert_eq!(live.apply(Frame::Change(change)), Applied::Whole, "seed {seed}");
            }
            stale.push(story.supervisor.view().await);
            short.push(stage.store.view(&id, 3).await.unwrap().expect("a view"));
            let view = stage.store.view_around(&id, &MessageId::new("m2"), [1, 1], 3).await.unwrap();
            let view = view.expect("a view");
            let last = view.messages.last().map_or(0, |view| view.message.ord);
            let page = stage.store.newer(&id, last, 2).await.unwrap();
            middle.push((view, vec![page]));
        }
        let tails = story.tails();
        story.flush_all();
        story.supervisor.commit().await;
        let fresh = story.supervisor.view().await;
        assert_eq!(live, fresh, "the live lane, seed {seed}");
        for mut view in stale {
            let from = view.cursor;
            catch_up(&stage, &id, &mut view, tails.clone()).await;
            assert_eq!(view, fresh, "from {from}, seed {seed}");
        }
        for mut view in short {
            let from = view.cursor;
            catch_up(&stage, &id, &mut view, tails.clone()).await;
            let first = view.messages.first().map_or(0, |view| view.message.ord);
            let before = stage.store.older(&id, first, usize::MAX).await.unwrap();
            assert_eq!(view.has_older, !before.messages.is_empty(), "from {from}, seed {seed}");
            view.prepend(before);
            assert_eq!(view, fresh, "from {from} with few messages, seed {seed}");
        }
        for (mut view, mut pages) in middle {
            let from = view.cursor;
            catch_up(&stage, &id, &mut view, tails.clone()).await;
            if let Some(page) = pages.pop() {
                // Read long ago and put behind now: what changed since must be heard again.
                let behind = page.revision < view.cursor.revision && view.has_newer;
                let applied = view.append(page);
                assert_eq!(applied == Applied::Rejoin, behind, "from {from}, seed {seed}");
                catch_up(&stage, &id, &mut view, tails.clone()).await;
            }
            while view.has_newer {
                let last = view.messages.last().map_or(0, |view| view.message.ord);
                view.append(stage.store.newer(&id, last, 2).await.unwrap());
            }
            while view.has_older {
                view.prepend(stage.store.older(&id, view.messages[0].message.ord, 2).await.unwrap());
            }
            catch_up(&stage, &id, &mut view, tails.clone()).await;
            assert_eq!(view, fresh, "from {from} in the middle, seed {seed}");
        }
    }
}

async fn a_session_that_is_not_there_has_nothing(stage: Stage) {
    let none = SessionId::new("none\0");
    assert_eq!(stage.store.session(&none).await.unwrap(), None);
    assert_eq!(stage.store.view(&none, 5).await.unwrap(), None);
    assert_eq!(stage.store.working_set(&none).await.unwrap(), None);
    let nothing = MessagePage { messages: Vec::new(), has_more: false, revision: 0 };
    assert_eq!(stage.store.older(&none, 5, 5).await.unwrap(), nothing);
    assert_eq!(stage.store.newer(&none, 5, 5).await.unwrap(), nothing);
    assert_eq!(stage.store.changes(&none, 0, 5, 5, usize::MAX).await.unwrap(), Some(Vec::new()));
    assert_eq!(stage.store.pending_commands(&none).await.unwrap(), []);
    stage.store.purge_session(&none).await.unwrap();
    stage.store.release_lease(&none, 1).await.unwrap();
}

fn ords(messages: &[MessageView]) -> Vec<i64> {
    messages.iter().map(|view| view.message.ord).collect()
}

async fn catch_up(stage: &Stage, id: &SessionId, view: &mut SessionView, tails: Vec<Delta>) {
    let session = stage.store.session(id).await.unwrap().expect("the session");
    let to = Cursor { generation: session.generation, revision: session.rev };
    let changes =
        stage.store.changes(id, view.cursor.revision, to.revision, 1_000, usize::MAX).await.unwrap();
    let frame = Frame::CatchUp { to, changes: changes.expect("few"), tails };
    assert_eq!(view.apply(frame), Applied::Whole);
}

async fn long_outputs_travel_shortened_and_are_kept_whole(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.message(message(1, Role::Agent)); // 1
    let long = "a line with an é and a \u{10FFFF}\n".repeat(2_000);
    let [_, _, command, ..] = bodies();
    let ended = closed(part(1, 1, command.clone()), &long);
    let growing = Part { text: long.clone(), ..part(1, 2, command.clone()) };
    let dropped = closed(part(1, 3, command), "gone");
    for part in [&ended, &growing, &dropped] {
        supervisor.part(part.clone()); // 2, 3, 4
    }
    supervisor.drop_part(&dropped); // 5
    supervisor.commit().await;

    let short = ended.clone().shortened();
    assert!(short.hidden > 0);
    let shown = [short.clone(), growing.clone()];
    assert_eq!(supervisor.view().await.messages[0].parts, shown);
    assert_eq!(stage.store.older(&id, 2, 1).await.unwrap().messages[0].parts, shown);
    let changes = stage.store.changes(&id, 1, 3, 10, usize::MAX).await.unwrap().expect("few");
    let bodies: Vec<_> = changes.into_iter().map(|change| change.body).collect();
    assert_eq!(bodies, shown.map(ChangeBody::Part));

    let set = stage.store.working_set(&id).await.unwrap().expect("a session");
    let whole: Vec<_> = set.parts.into_iter().map(|(part, _)| part).collect();
    assert_eq!(whole, [ended.clone(), growing]);
    let text = async |session: &str, part: &Part| {
        stage.store.part_text(&SessionId::new(session), &part.id).await.unwrap()
    };
    assert_eq!(text("s1", &ended).await, Some(long));
    assert_eq!(text("s1", &dropped).await, None);
    assert_eq!(text("s2", &ended).await, None);
}
