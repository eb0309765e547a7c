//! What an upheld objection does to the case: the next rank, another review, or the list anew.
use super::*;

impl App {
    /// The notice is revoked, its winners passed over, and the talks go on with the next rank.
    pub(in crate::app) async fn overturn(
        &self,
        work: &Work,
        permit: &policy::Permit<ObjectionAct>,
        mut c: Challenge,
        n: &mut Notice,
        m: &Moment,
    ) -> Result<()> {
        if n.head.state == NoticeState::Revoked {
            // It fell by another decision meanwhile: there is nothing left to overturn.
            return Ok(());
        }
        self.revoke_notice(work, permit, &mut c, n, &[], m).await?;
        c.passed_over.extend(n.winners.iter().map(|w| w.bid));
        Ok(noun::save(work, &permit.follow(c.id.0), &mut c, &m.calendar).await?)
    }

    /// The review was unsound: the notice is revoked, every scored bid goes back to be scored, and another panel is drawn.
    pub(in crate::app) async fn review_again(
        &self,
        work: &Work,
        permit: &policy::Permit<ObjectionAct>,
        mut c: Challenge,
        n: &mut Notice,
        m: &Moment,
    ) -> Result<Option<String>> {
        if n.head.state == NoticeState::Revoked {
            return Ok(None);
        }
        n.take(NoticeAct::Revoke, m)?;
        noun::save(work, &permit.follow(n.id.0), n, &m.calendar).await?;
        for mut b in noun::lock_of::<Bid>(work, "challenge_id", c.id.0).await? {
            if b.head.state.step(BidAct::Recall).is_ok() {
                b.take(BidAct::Recall, &c, m)?;
                (b.blind_score, b.score, b.rank, b.reason) = (None, None, None, None);
                store::challenge::save_bid(work, &permit.follow(b.id.0), &mut b, &c, &m.calendar).await?;
            }
        }
        c.take(ChallengeAct::ReReview, m)?;
        c.begin_another_review();
        let commitment = listing::commit_draw(&mut c);
        noun::save(work, &permit.follow(c.id.0), &mut c, &m.calendar).await?;
        Ok(Some(commitment))
    }

    /// The list itself was unsound: the notice is revoked, nobody is selected, and the challenge may be listed anew.
    pub(in crate::app) async fn annul(
        &self,
        work: &Work,
        permit: &policy::Permit<ObjectionAct>,
        mut c: Challenge,
        n: &mut Notice,
        m: &Moment,
    ) -> Result<()> {
        if n.head.state == NoticeState::Revoked {
            return Ok(());
        }
        n.take(NoticeAct::Revoke, m)?;
        noun::save(work, &permit.follow(n.id.0), n, &m.calendar).await?;
        for mut b in noun::lock_of::<Bid>(work, "challenge_id", c.id.0).await? {
            if b.head.state == BidState::Proposed {
                b.take(BidAct::PassOver, &c, m)?;
            }
            if b.head.state.step(BidAct::Drop).is_ok() {
                b.take(BidAct::Drop, &c, m)?;
                store::challenge::save_bid(work, &permit.follow(b.id.0), &mut b, &c, &m.calendar).await?;
            }
        }
        c.agreed.clear();
        c.lapse_reason = Some("objection_upheld".into());
        c.take(ChallengeAct::Annul, m)?;
        Ok(noun::save(work, &permit.follow(c.id.0), &mut c, &m.calendar).await?)
    }
}
