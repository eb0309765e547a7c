//! Lengths: padding hides them, and the chunk formula lets a server check them without a key.

/// Plaintext bytes of every chunk but the last.
pub const CHUNK: u64 = 64 * 1024;
/// AES-GCM's tag after each chunk.
pub const TAG: u64 = 16;
/// The content's true length stands before it, eight bytes, most significant first.
pub const PREFIX: u64 = 8;
/// Padded plaintexts are never shorter, so that all short ones look alike.
pub const LEAST: u64 = CHUNK;
/// Most bytes of a content: chunk counters are 32 bits, and nothing near it is ever asked for.
pub const MOST: u64 = 1 << 40;

/// Length of the padded plaintext for a content of `len` bytes: Padmé (Nikitin et al., PETS 2019, section 4) over the
/// prefix and the content, at most 12 % more.
pub fn padded(len: u64) -> u64 {
    padme((len + PREFIX).max(LEAST))
}

/// Rounds up so that the last E - S bits are zero, E = floor(log2 len), S = floor(log2 E) + 1.
fn padme(len: u64) -> u64 {
    let e = len.ilog2();
    let mask = (1u64 << (e - (e.ilog2() + 1))) - 1;
    (len + mask) & !mask
}

/// Chunks of a padded plaintext.
pub fn chunks(padded: u64) -> u64 {
    padded.div_ceil(CHUNK)
}

/// Ciphertext bytes of an item whose content has `len` bytes.
pub fn sealed(len: u64) -> u64 {
    let padded = padded(len);
    padded + TAG * chunks(padded)
}

/// Length of the padded plaintext behind `sealed` bytes of ciphertext; `None` when no content gives that length.
pub fn padded_of(sealed: u64) -> Option<u64> {
    let chunks = sealed.div_ceil(CHUNK + TAG);
    let padded = sealed.checked_sub(chunks * TAG)?;
    (padded >= LEAST && padded <= padme(MOST) && padme(padded) == padded && self::chunks(padded) == chunks).then_some(padded)
}
