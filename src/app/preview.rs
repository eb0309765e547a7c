//! A case as another reader would see it, at a stage of its life: the policy answers for a stand-in of that role. Nobody sees by
//! a preview what they may not see themselves, and nothing is done or noted in the stand-in's name.
use super::query::Case;
use super::*;

/// Whose eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eyes {
    Public,
    Rival,
    Auditor,
}

impl Eyes {
    pub const ALL: [Self; 3] = [Self::Public, Self::Rival, Self::Auditor];
    pub const fn id(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Rival => "rival",
            Self::Auditor => "auditor",
        }
    }
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.id() == id)
    }
    /// An actor of that role who is nobody: no account, no organisation of the platform.
    pub fn stand_in(self) -> Actor {
        let nobody = Actor { account: AccountId(Uuid::max()), org: OrgId(Uuid::max()), ..Actor::visitor() };
        match self {
            Self::Public => Actor::visitor(),
            Self::Rival => Actor { role: Role::Bidder, ..nobody },
            Self::Auditor => Actor { role: Role::Auditor, ..nobody },
        }
    }
}

/// At which point of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Now,
    BeforeOpening,
    AfterOpening,
    AfterAward,
}

impl Stage {
    pub const ALL: [Self; 4] = [Self::Now, Self::BeforeOpening, Self::AfterOpening, Self::AfterAward];
    pub const fn id(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::BeforeOpening => "before_opening",
            Self::AfterOpening => "after_opening",
            Self::AfterAward => "after_award",
        }
    }
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.id() == id)
    }

    /// The challenge as it stood, or will stand: what comes later is taken out, nothing is made up.
    pub fn wind(self, mut c: Challenge) -> Challenge {
        use ChallengeState as S;
        let listed = |c: &mut Challenge| {
            (c.opened_at, c.opened_bids, c.panel, c.call) = (None, None, None, None);
            c.head.state = S::Published;
        };
        let unjudged = |c: &mut Challenge| {
            c.ranking.clear();
            c.agreed.clear();
            (c.award, c.report, c.analysis, c.lapse_reason, c.relisted_as) = (None, None, None, None, None);
        };
        match self {
            Self::Now => {}
            Self::BeforeOpening if c.published_at.is_some() => {
                listed(&mut c);
                unjudged(&mut c);
            }
            Self::BeforeOpening => {
                // Not yet listed: as it will read once it is.
                let attendance = crate::domain::meeting::Attendance::Told(String::new());
                let listing = Minutes { number: String::new(), held_on: String::new(), attendance, subject: None };
                c.listing = c.listing.or(Some(listing));
                c.head.state = S::ListNotice;
            }
            Self::AfterOpening => {
                c.head.state = S::Opened;
                unjudged(&mut c);
            }
            Self::AfterAward => c.head.state = S::Awarded,
        }
        c
    }
}

impl App {
    /// The case as those eyes would see it; none where they are told that there is nothing.
    pub async fn preview(&self, actor: &Actor, id: ChallengeId, eyes: Eyes, stage: Stage) -> Result<Option<Case>> {
        policy::preview(actor)?;
        let real = self.case(actor, id).await?;
        let by = eyes.stand_in();
        let c = stage.wind(real.challenge.clone());
        if policy::see_challenge(&by, &c, self.clock.now()).is_err() {
            return Ok(None);
        }
        let after = |s: Stage| stage == Stage::Now || stage == s || stage == Stage::AfterAward;
        let shown =
            |n: &Notice| stage == Stage::AfterAward && n.head.state != NoticeState::Revoked || policy::see_notice(&by, n).is_ok();
        let notices: Vec<Notice> = real.notices.into_iter().filter(|n| after(Stage::AfterAward) && shown(n)).collect();
        let parties: Vec<OrgId> = notices.iter().flat_map(|n| n.winners.iter().map(|w| w.org)).collect();
        Ok(Some(Case {
            inside: policy::sees_inside(&by, &c),
            my_bid: None,
            bids: real.bids.into_iter().filter(|b| policy::see_bid(&by, b, &c).is_ok()).collect(),
            talks: real.talks.into_iter().filter(|t| policy::see_talk(&by, t).is_ok()).collect(),
            questions: real.questions,
            assignments: real
                .assignments
                .into_iter()
                .filter(|a| after(Stage::AfterAward) && policy::see_assignment(&by, a).is_ok())
                .collect(),
            notices,
            objections: real.objections.into_iter().filter(|o| policy::see_objection(&by, o, &parties).is_ok()).collect(),
            contracts: if after(Stage::AfterAward) && c.opened_at.is_some() { real.contracts } else { vec![] },
            turns: vec![],
            challenge: c,
        }))
    }

    /// A bid as those eyes would see it at a stage; none where it does not exist for them.
    pub async fn preview_bid(
        &self,
        actor: &Actor,
        id: BidId,
        eyes: Eyes,
        stage: Stage,
    ) -> Result<Option<(Challenge, Bid, Option<Readable>)>> {
        policy::preview(actor)?;
        let (c, b) = self.bid(actor, id).await?;
        let staged = stage.wind(c.clone());
        let by = eyes.stand_in();
        if policy::see_bid(&by, &b, &staged).is_err() || policy::read_bid(&by, &b, &staged).is_err() {
            return Ok(None);
        }
        let offer = self.offer(actor, &b, &c).await?;
        Ok(Some((staged, b, offer)))
    }
}
