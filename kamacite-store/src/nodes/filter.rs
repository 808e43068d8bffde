//! From a filter to the condition that rows must meet.

use kamacite_model::Uuid;
use sea_query::{Condition, Expr, ExprTrait as _, Func, LikeExpr, Value};

use super::{NodeFilter, ParentFilter};
use crate::db::Stored;

/// What holds for the rows that the filter lets through.
pub(crate) fn condition(filter: &NodeFilter) -> Condition {
    let NodeFilter {
        uuid_in,
        chassis_uuid,
        instance_uuid,
        instance_name,
        associated,
        maintenance,
        provision_state,
        provision_state_in,
        provision_updated_before,
        driver,
        resource_class,
        fault,
        conductor_group,
        conductor_affinity,
        owner,
        lessee,
        project,
        description_contains,
        retired,
        shard_in,
        sharded,
        reserved,
        parent,
    } = filter;
    Condition::all()
        .add_option(uuid_in.as_deref().map(is_one_of))
        .add_option(equals("chassis_uuid", chassis_uuid))
        .add_option(equals("instance_uuid", instance_uuid))
        .add_option(equals("instance_name", instance_name))
        .add_option(is_set("instance_uuid", *associated))
        .add_option(equals("maintenance", maintenance))
        .add_option(equals("provision_state", provision_state))
        .add_option(is_in("provision_state", provision_state_in))
        .add_option(provision_updated_before.map(|at| Expr::col("provision_updated_at").lt(at.as_microsecond())))
        .add_option(equals("driver", driver))
        .add_option(equals("resource_class", resource_class))
        .add_option(equals("fault", fault))
        .add_option(equals("conductor_group", conductor_group))
        .add_option(equals("conductor_affinity", conductor_affinity))
        .add_option(equals("owner", owner))
        .add_option(equals("lessee", lessee))
        .add_option(
            project
                .as_ref()
                .map(|project| Expr::col("owner").eq(project.as_str()).or(Expr::col("lessee").eq(project.as_str()))),
        )
        .add_option(description_contains.as_deref().map(|part| contains("description", part)))
        .add_option(equals("retired", retired))
        .add_option(is_in("shard", shard_in))
        .add_option(is_set("shard", *sharded))
        .add_option(is_set("reservation", *reserved))
        .add_option(match parent {
            ParentFilter::All => None,
            ParentFilter::TopLevelOnly => Some(Expr::col("parent_node").is_null()),
            ParentFilter::Of(parent) => Some(Expr::col("parent_node").eq(parent.as_str())),
        })
}

/// Rows of these nodes.
///
/// The UUIDs stand in the statement itself, since the number of arguments is bounded; they are safe there, being what they
/// are. Such a statement is not worth keeping prepared.
pub(crate) fn is_one_of(uuids: &[Uuid]) -> Expr {
    Expr::col("uuid").is_in(uuids.iter().map(|uuid| Expr::Constant(uuid.to_string().into())))
}

fn equals<T: Stored>(column: &'static str, wanted: &Option<T>) -> Option<Expr> {
    wanted.as_ref().map(|wanted| Expr::col(column).eq(scalar(wanted)))
}

fn is_in<T: Stored>(column: &'static str, wanted: &Option<Vec<T>>) -> Option<Expr> {
    wanted.as_ref().map(|wanted| Expr::col(column).is_in(wanted.iter().map(scalar)))
}

/// Only JSON can be refused, and nothing is filtered by JSON.
fn scalar<T: Stored>(value: &T) -> Value {
    value.to_value().unwrap_or(T::NOTHING)
}

fn is_set(column: &'static str, wanted: Option<bool>) -> Option<Expr> {
    wanted.map(|wanted| if wanted { Expr::col(column).is_not_null() } else { Expr::col(column).is_null() })
}

pub(crate) fn contains(column: &'static str, part: &str) -> Expr {
    let mut pattern = String::from("%");
    for letter in part.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter.to_ascii_lowercase());
    }
    pattern.push('%');
    // One database's LIKE tells case apart and the other's does not; both have this LOWER, for ASCII at least.
    Func::lower(Expr::col(column)).like(LikeExpr::new(pattern).escape('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db::plan_of, nodes::NODES};

    #[tokio::test]
    async fn what_few_nodes_have_is_found_by_an_index() {
        let some = || Some("x".to_owned());
        let filters = [
            ("nodes_instance_uuid", NodeFilter { instance_uuid: some(), ..NodeFilter::default() }),
            ("nodes_instance_uuid", NodeFilter { associated: Some(true), ..NodeFilter::default() }),
            ("nodes_owner", NodeFilter { owner: some(), ..NodeFilter::default() }),
            ("nodes_lessee", NodeFilter { lessee: some(), ..NodeFilter::default() }),
            ("nodes_owner", NodeFilter { project: some(), ..NodeFilter::default() }),
            (
                "nodes_shard",
                NodeFilter { shard_in: Some(vec!["x".to_owned(), "y".to_owned()]), ..NodeFilter::default() },
            ),
            ("nodes_parent_node", NodeFilter { parent: ParentFilter::Of("x".to_owned()), ..NodeFilter::default() }),
            ("nodes_chassis_uuid", NodeFilter { chassis_uuid: Some(Uuid::nil()), ..NodeFilter::default() }),
        ];
        for (index, filter) in filters {
            let plan = plan_of(&NODES.select().cond_where(condition(&filter)).take()).await;
            assert!(plan.contains(&format!("USING INDEX {index} ")), "{filter:?}: {plan}");
        }
    }
}
