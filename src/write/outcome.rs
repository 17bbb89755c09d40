//! What became of a write.

use super::Intent;
use super::intent::line_of;
use crate::api::Error;
use crate::phone::{Number, Price};

/// How a write ended, as the ledger keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutcomeKind {
    /// It is in force: bought, changed, released, deleted.
    Done,
    /// The server said no.
    Refused,
    /// It did not happen: never sent, or looked up.
    NotDone,
    /// The server said yes, and what is in force is not what was asked.
    Ignored,
    /// Nobody knows yet.
    Unknown,
}

impl OutcomeKind {
    /// The name in the ledger; a purchase is bought or not bought, everything else done or not.
    pub fn wire(self, purchase: bool) -> &'static str {
        match (self, purchase) {
            (Self::Done, true) => "bought",
            (Self::Done, false) => "done",
            (Self::Refused, _) => "refused",
            (Self::NotDone, true) => "not_bought",
            (Self::NotDone, false) => "not_done",
            (Self::Ignored, _) => "ignored",
            (Self::Unknown, _) => "unknown",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "bought" | "done" => Self::Done,
            "refused" => Self::Refused,
            "not_bought" | "not_done" => Self::NotDone,
            "ignored" => Self::Ignored,
            "unknown" => Self::Unknown,
            _ => return None,
        })
    }

    /// What a outcome comes to.
    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Bought { .. } | Outcome::Updated { .. } | Outcome::Removed { .. } => Self::Done,
            Outcome::Ignored { .. } => Self::Ignored,
            Outcome::Settled { kind, .. } => *kind,
            Outcome::Refused(_) => Self::Refused,
            Outcome::NotSent(_)
            | Outcome::PriceMoved { .. }
            | Outcome::Changed { .. }
            | Outcome::Already { .. }
            | Outcome::Busy
            | Outcome::NotDone(_) => Self::NotDone,
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}

/// The outcome, as sure as it can be made.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The number is ours.
    Bought {
        /// The record, from the answer or from the owned list.
        number: Box<Number>,
        /// What became of the endpoint that was asked for.
        endpoint: Attached,
        /// The answer was lost, and the number was found in the owned list.
        found: bool,
    },
    /// Another process of this machine is sending the same: nothing was sent.
    Busy,
    /// Somebody else settled it while it was looked at: nothing was entered.
    Settled {
        /// How it ended.
        kind: OutcomeKind,
        /// In the words that were entered.
        said: String,
    },
    /// It was bought from here before, and is ours: nothing was sent.
    Already {
        /// The record as the server has it.
        number: Box<Number>,
    },
    /// The change is in force.
    Updated {
        /// The record as the server has it.
        number: Box<Number>,
        /// The answer was lost, and the record was read again.
        found: bool,
    },
    /// The server said yes and changed something else than was asked.
    Ignored {
        /// The record as the server has it.
        number: Box<Number>,
        /// The settings that are not as asked.
        fields: Vec<&'static str>,
    },
    /// The number is given up.
    Removed {
        /// The answer was lost, and the record was looked for.
        found: bool,
    },
    /// The server said no; nothing happened.
    Refused(Error),
    /// Nothing left this machine.
    NotSent(Error),
    /// It cost something else than was reviewed, so nothing was sent.
    PriceMoved {
        /// What was agreed to.
        reviewed: Price,
        /// What it costs now.
        now: Price,
    },
    /// The record is not as it was when the write was decided, so nothing was sent.
    Changed {
        /// The record as the server has it.
        now: Box<Number>,
        /// The settings that differ.
        fields: Vec<&'static str>,
    },
    /// The answer was lost, and looking showed that it did not happen.
    NotDone(Error),
    /// The answer was lost, and looking did not settle it.
    Unknown {
        /// How the answer was lost.
        error: Error,
        /// Why looking did not settle it.
        why: String,
    },
}

/// What became of the endpoint that a purchase named.
#[derive(Debug, Clone, PartialEq)]
pub enum Attached {
    /// None was asked for.
    NotAsked,
    /// Attached by the purchase.
    AsAsked,
    /// The purchase ignored it; one update attached it.
    Completed,
    /// The number was found later with another endpoint, which was left alone.
    LeftAlone,
    /// The purchase ignored it, and the update did not attach it either.
    Missing(Box<Outcome>),
}

/// The usual reason of a server that says yes and does nothing.
const OTHER_DIALECT: &str = "It may speak another dialect: see the profile's dialect setting.";

impl Outcome {
    /// Whether the world is as was asked for.
    pub fn is_done(&self) -> bool {
        matches!(
            self,
            Self::Bought { .. }
                | Self::Updated { .. }
                | Self::Removed { .. }
                | Self::Settled { kind: OutcomeKind::Done, .. }
        )
    }

    /// Whether something was sent of which nobody knows what became: the write itself, or the update
    /// that attaches the endpoint of a purchase.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown { .. } | Self::Settled { kind: OutcomeKind::Unknown, .. } => true,
            Self::Bought { endpoint: Attached::Missing(why), .. } => why.is_unknown(),
            _ => false,
        }
    }

    /// The record that is ours or in force after it, where the server told it.
    pub fn number(&self) -> Option<&Number> {
        match self {
            Self::Bought { number, .. }
            | Self::Already { number }
            | Self::Updated { number, .. }
            | Self::Ignored { number, .. } => Some(number),
            _ => None,
        }
    }
}

/// An outcome in words: what happened, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What happened, and what it means for money or calls.
    pub said: String,
    /// The next step; may be empty.
    pub next: String,
}

impl Outcome {
    /// Why the endpoint of a purchase is not attached.
    fn unattached(&self) -> String {
        match self {
            Self::Refused(error) | Self::NotSent(error) | Self::NotDone(error) => {
                format!("The endpoint that was asked for is not attached: {}.", trimmed(&error.to_string()))
            }
            Self::Unknown { .. } => {
                "Whether the endpoint that was asked for is attached is unknown.".to_owned()
            }
            _ => "The endpoint that was asked for is not attached: the server ignored it.".to_owned(),
        }
    }

    /// Words for people, the same on screen and in commands.
    pub fn words(&self, intent: &Intent) -> Words {
        let words = |said: String, next: &str| Words { said, next: next.to_owned() };
        match self {
            Self::Bought { number, endpoint, found } => bought(number, endpoint, *found, intent),
            Self::Busy => words(
                format!("Nothing was sent: another numdeck is busy with \"{intent}\" right now."),
                "Wait until it has ended; screen 3 and numdeck purchases tell what came of it.",
            ),
            Self::Settled { kind, said } => {
                words(format!("It was settled meanwhile, by another numdeck: {}", ended(*kind, said)), "")
            }
            Self::Already { number } => {
                words(format!("{} is yours already. Nothing was sent.", number.line.grouped()), "")
            }
            Self::Updated { found, .. } => {
                let how = if *found { "No clear answer came, but the change is in force" } else { "Done" };
                words(format!("{how}: {intent}."), "")
            }
            Self::Ignored { fields, .. } => words(
                format!(
                    "The server said yes, but {} is not as asked. Nothing was sent again.",
                    fields.join(" and ")
                ),
                OTHER_DIALECT,
            ),
            Self::Removed { found } => {
                let how = if *found { "No clear answer came, but it happened" } else { "Done" };
                words(format!("{how}: {intent}."), "")
            }
            Self::Refused(error) => {
                let not = if matches!(intent, Intent::Purchase { .. }) { "Not bought" } else { "Not done" };
                words(format!("{not}: {}.", trimmed(&error.to_string())), &not_twice(error))
            }
            Self::NotSent(error) => {
                words(format!("Nothing was sent: {}.", trimmed(&error.to_string())), error.advice())
            }
            Self::PriceMoved { reviewed, now: Price::UNKNOWN } => words(
                format!(
                    "Not bought: the server does not tell the price any more, which was {} a month. \
                     Nothing was sent.",
                    priced(*reviewed)
                ),
                "It may be sold; look again, then decide.",
            ),
            Self::PriceMoved { reviewed, now } => words(
                format!(
                    "Not bought: the price moved from {} to {} a month since you saw it. Nothing was sent.",
                    priced(*reviewed),
                    priced(*now)
                ),
                "Look at the new price, then decide again.",
            ),
            Self::Changed { fields, .. } => words(
                format!(
                    "Not done: {} changed on the server since you saw it ({}). Nothing was sent.",
                    intent.line(),
                    fields.join(", ")
                ),
                "Look at it as it is now, then decide again.",
            ),
            Self::NotDone(error) => words(
                format!("{}. It was looked up to the end: \"{intent}\" did not happen.", unclear(error)),
                "It is safe to try again.",
            ),
            Self::Unknown { error, why } => words(
                format!("Still unknown whether \"{intent}\" happened. {}; {}.", unclear(error), trimmed(why)),
                "Do not repeat it before it is settled: it may have happened.",
            ),
        }
    }
}

/// What was bought, in words: what came of its endpoint, and whether calls arrive.
fn bought(number: &Number, endpoint: &Attached, found: bool, intent: &Intent) -> Words {
    let how = if found { "No clear answer came, but the number was found: bought" } else { "Bought" };
    let mut said = format!("{how}. {} is yours.", number.line.grouped());
    let asked = match intent {
        Intent::Purchase { order, reviewed } => line_of(order, reviewed),
        _ => None,
    };
    if let Some(asked) = asked.filter(|asked| number.line.valid() != Some(*asked)) {
        said.push_str(&format!(" The server gave that one instead of {}.", asked.grouped()));
    }
    match endpoint {
        Attached::Completed => {
            said.push_str(" The purchase ignored the endpoint; one update attached it.");
        }
        Attached::LeftAlone => {
            said.push_str(" It has another endpoint than was asked for, which was left alone.");
        }
        Attached::Missing(why) => {
            said.push_str(&format!(" {}", why.unattached()));
            let next = match **why {
                Outcome::Ignored { .. } => OTHER_DIALECT,
                _ => "Open the number and look at its endpoint.",
            };
            return Words { said, next: next.to_owned() };
        }
        Attached::NotAsked | Attached::AsAsked => {}
    }
    let missing = number.obstacles();
    let next = if missing.is_empty() {
        "Nothing in its settings keeps calls away.".to_owned()
    } else {
        format!("Calls do not arrive yet: {}.", missing.join(", "))
    };
    Words { said, next }
}

/// The advice for a refusal, without the part that its message said already.
fn not_twice(error: &Error) -> String {
    let advice = error.advice();
    let Some((said, rest)) = advice.split_once("; ") else { return advice.to_owned() };
    let words = |text: &str| -> Vec<String> {
        let split = text.split(|c: char| !c.is_alphanumeric());
        split.filter(|word| word.len() > 3).map(str::to_lowercase).collect()
    };
    let (told, message) = (words(said), words(&error.message));
    let repeated = told.iter().filter(|word| message.contains(word)).count();
    if told.is_empty() || repeated * 2 < told.len() {
        return advice.to_owned();
    }
    let mut chars = rest.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What was entered of an outcome, or its bare word.
fn ended(kind: OutcomeKind, said: &str) -> String {
    if said.is_empty() { format!("{}.", kind.wire(false).replace('_', " ")) } else { said.to_owned() }
}

/// Why no answer tells what happened: some never came, others say too little.
fn unclear(error: &Error) -> String {
    let said = error.to_string();
    match (error.status, trimmed(&said)) {
        (_, "") => "No answer is known".to_owned(),
        (Some(_), said) => format!("The answer does not tell ({said})"),
        (None, said) => format!("The answer was lost ({said})"),
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches(['.', ' '])
}

fn priced(price: Price) -> String {
    let cents =
        |part: Option<crate::phone::Cents>| part.map_or("unknown".to_owned(), |cents| cents.to_string());
    format!("{} setup and {}", cents(price.setup), cents(price.monthly))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ErrorKind, Kyc};

    #[test]
    fn what_the_server_said_is_not_said_again_as_advice() {
        let next = |kind, message: &str| not_twice(&Error::new(kind, message));
        let kyc = ErrorKind::Kyc(Kyc::NotSubmitted);
        assert!(next(kyc, "Identity verification was not submitted.").starts_with("Do it in the Cockpit"));
        assert!(next(kyc, "KYC").starts_with("Identity verification"), "what was not said is told");
        assert!(next(ErrorKind::Balance, "Insufficient balance").starts_with("Top up"));
    }
}
