import { type Graph, type TensorId, tensorOf } from '@kiln/ir';
import { SUPPORT_SYMBOLS } from '../arithmetic/support-symbols.js';
import { cIdentifier } from './c-identifier.js';
import { LOCAL_NAMES } from './local-names.js';

/** What stands beside the buffers' names in the same functions. */
const TAKEN: ReadonlySet<string> = new Set(['scores', ...SUPPORT_SYMBOLS, ...LOCAL_NAMES]);

/** Whether the network's one output is a score per class, so that `classify` makes sense. */
export function classifies(graph: Graph): boolean {
  if (graph.outputs.length !== 1) return false;
  const closing = graph.nodes.find(({ outputs }) => outputs[0] === graph.outputs[0]);
  return graph.classes !== null || closing?.op === 'softmax';
}

/**
 * What the caller's buffers are called in the C: `scores` for a classifier's output, else after their tensors; a name that is
 * taken gets `_2`, `_3` and so on.
 */
export function portNames(graph: Graph): ReadonlyMap<TensorId, string> {
  const names = new Map<TensorId, string>();
  const given = new Set<string>();
  const add = (id: TensorId, text: string, fallback: string): void => {
    const own = cIdentifier(text, fallback).slice(0, LONGEST);
    const base = TAKEN.has(own) ? `${own}_` : own;
    let name = base;
    for (let n = 2; given.has(name); n++) name = `${base}_${n}`;
    given.add(name);
    names.set(id, name);
  };
  for (const id of graph.inputs) add(id, tensorOf(graph, id).name, 'input');
  if (classifies(graph)) names.set(graph.outputs[0]!, 'scores');
  else for (const id of graph.outputs) add(id, tensorOf(graph, id).name, 'output');
  return names;
}

/** Leaves room for a number behind the name. */
const LONGEST = 24;
