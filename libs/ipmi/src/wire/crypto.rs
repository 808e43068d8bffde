//! Keys: what both sides derive from the password, and what they protect packets with.

use std::fmt;

use aes::Aes128;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::rakp::Role;
use super::reader::Malformed;
use super::suite::CipherSuite;

/// The longest password and the longest BMC key (K_g), in bytes (IPMI 2.0 22.30, 22.25).
pub const LARGEST_KEY: usize = 20;

/// The size of AES's blocks, and of its keys here.
const BLOCK: usize = 16;

/// The length of the constants that the keys of a session are made with (IPMI 2.0 13.32): that of an HMAC-SHA1, with
/// SHA-256 too.
const CONSTANT: usize = 20;

/// What the two sides have told each other while a session is opened; all that proofs and keys are made of, but for the
/// secrets. The same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The suite agreed on.
    pub suite: CipherSuite,
    /// The console's number of the session.
    pub console_session: u32,
    /// The BMC's number of the session.
    pub bmc_session: u32,
    /// The console's random number.
    pub console_random: [u8; 16],
    /// The BMC's random number.
    pub bmc_random: [u8; 16],
    /// The BMC's identifier.
    pub guid: [u8; 16],
    /// The privilege asked for.
    pub role: Role,
    /// The user.
    pub username: Vec<u8>,
}

impl Handshake {
    /// The BMC's proof, in RAKP message 2 (13.31). Of the password only the first 20 bytes count.
    pub fn rakp2_code(&self, password: &[u8]) -> Vec<u8> {
        let parts: [&[u8]; 7] = [
            &self.console_session.to_le_bytes(),
            &self.bmc_session.to_le_bytes(),
            &self.console_random,
            &self.bmc_random,
            &self.guid,
            &[self.role.byte(), self.username.len() as u8],
            &self.username,
        ];
        hmac(self.suite, cut(password), &parts)
    }

    /// The console's proof, in RAKP message 3 (13.31).
    pub fn rakp3_code(&self, password: &[u8]) -> Vec<u8> {
        let parts: [&[u8]; 4] = [
            &self.bmc_random,
            &self.console_session.to_le_bytes(),
            &[self.role.byte(), self.username.len() as u8],
            &self.username,
        ];
        hmac(self.suite, cut(password), &parts)
    }

    /// The keys of the session (13.31, 13.32). `bmc_key` is K_g, which BMCs with "two-key log-in" have besides the
    /// passwords; without one, or with zeros only, the password stands in for it.
    pub fn keys(&self, password: &[u8], bmc_key: Option<&[u8]>) -> Keys {
        let parts: [&[u8]; 4] =
            [&self.console_random, &self.bmc_random, &[self.role.byte(), self.username.len() as u8], &self.username];
        let bmc_key = bmc_key.filter(|key| key.iter().any(|byte| *byte != 0));
        Keys::new(self.suite, hmac(self.suite, cut(bmc_key.unwrap_or(password)), &parts))
    }

    /// The BMC's proof that it has the same keys, in RAKP message 4 (13.31).
    pub fn rakp4_code(&self, keys: &Keys) -> Vec<u8> {
        let parts: [&[u8]; 3] = [&self.console_random, &self.bmc_session.to_le_bytes(), &self.guid];
        let mut code = hmac(self.suite, &keys.session, &parts);
        code.truncate(self.suite.integrity_code());
        code
    }

    /// Whether a code that came is the one expected; how long it takes does not tell where they differ.
    pub fn same(expected: &[u8], came: &[u8]) -> bool {
        expected.ct_eq(came).into()
    }
}

/// The keys of a session.
#[derive(Clone)]
pub struct Keys {
    suite: CipherSuite,
    /// SIK.
    session: Vec<u8>,
    /// K1.
    integrity: Vec<u8>,
    /// The beginning of K2.
    confidentiality: [u8; BLOCK],
}

impl Keys {
    fn new(suite: CipherSuite, session: Vec<u8>) -> Self {
        let integrity = hmac(suite, &session, &[&[1; CONSTANT]]);
        let mut confidentiality = [0; BLOCK];
        confidentiality.iter_mut().zip(hmac(suite, &session, &[&[2; CONSTANT]])).for_each(|(to, from)| *to = from);
        Self { suite, session, integrity, confidentiality }
    }

    /// The suite they are of.
    pub fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// The code of a packet (13.28.4).
    pub(super) fn code(&self, covered: &[u8]) -> Vec<u8> {
        let mut code = hmac(self.suite, &self.integrity, &[covered]);
        code.truncate(self.suite.integrity_code());
        code
    }

    /// Whether a packet's code is right.
    pub(super) fn verify(&self, covered: &[u8], code: &[u8]) -> bool {
        self.code(covered).ct_eq(code).into()
    }

    /// Encrypts a payload (13.29): the initial vector, then the payload with padding that counts 1, 2, 3 and its length.
    pub(super) fn encrypt(&self, initial: [u8; BLOCK], payload: &[u8]) -> Vec<u8> {
        let pad = (payload.len() + 1).next_multiple_of(BLOCK) - (payload.len() + 1);
        let mut padded = payload.to_vec();
        // At most 15.
        padded.extend(1..=pad as u8);
        padded.push(pad as u8);
        let cipher = cbc::Encryptor::<Aes128>::new(&self.confidentiality.into(), &initial.into());
        [&initial[..], &cipher.encrypt_padded_vec_mut::<NoPadding>(&padded)].concat()
    }

    /// Decrypts a payload whose code has been checked.
    pub(super) fn decrypt(&self, payload: &[u8]) -> Result<Vec<u8>, Malformed> {
        let (initial, encrypted) =
            payload.split_first_chunk::<BLOCK>().ok_or(Malformed::Cipher("the initial vector is cut off"))?;
        let cipher = cbc::Decryptor::<Aes128>::new(&self.confidentiality.into(), &(*initial).into());
        let mut clear = cipher
            .decrypt_padded_vec_mut::<NoPadding>(encrypted)
            .map_err(|_| Malformed::Cipher("it is no whole number of blocks"))?;
        let pad = usize::from(clear.pop().ok_or(Malformed::Cipher("it is empty"))?);
        let length = clear.len().checked_sub(pad).ok_or(Malformed::Cipher("its padding is longer than itself"))?;
        // The packet's code covers the padding, so that nothing is to be learnt from an answer about it. What it counts
        // is not looked at: some BMCs fill it with zeros.
        clear.truncate(length);
        Ok(clear)
    }
}

/// Without any of the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys(suite {})", self.suite)
    }
}

fn cut(secret: &[u8]) -> &[u8] {
    &secret[..secret.len().min(LARGEST_KEY)]
}

/// The whole HMAC of the parts, one after the other. The key has at most 32 bytes, the length of an HMAC-SHA256.
fn hmac(suite: CipherSuite, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    match suite {
        CipherSuite::HmacSha1 => finish(<Hmac<Sha1> as KeyInit>::new(&whole_block(key).into()), parts),
        CipherSuite::HmacSha256 => finish(<Hmac<Sha256> as KeyInit>::new(&whole_block(key).into()), parts),
    }
}

/// A short key is filled up with zeros by HMAC itself (RFC 2104, 2); 64 bytes are a block of both hashes.
fn whole_block(key: &[u8]) -> [u8; 64] {
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    block
}

fn finish(mut mac: impl Mac, parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::Privilege;

    pub fn handshake(suite: CipherSuite) -> Handshake {
        Handshake {
            suite,
            console_session: 0xa0a2_a3a4,
            bmc_session: 0x0200_3f81,
            console_random: std::array::from_fn(|i| i as u8),
            bmc_random: std::array::from_fn(|i| 0x10 + i as u8),
            guid: std::array::from_fn(|i| 0x20 + i as u8),
            role: Role::of(Privilege::Administrator),
            username: b"admin".to_vec(),
        }
    }

    pub fn keys(suite: CipherSuite, password: &[u8]) -> Keys {
        handshake(suite).keys(password, None)
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Codes and keys as Python's hmac and hashlib give them, the encrypted payload as OpenSSL does.
    struct Known {
        suite: CipherSuite,
        rakp2: &'static str,
        rakp3: &'static str,
        session: &'static str,
        integrity: &'static str,
        confidentiality: &'static str,
        rakp4: &'static str,
        rakp4_with_bmc_key: &'static str,
        encrypted: &'static str,
    }

    const KNOWN: [Known; 2] = [
        Known {
            suite: CipherSuite::HmacSha1,
            rakp2: "c639939af4723fb0420f3daad6a15df3481baa72",
            rakp3: "340602966f982b914e1c3514f2e2f32e9209de6f",
            session: "0046732c86ad796401de20d853f499389e63e7c8",
            integrity: "40c84b88422d4013ad022247de210c5c355eacd7",
            confidentiality: "3388f00c5a7e0859ebdc7a51d5cde8d0",
            rakp4: "a2a3dc379ec71990859c6fdb",
            rakp4_with_bmc_key: "b39106742e1604c91a910a4f",
            encrypted: "135c30d9be9e96745d26ebebeed1e277",
        },
        Known {
            suite: CipherSuite::HmacSha256,
            rakp2: "d5658f8017c03fbc4d05bc680620db5c80f5057c7f195108d2eccc7abc20cc04",
            rakp3: "ef09b9ea9656312964224146f3585ef8e78104e44c598ad81961e77942087cfe",
            session: "fdf4babb08e9c1b3d9d98ea0b3773965a1fd49501bfb08deec6167c0ade119f2",
            integrity: "804d80c103b5fb862f3459f4c8ea1c36835c1eba2a95bcefe90823b31cc5ef8e",
            confidentiality: "d3cdcdd04bbe04d833e9ddb2dae66851",
            rakp4: "a03cf24fc285a52de3db0e19c42f5059",
            rakp4_with_bmc_key: "07242860cff8c0fe9c1270d6856bfaf0",
            encrypted: "8adda3b1a195b348f6a50bebf1737e27",
        },
    ];

    const PASSWORD: &[u8] = b"correct horse";

    #[test]
    fn codes_and_keys_are_those_of_another_implementation() {
        let bmc_key: Vec<u8> = (0x40..0x54).collect();
        for known in KNOWN {
            let handshake = handshake(known.suite);
            let keys = handshake.keys(PASSWORD, None);
            assert_eq!(hex(&handshake.rakp2_code(PASSWORD)), known.rakp2);
            assert_eq!(hex(&handshake.rakp3_code(PASSWORD)), known.rakp3);
            assert_eq!(hex(&keys.session), known.session);
            assert_eq!(hex(&keys.integrity), known.integrity);
            assert_eq!(hex(&keys.confidentiality), known.confidentiality);
            assert_eq!(hex(&handshake.rakp4_code(&keys)), known.rakp4);
            let keys = handshake.keys(PASSWORD, Some(&bmc_key));
            assert_eq!(hex(&handshake.rakp4_code(&keys)), known.rakp4_with_bmc_key);
            let keys = handshake.keys(PASSWORD, Some(&[0; LARGEST_KEY]));
            assert_eq!(hex(&handshake.rakp4_code(&keys)), known.rakp4);
        }
    }

    #[test]
    fn a_payload_is_encrypted_as_by_another_implementation() {
        let message = [0x20, 0x18, 0xc8, 0x81, 0x04, 0x01, 0x7a];
        for known in KNOWN {
            let keys = keys(known.suite, PASSWORD);
            let encrypted = keys.encrypt([0x5a; BLOCK], &message);
            assert_eq!(encrypted[..BLOCK], [0x5a; BLOCK]);
            assert_eq!(hex(&encrypted[BLOCK..]), known.encrypted);
            assert_eq!(keys.decrypt(&encrypted).unwrap(), message);
        }
    }

    #[test]
    fn what_cannot_be_decrypted_is_told() {
        let keys = keys(CipherSuite::HmacSha1, PASSWORD);
        for payload in [&[0; 15][..], &[0; 16], &[0; 33]] {
            assert!(matches!(keys.decrypt(payload), Err(Malformed::Cipher(_))), "{} bytes", payload.len());
        }
    }

    #[test]
    fn a_password_counts_up_to_20_bytes() {
        let handshake = handshake(CipherSuite::HmacSha1);
        let long = [b'a'; 21];
        assert_eq!(handshake.rakp2_code(&long), handshake.rakp2_code(&long[..20]));
        assert_ne!(handshake.rakp2_code(&long), handshake.rakp2_code(&long[..19]));
        assert!(Handshake::same(b"code", b"code") && !Handshake::same(b"code", b"cod"));
    }

    #[test]
    fn keys_do_not_print() {
        assert_eq!(format!("{:?}", keys(CipherSuite::HmacSha256, PASSWORD)), "Keys(suite 17)");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_decryption_panic(payload in proptest::collection::vec(proptest::num::u8::ANY, 0..100)) {
            for suite in CipherSuite::ALL {
                let _ = keys(suite, PASSWORD).decrypt(&payload);
            }
        }
    }
}
