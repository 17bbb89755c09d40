//! One profile on screen, and the way from one to another.

use std::any::Any;
use std::io;
use std::path::PathBuf;

use futures_util::Stream;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::look;
use super::opening::Opening;
use super::settle::settle;
use super::{profiles, say};
use crate::app::action::Action;
use crate::app::{Account, App, Effect, Event, Keymap, Tab};
use crate::cli::args::{Appearance, Global, StartScreen, Tui};
use crate::cli::hook::Hook;
use crate::cli::remembered::trouble;
use crate::cli::{Environment, Exit, Failure, runner};
use crate::runtime::{Clipboard, Display, Incoming, Tasks, run as run_loop};
use crate::store::{Habits, HabitsFile};

/// A profile that was opened: its state, and the work that belongs to it alone.
pub(super) struct Session {
    pub(super) profile: String,
    pub(super) app: App,
    pub(super) tasks: Tasks,
    /// Work that is not begun yet.
    pub(super) first: Vec<Effect>,
    habits: Option<HabitsFile>,
    /// The theme of the profile.
    theme: Option<PathBuf>,
    /// Who is told of each finished write.
    hook: Option<Hook>,
    /// What has to live as long.
    pub(super) server: Option<Box<dyn Any + Send>>,
}

impl Session {
    /// A session whose first work is not begun yet.
    pub(super) fn begin(
        opening: Opening,
        environment: &Environment,
        tui: &Tui,
        (size, keys): (Size, &Keymap),
        clipboard: &Clipboard,
    ) -> Result<Self, Failure> {
        let mut tasks = Tasks::new(opening.settings, opening.ledger, opening.checker)?
            .settling(opening.settle)
            .with_clipboard(clipboard.clone())
            .with_labels(opening.labels.as_ref().map(|(file, _)| file.clone()));
        if let Some(count) = opening.count {
            tasks = tasks.with_count(count);
        }
        if let Some(store) = opening.store {
            tasks = tasks.with_store(store);
        }
        if let Some(of) = opening.places_of {
            tasks = tasks.with_places(of);
        }
        // The demo knows of nobody's profiles.
        let profiles = match opening.server {
            Some(_) => Vec::new(),
            None => profiles::choices(environment, &opening.profile),
        };
        let account = Account {
            profile: opening.profile.clone(),
            organization: opening.organization_name,
            standing: opening.standing,
            zone: TimeZone::system(),
            profiles,
            call: opening.call,
        };
        let mut app = App::new(account, size, Timestamp::now());
        app.ctx.keys = keys.clone();
        let left = opening.habits.as_ref().map(HabitsFile::read).unwrap_or_default();
        app.sort_as(left.owned, left.inventory);
        if let Some((_, labels)) = opening.labels {
            app.know_labels(labels);
        }
        if let Some((page, endpoints)) = opening.kept {
            app.begin_with(page, endpoints);
        }
        let pointing = app.use_mouse(left.mouse);
        let screen = tui.screen.unwrap_or_default();
        let tab = first_tab(tui, left);
        let mut first = app.start(tab, tui.filter.as_deref().unwrap_or_default());
        match screen {
            StartScreen::Purchases => first.extend(app.open(Action::Purchases)),
            StartScreen::Changes => first.extend(app.open(Action::Changes)),
            StartScreen::Owned | StartScreen::Inventory => {}
        }
        first.extend(app.remember(opening.entries));
        first.extend(pointing);
        let Opening { profile, habits, theme, hook, server, .. } = opening;
        Ok(Self { profile, app, tasks, first, habits, theme, hook, server })
    }
}

/// All profiles that were opened. One is seen; what the others asked for goes on, and is shown when
/// somebody comes back.
pub(super) struct Sessions<'a> {
    global: &'a Global,
    environment: &'a Environment,
    look: &'a Appearance,
    keys: Keymap,
    clipboard: Clipboard,
    open: Vec<Session>,
    seen: usize,
}

impl<'a> Sessions<'a> {
    /// The first one.
    pub(super) fn with(
        global: &'a Global,
        environment: &'a Environment,
        look: &'a Appearance,
        first: Session,
        (keys, clipboard): (Keymap, Clipboard),
    ) -> Self {
        Self { global, environment, look, keys, clipboard, open: vec![first], seen: 0 }
    }

    /// Shows one after another, until one of them is left for good.
    pub(super) async fn show(
        &mut self,
        display: &mut Display,
        input: &mut (impl Stream<Item = io::Result<Incoming>> + Unpin),
    ) -> io::Result<()> {
        loop {
            let session = &mut self.open[self.seen];
            session.app.ctx.themes = display.themes().map(str::to_owned).collect();
            let first = std::mem::take(&mut session.first);
            run_loop(&mut session.app, display, input, &mut session.tasks, first, Timestamp::now).await?;
            let Some(profile) = session.app.wants_profile() else { return Ok(()) };
            if let Err(failure) = self.turn_to(profile, display).await {
                let why = format!("{} {}", failure.message, failure.hint.replace('\n', " "));
                self.open[self.seen].app.refuse(why.trim());
            }
        }
    }

    /// Goes to the session of a profile, which is opened where it is not yet.
    async fn turn_to(&mut self, profile: String, display: &mut Display) -> Result<(), Failure> {
        let left = self.open[self.seen].theme.clone();
        self.show_profile(profile, display).await?;
        let theme = &self.open[self.seen].theme;
        if *theme != left && self.look.theme.is_none() {
            display.wear(look::themes(self.global, self.environment, self.look, theme.as_deref())?);
        }
        Ok(())
    }

    async fn show_profile(&mut self, profile: String, display: &Display) -> Result<(), Failure> {
        if let Some(place) = self.open.iter().position(|session| session.profile == profile) {
            self.seen = place;
            let session = &mut self.open[place];
            // The window may have another size by now.
            session.first = session.app.update(Timestamp::now(), Event::Resize(display.size()));
            session.first.extend(session.app.use_mouse(session.app.ctx.mouse));
            return Ok(());
        }
        let (global, environment) = profiles::narrowed(self.global, self.environment, &profile);
        // A keyring takes its time.
        let opening = runner::waiting(move || Opening::resolve(&global, &environment)).await?;
        let session = Session::begin(
            opening,
            self.environment,
            &Tui::default(),
            (display.size(), &self.keys),
            &self.clipboard,
        )?;
        self.open.push(session);
        self.seen = self.open.len() - 1;
        Ok(())
    }

    /// Waits for what is still on its way, and says how the program ends.
    pub(super) async fn settle(self, input: &mut (impl Stream<Item = io::Result<Incoming>> + Unpin)) -> Exit {
        let mut exit = Exit::Done;
        for mut session in self.open {
            exit = exit.max(settle(&mut session.tasks, input).await);
            if let Some(file) = &session.habits {
                // Nothing depends on it, and nobody is there any more to be told.
                file.keep(left(&session.app)).ok();
            }
            session.tasks.counted_today().await;
            trouble(session.tasks.close()).iter().for_each(|text| say(text));
            session
                .hook
                .as_ref()
                .and_then(Hook::finish)
                .iter()
                .for_each(|text| say(&format!("numdeck: {text}")));
            drop(session.server);
        }
        exit
    }
}

/// How a dashboard is left.
fn left(app: &App) -> Habits {
    let (owned, inventory) = app.orders();
    Habits { owned, inventory, at_inventory: app.tab == Tab::Inventory, mouse: app.ctx.mouse }
}

/// The list that is shown first: the one that is asked for, else the one that was shown last. A filter is
/// about the owned numbers.
fn first_tab(tui: &Tui, left: Habits) -> Tab {
    match (tui.screen, &tui.filter) {
        (Some(StartScreen::Inventory), _) => Tab::Inventory,
        (None, None) if left.at_inventory => Tab::Inventory,
        _ => Tab::Owned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_comes_before_what_was_shown_last() {
        let left = Habits { at_inventory: true, ..Habits::default() };
        let tui = |screen: Option<StartScreen>, filter: Option<&str>| Tui {
            screen,
            filter: filter.map(str::to_owned),
            ..Tui::default()
        };
        assert_eq!(first_tab(&tui(None, None), left), Tab::Inventory);
        assert_eq!(first_tab(&tui(None, None), Habits::default()), Tab::Owned);
        assert_eq!(first_tab(&tui(None, Some("country:ng")), left), Tab::Owned);
        assert_eq!(first_tab(&tui(Some(StartScreen::Owned), None), left), Tab::Owned);
        assert_eq!(first_tab(&tui(Some(StartScreen::Inventory), None), Habits::default()), Tab::Inventory);
    }
}
