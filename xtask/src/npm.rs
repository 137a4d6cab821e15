//! Programs that come as npm packages: the tarball is fetched, its checksum compared with the one written in the
//! source, and one file unpacked. No install script ever runs, and no Node is needed.

use std::{
    io::{Read as _, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256, Sha512};

/// One published package and the checksum its tarball must have.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) checksum: Checksum,
    /// The program inside the tarball.
    pub(crate) member: &'static str,
}

pub(crate) enum Checksum {
    /// Base64, as npm's `dist.integrity` says it.
    Sha512(&'static str),
    /// Hexadecimal.
    Sha256(&'static str),
}

impl Package {
    /// Respects `npm_config_registry`, as npm does.
    fn address(&self) -> String {
        let registry = std::env::var("npm_config_registry")
            .or_else(|_| std::env::var("NPM_CONFIG_REGISTRY"))
            .unwrap_or_else(|_| "https://registry.npmjs.org".to_owned());
        let file = self.name.rsplit('/').next().unwrap_or(self.name);
        format!("{}/{}/-/{file}-{}.tgz", registry.trim_end_matches('/'), self.name, self.version)
    }

    /// Puts the package's program at `target`, atomically: the file is there whole or not at all.
    pub(crate) fn install(&self, target: &Path) -> Result<()> {
        let address = self.address();
        println!("Fetching {address}");
        let tarball = fetch(&address)?;
        self.checksum.verify(&tarball).with_context(|| format!("refusing {address}"))?;
        let folder = target.parent().context("a program lives in a folder")?;
        std::fs::create_dir_all(folder)?;
        let part = folder.join(format!(".part-{}", std::process::id()));
        let unpacked = unpack(&tarball, self.member, &part);
        let placed = unpacked.and_then(|()| Ok(std::fs::rename(&part, target)?));
        if placed.is_err() {
            std::fs::remove_file(&part).ok();
        }
        placed.with_context(|| format!("could not unpack {address}"))
    }
}

impl Checksum {
    fn verify(&self, bytes: &[u8]) -> Result<()> {
        let (expected, found) = match self {
            Self::Sha512(expected) => (*expected, BASE64_STANDARD.encode(Sha512::digest(bytes))),
            Self::Sha256(expected) => (*expected, hex(&Sha256::digest(bytes))),
        };
        if expected != found {
            bail!("its checksum is {found}, but {expected} was expected");
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

fn fetch(address: &str) -> Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .connect_timeout(std::time::Duration::from_secs(20))
            .read_timeout(std::time::Duration::from_mins(1))
            .build()?;
        let answer = client.get(address).send().await?.error_for_status()?;
        Ok(answer.bytes().await?.to_vec())
    })
}

/// Writes one member of a gzipped tarball as an executable file.
fn unpack(tarball: &[u8], member: &str, target: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(tarball));
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.path()? != Path::new(member) {
            continue;
        }
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o755).open(target)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = entry.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            file.write_all(&buffer[..read])?;
        }
        file.sync_all()?;
        return Ok(());
    }
    bail!("there is no {member} inside");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tarball(member: &str, text: &[u8]) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut builder = tar::Builder::new(gzip);
        builder.append_data(&mut header, member, text).unwrap();
        builder.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn a_changed_tarball_is_refused() {
        let empty = Checksum::Sha256("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert!(empty.verify(b"").is_ok());
        assert!(empty.verify(b"x").is_err());
        let sha512 = Checksum::Sha512(
            "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        );
        assert!(sha512.verify(b"").is_ok());
    }

    #[test]
    fn one_member_is_unpacked_and_can_be_run() {
        let target = std::env::temp_dir().join(format!("slipway-unpack-{}", std::process::id()));
        unpack(&tarball("package/bin/tool", b"#!/bin/sh\n"), "package/bin/tool", &target).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"#!/bin/sh\n");
        assert!(crate::command::is_program(&target));
        std::fs::remove_file(&target).unwrap();
        assert!(unpack(&tarball("package/other", b""), "package/bin/tool", &target).is_err());
    }
}
