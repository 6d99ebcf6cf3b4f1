import process from 'node:process';
import { missingBoardTools, findBoard } from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { type Figures, keyOf, measure, PLACES, placesOf, readFigures, worsened, writeFigures } from './figures.js';
import { appendHistory, drawHistory, readHistory } from './history.js';
import { NETWORKS } from './networks.js';

// What each network costs is written down; a change that makes one dearer by more than half a per cent fails, and names the
// layer. `npm run size` measures anew and writes the figures down; `npm run size -- NAME` also into the history, under a name for what
// has changed.

const RENEWS = process.env['KILN_RENEW_FIGURES'] === '1';
const missing = (
  await Promise.all([...new Set(PLACES.map(({ board }) => board))].map((name) => missingBoardTools(findBoard(name))))
).flatMap((tools) => tools ?? ['an emulator']);

describe.skipIf(missing.length > 0)('figures', () => {
  const kept = readFigures();
  const found: Record<string, Figures> = {};
  const compilers = new Set<string>();

  for (const network of NETWORKS) {
    for (const place of placesOf(network)) {
      const key = keyOf(network, place);
      test(key, async (context) => {
        const measured = await measure(network, place);
        if (measured === null) return context.skip('the model is not here');
        compilers.add(measured.compiler);
        found[key] = measured.figures;
        if (RENEWS) return;
        if (measured.compiler !== kept.compiler) return context.skip(`figures are kept of ${kept.compiler}`);
        const before = kept.figures[key];
        expect(before, `${key} has figures: npm run size`).toBeDefined();
        expect(worsened(before!, measured.figures), key).toEqual([]);
      });
    }
  }

  test.runIf(RENEWS)('are written down', () => {
    expect(compilers.size).toBe(1);
    const keys = new Set(NETWORKS.flatMap((network) => placesOf(network).map((place) => keyOf(network, place))));
    const known = Object.fromEntries(Object.entries(kept.figures).filter(([key]) => keys.has(key)));
    writeFigures({ compiler: [...compilers][0]!, figures: { ...known, ...found } });
    const change = process.env['KILN_CHANGE'] ?? '';
    const fast = NETWORKS.flatMap((network) => {
      const figures = found[keyOf(network, PLACES[0])];
      return figures === undefined || !readHistory().some((entry) => entry.network === network.name)
        ? []
        : [[network.name, figures] as const];
    });
    if (change !== '') appendHistory(change, new Map(fast));
    drawHistory();
  });
});

const FIGURES: Figures = {
  instructions: 1000,
  code: 200,
  constants: 300,
  ram: 400,
  stack: 50,
  layers: { conv: 700, dense: 200 },
};

test('half a per cent more is nothing, more than that is said with the layer it is in', () => {
  expect(worsened(FIGURES, { ...FIGURES, instructions: 1005, code: 201 })).toEqual([]);
  expect(worsened(FIGURES, FIGURES)).toEqual([]);
  expect(worsened(FIGURES, { ...FIGURES, instructions: 1006, layers: { conv: 700, dense: 206 } })).toEqual([
    'instructions: 1000 before, now 1006 (+0.6 %); layers: dense 200 -> 206',
  ]);
  expect(worsened(FIGURES, { ...FIGURES, ram: 404, stack: 40 })).toEqual(['ram: 400 before, now 404 (+1.0 %)']);
});
