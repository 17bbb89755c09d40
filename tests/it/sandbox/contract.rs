//! The contract as a judge of answers.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

const OPENAPI: &str = include_str!("../../contract/openapi.json");

/// Validators by method, path template and status; the one of `Error` serves every other answer.
struct Contract {
    answers: HashMap<(String, String, u16), Option<Validator>>,
    error: Validator,
}

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let openapi = json_schema(&serde_json::from_str(OPENAPI).unwrap());
    let mut answers = HashMap::new();
    for (path, operations) in openapi["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let response = match response["$ref"].as_str() {
                    Some(reference) => openapi.pointer(reference.trim_start_matches('#')).unwrap(),
                    None => response,
                };
                let schema = response.pointer("/content/application~1json/schema");
                answers.insert(
                    (method.to_uppercase(), path.clone(), status.parse().unwrap()),
                    schema.map(|schema| validator(schema, &openapi)),
                );
            }
        }
    }
    let error = validator(&json!({"$ref": "#/components/schemas/Error"}), &openapi);
    Contract { answers, error }
});

fn validator(schema: &Value, openapi: &Value) -> Validator {
    let document = json!({"allOf": [schema], "components": openapi["components"]});
    jsonschema::options().should_validate_formats(true).build(&document).unwrap()
}

/// OpenAPI 3.0 says `nullable: true` where JSON Schema has a list of types.
fn json_schema(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut out: Map<String, Value> =
                map.iter().map(|(name, value)| (name.clone(), json_schema(value))).collect();
            if out.remove("nullable") == Some(Value::Bool(true)) {
                out["type"] = json!([out["type"], "null"]);
            }
            Value::Object(out)
        }
        Value::Array(values) => values.iter().map(json_schema).collect(),
        other => other.clone(),
    }
}

/// Panics unless the contract allows this answer. `path` begins after `/v1`. Answers that the
/// contract does not list must be an `Error`, with all three of its fields; so must those it does.
pub(crate) fn judge(method: &str, path: &str, status: u16, body: &Value) {
    let path = path.split('?').next().unwrap().trim_end_matches('/');
    let template = match path.strip_prefix("/phone-numbers") {
        Some("") => "/phone-numbers",
        Some(_) => "/phone-numbers/{id}",
        None => path,
    };
    let key = (method.to_owned(), template.to_owned(), status);
    let about = format!("{method} {path} {status}: {body}");
    match CONTRACT.answers.get(&key) {
        Some(Some(listed)) => accept(listed, body, &about),
        Some(None) => panic!("an answer without a body has none to judge: {about}"),
        // Beside the contract there are two lists.
        None if status < 400 => {
            assert!(["/endpoints", "/calls"].contains(&template) && status == 200, "{about}");
        }
        None => accept(&CONTRACT.error, body, &about),
    }
    if status >= 400 {
        accept(&CONTRACT.error, body, &about);
        assert!(!body["error"].as_str().unwrap().is_empty(), "{about}");
        assert!(!body["code"].as_str().unwrap().is_empty(), "{about}");
        assert!(body["details"].is_object(), "{about}");
    }
}

fn accept(validator: &Validator, body: &Value, about: &str) {
    if let Err(error) = validator.validate(body) {
        panic!("{about}: {error} at {}", error.instance_path());
    }
}

#[test]
fn the_judge_tells_right_from_wrong() {
    judge("GET", "/phone-numbers/x", 200, &json!({"endpoint_id": null}));
    let wrong: [(&str, &str, u16, Value); 7] = [
        ("GET", "/phone-numbers/x", 200, json!({"sip_credentials": {"sip_password": null}})),
        ("GET", "/phone-numbers", 200, json!({"data": []})),
        ("GET", "/phone-numbers?limit=1", 200, json!([{"status": "gone"}])),
        ("GET", "/phone-numbers/x", 200, json!({"id": "not a uuid"})),
        ("GET", "/phone-numbers/x", 200, json!({"created_at": "yesterday"})),
        ("GET", "/phone-numbers/x", 200, json!({"sip_credentials": {"sip_port": "5060"}})),
        ("PATCH", "/phone-numbers/x", 409, json!({"message": "no error field"})),
    ];
    for (method, path, status, body) in wrong {
        let judged = std::panic::catch_unwind(|| judge(method, path, status, &body));
        assert!(judged.is_err(), "{method} {path} {status} {body}");
    }
}
