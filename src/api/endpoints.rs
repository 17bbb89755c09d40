//! The endpoints of an organization, where the server lists them. Not in the contract; `GET /endpoints`.

use super::answer::Operation;
use super::client::Client;
use super::decode;
use super::http::LARGEST_ENDPOINTS;
use super::plan::Plan;
use super::{Error, ErrorKind, ListKind, ListRequest};
use crate::phone::Endpoint;

impl Client {
    /// All endpoints of the organization (not in the contract; `GET /endpoints`), or an error: of an
    /// endpoint that is not among some of them, nothing is known.
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>, Error> {
        let list = ListRequest::whole(ListKind::Owned);
        let mut plan = Plan::new(&list);
        let mut endpoints = Vec::new();
        while let Some(offset) = plan.request(None) {
            let mut url = self.base_url().join(&["endpoints"])?;
            let (limit, offset) = (list.per_page.to_string(), offset.to_string());
            url.query_pairs_mut().append_pair("limit", &limit).append_pair("offset", &offset);
            let read = self.read(Operation::Endpoints, url, LARGEST_ENDPOINTS).await.and_then(|success| {
                let rows =
                    decode::endpoints(&success.body).map_err(|why| self.undecodable(&success, &why))?;
                Ok(success.heading(rows))
            });
            let rows = match read {
                Ok(rows) => rows,
                // The refusal of a server that lists none is one of its first page.
                Err(error) if plan.has_begun() => {
                    let message = format!(
                        "the endpoints were not read whole: after {} rows: {}",
                        plan.reached(),
                        error.message
                    );
                    return Err(Error { kind: ErrorKind::Incomplete, message, ..error });
                }
                Err(error) => return Err(error),
            };
            match plan.receive(rows) {
                Some(taken) => endpoints.extend(taken.rows),
                None => endpoints.clear(),
            }
        }
        plan.flaw().map_or(Ok(endpoints), Err)
    }
}
