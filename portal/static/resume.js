// "Go on reading": the places that this browser remembers, on the front page and a book's own page.
(function () {
  'use strict';
  var box = document.querySelector('[data-resume]');
  if (!box) return;
  var kept;
  try {
    kept = JSON.parse(localStorage.getItem('tusach.places') || '{}');
  } catch (error) {
    return;
  }
  var one = box.getAttribute('data-accession');
  var places = Object.keys(kept).filter(function (accession) {
    return /^[A-Z0-9-]{1,60}$/.test(accession) && kept[accession].n > 0 && (!one || accession === one);
  }).sort(function (a, b) { return kept[b].at - kept[a].at; }).slice(0, 3);
  places.forEach(function (accession) {
    var place = kept[accession], link = document.createElement('a'), item = document.createElement('li');
    link.href = '/sach/' + accession + '/trang/' + Math.floor(place.n);
    link.textContent = box.getAttribute('data-words').replace('{label}', place.label || place.n);
    if (one) {
      link.className = 'btn';
      box.appendChild(link);
      return;
    }
    item.appendChild(document.createTextNode((place.title || accession) + ' – '));
    item.appendChild(link);
    box.querySelector('ul').appendChild(item);
  });
  box.hidden = !places.length;
})();
