//! A keyholder's own acts before any opening: enrol a public key, prove that the private one is there.
use super::*;
use crate::domain::forms::{AnswerDrill, EnrolKeyholder};
use crate::domain::seal::PublicKey;
use crate::outside::seal::Drill;

impl App {
    /// Asks to put the public part on file: another office has its word. Another key replaces one for challenges to come;
    /// published ones keep their roster.
    pub async fn enrol_keyholder(&self, actor: &Actor, form: EnrolKeyholder) -> Result<Registration> {
        let public = PublicKey::read(&form.public).ok_or_else(|| Refusal::new("not_a_public_key").at("public"))?;
        // Sealing something to it shows whether it is a point of the curve at all.
        Drill::ask(&public).map_err(|_| Refusal::new("not_a_public_key").at("public"))?;
        self.ask_key(actor, public).await
    }

    /// Hands out a nonce that only the private key can read; the answer is kept as a hash.
    pub async fn ask_drill(&self, actor: &Actor) -> Result<Drill> {
        let account = store::account::find(&self.db, actor.account).await?.ok_or(Error::Missing)?;
        let public = account.keyholder.ok_or(Refusal::new("no_key_on_file"))?.public;
        let (drill, answer) = Drill::ask(&public).map_err(|e| Error::Failed(e.to_string()))?;
        let answer_sha256 = hash::sha256_hex(answer.as_bytes());
        self.own_key(
            actor,
            "drill-request",
            |e| e,
            |held, now| {
                let held = held.as_mut().filter(|k| k.public == public).ok_or(Refusal::new("no_key_on_file"))?;
                held.pending = Some(PendingDrill { answer_sha256, asked_at: now });
                Ok(())
            },
        )
        .await?;
        Ok(drill)
    }

    pub async fn answer_drill(&self, actor: &Actor, form: AnswerDrill) -> Result<Keyholder> {
        self.own_key(
            actor,
            "drill",
            |e| e,
            |held, now| held.as_mut().ok_or(Refusal::new("no_key_on_file"))?.answer(form.answer.trim(), now),
        )
        .await
    }

    async fn own_key(
        &self,
        actor: &Actor,
        kind: &'static str,
        tell: impl FnOnce(Event) -> Event,
        change: impl FnOnce(&mut Option<Keyholder>, jiff::Timestamp) -> std::result::Result<(), Refusal>,
    ) -> Result<Keyholder> {
        let permit = policy::own_account(actor)?;
        if !actor.role.may_hold_key() {
            return Err(Denied::Hidden.into());
        }
        let work = self.begin(actor).await?;
        let mut account = store::account::lock(&work, actor.account).await?.ok_or(Error::Missing)?;
        let now = work.now().await?;
        change(&mut account.keyholder, now)?;
        store::account::save_own(&work, &permit, &mut account).await?;
        work.commit(&permit, tell(Event::new(Noun::Account, kind, account.id.0, Visibility::Bureau))).await?;
        account.keyholder.ok_or(Error::Missing)
    }

    /// Who may be chosen for a challenge that is published now, for the form of its publication.
    pub async fn keyholders_to_choose(&self, actor: &Actor, c: &Challenge) -> Result<Vec<(Account, String)>> {
        policy::on_challenge(&actor.clone().proven(), c, ChallengeAct::Publish, self.clock.now())?;
        let mut ready = self.ready_keyholders().await?;
        ready.retain(|(a, _)| a.org != c.org);
        Ok(ready)
    }

    /// Those whose drill counts today, with the names of their bodies, in the order of enrolment.
    pub(in crate::app) async fn ready_keyholders(&self) -> Result<Vec<(Account, String)>> {
        let now = self.glance().await?.now;
        let mut ready = vec![];
        for role in Role::ALL.iter().filter(|r| r.may_hold_key()) {
            ready.extend(store::account::of_role(&self.db, *role, 200).await?);
        }
        ready.retain(|a| a.keyholder.as_ref().is_some_and(|k| k.is_ready(now)));
        ready.sort_by_key(|a| (a.keyholder.as_ref().map(|k| k.enrolled_at), a.id));
        let orgs = store::account::orgs(&self.db, &ready.iter().map(|a| a.org).collect::<Vec<_>>()).await?;
        let name = |id: OrgId| orgs.iter().find(|o| o.id == id).map(|o| o.name.clone()).unwrap_or_default();
        Ok(ready.into_iter().map(|a| (name(a.org), a)).map(|(body, a)| (a, body)).collect())
    }
}

/// The roster of a challenge that is published now: who was chosen of those that are ready.
pub(in crate::app) fn freeze(
    ready: &[(Account, String)],
    chosen: &[forms::ChosenHolder],
    poster: OrgId,
    rules: &RuleSet,
) -> std::result::Result<Sealing, Refusal> {
    let mut held = vec![];
    for one in chosen {
        let found = ready.iter().find(|(a, _)| a.id.0 == one.account);
        let holder = found.and_then(|(a, body)| Some((a, a.keyholder.as_ref()?, body.clone())));
        held.push(holder.ok_or_else(|| Refusal::new("keyholder_not_ready").at("keyholders"))?);
    }
    Sealing::freeze(rules.keyholders_needed, poster, &held)
}
