// Run in a process of its own: loads TensorFlow for Node.js and multiplies two matrices with it. An addon that does not
// fit the machine may end the process outright, so its exit code is the answer.
import { createRequire } from 'node:module';
import util from 'node:util';

// tfjs-node 4.22 calls two functions that Node.js 23 has dropped.
util.isArray ??= Array.isArray;
util.isNullOrUndefined ??= (/** @type {unknown} */ value) => value === null || value === undefined;

const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node');
const product = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()[0];
if (tf.getBackend() !== 'tensorflow' || product !== 11)
  throw new Error(`backend ${tf.getBackend()}, 1*3 + 2*4 = ${product}`);
