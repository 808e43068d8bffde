//! A client of plain HTTP, for what the `redfish` crate's does not say or hides.

use kamacite_sim::SimBmc;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

thread_local! {
    // Making one takes long; a story has a thread and a runtime of its own.
    static HTTP: reqwest::Client =
        reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(10)).build().unwrap();
}

/// A client that goes straight there and does not wait for ever.
pub fn http() -> reqwest::Client {
    HTTP.with(reqwest::Client::clone)
}

/// A request with the credentials every simulated BMC has from the start.
pub fn ask(bmc: &SimBmc, method: Method, path: &str) -> RequestBuilder {
    anonymous(bmc, method, path).basic_auth("admin", Some("password"))
}

/// A request without credentials.
pub fn anonymous(bmc: &SimBmc, method: Method, path: &str) -> RequestBuilder {
    http().request(method, format!("{}{path}", bmc.address()))
}

/// What a resource says.
pub async fn read(bmc: &SimBmc, path: &str) -> Value {
    let response = ask(bmc, Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

/// The status of a write.
pub async fn write(bmc: &SimBmc, method: Method, path: &str, body: Value) -> u16 {
    send(bmc, method, path, body).await.status().as_u16()
}

/// A write.
pub async fn send(bmc: &SimBmc, method: Method, path: &str, body: Value) -> Response {
    ask(bmc, method, path).json(&body).send().await.unwrap()
}

pub fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).unwrap_or_else(|| panic!("no {name}: {response:?}")).to_str().unwrap()
}

/// The first message of an error (DSP0266, "Error responses"), without its registry.
pub async fn message(response: Response) -> String {
    let body: Value = response.json().await.unwrap();
    let id = body["error"]["@Message.ExtendedInfo"][0]["MessageId"].as_str().unwrap();
    id.rsplit('.').next().unwrap().to_owned()
}
