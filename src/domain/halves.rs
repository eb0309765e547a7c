//! Acts with two halves: what one person or party begins another completes, and neither does both (domain 5.12). One list for those
//! who check the record and for the tests that try each of them many times at once.

/// How it is seen that the halves are not one person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Both are told of the same thing: the record's checker compares who did them.
    SameThing,
    /// The first half is told of another thing, or is one of several: the checks of that noun compare.
    OwnCheck,
    /// Each party does its own half under the same act.
    BothSides,
}

/// A second half, and all that must have been done before it by somebody else.
#[derive(Clone, Copy, Debug)]
pub struct Halves {
    pub second: &'static str,
    pub firsts: &'static [&'static str],
    pub kept: Kept,
}

const fn same(second: &'static str, firsts: &'static [&'static str]) -> Halves {
    Halves { second, firsts, kept: Kept::SameThing }
}

const fn own(second: &'static str, firsts: &'static [&'static str]) -> Halves {
    Halves { second, firsts, kept: Kept::OwnCheck }
}

const fn sides(second: &'static str, firsts: &'static [&'static str]) -> Halves {
    Halves { second, firsts, kept: Kept::BothSides }
}

pub const HALVES: &[Halves] = &[
    same("challenge.screening", &["challenge.creation"]),
    same("challenge.screening-approval", &["challenge.screening"]),
    same("challenge.screening-refusal", &["challenge.creation"]),
    same("challenge.screening-refusal-confirmation", &["challenge.screening-refusal"]),
    same("challenge.edit-consent", &["challenge.edit-proposal"]),
    same("challenge.opening-confirmation", &["challenge.opening"]),
    same("challenge.price-opening-confirmation", &["challenge.price-opening"]),
    same("challenge.spare-window-confirmation", &["challenge.spare-window"]),
    same("challenge.panel-draw", &["challenge.panel"]),
    same("challenge.panel-return", &["challenge.panel"]),
    same("challenge.withdrawal-decision", &["challenge.withdrawal-request"]),
    same("challenge.withdrawal", &["challenge.withdrawal-decision"]),
    same("challenge.cancellation", &["challenge.cancellation-proposal"]),
    same("challenge.amendment-release", &["challenge.amendment-proposal"]),
    same("challenge.amendment-consent", &["challenge.amendment-proposal"]),
    same("challenge.amendment-check", &["challenge.amendment-proposal"]),
    same("challenge.amendment", &["challenge.amendment-proposal", "challenge.amendment-consent", "challenge.amendment-check"]),
    same("bid.validation", &["bid.form-check"]),
    same("bid.form-rejection", &["bid.form-check"]),
    same("bid.form-check-return", &["bid.form-check"]),
    same("contract.revocation", &["contract.revocation-notice"]),
    same("instalment.check", &["instalment.request"]),
    same("instalment.approval", &["instalment.check", "instalment.request"]),
    same("instalment.fiscal-payment", &["instalment.approval"]),
    own("notice.publication", &["challenge.award-decision"]),
    own("objection.joining", &["objection.investigation"]),
    own("objection.upholding", &["objection.acceptance", "objection.joining"]),
    own("objection.partial-upholding", &["objection.acceptance", "objection.joining"]),
    own("objection.dismissal", &["objection.acceptance", "objection.joining"]),
    own("integrity.entry", &["integrity.proposal"]),
    sides("talk.confirmation", &["talk.minute"]),
    sides("contract.agreement", &["contract.agreement"]),
    sides("contract.signature", &["contract.signature"]),
    sides("change.consent", &["change.asking"]),
    sides("change.supplement", &["change.supplement"]),
];

/// Acts that took one person until entries came to be told in their second version: what stands in the first is held to the
/// rules of its time.
pub const ONCE_ALONE: &[&str] = &["challenge.amendment", "challenge.withdrawal", "challenge.cancellation", "contract.revocation"];

/// The halves of which the checker of the record compares the persons.
pub fn compared() -> impl Iterator<Item = &'static Halves> {
    HALVES.iter().filter(|h| h.kept == Kept::SameThing)
}
