//! Registrations: asked for by one, agreed to by another office, done.
use super::carrying_out::carry_out;
use super::*;
use crate::domain::forms::{
    AddSignatory, ChangeBankAccount, ChangeRole, CorrectName, CorrectOrganisation, InvitePerson, Plain, Reason,
};

/// What is asked for, before it is known whose word it needs.
struct Asked {
    matter: Matter,
    org: OrgId,
    account: Option<Account>,
    /// The roles that the person has and shall have.
    roles: Vec<Role>,
    subject: String,
    changes: Vec<Change>,
    reason: Option<String>,
    files: Vec<FileId>,
}

impl Asked {
    fn of_account(a: Account, matter: Matter, reason: Option<String>) -> Self {
        let (org, roles, subject) = (a.org, vec![a.role], a.name.clone());
        Self { matter, org, account: Some(a), roles, subject, changes: vec![], reason, files: vec![] }
    }
    fn of_org(o: &Organisation, matter: Matter, changes: Vec<Change>, reason: Option<String>) -> Self {
        let (org, subject) = (o.id, o.name.clone());
        Self { matter, org, account: None, roles: vec![], subject, changes, reason, files: vec![] }
    }
}

fn changed(path: &str, before: &str, after: &str) -> Option<Change> {
    (before != after).then(|| Change { path: path.into(), before: before.into(), after: after.into() })
}

/// An account number as lists show it.
pub fn masked(number: &str) -> String {
    let digits = bank_digits(number);
    format!("…{}", &digits[digits.len().saturating_sub(4)..])
}

impl App {
    pub async fn invite(&self, actor: &Actor, form: InvitePerson) -> Result<Registration> {
        let org = OrgId(form.organisation);
        let account = account::account_of(form, org, self.glance().await?.now)?;
        if store::account::by_email(&self.db, &account.email).await?.is_some() {
            policy::ask_registration(actor, "invitation", org, None, &[account.role])?;
            return Err(Refusal::new("email_taken").at("email").into());
        }
        let invited =
            Invited { email: account.email.clone(), name: account.name.clone(), role: account.role, expert: account.expert };
        let asked = Asked {
            matter: Matter::Invitation(Box::new(invited)),
            org,
            account: None,
            roles: vec![account.role],
            subject: account.name,
            changes: vec![],
            reason: None,
            files: vec![],
        };
        self.ask(actor, asked).await
    }

    /// A forgotten secret: a link sets another, and every session and token ends then.
    pub async fn ask_reset(&self, actor: &Actor, id: AccountId, form: Reason) -> Result<Registration> {
        let account = self.account_to_change(id).await?;
        ensure(account.active, "account_suspended")?;
        self.ask(actor, Asked::of_account(account, Matter::Reset, Some(form.reason))).await
    }

    pub async fn ask_suspension(&self, actor: &Actor, id: AccountId, form: Reason) -> Result<Registration> {
        let account = self.account_to_change(id).await?;
        let asked = Asked::of_account(account, Matter::Suspension, Some(form.reason));
        self.ask(actor, asked).await
    }

    pub async fn ask_restoration(&self, actor: &Actor, id: AccountId, form: Reason) -> Result<Registration> {
        let account = self.account_to_change(id).await?;
        self.ask(actor, Asked::of_account(account, Matter::Restoration, Some(form.reason))).await
    }

    pub async fn ask_role(&self, actor: &Actor, id: AccountId, form: ChangeRole) -> Result<Registration> {
        let account = self.account_to_change(id).await?;
        let role = Role::parse(&form.role).ok_or_else(|| Refusal::new("role_unknown").at("role"))?;
        let changes = changed("role", account.role.id(), role.id()).into_iter().collect();
        let mut asked = Asked::of_account(account, Matter::Role(role), Some(form.reason));
        asked.roles.push(role);
        self.ask(actor, Asked { changes, ..asked }).await
    }

    pub async fn ask_name(&self, actor: &Actor, id: AccountId, form: CorrectName) -> Result<Registration> {
        let account = self.account_to_change(id).await?;
        let changes = changed("name", &account.name, &form.name).into_iter().collect();
        let asked = Asked::of_account(account, Matter::Name(form.name), Some(form.reason));
        self.ask(actor, Asked { changes, ..asked }).await
    }

    /// Puts the public part of a key up for the other office's word.
    pub(in crate::app) async fn ask_key(&self, actor: &Actor, public: seal::PublicKey) -> Result<Registration> {
        let account = self.account_to_change(actor.account).await?;
        let changes = changed("fingerprint", "", &public.fingerprint()).into_iter().collect();
        let asked = Asked::of_account(account, Matter::Keyholder(public), None);
        self.ask(actor, Asked { changes, ..asked }).await
    }

    pub async fn correct_organisation(&self, actor: &Actor, id: OrgId, form: CorrectOrganisation) -> Result<Registration> {
        let o = store::account::org(&self.db, id).await?.ok_or(Error::Missing)?;
        region::check(&form.region)?;
        ensure(is_legal_person(&form.name), "not_legal_person").map_err(|r| r.at("name"))?;
        let pairs = [
            ("name", o.name.as_str(), form.name.as_str()),
            ("region", &o.region, &form.region),
            ("address", &o.address, &form.address),
            ("legal_representative", &o.legal_representative, &form.legal_representative),
            ("size", o.size.as_deref().unwrap_or(""), form.size.as_deref().unwrap_or("")),
        ];
        let changes = pairs.iter().filter_map(|(path, before, after)| changed(path, before, after)).collect();
        let word = OrganisationWord {
            name: form.name,
            region: form.region,
            address: form.address,
            legal_representative: form.legal_representative,
            size: form.size,
        };
        self.ask(actor, Asked::of_org(&o, Matter::Organisation(word), changes, Some(form.reason))).await
    }

    pub async fn ask_bank_account(&self, actor: &Actor, id: OrgId, form: ChangeBankAccount) -> Result<Registration> {
        let o = store::account::org(&self.db, id).await?.ok_or(Error::Missing)?;
        let number = bank_digits(&form.bank_account) != bank_digits(&o.bank_account);
        let number = number.then(|| Change {
            path: "bank_account".into(),
            before: masked(&o.bank_account),
            after: masked(&form.bank_account),
        });
        let changes = changed("bank_name", &o.bank_name, &form.bank_name).into_iter().chain(number).collect();
        let matter = Matter::BankAccount { bank_name: form.bank_name, bank_account: form.bank_account };
        self.ask(actor, Asked::of_org(&o, matter, changes, Some(form.reason))).await
    }

    /// Asks that a person of one's organisation may sign for it, with the letter of authorisation: an officer looks at it first.
    pub async fn add_signatory(&self, actor: &Actor, form: AddSignatory) -> Result<Registration> {
        policy::keep_signatories(actor)?;
        let account = store::account::find(&self.db, AccountId(form.account)).await?;
        let account = account
            .filter(|a| a.org == actor.org && a.active)
            .ok_or_else(|| Refusal::new("not_of_organisation").at("account"))?;
        let letter = *form.letter.first().ok_or_else(|| Refusal::new("letter_missing").at("letter"))?;
        let now = self.glance().await?.now;
        if form.until.as_deref().is_some_and(|until| until < date_of(now).to_string().as_str()) {
            return Err(Refusal::new("letter_expired").at("until").into());
        }
        let signatory = Signatory {
            account: account.id,
            name: account.name.clone(),
            letter,
            until: form.until,
            added_by: actor.account,
            added_at: now,
        };
        let asked = Asked::of_account(account, Matter::Signatory(signatory), None);
        self.ask(actor, Asked { roles: vec![], files: form.letter, ..asked }).await
    }

    async fn account_to_change(&self, id: AccountId) -> Result<Account> {
        store::account::find(&self.db, id).await?.ok_or(Error::Missing)
    }

    async fn ask(&self, actor: &Actor, asked: Asked) -> Result<Registration> {
        let kind = asked.matter.kind();
        let about = asked.account.as_ref().map(|a| a.id);
        let permit = policy::ask_registration(actor, kind, asked.org, about, &asked.roles)?;
        let own_matter = matches!(kind, "suspension" | "restoration" | "role" | "reset");
        ensure(!own_matter || about != Some(actor.account), "not_oneself")?;
        let work = self.begin(actor).await?;
        let org = store::account::lock_org(&work, asked.org).await?;
        let org = org.ok_or_else(|| Refusal::new("organisation_unknown").at("organisation"))?;
        let m = self.moment(&work).await?;
        self.ensure_askable(&work, &asked, &org).await?;
        let needs = office::second_word(kind, &asked.roles, actor.role, &ties(&work, &asked).await?);
        if actor.role == Role::System {
            console_is_open(&work).await?;
        }
        let state = Registration::first_state(&needs, &asked.matter);
        let mut r = Registration {
            id: RegistrationId(clock::ordered_id()),
            head: Head::new(state, &m, None),
            // The person who is invited has a number from now on, and an account when the secret is set.
            account: about.or_else(|| asked.matter.ends_with_link().then(|| AccountId(clock::ordered_id()))),
            matter: asked.matter,
            org: asked.org,
            subject: asked.subject,
            changes: asked.changes,
            reason: asked.reason,
            asked_by: actor.account,
            asked_name: actor.name.clone(),
            asked_role: actor.role,
            asked_at: m.now,
            needs,
            answered_by: None,
            answered_name: None,
            answer: None,
            link: None,
            code: None,
            wrong_codes: 0,
        };
        if !asked.files.is_empty() {
            tie_files(&work, &permit.follow(r.id.0), Noun::Registration, None, &asked.files, "letter").await?;
        }
        if state == RegistrationState::Done {
            carry_out(&work, &permit.follow(r.id.0), &mut r, &m).await?;
        }
        noun::insert(&work, &permit.follow(r.id.0), &r, &m.calendar).await?;
        let event = told_of(&r, "proposal").because(r.reason.clone()).changed(r.changes.clone());
        work.commit(&permit, event).await?;
        Ok(r)
    }

    /// What can't be asked for now, told before anybody has to answer.
    async fn ensure_askable(&self, work: &Work, asked: &Asked, org: &Organisation) -> Result<()> {
        match &asked.matter {
            Matter::Invitation(who) => {
                office::ensure_fits(who.role, org, &store::account::roles_of(work, org.id, None).await?)?;
            }
            Matter::Role(role) => {
                let about = asked.account.as_ref().map(|a| a.id);
                ensure(!asked.changes.is_empty(), "nothing_changed")?;
                office::ensure_fits(*role, org, &store::account::roles_of(work, org.id, about).await?)?;
            }
            Matter::Name(_) | Matter::Organisation(_) | Matter::BankAccount { .. } => {
                ensure(!asked.changes.is_empty(), "nothing_changed")?;
            }
            Matter::Suspension => ensure(asked.account.as_ref().is_some_and(|a| a.active), "account_suspended")?,
            Matter::Restoration => ensure(asked.account.as_ref().is_some_and(|a| !a.active), "account_active")?,
            Matter::Reset | Matter::Keyholder(_) | Matter::Signatory(_) => {}
        }
        let about = match &asked.account {
            Some(a) => noun::Filter::is("account_id", a.id.0),
            None => noun::Filter::is("org_id", org.id.0),
        };
        let open = [RegistrationState::Proposed, RegistrationState::Agreed].map(|s| s.id().into()).to_vec();
        let filters = [about, noun::Filter::is("kind", asked.matter.kind()), noun::Filter::In("state", open)];
        let same: Vec<Registration> = noun::read_by(work, &filters).await?;
        let email = |r: &Registration| r.invited().map(|i| i.email.clone());
        let wanted = match &asked.matter {
            Matter::Invitation(who) => Some(who.email.clone()),
            _ => None,
        };
        ensure(!same.iter().any(|r| email(r) == wanted), "registration_open")?;
        Ok(())
    }

    pub async fn registration(&self, actor: &Actor, id: RegistrationId) -> Result<Registration> {
        let r: Registration = noun::find(&self.db, id.0).await?.ok_or(Error::Missing)?;
        policy::see_registration(actor, &r)?;
        Ok(r)
    }

    /// What was registered of an account or an organisation, the newest first, as far as the actor may see it.
    pub async fn registrations_about(&self, actor: &Actor, filter: noun::Filter) -> Result<Vec<Registration>> {
        let found: Listed<Registration> = noun::list(&self.db, &[filter], Page::first(100)).await?;
        Ok(found.items.into_iter().filter(|r| policy::see_registration(actor, r).is_ok()).collect())
    }

    pub async fn confirm_registration(&self, actor: &Actor, id: RegistrationId, _form: Plain) -> Result<Registration> {
        let seen = self.registration(actor, id).await?;
        self.answer(actor, id, seen.yes(), None).await
    }

    pub async fn refuse_registration(&self, actor: &Actor, id: RegistrationId, form: Reason) -> Result<Registration> {
        self.answer(actor, id, RegistrationAct::Refuse, Some(form.reason)).await
    }

    pub async fn withdraw_registration(&self, actor: &Actor, id: RegistrationId, form: Reason) -> Result<Registration> {
        self.answer(actor, id, RegistrationAct::Withdraw, Some(form.reason)).await
    }

    async fn answer(
        &self,
        actor: &Actor,
        id: RegistrationId,
        act: RegistrationAct,
        reason: Option<String>,
    ) -> Result<Registration> {
        let work = self.begin(actor).await?;
        let mut r: Registration = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::on_registration(actor, &r, act)?;
        r.may(act)?;
        let from = r.head.state;
        r.head.enter(from.step(act)?.to, &m, None);
        (r.answered_by, r.answered_name, r.answer) = (Some(actor.account), Some(actor.name.clone()), reason.clone());
        if act == RegistrationAct::Withdraw {
            (r.link, r.code) = (None, None);
        }
        if act == RegistrationAct::Confirm {
            carry_out(&work, &permit, &mut r, &m).await?;
        }
        noun::save(&work, &permit, &mut r, &m.calendar).await?;
        let event = told_of(&r, act.id()).moved(from.id(), r.head.state.id()).because(reason);
        work.commit(&permit, event).await?;
        Ok(r)
    }
}

pub(in crate::app) fn told_of(r: &Registration, act: &'static str) -> Event {
    let event = Event::new(Noun::Registration, act, r.id.0, Visibility::Bureau).of(r.org).fact("kind", r.matter.kind());
    match (&r.matter, r.account) {
        (Matter::Invitation(who), _) => event.fact("role", who.role),
        (_, Some(account)) => event.fact("account", account),
        _ => event,
    }
}

/// What is known of the organisation and its people that decides whose word is needed.
async fn ties(work: &Work, asked: &Asked) -> Result<office::Ties> {
    let about = asked.account.as_ref().map(|a| a.id);
    let roles = store::account::roles_of(work, asked.org, about).await?;
    let bids: Vec<Bid> = noun::read_by(work, &[noun::Filter::is("org_id", asked.org.0)]).await?;
    let mut other_oversight = false;
    for role in [Role::Supervisor, Role::Auditor] {
        other_oversight |= store::account::active_of(work, role).await?.iter().any(|a| Some(*a) != about);
    }
    Ok(office::Ties {
        org: asked.org,
        has_speaker: roles.iter().any(|r| office::speaks(*r)),
        live_bid: bids.iter().any(|b| !b.head.state.is_end()),
        other_oversight,
    })
}

/// The console sets up the first people; once there is a head and a supervisor, they have their word.
pub(in crate::app) async fn console_is_open(work: &Work) -> Result<()> {
    let head = !store::account::active_of(work, Role::Head).await?.is_empty();
    let supervisor = !store::account::active_of(work, Role::Supervisor).await?.is_empty();
    ensure(!(head && supervisor), "console_closed")?;
    Ok(())
}

impl App {
    /// The people of an organisation, suspended ones too.
    pub async fn people_of(&self, actor: &Actor, org: OrgId) -> Result<(Organisation, Vec<Account>)> {
        policy::see_people(actor, org)?;
        let found = store::account::org(&self.db, org).await?.ok_or(Error::Missing)?;
        let filters = [noun::Filter::is("org_id", org.0)];
        Ok((found, store::account::list(&self.db, &filters, Page::first(200)).await?.items))
    }

    /// One account, as its organisation, the administrator and those who oversee see it.
    pub async fn account(&self, actor: &Actor, id: AccountId) -> Result<(Account, Organisation)> {
        let account = store::account::find(&self.db, id).await?.ok_or(Error::Missing)?;
        policy::see_people(actor, account.org)?;
        let org = store::account::org(&self.db, account.org).await?.ok_or(Error::Missing)?;
        Ok((account, org))
    }
}
