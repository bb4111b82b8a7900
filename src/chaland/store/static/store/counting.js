// Counting by scanner: each scan is one unit, kept on this device until the server has it. Scans have
// ids of their own, so what is sent twice counts once, and the moment at which they were made.

const RETRY_SECONDS = 5;
const AT_ONCE = 200;

const plain = (code) => code.trim().toUpperCase().replace(/^0+/, "");

export function watchCounting(form, memory) {
  const key = `chaland-count-${form.dataset.count}`;
  const kept = JSON.parse(memory.getItem(key) ?? '{"queue": [], "own": {}}');
  const list = form.querySelector("[data-lines]");
  const scanner = form.querySelector("#scan");
  const said = form.querySelector("#scan-said");
  const undo = form.querySelector("[data-undo]");
  const area = form.querySelector("[data-area]");
  const sync = form.querySelector("[data-sync]");
  let last = null;
  let sending = false;
  let offline = false;

  const keep = () => memory.setItem(key, JSON.stringify(kept));
  const input = (line) => line.querySelector("input[type=number]");
  const number = (line) => Number(input(line).value || 0);
  const lines = () => [...list.querySelectorAll("[data-line]")];
  const place = (sku) => `${area.value}|${sku}`;

  function find(code) {
    return lines().find((line) => line.dataset.codes.split(" ").some((item) => plain(item) === plain(code)));
  }

  function add(code, name = code) {
    const line = form.querySelector("[data-line-template]").content.firstElementChild.cloneNode(true);
    line.dataset.sku = code;
    line.dataset.codes = code;
    line.dataset.name = name;
    line.querySelector("strong").textContent = name;
    line.querySelector(".mono").textContent = code;
    list.prepend(line);
    form.querySelector("[data-nothing]")?.remove();
    return line;
  }

  function show() {
    for (const line of lines()) line.classList.toggle("line-done", input(line).value !== "");
    const waiting = kept.queue.length;
    sync.textContent = waiting ? `${waiting} ${form.dataset.saidUnsent}` : form.dataset.saidSent;
    if (waiting && offline) sync.textContent = `${waiting}. ${form.dataset.saidOffline}`;
    sync.classList.toggle("sync-waiting", waiting > 0);
    form.querySelector("[data-unsent-warning]").hidden = waiting === 0;
    form.querySelector("[data-finish]").disabled = waiting > 0;
    undo.hidden = last === null;
    keep();
  }

  function say(text, good) {
    said.textContent = text;
    said.classList.toggle("said-bad", !good);
    navigator.vibrate?.(good ? 40 : [120, 60, 120]);
  }

  // What this person has counted of an article here: what was in the line before, the first time.
  function own(line) {
    const at = place(line.dataset.sku);
    kept.own[at] ??= number(line);
    return at;
  }

  function push(line, mode, quantity) {
    const scan = { id: crypto.randomUUID(), code: line.dataset.scan ?? line.dataset.sku, mode, quantity, area: area.value, at: new Date().toISOString() };
    if (!line.dataset.scan) scan.sku = true;
    kept.queue.push(scan);
    return scan;
  }

  function plus(line) {
    const at = own(line);
    kept.own[at] += 1;
    input(line).value = number(line) + 1;
    last = { line, scan: push(line, "add", 1) };
    say(`${line.dataset.name}: ${number(line)}`, true);
    show();
    send();
  }

  function put(line, total) {
    const at = own(line);
    const change = total - Number(line.dataset.before ?? number(line));
    kept.own[at] = Math.max(0, kept.own[at] + change);
    input(line).value = Math.max(0, total);
    push(line, "set", kept.own[at]);
    last = null;
    say(`${line.dataset.name}: ${number(line)}`, true);
    show();
    send();
  }

  function takeBack() {
    if (!last) return;
    const { line, scan } = last;
    const waiting = kept.queue.indexOf(scan);
    if (waiting >= 0 && !sending) {
      kept.queue.splice(waiting, 1);
      kept.own[place(line.dataset.sku)] -= 1;
      input(line).value = number(line) - 1;
      last = null;
      say(`${line.dataset.name}: ${number(line)}`, true);
      show();
      return;
    }
    line.dataset.before = number(line);
    put(line, number(line) - 1);
  }

  function scan(code) {
    let line = find(code);
    const isNew = !line;
    if (isNew) {
      line = add(code);
      line.dataset.scan = code;
    }
    plus(line);
    line.scrollIntoView({ block: "nearest" });
    if (isNew) say(`${form.dataset.saidNew} ${code}`, true);
  }

  function merge(answer, sent) {
    for (const item of sent) {
      const refusal = answer.refused[item.id];
      if (!refusal) continue;
      const line = find(item.code);
      if (line?.dataset.scan) line.remove();
      say(`${item.code}: ${refusal}`, false);
    }
    for (const known of answer.lines) {
      const line = find(known.sku) ?? known.codes.split(" ").map(find).find(Boolean) ?? add(known.sku, known.name);
      const was = line.dataset.sku;
      Object.assign(line.dataset, { sku: known.sku, codes: known.codes, name: known.name });
      delete line.dataset.scan;
      for (const mine of Object.keys(kept.own)) {
        if (was !== known.sku && mine.endsWith(`|${was}`)) {
          kept.own[mine.replace(`|${was}`, `|${known.sku}`)] = kept.own[mine];
          delete kept.own[mine];
        }
      }
      line.querySelector("strong").textContent = known.name;
      line.querySelector(".mono").textContent = known.codes.split(" ").reverse().join(" · ");
      const waits = kept.queue.some((item) => known.codes.split(" ").some((code) => plain(code) === plain(item.code)));
      if (!waits && document.activeElement !== input(line)) input(line).value = known.counted ?? "";
    }
  }

  async function send() {
    if (sending || !kept.queue.length) return;
    sending = true;
    const sent = kept.queue.slice(0, AT_ONCE);
    try {
      const response = await fetch(form.dataset.scansUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value },
        body: JSON.stringify({ scans: sent.map(({ sku, ...rest }) => ({ ...rest, sku: Boolean(sku) })) }),
      });
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      const ids = new Set(sent.map((item) => item.id));
      kept.queue = kept.queue.filter((item) => !ids.has(item.id));
      merge(answer, sent);
      offline = false;
    } catch {
      offline = true;
    }
    sending = false;
    show();
    if (!offline && kept.queue.length) send();
  }

  scanner.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (scanner.value.trim()) scan(scanner.value.trim());
    scanner.value = "";
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    const line = button.closest("[data-line]");
    if (button.dataset.step === "1") return plus(line);
    line.dataset.before = number(line);
    put(line, Math.max(0, number(line) - 1));
  });
  list.addEventListener("focusin", (event) => {
    const line = event.target.matches("input[type=number]") && event.target.closest("[data-line]");
    if (line) line.dataset.before = number(line);
  });
  list.addEventListener("change", (event) => {
    const line = event.target.closest("[data-line]");
    if (line && event.target.value !== "") put(line, Number(event.target.value));
  });
  undo.addEventListener("click", () => {
    takeBack();
    scanner.focus();
  });
  form.addEventListener("submit", () => memory.removeItem(key));
  window.addEventListener("online", send);
  setInterval(send, RETRY_SECONDS * 1000);

  for (const item of kept.queue) {
    const line = find(item.code) ?? add(item.code);
    if (!item.sku && line.dataset.sku === item.code) line.dataset.scan = item.code;
    input(line).value = item.mode === "add" ? number(line) + item.quantity : item.quantity;
  }
  show();
  send();
}
