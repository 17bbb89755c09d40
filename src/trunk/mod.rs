//! The SIP account of a number as other programs are told of it: the configuration of a PBX, or what a
//! voice platform takes.
//!
//! Each target has its own form and its own way to write an odd character. What a target cannot write is an
//! error: a file that says something else than the record would fail at night, on somebody else's machine.
//! No comment holds a secret.

mod account;
mod freeswitch;
mod kamailio;
mod pjsip;
mod plain;
mod platform;
mod target;
#[cfg(test)]
mod tests;

pub use account::{NoTrunk, TrunkAccount, TrunkPassword};
pub use target::TrunkTarget;
