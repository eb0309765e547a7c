//! Common gates of a race: set for all lanes at once, reported unseen, compared, judged, decided, merged.
use super::ending::End;
use super::ledger::{self, Booking};
use super::*;
use crate::domain::GateAct as H;
use crate::domain::forms::*;
use crate::domain::gate::{Check, GATE_DAYS_LEAST, Lane, LaneBalance, Merger, RaceBalance, Ruling};
use policy::Permit;

impl App {
    /// The officer sets one day and one table for all lanes; the last gate, once all have ended, finds the winner.
    pub async fn set_gate(&self, actor: &Actor, on: ChallengeId, form: SetGate) -> Result<Gate> {
        let work = self.begin(actor).await?;
        let c = lock_challenge(&work, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::set_gate(actor, &c, m.now)?;
        let before: Vec<Gate> = noun::lock_of(&work, "challenge_id", on.0).await?;
        ready::no_gate_open(&before)?;
        let mut contracts: Vec<Contract> = noun::lock_of(&work, "challenge_id", on.0).await?;
        contracts.retain(|k| k.lane.is_some());
        contracts.sort_by_key(|k| k.lane);
        let lanes = if form.last { ready::ended(&contracts) } else { ready::running(&contracts) }.map_err(|r| r.at("last"))?;
        let table = common_table(&c, &form, &m)?;
        let day: jiff::civil::Date = form.held_on.parse().map_err(|_| Refusal::new("gate_too_soon").at("held_on"))?;
        let state = if form.last { GateState::Compared } else { GateState::Set };
        let x = Gate {
            id: GateId(clock::ordered_id()),
            challenge: on,
            poster: c.org,
            number: before.len() + 1,
            head: Head::new(state, &m, form.last.then_some(c.rules.milestone_check_days)),
            name: form.name,
            last: form.last,
            held_on: form.held_on,
            due_at: deadline_instant(day),
            lanes: lanes.iter().map(|k| lane_of(k, form.last, &m)).collect(),
            table,
            experts: vec![],
            conclusion: None,
            minutes: None,
            merger: None,
        };
        noun::insert(&work, &permit.follow(x.id.0), &x, &m.calendar).await?;
        let event = Event::new(Noun::Gate, "setting", x.id.0, Visibility::Parties).on(on).of(c.org);
        work.commit(&permit, event.fact("held_on", &x.held_on).fact("table", &x.table).fact("last", x.last)).await?;
        Ok(x)
    }

    async fn on_gate(
        &self,
        actor: &Actor,
        id: GateId,
        act: H,
        reason: Option<String>,
        change: impl AsyncFnOnce(&Work, &Permit<H>, &mut Challenge, &mut Gate, &Moment) -> Result<Option<H>>,
    ) -> Result<Gate> {
        let seen: Gate = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, seen.challenge).await?;
        let mut x: Gate = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_gate(actor, &x, act)?;
        x.may(act, &m)?;
        let from = x.head.state;
        x.take(act, &m, &c.rules)?;
        if let Some(then) = change(&work, &permit, &mut c, &mut x, &m).await? {
            x.take(then, &m, &c.rules)?;
        }
        noun::save(&work, &permit, &mut x, &m.calendar).await?;
        let rulings: Vec<&Ruling> = x.lanes.iter().filter_map(|l| l.ruling.as_ref()).collect();
        let decided = x.head.state == GateState::Decided;
        let mut event = Event::new(Noun::Gate, act.id(), id.0, if decided { Visibility::Public } else { Visibility::Parties })
            .on(x.challenge)
            .of(if act == H::Report { actor.org } else { x.poster })
            .moved(from.id(), x.head.state.id())
            .because(reason);
        if decided {
            let minutes = x.minutes.as_ref().map(|d| &d.number);
            event = event.fact("rulings", &rulings).fact("experts", x.experts.len()).fact("minutes", minutes);
        }
        work.commit(&permit, event).await?;
        Ok(x)
    }

    /// A lane hands in what it measured, with its papers; nobody else sees it before the comparison.
    pub async fn report_lane(&self, actor: &Actor, id: GateId, form: LaneReport) -> Result<Gate> {
        let org = actor.org;
        self.on_gate(actor, id, H::Report, None, async |work, permit, c, x, m| {
            x.check_values(&form.values)?;
            let Some(lane) = x.lanes.iter_mut().find(|l| l.lead == org) else { return Err(Denied::Hidden.into()) };
            let owner = permit.follow(lane.contract.0);
            tie_files(work, &owner, Noun::Contract, Some(c.id), &form.files, "files").await?;
            (lane.values, lane.report, lane.reported_at) = (form.values, Some(form.report), Some(m.now));
            Ok(None)
        })
        .await
    }

    pub async fn compare_lanes(&self, actor: &Actor, id: GateId, form: Plain) -> Result<Gate> {
        self.on_gate(actor, id, H::Compare, form.note, async |_, _, _, _, _| Ok(None)).await
    }

    /// At least three experts, of no lane and not the poster's.
    pub async fn assess_lanes(&self, actor: &Actor, id: GateId, form: AssessLanes) -> Result<Gate> {
        let seen: Gate = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let mut parties = vec![];
        for lane in &seen.lanes {
            parties.extend(self.party_names(&self.contract_of(lane.contract).await?).await?);
        }
        self.on_gate(actor, id, H::Assess, None, async |_, _, _, x, _| {
            judge::enough(&form.experts, 3, &parties, "experts")?;
            (x.experts, x.conclusion) = (form.experts, Some(form.conclusion));
            Ok(None)
        })
        .await
    }

    /// The meeting rules for every lane. Cuts take effect at once; a merger waits for both leads' word.
    pub async fn decide_gate(&self, actor: &Actor, id: GateId, form: DecideGate) -> Result<Gate> {
        let minutes = Minutes::from(&form);
        let merges = form.rulings.iter().any(|r| r.decision == "merge");
        let act = if merges { H::ProposeMerger } else { H::Decide };
        self.on_gate(actor, id, act, None, async |work, permit, c, x, m| {
            x.check_rulings(&form.rulings)?;
            let title = x.name.clone();
            let on = meeting::OnTable { noun: Noun::Gate, subject: x.id.0, act: act.id(), case: c.id, title: &title };
            self.meet(work, permit, &minutes, on, m).await?;
            x.minutes = Some(minutes);
            for lane in &mut x.lanes {
                lane.ruling = form.rulings.iter().find(|r| r.lane == lane.lane).cloned();
            }
            if merges {
                x.merger = Some(merger(&form)?);
                may_move(work, x).await?;
                return Ok(None);
            }
            if x.last {
                return winner_has_passed(work, x).await.map(|()| None);
            }
            self.carry_out(work, permit, (c, x), None, m).await?;
            Ok(None)
        })
        .await
    }

    /// A lead signs the supplement; the second signature joins the lanes.
    pub async fn agree_merger(&self, actor: &Actor, id: GateId, form: Signature) -> Result<Gate> {
        let by = actor.clone();
        let seen: Gate = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        let joins = match seen.joining().first() {
            Some(lane) => Some(self.organisation(lane.lead).await?),
            None => None,
        };
        self.on_gate(actor, id, H::AgreeMerger, None, async |work, permit, c, x, m| {
            let party = by.org.to_string();
            let Some(joining) = &mut x.merger else { return Err(Refusal::new("out_of_order").into()) };
            ensure(!joining.agreed.iter().any(|a| a.party == party), "marked_already")?;
            let sha256 = joining.sha256();
            joining.agreed.push(Mark { party, by: by.account, name: form.full_name, at: m.now, sha256, paper: None, scan: None });
            if joining.agreed.len() < 2 {
                return Ok(None);
            }
            self.carry_out(work, permit, (c, x), joins, m).await?;
            Ok(Some(H::Merge))
        })
        .await
    }

    /// Without both leads' word there is no merger: the meeting rules anew.
    pub async fn refuse_merger(&self, actor: &Actor, id: GateId, form: Reason) -> Result<Gate> {
        self.on_gate(actor, id, H::RefuseMerger, Some(form.reason), async |_, _, _, x, _| {
            x.merger = None;
            x.lanes.iter_mut().for_each(|l| l.ruling = None);
            Ok(None)
        })
        .await
    }

    pub async fn cancel_gate(&self, actor: &Actor, id: GateId, form: Reason) -> Result<Gate> {
        self.on_gate(actor, id, H::Cancel, Some(form.reason), async |_, _, _, _, _| Ok(None)).await
    }

    /// What the rulings do to contracts and money.
    async fn carry_out(
        &self,
        work: &Work,
        permit: &Permit<H>,
        (c, x): (&mut Challenge, &mut Gate),
        joins: Option<Organisation>,
        m: &Moment,
    ) -> Result<()> {
        let (minutes, experts) = (x.minutes.clone(), x.experts.clone());
        for lane in &mut x.lanes {
            let Some(ruling) = lane.ruling.clone() else { continue };
            let class = match ruling.decision.as_str() {
                "cut" => "lane_cut",
                "merge" => "lane_merged",
                _ => continue,
            };
            let mut k: Contract = noun::lock(work, lane.contract.0).await?.ok_or(Error::Missing)?;
            let minutes = minutes.clone().ok_or_else(|| Refusal::new("out_of_order"))?;
            let end = End { act: ContractAct::CutLane, class, reason: &ruling.reason, minutes, experts: experts.clone() };
            self.end_within(work, &permit.follow(k.id.0), (c, &mut k), end, m).await?;
            let book = store::ledger::books(work, &k).await?;
            let sum = |of: &dyn Fn(Channel) -> Money| Money::sum(Channel::ALL.iter().map(|ch| of(*ch))).unwrap_or_default();
            lane.payable_fen = sum(&|ch| book.balance(ch, LedgerAccount::Unlocked));
            lane.released_fen =
                sum(&|ch| book.holds(ch).checked_sub(book.balance(ch, LedgerAccount::Commitment)).unwrap_or_default());
        }
        match (x.merger.clone(), joins) {
            (Some(merger), Some(joins)) => join(work, permit, x, (&merger, joins), m).await,
            _ => Ok(()),
        }
    }

    /// A gate as its reader may see it, with the balance of all lanes for those who answer for the money.
    pub async fn gate(&self, actor: &Actor, id: GateId) -> Result<(Challenge, Gate, Option<RaceBalance>)> {
        let x: Gate = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::see_gate(actor, &x)?;
        let c: Challenge = noun::find(&self.db, x.challenge.0).await?.ok_or(Error::Missing)?;
        let balance = if policy::sees_race_balance(actor, &x) { self.race_balance(&c).await? } else { None };
        Ok((c, x.seen_by(actor), balance))
    }

    pub async fn gates_of(&self, actor: &Actor, on: ChallengeId) -> Result<Vec<Gate>> {
        let all: Vec<Gate> = noun::of(&self.db, "challenge_id", on.0).await?;
        Ok(all.into_iter().filter(|x| policy::see_gate(actor, x).is_ok()).map(|x| x.seen_by(actor)).collect())
    }

    /// All lanes against the stake, from the books.
    async fn race_balance(&self, c: &Challenge) -> Result<Option<RaceBalance>> {
        let mut contracts: Vec<Contract> = noun::of(&self.db, "challenge_id", c.id.0).await?;
        contracts.retain(|k| k.lane.is_some() && k.starts_on.is_some());
        contracts.sort_by_key(|k| k.lane);
        let mut lanes = vec![];
        for k in &contracts {
            lanes.push(LaneBalance::new(k, &self.book_of(k, None).await?));
        }
        let stake = c.need.as_ref().map_or(Money::default(), |n| n.stake_fen);
        Ok(RaceBalance::new(stake, lanes).filter(|b| !b.lanes.is_empty()))
    }
}

/// The last gate takes the whole list of the challenge; one on the way takes what the officer writes.
fn common_table(c: &Challenge, form: &SetGate, m: &Moment) -> Result<Vec<Check>> {
    let known = c.need.as_ref().map_or(&[][..], |n| &n.indicators);
    if form.last {
        let all = (1..).zip(known).filter_map(|(indicator, i)| i.target.map(|target| Check { indicator, target }));
        return Ok(all.collect());
    }
    let soonest = date_of(m.now).saturating_add(jiff::Span::new().days(GATE_DAYS_LEAST));
    if form.held_on < soonest.to_string() {
        return Err(Refusal::new("gate_too_soon").with("day", soonest).at("held_on").into());
    }
    let of_need = |n: i64| usize::try_from(n).is_ok_and(|n| (1..=known.len()).contains(&n));
    let once = |n: usize, row: &Check| !form.table[..n].iter().any(|o| o.indicator == row.indicator);
    ensure(!form.table.is_empty(), "gate_table_empty").map_err(|r| r.at("table"))?;
    let sound = form.table.iter().enumerate().all(|(n, row)| of_need(row.indicator) && once(n, row));
    ensure(sound, "indicator_unknown").map_err(|r| r.at("table"))?;
    Ok(form.table.clone())
}

fn lane_of(k: &Contract, last: bool, m: &Moment) -> Lane {
    let measured =
        (1..).zip(&k.thread).filter_map(|(indicator, t)| t.measured.map(|value| Evidence { indicator, value, note: None }));
    Lane {
        lane: k.lane_number(),
        contract: k.id,
        lead: k.lead,
        values: if last { measured.collect() } else { vec![] },
        report: None,
        reported_at: last.then_some(m.now),
        ruling: None,
        payable_fen: Money::default(),
        released_fen: Money::default(),
    }
}

fn merger(form: &DecideGate) -> Result<Merger> {
    let missing = |field| Refusal::new("merger_incomplete").at(field);
    let joining = form.rulings.iter().find(|r| r.decision == "merge").ok_or_else(|| missing("rulings"))?;
    Ok(Merger {
        from: joining.lane,
        into: joining.into.ok_or_else(|| missing("rulings"))?,
        task: form.task.clone().ok_or_else(|| missing("task"))?,
        work_bp: form.work_bp.ok_or_else(|| missing("work_bp"))?,
        county_fen: form.county_fen.unwrap_or_default(),
        enterprise_fen: form.enterprise_fen.unwrap_or_default(),
        ip_owner: form.ip_owner.clone().ok_or_else(|| missing("ip_owner"))?,
        ip_note: form.ip_note.clone().ok_or_else(|| missing("ip_note"))?,
        agreed: vec![],
    })
}

fn too_much(have: Money) -> Refusal {
    Refusal::new("merger_moves_too_much").with("have", have)
}

/// What follows the joining work is no more than what that lane still had before it.
async fn may_move(work: &Work, x: &Gate) -> Result<()> {
    let Some(merger) = &x.merger else { return Ok(()) };
    let from = x.lane(merger.from).ok_or_else(|| Refusal::new("ruling_for_each_lane"))?;
    let plan: Vec<Instalment> = noun::lock_of(work, "contract_id", from.contract.0).await?;
    for (fiscal, amount, field) in [(true, merger.county_fen, "county_fen"), (false, merger.enterprise_fen, "enterprise_fen")] {
        let open = plan.iter().filter(|i| i.is_fiscal() == fiscal && i.head.state == InstalmentState::Planned);
        let have = Money::sum(open.map(|i| i.amount_fen)).unwrap_or_default();
        if amount > have {
            return Err(too_much(have).at(field).into());
        }
    }
    Ok(())
}

async fn winner_has_passed(work: &Work, x: &Gate) -> Result<()> {
    let Some(lane) = x.winner() else { return Ok(()) };
    let k: Contract = noun::lock(work, lane.contract.0).await?.ok_or(Error::Missing)?;
    Ok(ensure(k.head.state == ContractState::Completed, "winner_has_not_passed").map_err(|r| r.at("rulings"))?)
}

/// The joining team becomes a partner of the lane that leads on, and the money of its open work follows it, due at acceptance.
async fn join(work: &Work, permit: &Permit<H>, x: &Gate, (merger, joins): (&Merger, Organisation), m: &Moment) -> Result<()> {
    let of = |n: i64| x.lane(n).map(|l| l.contract).ok_or_else(|| Refusal::new("ruling_for_each_lane"));
    let from: Contract = noun::lock(work, of(merger.from)?.0).await?.ok_or(Error::Missing)?;
    let mut into: Contract = noun::lock(work, of(merger.into)?.0).await?.ok_or(Error::Missing)?;
    let overflow = || Refusal::new("money_overflow");
    let moved = merger.county_fen.checked_add(merger.enterprise_fen).ok_or_else(overflow)?;
    into.take_in(
        Member {
            uscc: joins.uscc,
            name: joins.name,
            task: merger.task.clone(),
            work_bp: merger.work_bp,
            money_fen: moved,
            self_fen: None,
        },
        merger.county_fen,
        merger.enterprise_fen,
    )?;
    noun::save(work, &permit.follow(into.id.0), &mut into, &m.calendar).await?;
    let plan: Vec<Instalment> = noun::lock_of(work, "contract_id", from.id.0).await?;
    let mut next = noun::lock_of::<Instalment>(work, "contract_id", into.id.0).await?.iter().map(|i| i.number).max().unwrap_or(0);
    for (channel, amount_fen) in [(Channel::Fiscal, merger.county_fen), (Channel::Enterprise, merger.enterprise_fen)] {
        if amount_fen == Money::default() {
            continue;
        }
        let released = plan.iter().filter(|i| i.channel() == channel && i.head.state == InstalmentState::Cancelled);
        let have = Money::sum(released.clone().map(|i| i.amount_fen)).ok_or_else(overflow)?;
        let payer = released.map(|i| i.payer).next().ok_or_else(|| too_much(Money::default()))?;
        ensure(amount_fen <= have, "merger_moves_too_much").map_err(|r| r.with("have", have))?;
        next += 1;
        let i = Instalment::planned(&into, next, channel.source(), (payer, into.lead), amount_fen, Trigger::AcceptancePassed, m);
        noun::insert(work, &permit.follow(i.id.0), &i, &m.calendar).await?;
        let booking = Booking::new(LedgerAct::Promise, channel, amount_fen, Noun::Gate, x.id.0);
        ledger::book(work, permit, &into, m, booking.memo(format!("{} → {}", from.number, into.number))).await?;
        let told = serde_json::json!({ "from": from.id, "to": into.id, "source": channel.source(), "amount_fen": amount_fen });
        work.tell("moved", told);
    }
    Ok(())
}
