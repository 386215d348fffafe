/* The part that comes again: left alone while somebody is in it, away from it, or has paused it. */
(function () {
  "use strict";
  var live = document.getElementById("live"), pause = document.getElementById("pause");
  var print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", function () { window.print(); });
  }
  if (!live || !pause) { return; }
  function paused() { return pause.getAttribute("aria-pressed") === "true"; }
  pause.hidden = false;
  pause.addEventListener("click", function () {
    pause.setAttribute("aria-pressed", paused() ? "false" : "true");
  });
  document.body.addEventListener("htmx:beforeRequest", function (event) {
    if (document.hidden || paused() || live.contains(document.activeElement)) { event.preventDefault(); }
  });
  /* Whose session is over is led to the door by the whole page, not by a part of it. */
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.responseURL.indexOf(live.getAttribute("hx-get")) < 0) {
      event.preventDefault();
      window.location.reload();
    }
  });
})();
