//! Signatures: each party's authorised person signs the papers that are its own, on screen or on paper; and who is authorised.
use super::*;
use crate::domain::ContractAct as K;
use crate::domain::forms::*;

impl App {
    /// An authorised person signs every paper of its party that is not signed yet; the order of parties is free.
    pub async fn sign_contract(&self, actor: &Actor, id: ContractId, form: SignContract) -> Result<Contract> {
        self.may_sign(actor).await?;
        ensure(form.full_name == actor.name, "name_not_yours").map_err(|r| r.at("full_name"))?;
        let by = actor.clone();
        self.on_contract(actor, id, K::Sign, None, move |k, m| {
            let party = k.party_of(&by).ok_or(Denied::Forbidden)?;
            let papers = k.unsigned(&party);
            ensure(!papers.is_empty(), "marked_already")?;
            let read = form.text_sha256.is_none_or(|read| read == k.text_sha256());
            ensure(read, "text_changed").map_err(|r| r.at("text_sha256"))?;
            for paper in papers {
                k.mark(&party, paper, (by.account, by.name.clone()), None, m)?;
            }
            Ok(k.all_signed().then_some(K::Complete))
        })
        .await
    }

    /// Whether one may sign for one's organisation today.
    pub async fn may_sign(&self, actor: &Actor) -> Result<()> {
        let org = store::account::org(&self.db, actor.org).await?.ok_or(Error::Missing)?;
        Ok(org.may_sign(actor, &date_of(self.glance().await?.now).to_string())?)
    }

    /// A paper signed and stamped by hand: an officer has held it against the text, whose hash is printed on it.
    pub async fn register_scan(&self, actor: &Actor, id: ContractId, form: RegisterScan) -> Result<Contract> {
        let seen = self.contract_of(id).await?;
        let org = match form.party.as_str() {
            "poster" => Some(seen.poster),
            "bidder" => Some(seen.lead),
            _ => store::account::of_role(&self.db, Role::Head, 1).await?.first().map(|a| a.org),
        };
        let org = store::account::orgs(&self.db, &org.into_iter().collect::<Vec<_>>()).await?;
        let signs = org.first().is_some_and(|o| o.signs(&form.stamped_by, &form.stamped_on));
        ensure(signs, "not_authorised").map_err(|r| r.at("stamped_by"))?;
        let (by, files) = (actor.account, form.files.clone());
        self.on_contract_with_files(actor, id, K::Scan, &files, move |k, m| {
            instalment::not_future(&form.stamped_on, m, "stamped_on")?;
            let text = k.paper(&form.paper).ok_or_else(|| Refusal::new("paper_unknown").at("paper"))?.sha256();
            ensure(text.starts_with(&form.sha256_start.to_lowercase()), "not_this_text").map_err(|r| r.at("sha256_start"))?;
            ensure(k.unsigned(&form.party).contains(&form.paper.as_str()), "marked_already").map_err(|r| r.at("paper"))?;
            let scan = Scan { files: form.files, stamped_on: form.stamped_on, checked_by: by };
            k.mark(&form.party, &form.paper, (by, form.stamped_by), Some(scan), m)?;
            Ok(k.all_signed().then_some(K::Complete))
        })
        .await
    }

    /// Before all have signed, a party may take its own signatures back.
    pub async fn withdraw_signature(&self, actor: &Actor, id: ContractId, form: Reason) -> Result<Contract> {
        let by = actor.clone();
        self.on_contract(actor, id, K::Unsign, Some(form.reason), move |k, _| {
            let party = k.party_of(&by).ok_or(Denied::Forbidden)?;
            ensure(k.signed.iter().any(|m| m.party == party), "nothing_signed")?;
            k.signed.retain(|m| m.party != party);
            Ok(None)
        })
        .await
    }

    /// A party does not sign this text, and says why: the text is open again.
    pub async fn refuse_to_sign(&self, actor: &Actor, id: ContractId, form: Reason) -> Result<Contract> {
        self.on_contract(actor, id, K::RefuseSign, Some(form.reason), |_, _| Ok(None)).await
    }

    /// The checker finds what was signed wanting: nothing takes effect, and the text is open again with the reason.
    pub async fn refuse_effect(&self, actor: &Actor, id: ContractId, form: Reason) -> Result<Contract> {
        self.on_contract(actor, id, K::RefuseEffect, Some(form.reason), |_, _| Ok(None)).await
    }

    /// Who may sign for one's organisation.
    pub async fn signatories(&self, actor: &Actor) -> Result<(Organisation, Vec<Account>)> {
        policy::keep_signatories(actor)?;
        let org = store::account::org(&self.db, actor.org).await?.ok_or(Error::Missing)?;
        Ok((org, store::account::of_org(&self.db, actor.org).await?))
    }

    pub async fn remove_signatory(&self, actor: &Actor, account: AccountId) -> Result<Organisation> {
        let permit = policy::keep_signatories(actor)?;
        policy::prove(actor, "organisation", "signatory")?;
        let work = self.begin(actor).await?;
        let mut org = store::account::lock_org(&work, actor.org).await?.ok_or(Error::Missing)?;
        let before = org.signatories.len();
        org.signatories.retain(|s| s.account != account);
        if org.signatories.len() == before {
            return Err(Error::Missing);
        }
        store::account::save_org(&work, &permit, &mut org).await?;
        let event = Event::new(Noun::Organisation, "signatory-removal", org.id.0, Visibility::Parties).of(org.id);
        work.commit(&permit, event.fact("account", account)).await?;
        Ok(org)
    }
}
