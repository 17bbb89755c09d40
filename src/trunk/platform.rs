//! What voice platforms take: the bodies of requests to their APIs.

use serde_json::{Map, Value, json};

use super::{NoTrunk, TrunkAccount};
use crate::sip::Transport;

/// LiveKit: `CreateSIPOutboundTrunk`, also the file of `lk sip outbound create`. LiveKit does not register.
pub(super) fn livekit(trunk: &TrunkAccount) -> Result<Value, NoTrunk> {
    let number = trunk.numbered("LiveKit")?;
    let mut fields = Map::new();
    fields.insert("name".to_owned(), json!(trunk.name));
    fields.insert("address".to_owned(), json!(trunk.place()));
    if let Some(transport) = trunk.server.transport {
        fields.insert("transport".to_owned(), json!(format!("SIP_TRANSPORT_{}", transport.name())));
    }
    fields.insert("numbers".to_owned(), json!([number]));
    fields.insert("auth_username".to_owned(), json!(trunk.username));
    fields.insert("auth_password".to_owned(), json!(trunk.password()));
    Ok(json!({ "trunk": fields }))
}

/// Vapi: a credential of the provider `byo-sip-trunk`. A gateway that is a name takes no calls there: Vapi
/// compares the addresses that they come from.
pub(super) fn vapi(trunk: &TrunkAccount) -> Value {
    let mut gateway = Map::new();
    let host = &trunk.server.host;
    gateway.insert("ip".to_owned(), json!(host.to_string()));
    if let Some(port) = trunk.server.port {
        gateway.insert("port".to_owned(), json!(port));
    }
    gateway.insert("inboundEnabled".to_owned(), json!(host.ip().is_some_and(|ip| ip.is_ipv4())));
    if let Some(transport) = trunk.server.transport {
        gateway.insert("outboundProtocol".to_owned(), json!(transport.word()));
    }
    json!({
        "provider": "byo-sip-trunk",
        "name": trunk.name,
        "gateways": [gateway],
        "outboundAuthenticationPlan": { "authUsername": trunk.username, "authPassword": trunk.password() },
    })
}

/// ElevenLabs: a phone number that is imported from a SIP trunk.
pub(super) fn elevenlabs(trunk: &TrunkAccount) -> Result<Value, NoTrunk> {
    let number = trunk.numbered("ElevenLabs")?;
    let transport = trunk.server.transport.map_or("auto", Transport::word);
    Ok(json!({
        "provider": "sip_trunk",
        "phone_number": number,
        "label": trunk.name,
        "outbound_trunk_config": {
            "address": trunk.place(),
            "transport": transport,
            "credentials": { "username": trunk.username, "password": trunk.password() },
        },
    }))
}
