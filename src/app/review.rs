//! Experts at work: accept or recuse, commit, score blind, then open; when all are in, the panel reports.
use super::*;
use crate::domain::AssignmentAct as R;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::*;

/// What an expert typed for one bid: points and reasons by item.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    pub bid: Option<BidId>,
    pub sheet: Sheet,
}

impl App {
    async fn on_assignment(
        &self,
        actor: &Actor,
        id: AssignmentId,
        act: R,
        reason: Option<String>,
        change: impl FnOnce(&mut Assignment, &Moment) -> Result<()>,
    ) -> Result<Assignment> {
        let on = noun::find::<Assignment>(&self.db, id.0).await?.ok_or(Error::Missing)?.challenge;
        self.try_keep_seats(on).await;
        // An expert who is about to see something is checked again: relations and parties may have changed since the draw.
        let known =
            if matches!(act, R::Agree | R::Commit) { Some((self.experts().await?, self.around(on).await?)) } else { None };
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, on).await?;
        let mut a: Assignment = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_assignment(actor, &a, act)?;
        a.may(act, &c, &m)?;
        if let Some(known) = &known {
            let hits = self.conflicts(&work, &permit, &c, known, (&[a.expert], &m)).await?;
            if !hits.is_empty() {
                let barred = self.bar(work, permit, c, a, (hits, &m)).await?;
                self.try_keep_seats(on).await;
                return Ok(barred);
            }
        }
        if matches!(act, R::Amend | R::Conclude) {
            ready::all_in(&c, &self.panel_of(&work, &c).await?)?;
        }
        change(&mut a, &m)?;
        let from = a.head.state;
        a.take(act, &c, &m)?;
        let kept = promised(&mut a, act);
        noun::save(&work, &permit, &mut a, &m.calendar).await?;
        if matches!(act, R::SubmitBlind | R::Recuse) && Box::pin(self.note_blind(&work, &mut c)).await? {
            noun::save(&work, &permit.follow(c.id.0), &mut c, &m.calendar).await?;
        }
        if matches!(act, R::Submit | R::Amend) {
            a = self.compare(&work, &permit, &c, a, &m).await?;
        }
        let event = Event::new(Noun::Assignment, act.id(), id.0, Visibility::Bureau)
            .on(on)
            .moved(from.id(), a.head.state.id())
            .because(reason);
        let event = kept.into_iter().fold(event, |e, (name, sha256)| e.fact(name, sha256));
        let event = if act == R::Vote { event.fact("votes", &a.votes) } else { event };
        work.commit(&permit, event).await?;
        if !a.sits() {
            self.try_keep_seats(on).await;
        }
        Ok(a)
    }

    /// A conflict was found before anything was seen: the expert is out, and the assignment says why.
    pub(in crate::app) async fn bar(
        &self,
        work: Work,
        permit: policy::Permit<AssignmentAct>,
        c: Challenge,
        mut a: Assignment,
        (hits, m): (Vec<conflict::Hit>, &Moment),
    ) -> Result<Assignment> {
        let from = a.head.state;
        a.take(R::Bar, &c, m)?;
        a.sheets.clear();
        a.hits.clone_from(&hits);
        noun::save(&work, &permit, &mut a, &m.calendar).await?;
        let event = Event::new(Noun::Assignment, R::Bar.id(), a.id.0, Visibility::Bureau)
            .on(c.id)
            .moved(from.id(), a.head.state.id())
            .fact("hits", hits);
        work.commit(&permit, event).await?;
        Ok(a)
    }

    /// The assignments of the review that is under way, those of earlier ones aside.
    pub(in crate::app) async fn panel_of(&self, work: &Work, c: &Challenge) -> Result<Vec<Assignment>> {
        let all: Vec<Assignment> = noun::lock_of(work, "challenge_id", c.id.0).await?;
        Ok(all.into_iter().filter(|a| a.round == c.round).collect())
    }

    /// Once every sheet is in, totals far from the median are noted, and each asks its expert for an explanation.
    async fn compare(
        &self,
        work: &Work,
        permit: &policy::Permit<AssignmentAct>,
        c: &Challenge,
        own: Assignment,
        m: &Moment,
    ) -> Result<Assignment> {
        let panel = self.panel_of(work, c).await?;
        let mut sheets: Vec<Assignment> = panel.into_iter().filter(|a| a.head.state == AssignmentState::Submitted).collect();
        if sheets.len() < c.panel.as_ref().map_or(0, |p| p.seats) {
            return Ok(own);
        }
        let mut bids: Vec<Bid> = noun::lock_of(work, "challenge_id", c.id.0).await?;
        bids.retain(|b| b.head.state == BidState::Valid);
        let all: Vec<&Assignment> = sheets.iter().collect();
        let far: Vec<(BidId, Vec<usize>)> = bids.iter().map(|b| (b.id, review::outlying(b.id, &all, &c.rules))).collect();
        let chair = c.panel.as_ref().and_then(|p| panel_work::chair(p, &sheets)).map(|a| a.id);
        // What points alone leave tied, whatever was voted before.
        let plain: Vec<Assignment> = sheets.iter().map(|a| Assignment { votes: vec![], ..a.clone() }).collect();
        let ties = ranking::ties(&rank_bids(c, &bids, &plain)?);
        for (n, a) in sheets.iter_mut().enumerate() {
            let before = serde_json::json!(a);
            a.note_panel(&ties, Some(a.id) == chair, true);
            let own: Vec<BidId> = far.iter().filter(|(_, at)| at.contains(&n)).map(|(b, _)| *b).collect();
            if own != a.outlying {
                a.note_outliers(own, c, m);
            }
            if serde_json::json!(a) != before {
                noun::save(work, &permit.follow(a.id.0), a, &m.calendar).await?;
            }
        }
        Ok(sheets.into_iter().find(|a| a.id == own.id).unwrap_or(own))
    }

    /// Accepts the invitation and declares that there is no conflict; the names of the parties were shown for it.
    pub async fn accept_invitation(&self, actor: &Actor, id: AssignmentId, _: NoConflict) -> Result<Assignment> {
        self.expert_not_barred(actor.account).await?;
        self.on_assignment(actor, id, R::Agree, None, |_, _| Ok(())).await
    }

    pub async fn decline_invitation(&self, actor: &Actor, id: AssignmentId, form: Reason) -> Result<Assignment> {
        let reason = form.reason.clone();
        self.on_assignment(actor, id, R::Decline, Some(form.reason), |a, _| {
            a.reason = Some(reason);
            Ok(())
        })
        .await
    }

    pub async fn recuse(&self, actor: &Actor, id: AssignmentId, form: Reason) -> Result<Assignment> {
        let reason = form.reason.clone();
        self.on_assignment(actor, id, R::Recuse, Some(form.reason), |a, _| {
            a.reason = Some(reason);
            a.sheets.clear();
            Ok(())
        })
        .await
    }

    pub async fn commit_expert(&self, actor: &Actor, id: AssignmentId, _: Commitment) -> Result<Assignment> {
        self.on_assignment(actor, id, R::Commit, None, |_, _| Ok(())).await
    }

    /// Saves marks on one bid as typed so far; points must fit their items, what is missing may come later.
    pub async fn score_bid(&self, actor: &Actor, id: AssignmentId, bid: BidId, sheet: Sheet) -> Result<Assignment> {
        let b: Bid = self.bid_of(bid).await?;
        let rubric = self.rubric_of(b.challenge).await?;
        self.on_assignment(actor, id, R::Score, None, |a, _| {
            policy::review_bid(actor, a, &b)?;
            let blind = a.head.state == AssignmentState::Cleared;
            let kept = a.sheets.entry(bid).or_default();
            lay_over(kept, sheet, &rubric, blind)
        })
        .await
    }

    async fn rubric_of(&self, id: ChallengeId) -> Result<Rubric> {
        Ok(noun::find::<Challenge>(&self.db, id.0).await?.ok_or(Error::Missing)?.rubric)
    }

    /// Locks the blind part: every item of every bid has its points and, where needed, its reason.
    pub async fn submit_blind(&self, actor: &Actor, id: AssignmentId, form: Plain) -> Result<Assignment> {
        self.submit_part(actor, id, R::SubmitBlind, form.note).await
    }

    /// Locks the whole sheet.
    pub async fn submit_scores(&self, actor: &Actor, id: AssignmentId, form: Plain) -> Result<Assignment> {
        self.submit_part(actor, id, R::Submit, form.note).await
    }

    async fn submit_part(&self, actor: &Actor, id: AssignmentId, act: R, note: Option<String>) -> Result<Assignment> {
        let on = noun::find::<Assignment>(&self.db, id.0).await?.ok_or(Error::Missing)?.challenge;
        let bids: Vec<Bid> = noun::of(&self.db, "challenge_id", on.0).await?;
        let rubric = self.rubric_of(on).await?;
        self.on_assignment(actor, id, act, note, |a, _| Ok(ready::sheet(a, &bids, &rubric, act == R::SubmitBlind)?)).await
    }

    /// Says why a total lies far from the others'. Keeping it is as good as changing it (domain 5.8).
    pub async fn explain_score(&self, actor: &Actor, id: AssignmentId, form: Explanation) -> Result<Assignment> {
        let bid = BidId(form.bid);
        self.on_assignment(actor, id, R::Explain, Some(form.explanation.clone()), |a, _| {
            ensure(a.outlying.contains(&bid), "not_outlying").map_err(|r| r.at("bid"))?;
            let sheet = a.sheets.get_mut(&bid).ok_or(Error::Missing)?;
            sheet.explanation = Some(form.explanation);
            Ok(())
        })
        .await
    }

    /// The second vote: which of the bids that points leave tied comes first (domain 5.7). It may be changed until the report.
    pub async fn vote_on_tie(&self, actor: &Actor, id: AssignmentId, form: TieVote) -> Result<Assignment> {
        self.on_assignment(actor, id, R::Vote, Some(form.reason), |a, _| Ok(a.vote(BidId(form.bid))?)).await
    }

    /// The chair puts the panel's conclusion into words, once every sheet is in.
    pub async fn conclude_review(&self, actor: &Actor, id: AssignmentId, form: PanelConclusion) -> Result<Assignment> {
        let told = form.conclusion.clone();
        self.on_assignment(actor, id, R::Conclude, Some(told), |a, m| {
            a.conclusion = Some(Conclusion {
                text: form.conclusion,
                effective_competition: form.effective_competition,
                routes_differ: form.routes_differ,
                at: m.now,
            });
            Ok(())
        })
        .await
    }

    /// A member does not agree with the panel's conclusion: it stands in the report beside it.
    pub async fn dissent(&self, actor: &Actor, id: AssignmentId, form: Reason) -> Result<Assignment> {
        let reason = form.reason.clone();
        self.on_assignment(actor, id, R::Dissent, Some(form.reason), |a, _| {
            a.dissent = Some(reason);
            Ok(())
        })
        .await
    }

    /// The finance office notes what an expert was paid.
    pub async fn settle_fee(&self, actor: &Actor, id: AssignmentId, form: ExpertFee) -> Result<Assignment> {
        let on = noun::find::<Assignment>(&self.db, id.0).await?.ok_or(Error::Missing)?.challenge;
        let most = Money::fen(noun::find::<Challenge>(&self.db, on.0).await?.ok_or(Error::Missing)?.rules.fee_most_fen);
        if form.amount_fen > most {
            return Err(Refusal::new("fee_over").with("most", most).at("amount_fen").into());
        }
        self.on_assignment(actor, id, R::Settle, None, |a, m| {
            instalment::not_future(&form.paid_on, m, "paid_on")?;
            let by = actor.account;
            a.fee = Some(Fee { amount_fen: form.amount_fen, paid_on: form.paid_on, voucher: form.voucher, by });
            Ok(())
        })
        .await
    }

    /// After the discussion an expert may change points of the open part, with a reason; what stood before stays on the
    /// sheet. Blind points are never changed: they were given before the names were known.
    pub async fn change_score(&self, actor: &Actor, id: AssignmentId, form: ChangeScore) -> Result<Assignment> {
        let (bid, told) = (BidId(form.bid), form.reason.clone());
        let on = noun::find::<Assignment>(&self.db, id.0).await?.ok_or(Error::Missing)?.challenge;
        let rubric = self.rubric_of(on).await?;
        let item = rubric.item(&form.item).ok_or_else(|| Faults::one("item", "choose"))?;
        ensure(!item.blind, "score_locked").map_err(|r| r.at("item"))?;
        let points = form.points.parse::<Score>().ok().filter(|p| p.as_hundredths() <= item.most * 100);
        let after = points.ok_or_else(|| Refusal::new("score_range").with("max", item.most).at("points"))?;
        self.on_assignment(actor, id, R::Amend, Some(told), |a, m| {
            let sheet = a.sheets.get_mut(&bid).ok_or_else(|| Refusal::new("not_your_bid").at("bid"))?;
            let before = sheet.points.insert(item.id.clone(), after).unwrap_or_default();
            ensure(before != after, "nothing_changed").map_err(|r| r.at("points"))?;
            sheet.reasons.insert(item.id.clone(), form.reason.clone());
            sheet.changes.push(ScoreChange { item: item.id.clone(), before, after, reason: form.reason, at: m.now });
            Ok(())
        })
        .await
    }

    /// The panel's report: every sheet locked, totals by the rule, ranks; bids below the pass mark are not selected.
    pub async fn sign_report(&self, actor: &Actor, id: ChallengeId, form: Report) -> Result<Challenge> {
        let known = (self.experts().await?, self.around(id).await?);
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::SignReport, m.now)?;
        c.may(A::SignReport, &m)?;
        let panel = self.panel_of(&work, &c).await?;
        ready::report(&c, &panel, &m)?;
        let mut sheets: Vec<Assignment> = panel.into_iter().filter(|a| a.head.state == AssignmentState::Submitted).collect();
        let sitting: Vec<AccountId> = sheets.iter().map(|a| a.expert).collect();
        if let Some(hit) = self.conflicts(&work, &permit, &c, &known, (&sitting, &m)).await?.first() {
            return Err(Refusal::new("conflict_found").with("path", hit.path.join(" → ")).into());
        }
        let mut bids: Vec<Bid> = noun::lock_of(&work, "challenge_id", id.0).await?;
        bids.retain(|b| b.head.state == BidState::Valid);
        if bids.len() == 2 {
            ensure(form.effective_competition, "effective_competition_missing")?;
        }
        let concluded = sheets.iter().find(|a| a.chairs).and_then(|a| a.conclusion.clone());
        let concluded = concluded.ok_or_else(|| Refusal::new("chair_first"))?;
        let same = (concluded.effective_competition, concluded.routes_differ) == (form.effective_competition, form.routes_differ);
        ensure(same, "chair_found_otherwise")?;
        c.ranking = rank_bids(&c, &bids, &sheets)?;
        let open = c.ranking.iter().any(|r| r.tied && r.qualified && r.rank <= c.winners_most());
        ensure(!open, "tie_remains")?;
        for a in &mut sheets {
            a.take(R::Lock, &c, &m)?;
            noun::save(&work, &permit.follow(a.id.0), a, &m.calendar).await?;
        }
        for b in &mut bids {
            place(b, &c, &sheets, &m)?;
            store::challenge::save_bid(&work, &permit.follow(b.id.0), b, &c, &m.calendar).await?;
        }
        c.analysis = Some(analyse(&c, &bids, &sheets)?);
        (c.routes_differ, c.share_comments) = (form.routes_differ, form.share_comments);
        (c.report, c.reported_at) = (Some(form.conclusion.clone()), Some(m.now));
        paper::panel(&work, &permit, &c, &bids, &m).await?;
        let (ranking, analysis) = (c.ranking.clone(), c.analysis.clone());
        let rules = serde_json::json!({ "drop_from": c.rules.drop_from, "pass": c.rules.pass(bids.len()) });
        self.step(work, permit, c, A::SignReport, &m, |mut e| {
            e.visibility = Visibility::Bureau;
            let e = e.because(Some(form.conclusion)).fact("ranking", ranking).fact("analysis", analysis);
            e.fact("panel", scored(&sheets, &bids)).fact("rules", rules).fact("conclusion", concluded)
        })
        .await
    }
}

/// What the record keeps of sheets that are submitted or changed: a hash that the panel's report must fit.
fn promised(a: &mut Assignment, act: R) -> Option<(&'static str, String)> {
    let (name, blind) = match act {
        R::SubmitBlind => ("blind_sha256", true),
        R::Submit | R::Amend => ("sheets_sha256", false),
        _ => return None,
    };
    let mut nonce = [0u8; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut nonce);
    let nonce = hex::encode(nonce);
    let sha256 = commitment(&a.sheets, blind, &nonce);
    *(if blind { &mut a.blind_nonce } else { &mut a.nonce }) = Some(nonce);
    Some((name, sha256))
}

/// Points and vetoes of every sheet and the prices, as they count: enough to work the ranking out again.
fn scored(sheets: &[Assignment], bids: &[Bid]) -> serde_json::Value {
    let marks = |s: &Sheet| serde_json::json!({ "points": s.points, "vetoes": s.vetoes });
    let of = |a: &Assignment| -> serde_json::Map<String, serde_json::Value> {
        a.sheets.iter().map(|(bid, s)| (bid.to_string(), marks(s))).collect()
    };
    let sheet = |a: &Assignment| {
        serde_json::json!({
            "assignment": a.id, "expert": a.expert, "bids": of(a), "nonce": a.nonce, "blind_nonce": a.blind_nonce,
            "votes": a.votes, "chairs": a.chairs,
        })
    };
    let sheets: Vec<_> = sheets.iter().map(sheet).collect();
    let prices: Vec<_> = bids.iter().map(|b| serde_json::json!({ "bid": b.id, "price_fen": b.price_fen })).collect();
    serde_json::json!({ "sheets": sheets, "prices": prices })
}

fn lay_over(kept: &mut Sheet, typed: Sheet, rubric: &Rubric, blind: bool) -> Result<()> {
    let mut faults = Faults::default();
    for (item, points) in typed.points {
        let Some(known) = rubric.part(blind).find(|i| i.id == item) else {
            // Blind scores are read-only once the second part is open.
            faults.add(item, "score_locked");
            continue;
        };
        if !(0..=known.most * 100).contains(&points.as_hundredths()) {
            faults.add_with(known.id.clone(), "score_range", vec![("max", known.most.to_string())]);
        }
        kept.points.insert(known.id.clone(), points);
    }
    for (item, reason) in typed.reasons {
        if rubric.part(blind).any(|i| i.id == item) {
            kept.reasons.insert(item, reason);
        }
    }
    if !blind {
        kept.verdict = typed.verdict.or(kept.verdict.take());
    }
    kept.vetoes = typed.vetoes;
    kept.comment = typed.comment.or(kept.comment.take());
    Ok(faults.ok(())?)
}

/// Every sheet of the panel on each bid, and how the panel votes on what is tied.
fn rank_bids(c: &Challenge, bids: &[Bid], sheets: &[Assignment]) -> Result<Vec<Ranked>> {
    let mut judged = vec![];
    for bid in bids {
        let own: Vec<&Sheet> = sheets.iter().filter_map(|a| a.sheets.get(&bid.id)).collect();
        ensure(own.len() == sheets.len(), "sheets_missing")?;
        judged.push(Judged { bid: bid.id, price: bid.price_fen.unwrap_or_default(), sheets: own });
    }
    let votes = Votes { of_seats: sheets.iter().map(|a| a.votes.clone()).collect(), chair: sheets.iter().position(|a| a.chairs) };
    let ranked = ranking::ranking(&judged, &c.rules, c.rules.pass(bids.len()), &votes);
    Ok(ranked.ok_or_else(|| Refusal::new("sheets_missing"))?)
}

/// Gives a bid its scores, its rank and its place: shortlisted, reserve or not selected.
fn place(b: &mut Bid, c: &Challenge, sheets: &[Assignment], m: &Moment) -> Result<()> {
    let own: Vec<&Sheet> = sheets.iter().filter_map(|a| a.sheets.get(&b.id)).collect();
    let result = result_of(b.id, &own, &c.rules).ok_or_else(|| Refusal::new("sheets_missing"))?;
    let ranked = c.ranking.iter().find(|r| r.bid == b.id).ok_or(Error::Missing)?;
    b.blind_score = Some(result.blind);
    b.score = Some(result.total);
    b.rank = Some(ranked.rank);
    b.take(BidAct::BlindDone, c, m)?;
    b.take(BidAct::ScoreDone, c, m)?;
    let act = match (ranked.qualified, ranked.rank <= c.winners_most()) {
        (false, _) => BidAct::Drop,
        (true, true) => BidAct::Shortlist,
        (true, false) => BidAct::Reserve,
    };
    Ok(b.take(act, c, m)?)
}

/// Normalised scores beside the raw ones, and who would be first without each expert.
fn analyse(c: &Challenge, bids: &[Bid], sheets: &[Assignment]) -> Result<Analysis> {
    let rows: Vec<Vec<Score>> = sheets
        .iter()
        .map(|a| bids.iter().filter_map(|b| a.sheets.get(&b.id)?.total()).collect::<Vec<_>>())
        .filter(|row| row.len() == bids.len())
        .collect();
    let even = analysis::normalise(&rows);
    let column = |n: usize| aggregate(&even.iter().map(|row| row[n]).collect::<Vec<_>>(), c.rules.drop_from).unwrap_or_default();
    let first = |sheets: &[Assignment]| -> Result<Option<BidId>> {
        Ok(rank_bids(c, bids, sheets)?.first().filter(|r| !r.tied).map(|r| r.bid))
    };
    let mut without = vec![];
    for n in 0..sheets.len() {
        let rest: Vec<Assignment> = sheets.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, a)| a.clone()).collect();
        without.push(if rest.is_empty() { None } else { first(&rest)? });
    }
    let normalised = bids.iter().enumerate().map(|(n, b)| (b.id, column(n))).collect();
    Ok(Analysis { normalised, without, first: first(sheets)? })
}
