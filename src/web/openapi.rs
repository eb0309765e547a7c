//! The document of the API (OpenAPI 3.1), made from the same registry and form descriptions that the routes are made from.
use super::Web;
use super::acts::{ACTS, Act};
use super::problem::KINDS;
use super::show::SHOWN;
use super::text::{Lang, Text, Texts};
use crate::domain::form::{Field, Form, Kind};
use crate::domain::forms::{CreateAccount, CreateNeed, RegisterOrganisation};
use crate::domain::*;
use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

/// One operation that is not an act of the registry.
struct Op {
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    tag: &'static str,
    /// Name, where, required, schema.
    parameters: &'static [(&'static str, &'static str, bool, &'static str)],
    body: Option<&'static str>,
    status: u16,
    answer: &'static str,
    open: bool,
}

const PAGE: &[(&str, &str, bool, &str)] = &[("limit", "query", false, "limit"), ("after", "query", false, "key")];
const ID: &[(&str, &str, bool, &str)] = &[("id", "path", true, "uuid")];
const DOCUMENT: &[(&str, &str, bool, &str)] = &[("id", "path", true, "uuid"), ("format", "query", false, "string")];
const LEDGER: &[(&str, &str, bool, &str)] =
    &[("contract", "query", false, "string"), ("fiscal_year", "query", false, "integer"), ("at", "query", false, "string")];
const YEAR: &[(&str, &str, bool, &str)] = &[("year", "query", false, "integer")];
const JOURNAL: &[(&str, &str, bool, &str)] = &[
    ("id", "path", true, "uuid"),
    ("at", "query", false, "string"),
    ("limit", "query", false, "limit"),
    ("after", "query", false, "key"),
];
const READS: &[(&str, &str, bool, &str)] = &[("before", "query", false, "integer")];
const READS_OF: &[(&str, &str, bool, &str)] = &[("id", "path", true, "uuid"), ("before", "query", false, "integer")];
const STORY: &[(&str, &str, bool, &str)] =
    &[("id", "path", true, "uuid"), ("before", "query", false, "integer"), ("limit", "query", false, "limit")];

macro_rules! ops { ($($method:ident $path:literal $id:ident $tag:literal $summary:literal [$params:expr] body $body:expr, $status:literal $answer:literal $(, $open:ident)?;)*) => {
    &[$(Op {
        method: stringify!($method), path: $path, id: stringify!($id), summary: $summary, tag: $tag, parameters: $params, body: $body, status: $status,
        answer: $answer, open: ops!(@open $($open)?),
    }),*]
}; (@open) => { false }; (@open open) => { true }; }

const OPS: &[Op] = ops! {
    get "/openapi.json" openapi "meta" "This document" [&[]] body None, 200 "Document", open;
    post "/tokens" create_token "accounts" "Sign in: an API token for e-mail and password" [&[]] body Some("sign_in"), 201 "Token", open;
    get "/tokens" list_tokens "accounts" "One's own sessions and tokens" [&[]] body None, 200 "List";
    delete "/tokens/{id}" end_token "accounts" "End a session or revoke a token" [ID] body None, 204 "";
    get "/me" me "accounts" "Who the caller is" [&[]] body None, 200 "Me";
    post "/me/step-up" step_up "accounts" "Prove again who one is: the token in use is replaced, and for five minutes its holder may take acts that ask for it" [&[]] body Some("step_up"), 200 "Token";
    put "/me/expert-profile" confirm_profile "accounts" "An expert confirms fields, availability and relations, once a year" [&[]] body Some("confirm_profile"), 200 "Resource";
    put "/me/keyholder" enrol_keyholder "accounts" "Put a keyholder's public key on file" [&[]] body Some("enrol_keyholder"), 200 "Keyholder";
    post "/me/keyholder/drill" ask_drill "accounts" "A nonce that only the private key can read" [&[]] body None, 200 "Drill";
    post "/me/keyholder/drill-answer" answer_drill "accounts" "Answer the drill" [&[]] body Some("answer_drill"), 200 "Keyholder";
    get "/queue" queue "work" "What waits for the caller, the most urgent first" [&[]] body None, 200 "List";
    get "/challenges" list_challenges "challenge" "The public list" [PAGE] body None, 200 "List", open;
    post "/challenges" create_challenge "challenge" "Begin a need" [&[("Idempotency-Key", "header", false, "string")]] body Some("create_need"), 201 "Resource";
    get "/challenges/mine" list_my_challenges "challenge" "Challenges of one's own organisation; for the bureau all in hand" [PAGE] body None, 200 "List";
    get "/challenges/{id}/draft" get_challenge_draft "challenge" "The draft of a need, with what is still open" [ID] body None, 200 "Draft";
    put "/challenges/{id}/draft" save_challenge_draft "challenge" "Save fields of a draft; a version that moved is refused" [ID] body Some("DraftPatch"), 200 "Version";
    get "/challenges/{id}/story" challenge_story "challenge" "What happened, newest first" [STORY] body None, 200 "List", open;
    get "/challenges/{id}/editions" challenge_editions "challenge" "Every published version of the need" [ID] body None, 200 "List", open;
    get "/challenges/{id}/flags" case_flags "oversight" "Red flags of a case: why, threshold, evidence, what was said of each" [ID] body None, 200 "List";
    get "/flags" list_flags "oversight" "Red flags of every case" [&[]] body None, 200 "List";
    get "/reads" list_reads "oversight" "Who read what is not public, the newest first; that it was asked for is noted too" [READS] body None, 200 "List";
    get "/challenges/{id}/reads" case_reads "oversight" "Who read what is not public of a case" [READS_OF] body None, 200 "List";
    get "/accounts/{id}/reads" person_reads "oversight" "What one person read that is not public" [READS_OF] body None, 200 "List";
    get "/me/reads" my_reads "accounts" "Who read what is the caller's own" [READS] body None, 200 "List";
    get "/challenges/{id}/case.zip" case_zip "oversight" "The whole case in one file: documents, story, the record's part with its proofs, a signed manifest" [ID] body None, 200 "Bytes";
    get "/challenges/{id}/redraws" case_redraws "oversight" "Every draw of a case drawn again from the record, line by line" [ID] body None, 200 "List";
    get "/challenges/{id}/publication-calendar" publication_calendar "challenge" "When each class of information becomes public, and why it is kept back until then" [ID] body None, 200 "List", open;
    get "/verifications" last_verification "oversight" "The newest check of the database: how far it is, what came of it" [&[]] body None, 200 "Resource";
    post "/verifications" start_verification "oversight" "Begin a check of the whole database" [&[]] body None, 202 "Resource";
    get "/findings" list_findings "oversight" "What became of red flags: dismissals, questions, answers" [PAGE] body None, 200 "List";
    get "/bids" list_bids "bid" "One's own bids; for the bureau those opened" [PAGE] body None, 200 "List";
    get "/bids/{id}/draft" get_bid_draft "bid" "The draft of one's own bid" [ID] body None, 200 "Draft";
    put "/bids/{id}/draft" save_bid_draft "bid" "Save fields of a bid's draft" [ID] body Some("DraftPatch"), 200 "Version";
    get "/bids/{id}/sealing" sealing_sheet "bid" "What a team's machine needs to seal this bid" [ID] body None, 200 "Object";
    get "/challenges/{id}/sealing" challenge_roster "challenge" "The keyholders to whom bids are sealed" [ID] body None, 200 "Object", open;
    get "/challenges/{id}/opening-record" opening_record "challenge" "Every entry of the closing list, who opened, with whose keys, and what did not open" [ID] body None, 200 "Object";
    get "/challenges/{id}/handout" handout "challenge" "A keyholder's part of an opening" [ID] body None, 200 "Resource";
    post "/challenges/{id}/handout" answer_handout "challenge" "What a keyholder has opened" [ID] body Some("Resource"), 200 "Resource";
    get "/bids/{id}/receipt" bid_receipt "bid" "The receipt of a sealed bid" [ID] body None, 200 "Receipt";
    get "/bids/{id}/debrief" bid_debrief "bid" "How one's own bid was scored, beside the first rank and the spread, once the award is on notice" [ID] body None, 200 "Object";
    get "/challenges/{id}/review-report" panel_report "challenge" "The panel's report, complete: who sat, the lot, points and ranks, what was explained, changed and voted" [ID] body None, 200 "Object";
    get "/challenges/{id}/draw" draw_file "challenge" "The lot as a file that anyone may draw again; for all once the award is announced" [ID] body None, 200 "Object", open;
    post "/relations" import_relations "oversight" "Joint papers and patents (CSV text): preview, or import what reads; running reviews are checked again" [&[]] body Some("import_relations"), 200 "List";
    get "/rubrics" list_rubrics "oversight" "Rubric templates with every version" [&[]] body None, 200 "List";
    post "/rubrics/{name}" edit_rubric "oversight" "The next version of a rubric template" [&[("name", "path", true, "string")]] body Some("edit_rubric"), 200 "Resource";
    get "/experts" list_experts "oversight" "The expert pool, with how each expert scores" [PAGE] body None, 200 "List";
    get "/assignments" list_assignments "assignment" "Reviews" [PAGE] body None, 200 "List";
    get "/talks" list_talks "talk" "Interests and talks" [PAGE] body None, 200 "List";
    get "/notices" list_notices "notice" "Public notices" [PAGE] body None, 200 "List", open;
    get "/objections" list_objections "objection" "Objections" [PAGE] body None, 200 "List";
    get "/meetings" list_meetings "oversight" "Meetings, the last first, with the cases that each decided" [PAGE] body None, 200 "List";
    get "/meetings/{id}" get_meeting "oversight" "A meeting: who sat, what it decided and how each member voted" [ID] body None, 200 "Resource";
    get "/objections/statistics" objection_statistics "objection" "Objections by year: how many, what came of them, how long they took" [&[]] body None, 200 "List", open;
    get "/tip-offs" list_tip_offs "tip_off" "Clues, for the discipline inspector" [&[]] body None, 200 "List";
    post "/tip-offs" file_tip_off "tip_off" "Give a clue without a name; the answer holds the code to follow it" [&[]] body Some("file_tip_off"), 201 "Resource", open;
    get "/lobbying" list_lobbying "lobbying" "Words put in for somebody: all for the discipline inspector, one's own for others, counts for the auditor" [&[]] body None, 200 "List";
    post "/follow" follow "objection" "Follow what was filed without an account, by its code: look, complete, ask again, withdraw" [&[]] body Some("follow"), 200 "Resource", open;
    get "/contracts" list_contracts "contract" "Contracts" [PAGE] body None, 200 "List";
    get "/contracts/{id}/papers" contract_papers "contract" "The papers of a contract: clauses as a typed list with what was chosen, hashes, signatures, deviations, and the thread from the published list to the measurement" [ID] body None, 200 "Object";
    get "/contracts/{id}/editions" contract_editions "contract" "Every edition of a contract, with what each changed" [ID] body None, 200 "List";
    get "/templates" list_templates "template" "The bureau's templates of contracts" [&[]] body None, 200 "List";
    get "/me/organisation/signatories" list_signatories "accounts" "Who may sign for one's organisation" [&[]] body None, 200 "Object";
    post "/me/organisation/signatories" add_signatory "accounts" "Put a person with a letter of authorisation on the list" [&[]] body Some("add_signatory"), 201 "Object";
    delete "/me/organisation/signatories/{account}" remove_signatory "accounts" "Take a person off the list" [&[("account", "path", true, "uuid")]] body None, 200 "Object";
    get "/instalments/{id}/package.zip" payment_package "instalment" "All that finance files of a payment in one file: papers, evidence, approvals, ledger, documents, the record's part with its proofs, a signed manifest" [ID] body None, 200 "Bytes";
    get "/instalments" list_instalments "instalment" "Instalments" [PAGE] body None, 200 "List";
    get "/spendings" list_spendings "spending" "Lines of spending" [PAGE] body None, 200 "List";
    get "/final-accounts" list_final_accounts "final_account" "Final accounts" [PAGE] body None, 200 "List";
    get "/settlements" list_settlements "settlement" "Settlements of contracts that ended early" [PAGE] body None, 200 "List";
    get "/progress-reports" list_progress "progress" "Reports from the work of contracts" [PAGE] body None, 200 "List";
    get "/follow-ups" list_follow_ups "follow_up" "Outcomes of results, year by year" [PAGE] body None, 200 "List";
    get "/integrity-records" list_integrity "integrity" "Integrity records: the public ones while they stand, one's own, all for the bureau" [PAGE] body None, 200 "List", open;
    get "/contracts/{id}/diligence" contract_diligence "contract" "The evidence of diligence that the platform has kept: checklist, entries of the record, files" [ID] body None, 200 "Object";
    get "/budget-documents" list_budget_docs "budget_doc" "Documents of the county's budget, with what is left of each" [PAGE] body None, 200 "List";
    post "/budget-documents" register_budget_doc "budget_doc" "Register a document of the county's budget" [&[("Idempotency-Key", "header", false, "string")]] body Some("register_budget_doc"), 201 "Resource";
    post "/bank-statements" import_statement "ledger" "Put a bank statement (CSV text) beside the payments: preview, or import what agrees" [&[]] body Some("import_statement"), 200 "List";
    get "/overview" overview "figures" "The county's money by fiscal year and by industry: contracts, promised, paid, leverage; `year` narrows the industries" [YEAR] body None, 200 "Overview", open;
    get "/statistics/rd" rd_statement "figures" "Internal expenditure on R&D of a year by class and source, and what firms paid to developers: of the county, or of the caller's unit" [YEAR] body None, 200 "RdStatement";
    get "/ledger/trial-balance" trial_balance "ledger" "Turnover and balance of every account: of the county, a year, a contract (number or id), now or at a past moment" [LEDGER] body None, 200 "TrialBalance";
    get "/contracts/{id}/ledger" contract_ledger "ledger" "The journal of a contract, oldest first, with its balances" [JOURNAL] body None, 200 "List";
    get "/organisations" list_organisations "administration" "Organisations" [PAGE] body None, 200 "List";
    post "/organisations" create_organisation "administration" "Register an organisation" [&[("Idempotency-Key", "header", false, "string")]] body Some("register_organisation"), 201 "Resource";
    get "/accounts" list_accounts "administration" "Accounts" [PAGE] body None, 200 "List";
    post "/accounts" create_account "administration" "Create an account; without a password one is made and shown once" [&[]] body Some("create_account"), 201 "Resource";
    post "/accounts/{id}/suspension" suspend_account "administration" "Suspend an account; its sessions end" [ID] body None, 200 "Resource";
    post "/accounts/{id}/restoration" restore_account "administration" "Restore an account" [ID] body None, 200 "Resource";
    get "/events" list_events "oversight" "The record in order" [&[("after", "query", false, "integer"), ("limit", "query", false, "integer")]] body None, 200 "List";
    get "/log/checkpoint" log_checkpoint "log" "The newest signed checkpoint of the record, and the key that signs" [&[]] body None, 200 "Checkpoint", open;
    get "/log/proof" log_proof "log" "Proof that an entry is in the record (seq or leaf, and size), or that the record only grew (from and to)" [&[
        ("seq", "query", false, "integer"), ("leaf", "query", false, "string"), ("size", "query", false, "integer"), ("from", "query", false, "integer"),
        ("to", "query", false, "integer")]] body None, 200 "Proof", open;
    get "/log/receipts/{seq}" log_receipt "log" "The receipt of an entry that the caller may read: the entry, its salt, the proof, the checkpoint" [&[("seq", "path", true, "integer")]] body None, 200 "LogReceipt", open;
    get "/documents/{id}" get_document "documents" "An issued document: the very bytes whose SHA-256 the record tells (format=json), or plain text (format=text)" [DOCUMENT] body None, 200 "Document", open;
    post "/files" upload_file "files" "Upload one file (multipart field `file`)" [&[]] body Some("Upload"), 201 "File";
    post "/uploads" begin_upload "files" "Begin an upload that may be cut and go on: tus 1.0.0, with the file's name in Upload-Metadata (`filename`, base64). The place answered is where its bytes go" [&[
        ("Upload-Length", "header", true, "integer"), ("Upload-Metadata", "header", true, "string"), ("Tus-Resumable", "header", false, "string")]] body None, 201 "UploadProgress";
    get "/uploads/{id}" upload_progress "files" "How far an upload has come; HEAD tells the same in Upload-Offset and Upload-Length" [ID] body None, 200 "UploadProgress";
    patch "/uploads/{id}" send_upload "files" "Send the bytes from Upload-Offset on; the last of them make the file, whose id is the upload's" [&[
        ("id", "path", true, "uuid"), ("Upload-Offset", "header", true, "integer"), ("Tus-Resumable", "header", false, "string")]] body Some("Piece"), 204 "";
    delete "/uploads/{id}" abandon_upload "files" "Give an upload up" [ID] body None, 204 "";
    get "/files/{id}" download_file "files" "Download a file" [ID] body None, 200 "Bytes", open;
    get "/checks/uscc/{code}" check_uscc "checks" "Is this a valid credit code, and if not, where is the fault" [&[("code", "path", true, "string")]] body None, 200 "UsccCheck", open;
    get "/checks/working-days" check_working_days "checks" "Count working days" [&[("from", "query", true, "date"), ("days", "query", true, "integer")]] body None, 200 "WorkingDays", open;
};

const TEST_OPS: &[Op] = ops! {
    get "/test/clock" read_clock "test" "The clock of a test installation" [&[]] body None, 200 "Clock", open;
    post "/test/clock" set_clock "test" "Set the clock of a test installation" [&[]] body Some("Clock"), 200 "Clock", open;
};

pub async fn document(State(web): State<Web>) -> Json<Value> {
    Json(build(&web.pages.texts, web.test_clock))
}

/// The whole document.
pub fn build(texts: &Texts, test_clock: bool) -> Value {
    let text = texts.of(Lang::En);
    let mut paths: Map<String, Value> = Map::new();
    let mut add = |path: &str, method: &str, operation: Value| {
        let entry = paths.entry(format!("/api/v1{path}")).or_insert_with(|| json!({}));
        entry[method] = operation;
    };
    for op in OPS.iter().chain(if test_clock { TEST_OPS } else { &[] }) {
        add(op.path, op.method, fixed(op));
    }
    for noun in SHOWN {
        add(&format!("/{}/{{id}}", noun.path()), "get", shown(*noun));
        for (path, operation) in documents(*noun) {
            add(&path, "get", operation);
        }
    }
    for act in ACTS {
        let summary = super::act::act_name(&text, act);
        let lead = text.find(&format!("lead.{}.{}", act.noun.id(), act.path)).unwrap_or("").to_owned();
        let mut parameters = vec![parameter("id", "path", true, "uuid"), parameter("Idempotency-Key", "header", false, "string")];
        parameters.push(json!({ "$ref": "#/components/parameters/Lang" }));
        let status = if act.creates() { "201" } else { "200" };
        let operation = json!({
            "operationId": format!("{}_{}", act.noun.id(), act.path.replace('-', "_")), "tags": [act.noun.id()], "summary": summary, "description": lead,
            "parameters": parameters, "security": security(act.path == "objections"),
            "requestBody": { "required": act.form.fields().any(|f| f.must) || act.edits(), "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{}", act_form_name(act)) }, "example": act_example(act) } } },
            "responses": responses(status, "Resource", &["400", "401", "403", "404", "409", "413", "415", "422", "500", "503"]),
        });
        add(&act.html(), "post", operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Jiebang 揭榜", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "description": "The platform on which a county runs 揭榜挂帅. snake_case; amounts are integers of fen under *_fen; shares are hundredths of a percent under *_bp; times are RFC 3339. Every resource with a life carries state, turn, due_at and the actions that the caller may take, with the refusal where a rule bars one. It also carries version: an act on it may name the version that the caller had read, and acts that write over what stands must; if it has changed since, the answer is 409 changed_meanwhile with what changed." },
        "servers": [{ "url": "/" }], "paths": paths,
        "components": { "schemas": schemas(&text), "parameters": { "Lang": { "name": "lang", "in": "query", "required": false, "schema": { "type": "string", "enum": ["zh-CN", "en"] } } }, "responses": problems(&text), "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" }, "session": { "type": "apiKey", "in": "cookie", "name": "jiebang" } } },
    })
}

fn security(open: bool) -> Value {
    if open { json!([{}, { "bearer": [] }, { "session": [] }]) } else { json!([{ "bearer": [] }, { "session": [] }]) }
}

fn parameter(name: &str, at: &str, required: bool, schema: &str) -> Value {
    let schema = match schema {
        "uuid" => json!({ "type": "string", "format": "uuid" }),
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 20 }),
        "integer" => json!({ "type": "integer", "format": "int64" }),
        "date" => json!({ "type": "string", "format": "date", "example": "2026-09-28" }),
        "key" => json!({ "type": "string", "description": "`next` of the page before" }),
        _ => json!({ "type": "string" }),
    };
    json!({ "name": name, "in": at, "required": required, "schema": schema })
}

/// The page that shows the same list.
fn listed_at(path: &'static str) -> &'static str {
    match path {
        "/challenges/mine" => "/mine",
        "/events" => "/record",
        other => other,
    }
}

/// What a list can be narrowed by, as a parameter.
fn narrowing(by: &super::filter::By) -> Value {
    use crate::domain::form::Kind;
    let schema = match by.field.kind {
        Kind::Choice(options) => json!({ "type": "string", "enum": options }),
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Date => json!({ "type": "string", "format": "date", "description": "a day of Beijing" }),
        Kind::Fen => json!({ "type": "string", "description": "yuan, or with 万", "example": "50万" }),
        Kind::YesNo => json!({ "type": "string", "enum": ["yes", "no"] }),
        _ => json!({ "type": "string", "maxLength": 60 }),
    };
    json!({ "name": by.field.name, "in": "query", "required": false, "schema": schema })
}

fn fixed(op: &Op) -> Value {
    let mut parameters: Vec<Value> = op.parameters.iter().map(|(n, w, r, s)| parameter(n, w, *r, s)).collect();
    if op.method == "get" {
        parameters.extend(super::filter::of(listed_at(op.path)).iter().map(narrowing));
    }
    parameters.push(json!({ "$ref": "#/components/parameters/Lang" }));
    let mut faults = vec!["400", "401", "403", "404", "422", "500"];
    if op.body.is_some() || op.method == "post" {
        faults.extend(["409", "413", "415", "429", "503"]);
    }
    if op.path == "/bids/{id}/debrief" {
        faults.push("409");
    }
    if op.path.starts_with("/uploads") {
        faults.push("412");
    }
    let mut out = json!({
        "operationId": op.id, "tags": [op.tag], "summary": op.summary, "parameters": parameters, "security": security(op.open),
        "responses": responses(&op.status.to_string(), op.answer, &faults),
    });
    if op.path == "/documents/{id}" {
        out["responses"]["200"]["content"]["text/plain"] = json!({ "schema": { "type": "string" } });
    }
    match op.body {
        Some("Piece") => {
            let bytes = json!({ "schema": { "type": "string", "format": "binary" } });
            out["requestBody"] = json!({ "required": true, "content": { "application/offset+octet-stream": bytes } });
        }
        Some("Upload") => {
            out["requestBody"] = json!({ "required": true, "content": { "multipart/form-data": { "schema": { "$ref": "#/components/schemas/Upload" } } } })
        }
        Some(name) => {
            let mut content = json!({ "schema": { "$ref": format!("#/components/schemas/{name}") } });
            if let Some(example) = body_example(name) {
                content["example"] = example;
            }
            out["requestBody"] = json!({ "required": true, "content": { "application/json": content } });
        }
        None => {}
    }
    out
}

fn body_example(name: &str) -> Option<Value> {
    Some(match name {
        "sign_in" => json!({ "email": "officer@bureau.example", "password": "correct horse battery" }),
        "create_need" => example(&<CreateNeed as Draft>::FORM),
        "register_organisation" => example(&<RegisterOrganisation as Draft>::FORM),
        "create_account" => example(&<CreateAccount as Draft>::FORM),
        "import_statement" => {
            json!({ "csv": "交易日期,凭证号,对方户名,金额\n2026-03-09,国库支付0001,示例大学（示例）,800000.00", "step": "preview" })
        }
        "DraftPatch" => json!({ "version": 3, "draft": { "title": "焦化脱硫废液提盐及副盐高值化关键技术" } }),
        "Clock" => json!({ "now": "2026-12-01T01:00:00Z" }),
        _ => return None,
    })
}

fn shown(noun: Noun) -> Value {
    json!({
        "operationId": format!("get_{}", noun.id()), "tags": [noun.id()], "summary": format!("One {}, as its reader may see it", noun.id()),
        "parameters": [parameter("id", "path", true, "uuid"), { "$ref": "#/components/parameters/Lang" }], "security": security(matches!(noun, Noun::Challenge | Noun::Notice | Noun::Question)),
        "responses": responses("200", "Resource", &["400", "401", "403", "404", "500"]),
    })
}

/// The list of a thing's documents, and the newest of a kind or its draft.
fn documents(noun: Noun) -> [(String, Value); 2] {
    use crate::domain::document::DocumentKind;
    let kinds: Vec<&str> = DocumentKind::ALL.iter().filter(|k| k.noun() == noun).map(|k| k.id()).collect();
    let kind = if kinds.is_empty() { json!({ "type": "string" }) } else { json!({ "type": "string", "enum": kinds }) };
    let kind = json!({ "name": "kind", "in": "path", "required": true, "schema": kind });
    let open = matches!(noun, Noun::Challenge | Noun::Notice | Noun::Question);
    let operation = |id: String, summary: &str, answer: &str, more: Vec<Value>| {
        let mut parameters = vec![parameter("id", "path", true, "uuid"), json!({ "$ref": "#/components/parameters/Lang" })];
        parameters.extend(more);
        json!({
            "operationId": id, "tags": [noun.id()], "summary": summary, "parameters": parameters, "security": security(open),
            "responses": responses("200", answer, &["400", "401", "403", "404", "500"]),
        })
    };
    let base = format!("/{}/{{id}}/documents", noun.path());
    let list = operation(format!("list_{}_documents", noun.id()), "The documents that its reader may read", "List", vec![]);
    let more = vec![kind, parameter("format", "query", false, "string")];
    let mut one = operation(format!("get_{}_document", noun.id()), "The newest document of a kind, or its draft", "Document", more);
    one["responses"]["303"] = json!({ "description": "An issued document is at its own address" });
    one["responses"]["200"]["content"]["text/plain"] = json!({ "schema": { "type": "string" } });
    [(base.clone(), list), (format!("{base}/{{kind}}"), one)]
}

fn responses(status: &str, answer: &str, faults: &[&str]) -> Value {
    let mut out = Map::new();
    let good = match answer {
        "" => json!({ "description": "Done" }),
        "Bytes" => {
            json!({ "description": "The file", "content": { "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } } })
        }
        name => {
            json!({ "description": name, "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } })
        }
    };
    out.insert(status.to_owned(), good);
    for fault in faults {
        out.insert((*fault).to_owned(), json!({ "$ref": format!("#/components/responses/Problem{fault}") }));
    }
    Value::Object(out)
}

/// One reusable answer for each status, with an example.
fn problems(text: &Text) -> Value {
    let mut out = Map::new();
    for (kind, status) in KINDS {
        let problem = super::problem::Problem::new(kind);
        out.entry(format!("Problem{status}")).or_insert_with(|| {
            json!({ "description": text.t(&format!("problem.{status}.title")), "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" }, "example": problem.json(text) } } })
        });
    }
    Value::Object(out)
}

fn form_name(form: &Form) -> String {
    form.name.to_owned()
}

/// The body of an act is its form and the version that its actor had before them, which some acts must say.
fn act_form_name(act: &Act) -> String {
    if act.edits() { format!("{}_edit", act.form.name) } else { act.form.name.to_owned() }
}

fn act_schema(text: &Text, act: &Act) -> Value {
    let mut schema = form_schema(text, &act.form);
    let told = "the version of the thing that the caller had read: another one is refused with 409 changed_meanwhile";
    schema["properties"]["version"] = json!({ "type": "integer", "minimum": 0, "description": told });
    if let Some(required) = schema["required"].as_array_mut().filter(|_| act.edits()) {
        required.push(json!("version"));
    }
    schema
}

fn act_example(act: &Act) -> Value {
    let mut example = example(&act.form);
    if act.edits() {
        example["version"] = json!(3);
    }
    example
}

/// Schema of a form, with what each field may hold.
pub fn form_schema(text: &Text, form: &Form) -> Value {
    let fields: Vec<&Field> = form.fields().collect();
    object(text, form.name, &fields)
}

fn object(text: &Text, form: &str, fields: &[&Field]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|f| (f.name.to_owned(), field_schema(text, form, f))).collect();
    let required: Vec<&str> = fields.iter().filter(|f| f.must).map(|f| f.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn field_schema(text: &Text, form: &str, f: &Field) -> Value {
    let title = text.first(&[&format!("field.{form}.{}", f.name), &format!("field.{}", f.name)]);
    let mut schema = match f.kind {
        Kind::Text(least, most) | Kind::Long(least, most) => json!({ "type": "string", "minLength": least, "maxLength": most }),
        Kind::Fen => {
            json!({ "type": "integer", "format": "int64", "minimum": 0, "description": "fen; text like 12.5万 is read too" })
        }
        Kind::Integer(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Decimal => json!({ "type": "string", "description": "an exact decimal, at most six places", "example": "98.5" }),
        Kind::Percent => json!({ "type": "integer", "minimum": 0, "maximum": 10000, "description": "hundredths of a percent" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Instant => json!({ "type": "string", "format": "date-time" }),
        Kind::Choice(options) => json!({ "type": "string", "enum": options }),
        Kind::Choices(options) => json!({ "type": "array", "items": { "type": "string", "enum": options } }),
        Kind::YesNo | Kind::Flag => json!({ "type": "boolean" }),
        Kind::Rows(least, most, inner) => {
            let fields: Vec<&Field> = inner.iter().collect();
            json!({ "type": "array", "minItems": least, "maxItems": most, "items": object(text, form, &fields) })
        }
        Kind::Files(most) => json!({ "type": "array", "maxItems": most, "items": { "type": "string", "format": "uuid" } }),
        Kind::Id => json!({ "type": "string", "format": "uuid" }),
        Kind::CreditCode => json!({ "type": "string", "minLength": 18, "maxLength": 18, "example": "91141122701122334Y" }),
        Kind::Email => json!({ "type": "string", "format": "email" }),
        Kind::Mobile => json!({ "type": "string", "pattern": "^1[3-9][0-9]{9}$" }),
        Kind::Password => json!({ "type": "string", "format": "password" }),
    };
    schema["title"] = json!(title);
    if !f.must {
        schema = json!({ "anyOf": [schema, { "type": "null" }], "title": title });
    }
    schema
}

/// A plausible value of each required field.
pub fn example(form: &Form) -> Value {
    let fields: Map<String, Value> = form.fields().filter(|f| f.must).map(|f| (f.name.to_owned(), field_example(f))).collect();
    Value::Object(fields)
}

fn field_example(f: &Field) -> Value {
    match f.kind {
        Kind::Text(least, _) | Kind::Long(least, _) => {
            let words = "经现场核对，情况属实，符合本榜要求。";
            json!(words.chars().cycle().take(least.max(6)).collect::<String>())
        }
        Kind::Fen => json!(12_000_000),
        Kind::Integer(least, _) => json!(least.max(1)),
        Kind::Decimal => json!("98.5"),
        Kind::Percent => json!(4000),
        Kind::Date => json!("2026-12-01"),
        Kind::Instant => json!("2027-01-08T09:00:00Z"),
        Kind::Choice(options) => json!(options[0]),
        Kind::Choices(options) => json!([options[0]]),
        Kind::YesNo | Kind::Flag => json!(true),
        Kind::Rows(least, _, inner) => {
            let row: Map<String, Value> =
                inner.iter().filter(|i| i.must).map(|i| (i.name.to_owned(), field_example(i))).collect();
            json!(vec![Value::Object(row); least.max(1)])
        }
        Kind::Files(_) => json!(["0192f0c1-2c4e-7b10-9a00-000000000001"]),
        Kind::Id => json!("0192f0c1-2c4e-7b10-9a00-000000000002"),
        Kind::CreditCode => json!("91141122701122334Y"),
        Kind::Email => json!("person@unit.example"),
        Kind::Mobile => json!("13800000000"),
        Kind::Password => json!("correct horse battery"),
    }
}

fn schemas(text: &Text) -> Value {
    let uuid = json!({ "type": "string", "format": "uuid" });
    let time = json!({ "type": ["string", "null"], "format": "date-time" });
    let hash = json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" });
    let mut out: Map<String, Value> = ACTS.iter().map(|a| (act_form_name(a), act_schema(text, a))).collect();
    for form in
        forms::ALL.iter().copied().chain([<Need as Draft>::FORM, <Offer as Draft>::FORM, <rubric::EditRubric as Draft>::FORM])
    {
        out.entry(form_name(&form)).or_insert_with(|| form_schema(text, &form));
    }
    let refusal = json!({ "type": ["object", "null"], "properties": { "code": { "type": "string" }, "detail": { "type": "string" }, "facts": { "type": "object" } } });
    let action = json!({ "type": "object", "required": ["name", "method", "href", "refusal"], "properties": { "name": { "type": "string" }, "method": { "type": "string" }, "href": { "type": "string" }, "refusal": refusal } });
    let turn = json!({ "type": ["object", "null"], "properties": { "role": { "type": "string" }, "organisation": { "type": ["string", "null"] }, "what": { "type": "string" }, "since": time, "due_at": time } });
    let named = [
        (
            "Problem",
            json!({ "type": "object", "required": ["type", "status"], "properties": { "type": { "type": "string", "enum": KINDS.iter().map(|(k, _)| format!("/problems/{k}")).collect::<Vec<_>>() }, "status": { "type": "integer" }, "title": { "type": "string" }, "detail": { "type": "string" }, "code": { "type": "string" }, "facts": { "type": "object" }, "request_id": { "type": "string" },
            "meanwhile": { "type": "array", "description": "with changed_meanwhile: the entries that led from the version sent to the one that stands, as far as the caller may read them", "items": { "type": "object", "properties": { "at": time, "kind": { "type": "string" }, "actor": { "type": "object" }, "from": { "type": ["string", "null"] }, "to": { "type": ["string", "null"] }, "reason": { "type": ["string", "null"] }, "changes": { "type": "array", "items": { "type": "object" } } } } },
            "errors": { "type": "array", "items": { "type": "object", "properties": { "field": { "type": "string" }, "code": { "type": "string" }, "message": { "type": "string" }, "facts": { "type": "object" } } } } } }),
        ),
        (
            "Resource",
            json!({ "type": "object", "required": ["id"], "properties": { "id": uuid, "noun": { "type": "string" }, "state": { "type": "string" }, "version": { "type": "integer" }, "turn": turn, "due_at": time, "actions": { "type": "array", "items": action } } }),
        ),
        (
            "List",
            json!({ "type": "object", "required": ["items", "next"], "properties": { "items": { "type": "array", "items": { "type": "object" } }, "next": { "type": ["string", "null"] } } }),
        ),
        (
            "Overview",
            json!({ "type": "object", "required": ["years", "industries", "all"], "properties": { "year": { "type": ["integer", "null"] }, "years": { "type": "array", "items": { "type": "object", "required": ["year", "contracts", "promised_county_fen", "paid_county_fen"] } },
            "industries": { "type": "array", "items": { "type": "object", "required": ["chain", "contracts", "promised_county_fen", "paid_county_fen"] } }, "all": { "type": "object" } } }),
        ),
        (
            "RdStatement",
            json!({ "type": "object", "required": ["year", "items", "total", "external_fen", "commissioned"], "properties": { "year": { "type": "integer" }, "unit": { "type": ["string", "null"] },
            "items": { "type": "array", "items": { "type": "object", "required": ["class", "sources_fen", "total_fen", "county_home_fen", "county_others_fen"] } }, "total": { "type": "object" },
            "external_fen": { "type": "integer", "format": "int64" }, "commissioned": { "type": "array", "items": { "type": "object", "required": ["firm", "paid_fen", "registered_fen", "deductible_fen"] } } } }),
        ),
        (
            "TrialBalance",
            json!({ "type": "object", "required": ["items", "debit_fen", "credit_fen", "balanced"], "properties": { "contract": { "type": ["string", "null"] }, "fiscal_year": { "type": ["integer", "null"] }, "at": time,
            "items": { "type": "array", "items": { "type": "object", "required": ["channel", "account", "debit_fen", "credit_fen"], "properties": {
                "channel": { "type": "string", "enum": Channel::ALL }, "account": { "type": "string", "enum": LedgerAccount::ALL }, "debit_fen": { "type": "integer", "format": "int64" }, "credit_fen": { "type": "integer", "format": "int64" },
                "balance_debit_fen": { "type": "integer", "format": "int64" }, "balance_credit_fen": { "type": "integer", "format": "int64" } } } },
            "debit_fen": { "type": "integer", "format": "int64" }, "credit_fen": { "type": "integer", "format": "int64" }, "balanced": { "type": "boolean" } } }),
        ),
        (
            "Token",
            json!({ "type": "object", "required": ["token"], "properties": { "token": { "type": "string" }, "id": uuid, "expires_at": time, "account": { "type": "object" } } }),
        ),
        (
            "Me",
            json!({ "type": "object", "required": ["id", "role"], "properties": { "id": uuid, "role": { "type": "string", "enum": Role::GIVEN }, "waiting": { "type": "integer" } } }),
        ),
        (
            "Draft",
            json!({ "type": "object", "required": ["version", "draft"], "properties": { "version": { "type": "integer" }, "draft": { "type": "object" }, "open_items": { "type": "array", "items": { "type": "object" } } } }),
        ),
        (
            "DraftPatch",
            json!({ "type": "object", "required": ["version", "draft"], "properties": { "version": { "type": "integer" }, "draft": { "type": "object" } } }),
        ),
        ("Version", json!({ "type": "object", "required": ["version"], "properties": { "version": { "type": "integer" } } })),
        (
            "Receipt",
            json!({ "type": "object", "required": ["bid", "sha256", "sealed_at"], "properties": { "bid": uuid, "sha256": { "type": "string" }, "sealed_at": time, "edition": { "type": "integer" }, "proof": { "anyOf": [{ "$ref": "#/components/schemas/LogReceipt" }, { "type": "null" }] } } }),
        ),
        (
            "Checkpoint",
            json!({ "type": "object", "required": ["checkpoint", "size", "key"], "properties": { "checkpoint": { "type": "string", "description": "a signed note (c2sp.org/tlog-checkpoint)" }, "size": { "type": "integer" }, "key": { "type": ["string", "null"], "description": "c2sp.org/signed-note" } } }),
        ),
        (
            "Proof",
            json!({ "type": "object", "required": ["root", "proof"], "properties": { "seq": { "type": "integer" }, "leaf": hash, "size": { "type": "integer" }, "root": hash, "proof": { "type": "array", "items": hash }, "checkpoint": { "type": ["string", "null"] }, "from": { "type": "integer" }, "to": { "type": "integer" }, "from_root": hash } }),
        ),
        (
            "LogReceipt",
            json!({ "type": "object", "required": ["format", "key", "seq", "body", "salt", "proof", "checkpoint"], "properties": { "format": { "type": "string" }, "key": { "type": "string" }, "seq": { "type": "integer" }, "body": { "type": "string", "description": "the entry exactly as it was written" }, "salt": hash, "proof": { "type": "array", "items": hash }, "checkpoint": { "type": "string" }, "row": { "type": "string" } } }),
        ),
        (
            "File",
            json!({ "type": "object", "required": ["id", "sha256"], "properties": { "id": uuid, "name": { "type": "string" }, "size": { "type": "integer" }, "sha256": { "type": "string" }, "kind": { "type": "string" } } }),
        ),
        (
            "UploadProgress",
            json!({ "type": "object", "required": ["id", "offset", "length"], "properties": { "id": uuid, "offset": { "type": "integer", "description": "bytes that are safe" }, "length": { "type": "integer" }, "until": time, "file": { "type": ["string", "null"], "description": "where the file is, once it is whole" } } }),
        ),
        (
            "Keyholder",
            json!({ "type": "object", "required": ["public", "fingerprint"], "properties": { "public": { "type": "string" }, "fingerprint": { "type": "string" }, "enrolled_at": time, "drilled_at": time } }),
        ),
        (
            "Drill",
            json!({ "type": "object", "required": ["v", "public", "data"], "properties": { "v": { "type": "string" }, "public": { "type": "string", "description": "the key that is asked" }, "data": { "type": "string", "description": "the nonce, sealed to it" } } }),
        ),
        (
            "Upload",
            json!({ "type": "object", "required": ["file"], "properties": { "file": { "type": "string", "format": "binary" } } }),
        ),
        (
            "UsccCheck",
            json!({ "type": "object", "required": ["valid", "reason", "position"], "properties": { "valid": { "type": "boolean" }, "reason": { "type": ["string", "null"] }, "position": { "type": ["integer", "null"] } } }),
        ),
        (
            "WorkingDays",
            json!({ "type": "object", "required": ["due", "counted", "skipped", "covered"], "properties": { "due": { "type": "string", "format": "date" }, "counted": { "type": "array", "items": { "type": "string" } }, "skipped": { "type": "array", "items": { "type": "object" } }, "covered": { "type": "boolean" } } }),
        ),
        (
            "Clock",
            json!({ "type": "object", "required": ["now"], "properties": { "now": { "type": "string", "format": "date-time" } } }),
        ),
        ("Document", json!({ "type": "object" })),
        ("Object", json!({ "type": "object" })),
    ];
    out.extend(named.into_iter().map(|(n, v)| (n.to_owned(), v)));
    Value::Object(out)
}
