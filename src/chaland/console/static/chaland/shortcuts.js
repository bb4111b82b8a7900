// An element with data-shortcut="/" gets the focus when that key is pressed outside of a field.

export function watchShortcuts(root) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    if (event.target.matches("input, select, textarea")) return;
    const target = root.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    target.focus();
    target.select?.();
  });
}
