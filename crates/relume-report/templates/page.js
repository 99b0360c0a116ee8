// The page is complete without this: it only adds sorting by column, copying of code, and lets one activation
// stand out everywhere.
"use strict";
(() => {
  const marked = document.querySelectorAll("[data-a]");
  let shown = null;
  const highlight = (which) => {
    if (which === shown) return;
    shown = which;
    document.body.classList.toggle("picking", which !== null);
    for (const element of marked) element.classList.toggle("picked", element.dataset.a === which);
  };
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const element = event.target.closest("[data-a]");
    highlight(element ? element.dataset.a : null);
  });
  document.addEventListener("pointerleave", () => highlight(null));

  const value = (row, column) => {
    const cell = row.cells[column];
    return "v" in cell.dataset ? Number(cell.dataset.v) : column === 0 ? cell.textContent.trim() : null;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (![...body.rows].some((row) => value(row, column) !== null)) return;
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", `Sort by ${head.textContent.trim()}`);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const order = (a, b) => {
          const [x, y] = [value(a, column), value(b, column)];
          if (x === null || y === null) return (x === null) - (y === null);
          const sign = down ? -1 : 1;
          return sign * (typeof x === "string" ? x.localeCompare(y) : x - y);
        };
        body.append(...[...body.rows].sort(order));
      });
    });
  }

  for (const block of document.querySelectorAll(".code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    const code = block.querySelector("code");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        // Where the clipboard is closed, the selected code waits for the reader's own hand.
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    block.append(button);
  }
})();
