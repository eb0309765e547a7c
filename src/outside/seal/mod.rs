//! Sealing and opening, JB-SEAL-1: ciphers, keys and files behind `domain::seal`. Nothing here asks a network or a clock.
//!
//! ```text
//! ContentKey -> one per envelope --HKDF--> item key -> chunks (stream)
//!      \--HPKE, nested, once a quorum--> wraps
//! passphrase --PBKDF2--> box around a keyholder's private key (KeyFile) or a team's content keys (Spare)
//! ```
mod bundle;
mod keyring;
mod passbox;
mod rest;
mod secret;
mod stream;
mod vault;
mod wrap;

pub use bundle::{Bundle, Input, InputFile, Made, Sink, seal_to};
pub use keyring::{KeyFile, Spare};
pub use passbox::{ITERATIONS, PASSPHRASE_LEAST, PassBox};
pub use rest::{FileKey, FileOpener, FileSealer};
pub use secret::{ContentKey, PrivateKey, random};
pub use stream::{ItemOpener, ItemSealer, Opened, SealedItem};
pub use vault::Vault;
pub use wrap::{Drill, finish, peel, wrap_all};

#[cfg(test)]
mod tests;
