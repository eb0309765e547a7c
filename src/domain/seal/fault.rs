//! What can be wrong with something sealed, by name.
use super::Part;

/// Each names the thing and the place, so that a ceremony can say which holder or which file, and go on with the rest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    #[error("this is no {what}: {why}")]
    Not { what: &'static str, why: String },
    #[error("the file was changed or damaged: its own checksum does not fit")]
    DamagedFile,
    #[error("wrong passphrase")]
    WrongPassphrase,
    #[error("the passphrase is too short: at least {least} characters")]
    ShortPassphrase { least: usize },
    #[error("the roster breaks a rule: {0}")]
    BadRoster(&'static str),
    #[error("sealed to another roster: {found}, and the challenge has {expected}")]
    WrongRoster { expected: String, found: String },
    #[error("this key is none of the challenge's keyholders")]
    NotAKeyholder,
    #[error("the wrap for keyholders {holders:?} is damaged at keyholder {holder}")]
    DamagedWrap { holders: Vec<u8>, holder: u8 },
    #[error("{have} keyholders are here, {need} are needed")]
    TooFewHolders { have: usize, need: usize },
    #[error("the key that came out is not the key the envelope {0:?} commits to")]
    WrongKey(Part),
    #[error("envelope {0:?} was changed: its hash is not the one on the receipt")]
    ChangedEnvelope(Part),
    #[error("envelope {part:?}, item {item}: chunk {chunk} was changed")]
    ChangedChunk { part: Part, item: usize, chunk: u32 },
    #[error("envelope {part:?}, item {item} was changed: its hash does not fit")]
    ChangedItem { part: Part, item: usize },
    #[error("envelope {part:?}: in the place of item {item} lies item {found}")]
    ItemOrder { part: Part, item: usize, found: usize },
    #[error("envelope {part:?}, item {item} has {found} bytes instead of {expected}")]
    WrongSize { part: Part, item: usize, expected: u64, found: u64 },
    #[error("the manifest of envelope {part:?} does not fit its contents: {why}")]
    BadManifest { part: Part, why: String },
    #[error("for bid {expected}, and this is for {found}")]
    WrongBid { expected: String, found: String },
    #[error("the sealed file ends too early")]
    Cut,
    #[error("something follows the end of the sealed file")]
    Trailing,
    #[error("reading or writing failed: {0}")]
    Io(String),
}

impl SealFault {
    pub fn not(what: &'static str, why: impl ToString) -> Self {
        Self::Not { what, why: why.to_string() }
    }

    /// Its name where codes are kept: the record, the catalogues, the exit of an interface.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Not { .. } => "seal_format",
            Self::DamagedFile => "seal_file_damaged",
            Self::WrongPassphrase => "seal_wrong_passphrase",
            Self::ShortPassphrase { .. } => "seal_short_passphrase",
            Self::BadRoster(_) => "seal_bad_roster",
            Self::WrongRoster { .. } => "seal_wrong_roster",
            Self::NotAKeyholder => "seal_not_a_keyholder",
            Self::DamagedWrap { .. } => "seal_damaged_wrap",
            Self::TooFewHolders { .. } => "seal_too_few_holders",
            Self::WrongKey(_) => "seal_wrong_key",
            Self::ChangedEnvelope(_) => "seal_changed_envelope",
            Self::ChangedChunk { .. } => "seal_changed_chunk",
            Self::ChangedItem { .. } => "seal_changed_item",
            Self::ItemOrder { .. } => "seal_item_order",
            Self::WrongSize { .. } => "seal_wrong_size",
            Self::BadManifest { .. } => "seal_bad_manifest",
            Self::WrongBid { .. } => "seal_wrong_bid",
            Self::Cut => "seal_cut",
            Self::Trailing => "seal_trailing",
            Self::Io(_) => "seal_io",
        }
    }
}

impl From<std::io::Error> for SealFault {
    fn from(e: std::io::Error) -> Self {
        match e.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Cut,
            _ => Self::Io(e.to_string()),
        }
    }
}
