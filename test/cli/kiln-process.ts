import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The command as npm installs it. */
export const KILN = join(ROOT, 'packages/cli/bin/kiln.js');

/** The environment that could change what is tested; vitest's own too. */
const UNWANTED =
  /^(KILN_|VITEST|XDG_CACHE_HOME$|NO_COLOR$|FORCE_COLOR$|CI$|DEBUG$|NODE_OPTIONS$|NODE_ENV$|CC$|EMCC$|TMPDIR$|LC_|LANG$)/;

export interface KilnOptions {
  readonly cwd?: string;
  /** On top of a plain environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Stands before node: a command that runs another one. */
  readonly under?: readonly string[];
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `kiln` that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles when stderr holds a match; rejects if the command ends before. */
  says(pattern: RegExp): Promise<void>;
}

/** A folder of this test file's own, removed after its tests, with folders for temporary files and downloads. */
export class Sandbox {
  readonly path = mkdtempSync(join(tmpdir(), 'kiln-test-cli-'));
  readonly temporary = this.folder('tmp');
  readonly cache = this.folder('cache');

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true, force: true }));
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  folder(...names: string[]): string {
    mkdirSync(this.at(...names), { recursive: true });
    return this.at(...names);
  }

  /** Starts the command. Nothing of the machine's data sets reaches it, and no host of the network. */
  start(args: readonly string[], { cwd = this.path, env = {}, under = [] }: KilnOptions = {}): Running {
    const [program = process.execPath, ...before] = [...under, process.execPath];
    const child = spawn(program, [...before, KILN, ...args], {
      cwd,
      env: { ...plainEnvironment(), ...this.environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return watch(child);
  }

  run(args: readonly string[], options: KilnOptions = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }

  private environment(): Record<string, string> {
    const redirect = new URL('redirect-archive.mjs', import.meta.url).href;
    return {
      TMPDIR: this.temporary,
      KILN_CACHE: this.cache,
      NODE_OPTIONS: `--import=${redirect}`,
      KILN_TEST_ARCHIVE: 'http://127.0.0.1:3/',
    };
  }
}

function plainEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !UNWANTED.test(name)));
}

function watch(child: ChildProcess): Running {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const says = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(stderr)) {
      const early = await Promise.race([ended, new Promise<null>((resolve) => setTimeout(resolve, 20, null))]);
      if (early !== null && !pattern.test(stderr)) throw new Error(`ended without ${String(pattern)}: ${stderr}`);
    }
  };
  return { child, ended, says };
}

/** The codes of the errors on stderr, in order. */
export function errorCodes({ stderr }: Ended): string[] {
  return [...stderr.matchAll(/^error (E-[A-Z0-9-]+): /gm)].map((match) => match[1]!);
}

/** A program in PATH, or null. */
export function programInPath(name: string): string | null {
  const candidates = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, name));
  return candidates.find((file) => existsSync(file)) ?? null;
}
