// How a drawing is looked at: zoom, pan, and a small map of what is larger than its frame.
const views = [];
const scaleMin = 0.02, scaleMax = 8, scaleStep = 1.25;
// A drawing that is larger than its frame is made smaller to fit, as long as it can be read.
const scaleReadable = 0.8;
// How far the mouse moves before a click is a drag, and what an arrow key moves, in pixels.
const dragThreshold = 4, arrowStep = 60;
let lastView = null, lastWidth = 0;

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const middleOf = box => ({x: box.left + box.width / 2, y: box.top + box.height / 2});
const viewOf = element => views.find(v => v.section === element?.closest?.('.chart'));

function makeView(section) {
  const picture = section.querySelector('.picture'), svg = picture.querySelector('svg');
  const view = {
    section, picture, svg, frame: section.querySelector('.frame'),
    scale: 1, isChosen: false, fittedWidth: 0,
    width: svg.width.baseVal.value, height: svg.height.baseVal.value,
    map: null, pinch: null, hasMoved: false, leaves: [], taken: null
  };
  views.push(view);
  makeSheets(view);
  listenToMouse(view);
  listenToTouch(view);
  section.querySelector('.zoom').addEventListener('click', e => press(view, e.target));
  picture.addEventListener('scroll', () => moveMap(view), {passive: true});
  begin(view);
}

// MARK: Zoom

function zoomTo(view, scale, from = middleOf(view.picture.getBoundingClientRect()), to = from) {
  rescale(view, scale, from, to);
  view.isChosen = true;
  lastView = view;
}

// The point of the drawing that is at one place of the window gets to another, at a new scale.
function rescale(view, scale, from, to) {
  const before = view.svg.getBoundingClientRect();
  const x = (from.x - before.left) / before.width, y = (from.y - before.top) / before.height;
  setScale(view, clamp(scale, Math.min(scaleMin, scaleOfWhole(view)), scaleMax));
  const after = view.svg.getBoundingClientRect();
  view.picture.scrollLeft += after.left + x * after.width - to.x;
  view.picture.scrollTop += after.top + y * after.height - to.y;
  moveMap(view);
}

const zoomBy = (view, factor, at) => zoomTo(view, view.scale * factor, at);

function setScale(view, scale) {
  view.scale = scale;
  view.svg.style.width = view.width * scale + 'px';
  view.svg.style.height = view.height * scale + 'px';
  const hundredths = scale * 100;
  const percent =
    (hundredths < 10 ? Number(hundredths.toPrecision(1)) : Math.round(hundredths)) + ' %';
  const button = view.section.querySelector('[data-zoom=one]');
  button.textContent = percent;
  button.setAttribute('aria-label', `${percent}; back to 100 %`);
}

const heightMax = view => parseFloat(getComputedStyle(view.picture).maxHeight) || innerHeight;

const scaleOfWhole = view => Math.min(1, (view.picture.offsetWidth - 2) / view.width,
  (heightMax(view) - 2) / view.height);

// The whole drawing or its width, where that can be read; else full size.
function scaleAtFirst(view) {
  const wide = Math.min(1, view.picture.clientWidth / view.width);
  return [Math.min(wide, scaleOfWhole(view)), wide].find(s => s >= scaleReadable) ?? 1;
}

// What stands at the frame's corner stays there. Twice, as a scroll bar may come or go.
function scaleFirst(view) {
  const {left: x, top: y} = view.picture.getBoundingClientRect();
  for (let i = 0; i < 2; i++) rescale(view, scaleAtFirst(view), {x, y}, {x, y});
  view.fittedWidth = view.picture.clientWidth;
  view.picture.style.setProperty('--least', view.height * view.scale + 'px');
}

// Where the chart begins.
function begin(view) {
  scaleFirst(view);
  const first = view.svg.querySelector('.initial');
  if (first) showInFrame(view, first);
  moveMap(view);
}

function showInFrame(view, element) {
  const box = element.getBoundingClientRect(), frame = view.picture.getBoundingClientRect();
  const at = middleOf(box), middle = middleOf(frame);
  if (box.left < frame.left || box.right > frame.right) view.picture.scrollLeft += at.x - middle.x;
  if (box.top < frame.top || box.bottom > frame.bottom) view.picture.scrollTop += at.y - middle.y;
}

function press(view, target) {
  const action = target.closest('button')?.dataset.zoom;
  if (action === 'in') zoomBy(view, scaleStep);
  if (action === 'out') zoomBy(view, 1 / scaleStep);
  if (action === 'one') zoomTo(view, 1);
  if (action === 'whole') zoomTo(view, scaleOfWhole(view));
  if (action === 'map') toggleMaps();
}

// MARK: Pan

const isLarger = view => view.svg.clientWidth > view.picture.clientWidth + 1 ||
  view.svg.clientHeight > view.picture.clientHeight + 1;

// True when the drawing could go any further that way.
function pan(view, x, y) {
  const {scrollLeft, scrollTop} = view.picture;
  view.picture.scrollLeft += x;
  view.picture.scrollTop += y;
  lastView = view;
  return view.picture.scrollLeft !== scrollLeft || view.picture.scrollTop !== scrollTop;
}

function listenToMouse(view) {
  view.picture.addEventListener('pointerdown', e => {
    view.hasMoved = false;
    lastView = view;
    if (e.pointerType !== 'touch' && e.button === 0 && isLarger(view)) startDrag(view, e);
  });
  // What ends a drag is no click on a state.
  view.picture.addEventListener('click', e => {
    if (view.hasMoved) e.stopPropagation();
    view.hasMoved = false;
  }, true);
  view.picture.addEventListener('wheel', e => {
    if (!e.ctrlKey && !e.metaKey) return;
    e.preventDefault();
    const distance = e.deltaMode ? e.deltaY * 25 : e.deltaY;
    zoomBy(view, Math.exp(-clamp(distance, -25, 25) * 0.009), {x: e.clientX, y: e.clientY});
  }, {passive: false});
}

function startDrag(view, start) {
  const from = {x: start.clientX, y: start.clientY};
  const move = e => {
    if (!e.buttons) return end();
    const x = from.x - e.clientX, y = from.y - e.clientY;
    if (!view.hasMoved && Math.hypot(x, y) < dragThreshold) return;
    view.hasMoved = true;
    view.picture.classList.add('dragged');
    pan(view, x, y);
    [from.x, from.y] = [e.clientX, e.clientY];
  };
  const end = () => {
    view.picture.classList.remove('dragged');
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', end);
    removeEventListener('pointercancel', end);
  };
  addEventListener('pointermove', move);
  addEventListener('pointerup', end);
  addEventListener('pointercancel', end);
}

// One finger pans, which the browser does; two fingers zoom and pan.
function listenToTouch(view) {
  const pair = touches => {
    const [one, other] = [...touches].map(t => ({x: t.clientX, y: t.clientY}));
    return {at: {x: (one.x + other.x) / 2, y: (one.y + other.y) / 2},
      distance: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y))};
  };
  view.picture.addEventListener('touchstart', e => {
    view.pinch = e.touches.length === 2 ? pair(e.touches) : null;
    if (view.pinch) e.preventDefault();
  }, {passive: false});
  view.picture.addEventListener('touchmove', e => {
    if (!view.pinch || e.touches.length !== 2) return;
    if (e.cancelable) e.preventDefault();
    const next = pair(e.touches), scale = view.scale * next.distance / view.pinch.distance;
    zoomTo(view, scale, view.pinch.at, next.at);
    view.pinch = next;
  }, {passive: false});
  for (const name of ['touchend', 'touchcancel'])
    view.picture.addEventListener(name, () => { view.pinch = null; });
}

// MARK: Keys

// The drawing that keys are for: with the focus, or used last, or next to the middle.
function currentView() {
  const focused = viewOf(document.activeElement);
  if (focused) return focused;
  const isSeen = view => {
    const box = view.picture.getBoundingClientRect();
    return box.bottom > barHeight() && box.top < innerHeight;
  };
  if (lastView && isSeen(lastView)) return lastView;
  const far = view => Math.abs(middleOf(view.picture.getBoundingClientRect()).y - innerHeight / 2);
  return [...views].sort((a, b) => far(a) - far(b))[0];
}

const arrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

// True when the key was one for a drawing.
function pressKey(event) {
  const view = currentView();
  if (!view || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key in arrows) return panByKey(view, event);
  switch (event.key) {
  case '+': case '=': zoomBy(view, scaleStep); return true;
  case '-': zoomBy(view, 1 / scaleStep); return true;
  case '0': zoomTo(view, 1); return true;
  case 'f': zoomTo(view, scaleOfWhole(view)); return true;
  case 'm': toggleMaps(); return true;
  default: return false;
  }
}

// Of a trace, arrows to the left and to the right are the steps; with Shift they pan as well.
function panByKey(view, event) {
  const [x, y] = arrows[event.key];
  if (!view.picture.contains(event.target) || trace.length && x && !event.shiftKey) return false;
  const {clientWidth, clientHeight} = view.picture;
  return pan(view, x * (event.shiftKey ? clientWidth / 2 : arrowStep),
    y * (event.shiftKey ? clientHeight / 2 : arrowStep));
}

// MARK: Bringing into view

// What stands over the drawings on a small screen.
const barHeight = () => innerWidth < 1100 && !$('replay').hidden ? $('replay').offsetHeight : 0;

// The words of a state, which may be larger than the screen, or of a line.
const wordsOf = element => element.querySelector('text') || element;

// Scrolls no further than what is not to be seen asks for.
function reveal(element) {
  const words = wordsOf(element), box = words.getBoundingClientRect();
  const frame = words.closest('.picture')?.getBoundingClientRect();
  if (!frame) return;
  const isSeen = box.top >= Math.max(frame.top, barHeight()) && box.left >= frame.left &&
    box.bottom <= Math.min(frame.bottom, innerHeight) && box.right <= frame.right;
  if (!isSeen) centre(element);
}

function centre(element) {
  const words = element.querySelector('.match') || wordsOf(element);
  words.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
}

// The row of a list, if it scrolls by itself.
function revealRow(list, row) {
  const box = row.getBoundingClientRect(), frame = list.getBoundingClientRect();
  if (box.top < frame.top || box.bottom > frame.bottom)
    list.scrollTop += middleOf(box).y - middleOf(frame).y;
}

// MARK: Map

const svgElement = (name, attributes = {}) => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

function outlineOf(state) {
  const {e: x, f: y} = state.transform.baseVal.getItem(0).matrix, shape = state.firstElementChild;
  const of = name => shape[name].baseVal.value;
  if (shape.tagName === 'rect') return `M${x} ${y}h${of('width')}v${of('height')}h${-of('width')}z`;
  return `M${x} ${y}h${2 * of('r')}v${2 * of('r')}h${-2 * of('r')}z`;
}

const outlinesOf = (view, selector) =>
  [...view.svg.querySelectorAll(selector)].map(outlineOf).join('');

function makeMap(view) {
  const map = svgElement('svg', {class: 'map', viewBox: `0 0 ${view.width} ${view.height}`,
    preserveAspectRatio: 'none', 'aria-hidden': 'true'});
  const parts = {states: svgElement('path', {class: 'boxes'}),
    active: svgElement('path', {class: 'lit'}), found: svgElement('path', {class: 'hits'}),
    window: svgElement('rect', {class: 'window'})};
  map.append(...Object.values(parts));
  parts.states.setAttribute('d', outlinesOf(view, '.state'));
  view.map = {element: map, ...parts};
  view.frame.append(map);
  listenToMap(view);
  markMap(view);
}

// Shown only where there is more than the frame holds, and in the shape of the drawing.
function moveMap(view) {
  const isNeeded = isLarger(view);
  view.picture.classList.toggle('movable', isNeeded);
  view.frame.classList.toggle('mapped', isNeeded);
  view.section.querySelector('[data-zoom=map]').disabled = !isNeeded;
  if (!isNeeded) return;
  if (!view.map) makeMap(view);
  const {element, window: part} = view.map, {picture} = view;
  const isSmall = picture.clientWidth < 600;
  const scale = Math.min((isSmall ? 104 : 176) / view.width, (isSmall ? 88 : 132) / view.height);
  element.style.width = Math.max(24, view.width * scale) + 'px';
  element.style.height = Math.max(24, view.height * scale) + 'px';
  const put = (name, value) => part.setAttribute(name, value / view.scale);
  put('x', picture.scrollLeft);
  put('y', picture.scrollTop);
  put('width', Math.min(picture.clientWidth, view.width * view.scale));
  put('height', Math.min(picture.clientHeight, view.height * view.scale));
}

// The active and the found states.
function markMap(view) {
  if (!view?.map) return;
  view.map.active.setAttribute('d', outlinesOf(view, '.state.active'));
  view.map.found.setAttribute('d', outlinesOf(view, '.state.found'));
}

// The window can be taken by any point of it; elsewhere its middle comes to the pointer.
function listenToMap(view) {
  const {element, window: part} = view.map;
  let grip = null;
  const move = e => {
    const box = element.getBoundingClientRect(), {picture} = view;
    picture.scrollLeft = (e.clientX - grip.x - box.left) / box.width * view.width * view.scale;
    picture.scrollTop = (e.clientY - grip.y - box.top) / box.height * view.height * view.scale;
  };
  element.addEventListener('pointerdown', e => {
    e.preventDefault();
    const box = part.getBoundingClientRect();
    grip = e.target === part ? {x: e.clientX - box.left, y: e.clientY - box.top} :
      {x: box.width / 2, y: box.height / 2};
    lastView = view;
    if (e.isTrusted) element.setPointerCapture(e.pointerId);
    move(e);
  });
  element.addEventListener('pointermove', e => { if (grip) move(e); });
  for (const name of ['pointerup', 'pointercancel'])
    element.addEventListener(name, () => { grip = null; });
}

function toggleMaps() {
  const isOff = document.documentElement.classList.toggle('mapless');
  document.querySelectorAll('[data-zoom=map]')
    .forEach(e => e.setAttribute('aria-pressed', String(!isOff)));
}

// MARK: The window's size

// What a frame leaves free of the window: a lone drawing is seen whole without scrolling the page.
function roomAbove() {
  const caption = 96, margin = 16, trail = Math.max(0, ...views.map(v => v.trail?.offsetHeight || 0));
  if (views.length !== 1) return barHeight() + caption + trail;
  const top = views[0].frame.getBoundingClientRect().top + scrollY + margin;
  return Math.max(barHeight() + caption, top < innerHeight / 2 ? top : 0);
}

// Whoever has chosen a scale keeps it; a bar that grows and shrinks by the step changes none.
function resize(isWindow) {
  const width = $('timeline').clientWidth;
  if (trace.length && width !== lastWidth) drawTimes();
  lastWidth = width;
  const root = document.documentElement.style;
  root.setProperty('--bar', barHeight() + 'px');
  root.setProperty('--above', roomAbove() + 'px');
  for (const view of views) {
    const isFitted = !isWindow && view.picture.clientWidth === view.fittedWidth;
    if (view.isChosen || isFitted) moveMap(view); else scaleFirst(view);
  }
}
