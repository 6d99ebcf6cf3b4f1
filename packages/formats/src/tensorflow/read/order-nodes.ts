import { CompileError } from '@kiln/ir';
import type { NodeDef } from './network-def.js';

/** `name`, `name:1`, or within functions `name:output:1`. */
export function referenceOf(text: string): { name: string; output: string | null; index: number } {
  const [name = '', second, third] = text.split(':');
  const index = Number(third ?? (second === undefined || Number.isNaN(Number(second)) ? 0 : second));
  return { name, output: third === undefined ? null : second!, index };
}

/** A loop of the first kind goes in circles: what leads back is not followed. */
const LEADS_BACK = new Set(['NextIteration', 'RefNextIteration']);

/**
 * The nodes that `wanted` depend on, each after those that it reads; `given` ones and what hangs on them alone are left out.
 * Names that no node has are left out too.
 *
 * Errors: CompileError for nodes that wait for each other.
 */
export function orderNodes(
  nodes: ReadonlyMap<string, NodeDef>,
  given: ReadonlySet<string>,
  wanted: readonly string[],
  where: string,
): readonly NodeDef[] {
  const ordered: NodeDef[] = [];
  const done = new Set<string>();
  const waiting = new Set<string>();
  const before = (node: NodeDef): string[] =>
    LEADS_BACK.has(node.op)
      ? []
      : node.inputs.filter((input) => !input.startsWith('^')).map((input) => referenceOf(input).name);
  const stack = [...wanted].reverse().map((reference) => ({ name: referenceOf(reference).name, left: false }));
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const node = nodes.get(top.name);
    if (node === undefined || given.has(top.name) || done.has(top.name)) continue;
    if (top.left) {
      waiting.delete(top.name);
      done.add(top.name);
      ordered.push(node);
      continue;
    }
    if (waiting.has(top.name)) {
      const message = `node '${top.name}' waits for its own result`;
      throw new CompileError('E-GRAPHDEF-CYCLE', where, message, 'Save the model again');
    }
    waiting.add(top.name);
    stack.push({ name: top.name, left: true });
    for (const name of before(node).reverse()) stack.push({ name, left: false });
  }
  return ordered;
}
