//! The auditor's desk: flags by rule, findings, the read log, the case file, what who may see when.
mod findings;
mod reads;
mod rules;
