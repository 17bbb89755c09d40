//! Copying one field without showing it.

use super::super::Ctx;
use super::super::action::Action;
use super::super::ctx::Move;
use super::super::offer::{ActionOffer, moves};
use super::super::screen::View;
use crate::phone::{Detail, Number, Password, Secret};

/// The menu of fields.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyMenu {
    /// Name and value of each field. Values are secret until they are copied.
    pub fields: Vec<(&'static str, Secret)>,
    /// The selected one.
    pub selected: usize,
}

impl CopyMenu {
    /// What can be copied of a row of a list.
    pub fn of_row(number: &Number) -> Self {
        Self::of(&Detail { number: number.clone(), credentials: None, endpoint: None, hidden: Vec::new() })
    }

    /// What can be copied of a number.
    pub fn of(detail: &Detail) -> Self {
        let number = &detail.number;
        let mut fields = vec![("number", number.line.to_string())];
        fields.extend(number.sip_uri.as_deref().map(|uri| ("SIP URI", uri.to_owned())));
        let mut password = None;
        if let Some(sip) = &detail.credentials {
            fields.extend(sip.domain.clone().map(|domain| ("SIP domain", domain)));
            fields.extend(sip.port.map(|port| ("SIP port", port.to_string())));
            fields.extend(sip.username.clone().map(|username| ("SIP username", username)));
            if let Password::Set(secret) = &sip.password {
                password = Some(("SIP password", secret.clone()));
            }
        }
        fields.extend(number.endpoint.value().map(|id| ("endpoint id", id.to_string())));
        fields.push(("id", number.id.to_string()));
        let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
        if let Some(password) = password {
            let at = fields.iter().position(|(name, _)| *name == "endpoint id" || *name == "id");
            fields.insert(at.unwrap_or(fields.len()), password);
        }
        Self { fields, selected: 0 }
    }
}

impl View for CopyMenu {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        let first =
            [ActionOffer::new(Action::Open).called("copy"), ActionOffer::new(Action::Back).called("close")];
        first.into_iter().chain(moves()).collect()
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action == Action::Open {
            ctx.go(Move::Uncover);
            if let Some((name, value)) = self.fields.get(self.selected) {
                ctx.copy(name, value.clone(), *name == "SIP password");
            }
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        let last = self.fields.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
    }
}
