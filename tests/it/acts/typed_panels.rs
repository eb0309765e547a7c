//! Every panel that is typed in from paper: argument, node, acceptance, gate, change. One table of the kinds, one list of wrongs
//! that each of them refuses (domain 11.4), and the mark that each of them carries.
use super::support::{GOVERNMENT, Stage, form, judges, need, opinions, panellists, plain, told};
use jiebang::domain::forms::{AssessLanes, DecideChange, PanelVerdict, RecordAppraisal, RecordMeasurements, Verdict};
use jiebang::domain::{AcceptanceId, ChallengeId, ChangeId, Draft, FlagKind, GateId, MilestoneId, date_of};
use serde_json::{Value, json};

/// One thing of each kind, ready for its panel.
struct Ready {
    s: Stage,
    need: ChallengeId,
    node: MilestoneId,
    change: ChangeId,
    acceptance: AcceptanceId,
    gate: GateId,
    /// The case of node, gate and change.
    case: ChallengeId,
}

const KINDS: [&str; 5] = ["appraisal", "node", "acceptance", "gate", "change"];

async fn ready() -> Ready {
    let s = Stage::new().await;
    let (_, _, done) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    for number in 1..=3 {
        s.pass_milestone(done, number, GOVERNMENT, 0).await;
    }
    let acceptance = s.acceptance(done).await.id;
    s.app().apply_acceptance(s.who("bidder1"), acceptance, s.application(0, "none", None).await).await.unwrap();
    s.app().check_acceptance(s.who("officer"), acceptance, plain()).await.unwrap();
    let values = s.measurements("98.9", "met").await;
    s.app().record_measurements(s.who("officer"), acceptance, values).await.unwrap();
    let (case, _, lanes) = s.to_two_lanes().await;
    let gate = gate_of(&s, case).await;
    let ask = Stage::asked("indicator", json!({ "indicator": 1, "value": "98.6" }));
    let change = s.app().ask_change(s.who("bidder2"), lanes[1], ask).await.unwrap().id;
    s.all_consent(change).await;
    s.app().take_up_change(s.who("officer"), change, plain()).await.unwrap();
    let node = s.milestones(lanes[0]).await[0].id;
    s.app().submit_evidence(s.who("bidder1"), node, s.evidence(0).await).await.unwrap();
    s.app().confirm_evidence(s.who("service"), node, plain()).await.unwrap();
    let need = s.to_appraisal("service", need(GOVERNMENT, "single")).await;
    Ready { s, need, node, change, acceptance, gate, case }
}

async fn gate_of(s: &Stage, c: ChallengeId) -> GateId {
    let table = json!([{ "indicator": 1, "target": "95" }, { "indicator": 2, "target": "90" }]);
    let held_on = date_of(s.in_days(12)).to_string();
    let set = form(json!({ "name": "中期考核", "held_on": held_on, "table": table }));
    let x = s.app().set_gate(s.who("officer"), c, set).await.unwrap().id;
    for (team, who) in ["bidder1", "bidder2"].into_iter().enumerate() {
        let values = json!([{ "indicator": 1, "value": "96" }, { "indicator": 2, "value": "91" }]);
        let report =
            json!({ "report": "本赛道阶段任务完成情况和原始数据如下。", "values": values, "files": [s.upload(who).await] });
        s.app().report_lane(s.who(who), x, form(report)).await.unwrap_or_else(|e| panic!("lane {team}: {e}"));
    }
    s.app().compare_lanes(s.who("officer"), x, plain()).await.unwrap();
    x
}

fn rows(kind: &str) -> Value {
    match kind {
        "appraisal" => opinions(3, "agree"),
        "acceptance" => panellists(5, "passed"),
        _ => judges(3),
    }
}

fn read<T: Draft>(raw: &Value) -> Result<T, String> {
    T::read(raw).map_err(|f| f.0.iter().map(|f| format!("{} {}", f.path, f.code)).collect::<Vec<_>>().join(", "))
}

impl Ready {
    fn typist(kind: &str) -> &'static str {
        match kind {
            "node" => "checker",
            "change" => "head",
            _ => "officer",
        }
    }

    /// The panel of a kind as it is typed in: its members, with a scan or without.
    async fn sit(&self, kind: &str, members: Value, scan: bool) -> Result<String, String> {
        let (s, who) = (&self.s, self.s.who(Self::typist(kind)));
        let scan: Vec<_> = if scan { vec![s.upload(Self::typist(kind)).await] } else { vec![] };
        let mut raw = match kind {
            "appraisal" => {
                json!({ "held_on": "2026-03-02", "opinions": members, "conclusion": "同意列入榜单，建议发榜。", "outcome": "accept" })
            }
            "node" => json!({ "verdict": "资料齐全，指标达到节点要求。", "judged": Stage::judged(), "experts": members }),
            "acceptance" => json!({ "opinions": members, "verdict": "passed" }),
            "gate" => json!({ "experts": members, "conclusion": "两条赛道路线不同，各项均达到要求。" }),
            _ => {
                json!({ "experts": members, "expert_opinion": "三位专家一致认为调整合理，不影响项目总体目标。", "notice_no": "交科公〔2026〕9号" })
            }
        };
        raw["scan"] = json!(scan);
        Ok(match kind {
            "appraisal" => told(s.app().record_appraisal(who, self.need, read::<RecordAppraisal>(&raw)?).await),
            "node" => told(s.app().pass_milestone(who, self.node, read::<Verdict>(&raw)?).await),
            "acceptance" => told(s.app().judge_acceptance(who, self.acceptance, read::<PanelVerdict>(&raw)?).await),
            "gate" => told(s.app().assess_lanes(who, self.gate, read::<AssessLanes>(&raw)?).await),
            _ => {
                let mut sat =
                    json!({ "number": "交科纪要〔2026〕7号", "held_on": "2026-03-02", "attendance": crate::support::roll() });
                sat.as_object_mut().unwrap().extend(raw.as_object().unwrap().clone());
                told(s.app().approve_change_collectively(who, self.change, read::<DecideChange>(&sat)?).await)
            }
        })
    }
}

/// Most of its members are against it: three of five, two of three.
fn against(kind: &str, mut members: Value) -> Value {
    let verdict = if kind == "acceptance" { "failed" } else { "disagree" };
    let all = members.as_array_mut().unwrap();
    let most = all.len() / 2 + 1;
    all.iter_mut().take(most).for_each(|row| row["verdict"] = json!(verdict));
    members
}

#[tokio::test]
async fn every_typed_panel_has_the_rules_of_a_panel() {
    let r = ready().await;
    let party = r.s.t.org("service")["name"].clone();
    // A registered expert who owns a part of the poster.
    let near = r.s.who("expert3").clone();
    let unit = r.s.app().organisation(near.org).await.unwrap().name;
    let word = json!({ "disciplines": "530", "relations": [{ "kind": "shareholding", "party": party }], "truthful": true });
    r.s.app().confirm_profile(&near, form(word)).await.unwrap();
    for kind in KINDS {
        let change = |n: usize, field: &str, value: Value| {
            let mut members = rows(kind);
            members[n][field] = value;
            members
        };
        let bare = r.sit(kind, rows(kind), false).await.unwrap_or_else(|faults| faults);
        assert!(bare.contains("scan"), "{kind} without a scan: {bare}");
        assert_eq!(r.sit(kind, against(kind, rows(kind)), true).await.unwrap(), "against_majority", "{kind}");
        let same_unit = change(1, "unit", rows(kind)[0]["unit"].clone());
        assert_eq!(r.sit(kind, same_unit, true).await.unwrap(), "unit_twice", "{kind}");
        assert_eq!(r.sit(kind, change(2, "unit", party.clone()), true).await.unwrap(), "expert_of_party", "{kind}");
        let mut known = change(2, "expert", json!(near.name));
        known[2]["unit"] = json!(unit);
        assert_eq!(r.sit(kind, known, true).await.unwrap(), "expert_near_party", "{kind}");
        assert_eq!(r.sit(kind, rows(kind), true).await.unwrap(), "ok", "{kind}");
    }
    assert_eq!(r.s.verified().await, Ok(()));
}

/// Marked on its page with its scan, told in the record, and a red flag.
#[tokio::test]
async fn what_was_typed_in_is_marked_everywhere() {
    let r = ready().await;
    for kind in KINDS {
        assert_eq!(r.sit(kind, rows(kind), true).await.unwrap(), "ok", "{kind}");
    }
    for path in [
        format!("/challenges/{}", r.need),
        format!("/milestones/{}", r.node),
        format!("/acceptances/{}", r.acceptance),
        format!("/gates/{}", r.gate),
        format!("/changes/{}", r.change),
    ] {
        let page = r.s.t.page("auditor", &path).await.text().to_owned();
        assert!(page.contains("线下会议录入") && page.contains("证明.pdf"), "{path}");
    }
    let standings = r.s.app().case_flags(r.s.who("auditor"), r.case).await.unwrap().standings;
    let flag = standings.iter().find(|f| f.flag.kind == FlagKind::TypedPanel).expect("a panel that was typed in is a flag");
    // The argument, the gate, the node and the change of this case.
    assert_eq!(flag.flag.evidence.len(), 4);
}

/// A laboratory's numbers come with its paper.
#[test]
fn no_measurement_without_a_file() {
    let row = json!({ "indicator": 1, "value": "99", "verdict": "met" });
    let faults = RecordMeasurements::read(&json!({ "measured": [row] })).unwrap_err();
    assert_eq!(faults.0[0].path, "files");
}
