// The store app: the scanner's target has the focus, and picking is counted on this device.
import { watchCounting } from "./counting.js";
import { watchPicking } from "./picking.js";

const target = document.querySelector("[data-autofocus]");
if (target && !document.querySelector("dialog[open]")) target.focus({ preventScroll: true });

for (const form of document.querySelectorAll("form[data-pick]")) watchPicking(form, sessionStorage);
for (const form of document.querySelectorAll("form[data-count]")) watchCounting(form, localStorage);
