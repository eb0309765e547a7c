use super::*;
use crate::domain::words::Lang;
use crate::domain::*;
use jiff::Timestamp;

/// What people have typed to break out of a text: markup of pages and of typesetting, quotes, places of our own sentences,
/// directions, characters beyond the first plane.
pub const HOSTILE: &str = r##"<script>alert(1)</script> #eval("1") *粗* $x$ @ref ] [ \ {title} {minutes} "& 𠮷 €"##;

fn notice() -> Notice {
    let m = Moment { now: "2026-11-27T02:00:00Z".parse().unwrap(), calendar: std::sync::Arc::new(Calendar::seed()) };
    let winner = notice::Winner {
        bid: BidId(uuid::Uuid::nil()),
        org: OrgId(uuid::Uuid::nil()),
        lead: HOSTILE.into(),
        partners: vec!["乙研究院".into()],
        principal_investigator: "张三".into(),
        county_fen: Money::wan(120),
        enterprise_fen: Money::default(),
        self_fen: Money::yuan(1),
        score: None,
    };
    let mut n = Notice {
        id: NoticeId(uuid::Uuid::nil()),
        challenge: ChallengeId(uuid::Uuid::nil()),
        number: Some("交科示〔2026〕1号".into()),
        head: Head::new(NoticeState::Draft, &m, None),
        title: HOSTILE.into(),
        prepared_by: AccountId(uuid::Uuid::nil()),
        winners: vec![winner],
        conclusion: format!("{HOSTILE}\n第二行"),
        period_months: 18,
        single_bid: true,
        minutes: "局会纪〔2026〕9号".into(),
        starts_on: None,
        ends_at: None,
        days_left: None,
        to_revise: false,
        runs: None,
        corrected_from: None,
        days: 5,
        editions: 1,
        letter: None,
    };
    n.take(NoticeAct::Publish, &m).unwrap();
    n
}

fn written(lang: Lang) -> Document {
    let (n, who) = (notice(), Who::new("交城县科学技术局".into(), vec![], vec![]));
    let issue =
        Issue { id: DocumentId(uuid::Uuid::nil()), salt: None, number: n.number.clone(), edition: 1, issuer: who.office.clone() };
    Document::write(&ProposedAward { n: &n, who: &who }, &issue, lang)
}

#[test]
fn a_notice_reads_as_the_office_prints_it_and_what_was_typed_stays_as_typed() {
    let d = written(Lang::Zh);
    assert_eq!(d.body.title, format!("关于“{HOSTILE}”拟中榜结果的公示"));
    assert_eq!((d.body.unit.as_deref(), d.body.date.as_deref()), (Some("交城县科学技术局"), Some("2026年11月27日")));
    let text = d.text();
    assert!(text.contains("公示期为5个工作日，自2026年11月27日发布之次日起计算，至2026年12月4日 24:00止。"), "{text}");
    assert!(text.contains("县级资金：¥1,200,000.00（大写：人民币壹佰贰拾万元整）"), "{text}");
    assert!(!text.contains("企业资金"), "nothing is said of nothing");
    assert_eq!(text.matches(HOSTILE).count(), 4, "title, opening, winner, conclusion: {text}");
}

#[test]
fn both_languages_have_the_same_parts() {
    let shape = |d: &Document| {
        let part = |p: &Part| match p {
            Part::Heading { .. } => "heading".to_owned(),
            Part::Paragraph { .. } => "paragraph".to_owned(),
            Part::Facts { items } => format!("facts {}", items.len()),
            Part::Table { columns, rows, .. } => format!("table {} {}", columns.len(), rows.len()),
            Part::Clause { paragraphs, .. } => format!("clause {}", paragraphs.len()),
        };
        d.body.parts.iter().map(part).collect::<Vec<_>>()
    };
    assert_eq!(shape(&written(Lang::Zh)), shape(&written(Lang::En)));
}

#[test]
fn its_bytes_read_back_and_any_change_is_another_hash() {
    let d = written(Lang::Zh);
    let bytes = d.canonical();
    assert_eq!(serde_json::from_str::<Document>(&bytes).unwrap(), d);
    assert_eq!(d.sha256(), hash::sha256_hex(bytes.as_bytes()));
    let mut other = d.clone();
    other.body.parts.pop();
    assert_ne!(other.sha256(), d.sha256());
    assert_ne!(written(Lang::En).sha256(), d.sha256());
}

#[test]
fn a_contract_gives_every_choice_an_article_and_money_in_characters() {
    let terms = serde_json::from_value::<Terms>(serde_json::json!({
        "contract_kind": "commissioned", "payment_mode": "instalments", "equipment_owner": "bidder", "poster_duties": "提供中试场地。",
        "confidentiality_months": 36, "risk_bidder_bp": 6000, "risk_certifier": "expert_panel", "ip_owner": "joint", "licence_scope": "交城县内",
        "publication_review_days": 30, "acceptance_standard": "按考核指标验收。", "breach": "按日万分之五。", "subcontract_consent": false,
        "settlement": "据实结算。", "dispute": "court",
    }))
    .unwrap();
    let k = contract(Some(terms));
    let who = Who::new("交城县科学技术局".into(), vec![], vec![]);
    let issue = Issue {
        id: DocumentId(uuid::Uuid::nil()),
        salt: None,
        number: Some(k.number.clone()),
        edition: 2,
        issuer: who.office.clone(),
    };
    let d = Document::write(&ContractPaper { k: &k, who: &who }, &issue, Lang::Zh);
    let clauses: Vec<(&str, &str)> = d
        .body
        .parts
        .iter()
        .filter_map(|p| match p {
            Part::Clause { number, title, .. } => Some((number.as_str(), title.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(clauses.len(), 16);
    assert_eq!(clauses[2], ("第三条", "价款和支付"));
    assert_eq!(clauses[15].0, "第十六条");
    let text = d.text();
    for said in [
        "合同价款为¥1,500,000.50（大写：人民币壹佰伍拾万元伍角），支付方式：分期支付。",
        "风险由乙方承担60%，甲方承担40%，由专家组确认。",
        "乙方不得将研究开发工作转让或者委托第三人。",
        "二〇二六年十一月二十七日",
        "40%",
        "¥600,000.20",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

fn contract(terms: Option<Terms>) -> Contract {
    let m = Moment { now: "2026-11-27T02:00:00Z".parse().unwrap(), calendar: std::sync::Arc::new(Calendar::seed()) };
    let at: Timestamp = m.now;
    let mark = |party: &str| Mark {
        party: party.into(),
        by: AccountId(uuid::Uuid::nil()),
        name: "李四".into(),
        at,
        sha256: String::new(),
        paper: None,
        scan: None,
    };
    let signed = ["poster", "bidder", "bureau"].map(mark);
    let node = |name: &str, month, share_bp| OfferedMilestone {
        name: name.into(),
        month,
        share_bp,
        result: "结果".into(),
        county_bp: None,
        cut_point: false,
        after: None,
    };
    let nodes = [node("小试", 6, 4_000), node("中试", 18, 6_000)];
    let body = serde_json::json!({
        "id": uuid::Uuid::nil(), "challenge": uuid::Uuid::nil(), "bid": uuid::Uuid::nil(), "number": "交科榜合〔2026〕1号",
        "head": { "state": "signed", "since": at, "due": null, "version": 1 }, "title": HOSTILE, "poster": uuid::Uuid::nil(),
        "lead": uuid::Uuid::nil(), "partners": [], "principal_investigator": "张三", "enterprise_posted": false, "lump_sum": true,
        "lane": null, "county_fen": 150_000_050, "enterprise_fen": 0, "self_fen": 0, "period_months": 18, "thread": [],
        "milestones": nodes, "terms": terms,
        "agreed": [], "signed": signed, "edition": 1, "starts_on": null, "ends_on": null,
        "extended": false, "registration_no": null, "ending": null, "ending_reason": null, "ending_minutes": null,
    });
    serde_json::from_value(body).unwrap()
}

#[test]
fn every_kind_has_its_name_and_one_sign_of_its_own() {
    let texts = words::Texts::load();
    let mut signs: Vec<&str> = DocumentKind::ALL.iter().map(|k| k.sign()).filter(|s| !s.is_empty()).collect();
    let all = signs.len();
    signs.sort_unstable();
    signs.dedup();
    assert_eq!(signs.len(), all, "two sequences of one sign would give the same number twice");
    for kind in DocumentKind::ALL {
        for lang in Lang::ALL {
            assert!(texts.has(lang, &format!("document.{}", kind.id())), "{kind:?}");
        }
        assert_eq!(DocumentKind::parse(kind.id()), Some(*kind));
        for event in kind.issued_by() {
            assert!(event.starts_with(&format!("{}.", kind.noun().id())), "{event} is no act on what {kind:?} is of");
        }
    }
}
