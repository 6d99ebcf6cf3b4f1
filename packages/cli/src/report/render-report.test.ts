import { expect, test } from 'vitest';
import { makeExampleReport, makePrecision } from './example-report.js';
import { formatBytes, formatCount, formatDecimal, formatPercent, formatShort } from './format-figures.js';
import { parseMarkup } from './parse-markup.js';
import { plotTiles } from './plots/tile-sheet.js';
import { renderReport } from './render-report.js';
import type { PrecisionReport } from './report-data.js';

/** A copy of the data in which every text is `text`. */
function withEveryText<T>(value: T, text: string): T {
  const replace = (item: unknown, key: string): unknown => {
    if (typeof item === 'string') return key === 'precision' ? item : text;
    if (Array.isArray(item)) return item.map((entry) => replace(entry, key));
    if (typeof item !== 'object' || item === null || ArrayBuffer.isView(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([name, entry]) => [name, replace(entry, name)]));
  };
  return replace(value, '') as T;
}

/** The body of the report, whether read from the file or through a DOM. */
function bodyOf(page: string): { text: string; count: (selector: string) => number; attributes: string[] } {
  const document = parseMarkup(page);
  const elements = [...document.querySelectorAll('*')];
  return {
    text: spaced(document.body.textContent),
    count: (selector) => [...document.querySelectorAll(selector)].length,
    attributes: elements.flatMap((element) => [...element.attributes].map(({ name, value }) => `${name}=${value}`)),
  };
}

/** The text with every run of white space, no-break spaces too, as one space. */
function spaced(text: string): string {
  return text.replace(/\s+/g, ' ');
}

test('the same data give the same bytes, under 400 KB and in under 3 s', () => {
  renderReport(makeExampleReport());
  const start = performance.now();
  const first = renderReport(makeExampleReport());
  expect(performance.now() - start).toBeLessThan(3000);
  expect(renderReport(makeExampleReport())).toBe(first);
  expect(Buffer.byteLength(first)).toBeLessThan(400_000);
});

test('the report refers to nothing outside itself and holds no script', () => {
  const page = renderReport(makeExampleReport());
  const { attributes, count } = bodyOf(page);
  expect(count('script, iframe, object, embed, link, img, image, base, form')).toBe(0);
  expect(
    attributes.filter((attribute) => /^on|^(src|srcset|action|formaction|xlink:href|data)=/i.test(attribute)),
  ).toEqual([]);
  expect(attributes.filter((attribute) => /^href=(?!#)/.test(attribute))).toEqual([]);
  expect(page).not.toMatch(/url\(|@import|javascript:/i);
});

test('every link of the contents leads to a heading, and every id stands once', () => {
  const { attributes } = bodyOf(renderReport(makeExampleReport()));
  const ids = attributes.filter((attribute) => attribute.startsWith('id=')).map((attribute) => attribute.slice(3));
  expect(new Set(ids).size).toBe(ids.length);
  const targets = attributes
    .filter((attribute) => attribute.startsWith('href=#'))
    .map((attribute) => attribute.slice(6));
  expect(targets).toHaveLength(12);
  for (const target of targets) expect(ids).toContain(target);
});

test.each([
  '</script><script>alert(1)</script>',
  '</style></title><img src=x onerror=alert(1)>',
  `"'><svg onload=alert(1)>`,
  '" onmouseover="alert(1)',
  '&quot; onclick=alert(1) &lt;script&gt;',
  '${1}$&`',
])('a text of %s stays text wherever it stands', (text) => {
  const honest = bodyOf(renderReport(withEveryText(makeExampleReport(), 'x')));
  const page = renderReport(withEveryText(makeExampleReport(), text));
  const hostile = bodyOf(page);
  for (const selector of ['script', 'img', 'style', 'svg', 'table', 'td']) {
    expect(hostile.count(selector)).toBe(honest.count(selector));
  }
  expect(hostile.count('script, img')).toBe(0);
  expect(hostile.attributes.filter((attribute) => /^on/i.test(attribute))).toEqual([]);
  expect(hostile.text).toContain(spaced(text));
});

test('texts of 10,000 characters are shortened, and the file stays under 400 KB', () => {
  const page = renderReport(withEveryText(makeExampleReport(), '<'.repeat(10_000)));
  expect(page).not.toContain('&lt;'.repeat(1001));
  expect(bodyOf(page).text).toContain('\u2026');
  expect(Buffer.byteLength(page)).toBeLessThan(400_000);
});

test('control characters, lone surrogates and marks of direction do not reach the file', () => {
  const page = renderReport(withEveryText(makeExampleReport(), 'a\u0000b\u001bc\ud800d\u202ee'));
  expect(page).toContain('a\ufffdb\ufffdc\ufffdd\ufffde');
  expect(page).not.toMatch(/[^\P{Cc}\n]|\p{Cs}|\u202e/u);
});

test('a section whose data are missing is left out, with its link', () => {
  const { text, count } = bodyOf(
    renderReport({
      ...makeExampleReport(),
      data: null,
      training: null,
      pictures: { data: [], weights: [] },
      floatAccuracy: null,
      precisions: [],
      files: [],
      next: [],
    }),
  );
  expect(count('section, nav, aside, svg, table')).toBe(0);
  expect(text).not.toMatch(/null|undefined|NaN/);
  expect(text).toContain('Digits, from training to proven C');
});

test('nulls inside a precision leave no hole', () => {
  const bare: PrecisionReport = {
    ...makePrecision('int8', 7),
    accuracy: null,
    confusion: null,
    sizes: [],
    engines: [],
    misread: [],
    disagreements: [],
    blocks: [],
    steps: [],
    layers: [],
  };
  const { text, count } = bodyOf(renderReport({ ...makeExampleReport(), precisions: [bare] }));
  expect(count('h3')).toBe(0);
  expect(text).not.toMatch(/null|undefined|NaN|Infinity/);
  expect(text).toContain(spaced(formatBytes(bare.arenaBytes)));
});

test('figures that are not finite are shown as such', () => {
  const report = makeExampleReport();
  const layers = makePrecision('int8', 7).layers.map((layer) => ({ ...layer, signalToNoiseDecibels: Infinity }));
  const epochs = [{ epoch: 1, loss: NaN, accuracy: 0.1, testLoss: Infinity, testAccuracy: 0.1 }];
  const { text } = bodyOf(
    renderReport({
      ...report,
      training: { backend: 'cpu', seed: 1, keep: 'last', epochs },
      precisions: [{ ...makePrecision('int8', 7), layers }],
    }),
  );
  expect(text).toContain('\u221e');
  expect(text).not.toMatch(/NaN|Infinity/);
});

test('every figure given stands in the report', () => {
  const report = makeExampleReport();
  const { text } = bodyOf(renderReport(report));
  const { data, training } = report;
  const given = [
    report.model.sha256,
    data?.sha256,
    data?.source,
    data?.notice,
    formatPercent(report.floatAccuracy),
    '20260',
  ];
  given.push(formatCount(data?.trainCount ?? null), formatCount(data?.testCount ?? null));
  for (const epoch of training?.epochs ?? []) {
    given.push(formatDecimal(epoch.loss, 4), formatDecimal(epoch.testLoss, 4));
    given.push(formatPercent(epoch.accuracy), formatPercent(epoch.testAccuracy));
  }
  for (const precision of report.precisions) given.push(...figuresOf(precision));
  for (const file of report.files) given.push(file.path, formatBytes(file.bytes), file.what);
  for (const next of report.next) given.push(next.command, next.what);
  expect(given.length).toBeGreaterThan(400);
  expect(given.filter((figure) => !text.includes(spaced(figure ?? 'missing')))).toEqual([]);
});

function figuresOf(precision: PrecisionReport): string[] {
  const { accuracy, constantBytes, arenaBytes, lowerBoundBytes, macs } = precision;
  return [
    ...[formatPercent(accuracy), formatCount(macs), ...[constantBytes, arenaBytes, lowerBoundBytes].map(formatBytes)],
    ...precision.layers.flatMap((layer) => [layer.name, layer.op, layer.input, layer.output, formatCount(layer.macs)]),
    ...precision.layers.flatMap((layer) => [formatBytes(layer.constantBytes), formatBytes(layer.outputBytes)]),
    ...precision.layers.flatMap((layer) => layer.signalToNoiseDecibels ?? []).map((value) => formatDecimal(value, 1)),
    ...precision.layers.flatMap((layer) => layer.calibration ?? []),
    ...precision.blocks.flatMap((block) => [
      block.tensors.join(' = '),
      formatBytes(block.offset),
      formatBytes(block.bytes),
    ]),
    ...precision.sizes.flatMap((size) =>
      [size.codeBytes, size.constantBytes, size.ramBytes, size.stackBytes].map(formatBytes),
    ),
    ...precision.engines.flatMap((engine) => [
      engine.description,
      formatBytes(engine.bytesCompared),
      formatDecimal(engine.seconds, 2),
    ]),
    ...(precision.confusion ?? []).flat().map(formatCount),
    ...precision.misread.flatMap((image) => [
      `image ${formatCount(image.index)}`,
      `${image.label} \u2192 ${image.read}`,
      formatShort(image.margin),
    ]),
    ...precision.disagreements.flatMap((row) => [formatCount(row.index), formatShort(row.margin)]),
  ];
}

test('a single differing input turns the headline and the verdict', () => {
  const precision = makePrecision('int8', 7);
  const engines = precision.engines.map((engine) => (engine.name === 'wasm' ? { ...engine, differing: 1 } : engine));
  const { text, count } = bodyOf(renderReport({ ...makeExampleReport(), precisions: [{ ...precision, engines }] }));
  expect(text).toContain('the C is not equal to the reference');
  expect(count('td strong.bad')).toBe(1);
  expect(count('.figures .bad')).toBe(1);
});

test('every picture has a description, every table a caption, and every row and column a scope', () => {
  const { count } = bodyOf(renderReport(makeExampleReport()));
  expect(count('svg.plot')).toBe(6);
  expect(count('[role=img][aria-label] svg.plot')).toBe(6);
  expect(count('svg.pixels[role=img][aria-label]')).toBe(90);
  expect(count('table')).toBeGreaterThan(8);
  expect(count('table > caption')).toBe(count('table'));
  expect(count('th:not([scope])')).toBe(0);
});

test('a hundred classes, a thousand misread images and disagreements still make a file under 400 KB', () => {
  const precision = makePrecision('int8', 7);
  const [image] = precision.misread;
  const [row] = precision.disagreements;
  if (image === undefined || row === undefined) throw new Error('the example has none');
  const confusion = Array.from({ length: 100 }, (_, i) => Array.from({ length: 100 }, (_, j) => (i === j ? 9 : 1)));
  const misread = Array.from({ length: 1000 }, (_, index) => ({ ...image, index }));
  const disagreements = Array.from({ length: 1000 }, (_, index) => ({ ...row, index }));
  const page = renderReport({
    ...makeExampleReport(),
    precisions: [{ ...precision, confusion, misread, disagreements }],
  });
  expect(Buffer.byteLength(page)).toBeLessThan(400_000);
  expect(bodyOf(page).text).toContain('The first 120 of 1,000 are shown.');
  expect(bodyOf(page).text).toContain('the first 200 of 1,000');
  expect(bodyOf(page).count('.right-cell')).toBe(0);
});

test('pictures stand in the report as they were drawn, their words escaped', () => {
  const tile = { pixels: [0.2, 1, 0.7, 0], columns: 2, label: 'seven' };
  const image = plotTiles('A sample', [tile], { perRow: 1, pixelSize: 8 });
  const picture = { name: 'samples', title: 'Samples <1>', caption: 'One & only.', image };
  const page = renderReport({ ...makeExampleReport(), pictures: { data: [picture], weights: [picture] } });
  expect(page.split(image.text)).toHaveLength(3);
  expect(page).toContain('<h3>Samples &lt;1&gt;</h3>');
  expect(page).toContain('One &amp; only.');
  expect(page).toContain('href="#weights"');
});
