//! Two people are two people: who lets whom in, who agrees, and what nobody can do alone.
mod console;
mod doors;
mod offices;
