//! The list of numbers, kept between runs: a check every few minutes must not use up the requests of
//! a day.

use std::fs::{self, DirBuilder, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::check::address_is_null;
use crate::cli::command_context::CommandContext;
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

/// What is in the file.
#[derive(Serialize, Deserialize)]
struct Document {
    v: u64,
    key: String,
    read_at: Timestamp,
    /// As the API has them, see [`row`].
    numbers: Vec<Map<String, Value>>,
    endpoints: Option<Vec<EndpointRow>>,
}

/// An endpoint in the file.
#[derive(Serialize, Deserialize)]
struct EndpointRow {
    id: String,
    name: Option<String>,
    status: Option<String>,
    url: Option<String>,
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
    pub(super) fn of(context: &CommandContext) -> Option<Self> {
        let (file, key) = context.list_cache()?;
        Some(Self { file, key: mark(key), written: context.last_write() })
    }

    /// The numbers and what is known of endpoints, when they were read not longer than `most` ago.
    pub(super) fn read(&self, now: Timestamp, most: Duration) -> Option<Kept> {
        let document: Document = serde_json::from_slice(&fs::read(&self.file).ok()?).ok()?;
        if document.v != VERSION || document.key != self.key {
            return None;
        }
        let at = document.read_at;
        // A clock that went back makes a list of the future: it is read again.
        let age = Duration::try_from(now.duration_since(at)).ok().filter(|_| at <= now)?;
        let is_before = |written: Timestamp| at.duration_since(written) < CLOSE;
        if age >= most || self.written.is_some_and(is_before) {
            return None;
        }
        let numbers: Option<Vec<Number>> = document.numbers.iter().map(Number::from_json).collect();
        let endpoints = document.endpoints.map(|rows| rows.into_iter().map(Into::into).collect());
        Some(Kept { numbers: numbers?, endpoints, at })
    }

    /// Keeps a list. Where that is not possible the next run reads it again.
    pub(super) fn write(&self, numbers: &[Number], endpoints: Option<&[Endpoint]>, at: Timestamp) {
        self.try_write(numbers, endpoints, at).ok();
    }

    fn try_write(&self, numbers: &[Number], endpoints: Option<&[Endpoint]>, at: Timestamp) -> io::Result<()> {
        let document = Document {
            v: VERSION,
            key: self.key.clone(),
            read_at: at,
            numbers: numbers.iter().map(row).collect(),
            endpoints: endpoints.map(|all| all.iter().map(EndpointRow::of).collect()),
        };
        if let Some(directory) = self.file.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        // Whole or not at all, whoever else writes.
        let fresh = self.file.with_extension(format!("{}.new", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        let written = file.write_all(&serde_json::to_vec(&document)?);
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
fn row(number: &Number) -> Map<String, Value> {
    let mut number = number.clone();
    let null = address_is_null(&number);
    number.extra = None;
    number.offer = None;
    number.sip_uri = number.sip_uri.map(|uri| without_password(&uri).into());
    let mut row = number.to_json();
    row.extend(null.then(|| ("sip_uri".to_owned(), Value::Null)));
    row
}

impl EndpointRow {
    /// Only a SIP address is checked; another URL may hold what nobody is to keep.
    fn of(endpoint: &Endpoint) -> Self {
        let is_sip = |url: &&str| url.trim_start().to_ascii_lowercase().starts_with("sip");
        Self {
            id: endpoint.id.to_string(),
            name: endpoint.name.clone(),
            status: endpoint.status.clone(),
            url: endpoint.url.as_deref().filter(is_sip).map(without_password),
        }
    }
}

impl From<EndpointRow> for Endpoint {
    fn from(row: EndpointRow) -> Self {
        let id = EndpointId::new(&row.id);
        Self { id, name: row.name, kind: None, status: row.status, url: row.url }
    }
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::phone::{Field, Moment, NumberId, NumberText, Status, Switch};

    fn numbers() -> Vec<Number> {
        let mut one = Number::new(NumberId::new("a"), NumberText::parse("+2348031234567"));
        one.status = Some(Status::Active);
        one.endpoint = Field::Null;
        one.switches[Switch::Inbound] = Some(true);
        one.sip_uri = Some("sip:a@b.example".into());
        one.updated_at = Some(Moment::parse("2026-03-03T10:00:00+01:00"));
        let mut two = Number::new(NumberId::new("b"), NumberText::parse("no number"));
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
        let extra: Map<String, Value> =
            [("sip_password".to_owned(), Value::from("s3cret"))].into_iter().collect();
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

    /// What numdeck 0.1.0 kept of three numbers and two endpoints.
    #[test]
    fn a_list_of_the_first_release_is_used() {
        let directory = tempfile::tempdir().unwrap();
        let cache = cache(directory.path(), "kros_test_owner");
        fs::create_dir_all(cache.file.parent().unwrap()).unwrap();
        fs::write(&cache.file, include_bytes!("../../../tests/data/list-0.1.0.json")).unwrap();
        let kept = cache.read(at("2026-11-28T22:00:00Z"), Duration::from_secs(3600)).unwrap();
        let uris: Vec<&str> = kept.numbers.iter().filter_map(|number| number.sip_uri.as_deref()).collect();
        let wanted = [
            "+233264785432@sip.example.net",
            "+27822450077@sip.example.net",
            "+5511945591663@sip.example.org",
        ];
        assert_eq!(uris, wanted.map(|uri| format!("sip:{uri}")));
        assert!(kept.numbers.iter().all(|number| number.troubles(None).is_empty()));
        assert_eq!(kept.numbers[1].switches[Switch::Outbound], Some(true));
        assert_eq!(kept.endpoints.unwrap()[1].name.as_deref(), Some("support"));
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
