// Menus are <details data-menu>: they work without a script; this closes them when one looks elsewhere.

export function watchMenus(root) {
  const close = (except) => {
    for (const menu of root.querySelectorAll("details[data-menu][open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  root.addEventListener("click", (event) => close(event.target.closest("details[data-menu]")));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
