//! Each red flag on a whole case: what raises it, and what nearly does and does not.
use crate::acts::support::*;
use jiebang::app::{Page, flags::told_of};
use jiebang::domain::flag::{self, Award, Facts, Mark, Origin, Supplied, Told};
use jiebang::domain::*;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// So many different things of some other case, a minute apart.
fn reads(n: u128, c: &Challenge) -> Vec<flag::Reads> {
    let one = |k: u128| flag::Reads {
        actor: AccountId(uuid::Uuid::from_u128(7)),
        name: "某人".into(),
        role: "officer".into(),
        at: c.head.since + SignedDuration::from_mins(i64::try_from(k).unwrap()),
        subject: uuid::Uuid::from_u128(k + 1),
        challenge: None,
    };
    (0..n).map(one).collect()
}

/// A case carried to its first payment, with nothing to ask about; each test changes one thing.
struct Case {
    challenge: Challenge,
    bids: Vec<Bid>,
    offers: BTreeMap<BidId, Offer>,
    assignments: Vec<Assignment>,
    notices: Vec<Notice>,
    objections: Vec<Objection>,
    contracts: Vec<Contract>,
    milestones: Vec<Milestone>,
    instalments: Vec<Instalment>,
    told: Vec<Told>,
    awards: Vec<Award>,
    supplied: Vec<Supplied>,
    orgs: BTreeMap<OrgId, String>,
    people: BTreeMap<AccountId, String>,
    marks: Vec<Mark>,
    origins: Vec<Origin>,
    reads: Vec<flag::Reads>,
    m: Moment,
}

impl Case {
    async fn whole() -> Self {
        let s = Stage::new().await;
        let (c, bids, k) = s.to_effective(GOVERNMENT, &[90, 85, 80]).await;
        let county =
            s.instalments(k).await.into_iter().find(|i| i.is_fiscal() && i.trigger == Trigger::ContractEffective).unwrap();
        s.request(&county, "bidder1", "u1").await;
        s.app().check_payment(s.who("officer"), county.id, plain()).await.unwrap();
        s.app().approve_payment(s.who("head"), county.id, s.budget()).await.unwrap();
        s.set_clock(s.now() + SignedDuration::from_hours(24 * 5));
        s.app().pay_fiscal(s.who("finance"), county.id, s.payment(&county)).await.unwrap();
        let challenge = s.challenge(c).await;
        let mut offers = BTreeMap::new();
        for (n, id) in bids.iter().enumerate() {
            let b = s.bid(*id).await;
            let read = s.app().offer(s.who("auditor"), &b, &challenge).await.unwrap().unwrap();
            let mut offer = read.whole().unwrap();
            // Three teams that wrote for themselves and asked each its own price.
            for text in
                [&mut offer.understanding, &mut offer.route, &mut offer.innovation, &mut offer.plan_b, &mut offer.test_plan]
            {
                *text = own_words(n);
            }
            for text in [&mut offer.team_text, &mut offer.base_text, &mut offer.estimate_note, &mut offer.landing_plan] {
                *text = own_words(n);
            }
            offer.county_fen = Money::fen(offer.county_fen.as_fen() - 12_345_678 * i64::try_from(n).unwrap());
            offers.insert(*id, offer);
        }
        let told = s.app().record(s.who("auditor"), &[], 0, 1000).await.unwrap();
        let mut told: Vec<Told> = told.iter().filter(|e| e.challenge == Some(c)).map(told_of).collect();
        // Panels were typed in on the way here: that is a flag of its own.
        for t in told.iter_mut().filter_map(|t| t.facts.as_object_mut()) {
            t.remove("typed_panels");
        }
        let mut case = Self {
            offers,
            assignments: s.assignments(c).await,
            notices: s.notices(c).await,
            objections: vec![],
            contracts: s.contracts(c).await,
            milestones: s.milestones(k).await,
            instalments: s.instalments(k).await,
            told,
            awards: vec![],
            supplied: vec![],
            orgs: BTreeMap::new(),
            people: BTreeMap::new(),
            marks: vec![],
            origins: vec![],
            reads: vec![],
            m: s.app().glance().await.unwrap(),
            bids: vec![],
            challenge,
        };
        for id in bids {
            case.bids.push(s.bid(id).await);
        }
        let orgs = s.app().organisations(s.who("admin"), &[], Page::first(100)).await.unwrap();
        case.orgs = orgs.items.into_iter().map(|o| (o.id, o.name)).collect();
        case.awards.push(Award::of(&case.challenge, &case.notices[0]));
        // The meetings of this stage all sit on one day; this one sat when the panel had reported.
        let report = case.told.iter().find(|t| t.kind == "challenge.panel-report").unwrap().at;
        case.challenge.award.as_mut().unwrap().held_on = date_of(report).to_string();
        // One officer takes every officer's step here: the rule's number stands above that.
        case.challenge.rules.flag_officer_steps = 40;
        case
    }

    fn flags(&self) -> Vec<Flag> {
        let whole = |(id, o): (&BidId, &Offer)| (*id, Readable::Whole(Box::new(o.clone())));
        let offers: BTreeMap<BidId, Readable> = self.offers.iter().map(whole).collect();
        flag::of(&Facts {
            challenge: &self.challenge,
            bids: &self.bids,
            offers: &offers,
            assignments: &self.assignments,
            notices: &self.notices,
            objections: &self.objections,
            contracts: &self.contracts,
            milestones: &self.milestones,
            instalments: &self.instalments,
            acceptances: &[],
            told: &self.told,
            awards: &self.awards,
            supplied: &self.supplied,
            orgs: &self.orgs,
            people: &self.people,
            marks: &self.marks,
            origins: &self.origins,
            reads: &self.reads,
            m: &self.m,
        })
    }
    fn raised(&self) -> BTreeSet<&'static str> {
        self.flags().iter().map(|f| f.kind.id()).collect()
    }
    fn need(&mut self) -> &mut Need {
        self.challenge.need.as_mut().unwrap()
    }
    fn told(&mut self, kind: &str, subject: uuid::Uuid, at: Timestamp) -> &mut Told {
        let seq = self.told.last().map_or(0, |t| t.seq) + 1;
        let (actor, name) = (AccountId(uuid::Uuid::from_u128(1)), "张示例".to_owned());
        let facts = json!({});
        self.told.push(Told {
            seq,
            at,
            kind: kind.into(),
            subject,
            org: None,
            actor,
            name,
            role: "officer".into(),
            changes: vec![],
            facts,
        });
        self.told.last_mut().unwrap()
    }
}

/// Words that no other team has.
fn own_words(team: usize) -> String {
    let base = u32::try_from(0x4e00 + team * 0x400).unwrap();
    (0..200).filter_map(|n| char::from_u32(base + n * 3)).collect()
}

/// Says what a change raises, and then what the near miss does.
macro_rules! raises {
    ($($name:ident raises $kind:literal: |$c:ident| $change:block, not |$d:ident| $near:block)*) => { $(
        #[tokio::test]
        async fn $name() {
            let mut case = Case::whole().await;
            assert_eq!(case.raised(), BTreeSet::new(), "an orderly case");
            { let $c = &mut case; $change }
            assert_eq!(case.raised(), BTreeSet::from([$kind]));
            let evidence = &case.flags()[0].evidence;
            assert!(!evidence.is_empty());
            let (flag, rules) = (&case.flags()[0], &case.challenge.rules);
            assert_eq!(flag.threshold.as_ref().map(|(n, f)| (n.as_str(), f.clone())), flag.kind.threshold(rules));
            let mut case = Case::whole().await;
            { let $d = &mut case; $near }
            assert_eq!(case.raised(), BTreeSet::new(), "a near miss");
        }
    )* };
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

raises! {
    one_valid_bid_is_told raises "single_bid": |c| {
        for b in &mut c.bids[1..] { b.head.state = BidState::FormRejected; }
        c.offers.retain(|id, _| *id == c.bids[0].id);
    }, not |c| { c.bids[2].head.state = BidState::FormRejected; }

    a_panel_typed_in_from_paper_is_told raises "typed_panel": |c| {
        let (id, at) = (c.challenge.id.0, c.challenge.published_at.unwrap());
        c.told("challenge.acceptance-for-listing", id, at).facts =
            json!({ "typed_panels": [{ "members": 3, "behind": 2, "scan": [id] }] });
    }, not |c| {
        let (id, at) = (c.challenge.id.0, c.challenge.published_at.unwrap());
        c.told("challenge.acceptance-for-listing", id, at);
    }

    a_window_of_few_working_days_is_told raises "short_window": |c| {
        c.challenge.rules.flag_window_workdays = 21;
        c.challenge.close_at = Some(c.challenge.published_at.unwrap() + DAY * 26);
    }, not |c| {
        let days = c.m.calendar.remaining(date_of(c.challenge.published_at.unwrap()), date_of(c.challenge.close_at.unwrap()));
        c.challenge.rules.flag_window_workdays = days;
    }

    an_amendment_near_the_close_is_told raises "late_amendment": |c| {
        let (id, close) = (c.challenge.id.0, c.challenge.close_at.unwrap());
        c.told("challenge.amendment", id, close - DAY * 14).changes =
            vec![Change { path: "contact_name".into(), before: "甲".into(), after: "乙".into() }];
    }, not |c| {
        let (id, close) = (c.challenge.id.0, c.challenge.close_at.unwrap());
        c.told("challenge.amendment", id, close - DAY * 15);
    }

    a_substantial_amendment_is_told_whatever_its_time raises "substantial_amendment": |c| {
        let (id, from) = (c.challenge.id.0, c.challenge.published_at.unwrap());
        c.told("challenge.amendment", id, from + DAY).changes =
            vec![Change { path: "county_fen".into(), before: "120000000".into(), after: "900000000".into() }];
    }, not |c| {
        let (id, from) = (c.challenge.id.0, c.challenge.published_at.unwrap());
        c.told("challenge.amendment-release", id, from + DAY).changes =
            vec![Change { path: "contact_phone".into(), before: "13800000000".into(), after: "13900000000".into() }];
    }

    a_close_moved_is_told raises "deadline_moved": |c| {
        let (id, from, close) = (c.challenge.id.0, c.challenge.published_at.unwrap(), c.challenge.close_at.unwrap());
        c.told("challenge.amendment", id, from + DAY).changes =
            vec![Change { path: "close_at".into(), before: (close - DAY).to_string(), after: close.to_string() }];
    }, not |c| {
        let (id, from) = (c.challenge.id.0, c.challenge.published_at.unwrap());
        c.told("challenge.amendment", id, from + DAY).changes =
            vec![Change { path: "title".into(), before: "甲".into(), after: "乙".into() }];
    }

    the_second_relisting_is_told raises "repeated_relisting": |c| { c.challenge.relists = 2; }, not |c| { c.challenge.relists = 1; }

    a_third_award_of_one_poster_is_told raises "same_winner": |c| {
        let own = c.awards[0].clone();
        for n in 1..=2 {
            c.awards.push(Award { challenge: ChallengeId(uuid::Uuid::from_u128(n)), field: "110".into(), at: own.at - DAY * 300, ..own.clone() });
        }
    }, not |c| {
        let own = c.awards[0].clone();
        c.awards.push(Award { challenge: ChallengeId(uuid::Uuid::from_u128(1)), at: own.at - DAY * 300, ..own.clone() });
        c.awards.push(Award { challenge: ChallengeId(uuid::Uuid::from_u128(2)), at: own.at - DAY * 800, ..own.clone() });
    }

    a_price_near_the_ceiling_is_told raises "near_ceiling": |c| {
        c.challenge.agreed[0].price_fen = Money::fen(247_000_000);
    }, not |c| { c.challenge.agreed[0].price_fen = Money::fen(246_999_999); }

    an_expert_far_from_the_median_is_told raises "outlier_reviewer": |c| {
        c.assignments[0].outlying = vec![c.bids[0].id];
    }, not |c| { (c.assignments[0].outlying, c.assignments[0].round) = (vec![c.bids[0].id], 9); }

    a_result_that_hangs_on_one_expert_is_told raises "hangs_on_one": |c| {
        let other = c.bids[1].id;
        c.challenge.analysis.as_mut().unwrap().without[2] = Some(other);
    }, not |c| { c.challenge.analysis = None; }

    an_award_past_the_first_rank_is_told raises "award_not_first": |c| {
        c.challenge.agreed[0].bid = c.bids[1].id;
    }, not |c| {
        c.challenge.agreed[0].bid = c.bids[1].id;
        c.challenge.ranking[0].qualified = false;
    }

    a_panel_replaced_by_more_than_a_third_is_told raises "experts_replaced": |c| {
        let panel = c.challenge.panel.as_mut().unwrap();
        panel.called = panel.seats + 2;
    }, not |c| {
        let panel = c.challenge.panel.as_mut().unwrap();
        panel.called = panel.seats + 1;
    }

    a_contract_that_asks_less_than_was_promised_is_told raises "contract_weaker": |c| {
        c.contracts[0].thread[0].contracted = Some("98.9".parse().unwrap());
    }, not |c| { c.contracts[0].thread[0].contracted = Some("99".parse().unwrap()); }

    money_paid_before_its_condition_was_met_is_told raises "paid_before_accepted": |c| {
        let i = c.instalments.iter_mut().find(|i| i.is_paid()).unwrap();
        i.paid_on = Some(date_of(i.unlocked_at.unwrap() - DAY).to_string());
    }, not |c| {
        let i = c.instalments.iter_mut().find(|i| i.is_paid()).unwrap();
        i.paid_on = Some(date_of(i.unlocked_at.unwrap()).to_string());
    }

    a_payment_within_a_day_is_told raises "fast_payment": |c| {
        let id = c.instalments.iter().find(|i| i.is_paid()).unwrap().id.0;
        let asked = c.told.iter().find(|t| t.kind == "instalment.request" && t.subject == id).unwrap().at;
        c.told.iter_mut().find(|t| t.kind == "instalment.fiscal-payment").unwrap().at = asked + SignedDuration::from_mins(40);
    }, not |c| {
        let id = c.instalments.iter().find(|i| i.is_paid()).unwrap().id.0;
        let asked = c.told.iter().find(|t| t.kind == "instalment.request" && t.subject == id).unwrap().at;
        c.told.iter_mut().find(|t| t.kind == "instalment.fiscal-payment").unwrap().at = asked + DAY * 4;
    }

    a_payment_past_the_rules_days_is_told raises "slow_payment": |c| {
        let t = c.told.iter_mut().find(|t| t.kind == "instalment.fiscal-payment").unwrap();
        t.at += DAY * 21;
    }, not |c| {
        c.challenge.rules.payment_days = 3;
        c.challenge.rules.payment_check_days = 2;
    }

    one_person_on_too_many_steps_is_told raises "one_officer": |c| {
        let mut steps: BTreeMap<AccountId, BTreeSet<&str>> = BTreeMap::new();
        for t in &c.told { steps.entry(t.actor).or_default().insert(&t.kind); }
        let bureau = |id: &AccountId| c.told.iter().any(|t| t.actor == *id && t.role == "officer");
        c.challenge.rules.flag_officer_steps = steps.iter().filter(|(id, _)| bureau(id)).map(|(_, k)| k.len()).max().unwrap() - 1;
    }, not |c| {
        let mut steps: BTreeMap<AccountId, BTreeSet<&str>> = BTreeMap::new();
        for t in &c.told { steps.entry(t.actor).or_default().insert(&t.kind); }
        c.challenge.rules.flag_officer_steps = steps.values().map(BTreeSet::len).max().unwrap();
    }

    reading_much_in_an_hour_is_told raises "unusual_reading": |c| {
        c.reads = reads(11, &c.challenge);
        c.reads[0].challenge = Some(c.challenge.id);
    }, not |c| {
        // As much over two hours, by two people, or of other cases.
        c.reads = reads(10, &c.challenge);
        c.reads[0].challenge = Some(c.challenge.id);
        let mut later = c.reads[1].clone();
        (later.at, later.subject) = (later.at + SignedDuration::from_hours(2), uuid::Uuid::from_u128(99));
        let mut other = reads(11, &c.challenge);
        other.iter_mut().for_each(|r| r.actor = AccountId(uuid::Uuid::from_u128(8)));
        c.reads.extend(other.into_iter().chain([later]));
    }

    a_stake_just_under_the_larger_panel_is_told raises "under_threshold": |c| {
        c.need().stake_fen = Money::fen(299_000_000);
    }, not |c| { c.need().stake_fen = Money::fen(300_000_000); }

    minutes_before_the_panels_report_are_told raises "decided_early": |c| {
        let report = c.told.iter().find(|t| t.kind == "challenge.panel-report").unwrap().at;
        c.challenge.award.as_mut().unwrap().held_on = date_of(report - DAY).to_string();
    }, not |c| {
        let report = c.told.iter().find(|t| t.kind == "challenge.panel-report").unwrap().at;
        c.challenge.award.as_mut().unwrap().held_on = date_of(report).to_string();
    }

    a_brand_in_an_indicator_is_told raises "tailor_made": |c| {
        c.need().indicators[0].conditions = Some("须采用某品牌X200型号设备".into());
    }, not |c| { c.need().indicators[0].conditions = Some("常温常压，连续运行72小时".into()); }

    conditions_that_shut_out_are_told raises "tailor_made": |c| {
        c.need().bidder_conditions = Some("须为本县注册企业，项目负责人年龄不超过45周岁".into());
    }, not |c| { c.need().bidder_conditions = Some("具有同类中试装置的运行经验".into()); }

    a_supplier_named_in_the_conditions_is_told raises "tailor_made": |c| {
        let name = c.orgs[&c.bids[0].org].clone();
        c.need().bidder_conditions = Some(format!("与{name}有合作基础"));
    }, not |c| {
        let name = c.orgs[&c.challenge.org].clone();
        c.need().bidder_conditions = Some(format!("成果在{name}示范"));
    }

    an_intended_bidder_is_told raises "tailor_made": |c| {
        c.need().intended_bidder = true;
        c.need().intended_bidder_name = Some("示例大学".into());
    }, not |c| { c.need().intended_bidder_name = Some("示例大学".into()); }

    indicators_of_a_suppliers_earlier_contract_are_told raises "tailor_made": |c| {
        let k = &c.contracts[0];
        let before = (ContractId(uuid::Uuid::from_u128(1)), ChallengeId(uuid::Uuid::from_u128(2)));
        c.supplied = vec![Supplied { contract: before.0, challenge: before.1, number: "旧-1".into(), lead: k.lead, thread: k.thread.clone() }];
    }, not |c| {
        let k = &c.contracts[0];
        let mut thread = k.thread.clone();
        thread.pop();
        let before = (ContractId(uuid::Uuid::from_u128(1)), ChallengeId(uuid::Uuid::from_u128(2)));
        c.supplied = vec![Supplied { contract: before.0, challenge: before.1, number: "旧-1".into(), lead: k.lead, thread }];
    }

    the_one_bid_that_promises_exactly_the_published_values_is_told raises "tailor_made": |c| {
        let targets: Vec<Quantity> = c.need().indicators.iter().map(|i| i.target.unwrap()).collect();
        for p in &mut c.offers.get_mut(&c.bids[1].id).unwrap().promises { p.value = targets[usize::try_from(p.indicator).unwrap() - 1]; }
    }, not |c| {
        let targets: Vec<Quantity> = c.need().indicators.iter().map(|i| i.target.unwrap()).collect();
        for b in 0..2 {
            for p in &mut c.offers.get_mut(&c.bids[b].id).unwrap().promises { p.value = targets[usize::try_from(p.indicator).unwrap() - 1]; }
        }
    }

    files_of_one_author_in_two_bids_are_told raises "collusion": |c| {
        for b in &c.bids[..2] {
            c.marks.push(Mark { bid: b.id, file: FileId(b.id.0), name: "author", value: "李明".into() });
        }
    }, not |c| {
        for b in &c.bids[..2] {
            c.marks.push(Mark { bid: b.id, file: FileId(b.id.0), name: "producer", value: "WPS".into() });
        }
        c.marks.push(Mark { bid: c.bids[2].id, file: FileId(c.bids[2].id.0), name: "author", value: "李明".into() });
    }

    bids_sealed_from_one_machine_are_told raises "collusion": |c| {
        for b in &c.bids[..2] {
            c.origins.push(Origin { bid: b.id, address: "10.0.0.7".into(), agent: "甲".into(), at: c.m.now });
        }
    }, not |c| {
        for (n, b) in c.bids.iter().enumerate() {
            c.origins.push(Origin { bid: b.id, address: format!("10.0.0.{n}"), agent: "甲".into(), at: c.m.now });
        }
    }

    nearly_the_same_words_are_told raises "collusion": |c| {
        let copied = c.offers[&c.bids[0].id].clone();
        let o = c.offers.get_mut(&c.bids[1].id).unwrap();
        (o.route, o.understanding, o.innovation, o.plan_b, o.test_plan) = (copied.route, copied.understanding, copied.innovation, copied.plan_b, copied.test_plan);
        (o.team_text, o.base_text, o.estimate_note, o.landing_plan) = (copied.team_text, copied.base_text, copied.estimate_note, copied.landing_plan + "另加一句");
    }, not |c| {
        let copied = c.offers[&c.bids[0].id].understanding.chars().take(60).collect::<String>();
        c.offers.get_mut(&c.bids[1].id).unwrap().understanding = copied;
    }

    the_same_price_to_the_fen_is_told raises "collusion": |c| {
        let price = c.offers[&c.bids[0].id].county_fen;
        c.offers.get_mut(&c.bids[1].id).unwrap().county_fen = price;
    }, not |c| {
        let price = c.offers[&c.bids[0].id].county_fen;
        c.offers.get_mut(&c.bids[1].id).unwrap().county_fen = Money::fen(price.as_fen() - Money::wan(1).as_fen());
    }
}

#[tokio::test]
async fn an_objection_that_was_upheld_is_told_and_one_dismissed_is_not() {
    let s = Stage::new().await;
    for (act, kinds) in [("dismiss", vec![]), ("uphold", vec!["objection_upheld"])] {
        let (c, _, n) = s.to_notice(ENTERPRISE, &[90, 85, 80]).await;
        let o = s.object(n, s.who("bidder2")).await;
        s.app().accept_objection(s.who("checker"), o, plain()).await.unwrap();
        s.examine(o).await;
        let effect = (act == "uphold").then_some("next_rank");
        s.app().decide_objection(s.who("head"), o, Stage::ruling(act, effect)).await.unwrap();
        let case = s.app().case_flags(s.who("supervisor"), c).await.unwrap();
        let raised: Vec<&str> = case.standings.iter().map(|x| x.flag.kind.id()).filter(|k| k.starts_with("objection")).collect();
        assert_eq!(raised, kinds, "{act}");
    }
}

#[test]
fn a_flags_hash_changes_with_its_evidence_and_with_nothing_else() {
    let of = |n: i64| Flag {
        kind: FlagKind::SingleBid,
        subject: uuid::Uuid::nil(),
        threshold: None,
        evidence: vec![flag::Evidence::new("only_bid").number("opened", n)],
    };
    assert_eq!(of(1).sha256(), of(1).sha256());
    assert_ne!(of(1).sha256(), of(2).sha256());
    let other = Flag { threshold: Some(("x".into(), flag::Fact::Number(1))), ..of(1) };
    assert_eq!(other.sha256(), of(1).sha256(), "the rule's number alone brings nothing back");
}

#[test]
fn reading_is_unusual_from_more_than_the_rules_number_of_things_in_one_hour() {
    let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
    let read = |n: u128, minutes: i64| flag::Reads {
        actor: AccountId(uuid::Uuid::from_u128(1)),
        name: "甲".into(),
        role: "officer".into(),
        at: at(minutes),
        subject: uuid::Uuid::from_u128(n),
        challenge: None,
    };
    let rules = RuleSet { flag_reads_hour: 3, ..RuleSet::default() };
    let four: Vec<_> = (0..4).map(|n| read(n, i64::try_from(n).unwrap() * 20)).collect();
    assert_eq!(flag::unusual(&four, &rules).iter().map(|u| (u.count, u.at)).collect::<Vec<_>>(), vec![(4, at(0))]);
    let slow: Vec<_> = (0..4).map(|n| read(n, i64::try_from(n).unwrap() * 21)).collect();
    assert_eq!(flag::unusual(&slow, &rules).len(), 0, "four in an hour and three minutes");
    let same: Vec<_> = (0..9).map(|n| read(7, n)).collect();
    assert_eq!(flag::unusual(&same, &rules).len(), 0, "one thing read again and again");
}
