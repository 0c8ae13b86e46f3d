// htmx hears "back" once the page is ready. Pressed sooner, back changed the address alone: the page is loaded for that address.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const asked = new URL(performance.getEntriesByType("navigation")[0].name);
  if (asked.search !== location.search) location.reload();
});
