//! What lies over a screen and takes its keys: one file each, like the screens. One at a time.

pub mod activity;
pub mod asof;
pub mod command;
pub mod confirm;
pub mod copy;
pub mod endpoints;
pub mod entry;
pub mod export;
pub mod help;
pub mod label;
pub mod lines;
pub mod profiles;

use super::Ctx;
use super::action::Action;
use activity::ActivityView;
use asof::AsOfView;
use command::CommandBox;
use confirm::Confirm;
use copy::CopyMenu;
use endpoints::Picker;
use entry::EntryView;
use export::ExportView;
use help::Help;
use label::LabelView;
use lines::LinesView;
use profiles::ProfileMenu;

/// What lies over a screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// The keys.
    Help(Help),
    /// Choosing an endpoint.
    Endpoints(Box<Picker>),
    /// A question below the screen that it is about.
    Confirm(Confirm),
    /// The requests of this session.
    Activity(ActivityView),
    /// Choosing what to copy.
    Copy(CopyMenu),
    /// Everything that can be done, by its name.
    Command(Box<CommandBox>),
    /// One entry of the ledger.
    Entry(Box<EntryView>),
    /// Writing what is shown to a file.
    Export(Box<ExportView>),
    /// What is put down about numbers.
    Label(Box<LabelView>),
    /// As of when the numbers are shown.
    AsOf(AsOfView),
    /// The command for what is on the screen.
    Lines(LinesView),
    /// Choosing another profile.
    Profiles(ProfileMenu),
}

impl Overlay {
    /// The overlay that an action opens, wherever one is.
    pub(super) fn opened_by(action: Action) -> Option<fn(&mut Ctx) -> Self> {
        match action {
            Action::Help => Some(|_| Self::Help(Help::default())),
            Action::Activity => Some(|ctx| Self::Activity(ActivityView::read(ctx))),
            Action::Profiles => Some(|ctx| Self::Profiles(ProfileMenu::of(ctx))),
            _ => None,
        }
    }

    /// Whether the screen below stays in sight.
    pub fn leaves_in_sight(&self) -> bool {
        matches!(self, Self::Confirm(_) | Self::Command(_))
    }
}

/// Does something with the overlay, whichever it is.
macro_rules! with_overlay {
    ($overlay:expr, $view:ident => $do:expr) => {
        match $overlay {
            $crate::app::overlay::Overlay::Help($view) => $do,
            $crate::app::overlay::Overlay::Endpoints($view) => $do,
            $crate::app::overlay::Overlay::Confirm($view) => $do,
            $crate::app::overlay::Overlay::Activity($view) => $do,
            $crate::app::overlay::Overlay::Copy($view) => $do,
            $crate::app::overlay::Overlay::Command($view) => $do,
            $crate::app::overlay::Overlay::Entry($view) => $do,
            $crate::app::overlay::Overlay::Export($view) => $do,
            $crate::app::overlay::Overlay::Label($view) => $do,
            $crate::app::overlay::Overlay::AsOf($view) => $do,
            $crate::app::overlay::Overlay::Lines($view) => $do,
            $crate::app::overlay::Overlay::Profiles($view) => $do,
        }
    };
}
pub(super) use with_overlay;
