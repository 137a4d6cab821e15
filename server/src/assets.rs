//! The site's files: the browser's program, the style sheet, pictures. Inside this program, or in a folder.

use std::path::{Component, Path, PathBuf};

use app::Assets;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use crate::hex::hex;

#[derive(Clone, Debug)]
pub(crate) enum Site {
    Folder(PathBuf),
    #[cfg(feature = "embed")]
    Embedded,
    /// Pages work without it, but look plain.
    #[cfg(not(feature = "embed"))]
    Missing,
}

#[cfg(feature = "embed")]
#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
struct Embedded;

/// The worker that shows a page where there is no connection: it asks this server, and does nothing else.
const WORKER: &str = "sw.js";
const WORKER_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; connect-src 'self'");

/// For an address that names the version of what is there: another content has another address.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The browser asks, and mostly hears "unchanged".
const ASK_EACH_TIME: HeaderValue = HeaderValue::from_static("no-cache");

impl Site {
    /// The folder that is named, else the files inside this program, else a folder beside it.
    pub(crate) fn find(named: Option<&Path>) -> Self {
        if let Some(folder) = named {
            return Self::Folder(folder.to_owned());
        }
        #[cfg(feature = "embed")]
        return Self::Embedded;
        #[cfg(not(feature = "embed"))]
        {
            let program = std::env::current_exe().unwrap_or_default();
            let folders = program.ancestors().skip(1).take(2).map(|folder| folder.join("site"));
            let found = folders.into_iter().find(|folder| folder.join("pkg").is_dir());
            found.map_or_else(missing, Self::Folder)
        }
    }

    /// Where browsers find what a page loads, by addresses that change with the content.
    pub(crate) async fn assets(&self) -> Assets {
        let address = async |path: &str| match self.read(path).await {
            Some(file) => format!("/{path}?{}", file.version()),
            None => format!("/{path}"),
        };
        Assets {
            style: address("pkg/app.css").await,
            glue: address("pkg/app.js").await,
            program: address("pkg/app_bg.wasm").await,
        }
    }

    /// The file at this address, in the shortest form the browser reads.
    pub(crate) async fn get(&self, address: &Uri, headers: &HeaderMap) -> Option<Response> {
        let path = address.path().trim_start_matches('/');
        let accepted =
            headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let takes = |encoding: &str| {
            accepted.split(',').any(|offer| offer.trim().split(';').next() == Some(encoding))
        };
        let plain = self.read(path).await?;
        let is_fixed = address.query() == Some(&plain.version());
        let mut shortest = None;
        for (encoding, suffix) in [("br", "br"), ("gzip", "gz")] {
            if shortest.is_none() && takes(encoding) {
                let smaller = self.read(&format!("{path}.{suffix}")).await;
                shortest = smaller.map(|file| (file, Some(encoding)));
            }
        }
        let (file, encoding) = shortest.unwrap_or((plain, None));
        let mut response = file.answer(path, encoding, headers);
        response.headers_mut().insert(header::CACHE_CONTROL, if is_fixed { FOREVER } else { ASK_EACH_TIME });
        Some(response)
    }

    async fn read(&self, path: &str) -> Option<File> {
        match self {
            Self::Folder(folder) => {
                let bytes = tokio::fs::read(folder.join(inside(path)?)).await.ok()?;
                Some(File { digest: Sha256::digest(&bytes).into(), bytes: bytes.into() })
            }
            #[cfg(feature = "embed")]
            Self::Embedded => Embedded::get(path)
                .map(|file| File { digest: file.metadata.sha256_hash(), bytes: in_place(file.data) }),
            #[cfg(not(feature = "embed"))]
            Self::Missing => None,
        }
    }
}

/// Nothing is copied, nor read before somebody asks for it.
#[cfg(feature = "embed")]
fn in_place(file: std::borrow::Cow<'static, [u8]>) -> Bytes {
    match file {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => bytes.into(),
    }
}

#[cfg(not(feature = "embed"))]
fn missing() -> Site {
    tracing::warn!("the site's files are missing: pages will look plain; build with `cargo xtask run`");
    Site::Missing
}

/// Never above the folder.
fn inside(path: &str) -> Option<&Path> {
    let path = Path::new(path);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && path.file_name().is_some()).then_some(path)
}

struct File {
    bytes: Bytes,
    digest: [u8; 32],
}

impl File {
    /// What an address of this content ends with.
    fn version(&self) -> String {
        format!("v={}", hex(&self.digest[..8]))
    }

    fn answer(self, path: &str, encoding: Option<&'static str>, headers: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", hex(&self.digest[..12]));
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let unchanged = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
        let mut response = if unchanged {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)))];
            (kind, Body::from(self.bytes)).into_response()
        };
        let out = response.headers_mut();
        out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        out.extend(HeaderValue::from_str(&tag).ok().map(|tag| (header::ETAG, tag)));
        if path == WORKER {
            out.insert(header::CONTENT_SECURITY_POLICY, WORKER_POLICY);
        }
        out.extend(encoding.map(|encoding| (header::CONTENT_ENCODING, HeaderValue::from_static(encoding))));
        response
    }
}

fn kind(path: &str) -> &'static str {
    match Path::new(path).extension().and_then(|extension| extension.to_str()) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webmanifest") => "application/manifest+json",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_are_found_in_their_shortest_form_and_never_outside() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        for (name, text) in [("pkg/app.js", "plain"), ("pkg/app.js.br", "brotli"), ("../secret", "secret")] {
            std::fs::write(site.join(name), text).unwrap();
        }
        let site = Site::Folder(site);
        let ask = async |path: &str, headers: &[(header::HeaderName, &str)]| {
            let pairs = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
            let response = site.get(&path.parse().unwrap(), &pairs.collect()).await?;
            let (parts, body) = response.into_parts();
            let body = axum::body::to_bytes(body, 1000).await.unwrap();
            Some((parts.status.as_u16(), parts.headers, String::from_utf8(body.to_vec()).unwrap()))
        };
        let (status, headers, body) = ask("/pkg/app.js", &[]).await.unwrap();
        assert_eq!((status, body.as_str()), (200, "plain"));
        let tag = headers[header::ETAG].to_str().unwrap().to_owned();
        let (_, headers, body) = ask("/pkg/app.js", &[(header::ACCEPT_ENCODING, "gzip, br")]).await.unwrap();
        assert_eq!((headers[header::CONTENT_ENCODING].to_str().unwrap(), body.as_str()), ("br", "brotli"));
        assert_eq!(headers[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(ask("/pkg/app.js", &[(header::IF_NONE_MATCH, &tag)]).await.unwrap().0, 304);
        assert_eq!(headers[header::CACHE_CONTROL], ASK_EACH_TIME);
        let glue = site.assets().await.glue;
        for (address, kept) in [(glue.as_str(), FOREVER), ("/pkg/app.js?v=0123456789abcdef", ASK_EACH_TIME)] {
            let (_, headers, body) = ask(address, &[(header::ACCEPT_ENCODING, "br")]).await.unwrap();
            assert_eq!((&headers[header::CACHE_CONTROL], body.as_str()), (&kept, "brotli"), "{address}");
        }
        for path in ["/../secret", "//etc/passwd", "/pkg/../../secret", "/", "/pkg", "/none", "/./pkg/app.js"]
        {
            assert!(ask(path, &[]).await.is_none(), "{path}");
        }
    }
}
