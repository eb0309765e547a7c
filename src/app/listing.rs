//! A decided challenge on the public list: published, amended, suspended, withdrawn, lapsed, relisted.
use super::*;
use crate::domain::ChallengeAct as A;
use crate::domain::forms::*;
use jiff::Timestamp;

impl App {
    /// Publishes: the rule set is frozen into the challenge, a number is given, the closing time is printed.
    pub async fn publish_challenge(&self, actor: &Actor, id: ChallengeId, form: Publication) -> Result<Challenge> {
        let ready = self.ready_keyholders().await?;
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Publish, m.now)?;
        c.may(A::Publish, &m)?;
        c.rules = RuleSet::default();
        c.rubric = store::rubric::current(&work, form.rubric.as_deref().unwrap_or("standard")).await?;
        open_long_enough(form.close_at, c.rules.open_days_least, &m)?;
        c.sealing = match form.sealing.as_deref() {
            Some("keyholders") => Some(keyholder::freeze(&ready, &c.rules)?),
            Some("keyholders_or_server") => Some(Sealing { server_too: true, ..keyholder::freeze(&ready, &c.rules)? }),
            _ => None,
        };
        c.stages.apart = c.rubric.has_both_parts();
        c.number = Some(store::challenge::next_number(&work, "challenge", &format!("JC-{}-", date_of(m.now).year())).await?);
        c.edition = 1;
        c.published_at = Some(m.now);
        c.close_at = Some(form.close_at);
        store::challenge::keep_edition(&work, &permit, &c, c.need()?, None, m.now).await?;
        let roster = c.sealing.as_ref().map(|s| (s.sha256.clone(), s.roster.clone()));
        let (number, rules, commitment) = (c.number.clone(), c.rules.version, commit_draw(&mut c));
        let (rubric, apart) = (c.rubric.clone(), c.stages.apart);
        let server_too = c.sealing.as_ref().is_none_or(|s| s.server_too);
        paper::publication(&work, &permit, &c, &m).await?;
        self.step(work, permit, c, A::Publish, &m, |e| {
            let e = match &roster {
                Some((sha256, roster)) => {
                    e.fact("roster_sha256", sha256).fact("roster", roster).fact("server_seals_too", server_too)
                }
                None => e.fact("sealed_by", "server"),
            };
            let e = e.fact("price_apart", apart);
            e.fact("draw_commitment", commitment)
                .fact("rubric", rubric)
                .fact("number", number)
                .fact("close_at", form.close_at)
                .fact("rule_set", rules)
        })
        .await
    }

    /// Amends a published challenge: the difference is public; a material change leaves teams enough days.
    pub async fn amend_challenge(&self, actor: &Actor, id: ChallengeId, form: Amendment) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Amend, m.now)?;
        c.may(A::Amend, &m)?;
        tie_files(&work, &permit.follow(id.0), Noun::Challenge, Some(id), &form.need.files(), "attachments").await?;
        let plain = |n: &Need| serde_json::to_value(n).expect("needs are plain JSON");
        let mut changes = differences(&plain(c.need()?), &plain(&form.need));
        if let Some(close) = form.close_at.filter(|at| Some(*at) != c.close_at) {
            if Some(close) < c.close_at {
                return Err(Refusal::new("close_only_later").at("close_at").into());
            }
            changes.push(Change {
                path: "close_at".into(),
                before: c.close_at.unwrap_or_default().to_string(),
                after: close.to_string(),
            });
            c.close_at = Some(close);
        }
        ensure(!changes.is_empty(), "nothing_changed")?;
        let left = m.days(c.rules.amend_days_left);
        if is_material(&changes) && c.close_at < Some(left) {
            return Err(Refusal::new("amend_needs_days").with("at", left).at("close_at").into());
        }
        c.edition += 1;
        if is_material(&changes) {
            c.material_edition = c.edition;
        }
        c.title.clone_from(&form.need.title);
        c.need = Some(form.need);
        store::challenge::keep_edition(&work, &permit, &c, c.need()?, Some(form.reason.clone()), m.now).await?;
        for b in noun::lock_of::<Bid>(&work, "challenge_id", id.0).await? {
            store::challenge::warn_bid(&work, &permit.follow(b.id.0), &b, &c).await?;
        }
        let edition = c.edition;
        paper::amendment(&work, &permit, &c, (&changes, &form.reason), &m).await?;
        self.step(work, permit, c, A::Amend, &m, |e| e.because(Some(form.reason)).changed(changes).fact("edition", edition)).await
    }

    /// The poster asks for withdrawal; an officer carries it out (two sides).
    pub async fn request_withdrawal(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::RequestWithdrawal, m.now)?;
        c.withdrawal = Some(Half { by: actor.account, at: m.now, note: Some(form.reason.clone()) });
        self.step(work, permit, c, A::RequestWithdrawal, &m, |mut e| {
            e.visibility = Visibility::Parties;
            e.because(Some(form.reason))
        })
        .await
    }

    pub async fn withdraw_challenge(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.plain_step(actor, id, A::Withdraw, Some(form.reason)).await
    }

    pub async fn cancel_challenge(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        self.plain_step(actor, id, A::Cancel, Some(form.reason)).await
    }

    pub async fn suspend_challenge(&self, actor: &Actor, id: ChallengeId, form: Reason) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Suspend, m.now)?;
        c.may(A::Suspend, &m)?;
        c.suspended_at = Some(m.now);
        self.step(work, permit, c, A::Suspend, &m, |e| e.because(Some(form.reason))).await
    }

    /// Bidding goes on, and closes later by as long as it stood still.
    pub async fn resume_challenge(&self, actor: &Actor, id: ChallengeId, form: Resumption) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Resume, m.now)?;
        c.may(A::Resume, &m)?;
        let stood = c.suspended_at.take().map_or(jiff::SignedDuration::ZERO, |at| m.now.duration_since(at));
        c.close_at = c.close_at.map(|at| at + stood);
        let close = c.close_at;
        self.step(work, permit, c, A::Resume, &m, |e| e.because(Some(form.reason)).fact("close_at", close)).await
    }

    /// No award: the reason's class is public (domain 5.3).
    pub async fn lapse_challenge(&self, actor: &Actor, id: ChallengeId, form: Lapse) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut c = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &c, A::Lapse, m.now)?;
        c.may(A::Lapse, &m)?;
        let bids: Vec<Bid> = noun::lock_of(&work, "challenge_id", id.0).await?;
        ensure_lapse(&form.reason_class, &c, &bids)?;
        c.lapse_reason = Some(form.reason_class.clone());
        self.meet(&work, &permit, &form.minutes(), asked(&c, A::Lapse), &m).await?;
        declining::drop_bids(&work, &permit, &c, bids, &m).await?;
        let tell = |e: Event| e.because(Some(form.reason)).fact("class", form.reason_class).fact("minutes", form.number);
        self.step(work, permit, c, A::Lapse, &m, tell).await
    }

    /// Lists a lapsed challenge anew, with its lineage and with what was changed, or why nothing was.
    pub async fn relist_challenge(&self, actor: &Actor, id: ChallengeId, form: Relisting) -> Result<Challenge> {
        let work = self.begin(actor).await?;
        let mut old = lock_challenge(&work, id).await?;
        let m = self.moment(&work).await?;
        let permit = policy::on_challenge(actor, &old, A::Relist, m.now)?;
        old.may(A::Relist, &m)?;
        open_long_enough(form.close_at, old.rules.open_days_least, &m)?;
        let new_id = ChallengeId(clock::ordered_id());
        let mut new = Challenge::create(new_id, old.org, old.created_by, old.title.clone(), &m);
        new.need.clone_from(&old.need);
        new.shown_name.clone_from(&old.shown_name);
        new.listing.clone_from(&old.listing);
        new.previous = Some(id);
        new.relists = old.relists + 1;
        new.number = Some(store::challenge::next_number(&work, "challenge", &format!("JC-{}-", date_of(m.now).year())).await?);
        new.edition = 1;
        new.published_at = Some(m.now);
        new.close_at = Some(form.close_at);
        new.head.enter(ChallengeState::Published, &m, None);
        new.stages.apart = new.rubric.has_both_parts();
        let commitment = commit_draw(&mut new);
        let making = permit.follow(new_id.0);
        noun::insert(&work, &making, &new, &m.calendar).await?;
        store::challenge::keep_edition(&work, &making, &new, new.need()?, Some(form.what_changed.clone()), m.now).await?;
        paper::publication(&work, &making, &new, &m).await?;
        old.take(A::Relist, &m)?;
        old.relisted_as = Some(new_id);
        noun::save(&work, &permit, &mut old, &m.calendar).await?;
        let event = told(&old, A::Relist, ChallengeState::Lapsed, Visibility::Public)
            .fact("draw_commitment", commitment)
            .fact("price_apart", new.stages.apart)
            .because(Some(form.what_changed))
            .fact("new", new_id)
            .fact("number", &new.number)
            .fact("close_at", new.close_at);
        work.commit(&permit, event).await?;
        Ok(new)
    }
}

/// Open at least so many calendar days (C), and closing on a working day is the bureau's habit, told on the form.
fn open_long_enough(close: Timestamp, days: i64, m: &Moment) -> Result<()> {
    let least = m.now + jiff::SignedDuration::from_hours(24 * days);
    if close < least {
        return Err(Refusal::new("open_too_short").with("days", days).with("at", least).at("close_at").into());
    }
    Ok(())
}

/// Indicators, money, time and conditions are material; wording is not.
fn is_material(changes: &[Change]) -> bool {
    const MATERIAL: &[&str] = &[
        "indicators",
        "stake_fen",
        "county_fen",
        "enterprise_fen",
        "bidder_fen",
        "period_months",
        "bidder_conditions",
        "deliverables",
        "trl",
        "award_mode",
    ];
    changes.iter().any(|c| MATERIAL.iter().any(|p| c.path.starts_with(p)))
}

fn ensure_lapse(class: &str, c: &Challenge, bids: &[Bid]) -> Result<()> {
    let valid = bids.iter().filter(|b| b.is_valid()).count();
    let opened = bids
        .iter()
        .filter(|b| b.seal.is_some() && !matches!(b.head.state, BidState::Withdrawn | BidState::Draft | BidState::Expired))
        .count();
    let holds = match class {
        "no_bids" => opened == 0,
        "none_valid" => {
            let pending = |b: &Bid| matches!(b.head.state, BidState::Opened | BidState::CorrectionRequested);
            opened > 0 && valid == 0 && !bids.iter().any(pending)
        }
        "none_passed" => valid > 0 && !c.ranking.is_empty() && c.ranking.iter().all(|r| !r.qualified),
        // Talks must have begun: valid bids are not lapsed before they are reviewed.
        _ => matches!(c.head.state, ChallengeState::Negotiating | ChallengeState::AwardDecision),
    };
    ensure(holds, "lapse_reason_untrue").map_err(|r| r.at("reason_class"))?;
    Ok(())
}

/// Makes the secret of the coming draw; what comes back is published now, the secret when the panel is drawn.
pub(in crate::app) fn commit_draw(c: &mut Challenge) -> String {
    let mut secret = [0u8; 32];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut secret);
    let secret = hex::encode(secret);
    let commitment = draw::Seed::commitment(&secret);
    c.draw_secret = Some(secret);
    commitment
}
