//! Bodies for acts: known ones where a form has its own logic, else field by field from the form's description.
use super::Dice;
use crate::acts::support::{Stage, judges, opinions, panellists};
use crate::support::{lot, offer, roll};
use jiebang::domain::form::{Field, Kind};
use jiebang::web::acts::ACTS;
use serde_json::{Map, Value, json};

/// What must not repeat is counted on.
#[derive(Default)]
pub struct Bodies(usize);

impl Bodies {
    fn next(&mut self) -> usize {
        self.0 += 1;
        self.0
    }

    pub fn offer(&mut self, org: &Value, dice: &mut Dice) -> Value {
        let enterprise = dice.one_in(3);
        let (county, firm) = if enterprise { (40_000_000, 180_000_000) } else { (200_000_000, 20_000_000) };
        offer(org, county, firm, ["98.5", "99", "99.5"][dice.below(3)])
    }

    pub async fn of(&mut self, s: &Stage, (who, noun, act): (&str, &str, &str), seen: &Value, dice: &mut Dice) -> Option<Value> {
        let it = ACTS.iter().find(|a| a.noun.id() == noun && a.path == act)?;
        let mut out = Map::new();
        for field in it.form.sections.iter().flat_map(|section| section.fields) {
            if !field.must && !dice.one_in(4) && !Self::is_wanted(field.name) {
                continue;
            }
            if let Some(value) = self.value(s, who, field, seen, dice).await {
                out.insert(field.name.to_owned(), value);
            }
        }
        let mut body = Value::Object(out);
        self.known(s, (noun, act), seen, &mut body, dice);
        Some(body)
    }

    fn is_wanted(name: &str) -> bool {
        matches!(name, "reason" | "thin_reason" | "amount_fen" | "files" | "effective_competition" | "routes_differ")
    }

    /// Where the fields of a form hang together, or on the case.
    fn known(&mut self, s: &Stage, at: (&str, &str), seen: &Value, body: &mut Value, dice: &mut Dice) {
        let more = match at {
            ("challenge", "appraisal") => {
                let outcome = if dice.one_in(5) { "shelve" } else { "accept" };
                json!({ "opinions": opinions(3, if outcome == "accept" { "agree" } else { "disagree" }), "outcome": outcome })
            }
            ("challenge", "publication" | "relisting") => json!({ "close_at": s.in_days(32).to_string(), "sealing": "server" }),
            ("challenge", "panel-draw") => lot(),
            ("challenge", "agreement") => {
                let listed = seen["bids"].as_array().into_iter().flatten().filter(|b| b["state"] == "shortlisted");
                let bid = listed.min_by_key(|b| b["rank"].as_u64()).map(|b| b["id"].clone());
                json!({ "bid": bid, "price_fen": 220_000_000, "indicators_kept": true, "values": [] })
            }
            ("contract", "terms") => Stage::terms(),
            ("assignment", "score") => return self.marks(seen, body, dice),
            ("milestone", "pass") => json!({ "judged": Stage::judged(), "experts": judges(3) }),
            ("acceptance", "panel-verdict") => json!({ "opinions": panellists(5, "passed"), "verdict": "passed" }),
            ("bid", "form-check") => json!({ "stamped": true, "readable": true, "complete": true, "outcome": "valid" }),
            _ => return,
        };
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        body.as_object_mut().unwrap().retain(|_, v| !v.is_null());
    }

    /// Points of the part that is scored now, for one of the bids that are read.
    fn marks(&mut self, seen: &Value, body: &mut Value, dice: &mut Dice) {
        let bids: Vec<&Value> = seen["bids"].as_array().map(|all| all.iter().collect()).unwrap_or_default();
        let bid = dice.of(&bids).map_or(Value::Null, |b| b.get("bid").or(b.get("id")).cloned().unwrap_or_else(|| (*b).clone()));
        let blind = seen["price_open"] != json!(true) && seen["state"] != "price_open" && dice.below(3) > 0;
        let mut out = json!({ "bid": bid });
        for item in jiebang::domain::SHEET.iter().filter(|i| i.blind == blind) {
            let points = item.most * (70 + i64::try_from(dice.below(26)).unwrap());
            out[item.id] = json!(format!("{}.{:02}", points / 100, points % 100));
            out[format!("{}_reason", item.id)] =
                json!("该项内容论证充分，数据完整，与指标要求逐条对应，理由不少于三十个字。".repeat(2));
        }
        if !blind {
            out["verdict"] = json!("recommend");
        }
        *body = out;
    }

    async fn value(&mut self, s: &Stage, who: &str, field: &Field, seen: &Value, dice: &mut Dice) -> Option<Value> {
        let n = self.next();
        Some(match (field.name, field.kind) {
            ("attendance", _) => roll(),
            ("full_name", _) => json!(format!("示例{who}")),
            ("number", Kind::Text(..)) => json!(format!("交科纪要〔2026〕{n}号")),
            ("budget_doc_no", _) => json!(crate::support::BUDGET_DOC),
            ("experts", Kind::Rows(least, ..)) => judges(least.max(3)),
            ("evidence" | "self_assessed" | "measured" | "judged", _) => Self::indicators(field.name),
            (_, Kind::Text(least, most)) => json!(Self::words(least.max(2), most)),
            (_, Kind::Long(least, most)) => json!(Self::words(least.max(12), most)),
            (_, Kind::Fen) => seen["amount_fen"].as_i64().map_or_else(|| json!(100_000), |fen| json!(fen)),
            (_, Kind::Integer(least, most)) => json!(least + i64::try_from(dice.below(3)).unwrap().min(most - least)),
            (_, Kind::Decimal) => json!("99"),
            (_, Kind::Percent) => json!(1_000),
            (_, Kind::Date) => json!(s.today()),
            (_, Kind::Instant) => json!(s.in_days(3).to_string()),
            (_, Kind::Choice(of)) => json!(dice.of(of)?),
            (_, Kind::Choices(of)) => json!([dice.of(of)?]),
            (_, Kind::YesNo | Kind::Flag) => json!(true),
            (_, Kind::Files(_)) => json!([s.t.upload(who).await]),
            (_, Kind::Rows(least, _, columns)) => {
                let mut rows = vec![];
                for _ in 0..least.max(usize::from(field.must)) {
                    rows.push(self.row(s, columns, dice)?);
                }
                json!(rows)
            }
            (_, Kind::Mobile) => json!("13812345678"),
            (_, Kind::Email) => json!(format!("wo{n}@unit.example")),
            (_, Kind::Id | Kind::CreditCode | Kind::Password) => return None,
        })
    }

    fn row(&mut self, s: &Stage, columns: &[Field], dice: &mut Dice) -> Option<Value> {
        let mut row = Map::new();
        for column in columns.iter().filter(|c| c.must) {
            let value = match column.kind {
                Kind::Text(least, most) | Kind::Long(least, most) => {
                    json!(format!("{}{}", Self::words(least, most.min(30).saturating_sub(4)), self.next() % 1000))
                }
                Kind::Integer(least, most) => json!(least + i64::try_from(self.next() % 3).unwrap().min(most - least)),
                Kind::Choice(of) => json!(dice.of(of)?),
                Kind::Date => json!(s.today()),
                Kind::Decimal => json!("99"),
                Kind::Fen => json!(100_000),
                Kind::YesNo | Kind::Flag => json!(true),
                Kind::Percent => json!(10_000),
                _ => return None,
            };
            row.insert(column.name.to_owned(), value);
        }
        Some(Value::Object(row))
    }

    fn indicators(name: &str) -> Value {
        let row = |n: i64| match name {
            "evidence" => json!({ "indicator": n, "value": "99" }),
            "self_assessed" => json!({ "indicator": n, "value": "99", "verdict": "met" }),
            "judged" => json!({ "indicator": n, "verdict": "met" }),
            _ => {
                json!({ "indicator": n, "value": "99", "report_no": "检字001", "measured_on": "2026-03-02", "basis": "witness", "verdict": "met" })
            }
        };
        (1..=3).map(row).collect()
    }

    fn words(least: usize, most: usize) -> String {
        "按规则如实填写，内容完整。".chars().cycle().take(least.max(4).min(most)).collect()
    }
}
