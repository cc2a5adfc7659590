// What a page of charts does: replay, links, coverage. For browsers of 2022 and later.
// view.js, open.js, find.js and time.js are the same script; start.js comes last and sets all going.
'use strict';
const $ = id => document.getElementById(id);
const data = JSON.parse($('data').textContent);
const charts = Object.fromEntries(data.charts.map(c => [c.name, c]));
let trace = [], now = -1, timer = null;
document.documentElement.classList.add('scripted');

const chartOf = machine => charts[machine.split(' ')[0]];
const stateNamed = (chart, name) => chart.states.findIndex(s => s.name === name);
const ancestors = (chart, s) => {
  const found = [];
  for (let p = chart.states[s].parent; p >= 0; p = chart.states[p].parent) found.push(p);
  return found;
};
const around = (chart, s) => s < 0 ? [] : [s, ...ancestors(chart, s)];

// What a step left, did and entered, as the algorithm of SCXML orders it.
function moves(record, former) {
  const chart = chartOf(record.machine), none = {left: [], done: [], entered: []};
  if (!chart || record.transition === undefined || record.outcome !== 'taken') return none;
  const t = chart.transitions[record.transition];
  if (!t) return none;
  if (!t.targets.length) return {left: [], done: t.actions, entered: []};
  // The innermost compound state that is not left (SCXML 3.13).
  const holds = a => chart.states[a].compound &&
    t.targets.every(target => ancestors(chart, target).includes(a));
  const domain = t.internal && holds(t.source) ? t.source : ancestors(chart, t.source).find(holds);
  const inside = names => [...new Set(names.map(name => stateNamed(chart, name))
    .flatMap(s => around(chart, s)))]
    .filter(s => domain === undefined || ancestors(chart, s).includes(domain)).sort((a, b) => a - b);
  // A chart of one leaf says where it was; of others the step before does.
  const left = inside(record.configuration ? former || [] : [record.from]).reverse();
  const entered = inside(record.configuration || [record.to]);
  return {
    left: left.map(s => chart.states[s].name), entered: entered.map(s => chart.states[s].name),
    done: [...left.flatMap(s => chart.states[s].exit), ...t.actions,
      ...entered.flatMap(s => chart.states[s].entry)]
  };
}

// The leaves before a step; transitions of one step, one for each region, have those behind it.
function formerLeaves(index) {
  const r = trace[index];
  const isOther = o => o.machine === r.machine && o.configuration && (o.t_ns !== r.t_ns ||
    o.event !== r.event || String(o.configuration) !== String(r.configuration));
  for (let i = index - 1; i >= 0; i--) if (isOther(trace[i])) return trace[i].configuration;
  return null;
}

const escape = text => String(text).replace(/[&<>"]/g,
  c => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'})[c]);
const micros = ns => (ns / 1000).toLocaleString('en', {maximumFractionDigits: 1}) + ' µs';

function pictureOf(name) {
  return document.querySelector(`.chart[data-chart="${CSS.escape(name)}"] svg`);
}

// The states of a drawing by their path: looking them up one by one takes long with thousands.
const drawn = new Map();
function drawnState(picture, path) {
  if (!drawn.has(picture)) drawn.set(picture, new Map(
    [...picture.querySelectorAll('.state')].map(e => [e.dataset.state, e])));
  return drawn.get(picture).get(path);
}

// The leaves that are active behind a step: with regions one of each, as the trace has them.
const leavesOf = (chart, record) =>
  (record.configuration || [record.to]).map(name => stateNamed(chart, name)).filter(s => s >= 0);

function mark(picture, chart, leaves) {
  picture.querySelectorAll('.active').forEach(e => e.classList.remove('active'));
  for (const s of new Set(leaves.flatMap(leaf => around(chart, leaf)))) {
    drawnState(picture, chart.states[s].path)?.classList.add('active');
  }
  markMap(viewOf(picture));
}

// A drawing shows a state as itself, or as the folded one around it.
const standIn = (picture, chart, s) =>
  around(chart, s).map(a => chart.states[a].path).find(path => drawnState(picture, path));

function markTaken(picture, chart, t) {
  picture.querySelectorAll('.taken').forEach(e => e.classList.remove('taken'));
  for (const target of t ? t.targets : []) {
    const from = standIn(picture, chart, t.source), to = standIn(picture, chart, target);
    picture.querySelectorAll('.edge').forEach(e => {
      if (e.dataset.from === from && e.dataset.to === to) e.classList.add('taken');
    });
  }
}

// The last step of every machine up to this one.
function last(upTo) {
  const result = {};
  for (let i = 0; i <= upTo; i++) if (chartOf(trace[i].machine)) result[trace[i].machine] = trace[i];
  return result;
}

function previous(index) {
  for (let i = index - 1; i >= 0; i--)
    if (trace[i].machine === trace[index].machine && trace[i].memory) return trace[i].memory;
  return null;
}

const row = (name, value, kind = '') =>
  value ? `<tr class="${kind}"><th>${name}</th><td>${value}</td></tr>` : '';

function describe(index) {
  const r = trace[index], m = moves(r, formerLeaves(index));
  const guards = Object.entries(r.guards || {}).map(([name, holds]) =>
    `<span class="${holds ? 'yes' : 'no'}">${escape(name)} ${holds ? '✓' : '✗'}</span>`);
  const timers = Object.entries(r.timers || {}).map(([name, due]) =>
    `${escape(name)} in ${micros(due - r.t_ns)}`);
  const before = previous(index) || {}, fields = Object.entries(r.memory || {});
  const changed = fields.filter(([k, v]) => k in before && before[k] !== v);
  const memory = list => list.map(([k, v]) => row(escape(k),
    k in before && before[k] !== v ? `<del>${escape(before[k])}</del> → ${escape(v)}` : escape(v),
    k in before && before[k] !== v ? 'changed' : '')).join('');
  $('step').innerHTML = `<h3><b>${escape(r.event)}</b> at ${escape(r.machine)}</h3><table>` +
    row('payload', r.payload && r.payload !== r.event ? escape(r.payload) : '') +
    row('outcome', escape(r.outcome) + (r.from !== r.to ?
      `: ${escape(r.from)} → ${escape(r.to)}` : ` in ${escape(r.to)}`)) +
    row('active', (r.configuration || []).map(escape).join(', ')) +
    row('guards', guards.join(', ')) + row('left', m.left.map(escape).join(', ')) +
    row('done', m.done.map(escape).join(', ')) +
    row('entered', m.entered.map(escape).join(', ')) +
    row('effects', (r.effects || []).map(escape).join(', ')) +
    row('timers', timers.join(', ')) + row('time', '+' + micros(r.t_ns - trace[0].t_ns)) +
    memory(changed) + '</table>' + (fields.length ?
      `<details><summary>memory, ${fields.length} fields</summary><table>${memory(fields)}</table></details>` : '');
}

function show(index, fromLink) {
  if (!trace.length) return;
  now = Math.max(0, Math.min(trace.length - 1, index));
  const r = trace[now], chart = chartOf(r.machine);
  $('slider').value = now;
  $('place').textContent = `${now + 1} / ${trace.length}`;
  views.forEach(view => { view.taken = null; });
  const chosen = $('machine').value, current = last(now), done = {};
  for (const [machine, step] of Object.entries(current)) {
    const c = chartOf(machine);
    // A chart that several machines have shows the one that moved last, or the chosen one.
    if (chosen && chartOf(chosen) === c && machine !== chosen) continue;
    done[c.name] = [c, step, machine];
  }
  if (chart && !(chosen && chartOf(chosen) === chart && chosen !== r.machine))
    done[chart.name] = [chart, r, r.machine];
  for (const [name, [c, step, machine]] of Object.entries(done)) {
    const view = viewOf(pictureOf(name));
    view.leaves = leavesOf(c, step);
    view.section.dataset.machine = machine;
  }
  if (chart && r.transition !== undefined && done[chart.name][2] === r.machine)
    viewOf(pictureOf(chart.name)).taken = chart.transitions[r.transition];
  views.forEach(markStep);
  describe(now);
  const moved = chart && pictureOf(chart.name).querySelectorAll('.active');
  if (moved?.length && !fromLink) reveal(moved[moved.length - 1]);
  markRow(fromLink);
  document.body.dataset.step = now;
  document.body.dataset.states = JSON.stringify(
    Object.fromEntries(Object.entries(current).map(([machine, step]) => [machine, step.to])));
  if (!fromLink) history.replaceState(null, '', '#step=' + (now + 1));
}

// The newest row up to this step.
function markRow(fromLink) {
  let place = null;
  document.querySelectorAll('#sequence .row').forEach(e => {
    e.classList.toggle('now', Number(e.dataset.step) === now);
    if (Number(e.dataset.step) <= now) place = e;
  });
  if (place && !fromLink) revealRow($('sequence'), place);
}

function stop() { clearTimeout(timer); timer = null; $('play').textContent = '▶ play'; }

function play() {
  if (now >= trace.length - 1) return stop();
  const wait = $('speed').value === 'recorded' ?
    Math.min(2000, (trace[now + 1].t_ns - trace[now].t_ns) / 1000) : 500;
  timer = setTimeout(() => { show(now + 1); if (timer) play(); }, wait);
  $('play').textContent = '❚❚ pause';
}

function load(lines, keep) {
  trace = lines.filter(r => r.machine && r.event);
  trace.sort((a, b) => a.t_ns - b.t_ns);
  $('replay').hidden = !trace.length;
  if (!trace.length) return;
  $('slider').max = trace.length - 1;
  const machines = [...new Set(trace.map(r => r.machine))].filter(chartOf), chosen = $('machine').value;
  $('machine').innerHTML = '<option value="">whichever moves</option>' +
    machines.map(m => `<option>${escape(m)}</option>`).join('');
  $('machine').value = machines.includes(chosen) ? chosen : '';
  const isFirst = !lastWidth;
  lastWidth = 0;
  resize(isFirst);
  show(keep === undefined ? 0 : keep, true);
}

// What the replay has come to, on the drawing that is open.
function markStep(view) {
  const chart = charts[view.section.dataset.chart];
  mark(view.svg, chart, view.leaves);
  markTaken(view.svg, chart, view.taken);
}

// Never reached: a state, or a line none of whose transitions was taken.
function cover(view) {
  const chart = charts[view.section.dataset.chart], picture = view.svg;
  const it = data.coverage?.charts?.find(c => c.chart === chart.name);
  if (!it) return;
  chart.states.forEach(s => drawnState(picture, s.path)
    ?.classList.toggle('missed', !(it.states || {})[s.name]));
  const lines = {}, places = chart.states.map((_, s) => standIn(picture, chart, s));
  chart.transitions.forEach((t, i) => t.targets.forEach(target => {
    const key = places[t.source] + '\n' + places[target];
    lines[key] = (lines[key] || 0) + ((it.transitions || {})[i] || 0);
  }));
  picture.querySelectorAll('.edge').forEach(e => e.classList.toggle('missed',
    !lines[e.dataset.from + '\n' + e.dataset.to]));
}

function follow() {
  const link = new URLSearchParams(location.hash.slice(1));
  if (link.has('machine')) $('machine').value = link.get('machine');
  if (link.has('step') && trace.length) {
    show(link.get('step') === 'last' ? trace.length - 1 : link.get('step') - 1, true);
    const active = pictureOf(trace[now].machine.split(' ')[0])?.querySelectorAll('.active');
    if (active?.length) reveal(active[active.length - 1]);
  }
  if (link.has('chart')) $('chart-' + link.get('chart'))?.scrollIntoView();
  if (link.has('state')) showState(link.get('state'));
}

// Again at every width: a drawing that is made smaller has letters that nobody can read.
function drawTimes() {
  drawSequence();
  drawTimeline();
  markRow(true);
}

const lines = text => text.split('\n').flatMap(line => {
  try { return line.trim() ? [JSON.parse(line)] : []; } catch { return []; }
});
