import { compile, createEvaluator } from '@kiln/codegen';
import { type Graph, numbers, printGraph, type TensorId } from '@kiln/ir';
import { findToolchain } from '@kiln/runtime-c';
import { describe, expect, test } from 'vitest';
import { plainType, prove } from './bench.js';
import { GraphSketch } from './stateful.js';

const { gcc } = await findToolchain();
const FLAG = { shape: [1], type: plainType('bool') };
const COUNT = { shape: [1], type: plainType('int32') };
const activation = 'none';

/** values -> values, a graph of its own. */
function graphOf(
  name: string,
  make: (g: GraphSketch, values: readonly TensorId[]) => readonly TensorId[],
  count = 1,
): Graph {
  const g = new GraphSketch(name, [1, 4]);
  const values = Array.from({ length: count }, () => g.input());
  return g.finish(make(g, values));
}

const double = graphOf('double', (g, [x]) => g.add('add', { activation }, [x!, x!]));
const square = graphOf('square', (g, [x]) => g.add('mul', { activation }, [x!, x!]));
const same = graphOf('same', (_, [x]) => [x!]);

/** Runs `body` on a count and values while the count is below `limit`. */
function loopOf(
  limit: number,
  turn: (g: GraphSketch, values: readonly TensorId[]) => readonly TensorId[],
  values: number,
) {
  const sketch = (name: string): { g: GraphSketch; count: TensorId; operands: TensorId[] } => {
    const g = new GraphSketch(name, [1, 4]);
    const count = g.input(COUNT.shape, COUNT.type);
    return { g, count, operands: Array.from({ length: values }, () => g.input()) };
  };
  const test = sketch('condition');
  const bound = test.g.constant(Int32Array.of(limit), [1], 'int32');
  const condition = test.g.finish(test.g.add('less', {}, [test.count, bound], [FLAG]));
  const { g, count, operands } = sketch('body');
  const one = g.constant(Int32Array.of(1), [1], 'int32');
  const [next] = g.add('add', { activation }, [count, one], [COUNT]);
  return { condition, body: g.finish([next!, ...turn(g, operands)]) };
}

/** A loop from 0 on the values of the graph's inputs. */
function looping(attributes: { condition: Graph; body: Graph }, values: number): Graph {
  const g = new GraphSketch('looping', [1, 4]);
  const inputs = Array.from({ length: values }, () => g.input());
  const zero = g.constant(Int32Array.of(0), [1], 'int32');
  const results = g.add('while', attributes, [zero, ...inputs], [COUNT, ...inputs.map(() => ({}))]);
  return g.finish(results);
}

describe.skipIf(gcc === null)('the C of graphs within graphs equals the reference', () => {
  test('branches that compute, that copy, that give a constant, that give one value twice', async () => {
    const g = new GraphSketch('branches', [1, 4]);
    const [condition, x] = [g.input(FLAG.shape, FLAG.type), g.input()];
    const constant = graphOf('constant', (inner) => [
      inner.constant(Float32Array.of(1, -Infinity, Number.NaN, 4), [1, 4], 'float32'),
    ]);
    const pairs = [
      [double, square],
      [same, double],
      [constant, same],
    ] as const;
    const results = pairs.flatMap(([then, other]) => g.add('if', { then, else: other }, [condition, x]));
    const twice = graphOf('twice', (inner, [v]) => {
      const [y] = inner.add('tanh', {}, [v!]);
      return [y!, y!];
    });
    const both = graphOf('both', (_, [v]) => [v!, v!]);
    const out = g.add('if', { then: twice, else: both }, [condition, x], [{}, {}]);
    await prove(g.finish([...results, ...out]));
  });

  test('a branch whose operand is a constant, and one that nobody reads', async () => {
    const g = new GraphSketch('operands', [1, 4]);
    const condition = g.input(FLAG.shape, FLAG.type);
    const [x, constant] = [g.input(), g.constant(Float32Array.of(4, 3, 2, 1), [1, 4], 'float32')];
    const sum = graphOf('sum', (inner, [a, b]) => inner.add('add', { activation }, [a!, b!]), 3);
    const first = graphOf('first', (_, [a]) => [a!], 3);
    await prove(g.finish(g.add('if', { then: sum, else: first }, [condition, constant, x, x])));
  });

  test('a loop whose values change places, stand still, or are computed from each other', async () => {
    const swapped = loopOf(5, (_, [a, b]) => [b!, a!], 2);
    const turned = loopOf(4, (_, [a, b, c]) => [c!, a!, b!], 3);
    const mixed = loopOf(
      3,
      (g, [a, b, c]) => [...g.add('add', { activation }, [a!, b!]), ...g.add('sub', { activation }, [a!, b!]), c!],
      3,
    );
    await prove(looping(swapped, 2));
    await prove(looping(turned, 3));
    await prove(looping(mixed, 3));
  });

  test('a loop that begins with one value several times over', async () => {
    const g = new GraphSketch('same', [1, 4]);
    const [x] = g.add('tanh', {}, [g.input()]);
    const zero = g.constant(Int32Array.of(0), [1], 'int32');
    const attributes = loopOf(3, (inner, [a, b]) => [...inner.add('add', { activation }, [a!, b!]), a!], 2);
    await prove(g.finish(g.add('while', attributes, [zero, x!, x!], [COUNT, {}, {}])));
  });

  test('a loop in a loop in a branch, and the same graph in two places', async () => {
    const inner = loopOf(2, (g, [a]) => g.add('if', { then: double, else: square }, [flagOf(g, a!), a!]), 1);
    const outer = loopOf(
      3,
      (g, [a]) => {
        const zero = g.constant(Int32Array.of(0), [1], 'int32');
        const [, value] = g.add('while', inner, [zero, a!], [COUNT, {}]);
        return g.add('mul', { activation }, [value!, g.constant(Float32Array.of(0.01), [], 'float32')]);
      },
      1,
    );
    const g = new GraphSketch('nested', [1, 4]);
    const condition = g.input(FLAG.shape, FLAG.type);
    const x = g.input();
    const run = graphOf('run', (inside, [v]) => {
      const zero = inside.constant(Int32Array.of(0), [1], 'int32');
      return [inside.add('while', outer, [zero, v!], [COUNT, {}])[1]!];
    });
    const [first] = g.add('if', { then: run, else: same }, [condition, x]);
    await prove(g.finish(g.add('if', { then: double, else: run }, [condition, first!])));
  });

  test('states that a loop changes, over several runs', async () => {
    const g = new GraphSketch('stateful', [1, 4]);
    const x = g.input();
    const sum = g.state(Float32Array.of(1, 2, 3, 4));
    const zero = g.constant(Int32Array.of(0), [1], 'int32');
    const attributes = loopOf(3, (inner, [a, b]) => [...inner.add('add', { activation }, [a!, b!]), b!], 2);
    const [, after] = g.add('while', attributes, [zero, sum.before, x], [COUNT, {}, {}]);
    sum.becoming(after!);
    await prove(g.finish([after!]));
  });
});

/** Whether the first element is above zero. */
function flagOf(g: GraphSketch, x: TensorId): TensorId {
  const [first] = g.add('slice', { begin: [0, 0], size: [1, 1], strides: [1, 1] }, [x], [{ shape: [1, 1] }]);
  const [flat] = g.add('reshape', { shape: [1] }, [first!], [{ shape: [1] }]);
  return g.add('greater', {}, [flat!, g.constant(Float32Array.of(0), [1], 'float32')], [FLAG])[0]!;
}

test('a loop that does not end is an error of the reference, loops in loops counted together', () => {
  const endless = looping(
    loopOf(2 ** 31 - 1, (_, [a]) => [a!], 1),
    1,
  );
  const evaluator = createEvaluator(endless);
  expect(() => evaluator.run([new Float32Array(4)])).toThrow(/E-LOOP|did not end within 30000 turns/);
  const nested = loopOf(
    200,
    (g, [a]) => {
      const zero = g.constant(Int32Array.of(0), [1], 'int32');
      return [
        g.add(
          'while',
          loopOf(200, (_, [b]) => [b!], 1),
          [zero, a!],
          [COUNT, {}],
        )[1]!,
      ];
    },
    1,
  );
  expect(() => createEvaluator(looping(nested, 1)).run([new Float32Array(4)])).toThrow(/30000 turns/);
});

test('each run has its turns anew', () => {
  const evaluator = createEvaluator(
    looping(
      loopOf(20_000, (_, [a]) => [a!], 1),
      1,
    ),
  );
  for (let run = 0; run < 3; run++) expect(() => evaluator.run([new Float32Array(4)])).not.toThrow();
});

test('the passes go into the graphs within', () => {
  const g = new GraphSketch('passes', [1, 4]);
  const [condition, x] = [g.input(FLAG.shape, FLAG.type), g.input()];
  const wasteful = graphOf('wasteful', (inner, [v]) => {
    inner.add('tanh', {}, [v!]);
    const constants = [1, 2].map((value) => inner.constant(Float32Array.of(value), [1], 'float32'));
    const [three] = inner.add('add', { activation }, constants, [{ shape: [1] }]);
    return inner.add('mul', { activation }, [v!, three!]);
  });
  const graph = g.finish(g.add('if', { then: wasteful, else: same }, [condition, x]));
  const options = { name: 'passes', precision: 'model', source: 'a test', version: '0.1.0' } as const;
  const text = printGraph(compile(graph, options).graph);
  expect(text).not.toMatch(/tanh/);
  expect(text).toMatch(/mul/);
  expect(text).not.toMatch(/ add "/);
});

test('types that do not fit are all told', () => {
  const g = new GraphSketch('wrong', [1, 4]);
  const [condition, x] = [g.input([2], plainType('bool')), g.input([1, 3])];
  const graph = g.finish(g.add('if', { then: double, else: same }, [condition, x], [{ shape: [1, 4] }]));
  const options = { name: 'wrong', precision: 'model', source: 'a test', version: '0.1.0' } as const;
  expect(() => compile(graph, options)).toThrow(/3 errors/);
});

test('float networks with states become int8: what stands in a state stays a float', () => {
  const g = new GraphSketch('sum', [1, 4]);
  const x = g.input();
  const sum = g.state(Float32Array.of(0, 0, 0, 0));
  const [half] = g.add('mul', { activation }, [sum.before, g.constant(Float32Array.of(0.5), [1], 'float32')]);
  const [after] = g.add('add', { activation }, [half!, x]);
  sum.becoming(after!);
  const calibration = Array.from({ length: 40 }, (_, i) => [Float32Array.of(Math.sin(i), 1, -1, i / 40)]);
  const options = { name: 'sum', precision: 'int8', calibration, source: 'a test', version: '0.1.0' } as const;
  const { graph, float } = compile(g.finish([after!]), options);
  expect(graph.tensors.get(graph.states[0]!.before)!.dtype).toBe('float32');
  expect(graph.tensors.get(graph.outputs[0]!)!.dtype).toBe('int8');
  const [integers, reals] = [createEvaluator(graph), createEvaluator(float)];
  const { quantization } = graph.tensors.get(graph.outputs[0]!)!;
  for (const sample of calibration) {
    const found = numbers(integers.run(sample).get(graph.outputs[0]!)!);
    const wanted = numbers(reals.run(sample).get(float.outputs[0]!)!);
    found.forEach((value, i) => {
      const real = quantization!.scale[0]! * (value - quantization!.zeroPoint[0]!);
      expect(Math.abs(real - wanted[i]!)).toBeLessThan(0.1);
    });
  }
});
