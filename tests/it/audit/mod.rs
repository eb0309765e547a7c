//! The auditor's desk: flags by rule, findings, the read log, the case file, what who may see when.
mod case_file;
mod desk;
mod findings;
mod package;
mod publication;
mod reads;
mod rules;
