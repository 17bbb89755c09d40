//! SIP credentials of a number (contract: `PhoneNumberDetail.sip_credentials`).

use serde_json::{Map, Value};

use super::Secret;

/// What a SIP trunk or a soft phone needs to register for a number.
#[derive(Debug, Clone, PartialEq)]
pub struct SipCredentials {
    /// Host part of the SIP account.
    pub domain: Option<String>,
    /// UDP, TCP or TLS port. 0 and null count as absent.
    pub port: Option<u16>,
    /// User part of the SIP account.
    pub username: Option<String>,
    /// The digest password.
    pub password: Password,
    /// Fields that the contract does not name, an IP address for one, as sent.
    pub extra: Map<String, Value>,
}

/// Three states that mean three different things to somebody on call.
#[derive(Debug, Clone, PartialEq)]
pub enum Password {
    /// The field is absent: this role (not owner, not admin) may not see it.
    Hidden,
    /// The field is null: no password is set.
    Unset,
    /// The password.
    Set(Secret),
}
