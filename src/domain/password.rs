//! What a password must be (security B2): long enough to be no word, and not what somebody who knows the site or the person
//! would try first. No rule of mixed characters: length and guesses count.
use super::Refusal;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Score, zxcvbn};

const LEAST: usize = 10;
/// So long a password is taken whole; a longer one is refused, never cut.
pub const MOST: usize = 128;
/// What anybody would try at this site.
const SITE: &[&str] = &[
    "jiebang",
    "jiebangguashuai",
    "guashuai",
    "jiaocheng",
    "lvliang",
    "shanxi",
    "揭榜",
    "挂帅",
    "揭榜挂帅",
    "交城",
    "交城县",
    "科技局",
];

/// Words that belong to a person: the address and its parts, the name, the organisation's name.
pub fn own_words(email: &str, name: &str, organisation: &str) -> Vec<String> {
    let parts = email.split(|c: char| !c.is_alphanumeric()).chain(name.split(char::is_whitespace)).map(str::to_owned);
    let whole = [email, name, organisation].map(str::to_owned);
    // A name in brackets or a firm's legal form adds nothing that anybody would type.
    let bare = organisation.split(['（', '(']).next().unwrap_or("").to_owned();
    let mut words: Vec<String> = parts.chain(whole).chain([bare]).map(|w| w.to_lowercase()).collect();
    words.retain(|w| w.chars().count() >= if w.is_ascii() { 3 } else { 2 });
    words.sort();
    words.dedup();
    words
}

/// Refuses a password that is too short, too long, or found with few guesses; says which word of it is the weak one.
pub fn check(password: &str, own: &[String]) -> Result<(), Refusal> {
    let n = password.chars().count();
    if n < LEAST {
        return Err(Refusal::new("password_short").with("min", LEAST).with("now", n));
    }
    if n > MOST {
        return Err(Refusal::new("password_long").with("max", MOST).with("now", n));
    }
    let inputs: Vec<&str> = own.iter().map(String::as_str).chain(SITE.iter().copied()).collect();
    let found = zxcvbn(password, &inputs);
    if found.score() >= Score::Three {
        return Ok(());
    }
    let token = |pattern: fn(&MatchPattern) -> bool| {
        let most = found.sequence().iter().filter(|m| pattern(&m.pattern)).max_by_key(|m| m.token.chars().count());
        most.map(|m| m.token.clone())
    };
    let own_word = found.sequence().iter().find(|m| match &m.pattern {
        MatchPattern::Dictionary(d) => inputs.contains(&d.matched_word.as_str()),
        _ => false,
    });
    if let Some(m) = own_word {
        return Err(Refusal::new("password_own_word").with("word", &m.token));
    }
    if let Some(word) = token(|p| matches!(p, MatchPattern::Dictionary(_))) {
        return Err(Refusal::new("password_common").with("word", word));
    }
    let part = token(|p| !matches!(p, MatchPattern::BruteForce)).unwrap_or_else(|| password.chars().take(4).collect());
    Err(Refusal::new("password_pattern").with("part", part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(password: &str) -> String {
        let own = own_words("zhangsan@coking.example", "张三", "交城县卦山焦化有限公司（示例）");
        match check(password, &own) {
            Ok(()) => "ok".into(),
            Err(r) => r.args.iter().fold(r.code.to_owned(), |out, (_, value)| format!("{out} {value}")),
        }
    }

    #[test]
    fn a_weak_password_is_refused_with_the_word_that_makes_it_weak() {
        for (password, told) in [
            ("short", "password_short 10 5"),
            ("aaaaaaaaaa", "password_pattern aaaaaaaaaa"),
            ("          ", "password_pattern           "),
            ("P@ssw0rd123", "password_common P@ssw0rd"),
            ("zhangsan2026", "password_own_word zhangsan"),
            ("交城县卦山焦化有限公司1", "password_own_word 交城县卦山焦化有限公司"),
            ("jiebang2026", "password_own_word jiebang"),
            ("揭榜挂帅揭榜挂帅揭榜", "password_own_word"),
            ("qwertyuiop", "password_common qwertyuiop"),
        ] {
            assert!(said(password).starts_with(told), "{password}: {}", said(password));
        }
    }

    #[test]
    fn a_phrase_is_taken_and_a_long_one_is_taken_whole() {
        for good in ["correct horse battery", "another good phrase", "煤焦油里开出三朵白花", "hbr4z-9wq2m-kk7cd-x3vtp"]
        {
            assert_eq!(said(good), "ok", "{good}");
        }
        let long = "三山夹两盆地x7".repeat(16);
        assert_eq!((long.chars().count(), said(&long).as_str()), (128, "ok"));
        assert_eq!(said(&format!("{long}!")), "password_long 128 129");
    }
}
