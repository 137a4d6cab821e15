//! What of the system is there behind walls: its programs and libraries, and of its configuration what they need to run.

use std::path::{Path, PathBuf};

use super::bubblewrap::Options;

/// Links into `/usr` on most systems, folders of their own on some.
const TOP: [&str; 6] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// Which library is where, certificates, which program is meant by a name, the hour of the day.
const CONFIGURATION: [&str; 13] = [
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/crypto-policies",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/pki",
    "/etc/services",
    "/etc/ssl",
];
/// Of toolchains that keep a part of themselves there, such as `/etc/java-17-openjdk`.
const TOOLCHAINS: [&str; 4] = ["java", "python", "perl", "maven"];
/// Private keys of this machine's services.
const HIDDEN: [&str; 2] = ["/etc/ssl/private", "/etc/pki/tls/private"];

pub(super) fn show(options: &mut Options) {
    options.bind("--ro-bind", Path::new("/usr"), Path::new("/usr"));
    for top in TOP.map(Path::new) {
        match std::fs::read_link(top) {
            Ok(target) => options.words(["--symlink", &target.to_string_lossy(), &top.to_string_lossy()]),
            Err(_) => options.bind("--ro-bind-try", top, top),
        }
    }
    for path in CONFIGURATION.map(PathBuf::from).into_iter().chain(toolchains()) {
        options.bind("--ro-bind-try", &path, &path);
    }
    for hidden in HIDDEN.into_iter().filter(|hidden| Path::new(hidden).is_dir()) {
        options.words(["--tmpfs", hidden]);
    }
}

fn toolchains() -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir("/etc").into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
    paths.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        TOOLCHAINS.iter().any(|toolchain| name.starts_with(toolchain))
    })
}
