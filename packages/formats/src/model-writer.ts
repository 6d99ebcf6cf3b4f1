import type { Graph } from '@kiln/ir';

/** A file of an export. */
export interface WrittenFile {
  /** Within the export's folder, with `/` in between; empty for an export that is one file. */
  readonly path: string;
  readonly contents: string | Uint8Array;
}

export interface WriteOptions {
  /** A constant of the network that is to be written alone, where the format has that. */
  readonly tensor?: string | undefined;
}

/** Writes networks in a format of others. */
export interface ModelWriter {
  /** What `kiln export --format` calls it. */
  readonly format: string;
  /** One line for people. */
  readonly summary: string;
  /** Whether an export is one file or a folder. */
  readonly kind: 'file' | 'folder';
  /** Which networks it can hold: float ones as they were read, or those in any numbers, as they are compiled. */
  readonly numbers: 'float' | 'any';
  /**
   * The files of a network whose shapes are inferred. The same network gives the same bytes.
   *
   * Errors: UnsupportedError for each node that the format has nothing for, all of them at once.
   */
  write(graph: Graph, options?: WriteOptions): Promise<readonly WrittenFile[]> | readonly WrittenFile[];
}
