// Folded states: each opens a drawing of its inside, in the frame of the one that it is folded in.
// A sheet is one drawing; the first of a chart has no path.

function makeSheets(view) {
  const rest = [...view.section.querySelectorAll('.inside')];
  view.trail = view.section.querySelector('.trail');
  view.sheets = [{path: '', svg: view.svg, home: null}, ...rest.map(home =>
    ({path: home.dataset.inside, svg: home.querySelector('svg'), home}))];
  view.sheet = view.sheets[0];
  if (!rest.length) return;
  const chart = charts[view.section.dataset.chart];
  const numbers = new Map(chart.states.map((s, i) => [s.path, i]));
  const paths = new Set(view.sheets.map(s => s.path));
  view.sheets.forEach(sheet => {
    sheet.svg.setAttribute('role', 'group');
    sheet.way = around(chart, numbers.get(sheet.path) ?? -1).reverse()
      .map(s => chart.states[s]).filter(s => paths.has(s.path));
    sheet.svg.querySelectorAll('.folded,.opened,.outside').forEach(makeStateButton);
  });
  view.trail.addEventListener('click', e => {
    const path = e.target.closest('button')?.dataset.path;
    if (path !== undefined && path !== view.sheet.path) backTo(view, path);
  });
  drawTrail(view);
}

function makeStateButton(state) {
  const name = state.dataset.state, has = kind => state.classList.contains(kind);
  const words = [...state.querySelectorAll('text')].map(t => t.textContent).join(', ');
  state.setAttribute('role', has('outside') ? 'link' : 'button');
  state.setAttribute('tabindex', '0');
  state.setAttribute('aria-label', has('outside') ? `${name}, outside` : words);
  if (!has('outside')) state.setAttribute('aria-expanded', String(has('opened')));
}

function drawTrail(view) {
  const {way} = view.sheet;
  // What is between two of them is named as well.
  const between = (path, i) => path.slice(i ? way[i - 1].path.length + 1 : 0);
  const crumbs = [['', view.section.dataset.chart || 'chart'],
    ...way.map(({path}, i) => [path, between(path, i)])];
  view.trail.innerHTML = crumbs.map(([path, name]) => `<button type="button" ` +
    `data-path="${escape(path)}"${path === view.sheet.path ? ' aria-current="true"' : ''}>` +
    `${escape(name)}</button>`).join('<span aria-hidden="true">›</span>');
  view.trail.scrollLeft = view.trail.scrollWidth;
}

// Puts a drawing into the frame. Who was there before finds it as it was left.
function openSheet(view, sheet) {
  if (sheet === view.sheet) return;
  const {scale, isChosen, picture} = view;
  view.sheet.look = {scale, isChosen, left: picture.scrollLeft, top: picture.scrollTop,
    width: picture.clientWidth};
  if (!view.sheet.home) {
    view.sheet.home = document.createElement('div');
    view.sheet.home.className = 'inside';
    view.section.append(view.sheet.home);
  }
  view.sheet.home.append(view.svg);
  picture.replaceChildren(sheet.svg);
  view.map?.element.remove();
  Object.assign(view, {sheet, svg: sheet.svg, map: null, isChosen: false,
    width: sheet.svg.width.baseVal.value, height: sheet.svg.height.baseVal.value});
  drawTrail(view);
  markStep(view);
  cover(view);
  lookAgain(view, sheet.look);
  lastView = view;
}

function lookAgain(view, look) {
  if (look?.width !== view.picture.clientWidth) return begin(view);
  view.isChosen = look.isChosen;
  scaleFirst(view);
  setScale(view, look.scale);
  [view.picture.scrollLeft, view.picture.scrollTop] = [look.left, look.top];
  moveMap(view);
}

const sheetOf = (view, path) => view.sheets.find(s => s.path === path);
const link = hash => history.replaceState(null, '', '#' + hash);

// The link to it stays that of its inside, as long as that is what is seen.
function openState(view, path) {
  const sheet = sheetOf(view, path);
  if (!sheet) return;
  openSheet(view, sheet);
  link('state=' + encodeURIComponent(path));
  focusOn(view, path);
}

// The drawing around, with what was closed in it.
function backTo(view, path) {
  const way = view.sheet.way, closed = way[way.findIndex(s => s.path === path) + 1]?.path;
  openSheet(view, sheetOf(view, path));
  link(path ? 'state=' + encodeURIComponent(path) :
    'chart=' + encodeURIComponent(view.section.dataset.chart));
  if (closed) focusOn(view, closed);
}

function focusOn(view, path) {
  const state = drawnState(view.svg, path);
  state?.focus({preventScroll: true});
  if (state) showInFrame(view, wordsOf(state));
}

const closeState = view =>
  backTo(view, view.sheet.way[view.sheet.way.length - 2]?.path ?? '');

// Where a state is drawn: as it is seen from around it, or with its inside where it can be opened.
function homeOf(view, path, isFromAround) {
  const kinds = isFromAround ? ['.opened', '.outside'] : ['.outside'];
  return view.sheets.map(s => drawnState(s.svg, path))
    .filter(e => e && !kinds.some(kind => e.matches(kind))).pop();
}

// The sheet of a drawing that is open or not, so that what is on it can be seen.
function bringUp(element) {
  const view = viewOf(element), svg = element.closest('svg');
  const sheet = view?.sheets.find(s => s.svg === svg);
  if (sheet) openSheet(view, sheet);
}

// True when a state was one to open, to close or to go to.
function pressState(state, isName) {
  const view = viewOf(state), path = state.dataset.state;
  if (state.matches('.folded')) openState(view, path);
  else if (state.matches('.opened') && isName) closeState(view);
  else if (state.matches('.outside')) goOutside(view, path);
  else return false;
  return true;
}

function goOutside(view, path) {
  const home = homeOf(view, path, true);
  if (!home) return;
  showFound(home);
  link('state=' + encodeURIComponent(path));
  home.focus({preventScroll: true});
}

// True when the key was one for a state, or for the drawing that is open.
function pressStateKey(event) {
  const {target: state, key} = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (key === 'Enter' || key === ' ')
    return !!state.matches?.('.stm .state') && pressState(state, true);
  const view = key === 'Escape' && viewOf(state);
  if (!view || !view.sheet.path || !view.picture.contains(state)) return false;
  closeState(view);
  return true;
}
