// The last piece of the script: what is listened to, and what a page begins with.
for (const [id, to] of [['first', () => 0], ['back', () => now - 1], ['next', () => now + 1], ['last', () => trace.length - 1]])
  $(id).addEventListener('click', () => { stop(); show(to()); });
$('play').addEventListener('click', () => timer ? stop() : play());
$('slider').addEventListener('input', e => { stop(); show(Number(e.target.value)); });
$('machine').addEventListener('change', () => show(now));
$('search').addEventListener('input', e => search(e.target.value));
$('search').addEventListener('keydown', searchByKey);
$('former').addEventListener('click', () => goTo(hit - 1));
$('further').addEventListener('click', () => goTo(hit + 1));
$('file').addEventListener('change', async e => load(lines(await e.target.files[0].text())));
$('theme').addEventListener('click', () => {
  const isDark = document.documentElement.dataset.theme ?
    document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme:dark)').matches;
  document.documentElement.dataset.theme = isDark ? 'light' : 'dark';
});
document.addEventListener('keydown', e => {
  if (/INPUT|SELECT|TEXTAREA/.test(e.target.tagName) && e.target.id !== 'slider') return;
  if (pressStateKey(e) || pressKey(e)) return e.preventDefault();
  if (e.key === 'ArrowRight' && e.target.id !== 'slider') { stop(); show(now + 1); }
  if (e.key === 'ArrowLeft' && e.target.id !== 'slider') { stop(); show(now - 1); }
  if (e.key === '/') { e.preventDefault(); $('search').focus(); }
});
addEventListener('dragover', e => { e.preventDefault(); document.body.classList.add('drop'); });
addEventListener('dragleave', () => document.body.classList.remove('drop'));
addEventListener('drop', async e => {
  e.preventDefault();
  document.body.classList.remove('drop');
  load(lines(await e.dataTransfer.files[0].text()));
});
document.querySelector('main').addEventListener('click', e => {
  const state = e.target.closest('.stm .state');
  if (state && !pressState(state, !!e.target.closest('.bar,.title')))
    link('state=' + encodeURIComponent(state.dataset.state));
});
addEventListener('resize', () => resize(true));
for (const id of ['replay', 'timeline']) new ResizeObserver(() => resize(false)).observe($(id));
addEventListener('hashchange', follow);
document.querySelectorAll('.chart').forEach(makeView);
resize(true);
if (data.trace.length) load(data.trace, 0);
views.forEach(cover);
follow();
// A page of running machines asks for what is new; it stays where the reader is, or at the end.
if (data.feed) {
  let known = [];
  // Lines that were dropped before they came have numbers too.
  let next = 0;
  const ask = async () => {
    try {
      const answer = await fetch(data.feed + '&from=' + next);
      next = Number(answer.headers.get('x-next-line') ?? next);
      const more = lines(await answer.text());
      if (more.length) {
        const isAtEnd = now >= trace.length - 1;
        known = known.concat(more);
        load(known.slice(), isAtEnd ? known.length - 1 : now);
      }
      document.body.dataset.feed = 'open';
    } catch { document.body.dataset.feed = 'closed'; }
    setTimeout(ask, 500);
  };
  ask();
}
