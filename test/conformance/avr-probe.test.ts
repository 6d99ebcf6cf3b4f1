import { appendFileSync } from 'node:fs';
import { createBoardEngine, findBoard } from '@kiln/runtime-c';
import { test } from 'vitest';
import { differencesInC, type ProvenCase } from './oracle-batch.js';
import { compileModel, graphOf, loadFamilies, runReference } from './oracle-cases.js';
const MEGA = findBoard('mega2560');
const board = { ...MEGA, ram: { ...MEGA.ram, bytes: 0xff00 - Number(MEGA.ram.start) } };
const say = (t: string) => appendFileSync('/tmp/avr-probe.txt', `${new Date().toISOString().slice(11,19)} ${t}\n`);
test('probe', async () => {
  for (const { name, cases } of loadFamilies()) { if (name === 'activation') continue;
    const seen = new Set<string>();
    const picked = cases.filter(({ name }) => { const key = name.replace(/-\d+$/, ''); if (seen.has(key)) return false; seen.add(key); return true; });
    const proven = picked.flatMap((judged): ProvenCase[] => {
      try { return [{ judged: {...judged, runs: judged.runs.slice(0,2)}, graph: graphOf(judged), reference: runReference(judged, compileModel(graphOf(judged))) }]; } catch { return []; }
    });
    say(`${name} ${cases.length} ${proven.length}`);
    const step = 8;
    for (let i = 0; i < proven.length; i += step) {
      const some = proven.slice(i, i + step);
      const problems = await differencesInC(some.map(p => ({...p, reference: {...p.reference, outputs: p.reference.outputs.slice(0, p.judged.runs.length)}})), (project) => createBoardEngine(project, board), step);
      say(`${some.map(s=>s.judged.name).join(' ')} -> ${[...problems].map(x=>x.join(': ').slice(0,700)).join('\n')}`);
    }
  }
}, 3000000);
