//! Who a document names: organisations and people by id, as they are called on the day it is written.
use super::super::{Account, AccountId, OrgId, Organisation};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct Who {
    /// The bureau that issues.
    pub office: String,
    orgs: BTreeMap<OrgId, Organisation>,
    accounts: BTreeMap<AccountId, Account>,
}

impl Who {
    pub fn new(office: String, orgs: Vec<Organisation>, accounts: Vec<Account>) -> Self {
        Self {
            office,
            orgs: orgs.into_iter().map(|o| (o.id, o)).collect(),
            accounts: accounts.into_iter().map(|a| (a.id, a)).collect(),
        }
    }
    pub fn org(&self, id: OrgId) -> String {
        self.orgs.get(&id).map(|o| o.name.clone()).unwrap_or_default()
    }
    pub fn organisation(&self, id: OrgId) -> Option<&Organisation> {
        self.orgs.get(&id)
    }
    pub fn person(&self, id: AccountId) -> String {
        self.accounts.get(&id).map(|a| a.name.clone()).unwrap_or_default()
    }
    /// The organisation of a person.
    pub fn unit(&self, id: AccountId) -> String {
        self.accounts.get(&id).map(|a| self.org(a.org)).unwrap_or_default()
    }
}
