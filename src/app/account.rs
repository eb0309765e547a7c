//! Accounts, organisations, sign-in. Passwords are argon2id; tokens are 256 random bits of which only the hash is stored.
use super::*;
use crate::domain::forms::*;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use jiff::{SignedDuration, Timestamp};
use rand::RngCore;
use store::session::Session;

/// A signed-in visitor: who, by which session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub account: Account,
    pub session: Session,
}

impl SignedIn {
    /// Who acts by this session, and whether they have proved it lately.
    pub fn actor(&self) -> Actor {
        Actor { proven: crate::domain::step_up::holds(self.session.proven_at, clock::wall()), ..self.account.actor() }
    }
}

/// A fresh token in the clear: shown once, to its owner.
pub struct Fresh {
    pub token: String,
    pub session: Session,
    pub account: Account,
    /// By which the browser is known from now on, where it was not yet.
    pub device: Option<String>,
}

impl App {
    pub(in crate::app) async fn open_session(
        &self,
        account: Account,
        kind: &str,
        label: &str,
        proven_at: Timestamp,
    ) -> Result<Fresh> {
        let permit = policy::own_account(&account.actor())?;
        let token = random_secret();
        let now = clock::wall();
        let session = Session {
            id: Uuid::new_v4(),
            account: account.id,
            kind: kind.into(),
            label: label.chars().take(120).collect(),
            at: now,
            seen_at: now,
            expires_at: now + lifetime(account.role, kind).1,
            proven_at,
        };
        store::session::insert(&self.db, &permit, &hash::sha256_hex(token.as_bytes()), &session).await?;
        Ok(Fresh { token, session, account, device: None })
    }

    /// Whose token this is, if it is a live one: idle and absolute limits by the server's clock.
    pub async fn recognise(&self, token: &str) -> Result<Option<SignedIn>> {
        let Some(session) = store::session::find(&self.db, &hash::sha256_hex(token.as_bytes())).await? else { return Ok(None) };
        let now = clock::wall();
        let Some(account) = store::account::find(&self.db, session.account).await?.filter(|a| a.active) else { return Ok(None) };
        let idle = lifetime(account.role, &session.kind).0;
        if now >= session.expires_at || now >= session.seen_at + idle {
            return Ok(None);
        }
        if now.duration_since(session.seen_at).as_secs() >= 60 {
            store::session::seen(&self.db, session.id, now).await?;
        }
        Ok(Some(SignedIn { account, session }))
    }

    pub async fn sessions(&self, actor: &Actor) -> Result<Vec<Session>> {
        Ok(store::session::of(&self.db, &policy::own_account(actor)?).await?)
    }

    /// Ends one session, or all but `except`.
    pub async fn sign_out(&self, actor: &Actor, id: Option<Uuid>, except: Option<Uuid>) -> Result<u64> {
        Ok(store::session::end(&self.db, &policy::own_account(actor)?, id, except).await?)
    }

    /// A new API token for one's own account: it proves nothing until it has been proved itself.
    pub async fn create_token(&self, actor: &Actor, label: &str) -> Result<Fresh> {
        policy::prove(actor, "account", "token")?;
        let account = store::account::find(&self.db, actor.account).await?.ok_or(Error::Missing)?;
        self.open_session(account, "token", label, Timestamp::UNIX_EPOCH).await
    }

    /// Changes one's own password; every session ends.
    pub async fn change_password(&self, actor: &Actor, whence: sign_in::Whence<'_>, form: ChangePassword) -> Result<()> {
        let permit = policy::own_account(actor)?;
        let account = store::account::find(&self.db, actor.account).await?.ok_or(Error::Missing)?;
        self.own_password(&account, whence, form.old_password, "old_password").await?;
        let org = store::account::org(&self.db, account.org).await?.ok_or(Error::Missing)?;
        let own = password::own_words(&account.email, &account.name, &org.name);
        password::check(&form.new_password, &own).map_err(|r| r.at("new_password"))?;
        let hashed = self.hash_password(form.new_password).await?;
        let work = self.begin(actor).await?;
        store::account::set_password(&work, &permit, &hashed).await?;
        work.commit(&permit, Event::new(Noun::Account, "password-change", actor.account.0, Visibility::Security)).await?;
        Ok(())
    }

    /// An expert's yearly word: fields, units, relations, and whether invitations are welcome now.
    pub async fn confirm_profile(&self, actor: &Actor, form: ConfirmProfile) -> Result<Account> {
        let permit = policy::own_account(actor)?;
        let work = self.begin(actor).await?;
        let mut account = store::account::lock(&work, actor.account).await?.ok_or(Error::Missing)?;
        let now = work.now().await?;
        let profile = account.expert.as_mut().ok_or(Denied::Hidden)?;
        let before = (profile.relations.clone(), profile.former_units.clone());
        profile.disciplines = known(words(Some(form.disciplines)), "disciplines", |c| codes::discipline(c).is_some())?;
        profile.industries = known(words(form.industries), "industries", |c| codes::industry(c).is_some())?;
        profile.former_units = names(form.former_units);
        profile.relations = form.relations;
        profile.away = form.away;
        profile.confirmed_at = Some(now);
        let nearer = before != (profile.relations.clone(), profile.former_units.clone());
        store::account::save_own(&work, &permit, &mut account).await?;
        let event = Event::new(Noun::Account, "profile", account.id.0, Visibility::Bureau).fact("away", form.away);
        work.commit(&permit, event).await?;
        if nearer {
            self.recheck_cases_of(account.id).await?;
        }
        Ok(account)
    }

    pub(in crate::app) async fn hash_password(&self, password: String) -> Result<String> {
        let _turn = self.hashing_turn().await?;
        let hashed =
            tokio::task::spawn_blocking(move || Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string()))
                .await;
        hashed.map_err(|e| Error::Failed(e.to_string()))?.map_err(|e| Error::Failed(e.to_string()))
    }

    pub(in crate::app) async fn verify(&self, password: String, stored: String) -> Result<bool> {
        let _turn = self.hashing_turn().await?;
        let checked = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&stored).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
        })
        .await;
        checked.map_err(|e| Error::Failed(e.to_string()))
    }

    /// Hashing takes 19 MiB and a core for a while: no more at once than there are cores, and nobody waits for ever.
    async fn hashing_turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>> {
        match tokio::time::timeout(std::time::Duration::from_secs(10), self.hashing.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Error::Busy),
        }
    }

    pub async fn register_organisation(&self, actor: &Actor, form: RegisterOrganisation) -> Result<Organisation> {
        let permit = policy::administer(actor)?;
        let of_name = [(form.uscc.to_string(), form.name.clone())];
        if let Some((uscc, name)) = self.of_same_names(&of_name).await?.into_iter().next().flatten().filter(|_| !form.same_name) {
            let same = Refusal::new("organisation_same_name").with("name", name).with("uscc", uscc);
            return Err(same.at("same_name").into());
        }
        let work = self.begin(actor).await?;
        let m = self.moment(&work).await?;
        let o = Organisation {
            id: OrgId(clock::ordered_id()),
            uscc: form.uscc,
            name: form.name,
            kind: form.kind,
            region: form.region,
            address: form.address,
            legal_representative: form.legal_representative,
            bank_name: form.bank_name,
            bank_account: form.bank_account,
            affiliates: form.affiliates.into_iter().map(|a| a.uscc).collect(),
            active: true,
            created_at: m.now,
            version: 0,
            size: form.size,
            signatories: vec![],
        };
        ensure(is_legal_person(&o.name), "not_legal_person").map_err(|r| r.at("name"))?;
        region::check(&o.region)?;
        match store::account::insert_org(&work, &permit, &o).await {
            Err(store::Error::Duplicate) => return Err(Refusal::new("organisation_there").at("uscc").into()),
            other => other?,
        }
        work.commit(
            &permit,
            Event::new(Noun::Organisation, "registration", o.id.0, Visibility::Bureau).of(o.id).fact("name", &o.name),
        )
        .await?;
        Ok(o)
    }

    /// For each credit code and name another registered organisation whose name looks like it, if there is one: code and name.
    pub async fn of_same_names(&self, names: &[(String, String)]) -> Result<Vec<Option<(String, String)>>> {
        let all = store::account::org_names(&self.db).await?;
        let all: Vec<(String, (String, String))> = all.into_iter().map(|o| (name::folded(&o.1), o)).collect();
        let other = |(uscc, name): &(String, String)| {
            let folded = name::folded(name);
            all.iter().find(|(f, (code, _))| *f == folded && code != uscc).map(|(_, o)| o.clone())
        };
        Ok(names.iter().map(other).collect())
    }

    /// An account as the console, the demo and tests make it, with a password at once: no door of a running server leads here.
    /// The same rules hold as for one who is invited.
    pub async fn create_account(&self, system: &Actor, form: InvitePerson, password: &str) -> Result<Account> {
        let permit = policy::found(system)?;
        let org = store::account::org(&self.db, OrgId(form.organisation))
            .await?
            .ok_or_else(|| Refusal::new("organisation_unknown").at("organisation"))?;
        let own = password::own_words(&form.email, &form.name, &org.name);
        password::check(password, &own).map_err(|r| r.at("password"))?;
        let hashed = self.hash_password(password.to_owned()).await?;
        let work = self.begin(system).await?;
        let m = self.moment(&work).await?;
        let a = account_of(form, org.id, m.now)?;
        office::ensure_fits(a.role, &org, &store::account::roles_of(&work, org.id, None).await?)?;
        match store::account::insert(&work, &permit, &a, &hashed).await {
            Err(store::Error::Duplicate) => return Err(Refusal::new("email_taken").at("email").into()),
            other => other?,
        }
        let event = Event::new(Noun::Account, "creation", a.id.0, Visibility::Bureau).of(org.id).fact("role", a.role);
        work.commit(&permit, event).await?;
        Ok(a)
    }
}

/// A hash nobody's password has: checked when the e-mail is unknown, so that both cost the same.
pub(in crate::app) const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Xq3eMKQxvN0sY2lVvJ0tqvQdR1dJd2m3b0FzQ1Z3Y0E";

/// Idle and absolute life of a session: staff 30 minutes and 12 hours, teams 8 hours and 7 days; tokens 90 days.
fn lifetime(role: Role, kind: &str) -> (SignedDuration, SignedDuration) {
    let hours = SignedDuration::from_hours;
    match (kind, role) {
        ("token", _) => (hours(24 * 90), hours(24 * 90)),
        (_, Role::Poster | Role::Bidder | Role::Expert) => (hours(8), hours(24 * 7)),
        _ => (SignedDuration::from_mins(30), hours(12)),
    }
}

/// Codes as typed in one line.
fn words(text: Option<String>) -> Vec<String> {
    let text = text.unwrap_or_default();
    text.split([',', '，', '、', ';', '；', ' ', '\n']).filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

/// At most three codes, each in the national list (domain 3.4).
fn known(codes: Vec<String>, field: &'static str, is: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    if let Some(bad) = codes.iter().find(|c| !is(c)) {
        return Err(Refusal::new("code_unknown").with("code", bad).at(field).into());
    }
    ensure(codes.len() <= 3, "codes_three").map_err(|r| r.at(field))?;
    Ok(codes)
}

/// Names, which may hold spaces, separated by marks or lines.
fn names(text: Option<String>) -> Vec<String> {
    let text = text.unwrap_or_default();
    text.split([',', '，', '、', ';', '；', '\n']).map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

pub(in crate::app) fn account_of(form: InvitePerson, org: OrgId, now: Timestamp) -> Result<Account> {
    let role = Role::parse(&form.role).ok_or_else(|| Refusal::new("role_unknown").at("role"))?;
    let disciplines = known(words(form.disciplines), "disciplines", |c| codes::discipline(c).is_some())?;
    let expert = (role == Role::Expert).then(|| ExpertProfile {
        kind: form.expert_kind.unwrap_or_else(|| "technical".into()),
        disciplines,
        region: form.region.unwrap_or_default(),
        title: form.title.unwrap_or_default(),
        former_units: names(form.former_units),
        industries: vec![],
        relations: vec![],
        away: false,
        confirmed_at: Some(now),
    });
    Ok(Account {
        id: AccountId(clock::ordered_id()),
        email: form.email,
        name: form.name,
        role,
        org,
        active: true,
        created_at: now,
        version: 0,
        expert,
        keyholder: None,
    })
}

/// Thirty-two random bytes, for a lot that nobody can choose.
pub(in crate::app) fn random_secret() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}

/// Three groups of four letters and digits without look-alikes: about 59 bits, for a code that dies after five wrong tries.
pub(in crate::app) fn random_words() -> String {
    random_letters(12, 4)
}

/// Four groups of five letters and digits without look-alikes: about 98 bits.
pub fn random_password() -> String {
    random_letters(20, 5)
}

fn random_letters(count: usize, group: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut bytes = vec![0u8; count];
    rand::rng().fill_bytes(&mut bytes);
    let chars: Vec<char> = bytes.iter().map(|b| char::from(LETTERS[usize::from(*b) % LETTERS.len()])).collect();
    chars.chunks(group).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}
