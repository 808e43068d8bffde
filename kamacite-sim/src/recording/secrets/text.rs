//! Secrets in the middle of text: in URLs, beside their names, in the words of `Authorization`, behind `/Sessions/`.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    MARK,
    names::{Naming, naming},
};

/// What can end a value that stands in text without quotes.
const ENDS: &[char] = &['&', ',', ';', '"', '\'', '<', '>', ')', ']', '}', '|', '\\'];

/// A token after `Bearer` is not shorter.
const SHORTEST_TOKEN: usize = 12;

/// The text with a mark for what looks like a secret in it.
pub(super) fn clean(text: &str) -> String {
    if text.contains("PRIVATE KEY-----") {
        return MARK.to_owned();
    }
    let text = without_sessions(&without_userinfo(text));
    without_values(&without_credentials(&text))
}

/// The passwords of the URLs in a text, to be looked for elsewhere.
pub(super) fn passwords(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    replace_userinfo(text, |userinfo| found.extend(userinfo.split_once(':').map(|(_, password)| password.to_owned())));
    found
}

/// `https://user:password@host/` becomes `https://******@host/`.
fn without_userinfo(text: &str) -> String {
    replace_userinfo(text, |_| ())
}

fn replace_userinfo(text: &str, mut found: impl FnMut(&str)) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let length = userinfo(after).unwrap_or(0);
        if length > 0 {
            found(&after[..length]);
            clean.push_str(MARK);
        }
        rest = &after[length..];
    }
    clean + rest
}

/// How much of what follows `://` is user name and password.
fn userinfo(after: &str) -> Option<usize> {
    let url = &after[..after.find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>')).unwrap_or(after.len())];
    let authority = &url[..url.find(['/', '?', '#', '\\']).unwrap_or(url.len())];
    if let Some(at) = authority.rfind('@') {
        return Some(at);
    }
    // A password with a slash in it is no valid URL, and a password all the same.
    let (_, port) = authority.rsplit_once(':')?;
    let is_port = port.chars().all(|c| c.is_ascii_digit()) || authority.ends_with(']');
    if is_port { None } else { url.rfind('@') }
}

/// `/Sessions/17` becomes `/Sessions/******`: with some BMCs the name of a session is all one needs.
fn without_sessions(text: &str) -> String {
    const BEFORE: &str = "/Sessions/";
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEFORE) {
        let (before, after) = rest.split_at(at + BEFORE.len());
        clean.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#') || ENDS.contains(&c));
        let id = &after[..end.unwrap_or(after.len())];
        if !id.is_empty() && id != "Members" {
            clean.push_str(MARK);
            rest = &after[id.len()..];
        } else {
            rest = after;
        }
    }
    clean + rest
}

/// `Basic YWRtaW46cGFzc3dvcmQ=` becomes `Basic ******`, and so does what follows `Bearer`.
fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut scheme = "";
    for word in text.split_inclusive(' ') {
        let bare = word.trim_end_matches(' ');
        let bare_token = bare.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let end = bare_token.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=-_.~".contains(c)));
        let core = &bare_token[..end.unwrap_or(bare_token.len())];
        let secret = match scheme {
            "basic" => BASE64_STANDARD.decode(core).is_ok_and(|pair| pair.contains(&b':')),
            "bearer" => core.len() >= SHORTEST_TOKEN,
            _ => false,
        };
        if secret {
            clean.push_str(&word.replacen(core, MARK, 1));
        } else {
            clean.push_str(word);
        }
        let lower = bare.to_lowercase();
        scheme = if lower.ends_with("basic") {
            "basic"
        } else if lower.ends_with("bearer") {
            "bearer"
        } else {
            ""
        };
    }
    clean
}

/// The values that stand beside their names in a text, to be looked for elsewhere.
pub(super) fn values(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    replace_values(text, |value| found.push(value.to_owned()));
    found
}

/// `token=abc`, `Password: "abc"` and `<Password>abc<` lose their values.
fn without_values(text: &str) -> String {
    replace_values(text, |_| ())
}

fn replace_values(text: &str, mut found: impl FnMut(&str)) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for (at, separator) in text.match_indices(['=', ':', '>']) {
        if at < done || !names_a_secret(&text[done..at], separator) {
            continue;
        }
        let (start, end) = value(text, at + 1);
        if start < end {
            found(&text[start..end]);
            clean.push_str(&text[done..start]);
            clean.push_str(MARK);
            done = end;
        }
    }
    clean + &text[done..]
}

/// Whether the text before a separator ends in a name that says so.
fn names_a_secret(before: &str, separator: &str) -> bool {
    let trimmed = before.trim_end_matches([' ', '\t', '"', '\'', '\\']);
    let name_begins = trimmed.rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
    let name = name_begins
        .map_or(trimmed, |at| trimmed.get(at..).unwrap_or_default().trim_start_matches(|c: char| !c.is_alphanumeric()));
    let is_element = trimmed.len() == before.len() && before.ends_with(&format!("<{name}"));
    naming(name) == Naming::Secret && (separator != ">" || is_element)
}

/// Where the value that begins behind a separator stands.
fn value(text: &str, from: usize) -> (usize, usize) {
    let after = &text[from..];
    let start = from + after.len() - after.trim_start_matches([' ', '\t', '\\']).len();
    let Some(first) = text[start..].chars().next() else { return (start, start) };
    let end = |from: usize, ends: &dyn Fn(char) -> bool| text[from..].find(ends).map_or(text.len(), |at| from + at);
    match first {
        '"' | '\'' => (start + 1, closing(text, start)),
        // What is not whole cannot be taken apart: nothing of it is kept.
        '{' | '[' => (start, text.len()),
        _ => (start, end(start, &|c| c.is_whitespace() || ENDS.contains(&c))),
    }
}

/// Where the quote that opens at `at` closes; one that is escaped closes escaped.
fn closing(text: &str, at: usize) -> usize {
    let (before, from) = text.split_at(at);
    let quote = if from.starts_with('\'') { '\'' } else { '"' };
    let nested = before.ends_with('\\');
    let mut escaped = false;
    let closes = from.char_indices().skip(1).find(|&(_, c)| {
        let closes = if nested { c == '\\' } else { c == quote && !escaped };
        escaped = c == '\\' && !escaped;
        closes
    });
    closes.map_or(text.len(), |(length, _)| at + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn nothing_makes_it_stumble() {
        const PARTS: [&str; 24] = [
            "://",
            "@",
            ":",
            "=",
            "/Sessions/",
            "\"",
            "\\\"",
            "'",
            "\\",
            "<",
            ">",
            "{",
            "[",
            " ",
            "&",
            "?",
            "é",
            "漢",
            "Password",
            "token",
            "Basic ",
            "Bearer ",
            "abc",
            "\n",
        ];
        let mut random = Random::stream(7, 0);
        for _ in 0..20_000 {
            let count = 1 + random.next() % 12;
            let text: String = (0..count).map(|_| PARTS[(random.next() % PARTS.len() as u64) as usize]).collect();
            let _ = (clean(&text), passwords(&text), values(&text));
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(clean(text), expected);
    }

    #[test]
    fn credentials_in_urls() {
        check("http://u:p4ss@host/x.iso", "http://******@host/x.iso");
        check("smb://u:p@ss@host:445/share", "smb://******@host:445/share");
        check("ftp://user@host", "ftp://******@host");
        check("cifs://u:pa/ss@host/x", "cifs://******@host/x");
        check("see https://a:b@c/ and https://d:e@f/", "see https://******@c/ and https://******@f/");
        check("http://host:8080/a@b", "http://host:8080/a@b");
        check("http://[2001:db8::5]/a@b", "http://[2001:db8::5]/a@b");
        check("http://redfish.dmtf.org/schemas/v1/x.json#/y", "http://redfish.dmtf.org/schemas/v1/x.json#/y");
        assert_eq!(passwords("http://u:p4ss@host/x.iso"), ["p4ss"]);
    }

    #[test]
    fn values_in_queries() {
        check("/x?token=abc&$top=5", "/x?token=******&$top=5");
        check("http://h/x.iso?X-Amz-Signature=abc&y=1", "http://h/x.iso?X-Amz-Signature=******&y=1");
        check("/x?a=1&password=p%20w", "/x?a=1&password=******");
        check("/redfish/v1/Systems?$skip=5", "/redfish/v1/Systems?$skip=5");
        assert_eq!(values("/x?token=abc&Password=d"), ["abc", "d"]);
    }

    #[test]
    fn values_beside_their_names() {
        check("bad Password: hunter2, try again", "bad Password: ******, try again");
        check("Password='hun ter2' is wrong", "Password='******' is wrong");
        check(r#"{"UserName": "admin", "Password": "hunter2""#, r#"{"UserName": "admin", "Password": "******""#);
        check(r#"{"Password": "a\"b", "Id": "1"}"#, r#"{"Password": "******", "Id": "1"}"#);
        check(r#"{\"Password\": \"a b\", \"Id\": 1}"#, r#"{\"Password\": \"******\", \"Id\": 1}"#);
        check("<Password>hunter2</Password><Id>1</Id>", "<Password>******</Password><Id>1</Id>");
        check(r#"<Property Name="Password" Type="Edm.String"/>"#, r#"<Property Name="Password" Type="Edm.String"/>"#);
        check(r#""HttpHeaders": [{"X": "y"}"#, r#""HttpHeaders": ******"#);
        check("The value of PasswordLength: 8", "The value of PasswordLength: 8");
        check("a password is needed", "a password is needed");
        check("Password:", "Password:");
        check("Password: ", "Password: ");
        check("é=1; Token=é", "é=1; Token=******");
    }

    #[test]
    fn what_authorization_says() {
        check("Basic YWRtaW46cGFzc3dvcmQ=", "Basic ******");
        check("got 'Basic YWRtaW46cGFzc3dvcmQ='.", "got 'Basic ******'.");
        check("Basic authentication is off", "Basic authentication is off");
        check("Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer ******");
        check("the bearer of this", "the bearer of this");
        check("-----BEGIN PRIVATE KEY-----\nMIIE", "******");
    }

    #[test]
    fn names_of_sessions() {
        check("/redfish/v1/SessionService/Sessions/17", "/redfish/v1/SessionService/Sessions/******");
        check("/redfish/v1/SessionService/Sessions/17/", "/redfish/v1/SessionService/Sessions/******/");
        check("/redfish/v1/SessionService/Sessions/", "/redfish/v1/SessionService/Sessions/");
        check("/redfish/v1/SessionService/Sessions/Members", "/redfish/v1/SessionService/Sessions/Members");
    }
}
