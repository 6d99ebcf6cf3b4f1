import { sampledTable16 } from './lookup-table.js';

const { fround } = Math;

const UNIT = 65535;

/** exp(x) for x from -10 to 0, one for each of 65536 steps, in units of 2 / 65535. */
export const INT16_EXPONENTIALS = sampledTable16(
  { scale: fround(10 / UNIT), zeroPoint: 32767 },
  fround(2 / UNIT),
  (x) => fround(Math.exp(x)),
);

/** 1 / (1 + x) for x from 0 to 1, in the same way. */
export const INT16_RECIPROCALS = sampledTable16({ scale: fround(1 / UNIT), zeroPoint: -32768 }, fround(2 / UNIT), (x) =>
  fround(1 / fround(1 + x)),
);
