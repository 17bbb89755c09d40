//! Keys, roles, organizations.

use std::collections::HashSet;

use numdeck::sandbox::{KeyRole, Sandbox};
use serde_json::json;

use super::{ADMIN, Api, BROKE, LIVE, MEMBER, NOBODY, OWNER, id};

#[tokio::test]
async fn a_key_is_taken_in_both_documented_headers() {
    let api = Api::small();
    for headers in [
        [("authorization", "Bearer kros_test_owner")],
        [("authorization", "bearer kros_test_owner")],
        [("Authorization", "BEARER   kros_test_owner")],
        [("x-api-key", "kros_test_owner")],
        [("X-API-Key", " kros_test_owner ")],
    ] {
        assert_eq!(api.send("GET", "/phone-numbers", &headers, "").await.status, 200, "{headers:?}");
    }
}

#[tokio::test]
async fn without_a_known_key_every_operation_is_401() {
    let api = Api::small();
    let some = format!("/phone-numbers/{NOBODY}");
    for (method, path) in [
        ("GET", "/phone-numbers"),
        ("GET", "/phone-numbers?action=available&country=NG"),
        ("POST", "/phone-numbers"),
        ("GET", &some),
        ("PATCH", &some),
        ("DELETE", &some),
        ("GET", "/endpoints"),
    ] {
        for headers in [
            &[][..],
            &[("authorization", "Bearer kros_test_nobody")],
            &[("authorization", "Bearer")],
            &[("authorization", "Basic kros_test_owner")],
            &[("authorization", "kros_test_owner")],
            &[("authorization", "")],
            &[("x-api-key", "")],
            &[("x-api-key", "KROS_TEST_OWNER")],
        ] {
            let answer = api.send(method, path, headers, "").await;
            assert_eq!(answer.outcome(), (401, "UNAUTHORIZED"), "{method} {path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn every_key_reads_its_own_organization() {
    let api = Api::small();
    for key in Sandbox::keys() {
        let rows = api.owned(key.key).await;
        assert!(!rows.is_empty(), "{}", key.key);
        assert!(rows.iter().all(|row| row["organization_id"] == key.organizations[0]), "{}", key.key);
        let member = key.role == KeyRole::Member;
        let detail = api.get(key.key, &format!("/phone-numbers/{}", id(&rows[0]))).await;
        assert_eq!(detail.body["sip_credentials"].get("sip_password").is_none(), member, "{}", key.key);
    }
}

#[tokio::test]
async fn an_organization_is_chosen_by_header_and_only_among_ones_own() {
    let api = Api::small();
    let ask = async |key: &str, organization: &str| {
        let key = format!("Bearer {key}");
        let headers = [("authorization", key.as_str()), ("x-organization-id", organization)];
        api.send("GET", "/phone-numbers?limit=100", &headers, "").await
    };
    let keys = Sandbox::keys();
    let (owner, broke) = (&keys[0], keys.iter().find(|key| key.key == BROKE).unwrap());
    let second = ask(OWNER, owner.organizations[1]).await;
    assert_eq!(second.rows().len(), 40);
    assert!(second.rows().iter().all(|row| row["organization_id"] == owner.organizations[1]));
    assert_eq!(ask(OWNER, &owner.organizations[0].to_uppercase()).await.rows().len(), 30);
    assert_eq!(ask(OWNER, broke.organizations[0]).await.outcome(), (403, "FORBIDDEN"));
    assert_eq!(ask(OWNER, NOBODY).await.outcome(), (403, "FORBIDDEN"));
    assert_eq!(ask(ADMIN, owner.organizations[1]).await.outcome(), (403, "FORBIDDEN"));
    for malformed in ["", "main", "a1000000"] {
        assert_eq!(ask(OWNER, malformed).await.outcome(), (400, "INVALID_PARAMETER"), "{malformed:?}");
    }
}

#[tokio::test]
async fn a_member_reads_and_does_not_write() {
    let api = Api::small();
    let number = id(&api.an_active_one(MEMBER).await);
    let offer = api.an_offer(MEMBER).await;
    let before = api.owned(OWNER).await;
    let forbidden = (403, "FORBIDDEN");
    assert_eq!(api.buy(MEMBER, &json!({"inventory_id": offer})).await.outcome(), forbidden);
    assert_eq!(api.patch(MEMBER, &number, &json!({"allowInbound": false})).await.outcome(), forbidden);
    assert_eq!(api.delete(MEMBER, &number).await.outcome(), forbidden);
    assert_eq!(api.delete(MEMBER, &format!("{number}?action=release")).await.outcome(), forbidden);
    assert_eq!(api.owned(OWNER).await, before);
}

#[tokio::test]
async fn another_organizations_numbers_do_not_exist_for_one() {
    let api = Api::small();
    let theirs = id(&api.owned(OWNER).await[0]);
    let endpoint = api.endpoints(OWNER).await.remove(0);
    for key in [BROKE, LIVE] {
        let path = format!("/phone-numbers/{theirs}");
        assert_eq!(api.get(key, &path).await.outcome(), (404, "NOT_FOUND"));
        assert_eq!(api.patch(key, &theirs, &json!({})).await.outcome(), (404, "NOT_FOUND"));
        assert_eq!(api.delete(key, &theirs).await.outcome(), (404, "NOT_FOUND"));
        let own = id(&api.owned(key).await[0]);
        let stolen = api.patch(key, &own, &json!({"endpointId": endpoint})).await;
        assert_eq!(stolen.outcome(), (400, "ENDPOINT_NOT_FOUND"));
    }
}

#[tokio::test]
async fn test_and_live_share_nothing_but_the_person() {
    let api = Api::small();
    let (test, live) = (api.owned(OWNER).await, api.owned(LIVE).await);
    assert_eq!((test.len(), live.len()), (30, 87));
    assert_eq!(test[0]["organization_id"], live[0]["organization_id"]);
    let ids: HashSet<String> = test.iter().map(id).collect();
    assert!(live.iter().all(|row| !ids.contains(&id(row))));
    let offer = api.an_offer(OWNER).await;
    assert_eq!(api.get(LIVE, &format!("/phone-numbers/{offer}")).await.status, 404);
    let bought = api.buy(LIVE, &json!({"inventory_id": offer})).await;
    assert_eq!(bought.outcome(), (400, "NUMBER_NOT_AVAILABLE"));
}

#[tokio::test]
async fn the_jwt_of_a_session_works_as_its_owners_keys_do() {
    let api = Api::small();
    let session = Sandbox::keys().iter().find(|key| key.key.starts_with("eyJ")).expect("a JWT is issued");
    assert_eq!(session.key.split('.').count(), 3, "header, payload, signature");
    let bearer = format!("Bearer {}", session.key);
    let rows = api.send("GET", "/phone-numbers", &[("authorization", &bearer)], "").await;
    assert_eq!(rows.status, 200);
    assert_eq!(api.owned(session.key).await.len(), api.owned(LIVE).await.len(), "a session is live");
    let forged = format!("{bearer}x");
    assert_eq!(api.send("GET", "/phone-numbers", &[("authorization", &forged)], "").await.status, 401);
}
