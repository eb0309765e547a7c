//! Names in what is read blind: the team is warned before it seals, and the experts read the text without them.
use super::*;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// Fields of the part that is read before the names are known.
pub const BLIND: &[&str] = &["understanding", "route", "innovation", "plan_b", "test_plan", "promises", "milestones"];

/// What stands where a name stood.
pub const MASK: &str = "▇▇▇";

/// Names that tell who bids: units in full and without their kind in brackets, the leader, the leader's unit.
pub fn names(offer: &Value, others: &[String]) -> Vec<String> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let members = offer["members"].as_array().into_iter().flatten();
    let mut out: Vec<String> = members.flat_map(|m| [text(&m["name"]), text(&m["uscc"])]).collect();
    out.extend([text(&offer["pi_name"]), text(&offer["pi_unit"])]);
    let people = offer["team_people"].as_array().into_iter().flatten();
    out.extend(people.flat_map(|p| [text(&p["name"]), text(&p["unit"])]));
    out.extend(others.iter().cloned());
    let short: Vec<String> = out.iter().filter_map(|n| n.split(['（', '(']).next()).map(str::to_owned).collect();
    out.extend(short);
    out.retain(|n| n.chars().count() >= 2);
    out.sort_by_key(|n| std::cmp::Reverse(n.chars().count()));
    out.dedup();
    out
}

/// One name found where it must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leak {
    pub field: &'static str,
    pub name: String,
}

/// Which of the names stand in the blind part of a draft or a bid: field and name.
pub fn leaks(offer: &Value, others: &[String]) -> Vec<Leak> {
    let names = names(offer, others);
    let mut out = vec![];
    for field in BLIND {
        let told = folded(&offer[*field].to_string());
        out.extend(names.iter().filter(|n| told.contains(&folded(n))).map(|n| Leak { field, name: n.clone() }));
    }
    out
}

fn folded(s: &str) -> String {
    s.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The value with every name in its texts replaced. Names compare without case and width; a name broken by spaces is found too.
pub fn masked(value: Value, names: &[String]) -> Value {
    match value {
        Value::String(s) => Value::String(names.iter().fold(s, |s, name| without(&s, name))),
        Value::Array(items) => items.into_iter().map(|v| masked(v, names)).collect(),
        Value::Object(map) => map.into_iter().map(|(k, v)| (k, masked(v, names))).collect(),
        other => other,
    }
}

/// Replaces a name wherever its folded characters follow each other, spaces between them aside.
fn without(text: &str, name: &str) -> String {
    let wanted: Vec<char> = folded(name).chars().collect();
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        match matched(&chars[at..], &wanted) {
            Some(len) => {
                out.push_str(MASK);
                at += len;
            }
            None => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out
}

/// How many characters from the start make up `wanted`, when they do.
fn matched(chars: &[char], wanted: &[char]) -> Option<usize> {
    let mut found = 0;
    for (n, c) in chars.iter().enumerate() {
        let folded: Vec<char> = folded(&c.to_string()).chars().collect();
        if folded.is_empty() && found > 0 {
            continue;
        }
        if folded.is_empty() || wanted.get(found..found + folded.len()) != Some(&folded[..]) {
            return None;
        }
        found += folded.len();
        if found == wanted.len() {
            return Some(n + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn offer() -> Value {
        json!({
            "members": [{ "name": "示例大学（太原）", "uscc": "12310000550099068R" }], "pi_name": "王示例", "pi_unit": "示例大学化工学院",
            "route": "本团队（示例大学）采用分步结晶。", "plan_b": "由 王 示例 负责。", "test_plan": "按 12310000550099068r 备案的方法。",
            "team_text": "示例大学化工学院王示例教授",
        })
    }

    #[test]
    fn names_in_the_blind_part_are_found_at_their_fields() {
        let found = leaks(&offer(), &[]);
        assert_eq!(found.iter().map(|l| l.field).collect::<Vec<_>>(), ["route", "plan_b", "test_plan"]);
        assert!(leaks(&json!({ "members": [], "route": "分步结晶" }), &[]).is_empty());
    }

    #[test]
    fn names_are_masked_also_when_spaced_or_wide() {
        let names = names(&offer(), &["Ｊｉａｏ Lab".into()]);
        let out = masked(json!({ "a": "示 例 大学（太原）与ＪＩＡＯ lab、王示例。", "b": [1, "示例大学化工学院"] }), &names);
        assert_eq!(out, json!({ "a": format!("{MASK}与{MASK}、{MASK}。"), "b": [1, MASK] }));
        assert_eq!(masked(json!("分步结晶"), &names), json!("分步结晶"));
    }
}
