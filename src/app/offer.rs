//! Which actions the present state offers, in order of importance, and why one is not possible.
//!
//! Dispatch accepts only what is offered; the footer shows what is possible; the help shows all.

use super::action::Action;
use super::doubt::entry_of;
use super::listing::Listing;
use super::screen::change::ChangeState;
use super::screen::check::{CheckView, ChecksView};
use super::screen::ledger::LedgerView;
use super::screen::many::{Many, ManyState};
use super::screen::purchase::BuyState;
use super::screen::{Overlay, Screen};
use super::{App, Tab};
use crate::phone::Password;
use crate::write::{Confirmation, Entry, Obstacle, Stage, Verdict};

/// An action that the present state knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Which.
    pub action: Action,
    /// Its word in the footer.
    pub label: &'static str,
    /// Why it is not possible now.
    pub obstacle: Option<String>,
}

impl Offer {
    fn new(action: Action) -> Self {
        let label = action.binding().map_or("", |binding| binding.label);
        Self { action, label, obstacle: None }
    }

    fn called(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    fn unless(self, obstacle: Option<String>) -> Self {
        Self { obstacle, ..self }
    }
}

const MOVES: [Action; 6] =
    [Action::Up, Action::Down, Action::PageUp, Action::PageDown, Action::Top, Action::Bottom];

impl App {
    /// What can be done now.
    pub fn offers(&self) -> Vec<Offer> {
        let mut offers = match &self.overlay {
            Some(overlay) => overlay_offers(overlay),
            None => self.screen_offers(),
        };
        offers.push(Offer::new(Action::Suspend));
        offers.push(Offer::new(Action::Cancel));
        offers
    }

    /// What the screen below an overlay offers.
    pub fn screen_offers(&self) -> Vec<Offer> {
        match self.stack.last() {
            Some(Screen::Detail(_)) => self.detail_offers(),
            Some(Screen::Purchase(buying)) => self.purchase_offers(&buying.state),
            Some(Screen::Check(view)) => check_offers(view),
            Some(Screen::Checks(view)) => checks_offers(view),
            Some(Screen::Many(many)) => self.many_offers(many),
            Some(Screen::Ledger(view)) if view.editing => {
                let mut offers =
                    vec![Offer::new(Action::Open).called("keep"), Offer::new(Action::ClearFilter)];
                offers.extend(MOVES.map(Offer::new));
                offers
            }
            Some(Screen::Ledger(view)) => self.ledger_offers(view),
            None if self.form_open => {
                vec![Offer::new(Action::Open).called("search"), Offer::new(Action::Back).called("close")]
            }
            None if self.listing().editing => {
                let mut offers =
                    vec![Offer::new(Action::Open).called("keep"), Offer::new(Action::ClearFilter)];
                offers.extend(MOVES.map(Offer::new));
                offers
            }
            None => self.tab_offers(),
        }
    }

    /// Whether keys go to a text field before they are actions.
    pub fn is_typing(&self) -> bool {
        match (&self.overlay, self.stack.last()) {
            (
                Some(Overlay::Endpoints(_) | Overlay::Change(_) | Overlay::Pin(_) | Overlay::Credentials(_)),
                _,
            ) => true,
            (Some(_), _) => false,
            (None, Some(Screen::Ledger(view))) => view.editing,
            // Where the word yes is typed, no letter is an action.
            (None, Some(Screen::Many(many))) => {
                matches!(many.state, ManyState::Review { .. }) && many.confirmation() == Confirmation::Yes
            }
            (None, Some(_)) => false,
            (None, None) => self.form_open || self.listing().editing,
        }
    }

    fn tab_offers(&self) -> Vec<Offer> {
        let listing = self.listing();
        let misread = listing.filter_problem().map(|why| format!("of the filter: {why}"));
        let none = || listing.selected().is_none().then(|| "no number is selected".to_owned());
        // What a filter does not say is neither marked nor changed.
        let unselected = misread.clone().or_else(none);
        let unselected_row = unselected.clone();
        let further = self.looks_further();
        let mut offers = Vec::new();
        match self.tab {
            Tab::Owned => {
                let first = [
                    if further {
                        Offer::new(Action::Open).called("reads on")
                    } else {
                        Offer::new(Action::Open).unless(unselected.clone())
                    },
                    Offer::new(Action::Filter),
                    Offer::new(Action::Buy).called("buy"),
                    Offer::new(Action::Mark).unless(unselected.clone()),
                ];
                let marked = listing.marks() > 0;
                let unselected = if marked { misread.clone() } else { unselected.clone() };
                let changes =
                    [Action::Endpoint, Action::Inbound, Action::Outbound, Action::Status, Action::Release];
                let changes = changes.map(|action| {
                    Offer::new(action).unless(unselected.clone().or_else(|| self.write_obstacle()))
                });
                // What marks are for comes first, once there are some.
                if marked {
                    offers.extend(changes);
                    offers.extend(first);
                } else {
                    offers.extend(first);
                    offers.extend(changes);
                }
            }
            Tab::Inventory => {
                let sellable = unselected.clone().or_else(|| {
                    let unreadable = listing.selected().is_some_and(|row| row.line.possible().is_none());
                    unreadable
                        .then(|| "its number is not valid E.164, so it can not be bought here".to_owned())
                });
                let unbuyable = sellable.or_else(|| self.write_obstacle());
                let marked = listing.marks() > 0;
                let unbuyable_marks = if marked {
                    misread.clone().or_else(|| self.write_obstacle())
                } else {
                    unbuyable.clone()
                };
                let label = if marked { "buy the marked" } else { "buy" };
                offers.push(Offer::new(Action::Buy).called(label).unless(unbuyable_marks));
                offers.push(Offer::new(Action::Mark).unless(unselected.clone()));
                offers.push(Offer::new(Action::Open).called("").unless(unbuyable));
                offers.push(Offer::new(Action::Search));
                offers.push(Offer::new(Action::Filter));
            }
        }
        if listing.can_read_on() {
            offers.push(Offer::new(Action::LoadAll));
        }
        if listing.marks() > 0 {
            offers.push(Offer::new(Action::ClearMarks));
        } else if !listing.filter.is_empty() {
            offers.push(Offer::new(Action::ClearFilter));
        }
        offers.push(Offer::new(Action::MarkAll).unless(unselected));
        if self.tab == Tab::Owned {
            let nothing = self.target().is_none().then(|| "no number is selected".to_owned());
            let check = Offer::new(Action::Check).unless(nothing);
            let none = (listing.marks() == 0).then(|| "nothing is marked; space marks".to_owned());
            let check_marked = Offer::new(Action::CheckMarked).unless(none);
            // The answer to "why do calls not arrive" stands where it is seen.
            let at = offers.iter().position(|offer| offer.action == Action::Inbound).unwrap_or(0);
            offers.insert(at, if listing.marks() > 0 { check_marked.clone() } else { check.clone() });
            offers.push(if listing.marks() > 0 { check } else { check_marked });
            let none = || self.target().is_none().then(|| "no number is selected".to_owned());
            let undoable = misread.or_else(none);
            offers.push(Offer::new(Action::Undo).unless(undoable.or_else(|| self.write_obstacle())));
        }
        offers.push(Offer::new(Action::Copy).unless(unselected_row));
        if self.tab == Tab::Owned {
            let elsewhere = "that is on the number's own screen: enter opens it".to_owned();
            let there = [Action::Delete, Action::Reveal, Action::Raw].map(Offer::new);
            offers.extend(there.map(|offer| offer.unless(Some(elsewhere.clone()))));
        }
        offers.push(Offer::new(Action::Activity));
        offers.push(Offer::new(Action::Sort));
        offers.push(Offer::new(Action::Refresh).unless(refresh_obstacle(listing, self)));
        offers.push(Offer::new(Action::Help));
        offers.push(Offer::new(Action::Quit));
        offers.push(Offer::new(Action::Reverse).called(""));
        offers.extend([Action::Owned, Action::Inventory, Action::Purchases, Action::NextTab].map(Offer::new));
        offers.extend(MOVES.map(Offer::new));
        offers
    }

    fn detail_offers(&self) -> Vec<Offer> {
        let detail = self.open_detail();
        let unread = detail.is_none().then(|| "the number is not read yet".to_owned());
        let mut offers = vec![Offer::new(Action::Endpoint)];
        offers.extend(
            [Action::Inbound, Action::Outbound, Action::Status, Action::Release, Action::Delete]
                .map(Offer::new),
        );
        let unwritable = self
            .target()
            .is_none()
            .then(|| "the number is not read yet".to_owned())
            .or_else(|| self.write_obstacle());
        for offer in &mut offers {
            offer.obstacle.clone_from(&unwritable);
        }
        let password = match detail.and_then(|detail| detail.credentials.as_ref()) {
            None => Some("there are no SIP credentials".to_owned()),
            Some(sip) => match sip.password {
                Password::Set(_) => None,
                Password::Unset => Some("no password is set".to_owned()),
                Password::Hidden => {
                    Some("your role may not see the password: ask an owner or admin".to_owned())
                }
            },
        };
        offers.insert(0, Offer::new(Action::Copy).unless(unread.clone()));
        let revealed = self.detail_view().is_some_and(|view| view.revealed_until.is_some());
        let reveal = Offer::new(Action::Reveal).called(if revealed { "hide" } else { "reveal" });
        offers.insert(1, reveal.unless(unread.or(password)));
        let unknown = self.target().is_none().then(|| "the number is not read yet".to_owned());
        offers.insert(2, Offer::new(Action::Check).unless(unknown));
        offers.push(Offer::new(Action::Undo).unless(self.write_obstacle()));
        offers.push(Offer::new(Action::Raw));
        offers.push(Offer::new(Action::Refresh));
        offers.push(Offer::new(Action::Help));
        offers.push(Offer::new(Action::Back));
        add_elsewhere(&mut offers);
        offers.extend(MOVES.map(Offer::new));
        offers
    }

    fn ledger_offers(&self, view: &LedgerView) -> Vec<Offer> {
        let mut offers = Vec::new();
        if view.selected().is_some_and(Entry::is_in_doubt) {
            offers.push(Offer::new(Action::LookAgain).unless(self.busy()));
        } else {
            offers.push(Offer::new(Action::Refresh));
        }
        offers.push(Offer::new(Action::Filter));
        offers.push(Offer::new(Action::Activity));
        offers.push(Offer::new(Action::Help));
        // One step back at a time.
        let back = if view.filter.is_empty() { Action::Back } else { Action::ClearFilter };
        offers.push(Offer::new(back));
        offers.extend([Action::Owned, Action::Inventory, Action::NextTab].map(Offer::new));
        offers.extend(MOVES.map(Offer::new));
        offers
    }

    fn many_offers(&self, many: &Many) -> Vec<Offer> {
        let mut offers = Vec::new();
        match &many.state {
            ManyState::Review { .. } => {
                let (go, back) = if many.buys() {
                    ("buy, once it matches", "back, nothing is spent")
                } else {
                    ("confirm", "back, nothing is sent")
                };
                offers.push(Offer::new(Action::Open).called(go));
                if many.buys() {
                    offers.push(Offer::new(Action::Endpoint));
                }
                offers.push(Offer::new(Action::Back).called(back));
            }
            ManyState::Running { halting, .. } => {
                let why = halting.then(|| "it stops after the one that is on its way".to_owned());
                offers.push(Offer::new(Action::Back).called("stop after this one").unless(why));
            }
            ManyState::Ended => {
                if many.doubtful().is_some() {
                    offers.push(Offer::new(Action::LookAgain).unless(self.busy()));
                    offers.push(Offer::new(Action::Purchases).called("purchases"));
                }
                if !many.unanswered().is_empty() {
                    offers.push(Offer::new(Action::Endpoint).unless(self.write_obstacle()));
                }
                offers.push(Offer::new(Action::Back));
                add_elsewhere(&mut offers);
            }
        }
        offers.push(Offer::new(Action::Help));
        offers.extend(MOVES.map(Offer::new));
        offers
    }

    /// Whether looking again at what is in doubt can be asked for here.
    pub fn offers_look_again(&self) -> bool {
        self.offers().iter().any(|offer| offer.action == Action::LookAgain && offer.obstacle.is_none())
    }

    fn busy(&self) -> Option<String> {
        self.writing.is_some().then(|| "another change is on its way; one at a time".to_owned())
    }

    fn purchase_offers(&self, state: &BuyState) -> Vec<Offer> {
        match state {
            BuyState::Review { .. } => vec![
                Offer::new(Action::Open).called("buy, once it matches"),
                Offer::new(Action::Endpoint),
                Offer::new(Action::Back).called("back, nothing is spent"),
                Offer::new(Action::Help),
                Offer::new(Action::Activity),
            ],
            BuyState::Sending { stage: Stage::Settling(_), .. } => vec![
                Offer::new(Action::Back).called("back; it is looked at by itself"),
                Offer::new(Action::Activity),
            ],
            BuyState::Sending { stage, .. } => {
                let why = if stage.is_before_sending() {
                    "it is on its way: nothing is spent yet, but it can not be stopped from here"
                } else {
                    "the purchase was sent and can not be taken back; waiting for its answer"
                };
                vec![
                    Offer::new(Action::Back).called("").unless(Some(why.to_owned())),
                    Offer::new(Action::Activity),
                ]
            }
            BuyState::Ended { verdict, .. } => {
                let mut offers = Vec::new();
                match **verdict {
                    Verdict::Bought { .. } => {
                        offers.push(Offer::new(Action::Open).called("open the number"));
                        offers.push(Offer::new(Action::Endpoint).unless(self.write_obstacle()));
                        offers.push(Offer::new(Action::Check));
                    }
                    _ if entry_of(verdict).is_some() => {
                        offers.push(Offer::new(Action::LookAgain).unless(self.busy()));
                        offers.push(Offer::new(Action::Purchases).called("purchases"));
                    }
                    _ => {}
                }
                offers.push(Offer::new(Action::Back));
                offers.push(Offer::new(Action::Help));
                add_elsewhere(&mut offers);
                offers
            }
        }
    }

    /// Why nothing can be written. A LIVE session without a named organization is no obstacle
    /// here: asking for a write offers to name it.
    pub(super) fn write_obstacle(&self) -> Option<String> {
        match self.session.standing.check() {
            Ok(()) => self.busy(),
            Err(Obstacle::Unnamed) if self.seen_organization().is_some() => None,
            Err(obstacle) => Some(obstacle.to_string()),
        }
    }
}

/// Adds what is everywhere, unless it is there: the other screens, and what was asked of the server.
fn add_elsewhere(offers: &mut Vec<Offer>) {
    for action in [Action::Owned, Action::Inventory, Action::Purchases, Action::NextTab, Action::Activity] {
        if offers.iter().all(|offer| offer.action != action) {
            offers.push(Offer::new(action));
        }
    }
}

fn check_offers(view: &CheckView) -> Vec<Offer> {
    let running = view.task.is_some().then(|| "it is still running; ctrl-c stops it".to_owned());
    let unfinished = view.report.is_none().then(|| "it is not done yet".to_owned());
    let mut offers = vec![
        Offer::new(Action::Check).called("again").unless(running.clone()),
        Offer::new(Action::CheckCredentials).unless(running.or_else(|| unasked(view))),
        Offer::new(Action::Trace).unless(unfinished.clone()),
        Offer::new(Action::CopyReport).unless(unfinished),
        Offer::new(Action::Help),
        Offer::new(Action::Back),
    ];
    add_elsewhere(&mut offers);
    offers.extend(MOVES.map(Offer::new));
    offers
}

/// Why credentials can not be asked about yet.
fn unasked(view: &CheckView) -> Option<String> {
    match &view.report {
        None => Some("it is not done yet; c checks first".to_owned()),
        Some(_) if view.of_many => Some("its account is not known yet; c checks it first".to_owned()),
        Some(_) => None,
    }
}

fn checks_offers(view: &ChecksView) -> Vec<Offer> {
    if view.planned.is_some() {
        let mut offers = vec![
            Offer::new(Action::Open).called("check them"),
            Offer::new(Action::Help),
            Offer::new(Action::Back).called("back, nothing is sent"),
        ];
        add_elsewhere(&mut offers);
        offers.extend(MOVES.map(Offer::new));
        return offers;
    }
    let running = view.task.is_some().then(|| "it is still running; ctrl-c stops it".to_owned());
    let order = if view.gravest_first { "order of the list" } else { "gravest first" };
    let unfinished = view.selected().is_none_or(|row| row.report.is_none());
    let unfinished = unfinished.then(|| "it is not done yet".to_owned());
    let mut offers = vec![
        Offer::new(Action::Open).unless(unfinished),
        Offer::new(Action::Sort).called(order).unless(running.clone()),
        Offer::new(Action::Check).called("again").unless(running),
        Offer::new(Action::Help),
        Offer::new(Action::Back),
    ];
    add_elsewhere(&mut offers);
    offers.extend(MOVES.map(Offer::new));
    offers
}

fn refresh_obstacle(listing: &Listing, app: &App) -> Option<String> {
    if listing.reading.is_some() {
        Some("it is being read already; ctrl-c stops that".to_owned())
    } else if app.tab == Tab::Inventory && app.search.is_none() {
        Some("nothing was searched yet; f opens the search".to_owned())
    } else {
        None
    }
}

/// Moves in a text; the footer names one of them.
fn scrolls() -> impl Iterator<Item = Offer> {
    MOVES.into_iter().map(|action| match action {
        Action::Down => Offer::new(action).called("scroll"),
        _ => Offer::new(action),
    })
}

fn overlay_offers(overlay: &Overlay) -> Vec<Offer> {
    let close = |label| Offer::new(Action::Back).called(label);
    match overlay {
        Overlay::Help { .. } => {
            let mut offers = vec![close("close")];
            offers.extend(scrolls());
            offers
        }
        Overlay::Activity(_) => {
            let mut offers = vec![Offer::new(Action::Refresh), close("close")];
            offers.extend(scrolls());
            offers
        }
        Overlay::Copy(_) => {
            let mut offers = vec![Offer::new(Action::Open).called("copy"), close("close")];
            offers.extend(MOVES.map(Offer::new));
            offers
        }
        Overlay::Endpoints(_) => vec![Offer::new(Action::Open).called("choose"), close("close")],
        Overlay::Credentials(_) => {
            vec![Offer::new(Action::Open).called("send"), close("back, nothing is sent")]
        }
        Overlay::Pin(_) => vec![Offer::new(Action::Open).called("confirm"), close("close")],
        Overlay::Change(change) => match &change.state {
            ChangeState::Asking { .. } => {
                vec![Offer::new(Action::Open).called("confirm"), close("leave as it is")]
            }
            ChangeState::Sending { stage: Stage::Settling(_), .. } => {
                vec![close("close; it is looked at by itself")]
            }
            ChangeState::Sending { stage, .. } => {
                let why = if stage.is_before_sending() {
                    "it is on its way: nothing is sent yet, but it can not be stopped from here"
                } else {
                    "the change was sent and can not be taken back; waiting for its answer"
                };
                vec![close("").unless(Some(why.to_owned()))]
            }
            ChangeState::Ended(verdict) => {
                let mut offers = Vec::new();
                if entry_of(verdict).is_some() {
                    offers.push(Offer::new(Action::LookAgain));
                }
                offers.push(close("close"));
                offers
            }
        },
    }
}
