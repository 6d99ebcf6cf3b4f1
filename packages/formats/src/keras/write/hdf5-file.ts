import type { Shape } from '@kiln/ir';

/** What a group of an HDF5 file holds: groups, float32 arrays, and attributes that are texts. */
export interface Hdf5Group {
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>;
  readonly groups?: Readonly<Record<string, Hdf5Group>>;
  readonly arrays?: Readonly<Record<string, { readonly shape: Shape; readonly data: Float32Array }>>;
}

/** The bytes of an HDF5 file. The same content gives the same bytes: times in it are those of 1970. */
export async function writeHdf5(content: Hdf5Group): Promise<Uint8Array> {
  // Loaded when it is needed: 3 MB of WebAssembly.
  const { default: h5wasm } = await import('h5wasm');
  const { FS } = await h5wasm.ready;
  const path = '/kiln.h5';
  const { now } = Date;
  Date.now = () => 0;
  try {
    const file = new h5wasm.File(path, 'w');
    fill(file, content);
    file.close();
    return FS.readFile(path);
  } finally {
    Date.now = now;
    if (FS.analyzePath(path).exists) FS.unlink(path);
  }
}

interface Writable {
  create_attribute(name: string, data: string | string[]): void;
  create_group(name: string): Writable;
  create_dataset(options: { name: string; data: Float32Array; shape: number[]; dtype: string }): unknown;
}

function fill(group: Writable, { attributes = {}, groups = {}, arrays = {} }: Hdf5Group): void {
  for (const [name, value] of Object.entries(attributes)) {
    group.create_attribute(name, typeof value === 'string' ? value : [...value]);
  }
  for (const [name, { shape, data }] of Object.entries(arrays)) {
    group.create_dataset({ name, data, shape: [...shape], dtype: '<f' });
  }
  for (const [name, inner] of Object.entries(groups)) fill(group.create_group(name), inner);
}
