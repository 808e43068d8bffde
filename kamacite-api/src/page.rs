//! Pages of lists: where they begin, how long they are, how they are sorted, and the link to the next.

use std::slice;

use kamacite_model::Uuid;
use kamacite_store::Error as StoreError;
use serde_json::Value;

use crate::{
    args::Args,
    fault::{Fault, Result},
    schema,
    shown::Shown,
    versions::{Field, Version, since},
};

/// Which of the two lists of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The list that shows what is asked for.
    Chosen,
    /// The list below `/detail`, which shows everything.
    Detail,
}

impl Form {
    /// The arguments it takes, of those that there are.
    pub fn known(self, all: &[&'static str]) -> Vec<&'static str> {
        let takes = |name: &&str| self == Self::Chosen || !matches!(*name, "fields" | "detail");
        all.iter().copied().filter(takes).collect()
    }
}

/// Refuses `?fields=` and fields in it that the client's version does not have.
pub fn check_fields(version: Version, fields: Option<&[String]>, require: impl Fn(&str) -> Result<()>) -> Result<()> {
    let Some(fields) = fields else { return Ok(()) };
    version.require(since::FIELDS)?;
    fields.iter().try_for_each(|field| require(field))
}

/// Refuses names in a `?fields=` that are no fields, in the words of the reference's schema library.
pub fn check_names<F: Field>(fields: Option<&[String]>) -> Result<()> {
    let known = F::sorted_names();
    fields.unwrap_or_default().iter().try_for_each(|field| schema::check_one_of(field, known.iter().copied()))
}

/// What a list shows: everything, what is asked for, or what it shows by itself.
pub fn shown(version: Version, form: Form, args: &Args, default: &[&str]) -> Result<Shown> {
    if form == Form::Detail {
        return Ok(Shown::All);
    }
    let (fields, detail) = (args.list("fields")?, args.boolean("detail")?);
    if let Some(detail) = detail.filter(|_| !version.has(since::DETAIL)) {
        let shown = if detail { "True" } else { "False" };
        return Err(Fault::invalid(format!("Invalid query parameter ?detail={shown} received.")));
    }
    match (fields, detail) {
        (Some(_), Some(true)) => Err(fields_and_detail()),
        (None, Some(true)) => Ok(Shown::All),
        (Some(fields), _) => Ok(Shown::Only(fields)),
        (None, _) => Ok(Shown::these(default)),
    }
}

/// How long a page may be: as asked, up to what is configured.
pub fn limit(args: &Args, max: usize) -> Result<usize> {
    match args.integer("limit")? {
        None => Ok(max),
        Some(asked) if asked <= 0 => Err(Fault::invalid("Limit must be positive")),
        Some(asked) => Ok(usize::try_from(asked).unwrap_or(max).min(max)),
    }
}

/// Whether a list is turned round.
pub fn descending(sort_dir: &str) -> Result<bool> {
    match sort_dir {
        "asc" => Ok(false),
        "desc" => Ok(true),
        other => {
            let text = format!("Invalid sort direction: {other}. Acceptable values are 'asc' or 'desc'");
            Err(Fault::invalid(text))
        }
    }
}

/// A sort key that is no column.
pub fn unknown_sort_key(key: &str) -> Fault {
    Fault::invalid(format!("The sort_key value \"{key}\" is an invalid field for sorting"))
}

/// A column that cannot be sorted by.
pub fn unsortable(key: &str) -> Fault {
    Fault::invalid(format!("The sort_key value {key} is an invalid field for sorting"))
}

/// What a caller may not ask for at once.
pub fn fields_and_detail() -> Fault {
    Fault::invalid("Can not specify ?detail=True and fields in the same request.")
}

/// The arguments of a link to the next page, in the order of the reference.
///
/// Ironic repeats only some filters in the link, and truth values as Python prints them. Clients follow the link as it
/// is, so it is kept.
#[derive(Debug, Default)]
pub struct NextLink(String);

impl NextLink {
    /// Repeats an argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        for part in [name, "=", value, "&"] {
            self.0.push_str(part);
        }
        self
    }

    /// Repeats what a list was narrowed by, as often as it was said. Ironic does not, and so leads to what others have.
    pub fn narrowed(args: &Args, names: &[&str]) -> Self {
        let mut link = Self::default();
        for name in names {
            let many = match args.get(name) {
                Some(Value::Array(many)) => many.as_slice(),
                one => one.map(slice::from_ref).unwrap_or_default(),
            };
            for value in many.iter().filter_map(Value::as_str) {
                let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
                link = link.with(name, &value);
            }
        }
        link
    }

    /// Repeats the order of a list.
    #[must_use]
    pub fn sorted(self, key: &str, descending: bool) -> Self {
        self.with("sort_key", key).with("sort_dir", if descending { "desc" } else { "asc" })
    }

    /// Repeats what is shown of the items of a list.
    #[must_use]
    pub fn with_shown(self, form: Form, args: &Args, shown: &Shown) -> Self {
        let link = match args.boolean("detail") {
            Ok(Some(detail)) if form == Form::Chosen => self.with_flag("detail", detail),
            Ok(_) | Err(_) => self,
        };
        match shown {
            Shown::Only(names) if !names.is_empty() => link.with("fields", &names.join(",")),
            Shown::Only(_) | Shown::All => link,
        }
    }

    /// Repeats a truth value.
    #[must_use]
    pub fn with_flag(self, name: &str, value: bool) -> Self {
        self.with(name, if value { "True" } else { "False" })
    }

    /// The query: from `marker` on, `limit` at a time.
    pub fn after(self, limit: usize, marker: &str) -> String {
        format!("?{}limit={limit}&marker={marker}", self.0)
    }
}

/// That the item which a page is to begin after is not there, in the noun's words.
pub fn no_marker(missing: impl Fn(Uuid) -> Fault) -> impl Fn(StoreError) -> Fault {
    move |error| match error {
        StoreError::MarkerNotFound { marker } => missing(marker),
        error => error.into(),
    }
}

/// The last item of a full page: where the next begins.
pub fn marker(items: usize, limit: usize, last: Option<Uuid>) -> Option<Uuid> {
    last.filter(|_| items == limit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: Result<usize, &str>) {
        assert_eq!(
            limit(&Args::parse(query), 1000).map_err(|fault| fault.text().to_owned()),
            expected.map_err(Into::into)
        );
    }

    #[test]
    fn a_page_is_as_long_as_asked_up_to_the_limit() {
        check("", Ok(1000));
        check("limit=5", Ok(5));
        check("limit=1001", Ok(1000));
        check("limit=0", Err("Limit must be positive"));
        check("limit=-1", Err("Limit must be positive"));
        check("limit=x", Err("Expected an integer for limit: x"));
    }

    #[test]
    fn the_next_link_repeats_what_the_reference_repeats() {
        let link = NextLink::default().with("sort_key", "id").with_flag("detail", true);
        assert_eq!(link.after(2, "m"), "?sort_key=id&detail=True&limit=2&marker=m");
    }
}
