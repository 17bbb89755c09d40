//! What integration tests stand on.

pub(crate) mod desk;
pub(crate) mod dns;
pub(crate) mod exposition;
pub(crate) mod faulty;
pub(crate) mod fixture;
pub(crate) mod ran;
pub(crate) mod relay;
pub(crate) mod schemas;
pub(crate) mod shop;
pub(crate) mod sip;
