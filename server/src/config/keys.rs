//! The keys that seal tokens: where they lie, and how they are replaced.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use slipway_engine::{SecretKey, Vault};

use crate::config::Unusable;

/// The file that holds the keys, one to a line; the first one seals.
const KEYS: &str = "secret.key";

/// The keys of `SLIPWAY_SECRET_KEY`, else those of the file in the data folder, which is made where there is none.
pub fn vault(settings_key: Option<&str>, data: &Path) -> Result<Vault, Unusable> {
    let keys = if let Some(keys) = settings_key.filter(|key| !key.is_empty()) {
        read(keys, "SLIPWAY_SECRET_KEY")?
    } else {
        let path = data.join(KEYS);
        read(&kept(&path)?, &path.display().to_string())?
    };
    Vault::new(&keys).ok_or_else(|| Unusable("There is no key to seal tokens with.".into()))
}

/// Puts a new key before the others of the file. [`drop_old_keys`] follows when everything is sealed with it.
pub fn add_key(data: &Path) -> Result<(), Unusable> {
    let path = data.join(KEYS);
    let old = kept(&path)?;
    write(&path, &format!("{}\n{old}", fresh()))
}

pub fn drop_old_keys(data: &Path) -> Result<(), Unusable> {
    let path = data.join(KEYS);
    let first = kept(&path)?.lines().next().unwrap_or_default().to_owned();
    write(&path, &format!("{first}\n"))
}

fn kept(path: &PathBuf) -> Result<String, Unusable> {
    match fs::read_to_string(path) {
        Ok(keys) => Ok(keys),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = format!("{}\n", fresh());
            write(path, &made)?;
            Ok(made)
        }
        Err(error) => Err(Unusable(format!("The key {} cannot be read: {error}.", path.display()))),
    }
}

/// For this user only, and whole or not at all.
fn write(path: &Path, keys: &str) -> Result<(), Unusable> {
    let half = path.with_extension("new");
    let _ = fs::remove_file(&half);
    let written =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half).and_then(|mut file| {
            file.write_all(keys.as_bytes())?;
            file.sync_all()?;
            fs::rename(&half, path)
        });
    written.map_err(|error| Unusable(format!("The key {} cannot be written: {error}.", path.display())))
}

fn fresh() -> String {
    let mut key: SecretKey = [0; 32];
    getrandom::fill(&mut key).expect("the system gives random bytes");
    BASE64_STANDARD.encode(key)
}

/// One key to a line or between commas.
fn read(text: &str, from: &str) -> Result<Vec<SecretKey>, Unusable> {
    let keys = text.split([',', '\n']).map(str::trim).filter(|key| !key.is_empty());
    keys.map(|key| {
        let bytes = BASE64_STANDARD.decode(key).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
            Unusable(format!(
                "{from} holds a key that is not 32 bytes in base64. `openssl rand -base64 32` makes one."
            ))
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use slipway_protocol::UserId;

    use super::*;

    #[test]
    fn a_key_is_made_once_kept_for_this_user_only_and_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let ada = UserId::new("ada");
        let sealed = vault(None, folder.path()).unwrap().seal(&ada, "github", b"x");
        let mode = fs::metadata(folder.path().join(KEYS)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(vault(None, folder.path()).unwrap().open(&ada, "github", &sealed).is_ok());

        add_key(folder.path()).unwrap();
        let both = vault(None, folder.path()).unwrap();
        assert!(both.open(&ada, "github", &sealed).is_ok() && !both.is_fresh(&sealed));
        let anew = both.seal(&ada, "github", b"x");
        drop_old_keys(folder.path()).unwrap();
        let new = vault(None, folder.path()).unwrap();
        assert!(new.open(&ada, "github", &sealed).is_err() && new.open(&ada, "github", &anew).is_ok());
    }

    #[test]
    fn a_key_that_is_none_is_refused_with_the_way_to_make_one() {
        let folder = tempfile::tempdir().unwrap();
        for wrong in ["x", "AAAA", &BASE64_STANDARD.encode([1; 31])] {
            let error = vault(Some(wrong), folder.path()).unwrap_err().to_string();
            assert!(error.starts_with("SLIPWAY_SECRET_KEY") && error.contains("openssl"), "{error}");
        }
        let given = BASE64_STANDARD.encode([7; 32]);
        assert!(vault(Some(&given), folder.path()).is_ok());
        assert!(!folder.path().join(KEYS).exists());
    }
}
