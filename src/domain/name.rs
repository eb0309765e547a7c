//! Names of organisations and people as they are compared: two that look the same are the same, however they were typed.
use unicode_normalization::UnicodeNormalization;

/// What two names have in common when they look alike: width and compatibility forms (NFKC, which makes ideographs of the radicals
/// of Kangxi), the other radicals, case, and without spaces, brackets, middle dots, variation selectors and whatever has no width.
pub fn folded(name: &str) -> String {
    let plain = name.nfkc().map(ideograph).nfkc();
    plain.flat_map(char::to_lowercase).filter(|c| !says_nothing(*c)).collect()
}

/// Characters that a reader does not miss.
fn says_nothing(c: char) -> bool {
    const BRACKETS: &str = "()[]{}<>〈〉《》「」『』【】〔〕〖〗〘〙〚〛⟨⟩";
    const DOTS: &str = "·•‧∙⋅・᛫⸱";
    c.is_whitespace()
        || c.is_control()
        || BRACKETS.contains(c)
        || DOTS.contains(c)
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180f}')
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{115f}' | '\u{1160}' | '\u{3164}')
}

/// A radical of the supplement (U+2E80 to U+2EF3) as the ideograph that looks like it, by Unicode's `EquivalentUnifiedIdeograph`.
fn ideograph(c: char) -> char {
    const TABLE: &str = "⺁厂⺂乛⺃乚⺄乙⺅亻⺆冂⺈刀⺉刂⺊卜⺋㔾⺌小⺍小⺎尢⺏尣⺐尢⺒巳⺓幺⺔彑⺖忄⺗㣺⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭⺩王⺪疋⺫罒⺬示⺭礻⺯糹⺰纟⺱罓⺲罒⺳㓁⺶羊⺸羋⺹耂⺺肀⺻聿⺼肉⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻈讠⻉贝⻋车⻌辶⻍辶⻎辶⻏邑⻐钅⻑長⻒镸⻓长⻔门⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻟飠⻠饣⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟";
    if !('\u{2e80}'..='\u{2eff}').contains(&c) {
        return c;
    }
    let mut pairs = TABLE.chars();
    while let (Some(radical), Some(ideograph)) = (pairs.next(), pairs.next()) {
        if radical == c {
            return ideograph;
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_the_same() {
        let plain = folded("山西长风车间(集团)ABC");
        for typed in [
            "山西长风车间（集团）ＡＢＣ",
            " 山西 长风\u{3000}车间 【集团】 abc ",
            "山西·长风・车间•集团‧ABC",
            "山西\u{2ed3}\u{2edb}\u{2ecb}间集团ABC",
            "\u{2f2d}西长风车间集团ABC",
            "山西长风车\u{fe00}间集\u{e0100}团\u{200b}ABC\u{2060}",
            "山\u{2ec4}长风车间〔集团〕AB\u{ad}C",
        ] {
            assert_eq!(folded(typed), plain, "{typed}");
        }
        for other in ["山西长风车间集团ABD", "山西长风集团ABC", "陕西长风车间集团ABC", ""] {
            assert_ne!(folded(other), plain, "{other}");
        }
    }

    #[test]
    fn folding_twice_changes_nothing_and_no_radical_is_left() {
        let all: String = ('\u{2e80}'..='\u{2fdf}').collect();
        let once = folded(&all);
        assert_eq!(folded(&once), once);
        let left: Vec<char> = once.chars().filter(|c| ('\u{2e80}'..='\u{2fdf}').contains(c)).collect();
        // Those without an ideograph of the basic planes that looks like them, and the places that Unicode leaves empty.
        assert!(left.iter().all(|c| ideograph(*c) == *c) && left.len() <= 40, "{left:?}");
        assert!(left.iter().all(|c| *c < '\u{2f00}' || *c > '\u{2fd5}'), "{left:?}");
    }
}
