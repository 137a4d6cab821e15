//! Where things are kept: the data folder, the database, and a short folder for sockets.

use std::{
    env, fs, io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::{cli::Settings, config::Unusable, hex::hex};

/// The longest path of a Unix socket that works everywhere.
const LONGEST_SOCKET: usize = 103;

/// The file that holds this server's name.
const NODE: &str = "node";

/// What comes after the runtime folder in the longest socket's path: a session's id and the socket's name.
const BELOW_RUNTIME: usize = 1 + 40 + 1 + "keeper.sock".len();

#[derive(Clone)]
pub struct Data {
    /// `SLIPWAY_DATA_DIR`
    pub folder: PathBuf,
    /// `SLIPWAY_DATABASE_URL`
    pub database_url: String,
    /// Follows from the data folder; gone with the machine.
    pub runtime: PathBuf,
}

/// Never shows the database's password.
impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Data")
            .field("folder", &self.folder)
            .field("runtime", &self.runtime)
            .finish_non_exhaustive()
    }
}

impl Data {
    pub(super) fn new(settings: &Settings) -> Result<Self, Unusable> {
        let folder = match super::absolute(settings.data_dir.as_ref())? {
            Some(folder) => folder,
            None => usual_folder()?,
        };
        let database_url = settings.database_url.clone().filter(|url| !url.is_empty());
        Ok(Self {
            database_url: database_url
                .unwrap_or_else(|| format!("sqlite://{}", folder.join("slipway.db").display())),
            runtime: runtime_of(&folder),
            folder,
        })
    }

    /// Makes both folders, for this user only.
    pub fn prepare(&self) -> Result<(), Unusable> {
        private(&self.folder).and_then(|()| writable(&self.folder)).map_err(|error| {
            Unusable(format!(
                "The data folder {} cannot be written: {error}. Choose another with SLIPWAY_DATA_DIR.",
                self.folder.display()
            ))
        })?;
        private(&self.runtime).map_err(|error| {
            Unusable(format!("The folder for sockets {} cannot be used: {error}.", self.runtime.display()))
        })?;
        if self.runtime.as_os_str().len() + BELOW_RUNTIME > LONGEST_SOCKET {
            return Err(Unusable(format!(
                "The folder for sockets {} has too long a path. Set XDG_RUNTIME_DIR to a shorter one.",
                self.runtime.display()
            )));
        }
        Ok(())
    }

    /// What this server calls itself in the database: made once, and the same after each restart.
    pub fn node(&self) -> Result<String, Unusable> {
        let path = self.folder.join(NODE);
        let kept = || -> io::Result<String> {
            let name = fs::read_to_string(&path)?.trim().to_owned();
            if name.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(name) }
        };
        let make = || -> io::Result<String> {
            let name = slipway_engine::random_id(12);
            let half = self.folder.join(format!("{NODE}.{}", std::process::id()));
            fs::write(&half, &name)?;
            fs::rename(&half, &path)?;
            Ok(name)
        };
        let found = match kept() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(),
            found => found,
        };
        found.map_err(|error| {
            Unusable(format!("The server's name in {} cannot be read or made: {error}.", path.display()))
        })
    }
}

fn usual_folder() -> Result<PathBuf, Unusable> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = named("XDG_DATA_HOME").or_else(|| named("HOME").map(|home| home.join(".local/share")));
    let home =
        home.ok_or_else(|| Unusable("Neither HOME nor XDG_DATA_HOME is set. Set SLIPWAY_DATA_DIR.".into()))?;
    Ok(home.join("slipway"))
}

/// A short path of this data folder's own.
fn runtime_of(data: &Path) -> PathBuf {
    let data = fs::canonicalize(data).unwrap_or_else(|_| data.to_owned());
    let digest = Sha256::digest(data.as_os_str().as_encoded_bytes());
    let name = hex(&digest[..4]);
    let user = rustix::process::geteuid().as_raw();
    let shared = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| is_ours(folder));
    let own = shared.map(|folder| folder.join(format!("slipway-{name}")));
    let fits = |folder: &PathBuf| folder.as_os_str().len() + BELOW_RUNTIME <= LONGEST_SOCKET;
    own.filter(fits).unwrap_or_else(|| PathBuf::from(format!("/tmp/slipway-{user}-{name}")))
}

fn is_ours(folder: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    folder.is_absolute()
        && fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir() && found.uid() == user)
}

/// Makes a folder that only this user can enter. One that belongs to somebody else, or a link, is refused.
pub(super) fn private(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let found = fs::symlink_metadata(folder)?;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user"));
    }
    if found.is_dir() && found.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

pub(super) fn writable(folder: &Path) -> io::Result<()> {
    let probe = folder.join(format!(".probe-{}", std::process::id()));
    fs::write(&probe, "")?;
    fs::remove_file(probe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_private_and_must_be_ours() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data {
            folder: folder.path().join("data"),
            database_url: String::new(),
            runtime: folder.path().join("run"),
        };
        data.prepare().unwrap();
        for made in [&data.folder, &data.runtime] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
        let node = data.node().unwrap();
        assert_eq!((node.len(), data.node().unwrap()), (12, node));
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Data { folder: file, ..data.clone() }.prepare().unwrap_err().to_string();
        assert!(error.starts_with("The data folder /") && error.contains("SLIPWAY_DATA_DIR"), "{error}");
        let long =
            Data { runtime: folder.path().join("r".repeat(60)), ..data }.prepare().unwrap_err().to_string();
        assert!(long.contains("too long a path"), "{long}");
    }

    #[test]
    fn the_runtime_folder_follows_from_the_data_folder() {
        let (a, b) = (runtime_of(Path::new("/a")), runtime_of(Path::new("/b")));
        assert_ne!(a, b);
        assert_eq!(a, runtime_of(Path::new("/a")));
    }
}
