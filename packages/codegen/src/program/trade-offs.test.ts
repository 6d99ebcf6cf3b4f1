import { type Graph, KilnError } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import { compile } from '../compile.js';
import { digitsNetwork, samples } from '../testing/graphs.js';
import { fittingKernels } from './select-kernels.js';
import { chooseWithin, type Goal, GOALS, type Limits } from './trade-offs.js';

/** The digits network in int8, with all its kernels for a Cortex-M4. */
const { graph } = compile(digitsNetwork(), {
  name: 'digits',
  precision: 'int8',
  calibration: samples(8, 64, 'uint8'),
  source: 'a test',
  version: '0',
});

const choose = (goal: Goal | undefined, limits: Limits = {}): ReturnType<typeof chooseWithin> =>
  chooseWithin(graph, 'armv7e-m', 'caller', goal, limits);

/** Instructions and bytes of tables of every choice there is. */
function everyChoice(of: Graph): { instructions: number; flash: number }[] {
  let all = [{ instructions: 0, flash: 0 }];
  for (const fitting of fittingKernels(of, 'armv7e-m').values()) {
    all = all.flatMap(({ instructions, flash }) =>
      fitting.map(({ cost }) => ({
        instructions: instructions + cost.instructions,
        flash: flash + cost.constantBytes,
      })),
    );
  }
  return all;
}

describe('goals', () => {
  const taken = Object.fromEntries(GOALS.map((goal) => [goal, choose(goal).taken])) as Record<
    Goal,
    ReturnType<typeof choose>['taken']
  >;

  test('each is best at what it is for', () => {
    const all = Object.values(taken);
    expect(taken.speed.instructions).toBe(Math.min(...all.map(({ instructions }) => instructions)));
    expect(taken.size.flash).toBe(Math.min(...all.map(({ flash }) => flash)));
    expect(taken.ram.ram).toBe(Math.min(...all.map(({ ram }) => ram)));
  });

  test('balanced is fast and takes no more than half as many tables again', () => {
    expect(taken.balanced.instructions).toBeLessThan(taken.size.instructions / 3);
    expect(taken.balanced.flash).toBeLessThan(1.5 * taken.size.flash);
    expect(taken.speed.flash).toBeGreaterThan(taken.balanced.flash);
  });
});

describe('budgets', () => {
  const { front } = choose('speed');

  test('of two plans that are shown none is worse in everything', () => {
    expect(front.length).toBeGreaterThan(3);
    for (const a of front) {
      const worse = front.filter(
        (b) => b !== a && b.instructions >= a.instructions && b.flash >= a.flash && b.ram >= a.ram,
      );
      expect(worse).toEqual([]);
    }
  });

  test.each(front.map(({ flash }) => flash))('%i B of flash: no choice that keeps it is faster', (flash) => {
    const { taken } = choose(undefined, { flash });
    const fastest = Math.min(...everyChoice(graph).flatMap((each) => (each.flash <= flash ? each.instructions : [])));
    expect(taken.flash).toBeLessThanOrEqual(flash);
    expect(taken.instructions).toBe(Math.round(fastest));
  });

  test.each(front.map(({ instructions }) => instructions))(
    '%i instructions: no choice that keeps them is smaller',
    (instructions) => {
      const { taken } = choose(undefined, { instructions });
      const smallest = Math.min(
        ...everyChoice(graph).flatMap((each) => (Math.round(each.instructions) <= instructions ? each.flash : [])),
      );
      expect(taken.instructions).toBeLessThanOrEqual(instructions);
      expect(taken.flash).toBe(smallest);
    },
  );

  test('RAM: kernels that work in less, where it is tightest', () => {
    const most = choose('speed').taken;
    const { taken } = choose(undefined, { ram: most.ram - 1 });
    expect(taken.ram).toBeLessThan(most.ram);
    expect(taken.instructions).toBeGreaterThan(most.instructions);
    expect(taken.instructions).toBeLessThan(choose('ram').taken.instructions);
  });

  test('several at once', () => {
    const { flash, ram } = choose('balanced').taken;
    const { taken } = choose(undefined, { flash, ram });
    expect(taken.flash).toBeLessThanOrEqual(flash);
    expect(taken.ram).toBeLessThanOrEqual(ram);
  });

  test('none that can be kept: what was asked for and what is nearest', () => {
    const limits = { flash: 60_000, ram: 100 };
    expect(() => choose(undefined, limits)).toThrow(KilnError);
    expect(() => choose(undefined, limits)).toThrow(
      /at most 60,000 B of weights and tables, 100 B of RAM; the nearest takes [\d,]+ B of weights and tables, [\d,]+ B of RAM/,
    );
  });
});
