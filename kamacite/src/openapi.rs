//! `kamacite openapi`: the OpenAPI document of the HTTP API, as it is checked in.

/// The document, for machines and for people who read differences.
pub(crate) fn page() -> String {
    format!("{:#}\n", kamacite_api::openapi_document())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_in_the_docs_is_the_generated_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == page(), "docs/openapi.json is out of date; run: cargo run -- openapi > docs/openapi.json");
    }
}
