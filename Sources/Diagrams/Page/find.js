// Search: every state and line whose words hold the text, one after the other.
let hits = [], hit = -1, words = null;

// Own words only: states inside of others are no children of theirs in the drawing.
function indexWords() {
  words = [...document.querySelectorAll('.stm .state, .stm .edge')].map(element => {
    const rows = [...element.querySelectorAll('text')];
    return {element, rows, text: rows.map(t => t.textContent).join(' ').toLowerCase()};
  });
}

// The rows that hold the text; all of them where it goes over the end of one.
function matches(rows, wanted) {
  const own = rows.filter(row => row.textContent.toLowerCase().includes(wanted));
  return own.length ? own : rows;
}

function setFound(element, rows) {
  element.classList.add('found');
  rows.forEach(row => row.classList.add('match'));
}

function search(text) {
  clearFound();
  if (!words) indexWords();
  const wanted = text.trim().toLowerCase();
  const all = wanted ? words.filter(w => w.text.includes(wanted)) : [];
  all.forEach(w => setFound(w.element, matches(w.rows, wanted)));
  hits = all.map(w => w.element);
  views.forEach(markMap);
  if (hits.length) goTo(0); else tellFound(wanted);
}

function clearFound() {
  for (const name of ['found', 'current', 'match'])
    document.querySelectorAll('.stm .' + name).forEach(e => e.classList.remove(name));
  hits = [];
  hit = -1;
}

// Behind the last hit comes the first one again.
function goTo(number) {
  if (!hits.length) return;
  hits[hit]?.classList.remove('current');
  hit = (number + hits.length) % hits.length;
  const element = hits[hit], view = viewOf(element);
  element.classList.add('current');
  if (view && view.scale < scaleReadable) zoomTo(view, 1);
  lastView = view;
  centre(element);
  tellFound('found');
}

function tellFound(wanted) {
  $('found').textContent = hits.length ? `${hit + 1} of ${hits.length}` : wanted ? 'none' : '';
  $('former').hidden = $('further').hidden = hits.length < 2;
}

function showState(path) {
  clearFound();
  const found = document.querySelector(`.stm .state[data-state="${CSS.escape(path)}"]`) ||
    document.querySelector(`.stm .state[data-state$="${CSS.escape(path)}"]`);
  if (!found) return;
  setFound(found, [wordsOf(found)]);
  markMap(viewOf(found));
  centre(found);
}

function searchByKey(event) {
  if (event.key === 'Enter') { event.preventDefault(); goTo(hit + (event.shiftKey ? -1 : 1)); }
  if (event.key === 'Escape') { event.target.value = ''; search(''); event.target.blur(); }
}
