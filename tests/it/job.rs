//! The main job over the JSON API, from a firm's need to an accepted result, and the paths that fail on the way.
use crate::support::{TestApp, need, offer, roll};
use serde_json::{Value, json};

pub fn id(v: &Value) -> String {
    v["id"].as_str().expect("an id").to_owned()
}

fn meeting(n: u32) -> Value {
    json!({ "number": format!("交科纪要〔2026〕{n}号"), "held_on": "2026-03-02", "attendance": roll() })
}

fn with(mut a: Value, b: Value) -> Value {
    a.as_object_mut().unwrap().extend(b.as_object().unwrap().clone());
    a
}

fn opinion(n: usize) -> Value {
    json!({ "expert": format!("论证专家{n}"), "unit": format!("论证单位{n}"), "verdict": "agree", "opinion": "需求真实，指标可考核，榜额合理。" })
}

/// A challenge that is open for bids.
pub async fn published(app: &TestApp, poster: &str, track: &str, mode: &str) -> String {
    let c = id(&app.post(poster, "/challenges", json!({ "title": "焦化脱硫废液提盐及副盐高值化" })).await.ok());
    app.put(poster, &format!("/challenges/{c}/draft"), json!({ "draft": need(track, mode) })).await.ok();
    app.post(poster, &format!("/challenges/{c}/submission"), json!({})).await.ok();
    listed(app, &c).await;
    c
}

/// From submitted to published.
async fn listed(app: &TestApp, c: &str) {
    let screening = json!({ "industry_fit": true, "not_duplicate": true, "funds_proved": true, "poster_real": true });
    app.post("officer", &format!("/challenges/{c}/screening"), screening).await.ok();
    app.post("checker", &format!("/challenges/{c}/screening-approval"), json!({})).await.ok();
    let appraisal = json!({ "held_on": "2026-03-02", "opinions": [opinion(1), opinion(2), opinion(3)], "conclusion": "同意列入榜单，建议发榜。", "outcome": "accept" });
    app.post("officer", &format!("/challenges/{c}/appraisal"), appraisal).await.ok();
    let listed = app
        .post("head", &format!("/challenges/{c}/approval"), with(meeting(1), json!({ "fair_competition_reviewed": true })))
        .await
        .ok();
    assert_eq!(listed["state"], "list_notice");
    app.pass(&listed["due_at"]);
    let close = app.after(31);
    let open = app.post("officer", &format!("/challenges/{c}/publication"), json!({ "close_at": close })).await.ok();
    assert_eq!(open["state"], "published");
}

/// A sealed bid.
pub async fn sealed(app: &TestApp, c: &str, who: &str, org: &str, promise: &str, government: bool) -> String {
    let (county, firm) = if government { (200_000_000, 20_000_000) } else { (40_000_000, 180_000_000) };
    let b = id(&app.post(who, &format!("/challenges/{c}/bids"), json!({})).await.ok());
    app.put(who, &format!("/bids/{b}/draft"), json!({ "draft": offer(app.org(org), county, firm, promise) })).await.ok();
    let sealed = app.post(who, &format!("/bids/{b}/seal"), json!({ "agree": true })).await.ok();
    assert_eq!(sealed["state"], "sealed");
    b
}

async fn close_and_open(app: &TestApp, c: &str) -> Value {
    let close = app.get("officer", &format!("/challenges/{c}")).await.ok()["close_at"].clone();
    app.pass(&close);
    app.post("officer", &format!("/challenges/{c}/opening"), json!({})).await.ok();
    app.post("supervisor", &format!("/challenges/{c}/opening-confirmation"), json!({})).await.ok()
}

async fn form_checked(app: &TestApp, b: &str, valid: bool) {
    let outcome = if valid { "valid" } else { "form_rejected" };
    let check = json!({ "stamped": valid, "readable": true, "complete": true, "outcome": outcome, "reason": "盖章情况" });
    app.post("officer", &format!("/bids/{b}/form-check"), check).await.ok();
    match valid {
        true => app.post("checker", &format!("/bids/{b}/validation"), json!({})).await.ok(),
        false => app.post("checker", &format!("/bids/{b}/form-rejection"), json!({ "reason": "缺少单位公章" })).await.ok(),
    };
}

/// Points at the given share of each item, with reasons where the rule asks for them.
fn marks(b: &str, percent: i64, items: &[(&str, i64)]) -> Value {
    let mut out = json!({ "bid": b });
    for (item, most) in items {
        let hundredths = most * percent;
        out[*item] = json!(format!("{}.{:02}", hundredths / 100, hundredths % 100));
        out[format!("{item}_reason")] = json!("该项内容论证充分，数据完整，与指标要求逐条对应，理由不少于三十个字。".repeat(2));
    }
    out
}

const BLIND: &[(&str, i64)] = &[
    ("indicator_response", 20),
    ("route_soundness", 15),
    ("route_innovation", 7),
    ("route_attainability", 8),
    ("milestones_risk", 10),
];
const OPEN: &[(&str, i64)] = &[("team", 12), ("base", 8), ("price", 10), ("landing", 10)];

/// Convenes the panel and lets every expert score each bid at its percentage.
async fn reviewed(app: &TestApp, c: &str, bids: &[(&str, i64)]) -> Value {
    app.post("officer", &format!("/challenges/{c}/panel"), json!({})).await.ok();
    app.post("supervisor", &format!("/challenges/{c}/panel-draw"), crate::support::lot()).await.ok();
    app.post("officer", &format!("/challenges/{c}/review"), json!({})).await.ok();
    let mut panel = vec![];
    for n in 0..12 {
        let who = format!("expert{n}");
        let own = app.get(&who, "/assignments").await.ok();
        let Some(a) = own["items"].as_array().unwrap().iter().find(|a| a["challenge"] == json!(c)) else { continue };
        let a = id(a);
        app.post(&who, &format!("/assignments/{a}/acceptance"), json!({ "no_conflict": true })).await.ok();
        app.post(
            &who,
            &format!("/assignments/{a}/commitment"),
            json!({ "independence": true, "secrecy": true, "no_lobbying": true }),
        )
        .await
        .ok();
        for (b, percent) in bids {
            app.post(&who, &format!("/assignments/{a}/score"), marks(b, *percent, BLIND)).await.ok();
        }
        app.post(&who, &format!("/assignments/{a}/blind-submission"), json!({})).await.ok();
        panel.push((who, a));
    }
    app.post("officer", &format!("/challenges/{c}/price-opening"), json!({})).await.ok();
    app.post("supervisor", &format!("/challenges/{c}/price-opening-confirmation"), json!({})).await.ok();
    for (who, a) in panel {
        for (b, percent) in bids {
            let verdict = with(marks(b, *percent, OPEN), json!({ "verdict": "recommend" }));
            app.post(&who, &format!("/assignments/{a}/score"), verdict).await.ok();
        }
        app.post(&who, &format!("/assignments/{a}/submission"), json!({})).await.ok();
    }
    let report = json!({ "conclusion": "专家组认为各揭榜方案响应充分，按得分排序推荐。", "effective_competition": true, "routes_differ": true });
    for n in 0..12 {
        let who = format!("expert{n}");
        let own = app.get(&who, "/assignments").await.ok();
        let Some(a) = own["items"].as_array().unwrap().iter().find(|a| a["challenge"] == json!(c)) else { continue };
        let a = id(a);
        if app.get(&who, &format!("/assignments/{a}")).await.ok()["chairs"] == json!(true) {
            app.post(&who, &format!("/assignments/{a}/conclusion"), report.clone()).await.ok();
        }
    }
    app.post("officer", &format!("/challenges/{c}/panel-report"), report).await.ok()
}

/// From the panel's report to the notice; gives the notice.
async fn noticed(app: &TestApp, c: &str, poster: &str, b: &str, price: i64) -> String {
    let agreement =
        json!({ "bid": b, "price_fen": price, "minutes": "双方就指标、价格和进度达成一致。", "indicators_kept": true });
    app.post(poster, &format!("/challenges/{c}/agreement"), agreement).await.ok();
    let decided = app.post("head", &format!("/challenges/{c}/award-decision"), meeting(2)).await.ok();
    assert_eq!(decided["state"], "award_notice");
    let n = id(decided["notices"].as_array().unwrap().last().unwrap());
    app.post("head", &format!("/notices/{n}/publication"), json!({})).await.ok();
    n
}

async fn confirmed(app: &TestApp, n: &str) {
    let shown = app.get("officer", &format!("/notices/{n}")).await.ok();
    let number = shown["number"].as_str().unwrap().split_once('〕').unwrap().1.to_owned();
    assert!(number.ends_with('号') && !number.starts_with('0'), "{number} is not how papers are numbered");
    let ends = shown["ends_at"].clone();
    app.post("officer", &format!("/notices/{n}/confirmation"), json!({})).await.refused(409, "notice_running");
    app.pass(&ends);
    let issued = app.post("officer", &format!("/notices/{n}/confirmation"), json!({})).await.ok();
    assert_eq!(issued["state"], "issued");
}

fn terms() -> Value {
    json!({
        "contract_kind": "commissioned", "payment_mode": "instalments", "equipment_owner": "poster", "poster_duties": "提供现场条件、样品和历史运行数据。", "confidentiality_months": 24,
        "risk_bidder_bp": 5000, "risk_certifier": "expert_panel", "ip_owner": "joint", "licence_scope": "发榜方在交城县内免费使用。", "publication_review_days": 30,
        "acceptance_standard": "逐项指标按约定方法检测。", "breach": "违约方承担实际损失，以合同金额为限。", "subcontract_consent": false, "settlement": "按已通过的里程碑结算。", "dispute": "court",
    })
}

/// Signed and in force; gives the contract.
async fn effective(app: &TestApp, c: &str, poster: &str, bidder: &str) -> String {
    let case = app.get("officer", &format!("/challenges/{c}")).await.ok();
    let k = id(case["contracts"].as_array().unwrap().iter().find(|k| k["state"] == "drafting").unwrap());
    let sign = |name: &str| json!({ "full_name": name, "agree": true });
    app.post(bidder, &format!("/contracts/{k}/agreement"), sign("王示例")).await.refused(409, "terms_blank");
    app.post(poster, &format!("/contracts/{k}/terms"), terms()).await.ok();
    app.post(poster, &format!("/contracts/{k}/agreement"), sign("张示例")).await.ok();
    assert_eq!(app.post(bidder, &format!("/contracts/{k}/agreement"), sign("王示例")).await.ok()["state"], "agreed");
    app.post("officer", &format!("/contracts/{k}/clearance"), json!({})).await.ok();
    for who in [bidder, "head", poster] {
        app.post(who, &format!("/contracts/{k}/signature"), sign(&format!("示例{who}"))).await.ok();
    }
    let in_force = app
        .post("checker", &format!("/contracts/{k}/effect"), json!({ "pledge_attached": true, "commitments_attached": true }))
        .await
        .ok();
    assert_eq!(in_force["state"], "effective");
    k
}

/// Both sides and the bureau sign a supplement.
async fn supplemented(app: &TestApp, x: &str, poster: &str, bidder: &str) {
    for who in [poster, bidder, "head"] {
        let sign = json!({ "full_name": format!("示例{who}"), "agree": true });
        app.post(who, &format!("/changes/{x}/supplement"), sign).await.ok();
    }
}

/// The team delivers, the poster confirms, the checker passes.
async fn milestone_passed(app: &TestApp, k: &str, number: i64, poster: &str, bidder: &str) {
    let parts = app.get(bidder, &format!("/contracts/{k}")).await.ok();
    let all = parts["milestones_of"].as_array().unwrap();
    assert!(all.is_sorted_by_key(|m| m["number"].as_u64()), "milestones stand in their order");
    let m = id(all.iter().find(|m| m["number"] == number).unwrap());
    let file = app.upload(bidder).await;
    let evidence = json!({ "report": "本节点任务已全部完成，数据见附件。", "evidence": [{ "indicator": 1, "value": "98.6" }], "files": [file],
        "deliverables": [{ "kind": "process_package", "number": "GYB-001", "count": 1 }] });
    app.post(bidder, &format!("/milestones/{m}/evidence"), evidence).await.ok();
    app.post(poster, &format!("/milestones/{m}/confirmation"), json!({})).await.ok();
    let passed = app
        .post("checker", &format!("/milestones/{m}/pass"), json!({ "verdict": "资料齐全，指标达到节点要求。", "judged": [{ "indicator": 1, "verdict": "met" }], "experts": crate::acts::support::judges(3) }))
        .await
        .ok();
    assert_eq!(passed["state"], "passed");
}

async fn instalments(app: &TestApp, k: &str) -> Vec<Value> {
    app.get("finance", &format!("/contracts/{k}")).await.ok()["instalments"].as_array().unwrap().clone()
}

/// County money to its payee, by four different people.
async fn paid_by_county(app: &TestApp, i: &Value, payee: &str, org: &str) {
    let p = id(i);
    let request = app.payment_request(payee, org, true, &p, &i["amount_fen"]).await;
    app.post(payee, &format!("/instalments/{p}/request"), request).await.ok();
    app.post("officer", &format!("/instalments/{p}/check"), json!({})).await.ok();
    let year = app.clock_year();
    app.post("head", &format!("/instalments/{p}/approval"), json!({ "fiscal_year": year, "budget_doc_no": "交财预〔2026〕8号" }))
        .await
        .ok();
    let date = app.today();
    let payment = json!({ "voucher": "国库支付0001", "paid_on": date, "amount_fen": i["amount_fen"] });
    app.post("finance", &format!("/instalments/{p}/fiscal-payment"), payment).await.ok();
    let received = app
        .post(payee, &format!("/instalments/{p}/receipt"), json!({ "received_on": date, "amount_fen": i["amount_fen"] }))
        .await
        .ok();
    assert_eq!(received["state"], "received");
}

async fn paid_by_firm(app: &TestApp, i: &Value, poster: &str, bidder: &str, org: &str) {
    let p = id(i);
    let request = app.payment_request(bidder, org, false, &p, &i["amount_fen"]).await;
    app.post(bidder, &format!("/instalments/{p}/request"), request).await.ok();
    let date = app.today();
    app.post(
        poster,
        &format!("/instalments/{p}/payment"),
        json!({ "voucher": "网银回单0001", "paid_on": date, "amount_fen": i["amount_fen"] }),
    )
    .await
    .ok();
    app.post(bidder, &format!("/instalments/{p}/receipt"), json!({ "received_on": date, "amount_fen": i["amount_fen"] }))
        .await
        .ok();
}

/// Applied for, measured, judged, decided.
async fn accepted(app: &TestApp, k: &str, bidder: &str, first: &str, cause: &str, verdict: &str) -> Value {
    let x = id(&app.get(bidder, &format!("/contracts/{k}")).await.ok()["acceptance"]);
    let file = app.upload(bidder).await;
    if cause == "objective" {
        diligent(app, k, bidder).await;
    }
    let own = |n: i64| json!({ "indicator": n, "value": "99", "verdict": "met" });
    let application = json!({ "summary": "项目按合同完成全部任务，形成工艺包一套。", "self_assessed": [own(1), own(2), own(3)], "end_user": "示范焦化有限公司", "end_user_opinion": "agree", "end_user_report": "用户试用情况良好，满足使用要求。", "cause": cause, "diligence": "原始记录、预警、备选方案齐全。", "files": [file] });
    app.post(bidder, &format!("/acceptances/{x}/application"), application).await.ok();
    app.post("officer", &format!("/acceptances/{x}/check"), json!({})).await.ok();
    let met = if first.parse::<f64>().unwrap() >= 98.5 { "met" } else { "not_met" };
    let wrong = if met == "met" { "not_met" } else { "met" };
    let row = |n: i64, value: &str, verdict: &str| json!({ "indicator": n, "value": value, "report_no": "检字001", "measured_on": "2026-03-02", "basis": "witness", "verdict": verdict });
    let rows = |v: &str| json!({ "measured": [row(1, first, v), row(2, "93", "met"), row(3, "96", "exceeded")] });
    app.post("officer", &format!("/acceptances/{x}/measurement"), rows(wrong)).await.refused(422, "verdict_denied_by_value");
    app.post("officer", &format!("/acceptances/{x}/measurement"), rows(met)).await.ok();
    let opinions = crate::acts::support::panellists(5);
    app.post("officer", &format!("/acceptances/{x}/panel-verdict"), json!({ "opinions": opinions, "verdict": verdict }))
        .await
        .ok();
    let on_notice = app.post("officer", &format!("/acceptances/{x}/notice"), json!({})).await.ok();
    app.post("head", &format!("/acceptances/{x}/decision"), meeting(9)).await.refused(409, "verdict_on_notice");
    assert_eq!(on_notice["state"], "noticed");
    app.advance(20);
    app.post("head", &format!("/acceptances/{x}/decision"), meeting(9)).await.ok()
}

/// What diligence is proved from: original records, a warning in time, another route.
async fn diligent(app: &TestApp, k: &str, bidder: &str) {
    for kind in ["lab_record", "early_warning", "plan_b"] {
        let file = app.upload(bidder).await;
        let report = json!({ "kind": kind, "text": "试验过程、条件和结果如实记录，数据见附件。", "files": [file], "found_on": app.today(), "problem": "收率难以达到指标" });
        app.post(bidder, &format!("/contracts/{k}/progress-reports"), report).await.ok();
    }
}

impl TestApp {
    fn today(&self) -> String {
        use jiebang::domain::clock::Clock;
        jiebang::domain::date_of(self.clock.now()).to_string()
    }
    fn clock_year(&self) -> i16 {
        self.today()[..4].parse().unwrap()
    }
}

#[tokio::test]
async fn a_government_challenge_goes_from_need_to_an_accepted_result() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let first = sealed(&app, &c, "bidder1", "u1", "99.1", true).await;
    let second = sealed(&app, &c, "bidder2", "u2", "98.6", true).await;
    let third = sealed(&app, &c, "bidder3", "u3", "98.7", true).await;
    assert_eq!(close_and_open(&app, &c).await["opened_bids"], 3);
    for b in [&first, &second, &third] {
        form_checked(&app, b, true).await;
    }
    let ranked = reviewed(&app, &c, &[(&first, 92), (&second, 85), (&third, 60)]).await;
    assert_eq!(ranked["state"], "negotiating");
    let case = app.get("officer", &format!("/challenges/{c}")).await.ok();
    let ranks: Vec<_> = case["ranking"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["rank"].clone(), r["total"].clone(), r["qualified"].clone()))
        .collect();
    assert_eq!(
        ranks,
        vec![(json!(1), json!(9200), json!(true)), (json!(2), json!(8500), json!(true)), (json!(3), json!(6000), json!(false))]
    );
    // Government track: only the first rank may be taken while nobody was passed over.
    let skip = json!({ "bid": second, "price_fen": 220_000_000, "minutes": "双方就指标、价格达成一致。", "indicators_kept": true, "reason": "价格更低" });
    app.post("service", &format!("/challenges/{c}/agreement"), skip).await.refused(422, "rank_order");
    let n = noticed(&app, &c, "service", &first, 220_000_000).await;
    confirmed(&app, &n).await;
    let k = effective(&app, &c, "service", "bidder1").await;
    let plan: Vec<_> = instalments(&app, &k)
        .await
        .iter()
        .map(|i| {
            (i["source"].as_str().unwrap().to_owned(), i["amount_fen"].as_i64().unwrap(), i["state"].as_str().unwrap().to_owned())
        })
        .collect();
    let line = |s: &str, n: i64, st: &str| (s.to_owned(), n, st.to_owned());
    assert_eq!(
        plan,
        vec![
            line("enterprise", 6_000_000, "planned"),
            line("enterprise", 8_000_000, "planned"),
            line("enterprise", 6_000_000, "planned"),
            line("county", 80_000_000, "eligible"),
            line("county", 80_000_000, "planned"),
            line("county", 40_000_000, "planned"),
        ]
    );
    paid_by_county(&app, &instalments(&app, &k).await[3].clone(), "bidder1", "u1").await;
    for number in 1..=3 {
        milestone_passed(&app, &k, number, "service", "bidder1").await;
    }
    let done = accepted(&app, &k, "bidder1", "98.9", "none", "passed").await;
    assert_eq!((done["state"].as_str(), done["outcome"].as_str()), (Some("passed"), Some("passed")));
    assert_eq!(instalments(&app, &k).await[5]["state"], "eligible", "the last tranche is unlocked by acceptance alone");
    app.post("officer", &format!("/challenges/{c}/archive"), json!({})).await.refused(409, "acceptance_not_archived");
    app.post("officer", &format!("/acceptances/{}/archive", id(&done)), json!({})).await.refused(422, "registration_missing");
    let numbers = json!({ "result_registration_no": "晋成登2027001", "sci_report_no": "KJBG2027001" });
    app.post("officer", &format!("/acceptances/{}/archive", id(&done)), numbers).await.ok();
    let archived = app.post("officer", &format!("/challenges/{c}/archive"), json!({})).await.ok();
    assert_eq!(archived["state"], "archived");
    let thread = app.get("", &format!("/challenges/{c}")).await.ok()["contracts"][0]["thread"][0].clone();
    assert_eq!(
        (
            thread["published"]["target"].as_str(),
            thread["promised"].as_str(),
            thread["contracted"].as_str(),
            thread["measured"].as_str()
        ),
        (Some("98.5"), Some("99.1"), Some("99.1"), Some("98.9"))
    );
}

#[tokio::test]
async fn an_enterprise_chooses_among_the_qualified_and_the_county_pays_after_it_has() {
    let app = TestApp::new().await;
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    let talk = id(&app
        .post("bidder2", &format!("/challenges/{c}/interests"), json!({ "note": "我校有脱硫废液处理中试经验。" }))
        .await
        .ok());
    let minute = json!({ "held_on": "2026-03-10", "present": "双方技术负责人", "summary": "就现场条件和样品交换意见。" });
    app.post("poster", &format!("/talks/{talk}/minute"), minute).await.ok();
    app.post("bidder2", &format!("/talks/{talk}/confirmation"), json!({})).await.ok();
    let q = id(&app.post("bidder1", &format!("/challenges/{c}/questions"), json!({ "text": "废液日产量是多少？" })).await.ok());
    app.post("poster", &format!("/questions/{q}/answer"), json!({ "answer": "约一百二十立方米每天。" })).await.ok();
    let seen = app.get("", &format!("/challenges/{c}")).await.ok();
    assert_eq!(seen["questions"][0]["answer"], "约一百二十立方米每天。");
    assert!(seen["questions"][0].get("org").is_none(), "nobody learns who asked");
    let bids = [
        sealed(&app, &c, "bidder1", "u1", "99", false).await,
        sealed(&app, &c, "bidder2", "u2", "98.6", false).await,
        sealed(&app, &c, "bidder3", "u3", "98.7", false).await,
    ];
    close_and_open(&app, &c).await;
    for b in &bids {
        form_checked(&app, b, true).await;
    }
    reviewed(&app, &c, &[(&bids[0], 90), (&bids[1], 84), (&bids[2], 50)]).await;
    let choice = |b: &str, reason: Option<&str>| json!({ "bid": b, "price_fen": 200_000_000, "minutes": "双方就指标、价格达成一致。", "indicators_kept": true, "reason": reason });
    app.post("poster", &format!("/challenges/{c}/agreement"), choice(&bids[1], None)).await.refused(422, "reason_missing");
    app.post("poster", &format!("/challenges/{c}/agreement"), choice(&bids[2], Some("便宜一些")))
        .await
        .refused(422, "not_qualified");
    app.post("poster", &format!("/challenges/{c}/agreement"), choice(&bids[1], Some("对接洽谈中更熟悉现场"))).await.ok();
    let n = id(&app.post("head", &format!("/challenges/{c}/award-decision"), meeting(2)).await.ok()["notices"][0]);
    app.post("head", &format!("/notices/{n}/publication"), json!({})).await.ok();
    confirmed(&app, &n).await;
    let k = effective(&app, &c, "poster", "bidder2").await;
    let plan = instalments(&app, &k).await;
    assert_eq!(plan[3]["payee"], app.org("firm")["id"], "the county's subsidy goes to the firm that posted");
    milestone_passed(&app, &k, 1, "poster", "bidder2").await;
    assert_eq!(instalments(&app, &k).await[3]["state"], "planned", "nothing before the firm has really paid");
    paid_by_firm(&app, &instalments(&app, &k).await[0].clone(), "poster", "bidder2", "u2").await;
    assert_eq!(instalments(&app, &k).await[3]["state"], "eligible");
    paid_by_county(&app, &instalments(&app, &k).await[3].clone(), "poster", "firm").await;
    for number in 2..=3 {
        milestone_passed(&app, &k, number, "poster", "bidder2").await;
    }
    let done = accepted(&app, &k, "bidder2", "97", "objective", "concluded").await;
    assert_eq!(done["outcome"], "concluded", "结题 is neither 通过 nor 未通过");
    assert_eq!(instalments(&app, &k).await[4]["state"], "cancelled");
}

#[tokio::test]
async fn a_need_is_returned_with_a_reason_at_each_field_twice_at_most() {
    let app = TestApp::new().await;
    let c = id(&app.post("poster", "/challenges", json!({ "title": "焦化脱硫废液提盐及副盐高值化" })).await.ok());
    app.put("poster", &format!("/challenges/{c}/draft"), json!({ "draft": need("enterprise_posted", "single") })).await.ok();
    let notes = json!({ "notes": [{ "field": "background", "note": "请补充近三年处理量" }] });
    for _ in 0..2 {
        app.post("poster", &format!("/challenges/{c}/submission"), json!({})).await.ok();
        let back = app.post("officer", &format!("/challenges/{c}/return"), notes.clone()).await.ok();
        assert_eq!((back["state"].as_str(), back["turn"]["role"].as_str()), (Some("returned"), Some("poster")));
        assert_eq!(app.get("poster", &format!("/challenges/{c}")).await.ok()["return_notes"][0]["field"], "background");
    }
    app.post("poster", &format!("/challenges/{c}/submission"), json!({})).await.ok();
    app.post("officer", &format!("/challenges/{c}/return"), notes).await.refused(409, "returned_often");
}

#[tokio::test]
async fn rejected_at_argument_or_shelved_and_revived() {
    let app = TestApp::new().await;
    for (outcome, state) in [("reject", "rejected"), ("shelve", "shelved")] {
        let c = id(&app.post("poster", "/challenges", json!({ "title": "焦化脱硫废液提盐及副盐高值化" })).await.ok());
        app.put("poster", &format!("/challenges/{c}/draft"), json!({ "draft": need("enterprise_posted", "single") })).await.ok();
        app.post("poster", &format!("/challenges/{c}/submission"), json!({})).await.ok();
        app.post("checker", &format!("/challenges/{c}/screening-approval"), json!({})).await.refused(409, "screening_first");
        let screening = json!({ "industry_fit": true, "not_duplicate": true, "funds_proved": true, "poster_real": true });
        app.post("officer", &format!("/challenges/{c}/screening"), screening).await.ok();
        app.post("checker", &format!("/challenges/{c}/screening-approval"), json!({})).await.ok();
        let appraisal = json!({ "held_on": "2026-03-02", "opinions": [opinion(1), opinion(2), opinion(3)], "conclusion": "暂不具备发榜条件，理由如上。", "outcome": outcome });
        assert_eq!(app.post("officer", &format!("/challenges/{c}/appraisal"), appraisal).await.ok()["state"], state);
        if state == "shelved" {
            assert_eq!(
                app.post("officer", &format!("/challenges/{c}/revival"), json!({ "reason": "产业条件已具备" })).await.ok()["state"],
                "appraisal"
            );
        }
        app.get("", &format!("/challenges/{c}")).await.problem(404, "missing");
    }
}

#[tokio::test]
async fn nobody_bids_and_the_challenge_is_relisted_with_its_lineage_twice_at_most() {
    let app = TestApp::new().await;
    let mut c = published(&app, "poster", "enterprise_posted", "single").await;
    let lapse = |class: &str| with(meeting(5), json!({ "reason_class": class, "reason": "截止时无单位揭榜。" }));
    for round in 0..3 {
        assert_eq!(close_and_open(&app, &c).await["opened_bids"], 0);
        app.post("head", &format!("/challenges/{c}/lapse"), lapse("none_passed")).await.refused(422, "lapse_reason_untrue");
        assert_eq!(app.post("head", &format!("/challenges/{c}/lapse"), lapse("no_bids")).await.ok()["state"], "lapsed");
        let relisting = json!({ "what_changed": "延长实施期，补充样品。", "close_at": app.after(32) });
        let answer = app.post("officer", &format!("/challenges/{c}/relisting"), relisting).await;
        if round == 2 {
            answer.refused(409, "relisted_often");
            break;
        }
        let new = answer.ok();
        assert_eq!((new["state"].as_str(), new["previous"].as_str()), (Some("published"), Some(c.as_str())));
        c = id(&new);
    }
}

#[tokio::test]
async fn all_formally_failed_and_none_passed_both_lapse() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let b = sealed(&app, &c, "bidder1", "u1", "99", true).await;
    close_and_open(&app, &c).await;
    form_checked(&app, &b, false).await;
    app.post("officer", &format!("/challenges/{c}/panel"), json!({})).await.refused(409, "no_valid_bid");
    let lapse = |class: &str| with(meeting(5), json!({ "reason_class": class, "reason": "无合格揭榜方案。" }));
    assert_eq!(app.post("head", &format!("/challenges/{c}/lapse"), lapse("none_valid")).await.ok()["state"], "lapsed");

    let c = published(&app, "service", "government_posted", "single").await;
    let b = sealed(&app, &c, "bidder2", "u2", "99", true).await;
    close_and_open(&app, &c).await;
    form_checked(&app, &b, true).await;
    let case = reviewed(&app, &c, &[(&b, 79)]).await;
    assert_eq!(case["ranking"][0]["qualified"], false, "a single bid needs eighty points");
    assert_eq!(app.post("head", &format!("/challenges/{c}/lapse"), lapse("none_passed")).await.ok()["state"], "lapsed");
}

#[tokio::test]
async fn the_winner_gives_up_and_the_reserve_is_asked() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let first = sealed(&app, &c, "bidder1", "u1", "99", true).await;
    let second = sealed(&app, &c, "bidder2", "u2", "98.6", true).await;
    close_and_open(&app, &c).await;
    form_checked(&app, &first, true).await;
    form_checked(&app, &second, true).await;
    reviewed(&app, &c, &[(&first, 92), (&second, 85)]).await;
    let n = noticed(&app, &c, "service", &first, 220_000_000).await;
    confirmed(&app, &n).await;
    assert_eq!(
        app.post("bidder1", &format!("/bids/{first}/forfeiture"), json!({ "reason": "负责人调离，无法承担。" })).await.ok()["state"],
        "forfeited"
    );
    let n = noticed(&app, &c, "service", &second, 220_000_000).await;
    confirmed(&app, &n).await;
    effective(&app, &c, "service", "bidder2").await;
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["state"], "in_progress");
}

/// Two investigate, the winner answers, and what was found is written down.
async fn examined(app: &TestApp, o: &str) {
    let path = |act: &str| format!("/objections/{o}/{act}");
    app.post("checker", &path("investigation"), json!({ "no_conflict": true })).await.ok();
    app.post("officer2", &path("joining"), json!({ "no_conflict": true })).await.ok();
    app.post("bidder1", &path("answer"), json!({ "reason": "业绩材料真实，附合同与验收证明。" })).await.ok();
    let findings = json!({ "facts_found": "经调取合同并函询业主单位，查明事实如下。", "technical": false, "independent": true });
    app.post("officer2", &path("findings"), findings).await.ok();
}

#[tokio::test]
async fn an_accepted_objection_stops_the_clock_and_an_upheld_one_asks_the_next_rank() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let first = sealed(&app, &c, "bidder1", "u1", "99", true).await;
    let second = sealed(&app, &c, "bidder2", "u2", "98.6", true).await;
    close_and_open(&app, &c).await;
    form_checked(&app, &first, true).await;
    form_checked(&app, &second, true).await;
    reviewed(&app, &c, &[(&first, 92), (&second, 85)]).await;
    let n = noticed(&app, &c, "service", &first, 220_000_000).await;
    let filing = json!({ "kind": "person", "name": "李示例", "contact": "13812345678", "facts": "拟中榜单位的业绩材料与公开信息不一致，请核查。", "request": "请求复核", "real_name": true });
    // Nobody signed in may object too: a real name is enough.
    let o = id(&app.post_with_paper("", &format!("/notices/{n}/objections"), &filing, "proof").await.ok());
    let before = app.get("", &format!("/notices/{n}")).await.ok()["ends_at"].clone();
    app.advance(2);
    app.post("checker", &format!("/objections/{o}/acceptance"), json!({})).await.ok();
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["state"], "on_hold");
    let held = app.get("", &format!("/notices/{n}")).await.ok();
    assert_eq!(held["state"], "suspended");
    let left = held["days_left"].as_i64().unwrap();
    app.pass(&before);
    examined(&app, &o).await;
    let decide = |outcome: &str, effect: Option<&str>| {
        with(
            meeting(7),
            json!({ "outcome": outcome, "reason": "经核查，业绩材料真实，异议不成立，予以驳回。", "rule": "公示与异议处理规定", "effect": effect }),
        )
    };
    app.post("head", &format!("/objections/{o}/decision"), decide("uphold", None)).await.refused(422, "effect_missing");
    app.post("head", &format!("/objections/{o}/decision"), decide("dismiss", None)).await.ok();
    let released = app.get("", &format!("/notices/{n}")).await.ok();
    assert_eq!(released["state"], "in_publicity");
    let calendar = jiebang::domain::Calendar::seed();
    use jiebang::domain::clock::Clock;
    let due = jiebang::domain::deadline_instant(calendar.add_workdays(jiebang::domain::date_of(app.clock.now()), left).date);
    assert_eq!(released["ends_at"], json!(due), "the clock resumes with the working days that were left (trap 28)");
    let mut filing = filing;
    filing["proof"] = json!([app.upload("bidder2").await]);
    let o = id(&app.post("bidder2", &format!("/notices/{n}/objections"), filing).await.ok());
    app.post("checker", &format!("/objections/{o}/acceptance"), json!({})).await.ok();
    examined(&app, &o).await;
    app.post("head", &format!("/objections/{o}/decision"), decide("uphold", Some("next_rank"))).await.ok();
    assert_eq!(app.get("", &format!("/notices/{n}")).await.ok()["state"], "revoked");
    let n = noticed(&app, &c, "service", &second, 220_000_000).await;
    confirmed(&app, &n).await;
}

#[tokio::test]
async fn a_race_runs_two_lanes_and_one_is_cut() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "race").await;
    let mut bids = vec![];
    for (who, org) in [("bidder1", "u1"), ("bidder2", "u2"), ("bidder3", "u3")] {
        let b = id(&app.post(who, &format!("/challenges/{c}/bids"), json!({})).await.ok());
        app.put(who, &format!("/bids/{b}/draft"), json!({ "draft": offer(app.org(org), 100_000_000, 0, "99") })).await.ok();
        app.post(who, &format!("/bids/{b}/seal"), json!({ "agree": true })).await.ok();
        bids.push(b);
    }
    close_and_open(&app, &c).await;
    for b in &bids {
        form_checked(&app, b, true).await;
    }
    reviewed(&app, &c, &[(&bids[0], 90), (&bids[1], 88), (&bids[2], 71)]).await;
    let agreement =
        |b: &str| json!({ "bid": b, "price_fen": 100_000_000, "minutes": "双方就指标、价格达成一致。", "indicators_kept": true });
    assert_eq!(
        app.post("service", &format!("/challenges/{c}/agreement"), agreement(&bids[0])).await.ok()["state"],
        "negotiating"
    );
    let n = noticed(&app, &c, "service", &bids[1], 100_000_000).await;
    confirmed(&app, &n).await;
    let first = effective(&app, &c, "service", "bidder1").await;
    let second = effective(&app, &c, "service", "bidder2").await;
    let cut = with(meeting(8), json!({ "reason": "检查点排名第二，按约定停止。", "experts": crate::acts::support::judges(3) }));
    assert_eq!(app.post("head", &format!("/contracts/{second}/lane-cut"), cut.clone()).await.ok()["ending"], "lane_cut");
    app.post("head", &format!("/contracts/{first}/lane-cut"), cut).await.refused(409, "last_lane");
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["state"], "in_progress");
}

#[tokio::test]
async fn a_milestone_fails_and_the_contract_is_terminated_or_revoked() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let b = sealed(&app, &c, "bidder1", "u1", "99", true).await;
    close_and_open(&app, &c).await;
    form_checked(&app, &b, true).await;
    reviewed(&app, &c, &[(&b, 90)]).await;
    let n = noticed(&app, &c, "service", &b, 220_000_000).await;
    assert_eq!(app.get("", &format!("/notices/{n}")).await.ok()["single_bid"], true);
    confirmed(&app, &n).await;
    let k = effective(&app, &c, "service", "bidder1").await;
    let m = id(&app.get("bidder1", &format!("/contracts/{k}")).await.ok()["milestones_of"][0]);
    let file = app.upload("bidder1").await;
    let evidence =
        json!({ "report": "节点任务完成情况见附件。", "evidence": [{ "indicator": 1, "value": "90" }], "files": [file] });
    app.post("bidder1", &format!("/milestones/{m}/evidence"), evidence.clone()).await.ok();
    app.post("officer", &format!("/milestones/{m}/escalation"), json!({})).await.refused(409, "poster_still_has_time");
    app.post("service", &format!("/milestones/{m}/dispute"), json!({ "reason": "纯度未达到节点要求" })).await.ok();
    app.post("officer", &format!("/milestones/{m}/rectification"), json!({ "verdict": "请在六十日内整改后重报。" })).await.ok();
    let file = app.upload("bidder1").await;
    app.post("bidder1", &format!("/milestones/{m}/evidence"), with(evidence, json!({ "files": [file] }))).await.ok();
    app.post("service", &format!("/milestones/{m}/confirmation"), json!({})).await.ok();
    app.post("officer", &format!("/milestones/{m}/rectification"), json!({ "verdict": "请在六十日内整改后重报。" }))
        .await
        .refused(409, "rectified_once");
    assert_eq!(
        app.post(
            "checker",
            &format!("/milestones/{m}/failure"),
            json!({ "verdict": "整改后仍未达到节点要求。", "judged": [{ "indicator": 1, "verdict": "not_met" }] })
        )
        .await
        .ok()["state"],
        "failed"
    );
    let ending = with(meeting(8), json!({ "class": "technical", "reason": "客观技术原因，双方已尽责，予以终止。" }));
    assert_eq!(app.post("head", &format!("/contracts/{k}/termination"), ending).await.ok()["state"], "terminated");
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["state"], "terminated");
    let states: Vec<_> = instalments(&app, &k).await.iter().map(|i| i["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        states,
        ["cancelled", "cancelled", "cancelled", "eligible", "cancelled", "cancelled"],
        "what was unlocked stays payable, the rest is dropped"
    );
}

#[tokio::test]
async fn a_route_change_is_filed_and_a_lowered_indicator_is_approved_and_published() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let b = sealed(&app, &c, "bidder1", "u1", "99", true).await;
    close_and_open(&app, &c).await;
    form_checked(&app, &b, true).await;
    reviewed(&app, &c, &[(&b, 90)]).await;
    let n = noticed(&app, &c, "service", &b, 220_000_000).await;
    confirmed(&app, &n).await;
    let k = effective(&app, &c, "service", "bidder1").await;
    let ask = |kind: &str, extra: Value| with(json!({ "kind": kind, "reason": "试验结果表明更优" }), extra);
    let route =
        id(&app.post("bidder1", &format!("/contracts/{k}/changes"), ask("route", json!({ "after": "新方案" }))).await.ok());
    assert_eq!(app.post("bidder1", &format!("/changes/{route}/filing"), json!({})).await.ok()["state"], "effective");
    let lower = id(&app
        .post("bidder1", &format!("/contracts/{k}/changes"), ask("indicator", json!({ "indicator": 1, "value": "98.6" })))
        .await
        .ok());
    app.post("bidder1", &format!("/changes/{lower}/filing"), json!({})).await.refused(409, "change_needs_approval");
    app.post("service", &format!("/changes/{lower}/consent"), json!({})).await.ok();
    app.post("officer", &format!("/changes/{lower}/review"), json!({})).await.ok();
    app.post("checker", &format!("/changes/{lower}/approval"), json!({})).await.refused(409, "change_needs_meeting");
    let decision = with(
        meeting(8),
        json!({ "expert_opinion": "三位专家一致认为调整合理，不影响总体目标。", "experts": crate::acts::support::judges(3) }),
    );
    app.post("head", &format!("/changes/{lower}/collective-approval"), decision).await.ok();
    supplemented(&app, &lower, "service", "bidder1").await;
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["contracts"][0]["thread"][0]["contracted"], "98.6");
    let public: Vec<_> = app.get("", &format!("/challenges/{c}/story")).await.ok()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["kind"].as_str().unwrap().to_owned())
        .collect();
    assert!(public.contains(&"change.supplement".to_owned()) && !public.contains(&"change.filing".to_owned()), "{public:?}");
    let longer =
        id(&app.post("bidder1", &format!("/contracts/{k}/changes"), ask("extension", json!({ "months": 6 }))).await.ok());
    app.post("service", &format!("/changes/{longer}/consent"), json!({})).await.ok();
    app.post("officer", &format!("/changes/{longer}/review"), json!({})).await.ok();
    app.post("checker", &format!("/changes/{longer}/approval"), json!({})).await.ok();
    supplemented(&app, &longer, "service", "bidder1").await;
    app.post("bidder1", &format!("/contracts/{k}/changes"), ask("extension", json!({ "months": 3 })))
        .await
        .refused(409, "extended_once");
}

#[tokio::test]
async fn open_challenges_are_amended_suspended_withdrawn_and_cancelled_by_the_rules() {
    let app = TestApp::new().await;
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    let close = app.get("", &format!("/challenges/{c}")).await.ok()["close_at"].clone();
    let mut changed = need("enterprise_posted", "single");
    app.post("officer", &format!("/challenges/{c}/amendment"), with(changed.clone(), json!({ "reason": "更正附件说明" })))
        .await
        .refused(409, "nothing_changed");
    changed["indicators"][0]["target"] = json!("99");
    let amended = app
        .post("officer", &format!("/challenges/{c}/amendment"), with(changed.clone(), json!({ "reason": "按论证意见提高纯度" })))
        .await
        .ok();
    assert_eq!(amended["edition"], 2);
    let story = app.get("", &format!("/challenges/{c}/story")).await.ok();
    assert_eq!(
        story["items"][0]["changes"],
        json!([{ "path": "indicators.0.target", "before": "98.5", "after": "99" }]),
        "the difference is public"
    );
    app.post("head", &format!("/challenges/{c}/suspension"), json!({ "reason": "核查来信" })).await.ok();
    app.post("bidder1", &format!("/challenges/{c}/bids"), json!({})).await.refused(409, "bidding_suspended");
    app.advance(3);
    let resumed = app.post("head", &format!("/challenges/{c}/resumption"), json!({ "reason": "核查完毕" })).await.ok();
    let moved: jiff::Timestamp = resumed["close_at"].as_str().unwrap().parse().unwrap();
    let was: jiff::Timestamp = close.as_str().unwrap().parse().unwrap();
    assert_eq!(moved.duration_since(was).as_hours(), 72, "bidding closes later by as long as it stood still");
    app.post("officer", &format!("/challenges/{c}/withdrawal"), json!({ "reason": "发榜方要求" }))
        .await
        .refused(409, "withdrawal_not_asked");
    app.post("poster", &format!("/challenges/{c}/withdrawal-request"), json!({ "reason": "企业停产改造" })).await.ok();
    app.post("officer", &format!("/challenges/{c}/withdrawal"), json!({ "reason": "同意撤榜" })).await.ok();
    let c = published(&app, "poster", "enterprise_posted", "single").await;
    app.advance(29);
    changed["indicators"][0]["target"] = json!("99.2");
    app.post("officer", &format!("/challenges/{c}/amendment"), with(changed, json!({ "reason": "再次提高" })))
        .await
        .refused(409, "amend_too_late");
    assert_eq!(
        app.post("head", &format!("/challenges/{c}/cancellation"), json!({ "reason": "政策调整" })).await.ok()["state"],
        "cancelled"
    );
}

/// Two ranked bids of the government track, with the first on public notice.
async fn first_on_notice(app: &TestApp) -> (String, String, String, String) {
    let c = published(app, "service", "government_posted", "single").await;
    let first = sealed(app, &c, "bidder1", "u1", "99", true).await;
    let second = sealed(app, &c, "bidder2", "u2", "98.6", true).await;
    close_and_open(app, &c).await;
    form_checked(app, &first, true).await;
    form_checked(app, &second, true).await;
    reviewed(app, &c, &[(&first, 92), (&second, 85)]).await;
    let n = noticed(app, &c, "service", &first, 220_000_000).await;
    (c, first, second, n)
}

#[tokio::test]
async fn a_winner_disqualified_during_its_notice_makes_way_for_the_next() {
    let app = TestApp::new().await;
    let (c, first, second, n) = first_on_notice(&app).await;
    let decision = with(meeting(6), json!({ "reason": "业绩材料造假，经查证属实。" }));
    assert_eq!(app.post("head", &format!("/bids/{first}/disqualification"), decision).await.ok()["state"], "disqualified");
    assert_eq!(app.get("", &format!("/notices/{n}")).await.ok()["state"], "revoked");
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["state"], "negotiating");
    let n = noticed(&app, &c, "service", &second, 220_000_000).await;
    confirmed(&app, &n).await;
    effective(&app, &c, "service", "bidder2").await;
}

#[tokio::test]
async fn a_winner_disqualified_before_it_signs_makes_way_for_the_next() {
    let app = TestApp::new().await;
    let (c, first, second, n) = first_on_notice(&app).await;
    confirmed(&app, &n).await;
    let decision = with(meeting(6), json!({ "reason": "业绩材料造假，经查证属实。" }));
    app.post("head", &format!("/bids/{first}/disqualification"), decision).await.ok();
    let n = noticed(&app, &c, "service", &second, 220_000_000).await;
    confirmed(&app, &n).await;
    effective(&app, &c, "service", "bidder2").await;
    let states: Vec<_> = app.get("officer", &format!("/challenges/{c}")).await.ok()["contracts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| k["state"].clone())
        .collect();
    assert_eq!(states, ["abandoned", "effective"]);
}

#[tokio::test]
async fn a_lane_that_gives_up_leaves_the_race_to_the_other() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "race").await;
    let mut bids = vec![];
    for (who, org) in [("bidder1", "u1"), ("bidder2", "u2")] {
        let b = id(&app.post(who, &format!("/challenges/{c}/bids"), json!({})).await.ok());
        app.put(who, &format!("/bids/{b}/draft"), json!({ "draft": offer(app.org(org), 100_000_000, 0, "99") })).await.ok();
        app.post(who, &format!("/bids/{b}/seal"), json!({ "agree": true })).await.ok();
        bids.push(b);
    }
    close_and_open(&app, &c).await;
    for b in &bids {
        form_checked(&app, b, true).await;
    }
    reviewed(&app, &c, &[(&bids[0], 90), (&bids[1], 88)]).await;
    let agreement =
        json!({ "bid": bids[0], "price_fen": 100_000_000, "minutes": "双方就指标、价格达成一致。", "indicators_kept": true });
    app.post("service", &format!("/challenges/{c}/agreement"), agreement).await.ok();
    let n = noticed(&app, &c, "service", &bids[1], 100_000_000).await;
    confirmed(&app, &n).await;
    app.post("bidder2", &format!("/bids/{}/forfeiture", bids[1]), json!({ "reason": "负责人调离，无法承担。" })).await.ok();
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["state"], "awarded", "the other lane goes on");
    effective(&app, &c, "service", "bidder1").await;
    let case = app.get("", &format!("/challenges/{c}")).await.ok();
    let states: Vec<_> = case["contracts"].as_array().unwrap().iter().map(|k| k["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!((case["state"].as_str(), states), (Some("in_progress"), vec!["effective".to_owned(), "abandoned".to_owned()]));
}

#[tokio::test]
async fn a_partner_sees_its_bid_once_opened_and_is_named_for_the_conflict_check() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let b = id(&app.post("bidder1", &format!("/challenges/{c}/bids"), json!({})).await.ok());
    let mut offer = offer(app.org("u1"), 200_000_000, 20_000_000, "99");
    offer["members"][0]["work_bp"] = json!(6000);
    offer["members"][0]["money_fen"] = json!(200_000_000);
    let partner = json!({ "uscc": app.org("u2")["uscc"], "name": app.org("u2")["name"], "task": "承担中试放大任务", "work_bp": 4000, "money_fen": 20_000_000 });
    offer["members"].as_array_mut().unwrap().push(partner);
    offer["consortium_agreement"] = json!([app.upload("bidder1").await]);
    app.put("bidder1", &format!("/bids/{b}/draft"), json!({ "draft": offer })).await.ok();
    app.post("bidder1", &format!("/bids/{b}/seal"), json!({ "agree": true })).await.ok();
    app.get("bidder2", &format!("/bids/{b}")).await.problem(404, "missing");
    close_and_open(&app, &c).await;
    assert_eq!(app.get("bidder2", &format!("/bids/{b}")).await.ok()["partners"], json!([app.org("u2")["id"]]));
    app.get("bidder3", &format!("/bids/{b}")).await.problem(404, "missing");
    form_checked(&app, &b, true).await;
    app.post("officer", &format!("/challenges/{c}/panel"), json!({})).await.ok();
    app.post("supervisor", &format!("/challenges/{c}/panel-draw"), crate::support::lot()).await.ok();
    for n in 0..12 {
        let own = app.get(&format!("expert{n}"), "/assignments").await.ok();
        let Some(a) = own["items"].as_array().unwrap().first().map(id) else { continue };
        let page = app.page(&format!("expert{n}"), &format!("/assignments/{a}/acceptance")).await;
        for party in ["u1", "u2", "service"] {
            assert!(page.text().contains(app.org(party)["name"].as_str().unwrap()), "{party} is named");
        }
        return;
    }
    panic!("nobody was invited");
}

#[tokio::test]
async fn numbers_go_on_after_the_thousandth() {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
    let app = TestApp::new().await;
    for number in ["JC-2026-999", "JC-2026-1000"] {
        let c = published(&app, "service", "government_posted", "single").await;
        entity::challenge::Entity::update_many()
            .col_expr(entity::challenge::Column::Number, Expr::val(number))
            .filter(entity::challenge::Column::Id.eq(uuid::Uuid::parse_str(&c).unwrap()))
            .exec(app.app.db.connection())
            .await
            .unwrap();
    }
    let c = published(&app, "service", "government_posted", "single").await;
    assert_eq!(app.get("", &format!("/challenges/{c}")).await.ok()["number"], "JC-2026-1001");
}

#[tokio::test]
async fn what_is_noted_with_a_plain_act_stands_in_the_record() {
    let app = TestApp::new().await;
    let c = published(&app, "service", "government_posted", "single").await;
    let b = sealed(&app, &c, "bidder1", "u1", "99.1", true).await;
    let note = |text: &str| json!({ "note": text });
    app.post("bidder1", &format!("/bids/{b}/replacement"), note("更换一页附图")).await.ok();
    app.post("bidder1", &format!("/bids/{b}/seal"), json!({ "agree": true })).await.ok();
    let close = app.get("officer", &format!("/challenges/{c}")).await.ok()["close_at"].clone();
    app.pass(&close);
    app.post("officer", &format!("/challenges/{c}/opening"), note("经办人到场")).await.ok();
    app.post("supervisor", &format!("/challenges/{c}/opening-confirmation"), note("监督员到场")).await.ok();
    let check = json!({ "stamped": true, "readable": true, "complete": true, "outcome": "valid", "reason": "盖章情况" });
    app.post("officer", &format!("/bids/{b}/form-check"), check).await.ok();
    app.post("checker", &format!("/bids/{b}/validation"), note("复核无误")).await.ok();
    app.post("officer", &format!("/challenges/{c}/panel"), json!({})).await.ok();
    app.post("supervisor", &format!("/challenges/{c}/panel-draw"), crate::support::lot()).await.ok();
    app.post("officer", &format!("/challenges/{c}/review"), note("评审开始")).await.ok();
    let record = app.get("auditor", "/events?limit=500").await.ok().to_string();
    for text in ["更换一页附图", "经办人到场", "监督员到场", "复核无误", "评审开始"] {
        assert!(record.contains(text), "{text}");
    }
}
