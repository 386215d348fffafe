/* Send files in pieces that survive a bad line, a killed server and a closed tab: the server knows how much
   it has of each, by path, size and time of change, so that choosing a file again goes on where it stopped.
   Without this script the plain form of the page sends files too. */
(function () {
  'use strict'
  var box = document.getElementById('drop')
  if (!box || !window.tus || !tus.isSupported || !window.fetch || !window.Promise) return
  var said = box.dataset
  var AT_ONCE = 3
  var SMALLEST = 256 * 1024, LARGEST = 16 * 1024 * 1024 // bytes of a piece
  var SOON = 2, LATE = 6 // seconds that a piece may take
  var WAITS = [1, 2, 4, 8, 15] // seconds after a failure
  var CLUTTER = /^(\.|thumbs\.db$|desktop\.ini$)/i
  var queue = [], active = [], finished = 0, sentBefore = 0, total = 0, samples = [], stopped = false
  var refreshed = 0

  box.hidden = false
  document.getElementById('plain').hidden = true
  var all = document.getElementById('all'), status = document.getElementById('status')
  var notes = document.getElementById('notes')
  var folder = document.getElementById('choose-folder')
  if (!('webkitdirectory' in folder)) document.getElementById('folder-label').hidden = true

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_, name) { return values[name] })
  }
  function size(count) {
    var units = ['byte', 'kB', 'MB', 'GB', 'TB'], unit = 0
    while (count >= 1000 && unit < 4) { count /= 1000; unit += 1 }
    return count.toLocaleString(said.lang, { maximumFractionDigits: 1 }) + ' ' + units[unit]
  }
  function time(seconds) {
    if (seconds < 90) return fill(said.seconds, { n: Math.max(1, Math.round(seconds)) })
    if (seconds < 5400) return fill(said.minutes, { n: Math.round(seconds / 60) })
    return fill(said.hours, { n: (seconds / 3600).toLocaleString(said.lang, { maximumFractionDigits: 1 }) })
  }
  function note(text) {
    var line = document.createElement('li')
    line.textContent = text
    notes.appendChild(line)
    while (notes.children.length > 20) notes.removeChild(notes.firstChild)
  }
  function tell(text) { if (status.textContent !== text) status.textContent = text }
  function refresh() {
    refreshed = Date.now()
    if (window.htmx) htmx.trigger('#arrived', 'refresh')
  }

  /* what was dropped or chosen, as {file, folder} */
  function ofInput(input) {
    return Array.prototype.map.call(input.files, function (file) {
      var steps = (file.webkitRelativePath || '').split('/')
      return { file: file, folder: steps.slice(0, -1).join('/') }
    })
  }
  function ofEntry(entry, where) {
    return new Promise(function (done) {
      if (entry.isFile) {
        entry.file(function (file) { done([{ file: file, folder: where }]) }, function () { done([]) })
        return
      }
      var reader = entry.createReader(), found = []
      var inside = where ? where + '/' + entry.name : entry.name
      function more() {
        reader.readEntries(function (entries) {
          if (!entries.length) return done(flat(found))
          Promise.all(entries.map(function (one) { return ofEntry(one, inside) })).then(function (lists) {
            found = found.concat(lists)
            more()
          })
        }, function () { done(flat(found)) })
      }
      more()
    })
  }
  function flat(lists) { return Array.prototype.concat.apply([], lists) }

  function known() {
    return fetch(said.list, { credentials: 'same-origin', cache: 'no-store' }).then(function (answer) {
      if (!answer.ok || answer.redirected) throw new Error('list')
      return answer.json()
    })
  }
  function take(chosen) {
    chosen = chosen.filter(function (one) { return !CLUTTER.test(one.file.name) })
    document.getElementById('going').hidden = false
    if (!chosen.length) return tell(said.nothing)
    patiently(known).then(function (listed) {
      var there = {}
      listed.forEach(function (one) { there[one.path] = one })
      chosen.forEach(function (one) { enqueue(one, there) })
      next()
    })
  }
  /* until it succeeds: the line may be away for long */
  function patiently(ask) {
    return ask().catch(function () {
      tell(said.waiting)
      return new Promise(function (go) { setTimeout(go, 3000) }).then(function () { return patiently(ask) })
    })
  }
  function enqueue(one, there) {
    var file = one.file
    var path = (one.folder ? one.folder + '/' : '') + file.name
    var has = there[path.normalize ? path.normalize('NFC') : path]
    var same = has && has.length === file.size && has.changed === file.lastModified
    if (file.size > Number(said.longest)) return note(fill(said.toolong, { name: path }))
    if (same && has.offset === has.length) return note(fill(said.there, { name: path }))
    var going = active.concat(queue).some(function (other) { return other.path === path && other.file.size === file.size })
    if (going) return
    queue.push({ file: file, folder: one.folder, path: path, url: same ? has.url : null, sent: 0, tries: 0, piece: 1024 * 1024 })
    total += file.size
  }
  function next() {
    while (active.length < AT_ONCE && queue.length && !stopped) {
      var job = queue.shift()
      active.push(job)
      send(job)
    }
    show()
  }

  function create(job) {
    var pairs = ['filename ' + base64(job.file.name), 'changed ' + base64(String(job.file.lastModified))]
    if (job.folder) pairs.push('folder ' + base64(job.folder))
    var headers = {
      'Tus-Resumable': '1.0.0', 'X-Form-Token': said.token,
      'Upload-Length': String(job.file.size), 'Upload-Metadata': pairs.join(',')
    }
    return fetch(said.endpoint, { method: 'POST', headers: headers, credentials: 'same-origin', redirect: 'manual' })
      .then(function (answer) {
        if (answer.status === 201) { job.url = answer.headers.get('Location'); return }
        return answer.text().then(function (why) { throw { status: answer.status, why: why } })
      })
  }
  function base64(text) {
    return btoa(unescape(encodeURIComponent(text)))
  }

  /* each piece says its SHA-256 where the browser can work it out (not on plain http to another machine) */
  function Stack() { this.inner = new tus.DefaultHttpStack({}) }
  Stack.prototype.getName = function () { return 'sha256' }
  Stack.prototype.createRequest = function (method, url) {
    var request = this.inner.createRequest(method, url), send = request.send
    request.send = function (body) {
      if (method !== 'PATCH' || !body || !window.crypto || !crypto.subtle || !body.arrayBuffer) return send.call(request, body)
      return body.arrayBuffer().then(function (bytes) { return crypto.subtle.digest('SHA-256', bytes) })
        .then(function (digest) {
          request.setHeader('Upload-Checksum', 'sha256 ' + btoa(String.fromCharCode.apply(null, new Uint8Array(digest))))
          return send.call(request, body)
        })
    }
    return request
  }

  function send(job) {
    if (!job.url) {
      create(job).then(function () { send(job) }, function (error) { failed(job, error.status, error.why) })
      return
    }
    var began = Date.now(), whole = 0
    job.upload = new tus.Upload(job.file, {
      uploadUrl: job.url,
      httpStack: new Stack(),
      chunkSize: job.piece,
      retryDelays: null, // ours go on for as long as the page is open
      storeFingerprintForResuming: false, // the server knows what it has
      headers: { 'X-Form-Token': said.token },
      onProgress: function (sent) { job.sent = sent; show() },
      onChunkComplete: function (length, accepted) {
        var took = (Date.now() - began) / 1000
        began = Date.now()
        job.tries = 0
        whole = accepted
        job.sent = whole
        /* a piece that breaks off is sent again: on a bad line they are small */
        if (took < SOON) job.piece = Math.min(LARGEST, job.piece * 2)
        if (took > LATE) job.piece = Math.max(SMALLEST, job.piece / 2)
        job.upload.options.chunkSize = job.piece
      },
      onSuccess: function () { done(job) },
      onError: function (error) {
        var answer = error.originalResponse
        failed(job, answer ? answer.getStatus() : 0, answer ? answer.getBody() : '')
      }
    })
    job.upload.start()
  }
  function leave(job) {
    active = active.filter(function (one) { return one !== job })
  }
  function done(job) {
    job.sent = job.file.size
    sentBefore += job.file.size
    finished += 1
    leave(job)
    if (Date.now() - refreshed > 3000) refresh()
    next()
    if (!active.length && !queue.length) {
      refresh()
      tell(fill(said.done, { count: finished.toLocaleString(said.lang) }))
    }
  }
  function failed(job, code, why) {
    job.piece = Math.max(SMALLEST, job.piece / 4)
    if (code === 401 || code === 403) {
      stopped = true
      leave(job)
      return tell(said.signin)
    }
    if (code === 404 && job.url) job.url = null // its time ran out, or somebody removed it
    else if (code === 400 || code === 404 || code === 413 || code === 415 || code === 422 || (code === 409 && !job.url)) {
      total -= job.file.size
      leave(job)
      note(fill(said.refused, { name: job.path, why: why }))
      return next()
    }
    if (code === 507 || code === 429) note(fill(said.refused, { name: job.path, why: why }))
    if (!code) tell(said.waiting)
    job.tries += 1
    job.timer = setTimeout(function () { again(job) }, 1000 * WAITS[Math.min(job.tries, WAITS.length) - 1])
  }
  function again(job) {
    clearTimeout(job.timer)
    job.timer = null
    send(job)
  }
  window.addEventListener('online', function () {
    active.forEach(function (job) { if (job.timer) again(job) })
  })

  function show() {
    if (!active.length || stopped) return
    var sent = active.reduce(function (sum, job) { return sum + job.sent }, sentBefore), now = Date.now()
    samples.push([now, sent])
    while (samples.length > 2 && now - samples[0][0] > 10000) samples.shift()
    var over = (now - samples[0][0]) / 1000, speed = over > 0.5 ? (sent - samples[0][1]) / over : 0
    all.value = total ? Math.round(1000 * sent / total) : 1000
    if (now - (show.told || 0) < 1000) return // no reader of screens keeps up with more
    show.told = now
    var text = fill(said.sending, { done: size(sent), all: size(total), speed: size(Math.max(0, speed)) })
    if (speed > 0 && sent < total) text += ', ' + fill(said.left, { time: time((total - sent) / speed) })
    if (!active.every(function (job) { return job.timer })) tell(text)
  }

  ;['choose-files', 'choose-folder'].forEach(function (id) {
    var input = document.getElementById(id)
    input.addEventListener('change', function () {
      take(ofInput(input))
      input.value = '' // so that the same choice counts again
    })
  })
  ;['dragenter', 'dragover'].forEach(function (kind) {
    box.addEventListener(kind, function (event) { event.preventDefault(); box.dataset.over = '1' })
  })
  box.addEventListener('dragleave', function () { delete box.dataset.over })
  box.addEventListener('drop', function (event) {
    event.preventDefault()
    delete box.dataset.over
    var items = event.dataTransfer.items
    var entries = Array.prototype.map.call(items || [], function (item) {
      return item.webkitGetAsEntry ? item.webkitGetAsEntry() : null
    }).filter(Boolean)
    if (entries.length) { // the only way to look into folders
      Promise.all(entries.map(function (entry) { return ofEntry(entry, '') })).then(function (lists) { take(flat(lists)) })
    } else {
      take(Array.prototype.map.call(event.dataTransfer.files, function (file) { return { file: file, folder: '' } }))
    }
  })
}())
