/** Version, type, sequence, argument and length, in that order; docs/protocol.md. */
export interface Frame {
  readonly type: number;
  /** Of the request that it belongs to, 1 to 255; 0 is the board's own accord. */
  readonly sequence: number;
  readonly argument: number;
  readonly payload: Uint8Array;
}

const PROTOCOL_VERSION = 1;

export const FRAME = {
  hello: 0x01,
  selfTest: 0x02,
  run: 0x03,
  ready: 0x81,
  accepted: 0x82,
  refused: 0x83,
  selfTestResult: 0x84,
  layer: 0x85,
  checksum: 0x86,
  output: 0x87,
  done: 0x88,
  fault: 0x89,
  time: 0x8a,
} as const;

/** Flags and escapes as in RFC 1662, section 4.2. */
const FLAG = 0x7e;
const ESCAPE = 0x7d;
const ESCAPED_BIT = 0x20;

const HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;

/** The bytes of a frame on the line, between two flags. */
export function encodeFrame({ type, sequence, argument, payload }: Frame): Uint8Array {
  const body = new Uint8Array(HEAD_BYTES + payload.length + CHECKSUM_BYTES);
  const view = new DataView(body.buffer);
  body.set([PROTOCOL_VERSION, type, sequence, argument]);
  view.setUint32(4, payload.length, true);
  body.set(payload, HEAD_BYTES);
  view.setUint32(HEAD_BYTES + payload.length, checksumOf(body.subarray(0, -CHECKSUM_BYTES)), true);
  const line = [FLAG];
  for (const byte of body) {
    if (byte === FLAG || byte === ESCAPE) line.push(ESCAPE, byte ^ ESCAPED_BIT);
    else line.push(byte);
  }
  line.push(FLAG);
  return Uint8Array.from(line);
}

/** Finds frames in what comes over a line; whatever else is there (a banner, noise, half a frame) is passed over. */
export class FrameReader {
  private body: number[] = [];
  private escaped = false;

  /** The frames that end in these bytes. */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (const byte of bytes) {
      if (byte === FLAG) {
        const frame = decodeBody(Uint8Array.from(this.body));
        if (frame !== null) frames.push(frame);
        this.body = [];
        this.escaped = false;
      } else if (byte === ESCAPE) {
        this.escaped = true;
      } else {
        this.body.push(this.escaped ? byte ^ ESCAPED_BIT : byte);
        this.escaped = false;
      }
    }
    return frames;
  }
}

/** What stood between two flags; null if it is no whole frame of this version of the protocol. */
function decodeBody(body: Uint8Array): Frame | null {
  const length = body.length - HEAD_BYTES - CHECKSUM_BYTES;
  if (length < 0 || body[0] !== PROTOCOL_VERSION) return null;
  const view = new DataView(body.buffer);
  const checksum = view.getUint32(body.length - CHECKSUM_BYTES, true);
  if (view.getUint32(4, true) !== length || checksum !== checksumOf(body.subarray(0, -CHECKSUM_BYTES))) return null;
  const payload = body.subarray(HEAD_BYTES, HEAD_BYTES + length);
  return { type: body[1]!, sequence: body[2]!, argument: body[3]!, payload };
}

/** The reflected polynomial of ISO 3309, x^32 + x^26 + ... + 1. */
const POLYNOMIAL = 0xedb88320;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

/** CRC-32 of ISO 3309, as it stands behind a frame and as boards answer it for a layer. Source: RFC 1662, section C.3. */
export function checksumOf(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = TABLE[(value ^ byte) & 0xff]! ^ (value >>> 8);
  return ~value >>> 0;
}
