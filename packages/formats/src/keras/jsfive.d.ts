/** Reads HDF5 files; the package comes without types. */
declare module 'jsfive' {
  interface Attributes {
    readonly [name: string]: unknown;
  }
  export interface Dataset {
    readonly attrs: Attributes;
    readonly shape: readonly number[];
    /** As numpy calls it: `<f4`. */
    readonly dtype: unknown;
    readonly value: ArrayLike<number>;
  }
  export class Group {
    readonly attrs: Attributes;
    readonly keys: readonly string[];
    get(path: string): Group | Dataset | null;
  }
  export class File extends Group {
    constructor(bytes: ArrayBuffer, name: string);
  }
}
