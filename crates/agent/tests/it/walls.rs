//! Attacks by the agent's own shell, from behind the walls.

use std::{io::Write, net::TcpListener};

use slipway_agent::{AgentEvent, Permissions};
use slipway_protocol::{Mode, Place};
use slipway_sandbox::{Egress, Hosts};
use slipway_test_support::programs::bubblewrap;

use crate::stage::Stage;

/// Answers each connection as a web server does, and hangs up.
fn web_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello");
        }
    });
    port
}

#[tokio::test]
async fn a_refused_machine_is_told_and_an_allowed_one_is_reached() {
    if bubblewrap().is_none() {
        return println!("passed over: there are no walls");
    }
    let port = web_server();
    let egress =
        Egress { hosts: Hosts::Listed(vec![format!("localhost:{port}")]), can_add: true, near: true };
    let Some(stage) = Stage::with_egress(egress).await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    let script = format!(
        "/bash curl -sS --max-time 20 http://localhost:{port}/x --noproxy ''; echo; \
         curl -sS --max-time 20 https://evil.test/ || true\n/say Done."
    );
    let told = talk.turn(&script, Mode::Build).await;
    let (_, seen) = talk.tools()[0];
    assert!(seen.contains("hello") && seen.contains("403"), "{seen}");
    let refused: Vec<_> = told.iter().filter(|event| matches!(event, AgentEvent::Refused { .. })).collect();
    let sentence = "The agent wanted to reach evil.test:443, and was refused. It is not on the list of what this session may reach.";
    let place = Place { host: "evil.test".into(), port: 443 };
    assert_eq!(refused, [&AgentEvent::Refused { place, sentence: sentence.into(), can_allow: true }]);
    talk.close().await;
}
