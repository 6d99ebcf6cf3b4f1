import type { OpName } from '@kiln/ir';
import type { Site } from './site.js';

/** Remembers what was made for a node: a kernel is asked for it when it accepts, when it tells its cost and when it lowers. */
export function oncePerNode<K extends OpName, T>(make: (site: Site<K>) => T): (site: Site<K>) => T {
  const made = new WeakMap<object, { readonly value: T }>();
  return (site) => {
    const known = made.get(site.node) ?? { value: make(site) };
    made.set(site.node, known);
    return known.value;
  };
}
