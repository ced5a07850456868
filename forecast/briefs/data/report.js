"use strict";
(function () {
  const about = document.getElementById("about");
  const find = document.getElementById("find");
  const reports = document.getElementById("reports");
  const shown = document.getElementById("shown");
  const rows = Array.from(document.querySelectorAll("tr[data-nodes]"));
  function filter() {
    const words = find.value.toLowerCase();
    let count = 0;
    for (const row of rows) {
      const fits = !about.value || row.dataset.nodes.split(" ").includes(about.value);
      row.hidden = !(fits && row.textContent.toLowerCase().includes(words));
      count += row.hidden ? 0 : 1;
    }
    shown.textContent = count + " of " + rows.length + " reports";
  }
  if (reports) {
    about.addEventListener("change", filter);
    find.addEventListener("input", filter);
    filter();
    if (location.hash.startsWith("#report-")) { reports.open = true; }
  }
  document.addEventListener("click", function (event) {
    const link = event.target.closest("a[href^='#report-']");
    if (link) { about.value = ""; find.value = ""; filter(); reports.open = true; }
  });
  const folds = Array.from(document.querySelectorAll("details"));
  let closed = [];
  window.addEventListener("beforeprint", function () {
    closed = folds.filter(function (fold) { return !fold.open; });
    for (const fold of closed) { fold.open = true; }
  });
  window.addEventListener("afterprint", function () {
    for (const fold of closed) { fold.open = false; }
  });
  const scenario = document.getElementById("scenario");
  function choose() {
    for (const one of document.querySelectorAll(".scenario")) {
      one.hidden = one.dataset.name !== scenario.value;
    }
  }
  if (scenario) { scenario.addEventListener("change", choose); choose(); }
})();
