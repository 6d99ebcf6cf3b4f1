import { existsSync, mkdtempSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programInPath } from '../cli/kiln-process.js';
import { classifier, folder, run, stateful, STRICT, write } from './projects.js';

// The kits themselves cannot be had everywhere; see stand-ins/README.md. Their own checkers are asked where they are installed.

const STAND_INS = fileURLToPath(new URL('stand-ins/', import.meta.url));
const noCmake = programInPath('cmake') === null ? ' (cmake is missing)' : '';
const noCompiler = programInPath('g++') === null || programInPath('gcc') === null ? ' (gcc or g++ is missing)' : '';
const hasModule = (name: string): boolean => spawnSync('python3', ['-c', `import ${name}`]).status === 0;
const GREETING = /tiny: self-test passed\ntiny: sample as expected\ntiny: class [012], (left|right|_none_)\n/;
const WARNINGS = `-DCMAKE_C_FLAGS=${STRICT.join(' ')}`;

const KITS = [
  ['esp-idf', 'examples/hello', { IDF_PATH: join(STAND_INS, 'esp-idf') }, 'tiny_hello'],
  ['pico-sdk', 'example', { PICO_SDK_PATH: join(STAND_INS, 'pico-sdk') }, 'tiny_hello'],
  ['zephyr', 'samples/hello', {}, 'app'],
] as const;

test.skipIf(noCmake !== '').each(KITS)(
  `%s: the example builds against a stand-in and runs${noCmake}`,
  (target, example, env, program) => {
    const at = write(target, classifier('int8'), target);
    const build = join(folder, `${target}-build`);
    run(
      'cmake',
      ['-S', join(at, example), '-B', build, WARNINGS, `-DZephyr_DIR=${join(STAND_INS, 'zephyr')}`],
      folder,
      env,
    );
    run('cmake', ['--build', build], folder, env);
    expect(run(join(build, program), [])).toMatch(GREETING);
  },
);

test.skipIf(noCompiler !== '').each([
  ['arduino', 'src', 'examples/Hello/Hello.ino'],
  ['platformio', 'include', 'examples/hello/src/main.cpp'],
] as const)(
  `%s: the example builds against a stand-in, without a warning, and runs${noCompiler}`,
  (target, headers, sketch) => {
    for (const [name, compilation] of Object.entries({ int8: classifier('int8'), stateful: stateful() })) {
      const { prefix } = compilation.project;
      const at = write(target, compilation, `${target}-${name}`);
      const define = `-D${prefix.toUpperCase()}_SELFTEST`;
      run('gcc', ['-std=gnu11', ...STRICT, define, `-I${headers}`, '-c', `src/${prefix}.c`, '-o', 'network.o'], at);
      const flags = ['-std=gnu++14', ...STRICT, define, `-I${join(STAND_INS, 'arduino')}`, `-I${headers}`];
      run('g++', [...flags, '-include', 'Arduino.h', '-x', 'c++', '-c', sketch, '-o', 'sketch.o'], at);
      run('g++', ['-std=gnu++14', 'sketch.o', 'network.o', join(STAND_INS, 'arduino/serial.cpp'), '-o', 'hello'], at);
      const said = run(join(at, 'hello'), []);
      expect(said).toMatch(/^115200 baud\nself-test: passed\nsample as expected, 0 us\n/);
      if (prefix === 'tiny') expect(said).toMatch(/\nclass [012], (left|right|_none_)\n$/);
    }
  },
);

/** The flags of the core "Arduino Mbed OS Nano Boards" for the Nano 33 BLE, as far as they change the code. */
const NANO_33_BLE = ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=softfp', '-mfpu=fpv4-sp-d16', '-Os', '-DARDUINO=10810'];
const CXX_ONLY = ['-std=gnu++14', '-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics'];
const noArm = programInPath('arm-none-eabi-g++') === null ? ' (arm-none-eabi-g++ is missing)' : '';

test.skipIf(noArm !== '')(`the Arduino library compiles as the Nano 33 BLE's core compiles it${noArm}`, () => {
  const at = write('arduino', classifier('float32'), 'nano');
  const flags = [...NANO_33_BLE, ...STRICT, `-I${join(STAND_INS, 'arduino')}`, '-Isrc'];
  run('arm-none-eabi-gcc', [...flags, '-std=gnu11', '-c', 'src/tiny.c', '-o', 'network.o'], at);
  const sketch = ['-include', 'Arduino.h', '-x', 'c++', '-c', 'examples/Hello/Hello.ino', '-o', 'sketch.o'];
  run('arm-none-eabi-g++', [...flags, ...CXX_ONLY, ...sketch], at);
});

const noKconfig = hasModule('kconfiglib') ? '' : ' (kconfiglib is missing)';
test.skipIf(noKconfig !== '')(`kconfiglib reads the Kconfig files and their options${noKconfig}`, () => {
  for (const target of ['zephyr', 'esp-idf'] as const) {
    const at = write(target, classifier('int8', 'menu "x"\nsource'), `kconfig-${target}`);
    const script = `import kconfiglib; k = kconfiglib.Kconfig("Kconfig", warn_to_stderr=False); print(sorted(k.syms), k.warnings)`;
    expect(run('python3', ['-c', script], at)).toMatch(/'KILN_MENU_X_SOURCE_SELFTEST'.*\[\]$/m);
  }
});

const noPlatformio = hasModule('platformio') ? '' : ' (platformio is missing)';
test.skipIf(noPlatformio !== '')(
  `PlatformIO's own parser accepts library.json, and packs the library${noPlatformio}`,
  () => {
    const at = write('platformio', classifier('int8'), 'pio');
    const env = { PLATFORMIO_CORE_DIR: join(folder, 'pio-core'), PLATFORMIO_SETTING_ENABLE_TELEMETRY: 'no' };
    run('python3', ['-m', 'platformio', 'pkg', 'pack', '-o', join(folder, 'tiny.tar.gz')], at, env);
    expect(run('tar', ['-tzf', 'tiny.tar.gz'])).toMatch(/library\.json[^]*src\/tiny\.c/);
  },
);

const noCompote = programInPath('compote') === null ? ' (compote is missing)' : '';
test.skipIf(noCompote !== '')(
  `the component manager of ESP-IDF accepts the manifest, and packs the component${noCompote}`,
  () => {
    const at = write('esp-idf', classifier('int8', 'a: "b" #'), 'component');
    const env = { IDF_TOOLS_PATH: join(folder, 'idf-tools') };
    run('compote', ['-W', 'component', 'pack', '--name', 'a_b', '--dest-dir', join(folder, 'packed')], at, env);
    expect(run('tar', ['-tzf', 'packed/a_b_0.1.0.tgz'])).toMatch(/src\/a_b\.c/);
  },
);

/** Debian's packages arduino-builder and arduino-core-avr. */
const SHARE = '/usr/share';
const hasBuilder = existsSync(join(SHARE, 'arduino/hardware/arduino/avr')) && programInPath('arduino-builder') !== null;
const noBuilder = hasBuilder ? '' : ' (arduino-builder or arduino-core-avr is missing)';
const TOOLS = [
  '-hardware',
  `${SHARE}/arduino-builder`,
  '-hardware',
  `${SHARE}/arduino/hardware`,
  '-tools',
  `${SHARE}/arduino-builder`,
];
/** Debian's core asks for a macro of C++11 that Debian's compiler, gcc 5.4, has under its own name only. */
const MENDED = '-prefs=compiler.cpp.extra_flags=-DDECIMAL_DIG=__DECIMAL_DIG__';

test.skipIf(noBuilder !== '').each([
  ['uno', 'arduino:avr:uno', 'atmega328p'],
  ['mega', 'arduino:avr:mega:cpu=atmega2560', 'atmega2560'],
])(
  `arduino-builder makes firmware of the example for the %s, and it says what it should${noBuilder}`,
  async (name, board, mcu) => {
    const libraries = join(folder, `libraries-${name}`);
    const at = write('arduino', classifier('int8'), `libraries-${name}/tiny`);
    const build = mkdtempSync(join(folder, 'avr-'));
    const options = [
      '-compile',
      ...TOOLS,
      '-libraries',
      libraries,
      '-fqbn',
      board,
      '-build-path',
      build,
      '-warnings',
      'all',
      MENDED,
    ];
    const built = spawnSync('arduino-builder', [...options, join(at, 'examples/Hello/Hello.ino')], {
      encoding: 'utf8',
    });
    expect(built.status, built.stderr).toBe(0);
    expect(built.stderr).not.toMatch(/tiny|Hello|sample/);
    // Tables stand with the code, not among the variables.
    const symbols = run('avr-nm', [join(build, 'Hello.ino.elf')], at);
    expect(symbols).toMatch(/ t \w+_weights$/m);
    expect(symbols).not.toMatch(/ [bBdDrR] \w+_(weights|bias|multiplier|shift)$/m);
    if (programInPath('simavr') === null) return;
    const said = await firstWords('simavr', ['-m', mcu, '-f', '16000000', join(build, 'Hello.ino.elf')], /class .*/);
    expect(said).toMatch(/sample as expected, \d+ us[^]*class [012], (left|right|_none_)/);
  },
);

/** What a program that never ends says up to a match. */
function firstWords(program: string, args: readonly string[], pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 });
    let said = '';
    const listen = (text: string): void => {
      said += text;
      if (pattern.test(said)) child.kill();
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', listen);
    child.on('error', reject);
    child.on('close', () => resolve(said));
  });
}
