import type { OpName } from '@kiln/ir';
import { ofBool, ofInt, ofText, ofType } from './graph-def.js';
import type { NodeSite, NodeWriters } from './node-writer.js';

const INDEX = ofType('int32');

const typeOf = ({ inputs }: Pick<NodeSite<OpName>, 'inputs'>) => ofType(inputs[0]!.dtype);

/** Pairs of paddings, [rank, 2]. */
function paddings({ node, writer }: NodeSite<'pad' | 'mirrorPad'>): string {
  const { before, after } = node.attributes;
  const values = before.flatMap((size, axis) => [size, after[axis]!]);
  return writer.constant(`${node.name}/paddings`, 'int32', [before.length, 2], Int32Array.from(values));
}

/** Operators that move elements, or interpolate between neighbours. */
export const MOVEMENT_WRITERS: NodeWriters = {
  reshape: (site) => {
    const { node, outputs, read, writer } = site;
    const shape = writer.integers(`${node.name}/shape`, writer.batched(outputs[0]!.shape));
    return [writer.node('Reshape', node.name, [read(0), shape], { T: typeOf(site), Tshape: INDEX })];
  },
  copy: (site) => [site.writer.node('Identity', site.node.name, [site.read(0)], { T: typeOf(site) })],
  transpose: (site) => {
    const { node, read, writer } = site;
    const permutation = writer.integers(`${node.name}/permutation`, node.attributes.permutation);
    return [writer.node('Transpose', node.name, [read(0), permutation], { T: typeOf(site), Tperm: INDEX })];
  },
  concatenation: (site) => {
    const { node, inputs, read, writer } = site;
    const axis = writer.integer(`${node.name}/axis`, node.attributes.axis);
    const types = { T: typeOf(site), N: ofInt(inputs.length), Tidx: INDEX };
    return [writer.node('ConcatV2', node.name, [...inputs.map((_, i) => read(i)), axis], types)];
  },
  split: (site) => {
    const { node, read, writer } = site;
    const sizes = writer.integers(`${node.name}/sizes`, node.attributes.sizes);
    const axis = writer.integer(`${node.name}/axis`, node.attributes.axis);
    const types = { T: typeOf(site), Tlen: INDEX, num_split: ofInt(node.attributes.sizes.length) };
    const name = writer.node('SplitV', node.name, [read(0), sizes, axis], types);
    return node.outputs.map((_, i) => (i === 0 ? name : `${name}:${i}`));
  },
  slice: (site) => {
    const { node, read, writer } = site;
    const { begin, size, strides } = node.attributes;
    const ends = begin.map((first, axis) => first + size[axis]! * strides[axis]!);
    // Before the first element there is no index: the mask says "to the end".
    const endMask = ends.reduce((mask, end, axis) => (end < 0 ? mask | (1 << axis) : mask), 0);
    const bounds = [begin, ends, strides].map((values, i) =>
      writer.integers(`${node.name}/${['begin', 'end', 'strides'][i]}`, values),
    );
    return [
      writer.node('StridedSlice', node.name, [read(0), ...bounds], {
        T: typeOf(site),
        Index: INDEX,
        begin_mask: ofInt(0),
        end_mask: ofInt(endMask),
        ellipsis_mask: ofInt(0),
        new_axis_mask: ofInt(0),
        shrink_axis_mask: ofInt(0),
      }),
    ];
  },
  gather: (site) => {
    const { node, inputs, read, writer } = site;
    const axis = writer.integer(`${node.name}/axis`, node.attributes.axis);
    const types = { Tparams: typeOf(site), Tindices: ofType(inputs[1]!.dtype), Taxis: INDEX };
    const batch = { batch_dims: ofInt(node.attributes.batchDimensions) };
    return [writer.node('GatherV2', node.name, [read(0), read(1), axis], { ...types, ...batch })];
  },
  gatherNd: (site) => {
    const types = { Tparams: typeOf(site), Tindices: ofType(site.inputs[1]!.dtype) };
    return [site.writer.node('GatherNd', site.node.name, [site.read(0), site.read(1)], types)];
  },
  oneHot: (site) => {
    const { node, outputs, read, writer } = site;
    const { depth, axis } = node.attributes;
    const types = { T: ofType(outputs[0]!.dtype), TI: typeOf(site), axis: ofInt(axis) };
    const size = writer.integer(`${node.name}/depth`, depth);
    return [writer.node('OneHot', node.name, [read(0), size, read(1), read(2)], types)];
  },
  pad: (site) => {
    const { node, read, writer } = site;
    const types = { T: typeOf(site), Tpaddings: INDEX };
    return [writer.node('PadV2', node.name, [read(0), paddings(site), read(1)], types)];
  },
  mirrorPad: (site) => {
    const { node, read, writer } = site;
    const types = { T: typeOf(site), Tpaddings: INDEX, mode: ofText(node.attributes.mode.toUpperCase()) };
    return [writer.node('MirrorPad', node.name, [read(0), paddings(site)], types)];
  },
  tile: (site) => {
    const { node, read, writer } = site;
    const multiples = writer.integers(`${node.name}/multiples`, node.attributes.multiples);
    return [writer.node('Tile', node.name, [read(0), multiples], { T: typeOf(site), Tmultiples: INDEX })];
  },
  broadcastTo: (site) => {
    const { node, read, writer } = site;
    const shape = writer.integers(`${node.name}/shape`, node.attributes.shape);
    return [writer.node('BroadcastTo', node.name, [read(0), shape], { T: typeOf(site), Tidx: INDEX })];
  },
  reverse: (site) => {
    const { node, read, writer } = site;
    const axes = writer.integers(`${node.name}/axes`, node.attributes.axes);
    return [writer.node('ReverseV2', node.name, [read(0), axes], { T: typeOf(site), Tidx: INDEX })];
  },
  spaceToDepth: (site) => [site.writer.node('SpaceToDepth', site.node.name, [site.read(0)], blocks(site))],
  depthToSpace: (site) => [site.writer.node('DepthToSpace', site.node.name, [site.read(0)], blocks(site))],
  spaceToBatch: (site) => [moveBlocks('SpaceToBatchND', 'paddings', site)],
  batchToSpace: (site) => [moveBlocks('BatchToSpaceND', 'crops', site)],
  resizeBilinear: (site) => [resize('ResizeBilinear', site)],
  resizeNearest: (site) => [resize('ResizeNearestNeighbor', site)],
};

function blocks(site: NodeSite<'spaceToDepth' | 'depthToSpace'>) {
  const { blockSize } = site.node.attributes;
  return { T: typeOf(site), block_size: ofInt(blockSize), data_format: ofText('NHWC') };
}

function moveBlocks(op: string, what: string, site: NodeSite<'spaceToBatch' | 'batchToSpace'>): string {
  const { node, read, writer } = site;
  const { block, before, after } = node.attributes;
  const values = before.flatMap((size, axis) => [size, after[axis]!]);
  const sizes = writer.integers(`${node.name}/block`, block);
  const edges = writer.constant(`${node.name}/${what}`, 'int32', [block.length, 2], Int32Array.from(values));
  const types = { T: typeOf(site), Tblock_shape: INDEX, [`T${what}`]: INDEX };
  return writer.node(op, node.name, [read(0), sizes, edges], types);
}

function resize(op: string, site: NodeSite<'resizeBilinear' | 'resizeNearest'>): string {
  const { node, read, writer } = site;
  const { size, alignCorners, halfPixelCenters } = node.attributes;
  const sizes = writer.integers(`${node.name}/size`, size);
  const options = { align_corners: ofBool(alignCorners), half_pixel_centers: ofBool(halfPixelCenters) };
  return writer.node(op, node.name, [read(0), sizes], { T: typeOf(site), ...options });
}
