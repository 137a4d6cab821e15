//! What people entrust to the server, sealed at rest.
//!
//! ChaCha20-Poly1305 with a random nonce; the person and the kind of secret are bound into the seal, so that one person's row is
//! worth nothing in another's place. A sealed secret names its key: `version, key's id, nonce, ciphertext and tag`.

use std::fmt;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest, Sha256};
use slipway_protocol::UserId;

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const HEAD: usize = 1 + KEY_ID + NONCE_LEN;

/// 32 random bytes.
pub type SecretKey = [u8; 32];

/// Seals with the first of its keys and opens with any of them.
pub struct Vault {
    keys: Vec<([u8; KEY_ID], LessSafeKey)>,
}

/// It was sealed with a key that is not here, for somebody else, or was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unopenable;

impl Vault {
    /// None: there must be a key.
    pub fn new(keys: &[SecretKey]) -> Option<Self> {
        let keys = keys.iter().map(|key| {
            let unbound = UnboundKey::new(&CHACHA20_POLY1305, key).expect("a key of this length");
            (id_of(key), LessSafeKey::new(unbound))
        });
        let keys: Vec<_> = keys.collect();
        (!keys.is_empty()).then_some(Self { keys })
    }

    pub fn seal(&self, user: &UserId, kind: &str, secret: &[u8]) -> Vec<u8> {
        let (id, key) = &self.keys[0];
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).expect("the system gives random bytes");
        let mut body = secret.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(user, kind), &mut body)
            .expect("a secret is shorter than a message may be");
        [&[VERSION][..], id, &nonce, &body].concat()
    }

    pub fn open(&self, user: &UserId, kind: &str, sealed: &[u8]) -> Result<Vec<u8>, Unopenable> {
        let (head, body) = sealed.split_at_checked(HEAD).ok_or(Unopenable)?;
        let (id, nonce) = head[1..].split_at(KEY_ID);
        let (_, key) = self.keys.iter().find(|(known, _)| known == id).ok_or(Unopenable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopenable)?;
        if head[0] != VERSION {
            return Err(Unopenable);
        }
        let mut body = body.to_vec();
        let secret = key.open_in_place(nonce, bound_to(user, kind), &mut body).map_err(|_| Unopenable)?;
        Ok(secret.to_vec())
    }

    /// Whether it is sealed with the key that is used now.
    pub fn is_fresh(&self, sealed: &[u8]) -> bool {
        sealed.get(1..=KEY_ID) == Some(&self.keys[0].0[..])
    }
}

fn id_of(key: &SecretKey) -> [u8; KEY_ID] {
    let digest = Sha256::digest(key);
    std::array::from_fn(|at| digest[at])
}

fn bound_to(user: &UserId, kind: &str) -> Aad<Vec<u8>> {
    // No kind has a zero in it, so no two pairs look alike.
    Aad::from([kind.as_bytes(), &[0], user.as_str().as_bytes()].concat())
}

/// Shows no key.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("keys", &self.keys.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(keys: &[u8]) -> Vault {
        Vault::new(&keys.iter().map(|key| [*key; 32]).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_secret_is_opened_by_its_own_key_for_its_own_person_and_kind() {
        let (ada, bob) = (UserId::new("ada"), UserId::new("bob"));
        let sealed = vault(&[1]).seal(&ada, "github", b"gho_secret");
        assert!(!sealed.windows(3).any(|part| part == b"gho"));
        assert_ne!(sealed, vault(&[1]).seal(&ada, "github", b"gho_secret"), "never the same twice");
        assert_eq!(vault(&[1]).open(&ada, "github", &sealed).as_deref(), Ok(&b"gho_secret"[..]));
        assert_eq!(vault(&[1]).open(&bob, "github", &sealed), Err(Unopenable));
        assert_eq!(vault(&[1]).open(&ada, "provider", &sealed), Err(Unopenable));
        assert_eq!(vault(&[2]).open(&ada, "github", &sealed), Err(Unopenable));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(vault(&[1]).open(&ada, "github", &changed), Err(Unopenable), "byte {at}");
            assert_eq!(vault(&[1]).open(&ada, "github", &sealed[..at]), Err(Unopenable), "{at} bytes");
        }
    }

    #[test]
    fn after_a_rotation_the_old_key_still_opens_and_the_new_one_seals() {
        let ada = UserId::new("ada");
        let old = vault(&[1]).seal(&ada, "github", b"x");
        let both = vault(&[2, 1]);
        assert_eq!(both.open(&ada, "github", &old).as_deref(), Ok(&b"x"[..]));
        assert!(!both.is_fresh(&old));
        let new = both.seal(&ada, "github", b"x");
        assert!(both.is_fresh(&new));
        assert_eq!(vault(&[2]).open(&ada, "github", &new).as_deref(), Ok(&b"x"[..]));
        assert!(Vault::new(&[]).is_none());
    }
}
