//! As of when the numbers are to be shown.

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::input::Input;
use super::super::key::Key;
use super::super::offer::ActionOffer;
use super::super::screen::View;
use super::super::{Ctx, Effect, Reply, TaskId, Tone};
use crate::app::wrap::capitalised;
use crate::phone::{format, when};
use crate::store::NotSeen;

/// A time, as it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AsOfView {
    /// It.
    pub typed: Input,
    task: Option<TaskId>,
}

impl View for AsOfView {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        vec![ActionOffer::new(Action::Open).called("show"), ActionOffer::new(Action::Back).called("close")]
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action != Action::Open || self.task.is_some() {
            return;
        }
        match when(self.typed.text().trim(), ctx.now, &ctx.account.zone) {
            Ok(at) => self.task = Some(ctx.ask_here(|task| Effect::SeenAt(task, at))),
            Err(why) => ctx.tell(Tone::Bad, format!("{}.", capitalised(&why.to_string()))),
        }
    }

    fn key(&mut self, key: Key, _: &mut Ctx) -> bool {
        self.typed.press(key);
        true
    }

    fn paste(&mut self, text: &str, _: &mut Ctx) -> bool {
        self.typed.insert(text);
        true
    }

    fn is_typing(&self, _: &Ctx) -> bool {
        true
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        let Reply::SeenAt(result) = reply else { return };
        if self.task.take_if(|awaited| *awaited == task).is_none() {
            return;
        }
        match result {
            Ok(list) => {
                ctx.go(Move::Uncover);
                ctx.travel_to(*list);
            }
            Err(NotSeen::Before(first)) => {
                let first = format::full(first, &ctx.account.zone);
                ctx.tell(Tone::Bad, format!("What is known of the numbers begins at {first}."));
            }
            Err(why) => ctx.tell(Tone::Bad, format!("{}.", capitalised(&why.to_string()))),
        }
    }
}
