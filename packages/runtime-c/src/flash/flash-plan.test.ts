import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { FlashMethod } from './flash-plan.js';
import { planOf, shellLine } from './flash-plan.js';

const PLACES = { image: 'out/firmware', start: 0x08000000, port: '/dev/ttyACM0', gdb: 'localhost:3333' };

const LINES: readonly (readonly [FlashMethod, string])[] = [
  [
    { tool: 'openocd', config: ['interface/cmsis-dap.cfg', 'target/nrf51.cfg'] },
    "openocd -f interface/cmsis-dap.cfg -f target/nrf51.cfg -c 'program {out/firmware} verify reset exit'",
  ],
  [{ tool: 'st-flash' }, 'st-flash --reset write out/firmware 0x08000000'],
  [{ tool: 'pyocd', target: 'nrf51' }, 'pyocd flash --no-wait -t nrf51 out/firmware'],
  [
    { tool: 'avrdude', part: 'atmega328p', programmer: 'arduino', baud: 115200 },
    'avrdude -p atmega328p -c arduino -P /dev/ttyACM0 -b 115200 -D -U flash:w:out/firmware:i',
  ],
  [
    { tool: 'dfu-util', vendor: '0483', product: 'df11', alternate: 0 },
    'dfu-util -a 0 -d 0483:df11 -s 0x08000000:leave -D out/firmware',
  ],
  [{ tool: 'bossac' }, 'bossac --port=ttyACM0 -U -i -e -w out/firmware -R'],
  [{ tool: 'esptool', chip: 'esp32c3' }, 'idf.py -p /dev/ttyACM0 flash'],
  [
    { tool: 'gdb' },
    "gdb-multiarch -nx -batch -ex 'set tcp connect-timeout 5' -ex 'target extended-remote localhost:3333' -ex load -ex compare-sections -ex 'monitor reset halt' -ex 'monitor system_reset' -ex detach out/firmware",
  ],
];

test.each(LINES.map(([method, line]) => [method.tool, method, line] as const))(
  'the line of %s',
  (_tool, method, line) => {
    const plan = planOf(method);
    if (plan.kind === 'copy') throw new Error('a drive has no line');
    const program = plan.kind === 'project' ? plan.program : plan.programs[0]!;
    expect(shellLine([program, ...plan.arguments(PLACES)])).toBe(line);
  },
);

test('avrdude reaches a port on the network by its own name for it', () => {
  const plan = planOf({ tool: 'avrdude', part: 'm328p', programmer: 'arduino', baud: 115200 });
  if (plan.kind !== 'command') throw new Error('avrdude is a command');
  expect(plan.arguments({ ...PLACES, port: 'tcp:localhost:4000' })).toContain('net:localhost:4000');
});

test('a shell reads a line as the words that it was made of', () => {
  const words = ['printf', '%s\\n', 'a b', "it's", '$HOME', '*', '{x} y', 'plain-1.2/3', '', '"'];
  expect(execFileSync('sh', ['-c', shellLine(words)], { encoding: 'utf8' })).toBe(`${words.slice(2).join('\n')}\n`);
});
