//! What this machine knows without asking anybody: profiles, and the list that was read last.
//!
//! No key is read for it. A kept list belongs to one server, organization and mode; which mode a command
//! will act in only its key tells, so of several stores the one that was written last is taken. What is offered is
//! looked up by the command all the same.

use std::cell::OnceCell;

use super::Candidate;
use super::value::Local;
use crate::api::BaseUrl;
use crate::cli::args::Global;
use crate::cli::{Environment, profile, state};
use crate::config::{LabelsFile, Profiles};
use crate::phone::{Endpoint, Number, NumberText};
use crate::store::{NumberStore, SeenList};

/// A larger store takes longer to read than somebody waits for a key: nothing is offered of it.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Files of this machine, each read when it is asked for the first time.
pub(super) struct Files {
    global: Global,
    environment: Environment,
    profiles: OnceCell<Known>,
    kept: OnceCell<(Vec<Candidate>, Vec<Candidate>)>,
    tags: OnceCell<Vec<Candidate>>,
}

/// What the profiles name.
#[derive(Default)]
struct Known {
    profiles: Vec<Candidate>,
    organizations: Vec<Candidate>,
    urls: Vec<Candidate>,
}

impl Files {
    /// What there is for a command with these options.
    pub(super) fn of(global: Global, environment: Environment) -> Self {
        Self { global, environment, profiles: OnceCell::new(), kept: OnceCell::new(), tags: OnceCell::new() }
    }

    fn known(&self) -> &Known {
        self.profiles
            .get_or_init(|| profile::all(&self.environment).map(|all| known(&all)).unwrap_or_default())
    }

    fn kept(&self) -> &(Vec<Candidate>, Vec<Candidate>) {
        self.kept.get_or_init(|| self.list().map(offered).unwrap_or_default())
    }

    /// Tags of the labels file of the profile.
    fn labels(&self) -> Option<Vec<Candidate>> {
        let profile = profile::chosen(&self.global, &self.environment).ok()?.map(|(_, profile)| profile);
        let named = profile.and_then(|profile| profile.labels_file);
        let file = LabelsFile::of(named.as_deref(), self.environment.config.as_deref())?;
        Some(file.read().ok()?.tags().into_iter().map(|tag| Candidate::new(tag, "")).collect())
    }

    /// The list of the server and organization that the command will act with.
    fn list(&self) -> Option<SeenList> {
        let (given, set) = (&self.global, &self.environment);
        let profile = profile::chosen(given, set).ok()?.map(|(_, profile)| profile).unwrap_or_default();
        let url = match given.base_url.as_ref().or(set.base_url.as_ref()) {
            Some(url) => BaseUrl::parse(url).ok()?,
            None => profile::base_url(&profile).ok()?,
        };
        let organization = given.org.as_ref().or(set.org.as_ref()).or(profile.organization.as_ref());
        let (file, _) = state::newest_store(&url, organization.map(String::as_str))?;
        if file.metadata().ok()?.len() > LARGEST {
            return None;
        }
        NumberStore::looking(file).last().ok()
    }
}

fn known(all: &Profiles) -> Known {
    let mut known = Known::default();
    for name in all.names() {
        let Some(profile) = all.profile(name) else { continue };
        let url = profile.base_url.as_ref().map(ToString::to_string);
        known.profiles.push(Candidate::new(name, url.as_deref().unwrap_or_default()));
        known.urls.extend(url.map(|url| Candidate::new(&url, name)));
        let label = profile.organization_name.as_deref().unwrap_or(name);
        known.organizations.extend(profile.organization.as_ref().map(|id| Candidate::new(id, label)));
    }
    known
}

fn offered(list: SeenList) -> (Vec<Candidate>, Vec<Candidate>) {
    let number = |one: Number| match one.line {
        NumberText::Raw(line) if line.is_empty() => None,
        line => Some(Candidate::new(&line.to_string(), one.id.as_str())),
    };
    let endpoint = |one: Endpoint| Candidate::new(one.id.as_str(), one.name.as_deref().unwrap_or_default());
    (
        list.numbers.into_iter().filter_map(number).collect(),
        list.endpoints.into_iter().flatten().map(endpoint).collect(),
    )
}

impl Local for Files {
    fn profiles(&self) -> &[Candidate] {
        &self.known().profiles
    }

    fn organizations(&self) -> &[Candidate] {
        &self.known().organizations
    }

    fn urls(&self) -> &[Candidate] {
        &self.known().urls
    }

    fn numbers(&self) -> &[Candidate] {
        &self.kept().0
    }

    fn endpoints(&self) -> &[Candidate] {
        &self.kept().1
    }

    fn tags(&self) -> &[Candidate] {
        self.tags.get_or_init(|| self.labels().unwrap_or_default())
    }
}
