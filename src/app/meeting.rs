//! The book of meetings: one number is one meeting on one day with one list of members; it may decide several cases.
use super::*;
use crate::domain::meeting::{Decided, same_meeting};

/// What a meeting decided: the thing, the act, the case, and what it is called.
#[derive(Clone, Copy)]
pub(in crate::app) struct OnTable<'a> {
    pub noun: Noun,
    pub subject: Uuid,
    pub act: &'a str,
    pub case: ChallengeId,
    pub title: &'a str,
}

/// A question on a challenge itself.
pub(in crate::app) fn asked(c: &Challenge, act: ChallengeAct) -> OnTable<'_> {
    OnTable { noun: Noun::Challenge, subject: c.id.0, act: act.id(), case: c.id, title: &c.title }
}

impl App {
    /// Enters a decision with its act: the number, day and list must agree with what the number said before.
    pub(in crate::app) async fn meet<A>(
        &self,
        work: &Work,
        permit: &policy::Permit<A>,
        minutes: &Minutes,
        on: OnTable<'_>,
        m: &Moment,
    ) -> Result<()> {
        instalment::not_future(&minutes.held_on, m, "held_on")?;
        let roll = minutes.attendance.roll().to_vec();
        let id = match store::meeting::numbered(work, &minutes.number).await? {
            Some(known) if known.held_on != minutes.held_on => {
                return Err(Refusal::new("minutes_of_another_day").with("date", known.held_on).at("held_on").into());
            }
            Some(known) if !same_meeting(&known.roll, &roll) => {
                return Err(Refusal::new("attendance_differs").at("attendance").into());
            }
            Some(known) => known.id,
            None => {
                let (number, held_on) = (minutes.number.clone(), minutes.held_on.clone());
                let meeting = Meeting { id: clock::ordered_id(), number, held_on, roll: roll.clone() };
                store::meeting::insert(work, permit, &meeting, m.now).await?;
                meeting.id
            }
        };
        let about = minutes.subject.clone().unwrap_or_else(|| on.title.to_owned());
        let recused = roll.iter().filter(|x| x.vote == Vote::Recused).map(|x| x.name.clone()).collect();
        work.tell(
            "meetings",
            Sitting {
                meeting: id,
                number: minutes.number.clone(),
                held_on: minutes.held_on.clone(),
                subject: about.clone(),
                count: Count::of(&roll),
                recused,
                outcome: crate::domain::meeting::outcome_of(on.noun.id(), on.act),
            },
        );
        let mut salt = [0u8; 16];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut salt);
        let decided = Decided {
            id: clock::ordered_id(),
            meeting: id,
            challenge: Some(on.case),
            noun: on.noun,
            subject: on.subject,
            act: on.act.to_owned(),
            about,
            roll,
            salt: hex::encode(salt),
            at: m.now,
        };
        Ok(store::meeting::insert_case(work, permit, &decided).await?)
    }

    /// Meetings with what each decided, the last first: for those who oversee.
    pub async fn meetings(&self, actor: &Actor, page: Page) -> Result<(Listed<Meeting>, Vec<Decided>)> {
        policy::see_meetings(actor)?;
        let listed = store::meeting::list(&self.db, page).await?;
        let ids: Vec<Uuid> = listed.items.iter().map(|m| m.id).collect();
        let cases = store::meeting::cases(&self.db, &ids).await?;
        Ok((listed, cases))
    }

    pub async fn meeting(&self, actor: &Actor, id: Uuid) -> Result<(Meeting, Vec<Decided>)> {
        policy::see_meetings(actor)?;
        let meeting = store::meeting::find(&self.db, id).await?.ok_or(Error::Missing)?;
        Ok((meeting, store::meeting::cases(&self.db, &[id]).await?))
    }

    /// Who sat last: names and posts for the next form, votes left open.
    pub async fn last_roll(&self, actor: &Actor) -> Result<Vec<(String, String)>> {
        policy::see_meetings(actor)?;
        let last = store::meeting::list(&self.db, Page { after: None, limit: 1 }).await?;
        Ok(last.items.into_iter().flat_map(|m| m.roll).map(|x| (x.name, x.post)).collect())
    }
}
