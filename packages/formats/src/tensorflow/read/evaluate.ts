import { CompileError, KilnError, KilnErrors, UnsupportedError } from '@kiln/ir';
import type { FunctionDef, NetworkDef, NodeDef } from './network-def.js';
import { type Construction, NodeContext } from './node-context.js';
import { NODE_READERS, supportedNodes } from './operators/index.js';
import { orderNodes, referenceOf } from './order-nodes.js';
import { type Failed, integers, isTensorial, type Value } from './value.js';

/** All results of a node; one value stands for all of them where none is of use. */
type Results = readonly Value[] | Value;

/** Functions within functions; TensorFlow's own stay below 10. */
const DEEPEST = 64;
/** Nodes that are read, those of a function once for each call. */
const MOST_NODES = 50_000;

const CALLS = new Set(['PartitionedCall', 'StatefulPartitionedCall']);
const BRANCHES = new Set(['If', 'StatelessIf']);
const DEAD = { kind: 'dead' } as const;

/** Names of results of operators that have several; within functions they are told by these. Source: TensorFlow's op registry. */
const RESULT_NAMES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'].map((op) => [op, ['y', 'batch_mean', 'batch_variance']]),
  ),
  Switch: ['output_false', 'output_true'],
  Merge: ['output', 'value_index'],
};

/** Reads nodes into the graph under construction, from the inputs on: calls are followed, branches that are not taken left out. */
export class Evaluation {
  #read = 0;

  constructor(
    private readonly network: NetworkDef,
    private readonly construction: Construction,
  ) {}

  /** The values of `wanted` in the main graph, where some nodes' results are given. */
  run(given: ReadonlyMap<string, Value>, wanted: readonly string[]): readonly Value[] {
    return this.#scope(this.network.nodes, given, wanted, '', 0);
  }

  #scope(
    nodes: readonly NodeDef[],
    given: ReadonlyMap<string, Value>,
    wanted: readonly string[],
    scope: string,
    depth: number,
  ): readonly Value[] {
    const byName = new Map(nodes.map((node) => [node.name, node]));
    const results = new Map<string, Results>(given);
    const { where } = this.construction;
    const valueOf = (reference: string, reader: string): Value => {
      const { name, output, index } = referenceOf(reference);
      const found = results.get(name);
      const { op = '' } = byName.get(name) ?? {};
      const value = isMany(found) ? found[this.#place(op, output, index)] : found;
      if (value !== undefined) return value;
      const message = `reads '${reference}', which is nowhere`;
      return failed(new CompileError('E-GRAPHDEF-REFERENCE', `${where}, ${reader}`, message, 'Save the model again'));
    };
    for (const node of orderNodes(byName, new Set(given.keys()), wanted, where)) {
      this.#read += 1;
      if (this.#read > MOST_NODES) {
        const message = `has more than ${MOST_NODES} nodes`;
        throw new CompileError('E-GRAPHDEF-SIZE', where, message, 'Save a smaller network, for inference alone');
      }
      const inputs = node.inputs.filter((name) => !name.startsWith('^'));
      const read = inputs.map((reference) => valueOf(reference, `node '${node.name}'`));
      results.set(node.name, this.#node(node, read, scope, depth));
    }
    return wanted.map((reference) => valueOf(reference, scope === '' ? 'the outputs' : `function '${scope}'`));
  }

  /** The place of a result that is named by its argument. */
  #place(op: string, output: string | null, index: number): number {
    if (output === null) return index;
    const names = RESULT_NAMES[op] ?? this.network.functions.get(op)?.outputs.map(({ name }) => name) ?? [];
    return Math.max(0, names.indexOf(output)) + index;
  }

  #node(node: NodeDef, read: readonly Value[], scope: string, depth: number): Results {
    if (node.op === 'Merge') return this.#merge(node, read);
    if (read.some(({ kind }) => kind === 'dead')) return DEAD;
    if (node.op === 'Switch') return this.#switch(node, read);
    if (BRANCHES.has(node.op)) return this.#branch(node, read, depth);
    const called = CALLS.has(node.op) ? node.attributes.get('f')?.func : node.op;
    const definition = this.network.functions.get(called ?? '');
    if (definition !== undefined) return this.#call(node, called!, definition, read, depth);
    const reader = Object.hasOwn(NODE_READERS, node.op) ? NODE_READERS[node.op] : undefined;
    const before = read.filter(({ kind }) => kind === 'failed') as Failed[];
    if (reader === undefined) {
      const message = `is a ${node.op}, expected one of ${supportedNodes.join(', ')}`;
      return failed(this.#unsupported('E-GRAPHDEF-OPERATOR', node, message), before);
    }
    if (before.length > 0) return { kind: 'failed', errors: [], from: before };
    try {
      return reader(new NodeContext(this.construction, node, read, scope));
    } catch (error) {
      if (!(error instanceof KilnError) || error.exitCode !== 1) throw error;
      return { kind: 'failed', errors: error instanceof KilnErrors ? error.errors : [error], from: [] };
    }
  }

  #call(node: NodeDef, name: string, definition: FunctionDef, read: readonly Value[], depth: number): Results {
    if (depth === DEEPEST) {
      const message = `calls functions more than ${DEEPEST} deep`;
      throw new CompileError('E-GRAPHDEF-DEPTH', this.#where(node), message, 'Save the model again');
    }
    const given = new Map(definition.inputs.map((input, i) => [input, read[i] ?? DEAD]));
    const wanted = definition.outputs.map(({ value }) => value);
    return this.#scope(definition.nodes, given, wanted, name, depth + 1);
  }

  /** `If` with a condition that is known: Keras's learning phase, which is 0. */
  #branch(node: NodeDef, [condition, ...read]: readonly Value[], depth: number): Results {
    const taken = condition === undefined ? null : truthOf(condition);
    if (taken === null) return this.#unknown(node, [condition!, ...read]);
    const name = node.attributes.get(taken ? 'then_branch' : 'else_branch')?.func ?? '';
    const definition = this.network.functions.get(name);
    if (definition !== undefined) return this.#call(node, name, definition, read, depth);
    const message = `names the function '${name}', which is nowhere`;
    return failed(new CompileError('E-GRAPHDEF-FUNCTION', this.#where(node), message, 'Save the model again'));
  }

  #switch(node: NodeDef, read: readonly Value[]): Results {
    const [data, condition] = read;
    const taken = condition === undefined ? null : truthOf(condition);
    if (taken === null || data === undefined) return this.#unknown(node, read);
    return taken ? [DEAD, data] : [data, DEAD];
  }

  #merge(node: NodeDef, read: readonly Value[]): Results {
    const alive = read.flatMap((value, i) => (value.kind === 'dead' ? [] : [{ value, i }]));
    const [only, ...others] = alive;
    if (only === undefined) return DEAD;
    return others.length > 0 ? this.#unknown(node, read) : [only.value, integers(`${node.name}/index`, [only.i], [])];
  }

  #unknown(node: NodeDef, read: readonly Value[]): Failed {
    const before = read.filter((value) => value?.kind === 'failed') as Failed[];
    if (before.length > 0) return { kind: 'failed', errors: [], from: before };
    const message = 'branches on what is computed at run time, expected a constant';
    return failed(this.#unsupported('E-GRAPHDEF-BRANCH', node, message));
  }

  #where({ name, op }: NodeDef): string {
    return `${this.construction.where}, node '${name}' (${op})`;
  }

  #unsupported(code: `E-${string}`, node: NodeDef, found: string): UnsupportedError {
    return new UnsupportedError(code, this.#where(node), found, 'Save the network for inference, of these operators');
  }
}

function isMany(results: Results | undefined): results is readonly Value[] {
  return Array.isArray(results);
}

function failed(error: KilnError, from: readonly Failed[] = []): Failed {
  return { kind: 'failed', errors: [error], from };
}

/** The truth of a constant; null for what is none. */
function truthOf(value: Value): boolean | null {
  return isTensorial(value) && value.kind === 'constant' && value.data.length === 1
    ? Number(value.data[0]) !== 0
    : null;
}
