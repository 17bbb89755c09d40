//! The routing check of many numbers: a list that fills in, and what is wrong.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::{Canvas, cells};
use super::check::verdict;
use super::format::bar;
use crate::app::Ctx;
use crate::app::action::Action;
use crate::app::screen::View;
use crate::app::screen::check::word;
use crate::app::screen::checks::ChecksView;
use crate::sip::{Counts, Verdict, VerdictCause};

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &ChecksView) {
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let all = view.total();
    let title = if all == 1 { "Routes of 1 number".to_owned() } else { format!("Routes of {all} numbers") };
    let x = canvas.text(inner, 0, 0, &title, Role::Strong);
    if let Some(counts) = view.counts.as_ref().filter(|_| view.planned.is_none()) {
        let hosts = if counts.hosts == 1 { "1 host".to_owned() } else { format!("{} hosts", counts.hosts) };
        let asked = format!(", {hosts}: {} OPTIONS, no request to the API", counts.options);
        canvas.text(inner, x, 0, &asked, Role::Muted);
    }
    let list = view.regions(area).list;
    for (place, row) in view.shown().enumerate().skip(view.cursor.offset).take(usize::from(list.height)) {
        let y = cells(place - view.cursor.offset);
        canvas.text(list, 3, y, &row.line, Role::Text);
        match &row.report {
            Some(report) => {
                canvas.text(list, 24, y, word(report), verdict(report).1);
                canvas.text(list, 33, y, &in_a_column(&report.verdict), Role::Muted);
            }
            None if view.task.is_some() => {
                canvas.text(list, 24, y, "…", Role::Accent);
            }
            None if view.planned.is_some() => {}
            None => {
                canvas.text(list, 24, y, "not checked", Role::Muted);
            }
        }
        if place == view.cursor.selected {
            canvas.text(list, 1, y, ">", Role::Accent);
            canvas.highlight(list, y);
            canvas.set_cursor(list, 1, y);
        }
    }
    let more = all.saturating_sub(view.cursor.offset + usize::from(list.height));
    if more > 0 {
        let line = Rect { y: list.bottom(), height: 1, ..inner };
        canvas.right(line, 0, &format!("↓ {more} more"), Role::Accent);
    }
    let below =
        Rect { y: list.bottom() + 1, height: area.bottom().saturating_sub(list.bottom() + 1), ..inner };
    let done = view.tally.count();
    if view.planned.is_some() {
        let what = match &view.counts {
            Some(counts) => sends(counts),
            None => "Each server is asked once".to_owned(),
        };
        canvas.wrapped(below, 0, &format!("{what}; no request to the API."), Role::Text, 2);
        canvas.text(below, 0, 2, &ctx.say("{open} checks them · {back} back, nothing is sent"), Role::Muted);
        return;
    }
    if view.task.is_some() {
        let bar = bar(below.width, done, all);
        canvas.text(below, 0, 0, &bar, Role::Accent);
    } else if done < all {
        canvas.text(below, 0, 0, &format!("Stopped: {done} of {all} are checked."), Role::Warn);
    }
    let y = u16::from(view.task.is_some() || done < all);
    canvas.wrapped(below, y, &view.tally.summary(), Role::Text, 2);
    let page = usize::from(area.height.saturating_sub(1));
    let (causes, others) = view.causes(page);
    let mut y = y + 1;
    for cause in causes {
        canvas.text(below, 0, y, &format!("{:>5}", cause.count), Role::Strong);
        canvas.text(below, 7, y, &reason_first(&cause.cause), Role::Muted);
        y += 1;
    }
    if others > 0 {
        let text = format!("{others} other causes; {} shows the gravest first", ctx.key(Action::Sort));
        canvas.text(below, 7, y, &text, Role::Muted);
    }
}

/// `12 OPTIONS to 8 servers for 40 numbers, and 2 without an address`.
fn sends(counts: &Counts) -> String {
    let hosts = if counts.hosts == 1 { "1 host".to_owned() } else { format!("{} hosts", counts.hosts) };
    let numbers =
        if counts.numbers == 1 { "1 number".to_owned() } else { format!("{} numbers", counts.numbers) };
    let without = match counts.without {
        0 => String::new(),
        without => format!(" ({without} lead nowhere)"),
    };
    format!("{} OPTIONS to {hosts} for {numbers}{without}", counts.options)
}

/// The reason of a verdict, and how many more there are.
fn in_a_column(verdict: &Verdict) -> String {
    let more = if verdict.more > 0 { format!(", and {} more", verdict.more) } else { String::new() };
    format!("{}{more}", reason_first(&verdict.cause))
}

/// The reason before the host: in a column it must not be cut away.
fn reason_first(cause: &VerdictCause) -> String {
    match &cause.server {
        Some((place, ..)) if !cause.reason.contains(place) => format!("{}, {place}", cause.reason),
        _ => cause.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{LegKind, Origin};

    #[test]
    fn in_a_column_the_reason_comes_first() {
        let server = Some(("sip.example.net:5060".to_owned(), LegKind::Inbound, Origin::SipUri));
        let cause = VerdictCause { server, reason: "no answer in 5 s".to_owned() };
        assert_eq!(reason_first(&cause), "no answer in 5 s, sip.example.net:5060");
        let cause = VerdictCause { server: None, reason: "the number is still pending".to_owned() };
        assert_eq!(reason_first(&cause), "the number is still pending");
    }
}
