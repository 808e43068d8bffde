//! What is known to be secret, in every spelling in which it may turn up again.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashSet},
};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::Value;

use super::MARK;

/// Shorter texts are not looked for elsewhere: they would be found in the middle of everything.
const SHORTEST: usize = 4;

/// So many secrets are looked for. No conversation has more, and each costs time with every text.
pub(super) const MOST: usize = 4000;

/// Words that are the value of many things, and no secret worth spoiling all of them.
const COMMON: &[&str] =
    &["absent", "auto", "default", "disabled", "enabled", "false", "none", "null", "standby", "true", "unknown"];

/// What a URL may have in it as it is (RFC 3986, 2.3), and what it may have where it means something (2.2).
const UNRESERVED: &str = "-._~";
const RESERVED: &str = "-._~:/?#[]@!$&'()*+,;=";

/// Secrets, to be found wherever they are.
#[derive(Default)]
pub(super) struct Known {
    secrets: HashSet<String>,
    /// Longest first, so that none is torn by a shorter one.
    spellings: BTreeSet<(Reverse<usize>, String)>,
    overflown: bool,
}

impl Known {
    /// From now on a text is a secret, however it is spelt.
    pub fn learn(&mut self, secret: &str) {
        for secret in readings(secret) {
            let secret = secret.trim();
            if is_dull(secret) || self.secrets.contains(secret) {
                continue;
            }
            if self.secrets.len() >= MOST {
                return self.overflow();
            }
            self.secrets.insert(secret.to_owned());
            self.spellings.extend(spellings(secret).into_iter().map(|text| (Reverse(text.len()), text)));
        }
    }

    /// There are more than are looked for.
    pub fn overflow(&mut self) {
        self.overflown = true;
    }

    /// Whether there were more than are looked for.
    pub fn overflown(&self) -> bool {
        self.overflown
    }

    /// Whether a text is a secret as a whole.
    pub fn is(&self, text: &str) -> bool {
        self.secrets.contains(text)
    }

    /// The text with a mark for each secret in it.
    pub fn blot(&self, text: &str) -> String {
        let no_longer = self.spellings.range((Reverse(text.len()), String::new())..);
        let hit = no_longer.map(|(_, known)| known.as_str()).filter(|known| text.contains(known));
        hit.fold(text.to_owned(), |text, known| text.replace(known, MARK))
    }
}

fn is_dull(secret: &str) -> bool {
    let first = secret.chars().next();
    secret.chars().count() < SHORTEST
        || secret.contains(MARK)
        || secret.chars().all(|c| Some(c) == first)
        || COMMON.contains(&secret.to_lowercase().as_str())
}

/// What a text may be once it is read: as it is, taken from a URL, from a form, from XML.
fn readings(text: &str) -> [String; 4] {
    let from_form = percent_decoded(&text.replace('+', " "));
    let mut from_xml = text.to_owned();
    for (letter, entity) in
        [("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;"), ("'", "&#39;"), ("&", "&amp;")]
    {
        from_xml = from_xml.replace(entity, letter);
    }
    [text.to_owned(), percent_decoded(text), from_form, from_xml]
}

/// A secret as it is, within JSON, in URLs and forms, in XML and HTML, in base64 (whose padding need not be there).
fn spellings(secret: &str) -> Vec<String> {
    let quoted = Value::from(secret).to_string();
    let (strict, bare) = (percent_encoded(secret, UNRESERVED), percent_encoded(secret, RESERVED));
    let form = strict.replace("%20", "+");
    let in_xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let in_html = in_xml.replace('"', "&quot;").replace('\'', "&#39;");
    vec![
        secret.to_owned(),
        quoted[1..quoted.len() - 1].to_owned(),
        lower_hex(&strict),
        lower_hex(&bare),
        lower_hex(&form),
        strict,
        bare,
        form,
        in_html.replace("&#39;", "&apos;"),
        in_xml,
        in_html,
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
    ]
}

/// A text as it stands in a URL (RFC 3986, 2.1), where letters, digits and these others need not be encoded.
fn percent_encoded(text: &str, bare: &str) -> String {
    let one = |byte: &u8| {
        let letter = char::from(*byte);
        let is_bare = letter.is_ascii_alphanumeric() || bare.contains(letter);
        if is_bare { letter.to_string() } else { format!("%{byte:02X}") }
    };
    text.as_bytes().iter().map(one).collect()
}

fn lower_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (hex, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text + "%" + &hex.to_lowercase() + rest
    })
}

/// What a text of a URL says; what is no encoding in it stays as it is.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(hex.unwrap_or(*byte));
        at += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(secret: &str, text: &str, expected: &str) {
        let mut known = Known::default();
        known.learn(secret);
        assert_eq!(known.blot(text), expected, "{secret}");
    }

    #[test]
    fn every_spelling_is_found() {
        check("hun\"ter 2", "'hun\"ter 2' is too short", "'******' is too short");
        check("hun\"ter 2", r#"{"Value": "hun\"ter 2"}"#, r#"{"Value": "******"}"#);
        check("hunter\"", r#"{"Value": "hunter\""}"#, r#"{"Value": "******"}"#);
        check("hun\"ter 2", "/x?y=hun%22ter%202", "/x?y=******");
        check("c0rrect horse", "/x?y=c0rrect+horse&z=1", "/x?y=******&z=1");
        check("s3cr/t", "/x?y=s3cr%2ft and s3cr%2Ft", "/x?y=****** and ******");
        check("p@ss&w/rd 1", "/x?y=p@ss&w/rd%201", "/x?y=******");
        check("hun&ter'2", "<a>hun&amp;ter'2</a><b>hun&amp;ter&#39;2</b>", "<a>******</a><b>******</b>");
        check("hun\"ter 2", "aHVuInRlciAy", "******");
        check("hunter2", "aHVudGVyMg", "******");
        check("hunter2", "aHVudGVyMg==", "******==");
        check("??>>??>>", "Pz8-Pj8_Pj4 and Pz8+Pj8/Pj4=", "****** and ******=");
    }

    #[test]
    fn what_is_learned_as_it_was_written_is_known_as_it_is_meant() {
        check("s3cr%40et", "login failed with s3cr@et", "login failed with ******");
        check("c0rrect+horse", "login failed with c0rrect horse", "login failed with ******");
        check("hun&amp;ter2", "login failed with hun&ter2", "login failed with ******");
    }

    #[test]
    fn there_is_an_end_to_it() {
        let mut known = Known::default();
        for number in 0..MOST {
            known.learn(&format!("secret-{number}"));
        }
        assert!(!known.overflown());
        known.learn("secret-0");
        assert!(!known.overflown(), "it is known already");
        known.learn("one more");
        assert!(known.overflown());
    }
}
