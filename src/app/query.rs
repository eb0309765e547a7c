//! What pages and the API read: a case with everything its reader may see, lists, queues, the story.
use super::*;
use mine::{Mine, of_experts};
use std::collections::BTreeMap;
use store::{Listed, Page, challenge::Row, event::Entry, noun::Filter, turn::Waiting};

/// One challenge with all that hangs on it, as far as its reader may see.
#[derive(Clone, Debug)]
pub struct Case {
    pub challenge: Challenge,
    pub inside: bool,
    pub my_bid: Option<Bid>,
    pub bids: Vec<Bid>,
    pub talks: Vec<Talk>,
    pub questions: Vec<Question>,
    pub assignments: Vec<Assignment>,
    pub notices: Vec<Notice>,
    pub objections: Vec<Objection>,
    pub contracts: Vec<Contract>,
    pub turns: Vec<Waiting>,
}

/// Names for ids, for pages that show them.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub orgs: BTreeMap<OrgId, String>,
    pub accounts: BTreeMap<AccountId, String>,
}

impl Names {
    pub fn org(&self, id: OrgId) -> &str {
        self.orgs.get(&id).map_or("", String::as_str)
    }
    pub fn account(&self, id: AccountId) -> &str {
        self.accounts.get(&id).map_or("", String::as_str)
    }
}

impl App {
    pub async fn challenge(&self, actor: &Actor, id: ChallengeId) -> Result<Challenge> {
        let c: Challenge = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::see_challenge(actor, &c, self.clock.now())?;
        Ok(c)
    }

    /// A challenge and its parts. A bid's part is in it only for those for whom the bid exists.
    pub async fn case(&self, actor: &Actor, id: ChallengeId) -> Result<Case> {
        if actor.role.oversees() {
            self.try_keep_seats(id).await;
        }
        let challenge = self.challenge(actor, id).await?;
        let (db, key) = (&self.db, id.0);
        let known = !actor.is_visitor();
        let after = challenge.opened_at.is_some();
        let (questions, notices) =
            tokio::try_join!(noun::of::<Question>(db, "challenge_id", key), noun::of::<Notice>(db, "challenge_id", key))?;
        let mut case = Case {
            inside: policy::sees_inside(actor, &challenge),
            my_bid: None,
            bids: vec![],
            talks: vec![],
            questions,
            assignments: vec![],
            notices: notices.into_iter().filter(|n| policy::see_notice(actor, n).is_ok()).collect(),
            objections: vec![],
            contracts: if after { noun::of(db, "challenge_id", key).await? } else { vec![] },
            turns: vec![],
            challenge,
        };
        // In the order in which they were made: the lanes of a race stand as they are numbered.
        case.contracts.sort_by_key(|k| k.id.0);
        if known {
            let bids: Vec<Bid> = noun::of(db, "challenge_id", key).await?;
            case.my_bid = bids.iter().find(|b| b.org == actor.org && actor.role == Role::Bidder).cloned();
            case.bids = bids.into_iter().filter(|b| policy::see_bid(actor, b, &case.challenge).is_ok()).collect();
            case.talks = noun::of::<Talk>(db, "challenge_id", key)
                .await?
                .into_iter()
                .filter(|t| policy::see_talk(actor, t).is_ok())
                .collect();
            case.assignments = noun::of::<Assignment>(db, "challenge_id", key)
                .await?
                .into_iter()
                .filter(|a| policy::see_assignment(actor, a).is_ok())
                .collect();
            let objections: Vec<Objection> = noun::of(db, "challenge_id", key).await?;
            case.objections =
                objections.into_iter().filter(|o| policy::see_objection(actor, o, &parties(&case.notices)).is_ok()).collect();
        }
        case.turns = store::turn::of_case(db, id).await?.into_iter().filter(|w| self.may_see_turn(actor, w, &case)).collect();
        Ok(case)
    }

    /// Whose turn it is may be seen where the thing may; before the opening no turn tells of a bid.
    fn may_see_turn(&self, actor: &Actor, w: &Waiting, case: &Case) -> bool {
        match w.noun {
            Noun::Challenge => case.inside || w.turn.since <= self.clock.now(),
            Noun::Bid => case.bids.iter().any(|b| b.id.0 == w.subject),
            Noun::Talk => case.talks.iter().any(|t| t.id.0 == w.subject),
            Noun::Assignment => case.assignments.iter().any(|a| a.id.0 == w.subject),
            Noun::Objection => case.objections.iter().any(|o| o.id.0 == w.subject),
            Noun::Notice => case.notices.iter().any(|n| n.id.0 == w.subject),
            Noun::Contract
            | Noun::Milestone
            | Noun::Instalment
            | Noun::Change
            | Noun::Acceptance
            | Noun::Spending
            | Noun::FinalAccount
            | Noun::Gate
            | Noun::Settlement
            | Noun::Progress
            | Noun::FollowUp
            | Noun::Budget => case.contracts.iter().any(|k| policy::see_contract(actor, k).is_ok()),
            Noun::TipOff | Noun::Lobbying => policy::inspects(actor).is_ok(),
            Noun::Question => true,
            Noun::Finding | Noun::Integrity | Noun::Template | Noun::BudgetDoc => false,
            Noun::Registration | Noun::Organisation | Noun::Account => false,
        }
    }

    /// The public list.
    pub async fn listed(&self, wanted: &[Filter], page: Page) -> Result<Listed<Row>> {
        Ok(store::challenge::listed(&self.db, wanted, page).await?)
    }

    /// Challenges of one's own organisation, or all in hand for the bureau.
    pub async fn own_challenges(&self, actor: &Actor, wanted: Vec<Filter>, page: Page) -> Result<Listed<Challenge>> {
        let mut filters = match actor.role {
            Role::Poster => vec![Filter::is("org_id", actor.org.0)],
            r if r.oversees() => vec![Filter::In(
                "state",
                ChallengeState::ALL.iter().filter(|s| **s != ChallengeState::Draft).map(|s| s.id().into()).collect(),
            )],
            _ => vec![Filter::Never],
        };
        filters.extend(wanted);
        Ok(noun::list(&self.db, &filters, page).await?)
    }

    /// Things of a noun that the actor has to do with, newest first. Before the opening a bid is in no list but its team's.
    pub async fn own<T>(&self, actor: &Actor, filters: Vec<Filter>, page: Page) -> Result<Listed<T>>
    where
        T: Mine,
        store::noun::Model<T>: Sync,
    {
        let mut all = T::mine_at(actor, self.clock.now());
        all.extend(filters);
        Ok(noun::list(&self.db, &all, page).await?)
    }

    pub async fn queue(&self, actor: &Actor, limit: u64) -> Result<Vec<Waiting>> {
        Ok(store::turn::queue(&self.db, actor, self.clock.now(), limit).await?)
    }

    pub async fn waiting(&self, actor: &Actor) -> Result<usize> {
        Ok(store::turn::waiting(&self.db, actor, self.clock.now()).await?)
    }

    pub async fn turns_of(&self, subject: Uuid) -> Result<Vec<Waiting>> {
        Ok(store::turn::of(&self.db, subject).await?)
    }

    /// The story of a case as its reader may know it, newest first.
    pub async fn story(&self, actor: &Actor, c: &Challenge, before: Option<i64>, limit: u64) -> Result<Vec<Entry>> {
        let party = matches!(actor.role, Role::Poster) && actor.org == c.org;
        let reads = |e: &Entry| {
            let parties = party && e.visibility == "parties";
            policy::reads_event(actor, visibility(&e.visibility), e.org, c.opened_at.is_some(), parties)
        };
        let own = |v: &Visibility| policy::reads_event(actor, *v, Some(actor.org), c.opened_at.is_some(), party);
        let ever: Vec<Visibility> = Visibility::ALL.into_iter().filter(own).collect();
        // What is not for this reader leaves no gap: the page is filled from further back.
        let (mut out, mut before) = (vec![], before);
        for _ in 0..50 {
            let some = store::event::of_case(&self.db, c.id, &ever, before, limit).await?;
            let more = some.len() as u64 == limit;
            before = some.last().map(|e| e.seq);
            out.extend(some.into_iter().filter(reads));
            if !more || out.len() as u64 >= limit {
                break;
            }
        }
        out.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(out)
    }

    /// The story of one thing that the actor may already see: what its parties may read, and the actor's own acts.
    pub async fn story_of(&self, actor: &Actor, subject: Uuid, limit: u64) -> Result<Vec<Entry>> {
        let by = |e: &Entry| e.body["actor"]["id"].as_str().and_then(|id| id.parse().ok()).map(AccountId);
        let reads = |e: &Entry| policy::reads_part(actor, visibility(&e.visibility), e.org, by(e));
        Ok(store::event::of_subject(&self.db, subject, limit).await?.into_iter().filter(reads).collect())
    }

    /// The record in order, for those who oversee. Before the opening of its challenge no act on a bid is in it for anyone but the platform itself:
    /// whether there are bids, and whose, would stand there.
    pub async fn record(&self, actor: &Actor, wanted: &[Filter], after: i64, limit: u64) -> Result<Vec<Entry>> {
        policy::oversee(actor)?;
        let mut wanted = wanted.to_vec();
        wanted.extend((actor.role != Role::System).then_some(Filter::Unsealed));
        Ok(store::event::after(&self.db, &wanted, after, limit).await?)
    }

    /// Names that tell who bids beside those in its offer: of the lead, and of its people.
    pub async fn names_of_team(&self, org: OrgId) -> Result<Vec<String>> {
        let mut names = Vec::from_iter(store::account::org(&self.db, org).await?.map(|o| o.name));
        let people = store::account::list(&self.db, &[Filter::is("org_id", org.0)], Page::first(Page::MOST)).await?;
        names.extend(people.items.into_iter().flat_map(|a| [a.name, a.email]));
        Ok(names)
    }

    pub async fn draft(&self, actor: &Actor, id: ChallengeId) -> Result<(Challenge, store::draft::Kept)> {
        let c = self.challenge(actor, id).await?;
        policy::on_challenge(actor, &c, ChallengeAct::Submit, self.clock.now())?;
        let kept = store::draft::latest(&self.db, id.0).await?.ok_or(Error::Missing)?;
        Ok((c, kept))
    }

    pub async fn editions(&self, id: ChallengeId) -> Result<Vec<(i32, Option<String>, jiff::Timestamp, serde_json::Value)>> {
        Ok(store::challenge::editions(&self.db, id).await?)
    }

    /// A bid with its challenge, for one for whom it exists.
    pub async fn bid(&self, actor: &Actor, id: BidId) -> Result<(Challenge, Bid)> {
        let b = self.bid_of(id).await?;
        let c: Challenge = noun::find(&self.db, b.challenge.0).await?.ok_or(Error::Missing)?;
        policy::see_bid(actor, &b, &c)?;
        Ok((c, b))
    }

    /// The draft of one's own bid, as raw input.
    pub async fn bid_draft(&self, actor: &Actor, id: BidId) -> Result<(Challenge, Bid, serde_json::Value)> {
        let (c, b) = self.bid(actor, id).await?;
        if actor.role != Role::Bidder || actor.org != b.org {
            return Err(Error::Missing);
        }
        let permit = policy::read_bid(actor, &b, &c)?;
        let content = self.draft_text(&permit).await?;
        let raw = content.map(|text| serde_json::from_str(&text)).transpose().map_err(|e| Error::Failed(e.to_string()))?;
        Ok((c, b, raw.unwrap_or_else(|| serde_json::json!({}))))
    }

    /// The sealed contents, as far as they are open to this reader: its team may read its own; others part A after the opening,
    /// and the whole after the second stage.
    pub async fn offer(&self, actor: &Actor, b: &Bid, c: &Challenge) -> Result<Option<Readable>> {
        let (a, price) = (policy::read_bid(actor, b, c)?, policy::read_price(actor, b, c).ok());
        self.as_far(&a, price.as_ref()).await
    }

    /// A bid as put before an expert: nothing of the second part leaves here before it is open.
    pub async fn offer_for_review(&self, actor: &Actor, a: &Assignment, b: &Bid) -> Result<serde_json::Value> {
        let (permit, price) = (policy::review_bid(actor, a, b)?, policy::review_price(actor, a, b).ok());
        let readable = self.as_far(&permit, price.as_ref()).await?.ok_or(Error::Missing)?;
        Ok(readable.for_review(&self.names_of_team(b.org).await?))
    }

    /// An assignment with its challenge and the bids it is about, in an order that tells nothing.
    pub async fn assignment(&self, actor: &Actor, id: AssignmentId) -> Result<(Challenge, Assignment, Vec<Bid>)> {
        let found: Assignment = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::see_assignment(actor, &found)?;
        self.try_keep_seats(found.challenge).await;
        let a: Assignment = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let c: Challenge = noun::find(&self.db, a.challenge.0).await?.ok_or(Error::Missing)?;
        let mut bids: Vec<Bid> =
            noun::of::<Bid>(&self.db, "challenge_id", a.challenge.0).await?.into_iter().filter(Bid::is_valid).collect();
        bids.sort_by_cached_key(|b| c.blind_key(b.id));
        Ok((c, a, bids))
    }

    /// Names and units of those who sat in the review that led to the award.
    pub async fn panel_list(&self, c: &Challenge) -> Result<Vec<(String, String)>> {
        let all: Vec<Assignment> = noun::of(&self.db, "challenge_id", c.id.0).await?;
        let sat: Vec<AccountId> = all.iter().filter(|a| a.round == c.round && a.is_locked()).map(|a| a.expert).collect();
        let people = store::account::many(&self.db, &sat).await?;
        let units = store::account::orgs(&self.db, &people.iter().map(|p| p.org).collect::<Vec<_>>()).await?;
        let unit = |id: OrgId| units.iter().find(|o| o.id == id).map(|o| o.name.clone()).unwrap_or_default();
        Ok(people.into_iter().map(|p| (p.name, unit(p.org))).collect())
    }

    /// What the panel gave each bid in all, lowest first and without names: for an expert of it, once every sheet is in.
    pub async fn panel_totals(&self, actor: &Actor, c: &Challenge, a: &Assignment) -> Result<Vec<(BidId, Vec<Score>)>> {
        if !policy::discusses(actor, a) {
            return Ok(vec![]);
        }
        let mut panel: Vec<Assignment> = noun::of(&self.db, "challenge_id", a.challenge.0).await?;
        panel.retain(|x| x.round == a.round && (x.is_locked() || x.head.state == AssignmentState::Submitted));
        if a.round == c.round && panel.len() < c.panel.as_ref().map_or(usize::MAX, |p| p.seats) {
            return Ok(vec![]);
        }
        let totals = |bid: &BidId| {
            let mut all: Vec<Score> = panel.iter().filter_map(|x| x.sheets.get(bid)?.total()).collect();
            all.sort_unstable();
            all
        };
        let mut bids: Vec<BidId> = a.sheets.keys().copied().collect();
        bids.sort_by_cached_key(|bid| c.blind_key(*bid));
        Ok(bids.into_iter().map(|bid| (bid, totals(&bid))).collect())
    }

    /// How a team's bid stood: its own means beside the winner's and the spread, once the award was put on notice (trap 25).
    pub async fn debrief(&self, actor: &Actor, b: &Bid, c: &Challenge) -> Result<Option<Debrief>> {
        let notices: Vec<Notice> = noun::of(&self.db, "challenge_id", c.id.0).await?;
        if !policy::see_debrief(actor, b, c, &notices) {
            return Ok(None);
        }
        let mut panel: Vec<Assignment> = noun::of(&self.db, "challenge_id", c.id.0).await?;
        panel.retain(|a| a.round == c.round && a.is_locked());
        let sheets: Vec<&std::collections::BTreeMap<BidId, Sheet>> = panel.iter().map(|a| &a.sheets).collect();
        Ok(Some(Debrief::of(b, c, &sheets)))
    }

    /// How experts score, over all their panels: for those who convene and oversee.
    pub async fn habits(
        &self,
        actor: &Actor,
        wanted: Vec<Filter>,
        page: Page,
    ) -> Result<Listed<(Account, Organisation, analysis::Habit)>> {
        policy::see_experts(actor)?;
        self.note_reads(actor, vec![reading::people()]).await?;
        let experts = store::account::list(&self.db, &of_experts(wanted), page).await?;
        let units = store::account::orgs(&self.db, &experts.items.iter().map(|a| a.org).collect::<Vec<_>>()).await?;
        let mut items = vec![];
        for expert in experts.items {
            let Some(unit) = units.iter().find(|o| o.id == expert.org).cloned() else { continue };
            let habit = self.habit_of(expert.id).await?;
            items.push((expert, unit, habit));
        }
        Ok(Listed { items, next: experts.next })
    }

    async fn habit_of(&self, expert: AccountId) -> Result<analysis::Habit> {
        let own: Vec<Assignment> = noun::of(&self.db, "expert_id", expert.0).await?;
        let (mut scores, mut panels) = (vec![], 0);
        let (mut spreads, mut late, mut reasons) = (vec![], 0, 0);
        let left = |state: AssignmentState| own.iter().filter(|a| a.head.state == state).count();
        for a in own.iter().filter(|a| a.is_locked()) {
            panels += 1;
            late += usize::from(a.late);
            reasons += a.sheets.values().map(|s| s.reasons.values().filter(|r| !r.is_empty()).count()).sum::<usize>();
            let totals: Vec<Score> = a.sheets.values().filter_map(Sheet::total).collect();
            spreads.extend(totals.iter().max().zip(totals.iter().min()).map(|(x, n)| x.as_hundredths() - n.as_hundredths()));
            let mut all: Vec<Assignment> = noun::of(&self.db, "challenge_id", a.challenge.0).await?;
            all.retain(|x| x.round == a.round && x.is_locked());
            for (bid, sheet) in &a.sheets {
                let totals: Vec<Score> = all.iter().filter_map(|x| x.sheets.get(bid)?.total()).collect();
                if let (Some(total), Some(middle)) = (sheet.total(), median(&totals)) {
                    scores.push((total, middle, a.outlying.contains(bid)));
                }
            }
        }
        let spread = spreads.iter().sum::<i64>() / i64::try_from(spreads.len().max(1)).unwrap_or(1);
        let (no_reply, declined) = (left(AssignmentState::NoReply), left(AssignmentState::Declined));
        Ok(analysis::Habit { spread, late, no_reply, declined, reasons, ..analysis::habit(&scores, panels) })
    }

    pub async fn talk(&self, actor: &Actor, id: TalkId) -> Result<Talk> {
        let t: Talk = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::see_talk(actor, &t)?;
        Ok(t)
    }

    pub async fn question(&self, actor: &Actor, id: QuestionId) -> Result<Question> {
        let q: Question = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        self.challenge(actor, q.challenge).await?;
        Ok(q)
    }

    pub async fn notice(&self, actor: &Actor, id: NoticeId) -> Result<Notice> {
        let n: Notice = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::see_notice(actor, &n)?;
        Ok(n)
    }

    pub async fn objection(&self, actor: &Actor, id: ObjectionId) -> Result<(Objection, Notice)> {
        let o: Objection = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let n: Notice = noun::find(&self.db, o.notice.0).await?.ok_or(Error::Missing)?;
        policy::see_objection(actor, &o, &parties(std::slice::from_ref(&n)))?;
        Ok((o, n))
    }

    pub async fn contract(&self, actor: &Actor, id: ContractId) -> Result<Contract> {
        let k = self.contract_of(id).await?;
        policy::see_contract(actor, &k)?;
        Ok(k)
    }

    /// Everything that hangs on a contract; milestones and instalments by their numbers.
    pub async fn parts_of_contract(
        &self,
        k: &Contract,
    ) -> Result<(Vec<Milestone>, Vec<Instalment>, Vec<ContractChange>, Vec<Acceptance>)> {
        let (db, id) = (&self.db, k.id.0);
        let mut parts: (Vec<Milestone>, Vec<Instalment>, _, _) = tokio::try_join!(
            noun::of(db, "contract_id", id),
            noun::of(db, "contract_id", id),
            noun::of(db, "contract_id", id),
            noun::of(db, "contract_id", id)
        )?;
        parts.0.sort_by_key(|x| x.number);
        parts.1.sort_by_key(|x| x.number);
        Ok(parts)
    }

    pub async fn milestone(&self, actor: &Actor, id: MilestoneId) -> Result<(Contract, Milestone)> {
        let x: Milestone = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        Ok((self.contract(actor, x.contract).await?, x))
    }

    pub async fn instalment(&self, actor: &Actor, id: InstalmentId) -> Result<(Contract, Instalment)> {
        let x: Instalment = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        Ok((self.contract(actor, x.contract).await?, x))
    }

    pub async fn change(&self, actor: &Actor, id: ChangeId) -> Result<(Contract, ContractChange)> {
        let x: ContractChange = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let k = self.contract_of(x.contract).await?;
        policy::see_change(actor, &x, &k)?;
        Ok((k, x))
    }

    pub async fn acceptance(&self, actor: &Actor, id: AcceptanceId) -> Result<(Contract, Acceptance)> {
        let x: Acceptance = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        Ok((self.contract(actor, x.contract).await?, x))
    }

    pub async fn organisation(&self, id: OrgId) -> Result<Organisation> {
        store::account::org(&self.db, id).await?.ok_or(Error::Missing)
    }

    pub async fn organisations(&self, actor: &Actor, wanted: &[Filter], page: Page) -> Result<Listed<Organisation>> {
        policy::administer(actor)?;
        Ok(store::account::org_list(&self.db, wanted, page).await?)
    }

    pub async fn accounts(&self, actor: &Actor, wanted: &[Filter], page: Page) -> Result<Listed<Account>> {
        policy::administer(actor)?;
        self.note_reads(actor, vec![reading::people()]).await?;
        Ok(store::account::list(&self.db, wanted, page).await?)
    }

    /// Names of organisations and accounts, in two questions.
    pub async fn names(&self, orgs: &[OrgId], accounts: &[AccountId]) -> Result<Names> {
        let mut names = Names::default();
        if !orgs.is_empty() {
            names.orgs = store::account::orgs(&self.db, orgs).await?.into_iter().map(|o| (o.id, o.name)).collect();
        }
        if !accounts.is_empty() {
            names.accounts = store::account::many(&self.db, accounts).await?.into_iter().map(|a| (a.id, a.name)).collect();
        }
        Ok(names)
    }
}

fn parties(notices: &[Notice]) -> Vec<OrgId> {
    notices.iter().flat_map(|n| n.winners.iter().map(|w| w.org)).collect()
}

/// How a stored visibility reads; an unknown one is nobody's.
pub(in crate::app) fn visibility(id: &str) -> Visibility {
    match id {
        "public" => Visibility::Public,
        "parties" => Visibility::Parties,
        "bureau" => Visibility::Bureau,
        "sealed" => Visibility::Sealed,
        "oversight" => Visibility::Oversight,
        _ => Visibility::Security,
    }
}

impl App {
    /// Titles of challenges, for lists of what hangs on them.
    pub async fn titles(&self, ids: &[ChallengeId]) -> Result<BTreeMap<ChallengeId, String>> {
        Ok(store::challenge::titles(&self.db, ids).await?)
    }
}

impl App {
    /// How many public challenges there are of a kind, counted up to a thousand.
    pub async fn count(&self, wanted: &[Filter]) -> Result<u64> {
        Ok(store::challenge::count(&self.db, wanted).await?)
    }

    /// Open challenges, the one that closes first in front.
    pub async fn closing_soon(&self, now: jiff::Timestamp, limit: u64) -> Result<Vec<Row>> {
        Ok(store::challenge::closing_soon(&self.db, now, limit).await?)
    }
}

impl App {
    /// County money by the state of its instalments, in the order of the life.
    pub async fn money_by_state(&self, actor: &Actor) -> Result<Vec<(String, Money)>> {
        if !(actor.role.oversees() || actor.role == Role::Finance) {
            return Ok(vec![]);
        }
        let sums = store::challenge::county_money(&self.db).await?;
        Ok(InstalmentState::ALL
            .iter()
            .filter_map(|s| sums.get(s.id()).map(|fen| (s.id().to_owned(), Money::fen(*fen))))
            .collect())
    }
}

impl App {
    pub async fn organisation_by_uscc(&self, uscc: &Uscc) -> Result<Option<Organisation>> {
        Ok(store::account::org_by_uscc(&self.db, uscc).await?)
    }
}
