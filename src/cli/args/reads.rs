//! Options of commands that read.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use clap::Args as Group;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::phone::{Capability, Country, Kind, NoMoment, Order, Pattern};
use crate::rows::Columns;

/// A time as people write it, by the clock of now and the zone of here.
pub(super) fn when(text: &str) -> Result<Timestamp, NoMoment> {
    crate::phone::when(text, Timestamp::now(), &TimeZone::system())
}

/// How many rows are wanted.
#[derive(Debug, Clone, Group)]
pub struct Extent {
    /// How many rows at most [default: 100]
    #[arg(short = 'n', long, value_name = "N", value_parser = rows, conflicts_with = "all")]
    pub limit: Option<u64>,
    /// All rows
    #[arg(long)]
    pub all: bool,
}

impl Extent {
    /// Rows that are shown without being asked for more.
    const USUAL: u64 = 100;

    /// Whether that is more than a few pages.
    pub fn is_long(&self) -> bool {
        self.limit().is_none_or(|limit| limit > 10 * Self::USUAL)
    }

    /// The most rows; `None` for all.
    pub fn limit(&self) -> Option<u64> {
        if self.all { None } else { Some(self.limit.unwrap_or(Self::USUAL)) }
    }

    /// The same of rows that are in memory.
    pub fn rows(&self) -> Option<usize> {
        self.limit().and_then(|limit| usize::try_from(limit).ok())
    }
}

/// What is printed of the rows of a list.
#[derive(Debug, Clone, Group)]
pub struct Printed {
    /// What to print of each number, for example number,country,id
    #[arg(long, value_name = "A,B", value_parser = Columns::parse)]
    pub columns: Option<Columns>,
    /// How many rows.
    #[command(flatten)]
    pub extent: Extent,
    /// Nothing is asked.
    #[command(flatten)]
    pub unasked: Unasked,
}

/// `-y` where nothing is asked: scripts give it to all commands, and it changes nothing here.
#[derive(Debug, Clone, Default, Group)]
pub struct Unasked {
    /// Taken, and of no effect
    #[arg(short = 'y', long = "yes", hide = true)]
    pub yes: bool,
}

/// What numbers have to fit, as options: `--status active` is the word `status:active` of an expression.
#[derive(Debug, Clone, Default, Group)]
pub struct Narrow {
    /// Only numbers that fit this expression: `numdeck help filter`
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Only numbers of this status: active, inactive, pending
    #[arg(long, value_name = "STATUS", value_parser = one_word)]
    pub status: Option<String>,
}

impl Narrow {
    /// The words of the filter language for this.
    pub fn words(&self) -> impl Iterator<Item = String> {
        let status = self.status.as_ref().map(|status| format!("status:{status}"));
        self.filter.clone().into_iter().chain(status)
    }
}

/// Where numbers are and of what kind, as options: `--country NG` is the word `country:ng`.
#[derive(Debug, Clone, Default, Group)]
pub struct Place {
    /// Only numbers of this country: NG, GH, KE
    #[arg(long, value_name = "CC", value_parser = one_word)]
    pub country: Option<String>,
    /// Only numbers of this type: local, mobile or toll-free
    #[arg(long = "type", value_name = "T", value_parser = kind)]
    pub kind: Option<Kind>,
}

/// Which owned numbers, as words of an expression or as options.
#[derive(Debug, Clone, Default, Group)]
pub struct Selection {
    /// What to look for: words, digits, country: type: status: endpoint: inbound: outbound: org: id:, ! for not
    #[arg(value_name = "EXPR")]
    pub expr: Vec<String>,
    /// The same as EXPR.
    #[command(flatten)]
    pub narrow: Narrow,
    /// The same as EXPR.
    #[command(flatten)]
    pub place: Place,
}

impl Selection {
    /// The whole expression.
    pub fn expression(&self) -> String {
        let words = self.expr.iter().cloned().chain(self.narrow.words()).chain(self.place.words());
        words.collect::<Vec<String>>().join(" ")
    }
}

impl SearchArgs {
    /// The country, from the word or from the option.
    pub fn country(&self) -> String {
        self.of.as_ref().or(self.country.as_ref()).cloned().unwrap_or_default()
    }
}

impl Place {
    /// The words of the filter language for this.
    pub fn words(&self) -> impl Iterator<Item = String> {
        let country = self.country.as_ref().map(|country| format!("country:{country}"));
        country.into_iter().chain(self.kind.as_ref().map(|kind| format!("type:{}", kind.wire())))
    }
}

/// Options of `list`.
#[derive(Debug, Clone, Group)]
pub struct ListArgs {
    /// Which numbers.
    #[command(flatten)]
    pub which: Selection,
    /// Order: number, country, type, status, endpoint, changed, created, problem, monthly or setup; :desc for the reverse
    #[arg(long, value_name = "KEY[:desc]", value_parser = Order::parse)]
    pub sort: Option<Order>,
    /// As it was seen then, without asking the server: 2h, 3d, a date (its midnight), or an RFC 3339 time
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub at: Option<Timestamp>,
    /// What of them.
    #[command(flatten)]
    pub printed: Printed,
}

/// Options of `search`.
#[derive(Debug, Clone, Group)]
pub struct SearchArgs {
    /// Country by its two letters: NG, GH, KE
    #[arg(value_name = "CC", value_parser = Country::code_of, required_unless_present = "country")]
    pub of: Option<String>,
    /// The same, as an option
    #[arg(long, value_name = "CC", value_parser = Country::code_of, conflicts_with = "of")]
    pub country: Option<String>,
    /// local, mobile or toll-free
    #[arg(long = "type", value_name = "T", value_parser = kind)]
    pub kind: Option<Kind>,
    /// Of these, those that fit a filter.
    #[command(flatten)]
    pub narrow: Narrow,
    /// Digits anywhere in the number; with * and ? the whole number: 777, 234803*, *00??, *aabb: numdeck help pattern
    #[arg(long, value_name = "P", value_parser = Pattern::parse)]
    pub pattern: Option<Pattern>,
    /// Only numbers that can do this: sms, voice or fax; all of several with commas between
    #[arg(long, value_name = "sms|voice|fax", value_delimiter = ',', value_parser = Capability::parse)]
    pub can: Vec<Capability>,
    /// Only runs of at least so many numbers that follow each other, printed together
    #[arg(long, value_name = "N", value_parser = block, conflicts_with = "sort")]
    pub block: Option<u32>,
    /// Order, over all that is for sale: monthly, setup, number, type; :desc for the reverse
    #[arg(long, value_name = "KEY[:desc]", value_parser = Order::parse)]
    pub sort: Option<Order>,
    /// What of them.
    #[command(flatten)]
    pub printed: Printed,
}

/// Options of `show`.
#[derive(Debug, Clone, Group)]
pub struct Show {
    /// An id, or a phone number in any usual form
    pub number: String,
    /// Print the SIP password
    #[arg(long)]
    pub show_secrets: bool,
    /// Nothing is asked.
    #[command(flatten)]
    pub unasked: Unasked,
}

/// A type by the name that the API uses or the one that people use. A type that does not exist
/// would be an empty list, which reads as "sold out".
pub(super) fn kind(text: &str) -> Result<Kind, String> {
    let kind = Kind::parse(&text.trim().to_lowercase().replace([' ', '-'], "_"));
    if Kind::KNOWN.contains(&kind) {
        Ok(kind)
    } else {
        Err("a type is local, mobile or toll-free".to_owned())
    }
}

/// A word of the filter language, which is not two.
fn one_word(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_one = !text.is_empty() && !text.contains(char::is_whitespace);
    if is_one { Ok(text.to_owned()) } else { Err("it is one word".to_owned()) }
}

/// How many rows: one at least.
fn rows(text: &str) -> Result<u64, String> {
    whole(text, 1..=u64::MAX).map_err(|_| "a whole number from 1 on".to_owned())
}

/// How many numbers that follow each other: two at least.
fn block(text: &str) -> Result<u32, String> {
    whole(text, 2..=u32::MAX).map_err(|_| "a whole number from 2 on".to_owned())
}

/// A whole number of a range.
pub(super) fn whole<T>(text: &str, range: RangeInclusive<T>) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    let found = text.trim().parse().ok().filter(|number| range.contains(number));
    found.ok_or_else(|| format!("a whole number from {} to {}", range.start(), range.end()))
}
