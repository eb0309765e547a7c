//! Every act that a visitor can take: its address, its form, what it calls. Pages, API, document and `actions` are read from
//! this one table.
use crate::app::{self, App, review::Marks};
use crate::domain::form::{Field, Form, Kind::*, Section, form, may, must, section};
use crate::domain::forms::*;
use crate::domain::*;
use serde_json::Value;
use std::{future::Future, pin::Pin};
use uuid::Uuid;

/// What an act made or changed: where the visitor goes next.
pub type Done = app::Result<(Noun, Uuid)>;
type Run = fn(App, Actor, Uuid, Value) -> Pin<Box<dyn Future<Output = Done> + Send>>;

pub struct Act {
    /// The thing acted on; creating acts without one are under the plural alone.
    pub noun: Noun,
    /// Last segment of the address.
    pub path: &'static str,
    /// The steps of the life that it may take; it is offered when one of them is.
    pub steps: &'static [&'static str],
    pub form: Form,
    pub makes: Noun,
    pub danger: bool,
    pub run: Run,
}

impl Act {
    pub fn html(&self) -> String {
        format!("/{}/{{id}}/{}", self.noun.path(), self.path)
    }
    pub fn href(&self, id: Uuid) -> String {
        format!("/{}/{id}/{}", self.noun.path(), self.path)
    }
    /// Writes over what stands: whoever does that says which version they had before them.
    pub fn edits(&self) -> bool {
        matches!(
            (self.noun, self.path),
            (Noun::Challenge, "amendment" | "edit-proposal")
                | (Noun::Contract, "terms" | "plan")
                | (Noun::Notice, "revision")
                | (Noun::Template, "edition")
                | (Noun::Budget, "proposal" | "adjustment")
        )
    }
    /// Creates a thing of its own: such acts take an Idempotency-Key.
    pub fn creates(&self) -> bool {
        self.makes != self.noun
    }
}

macro_rules! act {
    ($noun:ident($id:ident) $path:literal [$($step:literal),*] $form:ty => $call:ident -> $makes:ident $(, $danger:ident)?) => {
        Act {
            noun: Noun::$noun, path: $path, steps: &[$($step),*], form: <$form as Draft>::FORM, makes: Noun::$makes,
            danger: act!(@danger $($danger)?),
            run: |app, actor, id, raw| Box::pin(async move {
                let form = <$form as Draft>::read(&raw)?;
                let made = app.$call(&actor, $id(id), form).await?;
                Ok((Noun::$makes, made.id.0))
            }),
        }
    };
    (@danger) => { false };
    (@danger danger) => { true };
}

/// The amendment of a published need: the whole need as it shall read, why, and perhaps a later closing time.
const AMENDMENT: Form = form("amendment", AMENDMENT_SECTIONS);
const NEED: Form = <Need as Draft>::FORM;
const AMENDMENT_SECTIONS: &[Section] = &[
    NEED.sections[0],
    NEED.sections[1],
    NEED.sections[2],
    NEED.sections[3],
    NEED.sections[4],
    NEED.sections[5],
    NEED.sections[6],
    section("amendment", &[must("reason", Long(4, 1000)), may("close_at", Instant)]),
];

/// An officer's edit of a need under argument: the whole need as it should read, and why.
const EDIT_PROPOSAL: Form = form("edit_proposal", EDIT_SECTIONS);
const EDIT_SECTIONS: &[Section] = &[
    NEED.sections[0],
    NEED.sections[1],
    NEED.sections[2],
    NEED.sections[3],
    NEED.sections[4],
    NEED.sections[5],
    NEED.sections[6],
    section("amendment", &[must("reason", Long(4, 1000))]),
];

pub fn read_amendment(raw: &Value) -> Result<Amendment, Faults> {
    #[derive(serde::Deserialize)]
    struct Rest {
        reason: String,
        close_at: Option<jiff::Timestamp>,
    }
    let (clean, faults) = AMENDMENT.clean(raw);
    faults.ok(())?;
    let rest: Rest = serde_json::from_value(clean).map_err(|_| Faults::one("", "form_shape"))?;
    let mut need = raw.clone();
    if let Some(map) = need.as_object_mut() {
        map.remove("reason");
        map.remove("close_at");
    }
    Ok(Amendment { need: Need::read(&need)?, reason: rest.reason, close_at: rest.close_at })
}

const MARK: &[Field] = &[
    must("bid", Id),
    may("indicator_response", Text(0, 6)),
    may("indicator_response_reason", Long(0, 500)),
    may("route_soundness", Text(0, 6)),
    may("route_soundness_reason", Long(0, 500)),
    may("route_innovation", Text(0, 6)),
    may("route_innovation_reason", Long(0, 500)),
    may("route_attainability", Text(0, 6)),
    may("route_attainability_reason", Long(0, 500)),
    may("milestones_risk", Text(0, 6)),
    may("milestones_risk_reason", Long(0, 500)),
    may("team", Text(0, 6)),
    may("team_reason", Long(0, 500)),
    may("base", Text(0, 6)),
    may("base_reason", Long(0, 500)),
    may("price", Text(0, 6)),
    may("price_reason", Long(0, 500)),
    may("landing", Text(0, 6)),
    may("landing_reason", Long(0, 500)),
    may("vetoes", Choices(VETOES)),
    may("verdict", Choice(VERDICTS)),
    may("comment", Long(0, 2000)),
];

/// Marks on one bid; the page shows only the part that is open.
pub const MARKS: Form = form("score", &[section("all", MARK)]);

pub fn read_marks(raw: &Value) -> Result<Marks, Faults> {
    let (clean, mut faults) = MARKS.clean(raw);
    let mut sheet = Sheet::default();
    for item in SHEET {
        let text = |name: &str| clean.get(name).and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned);
        if let Some(points) = text(item.id) {
            match points.parse::<Score>() {
                // How many points an item has is the challenge's rubric's to say; none has more than the whole.
                Ok(score) if score.as_hundredths() <= 10_000 => drop(sheet.points.insert(item.id.to_owned(), score)),
                _ => faults.add_with(item.id, "score_range", vec![("max", item.most.to_string())]),
            }
        }
        if let Some(reason) = text(&format!("{}_reason", item.id)) {
            sheet.reasons.insert(item.id.to_owned(), reason);
        }
    }
    let text = |name: &str| clean.get(name).and_then(Value::as_str).map(str::to_owned);
    sheet.verdict = text("verdict");
    sheet.comment = text("comment").filter(|c| !c.is_empty());
    sheet.vetoes = serde_json::from_value(clean["vetoes"].clone()).unwrap_or_default();
    let bid = clean.get("bid").and_then(|b| serde_json::from_value(b.clone()).ok());
    faults.ok(Marks { bid, sheet })
}

pub static ACTS: &[Act] = &[
    Act {
        noun: Noun::Challenge,
        path: "submission",
        steps: &["submission"],
        form: <Plain as Draft>::FORM,
        makes: Noun::Challenge,
        danger: false,
        run: |app, actor, id, raw| {
            Box::pin(async move {
                <Plain as Draft>::read(&raw)?;
                Ok((Noun::Challenge, app.submit_challenge(&actor, ChallengeId(id)).await?.id.0))
            })
        },
    },
    act!(Challenge(ChallengeId) "discard" ["discard"] Reason => discard_challenge -> Challenge, danger),
    act!(Challenge(ChallengeId) "retraction" ["retraction"] Reason => retract_challenge -> Challenge, danger),
    act!(Challenge(ChallengeId) "return" ["return"] ReturnNeed => return_challenge -> Challenge),
    act!(Challenge(ChallengeId) "screening" ["screening"] Screening => screen_challenge -> Challenge),
    act!(Challenge(ChallengeId) "screening-approval" ["screening-approval"] Plain => pass_screening -> Challenge),
    act!(Challenge(ChallengeId) "screening-refusal" ["screening-refusal"] Reason => propose_refusal -> Challenge, danger),
    act!(Challenge(ChallengeId) "screening-refusal-confirmation" ["screening-refusal-confirmation"] Plain => confirm_refusal -> Challenge, danger),
    act!(Challenge(ChallengeId) "screening-return" ["screening-return"] Reason => return_screening -> Challenge),
    act!(Challenge(ChallengeId) "second-look" ["second-look"] Reason => look_again -> Challenge),
    act!(Challenge(ChallengeId) "refusal-closing" ["refusal-closing"] Plain => close_declined -> Challenge, danger),
    act!(Challenge(ChallengeId) "appraisal" ["acceptance-for-listing", "shelving", "rejection"] RecordAppraisal => record_appraisal -> Challenge),
    Act {
        noun: Noun::Challenge,
        path: "edit-proposal",
        steps: &["edit-proposal"],
        form: EDIT_PROPOSAL,
        makes: Noun::Challenge,
        danger: false,
        run: |app, actor, id, raw| {
            Box::pin(async move {
                let form = read_amendment(&raw)?;
                Ok((Noun::Challenge, app.propose_edit(&actor, ChallengeId(id), form).await?.id.0))
            })
        },
    },
    act!(Challenge(ChallengeId) "edit-consent" ["edit-consent"] Plain => consent_to_edit -> Challenge),
    act!(Challenge(ChallengeId) "edit-refusal" ["edit-refusal"] Reason => refuse_edit -> Challenge),
    act!(Challenge(ChallengeId) "revival" ["revival"] Reason => revive_challenge -> Challenge),
    act!(Challenge(ChallengeId) "approval" ["approval"] Approval => approve_challenge -> Challenge),
    act!(Challenge(ChallengeId) "listing-refusal" ["listing-refusal"] MeetingRefusal => refuse_listing -> Challenge, danger),
    act!(Challenge(ChallengeId) "listing-deferral" ["listing-deferral"] MeetingDeferral => defer_listing -> Challenge),
    act!(Challenge(ChallengeId) "publication" ["publication"] Publication => publish_challenge -> Challenge),
    Act {
        noun: Noun::Challenge,
        path: "amendment",
        steps: &["amendment"],
        form: AMENDMENT,
        makes: Noun::Challenge,
        danger: false,
        run: |app, actor, id, raw| {
            Box::pin(async move {
                let form = read_amendment(&raw)?;
                Ok((Noun::Challenge, app.amend_challenge(&actor, ChallengeId(id), form).await?.id.0))
            })
        },
    },
    act!(Challenge(ChallengeId) "withdrawal-request" ["withdrawal-request"] Reason => request_withdrawal -> Challenge, danger),
    act!(Challenge(ChallengeId) "withdrawal" ["withdrawal"] Reason => withdraw_challenge -> Challenge, danger),
    act!(Challenge(ChallengeId) "suspension" ["suspension"] Reason => suspend_challenge -> Challenge, danger),
    act!(Challenge(ChallengeId) "resumption" ["resumption"] Resumption => resume_challenge -> Challenge),
    act!(Challenge(ChallengeId) "cancellation" ["cancellation"] Reason => cancel_challenge -> Challenge, danger),
    act!(Challenge(ChallengeId) "opening" ["opening"] Plain => begin_opening -> Challenge),
    act!(Challenge(ChallengeId) "opening-return" ["opening-return"] Reason => return_opening -> Challenge),
    act!(Challenge(ChallengeId) "opening-confirmation" ["opening-confirmation"] Plain => open_bids -> Challenge),
    act!(Challenge(ChallengeId) "price-opening" ["price-opening"] Plain => begin_price_opening -> Challenge),
    act!(Challenge(ChallengeId) "price-opening-confirmation" ["price-opening-confirmation"] Plain => open_price -> Challenge),
    act!(Challenge(ChallengeId) "spare-window" ["spare-window"] Reason => ask_spares -> Challenge),
    act!(Challenge(ChallengeId) "spare-window-return" ["spare-window-return"] Reason => return_spares -> Challenge),
    act!(Challenge(ChallengeId) "spare-window-confirmation" ["spare-window-confirmation"] Plain => grant_spares -> Challenge),
    act!(Challenge(ChallengeId) "panel" ["panel"] Convene => convene_panel -> Challenge),
    act!(Challenge(ChallengeId) "panel-return" ["panel-return"] Reason => return_panel_call -> Challenge),
    act!(Challenge(ChallengeId) "panel-draw" ["panel-draw"] DrawPanel => draw_panel -> Challenge),
    act!(Challenge(ChallengeId) "review" ["review"] Plain => start_review -> Challenge),
    act!(Challenge(ChallengeId) "panel-replacement" ["panel-replacement"] ReplaceExpert => replace_expert -> Challenge),
    act!(Challenge(ChallengeId) "officer-recusal" ["officer-recusal"] Reason => stand_aside -> Challenge, danger),
    act!(Challenge(ChallengeId) "defence" ["defence"] CallDefence => call_defence -> Challenge),
    act!(Challenge(ChallengeId) "defence-record" ["defence-record"] NoteDefence => note_defence -> Challenge),
    act!(Challenge(ChallengeId) "panel-report" ["panel-report"] Report => sign_report -> Challenge),
    act!(Challenge(ChallengeId) "agreement" ["agreement"] Agreement => agree_with_bidder -> Challenge),
    act!(Challenge(ChallengeId) "next-rank" ["next-rank"] PassOver => pass_over -> Challenge, danger),
    act!(Challenge(ChallengeId) "award-decision" ["award-decision"] Decision => decide_award -> Challenge),
    act!(Challenge(ChallengeId) "award-refusal" ["award-refusal"] MeetingRefusal => refuse_award -> Challenge, danger),
    act!(Challenge(ChallengeId) "award-deferral" ["award-deferral"] MeetingDeferral => defer_award -> Challenge),
    act!(Challenge(ChallengeId) "renegotiation" ["renegotiation"] Reason => renegotiate -> Challenge, danger),
    act!(Challenge(ChallengeId) "lapse" ["lapse"] Lapse => lapse_challenge -> Challenge, danger),
    act!(Challenge(ChallengeId) "relisting" ["relisting"] Relisting => relist_challenge -> Challenge),
    act!(Challenge(ChallengeId) "archive" ["archive"] Plain => archive_challenge -> Challenge),
    act!(Challenge(ChallengeId) "flag-question" ["flag-question"] JudgeFlag => question_flag -> Finding),
    act!(Challenge(ChallengeId) "flag-dismissal" ["flag-dismissal"] JudgeFlag => dismiss_flag -> Finding),
    act!(Challenge(ChallengeId) "bids" ["bids"] StartBid => start_bid -> Bid),
    act!(Challenge(ChallengeId) "questions" ["questions"] Question_ => ask_question -> Question),
    act!(Challenge(ChallengeId) "interests" ["interests"] RegisterInterest => register_interest -> Talk),
    act!(Challenge(ChallengeId) "gates" ["gates"] SetGate => set_gate -> Gate),
    act!(Question(QuestionId) "answer" ["answer"] AnswerQuestion => answer_question -> Question),
    act!(Talk(TalkId) "minute" ["minute"] TalkMinute => record_talk -> Talk),
    act!(Talk(TalkId) "confirmation" ["confirmation"] Plain => confirm_talk -> Talk),
    act!(Talk(TalkId) "ending" ["ending"] Reason => end_talk -> Talk, danger),
    act!(Bid(BidId) "seal" ["seal"] SealBid => seal_bid -> Bid),
    act!(Bid(BidId) "sealed-file" ["seal"] SealedUpload => seal_bid_by_file -> Bid),
    act!(Bid(BidId) "confirmation" ["confirmation"] Plain => confirm_bid -> Bid),
    act!(Bid(BidId) "spare-key" ["spare-key"] SpareKey => bring_key -> Bid),
    act!(Bid(BidId) "replacement" ["replacement"] Plain => replace_bid -> Bid),
    act!(Bid(BidId) "withdrawal" ["withdrawal"] Reason => withdraw_bid -> Bid, danger),
    act!(Bid(BidId) "resumption" ["resumption"] Plain => resume_bid -> Bid),
    act!(Bid(BidId) "form-check" ["form-check"] FormCheckResult => check_bid_form -> Bid),
    act!(Bid(BidId) "validation" ["validation"] Plain => validate_bid -> Bid),
    act!(Bid(BidId) "form-check-return" ["form-check-return"] Reason => return_form_check -> Bid),
    act!(Bid(BidId) "form-rejection" ["form-rejection"] Reason => reject_bid_form -> Bid, danger),
    act!(Bid(BidId) "correction-request" ["correction-request"] Reason => ask_correction -> Bid),
    act!(Bid(BidId) "correction" ["correction"] Correction => correct_bid -> Bid),
    act!(Bid(BidId) "team-declaration" ["team-declaration"] DeclareTeam => declare_team -> Bid),
    act!(Bid(BidId) "disqualification" ["disqualification"] Decision => disqualify_bid -> Bid, danger),
    act!(Bid(BidId) "forfeiture" ["forfeiture"] Reason => forfeit_award -> Bid, danger),
    act!(Bid(BidId) "integrity-records" ["integrity-records"] ProposeIntegrity => propose_integrity_of_bid -> Integrity),
    act!(Assignment(AssignmentId) "integrity-records" ["integrity-records"] ProposeIntegrity => propose_integrity_of_expert -> Integrity),
    act!(Assignment(AssignmentId) "acceptance" ["acceptance"] NoConflict => accept_invitation -> Assignment),
    act!(Assignment(AssignmentId) "declining" ["declining"] Reason => decline_invitation -> Assignment, danger),
    act!(Assignment(AssignmentId) "recusal" ["recusal"] Reason => recuse -> Assignment, danger),
    act!(Assignment(AssignmentId) "commitment" ["commitment"] Commitment => commit_expert -> Assignment),
    Act {
        noun: Noun::Assignment,
        path: "score",
        steps: &["score"],
        form: MARKS,
        makes: Noun::Assignment,
        danger: false,
        run: |app, actor, id, raw| {
            Box::pin(async move {
                let marks = read_marks(&raw)?;
                let bid = marks.bid.ok_or_else(|| Faults::one("bid", "missing"))?;
                Ok((Noun::Assignment, app.score_bid(&actor, AssignmentId(id), bid, marks.sheet).await?.id.0))
            })
        },
    },
    act!(Assignment(AssignmentId) "blind-submission" ["blind-submission"] Plain => submit_blind -> Assignment),
    act!(Assignment(AssignmentId) "submission" ["submission"] Plain => submit_scores -> Assignment),
    act!(Assignment(AssignmentId) "explanation" ["explanation"] Explanation => explain_score -> Assignment),
    act!(Assignment(AssignmentId) "tie-vote" ["tie-vote"] TieVote => vote_on_tie -> Assignment),
    act!(Assignment(AssignmentId) "conclusion" ["conclusion"] PanelConclusion => conclude_review -> Assignment),
    act!(Assignment(AssignmentId) "dissent" ["dissent"] Reason => dissent -> Assignment),
    act!(Assignment(AssignmentId) "settlement" ["settlement"] ExpertFee => settle_fee -> Assignment),
    act!(Assignment(AssignmentId) "score-change" ["score-change"] ChangeScore => change_score -> Assignment),
    act!(Notice(NoticeId) "publication" ["publication"] Plain => publish_notice -> Notice),
    act!(Notice(NoticeId) "confirmation" ["confirmation"] Plain => confirm_notice -> Notice),
    act!(Notice(NoticeId) "revision" ["revision"] ReviseNotice => revise_notice -> Notice),
    act!(Notice(NoticeId) "objections" ["objections"] FileObjection => file_objection -> Objection),
    act!(Objection(ObjectionId) "acceptance" ["acceptance"] Plain => accept_objection -> Objection),
    act!(Objection(ObjectionId) "refusal" ["refusal"] RefuseObjection => refuse_objection -> Objection, danger),
    act!(Objection(ObjectionId) "completion-request" ["completion-request"] Reason => ask_completion -> Objection),
    act!(Objection(ObjectionId) "completion" ["completion"] CompleteObjection => complete_objection -> Objection),
    act!(Objection(ObjectionId) "tip-off" ["tip-off"] Reason => move_to_tip_off -> Objection),
    act!(Objection(ObjectionId) "investigation" ["investigation"] NoConflict => investigate_objection -> Objection),
    act!(Objection(ObjectionId) "joining" ["joining"] NoConflict => join_investigation -> Objection),
    act!(Objection(ObjectionId) "findings" ["findings"] RecordFindings => find_on_objection -> Objection),
    act!(Objection(ObjectionId) "extension" ["extension"] Reason => extend_objection -> Objection),
    act!(Objection(ObjectionId) "examination" ["examination"] Reason => examine_ex_officio -> Objection),
    act!(Objection(ObjectionId) "contact-reading" ["contact-reading"] Reason => read_contact -> Objection),
    act!(Objection(ObjectionId) "answer" ["answer"] Reason => answer_objection -> Objection),
    act!(Objection(ObjectionId) "decision" ["upholding", "partial-upholding", "dismissal"] DecideObjection => decide_objection -> Objection),
    act!(Objection(ObjectionId) "reconsideration" ["reconsideration"] AskAgain => ask_reconsideration -> Objection),
    act!(Objection(ObjectionId) "reopening" ["reopening"] Reason => reopen_objection -> Objection),
    act!(Objection(ObjectionId) "closing" ["closing"] Reason => close_objection -> Objection),
    act!(Objection(ObjectionId) "withdrawal" ["withdrawal"] Reason => withdraw_objection -> Objection, danger),
    act!(Challenge(ChallengeId) "lobbying" ["lobbying"] RecordLobbying => record_lobbying -> Lobbying),
    act!(Assignment(AssignmentId) "lobbying" ["lobbying"] RecordLobbying => record_lobbying_of_review -> Lobbying),
    act!(TipOff(TipOffId) "acceptance" ["acceptance"] Reason => accept_tip_off -> TipOff),
    act!(TipOff(TipOffId) "declining" ["declining"] Reason => decline_tip_off -> TipOff),
    act!(TipOff(TipOffId) "substantiation" ["substantiation"] Reason => substantiate_tip_off -> TipOff),
    act!(TipOff(TipOffId) "referral" ["referral"] Reason => refer_tip_off -> TipOff),
    act!(TipOff(TipOffId) "finding-unfounded" ["finding-unfounded"] Reason => find_tip_off_unfounded -> TipOff),
    act!(TipOff(TipOffId) "reply" ["reply"] Reason => answer_tip_off -> TipOff),
    act!(TipOff(TipOffId) "closing" ["closing"] Reason => close_tip_off -> TipOff),
    act!(Contract(ContractId) "terms" ["terms"] ContractTerms => set_terms -> Contract),
    act!(Contract(ContractId) "plan" ["plan"] PlanContract => plan_contract -> Contract),
    act!(Contract(ContractId) "deviation" ["deviation"] Deviate => deviate -> Contract),
    act!(Contract(ContractId) "deviation-answer" ["deviation-answer"] AnswerDeviation => answer_deviation -> Contract),
    act!(Contract(ContractId) "agreement" ["agreement"] Signature => agree_contract -> Contract),
    act!(Contract(ContractId) "clearance" ["clearance"] Plain => clear_contract -> Contract),
    act!(Contract(ContractId) "return" ["return"] Reason => return_contract -> Contract),
    act!(Contract(ContractId) "signature" ["signature"] SignContract => sign_contract -> Contract),
    act!(Contract(ContractId) "scan" ["scan"] RegisterScan => register_scan -> Contract),
    act!(Contract(ContractId) "signature-withdrawal" ["signature-withdrawal"] Reason => withdraw_signature -> Contract, danger),
    act!(Contract(ContractId) "signing-refusal" ["signing-refusal"] Reason => refuse_to_sign -> Contract, danger),
    act!(Contract(ContractId) "effect-refusal" ["effect-refusal"] Reason => refuse_effect -> Contract, danger),
    act!(Contract(ContractId) "effect" ["effect"] TakeEffect => put_in_force -> Contract),
    act!(Contract(ContractId) "registration" ["registration"] Registration => register_contract -> Contract),
    act!(Contract(ContractId) "escrow" ["escrow"] Escrow => record_escrow -> Contract),
    act!(Contract(ContractId) "spendings" ["spendings"] RecordSpending => record_spending -> Spending),
    act!(Contract(ContractId) "spot-check" ["spot-check"] DrawSample => draw_spot_check -> Contract),
    act!(Contract(ContractId) "final-accounts" ["final-accounts"] PrepareAccount => prepare_account -> FinalAccount),
    act!(Contract(ContractId) "budgets" ["budgets"] ProposeBudget => propose_budget -> Budget),
    act!(Contract(ContractId) "progress-reports" ["progress-reports"] FileProgress => file_progress -> Progress),
    act!(Contract(ContractId) "integrity-records" ["integrity-records"] ProposeIntegrity => propose_integrity -> Integrity),
    act!(Contract(ContractId) "suspension" ["suspension"] Reason => suspend_contract -> Contract, danger),
    act!(Contract(ContractId) "resumption" ["resumption"] Reason => resume_contract -> Contract),
    act!(Contract(ContractId) "termination" ["termination"] Ending => terminate_contract -> Contract, danger),
    act!(Contract(ContractId) "revocation" ["revocation"] Revoking => revoke_contract -> Contract, danger),
    act!(Contract(ContractId) "lane-cut" ["lane-cut"] CutLane => cut_lane -> Contract, danger),
    act!(Contract(ContractId) "changes" ["changes"] AskChange => ask_change -> Change),
    act!(Milestone(MilestoneId) "evidence" ["evidence"] SubmitEvidence => submit_evidence -> Milestone),
    act!(Milestone(MilestoneId) "return" ["return"] Reason => return_evidence -> Milestone),
    act!(Milestone(MilestoneId) "confirmation" ["confirmation"] Plain => confirm_evidence -> Milestone),
    act!(Milestone(MilestoneId) "dispute" ["dispute"] Reason => dispute_evidence -> Milestone),
    act!(Milestone(MilestoneId) "escalation" ["escalation"] Plain => escalate_milestone -> Milestone),
    act!(Milestone(MilestoneId) "pass" ["pass"] Verdict => pass_milestone -> Milestone),
    act!(Milestone(MilestoneId) "conditional-pass" ["conditional-pass"] ConditionalPass => pass_with_conditions -> Milestone),
    act!(Milestone(MilestoneId) "condition-proof" ["condition-proof"] ProveCondition => prove_condition -> Milestone),
    act!(Milestone(MilestoneId) "condition-closing" ["condition-closing"] CloseCondition => close_condition -> Milestone),
    act!(Milestone(MilestoneId) "overdue-decision" ["overdue-decision", "overdue-failure"] DecideOverdue => decide_overdue -> Milestone),
    act!(Milestone(MilestoneId) "decision" ["replanning", "disposal"] DecideNode => decide_node -> Milestone, danger),
    act!(Milestone(MilestoneId) "rectification" ["rectification"] Verdict => rectify_milestone -> Milestone),
    act!(Milestone(MilestoneId) "failure" ["failure"] Verdict => fail_milestone -> Milestone, danger),
    act!(Instalment(InstalmentId) "request" ["request"] RequestPayment => request_payment -> Instalment),
    act!(Instalment(InstalmentId) "check" ["check"] Plain => check_payment -> Instalment),
    act!(Instalment(InstalmentId) "rejection" ["rejection"] Reason => reject_payment -> Instalment, danger),
    act!(Instalment(InstalmentId) "approval" ["approval"] ApprovePayment => approve_payment -> Instalment),
    act!(Instalment(InstalmentId) "hold" ["hold"] Reason => hold_payment -> Instalment),
    act!(Instalment(InstalmentId) "release" ["release"] Reason => release_payment -> Instalment),
    act!(Instalment(InstalmentId) "return" ["return"] Reason => return_payment -> Instalment),
    act!(Instalment(InstalmentId) "fiscal-payment" ["fiscal-payment"] RecordPayment => pay_fiscal -> Instalment),
    act!(Instalment(InstalmentId) "payment" ["payment"] RecordPayment => pay_enterprise -> Instalment),
    act!(Instalment(InstalmentId) "receipt" ["receipt"] ConfirmReceipt => confirm_receipt -> Instalment),
    act!(Instalment(InstalmentId) "onward-payment" ["onward-payment"] PassOnward => pass_on_payment -> Instalment),
    act!(Instalment(InstalmentId) "bounce" ["bounce"] Reason => bounce_payment -> Instalment, danger),
    act!(Instalment(InstalmentId) "reconciliation" ["reconciliation"] ReconcilePayment => reconcile_payment -> Instalment),
    act!(Instalment(InstalmentId) "clawback" ["clawback"] Decision => claw_back -> Instalment, danger),
    act!(Instalment(InstalmentId) "recovery" ["recovery"] RecordPayment => recover -> Instalment),
    act!(Spending(SpendingId) "classification" ["classification"] ClassifySpending => classify_spending -> Spending),
    act!(Spending(SpendingId) "question" ["question"] Reason => question_spending -> Spending),
    act!(Spending(SpendingId) "explanation" ["explanation"] Reason => explain_spending -> Spending),
    act!(Spending(SpendingId) "clearance" ["clearance"] Plain => clear_spending -> Spending),
    act!(Spending(SpendingId) "disallowance" ["disallowance"] Reason => disallow_spending -> Spending, danger),
    act!(Spending(SpendingId) "withdrawal" ["withdrawal"] Reason => withdraw_spending -> Spending, danger),
    act!(FinalAccount(FinalAccountId) "disclosure" ["disclosure"] DiscloseAccount => disclose_account -> FinalAccount),
    act!(FinalAccount(FinalAccountId) "signature" ["signature"] SignAccount => sign_account -> FinalAccount),
    act!(FinalAccount(FinalAccountId) "return" ["return"] Reason => return_account -> FinalAccount),
    act!(FinalAccount(FinalAccountId) "settlement" ["settlement", "refund-order"] SettleAccount => settle_account -> FinalAccount),
    act!(FinalAccount(FinalAccountId) "refund" ["refund"] RecordPayment => refund_account -> FinalAccount),
    act!(FinalAccount(FinalAccountId) "withdrawal" ["withdrawal"] Reason => withdraw_account -> FinalAccount, danger),
    act!(Finding(FindingId) "answer" ["answer"] Reason => answer_finding -> Finding),
    act!(Finding(FindingId) "settlement" ["settlement"] SettleFinding => settle_finding -> Finding),
    act!(Finding(FindingId) "further-question" ["further-question"] Reason => ask_finding_again -> Finding),
    act!(Finding(FindingId) "withdrawal" ["withdrawal"] Reason => withdraw_finding -> Finding, danger),
    act!(Finding(FindingId) "reopening" ["reopening"] Reason => reopen_flag -> Finding),
    act!(Gate(GateId) "report" ["report"] LaneReport => report_lane -> Gate),
    act!(Gate(GateId) "comparison" ["comparison"] Plain => compare_lanes -> Gate),
    act!(Gate(GateId) "assessment" ["assessment"] AssessLanes => assess_lanes -> Gate),
    act!(Gate(GateId) "decision" ["decision", "merger-proposal"] DecideGate => decide_gate -> Gate),
    act!(Gate(GateId) "merger-agreement" ["merger-agreement"] Signature => agree_merger -> Gate),
    act!(Gate(GateId) "merger-refusal" ["merger-refusal"] Reason => refuse_merger -> Gate, danger),
    act!(Gate(GateId) "cancellation" ["cancellation"] Reason => cancel_gate -> Gate, danger),
    act!(Settlement(SettlementId) "comment" ["comment"] Reason => comment_settlement -> Settlement),
    act!(Settlement(SettlementId) "settlement" ["settlement", "refund-order", "clawback-order"] Decision => settle_contract -> Settlement),
    act!(Settlement(SettlementId) "refund" ["refund"] RecordPayment => refund_settlement -> Settlement),
    act!(Budget(BudgetId) "proposal" ["proposal"] ProposeBudget => propose_budget_again -> Budget),
    act!(Budget(BudgetId) "approval" ["approval"] Plain => approve_budget -> Budget),
    act!(Budget(BudgetId) "return" ["return"] Reason => return_budget -> Budget),
    act!(Budget(BudgetId) "adjustment" ["filing", "request"] AdjustBudget => adjust_budget -> Budget),
    act!(Budget(BudgetId) "grant" ["grant"] Plain => grant_adjustment -> Budget),
    act!(Budget(BudgetId) "refusal" ["refusal"] Reason => refuse_adjustment -> Budget),
    act!(BudgetDoc(BudgetDocId) "adjustment" ["adjustment"] AdjustBudgetDoc => adjust_budget_doc -> BudgetDoc),
    act!(BudgetDoc(BudgetDocId) "closing" ["closing"] Reason => close_budget_doc -> BudgetDoc, danger),
    act!(Progress(ProgressId) "answer" ["answer"] Reason => answer_progress -> Progress),
    act!(Progress(ProgressId) "note" ["note"] Reason => note_progress -> Progress),
    act!(Integrity(IntegrityId) "plea" ["plea"] Reason => plead -> Integrity),
    act!(Integrity(IntegrityId) "entry" ["entry"] EnterIntegrity => enter_integrity -> Integrity, danger),
    act!(Integrity(IntegrityId) "dropping" ["dropping"] Reason => drop_integrity -> Integrity),
    act!(Integrity(IntegrityId) "contest" ["contest"] Reason => contest_integrity -> Integrity),
    act!(Integrity(IntegrityId) "repair-request" ["repair-request"] Reason => ask_repair -> Integrity),
    act!(Integrity(IntegrityId) "upholding" ["upholding"] Reason => uphold_integrity -> Integrity),
    act!(Integrity(IntegrityId) "lifting" ["lifting"] Reason => lift_integrity -> Integrity),
    act!(Integrity(IntegrityId) "repair" ["repair"] Reason => repair_integrity -> Integrity),
    act!(Integrity(IntegrityId) "repair-refusal" ["repair-refusal"] Reason => refuse_repair -> Integrity, danger),
    act!(FollowUp(FollowUpId) "report" ["report"] ReportOutcomes => report_outcomes -> FollowUp),
    act!(FollowUp(FollowUpId) "confirmation" ["confirmation"] Plain => confirm_outcomes -> FollowUp),
    act!(FollowUp(FollowUpId) "return" ["return"] Reason => return_outcomes -> FollowUp),
    act!(FollowUp(FollowUpId) "rating" ["rating"] RateOutcomes => rate_outcomes -> FollowUp),
    act!(FollowUp(FollowUpId) "missing" ["missing"] Reason => miss_outcomes -> FollowUp, danger),
    act!(Template(TemplateId) "edition" ["edition"] EditTemplate => edit_template -> Template),
    act!(Template(TemplateId) "copies" ["copies"] CopyTemplate => copy_template -> Template),
    act!(Template(TemplateId) "retirement" ["retirement"] Reason => retire_template -> Template, danger),
    act!(Template(TemplateId) "restoration" ["restoration"] Reason => restore_template -> Template),
    act!(Change(ChangeId) "filing" ["filing"] Plain => file_change -> Change),
    act!(Change(ChangeId) "partner-consent" ["partner-consent"] Plain => consent_as_partner -> Change),
    act!(Change(ChangeId) "consent" ["consent"] Plain => consent_to_change -> Change),
    act!(Change(ChangeId) "consent-refusal" ["consent-refusal"] Reason => refuse_consent -> Change, danger),
    act!(Change(ChangeId) "escalation" ["escalation"] Plain => escalate_change -> Change),
    act!(Change(ChangeId) "review" ["review"] Plain => take_up_change -> Change),
    act!(Change(ChangeId) "approval" ["approval"] Plain => approve_change -> Change),
    act!(Change(ChangeId) "collective-approval" ["collective-approval"] DecideChange => approve_change_collectively -> Change),
    act!(Change(ChangeId) "refusal" ["refusal"] Reason => refuse_change -> Change, danger),
    act!(Change(ChangeId) "supplement" ["supplement"] SignContract => supplement_contract -> Change),
    act!(Change(ChangeId) "withdrawal" ["withdrawal"] Reason => withdraw_change -> Change, danger),
    act!(Acceptance(AcceptanceId) "application" ["application"] ApplyAcceptance => apply_acceptance -> Acceptance),
    act!(Acceptance(AcceptanceId) "return" ["return"] Reason => return_acceptance -> Acceptance),
    act!(Acceptance(AcceptanceId) "check" ["check"] Plain => check_acceptance -> Acceptance),
    act!(Acceptance(AcceptanceId) "measurement" ["measurement"] RecordMeasurements => record_measurements -> Acceptance),
    act!(Acceptance(AcceptanceId) "panel-verdict" ["panel-verdict"] PanelVerdict => judge_acceptance -> Acceptance),
    act!(Acceptance(AcceptanceId) "rectification" ["rectification"] Reason => rectify_acceptance -> Acceptance),
    act!(Acceptance(AcceptanceId) "notice" ["notice"] Plain => publish_verdict -> Acceptance),
    act!(Acceptance(AcceptanceId) "objection" ["objection"] Reason => object_to_verdict -> Acceptance),
    act!(Acceptance(AcceptanceId) "decision" ["pass", "conclusion", "failure"] Decision => decide_acceptance -> Acceptance),
    act!(Acceptance(AcceptanceId) "reopening" ["reopening"] Reason => reopen_acceptance -> Acceptance),
    act!(Acceptance(AcceptanceId) "overdue-failure" ["overdue-failure"] Decision => fail_overdue -> Acceptance, danger),
    act!(Acceptance(AcceptanceId) "archive" ["archive"] ArchiveAcceptance => archive_acceptance -> Acceptance),
];

/// The act under an address.
pub fn find(noun: Noun, path: &str) -> Option<&'static Act> {
    ACTS.iter().find(|a| a.noun == noun && a.path == path)
}
