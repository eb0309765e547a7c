//! Pictures: stretches on one scale, drawn by the server as SVG; each row carries its figures, and what the picture shows in words.
use super::block::{Block, Cell, Column};
use serde::Serialize;

/// How a stretch looks: colour and pattern, never colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// An outline: what is planned or asked for.
    Plan,
    /// What is done, in time.
    Done,
    /// What goes on.
    Run,
    /// What is late or falls short.
    Late,
    /// What is left, hatched.
    Slack,
    /// The first and the second of two sources.
    One,
    Two,
}

/// A part of a row, in thousandths of the whole width; `lane` of `lanes` from above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    pub look: Look,
    pub from: String,
    pub width: String,
    pub top: u16,
    pub tall: u16,
}

#[derive(Clone, Debug, Serialize)]
pub struct PictureRow {
    pub label: Cell,
    /// What the picture of this row shows, in words.
    pub says: String,
    pub stretches: Vec<Stretch>,
    /// Upright lines: today, or what was asked for.
    pub ticks: Vec<String>,
    pub figures: Vec<Cell>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Legend {
    pub look: Look,
    pub text: String,
}

/// A picture under construction: one scale for all its rows, or one for each.
#[derive(Clone, Debug)]
pub struct Scale {
    least: i128,
    most: i128,
}

/// How tall a row is, in pixels.
const TALL: u16 = 24;

impl Scale {
    /// From the least to the most of these values, zero included.
    pub fn over(values: impl IntoIterator<Item = i64>) -> Self {
        Self::between(values.into_iter().chain([0]))
    }

    /// From the least to the most of these values.
    pub fn between(values: impl IntoIterator<Item = i64>) -> Self {
        let (mut least, mut most) = (i128::MAX, i128::MIN);
        for v in values {
            (least, most) = (least.min(v.into()), most.max(v.into()));
        }
        if least > most { Self { least: 0, most: 1 } } else { Self { least, most: most.max(least + 1) } }
    }

    fn thousandths(&self, v: i64) -> i128 {
        ((i128::from(v) - self.least) * 1000 / (self.most - self.least)).clamp(0, 1000)
    }

    /// Where a value lies, as SVG writes it.
    pub fn at(&self, v: i64) -> String {
        percent(self.thousandths(v))
    }

    /// From one value to another, in lane `n` of `lanes`.
    pub fn stretch(&self, look: Look, a: i64, b: i64, (n, lanes): (u16, u16)) -> Stretch {
        let (from, to) = (self.thousandths(a.min(b)), self.thousandths(a.max(b)));
        let tall = TALL / lanes.max(1);
        // What there is, however little, is seen.
        let width = if a == b { 0 } else { (to - from).max(4) };
        Stretch {
            look,
            from: percent(from.min(1000 - width)),
            width: percent(width),
            top: n * tall,
            tall: tall.saturating_sub(u16::from(lanes > 1)),
        }
    }
}

fn percent(thousandths: i128) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

/// The block; `columns` are of the figures.
pub fn picture(
    id: &str,
    (title, desc): (String, String),
    legend: Vec<Legend>,
    columns: Vec<(String, &'static str)>,
    rows: Vec<PictureRow>,
    foot: Vec<Vec<Cell>>,
) -> Block {
    let columns = columns.into_iter().map(|(label, kind)| Column { label, kind }).collect();
    Block::Picture { title, id: id.into(), desc, legend, columns, rows, foot }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_lie_on_one_scale_and_never_leave_it() {
        let scale = Scale::over([0, 50, 200]);
        let s = scale.stretch(Look::Done, 50, 200, (0, 1));
        assert_eq!((s.from.as_str(), s.width.as_str(), s.top, s.tall), ("25.0%", "75.0%", 0, 24));
        assert_eq!(scale.stretch(Look::Late, 200, 200, (1, 2)).width, "0.0%");
        let end = scale.stretch(Look::Late, 199, 200, (1, 2));
        assert_eq!((end.from.as_str(), end.width.as_str(), end.top), ("99.5%", "0.5%", 12));
        let signed = Scale::over([-20, 20]);
        assert_eq!((signed.at(0), signed.at(-20), signed.at(99)), ("50.0%".into(), "0.0%".into(), "100.0%".into()));
        assert_eq!(Scale::between([]).at(7), "100.0%");
        assert_eq!(Scale::between([i64::MIN, i64::MAX]).at(0), "50.0%");
    }
}
