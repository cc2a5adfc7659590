// Diagrams over time: both sides of a handover, and the round trips of a rehearsal's probes.

// The unit in which a span of nanoseconds is a number of few digits.
const unitOf = span => span < 2e3 ? [1, 'ns'] : span < 2e6 ? [1e3, 'µs'] :
  span < 2e9 ? [1e6, 'ms'] : [1e9, 's'];

// Round numbers from 0 to the end, so many at most.
function ticks(end, most) {
  const raw = end / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= raw * 0.999);
  return Array.from({length: Math.floor(end / step * 1.0001) + 1}, (_, i) =>
    Number((i * step).toPrecision(6)));
}

const shortened = (text, length) =>
  text.length > length ? text.slice(0, Math.max(1, length - 1)) + '…' : text;

// MARK: Sequence

// Where things stand from left to right: the time, source, the word between, target.
function sequenceColumns() {
  const width = clamp($('sequence').clientWidth || 560, 300, 560), word = 66, time = 70;
  const source = time + (width - time - word) / 2;
  return {width, source, target: source + word, middle: source + word / 2,
    letters: Math.floor((source - time - 10) / 6.7)};
}

// Source and target side by side, with the ownership word between them.
function drawSequence() {
  const sides = trace.map((r, i) => [r, i])
    .filter(([r]) => /^(Outgoing|Incoming) /.test(r.machine));
  if (!sides.length) { $('sequence').innerHTML = ''; return; }
  const columns = sequenceColumns(), top = 26;
  let y = top, last = null, word = '', rows = '', words = '', since = top;
  for (const [r, i] of sides) {
    y += 17 + (last === null ? 0 : Math.min(24, Math.log2(1 + (r.t_ns - last) / 50000) * 4));
    last = r.t_ns;
    const next = ownerAfter(r, word);
    if (next !== word) {
      words += wordBox(word, since, y - 11, columns);
      word = next;
      since = y - 11;
    }
    rows += sequenceRow(r, i, y, columns);
  }
  words += wordBox(word, since, y + 8, columns);
  const {width, source, target, middle} = columns;
  $('sequence').innerHTML = `<svg width="${width}" height="${Math.ceil(y + 14)}" role="group" ` +
    'aria-label="Sequence: source and target over time">' +
    '<text x="0" y="14" class="muted">time</text>' +
    `<text x="${source - 5}" y="14" text-anchor="end">source</text>` +
    `<text x="${middle}" y="14" text-anchor="middle" class="muted">word</text>` +
    `<text x="${target + 5}" y="14">target</text>` +
    `<path class="lane" d="M${source} 20V${y + 8}M${target} 20V${y + 8}"/>${words}${rows}</svg>`;
  makeButtons('#sequence .row');
}

function wordBox(word, from, to, {middle}) {
  if (!word) return '';
  return `<rect class="word" x="${middle - 31}" y="${from}" width="62" ` +
    `height="${Math.max(15, to - from - 3)}" rx="4"/>` +
    `<text x="${middle}" y="${from + 12}" text-anchor="middle">${escape(word)}</text>`;
}

function sequenceRow(r, i, y, {source, target, letters}) {
  const isSource = r.machine.startsWith('Outgoing');
  const text = `${r.event}${r.from !== r.to ? ' → ' + r.to : ''}`;
  const time = `+${((r.t_ns - trace[0].t_ns) / 1e6).toFixed(3)} ms`;
  const name = escape(`${time} ${r.machine}: ${text}`);
  return `<g class="row" data-step="${i}" aria-label="${name}">` +
    `<title>${escape(r.machine)}: ${escape(r.payload || r.event)}, ${escape(text)}</title>` +
    `<text x="${isSource ? source - 5 : target + 5}" y="${y}" ` +
    `text-anchor="${isSource ? 'end' : 'start'}">${escape(shortened(text, letters))}</text>` +
    `<text class="muted" x="0" y="${y}">${time}</text></g>`;
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

// Steps of the trace that can be pressed, with the keyboard as well.
function makeButtons(selector) {
  document.querySelectorAll(selector).forEach(e => {
    const go = () => { stop(); show(Number(e.dataset.step)); };
    e.setAttribute('role', 'button');
    e.setAttribute('tabindex', '0');
    e.addEventListener('click', go);
    e.addEventListener('keydown', event => {
      if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); go(); }
    });
  });
}

// MARK: Round trips

// Every handover of a rehearsal, and the round trips of its probes.
function drawTimeline() {
  const probes = data.report?.round_trips || [];
  if (!probes.length) { $('timeline').innerHTML = ''; return; }
  const style = getComputedStyle($('timeline'));
  const inner = $('timeline').clientWidth - 2 * parseFloat(style.paddingLeft);
  const width = Math.max(280, inner || 1000), height = 170;
  const box = {left: 54, right: width - 14, top: 30, bottom: height - 36};
  const first = probes[0][0], end = Math.max(1, probes[probes.length - 1][0] - first);
  const most = Math.max(...probes.map(p => p[1]), 1);
  const x = t => (box.left + (t - first) / end * (box.right - box.left)).toFixed(1);
  const y = us => (box.bottom - Math.log10(1 + us) / Math.log10(1 + most) *
    (box.bottom - box.top)).toFixed(1);
  const dots = probes.map(([t, us]) =>
    `<circle class="dot" cx="${x(t)}" cy="${y(us)}" r="1.6"/>`);
  $('timeline').innerHTML = `<svg width="${width}" height="${height}" role="group" ` +
    `aria-label="Round trips of ${probes.length} probes, the longest ${micros(most * 1000)}">` +
    timeAxis(end, t => x(t + first), box) + tripAxis(most, y, box) +
    handovers(x, box).join('') + dots.join('') + '</svg>';
  makeButtons('#timeline .hand');
}

function timeAxis(end, x, {left, right, top, bottom}) {
  const [unit, name] = unitOf(end);
  const marks = ticks(end / unit, Math.max(2, Math.floor((right - left) / 54))).map(value =>
    `<path class="lane" d="M${x(value * unit)} ${bottom}v5"/><text x="${x(value * unit)}" ` +
    `y="${bottom + 17}" text-anchor="middle" class="tick">${value} ${name}</text>`);
  return `<path class="lane" d="M${left} ${top}V${bottom}H${right}"/>${marks.join('')}` +
    `<text x="${right}" y="${bottom + 32}" text-anchor="end" class="muted">` +
    'time since the first probe</text>';
}

// Powers of ten: most trips are short, and the few long ones are what one looks for.
function tripAxis(most, y, {left, right}) {
  const values = [0];
  for (let value = 10; value <= most; value *= 10) values.push(value);
  const name = us => us >= 1e6 ? us / 1e6 + ' s' : us >= 1e3 ? us / 1e3 + ' ms' : us + ' µs';
  return values.map(us => `<path class="grid" d="M${left - 5} ${y(us)}H${right}"/>` +
    `<text x="${left - 8}" y="${Number(y(us)) + 4}" text-anchor="end" class="tick">${name(us)}` +
    '</text>').join('') + '<text x="0" y="12" class="muted">round trip, logarithmic</text>';
}

function handovers(x, {top, bottom}) {
  return trace.map((r, i) => [r, i]).filter(([r]) =>
    r.machine.startsWith('Outgoing') && r.to === 'offered' && r.from !== 'offered')
    .map(([r, i], n) => `<g class="hand" data-step="${i}" aria-label="Handover ${n + 1}">` +
      `<title>handover ${n + 1}</title><path class="way" d="M${x(r.t_ns)} ${top}V${bottom}"/>` +
      `<path class="lane" d="M${x(r.t_ns)} ${top}V${bottom}"/>` +
      `<text x="${x(r.t_ns)}" y="${top - 4}" text-anchor="middle">${n + 1}</text></g>`);
}
