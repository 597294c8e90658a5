// Keeps the page up to date: on each event it fetches the page anew and swaps <main>. Everything can be read
// without this script.
'use strict';

(() => {
  const live = document.getElementById('live');
  const refetchAfter = 1000;   // ms between two fetches at least
  const reconnectAfter = 5000; // when the browser gave up on the stream by itself

  let stream = null;
  let fetching = false, again = false;
  let loadedAt = performance.now();
  const touched = new Set();  // ids of <details> that the reader opened or closed

  const main = () => document.getElementById('main');

  function say(state, text) {
    live.hidden = false;
    live.dataset.state = state;
    if (live.textContent !== text) live.textContent = text;
  }

  function clock(iso) {
    return iso.slice(11, 19) + ' UTC';
  }

  // The server's now: its last word plus what has passed here since; this computer's clock may be wrong.
  function serverNow() {
    return Date.parse(main().dataset.now) + (performance.now() - loadedAt);
  }

  function lengthText(ms, days) {
    const s = Math.max(0, Math.floor(ms / 1000));
    const two = (big, unit, small, smallUnit) => big + unit + (small > 0 ? ' ' + small + smallUnit : '');
    if (s < 60) return s + ' s';
    if (s < 3600) return two(Math.floor(s / 60), ' min', s % 60, ' s');
    if (s < 86400) return two(Math.floor(s / 3600), ' h', Math.floor((s % 3600) / 60), ' min');
    return two(Math.floor(s / 86400), ' ' + days, Math.floor((s % 86400) / 3600), ' h');
  }

  function tick() {
    if (live.dataset.state !== 'live') return;  // what is old must not look fresh
    const now = serverNow();
    const hour = main().querySelector('.hour time');  // the watchman calls the hour
    if (hour) hour.textContent = new Date(now).toISOString().slice(11, 16);
    for (const each of document.querySelectorAll('.elapsed'))
      each.textContent = lengthText(now - Date.parse(each.dataset.since), main().dataset.days);
  }

  // The reader's own time, where the mouse asks for it.
  function localTimes(root) {
    for (const each of root.querySelectorAll('time'))
      each.title = new Date(each.dateTime).toLocaleString(document.documentElement.lang);
  }

  function swap(text) {
    const fresh = new DOMParser().parseFromString(text, 'text/html');
    const old = main(), next = fresh.getElementById('main');
    if (!next) return;
    for (const id of touched) {
      const was = document.getElementById(id), is = fresh.getElementById(id);
      if (was && is) is.open = was.open;
    }
    // Focus returns to the same summary or link.
    const focused = document.activeElement;
    const holder = old.contains(focused) ? focused.closest('details[id]') : null;
    const href = old.contains(focused) ? focused.getAttribute('href') : null;
    const x = scrollX, y = scrollY;

    document.title = fresh.title;
    old.replaceWith(document.adoptNode(next));
    loadedAt = performance.now();
    localTimes(main());

    let target = null;
    if (holder) target = document.getElementById(holder.id)?.querySelector('summary');
    else if (href) target = [...main().querySelectorAll('a[href]')].find((a) => a.getAttribute('href') === href);
    if (target) target.focus({preventScroll: true});
    scrollTo({left: x, top: y, behavior: 'instant'});
  }

  async function refresh() {
    if (fetching) { again = true; return; }
    fetching = true;
    try {
      const answer = await fetch('/', {headers: {Accept: 'text/html'}, cache: 'no-cache'});
      if (answer.ok) swap(await answer.text());
    } catch {
      // The stream notices too and says so.
    }
    setTimeout(() => {
      fetching = false;
      if (again) { again = false; refresh(); }
    }, refetchAfter);
  }

  function lost() {
    say('lost', live.dataset.lost.replace('{time}', clock(main().dataset.now)));
  }

  function connect() {
    stream = new EventSource('/api/v1/events');
    stream.addEventListener('open', () => {
      // A daemon that was restarted counts its versions anew: the same number may mean another page.
      if (live.dataset.state === 'lost') refresh();
      say('live', live.dataset.live);
    });
    stream.addEventListener('snapshot', (event) => {
      if (String(JSON.parse(event.data).version) !== main().dataset.version) refresh();
    });
    stream.addEventListener('error', () => {
      lost();
      if (stream.readyState === EventSource.CLOSED) setTimeout(connect, reconnectAfter);
    });
  }

  document.addEventListener('click', (event) => {
    const details = event.target.closest('summary')?.parentElement;
    if (details && details.id) touched.add(details.id);
  });
  // Waking from sleep or coming back to the tab: do not wait for the next try.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || stream.readyState === EventSource.OPEN) return;
    stream.close();
    connect();
  });
  addEventListener('pagehide', () => stream.close());
  addEventListener('pageshow', (event) => { if (event.persisted) { connect(); refresh(); } });

  say('wait', live.dataset.wait);
  localTimes(document);
  connect();
  setInterval(tick, 1000);
})();
