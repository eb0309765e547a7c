//! Proving again who one is: what signing in asks, asked once more of the session that is in use.
use super::account::{Fresh, SignedIn, random_secret};
use super::*;
use crate::domain::forms::StepUp;

impl App {
    /// The password again. The session goes on under a fresh token: one that was copied before proves nothing, and is no
    /// session any more. Wrong tries are slowed as wrong sign-ins are, and count with them.
    pub async fn step_up(&self, who: &SignedIn, form: &StepUp, whence: sign_in::Whence<'_>) -> Result<Fresh> {
        let permit = policy::own_account(&who.account.actor())?;
        self.own_password(&who.account, whence, form.password.clone(), "password").await?;
        let (token, now) = (random_secret(), clock::wall());
        let token_sha256 = hash::sha256_hex(token.as_bytes());
        if store::session::prove(&self.db, &permit, who.session.id, &token_sha256, now).await? == 0 {
            return Err(Denied::SignIn.into());
        }
        let session = store::session::Session { proven_at: now, seen_at: now, ..who.session.clone() };
        Ok(Fresh { token, session, account: who.account.clone(), device: None })
    }
}
