// A button with data-opens="id" opens the dialog of that id; one with data-closes closes its own.
// A dialog with data-open was sent open by the server: its form has something to correct.

function show(dialog) {
  if (!dialog.open) dialog.showModal();
}

export function watchDialogs(root) {
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = root.getElementById(opener.dataset.opens);
      if (dialog) show(dialog);
    }
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest("dialog")?.close();
  });
  const showMarked = () => root.querySelectorAll("dialog[data-open]").forEach(show);
  root.addEventListener("htmx:afterSettle", showMarked);
  showMarked();
}
