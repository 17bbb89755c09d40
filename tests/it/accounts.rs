//! Accounts as a command sees them: the real binary, a home of its own, and a sandbox.

mod doctor;
mod keyring;
mod keys;
mod login;
mod network;
mod profiles;
mod whoami;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use numdeck::sandbox::Sandbox;

use crate::support::desk::{OWNER, small};
use crate::support::ran::Ran;

const MAIN: &str = "a1000000-0000-4000-8000-000000000001";
const SECOND: &str = "a1000000-0000-4000-8000-000000000002";

/// Somebody with a home of their own, and nothing in it.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With this `config.toml`.
    pub(crate) fn with(config: &str) -> Self {
        let home = Self::new();
        fs::create_dir_all(home.config("")).unwrap();
        fs::write(home.config("config.toml"), config).unwrap();
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file beside the profiles.
    pub(crate) fn config(&self, name: &str) -> PathBuf {
        self.path().join(".config/numdeck").join(name)
    }

    pub(crate) fn toml(&self) -> String {
        fs::read_to_string(self.config("config.toml")).unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(&[], "", args)
    }

    /// With variables, and with something on standard input.
    pub(crate) fn run_with(&self, environment: &[(&str, &str)], input: &str, args: &[&str]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_numdeck"))
            .env_clear()
            .env("HOME", self.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .args(args)
            .spawn()
            .unwrap();
        // Whoever needs no input may be gone already.
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        Ran::of(child.wait_with_output().unwrap())
    }

    pub(crate) fn login(&self, sandbox: &Sandbox, key: &str, args: &[&str]) -> Ran {
        self.run_with(&[], key, &[&["login", "--base-url", &sandbox.base_url()], args].concat())
    }

    /// Files below home that hold a text.
    pub(crate) fn files_with(&self, text: &str) -> Vec<PathBuf> {
        fn walk(directory: &Path, text: &str, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, text, found);
                } else if fs::read(&path).unwrap().windows(text.len()).any(|at| at == text.as_bytes()) {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        walk(self.path(), text, &mut found);
        found
    }
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn sandbox() -> Sandbox {
    Sandbox::start(small()).unwrap()
}

/// Somebody who has logged in as the owner.
fn logged_in(sandbox: &Sandbox) -> Home {
    let home = Home::new();
    home.login(sandbox, OWNER, &[]).ok();
    home
}
