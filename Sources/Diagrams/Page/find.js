// Search: every state and line whose words hold the text, one after the other.
let hits = [], hit = -1, words = null;

// Own words only: states inside of others are no children of theirs in the drawing. A line is found
// where its source is.
function indexWords() {
  words = views.flatMap(view => view.sheets.flatMap(({svg}) => {
    const isElsewhere = path => drawnState(svg, path)?.matches('.folded,.outside');
    return [...svg.querySelectorAll('.state, .edge')]
      .filter(e => e.matches('.state') || !isElsewhere(e.dataset.from)).map(element => {
        const rows = [...element.querySelectorAll('text')];
        return {element, view, rows, text: rows.map(t => t.textContent).join(' ').toLowerCase()};
      });
  }));
}

// A state that is drawn several times is one hit: where it is seen from around it, which comes first.
function once(all) {
  const known = new Set();
  return all.filter(({element, view}) => {
    if (!element.dataset.state) return true;
    const name = view.section.dataset.chart + '\n' + element.dataset.state;
    return !known.has(name) && known.add(name);
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
  const all = wanted ? once(words.filter(w => w.text.includes(wanted))) : [];
  all.forEach(w => setFound(w.element, matches(w.rows, wanted)));
  hits = all.map(w => w.element);
  views.forEach(markMap);
  // Nothing is opened as long as there is a hit on what is open.
  if (hits.length) goTo(Math.max(0, hits.findIndex(isOpen))); else tellFound(wanted);
}

const isOpen = element => viewOf(element)?.svg.contains(element);

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
  bringUp(element);
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
  const isNamed = s => s.path === path;
  const all = views.map(view => [view, charts[view.section.dataset.chart].states]);
  const place = all.map(([view, states]) => [view, states.find(isNamed)]).find(p => p[1]) ||
    all.map(([view, states]) => [view, states.find(s => s.path.endsWith(path))]).find(p => p[1]);
  const found = place && homeOf(place[0], place[1].path, false);
  if (found) showFound(found); else clearFound();
}

function showFound(found) {
  clearFound();
  bringUp(found);
  setFound(found, [wordsOf(found)]);
  markMap(viewOf(found));
  centre(found);
}

function searchByKey(event) {
  if (event.key === 'Enter') { event.preventDefault(); goTo(hit + (event.shiftKey ? -1 : 1)); }
  if (event.key === 'Escape') { event.target.value = ''; search(''); event.target.blur(); }
}
