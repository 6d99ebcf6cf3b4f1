/**
 * What one `--target` adds to the network's C: where the two files stand, and which others stand around them.
 *
 * A target is a folder: this object in its `index.ts`, its templates beside it.
 */
export interface Target {
  /** What comes out, in one line for help and docs. */
  readonly summary: string;
  /** Folders of `NAME.h` and `NAME.c` within what is written; '' is the top. */
  readonly headerFolder: string;
  readonly sourceFolder: string;
  /**
   * Every other file: its path, in which NAME becomes the network's prefix, and its template below `targets/`. Each says in its
   * first lines that Kiln generated it, so that it may be written again.
   */
  readonly templates: Readonly<Record<string, string>>;
}

/** A file to write: path with `/` within the output folder, and text. */
export interface TargetFile {
  readonly path: string;
  readonly text: string;
}
