// What one may be about to type, below the search box. Arrow keys choose, Enter searches, Escape closes.
(function () {
  'use strict';
  var field = document.getElementById('q');
  if (!field || !window.fetch) return;
  var list = document.createElement('ul'), timer = null, asked = '', chosen = -1, known = {};
  list.id = 'q-list';
  list.className = 'suggestions';
  list.hidden = true;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', field.labels && field.labels[0] ? field.labels[0].textContent : '');
  field.parentNode.appendChild(list);
  field.setAttribute('role', 'combobox');
  field.setAttribute('aria-autocomplete', 'list');
  field.setAttribute('aria-expanded', 'false');
  field.setAttribute('aria-controls', list.id);

  function close() {
    list.hidden = true;
    chosen = -1;
    field.setAttribute('aria-expanded', 'false');
    field.removeAttribute('aria-activedescendant');
  }
  function take(text) {
    field.value = '"' + text.replace(/"/g, '') + '"';
    if (/^[0-9]/.test(text)) field.value = text;
    field.form.submit();
  }
  function show(texts) {
    list.textContent = '';
    texts.forEach(function (text, at) {
      var one = document.createElement('li');
      one.id = 'q-list-' + at;
      one.setAttribute('role', 'option');
      one.setAttribute('aria-selected', 'false');
      one.textContent = text;
      one.addEventListener('mousedown', function (event) { event.preventDefault(); take(text); });
      list.appendChild(one);
    });
    if (!texts.length || document.activeElement !== field) { close(); return; }
    list.hidden = false;
    chosen = -1;
    field.setAttribute('aria-expanded', 'true');
  }
  function ask() {
    var text = field.value.trim();
    if (text === asked) return;
    asked = text;
    if (text.length < 2) { close(); return; }
    if (known[text]) { show(known[text]); return; }
    fetch('/api/v1/goi-y?q=' + encodeURIComponent(text)).then(function (answer) {
      return answer.ok ? answer.json() : { suggestions: [] };
    }).then(function (found) {
      known[text] = found.suggestions;
      if (text === asked) show(found.suggestions);
    }, close);
  }
  function choose(step) {
    var all = list.children;
    if (chosen >= 0) all[chosen].setAttribute('aria-selected', 'false');
    chosen = (chosen + step + all.length + (chosen < 0 && step < 0 ? 1 : 0)) % all.length;
    all[chosen].setAttribute('aria-selected', 'true');
    all[chosen].scrollIntoView({ block: 'nearest' });
    field.setAttribute('aria-activedescendant', all[chosen].id);
  }
  field.addEventListener('input', function () {
    clearTimeout(timer);
    timer = setTimeout(ask, 200);
  });
  field.addEventListener('keydown', function (event) {
    if (list.hidden) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Enter' && chosen >= 0) {
      event.preventDefault();
      take(list.children[chosen].textContent);
    }
  });
  field.addEventListener('blur', close);
})();
