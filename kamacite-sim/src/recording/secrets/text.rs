//! Secrets in the middle of text: in URLs, beside their names, in the words of `Authorization`, behind `/Sessions/`.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    MARK,
    markup::without_elements,
    names::{Naming, naming},
    sieve::By,
};

/// What can end a value that stands in text without quotes.
const ENDS: &[char] = &['&', ',', ';', '"', '\'', '<', '>', ')', ']', '}', '|', '\\'];

/// What can end a value in a URL or a form.
const PARAMETER_ENDS: &[char] = &['&', '#', '"', '<', '>', '\\'];

/// Headers whose values go to the end of the line.
const LINES: [&str; 3] = ["authorization", "cookie", "set-cookie"];

/// A token after `Bearer` is not shorter.
const SHORTEST_TOKEN: usize = 12;

/// User name and password of a URL are not longer.
const LONGEST_USERINFO: usize = 512;

/// The text with a mark for what looks like a secret in it, each of which is told, to be looked for elsewhere.
pub(super) fn clean(text: &str, found: &mut impl FnMut(By, &str)) -> String {
    if text.contains("PRIVATE KEY-----") || is_key(text) {
        return MARK.to_owned();
    }
    let text = without_userinfo(text, &mut |password| found(By::Form, password));
    let text = without_sessions(&text, &mut |id| found(By::Session, id));
    let text = without_credentials(&text, &mut |secret| found(By::Form, secret));
    let text = without_elements(&text, &mut |value| found(By::Beside, value));
    without_values(&text, &mut |value| found(By::Beside, value))
}

/// Whether this is a key in base64, without the lines that say so: PKCS #1, #8 and #12 and RFC 5915 begin with a sequence
/// (tag 0x30) whose first part is a version (tag 2), certificates do not.
fn is_key(text: &str) -> bool {
    const SHORTEST_KEY: usize = 64;
    let head: String = text.trim_start().chars().take(12).collect();
    let head = BASE64_STANDARD.decode(head).unwrap_or_default();
    text.len() >= SHORTEST_KEY
        && matches!(head.as_slice(), [0x30, 0x82, _, _, 2, 1, ..] | [0x30, 0x81, _, 2, 1, ..] | [0x30, _, 2, 1, ..])
}

/// `https://user:password@host/` becomes `https://******@host/`.
fn without_userinfo(text: &str, found: &mut impl FnMut(&str)) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let length = userinfo(&after[..after.floor_char_boundary(LONGEST_USERINFO)]).unwrap_or(0);
        if length > 0 {
            after[..length].split_once(':').into_iter().for_each(|(_, password)| found(password));
            clean.push_str(MARK);
        }
        rest = &after[length..];
    }
    clean + rest
}

/// How much of what follows `://` is user name and password.
fn userinfo(after: &str) -> Option<usize> {
    let until = |text: &'_ str, ends: &dyn Fn(char) -> bool| text.find(ends).unwrap_or(text.len());
    let word = &after[..until(after, &char::is_whitespace)];
    let url = &word[..until(word, &|c| matches!(c, '"' | '<' | '>'))];
    let authority = &url[..until(url, &|c| matches!(c, '/' | '?' | '#' | '\\'))];
    if let Some(at) = authority.rfind('@') {
        return Some(at);
    }
    // A password with a slash or a quote in it is no valid URL, and a password all the same.
    let (_, port) = authority.rsplit_once(':')?;
    let is_port = port.chars().all(|c| c.is_ascii_digit()) || authority.ends_with(']');
    match word[authority.len()..].chars().next() {
        Some('#') => url.rfind('@'),
        _ if is_port => None,
        Some('"' | '<' | '>') => word.rfind('@'),
        _ => url.rfind('@'),
    }
}

/// `/Sessions/17` becomes `/Sessions/******`: with some BMCs the name of a session is all one needs.
fn without_sessions(text: &str, found: &mut impl FnMut(&str)) -> String {
    const BEFORE: &str = "/Sessions/";
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEFORE) {
        let (before, after) = rest.split_at(at + BEFORE.len());
        clean.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#') || ENDS.contains(&c));
        let id = &after[..end.unwrap_or(after.len())];
        if !id.is_empty() && id != "Members" {
            found(id);
            clean.push_str(MARK);
            rest = &after[id.len()..];
        } else {
            rest = after;
        }
    }
    clean + rest
}

/// `Basic YWRtaW46cGFzc3dvcmQ=` becomes `Basic ******`, and so does what follows `Bearer`.
fn without_credentials(text: &str, found: &mut impl FnMut(&str)) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut scheme = "";
    for word in text.split_inclusive(' ') {
        let bare = word.trim_end_matches(' ');
        let bare_token = bare.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        let end = bare_token.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=-_.~".contains(c)));
        let core = &bare_token[..end.unwrap_or(bare_token.len())];
        let secret = match scheme {
            "basic" => super::pair(core).is_some(),
            "bearer" => core.len() >= SHORTEST_TOKEN,
            _ => false,
        };
        if secret {
            found(core);
            super::pair(core).iter().for_each(|(_, password)| found(password));
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

/// `token=abc` and `Password: "abc"` lose their values.
fn without_values(text: &str, found: &mut impl FnMut(&str)) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for (at, separator) in text.match_indices(['=', ':']) {
        if at < done {
            continue;
        }
        let Some(ends) = names_a_secret(&text[done..at], separator) else { continue };
        let (start, end) = value(text, at + 1, ends);
        if start < end {
            found(&text[start..end]);
            clean.push_str(&text[done..start]);
            clean.push_str(MARK);
            done = end;
        }
    }
    clean + &text[done..]
}

/// What ends a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// It is one of a text.
    Word,
    /// It is a parameter of a URL or a form.
    Parameter,
    /// It is a header, and as long as the line.
    Line,
}

/// Whether the text before a separator ends in a name that says so, and what then ends the value.
fn names_a_secret(before: &str, separator: &str) -> Option<Ends> {
    let mut trimmed = before.trim_end_matches([' ', '\t', '"', '\'', '\\']);
    // `user[password]`
    for bracket in ["]", "%5D", "%5d"] {
        trimmed = trimmed.strip_suffix(bracket).unwrap_or(trimmed);
    }
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | '%');
    let (preceding, name) = trimmed.split_at(trimmed.trim_end_matches(is_of_name).len());
    let name = name.rsplit(['[', '%']).next().unwrap_or_default();
    let naming = naming(name.strip_prefix("5B").or(name.strip_prefix("5b")).unwrap_or(name));
    let is_parameter = separator == "=" && (preceding.is_empty() || preceding.ends_with(['?', '&']));
    match naming {
        Naming::Secret if separator == ":" && LINES.contains(&name.to_lowercase().as_str()) => Some(Ends::Line),
        Naming::Secret | Naming::About if is_parameter => Some(Ends::Parameter),
        Naming::Secret => Some(Ends::Word),
        Naming::About | Naming::Plain => None,
    }
}

/// Where the value that begins behind a separator stands.
fn value(text: &str, from: usize, ends: Ends) -> (usize, usize) {
    let after = &text[from..];
    let start = from + after.len() - after.trim_start_matches([' ', '\t', '\\']).len();
    let Some(first) = text[start..].chars().next() else { return (start, start) };
    let end = |ends: &dyn Fn(char) -> bool| text[start..].find(ends).map_or(text.len(), |at| start + at);
    match (first, ends) {
        ('"' | '\'', _) => (start + 1, closing(text, start)),
        // What is not whole cannot be taken apart: nothing of it is kept.
        ('{' | '[', _) => (start, text.len()),
        (_, Ends::Word) => (start, end(&|c| c.is_whitespace() || ENDS.contains(&c))),
        (_, Ends::Parameter) => (start, end(&|c| c.is_whitespace() || PARAMETER_ENDS.contains(&c))),
        (_, Ends::Line) => (start, end(&|c| matches!(c, '\r' | '\n' | '"'))),
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
            let _ = clean(&text, &mut |_, _| ());
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(clean(text, &mut |_, _| ()), expected);
    }

    #[track_caller]
    fn check_found(text: &str, expected: &[(By, &str)]) {
        let mut found = Vec::new();
        clean(text, &mut |by, secret| found.push((by, secret.to_owned())));
        let found: Vec<(By, &str)> = found.iter().map(|(by, secret)| (*by, secret.as_str())).collect();
        assert_eq!(found, expected);
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
        check(r#"http://u:pa"ss@host/x"#, "http://******@host/x");
        check("http://u:1#ss@host/x", "http://******@host/x");
        check(r#"{"a":"http://host/x","b":"c@d"}"#, r#"{"a":"http://host/x","b":"c@d"}"#);
        check_found("http://u:p4ss@host/x.iso", &[(By::Form, "p4ss")]);
    }

    #[test]
    fn values_in_queries() {
        check("/x?token=abc&$top=5", "/x?token=******&$top=5");
        check("http://h/x.iso?X-Amz-Signature=abc&y=1", "http://h/x.iso?X-Amz-Signature=******&y=1");
        check("/x?a=1&password=p%20w", "/x?a=1&password=******");
        check("/redfish/v1/Systems?$skip=5", "/redfish/v1/Systems?$skip=5");
        check("/x?token_id=abc&b=1", "/x?token_id=******&b=1");
        check("user[password]=x&user%5Btoken%5D=y&a[b]=z", "user[password]=******&user%5Btoken%5D=******&a[b]=z");
        check("/x?password=a,b;c)d&e=f", "/x?password=******&e=f");
        check_found("/x?token=abc&Password=d", &[(By::Beside, "abc"), (By::Beside, "d")]);
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
        check("Cookie: a=b; SESSION=feedbeef\nx: y", "Cookie: ******\nx: y");
        check("Authorization: Digest username=a, response=b", "Authorization: ******");
        check_found("Basic YWRtaW46cGFzc3dvcmQ", &[(By::Form, "YWRtaW46cGFzc3dvcmQ"), (By::Form, "password")]);
    }

    #[test]
    fn keys_that_do_not_say_so() {
        let (key, certificate) =
            ("MIIEvgIBADANBgkq".to_owned() + &"A".repeat(99), "MIIDazCCAlOgAwIB".to_owned() + &"A".repeat(99));
        check(&key, "******");
        check(&certificate, &certificate);
    }

    #[test]
    fn names_of_sessions() {
        check_found("/redfish/v1/SessionService/Sessions/4f1abc", &[(By::Session, "4f1abc")]);
        check("/redfish/v1/SessionService/Sessions/17", "/redfish/v1/SessionService/Sessions/******");
        check("/redfish/v1/SessionService/Sessions/17/", "/redfish/v1/SessionService/Sessions/******/");
        check("/redfish/v1/SessionService/Sessions/", "/redfish/v1/SessionService/Sessions/");
        check("/redfish/v1/SessionService/Sessions/Members", "/redfish/v1/SessionService/Sessions/Members");
    }
}
