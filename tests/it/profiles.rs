//! Profiles, as a command sees them: the real binary, a file, and a sandbox.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use numdeck::sandbox::{Config, Sandbox};
use serde_json::Value;

use crate::support::desk::{OWNER, small};
use crate::support::ran::Ran;

const MAIN: &str = "a1000000-0000-4000-8000-000000000001";
const SECOND: &str = "a1000000-0000-4000-8000-000000000002";
/// A port where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9/v1";

/// Somebody with a directory of settings.
struct Person(tempfile::TempDir);

impl Person {
    /// Writes `config.toml`; where it says `{url}` it means the sandbox. The key is in a file beside.
    fn with(config: &str, sandbox: &Sandbox) -> Self {
        let person = Self(tempfile::tempdir().unwrap());
        let path = |name: &str| person.0.path().join(name);
        fs::write(path("config.toml"), config.replace("{url}", &sandbox.base_url())).unwrap();
        fs::write(path("key"), OWNER).unwrap();
        fs::set_permissions(path("key"), fs::Permissions::from_mode(0o600)).unwrap();
        person
    }

    fn run(&self, environment: &[(&str, &str)], args: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command
            .env_clear()
            .env("NUMDECK_CONFIG_DIR", self.0.path())
            .env("NUMDECK_STATE_DIR", self.0.path().join("state"))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .args(args);
        Ran::run(command)
    }

    /// How many numbers `list` shows; which organization it is can be told from that.
    fn count(&self, environment: &[(&str, &str)], args: &[&str]) -> usize {
        let ran = self.run(environment, &[args, &["list", "-o", "json"]].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        serde_json::from_str::<Vec<Value>>(&ran.out).unwrap().len()
    }
}

fn sandbox() -> Sandbox {
    Sandbox::start(small()).unwrap()
}

const TWO: &str = r#"
default = "first"
[profile.first]
base_url = "{url}"
key_file = "key"
[profile.second]
base_url = "{url}"
key_file = "key"
organization = "a1000000-0000-4000-8000-000000000002"
organization_name = "Harbour Desk"
"#;

#[test]
fn flag_beats_environment_beats_profile_beats_default() {
    let sandbox = sandbox();
    let person = Person::with(TWO, &sandbox);
    // The first organization of the test has 30 numbers, the second 40.
    for (environment, args, count) in [
        (&[][..], &[][..], 30),
        (&[("NUMDECK_PROFILE", "second")], &[], 40),
        (&[("NUMDECK_PROFILE", "")], &[], 30),
        (&[("NUMDECK_PROFILE", "second")], &["--profile", "first"], 30),
        (&[], &["--profile", "second"], 40),
        (&[("NUMDECK_ORG", MAIN)], &["--profile", "second"], 30),
        (&[("NUMDECK_ORG", MAIN)], &["--profile", "second", "--org", SECOND], 40),
        (&[("NUMDECK_API_KEY", "kros_test_broke")], &[], 6),
    ] {
        assert_eq!(person.count(environment, args), count, "{environment:?} {args:?}");
    }
    let said = person.run(&[("NUMDECK_PROFILE", "second")], &["-v", "list", "--limit", "1"]);
    assert!(said.err.contains("profile second") && said.err.contains("profile's key file"), "{said:?}");
    let none = Person::with("[profile.unused]\nread_only = true\n", &sandbox);
    let url = sandbox.base_url();
    let given = [("NUMDECK_API_KEY", OWNER), ("NUMDECK_BASE_URL", url.as_str())];
    assert_eq!(none.count(&given, &[]), 30, "a profile that nobody named changes nothing");
}

#[test]
fn what_is_wrong_in_the_file_ends_every_command_with_file_and_line() {
    let sandbox = sandbox();
    for (config, args, said) in [
        (
            "default = \"nobody\"\n[profile.a]\n",
            &["list"][..],
            "config.toml, line 1: there is no profile nobody",
        ),
        ("[profile.a]\n[profile.b]\n", &["--profile", "c", "list"], "there is no profile c\nIt has: a, b."),
        ("", &["--profile", "c", "list"], "Write [profile.c] into it."),
        (
            "[profile.a]\n\nread_olny = true\n",
            &["list"],
            "config.toml, line 3: [profile.a] has no key read_olny",
        ),
        ("[profile.a]\nread_only = 1\n", &["list"], "line 2: read_only: it is true or false"),
        ("[profile.a]\napi_key = \"kros_live_hunter2\"\n", &["list"], "line 2: an API key does not belong"),
        ("profile = [\n", &["show", "x"], "config.toml, line"),
        ("[profile.a]\nread_olny = true\n", &["update", "x", "--inbound", "on", "--yes"], "read_olny"),
    ] {
        let person = Person::with(config, &sandbox);
        let url = sandbox.base_url();
        let given = [("NUMDECK_API_KEY", OWNER), ("NUMDECK_BASE_URL", url.as_str())];
        let ran = person.run(&given, args);
        assert_eq!(ran.code, 2, "{config}: {ran:?}");
        assert!(ran.err.contains(said) && ran.out.is_empty(), "{config}: {ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
    }
}

#[test]
fn a_stored_key_goes_only_to_the_url_that_it_was_stored_for() {
    let (sandbox, other) = (sandbox(), Sandbox::start(Config { owned: 3, ..small() }).unwrap());
    let person = Person::with(TWO, &sandbox);
    let url = other.base_url();
    for (environment, args) in [
        (&[][..], &["--base-url", url.as_str(), "list"][..]),
        (&[("NUMDECK_BASE_URL", url.as_str())], &["list"]),
        (&[("NUMDECK_BASE_URL", NOWHERE)], &["--profile", "second", "list"]),
    ] {
        let ran = person.run(environment, args);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.err.contains("nothing was sent: the profile's key is stored for"), "{ran:?}");
    }
    let same = format!("{}/", sandbox.base_url());
    assert_eq!(person.count(&[], &["--base-url", &same]), 30, "the same URL in other letters");
    assert_eq!(person.count(&[("NUMDECK_API_KEY", OWNER)], &["--base-url", &url]), 3);
    let key = person.0.path().join("key");
    assert_eq!(person.count(&[], &["--base-url", &url, "--api-key-file", key.to_str().unwrap()]), 3);
    let unsaid = Person::with("default = \"a\"\n[profile.a]\nkey_file = \"key\"\n", &sandbox);
    let ran = unsaid.run(&[], &["--base-url", &url, "list"]);
    assert_eq!(ran.code, 3, "without a URL of its own it is stored for the default: {ran:?}");
    assert!(ran.err.contains("https://api.krosai.com/v1"), "{ran:?}");
}

#[test]
fn a_profile_that_reads_only_refuses_every_write() {
    let sandbox = sandbox();
    let config = "default = \"a\"\n[profile.a]\nbase_url = \"{url}\"\nkey_file = \"key\"\nread_only = true\n";
    let person = Person::with(config, &sandbox);
    assert_eq!(person.count(&[], &[]), 30);
    for args in [
        &["update", "+2348000000000", "--inbound", "on", "--yes"][..],
        &["release", "+2348000000000", "--yes"],
        &["delete", "+2348000000000", "--confirm", "+2348000000000"],
        &["buy", "x", "--yes"],
    ] {
        let ran = person.run(&[], args);
        assert_eq!(ran.code, 5, "{ran:?}");
        assert!(ran.err.contains("read-only, by --read-only or by its profile"), "{ran:?}");
    }
    let free = Person::with(&config.replace("true", "false"), &sandbox);
    let ran = free.run(&[], &["--read-only", "release", "+2348000000000", "--yes"]);
    assert_eq!(ran.code, 5, "the flag adds to the profile: {ran:?}");
    assert_eq!(free.run(&[], &["release", "+2348000000000", "--yes"]).code, 4);
}

#[test]
fn files_that_a_profile_names_are_beside_it_or_at_home() {
    let sandbox = sandbox();
    let config = "default = \"a\"\n[profile.a]\nbase_url = \"{url}\"\nkey_file = \"~/key\"\n";
    let person = Person::with(config, &sandbox);
    let home = person.0.path().to_str().unwrap();
    assert_eq!(person.count(&[("HOME", home)], &[]), 30);
    for (config, code, said) in [
        (config.replace("~/key", "no such key"), 3, "cannot read the key from"),
        (format!("{}ca_file = \"no.pem\"\n", config.replace("~/", "")), 2, "cannot read"),
        (format!("{}timeout = \"1ms\"\n", config.replace("~/key", "key").replace("{url}", NOWHERE)), 10, ""),
    ] {
        let ran = Person::with(&config, &sandbox).run(&[], &["list"]);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.err.contains(said), "{ran:?}");
    }
}
