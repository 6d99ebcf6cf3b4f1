import { batchToSpace, spaceToBatch } from './batch-space.js';
import { broadcastTo } from './broadcast-to.js';
import { concatenation } from './concatenation.js';
import { copy } from './copy.js';
import { depthToSpace, spaceToDepth } from './depth-space.js';
import { dynamicUpdateSlice } from './dynamic-update-slice.js';
import { gather } from './gather.js';
import { gatherNd } from './gather-nd.js';
import { mirrorPad } from './mirror-pad.js';
import { oneHot } from './one-hot.js';
import { pad } from './pad.js';
import { resizeBilinear } from './resize-bilinear.js';
import { resizeNearest } from './resize-nearest.js';
import { reverse } from './reverse.js';
import { slice } from './slice.js';
import { split } from './split.js';
import { tile } from './tile.js';
import { transpose } from './transpose.js';

/** Operators that move elements and compute nothing, or little: most are told by their moves and share one C template. */
export const movementOperators = {
  batchToSpace,
  broadcastTo,
  concatenation,
  copy,
  depthToSpace,
  dynamicUpdateSlice,
  gather,
  gatherNd,
  mirrorPad,
  oneHot,
  pad,
  resizeBilinear,
  resizeNearest,
  reverse,
  slice,
  spaceToBatch,
  spaceToDepth,
  split,
  tile,
  transpose,
};
