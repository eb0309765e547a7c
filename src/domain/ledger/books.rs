//! The book of one contract: what an act may move, worked out before it is written.
use super::*;
use std::collections::BTreeMap;

/// One line of an entry: a debit or a credit, never both, never nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    pub account: LedgerAccount,
    pub debit_fen: Money,
    pub credit_fen: Money,
}

impl Posting {
    fn debit(account: LedgerAccount, fen: Money) -> Self {
        Self { account, debit_fen: fen, credit_fen: Money::default() }
    }
    fn credit(account: LedgerAccount, fen: Money) -> Self {
        Self { account, debit_fen: Money::default(), credit_fen: fen }
    }
    /// The same line the other way round.
    fn counter(self) -> Self {
        Self { debit_fen: self.credit_fen, credit_fen: self.debit_fen, ..self }
    }
}

/// Balances of one contract, by channel and account, and what it holds of each channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    hold: BTreeMap<Channel, Money>,
    turnover: BTreeMap<(Channel, LedgerAccount), (Money, Money)>,
}

impl Books {
    /// `fiscal` and `enterprise` are what the contract holds of each channel.
    pub fn new(fiscal: Money, enterprise: Money, lines: impl IntoIterator<Item = TrialLine>) -> Self {
        let hold = BTreeMap::from([(Channel::Fiscal, fiscal), (Channel::Enterprise, enterprise)]);
        let turnover = lines.into_iter().map(|l| ((l.channel, l.account), (l.debit_fen, l.credit_fen))).collect();
        Self { hold, turnover }
    }

    /// What came back of a channel's money: returned or clawed back.
    pub fn given_back(&self, channel: Channel) -> Money {
        let back = [LedgerAccount::Returned, LedgerAccount::ClawedBack].map(|a| self.balance(channel, a));
        Money::sum(back).unwrap_or_default()
    }

    /// What stands on an account, on the side that is its own.
    pub fn balance(&self, channel: Channel, account: LedgerAccount) -> Money {
        let (debit, credit) = self.turnover.get(&(channel, account)).copied().unwrap_or_default();
        let (own, other) = if account == LedgerAccount::Commitment { (credit, debit) } else { (debit, credit) };
        own.checked_sub(other).unwrap_or_default()
    }

    /// All that has come as far as an account: the Σ of the invariants.
    pub fn reached(&self, channel: Channel, account: LedgerAccount) -> Money {
        Money::sum(account.and_behind().iter().map(|a| self.balance(channel, *a))).unwrap_or_default()
    }

    pub fn holds(&self, channel: Channel) -> Money {
        self.hold.get(&channel).copied().unwrap_or_default()
    }

    /// How much may still leave an account; of the commitment, how much more the contract may promise.
    fn available(&self, channel: Channel, account: LedgerAccount) -> Money {
        match account {
            LedgerAccount::Commitment => {
                self.holds(channel).checked_sub(self.balance(channel, account)).unwrap_or_default().max(Money::default())
            }
            _ => self.balance(channel, account),
        }
    }

    /// The postings of an act, noted in the book; refused when the accounts it takes from do not have so much.
    pub fn write(&mut self, act: LedgerAct, channel: Channel, amount: Money) -> Result<Vec<Posting>, Refusal> {
        ensure(amount > Money::default(), "ledger_nothing")?;
        let Some((to, from)) = act.moves() else { return Err(Refusal::new("ledger_nothing")) };
        let (mut left, mut postings) = (amount, vec![Posting::debit(to, amount)]);
        for account in from {
            let part = left.min(self.available(channel, *account));
            if part > Money::default() {
                postings.push(Posting::credit(*account, part));
                left = left.checked_sub(part).unwrap_or_default();
            }
        }
        if left > Money::default() {
            let have = amount.checked_sub(left).unwrap_or_default();
            return Err(Refusal::new("ledger_short").with("have", have).with("amount", amount));
        }
        self.note(channel, &postings)?;
        Ok(postings)
    }

    /// The counter-entry of postings made before; refused when what they moved has moved on.
    pub fn reverse(&mut self, channel: Channel, made: &[Posting]) -> Result<Vec<Posting>, Refusal> {
        let counter: Vec<Posting> = made.iter().map(|p| p.counter()).collect();
        for p in &counter {
            // A debit to the commitment takes from it, as a credit takes from any account.
            let (taken, has) = match p.account {
                LedgerAccount::Commitment if p.debit_fen > Money::default() => (p.debit_fen, self.balance(channel, p.account)),
                _ => (p.credit_fen, self.available(channel, p.account)),
            };
            if taken > has {
                return Err(Refusal::new("ledger_short").with("have", has).with("amount", taken));
            }
        }
        self.note(channel, &counter)?;
        Ok(counter)
    }

    fn note(&mut self, channel: Channel, postings: &[Posting]) -> Result<(), Refusal> {
        let overflow = || Refusal::new("money_overflow");
        let mut after = self.turnover.clone();
        for p in postings {
            let (debit, credit) = after.entry((channel, p.account)).or_default();
            *debit = debit.checked_add(p.debit_fen).ok_or_else(overflow)?;
            *credit = credit.checked_add(p.credit_fen).ok_or_else(overflow)?;
        }
        self.turnover = after;
        Ok(())
    }

    /// Every line, in the order of the accounts.
    pub fn lines(&self) -> Vec<TrialLine> {
        let line = |((channel, account), (debit_fen, credit_fen)): (&(Channel, LedgerAccount), &(Money, Money))| TrialLine {
            channel: *channel,
            account: *account,
            debit_fen: *debit_fen,
            credit_fen: *credit_fen,
        };
        self.turnover.iter().map(line).collect()
    }

    /// What is wrong with the book, if anything: sides that differ, a balance below zero, a chain that does not descend.
    pub fn faults(&self) -> Vec<String> {
        let mut out = vec![];
        for channel in Channel::ALL {
            let own: Vec<TrialLine> = self.lines().into_iter().filter(|l| l.channel == *channel).collect();
            let (debit, credit) = (Money::sum(own.iter().map(|l| l.debit_fen)), Money::sum(own.iter().map(|l| l.credit_fen)));
            if debit != credit {
                out.push(format!("{}: {debit:?} ≠ {credit:?}", channel.id()));
            }
            let below = |a: &&LedgerAccount| self.balance(*channel, **a) < Money::default();
            out.extend(LedgerAccount::ALL.iter().filter(below).map(|a| format!("{} {} below zero", channel.id(), a.id())));
            use LedgerAccount as A;
            let chain = [A::Accounted, A::Received, A::Paid, A::Unlocked, A::Promised].map(|a| self.reached(*channel, a));
            if !chain.is_sorted() || chain.last() > Some(&self.holds(*channel)) {
                out.push(format!("{}: {chain:?} of {:?}", channel.id(), self.holds(*channel)));
            }
        }
        out
    }
}
