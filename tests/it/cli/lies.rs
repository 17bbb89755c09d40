//! Every command against servers that lie: a clear error or clean output, and never a write that nobody
//! meant.

use super::*;

/// What a server may answer to everything.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// A page of somebody in between.
    Html,
    /// An object that means nothing.
    Nothing,
    /// Half of an answer.
    Half,
    /// Records whose every text obeys a terminal.
    Escapes,
    /// Records of somebody else.
    Foreign,
}

const LIES: &[Lie] = &[Lie::Html, Lie::Nothing, Lie::Half, Lie::Escapes, Lie::Foreign];

/// Reading and writing commands, each as somebody would type it.
const COMMANDS: &[&str] = &[
    "list",
    "list --all -o json",
    "list endpoint:sales-bot",
    "list --sort changed -o csv",
    "search NG",
    "search NG --pattern *a12a -o ndjson",
    "show pn_1",
    "show pn_1 -o json",
    "buy inv_1 --yes",
    "buy inv_1 --yes --wait=1s --endpoint sales-bot",
    "update pn_1 --inbound off --yes",
    "update pn_1 --endpoint sales-bot --yes",
    "release pn_1 --yes",
    "delete pn_1 --confirm +2348030000001",
    "undo --yes",
    "purchases resolve",
    "check pn_1 --settings-only",
    "check --all --settings-only -o ndjson",
    "sip render pn_1 --as pjsip",
    "sip render pn_1 --as uri -o json",
    "whoami",
    "whoami -o json",
    "doctor",
    "doctor -o json",
];

fn told(lie: Lie, request: &Request) -> Reply {
    let is_list = request.target.split('?').next().is_some_and(|path| path.ends_with("phone-numbers"));
    let evil = "\u{1b}[2J\u{9b}31m\u{202e}x\u{1b}]0;title\u{7}";
    match lie {
        Lie::Html => Reply::answer(200, &[("content-type", "text/html")], "<html>log in</html>"),
        Lie::Nothing => Reply::json(200, &json!({"ok": true})),
        Lie::Half => Reply::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n[{\"id\": \"pn".to_vec()),
        Lie::Escapes => {
            let row = json!({"id": "pn_1", "e164": "+2348030000001", "country": evil, "type": evil, "status": evil,
                "endpoint_id": evil, "sip_uri": evil, "organization_id": evil, "created_at": evil, evil: evil,
                "sip_credentials": {"sip_domain": evil, "sip_username": evil, "sip_password": evil, "sip_port": 5060}});
            Reply::json(200, &if is_list { json!([row]) } else { row })
        }
        Lie::Foreign => {
            let row = json!({"id": "pn_1", "e164": "+2348030000001", "country": "NG", "type": "mobile",
                "status": "active", "organization_id": "org-theirs", "allow_inbound": true,
                "inventory": {"monthly_cost_cents": 1, "setup_cost_cents": 1}});
            Reply::json(200, &if is_list { json!([row]) } else { row })
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_stays_clean_and_honest_whatever_a_server_says() {
    for lie in LIES {
        for command in COMMANDS {
            let server = Faulty::start(move |_, request| told(*lie, request)).await;
            let mut args: Vec<&str> = command.split(' ').collect();
            args.extend(["--org", "org-ours", "--timeout", "2s"]);
            let ran = against(&server, OWNER, &args).await;
            let what = format!("{lie:?}: {command}: {ran:?}");
            assert!(ran.code >= 0 && !ran.said().contains("panicked"), "{what}");
            let obeyed = |c: char| c != '\n' && c != '\r' && c != '\t' && c.is_control() || c == '\u{202e}';
            assert!(!ran.said().contains(obeyed), "{what}");
            let is_nonsense = matches!(lie, Lie::Html | Lie::Nothing | Lie::Half);
            let asks_nobody = ["undo", "purchases"].iter().any(|word| command.starts_with(word));
            if is_nonsense && !asks_nobody {
                assert_ne!(ran.code, 0, "{what}");
                // The doctor tells it among everything else.
                let told = ["numdeck: ", "{\"error\"", "PROBLEM", "\"ok\": false"];
                assert!(told.iter().any(|mark| ran.said().contains(mark)), "{what}");
            }
            if matches!(lie, Lie::Foreign) && command.contains("pn_1") {
                let writes = server.requests().iter().any(|request| request.method != "GET");
                assert!(!writes, "a number of somebody else is left alone: {what}");
            }
        }
    }
}
