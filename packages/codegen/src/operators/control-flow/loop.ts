import {
  allocate,
  elementCount,
  type Graph,
  type NumberData,
  operandProblems,
  resultProblems,
  type State,
  type TensorId,
  tensorOf,
} from '@kiln/ir';
import { cInt } from '../../emit/c-literal.js';
import { createEvaluator } from '../../evaluate.js';
import { isolateStates } from '../../passes/isolate-states.js';
import { macsOf } from '../index.js';
import type { Kernel } from '../kernel.js';
import { type Operator, type OutputOverInput, SEPARATE } from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';
import { TurnBudget } from '../turn-budget.js';
import { conditionProblems, outputShapes } from './graph-types.js';

/** The values lie in the outputs from the first turn to the last. */
function namesOf({ inputs, outputs }: Site<'while'>) {
  return { inputs: inputs.map((_, i) => `x${i}`), outputs: outputs.map((_, i) => `y${i}`) };
}

/** The body as a graph whose states are the values: each turn finds what the one before it left. */
function turnOf(body: Graph): Graph {
  const states = body.inputs.map((before, i): State => {
    const { dtype, shape } = tensorOf(body, before);
    return { name: `value_${i}`, before, after: body.outputs[i]!, initial: allocate(dtype, elementCount(shape)) };
  });
  return isolateStates({ ...body, inputs: [], outputs: [], states });
}

function named(ids: readonly TensorId[], names: readonly string[]): readonly (readonly [TensorId, string])[] {
  return ids.map((id, i) => [id, names[i]!]);
}

const kernel: Kernel<'while'> = {
  name: 'loop',
  isa: 'portable',
  template: 'operators/control-flow/kernels/loop.portable.c.hbs',
  accepts: () => true,
  cost: () => ({ instructions: 8, constantBytes: 0 }),
  lower: (site) => {
    const names = namesOf(site);
    const { condition, body } = site.node.attributes;
    const turn = turnOf(body);
    const tables = constantTables(site, names.inputs);
    return {
      data: {
        parameters: parameterText(site, { tables }, names, true),
        values: site.outputs.map(({ shape }, i) => ({
          source: names.inputs[i]!,
          target: names.outputs[i]!,
          elements: cInt(elementCount(shape)),
        })),
      },
      tables,
      scratch: [],
      supports: [],
      subgraphs: [
        {
          role: 'condition',
          graph: condition,
          names: new Map([...named(condition.inputs, names.outputs), [condition.outputs[0]!, 'goes_on'] as const]),
        },
        { role: 'body', graph: turn, names: new Map(named(body.inputs, names.outputs)) },
      ],
    };
  },
};

function reference({ node }: Site<'while'>, budget = new TurnBudget()): ReturnType<Operator<'while'>['reference']> {
  const { condition, body } = node.attributes;
  const [test, turn] = [createEvaluator(condition, budget), createEvaluator(body, budget)];
  const flag = condition.outputs[0]!;
  return (inputs, outputs) => {
    inputs.forEach((values, i) => outputs[i]!.set(values));
    while ((test.run(outputs).get(flag) as NumberData)[0] !== 0) {
      budget.take(`node '${node.name}'`);
      const values = turn.run(outputs);
      body.outputs.forEach((id, i) => outputs[i]!.set(values.get(id) as NumberData));
    }
  };
}

/** A result may lie on its own first value, unless that is several values at once. */
function valuesInPlace({ node }: Site<'while'>): readonly OutputOverInput[] {
  const once = (id: TensorId): boolean => node.inputs.filter((other) => other === id).length === 1;
  return node.inputs.flatMap((id, i) => (once(id) ? [[i, i] as const] : []));
}

/** Source: TensorFlow Lite Micro, while.cc: the condition looks at the values before each turn of the body. */
export const loop: Operator<'while'> = {
  op: 'while',
  summary: 'y = x; while (condition(y)) y = body(y)',
  dtypes: ['float32', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'],
  exactness: 'that of the graphs',
  memory: (site) => {
    const pairs = valuesInPlace(site);
    return pairs.length === 0 ? SEPARATE : { kind: 'over', pairs };
  },
  inferShapes: ({ attributes, outputs }) => outputShapes(attributes.body, outputs.length),
  problems: ({ node, inputs, outputs }) => {
    const { condition, body } = node.attributes;
    const [flag, ...others] = condition.outputs.map((id) => tensorOf(condition, id));
    return [
      ...(flag === undefined || others.length > 0
        ? [`found ${condition.outputs.length} outputs of '${condition.name}', expected one`]
        : conditionProblems(flag)),
      ...operandProblems(inputs, condition),
      ...operandProblems(inputs, body),
      ...resultProblems(inputs, body),
      ...resultProblems(outputs, body),
    ];
  },
  reference,
  quantizer: { output: 'float32', constants: () => [] },
  /** Those of one turn: how many there will be nobody knows. */
  macs: ({ node }) => macsOf(node.attributes.condition) + macsOf(node.attributes.body),
  kernels: [kernel],
};
