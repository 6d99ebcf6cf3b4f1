import type { PageInput } from '../src/demo/page-data.js';
import { button, element } from './dom.js';
import type { Editor } from './editor.js';
import { createPicture, paintPicture } from './pictures.js';
import { BLOCKS, scaleDrawing } from './scale-drawing.js';
import { PAD_SIDE, PEN_RADIUS, type Point, rasterize } from './strokes.js';
import { readReal, writeReal } from './values.js';

/** Cells to a side that the keyboard's cursor moves over. */
const CELLS = 8;
/** The most that a block of 4x4 points counts. */
const FULL = 16;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A pad to draw on with mouse, finger, pen or keyboard, and what of it the network sees. */
export function createDrawingEditor(
  input: PageInput,
  ink: number,
  announce: (text: string) => void,
  onChange: () => void,
): Editor {
  let strokes: Point[][] = [];
  let bytes = new Uint8Array(input.bytes);
  const canvas = element('canvas', {
    class: 'pad',
    width: '512',
    height: '512',
    tabindex: '0',
    role: 'application',
    'aria-label': 'Drawing pad',
    'aria-describedby': 'pad-help',
  });
  const seen = createPicture('What the network sees: 8 by 8 pixels');
  const cursor = { column: 3, row: 1, penDown: false };

  const showSeen = (): void => paintPicture(seen, readReal(input, bytes, 0), [BLOCKS, BLOCKS], ink);
  const redraw = (): void => drawPad(canvas, strokes, canvas.matches(':focus-visible') ? cursor : null);
  const changed = (): void => {
    const counts = scaleDrawing(rasterize(strokes));
    writeReal(
      input,
      Array.from(counts, (count) => (count * ink) / FULL),
      bytes,
      0,
    );
    redraw();
    showSeen();
    onChange();
  };

  listenToPointer(canvas, () => strokes, changed);
  canvas.addEventListener('keydown', (event) => {
    const move = ARROWS[event.key];
    if (move !== undefined) {
      cursor.column = Math.min(CELLS - 1, Math.max(0, cursor.column + move[0]));
      cursor.row = Math.min(CELLS - 1, Math.max(0, cursor.row + move[1]));
      if (cursor.penDown) strokes.at(-1)!.push(cellCentre(cursor));
    } else if (event.key === ' ') {
      cursor.penDown = !cursor.penDown;
      if (cursor.penDown) strokes.push([cellCentre(cursor)]);
    } else return;
    event.preventDefault();
    announce(`Row ${cursor.row + 1}, column ${cursor.column + 1}, pen ${cursor.penDown ? 'down' : 'up'}`);
    if (cursor.penDown) changed();
    else redraw();
  });
  for (const name of ['focus', 'blur']) canvas.addEventListener(name, redraw);
  const set = (kept: Point[][]): void => {
    strokes = kept;
    cursor.penDown = false;
    changed();
  };
  const undo = button('Undo', () => set(strokes.slice(0, -1)));
  const clear = button('Clear', () => set([]));
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', () => {
    redraw();
    showSeen();
  });
  redraw();
  showSeen();
  return {
    element: element(
      'div',
      { class: 'drawing' },
      canvas,
      element(
        'div',
        { class: 'beside' },
        element('div', { class: 'buttons' }, undo, clear),
        element('figure', {}, seen, element('figcaption', {}, 'What the network sees')),
      ),
    ),
    read: () => bytes,
    missing: () => (readReal(input, bytes, 0).some((value) => value > 0) ? null : 'Nothing drawn yet'),
    show: (given) => {
      strokes = [];
      cursor.penDown = false;
      bytes = given.slice();
      redraw();
      showSeen();
    },
  };
}

/** Draws while a button or a finger is down; every event between two frames counts. */
function listenToPointer(canvas: HTMLCanvasElement, strokesOf: () => Point[][], changed: () => void): void {
  let pointer: number | null = null;
  const pointOf = (event: PointerEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    strokesOf().push([pointOf(event)]);
    changed();
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents();
    strokesOf()
      .at(-1)
      ?.push(...(events.length > 0 ? events : [event]).map(pointOf));
    changed();
  });
  for (const name of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(name, () => (pointer = null));
}

function cellCentre({ column, row }: { column: number; row: number }): Point {
  return { x: (column + 0.5) / CELLS, y: (row + 0.5) / CELLS };
}

function drawPad(
  canvas: HTMLCanvasElement,
  strokes: readonly (readonly Point[])[],
  cursor: { column: number; row: number; penDown: boolean } | null,
): void {
  const context = canvas.getContext('2d')!;
  const style = getComputedStyle(document.documentElement);
  const side = canvas.width;
  context.clearRect(0, 0, side, side);
  context.strokeStyle = style.getPropertyValue('--rule');
  context.lineWidth = 1;
  context.beginPath();
  for (let i = 1; i < CELLS; i++) {
    const at = (i * side) / CELLS;
    context.moveTo(at, 0);
    context.lineTo(at, side);
    context.moveTo(0, at);
    context.lineTo(side, at);
  }
  context.stroke();
  context.strokeStyle = style.getPropertyValue('--text');
  context.lineWidth = (2 * PEN_RADIUS * side) / PAD_SIDE;
  context.lineCap = context.lineJoin = 'round';
  for (const stroke of strokes) {
    context.beginPath();
    stroke.forEach(({ x, y }, i) =>
      i === 0 ? context.moveTo(x * side, y * side) : context.lineTo(x * side, y * side),
    );
    if (stroke.length === 1) context.lineTo(stroke[0]!.x * side, stroke[0]!.y * side);
    context.stroke();
  }
  if (cursor === null) return;
  context.strokeStyle = style.getPropertyValue(cursor.penDown ? '--second' : '--first');
  context.lineWidth = 4;
  const cell = side / CELLS;
  context.strokeRect(cursor.column * cell + 4, cursor.row * cell + 4, cell - 8, cell - 8);
}
