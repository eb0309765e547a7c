//! The main job driven act by act, to any phase of it; every helper gives the ids that the next one needs.
use crate::{
    support::{self, TestApp},
    world::{self, World},
};
use jiebang::{
    app::{self, App, Error},
    domain::{clock::Clock, forms::*, *},
    store::{self, noun},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    ops::{Deref, DerefMut},
    sync::{Arc, OnceLock},
};

pub const GOVERNMENT: &str = "government_posted";
pub const ENTERPRISE: &str = "enterprise_posted";
/// The universities that bid, by login and organisation.
pub const TEAMS: [(&str, &str); 4] = [("bidder1", "u1"), ("bidder2", "u2"), ("bidder3", "u3"), ("bidder4", "u4")];

const PEOPLE: &[&str] = &[
    "officer",
    "officer2",
    "officer3",
    "checker",
    "head",
    "admin",
    "supervisor",
    "auditor",
    "finance",
    "poster",
    "poster2",
    "service",
    "bidder1",
    "bidder2",
    "bidder3",
    "bidder4",
    "expert0",
    "expert1",
    "expert2",
    "expert3",
    "expert4",
    "expert5",
    "expert6",
    "expert7",
    "expert8",
    "expert9",
    "expert10",
    "expert11",
];

/// A test's own world: taken when it is first looked at, so that a phase which comes before anything else is copied, not lived.
pub struct Taken {
    of: Arc<World>,
    copy: OnceLock<TestApp>,
}

impl Deref for Taken {
    type Target = TestApp;
    fn deref(&self) -> &TestApp {
        self.copy.get_or_init(|| self.of.copied_at_once())
    }
}

impl DerefMut for Taken {
    fn deref_mut(&mut self) -> &mut TestApp {
        let _taken = self.deref();
        self.copy.get_mut().expect("it was taken")
    }
}

/// A platform with its cast, as actors.
pub struct Stage {
    pub t: Taken,
    /// All worlds of stages come from one: whoever is in it has the same account in each.
    people: BTreeMap<String, Actor>,
    /// Experts whose open part waits for the prices: who, which bids, at which percentages.
    waiting: std::sync::Mutex<Vec<(Assignment, Vec<BidId>, Vec<i64>)>>,
}

/// What an act came to, in one word: `ok`, the refusal's code, the denial, or the faults as `path code`.
pub fn told<T>(r: app::Result<T>) -> String {
    match r {
        Ok(_) => "ok".into(),
        Err(Error::Refused(r)) => r.code.into(),
        Err(Error::Denied(d)) => d.to_string(),
        Err(Error::Faulty(f)) => f.0.iter().map(|f| format!("{} {}", f.path, f.code)).collect::<Vec<_>>().join(", "),
        Err(Error::Store(store::Error::Replayed { .. })) => "replayed".into(),
        Err(other) => other.to_string(),
    }
}

/// A form as it is typed.
#[track_caller]
pub fn form<T: Draft>(raw: Value) -> T {
    T::read(&raw).unwrap_or_else(|f| panic!("{}: {f:?}", T::FORM.name))
}

pub fn plain() -> Plain {
    Plain { note: None }
}

pub fn reason() -> Reason {
    Reason { reason: "按规则办理，理由充分。".into() }
}

pub fn not_ours() -> RefuseObjection {
    RefuseObjection { ground: "other_matter".into(), reason: "与本公示无关，不予受理。".into() }
}

pub fn new_facts() -> AskAgain {
    form(json!({ "new_facts": "新取得的竣工资料表明，所列业绩确已建成投运，附复印件。" }))
}

/// A collective decision, with whatever else its form asks.
pub fn meeting<T: Draft>(more: Value) -> T {
    let mut raw = json!({ "number": "交科纪要〔2026〕7号", "held_on": "2026-03-02", "attendance": support::roll() });
    raw.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    form(raw)
}

pub fn opinions(n: usize) -> Value {
    let one = |n: usize| json!({ "expert": format!("论证专家{n}"), "unit": format!("论证单位{n}"), "verdict": "agree", "opinion": "需求真实，指标可考核，榜额合理。" });
    (1..=n).map(one).collect()
}

/// Experts who are asked in the course of the work.
pub fn judges(n: usize) -> Value {
    let one = |n: usize| json!({ "expert": format!("核验专家{n}"), "unit": format!("核验单位{n}"), "opinion": "资料真实，结论同意。", "no_conflict": true });
    (1..=n).map(one).collect()
}

/// The same with their kinds, the first of finance: an acceptance's panel.
pub fn panellists(n: usize) -> Value {
    let mut all = judges(n);
    for (i, row) in all.as_array_mut().expect("rows").iter_mut().enumerate() {
        row["expert_kind"] = json!(if i == 0 { "finance_management" } else { "technical" });
    }
    all
}

pub fn need(track: &str, mode: &str) -> Value {
    support::need(track, mode)
}

fn poster_of(track: &str) -> &'static str {
    if track == ENTERPRISE { "poster" } else { "service" }
}

impl Stage {
    pub async fn new() -> Self {
        static CAST: tokio::sync::OnceCell<BTreeMap<String, Actor>> = tokio::sync::OnceCell::const_new();
        let mut s = Self::in_world(TestApp::cast().await, BTreeMap::new());
        let people = CAST.get_or_init(async || {
            for name in PEOPLE {
                s.meet(name).await;
            }
            s.people.clone()
        });
        Self::in_world(TestApp::cast().await, people.await.clone())
    }

    fn in_world(of: Arc<World>, people: BTreeMap<String, Actor>) -> Self {
        Self { t: Taken { of, copy: OnceLock::new() }, people, waiting: Default::default() }
    }

    /// A phase that many tests live through. Where nothing has happened yet, it is lived once in a run and copied; otherwise here.
    async fn phase<T: Clone + Send + Sync + 'static>(&self, name: String, live: impl AsyncFnOnce(&Self) -> T) -> T {
        if self.t.copy.get().is_some() {
            return Box::pin(live(self)).await;
        }
        let lived = async || {
            let s = Self::in_world(self.t.of.clone(), self.people.clone());
            let told = live(&s).await;
            assert!(s.waiting.lock().unwrap().is_empty(), "nobody of a phase that is kept waits");
            let _taken = &*s.t;
            (s.t.copy.into_inner().expect("it was taken"), told)
        };
        let world = world::kept(&name, lived).await;
        let mine = self.t.copy.set(world.copied().await);
        assert!(mine.is_ok(), "one test lives one thing after the other");
        world.told()
    }

    /// Takes in somebody who has an account.
    pub async fn meet(&mut self, name: &str) {
        let found = store::account::by_email(&self.t.app.db, &format!("{name}@unit.example")).await.unwrap();
        self.people.insert(name.to_owned(), found.unwrap_or_else(|| panic!("{name}")).0.actor().proven());
    }

    /// Everybody who has an account, by login.
    pub fn cast(&self) -> impl Iterator<Item = &str> {
        self.people.keys().map(String::as_str)
    }

    #[track_caller]
    pub fn who(&self, name: &str) -> &Actor {
        &self.people[name]
    }
    pub fn app(&self) -> &App {
        &self.t.app
    }
    pub fn org(&self, key: &str) -> OrgId {
        serde_json::from_value(self.t.org(key)["id"].clone()).unwrap()
    }
    pub fn now(&self) -> jiff::Timestamp {
        self.t.clock.now()
    }
    pub fn today(&self) -> String {
        date_of(self.now()).to_string()
    }
    pub fn set_clock(&self, to: jiff::Timestamp) {
        self.t.clock.set(to);
    }
    pub fn advance(&self, days: i64) {
        self.t.advance(days);
    }
    pub fn in_days(&self, days: i64) -> jiff::Timestamp {
        self.now() + jiff::SignedDuration::from_hours(24 * days)
    }

    pub async fn challenge(&self, id: ChallengeId) -> Challenge {
        noun::find(&self.app().db, id.0).await.unwrap().unwrap()
    }
    pub async fn bid(&self, id: BidId) -> Bid {
        noun::find(&self.app().db, id.0).await.unwrap().unwrap()
    }
    pub async fn notice(&self, id: NoticeId) -> Notice {
        noun::find(&self.app().db, id.0).await.unwrap().unwrap()
    }
    pub async fn contract(&self, id: ContractId) -> Contract {
        noun::find(&self.app().db, id.0).await.unwrap().unwrap()
    }
    pub async fn objection(&self, id: ObjectionId) -> Objection {
        noun::find(&self.app().db, id.0).await.unwrap().unwrap()
    }
    pub async fn milestones(&self, id: ContractId) -> Vec<Milestone> {
        let mut all: Vec<Milestone> = noun::of(&self.app().db, "contract_id", id.0).await.unwrap();
        all.sort_by_key(|m| m.number);
        all
    }
    pub async fn instalments(&self, id: ContractId) -> Vec<Instalment> {
        let mut all: Vec<Instalment> = noun::of(&self.app().db, "contract_id", id.0).await.unwrap();
        all.sort_by_key(|i| i.number);
        all
    }
    /// The plan as (source, 万元, state).
    pub async fn money(&self, id: ContractId) -> Vec<(String, String, &'static str)> {
        self.instalments(id).await.iter().map(|i| (i.source.clone(), i.amount_fen.wan_text(), i.head.state.id())).collect()
    }
    pub async fn acceptance(&self, id: ContractId) -> Acceptance {
        noun::of(&self.app().db, "contract_id", id.0).await.unwrap().remove(0)
    }
    pub async fn assignments(&self, id: ChallengeId) -> Vec<Assignment> {
        noun::of(&self.app().db, "challenge_id", id.0).await.unwrap()
    }
    pub async fn contracts(&self, id: ChallengeId) -> Vec<Contract> {
        let mut all: Vec<Contract> = noun::of(&self.app().db, "challenge_id", id.0).await.unwrap();
        all.sort_by_key(|k| k.lane);
        all
    }
    pub async fn notices(&self, id: ChallengeId) -> Vec<Notice> {
        noun::of(&self.app().db, "challenge_id", id.0).await.unwrap()
    }

    pub async fn upload(&self, who: &str) -> FileId {
        let pdf = bytes::Bytes::from_static(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(pdf)]);
        self.app().upload(self.who(who), "证明.pdf", stream).await.unwrap().id
    }

    /// The whole record held against the rules, as `jiebang verify` does it.
    pub async fn verified(&self) -> Result<(), String> {
        use jiebang::app::verify::{Signed, Stopped, database};
        use jiebang::domain::log::check::{Checker, Trust};
        self.app().seal_log().await.unwrap();
        let key = self.app().log.public_key().unwrap().clone();
        let checker = Checker::new(Trust { key: Some(key.clone()), ..Trust::default() });
        match database(&self.app().db, checker, Some(&Signed { key, last: None }), &|_, _| {}).await {
            Ok(_) => Ok(()),
            Err(Stopped::Wrong(w)) => Err(format!("{} {w}", w.code)),
            Err(other) => Err(other.to_string()),
        }
    }

    // ---- the need

    pub async fn to_draft(&self, poster: &str, need: Value) -> ChallengeId {
        let poster = self.who(poster);
        let c = self.app().create_challenge(poster, form(json!({ "title": "焦化脱硫废液提盐及副盐高值化" }))).await.unwrap();
        self.app().save_draft(poster, c.id, need, None).await.unwrap();
        c.id
    }
    pub async fn to_submitted(&self, poster: &str, need: Value) -> ChallengeId {
        self.phase(format!("submitted {poster} {need}"), async |s| {
            let c = s.to_draft(poster, need).await;
            s.app().submit_challenge(s.who(poster), c).await.unwrap();
            c
        })
        .await
    }
    pub fn screening() -> Screening {
        form(json!({ "industry_fit": true, "not_duplicate": true, "funds_proved": true, "poster_real": true }))
    }
    pub async fn to_appraisal(&self, poster: &str, need: Value) -> ChallengeId {
        self.phase(format!("appraisal {poster} {need}"), async |s| {
            let c = s.to_submitted(poster, need).await;
            s.app().screen_challenge(s.who("officer"), c, Self::screening()).await.unwrap();
            s.app().pass_screening(s.who("checker"), c, plain()).await.unwrap();
            c
        })
        .await
    }
    pub fn appraisal(outcome: &str) -> RecordAppraisal {
        form(
            json!({ "held_on": "2026-03-02", "opinions": opinions(3), "conclusion": "论证意见如上，请按此办理。", "outcome": outcome }),
        )
    }
    pub async fn to_decided(&self, poster: &str, need: Value) -> ChallengeId {
        let c = self.to_appraisal(poster, need).await;
        self.app().record_appraisal(self.who("officer"), c, Self::appraisal("accept")).await.unwrap();
        c
    }
    pub async fn to_list_notice(&self, poster: &str, need: Value) -> ChallengeId {
        let c = self.to_decided(poster, need).await;
        self.app().approve_challenge(self.who("head"), c, meeting(json!({ "fair_competition_reviewed": true }))).await.unwrap();
        c
    }
    pub async fn publish(&self, poster: &str, need: Value) -> ChallengeId {
        self.phase(format!("published {poster} {need}"), async |s| {
            let c = s.to_list_notice(poster, need).await;
            s.set_clock(s.challenge(c).await.head.due.unwrap());
            s.app()
                .publish_challenge(s.who("officer"), c, Publication { close_at: s.in_days(31), sealing: None, rubric: None })
                .await
                .unwrap();
            c
        })
        .await
    }
    pub async fn to_published(&self, track: &str, mode: &str) -> ChallengeId {
        self.publish(poster_of(track), need(track, mode)).await
    }

    // ---- bids

    /// The `n`th team's offer: its own name, within the money of the track.
    pub fn offer(&self, team: usize, track: &str) -> Value {
        let (county, firm) = if track == ENTERPRISE { (40_000_000, 180_000_000) } else { (200_000_000, 20_000_000) };
        support::offer(self.t.org(TEAMS[team].1), county, firm, "99")
    }
    pub async fn draft_bid(&self, c: ChallengeId, who: &str, offer: Value) -> BidId {
        let b = self.app().start_bid(self.who(who), c, StartBid { note: None }).await.unwrap();
        self.app().save_bid_draft(self.who(who), b.id, offer, None).await.unwrap();
        b.id
    }
    pub async fn seal(&self, c: ChallengeId, who: &str, offer: Value) -> BidId {
        let b = self.draft_bid(c, who, offer).await;
        self.app().seal_bid(self.who(who), b, SealBid { agree: true }).await.unwrap();
        b
    }
    pub async fn seal_teams(&self, c: ChallengeId, track: &str, teams: usize) -> Vec<BidId> {
        let mut bids = vec![];
        for (n, (who, _)) in TEAMS.iter().enumerate().take(teams) {
            bids.push(self.seal(c, who, self.offer(n, track)).await);
        }
        bids
    }
    pub async fn close(&self, c: ChallengeId) {
        self.set_clock(self.challenge(c).await.close_at.unwrap());
    }
    pub async fn open(&self, c: ChallengeId) {
        self.close(c).await;
        self.app().begin_opening(self.who("officer"), c, plain()).await.unwrap();
        self.app().open_bids(self.who("supervisor"), c, plain()).await.unwrap();
    }
    pub async fn to_opened(&self, track: &str, mode: &str, teams: usize) -> (ChallengeId, Vec<BidId>) {
        self.phase(format!("opened {track} {mode} {teams}"), async |s| {
            let c = s.to_published(track, mode).await;
            let bids = s.seal_teams(c, track, teams).await;
            s.open(c).await;
            (c, bids)
        })
        .await
    }
    pub async fn check_form(&self, b: BidId, valid: bool) {
        let outcome = if valid { "valid" } else { "form_rejected" };
        let check =
            form(json!({ "stamped": valid, "readable": true, "complete": true, "outcome": outcome, "reason": "盖章情况" }));
        self.app().check_bid_form(self.who("officer"), b, check).await.unwrap();
        match valid {
            true => self.app().validate_bid(self.who("checker"), b, plain()).await.unwrap(),
            false => self.app().reject_bid_form(self.who("checker"), b, reason()).await.unwrap(),
        };
    }

    // ---- the review

    pub async fn to_reviewing(&self, track: &str, mode: &str, teams: usize) -> (ChallengeId, Vec<BidId>) {
        self.phase(format!("reviewing {track} {mode} {teams}"), async |s| {
            let (c, bids) = s.to_opened(track, mode, teams).await;
            for b in &bids {
                s.check_form(*b, true).await;
            }
            s.convene(c).await;
            s.app().start_review(s.who("officer"), c, plain()).await.unwrap();
            (c, bids)
        })
        .await
    }
    /// The officer calls for a panel, the supervisor draws it.
    pub async fn convene(&self, c: ChallengeId) {
        self.app().convene_panel(self.who("officer"), c, Convene { kind_note: None }).await.unwrap();
        self.app().draw_panel(self.who("supervisor"), c, Self::words()).await.unwrap();
    }
    pub fn words() -> DrawPanel {
        form(support::lot())
    }
    pub fn expert(&self, id: AccountId) -> &Actor {
        self.people.values().find(|a| a.account == id).expect("an expert of the cast")
    }
    pub async fn seat(&self, a: &Assignment) {
        let e = self.expert(a.expert);
        self.app().accept_invitation(e, a.id, NoConflict { no_conflict: true }).await.unwrap();
        self.app().commit_expert(e, a.id, Commitment { independence: true, secrecy: true, no_lobbying: true }).await.unwrap();
    }
    /// Points at `percent` of every item of one part, each with its reason.
    pub fn sheet(percent: i64, blind: bool) -> Sheet {
        let reason = "该项内容论证充分，数据完整，与指标要求逐条对应，理由不少于三十个字，记录在案。";
        let items = || SHEET.iter().filter(|i| i.blind == blind);
        Sheet {
            points: items().map(|i| (i.id.to_owned(), Score::hundredths(i.most * percent))).collect(),
            reasons: items().map(|i| (i.id.to_owned(), reason.to_owned())).collect(),
            verdict: (!blind).then(|| "recommend".to_owned()),
            ..Sheet::default()
        }
    }
    /// One expert's blind scores, locked.
    pub async fn score_blind(&self, a: &Assignment, bids: &[BidId], percents: &[i64]) {
        let e = self.expert(a.expert);
        for (b, p) in bids.iter().zip(percents) {
            self.app().score_bid(e, a.id, *b, Self::sheet(*p, true)).await.unwrap();
        }
        self.app().submit_blind(e, a.id, plain()).await.unwrap();
    }
    /// The same expert's scores of the open part, submitted.
    pub async fn score_open(&self, a: &Assignment, bids: &[BidId], percents: &[i64]) {
        let e = self.expert(a.expert);
        for (b, p) in bids.iter().zip(percents) {
            self.app().score_bid(e, a.id, *b, Self::sheet(*p, false)).await.unwrap();
        }
        self.app().submit_scores(e, a.id, plain()).await.unwrap();
    }
    /// The chair concludes as the officer will report; nothing where a sheet is missing.
    pub async fn conclude(&self, c: ChallengeId, report: &Report) -> app::Result<()> {
        let all = self.assignments(c).await;
        let Some(a) = all.iter().find(|a| a.chairs && a.head.state == AssignmentState::Submitted) else { return Ok(()) };
        let (effective_competition, routes_differ) = (report.effective_competition, report.routes_differ);
        let form = PanelConclusion { conclusion: report.conclusion.clone(), effective_competition, routes_differ };
        self.app().conclude_review(self.expert(a.expert), a.id, form).await.map(|_| ())
    }
    /// The chair concludes, then the officer reports.
    pub async fn sign_report(&self, c: ChallengeId, report: Report) -> app::Result<Challenge> {
        self.conclude(c, &report).await?;
        self.app().sign_report(self.who("officer"), c, report).await
    }
    /// From the first stage of the opening to where every blind score of these bids is locked.
    pub async fn to_blind_locked(&self, c: ChallengeId, bids: &[BidId]) {
        for b in bids {
            self.check_form(*b, true).await;
        }
        self.convene(c).await;
        self.app().start_review(self.who("officer"), c, plain()).await.unwrap();
        for a in self.assignments(c).await {
            self.seat(&a).await;
            self.score_blind(&a, bids, &vec![88; bids.len()]).await;
        }
    }
    /// The second stage, by officer and supervisor.
    pub async fn open_price(&self, c: ChallengeId) {
        self.app().begin_price_opening(self.who("officer"), c, plain()).await.unwrap();
        self.app().open_price(self.who("supervisor"), c, plain()).await.unwrap();
    }
    /// Scores blind; with the last of the panel the prices are opened, and everybody's open part is scored.
    pub async fn score(&self, a: &Assignment, bids: &[BidId], percents: &[i64]) {
        self.score_blind(a, bids, percents).await;
        self.waiting.lock().unwrap().push((a.clone(), bids.to_vec(), percents.to_vec()));
        let c = self.challenge(a.challenge).await;
        if !c.price_is_open() && !c.stages.blind_in {
            return;
        }
        if !c.price_is_open() {
            self.open_price(c.id).await;
        }
        let ready: Vec<_> = {
            let mut waiting = self.waiting.lock().unwrap();
            let (ready, rest) = std::mem::take(&mut *waiting).into_iter().partition(|(x, ..)| x.challenge == c.id);
            *waiting = rest;
            ready
        };
        for (a, bids, percents) in ready {
            self.score_open(&a, &bids, &percents).await;
        }
    }
    pub fn report() -> Report {
        form(
            json!({ "conclusion": "专家组认为各揭榜方案响应充分，按得分排序推荐。", "effective_competition": true, "routes_differ": true }),
        )
    }
    /// One bid a team, all scored at its percentage by everybody.
    pub async fn to_negotiating(&self, track: &str, mode: &str, percents: &[i64]) -> (ChallengeId, Vec<BidId>) {
        self.phase(format!("negotiating {track} {mode} {percents:?}"), async |s| {
            let (c, bids) = s.to_reviewing(track, mode, percents.len()).await;
            for a in s.assignments(c).await {
                s.seat(&a).await;
                s.score(&a, &bids, percents).await;
            }
            s.sign_report(c, Self::report()).await.unwrap();
            (c, bids)
        })
        .await
    }

    /// Opened bids found in form, judged by a panel at their percentages, and ranked.
    async fn ranked(&self, c: ChallengeId, bids: &[BidId], percents: &[i64]) {
        for b in bids {
            self.check_form(*b, true).await;
        }
        self.convene(c).await;
        self.app().start_review(self.who("officer"), c, plain()).await.unwrap();
        for a in self.assignments(c).await {
            self.seat(&a).await;
            self.score(&a, bids, percents).await;
        }
        self.sign_report(c, Self::report()).await.unwrap();
    }
    /// From an open challenge to its notice of award: sealed, opened, valid, judged, ranked, agreed with the first.
    pub async fn notice_of(&self, c: ChallengeId, track: &str, percents: &[i64]) -> (Vec<BidId>, NoticeId) {
        let bids = self.seal_teams(c, track, percents.len()).await;
        self.open(c).await;
        self.ranked(c, &bids, percents).await;
        self.agree(track, c, bids[0]).await;
        (bids, self.give_notice(c).await)
    }

    // ---- the award

    pub fn agreement(b: BidId, fen: i64, reason: Option<&str>) -> Agreement {
        form(
            json!({ "bid": b, "price_fen": fen, "minutes": "双方就指标、价格和进度达成一致。", "indicators_kept": true, "reason": reason }),
        )
    }
    pub async fn agree(&self, track: &str, c: ChallengeId, b: BidId) {
        let price = self.bid(b).await.price_fen.unwrap().as_fen();
        self.app()
            .agree_with_bidder(self.who(poster_of(track)), c, Self::agreement(b, price, Some("对接洽谈中更熟悉现场")))
            .await
            .unwrap();
    }
    /// The meeting decides and the head publishes.
    pub async fn give_notice(&self, c: ChallengeId) -> NoticeId {
        self.app().decide_award(self.who("head"), c, meeting(json!({}))).await.unwrap();
        let n = self.notices(c).await.last().unwrap().id;
        self.app().publish_notice(self.who("head"), n, plain()).await.unwrap();
        n
    }
    pub async fn to_notice(&self, track: &str, percents: &[i64]) -> (ChallengeId, Vec<BidId>, NoticeId) {
        self.phase(format!("notice {track} {percents:?}"), async |s| {
            let (c, bids) = s.to_negotiating(track, "single", percents).await;
            s.agree(track, c, bids[0]).await;
            (c, bids, s.give_notice(c).await)
        })
        .await
    }
    pub async fn confirm(&self, n: NoticeId) {
        self.set_clock(self.notice(n).await.ends_at.unwrap());
        self.app().confirm_notice(self.who("officer"), n, plain()).await.unwrap();
    }
    pub async fn to_awarded(&self, track: &str, percents: &[i64]) -> (ChallengeId, Vec<BidId>, ContractId) {
        let (c, bids, n) = self.to_notice(track, percents).await;
        self.confirm(n).await;
        (c, bids, self.contracts(c).await.last().unwrap().id)
    }

    // ---- the contract

    pub fn terms() -> Value {
        json!({
            "contract_kind": "commissioned", "payment_mode": "instalments", "equipment_owner": "poster", "poster_duties": "提供现场条件、样品和历史运行数据。",
            "confidentiality_months": 24, "risk_bidder_bp": 5000, "risk_certifier": "expert_panel", "ip_owner": "joint",
            "licence_scope": "发榜方在交城县内免费使用。", "publication_review_days": 30, "acceptance_standard": "逐项指标按约定方法检测。",
            "breach": "违约方承担实际损失，以合同金额为限。", "subcontract_consent": false, "settlement": "按已通过的里程碑结算。", "dispute": "court",
        })
    }
    pub fn signature() -> Signature {
        form(json!({ "full_name": "王示例", "agree": true }))
    }
    pub fn sign(actor: &Actor) -> SignContract {
        form(json!({ "full_name": actor.name, "agree": true }))
    }
    /// A change as it is asked for, by its kind.
    pub fn asked(kind: &str, more: Value) -> AskChange {
        let mut raw = json!({ "kind": kind, "reason": "试验结果表明更优" });
        raw.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        form(raw)
    }
    /// The members of a contract with one more, who takes two fifths of the work and a yuan of the money.
    pub fn with_partner(&self, k: &Contract, org: &str) -> Value {
        let mut members = k.partners.clone();
        members[0].work_bp -= 4_000;
        members[0].money_fen = members[0].money_fen.checked_sub(Money::fen(100)).unwrap();
        let (uscc, name) = (self.t.org(org)["uscc"].clone(), self.t.org(org)["name"].clone());
        let mut members = serde_json::to_value(members).unwrap();
        let more = json!({ "uscc": uscc, "name": name, "task": "承担中试放大", "work_bp": 4000, "money_fen": 100 });
        members.as_array_mut().unwrap().push(more);
        json!({ "members": members })
    }
    /// Partners that are asked say yes, then the poster.
    pub async fn all_consent(&self, x: ChangeId) {
        let (_, change) = self.app().change(self.who("auditor"), x).await.unwrap();
        for org in change.partners_asked() {
            assert_eq!(told(self.app().consent_to_change(self.who("service"), x, plain()).await), "partners_not_agreed");
            let (who, _) = TEAMS.iter().find(|(_, key)| self.org(key) == org).unwrap();
            self.app().consent_as_partner(self.who(who), x, plain()).await.unwrap();
        }
        self.app().consent_to_change(self.who("service"), x, plain()).await.unwrap();
    }
    /// A partner joins by a change that is consented to, approved and signed.
    pub async fn add_partner(&self, k: ContractId) -> ChangeId {
        let more = self.with_partner(&self.contract(k).await, "u2");
        let x = self.app().ask_change(self.who("bidder1"), k, Self::asked("partner", more)).await.unwrap().id;
        self.all_consent(x).await;
        self.app().take_up_change(self.who("officer"), x, plain()).await.unwrap();
        self.app().approve_change(self.who("checker"), x, plain()).await.unwrap();
        self.supplement(x, GOVERNMENT, 0).await;
        x
    }
    /// Both sides and the bureau sign the supplement.
    pub async fn supplement(&self, x: ChangeId, track: &str, team: usize) {
        for who in [poster_of(track), TEAMS[team].0, "head"] {
            self.app().supplement_contract(self.who(who), x, Self::sign(self.who(who))).await.unwrap();
        }
    }
    pub fn registration(k: &Contract, number: &str, on: String) -> Registration {
        form(json!({
            "registration_no": number, "registered_on": on, "place": "太原市技术市场（示例）", "total_fen": k.award(), "technical_fen": k.award(),
        }))
    }
    /// Terms, agreement, clearance, three signatures, effect.
    pub async fn put_in_force(&self, k: ContractId, track: &str, team: usize) {
        let (poster, bidder) = (self.who(poster_of(track)), self.who(TEAMS[team].0));
        self.app().set_terms(poster, k, form(Self::terms())).await.unwrap();
        for party in [poster, bidder] {
            self.app().agree_contract(party, k, Self::signature()).await.unwrap();
        }
        self.app().clear_contract(self.who("officer"), k, plain()).await.unwrap();
        for party in [bidder, self.who("head"), poster] {
            self.app().sign_contract(party, k, Self::sign(party)).await.unwrap();
        }
        let effect = form(json!({ "pledge_attached": true, "commitments_attached": true }));
        self.app().put_in_force(self.who("checker"), k, effect).await.unwrap();
    }
    pub async fn to_effective(&self, track: &str, percents: &[i64]) -> (ChallengeId, Vec<BidId>, ContractId) {
        self.phase(format!("effective {track} {percents:?}"), async |s| {
            let (c, bids, k) = s.to_awarded(track, percents).await;
            s.put_in_force(k, track, 0).await;
            (c, bids, k)
        })
        .await
    }
    /// A race on the government track that is being talked about: so much county money a bid, one bid a percentage.
    pub async fn to_race(&self, county_fen: i64, percents: &[i64]) -> (ChallengeId, Vec<BidId>) {
        let c = self.to_published(GOVERNMENT, "race").await;
        let mut bids = vec![];
        for (who, org) in TEAMS.iter().take(percents.len()) {
            bids.push(self.seal(c, who, support::offer(self.t.org(org), county_fen, 0, "99")).await);
        }
        self.open(c).await;
        self.ranked(c, &bids, percents).await;
        (c, bids)
    }
    /// Two lanes in force: the first two teams, the government track.
    pub async fn to_two_lanes(&self) -> (ChallengeId, Vec<BidId>, [ContractId; 2]) {
        self.phase("two lanes".into(), async |s| {
            let (c, bids) = s.to_race(100_000_000, &[90, 88, 71]).await;
            for b in &bids[..2] {
                s.agree(GOVERNMENT, c, *b).await;
            }
            let n = s.give_notice(c).await;
            s.confirm(n).await;
            let lanes = s.contracts(c).await;
            let lanes = [lanes[0].id, lanes[1].id];
            for (team, k) in lanes.iter().enumerate() {
                s.put_in_force(*k, GOVERNMENT, team).await;
            }
            (c, bids, lanes)
        })
        .await
    }

    // ---- the work

    pub async fn evidence(&self, team: usize) -> SubmitEvidence {
        let file = self.upload(TEAMS[team].0).await;
        form(json!({
            "report": "本节点任务已全部完成，数据见附件。", "files": [file],
            "evidence": [{ "indicator": 1, "value": "98.6" }, { "indicator": 2, "value": "93" }, { "indicator": 3, "value": "96" }],
            "deliverables": [{ "kind": "process_package", "number": "GYB-2026-001", "count": 1 }],
        }))
    }
    pub fn verdict() -> Verdict {
        form(json!({ "verdict": "资料齐全，指标达到节点要求。", "judged": Self::judged(), "experts": judges(3) }))
    }
    pub fn judged() -> Value {
        (1..=3).map(|n| json!({ "indicator": n, "verdict": "met" })).collect()
    }
    /// From the work: what diligence is proved from.
    pub async fn file_report(&self, k: ContractId, team: usize, kind: &str, more: Value) -> Progress {
        let who = TEAMS[team].0;
        let files: Vec<FileId> = if kind == "lab_record" { vec![self.upload(who).await] } else { vec![] };
        let mut raw = json!({ "kind": kind, "text": "试验过程、条件和结果如实记录如下，数据见附件。", "files": files });
        raw.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        self.app().file_progress(self.who(who), k, form(raw)).await.unwrap()
    }
    /// Original records, a warning in time, another route tried.
    pub async fn be_diligent(&self, k: ContractId, team: usize) {
        self.file_report(k, team, "lab_record", json!({})).await;
        self.file_report(k, team, "early_warning", json!({ "found_on": self.today(), "problem": "收率难以达到指标" })).await;
        self.file_report(k, team, "plan_b", json!({})).await;
    }
    pub async fn pass_milestone(&self, k: ContractId, number: usize, track: &str, team: usize) {
        let m = self.milestones(k).await[number - 1].id;
        self.app().submit_evidence(self.who(TEAMS[team].0), m, self.evidence(team).await).await.unwrap();
        self.app().confirm_evidence(self.who(poster_of(track)), m, plain()).await.unwrap();
        self.app().pass_milestone(self.who("checker"), m, Self::verdict()).await.unwrap();
    }
    pub fn payment(&self, i: &Instalment) -> RecordPayment {
        form(json!({ "voucher": "国库支付0001", "paid_on": self.today(), "amount_fen": i.amount_fen }))
    }
    pub async fn request(&self, i: &Instalment, who: &str, org: &str) {
        let ask = self.asking(i, who, org).await;
        self.app().request_payment(self.who(who), i.id, ask).await.unwrap();
    }
    pub async fn asking(&self, i: &Instalment, who: &str, org: &str) -> RequestPayment {
        form(self.t.payment_request(who, org, i.is_fiscal(), &i.id.to_string(), &json!(i.amount_fen)).await)
    }
    pub fn budget(&self) -> ApprovePayment {
        form(json!({ "fiscal_year": date_of(self.now()).year(), "budget_doc_no": "交财预〔2026〕8号" }))
    }
    /// County money to its payee, by four different people; received.
    pub async fn pay_county(&self, i: &Instalment, payee: &str, org: &str) {
        self.request(i, payee, org).await;
        self.app().check_payment(self.who("officer"), i.id, plain()).await.unwrap();
        self.app().approve_payment(self.who("head"), i.id, self.budget()).await.unwrap();
        self.app().pay_fiscal(self.who("finance"), i.id, self.payment(i)).await.unwrap();
        self.receive(i, payee).await;
    }
    /// The poster's own money to the bidder; received.
    pub async fn pay_firm(&self, i: &Instalment, poster: &str, team: usize) {
        let (who, org) = TEAMS[team];
        self.request(i, who, org).await;
        self.app().pay_enterprise(self.who(poster), i.id, self.payment(i)).await.unwrap();
        self.receive(i, who).await;
    }
    pub async fn receive(&self, i: &Instalment, payee: &str) {
        let receipt = form(json!({ "received_on": self.today(), "amount_fen": i.amount_fen }));
        self.app().confirm_receipt(self.who(payee), i.id, receipt).await.unwrap();
    }

    // ---- the acceptance

    pub async fn application(&self, team: usize, cause: &str, diligence: Option<&str>) -> ApplyAcceptance {
        let file = self.upload(TEAMS[team].0).await;
        let own = |n: i64| json!({ "indicator": n, "value": "99", "verdict": "met" });
        form(json!({
            "summary": "项目按合同完成全部任务，形成工艺包一套，连续运行达标。", "end_user": "示范焦化有限公司（示例）", "end_user_opinion": "agree",
            "end_user_report": "用户试用情况良好，同意验收。", "cause": cause, "diligence": diligence, "files": [file],
            "self_assessed": [own(1), own(2), own(3)],
        }))
    }
    /// The three indicators measured: the first as given, the others met.
    pub fn measurements(first: &str, verdict: &str) -> RecordMeasurements {
        let row = |n: i64, value: &str, verdict: &str| json!({ "indicator": n, "value": value, "report_no": "检字001", "measured_on": "2026-03-02", "basis": "cma", "lab": "示例检测中心", "lab_no": "CMA2026001", "verdict": verdict });
        form(json!({ "measured": [row(1, first, verdict), row(2, "93", "met"), row(3, "96", "exceeded")] }))
    }
    pub fn panel(verdict: &str, reason: Option<&str>) -> PanelVerdict {
        form(json!({ "opinions": panellists(5), "verdict": verdict, "reason": reason }))
    }
    /// Applied for, checked, measured at `first`, judged and decided as `outcome`.
    pub async fn accept(&self, k: ContractId, team: usize, first: &str, cause: &str, outcome: &str) -> Acceptance {
        let x = self.acceptance(k).await.id;
        let met = if first.parse::<Quantity>().unwrap() >= "98.5".parse().unwrap() { "met" } else { "not_met" };
        let diligence = (cause == "objective").then_some("原始记录、预警、备选方案齐全。");
        if cause == "objective" {
            self.be_diligent(k, team).await;
        }
        self.app().apply_acceptance(self.who(TEAMS[team].0), x, self.application(team, cause, diligence).await).await.unwrap();
        self.app().check_acceptance(self.who("officer"), x, plain()).await.unwrap();
        self.app().record_measurements(self.who("officer"), x, Self::measurements(first, met)).await.unwrap();
        self.app().judge_acceptance(self.who("officer"), x, Self::panel(outcome, None)).await.unwrap();
        self.decide(x).await
    }
    /// On notice for its days, then decided.
    pub async fn decide(&self, x: AcceptanceId) -> Acceptance {
        let on_notice = self.app().publish_verdict(self.who("officer"), x, plain()).await.unwrap();
        self.set_clock(on_notice.head.due.unwrap());
        self.app().decide_acceptance(self.who("head"), x, meeting(json!({}))).await.unwrap()
    }
    pub async fn to_accepted(&self, track: &str, percents: &[i64]) -> (ChallengeId, ContractId, Acceptance) {
        self.phase(format!("accepted {track} {percents:?}"), async |s| {
            let (c, _, k) = s.to_effective(track, percents).await;
            for number in 1..=3 {
                s.pass_milestone(k, number, track, 0).await;
            }
            (c, k, s.accept(k, 0, "98.9", "none", "passed").await)
        })
        .await
    }

    // ---- objections

    pub async fn paper_of(&self, who: &Actor) -> FileId {
        let pdf = bytes::Bytes::from_static(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(pdf)]);
        self.app().upload(who, "签名扫描件.pdf", stream).await.unwrap().id
    }
    pub async fn objection_form(&self, who: &Actor) -> FileObjection {
        let proof = self.paper_of(who).await;
        form(json!({
            "kind": "person", "name": "李示例", "contact": "13812345678", "facts": "拟中榜单位的业绩材料与公开信息不一致，请予核查。",
            "request": "请求复核业绩材料", "proof": [proof], "real_name": true,
        }))
    }
    pub async fn object(&self, n: NoticeId, who: &Actor) -> ObjectionId {
        self.app().file_objection(who, n, self.objection_form(who).await).await.unwrap().id
    }
    pub async fn hold(&self, n: NoticeId) -> ObjectionId {
        let o = self.object(n, self.who("bidder2")).await;
        self.app().accept_objection(self.who("checker"), o, plain()).await.unwrap();
        o
    }
    /// Investigated by two, answered by the winner, with what was found.
    pub async fn examine(&self, o: ObjectionId) {
        self.app().investigate_objection(self.who("checker"), o, NoConflict { no_conflict: true }).await.unwrap();
        self.app().join_investigation(self.who("officer2"), o, NoConflict { no_conflict: true }).await.unwrap();
        for org in self.objection(o).await.asked {
            let team = TEAMS.iter().find(|t| self.org(t.1) == org).unwrap();
            self.app().answer_objection(self.who(team.0), o, reason()).await.unwrap();
        }
        self.app().find_on_objection(self.who("checker"), o, Self::findings()).await.unwrap();
    }
    pub fn findings() -> RecordFindings {
        form(json!({ "facts_found": "经调取原始材料并函询有关单位，查明事实如下。", "technical": false, "independent": true }))
    }
    pub fn ruling(outcome: &str, effect: Option<&str>) -> DecideObjection {
        meeting(
            json!({ "outcome": outcome, "reason": "经核查有关材料并听取双方意见，作出如下处理决定。", "rule": "公示与异议处理规定", "effect": effect }),
        )
    }
}
