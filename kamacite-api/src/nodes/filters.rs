//! What lists of nodes are asked for: filters, order, page and fields, read from a query.

use axum::http::StatusCode;
use kamacite_model::{Fault as NodeFault, ProvisionState, Uuid};
use kamacite_store::{NodeColumn, NodeFilter, NodeQuery, ParentFilter};

use super::view::{self, DEFAULT_FIELDS, Fields};
use crate::{
    args::Args,
    fault::{Fault, Result},
    page::{self, NextLink},
    versions::{NodeField, NodeFilterName as Name, Version},
};

/// A list that was asked for.
#[derive(Debug)]
pub struct Asked {
    /// Which nodes, in which order.
    pub query: NodeQuery,
    /// Those of this conductor.
    pub conductor: Option<String>,
    /// How many at most.
    pub limit: usize,
    /// What of them.
    pub fields: Fields,
    /// What the link to the next page repeats; nothing where there can be no next page.
    pub next: Option<NextLink>,
}

/// Which of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `/v1/nodes`, which shows what is asked for.
    Chosen,
    /// `/v1/nodes/detail`, which shows everything.
    Detail,
}

impl Form {
    /// The arguments it takes.
    pub fn known(self) -> Vec<&'static str> {
        let all = Name::ALL.iter().map(|name| name.as_str());
        match self {
            Self::Chosen => all.collect(),
            Self::Detail => all.filter(|name| !matches!(*name, "fields" | "detail")).collect(),
        }
    }
}

/// Reads a query, with the checks in the reference's order: types, versions, values.
pub fn read(version: Version, form: Form, args: &Args, max_limit: usize) -> Result<Asked> {
    let typed = Typed::read(args)?;
    check_versions(version, args, &typed)?;
    let provision_state = typed.provision_state.as_deref().map(state).transpose()?;
    let fault = typed.fault.as_deref().map(fault).transpose()?;
    if form == Form::Chosen {
        check_detail(version, &typed)?;
    }
    let descending = page::descending(typed.sort_dir.as_deref().unwrap_or("asc"))?;
    let sort_key = column(typed.sort_key.as_deref().unwrap_or_default())?;
    let chassis_uuid = args.uuid(Name::ChassisUuid.as_str())?;
    let next = typed.next_link(form, chassis_uuid);
    let fields = match (form, &typed.fields) {
        (Form::Detail, _) => view::all_fields(version),
        (Form::Chosen, Some(names)) => view::chosen_fields(version, names)?,
        (Form::Chosen, None) if typed.detail == Some(true) => view::all_fields(version),
        (Form::Chosen, None) => view::default_fields(version),
    };
    // An instance is on one node at most, so there is no next page.
    let next = typed.instance_uuid.is_none().then_some(next);
    let parent = match (typed.parent_node, typed.include_children) {
        (_, Some(true)) => ParentFilter::All,
        (Some(parent), Some(false) | None) => ParentFilter::Of(parent),
        (None, Some(false) | None) => ParentFilter::TopLevelOnly,
    };
    let filter = NodeFilter {
        chassis_uuid,
        instance_uuid: typed.instance_uuid,
        instance_name: typed.instance_name,
        associated: typed.associated,
        maintenance: typed.maintenance,
        provision_state,
        driver: typed.driver,
        resource_class: typed.resource_class,
        fault,
        conductor_group: typed.conductor_group,
        owner: typed.owner,
        lessee: typed.lessee,
        project: typed.project,
        description_contains: typed.description_contains,
        retired: typed.retired,
        shard_in: typed.shard,
        sharded: typed.sharded,
        parent,
        ..NodeFilter::default()
    };
    let query = NodeQuery { filter, marker: args.uuid("marker")?, limit: None, sort_key, descending };
    Ok(Asked { query, conductor: typed.conductor, limit: page::limit(args, max_limit)?, fields, next })
}

/// Every argument by its type, in the order in which the reference reads them.
struct Typed {
    instance_uuid: Option<String>,
    associated: Option<bool>,
    maintenance: Option<bool>,
    retired: Option<bool>,
    provision_state: Option<String>,
    sort_key: Option<String>,
    sort_dir: Option<String>,
    driver: Option<String>,
    fields: Option<Vec<String>>,
    resource_class: Option<String>,
    fault: Option<String>,
    conductor_group: Option<String>,
    detail: Option<bool>,
    conductor: Option<String>,
    owner: Option<String>,
    description_contains: Option<String>,
    lessee: Option<String>,
    project: Option<String>,
    shard: Option<Vec<String>>,
    sharded: Option<bool>,
    include_children: Option<bool>,
    parent_node: Option<String>,
    instance_name: Option<String>,
}

impl Typed {
    fn read(args: &Args) -> Result<Self> {
        let text = |name: Name| args.string(name.as_str()).map(|text| text.map(str::to_owned));
        let flag = |name: Name| args.boolean(name.as_str());
        args.uuid(Name::ChassisUuid.as_str())?;
        args.uuid(Name::InstanceUuid.as_str())?;
        let (associated, maintenance, retired) =
            (flag(Name::Associated)?, flag(Name::Maintenance)?, flag(Name::Retired)?);
        let provision_state = text(Name::ProvisionState)?;
        args.uuid(Name::Marker.as_str())?;
        args.integer(Name::Limit.as_str())?;
        Ok(Self {
            instance_uuid: text(Name::InstanceUuid)?,
            associated,
            maintenance,
            retired,
            provision_state,
            sort_key: text(Name::SortKey)?,
            sort_dir: text(Name::SortDir)?,
            driver: text(Name::Driver)?,
            fields: args.list(Name::Fields.as_str())?,
            resource_class: text(Name::ResourceClass)?,
            fault: text(Name::Fault)?,
            conductor_group: text(Name::ConductorGroup)?,
            detail: flag(Name::Detail)?,
            conductor: text(Name::Conductor)?,
            owner: text(Name::Owner)?,
            description_contains: text(Name::DescriptionContains)?,
            lessee: text(Name::Lessee)?,
            project: text(Name::Project)?,
            shard: args.exact_list(Name::Shard.as_str())?,
            sharded: flag(Name::Sharded)?,
            include_children: flag(Name::IncludeChildren)?,
            parent_node: text(Name::ParentNode)?,
            instance_name: text(Name::InstanceName)?,
        })
    }

    fn next_link(&self, form: Form, chassis: Option<Uuid>) -> NextLink {
        // Ironic forgets the chassis, and so leads to nodes that stand elsewhere.
        let link = match chassis {
            Some(chassis) => NextLink::default().with(Name::ChassisUuid.as_str(), &chassis.to_string()),
            None => NextLink::default(),
        };
        let mut link = link
            .with("sort_key", self.sort_key.as_deref().unwrap_or("id"))
            .with("sort_dir", self.sort_dir.as_deref().unwrap_or("asc"));
        for (name, flag) in
            [("associated", self.associated), ("maintenance", self.maintenance), ("retired", self.retired)]
        {
            if flag == Some(true) {
                link = link.with_flag(name, true);
            }
        }
        if let Some(detail) = self.detail {
            link = link.with_flag("detail", detail);
        }
        match &self.fields {
            _ if form == Form::Detail || self.detail == Some(true) => link,
            Some(names) if names.is_empty() => link,
            Some(names) => link.with("fields", &names.join(",")),
            None => link.with("fields", &DEFAULT_FIELDS.map(NodeField::as_str).join(",")),
        }
    }
}

/// Refuses what the client's version does not have: some with the version that does, as the reference does.
fn check_versions(version: Version, args: &Args, typed: &Typed) -> Result<()> {
    let said = |name: Name| args.get(name.as_str()).is_some();
    if said(Name::Fields) {
        version.require(Name::Fields.since())?;
        for name in typed.fields.iter().flatten() {
            require_field(version, name)?;
        }
    }
    require_field(version, typed.sort_key.as_deref().unwrap_or_default())?;
    if said(Name::ProvisionState) {
        version.require(Name::ProvisionState.since())?;
        typed.provision_state.as_deref().map(state).transpose()?;
    }
    for name in [
        Name::Driver,
        Name::ResourceClass,
        Name::Fault,
        Name::ConductorGroup,
        Name::Conductor,
        Name::Owner,
        Name::Lessee,
        Name::Shard,
        Name::Sharded,
        Name::IncludeChildren,
        Name::ParentNode,
        Name::InstanceName,
    ] {
        if said(name) && name == Name::InstanceName && !version.has(name.since()) {
            let text = "instance_name is not acceptable in this API version";
            return Err(Fault::invalid(text).with_status(StatusCode::NOT_ACCEPTABLE));
        }
        if said(name) {
            version.require_named(name.since())?;
        }
        if name == Name::Fault {
            typed.fault.as_deref().map(fault).transpose()?;
        }
    }
    Ok(())
}

/// Refuses fields that are newer than the client. Fields that only link elsewhere are none that a list could show.
fn require_field(version: Version, name: &str) -> Result<()> {
    use NodeField as F;
    match NodeField::named(name) {
        None | Some(F::Links | F::Ports | F::Portgroups | F::States | F::Volume) => Ok(()),
        Some(field) => version.require(field.since()),
    }
}

fn check_detail(version: Version, typed: &Typed) -> Result<()> {
    let Some(detail) = typed.detail else { return Ok(()) };
    if !version.has(Name::Detail.since()) {
        let shown = if detail { "True" } else { "False" };
        return Err(Fault::invalid(format!("Invalid query parameter ?detail={shown} received.")));
    }
    if detail && typed.fields.is_some() { Err(page::fields_and_detail()) } else { Ok(()) }
}

fn state(name: &str) -> Result<ProvisionState> {
    name.parse().map_err(|_| Fault::invalid(format!("Provision state \"{name}\" is not valid")))
}

fn fault(name: &str) -> Result<NodeFault> {
    name.parse().map_err(|_| {
        let known: Vec<String> = NodeFault::ALL.iter().map(|fault| format!("'{fault}'")).collect();
        Fault::invalid(format!("Unrecognized fault \"{name}\" is specified, allowed faults are ({})", known.join(", ")))
    })
}

fn column(name: &str) -> Result<NodeColumn> {
    const UNSORTABLE: &[&str] = &[
        "properties",
        "driver_info",
        "extra",
        "instance_info",
        "driver_internal_info",
        "clean_step",
        "deploy_step",
        "raid_config",
        "target_raid_config",
        "traits",
        "network_data",
        "service_step",
    ];
    match name {
        // All have one version, which leaves them in the order of enrolment.
        "" | "version" => Ok(NodeColumn::Id),
        "chassis_id" => Ok(NodeColumn::ChassisUuid),
        "chassis_uuid" => Err(page::unknown_sort_key(name)),
        name if UNSORTABLE.contains(&name) => Err(page::unsortable(name)),
        name => name.parse().map_err(|_| page::unknown_sort_key(name)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn asked(minor: u16, form: Form, query: &str) -> Result<Asked> {
        let args = Args::parse(query).only(&form.known())?;
        read(Version::new(minor).unwrap(), form, &args, 1000)
    }

    #[track_caller]
    fn refuse(minor: u16, query: &str, status: u16, words: &str) {
        let fault = asked(minor, Form::Chosen, query).unwrap_err();
        assert_eq!((fault.status().as_u16(), fault.text()), (status, words));
    }

    #[test]
    fn filters_need_their_version() {
        refuse(7, "fields=uuid", 406, "Request not acceptable.");
        refuse(8, "provision_state=active", 406, "Request not acceptable.");
        refuse(36, "fields=traits", 406, "Request not acceptable.");
        refuse(20, "sort_key=resource_class", 406, "Request not acceptable.");
        refuse(42, "detail=true", 400, "Invalid query parameter ?detail=True received.");
        let words = |since| format!("Request not acceptable. The minimal required API version should be 1.{since}");
        for (name, value) in [("driver", "x"), ("fault", "nope"), ("shard", "x"), ("sharded", "true"), ("owner", "x")] {
            let since = Name::ALL.iter().find(|filter| filter.as_str() == name).unwrap().since();
            refuse(since - 1, &format!("{name}={value}"), 406, &words(since));
        }
    }

    #[test]
    fn values_that_mean_nothing_are_refused() {
        refuse(115, "provision_state=nope", 400, "Provision state \"nope\" is not valid");
        refuse(115, "sort_key=nope", 400, "The sort_key value \"nope\" is an invalid field for sorting");
        refuse(115, "sort_key=extra", 400, "The sort_key value extra is an invalid field for sorting");
        refuse(115, "sort_dir=up", 400, "Invalid sort direction: up. Acceptable values are 'asc' or 'desc'");
        refuse(115, "fields=nope", 400, "Field nope is not a valid field.");
        refuse(115, "fields=created_at", 400, "Field created_at is not a valid field.");
        refuse(
            115,
            "fault=nope",
            400,
            "Unrecognized fault \"nope\" is specified, allowed faults are ('power failure', 'clean failure', 'rescue \
             abort failure', 'service failure')",
        );
        let words = "Can not specify ?detail=True and fields in the same request.";
        refuse(115, "fields=uuid&detail=true", 400, words);
        refuse(115, "a=1&b=2", 400, "Unexpected arguments: a, b");
        let fault = asked(115, Form::Detail, "fields=uuid").unwrap_err();
        assert_eq!(fault.text(), "Unexpected arguments: fields");
    }

    #[track_caller]
    fn next(form: Form, query: &str) -> Option<String> {
        asked(115, form, query).unwrap().next.map(|next| next.after(1, "m"))
    }

    #[test]
    fn the_next_page_is_linked_as_the_reference_links_it() {
        let fields = "fields=instance_uuid,maintenance,power_state,provision_state,uuid,name";
        let expect = |text: String| Some(text);
        assert_eq!(next(Form::Chosen, ""), expect(format!("?sort_key=id&sort_dir=asc&{fields}&limit=1&marker=m")));
        assert_eq!(
            next(Form::Chosen, "associated=true&maintenance=false&detail=0&driver=d"),
            expect(format!("?sort_key=id&sort_dir=asc&associated=True&detail=False&{fields}&limit=1&marker=m"))
        );
        assert_eq!(
            next(Form::Chosen, "detail=true&sort_key=uuid&sort_dir=desc"),
            expect("?sort_key=uuid&sort_dir=desc&detail=True&limit=1&marker=m".to_owned())
        );
        assert_eq!(
            next(Form::Chosen, "fields=uuid"),
            expect("?sort_key=id&sort_dir=asc&fields=uuid&limit=1&marker=m".to_owned())
        );
        assert_eq!(
            next(Form::Detail, "maintenance=1"),
            expect("?sort_key=id&sort_dir=asc&maintenance=True&limit=1&marker=m".to_owned())
        );
        assert_eq!(next(Form::Chosen, "instance_uuid=11111111-2222-3333-4444-555555555555"), None);
    }

    #[test]
    fn parts_of_nodes_are_hidden_unless_asked_for() {
        let parent = |query| asked(115, Form::Chosen, query).unwrap().query.filter.parent;
        assert_eq!(parent(""), ParentFilter::TopLevelOnly);
        assert_eq!(parent("include_children=true"), ParentFilter::All);
        assert_eq!(parent("parent_node=p"), ParentFilter::Of("p".to_owned()));
    }
}
