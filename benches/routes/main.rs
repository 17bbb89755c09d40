//! The routing check, in numbers: 500 servers on 500 loopback addresses in one run, and what the
//! check adds to a round trip.
//!
//! Run by hand: `cargo bench --bench routes`. Servers and API are in this process, numdeck is the
//! real program, and a bare socket (and sipsak, where it is installed) asks the same server in the
//! same run, so that ratios hold on any machine.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// The program under test.
const NUMDECK: &str = env!("CARGO_BIN_EXE_numdeck");
/// Where it may keep something.
const PLACE: &str = env!("CARGO_TARGET_TMPDIR");

const SERVERS: usize = 500;
const NUMBERS: usize = 1000;
/// Round trips that are compared.
const ROUNDS: usize = 41;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
type Seen = Arc<Mutex<HashMap<SocketAddr, usize>>>;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure())
}

/// The address of a server: each one has its own.
fn address(server: usize, port: u16) -> SocketAddr {
    let [high, low] = (server as u16 + 1).to_be_bytes();
    (Ipv4Addr::new(127, 90, high, low), port).into()
}

async fn measure() -> Result<()> {
    let seen = Seen::default();
    let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port();
    for server in 0..SERVERS {
        let socket = UdpSocket::bind(address(server, port)).await?;
        tokio::spawn(answer(socket, Arc::clone(&seen)));
    }
    let api = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}/v1", api.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = api.accept().await {
            tokio::spawn(serve(stream, port));
        }
    });

    let begun = Instant::now();
    let out = numdeck(&url, &["check", "--all", "--max-age", "0", "-o", "json"]).await?;
    let took = begun.elapsed();
    let reports: Vec<Value> = serde_json::from_slice(&out)?;
    let healthy = reports.iter().filter(|report| report["verdict"]["status"] == "pass").count();
    let (asked, most) = {
        let seen = seen.lock().map_err(|_| "a server failed")?;
        (seen.len(), seen.values().max().copied().unwrap_or(0))
    };
    println!("{NUMBERS} numbers behind {SERVERS} servers: {:.2} s", took.as_secs_f64());
    println!("  healthy {healthy}, servers asked {asked}, most OPTIONS to one server {most}");
    if (healthy, asked, most) != (NUMBERS, SERVERS, 1) {
        return Err("not every number is healthy, or not every server was asked exactly once".into());
    }

    let server = address(0, port);
    let (mut bare, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(round_trip(server).await?);
        let uri = format!("sip:{server};transport=udp");
        let out = numdeck(&url, &["check", "--uri", &uri, "-o", "json"]).await?;
        let report: Value = serde_json::from_slice(&out)?;
        let step = report["steps"].as_array().into_iter().flatten().find(|step| step["step"] == "options");
        ours.push(step.and_then(|step| step["ms"].as_f64()).ok_or("no time in the report")?);
        theirs.extend(sipsak(server).await);
    }
    println!("round trip of one OPTIONS, median of {ROUNDS}:");
    let bare = median(&mut bare);
    let ours = median(&mut ours);
    println!("  bare socket {bare:.2} ms, numdeck {ours:.2} ms: {:.2} ms more", ours - bare);
    match theirs.is_empty() {
        true => println!("  sipsak is not installed, or does not say how long it took"),
        false => {
            let theirs = median(&mut theirs);
            println!("  sipsak as it reports {theirs:.2} ms: numdeck {:.2} ms more", ours - theirs);
        }
    }
    Ok(())
}

/// Answers every OPTIONS with 200, and counts them.
async fn answer(socket: UdpSocket, seen: Seen) {
    let mut buffer = vec![0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let request = String::from_utf8_lossy(&buffer[..length]);
        if let (Ok(me), Ok(mut seen)) = (socket.local_addr(), seen.lock()) {
            *seen.entry(me).or_default() += 1;
        }
        let copied = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| {
            let of_name =
                |line: &&str| line.split(':').next().is_some_and(|head| head.eq_ignore_ascii_case(name));
            request.lines().find(of_name).unwrap_or_default().to_owned()
        });
        let reply = format!("SIP/2.0 200 OK\r\n{}\r\nContent-Length: 0\r\n\r\n", copied.join("\r\n"));
        socket.send_to(reply.as_bytes(), from).await.ok();
    }
}

/// The same question from a bare socket, in milliseconds.
async fn round_trip(server: SocketAddr) -> Result<f64> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    socket.connect(server).await?;
    let me = socket.local_addr()?;
    let request = format!(
        "OPTIONS sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bKbare\r\nFrom: <sip:bare@{me}>;tag=1\r\n\
         To: <sip:{server}>\r\nCall-ID: bare\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    let begun = Instant::now();
    socket.send(request.as_bytes()).await?;
    let mut buffer = [0; 4096];
    tokio::time::timeout(Duration::from_secs(2), socket.recv(&mut buffer)).await??;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

/// What sipsak says it took, in milliseconds; `None` where it is not there or says nothing.
async fn sipsak(server: SocketAddr) -> Option<f64> {
    let uri = format!("sip:bench@{server}");
    let run = move || Command::new("sipsak").args(["-vv", "-s", &uri]).stdin(Stdio::null()).output().ok();
    let output = tokio::task::spawn_blocking(run).await.ok()??;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.windows(2).position(|pair| pair[1] == "ms" && pair[0].parse::<f64>().is_ok())?;
    words[at].parse().ok()
}

async fn numdeck(url: &str, args: &[&str]) -> Result<Vec<u8>> {
    let mut command = Command::new(NUMDECK);
    command
        .args(args)
        .env_clear()
        .env("NUMDECK_BASE_URL", url)
        .env("NUMDECK_API_KEY", "kros_test_bench")
        .env("NUMDECK_STATE_DIR", PLACE)
        .env("NUMDECK_CONFIG_DIR", PLACE)
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    if output.stdout.is_empty() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(output.stdout)
}

/// The API, as far as a check asks it: pages of owned numbers.
async fn serve(mut stream: TcpStream, port: u16) {
    let mut head = Vec::new();
    let mut byte = [0; 1024];
    while let Ok(length @ 1..) = stream.read(&mut byte).await {
        head.extend_from_slice(&byte[..length]);
        if !head.ends_with(b"\r\n\r\n") {
            continue;
        }
        let request = String::from_utf8_lossy(&head).into_owned();
        head.clear();
        let (status, body) = match request.contains("phone-numbers") {
            true => (200, page(&request, port)),
            false => (404, json!({"error": "no such page"})),
        };
        let body = body.to_string();
        let reply = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nx-ratelimit-limit: 1000\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn page(request: &str, port: u16) -> Value {
    let query = |name: &str| -> usize {
        let found =
            request.split(['?', '&', ' ']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        found.and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    let from = query("offset").min(NUMBERS);
    let rows = (from..(from + query("limit")).min(NUMBERS)).map(|number| {
        json!({
            "id": format!("n-{number}"), "e164": format!("+23480312{number:05}"), "country": "NG",
            "type": "mobile", "status": "active", "endpoint_id": "ep", "allow_inbound": true,
            "sip_uri": format!("sip:n{number}@{}", address(number % SERVERS, port)),
        })
    });
    rows.collect()
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
