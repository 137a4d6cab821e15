//! People, who is signed in, what a person has for themselves, and the small tables.

use std::{net::IpAddr, time::Duration};

use slipway_protocol::{
    Attachment, AttachmentId, AuditEntry, Deed, Mode, ModelRef, Person, Preferences, SessionId, UserId,
};
use slipway_store::{Credential, Device, MemberRole, Remembered, StoredApp, WebSession};

use crate::{
    samples::picture,
    stage::{Stage, db_tests},
};

db_tests!(
    a_person_is_known_by_id_and_may_be_renamed,
    only_members_have_a_role,
    a_web_session_lives_until_it_expires,
    a_person_sees_and_ends_their_own_sign_ins_only,
    a_credential_is_one_persons_for_one_kind,
    drafts_are_kept_per_person,
    a_file_waits_beside_the_draft_until_it_is_sent,
    preferences_are_a_persons_own,
    a_persons_sessions_are_archived_when_they_want_it,
    a_person_trusts_a_repository_until_they_do_not,
    what_was_set_up_is_kept_and_the_first_one_is_the_owner,
    who_was_signed_out_is_not_brought_back,
    the_cache_keeps_the_newest_value,
    the_audit_remembers_for_a_time,
    a_store_that_answers_is_ready,
);

async fn a_person_is_known_by_id_and_may_be_renamed(stage: Stage) {
    let id = UserId::new("u1");
    assert_eq!(stage.store.user(&id).await.unwrap(), None);
    let ada = stage.store.ensure_user(&id, "Ada", 1).await.unwrap();
    assert_eq!(ada, Person { id: id.clone(), name: "Ada".into() });
    let renamed = stage.store.ensure_user(&id, "Ada L.", 2).await.unwrap();
    assert_eq!(stage.store.user(&id).await.unwrap(), Some(renamed.clone()));
    assert_eq!(renamed.name, "Ada L.");
}

async fn a_file_waits_beside_the_draft_until_it_is_sent(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let (store, id) = (&stage.store, stage.session("s1", &ada).await);
    let chart = Attachment { id: AttachmentId::new("a2"), ..picture() };
    store.put_attachment(&id, &ada.id, &picture(), b"png", 1).await.unwrap();
    store.put_attachment(&id, &ada.id, &picture(), b"another", 2).await.unwrap();
    store.put_attachment(&id, &ada.id, &chart, &[0, 255, 0], 2).await.unwrap();
    assert_eq!(store.waiting_attachments(&id, &ada.id).await.unwrap(), [picture(), chart.clone()]);
    assert_eq!(store.waiting_attachments(&id, &bob.id).await.unwrap(), []);
    assert_eq!(store.attachment(&id, &picture().id).await.unwrap(), Some((picture(), b"png".to_vec())));
    assert_eq!(store.attached_bytes(&id).await.unwrap(), 6);
    store.mark_attachments_sent(&id, &ada.id, &[picture().id], 3).await.unwrap();
    store.remove_attachment(&id, &bob.id, &chart.id).await.unwrap();
    store.remove_attachment(&id, &ada.id, &picture().id).await.unwrap();
    assert_eq!(
        store.waiting_attachments(&id, &ada.id).await.unwrap(),
        std::slice::from_ref(&chart),
        "hers, and not sent"
    );
    store.remove_attachment(&id, &ada.id, &chart.id).await.unwrap();
    assert_eq!(store.attachment(&id, &chart.id).await.unwrap(), None);
    assert!(store.attachment(&id, &picture().id).await.unwrap().is_some(), "what was sent stays");
    store.put_attachment(&SessionId::new("none"), &ada.id, &chart, b"x", 4).await.unwrap();
    assert_eq!(store.attachment(&SessionId::new("none"), &chart.id).await.unwrap(), None);
}

async fn preferences_are_a_persons_own(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let wanted = Preferences {
        mode: Mode::Plan,
        model: ModelRef::parse("scripted/fake-1"),
        asks: true,
        closed: true,
        archive_after_days: Some(3),
    };
    stage.store.set_preferences(&ada.id, &Preferences::default(), 1).await.unwrap();
    stage.store.set_preferences(&ada.id, &wanted, 2).await.unwrap();
    assert_eq!(stage.store.preferences(&ada.id).await.unwrap(), wanted);
    assert_eq!(stage.store.preferences(&bob.id).await.unwrap(), Preferences::default());
}

/// Ada's sessions rest three days before they are archived, Bob's as long as all others.
async fn a_persons_sessions_are_archived_when_they_want_it(stage: Stage) {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    for (id, owner) in [("hers", &ada), ("his", &bob)] {
        stage.session(id, owner).await;
    }
    let to_archive = async |days: i64, usual: u64| {
        let usual = Duration::from_hours(24 * usual);
        let found = stage.store.sessions_to_archive(10 + days * DAY + 1, usual).await.unwrap();
        found.into_iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(to_archive(5, 7).await, Vec::<String>::new());
    let sooner = Preferences { archive_after_days: Some(3), ..Preferences::default() };
    stage.store.set_preferences(&ada.id, &sooner, 1).await.unwrap();
    assert_eq!(to_archive(2, 7).await, Vec::<String>::new());
    assert_eq!(to_archive(5, 7).await, ["hers"]);
    assert_eq!(to_archive(2, 1).await, ["hers", "his"], "the installation's time is the longest");
    stage.store.set_preferences(&ada.id, &Preferences::default(), 2).await.unwrap();
    assert_eq!(to_archive(5, 7).await, Vec::<String>::new());
}

async fn only_members_have_a_role(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let id = stage.session("s1", &ada).await;
    assert_eq!(stage.store.role(&id, &ada.id).await.unwrap(), Some(MemberRole::Owner));
    assert_eq!(stage.store.role(&id, &bob.id).await.unwrap(), None);
    assert_eq!(stage.store.role(&SessionId::new("none"), &ada.id).await.unwrap(), None);
    assert_eq!(stage.store.members(&id).await.unwrap(), [ada.id]);
    assert_eq!(stage.store.members(&SessionId::new("none")).await.unwrap(), []);
}

/// The record behind a cookie; signed in where it has a user.
fn web_session(key: &str, data: &[u8], user: Option<&str>, expires_at: i64) -> WebSession {
    let (user, device) = (user.map(UserId::new), user.map(|user| format!("{user}'s browser")));
    WebSession { key: key.into(), data: data.into(), user, device, expires_at }
}

async fn a_web_session_lives_until_it_expires(stage: Stage) {
    let store = &stage.store;
    let bytes = [0, 255, 1, 0];
    store.save_web_session(&web_session("w1", b"old", None, 50), 1).await.unwrap();
    store.save_web_session(&web_session("w1", &bytes, None, 100), 2).await.unwrap();
    store.save_web_session(&web_session("w2", b"", None, 200), 3).await.unwrap();
    assert_eq!(store.web_session("w1", 99).await.unwrap().as_deref(), Some(&bytes[..]));
    assert_eq!(store.web_session("w1", 100).await.unwrap(), None);
    assert_eq!(store.web_session("w2", 100).await.unwrap().as_deref(), Some(&b""[..]));
    store.delete_expired_web_sessions(100).await.unwrap();
    assert_eq!(store.web_session("w1", 0).await.unwrap(), None);
    store.delete_web_session("w2").await.unwrap();
    store.delete_web_session("w2").await.unwrap();
    assert_eq!(store.web_session("w2", 0).await.unwrap(), None);
}

async fn a_person_sees_and_ends_their_own_sign_ins_only(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let store = &stage.store;
    for (key, user, now) in [("a1", "ada", 1), ("a2", "ada", 2), ("b1", "bob", 3), ("a3", "ada", 4)] {
        store.save_web_session(&web_session(key, b"x", Some(user), 100), now).await.unwrap();
    }
    store.save_web_session(&web_session("a1", b"y", Some("ada"), 100), 9).await.unwrap();
    let device =
        |key: &str, since, seen_at| Device { key: key.into(), name: "ada's browser".into(), since, seen_at };
    let theirs = [device("a1", 1, 9), device("a3", 4, 4), device("a2", 2, 2)];
    assert_eq!(store.devices(&ada.id, 50).await.unwrap(), theirs);
    assert_eq!(store.devices(&ada.id, 100).await.unwrap(), [], "they have run out");

    store.sign_out(&ada.id, Some("b1")).await.unwrap();
    store.sign_out(&ada.id, Some("a3")).await.unwrap();
    assert_eq!(store.devices(&ada.id, 50).await.unwrap(), [theirs[0].clone(), theirs[2].clone()]);
    store.sign_out(&ada.id, None).await.unwrap();
    assert_eq!(store.devices(&ada.id, 50).await.unwrap(), []);
    assert_eq!(store.devices(&bob.id, 50).await.unwrap().len(), 1);
}

async fn a_credential_is_one_persons_for_one_kind(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let sealed = |user: &Person, kind: &str, sealed: &[u8]| Credential {
        user: user.id.clone(),
        kind: kind.into(),
        sealed: sealed.into(),
    };
    let store = &stage.store;
    for credential in
        [sealed(&ada, "github", b"old"), sealed(&ada, "github", &[0, 255]), sealed(&bob, "other", b"b")]
    {
        store.put_credential(&credential, 1).await.unwrap();
    }
    assert_eq!(store.credential(&ada.id, "github").await.unwrap(), Some(vec![0, 255]));
    assert_eq!(store.credential(&bob.id, "github").await.unwrap(), None);
    let all = [sealed(&ada, "github", &[0, 255]), sealed(&bob, "other", b"b")];
    assert_eq!(store.credentials().await.unwrap(), all);
    store.delete_credential(&ada.id, "github").await.unwrap();
    assert_eq!(store.credentials().await.unwrap(), all[1..]);
}

async fn what_was_set_up_is_kept_and_the_first_one_is_the_owner(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let store = &stage.store;
    assert_eq!((store.github_app().await.unwrap(), store.owner().await.unwrap()), (None, None));
    for client_id in ["Iv1.first", "Iv1.second"] {
        let app =
            StoredApp { client_id: client_id.into(), sealed_secret: vec![0, 255], allow: "everyone".into() };
        store.put_github_app(&app, 1).await.unwrap();
        assert_eq!(store.github_app().await.unwrap(), Some(app));
    }
    store.claim_ownership(&ada.id, 1).await.unwrap();
    store.claim_ownership(&bob.id, 2).await.unwrap();
    assert_eq!(store.owner().await.unwrap(), Some(ada.id));
}

async fn who_was_signed_out_is_not_brought_back(stage: Stage) {
    let ada = stage.person("ada").await;
    let session = |data: &[u8]| WebSession {
        key: "w1".into(),
        data: data.to_vec(),
        user: Some(ada.id.clone()),
        device: None,
        expires_at: 100,
    };
    stage.store.update_web_session(&session(b"never there"), 1).await.unwrap();
    assert_eq!(stage.store.web_session("w1", 2).await.unwrap(), None);
    stage.store.save_web_session(&session(b"first"), 1).await.unwrap();
    stage.store.update_web_session(&session(b"second"), 2).await.unwrap();
    assert_eq!(stage.store.web_session("w1", 3).await.unwrap(), Some(b"second".to_vec()));
    stage.store.sign_out(&ada.id, None).await.unwrap();
    stage.store.update_web_session(&session(b"late"), 4).await.unwrap();
    assert_eq!(stage.store.web_session("w1", 5).await.unwrap(), None);
}

async fn a_person_trusts_a_repository_until_they_do_not(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await.id, stage.person("bob").await.id);
    let trust = async || {
        let of = async |who, repository| stage.store.trust(who, repository).await.unwrap();
        [of(&ada, "github-1").await, of(&ada, "github-2").await, of(&bob, "github-1").await]
    };
    assert_eq!(trust().await, [None, None, None]);
    stage.store.set_trust(&ada, "github-1", true, 1).await.unwrap();
    stage.store.set_trust(&bob, "github-1", false, 2).await.unwrap();
    assert_eq!(trust().await, [Some(true), None, Some(false)]);
    stage.store.set_trust(&ada, "github-1", false, 3).await.unwrap();
    assert_eq!(trust().await, [Some(false), None, Some(false)]);
}

async fn drafts_are_kept_per_person(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let id = stage.session("s1", &ada).await;
    assert_eq!(stage.store.draft(&id, &ada.id).await.unwrap(), None);
    stage.store.set_draft(&id, &ada.id, "first").await.unwrap();
    stage.store.set_draft(&id, &ada.id, "second\0").await.unwrap();
    assert_eq!(stage.store.draft(&id, &ada.id).await.unwrap().as_deref(), Some("second\0"));
    assert_eq!(stage.store.draft(&id, &bob.id).await.unwrap(), None);
    stage.store.set_draft(&id, &ada.id, "").await.unwrap();
    assert_eq!(stage.store.draft(&id, &ada.id).await.unwrap(), None);
    stage.store.set_draft(&SessionId::new("none"), &ada.id, "lost").await.unwrap();
    assert_eq!(stage.store.draft(&SessionId::new("none"), &ada.id).await.unwrap(), None);
}

async fn the_cache_keeps_the_newest_value(stage: Stage) {
    assert_eq!(stage.store.cached("models").await.unwrap(), None);
    stage.store.put_cached("models", "[1]", 1).await.unwrap();
    stage.store.put_cached("models", "[2]", 2).await.unwrap();
    assert_eq!(stage.store.cached("models").await.unwrap().as_deref(), Some("[2]"));
}

async fn the_audit_remembers_for_a_time(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let from: IpAddr = "2001:db8::7".parse().unwrap();
    let deeds = [
        (Some(&ada), Some(from), Deed::SignedIn, "local"),
        (None, Some(from), Deed::SignInRefused, "eve"),
        (Some(&ada), None, Deed::Pushed, "s1"),
        (None, None, Deed::ArchivedSession, "s1"),
    ];
    for (at, (who, from, deed, subject)) in (1..).zip(deeds) {
        let who = who.map(|who| &who.id);
        stage.store.audit(Remembered { who, from, deed, subject }, at).await.unwrap();
    }
    let told = async |of: Option<&UserId>, before, limit| {
        let entries = stage.store.audited(of, before, limit).await.unwrap();
        let places: Vec<_> = entries.iter().map(|entry| entry.seq).collect();
        let told = |entry: AuditEntry| (entry.at, entry.who, entry.from, entry.deed, entry.subject);
        (entries.into_iter().map(told).collect::<Vec<_>>(), places)
    };
    let line = |at: usize| {
        let (who, from, deed, subject) = deeds[at - 1];
        (at as i64, who.cloned(), from.map(|from| from.to_string()), deed, subject.to_owned())
    };
    let (all, places) = told(None, None, 9).await;
    assert_eq!(all, [4, 3, 2, 1].map(line));
    assert_eq!(told(None, Some(places[1]), 1).await.0, [line(2)], "page by page");
    assert_eq!(told(Some(&ada.id), None, 9).await.0, [3, 1].map(line));
    assert_eq!(told(Some(&bob.id), None, 9).await.0, []);
    assert_eq!(stage.store.audited_people().await.unwrap(), std::slice::from_ref(&ada));
    stage.store.forget_audit_before(3).await.unwrap();
    assert_eq!(told(None, None, 9).await.0, [4, 3].map(line));
}

async fn a_store_that_answers_is_ready(stage: Stage) {
    stage.store.check().await.unwrap();
    stage.store.close().await;
    stage.store.check().await.unwrap_err();
}
