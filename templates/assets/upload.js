// Files go up as soon as they are chosen, piece by piece (tus 1.0.0); a cut connection costs a piece. What has come is named in
// the form by a hidden field, as a kept file is, so that a draft keeps it. Without this script files go with the form.
const says = document.body.dataset;
const ROOT = "/api/v1/uploads";
const MIB = 1024 * 1024;
const VERSION = { "tus-resumable": "1.0.0" };

class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function ask(method, href, headers = {}, body) {
  const answer = await fetch(href, {
    method,
    body,
    headers: { ...VERSION, accept: "application/json", ...headers },
    credentials: "same-origin",
    cache: "no-store",
  });
  if (answer.ok) return answer;
  if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
  const told = method === "HEAD" ? {} : await answer.json().catch(() => ({}));
  throw new Refused(answer.status, told.detail ?? "");
}

const offset = (answer) => Number(answer.headers.get("upload-offset"));
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** What this tab knows a file by, to go on with it after the page was loaded again; no name is kept. */
async function mark(file) {
  if (!globalThis.crypto?.subtle) return null;
  const text = new TextEncoder().encode(`${file.name}\n${file.size}\n${file.lastModified}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return `upload ${Array.from(hash, (b) => b.toString(16).padStart(2, "0")).join("")}`;
}

/** Waits, or until the network is back. */
const pause = (ms) =>
  new Promise((go) => {
    const timer = setTimeout(go, ms);
    addEventListener("online", () => (clearTimeout(timer), go()), { once: true });
  });

class Sending {
  constructor(file, row) {
    Object.assign(this, { file, row, stopped: false, href: null, at: 0 });
  }

  async begin() {
    const key = await mark(this.file);
    const known = key && sessionStorage.getItem(key);
    if (known) {
      try {
        this.at = offset(await ask("HEAD", known));
        this.href = known;
        return;
      } catch (e) {
        if (!(e instanceof Refused)) throw e;
      }
    }
    const told = { "upload-length": this.file.size, "upload-metadata": `filename ${base64(this.file.name)}` };
    const answer = await ask("POST", ROOT, told);
    this.href = new URL(answer.headers.get("location"), location.href).pathname;
    this.at = 0;
    if (key) sessionStorage.setItem(key, this.href);
  }

  async piece() {
    const size = this.file.size > 64 * MIB ? 4 * MIB : MIB;
    const told = { "content-type": "application/offset+octet-stream", "upload-offset": this.at };
    this.at = offset(await ask("PATCH", this.href, told, this.file.slice(this.at, this.at + size)));
  }

  /** Until it is there; gives its id. */
  async run() {
    let wait = 1000;
    let anew = false;
    while (!this.stopped) {
      try {
        if (!this.href) await this.begin();
        else if (anew) this.at = offset(await ask("HEAD", this.href));
        do {
          await this.piece();
          anew = true;
          wait = 1000;
          this.row.at(this.at / this.file.size);
        } while (this.at < this.file.size && !this.stopped);
        if (!this.stopped) return this.over().split("/").pop();
      } catch (e) {
        if (this.stopped) break;
        // Where it stands is asked again; an upload that is gone begins once more.
        if (e instanceof Refused && e.status === 409) anew = true;
        else if (e instanceof Refused && e.status === 404 && anew) this.href = null;
        else if (e instanceof Refused) {
          this.over();
          throw e;
        }
        else {
          anew = true;
          this.row.say(says.uploadAgain, true);
          await pause(wait);
          wait = Math.min(wait * 2, 30000);
        }
      }
    }
    return null;
  }

  /** Nothing is left to be given up; says where it was. */
  over() {
    const { href } = this;
    this.href = null;
    return href;
  }

  stop() {
    this.stopped = true;
    if (this.href) ask("DELETE", this.href).catch(() => {});
  }
}

/** One line under the field: name, how far, and a way out. */
class Row {
  constructor(list, file, leave) {
    this.line = document.createElement("li");
    this.name = document.createElement("span");
    this.name.textContent = file.name;
    this.name.className = "upload-name";
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.state = document.createElement("span");
    this.state.className = "upload-state";
    this.state.setAttribute("role", "status");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small";
    button.textContent = says.uploadCancel;
    button.setAttribute("aria-label", `${says.uploadCancel} ${file.name}`);
    button.addEventListener("click", leave);
    this.line.append(this.name, this.bar, this.state, button);
    list.append(this.line);
  }
  say(text, bad = false) {
    if (this.state.textContent !== text) this.state.textContent = text;
    this.line.classList.toggle("bad", bad);
  }
  at(part) {
    this.bar.value = part;
    this.say(says.uploadGoing.replace("{n}", Math.floor(part * 100)));
  }
}

function list(input) {
  const made = document.createElement("ul");
  made.className = "uploads";
  made.setAttribute("aria-label", says.uploadList);
  input.after(made);
  return made;
}

function uploads(form) {
  const going = new Set();
  const lists = new Map();
  let waits = null; // the button by which the form was sent while files were on their way

  const changed = () => form.dispatchEvent(new Event("change", { bubbles: true }));

  function over(sending) {
    going.delete(sending);
    if (going.size || !waits) return;
    const button = waits.button;
    waits.note.remove();
    waits = null;
    if (!form.querySelector(".uploads .bad")) form.requestSubmit(button);
  }

  function take(input, file) {
    if (!lists.has(input)) lists.set(input, list(input));
    let field = null;
    const row = new Row(lists.get(input), file, () => {
      sending.stop();
      field?.remove();
      row.line.remove();
      over(sending);
      changed();
      input.focus();
    });
    const sending = new Sending(file, row);
    going.add(sending);
    row.at(0);
    sending
      .run()
      .then((id) => {
        if (!id) return;
        field = document.createElement("input");
        field.type = "hidden";
        field.name = input.name;
        field.value = id;
        row.line.append(field);
        row.bar.value = 1;
        row.say(says.uploadDone);
        changed();
      })
      .catch((e) => row.say(e.message && e instanceof Refused ? e.message : says.uploadFailed, true))
      .finally(() => over(sending));
  }

  form.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file" || !input.name) return;
    for (const file of [...input.files]) take(input, file);
    input.value = "";
  });

  // Before the guard hears of it: a form whose files are still on their way is not sent yet.
  form.addEventListener(
    "submit",
    (event) => {
      if (!going.size) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (waits) return;
      const note = document.createElement("p");
      note.className = "note";
      note.setAttribute("role", "status");
      note.textContent = says.uploadLasts;
      (event.submitter?.closest(".form-end") ?? form.lastElementChild).after(note);
      waits = { button: event.submitter, note };
    },
    { capture: true },
  );

  // What was chosen before this script was here.
  for (const input of form.querySelectorAll("input[type=file][name]")) {
    if (input.files.length) input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

for (const form of document.querySelectorAll('form[enctype="multipart/form-data"]')) uploads(form);
