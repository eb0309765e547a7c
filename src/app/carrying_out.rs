//! What was asked for and agreed is done: to accounts and organisations.
use crate::app::{Error, Result};
use crate::domain::policy::{FollowsFrom, KeepAccount, Permit};
use crate::domain::{Account, Keyholder, Matter, Moment, Registration, RegistrationAct, office};
use crate::store::{self, Work};

/// Does what was asked for and agreed.
pub(in crate::app) async fn carry_out(
    work: &Work,
    permit: &Permit<RegistrationAct>,
    r: &mut Registration,
    m: &Moment,
) -> Result<()> {
    match &r.matter {
        Matter::Invitation(_) | Matter::Reset => Ok(()),
        Matter::Suspension => of_account(work, permit, r, |a| a.active = false, true).await,
        Matter::Restoration => of_account(work, permit, r, |a| a.active = true, true).await,
        Matter::Role(role) => {
            let (role, now) = (*role, m.now);
            let org = store::account::lock_org(work, r.org).await?.ok_or(Error::Missing)?;
            office::ensure_fits(role, &org, &store::account::roles_of(work, org.id, r.account).await?)?;
            of_account(work, permit, r, |a| a.take_role(role, now), true).await
        }
        Matter::Name(name) => {
            let name = name.clone();
            of_account(work, permit, r, |a| a.name = name, false).await
        }
        Matter::Keyholder(public) => {
            let held = Keyholder::new(*public, m.now);
            of_account(work, permit, r, |a| a.keyholder = Some(held), false).await
        }
        Matter::Organisation(_) | Matter::BankAccount { .. } | Matter::Signatory(_) => {
            let mut org = store::account::lock_org(work, r.org).await?.ok_or(Error::Missing)?;
            org.take_over(&r.matter);
            Ok(store::account::save_org(work, &permit.follow(org.id.0), &mut org).await?)
        }
    }
}

async fn of_account(
    work: &Work,
    permit: &Permit<RegistrationAct>,
    r: &Registration,
    change: impl FnOnce(&mut Account),
    ends_sessions: bool,
) -> Result<()>
where
    KeepAccount: FollowsFrom<RegistrationAct>,
{
    let id = r.account.ok_or(Error::Missing)?;
    let mut account = store::account::lock(work, id).await?.ok_or(Error::Missing)?;
    change(&mut account);
    Ok(store::account::save(work, &permit.follow(id.0), &mut account, ends_sessions).await?)
}
