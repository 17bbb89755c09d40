//! A question below the screen that it is about: what follows, a typed confirmation, sending, outcome.

use unicode_width::UnicodeWidthStr;

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::doubts::entry_of;
use super::super::key::Key;
use super::super::offer::ActionOffer;
use super::super::prompt::Prompt;
use super::super::screen::View;
use super::super::screen::writes::{Writes, WritesState};
use super::super::wrap::wrap;
use super::super::{Ctx, Reply, TaskId, Tone};
use crate::phone::{Changes, NumberId};
use crate::sip::{LegKind, Report, Transport};
use crate::write::{Confirmation, Intent, Outcome, Stage, consequences, seconds};

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Confirm {
    /// Whether one number is to be changed.
    Change(Box<Change>),
    /// Whether the organization that was seen in the rows of a LIVE session is the one that is meant.
    Organization(String, Prompt),
    /// Whether a number's own credentials are to be sent to its registrar: which, where to, how.
    Credentials(String, Prompt),
}

/// A change of one number: a batch of one, and what is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The write, and what became of it.
    pub writes: Writes,
    /// It in words, with the endpoint by its name.
    pub what: String,
    /// Id and name of the endpoint that would be attached.
    named: Option<(String, String)>,
    /// What follows from it.
    pub consequences: Vec<String>,
    /// For whom it is: organization and mode.
    whose: String,
    intent: Intent,
}

impl Change {
    /// Asks for the confirmation of `intent`. It is about marks where it is `marked`.
    pub(in crate::app) fn new(intent: Intent, marked: bool, ctx: &Ctx) -> Self {
        let named = match &intent {
            Intent::Update { changes: Changes { endpoint: Some(Some(id)), .. }, .. } => {
                ctx.names().of(id).map(|name| (id.to_string(), name.to_owned()))
            }
            _ => None,
        };
        let mut change = Self {
            writes: Writes::changing(String::new(), vec![intent.clone()], Vec::new(), marked),
            what: String::new(),
            named,
            consequences: consequences(&intent, ctx.names()),
            whose: ctx.account.whose(),
            intent,
        };
        change.what = change.by_name(&change.intent.to_string());
        change
    }

    /// What would be done. A refresh below does not change it.
    pub fn intent(&self) -> &Intent {
        &self.intent
    }

    /// What became of it, once that is known.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.writes.outcome(0).filter(|_| self.writes.is_over() && self.writes.looking.is_none())
    }

    /// The question as one line, for where there is room.
    pub fn question(&self) -> String {
        match &self.writes.state {
            WritesState::Review(prompt) => {
                format!("{}: type {} and Enter ", self.what, prompt.wanted.prompt())
            }
            _ => self.what.clone(),
        }
    }

    /// Whether the question fits on one line, its field included.
    fn fits(&self, width: usize, prompt: &Prompt) -> bool {
        self.question().width() + prompt.wanted.width() < width
    }

    /// A text in which the endpoint is called by its name, as in the question.
    fn by_name(&self, text: &str) -> String {
        match &self.named {
            Some((id, name)) => text.replace(id, name),
            None => text.to_owned(),
        }
    }

    /// What is told above the question.
    fn told(&self, width: usize) -> Vec<String> {
        if let WritesState::Review(prompt) = &self.writes.state {
            // What is confirmed is never cut: where the question is too long for a line, it comes
            // first of all.
            let what = (!self.fits(width, prompt)).then_some(&self.what);
            return what.into_iter().chain(&self.consequences).chain([&self.whose]).cloned().collect();
        }
        if let Some(outcome) = self.outcome() {
            let words = outcome.words(&self.intent);
            return vec![self.by_name(&words.said), words.next];
        }
        let text = match self.writes.stage() {
            Some(Stage::Looking) => {
                "No clear answer. Looking whether it happened; do not repeat it meanwhile.".to_owned()
            }
            Some(Stage::Settling(left)) => format!(
                "It did not happen yet, and may still do so within {} s: looking again until then. You may \
                 leave; what comes of it is told.",
                seconds(left)
            ),
            Some(Stage::Reading | Stage::Pricing) => "Reading it again. Nothing is sent yet.".to_owned(),
            Some(Stage::Waiting) => {
                "Another numdeck is busy with it. Waiting for its answer; nothing is sent from here."
                    .to_owned()
            }
            Some(Stage::Entering) => "Entering it in the ledger first. Nothing is sent yet.".to_owned(),
            Some(Stage::Sending | Stage::Attaching) => {
                "Sent. Waiting for the answer; it can not be taken back.".to_owned()
            }
            None => "The server wants a pause. Nothing is sent until then.".to_owned(),
        };
        vec![text]
    }

    /// It is over: as asked, it goes and what happened is told; the number was another one by then,
    /// it is asked anew; else it stays and tells why.
    fn conclude(&self, ctx: &mut Ctx) {
        match self.outcome() {
            Some(outcome) if outcome.is_done() => {
                ctx.go(Move::Uncover);
                ctx.tell(Tone::Good, self.by_name(&outcome.words(&self.intent).said));
            }
            Some(outcome @ Outcome::Changed { now, .. }) => {
                ctx.go(Move::Uncover);
                let said = outcome.words(&self.intent).said;
                ctx.ask_anew(self.intent.clone(), (**now).clone(), said);
            }
            _ => {}
        }
    }

    fn offers(&self) -> Vec<ActionOffer> {
        let close = |label| ActionOffer::new(Action::Back).called(label);
        if self.writes.prompt_shown().is_some() {
            return vec![ActionOffer::new(Action::Open).called("confirm"), close("leave as it is")];
        }
        if let Some(outcome) = self.outcome() {
            let look = entry_of(outcome).map(|_| ActionOffer::new(Action::LookAgain));
            return look.into_iter().chain([close("close")]).collect();
        }
        let why = match self.writes.stage() {
            Some(Stage::Settling(_)) => return vec![close("close; it is looked at by itself")],
            Some(stage) if !stage.is_before_sending() => {
                "the change was sent and can not be taken back; waiting for its answer"
            }
            _ => "it is on its way: nothing is sent yet, but it can not be stopped from here",
        };
        vec![close("").unless(Some(why.to_owned()))]
    }
}

impl Confirm {
    /// Asks whether this is the organization that is meant.
    pub(in crate::app) fn organization(organization: String) -> Self {
        Self::Organization(organization, Prompt::new(Confirmation::Yes))
    }

    /// Asks whether the credentials of the account of a report are to be sent.
    ///
    /// # Errors
    /// Why nothing would be sent.
    pub(in crate::app) fn credentials(report: &Report, username: Option<&str>) -> Result<Self, String> {
        let leg = report.legs.iter().find(|leg| leg.kind == LegKind::Trunk);
        let leg =
            leg.ok_or("The server tells no SIP account of this number, so there is nothing to ask about.")?;
        let place = leg.route.place();
        let over = match leg.route.transport {
            None | Some(Transport::Tls) => "TLS",
            Some(other) => {
                let number = report.number.as_deref().unwrap_or_default();
                return Err(format!(
                    "Nothing is sent: {other} to {place} is not encrypted. numdeck check {number} --auth \
                     --auth-cleartext sends it all the same."
                ));
            }
        };
        let user = username.map_or_else(|| "its SIP username".to_owned(), |user| format!("username {user}"));
        let what = format!("send {user} and a digest of its password to {place} ({over}), once");
        Ok(Self::Credentials(what, Prompt::new(Confirmation::Yes)))
    }

    /// What is told above the question, broken to `width` columns.
    pub fn lines(&self, width: usize) -> Vec<String> {
        let told = match self {
            Self::Change(change) => change.told(width),
            Self::Organization(organization, _) => vec![format!(
                "This key is LIVE and no organization is named: the server would pick one by itself. Its rows belong to {organization}."
            )],
            Self::Credentials(what, _) => vec![format!("{what}. No registration is changed.")],
        };
        told.iter().flat_map(|text| wrap(text, width)).collect()
    }

    /// What is asked for, while it is.
    pub fn prompt_shown(&self) -> Option<&Prompt> {
        match self {
            Self::Change(change) => change.writes.prompt_shown(),
            Self::Organization(_, prompt) | Self::Credentials(_, prompt) => Some(prompt),
        }
    }

    fn confirm(&mut self, ctx: &mut Ctx) {
        match self {
            Self::Change(change) => change.writes.confirm(ctx),
            Self::Organization(organization, prompt) => {
                if prompt.armed && prompt.is_met() {
                    ctx.go(Move::Uncover);
                    ctx.name_organization(organization);
                } else {
                    ctx.tell(Tone::Plain, "Type yes, then Enter; Esc leaves it as it is.");
                }
            }
            Self::Credentials(_, prompt) => {
                if prompt.armed && prompt.is_met() {
                    ctx.go(Move::Uncover);
                    ctx.go(Move::SendCredentials);
                } else {
                    ctx.tell(Tone::Plain, "Nothing was sent: type yes first.");
                }
            }
        }
    }
}

impl View for Confirm {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        let close = |label| ActionOffer::new(Action::Back).called(label);
        match self {
            Self::Change(change) => change.offers(),
            Self::Organization(..) => vec![ActionOffer::new(Action::Open).called("confirm"), close("close")],
            Self::Credentials(..) => {
                vec![ActionOffer::new(Action::Open).called("send"), close("back, nothing is sent")]
            }
        }
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        match (action, self) {
            (Action::Open, confirm) => confirm.confirm(ctx),
            (Action::LookAgain, Self::Change(change)) => change.writes.look_again(ctx),
            _ => {}
        }
    }

    fn key(&mut self, key: Key, _: &mut Ctx) -> bool {
        let prompt = self.prompt();
        let asks = prompt.is_some();
        if let Some(prompt) = prompt {
            prompt.press(key);
        }
        asks
    }

    fn is_typing(&self, _: &Ctx) -> bool {
        true
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        if let Self::Change(change) = self {
            let ends = matches!(reply, Reply::Run(_) | Reply::Outcome(_));
            change.writes.reply(task, reply, ctx);
            if ends {
                change.conclude(ctx);
            }
        }
    }

    fn prompt(&mut self) -> Option<&mut Prompt> {
        match self {
            Self::Change(change) => change.writes.prompt(),
            Self::Organization(_, prompt) | Self::Credentials(_, prompt) => Some(prompt),
        }
    }

    fn stage(&self) -> Option<Stage> {
        match self {
            Self::Change(change) => change.writes.stage(),
            _ => None,
        }
    }

    fn closed(&mut self, ctx: &mut Ctx) {
        if let Self::Change(change) = self {
            change.writes.closed(ctx);
        }
    }

    fn is_about(&self, id: &NumberId) -> bool {
        // What was sent stays until it is answered.
        matches!(self, Self::Change(change) if change.intent.target() == Some(id) && change.writes.prompt_shown().is_some())
    }
}
