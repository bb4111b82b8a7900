// Regions with hx-trigger="beat from:body" refresh at each beat: never in a hidden tab, nor while
// a dialog is open or somebody is typing, so that nothing moves under their hands.

const SECONDS = 5;

function busy() {
  if (document.hidden || document.querySelector("dialog[open], details[data-menu][open]")) return true;
  const active = document.activeElement;
  return active?.matches("select, textarea") || active?.matches("input:not([data-scanner])") || false;
}

export function beat(body) {
  const now = () => {
    if (!busy()) body.dispatchEvent(new CustomEvent("beat"));
  };
  setInterval(now, SECONDS * 1000);
  document.addEventListener("visibilitychange", now);
}
