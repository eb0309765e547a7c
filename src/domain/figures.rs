//! The county in figures: money by year and by industry, and what counts as its expenditure on R&D (domain 4.12).
use super::*;
use std::collections::BTreeMap;

/// Turnover of one account in one year, over the contracts of one industry; in fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turnover {
    /// Id of the industry (4+6+N).
    pub chain: String,
    pub year: i64,
    pub line: TrialLine,
}

/// Contracts that took effect in one year, in one industry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    pub chain: String,
    pub year: i64,
    pub contracts: i64,
    /// What the bidders bring themselves.
    pub own_fen: Money,
}

/// What is summed up of a year or an industry. Pairs are the county's money and the enterprises'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub contracts: i64,
    pub promised: [Money; 2],
    pub own: Money,
    pub paid: [Money; 2],
    pub accounted: [Money; 2],
    /// Of what was paid: given back or clawed back.
    pub returned: [Money; 2],
}

impl Sums {
    fn add(self, x: Self) -> Option<Self> {
        let pair = |a: [Money; 2], b: [Money; 2]| Some([a[0].checked_add(b[0])?, a[1].checked_add(b[1])?]);
        Some(Self {
            contracts: self.contracts.checked_add(x.contracts)?,
            promised: pair(self.promised, x.promised)?,
            own: self.own.checked_add(x.own)?,
            paid: pair(self.paid, x.paid)?,
            accounted: pair(self.accounted, x.accounted)?,
            returned: pair(self.returned, x.returned)?,
        })
    }

    /// How much other money each yuan of the county brings, in hundredths; none without county money.
    pub fn leverage(&self) -> Option<i64> {
        let other = i128::from(self.promised[1].as_fen()) + i128::from(self.own.as_fen());
        let county = i128::from(self.promised[0].as_fen());
        (county > 0).then(|| i64::try_from(other * 100 / county).ok()).flatten()
    }
}

/// Sums of a cell: what came as far as each station within it.
fn sums_of(lines: &[TrialLine]) -> Sums {
    let book = Books::new(Money::default(), Money::default(), lines.iter().copied());
    let of = |account| [Channel::Fiscal, Channel::Enterprise].map(|c| book.reached(c, account));
    // What leaves a commitment is a debit of it: the rest is what stays promised.
    let promised = [Channel::Fiscal, Channel::Enterprise].map(|c| book.balance(c, LedgerAccount::Commitment));
    let (paid, accounted) = (of(LedgerAccount::Paid), of(LedgerAccount::Accounted));
    let returned = [Channel::Fiscal, Channel::Enterprise].map(|c| book.given_back(c));
    Sums { promised, paid, accounted, returned, ..Sums::default() }
}

/// The county's figures, by year and by industry, each in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    pub years: BTreeMap<i64, Sums>,
    pub chains: BTreeMap<String, Sums>,
    pub all: Sums,
}

/// Sums up; `year` narrows the industries to one year. `None` when a sum is too great.
pub fn overview(turnover: &[Turnover], begun: &[Begun], year: Option<i64>) -> Option<Overview> {
    let mut cells: BTreeMap<(i64, &str), Vec<TrialLine>> = BTreeMap::new();
    for t in turnover {
        cells.entry((t.year, &t.chain)).or_default().push(t.line);
    }
    let mut parts: Vec<(i64, &str, Sums)> = cells.iter().map(|((y, c), lines)| (*y, *c, sums_of(lines))).collect();
    let of_begun = |b: &Begun| Sums { contracts: b.contracts, own: b.own_fen, ..Sums::default() };
    parts.extend(begun.iter().map(|b| (b.year, b.chain.as_str(), of_begun(b))));
    let mut out = Overview::default();
    for (y, chain, sums) in parts {
        let own = out.years.entry(y).or_default();
        *own = own.add(sums)?;
        out.all = out.all.add(sums)?;
        if year.is_none_or(|only| only == y) {
            let own = out.chains.entry(chain.to_owned()).or_default();
            *own = own.add(sums)?;
        }
    }
    Some(out)
}

/// Lines of spending of one kind in one year, summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    pub source: String,
    pub class: String,
    /// Spent inside the county.
    pub in_county: bool,
    /// The unit that spent it is at home in the county.
    pub home: bool,
    pub fen: Money,
}

/// Internal expenditure on R&D of one class, in fen, by source: county, enterprise, own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RdLine {
    pub class: String,
    pub sources_fen: [Money; 3],
    pub total_fen: Money,
    /// Of the total: spent inside the county, by units at home there and by others. Only this enters the county's figure.
    pub county_home_fen: Money,
    pub county_others_fen: Money,
}

/// Classes that are somebody else's internal expenditure.
pub const EXTERNAL: &str = "outsourcing";

/// Internal expenditure by class; what is handed to others is told apart, it counts where it is spent.
pub fn rd_lines(spent: &[Spent]) -> Option<(Vec<RdLine>, Money)> {
    let mut lines: BTreeMap<&str, RdLine> = BTreeMap::new();
    let mut external = Money::default();
    for s in spent {
        if s.class == EXTERNAL {
            external = external.checked_add(s.fen)?;
            continue;
        }
        let line = lines.entry(&s.class).or_insert_with(|| RdLine { class: s.class.clone(), ..RdLine::default() });
        if let Some(n) = SPENDING_SOURCES.iter().position(|x| *x == s.source) {
            line.sources_fen[n] = line.sources_fen[n].checked_add(s.fen)?;
        }
        line.total_fen = line.total_fen.checked_add(s.fen)?;
        if s.in_county {
            let own = if s.home { &mut line.county_home_fen } else { &mut line.county_others_fen };
            *own = own.checked_add(s.fen)?;
        }
    }
    let in_order = SPENDING_CLASSES.iter().filter_map(|c| lines.remove(c)).collect::<Vec<_>>();
    Some((in_order.into_iter().chain(lines.into_values()).collect(), external))
}

/// What a firm paid to developers in one year: its external R&D. Where the contract is registered, 80 % of it may be deducted
/// (财税〔2015〕119号; the developer does not deduct).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commissioned {
    pub firm: OrgId,
    pub name: String,
    pub paid_fen: Money,
    pub registered_fen: Money,
}

/// Hundredths of a percent of commissioned R&D that the client may deduct.
pub const DEDUCTIBLE_BP: i64 = 8_000;

impl Commissioned {
    pub fn deductible_fen(&self) -> Money {
        Money::fen(
            i64::try_from(i128::from(self.registered_fen.as_fen()) * i128::from(DEDUCTIBLE_BP) / 10_000).unwrap_or(i64::MAX),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(chain: &str, year: i64, account: LedgerAccount, debit: i64, credit: i64) -> Turnover {
        let line = TrialLine { channel: Channel::Fiscal, account, debit_fen: Money::fen(debit), credit_fen: Money::fen(credit) };
        Turnover { chain: chain.into(), year, line }
    }

    #[test]
    fn years_and_industries_sum_up_to_the_whole_and_a_taken_back_payment_counts_in_its_own_year() {
        use LedgerAccount as A;
        let turnover = [
            turn("glass", 2026, A::Commitment, 0, 100),
            turn("glass", 2026, A::Promised, 100, 60),
            turn("glass", 2026, A::Unlocked, 60, 60),
            turn("glass", 2026, A::Paid, 60, 40),
            turn("glass", 2026, A::Received, 40, 10),
            turn("glass", 2026, A::Accounted, 10, 0),
            // The payment that never arrived is taken back in the next year, and made again to less.
            turn("glass", 2027, A::Paid, 5, 20),
            turn("glass", 2027, A::Unlocked, 20, 5),
            turn("casting", 2027, A::Commitment, 0, 30),
            turn("casting", 2027, A::Promised, 30, 0),
        ];
        let begun = [Begun { chain: "glass".into(), year: 2026, contracts: 1, own_fen: Money::fen(50) }];
        let all = overview(&turnover, &begun, None).unwrap();
        let fen = |n| [Money::fen(n), Money::default()];
        assert_eq!(
            all.years[&2026],
            Sums { contracts: 1, promised: fen(100), own: Money::fen(50), paid: fen(60), accounted: fen(10), ..Sums::default() }
        );
        assert_eq!((all.years[&2027].promised, all.years[&2027].paid), (fen(30), fen(-15)));
        assert_eq!((all.chains["glass"].paid, all.chains["casting"].promised, all.all.promised), (fen(45), fen(30), fen(130)));
        assert_eq!(overview(&turnover, &begun, Some(2026)).unwrap().chains.keys().collect::<Vec<_>>(), ["glass"]);
        assert_eq!((all.years[&2026].leverage(), Sums::default().leverage()), (Some(50), None));
    }

    #[test]
    fn what_is_handed_to_others_is_not_internal_and_only_what_is_spent_at_home_enters_the_county_s_figure() {
        let s = |source: &str, class: &str, in_county, home, fen| Spent {
            source: source.into(),
            class: class.into(),
            in_county,
            home,
            fen: Money::fen(fen),
        };
        let spent = [
            s("county", "materials", true, false, 7),
            s("own", "materials", true, true, 3),
            s("enterprise", "materials", false, false, 100),
            s("enterprise", "outsourcing", true, true, 1000),
            s("enterprise", "labour", true, true, 5),
        ];
        let (lines, external) = rd_lines(&spent).unwrap();
        assert_eq!(external, Money::fen(1000));
        assert_eq!(lines.iter().map(|l| l.class.as_str()).collect::<Vec<_>>(), ["materials", "labour"]);
        assert_eq!(lines[0].sources_fen, [Money::fen(7), Money::fen(100), Money::fen(3)]);
        assert_eq!(
            (lines[0].total_fen, lines[0].county_home_fen, lines[0].county_others_fen),
            (Money::fen(110), Money::fen(3), Money::fen(7))
        );
        let c = Commissioned {
            firm: OrgId(Uuid::nil()),
            name: String::new(),
            paid_fen: Money::fen(900),
            registered_fen: Money::fen(501),
        };
        assert_eq!(c.deductible_fen(), Money::fen(400));
    }
}
