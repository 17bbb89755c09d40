//! The price is read again before a number is bought, where time passed since it was reviewed.

use super::*;

#[tokio::test]
async fn a_price_that_moved_stops_the_purchase_before_anything_is_entered_or_sent() {
    let reviewed = price();
    for (setup, monthly) in [(Some(501), Some(400)), (Some(500), Some(399)), (None, Some(900))] {
        let now = Price { setup: setup.map(Cents), monthly: monthly.map(Cents) };
        let offer = Some(Box::new(Offer { price: now, ..Offer::default() }));
        let mut case = Case::of(order(true, None)).get(Ok(Number { offer, ..on_sale() }));
        // What the server does not say any more is as the list said.
        assert_eq!(case.perform().await, Outcome::PriceMoved { reviewed, now: now.or(reviewed) });
        assert_eq!(case.journal(), ["GET inv-1"]);
    }
}

#[tokio::test]
async fn a_price_that_became_known_is_another_one_than_unknown() {
    let intent = Intent::buy(&on_sale(), Price::UNKNOWN, PriceSource::Asked, None, None);
    let mut case = Case::of(intent).get(Ok(on_sale()));
    assert!(matches!(case.perform().await, Outcome::PriceMoved { .. }));
    assert_eq!(case.sent(), 0);
}

#[tokio::test]
async fn the_same_price_or_none_beside_that_of_a_list_stops_nothing() {
    for now in [Ok(on_sale()), Ok(Number { offer: None, ..on_sale() }), Err(error(ErrorKind::NotFound))] {
        let mut case = Case::of(order(true, None)).get(now).purchase(Ok(ours()));
        assert!(case.perform().await.is_done());
        assert_eq!(case.sent(), 1);
    }
}

#[tokio::test]
async fn a_price_that_can_not_be_read_again_stops_the_purchase() {
    for kind in [ErrorKind::Server, ErrorKind::Timeout, ErrorKind::RateLimited, ErrorKind::Unauthorized] {
        let mut case = Case::of(order(true, None)).get(Err(error(kind)));
        assert!(matches!(case.perform().await, Outcome::NotSent(_)), "{kind:?}");
        assert_eq!(case.sent(), 0);
    }
}

#[tokio::test]
async fn a_price_that_was_asked_for_and_is_not_told_any_more_stops_the_purchase() {
    for now in [Err(error(ErrorKind::NotFound)), Ok(Number { offer: None, ..on_sale() })] {
        let intent = Intent::buy(&on_sale(), price(), PriceSource::Asked, None, None);
        let mut case = Case::of(intent).get(now);
        let moved = Outcome::PriceMoved { reviewed: price(), now: Price::UNKNOWN };
        assert_eq!(case.perform().await, moved);
        assert_eq!(case.sent(), 0);
    }
}

#[tokio::test]
async fn a_price_is_read_again_when_it_is_old_by_any_clock() {
    for (seconds, reads) in [(0, false), (30, false), (31, true), (-1, true)] {
        let at = Timestamp::UNIX_EPOCH - SignedDuration::from_secs(seconds);
        let intent = Intent::buy(&on_sale(), price(), PriceSource::Row, Some(at), None);
        let mut case = Case::of(intent).purchase(Ok(ours()));
        case = if reads { case.get(Ok(on_sale())) } else { case };
        case.perform().await;
        assert_eq!(case.journal()[0] == "GET inv-1", reads, "{seconds}");
    }
}
