//! What is not sent yet, and what goes with a message.

use slipway_protocol::{
    Attachment, AttachmentId, Command, CommandId, CommandOutcome, PartBody, PromptId, SubmittedCommand,
};

use crate::stage::Stage;

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n...";

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_goes_to_the_agent_with_its_message_and_into_the_conversation() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say ready").await;
    session.until_idle().await;
    let (who, id, engine) = (session.person(), session.id.clone(), &server.engine);
    let picture = AttachmentId::new("picture01");
    let kept = engine.attach(&who, &id, picture.clone(), "../charts/tide.png", PICTURE).await.unwrap();
    assert_eq!((kept.name.as_str(), kept.mime.as_str(), kept.bytes), ("tide.png", "image/png", 11));
    engine.save_draft(&who, &id, "/say a tide").await.unwrap();
    let draft = engine.draft(&who, &id).await.unwrap();
    assert_eq!((draft.text.as_str(), draft.attachments), ("/say a tide", vec![kept.clone()]));

    // What a browser says of a file is not believed.
    let named = Attachment { name: "lies.exe".into(), mime: "text/html".into(), ..kept.clone() };
    let command = Command::Prompt {
        prompt: PromptId::new("with-picture"),
        text: "/say a tide".into(),
        mode: None,
        model: None,
        attachments: vec![named],
    };
    for _ in 0..2 {
        assert_eq!(session.ask_as("sent-once", command.clone()).await, CommandOutcome::Applied);
    }
    session.until_said("agent: a tide").await;
    let view = session.until_idle().await;
    let mine = view.messages.iter().rfind(|view| view.message.author.is_some()).unwrap();
    assert_eq!(mine.parts[1].body, PartBody::Attachment(kept.clone()));
    let call = stage.calls().into_iter().rfind(|call| call.path.ends_with("/prompt_async")).unwrap();
    let part = &call.body["parts"][1];
    assert_eq!(
        (&part["type"], &part["filename"], &part["mime"]),
        (&"file".into(), &"tide.png".into(), &"image/png".into())
    );
    assert_eq!(part["url"], "data:image/png;base64,iVBORw0KGgouLi4=");
    assert_eq!(engine.draft(&who, &id).await.unwrap(), slipway_protocol::Draft::default());
    assert_eq!(engine.attachment(&who, &id, &picture).await.unwrap(), (kept, PICTURE.to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_go_with_a_message_is_refused_in_words() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say ready").await;
    session.until_idle().await;
    let (who, id, engine) = (session.person(), session.id.clone(), &server.engine);
    let attach = async |name: &str, content: &[u8]| {
        engine.attach(&who, &id, AttachmentId::new(name), name, content).await
    };
    let program = attach("program01", b"\x7fELF\0").await.unwrap_err().sentence;
    assert!(program.ends_with("this is none of them."), "{program}");
    assert_eq!(
        attach("nothing01", b"").await.unwrap_err().sentence,
        "A file of 1 byte to 5 MB can be attached."
    );
    let large = vec![b'x'; 4 * 1024 * 1024];
    for name in ["large0001", "large0002", "large0003"] {
        attach(name, &large).await.unwrap();
    }
    let full = attach("large0004", &large).await.unwrap_err().sentence;
    assert!(full.starts_with("12 MB of files fit into one session."), "{full}");
    engine.detach(&who, &id, &AttachmentId::new("large0003")).await.unwrap();
    attach("large0004", &large).await.unwrap();

    let gone =
        Attachment { id: AttachmentId::new("nobody001"), name: "x".into(), mime: "x".into(), bytes: 1 };
    let command = Command::Prompt {
        prompt: PromptId::new("with-nothing"),
        text: "/say x".into(),
        mode: None,
        model: None,
        attachments: vec![gone],
    };
    let submitted = SubmittedCommand { id: CommandId::new("refused"), command };
    let refused = engine.submit(&who, &id, submitted).await.unwrap_err().sentence;
    assert_eq!(refused, "One of the files is not kept any more. Attach it again.");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_checkout_are_found_by_a_piece_of_their_path() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say ready").await;
    session.until_idle().await;
    let checkout = stage.checkout(&session.id);
    std::fs::create_dir_all(checkout.join("src")).unwrap();
    std::fs::write(checkout.join("src/tide tables.rs"), "x").unwrap();
    std::fs::write(checkout.join(".gitignore"), "*.log\n").unwrap();
    std::fs::write(checkout.join("tide.log"), "x").unwrap();
    let found = server.engine.find_files(&session.person(), &session.id, "TIDE").await.unwrap();
    assert_eq!(found, ["src/tide tables.rs"]);
}
