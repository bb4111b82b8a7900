// What every screen does: menus that close, dialogs that open, a search key, a heartbeat for htmx.
import { watchDialogs } from "./dialogs.js";
import { beat } from "./heartbeat.js";
import { watchMenus } from "./menus.js";
import { watchPickers } from "./picker.js";
import { watchShortcuts } from "./shortcuts.js";

watchMenus(document);
watchDialogs(document);
watchPickers(document);
watchShortcuts(document);
beat(document.body);
