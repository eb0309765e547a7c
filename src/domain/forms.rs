//! The forms of acts: what each asks, in one place. Labels are `field.FORM.NAME` or `field.NAME` in the catalogues.
use super::form::{Field, Form, Kind::*, form, may, must, section};
use super::*;

macro_rules! drafts { ($(
    $(#[$doc:meta])* $name:ident $id:literal $(by $check:ident)? { $($need:ident $field:ident : $ty:ty = $kind:expr),* $(,)? }
)*) => {
    $(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name { $(pub $field: $ty),* }
        impl Draft for $name {
            const FORM: Form = form($id, &[section("all", &[$($need(stringify!($field), $kind)),*])]);
            $(fn check(&self, faults: &mut Faults) {
                $check(self, faults);
            })?
        }
    )*
    /// Every act's form, for the catalogues' parity test and the API's document.
    pub const ALL: &[Form] = &[$(<$name as Draft>::FORM),*];
}}

const MINUTES_NUMBER: super::form::Kind = Text(4, 60);
/// Who sat in a meeting; the chair stands first.
const ROLL: super::form::Kind = Rows(3, 40, MEMBERS);
const MEMBERS: &[Field] =
    &[must("name", Text(2, 30)), must("post", Text(2, 40)), must("vote", Choice(VOTES)), may("note", Text(0, 200))];
const VIEWS: &[Field] = &[must("expert", Text(2, 30)), must("unit", Text(4, 60)), must("opinion", Long(10, 1000))];
pub const FOLLOW_STEPS: &[&str] = &["completion", "reconsideration", "withdrawal", "addition"];
const SUBJECT: super::form::Kind = Text(4, 120);
const OPINIONS: &[Field] = &[
    must("expert", Text(2, 30)),
    must("unit", Text(4, 60)),
    must("verdict", Choice(&["agree", "agree_with_changes", "disagree"])),
    must("opinion", Long(10, 1000)),
];

drafts! {
    /// No fields: the act says it all.
    Plain "plain" { may note: Option<String> = Long(0, 1000) }
    /// An act that must give its reason.
    Reason "reason" { must reason: String = Long(4, 1000) }
    /// A collective decision.
    Decision "decision" by sat {
        must number: String = MINUTES_NUMBER, must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT,
        may reason: Option<String> = Long(0, 2000)
    }
    CreateNeed "create_need" { must title: String = Text(8, 60), may clone_of: Option<uuid::Uuid> = Id }
    ReturnNeed "return_need" {
        must notes: Vec<ReturnNote> = Rows(1, 20, &[must("field", Text(2, 60)), must("note", Text(4, 300))]),
    }
    Screening "screening" {
        must industry_fit: bool = Flag, must not_duplicate: bool = Flag, must funds_proved: bool = Flag, must poster_real: bool = Flag,
        may note: Option<String> = Long(0, 1000)
    }
    RecordAppraisal "record_appraisal" {
        must held_on: String = Date, must opinions: Vec<Opinion> = Rows(3, 5, OPINIONS), must conclusion: String = Long(10, 2000),
        must outcome: String = Choice(&["accept", "shelve", "reject"])
    }
    Approval "approval" by sat {
        must number: String = MINUTES_NUMBER, must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT,
        must fair_competition_reviewed: bool = Flag
    }
    /// A meeting says no, with its reason.
    MeetingRefusal "meeting_refusal" by sat_against {
        must reason: String = Long(10, 2000), must number: String = MINUTES_NUMBER, must held_on: String = Date,
        must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    /// A meeting puts a question off, to a day.
    MeetingDeferral "meeting_deferral" by sat_against {
        must reason: String = Long(10, 2000), must comes_again_on: String = Date, must number: String = MINUTES_NUMBER,
        must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    Publication "publication" by held {
        must close_at: Timestamp = Instant, may sealing: Option<String> = Choice(SEALINGS),
        may keyholders: Vec<ChosenHolder> = Rows(0, 7, &[must("account", Id)]),
        may rubric: Option<String> = Choice(rubric::TEMPLATES)
    }
    Relisting "relisting" {
        must what_changed: String = Long(4, 1000), must close_at: Timestamp = Instant
    }
    Resumption "resumption" { must reason: String = Long(4, 1000) }
    Lapse "lapse" by sat {
        must reason_class: String = Choice(&["no_bids", "none_valid", "none_passed", "poster_refused", "none_agreed"]),
        must reason: String = Long(4, 1000), must number: String = MINUTES_NUMBER, must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    Convene "convene" { may kind_note: Option<String> = Long(0, 500) }
    /// What is said of a red flag: which, and why it is put aside, or what is asked.
    JudgeFlag "judge_flag" { must flag: String = Text(4, 80), must reason: String = Long(4, 2000) }
    /// What an answered question came to.
    SettleFinding "settle_finding" { must outcome: String = Choice(FINDING_OUTCOMES), must reason: String = Long(4, 2000) }
    /// The supervisor's own words, mixed into the seed of the draw.
    DrawPanel "draw_panel" { must words: String = Text(6, 100), may thin_reason: Option<String> = Long(4, 1000) }
    /// An expert's yearly word on fields, availability and relations.
    ConfirmProfile "confirm_profile" {
        must disciplines: String = Text(3, 100), may industries: Option<String> = Text(0, 100), may former_units: Option<String> = Long(0, 1000),
        may relations: Vec<Relation> = Rows(0, 30, &[
            must("kind", Choice(RELATIONS)), must("party", Text(2, 60)), may("until", Date),
        ]),
        may away: bool = Flag, must truthful: bool = Flag
    }
    Report "report" { must conclusion: String = Long(20, 3000), may effective_competition: bool = Flag, may routes_differ: bool = Flag,
        may share_comments: bool = Flag
    }
    Agreement "agreement" {
        must bid: uuid::Uuid = Id, must price_fen: Money = Fen, may reason: Option<String> = Long(0, 1000),
        must minutes: String = Long(10, 3000), must indicators_kept: bool = Flag,
        may values: Vec<PlannedValue> = Rows(0, 12, &[must("indicator", Integer(1, 12)), must("value", Decimal)])
    }
    PassOver "pass_over" { must reason: String = Long(4, 1000) }
    Question_ "question" { must text: String = Long(5, 1000) }
    AnswerQuestion "answer_question" { must answer: String = Long(2, 2000) }
    RegisterInterest "register_interest" { must note: String = Long(10, 1000) }
    TalkMinute "talk_minute" {
        must held_on: String = Date, must present: String = Text(4, 200), must summary: String = Long(10, 3000)
    }
    StartBid "start_bid" { may note: Option<String> = Text(0, 100) }
    SealBid "seal_bid" { must agree: bool = Flag }
    /// A bid sealed on the team's own machine.
    SealedUpload "sealed_upload" { must file: Vec<FileId> = Files(1), must agree: bool = Flag }
    /// The key of one's own bid, as the page or the command line took it out of the spare.
    SpareKey "spare_key" { must key: String = Text(40, 100), must agree: bool = Flag }
    EnrolKeyholder "enrol_keyholder" { must public: String = Text(80, 100) }
    /// What a keyholder has opened, as the page or the command line wrote it.
    AnswerHandout "answer_handout" { must answer: String = Long(2, 1_500_000) }
    AnswerDrill "answer_drill" { must answer: String = Text(40, 50) }
    FormCheckResult "form_check" {
        must stamped: bool = YesNo, must readable: bool = YesNo, must complete: bool = YesNo,
        must outcome: String = Choice(&["valid", "form_rejected"]), may reason: Option<String> = Long(0, 1000)
    }
    /// Who joined a team after the opening, and relations that it declares.
    DeclareTeam "declare_team" {
        may people: Vec<TeamPerson> = Rows(0, 30, team::PEOPLE), may units: Vec<TeamUnit> = Rows(0, 8, team::UNITS),
        may relations: Vec<TeamRelation> = Rows(0, 30, team::TEAM_RELATIONS), must reason: String = Long(4, 1000)
    }
    Correction "correction" { must note: String = Long(4, 1000), must files: Vec<FileId> = Files(5) }
    Commitment "commitment" {
        must independence: bool = Flag, must secrecy: bool = Flag, must no_lobbying: bool = Flag
    }
    NoConflict "no_conflict" { must no_conflict: bool = Flag }
    /// Why a total lies far from the others'.
    Explanation "explanation" { must bid: uuid::Uuid = Id, must explanation: String = Long(30, 1000) }
    /// Points changed after the discussion, with the reason.
    ChangeScore "change_score" {
        must bid: uuid::Uuid = Id, must item: String = Choice(OPEN_ITEMS), must points: String = Text(1, 6), must reason: String = Long(30, 500)
    }
    /// A second vote on bids that points leave tied.
    TieVote "tie_vote" { must bid: uuid::Uuid = Id, must reason: String = Long(4, 500) }
    /// The panel's conclusion, by its chair.
    PanelConclusion "panel_conclusion" {
        must conclusion: String = Long(20, 3000), may effective_competition: bool = Flag, may routes_differ: bool = Flag
    }
    ExpertFee "expert_fee" {
        must amount_fen: Money = Fen, must paid_on: String = Date, must voucher: String = Text(2, 60)
    }
    CallDefence "call_defence" {
        must starts_at: Timestamp = Instant, must minutes: i64 = Integer(5, 240), must place: String = Text(4, 120)
    }
    /// What was noted of one team's hearing.
    NoteDefence "note_defence" {
        must bid: uuid::Uuid = Id, may present: Option<String> = Text(0, 200), must experts: i64 = Integer(1, 15),
        may questions: Vec<Asked> = Rows(0, 30, &[must("question", Long(4, 500)), must("answer", Long(2, 1000))])
    }
    /// A notice as it shall read after an objection was upheld in part.
    ReviseNotice "revise_notice" { must conclusion: String = Long(20, 3000), must reason: String = Long(4, 1000) }
    ReplaceExpert "replace_expert" { must assignment: uuid::Uuid = Id, must reason: String = Long(4, 500) }
    /// By name or seal, with proof: a unit's stamped paper and credit code, a person's signature. No identity number is asked for.
    FileObjection "file_objection" by named {
        must kind: String = Choice(OBJECTOR_KINDS), must name: String = Text(2, 60), may uscc: Option<Uscc> = CreditCode,
        must contact: String = Text(6, 80), must facts: String = Long(20, 3000), must request: String = Long(4, 500),
        must proof: Vec<FileId> = Files(3), may evidence: Vec<FileId> = Files(5), must real_name: bool = Flag
    }
    /// A clue: no name is asked for.
    FileTipOff "file_tip_off" {
        must about: String = Choice(TIP_OFF_ABOUT), may whom: Option<String> = Text(0, 120), must text: String = Long(20, 5000),
        may files: Vec<FileId> = Files(3), may challenge: Option<uuid::Uuid> = Id
    }
    /// Somebody put in a word for somebody.
    RecordLobbying "record_lobbying" {
        must who: String = Text(2, 120), must happened_on: String = Date, must how: String = Choice(LOBBYING_WAYS),
        must about: String = Long(4, 1000)
    }
    CompleteObjection "complete_objection" { must facts: String = Long(20, 3000), may evidence: Vec<FileId> = Files(5) }
    RefuseObjection "refuse_objection" { must ground: String = Choice(REFUSAL_GROUNDS), must reason: String = Long(4, 1000) }
    RecordFindings "record_findings" by heard {
        must facts_found: String = Long(20, 3000), must technical: bool = YesNo, may experts: Vec<ExpertView> = Rows(0, 5, VIEWS),
        must independent: bool = Flag
    }
    /// Asking for another look, once: new facts are needed.
    AskAgain "ask_again" { must new_facts: String = Long(20, 3000), may evidence: Vec<FileId> = Files(5) }
    /// What one does who holds a code.
    Follow "follow" {
        must code: String = Text(20, 60), may step: Option<String> = Choice(FOLLOW_STEPS), may text: Option<String> = Long(0, 5000),
        may files: Vec<FileId> = Files(5)
    }
    DecideObjection "decide_objection" by sat {
        must outcome: String = Choice(&["uphold", "partly_uphold", "dismiss"]), must reason: String = Long(20, 3000),
        must rule: String = Long(4, 500), may effect: Option<String> = Choice(EFFECTS), must number: String = MINUTES_NUMBER,
        must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    /// Choices and terms of the deal; what is blank stays to be filled in before anybody agrees.
    ContractTerms "contract_terms" {
        may contract_kind: Option<String> = Choice(CONTRACT_KINDS), may payment_mode: Option<String> = Choice(PAYMENT_MODES),
        may equipment_owner: Option<String> = Choice(OWNERS), may poster_duties: Option<String> = Long(10, 2000),
        may confidentiality_months: Option<i64> = Integer(0, 120), may risk_bidder_bp: Option<i64> = Percent,
        may risk_certifier: Option<String> = Choice(CERTIFIERS), may ip_owner: Option<String> = Choice(OWNERS),
        may licence_scope: Option<String> = Long(4, 1000), may publication_review_days: Option<i64> = Integer(0, 180),
        may acceptance_standard: Option<String> = Long(10, 2000), may breach: Option<String> = Long(10, 2000),
        may subcontract_consent: Option<bool> = YesNo, may settlement: Option<String> = Long(10, 2000), may dispute: Option<String> = Choice(DISPUTES)
    }
    /// Indicators and milestones as the contract shall have them.
    PlanContract "plan_contract" {
        may indicators: Vec<PlannedValue> = Rows(0, 12, &[must("indicator", Integer(1, 12)), must("value", Decimal)]),
        must milestones: Vec<PlannedNode> = Rows(2, 8, &[
            must("name", Text(2, 60)), must("month", Integer(1, 48)), must("share_bp", Percent), must("result", Text(4, 300)),
            may("county_bp", Percent), may("after", Integer(0, 8)), may("cut_point", YesNo),
        ]),
        may county_start_bp: Option<i64> = Percent, may county_last_bp: Option<i64> = Percent
    }
    /// A clause worded otherwise than the template has it.
    Deviate "deviate" {
        must paper: String = Choice(PAPERS), must clause: i64 = Integer(1, 40), must wording: String = Long(4, 4000), must reason: String = Long(4, 1000)
    }
    AnswerDeviation "answer_deviation" {
        must number: i64 = Integer(1, 500), must accepted: bool = YesNo, may note: Option<String> = Long(0, 1000)
    }
    /// A yes to the text as it stands.
    Signature "signature" { must full_name: String = Text(2, 30), must agree: bool = Flag }
    /// A signature by an authorised person: one's own name, and the hash of what was read.
    SignContract "sign_contract" {
        must full_name: String = Text(2, 30), may text_sha256: Option<String> = Text(64, 64), must agree: bool = Flag
    }
    /// A paper signed and stamped by hand, held against the text by an officer.
    RegisterScan "register_scan" {
        must paper: String = Choice(PAPERS), must party: String = Choice(&["poster", "bidder", "bureau"]), must stamped_by: String = Text(2, 30),
        must stamped_on: String = Date, must sha256_start: String = Text(8, 64), must files: Vec<FileId> = Files(3), must compared: bool = Flag
    }
    /// A person who may sign for an organisation, by a letter of authorisation.
    AddSignatory "add_signatory" {
        must account: uuid::Uuid = Id, must letter: Vec<FileId> = Files(1), may until: Option<String> = Date
    }
    EditTemplate "edit_template" {
        must name_zh: String = Text(2, 60), must name_en: String = Text(2, 120),
        must clauses: Vec<template::ClauseRow> = Rows(1, 40, &[
            must("title_zh", Text(2, 40)), must("title_en", Text(2, 80)), must("text_zh", Long(4, 4000)), must("text_en", Long(4, 6000)),
        ]),
        may wordings: Vec<template::WordingRow> = Rows(0, 60, &[
            must("choice", Choice(template::CHOICE_NAMES)), must("option", Text(1, 40)), must("says_zh", Long(1, 500)), must("says_en", Long(1, 800)),
        ]),
        must reason: String = Long(4, 1000)
    }
    CopyTemplate "copy_template" { must name_zh: String = Text(2, 60), must name_en: String = Text(2, 120) }
    TakeEffect "take_effect" { must pledge_attached: bool = Flag, must commitments_attached: bool = Flag, may matching_proof: Vec<FileId> = Files(5) }
    Registration "registration" {
        must registration_no: String = Text(4, 60), must registered_on: String = Date, must place: String = Text(4, 60),
        must total_fen: Money = Fen, must technical_fen: Money = Fen
    }
    Ending "ending" by sat {
        must class: String = Choice(TERMINATION_CLASSES), must reason: String = Long(10, 2000), must number: String = MINUTES_NUMBER,
        must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    Revoking "revoking" by sat {
        must class: String = Choice(REVOCATION_CLASSES), must reason: String = Long(10, 2000), must number: String = MINUTES_NUMBER,
        must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    /// A lane is cut by the meeting, after at least three experts.
    CutLane "cut_lane" by sat {
        must reason: String = Long(4, 2000), must experts: Vec<Judge> = Rows(3, 9, judge::JUDGES), must number: String = MINUTES_NUMBER,
        must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    /// One day and one table for all lanes of a race; the last one needs no table.
    SetGate "set_gate" {
        must name: String = Text(4, 60), must held_on: String = Date, may last: bool = Flag,
        may table: Vec<gate::Check> = Rows(0, 12, gate::CHECKS)
    }
    LaneReport "lane_report" {
        must report: String = Long(10, 3000),
        must values: Vec<Evidence> = Rows(1, 12, &[must("indicator", Integer(1, 12)), must("value", Decimal), may("note", Text(1, 200))]),
        must files: Vec<FileId> = Files(10)
    }
    AssessLanes "assess_lanes" { must experts: Vec<Judge> = Rows(3, 9, judge::JUDGES), must conclusion: String = Long(10, 2000) }
    DecideGate "decide_gate" by sat {
        must rulings: Vec<gate::Ruling> = Rows(1, 9, gate::RULING), must number: String = MINUTES_NUMBER,
        must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT, may task: Option<String> = Long(4, 500),
        may work_bp: Option<i64> = Percent, may county_fen: Option<Money> = Fen, may enterprise_fen: Option<Money> = Fen,
        may ip_owner: Option<String> = Choice(OWNERS), may ip_note: Option<String> = Long(4, 500)
    }
    SubmitEvidence "submit_evidence" {
        must report: String = Long(10, 3000),
        must evidence: Vec<Evidence> = Rows(1, 12, &[must("indicator", Integer(1, 12)), must("value", Decimal), may("note", Text(1, 200))]),
        may deliverables: Vec<Delivered> = Rows(0, 20, DELIVERED), must files: Vec<FileId> = Files(10)
    }
    /// Each indicator of the node by itself, and the experts who were asked.
    Verdict "verdict" {
        must verdict: String = Long(10, 2000), may judged: Vec<NodeVerdict> = Rows(0, 12, JUDGED),
        may experts: Vec<Judge> = Rows(0, 15, judge::JUDGES)
    }
    ConditionalPass "conditional_pass" {
        must verdict: String = Long(10, 2000), must judged: Vec<NodeVerdict> = Rows(1, 12, JUDGED),
        must conditions: Vec<Asking> = Rows(1, 10, &[must("text", Text(4, 300)), must("due_on", Date)]),
        may experts: Vec<Judge> = Rows(0, 15, judge::JUDGES)
    }
    ProveCondition "prove_condition" {
        must condition: i64 = Integer(1, 10), must note: String = Long(4, 1000), must files: Vec<FileId> = Files(5)
    }
    CloseCondition "close_condition" {
        must condition: i64 = Integer(1, 10), must accepted: bool = YesNo, may note: Option<String> = Long(0, 1000)
    }
    /// What becomes of a node sixty working days late.
    DecideOverdue "decide_overdue" by sat {
        must outcome: String = Choice(&["go_on", "fail"]), may due_on: Option<String> = Date, must reason: String = Long(4, 1000),
        must number: String = MINUTES_NUMBER, must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    /// What follows from a failed node, and whether the failure is excused.
    DecideNode "decide_node" by sat {
        must outcome: String = Choice(NODE_OUTCOMES), must excused: bool = YesNo, must reason: String = Long(4, 2000),
        may class: Option<String> = Choice(TERMINATION_CLASSES), may due_on: Option<String> = Date,
        may experts: Vec<Judge> = Rows(0, 15, judge::JUDGES), must number: String = MINUTES_NUMBER, must held_on: String = Date,
        must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    /// From the work: free, and the stuff of diligence.
    FileProgress "file_progress" {
        must kind: String = Choice(PROGRESS_KINDS), must text: String = Long(10, 3000), may milestone: Option<i64> = Integer(1, 12),
        may standings: Vec<progress::Standing> = Rows(0, 12, progress::STANDINGS), may deviation_days: Option<i64> = Integer(-400, 400),
        may problem: Option<String> = Long(4, 1000), may found_on: Option<String> = Date, may help_wanted: Option<String> = Long(4, 1000),
        may help_from: Option<String> = Choice(progress::HELPERS), may next_step: Option<String> = Long(4, 1000),
        may county_used_fen: Option<Money> = Fen, may enterprise_used_fen: Option<Money> = Fen, may own_used_fen: Option<Money> = Fen,
        may files: Vec<FileId> = Files(10)
    }
    ProposeIntegrity "propose_integrity" {
        may against: Option<String> = Choice(&["bidder", "poster"]), must kind: String = Choice(INTEGRITY_KINDS),
        must facts: String = Long(20, 3000), may files: Vec<FileId> = Files(5)
    }
    EnterIntegrity "enter_integrity" by sat {
        must months: i64 = Integer(6, 60), must bars: Vec<String> = Choices(BARS), may reason: Option<String> = Long(0, 2000),
        must number: String = MINUTES_NUMBER, must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT
    }
    ReportOutcomes "report_outcomes" {
        may sales_fen: Option<Money> = Fen, may tax_fen: Option<Money> = Fen, must patents_filed: i64 = Integer(0, 1000),
        must patents_granted: i64 = Integer(0, 1000), may transfer_fen: Option<Money> = Fen, may inventors_fen: Option<Money> = Fen,
        must talents: i64 = Integer(0, 10_000), must jobs: i64 = Integer(0, 100_000), may note: Option<String> = Long(0, 2000),
        may files: Vec<FileId> = Files(5)
    }
    RateOutcomes "rate_outcomes" { must score: i64 = Integer(0, 100), must comment: String = Long(4, 1000) }
    RequestPayment "request_payment" {
        must invoice_kind: String = Choice(INVOICE_KINDS), must invoice: String = Text(4, 60), must invoice_fen: Money = Fen,
        must account_name: String = Text(4, 60), must account_no: String = Text(6, 40), must files: Vec<FileId> = Files(5)
    }
    PassOnward "pass_onward" {
        must payments: Vec<Onward> = Rows(1, 12, &[
            must("partner", Text(2, 80)), must("amount_fen", Fen), must("paid_on", Date), must("voucher", Text(2, 60)),
        ]),
        must files: Vec<FileId> = Files(5)
    }
    /// A document of the county's budget.
    RegisterBudgetDoc "register_budget_doc" {
        must number: String = Text(4, 60), must fiscal_year: i64 = Integer(2020, 2100), must title: String = Text(4, 120),
        must amount_fen: Money = Fen
    }
    AdjustBudgetDoc "adjust_budget_doc" { must amount_fen: Money = Fen, must reason: String = Long(4, 1000) }
    /// County money of a budgeted contract by heads; a lump sum has no such form.
    ProposeBudget "propose_budget" {
        may equipment_fen: Option<Money> = Fen, may business_fen: Option<Money> = Fen, may labour_fen: Option<Money> = Fen,
        may indirect_fen: Option<Money> = Fen, must basis: String = Long(10, 3000), may files: Vec<FileId> = Files(5)
    }
    AdjustBudget "adjust_budget" {
        may equipment_fen: Option<Money> = Fen, may business_fen: Option<Money> = Fen, may labour_fen: Option<Money> = Fen,
        may indirect_fen: Option<Money> = Fen, must reason: String = Long(4, 1000)
    }
    ApprovePayment "approve_payment" {
        must fiscal_year: i64 = Integer(2020, 2100), must budget_doc_no: String = Text(4, 60)
    }
    RecordPayment "record_payment" {
        must voucher: String = Text(2, 60), must paid_on: String = Date, must amount_fen: Money = Fen, may files: Vec<FileId> = Files(3)
    }
    /// One payment against one line of the bank's statement.
    ReconcilePayment "reconcile_payment" {
        must reference: String = Text(2, 60), must booked_on: String = Date, must payee: String = Text(2, 80), must amount_fen: Money = Fen
    }
    /// Joint papers and patents, as a table of text.
    ImportRelations "import_relations" {
        must csv: String = Long(10, 200_000), must step: String = Choice(&["preview", "import"])
    }
    ImportStatement "import_statement" {
        may csv: Option<String> = Long(0, 200_000), may workbook: Vec<FileId> = Files(1), must step: String = Choice(&["preview", "import"])
    }
    /// Money of the enterprise set aside in an account of a bank: recorded, never held here.
    Escrow "escrow" {
        must bank_name: String = Text(4, 60), must bank_account: String = Text(6, 40), must amount_fen: Money = Fen,
        must deposited_on: String = Date, must files: Vec<FileId> = Files(3)
    }
    /// One line of spending, after the fact (domain 3.8).
    RecordSpending "record_spending" {
        must spent_on: String = Date, must amount_fen: Money = Fen, must payee: String = Text(2, 80), must payee_kind: String = Choice(PAYEE_KINDS),
        must purpose: String = Long(4, 500), must source: String = Choice(SPENDING_SOURCES), must class: String = Choice(SPENDING_CLASSES),
        must payment_way: String = Choice(PAYMENT_WAYS), must voucher: String = Text(2, 60), may invoice: Option<String> = Text(4, 60),
        may milestone: Option<i64> = Integer(1, 12), must place: String = Choice(PLACES), must none_of_negative_list: bool = Flag,
        may explanation: Option<String> = Long(0, 500), may files: Vec<FileId> = Files(5)
    }
    ClassifySpending "classify_spending" {
        must class: String = Choice(SPENDING_CLASSES), must place: String = Choice(PLACES), may reason: Option<String> = Long(0, 500)
    }
    DrawSample "draw_sample" { must words: String = Text(4, 200) }
    PrepareAccount "prepare_account" {
        may unpaid: Vec<Unpaid> = Rows(0, 50, &[must("what", Text(2, 120)), must("payee", Text(2, 80)), must("amount_fen", Fen)]),
        must none_of_negative_list: bool = Flag
    }
    DiscloseAccount "disclose_account" { must place: String = Text(4, 120) }
    SignAccount "sign_account" {
        must disclosure_result: String = Choice(&["none", "handled"]), may disclosure_note: Option<String> = Long(0, 1000),
        must pi_name: String = Text(2, 30), must finance_name: String = Text(2, 30), must research_name: String = Text(2, 30),
        may audit_report: Vec<FileId> = Files(2), must agree: bool = Flag
    }
    SettleAccount "settle_account" {
        may enterprise_surplus: Option<String> = Choice(&["kept", "returned"]), may note: Option<String> = Long(0, 1000)
    }
    ConfirmReceipt "confirm_receipt" { must received_on: String = Date, must amount_fen: Money = Fen }
    /// A change of one kind, with the fields of that kind (`KIND_FIELDS`); what stood before is known.
    AskChange "ask_change" {
        must kind: String = Choice(CHANGE_KINDS), may before: Option<String> = Long(2, 2000), may after: Option<String> = Long(2, 2000),
        may person: Option<String> = Text(2, 30), may unit: Option<String> = Text(4, 60), may leaves: Option<String> = Text(2, 30),
        may lead_uscc: Option<Uscc> = CreditCode,
        may members: Vec<Member> = Rows(0, 8, &[
            must("uscc", CreditCode), must("name", Text(4, 60)), must("task", Text(4, 300)), must("work_bp", Percent), must("money_fen", Fen),
            may("self_fen", Fen),
        ]),
        may indicator: Option<i64> = Integer(1, 12), may value: Option<Quantity> = Decimal,
        may county_fen: Option<Money> = Fen, may enterprise_fen: Option<Money> = Fen, may self_fen: Option<Money> = Fen,
        may months: Option<i64> = Integer(1, 12), must reason: String = Long(4, 2000), may files: Vec<FileId> = Files(5)
    }
    DecideChange "decide_change" by sat {
        must number: String = MINUTES_NUMBER, must held_on: String = Date, must attendance: Vec<Attendee> = ROLL, may subject: Option<String> = SUBJECT,
        must expert_opinion: String = Long(20, 3000), must experts: Vec<Judge> = Rows(3, 15, judge::JUDGES), may notice_no: Option<String> = Text(4, 60)
    }
    ApplyAcceptance "apply_acceptance" {
        must summary: String = Long(20, 3000),
        must self_assessed: Vec<SelfAssessed> = Rows(1, 12, &[
            must("indicator", Integer(1, 12)), may("value", Decimal), must("verdict", Choice(VERDICTS_OF_INDICATOR)), may("note", Text(1, 200)),
        ]),
        must end_user: String = Text(4, 60), must end_user_opinion: String = Choice(END_USER_OPINIONS),
        must end_user_report: String = Long(10, 3000), must cause: String = Choice(CAUSES), may diligence: Option<String> = Long(0, 3000),
        may ip_list: Option<String> = Long(0, 2000), must files: Vec<FileId> = Files(10)
    }
    RecordMeasurements "record_measurements" {
        must measured: Vec<Measured> = Rows(1, 12, &[
            must("indicator", Integer(1, 12)), may("value", Decimal), may("report_no", Text(2, 60)), may("measured_on", Date),
            may("basis", Choice(TEST_BASES)), may("lab", Text(4, 60)), may("lab_no", Text(4, 40)),
            must("verdict", Choice(VERDICTS_OF_INDICATOR)), may("note", Text(1, 200)),
        ])
    }
    PanelVerdict "panel_verdict" {
        must opinions: Vec<Judge> = Rows(5, 15, judge::PANELLISTS), must verdict: String = Choice(OUTCOMES),
        may reason: Option<String> = Long(0, 2000)
    }
    /// What has to be registered before the file goes to the archive.
    ArchiveAcceptance "archive_acceptance" {
        may result_registration_no: Option<String> = Text(4, 60), may sci_report_no: Option<String> = Text(4, 60),
        may note: Option<String> = Long(0, 1000)
    }
    SignIn "sign_in" { must email: String = Email, must password: String = Password }
    /// Who one is, once more.
    StepUp "step_up" { must password: String = Password }
    ChangePassword "change_password" { must old_password: String = Password, must new_password: String = Password }
    RegisterOrganisation "register_organisation" {
        must uscc: Uscc = CreditCode, must name: String = Text(4, 80), must kind: String = Choice(ORG_KINDS), must region: String = Text(4, 6),
        must address: String = Text(4, 120), must legal_representative: String = Text(2, 30), must bank_name: String = Text(4, 60),
        must bank_account: String = Text(6, 40), may affiliates: Vec<Affiliate> = Rows(0, 20, &[must("uscc", CreditCode)]),
        may size: Option<String> = Choice(ORG_SIZES), may same_name: bool = Flag
    }
    /// Somebody is invited: the secret is the person's own to set.
    InvitePerson "invite_person" {
        must email: String = Email, must name: String = Text(2, 30), must role: String = Choice(Role::GIVEN), must organisation: uuid::Uuid = Id,
        may expert_kind: Option<String> = Choice(EXPERT_KINDS), may disciplines: Option<String> = Text(0, 60),
        may region: Option<String> = Text(0, 30), may title: Option<String> = Text(0, 30), may former_units: Option<String> = Text(0, 300)
    }
    /// The secret that the holder of a one-time link sets; the code is the other half, where two people give the link out.
    SetSecret "set_secret" { may code: Option<String> = Text(0, 40), must new_password: String = Password }
    ChangeRole "change_role" { must role: String = Choice(Role::GIVEN), must reason: String = Long(4, 1000) }
    CorrectName "correct_name" { must name: String = Text(2, 30), must reason: String = Long(4, 1000) }
    /// What the register says of an organisation, as it shall read.
    CorrectOrganisation "correct_organisation" {
        must name: String = Text(4, 80), must region: String = Text(4, 6), must address: String = Text(4, 120),
        must legal_representative: String = Text(2, 30), may size: Option<String> = Choice(ORG_SIZES), must reason: String = Long(4, 1000)
    }
    ChangeBankAccount "change_bank_account" {
        must bank_name: String = Text(4, 60), must bank_account: String = Text(6, 40), must reason: String = Long(4, 1000)
    }
}

/// An indicator's value as the contract shall have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedValue {
    pub indicator: i64,
    pub value: Quantity,
}

/// A milestone as the contract shall have it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlannedNode {
    pub name: String,
    pub month: i64,
    pub share_bp: i64,
    pub result: String,
    pub county_bp: Option<i64>,
    pub after: Option<i64>,
    pub cut_point: Option<bool>,
}

impl From<PlannedNode> for OfferedMilestone {
    fn from(p: PlannedNode) -> Self {
        Self {
            name: p.name,
            month: p.month,
            share_bp: p.share_bp,
            result: p.result,
            county_bp: p.county_bp,
            cut_point: p.cut_point.unwrap_or(false),
            after: p.after,
        }
    }
}

/// An affiliated organisation, by credit code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Affiliate {
    pub uscc: Uscc,
}

/// An amendment: the whole need as it shall read, why, and whether it is material (then the closing time moves).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Amendment {
    pub need: Need,
    pub reason: String,
    pub close_at: Option<Timestamp>,
}

/// A form that records a meeting's decision.
pub trait Minuted {
    fn minutes(&self) -> Minutes;
}

/// Somebody who shall hold a key of a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenHolder {
    pub account: uuid::Uuid,
}

/// Keyholders are chosen where bids are sealed to them.
fn held(form: &Publication, faults: &mut Faults) {
    if form.sealing.as_deref().is_some_and(|s| s != "server") && form.keyholders.is_empty() {
        faults.add("keyholders", "missing");
    }
}

/// A unit has a credit code.
fn named(form: &FileObjection, faults: &mut Faults) {
    if form.kind == "unit" && form.uscc.is_none() {
        faults.add("uscc", "missing");
    }
}

/// What is technical is not judged without an independent opinion.
fn heard(form: &RecordFindings, faults: &mut Faults) {
    if form.technical && form.experts.is_empty() {
        faults.add("experts", "expert_missing");
    }
}

fn sat(form: &impl Minuted, faults: &mut Faults) {
    meeting::check_roll(form.minutes().attendance.roll(), faults);
}

/// The votes are on what was asked; without a majority it was refused or put off.
fn sat_against(form: &impl Minuted, faults: &mut Faults) {
    meeting::check_no(form.minutes().attendance.roll(), faults);
}

macro_rules! minuted { ($($form:ident),*) => { $(
    impl Minuted for $form {
        fn minutes(&self) -> Minutes {
            let attendance = Attendance::Roll(self.attendance.clone());
            Minutes { number: self.number.clone(), held_on: self.held_on.clone(), attendance, subject: self.subject.clone() }
        }
    }
    impl From<&$form> for Minutes {
        fn from(form: &$form) -> Self {
            form.minutes()
        }
    }
)* } }
minuted!(
    Approval,
    Decision,
    Lapse,
    MeetingRefusal,
    MeetingDeferral,
    DecideObjection,
    Ending,
    Revoking,
    DecideChange,
    CutLane,
    DecideGate,
    DecideOverdue,
    DecideNode,
    EnterIntegrity
);
