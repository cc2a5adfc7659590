// What a page of charts does: replay, search, links, coverage. For browsers of 2022 and later.
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

// The leaves that are active behind a step: with regions one of each, as the trace has them.
const leavesOf = (chart, record) =>
  (record.configuration || [record.to]).map(name => stateNamed(chart, name)).filter(s => s >= 0);

function mark(picture, chart, leaves) {
  picture.querySelectorAll('.active').forEach(e => e.classList.remove('active'));
  for (const s of new Set(leaves.flatMap(leaf => around(chart, leaf)))) {
    const path = chart.states[s].path;
    picture.querySelector(`.state[data-state="${CSS.escape(path)}"]`)?.classList.add('active');
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
  document.querySelectorAll('.taken').forEach(e => e.classList.remove('taken'));
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
    const picture = pictureOf(name);
    mark(picture, c, leavesOf(c, step));
    picture.closest('.chart').dataset.machine = machine;
  }
  if (chart && r.transition !== undefined && done[chart.name][2] === r.machine) {
    const t = chart.transitions[r.transition];
    for (const target of t ? t.targets : []) {
      const from = CSS.escape(chart.states[t.source].path), to = CSS.escape(chart.states[target].path);
      pictureOf(chart.name).querySelectorAll(`.edge[data-from="${from}"][data-to="${to}"]`)
        .forEach(e => e.classList.add('taken'));
    }
  }
  describe(now);
  const moved = chart && pictureOf(chart.name).querySelectorAll('.active');
  if (moved?.length && !fromLink) reveal(moved[moved.length - 1]);
  let place = null;
  document.querySelectorAll('#sequence .row').forEach(e => {
    e.classList.toggle('now', Number(e.dataset.step) === now);
    if (Number(e.dataset.step) <= now) place = e;
  });
  if (place && !fromLink) reveal(place);
  document.body.dataset.step = now;
  document.body.dataset.states = JSON.stringify(
    Object.fromEntries(Object.entries(current).map(([machine, step]) => [machine, step.to])));
  if (!fromLink) history.replaceState(null, '', '#step=' + (now + 1));
}

// Scrolls no further than what is not to be seen asks for.
function reveal(element) {
  const box = element.getBoundingClientRect(), free = innerHeight;
  const bar = element.closest('#replay') ? 0 : innerWidth < 1100 ? $('replay').offsetHeight : 0;
  if (box.top < bar || box.bottom > free)
    element.scrollIntoView({block: 'center', inline: 'nearest'});
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
  drawSequence();
  drawTimeline();
  show(keep === undefined ? 0 : keep, true);
}

function search(text) {
  document.querySelectorAll('.found').forEach(e => e.classList.remove('found'));
  let first = null, count = 0;
  if (text) document.querySelectorAll('.stm .state, .stm .edge').forEach(e => {
    const own = [...e.children].filter(c => c.tagName === 'text').map(c => c.textContent).join(' ');
    if (!own.toLowerCase().includes(text.toLowerCase())) return;
    e.classList.add('found');
    count++;
    first = first || e;
  });
  $('found').textContent = text ? `${count} found` : '';
  first?.scrollIntoView({block: 'center', inline: 'center'});
}

// Never reached: a state, or a line none of whose transitions was taken.
function cover() {
  for (const it of data.coverage?.charts || []) {
    const chart = charts[it.chart];
    if (!chart) continue;
    const picture = pictureOf(it.chart);
    chart.states.forEach(s => picture.querySelector(`.state[data-state="${CSS.escape(s.path)}"]`)
      ?.classList.toggle('missed', !(it.states || {})[s.name]));
    const lines = {};
    chart.transitions.forEach((t, i) => t.targets.forEach(target => {
      const key = chart.states[t.source].path + '\n' + chart.states[target].path;
      lines[key] = (lines[key] || 0) + ((it.transitions || {})[i] || 0);
    }));
    picture.querySelectorAll('.edge').forEach(e => e.classList.toggle('missed',
      !lines[e.dataset.from + '\n' + e.dataset.to]));
  }
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
  if (link.has('state')) {
    const found = document.querySelector(`.state[data-state$="${CSS.escape(link.get('state'))}"]`);
    document.querySelectorAll('.found').forEach(e => e.classList.remove('found'));
    found?.classList.add('found');
    found?.scrollIntoView({block: 'center', inline: 'center'});
  }
}

// Source and target side by side, with the ownership word between them.
function drawSequence() {
  const sides = trace.map((r, i) => [r, i]).filter(([r]) => /^(Outgoing|Incoming) /.test(r.machine));
  if (!sides.length) { $('sequence').innerHTML = ''; return; }
  const width = 560, step = 17, top = 26;
  let y = top, last = null, word = '', rows = '', words = '', since = top;
  const flush = end => {
    if (word) words += `<rect class="word" x="245" y="${since}" width="70" height="${Math.max(15, end - since - 3)}" rx="4"/>` +
      `<text x="280" y="${since + 12}" text-anchor="middle">${escape(word)}</text>`;
  };
  for (const [r, i] of sides) {
    const isSource = r.machine.startsWith('Outgoing');
    y += step + (last === null ? 0 : Math.min(24, Math.log2(1 + (r.t_ns - last) / 50000) * 4));
    last = r.t_ns;
    const next = ownerAfter(r, word);
    if (next !== word) { flush(y - 11); word = next; since = y - 11; }
    const text = `${r.event}${r.from !== r.to ? ' → ' + r.to : ''}`;
    rows += `<g class="row" data-step="${i}"><title>${escape(r.machine)}: ${escape(r.payload || r.event)}</title>` +
      `<text x="${isSource ? 236 : 324}" y="${y}" text-anchor="${isSource ? 'end' : 'start'}">${escape(text)}</text>` +
      `<text class="muted" x="${isSource ? 4 : width - 4}" y="${y}" text-anchor="${isSource ? 'start' : 'end'}">` +
      `+${((r.t_ns - trace[0].t_ns) / 1e6).toFixed(3)} ms</text></g>`;
  }
  flush(y + 8);
  $('sequence').innerHTML = `<svg viewBox="0 0 ${width} ${Math.ceil(y + 14)}" role="img" aria-label="Sequence">` +
    `<text x="236" y="14" text-anchor="end">source</text><text x="280" y="14" text-anchor="middle" class="muted">word</text>` +
    `<text x="324" y="14">target</text><path class="lane" d="M241 20V${y + 8}M319 20V${y + 8}"/>${words}${rows}</svg>`;
  $('sequence').querySelectorAll('.row').forEach(e =>
    e.addEventListener('click', () => { stop(); show(Number(e.dataset.step)); }));
}

// What the word says after a step: told by the swaps' outcomes, which both charts get as events.
function ownerAfter(r, word) {
  const told = /owner\(.*\b(held|offered|taken|running|revoked|condemned)\b/.exec(r.payload || '');
  if (told) return told[1];
  if (r.machine.startsWith('Outgoing') && r.event === 'migrate') return '';
  if ((r.effects || []).includes('greet') && r.machine.startsWith('Outgoing')) return 'held';
  if ((r.effects || []).includes('handOver')) return 'offered';
  return word;
}

// Every handover of a rehearsal, and the round trips of its probes.
function drawTimeline() {
  const probes = data.report?.round_trips || [];
  if (!probes.length) { $('timeline').innerHTML = ''; return; }
  const width = 1000, height = 110, first = probes[0][0], span = Math.max(1, probes[probes.length - 1][0] - first);
  const most = Math.max(...probes.map(p => p[1]), 1);
  const x = t => 50 + (t - first) / span * (width - 60);
  const dots = probes.map(([t, us]) => `<circle class="dot" cx="${x(t).toFixed(1)}" r="1.6" ` +
    `cy="${(height - 24 - Math.log10(1 + us) / Math.log10(1 + most) * (height - 40)).toFixed(1)}"/>`);
  const hands = trace.map((r, i) => [r, i]).filter(([r]) => r.machine.startsWith('Outgoing') && r.to === 'offered' && r.from !== 'offered')
    .map(([r, i], n) => `<g class="hand" data-step="${i}"><path class="lane" d="M${x(r.t_ns).toFixed(1)} 8V${height - 22}"/>` +
      `<text x="${x(r.t_ns).toFixed(1)}" y="${height - 8}" text-anchor="middle">${n + 1}</text></g>`);
  $('timeline').innerHTML = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Round trips of the probes">` +
    `<text x="4" y="14" class="muted">${most} µs</text><text x="4" y="${height - 26}" class="muted">0</text>` +
    `<path class="lane" d="M50 ${height - 22}H${width - 10}"/>${hands.join('')}${dots.join('')}</svg>`;
  $('timeline').querySelectorAll('.hand').forEach(e =>
    e.addEventListener('click', () => { stop(); show(Number(e.dataset.step)); }));
}

const lines = text => text.split('\n').flatMap(line => {
  try { return line.trim() ? [JSON.parse(line)] : []; } catch { return []; }
});

for (const [id, to] of [['first', () => 0], ['back', () => now - 1], ['next', () => now + 1], ['last', () => trace.length - 1]])
  $(id).addEventListener('click', () => { stop(); show(to()); });
$('play').addEventListener('click', () => timer ? stop() : play());
$('slider').addEventListener('input', e => { stop(); show(Number(e.target.value)); });
$('machine').addEventListener('change', () => show(now));
$('search').addEventListener('input', e => search(e.target.value));
$('file').addEventListener('change', async e => load(lines(await e.target.files[0].text())));
$('theme').addEventListener('click', () => {
  const isDark = document.documentElement.dataset.theme ?
    document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme:dark)').matches;
  document.documentElement.dataset.theme = isDark ? 'light' : 'dark';
});
document.addEventListener('keydown', e => {
  if (/INPUT|SELECT|TEXTAREA/.test(e.target.tagName) && e.target.id !== 'slider') return;
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
document.querySelectorAll('.stm .state').forEach(e => e.addEventListener('click', event => {
  event.stopPropagation();
  history.replaceState(null, '', '#state=' + encodeURIComponent(e.dataset.state));
}));
addEventListener('hashchange', follow);
if (data.trace.length) load(data.trace, 0);
cover();
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
