//! One-time links: given out by whoever agreed, with a code by whoever asked; the person sets their own secret by both.
use crate::app::account::{random_secret, random_words};
use crate::app::registration::{console_is_open, told_of};
use crate::app::{App, Error, Listed, Page, Result};
use crate::domain::forms::{InvitePerson, RegisterOrganisation, SetSecret};
use crate::domain::policy::{self, Denied, Permit};
use crate::domain::{
    Account, Actor, Matter, OneTime, Refusal, Registration, RegistrationAct, RegistrationId, Role, ensure, hash, office, password,
};
use crate::store::{self, Work, noun};

impl App {
    /// A fresh one-time link, in the clear this once; an older one of the same registration is void.
    pub async fn give_link(&self, actor: &Actor, id: RegistrationId) -> Result<(Registration, String)> {
        let token = random_secret();
        let kept = hash::sha256_hex(token.as_bytes());
        let r = self.give(actor, id, "link", policy::give_link, |r, one| (r.link, r.wrong_codes) = (Some(one), 0), kept).await?;
        Ok((r, token))
    }

    /// The other half: a code that the person types beside the link.
    pub async fn give_code(&self, actor: &Actor, id: RegistrationId) -> Result<(Registration, String)> {
        let code = random_words();
        let kept = hash::sha256_hex(code.replace('-', "").as_bytes());
        let r = self.give(actor, id, "code", policy::give_code, |r, one| (r.code, r.wrong_codes) = (Some(one), 0), kept).await?;
        Ok((r, code))
    }

    async fn give(
        &self,
        actor: &Actor,
        id: RegistrationId,
        what: &'static str,
        rule: fn(&Actor, &Registration) -> std::result::Result<Permit<RegistrationAct>, Denied>,
        keep: impl FnOnce(&mut Registration, OneTime),
        sha256: String,
    ) -> Result<Registration> {
        let work = self.begin(actor).await?;
        let mut r: Registration = noun::lock(&work, id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = rule(actor, &r)?;
        r.head.state.step(RegistrationAct::Accept)?;
        keep(&mut r, OneTime { sha256, given_at: m.now, given_by: actor.account });
        noun::save(&work, &permit, &mut r, &m.calendar).await?;
        work.commit(&permit, told_of(&r, what)).await?;
        Ok(r)
    }

    /// What a link is for, while it holds; whoever holds none learns nothing.
    pub async fn link(&self, token: &str) -> Result<Registration> {
        let sha256 = hash::sha256_hex(token.as_bytes());
        let found: Listed<Registration> =
            noun::list(&self.db, &[noun::Filter::is("link_sha256", sha256)], Page::first(1)).await?;
        let now = self.clock.now();
        found.items.into_iter().find(|r| r.link_holds(now)).ok_or_else(|| Refusal::new("link_void").into())
    }

    /// The holder of the link sets their own secret: an invited person's account is there from now on; after a reset every
    /// session and token of the account has ended.
    pub async fn accept_link(&self, token: &str, form: SetSecret) -> Result<Account> {
        let seen = self.link(token).await?;
        let person = self.person_of(&seen).await?;
        let org = store::account::org(&self.db, seen.org).await?.ok_or(Error::Missing)?;
        let own = password::own_words(&person.email, &person.name, &org.name);
        let sha256 = hash::sha256_hex(token.as_bytes());
        let code = form.code.unwrap_or_default();
        self.take_code(&seen, &sha256, &person, &code).await?;
        password::check(&form.new_password, &own).map_err(|r| r.at("new_password"))?;
        let hashed = self.hash_password(form.new_password).await?;
        let work = self.begin(&person.actor()).await?;
        let mut r: Registration = noun::lock(&work, seen.id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::hold_link(&r, &sha256, &person)?;
        ensure(r.link_holds(m.now), "link_void")?;
        r.take_code(&code)?;
        if r.is_console() {
            console_is_open(&work).await?;
        }
        let account = self.set_secret(&work, &permit, &r, person, &hashed).await?;
        let from = r.head.state;
        r.head.enter(from.step(RegistrationAct::Accept)?.to, &m, None);
        (r.link, r.code) = (None, None);
        noun::save(&work, &permit, &mut r, &m.calendar).await?;
        work.commit(&permit, told_of(&r, RegistrationAct::Accept.id()).moved(from.id(), r.head.state.id())).await?;
        Ok(account)
    }

    async fn set_secret(
        &self,
        work: &Work,
        permit: &Permit<RegistrationAct>,
        r: &Registration,
        mut person: Account,
        hashed: &str,
    ) -> Result<Account> {
        if matches!(r.matter, Matter::Reset) {
            store::account::set_password(work, &permit.follow(person.id.0), hashed).await?;
            return Ok(person);
        }
        let org = store::account::lock_org(work, r.org).await?.ok_or(Error::Missing)?;
        office::ensure_fits(person.role, &org, &store::account::roles_of(work, org.id, None).await?)?;
        person.created_at = work.now().await?;
        match store::account::insert(work, &permit.follow(person.id.0), &person, hashed).await {
            Err(store::Error::Duplicate) => Err(Refusal::new("email_taken").into()),
            other => Ok(other.map(|()| person)?),
        }
    }

    /// A wrong code is counted, whatever becomes of the request.
    async fn take_code(&self, seen: &Registration, sha256: &str, person: &Account, code: &str) -> Result<()> {
        if seen.clone().take_code(code).is_ok() {
            return Ok(());
        }
        let work = self.begin(&person.actor()).await?;
        let mut r: Registration = noun::lock(&work, seen.id.0).await?.ok_or(Error::Missing)?;
        let m = self.moment(&work).await?;
        let permit = policy::hold_link(&r, sha256, person)?;
        let Err(wrong) = r.take_code(code) else { return Ok(()) };
        if wrong.code == "code_wrong" {
            noun::save(&work, &permit, &mut r, &m.calendar).await?;
            work.commit(&permit, told_of(&r, "wrong-code")).await?;
        }
        Err(wrong.into())
    }

    /// The account that is there, or the one that will be.
    async fn person_of(&self, r: &Registration) -> Result<Account> {
        let id = r.account.ok_or(Error::Missing)?;
        match r.invited() {
            None => store::account::find(&self.db, id).await?.ok_or(Error::Missing),
            Some(i) => Ok(Account {
                id,
                email: i.email.clone(),
                name: i.name.clone(),
                role: i.role,
                org: r.org,
                active: true,
                created_at: r.asked_at,
                version: 0,
                expert: i.expert.clone(),
                keyholder: None,
            }),
        }
    }
}

impl App {
    /// Somebody is let in from the console of a server that has no head or no supervisor yet. With a password the account is there
    /// at once; without, the token of a one-time link comes back. Whatever is refused is refused before anything is written.
    pub async fn let_in_at_console(
        &self,
        organisation: RegisterOrganisation,
        form: InvitePerson,
        password: Option<&str>,
    ) -> Result<Option<String>> {
        let system = Actor::system();
        policy::found(&system)?;
        let known = store::account::org_by_uscc(&self.db, &organisation.uscc).await?;
        let named = known.as_ref().map_or(organisation.name.as_str(), |o| &o.name);
        if let Some(password) = password {
            password::check(password, &password::own_words(&form.email, &form.name, named)).map_err(|r| r.at("password"))?;
        }
        if store::account::by_email(&self.db, &form.email).await?.is_some() {
            return Err(Refusal::new("email_taken").at("email").into());
        }
        for kind in [Role::Head, Role::Supervisor] {
            if store::account::of_role(&self.db, kind, 1).await?.is_empty() {
                break;
            }
            ensure(kind == Role::Head, "console_closed")?;
        }
        let org = match known {
            Some(org) => org,
            None => self.register_organisation(&system, organisation).await?,
        };
        let form = InvitePerson { organisation: org.id.0, ..form };
        if let Some(password) = password {
            self.create_account(&system, form, password).await?;
            return Ok(None);
        }
        let r = self.invite(&system, form).await?;
        Ok(Some(self.give_link(&system, r.id).await?.1))
    }
}
