import { KilnErrors, numbers, printGraph } from '@kiln/ir';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  type ModelPlan,
  type OperatorPlan,
  type SubgraphPlan,
  type TensorPlan,
  writeTflite,
} from '../testing/write-tflite.js';
import { readTflite } from './read.js';

const float32 = (name: string, shape: readonly number[] = [2]): TensorPlan => ({ name, shape, type: 'FLOAT32' });
const start: TensorPlan = { ...float32('start'), bytes: bytesOf(Float32Array.of(3, 4)) };
const flag: TensorPlan = { name: 'flag', shape: [1], type: 'BOOL' };
const handle: TensorPlan = { name: 'place', shape: [1], type: 'RESOURCE' };
const named: OperatorPlan = {
  op: 'VAR_HANDLE',
  inputs: [],
  outputs: [0],
  options: ['VarHandleOptions', { container: '', sharedName: 'sum' }],
};

const negate: SubgraphPlan = {
  tensors: [float32('x'), float32('y')],
  operators: [{ op: 'NEG', inputs: [0], outputs: [1] }],
  inputs: [0],
  outputs: [1],
};

function branch(then: number, otherwise: number, subgraphs: readonly SubgraphPlan[], result = float32('y')): ModelPlan {
  const options = ['IfOptions', { thenSubgraphIndex: then, elseSubgraphIndex: otherwise }] as const;
  return {
    tensors: [flag, float32('x'), result],
    operators: [{ op: 'IF', inputs: [0, 1], outputs: [2], options }],
    inputs: [0, 1],
    outputs: [2],
    subgraphs,
  };
}

/** A model that reads the variable `sum`, with other operators before. */
function reader(
  before: readonly OperatorPlan[],
  subgraphs: readonly SubgraphPlan[] = [],
  tensor = float32('y'),
): ModelPlan {
  return {
    tensors: [handle, float32('x'), tensor, float32('z')],
    operators: [
      ...before,
      named,
      { op: 'READ_VARIABLE', inputs: [0], outputs: [2] },
      { op: 'ADD', inputs: [1, 2], outputs: [3], options: ['AddOptions', {}] },
      { op: 'ASSIGN_VARIABLE', inputs: [0, 3], outputs: [] },
    ],
    inputs: [1],
    outputs: [3],
    subgraphs,
  };
}

const once: OperatorPlan = {
  op: 'CALL_ONCE',
  inputs: [],
  outputs: [],
  options: ['CallOnceOptions', { initSubgraphIndex: 1 }],
};
const assigns: SubgraphPlan = {
  tensors: [handle, start],
  operators: [named, { op: 'ASSIGN_VARIABLE', inputs: [0, 1], outputs: [] }],
  inputs: [],
  outputs: [],
};

function errorsOf(plan: ModelPlan): string[] {
  try {
    readTflite(writeTflite(plan), 'm.tflite');
  } catch (error) {
    return error instanceof KilnErrors ? error.errors.map(String) : [String(error)];
  }
  return [];
}

test('the graphs of a branch stand in the node that runs them', () => {
  const graph = readTflite(writeTflite(branch(1, 2, [negate, negate])), 'm.tflite');
  expect(graph.nodes.map(({ op }) => op)).toEqual(['if']);
  expect(printGraph(graph)).toMatch(/then=\{\ngraph "graph 1"[^]*neg "y"[^]*else=\{\ngraph "graph 2"/);
});

test('a variable is a state that starts with what is assigned once', () => {
  const graph = readTflite(writeTflite(reader([once], [assigns])), 'm.tflite');
  expect(graph.states.map(({ name }) => name)).toEqual(['sum']);
  expect([...numbers(graph.states[0]!.initial)]).toEqual([3, 4]);
  expect(graph.states[0]!.after).toBe(graph.outputs[0]);
});

test('a variable of a branch comes and goes as an operand and a result', () => {
  const counting: SubgraphPlan = {
    tensors: [handle, float32('x'), float32('before'), float32('y')],
    operators: [
      named,
      { op: 'READ_VARIABLE', inputs: [0], outputs: [2] },
      { op: 'ADD', inputs: [1, 2], outputs: [3], options: ['AddOptions', {}] },
      { op: 'ASSIGN_VARIABLE', inputs: [0, 3], outputs: [] },
    ],
    inputs: [1],
    outputs: [3],
  };
  const graph = readTflite(writeTflite(branch(1, 2, [counting, negate])), 'm.tflite');
  expect(graph.nodes[0]).toMatchObject({ inputs: { length: 3 }, outputs: { length: 2 } });
  expect(graph.states[0]!.after).toBe(graph.nodes[0]!.outputs[1]);
});

describe('what a file says wrongly of its subgraphs is an error with the operator, its index and its tensors', () => {
  test('a subgraph that does not exist', () => {
    expect(errorsOf(branch(1, 9, [negate]))).toEqual([
      'E-TFLITE-SUBGRAPH: m.tflite, operator 0 IF (flag, x -> y): names subgraph 9, expected one of 0 to 1. Convert the model again',
    ]);
  });

  test('a subgraph that runs itself, at once or by another', () => {
    const { tensors, operators } = branch(2, 2, []);
    const again: SubgraphPlan = { tensors, operators, inputs: [0, 1], outputs: [2] };
    expect(errorsOf(branch(1, 0, [negate]))[0]).toMatch(/E-TFLITE-RECURSION.*subgraphs 0 -> 0/);
    expect(errorsOf({ ...branch(1, 1, [again, again]) })[0]).toMatch(/E-TFLITE-RECURSION.*subgraphs 2 -> 2/);
  });

  test('graphs within graphs that would grow beyond all bounds', () => {
    const doubled = Array.from({ length: 30 }, (_, i): SubgraphPlan => {
      const { tensors, operators } = branch(i + 2, i + 2, []);
      return { tensors, operators, inputs: [0, 1], outputs: [2] };
    });
    const [error] = errorsOf(branch(1, 1, [...doubled, { ...negate, tensors: [flag, ...negate.tensors] }]));
    expect(error).toMatch(/E-TFLITE-NESTING: m.tflite: runs graphs 31 deep with \d+ operators/);
  });

  test('operands and results of other types, all of them', () => {
    const two: SubgraphPlan = { ...negate, inputs: [0, 0] };
    const wide: SubgraphPlan = { ...negate, tensors: [float32('x', [3]), float32('y', [3])] };
    expect(errorsOf(branch(1, 2, [wide, two])).map((error) => error.replace(/^.*\): /, ''))).toEqual([
      "found float32[3] as input 'x' of the graph 'graph 1', expected float32[2]. Convert the model again",
      "found float32[3] as output 'y' of the graph 'graph 1', expected float32[2]. Convert the model again",
      "found 2 inputs of the graph 'graph 2', expected 1. Convert the model again",
    ]);
  });

  test('what is wrong within a subgraph that runs twice is said once, with what is wrong elsewhere', () => {
    const odd: SubgraphPlan = { ...negate, operators: [{ op: 'ODD', inputs: [0], outputs: [1] }] };
    const plan = branch(1, 1, [odd]);
    const errors = errorsOf({ ...plan, operators: [...plan.operators, { op: 'OTHER', inputs: [1], outputs: [] }] });
    expect(errors.map((error) => error.replace(/: has.*$/, ''))).toEqual([
      'E-TFLITE-OPERATOR: m.tflite, subgraph 1, operator 0 ODD (x -> y)',
      'E-TFLITE-OPERATOR: m.tflite, operator 1 OTHER (x -> )',
    ]);
  });
});

describe('what cannot be honoured is refused with its reason', () => {
  test('a subgraph that does more than assign constants once', () => {
    const computes: SubgraphPlan = {
      ...assigns,
      tensors: [...assigns.tensors, float32('negated')],
      operators: [
        named,
        { op: 'NEG', inputs: [1], outputs: [2] },
        { op: 'ASSIGN_VARIABLE', inputs: [0, 2], outputs: [] },
      ],
    };
    expect(errorsOf(reader([once], [computes]))[0]).toMatch(
      /E-TFLITE-CALL-ONCE.*operator 0 CALL_ONCE.*runs operator 1 NEG of subgraph 1 once, expected assignments of constants/,
    );
  });

  test('an assignment once that comes after the variable was used', () => {
    const plan = reader([], [assigns]);
    expect(errorsOf({ ...plan, operators: [...plan.operators, once] })[0]).toMatch(
      /E-TFLITE-CALL-ONCE.*after it was used/,
    );
  });

  test('CALL_ONCE within a branch', () => {
    const within: SubgraphPlan = { ...negate, operators: [once, ...negate.operators] };
    expect(errorsOf(branch(1, 1, [within]))[0]).toMatch(/E-TFLITE-CALL-ONCE.*subgraph 1.*stands in a branch or loop/);
  });

  test('a variable of two types, and a handle that is none', () => {
    expect(errorsOf(reader([once], [{ ...assigns, tensors: [handle, { ...start, shape: [2, 1] }] }]))[0]).toMatch(
      /E-TFLITE-VARIABLE.*starts 'variable \/sum' as float32\[2, 1\], expected float32\[2\]/,
    );
    const plan = reader([]);
    expect(errorsOf({ ...plan, operators: plan.operators.filter(({ op }) => op !== 'VAR_HANDLE') }).join()).toMatch(
      /E-TFLITE-ORDER/,
    );
  });

  test('a circular buffer that ends the inference in most runs', () => {
    const slots = (count: number): ModelPlan => ({
      tensors: [
        { name: 'x', shape: [1, 1, 1, 2], type: 'INT8' },
        { name: 'y', shape: [1, count, 1, 2], type: 'INT8', fields: { isVariable: true } },
      ],
      operators: [{ op: 'CIRCULAR_BUFFER', inputs: [0], outputs: [1] }],
      inputs: [0],
      outputs: [1],
    });
    expect(errorsOf(slots(4))[0]).toMatch(/E-TFLITE-CYCLES.*ends the inference in all but one of 2 runs/);
    // Without a period five slots mean a period of 1.
    expect(errorsOf(slots(5))).toEqual([]);
  });
});
