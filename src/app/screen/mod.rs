//! The screens and dialogs: their state, and what actions mean on them.

pub mod activity;
pub mod change;
pub mod check;
pub mod copy;
pub mod credentials;
pub mod detail;
pub mod endpoints;
pub mod help;
pub mod inventory;
pub mod ledger;
pub mod many;
pub mod owned;
pub mod pin;
pub mod purchase;

use activity::ActivityView;
use change::Change;
use check::{CheckView, ChecksView};
use copy::CopyMenu;
use credentials::Credentials;
use detail::DetailView;
use endpoints::Picker;
use ledger::LedgerView;
use many::Many;
use pin::Pin;
use purchase::Buying;

/// A screen on top of the tabs.
#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    /// One number.
    Detail(DetailView),
    /// Buying one number.
    Purchase(Box<Buying>),
    /// The routing check of one number.
    Check(Box<CheckView>),
    /// The routing check of many.
    Checks(Box<ChecksView>),
    /// Several writes.
    Many(Box<Many>),
    /// What the ledger remembers.
    Ledger(LedgerView),
}

/// What lies on top of a screen and takes its keys. One at a time.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// The keys, from line `scroll` on.
    Help {
        /// First line shown.
        scroll: u16,
    },
    /// Choosing an endpoint.
    Endpoints(Box<Picker>),
    /// Confirming a change.
    Change(Box<Change>),
    /// Naming the organization of a LIVE session.
    Pin(Pin),
    /// Sending the credentials of a number to its registrar.
    Credentials(Credentials),
    /// The requests of this session.
    Activity(ActivityView),
    /// Choosing what to copy.
    Copy(CopyMenu),
}
