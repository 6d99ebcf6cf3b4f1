import type { Evaluation } from './model-folder.js';
import { formatTable, grouped, percent } from './ui/table.js';
import type { Judgement } from './verify/judge.js';
import type { Proof } from './verify/proof.js';
import { accuracyOf } from './verify/verify-compilation.js';

/** The main job's closing table: one row for each place where the network ran. */
export function resultTable(
  judgement: Judgement | null,
  proofs: readonly Proof[],
  evaluation: Evaluation | null,
): string {
  const rows: string[][] = [];
  if (judgement !== null) {
    const share = judgement.accuracy === null ? '-' : percent(judgement.accuracy);
    rows.push(['float32, TensorFlow.js', share, '-', '-', '-', '-', '-']);
  }
  for (const { precision, compilation, verification, sizes } of proofs) {
    const { project } = compilation;
    const accuracy = (classes: Uint8Array | null): string => {
      const share = accuracyOf(classes, evaluation);
      return share === null ? '-' : percent(share);
    };
    const [size] = sizes;
    const flash =
      size === undefined ? `${grouped(project.constantBytes)} + code` : grouped(size.textBytes + size.constantBytes);
    rows.push([
      `${precision}, reference`,
      accuracy(verification.classes),
      '-',
      '-',
      flash,
      grouped(project.arenaBytes),
      grouped(project.macs),
    ]);
    for (const { name, comparison, classes } of verification.engines) {
      rows.push([
        `${precision}, C on ${name}`,
        accuracy(classes),
        grouped(comparison.inputs),
        grouped(comparison.differing),
        '',
        '',
        '',
      ]);
    }
    for (const { name } of verification.missing)
      rows.push([`${precision}, C on ${name}`, 'not run', '-', '-', '', '', '']);
  }
  const [size] = proofs.flatMap(({ sizes }) => sizes);
  const note =
    size === undefined
      ? ''
      : `\nFlash: code and constants on ${size.target} at -Os. RAM: the arena. Every layer's bytes are compared.`;
  return `${formatTable(['network', 'accuracy', 'inputs', 'differing', 'flash B', 'RAM B', 'MACs'], rows)}${note}`;
}
