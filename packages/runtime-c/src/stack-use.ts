/** How deep the stack of the generated C can grow. */
export interface StackUse {
  readonly bytes: number;
  /** The functions of the deepest call chain, outermost first. */
  readonly chain: readonly string[];
  /** Functions called that the compiler knows no stack of (its own arithmetic); they count as 0. */
  readonly unknown: readonly string[];
}

/**
 * The deepest stack from a call graph that `gcc -fcallgraph-info=su` wrote (the VCG format): the sum of the frames along
 * the worst call chain. The generated C has no recursion and no function pointers outside observation.
 */
export function deepestStack(callGraph: string): StackUse {
  const frames = new Map<string, number>();
  for (const [, title, label] of callGraph.matchAll(/^node: \{ title: "([^"]+)" label: "([^"]*)"/gm)) {
    const bytes = /\\n(\d+) bytes \((\w+)/.exec(label!);
    if (bytes !== null) frames.set(title!, Number(bytes[1]));
  }
  const callees = new Map<string, string[]>();
  for (const [, from, to] of callGraph.matchAll(/^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"/gm)) {
    callees.set(from!, [...(callees.get(from!) ?? []), to!]);
  }
  const unknown = new Set<string>();
  const deepest = (name: string, above: readonly string[]): { bytes: number; chain: string[] } => {
    const own = frames.get(name);
    if (own === undefined) unknown.add(plainName(name));
    const below = (callees.get(name) ?? []).filter((callee) => callee !== name && !above.includes(callee));
    const chains = below.map((callee) => deepest(callee, [...above, name]));
    const worst = chains.reduce((a, b) => (b.bytes > a.bytes ? b : a), { bytes: 0, chain: [] });
    return { bytes: (own ?? 0) + worst.bytes, chain: [plainName(name), ...worst.chain] };
  };
  const all = [...frames.keys()].map((name) => deepest(name, []));
  const worst = all.reduce((a, b) => (b.bytes > a.bytes ? b : a), { bytes: 0, chain: [] });
  return { ...worst, unknown: [...unknown].sort() };
}

/** `digits.c:infer` is the static function `infer`. */
function plainName(title: string): string {
  return title.slice(title.lastIndexOf(':') + 1);
}
