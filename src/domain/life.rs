//! One table per life: (from, act, who, to). The guard, the policy, the buttons on a page, the API's `actions`
//! and the diagrams in ARCHITECTURE.md are all read from it.
use super::{Refusal, Role};

/// One permitted step: `who` may `act` on a thing in `from`, which takes it `to`.
#[derive(Debug)]
pub struct Step<S: 'static, A: 'static> {
    pub from: S,
    pub act: A,
    pub who: &'static [Role],
    pub to: S,
}

/// An act of a life, by noun and name, whatever its type.
pub trait Named: Copy {
    const NOUN: &'static str;
    fn name(self) -> &'static str;
}

/// A step with its types forgotten: for diagrams, matrices and soundness tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub from: &'static str,
    pub act: &'static str,
    pub who: &'static [Role],
    pub to: &'static str,
}

/// A whole life, told without types.
#[derive(Clone, Debug)]
pub struct Life {
    pub noun: &'static str,
    pub first: Vec<&'static str>,
    pub ends: Vec<&'static str>,
    pub states: Vec<&'static str>,
    pub lines: Vec<Line>,
}

impl Life {
    /// Mermaid source of the state diagram, as ARCHITECTURE.md shows it.
    pub fn mermaid(&self) -> String {
        let mut out = String::from("stateDiagram-v2\n");
        for first in &self.first {
            out += &format!("    [*] --> {first}\n");
        }
        for line in &self.lines {
            let who: Vec<_> = line.who.iter().map(|r| r.id()).collect();
            out += &format!("    {} --> {}: {} ({})\n", line.from, line.to, line.act, who.join(", "));
        }
        for end in &self.ends {
            out += &format!("    {end} --> [*]\n");
        }
        out
    }
}

/// Where `act` leads from `from`, or the refusal that names both.
pub fn next<S: Copy + PartialEq, A: Copy + PartialEq>(
    table: &'static [Step<S, A>],
    from: S,
    act: A,
    say: (&'static str, &'static str),
) -> Result<&'static Step<S, A>, Refusal> {
    table
        .iter()
        .find(|s| s.from == from && s.act == act)
        .ok_or_else(|| Refusal::new("out_of_order").with("state", say.0).with("act", say.1))
}

/// Declares the states, the acts and the table of one life.
macro_rules! life {
    (
        $(#[$doc:meta])*
        noun $noun:literal; states $state:ident; acts $act:ident; table $table:ident;
        first [$($first:ident),*]; ends [$($end:ident),*];
        $($from:ident { $($step:ident [$($who:ident),*] => $to:ident),* $(,)? })*
        = acts { $($name:ident = $path:literal),* $(,)? }
        = states { $($st:ident = $sid:literal),* $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $state { $(#[serde(rename = $sid)] $st),* }
        impl $state {
            pub const ALL: &'static [$state] = &[$($state::$st),*];
            pub const NOUN: &'static str = $noun;
            /// Every id, for choices.
            pub const IDS: &'static [&'static str] = &[$($sid),*];
            /// The stable id, as the API and the database write it.
            pub const fn id(self) -> &'static str { match self { $($state::$st => $sid),* } }
            pub fn parse(id: &str) -> Option<Self> { Self::ALL.iter().copied().find(|s| s.id() == id) }
            /// True for states from which no step leads.
            pub fn is_end(self) -> bool { [$($state::$end),*].contains(&self) }
        }
        /// The acts of this life; the id is also the path segment under the thing's address.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $act { $(#[serde(rename = $path)] $name),* }
        impl $act {
            pub const ALL: &'static [$act] = &[$($act::$name),*];
            pub const fn id(self) -> &'static str { match self { $($act::$name => $path),* } }
        }
        impl $crate::domain::life::Named for $act {
            const NOUN: &'static str = $noun;
            fn name(self) -> &'static str { self.id() }
        }
        pub static $table: &[$crate::domain::life::Step<$state, $act>] = &[
            $($( $crate::domain::life::Step {
                from: $state::$from, act: $act::$step,
                who: &[$($crate::domain::Role::$who),*], to: $state::$to,
            } ),*),*
        ];
        impl $state {
            pub fn life() -> $crate::domain::life::Life {
                $crate::domain::life::Life {
                    noun: $noun,
                    first: vec![$($state::$first.id()),*],
                    ends: vec![$($state::$end.id()),*],
                    states: Self::ALL.iter().map(|s| s.id()).collect(),
                    lines: $table.iter().map(|s| $crate::domain::life::Line {
                        from: s.from.id(), act: s.act.id(), who: s.who, to: s.to.id(),
                    }).collect(),
                }
            }
            /// The step `act` from here, or the refusal that says what does not follow what.
            pub fn step(self, act: $act) -> Result<&'static $crate::domain::life::Step<$state, $act>, $crate::domain::Refusal> {
                $crate::domain::life::next($table, self, act, (self.id(), act.id()))
            }
        }
    };
}
pub(crate) use life;
