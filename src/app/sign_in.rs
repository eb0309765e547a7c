//! Signing in, and what slows down guessing. A try is counted before the password is looked at, in one statement of the database, so
//! that many at once, on one node or on several, are many tries.
use super::account::Fresh;
use super::*;
use crate::domain::forms::SignIn;
use crate::domain::limits::{TRIES, TRIES_OF_ADDRESS};
use crate::domain::origin;
use store::session as kept;

/// From where a password comes: the address, and the token of the device, if it has shown one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whence<'a> {
    pub address: &'a str,
    pub device: Option<&'a str>,
}

impl Whence<'_> {
    fn device_sha256(&self) -> Option<String> {
        self.device.filter(|d| d.len() == 64).map(|d| hash::sha256_hex(d.as_bytes()))
    }
}

/// What a try is counted under; given back when the password was right.
struct Counted {
    own: String,
    address: Option<String>,
}

impl App {
    /// Signs in. A wrong e-mail costs the same time as a wrong password. A device on which this account signed in before has a
    /// count of its own: nobody who guesses, wherever, keeps an owner out.
    pub async fn sign_in(&self, form: &SignIn, whence: Whence<'_>, kind: &str, label: &str) -> Result<Fresh> {
        let found = store::account::by_email(&self.db, &form.email).await?;
        let account = found.as_ref().map(|(account, _)| account.id);
        let counted = self.count_try(&form.email, account, whence, true).await?;
        let stored = found.as_ref().map_or_else(|| account::DUMMY.to_owned(), |(_, hash)| hash.clone());
        let right = self.verify(form.password.clone(), stored).await?;
        match found {
            Some((account, _)) if right && account.active => {
                self.give_back(&counted).await?;
                let device = self.remember_device(&account, whence, kind).await?;
                let fresh = self.open_session(account, kind, label, clock::wall()).await?;
                Ok(Fresh { device, ..fresh })
            }
            _ => Err(Refusal::new("wrong_sign_in").at("password").into()),
        }
    }

    /// The password of somebody who is signed in, asked once more: slowed as signing in is, and counted with it.
    pub(in crate::app) async fn own_password(
        &self,
        account: &Account,
        whence: Whence<'_>,
        password: String,
        field: &'static str,
    ) -> Result<()> {
        let (_, stored) = store::account::by_email(&self.db, &account.email).await?.ok_or(Error::Missing)?;
        let counted = self.count_try(&account.email, Some(account.id), whence, false).await?;
        if !self.verify(password, stored).await? {
            return Err(Refusal::new("wrong_password").at(field).into());
        }
        self.give_back(&counted).await
    }

    /// Reserves a try, or says how long to wait.
    async fn count_try(&self, email: &str, of: Option<AccountId>, whence: Whence<'_>, strange: bool) -> Result<Counted> {
        if let (Some(device), Some(account)) = (whence.device_sha256(), of)
            && kept::knows_device(&self.db, account, &device).await?
        {
            let own = hash::sha256_hex(format!("{account}|device {device}").as_bytes());
            self.reserve_try(&own, TRIES.most).await?;
            return Ok(Counted { own, address: None });
        }
        let network = origin::network(whence.address);
        let own = hash::sha256_hex(format!("{email}|{network}").as_bytes());
        self.reserve_try(&own, TRIES.most).await?;
        let address = strange.then(|| hash::sha256_hex(network.as_bytes()));
        if let Some(address) = &address {
            self.reserve_try(address, TRIES_OF_ADDRESS.most).await?;
        }
        Ok(Counted { own, address })
    }

    async fn reserve_try(&self, key: &str, most: u64) -> Result<()> {
        let now = clock::wall();
        match kept::reserve_try(&self.db, key, most, now).await? {
            None => Ok(()),
            Some(until) => {
                let seconds = (until.duration_since(now).as_millis() + 999).div_euclid(1000).max(1);
                Err(Refusal::new("too_many_tries").with("seconds", seconds).into())
            }
        }
    }

    async fn give_back(&self, counted: &Counted) -> Result<()> {
        kept::forgive(&self.db, &counted.own).await?;
        if let Some(address) = &counted.address {
            kept::give_back(&self.db, address).await?;
        }
        Ok(())
    }

    /// A browser that has signed in is known from then on, by a token of its own; programs keep their API token instead.
    async fn remember_device(&self, account: &Account, whence: Whence<'_>, kind: &str) -> Result<Option<String>> {
        if kind != "session" {
            return Ok(None);
        }
        let permit = policy::own_account(&account.actor())?;
        let now = clock::wall();
        if let Some(known) = whence.device_sha256()
            && kept::is_device(&self.db, &known).await?
        {
            kept::know_device(&self.db, &permit, &known, now).await?;
            return Ok(None);
        }
        let token = account::random_secret();
        kept::know_device(&self.db, &permit, &hash::sha256_hex(token.as_bytes()), now).await?;
        Ok(Some(token))
    }
}
