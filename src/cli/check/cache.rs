//! The list of numbers, kept between runs: a check every few minutes must not use up the requests of
//! a day.

use std::fs::{self, DirBuilder, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::check::address_is_null;
use crate::cli::session::Session;
use crate::phone::{Endpoint, EndpointId, Number, Secret};
use crate::sip::SipUri;

/// A kept list of another version is not used.
const VERSION: u64 = 2;

/// The clock of files may be so much behind ours.
const CLOSE: SignedDuration = SignedDuration::from_millis(20);

/// What an earlier run read.
#[derive(Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) numbers: Vec<Number>,
    /// `None` where that run did not need them.
    pub(super) endpoints: Option<Vec<Endpoint>>,
    pub(super) at: Timestamp,
}

/// The file of one server, organization, mode and key.
pub(super) struct ListCache {
    file: PathBuf,
    key: String,
    /// When a write of ours was entered last: a list that was read before is not true any more.
    written: Option<Timestamp>,
}

impl ListCache {
    /// `None` where there is no place to keep anything.
    pub(super) fn of(session: &Session) -> Option<Self> {
        let (file, key) = session.list_cache()?;
        Some(Self { file, key: mark(key), written: session.last_write() })
    }

    /// The numbers and what is known of endpoints, when they were read not longer than `most` ago.
    pub(super) fn read(&self, now: Timestamp, most: Duration) -> Option<Kept> {
        let document: Value = serde_json::from_slice(&fs::read(&self.file).ok()?).ok()?;
        if document["v"] != VERSION || document["key"] != self.key {
            return None;
        }
        let at: Timestamp = document["read_at"].as_str()?.parse().ok()?;
        // A clock that went back makes a list of the future: it is read again.
        let age = Duration::try_from(now.duration_since(at)).ok().filter(|_| at <= now)?;
        let is_before = |written: Timestamp| at.duration_since(written) < CLOSE;
        if age >= most || self.written.is_some_and(is_before) {
            return None;
        }
        let rows = document["numbers"].as_array()?;
        let numbers: Option<Vec<Number>> =
            rows.iter().map(|row| Number::from_json(row.as_object()?)).collect();
        let endpoints = document["endpoints"].as_array();
        let endpoints = endpoints.and_then(|rows| rows.iter().map(endpoint).collect());
        Some(Kept { numbers: numbers?, endpoints, at })
    }

    /// Keeps a list. Where that is not possible the next run reads it again.
    pub(super) fn write(&self, numbers: &[Number], endpoints: Option<&[Endpoint]>, at: Timestamp) {
        self.try_write(numbers, endpoints, at).ok();
    }

    fn try_write(&self, numbers: &[Number], endpoints: Option<&[Endpoint]>, at: Timestamp) -> io::Result<()> {
        let rows: Vec<Value> = numbers.iter().map(row).collect();
        let endpoints: Option<Vec<Value>> = endpoints.map(|all| all.iter().map(endpoint_row).collect());
        let document = json!({
            "v": VERSION, "key": self.key, "read_at": at.to_string(), "numbers": rows, "endpoints": endpoints,
        });
        if let Some(directory) = self.file.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        // Whole or not at all, whoever else writes.
        let fresh = self.file.with_extension(format!("{}.new", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        let written = file.write_all(document.to_string().as_bytes());
        written.and_then(|()| fs::rename(&fresh, &self.file)).inspect_err(|_| {
            fs::remove_file(&fresh).ok();
        })
    }
}

/// Tells the lists of two keys apart, and says nothing about either: 32 bits of a hash.
fn mark(key: &Secret) -> String {
    let mut hasher = DefaultHasher::new();
    key.expose().hash(&mut hasher);
    format!("{:08x}", hasher.finish() & 0xffff_ffff)
}

/// What a check needs of a number, and nothing that the contract does not name. That there is no
/// address is something else than that none was told.
fn row(number: &Number) -> Value {
    let mut number = number.clone();
    let null = address_is_null(&number);
    number.extra = None;
    number.offer = None;
    number.sip_uri = number.sip_uri.map(|uri| without_password(&uri).into());
    let mut row = number.to_json();
    row.extend(null.then(|| ("sip_uri".to_owned(), Value::Null)));
    Value::Object(row)
}

/// Only a SIP address is checked; another URL may hold what nobody is to keep.
fn endpoint_row(endpoint: &Endpoint) -> Value {
    let url = endpoint.url.as_deref().filter(|url| url.trim_start().to_ascii_lowercase().starts_with("sip"));
    let url = url.map(without_password);
    json!({"id": endpoint.id.as_str(), "name": endpoint.name, "status": endpoint.status, "url": url})
}

/// A SIP address as it is checked, which is without its password. Of one that is none only the host is
/// kept, and not even that where nobody knows what it is: it stays one that cannot be used.
fn without_password(url: &str) -> String {
    if let Ok(uri) = SipUri::parse(url) {
        return uri.to_string();
    }
    let Some((scheme, rest)) = url.split_once(':') else { return url.to_owned() };
    let host = rest.rsplit('@').next().unwrap_or_default().split([';', '?', '&']).next().unwrap_or_default();
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_err() => host,
        _ => host,
    };
    let bare = format!("{scheme}:{host}");
    if SipUri::parse(&bare).is_ok() { format!("{scheme}:") } else { bare }
}

fn endpoint(row: &Value) -> Option<Endpoint> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = EndpointId::new(&text("id")?);
    Some(Endpoint { id, name: text("name"), kind: None, status: text("status"), url: text("url") })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::phone::{Field, Line, Moment, NumberId, Status, Switch};

    fn numbers() -> Vec<Number> {
        let mut one = Number::new(NumberId::new("a"), Line::parse("+2348031234567"));
        one.status = Some(Status::Active);
        one.endpoint = Field::Null;
        one.switches[Switch::Inbound] = Some(true);
        one.sip_uri = Some("sip:a@b.example".into());
        one.updated_at = Some(Moment::parse("2026-03-03T10:00:00+01:00"));
        let mut two = Number::new(NumberId::new("b"), Line::parse("no number"));
        two.endpoint = Field::Value(EndpointId::new("e"));
        two.extra = Some(Box::new([("sip_uri".to_owned(), Value::Null)].into_iter().collect()));
        vec![one, two]
    }

    fn cache(directory: &std::path::Path, key: &str) -> ListCache {
        ListCache {
            file: directory.join("lists/x.json"),
            key: mark(&Secret::new(key.to_owned())),
            written: None,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_list_is_used_again_while_it_is_young() {
        let directory = tempfile::tempdir().unwrap();
        let cache = cache(directory.path(), "kros_test_a");
        let read = at("2026-01-01T10:00:00Z");
        let endpoints = |url: &str| {
            let id = EndpointId::new("e");
            vec![Endpoint { id, name: Some("desk".into()), kind: None, status: None, url: Some(url.into()) }]
        };
        let kept = |endpoints| Some(Kept { numbers: numbers(), endpoints, at: read });
        let hour = Duration::from_secs(3600);
        cache.write(&numbers(), None, read);
        assert_eq!(cache.read(at("2026-01-01T10:59:59Z"), hour), kept(None));
        cache.write(&numbers(), Some(&endpoints("sip:pbx.example")), read);
        assert_eq!(cache.read(at("2026-01-01T10:59:59Z"), hour), kept(Some(endpoints("sip:pbx.example"))));
        cache.write(&numbers(), Some(&endpoints("https://agent.example/?token=hunter2")), read);
        assert!(!fs::read_to_string(&cache.file).unwrap().contains("hunter2"));
        assert_eq!(cache.read(at("2026-01-01T11:00:00Z"), hour), None);
        assert_eq!(cache.read(at("2026-01-01T09:00:00Z"), hour), None, "the clock went back");
        assert_eq!(cache.read(read, Duration::ZERO), None);
    }

    #[test]
    fn a_list_from_before_a_write_of_ours_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let cache = cache(directory.path(), "kros_test_a");
        let (read, now) = (at("2026-01-01T10:00:00Z"), at("2026-01-01T10:10:00Z"));
        cache.write(&numbers(), None, read);
        let known = |written: &str| {
            let cache =
                ListCache { file: cache.file.clone(), key: cache.key.clone(), written: Some(at(written)) };
            cache.read(now, Duration::from_secs(3600)).is_some()
        };
        assert!(known("2026-01-01T09:59:00Z") && !known("2026-01-01T10:05:00Z"));
    }

    #[test]
    fn another_key_reads_its_own_list() {
        let directory = tempfile::tempdir().unwrap();
        let read = at("2026-01-01T10:00:00Z");
        cache(directory.path(), "kros_test_a").write(&numbers(), None, read);
        assert_eq!(cache(directory.path(), "kros_test_b").read(read, Duration::from_secs(9)), None);
    }

    #[test]
    fn it_is_private_and_has_no_more_than_the_contract_names() {
        let directory = tempfile::tempdir().unwrap();
        let cache = cache(directory.path(), "kros_test_hunter2");
        let mut secretive = numbers();
        let extra: serde_json::Map<String, Value> =
            [("sip_password".to_owned(), json!("s3cret"))].into_iter().collect();
        secretive[0].extra = Some(Box::new(extra));
        cache.write(&secretive, None, Timestamp::UNIX_EPOCH);
        let text = fs::read_to_string(&cache.file).unwrap();
        assert!(!text.contains("s3cret") && !text.contains("hunter2"), "{text}");
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&cache.file), mode(cache.file.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_password_in_an_address_is_not_kept_and_what_is_wrong_with_one_is() {
        let directory = tempfile::tempdir().unwrap();
        let cache = cache(directory.path(), "k");
        let hour = Duration::from_secs(3600);
        for url in [
            "sip:a:hunter2@pbx.example;transport=tcp",
            "sip:a:hunter2@pbx..example",
            "sip:a:hunter2",
            "SIPS:a:hunter2@pbx.example:99999",
        ] {
            let id = EndpointId::new("e");
            let endpoint = Endpoint { id, name: None, kind: None, status: None, url: Some(url.into()) };
            let mut number = numbers().remove(0);
            number.sip_uri = Some(url.into());
            cache.write(&[number], Some(std::slice::from_ref(&endpoint)), Timestamp::UNIX_EPOCH);
            let text = fs::read_to_string(&cache.file).unwrap();
            assert!(!text.contains("hunter2"), "{text}");
            let kept = cache.read(Timestamp::UNIX_EPOCH, hour).unwrap();
            let is_well = SipUri::parse(url).is_ok();
            for kept in
                [kept.endpoints.unwrap()[0].url.clone(), kept.numbers[0].sip_uri.clone().map(Into::into)]
            {
                assert_eq!(SipUri::parse(&kept.unwrap()).is_ok(), is_well, "{url}");
            }
        }
    }

    #[test]
    fn nonsense_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let cache = cache(directory.path(), "k");
        cache.write(&[], None, Timestamp::UNIX_EPOCH);
        for text in ["", "{}", "[1]", r#"{"v":1,"key":"x","numbers":[{}]}"#] {
            fs::write(&cache.file, text).unwrap();
            assert_eq!(cache.read(Timestamp::UNIX_EPOCH, Duration::from_secs(9)), None);
        }
    }
}
