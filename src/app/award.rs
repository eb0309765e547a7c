//! From the ranked list to the award: talks, the meeting's decision, the public notice, the confirmation.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::*;

impl App {
    /// The poster agrees with a qualified bidder: price within the stake, indicators not below the published ones.
    /// On the government track the next rank is asked only when the better one was passed over; on the enterprise track
    /// the poster chooses among the qualified, with a written reason.
    pub async fn agree_with_bidder(&self, actor: &Actor, id: ChallengeId, form: Agreement) -> Result<Challenge> {
        let bid_id = BidId(form.bid);
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let mut b: Bid = noun::lock(&work, form.bid).await?.filter(|b: &Bid| b.challenge == id).ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Agree, m.now)?;
        c.may(A::Agree, &m)?;
        let first = c.candidate().ok_or_else(|| Refusal::new("no_candidate"))?.bid;
        let chosen =
            c.ranking.iter().find(|r| r.bid == bid_id && r.qualified).ok_or_else(|| Refusal::new("not_qualified").at("bid"))?;
        ensure(!c.passed_over.contains(&chosen.bid), "passed_over")?;
        ensure(c.races_with(chosen), "race_gap").map_err(|r| r.at("bid"))?;
        ensure(c.agreed.is_empty() || c.routes_differ, "race_same_route").map_err(|r| r.at("bid"))?;
        if first != bid_id {
            ensure(c.need()?.is_enterprise_posted(), "rank_order").map_err(|r| r.at("bid"))?;
            ensure(form.reason.is_some(), "reason_missing").map_err(|r| r.at("reason"))?;
        }
        let offered = b.price_fen.unwrap_or_default();
        ensure(form.price_fen <= offered && form.price_fen > Money::default(), "price_above_bid")
            .map_err(|r| r.at("price_fen").with("most", offered.wan_text()))?;
        b.price_fen = Some(form.price_fen);
        b.take(BidAct::Nominate, &c, &m)?;
        store::challenge::save_bid(&work, &permit.follow(b.id.0), &mut b, &c, &m.calendar).await?;
        if !form.values.is_empty() {
            let offer = self.offers_of(&work, &permit, &[&b]).await?.remove(0);
            raised(c.need()?, &offer, &form.values)?;
        }
        c.agreed.push(Agreed {
            bid: bid_id,
            price_fen: form.price_fen,
            reason: form.reason.clone(),
            minutes: form.minutes,
            values: form.values,
        });
        self.lanes_within_budget(&work, &permit, &c).await?;
        if c.wants_another_lane() {
            // A race is agreed with lane by lane.
            noun::save(&work, &permit, &mut c, &m.calendar).await?;
            let event = told(&c, A::Agree, ChallengeState::Negotiating, Visibility::Bureau)
                .fact("bid", bid_id)
                .fact("price_fen", form.price_fen);
            work.commit(&permit, event).await?;
            return Ok(c);
        }
        self.step(work, permit, c, A::Agree, &m, |mut e| {
            e.visibility = Visibility::Bureau;
            e.because(form.reason).fact("bid", bid_id).fact("price_fen", form.price_fen)
        })
        .await
    }

    /// The lanes of a race share the county's money: together they may not ask for more than was published.
    async fn lanes_within_budget(&self, work: &Work, permit: &policy::Permit<ChallengeAct>, c: &Challenge) -> Result<()> {
        let mut county = vec![];
        for agreed in &c.agreed {
            let bid: Bid = noun::lock(work, agreed.bid.0).await?.ok_or(Error::Missing)?;
            let offer = self.offers_of(work, permit, &[&bid]).await?.remove(0);
            county.push(shares(&offer, agreed).0);
        }
        let most = c.need()?.county_fen;
        Ok(ensure(Money::sum(county).is_some_and(|sum| sum <= most), "over_county_lanes")
            .map_err(|r| r.at("price_fen").with("most", most.wan_text()))?)
    }

    /// The talk failed: the bid goes to the reserve and the next rank is asked.
    pub async fn pass_over(&self, actor: &Actor, id: ChallengeId, form: PassOver) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::NextRank, m.now)?;
        c.may(A::NextRank, &m)?;
        let bid = c.candidate().ok_or_else(|| Refusal::new("no_candidate"))?.bid;
        let mut b: Bid = noun::lock(&work, bid.0).await?.ok_or(Error::Missing)?;
        if b.head.state == BidState::Shortlisted {
            b.take(BidAct::PassOver, &c, &m)?;
        }
        b.reason = Some(form.reason.clone());
        store::challenge::save_bid(&work, &permit.follow(bid.0), &mut b, &c, &m.calendar).await?;
        c.take(A::NextRank, &m)?;
        c.passed_over.push(bid);
        if !c.agreed.is_empty() && !c.wants_another_lane() {
            // The race has the lanes it can get: the meeting decides on those agreed with.
            c.take(A::Agree, &m)?;
        }
        noun::save(&work, &permit, &mut c, &m.calendar).await?;
        let event = told(&c, A::NextRank, ChallengeState::Negotiating, Visibility::Bureau);
        work.commit(&permit, event.because(Some(form.reason)).fact("bid", bid)).await?;
        Ok(c)
    }

    pub async fn renegotiate(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Renegotiate, m.now)?;
        c.may(A::Renegotiate, &m)?;
        for agreed in std::mem::take(&mut c.agreed) {
            let mut b: Bid = noun::lock(&work, agreed.bid.0).await?.ok_or(Error::Missing)?;
            b.take(BidAct::PassOver, &c, &m)?;
            store::challenge::save_bid(&work, &permit.follow(b.id.0), &mut b, &c, &m.calendar).await?;
        }
        self.step(work, permit, c, A::Renegotiate, &m, |e| e.because(Some(form.reason))).await
    }

    /// The meeting decides; the notice is prepared from what is known, nothing typed again.
    pub async fn decide_award(&self, actor: &Actor, id: ChallengeId, form: Decision) -> Result<Challenge> {
        let seen: Vec<Bid> = noun::of(&self.db, "challenge_id", id.0).await?;
        let orgs = store::account::orgs(&self.db, &seen.iter().map(|b| b.org).collect::<Vec<_>>()).await?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Award, m.now)?;
        c.may(A::Award, &m)?;
        let bids: Vec<Bid> = noun::lock_of(&work, "challenge_id", id.0).await?;
        let mut winners = vec![];
        for agreed in &c.agreed {
            let bid = bids.iter().find(|b| b.id == agreed.bid).ok_or(Error::Missing)?;
            let offer = self.offers_of(&work, &permit, &[bid]).await?.remove(0);
            winners.push(winner(bid, &offer, agreed, &orgs)?);
        }
        c.award = Some(Minutes::from(&form));
        self.meet(&work, &permit, &form.minutes(), asked(&c, A::Award), &m).await?;
        let by = c.panel.as_ref().map_or(actor.account, |p| p.by);
        let notice = Notice {
            id: NoticeId(clock::ordered_id()),
            challenge: id,
            number: None,
            head: Head::new(NoticeState::Draft, &m, Some(3)),
            title: c.title.clone(),
            prepared_by: by,
            winners,
            conclusion: c.report.clone().unwrap_or_default(),
            period_months: c.need()?.period_months,
            single_bid: bids.iter().filter(|b| b.is_valid()).count() == 1,
            minutes: form.number.clone(),
            starts_on: None,
            ends_at: None,
            days_left: None,
            to_revise: false,
            runs: None,
            corrected_from: None,
            days: c.rules.notice_days,
            editions: 1,
            letter: None,
        };
        noun::insert(&work, &permit.follow(notice.id.0), &notice, &m.calendar).await?;
        self.step(work, permit, c, A::Award, &m, |mut e| {
            e.visibility = Visibility::Bureau;
            e.because(form.reason).fact("minutes", form.number).fact("notice", notice.id)
        })
        .await
    }

    async fn notice_and_challenge(&self, work: &Work, id: NoticeId, on: ChallengeId) -> Result<(Challenge, Notice)> {
        let c = lock_challenge(work, on).await?;
        Ok((c, noun::lock(work, id.0).await?.ok_or(Error::Missing)?))
    }

    pub(in crate::app) async fn case_of_notice(&self, id: NoticeId) -> Result<ChallengeId> {
        Ok(noun::find::<Notice>(&self.db, id.0).await?.ok_or(Error::Missing)?.challenge)
    }

    /// The head publishes the notice: number, first and last day printed; the working-day clock starts tomorrow.
    pub async fn publish_notice(&self, actor: &Actor, id: NoticeId, form: Plain) -> Result<Notice> {
        let on = self.case_of_notice(id).await?;
        let work = self.begin(actor).await?;
        let (_, mut n) = self.notice_and_challenge(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_notice(actor, &n, NoticeAct::Publish)?;
        n.number =
            Some(store::challenge::next_paper_number(&work, "notice", &format!("交科示〔{}〕", date_of(m.now).year())).await?);
        n.take(NoticeAct::Publish, &m)?;
        noun::save(&work, &permit, &mut n, &m.calendar).await?;
        let event = Event::new(Noun::Notice, NoticeAct::Publish.id(), id.0, Visibility::Public)
            .on(on)
            .moved("draft", n.head.state.id())
            .because(form.note)
            .fact("number", &n.number)
            .fact("ends_at", n.ends_at)
            .fact("winners", &n.winners);
        paper::notice(&work, &permit, &n, &m).await?;
        work.tell("clocks", n.clock(NoticeAct::Publish, &m));
        work.commit(&permit, event).await?;
        Ok(n)
    }

    /// The notice ran out with no objection open: the award is confirmed, the letter issued, the contract drafted.
    pub async fn confirm_notice(&self, actor: &Actor, id: NoticeId, form: Plain) -> Result<Notice> {
        let on = self.case_of_notice(id).await?;
        let poster = self.poster_name(on).await?;
        let bureau = self.bureau_name().await?;
        let work = self.begin(actor).await?;
        let (mut c, mut n) = self.notice_and_challenge(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_notice(actor, &n, NoticeAct::Confirm)?;
        n.may(NoticeAct::Confirm, &m)?;
        let objections: Vec<Objection> = noun::lock_of(&work, "notice_id", id.0).await?;
        ready::none_open(&objections)?;
        n.take(NoticeAct::Confirm, &m)?;
        n.letter = Some(paper::award(&work, &permit, (&c, &n), &m).await?);
        n.take(NoticeAct::Issue, &m)?;
        let from = c.head.state;
        c.shown_name = Some(poster);
        c.take(A::ConfirmAward, &m)?;
        let mut lanes = (n.winners.len() > 1).then_some(0);
        for w in n.winners.clone() {
            lanes = lanes.map(|l| l + 1);
            self.draft_contract(&work, &permit, &c, &w, (lanes, &bureau), &m).await?;
        }
        noun::save(&work, &permit, &mut n, &m.calendar).await?;
        noun::save(&work, &permit.follow(c.id.0), &mut c, &m.calendar).await?;
        let event = Event::new(Noun::Notice, NoticeAct::Confirm.id(), id.0, Visibility::Public)
            .on(on)
            .moved(from.id(), c.head.state.id())
            .because(form.note)
            .fact("number", &n.number)
            .fact("letter", &n.letter);
        work.commit(&permit, event).await?;
        Ok(n)
    }

    /// An objection was upheld as to the notice's text: it is printed anew, and the clock runs in full (trap 28).
    pub async fn revise_notice(&self, actor: &Actor, id: NoticeId, form: ReviseNotice) -> Result<Notice> {
        let on = self.case_of_notice(id).await?;
        let work = self.begin(actor).await?;
        let (mut c, mut n) = self.notice_and_challenge(&work, id, on).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_notice(actor, &n, NoticeAct::Revise)?;
        n.may(NoticeAct::Revise, &m)?;
        let objections: Vec<Objection> = noun::lock_of(&work, "notice_id", id.0).await?;
        ready::none_holds(&objections)?;
        ensure(form.conclusion != n.conclusion, "nothing_changed").map_err(|r| r.at("conclusion"))?;
        let change = Change { path: "conclusion".into(), before: n.conclusion.clone(), after: form.conclusion.clone() };
        let from = n.head.state;
        n.take(NoticeAct::Revise, &m)?;
        n.conclusion = form.conclusion;
        c.take(A::Release, &m)?;
        noun::save(&work, &permit, &mut n, &m.calendar).await?;
        noun::save(&work, &permit.follow(c.id.0), &mut c, &m.calendar).await?;
        let event = Event::new(Noun::Notice, NoticeAct::Revise.id(), id.0, Visibility::Public)
            .on(on)
            .moved(from.id(), n.head.state.id())
            .because(Some(form.reason))
            .changed(vec![change])
            .fact("edition", n.editions)
            .fact("ends_at", n.ends_at);
        paper::notice(&work, &permit, &n, &m).await?;
        work.tell("clocks", n.clock(NoticeAct::Revise, &m));
        work.commit(&permit, event).await?;
        Ok(n)
    }

    /// A winner's contract, generated from challenge and bid: parties, indicators by reference, milestones, money.
    async fn draft_contract(
        &self,
        work: &Work,
        permit: &policy::Permit<NoticeAct>,
        c: &Challenge,
        w: &notice::Winner,
        (lane, bureau): (Option<usize>, &str),
        m: &Moment,
    ) -> Result<()> {
        let mut b: Bid = noun::lock(work, w.bid.0).await?.ok_or(Error::Missing)?;
        let offer = self.whole(work, permit, w.bid).await?;
        b.take(BidAct::Win, c, m)?;
        store::challenge::save_bid(work, &permit.follow(b.id.0), &mut b, c, &m.calendar).await?;
        let need = c.need()?;
        let agreed = c.agreed.iter().find(|a| a.bid == w.bid);
        let price_fen = w.county_fen.checked_add(w.enterprise_fen).unwrap_or_default();
        let prefix = format!("交科榜合〔{}〕", date_of(m.now).year());
        let contract = Contract {
            id: ContractId(clock::ordered_id()),
            challenge: c.id,
            bid: w.bid,
            number: store::challenge::next_paper_number(work, "contract", &prefix).await?,
            head: Head::new(ContractState::Drafting, m, Some(c.rules.contract_text_days)),
            title: need.title.clone(),
            poster: c.org,
            lead: w.org,
            thread: crate::domain::contract::thread(need, &offer, agreed.map_or(&[], |a| &a.values)),
            term_lines: crate::domain::deviation::terms_of(need, &offer, price_fen),
            partners: offer.members.clone(),
            principal_investigator: offer.pi_name,
            enterprise_posted: need.is_enterprise_posted(),
            lump_sum: need.is_lump_sum(),
            lane,
            county_fen: w.county_fen,
            enterprise_fen: w.enterprise_fen,
            self_fen: w.self_fen,
            period_months: need.period_months,
            milestones: offer.milestones,
            terms: None,
            agreed: vec![],
            signed: vec![],
            edition: 1,
            starts_on: None,
            ends_on: None,
            extended: false,
            registration_no: None,
            registered: None,
            register_by: None,
            templates: drafting::frozen(work).await?,
            names: drafting::names(work, c.org, w.org, bureau).await?,
            partner_orgs: drafting::with_people(work, &offer.members.iter().skip(1).map(|p| p.uscc.clone()).collect::<Vec<_>>())
                .await?,
            deviations: vec![],
            county_plan: None,
            past: vec![],
            runner_up: self.runner_up(work, permit, c, w.bid).await?,
            ending: None,
            ending_reason: None,
            ending_minutes: None,
            ending_experts: vec![],
        };
        noun::insert(work, &permit.follow(contract.id.0), &contract, &m.calendar).await?;
        Ok(())
    }

    /// What the next bid of the ranking promised, for the day when somebody wants to lower an indicator (domain 2.9).
    async fn runner_up(
        &self,
        work: &Work,
        permit: &policy::Permit<NoticeAct>,
        c: &Challenge,
        winner: BidId,
    ) -> Result<Vec<Option<Quantity>>> {
        let won = |bid: BidId| bid == winner || c.agreed.iter().any(|a| a.bid == bid);
        let Some(next) = c.ranking.iter().find(|r| r.qualified && !won(r.bid)) else { return Ok(vec![]) };
        let offer = self.part_a(work, permit, next.bid).await?;
        Ok((1..=c.need()?.indicators.len()).map(|n| offer.promise(n).map(|p| p.value)).collect())
    }

    /// The winner gives up: recorded, and the reserve is asked.
    pub async fn forfeit_award(&self, actor: &Actor, id: BidId, form: Reason) -> Result<Bid> {
        let on = self.bid_of(id).await?.challenge;
        let work = self.begin(actor).await?;
        let (mut c, mut b) = bid::lock_bid(&work, on, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_bid(actor, &b, &c, BidAct::Forfeit)?;
        b.may(BidAct::Forfeit, &c, &m)?;
        b.reason = Some(form.reason.clone());
        self.fall_out(&work, &permit, &mut c, id, &m).await?;
        noun::save(&work, &permit.follow(c.id.0), &mut c, &m.calendar).await?;
        self.bid_step(work, permit, c, b, BidAct::Forfeit, &m, |mut e| {
            e.visibility = Visibility::Public;
            e.because(Some(form.reason))
        })
        .await
    }

    /// A bid that was to win falls out before its contract is in force: a notice that names it is revoked, its contract is
    /// abandoned, and the talks go on, unless another lane still has its contract.
    pub(in crate::app) async fn fall_out(
        &self,
        work: &Work,
        permit: &policy::Permit<BidAct>,
        c: &mut Challenge,
        id: BidId,
        m: &Moment,
    ) -> Result<()> {
        c.agreed.retain(|a| a.bid != id);
        if c.ranking.iter().any(|r| r.bid == id) {
            c.passed_over.push(id);
        }
        let mut another_lane = false;
        for mut contract in noun::lock_of::<Contract>(work, "challenge_id", c.id.0).await? {
            if contract.bid != id {
                another_lane |= !contract.head.state.is_end();
            } else if !contract.head.state.is_end() {
                contract.take(ContractAct::Abandon, m, &c.rules)?;
                noun::save(work, &permit.follow(contract.id.0), &mut contract, &m.calendar).await?;
            }
        }
        for mut n in noun::lock_of::<Notice>(work, "challenge_id", c.id.0).await? {
            if n.head.state.step(NoticeAct::Revoke).is_ok() && n.winners.iter().any(|w| w.bid == id) {
                self.revoke_notice(work, permit, c, &mut n, &[id], m).await?;
            }
        }
        if c.head.state == ChallengeState::Awarded && !another_lane {
            c.take(A::Forfeit, m)?;
        }
        Ok(())
    }

    /// Revokes a notice: those who `fell` are not asked again, the others go back among the qualified, and the talks go on.
    pub(in crate::app) async fn revoke_notice<P>(
        &self,
        work: &Work,
        permit: &policy::Permit<P>,
        c: &mut Challenge,
        n: &mut Notice,
        fell: &[BidId],
        m: &Moment,
    ) -> Result<()>
    where
        NoticeAct: policy::FollowsFrom<P>,
        BidAct: policy::FollowsFrom<P>,
    {
        n.take(NoticeAct::Revoke, m)?;
        noun::save(work, &permit.follow(n.id.0), n, &m.calendar).await?;
        for w in n.winners.iter().filter(|w| !fell.contains(&w.bid)) {
            let mut b: Bid = noun::lock(work, w.bid.0).await?.ok_or(Error::Missing)?;
            b.take(BidAct::PassOver, c, m)?;
            store::challenge::save_bid(work, &permit.follow(b.id.0), &mut b, c, &m.calendar).await?;
        }
        c.agreed.clear();
        Ok(c.take(A::Overturn, m)?)
    }
}

fn winner(bid: &Bid, offer: &Offer, agreed: &Agreed, orgs: &[Organisation]) -> Result<notice::Winner> {
    let lead = orgs.iter().find(|o| o.id == bid.org).ok_or(Error::Missing)?.name.clone();
    let (county, enterprise) = shares(offer, agreed);
    Ok(notice::Winner {
        bid: bid.id,
        org: bid.org,
        lead,
        partners: offer.members.iter().skip(1).map(|m| m.name.clone()).collect(),
        principal_investigator: offer.pi_name.clone(),
        county_fen: county,
        enterprise_fen: enterprise,
        self_fen: offer.self_fen.unwrap_or_default(),
        score: bid.score,
    })
}

/// What the talks made of the indicators: none below the list, no hard one below the promise.
fn raised(need: &Need, offer: &Offer, values: &[PlannedValue]) -> Result<()> {
    let thread = crate::domain::contract::thread(need, offer, &[]);
    for v in values {
        let at = usize::try_from(v.indicator).ok().and_then(|n| n.checked_sub(1));
        let x = at.and_then(|at| thread.get(at)).ok_or_else(|| Refusal::new("indicator_unknown").at("values"))?;
        crate::domain::deviation::indicator_floor(x, v.value).map_err(|r| r.at("values"))?;
    }
    Ok(())
}

/// County's and enterprise's parts of the price agreed on. A lower price lowers the county's part last: the poster's own
/// money is what it bargained for.
fn shares(offer: &Offer, agreed: &Agreed) -> (Money, Money) {
    let saved = offer.award().and_then(|a| a.checked_sub(agreed.price_fen)).unwrap_or_default();
    let enterprise = offer.enterprise_fen.unwrap_or_default();
    let from_enterprise = saved.min(enterprise);
    let from_county = saved.checked_sub(from_enterprise).unwrap_or_default();
    (offer.county_fen.checked_sub(from_county).unwrap_or_default(), enterprise.checked_sub(from_enterprise).unwrap_or_default())
}
