// The board keeps itself up to date: each event is the board anew. Without this, or when it fails, the page is reloaded by hand.
"use strict";

(() => {
  const lost = document.getElementById("board-lost");
  const source = new EventSource("/board/stream");
  source.onopen = () => { lost.hidden = true; };
  source.onerror = () => { lost.hidden = false; };
  source.onmessage = (event) => {
    const board = document.getElementById("board");
    const focused = board.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    board.innerHTML = event.data;
    if (focused !== null) {
      board.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    }
    lost.hidden = true;
  };
  addEventListener("pagehide", () => source.close());
})();
