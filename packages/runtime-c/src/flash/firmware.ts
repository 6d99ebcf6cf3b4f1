import { createHash } from 'node:crypto';
import { DataError } from '@kiln/ir';
import type { CProject } from '@kiln/ir';
import { z } from 'zod';
import type { Board } from '../board/board.js';
import type { BoardNetwork } from '../board/board-engine.js';
import { buildBoardImage } from '../board/build-image.js';
import { imageFiles } from './image-files.js';
import type { ImageKind } from './image-files.js';

/** One inference whose result is known: what tells a network from an older one of the same name and shape. */
export interface Probe {
  readonly input: Uint8Array;
  /** Of its trace, as the reference computes it; hexadecimal. */
  readonly traceSha256: string;
}

/** The firmware that proves a network on a board, ready to be flashed. */
export interface Firmware {
  /** Name of the board. */
  readonly board: string;
  readonly network: BoardNetwork;
  readonly precision: string;
  readonly probe: Probe | null;
  /** Where in memory the image begins, and how many bytes it has. */
  readonly start: number;
  readonly flashBytes: number;
  readonly files: readonly { readonly kind: ImageKind; readonly name: string; readonly bytes: Uint8Array }[];
}

/** The file that describes the others of a firmware's folder. */
export const FIRMWARE_FILE = 'firmware.json';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.int().nonnegative();
const Manifest = z.strictObject({
  generator: z.string(),
  board: z.string(),
  precision: z.string(),
  network: z.strictObject({
    prefix: z.string().min(1),
    inputs: z.array(z.strictObject({ bytes: Count })),
    inputBytes: Count,
    traceBytes: Count,
    macs: Count,
  }),
  probe: z.strictObject({ input: z.base64(), traceSha256: Sha256 }).nullable(),
  start: Count,
  flashBytes: Count,
  files: z.array(
    z.strictObject({
      kind: z.enum(['elf', 'hex', 'bin', 'uf2']),
      /** Beside this file, nowhere else. */
      name: z.string().regex(/^\w[\w.-]*$/),
      bytes: Count,
      sha256: Sha256,
    }),
  ),
});

/**
 * Builds the firmware that proves a network, in every form that a tool of the board takes.
 *
 * `sample` is one inference's inputs and its trace by the reference. Errors: those of `buildBoardImage` and `imageFiles`.
 */
export async function buildFirmware(
  project: CProject,
  board: Board,
  precision: string,
  sample: { readonly input: Uint8Array; readonly trace: Uint8Array } | null,
  signal?: AbortSignal,
): Promise<Firmware> {
  const { bytes } = await buildBoardImage(project, board, { firmware: 'serve', signal });
  const uf2 = board.flashing?.methods.find((method) => method.tool === 'uf2');
  const { start, flashBytes, files } = imageFiles(bytes, uf2 === undefined ? null : Number(uf2.family));
  const { prefix, inputBytes, traceBytes, macs } = project;
  return {
    board: board.name,
    network: { prefix, inputs: project.inputs.map((port) => ({ bytes: port.bytes })), inputBytes, traceBytes, macs },
    precision,
    probe: sample === null ? null : { input: sample.input, traceSha256: sha256(sample.trace) },
    start,
    flashBytes,
    files: files.map((file) => ({ ...file, name: `firmware.${file.kind}` })),
  };
}

/** The text of `FIRMWARE_FILE`. `generator` says who wrote it. */
export function writeManifest({ files, probe, ...rest }: Firmware, generator: string): string {
  const manifest: z.infer<typeof Manifest> = {
    generator,
    ...rest,
    network: { ...rest.network, inputs: [...rest.network.inputs] },
    probe: probe && { input: Buffer.from(probe.input).toString('base64'), traceSha256: probe.traceSha256 },
    files: files.map(({ kind, name, bytes }) => ({ kind, name, bytes: bytes.length, sha256: sha256(bytes) })),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * The firmware of a folder. `read` gives the bytes of a file in it.
 *
 * Errors: `E-FIRMWARE-FILE` if its description is not as Kiln writes it, `E-FIRMWARE-CHANGED` if a file is not the one that
 * it describes.
 */
export function readFirmware(where: string, read: (name: string) => Uint8Array): Firmware {
  const remedy = 'Write the folder anew with kiln compile --firmware';
  const { files, probe, generator: _generator, ...rest } = parseManifest(where, read(FIRMWARE_FILE), remedy);
  const loaded = files.map(({ kind, name, sha256: expected }) => {
    const bytes = read(name);
    if (sha256(bytes) === expected) return { kind, name, bytes };
    throw new DataError('E-FIRMWARE-CHANGED', name, `is not the file that ${where} describes`, remedy);
  });
  return {
    ...rest,
    probe: probe && { input: new Uint8Array(Buffer.from(probe.input, 'base64')), traceSha256: probe.traceSha256 },
    files: loaded,
  };
}

/** Whether a description names this file with these bytes: then Kiln wrote it. */
export function describesFile(manifest: Uint8Array, name: string, bytes: Uint8Array): boolean {
  try {
    const { files } = parseManifest(FIRMWARE_FILE, manifest, '');
    return files.some((file) => file.name === name && file.sha256 === sha256(bytes));
  } catch {
    return false;
  }
}

function parseManifest(where: string, text: Uint8Array, remedy: string): z.infer<typeof Manifest> {
  try {
    return Manifest.parse(JSON.parse(Buffer.from(text).toString('utf8')));
  } catch (error) {
    const found = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new DataError('E-FIRMWARE-FILE', where, `expected the description of a firmware, found: ${found}`, remedy);
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
