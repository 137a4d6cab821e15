//! The list of sessions: whose, which, in what order, and what is new in it.

use slipway_protocol::{
    ListCounts, ListQuery, PartBody, Person, Phase, RepositoryId, Role, SessionFilter, SessionHead,
    SessionId, SessionSummary, UserId,
};

use crate::{
    samples::{answered, author, busy_head, head, message, part, request},
    stage::{Stage, db_tests},
    supervisor::Supervisor,
};

db_tests!(
    a_line_says_what_the_session_is,
    the_newest_comes_first_and_strangers_see_nothing,
    a_search_finds_title_repository_and_branch_whatever_the_case,
    unread_is_what_was_said_or_asked_since_one_looked,
    whoever_made_sessions_can_be_told_how_many,
    a_long_list_comes_in_parts_and_what_needs_a_person_comes_first,
    sessions_are_counted_by_repository_and_tab,
);

async fn a_long_list_comes_in_parts_and_what_needs_a_person_comes_first(stage: Stage) {
    let ada = stage.person("ada").await;
    let needs = |phase: &Phase| phase.needs_a_person();
    for (at, phase) in Phase::ALL.into_iter().enumerate() {
        let id = stage.session(phase.slug(), &ada).await;
        let mut supervisor = Supervisor::start(&stage.store, &id).await;
        supervisor.head(SessionHead { phase, active_at: at as i64, ..head(id.as_str()) });
        supervisor.commit().await;
    }
    let (first, rest): (Vec<_>, Vec<_>) = Phase::ALL.into_iter().rev().partition(needs);
    let ordered: Vec<_> = first.into_iter().chain(rest).map(|phase| phase.slug().to_owned()).collect();
    assert_eq!(found(&stage, "ada", "").await, ordered);
    for most in [0, 1, 4] {
        let some = ListQuery { most, ..all(SessionFilter::Active, "") };
        assert_eq!(ids(&stage, "ada", &some).await, ordered[..most]);
    }
}

async fn sessions_are_counted_by_repository_and_tab(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let (tide, ebb) = (RepositoryId::new("local/tide"), RepositoryId::new("local/ebb"));
    for (id, repository, archived_at, deleted) in [
        ("a", &tide, None, false),
        ("b", &ebb, None, false),
        ("c", &tide, Some(3), false),
        ("d", &tide, None, true),
        ("e", &tide, None, false),
    ] {
        let id = stage.session(id, &ada).await;
        let mut supervisor = Supervisor::start(&stage.store, &id).await;
        let repository = repository.clone();
        supervisor.head(SessionHead { repository, archived_at, deleted, ..head(id.as_str()) });
        supervisor.commit().await;
    }
    let counted = async |who: &Person, search| stage.store.session_counts(&who.id, search).await.unwrap();
    let (of_ebb, of_tide) = (ListCounts { active: 1, archived: 0 }, ListCounts { active: 2, archived: 1 });
    assert_eq!(counted(&ada, "").await, [(ebb, of_ebb), (tide.clone(), of_tide)]);
    assert_eq!(counted(&ada, "TIDE").await, [(tide.clone(), of_tide)]);
    assert_eq!(counted(&bob, "").await, []);
    let on_tide = |filter| ListQuery { repository: Some(tide.clone()), ..all(filter, "") };
    assert_eq!(ids(&stage, "ada", &on_tide(SessionFilter::Archived)).await, ["c"]);
    let mut active = ids(&stage, "ada", &on_tide(SessionFilter::Active)).await;
    active.sort();
    assert_eq!(active, ["a", "e"]);
}

async fn whoever_made_sessions_can_be_told_how_many(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    for (id, archived_at, deleted) in
        [("open", None, false), ("archived", Some(5), false), ("gone", None, true)]
    {
        let id = stage.session(id, &ada).await;
        let mut supervisor = Supervisor::start(&stage.store, &id).await;
        supervisor.head(SessionHead { archived_at, deleted, ..head(id.as_str()) });
        supervisor.commit().await;
    }
    let made = async |who: &Person| stage.store.sessions_made_by(&who.id).await.unwrap();
    assert_eq!((made(&ada).await, made(&bob).await), (2, 0));
}

async fn a_line_says_what_the_session_is(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.head(busy_head("s1"));
    supervisor.commit().await;
    let line = SessionSummary {
        id: id.clone(),
        title: "Renamed".into(),
        repository: RepositoryId::new("local/ebb"),
        branch: "slipway/other".into(),
        phase: Phase::WaitingForYou,
        activity: "Asks: may I?".into(),
        added: 7,
        removed: 1,
        unread: false,
        active_at: 30,
        archived: true,
    };
    assert_eq!(stage.store.summary(&id, &ada.id).await.unwrap().as_ref(), Some(&line));
    let lines = async |filter| stage.store.sessions_of(&ada.id, &all(filter, "")).await.unwrap();
    assert_eq!(lines(SessionFilter::Archived).await, [line]);
    assert_eq!(lines(SessionFilter::Active).await, []);
}

async fn the_newest_comes_first_and_strangers_see_nothing(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    for (id, active_at, deleted) in [("old", 5, false), ("new", 9, false), ("gone", 7, true)] {
        let id = stage.session(id, &ada).await;
        let mut supervisor = Supervisor::start(&stage.store, &id).await;
        supervisor.head(SessionHead { active_at, deleted, ..head(id.as_str()) });
        supervisor.commit().await;
    }
    let gone = SessionId::new("gone");
    assert_eq!(found(&stage, "ada", "").await, ["new", "old"]);
    assert_eq!(found(&stage, "bob", "").await, [""; 0]);
    assert_eq!(stage.store.summary(&SessionId::new("new"), &bob.id).await.unwrap(), None);
    assert_eq!(stage.store.summary(&gone, &ada.id).await.unwrap(), None);
    assert_eq!(stage.store.role(&gone, &ada.id).await.unwrap(), None);
    // Until it is purged it is there for its supervisor and its followers.
    assert!(stage.store.session(&gone).await.unwrap().expect("a tombstone").head.deleted);
    assert!(stage.store.view(&gone, 1).await.unwrap().expect("a tombstone").head.deleted);
}

async fn a_search_finds_title_repository_and_branch_whatever_the_case(stage: Stage) {
    let ada = stage.person("ada").await;
    for (id, title, repository, branch) in [
        ("1", "Über die Brücke", "local/tide", "slipway/bridge"),
        ("2", "100% done_ok \\ \0", "local/EBB", "slipway/percent"),
        ("3", "Plain", "local/moon", "slipway/Tide-Table"),
    ] {
        let repository = RepositoryId::new(repository);
        let head = SessionHead { title: title.into(), repository, branch: branch.into(), ..head(id) };
        assert!(stage.store.create_session(&head, &ada.id, &[], &author(&ada), None, 1).await.unwrap());
    }
    for (search, expected) in [
        ("", vec!["1", "2", "3"]),
        ("  ", vec!["1", "2", "3"]),
        ("ÜBER", vec!["1"]),
        ("brücke", vec!["1"]),
        (" TIDE ", vec!["1", "3"]),
        ("ebb", vec!["2"]),
        ("0%", vec!["2"]),
        ("%", vec!["2"]),
        ("e_o", vec!["2"]),
        ("_", vec!["2"]),
        ("\\", vec!["2"]),
        ("\0", vec!["2"]),
        ("' or 1 = 1 --", vec![]),
        ("nowhere", vec![]),
    ] {
        let mut ids = found(&stage, "ada", search).await;
        ids.sort();
        assert_eq!(ids, expected, "{search:?}");
    }
    assert_eq!(found(&stage, "ada", &"x".repeat(100_000)).await, [""; 0]);
}

async fn unread_is_what_was_said_or_asked_since_one_looked(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let unread = async || stage.store.summary(&id, &ada.id).await.unwrap().expect("a line").unread;
    let look = async |rev: u64| stage.store.mark_seen(&id, &ada.id, rev).await.unwrap();
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    assert!(!unread().await);
    supervisor.message(message(1, Role::User));
    supervisor.message(message(2, Role::Notice));
    supervisor.commit().await;
    assert!(!unread().await, "neither people nor notices speak for the agent");
    supervisor.message(message(3, Role::Agent));
    supervisor.commit().await;
    assert!(unread().await, "the agent spoke, and nobody ever looked");
    look(2).await;
    assert!(unread().await, "looked, but not that far");
    look(3).await;
    assert!(!unread().await);
    look(1).await;
    assert!(!unread().await, "having seen does not go back");
    supervisor.part(part(3, 1, PartBody::Text));
    supervisor.head(head("s1"));
    supervisor.commit().await;
    assert!(!unread().await, "nothing new was said");
    supervisor.request(request(1));
    supervisor.commit().await;
    assert!(unread().await, "the agent asks");
    look(6).await;
    supervisor.request(answered(request(1)));
    supervisor.commit().await;
    assert!(!unread().await, "an answer is not a question");
    assert_eq!(stage.store.session(&id).await.unwrap().expect("the session").last_spoken_rev, 6);
    stage.store.mark_seen(&SessionId::new("none"), &ada.id, 1).await.unwrap();
}

fn all(filter: SessionFilter, search: &str) -> ListQuery {
    ListQuery { filter, search: search.into(), repository: None, most: 1000 }
}

async fn found(stage: &Stage, person: &str, search: &str) -> Vec<String> {
    ids(stage, person, &all(SessionFilter::Active, search)).await
}

async fn ids(stage: &Stage, person: &str, wanted: &ListQuery) -> Vec<String> {
    let lines = stage.store.sessions_of(&UserId::new(person), wanted).await.unwrap();
    lines.into_iter().map(|line| line.id.to_string()).collect()
}
