//! The name of a download.

/// The Content-Disposition of a download under the name its sender gave it (RFC 6266): nothing in a name can end the
/// header, leave the quotes, or turn the letters around.
pub fn disposition(name: &str) -> String {
    let shown = |c: &char| {
        !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let name = name.chars().filter(shown).map(|c| if matches!(c, '/' | '\\') { '_' } else { c });
    let mut name = name.collect::<String>().trim().to_owned();
    if name.trim_matches('.').is_empty() {
        name = "file".to_owned();
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '(' | ')' | '+' | ',');
    let ascii = name.chars().map(|c| if plain(c) { c } else { '_' }).collect::<String>();
    let mut full = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            full.push(byte.into());
        } else {
            full.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{full}")
}
