//! People can say no: at the screening, in the meeting, and whoever is the second of two; each with a reason (domain 11.3).
use super::support::{ENTERPRISE, GOVERNMENT, Stage, form, meeting, need, plain, reason, told};
use crate::support::roll;
use jiebang::domain::forms::{MeetingDeferral, MeetingRefusal, Reason, ReturnNeed};
use jiebang::domain::life::Life;
use jiebang::domain::{BidState, ChallengeId, ChallengeState as S, Role, lives};
use jiebang::web::acts::ACTS;
use serde_json::{Value, json};

fn no(more: Value) -> MeetingRefusal {
    let mut raw = json!({ "reason": "与本县产业方向不符，本年度不安排。", "attendance": against() });
    raw.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    meeting(raw)
}

fn later(on: &str) -> MeetingDeferral {
    meeting(json!({ "reason": "资金来源尚待落实，下次会议再议。", "comes_again_on": on, "attendance": against() }))
}

/// The same members; one is for it.
fn against() -> Value {
    let mut all = roll();
    for row in all.as_array_mut().unwrap().iter_mut().skip(1).filter(|r| r["vote"] == "for") {
        row["vote"] = json!("against");
    }
    all
}

async fn state(s: &Stage, c: ChallengeId) -> S {
    s.challenge(c).await.head.state
}

/// Proposed by one officer, confirmed by the checker; the poster is told why and asks once for another look, by another officer.
#[tokio::test]
async fn a_need_is_refused_by_two_and_looked_at_again_once_by_another() {
    let s = Stage::new().await;
    let c = s.to_submitted("poster", need(ENTERPRISE, "single")).await;
    let (officer, checker, poster) = (s.who("officer"), s.who("checker"), s.who("poster"));
    assert_eq!(told(s.app().confirm_refusal(checker, c, plain()).await), "refusal_first");
    s.app().propose_refusal(officer, c, reason()).await.unwrap();
    assert_eq!(state(&s, c).await, S::Submitted, "nothing holds before it is confirmed");
    assert_eq!(s.t.get("poster", &format!("/challenges/{c}")).await.ok()["answers"]["refusal_proposed"], Value::Null);
    s.app().confirm_refusal(checker, c, plain()).await.unwrap();
    assert_eq!(state(&s, c).await, S::Declined);
    let seen = s.t.get("poster", &format!("/challenges/{c}")).await.ok();
    assert_eq!(seen["answers"]["refused"][0]["reason"], reason().reason);
    assert_eq!(told(s.app().close_declined(s.who("officer2"), c, plain()).await), "poster_may_ask_again");
    s.app().look_again(poster, c, reason()).await.unwrap();
    let screening = Stage::screening;
    assert_eq!(told(s.app().screen_challenge(officer, c, screening()).await), "the same person took the step before");
    assert_eq!(told(s.app().propose_refusal(officer, c, reason()).await), "the same person took the step before");
    s.app().propose_refusal(s.who("officer2"), c, reason()).await.unwrap();
    s.app().confirm_refusal(checker, c, plain()).await.unwrap();
    assert_eq!(told(s.app().look_again(poster, c, reason()).await), "looked_again");
    s.app().close_declined(officer, c, plain()).await.unwrap();
    assert_eq!(state(&s, c).await, S::Rejected);
    assert_eq!(s.verified().await, Ok(()));
}

/// In silence it is closed once the time is over, and not before; the poster can't ask then.
#[tokio::test]
async fn who_does_not_ask_in_time_is_closed() {
    let s = Stage::new().await;
    let c = s.to_submitted("poster", need(ENTERPRISE, "single")).await;
    s.app().propose_refusal(s.who("officer"), c, reason()).await.unwrap();
    s.app().confirm_refusal(s.who("checker"), c, plain()).await.unwrap();
    s.set_clock(s.challenge(c).await.head.due.unwrap());
    assert_eq!(told(s.app().look_again(s.who("poster"), c, reason()).await), "look_again_too_late");
    s.app().close_declined(s.who("officer2"), c, plain()).await.unwrap();
    assert_eq!(state(&s, c).await, S::Rejected);
}

/// The checker sends a screening and a form check back to whoever prepared it, who is told why and prepares again.
#[tokio::test]
async fn the_checker_sends_a_screening_and_a_form_check_back() {
    let s = Stage::new().await;
    let (officer, checker) = (s.who("officer"), s.who("checker"));
    let c = s.to_submitted("poster", need(ENTERPRISE, "single")).await;
    assert_eq!(told(s.app().return_screening(checker, c, reason()).await), "screening_first");
    s.app().screen_challenge(officer, c, Stage::screening()).await.unwrap();
    s.app().return_screening(checker, c, reason()).await.unwrap();
    let path = format!("/challenges/{c}");
    assert_eq!(s.t.get("officer", &path).await.ok()["answers"]["sent_back"]["reason"], reason().reason);
    assert_eq!(s.t.get("poster", &path).await.ok()["answers"]["sent_back"], Value::Null, "it is between the two of them");
    assert_eq!(told(s.app().pass_screening(checker, c, plain()).await), "screening_first");
    s.app().propose_refusal(officer, c, reason()).await.unwrap();
    s.app().return_screening(checker, c, reason()).await.unwrap();
    s.app().screen_challenge(officer, c, Stage::screening()).await.unwrap();
    s.app().pass_screening(checker, c, plain()).await.unwrap();
    assert_eq!(state(&s, c).await, S::Appraisal);

    let (_, bids) = s.to_opened(GOVERNMENT, "single", 1).await;
    let check = || form(json!({ "stamped": true, "readable": true, "complete": true, "outcome": "valid" }));
    assert_eq!(told(s.app().return_form_check(checker, bids[0], reason()).await), "form_check_first");
    s.app().check_bid_form(officer, bids[0], check()).await.unwrap();
    s.app().return_form_check(checker, bids[0], reason()).await.unwrap();
    let path = format!("/bids/{}", bids[0]);
    assert_eq!(s.t.get("officer", &path).await.ok()["sent_back"]["note"], reason().reason);
    assert!(s.t.get("bidder1", &path).await.ok().get("sent_back").is_none());
    assert_eq!(told(s.app().validate_bid(checker, bids[0], plain()).await), "form_check_first");
    s.app().check_bid_form(officer, bids[0], check()).await.unwrap();
    s.app().validate_bid(checker, bids[0], plain()).await.unwrap();
    assert_eq!(s.bid(bids[0]).await.head.state, BidState::Valid);
    assert_eq!(s.verified().await, Ok(()));
}

/// A resubmission without a change says so to officer and checker, on page and API; after two returns it is yes or a reasoned no.
#[tokio::test]
async fn a_resubmission_without_a_change_says_so_and_two_returns_are_enough() {
    let s = Stage::new().await;
    let c = s.to_submitted("poster", need(ENTERPRISE, "single")).await;
    let notes = || form::<ReturnNeed>(json!({ "notes": [{ "field": "background", "note": "请补充近三年处理量" }] }));
    let path = format!("/challenges/{c}");
    let unchanged = async |who: &str| s.t.get(who, &path).await.ok()["answers"]["unchanged"].clone();
    assert_eq!(unchanged("officer").await, Value::Null, "there was nothing to compare with");
    s.app().return_challenge(s.who("officer"), c, notes()).await.unwrap();
    s.app().submit_challenge(s.who("poster"), c).await.unwrap();
    assert_eq!((unchanged("officer").await, unchanged("checker").await), (json!(true), json!(true)));
    assert_eq!(unchanged("poster").await, Value::Null);
    let says = "本次提交未作修改";
    assert!(s.t.page("checker", &path).await.text().contains(says));
    assert!(!s.t.page("poster", &path).await.text().contains(says));
    s.app().return_challenge(s.who("officer"), c, notes()).await.unwrap();
    let patch = json!({ "contact_name": "另一位联系人" });
    s.app().save_draft(s.who("poster"), c, patch, None).await.unwrap();
    s.app().submit_challenge(s.who("poster"), c).await.unwrap();
    assert_eq!(unchanged("officer").await, json!(false));
    assert!(!s.t.page("officer", &path).await.text().contains(says));
    assert_eq!(told(s.app().return_challenge(s.who("officer"), c, notes()).await), "returned_often");
    s.app().screen_challenge(s.who("officer"), c, Stage::screening()).await.unwrap();
    s.app().pass_screening(s.who("checker"), c, plain()).await.unwrap();
    s.app().record_appraisal(s.who("officer"), c, Stage::appraisal("accept")).await.unwrap();
    assert_eq!(told(s.app().return_challenge(s.who("officer"), c, notes()).await), "returned_often", "nor after the argument");
    assert_eq!(s.verified().await, Ok(()));
}

/// The meeting refuses or defers a listing, with minutes whose votes agree with it.
#[tokio::test]
async fn the_meeting_refuses_or_defers_a_listing() {
    let s = Stage::new().await;
    let head = s.who("head");
    let c = s.to_decided("service", need(GOVERNMENT, "single")).await;
    let passed = MeetingRefusal { attendance: serde_json::from_value(roll()).unwrap(), ..no(json!({})) };
    let raw = serde_json::to_value(&passed).unwrap();
    let said = s.t.post("head", &format!("/challenges/{c}/listing-refusal"), raw).await;
    said.refused(422, "majority_for_it");
    assert_eq!(told(s.app().defer_listing(head, c, later(&s.today())).await), "comes_again_later");
    let day = jiebang::domain::date_of(s.in_days(20)).to_string();
    s.app().defer_listing(head, c, later(&day)).await.unwrap();
    let waiting = s.challenge(c).await;
    assert_eq!(
        (waiting.head.state, waiting.head.due),
        (S::Decided, Some(jiebang::domain::deadline_instant(day.parse().unwrap())))
    );
    let queue = s.app().queue(head, 50).await.unwrap();
    assert!(queue.iter().any(|w| w.turn.what == "challenge.approval" && w.turn.due == waiting.head.due));
    assert!(s.t.page("head", &format!("/challenges/{c}")).await.text().contains("资金来源尚待落实"));
    s.app().refuse_listing(head, c, no(json!({ "number": "会纪9号" }))).await.unwrap();
    assert_eq!(state(&s, c).await, S::Rejected);
    assert_eq!(
        s.t.get("service", &format!("/challenges/{c}")).await.ok()["answers"]["meeting_refused"],
        "与本县产业方向不符，本年度不安排。"
    );
    assert_eq!(s.t.get("", &format!("/challenges/{c}")).await.status, 404);
    assert_eq!(s.verified().await, Ok(()));
}

/// An award may be deferred, which nobody outside is told, or refused: then it lapses, no bid wins, and it may be listed anew.
#[tokio::test]
async fn the_meeting_refuses_or_defers_an_award() {
    let s = Stage::new().await;
    let head = s.who("head");
    let (c, bids) = s.to_negotiating(GOVERNMENT, "single", &[90, 85]).await;
    s.agree(GOVERNMENT, c, bids[0]).await;
    let day = jiebang::domain::date_of(s.in_days(20)).to_string();
    s.app().defer_award(head, c, later(&day)).await.unwrap();
    assert_eq!(state(&s, c).await, S::AwardDecision);
    let mut public = s.t.get("", &format!("/challenges/{c}")).await.ok().to_string();
    public += &s.t.get("", &format!("/challenges/{c}/story")).await.ok().to_string();
    assert!(!public.contains("资金来源尚待落实") && !public.contains("award-deferral"));
    s.app().refuse_award(head, c, no(json!({ "number": "会纪9号" }))).await.unwrap();
    let done = s.challenge(c).await;
    assert_eq!((done.head.state, done.lapse_reason.as_deref()), (S::Lapsed, Some("meeting_refused")));
    for b in bids {
        assert_eq!(s.bid(b).await.head.state, BidState::NotSelected);
    }
    assert_eq!(s.verified().await, Ok(()));
}

/// What the checker finds wanting before a contract takes effect is signed anew.
#[tokio::test]
async fn a_signed_contract_does_not_take_effect_against_the_checker() {
    let s = Stage::new().await;
    let (_, _, k) = s.to_awarded(GOVERNMENT, &[90]).await;
    let (poster, bidder, head) = (s.who("service"), s.who("bidder1"), s.who("head"));
    s.app().set_terms(poster, k, form(Stage::terms())).await.unwrap();
    let sign = async || {
        for party in [poster, bidder] {
            s.app().agree_contract(party, k, Stage::signature()).await.unwrap();
        }
        s.app().clear_contract(s.who("officer"), k, plain()).await.unwrap();
        for party in [bidder, head, poster] {
            s.app().sign_contract(party, k, Stage::sign(party)).await.unwrap();
        }
    };
    sign().await;
    s.app().refuse_effect(s.who("checker"), k, reason()).await.unwrap();
    let open = s.contract(k).await;
    assert_eq!((open.head.state.id(), open.signed.len(), open.agreed.len()), ("drafting", 0, 0));
    sign().await;
    let effect = form(json!({ "pledge_attached": true, "commitments_attached": true }));
    s.app().put_in_force(s.who("checker"), k, effect).await.unwrap();
    assert_eq!(s.verified().await, Ok(()));
}

/// The supervisor joins neither an opening nor a draw blindly.
#[tokio::test]
async fn the_supervisor_sends_an_opening_and_a_call_back() {
    let s = Stage::new().await;
    let (officer, supervisor) = (s.who("officer"), s.who("supervisor"));
    let c = s.to_published(GOVERNMENT, "single").await;
    let bids = s.seal_teams(c, GOVERNMENT, 2).await;
    s.close(c).await;
    assert_eq!(told(s.app().return_opening(supervisor, c, reason()).await), "opening_needs_officer_first");
    s.app().begin_opening(officer, c, plain()).await.unwrap();
    s.app().return_opening(supervisor, c, reason()).await.unwrap();
    assert_eq!(told(s.app().open_bids(supervisor, c, plain()).await), "opening_needs_officer_first");
    s.app().begin_opening(officer, c, plain()).await.unwrap();
    s.app().open_bids(supervisor, c, plain()).await.unwrap();
    for b in &bids {
        s.check_form(*b, true).await;
    }
    let call = || jiebang::domain::forms::Convene { kind_note: None };
    s.app().convene_panel(officer, c, call()).await.unwrap();
    s.app().return_panel_call(supervisor, c, reason()).await.unwrap();
    assert_eq!(told(s.app().draw_panel(supervisor, c, Stage::words()).await), "panel_call_first");
    s.app().convene_panel(officer, c, call()).await.unwrap();
    s.app().draw_panel(supervisor, c, Stage::words()).await.unwrap();
    assert_eq!(s.verified().await, Ok(()));
}

/// By which a second person says no. What is not on it and the checker's, or the second half of a pair, is a yes.
const NO: &[&str] = &[
    "challenge.screening-return",
    "challenge.screening-refusal-confirmation",
    "challenge.opening-return",
    "challenge.panel-return",
    "challenge.spare-window-return",
    "challenge.listing-refusal",
    "challenge.award-refusal",
    "challenge.renegotiation",
    "challenge.listing-deferral",
    "challenge.award-deferral",
    "bid.form-rejection",
    "bid.form-check-return",
    "objection.refusal",
    "objection.completion-request",
    "objection.dismissal",
    "contract.effect-refusal",
    "contract.return",
    "milestone.failure",
    "milestone.condition-closing",
    "instalment.rejection",
    "instalment.hold",
    "instalment.return",
    "change.refusal",
    "acceptance.reopening",
    "acceptance.return",
    "spending.question",
    "spending.disallowance",
    "final_account.return",
    "budget.return",
    "budget.refusal",
];

/// Acts of the same people that are no answer to what another prepared, each with why.
const OWN: &[(&str, &str)] = &[
    ("objection.closing", "the letter is out"),
    ("objection.investigation", "it takes the work on"),
    ("objection.findings", "it is the investigators' own"),
    ("objection.examination", "it takes the work on"),
    ("progress.note", "a word to a report"),
    ("challenge.officer-recusal", "a word about oneself"),
    ("finding.answer", "an answer of its own"),
    ("follow_up.rating", "a judgement of its own"),
    ("instalment.release", "as long as it is not given the payment is held"),
];

/// Seconds of pairs that are not the checker's.
const SECONDS: &[(&str, &str, Role)] = &[
    ("challenge", "opening-confirmation", Role::Supervisor),
    ("challenge", "price-opening-confirmation", Role::Supervisor),
    ("challenge", "spare-window-confirmation", Role::Supervisor),
    ("challenge", "panel-draw", Role::Supervisor),
    ("challenge", "approval", Role::Head),
    ("challenge", "award-decision", Role::Head),
    ("instalment", "check", Role::Officer),
    ("instalment", "approval", Role::Head),
    ("instalment", "fiscal-payment", Role::Finance),
    ("contract", "clearance", Role::Officer),
    ("change", "collective-approval", Role::Head),
    ("acceptance", "check", Role::Officer),
    ("acceptance", "pass", Role::Head),
];

/// The form of a "no" asks for its reason.
fn gives_reason(noun: &str, act: &str) -> bool {
    let Some(a) = ACTS.iter().find(|a| a.noun.id() == noun && a.steps.contains(&act)) else { return false };
    let fields = a.form.sections.iter().flat_map(|s| s.fields);
    let mut asked = fields.filter(|f| f.must).map(|f| f.name);
    asked.any(|name| ["reason", "verdict", "accepted"].contains(&name))
}

fn says_no(life: &Life, from: &str, role: Role) -> bool {
    let mut lines = life.lines.iter().filter(|l| l.from == from && l.who.contains(&role));
    lines.any(|l| NO.contains(&format!("{}.{}", life.noun, l.act).as_str()) && gives_reason(life.noun, l.act))
}

#[test]
fn every_second_person_can_say_no_with_a_reason() {
    let mut dumb = vec![];
    let mut asked = 0;
    for life in lives() {
        for l in &life.lines {
            let name = format!("{}.{}", life.noun, l.act);
            let own = NO.contains(&name.as_str()) || OWN.iter().any(|(act, _)| *act == name);
            let seconds = SECONDS.iter().filter(|(noun, act, role)| (*noun, *act) == (life.noun, l.act) && l.who.contains(role));
            let roles = seconds.map(|(_, _, role)| *role).chain(l.who.contains(&Role::Checker).then_some(Role::Checker));
            for role in roles.filter(|_| !own) {
                asked += 1;
                if !says_no(&life, l.from, role) {
                    dumb.push(format!("{name} from {} ({})", l.from, role.id()));
                }
            }
        }
    }
    assert!(asked > 25, "{asked}");
    assert_eq!(dumb, Vec::<String>::new());
}

/// A word for what nobody may say without: the reason.
#[test]
fn a_no_without_a_reason_is_no_form() {
    use jiebang::domain::Draft;
    assert!(Reason::read(&json!({})).is_err());
    let bare = json!({ "number": "会纪9号", "held_on": "2026-03-02", "attendance": against() });
    assert!(MeetingRefusal::read(&bare).is_err() && MeetingDeferral::read(&bare).is_err());
}
