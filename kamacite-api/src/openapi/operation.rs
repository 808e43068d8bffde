//! One operation as the document tells it: a verb on a path, what it takes, what it answers, and how it refuses.

use kamacite_driver::Verb;
use serde_json::{Map, Value, json};

use super::{
    parameters,
    schema::{Schema, object, since, told},
};
use crate::versions::Endpoint;

/// A verb on a path. Most of what may be said of one is left out of most.
#[derive(Debug, Clone)]
pub struct Operation {
    /// In capitals.
    pub verb: &'static str,
    /// With the names of its parameters in braces; the router may call them otherwise.
    pub path: &'static str,
    id: String,
    summary: &'static str,
    since: u16,
    path_parameters: Vec<(&'static str, Schema)>,
    query: Vec<Value>,
    body: Option<Value>,
    answers: Vec<(u16, Value)>,
    reach: Reach,
    is_old: bool,
}

/// How far an operation reaches, which decides how it can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It reads what is stored.
    Reads,
    /// It changes what is stored.
    Changes,
    /// It asks a machine, or has one asked.
    Hardware,
    /// It stays with what happens, as only so many may.
    Follows,
}

macro_rules! verbs {
    ($($name:ident = $VERB:ident reaches $Reach:ident;)+) => {$(
        #[doc = concat!("A row of `", stringify!($VERB), "`: its path, the operation's name, what it is for.")]
        pub fn $name(path: &'static str, id: &str, summary: &'static str) -> Operation {
            Operation::new(stringify!($VERB), path, id, summary, Reach::$Reach)
        }
    )+};
}

verbs! {
    get = GET reaches Reads;
    post = POST reaches Changes;
    put = PUT reaches Changes;
    patch = PATCH reaches Changes;
    delete = DELETE reaches Changes;
}

/// Calls of vendor methods: a row for each verb that methods answer to. `name` is what the operations' names end in.
pub fn vendor_calls(path: &'static str, name: &str) -> Vec<Operation> {
    let call = |verb: &Verb| {
        let id = format!("{}{name}", verb.as_str().to_lowercase());
        let call = Operation::new(verb.as_str(), path, &id, "Calls a vendor method.", Reach::Hardware);
        let call = call.answers_anything().accepts();
        match verb {
            Verb::GET | Verb::DELETE => call,
            Verb::POST | Verb::PUT | Verb::PATCH => call.optional_body(told(object(), "The method's arguments.")),
        }
    };
    [Verb::GET, Verb::POST, Verb::PUT, Verb::PATCH, Verb::DELETE].iter().map(call).collect()
}

impl Operation {
    fn new(verb: &'static str, path: &'static str, id: &str, summary: &'static str, reach: Reach) -> Self {
        Self {
            verb,
            path,
            id: id.to_owned(),
            summary,
            since: 1,
            path_parameters: Vec::new(),
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
            reach,
            is_old: false,
        }
    }

    /// It came with an endpoint of the version table.
    pub fn of(self, endpoint: Endpoint) -> Self {
        Self { since: endpoint.since().0, ..self }
    }

    /// An old way to do something.
    pub fn old(self) -> Self {
        Self { is_old: true, ..self }
    }

    /// It asks a machine, which may fail, be busy, or be locked.
    pub fn on_hardware(self) -> Self {
        Self { reach: Reach::Hardware, ..self }
    }

    /// What a parameter of the path may be, where its name does not tell.
    pub fn at(mut self, name: &'static str, schema: Schema) -> Self {
        self.path_parameters.push((name, schema));
        self
    }

    /// Arguments of the query, by their names.
    pub fn query(mut self, names: &[&str]) -> Self {
        self.query.extend(names.iter().map(|name| parameters::query(name)));
        self
    }

    /// An argument of the query with a schema of its own.
    pub fn argument(mut self, parameter: Value) -> Self {
        match self.query.iter_mut().find(|known| known["name"] == parameter["name"]) {
            Some(known) => *known = parameter,
            None => self.query.push(parameter),
        }
        self
    }

    /// An argument of the query came with a version, where it takes it at all.
    pub fn argument_since(mut self, name: &str, version: u16) -> Self {
        for parameter in self.query.iter_mut().filter(|known| known["name"] == name) {
            *parameter = since(parameter.take(), version);
        }
        self
    }

    /// The body that it needs.
    pub fn body(self, schema: Schema) -> Self {
        Self { body: Some(json!({"required": true, "content": {JSON: {"schema": schema}}})), ..self }
    }

    /// A body that may be left out.
    pub fn optional_body(self, schema: Schema) -> Self {
        Self { body: Some(json!({"content": {JSON: {"schema": schema}}})), ..self }
    }

    /// 200 with a JSON document.
    pub fn answers(mut self, schema: Schema) -> Self {
        self.answers.push((200, json!({"description": "All is well.", "content": {JSON: {"schema": schema}}})));
        self
    }

    /// 200 with a body of any type.
    pub fn answers_anything(mut self) -> Self {
        self.answers.push((200, json!({"description": "What the method answers.", "content": {"*/*": {}}})));
        self
    }

    /// 200 with server-sent events, which do not end.
    pub fn streams(mut self) -> Self {
        self.reach = Reach::Follows;
        let content = json!({"text/event-stream": {"schema": {"type": "string"}}});
        self.answers.push((200, json!({"description": "Events, one after another.", "content": content})));
        self
    }

    /// 201 with the document of what was made.
    pub fn creates(mut self, schema: Schema) -> Self {
        let answer = json!({
            "description": "It was made.",
            "headers": {"Location": {"required": true, "schema": {"type": "string"}, "description": "Where it is."}},
            "content": {JSON: {"schema": schema}},
        });
        self.answers.push((201, answer));
        self
    }

    /// 202 without a body.
    pub fn accepts(mut self) -> Self {
        self.answers.push((202, bodiless("It is being done.")));
        self
    }

    /// 204 without a body.
    pub fn does(mut self) -> Self {
        self.answers.push((204, bodiless("It is done, or has begun.")));
        self
    }

    /// The tag: the noun that the path is about.
    pub fn tag(&self) -> &'static str {
        let mut parts = self.path.split('/').skip(1);
        match (parts.next(), parts.next()) {
            (Some("kamacite"), _) => "kamacite",
            (Some("v1"), Some(noun)) => noun,
            _ => "versions",
        }
    }

    /// The operation as it stands in the document.
    pub fn written(&self) -> Value {
        let mut written = Map::new();
        written.insert("operationId".into(), self.id.clone().into());
        written.insert("summary".into(), self.summary.into());
        written.insert("tags".into(), json!([self.tag()]));
        if self.is_old {
            written.insert("deprecated".into(), true.into());
        }
        if self.is_ironics() {
            written.insert("x-since".into(), format!("1.{}", self.since).into());
        }
        written.insert("parameters".into(), self.parameters().into());
        if let Some(body) = &self.body {
            written.insert("requestBody".into(), body.clone());
        }
        written.insert("responses".into(), self.responses().into());
        written.into()
    }

    fn is_ironics(&self) -> bool {
        self.tag() != "kamacite"
    }

    fn parameters(&self) -> Vec<Value> {
        let named = self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut all: Vec<Value> = named
            .map(|name| {
                let own =
                    self.path_parameters.iter().find(|(known, _)| *known == name).map(|(_, schema)| schema.clone());
                parameters::path(name, own)
            })
            .collect();
        if self.is_ironics() {
            all.push(json!({"$ref": "#/components/parameters/Version"}));
        }
        all.extend(self.query.iter().cloned());
        all
    }

    fn responses(&self) -> Map<String, Value> {
        let mut all = Map::new();
        for (status, answer) in &self.answers {
            let mut answer = answer.clone();
            for (name, header) in self.headers() {
                answer["headers"][name] = header;
            }
            all.insert(status.to_string(), answer);
        }
        let refusal = if self.is_ironics() { "Refusal" } else { "OwnRefusal" };
        for status in self.refusals() {
            all.insert(status.to_string(), json!({"$ref": format!("#/components/responses/{refusal}")}));
        }
        all
    }

    /// What every answer of a handler says in its head.
    fn headers(&self) -> Vec<(&'static str, Value)> {
        let header = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
        let mut all = vec![("X-OpenStack-Request-ID", header("RequestId"))];
        if self.is_ironics() {
            all.push(("X-OpenStack-Ironic-API-Version", header("Version")));
        }
        all
    }

    fn refusals(&self) -> Vec<u16> {
        let mut all = vec![400, 403, 404, 406];
        if matches!(self.reach, Reach::Changes | Reach::Hardware) {
            all.push(409);
        }
        if self.body.is_some() {
            all.push(413);
        }
        if self.reach == Reach::Hardware {
            all.push(500);
        }
        if self.reach != Reach::Reads {
            all.push(503);
        }
        all
    }
}

const JSON: &str = "application/json";

fn bodiless(words: &str) -> Value {
    let header = |words| told(json!({"schema": {"type": "string"}}), words);
    json!({
        "description": words,
        "headers": {
            "Location": header("Where to look how it goes."),
            "X-Kamacite-Operation": header("The operation that carries it on: see /kamacite/v1/operations/{operation}."),
        },
    })
}
