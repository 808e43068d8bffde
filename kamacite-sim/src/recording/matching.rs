//! Whether a request is one that was recorded; a mark, which stands for a secret, matches anything.

use serde_json::Value;

use super::secrets::MARK;

/// Whether a path is one that was recorded. A slash at its end and the way `$` is written make no difference.
pub(super) fn path(recorded: &str, asked: &str) -> bool {
    plain_path(&plain(recorded), &plain(asked))
}

/// As [`path`] of what is [`plain`] already. A mark stands for a part of the path or for a value of the query.
pub(super) fn plain_path(recorded: &str, asked: &str) -> bool {
    let (Some((recorded, its_query)), Some((asked, query))) = (recorded.split_once('?'), asked.split_once('?')) else {
        return recorded == asked;
    };
    like(recorded, asked, |hidden| !hidden.contains('/')) && like(its_query, query, |hidden| !hidden.contains('&'))
}

/// Whether a body is one that was recorded. None and an empty object are the same.
pub(super) fn body(recorded: &Value, sent: &Value) -> bool {
    match (recorded, sent) {
        (Value::String(recorded), _) if recorded == MARK => true,
        (Value::String(recorded), Value::String(sent)) => text(recorded, sent),
        (Value::Array(recorded), Value::Array(sent)) => {
            recorded.len() == sent.len() && recorded.iter().zip(sent).all(|(recorded, sent)| body(recorded, sent))
        }
        (Value::Object(recorded), Value::Object(sent)) => {
            let same = |(name, recorded)| sent.get(name).is_some_and(|sent| body(recorded, sent));
            recorded.len() == sent.len() && recorded.iter().all(same)
        }
        (Value::Number(recorded), Value::Number(sent)) => recorded == sent || recorded.as_f64() == sent.as_f64(),
        (Value::Null, Value::Object(members)) | (Value::Object(members), Value::Null) => members.is_empty(),
        (recorded, sent) => recorded == sent,
    }
}

/// Whether a text is one that was recorded, where each mark stands for any text.
fn text(recorded: &str, given: &str) -> bool {
    like(recorded, given, |_| true)
}

/// Whether a text is one that was recorded, where each mark stands for what may be hidden.
fn like(recorded: &str, given: &str, may_be_hidden: impl Fn(&str) -> bool) -> bool {
    let mut parts = recorded.split(MARK);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = given.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        let Some((hidden, after)) = rest.split_once(part) else { return false };
        if !may_be_hidden(hidden) {
            return false;
        }
        rest = after;
    }
    rest.strip_suffix(last).is_some_and(may_be_hidden)
}

/// A path as it is compared, without what makes no difference.
pub(super) fn plain(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    format!("{}?{}", path.trim_end_matches('/'), query.replace("%24", "$"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_path(recorded: &str, asked: &str, same: bool) {
        assert_eq!(path(recorded, asked), same, "{recorded} {asked}");
    }

    #[track_caller]
    fn check(recorded: Value, sent: Value, same: bool) {
        assert_eq!(body(&recorded, &sent), same, "{recorded} {sent}");
    }

    #[test]
    fn paths() {
        check_path("/redfish/v1/", "/redfish/v1", true);
        check_path("/redfish/v1/Systems/1", "/redfish/v1/Systems/1/", true);
        check_path("/redfish/v1/Systems/1", "/redfish/v1/Systems/11", false);
        check_path("/redfish/v1/Systems?$skip=5", "/redfish/v1/Systems?%24skip=5", true);
        check_path("/redfish/v1/Systems?$skip=5", "/redfish/v1/Systems", false);
        check_path("/a/******/b?token=******", "/a/7/b?token=hunter2", true);
        check_path("/a/******/b", "/a/7/c", false);
        check_path("/a/******", "/a/7", true);
        check_path("/a/******", "/a/7/Keys", false);
        check_path("/a/******/b", "/a/7/c/b", false);
        check_path("/a?token=******&b=1", "/a?token=x/y&b=1", true);
        check_path("/a?token=******", "/a?token=x&b=1", false);
    }

    #[test]
    fn bodies() {
        check(json!({"ResetType": "On"}), json!({"ResetType": "On"}), true);
        check(json!({"ResetType": "On"}), json!({"ResetType": "ForceOff"}), false);
        check(json!({"a": 1, "b": [1, {"c": null}]}), json!({"b": [1.0, {"c": null}], "a": 1}), true);
        check(json!({"a": 1}), json!({"a": 1, "b": 2}), false);
        check(json!({"a": 1, "b": 2}), json!({"a": 1}), false);
        check(json!([1, 2]), json!([2, 1]), false);
        check(json!(null), json!({}), true);
        check(json!({}), json!(null), true);
        check(json!(null), json!({"a": 1}), false);
    }

    #[test]
    fn secrets_match_anything() {
        check(json!({"Password": MARK}), json!({"Password": "hunter2"}), true);
        check(json!({"Password": MARK}), json!({"Password": 7}), true);
        check(json!({"Password": MARK}), json!({"Passwort": "hunter2"}), false);
        check(json!(MARK), json!("a body that is no JSON"), true);
        check(json!({"Image": "http://******@h/x"}), json!({"Image": "http://u:p@h/x"}), true);
        check(json!({"Image": "http://******@h/x"}), json!({"Image": "http://u:p@h/y"}), false);
        check(json!("a ****** b ****** c"), json!("a 1 b 2 c"), true);
        check(json!("a ****** b ****** c"), json!("a 1 c 2 b"), false);
    }
}
