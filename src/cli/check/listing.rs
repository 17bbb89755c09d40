//! The numbers that were asked for.

use jiff::Timestamp;
use tokio::time::error::Elapsed;
use uuid::Uuid;

use crate::api::{Error, ErrorKind, ListKind, ListRequest};
use crate::check::{Endpoints, Unread};
use crate::cli::args::Check;
use crate::cli::command_context::CommandContext;
use crate::cli::numbers;
use crate::cli::pages::Reader;
use crate::cli::{Exit, Failure, remembered};
use crate::numbers::{Directory, Purpose};
use crate::phone::{Endpoint, Filter, Known, Labels, Number, Written};

/// What the arguments name.
pub(super) enum Wanted {
    /// `--all`
    All,
    /// Numbers and ids, as they were typed.
    Numbers(Vec<String>),
    /// Words that are ids, where the list has such ids, else a filter.
    Words(Vec<String>, Filter),
}

impl Wanted {
    /// Reads the arguments. Words of digits are numbers; several of them that only together are a
    /// number are one that was typed with blanks.
    pub(super) fn of(options: &Check) -> Result<Self, Failure> {
        // No number is called so; as a word it would be a part of some names.
        let is_all = matches!(options.what.as_slice(), [word] if word.eq_ignore_ascii_case("all"));
        let narrowed = options.narrow.words().chain(options.place.words());
        let words: Vec<String> = options.what.iter().filter(|_| !is_all).cloned().chain(narrowed).collect();
        if options.all || words.is_empty() {
            return Ok(Self::All);
        }
        if words.iter().all(|word| Written::parse(word).is_some() || is_id(word)) {
            return Ok(Self::Numbers(numbers::together(words)));
        }
        let filter = Filter::complete(&words.join(" ")).map_err(|why| Failure::usage(why.to_string()))?;
        Ok(Self::Words(words, filter))
    }

    /// What people put down about numbers, where that is asked for.
    pub(super) fn labels(&self, context: &CommandContext) -> Result<Labels, Failure> {
        match self {
            Self::Words(_, filter) => context.labels_for(filter),
            _ => Ok(Labels::default()),
        }
    }

    /// The one number that was named.
    pub(super) fn single(&self) -> Option<&str> {
        match self {
            Self::Numbers(texts) if texts.len() == 1 => texts.first().map(String::as_str),
            _ => None,
        }
    }

    /// The places of the numbers that are meant, and whether they were named one by one.
    pub(super) fn choose(&self, numbers: &[Number], known: &Known) -> Result<(Vec<usize>, bool), Failure> {
        let named = |texts: &[String]| {
            let directory = Directory::new(numbers);
            let place = |text: &String| {
                let target = numbers::argument(Purpose::Changing, text)?;
                directory.place(&target).map_err(Failure::from)
            };
            texts.iter().map(place).collect::<Result<Vec<usize>, Failure>>()
        };
        match self {
            Self::All => Ok(((0..numbers.len()).collect(), false)),
            Self::Numbers(texts) => Ok((named(texts)?, true)),
            Self::Words(words, filter) => {
                let has = |word: &String| numbers.iter().any(|number| number.id.as_str() == word);
                if words.iter().all(|word| has(word) || Written::parse(word).is_some()) {
                    return Ok((named(words)?, true));
                }
                if let Some(why) = filter.stranger(&numbers.iter()) {
                    return Err(Failure::usage(format!("nothing was checked: {why}")));
                }
                let hit = |at: &usize| filter.accepts(&numbers[*at], known);
                let places: Vec<usize> = (0..numbers.len()).filter(hit).collect();
                if places.is_empty() {
                    let message = format!("nothing was checked: no number matches '{}'", words.join(" "));
                    return Err(Failure::new(Exit::NoSuchNumber, "NO_SUCH_NUMBER", message, ""));
                }
                Ok((places, false))
            }
        }
    }
}

fn is_id(word: &str) -> bool {
    Uuid::try_parse(word.trim()).is_ok()
}

/// The list, and how old it is.
pub(super) struct Listing {
    pub(super) numbers: Vec<Number>,
    /// When it was read, where that was by an earlier run.
    pub(super) kept: Option<Timestamp>,
    /// Endpoints that are kept with it.
    endpoints: Option<Vec<Endpoint>>,
}

impl Listing {
    /// The kept list where it is young enough, else a new one.
    pub(super) async fn get(context: &CommandContext, options: &Check) -> Result<Self, Failure> {
        let (kept, said) = remembered::list(context.account(), Timestamp::now(), options.max_age());
        // A monitor reads one line and no more.
        said.into_iter()
            .filter(|_| !options.nagios)
            .for_each(|text| context.note(format!("numdeck: {text}")));
        match kept {
            Some(list) => {
                Ok(Self { numbers: list.numbers, kept: Some(list.read_at), endpoints: list.endpoints })
            }
            None => Self::read(context).await,
        }
    }

    /// A new one, which is remembered.
    pub(super) async fn read(context: &CommandContext) -> Result<Self, Failure> {
        let numbers = Reader::new(context, ListRequest::whole(ListKind::Owned)).whole().await?;
        Ok(Self { numbers, kept: None, endpoints: None })
    }

    /// The endpoints that the server lists, kept with the numbers: a check every five minutes would ask
    /// for them 288 times a day. What could not be read is asked for again.
    pub(super) async fn endpoints(&mut self, context: &CommandContext) -> Result<Vec<Endpoint>, Error> {
        if let Some(kept) = self.endpoints.take() {
            return Ok(kept);
        }
        let read = match context.client.endpoints().await {
            Ok(read) => read,
            // A server that knows of none will know of none in five minutes.
            Err(error) if error.kind == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        context.remember_endpoints(read.clone());
        Ok(read)
    }
}

/// What is known of endpoints, and in words why nothing is, where that may be otherwise the next time: a
/// number whose endpoint is in error would look as well as any other. A server that lists none is no
/// failure.
pub(in crate::cli) fn known(
    read: Result<Result<Vec<Endpoint>, Error>, Elapsed>,
    tell: impl FnOnce(String),
) -> Endpoints {
    let unread = match read {
        Ok(Ok(listed)) => return Endpoints { listed, unread: None },
        Ok(Err(error)) if error.leaves_unread() => {
            Unread { why: error.to_string(), began: error.kind == ErrorKind::Incomplete }
        }
        Ok(Err(_)) => return Endpoints::default(),
        Err(_) => Unread { why: "no answer in time".to_owned(), began: false },
    };
    tell(format!("whether endpoints are in error is not known: {}", unread.why));
    Endpoints { listed: Vec::new(), unread: Some(unread) }
}

/// Whether a failure is about reading the API, and not about what was typed.
pub(super) fn is_of_api(failure: &Failure) -> bool {
    !matches!(failure.exit, Exit::NoSuchNumber | Exit::Usage | Exit::Done | Exit::Interrupted)
}
