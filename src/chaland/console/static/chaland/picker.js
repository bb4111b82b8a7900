// What is typed into a picker and is one of its suggestions, or is ended with Enter or a comma,
// becomes a tick that can be taken off again. Without this script, typed codes are sent as they are.

function tick(picker, value, text) {
  const list = picker.querySelector(".picked");
  const known = [...list.querySelectorAll("input")].find((input) => input.value === value);
  if (known) {
    known.checked = true;
    return;
  }
  const item = document.createElement("li");
  const label = document.createElement("label");
  label.className = "pick";
  const input = document.createElement("input");
  Object.assign(input, { type: "checkbox", name: picker.dataset.picker, value, checked: true });
  const name = document.createElement("span");
  name.textContent = text;
  label.append(input, name);
  item.append(label);
  list.append(item);
}

function take(field) {
  const picker = field.closest("[data-picker]");
  const options = [...field.list.options];
  for (const typed of field.value.split(",")) {
    const value = typed.trim();
    if (!value) continue;
    const option = options.find((each) => each.value.toLowerCase() === value.toLowerCase());
    tick(picker, option?.value ?? value, option?.textContent || value);
  }
  field.value = "";
  picker.dispatchEvent(new Event("change", { bubbles: true }));
}

export function watchPickers(root) {
  const typing = (event) => event.target.closest?.("[data-picker] input[list]");
  root.addEventListener("input", (event) => {
    const field = typing(event);
    if (!field) return;
    const chosen = event.inputType === "insertReplacementText" || event.inputType === undefined;
    if (chosen || field.value.endsWith(",")) take(field);
  });
  root.addEventListener("keydown", (event) => {
    const field = event.key === "Enter" && typing(event);
    if (!field || !field.value.trim()) return;
    event.preventDefault();
    take(field);
  });
  root.addEventListener("focusout", (event) => {
    const field = typing(event);
    if (field?.value.trim()) take(field);
  });
}
