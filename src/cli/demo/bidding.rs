//! While a challenge is open: questions, interests, talks, and bids that nobody may read.
use super::county::typed;
use super::offers;
use super::story::Story;
use super::timeline::Told;
use crate::domain::forms::*;
use crate::domain::*;
use serde_json::{Value, json};

impl Story<'_> {
    /// A team's speaker, by the key of its organisation.
    pub fn team(&self, org: &str) -> &Actor {
        self.county.speaker(self.county.org(org).id, Role::Bidder)
    }

    pub fn poster(&self, c: &Challenge) -> &Actor {
        self.county.speaker(c.org, Role::Poster)
    }

    async fn offer(&self, id: ChallengeId, texts: &str, org: &str) -> Told<Value> {
        let need = self.county.case(id).await?.challenge.need()?.clone();
        let mut offer = offers::offer(self.county, &need, texts, org);
        if let Some(nodes) = &self.nodes {
            offer["milestones"] = nodes.clone();
        }
        Ok(offer)
    }

    /// A team starts its bid and fills in what it has so far.
    pub async fn draft(&self, id: ChallengeId, texts: &str, org: &str) -> Told<BidId> {
        let (app, team) = (&self.county.app, self.team(org));
        let bid = app.start_bid(team, id, typed(json!({}))?).await?;
        if self.at_home {
            return Ok(bid.id);
        }
        self.minutes(35).await?;
        let mut offer = self.offer(id, texts, org).await?;
        for late in ["test_plan", "estimate_note", "landing_plan", "commit_pledge"] {
            offer.as_object_mut().map(|o| o.remove(late));
        }
        app.save_bid_draft(team, bid.id, offer, None).await?;
        Ok(bid.id)
    }

    /// Completes the draft with its papers and seals it.
    pub async fn seal(&self, id: ChallengeId, texts: &str, org: &str, bid: BidId) -> Told<()> {
        if self.at_home {
            return self.seal_at_home(id, texts, org, bid).await;
        }
        let (app, team) = (&self.county.app, self.team(org));
        let mut offer = self.offer(id, texts, org).await?;
        if offer["members"].as_array().is_some_and(|m| m.len() > 1) {
            offer["consortium_agreement"] = json!([self.county.paper(team, "联合揭榜协议").await?]);
        }
        offer["attachments"] = json!([self.county.paper(team, "揭榜方案附件").await?]);
        app.save_bid_draft(team, bid, offer, None).await?;
        self.minutes(20).await?;
        app.seal_bid(team, bid, typed(json!({ "agree": true }))?).await?;
        Ok(())
    }

    /// Bids of all named teams, from the tenth day before the close to the last afternoon. Texts come from challenge `texts`.
    pub async fn bids(&self, id: ChallengeId, texts: &str, orgs: &[&str]) -> Told<Vec<BidId>> {
        let close = date_of(self.county.case(id).await?.challenge.close_at.unwrap_or_default());
        let (mut bids, count) = (vec![], i64::try_from(orgs.len()).unwrap_or(0));
        for (n, org) in (0..).zip(orgs) {
            self.on(self.county.back(close, 10 + count - n), 14, 30).await?;
            bids.push(self.draft(id, texts, org).await?);
        }
        for ((n, org), bid) in (0..).zip(orgs).zip(&bids) {
            self.on(self.county.back(close, count - n - 1), 11, 15).await?;
            self.seal(id, texts, org, *bid).await?;
        }
        Ok(bids)
    }

    /// A question, answered two working days later.
    pub async fn ask(&self, id: ChallengeId, org: &str, question: &str, answer: Option<&str>) -> Told<()> {
        let app = &self.county.app;
        let q = app.ask_question(self.team(org), id, typed(json!({ "text": question }))?).await?;
        let Some(answer) = answer else { return Ok(()) };
        self.days(2, 10, 25).await?;
        let c = self.county.case(id).await?.challenge;
        app.answer_question(self.poster(&c), q.id, typed(json!({ "answer": answer }))?).await?;
        Ok(())
    }

    /// A team registers its interest.
    pub async fn interest(&self, id: ChallengeId, org: &str, note: &str) -> Told<TalkId> {
        Ok(self.county.app.register_interest(self.team(org), id, typed(json!({ "note": note }))?).await?.id)
    }

    /// The poster talks with a team and writes it down; the team confirms the minute when it `confirms`.
    pub async fn talk(&self, id: ChallengeId, talk: TalkId, org: &str, summary: &str, confirms: bool) -> Told<()> {
        let app = &self.county.app;
        let c = self.county.case(id).await?.challenge;
        let present =
            format!("{}技术、财务负责人；{}项目组 3 人", self.county.organisation(c.org).name, self.county.org(org).name);
        let form = json!({ "held_on": self.date().to_string(), "present": present, "summary": summary });
        app.record_talk(self.poster(&c), talk, typed(form)?).await?;
        if confirms {
            self.days(1, 9, 50).await?;
            app.confirm_talk(self.team(org), talk, typed(json!({}))?).await?;
        }
        Ok(())
    }

    /// An officer amends what is unclear, and says why.
    pub async fn amend(&self, id: ChallengeId, change: impl FnOnce(&mut Need), reason: &str) -> Told<()> {
        let mut need = self.county.case(id).await?.challenge.need()?.clone();
        change(&mut need);
        let edition = self.county.case(id).await?.challenge.edition;
        let form = Amendment { need, reason: reason.to_owned(), close_at: None, edition };
        self.county.app.propose_amendment(self.person("officer"), id, form).await?;
        self.minutes(45).await?;
        self.county.app.release_amendment(self.person("checker"), id, typed(json!({}))?).await?;
        Ok(())
    }
}
