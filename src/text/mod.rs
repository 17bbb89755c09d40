//! Text from outside: made safe to show, and kept secret where it is one. Knows nothing of phone
//! numbers, so that the SIP probe can use it as well as everything else.

mod clean;
pub mod format;
mod secret;
mod veil;
mod when;

pub use clean::{clean, is_api_key, is_clean, is_invisible, one_line, thousands, without_secrets};
pub use secret::{Hidden, Secret};
pub use veil::veiled;
pub use when::{NoMoment, when};
