//! Pages of a listing: what it can be sorted by, and how it goes on after a marker.

use kamacite_model::Uuid;
use sea_query::{Condition, Expr, ExprTrait as _, NullOrdering, Order, Query, SelectStatement};

use crate::{
    Error, Result,
    db::{Connection, Stored as _, Table, malformed},
};

/// Declares a closed set of columns with their names, which are those of the wire and of the table alike. The first is
/// what a listing is sorted by when nothing is said.
macro_rules! sort_keys {
    ($(#[$meta:meta])* pub enum $Set:ident { $First:ident = $first:literal, $($Member:ident = $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        #[allow(missing_docs)] // each is named as its column
        pub enum $Set { #[default] $First, $($Member,)* }

        impl $Set {
            /// Every member, in the order of the listing.
            pub const ALL: &'static [Self] = &[Self::$First, $(Self::$Member,)*];

            /// The name on the wire and of the column.
            pub const fn as_str(self) -> &'static str {
                match self { Self::$First => $first, $(Self::$Member => $name,)* }
            }
        }

        impl $crate::sort::SortKey for $Set {
            fn name(self) -> &'static str {
                self.as_str()
            }
        }

        impl std::str::FromStr for $Set {
            type Err = kamacite_model::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|member| member.as_str() == name).ok_or_else(|| {
                    kamacite_model::UnknownName {
                        set: "sort key",
                        name: name.to_owned(),
                        known: Self::ALL.iter().map(|member| member.as_str()).collect(),
                    }
                })
            }
        }
    };
}
pub(crate) use sort_keys;

/// A column that a listing can be sorted by.
pub(crate) trait SortKey: Copy + Send + Sync {
    /// The column's name.
    fn name(self) -> &'static str;
}

/// A page of a listing: which rows, in which order.
#[derive(Debug, Clone, Default)]
pub struct PageQuery<Filter, Key> {
    /// Which rows.
    pub filter: Filter,
    /// The last row of the page before; the page begins after it.
    pub marker: Option<Uuid>,
    /// The most rows to return; `None` returns all.
    pub limit: Option<usize>,
    /// What to sort by; rows that are equal in it stand in the order of their making.
    pub sort_key: Key,
    /// Whether the order is turned round.
    pub descending: bool,
}

/// One page of a table's rows.
///
/// The order is that of the key, then of insertion, so that it is the same each time; nothing comes before something.
pub(crate) struct Page<'a, T: 'static> {
    /// The table.
    pub(crate) table: &'static Table<T>,
    /// The column to sort by; `id` is the order of insertion.
    pub(crate) key: &'a str,
    /// Whether the order is turned round.
    pub(crate) descending: bool,
    /// The UUID of the row that ended the page before.
    pub(crate) marker: Option<Uuid>,
    /// The most rows.
    pub(crate) limit: Option<usize>,
}

impl<T> Page<'_, T> {
    /// Cuts the page out of a selection.
    ///
    /// # Errors
    /// [`Error::MarkerNotFound`], or trouble with the database.
    pub(crate) async fn cut(&self, connection: &mut Connection, select: &mut SelectStatement) -> Result<()> {
        if let Some(marker) = self.marker {
            let after = self.after(connection, marker).await?;
            select.cond_where(after);
        }
        let (order, nulls) = match self.descending {
            false => (Order::Asc, NullOrdering::First),
            true => (Order::Desc, NullOrdering::Last),
        };
        if self.key != "id" {
            select.order_by_with_nulls(self.key.to_owned(), order.clone(), nulls);
        }
        select.order_by("id", order);
        if let Some(limit) = self.limit {
            select.limit(u64::try_from(limit).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    /// What holds for the rows that come after the marker.
    async fn after(&self, connection: &mut Connection, marker: Uuid) -> Result<Condition> {
        let column = self.table.column(self.key);
        let place = Query::select()
            .columns(["id", column.map_or("id", |column| column.name)])
            .from(self.table.name)
            .and_where(Expr::col("uuid").eq(marker.to_string()))
            .to_owned();
        let row = connection.row("looking for the marker", &place).await?.ok_or(Error::MarkerNotFound { marker })?;
        let id = i64::from_row(&row, 0).map_err(|source| malformed(self.table.name, "id", source))?;
        let by_id = match self.descending {
            false => Expr::col("id").gt(id),
            true => Expr::col("id").lt(id),
        };
        let Some(column) = column else { return Ok(Condition::all().add(by_id)) };

        let key = || Expr::col(column.name);
        if row.is_null(1).map_err(|source| malformed(self.table.name, column.name, source.into()))? {
            let among_nothing = Condition::all().add(key().is_null()).add(by_id);
            return Ok(match self.descending {
                false => Condition::any().add(among_nothing).add(key().is_not_null()),
                true => among_nothing,
            });
        }
        let mut marked = (self.table.blank)();
        (column.read)(&mut marked, &row, 1).map_err(|source| malformed(self.table.name, column.name, source))?;
        let value = column.to_value(&marked)?;
        let among_equals = Condition::all().add(key().eq(value.clone())).add(by_id);
        Ok(match self.descending {
            false => Condition::any().add(key().gt(value)).add(among_equals),
            true => Condition::any().add(key().lt(value)).add(among_equals).add(key().is_null()),
        })
    }
}
