//! Search over what was said: what is found, by whom, and how it is shown.

use slipway_protocol::{Found, Hit, MessageId, Part, PartBody, PartId, Role, SessionHead, SessionId, UserId};
use slipway_store::Store;
use sqlx::Row;

use crate::{
    samples::{bodies, closed, head, message, part},
    stage::{Stage, db_tests},
    supervisor::Supervisor,
};

db_tests!(
    all_words_are_found_and_the_last_one_from_its_beginning,
    only_what_is_finished_and_was_said_is_found,
    what_the_agent_wrote_is_shown_as_it_reads,
    a_person_finds_what_is_hers,
    pages_follow_one_another,
    whatever_is_typed_is_only_looked_for,
    what_older_versions_wrote_is_found,
);

async fn all_words_are_found_and_the_last_one_from_its_beginning(stage: Stage) {
    let ada = stage.person("ada").await;
    let mut supervisor = supervisor(&stage, "s1", "ada").await;
    say(
        &mut supervisor,
        1,
        Role::User,
        "Please mend the Café's clock,\n\n  it is 5 minutes LATE (see src/clock_face.rs)",
    )
    .await;
    say(&mut supervisor, 2, Role::Agent, "The clocks are right. Straße, 時計 and naïve.").await;

    let found = async |query: &str| messages(&stage.store.search(&ada.id, query, 9, None).await.unwrap());
    for (query, expected) in [
        ("clock", &["m2", "m1"][..]),
        ("CLOCK cafe", &["m1"]),
        ("cafe\u{301} cl", &["m1"]),
        ("clo right", &[]),
        ("right clo", &["m2"]),
        ("clock_f", &["m1"]),
        ("minutes 5", &["m1"]),
        ("straße", &["m2"]),
        ("strasse", &[]),
        ("計", &["m2"]),
        ("naive", &["m2"]),
        ("nothing", &[]),
    ] {
        assert_eq!(found(query).await, expected, "{query}");
    }
    let hit = stage.store.search(&ada.id, "late cafe cloc", 9, None).await.unwrap().hits.remove(0);
    let shown = hit.snippet.iter().map(|piece| (piece.text.as_str(), piece.marked)).collect::<Vec<_>>();
    let expected = [
        ("Please mend the ", false),
        ("Café", true),
        ("'s ", false),
        ("clock", true),
        (", it is 5 minutes ", false),
        ("LATE", true),
        (" (see src/", false),
        ("clock", true),
        ("_face.rs)", false),
    ];
    assert_eq!(shown, expected);
    let expected = Hit {
        session: SessionId::new("s1"),
        title: "Fix the clock of s1".into(),
        archived: false,
        message: MessageId::new("m1"),
        ord: 1,
        role: Role::User,
        snippet: hit.snippet.clone(),
        at: 2000,
    };
    assert_eq!(hit, expected);
}

async fn what_the_agent_wrote_is_shown_as_it_reads(stage: Stage) {
    let ada = stage.person("ada").await;
    let mut supervisor = supervisor(&stage, "s1", "ada").await;
    let written = "## The **tide**\n\nSee [the table](https://example.org/ebb) and `flood()`.";
    say(&mut supervisor, 1, Role::Agent, written).await;
    say(&mut supervisor, 2, Role::User, "About the *gull*").await;
    for (query, shown) in [
        ("tide flood", "The tide See the table and flood()."),
        // What only the address holds is shown where it stands.
        ("ebb", "…**tide** See [the table](https://example.org/ebb) and `flood()`."),
        // A person's words stay as they were typed.
        ("gull", "About the *gull*"),
    ] {
        let hit = stage.store.search(&ada.id, query, 9, None).await.unwrap().hits.remove(0);
        let snippet: String = hit.snippet.into_iter().map(|piece| piece.text).collect();
        assert_eq!(snippet, shown, "{query}");
    }
}

async fn only_what_is_finished_and_was_said_is_found(stage: Stage) {
    let ada = stage.person("ada").await;
    let mut supervisor = supervisor(&stage, "s1", "ada").await;
    supervisor.message(message(1, Role::Agent));
    let [text, reasoning, tool, _, notice] = bodies();
    let open = Part { text: "tide one".into(), ..part(1, 1, text.clone()) };
    supervisor.part(open.clone());
    supervisor.part(closed(part(1, 2, reasoning), "tide two"));
    supervisor.part(closed(part(1, 3, tool), "tide three"));
    supervisor.commit().await;
    let found = async |query: &str| {
        let found = stage.store.search(&ada.id, query, 9, None).await.unwrap();
        found
            .hits
            .into_iter()
            .map(|hit| hit.snippet)
            .map(|pieces| pieces.into_iter().map(|piece| piece.text).collect::<String>())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("tide").await, [""; 0]);
    assert_eq!(found("test").await, ["cargo test"]);

    supervisor.part(closed(open.clone(), "tide one"));
    let sentence = closed(part(1, 4, notice), "The ebb came");
    supervisor.part(sentence.clone());
    supervisor.commit().await;
    assert_eq!(
        (found("tide").await, found("ebb").await),
        (vec!["tide one".into()], vec!["The ebb came".into()])
    );

    // A late word changes a finished part; another opens again; a third never was.
    supervisor.part(closed(open.clone(), "flood"));
    supervisor.drop_part(&sentence);
    supervisor.commit().await;
    assert_eq!((found("tide").await.len(), found("flood").await.len(), found("ebb").await.len()), (0, 1, 0));
    supervisor.part(open);
    supervisor.commit().await;
    assert_eq!(found("flood").await, [""; 0]);
    assert_eq!(stage.rows("select seq from part_words").await.len(), 1, "the tool call's");
}

async fn a_person_finds_what_is_hers(stage: Stage) {
    let ada = stage.person("ada").await;
    let bob = stage.person("bob").await;
    for (id, owner) in [("hers", "ada"), ("his", "bob"), ("archived", "ada"), ("deleted", "ada")] {
        let mut supervisor = supervisor(&stage, id, owner).await;
        say(&mut supervisor, 1, Role::User, "The tide").await;
        let archived_at = (id == "archived").then_some(5);
        supervisor.head(SessionHead { archived_at, deleted: id == "deleted", ..head(id) });
        supervisor.commit().await;
    }
    let found = async |user: &UserId| {
        let found = stage.store.search(user, "tide", 9, None).await.unwrap();
        found.hits.into_iter().map(|hit| (hit.session.to_string(), hit.archived)).collect::<Vec<_>>()
    };
    assert_eq!(found(&ada.id).await, [("archived".to_owned(), true), ("hers".to_owned(), false)]);
    assert_eq!(found(&bob.id).await, [("his".to_owned(), false)]);
    assert_eq!(found(&UserId::new("nobody")).await, []);
    stage.store.purge_session(&SessionId::new("archived")).await.unwrap();
    assert_eq!(found(&ada.id).await, [("hers".to_owned(), false)]);
}

async fn pages_follow_one_another(stage: Stage) {
    let ada = stage.person("ada").await;
    let mut supervisor = supervisor(&stage, "s1", "ada").await;
    for ord in 1..=7 {
        say(&mut supervisor, ord, Role::Agent, &format!("tide {ord}")).await;
    }
    // A second part of the newest message holds the words too.
    supervisor.part(closed(part(7, 2, PartBody::Text), "tides"));
    supervisor.commit().await;
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = stage.store.search(&ada.id, "tide", 3, before).await.unwrap();
        assert!(page.hits.len() <= 3);
        all.extend(messages(&page));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(all, ["m7", "m6", "m5", "m4", "m3", "m2", "m1"]);
    assert_eq!(stage.store.search(&ada.id, "tide", 0, None).await.unwrap(), Found::default());
}

async fn whatever_is_typed_is_only_looked_for(stage: Stage) {
    let ada = stage.person("ada").await;
    let mut supervisor = supervisor(&stage, "s1", "ada").await;
    say(&mut supervisor, 1, Role::User, "near OR and not it's words:x 100% \0 done").await;
    let found = async |query: &str| stage.store.search(&ada.id, query, 9, None).await.unwrap().hits.len();
    for query in [
        "NEAR",
        "or",
        "it's",
        "words:x",
        "not it's",
        "\"near\" *",
        "near(or)",
        "-near",
        "near:*",
        "100%",
        "near & !done",
        "\0done",
        "'near",
        "near\\",
    ] {
        assert_eq!(found(query).await, 1, "{query:?}");
    }
    let long = ["x".repeat(10_000), "y ".repeat(5_000), "\"".repeat(10_000), "é\u{301}".repeat(5_000)];
    for query in ["", " ", "*", "\"", "'", "%", "words:y", "near not there"]
        .into_iter()
        .chain(long.iter().map(String::as_str))
    {
        assert_eq!(found(query).await, 0, "{query:?}");
    }
}

async fn what_older_versions_wrote_is_found(stage: Stage) {
    let ada = stage.person("ada").await;
    let mut supervisor = supervisor(&stage, "s1", "ada").await;
    for ord in 1..=450 {
        supervisor.message(message(ord, Role::User));
        supervisor.part(closed(part(ord, 1, PartBody::Text), if ord == 3 { "…" } else { "Über die Tide" }));
    }
    supervisor.commit().await;
    // As the migration leaves them.
    stage.execute("update part_words set words = null").await;
    assert_eq!(stage.store.search(&ada.id, "uber", 9, None).await.unwrap(), Found::default());
    let again = Store::open(&stage.url).await.unwrap();
    assert_eq!(again.search(&ada.id, "uber", 999, None).await.unwrap().hits.len(), 449);
    again.close().await;
    assert_eq!(stage.rows("select seq from part_words where words is null").await.len(), 0);
    if !stage.is_postgres() {
        // SQLite itself says whether index and words agree.
        stage.execute("insert into word_index (word_index, rank) values ('integrity-check', 1)").await;
    }
}

/// What is read of a session with 10,000 messages of ten parts each, counted by PostgreSQL itself.
#[test]
fn a_long_conversation_costs_no_more_than_its_pages() {
    async fn story(stage: Stage) {
        let ada = stage.person("ada").await;
        let id = stage.session("s1", &ada).await;
        stage.execute(LONG_CONVERSATION).await;
        stage.execute("vacuum analyze").await;
        let store = Store::open(&stage.url).await.unwrap();
        let read = async |what: &str| {
            let rows = stage.rows("select cast(coalesce(sum(seq_tup_read + idx_tup_fetch), 0) as bigint) as count from pg_stat_user_tables where relname in ('messages', 'parts', 'part_words')").await;
            (what.to_owned(), rows[0].get::<i64, _>("count"))
        };
        let (_, before) = read("before").await;
        let around = MessageId::new("m5000");
        store.view(&id, 25).await.unwrap().expect("a view");
        store.view_around(&id, &around, [10, 15], 25).await.unwrap().expect("a view");
        store.older(&id, 5_000, 50).await.unwrap();
        store.newer(&id, 5_000, 50).await.unwrap();
        store.changes(&id, 109_990, 110_000, 500, usize::MAX).await.unwrap().expect("few");
        store.working_set(&id).await.unwrap().expect("the session");
        let found = store.search(&ada.id, "77 rare", 20, None).await.unwrap();
        assert_eq!(messages(&found), ["m77"]);
        assert_eq!(store.search(&ada.id, "said", 20, None).await.unwrap().hits.len(), 2);
        store.close().await;
        let (_, after) = read("after").await;
        let shown = (25 + 26 + 50 + 50) * 11;
        assert!(after > before, "counted");
        assert!(after - before < 3 * shown, "{} rows were read", after - before);
    }
    crate::stage::on_postgres(story);
}

const LONG_CONVERSATION: &str = "
    insert into messages (session_id, id, ord, role, mode, created_at, ended_at, rev)
    select 's1', 'm' || n, n, 'agent', 'build', n, n, n from generate_series(1, 10000) n;
    insert into parts (session_id, id, message_id, ord, kind, body, text, open, interrupted, started_at, ended_at, rev, agent_key)
    select 's1', 'p' || m || '-' || n, 'm' || m, n, 'text', '{\"kind\":\"text\"}', 'said ' || case when m % 77 = 0 then 'rare ' else '' end || m,
           0, 0, m, m, 10000 + 10 * (m - 1) + n, ''
    from generate_series(1, 10000) m, generate_series(1, 10) n order by m, n;
    insert into part_words (session_id, part_id, words) select session_id, id, text from parts order by started_at, ord;
    update sessions set rev = 110000 where id = 's1';
    ";

async fn supervisor(stage: &Stage, id: &str, owner: &str) -> Supervisor {
    let owner = stage.person(owner).await;
    let id = stage.session(id, &owner).await;
    Supervisor::start(&stage.store, &id).await
}

async fn say(supervisor: &mut Supervisor, ord: i64, role: Role, text: &str) {
    supervisor.message(message(ord, role));
    let said = closed(part(ord, 1, PartBody::Text), text);
    supervisor.part(Part { id: PartId::new(format!("p{ord}")), ..said });
    supervisor.commit().await;
}

fn messages(found: &Found) -> Vec<String> {
    found.hits.iter().map(|hit| hit.message.to_string()).collect()
}
