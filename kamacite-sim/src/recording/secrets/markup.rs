//! Secrets in XML: the text of an element whose own name, or an attribute of whose, says that it is one.
//!
//! It is found within other text and within JSON, where quotes are escaped, so nothing is asked of what surrounds it.

use std::ops::Range;

use super::{
    MARK, is_value,
    names::{Naming, naming},
};

/// What is longer is no tag.
const LONGEST_TAG: usize = 1024;

/// `<Password>abc</Password>`, `<Attribute Name="Users.2#Password">abc</Attribute>` and
/// `<Attribute Name="Users.2#Password" Value="abc"/>` lose their values.
pub(super) fn without_elements(text: &str, found: &mut impl FnMut(&str)) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(open) = text[done..].find('<').map(|at| done + at) {
        let Some(close) = end_of_tag(text, open) else {
            clean.push_str(&text[done..=open]);
            done = open + 1;
            continue;
        };
        for value in values(text, open + 1..close) {
            if !text[value.clone()].trim().is_empty() {
                found(&text[value.clone()]);
                clean.push_str(&text[done..value.start]);
                clean.push_str(MARK);
                done = value.end;
            }
        }
        let end = done.max(close + 1);
        clean.push_str(&text[done..end]);
        done = end;
    }
    clean + &text[done..]
}

/// Where the tag that opens at `open` closes; `None` where none begins.
fn end_of_tag(text: &str, open: usize) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text[open..].char_indices().skip(1).take(LONGEST_TAG) {
        match (quote, c) {
            (None, '>') => return (at > 1).then_some(open + at),
            (None, '<') => return None,
            (None, '"' | '\'') => quote = Some(c),
            (Some(opened), _) if opened == c => quote = None,
            (None | Some(_), _) => {}
        }
    }
    None
}

/// The places of the secrets that a tag tells of: attributes in it, and the text behind it.
fn values(text: &str, tag: Range<usize>) -> Vec<Range<usize>> {
    let inside = &text[tag.clone()];
    if inside.starts_with(['/', '!', '?']) {
        return Vec::new();
    }
    let attributes = attributes(text, tag.clone());
    let name = inside.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    let says = |name: &str| naming(name) == Naming::Secret;
    if !says(name) && !attributes.iter().any(|(_, value)| says(&text[value.clone()])) {
        return Vec::new();
    }
    let mut found: Vec<_> = attributes.into_iter().filter(|(name, _)| is_value(name)).map(|(_, value)| value).collect();
    if !inside.ends_with('/') {
        found.push(content(text, tag.end + 1));
    }
    found
}

/// Names and places of values of what is quoted in a tag.
fn attributes(text: &str, tag: Range<usize>) -> Vec<(&str, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = tag.start;
    while let Some(equals) = text[at..tag.end].find('=').map(|length| at + length) {
        let name = text[at..equals].trim_end();
        let name = name.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
        let after = &text[equals + 1..tag.end];
        let opened = after.trim_start_matches([' ', '\t', '\\']);
        let start = equals + 1 + (after.len() - opened.len());
        at = equals + 1;
        let Some(quote) = opened.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let Some(length) = opened[1..].find(quote) else { continue };
        let value = opened[1..=length].trim_end_matches('\\');
        found.push((name, start + 1..start + 1 + value.len()));
        at = start + 1 + length + 1;
    }
    found
}

/// Where the text behind a tag is, up to the next one.
fn content(text: &str, from: usize) -> Range<usize> {
    const OPENS: &str = "<![CDATA[";
    let after = &text[from..];
    let blank = after.len() - after.trim_start().len();
    if let Some(data) = after[blank..].strip_prefix(OPENS) {
        let start = from + blank + OPENS.len();
        return start..start + data.find("]]>").unwrap_or(data.len());
    }
    from..from + after.find('<').unwrap_or(after.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(without_elements(text, &mut |_| ()), expected);
    }

    #[track_caller]
    fn check_kept(text: &str) {
        check(text, text);
    }

    #[test]
    fn elements_that_name_a_secret() {
        check("<Password>hunter2</Password><Id>1</Id>", "<Password>******</Password><Id>1</Id>");
        check("<Password>correct horse</Password>", "<Password>******</Password>");
        check(r#"<Password type="x">hunter2</Password>"#, r#"<Password type="x">******</Password>"#);
        check("<Password><![CDATA[a<b]]></Password>", "<Password><![CDATA[******]]></Password>");
        check("<Password>cut off", "<Password>******");
        check("1 < 2 <Password>x</Password>", "1 < 2 <Password>******</Password>");
    }

    #[test]
    fn attributes_that_name_a_secret() {
        check(
            r#"<Attribute Name="Users.2#Password">n3w-pass</Attribute><Attribute Name="SNMP.1#AgentCommunity">x</Attribute>"#,
            r#"<Attribute Name="Users.2#Password">******</Attribute><Attribute Name="SNMP.1#AgentCommunity">******</Attribute>"#,
        );
        check(r#"<Attribute Name=\"APassword\">x</Attribute>"#, r#"<Attribute Name=\"APassword\">******</Attribute>"#);
        check("<A Name='Password' Value='x' Id='1'/>", "<A Name='Password' Value='******' Id='1'/>");
        check("<A Value='a>b' Name='Password'>c</A>", "<A Value='******' Name='Password'>******</A>");
    }

    #[test]
    fn what_is_no_secret() {
        check_kept(r#"<Property Name="Password" Type="Edm.String"/>"#);
        check_kept(r#"<Property Name="Password"> <Annotation Term="x"/></Property>"#);
        check_kept(r#"<Attribute Name="Users.2#UserName">admin</Attribute>"#);
        check_kept("a <- b <> c < d > e <");
    }

    #[test]
    fn what_is_found_is_told() {
        let mut found = Vec::new();
        without_elements("<Password>a b</Password><Token>c</Token>", &mut |value| found.push(value.to_owned()));
        assert_eq!(found, ["a b", "c"]);
    }
}
