// The reader's page: turning by key and swipe, zoom, copying, and the place where one was. It works without.
(function () {
  'use strict';
  var root = document.querySelector('[data-reader]');
  if (!root) return;
  var said = root.querySelector('[data-said]');

  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }
  function turn(rel) {
    var link = document.querySelector('a.turn[rel=' + rel + ']');
    if (link) location.href = link.href;
  }
  each('[data-with-script]', function (one) { one.hidden = false; });

  document.addEventListener('keydown', function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector('.zoomed')) return;
    if (event.key === 'ArrowLeft') turn('prev');
    if (event.key === 'ArrowRight') turn('next');
  });

  var stage = document.querySelector('[data-stage]');
  if (stage) {
    var start = null;
    stage.addEventListener('touchstart', function (event) {
      start = event.touches.length === 1 ? event.touches[0] : null;
    }, { passive: true });
    stage.addEventListener('touchend', function (event) {
      var end = event.changedTouches[0], view = window.visualViewport;
      if (!start || (view && view.scale > 1.05) || String(window.getSelection())) return;
      var across = end.clientX - start.clientX, down = end.clientY - start.clientY;
      start = null;
      if (Math.abs(across) > 60 && Math.abs(across) > 2 * Math.abs(down)) turn(across < 0 ? 'next' : 'prev');
    }, { passive: true });
  }

  function copy(button, text) {
    function done() {
      said.textContent = button.getAttribute('data-done');
      button.textContent = button.getAttribute('data-done');
    }
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(done, function () {});
      return;
    }
    var field = document.createElement('textarea');  // where the connection is not secure
    field.value = text;
    field.className = 'vh';
    document.body.appendChild(field);
    field.select();
    if (document.execCommand('copy')) done();
    document.body.removeChild(field);
    button.focus();
  }
  each('[data-copy-address]', function (button) {
    button.addEventListener('click', function () { copy(button, root.getAttribute('data-address')); });
  });
  each('[data-copy-text]', function (button) {
    button.addEventListener('click', function () {
      var parts = button.parentNode.parentNode.querySelectorAll('[data-text] p');
      copy(button, Array.prototype.map.call(parts, function (one) { return one.textContent; }).join('\n\n'));
    });
  });
  each('[data-print]', function (button) {
    button.addEventListener('click', function () { window.print(); });
  });
  each('#bao-loi details', function (details) {
    details.addEventListener('toggle', function () {
      var field = document.getElementById('bl-words'), chosen = String(window.getSelection()).trim();
      if (details.open && !field.value && chosen) field.value = chosen.replace(/\s+/g, ' ').slice(0, 200);
    });
  });

  // Zoom: the library is fetched when somebody asks for it.
  each('[data-zoom]', function (link) {
    link.addEventListener('click', function (event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (window.OpenSeadragon) { zoom(link); return; }
      // The library would write a style into the page, which the policy forbids, unless one is there: ours is
      // in reader.css, and this stands for it.
      document.head.appendChild(document.createElementNS('urn:tusach', 'style'))
        .setAttribute('data-openseadragon-mobile-css', 'true');
      var script = document.createElement('script');
      script.src = root.getAttribute('data-osd');
      script.onload = function () { zoom(link); };
      script.onerror = function () { location.href = link.href; };
      document.head.appendChild(script);
    });
  });
  function zoom(link) {
    var made = document.querySelector('[data-zoom-buttons]').content.cloneNode(true);
    var box = made.querySelector('.zoomed');
    document.body.appendChild(made);
    var viewer = window.OpenSeadragon({
      element: box.querySelector('.zoom-stage'),
      tileSources: { type: 'image', url: link.href },
      drawer: 'canvas',
      showNavigationControl: false,
      maxZoomPixelRatio: 3,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true }
    });
    var area = viewer.canvas;
    area.setAttribute('role', 'application');
    area.setAttribute('aria-label', box.getAttribute('aria-label'));
    function close() {
      viewer.destroy();
      document.body.removeChild(box);
      link.focus();
    }
    function by(factor) { viewer.viewport.zoomBy(factor); viewer.viewport.applyConstraints(); }
    box.querySelector('[data-zoom-in]').addEventListener('click', function () { by(1.4); });
    box.querySelector('[data-zoom-out]').addEventListener('click', function () { by(1 / 1.4); });
    box.querySelector('[data-zoom-close]').addEventListener('click', close);
    box.addEventListener('keydown', function (event) {
      if (event.key === 'Escape') { close(); return; }
      if (event.key !== 'Tab') return;
      var stops = box.querySelectorAll('button, [tabindex="0"]'), last = stops.length - 1;
      if (event.shiftKey && document.activeElement === stops[0]) { event.preventDefault(); stops[last].focus(); }
      if (!event.shiftKey && document.activeElement === stops[last]) { event.preventDefault(); stops[0].focus(); }
    });
    box.querySelector('[data-zoom-close]').focus();
  }

  // The place where one was, kept in this browser alone.
  try {
    var kept = JSON.parse(localStorage.getItem('tusach.places') || '{}');
    kept[root.getAttribute('data-accession')] = {
      n: Number(root.getAttribute('data-number')),
      label: root.getAttribute('data-label'),
      title: root.getAttribute('data-title'),
      at: Date.now()
    };
    Object.keys(kept).sort(function (a, b) { return kept[b].at - kept[a].at; })
      .slice(20).forEach(function (old) { delete kept[old]; });
    localStorage.setItem('tusach.places', JSON.stringify(kept));
  } catch (error) {
    return;  // storage is closed or full: there is no place to remember
  }
})();
