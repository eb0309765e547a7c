// The panels of the sealing pages: they fill in the page's own form, which also works by hand. The work is in seal.js.
const root = document.querySelector("[data-sealing]");
const says = root.querySelector("[data-says]");
const field = (id) => root.querySelector(`#tool-${id}`);
const input = (name) => document.querySelector(`form [name="${name}"]`);

function download(name, data) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function holder(seal) {
  const file = field("key").files[0];
  if (!file) throw Object.assign(new Error("no file"), { code: "no_file" });
  return seal.loadKey(await file.text(), field("phrase").value);
}

/** Puts a value into the form as if it had been typed. */
function fill(name, value) {
  input(name).value = value;
  input(name).dispatchEvent(new Event("input", { bubbles: true }));
}

async function sealBid(seal, { sheet, fields, files }) {
  const contents = { A: { fields: fields.A, files: [] }, B: { fields: fields.B, files: [] } };
  for (const { href, part, ...file } of files) {
    const answer = await fetch(href, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    contents[part].files.push({ ...file, blob: await answer.blob() });
  }
  const made = await seal.seal(sheet, contents);
  download(`${sheet.bid}-${sheet.version}.jbspare`, await seal.saveSpare(sheet, made, field("phrase").value));
  const chosen = new DataTransfer();
  chosen.items.add(new File([seal.bundle(made)], `${sheet.bid}-${sheet.version}.jb`));
  input("file").files = chosen.files;
  input("file").dispatchEvent(new Event("change", { bubbles: true }));
  return `A ${made.A.commit}\nB ${made.B.commit}`;
}

const work = {
  async key(seal) {
    const made = await seal.makeKey();
    download("keyholder.jbkey", await seal.saveKey(made, field("phrase").value));
    fill("public", made.public);
    return seal.fingerprint(made.public);
  },
  async drill(seal, drill) {
    fill("answer", await seal.answerDrill(drill, await holder(seal)));
    return "";
  },
  seal: sealBid,
  async spare(seal, { parts, commits }) {
    const file = field("key").files[0];
    if (!file) throw Object.assign(new Error("no file"), { code: "no_file" });
    const spare = await seal.loadSpare(await file.text(), field("phrase").value);
    const fits = ["A", "B"].every((part, n) => spare.head.commits[part] === commits[n]);
    if (!fits) throw Object.assign(new Error("another bid"), { code: "not_of_this_bid" });
    fill("key", parts.map((part) => seal.b64(spare[part])).join(" "));
    return "";
  },
  async open(seal, handout) {
    const { answer, damaged } = await seal.peel(handout, await holder(seal));
    fill("answer", JSON.stringify(answer));
    return damaged.length ? `${root.dataset.seal_damaged_wrap} ${damaged.map((d) => `${d.bid} ${d.envelope}`).join(", ")}` : "";
  },
};

// WebCrypto is there on https and on this machine only; without it the form is filled in by hand.
if (globalThis.crypto?.subtle) {
  root.querySelector("[data-panel]").hidden = false;
  const button = root.querySelector("[data-go]");
  button.addEventListener("click", async () => {
    button.disabled = true;
    says.textContent = root.dataset.working;
    try {
      const seal = await import(root.dataset.library);
      const told = await work[root.dataset.sealing](seal, root.dataset.with ? JSON.parse(root.dataset.with) : null);
      says.textContent = `${root.dataset.done} ${told}`;
      field("phrase").value = "";
    } catch (e) {
      says.textContent = root.dataset[e.code] ?? `${root.dataset.failed} (${e.code ?? e.message})`;
    }
    button.disabled = false;
  });
}
