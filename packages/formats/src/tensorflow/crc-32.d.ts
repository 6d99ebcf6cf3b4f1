/** The Castagnoli polynomial's checksum, which the package has without types. */
declare module 'crc-32/crc32c.js' {
  const crc32c: {
    /** The checksum as a signed 32-bit number; `seed` is that of what came before. */
    buf(data: Uint8Array, seed?: number): number;
  };
  export default crc32c;
}
