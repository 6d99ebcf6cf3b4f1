import type { NetworkDef, NodeDef } from './network-def.js';
import { referenceOf } from './order-nodes.js';

type Nodes = ReadonlyMap<string, NodeDef>;

const ASSIGNS = new Set(['AssignVariableOp', 'Assign']);

/**
 * Under which key of the checkpoint each variable's value stands, by the name of its node: what the graph's own nodes for
 * restoring say, in the main graph or in the function that is called there with the variables.
 */
export function variableKeys(network: NetworkDef): Map<string, string> {
  const keys = new Map<string, string>();
  const main = byName(network.nodes);
  collect(main, (reference) => referenceOf(reference).name, keys);
  for (const node of network.nodes) {
    const called = network.functions.get(node.attributes.get('f')?.func ?? node.op);
    if (called === undefined || !called.nodes.some(({ op }) => op === 'RestoreV2')) continue;
    const given = new Map(called.inputs.map((input, i) => [input, node.inputs[i] ?? '']));
    collect(byName(called.nodes), (reference) => referenceOf(given.get(reference) ?? '').name, keys);
  }
  return keys;
}

function byName(nodes: readonly NodeDef[]): Nodes {
  return new Map(nodes.map((node) => [node.name, node]));
}

function collect(nodes: Nodes, variable: (reference: string) => string, keys: Map<string, string>): void {
  for (const { op, inputs } of nodes.values()) {
    const [target, value] = inputs;
    if (!ASSIGNS.has(op) || target === undefined || value === undefined) continue;
    const key = restoredKey(nodes, value);
    if (key !== null) keys.set(variable(target), key);
  }
}

/** The key that a value was restored from; null if it comes from elsewhere. */
function restoredKey(nodes: Nodes, value: string): string | null {
  let reference = referenceOf(value);
  let node = nodes.get(reference.name);
  for (let steps = 0; node?.op === 'Identity' && steps < 4; steps++) {
    reference = referenceOf(node.inputs[0] ?? '');
    node = nodes.get(reference.name);
  }
  if (node?.op !== 'RestoreV2') return null;
  const names = nodes.get(referenceOf(node.inputs[1] ?? '').name)?.attributes.get('value')?.tensor?.values;
  const key = names?.[reference.index];
  return typeof key === 'string' ? key : null;
}
