import { type Graph, type NumberData, operandProblems, resultProblems, type TensorId } from '@kiln/ir';
import { createEvaluator } from '../../evaluate.js';
import { macsOf } from '../index.js';
import type { Kernel, Subgraph } from '../kernel.js';
import { type Operator, SEPARATE } from '../operator.js';
import { constantTables, parameterText } from '../signature.js';
import type { Site } from '../site.js';
import type { TurnBudget } from '../turn-budget.js';
import { conditionProblems, outputShapes } from './graph-types.js';

/** Names of the function's parameters. */
function namesOf({ inputs, outputs }: Site<'if'>) {
  return {
    inputs: ['condition', ...inputs.slice(1).map((_, i) => `x${i}`)],
    outputs: outputs.map((_, i) => `y${i}`),
  };
}

/** A branch reads the function's operands and writes its results itself: nothing is copied. */
function subgraph(role: string, graph: Graph, { inputs, outputs }: ReturnType<typeof namesOf>): Subgraph {
  const names = new Map<TensorId, string>([
    ...graph.inputs.map((id, i) => [id, inputs[i + 1]!] as const),
    ...graph.outputs.map((id, i) => [id, outputs[i]!] as const),
  ]);
  return { role, graph, names };
}

const kernel: Kernel<'if'> = {
  name: 'branch',
  isa: 'portable',
  template: 'operators/control-flow/kernels/branch.portable.c.hbs',
  accepts: () => true,
  cost: () => ({ instructions: 4, constantBytes: 0 }),
  lower: (site) => {
    const names = namesOf(site);
    const { then, else: otherwise } = site.node.attributes;
    const tables = constantTables(site, names.inputs).map((table) => ({ ...table, isOperand: true }));
    const isRead = (i: number): boolean =>
      [then, otherwise].some(({ inputs, nodes }) => nodes.some((node) => node.inputs.includes(inputs[i]!)));
    return {
      data: {
        parameters: parameterText(site, { tables }, names, true),
        unread: names.inputs.slice(1).filter((_, i) => !isRead(i)),
      },
      tables,
      scratch: [],
      supports: [],
      subgraphs: [subgraph('then', then, names), subgraph('otherwise', otherwise, names)],
    };
  },
};

function reference({ node }: Site<'if'>, budget?: TurnBudget): ReturnType<Operator<'if'>['reference']> {
  const branches = [node.attributes.else, node.attributes.then].map((graph) => ({
    graph,
    evaluator: createEvaluator(graph, budget),
  }));
  return ([condition, ...operands], outputs) => {
    const { graph, evaluator } = branches[condition![0] === 0 ? 0 : 1]!;
    const values = evaluator.run(operands);
    graph.outputs.forEach((id, i) => outputs[i]!.set(values.get(id) as NumberData));
  };
}

/** Source: TensorFlow Lite Micro, if.cc: the operands go to one of the graphs, its outputs are the results. */
export const branch: Operator<'if'> = {
  op: 'if',
  summary: 'y = condition ? then(x) : else(x)',
  dtypes: ['bool'],
  exactness: 'that of the graphs',
  memory: () => SEPARATE,
  inferShapes: ({ attributes, outputs }) => outputShapes(attributes.then, outputs.length),
  problems: ({ node, inputs, outputs }) => [
    ...conditionProblems(inputs[0]!),
    ...[node.attributes.then, node.attributes.else].flatMap((graph) => [
      ...operandProblems(inputs.slice(1), graph),
      ...resultProblems(outputs, graph),
    ]),
  ],
  reference,
  quantizer: { output: 'float32', constants: () => [] },
  /** Those of the costlier branch. */
  macs: ({ node }) => Math.max(macsOf(node.attributes.then), macsOf(node.attributes.else)),
  kernels: [kernel],
};
