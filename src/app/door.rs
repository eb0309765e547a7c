//! The door before every act: who asks, whether the thing exists for them, whether the act is theirs. All of it is asked
//! before a byte of a body is kept or a form is read, so that what is hidden answers as what does not exist.
use super::*;

/// The thing that an act is about to be done to, as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    pub version: i32,
    pub challenge: Option<ChallengeId>,
}

/// An act of a life by the name of its step; nothing where the life has no such step.
fn of_life<A: Copy + 'static>(
    all: &'static [A],
    id: fn(A) -> &'static str,
    step: &str,
    ask: impl Fn(A) -> std::result::Result<policy::Permit<A>, Denied>,
) -> Option<std::result::Result<(), Denied>> {
    all.iter().find(|a| id(**a) == step).map(|a| ask(*a).map(drop))
}

/// Steps beside the lives, which anything but their own rule bars.
type Right = std::result::Result<(), Denied>;

/// Of several steps that one act may take, one that is the actor's is enough; else what is nearest to it is told.
fn any(rights: impl IntoIterator<Item = Right>) -> Right {
    let mut told = Err(Denied::Forbidden);
    for right in rights {
        match right {
            Ok(()) => return Ok(()),
            Err(Denied::Forbidden) => {}
            Err(denied) => told = Err(denied),
        }
    }
    told
}

/// Whether a step on a challenge is the actor's.
pub fn on_challenge(actor: &Actor, c: &Challenge, step: &str, now: jiff::Timestamp) -> Right {
    match step {
        "gates" => policy::set_gate(actor, c, now).map(drop),
        "lobbying" => policy::record_lobbying(actor).map(drop),
        "bids" => policy::start_bid(actor, c, now).map(drop),
        "questions" => policy::ask_question(actor, c, now).map(drop),
        "interests" => policy::register_interest(actor, c, now).map(drop),
        "flag-question" | "flag-dismissal" => policy::see_flags(actor),
        _ => of_life(ChallengeAct::ALL, ChallengeAct::id, step, |a| policy::on_challenge(actor, c, a, now))
            .unwrap_or(Err(Denied::Forbidden)),
    }
}

/// Whether a step on a bid is the actor's.
pub fn on_bid(actor: &Actor, b: &Bid, c: &Challenge, step: &str) -> Right {
    match step {
        "integrity-records" => policy::propose_integrity(actor, b.id.0).map(drop),
        _ => of_life(BidAct::ALL, BidAct::id, step, |a| policy::on_bid(actor, b, c, a)).unwrap_or(Err(Denied::Forbidden)),
    }
}

/// Whether a step on an assignment is the actor's.
pub fn on_assignment(actor: &Actor, a: &Assignment, step: &str) -> Right {
    match step {
        "integrity-records" => policy::propose_integrity(actor, a.id.0).map(drop),
        "lobbying" => policy::record_lobbying_of_review(actor, a).map(drop),
        _ => of_life(AssignmentAct::ALL, AssignmentAct::id, step, |x| policy::on_assignment(actor, a, x))
            .unwrap_or(Err(Denied::Forbidden)),
    }
}

/// Whether a step on a contract is the actor's.
pub fn on_contract(actor: &Actor, k: &Contract, step: &str) -> Right {
    match step {
        "spendings" => policy::record_spending(actor, k).map(drop),
        "final-accounts" => policy::prepare_account(actor, k).map(drop),
        "budgets" => policy::propose_budget(actor, k).map(drop),
        "progress-reports" => policy::file_progress(actor, k).map(drop),
        "integrity-records" => policy::propose_integrity(actor, k.id.0).map(drop),
        "changes" => policy::ask_change(actor, k).map(drop),
        _ => of_life(ContractAct::ALL, ContractAct::id, step, |a| policy::on_contract(actor, k, a))
            .unwrap_or(Err(Denied::Forbidden)),
    }
}

fn on_objection(actor: &Actor, o: &Objection, n: &Notice, step: &str) -> Right {
    match step {
        "contact-reading" => policy::read_contact(actor, o).map(drop),
        _ => of_life(ObjectionAct::ALL, ObjectionAct::id, step, |a| policy::on_objection(actor, o, n, a))
            .unwrap_or(Err(Denied::Forbidden)),
    }
}

fn on_notice(actor: &Actor, n: &Notice, step: &str) -> Right {
    match step {
        "objections" => policy::file_objection(actor, n).map(drop),
        _ => of_life(NoticeAct::ALL, NoticeAct::id, step, |a| policy::on_notice(actor, n, a)).unwrap_or(Err(Denied::Forbidden)),
    }
}

/// The rights of a life whose steps have no rule beside it.
macro_rules! rights {
    ($steps:expr, $act:ident, |$a:ident| $ask:expr) => {
        any($steps.iter().map(|step| of_life($act::ALL, $act::id, step, |$a| $ask).unwrap_or(Err(Denied::Forbidden))))
    };
}

impl App {
    /// Lets `actor` on to one of these steps of a thing, or says what a stranger may be told: nothing of what is hidden.
    pub async fn door(&self, actor: &Actor, noun: Noun, id: Uuid, steps: &[&str]) -> Result<Door> {
        let (version, challenge, right) = self.meet_at_door(actor, noun, id, steps).await?;
        right?;
        let aside = match challenge {
            Some(on) if !steps.iter().any(|s| *s == ChallengeAct::StandAside.id()) => self.stands_aside(actor, on).await?,
            _ => false,
        };
        if aside { Err(Denied::StandsAside.into()) } else { Ok(Door { version, challenge }) }
    }

    async fn meet_at_door(
        &self,
        actor: &Actor,
        noun: Noun,
        id: Uuid,
        steps: &[&str],
    ) -> Result<(i32, Option<ChallengeId>, Right)> {
        fn met<T: Stored>(x: &T, right: Right) -> Result<(i32, Option<ChallengeId>, Right)> {
            Ok((x.seen_version(), x.challenge_id(), right))
        }
        let now = self.clock.now();
        match noun {
            Noun::Challenge => {
                let c = self.challenge(actor, ChallengeId(id)).await?;
                met(&c, any(steps.iter().map(|s| on_challenge(actor, &c, s, now))))
            }
            Noun::Bid => {
                let (c, b) = self.bid(actor, BidId(id)).await?;
                met(&b, any(steps.iter().map(|s| on_bid(actor, &b, &c, s))))
            }
            Noun::Talk => {
                let t = self.talk(actor, TalkId(id)).await?;
                met(&t, rights!(steps, TalkAct, |a| policy::on_talk(actor, &t, a)))
            }
            Noun::Question => {
                let q: Question = noun::find(&self.db, id).await?.ok_or(Error::Missing)?;
                let c = self.challenge(actor, q.challenge).await?;
                met(&q, policy::answer_question(actor, &q, &c, now).map(drop))
            }
            Noun::Assignment => {
                let a: Assignment = noun::find(&self.db, id).await?.ok_or(Error::Missing)?;
                policy::see_assignment(actor, &a)?;
                met(&a, any(steps.iter().map(|s| on_assignment(actor, &a, s))))
            }
            Noun::Notice => {
                let n = self.notice(actor, NoticeId(id)).await?;
                met(&n, any(steps.iter().map(|s| on_notice(actor, &n, s))))
            }
            Noun::Objection => {
                let (o, n) = self.objection(actor, ObjectionId(id)).await?;
                met(&o, any(steps.iter().map(|s| on_objection(actor, &o, &n, s))))
            }
            Noun::TipOff => {
                policy::inspects(actor)?;
                let x: TipOff = noun::find(&self.db, id).await?.ok_or(Error::Missing)?;
                met(&x, rights!(steps, TipOffAct, |a| policy::on_tip_off(actor, &x, a)))
            }
            Noun::Contract => {
                let k = self.contract(actor, ContractId(id)).await?;
                met(&k, any(steps.iter().map(|s| on_contract(actor, &k, s))))
            }
            Noun::Template => {
                let x = self.template(actor, TemplateId(id)).await?;
                met(&x, rights!(steps, TemplateAct, |a| policy::on_template(actor, &x, a)))
            }
            Noun::BudgetDoc => {
                let x = self.budget_doc(actor, BudgetDocId(id)).await?;
                met(&x, rights!(steps, BudgetDocAct, |a| policy::on_budget_doc(actor, &x, a)))
            }
            Noun::Finding => {
                let (_, x) = self.finding(actor, FindingId(id)).await?;
                met(&x, rights!(steps, FindingAct, |a| policy::on_finding(actor, &x, a)))
            }
            Noun::Gate => {
                let x: Gate = noun::find(&self.db, id).await?.ok_or(Error::Missing)?;
                policy::see_gate(actor, &x)?;
                met(&x, rights!(steps, GateAct, |a| policy::on_gate(actor, &x, a)))
            }
            Noun::Integrity => {
                let (_, x) = self.integrity(actor, IntegrityId(id)).await?;
                met(&x, rights!(steps, IntegrityAct, |a| policy::on_integrity(actor, &x, a, now)))
            }
            Noun::Milestone => {
                let (k, x) = self.milestone(actor, MilestoneId(id)).await?;
                met(&x, rights!(steps, MilestoneAct, |a| policy::on_milestone(actor, &x, &k, a)))
            }
            Noun::Instalment => {
                let (k, x) = self.instalment(actor, InstalmentId(id)).await?;
                met(&x, rights!(steps, InstalmentAct, |a| policy::on_instalment(actor, &x, &k, a)))
            }
            Noun::Change => {
                let (k, x) = self.change(actor, ChangeId(id)).await?;
                met(&x, rights!(steps, ChangeAct, |a| policy::on_change(actor, &x, &k, a)))
            }
            Noun::Acceptance => {
                let (k, x) = self.acceptance(actor, AcceptanceId(id)).await?;
                met(&x, rights!(steps, AcceptanceAct, |a| policy::on_acceptance(actor, &x, &k, a)))
            }
            Noun::Spending => {
                let (k, x) = self.spending(actor, SpendingId(id)).await?;
                met(&x, rights!(steps, SpendingAct, |a| policy::on_spending(actor, &x, &k, a)))
            }
            Noun::FinalAccount => {
                let (k, x) = self.final_account(actor, FinalAccountId(id)).await?;
                met(&x, rights!(steps, FinalAccountAct, |a| policy::on_final_account(actor, &x, &k, a)))
            }
            Noun::Settlement => {
                let (k, x) = self.settlement(actor, SettlementId(id)).await?;
                met(&x, rights!(steps, SettlementAct, |a| policy::on_settlement(actor, &x, &k, a)))
            }
            Noun::Progress => {
                let (k, x) = self.progress(actor, ProgressId(id)).await?;
                met(&x, rights!(steps, ProgressAct, |a| policy::on_progress(actor, &x, &k, a)))
            }
            Noun::FollowUp => {
                let (k, x) = self.follow_up(actor, FollowUpId(id)).await?;
                met(&x, rights!(steps, FollowUpAct, |a| policy::on_follow_up(actor, &x, &k, a)))
            }
            Noun::Budget => {
                let (k, x, _) = self.budget(actor, BudgetId(id)).await?;
                met(&x, rights!(steps, BudgetAct, |a| policy::on_budget(actor, &x, &k, a)))
            }
            Noun::Lobbying | Noun::Organisation | Noun::Account => Err(Error::Missing),
        }
    }

    /// A request that was carried out before is answered before anything else is asked about it.
    pub async fn is_new(&self, actor: &Actor) -> Result<()> {
        Ok(store::work::is_new(&self.db, actor).await?)
    }

    /// Whether this actor's key has carried out a request: its repeat is let in to be told what came of it.
    pub async fn knows_key(&self, actor: &Actor, key: &str) -> Result<bool> {
        Ok(store::work::is_known(&self.db, actor, key).await?)
    }
}

/// Whether an entry wrote a thing.
fn wrote(e: &Entry, id: Uuid) -> bool {
    let text = id.to_string();
    e.subject == id || e.body["states"].as_array().is_some_and(|all| all.iter().any(|s| s["id"] == text.as_str()))
}

impl App {
    /// The newest entries that changed a thing, as many as its versions that went by and its reader may see.
    pub async fn changes_since(&self, actor: &Actor, on: ChallengeId, id: Uuid, versions: i32) -> Result<Vec<Entry>> {
        const MOST: u64 = 50;
        let story = if on.0 == id {
            let c = self.challenge(actor, on).await?;
            self.story(actor, &c, None, MOST).await?
        } else {
            self.story_of(actor, id, MOST).await?
        };
        let most = usize::try_from(versions).unwrap_or(0).min(10);
        Ok(story.into_iter().filter(|e| wrote(e, id)).take(most).collect())
    }

    /// Whether one version of a thing led to another by its reader's own acts alone.
    pub async fn all_by(&self, actor: &Actor, id: Uuid, had: i32, now: i32) -> Result<bool> {
        let versions = u64::try_from(now.saturating_sub(had)).unwrap_or(0).min(500);
        let all = store::event::of_subject(&self.db, id, versions).await?;
        Ok(had < now && all.iter().all(|e| e.actor == actor.account))
    }
}
