/* Draws what tables can't show: points in a plane, memory over time, single runs, latencies. All
 * numbers come from the program; without this script the page still has them in its tables.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
'use strict';
(() => {
  const charts = JSON.parse(document.getElementById('data').textContent);
  const tip = document.getElementById('tip');
  const MANY = 8; /* more rows than this share no chart, and stand closer */

  /* ---- elements */

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes))
      if (value !== undefined) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const line = (x1, y1, x2, y2, kind) => element('line', { x1, y1, x2, y2, class: kind });
  const words = (string, x, y, kind, anchor) =>
    element('text', { x, y, class: kind, 'text-anchor': anchor, dy: '.34em' }, string);
  const hued = (row, ...children) => element('g', { class: `h${row.hue}` }, ...children);
  const drawing = (width, height, label) =>
    element('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });

  const ruler = document.createElement('canvas').getContext('2d');
  ruler.font = '12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
  const widthOf = string => 1.05 * ruler.measureText(string).width;
  const fitted = (string, room) => {
    if (widthOf(string) <= room) return string;
    let end = string.length;
    while (end > 1 && widthOf(string.slice(0, end) + '…') > room) end--;
    return string.slice(0, end) + '…';
  };

  /* ---- numbers */

  const digits = x => x === 0 || Math.abs(x) >= 99.5 ? x.toFixed(0) : x.toFixed(Math.abs(x) >= 9.95 ? 1 : 2);
  const united = units => value => {
    const [size, name] = units.find(([least]) => value >= least) ?? units.at(-1);
    return `${digits(value / size)} ${name}`;
  };
  const bytes = united([[2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB'], [1, 'B']]);
  const seconds = united([[1, 's'], [1e-3, 'ms'], [1e-6, 'us']]);
  const nanoseconds = united([[1e9, 's'], [1e6, 'ms'], [1e3, 'us'], [1, 'ns']]);
  const round = (format, value) => value ? format(value).replace(/\.0+(?= )/, '') : '0';
  const change = ratio => ratio >= 2 ? `${digits(ratio)}×`
    : `${ratio < 1 ? '−' : '+'}${Math.abs(100 * (ratio - 1)).toFixed(Math.abs(ratio - 1) < .0995 ? 1 : 0)} %`;
  const told = figure => figure.low === undefined ? `${change(figure.ratio)}, too few blocks`
    : `${change(figure.ratio)} (${change(figure.low)} to ${change(figure.high)})`;

  /* ---- scales: functions from a value to a place */

  const linear = (from, to, start, end) => value => start + (value - from) / (to - from) * (end - start);
  const logarithmic = (from, to, start, end) => {
    const place = linear(Math.log(from), Math.log(to), start, end);
    return value => place(Math.log(value));
  };
  const steps = (from, to, count, round = [1, 2, 2.5, 5, 10], base = 10) => {
    const power = base ** Math.floor(Math.log((to - from) / count) / Math.log(base));
    const step = (round.map(r => r * power).find(s => s >= (to - from) / count)) ?? base * power;
    const found = [];
    for (let t = Math.ceil(from / step - 1e-9) * step; t <= to * (1 + 1e-9); t += step) found.push(t);
    return found;
  };
  const byteSteps = (to, count) => steps(0, to, count, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], 1024);
  const RATIOS = [1, .5, 2, .2, 5, .1, 10, .8, 1.25, .7, 1.5, .9, 1.1, 3, .3, .6, 1.2, 20, 50, 100, .05, .02, .01, .95,
    1.05, .98, 1.02, .99, 1.01];
  const ratioSteps = (from, to, place, apart) => RATIOS.filter(r => r >= from && r <= to)
    .reduce((kept, r) => kept.some(k => Math.abs(place(k) - place(r)) < apart) ? kept : [...kept, r], []);

  /* ---- telling what a mark is */

  const show = (string, event) => {
    tip.textContent = string;
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 6))}px`;
    tip.style.top = `${event.clientY + 18 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 18}px`;
  };
  const hide = () => { tip.hidden = true; };
  const tell = (mark, string) => {
    mark.addEventListener('pointermove', event => show(string, event));
    mark.addEventListener('pointerdown', event => show(string, event));
    mark.addEventListener('pointerleave', hide);
    return mark;
  };

  const SHAPES = [
    r => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
    r => `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
    r => `M0 ${-1.25 * r}L${1.25 * r} ${r}H${-1.25 * r}z`,
    r => `M0 ${-1.4 * r}L${1.4 * r} 0L0 ${1.4 * r}L${-1.4 * r} 0z`,
    r => `M0 ${1.25 * r}L${1.25 * r} ${-r}H${-1.25 * r}z`,
  ];
  const shape = (row, radius) => SHAPES[row.hue % SHAPES.length](radius);

  /* ---- time against memory */

  /* Where a label covers least: boxes that are taken, and the whiskers of points. */
  const placeLabel = (string, x, y, limits, taken, whiskers) => {
    const width = widthOf(string) + 2;
    let best, least = 75; /* what costs more is left out; the point still tells when touched */
    for (const distance of [11, 22, 36, 54, 74]) for (let turn = 0; turn < 16; turn++) {
      const dx = Math.cos(turn * Math.PI / 8), dy = Math.sin(turn * Math.PI / 8);
      const cx = x + dx * distance + (dx > .3 ? width / 2 : dx < -.3 ? -width / 2 : 0), cy = y + dy * (distance + 2);
      const box = { l: cx - width / 2, t: cy - 8, r: cx + width / 2, b: cy + 8, distance };
      if (box.l < limits.l || box.r > limits.r || box.t < limits.t || box.b > limits.b) continue;
      let cost = distance * .6 + (dx > .9 ? 0 : dx < -.9 ? 1 : 3);
      for (const other of taken) {
        const w = Math.min(box.r, other.r) - Math.max(box.l, other.l), h = Math.min(box.b, other.b) - Math.max(box.t, other.t);
        if (w > 0 && h > 0) cost += 30 + w * h;
      }
      cost += 9 * whiskers.filter(k => k.l < box.r && k.r > box.l && k.t < box.b && k.b > box.t).length;
      if (cost < least) { least = cost; best = box; }
    }
    if (best) taken.push(best);
    return best;
  };

  const tradeoff = (width, { rows, front }) => {
    const points = rows.map((row, place) => ({ ...row, place }))
      .filter(row => !row.control && (row.base || (row.wall.ratio && row.memory.ratio)))
      .map(row => ({ ...row, x: row.base ? 1 : row.wall.ratio, y: row.base ? 1 : row.memory.ratio }));
    if (points.length < 2) return [];
    const height = Math.round(Math.max(290, Math.min(430, width * .72)));
    const edge = { l: 46, r: width - 14, t: 10, b: height - 40 };
    const span = key => {
      const ends = points.flatMap(p => p.base ? [1] : [p[key].ratio, p[key].low ?? p[key].ratio, p[key].high ?? p[key].ratio]);
      const a = Math.min(...ends), b = Math.max(...ends), room = Math.max(1.04, (b / a) ** .08);
      return [a / room, b * room];
    };
    const [x0, x1] = span('wall'), [y0, y1] = span('memory');
    const X = logarithmic(x0, x1, edge.l, edge.r), Y = logarithmic(y0, y1, edge.b, edge.t);
    const svg = drawing(width, height, 'Time and peak memory of each row as ratios; the tables have the numbers');
    for (const r of ratioSteps(x0, x1, X, 62))
      svg.append(line(X(r), edge.t, X(r), edge.b, r === 1 ? 'one' : 'grid'), words(`${r}×`, X(r), edge.b + 13, 'dim', 'middle'));
    for (const r of ratioSteps(y0, y1, Y, 34))
      svg.append(line(edge.l, Y(r), edge.r, Y(r), r === 1 ? 'one' : 'grid'), words(`${r}×`, edge.l - 6, Y(r), 'dim', 'end'));
    svg.append(words('time →', edge.r, height - 9, 'dim', 'end'), words('peak memory ↑', edge.l + 4, edge.t + 6, 'dim', 'start'));
    const stairs = front.map(place => points.find(p => p.place === place)).filter(Boolean);
    svg.append(element('path', { class: 'front',
      d: stairs.map((p, i) => i ? `H${X(p.x)}V${Y(p.y)}` : `M${X(p.x)} ${Y(p.y)}`).join('') }));
    const whiskers = [];
    for (const p of points) if (!p.base && p.wall.low !== undefined && p.memory.low !== undefined) {
      const l = X(p.wall.low), r = X(p.wall.high), t = Y(p.memory.high), b = Y(p.memory.low);
      whiskers.push({ l, r, t: Y(p.y), b: Y(p.y) }, { l: X(p.x), r: X(p.x), t, b });
      svg.append(hued(p, line(l, Y(p.y), r, Y(p.y), 'whisker'), line(X(p.x), t, X(p.x), b, 'whisker')));
    }
    const taken = points.map(p => ({ l: X(p.x) - 7, r: X(p.x) + 7, t: Y(p.y) - 7, b: Y(p.y) + 7 }));
    const labels = [];
    for (const p of [...points].sort((a, b) => b.y - a.y)) {
      const string = fitted(p.label, width * .4);
      const box = placeLabel(string, X(p.x), Y(p.y), { ...edge, r: width - 2, t: edge.t + 14 }, taken, whiskers);
      if (!box) continue;
      if (box.distance > 22) {
        const ex = Math.max(box.l, Math.min(box.r, X(p.x))), ey = Math.max(box.t + 3, Math.min(box.b - 3, Y(p.y)));
        svg.append(line(X(p.x), Y(p.y), ex, ey, 'leader'));
      }
      labels.push(words(string, (box.l + box.r) / 2, (box.t + box.b) / 2, 'label', 'middle'));
    }
    for (const p of points) {
      const hollow = !p.base && p.wall.is === 'unknown';
      const mark = hued(p, element('circle', { r: 13, fill: 'transparent' }), element('path', { class: hollow ? 'hollow' : 'solid', d: shape(p, 5) }));
      mark.setAttribute('transform', `translate(${X(p.x)} ${Y(p.y)})`);
      svg.append(tell(mark, p.base ? `${p.label}, the baseline`
        : `${p.label}\ntime ${told(p.wall)}\nmemory ${told(p.memory)}`));
    }
    svg.append(...labels);
    return [svg];
  };

  /* ---- resident memory over time */

  const DASHES = [undefined, '6 3', '2 3', '9 3 2 3', '12 3', '1 4'];
  const residentAt = (curve, time) => {
    let found = null;
    for (let i = 0; i < curve.s.length && curve.s[i] <= time; i++) found = curve.bytes[i];
    return time <= curve.s.at(-1) ? found : null;
  };

  const timeline = (width, rows, all, small) => {
    const edge = { l: 58, r: width - Math.min(width * .38, Math.max(...rows.map(r => widthOf(r.label))) + 24), t: 10 };
    const height = small ? 190 : Math.round(Math.max(240, Math.min(340, width * .55)));
    edge.b = height - 30;
    const last = Math.max(...all.map(r => r.rss.s.at(-1))) || 1, top = Math.max(...all.flatMap(r => r.rss.bytes)) * 1.05;
    const X = linear(0, last, edge.l, edge.r), Y = linear(0, top, edge.b, edge.t);
    const svg = drawing(width, height, 'Resident memory over time');
    for (const t of steps(0, last, Math.max(2, (edge.r - edge.l) / 80)))
      svg.append(words(round(seconds, t), X(t), edge.b + 14, 'dim', 'middle'));
    for (const t of byteSteps(top, height / 60))
      svg.append(line(edge.l, Y(t), edge.r, Y(t), 'grid'), words(round(bytes, t), edge.l - 6, Y(t), 'dim', 'end'));
    const ends = rows.map((row, i) => {
      const curve = row.rss;
      const d = curve.s.map((s, k) => k ? `H${X(s).toFixed(1)}V${Y(curve.bytes[k]).toFixed(1)}`
        : `M${X(s).toFixed(1)} ${Y(curve.bytes[k]).toFixed(1)}`).join('');
      const x = X(curve.s.at(-1)), y = Y(curve.bytes.at(-1));
      svg.append(hued(row, element('path', { class: 'curve', d, 'stroke-dasharray': small && !row.base ? DASHES[i % DASHES.length] : undefined }),
        element('circle', { class: 'solid', cx: x, cy: y, r: 3 })));
      return { row, x, y };
    }).sort((a, b) => a.y - b.y);
    /* Labels keep apart: first pushed down, then up from the floor. */
    ends.forEach((end, i) => { end.at = Math.max(end.y, i ? ends[i - 1].at + 14 : edge.t); });
    for (let i = ends.length - 1, floor = edge.b; i >= 0; i--, floor -= 14) ends[i].at = Math.min(ends[i].at, floor);
    for (const end of ends)
      svg.append(line(end.x + 4, end.y, edge.r + 6, end.at, 'leader'), words(fitted(end.row.label, width - edge.r - 14), edge.r + 10, end.at, 'label', 'start'));
    const hair = line(0, edge.t, 0, edge.b, 'one');
    hair.style.display = 'none';
    svg.append(hair);
    const leave = () => { hair.style.display = 'none'; hide(); };
    svg.addEventListener('pointerleave', leave);
    svg.addEventListener('pointermove', event => {
      const box = svg.getBoundingClientRect(), x = (event.clientX - box.left) * width / box.width;
      const time = (x - edge.l) / (edge.r - edge.l) * last;
      if (time < 0 || time > last) { leave(); return; }
      hair.style.display = '';
      hair.setAttribute('x1', x);
      hair.setAttribute('x2', x);
      const lines = rows.map(row => [residentAt(row.rss, time), row.label]).sort((a, b) => (b[0] ?? -1) - (a[0] ?? -1));
      show([`after ${seconds(time)}`, ...lines.map(([value, label]) => `${label}: ${value === null ? 'has ended' : bytes(value)}`)].join('\n'), event);
    });
    return svg;
  };

  /* Many rows: a small chart for each backend, with the baseline in all of them. */
  const rss = (width, { rows }) => {
    rows = rows.filter(row => row.rss)
      .map(row => ({ ...row, rss: { s: row.rss.s, bytes: row.rss.kib.map(kib => 1024 * kib) } }));
    if (!rows.length) return [];
    if (rows.length <= MANY) return [timeline(width, rows, rows, false)];
    const columns = width >= 1000 ? 3 : width >= 640 ? 2 : 1, each = Math.floor((width - (columns - 1) * 12) / columns);
    const base = rows.filter(row => row.base);
    return [...new Set(rows.map(row => row.hue))].map(hue => {
      const own = rows.filter(row => row.hue === hue && !row.base);
      return own.length ? timeline(each, [...base, ...own], rows, true) : null;
    }).filter(Boolean);
  };

  /* ---- rows of dots on one axis */

  const margins = (width, rows) => Math.min(width * .38, Math.max(...rows.map(row => widthOf(row.label))) + 12);

  const runs = (width, { rows }) => {
    rows = rows.map(row => ({ ...row, runs: row.runs.map((time, i) => [i + 1, time]).filter(run => run[1] !== null) }))
      .filter(row => row.runs.length);
    if (!rows.length) return [];
    const pitch = rows.length > MANY ? 20 : 30, edge = { l: margins(width, rows), r: width - 16, t: 4 };
    const height = rows.length * pitch + 30, all = rows.flatMap(row => row.runs.map(run => run[1]));
    const least = Math.min(...all), most = Math.max(...all), wide = most / least > 6, room = (most - least) * .05 || most * .05;
    const from = wide ? least / 1.1 : Math.max(0, least - room), to = wide ? most * 1.1 : most + room;
    const X = (wide ? logarithmic : linear)(from, to, edge.l, edge.r), bottom = edge.t + rows.length * pitch;
    const svg = drawing(width, height, 'Wall time of every run');
    const decades = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4].flatMap(e => [1, 2, 5].map(k => k * 10 ** e)).filter(t => t >= from && t <= to);
    let before = -Infinity;
    for (const t of wide ? decades : steps(from, to, (edge.r - edge.l) / 80)) {
      svg.append(line(X(t), edge.t, X(t), bottom, 'grid'));
      const string = round(seconds, t), half = widthOf(string) / 2;
      if (X(t) - half < before + 8 || X(t) + half > width) continue;
      svg.append(words(string, X(t), bottom + 14, 'dim', 'middle'));
      before = X(t) + half;
    }
    rows.forEach((row, i) => {
      const top = edge.t + i * pitch, blocks = Math.max(...row.runs.map(run => run[0]));
      svg.append(line(edge.l, top + pitch, edge.r, top + pitch, 'grid'), words(fitted(row.label, edge.l - 8), edge.l - 8, top + pitch / 2, row.control ? 'dim' : 'label', 'end'));
      const group = hued(row, element('rect', { class: 'solid', x: X(row.wall.median) - 1.25, y: top + 3, width: 2.5, height: pitch - 6 }));
      for (const [block, time] of row.runs)
        group.append(tell(element('circle', { class: 'solid faint', cx: X(time), r: pitch > 24 ? 3.4 : 2.6,
          cy: top + 5 + (pitch - 10) * (blocks > 1 ? (block - 1) / (blocks - 1) : .5) }), `${row.label}, block ${block}: ${seconds(time)}`));
      svg.append(group);
    });
    return [svg];
  };

  const latency = (width, { rows }) => {
    const names = ['p50', 'p99', 'p99.9', 'max'], radii = [4.5, 5.5, 4.5, 3], strength = [.45, 1, .7, .45];
    rows = rows.filter(row => row.latency);
    if (!rows.length) return [];
    const pitch = rows.length > MANY ? 20 : 30, edge = { l: margins(width, rows), r: width - 18, t: 20 };
    const height = edge.t + rows.length * pitch + 26, all = rows.flatMap(row => row.latency.filter(Boolean).map(value => value.ns));
    const from = Math.min(...all) / 1.3, to = Math.max(...all) * 1.2, X = logarithmic(from, to, edge.l, edge.r);
    const svg = drawing(width, height, 'Latency percentiles of each row'), bottom = edge.t + rows.length * pitch;
    for (let t = 10 ** Math.ceil(Math.log10(from)); t <= to; t *= 10)
      svg.append(line(X(t), edge.t, X(t), bottom, 'grid'), words(round(nanoseconds, t), X(t), bottom + 13, 'dim', 'middle'));
    rows.forEach((row, i) => {
      const y = edge.t + i * pitch + pitch / 2, values = row.latency.map((value, k) => value && { ...value, name: names[k], k }).filter(Boolean);
      svg.append(words(fitted(row.label, edge.l - 8), edge.l - 8, y, 'label', 'end'));
      const group = hued(row, line(X(values[0].ns), y, X(values.at(-1).ns), y, 'whisker'),
        ...values.map(v => element('circle', { class: v.under ? 'hollow' : 'solid', cx: X(v.ns), cy: y, r: radii[v.k], 'fill-opacity': v.under ? 1 : strength[v.k] })),
        element('rect', { x: edge.l, y: y - pitch / 2, width: edge.r - edge.l, height: pitch, fill: 'transparent' }));
      let before = -Infinity;
      if (i === 0) for (const v of values) if (X(v.ns) > before + 32) {
        svg.append(words(v.name, X(v.ns), edge.t - 8, 'dim', 'middle'));
        before = X(v.ns);
      }
      svg.append(tell(group, [row.label, ...values.map(v => `${v.name} ${v.under ? 'under ' : ''}${nanoseconds(v.ns)}`)].join('\n')));
    });
    return [svg];
  };

  /* ---- charts follow their width, so that text keeps its size */

  const KINDS = { tradeoff, rss, runs, latency };
  const draw = (figure, given) => {
    const plot = figure.querySelector('.plot'), width = given ?? Math.floor(plot.clientWidth);
    if (!width || figure.drawn === width) return;
    figure.drawn = width;
    const drawn = KINDS[figure.dataset.chart](width, charts[figure.dataset.of]);
    figure.hidden = drawn.length === 0;
    plot.replaceChildren(...drawn);
    plot.classList.toggle('several', drawn.length > 1);
  };
  const figures = [...document.querySelectorAll('figure[data-chart]')];
  for (const figure of figures) {
    const rows = charts[figure.dataset.of].rows.filter(row => row.rss);
    if (figure.dataset.chart === 'rss' && rows.length > MANY) figure.classList.add('wide');
  }
  const watch = new ResizeObserver(entries => requestAnimationFrame(() => entries.forEach(entry => draw(entry.target.parentElement))));
  const follow = figure => { draw(figure); watch.observe(figure.querySelector('.plot')); };
  figures.forEach(follow);

  /* ---- copying, contents, print */

  for (const block of document.querySelectorAll('.copy')) {
    const button = document.createElement('button'), code = block.querySelector('code');
    button.type = 'button';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch { /* files have no clipboard in some browsers */
        getSelection().selectAllChildren(code);
        document.execCommand('copy');
      }
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    });
    block.append(button);
  }

  const links = new Map([...document.querySelectorAll('nav a')].map(a => [document.querySelector(a.hash), a]));
  const here = new IntersectionObserver(entries => {
    for (const entry of entries) if (entry.isIntersecting) {
      links.forEach(a => a.removeAttribute('aria-current'));
      links.get(entry.target).setAttribute('aria-current', 'true');
    }
  }, { rootMargin: '-15% 0px -75% 0px' });
  links.forEach((a, section) => section && here.observe(section));

  /* A browser shrinks what is wider than paper, text and all, so charts are drawn for it. */
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')];
    opened.forEach(details => { details.open = true; });
    watch.disconnect();
    figures.forEach(figure => draw(figure, figure.classList.contains('wide') ? 680 : 330));
  });
  addEventListener('afterprint', () => {
    opened.forEach(details => { details.open = false; });
    figures.forEach(follow);
  });
})();
