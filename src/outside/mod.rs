//! What lies beyond the process: each kind of outside thing behind one type of our own.
pub mod case_zip;
pub mod clamd;
pub mod fetch;
pub mod files;
pub mod log_key;
pub mod marks;
pub mod press;
pub mod private;
pub mod seal;
pub mod workbook;

pub use press::{Press, PressError};
