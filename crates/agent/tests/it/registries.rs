//! A machine with what the usual clients fetch: a repository of git's, and a package each for npm, pip and cargo. It serves plain files,
//! once as they are and once encrypted.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde_json::json;
use slipway_test_support::programs::plain_git;

/// Of this machine, and not among the addresses that clients take for the inside of the walls.
pub(crate) const HOST: &str = "127.0.0.2";
/// What is in the file `tide.txt` of each of them.
pub(crate) const WORDS: &str = "the tide is high";

pub(crate) struct Registries {
    /// Where they are, without an end: first in the clear, then encrypted.
    pub(crate) addresses: [String; 2],
    /// What vouches for the encrypted one.
    pub(crate) certificate: PathBuf,
}

impl Registries {
    pub(crate) fn serve(folder: &Path) -> Self {
        let (certificate, keys) = certify(folder);
        let [clear, encrypted] = [(); 2].map(|()| TcpListener::bind((HOST, 0)).unwrap());
        let address = |scheme: &str, listener: &TcpListener| {
            format!("{scheme}://{HOST}:{}", listener.local_addr().unwrap().port())
        };
        let addresses = [address("http", &clear), address("https", &encrypted)];
        let [in_clear, in_secret] = ["clear", "encrypted"].map(|name| folder.join(name));
        for (root, address) in [&in_clear, &in_secret].into_iter().zip(&addresses) {
            stock(root, address);
        }
        std::thread::spawn(move || {
            for stream in clear.incoming().flatten() {
                let root = in_clear.clone();
                std::thread::spawn(move || answer(stream, &root));
            }
        });
        std::thread::spawn(move || {
            for stream in encrypted.incoming().flatten() {
                let (root, connection) = (in_secret.clone(), ServerConnection::new(keys.clone()).unwrap());
                std::thread::spawn(move || answer(StreamOwned::new(connection, stream), &root));
            }
        });
        Self { addresses, certificate }
    }
}

/// A certificate for the host, and what the server needs of it.
fn certify(folder: &Path) -> (PathBuf, Arc<ServerConfig>) {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    // Through a tunnel npm asks the certificate of an address for this name.
    let subject = format!("subjectAltName=IP:{HOST},DNS:localhost");
    let options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /CN=registries";
    let options = options.split(' ').chain(["-addext", &subject]);
    let paths = ["-out".into(), certificate.clone(), "-keyout".into(), key.clone()];
    run(Command::new("openssl").args(options).args(paths));
    let chain = vec![CertificateDer::from_pem_file(&certificate).unwrap()];
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(&key).unwrap())
        .unwrap();
    (certificate, Arc::new(config))
}

/// Everything that lies there; some of it says where it lies.
fn stock(root: &Path, address: &str) {
    let put = |name: &str, text: &str| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let pack = |archive: &str, folder: &str| {
        let (archive, folder) = (root.join(archive), root.join(folder));
        fs::create_dir_all(archive.parent().unwrap()).unwrap();
        let (place, name) = (folder.parent().unwrap(), folder.file_name().unwrap());
        run(Command::new("tar").arg("-czf").arg(archive).arg("-C").arg(place).arg(name));
    };
    put("tide.txt", WORDS);

    put("work/tide.txt", WORDS);
    let work = root.join("work");
    plain_git(&work, &["init", "--quiet", "--initial-branch=main"]);
    plain_git(&work, &["add", "."]);
    plain_git(&work, &["commit", "--quiet", "--message=The tide"]);
    plain_git(root, &["clone", "--quiet", "--bare", "work", "tide.git"]);
    plain_git(&root.join("tide.git"), &["update-server-info"]);

    put("npm/package/package.json", r#"{"name": "tide", "version": "1.0.0"}"#);
    put("npm/package/tide.txt", WORDS);
    pack("npm/tide-1.0.0.tgz", "npm/package");
    let dist = json!({"tarball": format!("{address}/npm/tide-1.0.0.tgz")});
    let version = json!({"name": "tide", "version": "1.0.0", "dist": dist});
    let package = json!({"name": "tide", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}});
    put("npm/tide", &package.to_string());

    put("pip/tide/tide.txt", WORDS);
    let about = "Metadata-Version: 2.1\nName: tide\nVersion: 1.0\n";
    put("pip/tide-1.0.dist-info/METADATA", about);
    put("pip/tide-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
    put("pip/tide-1.0.dist-info/RECORD", "");
    let wheel = "tide-1.0-py3-none-any.whl";
    let mut zip = Command::new("/usr/bin/python3");
    zip.args(["-m", "zipfile", "-c", wheel, "tide/", "tide-1.0.dist-info/"]);
    run(zip.current_dir(root.join("pip")));
    put("pip/simple/tide/index.html", &format!(r#"<!DOCTYPE html><a href="../../{wheel}">{wheel}</a>"#));

    put("cargo/tide-1.0.0/Cargo.toml", "[package]\nname = \"tide\"\nversion = \"1.0.0\"\n");
    put("cargo/tide-1.0.0/src/lib.rs", "");
    put("cargo/tide-1.0.0/tide.txt", WORDS);
    pack("cargo/tide.crate", "cargo/tide-1.0.0");
    let sum = run(Command::new("sha256sum").arg(root.join("cargo/tide.crate")));
    let sum = sum.split(' ').next().unwrap();
    let entry = json!({
        "name": "tide", "vers": "1.0.0", "deps": [], "features": {}, "yanked": false, "cksum": sum,
    });
    put("cargo/ti/de/tide", &format!("{entry}\n"));
    put("cargo/config.json", &json!({"dl": format!("{address}/cargo/{{crate}}.crate")}).to_string());
}

/// One file for each request, until the client hangs up.
fn answer(stream: impl Read + Write, root: &Path) {
    let mut stream = BufReader::new(stream);
    while let Some(path) = asked(&mut stream) {
        let path = path.split('?').next().unwrap().trim_start_matches('/');
        let file = root.join(path);
        let file = if file.is_dir() { file.join("index.html") } else { file };
        let (status, body) = fs::read(&file).map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
        let kind = match file.extension().and_then(|kind| kind.to_str()) {
            Some("html") => "text/html",
            Some("json") | None => "application/json",
            Some(_) => "application/octet-stream",
        };
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
        let written = stream.get_mut().write_all(&[head.as_bytes(), &body].concat());
        if written.and_then(|()| stream.get_mut().flush()).is_err() {
            return;
        }
    }
}

/// The path of the next request, once all of it was read.
fn asked(stream: &mut impl BufRead) -> Option<String> {
    let mut lines = stream.by_ref().lines().map_while(Result::ok);
    let first = lines.next()?;
    let headers: Vec<_> = lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
    let length =
        headers.iter().find_map(|header| header.strip_prefix("content-length:")?.trim().parse().ok());
    io::copy(&mut stream.take(length.unwrap_or(0)), &mut io::sink()).ok()?;
    first.split(' ').nth(1).map(str::to_owned)
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
