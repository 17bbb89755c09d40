//! A shop that sells a number to whoever asks, as often as somebody asks, and counts what arrived:
//! buying twice is possible here, and shows. It shares no code with the sandbox.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::faulty::{Faulty, Reply, Request};

/// What becomes of writes and lists.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weather {
    /// A write is answered so long after it was done.
    pub(crate) latency: Duration,
    /// The owned list takes so long.
    pub(crate) list_latency: Duration,
    /// Every so manieth write is done, and its answer is lost.
    pub(crate) lost_after: Option<u64>,
    /// Every so manieth write is not done, and its answer is lost.
    pub(crate) lost_before: Option<u64>,
}

struct World {
    sale: Vec<Value>,
    owned: Vec<Value>,
    weather: Weather,
    writes: u64,
    /// How often each line was sold.
    sold: HashMap<String, usize>,
    /// Writes that arrived, by what they are about.
    arrived: HashMap<String, usize>,
}

/// The shop; it ends with the value.
pub(crate) struct Shop {
    world: Arc<Mutex<World>>,
    server: Faulty,
    /// Serves while the test's own thread waits for a process.
    _runtime: Runtime,
}

impl Shop {
    /// A shop with so many numbers on sale and so many that are owned.
    pub(crate) fn open(sale: usize, owned: usize) -> Self {
        let row = |id: String, line: usize| {
            json!({"id": id, "e164": format!("+23480{line:08}"), "country": "NG", "type": "mobile",
                "status": "active", "endpoint_id": null, "allow_inbound": true, "allow_outbound": false,
                "inventory": {"setup_cost_cents": 500, "monthly_cost_cents": 400}})
        };
        let world = Arc::new(Mutex::new(World {
            sale: (0..sale).map(|line| row(format!("inv-{line}"), 10_000 + line)).collect(),
            owned: (0..owned).map(|line| row(format!("own-{line}"), 90_000 + line)).collect(),
            weather: Weather::default(),
            writes: 0,
            sold: HashMap::new(),
            arrived: HashMap::new(),
        }));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let server = runtime.block_on(Faulty::start({
            let world = Arc::clone(&world);
            move |_, request| reply(&world, request)
        }));
        Self { world, server, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn weather(&self, weather: Weather) {
        self.world().weather = weather;
    }

    /// Rows on sale.
    pub(crate) fn sale(&self) -> Vec<Value> {
        self.world().sale.clone()
    }

    /// Records that are owned.
    pub(crate) fn owned(&self) -> Vec<Value> {
        self.world().owned.clone()
    }

    /// How often a line was sold.
    pub(crate) fn sold(&self, e164: &Value) -> usize {
        self.world().sold.get(e164.as_str().unwrap()).copied().unwrap_or_default()
    }

    /// How many writes about a record, or an id on sale, arrived.
    pub(crate) fn arrived(&self, id: &str) -> usize {
        self.world().arrived.get(id).copied().unwrap_or_default()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

fn reply(world: &Mutex<World>, request: &Request) -> Reply {
    let every = |nth: Option<u64>, count: u64| nth.is_some_and(|nth| count.is_multiple_of(nth));
    if request.method == "GET" {
        let (reply, wait) = {
            let world = world.lock().unwrap();
            (world.read(request), world.weather.list_latency)
        };
        if request.target.contains("action=assigned") {
            thread::sleep(wait);
        }
        return reply;
    }
    let (reply, wait) = {
        let mut world = world.lock().unwrap();
        world.writes += 1;
        let (count, weather) = (world.writes, world.weather);
        if every(weather.lost_before, count) {
            *world.arrived.entry(subject(request)).or_default() += 1;
            return Reply::Close(Vec::new());
        }
        let answer = world.commit(request);
        let lost = every(weather.lost_after, count);
        (if lost { Reply::Close(Vec::new()) } else { answer }, weather.latency)
    };
    thread::sleep(wait);
    reply
}

/// The record, or the id on sale, that a write is about.
fn subject(request: &Request) -> String {
    if request.method == "POST" {
        return request.json()["inventory_id"].as_str().unwrap().to_owned();
    }
    let path = request.target.split('?').next().unwrap();
    path.rsplit('/').next().unwrap().to_owned()
}

impl World {
    fn read(&self, request: &Request) -> Reply {
        let list = |rows: &[Value]| {
            let offset = request.query("offset").unwrap_or_default() as usize;
            let limit = request.query("limit").unwrap_or(50) as usize;
            let rows: Vec<&Value> = rows.iter().skip(offset).take(limit).collect();
            answer(200, &json!(rows))
        };
        if request.target.contains("action=assigned") {
            return list(&self.owned);
        }
        if request.target.contains("action=available") {
            return list(&self.sale);
        }
        let id = subject(request);
        match self.owned.iter().chain(&self.sale).find(|row| row["id"] == id.as_str()) {
            Some(row) => answer(200, row),
            None => answer(404, &json!({"error": "Phone number not found", "code": "NOT_FOUND"})),
        }
    }

    fn commit(&mut self, request: &Request) -> Reply {
        let id = subject(request);
        *self.arrived.entry(id.clone()).or_default() += 1;
        match request.method.as_str() {
            "POST" => {
                let mut row = self.sale.iter().find(|row| row["id"] == id.as_str()).unwrap().clone();
                row["id"] = json!(format!("n-{}", self.owned.len()));
                *self.sold.entry(row["e164"].as_str().unwrap().to_owned()).or_default() += 1;
                self.owned.push(row.clone());
                answer(201, &row)
            }
            method => {
                let row = self.owned.iter_mut().find(|row| row["id"] == id.as_str()).unwrap();
                if method == "PATCH" {
                    row["allow_outbound"] = request.json()["allowOutbound"].clone();
                    answer(200, row)
                } else {
                    row["status"] = json!("inactive");
                    answer(200, &json!({"success": true, "action": "release"}))
                }
            }
        }
    }
}

/// It takes as much as anybody asks.
fn answer(status: u16, body: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("x-ratelimit-limit", "10000")];
    Reply::answer(status, &headers, body.to_string())
}
