//! The numbers that a bureau may set (marked C in the domain paper). A version is frozen into each challenge when it is
//! published (trap 27). Working days unless the name says otherwise.
use super::*;

macro_rules! rules { ($($(#[$doc:meta])* $name:ident : $ty:ty = $default:expr),* $(,)?) => {
    /// One version of the rules.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default)]
    pub struct RuleSet { $($(#[$doc])* pub $name: $ty),* }
    impl Default for RuleSet { fn default() -> Self { Self { $($name: $default),* } } }
}}

rules! {
    version: i32 = 1,
    screening_days: u16 = 5,
    resubmit_days: u16 = 10,
    /// How often a need may be returned.
    returns_most: u16 = 2,
    appraisal_days: u16 = 10,
    decision_days: u16 = 5,
    /// Publication of the list before it opens; 0 = none.
    list_notice_days: u16 = 5,
    /// Calendar days a challenge is open at least.
    open_days_least: i64 = 30,
    /// An amendment must leave this many calendar days.
    amend_days_left: i64 = 10,
    amend_cutoff_days: u16 = 5,
    withdrawal_days: u16 = 3,
    opening_days: u16 = 2,
    form_check_days: u16 = 5,
    cure_days: u16 = 3,
    review_days: u16 = 20,
    scoring_days: u16 = 5,
    invitation_days: u16 = 1,
    /// Who declines or recuses is followed at once by the next of the draw; else when the supervisor says so.
    next_at_once: bool = true,
    talk_days: u16 = 10,
    award_days: u16 = 5,
    /// Public notice of the proposed award (L, near-universal).
    notice_days: u16 = 5,
    confirm_days: u16 = 3,
    lapse_days: u16 = 3,
    relist_days: u16 = 30,
    relists_most: u16 = 2,
    /// Working days in which a clue is taken up or declined, and answered from then on.
    tip_off_accept_days: u16 = 3,
    tip_off_answer_days: u16 = 30,
    objection_accept_days: u16 = 3,
    objection_decide_days: u16 = 15,
    objection_complete_days: u16 = 3,
    /// The other side's answer.
    objection_answer_days: u16 = 5,
    /// Once, for a reason.
    objection_extend_days: u16 = 15,
    objection_reconsider_days: u16 = 10,
    objection_again_days: u16 = 15,
    /// Calendar days for administrative reconsideration, N(行政复议法 2023修订).
    remedy_days: i64 = 60,
    contract_text_days: u16 = 10,
    contract_check_days: u16 = 5,
    contract_sign_days: u16 = 20,
    /// Calendar days after taking effect by which a contract should be registered as a technical contract (a warning).
    registration_days: i64 = 30,
    milestone_poster_days: u16 = 10,
    milestone_check_days: u16 = 15,
    rectify_days: i64 = 60,
    payment_check_days: u16 = 5,
    payment_days: u16 = 10,
    receipt_days: u16 = 5,
    change_days: u16 = 10,
    acceptance_check_days: u16 = 10,
    acceptance_panel_days: u16 = 20,
    acceptance_decide_days: u16 = 10,
    settle_days: u16 = 20,
    /// Hundredths of a point.
    pass_score: i64 = 7_000,
    pass_score_single: i64 = 8_000,
    /// An expert this far from the median explains, and is never forced to change.
    outlier_limit: i64 = 1_500,
    explain_days: u16 = 1,
    /// An expert's fee for one review is at most this much (N 财科教〔2017〕128号, central; L).
    fee_most_fen: i64 = 1_200_000,
    panel_least: usize = 5,
    panel_least_large: usize = 7,
    /// First digits of GB/T 2260 of the region that is home: two thirds of a panel come from elsewhere.
    home_region: String = "1411".into(),
    /// At and above this stake the larger panel sits.
    panel_large_stake_fen: i64 = 300_000_000,
    /// From this many sheets on, one high and one low are dropped.
    drop_from: usize = 7,
    lead_share_least_bp: i64 = 4_000,
    pi_projects_most: i64 = 2,
    /// County's part on the enterprise track: at most this share and this amount.
    county_share_most_bp: i64 = 3_000,
    county_most_fen: i64 = 100_000_000,
    enterprise_share_least_bp: i64 = 5_000,
    race_gap: i64 = 500,
    /// Tranches of county money on the government track, hundredths of a percent: effective, middle, acceptance.
    tranches_bp: Vec<i64> = vec![4_000, 4_000, 2_000],
    /// County subsidy is asked for once this share of the enterprise's part is really paid (enterprise track).
    subsidy_after_paid_bp: i64 = 3_000,
    extension_months_most: i64 = 12,
    /// How many keyholders open together.
    keyholders_needed: u8 = 2,
    /// Hours in which keyholders answer before the teams may be asked for their spares, and hours in which these are taken.
    keyholder_hours: i64 = 24,
    spare_hours: i64 = 24,
    /// Calendar days in which a public body and a large enterprise pay a small or medium firm (domain 4.11).
    prompt_days_public: i64 = 30,
    prompt_days_large: i64 = 60,
    /// Interest of a late payment where the contract names none, in ten-thousandths a day (from memory of the regulation).
    late_interest_daily: i64 = 5,
    /// A final account is open inside the host unit for so many days (L).
    disclosure_days: u16 = 5,
    /// From this much fiscal money received on, the final account is audited (C).
    audit_from_fen: i64 = 100_000_000,
    /// Share of the lines that a spot check draws, hundredths of a percent; at least three lines (C).
    spot_share_bp: i64 = 1_000,
    /// A question on a red flag is answered within so many days. The thresholds of the flags follow (C).
    flag_answer_days: u16 = 5,
    /// Fewer working days for bids than this are a short window.
    flag_window_workdays: i64 = 20,
    /// An amendment with fewer calendar days than this to the close is late.
    flag_amend_days: i64 = 15,
    flag_relists: u16 = 2,
    /// Awards of one unit, by one poster or in one field, within so many months.
    flag_wins: usize = 3,
    flag_wins_months: i64 = 24,
    /// From this share of the stake on, a price lies near the ceiling.
    flag_ceiling_bp: i64 = 9_500,
    /// Seats of a panel filled again: more than a third (domain 5.5).
    flag_replaced_bp: i64 = 3_333,
    /// Different steps of one case that one person of the bureau may take.
    flag_officer_steps: usize = 14,
    /// A sum less than this share below a limit lies just under it.
    flag_under_bp: i64 = 500,
    /// County money that is paid in fewer working days than this from its request was hardly checked.
    flag_fast_days: i64 = 1,
    /// Two bids with this share of their words in common may have one writer.
    flag_text_bp: i64 = 8_000,
    /// Two prices so near and a round sum apart stand in a step.
    flag_price_bp: i64 = 200,
    /// More protected things than this read by one person within an hour are unusual.
    flag_reads_hour: usize = 10,
    /// Working days in which a lead passes on its partners' share.
    onward_days: u16 = 15,
    /// Calendar days from the contract's effect to the first fiscal payment (N 国办发〔2021〕32号, L).
    first_payment_days: i64 = 30,
    /// Days to be heard before an integrity record is entered.
    plea_days: u16 = 5,
    /// Years that the outcomes of a result are followed, one to five.
    follow_up_years: i64 = 3,
}

impl RuleSet {
    /// Seats of a review panel: odd, at least five; seven for a large stake, a single bid or a race (domain 5.4).
    pub fn panel_seats(&self, stake: Money, valid_bids: usize, race: bool) -> usize {
        if stake.as_fen() >= self.panel_large_stake_fen || valid_bids == 1 || race {
            self.panel_least_large
        } else {
            self.panel_least
        }
    }
    /// Points a bid needs, given how many valid bids there are (domain 5.3).
    pub fn pass(&self, valid_bids: usize) -> Score {
        Score::hundredths(if valid_bids == 1 { self.pass_score_single } else { self.pass_score })
    }
}
