//! Files of how numbers should be, plans that were kept, and what is refused of both.

use jiff::Timestamp;

use super::*;
use crate::numbers::FilePlace;
use crate::phone::{Changes, EndpointId, Field, Number, NumberId, NumberText, Status, Switch};
use crate::write::Intent;

fn number(id: &str, line: &str, endpoint: Option<&str>) -> Number {
    let mut number = Number::new(NumberId::new(id), NumberText::parse(line));
    number.status = Some(Status::Active);
    number.endpoint = endpoint.map_or(Field::Null, |id| Field::Value(EndpointId::new(id)));
    number.switches[Switch::Inbound] = Some(true);
    number.switches[Switch::Outbound] = Some(false);
    number
}

fn owned() -> Vec<Number> {
    vec![
        number("n-1", "+442079688749", Some("ep_1")),
        number("n-2", "+14045884112", None),
        number("n-3", "+254712524462", Some("ep_2")),
        number("n-4", "+254712524463", Some("ep_2")),
        number("n-5", "+254712524463", None),
    ]
}

fn scope() -> PlanScope {
    PlanScope {
        at: Timestamp::UNIX_EPOCH,
        base_url: "https://h/v1".into(),
        mode: "TEST".into(),
        organization: None,
    }
}

fn planned(text: &str) -> Result<RoutingPlan, Vec<String>> {
    let file = WantedFile::read(text).map_err(|fault| vec![fault.to_string()])?;
    let id = |text: &str| match text {
        "sales" => Ok(EndpointId::new("ep_9")),
        id if id.starts_with("ep_") => Ok(EndpointId::new(id)),
        other => Err(format!("no endpoint is called {other}")),
    };
    RoutingPlan::of(&file, &owned(), &id, scope())
        .map_err(|misfits| misfits.iter().map(ToString::to_string).collect())
}

fn lines(plan: &RoutingPlan) -> Vec<String> {
    let line = |planned: &PlannedChange| {
        format!("{} {}", planned.before.id, planned.changes.lines(&planned.before).join(", "))
    };
    plan.changes.iter().map(line).collect()
}

#[test]
fn only_what_differs_is_planned_and_an_empty_cell_leaves_it_as_it_is() {
    let text = "number,owner,endpoint,inbound,outbound,status\r\n\
        +44 20 7968 8749,me,none,,TRUE,\r\n\
        14045884112,,sales,yes,0,Active\r\n\
        +254712524462,,ep_2,on,off,active\r\n";
    let plan = planned(text).unwrap();
    assert_eq!(
        lines(&plan),
        ["n-1 endpoint: ep_1 -> none, outbound: off -> on", "n-2 endpoint: none -> ep_9"]
    );
    assert_eq!((plan.same, plan.changes[1].place), (1, FilePlace::Line(3)));
    let only = WantedFile::read(text).unwrap().passed_over;
    assert_eq!(only.into_iter().collect::<Vec<_>>(), ["owner"]);
}

#[test]
fn the_same_is_read_from_every_form_that_lists_are_written_in() {
    let wanted = ["n-1 endpoint: ep_1 -> none, inbound: on -> off"];
    for text in [
        "number;endpoint;inbound\n+442079688749;none;off\n",
        "sep=;\nnumber;endpoint;inbound\n+442079688749;none;off\n",
        "\u{feff}e164\tendpoint_id\tallow_inbound\n'+442079688749\tNONE\tfalse\n",
        "id,endpoint,inbound\nn-1,none,no\n",
        "id,number,endpoint,inbound\nn-1,+442079688749,none,no\n",
        "{\"number\":\"+442079688749\",\"endpoint\":\"none\",\"inbound\":false}\n",
        "{\"e164\":\"+442079688749\",\"endpoint_id\":\"none\",\"allow_inbound\":\"off\",\"allow_outbound\":null}\n",
        "[{\"id\":\"n-1\",\"endpointId\":\"none\",\"allowInbound\":false,\"inventory\":{\"x\":1}}]",
    ] {
        assert_eq!(lines(&planned(text).unwrap()), wanted, "{text}");
    }
}

#[test]
fn a_file_of_which_one_line_can_not_be_meant_is_refused_with_its_line() {
    let header = "number,endpoint,inbound,outbound,status\n+14045884112,sales,on,off,active\n";
    let with = |row: &str| format!("{header}{row}\n");
    let cases: Vec<(String, &str)> = vec![
        (String::new(), "it names no number"),
        ("\n\n".into(), "it names no number"),
        ("+442079688749\n".into(), "line 1: there is no header"),
        ("number\n+442079688749\n".into(), "line 2: no column says"),
        ("number,owner\n+442079688749,me\n".into(), "line 2: no column says"),
        ("number,endpont\n+442079688749,none\n".into(), "line 2: 'endpont' is no column"),
        ("number,Inbond,endpoint\n+442079688749,off,\n".into(), "line 2: 'Inbond'"),
        ("number,statsu\n+442079688749,inactive\n".into(), "line 2: 'statsu'"),
        (with("+442079688749,,maybe,,"), "line 3: inbound can be on or off: maybe"),
        (with("+442079688749,,,2,"), "line 3: outbound can be on or off: 2"),
        (with("+442079688749,,,,actve"), "line 3: status can be set to active or inactive, and not to actve"),
        (with("+442079688749,,,,pending"), "line 3: status can be set"),
        (with("+442079688749,,,,released"), "line 3: status can be set"),
        (with("+442079688749,nobody,,,"), "line 3: no endpoint is called nobody"),
        (with("+442079688749,#N/A,,,"), "line 3: '#N/A' may be what a spreadsheet"),
        (with("+442079688749,n/a,,,"), "line 3: 'n/a' is no endpoint"),
        (with("+442079688749,-,,,"), "line 3: '-' is no endpoint"),
        (
            with("+442079688749,1.23457E+15,,,"),
            "line 3: '1.23457E+15' is an id that a spreadsheet has rounded",
        ),
        (with("+442079688740,none,,,"), "line 3: no such number: +442079688740"),
        (with("20 7968 8749,none,,,"), "line 3: no number is exactly"),
        (with("+254712524463,none,,,"), "line 3: +254712524463 has 2 records"),
        (with("+1 404 588 4112,,,,"), "line 3: +1 404 588 4112 stands in line 2 already"),
        (with("4.42E+11,none,,,"), "line 3"),
        (with(",none,,,"), "line 3: it names no number"),
        (with("+442079688749,none,on,off,active,more"), "line 3: it has more cells"),
        (with("+442079688749,\"none,on,off,active"), "line 3: a quote that is never closed"),
        (with("#+442079688749,none,,,"), "line 3: it begins with #"),
        (
            "number,endpoint,endpoint_id\n+442079688749,ep_2,none\n".into(),
            "line 2: it says twice what its endpoint",
        ),
        ("number,id,endpoint\n+442079688749,n-3,none\n".into(), "line 2: its number is that of n-1"),
        (
            "number,phone,endpoint\n+442079688749,+14045884112,none\n".into(),
            "line 2: two columns name two numbers",
        ),
        ("{\"number\":\"+442079688749\",\"endpoint\":null}\n".into(), "line 1: its endpoint is null"),
        (
            "{\"number\":\"+442079688749\",\"endpoint\":{\"id\":\"ep_2\"},\"inbound\":true}\n".into(),
            "line 1: its endpoint is neither a text",
        ),
        (
            "{\"number\":\"+442079688749\",\"inbound\":true,\"inbound\":false}\n".into(),
            "line 1: it says twice",
        ),
        ("{\"number\":\"+442079688749\",\"inbound\":[]}\n".into(), "line 1: its inbound is neither a text"),
        ("{\"number\":\"+442079688749\",\"inbound\":true}\n{\"number\"\n".into(), "line 2: no JSON object"),
        ("[{\"number\":\"+442079688749\",\"inbound\":\"perhaps\"}]".into(), "entry 1: inbound can be"),
        ("id,endpoint\nTotal2024,none\n".into(), "line 2"),
        (
            "number,inbound_enabled,inbound\n+442079688749,off,on\n".into(),
            "line 2: 'inbound_enabled' is no column",
        ),
        ("number,endpoint name,inbound\n+442079688749,sales,on\n".into(), "line 2: 'endpoint name'"),
    ];
    for (text, why) in &cases {
        let told = planned(text).expect_err(text).join("; ");
        assert!(told.contains(why), "{text:?}: {told}");
    }
    assert!(cases.len() >= 30);
}

#[test]
fn every_line_that_can_not_be_planned_is_named() {
    let told = planned("number,endpoint\n+1,none\n").unwrap_err();
    assert_eq!(told.len(), 1);
    let told = planned("number,endpoint\n+442079688740,none\n+442079688749,nobody\n+442079688741,none\n")
        .unwrap_err();
    assert_eq!(told.len(), 3, "{told:?}");
}

#[test]
fn what_a_number_has_is_right_whatever_the_server_tells_of_endpoints() {
    let plan = planned("number,endpoint\n+442079688749,ep_1\n").unwrap();
    assert_eq!((plan.changes.len(), plan.same), (0, 1));
    let plan = planned("{\"number\":\"+14045884112\",\"endpoint_id\":null}").unwrap();
    assert_eq!((plan.changes.len(), plan.same), (0, 1), "null where there is none is as it is");
}

fn kept() -> RoutingPlan {
    planned("number,endpoint,inbound\n+442079688749,none,\n+14045884112,sales,off\n+254712524462,ep_2,on\n")
        .unwrap()
}

#[test]
fn a_plan_that_is_kept_is_the_same_when_it_is_read_again() {
    let plan = kept();
    let text = plan.to_text();
    assert!(is_plan(&text) && !is_plan("number,endpoint\n") && !is_plan("{\"number\":\"+1\"}"));
    let again = RoutingPlan::parse(&text).unwrap();
    assert_eq!((lines(&again), again.same, &again.scope), (lines(&plan), 1, &plan.scope));
    assert_eq!(again.to_text(), text);
}

#[test]
fn a_plan_that_somebody_cut_or_changed_is_refused_with_its_line() {
    let text = kept().to_text();
    let rows: Vec<&str> = text.lines().collect();
    let cases = [
        (rows[0].to_owned(), "line 1: it says that it has 2 changes, and has 0"),
        (rows[..2].join("\n"), "line 2: it says that it has 2 changes, and has 1"),
        (format!("{}\n{}\n{}", rows[0], rows[1], &rows[2][..40]), "line 3: it is no line of a plan"),
        (format!("{text}{}\n", rows[1]), "line 4: +44 20 7968 8749 stands in it already"),
        (text.replacen("\"numdeck_plan\":1", "\"numdeck_plan\":2", 1), "line 1: a plan of version 2"),
        (text.replacen("\"numdeck_plan\":1", "\"numdeck_plan\":\"1\"", 1), "line 1: it does not begin"),
        (text.replacen("1970", "x", 1), "line 1: 'x-01-01"),
        (text.replacen("\"id\":\"n-1\"", "\"id\":\"n-2\"", 1), "line 2: its record is not that of its id"),
        (
            text.replacen("\"number\":\"+44", "\"number\":\"+45", 1),
            "line 2: its record is not that of its number",
        ),
        (text.replacen("{\"endpointId\":null}", "{}", 1), "line 2: it changes nothing"),
        (text.replacen("endpointId", "setupCostCents", 1), "line 2: setupCostCents can not be set"),
        (
            text.replacen("\"allowInbound\":false", "\"allowInbound\":\"no\"", 1),
            "line 3: allowInbound can not be set",
        ),
        (
            text.replacen("{\"endpointId\":null}", "{\"status\":\"pending\"}", 1),
            "line 2: status can not be set",
        ),
        (text.replacen("\"line\":2", "\"line\":2,\"release\":true", 1), "line 2: it is no line of a plan"),
    ];
    for (text, why) in cases {
        let told = RoutingPlan::parse(&text).expect_err(&text).to_string();
        assert!(told.contains(why), "{why}: {told}");
    }
}

#[test]
fn a_number_is_as_it_was_seen_or_as_planned_or_it_has_drifted() {
    let plan = kept();
    let on = |change: fn(&mut Vec<Number>)| {
        let mut owned = owned();
        change(&mut owned);
        let standing = plan.stand(&owned);
        let drifted: Vec<String> =
            standing.drifted.iter().map(|drift| drift.words(|value| value.label().to_owned())).collect();
        (standing.changes.len(), standing.met.len(), drifted.join("; "))
    };
    let none = String::new();
    assert_eq!(on(|_| ()), (2, 0, none.clone()));
    assert_eq!(on(|owned| owned[0].endpoint = Field::Null), (1, 1, none.clone()), "an earlier run did it");
    assert_eq!(
        on(|owned| owned[1].endpoint = Field::Value(EndpointId::new("ep_9"))),
        (2, 0, none.clone()),
        "half of it is so: the other half is left"
    );
    let drift = "+44 20 7968 8749: endpoint was ep_1 and is ep_7".to_owned();
    assert_eq!(on(|owned| owned[0].endpoint = Field::Value(EndpointId::new("ep_7"))), (1, 0, drift));
    let drift = "+44 20 7968 8749: outbound was off and is on".to_owned();
    assert_eq!(
        on(|owned| owned[0].switches[Switch::Outbound] = Some(true)),
        (1, 0, drift),
        "what is not planned counts too"
    );
    let drift = "+44 20 7968 8749: inbound was on and is unknown".to_owned();
    assert_eq!(on(|owned| owned[0].switches[Switch::Inbound] = None), (1, 0, drift));
    assert_eq!(
        on(|owned| drop(owned.remove(0))),
        (1, 0, "+44 20 7968 8749 is not owned any more".to_owned())
    );
    assert_eq!(
        on(|owned| owned[2].endpoint = Field::Null),
        (2, 0, none),
        "a number that was right is none of its business"
    );
}

#[test]
fn a_rollback_file_brings_the_former_values_back_value_for_value() {
    let before = owned();
    let plan =
        planned("id,endpoint,inbound,outbound,status\nn-1,none,off,on,inactive\nn-5,sales,,on,\nn-3,,,,\n")
            .unwrap();
    let intents: Vec<Intent> = plan.changes.iter().map(PlannedChange::intent).collect();
    let (file, lost) = rollback(&intents).unwrap();
    let text = String::from_utf8(file).unwrap();
    assert_eq!((text.lines().count(), lost), (3, 0), "{text}");
    let mut after = before.clone();
    for planned in &plan.changes {
        let place = after.iter().position(|number| number.id == planned.before.id).unwrap();
        after[place] = planned.changes.applied_to(&after[place]);
    }
    assert_ne!(before, after);
    let file = WantedFile::read(&text).unwrap();
    let back = RoutingPlan::of(&file, &after, &|id| Ok(EndpointId::new(id)), scope()).unwrap();
    for planned in &back.changes {
        let place = after.iter().position(|number| number.id == planned.before.id).unwrap();
        after[place] = planned.changes.applied_to(&after[place]);
    }
    assert_eq!(before, after);
}

#[test]
fn a_former_value_that_nobody_can_set_is_counted_and_not_invented() {
    let mut before = owned().remove(0);
    before.status = Some(Status::Pending);
    before.switches[Switch::Outbound] = None;
    let changes =
        Changes { status: Some(Status::Active), switches: Switch::Outbound.set(true), ..Changes::default() };
    let (file, lost) = rollback(&[Intent::update(before, changes)]).unwrap();
    assert_eq!(lost, 2);
    assert!(String::from_utf8(file).unwrap().ends_with("+442079688749,n-1,,,,\r\n"));
}
