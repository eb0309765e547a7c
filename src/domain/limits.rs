//! Every bound of the platform, in one table that the code itself reads and docs/limits.md is printed from.

/// One bound: what of, in which unit, and where it may be set otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub what: &'static str,
    pub most: u64,
    pub unit: &'static str,
    /// The setting by which an installation has it otherwise.
    pub setting: Option<&'static str>,
    /// What happens beyond it.
    pub beyond: &'static str,
}

impl Limit {
    pub const fn count(&self) -> usize {
        self.most as usize
    }
    pub const fn int(&self) -> i64 {
        self.most as i64
    }
}

macro_rules! limits { ($($name:ident = $most:expr, $unit:literal, $setting:expr, $what:literal, $beyond:literal;)*) => {
    $(#[doc = $what] pub const $name: Limit = Limit { what: $what, most: $most, unit: $unit, setting: $setting, beyond: $beyond };)*
    /// In the order in which they are printed.
    pub const ALL: &[Limit] = &[$($name),*];
} }

limits! {
    CONNECTIONS = 800, "connections", Some("connections"), "Connections at once, in all", "the next waits until one is free";
    CONNECTIONS_OF_ONE = 200, "connections", Some("connections_of_one"), "Connections at once from one address (a /64 of IPv6); a trusted proxy is not counted", "closed";
    HEADER_SECONDS = 12, "seconds", None, "Until a request's header is whole, and between two requests", "closed";
    BODY_SECONDS = 12, "seconds", None, "Between two bytes of a request's body", "closed";
    FORM_SECONDS = 60, "seconds", None, "Until a form or a JSON body is whole", "refused, closed";
    WRITE_SECONDS = 25, "seconds", None, "Until a reader takes more of an answer", "closed";
    PATIENCE_SECONDS = 10, "seconds", None, "For what is under way when the server stops", "closed";
    FORM_BYTES = 2 << 20, "bytes", None, "A form or a JSON body; all text fields of a form with files", "413";
    TEXT_BYTES = 64 << 10, "bytes", None, "One text field of a form with files", "413";
    PARTS = 1000, "parts", None, "Fields and files of one form", "413";
    FILES = 20, "files", None, "Files of one form", "413";
    HELD_BYTES = 256 << 10, "bytes", None, "What is held of a form with files while it is read, beyond the field being read", "413";
    FILE_BYTES = 50 << 20, "bytes", None, "One attached file", "413";
    SEALED_BYTES = 600 << 20, "bytes", None, "One sealed bid (.jb), uploaded by a bidder", "413";
    LOOSE_FILES = 60, "files", None, "Uploads of one account that nothing names yet", "409";
    LOOSE_BYTES = 1 << 30, "bytes", None, "The same, their bytes, reserved before they come", "409";
    UPLOADS_AT_ONCE = 12, "uploads", None, "Uploads taken in at once by one node; the next wait ten seconds", "503";
    DRAFT_FILES = 100, "files", None, "Files that one draft names", "422";
    ORGANISATION_BYTES = 20 << 30, "bytes", Some("organisation_bytes"), "All that an organisation has uploaded", "409";
    VISITORS_FILES = 4000, "files", None, "Uploads of all visitors that nothing names yet; they go within the hour", "409";
    VISITORS_BYTES = 40 << 30, "bytes", None, "The same, their bytes", "409";
    VISITOR_FILES_HOUR = 20, "files", None, "Files in an hour from one visitor's address", "429";
    VISITOR_BYTES_HOUR = 200 << 20, "bytes", None, "The same, their bytes", "429";
    OBJECTIONS_HOUR = 6, "objections", None, "Objections without an account in an hour from one address", "429";
    NOTICE_OBJECTIONS_HOUR = 300, "objections", None, "Objections without an account to one notice in an hour", "429";
    TIP_OFFS_HOUR = 5, "clues", None, "Clues in an hour from one address", "429";
    ALL_TIP_OFFS_HOUR = 1000, "clues", None, "Clues in an hour from everywhere", "409";
    DISK_FLOOR = 1 << 30, "bytes", Some("disk_floor"), "Free disk below which no file is taken", "507";
    WORKBOOK_BYTES = 5 << 20, "bytes", None, "A workbook (XLSX) that is read", "422";
    WORKBOOK_UNPACKED = 32 << 20, "bytes", None, "What a workbook unpacks to", "422";
    WORKBOOK_ROWS = 20_000, "rows", None, "Rows of a workbook", "422";
    WORKBOOK_COLUMNS = 200, "columns", None, "Columns of a workbook", "422";
    WORKBOOK_CELLS = 200_000, "cells", None, "Cells of a workbook (or CSV) up to the last that holds something", "422";
    WORKBOOK_TEXT = 16 << 20, "bytes", None, "Text of a workbook's cells together", "422";
    WORKBOOK_ELEMENTS = 600_000, "elements", None, "Elements of one part of a workbook that is no sheet (strings, styles)", "422";
    ARCHIVE_ENTRIES = 1000, "entries", None, "Entries of an archive or office document", "422";
    ARCHIVE_UNPACKED = 2 << 30, "bytes", None, "What an archive unpacks to", "422";
    ARCHIVE_RATIO = 100, "times", None, "How many times its size an archive unpacks to (above 1 MiB)", "422";
    IMAGE_PIXELS = 50_000_000, "pixels", None, "Pixels of a picture", "422";
    SCAN_SECONDS = 30, "seconds", None, "For the virus scanner to answer", "503";
    TRIES = 5, "tries", None, "Wrong passwords of one account from one address, or from one known device, before each next waits longer", "429";
    TRIES_OF_ADDRESS = 100, "tries", None, "Sign-ins from one address, whatever the accounts, before each next waits longer; known devices go on", "429";
    RECORDS_AT_ONCE = 4, "readers", None, "Readers of the whole public record at once", "503";
    RECORD_SECONDS = 900, "seconds", None, "For one of them to read it", "broken off";
}
