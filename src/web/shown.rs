//! One thing as its reader may see it: loaded once, told as JSON or as a page.
use super::Web;
use crate::app::Waiting;
use crate::app::{
    self,
    offered::{self, Offered},
    query::Case,
};
use crate::domain::*;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// A bid put before an expert: as much of its contents as may be read, if any may.
pub type PutBefore = (Bid, Option<Value>);

/// An expert's assignment with its challenge, the bids it is about, and the panel's totals once every sheet is in.
pub struct Reviewed {
    pub challenge: Challenge,
    pub assignment: Assignment,
    pub bids: Vec<PutBefore>,
    pub totals: Vec<(BidId, Vec<Score>)>,
}

/// What was loaded, with what hangs on it.
pub enum Thing {
    Challenge(Box<Case>),
    Bid(Box<(Challenge, Bid, Option<Readable>)>),
    Talk(Box<Talk>),
    Question(Box<Question>),
    Assignment(Box<Reviewed>),
    Notice(Box<Notice>),
    /// With the contact as this reader may see it, if at all.
    Objection(Box<(Objection, Notice, Option<String>)>),
    TipOff(Box<(TipOff, Vec<crate::app::tip_off::Said>)>),
    Contract(Box<(Contract, Vec<Milestone>, Vec<Instalment>, Vec<ContractChange>, Vec<Acceptance>)>),
    Milestone(Box<(Contract, Milestone)>),
    Instalment(Box<(Contract, Instalment, Option<PromptPayment>)>),
    Change(Box<(Contract, ContractChange)>),
    Acceptance(Box<(Contract, Acceptance)>),
    Spending(Box<(Contract, Spending)>),
    FinalAccount(Box<(Contract, FinalAccount)>),
    Finding(Box<(Challenge, Finding)>),
    Gate(Box<(Challenge, Gate, Option<gate::RaceBalance>)>),
    Settlement(Box<(Contract, Settlement)>),
    Progress(Box<(Contract, Progress)>),
    Integrity(Box<(Challenge, Integrity)>),
    FollowUp(Box<(Contract, FollowUp)>),
    Template(Box<Template>),
    Budget(Box<(Contract, Budget, budget::Heads)>),
    BudgetDoc(Box<(BudgetDoc, Vec<Instalment>)>),
}

pub struct Shown {
    pub noun: Noun,
    pub id: Uuid,
    pub challenge: ChallengeId,
    pub title: String,
    pub number: Option<String>,
    pub state: &'static str,
    pub since: Timestamp,
    pub version: i32,
    pub turns: Vec<Waiting>,
    pub offered: Vec<Offered>,
    pub thing: Thing,
}

struct Base {
    noun: Noun,
    id: Uuid,
    challenge: ChallengeId,
    title: String,
    number: Option<String>,
    state: &'static str,
    since: Timestamp,
    version: i32,
}

/// Loads a thing for a reader, with whose turn it is and what the reader may do. What of it is not public is noted as read.
pub async fn load(web: &Web, actor: &Actor, noun: Noun, id: Uuid) -> app::Result<Shown> {
    let shown = unnoted(web, actor, noun, id).await?;
    web.app.note_reads(actor, shown.protected(actor)).await?;
    Ok(shown)
}

/// Whoever stands aside from the case may do nothing, and is told why at each act.
async fn unnoted(web: &Web, actor: &Actor, noun: Noun, id: Uuid) -> app::Result<Shown> {
    let mut shown = whole(web, actor, noun, id).await?;
    if web.app.stands_aside(actor, shown.challenge).await? {
        for step in &mut shown.offered {
            step.refusal = Some(Refusal::new("stands_aside"));
        }
        if let Thing::Challenge(case) = &shown.thing {
            let c = &case.challenge;
            let known = |a: ChallengeAct| c.state_at(web.app.clock.now()).step(a).is_ok() && a != ChallengeAct::StandAside;
            let role = |a: ChallengeAct| policy::who(CHALLENGE_LIFE, a).contains(&actor.role);
            let barred = ChallengeAct::ALL.iter().copied().filter(|a| known(*a) && role(*a));
            let told = barred.map(|a| Offered { step: a.id(), refusal: Some(Refusal::new("stands_aside")) });
            shown.offered = told.collect();
        }
    }
    Ok(shown)
}

async fn whole(web: &Web, actor: &Actor, noun: Noun, id: Uuid) -> app::Result<Shown> {
    let (app, m) = (&web.app, web.app.glance().await?);
    // What is offered does not hang on how lately one proved who one is: the act itself asks.
    let actor = &actor.clone().proven();
    let title_of = async |on: ChallengeId| -> app::Result<Challenge> { app.challenge(actor, on).await };
    match noun {
        Noun::Challenge => {
            let mut case = app.case(actor, ChallengeId(id)).await?;
            let c = &case.challenge;
            let state = c.state_at(m.now);
            let base = Base {
                noun,
                id,
                challenge: c.id,
                title: c.title.clone(),
                number: c.number.clone(),
                state: state.id(),
                since: c.head.since,
                version: c.told_version(),
            };
            let mut offered = offered::on_challenge(actor, c, &m);
            app.ready_on_challenge(actor, c, &m, &mut offered).await?;
            // A turn that begins later is nobody's yet; the line then tells when bidding ends.
            case.turns.retain(|w| w.turn.since <= m.now);
            let turns = case.turns.clone();
            Ok(base.with(turns, offered, Thing::Challenge(Box::new(case))))
        }
        Noun::Bid => {
            let (c, b) = app.bid(actor, BidId(id)).await?;
            let offer = if b.seal.is_some() { app.offer(actor, &b, &c).await? } else { None };
            let base = Base {
                noun,
                id,
                challenge: c.id,
                title: c.title.clone(),
                number: c.number.clone(),
                state: b.state_at(&c, m.now).id(),
                since: b.head.since,
                version: b.head.version,
            };
            let offered = offered::on_bid(actor, &b, &c, &m);
            base.load_turns(web, offered, Thing::Bid(Box::new((c, b, offer)))).await
        }
        Noun::Talk => {
            let t = app.talk(actor, TalkId(id)).await?;
            let c = title_of(t.challenge).await?;
            let base = base_of(noun, id, &c, t.head.state.id(), t.head.since, t.head.version);
            base.load_turns(web, offered::on_talk(actor, &t), Thing::Talk(Box::new(t))).await
        }
        Noun::Question => {
            let q = app.question(actor, QuestionId(id)).await?;
            let c = title_of(q.challenge).await?;
            let state = if q.answer.is_some() { "answered" } else { "asked" };
            let base = base_of(noun, id, &c, state, q.asked_at, q.version);
            let offered = offered::on_question(actor, &q, &c, &m);
            base.load_turns(web, offered, Thing::Question(Box::new(q))).await
        }
        Noun::Assignment => {
            let (c, a, bids) = app.assignment(actor, AssignmentId(id)).await?;
            let mut put = vec![];
            for b in bids {
                let offer = match app.offer_for_review(actor, &a, &b).await {
                    Ok(offer) => Some(offer),
                    Err(app::Error::Denied(_)) => None,
                    Err(e) => return Err(e),
                };
                put.push((b, offer));
            }
            let base = base_of(noun, id, &c, a.head.state.id(), a.head.since, a.head.version);
            let mut offered = offered::on_assignment(actor, &a, &c, &m);
            app.ready_on_assignment(&a, &c, &mut offered).await?;
            let totals = app.panel_totals(actor, &c, &a).await?;
            let reviewed = Reviewed { challenge: c, assignment: a, bids: put, totals };
            base.load_turns(web, offered, Thing::Assignment(Box::new(reviewed))).await
        }
        Noun::Notice => {
            let n = app.notice(actor, NoticeId(id)).await?;
            let c = title_of(n.challenge).await?;
            let base =
                Base { number: n.number.clone(), ..base_of(noun, id, &c, n.head.state.id(), n.head.since, n.head.version) };
            let mut offered = offered::on_notice(actor, &n, &m);
            app.ready_on_notice(&n, &mut offered).await?;
            base.load_turns(web, offered, Thing::Notice(Box::new(n))).await
        }
        Noun::Objection => {
            let (o, n) = app.objection(actor, ObjectionId(id)).await?;
            let c = title_of(o.challenge).await?;
            let base = base_of(noun, id, &c, o.head.state.id(), o.head.since, o.head.version);
            let mut offered = offered::on_objection(actor, &o, &n, &m);
            app.ready_on_objection(&n, &mut offered).await?;
            let contact = if policy::knows_objector(actor, &o) { Some(app.contact_of(actor, &o)?) } else { None };
            base.load_turns(web, offered, Thing::Objection(Box::new((o, n, contact)))).await
        }
        Noun::TipOff => {
            let (x, said) = app.tip_off(actor, TipOffId(id)).await?;
            let on = x.challenge.unwrap_or(ChallengeId(Uuid::nil()));
            let title = app.titles(&[on]).await?.remove(&on).unwrap_or_default();
            let (state, since, version) = (x.head.state.id(), x.head.since, x.head.version);
            let base = Base { noun, id, challenge: on, title, number: None, state, since, version };
            base.load_turns(web, offered::on_tip_off(actor, &x), Thing::TipOff(Box::new((x, said)))).await
        }
        Noun::Contract => {
            let k = app.contract(actor, ContractId(id)).await?;
            let (milestones, instalments, changes, acceptances) = app.parts_of_contract(&k).await?;
            let base = of_contract(noun, id, &k, k.head.state.id(), k.head.since, k.head.version);
            let mut offered = offered::on_contract(actor, &k);
            app.ready_on_contract(&k, &mut offered).await?;
            base.load_turns(web, offered, Thing::Contract(Box::new((k, milestones, instalments, changes, acceptances)))).await
        }
        Noun::Milestone => {
            let (k, x) = app.milestone(actor, MilestoneId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let mut offered = offered::on_milestone(actor, &x, &k, &m);
            app.ready_on_milestone(&x, &mut offered).await?;
            base.load_turns(web, offered, Thing::Milestone(Box::new((k, x)))).await
        }
        Noun::Instalment => {
            let (k, x) = app.instalment(actor, InstalmentId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let mut offered = offered::on_instalment(actor, &x, &k);
            app.ready_on_instalment(&x, &m, &mut offered).await?;
            let clock = app.prompt_payment(&x).await?;
            base.load_turns(web, offered, Thing::Instalment(Box::new((k, x, clock)))).await
        }
        Noun::Change => {
            let (k, x) = app.change(actor, ChangeId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let mut offered = offered::on_change(actor, &x, &k, &m);
            app.ready_on_change(&k, &mut offered).await?;
            base.load_turns(web, offered, Thing::Change(Box::new((k, x)))).await
        }
        Noun::Acceptance => {
            let (k, x) = app.acceptance(actor, AcceptanceId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let mut offered = offered::on_acceptance(actor, &x, &k, &m);
            app.ready_on_acceptance(&x, &m, &mut offered).await?;
            base.load_turns(web, offered, Thing::Acceptance(Box::new((k, x)))).await
        }
        Noun::Spending => {
            let (k, x) = app.spending(actor, SpendingId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let offered = offered::on_spending(actor, &x, &k);
            base.load_turns(web, offered, Thing::Spending(Box::new((k, x)))).await
        }
        Noun::FinalAccount => {
            let (k, x) = app.final_account(actor, FinalAccountId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let mut offered = offered::on_final_account(actor, &x, &k, &m);
            app.ready_on_final_account(&x, &mut offered).await?;
            base.load_turns(web, offered, Thing::FinalAccount(Box::new((k, x)))).await
        }
        Noun::Finding => {
            let (c, x) = app.finding(actor, FindingId(id)).await?;
            let base = base_of(noun, id, &c, x.head.state.id(), x.head.since, x.head.version);
            base.load_turns(web, offered::on_finding(actor, &x), Thing::Finding(Box::new((c, x)))).await
        }
        Noun::Gate => {
            let (c, x, balance) = app.gate(actor, GateId(id)).await?;
            let base = base_of(noun, id, &c, x.head.state.id(), x.head.since, x.head.version);
            let offered = offered::on_gate(actor, &x, &m);
            base.load_turns(web, offered, Thing::Gate(Box::new((c, x, balance)))).await
        }
        Noun::Settlement => {
            let (k, x) = app.settlement(actor, SettlementId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let mut offered = offered::on_settlement(actor, &x, &k);
            app.ready_on_settlement(&x, &mut offered).await?;
            base.load_turns(web, offered, Thing::Settlement(Box::new((k, x)))).await
        }
        Noun::Progress => {
            let (k, x) = app.progress(actor, ProgressId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let offered = offered::on_progress(actor, &x, &k);
            base.load_turns(web, offered, Thing::Progress(Box::new((k, x)))).await
        }
        Noun::Integrity => {
            let (c, x) = app.integrity(actor, IntegrityId(id)).await?;
            let base = base_of(noun, id, &c, x.head.state.id(), x.head.since, x.head.version);
            let offered = offered::on_integrity(actor, &x, &m);
            base.load_turns(web, offered, Thing::Integrity(Box::new((c, x)))).await
        }
        Noun::FollowUp => {
            let (k, x) = app.follow_up(actor, FollowUpId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let offered = offered::on_follow_up(actor, &x, &k, &m);
            base.load_turns(web, offered, Thing::FollowUp(Box::new((k, x)))).await
        }
        Noun::Template => {
            let x = app.template(actor, TemplateId(id)).await?;
            let base = Base {
                noun,
                id,
                challenge: ChallengeId(Uuid::nil()),
                title: x.name.zh.clone(),
                number: None,
                state: x.head.state.id(),
                since: x.head.since,
                version: x.head.version,
            };
            let mut offered = offered::on_template(actor, &x);
            app.ready_on_template(&x, &mut offered).await?;
            Ok(base.with(vec![], offered, Thing::Template(Box::new(x))))
        }
        Noun::Budget => {
            let (k, x, spent) = app.budget(actor, BudgetId(id)).await?;
            let base = of_contract(noun, id, &k, x.head.state.id(), x.head.since, x.head.version);
            let offered = offered::on_budget(actor, &x, &k);
            base.load_turns(web, offered, Thing::Budget(Box::new((k, x, spent)))).await
        }
        Noun::BudgetDoc => {
            let x = app.budget_doc(actor, BudgetDocId(id)).await?;
            let base = Base {
                noun,
                id,
                // It belongs to no case.
                challenge: ChallengeId(Uuid::nil()),
                title: x.title.clone(),
                number: Some(x.number.clone()),
                state: x.head.state.id(),
                since: x.head.since,
                version: x.head.version,
            };
            let offered = offered::on_budget_doc(actor, &x);
            let payments = app.payments_against(&x).await?;
            base.load_turns(web, offered, Thing::BudgetDoc(Box::new((x, payments)))).await
        }
        Noun::Lobbying | Noun::Organisation | Noun::Account => Err(app::Error::Missing),
    }
}

fn base_of(noun: Noun, id: Uuid, c: &Challenge, state: &'static str, since: Timestamp, version: i32) -> Base {
    Base { noun, id, challenge: c.id, title: c.title.clone(), number: c.number.clone(), state, since, version }
}

fn of_contract(noun: Noun, id: Uuid, k: &Contract, state: &'static str, since: Timestamp, version: i32) -> Base {
    Base { noun, id, challenge: k.challenge, title: k.title.clone(), number: Some(k.number.clone()), state, since, version }
}

impl Base {
    fn with(self, turns: Vec<Waiting>, offered: Vec<Offered>, thing: Thing) -> Shown {
        Shown {
            noun: self.noun,
            id: self.id,
            challenge: self.challenge,
            title: self.title,
            number: self.number,
            state: self.state,
            since: self.since,
            version: self.version,
            turns,
            offered,
            thing,
        }
    }
    async fn load_turns(self, web: &Web, offered: Vec<Offered>, thing: Thing) -> app::Result<Shown> {
        let now = web.app.clock.now();
        let turns = web.app.turns_of(self.id).await?.into_iter().filter(|w| w.turn.since <= now).collect();
        Ok(self.with(turns, offered, thing))
    }
}

/// Whose turn, as the API tells it.
pub fn turn_json(w: &Waiting) -> Value {
    json!({
        "role": w.turn.role, "organisation": w.turn.org, "account": w.turn.account, "what": w.turn.what, "since": w.turn.since, "due_at": w.turn.due,
        "on": { "noun": w.noun, "id": w.subject, "href": format!("/api/v1/{}/{}", w.noun.path(), w.subject) },
    })
}

impl Shown {
    /// What this reader sees here that the public does not and that is somebody's own.
    fn protected(&self, actor: &Actor) -> Vec<reading::Reading> {
        match &self.thing {
            Thing::Challenge(case) if case.inside && case.challenge.need.is_some() => vec![reading::contact(&case.challenge)],
            Thing::Bid(x) if x.2.is_some() => vec![reading::bid(&x.1)],
            Thing::Assignment(x) => {
                let mut out: Vec<_> = x.bids.iter().filter(|(_, offer)| offer.is_some()).map(|(b, _)| reading::bid(b)).collect();
                if actor.account != x.assignment.expert && policy::read_scores(actor, &x.assignment).is_ok() {
                    out.push(reading::scores(&x.assignment));
                }
                out
            }
            Thing::Objection(x) if policy::knows_objector(actor, &x.0) => vec![reading::objector(&x.0)],
            Thing::Contract(x) => reading::contract(&x.0, actor).into_iter().collect(),
            Thing::Instalment(x) if policy::sees_bank_account(actor, x.1.payee) => vec![reading::bank_account(&x.1)],
            _ => vec![],
        }
    }

    pub fn href(&self) -> String {
        format!("/{}/{}", self.noun.path(), self.id)
    }

    /// The acts of the registry that are offered now, with their refusals.
    pub fn acts(&self) -> Vec<(&'static super::acts::Act, Option<Refusal>)> {
        super::acts::ACTS
            .iter()
            .filter(|a| a.noun == self.noun && self.seals_by(a.path))
            .filter_map(|a| {
                let mine: Vec<&Offered> = self.offered.iter().filter(|o| a.steps.contains(&o.step)).collect();
                let free = mine.iter().any(|o| o.refusal.is_none());
                let first = mine.first()?;
                Some((a, if free { None } else { first.refusal.clone() }))
            })
            .collect()
    }

    /// Of the two ways to seal a bid, those that its challenge has.
    fn seals_by(&self, path: &str) -> bool {
        match (&self.thing, path) {
            (Thing::Bid(x), "seal") => x.0.sealing.as_ref().is_none_or(|s| s.server_too),
            (Thing::Bid(x), "sealed-file") => x.0.sealing.is_some(),
            _ => true,
        }
    }

    /// The JSON view: what stands in every resource with a life, then what this reader may read of it.
    pub fn json(&self, actor: &Actor, text: &super::text::Text) -> Value {
        let actions: Vec<Value> = self
            .acts()
            .into_iter()
            .map(|(a, refusal)| {
                let refusal = refusal
                    .map(|r| json!({ "code": r.code, "detail": super::form_view::refusal_text(text, &r), "facts": facts(&r) }));
                json!({ "name": a.path, "method": "POST", "href": format!("/api/v1{}", a.href(self.id)), "refusal": refusal })
            })
            .collect();
        let mut out = json!({
            "id": self.id, "noun": self.noun, "href": format!("/api/v1{}", self.href()), "page": self.href(), "title": self.title, "number": self.number,
            "challenge": Some(self.challenge).filter(|c| !c.0.is_nil()), "state": self.state, "since": self.since, "version": self.version,
            "turn": self.turns.first().map(turn_json), "turns": self.turns.iter().map(turn_json).collect::<Vec<_>>(),
            "due_at": self.turns.iter().filter_map(|w| w.turn.due).min(), "actions": actions,
        });
        if let (Some(out), Value::Object(body)) = (out.as_object_mut(), self.body(actor)) {
            for (name, value) in body {
                out.entry(name).or_insert(value);
            }
        }
        if !actor.role.oversees() {
            meeting::veil(&mut out);
        }
        out
    }

    fn body(&self, actor: &Actor) -> Value {
        let plain = |v: Value| without(v, &["head"]);
        match &self.thing {
            Thing::Challenge(case) => challenge_json(actor, case),
            Thing::Bid(x) => {
                let mut v = without(plain(to(&x.1)), &["open_files"]);
                // Wraps are handed out at their stage and to their keyholders only, never with the bid.
                if let Some(seal) = v.get_mut("seal").filter(|s| s.is_object()) {
                    seal["commits"] = json!(x.1.seal.as_ref().map(Seal::commits));
                    *seal = without(seal.take(), &["sealed", "parts"]);
                }
                if !actor.role.oversees() {
                    // Between checker and officer.
                    v = without(v, &["sent_back"]);
                    if actor.org != x.1.org {
                        v = without(v, &["team"]);
                    }
                }
                v["price_opened_at"] = json!(x.0.stages.price_opened_at);
                v["offer"] = x.2.as_ref().map_or(Value::Null, |o| o.json());
                v
            }
            Thing::Talk(t) => plain(to(&**t)),
            Thing::Question(q) => question_json(q),
            Thing::Assignment(x) => assignment_json(actor, x),
            Thing::Notice(n) => without(to(&**n), &["head", "prepared_by"]),
            Thing::Objection(x) => {
                let mut v = objection_json(actor, &x.0);
                if let Some(contact) = &x.2 {
                    v["contact"] = json!(contact);
                }
                v
            }
            Thing::TipOff(x) => json!({ "said": x.1, "files": x.0.files, "deadlines": x.0.deadlines }),
            Thing::Contract(x) => {
                let mut v = without(to(&x.0), &["head", "runner_up", "templates"]);
                v["text_sha256"] = json!(x.0.text_sha256());
                v["milestones_of"] = x.1.iter().map(|y| part(Noun::Milestone, y.id.0, y.head.state.id(), y)).collect();
                v["instalments"] = x.2.iter().map(|y| part(Noun::Instalment, y.id.0, y.head.state.id(), y)).collect();
                v["changes"] = x.3.iter().map(|y| part(Noun::Change, y.id.0, y.head.state.id(), y)).collect();
                v["acceptance"] = x.4.first().map_or(Value::Null, |y| part(Noun::Acceptance, y.id.0, y.head.state.id(), y));
                v
            }
            Thing::Milestone(x) => plain(to(&x.1)),
            Thing::Instalment(x) => {
                let mut v = plain(to(&x.1));
                v["prompt_payment"] = to(&x.2);
                v
            }
            Thing::Change(x) => plain(to(&x.1)),
            Thing::Acceptance(x) => plain(to(&x.1)),
            Thing::Spending(x) => plain(to(&x.1)),
            Thing::FinalAccount(x) => plain(to(&x.1)),
            Thing::Finding(x) => plain(to(&x.1)),
            Thing::Gate(x) => {
                let mut v = plain(to(&x.1));
                v["balance"] = to(&x.2);
                v
            }
            Thing::Settlement(x) => plain(to(&x.1)),
            Thing::Budget(x) => {
                let mut v = plain(to(&x.1));
                v["spent"] = to(&x.2);
                v
            }
            Thing::BudgetDoc(x) => {
                let mut v = plain(to(&x.0));
                v["left_fen"] = to(&x.0.left());
                let one = |i: &Instalment| json!({ "id": i.id, "contract": i.contract, "payee": i.payee, "amount_fen": i.amount_fen, "state": i.head.state });
                v["payments"] = x.1.iter().map(one).collect();
                v
            }
            Thing::Progress(x) => plain(to(&x.1)),
            Thing::Integrity(x) => integrity_json(actor, &x.1),
            Thing::FollowUp(x) => {
                let mut v = plain(to(&x.1));
                v["grade"] = json!(x.1.grade());
                v
            }
            Thing::Template(x) => plain(to(&**x)),
        }
    }
}

fn facts(r: &Refusal) -> Value {
    r.args.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<serde_json::Map<_, _>>().into()
}

fn to<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("domain values are plain JSON")
}

fn without(mut v: Value, names: &[&str]) -> Value {
    if let Some(map) = v.as_object_mut() {
        for name in names {
            map.remove(*name);
        }
    }
    v
}

/// A part with its address and state, as it stands inside its whole.
fn part<T: serde::Serialize>(noun: Noun, id: Uuid, state: &str, thing: &T) -> Value {
    let mut v = without(to(thing), &["head"]);
    v["state"] = json!(state);
    v["href"] = json!(format!("/api/v1/{}/{id}", noun.path()));
    v
}

/// What the public sees of a need: neither phone nor proof of funds nor an intended bidder.
pub fn need_json(need: &Need, inside: bool) -> Value {
    let mut v = to(need);
    if inside {
        return v;
    }
    v["contact_phone"] = json!(text::mask_phone(&need.contact_phone));
    let mut hidden = vec!["funds_proof", "funds_proof_kind", "intended_bidder_name"];
    if need.confidentiality != "open" {
        hidden.extend(["attachments", "current_state", "tried_and_failed"]);
    }
    without(v, &hidden)
}

/// What was refused, asked again and put off; between preparer and checker what was sent back, and whether a resubmission
/// says anything new.
fn answers_json(actor: &Actor, a: &Answers) -> Value {
    let word = |h: &Half| json!({ "reason": h.note, "at": h.at });
    let mut v = json!({
        "refused": a.refused.iter().map(word).collect::<Vec<_>>(), "asked_again": a.asked_again.as_ref().map(word),
        "deferred": a.deferred, "meeting_refused": a.meeting_refused,
    });
    if actor.role.oversees() {
        v["refusal_proposed"] = json!(a.refusal.as_ref().map(word));
        v["sent_back"] = json!(a.sent_back.as_ref().map(word));
        v["unchanged"] = json!(a.unchanged);
    }
    v
}

fn challenge_json(actor: &Actor, case: &Case) -> Value {
    let c = &case.challenge;
    let mut hidden = vec![
        "head",
        "asides",
        "created_by",
        "screening",
        "answers",
        "opening",
        "withdrawal",
        "panel",
        "returns",
        "sat_before",
        "recused",
        "draw_secret",
        "call",
        "witness",
        "defence",
        "stages",
    ];
    if !policy::sees_analysis(actor) {
        hidden.extend(["analysis", "share_comments"]);
    }
    if !case.inside {
        hidden.extend([
            "return_notes",
            "appraisal",
            "award",
            "ranking",
            "report",
            "agreed",
            "passed_over",
            "org",
            "proposed",
            "round",
            "routes_differ",
        ]);
    } else if !actor.role.oversees() && c.ranking.is_empty() {
        hidden.extend(["agreed", "passed_over"]);
    }
    let mut v = without(to(c), &hidden);
    v["need"] = c.need.as_ref().map_or(Value::Null, |n| need_json(n, case.inside));
    v["poster"] = json!(c.shown_name);
    v["sealing"] = c.sealing.as_ref().map_or(Value::Null, |s| json!({ "roster": s.roster, "sha256": s.sha256 }));
    v["price_opened_at"] = json!(c.stages.price_opened_at);
    v["draw"] = draw_json(actor, c);
    if case.inside {
        v["answers"] = answers_json(actor, &c.answers);
    }
    if actor.role.oversees() {
        v["stood_aside"] = to(&c.recused);
        v["defence"] = to(&c.defence);
        v["panel_alarm"] = to(&c.panel.as_ref().and_then(|p| p.alarm.clone()));
    }
    v["questions"] = case.questions.iter().map(question_json).collect();
    v["notices"] = case
        .notices
        .iter()
        .map(|n| json!({ "id": n.id, "number": n.number, "state": n.head.state, "ends_at": n.ends_at, "href": format!("/api/v1/notices/{}", n.id) }))
        .collect();
    let seen = |k: &&Contract| policy::see_contract(actor, k).is_ok();
    v["contracts"] = case.contracts.iter().map(|k| contract_summary(k, seen(&k))).collect();
    v["bids"] = case.bids.iter().map(|b| json!({ "id": b.id, "state": b.head.state, "organisation": b.org, "href": format!("/api/v1/bids/{}", b.id), "score": b.score, "rank": b.rank })).collect();
    v["my_bid"] = case
        .my_bid
        .as_ref()
        .map_or(Value::Null, |b| json!({ "id": b.id, "state": b.head.state, "href": format!("/api/v1/bids/{}", b.id) }));
    v["talks"] = case
        .talks
        .iter()
        .map(|t| json!({ "id": t.id, "state": t.head.state, "organisation": t.org, "href": format!("/api/v1/talks/{}", t.id) }))
        .collect();
    v["assignments"] = case
        .assignments
        .iter()
        .map(
            |a| json!({ "id": a.id, "state": a.head.state, "expert": a.expert, "href": format!("/api/v1/assignments/{}", a.id) }),
        )
        .collect();
    v["objections"] = case
        .objections
        .iter()
        .map(|o| json!({ "id": o.id, "state": o.head.state, "href": format!("/api/v1/objections/{}", o.id) }))
        .collect();
    v
}

/// What the public sees of a contract: parties, amount, term, indicators (domain 2.6); the address only for its parties.
fn contract_summary(k: &Contract, seen: bool) -> Value {
    json!({
        "id": k.id, "number": k.number, "state": k.head.state, "lead": k.lead, "partners": k.partners.iter().skip(1).map(|m| &m.name).collect::<Vec<_>>(),
        "county_fen": k.county_fen, "enterprise_fen": k.enterprise_fen, "self_fen": k.self_fen, "period_months": k.period_months,
        "starts_on": k.starts_on, "ends_on": k.ends_on, "lane": k.lane, "thread": k.thread, "ending": k.ending,
        "href": seen.then(|| format!("/api/v1/contracts/{}", k.id)),
    })
}

/// The draw: its commitment for all, what it was made of for those who oversee and, after the award, for all.
fn draw_json(actor: &Actor, c: &Challenge) -> Value {
    let Some(secret) = &c.draw_secret else { return Value::Null };
    let told = policy::sees_draw(actor, c);
    let parts = c.panel.as_ref().and_then(|p| p.parts.as_ref()).filter(|_| told);
    json!({ "commitment": draw::Seed::commitment(secret), "seed": parts, "seed_sha256": parts.map(draw::Seed::sha256) })
}

fn question_json(q: &Question) -> Value {
    // Nobody learns who asked.
    json!({ "id": q.id, "text": q.text, "asked_at": q.asked_at, "answer": q.answer, "answered_at": q.answered_at, "href": format!("/api/v1/questions/{}", q.id) })
}

fn assignment_json(actor: &Actor, x: &Reviewed) -> Value {
    let Reviewed { challenge: c, assignment: a, bids, totals } = x;
    let may_read = policy::read_scores(actor, a).is_ok();
    let mut v = without(to(a), &["head", "sheets"]);
    v["sheets"] = if may_read { to(&a.sheets) } else { Value::Null };
    v["need"] = c.need.as_ref().map_or(Value::Null, |n| need_json(n, false));
    v["panel_totals"] = totals.iter().map(|(bid, all)| json!({ "bid": bid, "totals": all, "median": median(all) })).collect();
    v["bids"] = bids.iter().enumerate().map(|(n, (b, offer))| json!({ "bid": b.id, "label": n + 1, "offer": offer })).collect();
    v
}

/// What everybody may read of a record: who, for what, how long, from what it bars; the case is its subject's and the bureau's.
fn integrity_json(actor: &Actor, x: &Integrity) -> Value {
    let own = actor.role.oversees() || (x.person.is_none() && actor.org == x.org) || x.person == Some(actor.account);
    let hidden: &[&str] =
        if own { &["head"] } else { &["head", "facts", "plea", "contest", "repair", "answer", "files", "proposed_by"] };
    let mut v = without(to(x), hidden);
    v["public"] = json!(x.is_public());
    v
}

fn objection_json(actor: &Actor, o: &Objection) -> Value {
    let known = policy::knows_objector(actor, o);
    let always = ["head", "contact_sealed", "contact_read", "code"];
    let hidden: &[&str] = if known {
        &[]
    } else {
        &[
            "name",
            "contact",
            "filed_by",
            "org",
            "evidence",
            "proof",
            "kind",
            "uscc",
            "note",
            "investigators",
            "findings",
            "reconsideration",
        ]
    };
    without(without(to(o), &always), hidden)
}
