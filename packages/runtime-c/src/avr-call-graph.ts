/** Bytes of a return address on the largest AVRs; on the smaller ones it takes two. */
const RETURN_BYTES = 3;

/**
 * The call graph with stack use of assembly that gcc wrote for an AVR, as `-fcallgraph-info=su`, which its old versions do
 * not know, would have written it: a frame is what the prologue says that it takes, and the return address.
 */
export function avrCallGraph(assembly: string): string {
  const lines: string[] = [];
  let name = '';
  for (const line of assembly.split('\n')) {
    const label = /^([A-Za-z_][\w.]*):/.exec(line)?.[1];
    if (label !== undefined) name = label;
    const frame = /^\/\* stack size = (\d+) \*\//.exec(line)?.[1];
    if (frame !== undefined) {
      const bytes = Number(frame) + RETURN_BYTES;
      lines.push(`node: { title: "${name}" label: "${name}\\n${bytes} bytes (static)" }`);
    }
    const callee = /^\s+(?:r?call|r?jmp) ([A-Za-z_]\w*)$/.exec(line)?.[1];
    if (callee !== undefined && name !== '') lines.push(`edge: { sourcename: "${name}" targetname: "${callee}" }`);
  }
  return `${lines.join('\n')}\n`;
}
