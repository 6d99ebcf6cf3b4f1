import { Writable } from 'node:stream';

/** A stream that keeps what is written to it; a terminal if `isTTY`. */
export class TextStream extends Writable {
  text = '';

  constructor(readonly isTTY = false) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}
