// Enhancement only: every page works without it. Words come from data- attributes the templates fill in.
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// The summary of faults takes the focus, so that a keyboard or a screen reader starts there.
document.querySelector("[data-faults]")?.focus();

for (const link of all("[data-faults] a[href^='#']")) {
  link.addEventListener("click", (event) => {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault();
    target.closest(".field, .rows")?.scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  });
}

for (const note of all("[data-count]")) {
  const box = document.getElementById(note.dataset.count);
  const max = Number(note.dataset.max);
  const show = () => {
    const left = max - [...box.value].length;
    note.textContent = (left < 0 ? note.dataset.over : note.dataset.left).replace("{n}", Math.abs(left));
    note.classList.toggle("over", left < 0);
  };
  box?.addEventListener("input", show);
  if (box) show();
}

for (const button of all("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.done;
      setTimeout(() => (button.textContent = label), 2000);
    } catch {
      // Refused by the browser: the text stays on the page to be selected by hand.
    }
  });
}

for (const button of all("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const form of all("form[data-guard]")) guard(form);

// Whoever is signed in sends files piece by piece.
const { uploader } = document.body.dataset;
if (uploader && document.querySelector('form[enctype="multipart/form-data"] input[type="file"]')) import(uploader);

function guard(form) {
  const { autosave, saving, saved, failed, conflict, refused } = form.dataset;
  const line = form.querySelector("[data-saved]");
  let version = 0; // of what was typed
  let kept = 0; // of what the server has
  let going = 0; // of what is on its way there
  let leaving = false;
  let stopped = false;
  let busy = false;
  let timer = 0;
  let wait = 3000;

  const say = (text) => line && text && line.textContent !== text && (line.textContent = text);
  // Files are too large for every few seconds: they go piece by piece (upload.js) and stand here by their ids, or with the form.
  const body = () => {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") fields.append(name, value);
    return fields;
  };
  const later = () => {
    clearTimeout(timer);
    if (autosave && !stopped) timer = setTimeout(save, wait);
  };

  async function save() {
    if (busy || stopped || leaving || version === kept) return;
    busy = true;
    const sent = version;
    const fields = body();
    // It outlives the page, if a browser takes it so.
    const keepalive = String(fields).length < 60000;
    going = keepalive ? sent : kept;
    say(saving);
    try {
      const answer = await fetch(autosave, {
        method: "POST",
        body: fields,
        headers: { accept: "application/json" },
        credentials: "same-origin",
        redirect: "manual",
        keepalive,
      });
      if (answer.ok) {
        const told = (answer.headers.get("content-type") ?? "").includes("json") ? await answer.json() : {};
        if (told.version != null && form.elements.version) form.elements.version.value = told.version;
        kept = sent;
        wait = 3000;
        say(saved.replace("{at}", told.saved_at ?? new Date().toTimeString().slice(0, 5)));
      } else if (answer.status >= 500 || answer.status === 429) {
        throw new Error(String(answer.status));
      } else {
        // A lost session, a closed form or someone else's newer version: trying again would not help.
        stopped = true;
        say(answer.status === 409 || answer.status === 412 ? conflict : refused);
      }
    } catch {
      going = kept;
      wait = Math.min(wait * 2, 60000);
      say(failed);
    }
    busy = false;
    if (version !== kept) later();
  }

  const typed = () => {
    version += 1;
    later();
  };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
  // Back from the page after: the form is live again.
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("pagehide", () => {
    if (!autosave || leaving || stopped || version === kept || version === going) return;
    const sent = navigator.sendBeacon?.(autosave, body());
    if (!sent) fetch(autosave, { method: "POST", body: body(), keepalive: true, credentials: "same-origin" }).catch(() => {});
  });
  addEventListener("beforeunload", (event) => {
    if (leaving || version === kept) return;
    // Before the next page is asked for: read again at once, it has what was typed. A page that stays learns its version.
    if (autosave && !stopped && wait === 3000) save();
    else event.preventDefault();
  });
}
