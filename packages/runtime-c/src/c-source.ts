/** A function body or a table of constants at file scope: where the text between its braces lies. */
export interface CRegion {
  readonly kind: 'function' | 'table';
  readonly name: string;
  /** What stands before the brace: result, parameters, element type. */
  readonly head: string;
  readonly start: number;
  readonly end: number;
}

/** C text of which only what is compiled is left: the rest is blank, so that positions stay. */
export interface CSource {
  readonly text: string;
  readonly active: string;
  readonly regions: readonly CRegion[];
}

/**
 * Finds functions and tables in generated C, by braces and not by layout.
 *
 * `defined` names the macros that the compiler is given; what stands under other conditions is left out.
 */
export function readCSource(text: string, defined: ReadonlySet<string>): CSource {
  const active = blankInactive(blankComments(text), defined);
  return { text, active, regions: findRegions(active) };
}

/** The line of a position, counted from 1. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function blankComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"/g, blank);
}

interface Condition {
  readonly outer: boolean;
  taken: boolean;
  active: boolean;
}

function blankInactive(text: string, defined: ReadonlySet<string>): string {
  const stack: Condition[] = [];
  const isActive = () => stack.at(-1)?.active ?? true;
  const lines = text.split('\n').map((line) => {
    const directive = /^\s*#\s*(\w+)\s*(.*)$/.exec(line);
    if (directive === null) return isActive() ? line : blank(line);
    const [, word = '', rest = ''] = directive;
    if (word.startsWith('if')) {
      const holds = isActive() && conditionHolds(word, rest, defined);
      stack.push({ outer: isActive(), taken: holds, active: holds });
    } else if (word === 'else' || word === 'elif') {
      const condition = stack.at(-1)!;
      condition.active =
        condition.outer && !condition.taken && (word === 'else' || conditionHolds('if', rest, defined));
      condition.taken ||= condition.active;
    } else if (word === 'endif') {
      stack.pop();
    }
    return blank(line);
  });
  return lines.join('\n');
}

/** `#ifdef A`, `#ifndef A`, `#if defined(A) || defined(B)`: what else there is does not hold. */
function conditionHolds(word: string, rest: string, defined: ReadonlySet<string>): boolean {
  if (word === 'ifdef') return defined.has(rest.trim());
  if (word === 'ifndef') return !defined.has(rest.trim());
  return [...rest.matchAll(/defined\s*\(?\s*(\w+)/g)].some(([, name]) => defined.has(name!));
}

function findRegions(active: string): CRegion[] {
  const regions: CRegion[] = [];
  let depth = 0;
  let headStart = 0;
  let open = 0;
  for (let at = 0; at < active.length; at++) {
    const character = active[at];
    if (character === '{' && depth++ === 0) open = at;
    else if (character === ';' && depth === 0) headStart = at + 1;
    else if (character === '}' && --depth === 0) {
      const region = describeRegion(active.slice(headStart, open).trim(), open + 1, at);
      if (region !== null) regions.push(region);
      headStart = at + 1;
    }
  }
  return regions;
}

function describeRegion(head: string, start: number, end: number): CRegion | null {
  const table = /(\w+)\s*(?:\[[^\]]*\]\s*)+=$/.exec(head);
  if (table !== null) return { kind: 'table', name: table[1]!, head, start, end };
  const called = /(\w+)\s*\(/.exec(head);
  return called !== null && head.endsWith(')') ? { kind: 'function', name: called[1]!, head, start, end } : null;
}
