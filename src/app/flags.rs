//! Red flags: worked out from what stands today whenever they are read, and judged by those who oversee.
use super::*;
use crate::domain::FindingAct as X;
use crate::domain::finding::FINDING_OUTCOMES;
use crate::domain::flag::{Award, Facts, Mark, Origin, Supplied, Told};
use crate::domain::forms::{JudgeFlag, Reason, SettleFinding};
use crate::outside::marks;
use futures_util::StreamExt;
use std::collections::BTreeMap;

/// Entries of one case that are looked at.
const STORY_MOST: u64 = 5_000;
/// Cases that a desk looks at, the newest first.
const CASES_MOST: u64 = 1_000;

/// What was worked out before, on this node: by file what its document says, by case its flags and what they were made from.
/// A file never changes; flags are worked out again as soon as anything that they rest on has grown.
#[derive(Clone, Debug)]
pub struct Seen {
    marks: moka::sync::Cache<FileId, Arc<marks::Marks>>,
    flags: moka::sync::Cache<ChallengeId, Arc<(Basis, Vec<Flag>)>>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { marks: moka::sync::Cache::new(20_000), flags: moka::sync::Cache::new(CASES_MOST) }
    }
}

/// What flags are made from: the case's newest entry, the newest award and contract of all, the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Basis {
    entry: i64,
    award: Option<NoticeId>,
    contract: Option<(ContractId, i32)>,
    day: jiff::civil::Date,
    /// Of who read unusually much.
    reading: u64,
}

/// Days for which unusual reading is asked about.
const READING_DAYS: i64 = 30;

/// What those read who read unusually much, by anybody's count, and a mark that moves when it does.
struct Watched {
    reads: Vec<flag::Reads>,
    mark: u64,
}

/// What other cases came to.
struct Others {
    awards: Vec<Award>,
    supplied: Vec<Supplied>,
}

/// A case's flags as far as one reader reads them.
#[derive(Clone, Debug)]
pub struct CaseFlags {
    pub challenge: Challenge,
    pub standings: Vec<Standing>,
    /// Flags that are there and not this reader's to read, by their state.
    pub withheld: Vec<(FlagKind, &'static str)>,
}

impl App {
    /// The flags of one case with what was said of each.
    pub async fn case_flags(&self, actor: &Actor, id: ChallengeId) -> Result<CaseFlags> {
        policy::see_flags(actor)?;
        let c = self.challenge(actor, id).await?;
        let watched = self.watched().await?;
        let basis = self.basis(store::event::newest_of(&self.db, id).await?, &watched).await?;
        let flags = self.flags_of(&c, basis, &mut None, &watched).await?;
        let findings: Vec<Finding> = noun::of(&self.db, "challenge_id", id.0).await?;
        Ok(for_reader(actor, c, &flags, &findings))
    }

    /// The flags of every case, the gravest first; `all` with those that were judged.
    pub async fn all_flags(&self, actor: &Actor, all: bool) -> Result<Vec<CaseFlags>> {
        policy::see_flags(actor)?;
        let m = self.glance().await?;
        let (mut others, mut out, watched) = (None, vec![], self.watched().await?);
        for (id, entry) in store::event::cases(&self.db, CASES_MOST).await? {
            let Some(c) = noun::find::<Challenge>(&self.db, id.0).await? else { continue };
            if c.published_at.is_none() || policy::see_challenge(actor, &c, m.now).is_err() {
                continue;
            }
            let flags = self.flags_of(&c, self.basis(entry, &watched).await?, &mut others, &watched).await?;
            if flags.is_empty() {
                continue;
            }
            let findings: Vec<Finding> = noun::of(&self.db, "challenge_id", id.0).await?;
            let mut case = for_reader(actor, c, &flags, &findings);
            case.standings.retain(|s| all || s.is_open());
            case.withheld.retain(|(_, state)| all || *state == "open");
            if !case.standings.is_empty() || !case.withheld.is_empty() {
                out.push(case);
            }
        }
        let gravest = |c: &CaseFlags| c.standings.iter().map(|s| s.flag.kind.severity()).min();
        out.sort_by_key(|c| (gravest(c).is_none(), gravest(c)));
        Ok(out)
    }

    async fn watched(&self) -> Result<Watched> {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut reads = self.grave_reads(READING_DAYS).await?;
        let people = flag::unusual(&reads, &RuleSet::default());
        reads.retain(|r| people.iter().any(|u| u.actor == r.actor));
        let mut mark = DefaultHasher::new();
        people.hash(&mut mark);
        Ok(Watched { reads, mark: mark.finish() })
    }

    async fn basis(&self, entry: i64, watched: &Watched) -> Result<Basis> {
        let award = noun::list::<Notice>(&self.db, &[confirmed()], Page::first(1)).await?.items.pop();
        let contract = noun::list::<Contract>(&self.db, &[], Page::first(1)).await?.items.pop();
        Ok(Basis {
            entry,
            award: award.map(|n| n.id),
            contract: contract.map(|k| (k.id, k.head.version)),
            day: date_of(self.clock.now()),
            reading: watched.mark,
        })
    }

    async fn flags_of(&self, c: &Challenge, basis: Basis, others: &mut Option<Others>, watched: &Watched) -> Result<Vec<Flag>> {
        if c.published_at.is_none() {
            return Ok(vec![]);
        }
        if let Some(kept) = self.seen.flags.get(&c.id).filter(|kept| kept.0 == basis) {
            return Ok(kept.1.clone());
        }
        if others.is_none() {
            *others = Some(self.others().await?);
        }
        let flags = match others {
            Some(others) => self.work_out(c, others, watched).await?,
            None => vec![],
        };
        self.seen.flags.insert(c.id, Arc::new((basis, flags.clone())));
        Ok(flags)
    }

    /// Awards confirmed and contracts made, of every case.
    async fn others(&self) -> Result<Others> {
        let notices: Vec<Notice> = self.every(&[confirmed()]).await?;
        let ids: Vec<Uuid> = notices.iter().map(|n| n.challenge.0).collect();
        let mut cases: Vec<Challenge> = vec![];
        for some in ids.chunks(100) {
            cases.extend(self.every::<Challenge>(&[noun::Filter::any_id("id", some)]).await?);
        }
        let of = |n: &Notice| cases.iter().find(|c| c.id == n.challenge).map(|c| Award::of(c, n));
        let awards = notices.iter().filter_map(of).collect();
        let supplied =
            |k: Contract| Supplied { contract: k.id, challenge: k.challenge, number: k.number, lead: k.lead, thread: k.thread };
        let supplied = self.every::<Contract>(&[]).await?.into_iter().map(supplied).collect();
        Ok(Others { awards, supplied })
    }

    /// All rows of a noun that pass, the newest two thousand.
    pub(in crate::app) async fn every<T: noun::Stored>(&self, filters: &[noun::Filter]) -> Result<Vec<T>>
    where
        noun::Model<T>: Sync,
    {
        let (mut out, mut page) = (vec![], Page::first(Page::MOST));
        while out.len() < 2_000 {
            let listed = noun::list::<T>(&self.db, filters, page).await?;
            out.extend(listed.items);
            match listed.next {
                Some(key) => page.after = Some(key),
                None => break,
            }
        }
        Ok(out)
    }

    async fn work_out(&self, c: &Challenge, others: &Others, watched: &Watched) -> Result<Vec<Flag>> {
        let (db, id) = (&self.db, c.id.0);
        let bids: Vec<Bid> = noun::of(db, "challenge_id", id).await?;
        let offers = self.opened_offers(c, &bids).await?;
        let assignments: Vec<Assignment> = noun::of(db, "challenge_id", id).await?;
        let notices: Vec<Notice> = noun::of(db, "challenge_id", id).await?;
        let objections: Vec<Objection> = noun::of(db, "challenge_id", id).await?;
        let contracts: Vec<Contract> = noun::of(db, "challenge_id", id).await?;
        let milestones: Vec<Milestone> = noun::of(db, "challenge_id", id).await?;
        let instalments: Vec<Instalment> = noun::of(db, "challenge_id", id).await?;
        let acceptances: Vec<Acceptance> = noun::of(db, "challenge_id", id).await?;
        let told: Vec<Told> = store::event::whole_case(db, c.id, STORY_MOST).await?.iter().map(told_of).collect();
        let own = others.awards.iter().filter(|a| a.challenge == c.id).flat_map(|a| a.winners.iter().copied());
        let org_ids: Vec<OrgId> = bids.iter().map(|b| b.org).chain([c.org]).chain(own).collect();
        let people: Vec<AccountId> = assignments.iter().map(|a| a.expert).collect();
        let names = self.names(&org_ids, &people).await?;
        let (marks, origins) = self.traces(c, &offers).await?;
        let facts = Facts {
            challenge: c,
            bids: &bids,
            offers: &offers,
            assignments: &assignments,
            notices: &notices,
            objections: &objections,
            contracts: &contracts,
            milestones: &milestones,
            instalments: &instalments,
            acceptances: &acceptances,
            told: &told,
            awards: &others.awards,
            supplied: &others.supplied,
            orgs: &names.orgs,
            people: &names.accounts,
            marks: &marks,
            reads: &watched.reads,
            origins: &origins,
            m: &self.glance().await?,
        };
        Ok(flag::of(&facts))
    }

    /// Contents of what was opened, as far as it is open; before the opening there is nothing to read.
    async fn opened_offers(&self, c: &Challenge, bids: &[Bid]) -> Result<BTreeMap<BidId, Readable>> {
        let mut out = BTreeMap::new();
        let shut = |b: &Bid| matches!(b.head.state, BidState::Draft | BidState::Sealed | BidState::Withdrawn | BidState::Expired);
        for b in bids.iter().filter(|b| c.opened_at.is_some() && !shut(b)) {
            let system = Actor::system();
            let (a, price) = (policy::read_bid(&system, b, c)?, policy::read_price(&system, b, c).ok());
            if let Ok(Some(readable)) = self.as_far(&a, price.as_ref()).await {
                out.insert(b.id, readable);
            }
        }
        Ok(out)
    }

    /// What opened bids leave behind: who is named in their files, and from where they were sealed.
    async fn traces(&self, c: &Challenge, offers: &BTreeMap<BidId, Readable>) -> Result<(Vec<Mark>, Vec<Origin>)> {
        if c.opened_at.is_none() {
            return Ok((vec![], vec![]));
        }
        let mut out = vec![];
        for (bid, offer) in offers {
            for a in self.attachments(&offer.files()).await? {
                for (name, value) in self.marks_of(&a).await.iter() {
                    out.push(Mark { bid: *bid, file: a.id, name, value: value.clone() });
                }
            }
        }
        Ok((out, store::audit::origins(&self.db, c.id).await?))
    }

    /// What a file says of its making; one that can't be read says nothing.
    async fn marks_of(&self, a: &Attachment) -> Arc<marks::Marks> {
        if let Some(known) = self.seen.marks.get(&a.id) {
            return known;
        }
        let mut bytes: Vec<u8> = vec![];
        if let Ok(mut stream) = self.bytes_of(a).await {
            while let Some(Ok(piece)) = stream.next().await {
                bytes.extend_from_slice(&piece);
                if bytes.len() >= marks::MOST {
                    bytes.truncate(marks::MOST);
                    break;
                }
            }
        }
        let marks = Arc::new(tokio::task::spawn_blocking(move || marks::of(&bytes)).await.unwrap_or_default());
        self.seen.marks.insert(a.id, marks.clone());
        marks
    }

    /// From where a bid was sealed: looked at after the opening only.
    pub async fn note_origin(&self, actor: &Actor, bid: BidId, address: &str, agent: &str) -> Result<()> {
        let b = self.bid_of(bid).await?;
        if actor.role != Role::Bidder || actor.org != b.org {
            return Err(Error::Missing);
        }
        let o = Origin { bid, address: address.to_owned(), agent: agent.to_owned(), at: self.clock.now() };
        Ok(store::audit::note_origin(&self.db, b.challenge, &o).await?)
    }

    /// Puts a flag aside, with the reason: it comes back when its facts change.
    pub async fn dismiss_flag(&self, actor: &Actor, on: ChallengeId, form: JudgeFlag) -> Result<Finding> {
        self.judge_flag(actor, on, form, "dismissal").await
    }

    /// Makes a finding of a flag: a question to the bureau, which has its days to answer.
    pub async fn question_flag(&self, actor: &Actor, on: ChallengeId, form: JudgeFlag) -> Result<Finding> {
        self.judge_flag(actor, on, form, "question").await
    }

    async fn judge_flag(&self, actor: &Actor, on: ChallengeId, form: JudgeFlag, what: &'static str) -> Result<Finding> {
        let case = self.case_flags(actor, on).await?;
        let standing = case.standings.into_iter().find(|s| s.flag.key() == form.flag);
        let flag = standing.ok_or_else(|| Refusal::new("no_such_flag").at("flag"))?.flag;
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::judge_flag(actor, &c, flag.kind)?;
        let before: Vec<Finding> = noun::lock_of(&work, "challenge_id", on.0).await?;
        ensure(!before.iter().any(|f| f.covers(&flag)), "flag_judged").map_err(|r| r.at("flag"))?;
        let id = FindingId(clock::ordered_id());
        let mut x = match what {
            "dismissal" => Finding::dismiss(id, on, flag, &m),
            _ => Finding::ask(id, on, flag, &c.rules, &m),
        };
        x.say(actor, what, form.reason.clone(), &m);
        noun::insert(&work, &permit.follow(id.0), &x, &m.calendar).await?;
        let visibility = if what == "question" { Visibility::Bureau } else { Visibility::Oversight };
        work.commit(&permit, told_of_finding(&x, what, Some(form.reason), visibility)).await?;
        Ok(x)
    }

    async fn on_finding(&self, actor: &Actor, id: FindingId, act: X, text: String, outcome: Option<String>) -> Result<Finding> {
        let seen: Finding = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, seen.challenge).await?;
        let mut x: Finding = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_finding(actor, &x, act)?;
        let from = x.head.state;
        x.take(act, &c.rules, &m)?;
        x.say(actor, act.id(), text.clone(), &m);
        x.outcome = outcome.filter(|o| FINDING_OUTCOMES.contains(&o.as_str()));
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let visibility = if act == X::Reopen { Visibility::Oversight } else { Visibility::Bureau };
        let event = told_of_finding(&x, act.id(), Some(text), visibility).moved(from.id(), x.head.state.id());
        work.commit(&permit, event.fact("outcome", &x.outcome)).await?;
        Ok(x)
    }

    pub async fn reopen_flag(&self, actor: &Actor, id: FindingId, form: Reason) -> Result<Finding> {
        self.on_finding(actor, id, X::Reopen, form.reason, None).await
    }

    pub async fn answer_finding(&self, actor: &Actor, id: FindingId, form: Reason) -> Result<Finding> {
        self.on_finding(actor, id, X::Answer, form.reason, None).await
    }

    pub async fn ask_finding_again(&self, actor: &Actor, id: FindingId, form: Reason) -> Result<Finding> {
        self.on_finding(actor, id, X::AskAgain, form.reason, None).await
    }

    pub async fn settle_finding(&self, actor: &Actor, id: FindingId, form: SettleFinding) -> Result<Finding> {
        self.on_finding(actor, id, X::Settle, form.reason, Some(form.outcome)).await
    }

    pub async fn withdraw_finding(&self, actor: &Actor, id: FindingId, form: Reason) -> Result<Finding> {
        self.on_finding(actor, id, X::Withdraw, form.reason, None).await
    }

    pub async fn finding(&self, actor: &Actor, id: FindingId) -> Result<(Challenge, Finding)> {
        let x: Finding = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::see_finding(actor, &x)?;
        let c: Challenge = noun::find(&self.db, x.challenge.0).await?.ok_or(Error::Missing)?;
        Ok((c, x))
    }
}

/// Notices whose award is firm.
fn confirmed() -> noun::Filter {
    let firm = [NoticeState::Confirmed, NoticeState::Issued];
    noun::Filter::In("state", firm.iter().map(|s| s.id().into()).collect())
}

fn for_reader(actor: &Actor, challenge: Challenge, flags: &[Flag], findings: &[Finding]) -> CaseFlags {
    let (mut standings, mut withheld) = (vec![], vec![]);
    for flag in flags {
        let standing = Standing::of(flag.clone(), findings);
        match policy::reads_flag(actor, flag.kind) {
            true => standings.push(standing),
            false => withheld.push((flag.kind, standing.state())),
        }
    }
    CaseFlags { challenge, standings, withheld }
}

/// What the record tells of a finding. Of a confidential one it tells that it is there and where it stands, and nothing of why.
fn told_of_finding(x: &Finding, act: &str, reason: Option<String>, visibility: Visibility) -> Event {
    let hidden = x.is_confidential();
    let visibility = if hidden { Visibility::Oversight } else { visibility };
    let event = Event::new(Noun::Finding, act, x.id.0, visibility)
        .on(x.challenge)
        .fact("flag", x.flag.kind)
        .fact("subject", if hidden { x.challenge.0 } else { x.flag.subject })
        .fact("flag_sha256", &x.flag_sha256);
    if hidden { event } else { event.because(reason) }
}

/// An entry as the rules read it.
pub fn told_of(e: &store::event::Entry) -> Told {
    let of = |name: &str| e.body["event"][name].clone();
    Told {
        seq: e.seq,
        at: e.at,
        kind: e.kind.clone(),
        subject: e.subject,
        org: e.org,
        actor: e.actor,
        name: e.actor_name.clone(),
        role: e.actor_role.clone(),
        changes: serde_json::from_value(of("changes")).unwrap_or_default(),
        facts: of("facts"),
    }
}
