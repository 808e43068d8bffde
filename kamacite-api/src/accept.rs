//! What a client accepts: decides whether a handler may answer, and the form of the router's refusals.

use axum::http::{HeaderMap, header};

/// The `Accept` header of a request, as far as it matters (RFC 9110, 12.5.1).
#[derive(Debug, Clone)]
pub struct Accept(Option<String>);

/// The form in which the router explains itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorForm {
    /// A JSON object.
    Json,
    /// A page.
    Html,
    /// Text.
    Plain,
}

impl Accept {
    /// Reads the header; none, and a lone `*/*`, mean JSON.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(header::ACCEPT).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self(text.filter(|text| text != "*/*" && text != "application/json").map(std::borrow::Cow::into_owned))
    }

    /// Whether the client takes JSON; a header that says nothing, or that cannot be read, takes anything.
    pub fn takes_json(&self) -> bool {
        match self.ranges() {
            Some(ranges) if !ranges.is_empty() => quality(&ranges, "application", "json") > 0.0,
            Some(_) | None => true,
        }
    }

    /// The header as it was sent.
    pub fn header(&self) -> &str {
        self.0.as_deref().unwrap_or("application/json")
    }

    /// The form that the client likes best; a page where it likes JSON just as much.
    pub fn error_form(&self) -> ErrorForm {
        if self.0.is_none() {
            return ErrorForm::Json;
        }
        let Some(ranges) = self.ranges() else { return ErrorForm::Html };
        let (html, json) = (quality(&ranges, "text", "html"), quality(&ranges, "application", "json"));
        if html <= 0.0 && json <= 0.0 {
            ErrorForm::Plain
        } else if json > html {
            ErrorForm::Json
        } else {
            ErrorForm::Html
        }
    }

    /// The media ranges with their quality; nothing where the header cannot be read.
    fn ranges(&self) -> Option<Vec<(&str, &str, f32)>> {
        let Some(text) = &self.0 else { return Some(vec![("application", "json", 1.0)]) };
        let mut ranges = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let mut pieces = part.split(';').map(str::trim);
            let (kind, subtype) = pieces.next()?.split_once('/')?;
            let q = pieces.find_map(|piece| piece.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse().ok())?;
            ranges.push((kind, subtype, q));
        }
        Some(ranges)
    }
}

/// How much the client likes a type: the most precise range that fits decides.
fn quality(ranges: &[(&str, &str, f32)], kind: &str, subtype: &str) -> f32 {
    let precision = |range: &(&str, &str, f32)| match (range.0, range.1) {
        (k, s) if k.eq_ignore_ascii_case(kind) && s.eq_ignore_ascii_case(subtype) => 3,
        (k, "*") if k.eq_ignore_ascii_case(kind) => 2,
        ("*", "*") => 1,
        _ => 0,
    };
    ranges.iter().filter(|range| precision(range) > 0).max_by_key(|range| precision(range)).map_or(0.0, |range| range.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: Option<&'static str>, takes_json: bool, form: ErrorForm) {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(axum::http::header::ACCEPT, axum::http::HeaderValue::from_static(header));
        }
        let accept = Accept::of(&headers);
        assert_eq!((accept.takes_json(), accept.error_form()), (takes_json, form), "{header:?}");
    }

    #[test]
    fn headers_are_read_as_the_reference_reads_them() {
        check(None, true, ErrorForm::Json);
        check(Some("*/*"), true, ErrorForm::Json);
        check(Some("application/json"), true, ErrorForm::Json);
        check(Some("application/*"), true, ErrorForm::Json);
        check(Some("*/*;q=0.5"), true, ErrorForm::Html);
        check(Some("application/json, text/html"), true, ErrorForm::Html);
        check(Some("text/html;q=0.1, application/json"), true, ErrorForm::Json);
        check(Some("text/html;q=0.9,application/json;q=0.1"), true, ErrorForm::Html);
        check(Some("foo"), true, ErrorForm::Html);
        check(Some(""), true, ErrorForm::Plain);
        check(Some("text/html"), false, ErrorForm::Html);
        check(Some("text/*"), false, ErrorForm::Html);
        check(Some("text/plain"), false, ErrorForm::Plain);
        check(Some("application/xml"), false, ErrorForm::Plain);
        check(Some("application/vnd.openstack.ironic.v1+json"), false, ErrorForm::Plain);
    }
}
