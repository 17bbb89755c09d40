//! Files and arguments as people have them.

use super::*;
use crate::phone::{E164, Kind, NumberId};

fn texts(text: &str) -> Vec<String> {
    parse(Purpose::Buying, text).unwrap().into_iter().map(|target| target.text).collect()
}

#[test]
fn ids_and_numbers_one_a_line_are_read_as_people_write_them() {
    assert_eq!(
        texts("\u{feff}# tonight\r\ninv-1\r\n\r\n  +2348037771000  \n2348037771001\n"),
        ["inv-1", "+2348037771000", "2348037771001"]
    );
    assert_eq!(texts(""), [""; 0]);
}

#[test]
fn of_a_table_the_column_that_names_the_number_best_is_taken() {
    let table = "number,country,type,id\r\n+2348037771000,ng,toll free,inv-1\r\n+2348037771001,,,\r\n,,,\r\n";
    let targets = parse(Purpose::Buying, table).unwrap();
    assert_eq!(targets.len(), 2);
    assert_eq!((targets[0].text.as_str(), targets[0].country.as_deref()), ("inv-1", Some("NG")));
    assert_eq!(targets[0].kind, Some(Kind::TollFree));
    assert_eq!((targets[1].text.as_str(), targets[1].country.as_deref()), ("+2348037771001", None));
    assert_eq!(texts("\"E164\"\n\"+2348037771000\"\n"), ["+2348037771000"], "one column is a table, too");
    assert_eq!(texts("id,note\ninv-1,\"two\nlines\"\n"), ["inv-1"]);
}

#[test]
fn what_is_owned_is_never_named_by_an_id_under_which_it_was_for_sale() {
    let report = "outcome,number,reviewed,inventory_id,id,message\nbought,+2348037771000,9.00,inv-1,n-1,\n";
    let named = |purpose| parse(purpose, report).unwrap()[0].text.clone();
    assert_eq!(
        (named(Purpose::Changing).as_str(), named(Purpose::Buying).as_str()),
        ("+2348037771000", "inv-1")
    );
    let raw = "number,id\n,n-1\n";
    assert_eq!(parse(Purpose::Changing, raw).unwrap()[0].text, "n-1");
}

#[test]
fn a_file_that_is_not_understood_is_refused_as_a_whole() {
    for (text, why) in [
        ("a,b\n1,2\n", "no header"),
        ("inv-1\ninv-2,NG\n", "line 2"),
        ("number,country\n+2348037771000,NG\n,GH\n", "line 3"),
        ("+2348037771000\n+234803abc\n", "line 2: neither a phone number"),
        ("08037771000\n", "line 1: no phone number"),
        ("number\n+234803abc\n", "line 2: no phone number"),
        ("inv-1\t5\n", "line 1: several fields"),
        ("inv-1;NG\n", "line 1: several fields"),
    ] {
        let told = parse(Purpose::Buying, text).unwrap_err().to_string();
        assert!(told.contains(why), "{text:?}: {told}");
    }
}

fn changed(text: &str) -> Result<Vec<String>, String> {
    let targets = parse(Purpose::Changing, text).map_err(|fault| fault.to_string())?;
    Ok(targets
        .iter()
        .map(|target| target.line().map_or(target.text.clone(), |line| line.to_string()))
        .collect())
}

#[test]
fn files_of_other_programs_name_the_same_numbers() {
    for text in [
        "sid\tphoneNumber\tfriendlyName\nPN1\t+442079688749\tFront\nPN2\t+14045884112\tBack\n",
        "phoneNumber,friendlyName\n+442079688749,\"Front, desk\"\n+14045884112,Back\n",
        "country,msisdn,type\nGB,442079688749,mobile-lvn\nUS,14045884112,landline\n",
        "MSISDN\n442079688749\n14045884112\n",
        "\"destination_number\",\"destination_action\"\n\"+442079688749\",\"1000\"\n\"+14045884112\",\"1001\"\n",
        "DID,Country,Status\n442079688749,United Kingdom,Active\n14045884112,United States,Active\n",
        "number;country\r\n+442079688749;GB\r\n+14045884112;US\r\n",
        "sep=,\r\nnumber,country\r\n+442079688749,GB\r\n+14045884112,US\r\n",
        "\"sep=;\"\nnumber;country\n+442079688749;GB\n+14045884112;US\n",
        "number|x\n+442079688749|1\n+14045884112|2\n",
        "number,country\n'+442079688749,GB\n=\"+14045884112\",US\n",
        "number\n\u{202a}+442079688749\u{202c}\n\u{200e}+1 (404) 588-4112\n",
        "number,country\r\n\"\t+442079688749\",GB\r\n\"\t+14045884112\",US\r\n",
        "# tonight\rPhone Number,x\r+442079688749,\r\r+14045884112,\r",
        "number,note\n+442079688749,a\nnumber,note\n+14045884112,b\n,\n",
        "+442079688749\tGB\tlocal\tactive\n+14045884112\tUS\tlocal\tactive\n",
        "n-1\t+442079688749\nn-2\t+14045884112\n",
        "+442079688749\tGB\tmobile\tactive\ton\toff\tnone\t2026-01-24T07:49:23Z\n\
         +14045884112\tUS\tmobile\tactive\ton\toff\tep_1\t2026-01-24T07:49:23Z\n",
        "{\"id\":\"n-1\",\"e164\":\"+442079688749\"}\n\n{\"id\":\"n-2\",\"e164\":\"+14045884112\"}\n",
        "[\n{\"e164\": 442079688749},\n{\"e164\":\"+14045884112\"}\n]\n",
        "tel:+442079688749;ext=1\n\"Doe, J\" <sip:+14045884112@h>;tag=1\n",
        "number,note\n+442079688749,\"call me,\nplease, at 9\"\n+14045884112,x\n",
        "note,number\n\"call me, please,\n2, High Street\",+442079688749\nx,+14045884112\n",
        "# NUMBERS\n#tonight\n#\n#---\n+442079688749\n+14045884112\n",
        "number,note\n# 2026-01-05, of 2 numbers\n+442079688749,x\n# 2026-01-05\n+14045884112,x\n",
        "number,e164,id\n+442079688749,442079688749,n-1\n+14045884112,,n-2\n",
    ] {
        assert_eq!(
            changed(text).as_deref(),
            Ok(&["+442079688749".to_owned(), "+14045884112".to_owned()][..]),
            "{text}"
        );
    }
}

#[test]
fn a_line_that_may_mean_something_else_refuses_the_file() {
    for (text, why) in [
        ("number\n23498251141.0\n", "line 2: no phone number"),
        ("number,country\n+442079688749,GB\n4.42E+11,GB\n", "line 3: no phone number"),
        ("+442079688749\n4.42E+11\n", "line 2: neither"),
        ("23498251141.00\n", "line 1: neither"),
        ("1.234.567,00\n", "line 1: several fields"),
        ("number\n$442079688749\n", "line 2"),
        ("number\n442'079'688'749\n", "line 2"),
        ("number\n\"+442079688749\n+14045884112\"\n", "line 2"),
        ("number\n+442079688749 / +14045884112\n", "line 2"),
        ("+442079688749\nTotal\n", "line 2: neither"),
        ("Nummern\n+442079688749\n", "line 1: neither"),
        ("number,price\n+442079688749,4\nTotal,4\n", "line 3"),
        ("number,price\n+442079688749,4\n,4\n", "line 3: it names no number"),
        (
            "number,note\n+442079688749,\"front desk\n+14045884112,back\n+254712524462,x\n",
            "line 2: a quote that is never closed",
        ),
        (
            "number,note\n+442079688749,\"front desk\n+14045884112,back\"\n+254712524462,x\n",
            "line 2: a quote begins here",
        ),
        (
            "note,number\n\"front desk,+442079688749\nback\",+14045884112\nx,+254712524462\n",
            "line 2: a quote begins",
        ),
        (
            "note,number\n\"x\ny\",+14045884112\n\"x\ny,+442079688749\",+254712524462\n",
            "line 4: a quote begins",
        ),
        ("note|number|z\n\"x|+442079688749|1\ny\"|+14045884112|2\n", "line 2: a quote begins"),
        ("note,number\n\"x,020 7968 8749\ny\",+14045884112\n", "line 2: a quote begins"),
        ("note,id\n\"x,n-1\ny\",n-2\n", "line 2: a quote begins"),
        ("a,b,id\nx,\"y,+442079688749\nx,y\",+14045884112\n", "line 2: a quote begins"),
        ("number,\"note\n+442079688749,x\n+14045884112,y\"\n+254712524462,z\n", "line 1: a quote begins"),
        ("+442079688749\t\"x\n+14045884112\ty\"\n", "line 1: a quote begins"),
        ("number,x\n+442079688749,x\n#+14045884112,x\n", "line 3: it begins with #"),
        ("x,number\nx,+442079688749\n  # x,14045884112\n", "line 3: it begins with #"),
        ("number\n+442079688749\n# call +14045884112 later\n", "line 3: it begins with #"),
        ("id,x\nn-1,x\n#n-2,x\n", "line 3: it begins with #"),
        ("+442079688749\n#+14045884112\n", "line 2: it begins with #"),
        ("number\n#N/A\n+442079688749\n", "line 2: it begins with # and may be what a spreadsheet"),
        ("number,x\n+442079688749,1\n#REF!,2\n", "line 3: it begins with #"),
        ("number;x\n\"#ЗНАЧ!\";2\n+442079688749;1\n", "line 2"),
        ("#NAME?\n+442079688749\n", "line 1: it begins with #"),
        ("+442079688749\tx\n#DIV/0!\ty\n", "line 2: it begins with #"),
        ("number\n########\n+442079688749\n", "line 2: it begins with #"),
        ("+442079688749\tx\n#+14045884112\tx\n", "line 2: it begins with #"),
        ("{\"e164\":\"+442079688749\",\"e164\":\"+14045884112\"}\n", "line 1: it says twice what its e164"),
        ("{\"e164\":\"+442079688749\"}\n{\"id\":\"a\",\"id\":\"b\"}\n", "line 2: it says twice"),
        ("{\"e164\":\"+442079688749\",\"E164\":\"+14045884112\"}\n", "line 1: two columns"),
        ("[{\"e164\":\"+442079688749\",\"e164\":\"+14045884112\"}]", "entry 1: it says twice"),
        ("[{\"e164\":\"+442079688749\"},7]", "no JSON array of objects"),
        ("id,number_id\nn-1,n-2\n", "line 2: two columns name two ids"),
        ("id,note\nn-1,\"x\nn-2,y\"\n", "line 2: a quote begins here"),
        ("number,note\n+442079688749,5\" pipe\n", "line 2: a quote in a cell"),
        ("number,note\n+442079688749,a,+14045884112\n", "line 2: it has more cells"),
        ("phone,mobile\n+442079688749,+14045884112\n", "line 2: two columns"),
        ("+442079688749\tx\nfoo\ty\n", "line 1: several fields"),
        ("{\"e164\":\"+442079688749\"}\n{\"e164\":23498251141.0}\n", "line 2: no phone number"),
        ("{\"e164\":\"+442079688749\"}\nnull\n", "line 2: no JSON"),
        ("{\"e164\":\"+442079688749\"}\n{\"e164\":\"\"}\n", "line 2: it names no number"),
        ("[{\"e164\":\"+442079688749\"},{}]", "entry 2: it names no number"),
        ("number,country\n+442079688749,UK\n", "line 2: the code of the United Kingdom is GB"),
        ("number\n803\n", "line 2: no phone number"),
    ] {
        let told = changed(text).unwrap_err();
        assert!(told.contains(why), "{text:?}: {told}");
    }
    let told = parse(Purpose::Buying, "number\n'+2348079148006\n").unwrap_err().to_string();
    assert!(told.contains("line 2"), "{told}");
    let long = format!("number\n{}\n", "9".repeat(100_000));
    assert!(changed(&long).unwrap_err().chars().count() < 200);
}

#[test]
fn an_id_looks_like_those_of_this_server_or_refuses_the_file() {
    let judged = |purpose, known: &[&str], text: &str| {
        let targets = parse(purpose, text).unwrap();
        let known: Vec<NumberId> = known.iter().map(|id| NumberId::new(id)).collect();
        judge_ids(purpose, &targets, known.iter()).map_err(|fault| fault.to_string())
    };
    let uuid = "00000000-0000-4000-8000-000000000001\n";
    let another = "00000000-0000-4000-8000-000000000002";
    assert_eq!(judged(Purpose::Changing, &[another], uuid), Ok(()));
    assert_eq!(judged(Purpose::Changing, &["pn_7"], "pn_8\n"), Ok(()));
    assert_eq!(judged(Purpose::Changing, &["77"], "id\n12345678901\n"), Ok(()));
    assert_eq!(judged(Purpose::Changing, &["a1b2c3"], "x9y8z7\n"), Ok(()));
    for (known, text) in
        [(another, "id\n442079688749\n"), (another, "Q3\n"), ("pn_7", uuid), ("a1b2c3", "Total2024\n")]
    {
        let message = judged(Purpose::Changing, &[known], text).unwrap_err();
        assert!(message.contains("line "), "{message}");
    }
    assert_eq!(
        judged(Purpose::Buying, &[another], "inv_7\n"),
        Ok(()),
        "what is for sale may be called otherwise"
    );
    assert!(judged(Purpose::Buying, &[another], "id\n442000000000\n").is_err());
}

#[test]
fn a_number_keeps_the_id_that_stands_beside_it() {
    let file = "number,id\n+442079688749,n-1\n+442079688749,n-2\n,n-3\n";
    let beside = |target: &NumberRef| target.id_beside.as_ref().map(NumberId::to_string);
    let ids: Vec<_> = parse(Purpose::Changing, file).unwrap().iter().map(beside).collect();
    assert_eq!(ids, [Some("n-1".to_owned()), Some("n-2".to_owned()), None]);
}

#[test]
fn digits_alone_are_a_number_where_they_can_be_one() {
    let line = |text: &str| NumberRef::new(text).line().map(|line| line.to_string());
    assert_eq!(line("2348037771000").as_deref(), Some("+2348037771000"));
    assert_eq!(line("1234567"), None, "too short: an id");
    assert_eq!(line("inv-2348037771000"), None);
}

#[test]
fn what_stands_in_a_column_of_ids_is_one_whatever_it_looks_like() {
    let table = "inventory_id,number\n2348030000003,+2348030000002\n";
    let target = &parse(Purpose::Buying, table).unwrap()[0];
    assert_eq!((target.line(), target.text.as_str()), (None, "2348030000003"));
    assert_eq!(target.beside, E164::parse("+2348030000002"));
}
