//! What can be done with writes on screen, by how far they are.

use super::{Writes, WritesState};
use crate::app::Ctx;
use crate::app::action::Action;
use crate::app::doubts::entry_of;
use crate::app::offer::{ActionOffer, add_elsewhere, moves};
use crate::write::{Outcome, Stage};

impl Writes {
    fn one_offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let mut offers = Vec::new();
        match self.outcome(0) {
            Some(Outcome::Bought { .. }) => {
                offers.push(ActionOffer::new(Action::Open).called("open the number"));
                offers.push(ActionOffer::new(Action::Endpoint).unless(ctx.write_obstacle()));
                offers.push(ActionOffer::new(Action::Check));
            }
            Some(outcome) if entry_of(outcome).is_some() => {
                offers.push(ActionOffer::new(Action::LookAgain).unless(ctx.busy()));
                offers.push(ActionOffer::new(Action::Purchases).called("purchases"));
            }
            _ => {}
        }
        offers
    }

    fn all_offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let mut offers = Vec::new();
        if self.doubtful().is_some() {
            offers.push(ActionOffer::new(Action::LookAgain).unless(ctx.busy()));
            offers.push(ActionOffer::new(Action::Purchases).called("purchases"));
        }
        if !self.unanswered().is_empty() {
            offers.push(ActionOffer::new(Action::Endpoint).unless(ctx.write_obstacle()));
        }
        offers
    }

    /// What can be done while it is on its way: of several, what is not sent yet can be left.
    fn running_offers(&self, stage: Option<Stage>, halting: bool) -> Vec<ActionOffer> {
        let back = ActionOffer::new(Action::Back);
        let back = match stage {
            _ if self.one().is_none() => {
                let why = halting.then(|| "it stops after the one that is on its way".to_owned());
                back.called("stop after this one").unless(why)
            }
            Some(Stage::Settling(_)) => back.called("back; it is looked at by itself"),
            Some(stage) if !stage.is_before_sending() => back.called("").unless(Some(
                "the purchase was sent and can not be taken back; waiting for its answer".to_owned(),
            )),
            _ => back.called("").unless(Some(
                "it is on its way: nothing is spent yet, but it can not be stopped from here".to_owned(),
            )),
        };
        let help = self.one().is_none().then(|| ActionOffer::new(Action::Help));
        [back].into_iter().chain(help).chain([ActionOffer::new(Action::Activity)]).collect()
    }

    pub(super) fn offered(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let several = self.one_row().is_none();
        let mut offers = match (&self.state, self.looking) {
            (WritesState::Review(_), _) => {
                let (go, back) = if self.buys() {
                    ("buy, once it matches", "back, nothing is spent")
                } else {
                    ("confirm", "back, nothing is sent")
                };
                let mut offers = vec![ActionOffer::new(Action::Open).called(go)];
                offers.extend(self.buys().then(|| ActionOffer::new(Action::Endpoint)));
                offers.push(ActionOffer::new(Action::Back).called(back));
                offers.push(ActionOffer::new(Action::Help));
                offers.push(ActionOffer::new(Action::Activity));
                offers
            }
            (WritesState::Running { stage, halting, .. }, _) => self.running_offers(*stage, *halting),
            (WritesState::Ended { .. }, Some(looking)) if !several => {
                self.running_offers(Some(looking.stage), false)
            }
            (WritesState::Ended { .. }, _) => {
                let mut offers = if several { self.all_offers(ctx) } else { self.one_offers(ctx) };
                offers.push(ActionOffer::new(Action::Back));
                offers.push(ActionOffer::new(Action::Help));
                add_elsewhere(&mut offers);
                offers
            }
        };
        if several {
            offers.extend(moves());
        }
        offers
    }
}
