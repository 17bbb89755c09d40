//! Integration tests: one binary, because each one links the world.

// Helpers outside of `#[test]` functions may unwrap, too.
#![allow(clippy::unwrap_used)]

mod accounts;
mod api;
mod architecture;
mod canary;
mod check;
mod cli;
mod completions;
mod costs;
mod crash;
mod dialect;
mod docs;
mod history;
mod hooks;
mod house;
mod http;
mod journeys;
mod labels;
mod log;
mod metrics;
mod mouse;
mod pages;
mod plans;
mod profiles;
mod random;
mod readme;
mod sandbox;
mod screens;
mod sharing;
mod support;
mod themes;
mod watching;
