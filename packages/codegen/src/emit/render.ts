import { readFileSync } from 'node:fs';
import { InvariantError } from '@kiln/ir';
import Handlebars from 'handlebars';

/** What templates see: text and booleans, in lists and objects. Numbers come as text from `c-literal.ts`. */
export interface TemplateData {
  readonly [name: string]: TemplateValue;
}
export type TemplateValue = string | boolean | TemplateData | readonly TemplateValue[];

/** Templates stand beside the TypeScript they belong to; from `dist/` they are found in `src/` as well. */
const SOURCES = new URL('../../src/', import.meta.url);
const cache = new Map<string, HandlebarsTemplateDelegate>();

/**
 * Renders the template at `path` (below `src/`) with `data`.
 *
 * Handlebars passes over a missing name in `if` and `each` without a word even in strict mode, so the data itself
 * refuses: any name that it does not have is an `InvariantError`, and so is a value that is not text, boolean or list.
 */
export function render(path: string, data: TemplateData): string {
  let template = cache.get(path);
  if (template === undefined) {
    const text = readFileSync(new URL(path, SOURCES), 'utf8');
    const knownHelpers = {
      helperMissing: false,
      blockHelperMissing: false,
      unless: false,
      with: false,
      log: false,
      lookup: false,
    };
    template = Handlebars.compile(text, { noEscape: true, strict: true, knownHelpersOnly: true, knownHelpers });
    cache.set(path, template);
  }
  return template(guard(data, path));
}

function guard(value: TemplateValue, where: string): TemplateValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item: TemplateValue) => guard(item, where));
  if (value === null || typeof value !== 'object') {
    throw new InvariantError(
      'E-TEMPLATE-VALUE',
      where,
      `was given ${String(value)}, expected text, a boolean or a list`,
    );
  }
  const guarded = Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, guard(item, `${where}: ${name}`)]),
  );
  return new Proxy(guarded, {
    get(target, name): unknown {
      if (typeof name === 'symbol' || name in target) return Reflect.get(target, name);
      throw new InvariantError('E-TEMPLATE-NAME', where, `asks for '${name}', which it was not given`);
    },
  });
}
