import type { Compilation } from '../compile.js';
import { render } from '../emit/render.js';
import { arduino } from './arduino/index.js';
import { c } from './c/index.js';
import { cmake } from './cmake/index.js';
import { cpp } from './cpp/index.js';
import { espIdf } from './esp-idf/index.js';
import { picoSdk } from './pico-sdk/index.js';
import { platformio } from './platformio/index.js';
import { buildTargetModel } from './target-model.js';
import type { Target, TargetFile } from './target.js';
import { zephyr } from './zephyr/index.js';

/** What `--target` names: a folder and a line for each. */
export const TARGETS = {
  c,
  cpp,
  cmake,
  arduino,
  platformio,
  zephyr,
  'esp-idf': espIdf,
  'pico-sdk': picoSdk,
} as const satisfies Readonly<Record<string, Target>>;

export type TargetName = keyof typeof TARGETS;
export const TARGET_NAMES = Object.keys(TARGETS) as readonly TargetName[];

/**
 * The files of a target, the network's C first. The C is that of every target, byte for byte; the same compilation gives the
 * same bytes.
 */
export function renderTarget(name: TargetName, compilation: Compilation, version: string): TargetFile[] {
  const target: Target = TARGETS[name];
  const { prefix, files } = compilation.project;
  const network = files.map(({ path, text }) => ({
    path: within(path.endsWith('.h') ? target.headerFolder : target.sourceFolder, path),
    text,
  }));
  const templates = Object.entries(target.templates);
  if (templates.length === 0) return network;
  const model = buildTargetModel(compilation, version);
  const others = templates.map(([path, template]) => ({
    path: path.replace('NAME', prefix),
    text: render(`targets/${template}`, model),
  }));
  return [...network, ...others];
}

function within(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`;
}
