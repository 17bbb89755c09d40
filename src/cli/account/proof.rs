//! What two reads prove of a key: the API tells nobody who they are.

use crate::api::{Client, Error, ErrorKind, ListKind, ListRequest};
use crate::phone::{Number, NumberId, Password};

/// The first number of the list, by a read of one row.
pub(super) async fn first(client: &Client) -> Result<Option<Number>, Error> {
    let one = ListRequest {
        per_page: 1,
        max_pages: Some(1),
        max_rows: Some(1),
        ..ListRequest::whole(ListKind::Owned)
    };
    let page = client.pages(one).next().await;
    Ok(page.transpose()?.and_then(|page| page.numbers.into_iter().next()))
}

/// Whether the key is shown SIP passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PasswordSight {
    Visible,
    /// The record has none: they are for owners and admins.
    Hidden,
    /// The record says that none is set.
    Unset,
}

impl PasswordSight {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Visible => "visible",
            Self::Hidden => "hidden",
            Self::Unset => "none set",
        }
    }
}

/// What the record of a number shows; `None` where it cannot be read by this key, or is gone meanwhile.
pub(super) async fn passwords(client: &Client, id: &NumberId) -> Result<Option<PasswordSight>, Error> {
    match client.get(id).await {
        Ok(detail) => Ok(Some(match detail.credentials.map(|sip| sip.password) {
            Some(Password::Set(_)) => PasswordSight::Visible,
            Some(Password::Unset) => PasswordSight::Unset,
            Some(Password::Hidden) | None => PasswordSight::Hidden,
        })),
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) => Ok(None),
        Err(error) => Err(error),
    }
}
