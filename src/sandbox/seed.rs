//! Making a world up.
//!
//! Everything follows from the seed: ids, numbers, settings and times. Each thing draws from a
//! stream of its own, named by what it is and its key, so that one more row changes no other.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::phone::E164;

use super::Config;
use super::keys::{Holdings, Mode, ORGANIZATIONS, Organization, OrganizationKey};
use super::plan::{self, LOCAL, MOBILE, Market, Range, TOLL_FREE};
use super::random::Random;
use super::switches::Switches;

/// The world begins here: 2026-01-05T08:00:00Z.
const BEGINNING: i64 = 1_767_600_000;
/// Numbers were bought over so many seconds: 60 days.
const BOUGHT_OVER: i64 = 60 * 86_400;
/// And changed up to so many seconds later: 30 days.
const CHANGED_OVER: u64 = 30 * 86_400;

/// What ids and other chance are drawn for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Line = 1,
    Number = 2,
    Endpoint = 3,
    Catalogue = 4,
    Settings = 5,
    Password = 6,
    Faults = 7,
    Call = 8,
}

impl Stream {
    /// The chance of one thing.
    pub(super) fn of(self, seed: u64, key: i64) -> Random {
        Random::of(seed, &[self as u64, key as u64])
    }

    /// The id of one thing.
    pub(super) fn id(self, seed: u64, key: i64) -> String {
        self.of(seed, key).uuid().hyphenated().to_string()
    }
}

/// The SIP password of a number.
pub(super) fn password(seed: u64, number: i64) -> String {
    // Without letters and digits that are taken for one another when read aloud.
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut random = Stream::Password.of(seed, number);
    (0..20).map(|_| char::from(*random.pick(LETTERS))).collect()
}

/// Endpoints that every organization has: name, type, status.
const ENDPOINTS: &[(&str, &str, &str)] = &[
    ("sales-bot", "vapi", "active"),
    ("support", "retell", "active"),
    ("night-desk", "livekit", "active"),
    ("after-hours", "elevenlabs", "active"),
    ("reception", "vapi", "active"),
    ("billing", "webhook", "active"),
    ("dispatch", "custom_sip", "active"),
    ("onboarding", "elevenlabs", "active"),
    ("vip-line", "livekit", "active"),
    ("callbacks", "webhook", "active"),
    ("returns", "vogent", "inactive"),
    ("surveys", "retell", "error"),
];

/// Fills an empty schema.
pub(super) fn fill(db: &Connection, config: &Config) -> rusqlite::Result<()> {
    db.execute("INSERT INTO about (seed) VALUES (?1)", [config.seed as i64])?;
    let mut maker = Maker {
        db,
        seed: config.seed,
        taken: HashSet::with_capacity(config.owned as usize + config.inventory as usize),
        lines: 0,
        numbers: 0,
    };
    for (index, organization) in ORGANIZATIONS.iter().enumerate() {
        let key = OrganizationKey(index);
        let (count, endpoints) = match organization.holdings {
            Holdings::Configured => (config.owned, config.endpoints),
            Holdings::Fixed(count) => (count, ENDPOINTS.len() as u32),
        };
        let endpoints = maker.organization(key, organization, endpoints)?;
        maker.holdings(key, count, &endpoints)?;
    }
    for mode in Mode::ALL {
        // Live has a smaller catalogue: it is there to be told apart from test, not to be browsed.
        let count = match mode {
            Mode::Test => config.inventory,
            Mode::Live => config.inventory / 4,
        };
        maker.catalogue(mode, count)?;
    }
    Ok(())
}

struct Maker<'a> {
    db: &'a Connection,
    seed: u64,
    taken: HashSet<E164>,
    lines: i64,
    numbers: i64,
}

impl Maker<'_> {
    /// Makes an organization with its endpoints, whose ids it returns.
    fn organization(
        &self,
        key: OrganizationKey,
        organization: &Organization,
        endpoints: u32,
    ) -> rusqlite::Result<Vec<String>> {
        self.db.execute(
            "INSERT INTO organization (key, mode, id, name, kyc, opening_cents, balance_cents)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            params![
                key.row(),
                organization.mode.name(),
                organization.id,
                organization.name,
                organization.kyc,
                organization.balance_cents
            ],
        )?;
        let mut insert = self.db.prepare_cached(
            "INSERT INTO endpoint (key, organization, id, name, type, status, url)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let mut ids = Vec::with_capacity(endpoints as usize);
        for (place, (name, kind, status)) in (0..i64::from(endpoints)).zip(ENDPOINTS.iter().cycle()) {
            // The first hundred keep the rows, and with them the ids, that they always had.
            let row = key.row() * if place < 100 { 100 } else { 10_000_000 } + place;
            let name = match place as usize / ENDPOINTS.len() {
                0 => (*name).to_owned(),
                round => format!("{name}-{}", round + 1),
            };
            let id = Stream::Endpoint.id(self.seed, row);
            let url = match *kind {
                "webhook" => format!("https://hooks.example.net/{name}"),
                _ => format!("sip:{name}@agents.example.net"),
            };
            insert.execute(params![row, key.row(), id, name, kind, status, url])?;
            ids.push(id);
        }
        Ok(ids)
    }

    /// Makes the numbers that an organization owns, oldest first.
    fn holdings(&mut self, key: OrganizationKey, count: u32, endpoints: &[String]) -> rusqlite::Result<()> {
        let mut insert = self.db.prepare_cached(
            "INSERT INTO number (key, organization, id, line, status, endpoint, switches,
                                 sip_password, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for place in 0..count {
            self.numbers += 1;
            let number = self.numbers;
            let mut random = Stream::Settings.of(self.seed, number);
            let market = plan::market(&mut random);
            let line = self.line(key.mode(), market, Some(number), &mut random)?;
            let status = match random.below(100) {
                0..=1 => "pending",
                2..=5 => "inactive",
                _ => "active",
            };
            let some = (!endpoints.is_empty()).then_some(endpoints);
            let endpoint = match random.below(100) {
                0..=8 => None,
                // Most calls go to a few endpoints.
                9..=69 => endpoints.get(..4).or(some).map(|few| random.pick(few)),
                _ => some.map(|all| random.pick(all)),
            };
            let switches = Switches::drawn(&mut random);
            let password = password(self.seed, number);
            let slot = BOUGHT_OVER / i64::from(count);
            let created = BEGINNING + i64::from(place) * slot + random.below(slot.max(1) as u64) as i64;
            let updated =
                if random.percent(40) { created } else { created + random.below(CHANGED_OVER) as i64 };
            insert.execute(params![
                number,
                key.row(),
                Stream::Number.id(self.seed, number),
                line,
                status,
                endpoint,
                switches,
                password,
                time(created),
                time(updated)
            ])?;
        }
        Ok(())
    }

    /// Makes what is for sale in one mode, country by country.
    fn catalogue(&mut self, mode: Mode, count: u32) -> rusqlite::Result<()> {
        for (market, share) in plan::shares(count) {
            for _ in 0..share {
                let mut random = Stream::Catalogue.of(self.seed, self.lines);
                self.line(mode, market, None, &mut random)?;
            }
        }
        Ok(())
    }

    fn line(
        &mut self,
        mode: Mode,
        market: &Market,
        holder: Option<i64>,
        random: &mut Random,
    ) -> rusqlite::Result<i64> {
        let (range, e164) = self.unused(market, random);
        self.lines += 1;
        let voice_only = range.kind == TOLL_FREE;
        let fax = range.kind == LOCAL && random.percent(50);
        self.db
            .prepare_cached(
                "INSERT INTO line (key, mode, id, e164, country, type, setup_cents, monthly_cents, priced,
                                   voice, sms, fax, holder)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?11, ?12)",
            )?
            .execute(params![
                self.lines,
                mode.name(),
                Stream::Line.id(self.seed, self.lines),
                e164.to_string(),
                market.country,
                range.kind,
                range.setup_cents,
                range.monthly_cents,
                market.priced,
                !voice_only && (range.kind == MOBILE || random.percent(30)),
                fax,
                holder
            ])?;
        Ok(self.lines)
    }

    /// A number that nothing else in this world has. [`Config::LARGEST`] keeps far below what the
    /// numbering plans hold, so that this ends.
    fn unused(&mut self, market: &Market, random: &mut Random) -> (&'static Range, E164) {
        loop {
            let range = market.range(random);
            if let Some(e164) = range.number(random)
                && self.taken.insert(e164)
            {
                return (range, e164);
            }
        }
    }
}

/// A point in time as the API writes it. The ranges above keep it within a few months of 2026.
fn time(second: i64) -> String {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}
