//! The clients that work on a repository needs find the way to an allowed machine by themselves, in the clear and encrypted, and say
//! soon that another one may not be reached.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use slipway_agent::Permissions;
use slipway_protocol::Mode;
use slipway_sandbox::{Bubblewrap, Egress, Hosts};
use slipway_test_support::programs::{bubblewrap, is_missing};

use crate::{
    registries::{HOST, Registries, WORDS},
    stage::Stage,
};

/// What each is told, in a folder of its own: where the packages are, and the certificate that an encrypted machine shows. How they
/// find the way is what the walls say.
const CLIENTS: [(&str, &str); 5] = [
    ("curl", "CURL_CA_BUNDLE=$CERTIFICATE curl -sSf $AT/tide.txt"),
    ("git", "GIT_SSL_CAINFO=$CERTIFICATE git clone --quiet $AT/tide.git got && cat got/tide.txt"),
    (
        "npm",
        "echo '{}' >package.json && npm_config_cafile=$CERTIFICATE npm install --registry $AT/npm/ tide && \
         cat node_modules/tide/tide.txt",
    ),
    (
        "pip3",
        "PIP_CERT=$CERTIFICATE pip3 install --no-deps --target got --index-url $AT/pip/simple/ tide && cat got/tide/tide.txt",
    ),
    (
        "cargo",
        "mkdir src && : >src/lib.rs && \
         printf '[package]\\nname = \"beach\"\\n[dependencies]\\ntide = { version = \"1\", registry = \"near\" }\\n' >Cargo.toml && \
         CARGO_HTTP_CAINFO=$CERTIFICATE CARGO_HOME=$PWD/home CARGO_REGISTRIES_NEAR_INDEX=sparse+$AT/cargo/ cargo fetch && \
         cat home/registry/src/*/tide-1.0.0/tide.txt",
    ),
];

/// Where cargo really is: the one on the `PATH` may only choose between several.
fn toolchain() -> PathBuf {
    let said = Command::new(env!("CARGO")).args(["rustc", "--print", "sysroot"]).output();
    let said = said.ok().filter(|said| said.status.success());
    let said = said.map(|said| String::from_utf8(said.stdout).unwrap().trim().into());
    said.unwrap_or_else(|| Path::new(env!("CARGO")).ancestors().nth(2).unwrap().to_owned())
}

#[tokio::test]
async fn the_usual_clients_reach_what_is_allowed_and_say_what_is_not() {
    let Some(program) = bubblewrap() else { return println!("passed over: there are no walls") };
    let system = ["git", "curl", "npm", "pip3", "python3"].map(system_program);
    let openssl = system_program("openssl");
    if is_missing(&[&[openssl.as_path()][..], &system.each_ref().map(PathBuf::as_path)].concat()) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let registries = Registries::serve(folder.path());
    let hosts = registries.addresses.each_ref().map(|address| address.split_once("//").unwrap().1.to_owned());
    let egress = Egress { hosts: Hosts::Listed(hosts.into()), can_add: true, near: true };
    let toolchain = toolchain();
    let walls = Bubblewrap { program, paths: vec![toolchain.clone()], egress };
    let Some(stage) = Stage::behind(walls).await else { return };
    fs::copy(&registries.certificate, stage.checkout().join("certificate.pem")).unwrap();

    let forbidden = ["http", "https"].map(|scheme| format!("{scheme}://{HOST}:9"));
    let addresses = registries.addresses.iter().chain(&forbidden);
    let tries: Vec<_> =
        addresses.flat_map(|address| CLIENTS.map(|(name, does)| (name, does, address))).collect();
    for (at, (_, does, address)) in tries.iter().enumerate() {
        let script = format!(
            "export AT={address} CERTIFICATE=$PWD/certificate.pem PATH={}/bin:$PATH\nmkdir at-{at} && cd at-{at} && {does}\n",
            toolchain.display()
        );
        fs::write(stage.checkout().join(format!("{at}.sh")), script).unwrap();
    }
    let mut talk = stage.talk(Permissions::Auto).await;
    for (at, (name, _, address)) in tries.iter().enumerate() {
        talk.turn(&format!("/bash sh {at}.sh\n/say Done."), Mode::Build).await;
        let (_, said) = talk.tools()[at];
        assert_eq!(said.contains(WORDS), !forbidden.contains(address), "{name} at {address}: {said}");
    }
    talk.close().await;
}

fn system_program(name: &str) -> PathBuf {
    let places = ["/usr/local/bin", "/usr/bin"].map(|folder| Path::new(folder).join(name));
    let there = places.iter().find(|path| path.is_file());
    there.unwrap_or(&places[1]).clone()
}
