//! The county's figures and its statistics of R&D: from the ledger and the spending lines, to the fen.
use crate::acts::support::*;
use jiebang::domain::*;
use serde_json::{Value, json};

/// A contract in force whose first county money was paid and received, in 2026.
async fn paid() -> (Stage, ContractId) {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(GOVERNMENT, &[90, 85]).await;
    let first = s.instalments(k).await.remove(3);
    s.pay_county(&first, "bidder1", "u1").await;
    (s, k)
}

async fn spend(s: &Stage, k: ContractId, class: &str, place: &str, wan: i64, n: u8) {
    let raw = json!({
        "spent_on": s.today(), "amount_fen": wan * 1_000_000, "payee": "示例试剂有限公司", "payee_kind": "unit", "purpose": "购买实验用试剂",
        "source": "county", "class": class, "payment_way": "transfer", "voucher": format!("记-{n:04}"), "place": place, "none_of_negative_list": true,
    });
    s.app().record_spending(s.who("bidder1"), k, form(raw)).await.unwrap();
}

#[tokio::test]
async fn everyone_reads_what_was_promised_and_paid_by_year_and_industry_and_it_is_what_the_ledger_says() {
    let (s, k) = paid().await;
    let chain = s.challenge(s.contract(k).await.challenge).await.need.unwrap().chain;
    let all = s.t.get("", "/overview").await.ok();
    let own = s.contract(k).await.self_fen.as_fen();
    let figures = |year: Option<i64>| {
        let mut f = json!({
            "contracts": 1, "promised_county_fen": 200_000_000, "promised_enterprise_fen": 20_000_000, "own_fen": own, "paid_county_fen": 80_000_000,
            "paid_enterprise_fen": 0, "accounted_county_fen": 0, "accounted_enterprise_fen": 0, "returned_county_fen": 0, "returned_enterprise_fen": 0, "leverage_hundredths": (20_000_000 + own) * 100 / 200_000_000,
        });
        match year {
            Some(year) => f["year"] = json!(year),
            None => f["chain"] = json!(chain),
        }
        f
    };
    assert_eq!((all["years"].clone(), all["industries"].clone()), (json!([figures(Some(2026))]), json!([figures(None)])));
    let before = s.t.get("", "/overview?year=2025").await.ok();
    assert_eq!((before["industries"].clone(), before["years"].as_array().unwrap().len()), (json!([]), 1));
    s.t.get("", "/overview?year=gestern").await.refused(422, "out_of_range");
    let page = s.t.page("", "/overview").await;
    assert!(page.text().contains("2,000,000.00") && page.text().contains("role=\"img\""), "the figures stand beside the picture");
    let file = s.t.page("", "/overview?format=csv").await;
    assert!(file.text().contains("2026,1,2000000,200000,"), "{}", file.text());
    // A payment that the bank returns is not paid any more.
    let second = s.instalments(k).await.remove(0);
    s.pass_milestone(k, 1, GOVERNMENT, 0).await;
    s.request(&second, "bidder1", "u1").await;
    s.app().pay_enterprise(s.who("service"), second.id, s.payment(&second)).await.unwrap();
    let paid = async || s.t.get("", "/overview").await.ok()["all"]["paid_enterprise_fen"].as_i64().unwrap();
    assert_eq!(paid().await, second.amount_fen.as_fen());
    s.app().bounce_payment(s.who("service"), second.id, reason()).await.unwrap();
    assert_eq!(paid().await, 0);
}

#[tokio::test]
async fn research_is_counted_where_it_is_spent_and_what_is_handed_on_is_not() {
    let (s, k) = paid().await;
    for (class, place, wan, n) in [
        ("materials", "in_county", 3, 1),
        ("materials", "outside", 4, 2),
        ("labour", "outside", 5, 3),
        ("outsourcing", "in_county", 6, 4),
    ] {
        spend(&s, k, class, place, wan, n).await;
    }
    let year = date_of(s.now()).year();
    let path = format!("/statistics/rd?year={year}");
    let told = s.t.get("head", &path).await.ok();
    let wan = |n: i64| json!(n * 1_000_000);
    let line = |class: &str, total: i64, inside: i64| json!({ "class": class, "sources_fen": [total * 1_000_000, 0, 0], "total_fen": wan(total), "county_home_fen": wan(inside), "county_others_fen": 0 });
    assert_eq!(told["items"], json!([line("materials", 7, 3), line("labour", 5, 0)]));
    assert_eq!((told["external_fen"].clone(), told["total"]["total_fen"].clone()), (wan(6), wan(12)));
    assert_eq!(told["commissioned"], json!([]), "the county's own centre posted it; nothing of the firm's was paid yet");
    let last = s.t.get("head", &format!("/statistics/rd?year={}", year - 1)).await.ok();
    assert_eq!((last["items"].clone(), last["external_fen"].clone()), (json!([]), json!(0)));
    let mine = s.t.get("bidder1", &path).await.ok();
    assert_eq!((mine["items"].clone(), mine["unit"].is_string()), (told["items"].clone(), true));
    for (who, other) in [("bidder2", json!([])), ("poster", json!([]))] {
        assert_eq!(s.t.get(who, &path).await.ok()["items"], other, "{who} reads its own alone");
    }
    s.t.get("", &path).await.problem(401, "sign-in");
    s.t.get("expert0", &path).await.problem(404, "missing");
    assert!(s.t.page("finance", &path).await.text().contains("120,000.00"));
}

#[tokio::test]
async fn what_a_firm_paid_its_developer_counts_for_four_fifths_once_the_contract_is_registered() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_effective(ENTERPRISE, &[90, 85]).await;
    s.pass_milestone(k, 1, ENTERPRISE, 0).await;
    let first = s.instalments(k).await.remove(0);
    s.pay_firm(&first, "poster", 0).await;
    let path = format!("/statistics/rd?year={}", date_of(s.now()).year());
    let one = async |who: &str| -> Value { s.t.get(who, &path).await.ok()["commissioned"].clone() };
    let paid = first.amount_fen.as_fen();
    let told = one("poster").await;
    assert_eq!(
        (told[0]["paid_fen"].clone(), told[0]["registered_fen"].clone(), told[0]["deductible_fen"].clone()),
        (json!(paid), json!(0), json!(0))
    );
    let raw = json!({
        "registration_no": "2026140000000001", "registered_on": s.today(), "place": "山西省技术市场管理中心（示例）",
        "total_fen": s.contract(k).await.award(), "technical_fen": s.contract(k).await.award(),
    });
    s.app().register_contract(s.who("bidder1"), k, form(raw)).await.unwrap();
    assert_eq!(one("head").await[0]["deductible_fen"], json!(paid * 8 / 10));
    assert_eq!(one("poster2").await, json!([]));
}
