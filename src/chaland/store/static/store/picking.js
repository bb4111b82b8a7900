// Picking by scan or tap. The counts live in the form's own number fields, and a copy on the device
// survives a reload or a lost connection; the server hears of them once, when the picker is done.

function lineFor(form, code) {
  const wanted = code.trim().toUpperCase().replace(/^0+/, "");
  const lines = [...form.querySelectorAll("[data-line]")];
  const known = lines.filter((line) =>
    line.dataset.codes.split(" ").some((item) => item.toUpperCase().replace(/^0+/, "") === wanted),
  );
  return known.find((line) => !isFull(line)) ?? known[0];
}

const field = (line) => line.querySelector("input[type=number]");
const isFull = (line) => Number(field(line).value) >= Number(field(line).max);

function change(line, step) {
  const input = field(line);
  const next = Math.min(Number(input.max), Math.max(0, Number(input.value) + step));
  const changed = next !== Number(input.value);
  input.value = next;
  return changed;
}

function signal(good) {
  navigator.vibrate?.(good ? 40 : [120, 60, 120]);
}

export function watchPicking(form, memory) {
  const key = `chaland-pick-${form.dataset.pick}`;
  const scanner = form.querySelector("#scan");
  const said = form.querySelector("#scan-said");
  const done = form.querySelector("[data-pick-done]");
  const short = form.querySelector("[data-pick-short]");
  const lines = [...form.querySelectorAll("[data-line]")];

  const show = () => {
    for (const line of lines) line.classList.toggle("line-done", isFull(line));
    const complete = lines.every(isFull);
    done.hidden = !complete;
    short.hidden = complete;
    memory.setItem(key, JSON.stringify(lines.map((line) => field(line).value)));
  };
  const say = (text, good) => {
    said.textContent = text;
    said.classList.toggle("said-bad", !good);
    signal(good);
  };
  const scan = (code) => {
    const line = lineFor(form, code);
    if (!line) return say(`${form.dataset.saidUnknown} ${code}`, false);
    if (!change(line, 1)) return say(`${form.dataset.saidFull} ${line.dataset.name}`, false);
    show();
    line.scrollIntoView({ block: "nearest" });
    say(`${form.dataset.saidFound} ${line.dataset.name}, ${field(line).value} / ${field(line).max}`, true);
  };

  const kept = JSON.parse(memory.getItem(key) ?? "[]");
  if (kept.length === lines.length) {
    kept.forEach((value, index) => {
      field(lines[index]).value = Math.min(Number(field(lines[index]).max), Number(value) || 0);
    });
  }
  show();

  scanner.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (scanner.value.trim()) scan(scanner.value);
    scanner.value = "";
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    change(button.closest("[data-line]"), Number(button.dataset.step));
    show();
  });
  form.addEventListener("input", show);
  form.addEventListener("submit", () => memory.removeItem(key));
}
