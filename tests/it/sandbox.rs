//! The sandbox over HTTP, judged by the contract.
#![allow(clippy::unwrap_used, reason = "helpers of tests; what goes wrong here is to be loud")]

use numdeck::sandbox::{Config, Fault, Sandbox, SandboxDialect};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::Value;

mod calls;
pub(crate) mod contract;
mod faults;
mod guide;
mod keys;
mod lists;
mod sip;
mod world;
mod writes;
mod wrong;

const OWNER: &str = "kros_test_owner";
const LIVE: &str = "kros_live_owner";
const ADMIN: &str = "kros_test_admin";
const MEMBER: &str = "kros_test_member";
const BROKE: &str = "kros_test_broke";
/// A UUID that nothing in any sandbox has.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A small sandbox and a plain client. Every answer is judged by the contract as it arrives, unless
/// the sandbox speaks the guide's dialect.
struct Api {
    sandbox: Sandbox,
    http: Client,
    dialect: SandboxDialect,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> &str {
        let code = self.body.get("code").unwrap_or(&self.body["error"]["code"]);
        code.as_str().unwrap_or_default()
    }

    fn rows(&self) -> &[Value] {
        self.body.get("phone_numbers").unwrap_or(&self.body).as_array().unwrap()
    }

    /// Status and code in one, to be compared in tables.
    fn outcome(&self) -> (u16, &str) {
        (self.status, self.code())
    }
}

fn small() -> Config {
    Config { owned: 30, inventory: 300, ..Config::default() }
}

impl Api {
    fn start(config: Config) -> Self {
        // Loopback only: no proxy, and no certificates to be looked for.
        let http = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let dialect = config.dialect;
        Self { sandbox: Sandbox::start(config).unwrap(), http, dialect }
    }

    fn small() -> Self {
        Self::start(small())
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let url = format!("{}{path}", self.sandbox.base_url());
        let mut request = self.http.request(Method::from_bytes(method.as_bytes()).unwrap(), url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        if self.dialect == SandboxDialect::OpenApi {
            contract::judge(method, path, status, &body);
        }
        Answer { status, headers, body }
    }

    async fn call(&self, key: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let authorization = format!("Bearer {key}");
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send(method, path, &[("authorization", &authorization)], body).await
    }

    async fn get(&self, key: &str, path: &str) -> Answer {
        self.call(key, "GET", path, None).await
    }

    async fn buy(&self, key: &str, body: &Value) -> Answer {
        self.call(key, "POST", "/phone-numbers", Some(body)).await
    }

    async fn patch(&self, key: &str, id: &str, body: &Value) -> Answer {
        self.call(key, "PATCH", &format!("/phone-numbers/{id}"), Some(body)).await
    }

    async fn delete(&self, key: &str, id_and_query: &str) -> Answer {
        self.call(key, "DELETE", &format!("/phone-numbers/{id_and_query}"), None).await
    }

    /// A whole list, page by page.
    async fn whole(&self, key: &str, query: &str, limit: usize) -> Vec<Value> {
        let mut rows = Vec::new();
        loop {
            let path = format!("/phone-numbers?{query}&limit={limit}&offset={}", rows.len());
            let page = self.get(key, &path).await;
            assert_eq!(page.status, 200);
            rows.extend_from_slice(page.rows());
            if page.rows().len() < limit {
                return rows;
            }
        }
    }

    async fn owned(&self, key: &str) -> Vec<Value> {
        self.whole(key, "", 100).await
    }

    async fn for_sale(&self, key: &str, country: &str) -> Vec<Value> {
        self.whole(key, &format!("action=available&country={country}"), 100).await
    }

    /// The id of the first number for sale in Nigeria.
    async fn an_offer(&self, key: &str) -> String {
        let page = self.get(key, "/phone-numbers?action=available&country=NG&limit=1").await;
        id(&page.rows()[0])
    }

    /// Ids of an organization's endpoints.
    async fn endpoints(&self, key: &str) -> Vec<String> {
        self.get(key, "/endpoints").await.rows().iter().map(id).collect()
    }

    /// The first owned record that is active.
    async fn an_active_one(&self, key: &str) -> Value {
        self.owned(key).await.into_iter().find(|row| row["status"] == "active").unwrap()
    }

    fn faults(&self, specs: &[&str]) {
        let faults = specs.iter().map(|spec| spec.parse::<Fault>().unwrap()).collect();
        self.sandbox.set_faults(faults);
    }
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

fn lines(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["e164"].as_str().unwrap().to_owned()).collect()
}
